"""Transcript lookups for notes: text at a time, and segments that a note cites.

Pure; times are in seconds, rows count segments from 0.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.note import Cite, Note
from notegen_desktop.domain.text.languages import language_name
from notegen_desktop.domain.text.quantities import quoted, series
from notegen_desktop.domain.text.transcript import Segment, Transcript, TranscriptKind
from notegen_desktop.domain.words import N_, _
from notegen_desktop.ui.kit.text import one_line, runs_right_to_left, shortened

QUOTED_CHARS = 200
"""Maximum characters of the transcript quoted for a cite."""

_TOUCH_S = 0.05
"""Seconds by which segments may overlap without counting as such, as times are rounded."""

_KINDS = {
    TranscriptKind.MANUAL: N_("captions"),
    TranscriptKind.AUTOMATIC: N_("automatic captions"),
    TranscriptKind.TRANSLATED: N_("translated captions"),
    TranscriptKind.FILE: N_("from a file"),
    TranscriptKind.SPEECH: N_("heard on this computer"),
}


class TranscriptIndex:
    """Index of a transcript by time."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.segments: Sequence[Segment] = transcript.segments
        self._starts = [segment.start_s for segment in self.segments]

    @property
    def right_to_left(self) -> bool:
        return runs_right_to_left(" ".join(s.text for s in self.segments[:20]))

    @property
    def origin(self) -> str:
        """Language and kind of the transcript as text: `English, automatic captions`."""
        words = kind_words(self.transcript.language, self.transcript.kind)
        return words if self.transcript.timed else _("{words}, times estimated").format(words=words)

    def rows(self, start_s: float, end_s: float) -> range:
        """Return the rows of the segments that overlap the time span.

        If none does, return the last segment before it; empty only without any segments.
        """
        if not self.segments:
            return range(0)
        last = max(0, bisect_left(self._starts, end_s - _TOUCH_S) - 1)
        first = last
        while first > 0 and self.segments[first - 1].end_s > start_s + _TOUCH_S:
            first -= 1
        return range(first, last + 1)

    def row_at(self, seconds: float) -> int:
        """Return the row of the segment at a time, or of the last before it; -1 without
        segments."""
        found = self.rows(seconds, seconds + 2 * _TOUCH_S)
        return found[-1] if found else -1

    def words(self, cite: Cite, *, chars: int = QUOTED_CHARS) -> str:
        """Return the cited text, cut at a word boundary after at most `chars` characters."""
        parts: list[str] = []
        length = 0
        for row in self.rows(cite.start_s, cite.end_s):
            part = one_line(self.segments[row].text)
            parts.append(part)
            length += len(part) + 1
            if length > chars + 1:
                break
        return shortened(" ".join(part for part in parts if part), chars)

    def cited_by(self, note: Note | None) -> dict[int, tuple[int, ...]]:
        """Return, for each row that a note cites, the numbers of the citing sections, from 0."""
        found: dict[int, list[int]] = {}
        for number, section in enumerate(note.sections if note is not None else ()):
            for row in self.rows_of(section.cites):
                found.setdefault(row, []).append(number)
        return {row: tuple(sections) for row, sections in found.items()}

    def rows_of(self, cites: Iterable[Cite]) -> list[int]:
        """Return the cited rows in order, each once."""
        return sorted({row for cite in cites for row in self.rows(cite.start_s, cite.end_s)})

    def passages(self, rows: Iterable[int], video: Video) -> str:
        """Return rows as Markdown; adjacent rows make one passage, each with its link:

        `text — [12:34](https://…&t=754s)`.
        """
        from notegen_desktop.services.markup.safe_markdown import literal, safe_markdown

        passages: list[tuple[int, list[str]]] = []
        before = -2
        for row in sorted(set(rows)):
            if row != before + 1:
                passages.append((row, []))
            passages[-1][1].append(one_line(self.segments[row].text))
            before = row
        return "\n".join(
            safe_markdown(literal(" ".join(words)) + self._source(row, video))
            for row, words in passages
        ).rstrip("\n")

    def _source(self, row: int, video: Video) -> str:
        if not self.transcript.timed:
            return ""
        start_s = self.segments[row].start_s
        from notegen_desktop.services.markup.note_markdown import link_markdown

        return f" — {link_markdown(clock(start_s), video.link_at(start_s))}"


def kind_words(language: str, kind: TranscriptKind) -> str:
    """Return language (a BCP 47 tag or "") and kind as text: `English, automatic captions`."""
    words = _(_KINDS[kind])
    name = _(language_name(language)) or language
    return series((name, words)) if language else words.capitalize()


def cite_tip(cite: Cite, video: Video, spoken: TranscriptIndex | None, *, looked: bool) -> str:
    """Return the tooltip of a cite: its time, the quoted transcript and the result of the check.

    `looked` says that the transcript was searched for: `spoken` None then means that there is none.
    """
    from notegen_desktop.services.markup.cited import why_doubtful  # late: for tooltips only

    span = clock(cite.start_s)
    if clock(cite.end_s) != span and cite.end_s > cite.start_s:
        span = _("{start} to {end}").format(start=span, end=clock(cite.end_s))
    beyond = video.ends_before(cite.start_s)
    words = spoken.words(cite) if spoken is not None and not beyond else ""
    compared = cite.doubt is not None or cite.review is not None
    if not compared and not cite.verified and looked and spoken is None:
        judged = _("Not compared: there are no captions.")
    elif cite.is_doubtful:
        judged = _("Doubtful: {cite}.").format(cite=why_doubtful(cite, video))
    elif cite.verified:
        judged = _("Supported by the words said there.")
    else:
        judged = _("Not compared: it shares too few words with what is said there.")
    if cite.review is not None and not cite.is_doubtful:
        judged = " ".join((judged, _("A second look agrees.")))
    return "\n".join(part for part in (span, quoted(words) if words else "", judged) if part)
