"""Controller for practice: selects cards and stores answers."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from PySide6.QtCore import Signal

from notegen_desktop.domain.errors import CardMissing, Failure
from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.domain.practice.schedule import CardReview, Progress, Rating, intervals
from notegen_desktop.domain.practice.session import PracticeCard, PracticeSession
from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.domain.settings.table import NEW_CARDS
from notegen_desktop.domain.text.dates import time_words
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.ports import PracticeCounts, PracticeStore
from notegen_desktop.ui.kit.tasks import Controller, WindowContext, in_thread
from notegen_desktop.ui.notes.practice.practice_view import PracticeView

NO_LIMIT = 1_000_000
FIRST = 10
"""Number of cards loaded first; the others are loaded while the first is shown, as they take a
tenth of a second with their notes."""
CARD_MISSING = CardMissing().failure().code

Answer = TypeVar("Answer")


class Practising(Controller):
    """Handles the requests of the practice page.

    Signals: `counted(PracticeCounts)` with the due cards of all notes, `undo_changed()`,
    `note_wanted(str)` with a note's id.
    """

    counted = Signal(object)
    undo_changed = Signal()
    note_wanted = Signal(str)

    def __init__(
        self,
        context: WindowContext,
        view: PracticeView,
        *,
        name_of: Callable[[str], str],
        now: Callable[[], float] = time.time,
    ) -> None:
        """`name_of` returns the name of a template by its id, `now` seconds since the epoch."""
        super().__init__(context)
        self._view = view
        self._name_of = name_of
        self._now = now
        self._new = 0
        self._note: Note | None = None
        self._session: PracticeSession | None = None
        self._number = 0  # of sessions
        self._idle = False  # True if nothing was due last time
        self._shown_at = 0.0
        view.answered.connect(self._answer)
        view.undo_wanted.connect(self.undo)
        view.leave_out_wanted.connect(self._leave_out)
        view.back_wanted.connect(self._have_back)
        view.all_wanted.connect(lambda: self.open(None))
        view.next_wanted.connect(self._begin)
        view.note_wanted.connect(self._open_note)
        context.services.then(lambda _: self.count())

    def take_settings(self, settings: Settings) -> None:
        self._new = settings.integer(NEW_CARDS)
        self._view.level = Level(settings.text("general.level"))

    # --- start and end ---

    def open(self, note: Note | None = None) -> None:
        """Practise the cards of a note, or of all notes."""
        self._note = note
        self._view.set_scope(note.title or note.video.name if note is not None else "")
        self._begin()

    def show(self) -> None:
        """Continue practising when the page is shown."""
        if self._view.shown is None:
            self._begin()
        else:
            self._view.face.setFocus()

    def count(self) -> None:
        """Emit `counted` with the current numbers."""
        if self._services.value is not None:
            asked = self._services.value.practice.counts(now_s=self._now(), new=self._new)
            # Failures are shown on the practice page.
            self._tasks.start(asked, done=self._tell, failed=lambda _: None)

    def _tell(self, counts: PracticeCounts) -> None:
        self.counted.emit(counts)
        waiting = counts.due + counts.new
        if waiting and self._idle and self._view.shown is None:
            title = ngettext("{n} card to practise", "{n} cards to practise", waiting).format(
                n=number(waiting)
            )
            self._view.show_nothing("wallet-cards", title, "", action=_("Begin"))

    def _begin(self) -> None:
        self._session = None
        self._idle = False
        self.undo_changed.emit()
        self._number += 1
        number = self._number
        self._tasks.start(
            self._load(), done=lambda loaded: self._take(number, *loaded), failed=self._fail
        )

    async def _load(self) -> tuple[list[PracticeCard], PracticeCounts]:
        practice = (await self._services).practice
        await in_thread(intervals, (), now_s=self._now())  # FSRS takes 0.1 s to load
        wanted = {"now_s": self._now(), **self._scope()}
        return await practice.due(limit=FIRST, **wanted), await practice.counts(**wanted)

    def _scope(self) -> dict[str, Any]:
        """Return the query: a single note ignores the daily limit of new cards."""
        if self._note is None:
            return {"new": self._new}
        return {"new": NO_LIMIT, "notes": (self._note.id,)}

    def _take(self, number: int, cards: list[PracticeCard], counts: PracticeCounts) -> None:
        if number != self._number:
            return  # another session was started
        self._view.set_left_out(counts.suspended)
        self._session = PracticeSession(cards)
        if cards:
            self._go_on()
            if len(cards) == FIRST:
                self._have_more(self._session)
        else:
            self._show_end(counts)

    def _have_more(self, session: PracticeSession) -> None:
        """Load the remaining cards of the session."""

        def more(cards: list[PracticeCard]) -> None:
            session.extend(cards)
            if session is self._session and session.current is not None:
                self._view.show_progress(answered=session.answered, left=session.left)

        asked = self._practice(lambda it: it.due(now_s=self._now(), **self._scope()))
        self._tasks.start(asked, done=more, failed=lambda _: None)  # the loaded cards suffice

    def _fail(self, failure: Failure) -> None:
        self._view.show_nothing(
            "circle-alert", failure.message, failure.hint, action=_("Try again")
        )

    # --- a card ---

    def _go_on(self) -> None:
        session = self._session
        if session is None:
            return
        session.next(self._now())
        self._show()
        self.count()

    def _show(self) -> None:
        session = self._session
        assert session is not None
        self._view.show_progress(answered=session.answered, left=session.left)
        self._view.set_can_undo(session.last is not None)
        self.undo_changed.emit()
        if (shown := session.current) is not None:
            self._shown_at = time.monotonic()
            after = intervals(shown.reviews, now_s=self._now())
            self._view.show_card(shown, after, kind=self._name_of(shown.note.template))
        else:
            asked = self._practice(lambda it: it.counts(now_s=self._now(), **self._scope()))
            self._tasks.start(asked, done=self._show_end, failed=self._fail)

    async def _practice(self, ask: Callable[[PracticeStore], Awaitable[Answer]]) -> Answer:
        return await self._services.ask(lambda services: ask(services.practice))

    def _answer(self, rating: Rating) -> None:
        session = self._session
        if session is None or (shown := session.current) is None:
            return
        took_ms = round((time.monotonic() - self._shown_at) * 1000)
        review = CardReview(shown.card.id, round(self._now() * 1000), rating, took_ms)

        def kept(progress: Progress) -> None:
            session.answer(review, progress)
            if session is self._session:
                self._go_on()

        def failed(failure: Failure) -> None:
            self._messages.show_failure(failure)
            if failure.code == CARD_MISSING and session is self._session:
                session.leave_out()  # its note was deleted or changed
                self._go_on()
            else:
                self._view.free()

        kept_answer = self._practice(lambda it: it.review(review))
        self._tasks.start(kept_answer, done=kept, failed=failed, to_end=True)

    @property
    def can_undo(self) -> bool:
        """True if this session has an answer to undo."""
        return self._session is not None and self._session.last is not None

    def undo(self) -> None:
        """Undo the last answer and show its card again."""
        session = self._session
        if session is None or (last := session.last) is None:
            return

        def taken(_: None) -> None:
            if session is self._session:
                session.take_back()
                self._show()
                self.count()

        self._tasks.start(self._practice(lambda it: it.take_back(last)), done=taken, to_end=True)

    def _leave_out(self) -> None:
        session = self._session
        if session is None or (shown := session.current) is None:
            return
        card = shown.card.id

        def left(__: None) -> None:
            self._view.set_left_out(1)
            words = _("This card is left out from now on.")
            self._messages.say_done(words, undo=lambda: self._have_again(card))
            if session is self._session:
                session.leave_out()
                self._go_on()

        work = self._practice(lambda it: it.suspend(card, suspended=True))
        self._tasks.start(work, done=left, to_end=True)

    def _have_again(self, card: str) -> None:
        work = self._practice(lambda it: it.suspend(card, suspended=False))
        self._tasks.start(work, done=lambda _: self._begin(), to_end=True)

    def _have_back(self) -> None:
        notes = (self._note.id,) if self._note is not None else ()
        work = self._practice(lambda it: it.unsuspend_all(notes=notes))

        def back(several: int) -> None:
            self._messages.say(
                ngettext(
                    "{n} card can be practised again.",
                    "{n} cards can be practised again.",
                    several,
                ).format(n=number(several)),
                tone="success",
            )
            self._begin()

        self._tasks.start(work, done=back, to_end=True)

    def _open_note(self) -> None:
        if (shown := self._view.shown) is not None:
            self.note_wanted.emit(shown.note.id)

    # --- nothing to practise ---

    def _show_end(self, counts: PracticeCounts) -> None:
        self.count()
        self._view.set_left_out(counts.suspended)
        session = self._session
        answered = session.answered if session is not None else 0
        self._idle = not answered and self._note is None
        then = (
            ""
            if counts.next_s is None
            else _("The next card comes {when}.").format(when=self._when(counts.next_s))
        )
        if answered:
            known = answered - (session.forgotten if session is not None else 0)
            days = ngettext(
                "{n} day of practice in a row.", "{n} days of practice in a row.", counts.streak
            ).format(n=number(counts.streak))
            words = ngettext(
                "{n} answer, {known} of them known.",
                "{n} answers, {known} of them known.",
                answered,
            ).format(n=number(answered), known=known)
            words = " ".join(filter(None, (words, days if counts.streak > 1 else "", then)))
            more = counts.due + counts.new
            action = ngettext("Practise {n} more", "Practise {n} more", more) if more else ""
            action = action.format(n=number(more))
            self._view.show_nothing("circle-check", _("Done for now"), words, action=action)
        elif then:
            self._view.show_nothing("circle-check", _("Nothing is due"), then)
        elif counts.suspended:
            words = ngettext(
                "{n} card left out; the menu above has them again.",
                "{n} cards left out; the menu above has them again.",
                counts.suspended,
            ).format(n=number(counts.suspended))
            self._view.show_nothing("circle-check", _("Nothing is due"), words)
        elif self._note is not None:
            words = _("It has no flashcards, quiz, questions or key terms.")
            self._view.show_nothing("wallet-cards", _("This note asks nothing"), words)
        else:
            self._view.show_nothing(
                "wallet-cards",
                _("No cards yet"),
                _(
                    "Flashcards, quizzes, questions and key terms of your notes become cards. Tick "
                    "“Flashcards” for the next video."
                ),
            )

    def _when(self, seconds: float) -> str:
        """Return a time relative to today: `at 14:05`, `tomorrow`, `in 3 days`."""
        now, then = (datetime.fromtimestamp(s, UTC).astimezone() for s in (self._now(), seconds))
        days = (then.date() - now.date()) // timedelta(days=1)
        if days <= 0:
            return _("at {then}").format(then=time_words(then))
        if days == 1:
            return _("tomorrow")
        return ngettext("in {n} day", "in {n} days", days).format(n=number(days))
