"""Rules of this project that no linter knows: `python packaging/lint.py` names what breaks them.

`python packaging/lint.py v1.2.3` also says what keeps this state from being that release.

Standard library only: it reads the code and runs none of it.
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
"""Keywords in constructors of Qt's classes that are no properties; `c` is the cap of a `QPen`."""

MARKS = {"_": 0, "N_": 0, "N2_": 0, "ngettext": 0, "pgettext": 1}
"""Which argument of the functions that mark a text for people is the text."""


def properties_by_keyword(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Lines, and what is wrong there, where an object of Qt is given properties by keyword.

    `QTimer(self, interval=1)` looks for `setInterval`, with a capital from the C locale of the
    process: in Turkish there is no such name, and the program does not start.
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
    """What is wrong with the changelog for this version; `tag` is the release that is to be."""
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
    """The lock of bundles repeats that of the program: what is tested is what is shipped."""
    app, bundle = (
        set(re.findall(r"^[\w.-]+==\S+", (LOCKS / name).read_text("utf-8"), re.MULTILINE))
        for name in ("app.txt", "bundle.txt")
    )
    for package in sorted(app - bundle):
        yield f"packaging/locks/bundle.txt: lacks {package}; `dev.py lock` makes it anew"


def words_known() -> set[str]:
    """The texts of `notegen.pot`, from which the catalogues of all languages are brought up."""
    template = (ROOT / "resources" / "languages" / "notegen.pot").read_text("utf-8")
    texts = re.findall(r'^msgid(?:_plural)? (".*"(?:\n".*")*)$', template, re.MULTILINE)
    return {ast.literal_eval(f"({text})") for text in texts}


def words_left_out(tree: ast.AST, known: set[str]) -> Iterator[tuple[int, str]]:
    """Lines with a text for people that the catalogues have not got."""
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
