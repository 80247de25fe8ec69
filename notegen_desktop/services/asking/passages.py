"""Retrieves the passages that a question is about: to send to a model, or to quote without one.

Texts are split into stems if Snowball has the language, or else into `features`. Import it late: it
imports the stemmers.
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
    """Return the language's shared instance, which caches its stems."""
    return Language(code, unspaced=unspaced)


@lru_cache(maxsize=16)
def terms_of(language: Language) -> Terms:
    """Return the function that splits texts of a language into terms. Stop words stay: how rare a
    word is in the transcript is a better measure (a question about “groups” or “results” has
    nothing but words of such lists)."""

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
    """Return a question without words that say nothing about its subject; "" if none is left."""
    if language.unspaced or not language.has_stems:
        return question
    return " ".join(word for word in words_of(question) if not language.is_stop(word))


def telling_terms(question: str, language: Language) -> set[str]:
    """Return the terms of a question that say something about its subject."""
    if language.unspaced:
        return set(language.content(words_of(question)))
    return set(terms_of(language)(telling(question, language)))


def marked(text: str, wanted: set[str], language: Language) -> str:
    """Return a quote as Markdown, with words that contain any of these terms in bold."""
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
"""Maximum number of quoted passages, and tokens of each: some 70 words."""

FOUND = N_("Passages with words of the question, the likeliest first:")
FOUND_NONE = N_("No passage has words of this question.")


def quoted(sources: Sequence[Source], exchange: Exchange) -> Exchange:
    """Return the exchange with passages as its answer. Takes some tenths of a second for many
    videos."""
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
"""Number of passages sent, of one long video and of several; each with its neighbours."""


def inquiry_of(
    sources: Sequence[Source],
    question: str,
    earlier: Sequence[Exchange],
    facts: ModelFacts,
) -> Inquiry:
    """Return the question with the text to answer it from: the whole transcript of one video if it
    fits, else passages.

    Takes some hundredths of a second per hour of video, so call it in a thread.
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
    """Return the passages that a question is about or, if none contains its words, the beginning of
    each source.

    A follow-up question is searched together with the question before it.
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
