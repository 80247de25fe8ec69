"""PDF export for callers without Qt: JSON on standard input, the file on standard output.

python -m notegen_desktop.ui.notes.printing.pdf_process < {"note": …, "level": …, "kind": …}
"""

from __future__ import annotations

import json
import os
import sys


def main() -> int:
    """Convert one note. Return exit code 69 if PySide6 cannot be imported."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    try:
        from PySide6.QtWidgets import QApplication

        from notegen_desktop.domain.notes.note import Level, Note
        from notegen_desktop.services.machine.paths import resources
        from notegen_desktop.ui.kit.theme import init_theme

        from .pdf import pdf_bytes
    except ImportError as error:
        print(error, file=sys.stderr)
        return 69
    asked = json.load(sys.stdin)
    application = QApplication(["notegen"])
    init_theme(application, resources())
    note = Note.from_json(asked["note"])
    sys.stdout.buffer.write(pdf_bytes(note, Level(asked["level"]), kind=asked["kind"]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
