"""Notes as files for other programs and other people."""

from .registry import FORMATS, Exports

__all__ = ["FORMATS", "Exports"]
