"""Decodes growing JSON text into a growing `Draft`; knows no network.

A model streams one JSON object as fragments of text, cut anywhere. `DraftDecoder` parses the text
received so far, seldom enough that a long answer costs little. `near_json` tolerates invalid JSON;
this module tolerates other shapes of a note.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from notegen_desktop.domain.checks.repetition import TAIL_CHARS
from notegen_desktop.domain.notes.citations import without_references
from notegen_desktop.domain.notes.note import Draft, DraftSection, Level, Part, Review, Says
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.prompts.task import part_range, wanted_plans
from notegen_desktop.domain.text.cleaning import harmless, paired
from notegen_desktop.services.ports import Writing

from .escapes import decoded_string, unrolled
from .near_json import Cut, CutDict, values

MIN_CHARS = 2048  # parse again after this many new characters ...
MIN_PAUSE_S = 0.05  # ... or after this many seconds
PAUSE_PER_COST = 10.0  # limits parsing to a tenth of the time
USUAL_SECTION_CHARS = 2600  # three levels of about 60, 125 and 250 words

_THOUGHT = re.compile(r".*(?:</think(?:ing)?>|<\|message\|>)", re.DOTALL)
"""A model's thoughts before its answer, which may contain drafts of it, if a server does not
separate them."""
_LEVELS = tuple(level.value for level in Level)


class DraftDecoder:
    """Collects the text of one answer.

    `expected_sections` scales `progress`. `clock` returns seconds and is replaced in tests. `notes`
    are those of a combined answer, `reviews` the findings about statements, and `said` tells if a
    question was answered. `stopped` is set if the stream reported the model's end.
    """

    notes: tuple[Writing, ...] = ()
    reviews: Mapping[int, Review] = {}
    said = True
    stopped = False

    def __init__(
        self, *, expected_sections: float = 6.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.draft = Draft()
        self._fragments: list[str] = []
        self._size = 0
        self._read_to = 0
        self._due = 0.0
        self._clock = clock
        self._expected = max(1.0, expected_sections)
        self._progress = 0.0
        self._decoded = cache(_decoded)  # a complete text is parsed once

    @property
    def text(self) -> str:
        """Return all received text, without unpaired surrogates."""
        if len(self._fragments) > 1:
            self._fragments = ["".join(self._fragments)]
        return paired(self._fragments[0]) if self._fragments else ""

    @property
    def tail(self) -> str:
        """Return the end of the received text, long enough to detect repetition."""
        return self.text[-TAIL_CHARS:]

    @property
    def progress(self) -> float:
        """Return the estimated progress of the note, 0 to 0.97; never falls."""
        self._progress = max(self._progress, progress_of(self.draft, self._expected))
        return self._progress

    def feed(self, text: str) -> Draft | None:
        """Add a fragment. Return the new draft, or None while parsing again is not worth its
        time."""
        if text:
            self._fragments.append(text)
            self._size += len(text)
        new = self._size - self._read_to
        if new == 0:
            return None
        now = self._clock()
        big = new >= max(MIN_CHARS, self._size // 16)
        if not big and now < self._due:
            return None
        before = (self.draft, self.notes)
        draft = self._of_growing(self._tree())
        spent = self._clock() - now
        self._due = now + max(MIN_PAUSE_S, spent * PAUSE_PER_COST)
        self._read_to = self._size
        if (draft, self.notes) == before:
            return None
        self.draft = draft
        return draft

    def finish(self) -> tuple[Draft, bool]:
        """Return the final draft, whole sections only, and True if its JSON was closed.

        An answer that is no such object gives an empty draft.
        """
        tree = self._tree()
        closed = not isinstance(tree, CutDict) and tree is not None
        self.draft = self._of_closed(tree) if closed else self._of_cut(tree)
        return self.draft, closed

    def _tree(self) -> dict[str, Any] | None:
        text = self.text
        if thought := _THOUGHT.match(text):
            tree = note_in(values(text[thought.end() :], self._decoded))
            if tree is not None and _sections(tree):
                return tree
        return note_in(values(text, self._decoded))

    def _of_growing(self, tree: Any) -> Draft:
        return draft_of(tree, open_end=True)

    def _of_closed(self, tree: Any) -> Draft:
        tree = tree if _sections(tree) else _translated(tree)
        return replace(draft_of(tree, open_end=False), whole=True)

    def _of_cut(self, tree: Any) -> Draft:
        return draft_of_cut(tree)


def _translated(tree: Any) -> Any:
    """Return the tree with the expected names, if the model translated all of them: one list of
    objects with four texts."""
    found = [
        value
        for value in (tree.values() if isinstance(tree, dict) else ())
        if isinstance(value, list) and value and all(map(_has_four_texts, value))
    ]
    title = next((each for each in tree.values() if isinstance(each, str)), "") if found else ""
    return {"title": title, "sections": found[0]} if len(found) == 1 else tree


def _has_four_texts(entry: Any) -> bool:
    is_object = isinstance(entry, dict)
    return is_object and sum(isinstance(each, str) for each in entry.values()) == 1 + len(_LEVELS)


def progress_of(draft: Draft, expected: float) -> float:
    """Return the estimated progress of a note with `expected` sections, 0 to 0.97."""
    if not draft.sections:
        return 0.0
    *done, last = draft.sections
    usual = sum(s.chars for s in done) / len(done) if done else USUAL_SECTION_CHARS
    share = min(1.0, last.chars / max(1.0, usual))
    return min(0.97, (len(done) + share) / max(expected, len(draft.sections) + 0.5))


def expected_sections(
    template: NoteTemplate, minutes: float | None, part: Part | None = None
) -> float:
    """Return the expected number of sections of a note by this template, for a video of this
    length."""
    plans = wanted_plans(template, part)
    return sum(sum(part_range(plan, minutes, part)) / 2 for plan in plans)


# --- what a note may look like -------------------------------------------------------------------


def _decoded(raw: str) -> str:
    """Return the decoded text, without control characters."""
    return unrolled(harmless(decoded_string(raw)))


def note_in(found_values: Iterable[tuple[Any, bool]], depth: int = 0) -> dict[str, Any] | None:
    """Return the one object with `sections` or `notes` in an answer; a `CutDict` while it is open.

    None if it holds no object at all. `depth` counts enclosing objects and strings.
    """
    found: dict[str, Any] | None = None
    other: dict[str, Any] | None = None
    for value, closed in found_values:
        one = _note_in(value, depth)
        if one is None:
            other = other or (value if isinstance(value, dict) else None)
            continue
        if found is None:
            found = dict(one)
        elif _is_again(one, found):
            found = dict(one) if closed else found
            continue
        else:  # several objects, one after the other
            for key in ("sections", "notes"):
                if key in one:
                    found[key] = [*_entries(found, key, depth), *_entries(one, key, depth)]
        if not closed:
            return CutDict(found)
    return found or other


def _is_again(one: dict[str, Any], found: dict[str, Any]) -> bool:
    """Return True if a whole note is repeated, unchanged or corrected."""
    first, again = (_entries(each, "sections")[:1] for each in (found, one))
    titled = bool(one.get("title")) and one.get("title") == found.get("title")
    return titled and first != [] and [*map(_name_of, again)] == [*map(_name_of, first)]


def _name_of(section: Any) -> str:
    return str(section.get("heading", "")) if isinstance(section, dict) else ""


def _note_in(value: Any, depth: int) -> dict[str, Any] | None:
    """Return the note in a value: the value itself, a wrapped object, or a bare list of
    sections."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "[") and depth <= MAX_WRAPPED:
        within = note_in(values(value, _decoded), depth + 1)
        found = None if within is None else _note_in(within, depth + 1)
        return CutDict(found) if found and isinstance(within, CutDict) else found
    if isinstance(value, list):
        inside = [one for each in value if (one := _note_in(each, depth)) is not None]
        notes = [one for one in inside if "template" in one]
        sections = [section for one in inside for section in _entries(one, "sections", depth)]
        told = {"title": next((one["title"] for one in inside if one.get("title")), "")}
        return ({"notes": notes} if notes else told | {"sections": sections}) if inside else None
    if not isinstance(value, dict) or depth > MAX_WRAPPED:
        return None
    known = _fields(value)
    if "sections" in known or "notes" in known:
        return None if _is_schema(known.get("sections")) else known
    if any(key in known for key in ("heading", *_LEVELS)):
        return {"sections": [value]}
    return next(
        (
            one
            for each in value.values()
            if isinstance(each, (dict, list, str))
            and (one := _note_in(each, depth + 1)) is not None
        ),
        None,
    )


MAX_WRAPPED = 6
"""Maximum nesting of a note within other objects and strings."""


def _fields(entry: dict[str, Any]) -> dict[str, Any]:
    return {key.strip(" *_\t").casefold(): value for key, value in entry.items()}


def _is_schema(sections: Any) -> bool:
    """Return True if the model echoed the schema of the answer."""
    is_list = isinstance(sections, dict) and sections.get("type") in ("array", "ARRAY")
    return is_list and not isinstance(sections.get("items"), list)


def _entries(tree: Any, key: str, depth: int = 0) -> list[Any]:
    """Return the sections, or notes, of an object; they may be an object by heading."""
    entries = tree.get(key) if isinstance(tree, dict) else None
    if isinstance(entries, str):
        if depth > MAX_WRAPPED:
            return []
        return _entries(note_in(values(entries, _decoded), depth + 1), key, depth + 1)
    if isinstance(entries, dict) and isinstance(entries.get("items"), list):
        entries = entries["items"]
    if isinstance(entries, list) and any(isinstance(each, str) for each in entries):
        parts = (_entries({key: e}, key, depth) if isinstance(e, str) else [e] for e in entries)
        return [one for part in parts for one in part]
    if isinstance(entries, dict):
        return [
            type(each)(heading=name, **each) if isinstance(each, dict) else {"heading": name}
            for name, each in entries.items()
        ]
    return entries if isinstance(entries, list) else []


def draft_of_cut(tree: Any) -> Draft:
    """Return the whole sections of a truncated note."""
    draft = draft_of(tree, open_end=True)
    entries = _sections(tree)
    if draft.sections and entries and not _is_whole(entries[-1]):
        draft = replace(draft, sections=draft.sections[:-1])
    return replace(draft, whole=bool(draft.sections))


def _sections(tree: Any) -> list[Any]:
    entries = _entries(tree, "sections")
    if not entries:
        entries = next(
            (found for note in _entries(tree, "notes") if (found := _entries(note, "sections"))), []
        )
    return [entry for each in entries for entry in _flat(each) if isinstance(entry, dict) and entry]


def _flat(entry: Any, depth: int = 0) -> Iterator[Any]:
    """A section, or those that a model has put into a list or a part within the list of all."""
    inner = entry if isinstance(entry, list) else None
    if isinstance(entry, dict) and not any(entry.get(key) for key in (*_LEVELS, "levels")):
        inner = next((entry[key] for key in _PARTS if isinstance(entry.get(key), list)), None)
        inner = inner if inner and all(isinstance(each, dict) for each in inner) else None
    if inner is None or depth > MAX_WRAPPED:
        yield entry
        return
    for each in inner:
        yield from _flat(each, depth + 1)


_PARTS = ("sections", "subsections")


def draft_of(tree: Any, *, open_end: bool) -> Draft:
    """Return a note's JSON as a draft; with `open_end` its last section may still grow."""
    title = tree.get("title") if isinstance(tree, dict) else None
    return Draft(
        title=_line(title),
        sections=tuple(_section(entry, open_end=open_end) for entry in _sections(tree)),
    )


def _section(entry: dict[str, Any], *, open_end: bool) -> DraftSection:
    fields = _fields(entry)
    for value in [*fields.values(), {str(e["level"]): e for e in _leveled(fields)}]:
        if isinstance(value, dict) and any(level in value for level in _LEVELS):
            fields = {**value, **fields}  # the three levels in a nested object
    if not open_end:
        fields = _in_their_places(fields)
    heading = next((fields[key] for key in _HEADINGS if fields.get(key)), "")
    levels = {level: _level_text(_called(fields, level)) for level in _LEVELS}
    cites = next((fields[key] for key in _CITED if fields.get(key)), None)
    labels = (_line(label) for label in _labels(cites, open_end=open_end))
    return DraftSection(_line(heading), tuple(filter(None, labels)), **levels)


def _leveled(fields: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a section's list of texts as objects with the name of their level."""
    lists = (value for value in fields.values() if isinstance(value, list))
    return [e for each in lists for e in each if isinstance(e, dict) and e.get("level")]


def _in_their_places(fields: dict[str, Any]) -> dict[str, Any]:
    """Return a section's fields under the expected names, if the model translated these: unknown
    texts are taken in the order of the schema."""
    missing = [level for level in _LEVELS if _called(fields, level) is None]
    unknown = [key for key, value in fields.items() if isinstance(value, str)]
    unknown = [key for key in unknown if key not in (*_HEADINGS, *_CITED, *_LEVELS)]
    if not any(fields.get(key) for key in _HEADINGS):
        missing.insert(0, _HEADINGS[0])
    lists = [key for key, value in fields.items() if isinstance(value, list)]
    if len(lists) == 1 and not any(key in fields for key in _CITED):
        fields = fields | {_CITED[0]: fields[lists[0]]}
    if len(missing) < 2 or len(unknown) != len(missing):
        return fields
    return fields | {name: fields[key] for name, key in zip(missing, unknown, strict=True)}


_HEADINGS = (
    *("heading", "title", "name", "header", "headline"),
    *("section_heading", "section_title", "section_name", "section", "topic", "subject"),
)
_CITED = ("cites", "citations", "cite", "labels", "references", "sources")
"""Names that models give the cites of a section if they ignore the schema."""
_SAID = ("text", "content", "value", "markdown", "body")


def _called(fields: dict[str, Any], level: str) -> Any:
    """Return the text of a level by its name, or by a name that begins with it:
    `concise_summary`."""
    return fields.get(level) or next((fields[key] for key in fields if key.startswith(level)), None)


def _level_text(value: Any) -> str:
    """Return the text of a level, which may be wrapped in an object."""
    if isinstance(value, dict) and (name := next((n for n in _SAID if value.get(n)), "")):
        value = value[name]
    return _text(value)


def _labels(value: Any, *, open_end: bool) -> Iterator[str]:
    """Yield a section's cites: from a list of labels, one label, or objects with a label or
    times."""
    if isinstance(value, list):
        for each in value:
            labels = _labels(each, open_end=open_end)
            yield from (a for a in labels if a[:1].isdigit() or not isinstance(each, list))
    elif isinstance(value, dict):
        plain = {key.casefold(): each for key, each in value.items() if isinstance(each, str)}
        start = next((plain[key] for key in _CITE_KEYS if key in plain), "")
        start = start or next(iter(plain.values()), "")
        yield f"{start}-{plain['end']}" if plain.get("end") and start else start
    elif isinstance(value, str) and not (open_end and isinstance(value, Cut)):
        yield _WHOLE.sub(r"\1", value)  # a cut number may continue: "1" may become "12"


_WHOLE = re.compile(r"^(\d+)\.0+$")
"""A label that was converted to a float."""
_CITE_KEYS = ("label", "segment", "cite", "id", "start", "start_s", "time", "timestamp")


def _is_whole(entry: dict[str, Any]) -> bool:
    """Return True if no field of a section can be missing, in any order of fields."""
    if not isinstance(entry, CutDict):
        return True
    if next(reversed(entry), "") == "cites":  # the list may continue
        return False
    fields = ("heading", "cites", *_LEVELS)
    return all(field in entry and not isinstance(entry[field], Cut) for field in fields)


def _line(value: Any) -> str:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return _text(value).strip()


def _text(value: Any) -> str:
    """Return a text without control characters; a list of texts becomes a Markdown list, or
    paragraphs."""
    if isinstance(value, dict):
        value = [f"**{key}**: {_text(each)}" for key, each in value.items()]
    if isinstance(value, list):
        texts = [text for each in value if (text := _text(each).strip())]
        if any(len(text) > ITEM_CHARS or "\n" in text for text in texts):
            return "\n\n".join(texts)
        return "\n".join(text if _ITEM.match(text) else f"- {text}" for text in texts)
    return value if isinstance(value, str) else ""


ITEM_CHARS = 300
"""Characters above which a text in a list is a paragraph instead of an item."""
_ITEM = re.compile(r"(?:[-*+•]|\d{1,3}[.)]|\||#{1,6})\s")


# --- Growing JSON text with several notes becomes as many growing drafts ---


class NotesDecoder(DraftDecoder):
    """Decodes a combined answer. `asked` has the template id and the expected number of sections of
    each note.

    The draft has the sections of all notes; `notes` has each note by itself.
    """

    def __init__(
        self,
        asked: Sequence[tuple[str, float]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(expected_sections=sum(number for _, number in asked), clock=clock)
        self._asked = asked
        self._names = {template.casefold() for template, _ in asked}
        self.notes = tuple(Writing(Draft()) for _ in asked)

    def _tree(self) -> dict[str, Any] | None:
        tree = super()._tree()
        return tree if tree is None or "notes" in tree else self._unlisted() or tree

    def _unlisted(self) -> dict[str, Any] | None:
        """Return notes that stand by their names, or one after the other, as if in a list."""
        thought = _THOUGHT.match(self.text)
        found: list[Any] = []
        is_whole = True
        for value, closed in values(self.text[thought.end() if thought else 0 :], self._decoded):
            each = value if isinstance(value, dict) else {}
            named = _by_name(each, self._names)
            if named or (self._name(each) and "sections" in each):
                found += named or [each]
                is_whole = closed
        notes = {"notes": found}
        return None if not found else notes if is_whole else CutDict(notes)

    def _of_growing(self, tree: Any) -> Draft:
        return self._take(tree, lambda note: draft_of(note, open_end=True))

    def _of_closed(self, tree: Any) -> Draft:
        return replace(self._take(tree, None), whole=True)

    def _of_cut(self, tree: Any) -> Draft:
        return replace(self._take(tree, draft_of_cut), whole=True)

    def _take(self, tree: Any, last: Callable[[Any], Draft] | None) -> Draft:
        """Read all notes again except finished ones; `last` reads the open one."""
        found: dict[str, tuple[Any, bool]] = {}
        entries = self._entries(tree)
        for number, entry in enumerate(entries):
            name = self._name(entry)
            if name:
                found.setdefault(name, (entry, last is None or number < len(entries) - 1))
        unnamed = not any(_plain_name(each.get("template")) for each in entries)
        if last is None and unnamed and not found and len(entries) == len(self._asked):
            asked = (template.casefold() for template, _ in self._asked)
            found = {name: (entry, True) for name, entry in zip(asked, entries, strict=True)}
        notes = []
        for (template, expected), known in zip(self._asked, self.notes, strict=True):
            entry, closed = found.get(template.casefold(), (None, False))
            if entry is None or known.finished:
                notes.append(known)
            elif closed or last is None:
                whole = replace(draft_of(entry, open_end=False), whole=True)
                notes.append(Writing(whole, progress=1.0, finished=True))
            else:
                draft = last(entry)
                progress = max(known.progress, progress_of(draft, expected))
                notes.append(Writing(draft, progress=progress))
        self.notes = tuple(notes)
        return Draft(sections=tuple(s for note in notes for s in note.draft.sections))

    def _entries(self, tree: Any) -> list[Any]:
        told = tree.get("notes") if isinstance(tree, dict) else None
        if isinstance(told, list) and any(isinstance(each, str) for each in told):
            read = (note_in(values(e, _decoded)) if isinstance(e, str) else e for e in told)
            return [each for each in read if each is not None]
        if isinstance(told, dict) and (named := _by_name(told, self._names)):
            return named
        return [each for each in _entries(tree, "notes") if isinstance(each, dict)]

    def _name(self, entry: Any) -> str:
        """Return the asked template whose note this is; "" for none."""
        told = (entry.get(key) for key in _TEMPLATE_KEYS) if isinstance(entry, dict) else ()
        return next((name for each in told if (name := _plain_name(each)) in self._names), "")


_TEMPLATE_KEYS = ("template", "template_id", "id", "type", "kind", "name")


def _plain_name(told: Any) -> str:
    """Return a template's id as models spell it: “Study Notes”, `study_notes`."""
    return re.sub(r"[\s_]+", "-", told.strip().casefold()) if isinstance(told, str) else ""


def _by_name(notes: dict[str, Any], names: Collection[str]) -> list[dict[str, Any]]:
    """Return the notes that an object has by their templates."""
    return [
        type(note)({"template": _plain_name(name), **note})
        for name, note in notes.items()
        if isinstance(note, dict) and _plain_name(name) in names
    ]


# --- Growing JSON text becomes what was found of the statements of a note ---


class ReviewDecoder(DraftDecoder):
    """Decodes a review; shows nothing while the answer grows. Of a cut answer, whole findings
    count."""

    def _tree(self) -> dict[str, Any] | None:
        text = self.text
        thought = _THOUGHT.match(text)
        return (thought and self._tree_of(text[thought.end() :])) or self._tree_of(text)

    def _tree_of(self, text: str) -> dict[str, Any] | None:
        alone: list[Any] = []  # findings that are not in a list
        is_whole = True
        for value, closed in values(text, self._decoded):
            found = _findings_in(value)
            if found is not None:
                return {"findings": found} if closed else CutDict(findings=found)
            if _is_finding(value):
                alone.append(value)
                is_whole = closed
        found = {"findings": alone}
        return None if not alone else found if is_whole else CutDict(found)

    def _of_growing(self, tree: Any) -> Draft:
        return self.draft

    def _of_closed(self, tree: Any) -> Draft:
        self.reviews = dict(_reviews(_findings(tree)))
        return Draft()

    def _of_cut(self, tree: Any) -> Draft:
        self.reviews = dict(_reviews(_findings(tree)[:-1]))
        return Draft()


_SAYS = {
    **{each.value: each for each in Says},
    **dict.fromkeys(("true", "supported", "correct"), Says.YES),
    **dict.fromkeys(("false", "unsupported", "not supported", "incorrect", "wrong"), Says.NO),
    **dict.fromkeys(("unknown", "partly", "partially", "unsure"), Says.UNCLEAR),
}
_NUMBER, _LAST = ("n", "number", "statement", "id"), ("to", "last")
_FOUND, _REASON = ("says", "verdict", "answer", "finding"), ("reason", "why", "explanation")
"""Names that models give these fields if they ignore the schema."""


_FINDINGS = ("findings", "results", "reviews", "verdicts", "statements")
"""Names that models give the list of findings."""


def _is_finding(value: Any) -> bool:
    names = (_NUMBER, _FOUND)
    return isinstance(value, dict) and all(any(n in value for n in each) for each in names)


def _findings_in(value: Any, depth: int = 0) -> Any:
    """Return the findings in a value, as a list or by number; None if it has none."""
    if isinstance(value, list):
        return value if not value or any(map(_is_finding, value)) else None
    if not isinstance(value, dict) or _is_finding(value) or depth > MAX_WRAPPED:
        return None
    if "findings" in value:
        return value["findings"]
    named = (value[name] for name in _FINDINGS if name in value)
    inside = (*named, *(each for each in value.values() if isinstance(each, dict)))
    return next((f for each in inside if (f := _findings_in(each, depth + 1)) is not None), None)


def _verdict(told: str) -> Says | None:
    """Return what a verdict says, also one with words behind it: “yes, it does”."""
    words = re.sub(r"[^\w\s]", " ", told.casefold()).split()
    return next((_SAYS[key] for n in (2, 1) if (key := " ".join(words[:n])) in _SAYS), None)


_NUMBERED = re.compile(r"\D{0,20}(\d{1,4})(?:\.0*)?\D{0,3}")
"""The number of a statement, also as `#1`, `[1]`, `1.0` or “statement 1”."""


def _findings(tree: Any) -> list[Any]:
    entries = tree.get("findings") if isinstance(tree, dict) else None
    if isinstance(entries, dict):  # by number
        return [
            {"n": n, **(each if isinstance(each, dict) else {"says": each})}
            for n, each in entries.items()
        ]
    return entries if isinstance(entries, list) else []


MAX_SHARED = 50
"""Maximum statements that one finding may cover; a request has forty at most."""


def _reviews(entries: list[Any]) -> Iterator[tuple[int, Review]]:
    """Yield each finding that names its statements and its verdict."""
    for entry in entries:
        facts = entry if isinstance(entry, dict) else {}

        def told(names: tuple[str, ...], facts: dict[str, Any] = facts) -> str:
            return next((str(facts[name]).strip() for name in names if name in facts), "")

        found, last = _verdict(told(_FOUND)), told(_LAST)
        numbered = _NUMBERED.fullmatch(told(_NUMBER))
        if numbered is None or found is None:
            continue
        first = numbered[1]
        reason = "" if found is Says.YES else _line(told(_REASON))
        until = int(last) if last.isdecimal() and found is Says.YES else int(first)
        for number in range(int(first), min(max(until, int(first)), int(first) + MAX_SHARED) + 1):
            yield number, Review(found, reason)


# --- Growing JSON text becomes the growing answer to a question ---

_THINKS = ("<think", "<|channel|>analysis")
_MARKDOWN_FENCE = re.compile(r"```(?:markdown|md)[ \t]*\n(.*?)\n?(?:`{1,3}\s*)?\Z", re.DOTALL)
_SAID_IN_WORDS = re.compile(r"\{\s*[\"']said[\"']\s*:")
_ANSWER = ("answer", "response", "text", "content")
_NOT_SAID = ("false", "no", "0")


class AnswerDecoder(DraftDecoder):
    """Decodes the answer to a question. Its draft has one section without a heading, whose standard
    text is the answer.

    The schema is `{"said": …, "answer": "…"}`. Plain text, from models without a schema, and a
    note, whose sections are then the answer, are accepted, too.
    """

    def __init__(self) -> None:
        super().__init__(expected_sections=1)

    def _tree(self) -> dict[str, Any] | None:
        text = self.text.strip()
        if thought := _THOUGHT.match(text):
            text = text[thought.end() :].strip()
        elif text.startswith(_THINKS):
            return None
        if fence := _MARKDOWN_FENCE.match(text):
            text = fence[1]
        is_json = text.startswith(("{", "[{", "```json", '"{'))
        if is_json or text in ("", "`", "``", "```"):
            for value, closed in values(text, self._decoded):
                found = _answer_in(value)
                if found is not None:
                    return found if closed else CutDict(found)
            return None
        if _SAID_IN_WORDS.search(text):
            for value, closed in values(text, self._decoded):
                if isinstance(value, dict) and {"said", "answer"} <= value.keys():
                    found = _answer_in(value) or {}
                    return found if closed else CutDict(found)
        found = {"answer": harmless(text)}
        return found if self.stopped else CutDict(found)

    def _of_growing(self, tree: Any) -> Draft:
        return self._draft(tree)

    def _of_closed(self, tree: Any) -> Draft:
        self.said = str(tree.get("said", True)).strip().lower() not in _NOT_SAID
        draft = self._draft(tree)
        # `said: false` is an answer, even without a word.
        section = DraftSection("") if not self.said and not draft.sections else None
        return Draft(sections=(section,) if section else draft.sections, whole=True)

    def _of_cut(self, tree: Any) -> Draft:
        """Return the whole received text: a cut answer is shown as far as it goes."""
        return Draft(sections=self._draft(tree).sections, whole=True)

    def _draft(self, tree: Any) -> Draft:
        text = tree.get("answer") if isinstance(tree, dict) else None
        if not isinstance(text, str) or not text.strip():
            return Draft()
        return Draft(sections=(DraftSection("", standard=str(text)),))


def _answer_in(value: Any) -> dict[str, Any] | None:
    """Return the object with an answer in a value; of a note the text of its sections."""
    if isinstance(value, list):
        return next((found for each in value if (found := _answer_in(each)) is not None), None)
    if not isinstance(value, dict):
        return None
    known = {key.strip().casefold(): each for key, each in value.items()}
    if "sections" in known:
        return {"answer": "\n\n".join(map(_as_text, draft_of(known, open_end=True).sections))}
    texts = (_answer_text(known[key]) for key in _ANSWER if key in known)
    text = next((text for text in texts if text is not None), None)
    if text is None and "said" not in known:
        inside = (each for each in value.values() if isinstance(each, dict))
        return next((found for each in inside if (found := _answer_in(each)) is not None), None)
    said = known.get("said", True)
    return {"answer": text or "", "said": True if isinstance(said, Cut) else said}


def _answer_text(value: Any) -> str | None:
    """Return the text of an answer, which may stand in an object or be a list of paragraphs."""
    if isinstance(value, dict):
        value = next((value[name] for name in _SAID if isinstance(value.get(name), str)), None)
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return value[0] if len(value) == 1 else "\n\n".join(value)
    return value if isinstance(value, str) else None


def _as_text(section: DraftSection) -> str:
    """Return a section's standard text; if its statements have no cites, with those of the
    section."""
    text = section.shown_at(Level.STANDARD).strip()
    if not text or without_references(text) != text:
        return text
    return f"{text} {''.join(f'[{label}]' for label in section.cites)}".strip()
