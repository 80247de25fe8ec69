"""Tab order of the window: from top to bottom and along each row.

Qt's own order is that of creation, which puts new tabs and jobs last.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cmp_to_key

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QWidget


def step(window: QWidget, *, forward: bool) -> bool:
    """Focus the next or previous widget of a window; return False if there is no other."""
    now = window.focusWidget()
    order = list(in_order(window, now))
    if now is None or now not in order or len(order) < 2:
        return False
    target = order[(order.index(now) + (1 if forward else -1)) % len(order)]
    reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
    target.setFocus(reason)
    above = target.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(target)
        above = above.parentWidget()
    return True


def in_order(widget: QWidget, now: QWidget | None = None) -> Iterator[QWidget]:
    """Yield the tab stops within a widget, and `now`, in reading order."""
    children = [
        child
        for child in widget.children()
        if isinstance(child, QWidget)
        and child.isVisible()
        and child.isEnabled()
        and not child.isWindow()
    ]
    for child in sorted(children, key=cmp_to_key(_before)):
        stops = child.focusPolicy() & Qt.FocusPolicy.TabFocus and child.focusProxy() is None
        if stops or child is now:
            yield child
        yield from in_order(child, now)


def _before(one: QWidget, other: QWidget) -> int:
    """Compare two widgets: above comes first, then the start of the line."""
    a, b = one.geometry(), other.geometry()
    if a.bottom() < b.top() or b.bottom() < a.top():
        return a.top() - b.top()
    way = -1 if one.layoutDirection() is Qt.LayoutDirection.RightToLeft else 1
    return way * (a.left() - b.left()) or a.top() - b.top()
