"""Rewriting a section or level of a stored note: the requests, and the note with their results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from notegen_desktop.domain.checks.coverage import coverage
from notegen_desktop.domain.courses.course import (
    course_of,
    in_course,
    in_videos,
    with_unchanged_sections,
    written_of,
)
from notegen_desktop.domain.errors import NothingThere
from notegen_desktop.domain.notes.merging import key_of
from notegen_desktop.domain.notes.note import (
    Draft,
    Level,
    Mode,
    Note,
    Part,
    PartDraft,
    Section,
    Usage,
)
from notegen_desktop.domain.notes.parts import condensed, passage, split
from notegen_desktop.domain.notes.rewriting import RewriteScope, with_level, with_section
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.prompts.rewriting import (
    as_draft,
    outline_of,
    part_again,
    renames,
    template_again,
)
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import Material, ModelFacts

from .assignment import Work
from .guides import videos_heading
from .observer import ForwardingObserver, GenerationObserver, Growth


@dataclass(frozen=True, slots=True)
class RewriteRequest:
    """One request of a rewrite: the sections (indexes from 0), template and material to write them
    from. With `level`, only that level is written, of as many sections as there are `places`."""

    places: tuple[int, ...]
    template: NoteTemplate
    material: Material
    mode: Mode
    part: Part | None = None
    level: Level | None = None

    def of(self, work: Work, note: Note, kept: Draft | None) -> Work:
        """Return the work to send; sections already in the draft `kept` are left out of the
        outline."""
        begun = {key_of(s.heading) for s in kept.sections} if kept is not None else set()
        headings = outline_of(note)
        left = [headings[n] for n in self.places if key_of(headings[n].heading) not in begun]
        return replace(
            work,
            template=self.template,
            material=self.material,
            mode=self.mode,
            media=work.media if self.mode is not Mode.TRANSCRIPT else None,
            part=self.part,
            level=self.level,
            outline=Draft(note.title, tuple(left)) if self.level else None,
            facts=replace(work.facts, by_level=work.facts.by_level and not self.level),
            may_write_levels=False,
            plain_output_tokens=0,
            saved=None,
        )


def rewrite_requests(
    note: Note,
    again: RewriteScope,
    material: Material,
    template: NoteTemplate,
    mode: Mode,
    facts: ModelFacts,
) -> tuple[RewriteRequest, ...]:
    """Return the requests of a rewrite; none for a whole note, which is written like a new one. One
    level of a long video's note is written section by section. Raises NothingThere if the section
    no longer exists."""
    if again.is_whole:
        return ()
    words = material.transcript if mode is not Mode.VIDEO else None
    is_long = bool(split(words, material.video, mode, facts.limits))
    if again.section is None and not is_long:
        every = tuple(range(len(note.sections)))
        return (RewriteRequest(every, template, material, mode, level=again.level),)
    if again.section is None:
        places: Sequence[int] = range(len(note.sections))
    elif (place := again.place_in(note)) is not None:
        places = (place,)
    else:
        raise NothingThere(
            _("The note has no such section any more."), hint=_("Open it and look again.")
        )
    found = []
    for place in places:
        one = template_again(template, note, place, again.level, words)
        part = part_again(note, place, template, words, material.video, mode)
        piece = RewriteRequest((place,), one, material, mode, part, again.level)
        if part is not None and words is not None and part.first:
            shown = replace(material, transcript=passage(words, part))
            piece = replace(piece, material=shown)
        elif part is None and is_long:
            told = condensed(as_draft(note, words), words, template)
            shown = replace(material, transcript=told)
            piece = replace(piece, material=shown, mode=Mode.TRANSCRIPT)
        found.append(piece)
    return tuple(found)


def placed(note: Note, piece: RewriteRequest, written: Sequence[Section], usage: Usage) -> Note:
    """Return the note with the result of one request. Raises NothingThere for an empty result."""
    if piece.level is None:
        sections = dict(zip(piece.places, written, strict=False))
    else:
        by_heading = {key_of(section.heading): section for section in written}
        found = {n: by_heading.get(key_of(note.sections[n].heading)) for n in piece.places}
        if len(written) == len(piece.places):  # answer with other headings: matched by order
            found = {n: found[n] or s for n, s in zip(piece.places, written, strict=True)}
        sections = {n: section for n, section in found.items() if section is not None}
    if not sections:
        raise NothingThere(
            _("The model wrote nothing for it."),
            hint=_("Say the wish in other words, or try another model."),
        )
    if piece.level is not None:
        note = with_level(note, piece.level, sections)
    else:
        for place, section in sections.items():
            note = with_section(note, place, section, renames=renames(piece.template))
    return replace(note, usage=note.usage + usage)


def to_course_times(work: Work, note: Note) -> Note:
    """Return a guide over several videos with times on the course's common time line; other notes
    unchanged."""
    if not note.videos:
        return note
    return replace(note, sections=tuple(in_course(note, course_of(work.material.sources))))


def from_course_times(work: Work, before: Note, note: Note) -> Note:
    """Undo `to_course_times` on the rewritten note: return it with times as they are stored."""
    if before.videos:
        has_list = len(written_of(before)) < len(before.sections)
        heading = before.sections[-1].heading if has_list else videos_heading(before.language)
        whole = in_videos(note, course_of(work.material.sources), heading)
        return replace(whole, sections=with_unchanged_sections(before, whole.sections))
    return replace(note, coverage=coverage(note.sections, work.duration_s, work.template))


class RewriteObserver(ForwardingObserver):
    """Observes one of several requests of a rewrite and reports its share of the progress."""

    def __init__(self, observer: GenerationObserver, number: int, count: int) -> None:
        super().__init__(observer)
        self._number, self._count = number, count

    def checking(self) -> None:
        if self._number == self._count - 1:
            super().checking()

    async def grew(self, grown: Growth) -> None:
        draft = grown.draft
        part = PartDraft(self._number, grown.part.draft if grown.part else draft.kept())
        share = (self._number + grown.progress) / self._count
        await self.observer.grew(Growth(draft, share, part, self._count))
