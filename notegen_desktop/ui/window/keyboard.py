"""Tab order of the window: from top to bottom and along each row.

Qt's own order is that of creation, which puts new tabs and jobs last.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cmp_to_key, partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QWidget

STOPS = (Qt.FocusPolicy.TabFocus, Qt.FocusPolicy.StrongFocus, Qt.FocusPolicy.WheelFocus)
"""The policies of what Tab stops at."""


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
    direct = Qt.FindChildOption.FindDirectChildrenOnly
    children = [
        child
        for child in widget.findChildren(QWidget, options=direct)
        if child.isVisible() and child.isEnabled() and not child.isWindow()
    ]
    if len(children) > 1:
        mirrored = widget.layoutDirection() is Qt.LayoutDirection.RightToLeft
        children.sort(key=cmp_to_key(partial(_before, way=-1 if mirrored else 1)))
    for child in children:
        if child is now or (child.focusPolicy() in STOPS and child.focusProxy() is None):
            yield child
        yield from in_order(child, now)


def _before(one: QWidget, other: QWidget, *, way: int) -> int:
    """Compare two widgets: above comes first, then the left one (right if `way` is -1)."""
    a, b = one.geometry(), other.geometry()
    if a.bottom() < b.top() or b.bottom() < a.top():
        return a.top() - b.top()
    return way * (a.left() - b.left()) or a.top() - b.top()
