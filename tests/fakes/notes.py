"""Plausible notes, videos, requests and transcripts with replaceable fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from notegen_desktop.domain.jobs.job import NoteRequest
from notegen_desktop.domain.links.video import Chapter, Video
from notegen_desktop.domain.notes.note import Cite, Coverage, Engine, Mode, Note, Section, Usage
from notegen_desktop.domain.text.transcript import Segment, Transcript, TranscriptKind

VIDEO = Video(
    id="dQw4w9WgXcQ",
    url="https://www.youtube.com/watch?v=dQw4w9WgXcQ",
    title="How bridges stand",
    channel="The Workshop",
    duration_s=3600.0,
    thumbnail_url="https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg",
    language="en",
    chapters=(Chapter("Arches", 0.0, 1200.0), Chapter("Cables", 1200.0, 3600.0)),
)


def a_note(**facts: Any) -> Note:
    """Return a note with two sections."""
    note = Note(
        title="Why a bridge does not fall",
        video=VIDEO,
        template="study-notes",
        template_version="1",
        language="en",
        engine="gemini",
        model="gemini-flash-lite-latest",
        created="2026-11-24T10:00:00Z",
        sections=(
            Section(
                "What an arch does",
                (Cite(221.0, 260.4, True), Cite(300.0, 311.5, False)),
                concise="An arch turns weight into **pressure**.",
                standard="An arch turns weight into pressure along its curve.",
                comprehensive="An arch makes pressure:\n\n- along its curve\n- to the bank",
            ),
            Section(
                "What a cable does",
                (Cite(1300.0, 1310.0, True),),
                concise="A cable only pulls.",
                standard="A cable only pulls; towers carry it.",
                comprehensive="A cable only pulls; towers carry it, anchors hold it.",
            ),
        ),
        coverage=Coverage(2400.0, ((1200.0, 1500.0),)),
        usage=Usage(1, 12000, 8000, 900, 100, 0.00123),
    )
    return replace(note, **facts)


def a_request(**facts: Any) -> NoteRequest:
    request = NoteRequest(
        video_id=VIDEO.id,
        template="study-notes",
        mode=Mode.AUTO,
        engine=Engine.GEMINI,
        model="gemini-flash-lite-latest",
        language="en",
    )
    return replace(request, **facts)


def a_transcript(*texts: str) -> Transcript:
    return Transcript(
        language="en",
        kind=TranscriptKind.MANUAL,
        segments=tuple(
            Segment(str(i), 5.0 * i, 5.0 * i + 4.5, text, "Ann" if i == 1 else None)
            for i, text in enumerate(texts or ("So, bridges.", "They stand."), start=1)
        ),
    )
