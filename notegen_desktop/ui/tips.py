"""Tool tips that show their words as they are."""

from __future__ import annotations

from .rendering import plain


def plain_tip(text: str) -> str:
    """`text` for a tool tip, which would otherwise guess whether it is HTML."""
    escaped = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>")
    return f"<qt>{escaped}</qt>"
