"""Page of a tab: the note and its tools.

One line holds the level, a badge about the origin of the note, and tools; the coverage strip is
below it. The find bar opens below the text, a failure banner above it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.doubts import DoubtfulStatement, doubts
from notegen_desktop.domain.notes.note import Draft, Engine, Level, Note, Picture, StatementCount
from notegen_desktop.domain.practice.cards import cards_of
from notegen_desktop.domain.words import N_, _
from notegen_desktop.services.markup.cited import why_doubtful
from notegen_desktop.ui.kit.build import (
    delayed,
    hbox,
    icon_button,
    label,
    named,
    show_toggled,
    toggle_button,
    vbox,
)
from notegen_desktop.ui.kit.commands import command, name_command
from notegen_desktop.ui.kit.outside import BASIC, add_formats
from notegen_desktop.ui.kit.screen_reader import announce, give_menu
from notegen_desktop.ui.kit.text import engine_name
from notegen_desktop.ui.kit.theme import set_icon, style

from .coverage import CoverageStrip, fill_cost_text
from .editing.rewrite_dialog import VersionBar
from .note_find import FindBar
from .note_head import LevelSelector, NoteBanner, StatementsLine, VideoButtons
from .note_levels import SLICE_S
from .note_outline import WIDTH_PX, NoteOutline
from .note_view import AHEAD_MS, NoteView
from .pictures import PictureViewer
from .tab_bar import TabKind

if TYPE_CHECKING:
    from .coverage import GapProgress
    from .mind_map.map_pane import MindMapPane

SIDE_PX = 16
"""Pixels beside the tools and at least between them."""

OUTLINE_GAP_PX = 40
"""Pixels between the outline and the text."""

BESIDE_PX = 980
"""Minimum width in pixels for a page and its editor side by side."""

WIDEST_PX = 16_777_215
"""Qt's maximum width of a widget without one."""

MIN_FOR_WORDS = 440
"""Minimum width in pixels of a page for full labels of levels and badge."""

EXTRACT_BADGE = N_("Extract — quotes, no AI")
EXAMPLE_BADGE = N_("Example — what Gemini writes")
EXAMPLE_ID = "example"
"""Id of the example note for the sample talk; it is not stored in the library."""


class NotePage(QWidget):
    """A note with its tools.

    Signals: `cite_activated(Video, float)`, `link_activated(str, Video)`, `save_wanted(Note, str,
    Level)` with a format such as `pdf`, `copied(str)` with the message, `retry_wanted()`,
    `level_changed(Level)`, `content_changed()` when another note or state of it is shown,
    `passage_wanted(float)` to show the transcript at a time if it is open, `complete_wanted()` to
    write missing parts, `map_save_wanted(Note, str, bytes)` with suffix and content of a mind map
    file. The window also connects `view`, `video_buttons`, `strip`, `versions` and the other
    buttons.
    """

    cite_activated = Signal(object, float)
    link_activated = Signal(str, object)
    save_wanted = Signal(object, str, object)
    copied = Signal(str)
    retry_wanted = Signal()
    level_changed = Signal(object)
    content_changed = Signal()
    complete_wanted = Signal()
    passage_wanted = Signal(float)
    map_save_wanted = Signal(object, str, object)

    def __init__(self, kind: TabKind, level: Level, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = kind
        self.video: Video | None = None
        self.view = NoteView(self)
        self.view.set_level(level)
        self.video_buttons = VideoButtons(self)
        self.levels = LevelSelector()
        self.levels.set_level(level)
        self.strip = CoverageStrip(self)
        self.statements = StatementsLine(self)
        self.doubt: DoubtfulStatement | None = None  # the current doubtful statement
        self._uncounted: Iterator[StatementCount] = iter(())
        self._counted = StatementCount()
        self._count_timer = delayed(self, AHEAD_MS, self._count_on)
        self._badge = label(name="noteBadge", parent=self)
        self._badge.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._end = label(role="caption")
        self.find_bar = FindBar(self.view, self.view.finder, self)
        self.transcript_button = toggle_button(
            "captions", _("Transcript (Ctrl+T)"), name="transcriptToggle"
        )
        self.ask_button = toggle_button(
            "messages-square", _("Ask about this video (Ctrl+J)"), name="askToggle"
        )
        self.outline = NoteOutline(self)
        self._outline_wanted = True
        self.outline_button = toggle_button(
            "table-of-contents", _("Outline (Ctrl+Shift+O)"), name="outlineToggle"
        )
        self.cover_button = toggle_button("eye-off", _("Cover the answers"), name="coverToggle")
        self.practice_button = icon_button(
            "wallet-cards", _("Practise its cards"), name="practiseNoteButton"
        )
        self.map_button = toggle_button("network", _("Mind map"), name="mapToggle")
        self.again_button = icon_button("rotate-ccw", _("Write again…"), name="againButton")
        self.edit_button = toggle_button("pencil", _("Edit (Ctrl+E)"), name="editToggle")
        self.remarks_button = toggle_button(
            "highlighter", _("Remarks on this note (Ctrl+Shift+M)"), name="remarksToggle"
        )
        self.editor: QWidget | None = None  # editor beside or instead of the page
        self._editor_px = WIDEST_PX  # its maximum width beside the page
        self._edits = False
        self.find_button = icon_button("search", _("Find in this note (Ctrl+F)"))
        self.copy_button = icon_button("copy", _("Copy the note as Markdown (Ctrl+Shift+C)"))
        self.export_button = QToolButton(self)
        self._menu = give_menu(self.export_button)
        self._formats: tuple[str, ...] = ()
        self._exports: list[QAction] = []
        self._banner = NoteBanner(self)
        self.versions = VersionBar(self)
        self._build()
        self.set_formats(BASIC)
        self._connect()

    def _build(self) -> None:
        export = self.export_button
        export.setObjectName("exportButton")
        export.setText(f" {_('Export')}")
        export.setAccessibleName(_("Export this note"))
        export.setToolTip(_("Copy or save this note (Ctrl+Shift+E)"))
        export.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        set_icon(export, "download", color="text")
        self.outline_button.setChecked(True)
        self.cover_button.hide()
        self.remarks_button.hide()
        self.edit_button.hide()
        self.again_button.hide()
        self.practice_button.hide()
        self.map_button.hide()
        self._map: MindMapPane | None = None
        self._tools = named(QFrame(self), "noteTools")
        self._tools.setMinimumWidth(1)  # its buttons wrap in a narrow page
        self._buttons = QWidget(self)
        asides = (
            *(self.practice_button, self.map_button, self.cover_button, self.outline_button),
            *(self.transcript_button, self.ask_button, self.remarks_button),
            *(self.edit_button, self.again_button),
        )
        first, last = QWidget(self._buttons), QWidget(self._buttons)
        hbox(None, self.video_buttons, *asides, spacing=4, on=first)
        hbox(None, self.find_button, self.copy_button, export, spacing=4, on=last)
        self._button_rows = hbox(first, last, spacing=4, on=self._buttons)
        self._beside, self._right = hbox(), hbox(self._buttons)
        self._below_left = hbox(self._badge)
        self._below = hbox(self._below_left, None)
        row = hbox(self.levels, self._beside, None, self._right)
        vbox(row, self._below, margins=(SIDE_PX, 6, SIDE_PX, 4), spacing=6, on=self._tools)
        self._line = named(QFrame(self), "coverageLine")
        self._line.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # the direction of time
        begin = label("0:00", role="caption")
        hbox(begin, (self.strip, 1), self._end, margins=(18, 0, 18, 4), spacing=6, on=self._line)
        self._head = QWidget()
        parts = (self._tools, self._line, self.statements, self.versions, self._banner)
        vbox(*parts, spacing=0, on=self._head)
        self._beside_text = hbox(self.outline, (self.view, 1), spacing=0)
        vbox(self._head, (self._beside_text, 1), self.find_bar, spacing=0, on=self)
        # Before the text, whose links are tab stops too.
        QWidget.setTabOrder(export, self.view)
        self.outline.hide()
        self.outline_button.hide()
        self._line.hide()

    def _connect(self) -> None:
        self.levels.chosen.connect(lambda key: self.set_level(Level(key)))
        self.view.links.cite_activated.connect(self.cite_activated)
        self.view.links.link_activated.connect(self._follow)
        self.view.section_changed.connect(self._point_at)
        self.view.written.connect(self._count_timer.start)
        self.view.links.doubt_chosen.connect(self._choose_doubt)
        self.strip.activated.connect(self._open_at)
        self.statements.before.clicked.connect(lambda: self.step_to_doubt(-1))
        self.statements.after.clicked.connect(lambda: self.step_to_doubt(1))
        self.view.links.picture_activated.connect(self._enlarge)
        self.cover_button.toggled.connect(self.view.set_covered)
        cover = self.cover_button.toggle
        command(self.cover_button, _("Cover the answers of cards"), cover, group="Note")
        practise = self.practice_button.click
        command(
            self.practice_button, _("Practise the cards of this note"), practise, group="Practice"
        )
        self.map_button.toggled.connect(self._show_map)
        command(self, _("Show the note as a mind map, or as text"), self._toggle_map, group="Note")
        self.outline.section_wanted.connect(self._go_to_section)
        self.view.section_changed.connect(self.outline.show_section)
        self.find_button.clicked.connect(self.find_words)
        self.copy_button.clicked.connect(self.copy_markdown)
        self._banner.retry.clicked.connect(self._retry)

    # --- setters ---

    @property
    def note(self) -> Note | None:
        return self.view.note

    @property
    def note_id(self) -> str:
        """Id of the stored note; "" without one."""
        return self.note.id if self.note is not None else ""

    @property
    def level(self) -> Level:
        return self.view.level

    @property
    def badge(self) -> str:
        """Text of the badge; "" without one."""
        return self._badge.toolTip()

    def show_note(self, note: Note) -> None:
        """Show a finished note."""
        self.show_video(note.video)
        self._show_origin(note)
        self.view.show_note(note, kind=self.kind.name)
        self._show_missing(note)
        self.cover_button.setVisible(self.kind.cards)
        self.edit_button.setVisible(is_stored(note))
        self.remarks_button.setVisible(bool(note.remarks))
        self.again_button.setVisible(is_stored(note))
        stored = self.kind.asks and is_stored(note)
        self.practice_button.setVisible(stored and bool(cards_of(note)))
        self.map_button.setVisible(self.kind.branches)
        self._draw_map()
        self.outline.show_note(note)
        self._fit_outline()
        # A guide cites several videos, which share no time line.
        places = () if note.videos else (c for section in note.sections for c in section.cites)
        length_s = None if note.videos else note.video.duration_s
        self.strip.set_coverage(length_s, note.coverage, places)
        self._line.setVisible(bool(self.strip.intervals))
        self._end.setText(clock(note.video.duration_s or 0))
        self._line.setToolTip(self.strip.accessibleDescription())
        self.strip.can_fill = is_stored(note)
        self._count_again(note)
        self._point_at(self.view.section)
        self._enable(finished=True)
        self.content_changed.emit()

    def show_draft(self, draft: Draft, *, video: Video, waits: str = "") -> None:
        """Show a note being written; `waits` is the reason of a pause."""
        turned = self.video != video or self.note is not None
        self.show_video(video)
        self._set_badge(waits or _("Being written…"), tone="accent")
        self._banner.hide()
        self._line.hide()
        self.statements.hide()
        self.view.show_draft(draft, video=video, kind=self.kind.name)
        self.outline.show_note(None)
        self.edit_button.hide()
        self.again_button.hide()
        self.versions.hide()
        self._fit_outline()
        self._enable(finished=False)
        if turned:
            self.content_changed.emit()

    def show_video(self, video: Video) -> None:
        """Update the facts about the video."""
        self.video = video
        self.video_buttons.show_video(video)
        self._lay_out_tools()

    def show_writing(self, writing: GapProgress | None) -> None:
        """Show the progress of writing a gap; None for none."""
        self.strip.set_filling(writing)
        self._allow_changes()
        if writing is not None:
            self._set_badge(writing.words, tone="accent")
        elif self.note is not None:
            self._show_origin(self.note)

    def show_failure(self, failure: Failure) -> None:
        """Show above the note why writing failed."""
        self._set_badge(_("Not finished"), tone="danger")
        self._banner.show_failure(failure)

    def _show_missing(self, note: Note) -> None:
        """Show a warning if the note lacks parts, with a button to request them."""
        if not note.lacks:
            self._banner.hide()
            return
        hint, retry = "", ""
        if note.engine != Engine.OFFLINE.value and is_stored(note):
            hint = _("{engine} can write just that; the rest stays as it is.").format(
                engine=engine_name(note.engine)
            )
            retry = _("Ask for it")
        self._banner.show_words(note.lacks, hint, retry=retry, tone="warning")

    def _retry(self) -> None:
        (self.retry_wanted if self.note is None else self.complete_wanted).emit()

    def show_cancelled(self) -> None:
        self._set_badge(_("Cancelled"), tone="muted")
        self._banner.show_words(
            _("The writing of this note was cancelled."), "", retry=_("Write again")
        )

    def set_level(self, level: Level) -> None:
        self.levels.set_level(level)
        if level is not self.view.level:
            self.view.set_level(level)
            self._draw_map()
            self._look_at(None)
            self.level_changed.emit(level)

    def find_words(self) -> None:
        """Open the find bar of the focused text: the page or its editor."""
        bar, within = None, self.focusWidget()
        reads = within is not None and (within is self.view or self.find_bar.isAncestorOf(within))
        if self._edits and self.editor is not None and not reads:
            bar = self.editor.findChild(FindBar)
        (bar or self.find_bar).open_bar()

    def mark_words(self, words: str) -> None:
        """Highlight `words` in the text, at the first level that contains them."""
        self.map_button.setChecked(False)
        note = self.note
        if note is not None:
            levels = (self.level, Level.COMPREHENSIVE, Level.STANDARD, Level.CONCISE)
            has = (each for each in levels if _says(note, each, words))
            self.set_level(next(has, self.level))
        self.find_bar.open_with(words)

    def _toggle_map(self) -> None:
        if self.note is not None:
            self.map_button.toggle()

    def _show_map(self, shown: bool) -> None:
        """Show the note as a mind map instead of its text, or the text again."""
        if shown and self._map is None:
            from .mind_map.map_pane import MindMapPane  # late import: seldom used

            self._map = MindMapPane(self)
            self._map.cite_activated.connect(self.cite_activated)
            self._map.save_wanted.connect(self.map_save_wanted)
            self._map.back.clicked.connect(lambda: self.map_button.setChecked(False))
            self._beside_text.addWidget(self._map, 1)
        if self._map is not None:
            self._map.setVisible(shown)
        self._draw_map()
        self._fit_editor()
        seen = self._map.view if shown and self._map is not None else self.view
        seen.setFocus(Qt.FocusReason.OtherFocusReason)

    def _draw_map(self) -> None:
        if self._map is not None and self.map_button.isChecked() and self.note is not None:
            self._map.show_note(self.note, self.level)

    def set_editor(self, editor: QWidget | None) -> None:
        """Show an editor beside the page, or instead of it if the page is too narrow; None removes
        it.

        A narrow editor goes to the right of the text.
        """
        before, self.editor = self.editor, editor
        if editor is not None and editor is not before:
            self._editor_px = editor.maximumWidth()
        narrow = editor is not None and self._editor_px < BESIDE_PX
        self._edits = editor is not None and not narrow  # a narrow editor is only a list
        show_toggled(self.edit_button, self._edits)
        if self._edits and self.find_bar.isVisible():
            self.find_bar.close_bar()  # the editor has its own find bar
        show_toggled(self.remarks_button, narrow)
        if before is not None and before is not editor:
            self._beside_text.removeWidget(before)
            before.hide()
            before.deleteLater()
        if editor is not None and editor is not before:
            self.map_button.setChecked(False)
            place = self._beside_text.count() if narrow else 1
            self._beside_text.insertWidget(place, editor, 0 if narrow else 1)
            editor.show()
        self._fit_editor()
        self._allow_changes()

    def show_level_named(self, name: str) -> None:
        """Show the level of this name, if there is one."""
        if name in set(Level):
            self.set_level(Level(name))

    def _fit_editor(self) -> None:
        beside = self.editor is None or (
            bool(self.editor.property("beside"))
            and self.width() >= min(BESIDE_PX, 2 * self._editor_px)
        )
        if self.editor is not None:  # a narrow one takes the whole place of the page
            self.editor.setMaximumWidth(self._editor_px if beside else WIDEST_PX)
        self.view.setVisible(beside and not self.map_button.isChecked())
        self._fit_outline()

    def set_bare(self, bare: bool) -> None:
        """Show only the text, without tools."""
        self._head.setVisible(not bare)
        self._fit_outline()

    def set_outline(self, wanted: bool) -> None:
        """Show or hide the outline, if the page is wide enough."""
        self._outline_wanted = wanted
        show_toggled(self.outline_button, wanted)
        self._fit_outline()

    def _fit_outline(self) -> None:
        fits = self.outline.fits(self.width())
        self.outline_button.setVisible(fits)
        wanted = self._outline_wanted and not self.map_button.isChecked()
        wanted = wanted and self.editor is None
        shown = fits and wanted and not self._head.isHidden()
        self.outline.setVisible(shown)
        # Centre outline and text as one group in the page.
        group = WIDTH_PX + OUTLINE_GAP_PX + self.view.column_px
        self.outline.set_lead(max(0, int((self.width() - group) / 2)))
        self.view.set_lead(OUTLINE_GAP_PX if shown else None)

    def _go_to_section(self, section: int) -> None:
        self.view.scroll_to_section(section)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_formats(self, formats: Sequence[str]) -> None:
        """Set the formats of the export menu, such as `md`, `html`, `pdf`."""
        if tuple(formats) == self._formats:
            return
        self._formats = tuple(formats)
        self._menu.clear()
        copy = QAction(_("Copy as Markdown"), self._menu)
        copy.setShortcut(QKeySequence("Ctrl+Shift+C"))
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self.copy_markdown)
        self._menu.addAction(copy)
        self._menu.addAction(_("Copy with formatting"), self.copy_formatted)
        self._menu.addSeparator()
        self._exports = add_formats(self._menu, formats, self._save, words=_("Save as {}"))
        for action in self._exports:
            name_command(action, "Note")

    # --- statements ---

    def _count_again(self, note: Note) -> None:
        """Restart counting statements, which takes milliseconds per section and so runs in
        slices."""
        self._uncounted = (count for section in note.sections for count in section.counting())
        self._counted = StatementCount()
        self._look_at(None)
        cited = any(cite.n for section in note.sections for cite in section.cites)
        self.statements.show_count(None if cited else StatementCount())
        if self.editor is not None:  # a hidden text is not written, so `written` does not come
            self._count_timer.start()

    def _count_on(self) -> None:
        end = time.thread_time() + SLICE_S
        for count in self._uncounted:
            self._counted += count
            if time.thread_time() >= end:
                self._count_timer.start()
                return
        self.statements.show_count(self._counted)

    def step_to_doubt(self, way: int) -> None:
        """Go to the next (1) or previous (-1) doubtful statement, wrapping around.

        If the current level has none, switch to the first level that has.
        """
        note = self.note
        if note is None:
            return
        found = doubts(note, self.level)
        if not found:
            others = (level for level in Level if doubts(note, level))
            if (level := next(others, None)) is None:
                return
            self.set_level(level)
            found = doubts(note, level)
        if self.doubt in found:
            place = found.index(self.doubt) + way
        elif way > 0:
            place = sum(doubt.section < self.view.section for doubt in found)
        else:
            place = sum(doubt.section <= self.view.section for doubt in found) - 1
        self._look_at(found[place % len(found)])
        self.view.go_to_doubt(found[place % len(found)])
        self.passage_wanted.emit(found[place % len(found)].cite.start_s)
        announce(self, self.statements.words.text())
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _choose_doubt(self, href: str) -> None:
        """Make the doubtful statement of a link the current one, without scrolling."""
        for doubt in doubts(self.note, self.level) if self.note is not None else ():
            if self.view.href_of(doubt) == href:
                self._look_at(doubt)
                return

    def _look_at(self, doubt: DoubtfulStatement | None) -> None:
        self.doubt, words = doubt, ""
        if doubt is not None and self.note is not None:
            among = doubts(self.note, self.level)
            number = among.index(doubt) + 1
            words = _("Doubt {number} of {among}: {cite}").format(
                number=number, among=len(among), cite=why_doubtful(doubt.cite, self.note.video)
            )
        self._allow_changes()
        self.statements.show_doubt(words)

    def _allow_changes(self) -> None:
        note, doubt = self.note, self.doubt
        if note is None:
            return
        stored, tip = is_stored(note), ""
        by_model = stored and note.engine != Engine.OFFLINE.value
        if doubt is not None and by_model:
            tip = fill_cost_text(note, doubt.cite.end_s - doubt.cite.start_s)
        busy = self.strip.filling is not None
        allowed = stored and not busy and not self._edits
        self.view.links.can_change = allowed
        self.statements.set_changes(allowed=allowed, busy=busy, by_model=by_model, rewrite_tip=tip)

    # --- requests ---

    def copy_markdown(self) -> None:
        """Copy the selection, or the whole note, as Markdown."""
        selected = self.view.textCursor().hasSelection()
        self.view.copy_markdown()
        self.copied.emit(
            _("Copied the selection.") if selected else _("Copied the note as Markdown.")
        )

    def copy_formatted(self) -> None:
        """Copy the selection, or the whole note, as formatted text."""
        selected = self.view.textCursor().hasSelection()
        self.view.copy_formatted()
        self.copied.emit(_("Copied the selection.") if selected else _("Copied the note."))

    def _save(self, format: str) -> None:
        if self.note is not None:
            self.save_wanted.emit(self.note, format, self.level)

    def _follow(self, url: str) -> None:
        self.link_activated.emit(url, self.video)

    def _enlarge(self, picture: Picture) -> None:
        viewer = PictureViewer(picture, self.window())
        viewer.time_activated.connect(self._open_at)
        viewer.open()

    def _open_at(self, seconds: float) -> None:
        if self.video is not None:
            self.cite_activated.emit(self.video, seconds)

    def _point_at(self, section: int) -> None:
        note = self.note
        inside = note is not None and 0 <= section < len(note.sections)
        self.strip.set_current(note.sections[section].cites if note and inside else ())

    # --- layout ---

    def _enable(self, *, finished: bool) -> None:
        for action in self._exports:
            action.setEnabled(finished)
        self._lay_out_tools()  # the visible buttons may have changed

    def _show_origin(self, note: Note) -> None:
        example = _(EXAMPLE_BADGE) if note.id == EXAMPLE_ID else ""
        badge = _(EXTRACT_BADGE) if note.engine == "offline" else example
        self._set_badge(badge, tone="warning")

    def _set_badge(self, text: str, *, tone: str) -> None:
        self._badge.setToolTip(text)
        style(self._badge, badge=tone)
        self._badge.setVisible(bool(text))
        self._lay_out_tools()

    def _set_tight(self, tight: bool) -> None:
        self.levels.set_tight(tight)
        words = self.badge
        self._badge.setText(words.partition(" — ")[0] if tight else words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_editor()
        self._lay_out_tools()

    def _lay_out_tools(self) -> None:
        """Arrange the tools in one line if possible.

        If space is short, first drop the export button's text, then move the badge, then the
        buttons to a second line; in a very narrow page they take two lines.
        """
        self._set_tight(self.width() < MIN_FOR_WORDS)
        self._button_rows.setDirection(QBoxLayout.Direction.LeftToRight)
        need = 0
        for look in (
            Qt.ToolButtonStyle.ToolButtonTextBesideIcon,
            Qt.ToolButtonStyle.ToolButtonIconOnly,
        ):
            self.export_button.setToolButtonStyle(look)
            need = self.levels.sizeHint().width() + self._buttons.sizeHint().width() + 3 * SIDE_PX
            if need <= self.width():
                break
        beside = need + self._badge.sizeHint().width() <= self.width()
        move(self._badge, self._beside if beside else self._below_left)
        move(self._buttons, self._right if need <= self.width() else self._below)
        if self._buttons.sizeHint().width() + 2 * SIDE_PX > self.width():
            self._button_rows.setDirection(QBoxLayout.Direction.TopToBottom)

    def sizeHint(self) -> QSize:
        return QSize(760, 680)


def _says(note: Note, level: Level, words: str) -> bool:
    texts = (text for s in note.sections for text in (s.heading, s.shown_at(level)))
    return any(words.casefold() in text.casefold() for text in texts)


def is_stored(note: Note) -> bool:
    """Return True if the note is in the library, where it can be changed."""
    return note.id not in ("", EXAMPLE_ID)


def move(widget: QWidget, layout: QHBoxLayout) -> None:
    """Move a widget to this layout."""
    if layout.indexOf(widget) < 0:
        layout.addWidget(widget)
