"""Merges a page that both the user and the program changed, by section; the user's text wins."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from notegen_desktop.domain.text.cleaning import lines_of
from notegen_desktop.domain.words import _

_HEADING = re.compile(r"\t*(?:- )?(#{1,6})(?:[ \t]+(.*?)[ \t#]*)?$")
_FENCE = re.compile(r"\s*(?:[-*+] )?(`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A heading with the text up to the next one. `key` is its path: the headings above it and its
    own; "" is the text before the first, "#" the title."""

    key: str
    text: str

    @property
    def digest(self) -> str:
        """Return the digest; trailing empty lines are ignored."""
        return sha256(self.text.rstrip().encode()).hexdigest()[:16]

    @property
    def heading(self) -> str:
        """Return its own heading, for users."""
        found = _HEADING.match(self.text.partition("\n")[0])
        return found[2] or "" if found else _("the beginning")


def chunks(body: str) -> list[Chunk]:
    """Return the chunks of a page; joined they are the page."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    above: list[tuple[int, str]] = []
    fence = ""
    for line in lines_of(body):
        heading = None if fence else _HEADING.match(line.rstrip("\r\n"))
        if heading:
            depth, words = len(heading[1]), heading[2] or ""
            above = [(d, w) for d, w in above if d < depth] + [(depth, words)]
            path = [w for d, w in above if d > 1]
            parts.append(("/".join(path) if depth > 1 else "#", []))
        elif found := _FENCE.match(line):
            if not fence:
                fence = found[1]
            elif found[1].startswith(fence) and not line[found.end() :].strip():
                fence = ""
        parts[-1][1].append(line)
    counts: dict[str, int] = {}
    result = []
    for key, lines in parts:
        if not key and not lines:
            continue
        counts[key] = counts.get(key, 0) + 1
        number = f" ({counts[key]})" if counts[key] > 1 else ""
        result.append(Chunk(key + number, "".join(lines)))
    return result


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged `text` of a page; `kept` are headings of sections that the user changed or
    removed, whose newer text was not written."""

    text: str
    kept: tuple[str, ...]


def merge(
    current: Sequence[Chunk], ours: Sequence[Chunk], known: Sequence[Mapping[str, str]]
) -> Merged:
    """Merge a page. `known` are digests by key of the text last written.

    An unchanged section is replaced; an edited one stays. A section that ours no longer has is
    removed if unchanged. A new section is inserted behind its predecessor. A section that the user
    removed stays removed.
    """

    def was_written(chunk: Chunk) -> bool:
        """Return True if the chunk is exactly as last written."""
        return any(each.get(chunk.key) == chunk.digest for each in known)

    fresh = {chunk.key: chunk for chunk in ours}
    result: list[Chunk] = []
    kept: list[str] = []
    for chunk in current:
        new = fresh.get(chunk.key)
        if new is None:
            result += [] if was_written(chunk) else [chunk]
        elif was_written(chunk) or new.digest == chunk.digest:
            same = new.digest == chunk.digest
            result.append(chunk if same else Chunk(chunk.key, new.text.rstrip() + _end(chunk.text)))
        else:
            result.append(chunk)
            kept += [new.heading] if not was_written(new) else []
    here = {chunk.key for chunk in current}
    told = {key for each in known for key in each}
    for at, chunk in enumerate(ours):
        if chunk.key in here:
            continue
        if chunk.key in told:
            kept += [chunk.heading] if not was_written(chunk) else []
            continue
        _put_behind(result, chunk, [each.key for each in ours[:at]])
    return Merged("".join(chunk.text for chunk in result), tuple(kept))


def _put_behind(result: list[Chunk], chunk: Chunk, earlier: Collection[str]) -> None:
    places = [at for at, each in enumerate(result) if each.key in earlier]
    at = places[-1] + 1 if places else 0
    if at:
        before = result[at - 1]
        result[at - 1] = Chunk(before.key, before.text.rstrip() + "\n\n")
    text = chunk.text.rstrip() + ("\n\n" if at < len(result) else "\n")
    result.insert(at, Chunk(chunk.key, text))


def _end(text: str) -> str:
    return text[len(text.rstrip()) :] or "\n"
