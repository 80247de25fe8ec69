"""Fake releases of yt-dlp on a local server, laid out like the real ones."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import yt_dlp

from .site import FakeSite

OWN = yt_dlp.version.__version__
NEW = "9999.01.02"
LATEST = "/latest/download"


def archive(version: str, broken: str = "", files: str = "*.py") -> bytes:
    """Return a release archive: the sources as a zip after a shebang line."""
    content = io.BytesIO(b"#!/usr/bin/env python3\n")
    content.seek(0, io.SEEK_END)
    root = Path(yt_dlp.__file__).parent
    with zipfile.ZipFile(content, "a") as packed:
        packed.writestr("__main__.py", "raise SystemExit('not this one')")
        for path in sorted(root.rglob(files)):
            name = f"yt_dlp/{path.relative_to(root).as_posix()}"
            text = path.read_text("utf-8")
            if name == "yt_dlp/version.py":
                text = text.replace(OWN, version)
            if name == broken:
                text = "raise RuntimeError('made for another Python')"
            packed.writestr(name, text)
    return content.getvalue()


def released(site: FakeSite, version: str, content: bytes, digest: str = "") -> str:
    """Publish a release and return the URL of the newest one."""
    place = f"/download/{version}"
    digest = digest or hashlib.sha256(content).hexdigest()
    sums = f"{'0' * 64}  yt-dlp.exe\n{digest}  yt-dlp\n{'1' * 64}  yt-dlp_macos\n"
    site.pages = {
        f"{LATEST}/SHA2-256SUMS": ("redirect", f"{site.url}{place}/SHA2-256SUMS".encode()),
        f"{place}/SHA2-256SUMS": ("text/plain", sums.encode()),
        f"{place}/yt-dlp": ("application/octet-stream", content),
    }
    return site.url + LATEST
