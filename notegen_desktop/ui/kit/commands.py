"""Commands: what can be done in the window, each with a name by which it is found and its keys.

A command is a QAction of the widget it belongs to. The palette of commands and the sheet of keys
show those that a window has, so that neither has a list of its own to be kept true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from notegen_desktop.domain.words import N_

GROUP = "commandGroup"
"""The property that makes an action a command."""

GROUPS = (
    N_("New notes"),
    N_("Progress"),
    N_("Note"),
    N_("Practice"),
    N_("Transcript"),
    N_("Templates"),
    N_("Window"),
    N_("Help"),
)
"""What commands stand under, in the order in which one meets them."""


def command(
    owner: QWidget,
    name: str,
    act: Callable[[], object],
    *keys: str | QKeySequence.StandardKey,
    group: str,
    within: bool = False,
) -> QAction:
    """Give a widget a command; its `keys` work in the whole window while the widget is seen, or
    only `within` itself. `group` is the heading the name stands under, such as "Note"."""
    action = QAction(name, owner)
    action.triggered.connect(lambda _=False: act())
    action.setShortcuts([QKeySequence(key) for key in keys])
    if within:
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    owner.addAction(action)
    name_command(action, group)
    return action


def name_command(action: QAction, group: str) -> None:
    """Make an action that stands in a menu a command as well."""
    action.setProperty(GROUP, group)


def commands_of(window: QWidget) -> list[QAction]:
    """The commands of a window that can be given now, one of each name, by groups."""
    found: dict[tuple[str, str], QAction] = {}
    for action in _all(window):
        if action.isEnabled() and (owner := _owner(action)) and owner.isVisible():
            found.setdefault((group_of(action), action.text()), action)
    return list(found.values())


def key_sheet(window: QWidget) -> dict[str, list[tuple[str, str]]]:
    """Every key there is, whether it works now or not: per group, names and keys as one reads
    them ("Ctrl+F")."""
    sheet: dict[str, dict[str, str]] = {}
    for action in _all(window):
        if keys := keys_of(action):
            sheet.setdefault(group_of(action), {}).setdefault(action.text(), keys)
    return {group: list(names.items()) for group, names in sheet.items()}


def group_of(action: QAction) -> str:
    return str(action.property(GROUP))


def keys_of(action: QAction) -> str:
    """The first of its keys as one reads them, in this system's manner; "" for none."""
    return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)


def _all(window: QWidget) -> Iterator[QAction]:
    """By groups; of two that do the same, the one whose keys work everywhere comes first."""
    within = Qt.ShortcutContext.WidgetWithChildrenShortcut
    found = [action for action in window.findChildren(QAction) if action.property(GROUP)]
    found.sort(key=lambda one: (GROUPS.index(group_of(one)), one.shortcutContext() is within))
    yield from found


def _owner(action: QAction) -> QWidget | None:
    """The widget an action belongs to; a menu belongs to the button that opens it."""
    owner: QObject | None = action.parent()
    while isinstance(owner, QMenu):
        owner = owner.parent()
    return owner if isinstance(owner, QWidget) else None
