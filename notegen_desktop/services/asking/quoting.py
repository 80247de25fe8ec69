"""A question answered without a model: the passages themselves, with the words found marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from notegen_desktop.domain.asking.exchange import AnswerCite, Exchange
from notegen_desktop.domain.asking.passages import Passages, Source
from notegen_desktop.domain.words import N_, _
from notegen_desktop.services.writers.extract.markup import escaped

from .terms import language_of_source, marked, telling, telling_terms, terms_of

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
