"""Where the addresses go that yt-dlp tests itself with: a table, and how many go elsewhere.

The addresses are those of the yt-dlp that is installed; none of them is kept here. Nothing is sent:
an address goes where yt-dlp's own patterns would take what the program makes of it.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote

from notegen_desktop.domain.links.link import Link, LinkKind
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.services.sources.others import list_address

SITES = ("youtube", "vimeo", "twitch", "bilibili", "dailymotion", "tiktok")

SAME = "as yt-dlp"
IN_LIST = "the video of a list"
REFUSED = "refused with a reason"
ELSEWHERE = "elsewhere"
OUTCOMES = (SAME, IN_LIST, REFUSED, ELSEWHERE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of an address: one of `OUTCOMES`, and the link or the reason in words."""

    site: str
    address: str
    what: str
    words: str


@cache
def _extractors() -> tuple[Any, ...]:
    from yt_dlp.extractor import gen_extractor_classes

    return tuple(getattr(each, "real_class", each) for each in gen_extractor_classes())


def _target(address: str) -> tuple[str, str]:
    """The extractor that takes an address, and the id it finds in it, "" if it needs to look."""
    taker = next(each for each in _extractors() if each.suitable(address))
    try:
        return taker.IE_NAME, unquote(taker._match_id(address) or "")
    except (AttributeError, IndexError, KeyError):
        return taker.IE_NAME, ""


def outcomes() -> Iterator[Outcome]:
    """Of each address, site by site; none where yt-dlp came without its tests."""
    for extractor in _extractors():
        site = extractor.__module__.split(".")[2]
        if site in SITES:
            for case in extractor.get_testcases(include_onlymatching=True):
                known = str((case.get("info_dict") or {}).get("id") or "")
                yield _outcome(site, case["url"], known)


def _outcome(site: str, address: str, known: str) -> Outcome:
    """`known` is the id that yt-dlp's test expects, "" where it does not say."""
    found = find_links(address)
    if not found.links:
        reason = found.rejects[0].reason if found.rejects else ""
        return Outcome(site, address, REFUSED if reason else ELSEWHERE, reason)
    words = "  ".join(f"{link.kind} {link.url}" for link in found.links)
    goes = [_goes(link, address, known) for link in found.links]
    return Outcome(site, address, goes[0] if len(goes) == 1 else ELSEWHERE, words)


def _goes(link: Link, address: str, known: str) -> str:
    wanted, ours = _target(address), _target(list_address(link))
    ids = {_bare(wanted[1]), _bare(known)} - {""}
    if wanted == ours or _bare(ours[1]) in ids:
        return SAME
    if link.kind is LinkKind.VIDEO and link.id in address:
        return IN_LIST  # as with --no-playlist: a link to a video names the list it was seen in
    return ELSEWHERE


def _bare(name: str) -> str:
    """An id without what only says of which kind it is."""
    return re.sub(r"^(?:VL|ml|pivot:audio:|BV)", "", name)


def measure() -> dict[str, float]:
    """The figures; the table goes to standard error."""
    rows = list(outcomes())
    for row in rows:
        print(f"{row.what:<22} {row.address}  ->  {row.words}", file=sys.stderr)
    print(f"\n{'':<12} {'  '.join(OUTCOMES)}", file=sys.stderr)
    for site in SITES:
        of = Counter(row.what for row in rows if row.site == site)
        cells = "  ".join(f"{of[what]:>{len(what)}}" for what in OUTCOMES)
        print(f"{site:<12} {cells}", file=sys.stderr)
    count = Counter(row.what for row in rows)
    return {"addresses_tried": len(rows)} | {
        f"addresses_{what.replace(' ', '_').replace('-', '_')}": count[what] for what in OUTCOMES
    }
