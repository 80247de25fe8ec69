"""Seek slider of the player with chapter marks and tooltips."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSlider, QToolTip, QWidget

from notegen_desktop.domain.links.video import Chapter, clock
from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import delayed, named
from notegen_desktop.ui.kit.text import one_line
from notegen_desktop.ui.kit.theme import has_ring, palette, theme

UNITS = 10
"""Slider units per second."""

GROOVE_PX, KNOB_PX, NOTCH_PX, EDGE_PX = 4, 12, 3, 8

PULL_MS = 80
"""Milliseconds between seeks while the knob is dragged: a seek takes about as long."""

BACK_S = 2.0
"""Seconds from the start of a chapter within which "previous chapter" skips to the one before."""


class SeekLine(QSlider):
    """Slider over the length of a video.

    Signals: `sought(float)` with a time in seconds; `stepped(int)` one step forward (1) or back
    (-1).
    """

    sought = Signal(float)
    stepped = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        named(self, "playerSeek", _("Position in the video"))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setRange(0, 0)
        self.chapters: tuple[Chapter, ...] = ()
        self._pulled = delayed(self, PULL_MS, lambda: self.sought.emit(self.seconds))
        theme().changed.connect(self.update)

    # --- setters ---

    @property
    def seconds(self) -> float:
        return self.value() / UNITS

    def set_chapters(self, chapters: Sequence[Chapter]) -> None:
        self.chapters = tuple(sorted(chapters, key=lambda chapter: chapter.start_s))
        self.update()

    def set_length(self, seconds: float) -> None:
        self.setRange(0, round(seconds * UNITS))
        self._tell()

    def set_seconds(self, seconds: float) -> None:
        """Show the playback position, unless the user is dragging the knob."""
        if not self.isSliderDown():
            before = int(self.seconds)
            self.setValue(round(seconds * UNITS))
            if int(self.seconds) != before:
                self._tell()

    def _tell(self) -> None:
        words = _("{seconds} of {maximum}").format(
            seconds=clock(self.seconds), maximum=clock(self.maximum() / UNITS)
        )
        chapter = self.chapter_at(self.seconds)
        self.setAccessibleDescription(
            f"{words}, {one_line(chapter.title)}" if chapter is not None else words
        )

    def chapter_at(self, seconds: float) -> Chapter | None:
        number = bisect_right([chapter.start_s for chapter in self.chapters], seconds) - 1
        return self.chapters[number] if number >= 0 else None

    # --- geometry ---

    def x_of(self, seconds: float) -> float:
        """Return the x position of a time in pixels. Time runs left to right in every language."""
        share = seconds * UNITS / self.maximum() if self.maximum() else 0.0
        return EDGE_PX + min(1.0, max(0.0, share)) * max(1, self.width() - 2 * EDGE_PX)

    def time_at(self, x: float) -> float:
        share = (x - EDGE_PX) / max(1, self.width() - 2 * EDGE_PX)
        return min(1.0, max(0.0, share)) * self.maximum() / UNITS

    def tip_at(self, x: float) -> str:
        at = self.time_at(x)
        chapter = self.chapter_at(at)
        return f"{clock(at)}  {one_line(chapter.title)}" if chapter is not None else clock(at)

    def sizeHint(self) -> QSize:
        return QSize(160, 24)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 24)

    # --- painting ---

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = palette()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle, here = self.height() / 2, self.x_of(self.seconds)
        groove = QRectF(
            EDGE_PX, middle - GROOVE_PX / 2, max(1, self.width() - 2 * EDGE_PX), GROOVE_PX
        )
        painter.setBrush(QColor(colours.border_strong))
        painter.drawRoundedRect(groove, GROOVE_PX / 2, GROOVE_PX / 2)
        done = QRectF(groove)
        done.setRight(here)
        painter.setBrush(QColor(colours.accent if self.isEnabled() else colours.faint))
        painter.drawRoundedRect(done, GROOVE_PX / 2, GROOVE_PX / 2)
        painter.setBrush(QColor(colours.window))
        for chapter in self.chapters:
            if chapter.start_s > 0:
                x = self.x_of(chapter.start_s) - NOTCH_PX / 2
                painter.drawRect(QRectF(x, groove.top() - 2, NOTCH_PX, GROOVE_PX + 4))
        painter.setBrush(QColor(colours.accent if self.isEnabled() else colours.faint))
        painter.drawEllipse(QPointF(here, middle), KNOB_PX / 2, KNOB_PX / 2)
        if has_ring(self):
            painter.setPen(QPen(QColor(colours.focus), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.end()

    # --- mouse and keys ---

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._pull(event)
            self._pulled.stop()
            self.sought.emit(self.seconds)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._pull(event)
        elif self.maximum():
            tip = self.tip_at(event.position().x())
            QToolTip.showText(event.globalPosition().toPoint(), tip, self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown() and event.button() is Qt.MouseButton.LeftButton:
            moved = self._pulled.isActive()
            self._pulled.stop()
            self.setSliderDown(False)
            if moved:
                self.sought.emit(self.seconds)

    def _pull(self, event: QMouseEvent) -> None:
        self.setValue(round(self.time_at(event.position().x()) * UNITS))
        self._tell()
        if not self._pulled.isActive():
            self._pulled.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Up and Down set the volume anywhere in the player.
        match event.key():
            case Qt.Key.Key_Left:
                self.stepped.emit(-1)
            case Qt.Key.Key_Right:
                self.stepped.emit(1)
            case Qt.Key.Key_Home:
                self.sought.emit(0.0)
            case Qt.Key.Key_End:
                self.sought.emit(self.maximum() / UNITS)
            case Qt.Key.Key_PageUp:
                self.sought.emit(self._chapter_before())
            case Qt.Key.Key_PageDown:
                self.sought.emit(self._chapter_after())
            case _:
                event.ignore()

    def _chapter_after(self) -> float:
        later = (c.start_s for c in self.chapters if c.start_s > self.seconds + 0.05)
        return next(later, self.maximum() / UNITS)

    def _chapter_before(self) -> float:
        earlier = [c.start_s for c in self.chapters if c.start_s < self.seconds - BACK_S]
        return earlier[-1] if earlier else 0.0

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            return True  # shown on mouse moves already
        return bool(super().event(event))
