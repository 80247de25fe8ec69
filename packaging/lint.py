"""Rules of this project that no linter knows: `python packaging/lint.py` prints violations.

`python packaging/lint.py v1.2.3` also prints what prevents a release under that tag. Standard
library only: the code is parsed, not run.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "packaging" / "locks"
PARAMETERS = {"parent", "c"}
"""Keywords of Qt constructors that are not properties; `c` is the cap style of a `QPen`."""

MARKS = {"_": 0, "N_": 0, "N2_": 0, "ngettext": 0, "pgettext": 1}
"""Functions that mark translatable texts, with the position of the text argument."""


def properties_by_keyword(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield lines where a Qt object is given properties by keyword, with the problem.

    `QTimer(self, interval=1)` looks up `setInterval`, whose capital is made in the C locale of the
    process: in Turkish that name does not exist, and the program does not start.
    """
    classes: set[str] = set()
    calls = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            calls.append(node)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("PySide6."):
            classes |= {alias.asname or alias.name for alias in node.names}
    for call in calls:
        if getattr(call.func, "id", "") in classes:
            for word in call.keywords:
                if word.arg not in PARAMETERS:
                    yield call.lineno, f"a property by keyword, {word.arg}: use its setter"


def version_problems(tag: str = "") -> Iterator[str]:
    """Yield the problems of the changelog for this version; `tag` is the intended release."""
    own = (ROOT / "notegen_desktop" / "__init__.py").read_text("utf-8")
    version = re.findall(r'^__version__ = "(.+)"$', own, re.MULTILINE)[0]
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest, _, when = re.findall(r"^## (.+)$", changes, re.MULTILINE)[0].partition(", ")
    if newest != version:
        yield f"CHANGELOG.md: the newest version is {newest}, that of the program {version}"
    if tag and tag != f"v{version}":
        yield f"the tag is {tag}, the version {version}"
    if tag and not re.fullmatch(r"20\d\d-\d\d-\d\d", when):
        yield f"CHANGELOG.md: {newest} has no date of release"


def lock_problems() -> Iterator[str]:
    """Yield packages of the app lock missing in the bundle lock: what is tested is shipped."""
    app, bundle = (
        set(re.findall(r"^[\w.-]+==\S+", (LOCKS / name).read_text("utf-8"), re.MULTILINE))
        for name in ("app.txt", "bundle.txt")
    )
    for package in sorted(app - bundle):
        yield f"packaging/locks/bundle.txt: lacks {package}; `dev.py lock` makes it anew"


def words_known() -> set[str]:
    """Return the texts of `notegen.pot`, from which all catalogues are updated."""
    template = (ROOT / "resources" / "languages" / "notegen.pot").read_text("utf-8")
    texts = re.findall(r'^msgid(?:_plural)? (".*"(?:\n".*")*)$', template, re.MULTILINE)
    return {ast.literal_eval(f"({text})") for text in texts}


def words_left_out(tree: ast.AST, known: set[str]) -> Iterator[tuple[int, str]]:
    """Yield lines with a translatable text that is not in `known`, with the problem."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.args:
            marked = call.args[MARKS[call.func.id]] if call.func.id in MARKS else None
            if isinstance(marked, ast.Constant) and marked.value and marked.value not in known:
                yield call.lineno, "a text that no catalogue has: run `dev.py words`, commit it"


def main(arguments: Sequence[str]) -> int:
    found = [*version_problems(*arguments), *lock_problems()]
    known = words_known()
    for folder in ("notegen_desktop", "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            code = path.read_text("utf-8")
            is_ours, has_qt = folder == "notegen_desktop", "PySide6" in code
            tree = ast.parse(code) if is_ours or has_qt else ast.Module()
            wrong = [*properties_by_keyword(tree)] if has_qt else []
            wrong += words_left_out(tree, known) if is_ours else ()
            found += [f"{path.relative_to(ROOT)}:{line}: {what}" for line, what in wrong]
    print("\n".join(found) or "ok")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:2]))
