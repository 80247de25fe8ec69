"""Has a note edited in its tab: what is typed is in the library a moment later.

“Saved” is said when the library has it, or a file that the next start takes in: no end of the
program loses it then. What one edits is compared with the note as it was when that began, so that
what is cut here and put there stays what it was.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Signal

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.notes.editing import (
    beyond_the_end,
    beyond_words,
    editable,
    edited,
    numbered_videos,
    with_edits,
)
from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.notes.versions import TYPED, written
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import Services
from notegen_desktop.ui.kit.build import delayed, when_toggled
from notegen_desktop.ui.kit.commands import command
from notegen_desktop.ui.kit.screen_reader import announce
from notegen_desktop.ui.kit.tasks import Controller, WindowContext, in_thread

if TYPE_CHECKING:
    from notegen_desktop.ui.notes.note_page import NotePage
    from notegen_desktop.ui.notes.pen.editor import NoteEditor
    from notegen_desktop.ui.notes.result_tabs import ResultTabs

log = logging.getLogger(__name__)

PAUSE_MS = 500
"""What is typed is stored when nothing was typed for so long."""
MAX_UNSAVED_S = 2.0
"""Seconds after which it is stored while one types on."""
PAGE_MS = 700
"""How much later the page shows it: that of a long note takes some 100 ms, in which no key does."""
AGAIN_MS = 3_000
"""How soon it is tried again where the library cannot take it."""


class NoteEditing(Controller):
    """Begins and ends the editing of notes, one level of each at a time.

    Signals: `compare_wanted()` the note with what its model wrote.
    """

    compare_wanted = Signal()

    def __init__(self, context: WindowContext, results: ResultTabs) -> None:
        super().__init__(context)
        self._results = results
        self._sessions: list[_Session] = []
        results.page_added.connect(self._take_in)
        command(results, _("Edit this note, or end that"), self.toggle, "Ctrl+E", group="Note")

    def _take_in(self, page: NotePage) -> None:
        when_toggled(page.edit_button, lambda on: self.begin(page) if on else self.end(page))

    def toggle(self) -> None:
        """Edit the note that is shown, or end that."""
        page = self._results.editable_page
        if page is not None:
            page.edit_button.click()

    def begin(self, page: NotePage) -> None:
        """Edit the level of a note that its page shows."""
        note = page.note
        if note is None or self._session_of(page) is not None:
            return
        if page.strip.filling is not None:
            page.set_editor(None)
            words = _("A part of this note is being written; edit it when that is there.")
            self._messages.say(words)
            return
        session = _Session(self, page, note)
        session.editor.done.clicked.connect(lambda: self.end(page))
        session.editor.compare.clicked.connect(self.compare_wanted)
        self._sessions.append(session)
        page.set_editor(session.editor)
        session.editor.field.setFocus()

    def end(self, page: NotePage) -> None:
        """Show the page alone again; what was typed last is being stored."""
        session = self._session_of(page)
        page.set_editor(None)
        if session is not None:
            section = session.editor.section
            session.end()
            page.view.scroll_to_section(section)
            page.view.setFocus()

    async def flush(self) -> None:
        """Return when all that was typed is stored, or cannot be."""
        for session in tuple(self._sessions):
            await session.stored()

    def _session_of(self, page: NotePage) -> _Session | None:
        return next((each for each in self._sessions if each.page is page), None)

    # --- for sessions ---

    def store(self, session: _Session, text: str) -> Awaitable[None] | None:
        """Store a text of a session; None where no event loop runs that could."""
        base, level, known = session.base, session.level, session.known
        former = session.edited

        async def kept(services: Services) -> Note:
            after = await in_thread(edited, base, text, level, known=known)
            note = await services.revising.revise(
                base.id, lambda stored: with_edits(stored, former, after), TYPED
            )
            session.edited = after
            return note

        return self._tasks.start(
            self._services.ask(kept),
            done=lambda note: session.took(text, note),
            failed=session.refused,
            to_end=True,
        )

    def show(self, note: Note) -> None:
        self._results.revise(note)

    def fail(self, failure: Failure) -> None:
        self._messages.show_failure(failure)

    def forget(self, session: _Session) -> None:
        """It has ended, and all of it is stored."""
        self._sessions.remove(session)
        session.deleteLater()

    def look_up(self, session: _Session) -> None:
        """What the model wrote: words of it are none of the reader's own."""

        async def found(services: Services) -> Note:
            number = written(await services.store.history(session.base.id)).number
            return await services.store.version(session.base.id, number)

        def keep(version: Note) -> None:
            session.known = (version,)

        # Without it, retyped words count as the reader's: no reason to stop them.
        self._tasks.start(
            self._services.ask(found),
            done=keep,
            failed=lambda failure: log.info("no former version: %s", failure.message),
            receiver=session,
        )


class _Session(QObject):
    """The editing of one page, until all that was typed is stored."""

    def __init__(self, control: NoteEditing, page: NotePage, note: Note) -> None:
        super().__init__(control)
        from notegen_desktop.ui.notes.pen.editor import NoteEditor  # late: few notes are edited

        self._control = control
        self.page: NotePage | None = page
        self.base = note
        self.level = page.level
        self.known: tuple[Note, ...] = ()
        self.editor: NoteEditor = NoteEditor(page)
        self._last = note  # as it is stored
        self.edited = note  # what its reader made of it so far, without what came from elsewhere
        self._text = self._stored = ""
        self._saving: Awaitable[None] | None = None
        self._since = 0.0
        self._timer = delayed(self, PAUSE_MS, self.save)
        self._retry = delayed(self, AGAIN_MS, self.save)
        self._page_timer = delayed(self, PAGE_MS, self._show)
        self._begin(section=page.view.section)
        self.editor.changed.connect(self._typed)
        self.editor.section_reached.connect(page.view.scroll_to_section)
        self.editor.beside_wanted.connect(lambda on: page.set_editor(self.editor))
        self.editor.installEventFilter(self)
        page.level_changed.connect(self._switch)
        page.destroyed.connect(self._lose_page)
        control.look_up(self)

    def _begin(self, *, section: int) -> None:
        self._text = self._stored = editable(self.base, self.level)
        script = (self.base.language, self._text[:2_000])
        videos = numbered_videos(self.base)
        self.editor.begin(self._text, section=section, script=script, videos=videos)
        self._show_saved()

    def _typed(self) -> None:
        now = time.monotonic()
        self._since = self._since or now
        self._page_timer.stop()
        self.editor.show_state(_("Saving…"))
        if now - self._since >= MAX_UNSAVED_S:
            self.save()
        else:
            self._timer.start()

    def save(self) -> None:
        """Store what there is now; what comes meanwhile waits for the end of that."""
        self._timer.stop()
        self._retry.stop()
        if self.page is not None:
            self._text = self.editor.text
        if self._saving is not None:
            return
        self._since = 0.0
        if self._text != self._stored:
            self._saving = self._control.store(self, self._text)
            if self._saving is None:
                self._retry.start()
        else:
            self._settle()

    async def stored(self) -> None:
        """Return when all of it is stored, or cannot be."""
        self.save()
        while (saving := self._saving) is not None:
            await saving

    def took(self, text: str, note: Note) -> None:
        """A text is stored, and makes this note."""
        self._saving = None
        self._stored, self._last = text, note
        if self.page is not None and self.editor.text == text:
            # What is not seen is not drawn either, and so may be shown at once.
            self._page_timer.start() if self.editor.isVisible() else self._show()
        self.save()

    def _show(self) -> None:
        self._control.show(self._last)

    def refused(self, failure: Failure) -> None:
        self._saving = None
        self._retry.start()
        if self.page is None:
            self._control.fail(failure)
            return
        words = _("Not saved: {why}").format(why=failure.message)
        self.editor.show_state(words, tone="danger")
        announce(self.editor, words, urgent=True)

    def _settle(self) -> None:
        """All of it is stored."""
        if self.page is None:
            self._control.show(self._last)
            self._control.forget(self)
        elif self.page.level is not self.level:
            self.base = self.edited = self._last
            self.level = self.page.level
            self._begin(section=self.editor.section)
        else:
            self._show_saved()

    def _show_saved(self) -> None:
        """That all is stored, and which time the video is too short for."""
        beyond = beyond_the_end(self.edited)
        words = beyond_words(self.edited, beyond[0]) if beyond else _("Saved")
        self.editor.show_state(words, tone="warning" if beyond else "muted")

    def _switch(self) -> None:
        """Another level is shown, and so edited; what was typed at this one is stored first."""
        if self.page is not None:
            self.save()

    def end(self) -> None:
        """The text is as it is now."""
        page = self.page
        if page is None:
            return
        self._text = self.editor.text
        self._page_timer.stop()
        page.level_changed.disconnect(self._switch)
        page.destroyed.disconnect(self._lose_page)
        self.editor.removeEventFilter(self)
        self.page = None
        self.save()

    def _lose_page(self) -> None:
        """The tab is gone; its text was taken when it was hidden."""
        self._page_timer.stop()
        self.page = None
        self.save()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Hide and self.page is not None:
            if self._page_timer.isActive():
                self._page_timer.stop()
                self._show()
            self.save()
        return False
