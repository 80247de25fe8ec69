"""Locates the files that links name, and reads dropped or named files.

A file is a shortcut or a list of links, or a video or captions itself. Nothing is raised for a file
that cannot be used: it is a reject with its reason.
"""

from __future__ import annotations

import hashlib
import os
import re
import socket
import stat
import time
import unicodedata
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import TypeVar

from notegen_desktop.domain.links.link import (
    CAPTION_SUFFIXES,
    FEED_SUFFIXES,
    MEDIA_SUFFIXES,
    TABLE_SUFFIXES,
    FoundLinks,
    Link,
    LinkKind,
    Refused,
    Reject,
    file_link,
    folder_link,
    is_text,
    path_of_address,
    suffix_of,
    text_of_path,
)
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.text.file_names import safe_name
from notegen_desktop.domain.words import _

from .files import write_whole
from .threads import is_done_within, run_in_thread

T = TypeVar("T")

MAX_FILES = 20_000
"""Maximum files examined in a dropped folder; a larger one is no folder of videos."""

DISK_ANSWER_S = 0.4
"""Seconds that a disk has to answer while a window waits."""
SILENT_S = 30.0
"""Seconds for which a folder that did not answer is not read again."""

LIST_BYTES = 1024 * 1024
"""Maximum bytes of a list of links; a larger file is taken as a source itself."""

FEED_BYTES = 20 * 1024 * 1024
"""Maximum bytes of a saved podcast feed, which has all episodes with their descriptions."""

_silent: dict[Path, float] = {}


def in_time(look: Callable[[], T], path: Path, *, otherwise: Callable[[], T]) -> T:
    """Return the result of `look`, or of `otherwise` if the disk does not answer in time.

    A network share that is gone, or a FUSE file system, can block its caller for ever.
    """
    now = time.monotonic()
    if now - _silent.get(path.parent, -SILENT_S) < SILENT_S:
        return otherwise()
    answer = run_in_thread(look, name="look")
    if is_done_within(answer, DISK_ANSWER_S):
        return answer.result()
    _silent[path.parent] = now
    return otherwise()


def state_of(facts: os.stat_result) -> str:
    """Return a string that changes when the file is changed."""
    return f"{facts.st_size}-{facts.st_mtime_ns}"


def local_path(address: str) -> Path:
    """Return the path in the address of a file link: a path as it is, or a `file:` URI.

    A URI may name the computer it was made on; if that is this one, the rest is the path.
    """
    address = path_of_address(address)
    if address.startswith("//") and os.name != "nt":
        host, _, rest = address[2:].partition("/")
        if host and host.lower() in _own_names():
            address = f"/{rest}"
    try:
        return Path(address).expanduser()
    except RuntimeError:
        return Path(address)


def _own_names() -> set[str]:
    """Return the full and the short name of this computer."""
    name = socket.gethostname().lower()
    return {name, name.partition(".")[0]}


def as_text(source: str) -> str:
    """Return a word of the command line, a file name in any bytes, as valid text that names the
    same file."""
    if is_text(source):
        return source
    if os.path.exists(source):
        return text_of_path(os.path.abspath(source))
    return shown_name(source)


def shown_name(name: str) -> str:
    """Return a file name as readable text; bytes that are not UTF-8 become U+FFFD."""
    return name if is_text(name) else os.fsencode(name).decode("utf-8", "replace")


def found_again(path: Path) -> Path:
    """Return the file whose name was converted to text (see `shown_name`), or whose accents are
    separate characters; else the path itself.

    Raises OSError if its folder cannot be read.
    """
    wanted = unicodedata.normalize("NFC", path.name)
    if path.name.isascii():
        return path
    names = (
        name
        for name in os.listdir(path.parent)
        if unicodedata.normalize("NFC", shown_name(name)) == wanted
    )
    return path.with_name(next(names, path.name))


def under_text(path: Path) -> Path:
    """Return the same file under a name that is valid text, as Qt needs.

    Creates its folder and keeps it open: Linux can address it by the number of the open folder.
    Such names exist nowhere else. Raises OSError.
    """
    if is_text(str(path)):
        return path
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Path(f"/proc/self/fd/{os.open(path.parent, os.O_RDONLY)}", path.name)


# --- what a file holds ---


def links_in_path(path: Path) -> FoundLinks:
    """Return a file as a source, or the links in it if it is a shortcut or a list of links.

    A file on a disk that does not answer is a source: reading it will show the error.
    """
    from notegen_desktop.domain.links.drops import links_in_file

    path = path.absolute()
    try:
        path, content = in_time(lambda: _looked_into(path), path, otherwise=lambda: (path, None))
        if content is None and in_time(path.is_dir, path, otherwise=lambda: False):
            return in_time(lambda: _in_folder(path), path, otherwise=FoundLinks)
        inside = None if content is None else links_in_file(shown_name(path.name), content)
        if inside is not None:
            return FoundLinks(tuple(_beside(path, link) for link in inside.links), inside.rejects)
        return FoundLinks((file_link(str(path), is_text_file=content is not None),))
    except Refused as refused:
        reason = str(refused)
    except FileNotFoundError:
        reason = _("This file is not there (any more).")
        if str(path).startswith("//"):
            reason = _("This file is on another computer. Copy it to this one first.")
    except OSError as error:
        reason = _("This file cannot be read: {strerror}.").format(strerror=error.strerror or error)
    return FoundLinks((), (Reject(shown_name(path.name), reason),))


def files_in(folder: Path) -> list[Path]:
    """Return the films, recordings and texts of a folder and its subfolders, by name.

    Captions that belong to a film beside them are left out, like hidden files and lock files of
    Word. Raises OSError.
    """
    files = sorted(
        path
        for path in islice(folder.rglob("*"), MAX_FILES)
        if not any(part.startswith((".", "~$")) for part in path.relative_to(folder).parts)
        and suffix_of(path.name) in (CAPTION_SUFFIXES - {*TABLE_SUFFIXES}) | MEDIA_SUFFIXES
        and path.is_file()
    )
    films = {(f.parent, f.stem) for f in files if suffix_of(f.name) in MEDIA_SUFFIXES}
    return [
        path
        for path in files
        if suffix_of(path.name) in MEDIA_SUFFIXES
        or not any(
            (path.parent, path.name[:end]) in films
            for end, sign in enumerate(path.name)
            if sign == "."
        )
    ]


def _in_folder(folder: Path) -> FoundLinks:
    alone = files_in(folder)
    if not alone and (listed := _takeout_in(folder)):
        return FoundLinks(listed)
    if not alone:
        words = _("There is no film, recording, caption file or text in this folder.")
        return FoundLinks((), (Reject(shown_name(folder.name), words),))
    return FoundLinks(tuple(file_link(str(path)) for path in alone))


def _takeout_in(folder: Path) -> tuple[Link, ...]:
    """Return the videos in lists of Google Takeout in a folder, without duplicates. Raises
    OSError."""
    from notegen_desktop.domain.links.drops import is_history, links_in_file

    links: dict[str, Link] = {}
    for path in sorted(islice(folder.rglob("*"), MAX_FILES)):
        suffix = suffix_of(path.name)
        if suffix not in (".csv", ".html") or not path.is_file():
            continue
        content = _looked_into(path)[1] or b""
        if suffix == ".csv" or is_history(path.name, content):
            found = links_in_file(path.name, content) or FoundLinks()
            links |= {each.key: each for each in found.links if each.kind is LinkKind.VIDEO}
    return tuple(links.values())


def _beside(listing: Path, link: Link) -> Link:
    """Return a relative file link of a list, such as a player's playlist, relative to the list."""
    if link.kind is not LinkKind.FILE or link.url.startswith(("file:", "~")):
        return link
    return file_link(os.path.normpath(listing.parent / link.url))


def _looked_into(path: Path) -> tuple[Path, bytes | None]:
    """Return the real path of a file, and its content if it is small enough for a list of links.

    Raises OSError.
    """
    if not path.exists():
        path = found_again(path)
    facts = path.stat()
    most = FEED_BYTES if suffix_of(path.name) in FEED_SUFFIXES else LIST_BYTES
    small = stat.S_ISREG(facts.st_mode) and facts.st_size <= most
    return path, path.read_bytes() if small else None


def links_in_text(text: str) -> FoundLinks:
    """Return the links of a text. A file that it names, by path or `file:` URI, is read like a
    drop."""
    from notegen_desktop.domain.links.drops import links_of_feed

    if (feed := links_of_feed(text)) is not None:
        return feed
    found = find_links(text)
    parts = [
        links_in_path(local_path(link.url)) if link.kind is LinkKind.FILE else FoundLinks((link,))
        for link in found.links
    ]
    return merged([*parts, FoundLinks((), found.rejects)])


def lists_in_text(text: str) -> FoundLinks:
    """Return the links to follow in a text: a folder by its path, or the links in it."""
    path = local_path(text.strip())
    if in_time(path.is_dir, path, otherwise=lambda: False):
        return FoundLinks((folder_link(os.path.abspath(path)),))
    return links_in_text(text)


_TIMES = re.compile(
    r"^\d+$|^WEBVTT.*$|[\[(<]?(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d+)?[\])>]?|-->", re.MULTILINE
)
"""Parts of a transcript that cannot be its title."""


def source_of_text(text: str, folder: Path) -> FoundLinks:
    """Return a pasted text as a source: stored as a file of `folder`, named by its first words.

    The same text is the same file. Raises StoreError.
    """
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]
    first = " ".join(_TIMES.sub(" ", "\n".join(text.splitlines()[:8])).split())
    title = safe_name(first[:60].rsplit(" ", 1)[0] or first[:60], fallback="text")
    path = folder / f"{title} {digest}.txt"
    write_whole(path, text.encode("utf-8", "replace"))
    return FoundLinks((file_link(str(path)),))


def merged(parts: Iterable[FoundLinks]) -> FoundLinks:
    """Return several results as one, without duplicate links."""
    parts = list(parts)
    links: dict[str, Link] = {}
    for part in parts:
        for link in part.links:
            links.setdefault(link.key, link)
    return FoundLinks(
        tuple(links.values()),
        tuple(dict.fromkeys(reject for part in parts for reject in part.rejects)),
    )
