"""What the bundle's `notegen-desktop` starts: the window."""

from notegen_desktop.__main__ import main

raise SystemExit(main())
