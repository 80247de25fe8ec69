"""Rules of this project that no linter knows: `python packaging/lint.py` names what breaks them.

Standard library only: it reads the code and runs none of it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARAMETERS = {"parent", "c"}
"""Keywords in constructors of Qt's classes that are no properties; `c` is the cap of a `QPen`."""


def properties_by_keyword(source: str) -> Iterator[tuple[int, str]]:
    """Lines, and what is wrong there, where an object of Qt is given properties by keyword.

    `QTimer(self, interval=1)` looks for `setInterval`, with a capital from the C locale of the
    process: in Turkish there is no such name, and the program does not start.
    """
    tree = ast.parse(source)
    classes = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("PySide6.")
        for alias in node.names
    }
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in classes:
            for word in call.keywords:
                if word.arg not in PARAMETERS:
                    yield call.lineno, f"a property by keyword, {word.arg}: use its setter"


def main() -> int:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {what}"
        for folder in ("notegen_desktop", "tests")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line, what in properties_by_keyword(path.read_text("utf-8"))
    ]
    print("\n".join(found) or "ok")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
