"""A question and its answer, whose statements carry markers of their cites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Cite, Engine, Section, Usage
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import N_, _, ngettext

NOT_SAID, NOT_SAID_IN_ANY = N_("Not said in this video."), N_("Not said in these videos.")


@dataclass(frozen=True, slots=True)
class AnswerCite(Cite):
    """A cite in one of several videos."""

    video_id: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer in Markdown. `asked_at` is ISO 8601 in UTC.

    `videos` are those that the answer cites, found by id in `cites`; for a single video, that one.
    `said` is False if the transcripts do not answer the question. `several`: not a single video was
    asked, whatever the answer cites. `id` is assigned by the library.
    """

    question: str
    answer: str
    cites: tuple[AnswerCite, ...]
    videos: tuple[Video, ...]
    engine: str
    model: str
    asked_at: str
    said: bool = True
    usage: Usage = field(default_factory=Usage)
    id: str = ""
    several: bool = False

    @property
    def remark(self) -> str:
        """Return a remark on how well the transcript supports the answer; "" for none."""
        if not self.said or self.engine == Engine.OFFLINE:
            return ""
        if not self.cites:
            return _("No statement of this answer names a place: the words do not bear it out.")
        found = Section("", self.cites, standard=self.answer).statements
        if not found.doubtful:
            return ""
        if not found.verified:
            return _("The words at the places of this answer do not bear it out.")
        return ngettext(
            "Statements not found in the words at their places: {doubtful} of {n}.",
            "Statements not found in the words at their places: {doubtful} of {n}.",
            found.cited,
        ).format(doubtful=found.doubtful, n=number(found.cited))

    def to_json(self) -> dict[str, Any]:
        """Return the exchange as JSON data for other programs; if several videos were asked, each
        cite names its own."""
        return {
            "answer": self.answer,
            "cites": [self._cite(cite) for cite in self.cites],
            "engine": self.engine,
            "usage": self.usage.to_json(),
        }

    def _cite(self, cite: AnswerCite) -> Mapping[str, Any]:
        data = Cite.to_json(cite)
        data |= {key: round(data[key], 3) for key in ("start_s", "end_s")}
        if not self.several and len(self.videos) < 2:
            return data
        video = self.video_of(cite)
        return data | {"video": {"id": video.id, "url": video.url, "title": video.title}}

    def video_of(self, cite: AnswerCite) -> Video:
        """Return the video of a cite."""
        return next((each for each in self.videos if each.id == cite.video_id), self.videos[0])
