"""What talks to the world. Knows no Qt.

`ports` says what is expected of each room; `running` turns orders into notes; `sources`, `writers`,
`library` and `exports` are the adapters, strangers to each other; `machine` is this computer.
"""
