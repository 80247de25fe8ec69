"""What is different between a note and one of its other versions, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape
from itertools import pairwise

from PySide6.QtCore import QSignalBlocker, Qt, QUrl, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QTextBrowser, QWidget

from notegen_desktop.domain.notes.differences import Change, Piece, SectionDifference, compare
from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.domain.notes.versions import NoteVersion, Origin, about_words
from notegen_desktop.domain.text.dates import day_words
from notegen_desktop.domain.words import N_, _, ngettext
from notegen_desktop.ui.kit.build import button, hbox, label, named, vbox
from notegen_desktop.ui.kit.text import engine_name
from notegen_desktop.ui.kit.theme import follow_theme, palette
from notegen_desktop.ui.notes.note_document import no_image

COLUMN_PX = 860
"""The text is no wider than this."""

_ORIGINS = {
    Origin.WRITTEN: N_("Written"),
    Origin.EDITED: N_("Edited"),
    Origin.AGAIN: N_("Written again"),
}


def version_words(version: NoteVersion) -> str:
    """A version in one line: how it came about, when, and by whom."""
    made = datetime.fromtimestamp(version.made_at).astimezone()
    words = _(_ORIGINS[version.origin])
    if version.about:
        words = f"{words}: {about_words(version.about)}"
    day = day_words(made.isoformat())
    by = "" if version.origin is Origin.EDITED else version.model or engine_name(version.engine)
    return " · ".join(part for part in (words, f"{day}, {made:%H:%M}", by) if part)


class _Text(QTextBrowser):
    """A column in the middle; it reads nothing from anywhere."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        side = max(0, (self.width() - COLUMN_PX) // 2)
        if side != self.viewportMargins().left():
            self.setViewportMargins(side, 0, side, 0)
        super().resizeEvent(event)

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        return no_image()


class Comparison(QFrame):
    """Shows a note with what is gone and what is new, each section with a way back.

    Signals: `version_wanted(int)` compare with that one; `back_wanted(SectionDifference)` that
    section as it was; `all_back_wanted()` the whole note; `done_wanted()`.
    """

    version_wanted = Signal(int)
    back_wanted = Signal(object)
    all_back_wanted = Signal()
    done_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("noteComparison")
        self.setProperty("beside", False)
        self._found: list[SectionDifference] = []
        self.former: Note | None = None
        self.note: Note | None = None
        self.version = 0
        self._text_px = 15
        self.versions = named(QComboBox(self), "compareWith", _("Version to compare with"))
        self.versions.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.versions.setMinimumContentsLength(24)
        self.versions.activated.connect(
            lambda row: self.version_wanted.emit(self.versions.itemData(row))
        )
        self._count = label(name="compareCount", role="caption")
        self._all = button(
            _("Take back all"),
            "takeBackButton",
            tip=_("Have the note as it was in that version; the present one is kept, too"),
            pressed=self.all_back_wanted,
        )
        done = button(_("Done"), "compareDoneButton", pressed=self.done_wanted)
        bar = named(QFrame(self), "editBar")
        lead = label(_("Since"), role="caption", buddy=self.versions)
        row = (lead, (self.versions, 1), self._count, 12, self._all, done)
        hbox(*row, margins=(18, 4, 14, 6), spacing=8, on=bar)
        self.text = named(_Text(self), "compareView", _("Differences"))
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setOpenLinks(False)
        self.text.setUndoRedoEnabled(False)
        self.text.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.text.anchorClicked.connect(self._go_back)
        vbox(bar, (self.text, 1), spacing=0, on=self)
        follow_theme(self, self._show)

    def set_text_size(self, px: int) -> None:
        self._text_px = px
        self._show()

    def show_versions(self, versions: Sequence[NoteVersion], chosen: int) -> None:
        """Those that the note can be compared with, the newest first."""
        with QSignalBlocker(self.versions):
            self.versions.clear()
            for version in reversed(versions):
                if not version.is_current:
                    self.versions.addItem(version_words(version), version.number)
            self.version = chosen
            self.versions.setCurrentIndex(self.versions.findData(chosen))
        self.versions.setEnabled(self.versions.count() > 0)

    def show_difference(self, former: Note, note: Note, level: Level) -> None:
        self.former, self.note = former, note
        self.show_level(level)

    def show_level(self, level: Level) -> None:
        if self.former is not None and self.note is not None:
            self._found = compare(self.former, self.note, level)
            self._show()

    @property
    def changed(self) -> list[SectionDifference]:
        return [each for each in self._found if not each.is_same]

    def _show(self) -> None:
        many = len(self.changed)
        words = ngettext("{n} part changed", "{n} parts changed", many).format(n=many)
        self._count.setText(words if many else _("Nothing is different"))
        self._all.setEnabled(many > 0)
        bar = self.text.verticalScrollBar()
        value = bar.value()
        self.text.document().setDefaultStyleSheet(self._style())
        colours = palette()
        self.text.setStyleSheet(
            f"QTextBrowser#compareView {{ font-size: {self._text_px}px; border: none; padding: 0;"
            f" background: {colours.surface}; border-radius: 0; }}"
        )
        self.text.setHtml("".join(map(self._section_html, range(len(self._found)))))
        self.text.document().setDocumentMargin(28)
        bar.setValue(value)

    def _style(self) -> str:
        px, colours = self._text_px, palette()
        return f"""
        body {{ color: {colours.text}; font-size: {px}px; }}
        p {{ margin: 0 0 {round(px * 0.7)}px 0; line-height: 135%; }}
        p.section {{ font-size: {round(px * 1.3)}px; font-weight: 600;
            margin-top: {round(px * 1.6)}px; margin-bottom: {round(px * 0.3)}px; }}
        p.same {{ color: {colours.muted}; }}
        p.back {{ font-size: {round(px * 0.87)}px; }}
        a {{ color: {colours.accent_ink}; text-decoration: none; }}
        .gone {{ color: {colours.danger}; background-color: {colours.danger_soft};
            text-decoration: line-through; }}
        .new {{ color: {colours.success}; background-color: {colours.success_soft};
            text-decoration: underline; }}
        """

    def _section_html(self, number: int) -> str:
        """A section that is the same by its heading alone."""
        found = self._found[number]
        if found.is_same and found.before is None:
            return ""
        heading = _html(found.heading)
        if found.is_same:
            return f'<p class="section same">{heading}</p>'
        if found.before is None and found.after is not None:
            words = _("Take this section out again")
        elif found.after is None and found.before is not None:
            words = _("Put this section back")
        else:
            words = _("Take back")
        back = f'<p class="back"><a href="back:{number}">{escape(words)}</a></p>'
        return f'<p class="section">{heading}</p>{back}<p>{_html(found.text)}</p>'

    def _go_back(self, url: QUrl) -> None:
        if url.scheme() == "back" and url.path().isdigit():
            self.back_wanted.emit(self._found[int(url.path())])


def _html(pieces: Sequence[Piece]) -> str:
    """Words that are gone struck out, new ones underlined: nothing is told by colour alone."""
    told = []
    for before, piece in pairwise((Piece(Change.SAME, ""), *pieces)):
        words = escape(piece.text).replace("\n", "<br>")
        if piece.change is Change.SAME:
            told.append(words)
            continue
        apart = "\u2009" if before.change is Change.GONE else ""
        told.append(f'{apart}<span class="{piece.change.value}">{words}</span>')
    return "".join(told)
