"""The library: notes, transcripts, runs, requests and budgets in one database.

Import it late: it imports SQLAlchemy.
"""

from .opening import Library, open_library

__all__ = ["Library", "open_library"]
