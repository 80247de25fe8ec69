"""Estimates a note before anything is sent: tokens counted here, US dollars, seconds.

Tokens are counted by script, not by the model's own tokenizer, with an error of about ten percent;
actual usage corrects the next estimate (the ledger's `correction`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from operator import add

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Level, Mode, Part, Usage
from notegen_desktop.domain.notes.templates import NoteTemplate, SectionKind
from notegen_desktop.domain.prompts.prompt import Prompt, build_prompt
from notegen_desktop.domain.prompts.task import part_range, wanted_plans
from notegen_desktop.domain.text.quantities import (
    dollars,
    exact_dollars,
    series,
    some_tokens,
)
from notegen_desktop.domain.text.tokens import CACHE_FROM, count_tokens, video_tokens
from notegen_desktop.domain.text.transcript import Transcript
from notegen_desktop.domain.words import N_, _

from .prices import Prices

# --- the answer ----------------------------------------------------------------------------------

# Words of a section about one concept, the three levels together: 50 to 75, 100 to 150 and 200 to
# 300.
_WORDS = 440
_WORDS_OF = {
    SectionKind.CHAPTER: 320,  # 20 to 40, 60 to 120, 150 to 250
    SectionKind.QUIZ: 270,
    SectionKind.INSIGHT: 250,
    SectionKind.DECISIONS: 200,
    SectionKind.ACTIONS: 200,
    SectionKind.OUTLINE: 120,
    SectionKind.CARD: 150,  # at most 20, 30 to 60, 70 to 130
    SectionKind.OBJECTIVES: 300,
    SectionKind.TERMS: 500,
    SectionKind.QUESTIONS: 650,
    SectionKind.FACTS: 400,
    SectionKind.SLIDE: 330,
    SectionKind.PREREQUISITES: 250,
    SectionKind.TIPS: 250,
    SectionKind.TROUBLESHOOTING: 300,
    SectionKind.VERIFICATION: 250,
}
_SEVERAL_CONCEPTS = frozenset({SectionKind.TOPIC, SectionKind.FINDINGS})
"""Sections of several concepts each: one in a short video, two from an hour on."""
TOKENS_PER_WORD = 1.6
"""Tokens per word of English with its Markdown and a label such as [123] every twenty words;
languages with longer words are corrected by learning."""
FRAME_OF_SECTION = 45
"""Tokens of JSON around a section: keys, heading, cites."""
THOUGHT_SHARE = 0.15
"""Thinking tokens at the level “low”, as a share of the output; billed as output."""


def answer_tokens(template: NoteTemplate, minutes: float | None, part: Part | None = None) -> int:
    """Return the output tokens of a model for a template, by its plan of sections and the video's
    length.

    A short video has less content than the requested lengths: below ten minutes texts shrink. A
    part of a video is requested with its share of the sections that occur once.
    """
    fill = 1.0 if minutes is None else min(1.0, 0.35 + 0.65 * minutes / 10)
    concepts = 2.0 if minutes is None else min(2.0, 1 + minutes / 60)
    total = 20.0
    for plan in wanted_plans(template, part):
        number = sum(part_range(plan, minutes, part)) / 2
        words = _WORDS_OF.get(plan.kind, _WORDS) * fill
        if plan.kind in _SEVERAL_CONCEPTS:
            words *= concepts
        if part is not None and not plan.repeat:
            words /= part.count
        total += number * (words * TOKENS_PER_WORD + FRAME_OF_SECTION)
    return math.ceil(total)


# --- the estimate --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Estimate:
    """The estimate of one note. `input_tokens` includes `cached_tokens`; `output_tokens` thinking.

    `prefix_tokens` is the part of the input that all notes of the video share. `exact_price` is
    False if the model's price is not listed.
    """

    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_usd: float
    seconds: float
    prefix_tokens: int = 0
    exact_price: bool = True

    @property
    def usage(self) -> Usage:
        return Usage(1, self.input_tokens, self.cached_tokens, self.output_tokens, 0, self.cost_usd)

    @property
    def words(self) -> str:
        """Return `7,300 tokens, $0.003`, with a remark if the price is a guess."""
        tokens = self.input_tokens + self.output_tokens
        guess = "" if self.exact_price else _("a guess: the price of this model is not known")
        return series((some_tokens(tokens), dollars(self.cost_usd), guess))

    def part(self, share: float) -> Estimate:
        """Return a share (0 to 1) of the estimate, in whole tokens."""
        return replace(
            self,
            input_tokens=math.ceil(self.input_tokens * share),
            cached_tokens=math.ceil(self.cached_tokens * share),
            output_tokens=math.ceil(self.output_tokens * share),
            cost_usd=self.cost_usd * share,
            seconds=self.seconds * share,
            prefix_tokens=math.ceil(self.prefix_tokens * share),
        )

    def __add__(self, other: Estimate) -> Estimate:
        total = Estimate(*map(add, astuple(self), astuple(other)))
        return replace(total, exact_price=self.exact_price and other.exact_price)


NOTHING = Estimate(0, 0, 0, 0.0, 0.0)
"""The estimate of the offline engine, and of a stored note."""


def estimate(
    template: NoteTemplate,
    video: Video,
    transcript: Transcript | None,
    *,
    mode: Mode,
    model: str,
    prices: Prices,
    language: str = "",
    correction: float = 1.0,
    part: Part | None = None,
    wish: str = "",
) -> Estimate:
    """Return the estimate of one note, or of the request for one part, whose words `transcript`
    has.

    `mode` is settled (ValueError for `auto`, or if it needs a transcript and there is none).
    `correction` is the ledger's factor for this template and model.
    """
    prompt = build_prompt(
        template, video, transcript, mode=mode, language=language, part=part, wish=wish
    )
    length_s = video.duration_s or (transcript.duration_s if transcript else 0.0)
    seen_s = part.seconds if part is not None else length_s
    fps = 0.0 if video.is_sound else 1.0
    watched = video_tokens(seen_s, fps=fps) if mode in (Mode.VIDEO, Mode.HYBRID) else 0
    prefix = count_tokens(prompt.prefix) + watched
    read = prefix + count_tokens(prompt.task) + count_tokens(json.dumps(prompt.schema))
    minutes = length_s / 60 if length_s else None
    written = answer_tokens(template, minutes, part) * (1 + THOUGHT_SHARE) * correction
    return _in_one_request(read, math.ceil(written), prefix, model=model, prices=prices)


def _in_one_request(
    read: int, written: int, prefix: int, *, model: str, prices: Prices
) -> Estimate:
    """Return the estimate for tokens read and written, without cache hits."""
    price = prices.price(model)
    return Estimate(
        input_tokens=read,
        cached_tokens=0,
        output_tokens=written,
        cost_usd=price.of(Usage(1, read, 0, written)),
        seconds=price.first_token_s + written / price.tokens_per_second,
        prefix_tokens=prefix,
        exact_price=prices.knows(model),
    )


def cached(found: Estimate, *, model: str, prices: Prices) -> Estimate:
    """Return the estimate with the prefix read from the cache, if it is long enough for that."""
    if found.prefix_tokens < CACHE_FROM:
        return found
    found = replace(found, cached_tokens=found.prefix_tokens)
    return replace(found, cost_usd=prices.cost(model, found.usage))


def by_levels(found: Estimate, *, model: str, prices: Prices) -> Estimate:
    """Return the estimate for one request per level: the input is read each time, the total output
    is the same."""
    times = len(Level)
    found = replace(found, input_tokens=times * found.input_tokens)
    waits_s = (times - 1) * prices.price(model).first_token_s
    cost = prices.cost(model, found.usage)
    return replace(found, cost_usd=cost, seconds=found.seconds + waits_s)


SIMPLE_READ, SIMPLE_WRITTEN = 600, 400
"""Approximate tokens of a request for one section: input besides its passage, and output."""


def by_sections(
    found: Estimate, count: int, words_tokens: int, *, model: str, prices: Prices
) -> Estimate:
    """Return the estimate of a small model, with one request for each of `count` sections: each
    word is read once, and its text once more."""
    read = words_tokens + count * (SIMPLE_READ + SIMPLE_WRITTEN // len(Level))
    made = _in_one_request(read, count * SIMPLE_WRITTEN, 0, model=model, prices=prices)
    waits_s = (count - 1) * prices.price(model).first_token_s
    return replace(made, seconds=made.seconds + waits_s, exact_price=found.exact_price)


# --- a second look -------------------------------------------------------------------------------

REVIEW_TASK_TOKENS = 500
TOLD_TOKENS = 40
"""Tokens of a statement in a review request: its text, number and labels."""
FOUND_TOKENS = 3
"""Output tokens per statement: a number and a word for up to forty statements, for one in twenty a
reason."""
WRITTEN_TOKENS = 38
"""Tokens of a note per statement with a cite: some 24 words."""


def estimate_review(prefix_tokens: int, statements: int, *, model: str, prices: Prices) -> Estimate:
    """Return the estimate of reviewing `statements` statements by the note's material.

    `prefix_tokens` is the prefix that all requests about the video share.
    """
    written = math.ceil(statements * FOUND_TOKENS * (1 + THOUGHT_SHARE))
    read = prefix_tokens + REVIEW_TASK_TOKENS + statements * TOLD_TOKENS
    return _in_one_request(read, written, prefix_tokens, model=model, prices=prices)


# --- an answer to a question ---------------------------------------------------------------------

ANSWER_TOKENS = 400
"""Tokens of an answer to a question: 30 to 200 words with their cites, in JSON."""


def estimate_answer(
    prompt: Prompt, *, model: str, prices: Prices, more_tokens: int = 0
) -> Estimate:
    """Return the estimate of an answer, without cache hits; `more_tokens` are those of text still
    to be added to the prompt."""
    prefix = count_tokens(prompt.prefix) + more_tokens
    read = prefix + count_tokens(prompt.task) + count_tokens(json.dumps(prompt.schema))
    written = math.ceil(ANSWER_TOKENS * (1 + THOUGHT_SHARE))
    return _in_one_request(read, written, prefix, model=model, prices=prices)


MAX_ANSWER_TOKENS = 65_536
"""Maximum output tokens of a model in one answer."""
CEILING = 3
CEILING_ROOM = 8_192
"""An answer may be `CEILING` times as long as estimated, plus this for thinking and for languages
with longer words; beyond that it has lost its thread and would only cost."""


def ceiling_tokens(estimate: Estimate, *, spare_usd: float, token_usd: float) -> int:
    """Return the maximum output tokens of an answer; 0 without an estimate.

    `spare_usd` is what a budget has left beyond the estimate, `token_usd` the price of one token.
    """
    if not estimate.output_tokens:
        return 0
    most = min(MAX_ANSWER_TOKENS, CEILING * estimate.output_tokens + CEILING_ROOM)
    if spare_usd < token_usd * (most - estimate.output_tokens):
        most = estimate.output_tokens + math.floor(spare_usd / token_usd)
    return most


ONE_ANSWER_TOKENS = 48_000
"""Maximum estimated output of one answer: models write 65,536 tokens at most, and estimates may be
off."""
ONE_ANSWER_S = 240.0
"""Maximum estimated seconds of one answer: after 300 s a request is given up."""


def fit_one_answer(notes: Iterable[Estimate], most_tokens: int = ONE_ANSWER_TOKENS) -> bool:
    """Return True if notes are short enough for one request together, of a model that writes
    `most_tokens`."""
    all_ = list(notes)
    tokens = sum(note.output_tokens for note in all_)
    return (
        tokens <= min(ONE_ANSWER_TOKENS, most_tokens)
        and sum(note.seconds for note in all_) <= ONE_ANSWER_S
    )


# --- budgets -------------------------------------------------------------------------------------

BUDGETS = {
    "run": N_("{limit} for this run"),
    "day": N_("{limit} for today"),
    "month": N_("{limit} for this month"),
}
"""The periods with a budget each, and their names for users."""


@dataclass(frozen=True, slots=True)
class OverBudget:
    """A run that may cost more than a budget has left, in US dollars.

    `budget` is one of `BUDGETS`. `fits` tells for each note, in order, if it fits when those that
    do not are left out.
    """

    budget: str
    limit_usd: float
    left_usd: float
    need_usd: float
    fits: tuple[bool, ...] = ()

    @property
    def words(self) -> str:
        """Return a sentence for users about the exceeded budget."""
        return _(
            "This may cost up to {need_usd}, and {left_usd} is left of your budget of {limit}."
        ).format(
            need_usd=exact_dollars(self.need_usd),
            left_usd=exact_dollars(self.left_usd),
            limit=self.limit,
        )

    def without(self, cost_usd: float) -> str:
        """Return a sentence for users why one note is left out so that the others fit."""
        return _(
            "Left out, so that the others stay within your budget of {limit}: this note may cost "
            "up to {cost_usd}."
        ).format(limit=self.limit, cost_usd=exact_dollars(cost_usd))

    @property
    def limit(self) -> str:
        return _(BUDGETS[self.budget]).format(limit=exact_dollars(self.limit_usd))


def over_budget(
    notes: Sequence[tuple[float, float]], *, budget: str, limit_usd: float, left_usd: float
) -> OverBudget | None:
    """Return the budget that writing these notes would exceed, or None.

    Each note has its likely cost, and the amount reserved for it until that is known: the last one
    needs that much. Rounding errors are tolerated.
    """
    spent = more = 0.0
    fits = []
    for likely, held in notes:
        fit = not held or spent + likely + max(more, held - likely) <= left_usd + 1e-9
        fits.append(fit)
        if fit:
            spent, more = spent + likely, max(more, held - likely)
    if all(fits):
        return None
    need = sum(likely for likely, _ in notes) + max(held - likely for likely, held in notes)
    return OverBudget(budget, limit_usd, left_usd, need, tuple(fits))
