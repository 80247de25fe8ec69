"""What the rooms that carry out orders have in common; made once, by `wiring`."""

from __future__ import annotations

from dataclasses import dataclass

from notegen_desktop.domain.board import JobBoard
from notegen_desktop.domain.jobs import NoteRequest
from notegen_desktop.domain.links import Link, LinkKind
from notegen_desktop.domain.notes import Engine, Note
from notegen_desktop.services.machine.clock import Clock
from notegen_desktop.services.ports import Ledger, Material, NoteStore, SettingsStore, Templates

from .budget import Budget
from .estimating import Estimator
from .local_media import LocalMedia
from .pacing import Gate
from .quotas import Quotas
from .readings import Readings
from .runs import Runs
from .scribe import Scribe
from .settling import Settling
from .spool import Spool


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """The board, the library and whoever lends a hand between them."""

    board: JobBoard
    readings: Readings
    media: LocalMedia
    scribe: Scribe
    gate: Gate
    runs: Runs
    spool: Spool
    store: NoteStore
    ledger: Ledger
    budget: Budget
    quotas: Quotas
    estimator: Estimator
    templates: Templates
    settings: SettingsStore
    settling: Settling
    clock: Clock

    async def find(self, request: NoteRequest, link: Link, material: Material) -> Note | None:
        """The library's note for a request; that of a file counts only for the same content."""
        if link.kind is not LinkKind.FILE:
            return await self.store.find(request)
        return await self.store.find(request, fingerprint=material.fingerprint)

    async def recall_exhausted(self, request: NoteRequest) -> None:
        """A day's quota that is gone is gone for the next start of the program, too."""
        if request.engine is not Engine.OFFLINE:
            self.gate.exhaust(request.model, await self.quotas.gone_until(request.model))

    def is_wanted(self, video_id: str) -> bool:
        """Whether any job under way is about this video."""
        return any(not job.is_final for job in self.board.jobs_of(video_id))
