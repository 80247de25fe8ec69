"""Estimates the tokens, price and time of notes before anything is sent, corrected by the actual
use of earlier notes."""

from __future__ import annotations

import asyncio
import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from notegen_desktop.domain.checks.validation import section_words
from notegen_desktop.domain.cost.estimate import (
    NOTHING,
    THOUGHT_SHARE,
    WRITTEN_TOKENS,
    Estimate,
    answer_tokens,
    by_levels,
    by_sections,
    cached,
    estimate,
    estimate_review,
    fit_one_answer,
)
from notegen_desktop.domain.cost.prices import Prices, prices_from_data
from notegen_desktop.domain.errors import InvalidSetting
from notegen_desktop.domain.jobs.job import NoteRequest
from notegen_desktop.domain.notes.note import Engine, Level, Mode, Note
from notegen_desktop.domain.notes.parts import (
    PartLimits,
    missing_stretch,
    overall_template,
    passage,
    split,
)
from notegen_desktop.domain.notes.review import review_items, to_review
from notegen_desktop.domain.notes.rewriting import RewriteScope
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.text.cleaning import in_sentence
from notegen_desktop.domain.text.tokens import count_tokens
from notegen_desktop.domain.text.transcript import Transcript, TranscriptKind
from notegen_desktop.domain.words import _
from notegen_desktop.services.generation.assignment import (
    Work,
    settle_language,
    settle_mode,
    writes_sections,
)
from notegen_desktop.services.generation.rewriting import RewriteRequest, rewrite_requests
from notegen_desktop.services.generation.small_models import section_count
from notegen_desktop.services.machine.paths import Paths, resources
from notegen_desktop.services.ports import (
    GEMINI_FACTS,
    JobEstimate,
    Ledger,
    Material,
    ModelFacts,
    Models,
)

MAX_STATEMENTS = 200
"""Maximum statements per review request: of longer lists, models skip some."""

OFFLINE_SECONDS_PER_MINUTE = 0.01
"""Seconds that the offline engine takes per minute of video, measured on 164 minutes with two
cores."""


WITHIN_S = 86_400.0
"""Seconds within which a batch should be answered; most take a fraction of that."""

LEVEL_SHARES = {Level.CONCISE: 1 / 7, Level.STANDARD: 2 / 7, Level.COMPREHENSIVE: 4 / 7}
"""Share of each level in a note's whole text, by the lengths that the prompt asks for."""


def load_prices(paths: Paths) -> Prices:
    """Load the price table: the user's own beside the settings file, else the built-in one.

    Raises InvalidSetting for a table that cannot be parsed.
    """
    own = paths.settings_file.with_name("prices.toml")
    return _read_prices(own if own.exists() else resources() / "prices.toml")


def _read_prices(path: Path) -> Prices:
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidSetting(
            _("{path} cannot be read: {error}.").format(path=path, error=in_sentence(str(error)))
        ) from error
    return prices_from_data(data, origin=str(path))


@dataclass(frozen=True, slots=True)
class NoteEstimate:
    """The estimate of one note.

    `estimate` is an upper bound, without cache hits. `likely` counts the prompt's prefix as cached
    if another note of the video is requested first, and not at all if both share one request.
    `plain_output_tokens` is the output before the learnt correction, `requests` the number of
    requests if the note is written alone, `facts` those of the model.
    """

    estimate: Estimate
    likely: Estimate
    plain_output_tokens: int
    requests: int = 1
    facts: ModelFacts = GEMINI_FACTS

    def work(
        self,
        request: NoteRequest,
        template: NoteTemplate,
        material: Material,
        *,
        mode: Mode,
        language: str,
    ) -> Work:
        """Return the work for a request whose `mode` and `language` are settled."""
        return Work(
            template=template,
            material=material,
            mode=mode,
            engine=request.engine,
            model=request.model,
            language=language,
            wish=request.wish,
            estimate=self.estimate,
            likely_usd=self.likely.cost_usd,
            plain_output_tokens=self.plain_output_tokens,
            facts=self.facts,
        )


class Estimator:
    """Estimates tokens, US dollars and seconds of notes. Tokens are counted in a thread."""

    def __init__(self, models: Models, ledger: Ledger) -> None:
        self._models = models
        self._ledger = ledger

    async def for_note(
        self,
        material: Material,
        request: NoteRequest,
        template: NoteTemplate,
        *,
        after_another: bool = False,
        with_another: bool = False,
        overnight: bool = False,
    ) -> NoteEstimate:
        """Return the estimate of one note. `after_another`: another note of this video is requested
        before it, or, with `with_another`, in the same request. With `overnight`, `likely` is the
        price of a batch.

        Raises NoteGenError if the mode is not possible with this material.
        """
        mode = settle_mode(request.mode, request.engine, template, material)
        if request.engine is Engine.OFFLINE:
            minutes = (material.video.duration_s or 0.0) / 60
            free = Estimate(0, 0, 0, 0.0, minutes * OFFLINE_SECONDS_PER_MINUTE)
            return NoteEstimate(free, free, 0, requests=0)
        facts = await self._models.facts(request.engine, request.model)
        prices = self._models.prices(request.engine)
        model = prices.resolved(request.model)
        correction = await self._ledger.correction(template=template.id, model=model) or 1.0
        plain, overall_usd = await asyncio.to_thread(
            self._estimate,
            template,
            material,
            mode=mode,
            model=request.model,
            language=settle_language(request.language, material),
            wish=request.wish,
            correction=correction,
            prices=prices,
            limits=facts.limits,
        )
        simple = facts.by_section and writes_sections(template, material, mode)
        count = section_count(template, material) if simple else 0
        if simple:
            words = material.transcript.segments if material.transcript else ()
            tokens = sum(count_tokens(segment.text) for segment in words)
            plain = by_sections(plain, count, tokens, model=request.model, prices=prices)
        elif facts.by_level or facts.by_section:
            plain = by_levels(plain, model=request.model, prices=prices)
            facts = replace(facts, by_level=True)
        parts = len(split(material.transcript, material.video, mode, facts.limits))
        requests = parts + 1 if parts and overall_template(template) else parts or 1
        requests = count or requests * (len(Level) if facts.by_level else 1)
        likely = plain
        if overnight:  # sections about the whole are requested after the parts, at the full price
            halved = (plain.cost_usd - overall_usd) * prices.batch
            likely = replace(plain, cost_usd=overall_usd + halved, seconds=WITHIN_S)
        elif with_another and not parts:
            likely = self._without_beginning(plain, request)
        elif after_another:
            likely = cached(plain, model=request.model, prices=prices)
        written = round(plain.output_tokens / correction)
        return NoteEstimate(plain, likely, written, requests=requests, facts=facts)

    def _without_beginning(self, plain: Estimate, request: NoteRequest) -> Estimate:
        """Return the estimate without the prompt's prefix, which another note's request pays
        for."""
        read = plain.input_tokens - plain.prefix_tokens
        found = replace(plain, input_tokens=read, prefix_tokens=0)
        cost = self._models.prices(request.engine).cost(request.model, found.usage)
        return replace(found, cost_usd=cost)

    def _estimate(
        self,
        template: NoteTemplate,
        material: Material,
        *,
        mode: Mode,
        prices: Prices,
        limits: PartLimits,
        **facts: Any,
    ) -> tuple[Estimate, float]:
        """Return the estimate of one note, the sum of its parts for a long video, and the US
        dollars in it for the sections written over all parts."""
        words = material.transcript if mode is not Mode.VIDEO else None
        found = [
            estimate(
                template,
                material.video,
                passage(words, part) if part and words else words,
                mode=mode,
                prices=prices,
                part=part,
                **facts,
            )
            for part in split(words, material.video, mode, limits) or (None,)
        ]
        overall = overall_template(template) if len(found) > 1 else None
        if overall is not None:
            told = round(sum(p.output_tokens for p in found) * LEVEL_SHARES[Level.CONCISE])
            nothing = Transcript("", TranscriptKind.MANUAL, ())
            one = estimate(
                overall, material.video, nothing,
                mode=Mode.TRANSCRIPT, prices=prices, **facts,
            )  # fmt: skip
            one = replace(one, input_tokens=one.input_tokens + told, prefix_tokens=0)
            cost = prices.cost(facts["model"], one.usage)
            found.append(replace(one, cost_usd=cost))
        return sum(found[1:], found[0]), found[-1].cost_usd if overall is not None else 0.0

    async def for_again(
        self,
        material: Material,
        request: NoteRequest,
        template: NoteTemplate,
        note: Note,
        again: RewriteScope,
    ) -> list[NoteEstimate]:
        """Return the estimates of rewriting a stored note, one for each of the
        `rewriting.rewrite_requests`; for a whole note, one estimate in total."""
        mode = settle_mode(request.mode, request.engine, template, material)
        facts = await self._models.facts(request.engine, request.model)
        asked = await asyncio.to_thread(
            rewrite_requests, note, again, material, template, mode, facts
        )
        if not asked:
            return [await self.for_note(material, request, template)]
        prices = self._models.prices(request.engine)
        model = prices.resolved(request.model)
        correction = await self._ledger.correction(template=template.id, model=model) or 1.0
        language = settle_language(request.language, material)

        def of(piece: RewriteRequest) -> NoteEstimate:
            found = estimate(
                piece.template,
                material.video,
                piece.material.transcript if piece.mode is not Mode.VIDEO else None,
                mode=piece.mode,
                model=request.model,
                prices=prices,
                language=language,
                correction=correction,
                part=piece.part,
                wish=request.wish,
            )
            if piece.level is not None:
                written = math.ceil(found.output_tokens * LEVEL_SHARES[piece.level])
                found = replace(found, output_tokens=written)
                found = replace(found, cost_usd=prices.cost(request.model, found.usage))
            elif facts.by_level and piece.part is None:
                found = by_levels(found, model=request.model, prices=prices)
            return NoteEstimate(found, found, 0, facts=facts)

        return [await asyncio.to_thread(of, piece) for piece in asked]

    async def for_missing(
        self, material: Material, request: NoteRequest, template: NoteTemplate, note: Note
    ) -> Estimate:
        """Return an upper bound for writing what a stored note lacks; if a missing section cannot
        be matched to the template, the whole note is counted."""
        whole = (await self.for_note(material, request, template)).estimate
        length_s = note.video.duration_s or 0.0
        spans = [span for lack in note.missing if (span := missing_stretch(lack))]
        found = [whole.part(min(1.0, (b - a) / length_s) if length_s else 1.0) for a, b in spans]
        if rest := [lack for lack in note.missing if not missing_stretch(lack)]:
            plans = tuple(plan for plan in template.sections if section_words(plan.heading) in rest)
            one = whole
            if len(plans) == len(rest):
                own = answer_tokens(replace(template, sections=plans), length_s / 60 or None)
                written = min(whole.output_tokens, math.ceil(own * (1 + THOUGHT_SHARE)))
                one = replace(whole, output_tokens=written)
                cost = self._models.prices(request.engine).cost(request.model, one.usage)
                one = replace(one, cost_usd=cost)
            found.append(one)
        return sum(found, NOTHING)

    async def for_review(
        self, material: Material, request: NoteRequest, template: NoteTemplate, note: Note
    ) -> NoteEstimate:
        """Return the estimate of a review of a stored note's unjudged statements, all requests
        together."""
        written = await self.for_note(material, request, template)
        return self.second_look(written, request, len(to_review(note)))

    def second_look(
        self, written: NoteEstimate, request: NoteRequest | Work, statements: int = 0
    ) -> NoteEstimate:
        """Return the estimate of a review of `statements` statements; 0 derives their number from
        the estimated length of a note still to be written. `likely` counts the prefix as cached by
        the note's own request."""
        whole = written.estimate
        statements = statements or max(1, whole.output_tokens // WRITTEN_TOKENS)
        requests = max(written.requests, math.ceil(statements / MAX_STATEMENTS))

        model, prices = request.model, self._models.prices(request.engine)
        one = estimate_review(
            whole.prefix_tokens // requests,
            math.ceil(statements / requests),
            model=model,
            prices=prices,
        )
        likely = cached(one, model=model, prices=prices)
        more = requests - 1
        return NoteEstimate(sum([one] * more, one), sum([likely] * more, likely), 0, requests)

    async def for_video(
        self,
        material: Material,
        wanted: Sequence[tuple[NoteRequest, NoteTemplate, Note | None]],
        *,
        combined: bool = False,
        review: bool = False,
        overnight: bool = False,
    ) -> list[JobEstimate]:
        """Return the estimates of all notes of a video; the third item of each entry is the note
        already stored, or None.

        `combined`: as many notes as possible share one request. `review`: each note is reviewed.
        `overnight`: the notes are sent as a batch.
        """
        result: list[JobEstimate] = []
        asked: dict[tuple[Engine, str, Mode], list[Estimate]] = {}
        for request, template, stored in wanted:
            found, requests, joins, held = NOTHING, 0, False, 0.0
            second, reviews = NOTHING, 0
            by_level = False
            if stored is None:
                mode = settle_mode(request.mode, request.engine, template, material)
                alike = request.engine, request.model, mode
                follows = alike in asked and not overnight
                estimated = await self.for_note(
                    material, request, template, after_another=follows, overnight=overnight
                )
                found, requests = estimated.likely, estimated.requests
                by_level = estimated.facts.by_level
                held = (found if overnight else estimated.estimate).cost_usd
                others = asked.setdefault(alike, [])
                most = estimated.facts.limits.answer
                fits = fit_one_answer((*others, estimated.estimate), most)
                joins = follows and requests == 1 and fits
                if joins and combined:
                    found = self._without_beginning(estimated.estimate, request)
                    held = found.cost_usd
                asked[alike] = [*(others if joins else ()), estimated.estimate]
                if review and requests:
                    look = self.second_look(estimated, request)
                    second, reviews = look.likely, look.requests
                    last = (look.estimate.cost_usd - second.cost_usd) / reviews
                    held = max(held, found.cost_usd + second.cost_usd + last)
            elif review and request.engine is not Engine.OFFLINE and review_items(stored):
                look = await self.for_review(material, request, template, stored)
                second, reviews = look.estimate, look.requests
                held = second.cost_usd
            found += second
            result.append(
                JobEstimate.of(
                    request,
                    found,
                    stored=stored is not None,
                    requests=requests + reviews,
                    joins=joins,
                    held_usd=held,
                    review_usd=second.cost_usd,
                    by_level=by_level,
                )
            )
        return result
