"""Answers questions: finds transcripts, has a model answer from them, stores the answer."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from notegen_desktop.domain.asking.excerpt import MAX_QUESTION, Inquiry, excerpt_of
from notegen_desktop.domain.asking.exchange import Exchange
from notegen_desktop.domain.asking.passages import PASSAGE_TOKENS, Source
from notegen_desktop.domain.cost.estimate import Estimate, estimate_answer
from notegen_desktop.domain.engines.order import UNABLE
from notegen_desktop.domain.errors import (
    KeyMissing,
    NoteGenError,
    NothingThere,
    StoreError,
    TranscriptNeeded,
    UsageError,
    error_of,
)
from notegen_desktop.domain.jobs.job import NoteRequest
from notegen_desktop.domain.links.link import Link
from notegen_desktop.domain.notes.note import Engine, Mode
from notegen_desktop.domain.notes.templates import NoteTemplate, PromptTexts
from notegen_desktop.domain.prompts.asking import question_prompt
from notegen_desktop.domain.prompts.material import one_line
from notegen_desktop.domain.text.features import feature_row
from notegen_desktop.domain.words import _
from notegen_desktop.services.generation.assignment import Work
from notegen_desktop.services.generation.request import RequestSender
from notegen_desktop.services.ports import (
    Material,
    ModelFacts,
    NoteStore,
    QuestionStore,
    QuestionSubject,
)
from notegen_desktop.services.reading.local_media import LocalMedia
from notegen_desktop.services.reading.resolver import Resolver
from notegen_desktop.services.reading.transcripts import TranscriptReader

from .answering import QuestionRequest, checked

log = logging.getLogger(__name__)

SEVERAL_TOKENS = 30 * 3 * PASSAGE_TOKENS
"""Maximum tokens of passages of several videos: thirty, each with two neighbours."""
MAX_SOURCES = 24
"""Maximum videos of the library searched for one question: about a second of work."""
LIKELY_QUESTION = "What is said about this, by whom, and for which reasons?"


@dataclass(frozen=True, slots=True)
class _Told:
    """The callbacks of an answer; see `ports.Asking.ask`."""

    estimated: Callable[[Estimate], None]
    grew: Callable[[str], None]
    waiting: Callable[[str], None]


@dataclass(slots=True, kw_only=True, eq=False)
class Asker:
    """Implements `ports.Asking`."""

    sender: RequestSender
    resolver: Resolver
    transcripts: TranscriptReader
    media: LocalMedia
    store: NoteStore
    questions: QuestionStore
    texts: Callable[[], PromptTexts]

    async def estimate(
        self,
        asked: QuestionSubject,
        question: str = "",
        *,
        earlier: Sequence[Exchange] = (),
        engine: Engine = Engine.AUTO,
        model: str = "",
    ) -> Estimate:
        engine = await self._engine(engine, lambda _: None)
        if engine is Engine.OFFLINE:
            return Estimate(0, 0, 0, 0.0, 0.0)
        model = self.resolver.model(engine, model)
        if asked.is_library:  # selecting its passages takes seconds
            nothing = Inquiry(question or LIKELY_QUESTION, excerpt_of((), ()))
            return self._estimated(nothing, engine, model, more_tokens=SEVERAL_TOKENS)
        sources = await self._sources(asked, question or LIKELY_QUESTION, lambda _: None)
        facts = await self.sender.models.facts(engine, model)
        inquiry = await _inquiry(sources, question or LIKELY_QUESTION, earlier, facts)
        return await asyncio.to_thread(self._estimated, inquiry, engine, model)

    async def ask(
        self,
        asked: QuestionSubject,
        question: str,
        *,
        earlier: Sequence[Exchange] = (),
        engine: Engine = Engine.AUTO,
        model: str = "",
        estimated: Callable[[Estimate], None] = lambda _: None,
        grew: Callable[[str], None] = lambda _: None,
        waiting: Callable[[str], None] = lambda _: None,
    ) -> Exchange:
        question = one_line(question, MAX_QUESTION)
        if not question:
            raise UsageError(_("The question is empty."), hint=_("Ask in a sentence."))
        engine = await self._engine(engine, waiting)
        first = NoteRequest(
            *("", "question", Mode.TRANSCRIPT, engine),
            model=self.resolver.model(engine, model),
            language="auto",
        )
        sources = await self._sources(asked, question, waiting)
        now = datetime.fromtimestamp(self.sender.clock.time(), UTC)
        exchange = Exchange(
            question=question,
            answer="",
            cites=(),
            videos=(),
            engine=engine.value,
            model=first.model,
            asked_at=now.isoformat(timespec="seconds").replace("+00:00", "Z"),
            several=len(sources) > 1 or asked == QuestionSubject(),
        )
        told = _Told(estimated, grew, waiting)
        failure: NoteGenError | None = None
        for request in (first, *self.resolver.alternatives(first)):
            if failure is not None:
                waiting(
                    _("{message} Asking {service} instead").format(
                        message=failure.message, service=request.engine.service
                    )
                )
            exchange = replace(exchange, engine=request.engine.value, model=request.model)
            try:
                exchange = await self._answered(sources, exchange, earlier, told)
                break
            except UNABLE as error:
                failure = failure or error
        else:
            assert failure is not None
            raise failure
        waiting("")
        return await self._kept(asked, exchange)

    async def conversation(self, asked: QuestionSubject) -> list[Exchange]:
        return await self.questions.all(asked.key)

    async def forget(self, exchange_id: str) -> None:
        await self.questions.delete(exchange_id)

    async def _kept(self, asked: QuestionSubject, exchange: Exchange) -> Exchange:
        """Return the exchange with its id; one that cannot be stored is returned without."""
        try:
            return await self.questions.put(asked.key, asked.note_id, exchange)
        except StoreError as error:
            log.warning("an answer is not kept: %s", error)
            return exchange

    async def _answered(
        self,
        sources: Sequence[Source],
        exchange: Exchange,
        earlier: Sequence[Exchange],
        told: _Told,
    ) -> Exchange:
        """Return the exchange with the answer of its engine."""
        engine = Engine(exchange.engine)
        if engine is Engine.OFFLINE:
            return await asyncio.to_thread(_quoted, sources, exchange)
        await self.resolver.find_key(engine, told.waiting)
        await self.sender.prepare(engine)
        facts = await self.sender.models.facts(engine, exchange.model)
        inquiry = await _inquiry(sources, exchange.question, earlier, facts)
        estimate = await asyncio.to_thread(self._estimated, inquiry, engine, exchange.model)
        told.estimated(estimate)
        work = Work(
            template=self._template,
            material=Material(inquiry.excerpt.video, inquiry.excerpt.transcript),
            mode=Mode.TRANSCRIPT,
            engine=engine,
            model=exchange.model,
            language="",
            estimate=estimate,
            likely_usd=estimate.cost_usd,
            run_id=f"ask-{uuid.uuid4().hex[:8]}",
            facts=facts,
        )
        self.sender.budget.estimated_usd += work.likely_usd
        request = QuestionRequest(self.sender, work, inquiry, grew=told.grew, waiting=told.waiting)
        writing = await request.answer()
        exchange = replace(exchange, model=request.model, usage=request.usage)
        return await asyncio.to_thread(checked, writing, inquiry, exchange)

    async def _engine(self, asked: Engine, tell: Callable[[str], None]) -> Engine:
        """Return the engine; `auto` is settled once the key ring has answered."""
        if asked is Engine.AUTO:
            with suppress(KeyMissing):
                await self.resolver.find_key(Engine.GEMINI, tell)
        return self.resolver.engine(asked)

    @property
    def _template(self) -> NoteTemplate:
        """Return the template under which requests of questions are booked."""
        return NoteTemplate("question", "1", "Question", "", "", (), texts=self.texts())

    def _estimated(
        self, inquiry: Inquiry, engine: Engine, model: str, *, more_tokens: int = 0
    ) -> Estimate:
        prompt = question_prompt(self._template, inquiry)
        prices = self.sender.models.prices(engine)
        return estimate_answer(prompt, model=model, prices=prices, more_tokens=more_tokens)

    # --- what is asked ---

    async def _sources(
        self, asked: QuestionSubject, question: str, waiting: Callable[[str], None]
    ) -> list[Source]:
        """Return the videos with their transcripts. Of several, those without one are left out."""
        if asked.note_id:
            return await self._of_note(asked.note_id)
        if len(asked.links) == 1:
            return [await self._of_link(asked.links[0], waiting)]
        if asked.links:
            return await self._of_links(asked.links, waiting)
        if asked.video_ids:
            return await self._of_library(asked.video_ids)
        found = await self.questions.sources(feature_row(question), limit=MAX_SOURCES)
        if not found:
            raise NothingThere(
                _("No words of a video are kept in the library."),
                hint=_("Generate a note of a video first."),
            )
        return [Source(video, transcript) for video, transcript in found]

    async def _of_note(self, note_id: str) -> list[Source]:
        note = await self.store.get(note_id)
        if note.videos:
            return await self._of_library([video.id for video in note.videos])
        transcript = await self.store.get_transcript(note.video.id)
        if transcript is None or not transcript.segments:
            raise TranscriptNeeded(
                _("There are no words of this note's video in the library."),
                hint=_("Ask its source instead, or generate a note from its words."),
            )
        return [Source(note.video, transcript)]

    async def _of_library(self, video_ids: Sequence[str]) -> list[Source]:
        """Return those of the videos whose transcripts are stored."""
        sources: list[Source] = []
        for video_id in video_ids:
            video = await self.store.get_video(video_id)
            transcript = await self.store.get_transcript(video_id)
            if video is not None and transcript is not None and transcript.segments:
                sources.append(Source(video, transcript))
        if not sources:
            raise NothingThere(
                _("No words of these videos are kept in the library."),
                hint=_("Choose others, or ask their sources instead."),
            )
        return sources

    async def _of_link(self, link: Link, waiting: Callable[[str], None]) -> Source:
        material = await self.transcripts.read(link)
        material = await self.media.with_words(material, tell=waiting)
        waiting("")
        if material.transcript is None or not material.transcript.segments:
            raise error_of(material.missing) if material.missing else TranscriptNeeded()
        return Source(material.video, material.transcript)

    async def _of_links(
        self, links: Sequence[Link], waiting: Callable[[str], None]
    ) -> list[Source]:
        found = await asyncio.gather(
            *(self._of_link(link, waiting) for link in links), return_exceptions=True
        )
        for each in found:
            if isinstance(each, BaseException) and not isinstance(each, NoteGenError):
                raise each
        sources = [each for each in found if isinstance(each, Source)]
        errors = [each for each in found if isinstance(each, NoteGenError)]
        if not sources and errors:
            raise errors[0]
        return sources


async def _inquiry(
    sources: Sequence[Source], question: str, earlier: Sequence[Exchange], facts: ModelFacts
) -> Inquiry:
    """Return the question with the passages to answer it from."""

    def made() -> Inquiry:
        from .passages import inquiry_of

        return inquiry_of(sources, question, earlier, facts)

    return await asyncio.to_thread(made)


def _quoted(sources: Sequence[Source], exchange: Exchange) -> Exchange:
    from .passages import quoted  # late: it imports the stemmers

    return quoted(sources, exchange)
