"""Tabs of notes in the order in which they finished, shown for one video at a time.

Tabs are keyed by the id of their job, or of their note in the library, so that no result can appear
in another's tab. A new tab never takes the focus or hides the page being read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent
from PySide6.QtWidgets import QMenu, QStackedWidget, QTabWidget

from notegen_desktop.domain.jobs.job import NoteJob, Stage, Status
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.words import N_, _
from notegen_desktop.ui.kit.build import named
from notegen_desktop.ui.kit.commands import command
from notegen_desktop.ui.kit.outside import BASIC
from notegen_desktop.ui.kit.qt_board import QtBoard
from notegen_desktop.ui.kit.text import written_by
from notegen_desktop.ui.kit.theme import icon, theme
from notegen_desktop.ui.kit.widgets import EmptyState, identify

from .tab_bar import (
    ClosedTab,
    ClosedTabs,
    SavedTab,
    TabBar,
    VideoChooser,
    is_sorted_at,
    kind_of,
    place_of,
    tab_name,
)

if TYPE_CHECKING:
    from .coverage import GapProgress
    from .note_page import NotePage

MAX_OPENED = 24
"""Maximum tabs opened by themselves; further notes open from the queue."""


EMPTY_WORDS = (
    "notebook-pen",
    N_("Your notes appear here"),
    N_(
        "Each opens as a tab as soon as it is finished, the quickest first. "
        "“Watch” shows one while it is written."
    ),
)


class ResultTabs(QTabWidget):
    """Tabs of notes, each a `NotePage`.

    Signals: `retry_wanted(str)` with a job's id; `zoom_wanted(int)` to change the text size by
    pixels, 0 for the default; `page_added(NotePage)` to connect its signals; `shown_changed(str)`
    with the key of the current page.
    """

    retry_wanted = Signal(str)
    page_added = Signal(object)
    zoom_wanted = Signal(int)
    shown_changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        named(self, "resultTabs", _("Notes"))
        self.setTabBar(TabBar(self))
        self.setDocumentMode(True)
        self.setMovable(True)
        self.setTabsClosable(True)
        self.setElideMode(Qt.TextElideMode.ElideRight)
        self.setUsesScrollButtons(True)
        self.chooser = VideoChooser()
        self.chooser.chosen.connect(self.show_video)
        self.setCornerWidget(self.chooser, Qt.Corner.TopLeftCorner)
        self._last: dict[str, str] = {}  # page last shown, by video id
        self._templates: Mapping[str, NoteTemplate] = {}
        self._videos: dict[str, Video] = {}
        self._pages: dict[str, NotePage] = {}
        self._jobs: dict[str, NoteJob] = {}
        self._closed = ClosedTabs()
        self._level = Level.STANDARD
        self._outline = True
        self._bare = False
        self._formats: tuple[str, ...] = BASIC
        self._empty = EmptyState(self)
        self._empty.setObjectName("resultsEmpty")
        self._empty.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._empty.show_words(*map(_, EMPTY_WORDS))
        self.tabCloseRequested.connect(self.close_tab)
        self.currentChanged.connect(self._announce_shown)
        bar = self.tabBar()
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        bar.customContextMenuRequested.connect(
            lambda at: self.tab_menu(bar.tabAt(at)).popup(bar.mapToGlobal(at))
        )
        theme().changed.connect(self._name_tabs)
        for name, keys, wish in (
            (_("Concise"), "Ctrl+1", lambda: self.set_level(Level.CONCISE)),
            (_("Standard"), "Ctrl+2", lambda: self.set_level(Level.STANDARD)),
            (_("Comprehensive"), "Ctrl+3", lambda: self.set_level(Level.COMPREHENSIVE)),
            (_("Reopen the tab closed last"), "Ctrl+Shift+T", self.reopen_closed),
            (_("Close this tab"), "Ctrl+W", self.close_current),
            (_("Next tab"), "Ctrl+Tab", lambda: self._step(1)),
            (_("Previous tab"), "Ctrl+Shift+Tab", lambda: self._step(-1)),
            (_("Notes of the next video"), "Ctrl+PgDown", lambda: self._step_video(1)),
            (_("Notes of the previous video"), "Ctrl+PgUp", lambda: self._step_video(-1)),
        ):
            command(self, name, wish, keys, group="Note")
        for name, key, px in (
            (_("Larger text"), QKeySequence.StandardKey.ZoomIn, 1),
            (_("Smaller text"), QKeySequence.StandardKey.ZoomOut, -1),
            (_("Usual size of text"), "Ctrl+0", 0),
        ):
            command(self, name, partial(self.zoom_wanted.emit, px), key, group="Note")
        find = QKeySequence.StandardKey.Find
        for name, key, act, within in (
            (_("Outline"), "Ctrl+Shift+O", lambda page: page.outline_button.click(), False),
            (_("Find in this note"), find, lambda page: page.find_words(), True),
            (_("Copy as Markdown"), "Ctrl+Shift+C", lambda page: page.copy_markdown(), True),
            (
                *(_("Export this note"), "Ctrl+Shift+E"),
                *(lambda page: page.export_button.click(), False),
            ),
            (_("Next doubt"), "F8", lambda page: page.step_to_doubt(1), False),
            (_("Previous doubt"), "Shift+F8", lambda page: page.step_to_doubt(-1), False),
        ):
            wish = partial(self._with_page, act)
            command(self, name, wish, key, group="Note", within=within)
        self._show_empty()

    def _with_page(self, act: Callable[[NotePage], object]) -> None:
        if self.page_shown is not None:
            act(self.page_shown)

    # --- set-up ---

    def set_templates(self, templates: Sequence[NoteTemplate]) -> None:
        """Take the templates, for names and icons of tabs."""
        self._templates = {template.id: template for template in templates}
        self._name_tabs()

    def set_formats(self, formats: Sequence[str]) -> None:
        """Set the formats of the export menus."""
        self._formats = tuple(formats)
        for page in self._pages.values():
            page.set_formats(self._formats)

    def set_default_level(self, level: Level) -> None:
        """Set the level at which notes open."""
        self._level = level

    def set_bare(self, bare: bool) -> None:
        """Show only the text of pages, without tab bar and tools."""
        self._bare = bare
        self.tabBar().setVisible(not bare)
        self._show_group()
        for page in self._pages.values():
            page.set_bare(bare)

    def set_outline(self, wanted: bool) -> None:
        """Show or hide the outlines of pages."""
        self._outline = wanted
        for page in self._pages.values():
            page.set_outline(wanted)

    def follow(self, board: QtBoard) -> None:
        """Connect to a board, to show its finished jobs."""
        board.video_seen.connect(self.put_video)
        board.job_added.connect(self.take)
        board.job_changed.connect(self.take)
        board.text_grew.connect(self.take)
        board.job_finished.connect(self.take)

    # --- slots of the board ---

    def put_video(self, video: Video) -> None:
        """Update the facts about a video."""
        self._videos[video.id] = video
        for page in self._pages.values():
            if page.video is not None and page.video.id == video.id:
                if page.note is None:
                    page.show_video(video)
                self._name_tab(page)

    def take(self, job: NoteJob) -> None:
        """Update the page of a job; open a tab for a completed one."""
        if job.id in self._pages:
            known = self._jobs.get(job.id)
            if known is not None and job.attempt < known.attempt:
                return
            self._show_job(self._pages[job.id], job)
        elif (
            job.status is Status.COMPLETE
            and not job.request.again  # its result is a version of an existing note
            and self._jobs.get(job.id) != job
            and len(self._pages) < MAX_OPENED
        ):
            self._open_job(job)
        if job.status is Status.COMPLETE or job.id in self._pages:
            self._jobs[job.id] = job

    # --- opening and closing ---

    def open_job(self, job: NoteJob) -> None:
        """Show the page of a job, growing while the note is written."""
        if job.id not in self._pages:
            self._open_job(job)
        self._jobs[job.id] = job
        self.setCurrentWidget(self._pages[job.id])

    def open_note(self, note: Note, *, activate: bool = True) -> None:
        """Show a note of the library, in its job's tab if there is one."""
        key = self._key_of(note)
        if key not in self._pages:
            page = self._add_page(key, note.template, self.count())
            page.show_note(note)
            self._name_tabs()
        if activate:
            self.setCurrentWidget(self._pages[key])

    def kept(self) -> list[SavedTab]:
        """Return the tabs of stored notes, to be restored in the next session."""
        return [
            SavedTab(page.note_id, page.level, page.view.top, page is self.page_shown)
            for page in self._ordered()
            if page.note_id
        ]

    def bring_back(self, tab: SavedTab, note: Note, *, before: str = "") -> None:
        """Restore a tab in the background, left of the tab of note `before`, or at the end."""
        key = self._key_of(note)
        if key in self._pages or len(self._pages) >= MAX_OPENED:
            return
        ids = [page.note_id for page in self._ordered()]
        place = ids.index(before) if before in ids else self.count()
        page = self._add_page(key, note.template, place, level=tab.level)
        page.show_note(note)
        if tab.top is not None:
            page.view.show_from(*tab.top)
        self._name_tabs()

    def show_opening(self, *, opening: bool) -> None:
        """Show whether tabs of the last session are still being restored."""
        if opening:
            self._empty.show_words("notebook-pen", _("Opening your notes …"), "")
        else:
            self._empty.show_words(*map(_, EMPTY_WORDS))

    def revise(self, note: Note) -> None:
        """Update the pages of a note that was changed."""
        for key, page in self._pages.items():
            if note.id and page.note_id == note.id and page.note != note:
                page.show_note(note)
                if key in self._jobs:
                    self._jobs[key] = replace(self._jobs[key], note=note)
        self._closed.revise(note)

    def show_writing(self, note_id: str, writing: GapProgress | None) -> None:
        """Show the progress of writing a gap in a note; None for none."""
        for page in self.pages_of(note_id):
            page.show_writing(writing)

    def forget_notes(self, note_ids: Collection[str]) -> None:
        """Close the tabs of notes deleted from the library."""
        for key, page in tuple(self._pages.items()):
            if page.note_id and page.note_id in note_ids:
                self._remove(key)
        self._closed.forget(note_ids)

    def close_tab(self, index: int) -> None:
        key = self.key_at(index)
        page = self._pages.get(key)
        if page is None:
            return
        self._closed.put(ClosedTab(key, self._jobs.get(key), page.note, page.level))
        self._remove(key)

    def close_current(self) -> None:
        self.close_tab(self.currentIndex())

    def close_others(self, index: int) -> None:
        """Close every tab but one."""
        kept = self.key_at(index)
        for key in [key for key in self.keys() if key != kept]:
            self.close_tab(self.index_of(key))

    def reopen_closed(self) -> None:
        """Reopen the tab closed last."""
        while self._closed:
            closed = self._closed.pop()
            if closed.key in self._pages:
                continue
            if closed.job is not None:
                self.open_job(self._jobs.get(closed.key, closed.job))
            elif closed.note is not None:
                self.open_note(closed.note)
            else:
                continue
            self._pages[closed.key].set_level(closed.level)
            return

    def set_level(self, level: Level) -> None:
        """Show the current page at a level."""
        page = self.page_shown
        if page is not None:
            page.set_level(level)

    # --- lookups ---

    @property
    def page_shown(self) -> NotePage | None:
        shown = self.currentWidget()
        return next((page for page in self._pages.values() if page is shown), None)

    @property
    def editable_page(self) -> NotePage | None:
        """The current page if its note can be edited, else None."""
        page = self.page_shown
        return page if page is not None and page.edit_button.isVisible() else None

    def pages(self) -> tuple[NotePage, ...]:
        return tuple(self._pages.values())

    def pages_of(self, note_id: str) -> list[NotePage]:
        """Return the pages that show a note of the library."""
        return [page for page in self._pages.values() if note_id and page.note_id == note_id]

    def keys(self) -> tuple[str, ...]:
        """Return the keys of the tabs in their order: ids of jobs, `note:ID` for notes."""
        return tuple(self.key_at(index) for index in range(self.count()))

    def key_at(self, index: int) -> str:
        return next((key for key, page in self._pages.items() if self.widget(index) is page), "")

    def index_of(self, key: str) -> int:
        """Return the index of a key's tab, -1 if there is none."""
        page = self._pages.get(key)
        return -1 if page is None else self.indexOf(page)

    def page(self, key: str) -> NotePage:
        """Return the page of a key. Raises KeyError."""
        return self._pages[key]

    def _key_of(self, note: Note) -> str:
        """Return the key of the tab that shows the note, or a new key."""
        for key, page in self._pages.items():
            if note.id and page.note_id == note.id:
                return key
        return f"note:{note.id}"

    # --- pages ---

    def _open_job(self, job: NoteJob) -> None:
        held = self._pages.pop(self._key_of(job.note), None) if job.note is not None else None
        if held is None:
            place = place_of(job.finish_rank, self._ranks(job))
            held = self._add_page(job.id, job.template, place)
        self._pages[job.id] = held
        self._show_job(held, job)

    def _ranks(self, job: NoteJob) -> list[int | None]:
        """Return the finish ranks of the tabs, None for the job's own tab."""
        known = [None if key == job.id else self._jobs.get(key) for key in self.keys()]
        return [None if other is None else other.finish_rank for other in known]

    def _add_page(
        self, key: str, template: str, place: int, *, level: Level | None = None
    ) -> NotePage:
        from .note_page import NotePage

        kind = kind_of(template, self._templates.get(template))
        # Create it with its final parent: reparenting would restyle all of it.
        stack = self.findChild(QStackedWidget, "qt_tabwidget_stackedwidget")
        page = NotePage(kind, level or self._level, stack)
        page.setObjectName(f"note:{template}")
        identify(page)
        page.set_formats(self._formats)
        page.set_bare(self._bare)
        page.set_outline(self._outline)
        page.view.zoom_wanted.connect(self.zoom_wanted)
        page.level_changed.connect(self.set_default_level)
        page.retry_wanted.connect(lambda: self.retry_wanted.emit(self.key_at(self.indexOf(page))))
        self._pages[key] = page
        self.page_added.emit(page)
        self.insertTab(place, page, page.kind.name)
        self._show_empty()
        return page

    def _show_job(self, page: NotePage, job: NoteJob) -> None:
        known = self._jobs.get(job.id)
        if job.note is not None:
            if page.note != job.note:
                page.show_note(job.note)
            if known is None or known.finish_rank is None:
                self._sort_in(page, job)
        else:
            draft = job.draft
            waits = job.wait_reason if job.stage is Stage.WAITING else ""
            if known is None or (known.draft, known.status, known.stage, known.wait_reason) != (
                draft,
                job.status,
                job.stage,
                job.wait_reason,
            ):
                page.show_draft(draft, video=self._video_of(job), waits=waits)
            if job.failure is not None:
                page.show_failure(job.failure)
            elif job.status is Status.CANCELLED:
                page.show_cancelled()
        self._name_tabs()

    def _sort_in(self, page: NotePage, job: NoteJob) -> None:
        """Move the tab of a job that has finished to the position of its rank."""
        now, ranks = self.indexOf(page), self._ranks(job)
        if job.finish_rank is not None and not is_sorted_at(job.finish_rank, now, ranks):
            wanted = place_of(job.finish_rank, ranks)
            self.tabBar().moveTab(now, wanted - (wanted > now))

    def _remove(self, key: str) -> None:
        page = self._pages[key]
        if page is self.currentWidget() and (heir := self._page_after_closing(page)) is not None:
            self.setCurrentWidget(heir)
        del self._pages[key]
        self.removeTab(self.indexOf(page))
        page.deleteLater()
        self._name_tabs()
        self._show_empty()

    def _video_of(self, job: NoteJob) -> Video:
        found = self._videos.get(job.video_id)
        return found or Video(id=job.video_id, url="", title="")

    # --- tabs ---

    def _name_tabs(self) -> None:
        for page in self._pages.values():
            self._name_tab(page)
        self._show_group()

    def _ordered(self) -> list[NotePage]:
        """Return the pages in the order of the tabs."""
        return [self._pages[key] for key in self.keys() if key]

    def _show_group(self) -> None:
        """Show only the tabs of the current page's video."""
        front = self.page_shown
        videos: dict[str, tuple[Video, int]] = {}
        for page in self._ordered():
            if page.video is not None:
                known = self._videos.get(page.video.id, page.video)
                videos[known.id] = (known, videos.get(known.id, (known, 0))[1] + 1)
        shown = front.video.id if front is not None and front.video is not None else ""
        for page in sorted(self.pages(), key=lambda page: page is not front):
            seen = not shown or page.video is None or page.video.id == shown
            if self.isTabVisible(self.indexOf(page)) is not seen:
                self.setTabVisible(self.indexOf(page), seen)
        self.chooser.show_videos(videos, shown)
        self.chooser.setVisible(len(videos) > 1 and not self._bare)

    def _page_after_closing(self, page: NotePage) -> NotePage | None:
        """Return the page to show when `page` is closed: next or previous of its video, else of
        another."""
        pages = self._ordered()
        at = pages.index(page)
        near = [*pages[at + 1 :], *reversed(pages[:at])]
        same = [one for one in near if one.video and page.video and one.video.id == page.video.id]
        return next(iter(same or near), None)

    def _name_tab(self, page: NotePage) -> None:
        index = self.indexOf(page)
        if index < 0:
            return
        template = page.objectName().removeprefix("note:")
        page.kind = kind_of(template, self._templates.get(template))
        video = page.video and self._videos.get(page.video.id, page.video)
        name = tab_name(page.kind.name, video, maker=self._maker_of(page))
        if self.tabText(index) != name.text:  # setting it relayouts all tabs
            self.setTabText(index, name.text)
        self.setTabToolTip(index, name.tip)
        self.tabBar().setAccessibleTabName(index, name.spoken)
        shown = self.currentIndex() == index
        self.setTabIcon(index, icon(page.kind.icon, color="accent_ink" if shown else "muted"))

    def _maker_of(self, page: NotePage) -> str:
        """Return what wrote the note, if its video has another open note of the template."""
        note = page.note
        twins = [
            other.note
            for other in self.pages()
            if other is not page and note is not None and other.note is not None
            if other.note.template == note.template and other.note.video.id == note.video.id
        ]
        return written_by(note, twins) if note is not None else ""

    def tab_menu(self, index: int) -> QMenu:
        """Return the context menu of a tab."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(_("Close"), lambda: self.close_tab(index)).setEnabled(index >= 0)
        others = menu.addAction(_("Close others"), lambda: self.close_others(index))
        others.setEnabled(index >= 0 and self.count() > 1)
        reopen = menu.addAction(_("Reopen closed tab"), self.reopen_closed)
        reopen.setEnabled(bool(self._closed))
        return menu

    def _step(self, by: int) -> None:
        """Go to the next tab (1) of the same video, or the previous one (-1)."""
        seen = [index for index in range(self.count()) if self.isTabVisible(index)]
        if self.currentIndex() in seen:
            self.setCurrentIndex(seen[(seen.index(self.currentIndex()) + by) % len(seen)])

    def show_video(self, video_id: str) -> None:
        """Show the page of a video that was shown last."""
        pages = [one for one in self._ordered() if one.video and one.video.id == video_id]
        last = self._pages.get(self._last.get(video_id, ""))
        if pages:
            self.setCurrentWidget(last if last in pages else pages[0])

    def _step_video(self, by: int) -> None:
        videos = list(dict.fromkeys(page.video.id for page in self._ordered() if page.video))
        front = self.page_shown
        if front is not None and front.video is not None:
            self.show_video(videos[(videos.index(front.video.id) + by) % len(videos)])

    def _announce_shown(self, index: int) -> None:
        page = self.page_shown
        if page is not None and page.video is not None:
            self._last[page.video.id] = self.key_at(index)
        self._name_tabs()
        self.shown_changed.emit(self.key_at(index))

    def _show_empty(self) -> None:
        self._empty.setVisible(self.count() == 0)
        self._empty.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._empty.setGeometry(self.rect())

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 240)
