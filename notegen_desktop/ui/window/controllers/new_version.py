"""Controller for new versions: checked once a week if the user agrees, each announced once.

Consent is requested once, at the second start. Failures are silent; the settings show them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QUrl

from notegen_desktop import __version__
from notegen_desktop.domain.releases import Release, UpdateCheckState
from notegen_desktop.domain.settings.table import UPDATES
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import ReleaseWatch, SettingsStore
from notegen_desktop.ui.kit.build import delayed, every
from notegen_desktop.ui.kit.dialogs import choose
from notegen_desktop.ui.kit.outside import open_outside
from notegen_desktop.ui.kit.tasks import Controller, WindowContext

START_MS = 10_000
TICK_MS = 6 * 3600_000
"""Milliseconds between checks whether the week is over."""


class NewVersion(Controller):
    """Checks for releases. `keep` stores the consent in the settings, `now` returns epoch
    seconds."""

    def __init__(
        self,
        context: WindowContext,
        settings: SettingsStore,
        *,
        keep: Callable[[dict[str, str]], None],
        now: Callable[[], float],
    ) -> None:
        super().__init__(context)
        self._settings, self._keep, self._now = settings, keep, now
        self._start = delayed(self, START_MS, self.begin)
        self._every = every(self, TICK_MS, self.look)
        self._services.then(lambda _services: self._start.start())

    def stop(self) -> None:
        self._start.stop()
        self._every.stop()

    def begin(self) -> None:
        """Count this start; at the second one, ask for consent."""
        updates = self._watch()
        if updates is None:
            return
        state = updates.state
        updates.keep(replace(state, starts=min(state.starts + 1, 2)))
        if state.starts and not state.invited and not self._settings.current.flag(UPDATES):
            updates.keep(replace(updates.state, invited=True))
            self._invite()
        self._every.start()
        self.look()

    def look(self) -> None:
        """Check for a release if due, else announce a known one."""
        updates = self._watch()
        if updates is None or not self._tasks.can_start:
            return
        allowed, now_s = self._settings.current.flag(UPDATES), self._now()
        if updates.is_due(allowed=allowed, now_s=now_s):
            self._tasks.start(
                updates.ask(now_s=now_s), done=self._tell, failed=lambda _failure: None
            )
        elif allowed:
            self._tell(updates.state)

    def _watch(self) -> ReleaseWatch | None:
        """Return the service that checks, None in a build without its URL."""
        updates = self._services.value.updates if self._services.value is not None else None
        return updates if updates is not None and updates.address else None

    def _invite(self) -> None:
        self._messages.say(
            _("NoteGen can tell you when there is a new version."),
            _(
                "It would ask once a week, and say nothing about you. The settings change "
                "that at any time."
            ),
            action=_("Tell me"),
            on_action=self._accept,
            later=_("No, thanks"),
        )

    def _accept(self) -> None:
        self._keep({UPDATES: "true"})
        self.look()

    def _tell(self, state: UpdateCheckState) -> None:
        updates, newer = self._watch(), state.newer
        if updates is None or newer is None or state.told == newer.version:
            return
        updates.keep(replace(state, told=newer.version))
        self._messages.say(
            _("NoteGen {version} is out.").format(version=newer.version),
            _("You have {version}.").format(version=__version__),
            action=_("What is new"),
            on_action=lambda: self._tasks.start(self._show(newer)),
        )

    async def _show(self, newer: Release) -> None:
        chosen = await choose(
            self._window,
            title=_("A new version"),
            text=_("NoteGen {version}").format(version=newer.version),
            details=newer.notes,
            choices=[("openReleaseButton", _("Open its page"))] if newer.page else [],
        )
        if chosen:
            open_outside(QUrl(newer.page), self._tasks, self._messages.show_message)
