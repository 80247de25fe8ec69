"""Coverage of a video by a note: intervals, a text description, and the coverage strip."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from notegen_desktop.domain.links.video import clock
from notegen_desktop.domain.notes.note import Cite, Coverage, Engine, Note
from notegen_desktop.domain.text.quantities import listed, number, series
from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import named
from notegen_desktop.ui.kit.colours import Palette
from notegen_desktop.ui.kit.screen_reader import announce, give_role
from notegen_desktop.ui.kit.text import engine_name
from notegen_desktop.ui.kit.theme import has_ring, palette, theme

NAMED_GAPS = 5
"""Maximum gaps named in the description; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval of the video in seconds."""

    start_s: float
    end_s: float
    covered: bool


@dataclass(frozen=True, slots=True)
class GapProgress:
    """A gap that is being written: its interval in seconds, a text, and the progress from 0 to
    1."""

    start_s: float
    end_s: float
    words: str
    share: float = 0.0


def fill_cost_text(note: Note, seconds: float) -> str:
    """Return which engine would write `seconds` of the video, and the cost in US dollars if known.

    The cost is derived from that of the note itself.
    """
    if note.engine == Engine.OFFLINE.value:
        return _("The most telling sentences of this part are added. This costs nothing.")
    words = _("{engine} reads this part and writes about it.").format(
        engine=engine_name(note.engine)
    )
    length = note.video.duration_s or 0.0
    if not note.usage.cost_usd or not length:
        return words
    price = note.usage.cost_usd * min(1.0, seconds / length)
    shown = (
        _("about ${price}").format(price=number(price, 4)).rstrip("0")
        if price >= 0.0001
        else _("less than $0.0001")
    )
    return _("{words} It costs {shown}, going by what the note took.").format(
        words=words, shown=shown
    )


def timeline(duration_s: float, coverage: Coverage) -> tuple[Interval, ...]:
    """Return the intervals from 0 to `duration_s`, without holes or overlaps."""
    result: list[Interval] = []
    at = 0.0
    for gap_start, gap_end in sorted(coverage.gaps):
        start, end = max(at, gap_start), min(gap_end, duration_s)
        if end <= start:
            continue
        if start > at:
            result.append(Interval(at, start, True))
        result.append(Interval(start, end, False))
        at = end
    if at < duration_s:
        result.append(Interval(at, duration_s, True))
    return tuple(result)


def is_selective(duration_s: float, coverage: Coverage) -> bool:
    """Return True if the note selects parts of the video, so that the rest is not a gap."""
    return not coverage.gaps and coverage.covered_s < duration_s - 1


def coverage_text(duration_s: float, coverage: Coverage) -> str:
    """Return the coverage as text for screen readers."""
    if is_selective(duration_s, coverage):
        return _("The note picks {covered_s} of {duration_s}.").format(
            covered_s=clock(coverage.covered_s), duration_s=clock(duration_s)
        )
    line = timeline(duration_s, coverage)
    gaps = [part for part in line if not part.covered]
    covered = sum(part.end_s - part.start_s for part in line if part.covered)
    if not gaps:
        return _("The note covers all {duration_s} of the video.").format(
            duration_s=clock(duration_s)
        )
    named = [
        _("{start_s} to {end_s}").format(start_s=clock(g.start_s), end_s=clock(g.end_s))
        for g in gaps[:NAMED_GAPS]
    ]
    rest = len(gaps) - NAMED_GAPS
    left_out = _("{these} and {left} more").format(these=series(named), left=rest)
    return _("The note covers {covered} of {duration_s}. It leaves out {named}.").format(
        covered=clock(covered),
        duration_s=clock(duration_s),
        named=left_out if rest > 0 else listed(named),
    )


BAR_PX = 6
MIN_PX = 3
"""Minimum width of an interval in pixels, to keep gaps visible."""

REACH_PX = 8
"""Minimum width in pixels of a gap's hover area."""


class CoverageStrip(QWidget):
    """Time line of the video with the covered intervals.

    Signals: `activated(float)` to open the video at a time in seconds; `fill_wanted(float, float)`
    to write the gap between two times; `stop_wanted()` to stop writing it.
    """

    activated = Signal(float)
    fill_wanted = Signal(float, float)
    stop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "coverageStrip", _("Coverage of the video"))
        give_role(self, QAccessible.Role.Slider)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._duration_s = 0.0
        self.intervals: tuple[Interval, ...] = ()
        self._picked: tuple[tuple[float, float], ...] | None = None
        self._current: tuple[tuple[float, float], ...] = ()
        self._pointer_s: float | None = None
        self.can_fill = False  # True if gaps can be written
        self.filling: GapProgress | None = None
        theme().changed.connect(self.update)
        self.hide()

    def set_coverage(
        self, duration_s: float | None, coverage: Coverage, places: Iterable[Cite] = ()
    ) -> None:
        """Show a note's coverage; hidden if the length of the video is unknown.

        `places` are shown as covered if the note selects parts of the video.
        """
        self._duration_s = duration_s or 0.0
        self.intervals = timeline(self._duration_s, coverage) if duration_s else ()
        picked = is_selective(self._duration_s, coverage)
        self._picked = tuple((c.start_s, c.end_s) for c in places) if picked else None
        self._pointer_s = None
        self.filling = None
        self.setAccessibleDescription(coverage_text(duration_s, coverage) if duration_s else "")
        self.setVisible(bool(self.intervals))
        self.update()

    def set_current(self, cites: Iterable[Cite]) -> None:
        """Highlight the cites of the section being read."""
        current = tuple((c.start_s, max(c.end_s, c.start_s)) for c in cites)
        if current != self._current:
            self._current = current
            self.update()

    def set_filling(self, filling: GapProgress | None) -> None:
        """Show the progress of writing a gap; None for none."""
        self.filling = filling
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, BAR_PX + 14)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, BAR_PX + 14)

    # --- geometry ---

    def _bar(self) -> QRectF:
        return QRectF(4, (self.height() - BAR_PX) / 2, max(1, self.width() - 8), BAR_PX)

    def x_of(self, seconds: float) -> float:
        """Return the x position of a time in pixels. Time runs left to right in every language."""
        bar = self._bar()
        share = min(1.0, max(0.0, seconds / self._duration_s)) if self._duration_s else 0.0
        return bar.left() + share * bar.width()

    def time_at(self, x: float) -> float:
        """Return the time in seconds at an x position in pixels."""
        bar = self._bar()
        return min(1.0, max(0.0, (x - bar.left()) / bar.width())) * self._duration_s

    def tip_at(self, x: float) -> str:
        """Return the tooltip at an x position."""
        at = round(self.time_at(x))
        part = self._part_at(at)
        if part is None:
            return ""
        if part.covered:
            spans = self._picked if self._picked is not None else ((0.0, self._duration_s),)
            told = any(start <= at <= end for start, end in spans)
            return _("{at}: in the note").format(at=clock(at)) if told else clock(at)
        span = _("from {start_s} to {end_s}").format(
            start_s=clock(part.start_s), end_s=clock(part.end_s)
        )
        if self._fills(part):
            return _("Being written, {span}").format(span=span)
        offer = _("\nClick to add it to the note") if self._may_fill(part) else ""
        return _("{at}: left out, {span}{offer}").format(at=clock(at), span=span, offer=offer)

    def _fills(self, part: Interval) -> bool:
        filling = self.filling
        return filling is not None and (filling.start_s, filling.end_s) == (
            part.start_s,
            part.end_s,
        )

    def _may_fill(self, part: Interval) -> bool:
        return self.can_fill and not part.covered and self.filling is None

    def _part_at(self, seconds: float) -> Interval | None:
        """Return the interval at a time; narrow gaps are widened to `REACH_PX`."""
        x = self.x_of(seconds)
        for part in self.intervals:
            left, right = self.x_of(part.start_s), self.x_of(part.end_s)
            wider = max(0.0, (REACH_PX - (right - left)) / 2)
            if not part.covered and left - wider <= x <= right + wider:
                return part
        inside = (p for p in self.intervals if p.start_s <= seconds <= p.end_s)
        return next(inside, None)

    # --- painting ---

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.intervals:
            return
        colours = palette()
        bar = self._bar()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = QPainterPath()
        outline.addRoundedRect(bar, BAR_PX / 2, BAR_PX / 2)
        painter.fillPath(outline, QColor(colours.border))
        painter.save()
        painter.setClipPath(outline)
        filled = covered_colour(colours)
        covered = [(part.start_s, part.end_s) for part in self.intervals if part.covered]
        for span in covered if self._picked is None else self._picked:
            painter.fillRect(self._rect(*span, bar), filled)
        for part in self.intervals:
            if not part.covered:
                painter.fillRect(self._rect(part.start_s, part.end_s, bar), QColor(colours.border))
        if self.filling is not None:
            start, end = self.filling.start_s, self.filling.end_s
            painter.fillRect(self._rect(start, end, bar), QColor(colours.selection))
            done = start + (end - start) * self.filling.share
            painter.fillRect(self._rect(start, done, bar), filled)
        for start, end in self._current:
            painter.fillRect(self._rect(start, end, bar), QColor(colours.accent_ink))
        painter.restore()
        if self._pointer_s is not None:
            x = self.x_of(self._pointer_s)
            pointer = QRectF(x - 1.5, bar.top() - 4, 3, BAR_PX + 8)
            path = QPainterPath()
            path.addRoundedRect(pointer, 1.5, 1.5)
            painter.fillPath(path, QColor(colours.text))
        if has_ring(self):
            painter.setPen(QPen(QColor(colours.focus), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.end()

    def _rect(self, start_s: float, end_s: float, bar: QRectF) -> QRectF:
        left, right = self.x_of(start_s), self.x_of(end_s)
        if right - left < MIN_PX:
            middle = (left + right) / 2
            left, right = middle - MIN_PX / 2, middle + MIN_PX / 2
        return QRectF(QPointF(left, bar.top()), QPointF(right, bar.bottom()))

    # --- mouse and keys ---

    def _point(self, seconds: float | None) -> None:
        self._pointer_s = seconds
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        self._point(self.time_at(x))
        if tip := self.tip_at(x):
            QToolTip.showText(event.globalPosition().toPoint(), tip, self)

    def leaveEvent(self, event: QEvent) -> None:
        self._point(None)
        super().leaveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(
            event.position().toPoint()
        ):
            self._act(self.time_at(event.position().x()))

    def _act(self, seconds: float) -> None:
        """Handle a click: request to write a gap, or open the video."""
        part = self._part_at(seconds)
        if part is not None and self._may_fill(part):
            self.fill_wanted.emit(part.start_s, part.end_s)
        elif part is None or not self._fills(part):
            self.activated.emit(seconds)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_keys = event.reason() == QContextMenuEvent.Reason.Keyboard
        at = self._pointer_s or 0.0 if by_keys else self.time_at(event.pos().x())
        menu = self.menu_at(at)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.mapToGlobal(QPoint(round(self.x_of(at)), self.height())))

    def menu_at(self, seconds: float) -> QMenu:
        """Return the context menu at a time."""
        menu = QMenu(self)
        part = self._part_at(seconds)
        watch = menu.addAction(_("Go to {seconds}").format(seconds=clock(seconds)))
        watch.triggered.connect(lambda: self.activated.emit(seconds))
        if part is not None and not part.covered and self._fills(part):
            menu.addAction(_("Stop writing this part")).triggered.connect(self.stop_wanted)
        elif part is not None and not part.covered:
            span = _("{start_s} to {end_s}").format(
                start_s=clock(part.start_s), end_s=clock(part.end_s)
            )
            fill = menu.addAction(_("Add what is left out, {span}…").format(span=span))
            fill.setEnabled(self._may_fill(part))
            fill.triggered.connect(lambda: self.fill_wanted.emit(part.start_s, part.end_s))
        return menu

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.tip_at(event.pos().x()), self)
            return True
        return bool(super().event(event))

    def focusInEvent(self, event: QFocusEvent) -> None:
        if self._pointer_s is None and event.reason() is not Qt.FocusReason.MouseFocusReason:
            self._point(0.0)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._point(None)
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        at = self._pointer_s or 0.0
        step = self._duration_s / 100
        edges = sorted({part.start_s for part in self.intervals})
        match event.key():
            case Qt.Key.Key_Right:
                self._point(min(self._duration_s, at + step))
            case Qt.Key.Key_Left:
                self._point(max(0.0, at - step))
            case Qt.Key.Key_Down:
                self._point(next((edge for edge in edges if edge > at + 0.5), edges[-1]))
            case Qt.Key.Key_Up:
                self._point(next((edge for edge in reversed(edges) if edge < at - 0.5), 0.0))
            case Qt.Key.Key_Home:
                self._point(0.0)
            case Qt.Key.Key_End:
                self._point(self._duration_s)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space:
                self._act(at)
            case _:
                super().keyPressEvent(event)
                return
        x = self.x_of(self._pointer_s or 0.0)
        announce(self, self.tip_at(x).replace("Click", "Return"))
        QToolTip.showText(self.mapToGlobal(QPointF(x, 0).toPoint()), self.tip_at(x), self)


def covered_colour(colours: Palette) -> QColor:
    """Return the colour of covered intervals: three times the contrast of a gap, less than the
    current section."""
    return _blend(colours.accent_ink, colours.surface, 0.76)


def _blend(over: str, under: str, share: float) -> QColor:
    """Return the colour `over` at opacity `share` on `under`."""
    top, base = QColor(over), QColor(under)
    return QColor(
        round(top.red() * share + base.red() * (1 - share)),
        round(top.green() * share + base.green() * (1 - share)),
        round(top.blue() * share + base.blue() * (1 - share)),
    )
