"""The growing answer to a question becomes a growing text.

Asked for is `{"said": …, "answer": "…"}`. Understood is also the text alone, as models without a
schema give it, and a note, whose sections are then the answer.
"""

from __future__ import annotations

from typing import Any

from notegen_desktop.domain.notes.citations import without_references
from notegen_desktop.domain.notes.note import Draft, DraftSection, Level
from notegen_desktop.domain.text.cleaning import harmless

from .decoding import DraftDecoder, draft_of
from .near_json import Cut, CutDict, values

_ANSWER = ("answer", "response", "text", "content")
_NOT_SAID = ("false", "no", "0")


class AnswerDecoder(DraftDecoder):
    """Its draft has one section without a heading, whose standard text is the answer."""

    def __init__(self) -> None:
        super().__init__(expected_sections=1)

    def _tree(self) -> dict[str, Any] | None:
        text = self.text.strip()
        if text.startswith(("{", "[{", "```json")) or text in ("", "`", "``", "```"):
            for value, closed in values(self.text, self._decoded):
                found = _answer_in(value)
                if found is not None:
                    return found if closed else CutDict(found)
            return None
        found = {"answer": harmless(text)}
        return found if self.stopped else CutDict(found)

    def _of_growing(self, tree: Any) -> Draft:
        return self._draft(tree)

    def _of_closed(self, tree: Any) -> Draft:
        self.said = str(tree.get("said", True)).strip().lower() not in _NOT_SAID
        draft = self._draft(tree)
        # That nothing is said is an answer, even without a word.
        section = DraftSection("") if not self.said and not draft.sections else None
        return Draft(sections=(section,) if section else draft.sections, whole=True)

    def _of_cut(self, tree: Any) -> Draft:
        """All that came: an answer that was cut off is shown as far as it goes."""
        return Draft(sections=self._draft(tree).sections, whole=True)

    def _draft(self, tree: Any) -> Draft:
        text = tree.get("answer") if isinstance(tree, dict) else None
        if not isinstance(text, str) or not text.strip():
            return Draft()
        return Draft(sections=(DraftSection("", standard=str(text)),))


def _answer_in(value: Any) -> dict[str, Any] | None:
    """The object with an answer in a value; of a note the text of its sections."""
    if isinstance(value, list):
        return next((found for each in value if (found := _answer_in(each)) is not None), None)
    if not isinstance(value, dict):
        return None
    known = {key.strip().casefold(): each for key, each in value.items()}
    if "sections" in known:
        return {"answer": "\n\n".join(map(_as_text, draft_of(known, open_end=True).sections))}
    text = next((known[key] for key in _ANSWER if isinstance(known.get(key), str)), None)
    if text is None and "said" not in known:
        return None
    said = known.get("said", True)
    return {"answer": text or "", "said": True if isinstance(said, Cut) else said}


def _as_text(section: DraftSection) -> str:
    """A section's standard text; without places at its statements, with those of the whole."""
    text = section.shown_at(Level.STANDARD).strip()
    if not text or without_references(text) != text:
        return text
    return f"{text} {''.join(f'[{label}]' for label in section.cites)}".strip()
