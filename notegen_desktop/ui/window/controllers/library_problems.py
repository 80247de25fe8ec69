"""Controller for messages about a library that is closed, damaged or read-only.

The window stays usable: orders wait meanwhile and are counted. The pressed action is emitted to the
program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import N_, _, ngettext
from notegen_desktop.ui.kit.dialogs import choose
from notegen_desktop.ui.kit.messages import Message
from notegen_desktop.ui.kit.tasks import Controller, WindowContext

AGAIN, REPAIR, RESTORE, ANEW, WITHOUT = "again", "repair", "restore", "anew", "without"

WORDS = {
    AGAIN: N_("Try again"),
    REPAIR: N_("Repair"),
    RESTORE: N_("Restore last backup"),
    ANEW: N_("Begin a new library"),
    WITHOUT: N_("Go on without"),
}
_MEANING = {
    AGAIN: N_("open the library once more."),
    REPAIR: N_("save what can be read; the damaged file is kept beside it."),
    RESTORE: N_("go back to the last backup; the file of now is kept beside it."),
    ANEW: N_("start without notes; what is left of the old library is kept beside it."),
    WITHOUT: N_("notes are written, but end with this window unless you save them as files."),
}


class LibraryProblems(Controller):
    """Shows library problems with actions.

    Signals: `wanted(str)`, one of AGAIN, REPAIR, RESTORE, ANEW and WITHOUT.
    """

    wanted = Signal(str)

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        self._closed: Message | None = None
        self._standing: Message | None = None

    def show_opening(self) -> None:
        """Show that opening takes long, for a large library of an earlier version."""
        self.show_open()
        self._closed = Message(
            _("Opening your library …"), _("This may take a minute."), action=_("OK")
        )
        self._messages.show_message(self._closed)

    def show_closed(self, failure: Failure, ways: Sequence[str]) -> None:
        """Show that the library cannot be opened; `ways` are possible actions, the best first."""
        self.show_open()
        mends = ways[0] != AGAIN
        self._closed = Message(
            failure.message,
            f"{_(WORDS[ways[0]])}: {_(_MEANING[ways[0]])}" if mends else failure.hint,
            "danger",
            action=_(WORDS[ways[0]]),
            on_action=lambda: self.wanted.emit(ways[0]),
            other=_("Other ways…"),
            on_other=lambda: self._tasks.start(self._ask(failure, ways)),
        )
        self._messages.show_message(self._closed)

    def show_open(self) -> None:
        """Withdraw the message about a closed library."""
        if self._closed is not None:
            self._messages.withdraw(self._closed)
            self._closed = None

    def remind(self, orders: int) -> None:
        """Add to the message how many orders wait for the closed library."""
        if self._closed is not None:
            waits = ngettext(
                "Your order waits until the library is open.",
                "{n} orders wait until the library is open.",
                orders,
            ).format(n=number(orders))
            hint = f"{self._closed.hint} {waits}"
            self._messages.show_message(replace(self._closed, hint=hint.strip()))

    def show_damaged(self, failure: Failure) -> None:
        """Show that a page of the open library is damaged."""
        self._show_for_good(failure.message, _("The rest goes on working."), REPAIR)

    def show_read_only(self, failure: Failure) -> None:
        hint = _("Notes can be read, searched and exported, but none can be kept. {hint}").format(
            hint=failure.hint
        )
        self._show_for_good(failure.message, hint, AGAIN)

    def show_repairing(self) -> None:
        self._show_for_good(_("The library is being repaired …"), _("This may take a minute."))

    def show_done(self, words: str) -> None:
        """Replace the message about a problem by a success message."""
        if self._standing is not None:
            self._messages.withdraw(self._standing)
        self._messages.say(words, tone="success", action=_("OK"))

    def show_not_kept(self) -> None:
        """Warn that the library is only in memory."""
        self._window.setWindowTitle(_("NoteGen – notes are not kept"))
        self._show_for_good(
            _("Notes are not kept: they end with this window."),
            _("Save those you want as files, with Export above the note."),
        )

    def _show_for_good(self, text: str, hint: str, way: str = "") -> None:
        def act() -> None:
            self.wanted.emit(way)

        if self._standing is not None:
            self._messages.withdraw(self._standing)
        self._standing = Message(text, hint, "warning", _(WORDS.get(way, "")), act if way else None)
        self._messages.show_message(self._standing)

    async def _ask(self, failure: Failure, ways: Sequence[str]) -> None:
        details = "\n".join(f"{_(WORDS[way])}: {_(_MEANING[way])}" for way in ways)
        way = await choose(
            self._window,
            title=_("The library is not open"),
            text=failure.message,
            details=details,
            choices=[(f"{way}Button", WORDS[way]) for way in ways],
        )
        if way:
            self.wanted.emit(way.removesuffix("Button"))
        elif self._closed is not None:
            self._messages.show_message(self._closed)
