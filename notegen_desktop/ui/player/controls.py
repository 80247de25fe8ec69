"""Playback controls: play, skip ten seconds, seek, speed, volume, follow the transcript."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QSlider, QToolButton, QWidget

from notegen_desktop.domain.links.video import Chapter, clock
from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import hbox, icon_button, label, named, toggle_button, vbox
from notegen_desktop.ui.kit.screen_reader import give_menu
from notegen_desktop.ui.kit.theme import set_icon, style

from .seek_line import SeekLine

STEP_S = 10
RATES = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
LOUDER = 10
"""Step of the volume by key, in percent."""

ROOM_FOR_VOLUME, ROOM_FOR_SKIPS = 360, 304
"""Minimum widths in pixels to show the volume slider and the skip buttons."""


class PlayerControls(QWidget):
    """Buttons and sliders of the player.

    Signals: `skipped(float)` with seconds forward or back; `rate_chosen(float)`;
    `volume_chosen(float, bool)` with the volume from 0 to 1 and True if muted. The pane connects
    the buttons `play` and `full` (full screen), which keys click too.
    """

    skipped = Signal(float)
    rate_chosen = Signal(float)
    volume_chosen = Signal(float, bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        # Time runs left to right in every language.
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.here = label("0:00", "playerTime", role="caption")
        self.length = label("", "playerLength", role="caption")
        self.line = SeekLine(self)
        self.play = icon_button("play", _("Play (Space)"), self, name="playerPlay")
        self.back = self._skip(-STEP_S, "playerBack", _("Back 10 seconds (Left)"))
        self.on = self._skip(STEP_S, "playerForward", _("On 10 seconds (Right)"))
        self.speed = named(QToolButton(self), "playerSpeed")
        self.speed.setToolTip(_("Speed"))
        self._rates = QActionGroup(self)
        self.mute = icon_button("volume-2", _("Mute (M)"), self, name="playerMute")
        self.mute.setCheckable(True)
        self.volume = named(QSlider(Qt.Orientation.Horizontal, self), "playerVolume")
        self.follow = toggle_button(
            "scroll-text", _("Follow what is said in the transcript"), self, name="playerFollow"
        )
        self.full = icon_button("maximize", _("Full screen (F)"), self, name="playerFullScreen")
        self._build()
        self._connect()
        self._show_rate(1.0)
        self._show_volume()
        self.follow.setChecked(True)

    def _skip(self, seconds: int, name: str, tip: str) -> QToolButton:
        button = named(QToolButton(self), name)
        button.setText(f"{seconds:+d}".replace("-", "\N{MINUS SIGN}"))
        button.setToolTip(tip)
        button.setAccessibleName(tip.partition(" (")[0])
        button.clicked.connect(lambda: self.skipped.emit(float(seconds)))
        style(button, kind="ghost")
        return button

    def _build(self) -> None:
        style(self.speed, kind="ghost")
        menu = give_menu(self.speed)
        for rate in RATES:
            action = QAction(rate_words(rate), menu)
            action.setCheckable(True)
            action.setData(rate)
            self._rates.addAction(action)
            menu.addAction(action)
        self.volume.setAccessibleName(_("Volume"))
        self.volume.setToolTip(_("Volume (Up, Down)"))
        self.volume.setRange(0, 100)
        self.volume.setValue(80)
        self.volume.setFixedWidth(56)
        place = hbox(self.here, (self.line, 1), self.length, spacing=4)
        steering = (self.back, self.play, self.on)
        tools = (self.speed, self.mute, self.volume, self.follow, self.full)
        buttons = hbox(*steering, None, *tools, spacing=2)
        vbox(place, buttons, margins=(12, 4, 8, 6), spacing=0, on=self)

    def _connect(self) -> None:
        self.line.stepped.connect(lambda by: self.skipped.emit(float(by * STEP_S)))
        self._rates.triggered.connect(lambda action: self._choose_rate(float(action.data())))
        self.mute.toggled.connect(lambda _: self._choose_volume())
        self.volume.valueChanged.connect(lambda _: self._choose_volume())

    # --- setters ---

    def show_video(self, chapters: Sequence[Chapter], length_s: float, at_s: float) -> None:
        self.line.set_chapters(chapters)
        self.show_length(length_s)
        self.show_place(at_s)

    def show_length(self, seconds: float) -> None:
        self.line.set_length(seconds)
        self.length.setText(clock(seconds) if seconds else "")

    def show_place(self, seconds: float) -> None:
        self.line.set_seconds(seconds)
        self.here.setText(clock(self.line.seconds))

    def show_playing(self, playing: bool) -> None:
        set_icon(self.play, "pause" if playing else "play", color="text")
        words = _("Pause") if playing else _("Play")
        self.play.setToolTip(_("{words} (Space)").format(words=words))
        self.play.setAccessibleName(words)

    def show_full(self, full: bool) -> None:
        words = _("Leave the full screen") if full else _("Full screen")
        set_icon(self.full, "minimize" if full else "maximize")
        self.full.setToolTip(f"{words} (F)")
        self.full.setAccessibleName(words)

    def show_sound(self, *, has_device: bool) -> None:
        """Enable the volume controls if there is an audio device, else say that there is none."""
        for widget in (self.mute, self.volume):
            widget.setEnabled(has_device)
        if has_device:
            self._show_volume()
        else:
            set_icon(self.mute, "volume-x")
            self.mute.setToolTip(_("No sound: this computer has no device for it"))

    @property
    def loudness(self) -> tuple[float, bool]:
        """Volume from 0 to 1, and True if muted."""
        return self.volume.value() / self.volume.maximum(), self.mute.isChecked()

    @property
    def rate(self) -> float:
        return float(self._rates.checkedAction().data())

    # --- user input ---

    def handle(self, event: QKeyEvent) -> bool:
        """Handle a shortcut of the player; return True if the key is one."""
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        match event.key():
            case Qt.Key.Key_Space | Qt.Key.Key_K | Qt.Key.Key_MediaTogglePlayPause:
                self.play.click()
            case Qt.Key.Key_Left | Qt.Key.Key_J:
                self.skipped.emit(-float(STEP_S))
            case Qt.Key.Key_Right | Qt.Key.Key_L:
                self.skipped.emit(float(STEP_S))
            case Qt.Key.Key_Up:
                self.volume.setValue(self.volume.value() + LOUDER)
            case Qt.Key.Key_Down:
                self.volume.setValue(self.volume.value() - LOUDER)
            case Qt.Key.Key_M:
                self.mute.toggle()
            case Qt.Key.Key_F:
                self.full.click()
            case Qt.Key.Key_Less | Qt.Key.Key_Greater:
                self._step_rate(1 if event.key() == Qt.Key.Key_Greater else -1)
            case _:
                return False
        return True

    def _step_rate(self, by: int) -> None:
        number = RATES.index(self.rate) + by
        if 0 <= number < len(RATES):
            self._choose_rate(RATES[number])

    def _choose_rate(self, rate: float) -> None:
        self._show_rate(rate)
        self.rate_chosen.emit(rate)

    def _show_rate(self, rate: float) -> None:
        self._rates.actions()[RATES.index(rate)].setChecked(True)
        self.speed.setText(rate_words(rate))
        self.speed.setAccessibleName(_("Speed {rate_words}").format(rate_words=rate_words(rate)))

    def _choose_volume(self) -> None:
        self._show_volume()
        self.volume_chosen.emit(*self.loudness)

    def _show_volume(self) -> None:
        share, muted = self.loudness
        silent = muted or not share
        set_icon(self.mute, "volume-x" if silent else "volume-2")
        words = _("Unmute") if muted else _("Mute")
        self.mute.setToolTip(f"{words} (M)")
        self.mute.setAccessibleName(words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = event.size().width()
        self.volume.setVisible(width >= ROOM_FOR_VOLUME)
        for button in (self.back, self.on):
            button.setVisible(width >= ROOM_FOR_SKIPS)


def rate_words(rate: float) -> str:
    return f"{rate:g}\N{MULTIPLICATION SIGN}"
