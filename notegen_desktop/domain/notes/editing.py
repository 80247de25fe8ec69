"""A note as its reader edits it: one level as Markdown, with times in brackets, and back again.

What is left as it was keeps its times and what was found of them. A statement in other words is its
reader's own, of which nothing is claimed but that a time beyond the end of its video is in doubt.
No text is refused, and none is lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from notegen_desktop.domain.links.video import Video, clock, clock_seconds
from notegen_desktop.domain.text.cleaning import lines_of, with_line_feeds
from notegen_desktop.domain.text.patterns import lazy_pattern
from notegen_desktop.domain.words import _

from .note import Cite, Doubt, Level, Note, Section
from .statements import as_words, lift, marker, prose_matches, renumbered, split

_TIME = lazy_pattern(
    r"[ \t]*\[(?:(\d{1,3})[ \u00a0]?·[ \u00a0]?)?((?:\d{1,3}:)?\d{1,3}:[0-5]\d)\??\](?![:(])"
)
_FENCE = lazy_pattern(r" {0,3}(`{3,}|~{3,})")
_SECTION = lazy_pattern(r"##[ \t]+(.*?)[ \t]*#*[ \t]*$|##$")


def time_label(cite: Cite) -> str:
    """A time as it stands in brackets: `1:58`, in the second of several videos `2 · 1:58`."""
    number = f"{cite.video_number} · " if cite.video_number else ""
    return number + clock(cite.start_s)


def numbered_videos(note: Note) -> dict[int, Video]:
    """The videos of a note by the numbers that their times have: 0 where these have none."""
    return {0: note.video, **dict(enumerate(note.videos, start=1))}


def is_beyond(label: str, videos: Mapping[int, Video]) -> bool:
    """Whether what stands in brackets is a time beyond the end of its video."""
    found = _TIME.fullmatch(label)
    video = videos.get(int(found[1] or 0)) if found else None
    return found is not None and video is not None and video.ends_before(clock_seconds(found[2]))


def beyond_the_end(note: Note) -> list[Cite]:
    """The places of a note's statements that its videos are too short for."""
    videos = numbered_videos(note)
    cites = (cite for section in note.sections for cite in section.cites)
    return [
        each
        for each in cites
        if (video := videos.get(each.video_number)) and video.ends_before(each.start_s)
    ]


def beyond_words(note: Note, cite: Cite) -> str:
    """What is to be said of one of them."""
    length_s = numbered_videos(note)[cite.video_number].duration_s or 0.0
    return _("{time} is beyond the end of the video, which is {length} long.").format(
        time=clock(cite.start_s), length=clock(length_s)
    )


def editable(note: Note, level: Level) -> str:
    """A level of a note as text: the title, then each section under its heading."""
    blocks = [f"# {one_line(note.title)}" if note.title else ""]
    for number, section in enumerate(note.sections):
        heading, body = one_line(section.heading), editable_text(section, level)
        # Words before the first heading are a section without one.
        blocks += [f"## {heading}".rstrip() if heading or number or not body else "", body]
    return "\n\n".join(block for block in blocks if block) + "\n"


def edited(note: Note, text: str, level: Level, *, known: Sequence[Note] = ()) -> Note:
    """A note whose level is what its reader made of `editable`.

    `known` are other versions of it, whose statements are not the reader's own either.
    """
    title, parts = _parted(text)
    parts = [(heading, as_words(body)) for heading, body in parts]
    claims = _Claims.of(section for each in (note, *known) for section in each.sections)
    videos = numbered_videos(note)
    sections = []
    places = places_of(parts, note.sections, level)
    for (heading, body), place in zip(parts, places, strict=True):
        section = note.sections[place] if place is not None else Section(heading)
        if place is None or body != editable_text(section, level):
            section = (
                _rewritten(section, body, level, claims, videos) if body else _emptied(section)
            )
        if heading != one_line(section.heading):
            section = replace(section, heading=heading)
        sections.append(section)
    if title is None or title == one_line(note.title):
        title = note.title
    return replace(note, title=title, sections=tuple(sections))


def with_edits(stored: Note, former: Note, after: Note) -> Note:
    """A stored note with what an edited one changed of its `former` self. What it was given
    meanwhile stays: pictures, and sections that another program changed and its reader did not."""
    unchanged: list[tuple[Section, Section]] = []
    if [each.heading for each in former.sections] == [each.heading for each in stored.sections]:
        unchanged += zip(former.sections, stored.sections, strict=True)
    pictures = {section.heading: section.pictures for section in stored.sections}
    sections = []
    for section in after.sections:
        same = next((each for each in unchanged if each[0] == section), None)
        if same is not None:
            unchanged.remove(same)
            sections.append(same[1])
        elif len(pictures) == len(stored.sections):
            shown = pictures.get(section.heading, section.pictures)
            sections.append(replace(section, pictures=shown))
        else:
            sections.append(section)
    title = stored.title if after.title == former.title else after.title
    return replace(stored, title=title, sections=tuple(sections))


# --- text into sections --------------------------------------------------------------------------


def section_lines(text: str) -> Iterator[tuple[int, int]]:
    """Where the lines are that are headings of sections: not those in code."""
    fence = ""
    at = 0
    for line in lines_of(text):
        if opened := _FENCE.match(line):
            if not fence:
                fence = opened[1]
            elif line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif not fence and _SECTION.match(line.rstrip("\r\n")):
            yield at, at + len(line)
        at += len(line)


def _parted(text: str) -> tuple[str | None, list[tuple[str, str]]]:
    """The title, None where there is none, and the sections."""
    text = with_line_feeds(text)
    spans = list(section_lines(text))
    before = text[: spans[0][0]] if spans else text
    title = None
    first, _, rest = before.lstrip("\n").partition("\n")
    if first.startswith("# "):
        title, before = first[2:].strip(), rest
    parts = [("", before.strip("\n").rstrip())] if before.strip() else []
    stops = [*(start for start, _ in spans), len(text)][1:]
    for (start, end), stop in zip(spans, stops, strict=True):
        found = _SECTION.match(text[start:end].rstrip("\n"))
        heading = (found[1] or "").strip() if found else ""
        parts.append((heading, text[end:stop].strip("\n").rstrip()))
    return title, parts


def places_of(
    parts: Sequence[tuple[str, str]], sections: Sequence[Section], level: Level
) -> list[int | None]:
    """Which section each part (heading, text) was, each once: the same words, the same heading, or
    the same place between others; None for a new one."""
    old = [(one_line(each.heading), editable_text(each, level)) for each in sections]
    found: dict[int, int] = {}
    keys: tuple[Callable[[tuple[str, str]], object], ...] = (
        lambda part: part,
        lambda part: part[0] or None,
        lambda part: part[1] or None,
    )
    for key in keys:
        free: dict[object, list[int]] = {}
        for place in sorted(set(range(len(old))) - set(found.values())):
            free.setdefault(key(old[place]), []).append(place)
        for number, part in enumerate(parts):
            if number not in found and key(part) is not None and free.get(key(part)):
                found[number] = free[key(part)].pop(0)
    _fill_gaps(found, len(parts), len(old))
    return [found.get(number) for number in range(len(parts))]


def _fill_gaps(found: dict[int, int], parts: int, sections: int) -> None:
    """Parts between two that are known are the sections between these, where they are as many."""
    taken = set(found.values())
    number = 0
    while number < parts:
        if number in found:
            number += 1
            continue
        end = next((n for n in range(number, parts) if n in found), parts)
        first = found[number - 1] + 1 if number else 0
        last = found.get(end, sections)
        free = [place for place in range(first, last) if place not in taken]
        if len(free) == end - number == last - first:
            found.update(zip(range(number, end), free, strict=True))
        number = end


def one_line(words: str) -> str:
    return " ".join(words.split())


def editable_text(section: Section, level: Level) -> str:
    """The text of a section as it is edited. A heading in it is none of the note's sections."""
    labels = {cite.n: time_label(cite) for cite in section.cites if cite.n}
    text = renumbered(section.shown_at(level), lambda n: f" [{labels[n]}]" if n in labels else "")
    text = with_line_feeds(text).strip("\n").rstrip()
    for start, _end in reversed(list(section_lines(text))):
        text = f"{text[:start]}#{text[start:]}"
    return text


# --- statements and their times ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Claims:
    """What is said of the statements of sections: the places of each, and whose it is."""

    cites: dict[str, tuple[Cite, ...]]
    own: frozenset[str]

    @classmethod
    def of(cls, sections: Iterable[Section]) -> _Claims:
        cites: dict[str, tuple[Cite, ...]] = {}
        own: set[str] = set()
        for section in sections:
            by_number = {cite.n: cite for cite in section.cites if cite.n}
            own.update(section.own)
            for statement in chain.from_iterable(map(split, section.texts)):
                found = (by_number[n] for n in statement.markers if n in by_number)
                cites.setdefault(statement.text, tuple(found))
        return cls(cites, frozenset(own))

    def are_own(self, words: str) -> bool:
        return words in self.own or words not in self.cites


def _emptied(section: Section) -> Section:
    """A section whose words are deleted: at all levels, or those of another would be shown."""
    bare = section.with_texts(("", "", ""))
    return replace(bare, own=(), cites=tuple(each for each in section.cites if not each.n))


def _rewritten(
    section: Section,
    body: str,
    level: Level,
    all_claims: _Claims,
    videos: Mapping[int, Video],
) -> Section:
    """A section with another text at a level, whose times are cites again."""
    found = [each for each in prose_matches(_TIME, body) if int(each[1] or 0) in videos]
    lifted = lift(body, [(m.start(), m.end(), number) for number, m in enumerate(found)])
    claims = _Claims.of([section]).cites
    cites = _Cites(section, videos)
    numbers: dict[int, int] = {}
    own: list[str] = []
    for (start, end), times in lifted.placed():
        words = lifted.text[start:end].rstrip(" \t|")
        claimed: list[Cite] = []
        if all_claims.are_own(words):
            own.append(words)
        else:
            claimed += claims.get(words, all_claims.cites[words])
        for _at, number in times:
            label = _label_of(found[number])
            claim = next((each for each in claimed if time_label(each) == label), None)
            if claim is not None:
                claimed.remove(claim)
            numbers[number] = cites.number_of(claim or cites.unclaimed(found[number]))
    pieces, done = [], 0
    for number, match in enumerate(found):
        sign = f" {marker(numbers[number])}" if number in numbers else match[0]
        pieces += [body[done : match.start()], sign]
        done = match.end()
    text = "".join((*pieces, body[done:]))
    changed = section.with_text(level, text)
    said = {each.text for level_text in changed.texts for each in split(level_text)}
    mine = tuple(words for words in dict.fromkeys((*section.own, *own)) if words in said)
    return replace(changed, own=mine, cites=cites.used_in(changed))


class _Cites:
    """The cites of a section, and those that come to them."""

    def __init__(self, section: Section, videos: Mapping[int, Video]) -> None:
        self._videos = videos
        self._marked = section.markers
        self._all = list(section.cites)

    def number_of(self, cite: Cite) -> int:
        """The number by which a statement names a place."""
        for each in self._all:
            if each.n in self._marked and replace(each, n=cite.n) == cite:
                return each.n
        fresh = max((each.n for each in self._all), default=0) + 1
        self._all.append(replace(cite, n=fresh))
        self._marked.add(fresh)
        return fresh

    def unclaimed(self, match: re.Match[str]) -> Cite:
        """A place that nothing is said of: that of a cite with this time, or what the time says.
        One beyond the end of its video is in doubt."""
        label = _label_of(match)
        beyond = is_beyond(match[0], self._videos)
        verified, doubt = (False, Doubt.PLACE) if beyond else (None, None)
        for each in self._all:
            if time_label(each) == label:
                return replace(each, n=0, verified=verified, doubt=doubt, mark="", review=None)
        at, number = clock_seconds(match[2]), int(match[1] or 0)
        video = self._videos[number] if number else None
        return Cite(at, at, verified, doubt=doubt, video=video, video_number=number)

    def used_in(self, section: Section) -> tuple[Cite, ...]:
        """Those of the section as a whole, and those that its statements still name."""
        gone = self._marked - section.markers
        return tuple(each for each in self._all if each.n not in gone)


def _label_of(match: re.Match[str]) -> str:
    number = f"{int(match[1])} · " if match[1] else ""
    return number + clock(clock_seconds(match[2]))
