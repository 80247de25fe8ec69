"""Splitter with the notes and, beside them, the transcript of the current video.

A transcript is read from the library when first needed: by the open panel or a tooltip. The last
few are cached.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtWidgets import QSplitter, QWidget

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Mode, Note
from notegen_desktop.domain.text.transcript import Transcript
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import Services
from notegen_desktop.ui.kit.build import show_toggled, when_toggled
from notegen_desktop.ui.kit.commands import command
from notegen_desktop.ui.kit.media.transcript_index import TranscriptIndex
from notegen_desktop.ui.kit.tasks import Deferred, Tasks
from notegen_desktop.ui.notes.result_tabs import ResultTabs
from notegen_desktop.ui.transcript.panel import WANTED_PX, TranscriptPanel
from notegen_desktop.ui.transcript.tracks import TrackChoice

from .scroll_sync import ScrollTogether

if TYPE_CHECKING:
    from notegen_desktop.ui.notes.note_page import NotePage
    from notegen_desktop.ui.player.pane import PlayerPane

MAX_KEPT = 8


class Reading(QSplitter):
    """Holds `results` and the transcript `panel`, whose signals are connected elsewhere.

    Signals: `beside_wanted()` before something is shown beside the note.
    """

    beside_wanted = Signal()

    def __init__(
        self,
        results: ResultTabs,
        services: Deferred[Services],
        tasks: Tasks,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setObjectName("readingSplitter")
        self.results = results
        self.side_column = SideColumn(self)
        self.panel = self.side_column.panel
        self._tasks = tasks
        self.together = ScrollTogether(self.panel, lambda: results.page_shown, self)
        self.tracks = TrackChoice(self.panel.origin, services, tasks, self)
        self._services = services
        self._kept: OrderedDict[str, TranscriptIndex | None] = OrderedDict()
        self._reading: set[str] = set()
        self._waiting: dict[str, list[Callable[[TranscriptIndex | None], object]]] = {}
        self.is_open = False  # True while the transcript is open
        self._wanted_s: float | None = None
        self._width = WANTED_PX
        self.setChildrenCollapsible(False)
        self.addWidget(results)
        self.addWidget(self.side_column)
        self.setStretchFactor(0, 1)
        self.setStretchFactor(1, 0)
        results.page_added.connect(self._take_in)
        results.shown_changed.connect(lambda _: self._turn())
        self.panel.close_button.clicked.connect(lambda: self.set_open(False))
        self.panel.nothing.pressed.connect(self._turn)
        self.panel.show_together(is_on=self.together.is_on)
        when_toggled(self.panel.together, self.together.set_on)
        self.panel.section_wanted.connect(self._go_to_section)
        self.tracks.words_read.connect(self._put)
        self.splitterMoved.connect(self._keep_width)
        command(self, _("Transcript"), self.toggle, "Ctrl+T", group="Note")

        services.then(lambda _: self._turn())  # show pending transcripts

    # --- opening and closing ---

    def set_open(self, is_open: bool) -> None:
        if is_open:
            self.beside_wanted.emit()
        if is_open != self.is_open:
            had_focus = self.panel.isAncestorOf(self.focusWidget() or self)
            self.is_open = is_open
            self._turn()
            page = self.results.page_shown
            if had_focus and not is_open and page is not None:
                page.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_passage(self, seconds: float, *, opens: bool) -> None:
        """Select the segment at a time in seconds once the transcript is loaded; `opens` opens the
        panel."""
        self._wanted_s = seconds
        if opens:
            self.set_open(True)
        self._choose_passage()

    def _choose_passage(self) -> None:
        page = self.results.page_shown
        if page is None or not self.is_open or self.panel.video != page.video:
            return
        if self._wanted_s is not None and self.panel.spoken is not None:
            self.panel.choose(self._wanted_s)
        self._wanted_s = None

    def toggle(self) -> None:
        if self.results.page_shown is not None:
            self.set_open(not self.is_open)

    def restore(self, state: QSettings) -> None:
        """Restore the state saved by `remember`."""
        width = str(state.value("transcript/width", ""))
        if width.isdigit():
            self._width = min(2000, int(width))
        self.set_open(str(state.value("transcript/open", "")) == "true")
        self.together.set_on(str(state.value("transcript/together", "")) != "false")
        self.panel.show_together(is_on=self.together.is_on)

    def remember(self, state: QSettings) -> None:
        state.setValue("transcript/open", "true" if self.is_open else "false")
        state.setValue("transcript/width", str(self._width))
        state.setValue("transcript/together", "true" if self.together.is_on else "false")

    def _keep_width(self) -> None:
        if self.side_column.isVisible():
            self._width = self.side_column.width()

    def show_beside(self, part: QWidget, *, shown: bool) -> None:
        """Show or hide a part of the side column; the column keeps its last width."""
        before = self.side_column.isVisibleTo(self)
        self.side_column.show_part(part, shown=shown)
        room = self.width()
        if room > 0 and not before and self.side_column.isVisibleTo(self):
            width = min(self._width, max(self.side_column.minimumSizeHint().width(), room // 2))
            self.setSizes([room - width, width])

    def show_player(self, player: PlayerPane, *, shown: bool) -> None:
        """Show the player above the transcript, high enough for its picture, or hide it."""
        if shown:
            self.beside_wanted.emit()
        if shown == player.isVisibleTo(self):
            return
        self.show_beside(player, shown=shown)
        if shown:
            self.side_column.give(player, player.height_for(self.side_column.width()))

    # --- pages ---

    def _take_in(self, page: NotePage) -> None:
        show_toggled(page.transcript_button, self.is_open)
        when_toggled(page.transcript_button, self.set_open)
        self.together.take_in(page)
        page.content_changed.connect(lambda: self._content_changed(page))
        page.view.links.words_wanted.connect(lambda: self._want_words(page))
        page.passage_wanted.connect(lambda seconds: self.show_passage(seconds, opens=False))
        page.video_buttons.chapter_wanted.connect(
            lambda seconds: self._go_to_chapter(page, seconds)
        )

    def _turn(self) -> None:
        """Update the panel after a change of page or of its visibility."""
        for each in self.results.pages():
            show_toggled(each.transcript_button, self.is_open)
        page = self.results.page_shown
        shown = self.is_open and page is not None
        self.show_beside(self.panel, shown=shown)
        if shown and page is not None:
            self._show(page)

    def _content_changed(self, page: NotePage) -> None:
        video = page.video
        if video is None:
            return
        if video.id in self._kept:
            page.view.links.set_spoken(self._kept[video.id])
            if page.note is not None:
                # The note may cite other captions than the loaded ones.
                self._read(video)
        if page is self.results.page_shown and self.is_open:
            self._show(page)

    def _show(self, page: NotePage) -> None:
        video, note = page.video, page.note
        if video is None:
            self.panel.show_waiting()
            return
        if video.id not in self._kept:
            if self.panel.video is None or self.panel.video.id != video.id:
                self.panel.show_waiting()
            self._read(video)
            return
        spoken = self._kept[video.id]
        self._kept.move_to_end(video.id)
        if spoken is None:
            self.panel.show_none(video, reason=why_none(note))
            return
        self.panel.show_transcript(spoken, video, note)
        self.tracks.follow()
        self.panel.read_section(page.view.section, follow=self.together.is_on)
        self._choose_passage()

    def _go_to_section(self, section: int) -> None:
        page = self.results.page_shown
        if page is not None:
            page.view.scroll_to_section(section)

    def _go_to_chapter(self, page: NotePage, seconds: float) -> None:
        section = section_at(page.note, seconds)
        if section is not None:
            page.view.scroll_to_section(section)
        if self.panel.isVisible():
            self.panel.go_to(seconds)

    # --- transcripts ---

    def read_words(self, video: Video, use: Callable[[TranscriptIndex | None], object]) -> None:
        """Call `use` with the transcript of a video, None if there is none, now or once loaded."""
        if video.id in self._kept:
            use(self._kept[video.id])
        else:
            self._waiting.setdefault(video.id, []).append(use)
            self._read(video)

    def _want_words(self, page: NotePage) -> None:
        if page.video is not None:
            self.read_words(page.video, page.view.links.set_spoken)

    def _read(self, video: Video) -> None:
        services = self._services.value
        if services is None or video.id in self._reading or not self._tasks.can_start:
            return
        self._reading.add(video.id)
        self._tasks.start(
            services.store.get_transcript(video.id),
            done=lambda transcript: self._put(video.id, transcript),
            failed=lambda failure: self._fail(video.id, failure),
        )

    def _put(self, video_id: str, transcript: Transcript | None) -> None:
        self._reading.discard(video_id)
        has_words = transcript is not None and transcript.segments
        spoken = TranscriptIndex(transcript) if transcript is not None and has_words else None
        before = self._kept.get(video_id)
        if before is not None and spoken is not None and before.transcript == transcript:
            spoken = before  # unchanged: keep the scroll position
        self._kept[video_id] = spoken
        self._kept.move_to_end(video_id)
        while len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        for page in self.results.pages():
            if page.video is not None and page.video.id == video_id:
                page.view.links.set_spoken(spoken)
        for use in self._waiting.pop(video_id, ()):
            use(spoken)
        self._show_if_wanted(video_id)

    def _fail(self, video_id: str, failure: Failure) -> None:
        self._reading.discard(video_id)
        page = self.results.page_shown
        if self.is_open and page is not None and page.video and page.video.id == video_id:
            self.panel.show_failure(failure)

    def _show_if_wanted(self, video_id: str) -> None:
        page = self.results.page_shown
        if self.is_open and page is not None and page.video and page.video.id == video_id:
            self._show(page)


def why_none(note: Note | None) -> str:
    """Return why there is no transcript beside a note, as a sentence."""
    if note is None:
        return _("It appears here as soon as the note is finished.")
    if note.videos:
        return _(
            "A guide rests on several videos and has no transcript of its own. A click on a time "
            "opens that video."
        )
    if note.mode == Mode.VIDEO.value:
        return _(
            "This note was written from the video itself, so there are no words to show beside it."
        )
    return _("The words of this video are no longer kept. Write the note again to bring them back.")


def section_at(note: Note | None, seconds: float) -> int | None:
    """Return the first section that cites a time in seconds or later, else the last; None without
    sections."""
    if note is None or not note.sections:
        return None
    firsts = [
        (min(cite.start_s for cite in section.cites if cite.end_s >= seconds), number)
        for number, section in enumerate(note.sections)
        if any(cite.end_s >= seconds for cite in section.cites)
    ]
    return min(firsts)[1] if firsts else len(note.sections) - 1


# --- Side column ---


class SideColumn(QSplitter):
    """Vertical splitter with the transcript `panel`, visible while one of its parts is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.hide()  # first, so that nothing is measured as it comes in
        self.setObjectName("besideSplitter")
        self.setChildrenCollapsible(False)
        self._suppressed = False
        self.panel = TranscriptPanel(self)
        self.panel.hide()
        self.setStretchFactor(0, 1)

    def add_player(self, player: QWidget) -> None:
        player.hide()
        self.insertWidget(0, player)
        self.setStretchFactor(0, 0)
        self.setStretchFactor(1, 1)

    def add_below(self, part: QWidget) -> None:
        part.hide()
        self.addWidget(part)
        self.setStretchFactor(self.count() - 1, 1)

    def show_part(self, part: QWidget, *, shown: bool) -> None:
        part.setVisible(shown)
        self._settle()

    def set_suppressed(self, suppressed: bool) -> None:
        """Hide the column regardless of its parts, or show it again."""
        self._suppressed = suppressed
        self._settle()

    def _settle(self) -> None:
        parts = [self.widget(number) for number in range(self.count())]
        busy = any(each is not None and not each.isHidden() for each in parts)
        self.setVisible(busy and not self._suppressed)

    def give(self, part: QWidget, height: int) -> None:
        """Set the height of a part in pixels; the others share the rest."""
        parts = [self.widget(number) for number in range(self.count())]
        others = sum(each is not part and not each.isHidden() for each in parts if each)
        rest = max(0, self.height() - height) // max(1, others)
        self.setSizes([height if each is part else rest for each in parts])
