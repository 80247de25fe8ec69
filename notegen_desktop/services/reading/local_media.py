"""Films and recordings: speech recognition, and uploads for a model to watch.

Files are on this machine, or audio on the web, such as a podcast episode, which is downloaded while
its notes are written.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from notegen_desktop.domain.errors import (
    Failure,
    FileMissing,
    NoCaptions,
    NoteGenError,
    SourceError,
    StoreError,
    UnsupportedSource,
)
from notegen_desktop.domain.links.link import media_type, suffix_of
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Mode
from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.domain.text.segments import WORDS_PER_S, Cue, estimated
from notegen_desktop.domain.text.transcript import Transcript, TranscriptKind
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.clock import Clock
from notegen_desktop.services.machine.files import make_folder
from notegen_desktop.services.machine.local_files import local_path, state_of
from notegen_desktop.services.ports import (
    Ledger,
    Material,
    MediaRef,
    NoteStore,
    SpeechToText,
    Uploads,
)

from .transcripts import joined

T = TypeVar("T")
Tell = Callable[[str], None]
"""Callback for progress texts: “Listening to “talk.mp3”: 45 %”."""


@dataclass
class _Flight(Generic[T]):
    task: asyncio.Task[T] | None = None
    listeners: list[Tell] = field(default_factory=list)
    told: str = ""

    def tell(self, words: str) -> None:
        if words == self.told:
            return
        self.told = words
        for listener in tuple(self.listeners):
            listener(words)


class SingleFlight(Generic[T]):
    """Runs work that several jobs wait for once; cancels it when the last of them is cancelled."""

    def __init__(self) -> None:
        self._runs: dict[str, _Flight[T]] = {}

    async def run(self, key: str, work: Callable[[Tell], Coroutine[Any, Any, T]], tell: Tell) -> T:
        run = self._runs.get(key)
        if run is None or run.task is None or run.task.done():
            run = self._runs[key] = _Flight()
            run.task = asyncio.create_task(work(run.tell), name=key)
            run.task.add_done_callback(_mark_retrieved)
        run.listeners.append(tell)
        if run.told:
            tell(run.told)
        try:
            return await asyncio.shield(run.task)
        finally:
            run.listeners.remove(tell)
            if not run.listeners:
                run.task.cancel()
                if self._runs.get(key) is run:
                    del self._runs[key]

    async def aclose(self) -> None:
        tasks = [run.task for run in self._runs.values() if run.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _mark_retrieved(task: asyncio.Task[Any]) -> None:
    """Mark a task's exception as retrieved; it is raised wherever the task is awaited."""
    if not task.cancelled():
        task.exception()


MARGIN_S = 3600.0
"""Minimum seconds until an upload expires: a note may wait that long for its permit."""
UPLOADS_AT_ONCE = 2
LEFT_S = 2 * 86400.0
"""Age in seconds at which a downloaded file counts as left behind; no transcription takes so
long."""
CLOSING_S = 5.0
"""Seconds that closing the program waits for uploads to be deleted."""

Fetch = Callable[[str, Path, Callable[[float], None]], Awaitable[None]]
"""Downloads the audio at an address into a file; see `LinkSource.fetch`."""

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class LocalMedia:
    """Finds transcripts for media files without captions, and uploads files for a model to watch.

    `fetch` downloads web audio into a file of `folder`, where it stays while its notes are written.
    """

    speech: SpeechToText
    uploads: Uploads
    store: NoteStore
    ledger: Ledger
    settings: Callable[[], Settings]
    clock: Clock
    fetch: Fetch
    folder: Path
    _fetching: SingleFlight[Path] = field(default_factory=SingleFlight)
    _hearing: SingleFlight[Transcript] = field(default_factory=SingleFlight)
    _uploading: SingleFlight[MediaRef] = field(default_factory=SingleFlight)
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(UPLOADS_AT_ONCE))
    _deleting: set[asyncio.Task[None]] = field(default_factory=set)

    async def with_words(
        self, material: Material, *, mode: Mode = Mode.AUTO, tell: Tell = lambda _words: None
    ) -> Material:
        """Return the material with a transcript by speech recognition, or with the reason why there
        is none.

        Material with a transcript, of another kind, or whose transcript is not needed, is returned
        unchanged.
        """
        if material.members:
            heard = [await self.with_words(each, tell=tell) for each in material.members]
            return _rejoined(material, heard)
        video = material.video
        if material.transcript is not None or not _is_media(video) or mode is Mode.VIDEO:
            return material
        kept = await self._kept_words(material)
        if kept is not None:
            return _heard(material, kept, _("speech recognition, from the library"))
        closed = self.speech.unavailable()
        if closed is not None:
            return _wordless(material, closed)
        name = _name(video)

        async def hear(tell: Tell) -> Transcript:
            path = await self._place(video, tell)
            tell(_("Listening to “{name}”").format(name=name))
            words = await self.speech.hear(
                path,
                lambda done: tell(
                    _("Listening to “{name}”: {percent}").format(name=name, percent=_percent(done))
                ),
            )
            await self._keep_words(material, words)
            return words

        try:
            words = await self._hearing.run(f"{video.id} {material.state}", hear, tell)
        except SourceError as error:
            return _wordless(material, error.failure())
        reason = f" ({material.missing.message.rstrip('.')})" if material.missing else ""
        return _heard(material, words, _("speech recognition{reason}").format(reason=reason))

    async def foreseen(self, material: Material, *, mode: Mode) -> Material:
        """Return the material with a dummy transcript for counting, if the real one needs speech
        recognition first. Recognizes nothing."""
        if material.members:
            seen = [await self.foreseen(each, mode=Mode.AUTO) for each in material.members]
            return _rejoined(material, seen)
        video = material.video
        if material.transcript is not None or not _is_media(video) or mode is Mode.VIDEO:
            return material
        words = await self._kept_words(material)
        if words is None and self.speech.unavailable() is None and video.duration_s:
            said = [Cue(0, 0, "word " * 100)] * max(1, round(video.duration_s * WORDS_PER_S / 100))
            words = Transcript("", TranscriptKind.SPEECH, estimated(said))
        return material if words is None else _heard(material, words, _("speech recognition"))

    async def as_it_is(self, material: Material) -> Material:
        """Return the library's facts of a media file, with its present state.

        Raises FileMissing.
        """
        if material.video.sound_url:
            return replace(material, state="sound", uploadable=True)
        path = local_path(material.video.url)
        try:
            facts = await asyncio.to_thread(path.stat)
        except OSError:
            raise FileMissing(_("There is no file “{path}”.").format(path=path)) from None
        return replace(material, state=state_of(facts), uploadable=True)

    async def shared(self, material: Material, tell: Tell = lambda _words: None) -> MediaRef:
        """Return the upload of a file; uploads it if it is not there (any more).

        Raises UnsupportedSource, FileMissing, FileUnreadable, KeyMissing, KeyRejected,
        ServiceUnavailable, NetworkUnreachable or TimedOut.
        """
        video = material.video
        path = self._path(video)
        kind = media_type(path.name)
        if not kind:
            raise UnsupportedSource(
                _("Gemini does not take files that end in “{suffix}”.").format(suffix=path.suffix),
                hint=_("Convert it to MP4 or MP3, or put captions beside it."),
            )
        fact = _upload_fact(video.id)

        async def share(tell: Tell) -> MediaRef:
            known = await self.ledger.recall(fact)
            if isinstance(known, dict) and known.get("state") == material.state:
                found = await self.uploads.find(str(known.get("name", "")))
                if found is not None and found.expires_at > self.clock.time() + MARGIN_S:
                    return found
            await self._place(video, tell)
            words = _("Uploading “{name}” to Gemini").format(name=_name(video))
            tell(words)
            async with self._slots:
                media = await self.uploads.upload(
                    path, kind, lambda done: tell(f"{words}: {_percent(done)}")
                )
            await self.ledger.remember(
                fact, {"name": media.name, "state": material.state}, until=media.expires_at
            )
            return media

        return await self._uploading.run(f"{video.id} {material.state}", share, tell)

    def _path(self, video: Video) -> Path:
        """Return the path of a file, or the path that it is downloaded to."""
        if not video.sound_url:
            return local_path(video.url)
        ending = suffix_of(video.sound_url.partition("?")[0])
        return self.folder / f"{video.id}{ending if media_type(ending) else '.mp3'}"

    async def _place(self, video: Video, tell: Tell) -> Path:
        """Return the path of a file on this machine, downloaded if it is on the web.

        Raises SourceError, NetworkUnreachable, TimedOut, StoreError.
        """
        path = self._path(video)
        if not video.sound_url:
            return path

        async def fetch(tell: Tell) -> Path:
            if await asyncio.to_thread(path.exists):
                return path
            await asyncio.to_thread(self._make_room)
            part = path.with_name(f"{path.name}.part")
            words = _("Fetching “{name}”").format(name=_name(video))
            tell(words)
            await self.fetch(video.sound_url, part, lambda done: tell(f"{words}: {_percent(done)}"))
            await asyncio.to_thread(part.replace, path)
            return path

        return await self._fetching.run(video.id, fetch, tell)

    def _make_room(self) -> None:
        """Create the folder, and delete what killed programs have left there. Raises StoreError."""
        make_folder(self.folder)
        for left in self.folder.iterdir():
            with contextlib.suppress(OSError):  # another program may be quicker
                if left.stat().st_mtime < self.clock.time() - LEFT_S:
                    left.unlink()

    def release(self, video_id: str) -> None:
        """Release a file that no note needs now: delete its download and, unless the user keeps
        uploads, its upload."""
        for fetched in self.folder.glob(f"{video_id}.*"):
            with contextlib.suppress(OSError):
                fetched.unlink()
        if self.settings().flag("sources.keep_uploads"):
            return
        task = asyncio.create_task(self._delete(video_id), name="deleting an upload")
        self._deleting.add(task)
        task.add_done_callback(self._deleting.discard)

    async def aclose(self) -> None:
        await self._hearing.aclose()
        await self._uploading.aclose()
        await self._fetching.aclose()
        if self._deleting:
            _, late = await asyncio.wait(self._deleting, timeout=CLOSING_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self.speech.aclose()
        await self.uploads.aclose()

    async def _delete(self, video_id: str) -> None:
        fact = _upload_fact(video_id)
        try:
            known = await self.ledger.recall(fact)
            if isinstance(known, dict):
                await self.uploads.delete(str(known.get("name", "")))
                await self.ledger.forget(fact)
        except NoteGenError as error:  # Gemini deletes it after two days anyway
            log.info("an upload is not deleted: %s", error)

    async def _kept_words(self, material: Material) -> Transcript | None:
        """Return the stored transcript recognized in exactly this state of the file, or None."""
        try:
            if await self.ledger.recall(_heard_fact(material.video.id)) != material.state:
                return None
            words = await self.store.get_transcript(material.video.id)
        except StoreError as error:
            log.info("no words from the library: %s", error)
            return None
        return words if words is not None and words.kind is TranscriptKind.SPEECH else None

    async def _keep_words(self, material: Material, words: Transcript) -> None:
        try:
            await self.store.put_transcript(material.video, words)
            await self.ledger.remember(_heard_fact(material.video.id), material.state)
        except StoreError as error:  # the words are here; only the next start recognises them again
            log.info("what was heard is not kept: %s", error)


def _rejoined(course: Material, members: Sequence[Material]) -> Material:
    """Return a course whose videos may have transcripts now."""
    return course if course.members == tuple(members) else joined(course.video.id, members)


def _is_media(video: Video) -> bool:
    return bool(video.sound_url) or (video.provider == "file" and video.is_media)


def _name(video: Video) -> str:
    """Return the name of a file in progress texts."""
    return video.name if video.sound_url else local_path(video.url).name


def _heard(material: Material, words: Transcript, origin: str) -> Material:
    video = material.video.known(
        duration_s=material.video.duration_s or words.duration_s,
        language=material.video.language or words.language,
    )
    return replace(material, video=video, transcript=words, missing=None, origin=origin)


def _wordless(material: Material, closed: Failure) -> Material:
    """Return the material with both reasons for a missing transcript, and all remedies."""
    path = local_path(material.video.sound_url or material.video.url)
    if material.uploadable:
        other = _("Or choose the engine Gemini, which takes the file itself.")
    elif not media_type(path.name):
        other = _("Gemini takes no files that end in “{suffix}”: convert it to MP4 or MP3.").format(
            suffix=path.suffix
        )
    else:
        other = _(
            "Gemini takes files of up to 2 GB if uploading is allowed under Settings, Sources."
        )
    first = material.missing or NoCaptions().failure()
    missing = replace(
        first,
        message=f"{first.message} {closed.message}",
        hint=f"{first.hint} {closed.hint} {other}",
    )
    return replace(material, missing=missing)


def _percent(done: float) -> str:
    """Return a percentage in steps of five, since every text is shown, or printed without a
    window."""
    return f"{int(done * 20) * 5} %"


def _heard_fact(video_id: str) -> str:
    return f"heard:{video_id}"


def _upload_fact(video_id: str) -> str:
    return f"upload:{video_id}"
