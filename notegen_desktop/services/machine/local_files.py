"""Where the files are that links name."""

from __future__ import annotations

import os
from pathlib import Path

from notegen_desktop.domain.file_links import path_of_uri


def state_of(facts: os.stat_result) -> str:
    """Tells a file from what it was before it was changed."""
    return f"{facts.st_size}-{facts.st_mtime_ns}"


def local_path(address: str) -> Path:
    """The path in the address of a file link: a path as it is, or a `file:` URI."""
    if address.lower().startswith("file:"):
        address = path_of_uri(address[len("file:") :])
    try:
        return Path(address).expanduser()
    except RuntimeError:
        return Path(address)
