"""How the queue is drawn: a title and a count, and a sign for each job."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from notegen_desktop.domain.jobs import NoteJob, Stage, Status
from notegen_desktop.services.ports import PAUSED

from .queue_model import JOB_ROLE, READY_ROLE
from .theme import palette, theme
from .widgets.rows import paint_ground, sides, trimmed

SIGN_PX = 18
PAD = 12
DRAGGED_PX = 280
"""A longer title is cut while it is dragged."""

SIGNS = {
    Status.COMPLETE: ("circle-check", "success"),
    Status.ERROR: ("circle-alert", "danger"),
    Status.CANCELLED: ("ban", "faint"),
}


def sign_of(job: NoteJob) -> tuple[str, str]:
    """Icon and colour of a job; without an icon it is a ring as far as the job is."""
    if job.from_library:
        return "library", "success"
    if job.status in SIGNS:
        return SIGNS[job.status]
    if job.stage is Stage.WAITING:
        return ("pause", "muted") if job.wait_reason == PAUSED else ("hourglass", "warning")
    return "", "accent_ink" if job.status is Status.PROCESSING else "faint"


class QueueDelegate(QStyledItemDelegate):
    """Draws the cells of a `QueueModel`."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, option)
        if index.column() == 0:
            self._title(painter, option, index)
        else:
            job = index.data(JOB_ROLE)
            if isinstance(job, NoteJob):
                self._sign(painter, option.rect, job)
        painter.restore()

    @staticmethod
    def _title(
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        colours = palette()
        rect: QRect = option.rect.adjusted(PAD, 0, -PAD, 0)
        near, far = sides(option)
        metrics: QFontMetrics = option.fontMetrics
        ready = str(index.data(READY_ROLE))
        room = metrics.horizontalAdvance(ready) + PAD
        painter.setFont(option.font)
        painter.setPen(QColor(colours.muted))
        painter.drawText(rect, far, ready)
        words = trimmed(rect, option, end=room)
        painter.setPen(QColor(colours.text))
        title = metrics.elidedText(
            str(index.data())[:300], Qt.TextElideMode.ElideRight, words.width()
        )
        painter.drawText(words, near, title)

    @staticmethod
    def _sign(painter: QPainter, rect: QRect, job: NoteJob) -> None:
        place = QRect(0, 0, SIGN_PX, SIGN_PX)
        place.moveCenter(rect.center())
        icon, colour = sign_of(job)
        if icon:
            painter.drawPixmap(place, theme().pixmap(icon, color=colour, size=SIGN_PX))
            return
        colours = palette()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if job.status is Status.PENDING:
            painter.setPen(QPen(QColor(colours.border_strong), 2))
            painter.drawEllipse(QRectF(place).adjusted(5, 5, -5, -5))
            return
        ring = QRectF(place).adjusted(2, 2, -2, -2)
        painter.setPen(QPen(QColor(colours.accent_soft), 3))
        painter.drawEllipse(ring)
        painter.setPen(QPen(QColor(colours.accent_ink), 3, c=Qt.PenCapStyle.RoundCap))
        painter.drawArc(ring, 90 * 16, -round(max(0.04, job.progress) * 360 * 16))


def paint_drop_line(painter: QPainter, y: int, width: int) -> None:
    """Where the rows that are dragged would go: a line with a knob, as far as the table is wide."""
    y = max(4, y)
    colour = QColor(palette().accent)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 2, c=Qt.PenCapStyle.RoundCap))
    painter.drawLine(10, y, width - 4, y)
    painter.setBrush(QColor(palette().window))
    painter.drawEllipse(QRectF(2, y - 4, 8, 8))


def dragged_label(words: str, font: QFont, ratio: float) -> QPixmap:
    """What hangs at the pointer while rows are dragged. `ratio`: pixels of the screen to one."""
    metrics = QFontMetrics(font)
    words = metrics.elidedText(words[:300], Qt.TextElideMode.ElideRight, DRAGGED_PX)
    width, height = metrics.horizontalAdvance(words) + 2 * PAD, metrics.height() + PAD
    picture = QPixmap(round(width * ratio), round(height * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(palette().border_strong), 1))
    painter.setBrush(QColor(palette().surface))
    painter.drawRoundedRect(QRectF(0.5, 0.5, width - 1, height - 1), 8, 8)
    painter.setFont(font)
    painter.setPen(QColor(palette().text))
    painter.drawText(QRectF(0, 0, width, height), Qt.AlignmentFlag.AlignCenter, words)
    painter.end()
    return picture
