"""Exports notes to files for other programs and readers."""

from .registry import FORMATS, Exports

__all__ = ["FORMATS", "Exports"]
