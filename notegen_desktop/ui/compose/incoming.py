"""Input from outside the window: text, files, the clipboard and drops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from notegen_desktop.domain.links.link import FoundLinks
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import N_, _, ngettext
from notegen_desktop.services.machine.local_files import (
    in_time,
    links_in_path,
    links_in_text,
    merged,
    source_of_text,
)
from notegen_desktop.ui.kit.dialogs import choose, choose_files
from notegen_desktop.ui.kit.drops import MAX_AT_ONCE
from notegen_desktop.ui.kit.tasks import Tasks, in_thread

from .source_input import MAX_UNASKED, SourceInput

FILE_FILTERS = (
    N_("Captions, text, video and audio")
    + " (*.vtt *.srt *.ass *.ttml *.sbv *.lrc *.json3 *.json *.txt "
    "*.md *.docx *.odt *.rtf *.mp4 *.m4v *.mkv *.webm *.mov *.mp3 *.m4a *.wav *.ogg *.opus *.flac)",
    N_("Links") + " (*.url *.webloc *.desktop *.html *.txt *.csv *.m3u *.opml *.rss)",
    N_("All files") + " (*)",
)


class Intake:
    """Adds sources from text, files and the clipboard to `source`; dialogs open over `window`."""

    def __init__(
        self, window: QWidget, source: SourceInput, tasks: Tasks, texts_folder: Path | None
    ) -> None:
        self._window = window
        self._source = source
        self._tasks = tasks
        self._texts_folder = texts_folder
        source.large_dropped.connect(
            lambda dropped: self._read_aside(dropped.read, words=dropped.words)
        )
        source.words_found.connect(self._keep_words)
        source.many_found.connect(self._ask)

    def add_text(self, text: str) -> None:
        """Add the links and file paths in `text`, from the command line or a second program
        start."""
        if len(text) > MAX_AT_ONCE:
            self._read_aside(lambda: _found_in(text))
        else:
            self._source.add_found(_found_in(text))

    def _read_aside(self, read: Callable[[], FoundLinks], *, words: str = "") -> None:
        """Read links in a thread and show a message meanwhile: thousands of links take a second."""
        if not self._tasks.can_start:
            self._source.add_found(read(), words=words)
            return
        self._source.show_reading()
        self._tasks.start(
            in_thread(read), done=lambda found: self._source.add_found(found, words=words)
        )

    def _keep_words(self, text: str) -> None:
        """Store a pasted text (a transcript, an article, subtitles) as a file and add it as a
        source."""
        folder = self._texts_folder
        if folder is not None:
            self._read_aside(lambda: source_of_text(text, folder))

    def paste(self) -> None:
        """Add the links in the clipboard."""
        self._source.add_mime(QGuiApplication.clipboard().mimeData())

    def choose_files(self) -> None:
        self._tasks.start(
            choose_files(self._window, title=_("Choose files"), filters=FILE_FILTERS),
            done=lambda paths: self._read_aside(lambda: merged(map(links_in_path, paths))),
        )

    def _ask(self, found: FoundLinks) -> None:
        """Ask whether to add all links or only the first `MAX_UNASKED`."""
        if not self._tasks.can_start:  # given one by one on the command line
            self._source.add_found(found, asked=True)
            return
        self._tasks.start(self._add_some(found))

    async def _add_some(self, found: FoundLinks) -> None:
        many = len(found.links)
        chosen = await choose(
            self._window,
            title=_("Add so many videos?"),
            text=ngettext("There is {n} link in it.", "There are {n} links in it.", many).format(
                n=number(many)
            ),
            details=_("Each is looked up, and gets notes of every kind that is ticked."),
            choices=(
                (
                    "addFirstButton",
                    _("Add the first {max_unasked}").format(max_unasked=MAX_UNASKED),
                ),
                ("addAllButton", _("Add all {number}").format(number=number(many))),
            ),
        )
        if chosen:
            few = found.links[:MAX_UNASKED] if chosen == "addFirstButton" else found.links
            self._source.add_found(replace(found, links=few), asked=True)


def _found_in(text: str) -> FoundLinks:
    """Return the links in a text; a line may also be the path of a file."""
    lines = text.splitlines()
    files = {line: None for line in lines if _is_file(line)}
    others = "\n".join(line for line in lines if line not in files)
    found = [links_in_path(Path(line.strip())) for line in files]
    if others.strip() or not found:
        found.append(links_in_text(others))
    return merged(found)


def _is_file(line: str) -> bool:
    """Return True if the line is the path of an existing file."""
    if "://" in line:
        return False  # a URL: thousands of them must not each cost a look at the disk
    path = Path(line.strip())
    try:
        return in_time(path.is_file, path, otherwise=path.is_absolute)
    except (OSError, ValueError):
        return False
