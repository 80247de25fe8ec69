"""`notegen cards`: practises and exports the flashcards of notes."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from notegen_desktop.domain.errors import UsageError
from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.links.video import clock
from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.domain.practice.cards import CardKind, cards_of
from notegen_desktop.domain.practice.schedule import (
    CardReview,
    CardStage,
    Progress,
    Rating,
    interval_words,
    intervals,
)
from notegen_desktop.domain.practice.session import PracticeCard, PracticeSession
from notegen_desktop.domain.settings.table import NEW_CARDS
from notegen_desktop.domain.text.quantities import count, number
from notegen_desktop.domain.words import N_, _, ngettext
from notegen_desktop.services.machine.paths import Paths
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.markup.cited import timed
from notegen_desktop.services.ports import PracticeCounts, Services
from notegen_desktop.wiring import open_program

from .console import PeriodicProgress, print_json, print_name, print_table, print_text, say
from .notes import EVERYTHING
from .sources import level_of

CARD_ENDINGS = {".apkg": "anki", ".csv": "csv"}
MANY = 50
"""Number of notes above which writing their cards takes seconds."""

NO_CARDS = N_(
    "There are no cards. Flashcards, quizzes, questions and key terms of notes become cards: "
    "notegen generate SOURCE -t flashcards"
)


async def cards(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    actions = {"due": _due, "review": _review, "restore": _restore, "export": _export}
    async with open_program(store, paths, JobBoard()) as program:
        services = program.services
        for note_id in arguments.notes:
            await services.store.get(note_id)
        await actions[arguments.action](arguments, services)
    return 0


class _CardSelection:
    """The requested cards, at the requested level."""

    def __init__(self, arguments: argparse.Namespace, services: Services) -> None:
        self.practice = services.practice
        self.level = level_of(services)
        self._notes: Sequence[str] = arguments.notes
        self._limit: int = arguments.limit
        daily = services.settings.current.integer(NEW_CARDS)
        asked = arguments.new if arguments.new is not None else EVERYTHING
        self._new: int = asked if self._notes or arguments.new is not None else daily

    async def due(self) -> list[PracticeCard]:
        return await self.practice.due(
            now_s=time.time(), limit=self._limit, new=self._new, notes=self._notes
        )

    async def counts(self) -> PracticeCounts:
        return await self.practice.counts(now_s=time.time(), new=self._new, notes=self._notes)


# --- due ---


async def _due(arguments: argparse.Namespace, services: Services) -> None:
    selection = _CardSelection(arguments, services)
    found, counts = await selection.due(), await selection.counts()
    if arguments.json:
        print_json(
            _counts_json(counts) | {"cards": [_card_json(each, selection.level) for each in found]}
        )
        return
    print_table(
        (
            each.progress.stage.value,
            "" if each.card.start_s is None else clock(each.card.start_s),
            each.note.title or each.note.video.name,
            each.card.asks + (" (doubtful)" if each.card.is_doubtful else ""),
        )
        for each in found
    )
    if found:
        say(_sum_words(counts))
    else:
        await _say_none(counts, arguments.notes, services)
    if (more := counts.due + counts.new - len(found)) > 0:
        say(
            ngettext(
                "There is {n} more; --limit {all} shows all.",
                "There are {n} more; --limit {all} shows all.",
                more,
            ).format(n=number(more), all=len(found) + more)
        )


def _sum_words(counts: PracticeCounts) -> str:
    words = _("{due} due, {new} new").format(due=counts.due, new=counts.new)
    return (
        ngettext("{words}; {n} answer today.", "{words}; {n} answers today.", counts.done).format(
            words=words, n=number(counts.done)
        )
        if counts.done
        else f"{words}."
    )


async def _say_none(counts: PracticeCounts, notes: Sequence[str], services: Services) -> None:
    named = [await services.store.get(note_id) for note_id in notes]
    without = [note for note in named if not cards_of(note)]
    for note in without:
        say(_asks_nothing(note))
    if not named or len(without) < len(named):
        say(_none_words(counts))


def _none_words(counts: PracticeCounts) -> str:
    if counts.next_s is not None:
        then = datetime.fromtimestamp(counts.next_s, UTC).astimezone()
        return _("No cards are due. The next comes at {then}.").format(
            then=f"{then:%Y-%m-%d %H:%M}"
        )
    if counts.suspended:
        left_out = count(counts.suspended, "card")
        return _(
            "No cards are due; {left_out} left out: `notegen cards restore` has them again."
        ).format(left_out=left_out)
    return _(NO_CARDS)


def _asks_nothing(note: Note) -> str:
    return _("“{title}” ({template}) asks nothing: no cards.").format(
        title=note.title or note.video.name, template=note.template
    )


def _counts_json(counts: PracticeCounts) -> dict[str, Any]:
    return {
        "due": counts.due,
        "new": counts.new,
        "next": None if counts.next_s is None else _iso(counts.next_s),
        "done_today": counts.done,
        "streak_days": counts.streak,
        "suspended": counts.suspended,
    }


def _card_json(each: PracticeCard, level: Level) -> dict[str, Any]:
    card, note, start_s = each.card, each.note, each.card.start_s
    return {
        "id": card.id,
        "kind": card.kind.value,
        "question": card.asks,
        "choices": card.choices or None,
        "answer": timed(card.section, level),
        "gap": card.gap or None,
        "cites": [cite.to_json() for cite in card.section.cites],
        "link": None if start_s is None else note.video.link_at(start_s) or None,
        "doubtful": card.is_doubtful,
        "note": note.id,
        "template": note.template,
        "video": {"id": note.video.id, "title": note.video.title},
        **_progress_json(each.progress),
        "intervals_s": {
            str(rating.value): round(seconds)
            for rating, seconds in intervals(each.reviews, now_s=time.time()).items()
        },
    }


def _progress_json(progress: Progress) -> dict[str, Any]:
    due = None if progress.stage is CardStage.NEW else _iso(progress.due_s)
    return {
        "stage": progress.stage.value,
        "due": due,
        "reviews": progress.reviews,
        "lapses": progress.lapses,
    }


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


# --- review ---


async def _review(arguments: argparse.Namespace, services: Services) -> None:
    selection = _CardSelection(arguments, services)
    session = PracticeSession(await selection.due())
    if not session.left and not arguments.json:
        await _say_none(await selection.counts(), arguments.notes, services)
        return
    loop = (
        _JsonPracticeLoop(selection, session)
        if arguments.json
        else _PracticeLoop(selection, session)
    )
    await loop.run()


class _PracticeLoop:
    """A practice session by lines of standard input; ends with the input.

    Each review is stored at once: Ctrl+C loses only the card that is shown.
    """

    def __init__(self, selection: _CardSelection, session: PracticeSession) -> None:
        self.selection = selection
        self.session = session
        self._turned = False
        self._shown_at = 0.0

    async def run(self) -> None:
        self._go_on()
        while self.session.current is not None:
            line = await asyncio.to_thread(sys.stdin.readline if sys.stdin else str)
            if not line or not await self._take(line.strip().lower()):
                break
        self.end(await self.selection.counts())

    async def _take(self, said: str) -> bool:
        """Carry out one line of input; False ends the session."""
        shown = self.session.current
        assert shown is not None
        if said in ("1", "2", "3", "4"):
            await self._answer(shown, Rating(int(said)))
        elif said == "u" and (last := self.session.last) is not None:
            await self.selection.practice.take_back(last)
            self.session.take_back()
            self._show()
        elif said == "s":
            await self.selection.practice.suspend(shown.card.id, suspended=True)
            self.session.leave_out()
            self._go_on()
        elif said == "q":
            return False
        elif not said and not self._turned:
            self._turned = True
            self.turn(shown)
        else:
            self.refuse()
        return True

    async def _answer(self, shown: PracticeCard, rating: Rating) -> None:
        now_s = time.time()
        took_ms = round((time.monotonic() - self._shown_at) * 1000)
        review = CardReview(shown.card.id, round(now_s * 1000), rating, took_ms)
        progress = await self.selection.practice.review(review)
        self.session.answer(review, progress)
        self.rated(shown, review, progress)
        self._go_on()

    def _go_on(self) -> None:
        self.session.next(time.time())
        self._show()

    def _show(self) -> None:
        self._turned = False
        self._shown_at = time.monotonic()
        if self.session.current is not None:
            self.show(self.session.current)

    # --- what is seen ---

    def show(self, shown: PracticeCard) -> None:
        card, note = shown.card, shown.note
        title = note.title or note.video.name
        print_text(
            _("\n— {left} left · {title}\n\n{asks}\n").format(
                left=self.session.left, title=" ".join(title.split()), asks=card.asks
            )
        )
        if card.choices:
            print_text(f"\n{card.choice_lines}\n")
        self._prompt(_("Enter turns the card; q ends: "))

    def turn(self, shown: PracticeCard) -> None:
        card = shown.card
        if card.kind is CardKind.CLOZE:
            print_text(f"\n{''.join(card.filled)}\n")
        print_text(f"\n{timed(card.section, self.selection.level)}\n")
        if card.is_doubtful:
            print_text(_("\nDoubtful: not all of this was found in the video.\n"))
        if (start_s := card.start_s) is not None and (link := shown.note.video.link_at(start_s)):
            print_text(f"{link}\n")
        after = intervals(shown.reviews, now_s=time.time())
        choices = ", ".join(
            f"{rating.value} {rating.words} ({interval_words(after[rating])})" for rating in Rating
        )
        self._prompt(f"\n{choices}: ")

    def rated(self, shown: PracticeCard, review: CardReview, progress: Progress) -> None:
        wait = interval_words(progress.due_s - review.at_ms / 1000)
        print_text(
            _("{words}: comes again in {wait}.\n").format(words=review.rating.words, wait=wait)
        )

    def refuse(self) -> None:
        self._prompt(_("Say 1 to 4, u to take the last answer back, s to leave it out, q to end: "))

    def end(self, counts: PracticeCounts) -> None:
        answered = count(self.session.answered, "answer")
        print_text(
            _("\n{answered}; {due} due, {new} new are left today.\n").format(
                answered=answered, due=counts.due, new=counts.new
            )
        )
        if not counts.due and not counts.new and counts.next_s is not None:
            say(_none_words(counts))

    def _prompt(self, words: str) -> None:
        print_text(words if sys.stdin and sys.stdin.isatty() else f"{words}\n")
        sys.stdout.flush()


class _JsonPracticeLoop(_PracticeLoop):
    """A practice session for programs: a line of JSON for each card, answer and the end."""

    def show(self, shown: PracticeCard) -> None:
        self._print({"card": _card_json(shown, self.selection.level), "left": self.session.left})

    def turn(self, shown: PracticeCard) -> None:
        """Do nothing: the answer is already in the card."""

    def rated(self, shown: PracticeCard, review: CardReview, progress: Progress) -> None:
        said = {"id": review.card, "rating": review.rating.value, "duration_ms": review.duration_ms}
        self._print({"answer": said | _progress_json(progress)})

    def refuse(self) -> None:
        self._print({"error": _("1 to 4, u, s or q was expected")})

    def end(self, counts: PracticeCounts) -> None:
        told = {"answered": self.session.answered, "forgotten": self.session.forgotten}
        self._print({"done": told | _counts_json(counts)})

    @staticmethod
    def _print(data: dict[str, Any]) -> None:
        print(json.dumps(data, ensure_ascii=False), flush=True)


async def _restore(arguments: argparse.Namespace, services: Services) -> None:
    restored = await services.practice.unsuspend_all(notes=arguments.notes)
    if arguments.json:
        print_json({"restored": restored})
    say(
        ngettext(
            "{n} card can be practised again.", "{n} cards can be practised again.", restored
        ).format(n=number(restored))
    )


# --- export ---


async def _export(arguments: argparse.Namespace, services: Services) -> None:
    folder, named, format = _place(arguments)
    ids = arguments.notes or [row.id for row in await services.store.recent(limit=EVERYTHING)]
    notes: list[Note] = []
    far = PeriodicProgress(_("Reading notes: {done} of {total} …"))
    for done, note_id in enumerate(ids):
        far(done, len(ids))
        note = await services.store.get(note_id)
        if cards_of(note):
            notes.append(replace(note, video=replace(note.video, url=note.video.public_url)))
        elif arguments.notes:
            say(_asks_nothing(note))
    if not notes:
        if arguments.json:
            print_json({"path": None, "cards": 0, "notes": 0, "new": False})
        if not arguments.notes:
            say(NO_CARDS)
        return
    services.exporter.prepare(folder)
    if len(notes) >= MANY:
        say(
            ngettext(
                "Writing the cards of {n} note …", "Writing the cards of {n} notes …", len(notes)
            ).format(n=number(len(notes)))
        )
    level = level_of(services)
    file = services.exporter.save_cards(notes, named or folder, format, level)
    cards = sum(len(cards_of(note)) for note in notes)
    if arguments.json:
        told = {"path": str(file.path), "cards": cards, "notes": len(notes), "new": file.is_new}
        print_json(told)
    else:
        print_name(str(file.path))
    words = _("{cards} of {notes}")
    if not file.is_new:
        words = _("{cards} of {notes}; already there: {path}")
    say(words.format(cards=count(cards, "card"), notes=count(len(notes), "note"), path=file.path))


def _place(arguments: argparse.Namespace) -> tuple[Path, Path | None, str]:
    """Return the folder, the single file if the name has a card format's extension (else None), and
    the format.

    Raises UsageError if the extension contradicts the requested format.
    """
    place = Path(arguments.output)
    named = CARD_ENDINGS.get(place.suffix.lower()) if not place.is_dir() else None
    if named is None:
        return place, None, arguments.format or "anki"
    if arguments.format not in (None, named):
        raise UsageError(
            _("{file} would be no file of the format {format}.").format(
                file=place.name, format=arguments.format
            ),
            hint=_("Leave out --format, or name a folder."),
        )
    return place.parent, place, named
