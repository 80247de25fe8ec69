"""Where things are that tests read: the checkout, and real material beside it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESOURCES = ROOT / "resources"
SHARED = ROOT.parent / "shared"
"""Third-party transcripts, recordings and cases. Tests that use them skip where it is missing."""
