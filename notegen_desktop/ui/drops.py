"""What a drop or a paste holds, in whichever of the formats programs offer it."""

from __future__ import annotations

from PySide6.QtCore import QMimeData

from notegen_desktop.domain.links import Found, find_links

MOZ_URL = "text/x-moz-url"


def can_take(mime: QMimeData) -> bool:
    """Whether there is anything in it that could hold a link or a file."""
    return mime.hasUrls() or mime.hasText() or mime.hasHtml() or mime.hasFormat(MOZ_URL)


def links_in_mime(mime: QMimeData) -> Found:
    """The links of the richest format that has any; else the rejects of the plainest."""
    return find_links(mime.text())
