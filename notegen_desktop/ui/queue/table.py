"""Table view of the queue: delegate, header and drag and drop of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import (
    QModelIndex,
    QPoint,
    QRect,
    QRectF,
    Qt,
    SignalInstance,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from notegen_desktop.domain.jobs.job import NoteJob, Stage, Status
from notegen_desktop.domain.jobs.remedies import Remedy
from notegen_desktop.domain.text.quantities import count
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import PAUSED
from notegen_desktop.ui.kit.build import named
from notegen_desktop.ui.kit.elided import elided
from notegen_desktop.ui.kit.job_text import needs_user_action, open_words
from notegen_desktop.ui.kit.painted_rows import Index, paint_ground, sides, trimmed
from notegen_desktop.ui.kit.remedy_bar import add_remedies
from notegen_desktop.ui.kit.theme import icon, palette, scaled, theme

from .head import JobWishes
from .model import JOB_ROLE, READY_ROLE, SIGNS, QueueModel

SIGN_PX = 18
PAD = 12
COUNTED_PX = 220
"""Width of the title column in pixels below which the number of finished jobs is hidden."""

DRAGGED_PX = 280
"""Maximum width in pixels of the title in a drag pixmap."""


def sign_of(job: NoteJob) -> tuple[str, str]:
    """Return icon and colour of a job; without an icon, a ring shows its progress."""
    if job.from_library:
        return "library", "success"
    if job.status in SIGNS:
        return SIGNS[job.status]
    if job.stage is Stage.WAITING:
        icon = "pause" if job.wait_reason == PAUSED else "hourglass"
        return icon, "warning" if needs_user_action(job) else "muted"
    return "", "accent_ink" if job.status is Status.PROCESSING else "faint"


class QueueDelegate(QStyledItemDelegate):
    """Item delegate of a `QueueModel`."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: Index,
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
    def _title(painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours = palette()
        rect: QRect = option.rect.adjusted(PAD, 0, -PAD, 0)
        near, far = sides(option)
        metrics: QFontMetrics = option.fontMetrics
        ready = str(index.data(READY_ROLE)) if rect.width() >= COUNTED_PX else ""
        room = metrics.horizontalAdvance(ready) + PAD if ready else 0
        painter.setFont(option.font)
        painter.setPen(QColor(colours.muted))
        painter.drawText(rect, far, ready)
        words = trimmed(rect, option, end=room)
        painter.setPen(QColor(colours.text))
        painter.drawText(words, near, elided(metrics, str(index.data()), words.width()))

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
    """Paint the drop indicator: a line with a knob across the table."""
    y = max(4, y)
    colour = QColor(palette().accent)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 2, c=Qt.PenCapStyle.RoundCap))
    painter.drawLine(10, y, width - 4, y)
    painter.setBrush(QColor(palette().window))
    painter.drawEllipse(QRectF(2, y - 4, 8, 8))


def dragged_label(words: str, font: QFont, ratio: float) -> QPixmap:
    """Return the drag pixmap with a title. `ratio` is the device pixel ratio."""
    metrics = QFontMetrics(font)
    words = elided(metrics, words, DRAGGED_PX)
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


# --- View ---

ROW_PX = 30
COLUMN_PX = 34
MIN_COLUMN_PX = 28
MIN_TITLE_PX = 140
"""Minimum width of titles in pixels; a narrower table scrolls horizontally."""


class _Header(QHeaderView):
    """Header with the icon of each column's template; its tooltip has the name."""

    def __init__(self, model: QueueModel, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._queue = model
        self.setAccessibleName(_("Kinds of notes"))

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        name = self._queue.icon_of(section)
        if not name:
            super().paintSection(painter, rect, section)
            return
        painter.fillRect(rect, QColor(palette().sidebar))
        painter.fillRect(rect.adjusted(0, rect.height() - 1, 0, 0), QColor(palette().border))
        spot = QRect(0, 0, 16, 16)
        spot.moveCenter(rect.center())
        icon(name).paint(painter, spot)


class QueueGrid(QTableView):
    """Shows a `QueueModel`; user requests are emitted on `wishes`."""

    def __init__(self, model: QueueModel, wishes: JobWishes) -> None:
        super().__init__()
        self._wishes = wishes
        named(self, "queueGrid", _("Queue: videos by notes"))
        self.setAccessibleDescription(
            _(
                "Return opens a note, also while it is written, Delete cancels it, R writes it "
                "again. Alt with the arrow keys moves a video that waits."
            )
        )
        self.queue = model
        self.setModel(model)
        self.setItemDelegate(QueueDelegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setCornerButtonEnabled(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDragDropOverwriteMode(False)
        self.setDropIndicatorShown(False)  # Qt's indicator frames one cell
        self._drop_row = -1
        self.remedies_of: Callable[[NoteJob], Sequence[Remedy]] = lambda _job: ()
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(scaled(ROW_PX))
        rows.setMinimumSectionSize(scaled(ROW_PX))
        columns = _Header(model, self)
        self.setHorizontalHeader(columns)
        columns.setHighlightSections(False)
        columns.setSectionsClickable(False)
        columns.setMinimumSectionSize(MIN_COLUMN_PX)
        columns.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.doubleClicked.connect(self._open)
        model.columnsInserted.connect(self._lay_out)
        model.modelReset.connect(self._lay_out)
        theme().changed.connect(self.viewport().update)
        self._lay_out()

    def selected_jobs(self) -> list[NoteJob]:
        """Return the jobs of the selected cells; a selected title selects its whole row."""
        jobs: dict[str, NoteJob] = {}
        for index in self.selectedIndexes():
            row = range(1, self.queue.columnCount()) if index.column() == 0 else (index.column(),)
            for column in row:
                job = self.queue.job_at(index.siblingAtColumn(column))
                if job is not None:
                    jobs[job.id] = job
        return list(jobs.values())

    # --- requests ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = event.modifiers() == Qt.KeyboardModifier.AltModifier
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._open(self.currentIndex())
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace:
                active = [job for job in self.selected_jobs() if not job.is_final]
                self._wish(self._wishes.cancel_wanted, active)
            case Qt.Key.Key_R if not event.modifiers():
                again = [job for job in self.selected_jobs() if job.can_retry]
                self._wish(self._wishes.retry_wanted, again)
            case Qt.Key.Key_Up if alt:
                self.queue.move([self.currentIndex().row()], self.currentIndex().row() - 1)
            case Qt.Key.Key_Down if alt:
                self.queue.move([self.currentIndex().row()], self.currentIndex().row() + 2)
            case _:
                super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if index.isValid() and not self.selectionModel().isSelected(index):
            self.setCurrentIndex(index)
        menu = self.menu()
        if menu.actions():
            menu.popup(event.globalPos())
        else:
            menu.deleteLater()

    def menu(self) -> QMenu:
        """Return the context menu of the selected cells."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        jobs = self.selected_jobs()
        seen = jobs if len(jobs) == 1 and jobs[0].status is not Status.PENDING else []
        opens = (open_words(jobs[0])[0] if seen else "") or _("Open")
        again = [job for job in jobs if job.can_retry]
        active = [job for job in jobs if not job.is_final]
        for name, picture, wish, concerned in (
            (opens, "file-text", self._wishes.open_wanted, seen),
            (_("Retry"), "rotate-ccw", self._wishes.retry_wanted, again),
            (_("Cancel"), "x", self._wishes.cancel_wanted, active),
        ):
            if concerned:
                words = name if len(jobs) == 1 else f"{name} {count(len(concerned), 'note')}"
                action = menu.addAction(icon(picture), words)
                action.triggered.connect(
                    lambda _=False, wish=wish, them=concerned: self._wish(wish, them)
                )
        failed = next((job for job in jobs if job.failure), None)
        if failed is not None:  # a remedy applies to all jobs with the same failure
            add_remedies(
                menu, self.remedies_of(failed), partial(self._wishes.remedy_wanted.emit, failed.id)
            )
        rows = sorted({index.row() for index in self.selectedIndexes()})
        movable = [row for row in rows if self.queue.can_move(row)]
        if movable:
            menu.addSeparator()
            top = menu.addAction(icon("chevron-up"), _("Move to the top"))
            top.triggered.connect(lambda: self.queue.move(movable, 0))
            end = menu.addAction(icon("chevron-down"), _("Move to the end"))
            end.triggered.connect(lambda: self.queue.move(movable, self.queue.rowCount()))
        return menu

    def _open(self, index: QModelIndex) -> None:
        job = self.queue.job_at(index)
        if job is not None and job.status is not Status.PENDING:
            self._wishes.open_wanted.emit(job.id)

    @staticmethod
    def _wish(wish: SignalInstance, jobs: list[NoteJob]) -> None:
        for job in jobs:
            wish.emit(job.id)

    # --- dragging rows ---

    def startDrag(self, supported: Qt.DropAction) -> None:
        """Start dragging the selected rows, with the pixmap below the pointer to keep the drop line
        visible."""
        rows = sorted({index.row() for index in self.selectedIndexes()})
        movable = [self.queue.index(row, 0) for row in rows if self.queue.can_move(row)]
        if not movable:
            return
        drag = QDrag(self)
        drag.setMimeData(self.queue.mimeData(movable))
        words = str(movable[0].data()) if len(movable) == 1 else count(len(movable), "video")
        drag.setPixmap(dragged_label(words, self.font(), self.devicePixelRatioF()))
        drag.setHotSpot(QPoint(-12, -12))
        drag.exec(supported)
        self._drop_row = -1

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept rows of this table only; the window handles all other drags."""
        if event.source() is self:
            super().dragEnterEvent(event)
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if event.source() is not self:
            event.ignore()
            return
        super().dragMoveEvent(event)  # scrolls at the edges
        self._show_drop(self.row_for(event.position().toPoint()))
        event.setDropAction(Qt.DropAction.MoveAction)
        event.accept()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self._show_drop(-1)

    def dropEvent(self, event: QDropEvent) -> None:
        if event.source() is not self:
            event.ignore()
            return
        self._show_drop(-1)
        self.drop_rows(event.position().toPoint())
        event.setDropAction(Qt.DropAction.CopyAction)  # Qt must not remove the rows
        event.accept()
        self.stopAutoScroll()
        self.setState(QAbstractItemView.State.NoState)

    def row_for(self, place: QPoint) -> int:
        """Return the row before which a drop at `place` inserts; the number of rows for the end."""
        row = self.rowAt(place.y())
        if row < 0:
            return self.queue.rowCount()
        return row + (place.y() > self.rowViewportPosition(row) + scaled(ROW_PX) / 2)

    def drop_rows(self, place: QPoint) -> None:
        """Move the selected rows to the drop position."""
        self.queue.move({index.row() for index in self.selectedIndexes()}, self.row_for(place))

    def _show_drop(self, row: int) -> None:
        if row != self._drop_row:
            self._drop_row = row
            self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._drop_row >= 0:
            painter = QPainter(self.viewport())
            last = self.queue.rowCount()
            y = self.rowViewportPosition(min(self._drop_row, last - 1))
            paint_drop_line(
                painter, y + scaled(ROW_PX) * (self._drop_row == last), self.viewport().width()
            )
            painter.end()

    # --- widths ---

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        """Fit the template columns into their bounds; the title column takes the rest."""
        columns, kinds = self.horizontalHeader(), self.queue.columnCount() - 1
        room = self.viewport().width()
        each = (room - MIN_TITLE_PX) // max(1, kinds)
        width = min(COLUMN_PX, max(MIN_COLUMN_PX, each))
        for column in range(1, kinds + 1):
            columns.resizeSection(column, width)
        columns.resizeSection(0, max(MIN_TITLE_PX, room - kinds * width))
