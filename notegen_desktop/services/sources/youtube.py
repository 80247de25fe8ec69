"""The source of YouTube: facts, chapters and captions of a video, and the videos of a playlist or
channel.

Three ways, from fast to thorough: oEmbed for title and channel, yt-dlp for everything, and
youtube-transcript-api if YouTube gives yt-dlp no captions. A failure of one never blocks the
others.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from notegen_desktop.domain.errors import (
    CaptionsBroken,
    CaptionsEmpty,
    NetworkUnreachable,
    NoCaptions,
    NoteGenError,
    TimedOut,
    VideoNotFound,
    VideoNotReady,
    YoutubeChanged,
    YoutubeRateLimited,
)
from notegen_desktop.domain.links.hosts import YOUTUBE_WATCH, site_name
from notegen_desktop.domain.links.link import Link, LinkKind
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.text.transcript import CaptionTrack, Transcript
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import Latest, Material

from .metadata import NEWEST, WHOLE, is_out, metadata_of, original_language, tracks_in
from .online_captions import read_captions, read_track
from .refusals import is_block, refusal
from .site_access import Throttle
from .tracks import TrackPreference
from .ytdlp import HttpStatus, YtDlp

if TYPE_CHECKING:
    import httpx

SITE = "youtube"

RETRY_AFTER_S = 2.0
"""Seconds before the one repetition of a caption request that was refused or cut."""
FACTS_RESTS_S = (0.0, 0.0, 60.0, 240.0, 900.0)
"""Seconds without requests for facts after the first, second, … consecutive refusal."""
LONGEST_WAIT_S = 10.0
"""Maximum seconds of a wait requested by YouTube that is kept; beyond it, other ways are faster."""

_log = logging.getLogger(__name__)


class YoutubeSource:
    """Reads YouTube. `client_factory` creates the HTTP client for oEmbed, closed by `aclose`."""

    def __init__(
        self,
        ytdlp: YtDlp,
        *,
        client_factory: Callable[[], httpx.AsyncClient],
        throttle: Throttle | None = None,
        retry_after_s: float = RETRY_AFTER_S,
    ) -> None:
        self._ytdlp = ytdlp
        self._oembed = Oembed(ytdlp, client_factory=client_factory)
        self._throttle = throttle or Throttle()
        # A single refusal may concern one video; several in a row are a block.
        self._facts_throttle = Throttle(gap_s=0.0, rests_s=FACTS_RESTS_S)
        self._retry_after_s = retry_after_s
        self._reached_by = ytdlp.access(SITE)

    async def describe(self, link: Link) -> Video:
        """Return title, channel and thumbnail, by one small request if it succeeds.

        Raises SourceError, NetworkUnreachable or TimedOut.
        """
        video = self._blank(link)
        try:
            video = video.known(**await self._oembed.card(link.url))
        except VideoNotFound:
            _log.debug("oEmbed does not know %s", link.id)
        if video.title:
            return video
        # Private, not embeddable or missing: only the page of the video can tell.
        return video.known(**metadata_of(await self._ytdlp.extract(link.url, site=SITE)))

    async def read(
        self, link: Link, *, languages: Sequence[str], track: CaptionTrack | None = None
    ) -> Material:
        """Return everything about a video, and its transcript."""
        self._reached_anew()
        resting = self._facts_throttle.resting_s
        if resting:
            return Material(self._blank(link), missing=_resting(resting).failure())
        answers: tuple[dict[str, Any] | BaseException, dict[str, Any] | BaseException]
        answers = await asyncio.gather(
            self._ytdlp.extract(link.url, site=SITE),
            self._oembed.card(link.url),
            return_exceptions=True,
        )
        info, card = answers
        known = card if isinstance(card, dict) else {}
        video = self._blank(link).known(**known)
        if isinstance(info, dict) and not info.get("title") and not info.get("duration"):
            info = YoutubeChanged()  # the answer contains no video
        preference = TrackPreference.of(languages, track)
        if isinstance(info, NoteGenError):
            return await self._without_facts(link, video, info, preference)
        if isinstance(info, BaseException):
            raise info
        if info.get("live_status") in ("is_live", "is_upcoming"):
            live = info["live_status"] == "is_live"
            raise VideoNotReady(_("This video is live right now.") if live else "")
        self._facts_throttle.answered()
        video = video.known(**metadata_of(info))
        return await self._with_words(video, link, info, preference)

    async def expand(self, link: Link, *, start: int = 1, count: int = 100) -> list[Video]:
        """Return videos `start` to `start + count - 1` of a playlist or channel, as far as they
        exist."""
        with _list_missing():
            entries = await self._ytdlp.page(link.url, start=max(1, start), count=count, site=SITE)
        return [video for entry in entries if (video := _listed(entry))]

    async def latest(self, link: Link, *, validator: str = "") -> Latest:
        """Return the newest videos of a channel, or all of a playlist, without upcoming ones."""
        count = NEWEST if link.kind is LinkKind.CHANNEL else WHOLE
        with _list_missing():
            title, entries = await self._ytdlp.latest(link.url, count=count, site=SITE)
        listed = (video for entry in entries if is_out(entry) and (video := _listed(entry)))
        return Latest(title, tuple(listed))

    async def tracks(self, link: Link) -> list[CaptionTrack]:
        """Return the available caption tracks."""
        return tracks_in(await self._ytdlp.extract(link.url, site=SITE))

    async def aclose(self) -> None:
        await self._oembed.aclose()

    def _reached_anew(self) -> None:
        """Reset the rests if cookies or address have changed since the refusals."""
        if self._reached_by != self._ytdlp.access(SITE):
            self._reached_by = self._ytdlp.access(SITE)
            self._throttle.answered()
            self._facts_throttle.answered()

    # --- facts -----------------------------------------------------------------------------------

    @staticmethod
    def _blank(link: Link) -> Video:
        return Video(link.key, link.url, "youtube")

    async def _without_facts(
        self,
        link: Link,
        video: Video,
        error: NoteGenError,
        preference: TrackPreference,
    ) -> Material:
        """Return what is possible if YouTube refuses yt-dlp a video.

        Raises `error` if it means that the video is not available at all.
        """
        if is_block(error):
            self._facts_throttle.refused()
            return Material(video, missing=error.failure())
        # yt-dlp's client reports videos made for children as unavailable.
        hidden = isinstance(error, VideoNotFound) and "is not available" in _words(error)
        away = isinstance(error, (NetworkUnreachable, TimedOut))
        if away and not video.title:
            # YouTube cannot be reached from here. Gemini, which fetches the video itself, may still
            # be asked.
            return Material(video, missing=error.failure())
        # An answer from oEmbed shows that the network works and the video exists.
        if not isinstance(error, YoutubeChanged) and not ((hidden or away) and video.title):
            raise error
        return await self._second_way(video, link, preference, "", error)

    # --- words -----------------------------------------------------------------------------------

    async def _with_words(
        self, video: Video, link: Link, info: dict[str, Any], preference: TrackPreference
    ) -> Material:
        original = original_language(info)
        track = preference.best(tracks_in(info), original)
        if track is None:
            return Material(video, missing=preference.unfulfilled().failure())
        resting = self._throttle.resting_s
        if resting:
            return Material(video, missing=_resting(resting).failure())
        try:
            transcript = await self._captions(track)
        except (YoutubeRateLimited, NetworkUnreachable, TimedOut) as error:
            if is_block(error):
                return Material(video, missing=error.failure())
            return await self._second_way(video, link, preference, original, error)
        except NoteGenError as error:
            return await self._second_way(video, link, preference, original, error)
        return Material(video.known(language=original), transcript, origin=track.words)

    async def _captions(self, track: CaptionTrack) -> Transcript:
        """Return the transcript of a track; a request that is refused or cut is repeated once."""

        def parsed(data: bytes) -> Transcript:
            return read_track(data, track, site=site_name(SITE))

        if track.data:
            return await self._ytdlp.run(lambda: parsed(track.data.encode()))
        for last in (False, True):
            wait = self._retry_after_s
            try:
                async with self._throttle.turn():
                    transcript = await self._ytdlp.fetch(track.url, parsed, site=SITE)
            except HttpStatus as error:
                if error.status == 429:
                    wait = error.wait_s if error.wait_s is not None else wait
                    if last or wait > LONGEST_WAIT_S:
                        self._throttle.refused(wait_s=error.wait_s)
                        raise YoutubeRateLimited from error
                elif last or error.status < 500:
                    raise YoutubeChanged(
                        _("YouTube lists captions but does not hand them over.")
                    ) from error
            except (NetworkUnreachable, TimedOut):
                if last:
                    raise
            else:
                self._throttle.answered()
                return transcript
            await asyncio.sleep(wait)
        raise AssertionError  # the loop returns or raises in its last round

    async def _second_way(
        self,
        video: Video,
        link: Link,
        preference: TrackPreference,
        original: str,
        first: NoteGenError,
    ) -> Material:
        """Return captions through the other library, or the reason there are none."""
        try:
            async with self._throttle.turn():
                transcript, track = await self._ytdlp.run(
                    lambda: read_captions(
                        link.id,
                        languages=preference.languages,
                        original=original,
                        access=self._ytdlp.access(SITE),
                    )
                )
        except NoteGenError as error:
            _log.info("no captions the second way either: %s", error)
            if is_block(error):
                self._throttle.refused()
            told = first
            if isinstance(first, (CaptionsEmpty, CaptionsBroken)) and isinstance(error, NoCaptions):
                told = error
            return Material(video, missing=told.failure())
        reason = first.message.rstrip(".")
        return Material(
            video,
            transcript,
            origin=_("{words}, read the second way ({reason})").format(
                words=track.words, reason=reason
            ),
        )


def _words(error: NoteGenError) -> str:
    """Return the site's own message, as far as it is stored in the error."""
    return f"{error.__cause__ or ''} {error}".lower()


def _resting(seconds: float) -> YoutubeRateLimited:
    return YoutubeRateLimited(
        hint=_("NoteGen asks again in {seconds} s; the mode “video” works meanwhile.").format(
            seconds=max(1, round(seconds))
        )
    )


@contextlib.contextmanager
def _list_missing() -> Iterator[None]:
    try:
        yield
    except VideoNotFound:
        raise VideoNotFound(
            _("There is no such playlist or channel, or it is not public."),
            hint=_("Open the link in a browser to see whether it shows videos."),
        ) from None


def _listed(entry: dict[str, Any]) -> Video | None:
    """Return an entry of a list as a video; None if the entry is no video."""
    video_id = str(entry.get("id") or "")
    if not video_id or entry.get("ie_key") not in (None, "Youtube"):
        return None
    return Video(video_id, f"{YOUTUBE_WATCH}{video_id}", "youtube").known(**metadata_of(entry))


# --- oEmbed ---


class Oembed:
    """Requests title, channel and thumbnail from YouTube's oEmbed, without yt-dlp.

    `client_factory` creates the HTTP client, closed by `aclose`.
    """

    def __init__(self, ytdlp: YtDlp, *, client_factory: Callable[[], httpx.AsyncClient]) -> None:
        self._ytdlp = ytdlp
        self._client_factory = client_factory
        self._client: httpx.AsyncClient | None = None
        self._opening = asyncio.Lock()
        self._unusable = False
        self._proxy = ytdlp.access(SITE).proxy
        self._outdated: list[httpx.AsyncClient] = []

    async def aclose(self) -> None:
        clients = [*self._outdated, *([self._client] if self._client is not None else [])]
        self._outdated, self._client = [], None
        for client in clients:
            await client.aclose()

    async def card(self, url: str) -> dict[str, Any]:
        """Return title, channel and thumbnail of the video at `url`; empty if they may not be
        shown.

        Raises VideoNotFound, NetworkUnreachable, TimedOut and the translated refusals.
        """
        address = f"https://www.youtube.com/oembed?format=json&url={quote(url, safe='')}"
        status, body = await self._get(self._ytdlp.access(SITE).rewritten(address))
        if status in (400, 404):
            raise VideoNotFound
        if status in (401, 403):
            return {}  # it exists, but is private or not embeddable
        if status != 200:
            raise refusal(f"HTTP error {status}")
        try:
            told = json.loads(body)
            return {
                "title": str(told.get("title") or ""),
                "channel": str(told.get("author_name") or ""),
                "thumbnail_url": str(told.get("thumbnail_url") or ""),
            }
        except (ValueError, AttributeError):
            raise YoutubeChanged from None

    async def _get(self, address: str) -> tuple[int, bytes]:
        """Return status and body of a small answer. Raises NetworkUnreachable, TimedOut."""
        client = await self._opened()
        if client is None:
            try:
                return 200, await self._ytdlp.fetch(address, bytes, site=SITE)
            except HttpStatus as answer:
                return answer.status, b""
        import httpx

        try:
            answered = await client.get(address)
        except httpx.TimeoutException:
            raise refusal("timed out") from None
        except httpx.ProxyError as error:
            raise refusal("proxy") from error
        except httpx.HTTPError as error:
            raise refusal("connection refused") from error
        return answered.status_code, answered.content

    async def _opened(self) -> httpx.AsyncClient | None:
        """Return the client, created in a thread: importing httpx and reading certificates takes
        time.

        None if httpx cannot use the proxy without another package; yt-dlp then can.
        """
        async with self._opening:
            if self._proxy != self._ytdlp.access(SITE).proxy:
                self._proxy = self._ytdlp.access(SITE).proxy
                self._unusable = False
                if self._client is not None:  # a request may still be waiting for its answer
                    self._outdated.append(self._client)
                    self._client = None
            if self._client is None and not self._unusable:
                try:
                    self._client = await self._ytdlp.run(self._client_factory)
                except (ImportError, NetworkUnreachable) as error:
                    _log.debug("no HTTP client: %s", error)
                    self._unusable = True
            return self._client
