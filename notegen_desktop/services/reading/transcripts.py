"""Reads each video once, for any number of jobs, and the videos of a course as one."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from notegen_desktop.domain.courses.course import COURSE, course_of, course_video
from notegen_desktop.domain.errors import (
    Failure,
    MachineSlept,
    NetworkUnreachable,
    NoteGenError,
    SourceError,
    TimedOut,
    TranscriptNeeded,
)
from notegen_desktop.domain.links.link import Link, LinkKind
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.text.quantities import quoted, series
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.pacing.queue_order import QueueOrder, Slots
from notegen_desktop.services.pacing.retry import Retries, Wait
from notegen_desktop.services.ports import Material, ModelCatalogue, VideoSource

READS_AT_ONCE = 4
MAX_KEPT = 32
"""Read videos kept in memory, newest first; a two-hour transcript is about 200 KB."""


class TranscriptReader:
    """Shared transcripts by video id. A failed reading is dropped, so that a retry reads again.

    `is_gone` tells a missing network from a single unreachable site.
    """

    def __init__(
        self,
        source: VideoSource,
        languages: Callable[[], Sequence[str]],
        queue_order: QueueOrder | None = None,
        *,
        is_gone: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        self._source = source
        self._languages = languages
        self._is_gone = is_gone or _is_there
        self._slots = Slots(queue_order or QueueOrder(), READS_AT_ONCE)
        self._tasks: OrderedDict[str, asyncio.Task[Material]] = OrderedDict()
        self._ending: set[asyncio.Task[Material]] = set()

    async def read(self, link: Link) -> Material:
        """Return the material of a link. Raises SourceError, NetworkUnreachable, TimedOut.

        Cancelling one reader leaves the reading to the others.
        """
        task = self._tasks.get(link.key)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = asyncio.create_task(self._read(link), name=f"reading {link.key}")
            self._tasks[link.key] = task
            self._trim()
        self._tasks.move_to_end(link.key)
        return await asyncio.shield(task)

    async def read_on(self, link: Link, retries: Retries, tell: Callable[[Wait], None]) -> Material:
        """Return the material for a job, waiting over a sleep of the machine and a lost network.

        Otherwise the transcript would seem to be missing, and the video be watched instead.
        """
        while True:
            try:
                with retries.sleep_detector.excusing():
                    material = await self.read(link)
                if not (_away(material.missing) and retries.reached and await self._is_gone()):
                    return material
                if self.known(link.key) is material:
                    self.invalidate(link.key)
                error: NoteGenError = NetworkUnreachable()
            except MachineSlept as slept:
                error = slept
            except (NetworkUnreachable, TimedOut):
                if not (retries.reached and await self._is_gone()):
                    raise
                error = NetworkUnreachable()
            await retries.outlast(error, tell, sent=False)

    async def _read(self, link: Link) -> Material:
        if link.kind is LinkKind.COURSE:
            return await self._read_course(link)
        async with self._slots.held(link.key):
            return await self._source.read(link, languages=self._languages())

    async def _read_course(self, link: Link) -> Material:
        """Return the joined videos of a course; an unreadable one has no transcript."""
        found = await asyncio.gather(*map(self.read, link.members), return_exceptions=True)
        members: list[Material] = []
        for member, each in zip(link.members, found, strict=True):
            if isinstance(each, SourceError):
                video = Video(member.key, member.url, member.provider)
                members.append(Material(video, missing=each.failure()))
            elif isinstance(each, BaseException):
                raise each
            else:
                members.append(each)
            self.forget_failed(member.key)
        return joined(link.key, members)

    def known(self, video_id: str) -> Material | None:
        """Return the material already read, or None; never waits."""
        task = self._tasks.get(video_id)
        if task is None or not task.done() or task.cancelled() or task.exception():
            return None
        return task.result()

    def forget(self, video_id: str) -> None:
        """Drop a reading that no job needs any more, and cancel it if it is still running."""
        task = self._tasks.pop(video_id, None)
        if task is not None:
            task.cancel()

    def forget_failed(self, video_id: str) -> None:
        """Drop a reading without a transcript for a temporary reason, so that the next call
        retries."""
        known = self.known(video_id)
        if known is not None and known.missing is not None and known.missing.retryable:
            self.forget(video_id)

    def forget_wordless(self, video_id: str) -> None:
        """Drop a reading without a transcript, so that the next call reads again."""
        known = self.known(video_id)
        if known is not None and known.transcript is None:
            self.forget(video_id)

    def invalidate(self, video_id: str) -> None:
        """Make the next call read again; callers of the running reading still get its result."""
        task = self._tasks.pop(video_id, None)
        if task is not None and not task.done():
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    def _trim(self) -> None:
        for video_id, task in list(self._tasks.items()):
            if len(self._tasks) <= MAX_KEPT:
                return
            if task.done():
                del self._tasks[video_id]

    async def aclose(self) -> None:
        tasks = [*self._tasks.values(), *self._ending]
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _away(missing: Failure | None) -> bool:
    return missing is not None and missing.code in (NetworkUnreachable.code(), TimedOut.code())


async def _is_there() -> bool:
    return False


def network_is_gone(catalogue: ModelCatalogue) -> Callable[[], Awaitable[bool]]:
    """Return a check whether the network is gone, by asking Gemini for its list of models, which is
    free."""

    async def is_gone() -> bool:
        try:
            await catalogue.models()
        except (NetworkUnreachable, TimedOut):
            return True
        except NoteGenError:
            pass  # there was an answer, or there is no key for the request
        return False

    return is_gone


def joined(key: str, members: Sequence[Material]) -> Material:
    """Return the course of these videos; those without a transcript are left out, and listed in its
    `remark`.

    With fewer than two there is no transcript, and `missing` is the reason.
    """
    read = Material(Video(key, "", COURSE), members=tuple(members))
    course = course_of(read.sources)
    silent = [each for each in members if not (each.transcript and each.transcript.segments)]
    if len(course.sources) < 2:
        told = [source.video.name for source in course.sources]
        error = TranscriptNeeded(
            _("Of these videos only “{told}” has words.").format(told=told[0])
            if told
            else _("These videos have no words."),
            hint=_("For a single video: notegen generate.") if told else _("Choose others."),
        )
        why = error.failure()
        if not told and silent[0].missing is not None:
            why = silent[0].missing
        return replace(read, missing=why)
    video = course_video(key, course)
    left_out = series(f"{quoted(member.video.name)} ({_why(member)})" for member in silent)
    if left_out:
        video = replace(
            video, remark=_("left out for want of words: {left_out}").format(left_out=left_out)
        )
    origin = ngettext(
        "the words of {n} video", "the words of {n} videos", len(course.sources)
    ).format(n=len(course.sources))
    return replace(read, video=video, transcript=course.transcript, origin=origin)


def check_whole(guide: Note, material: Material) -> None:
    """Raise TranscriptNeeded if a video of the guide is missing from the material: then it is not
    rewritten."""
    there = {source.video.id for source in material.sources}
    for video in guide.videos:
        if video.id not in there:
            raise TranscriptNeeded(
                _("“{name}”, which the guide tells of, cannot be read now.").format(
                    name=video.name
                ),
                hint=_("The guide stays as it is. Try again later."),
            )


def _why(material: Material) -> str:
    missing = material.missing
    return missing.message.rstrip(".") if missing else _("nothing is said in it")
