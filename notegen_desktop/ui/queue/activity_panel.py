"""Activity panel: current requests, limits, tokens, cost and database connections.

A card over the top right corner of its page while open.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QWidget

from notegen_desktop.domain.text.quantities import (
    count,
    dollars,
    duration,
    number,
    rounded_tokens,
    series,
    some_tokens,
    tokens_words,
)
from notegen_desktop.domain.words import N_, _, ngettext, pgettext
from notegen_desktop.services.ports import Activity, Today
from notegen_desktop.ui.kit.build import grid, hbox, icon_button, label, named, vbox
from notegen_desktop.ui.kit.theme import style
from notegen_desktop.ui.kit.widgets import Floating

WIDTH_PX = 356
MARGIN_PX = 12

ROWS = (
    ("now", N_("Now")),
    ("session", N_("This session")),
    ("limits", N_("Refused or failed")),
    ("cost", N_("Cost this session")),
    ("today", N_("Today")),
    ("pool", N_("Database")),
)


class ActivityPanel(Floating):
    """Shows the values given to `show_activity` and `show_today`.

    Signals: `opened()` when it is shown and needs values, `closed()`.
    """

    opened = Signal()
    closed = Signal()

    def __init__(self, over: QWidget) -> None:
        """The panel stays in the top right corner of `over`."""
        super().__init__(over)
        named(self, "activityPanel", _("Activity"))
        self.setProperty("plane", "popover")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        close = icon_button(
            "x",
            _("Close (Esc)"),
            name="activityClose",
            says=_("Close activity"),
            size=14,
            pressed=self.close_panel,
        )
        self._values: dict[str, QLabel] = {}
        layout = grid(spacing=(16, 8))
        for row, (key, words) in enumerate(ROWS):
            value = label("–", f"activity:{key}", wrap=True, selectable=True)
            value.setAccessibleDescription(_(words))
            layout.addWidget(label(_(words), role="caption"), row, 0, Qt.AlignmentFlag.AlignTop)
            layout.addWidget(value, row, 1)
            self._values[key] = value
        self._pace = label("", "activity:pace", role="caption", tone="warning", wrap=True)
        vbox(
            hbox((label(_("Activity"), role="heading"), 1), close),
            layout,
            self._pace,
            margins=(16, 10, 12, 14),
            spacing=10,
            on=self,
        )

    def show_activity(self, now: Activity, *, paused: bool) -> None:
        """Show requests, tokens, cost and connections of this session."""
        at_once = (
            _("one at a time")
            if now.at_once == 1
            else ngettext("up to {n} at once", "up to {n} at once", now.at_once).format(
                n=now.at_once
            )
        )
        self._say(
            "now",
            series((_in_flight(now.in_flight), _waiting(now.waiting))) + f"\n{at_once}",
        )
        sent = count(now.requests, "request")
        if now.retries:
            sent = ngettext(
                "{n} request, {retries} of them again",
                "{n} requests, {retries} of them again",
                now.requests,
            ).format(n=number(now.requests), retries=number(now.retries))
        self._say("session", f"{sent}\n{_tokens(now)}")
        trouble = bool(now.rate_limited or now.failed)
        refused = (
            series(
                (
                    ngettext("{n} rate limited", "{n} rate limited", now.rate_limited).format(
                        n=number(now.rate_limited)
                    ),
                    ngettext("{n} failed", "{n} failed", now.failed).format(n=number(now.failed)),
                )
            )
            if trouble
            else pgettext("refusals", "None")
        )
        self._say("limits", refused)
        style(self._values["limits"], tone="warning" if trouble else "")
        cost = dollars(now.spent.cost_usd) if now.spent.cost_usd else pgettext("spent", "Nothing")
        if now.estimated_usd:
            expected = _("{estimated_usd} expected")
            cost += "\n" + expected.format(estimated_usd=dollars(now.estimated_usd))
        self._say("cost", cost)
        if now.pool is not None:
            pool = ngettext(
                "{in_use} of {n} connection in use",
                "{in_use} of {n} connections in use",
                now.pool.most,
            ).format(in_use=now.pool.in_use, n=number(now.pool.most))
            waiting = now.pool.waiting
            self._say("pool", series((pool, _waiting(waiting) if waiting else "")))
        words = _("Paused: nothing more is sent.") if paused else ""
        if now.sequential_because:
            reason = now.sequential_because.rstrip(".")
            words = _(
                "{reason}, so notes are written one at a time until it goes well again."
            ).format(reason=reason)
        if now.slept_s:
            words = _("Your computer slept for {slept_s}; going on.").format(
                slept_s=duration(now.slept_s)
            )
        self._pace.setText(words)
        self._pace.setVisible(bool(words))
        self.place()

    def show_today(self, today: Today) -> None:
        """Show the usage of all windows of this library today."""
        words = f"{count(today.requests, 'request')}\n{some_tokens(today.tokens)}"
        cost = f", {dollars(today.cost_usd)}" if today.cost_usd else ""
        self._say("today", words + cost)
        self.place()

    def set_open(self, shown: bool) -> None:
        if shown:
            self.place()
            self.show()
            self.raise_()
            self.setFocus(Qt.FocusReason.PopupFocusReason)
            self.opened.emit()
        else:
            self.close_panel()

    def close_panel(self) -> None:
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_panel()
        else:
            super().keyPressEvent(event)

    # --- inside ---

    def _say(self, key: str, words: str) -> None:
        if self._values[key].text() != words:
            self._values[key].setText(words)

    def place_on(self, over: QWidget) -> QRect:
        left = max(0, over.width() - WIDTH_PX - MARGIN_PX)
        return QRect(left, 2, WIDTH_PX, self.height_at(WIDTH_PX))


def _tokens(now: Activity) -> str:
    """Return `24,000 tokens in (18,000 cached)` and, on the next line, `6,000 tokens out`."""
    spent = now.spent
    read, written = spent.input_tokens, spent.output_tokens + spent.thought_tokens
    many = rounded_tokens(read)
    into = ngettext("{n} token in", "{n} tokens in", many)
    if spent.cached_tokens:
        into = ngettext(
            "{n} token in ({cached_tokens} cached)", "{n} tokens in ({cached_tokens} cached)", many
        )
    out = ngettext("{n} token out", "{n} tokens out", rounded_tokens(written))
    return "\n".join(
        (
            into.format(n=tokens_words(read), cached_tokens=tokens_words(spent.cached_tokens)),
            out.format(n=tokens_words(written)),
        )
    )


def _in_flight(requests: int) -> str:
    return ngettext("{n} in flight", "{n} in flight", requests).format(n=number(requests))


def _waiting(requests: int) -> str:
    return ngettext("{n} waiting", "{n} waiting", requests).format(n=number(requests))
