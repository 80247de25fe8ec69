"""Transcript panel beside the note: read along, search, copy.

Segments cited by the section being read are highlighted and scrolled to. Selecting segments shows
the sections that cite them; a click on a time opens the video there.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QFrame,
    QMenu,
    QWidget,
)

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.notes.remark import Remark
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import N_, _, ngettext
from notegen_desktop.ui.kit.build import hbox, icon_button, label, named, show_toggled, vbox
from notegen_desktop.ui.kit.commands import command
from notegen_desktop.ui.kit.media.transcript_index import TranscriptIndex
from notegen_desktop.ui.kit.outside import format_name
from notegen_desktop.ui.kit.pages import Pages
from notegen_desktop.ui.kit.text import one_line, shortened
from notegen_desktop.ui.kit.theme import follow_reading, set_icon, side_text_px
from notegen_desktop.ui.kit.widgets import EmptyState

from .cited_in import SHOWN_SECTIONS, CitedIn
from .delegate import TranscriptDelegate
from .model import TranscriptModel
from .search import TranscriptSearch
from .segment_list import SegmentList
from .tracks import OriginLabel

TOGETHER = N_("Scroll together with the note")

MIN_PX, WANTED_PX = 240, 360
"""Minimum and preferred width in pixels."""

HEADING_CHARS = 60
"""Maximum characters of a heading in the context menu."""


class TranscriptPanel(QFrame):
    """Shows the transcript of one video.

    Signals: `cite_activated(Video, float)` to open the video at a time in seconds;
    `section_wanted(int)` to show a section of the note, counted from 0; `copied(str)` with the
    message after copying; `save_wanted(str)` to save the transcript in this format;
    `remark_wanted(float, str, bool)` with start time and text of a passage to highlight, and True
    to add a comment. The window connects `finder` (search), `together` (scroll with the note),
    `nothing` (read the transcript again) and `close_button`.
    """

    cite_activated = Signal(object, float)
    section_wanted = Signal(int)
    copied = Signal(str)
    save_wanted = Signal(str)
    remark_wanted = Signal(float, str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "transcriptPanel", _("Transcript"))
        self.video: Video | None = None
        self.note: Note | None = None
        self.is_cited = False  # True if the note cites any segment
        self.model = TranscriptModel(self)
        self._delegate = TranscriptDelegate(self)
        self.list = SegmentList(self.model, self._delegate, self)
        self.finder = TranscriptSearch(self.model, self.list, self)
        self.search = self.finder.field
        self.origin = OriginLabel(self)
        self.together = icon_button("link", _(TOGETHER), name="scrollTogether")
        self._foot = CitedIn(self)
        self._states = Pages(self)
        self.nothing = EmptyState(self)
        self._build()
        self._connect()
        follow_reading(self, self._measure)
        self.show_waiting()

    def _build(self) -> None:
        named(self.list, "transcriptList", _("Passages of the transcript"))
        self.together.setCheckable(True)
        self._states.addWidget(self.list)
        self._states.addWidget(self.nothing)
        self.close_button = icon_button("x", _("Hide the transcript (Ctrl+T)"))
        title = label(_("Transcript"), role="strong")
        head = hbox(
            title, (self.origin, 1), self.together, self.close_button, margins=(16, 10, 10, 0)
        )
        vbox(head, self.finder, (self._states, 1), self._foot, spacing=0, on=self)
        self.setMinimumWidth(MIN_PX)

    def _connect(self) -> None:
        self.list.time_activated.connect(self.open_row)
        self.list.copy_wanted.connect(self.copy)
        self.list.rows_chosen.connect(self._show_citing)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.together.toggled.connect(self._colour_together)
        self._foot.section_wanted.connect(self.section_wanted)
        self._foot.copy.clicked.connect(self.copy)
        find = QKeySequence.StandardKey.Find
        name = _("Find in the transcript")
        command(self, name, self.finder.open, find, group="Transcript", within=True)

    # --- setters ---

    @property
    def spoken(self) -> TranscriptIndex | None:
        return self.model.spoken

    def show_transcript(self, spoken: TranscriptIndex, video: Video, note: Note | None) -> None:
        """Show a transcript and the segments that the note cites; None: the note is not finished.

        The same transcript keeps its scroll position, search and selection.
        """
        fresh = spoken is not self.model.spoken
        self.video = video
        if fresh:
            self._delegate.mirrored = spoken.right_to_left
            self._delegate.set_language(spoken.transcript.language)
            longest = clock(spoken.transcript.duration_s)
            self._delegate.set_time_chars(len(longest) + (0 if spoken.transcript.timed else 1))
            self.model.set_spoken(spoken)
            self._foot.hide()
        self.origin.show_origin(spoken, video)
        self._show_state(self.list)
        if fresh or note != self.note:
            self.note = note
            cited = spoken.cited_by(note)
            self.is_cited = bool(cited)
            self.model.set_cited(cited)
            self._show_citing(self.list.chosen_rows())
        self.show_remarks(note.remarks if note is not None else ())
        if fresh:
            self.finder.search_again()

        self._tell_together()

    def show_together(self, *, is_on: bool) -> None:
        """Show whether note and transcript scroll together."""
        show_toggled(self.together, is_on)

    def _tell_together(self) -> None:
        if self.is_cited:
            words = _(TOGETHER)
        elif self.note is None:
            words = _("{together}: as soon as the note is finished").format(together=_(TOGETHER))
        else:
            words = _(
                "{together}: this note cites no passage that could keep the two in step"
            ).format(together=_(TOGETHER))
        self.together.setToolTip(words)
        self.together.setEnabled(self.is_cited)
        self._colour_together()

    def _colour_together(self) -> None:
        lit = self.together.isChecked() and self.together.isEnabled()
        set_icon(self.together, "link", color="accent_ink" if lit else "muted")

    def show_waiting(self) -> None:
        """Show that the transcript is being read."""
        self.nothing.show_words("captions", _("Reading the transcript…"), "")
        self._show_nothing(None)

    def show_none(self, video: Video | None, *, reason: str) -> None:
        """Show that the video has no transcript; `reason` is a sentence."""
        self.nothing.show_words("captions", _("No transcript"), reason)
        self._show_nothing(video)

    def show_failure(self, failure: Failure) -> None:
        self.nothing.show_words(
            "circle-alert",
            _("The transcript could not be read"),
            one_line(f"{failure.message} {failure.hint}"),
            action=_("Try again"),
        )
        self._show_nothing(None)

    def _show_nothing(self, video: Video | None) -> None:
        self._show_state(self.nothing)
        self.video, self.note, self.is_cited = video, None, False
        self.model.set_spoken(None)
        self.origin.clear()
        self._foot.hide()

    def _show_state(self, state: QWidget) -> None:
        self._states.setCurrentWidget(state)
        self.finder.setVisible(state is self.list)
        self.together.setVisible(state is self.list)

    def _measure(self) -> None:
        self._delegate.set_text_size(side_text_px())
        self.list.remeasure()

    # --- synchronised with the note ---

    def read_section(self, section: int, *, follow: bool = True) -> None:
        """Highlight the segments cited by a section, counted from 0; -1 is the note's header.

        `follow` scrolls to them unless some are visible.
        """
        spoken, note = self.model.spoken, self.note
        if spoken is None or note is None:
            return
        inside = 0 <= section < len(note.sections)
        rows = spoken.rows_of(note.sections[section].cites) if inside else []
        self.model.set_read(rows)
        if follow and rows and not any(self.list.is_seen(row) for row in rows):
            self.list.scroll_smoothly_to(rows[0])

    def go_to(self, seconds: float) -> None:
        """Scroll to the segment at a time in seconds."""
        if self.spoken is not None and (row := self.spoken.row_at(seconds)) >= 0:
            self.list.scroll_smoothly_to(row)

    def choose(self, seconds: float) -> None:
        """Select and scroll to the segment at a time in seconds, or the first after it."""
        if self.spoken is not None and self.model.rowCount():
            row = max(0, self.spoken.row_at(seconds))
            self.list.setCurrentIndex(self.model.index(row, 0))
            self.list.scroll_smoothly_to(row)

    def mark_words(self, text: str) -> None:
        """Search for a text and go to its first match below the top of the view."""
        self.search.setText(text)

    def _show_citing(self, rows: Sequence[int]) -> None:
        finished = self.note is not None
        self._foot.show_sections(self._citing(rows), passages=len(rows), finished=finished)

    def _citing(self, rows: Sequence[int]) -> list[tuple[int, str]]:
        """Return number and heading of the sections that cite any of these rows."""
        sections = self.note.sections if self.note is not None else ()
        numbers = [n for n in self.model.sections_of(rows) if n < len(sections)]
        from notegen_desktop.services.markup.html import line_words

        return [(number, one_line(line_words(sections[number].heading))) for number in numbers]

    # --- requests ---

    def open_row(self, row: int) -> None:
        spoken = self.spoken
        if spoken is not None and self.video is not None:
            self.cite_activated.emit(self.video, spoken.segments[row].start_s)

    def copy(self) -> None:
        """Copy the selected segments, each passage with the link to its time."""
        spoken, rows = self.spoken, self.list.chosen_rows()
        if spoken is None or self.video is None or not rows:
            return
        QGuiApplication.clipboard().setText(spoken.passages(rows, self.video))
        linked = spoken.transcript.timed and bool(self.video.link_at(0))
        words = (
            ngettext(
                "Copied the passage with the link.",
                "Copied {n} passages with the link.",
                len(rows),
            )
            if linked
            else ngettext("Copied the passage.", "Copied {n} passages.", len(rows))
        )
        self.copied.emit(words.format(n=number(len(rows))))

    def copy_link(self, row: int) -> None:
        if self.spoken is not None and self.video is not None:
            address = self.video.link_at(self.spoken.segments[row].start_s)
            QGuiApplication.clipboard().setText(address)
            self.copied.emit(_("Copied the link to this time."))

    def _show_menu(self, at: QPoint) -> None:
        index = self.list.indexAt(at)
        if not index.isValid():
            index = self.list.currentIndex()
        if index.isValid():
            menu = self.menu_at(index.row())
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.list.viewport().mapToGlobal(at))

    def menu_at(self, row: int) -> QMenu:
        """Return the context menu of a segment; empty without a transcript."""
        menu = QMenu(self)
        spoken, video = self.spoken, self.video
        if spoken is None or video is None:
            return menu
        start_s = spoken.segments[row].start_s
        menu.addAction(
            _("Open video at {start_s}").format(start_s=clock(start_s)), lambda: self.open_row(row)
        )
        link = menu.addAction(_("Copy link to this time"), lambda: self.copy_link(row))
        link.setEnabled(bool(video.link_at(start_s)))
        if self.note is not None:
            mark = menu.addAction(_("Mark this passage"), lambda: self._mark(row, say=False))
            say = menu.addAction(_("Remark on this passage…"), lambda: self._mark(row, say=True))
            for each in (mark, say):
                each.setEnabled(bool(self.note.id))
        menu.addSeparator()
        several = len(self.list.chosen_rows()) > 1
        copy = menu.addAction(_("Copy passages") if several else _("Copy passage"), self.copy)
        copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        save = menu.addMenu(_("Save transcript as"))
        for format in ("srt", "vtt", "txt", "md"):
            entry = save.addAction(f"{format_name(format)}…")
            entry.triggered.connect(lambda _=False, format=format: self.save_wanted.emit(format))
        menu.addSeparator()
        for section, heading in self._citing([row])[:SHOWN_SECTIONS]:
            words = shortened(heading, HEADING_CHARS).replace("&", "&&")
            menu.addAction(_("Go to “{words}”").format(words=words)).triggered.connect(
                lambda _=False, section=section: self.section_wanted.emit(section)
            )
        return menu

    def _mark(self, row: int, *, say: bool) -> None:
        """Request a highlight of the selected segments if `row` is among them, else of `row`
        alone."""
        spoken, chosen = self.spoken, self.list.chosen_rows()
        if spoken is not None:
            rows = chosen if row in chosen else [row]
            words = " ".join(spoken.segments[each].text for each in rows)
            self.remark_wanted.emit(spoken.segments[rows[0]].start_s, words, say)

    def show_remarks(self, remarks: Sequence[Remark]) -> None:
        """Show the user's highlights of the note in the transcript."""
        spoken = self.spoken
        places = {
            spoken.row_at(each.start_s): each.color
            for each in remarks
            if spoken is not None and each.start_s is not None
        }
        self.model.set_remarks(places)

    def sizeHint(self) -> QSize:
        return QSize(WANTED_PX, 600)
