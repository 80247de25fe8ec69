"""The old and the new version of a note side by side, for its reader to choose one."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget

from notegen_desktop.domain.notes.differences import Change, Piece, SectionDifference, compare
from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.domain.notes.versions import NoteVersion
from notegen_desktop.domain.words import _, pgettext
from notegen_desktop.ui.kit.build import button, hbox, named, vbox
from notegen_desktop.ui.kit.elided import ElidedLabel
from notegen_desktop.ui.kit.segmented import Segmented
from notegen_desktop.ui.kit.theme import follow_theme, palette
from notegen_desktop.ui.notes.note_document import no_image

from .version_bar import keep_buttons, version_facts

SIDE_BY_SIDE_PX = 820
"""From this width on there is room for two columns."""
BOTH, OLD, NEW = "both", "old", "new"


class _Text(QTextBrowser):
    """One or two columns; it reads nothing from anywhere."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        return no_image()


class VersionChoice(QFrame):
    """Shows both versions with what is gone and what is new, in two columns or, where there is no
    room for two, as one text or one of them at a time.

    Signals: `keep_wanted(bool)` the new one (True) or the old one, `done_wanted()` neither yet.
    """

    keep_wanted = Signal(bool)
    done_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("versionChoice")
        self.setProperty("beside", False)
        self.number = 0
        self._old: Note | None = None
        self._new: Note | None = None
        self._level = Level.STANDARD
        self._found: list[SectionDifference] = []
        self._text_px = 15
        self._wide = True
        self._facts = ElidedLabel("", name="choiceFacts", role="caption")
        self.sides = Segmented(
            [
                (BOTH, pgettext("versions", "Both")),
                (OLD, pgettext("version", "Old")),
                (NEW, pgettext("version", "New")),
            ],
            self,
        )
        self.sides.setObjectName("choiceSides")
        self.sides.setAccessibleName(_("Which version is shown"))
        self.sides.choose(BOTH)
        self.sides.chosen.connect(lambda _key: self._show())
        keep_new, keep_old = keep_buttons(self.keep_wanted.emit)
        keep_new.setProperty("kind", "primary")
        later = button(_("Later"), "choiceLaterButton", kind="ghost", pressed=self.done_wanted)
        bar = named(QFrame(self), "editBar")
        row = ((self._facts, 1), self.sides, keep_new, keep_old, later)
        hbox(*row, margins=(18, 4, 14, 6), spacing=8, on=bar)
        self.text = named(_Text(self), "choiceView", _("Old and new version"))
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setUndoRedoEnabled(False)
        self.text.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        vbox(bar, (self.text, 1), spacing=0, on=self)
        follow_theme(self, self._show)

    def set_text_size(self, px: int) -> None:
        self._text_px = px
        self._show()

    def show_versions(self, old: Note, new: Note, version: NoteVersion, level: Level) -> None:
        """The note as it is, and the version that waits."""
        self._old, self._new, self.number = old, new, version.number
        self._facts.setText(version_facts(version))
        changed = (each for each in (level, *Level) if self._differs(each))
        self.show_level(next(changed, level))

    def show_level(self, level: Level) -> None:
        self._level = level
        if self._old is not None and self._new is not None:
            self._found = compare(self._old, self._new, level)
            self._show()

    @property
    def level(self) -> Level:
        """The one that is shown: that of the page, or the first that is not the same in both."""
        return self._level

    def _differs(self, level: Level) -> bool:
        assert self._old is not None
        assert self._new is not None
        return any(not each.is_same for each in compare(self._old, self._new, level))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= SIDE_BY_SIDE_PX
        if wide is not self._wide:
            self._wide = wide
            self.sides.setVisible(not wide)
            self._show()

    # --- looks ---

    def _show(self) -> None:
        if self._old is None:
            return
        bar = self.text.verticalScrollBar()
        value = bar.value()
        self.text.document().setDefaultStyleSheet(self._style())
        colours = palette()
        self.text.setStyleSheet(
            f"QTextBrowser#choiceView {{ font-size: {self._text_px}px; border: none; padding: 0;"
            f" background: {colours.surface}; border-radius: 0; }}"
        )
        self.sides.setVisible(not self._wide)
        self.text.setHtml(self._two() if self._wide else self._one())
        self.text.document().setDocumentMargin(24)
        bar.setValue(value)

    def _two(self) -> str:
        heads = "".join(f'<td width="50%"><p class="head">{escape(words)}</p></td>' for words in (
            _("Old, as the note is"), pgettext("version", "New"),
        ))  # fmt: skip
        rows = [f"<tr>{heads}</tr>"]
        for found in self._found:
            if found.is_same and found.before is None:
                continue
            sides = (Change.GONE, Change.NEW)
            cells = [self._section(found, (Change.SAME, side)) for side in sides]
            rows.append("".join(("<tr>", *(f"<td>{cell}</td>" for cell in cells), "</tr>")))
        return f'<table width="100%" cellpadding="10" cellspacing="0">{"".join(rows)}</table>'

    def _one(self) -> str:
        shown = {
            BOTH: tuple(Change),
            OLD: (Change.SAME, Change.GONE),
            NEW: (Change.SAME, Change.NEW),
        }[self.sides.choice()]
        sections = (
            self._section(found, shown)
            for found in self._found
            if not (found.is_same and found.before is None)
        )
        return "".join(sections)

    def _section(self, found: SectionDifference, shown: Iterable[Change]) -> str:
        """A section of one side, or of both in one; where it is the same by its heading alone."""
        kinds = frozenset(shown)
        heading = _html(found.heading, kinds)
        if found.is_same:
            return f'<p class="section same">{heading}</p>'
        return f'<p class="section">{heading}</p><p>{_html(found.text, kinds)}</p>'

    def _style(self) -> str:
        px, colours = self._text_px, palette()
        return f"""
        body, td {{ color: {colours.text}; font-size: {px}px; }}
        td {{ vertical-align: top; }}
        p {{ margin: 0 0 {round(px * 0.6)}px 0; line-height: 135%; }}
        p.head {{ color: {colours.muted}; font-weight: 600; }}
        p.section {{ font-size: {round(px * 1.2)}px; font-weight: 600; }}
        p.same {{ color: {colours.muted}; }}
        .gone {{ color: {colours.danger}; background-color: {colours.danger_soft};
            text-decoration: line-through; }}
        .new {{ color: {colours.success}; background-color: {colours.success_soft};
            text-decoration: underline; }}
        """


def _html(pieces: Iterable[Piece], shown: frozenset[Change]) -> str:
    """Words that are gone struck out, new ones underlined: nothing is told by colour alone."""
    told = []
    for piece in pieces:
        if piece.change not in shown:
            continue
        words = escape(piece.text).replace("\n", "<br>")
        same = piece.change is Change.SAME
        told.append(words if same else f'<span class="{piece.change.value}">{words}</span>')
    return "".join(told)
