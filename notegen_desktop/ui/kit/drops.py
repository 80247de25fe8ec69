"""What a drop or a paste holds, in whichever of the formats programs offer it.

Here texts and addresses are taken out of mime data; `machine.local_files` finds their links.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from notegen_desktop.domain.links.link import Found, Link, LinkKind
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
    """Whether there is anything in it that could hold a link or a file."""
    return mime.hasUrls() or mime.hasText() or mime.hasHtml() or mime.hasFormat(MOZ_URL)


def accept_copy(event: QDropEvent) -> None:
    """Take what is dragged, and leave it where it was, whatever the source proposes.

    An editor that is told "moved" deletes the text, and a file manager the film. Where no copy is
    on offer, a link is answered, which takes nothing away either. Qt lets a target answer only what
    is on offer, or nothing; what is accepted with nothing is "copied" to other programs on X11, and
    no drop at all on systems that know no copy there.
    """
    kept = (Qt.DropAction.CopyAction, Qt.DropAction.LinkAction)
    offered = event.possibleActions()
    event.setDropAction(next((a for a in kept if a in offered), Qt.DropAction.IgnoreAction))
    event.accept()


class _CopiesDrops(QObject):
    """Corrects what the text fields of Qt answer to a drag: they do whatever is proposed."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QDropEvent):  # entering and moving are drops, too
            return False
        watched.event(event)
        if event.isAccepted():
            accept_copy(event)
        return True


def copy_into_fields(window: QWidget) -> None:
    """Let every text field of a dialog take a copy of what is dropped on it, never move it."""
    copies = _CopiesDrops(window)
    for field in window.findChildren(QLineEdit):
        field.installEventFilter(copies)


MAX_AT_ONCE = 20_000
"""Characters that are read on the window's thread: 400 links, which take some 40 ms."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """What mime data holds, taken out of it: reading it needs no Qt and may run in a thread.

    `readings` give the links of each format offered, the most exact format first; `size` is the
    number of characters in all of them, and in the files that are looked into. `words` is the
    plain text, which may be a source of its own where there is no link.
    """

    readings: tuple[Callable[[], Found], ...]
    size: int
    words: str = ""

    @classmethod
    def of(cls, mime: QMimeData) -> Dropped:
        from notegen_desktop.domain.links.drops import links_from_html, links_from_moz_url

        urls, html, text = mime.urls(), mime.html() if mime.hasHtml() else "", mime.text()
        moz = _moz_text(mime) if mime.hasFormat(MOZ_URL) else ""
        readings: list[Callable[[], Found]] = []
        if urls:
            readings.append(lambda: links_in_urls(urls))
        if moz:
            readings.append(lambda: links_from_moz_url(moz))
        if html:
            readings.append(lambda: links_from_html(html))
        if mime.hasText():
            readings.append(lambda: Found() if _only_repeats(urls, text) else links_in_text(text))
        sizes = map(_size, urls)
        size = len(html) + len(text) + len(moz) + sum(sizes)
        return cls(tuple(readings), size, "" if urls else text)

    @property
    def is_large(self) -> bool:
        """Whether reading it on the window's thread would stop the window."""
        return self.size > MAX_AT_ONCE

    def read(self) -> Found:
        """The links of the most exact format that has any; without any, the plainest's rejects.

        Programs offer the same thing in several formats: a dragged link is an address, an address
        with its title, an anchor and a text. Only one is read, so that nothing comes in twice.
        """
        refused = Found()
        for read in self.readings:
            found = read()
            if found.links:
                return found
            refused = refused if refused.rejects else found
        return refused if refused.rejects else links_in_text("")


def template_files(mime: QMimeData) -> tuple[list[Path], list[QUrl]]:
    """The template files among what is dropped, by their names, and the rest."""
    paths, others = [], []
    for url in mime.urls():
        address = url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
        if url.isLocalFile() and url.path().lower().endswith(".toml"):
            paths.append(local_path(address))
        else:
            others.append(url)
    return paths, others


def dropped_file(mime: QMimeData) -> Link | None:
    """The one film, recording or caption file that is dragged, if it is that."""
    urls = mime.urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    links = links_in_urls(urls).links
    return links[0] if len(links) == 1 and links[0].kind is LinkKind.FILE else None


def _size(url: QUrl) -> int:
    """Characters of an address, or bytes of a file that may be a list of links."""
    if not url.isLocalFile():
        return len(url.toString())
    path = local_path(url.toString(QUrl.ComponentFormattingOption.FullyEncoded))
    try:
        size = in_time(lambda: path.stat().st_size, path, otherwise=lambda: MAX_AT_ONCE + 1)
    except OSError:
        return 0
    return size if size <= LIST_BYTES else 0  # a larger one is no list


def _only_repeats(urls: Sequence[QUrl], text: str) -> bool:
    """Whether the text is nothing but the files of the list once more, as file managers add it."""
    files = [url for url in urls if url.isLocalFile()]
    said = {name for url in files for name in (url.toString(), url.toLocalFile())}
    return bool(files) and all(line.strip() in said for line in text.splitlines())


def links_in_urls(urls: Iterable[QUrl]) -> Found:
    """Addresses, and files by what they are or hold."""
    parts = []
    for url in urls:
        address = url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
        if url.isLocalFile():
            parts.append(links_in_path(local_path(address)))  # the bytes of its name are kept
        elif not address.startswith("#"):  # a comment of the list
            parts.append(links_in_text(address))
    return merged(parts)


def _moz_text(mime: QMimeData) -> str:
    raw = bytes(mime.data(MOZ_URL).data())
    # Firefox gives UTF-16 without a mark; other programs that offer the format give UTF-8.
    wide = raw[1:2] == b"\x00" or raw.startswith(b"\xff\xfe")
    return raw.decode("utf-16-le" if wide else "utf-8", "replace").lstrip("\ufeff")
