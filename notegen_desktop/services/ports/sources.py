"""What a video gives: its facts and its words."""

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
    """What a source gave: the video's facts and, where there are any, its words.

    `missing` says why there is no transcript, when there is none. `origin` says in words where the
    transcript comes from, including each step down ("automatic captions, English"). `uploadable`
    is true of a file that a model can watch or hear once it is uploaded; `state` tells a media file
    from what it was before it was changed. `members` are the videos of a course, whose words are
    those of all of them.
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
        """Tells the same source with other content apart: by its words or, failing them, state."""
        return self.transcript.fingerprint if self.transcript else self.state

    @property
    def sources(self) -> tuple[Source, ...]:
        """The videos of a course that have words."""
        told = ((member.video, member.transcript) for member in self.members)
        return tuple(Source(video, words) for video, words in told if words and words.segments)


@dataclass(frozen=True, slots=True)
class Latest:
    """What a list has now: its title and its videos, of a channel the newest, of others all.

    With the `validator` the next question is answered only if something has changed since.
    `waiting` tells that there is something that is not whole yet, such as a file being written.
    """

    title: str
    videos: tuple[Video, ...]
    validator: str = ""
    waiting: bool = False


class VideoSource(Protocol):
    """Reads videos. Never raises for missing captions: that is `Material.missing`."""

    async def describe(self, link: Link) -> Video:
        """Title, channel, length: quick, for showing. Raises SourceError, NetworkUnreachable."""
        ...

    async def read(
        self, link: Link, *, languages: Sequence[str], track: CaptionTrack | None = None
    ) -> Material:
        """The facts and the words, fetched once for all templates.

        `track`, one of `tracks`, is read instead of the one that fits the languages best, and stays
        the choice for this link. Raises SourceError or NetworkUnreachable when the video itself
        cannot be had.
        """
        ...

    async def tracks(self, link: Link) -> list[CaptionTrack]:
        """The captions on offer, in the order they are listed; raises as `read` does."""
        ...

    async def expand(self, link: Link, *, start: int = 1, count: int = 100) -> list[Video]:
        """The videos of a playlist or channel, a page of `count` from number `start`."""
        ...

    async def latest(self, link: Link, *, validator: str = "") -> Latest | None:
        """What a list has now, by as light a request as there is; None if nothing has changed.

        Raises SourceError, NetworkUnreachable, TimedOut.
        """
        ...

    async def aclose(self) -> None: ...


class LinkSource(VideoSource, Protocol):
    """The source of all links, which knows the others by what they read."""

    async def resolve(self, link: Link) -> Link:
        """What a link turns out to be: of a web page that is a podcast's, its feed or episode.

        Any other link comes back as it is. Raises nothing: reading it will tell.
        """
        ...

    async def fetch(self, url: str, path: Path, progress: Callable[[float], None]) -> None:
        """Put the sound at an address into a file; goes on behind what is in it already.

        `progress` is told 0 to 1. Raises SourceError, NetworkUnreachable, TimedOut, StoreError.
        """
        ...


class PictureSource(Protocol):
    """Takes pictures of what a video shows."""

    async def take(
        self, video: Video, seconds: Sequence[float], *, limit: int, reach_s: float
    ) -> list[Picture]:
        """At most `limit` pictures, at some of these seconds, in this order of preference: sharp,
        none twice, of each the best that is shown up to `reach_s` seconds later.

        Raises PicturesUnavailable, FileMissing, FileUnreadable, other SourceErrors, or
        NetworkUnreachable or TimedOut.
        """
        ...

    async def aclose(self) -> None: ...


MAX_UPLOAD_BYTES = 2 * 1024**3
"""Bytes of the largest file that Gemini takes."""


@dataclass(frozen=True, slots=True)
class MediaRef:
    """A film or recording where a model can watch or hear it. `expires_at` is epoch seconds."""

    uri: str
    mime_type: str
    name: str = ""
    expires_at: float = 0.0


class SpeechToText(Protocol):
    """Hears what is said in a file, on this machine."""

    def unavailable(self) -> Failure | None:
        """Why it cannot be used now, with what to do about it; None if it can. Quick."""
        ...

    async def hear(self, path: Path, progress: Callable[[float], None]) -> Transcript:
        """The words, of kind `speech`; `progress` is told 0 to 1. Cancelling ends the work.

        Raises SpeechUnavailable, FileUnreadable, NothingSaid.
        """
        ...

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """A model for speech recognition on offer. `size_bytes` is what is fetched; `speed` is how
    many seconds of speech are recognised in a second on four ordinary cores."""

    name: str
    repository: str
    size_bytes: int
    speed: float
    languages: str = "99 languages"

    @property
    def words(self) -> str:
        """Size, languages and speed, for people."""
        return _("{size_bytes} MB, {languages}, about {speed} times as fast as speech").format(
            size_bytes=number(self.size_bytes / 1000000.0, 0),
            languages=self.languages,
            speed=f"{self.speed:g}",
        )


class SpeechModelStore(Protocol):
    """The models for speech recognition: those on offer, and those on this machine."""

    def offered(self) -> Sequence[SpeechModel]: ...

    def unavailable(self) -> Failure | None:
        """Why nothing here could recognise speech with a model; None if it can."""
        ...

    def path_of(self, name: str) -> Path | None:
        """The folder of a model that is whole; None if it is not here."""
        ...

    def installed(self) -> tuple[str, ...]:
        """The names of those that are here and whole."""
        ...

    def remove(self, name: str) -> None:
        """Delete a model, whole or not. Raises UsageError, StoreError."""
        ...

    async def install(self, name: str, progress: Callable[[int, int], None]) -> Path:
        """Fetch a model; `progress` is told bytes here and in all. Cancelling keeps what is here.

        Raises UsageError, NetworkUnreachable, TimedOut, SpeechUnavailable, StoreError.
        """
        ...


@dataclass(frozen=True, slots=True)
class YtDlpRelease:
    """A release that can be fetched: its version, its address, and the checksum of its archive."""

    version: str
    address: str
    sha256: str

    @property
    def host(self) -> str:
        return self.address.split("/")[2]


class YtDlpReleases(Protocol):
    """yt-dlp, by which video sites are read, and newer releases of it than the built-in one."""

    @property
    def version(self) -> str:
        """The newest that is on this machine."""
        ...

    async def find(self) -> YtDlpRelease | None:
        """The newest release, if it is newer than that. Raises NetworkUnreachable, and
        KeyRingLocked while the proxy's password is not known."""
        ...

    async def fetch(self, release: YtDlpRelease) -> None:
        """Put it beside what is here; the next start uses it. Raises as `find`, and StoreError for
        lack of room."""
        ...

    def use(self, works: Callable[[], object]) -> str:
        """Decide, before it is imported, which one that will be, and say its version; blocks.

        The newest, unless `works`, which tries it, raises anything: then it goes, and the next one
        is tried.
        """
        ...


class Uploads(Protocol):
    """Brings files to where a model can watch them."""

    async def upload(
        self, path: Path, mime_type: str, progress: Callable[[float], None]
    ) -> MediaRef:
        """Upload a file and wait until it can be used; `progress` is told 0 to 1.

        Goes on after broken connections. Raises UnsupportedSource, FileMissing, FileUnreadable,
        KeyMissing, KeyRejected, ServiceUnavailable, NetworkUnreachable or TimedOut.
        """
        ...

    async def find(self, name: str) -> MediaRef | None:
        """An earlier upload, if it can still be used. Raises as `upload` does."""
        ...

    async def delete(self, name: str) -> None:
        """Delete an upload; one that is gone already is fine. Raises as `upload` does."""
        ...

    async def aclose(self) -> None: ...
