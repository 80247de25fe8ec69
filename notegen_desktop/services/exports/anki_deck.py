"""Exports the flashcards of notes as Anki decks; a link opens the video at its second.

Note types, fields and ids never change, so that importing a deck again updates existing cards
instead of adding duplicates. A card's date is when it last changed: Anki takes over only newer
cards, so that edits in Anki since then stay. (An additional field would be a conflict, in which
nothing is updated: so remarks are appended to the answer.)
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import genanki

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Level, Note, Section
from notegen_desktop.domain.practice.cards import Card, CardKind, cards_of_deck, remarks_on
from notegen_desktop.domain.text.cleaning import clean, visible
from notegen_desktop.services.markup import code
from notegen_desktop.services.markup.cited import own_cites
from notegen_desktop.services.markup.formulas import mathjax
from notegen_desktop.services.markup.html import line_html, to_html

from .archives import created, timeless
from .page import cite_html, picture_html, remarks_html, text_html

_MODEL_ID = 1_611_726_403
"""The id by which Anki recognizes the note type; must never change."""
_CLOZE_ID = 1_611_726_404

_QUESTION = '<div class="question" dir="auto">{{Question}}</div>'
_ANSWER = """{{FrontSide}}<hr id="answer">
<div class="answer" dir="auto">{{Answer}}</div>
<div class="source" dir="auto">{{Source}}</div>"""
_CLOZE = '<div class="question" dir="auto">{{cloze:Text}}</div>'
_FILLED = """{{cloze:Text}}<hr id="answer">
<div class="answer" dir="auto">{{Answer}}</div>
<div class="source" dir="auto">{{Source}}</div>"""
_STYLE = (
    """.card { font: 1.15rem/1.5 system-ui, sans-serif; text-align: start; max-width: 40rem;
  margin: 1.5rem auto; padding: 0 1rem; }
.question { font-size: 1.3rem; font-weight: 600; text-align: center; }
.cloze { font-weight: 700; }
.question ul { font-size: 1.1rem; font-weight: 400; list-style: none; text-align: start; }
.source { margin-top: 1.5rem; font-size: .85rem; opacity: .75; }
.cite { font-size: .85rem; opacity: .75; }
.why { opacity: .75; }
.remark { margin: 1rem 0 0; font-size: .9rem; }
.remark mark { padding: 0 .15em; color: #1c1c1a; background: #ffe58a; }
.remark mark.green { background: #bfe8b4; }
.remark mark.blue { background: #bcdcff; }
.remark mark.pink { background: #ffc9dc; }
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
"""Commands that Anki would play, speak or pass to LaTeX, anywhere in a field."""

_MODEL = genanki.Model(
    _MODEL_ID,
    "NoteGen card",
    fields=[{"name": "Question"}, {"name": "Answer"}, {"name": "Source"}],
    templates=[{"name": "Card", "qfmt": _QUESTION, "afmt": _ANSWER}],
    css=_STYLE,
)
_CLOZE_MODEL = genanki.Model(
    _CLOZE_ID,
    "NoteGen cloze",
    fields=[{"name": "Text"}, {"name": "Answer"}, {"name": "Source"}],
    templates=[{"name": "Cloze", "qfmt": _CLOZE, "afmt": _FILLED}],
    css=_STYLE,
    model_type=genanki.Model.CLOZE,
)


class _Dated(genanki.Note):  # type: ignore[misc]
    """An Anki note with its own time of change (seconds since the epoch)."""

    def __init__(self, changed_s: float, **facts: Any) -> None:
        super().__init__(**facts)
        self._changed_s = changed_s

    def write_to_db(self, cursor: Any, timestamp: float, deck_id: int, id_gen: Any) -> None:
        super().write_to_db(cursor, self._changed_s, deck_id, id_gen)


def render(note: Note, level: Level) -> bytes:
    return render_cards([note], level)


def render_cards(notes: Sequence[Note], level: Level) -> bytes:
    """Return a package with a deck per note; a note without questions has a card per section."""
    decks = [_deck(note, level) for note in notes]
    with tempfile.TemporaryDirectory(prefix="notegen-") as folder:
        path = Path(folder) / "deck.apkg"
        pictures = {p.name: p.data for n in notes for s in n.sections for p in s.pictures}
        for name, data in pictures.items():
            (Path(folder) / name).write_bytes(data)
        media = [str(Path(folder) / name) for name in pictures]
        # Row ids are milliseconds from this time on; two decks of a run differ.
        first = min((created(note).timestamp() for note in notes), default=0.0)
        since = first - sum(deck.deck_id for deck in decks) % 10**8 / 1000
        genanki.Package(decks, media).write_to_file(str(path), timestamp=since)
        return timeless(path.read_bytes())


def _deck(note: Note, level: Level) -> genanki.Deck:
    title = clean(note.title or note.video.name).replace("::", ": ")
    key = clean(f"{note.video.id}\x1f{note.template}")
    deck = genanki.Deck(_number(key), f"NoteGen::{title}", description=_text(note.lacks))
    own = ("::".join(map(_tag, name.split("/"))) for name in note.tags)
    filed = ("notegen", _tag(note.template), _tag(note.video.channel), *own)
    tags = [tag for tag in filed if tag.strip(":")]
    changed_s = note.card_dates.get("", note.saved_at) or created(note).timestamp()
    for place, card in enumerate(cards_of_deck(note)):
        fields = [_front(card), _answer(note, card, level)]
        fields.append(_source(note.video, card.section, level))
        deck.add_note(
            _Dated(
                note.card_dates.get(card.id, changed_s),
                model=_CLOZE_MODEL if card.kind is CardKind.CLOZE else _MODEL,
                fields=[_COMMAND.sub("&#91;", field) for field in fields],
                guid=card.id,
                tags=[*tags, *(["doubtful"] if card.is_doubtful else [])],
                due=place,
            )
        )
    return deck


def _front(card: Card) -> str:
    if card.kind is CardKind.CLOZE:
        before, gap, after = (_unclosed(_line(each)) for each in card.filled)
        return f"{before}{{{{c1::{gap.replace('::', ':&#58;')}}}}}{after}"
    choices = to_html(card.choice_lines, formula=mathjax) if card.choices else ""
    return (_line(card.asks) or _text(card.asks)) + choices


def _answer(note: Note, card: Card, level: Level) -> str:
    video = note.video
    text = text_html(video, card.section, level, formula=mathjax)
    shown = (picture_html(video, p, p.name) for p in card.section.pictures)
    return "".join((text, *shown, remarks_html(remarks_on(card, note))))


def _line(words: str) -> str:
    """Return a line as HTML; spaces at its ends are kept."""
    before = " " if words[:1].isspace() else ""
    after = " " if words.strip() and words[-1:].isspace() else ""
    return f"{before}{line_html(words.strip(), formula=mathjax)}{after}"


def _unclosed(html: str) -> str:
    """Return HTML with double braces separated, which would open or close a cloze: LaTeX has
    them."""
    return re.sub(r"([{}])(?=\1)", r"\1 ", html)


def _source(video: Video, section: Section, level: Level) -> str:
    own = (cite_html(video, cite) for cite in own_cites(section, level))
    return " ".join([*own, _text(video.name)])


def _number(key: str) -> int:
    """Return a stable id in Anki's range."""
    digest = hashlib.sha256(key.encode()).digest()
    return (1 << 30) + int.from_bytes(digest[:4], "big") % (1 << 30)


def _tag(words: str) -> str:
    """Return a tag for Anki, which separates tags by spaces and builds trees by colons."""
    return re.sub(r"[\s:]+", "-", clean(words)).strip("-")[:60]


def _text(value: str) -> str:
    return escape(visible(value))
