"""Controller for highlights and comments of the user in notes and transcripts."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from shiboken6 import isValid

from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.notes.remark import Remark
from notegen_desktop.domain.notes.remarks import section_of, with_remark, without_remark
from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import when_toggled
from notegen_desktop.ui.kit.commands import command
from notegen_desktop.ui.kit.tasks import Controller, WindowContext

from .editing import NoteEditing

if TYPE_CHECKING:
    from notegen_desktop.ui.notes.editing.remarks import HighlightPainter, RemarksPane
    from notegen_desktop.ui.notes.note_page import NotePage
    from notegen_desktop.ui.notes.result_tabs import ResultTabs


class NoteRemarks(Controller):
    """`now` returns seconds since the epoch; `go_to` shows the transcript at a time in seconds."""

    def __init__(
        self,
        context: WindowContext,
        results: ResultTabs,
        editing: NoteEditing,
        *,
        now: Callable[[], float],
        go_to: Callable[[float], object],
    ) -> None:
        super().__init__(context)
        self._results = results
        self._editing = editing
        self._now = now
        self._go_to = go_to
        self._color = "yellow"
        self._marks: dict[NotePage, HighlightPainter] = {}
        results.page_added.connect(self._take_in)
        for name, act, keys in (
            (_("Mark the selected words"), partial(self.mark, say=False), "Ctrl+H"),
            (_("Remark on the selected words"), partial(self.mark, say=True), "Ctrl+Alt+M"),
            (_("Remarks on this note"), self.toggle, "Ctrl+Shift+M"),
        ):
            command(results, name, act, keys, group="Note")

    def _take_in(self, page: NotePage) -> None:
        page.content_changed.connect(partial(self._show, page))
        page.view.mark_wanted.connect(lambda say: self.mark(say=say))
        when_toggled(page.remarks_button, lambda _: self.toggle())
        page.level_changed.connect(lambda level: self._show(page))
        page.destroyed.connect(lambda: self._marks.pop(page, None))

    def _show(self, page: NotePage) -> None:
        note = page.note
        if note is None or not (note.remarks or page in self._marks):
            return
        self._marks_of(page).refresh()
        if (pane := self._pane_of(page)) is not None:
            pane.show_note(note)

    def _marks_of(self, page: NotePage) -> HighlightPainter:
        from notegen_desktop.ui.notes.editing.remarks import (
            HighlightPainter,  # late import: seldom used
        )

        return self._marks.setdefault(page, HighlightPainter(page.view))

    def _pane_of(self, page: NotePage) -> RemarksPane | None:
        from notegen_desktop.ui.notes.editing.remarks import RemarksPane

        return page.editor if isinstance(page.editor, RemarksPane) else None

    def toggle(self) -> None:
        """Show or hide the pane of remarks beside the current note."""
        page = self._results.editable_page
        if page is None:
            return
        if self._pane_of(page) is not None:
            page.set_editor(None)
        else:
            self._open(page).list.setFocus()

    def _open(self, page: NotePage) -> RemarksPane:
        from notegen_desktop.ui.notes.editing.remarks import RemarksPane

        if (pane := self._pane_of(page)) is not None:
            return pane
        self._editing.end(page)
        pane = RemarksPane(page)
        pane.close_button.clicked.connect(lambda: page.set_editor(None))
        pane.place_wanted.connect(partial(self._go, page))
        pane.changed.connect(lambda remark: self._keep(page, remark))
        pane.unwanted.connect(partial(self._take_away, page))
        page.set_editor(pane)
        if page.note is not None:
            pane.show_note(page.note)
        return pane

    def mark(self, *, say: bool) -> None:
        """Highlight the selected text of the note; `say` opens the comment field."""
        page = self._results.editable_page
        if page is None:
            return
        made_at = f"{datetime.fromtimestamp(self._now(), UTC):%Y-%m-%dT%H:%M:%SZ}"
        remark = self._marks_of(page).selected(color=self._color, made_at=made_at)
        if remark is None:
            words = _("Select words within one section of the note, then mark them.")
            self._messages.say(words)
            return
        cursor = page.view.textCursor()
        cursor.clearSelection()
        page.view.setTextCursor(cursor)
        self._add(page, remark, say=say)

    def mark_spoken(self, start_s: float, words: str, say: bool) -> None:
        """Highlight a passage of the transcript, stored with the current note."""
        page = self._results.editable_page
        if page is None:
            return
        made_at = f"{datetime.fromtimestamp(self._now(), UTC):%Y-%m-%dT%H:%M:%SZ}"
        quote = " ".join(words.split())
        remark = Remark(
            uuid.uuid4().hex[:8], quote, color=self._color, start_s=start_s, made_at=made_at
        )
        self._add(page, remark, say=say)

    def _add(self, page: NotePage, remark: Remark, *, say: bool) -> None:
        def added(note: Note) -> None:
            self._results.revise(note)
            if say and isValid(page):  # its tab may be closed
                pane = self._open(page)
                pane.show_note(note)
                pane.choose(remark.id, say=True)
            elif not say:
                self._tell(_("Marked."), note.id, partial(without_remark, remark_id=remark.id))

        self._keep(page, remark, done=added)

    def _keep(
        self, page: NotePage, remark: Remark, *, done: Callable[[Note], object] | None = None
    ) -> None:
        self._color = remark.color
        if page.note is not None:
            self._change(page.note.id, lambda known: with_remark(known, remark), done=done)

    def _take_away(self, page: NotePage, remark: Remark) -> None:
        def gone(note: Note) -> None:
            self._results.revise(note)
            back = partial(with_remark, remark=remark)
            self._tell(_("Removed the remark."), note.id, back)

        if page.note is not None:
            self._change(page.note.id, lambda it: without_remark(it, remark.id), done=gone)

    def _change(
        self,
        note_id: str,
        change: Callable[[tuple[Remark, ...]], tuple[Remark, ...]],
        *,
        done: Callable[[Note], object] | None = None,
    ) -> None:
        work = self._services.ask(
            lambda services: services.revising.revise(
                note_id, lambda note: replace(note, remarks=change(note.remarks))
            )
        )
        self._tasks.start(work, done=done or self._results.revise, to_end=True)

    def _tell(
        self,
        words: str,
        note_id: str,
        back: Callable[[tuple[Remark, ...]], tuple[Remark, ...]],
    ) -> None:
        undo = partial(self._change, note_id, back)
        self._messages.say_done(words, undo=undo)

    def _go(self, page: NotePage, remark: Remark) -> None:
        """Scroll to the text of a remark."""
        note = page.note
        if remark.start_s is not None:
            self._go_to(remark.start_s)
            return
        if note is None or section_of(note, remark) is None:
            words = _("These words are in the note no more; the remark is kept.")
            self._messages.say(words)
            return
        page.show_level_named(remark.level)
        cursor = self._marks_of(page).cursor_of(remark)
        if cursor is not None:
            page.view.go_to(cursor)
