"""Object names as accessible identifiers, for screen readers' scripts and test tools outside."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def identify(root: QWidget) -> None:
    """Give every named widget of a tree its object name as accessible identifier.

    Without one Qt makes up a path of the names of all parents, which changes with the layout.
    """
    for widget in (root, *root.findChildren(QWidget)):
        name = widget.objectName()
        if name and not name.startswith("qt_"):
            widget.setAccessibleIdentifier(name)
