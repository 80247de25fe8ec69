"""Writes one note: sends the request, checks the answer, asks again or for missing parts.

The generator knows neither the board nor other jobs. It reports to a `GenerationObserver`, and
returns a `Note` or raises an error of this note alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from notegen_desktop.domain.checks.coverage import (
    after_filling,
    coverage,
    promises_coverage,
    without,
)
from notegen_desktop.domain.checks.evidence import GroundingIndex
from notegen_desktop.domain.checks.validation import levels_to_write
from notegen_desktop.domain.cost.estimate import Estimate
from notegen_desktop.domain.errors import (
    AnswerRefused,
    AnswerTruncated,
    AnswerUnusable,
    NetworkUnreachable,
    NothingThere,
    RequestTooLarge,
    TimedOut,
    WriterError,
)
from notegen_desktop.domain.notes.doubts import DoubtfulStatement, with_instead
from notegen_desktop.domain.notes.merging import filled, key_of
from notegen_desktop.domain.notes.note import Draft, Engine, Note, Part, Usage
from notegen_desktop.domain.notes.parts import (
    condensed,
    gap_part,
    missing_stretch,
    overall_template,
    split,
    statement_part,
    with_whole,
)
from notegen_desktop.domain.notes.rewriting import RewriteScope
from notegen_desktop.domain.text.tokens import CACHE_FROM, count_tokens
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.clock import Clock

from .assignment import Work
from .chunks import write_parts
from .combined import Combinations
from .guides import in_its_videos, to_grow, with_growth
from .observer import ForwardingObserver, GenerationObserver, Growth
from .overnight import Overnight
from .request import CacheWarmup, ModelAnswer, RequestSender
from .rewriting import RewriteObserver, from_course_times, placed, rewrite_requests, to_course_times
from .small_models import write_lacking, write_levels, write_sections
from .validation import ValidationResult, forgotten, kept_of, validate

log = logging.getLogger(__name__)

MIN_PART_TOKENS = 400
"""Minimum tokens of a part, about two minutes of speech: a model limited to less cannot write a
note."""

CHECKS_AT_ONCE = 1
"""Drafts validated concurrently. Checks are CPU-bound: more threads would only use more memory and
slow down the window."""


IN_OTHER_WORDS = (
    "It broke off where it recited a text word for word. Tell the rest in words of your own; quote "
    "a few words at most, and no verse or lyrics."
)


class NoteGenerator:
    """Writes notes; one instance per program, `write` may run many times concurrently.

    Notes of jobs in `combinations` share an answer, those of `overnight` come in batches.
    `fills_gaps` tells if passages that a note leaves out are written, and paid for, without asking.
    """

    def __init__(
        self,
        sender: RequestSender,
        clock: Clock,
        fills_gaps: Callable[[], bool],
        overnight: Overnight,
    ) -> None:
        self.overnight = overnight
        self.combinations = Combinations(sender)
        self._fills_gaps = fills_gaps
        self._sender = sender
        self._clock = clock
        self._checks = asyncio.Semaphore(CHECKS_AT_ONCE)
        self._warmups: dict[tuple[str, str, str], CacheWarmup] = {}
        self._indexes: dict[str, GroundingIndex] = {}

    def forget(self, video_id: str) -> None:
        """Release the caches of a video for which no more notes are requested now: its cache
        warm-ups and its grounding index."""
        self._indexes.pop(video_id, None)
        for key in [key for key in self._warmups if key[0] == video_id]:
            del self._warmups[key]

    async def write(self, work: Work, observer: GenerationObserver) -> Note:
        """Return the finished, grounded note. Falls back to smaller parts if the model's limit
        turns out smaller than known, and to one request per level if the model cannot write three
        at once. Raises WriterError, NetworkUnreachable or TimedOut."""
        models = self._sender.models
        failed: WriterError | None = None
        may_write_levels = work.engine.is_connection and not (work.by_level or work.by_section)
        work = replace(work, may_write_levels=may_write_levels)
        while True:
            try:
                grows = await asyncio.to_thread(to_grow, work) if work.before else None
                note = await self._grown(grows, observer) if grows else None
                note = note or await self._written(work, observer)
                if work.material.members:
                    note = await asyncio.to_thread(in_its_videos, work, note)
                if failed is not None:
                    await models.writes_by_level(work.engine, work.model)
                return note
            except _LevelsTooLarge as found:
                log.info("%s is asked level by level: %s", work.model, found.error)
                failed = found.error
                if work.kept.count == 1:
                    work.kept.drafts.clear()  # drafts of whole parts are still valid
                work = replace(
                    work,
                    facts=replace(work.facts, by_level=True),
                    may_write_levels=False,
                    saved=None,
                )
            except RequestTooLarge as error:
                if not models.learn(work.engine, work.model, error):
                    raise
                work = replace(work, facts=await models.facts(work.engine, work.model), saved=None)
                if work.facts.limits.part < MIN_PART_TOKENS:
                    raise

    async def _grown(self, work: Work, observer: GenerationObserver) -> Note:
        """Return a guide extended by its new videos, the rest unchanged; see `courses.course`."""
        verdict, answer = await self._checked(work, observer, None)
        return await asyncio.to_thread(with_growth, work, self._note(work, verdict, answer))

    async def _written(self, work: Work, observer: GenerationObserver) -> Note:
        material = work.material
        parts: tuple[Part, ...] = ()
        warmup = None
        if work.engine is not Engine.OFFLINE and not work.by_section:
            parts = split(material.transcript, material.video, work.mode, work.facts.limits)
            if work.estimate.prefix_tokens >= CACHE_FROM:
                key = (material.video.id, work.model, work.wish)
                warmup = self._warmups.setdefault(key, CacheWarmup(self._clock))
        alone = work.by_level or work.by_section
        if parts or alone:
            self.combinations.leave(work.job_id)
        if parts:
            verdict, answer = await self._in_parts(work, parts, observer, warmup)
        else:
            early = await self.overnight.answer(work, observer)
            if early is None and not alone:
                early = await self.combinations.answer(work, observer)
            verdict, answer = await self._checked(work, observer, warmup, early)
        note = self._note(work, verdict, answer)
        asked_in_vain = any(missing_stretch(lack) for lack in note.missing)
        fills = self._fills_gaps() and not asked_in_vain
        for gap in forgotten(work, note, len(parts)) if fills else ():
            try:
                note = await self._filled(work, note, gap, _DraftHidingObserver(observer))
            except (WriterError, NetworkUnreachable, TimedOut) as error:
                log.info("a gap stays open: %s", error)
        return note

    async def fill(
        self, work: Work, note: Note, span: tuple[float, float], observer: GenerationObserver
    ) -> Note:
        """Return the note with the gap between two times (seconds) written.

        Raises NothingThere, WriterError, NetworkUnreachable or TimedOut.
        """
        material = work.material
        known = tuple(section.heading for section in note.sections)
        gap = gap_part(material.transcript, material.video, work.mode, span, known=known)
        if gap is None:
            raise NothingThere
        return await self._filled(work, note, gap, observer)

    async def rewrite(
        self, work: Work, note: Note, doubt: DoubtfulStatement, observer: GenerationObserver
    ) -> Note:
        """Return the note with a doubtful statement replaced by one that the cited passage
        supports. Raises as `fill` does, and NothingThere if the passage supports none."""
        part = statement_part(work.material.transcript, work.material.video, work.mode, note, doubt)
        if part is None:
            raise NothingThere
        verdict, answer = await self._checked(work.of_part(part), observer, None)
        written = next(
            (s for s in verdict.grounded.sections if s.shown_at(doubt.level).strip()), None
        )
        if written is None:
            raise NothingThere(
                _("Nothing is said there that the note could say instead."),
                hint=_("Take the statement out."),
            )
        return replace(with_instead(note, doubt, written), usage=note.usage + answer.usage)

    async def again(
        self,
        work: Work,
        note: Note,
        again: RewriteScope,
        estimates: Sequence[Estimate],
        observer: GenerationObserver,
    ) -> Note:
        """Return a stored note with the requested sections or level rewritten, the rest unchanged
        to the letter. Sections of an earlier attempt (`Work.kept`) are not requested again.
        `estimates` are those of the requests, see `rewrite_requests`. Raises as `fill` does."""
        if again.is_whole:
            written = await self.write(work, observer)
            return replace(written, id=note.id, usage=note.usage + written.usage)
        found = await self._pieced(work, to_course_times(work, note), again, estimates, observer)
        return from_course_times(work, note, found)

    async def _pieced(
        self,
        work: Work,
        note: Note,
        again: RewriteScope,
        estimates: Sequence[Estimate],
        observer: GenerationObserver,
    ) -> Note:
        asked = rewrite_requests(note, again, work.material, work.template, work.mode, work.facts)
        kept = work.kept.of(len(asked))
        for number, piece in enumerate(asked):
            saved = kept[number].draft if number in kept else Draft()
            one = replace(piece.of(work, note, saved), estimate=estimates[number])
            on = RewriteObserver(observer, number, len(asked)) if len(asked) > 1 else observer
            is_there = len(saved.sections) >= len(piece.places)
            answer = ModelAnswer(replace(saved, whole=True))
            if is_there:
                verdict = await self._validated(one, answer.draft)
            else:
                verdict, answer = await self._checked(one, on, None)
            sections = verdict.grounded.sections
            if not is_there and saved.sections:
                begun = await self._validated(one, replace(saved, whole=True))
                sections = (*begun.grounded.sections, *sections)
            note = placed(note, piece, sections, answer.usage)
        return note

    async def complete(self, work: Work, note: Note, observer: GenerationObserver) -> Note:
        """Return the note with its missing sections (`Note.missing`) added; sound sections stay.
        Raises as `fill` does if nothing could be added."""
        note = await self._with_stretches(work, note, observer)
        if not note.missing or any(map(missing_stretch, note.missing)):
            return note
        kept = await asyncio.to_thread(kept_of, work, note)
        whole = kept if kept.sections else None
        verdict, answer = await self._checked(replace(work, saved=whole), observer, None)
        known = {key_of(section.heading) for section in kept.sections}
        fresh = [s for s in verdict.grounded.sections if key_of(s.heading) not in known]
        if not fresh:
            raise NothingThere(
                _("Nothing more came for this note."), hint=_("Write the note again.")
            )
        stays = [section for section in note.sections if key_of(section.heading) in known]
        sections = filled(stays, fresh, work.template)
        return replace(
            note,
            sections=sections,
            coverage=coverage(sections, work.duration_s, work.template),
            missing=verdict.lacks,
            usage=note.usage + answer.usage,
        )

    async def _with_stretches(self, work: Work, note: Note, observer: GenerationObserver) -> Note:
        """Return the note with the parts that failed when it was written."""
        before = note
        for lack in note.missing:
            if (span := missing_stretch(lack)) is None:
                continue
            try:
                with suppress(NothingThere):  # the video has no words there, so nothing is missing
                    note = await self.fill(work, note, span, observer)
            except (WriterError, NetworkUnreachable, TimedOut):
                if note == before:
                    raise
                return note
            note = replace(note, missing=tuple(each for each in note.missing if each != lack))
        return note

    async def _in_parts(
        self,
        work: Work,
        parts: tuple[Part, ...],
        observer: GenerationObserver,
        warmup: CacheWarmup | None,
    ) -> tuple[ValidationResult, ModelAnswer]:
        async def write(of_part: Work, on: GenerationObserver) -> ModelAnswer:
            assert of_part.part is not None
            own = warmup.of(of_part.part) if warmup is not None else None
            early = await self.overnight.answer(of_part, on)
            verdict, answer = await self._checked(of_part, on, own, early)
            if not verdict.draft.whole:
                raise AnswerTruncated
            return replace(answer, draft=verdict.draft)

        draft, answers, lacks = await write_parts(write, work, parts, observer)
        draft, spent = await self._over_the_whole(work, draft, _DraftHidingObserver(observer))
        observer.checking()
        verdict = await self._validated(work, draft)
        if not verdict.usable and not (verdict.opens and draft.sections):
            work.kept.drafts.clear()  # another attempt would only join the same drafts
            raise _unusable(verdict)
        usage = sum((answer.usage for answer in answers), spent)
        model = next((answer.model for answer in answers if answer.model), "")
        stretches = [span for lack in lacks if (span := missing_stretch(lack))]
        if stretches and promises_coverage(work.template):
            shown = without(verdict.grounded.coverage, stretches)
            verdict = replace(verdict, grounded=replace(verdict.grounded, coverage=shown))
        lacks = (*lacks, *(() if verdict.usable else verdict.lacks))
        return replace(verdict, lacks=lacks), ModelAnswer(draft, usage, model)

    async def _over_the_whole(
        self, work: Work, draft: Draft, observer: GenerationObserver
    ) -> tuple[Draft, Usage]:
        """Return a long note whose overview, abstract and conclusion are rewritten over the whole,
        and the usage. If that fails, those merged from the parts stay."""
        template, material = overall_template(work.template), work.material
        if template is None:
            return draft, Usage()
        told = condensed(draft, material.transcript, work.template)
        if sum(count_tokens(segment.text) for segment in told.segments) > work.facts.limits.whole:
            return draft, Usage()
        asked = work.overall(template, told)
        try:
            verdict, answer = await self._checked(asked, observer, None)
        except (WriterError, NetworkUnreachable, TimedOut) as error:
            log.info("the parts of a note stay without a common overview: %s", error)
            return draft, Usage()
        return with_whole(draft, verdict.draft, work.template), answer.usage

    async def _filled(
        self, work: Work, note: Note, gap: Part, observer: GenerationObserver
    ) -> Note:
        verdict, answer = await self._checked(work.of_part(gap), observer, None)
        sections = filled(note.sections, verdict.grounded.sections, work.template)
        found = coverage(sections, work.duration_s, work.template)
        nothing_in = None if verdict.grounded.sections else (gap.start_s, gap.end_s)
        return replace(
            note,
            sections=sections,
            coverage=after_filling(note.coverage, found, nothing_in),
            usage=note.usage + answer.usage,
        )

    async def _checked(
        self,
        work: Work,
        observer: GenerationObserver,
        warmup: CacheWarmup | None,
        combined: ModelAnswer | None = None,
    ) -> tuple[ValidationResult, ModelAnswer]:
        """Return the verdict and the answer; if the first answer is no note, it is requested once
        more.

        `combined` is the answer received together with other notes, or in a batch.
        """
        if work.by_section:
            return await self._by_section(work, observer)
        usage = Usage()
        whole, reason = work.saved, ""
        if combined is not None and not combined.complete:
            usage, whole, combined = combined.usage, combined.draft, None
        while True:
            answer = combined or await self._answer(work, whole, reason, observer, warmup)
            combined = None
            usage += answer.usage
            broke_off = answer.broke_off
            if isinstance(broke_off, AnswerTruncated) and work.may_write_levels:
                raise _LevelsTooLarge(broke_off)  # one level is a third as long
            if isinstance(broke_off, AnswerUnusable | AnswerRefused) and not reason:
                recited = isinstance(broke_off, AnswerRefused)
                reason = IN_OTHER_WORDS if recited else broke_off.message
                whole = answer.draft if broke_off.keeps else None
                continue
            if broke_off is not None and (
                isinstance(broke_off, AnswerUnusable) or work.part is not None
            ):
                raise _LevelsTooLarge(broke_off) if work.may_write_levels else broke_off
            observer.checking()
            verdict = await self._validated(work, answer.draft)
            if verdict.usable and broke_off is None:
                if work.may_write_levels and levels_to_write(answer.draft):
                    verdict, answer = await self._with_levels(work, verdict, answer, observer)
                    usage += answer.usage
                return verdict, replace(answer, usage=usage)
            if broke_off is not None or reason or work.engine is Engine.OFFLINE:
                if verdict.opens and answer.draft.sections:
                    lacks = verdict.lacks or ("its end",)
                    return replace(verdict, lacks=lacks), replace(answer, usage=usage)
                error = broke_off or _unusable(verdict)
                raise _LevelsTooLarge(error) if work.may_write_levels else error
            reason = verdict.reason
            whole = answer.draft if verdict.continues else None

    async def _by_section(
        self, work: Work, observer: GenerationObserver
    ) -> tuple[ValidationResult, ModelAnswer]:
        """Return a small model's note. Problems of the whole note are not retried, as each section
        was repaired alone; they are listed as missing."""
        answer, lacks = await write_sections(self._sender.answer, work, work.saved, observer)
        observer.checking()
        verdict = await self._validated(work, answer.draft)
        if not verdict.draft.sections:
            raise _unusable(verdict)
        if not verdict.usable:
            log.info("a note of %s is taken as it is: %s", work.model, verdict.reason)
        return replace(verdict, lacks=tuple(dict.fromkeys((*lacks, *verdict.lacks)))), answer

    async def _answer(
        self,
        work: Work,
        whole: Draft | None,
        reason: str,
        observer: GenerationObserver,
        warmup: CacheWarmup | None,
    ) -> ModelAnswer:
        ask = partial(self._sender.answer, reason=reason, warmup=warmup)
        if work.by_level:
            return await write_levels(ask, work, whole, observer)
        return await ask(work, whole, observer)

    async def _with_levels(
        self,
        work: Work,
        verdict: ValidationResult,
        answer: ModelAnswer,
        observer: GenerationObserver,
    ) -> tuple[ValidationResult, ModelAnswer]:
        """Return a sound note whose empty or identical levels were requested alone, with the usage
        of that. If it fails, the note stays as it was."""
        log.info("%s left out levels: each is asked for by itself", work.model)
        try:
            more = await write_lacking(
                self._sender.answer, work, answer.draft, _DraftHidingObserver(observer)
            )
        except (WriterError, NetworkUnreachable, TimedOut) as error:
            log.info("a note stays without some of its levels: %s", error)
            return verdict, replace(answer, usage=Usage())
        observer.checking()
        better = await self._validated(work, more.draft)
        if not better.usable:
            return verdict, replace(answer, usage=more.usage)
        if not levels_to_write(more.draft):
            await self._sender.models.writes_by_level(work.engine, work.model)
        return better, replace(answer, draft=more.draft, usage=more.usage)

    async def _validated(self, work: Work, draft: Draft) -> ValidationResult:
        async with self._checks:
            return await asyncio.to_thread(validate, work, draft, await self._index(work))

    async def _index(self, work: Work) -> GroundingIndex | None:
        """Return the grounding index of a whole video, built once for all its notes; None if no
        other note can share it."""
        video, words = work.material.video, work.material.transcript
        if words is None or work.part is not None or not work.job_id:
            return None
        index = self._indexes.get(video.id)
        if index is None or index.transcript is not words:
            index = self._indexes[video.id] = await asyncio.to_thread(GroundingIndex, words)
        return index

    def _note(self, work: Work, verdict: ValidationResult, answer: ModelAnswer) -> Note:
        video = work.material.video
        return Note(
            title=verdict.draft.title or video.name,
            video=video,
            template=work.template.id,
            template_version=work.template.full_version,
            language=work.language,
            engine=work.engine.value,
            model=answer.model or work.model,
            created=datetime.fromtimestamp(self._clock.time(), UTC).isoformat(timespec="seconds"),
            sections=verdict.grounded.sections,
            coverage=verdict.grounded.coverage,
            usage=answer.usage,
            mode=work.mode.value,
            missing=verdict.lacks,
            wish=work.wish,
        )


class _DraftHidingObserver(ForwardingObserver):
    """Hides the text of a gap while it is written: its place is known only after grounding."""

    async def grew(self, grown: Growth) -> None:
        pass


class _LevelsTooLarge(Exception):
    """Raised if a model failed twice to write three levels at once; one at a time may succeed."""

    def __init__(self, error: WriterError) -> None:
        super().__init__(error.message)
        self.error = error


def _unusable(verdict: ValidationResult) -> AnswerUnusable:
    return AnswerUnusable(
        _("What came back is not a note: {reason}").format(reason=verdict.reason_words),
        hint=_("Retry, or choose another model. The text that came is kept to read."),
    )
