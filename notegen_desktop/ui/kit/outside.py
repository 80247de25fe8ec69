"""Output to other programs: opening URLs, the clipboard, and export formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QMimeData, QStringListModel, QUrl
from PySide6.QtGui import QAction, QClipboard, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMenu
from shiboken6 import createdByPython

from notegen_desktop.domain.errors import NoteGenError, NoteMissing
from notegen_desktop.domain.notes.note import Level
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import N_, _, ngettext
from notegen_desktop.services.machine.desktop.entry import something_opens
from notegen_desktop.services.machine.files import users_umask
from notegen_desktop.services.ports import Exporter, Services

from .messages import Message
from .tasks import Tasks, in_thread

# --- Other programs ---


def open_outside(
    url: QUrl, tasks: Tasks, tell: Callable[[Message], object], *, what: str = "link"
) -> bool:
    """Open a URL in the system's default program; return True if the system accepted it.

    A refusal is shown as a message that names `what`. Some systems accept URLs without a program
    for them: that is checked in a thread and shown later.
    """
    address = url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
    refusal = Message(
        _("Nothing on this computer opened the {what}.").format(what=what),
        url.toLocalFile() if url.isLocalFile() else address,
        "warning",
        action=_("Copy path") if url.isLocalFile() else _("Copy address"),
        on_action=lambda: QGuiApplication.clipboard().setText(refusal.hint),
    )
    with users_umask():
        taken = QDesktopServices.openUrl(url)
    if not taken:
        tell(refusal)
    else:
        tasks.start(
            in_thread(something_opens, address),
            done=lambda opens: None if opens else tell(refusal),
            failed=lambda _: None,
        )
    return taken


# --- The clipboard, with mime data created by Qt ---


def mime_data() -> QMimeData:
    """Return empty mime data created by Qt, for the clipboard or a drag, which take ownership."""
    model = QStringListModel([""])
    data = model.mimeData([model.index(0)])
    data.clear()
    return data


def hand_over_clipboard() -> None:
    """Replace mime data created by Python on the clipboard, before the interpreter ends.

    Qt then offers it to the desktop's clipboard manager when the application ends.
    """
    clipboard = QGuiApplication.clipboard()
    for mode in QClipboard.Mode:
        held: QMimeData | None = clipboard.mimeData(mode)
        if held is not None and createdByPython(held):
            kept = mime_data()
            for format in held.formats():
                kept.setData(format, held.data(format))
            clipboard.setMimeData(kept, mode)


# --- Export formats ---

BASIC = ("md", "html", "pdf")
"""Formats offered until the exporter is ready."""

_NAMES: Mapping[str, str] = {
    "md": "Markdown",
    "html": N_("web page (HTML)"),
    "pdf": "PDF",
    "epub": "E-Book (EPUB)",
    "docx": "Word (DOCX)",
    "pptx": "PowerPoint (PPTX)",
    "anki": N_("Anki deck"),
    "json": "JSON",
    "srt": N_("SubRip Subtitles (SRT)"),
    "vtt": N_("Web Subtitles (VTT)"),
    "txt": N_("Text"),
}


def format_name(format: str) -> str:
    """Return the translated name of a format such as `md`."""
    return _(_NAMES.get(format, format.upper()))


def formats_of(exporter: Exporter) -> tuple[str, ...]:
    """Return the formats of the export menu: those of the exporter without mind maps, plus PDF.

    Mind maps have a menu of their own, and the window itself writes PDF.
    """
    others = ("pdf", "svg", "opml", "markmap")
    found = [format for format in exporter.formats() if format not in others]
    found.insert(min(2, len(found)), "pdf")
    return tuple(found)


def add_formats(
    menu: QMenu, formats: Sequence[str], wish: Callable[[str], object], *, words: str
) -> list[QAction]:
    """Add an action for each format to a menu; `words` holds `{}` for the format's name."""
    entries = []
    for format in formats:
        entry = menu.addAction(f"{words.format(format_name(format))}…")
        entry.setObjectName(f"export:{format}")
        entry.triggered.connect(lambda _=False, format=format: wish(format))
        entries.append(entry)
    return entries


async def export_notes(
    services: Services,
    ids: Sequence[str],
    folder: Path,
    format: str,
    level: Level,
    *,
    grown: Callable[[str], object],
    stopped: Callable[[], bool],
) -> Message:
    """Write each note as a file below `folder` and return the message about the result.

    `grown` is called with the progress text, `stopped` is polled between notes. Files that are
    written stay, even if a later note fails.
    """
    written, end = 0, Message("")
    for done, note_id in enumerate(ids):
        if stopped():
            end = Message(_("Stopped."))
            break
        grown(
            _("Writing notes: {done} of {total} …").format(
                done=number(done), total=number(len(ids))
            )
        )
        try:
            note = await services.store.get(note_id)
            await in_thread(services.exporter.save_to_tree, note, folder, format, level)
        except NoteMissing:  # deleted meanwhile
            continue
        except NoteGenError as error:
            end = Message(f"{error.message} {error.hint}".rstrip(), tone="danger")
            break
        written += 1
    told = ngettext(
        "{n} note written into {folder}", "{n} notes written into {folder}", written
    ).format(n=number(written), folder=folder)
    return replace(end, text=f"{end.text} {told}".strip())
