"""Checks of accessibility: controls have names, fitting roles and readable descriptions.

All of them can be reached by the keyboard.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QTabWidget, QWidget

from tests.ui.screens import settle

Role, Text = QAccessible.Role, QAccessible.Text
USED = {
    *(Role.Button, Role.ButtonMenu, Role.ButtonDropDown, Role.CheckBox, Role.RadioButton),
    *(Role.ComboBox, Role.EditableText, Role.SpinBox, Role.Slider, Role.ProgressBar),
    *(Role.List, Role.ListItem, Role.Table, Role.Cell, Role.Tree, Role.TreeItem),
    *(Role.PageTab, Role.MenuItem, Role.Link, Role.Dialog),
}
SILENT = {Role.Client, Role.Border, Role.Pane, Role.LayeredPane, Role.NoRole, Role.Window}
"""Roles that a screen reader skips or announces as a panel."""


def shown_in(root: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    """Yield an accessible interface and its visible descendants."""
    if root.state().invisible:  # type: ignore[attr-defined]
        return
    yield root
    for number in range(root.childCount()):
        child = root.child(number)
        if child is not None:
            yield from shown_in(child)


def faults(thing: QAccessibleInterface) -> Iterator[str]:
    """Yield the accessibility faults of one interface, as texts."""
    role, name, state = thing.role(), thing.text(Text.Name), thing.state()
    labels = thing.relations(QAccessible.RelationFlag.Label)
    about = thing.text(Text.Description)
    if role in USED and not name and not labels:
        yield "has no name"
    # Qt returns the value of a combo box as its name, so its label must say what is chosen.
    if role is Role.ComboBox and not labels and not about:
        yield "does not say what is chosen there"
    if "<qt>" in about or "<br>" in about:
        yield f"is described by HTML: {about}"
    widget = thing.object()
    if not isinstance(widget, QWidget):
        return
    stop = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None
    container = isinstance(widget, QTabWidget) or widget.objectName() == "qt_scrollarea_viewport"
    if stop and state.focusable and role in SILENT and not container:
        yield "takes the focus and is nothing"
    if isinstance(widget, QLabel) and widget.text() and widget.text() not in name:
        yield f"is called {name} and does not say {widget.text()}"


def unfit_for_readers() -> list[str]:
    """Return the accessibility faults of all visible windows, as texts."""
    return [
        f"{thing.role().name} {thing.text(Text.Name) or thing.text(Text.Identifier)} {fault}"
        for top in QApplication.topLevelWidgets()
        if top.isVisible()
        for thing in shown_in(QAccessible.queryAccessibleInterface(top))
        for fault in faults(thing)
    ]


async def not_reached(top: QWidget) -> list[QWidget]:
    """Return the focusable widgets of a window that repeated Tab does not reach."""
    top.activateWindow()
    await settle()
    wanted = {each for each in top.findChildren(QWidget) if is_stop(each)}
    seen = [QApplication.focusWidget()]
    for _ in range(MAX_STOPS):
        QTest.keyClick(seen[-1], Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        if now in seen[:-1]:
            break
        if now is not seen[-1]:
            seen.append(now)
    return sorted(wanted - set(seen), key=QWidget.objectName)


def is_stop(widget: QWidget) -> bool:
    """Return True if Tab should stop at this widget."""
    tabs = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ready = widget.isVisible() and widget.isEnabled() and widget.focusProxy() is None
    inner = widget.parentWidget() is not None and widget.parentWidget().focusProxy() is widget
    return bool(tabs and ready and not inner and widget.objectName() not in INNER)


MAX_STOPS = 600
"""Limit of Tab presses; each time of a note is a stop."""

INNER = {"qt_spinbox_lineedit", "qt_scrollarea_viewport"}
"""Names of inner widgets of controls that have the focus themselves."""
