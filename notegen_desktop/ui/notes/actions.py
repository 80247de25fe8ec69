"""Controller for saving notes, transcripts and mind maps, and for opening links and videos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QWidget

from notegen_desktop.domain.links.outgoing_links import plain_mail
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.domain.text.file_names import name_with_kind, safe_name
from notegen_desktop.domain.text.transcript import Transcript
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.local_files import local_path
from notegen_desktop.services.ports import Exporter, Services
from notegen_desktop.ui.kit.dialogs import choose_save_path
from notegen_desktop.ui.kit.outside import format_name, open_outside
from notegen_desktop.ui.kit.tasks import Controller, WindowContext, in_thread

if TYPE_CHECKING:
    from .note_page import NotePage
    from .result_tabs import ResultTabs

_SUFFIXES = {"anki": "apkg"}


def suggested_name(note: Note, kind: str) -> str:
    """Return a file name without suffix that is valid on every system: title, then template
    name."""
    title = note.title or note.video.name
    return name_with_kind(title, kind, ending=".suffix", fallback="Note")


async def ask_where(
    parent: QWidget | None, note: Note, format: str, *, kind: str, folder: Path | None = None
) -> Path | None:
    """Ask where to save a note; None if cancelled."""
    return await choose_save_path(
        parent,
        title=_("Save as {format}").format(format=format_name(format)),
        name=suggested_name(note, kind),
        suffix=_SUFFIXES.get(format, format),
        folder=folder,
    )


async def write_note(
    path: Path, exporter: Exporter, note: Note, format: str, level: Level, *, kind: str
) -> Path:
    """Write a note to a file. Raises FormatUnavailable, FolderNotWritable or DiskFull."""
    if format == "pdf":
        from .printing.pdf import pdf_bytes  # late: this import takes 20 ms

        data = pdf_bytes(note, level, kind=kind)
    else:
        data = await in_thread(exporter.render, note, format, level)
    await in_thread(exporter.replace, path, data)
    return path


class NoteActions(Controller):
    """Handles the requests of the pages in `results` and reports in the message bar.

    `name_of` returns the name of a template by its id.
    """

    def __init__(
        self, context: WindowContext, results: ResultTabs, *, name_of: Callable[[str], str]
    ) -> None:
        super().__init__(context)
        self._name_of = name_of
        self._folder: Path | None = None
        results.page_added.connect(self._take_in)

    def _take_in(self, page: NotePage) -> None:
        page.link_activated.connect(self.open_link)
        page.save_wanted.connect(self.save)
        page.copied.connect(self._messages.say_done)
        page.map_save_wanted.connect(self.save_map)

    def open_at(self, video: Video, seconds: float) -> bool:
        """Open a video at a time in the browser, a local file in its default program.

        Return True if it opened; otherwise a message is shown.
        """
        address = video.link_at(seconds)
        url = QUrl(address or local_path(video.url).absolute().as_uri())
        return self._open(url, "video")

    def open_link(self, url: str, video: Video | None) -> None:
        """Open a link in a note; ask first if it leads to another site than the video's."""
        from notegen_desktop.ui.kit.dialogs import confirm_external_link

        self._tasks.start(
            confirm_external_link(self._window, url, video),
            done=lambda yes: self._open(QUrl(plain_mail(url)), "link") if yes else None,
        )

    def save(self, note: Note, format: str, level: Level) -> None:
        """Ask for a path and export the note."""
        kind = self._name_of(note.template)

        def write(path: Path | None) -> None:
            if path is not None:
                work = self._services.ask(
                    lambda services: write_note(
                        path, services.exporter, note, format, level, kind=kind
                    )
                )
                self._tasks.start(work, done=self._saved, to_end=True)

        asking = ask_where(self._window, note, format, kind=kind, folder=self._folder)
        self._tasks.start(asking, done=write)

    def save_transcript(self, transcript: Transcript, video: Video, format: str) -> None:
        """Ask for a path and export the transcript."""

        async def write(services: Services, path: Path) -> Path:
            exporter = services.exporter
            data = await in_thread(exporter.render_transcript, transcript, video, format)
            await in_thread(exporter.replace, path, data)
            return path

        def chosen(path: Path | None) -> None:
            if path is not None:
                work = self._services.ask(lambda services: write(services, path))
                self._tasks.start(work, done=self._saved, to_end=True)

        asking = choose_save_path(
            self._window,
            title=_("Save as {format}").format(format=format_name(format)),
            name=safe_name(video.name, fallback="Transcript"),
            suffix=format,
            folder=self._folder,
        )
        self._tasks.start(asking, done=chosen)

    def save_map(self, note: Note, suffix: str, content: bytes) -> None:
        """Ask for a path and write a file of the note's mind map."""

        async def write() -> Path | None:
            name = suggested_name(note, _("Mind map"))
            path = await choose_save_path(
                self._window,
                title=_("Save mind map"),
                name=name,
                suffix=suffix,
                folder=self._folder,
            )
            if path is not None:
                exporter = (await self._services).exporter
                await in_thread(exporter.replace, path, content)
            return path

        def saved(path: Path | None) -> None:
            if path is not None:
                self._saved(path)

        self._tasks.start(write(), done=saved)

    def _saved(self, path: Path) -> None:
        self._folder = path.parent
        folder = QUrl(path.parent.absolute().as_uri())
        self._messages.say(
            _("Saved as {name}.").format(name=path.name),
            tone="success",
            action=_("Show folder"),
            on_action=lambda: self._open(folder, "folder"),
        )

    def _open(self, url: QUrl, what: str) -> bool:
        return open_outside(url, self._tasks, self._messages.show_message, what=what)
