"""What a dropped or named file holds: a shortcut or a list of links, or a video or captions itself.

The window and the command line come in here alike. Nothing raises: what cannot be used is a reject
with its reason.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable
from pathlib import Path

from notegen_desktop.domain.links.link import Found, Link, LinkKind, Refused, Reject, file_link
from notegen_desktop.domain.links.text_links import find_links

from .local_files import found_again, in_time, local_path, shown_name

LIST_BYTES = 1024 * 1024
"""A list of links is small; what is larger is not looked into but taken as a source itself."""


def links_in_path(path: Path) -> Found:
    """A file as a source, or the links in it if it is a shortcut or a list of links.

    One on a disk that does not answer is a source: reading it will tell.
    """
    from notegen_desktop.domain.links.drops import links_in_file

    path = path.absolute()
    try:
        path, content = in_time(lambda: _looked_into(path), path, otherwise=lambda: (path, None))
        inside = None if content is None else links_in_file(shown_name(path.name), content)
        return Found((file_link(str(path)),)) if inside is None else inside
    except Refused as refused:
        reason = str(refused)
    except FileNotFoundError:
        reason = "This file is not there (any more)."
        if str(path).startswith("//"):
            reason = "This file is on another computer. Copy it to this one first."
    except OSError as error:
        reason = f"This file cannot be read: {error.strerror or error}."
    return Found((), (Reject(shown_name(path.name), reason),))


def _looked_into(path: Path) -> tuple[Path, bytes | None]:
    """Where a file really is, and what it holds, if it is small enough for a list of links.

    Raises OSError.
    """
    if not path.exists():
        path = found_again(path)
    facts = path.stat()
    small = stat.S_ISREG(facts.st_mode) and facts.st_size <= LIST_BYTES
    return path, path.read_bytes() if small else None


def links_in_text(text: str) -> Found:
    """The links of a text. A file it names, by path or `file:` URI, is looked into like a drop."""
    found = find_links(text)
    parts = [
        links_in_path(local_path(link.url)) if link.kind is LinkKind.FILE else Found((link,))
        for link in found.links
    ]
    return merged([*parts, Found((), found.rejects)])


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
