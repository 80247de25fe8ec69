"""Films and recordings of this machine: words heard in them, and uploads for a model to watch."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
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
from notegen_desktop.domain.links.link import media_type
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Mode
from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.domain.text.segments import WORDS_PER_S, Cue, estimated
from notegen_desktop.domain.text.transcript import Transcript, TranscriptKind
from notegen_desktop.services.machine.clock import Clock
from notegen_desktop.services.machine.local_files import local_path, state_of
from notegen_desktop.services.ports import (
    Ledger,
    Material,
    MediaRef,
    NoteStore,
    SpeechToText,
    Uploads,
)

T = TypeVar("T")
Tell = Callable[[str], None]
"""Hears in words how far it is: “Listening to “talk.mp3”: 45 %”."""


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
    """Work that several jobs wait for: done once, told to all, ended when the last of them goes."""

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
    """Its failure is raised where it is awaited, if it is."""
    if not task.cancelled():
        task.exception()


MARGIN_S = 3600.0
"""An upload that expires sooner is not begun with: a note may wait that long for its turn."""
UPLOADS_AT_ONCE = 2
CLOSING_S = 5.0
"""How long the end of the program waits for uploads to be deleted."""

log = logging.getLogger(__name__)


class LocalMedia:
    """Finds words for files without any, and brings files to where a model can watch them."""

    def __init__(
        self,
        *,
        speech: SpeechToText,
        uploads: Uploads,
        store: NoteStore,
        ledger: Ledger,
        settings: Callable[[], Settings],
        clock: Clock,
    ) -> None:
        self._speech = speech
        self._uploads = uploads
        self._store = store
        self._ledger = ledger
        self._settings = settings
        self._clock = clock
        self._hearing: SingleFlight[Transcript] = SingleFlight()
        self._uploading: SingleFlight[MediaRef] = SingleFlight()
        self._slots = asyncio.Semaphore(UPLOADS_AT_ONCE)
        self._deleting: set[asyncio.Task[None]] = set()

    async def with_words(
        self, material: Material, *, mode: Mode = Mode.AUTO, tell: Tell = lambda _words: None
    ) -> Material:
        """The same with the words that are heard in the file, or with the reason there are none.

        A source with words, or that is no media file, is returned as it is; so is one whose words
        are not wanted.
        """
        video = material.video
        if material.transcript is not None or not _is_media(video) or mode is Mode.VIDEO:
            return material
        kept = await self._kept_words(material)
        if kept is not None:
            return _heard(material, kept, "speech recognition, from the library")
        closed = self._speech.unavailable()
        if closed is not None:
            return _wordless(material, closed)
        name = local_path(video.url).name

        async def hear(tell: Tell) -> Transcript:
            tell(f"Listening to “{name}”")
            words = await self._speech.hear(
                local_path(video.url), lambda done: tell(f"Listening to “{name}”: {_percent(done)}")
            )
            await self._keep_words(material, words)
            return words

        try:
            words = await self._hearing.run(f"{video.id} {material.state}", hear, tell)
        except SourceError as error:
            return _wordless(material, error.failure())
        reason = f" ({material.missing.message.rstrip('.')})" if material.missing else ""
        return _heard(material, words, f"speech recognition{reason}")

    async def foreseen(self, material: Material, *, mode: Mode) -> Material:
        """The same with words for counting, where they would be heard first. Hears nothing."""
        video = material.video
        if material.transcript is not None or not _is_media(video) or mode is Mode.VIDEO:
            return material
        words = await self._kept_words(material)
        if words is None and self._speech.unavailable() is None and video.duration_s:
            said = [Cue(0, 0, "word " * 100)] * max(1, round(video.duration_s * WORDS_PER_S / 100))
            words = Transcript("", TranscriptKind.SPEECH, estimated(said))
        return material if words is None else _heard(material, words, "speech recognition")

    async def as_it_is(self, material: Material) -> Material:
        """What is known of a media file from the library, with its state now.

        Raises FileMissing.
        """
        path = local_path(material.video.url)
        try:
            facts = await asyncio.to_thread(path.stat)
        except OSError:
            raise FileMissing(f"There is no file “{path}”.") from None
        return replace(material, state=state_of(facts), uploadable=True)

    async def shared(self, material: Material, tell: Tell = lambda _words: None) -> MediaRef:
        """Where the model can watch the file; uploaded if it is not there (any more).

        Raises UnsupportedSource, FileMissing, FileUnreadable, KeyMissing, KeyRejected,
        ServiceUnavailable, NetworkUnreachable or TimedOut.
        """
        path = local_path(material.video.url)
        kind = media_type(path.name)
        if not kind:
            raise UnsupportedSource(
                f"Gemini does not take files that end in “{path.suffix}”.",
                hint="Convert it to MP4 or MP3, or put captions beside it.",
            )
        fact = _upload_fact(material.video.id)

        async def share(tell: Tell) -> MediaRef:
            known = await self._ledger.recall(fact)
            if isinstance(known, dict) and known.get("state") == material.state:
                found = await self._uploads.find(str(known.get("name", "")))
                if found is not None and found.expires_at > self._clock.time() + MARGIN_S:
                    return found
            words = f"Uploading “{path.name}” to Gemini"
            tell(words)
            async with self._slots:
                media = await self._uploads.upload(
                    path, kind, lambda done: tell(f"{words}: {_percent(done)}")
                )
            await self._ledger.remember(
                fact, {"name": media.name, "state": material.state}, until=media.expires_at
            )
            return media

        return await self._uploading.run(f"{material.video.id} {material.state}", share, tell)

    def release(self, video_id: str) -> None:
        """No note wants this file now: its upload is deleted, if that is the user's wish."""
        if self._settings().flag("sources.keep_uploads"):
            return
        task = asyncio.create_task(self._delete(video_id), name="deleting an upload")
        self._deleting.add(task)
        task.add_done_callback(self._deleting.discard)

    async def aclose(self) -> None:
        await self._hearing.aclose()
        await self._uploading.aclose()
        if self._deleting:
            _, late = await asyncio.wait(self._deleting, timeout=CLOSING_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._speech.aclose()
        await self._uploads.aclose()

    async def _delete(self, video_id: str) -> None:
        fact = _upload_fact(video_id)
        try:
            known = await self._ledger.recall(fact)
            if isinstance(known, dict):
                await self._uploads.delete(str(known.get("name", "")))
                await self._ledger.forget(fact)
        except NoteGenError as error:  # Gemini drops it after two days by itself
            log.info("an upload is not deleted: %s", error)

    async def _kept_words(self, material: Material) -> Transcript | None:
        """What was heard in this very state of the file before."""
        try:
            if await self._ledger.recall(_heard_fact(material.video.id)) != material.state:
                return None
            words = await self._store.get_transcript(material.video.id)
        except StoreError as error:
            log.info("no words from the library: %s", error)
            return None
        return words if words is not None and words.kind is TranscriptKind.SPEECH else None

    async def _keep_words(self, material: Material, words: Transcript) -> None:
        try:
            await self._store.put_transcript(material.video, words)
            await self._ledger.remember(_heard_fact(material.video.id), material.state)
        except StoreError as error:  # they are here; only the next start hears them again
            log.info("what was heard is not kept: %s", error)


def _is_media(video: Video) -> bool:
    return video.provider == "file" and video.is_media


def _heard(material: Material, words: Transcript, origin: str) -> Material:
    video = material.video.known(
        duration_s=material.video.duration_s or words.duration_s,
        language=material.video.language or words.language,
    )
    return replace(material, video=video, transcript=words, missing=None, origin=origin)


def _wordless(material: Material, closed: Failure) -> Material:
    """With both reasons why there are no words, and with every way on."""
    path = local_path(material.video.url)
    if material.uploadable:
        other = "Or choose the engine Gemini, which takes the file itself."
    elif not media_type(path.name):
        other = f"Gemini takes no files that end in “{path.suffix}”: convert it to MP4 or MP3."
    else:
        other = "Gemini takes files of up to 2 GB if uploading is allowed under Settings, Sources."
    first = material.missing or NoCaptions().failure()
    missing = replace(
        first,
        message=f"{first.message} {closed.message}",
        hint=f"{first.hint} {closed.hint} {other}",
    )
    return replace(material, missing=missing)


def _percent(done: float) -> str:
    """In steps of five: every word told is shown, and printed where there is no screen."""
    return f"{int(done * 20) * 5} %"


def _heard_fact(video_id: str) -> str:
    return f"heard:{video_id}"


def _upload_fact(video_id: str) -> str:
    return f"upload:{video_id}"
