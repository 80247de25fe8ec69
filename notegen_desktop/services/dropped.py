"""What a dropped file holds: a shortcut or a list of links, or a video or captions itself."""

from __future__ import annotations

import os
from pathlib import Path

from notegen_desktop.domain.drops import MAX_SHORTCUT_BYTES, links_in_file
from notegen_desktop.domain.errors import FileMissing, FileUnreadable
from notegen_desktop.domain.file_links import file_link
from notegen_desktop.domain.link import Found


def read_dropped(path: Path) -> Found:
    """The links in a shortcut or list, or the file itself as a source.

    Raises FileMissing, or FileUnreadable for what is no ordinary file.
    """
    if not path.exists():
        raise FileMissing(f"There is no file {path}.")
    if not path.is_file():
        raise FileUnreadable(f"{path} is not an ordinary file.")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_SHORTCUT_BYTES + 1)
    except OSError as error:
        raise FileUnreadable(f"{path} cannot be read ({error.strerror or error}).") from error
    found = links_in_file(path.name, data) if len(data) <= MAX_SHORTCUT_BYTES else None
    return found if found is not None else Found((file_link(os.path.abspath(path)),))
