"""Questions and answers as Markdown, for the clipboard: the times as links at the statements."""

from __future__ import annotations

from collections.abc import Sequence

from notegen_desktop.domain.asking.exchange import Exchange

from .cited import filled, placed
from .note_markdown import cite_markdown
from .safe_markdown import line, safe_markdown


def exchanges_markdown(exchanges: Sequence[Exchange]) -> str:
    return "\n".join(_exchange(each) for each in exchanges)


def _exchange(exchange: Exchange) -> str:
    text = safe_markdown(placed(exchange.answer, exchange.cites))
    several = len(exchange.videos) > 1

    def cite(index: int) -> str:
        cited = exchange.cites[index]
        video = exchange.video_of(cited)
        told = cite_markdown(cited, video=video)
        return f"{line(video.name)}, {told}" if several else told

    remark = safe_markdown(f"*{exchange.remark}*") if exchange.remark else ""
    question = safe_markdown(f"## {line(exchange.question)}")
    return "\n".join(part for part in (question, filled(text, cite), remark) if part)
