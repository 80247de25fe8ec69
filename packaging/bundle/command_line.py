"""Entry point of the bundle's `notegen`: command line or child process of the program."""

import sys

from notegen_desktop.services.machine.installation import run_child

run_child(sys.argv)

from notegen_desktop.cli import main  # noqa: E402 - a child needs nothing of it

raise SystemExit(main())
