"""Converts caption cues into segments of speech: the part without files or formats.

Input are cues in any order, overlapping, repeated, a word or a minute long. Output are labelled
segments of about a sentence, in order of time. Times are seconds throughout.
"""

from __future__ import annotations

import math
import re
from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from .scripts import CJK
from .sentences import CLOSERS, ends_sentence, split_sentences
from .transcript import Segment

SHORT_S = 5.0
"""A finished sentence shorter than this is joined with the next."""
LONG_S = 20.0
"""Maximum seconds of a segment while there is a cue or a sentence to cut at."""
UNPUNCTUATED_S = 10.0
"""Without punctuation, a segment ends at the first cue after this many seconds."""
TAIL_S = 2.5
"""Last words shorter than this many seconds stay with the segment before."""
PAUSE_S = 4.0
"""Seconds of silence that always end a segment."""
LONG_TEXT = 420
"""Maximum characters of a segment, for cues with useless times (all zero, say)."""

WORDS_PER_S = 2.5
"""Speed of speech: 150 words a minute, the usual figure for talks and audio books."""
CJK_PER_S = 4.5
"""Characters a second in Chinese and Japanese speech, the middle of the usual 4 to 5."""

_WIDE = re.compile(f"[{CJK}]")
_CLAUSE_GAP = re.compile(rf"[,;:–—][{CLOSERS}]*\s+|\s+[–—-]+\s+|[，、；：]")
_ROLLING_LINES = 12
"""Maximum lines that captions show at once."""
_SLIDING_WORDS = 40
"""Maximum words that sliding captions show at once."""


@dataclass(frozen=True, slots=True)
class Cue:
    """Text shown at once, its lines separated by newlines.

    `turn` marks a change of speaker before it, in captions without names. `tagged`: its words have
    times of their own, as in automatic captions; `lit`: some of its words are highlighted, like the
    one being said.
    """

    start_s: float
    end_s: float
    text: str
    speaker: str | None = None
    turn: bool = False
    tagged: bool = False
    lit: bool = False

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s


def spoken_seconds(text: str) -> float:
    """Return the approximate seconds to say `text`, from its words and its CJK characters."""
    wide = len(re.findall(rf"[{CJK}]", text))
    words = len(re.sub(rf"[{CJK}]", " ", text).split())
    return wide / CJK_PER_S + words / WORDS_PER_S


def join(parts: Iterable[str]) -> str:
    """Return pieces of one speech as one text: a space between them, but not between CJK
    characters."""
    joined: list[str] = []
    for part in filter(None, parts):
        joined += [_between(joined[-1], part), part] if joined else [part]
    return "".join(joined)


def _between(left: str, right: str, *, phrase: bool = False) -> str:
    """Return the separator of two pieces; `phrase` separates CJK as well."""
    close = _WIDE.match(left[-1]) and _WIDE.match(right[0])
    return "" if close and not phrase else " "


# --- repeats -------------------------------------------------------------------------------------


def without_repeats(cues: Sequence[Cue]) -> list[Cue]:
    """Return cues of rolling captions with each line once; other cues unchanged.

    Rolling captions repeat the line before above the new one. Whether a file rolls is decided by
    all of it, since speakers do repeat themselves.
    """
    cues = _without_standing(_without_doubles(cues))
    lines = [cue.text.split("\n") for cue in cues]
    steps = range(1, len(cues))
    rolling = growing = sliding = 0
    for at in steps:
        before, now = lines[at - 1], lines[at]
        shared = _shared(before, now)
        if 0 < shared < len(now):
            rolling += 1
        elif (
            not shared and len(cues[at].text) > len(before[-1]) and _grown(before, now) is not None
        ):
            growing += 1
        sliding += not shared and _slid(before, now) is not None
    tagged = any(cue.tagged for cue in cues)
    rolls = rolling >= max(1 if tagged else 2, len(steps) * 0.2)
    grows = growing >= 3 and growing >= len(steps) * 0.4
    slides = sliding >= 3 and sliding >= len(steps) * 0.6
    if not rolls and not grows and not slides:
        return list(cues)
    kept: list[Cue] = []
    for at, cue in enumerate(cues):
        now = lines[at]
        if at and cue.start_s <= cues[at - 1].end_s + 1.0:
            shared = _shared(lines[at - 1], now)
            if shared:
                now = now[shared:]
            elif grows:
                now = _grown(lines[at - 1], now) or now
            elif slides:
                now = _slid(lines[at - 1], now) or now
        text = "\n".join(now)
        if text:
            kept.append(replace(cue, text=text))
        elif kept:
            # The repetition shows that the words before were still displayed.
            kept[-1] = replace(kept[-1], end_s=max(kept[-1].end_s, cue.end_s))
    return kept


def _without_doubles(cues: Sequence[Cue]) -> list[Cue]:
    """Return cues without duplicates of the same times and text (styled in layers)."""
    seen: set[tuple[float, float, str, str | None]] = set()
    kept = []
    for cue in cues:
        key = (cue.start_s, cue.end_s, cue.text, cue.speaker)
        if key not in seen:
            seen.add(key)
            kept.append(cue)
    return kept


def _without_standing(cues: Sequence[Cue]) -> list[Cue]:
    """Return cues with standing text, which a highlight passes word by word, joined into one.

    Equal text at the same time is the same text. Text that follows itself counts as the same only
    if the whole file is like that, since speakers do repeat themselves.
    """
    same = [a.text == b.text and a.speaker == b.speaker for a, b in pairwise(cues)]
    touching = sum(
        again and b.start_s - a.end_s < 0.2
        for again, (a, b) in zip(same, pairwise(cues), strict=True)
    )
    lit = sum(again and b.lit for again, b in zip(same, cues[1:], strict=True))
    standing = (touching >= 4 and touching * 2 > len(cues)) or (
        lit >= 2 and lit * 5 >= len(cues) * 2
    )
    kept = list(cues[:1])
    for again, cue in zip(same, cues[1:], strict=True):
        if again and (cue.start_s == kept[-1].start_s or standing):
            kept[-1] = replace(kept[-1], end_s=max(kept[-1].end_s, cue.end_s))
        else:
            kept.append(cue)
    return kept


def _shared(before: list[str], now: list[str]) -> int:
    """Return how many lines at the top of `now` repeat the bottom of `before`."""
    for count in range(min(len(before), len(now), _ROLLING_LINES), 0, -1):
        if before[-count:] == now[:count]:
            return count
    return 0


def _grown(before: list[str], now: list[str]) -> list[str] | None:
    """Return the addition of `now` if it begins with all words, or the last line, of `before`; else
    None."""
    words = " ".join(now).split()
    for old in (" ".join(before).split(), before[-1].split()):
        if old and len(words) > len(old) and words[: len(old)] == old:
            return [" ".join(words[len(old) :])]
    return None


def _slid(before: list[str], now: list[str]) -> list[str] | None:
    """Return the addition of `now` if it begins with the last two or more words of `before`; else
    None."""
    old, words = " ".join(before).split(), " ".join(now).split()
    for count in range(min(len(old), len(words) - 1, _SLIDING_WORDS), 1, -1):
        if old[-count:] == words[:count]:
            return [" ".join(words[count:])]
    return None


# --- times ---------------------------------------------------------------------------------------


def in_order(cues: Iterable[Cue]) -> list[Cue]:
    """Return the cues by time, none negative, none ending before it starts or after the next
    starts."""
    ordered: list[Cue] = []
    for cue in sorted(cues, key=lambda c: c.start_s):
        start = max(0.0, cue.start_s)
        ordered.append(replace(cue, start_s=start, end_s=max(start, cue.end_s)))
    for at, (cue, following) in enumerate(pairwise(ordered)):
        if cue.end_s > following.start_s:
            ordered[at] = replace(cue, end_s=following.start_s)
    return ordered


# --- segments ------------------------------------------------------------------------------------


def segments_of(cues: Iterable[Cue]) -> tuple[Segment, ...]:
    """Return labelled segments of a sensible length; no word is lost, no speaker mixed with
    another.

    A segment is a sentence, or several up to 5 s, and at most about 20 s; speech without
    punctuation is cut at cues every 10 s or so. Long cues are cut at sentences, with times in
    proportion.
    """
    ordered = in_order(without_repeats(sorted(cues, key=lambda c: c.start_s)))
    pieces = [piece for cue in ordered for piece in _pieces(cue)]
    marked = sum(1 for piece in pieces if ends_sentence(piece.text))
    punctuated = marked * 12 >= len(pieces)
    groups: list[list[Cue]] = []
    size = 0
    for piece in pieces:
        size += len(piece.text)
        if groups and size <= LONG_TEXT and not _parts(groups[-1], piece, punctuated):
            groups[-1].append(piece)
        else:
            groups.append([piece])
            size = len(piece.text)
    groups = _with_tails(groups)
    return tuple(_segment(number, group) for number, group in enumerate(groups, 1))


def _with_tails(groups: list[list[Cue]]) -> list[list[Cue]]:
    """Return the groups with last words that are too short joined to the segment before, if it is
    the same speech."""
    joined: list[list[Cue]] = []
    for group in groups:
        short = group[-1].end_s - group[0].start_s < TAIL_S
        before = joined[-1] if joined else None
        if (
            before
            and short
            and not group[0].turn
            and group[0].speaker == before[-1].speaker
            and group[0].start_s - before[-1].end_s < PAUSE_S
            and group[-1].end_s - before[0].start_s <= LONG_S
            and sum(len(p.text) for p in before + group) <= LONG_TEXT
        ):
            before.extend(group)
        else:
            joined.append(list(group))
    return joined


def _parts(group: list[Cue], piece: Cue, punctuated: bool) -> bool:
    """Return True if `piece` begins a new segment after `group`."""
    first, last = group[0], group[-1]
    if piece.speaker != last.speaker or piece.turn:
        return True
    pause = piece.start_s - last.end_s
    if pause >= PAUSE_S or piece.end_s - first.start_s > LONG_S:
        return True
    length = last.end_s - first.start_s
    if ends_sentence(last.text) and length >= SHORT_S:
        return True
    if punctuated:
        return False
    return length >= UNPUNCTUATED_S or (length >= SHORT_S and pause >= 0.5)


def _segment(number: int, group: list[Cue]) -> Segment:
    texts = [group[0].text]
    for piece in group[1:]:
        # Where Chinese or Japanese has no marks, a new cue is a new phrase; not so in automatic
        # captions, which break anywhere.
        phrase = not piece.tagged and texts[-1][-1].isalnum()
        texts += [_between(texts[-1], piece.text, phrase=phrase), piece.text]
    return Segment(
        label=str(number),
        start_s=round(group[0].start_s, 3),
        end_s=round(max(group[0].start_s, group[-1].end_s), 3),
        text="".join(texts),
        speaker=group[0].speaker,
    )


def _pieces(cue: Cue) -> list[Cue]:
    """Return a cue cut at its sentences; longer pieces are cut at clauses or words."""
    parts = split_sentences(join(line.strip() for line in cue.text.split("\n")))
    total = sum(len(part) for part in parts) or 1
    fine: list[str] = []
    for part in parts:
        seconds = cue.length_s * len(part) / total
        # A few words displayed for a minute are not cut: they are no long speech.
        said = min(seconds, spoken_seconds(part) * 4)
        count = max(math.ceil(said / LONG_S), math.ceil(len(part) / LONG_TEXT))
        fine.extend(_cut(part, count) if count > 1 else [part])
    return _timed(cue, fine)


def _timed(cue: Cue, parts: list[str]) -> list[Cue]:
    """Return `parts` of a cue with its time divided by their lengths."""
    if len(parts) == 1:
        return [replace(cue, text=parts[0])]
    total = sum(len(part) for part in parts) or 1
    pieces: list[Cue] = []
    done = 0
    for part in parts:
        begin = cue.start_s + cue.length_s * done / total
        done += len(part)
        end = cue.start_s + cue.length_s * done / total
        pieces.append(
            replace(cue, start_s=begin, end_s=end, text=part, turn=cue.turn and not pieces)
        )
    return pieces


def _cut(text: str, count: int) -> list[str]:
    """Return `text` in `count` parts of about one length, cut at clauses if near, else between
    words."""
    wanted = len(text) / count
    clauses = [found.end() for found in _CLAUSE_GAP.finditer(text)]
    gaps = [found.end() for found in re.finditer(rf"\s+|(?<=[{CJK}])(?=[{CJK}])", text)]
    parts: list[str] = []
    begin = 0
    for number in range(1, count):
        aim = wanted * number
        at = _nearest(clauses, aim, wanted * 0.35, begin) or _nearest(gaps, aim, wanted, begin)
        if at and text[begin:at].strip():
            parts.append(text[begin:at].strip())
            begin = at
    rest = text[begin:].strip()
    return [*parts, rest] if rest else parts


def _nearest(places: list[int], aim: float, within: float, after: int) -> int | None:
    """Return the one of the sorted `places` nearest to `aim`, if within `within` and after `after`;
    else None."""
    at = bisect(places, aim)
    near = [p for p in places[max(0, at - 1) : at + 1] if p > after and abs(p - aim) <= within]
    return min(near, key=lambda place: abs(place - aim)) if near else None


def estimated(paragraphs: Iterable[Cue]) -> tuple[Segment, ...]:
    """Return segments of text without times, which are estimated from the speed of speech."""
    cues: list[Cue] = []
    now = 0.0
    for paragraph in paragraphs:
        text = " ".join(paragraph.text.split())
        if text:
            end = now + spoken_seconds(text)
            cues.append(Cue(now, end, text, paragraph.speaker, turn=True))
            now = end
    return segments_of(cues)
