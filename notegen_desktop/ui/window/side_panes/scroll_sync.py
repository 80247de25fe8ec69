"""Synchronised scrolling of a note and its transcript.

The view scrolled by the user leads, the other follows; following never counts as scrolling by the
user. Between cited segments the note follows the transcript in proportion, so that it moves
smoothly and never back; when the transcript rests, the note shows the section that cites the
visible segments, even if out of order. The transcript follows the note from segment to segment.
Drafts are not synchronised.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from notegen_desktop.ui.kit.build import delayed
from notegen_desktop.ui.transcript.panel import TranscriptPanel

if TYPE_CHECKING:
    from notegen_desktop.ui.notes.note_page import NotePage

REST_MS = 300
"""Milliseconds after the last scroll event until the transcript counts as resting."""

INSIDE = 0.02
"""Fraction of a section scrolled past when going to it, so that it counts as current."""


class ScrollTogether(QObject):
    """Synchronises the transcript in `panel` with the page returned by `page_shown`."""

    def __init__(
        self, panel: TranscriptPanel, page_shown: Callable[[], NotePage | None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self.is_on = True
        self._panel = panel
        self._page_shown = page_shown
        self._made_from: tuple[object, object] = (None, None)
        self._pairing = Pairing((), 0)
        self._rest = delayed(self, REST_MS, self._turn_to_citing)
        panel.list.moved.connect(self._follow_transcript)
        panel.list.rows_chosen.connect(self._follow_chosen)
        panel.finder.led_to.connect(self._follow_match)

    def take_in(self, page: NotePage) -> None:
        page.view.section_changed.connect(lambda section: self._bring_out(page, section))
        page.view.moved.connect(lambda: self._follow_note(page))

    def set_on(self, is_on: bool) -> None:
        """Switch synchronisation; at first the note leads."""
        self.is_on = is_on
        self._rest.stop()
        page = self._page_shown()
        if is_on and page is not None:
            self._follow_note(page)

    # --- leading and following ---

    def _bring_out(self, page: NotePage, section: int) -> None:
        if page is self._page_shown() and self._panel.isVisible():
            self._panel.read_section(section, follow=False)

    def _follow_note(self, page: NotePage) -> None:
        if page is not self._page_shown() or self._ready() is None:
            return
        self._rest.stop()
        rows, view = self._pairing.rows_of(page.view.place), self._panel.list
        if rows and not any(view.is_seen(row) for row in rows):
            view.scroll_smoothly_to(rows[0])

    def _follow_transcript(self) -> None:
        page = self._ready()
        if page is not None:
            self._rest.start()
            page.view.scroll_to_place(self._pairing.place_of(self._panel.list.place))

    def _follow_chosen(self, rows: Sequence[int]) -> None:
        current = self._panel.list.currentIndex().row()
        page = self._ready()
        if page is not None and current in rows:
            self._turn_to(page, [current])

    def _follow_match(self, row: int) -> None:
        page = self._ready()
        if page is not None and not self._turn_to(page, [row]):
            page.view.scroll_to_place(self._pairing.place_of(row))

    def _turn_to_citing(self) -> None:
        """Show a section that cites the visible segments, nearest to the reading line first."""
        page = self._ready()
        if page is not None:
            view = self._panel.list
            eye = view.place
            self._turn_to(page, sorted(view.rows_seen(), key=lambda row: abs(row + 0.5 - eye)))

    def _turn_to(self, page: NotePage, rows: Sequence[int]) -> bool:
        """Show a section that cites one of these rows; return False if none does.

        Nothing moves if one of them is visible.
        """
        model, view = self._panel.model, page.view
        citing = [sections for row in rows if (sections := model.sections_of([row]))]
        if not citing:
            return False
        self._rest.stop()
        if not any(view.is_section_visible(section) for sections in citing for section in sections):
            view.scroll_to_place(min(citing[0], key=lambda s: abs(s - view.section)) + INSIDE)
        return True

    def _ready(self) -> NotePage | None:
        """Return the page to synchronise; None if off, hidden, or nothing is cited."""
        page, panel = self._page_shown(), self._panel
        if not self.is_on or page is None or not panel.isVisible():
            return None
        spoken, note = panel.spoken, page.note
        if spoken is None or note is None or panel.note is not note or not panel.is_cited:
            return None
        if self._made_from != (spoken, note):
            self._made_from = (spoken, note)
            rows = [spoken.rows_of(section.cites) for section in note.sections]
            self._pairing = Pairing(rows, len(spoken.segments))
        return page


# --- Mapping of positions between note and transcript. Pure ---

NEIGHBOURS = 2
"""Number of segments around the wanted one that suffice, so that small differences do not
scroll."""


class Pairing:
    """Maps positions of a note to those of a transcript, by the cited rows of each section in
    order."""

    def __init__(self, rows: Sequence[Sequence[int]], count: int) -> None:
        """`count` is the number of rows in the transcript."""
        self._rows = rows
        firsts = [(own[0], n) for n, own in enumerate(rows) if own and own[0] > 0]
        chain = _in_order(firsts)
        self._at = [0.0, *(float(row) for row, _ in chain), float(max(1, count))]
        self._places = [-1.0, *(float(n) for _, n in chain), float(len(rows))]

    def place_of(self, row: float) -> float:
        """Return the position in the note for a position in the transcript.

        It is interpolated between sections that follow the order of the video. It never decreases
        with `row`: sections out of order are skipped.
        """
        if row >= self._at[-1]:
            return self._places[-1]
        n = max(1, bisect_right(self._at, row))
        begin, end = self._at[n - 1], self._at[n]
        share = (max(row, 0.0) - begin) / (end - begin)
        return self._places[n - 1] + share * (self._places[n] - self._places[n - 1])

    def rows_of(self, place: float) -> Sequence[int]:
        """Return the segments for a position in the note, the one to scroll to first.

        Empty if the section cites none.
        """
        section = int(place) if place >= 0 else -1
        own = self._rows[section] if 0 <= section < len(self._rows) else ()
        if not own:
            return ()
        best = round((place - section) * (len(own) - 1))
        first = best - NEIGHBOURS if best > 2 * NEIGHBOURS else 0
        return own[first : best + NEIGHBOURS + 1]


def _in_order(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest subsequence of (row, section) pairs with increasing rows, ordered by
    section."""
    ends: list[int] = []  # by length: smallest last row of a run
    last: list[int] = []  # and the index of its pair
    before: list[int] = []
    for number, (row, _) in enumerate(pairs):
        n = bisect_left(ends, row)
        before.append(last[n - 1] if n else -1)
        ends[n : n + 1] = [row]
        last[n : n + 1] = [number]
    run: list[tuple[int, int]] = []
    at = last[-1] if last else -1
    while at >= 0:
        run.append(pairs[at])
        at = before[at]
    return run[::-1]
