"""Collects one answer of a model, from its first event to its end, for any protocol.

Writers turn events of their protocol into `StreamEvent`, with Gemini's names of finish reasons;
`AnswerCollector` makes `Writing` of them and judges the end: an answer is a note if it has a
recognized finish reason, or if its JSON is closed although the stream names none. Reading stops
when an answer repeats itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, replace

from notegen_desktop.domain.checks.repetition import (
    TAIL_CHARS,
    ends_in_repetition,
    repeated_sections,
)
from notegen_desktop.domain.errors import (
    AnswerRefused,
    AnswerTruncated,
    AnswerUnusable,
    NetworkUnreachable,
    NoteGenError,
    ServiceUnavailable,
    TimedOut,
)
from notegen_desktop.domain.notes.note import Usage
from notegen_desktop.domain.words import N_, _
from notegen_desktop.services.ports import Allowance, Assignment, Writing

from .decoding import (
    AnswerDecoder,
    DraftDecoder,
    NotesDecoder,
    ReviewDecoder,
    expected_sections,
)
from .wire import MAX_ANSWER_BYTES, Limits, redact

DRAIN_S = 1.0  # wait for a clean end of the stream after the final chunk
LATE_S = 15.0  # wait for the text if the final chunk came before it
MAX_SECTIONS_FACTOR = 2.5  # of the expected sections; with 6 more, an answer is endless

CUT_OFF = ("MAX_TOKENS", "CONTINUATION")

REFUSED = {
    "SAFETY": N_("its safety rules forbid an answer to this material"),
    "RECITATION": N_("the answer would have recited a protected text word for word"),
    "LANGUAGE": N_("it does not write in this language"),
    "BLOCKLIST": N_("the material has words that it may not use"),
    "PROHIBITED_CONTENT": N_("the material has content that it may not write about"),
    "SPII": N_("the answer would have held sensitive personal data"),
    "IMAGE_SAFETY": N_("its safety rules forbid an answer to the pictures of this video"),
    "MODEL_ARMOR": N_("a filter of your project stopped it"),
    "JAILBREAK": N_("it takes the material for an attempt to get round its rules"),
}


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """An event of the stream. Fields are empty or zero if the event has none."""

    text: str = ""
    finish: str = ""
    finish_words: str = ""
    blocked: str = ""
    model: str = ""
    usage: Usage | None = None
    allowances: tuple[Allowance, ...] = ()


class AnswerCollector:
    """Collects pieces. Raises WriterError as soon as the answer is known to fail.

    A continuation of a cut answer may be empty, if nothing was missing.
    """

    def __init__(
        self,
        assignment: Assignment,
        *,
        model: str,
        service: str = "Gemini",
    ) -> None:
        asked = (assignment, *assignment.others)
        self.finish = ""
        self._may_be_empty = any(
            one.whole_sections is not None or (one.part is not None and one.part.fills)
            for one in asked
        )
        self._finish_words = ""
        self._decoder: DraftDecoder
        if assignment.inquiry is not None:
            self._decoder = AnswerDecoder()
        elif assignment.statements:
            self._decoder = ReviewDecoder()
        elif assignment.others:
            self._decoder = NotesDecoder(
                [(one.template.id, sections_to_come(one)) for one in asked]
            )
        else:
            self._decoder = DraftDecoder(expected_sections=sections_to_come(assignment))
        self._most = MAX_SECTIONS_FACTOR * sum(map(sections_to_come, asked)) + 6
        self._enough = False
        self._latest = Writing(draft=self._decoder.draft, usage=Usage(requests=1), model=model)
        self._service = service
        self._bytes = self._looked_at = 0
        self._begun = False

    @property
    def finished(self) -> bool:
        return bool(self.finish)

    @property
    def is_over(self) -> bool:
        """Return True if reading may stop: the answer has more sections than any note needs."""
        return self._enough

    @property
    def is_whole(self) -> bool:
        """Return True if the text is a whole note, with or without an end of the stream."""
        draft, closed = self._decoder.finish()
        return closed and bool(draft.sections or self._decoder.reviews or self._may_be_empty)

    @property
    def is_late(self) -> bool:
        """Return True if the stream has reported its end, but the text is incomplete."""
        return self.finish == "STOP" and not self.is_whole

    def take(self, piece: StreamEvent) -> Writing | None:
        """Add a piece; return the state to show, or None if nothing worth showing changed.

        Raises AnswerRefused for a blocked prompt, AnswerUnusable for an endless answer or one that
        repeats itself.
        """
        before = self._latest
        model = piece.model.removeprefix("models/")
        if model and model != self._latest.model:
            self._latest = replace(self._latest, model=redact(model))
        if piece.allowances:
            self._latest = replace(self._latest, allowances=piece.allowances)
        if piece.usage is not None:
            self._latest = replace(self._latest, usage=replace(piece.usage, requests=1))
        if piece.blocked:
            raise refusal(piece.blocked, blocked=True, service=self._service)
        self._bytes += len(piece.text.encode("utf-8", "replace"))
        if self._bytes > MAX_ANSWER_BYTES:
            raise AnswerUnusable(_("The answer has no end: more than 8 MB came."))
        draft = self._decoder.feed(piece.text)
        if draft is not None or self._bytes > self._looked_at + TAIL_CHARS / 2:
            self._looked_at = self._bytes
            if ends_in_repetition(self._decoder.tail):
                raise AnswerUnusable(REPEATS, keeps=True)
        if draft is not None:
            if repeated_sections(draft.sections):
                raise AnswerUnusable(REPEATS, keeps=True)
            self._enough = len(draft.sections) > self._most
            self._latest = replace(
                self._latest,
                draft=draft,
                progress=self._decoder.progress,
                notes=self._decoder.notes,
            )
        if piece.finish:
            self.finish = piece.finish
            self._decoder.stopped = piece.finish == "STOP"
            self._finish_words = piece.finish_words
        shown = not self._begun or draft is not None or (piece.usage and self._latest != before)
        self._begun = True
        return self._latest if shown else None

    def end(self) -> Writing:
        """Return the finished note.

        Raises ServiceUnavailable if the stream stopped without a reason, AnswerRefused,
        AnswerTruncated if no section is whole, AnswerUnusable if the answer is no note.
        """
        draft, closed = self._decoder.finish()
        if not self.finish and not self._enough and not self.is_whole:
            raise ServiceUnavailable(
                _("The connection to {service} ended in mid-answer.").format(service=self._service)
            )
        if self.finish in REFUSED:
            raise refusal(
                self.finish,
                self._finish_words,
                keeps=bool(draft.sections),
                service=self._service,
            )
        if self.finish not in ("", "STOP", *CUT_OFF):
            raise AnswerUnusable(_unknown_end(self.finish, self._finish_words, self._service))
        cut = self.finish in CUT_OFF
        if not (draft.sections or self._decoder.reviews):
            if cut or (self._latest.draft.sections and not closed):
                raise AnswerTruncated()
            if not (closed and self._may_be_empty):
                raise AnswerUnusable(self._what_came(closed))
        return replace(
            self._latest,
            draft=draft,
            progress=1.0,
            finished=True,
            truncated=not (closed or self._enough),
            notes=self._decoder.notes,
            reviews=self._decoder.reviews,
            said=self._decoder.said,
        )

    def saved(self) -> Writing | None:
        """Return the whole sections of an answer that broke off; None if it has none."""
        draft, _ = self._decoder.finish()
        if number := repeated_sections(draft.sections):
            draft = replace(draft, sections=draft.sections[:-number])
        if not (draft.sections or self._decoder.reviews):
            return None
        return replace(
            self._latest, draft=draft, notes=self._decoder.notes, reviews=self._decoder.reviews
        )

    def _what_came(self, closed: bool) -> str:
        text = redact(" ".join(self._decoder.text.split()))
        if not text:
            return _("The answer was empty.")
        if closed:
            return _("The answer has no sections.")
        return _("What came is not a note: “{text}”").format(
            text=text[:160] + ("…" if len(text) > 160 else "")
        )


REPEATS = N_("The model repeats itself without end, so it was stopped.")


async def writings(
    answer: AnswerCollector,
    next_piece: Callable[[float], Awaitable[StreamEvent | None]],
    limits: Limits,
) -> AsyncGenerator[Writing, None]:
    """Yield the states of an answer worth showing, the finished one last.

    `next_piece` waits at most the given seconds for a piece and returns None at the end of the
    stream; it raises NoteGenError, TimedOut in particular. Before an error is raised, whole
    sections are yielded once more, so that they can be kept.
    """
    clock = asyncio.get_running_loop().time
    deadline = clock() + limits.whole_s
    patience = limits.first_byte_s
    try:
        while True:
            try:
                piece = await next_piece(max(0.0, min(patience, deadline - clock())))
            except NoteGenError:
                if answer.finished or answer.is_whole:
                    break  # the answer is complete: the end of the connection does not matter
                raise
            if piece is None:
                break
            shown = answer.take(piece)
            patience = limits.idle_s
            if answer.finished:
                patience = min(LATE_S, patience) if answer.is_late else DRAIN_S
            if shown is not None:
                yield shown
            if answer.is_over:
                break
        last = answer.end()
    except (ServiceUnavailable, NetworkUnreachable, TimedOut, AnswerRefused, AnswerUnusable):
        saved = answer.saved()
        if saved is not None:
            yield saved
        raise
    yield last


def refusal(
    reason: str,
    words: str = "",
    *,
    blocked: bool = False,
    keeps: bool = False,
    service: str = "Gemini",
) -> NoteGenError:
    """Return the error of a refusal, with its reason as text. `keeps`: whole sections were
    received."""
    why = _(REFUSED.get(reason, "")) or _("it gives the reason {reason}").format(reason=reason)
    if blocked:
        what = _("{service} does not take this request: {why}.")
    else:
        what = _("{service} refused to write this note: {why}.")
    recited = "RECITATION" in reason and not blocked
    less = _(
        "Let less be held back as harmful (settings, Gemini), or choose another engine or template."
    )
    return AnswerRefused(
        _and_says(what.format(service=service, why=why), words),
        hint=less if reason == "SAFETY" and service == "Gemini" else "",
        keeps=keeps,
        recited=recited,
    )


def _unknown_end(reason: str, words: str, service: str) -> str:
    what = _("{service} stopped writing for a reason of its own ({reason}).")
    if reason == "MALFORMED_RESPONSE":
        what = _("{service} gave up because its own answer was malformed.")
    return _and_says(what.format(service=service, reason=reason), words)


def _and_says(what: str, words: str) -> str:
    told = _("It says: {words}").format(words=redact(words)[:300]) if words else ""
    return " ".join(filter(None, (what, told)))


def sections_to_come(assignment: Assignment) -> float:
    """Return the expected number of sections: those of the template, less those kept."""
    video, words = assignment.video, assignment.transcript
    seconds = video.duration_s or (words.duration_s if words else 0.0)
    minutes = seconds / 60 if seconds else None
    expected = expected_sections(assignment.template, minutes, assignment.part)
    kept = len(assignment.whole_sections.sections) if assignment.whole_sections else 0
    return max(1.0, expected - kept)
