"""Converts one level of a note to Markdown for editing, with times in brackets, and back.

Unchanged statements keep their cites and verdicts. An edited statement is the user's own, without a
verdict, except that a time beyond the end of its video is doubtful. No text is refused, and none is
lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
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
    """Return a time as shown in brackets: `1:58`, in the second of several videos `2 · 1:58`."""
    number = f"{cite.video_number} · " if cite.video_number else ""
    return number + clock(cite.start_s)


def numbered_videos(note: Note) -> dict[int, Video]:
    """Return the videos of a note by the numbers in its times: 0 if these have none."""
    return {0: note.video, **dict(enumerate(note.videos, start=1))}


def is_beyond(label: str, videos: Mapping[int, Video]) -> bool:
    """Return True if the text in brackets is a time beyond the end of its video."""
    found = _TIME.fullmatch(label)
    video = videos.get(int(found[1] or 0)) if found else None
    return found is not None and video is not None and video.ends_before(clock_seconds(found[2]))


def beyond_the_end(note: Note) -> list[Cite]:
    """Return the cites of a note's statements beyond the ends of its videos."""
    videos = numbered_videos(note)
    cites = (cite for section in note.sections for cite in section.cites)
    return [
        each
        for each in cites
        if (video := videos.get(each.video_number)) and video.ends_before(each.start_s)
    ]


def beyond_words(note: Note, cite: Cite) -> str:
    """Return a sentence for users about one of these cites."""
    length_s = numbered_videos(note)[cite.video_number].duration_s or 0.0
    return _("{time} is beyond the end of the video, which is {length} long.").format(
        time=clock(cite.start_s), length=clock(length_s)
    )


def editable(note: Note, level: Level) -> str:
    """Return a level of a note as text: the title, then each section under its heading."""
    blocks = [f"# {one_line(note.title)}" if note.title else ""]
    for number, section in enumerate(note.sections):
        heading, body = one_line(section.heading), editable_text(section, level)
        # Words before the first heading are a section without one.
        blocks += [f"## {heading}".rstrip() if heading or number or not body else "", body]
    return "\n\n".join(block for block in blocks if block) + "\n"


def edited(note: Note, text: str, level: Level, *, known: Sequence[Note] = ()) -> Note:
    """Return a note with a level as the user edited the text of `editable`.

    `known` are other versions of it, whose statements are not the user's own either.
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


def has_words_of(note: Note, other: Note) -> bool:
    """Return True if two notes read the same: title, headings and texts."""

    def words(note: Note) -> tuple[object, ...]:
        texts = ((s.heading, s.concise, s.standard, s.comprehensive) for s in note.sections)
        return note.title, *texts

    return words(note) == words(other)


def with_edits(stored: Note, former: Note, after: Note) -> Note:
    """Return a stored note with the changes of an edited one against its `former` state. Changes
    since then stay: pictures, and sections that another program changed, renamed, added or removed
    and the user did not touch."""
    pictures = {section.heading: section.pictures for section in stored.sections}
    theirs, added = _counterparts(former.sections, stored.sections)
    sections = list(added.pop(-1, ()))
    left = dict(enumerate(former.sections))
    for section in after.sections:
        place = next((at for at, each in left.items() if each == section), None)
        if place is not None:
            del left[place]
            sections += [*theirs[place], *added.pop(place, ())]
        elif len(pictures) == len(stored.sections):
            shown = pictures.get(section.heading, section.pictures)
            sections.append(replace(section, pictures=shown))
        else:
            sections.append(section)
    sections += chain.from_iterable(added.values())
    title = stored.title if after.title == former.title else after.title
    return replace(stored, title=title, sections=tuple(sections))


def _counterparts(
    former: Sequence[Section], stored: Sequence[Section]
) -> tuple[dict[int, Sequence[Section]], dict[int, Sequence[Section]]]:
    """Return what became of each former section, and the new ones behind it, both by its place; -1
    is the place before the first."""
    theirs: dict[int, Sequence[Section]] = {}
    added: dict[int, Sequence[Section]] = {}
    headings = [each.heading for each in former], [each.heading for each in stored]
    for _kind, start, stop, begin, end in SequenceMatcher(None, *headings, False).get_opcodes():
        for at in range(start, stop):
            theirs[at] = stored[begin:end][at - start : at - start + 1]
        if rest := stored[begin + stop - start : end]:
            added[stop - 1] = rest
    return theirs, added


# --- text into sections --------------------------------------------------------------------------


def section_lines(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of the lines that are headings of sections, except in code."""
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
    """Return the title, None without one, and the sections."""
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
    """Return for each part (heading, text) the index of its section: with the same text, the same
    heading, or the same position between others; None for a new one."""
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
    """Match parts between two matched ones to the sections between these, if their numbers
    agree."""
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
    """Return the text of a section for editing. A heading in it does not begin a section."""
    labels = {cite.n: time_label(cite) for cite in section.cites if cite.n}
    text = renumbered(section.shown_at(level), lambda n: f" [{labels[n]}]" if n in labels else "")
    text = with_line_feeds(text).strip("\n").rstrip()
    for start, _end in reversed(list(section_lines(text))):
        text = f"{text[:start]}#{text[start:]}"
    return text


# --- statements and their times ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Claims:
    """The verdicts on the statements of sections: their cites, and which are the user's own."""

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
    """Return a section with all its levels emptied: otherwise the text of another level would be
    shown."""
    bare = section.with_texts(("", "", ""))
    return replace(bare, own=(), cites=tuple(each for each in section.cites if not each.n))


def _rewritten(
    section: Section,
    body: str,
    level: Level,
    all_claims: _Claims,
    videos: Mapping[int, Video],
) -> Section:
    """Return a section with an edited text at a level, whose times become cites again."""
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
    """The cites of a section, and those added to it."""

    def __init__(self, section: Section, videos: Mapping[int, Video]) -> None:
        self._videos = videos
        self._marked = section.markers
        self._all = list(section.cites)

    def number_of(self, cite: Cite) -> int:
        """Return the number by which a statement refers to a place; adds its cite if needed."""
        for each in self._all:
            if each.n in self._marked and replace(each, n=cite.n) == cite:
                return each.n
        fresh = max((each.n for each in self._all), default=0) + 1
        self._all.append(replace(cite, n=fresh))
        self._marked.add(fresh)
        return fresh

    def unclaimed(self, match: re.Match[str]) -> Cite:
        """Return a cite without a verdict: that of a cite with this time, or of the time alone. One
        beyond the end of its video is doubtful."""
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
        """Return the cites of the section as a whole, and those that its statements still name."""
        gone = self._marked - section.markers
        return tuple(each for each in self._all if each.n not in gone)


def _label_of(match: re.Match[str]) -> str:
    number = f"{int(match[1])} · " if match[1] else ""
    return number + clock(clock_seconds(match[2]))
