"""Controller that downloads a newer yt-dlp, used after a restart, when a site has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import YtDlpReleases
from notegen_desktop.ui.kit.dialogs import choose
from notegen_desktop.ui.kit.tasks import Controller, WindowContext, in_thread


class YtDlpUpdate(Controller):
    """Handles the remedy UPDATE. Failures are reported like any other."""

    def __init__(self, context: WindowContext, *, offer_start: Callable[[str], None]) -> None:
        """`offer_start` offers a restart with a text about its effect."""
        super().__init__(context)
        self._offer_start = offer_start
        self._running: asyncio.Task[None] | None = None

    def get(self) -> None:
        """Search for a newer release, ask, and download it; one run at a time."""
        if self._running is None or self._running.done():
            self._running = self._tasks.start(self._get())

    async def _get(self) -> None:
        releases = (await self._services).ytdlp
        if releases is not None and (version := await self._fetched(releases)):
            self._offer_start(
                _("yt-dlp {version} is used from the next start on.").format(version=version)
            )

    async def _fetched(self, releases: YtDlpReleases) -> str:
        """Return the downloaded version, "" for none. Raises as `YtDlpReleases` does."""
        looking = self._messages.say(_("Looking for a newer yt-dlp …"))
        try:
            release = await releases.find()
            if release is None:
                own = await in_thread(lambda: releases.version)
                self._messages.say(_("yt-dlp {version} is the newest.").format(version=own))
                return ""
        finally:
            self._messages.withdraw(looking)
        chosen = await choose(
            self._window,
            title=_("A newer yt-dlp"),
            text=_("Get yt-dlp {version} from {host}?").format(
                version=release.version, host=release.host
            ),
            details=_(
                "It is compared with the checksums of its makers. Where it does not work, the "
                "built-in one goes on serving."
            ),
            choices=[("getYtDlpButton", _("Get it"))],
        )
        if not chosen:
            return ""
        fetching = self._messages.say(
            _("Getting yt-dlp {version} …").format(version=release.version)
        )
        try:
            await releases.fetch(release)
        finally:
            self._messages.withdraw(fetching)
        return release.version
