"""Library room: search, open, export and delete stored notes, with undo.

`page` reads the store; requests to open and export leave it as signals.
"""
