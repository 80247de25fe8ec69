"""Places for the statements of a model that names none: those whose words clearly support them."""

from __future__ import annotations

from notegen_desktop.domain.notes.citations import lift_references
from notegen_desktop.domain.notes.note import DraftSection
from notegen_desktop.domain.text.sentences import ends_sentence

from .evidence import GroundingIndex


def labelled(section: DraftSection, index: GroundingIndex) -> DraftSection:
    """A section in which each statement ends with the label of the segment that supports it best,
    if one does so clearly; what a model wrote for labels is taken out."""
    return section.with_texts(lambda text: _labelled(text, index))


def _labelled(text: str, index: GroundingIndex) -> str:
    lifted = lift_references(text)
    pieces: list[str] = []
    done = 0
    for (start, end), _ in lifted.statements():
        best = index.best(index.claim(lifted.text[start:end]))
        if best is None:
            continue
        at = end - 1 if ends_sentence(lifted.text[start:end]) else end
        pieces += [lifted.text[done:at].rstrip(), f" [{index.segments[best[0]].label}]"]
        done = at
    return "".join((*pieces, lifted.text[done:]))
