"""A button that is only an icon; its tool tip is its name."""

from __future__ import annotations

from PySide6.QtWidgets import QToolButton, QWidget

from notegen_desktop.ui.theme import set_icon, style


def icon_button(icon: str, tip: str, parent: QWidget) -> QToolButton:
    """`tip` names it, with its keys in brackets behind."""
    button = QToolButton(parent)
    set_icon(button, icon)
    button.setToolTip(tip)
    button.setAccessibleName(tip.partition(" (")[0])
    style(button, kind="icon")
    return button
