"""A release of the program: version, notes, comparison, and the stored state of checks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from notegen_desktop import __version__


@dataclass(frozen=True, slots=True)
class Release:
    """`version` is without a leading v; `notes` is foreign Markdown, `page` its address."""

    version: str
    notes: str = ""
    page: str = ""

    def is_newer_than(self, version: str) -> bool:
        """Return True if it is newer, by its numbers; never if it has not three."""
        mine, other = _numbers(self.version), _numbers(version)
        return bool(mine and other and mine > other)


def _numbers(version: str) -> tuple[int, ...]:
    found = re.fullmatch(r"v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})", version, re.ASCII)
    return tuple(map(int, found.groups())) if found else ()


@dataclass(frozen=True, slots=True)
class UpdateCheckState:
    """The stored state of checks: whether the user was `invited` to allow them, the time of the
    last one (`asked_s`, seconds since the epoch, 0.0 for never), its result, and what was shown
    already."""

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
        """The release that is newer than this program, or None."""
        return self.release if self.release.is_newer_than(__version__) else None
