"""The command line, `notegen`: the same services as the window, without a screen."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code."""
    heard = signal.getsignal(signal.SIGINT)
    if heard is signal.default_int_handler:
        # While modules are being imported, nothing needs an orderly end.
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    from .main import main as run

    signal.signal(signal.SIGINT, heard)
    return run(argv)


__all__ = ["main"]
