"""The sources of videos: their facts and transcripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from notegen_desktop.domain.asking.passages import Source
from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.links.link import Link
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Picture
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.text.transcript import CaptionTrack, Transcript
from notegen_desktop.domain.words import _


@dataclass(frozen=True, slots=True)
class Material:
    """The result of reading a source: the video's facts and, if there is one, its transcript.

    `missing` is the reason why there is no transcript. `origin` describes where the transcript
    comes from, including each fallback ("automatic captions, English"). `uploadable` is true of a
    file that a model can watch or hear once it is uploaded; `state` changes with the content of a
    media file. `members` are the videos of a course, whose transcripts are joined in it.
    """

    video: Video
    transcript: Transcript | None = None
    missing: Failure | None = None
    origin: str = ""
    uploadable: bool = False
    state: str = ""
    members: tuple[Material, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Return a hash that changes with the content: of the transcript or, without one, the
        state."""
        return self.transcript.fingerprint if self.transcript else self.state

    @property
    def sources(self) -> tuple[Source, ...]:
        """Return the videos of a course that have a transcript."""
        told = ((member.video, member.transcript) for member in self.members)
        return tuple(Source(video, words) for video, words in told if words and words.segments)


@dataclass(frozen=True, slots=True)
class Latest:
    """The present content of a list: its title and its videos, of a channel the newest, of others
    all.

    With the `validator` the next request is answered only if something has changed since. `waiting`
    is True if something is incomplete, such as a file being written.
    """

    title: str
    videos: tuple[Video, ...]
    validator: str = ""
    waiting: bool = False


class VideoSource(Protocol):
    """Reads videos. Never raises for missing captions: that is `Material.missing`."""

    async def describe(self, link: Link) -> Video:
        """Return title, channel and length: quick, for display. Raises SourceError,
        NetworkUnreachable."""
        ...

    async def read(
        self, link: Link, *, languages: Sequence[str], track: CaptionTrack | None = None
    ) -> Material:
        """Read facts and transcript, once for all templates.

        `track`, one of `tracks`, replaces the one that matches the languages best, and stays the
        choice for this link. Raises SourceError or NetworkUnreachable if the video itself cannot be
        read.
        """
        ...

    async def tracks(self, link: Link) -> list[CaptionTrack]:
        """Return the available captions, in the order of the site; raises as `read` does."""
        ...

    async def expand(self, link: Link, *, start: int = 1, count: int = 100) -> list[Video]:
        """Return the videos of a playlist or channel, a page of `count` from number `start`."""
        ...

    async def latest(self, link: Link, *, validator: str = "") -> Latest | None:
        """Return the present content of a list, by the cheapest request; None if nothing has
        changed.

        Raises SourceError, NetworkUnreachable, TimedOut.
        """
        ...

    async def aclose(self) -> None: ...


class LinkSource(VideoSource, Protocol):
    """The source of all links, which chooses the other sources by the kind of link."""

    async def resolve(self, link: Link) -> Link:
        """Resolve a link: a web page of a podcast becomes its feed or episode.

        Any other link is returned unchanged. Never raises: reading the link will.
        """
        ...

    async def fetch(self, url: str, path: Path, progress: Callable[[float], None]) -> None:
        """Download the audio at an address into a file, resuming behind its present content.

        `progress` is called with 0 to 1. Raises SourceError, NetworkUnreachable, TimedOut,
        StoreError.
        """
        ...


class PictureSource(Protocol):
    """Takes frames of a video as pictures."""

    async def take(
        self, video: Video, seconds: Sequence[float], *, limit: int, reach_s: float
    ) -> list[Picture]:
        """Return at most `limit` pictures at some of these seconds, in order of preference: sharp,
        without duplicates, each the best within `reach_s` seconds after its time.

        Raises PicturesUnavailable, FileMissing, FileUnreadable, other SourceErrors,
        NetworkUnreachable or TimedOut.
        """
        ...

    async def aclose(self) -> None: ...


MAX_UPLOAD_BYTES = 2 * 1024**3
"""Bytes of the largest file that Gemini accepts."""


@dataclass(frozen=True, slots=True)
class MediaRef:
    """An uploaded film or recording that a model can watch or hear. `expires_at` is epoch
    seconds."""

    uri: str
    mime_type: str
    name: str = ""
    expires_at: float = 0.0


class SpeechToText(Protocol):
    """Speech recognition on this machine."""

    def unavailable(self) -> Failure | None:
        """Return why it cannot be used now, with a hint; None if it can. Quick."""
        ...

    async def hear(self, path: Path, progress: Callable[[float], None]) -> Transcript:
        """Return the transcript, of kind `speech`; `progress` is called with 0 to 1. Cancelling
        stops the work.

        Raises SpeechUnavailable, FileUnreadable, NothingSaid.
        """
        ...

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """An available speech recognition model. `size_bytes` is the size of the download; `speed` is
    seconds of speech recognized per second on four ordinary cores."""

    name: str
    repository: str
    size_bytes: int
    speed: float
    languages: str = "99 languages"

    @property
    def words(self) -> str:
        """Return size, languages and speed, for users."""
        return _("{size_bytes} MB, {languages}, about {speed} times as fast as speech").format(
            size_bytes=number(self.size_bytes / 1000000.0, 0),
            languages=self.languages,
            speed=f"{self.speed:g}",
        )


class SpeechModelStore(Protocol):
    """Speech recognition models: available and installed ones."""

    def offered(self) -> Sequence[SpeechModel]: ...

    def unavailable(self) -> Failure | None:
        """Return why no model can be used on this machine; None if one can."""
        ...

    def path_of(self, name: str) -> Path | None:
        """Return the folder of a complete model; None if it is not installed."""
        ...

    def installed(self) -> tuple[str, ...]:
        """Return the names of complete installed models."""
        ...

    def remove(self, name: str) -> None:
        """Delete a model, complete or not. Raises UsageError, StoreError."""
        ...

    async def install(self, name: str, progress: Callable[[int, int], None]) -> Path:
        """Download a model; `progress` is called with the bytes received and in total. Cancelling
        keeps the received part.

        Raises UsageError, NetworkUnreachable, TimedOut, SpeechUnavailable, StoreError.
        """
        ...


@dataclass(frozen=True, slots=True)
class YtDlpRelease:
    """An available release: version, address, and checksum of its archive."""

    version: str
    address: str
    sha256: str

    @property
    def host(self) -> str:
        return self.address.split("/")[2]


class YtDlpReleases(Protocol):
    """yt-dlp, which reads video sites, and releases newer than the built-in one."""

    @property
    def version(self) -> str:
        """Return the newest installed version."""
        ...

    async def find(self) -> YtDlpRelease | None:
        """Return the newest release, if it is newer than the installed one, or None. Raises
        NetworkUnreachable, and KeyRingLocked while the proxy's password is unknown."""
        ...

    async def fetch(self, release: YtDlpRelease) -> None:
        """Install a release beside the present one; the next start uses it. Raises as `find`, and
        StoreError if the disk is full."""
        ...

    def use(self, works: Callable[[], object]) -> str:
        """Choose the installed version before it is imported, and return it; blocks.

        The newest, unless `works`, which tests it, raises anything: then it is deleted, and the
        next one tested.
        """
        ...


class Uploads(Protocol):
    """Uploads files for a model to watch."""

    async def upload(
        self, path: Path, mime_type: str, progress: Callable[[float], None]
    ) -> MediaRef:
        """Upload a file and wait until it can be used; `progress` is called with 0 to 1.

        Resumes after broken connections. Raises UnsupportedSource, FileMissing, FileUnreadable,
        KeyMissing, KeyRejected, ServiceUnavailable, NetworkUnreachable or TimedOut.
        """
        ...

    async def find(self, name: str) -> MediaRef | None:
        """Return an earlier upload, if it can still be used. Raises as `upload` does."""
        ...

    async def delete(self, name: str) -> None:
        """Delete an upload; one that no longer exists is fine. Raises as `upload` does."""
        ...

    async def aclose(self) -> None: ...
