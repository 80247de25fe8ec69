"""What a drop or a paste holds, in whichever of the formats programs offer it.

Meaning is found by `domain.drops`, files are looked into by `services.dropped`; here bytes are
taken out of mime data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from notegen_desktop.domain.links.link import Found
from notegen_desktop.services.machine.dropped import links_in_path, links_in_text, merged
from notegen_desktop.services.machine.local_files import local_path

__all__ = [
    "accept_copy",
    "can_take",
    "copy_into_fields",
    "links_in_mime",
    "links_in_path",
    "links_in_text",
    "links_in_urls",
    "merged",
]

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


def links_in_mime(mime: QMimeData) -> Found:
    """The links of the most exact format that has any; without any, what is said of the plainest.

    Programs offer the same thing in several formats: a dragged link is an address, an address with
    its title, an anchor and a text. Only one of them is read, so that nothing comes in twice.
    """
    from notegen_desktop.domain.links.drops import links_from_html, links_from_moz_url

    readings: list[Callable[[], Found]] = []
    if mime.hasUrls():
        readings.append(lambda: links_in_urls(mime.urls()))
    if mime.hasFormat(MOZ_URL):
        readings.append(lambda: links_from_moz_url(_moz_text(mime)))
    if mime.hasHtml():
        readings.append(lambda: links_from_html(mime.html()))
    if mime.hasText() and not _only_repeats(mime):
        readings.append(lambda: links_in_text(mime.text()))
    refused = Found()
    for read in readings:
        found = read()
        if found.links:
            return found
        refused = refused if refused.rejects else found
    return refused if refused.rejects else links_in_text("")


def _only_repeats(mime: QMimeData) -> bool:
    """Whether the text is nothing but the files of the list once more, as file managers add it."""
    files = [url for url in mime.urls() if url.isLocalFile()]
    said = {name for url in files for name in (url.toString(), url.toLocalFile())}
    return bool(files) and all(line.strip() in said for line in mime.text().splitlines())


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
