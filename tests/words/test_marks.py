"""No text for people stands in the code without a mark that brings it into the catalogue."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from notegen_desktop.domain import errors
from notegen_desktop.domain.text.quantities import COUNTED

PACKAGE = Path(errors.__file__).parents[1]
ERRORS = {
    name
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, errors.NoteGenError)
}
FIRST = {
    *("setText", "setToolTip", "setAccessibleName", "setAccessibleDescription", "setWindowTitle"),
    *("setPlaceholderText", "setSpecialValueText", "addMenu", "addAction", "QLabel", "QCheckBox"),
    *("QPushButton", "QAction", "label", "button", "Message", "say", "print", "print_name"),
    *("Reject", "Refused", "announce", *ERRORS),
}
"""Functions whose first argument people read, and whose second: `icon_button`, `command`."""
SECOND = {"icon_button", "command"}
KEYWORDS = {"hint", "help", "title", "text", "details", "accept", "reject", "tip", "says", "epilog"}
NOT_FOR_PEOPLE = ("domain/prompts", "domain/checks", "services/markup", "services/exports")
DATA = ("NoteGen", "YouTube", "notegen", "Ctrl+")


def _words(node: ast.AST) -> str:
    """The words of a literal; of an f-string those between its values."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        found = node.value
    elif isinstance(node, ast.JoinedStr):
        found = " ".join(str(v.value) for v in node.values if isinstance(v, ast.Constant))
    else:
        return ""
    return (
        found if re.search(r"[a-z]{3}", found) and not found.lstrip(": ").startswith(DATA) else ""
    )


def _unmarked(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        plain = getattr(call.func, "id", "")
        name = plain or getattr(call.func, "attr", "")
        if name in ("label", "button") and not plain:
            continue  # of a query, of a group of buttons
        seen = [*call.args[:1]] if name in FIRST else []
        seen += call.args[1:2] if name in SECOND else []
        if name in FIRST | SECOND | {"add_argument", "add_parser", "confirm", "choose", "ask_text"}:
            seen += [word.value for word in call.keywords if word.arg in KEYWORDS]
        yield from ((node.lineno, words) for node in seen if (words := _words(node)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            is_words = node.targets[0].id in ("default_message", "default_hint")
            if is_words and (words := _words(node.value)):
                yield node.lineno, words


@pytest.mark.parametrize("room", ["cli", "domain", "services", "ui"])
def test_every_text_for_people_is_marked(room: str) -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{line}: {words}"
        for path in sorted((PACKAGE / room).rglob("*.py"))
        if not path.relative_to(PACKAGE).as_posix().startswith(NOT_FOR_PEOPLE)
        for line, words in _unmarked(ast.parse(path.read_text("utf-8")))
    ]
    assert not found, "\n".join(found)


def test_what_is_counted_by_itself_has_its_forms() -> None:
    counted = {
        call.args[1].value
        for path in PACKAGE.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") == "count"
        and len(call.args) == 2
        and isinstance(call.args[1], ast.Constant)
    }
    assert counted - set(COUNTED) == set()
