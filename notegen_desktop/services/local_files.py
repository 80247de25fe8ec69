"""Where the files are that links name."""

from __future__ import annotations

from pathlib import Path

from notegen_desktop.domain.file_links import path_of_uri


def local_path(address: str) -> Path:
    """The path in the address of a file link: a path as it is, or a `file:` URI."""
    if address.lower().startswith("file:"):
        address = path_of_uri(address[len("file:") :])
    try:
        return Path(address).expanduser()
    except RuntimeError:
        return Path(address)
