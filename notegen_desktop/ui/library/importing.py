"""Import of notes from files chosen by the user or dropped on the library page.

Links in the files are passed on to the composer.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QToolButton, QWidget

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.links.link import FoundLinks
from notegen_desktop.domain.text.quantities import number, series
from notegen_desktop.domain.words import N2_, _, ngettext
from notegen_desktop.services.machine.importing import Imported, import_files
from notegen_desktop.services.machine.local_files import in_time, local_path
from notegen_desktop.services.ports import Services
from notegen_desktop.ui.kit.build import named
from notegen_desktop.ui.kit.dialogs import choose_files, choose_folder
from notegen_desktop.ui.kit.messages import Message
from notegen_desktop.ui.kit.screen_reader import give_menu
from notegen_desktop.ui.kit.tasks import Deferred, Tasks
from notegen_desktop.ui.kit.theme import scaled, set_icon

from .progress_lines import ProgressLines

SUFFIXES = (".json", ".md", ".markdown", ".csv", ".tsv", ".html")
FILTERS = (
    "Notes and lists of videos (*.json *.md *.markdown *.csv *.tsv *.html)",
    "All files (*)",
)
MAX_TOLD = 3
"""Maximum files named in the message about problems."""


class LibraryImport(QObject):
    """Imports files into the library.

    Signals: `imported()` when notes were added, `links_found(FoundLinks)` with the videos of lists,
    `message(Message)`. `works` shows the progress.
    """

    imported = Signal()
    links_found = Signal(object)
    message = Signal(object)

    def __init__(
        self, services: Deferred[Services], tasks: Tasks, works: ProgressLines, page: QWidget
    ) -> None:
        super().__init__(page)
        self._works = works
        self._services = services
        self._tasks = tasks
        self._page = page
        self.button = named(QToolButton(page), "libraryImport", _("Import notes"))
        self.button.setToolTip(_("Import notes, or a list of videos"))
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.button.setIconSize(QSize(16, 16))
        self.button.setFixedHeight(scaled(34))
        set_icon(self.button, "file-plus")
        menu = give_menu(self.button)
        menu.addAction(_("Import files…")).triggered.connect(self.choose_files)
        menu.addAction(_("Import a folder…")).triggered.connect(self.choose_folder)

    def choose_files(self) -> None:
        self._start(self._chosen_files)

    def choose_folder(self) -> None:
        self._start(self._chosen_folder)

    def take(self, paths: Sequence[Path]) -> None:
        """Import dropped files."""

        async def given() -> list[Path]:
            return list(paths)

        self._start(given)

    def can_take(self, mime: QMimeData) -> list[Path]:
        """Return the dragged files and folders; [] if anything else is dragged with them."""
        urls = mime.urls()
        paths = [local_path(url.toString()) for url in urls if url.isLocalFile()]
        if not paths or len(paths) < len(urls):
            return []
        return paths if all(map(_may_hold_notes, paths)) else []

    async def _chosen_files(self) -> list[Path]:
        return await choose_files(self._page.window(), title=_("Import notes"), filters=FILTERS)

    async def _chosen_folder(self) -> list[Path]:
        folder = await choose_folder(self._page.window(), title=_("Import the notes of a folder"))
        return [folder] if folder else []

    def _start(self, choose: Callable[[], Coroutine[Any, Any, list[Path]]]) -> None:
        async def run() -> Imported | None:
            if not (paths := await choose()):
                return None
            services = await self._services
            with self._works.begin() as work:
                work.show_words(_("Importing …"))
                return await import_files(
                    *(paths, services.exporter, services.store),
                    grown=lambda imported: work.show_words(_grown(imported)),
                    stopped=work.is_stopped,
                )

        self._tasks.start(run(), done=self._end, failed=self._fail)

    def _end(self, imported: Imported | None) -> None:
        if imported is None:
            return
        if imported.links:
            self.links_found.emit(FoundLinks(tuple(imported.links.values())))
        if imported.notes:
            self.imported.emit()
        self.message.emit(Message(said_of(imported), hint_of(imported), _tone(imported)))

    def _fail(self, failure: Failure) -> None:
        self.imported.emit()  # notes imported before the failure stay
        self.message.emit(Message(failure.message, failure.hint, "danger"))


def _grown(imported: Imported) -> str:
    many = len(imported.notes)
    return ngettext("{n} imported …", "{n} imported …", many).format(n=number(many))


def _may_hold_notes(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES or in_time(path.is_dir, path, otherwise=lambda: False)


def said_of(imported: Imported) -> str:
    """Return the result of an import as one sentence."""
    told = (
        (*N2_("{n} note imported", "{n} notes imported"), len(imported.notes)),
        (*N2_("{n} was here already", "{n} were here already"), len(imported.present)),
        (*N2_("{n} video to make notes of", "{n} videos to make notes of"), len(imported.links)),
    )
    parts = [ngettext(one, more, n).format(n=number(n)) for one, more, n in told if n]
    told_words = series(parts) or _("No notes imported")
    return f"{told_words}."


def hint_of(imported: Imported) -> str:
    told = [f"{file.name}: {problem}" for file, problem in imported.problems[:MAX_TOLD]]
    if more := len(imported.problems) - len(told):
        told.append(
            ngettext(
                "{n} more file cannot be read.", "{n} more files cannot be read.", more
            ).format(n=number(more))
        )
    return " ".join(told)


def _tone(imported: Imported) -> str:
    if not imported.problems:
        return "info"
    return "danger" if imported.is_empty else "warning"
