"""What the bundle's `notegen` starts: the command line, or a child process of the program."""

import sys

from notegen_desktop.services.machine.installation import run_child

run_child(sys.argv)

from notegen_desktop.cli import main  # noqa: E402 - a child needs nothing of it

raise SystemExit(main())
