"""Highlights and comments of the user: marks on the page, and a pane that lists them."""

from __future__ import annotations

import uuid
from dataclasses import replace
from itertools import accumulate

from PySide6.QtCore import (
    QObject,
    QRect,
    QSignalBlocker,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QHideEvent, QPainter, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTextEdit,
    QWidget,
)

from notegen_desktop.domain.links.video import clock
from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.notes.remark import BEFORE_CHARS, MARK_COLOURS, Remark, span_of
from notegen_desktop.domain.notes.remarks import section_of
from notegen_desktop.domain.text.quantities import quoted, series
from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import (
    button,
    delayed,
    hbox,
    icon_button,
    label,
    named,
    text_edit,
    vbox,
)
from notegen_desktop.ui.kit.colours import mark_colour
from notegen_desktop.ui.kit.elided import isolated
from notegen_desktop.ui.kit.painted_rows import Index, paint_ground
from notegen_desktop.ui.kit.theme import follow_theme, palette
from notegen_desktop.ui.notes.note_document import NoteDocument, blocks, fragments, verdict_of
from notegen_desktop.ui.notes.note_view import NoteView


class HighlightPainter(QObject):
    """Paints a note's highlights in `view`, at the level it shows."""

    def __init__(self, view: NoteView) -> None:
        super().__init__(view)
        self._view = view
        view.written.connect(self.refresh)
        follow_theme(view, self.refresh)

    def refresh(self) -> None:
        """Repaint the highlights after a change of note, level or theme."""
        note, level = self._view.note, self._view.level
        found = []
        for remark in note.remarks if note is not None else ():
            if remark.level == level.value and (cursor := self.cursor_of(remark)) is not None:
                mark = QTextEdit.ExtraSelection()
                mark.cursor = cursor
                mark.format.setBackground(QColor(mark_colour(remark.color, palette())))
                if remark.text:
                    mark.format.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
                found.append(mark)
        self._view.finder.show_under(found)

    def cursor_of(self, remark: Remark) -> QTextCursor | None:
        """Return a cursor that selects the highlighted text; None if it is not on the page."""
        note = self._view.note
        section = section_of(note, remark, self._view.level) if note is not None else None
        if section is None:
            return None
        text, places = self._text_of(section + 1)
        span = span_of(text, remark)
        if span is None:
            return None
        cursor = QTextCursor(self._view.document())
        cursor.setPosition(places[span[0]])
        cursor.setPosition(places[span[1]], QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def selected(self, *, color: str, made_at: str) -> Remark | None:
        """Return a new remark for the selected text.

        None without a selection, across sections, or if the text is not in the section.
        """
        note, cursor = self._view.note, self._view.textCursor()
        if note is None or not cursor.hasSelection():
            return None
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        part = self._document.part_of(start)
        if part == 0 or self._document.part_of(end - 1) != part:
            return None
        text, places = self._text_of(part)
        inside = "".join(s for s, at in zip(text, places, strict=False) if start <= at < end)
        ahead = "".join(s for s, at in zip(text, places, strict=False) if at < start)
        remark = Remark(
            id=uuid.uuid4().hex[:8],
            quote=" ".join(inside.split()),
            color=color,
            section=note.sections[part - 1].heading,
            level=self._view.level.value,
            before=" ".join(ahead.split())[-BEFORE_CHARS:],
            made_at=made_at,
        )
        return remark if section_of(note, remark) is not None else None

    @property
    def _document(self) -> NoteDocument:
        document = self._view.document()
        assert isinstance(document, NoteDocument)
        return document

    def _text_of(self, part: int) -> tuple[str, list[int]]:
        """Return the text of a part without times, and the position of each character and of the
        end.

        Positions count UTF-16 code units, as Qt does.
        """
        document = self._document
        pieces: list[str] = []
        places: list[int] = []
        end = 0
        for block in blocks(document.part_block(part)):
            if document.part_of(block.position()) != part:
                break
            for fragment in fragments(block):
                if verdict_of(fragment.charFormat()):
                    continue
                words = fragment.text()
                widths = (2 if ord(sign) > 0xFFFF else 1 for sign in words)
                at = list(accumulate(widths, initial=fragment.position()))
                pieces.append(words)
                places += at[:-1]
                end = at[-1]
            pieces.append("\n")
            places.append(block.position() + block.length() - 1)
        return "".join(pieces), [*places, end]


# --- List of highlights and comments ---


WIDTH_PX = 320
PAUSE_MS = 500
"""Milliseconds without typing before a comment is stored."""
MAX_LINES = 3
PAD = 10
BAR_PX = 4

_REMARK = Qt.ItemDataRole.UserRole
_PLACE = Qt.ItemDataRole.UserRole + 1


class _RemarkDelegate(QStyledItemDelegate):
    """Item delegate: the highlighted text beside its colour, the comment, and the section or
    time."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        metrics = option.fontMetrics
        lines = sum(rect.height() for _words, rect, _kind in self._parts(option, index))
        return QSize(WIDTH_PX - 20, lines + 2 * PAD + metrics.leading())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours, remark = palette(), index.data(_REMARK)
        rect = option.rect.adjusted(6, 2, -6, -2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, option, margin=6, radius=6)
        bar = QRect(rect.left() + 4, rect.top() + 6, BAR_PX, rect.height() - 12)
        bar = QStyle.visualRect(option.direction, rect, bar)
        painter.setBrush(QColor(mark_colour(remark.color, colours)))
        painter.setPen(QColor(colours.border_strong))
        painter.drawRoundedRect(bar, 2, 2)
        for words, place, kind in self._parts(option, index):
            font = option.font
            font.setItalic(kind == "quote")
            painter.setFont(font)
            painter.setPen(QColor(colours.text if kind == "text" else colours.muted))
            painter.drawText(place, int(Qt.TextFlag.TextWordWrap), words)
        painter.restore()

    def _parts(self, option: QStyleOptionViewItem, index: Index) -> list[tuple[str, QRect, str]]:
        remark: Remark = index.data(_REMARK)
        where: str = index.data(_PLACE)
        metrics: QFontMetrics = option.fontMetrics
        left = option.rect.left() + 6 + 4 + BAR_PX + PAD
        width = max(80, option.rect.right() - PAD - left)
        top = option.rect.top() + PAD
        parts = []
        for words, kind in (
            (quoted(remark.quote), "quote"),
            ("\n".join(map(isolated, remark.text.split("\n"))), "text"),
            (where, "where"),
        ):
            if not words:
                continue
            room = QRect(0, 0, width, metrics.lineSpacing() * MAX_LINES)
            needs = metrics.boundingRect(room, int(Qt.TextFlag.TextWordWrap), words)
            height = min(needs.height(), room.height())
            place = QRect(left, top, width, height)
            parts.append((words, QStyle.visualRect(option.direction, option.rect, place), kind))
            top += height + 2
        return parts


class RemarksPane(QFrame):
    """Lists and edits the highlights and comments of a note.

    Signals: `place_wanted(Remark)` to show its text; `changed(Remark)` with another comment or
    colour; `unwanted(Remark)` to delete it. `close_button` hides the pane.
    """

    place_wanted = Signal(object)
    changed = Signal(object)
    unwanted = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("remarksPane")
        self.setProperty("beside", True)
        self.setFixedWidth(WIDTH_PX)
        self.list = named(QListWidget(self), "remarkList", _("Remarks on this note"))
        self.list.setItemDelegate(_RemarkDelegate(self.list))
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.itemClicked.connect(self._go)
        self.list.itemActivated.connect(self._go)
        self.list.currentItemChanged.connect(self._turn)
        self.field = text_edit(
            "remarkEdit", _("What you say of it"), _("Say something of these words")
        )
        self.field.setAcceptDrops(False)  # the window handles drops
        self.field.setFixedHeight(96)
        self.field.textChanged.connect(self._later)
        self._timer = delayed(self, PAUSE_MS, self.take)
        self._colours = {
            name: button("", f"mark:{name}", says=_(words), tip=_(words))
            for name, words in MARK_COLOURS.items()
        }
        for name, each in self._colours.items():
            each.setFixedSize(26, 22)
            each.clicked.connect(lambda _=False, name=name: self._recolour(name))
        self._remove = icon_button(
            "trash-2", _("Remove this remark"), name="removeRemarkButton", pressed=self._take_away
        )
        self._empty = label(
            _("Select words in the note and press Ctrl+H to mark them, or choose passages of the "
              "transcript."),
            role="muted", wrap=True,
        )  # fmt: skip
        self.close_button = icon_button("x", _("Hide the remarks"))
        title = label(_("Remarks"), role="strong")
        head = hbox(title, None, self.close_button, margins=(16, 8, 10, 4))
        row = hbox(*self._colours.values(), None, self._remove, spacing=6)
        self._foot = QWidget(self)
        vbox(self.field, row, margins=(12, 8, 12, 12), on=self._foot)
        note = vbox(self._empty, margins=(16, 8, 16, 8))
        vbox(head, note, (self.list, 1), self._foot, spacing=0, on=self)
        self._note: Note | None = None
        self._said_of: Remark | None = None  # the remark in the field
        follow_theme(self, self._restyle)
        self._restyle()

    def show_note(self, note: Note) -> None:
        """Show the remarks of a note in the order of their positions."""
        if self._note is not None and note.remarks == self._note.remarks:
            self._note = note
            return
        chosen, self._note = self.chosen, note
        where = {each.id: section_of(note, each) for each in note.remarks}

        def order(each: Remark) -> tuple[int, float]:
            place = where[each.id]
            return (
                (len(note.sections) + (not each.is_spoken), each.start_s or 0.0)
                if place is None
                else (place, 0.0)
            )

        with QSignalBlocker(self.list):
            self.list.clear()
            for remark in sorted(note.remarks, key=order):
                item = QListWidgetItem(self.list)
                place = where[remark.id]
                told = (
                    note.sections[place].heading if place is not None else _("Its words are gone")
                )
                if remark.start_s is not None:
                    told = _("Said at {time}").format(time=clock(remark.start_s))
                item.setData(_REMARK, remark)
                item.setData(_PLACE, told)
                words = series((remark.quote, remark.text, told))
                item.setData(Qt.ItemDataRole.AccessibleTextRole, words)
                item.setToolTip(remark.text)
                if chosen is not None and remark.id == chosen.id:
                    self.list.setCurrentItem(item)
        self._empty.setVisible(not note.remarks)
        self._show_chosen()

    @property
    def chosen(self) -> Remark | None:
        item = self.list.currentItem()
        found: Remark | None = item.data(_REMARK) if item is not None else None
        return found

    def choose(self, remark_id: str, *, say: bool) -> None:
        """Select a remark; `say` focuses the comment field."""
        for row in range(self.list.count()):
            if self.list.item(row).data(_REMARK).id == remark_id:
                self.list.setCurrentRow(row)
        if say:
            self.field.setFocus()

    def hideEvent(self, event: QHideEvent) -> None:
        self.take()
        super().hideEvent(event)

    def _later(self) -> None:
        self._timer.start()

    def take(self) -> None:
        """Store the typed comment of the remark that was selected then."""
        self._timer.stop()
        remark, text = self._said_of, self.field.toPlainText()
        if remark is not None and text != remark.text:
            self._change(replace(remark, text=text))

    def _change(self, remark: Remark) -> None:
        for row in range(self.list.count()):
            item = self.list.item(row)
            if item.data(_REMARK).id == remark.id:
                item.setData(_REMARK, remark)
        self._said_of = remark
        self.list.doItemsLayout()
        self.changed.emit(remark)

    def _turn(self) -> None:
        self.take()
        self._show_chosen()

    def _recolour(self, name: str) -> None:
        if (remark := self.chosen) is not None:
            self._change(replace(remark, color=name))

    def _take_away(self) -> None:
        if (remark := self.chosen) is not None:
            self.unwanted.emit(remark)

    def _go(self, item: QListWidgetItem) -> None:
        self.place_wanted.emit(item.data(_REMARK))

    def _show_chosen(self) -> None:
        remark = self.chosen
        self._foot.setVisible(remark is not None)
        before, self._said_of = self._said_of, remark
        # Typed text is newer than the stored comment.
        if remark is not None and (before is None or before.id != remark.id):
            with QSignalBlocker(self.field):
                self.field.setPlainText(remark.text)

    def _restyle(self) -> None:
        colours = palette()
        for name, each in self._colours.items():
            each.setStyleSheet(
                f"QPushButton {{ background: {mark_colour(name, colours)}; border-radius: 6px;"
                f" border: 1px solid {colours.border_strong}; padding: 0; }}"
            )
