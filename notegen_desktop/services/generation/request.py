"""Gets one answer from a model over one or more requests: permits, retries, continuations.

The sender knows neither the board nor other jobs; it reports to a `GenerationObserver`.
"""

from __future__ import annotations

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace

from notegen_desktop.domain.cost.estimate import FOUND_TOKENS, FRAME_OF_SECTION, ceiling_tokens
from notegen_desktop.domain.errors import (
    AnswerRefused,
    AnswerTruncated,
    AnswerUnusable,
    BudgetExceeded,
    NoteGenError,
    RateLimited,
    RequestTooLarge,
    ServiceUnavailable,
    WriterError,
    failure_of,
)
from notegen_desktop.domain.notes.note import Draft, Engine, Level, Mode, Part, Usage
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.text.tokens import count_tokens
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.machine.clock import Clock
from notegen_desktop.services.machine.redaction import PROCESS
from notegen_desktop.services.pacing.model_limiter import PermitRequest
from notegen_desktop.services.pacing.rate_limiter import RateLimiter
from notegen_desktop.services.pacing.retry import PASSING, Retries, RetryBudget, Wait
from notegen_desktop.services.ports import Assignment, Models, NoteWriter, Speed, Writing

from .assignment import Work
from .budget import Budget, RequestMade
from .observer import GenerationObserver, Growth

NOT_SENT = frozenset({"network_unreachable", "key_missing", "key_ring_locked", "engine_missing"})
"""Codes of errors raised before anything reached the server: no request is booked."""

BROKEN_OFF = frozenset({"cancelled", "timed_out", "machine_slept"})
"""Outcomes after which the server may have begun an answer that was not received."""

MEASURED_TOKENS = 200
"""Minimum tokens of an answer from which the model's speed is measured."""

MAX_CONTINUATIONS = 8
"""Maximum continuations of a cut answer; each must bring at least one whole section."""


@dataclass(slots=True)
class ModelAnswer:
    """The answer of one or more requests: finished sections, usage, and the model's own name.

    `complete` tells of a note combined with others if it has its end. `broke_off` is the error if
    the answer is no note, or not a whole one.
    """

    draft: Draft = field(default_factory=Draft)
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    complete: bool = False
    broke_off: WriterError | None = None


@dataclass(frozen=True, slots=True)
class RequestResult:
    """The end of one request. `last` is the last state of its answer, `outcome` as in
    `RequestMade`.

    `reached` is False if nothing has reached the server.
    """

    last: Writing | None
    usage: Usage
    seconds: float
    outcome: str
    reached: bool

    @property
    def whole(self) -> bool:
        return self.last is not None and self.last.finished and not self.last.truncated


class ModelRequest(ABC):
    """A request to a model: builds the assignment and receives the answer, of one note or
    several."""

    @abstractmethod
    def assignment(self) -> Assignment:
        """Return the assignment to send. Called when the request has its permit."""

    @abstractmethod
    def waiting(self, wait: Wait) -> None: ...

    @abstractmethod
    def writing(self) -> None: ...

    async def received(self, writing: Writing) -> None:
        """Take the grown answer."""
        del writing

    @abstractmethod
    async def ended(self, result: RequestResult) -> None:
        """Called once, on success and failure, if the request had its permit."""


class RequestSender:
    """Sends requests to models; one instance per program, `answer` and `send` may run concurrently.

    `limiter`, `budget` and `retry_budget` decide when a request may be sent. `models` knows the
    prices.
    """

    def __init__(
        self,
        *,
        limiter: RateLimiter,
        writer_for: Callable[[Engine], NoteWriter],
        models: Models,
        budget: Budget,
        clock: Clock,
        rng: random.Random | None = None,
    ) -> None:
        self.models = models
        self.budget = budget
        self.clock = clock
        self.retry_budget = RetryBudget(limiter.sleep_detector, rng or random.Random())
        self.limiter = limiter
        self._writer_for = writer_for

    async def prepare(self, engine: Engine) -> None:
        """Load what an engine needs, so that the first note does not wait for it.

        Errors are ignored here; the first request raises them.
        """
        with suppress(NoteGenError):
            await self._writer_for(engine).prepare()

    async def answer(
        self,
        work: Work,
        whole: Draft | None,
        observer: GenerationObserver,
        *,
        reason: str = "",
        warmup: CacheWarmup | None = None,
    ) -> ModelAnswer:
        """Return the answer for one note. Raises WriterError, NetworkUnreachable or TimedOut."""
        retries = self.retry_budget.retries(work.engine.service, patient=work.is_last)
        answer = ModelAnswer(draft=whole or Draft())
        continuations = 0
        while True:
            if warmup is not None and not warmup.is_open:
                await warmup.pass_through(observer.waiting)
            before = len(answer.draft.sections)
            request = _SingleNote(self, work, reason, observer, answer, warmup)
            try:
                last = await self.send(work, request, retries)
            except PASSING as error:
                if len(answer.draft.sections) > before:
                    retries.progressed()
                await retries.outlast(error, observer.waiting)
                continue
            except (AnswerUnusable, AnswerRefused) as error:
                if not answer.model or (isinstance(error, AnswerRefused) and not error.recited):
                    raise  # the refusal came from a gateway, not from the model
                answer.broke_off = error
                return answer
            except BudgetExceeded as error:
                if not answer.usage.requests:
                    raise
                answer.broke_off = error  # the budget does not cover the rest
                return answer
            retries.succeeded()
            if not last.truncated or (work.simple and answer.draft.sections):
                return answer  # one section was requested; the rest of the text is ignored
            continuations += 1
            if len(answer.draft.sections) == before or continuations > MAX_CONTINUATIONS:
                answer.broke_off = AnswerTruncated()
                return answer

    async def send(self, work: Work, request: ModelRequest, retries: Retries) -> Writing:
        """Send one request with one permit; `work` says where to and how large it is.

        After a failure `retries` has the rate limiter's advice.

        Raises ServiceUnavailable if the stream ends without having finished, MachineSlept if it
        broke off in a sleep of the machine, BudgetExceeded, RequestTooLarge if it exceeds the quota
        of a minute, and the writer's errors.
        """
        try:
            return await self._send(work, request, retries)
        except RateLimited as error:
            tokens, allowed = work.estimate.input_tokens, error.tokens_per_minute or 0
            if not 0 < allowed < tokens:
                raise
            raise RequestTooLarge(
                ngettext(
                    "The request has about {n} token, and {allowed} a minute are all that "
                    "this key may send to {model}.",
                    "The request has about {n} tokens, and {allowed} a minute are all that "
                    "this key may send to {model}.",
                    tokens,
                ).format(n=number(tokens), allowed=number(allowed), model=work.model),
                hint=_("Use the mode “transcript”, another model, or a key with a larger quota."),
                most_tokens=allowed,
            ) from error

    async def _send(self, work: Work, request: ModelRequest, retries: Retries) -> Writing:
        wanted = PermitRequest(
            work.facts.gate or work.model,
            group=work.material.video.id,
            tokens=work.estimate.input_tokens,
            output_tokens=work.estimate.output_tokens,
            seconds=work.estimate.seconds,
            metered=work.facts.metered and work.engine is not Engine.OFFLINE,
            account=work.engine.service,
            most_at_once=work.facts.most_at_once,
            tells_limits=work.facts.tells_limits,
        )
        held_usd = work.estimate.cost_usd
        async with (
            self.limiter.permit(wanted, request.waiting, retries.advise) as permit,
            self.budget.hold(held_usd, work.run_id, request.waiting) as cost,
        ):
            assignment = replace(
                request.assignment(), max_output_tokens=self.ceiling(work, cost.spare_usd)
            )
            request.writing()
            started = self.clock.monotonic()
            first_s = 0.0
            last: Writing | None = None
            outcome = "cancelled"
            with self.limiter.sleep_detector.excusing():
                try:
                    async with aclosing(self._writer_for(work.engine).write(assignment)) as stream:
                        async for came in stream:
                            self.retry_budget.reached = True
                            permit.heard(came.usage.input_tokens, came.allowances)
                            last = without_keys(came)
                            if not first_s and last.draft.chars:
                                first_s = self.clock.monotonic() - started
                            await request.received(last)
                    if last is None or not last.finished:
                        raise ServiceUnavailable(_("The answer ended before it was whole."))
                    permit.succeeded()
                    outcome = "ok"
                except Exception as error:
                    outcome = failure_of(error).code
                    raise
                finally:
                    reached = last is not None or outcome not in NOT_SENT
                    usage = self._used(last, work, outcome)
                    cost.usd = usage.cost_usd
                    seconds = self.clock.monotonic() - started
                    await request.ended(RequestResult(last, usage, seconds, outcome, reached))
            if usage.output_tokens >= MEASURED_TOKENS and seconds > first_s:
                speed = Speed(first_s, usage.output_tokens / (seconds - first_s))
                await self.models.measured(work.engine, work.model, speed)
        return last

    def ceiling(self, work: Work, spare_usd: float) -> int:
        """Return the maximum output tokens of an answer whose budget has `spare_usd` beyond the
        estimate."""
        token_usd = self.price(work, Usage(1, 0, 0, 1_000_000)) / 1e6
        return ceiling_tokens(work.estimate, spare_usd=spare_usd, token_usd=token_usd)

    def price(self, work: Work, usage: Usage, model: str = "") -> float:
        """Return the US dollars for a usage; `model` "" is the requested one."""
        return self.models.prices(work.engine).cost(model or work.model, usage)

    def priced(self, work: Work, usage: Usage, model: str = "") -> Usage:
        """Return the usage with its price."""
        if usage.cost_usd or not usage.requests:
            return usage
        return replace(usage, cost_usd=self.price(work, usage, model))

    async def book(
        self,
        work: Work,
        result: RequestResult,
        model: str = "",
        *,
        began: bool = False,
        ended: bool = True,
    ) -> None:
        """Book a request that reached the server; `model` is the server's own name, "" if unknown.
        `began` and `ended` as in `RequestMade`."""
        if result.reached and work.engine is not Engine.OFFLINE:
            spent = result.usage, result.seconds, result.outcome
            made = RequestMade(model or work.model, *spent, began=began, ended=ended)
            await self.budget.book(work, made)

    def _used(self, last: Writing | None, work: Work, outcome: str) -> Usage:
        """Return the usage of a request; counts missing in the answer are estimated from the
        request and the received text.

        A refusal costs nothing, and neither does the offline engine.
        """
        if work.engine is Engine.OFFLINE:
            return Usage()
        usage = last.usage if last is not None else Usage(requests=int(outcome not in NOT_SENT))
        if not usage.input_tokens and (last or outcome in BROKEN_OFF):
            usage = replace(usage, requests=1, input_tokens=work.estimate.input_tokens)
        if last is not None and not usage.output_tokens and (last.draft.chars or last.reviews):
            texts = (text for s in last.draft.sections for text in (s.heading, *map(s.at, Level)))
            written = sum(map(count_tokens, texts)) + FRAME_OF_SECTION * len(last.draft.sections)
            found = last.reviews.values()
            written += sum(FOUND_TOKENS + count_tokens(review.reason) for review in found)
            usage = replace(usage, output_tokens=written)
        return self.priced(work, usage, last.model if last else "")


def without_keys(writing: Writing) -> Writing:
    """Return the answer without API keys that the server may have echoed."""
    hide = PROCESS.hide
    draft = writing.draft
    sections = tuple(
        replace(
            section.with_texts(map(hide, section.texts)),
            heading=hide(section.heading),
            cites=tuple(map(hide, section.cites)),
        )
        for section in draft.sections
    )
    return replace(
        writing,
        draft=replace(draft, title=hide(draft.title), sections=sections),
        model=hide(writing.model),
        notes=tuple(map(without_keys, writing.notes)),
        reviews={
            number: replace(review, reason=hide(review.reason))
            for number, review in writing.reviews.items()
        },
    )


class _SingleNote(ModelRequest):
    """A request for one note. Finished sections and usage stay in `answer` if it fails."""

    def __init__(
        self,
        sender: RequestSender,
        work: Work,
        reason: str,
        observer: GenerationObserver,
        answer: ModelAnswer,
        warmup: CacheWarmup | None,
    ) -> None:
        self._sender = sender
        self._work = work
        self._reason = reason
        self._observer = observer
        self._answer = answer
        self._warmup = warmup
        self._whole = answer.draft

    def waiting(self, wait: Wait) -> None:
        self._observer.waiting(wait)

    def writing(self) -> None:
        self._observer.writing()

    def assignment(self) -> Assignment:
        return assigned(self._work, self._whole, self._reason)

    async def received(self, writing: Writing) -> None:
        if self._warmup is not None:
            self._warmup.open()
        draft = self._whole.continued_by(writing.draft)
        await self._observer.grew(Growth(draft, writing.progress))

    async def ended(self, result: RequestResult) -> None:
        if self._warmup is not None:
            self._warmup.open()
        answer = self._answer
        if result.last is not None:
            kept = result.last.draft if result.whole else result.last.draft.kept()
            answer.draft = self._whole.continued_by(kept)
            answer.model = result.last.model or answer.model
        answer.usage += result.usage
        began = not self._whole.sections
        await self._sender.book(self._work, result, answer.model, began=began, ended=result.whole)


def assigned(work: Work, whole: Draft | None = None, reason: str = "") -> Assignment:
    """Return the writer's assignment for a work whose finished sections are `whole`."""
    return Assignment(
        template=work.template,
        video=work.material.video,
        transcript=work.material.transcript if work.mode is not Mode.VIDEO else None,
        mode=work.mode,
        language=work.language,
        model=work.model,
        whole_sections=whole if whole is not None and whole.sections else None,
        reason=reason,
        part=work.part,
        media=work.media,
        wish=work.wish,
        level=work.level,
        outline=work.outline,
        simple=work.simple,
    )


# --- The order of a video's requests ---


class CacheWarmup:
    """Warms up the model's prompt cache: the first request of a video goes ahead, the others wait
    for its first words.

    The prefix that all its requests share is then cached, and read at a tenth of the price. Used
    only if the prefix is long enough to be cached, and for `PATIENCE_S` seconds at most: a slow or
    cancelled leader holds up no request.
    """

    PATIENCE_S = 5.0

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._leading = False
        self._open = asyncio.Event()
        self._parts: dict[tuple[int, int], CacheWarmup] = {}

    def of(self, part: Part) -> CacheWarmup:
        """Return the warm-up of a part, whose requests have a prefix of their own."""
        return self._parts.setdefault((part.number, part.count), CacheWarmup(self._clock))

    @property
    def is_open(self) -> bool:
        return self._open.is_set()

    def open(self) -> None:
        self._open.set()

    async def pass_through(self, tell: Callable[[Wait], None]) -> None:
        """Return at once as the leader; as a follower, when the leader's first words have come."""
        if not self._leading:
            self._leading = True
            return
        if not self._open.is_set():
            tell(Wait(_("The first note of this video goes ahead")))
            opened = asyncio.create_task(self._open.wait())
            patience = asyncio.create_task(self._clock.sleep(self.PATIENCE_S))
            try:
                await asyncio.wait({opened, patience}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                opened.cancel()
                patience.cancel()
            self.open()
            tell(Wait())
