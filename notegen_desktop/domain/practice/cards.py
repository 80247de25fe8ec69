"""Derives the flashcards of a note: question, answer, and time in the video.

Flashcards and quiz questions are sections of their own; questions with answers and key terms are in
a section's text. No other module parses them: export, practice and the window use its cards.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256

from notegen_desktop.domain.notes.note import Cite, Level, Note, Section
from notegen_desktop.domain.notes.remark import Remark, span_of
from notegen_desktop.domain.notes.remarks import section_of
from notegen_desktop.domain.notes.statements import (
    markers,
    outside,
    plain_line,
    protected,
    without_markers,
)
from notegen_desktop.domain.text.patterns import lazy_pattern


class CardKind(StrEnum):
    CARD = "card"
    CLOZE = "cloze"  # a sentence with one gap
    QUIZ = "quiz"  # multiple choice
    QUESTION = "question"
    TERM = "term"


@dataclass(frozen=True, slots=True)
class Card:
    """One flashcard. `id` stays as long as the question, whatever else changes.

    `section` is like one of a note: the heading is the question (plain text with formulas), the
    three texts are the answer, the cites are those of the answer alone. `choices` are the options
    of a quiz (Markdown). `gap` is the answer of a cloze, whose heading contains `GAP`. Cards are
    equal with the same question and answer, anywhere in their note.
    """

    id: str
    kind: CardKind
    section: Section
    choices: str = ""
    gap: str = ""
    origin: int = field(default=0, compare=False)
    """The section of its note that it comes from, counted from 0."""

    @property
    def asks(self) -> str:
        return self.section.heading

    @property
    def choice_lines(self) -> str:
        """The options as lines that begin with their letters: a list would add bullets."""
        lines = (_LIST_MARK.sub("", line).rstrip() for line in self.choices.splitlines())
        return "  \n".join(line for line in lines if line)

    @property
    def is_doubtful(self) -> bool:
        """True if a cite of the answer is doubtful."""
        return any(cite.is_doubtful for cite in self.section.cites)

    @property
    def start_s(self) -> float | None:
        """The time in the video, in seconds, at which its answer begins; None without a cite."""
        return self.place.start_s if self.place else None

    @property
    def place(self) -> Cite | None:
        """The first cite of its section."""
        return min(self.section.cites, key=lambda c: (c.video_number, c.start_s), default=None)

    @property
    def filled(self) -> tuple[str, str, str]:
        """The sentence of a cloze: before its gap, the answer, and after it."""
        before, _, after = self.asks.partition(GAP)
        return before, self.gap, after


GAP = "___"
FLASHCARDS = "flashcards"
"""The template whose sections are all cards, in any form."""

MAX_GAP_CHARS = 80
"""Maximum characters of a cloze answer; a longer one is a normal card's."""

_GAP = lazy_pattern(r"(?:\\?_){2,}")
_QUESTION_MARKS = ("?", "？", "؟", "՞", "፧")
_CHOICES = lazy_pattern(r"\s*(?:(?:[-*+]\s+\**[A-H]\**[).:][^\n]*\n+){2,})?")
"""The options of a multiple-choice question; the text after them is the answer."""

_LIST_MARK = lazy_pattern(r"^[ \t]*[-*+][ \t]+")
_OPENING = r"^[ \t]{0,3}(?:[-*+][ \t]+|\d{1,3}[.)][ \t]+)?"
_MARKERS = r"(?:[ \t]*\[\^\d{1,4}\])*"
_ASKED = lazy_pattern(
    rf"{_OPENING}(?:\*\*Q(?:uestion)?[ ]?\d*[:.]\*\*[ \t]*(?P<said>[^\n]+)"
    rf"|\*\*(?P<bold>[^\n*][^\n]*?)\*\*(?P<marks>{_MARKERS})[ \t]*(?P<rest>[^\n]*))$",
    re.MULTILINE,
)
_NUMBERED = lazy_pattern(r"^(?:Q(?:uestion)?[ ]?\d*[:.)]|\d{1,3}[.)])[ \t]*")
_ANSWER_MARK = lazy_pattern(r"^\s*(?:[-*+][ \t]+)?\*{0,2}A(?:nswer)?[:.]\*{0,2}[ \t]*(?=\S)")
_TERM = lazy_pattern(
    rf"^[-*+][ \t]+\*\*(?P<term>[^\n]+?)(?P<colon>[:：]?)\*\*(?P<more>[ \t]*\([^)\n]*\))?{_MARKERS}"
    r"[ \t]*(?P<parts>[:：]|[–—-](?=\s))?[ \t]*",
    re.MULTILINE,
)
_TERMS_HEADING = lazy_pattern(
    r"\bterm(?:s|e|en|es|ini|os|inos|inology|inologie)?\b|glossar|vocabular|definition"
    r"|begriff|t[ée]rmin|vocabul|lexique|d[ée]finici|defini[çz]|begrip|termer|nyckelord"
    r"|термин|понят|терм[іи]н|用語|术语|術語|概念|용어|مصطلح|תחים|מונח|terim|kavram|pojęci|pojm",
    re.IGNORECASE,
)
"""Headings of key terms, in the languages of notes."""
_BY_CHOICE = (Level.STANDARD, Level.COMPREHENSIVE, Level.CONCISE)

Pair = tuple[str, str]
"""Question and answer, markers included."""


def cards_of(note: Note) -> tuple[Card, ...]:
    """Return the cards of a note in order; none for one without questions."""
    return tuple(_numbered(note, _found(note)))


def cards_of_sections(note: Note) -> tuple[Card, ...]:
    """Return a card for each section, for the deck of a note without cards: the heading is the
    question."""
    plain = (
        (n, (CardKind.CARD, replace(each, heading=each.heading.strip() or str(n + 1)), "", ""))
        for n, each in enumerate(note.sections)
    )
    return tuple(_numbered(note, plain))


def cards_of_deck(note: Note) -> tuple[Card, ...]:
    """Return the cards that a note is exported with."""
    return cards_of(note) or cards_of_sections(note)


def remarks_on(card: Card, note: Note) -> tuple[Remark, ...]:
    """Return the user's remarks on a card's text, and on the passages of its cites."""
    texts = (card.asks, *map(without_markers, card.section.texts))
    places = [(cite.start_s, max(cite.start_s, cite.end_s)) for cite in card.section.cites]

    def is_on(remark: Remark) -> bool:
        if remark.start_s is not None:
            return any(start_s <= remark.start_s <= end_s for start_s, end_s in places)
        said = any(span_of(text, remark) for text in texts)
        return said and section_of(note, remark) == card.origin

    return tuple(filter(is_on, note.remarks))


def card_dates(note: Note, former: Note | None, now_s: float) -> Mapping[str, float]:
    """Return the times of the last change of a note's cards (seconds since the epoch) by card id;
    "" is for cards that are not named. `former` is the note before, None for a new one."""
    if former is None:
        return {"": now_s}
    before = {card.id: (card, remarks_on(card, former)) for card in cards_of_deck(former)}
    dates = {"": former.card_dates.get("", former.saved_at)}
    for card in cards_of_deck(note):
        same = before.get(card.id) == (card, remarks_on(card, note))
        date = former.card_dates.get(card.id) if same else now_s
        if date is not None:
            dates[card.id] = date
    return dates


_Found = tuple[CardKind, Section, str, str]


def _numbered(note: Note, found: Iterator[tuple[int, _Found]]) -> Iterator[Card]:
    """Yield cards with ids derived from video, template and question, so that a rewritten note
    keeps those of repeated questions."""
    asked: Counter[str] = Counter()
    for origin, (kind, section, choices, gap) in found:
        key = _key(section.heading)
        asked[key] += 1
        facts = (note.video.id, note.template, key, str(asked[key]))
        digest = sha256("\x1f".join(facts).encode("utf-8", "replace")).hexdigest()
        yield Card(digest[:16], kind, section, choices, gap, origin)


def _found(note: Note) -> Iterator[tuple[int, _Found]]:
    sections = note.sections
    asking = note.template == FLASHCARDS or (
        len(sections) > 2 and all(_asks(s.heading) or _choices_of(s) for s in sections)
    )
    for place, section in enumerate(sections):
        if choices := _choices_of(section):
            answers = section.with_texts(_CHOICES.sub("", text, count=1) for text in section.texts)
            yield place, (CardKind.QUIZ, answers, choices, "")
        elif asking and section.heading.strip():
            yield place, _with_gap(CardKind.CARD, section)
        else:
            yield from ((place, found) for found in _within(section))


def _choices_of(section: Section) -> str:
    for level in _BY_CHOICE:
        if (found := _CHOICES.match(section.at(level))) and found[0].strip():
            return found[0].strip()
    return ""


def _asks(words: str) -> bool:
    return words.rstrip(' \t"”»’*_').endswith(_QUESTION_MARKS) or _GAP.search(words) is not None


def _with_gap(kind: CardKind, section: Section) -> _Found:
    """Return a cloze if the question is a sentence with one gap and its answer is short."""
    heading = " ".join(section.heading.split())
    gap = ""
    if len(_GAP.findall(heading)) == 1:
        heading = _GAP.sub(GAP, heading)
        gap = _short_answer(section)
    if heading != section.heading:
        section = replace(section, heading=heading)
    return CardKind.CLOZE if gap else kind, section, "", gap


def _short_answer(section: Section) -> str:
    """Return the bold beginning of an answer, or all of a short one; "" if none fits a gap."""
    for level in (Level.CONCISE, Level.STANDARD):
        text = without_markers(section.at(level)).strip()
        bold = re.match(r"\*\*([^\n*]+)\*\*", text)
        words = bold[1] if bold else plain_line(text.split("\n", 1)[0])
        words = words.strip().removesuffix(".").strip("“”\"' ")
        if words and len(words) <= MAX_GAP_CHARS and GAP not in words:
            return words
    return ""


def _within(section: Section) -> Iterator[_Found]:
    """Yield questions and terms in the text of a section.

    The level with most of them determines them; the other levels have shorter or longer answers to
    them.
    """
    terms = _TERMS_HEADING.search(section.heading) is not None
    kind = CardKind.TERM if terms else CardKind.QUESTION
    read = _terms if terms else _questions
    pairs = {level: {_key(plain_line(p[0])): p for p in read(section.at(level))} for level in Level}
    fullest = max(_BY_CHOICE, key=lambda level: len(pairs[level]))
    for key, (asked, _) in pairs[fullest].items():
        told = {level: pairs[level].get(key, ("", "")) for level in Level}
        brief, standard, full = (told[level][1] for level in Level)
        own = {n for pair in told.values() for n in markers("\n\n".join(pair))}
        yield _with_gap(
            kind, Section(plain_line(asked), _cites(section, own), brief, standard, full)
        )


def _cites(section: Section, numbers: set[int]) -> tuple[Cite, ...]:
    """Return the cites of an answer; without any, those of the section as a whole."""
    own = tuple(cite for cite in section.cites if cite.n in numbers)
    if own:
        return own
    named = section.markers
    return tuple(cite for cite in section.cites if cite.n not in named)


def _questions(text: str) -> list[Pair]:
    """Return questions, each in bold on a line of its own, or after `**Q:**`, with the answers that
    follow."""
    if "**" not in text:
        return []
    spans = protected(text)
    opening = [match for match in _ASKED.finditer(text) if outside(spans, match.start())]
    found = [match for match in opening if match["said"] or not match["rest"] or _opens(match)]
    bold = [match for match in opening if not match["said"]]
    # bold words that are worth a gap
    if sum(_asks(match["bold"]) for match in bold) * 2 < len(bold):
        found = [match for match in found if match["said"]]
    ends = [*(match.start() for match in found[1:]), len(text)]
    pairs = []
    for match, end in zip(found, ends, strict=False):
        asked = match["said"] or match["bold"] + (match["marks"] or "")
        answer = f"{match['rest'] or ''}\n{text[match.end() : end]}".strip("\n")
        answer = _ANSWER_MARK.sub("", _dedented(answer)).strip()
        if answer:
            pairs.append((_NUMBERED.sub("", asked.strip()), answer))
    return pairs


def _opens(match: re.Match[str]) -> bool:
    """Return True for a question in bold with its answer on the same line."""
    return bool(match["rest"]) and match["bold"].rstrip().endswith(_QUESTION_MARKS)


def _terms(text: str) -> list[Pair]:
    """Return the items `**term**: meaning` of a list that has little else."""
    found = [m for m in _TERM.finditer(text) if m["colon"] or m["parts"]]
    items = re.findall(r"^[-*+][ \t]", text, re.MULTILINE)
    if len(found) * 5 < len(items) * 4:
        return []
    pairs = []
    for match, end in zip(found, [*(m.start() for m in found[1:]), len(text)], strict=False):
        meaning = _dedented(re.split(r"\n[ \t]*\n(?=\S)", text[match.end() : end])[0]).strip()
        if meaning:
            own = "".join(re.findall(r"\[\^\d{1,4}\]", match[0]))
            pairs.append((match["term"] + (match["more"] or ""), f"{meaning} {own}".strip()))
    return pairs


def _dedented(text: str) -> str:
    """Return the lines of a list item without indentation."""
    first, *rest = text.split("\n")
    indents = [len(line) - len(line.lstrip(" ")) for line in rest if line.strip()]
    width = min(min(indents, default=0), 4)
    return "\n".join([first.lstrip(" "), *(line[width:] for line in rest)])


def _key(asked: str) -> str:
    """Return the normalized form of a question, equal for equal ones."""
    return " ".join(re.sub(r"[*_`]+", " ", asked.casefold()).split()).rstrip(" .:：")
