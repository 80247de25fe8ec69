"""The context menu of a note: of its text, its times and its links."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu

from notegen_desktop.domain.video import clock

if TYPE_CHECKING:
    from .copied_text import CopiedText

OPENED_SCHEMES = ("http", "https", "mailto")
"""Links that may be opened at all."""


def note_menu(view: CopiedText, href: str) -> QMenu:
    """The menu over a link of the note in `view`, or over none (`href` is "")."""
    menu = QMenu(view)
    selected = view.textCursor().hasSelection()
    entries: list[tuple[str, Callable[[], object], bool]] = []
    cite = view.cite_of(href)
    if cite is not None:
        address = view.address_of(cite)
        entries.append((f"Open Video at {clock(cite.start_s)}", lambda: view.follow(href), True))
        entries.append(("Copy Link to This Time", lambda: _copy(address), bool(address)))
    elif href and QUrl(href).scheme() in OPENED_SCHEMES:
        entries.append(("Open Link…", lambda: view.follow(href), True))
        entries.append(("Copy Link", lambda: _copy(href), True))
    if entries:
        _add(menu, entries)
        menu.addSeparator()
    _add(
        menu,
        [
            ("Copy", view.copy, selected),
            (
                "Copy Selection as Markdown" if selected else "Copy Note as Markdown",
                view.copy_markdown,
                True,
            ),
            ("Select All", view.selectAll, True),
        ],
    )
    return menu


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


def _add(menu: QMenu, entries: Sequence[tuple[str, Callable[[], object], bool]]) -> None:
    for text, wish, enabled in entries:
        action = QAction(text, menu)
        action.setEnabled(enabled)
        action.triggered.connect(lambda _=False, wish=wish: wish())
        menu.addAction(action)
