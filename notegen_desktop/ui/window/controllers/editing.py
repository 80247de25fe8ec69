"""Controller for editing notes in their tabs; edits are stored shortly after typing.

“Saved” is shown once the text is in the library, or in a file that the next start imports: a crash
cannot lose it then. The text is compared with the note as it was when editing began, so that cited
statements moved by cut and paste keep their cites.
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
    has_words_of,
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
    from notegen_desktop.ui.notes.editing.editor import NoteEditor
    from notegen_desktop.ui.notes.note_page import NotePage
    from notegen_desktop.ui.notes.result_tabs import ResultTabs

log = logging.getLogger(__name__)

PAUSE_MS = 500
"""Milliseconds without typing before the text is stored."""
MAX_UNSAVED_S = 2.0
"""Seconds after which the text is stored while the user keeps typing."""
PAGE_MS = 700
"""Milliseconds before the page is updated: a long note takes some 100 ms, which blocks typing."""
AGAIN_MS = 3_000
"""Milliseconds before storing is retried after a failure."""


class NoteEditing(Controller):
    """Starts and ends editing sessions, one per page.

    Signals: `compare_wanted()` to compare the note with the version written by its model.
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
        """Start or end editing the current note."""
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
        """Remove the editor from a page; the last edits are stored in the background."""
        session = self._session_of(page)
        page.set_editor(None)
        if session is not None:
            section = session.editor.section
            session.end()
            page.view.scroll_to_section(section)
            page.view.setFocus()

    async def flush(self) -> None:
        """Wait until all edits are stored or have failed."""
        for session in tuple(self._sessions):
            await session.stored()

    def _session_of(self, page: NotePage) -> _Session | None:
        return next((each for each in self._sessions if each.page is page), None)

    # --- for sessions ---

    def store(self, session: _Session, text: str) -> Awaitable[None] | None:
        """Store the text of a session; return an awaitable, None if no event loop runs."""
        base, level, known = session.base, session.level, session.known
        former, seen = session.edited, session.last

        async def kept(services: Services) -> Note:
            after = await in_thread(edited, base, text, level, known=known)
            foreign = False

            def change(stored: Note) -> Note:
                nonlocal foreign
                foreign = not has_words_of(stored, seen)
                return with_edits(stored, former, after)

            note = await services.revising.revise(base.id, change, TYPED, known=seen)
            session.edited = after
            if foreign:
                self._messages.say(
                    _(
                        "Another program has changed this note meanwhile. Its text is kept as a "
                        "version (Ctrl+Alt+E)."
                    )
                )
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
        """Remove a session that has ended and is stored."""
        self._sessions.remove(session)
        session.deleteLater()

    def look_up(self, session: _Session) -> None:
        """Load the note as it is stored, and the version written by the model, whose text does not
        count as the user's."""

        async def found(services: Services) -> tuple[Note, Note]:
            number = written(await services.store.history(session.base.id)).number
            version = await services.store.version(session.base.id, number)
            return version, await services.store.get(session.base.id)

        def keep(both: tuple[Note, Note]) -> None:
            version, stored = both
            session.known = (version,)
            session.renew(stored)

        # Without it retyped text counts as the user's, which does no harm.
        self._tasks.start(
            self._services.ask(found),
            done=keep,
            failed=lambda failure: log.info("no former version: %s", failure.message),
            receiver=session,
        )


class _Session(QObject):
    """Editing session of one page, which lasts until all edits are stored."""

    def __init__(self, control: NoteEditing, page: NotePage, note: Note) -> None:
        super().__init__(control)
        from notegen_desktop.ui.notes.editing.editor import NoteEditor  # late import: seldom used

        self._control = control
        self.page: NotePage | None = page
        self.base = note
        self.level = page.level
        self.known: tuple[Note, ...] = ()
        self.editor: NoteEditor = NoteEditor(page)
        self.last = note  # the stored note
        self.edited = note  # with the user's edits, without changes from elsewhere
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

    def renew(self, stored: Note) -> None:
        """Begin with the stored note, which another program may have changed since it was opened,
        unless the user has typed already."""
        typed = self.page is None or self._saving is not None or self.editor.text != self._stored
        if not typed and not has_words_of(stored, self.base):
            self.base = self.edited = self.last = stored
            self._begin(section=self.editor.section)
            self._show()

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
        """Store the current text; later changes wait until this is done."""
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
        """Wait until all edits are stored or have failed."""
        self.save()
        while (saving := self._saving) is not None:
            await saving

    def took(self, text: str, note: Note) -> None:
        """Handle that `text` was stored as `note`."""
        self._saving = None
        self._stored, self.last = text, note
        if self.page is not None and self.editor.text == text:
            # A hidden page is not drawn, so it can be updated at once.
            self._page_timer.start() if self.editor.isVisible() else self._show()
        self.save()

    def _show(self) -> None:
        self._control.show(self.last)

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
        """Handle that all edits are stored: update the page or end."""
        if self.page is None:
            self._control.show(self.last)
            self._control.forget(self)
        elif self.page.level is not self.level:
            self.base = self.edited = self.last
            self.level = self.page.level
            self._begin(section=self.editor.section)
        else:
            self._show_saved()

    def _show_saved(self) -> None:
        """Show that all is stored, or warn of a time after the end of the video."""
        beyond = beyond_the_end(self.edited)
        words = beyond_words(self.edited, beyond[0]) if beyond else _("Saved")
        self.editor.show_state(words, tone="warning" if beyond else "muted")

    def _switch(self) -> None:
        """Store the text before editing the level shown now."""
        if self.page is not None:
            self.save()

    def end(self) -> None:
        """End with the current text, and store it."""
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
        """Handle a closed tab; its text was taken on the hide event."""
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
