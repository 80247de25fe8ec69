"""Several videos as one course: its link, its transcript, and the cites of a guide in its videos.

A course is read as one video that contains its videos in a row, as its chapters. Its times are
converted to those of the videos once a guide is complete. When a guide grows by videos, only
changed sections are requested, and the rest stays as it is.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from notegen_desktop.domain.asking.excerpt import Excerpt, excerpt_of
from notegen_desktop.domain.asking.passages import Passage, Source
from notegen_desktop.domain.checks.coverage import kinds_of
from notegen_desktop.domain.errors import UsageError
from notegen_desktop.domain.links.link import Link, LinkKind
from notegen_desktop.domain.links.video import Chapter, Video, clock
from notegen_desktop.domain.notes.merging import filled, key_of
from notegen_desktop.domain.notes.note import Cite, Coverage, Level, Note, Section
from notegen_desktop.domain.notes.statements import without_markers
from notegen_desktop.domain.notes.templates import NoteTemplate, SectionKind
from notegen_desktop.domain.prompts.material import fenced, one_line
from notegen_desktop.domain.prompts.task import shared_texts
from notegen_desktop.domain.text.transcript import Segment, Transcript
from notegen_desktop.domain.words import _

COURSE = "course"
"""The provider of a course's link and video."""
COURSE_GUIDE = "course-guide"
"""The template of guides."""


def course_link(links: Sequence[Link], known: Mapping[str, Sequence[str]]) -> Link:
    """Return the course of these videos; `known` are existing courses, by key, with their videos'
    ids.

    A known course whose videos are all among them grows: it keeps its key, and its videos come
    first, in their order. Raises UsageError for fewer than two.
    """
    by_key = {link.key: link for link in links}
    if len(by_key) < 2:
        raise UsageError(
            _("A course guide is over several videos, and this is one."),
            hint=_("For a single video: notegen generate."),
        )
    grows = max(
        (key for key, ids in known.items() if ids and by_key.keys() >= set(ids)),
        key=lambda key: len(known[key]),
        default="",
    )
    first = known[grows] if grows else ()
    ordered = tuple(by_key[key] for key in dict.fromkeys((*first, *by_key)))
    told = "\x1f".join(by_key).encode("utf-8", "replace")
    key = grows or f"{COURSE}-{hashlib.sha256(told).hexdigest()[:12]}"
    return Link(LinkKind.COURSE, COURSE, key, "", members=ordered)


def course_of(sources: Sequence[Source]) -> Excerpt:
    """Return the transcripts of these videos as one, with labels numbered consecutively and times
    in a row."""
    whole = [Passage(n, 0, len(s.transcript.segments) - 1) for n, s in enumerate(sources)]
    return excerpt_of(sources, whole)


def course_video(key: str, course: Excerpt) -> Video:
    """Return a course as a single video."""
    videos = [source.video for source in course.sources]
    ends = [*course.begins[1:], course.length_s]
    languages = {video.language for video in videos}
    return Video(
        key,
        "",
        COURSE,
        title=f"Course: {videos[0].name}",
        duration_s=course.length_s,
        language=languages.pop() if len(languages) == 1 else "",
        chapters=tuple(
            Chapter(video.name, start_s, end_s)
            for video, start_s, end_s in zip(videos, course.begins, ends, strict=True)
        ),
    )


# --- a guide's places ----------------------------------------------------------------------------


def in_videos(note: Note, course: Excerpt, heading: str) -> Note:
    """Return a guide with times of its course converted to those of its videos, and a list of these
    under `heading` at its end."""

    def placed(cite: Cite) -> Cite:
        number, _ = course.place_of(cite.start_s)
        found = course.cite_of(cite)
        return replace(
            cite,
            start_s=found.start_s,
            end_s=found.end_s,
            verified=found.verified,
            video=videos[number],
            video_number=number + 1,
        )

    videos = tuple(replace(source.video, remark="") for source in course.sources)
    sections = [
        replace(section, cites=tuple(map(placed, section.cites))) for section in note.sections
    ]
    covered_s = note.coverage.covered_s
    return replace(
        note,
        videos=videos,
        sections=(*sections, _list_of(videos, heading)),
        coverage=Coverage(covered_s),
    )


def in_course(note: Note, course: Excerpt) -> list[Section]:
    """Return the sections of a stored guide with times of its course, without the list of videos.

    The videos of the guide are the first of the course.
    """

    def placed(cite: Cite) -> Cite:
        begin_s = course.begins[max(0, cite.video_number - 1)]
        return replace(
            cite,
            start_s=cite.start_s + begin_s,
            end_s=cite.end_s + begin_s,
            video=None,
            video_number=0,
        )

    return [
        replace(section, cites=tuple(map(placed, section.cites))) for section in written_of(note)
    ]


def written_of(note: Note) -> tuple[Section, ...]:
    """Return the sections of a guide without the list of its videos: its last section, with a line
    for each and no cite."""
    last = note.sections[-1] if note.sections else Section("")
    lines = last.standard.split("\n")
    numbered = all(line.startswith(f"{n}. ") for n, line in enumerate(lines, start=1))
    is_list = numbered and len(lines) == len(note.videos) and not last.cites
    return note.sections[:-1] if is_list and note.videos else note.sections


_MARKUP = re.compile(r"([\\`*_\[\]<>#|~$])")


def _list_of(videos: Sequence[Video], heading: str) -> Section:
    """Return the videos of a guide under the numbers used at its times."""
    lines = []
    for number, video in enumerate(videos, start=1):
        name = _MARKUP.sub(r"\\\1", " ".join(video.name.split()))
        url = video.public_url
        shown = f"[{name}](<{url}>)" if url.startswith(("http://", "https://")) else name
        facts = (_MARKUP.sub(r"\\\1", video.channel), clock(video.duration_s or 0.0))
        told = ", ".join(each for each in facts if each and each != clock(0.0))
        lines.append(f"{number}. {shown}{f' ({told})' if told else ''}")
    text = "\n".join(lines)
    return Section(heading, (), text, text, text)


# --- a guide that grows ---

ANEW = frozenset({SectionKind.OVERVIEW, SectionKind.ORDER})
"""Sections about the course as a whole, which every new video changes."""

NEIGHBOURS = 2
"""Segments on either side of a cited one that are shown with it."""


def grows_by(note: Note, course: Excerpt) -> int:
    """Return how many videos of a course are new to a guide; 0 if it cannot grow into this
    course."""
    before = [video.id for video in note.videos]
    now = [source.video.id for source in course.sources]
    return len(now) - len(before) if before and now[: len(before)] == before else 0


def words_to_grow(note: Note, course: Excerpt) -> Transcript:
    """Return the transcript of the new videos, and the passages that the guide cites, with labels
    and times of the whole course."""
    border = course.begins[len(note.videos)]
    places = [(c.start_s, c.end_s) for s in in_course(note, course) for c in s.cites]
    segments = course.transcript.segments
    shown: set[int] = set()
    for number, segment in enumerate(segments):
        if segment.start_s >= border:
            shown.add(number)
        elif any(segment.start_s < end + 0.5 and segment.end_s > start for start, end in places):
            shown |= set(range(number - NEIGHBOURS, number + NEIGHBOURS + 1))
    kept: tuple[Segment, ...] = tuple(s for n, s in enumerate(segments) if n in shown)
    return replace(course.transcript, segments=kept)


def template_to_grow(template: NoteTemplate, note: Note, course: Excerpt) -> NoteTemplate:
    """Return the template for growing a guide: its own, with the guide as data."""
    fresh = course.sources[len(note.videos) :]
    names = " and ".join(f"video {len(note.videos) + n}" for n in range(1, len(fresh) + 1))
    told = [
        {
            "heading": one_line(section.heading, 200),
            "text": without_markers(section.shown_at(Level.STANDARD)),
        }
        for section in written_of(note)
    ]
    data = fenced(json.dumps(told, ensure_ascii=False, indent=1))
    asked = shared_texts(template).guide_grows.strip().format(fresh=names)
    words = f"{asked}\n\n{data}".replace("{", "{{").replace("}", "}}")
    plans = tuple(replace(plan, min=1) if plan.repeat else plan for plan in template.sections)
    return replace(template, instructions=f"{template.instructions}\n\n{words}", sections=plans)


def grown(
    note: Note, written: Sequence[Section], template: NoteTemplate, course: Excerpt
) -> tuple[Section, ...]:
    """Return the sections of a guide with those written for its new videos, all with times of the
    course: sections about the whole and those of the same topic are replaced, terms added."""
    sections = in_course(note, course)
    kinds = kinds_of(sections, template)
    more: list[Section] = []
    for section, kind in zip(written, kinds_of(written, template), strict=True):
        place = next(
            (
                n
                for n, known in enumerate(sections)
                if (kind in ANEW and kinds[n] is kind)
                or (kind is SectionKind.TOPIC and key_of(known.heading) == key_of(section.heading))
            ),
            None,
        )
        if place is None:
            more.append(section)
        else:
            sections[place] = replace(section, heading=sections[place].heading)
    return filled(sections, more, template)


def with_unchanged_sections(note: Note, sections: Sequence[Section]) -> tuple[Section, ...]:
    """Return the sections of a grown guide; unchanged ones are taken from the former guide, so that
    their times are not converted twice."""
    before = {(s.heading, *map(s.at, Level)): s for s in written_of(note)}
    return tuple(before.get((s.heading, *map(s.at, Level)), s) for s in sections)
