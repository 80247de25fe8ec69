"""Python in UTF-8, whatever the locale: in a Latin-1 one it could open no file called `直.vtt`."""

from __future__ import annotations

import os
import sys

from .installation import is_bundle


def ensure_utf8() -> None:
    """Start this process anew in Python's UTF-8 mode where names of files are not in UTF-8.

    Python decides on the encoding once, before any of our code runs. On Windows and macOS, and in
    the C locale, it is UTF-8 already, and the launcher of a bundle starts Python in that mode.
    """
    if sys.getfilesystemencoding() != "utf-8" and not is_bundle():
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])
