"""Comparison of two versions of a note: differences, revert, and choice between old and new."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from html import escape
from itertools import pairwise

from PySide6.QtCore import QSignalBlocker, Qt, QUrl, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QPushButton, QTextBrowser, QWidget

from notegen_desktop.domain.notes.differences import Change, DiffSegment, SectionDifference, compare
from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.domain.notes.versions import NoteVersion, Origin, about_words
from notegen_desktop.domain.text.dates import day_words
from notegen_desktop.domain.words import N_, _, ngettext, pgettext
from notegen_desktop.ui.kit.build import Item, button, label, named, vbox
from notegen_desktop.ui.kit.elided import ElidedLabel
from notegen_desktop.ui.kit.remedy_bar import ActionBar
from notegen_desktop.ui.kit.text import engine_name
from notegen_desktop.ui.kit.theme import follow_reading, palette, theme
from notegen_desktop.ui.kit.widgets import Segmented
from notegen_desktop.ui.notes.note_document import no_image

from .rewrite_dialog import keep_buttons, version_facts


class _Text(QTextBrowser):
    """Browser that loads no resources; its text is a centred column at most `column_px` wide."""

    def __init__(self, parent: QWidget, *, column_px: int = 0) -> None:
        super().__init__(parent)
        self._column_px = column_px
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def resizeEvent(self, event: QResizeEvent) -> None:
        side = max(0, (self.width() - self._column_px) // 2) if self._column_px else 0
        if side != self.viewportMargins().left():
            self.setViewportMargins(side, 0, side, 0)
        super().resizeEvent(event)

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        return no_image()


class DifferencePane(QFrame):
    """Shows the differences of two versions at a level, below a bar with the button `done`."""

    done: QPushButton
    margin_px = 24
    """Margin around the text in pixels."""

    def __init__(self, name: str, text: str, says: str, *, column_px: int = 0) -> None:
        """`name` and `text` are the object names of the pane and of its browser."""
        super().__init__()
        self.setObjectName(name)
        self.setProperty("beside", False)
        self.former: Note | None = None
        self.note: Note | None = None
        self.level = Level.STANDARD
        self._found: list[SectionDifference] = []
        self.text = named(_Text(self, column_px=column_px), text, says)

    def _lay_out(self, about: Sequence[Item], actions: Sequence[QWidget]) -> None:
        self._bar = ActionBar("editBar", margins=(18, 4, 14, 6), parent=self)
        self._bar.fill(about, actions)
        vbox(self._bar, (self.text, 1), spacing=0, on=self)
        follow_reading(self, self._show)

    def show_difference(self, former: Note, note: Note, level: Level) -> None:
        self.former, self.note = former, note
        self.show_level(level)

    def show_level(self, level: Level) -> None:
        self.level = level
        if self.former is not None and self.note is not None:
            self._found = compare(self.former, self.note, level)
            self._show()

    def _show(self) -> None:
        """Show the differences in the current colours; the scroll position stays."""
        bar, px, colours = self.text.verticalScrollBar(), theme().reading_px, palette()
        value = bar.value()
        self.text.document().setDefaultStyleSheet(
            f"""
            body, td {{ color: {colours.text}; font-size: {px}px; }}
            p.same {{ color: {colours.muted}; }}
            .gone {{ color: {colours.danger}; background-color: {colours.danger_soft};
                text-decoration: line-through; }}
            .new {{ color: {colours.success}; background-color: {colours.success_soft};
                text-decoration: underline; }}
            {self._style(px)}
            """
        )
        self.text.setStyleSheet(
            f"QTextBrowser#{self.text.objectName()} {{ font-size: {px}px; border: none; padding: 0;"
            f" background: {colours.surface}; border-radius: 0; }}"
        )
        same = all(found.is_same for found in self._found)
        self.text.setHtml(f"<p>{escape(_('Nothing is different.'))}</p>" if same else self._html())
        self.text.document().setDocumentMargin(self.margin_px)
        bar.setValue(value)

    def _style(self, px: int) -> str:
        """Return additional CSS for a text size of `px` pixels."""
        raise NotImplementedError

    def _html(self) -> str:
        raise NotImplementedError


def section_html(
    found: SectionDifference, shown: Collection[Change] = tuple(Change), *, back: str = ""
) -> str:
    """Return a section with `back` below its heading; an unchanged one as its heading only.

    A section that is in neither version gives "".
    """
    if found.is_same and found.before is None:
        return ""
    heading = _pieces_html(found.heading, shown)
    if found.is_same:
        return f'<p class="section same">{heading}</p>'
    return f'<p class="section">{heading}</p>{back}<p>{_pieces_html(found.text, shown)}</p>'


def _pieces_html(pieces: Iterable[DiffSegment], shown: Collection[Change]) -> str:
    """Return pieces as HTML: deleted text struck out, new text underlined, not only coloured."""
    told = []
    seen = (piece for piece in pieces if piece.change in shown)
    for before, piece in pairwise((DiffSegment(Change.SAME, ""), *seen)):
        words = escape(piece.text).replace("\n", "<br>")
        if piece.change is Change.SAME:
            told.append(words)
            continue
        apart = "\u2009" if before.change is Change.GONE else ""
        told.append(f'{apart}<span class="{piece.change.value}">{words}</span>')
    return "".join(told)


# --- Comparison with an earlier version, and revert ---

COLUMN_PX = 860
"""Maximum width of the text in pixels."""

_ORIGINS = {
    Origin.WRITTEN: N_("Written"),
    Origin.EDITED: N_("Edited"),
    Origin.AGAIN: N_("Written again"),
}


def version_words(version: NoteVersion) -> str:
    """Return a version in one line: its origin, time and model."""
    made = datetime.fromtimestamp(version.made_at).astimezone()
    words = _(_ORIGINS[version.origin])
    if version.about:
        words = f"{words}: {about_words(version.about)}"
    day = day_words(made.isoformat())
    by = "" if version.origin is Origin.EDITED else version.model or engine_name(version.engine)
    return " · ".join(part for part in (words, f"{day}, {made:%H:%M}", by) if part)


class Comparison(DifferencePane):
    """Compares a note with one of its other versions; each section can be reverted.

    Signals: `version_wanted(int)` to compare with another version; `back_wanted(SectionDifference)`
    to revert a section. `all_back` reverts the whole note.
    """

    version_wanted = Signal(int)
    back_wanted = Signal(object)
    margin_px = 28

    def __init__(self) -> None:
        super().__init__("noteComparison", "compareView", _("Differences"), column_px=COLUMN_PX)
        self.version = 0
        self.versions = named(QComboBox(self), "compareWith", _("Version to compare with"))
        self.versions.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.versions.setMinimumContentsLength(24)
        self.versions.activated.connect(
            lambda row: self.version_wanted.emit(self.versions.itemData(row))
        )
        self._count = label(name="compareCount", role="caption")
        self.all_back = button(
            _("Take back all"),
            "takeBackButton",
            tip=_("Have the note as it was in that version; the present one is kept, too"),
        )
        self.done = button(_("Done"), "compareDoneButton")
        lead = label(_("Since"), role="caption", buddy=self.versions)
        self.text.anchorClicked.connect(self._go_back)
        self._lay_out((lead, (self.versions, 1), self._count, 4), (self.all_back, self.done))

    def show_versions(self, versions: Sequence[NoteVersion], chosen: int) -> None:
        """List the versions to compare with, the newest first."""
        with QSignalBlocker(self.versions):
            self.versions.clear()
            for version in reversed(versions):
                if not version.is_current:
                    self.versions.addItem(version_words(version), version.number)
            self.version = chosen
            self.versions.setCurrentIndex(self.versions.findData(chosen))
        self.versions.setEnabled(self.versions.count() > 0)

    @property
    def changed(self) -> list[SectionDifference]:
        return [each for each in self._found if not each.is_same]

    def _show(self) -> None:
        many = len(self.changed)
        words = ngettext("{n} part changed", "{n} parts changed", many).format(n=many)
        self._count.setText(words if many else _("Nothing is different"))
        self.all_back.setEnabled(many > 0)
        super()._show()

    def _style(self, px: int) -> str:
        return f"""
        p {{ margin: 0 0 {round(px * 0.7)}px 0; line-height: 135%; }}
        p.section {{ font-size: {round(px * 1.3)}px; font-weight: 600;
            margin-top: {round(px * 1.6)}px; margin-bottom: {round(px * 0.3)}px; }}
        p.back {{ font-size: {round(px * 0.87)}px; }}
        a {{ color: {palette().accent_ink}; text-decoration: none; }}
        """

    def _html(self) -> str:
        return "".join(
            section_html(found, back=self._back_html(number, found))
            for number, found in enumerate(self._found)
        )

    @staticmethod
    def _back_html(number: int, found: SectionDifference) -> str:
        if found.before is None and found.after is not None:
            words = _("Take this section out again")
        elif found.after is None and found.before is not None:
            words = _("Put this section back")
        else:
            words = _("Take back")
        return f'<p class="back"><a href="back:{number}">{escape(words)}</a></p>'

    def _go_back(self, url: QUrl) -> None:
        if url.scheme() == "back" and url.path().isdigit():
            self.back_wanted.emit(self._found[int(url.path())])


# --- Choice between the note and a new version ---

SIDE_BY_SIDE_PX = 820
"""Minimum width in pixels for two columns."""
BOTH, OLD, NEW = "both", "old", "new"


class VersionChoice(DifferencePane):
    """Shows the note and its waiting version in two columns, or in one if space is short.

    Signals: `keep_wanted(bool)` with True for the new version; `done` postpones the choice.
    """

    keep_wanted = Signal(bool)

    def __init__(self) -> None:
        super().__init__("versionChoice", "choiceView", _("Old and new version"))
        self.number = 0
        self._wide = True
        self._facts = ElidedLabel("", name="choiceFacts", role="caption", facts=True)
        names = (
            (BOTH, pgettext("versions", "Both")),
            (OLD, pgettext("version", "Old")),
            (NEW, pgettext("version", "New")),
        )
        self.sides = named(Segmented(names, self), "choiceSides", _("Which version is shown"))
        self.sides.choose(BOTH)
        self.sides.chosen.connect(lambda _key: self._show())
        keep_new, keep_old = keep_buttons(self.keep_wanted.emit)
        keep_new.setProperty("kind", "primary")
        self.done = button(_("Later"), "choiceLaterButton", kind="ghost")
        self._lay_out(((self._facts, 1),), (self.sides, keep_new, keep_old, self.done))

    def show_version(self, old: Note, new: Note, version: NoteVersion, level: Level) -> None:
        """Show the note and its waiting version, at `level` or the first level that differs."""
        self.number = version.number
        self._facts.setText(version_facts(version))
        changed = (
            each for each in (level, *Level) if any(not d.is_same for d in compare(old, new, each))
        )
        self.show_difference(old, new, next(changed, level))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= SIDE_BY_SIDE_PX
        if wide is not self._wide:
            self._wide = wide
            self._show()

    def _show(self) -> None:
        self.sides.setVisible(not self._wide)
        self._bar.fit()
        super()._show()

    def _style(self, px: int) -> str:
        return f"""
        td {{ vertical-align: top; }}
        p {{ margin: 0 0 {round(px * 0.6)}px 0; line-height: 135%; }}
        p.head {{ color: {palette().muted}; font-weight: 600; }}
        p.section {{ font-size: {round(px * 1.2)}px; font-weight: 600; }}
        """

    def _html(self) -> str:
        old, new = (Change.SAME, Change.GONE), (Change.SAME, Change.NEW)
        if not self._wide:
            shown = {BOTH: tuple(Change), OLD: old, NEW: new}[self.sides.choice()]
            return "".join(section_html(found, shown) for found in self._found)
        names = (_("Old, as the note is"), pgettext("version", "New"))
        rows = [[f'<p class="head">{escape(words)}</p>' for words in names]]
        for found in self._found:
            if cell := section_html(found, old):
                rows.append([cell, section_html(found, new)])
        html = "".join(
            f'<tr><td width="50%">{left}</td><td width="50%">{right}</td></tr>'
            for left, right in rows
        )
        return f'<table width="100%" cellpadding="10" cellspacing="0">{html}</table>'
