"""The passages that a question is about: those sent to a model, or quoted where none answers.

Texts are taken apart into stems where Snowball has them, or into what `features` gives. Import it
late: it brings the stemmers with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from notegen_desktop.domain.asking.excerpt import (
    MAX_EARLIER,
    Excerpt,
    Inquiry,
    excerpt_of,
    whole_of,
)
from notegen_desktop.domain.asking.exchange import AnswerCite, Exchange
from notegen_desktop.domain.asking.passages import Passages, Source, Terms
from notegen_desktop.domain.notes.statements import without_markers
from notegen_desktop.domain.text.features import feature_row
from notegen_desktop.domain.text.tokens import count_tokens
from notegen_desktop.domain.words import N_, _
from notegen_desktop.services.ports import ModelFacts
from notegen_desktop.services.writers.extract.language import (
    UNSPACED,
    Language,
    language_of,
    word_pattern,
    words_of,
)
from notegen_desktop.services.writers.extract.markup import escaped

SAMPLE_SEGMENTS = 400


def language_of_source(source: Source) -> Language:
    transcript = source.transcript
    said = " ".join(segment.text for segment in transcript.segments[:SAMPLE_SEGMENTS])
    found = language_of(transcript.language, said)
    return _shared(found.code, found.unspaced)


@lru_cache(maxsize=16)
def _shared(code: str, unspaced: bool) -> Language:
    """One for all videos of a language: it remembers the stems it has made."""
    return Language(code, unspaced=unspaced)


@lru_cache(maxsize=16)
def terms_of(language: Language) -> Terms:
    """What takes texts of a language apart. Stop words stay: how rare a word is in the talk tells
    more (a question about “groups” or “results” has nothing but words of such lists)."""

    def terms(text: str) -> Sequence[str]:
        if not language.has_stems:
            return feature_row(text)
        return [
            term
            for word in words_of(text)
            for term in (feature_row(word) if UNSPACED.match(word) else (language.stem(word),))
        ]

    return terms


def telling(question: str, language: Language) -> str:
    """A question without the words that say nothing about its subject; "" if none is left."""
    if language.unspaced or not language.has_stems:
        return question
    return " ".join(word for word in words_of(question) if not language.is_stop(word))


def telling_terms(question: str, language: Language) -> set[str]:
    """The terms of a question that say something about its subject."""
    if language.unspaced:
        return set(language.content(words_of(question)))
    return set(terms_of(language)(telling(question, language)))


def marked(text: str, wanted: set[str], language: Language) -> str:
    """A quote as Markdown, with what has any of these terms in bold."""
    terms = terms_of(language)
    spans: list[tuple[int, int]] = []
    for word in word_pattern().finditer(text):
        if UNSPACED.match(word[0]):
            found = [
                (at, at + 2)
                for at in range(word.start(), word.end() - 1)
                if wanted.intersection(terms(text[at : at + 2]))
            ]
        else:
            found = [word.span()] if wanted.intersection(terms(word[0])) else []
        for start, end in found:
            if spans and start <= spans[-1][1]:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
    pieces, done = [], 0
    for start, end in spans:
        pieces += [escaped(text[done:start]), f"**{escaped(text[start:end])}**"]
        done = end
    return "".join((*pieces, escaped(text[done:])))


QUOTED = 5
QUOTED_TOKENS = 90
"""Passages that are shown, and how long they are: some 70 words."""

FOUND = N_("Passages with words of the question, the likeliest first:")
FOUND_NONE = N_("No passage has words of this question.")


def quoted(sources: Sequence[Source], exchange: Exchange) -> Exchange:
    """The exchange with passages for an answer. Takes some tenths of a second for many videos."""
    languages = {id(source): language_of_source(source) for source in sources}
    passages = Passages(
        sources, lambda source: terms_of(languages[id(source)]), tokens=QUOTED_TOKENS
    )
    question = exchange.question
    told = max((telling(question, each) for each in {*languages.values()}), key=len, default="")
    lines: list[str] = []
    cites: list[AnswerCite] = []
    for passage in passages.best(told, QUOTED):
        source = sources[passage.source]
        language = languages[id(source)]
        segments = source.transcript.segments[passage.first : passage.last + 1]
        words = " ".join(segment.text for segment in segments)
        wanted, terms = telling_terms(question, language), terms_of(language)
        having = [each for each in segments if wanted.intersection(terms(each.text))]
        if not having:
            continue
        cites.append(
            AnswerCite(
                having[0].start_s,
                max(having[0].start_s, having[-1].end_s),
                verified=True if source.transcript.timed else None,
                n=len(cites) + 1,
                video_id=source.video.id,
            )
        )
        name = f"*{escaped(source.video.name)}*: " if len(sources) > 1 else ""
        lines.append(f"- {name}{marked(words, wanted, language)} [^{len(cites)}]")
    cited = {cite.video_id for cite in cites}
    videos = tuple(source.video for source in sources)
    return replace(
        exchange,
        answer="\n".join((f"{_(FOUND)}\n", *lines)) if lines else _(FOUND_NONE),
        cites=tuple(cites),
        videos=tuple(v for v in videos if v.id in cited) or videos[:1],
        said=bool(lines),
    )


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
