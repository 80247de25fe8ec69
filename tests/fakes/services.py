"""Fake services for the window, in memory: a scripted runner over a real board.

`FakeServices()` creates everything; `.ports` is the `Services` to attach. The runner does nothing
by itself: tests advance its jobs (`begin`, `grow`, `finish`, `fail`, `hold`).
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from notegen_desktop.domain.asking.exchange import AnswerCite, Exchange
from notegen_desktop.domain.cost.estimate import Estimate, OverBudget
from notegen_desktop.domain.engines.connection import Connection
from notegen_desktop.domain.errors import (
    KeyRingLocked,
    NoteGenError,
    NoteMissing,
    UnknownEngine,
    UnknownTemplate,
)
from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.jobs.job import NoteJob, NoteRequest, Stage, Status
from notegen_desktop.domain.links.addresses import split_password
from notegen_desktop.domain.links.following import Followed, FollowedVideoState
from notegen_desktop.domain.links.link import Link
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.doubts import DoubtfulStatement, with_instead
from notegen_desktop.domain.notes.editing import has_words_of
from notegen_desktop.domain.notes.note import (
    Cite,
    Coverage,
    Draft,
    DraftSection,
    Engine,
    Level,
    Mode,
    Note,
    Review,
    Says,
    Section,
    Usage,
)
from notegen_desktop.domain.notes.pictures import with_picture
from notegen_desktop.domain.notes.review import reviewed, to_review
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.notes.versions import NoteVersion, Revision
from notegen_desktop.domain.prompts.prompt import build_prompt
from notegen_desktop.domain.settings.settings import SettingChanges, Settings
from notegen_desktop.domain.settings.table import parsed
from notegen_desktop.domain.text.transcript import CaptionTrack, Transcript
from notegen_desktop.services.exports import reading
from notegen_desktop.services.machine.clock import SystemClock
from notegen_desktop.services.machine.connections_file import read_presets
from notegen_desktop.services.machine.templates.files import read_template
from notegen_desktop.services.markup.note_markdown import note_markdown
from notegen_desktop.services.ports import (
    Activity,
    Facets,
    JobEstimate,
    Latest,
    Material,
    ModelInfo,
    NoteStamp,
    NoteSummary,
    Order,
    OrderEstimate,
    PassageFound,
    PicturesTaken,
    QuestionSubject,
    RewriteOrder,
    SavedFile,
    SentPrompt,
    Services,
    Today,
    TrialEstimate,
    Unfinished,
    VideoNotes,
)
from notegen_desktop.services.reading.following import ListFollower
from tests.fakes.practice import FakePractice
from tests.fakes.shown_films import a_picture
from tests.fakes.store import MemoryStore, MemoryVersions, summary_of
from tests.places import ROOT

RESOURCES = ROOT / "resources"


class FakeClock:
    """Epoch seconds, advanced by the test."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class FakeSettings:
    """`SettingsStore` in memory. `refuse` is raised by the next `change`."""

    def __init__(self, values: dict[str, Any] | None = None) -> None:
        self._current = Settings(parsed(values or {}))
        self._listeners: list[Callable[[Settings], None]] = []
        self.refuse: NoteGenError | None = None

    @property
    def current(self) -> Settings:
        return self._current

    def change(self, changes: SettingChanges) -> Settings:
        if callable(changes):
            changes = changes(self._current)
        if self.refuse is not None:
            error, self.refuse = self.refuse, None
            raise error
        self._current = Settings(self._current.file_values | parsed(changes))
        for listener in tuple(self._listeners):
            listener(self._current)
        return self._current

    def subscribe(self, listener: Callable[[Settings], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)


@functools.cache
def built_in() -> tuple[NoteTemplate, ...]:
    """Return the built-in templates in their order, read once from their files."""
    found = [
        read_template(path, built_in=True) for path in (RESOURCES / "templates").glob("*.toml")
    ]
    return tuple(sorted(found, key=lambda t: (t.order, t.name)))


class FakeTemplates:
    """`Templates` with the built-in templates."""

    def __init__(self) -> None:
        self._all = built_in()
        self._offered = tuple(template for template in self._all if not template.of_several)
        self.broken: tuple[str, ...] = ()

    def all(self) -> tuple[NoteTemplate, ...]:
        return self._offered

    def get(self, template_id: str) -> NoteTemplate:
        for template in self._all:
            if template.id == template_id:
                return template
        raise UnknownTemplate(f"There is no template “{template_id}”.")

    def problems(self) -> tuple[str, ...]:
        return self.broken


class FakeSource:
    """Knows the videos in `videos` by link id; describes others by their URL.

    `captions` has, by link id, the transcript of each track, or the error of reading it.
    """

    def __init__(self) -> None:
        self.videos: dict[str, Video] = {}
        self.failures: dict[str, NoteGenError] = {}
        self.playlists: dict[str, list[Video]] = {}
        self.turns_out: dict[str, Link] = {}
        self.lists: dict[str, Latest | None] = {}
        self.described: list[str] = []
        self.captions: dict[str, dict[CaptionTrack, Transcript | NoteGenError]] = {}
        self.asked_for_tracks: list[str] = []
        self.read_tracks: list[CaptionTrack] = []
        self.asked_languages: list[Sequence[str]] = []

    async def describe(self, link: Link) -> Video:
        self.described.append(link.id)
        if link.id in self.failures:
            raise self.failures[link.id]
        return self.videos.get(link.id, Video(link.id, link.url, link.provider))

    async def read(
        self, link: Link, *, languages: Sequence[str], track: CaptionTrack | None = None
    ) -> Material:
        video = await self.describe(link)
        if track is None:
            return Material(video)
        self.read_tracks.append(track)
        self.asked_languages.append(list(languages))
        words = self.captions[link.id][track]
        if isinstance(words, NoteGenError):
            return Material(video, missing=words.failure())
        return Material(video, words)

    async def resolve(self, link: Link) -> Link:
        return self.turns_out.get(link.id, link)

    async def latest(self, link: Link, *, validator: str = "") -> Latest | None:
        if link.id in self.failures:
            raise self.failures[link.id]
        return self.lists[link.id]

    async def fetch(self, url: str, path: Path, progress: Callable[[float], None]) -> None:
        path.write_bytes(url.encode())  # noqa: ASYNC240 - a fake

    async def tracks(self, link: Link) -> list[CaptionTrack]:
        self.asked_for_tracks.append(link.id)
        if link.id in self.failures:
            raise self.failures[link.id]
        return list(self.captions.get(link.id, {}))

    async def expand(self, link: Link, *, start: int = 1, count: int = 100) -> list[Video]:
        return self.playlists.get(link.id, [])[start - 1 : start - 1 + count]

    async def aclose(self) -> None: ...


class ScriptedRunner:
    """`NoteRunner`: adds jobs to the board, which tests advance."""

    def __init__(self, board: JobBoard, source: FakeSource) -> None:
        self.board = board
        self._source = source
        self.orders: list[Order] = []
        self.known: dict[str, Video] = {}
        self.again: list[RewriteOrder] = []
        self.retried: list[str] = []
        self.turned: list[tuple[tuple[str, ...], Engine, str]] = []
        self.refuse: NoteGenError | None = None
        self.estimate_failure: NoteGenError | None = None
        self.filled: list[tuple[str, tuple[float, float]]] = []
        self.gap_failure: NoteGenError | None = None
        self.stored: Note | None = None
        self.versions: FakeStore | None = None
        self.rewritten = Section("", (), "Better.", "Better.", "Better.")
        self.answers = asyncio.Event()
        self.answers.set()
        self.closed = False

    # --- the port ---

    def remove(self, job_id: str) -> None:
        self.board.remove(job_id)

    def remove_with_undo(self, *job_ids: str) -> Callable[[], None]:
        taken = [self.board.job(job_id) for job_id in job_ids]
        of = [(job, self.board.video(job.video_id)) for job in taken]
        of = [(job, video) for job, video in of if self.board.remove(job.id)]

        def put_back() -> None:
            for job, video in of:
                self.board.put_back(job, video)

        return put_back

    def submit(
        self,
        order: Order,
        *,
        refused: Mapping[tuple[str, str], NoteGenError] = {},
        known: Mapping[str, Video] = {},
    ) -> tuple[NoteJob, ...]:
        if self.refuse is not None:
            raise self.refuse
        self.orders.append(order)
        self.known |= known
        jobs = []
        for link in order.links:
            video = self._source.videos.get(link.id, Video(link.id, link.url, link.provider))
            self.board.put_video(video)
            for template in order.templates:
                request = NoteRequest(
                    link.id, template, order.mode, order.engine, order.model, order.language
                )
                job = self.board.add(request)
                if (error := refused.get((link.id, template))) is not None:
                    self.board.fail(job.id, attempt=job.attempt, error=error)
                jobs.append(job)
        return tuple(jobs)

    async def estimate_again(self, order: RewriteOrder) -> OrderEstimate:
        """Return half a cent per note, or raise `refuse`."""
        if self.refuse is not None:
            raise self.refuse
        row = JobEstimate("v", "study-notes", 4_000, 0, 900, 0.005, 8.0)
        rows = tuple(row for _ in order.wanted)
        return OrderEstimate(rows, requests=len(rows))

    async def write_again(self, order: RewriteOrder) -> tuple[NoteJob, ...]:
        """Add jobs for notes of the store that a test sets as `versions`."""
        assert self.versions is not None
        self.again.append(order)
        jobs = []
        for wanted in order.wanted:
            note = await self.versions.get(wanted.note_id)
            self.board.put_video(note.video)
            engine = order.engine or Engine(note.engine)
            request = NoteRequest(
                note.video.id, note.template, Mode.TRANSCRIPT, engine, order.model, note.language,
                wish=order.wish or "", again=replace(wanted, edition=str(len(self.again))).text,
            )  # fmt: skip
            jobs.append(self.board.add(request))
        return tuple(jobs)

    def cancel(self, job_id: str) -> None:
        self.board.cancel(job_id)

    def cancel_all(self) -> None:
        for job in self.board.active:
            self.board.cancel(job.id)

    def retry(self, *job_ids: str) -> None:
        for job_id in job_ids:
            self.retried.append(job_id)
            self.board.retry(job_id)

    def retry_failed(self) -> None:
        for job in self.board:
            if job.status is Status.ERROR:
                self.retry(job.id)

    def switch(
        self,
        job_ids: Sequence[str],
        *,
        engine: Engine | None = None,
        model: str = "",
        mode: Mode | None = None,
        link: Link | None = None,
    ) -> tuple[NoteJob, ...]:
        self.turned.append((tuple(job_ids), engine, model))
        templates = tuple(self.board.job(job_id).template for job_id in job_ids)
        new = self.submit(Order((link,), templates)) if link is not None else ()
        for job_id in job_ids:
            self.board.remove(job_id)
        return new

    async def estimate(self, order: Order) -> list[JobEstimate]:
        if self.estimate_failure is not None:
            raise self.estimate_failure
        free = order.engine == "offline"
        return [
            JobEstimate(
                video_id=link.id,
                template=template,
                input_tokens=6000,
                cached_tokens=0,
                output_tokens=2000,
                cost_usd=0.0 if free else 0.004,
                held_usd=0.0 if free else 0.005,
                seconds=12.0,
            )
            for link in order.links
            for template in order.templates
        ]

    async def fill_gap(
        self,
        note_id: str,
        span: tuple[float, float],
        *,
        progress: Callable[[float], None] | None = None,
    ) -> Note:
        """Add a section about the gap, or raise `gap_failure`."""
        self.filled.append((note_id, span))
        if progress is not None:
            progress(0.5)
        if self.gap_failure is not None:
            raise self.gap_failure
        note = next(job.note for job in self.board if job.note and job.note.id == note_id)
        section = Section("What was left out", (Cite(*span, verified=True),), "c", "s", "l")
        gaps = tuple(gap for gap in note.coverage.gaps if gap != span)
        note = replace(
            note,
            sections=(*note.sections, section),
            coverage=Coverage(note.coverage.covered_s + span[1] - span[0], gaps),
        )
        self.board.revise(note)
        return note

    async def rewrite(
        self,
        note_id: str,
        doubt: DoubtfulStatement,
        *,
        progress: Callable[[float], None] | None = None,
    ) -> Note:
        """Replace the statement by the section `rewritten`, after waiting for `answers`."""
        if progress is not None:
            progress(0.5)
        await self.answers.wait()
        if self.gap_failure is not None:
            raise self.gap_failure
        return await self.revise(note_id, lambda note: with_instead(note, doubt, self.rewritten))

    async def review(
        self, note_id: str, *, progress: Callable[[float], None] | None = None
    ) -> Note:
        """Judge the first half of the statements right, or raise `gap_failure`."""
        if progress is not None:
            progress(0.5)
        if self.gap_failure is not None:
            raise self.gap_failure

        def judged(note: Note) -> Note:
            items = to_review(note)
            found = [Says.YES, Says.NO]
            half = (len(items) + 1) // 2
            return reviewed(
                note, {item: Review(found[n >= half], "") for n, item in enumerate(items)}
            )

        return await self.revise(note_id, judged)

    async def estimate_review(self, note_id: str) -> Estimate:
        return Estimate(13_000, 0, 900, 0.0061, 8.0)

    async def estimate_complete(self, note_id: str) -> Estimate:
        return await self.estimate_review(note_id)

    async def complete(
        self, note_id: str, *, progress: Callable[[float], None] | None = None
    ) -> Note:
        """Add the section `rewritten`, after waiting for `answers`."""
        await self.answers.wait()
        if self.gap_failure is not None:
            raise self.gap_failure
        return await self.revise(
            note_id,
            lambda note: replace(note, sections=(*note.sections, self.rewritten), missing=()),
        )

    async def revise(
        self,
        note_id: str,
        change: Callable[[Note], Note],
        revision: Revision | None = None,
        *,
        known: Note | None = None,
    ) -> Note:
        if self.versions is not None:
            before = await self.versions.get(note_id)
            if revision is not None and known is not None and not has_words_of(before, known):
                revision = replace(revision, alone=True)
            self.stored = change(before)
            await self.versions.revise(self.stored, revision)
        else:
            known = self.stored or next(
                job.note for job in self.board if job.note and job.note.id == note_id
            )
            self.stored = change(known)
        self.board.revise(self.stored)
        return self.stored

    async def use_version(self, note_id: str, number: int) -> Note:
        """Use a version in the store that a test sets as `versions`."""
        assert self.versions is not None
        self.stored = await self.versions.use_version(note_id, number)
        self.board.revise(self.stored)
        return self.stored

    async def add_picture(self, note_id: str, section: int, at_s: float) -> Note:
        """Add a generated picture, or raise `gap_failure`."""
        if self.gap_failure is not None:
            raise self.gap_failure
        return await self.revise(
            note_id, lambda note: with_picture(note, section, a_picture(at_s, "Added"))
        )

    def tell_pictures(self, listener: Callable[[PicturesTaken], object]) -> None:
        self.pictures_listener = listener

    async def wait(self) -> None: ...

    async def aclose(self) -> None:
        self.cancel_all()
        self.closed = True

    # --- the script ---

    def begin(self, job: NoteJob, stage: Stage = Stage.WRITING, progress: float = 0.0) -> None:
        self.board.apply(
            job.id,
            attempt=self.board.job(job.id).attempt,
            status=Status.PROCESSING,
            stage=stage,
            progress=progress,
        )

    def grow(self, job: NoteJob, draft: Draft, progress: float) -> None:
        attempt = self.board.job(job.id).attempt
        self.board.grow(job.id, attempt=attempt, draft=draft, progress=progress)

    def hold(self, job: NoteJob, *, until: float | None, reason: str) -> None:
        """Let a job wait for a limit; `until` is in epoch seconds."""
        self.board.apply(
            job.id,
            attempt=self.board.job(job.id).attempt,
            status=Status.PROCESSING,
            stage=Stage.WAITING,
            wait_until=until,
            wait_reason=reason,
        )

    def finish(self, job: NoteJob, note: Note | None = None) -> Note:
        self.begin(job, Stage.SAVING)
        note = note or make_note(template=job.template, video=self.board.video(job.video_id))
        self.board.complete(job.id, attempt=self.board.job(job.id).attempt, note=note)
        return note

    def fail(self, job: NoteJob, error: BaseException) -> None:
        self.begin(job, Stage.WRITING)
        self.board.fail(job.id, attempt=self.board.job(job.id).attempt, error=error)


class FakeStore:
    """`NoteStore` in a dictionary."""

    def __init__(self) -> None:
        self.notes: dict[str, Note] = {}
        self.trash: dict[str, Note] = {}
        self.unread: set[str] = set()
        self.transcripts: dict[str, Transcript] = {}
        self.failure: NoteGenError | None = None
        self.closed = False
        self.found_share = 1.0
        self.kept_versions = MemoryVersions()

    def _check(self) -> None:
        if self.failure is not None:
            raise self.failure

    async def back_up(self) -> Path:
        self._check()
        return Path("/backups/notes.db")

    async def courses(self) -> dict[str, tuple[str, ...]]:
        self._check()
        return {n.video.id: tuple(video.id for video in n.videos) for n in self.notes.values()}

    async def save(self, note: Note, request: NoteRequest, *, fingerprint: str = "") -> Note:
        self._check()
        saved = replace(note, id=note.id or request.job_id)
        self.notes[saved.id] = saved
        return saved

    async def find(self, request: NoteRequest, *, fingerprint: str | None = None) -> Note | None:
        return self.notes.get(request.job_id)

    async def get(self, note_id: str) -> Note:
        self._check()
        try:
            return self.notes[note_id]
        except KeyError:
            raise NoteMissing from None

    def _library(self) -> MemoryStore:
        """Return the same notes in a store that supports search and filters."""
        self._check()
        library = MemoryStore.of(self.notes.values(), self.transcripts, unread=self.unread)
        library.kept_versions = self.kept_versions
        return library

    async def stamps(self) -> list[NoteStamp]:
        return [NoteStamp(note.id, note.video.id, repr(note)) for note in self.notes.values()]

    async def recent(self, **asked: Any) -> list[NoteSummary]:
        return await self._library().recent(**asked)

    async def videos(self, **asked: Any) -> list[VideoNotes]:
        return await self._library().videos(**asked)

    async def search(self, text: str, **asked: Any) -> list[NoteSummary]:
        return await self._library().search(text, **asked)

    async def search_transcripts(self, text: str, **asked: Any) -> list[PassageFound]:
        return await self._library().search_transcripts(text, **asked)

    async def facets(self) -> Facets:
        return await self._library().facets()

    async def thumbnails(self, video_ids: Sequence[str]) -> dict[str, bytes]:
        return await self._library().thumbnails(video_ids)

    async def findable(self) -> float:
        self._check()
        return self.found_share

    async def deleted(self, *, limit: int = 200) -> list[NoteSummary]:
        return [summary_of(note) for note in reversed(self.trash.values())][:limit]

    async def tag(self, note_ids: Sequence[str], **change: Sequence[str]) -> None:
        library = self._library()
        await library.tag(note_ids, **change)
        for note_id in note_ids:
            self.notes[note_id] = await library.get(note_id)

    async def mark_read(self, *note_ids: str) -> None:
        self.unread -= set(note_ids)

    async def add(self, notes: Sequence[Note]) -> list[str]:
        library = self._library()
        ids = await library.add(notes)
        for note_id in filter(None, ids):
            self.notes[note_id] = await library.get(note_id)
        return ids

    async def revise(self, note: Note, revision: Revision | None = None) -> None:
        library = self._library()
        await library.revise(note, revision)
        self.notes[note.id] = note

    async def history(self, note_id: str) -> list[NoteVersion]:
        return await self._library().history(note_id)

    async def version(self, note_id: str, number: int) -> Note:
        return await self._library().version(note_id, number)

    async def add_version(self, note: Note, revision: Revision) -> int:
        return await self._library().add_version(note, revision)

    async def decline_version(self, note_id: str, number: int) -> None:
        await self._library().decline_version(note_id, number)

    async def use_version(self, note_id: str, number: int) -> Note:
        self.notes[note_id] = await self._library().use_version(note_id, number)
        return self.notes[note_id]

    async def delete(self, *note_ids: str) -> None:
        for note_id in note_ids:
            await self.get(note_id)
        for note_id in note_ids:
            self.trash[note_id] = self.notes.pop(note_id)

    async def undelete(self, *note_ids: str) -> None:
        for note_id in note_ids:
            self.notes[note_id] = self.trash.pop(note_id)

    async def restore(self, note: Note) -> None:
        self.trash.pop(note.id, None)
        self.notes[note.id] = note

    async def put_transcript(self, video: Video, transcript: Transcript) -> None:
        self.transcripts[video.id] = transcript

    async def get_transcript(self, video_id: str) -> Transcript | None:
        return self.transcripts.get(video_id)

    async def get_video(self, video_id: str) -> Video | None:
        told = [note.video for note in self.notes.values() if note.video.id == video_id]
        return told[-1] if told else None

    async def aclose(self) -> None:
        self.closed = True


class FakeSecrets:
    """`Secrets`. `safe` says whether there is a key ring, `locked` that it does not answer."""

    def __init__(self, key: str | None = None, *, safe: bool = True) -> None:
        self.key = key
        self.safe = safe

        self.locked = False
        self.passwords: list[str] = []
        self.keys: dict[str, str] = {}

    def api_key(self, connection: Connection | None = None) -> str | None:
        if self.locked:
            raise KeyRingLocked
        return self.key if connection is None else self.keys.get(connection.name)

    async def find(self, *, within_s: float = 0.0, connection: Connection | None = None) -> None:
        if self.locked:
            await asyncio.sleep(within_s)
        self.api_key(connection)

    def keep_password(self, proxy: str) -> tuple[str, bool]:
        bare, password = split_password(proxy)
        self.passwords.append(password)
        return bare, self.safe

    def origin(self, connection: Connection | None = None) -> str:
        if self.locked:
            return "locked"
        if not self.api_key(connection):
            return ""
        return "key ring" if self.safe else "this session"

    def set_api_key(self, key: str, connection: Connection | None = None) -> bool:
        if connection is None:
            self.key = key or None
        else:
            self.keys[connection.name] = key
        return self.safe


class FakeConnections:
    """`Connections` in memory."""

    def __init__(self) -> None:
        self.presets = read_presets()
        self.known: dict[str, Connection] = {}
        self._listeners: list[Callable[[], None]] = []

    def all(self) -> tuple[Connection, ...]:
        return tuple(self.known.values())

    def get(self, name: str) -> Connection:
        if name not in self.known:
            raise UnknownEngine
        return self.known[name]

    def keep(self, connection: Connection) -> None:
        self.known[connection.name] = connection
        self._tell()

    def remove(self, name: str) -> None:
        del self.known[name]
        self._tell()

    def problems(self) -> tuple[str, ...]:
        return ()

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()


class FakeServers:
    """The `ServerModels` port."""

    def __init__(self) -> None:
        self.offered = [
            ModelInfo("qwen3:8b", "qwen3:8b", window=40_960, size="8.2B"),
            ModelInfo("llama3.2:3b", "llama3.2:3b", window=131_072, size="3.2B"),
        ]
        self.running: list[Connection] = []
        self.failure: NoteGenError | None = None

    async def models(self, connection: Connection, api_key: str | None = None) -> list[ModelInfo]:
        del connection, api_key
        if self.failure is not None:
            raise self.failure
        return self.offered

    async def found(self) -> list[Connection]:
        return self.running


class FakeCatalogue:
    """The `ModelCatalogue` port."""

    def __init__(self) -> None:
        self.known = [
            ModelInfo("gemini-flash-lite-latest", "Gemini Flash-Lite"),
            ModelInfo("gemini-flash-latest", "Gemini Flash"),
        ]
        self.failure: NoteGenError | None = None
        self.asked_with: list[str | None] = []

    async def models(self, api_key: str | None = None) -> list[ModelInfo]:
        self.asked_with.append(api_key)
        if self.failure is not None:
            raise self.failure
        return self.known


class FakeExporter:
    """`Exporter`: every format is the note's Markdown; files are imported by the real readers."""

    files_in = staticmethod(reading.files_in)
    read = staticmethod(reading.read_file)

    def __init__(self) -> None:
        self.saved: list[Path] = []

    def formats(self) -> tuple[str, ...]:
        return ("md", "html", "json")

    def render(self, note: Note, format: str, level: Level) -> bytes:
        return note_markdown(note, level).encode()

    def save(self, note: Note, folder: Path, format: str, level: Level, *, stem: str = "") -> Path:
        path = folder / f"{stem or note.template}.{format}"
        path.write_bytes(self.render(note, format, level))
        self.saved.append(path)
        return path

    def save_to_tree(self, note: Note, folder: Path, format: str, level: Level) -> SavedFile:
        return SavedFile(self.save(note, folder, format, level, stem=note.id))

    def replace(self, path: Path, content: bytes) -> None:
        path.write_bytes(content)


class FakeActivity:
    """`ActivityMonitor`: `tell` simulates the rate limiter changing its pace."""

    def __init__(self) -> None:
        self.now = Activity(0, 0, 4, 0, 0, 0, "")
        self.listeners: list[Callable[[str], None]] = []
        self.of_today = Today()
        self.asked_today = 0

    async def today(self) -> Today:
        self.asked_today += 1
        return self.of_today

    def subscribe(self, listener: Callable[[str], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def tell(self, words: str) -> None:
        for listener in self.listeners:
            listener(words)


class FakePreflight:
    """`Preflight` with set results; `requests` are the numbers single and combined.

    It asks `runner`, which is set later, for the estimate of a few videos and repeats it for the
    others.
    """

    runner: ScriptedRunner

    def __init__(self) -> None:
        self.over_budget: OverBudget | None = None
        self.short_of_quota = ""
        self.requests = (0, 0)

    async def of(self, order: Order, *, sample: int = 0) -> OrderEstimate:
        read = order.links[: sample or None]
        rows = await self.runner.estimate(replace(order, links=read))
        wanted = len(order.links) * len(order.templates)
        jobs = tuple(islice(cycle(rows), wanted)) if rows else ()
        if order.engine == "offline":
            return OrderEstimate(jobs)
        return OrderEstimate(jobs, self.over_budget, self.short_of_quota, *self.requests)

    async def matters(self, order: Order) -> bool:
        return bool(self.over_budget or self.short_of_quota)


class FakeQueue:
    """`JobQueue` that records the calls.

    `left` notes of `left_videos` are unfinished; `left_paused` jobs were in a paused queue.
    """

    def __init__(self) -> None:
        self.paused = False
        self.left = 0
        self.left_videos: tuple[Video, ...] = ()
        self.left_paused: tuple[NoteJob, ...] = ()
        self.order: list[str] = []
        self.resumed = 0

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False

    def reorder(self, video_ids: Sequence[str]) -> None:
        self.order = list(video_ids)

    async def restore_queue(self) -> tuple[NoteJob, ...]:
        self.paused = self.paused or bool(self.left_paused)
        return self.left_paused

    async def unfinished(self) -> Unfinished:
        return Unfinished(self.left, self.left_videos)

    async def resume_interrupted(self) -> tuple[NoteJob, ...]:
        self.resumed += 1
        self.left = 0
        return ()

    async def discard(self) -> None:
        self.left = 0


class FakeAsking:
    """Answers every question with `answer`, word by word, and stores the conversations.

    `asked` records subject, question and number of earlier exchanges. While `held` is set, an
    answer waits for it after its first half. `refuse` is raised by the next question.
    """

    def __init__(self) -> None:
        self.answer = "It is effortful. [^1]"
        self.cites = (AnswerCite(12.0, 20.0, verified=True, n=1, video_id="v"),)
        self.asked: list[tuple[QuestionSubject, str, int]] = []
        self.kept: dict[str, list[Exchange]] = {}
        self.held: asyncio.Event | None = None
        self.refuse: NoteGenError | None = None
        self.cost = Estimate(12_000, 0, 460, 0.0036, 3.0)

    async def estimate(self, asked: QuestionSubject, question: str = "", **_: Any) -> Estimate:
        return self.cost

    async def ask(
        self,
        asked: QuestionSubject,
        question: str,
        *,
        earlier: Sequence[Exchange] = (),
        engine: Engine = Engine.AUTO,
        model: str = "",
        estimated: Callable[[Estimate], None] = lambda _: None,
        grew: Callable[[str], None] = lambda _: None,
        waiting: Callable[[str], None] = lambda _: None,
    ) -> Exchange:
        self.asked.append((asked, question, len(earlier)))
        if self.refuse is not None:
            error, self.refuse = self.refuse, None
            raise error
        grew("")
        grew(self.answer[: len(self.answer) // 2])
        await asyncio.sleep(0)
        if self.held is not None:
            await self.held.wait()
        number = sum(map(len, self.kept.values())) + 1
        exchange = Exchange(
            question,
            self.answer,
            self.cites,
            (Video("v", "https://www.youtube.com/watch?v=v", title="A talk"),),
            "gemini",
            "gemini-x",
            "2026-11-30T12:00:00Z",
            usage=Usage(1, 12_000, 0, 300, 0, 0.0036),
            id=f"exchange-{number}",
        )
        self.kept.setdefault(asked.key, []).append(exchange)
        return exchange

    async def conversation(self, asked: QuestionSubject) -> list[Exchange]:
        return list(self.kept.get(asked.key, ()))

    async def forget(self, exchange_id: str) -> None:
        for key, kept in self.kept.items():
            self.kept[key] = [each for each in kept if each.id != exchange_id]


class FakeFollowed:
    """`FollowedStore` in memory."""

    def __init__(self) -> None:
        self.lists: dict[str, Followed] = {}
        self.states: dict[str, dict[str, tuple[Video, FollowedVideoState]]] = {}

    async def all(self) -> list[Followed]:
        return [
            replace(
                each,
                new=tuple(v for v, s in self.states[key].values() if s is FollowedVideoState.NEW),
            )
            for key, each in self.lists.items()
        ]

    async def put(self, followed: Followed) -> None:
        self.lists[followed.key] = followed
        self.states.setdefault(followed.key, {})

    async def remove(self, key: str) -> None:
        self.lists.pop(key, None)
        self.states.pop(key, None)

    async def known(self, key: str) -> set[str]:
        return set(self.states[key])

    async def add_videos(self, key: str, videos: Sequence[Video], new: Collection[str]) -> None:
        for video in videos:
            verdict = FollowedVideoState.NEW if video.id in new else FollowedVideoState.SEEN
            self.states[key][video.id] = (video, verdict)

    async def forget(self, key: str, video_ids: Collection[str]) -> None:
        for video_id in video_ids:
            self.states[key].pop(video_id, None)

    async def decide(self, video_ids: Collection[str], verdict: FollowedVideoState) -> None:
        for states in self.states.values():
            for video_id in states.keys() & set(video_ids):
                states[video_id] = (states[video_id][0], verdict)


class FakeTrials:
    """Writes `note` of any template; the prompt is a real one for a video without a transcript.

    While `held` is set, a note waits for it; `refuse` is raised by the next trial.
    """

    def __init__(self) -> None:
        self.cost = Estimate(9_000, 0, 2_000, 0.0021, 12.0)
        self.engine = Engine.GEMINI
        self.written: list[NoteTemplate] = []
        self.held: asyncio.Event | None = None
        self.refuse: NoteGenError | None = None

    async def prompt(
        self, template: NoteTemplate, order: Order, *, video: Video | None = None
    ) -> SentPrompt:
        shown = video or make_video()
        prompt = build_prompt(template, shown, None, mode=Mode.VIDEO, wish=order.wish)
        return SentPrompt(prompt, "gemini-x")

    async def estimate(self, template: NoteTemplate, order: Order) -> TrialEstimate:
        return TrialEstimate(self.cost, self.engine, "gemini-x")

    async def write(
        self,
        template: NoteTemplate,
        order: Order,
        *,
        progress: Callable[[float], None] = lambda _: None,
    ) -> Note:
        progress(0.5)
        if self.held is not None:
            await self.held.wait()
        if self.refuse is not None:
            error, self.refuse = self.refuse, None
            raise error
        self.written.append(template)
        return make_note(template=template.id)


@dataclass
class FakeServices:
    """All services of a window, each accessible to the test."""

    settings: FakeSettings = field(default_factory=FakeSettings)
    clock: FakeClock = field(default_factory=FakeClock)
    templates: FakeTemplates = field(default_factory=FakeTemplates)
    source: FakeSource = field(default_factory=FakeSource)
    store: FakeStore = field(default_factory=FakeStore)
    secrets: FakeSecrets = field(default_factory=FakeSecrets)
    catalogue: FakeCatalogue = field(default_factory=FakeCatalogue)
    connections: FakeConnections = field(default_factory=FakeConnections)
    servers: FakeServers = field(default_factory=FakeServers)
    exporter: FakeExporter = field(default_factory=FakeExporter)
    activity: FakeActivity = field(default_factory=FakeActivity)
    preflight: FakePreflight = field(default_factory=FakePreflight)
    queue: FakeQueue = field(default_factory=FakeQueue)
    followed: FakeFollowed = field(default_factory=FakeFollowed)
    asking: FakeAsking = field(default_factory=FakeAsking)
    trials: FakeTrials = field(default_factory=FakeTrials)
    closed: bool = False

    def __post_init__(self) -> None:
        self.practice = FakePractice(self.store.notes)
        self.board = JobBoard(self.clock)
        self.runner = self.preflight.runner = ScriptedRunner(self.board, self.source)
        self.ports = Services(
            runner=self.runner,
            revising=self.runner,
            store=self.store,
            source=self.source,
            catalogue=self.catalogue,
            connections=self.connections,
            servers=self.servers,
            secrets=self.secrets,
            settings=self.settings,
            templates=self.templates,
            exporter=self.exporter,
            activity=self.activity,
            preflight=self.preflight,
            queue=self.queue,
            following=ListFollower(self.source, self.followed, SystemClock()),
            asking=self.asking,
            practice=self.practice,
            trials=self.trials,
        )

    async def close(self) -> None:
        await self.runner.aclose()
        await self.store.aclose()
        self.closed = True


def make_video(video_id: str = "dQw4w9WgXcQ", **facts: Any) -> Video:
    return Video(
        video_id,
        f"https://www.youtube.com/watch?v={video_id}",
        **{
            "title": "How memory works, and how to work with it",
            "channel": "The Learning Channel",
            "duration_s": 754.0,
            **facts,
        },
    )


def make_note(
    *,
    template: str = "study-notes",
    video: Video | None = None,
    sections: int = 4,
    note_id: str = "",
) -> Note:
    """Return a note with different text at each level, and cites of which one is unverified."""
    video = video or make_video()
    length = video.duration_s or 600.0
    return Note(
        title=video.title or "A note",
        video=video,
        template=template,
        template_version="1",
        language="en",
        engine="gemini",
        model="gemini-flash-lite-latest",
        created="2026-11-24T06:00:00+00:00",
        sections=tuple(
            Section(
                heading=f"Part {number}: what is kept and what is lost",
                cites=(
                    Cite(
                        length * number / (sections + 2),
                        length * number / (sections + 2) + 20,
                        True,
                    ),
                    Cite(
                        length * number / (sections + 1),
                        length * number / (sections + 1) + 9,
                        False,
                    ),
                ),
                concise=f"The gist of part {number}.",
                standard=f"Part {number} in some words.\n\n- one point\n- another point",
                comprehensive=(
                    f"Part {number} in full. " + "Recall strengthens what rereading does not. " * 12
                ),
            )
            for number in range(1, sections + 1)
        ),
        coverage=Coverage(length * 0.8, ((length * 0.5, length * 0.6),)),
        usage=Usage(1, 6000, 0, 2000, 0, 0.004),
        id=note_id,
    )


def make_draft(chars: int = 400) -> Draft:
    words = "Recall strengthens what rereading does not. " * (chars // 44 + 1)
    return Draft("A note in the making", (DraftSection("First part", ("1",), words[:chars]),))
