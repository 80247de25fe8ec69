"""Controller for changes of stored notes requested on their pages.

Gaps are filled, doubtful statements rewritten or removed, all statements reviewed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QAbstractButton

from notegen_desktop.domain.jobs.job import NoteJob
from notegen_desktop.domain.links.video import clock
from notegen_desktop.domain.notes.doubts import DoubtfulStatement, put_back, without
from notegen_desktop.domain.notes.note import Note, Picture
from notegen_desktop.domain.notes.pictures import with_picture, without_picture
from notegen_desktop.domain.notes.review import review_items
from notegen_desktop.domain.notes.versions import STATEMENT, Origin, Revision
from notegen_desktop.domain.text.quantities import dollars, number
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.ports import NoteRevising, PicturesTaken
from notegen_desktop.ui.kit.tasks import Controller, WindowContext
from notegen_desktop.ui.kit.text import engine_name
from notegen_desktop.ui.notes.coverage import GapProgress, fill_cost_text

if TYPE_CHECKING:
    from notegen_desktop.ui.notes.note_page import NotePage
    from notegen_desktop.ui.notes.result_tabs import ResultTabs

Work = Callable[[NoteRevising, Callable[[float], None]], Awaitable[Note]]
"""Coroutine function that changes a note, reports progress from 0 to 1, and returns the note."""


class NoteRevisions(Controller):
    """Handles the requests of note pages, one at a time per note."""

    def __init__(self, context: WindowContext, results: ResultTabs) -> None:
        super().__init__(context)
        self._results = results
        self._running: dict[str, Callable[[], object]] = {}
        self._shown: dict[str, GapProgress] = {}
        self._no_pictures: set[str] = set()  # messages already shown
        results.page_added.connect(self._take_in)

    def _take_in(self, page: NotePage) -> None:
        def connect(wished: SignalInstance, wish: Callable[..., object]) -> None:
            wished.connect(lambda *given: page.note and wish(page.note, *given))

        def press(pressed: QAbstractButton, wish: Callable[[Note], object]) -> None:
            pressed.clicked.connect(lambda: page.note and wish(page.note))

        def doubted(wish: Callable[..., object]) -> Callable[[Note], object]:
            return lambda note: page.doubt and wish(note, page.doubt)

        connect(page.strip.fill_wanted, self.fill)
        connect(page.complete_wanted, self.complete)
        statements = page.statements
        press(statements.review, self.review)
        press(statements.take_out, doubted(self.take_out))
        press(statements.rewrite, doubted(self.rewrite))
        press(statements.stop, self.stop)
        connect(page.view.links.picture_wanted, self.add_picture)
        connect(page.view.links.picture_unwanted, self.remove_picture)
        connect(page.strip.stop_wanted, self.stop)
        page.content_changed.connect(self._show_running)

    def fill(self, note: Note, start_s: float, end_s: float) -> None:
        """Ask, then write the gap between two times in seconds."""
        span = _("{start_s} to {end_s}").format(start_s=clock(start_s), end_s=clock(end_s))

        async def agreed() -> bool:
            from notegen_desktop.ui.kit.dialogs import confirm

            return await confirm(
                self._window,
                title=_("Add what is left out?"),
                text=_("The note leaves out {span}.").format(span=span),
                details=fill_cost_text(note, end_s - start_s),
                accept=_("Add to note"),
            )

        self._write(
            note,
            GapProgress(start_s, end_s, _("Adding {span}…").format(span=span)),
            lambda revising, tell: revising.fill_gap(note.id, (start_s, end_s), progress=tell),
            done=lambda filled: self._messages.say_done(
                _("Added to the note.")
                if filled.sections != note.sections
                else _("Nothing of substance is said there; the note stays as it was.")
            ),
            agreed=agreed,
        )

    def rewrite(self, note: Note, doubt: DoubtfulStatement) -> None:
        """Rewrite a doubtful statement from the transcript at its time."""
        self._write(
            note,
            GapProgress(doubt.cite.start_s, doubt.cite.end_s, _("Writing a statement again…")),
            lambda revising, tell: revising.rewrite(note.id, doubt, progress=tell),
            done=lambda changed: self._offer_statement_back(_("Written again."), note, changed),
        )

    def complete(self, note: Note) -> None:
        """Ask with the price, then write the missing parts."""

        async def agreed() -> bool:
            from notegen_desktop.ui.kit.dialogs import confirm

            revising = (await self._services).revising
            takes = await revising.estimate_complete(note.id)
            return await confirm(
                self._window,
                title=_("Ask for what is missing?"),
                text=note.lacks,
                details=_(
                    "{engine} writes just that; the rest stays as it is. It costs up to {cost_usd}."
                ).format(engine=engine_name(note.engine), cost_usd=dollars(takes.cost_usd)),
                accept=_("Add to note"),
            )

        self._write(
            note,
            GapProgress(0.0, 0.0, _("Adding what is missing…")),
            lambda revising, tell: revising.complete(note.id, progress=tell),
            done=lambda changed: self._messages.say_done(
                _("Added to the note. {lacks}").format(lacks=changed.lacks).strip()
            ),
            agreed=agreed,
        )

    def review(self, note: Note) -> None:
        """Ask with the price, then have the model review every statement."""

        async def agreed() -> bool:
            from notegen_desktop.ui.kit.dialogs import confirm

            revising = (await self._services).revising
            takes = await revising.estimate_review(note.id)
            return await confirm(
                self._window,
                title=_("Take a second look?"),
                text=_("Every statement of the note is judged."),
                details=_(
                    "{engine} reads each against the words said at its time; the texts stay as "
                    "they are. It costs {cost_usd}, or less while it remembers the video."
                ).format(engine=engine_name(note.engine), cost_usd=dollars(takes.cost_usd)),
                accept=_("Take a look"),
            )

        def say(judged: Note) -> None:
            if left := len(review_items(judged)):
                self._messages.say(
                    ngettext(
                        "The model passed over {n} statement of “{title}”.",
                        "The model passed over {n} statements of “{title}”.",
                        left,
                    ).format(n=number(left), title=note.title),
                    _("They can be judged by another second look."),
                    tone="warning",
                    action=_("Second look"),
                    on_action=lambda: self.review(judged),
                )
                return
            wrong = judged.statements.doubtful

            self._messages.say_done(
                ngettext(
                    "Looked at again: {n} statement is in doubt. F8 leads there.",
                    "Looked at again: {n} statements are in doubt. F8 leads there.",
                    wrong,
                ).format(n=number(wrong))
                if wrong
                else _("Looked at again: nothing is in doubt.")
            )

        self._write(
            note,
            GapProgress(0.0, 0.0, _("Looking at each statement again…")),
            lambda revising, tell: revising.review(note.id, progress=tell),
            done=say,
            agreed=agreed,
        )

    def tell_unreviewed(self, job: NoteJob) -> None:
        """Show why the review of a finished job is missing or incomplete."""
        note, failure = job.note, job.review_failure
        if note is None or failure is None:
            return
        self._messages.say(
            _("“{title}” is written, but its second look is not whole: {message}").format(
                title=note.title, message=failure.message
            ),
            failure.hint,
            tone="warning",
            action=_("Second look"),
            on_action=lambda: self.review(note),
        )

    def tell_pictures(self, taken: PicturesTaken) -> None:
        """Show why a note has no pictures, once per cause."""
        failure = taken.failure
        if failure is not None and failure.message not in self._no_pictures:
            self._no_pictures.add(failure.message)
            words = _("No pictures in “{title}”: {message}").format(
                title=taken.note.title, message=failure.message
            )
            self._messages.say(words, failure.hint)

    def take_out(self, note: Note, doubt: DoubtfulStatement) -> None:
        """Remove a doubtful statement from the note."""
        self._change(
            note,
            lambda stored: without(stored, doubt),
            done=lambda changed: self._offer_statement_back(
                _("Taken out of the note."), note, changed
            ),
            revision=Revision(Origin.EDITED, STATEMENT),
        )

    def add_picture(self, note: Note, section: int, at_s: float) -> None:
        """Add a picture of the video at a time in seconds to a section."""
        at = clock(at_s)

        def show(changed: Note) -> None:
            self._results.revise(changed)
            (picture,) = [p for p in changed.sections[section].pictures if p.at_s == at_s]
            self._offer_undo(
                _("Added a picture of {at}.").format(at=at),
                changed,
                lambda stored: without_picture(stored, section, picture),
                _("The picture is out again."),
            )

        work = self._services.ask(lambda it: it.runner.add_picture(note.id, section, at_s))
        self._tasks.start(work, done=show)

    def remove_picture(self, note: Note, section: int, picture: Picture) -> None:
        """Remove a picture from the note."""
        self._change(
            note,
            lambda stored: without_picture(stored, section, picture),
            done=lambda changed: self._offer_undo(
                _("Removed the picture."),
                changed,
                lambda stored: with_picture(stored, section, picture),
                _("The picture is back."),
            ),
        )

    def stop(self, note: Note) -> None:
        """Cancel the running change; the note stays unchanged."""
        if note.id in self._running:
            self._running[note.id]()

    # --- running changes ---

    def _write(
        self,
        note: Note,
        writing: GapProgress,
        work: Work,
        *,
        done: Callable[[Note], object],
        agreed: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        """Run a change after `agreed`; ignored while another change of the note runs."""
        if note.id in self._running:
            return

        async def written() -> Note | None:
            if agreed is not None and not await agreed():
                return None
            tell = partial(self._tell, note.id, writing)
            tell(0.0)
            return await work((await self._services).revising, tell)

        def show(changed: Note | None) -> None:
            if changed is not None:
                self._forget(note.id)
                self._results.revise(changed)
                done(changed)

        task = self._tasks.start(written(), done=show)
        if task is not None:
            self._running[note.id] = task.cancel
            task.add_done_callback(lambda _: self._forget(note.id))

    def _change(
        self,
        note: Note,
        change: Callable[[Note], Note],
        *,
        done: Callable[[Note], object],
        revision: Revision | None = None,
    ) -> None:
        def show(changed: Note) -> None:
            self._results.revise(changed)
            done(changed)

        work = self._services.ask(
            lambda services: services.revising.revise(note.id, change, revision)
        )
        self._tasks.start(work, done=show, to_end=True)

    def _offer_statement_back(self, words: str, before: Note, after: Note) -> None:
        self._offer_undo(
            words,
            after,
            lambda stored: put_back(stored, before=before, after=after),
            _("The statement is back."),
        )

    def _offer_undo(
        self, words: str, note: Note, back: Callable[[Note], Note], undone: str
    ) -> None:
        """Show a message with undo; `back` reverts the change, then `undone` is shown."""

        def undo() -> None:
            self._change(note, back, done=lambda _: self._messages.say_done(undone))

        self._messages.say_done(words, undo=undo)

    def _tell(self, note_id: str, writing: GapProgress, share: float) -> None:
        self._shown[note_id] = now = replace(writing, share=share)
        self._results.show_writing(note_id, now)

    def _show_running(self) -> None:
        """Show the progress of running changes again after a page was updated."""
        for note_id, writing in self._shown.items():
            self._results.show_writing(note_id, writing)

    def _forget(self, note_id: str) -> None:
        self._running.pop(note_id, None)
        if self._shown.pop(note_id, None) is not None:
            self._results.show_writing(note_id, None)
