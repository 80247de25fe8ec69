"""Services: everything that talks to the outside. Imports no Qt.

`queue` turns orders into jobs and jobs into stored notes, using `reading`, `generation` and
`pacing`; `sources`, `writers`, `library` and `exports` are adapters that do not know each other;
`ports` declares their interfaces; `markup` and `machine` are their common base.
"""
