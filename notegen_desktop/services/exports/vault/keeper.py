"""Keeps folders of pages in sync with the library: on request, and after each note."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from notegen_desktop.domain.errors import Failure, NoteMissing, failure_of
from notegen_desktop.domain.jobs.board import BoardEvent, JobBoard, JobChanged
from notegen_desktop.domain.jobs.job import Status
from notegen_desktop.domain.listeners import Listeners
from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.domain.settings.table import VAULT_BY, VAULT_FOLDER, VAULT_FORM
from notegen_desktop.services.ports import (
    NoteStore,
    VaultBegun,
    VaultBy,
    VaultForm,
    VaultOrder,
    VaultReport,
)

if TYPE_CHECKING:
    from .folder import VaultFolder
    from .page import Page

log = logging.getLogger(__name__)

MANY_PAGES = 50
"""Minimum pages for a progress message: writing them takes seconds."""

_FORMAT = "1"
"""Version of the page format; increment it to have all pages written again."""


def order_of(settings: Settings, folder: str) -> VaultOrder:
    """Return the settings for synchronizing a folder."""
    return VaultOrder(
        Path(folder).expanduser().absolute(),
        by=VaultBy(settings.text(VAULT_BY)),
        form=VaultForm(settings.text(VAULT_FORM)),
        level=Level(settings.text("general.level")),
    )


class VaultKeeper:
    """Implements `ports.NoteVault`. Follows finished notes on the `board` while a folder is set."""

    def __init__(self, store: NoteStore, board: JobBoard, settings: Callable[[], Settings]) -> None:
        self._store = store
        self._settings = settings
        self._listeners: Listeners[VaultReport | VaultBegun | Failure] = Listeners()
        self._wanted = False
        self._task: asyncio.Task[None] | None = None
        board.subscribe(self._heed)

    def tell(self, listener: Callable[[VaultReport | VaultBegun | Failure], object]) -> None:
        self._listeners.add(listener)

    async def aclose(self) -> None:
        if self._task is not None:
            await self._task

    async def sync(
        self, order: VaultOrder, progress: Callable[[int, int], object] = lambda *_: None
    ) -> VaultReport:
        pages = await self._pages(order)
        vault = await asyncio.to_thread(_opened, order)
        try:
            wanted = await asyncio.to_thread(
                lambda: [each for each, (_, stamp) in pages.items() if vault.wants(each, stamp)]
            )
            for done, page_id in enumerate(wanted):
                progress(done, len(wanted))
                ids, stamp = pages[page_id]
                with suppress(NoteMissing):  # deleted meanwhile
                    notes = [await self._store.get(each) for each in ids]
                    page = await asyncio.to_thread(_page, notes, order)
                    await asyncio.to_thread(vault.put, page, stamp, ids=ids)
            return await asyncio.to_thread(vault.finish, set(pages), order.by)
        finally:
            vault.__exit__()

    async def _pages(self, order: VaultOrder) -> dict[str, tuple[tuple[str, ...], str]]:
        """Return the notes of each page, and a hash of its input, by page id."""
        made_of: dict[str, list[tuple[str, str]]] = {}
        for each in await self._store.stamps():
            page_id = f"video:{each.video_id}" if order.by is VaultBy.VIDEO else each.id
            made_of.setdefault(page_id, []).append((each.id, each.stamp))
        shape = f"{_FORMAT} {order.form} {order.level}"
        return {
            page_id: (
                tuple(note_id for note_id, _ in parts),
                sha256(f"{shape} {parts}".encode()).hexdigest()[:16],
            )
            for page_id, parts in made_of.items()
        }

    # --- by itself ---

    def _heed(self, event: BoardEvent) -> None:
        if not (isinstance(event, JobChanged) and event.job.status is Status.COMPLETE):
            return
        if not self._settings().text(VAULT_FOLDER):
            return
        self._wanted = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._keep_up())

    async def _keep_up(self) -> None:
        while self._wanted:
            self._wanted = False
            settings = self._settings()
            told: VaultReport | Failure
            try:
                told = await self.sync(
                    order_of(settings, settings.text(VAULT_FOLDER)), self._tell_begin
                )
            except Exception as error:
                log.exception("the vault could not be brought up to date")
                told = failure_of(error)
            self._listeners.tell(told)

    def _tell_begin(self, done: int, total: int) -> None:
        if not done and total >= MANY_PAGES:
            self._listeners.tell(VaultBegun(total))


def _opened(order: VaultOrder) -> VaultFolder:
    from .folder import VaultFolder  # late: the program starts without the parser of Markdown

    return VaultFolder(order).__enter__()


def _page(notes: list[Note], order: VaultOrder) -> Page:
    from .page import note_page, video_page

    if order.by is VaultBy.VIDEO:
        return video_page(notes, order.level, order.form)
    return note_page(notes[0], order.level, order.form)
