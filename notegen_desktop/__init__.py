"""NoteGen Desktop: turns videos into notes, all templates at the same time."""

__version__ = "0.1.0"
