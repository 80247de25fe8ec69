"""The words that a question is asked of: all of one video where they fit, else passages.

Import it late: it brings the stemmers with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from notegen_desktop.domain.asking.excerpt import (
    MAX_EARLIER,
    Excerpt,
    Inquiry,
    excerpt_of,
    whole_of,
)
from notegen_desktop.domain.asking.exchange import Exchange
from notegen_desktop.domain.asking.passages import Passages, Source
from notegen_desktop.domain.notes.statements import without_markers
from notegen_desktop.domain.text.tokens import count_tokens
from notegen_desktop.services.ports import ModelFacts

from .terms import language_of_source, terms_of

BEST, BEST_OF_SEVERAL = 10, 30
"""Passages that are sent, of one long video and of several; each with its neighbours."""


def inquiry_of(
    sources: Sequence[Source],
    question: str,
    earlier: Sequence[Exchange],
    facts: ModelFacts,
) -> Inquiry:
    """The question with the words it is asked of: all of one video where they fit, else passages.

    Takes some hundredths of a second an hour of talk, so call it in a thread.
    """
    told = tuple((e.question, without_markers(e.answer)) for e in earlier[-MAX_EARLIER:])
    if len(sources) == 1:
        said = sources[0].transcript.segments
        if sum(count_tokens(segment.text) for segment in said) <= facts.limits.whole:
            return Inquiry(question, whole_of(sources[0]), told)
    return Inquiry(question, _excerpt(sources, question, earlier, facts), told)


def _excerpt(
    sources: Sequence[Source], question: str, earlier: Sequence[Exchange], facts: ModelFacts
) -> Excerpt:
    """The passages that a question is about, or, where none has its words, how each source begins.

    A question that goes on from another one is looked for together with that.
    """
    passages = Passages(sources, lambda source: terms_of(language_of_source(source)))
    asked = " ".join((*(e.question for e in earlier[-1:]), question))
    number = BEST if len(sources) == 1 else BEST_OF_SEVERAL
    best = passages.best(asked, number) or passages.passages[:number]
    while True:
        shown = passages.with_neighbours(best)
        excerpt = excerpt_of(sources, shown)
        size = sum(count_tokens(segment.text) for segment in excerpt.transcript.segments)
        if size <= facts.limits.whole or len(best) == 1:
            return excerpt
        fitting = len(best) * facts.limits.whole // size
        best = best[: max(1, min(len(best) - 1, fitting))]
