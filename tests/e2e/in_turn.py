"""The command line as a process that carries out several commands, one after the other.

    python -m tests.e2e.in_turn generate … THEN notes list

What each of them prints ends with a form feed. The exit code is that of the first that fails.
"""

from __future__ import annotations

import sys

from notegen_desktop.services.machine.installation import ensure_utf8

THEN = "THEN"
END = "\f"


def carry_out(words: list[str]) -> int:
    from notegen_desktop.cli.main import main

    while words:
        end = words.index(THEN) if THEN in words else len(words)
        if code := main(words[:end]):
            return code
        print(end=END, flush=True)
        words = words[end + 1 :]
    return 0


if __name__ == "__main__":
    ensure_utf8()
    raise SystemExit(carry_out(sys.argv[1:]))
