"""Commands: actions of the window with a name, a group and shortcuts.

A command is a QAction of the widget it belongs to. The command palette and the list of shortcuts
read the window's actions, so that neither keeps a list of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from notegen_desktop.domain.words import N_

GROUP = "commandGroup"
"""Name of the property that makes an action a command; its value is the group."""

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
"""Groups of commands in the order in which they are listed."""


def command(
    owner: QWidget,
    name: str,
    act: Callable[[], object],
    *keys: str | QKeySequence.StandardKey,
    group: str,
    within: bool = False,
) -> QAction:
    """Add a command to a widget and return its action.

    The shortcuts `keys` work in the whole window while the widget is visible, or only `within` the
    widget. `group` is the heading it is listed under, such as "Note".
    """
    action = QAction(name, owner)
    action.triggered.connect(lambda _=False: act())
    action.setShortcuts([QKeySequence(key) for key in keys])
    if within:
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    owner.addAction(action)
    name_command(action, group)
    return action


def name_command(action: QAction, group: str) -> None:
    """Make a menu's action a command as well."""
    action.setProperty(GROUP, group)


def commands_of(window: QWidget) -> list[QAction]:
    """Return the window's commands available now, one for each name, sorted by group."""
    found: dict[tuple[str, str], QAction] = {}
    for action in _all(window):
        if action.isEnabled() and (owner := _owner(action)) and owner.isVisible():
            found.setdefault((group_of(action), action.text()), action)
    return list(found.values())


def key_sheet(window: QWidget) -> dict[str, list[tuple[str, str]]]:
    """Return all shortcuts, available now or not: (name, "Ctrl+F") pairs by group."""
    sheet: dict[str, dict[str, str]] = {}
    for action in _all(window):
        if keys := keys_of(action):
            sheet.setdefault(group_of(action), {}).setdefault(action.text(), keys)
    return {group: list(names.items()) for group, names in sheet.items()}


def group_of(action: QAction) -> str:
    return str(action.property(GROUP))


def keys_of(action: QAction) -> str:
    """Return the first shortcut of an action in the platform's notation; "" for none."""
    return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)


def _all(window: QWidget) -> Iterator[QAction]:
    """Yield all commands by group; those with window-wide shortcuts come first."""
    within = Qt.ShortcutContext.WidgetWithChildrenShortcut
    found = [action for action in window.findChildren(QAction) if action.property(GROUP)]
    found.sort(key=lambda one: (GROUPS.index(group_of(one)), one.shortcutContext() is within))
    yield from found


def _owner(action: QAction) -> QWidget | None:
    """Return the widget an action belongs to; for a menu that is the button that opens it."""
    owner: QObject | None = action.parent()
    while isinstance(owner, QMenu):
        owner = owner.parent()
    return owner if isinstance(owner, QWidget) else None
