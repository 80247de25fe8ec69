"""`python -m notegen_desktop.cli` is `notegen`."""

from . import main

if __name__ == "__main__":
    raise SystemExit(main())
