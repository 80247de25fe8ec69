"""Movement is left out where the settings or the desktop say so."""

from __future__ import annotations

import asyncio

from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.domain.settings.table import MOTION
from notegen_desktop.services.machine.desktop.motion import wants_stillness
from notegen_desktop.ui.kit.scrolling import keep_still
from notegen_desktop.ui.kit.tasks import Tasks, in_thread


class Motion:
    """Keeps views still where they should be: as the settings say, or as the desktop does."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._wish = ""
        self._desktop_still = False

    def take_settings(self, settings: Settings) -> None:
        self._wish = settings.text(MOTION)
        self._keep()

    def ask_desktop(self) -> asyncio.Task[None]:
        """Beside the window and after it is shown: a desktop may take its time to answer."""
        return self._tasks.start(in_thread(wants_stillness), done=self._take_desktop)

    def _take_desktop(self, still: bool) -> None:
        self._desktop_still = still
        self._keep()

    def _keep(self) -> None:
        keep_still(self._wish == "reduced" or (self._wish == "system" and self._desktop_still))
