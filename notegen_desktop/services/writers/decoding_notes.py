"""Growing JSON text with several notes becomes as many growing drafts.

Each note says by its `template` which one it is, so that none is taken for another, whatever their
order and even if one is missing. A note is known to be whole when the next one begins.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from notegen_desktop.domain.notes import Draft
from notegen_desktop.services.ports import Writing

from .decoding import DraftDecoder, draft_of, draft_of_cut, progress_of


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
