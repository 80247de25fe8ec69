"""Whatever comes into the window from outside: text, files, the clipboard, what is dropped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from notegen_desktop.domain.links.link import Found
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
    """Puts links into the queue of `source`; `window` is what a dialog opens over."""

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
        """Sources, a line each or in any text: the command line, another start of the program."""
        if len(text) > MAX_AT_ONCE:
            self._read_aside(lambda: _found_in(text))
        else:
            self._source.add_found(_found_in(text))

    def _read_aside(self, read: Callable[[], Found], *, words: str = "") -> None:
        """Thousands of links take a second: the window goes on meanwhile."""
        if not self._tasks.can_start:
            self._source.add_found(read(), words=words)
            return
        self._source.show_reading()
        self._tasks.start(
            in_thread(read), done=lambda found: self._source.add_found(found, words=words)
        )

    def _keep_words(self, text: str) -> None:
        """Take a pasted text for a source: the words of a talk, an article, subtitles."""
        folder = self._texts_folder
        if folder is not None:
            self._read_aside(lambda: source_of_text(text, folder))

    def paste(self) -> None:
        """Links from the clipboard."""
        self._source.add_mime(QGuiApplication.clipboard().mimeData())

    def choose_files(self) -> None:
        self._tasks.start(
            choose_files(self._window, title=_("Choose files"), filters=FILE_FILTERS),
            done=lambda paths: self._read_aside(lambda: merged(map(links_in_path, paths))),
        )

    def _ask(self, found: Found) -> None:
        """Ask how many of very many links are wanted."""
        if not self._tasks.can_start:  # named at the start, one by one
            self._source.add_found(found, asked=True)
            return
        self._tasks.start(self._add_some(found))

    async def _add_some(self, found: Found) -> None:
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


def _found_in(text: str) -> Found:
    """The links of a text, whose lines may also be the paths of files."""
    lines = text.splitlines()
    files = {line: None for line in lines if _is_file(line)}
    others = "\n".join(line for line in lines if line not in files)
    found = [links_in_path(Path(line.strip())) for line in files]
    if others.strip() or not found:
        found.append(links_in_text(others))
    return merged(found)


def _is_file(line: str) -> bool:
    """Whether a line is the path of a file that is there, in whatever spelling."""
    if "://" in line:
        return False  # an address: of thousands, none is looked for on the disk
    path = Path(line.strip())
    try:
        return in_time(path.is_file, path, otherwise=path.is_absolute)
    except (OSError, ValueError):
        return False
