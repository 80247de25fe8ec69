"""The source of all links: sends each link to its reader, and fetches each video once."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from notegen_desktop.domain.errors import (
    NetworkUnreachable,
    NoCaptions,
    NoteGenError,
    UnsupportedSource,
)
from notegen_desktop.domain.links.link import Link, LinkKind
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.text.languages import primary
from notegen_desktop.domain.text.transcript import CaptionTrack, Transcript
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.http_client import http_client
from notegen_desktop.services.ports import (
    Latest,
    Ledger,
    Material,
    NoteStore,
    PictureSource,
    VideoSource,
)

from .files import FileSource
from .refusals import error_of_status
from .site_access import SiteAccess, Throttle, check_base_url
from .tracks import Choices
from .ytdlp import HttpStatus, YtDlp
from .ytdlp.newer import NewerYtDlp

if TYPE_CHECKING:
    import httpx

    from .podcasts import PodcastSource

KEPT = 32
"""Videos whose transcripts are kept in memory: some megabytes at most."""

TRIES = 4
"""Maximum tries of a download, each resuming behind the received part."""

BEYOND_END = 416
"""HTTP status of a range request behind the last byte."""

Download = Callable[[str, Path, Callable[[float], None]], Awaitable[None]]

_log = logging.getLogger(__name__)


class Sources:
    """The program's `VideoSource`. Readers of online videos are created when first needed.

    `pictures` takes pictures of the same videos. `library` stores transcripts and facts between
    runs.
    """

    def __init__(
        self,
        *,
        files: VideoSource,
        youtube: Callable[[], VideoSource],
        other: Callable[[], VideoSource],
        podcasts: Callable[[], PodcastSource],
        download: Download,
        close: Callable[[], Awaitable[None]] | None = None,
        library: NoteStore | None = None,
        choices: Choices | None = None,
        pictures: PictureSource | None = None,
    ) -> None:
        self.pictures = pictures
        self._files = files
        self._podcasts = functools.cache(podcasts)
        self._download = download
        self._makers: dict[str, Callable[[], VideoSource]] = {
            "youtube": youtube,
            "other": other,
            "podcast": self._podcasts,
        }
        self._made: dict[str, VideoSource] = {}
        self._close = close
        self._library = library
        self._kept: OrderedDict[tuple[object, ...], Material] = OrderedDict()
        self._choices = choices or Choices()
        self._when_chosen: list[Callable[[str], None]] = []
        self._described: dict[str, Video] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def describe(self, link: Link) -> Video:
        known = self._described.get(link.key)
        if known is None or link.kind is LinkKind.FILE:
            known = await self._for(link).describe(link)
            self._remember(known)
        return known

    async def read(
        self, link: Link, *, languages: Sequence[str], track: CaptionTrack | None = None
    ) -> Material:
        """Return the facts and the transcript. Repeated or concurrent calls share one fetch.

        Raises SourceError, NetworkUnreachable or TimedOut if the video itself cannot be read.
        """
        source = self._for(link)
        async with self._locks.setdefault(link.key, asyncio.Lock()):
            if track is None:
                return await self._as_chosen(source, link, tuple(languages))
            material = await self._once(source, link, tuple(languages), track)
            if material.transcript is not None and await self._choices.choose(link.key, track):
                for listener in self._when_chosen:
                    listener(link.key)
            return material

    async def tracks(self, link: Link) -> list[CaptionTrack]:
        return await self._for(link).tracks(link)

    def when_chosen(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with the key of a link whose captions were chosen anew, and read."""
        self._when_chosen.append(listener)

    async def expand(self, link: Link, *, start: int = 1, count: int = 100) -> list[Video]:
        videos = await self._for(link).expand(link, start=start, count=count)
        for video in videos:
            self._remember(video)
        return videos

    async def resolve(self, link: Link) -> Link:
        """Resolve a web page: one with a video of its own stays; for another its podcast is
        searched."""
        if link.kind is not LinkKind.URL or link.provider != "web":
            return link
        try:
            await self.describe(link)
        except UnsupportedSource:
            with contextlib.suppress(NoteGenError):
                return await self._podcasts().look(link) or link
        except NoteGenError:
            pass
        return link

    async def latest(self, link: Link, *, validator: str = "") -> Latest | None:
        return await self._for(link).latest(link, validator=validator)

    async def fetch(self, url: str, path: Path, progress: Callable[[float], None]) -> None:
        """Download the audio at an address into a file; interrupted downloads are resumed."""
        for __ in range(TRIES):
            here = await asyncio.to_thread(_size, path)
            try:
                await self._download(url, path, progress)
                return
            except HttpStatus as refused:
                if refused.status == BEYOND_END and here:
                    return  # it was complete already
                raise error_of_status(refused.status) from None
            except NetworkUnreachable:
                if await asyncio.to_thread(_size, path) <= here:
                    raise
        raise NetworkUnreachable(_("The connection is cut again and again."))

    async def aclose(self) -> None:
        """Close connections and threads."""
        made, self._made = list(self._made.values()), {}
        for source in (self._files, *made):
            await source.aclose()
        if self.pictures is not None:
            await self.pictures.aclose()
        if self._close is not None:
            await self._close()

    async def _as_chosen(
        self, source: VideoSource, link: Link, languages: tuple[str, ...]
    ) -> Material:
        """Return the material with the captions chosen before or, if they are gone, with those for
        the languages."""
        track = await self._choices.of(link.key)
        material = await self._once(source, link, languages, track)
        gone = material.missing is not None and material.missing.code == NoCaptions.code()
        if track is None or not gone:
            return material
        await self._choices.forget(link.key)
        material = await self._once(source, link, languages, None)
        if material.transcript is None:
            return material
        return replace(
            material,
            origin=_("{origin} (the chosen {words} are gone)").format(
                origin=material.origin, words=track.words
            ),
        )

    def _remember(self, video: Video) -> None:
        if video.title:
            self._described[video.id] = video

    def _for(self, link: Link) -> VideoSource:
        if link.kind is LinkKind.FILE or link.provider in ("file", "folder"):
            return self._files
        name = link.provider if link.provider in ("youtube", "podcast") else "other"
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    async def _once(
        self,
        source: VideoSource,
        link: Link,
        languages: tuple[str, ...],
        track: CaptionTrack | None,
    ) -> Material:
        if link.kind is LinkKind.FILE:  # reading is quick, and the file may have changed
            material = await source.read(link, languages=languages, track=track)
            if material.transcript is not None:
                await self._store(material.video, material.transcript)
            return material
        key = (link.key, languages, track and track.identity)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        stored = await self._stored(link, languages, track)
        if stored is not None:
            material = Material(await self._facts(link, stored), stored, origin=_("the library"))
        else:
            material = await source.read(link, languages=languages, track=track)
            self._remember(material.video)
            if material.transcript is not None:
                await self._store(material.video, material.transcript)
        if material.transcript is not None:
            self._kept[key] = material
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return material

    async def _stored(
        self, link: Link, languages: tuple[str, ...], track: CaptionTrack | None
    ) -> Transcript | None:
        """Return the transcript stored by an earlier run, unless another is wanted now; or None."""
        if self._library is None:
            return None
        try:
            transcript = await self._library.get_transcript(link.key)
        except NoteGenError as error:
            _log.info("no transcript from the library: %s", error)
            return None
        if transcript is None:
            return None
        if track is not None:
            same = (transcript.language, transcript.kind) == (track.language, track.kind)
            return transcript if same else None
        bases = {primary(tag) for tag in languages}
        fits = not bases or primary(transcript.language) in bases
        return transcript if fits else None

    async def _facts(self, link: Link, transcript: Transcript) -> Video:
        """Return the facts of a video whose transcript is stored; the network may be missing."""
        video = Video(link.key, link.url, link.provider)
        try:
            if self._library is not None:
                video = await self._library.get_video(link.key) or video
            if not video.title:
                video = await self.describe(link)
        except NoteGenError as error:
            _log.info("%s is not described: %s", link.key, error)
        if video.duration_s is None:
            video = replace(video, duration_s=transcript.duration_s)
        return video.known(language=video.language or transcript.language)

    async def _store(self, video: Video, transcript: Transcript) -> None:
        if self._library is None:
            return
        try:
            await self._library.put_transcript(video, transcript)
        except NoteGenError as error:  # the transcript is here; only the next run fetches it again
            _log.info("the transcript of %s is not kept: %s", video.id, error)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def build_sources(
    *,
    youtube_url: str | None = None,
    proxy: Callable[[], str] = str,
    cookies_for: Callable[[str], str] = lambda _site: "",
    client_factory: Callable[[], httpx.AsyncClient] | None = None,
    library: NoteStore | None = None,
    ledger: Ledger | None = None,
    may_upload: Callable[[], bool] = lambda: True,
    caption_gap_s: float = 1.0,
    retry_after_s: float = 2.0,
    timeout_s: float = 15.0,
    newer_ytdlp: NewerYtDlp | None = None,
) -> Sources:
    """Build the program's sources. Slow libraries are imported with the first video.

    `youtube_url` replaces YouTube (a test server). `proxy`, `cookies_for` (the browser, for a site)
    and `may_upload`, True if a model may be given local files, return present settings.
    `caption_gap_s` is the pause between two caption requests and `retry_after_s` the wait before
    one is repeated, `timeout_s` the longest silence of a server, in seconds. `library` stores
    transcripts and facts between runs, `ledger` the choice of captions. `newer_ytdlp` has versions
    newer than the built-in one. Raises InvalidSetting for a `youtube_url` that is neither https nor
    on this machine.
    """
    from .pictures import Pictures

    base = check_base_url(youtube_url) if youtube_url else ""

    def access(site: str) -> SiteAccess:
        return SiteAccess(base, proxy().strip(), cookies_for(site), timeout_s)

    ytdlp = YtDlp(access, newer=newer_ytdlp)

    def youtube() -> VideoSource:
        from .youtube import YoutubeSource

        return YoutubeSource(
            ytdlp,
            client_factory=client_factory
            or (lambda: http_client(timeout_s, proxy=proxy().strip())),
            throttle=Throttle(gap_s=caption_gap_s),
            retry_after_s=retry_after_s,
        )

    def other() -> VideoSource:
        from .others import OtherSource

        return OtherSource(ytdlp, may_upload=may_upload, throttle=Throttle(gap_s=caption_gap_s))

    def podcasts() -> PodcastSource:
        from .podcasts import PodcastSource

        return PodcastSource(ytdlp, may_upload=may_upload)

    async def download(url: str, path: Path, progress: Callable[[float], None]) -> None:
        await ytdlp.download(url, path, progress, site=_("The podcast"))

    return Sources(
        files=FileSource(may_upload=may_upload),
        youtube=youtube,
        other=other,
        podcasts=podcasts,
        download=download,
        close=ytdlp.aclose,
        library=library,
        choices=Choices(ledger),
        pictures=Pictures(ytdlp),
    )
