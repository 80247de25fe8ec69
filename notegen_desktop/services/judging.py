"""The last look at a note before it counts: mended, grounded in the video, found usable or not."""

from __future__ import annotations

from dataclasses import dataclass

from notegen_desktop.domain.grounding import Grounded, ground
from notegen_desktop.domain.notes import Draft, Engine

from .work import Work


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` says, for the model, what has to be better; `continues` that the rest is enough."""

    draft: Draft
    grounded: Grounded
    reason: str = ""
    continues: bool = False

    @property
    def usable(self) -> bool:
        return not self.reason


def judge(work: Work, draft: Draft) -> Verdict:
    """Takes up to a third of a second for a long talk, so call it in a thread."""
    material = work.material
    grounded = ground(
        draft,
        transcript=material.transcript,
        video=material.video,
        language=work.language,
        quoted=work.engine is Engine.OFFLINE,
    )
    return Verdict(draft, grounded, "" if draft.sections else "it has no sections")
