"""The command line, `notegen`: the same services as the window, without a screen."""

from __future__ import annotations

from .main import main

__all__ = ["main"]
