"""What talks to the world. Knows no Qt.

`queue` turns orders into jobs and jobs into stored notes, with `reading`, `generation` and `pacing`
below it; `sources`, `writers`, `library` and `exports` are the adapters, strangers to each other;
`ports` says what is expected of them; `markup` and `machine` are what they stand on.
"""
