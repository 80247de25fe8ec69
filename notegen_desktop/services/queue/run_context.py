"""What the rooms that carry out orders have in common; made once, by `wiring`."""

from __future__ import annotations

from dataclasses import dataclass

from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.jobs.job import NoteRequest
from notegen_desktop.domain.links.text_links import Link, LinkKind
from notegen_desktop.domain.notes.note import Engine, Note
from notegen_desktop.services.generation.budget import Budget
from notegen_desktop.services.generation.generator import NoteGenerator
from notegen_desktop.services.generation.spool import Spool
from notegen_desktop.services.machine.clock import Clock
from notegen_desktop.services.pacing.daily_quota import DailyQuota
from notegen_desktop.services.pacing.rate_limiter import RateLimiter
from notegen_desktop.services.ports import Ledger, Material, NoteStore, SettingsStore, Templates
from notegen_desktop.services.reading.local_media import LocalMedia
from notegen_desktop.services.reading.resolver import Resolver
from notegen_desktop.services.reading.transcripts import TranscriptReader

from .estimates import Estimator
from .journal import RunJournal


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """The board, the library and whoever lends a hand between them."""

    board: JobBoard
    transcripts: TranscriptReader
    media: LocalMedia
    generator: NoteGenerator
    limiter: RateLimiter
    runs: RunJournal
    spool: Spool
    store: NoteStore
    ledger: Ledger
    budget: Budget
    daily_quota: DailyQuota
    estimator: Estimator
    templates: Templates
    settings: SettingsStore
    resolver: Resolver
    clock: Clock

    async def find(self, request: NoteRequest, link: Link, material: Material) -> Note | None:
        """The library's note for a request; that of a file counts only for the same content."""
        if link.kind is not LinkKind.FILE:
            return await self.store.find(request)
        return await self.store.find(request, fingerprint=material.fingerprint)

    async def recall_exhausted(self, request: NoteRequest) -> None:
        """A day's quota that is gone is gone for the next start of the program, too."""
        if request.engine is not Engine.OFFLINE:
            self.limiter.exhaust(request.model, await self.daily_quota.gone_until(request.model))

    def is_wanted(self, video_id: str) -> bool:
        """Whether any job under way is about this video."""
        return any(not job.is_final for job in self.board.jobs_of(video_id))
