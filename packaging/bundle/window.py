"""Entry point of the bundle's `notegen-desktop`: the window."""

from notegen_desktop.__main__ import main

raise SystemExit(main())
