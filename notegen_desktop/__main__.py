"""Entry point of the window: `python -m notegen_desktop` and `notegen-desktop`.

A command of the command line given here by mistake gets a hint.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from notegen_desktop.domain.words import _

from .services.machine.installation import ensure_utf8, how_to_mend_qt

if TYPE_CHECKING:
    from .app import Application


def build(arguments: Sequence[str]) -> Application:
    """Import and build the program with the garbage collector off, as importing makes no garbage:
    collecting takes 6 % of the time to the first paint. The window later collects on a timer,
    without the objects frozen here.

    Raises ImportError if the libraries of the window are missing.
    """
    gc.disable()
    from .app import create_app

    app = create_app(["notegen-desktop", *arguments])
    gc.freeze()
    return app


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window; return the exit code."""
    if argv is None:
        ensure_utf8()
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and arguments[0] in ("--version", "-V"):
        from . import __version__

        print(f"notegen-desktop {__version__}")
        return 0
    if arguments and arguments[0] in ("--help", "-h"):
        print(
            _(
                "usage: notegen-desktop [SOURCE…]\n\n"
                "Opens the window with these sources filled in: video URLs or caption files.\n"
                "A second start hands its sources to the first window. `notegen` is the command "
                "line."
            )
        )
        return 0
    try:
        app = build(arguments)
    except ImportError as error:
        missing = "PySide6" if "PySide6" in str(error) else str(error)
        print(
            _(
                "notegen-desktop: the window cannot be opened: {missing}.\n  {how_to_mend_qt}\n  "
                "`notegen` works without a window."
            ).format(missing=missing, how_to_mend_qt=how_to_mend_qt()),
            file=sys.stderr,
        )
        return 69
    return app.run()


if __name__ == "__main__":
    raise SystemExit(main())
