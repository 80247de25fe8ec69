"""A release of the program: what it is called, what is new in it, whether it is newer, and what is
known of the newest."""

from __future__ import annotations

import re
from dataclasses import dataclass

from notegen_desktop import __version__


@dataclass(frozen=True, slots=True)
class Release:
    """`version` without a leading v; `notes` is Markdown from outside, `page` where it lies."""

    version: str
    notes: str = ""
    page: str = ""

    def is_newer_than(self, version: str) -> bool:
        """By the numbers; what is no release of three numbers is never newer."""
        mine, other = _numbers(self.version), _numbers(version)
        return bool(mine and other and mine > other)


def _numbers(version: str) -> tuple[int, ...]:
    found = re.fullmatch(r"v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})", version, re.ASCII)
    return tuple(map(int, found.groups())) if found else ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is remembered: whether the user was `invited` to allow it, when it was last `asked_s`
    (seconds since the epoch, 0.0 for never), what came of it, and what was told already."""

    invited: bool = False
    starts: int = 0
    asked_s: float = 0.0
    problem: str = ""
    version: str = ""
    notes: str = ""
    page: str = ""
    told: str = ""

    @property
    def release(self) -> Release:
        return Release(self.version, self.notes, self.page)

    @property
    def newer(self) -> Release | None:
        """The release that is newer than this program."""
        return self.release if self.release.is_newer_than(__version__) else None
