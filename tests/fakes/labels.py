"""Segments of a transcript by the labels that notes cite."""

from __future__ import annotations

from notegen_desktop.domain.text.transcript import Segment, Transcript


def by_label(words: Transcript) -> dict[str, Segment]:
    return {segment.label: segment for segment in words.segments}
