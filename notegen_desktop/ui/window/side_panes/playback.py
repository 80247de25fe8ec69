"""Opening of videos: in the player beside the notes, the browser, or another program.

Local media files play in the window if Qt Multimedia is installed. The player is created, and Qt
Multimedia imported, at the first playback.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.local_files import local_path, shown_name
from notegen_desktop.services.ports import NoteFilter, PassageFound
from notegen_desktop.ui.kit.media.playable import (
    PlaybackAdvice,
    file_problem,
    may_play,
    playback_advice,
)
from notegen_desktop.ui.kit.tasks import Controller, WindowContext
from notegen_desktop.ui.kit.widgets import identify
from notegen_desktop.ui.library.page import LibraryPage
from notegen_desktop.ui.notes.actions import NoteActions
from notegen_desktop.ui.notes.result_tabs import ResultTabs
from notegen_desktop.ui.transcript.panel import TranscriptPanel

from .reading import Reading

if TYPE_CHECKING:
    from notegen_desktop.ui.notes.note_page import NotePage
    from notegen_desktop.ui.player.pane import PlayerPane


log = logging.getLogger(__name__)


class Playback(Controller):
    """Handles requests of the pages in `reading`; `actions` opens what the player cannot play.

    The player is visible while a note of its video is shown, and is closed with the last of them.
    """

    def __init__(self, context: WindowContext, reading: Reading, actions: NoteActions) -> None:
        super().__init__(context)
        self._reading = reading
        self._actions = actions
        self._follower = TranscriptFollower(reading.panel)
        self._places: dict[str, float] = {}
        self._offered_words = False
        self.pane: PlayerPane | None = None
        reading.results.page_added.connect(self._take_in)
        reading.results.shown_changed.connect(lambda _: self._turn())
        reading.panel.list.clicked.connect(self._click_passage)

    def follow(self, video: Video, seconds: float) -> None:
        """Open a video at a cited time and show its transcript there.

        The transcript is opened if there is no video to play.
        """
        has_video = video.is_online or video.is_media
        opened = has_video and self.open_at(video, seconds)
        self._reading.show_passage(seconds, opens=not opened)

    def open_at(self, video: Video, seconds: float) -> bool:
        """Open a video at a time in seconds; return True if it opened, else show a message."""
        if video.is_online or not video.is_media:
            return self._actions.open_at(video, seconds)
        trouble = file_problem(video.url)
        if trouble is not None:
            self._messages.say(trouble.title, trouble.hint, "warning")
            return False
        if not may_play(video):
            return self._open_in_program(video, seconds, playback_advice())
        try:
            pane = self._player()
        except ImportError as error:
            log.warning("Qt Multimedia cannot be loaded: %s", error)
            return self._open_in_program(video, seconds, playback_advice(error))
        self._show(pane, video, seconds)
        return True

    def resume(self, video: Video) -> None:
        """Play a video from its last position in this session, or from the start."""
        self.open_at(video, self._place_of(video))
        if self.pane is not None:
            self.pane.setFocus(Qt.FocusReason.OtherFocusReason)

    def close(self) -> None:
        """Stop playback and hide the player."""
        if self.pane is not None:
            self._keep_place()
            self.pane.stop()
            self._follower.clear()
            self._reading.show_player(self.pane, shown=False)

    def shut_down(self) -> None:
        """Stop the player before the end of the program."""
        if self.pane is not None:
            self.pane.shut_down()

    # --- the player ---

    def _player(self) -> PlayerPane:
        """Return the player. Raises ImportError if Qt Multimedia or one of its libraries is
        missing."""
        if self.pane is None:
            from notegen_desktop.ui.player.pane import PlayerPane

            pane = PlayerPane()
            if not pane.engine.works:
                pane.deleteLater()
                raise ImportError("Qt Multimedia finds nothing on this computer to play with")
            pane.moved.connect(self._follow)
            pane.controls.follow.toggled.connect(self._choose_follow)
            pane.program_wanted.connect(self._actions.open_at)
            pane.close_button.clicked.connect(self.close)
            self._reading.side_column.add_player(pane)
            identify(pane)
            self.pane = pane
        return self.pane

    def _show(self, pane: PlayerPane, video: Video, seconds: float) -> None:
        if pane.video is None or pane.video.id != video.id:
            self._keep_place()
            self._follower.clear()
        if not self._offered_words:
            # Only once: a transcript closed by the user stays closed.
            self._offered_words = True
            self._reading.set_open(True)
        pane.play(video, seconds)
        self._reading.show_player(pane, shown=True)
        self._follower.show(seconds, follow=pane.follows, fetch=True)

    def _open_in_program(self, video: Video, seconds: float, how: PlaybackAdvice) -> bool:
        if not self._actions.open_at(video, seconds):
            return False
        told = _("{name} is opened in its own program.").format(
            name=shown_name(local_path(video.url).name)
        )
        if seconds >= 1:
            place = _("The place is at {seconds}.").format(seconds=clock(seconds))
            told = f"{told} {place}"
        self._messages.say(
            told,
            how.words,
            action=_("Copy command") if how.command else "",
            on_action=lambda: QGuiApplication.clipboard().setText(how.command),
        )
        return True

    # --- positions ---

    def _place_of(self, video: Video) -> float:
        pane = self.pane
        if pane is not None and pane.video is not None and pane.video.id == video.id:
            return 0.0 if pane.is_at_end else pane.position_s
        return self._places.get(video.id, 0.0)

    def _keep_place(self) -> None:
        pane = self.pane
        if pane is not None and pane.video is not None:
            self._places[pane.video.id] = 0.0 if pane.is_at_end else pane.position_s

    # --- synchronised with notes and transcript ---

    def _take_in(self, page: NotePage) -> None:
        page.cite_activated.connect(self.follow)

        def with_video(wish: Callable[[Video], object]) -> Callable[[], object]:
            return lambda: page.video and wish(page.video)

        page.video_buttons.play_wanted.connect(with_video(self.resume))
        page.video_buttons.open_wanted.connect(with_video(lambda video: self.open_at(video, 0)))
        page.video_buttons.chapter_wanted.connect(
            lambda seconds: self._go_to_chapter(page, seconds)
        )

    def _is_about(self, page: NotePage | None) -> bool:
        pane = self.pane
        return (
            page is not None
            and page.video is not None
            and pane is not None
            and pane.video is not None
            and page.video.id == pane.video.id
        )

    def _turn(self) -> None:
        """Show or hide the player after a change of page."""
        pane, results = self.pane, self._reading.results
        if pane is None or pane.video is None:
            return
        if not any(self._is_about(page) for page in results.pages()):
            self.close()
            return
        shown = self._is_about(results.page_shown)
        if not shown:
            self._follower.clear()
        self._reading.show_player(pane, shown=shown)

    def _go_to_chapter(self, page: NotePage, seconds: float) -> None:
        if self.pane is not None and self._is_about(page):
            self.pane.seek(seconds)

    def _follow(self, seconds: float) -> None:
        page = self._reading.results.page_shown
        if self.pane is not None and self._is_about(page):
            self._follower.show(seconds, follow=self.pane.follows)

    def _choose_follow(self, follow: bool) -> None:
        if follow and self.pane is not None:
            self._follower.show(self.pane.position_s, follow=True, fetch=True)

    def _click_passage(self, index: QModelIndex | QPersistentModelIndex) -> None:
        """Seek to a clicked segment while the player shows its video; a larger selection is for
        copying."""
        panel = self._reading.panel
        one = len(panel.list.chosen_rows()) == 1 and not QApplication.keyboardModifiers()
        if one and panel.spoken is not None and self._is_about(self._reading.results.page_shown):
            assert panel.video is not None
            self.open_at(panel.video, panel.spoken.segments[index.row()].start_s)


# --- The transcript follows the player ---


class TranscriptFollower:
    """Highlights the segment at the player's position and keeps it visible.

    After the user has scrolled it out of view, nothing scrolls until it is visible again.
    """

    def __init__(self, panel: TranscriptPanel) -> None:
        self._panel = panel

    def show(self, seconds: float, *, follow: bool, fetch: bool = False) -> None:
        """Highlight the segment at a time in seconds; `fetch` scrolls there in any case."""
        spoken, model, rows = self._panel.spoken, self._panel.model, self._panel.list
        if spoken is None:
            return
        before, row = model.said, spoken.row_at(seconds)
        model.set_said(row)
        if not follow or row < 0 or (row == before and not fetch) or rows.is_seen(row):
            return
        if fetch or before < 0 or rows.is_seen(before):
            rows.scroll_smoothly_to(row)

    def clear(self) -> None:
        self._panel.model.set_said(-1)


# --- Search results of the library open at their match ---


class FoundPlaces(Controller):
    """Opens search results of the library. `open_note` shows a note in a tab."""

    def __init__(
        self,
        context: WindowContext,
        library: LibraryPage,
        reading: Reading,
        playback: Playback,
        open_note: Callable[[Note], object],
    ) -> None:
        super().__init__(context)
        self._results: ResultTabs = reading.results
        self._reading = reading
        self._playback = playback
        self._open_note = open_note
        library.found_opened.connect(self._open_found)
        library.passage_wanted.connect(self._open_passage)

    def _open_found(self, note: Note, words: str) -> None:
        self._open_note(note)
        page = self._results.page_shown
        if page is not None:
            page.mark_words(words)

    def _open_passage(self, found: PassageFound, words: str) -> None:
        """Show a passage beside the newest note of its video; without one, open the video there."""

        async def about() -> tuple[Note | None, Video | None]:
            store = (await self._services).store
            of_video = NoteFilter(videos=(found.video_id,))
            for row in await store.recent(limit=1, where=of_video):
                return await store.get(row.id), None
            return None, await store.get_video(found.video_id)

        def show(known: tuple[Note | None, Video | None]) -> None:
            note, video = known
            if note is not None:
                self._open_note(note)
                self._reading.show_passage(found.start_s, opens=True)
                self._reading.panel.mark_words(words)
            elif video is not None:
                self._playback.open_at(video, found.start_s)

        self._tasks.start(about(), done=show)
