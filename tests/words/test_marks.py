"""No text for people stands in the code without a mark that brings it into the catalogue."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

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


TEMPLATE = PACKAGE.parent / "resources" / "languages" / "notegen.pot"
MARKS = {"_": 1, "N_": 1, "N2_": 2, "ngettext": 2, "NP_": 2, "pgettext": 2}
"""The functions that mark texts, and how many texts each takes."""
VERBS = {
    *("as", "asks", "does", "has", "holds", "is", "leads", "lists", "makes", "names", "reads"),
    *("refuses", "runs", "sees", "sends", "shows", "stays", "takes", "waits", "wants", "was"),
    "writes",
}
"""What may follow a placeholder and ends as plurals do."""
ADJECTIVES = "database|last|more|new|other|output"
NO_COUNT = {"{browser} cookies", "{size} parameters", "{size_bytes} MB, {languages}, about"}
"""Begin texts whose placeholder before a plural is no number of it, or one of digits and a sign."""
PIECE = re.compile(r" \S|[,;:·)] |.*[^]: \n] $", re.DOTALL)
"""How a piece of a sentence begins or ends: with what joins it to the rest."""


def _texts() -> list[tuple[str, ...]]:
    """All texts of the catalogue, each with its plural."""
    with TEMPLATE.open("rb") as file:
        found = [message.id for message in read_po(file) if message.id]
    return [each if isinstance(each, tuple) else (each,) for each in found]


def _calls() -> Iterator[tuple[str, ast.Call]]:
    """Each call that marks texts, and where it stands."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MARKS:
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}", node


def test_what_is_marked_is_in_the_catalogue() -> None:
    """Babel does not look into f-strings on each Python."""
    known = {text for texts in _texts() for text in texts}
    lost = [
        f"{place}: {ast.unparse(argument)}"
        for place, call in _calls()
        for argument in call.args[: MARKS[call.func.id]][-1:]  # type: ignore[attr-defined]
        if isinstance(argument, ast.Constant) and argument.value and argument.value not in known
    ]
    assert not lost, "\n".join(lost)


def test_no_text_is_a_piece_of_a_sentence() -> None:
    pieces = [texts for texts in _texts() if PIECE.match(texts[0]) and re.search(r"\w", texts[0])]
    assert not pieces


def test_a_number_before_a_noun_has_plural_forms() -> None:
    found = [
        text
        for text, *many in _texts()
        if not many
        and not text.startswith(tuple(NO_COUNT))
        and set(re.findall(rf"\{{\w+\}} (?:(?:{ADJECTIVES}) )?([a-z]+s)\b", text)) - VERBS
    ]
    assert not found


def test_texts_are_not_joined_by_english_words() -> None:
    joiner = re.compile(r"""(["'])(, | and | or )\1\.join\(""")
    found = [
        f"{path.relative_to(PACKAGE)}: {match[0]}"
        for path in sorted((PACKAGE / "ui").rglob("*.py"))
        for match in joiner.finditer(path.read_text("utf-8"))
        if path.name not in TYPED
    ]
    assert not found, "\n".join(found)


TYPED = ("rewrite_dialog.py", "selection.py", "map_pane.py", "template_picker.py")
"""Lists that people type or programs read stand between plain commas."""


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
