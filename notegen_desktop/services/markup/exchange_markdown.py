"""Questions and answers as Markdown, for the clipboard: the times as links at the statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from notegen_desktop.domain.asking.exchange import AnswerCite, Exchange
from notegen_desktop.domain.notes.note import Cite, Level, Section

from .note_markdown import cite_markdown, joined, section_markdown
from .safe_markdown import literal, safe_markdown


def exchanges_markdown(exchanges: Sequence[Exchange]) -> str:
    return joined(*(_blocks(each) for each in exchanges))


def _blocks(exchange: Exchange) -> Iterator[str]:
    def cite(cited: Cite) -> str:
        assert isinstance(cited, AnswerCite)
        video = exchange.video_of(cited)
        told = cite_markdown(cited, video=video)
        return f"{literal(video.name)}, {told}" if len(exchange.videos) > 1 else told

    section = Section(exchange.question, exchange.cites, standard=exchange.answer)
    yield from section_markdown(section, Level.STANDARD, cite=cite, picture=lambda _: "")
    if exchange.remark:
        yield safe_markdown(f"*{exchange.remark}*")
