"""Growing JSON text becomes a growing `Draft`; knows no SDK and no network.

Gemini streams one JSON object as fragments of text. `DraftDecoder` swallows fragments of any cut
and re-reads what has come so far, seldom enough that a long answer costs little. It bears with code
fences and words around the object, lone surrogates, NUL and bad escapes.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

import jiter

from notegen_desktop.domain.notes.note import Draft, DraftSection, Level, Part
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.prompts.task import part_range, wanted_plans
from notegen_desktop.domain.text.cleaning import clean, paired
from notegen_desktop.services.ports import Writing

MIN_BYTES = 2048  # re-read when at least this much is new ...
MIN_PAUSE_S = 0.05  # ... or when this long has passed
PAUSE_PER_COST = 10.0  # and never spend more than a tenth of the time reading
USUAL_SECTION_CHARS = 2600  # three levels of about 60, 125 and 250 words

_START = re.compile(rb'\{\s*(?:["}]|\Z)')
_LEVELS = tuple(level.value for level in Level)
_SUSPECT = re.compile(
    r"(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|(?P<good>\\(?:[\"\\/bfnrt]|u[0-9a-fA-F]{0,4}))"
    r"|(?P<bad>\\)"
)

Partial = Literal["on", "trailing-strings"]


class DraftDecoder:
    """Collects the text of one answer.

    `expected_sections` scales `progress`. `clock` gives seconds and is replaced in tests. `notes`
    are those of an answer that has several; see `decoding_notes`.
    """

    notes: tuple[Writing, ...] = ()

    def __init__(
        self, *, expected_sections: float = 6.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.draft = Draft()
        self._buffer = bytearray()
        self._held = ""  # a high surrogate whose other half is in the next fragment
        self._start: int | None = None
        self._read_to = 0
        self._due = 0.0
        self._clock = clock
        self._expected = max(1.0, expected_sections)
        self._progress = 0.0

    @property
    def text(self) -> str:
        """Everything that came, as it came."""
        return self._buffer.decode("utf-8", "replace") + self._held

    @property
    def progress(self) -> float:
        """How far the note seems to be, 0 to 0.97; never falls."""
        self._progress = max(self._progress, progress_of(self.draft, self._expected))
        return self._progress

    def feed(self, text: str) -> Draft | None:
        """Add a fragment. The new draft, or None while a fresh reading is not worth its time."""
        self._append(text)
        new = len(self._buffer) - self._read_to
        if new == 0:
            return None
        now = self._clock()
        big = new >= max(MIN_BYTES, len(self._buffer) // 16)
        if not big and now < self._due:
            return None
        before = (self.draft, self.notes)
        draft = self._read()
        spent = self._clock() - now
        self._due = now + max(MIN_PAUSE_S, spent * PAUSE_PER_COST)
        self._read_to = len(self._buffer)
        if draft is None or (draft, self.notes) == before:
            return None
        self.draft = draft
        return draft

    def finish(self) -> tuple[Draft, bool]:
        """The note as it ended, whole sections only, and whether its JSON was closed.

        An answer that is no such object gives an empty draft.
        """
        if self._held:
            self._buffer += "�".encode()
            self._held = ""
        data = self._object()
        if data is not None:
            tree, closed = _close(data)
            if tree is not None and closed:
                self.draft = self._of_closed(tree)
                return self.draft, True
            partial = _parse(data, "on")
            if partial is not None:
                self.draft = self._of_cut(partial)
                return self.draft, False
        self.draft = Draft()
        return self.draft, False

    def _append(self, text: str) -> None:
        if not text and not self._held:
            return
        text = self._held + text
        self._held = ""
        if "\ud800" <= text[-1] <= "\udbff":
            self._held, text = text[-1], text[:-1]
        self._buffer += paired(text).encode()

    def _object(self) -> bytes | None:
        if self._start is None:
            found = _START.search(self._buffer)
            if found is None:
                return None
            if found.end() == len(self._buffer) and found.group().strip() == b"{":
                return b"{"  # may yet turn out to be a brace in the words before the object
            self._start = found.start()
        return bytes(memoryview(self._buffer)[self._start :])

    def _read(self) -> Draft | None:
        data = self._object()
        if data is None:
            return None
        tree = _parse(data, "trailing-strings")
        return None if tree is None else self._of_growing(tree)

    def _of_growing(self, tree: Any) -> Draft:
        return draft_of(tree, open_end=True)

    def _of_closed(self, tree: Any) -> Draft:
        return replace(draft_of(tree, open_end=False), whole=True)

    def _of_cut(self, tree: Any) -> Draft:
        return draft_of_cut(tree)


def progress_of(draft: Draft, expected: float) -> float:
    """How far a note with so many expected sections seems to be, 0 to 0.97."""
    if not draft.sections:
        return 0.0
    *done, last = draft.sections
    usual = sum(s.chars for s in done) / len(done) if done else USUAL_SECTION_CHARS
    share = min(1.0, last.chars / max(1.0, usual))
    return min(0.97, (len(done) + share) / max(expected, len(draft.sections) + 0.5))


def whole_sections(draft: Draft) -> Draft:
    """The draft with its whole sections only; the last one counts if all three levels are there.

    Meant for a draft whose cut-off texts were left out already, as `DraftDecoder.finish` does.
    """
    if draft.whole or not draft.sections:
        return replace(draft, whole=bool(draft.sections))
    last = draft.sections[-1]
    kept = draft.sections if all(last.at(level) for level in Level) else draft.sections[:-1]
    return replace(draft, sections=kept, whole=bool(kept))


def expected_sections(
    template: NoteTemplate, minutes: float | None, part: Part | None = None
) -> float:
    """How many sections a note of this template is likely to have, for a video of this length."""
    plans = wanted_plans(template, part)
    return sum(sum(part_range(plan, minutes, part)) / 2 for plan in plans)


def _parse(data: bytes, mode: Partial) -> Any:
    try:
        return jiter.from_json(data, partial_mode=mode, cache_mode="keys")
    except ValueError:
        pass
    mended = re.sub(r"[\x00-\x1f]", " ", _mend(data.decode("utf-8", "ignore")))
    try:
        return jiter.from_json(mended.encode(), partial_mode=mode, cache_mode="keys")
    except ValueError:
        return None


def _close(data: bytes) -> tuple[Any, bool]:
    """The first whole JSON value in `data`, if it is whole."""
    text = data.decode("utf-8", "replace")
    decoder = json.JSONDecoder(strict=False)
    for mend in (str, _mend):  # mending takes a while, and is hardly ever needed
        try:
            return decoder.raw_decode(mend(text))[0], True
        except (ValueError, RecursionError):
            continue
    return None, False


def _mend(text: str) -> str:
    """JSON text with half surrogates replaced and stray backslashes doubled."""

    def better(match: re.Match[str]) -> str:
        if match["lone"]:
            return "\\ufffd"
        return "\\\\" if match["bad"] else match[0]

    return _SUSPECT.sub(better, text)


def draft_of_cut(tree: Any) -> Draft:
    """The whole sections of a note that broke off; its cut-off texts were left out already."""
    draft = draft_of(tree, open_end=True)
    begun = draft.sections and tree["sections"][-1]
    if begun and not _is_whole(begun):
        draft = replace(draft, sections=draft.sections[:-1], whole=True)
    return whole_sections(draft)


def draft_of(tree: Any, *, open_end: bool) -> Draft:
    """A note's JSON as a draft; with an open end its last section may go on."""
    if not isinstance(tree, dict):
        return Draft()
    entries = tree.get("sections")
    if not isinstance(entries, list):
        entries = []
    sections: list[DraftSection] = []
    last = len(entries) - 1
    for number, entry in enumerate(entries):
        if not isinstance(entry, dict) or not entry:
            continue
        cites = entry.get("cites")
        labels = [_clean(c) for c in cites] if isinstance(cites, list) else []
        if open_end and number == last and labels and _ends_in_cites(entry):
            labels.pop()  # "1" may become "12"
        levels = {key: _clean(entry.get(key)) for key in _LEVELS}
        sections.append(
            DraftSection(
                heading=_clean(entry.get("heading")).strip(),
                cites=tuple(label for label in (c.strip() for c in labels) if label),
                **levels,
            )
        )
    return Draft(title=_clean(tree.get("title")).strip(), sections=tuple(sections))


def _ends_in_cites(entry: Any) -> bool:
    """Whether the list of cites, which may go on, is the last that came of a section."""
    return isinstance(entry, dict) and next(reversed(entry), "") == "cites"


def _is_whole(entry: Any) -> bool:
    """Whether nothing of a section can be missing, in whatever order its fields come."""
    fields = ("heading", "cites", *_LEVELS)
    if not isinstance(entry, dict) or _ends_in_cites(entry):
        return False
    return all(field in entry for field in fields)


def _clean(value: Any) -> str:
    if value is None or isinstance(value, (dict, list, bool)):
        return ""
    return clean(str(value))


# --- Growing JSON text with several notes becomes as many growing drafts ---


class NotesDecoder(DraftDecoder):
    """`asked` has the id of the template of each note and how many sections are expected of it.

    The draft that it gives has the sections of all notes; `notes` has each by itself.
    """

    def __init__(
        self,
        asked: Sequence[tuple[str, float]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(expected_sections=sum(number for _, number in asked), clock=clock)
        self._asked = asked
        self.notes = tuple(Writing(Draft()) for _ in asked)

    def _of_growing(self, tree: Any) -> Draft:
        return self._take(tree, lambda note: draft_of(note, open_end=True))

    def _of_closed(self, tree: Any) -> Draft:
        return replace(self._take(tree, None), whole=True)

    def _of_cut(self, tree: Any) -> Draft:
        return replace(self._take(tree, draft_of_cut), whole=True)

    def _take(self, tree: Any, last: Callable[[Any], Draft] | None) -> Draft:
        """All notes anew but for those that were whole before; `last` reads the open one."""
        found: dict[str, tuple[Any, bool]] = {}
        entries = _notes(tree)
        for number, entry in enumerate(entries):
            name = _name(entry)
            if name:
                found.setdefault(name, (entry, last is None or number < len(entries) - 1))
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


def _notes(tree: Any) -> list[Any]:
    entries = tree.get("notes") if isinstance(tree, dict) else None
    return entries if isinstance(entries, list) else []


def _name(entry: Any) -> str:
    name = entry.get("template") if isinstance(entry, dict) else None
    return name.strip().casefold() if isinstance(name, str) else ""
