"""Player pane: plays a local media file beside its note.

`PlayerPane` has one file open at a time. It is created at the first playback, because it imports Qt
Multimedia.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QHideEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QWidget

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import hbox, icon_button, label, named, vbox
from notegen_desktop.ui.kit.elided import ElidedLabel
from notegen_desktop.ui.kit.job_text import video_title
from notegen_desktop.ui.kit.media.playable import PlaybackProblem, no_picture
from notegen_desktop.ui.kit.pages import Pages
from notegen_desktop.ui.kit.text import one_line
from notegen_desktop.ui.kit.theme import style
from notegen_desktop.ui.kit.widgets import EmptyState

from .controls import PlayerControls
from .media_player import MediaPlayer
from .screen import SHAPE, VideoScreen

MIN_PX = 240
FIRST_PICTURE_S = 2.0
"""Seconds of playback after which a video without a frame is taken to show none."""

NEAR_THE_END_S = 2.0

SOUND_PX = 120
"""Height in pixels of the picture area for audio files."""


class PlayerPane(QFrame):
    """Screen, controls and messages of the player.

    Signals: `moved(float)` with the position in seconds; `program_wanted(Video, float)` to open the
    video in the system's own program.
    """

    moved = Signal(float)
    program_wanted = Signal(object, float)

    def __init__(self) -> None:
        super().__init__()
        named(self, "playerPane", _("Player"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(MIN_PX)
        self.video: Video | None = None
        self._began_s = 0.0
        self._full: FullScreen | None = None
        self.engine = MediaPlayer(self)
        self._title = ElidedLabel("", self)
        self._body = QWidget(self)
        self._states = Pages(self._body)
        self.picture = VideoScreen(self._states)
        self.trouble = EmptyState(self._states)
        self.trouble.setObjectName("playerTrouble")
        self.notice = label(name="playerNotice", role="caption", wrap=True)
        self.controls = PlayerControls(self._body)
        self._build()
        self._connect()

    def _build(self) -> None:
        style(self._title, role="strong")
        self.notice.setContentsMargins(14, 6, 12, 0)
        self.notice.hide()
        self._states.addWidget(self.picture)
        self._states.addWidget(self.trouble)
        vbox((self._states, 1), self.notice, self.controls, spacing=0, on=self._body)
        self.close_button = icon_button("x", _("Close the player"), name="playerClose")
        head = hbox((self._title, 1), self.close_button, margins=(16, 10, 10, 6), spacing=6)
        self._column = vbox(head, (self._body, 1), spacing=0, on=self)

    def _connect(self) -> None:
        engine, controls = self.engine, self.controls
        engine.sink.videoFrameChanged.connect(self.picture.take)
        engine.opened.connect(self._show_opened)
        engine.moved.connect(self._show_place)
        engine.playing_changed.connect(controls.show_playing)
        engine.failed.connect(self._show_trouble)
        engine.devices_changed.connect(self._show_sound)
        controls.play.clicked.connect(self.toggle)
        controls.line.sought.connect(self.seek)
        controls.skipped.connect(self.skip)
        controls.rate_chosen.connect(engine.set_rate)
        controls.volume_chosen.connect(lambda share, muted: engine.set_volume(share, muted=muted))
        controls.full.clicked.connect(self.toggle_full)
        self.picture.clicked.connect(self._click)
        self.picture.double_clicked.connect(self._double_click)
        self.trouble.pressed.connect(self._leave_to_program)
        share, muted = controls.loudness
        engine.set_volume(share, muted=muted)

    # --- playback ---

    @property
    def position_s(self) -> float:
        return self.engine.position_s

    @property
    def is_playing(self) -> bool:
        return self.engine.is_playing

    @property
    def follows(self) -> bool:
        """True if the transcript is to follow the playback."""
        return self.controls.follow.isChecked()

    @property
    def is_at_end(self) -> bool:
        length = self.engine.length_s
        return 0 < length <= self.position_s + NEAR_THE_END_S

    def play(self, video: Video, at_s: float) -> None:
        """Play a local video from `at_s` seconds."""
        if self.video is not None and video.id == self.video.id and self.engine.is_open:
            self._show_state(self.picture)
            self.seek(at_s)
            self.engine.play()
            return
        self.video, self._began_s = video, at_s
        self._title.setText(one_line(video_title(video)))
        self.notice.hide()
        self._show_state(self.picture)
        self.picture.show_sign("music" if video.is_sound else "film")
        self.controls.show_video(video.chapters, video.duration_s or 0.0, at_s)
        self._show_sound()
        self.engine.open(video.url, at_s)

    def seek(self, seconds: float) -> None:
        self._began_s = seconds
        self.engine.seek(seconds)
        self._show_place(self.position_s)

    def skip(self, seconds: float) -> None:
        self.seek(self.position_s + seconds)

    def toggle(self) -> None:
        """Toggle between playing and paused; at the end, play from the beginning."""
        if self.is_playing:
            self.engine.pause()
            return
        if self.engine.length_s and self.position_s >= self.engine.length_s - 0.1:
            self.seek(0.0)
        self.engine.play()

    def pause(self) -> None:
        self.engine.pause()

    def stop(self) -> None:
        """Stop playback and release the file."""
        self._leave_full()
        self.video = None
        self.engine.close()
        self.picture.show_sign("film")

    def shut_down(self) -> None:
        """Stop the engine before the end of the program."""
        self.stop()
        self.engine.shut_down()

    # --- slots of the engine ---

    def _show_opened(self) -> None:
        self.controls.show_length(self.engine.length_s)
        self.engine.set_rate(self.controls.rate)
        if not self.engine.has_pictures:
            self.picture.show_sign("music", self.engine.cover)

    def _show_place(self, seconds: float) -> None:
        self.controls.show_place(seconds)
        waited = seconds - self._began_s > FIRST_PICTURE_S
        if waited and self.engine.has_pictures and not self.picture.has_frame:
            self._show_notice(no_picture())
        if self.video is not None:
            self.moved.emit(seconds)

    def _show_sound(self) -> None:
        self.controls.show_sound(has_device=self.engine.has_sound_device)

    def _show_notice(self, trouble: PlaybackProblem) -> None:
        self.notice.setText(f"{trouble.title} {trouble.hint}")
        self.notice.show()

    def _show_trouble(self, trouble: PlaybackProblem) -> None:
        self._leave_full()
        self.trouble.show_words(
            "circle-alert", trouble.title, trouble.hint, action=_("Open in its own program")
        )
        self._show_state(self.trouble)

    def _show_state(self, state: QWidget) -> None:
        """Show the picture with its controls, or the error message in the same space."""
        wrong = state is self.trouble
        words = self.trouble.layout()
        high = words.heightForWidth(self.width()) if wrong and words is not None else 0
        self._states.setMinimumHeight(high)
        self._states.setCurrentWidget(state)
        self.controls.setVisible(not wrong)

    def _leave_to_program(self) -> None:
        if self.video is not None:
            self.program_wanted.emit(self.video, self._began_s)

    # --- user input ---

    def _click(self) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.toggle()

    def _double_click(self) -> None:
        self.toggle()  # undo the first of the two clicks
        self.toggle_full()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.video is None or self.controls.isHidden() or not self.controls.handle(event):
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        # A hidden player could not be paused. A minimised window keeps playing.
        if not event.spontaneous():
            self.pause()
        super().hideEvent(event)

    # --- the full screen ---

    def toggle_full(self) -> None:
        if self._full is not None:
            self._leave_full()
        elif self.video is not None and self._states.currentWidget() is self.picture:
            self._full = FullScreen(self._body, self.controls.handle, self)
            self._full.left.connect(self._leave_full)
            self._full.setWindowTitle(one_line(video_title(self.video)))
            self.controls.show_full(True)
            self._full.setGeometry(self.screen().geometry())
            self._full.showFullScreen()
            self._full.setFocus(Qt.FocusReason.OtherFocusReason)

    def _leave_full(self) -> None:
        full, self._full = self._full, None
        if full is not None:
            self._column.addWidget(self._body, 1)
            self._body.show()
            self.controls.show_full(False)
            full.hide()
            full.deleteLater()
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def height_for(self, width: int) -> int:
        """Return the pane's height in pixels for a 16:9 picture of this width."""
        sound = self.video is not None and self.video.is_sound
        picture = SOUND_PX if sound else round(width * SHAPE)
        return picture + self.sizeHint().height() - self._states.sizeHint().height()


class FullScreen(QWidget):
    """Full-screen window that holds `body` until it is taken back.

    `handle` gets every key and returns True if it used it. Signals: `left()` when the user leaves
    the full screen.
    """

    left = Signal()

    def __init__(self, body: QWidget, handle: Callable[[QKeyEvent], bool], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("playerFullScreenWindow")
        self.setProperty("plane", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._handle = handle
        vbox(body, on=self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif not self._handle(event):
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()
        self.left.emit()
