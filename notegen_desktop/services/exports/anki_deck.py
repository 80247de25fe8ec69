"""The note as a deck for Anki: the heading asks, the text answers, a link leads to the moment.

Ids come from the note's own facts, so that importing a deck anew changes the cards that are there
instead of adding them a second time.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections import Counter
from html import escape
from pathlib import Path

import genanki

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Level, Note, Section
from notegen_desktop.domain.text.cleaning import clean, visible
from notegen_desktop.services.markup import code
from notegen_desktop.services.markup.cited import own_cites
from notegen_desktop.services.markup.formulas import mathjax
from notegen_desktop.services.markup.html import line_html

from .archives import created, timeless
from .page import cite_html, picture_html, text_html

_MODEL_ID = 1_611_726_403
"""Ours for good: Anki knows the kind of card by it."""

_QUESTION = '<div class="question" dir="auto">{{Question}}</div>'
_ANSWER = """{{FrontSide}}<hr id="answer">
<div class="answer" dir="auto">{{Answer}}</div>
<div class="source" dir="auto">{{Source}}</div>"""
_STYLE = (
    """.card { font: 1.15rem/1.5 system-ui, sans-serif; text-align: start; max-width: 40rem;
  margin: 1.5rem auto; padding: 0 1rem; }
.question { font-size: 1.3rem; font-weight: 600; text-align: center; }
.question ul { font-size: 1.1rem; font-weight: 400; list-style: none; text-align: start; }
.source { margin-top: 1.5rem; font-size: .85rem; opacity: .75; }
.cite { font-size: .85rem; opacity: .75; }
.why { opacity: .75; }
figure { margin: 1rem 0; }
figure img { max-width: 100%; height: auto; }
figcaption { font-size: .85rem; opacity: .75; }
code { font-family: ui-monospace, monospace; }
li:has(> input) { list-style: none; }
"""
    + code.style(dark=False)
    + "".join(f".nightMode {line}" for line in code.style(dark=True).splitlines(keepends=True))
)

_COMMAND = re.compile(r"\[(?=sound:|anki:|/?latex\]|/?\$\$?\])", re.IGNORECASE)
"""What Anki itself plays, speaks or gives to LaTeX, wherever it stands in a field."""

_CHOICES = re.compile(r"\s*(?:(?:[-*+]\s+\**[A-H]\**[).:][^\n]*\n+){2,})?")
"""The options of a multiple-choice question: they are asked, what follows them is the answer."""


def render(note: Note, level: Level) -> bytes:
    model = genanki.Model(
        _MODEL_ID,
        "NoteGen card",
        fields=[{"name": "Question"}, {"name": "Answer"}, {"name": "Source"}],
        templates=[{"name": "Card", "qfmt": _QUESTION, "afmt": _ANSWER}],
        css=_STYLE,
    )
    title = clean(note.title or note.video.name).replace("::", ": ")
    key = clean(f"{note.video.id}\x1f{note.template}")
    asked: Counter[str] = Counter()
    deck = genanki.Deck(_number(key), f"NoteGen::{title}", description=_text(note.lacks))
    tags = [tag for tag in ("notegen", _tag(note.template), _tag(note.video.channel)) if tag]
    for place, section in enumerate(note.sections):
        question = _text(section.heading) or str(place + 1)
        asked[question] += 1
        choices = section.with_texts(lambda text: _CHOICES.match(text)[0])  # type: ignore[index]
        answer = section.with_texts(lambda text: _CHOICES.sub("", text, count=1))
        deck.add_note(
            genanki.Note(
                model=model,
                fields=[
                    _COMMAND.sub("&#91;", field)
                    for field in (
                        (line_html(section.heading, formula=mathjax) or question)
                        + text_html(note.video, choices, level, formula=mathjax),
                        text_html(note.video, answer, level, formula=mathjax)
                        + "".join(picture_html(note.video, p, p.name) for p in section.pictures),
                        _source(note.video, section, level),
                    )
                ],
                guid=genanki.guid_for(key, question, asked[question]),
                tags=tags,
                due=place,
            )
        )
    with tempfile.TemporaryDirectory(prefix="notegen-") as folder:
        path = Path(folder) / "deck.apkg"
        # Cards are numbered from this time on, in milliseconds; two decks of a run differ.
        since = created(note).timestamp() - deck.deck_id % 10**8 / 1000
        pictures = {p.name: p.data for section in note.sections for p in section.pictures}
        for name, data in pictures.items():
            (Path(folder) / name).write_bytes(data)
        media = [str(Path(folder) / name) for name in pictures]
        genanki.Package(deck, media).write_to_file(str(path), timestamp=since)
        return timeless(path.read_bytes())


def _source(video: Video, section: Section, level: Level) -> str:
    own = (cite_html(video, cite) for cite in own_cites(section, level))
    return " ".join([*own, _text(video.name)])


def _number(key: str) -> int:
    """A stable id in the range that Anki gives out."""
    digest = hashlib.sha256(key.encode()).digest()
    return (1 << 30) + int.from_bytes(digest[:4], "big") % (1 << 30)


def _tag(words: str) -> str:
    """Anki separates tags by spaces, and builds trees of them by colons."""
    return re.sub(r"[\s:]+", "-", clean(words)).strip("-")[:60]


def _text(value: str) -> str:
    return escape(visible(value))
