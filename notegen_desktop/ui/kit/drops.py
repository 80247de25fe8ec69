"""Dropped and pasted mime data, in the formats that programs offer.

Texts and URLs are taken out here; `machine.local_files` finds the links in files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from notegen_desktop.domain.links.link import FoundLinks, Link, LinkKind
from notegen_desktop.services.machine.local_files import (
    LIST_BYTES,
    in_time,
    links_in_path,
    links_in_text,
    local_path,
    merged,
)

MOZ_URL = "text/x-moz-url"


def can_take(mime: QMimeData) -> bool:
    """Return True if the mime data may hold a link or a file."""
    return mime.hasUrls() or mime.hasText() or mime.hasHtml() or mime.hasFormat(MOZ_URL)


def accept_copy(event: QDropEvent) -> None:
    """Accept a drop as a copy, so that the source keeps its data whatever action it proposes.

    An editor that is told "moved" deletes the text, a file manager the file. If no copy is offered,
    a link is answered, which keeps the source too. Qt accepts only offered actions or none; none is
    read as "copied" by other programs on X11, and as a refused drop on other systems.
    """
    kept = (Qt.DropAction.CopyAction, Qt.DropAction.LinkAction)
    offered = event.possibleActions()
    event.setDropAction(next((a for a in kept if a in offered), Qt.DropAction.IgnoreAction))
    event.accept()


class _CopiesDrops(QObject):
    """Event filter for Qt's text fields, which otherwise accept any proposed drop action."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QDropEvent):  # enter and move events are subclasses
            return False
        watched.event(event)
        if event.isAccepted():
            accept_copy(event)
        return True


def copy_into_fields(window: QWidget) -> None:
    """Make all line edits of a dialog copy dropped text, never move it."""
    copies = _CopiesDrops(window)
    for field in window.findChildren(QLineEdit):
        field.installEventFilter(copies)


MAX_AT_ONCE = 20_000
"""Maximum characters parsed in the GUI thread: 400 links, which take some 40 ms."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Contents of mime data, independent of Qt, so that they can be parsed in a thread.

    `readings` return the links of each offered format, the most exact format first; `size` is the
    number of characters in all of them plus the bytes of files to be read. `words` is the plain
    text, which may be a source itself if it holds no link.
    """

    readings: tuple[Callable[[], FoundLinks], ...]
    size: int
    words: str = ""

    @classmethod
    def of(cls, mime: QMimeData) -> Dropped:
        from notegen_desktop.domain.links.drops import links_from_html, links_from_moz_url

        urls, html, text = mime.urls(), mime.html() if mime.hasHtml() else "", mime.text()
        moz = _moz_text(mime) if mime.hasFormat(MOZ_URL) else ""
        readings: list[Callable[[], FoundLinks]] = []
        if urls:
            readings.append(lambda: links_in_urls(urls))
        if moz:
            readings.append(lambda: links_from_moz_url(moz))
        if html:
            readings.append(lambda: links_from_html(html))
        if mime.hasText():
            readings.append(
                lambda: FoundLinks() if _only_repeats(urls, text) else links_in_text(text)
            )
        sizes = map(_size, urls)
        size = len(html) + len(text) + len(moz) + sum(sizes)
        return cls(tuple(readings), size, "" if urls else text)

    @property
    def is_large(self) -> bool:
        """True if parsing in the GUI thread would block the window."""
        return self.size > MAX_AT_ONCE

    def read(self) -> FoundLinks:
        """Return the links of the most exact format that has any, else the first rejects.

        Programs offer the same link in several formats: as a URL, a URL with its title, HTML and
        plain text. Only one is read, so that no link is added twice.
        """
        refused = FoundLinks()
        for read in self.readings:
            found = read()
            if found.links:
                return found
            refused = refused if refused.rejects else found
        return refused if refused.rejects else links_in_text("")


def template_files(mime: QMimeData) -> tuple[list[Path], list[QUrl]]:
    """Split the dropped URLs into template files, by their suffix `.toml`, and the rest."""
    paths, others = [], []
    for url in mime.urls():
        address = url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
        if url.isLocalFile() and url.path().lower().endswith(".toml"):
            paths.append(local_path(address))
        else:
            others.append(url)
    return paths, others


def dropped_file(mime: QMimeData) -> Link | None:
    """Return the link of a single dropped media or caption file, else None."""
    urls = mime.urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    links = links_in_urls(urls).links
    return links[0] if len(links) == 1 and links[0].kind is LinkKind.FILE else None


def _size(url: QUrl) -> int:
    """Return the characters of a URL, or the bytes of a file that may be a list of links."""
    if not url.isLocalFile():
        return len(url.toString())
    path = local_path(url.toString(QUrl.ComponentFormattingOption.FullyEncoded))
    try:
        size = in_time(lambda: path.stat().st_size, path, otherwise=lambda: MAX_AT_ONCE + 1)
    except OSError:
        return 0
    return size if size <= LIST_BYTES else 0  # too large for a list of links


def _only_repeats(urls: Sequence[QUrl], text: str) -> bool:
    """Return True if the text only lists the dropped files again, as file managers do."""
    files = [url for url in urls if url.isLocalFile()]
    said = {name for url in files for name in (url.toString(), url.toLocalFile())}
    return bool(files) and all(line.strip() in said for line in text.splitlines())


def links_in_urls(urls: Iterable[QUrl]) -> FoundLinks:
    """Return the links in URLs; files are links themselves or lists of links."""
    parts = []
    for url in urls:
        address = url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
        if url.isLocalFile():
            parts.append(links_in_path(local_path(address)))  # keeps the bytes of the file name
        elif not address.startswith("#"):  # a comment in the URI list
            parts.append(links_in_text(address))
    return merged(parts)


def _moz_text(mime: QMimeData) -> str:
    raw = bytes(mime.data(MOZ_URL).data())
    # Firefox sends UTF-16 without a byte order mark, other programs UTF-8.
    wide = raw[1:2] == b"\x00" or raw.startswith(b"\xff\xfe")
    return raw.decode("utf-16-le" if wide else "utf-8", "replace").lstrip("\ufeff")
