"""Changes a note of the library where the reader asks for it, and shows the note as it then is.

What is left out is added, a doubtful statement is written again or taken out, all are judged.
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
from notegen_desktop.ui.notes.coverage import BeingWritten, what_it_takes

if TYPE_CHECKING:
    from notegen_desktop.ui.notes.note_page import NotePage
    from notegen_desktop.ui.notes.result_tabs import ResultTabs

Work = Callable[[NoteRevising, Callable[[float], None]], Awaitable[Note]]
"""What writes a part of a note, telling how far it is (0 to 1), and gives the note with it."""


class NoteRevisions(Controller):
    """Carries out the wishes of note pages, one of a note at a time."""

    def __init__(self, context: WindowContext, results: ResultTabs) -> None:
        super().__init__(context)
        self._results = results
        self._running: dict[str, Callable[[], object]] = {}
        self._shown: dict[str, BeingWritten] = {}
        self._no_pictures: set[str] = set()  # what was said of them
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
        """Ask, then have written what the note leaves out between two times (seconds)."""
        span = _("{start_s} to {end_s}").format(start_s=clock(start_s), end_s=clock(end_s))

        async def agreed() -> bool:
            from notegen_desktop.ui.kit.dialogs import confirm

            return await confirm(
                self._window,
                title=_("Add what is left out?"),
                text=_("The note leaves out {span}.").format(span=span),
                details=what_it_takes(note, end_s - start_s),
                accept=_("Add to note"),
            )

        self._write(
            note,
            BeingWritten(start_s, end_s, _("Adding {span}…").format(span=span)),
            lambda revising, tell: revising.fill_gap(note.id, (start_s, end_s), progress=tell),
            done=lambda filled: self._messages.say_done(
                _("Added to the note.")
                if filled.sections != note.sections
                else _("Nothing of substance is said there; the note stays as it was.")
            ),
            agreed=agreed,
        )

    def rewrite(self, note: Note, doubt: DoubtfulStatement) -> None:
        """Have a doubtful statement written again from the words at its place."""
        self._write(
            note,
            BeingWritten(doubt.cite.start_s, doubt.cite.end_s, _("Writing a statement again…")),
            lambda revising, tell: revising.rewrite(note.id, doubt, progress=tell),
            done=lambda changed: self._offer_statement_back(_("Written again."), note, changed),
        )

    def complete(self, note: Note) -> None:
        """Ask, by its price, then have what the note lacks written."""

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
            BeingWritten(0.0, 0.0, _("Adding what is missing…")),
            lambda revising, tell: revising.complete(note.id, progress=tell),
            done=lambda changed: self._messages.say_done(
                _("Added to the note. {lacks}").format(lacks=changed.lacks).strip()
            ),
            agreed=agreed,
        )

    def review(self, note: Note) -> None:
        """Ask, by its price, then have the model judge every statement of the note."""

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
            BeingWritten(0.0, 0.0, _("Looking at each statement again…")),
            lambda revising, tell: revising.review(note.id, progress=tell),
            done=say,
            agreed=agreed,
        )

    def tell_unreviewed(self, job: NoteJob) -> None:
        """Say why a note of a run is without its second look, or a part of it."""
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
        """Say why a note has no pictures, once what hinders several; those that came are seen."""
        failure = taken.failure
        if failure is not None and failure.message not in self._no_pictures:
            self._no_pictures.add(failure.message)
            words = _("No pictures in “{title}”: {message}").format(
                title=taken.note.title, message=failure.message
            )
            self._messages.say(words, failure.hint)

    def take_out(self, note: Note, doubt: DoubtfulStatement) -> None:
        """Take a doubtful statement out of the note."""
        self._change(
            note,
            lambda stored: without(stored, doubt),
            done=lambda changed: self._offer_statement_back(
                _("Taken out of the note."), note, changed
            ),
            revision=Revision(Origin.EDITED, STATEMENT),
        )

    def add_picture(self, note: Note, section: int, at_s: float) -> None:
        """Put a picture of the video at a time (seconds) into a section."""
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
        """Take a picture out of the note."""
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
        """Give up; the note stays as it was."""
        if note.id in self._running:
            self._running[note.id]()

    # --- carrying out ---

    def _write(
        self,
        note: Note,
        writing: BeingWritten,
        work: Work,
        *,
        done: Callable[[Note], object],
        agreed: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        """A second wish for the same note waits for the first."""
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
        """Say what was done; `back` undoes it, which is said as `undone`."""

        def undo() -> None:
            self._change(note, back, done=lambda _: self._messages.say_done(undone))

        self._messages.say_done(words, undo=undo)

    def _tell(self, note_id: str, writing: BeingWritten, share: float) -> None:
        self._shown[note_id] = now = replace(writing, share=share)
        self._results.show_writing(note_id, now)

    def _show_running(self) -> None:
        """A page shows another state of its note, perhaps in another tab."""
        for note_id, writing in self._shown.items():
            self._results.show_writing(note_id, writing)

    def _forget(self, note_id: str) -> None:
        self._running.pop(note_id, None)
        if self._shown.pop(note_id, None) is not None:
            self._results.show_writing(note_id, None)
