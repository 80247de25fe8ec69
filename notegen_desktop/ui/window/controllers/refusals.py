"""Controller for remedies of refused videos, applied to all jobs with the same failure."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from notegen_desktop.domain.errors import Failure, NoteGenError
from notegen_desktop.domain.jobs.job import NoteJob
from notegen_desktop.domain.jobs.remedies import Remedy, RemedyKind, RemedyTools
from notegen_desktop.domain.links.addresses import split_password
from notegen_desktop.domain.links.hosts import site_name, site_of
from notegen_desktop.domain.links.link import Link, LinkKind
from notegen_desktop.domain.notes.note import Engine, Mode
from notegen_desktop.domain.settings.settings import Settings, with_site
from notegen_desktop.domain.settings.table import COOKIES_FOR_SITES, PROXY, SPEECH_MODEL
from notegen_desktop.domain.text.quantities import count, listed
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.desktop.browsers import cookie_browsers
from notegen_desktop.services.machine.local_files import links_in_path
from notegen_desktop.services.ports import Services, SettingsStore
from notegen_desktop.ui.compose.incoming import FILE_FILTERS
from notegen_desktop.ui.compose.orders import Ordering
from notegen_desktop.ui.compose.source_input import SourceInput
from notegen_desktop.ui.kit.dialogs import ask_text, choose_files
from notegen_desktop.ui.kit.qt_board import QtBoard
from notegen_desktop.ui.kit.tasks import Controller, WindowContext, in_thread
from notegen_desktop.ui.queue.panel import JobPanel

if TYPE_CHECKING:
    from notegen_desktop.ui.settings.access import SettingsAccess


class Refusals(Controller):
    """Connects remedy buttons of rows and chips to settings, files and the runner."""

    def __init__(
        self,
        context: WindowContext,
        board: QtBoard,
        jobs: JobPanel,
        source: SourceInput,
        *,
        ordering: Ordering,
        access: SettingsAccess,
        settings: SettingsStore,
        update: Callable[[], None],
    ) -> None:
        """`update` downloads a newer yt-dlp."""
        super().__init__(context)
        self._update = update
        self._board = board
        self._jobs = jobs
        self._source = source
        self._ordering = ordering
        self._access = access
        self._settings = settings
        self._browsers: tuple[str, ...] = ()
        self._has_key = True
        self._waiting_for_speech: Callable[[], None] | None = None
        jobs.wishes.remedy_wanted.connect(self._of_job)
        jobs.wishes.file_dropped.connect(self._take_place)
        source.remedy_wanted.connect(self._of_source)
        access.key_known.connect(self._know_key)
        self._services.then(self._look_round)

    # --- available means ---

    def _look_round(self, _: Services) -> None:
        self._tasks.start(in_thread(cookie_browsers), done=self._know_browsers)

    def _know_browsers(self, browsers: tuple[str, ...]) -> None:
        self._browsers = browsers
        self.take_settings(self._settings.current)

    def _know_key(self, known: bool) -> None:
        self._has_key = known
        self.take_settings(self._settings.current)

    def take_settings(self, settings: Settings) -> None:
        """Update the available means from the settings."""
        services = self._services.value
        store = services.speech_models if services is not None else None
        speech = store.installed() if store is not None else ()
        means = RemedyTools(settings, self._browsers, speech, self._has_key)
        self._jobs.show_means(means)
        self._source.show_means(means)
        if self._waiting_for_speech is not None and settings.text(SPEECH_MODEL):
            go_on, self._waiting_for_speech = self._waiting_for_speech, None
            go_on()

    # --- pressed remedies ---

    def _of_job(self, job_id: str, remedy: Remedy) -> None:
        job = self._board.board.job(job_id)
        if job.failure is None:
            return
        site = self._board.board.video(job.video_id).site
        again = partial(self._again, site, job.failure)
        match remedy.kind:
            case RemedyKind.WATCH if self._has_key:
                ids = [other.id for other in self._alike(site, job.failure)]
                self._services.then(
                    lambda it: it.runner.switch(ids, engine=Engine.GEMINI, mode=Mode.AUTO)
                )
            case RemedyKind.FILE:
                self._choose_file(partial(self._take_place, job.video_id))
            case _:
                self._open_way(remedy, site, again)

    def _of_source(self, key: str, remedy: Remedy) -> None:
        failure = self._source.failures.get(key)
        link = next((link for link in self._source.links() if link.key == key), None)
        if failure is None or link is None:
            return
        site = site_of(link.provider, link.url)
        if remedy.kind is RemedyKind.FILE:
            self._choose_file(lambda file: self._source.replace(key, file))
        else:
            self._open_way(remedy, site, partial(self._again, site, failure))

    def _open_way(self, remedy: Remedy, site: str, again: Callable[[], None]) -> None:
        """Change the setting a remedy needs, then call `again`."""
        match remedy.kind:
            case RemedyKind.COOKIES:
                self._set(
                    lambda now: {
                        COOKIES_FOR_SITES: with_site(
                            now.text(COOKIES_FOR_SITES), site, remedy.value
                        )
                    },
                    again,
                )
            case RemedyKind.PROXY:
                self._tasks.start(self._ask_proxy(again))
            case RemedyKind.UPDATE:
                self._update()
            case RemedyKind.SPEECH if remedy.value:
                self._set(lambda _: {SPEECH_MODEL: remedy.value}, again)
            case RemedyKind.SPEECH:
                self._waiting_for_speech = again
                self._access.open_at(SPEECH_MODEL)
            case _:
                self._access.open_at("")

    def _set(
        self, changes: Callable[[Settings], dict[str, object]], again: Callable[[], None]
    ) -> None:
        try:
            self._settings.change(changes)
        except NoteGenError as error:
            self._messages.show_failure(error.failure())
            return
        again()

    async def _ask_proxy(self, again: Callable[[], None]) -> None:
        """Ask for a proxy for all videos; its password is stored in the key ring."""
        address = await ask_text(
            self._window,
            name="proxyDialog",
            title=_("Proxy for videos"),
            text=_(
                "Its address, such as socks5://127.0.0.1:1080. Videos of all sites are asked for "
                "through it from now on; Settings, Sources changes that."
            ),
            value=self._settings.current.text(PROXY),
            accept=_("Use proxy"),
        )
        if not address:
            return
        if split_password(address)[1]:
            services = await self._services
            await in_thread(services.secrets.keep_password, address)
        self._set(lambda _: {PROXY: address}, again)

    # --- jobs with the same failure ---

    def _alike(self, site: str, failure: Failure) -> list[NoteJob]:
        """Return the retryable jobs of a site with the same failure."""
        board = self._board.board
        return [
            job
            for job in board
            if job.can_retry
            and job.failure is not None
            and (job.failure.code, job.failure.need) == (failure.code, failure.need)
            and board.video(job.video_id).site == site
        ]

    def _again(self, site: str, failure: Failure) -> None:
        """Retry jobs and queued sources of a site with the same failure."""
        ids = [job.id for job in self._alike(site, failure)]
        if ids:
            self._services.then(lambda it: it.runner.retry(*ids))
        cause = (failure.code, failure.need)
        alike = {
            key for key, other in self._source.failures.items() if (other.code, other.need) == cause
        }
        links = [
            link
            for link in self._source.links()
            if link.key in alike and site_of(link.provider, link.url) == site
        ]
        self._ordering.look_again(links)
        what = [count(len(ids), "note")] if ids else []
        what += [count(len(links), "source")] if links else []
        if not what:
            return
        words = _("Trying {what} again.") if site == "file" else _("Trying {what} of {site} again.")
        self._messages.say(words.format(what=listed(what), site=site_name(site)))

    # --- file instead of a source ---

    def _choose_file(self, take: Callable[[Link], None]) -> None:
        self._tasks.start(self._chosen_file(take))

    async def _chosen_file(self, take: Callable[[Link], None]) -> None:
        paths = await choose_files(
            self._window, title=_("Choose the saved file"), filters=FILE_FILTERS[::2]
        )
        if not paths:
            return
        found = await in_thread(links_in_path, paths[0])
        files = [link for link in found.links if link.kind is LinkKind.FILE]
        if files:
            take(files[0])
        else:
            reason = found.rejects[0].reason if found.rejects else ""
            self._messages.say(
                _("“{name}” cannot be used.").format(name=paths[0].name), reason, tone="warning"
            )

    def _take_place(self, video_id: str, link: Link) -> None:
        """Write the failed notes of a video from a file instead."""
        ids = [job.id for job in self._board.board if job.video_id == video_id and job.failure]
        self._jobs.put_in_place(link.key, of=video_id)
        self._services.then(lambda it: it.runner.switch(ids, link=link))
