"""Where the files are that links name, and what a dropped or named file holds.

A file is a shortcut or a list of links, or a video or captions itself. Looking into one raises
nothing: what cannot be used is a reject with its reason.
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
    Found,
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

MAX_LOOKED_AT = 20_000
"""Files of a dropped folder that are looked at; more than that is no folder of talks."""

LOOK_S = 0.4
"""Seconds that a disk has for saying what a file is, while a window waits."""
SILENT_S = 30.0
"""Seconds for which a folder that did not answer is not asked again."""

LIST_BYTES = 1024 * 1024
"""A list of links is small; what is larger is not looked into but taken as a source itself."""

FEED_BYTES = 20 * 1024 * 1024
"""The saved feed of a podcast names all its episodes, with all that is said about them."""

_silent: dict[Path, float] = {}


def in_time(look: Callable[[], T], path: Path, *, otherwise: Callable[[], T]) -> T:
    """What `look` finds out about a file, or `otherwise` where its disk does not answer in time.

    A network share that is gone, or a FUSE file system, can block its caller for ever.
    """
    now = time.monotonic()
    if now - _silent.get(path.parent, -SILENT_S) < SILENT_S:
        return otherwise()
    answer = run_in_thread(look, name="look")
    if is_done_within(answer, LOOK_S):
        return answer.result()
    _silent[path.parent] = now
    return otherwise()


def state_of(facts: os.stat_result) -> str:
    """Tells a file from what it was before it was changed."""
    return f"{facts.st_size}-{facts.st_mtime_ns}"


def local_path(address: str) -> Path:
    """The path in the address of a file link: a path as it is, or a `file:` URI.

    A URI may name the computer it was made on; where that is this one, the rest is the path.
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
    """What this computer is called, in full and for short."""
    name = socket.gethostname().lower()
    return {name, name.partition(".")[0]}


def as_text(source: str) -> str:
    """A word of the command line, the name of a file in any bytes, as text that means the same."""
    if is_text(source):
        return source
    if os.path.exists(source):
        return text_of_path(os.path.abspath(source))
    return shown_name(source)


def shown_name(name: str) -> str:
    """The name of a file as text to be read; what is no UTF-8 in it shows as U+FFFD."""
    return name if is_text(name) else os.fsencode(name).decode("utf-8", "replace")


def found_again(path: Path) -> Path:
    """The file a path means that was made text on its way (see `shown_name`), or whose accents are
    written as letters of their own; else the path itself.

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
    """The same file under a name that is text, for Qt, which can say no other.

    Its folder is made and stays open then: it goes by the number of the open folder, which is how
    Linux can name it. Nowhere else are there such names. Raises OSError.
    """
    if is_text(str(path)):
        return path
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Path(f"/proc/self/fd/{os.open(path.parent, os.O_RDONLY)}", path.name)


# --- what a file holds ---


def links_in_path(path: Path) -> Found:
    """A file as a source, or the links in it if it is a shortcut or a list of links.

    One on a disk that does not answer is a source: reading it will tell.
    """
    from notegen_desktop.domain.links.drops import links_in_file

    path = path.absolute()
    try:
        path, content = in_time(lambda: _looked_into(path), path, otherwise=lambda: (path, None))
        if content is None and in_time(path.is_dir, path, otherwise=lambda: False):
            return in_time(lambda: _in_folder(path), path, otherwise=Found)
        inside = None if content is None else links_in_file(shown_name(path.name), content)
        if inside is not None:
            return Found(tuple(_beside(path, link) for link in inside.links), inside.rejects)
        return Found((file_link(str(path), is_text_file=content is not None),))
    except Refused as refused:
        reason = str(refused)
    except FileNotFoundError:
        reason = _("This file is not there (any more).")
        if str(path).startswith("//"):
            reason = _("This file is on another computer. Copy it to this one first.")
    except OSError as error:
        reason = _("This file cannot be read: {strerror}.").format(strerror=error.strerror or error)
    return Found((), (Reject(shown_name(path.name), reason),))


def files_in(folder: Path) -> list[Path]:
    """The films, recordings and texts of a folder and the folders in it, by name.

    Captions that belong to a film beside them come with the film. What is hidden, or only says
    that Word has a file open, is none. Raises OSError.
    """
    files = sorted(
        path
        for path in islice(folder.rglob("*"), MAX_LOOKED_AT)
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


def _in_folder(folder: Path) -> Found:
    alone = files_in(folder)
    if not alone and (listed := _takeout_in(folder)):
        return Found(listed)
    if not alone:
        words = _("There is no film, recording, caption file or text in this folder.")
        return Found((), (Reject(shown_name(folder.name), words),))
    return Found(tuple(file_link(str(path)) for path in alone))


def _takeout_in(folder: Path) -> tuple[Link, ...]:
    """The videos of the lists that Google's Takeout puts in a folder, each once. Raises OSError."""
    from notegen_desktop.domain.links.drops import is_history, links_in_file

    links: dict[str, Link] = {}
    for path in sorted(islice(folder.rglob("*"), MAX_LOOKED_AT)):
        suffix = suffix_of(path.name)
        if suffix not in (".csv", ".html") or not path.is_file():
            continue
        content = _looked_into(path)[1] or b""
        if suffix == ".csv" or is_history(path.name, content):
            found = links_in_file(path.name, content) or Found()
            links |= {each.key: each for each in found.links if each.kind is LinkKind.VIDEO}
    return tuple(links.values())


def _beside(listing: Path, link: Link) -> Link:
    """A file named in a list, such as a playlist of a player: it lies beside the list."""
    if link.kind is not LinkKind.FILE or link.url.startswith(("file:", "~")):
        return link
    return file_link(os.path.normpath(listing.parent / link.url))


def _looked_into(path: Path) -> tuple[Path, bytes | None]:
    """Where a file really is, and what it holds, if it is small enough for a list of links.

    Raises OSError.
    """
    if not path.exists():
        path = found_again(path)
    facts = path.stat()
    most = FEED_BYTES if suffix_of(path.name) in FEED_SUFFIXES else LIST_BYTES
    small = stat.S_ISREG(facts.st_mode) and facts.st_size <= most
    return path, path.read_bytes() if small else None


def links_in_text(text: str) -> Found:
    """The links of a text. A file it names, by path or `file:` URI, is looked into like a drop."""
    from notegen_desktop.domain.links.drops import links_of_feed

    if (feed := links_of_feed(text)) is not None:
        return feed
    found = find_links(text)
    parts = [
        links_in_path(local_path(link.url)) if link.kind is LinkKind.FILE else Found((link,))
        for link in found.links
    ]
    return merged([*parts, Found((), found.rejects)])


def lists_in_text(text: str) -> Found:
    """What a text names that can be followed: a folder by its path, or the links in it."""
    path = local_path(text.strip())
    if in_time(path.is_dir, path, otherwise=lambda: False):
        return Found((folder_link(os.path.abspath(path)),))
    return links_in_text(text)


_TIMES = re.compile(
    r"^\d+$|^WEBVTT.*$|[\[(<]?(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d+)?[\])>]?|-->", re.MULTILINE
)
"""What of a transcript is no name for it."""


def source_of_text(text: str, folder: Path) -> Found:
    """A pasted text as a source: kept as a file of `folder`, named by its first words.

    The same text is the same file. Raises StoreError.
    """
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]
    first = " ".join(_TIMES.sub(" ", "\n".join(text.splitlines()[:8])).split())
    title = safe_name(first[:60].rsplit(" ", 1)[0] or first[:60], fallback="text")
    path = folder / f"{title} {digest}.txt"
    write_whole(path, text.encode("utf-8", "replace"))
    return Found((file_link(str(path)),))


def merged(parts: Iterable[Found]) -> Found:
    """Several finds as one, each link once."""
    parts = list(parts)
    links: dict[str, Link] = {}
    for part in parts:
        for link in part.links:
            links.setdefault(link.key, link)
    return Found(
        tuple(links.values()),
        tuple(dict.fromkeys(reject for part in parts for reject in part.rejects)),
    )
