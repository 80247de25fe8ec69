"""Renders the cites of a note's statements as links.

`placed` replaces the markers, and the bounds of doubtful text, by characters that no text contains
and Markdown parsers keep. Each format then replaces these by its own output, with `filled`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.note import Cite, Doubt, Level, Review, Says, Section
from notegen_desktop.domain.notes.statements import marker, outside, protected, renumbered, split
from notegen_desktop.domain.text.cleaning import REPLACEMENT
from notegen_desktop.domain.words import _

# Code points of the last private use plane of Unicode, which no font or keyboard uses.
_OPEN, _CLOSE, _MARK, _END, _OWN = map(chr, range(0x10FF00, 0x10FF05))
_SIGNS = re.compile(f"[{_OPEN}-{_OWN}]")
_FORGED = re.compile(
    f"{_SIGNS.pattern}|&#(?:x0*10ff0[0-4]|0*(?:{'|'.join(map(str, range(0x10FF00, 0x10FF05)))}));",
    re.IGNORECASE,
)
_PLACE = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_PARTS = re.compile(f"({_OPEN}\\d+{_CLOSE}|{_MARK}[^{_END}]*{_END})")


@dataclass(frozen=True, slots=True)
class ShownCite:
    """A cite as it is shown at its statement: a time, its mark of doubt, and the reason.

    `href` opens the video at that time, "" if it has no address. `kind` is "verified", "doubtful"
    or "unchecked".
    """

    label: str
    href: str
    kind: str
    why: str = ""

    @property
    def printed(self) -> str:
        """Return the reason as printed behind the time, for media without tooltips."""
        return f" ({self.why})" if self.why else ""


def shown(cite: Cite, video: Video) -> ShownCite:
    kind = "doubtful" if cite.is_doubtful else "verified" if cite.verified else "unchecked"
    place = cite.video or video
    return ShownCite(label_of(cite), place.link_at(cite.start_s), kind, why_doubtful(cite, video))


def label_of(cite: Cite) -> str:
    """Return the time of a cite, with the number of its video if there are several, and a mark of
    doubt."""
    number = (
        f"{cite.video_number}\N{NO-BREAK SPACE}·\N{NO-BREAK SPACE}" if cite.video_number else ""
    )
    return f"{number}{clock(cite.start_s)}{'?' * cite.is_doubtful}"


def why_doubtful(cite: Cite, video: Video) -> str:
    """Return the doubts about a statement with this cite, for users; "" for none.

    The check of the cited passage comes first, then the review's finding.
    """
    found = [_not_found(cite, video)] if cite.verified is False else []
    if cite.review is not None and cite.is_doubtful:
        found.append(_("second look: {words}").format(words=review_words(cite.review)))
    return "; ".join(found)


def review_words(review: Review) -> str:
    """Return a review's finding as text for users."""
    words = {
        Says.YES: _("said there"), Says.NO: _("not said there"), Says.UNCLEAR: _("unclear")
    }[review.says]  # fmt: skip
    reason = review.reason.strip().rstrip(".")
    return f"{words} – {reason}" if reason else words


def _not_found(cite: Cite, video: Video) -> str:
    if (cite.video or video).ends_before(cite.start_s):
        return _("beyond the end of the video")
    if cite.mark and cite.doubt in (Doubt.NUMBER, Doubt.NAME):
        return _("“{words}” is not said there").format(words=cite.mark)
    return {
        Doubt.NUMBER: _("a number is not said there"),
        Doubt.NAME: _("a name is not said there"),
        Doubt.QUOTE: _("not in these words"),
        Doubt.SENSE: _("the words there do not say this"),
        Doubt.PLACE: _("said, but not there"),
        None: _("not found there"),
    }[cite.doubt]


def own_cites(section: Section, level: Level) -> list[Cite]:
    """Return the cites of a section as a whole, in order of time and without duplicates: those of
    no statement, or all if the text of this level shows none."""
    texts = section.texts
    whole = [cite for cite in section.cites if not any(marker(cite.n) in text for text in texts)]
    shown_text = section.shown_at(level)
    told = any(marker(cite.n) in shown_text for cite in section.cites)
    own = whole if told else section.cites
    by_time = sorted(own, key=lambda c: (c.video_number, c.start_s, not c.verified))
    times = {(cite.video_number, clock(cite.start_s)): cite for cite in reversed(by_time)}
    return list(times.values())[::-1]


def timed(section: Section, level: Level) -> str:
    """Return a level's text as plain Markdown, with times in brackets, as in `[1:58]`."""
    times = {cite.n: label_of(cite) for cite in section.cites}
    text = renumbered(section.shown_at(level), lambda n: f" [{times[n]}]" if n in times else "")
    return text.strip()


def placed(text: str, cites: Sequence[Cite], own: Collection[str] = ()) -> str:
    """Return a level's text with placeholders instead of its markers, to be rendered and then
    `filled`; with one behind the user's `own` statements, of several in a row behind the last."""
    text = _FORGED.sub(REPLACEMENT, text)
    if own:
        text = _with_own(text, own)
    if "[^" not in text:
        return text
    numbers = {cite.n: index for index, cite in enumerate(cites) if cite.n}
    spans = protected(text)
    marked: dict[int, int] = {}
    for statement in split(text):
        for n in statement.markers:
            if n not in numbers or not (mark := cites[numbers[n]].mark):
                continue
            for place in _alone(mark).finditer(text, statement.start, statement.end):
                if outside(spans, place.start()):
                    marked[place.start()] = place.end()
                    break
    for start, end in sorted(marked.items(), reverse=True):
        text = f"{text[:start]}{_MARK}{text[start:end]}{_END}{text[end:]}"

    def sign(n: int) -> str:
        return f" {_OPEN}{numbers[n]}{_CLOSE}" if n in numbers else ""

    return renumbered(text, sign)


def _with_own(text: str, own: Collection[str]) -> str:
    statements = split(text)
    ends = []
    for statement, following in zip_longest(statements, statements[1:]):
        in_row = following is not None and "\n" not in text[statement.end : following.start]
        if statement.text in own and not (in_row and following.text in own):
            ends.append(statement.end)
    for end in reversed(ends):
        text = f"{text[:end]} {_OWN}{text[end:]}"
    return text


def _alone(mark: str) -> re.Pattern[str]:
    """Return the pattern of a text that is not part of a longer number or word, a tag or an entity:
    a placeholder inside would be noticed only after sanitizing."""
    before = r"(?<![0-9A-Za-z])(?<!\d[.,])" if mark[0].isascii() and mark[0].isalnum() else ""
    after = r"(?![0-9A-Za-z])(?![.,]\d)" if mark[-1].isascii() and mark[-1].isalnum() else ""
    return re.compile(rf"(?<![<&;#])(?<!</){before}{re.escape(mark)}{after}")


def filled(
    rendered: str,
    write: Callable[[int], str],
    *,
    mark: tuple[str, str] = ("", ""),
    own: str = "",
) -> str:
    """Return a rendered text with placeholders replaced by `write` (called with the index of a
    cite).

    `mark` encloses doubtful text, `own` follows the user's statements.
    """
    if own:
        rendered = rendered.replace(_OWN, own)
    rendered = _PLACE.sub(lambda place: write(int(place[1])), rendered)
    rendered = rendered.replace(_MARK, mark[0]).replace(_END, mark[1])
    return _SIGNS.sub("", rendered)


def parted(text: str) -> Iterator[int | tuple[str, bool]]:
    """Yield the parts of a placed plain text: indexes of cites, and texts with True if doubtful."""
    for part in _PARTS.split(text):
        if place := _PLACE.fullmatch(part):
            yield int(place[1])
        elif words := _SIGNS.sub("", part):
            yield words, part.startswith(_MARK)
