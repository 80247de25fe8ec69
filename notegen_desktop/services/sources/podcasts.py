"""The source of podcasts: a feed is a list of episodes; an episode has its own transcript and
chapters, or is transcribed on this machine or heard by the model."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from notegen_desktop.domain.errors import (
    CaptionsBroken,
    CaptionsEmpty,
    NoCaptions,
    NoteGenError,
    UnsupportedSource,
    VideoNotFound,
)
from notegen_desktop.domain.links.link import Link, LinkKind, Refused
from notegen_desktop.domain.links.podcasts import as_feed, origin_of
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.text.transcript import CaptionTrack, Transcript
from notegen_desktop.domain.words import N_, _
from notegen_desktop.services.ports import Latest, Material

from .captions import parse_captions
from .feeds import Episode, Feed, feed_of_page, is_feed, read_feed
from .metadata import chapters_of
from .refusals import error_of_status
from .tracks import TrackPreference
from .ytdlp import Answer, HttpStatus, YtDlp

SITE = N_("The podcast")
NOT_MODIFIED = 304
FRESH_S = 300.0
"""Seconds for which a feed is cached for showing, reading and choosing in a row."""

APPLE_LOOKUP = "https://itunes.apple.com/lookup"
"""https://performance-partners.apple.com/search-api: returns the feed of a show, without a key."""
LISTED_BY_APPLE = 200

_HEADERS = {
    "User-Agent": "NoteGen (podcast reader)",
    "Accept": "application/rss+xml, application/atom+xml, application/feed+json;q=0.9, "
    "application/xml;q=0.9, */*;q=0.8",
}
_HINT = N_(
    N_(
        "Install speech recognition under Settings, Sources, or choose the engine Gemini, which "
        "hears the episode itself."
    )
)


@dataclass(frozen=True, slots=True)
class _Fetched:
    at: float
    feed: Feed
    validator: str


@dataclass(slots=True, eq=False)
class PodcastSource:
    """Reads feeds and episodes. `may_upload` returns True if a model may be given the audio."""

    ytdlp: YtDlp
    may_upload: Callable[[], bool] = lambda: True
    clock: Callable[[], float] = time.monotonic
    _recent: dict[str, _Fetched] = field(default_factory=dict)
    _feed_of: dict[str, str] = field(default_factory=dict)

    async def describe(self, link: Link) -> Video:
        """Return title, podcast, date and length. Raises SourceError, NetworkUnreachable,
        TimedOut."""
        if link.kind is not LinkKind.VIDEO:
            feed = await self._feed(link)
            return Video(link.key, link.url, "podcast", title=feed.title)
        return (await self._episode(link)).video

    async def read(
        self, link: Link, *, languages: Sequence[str], track: CaptionTrack | None = None
    ) -> Material:
        """Return the facts and the episode's own transcript, if it has a readable one."""
        episode = await self._episode(link)
        video = await self._with_chapters(episode)
        bare = Material(video, uploadable=self.may_upload(), state="sound")
        preference = TrackPreference.of(languages, track)
        chosen = preference.best(list(episode.tracks), video.language)
        missing = NoCaptions(_("This episode has no transcript."), hint=_HINT).failure()
        for form in episode.tracks:
            if chosen is None or form.language != chosen.language:
                continue
            try:
                words = await self._words(form)
            except NoteGenError as error:  # the transcript may exist in another format
                missing = error.failure()
            else:
                return replace(bare, transcript=words, origin=_("the podcast's own transcript"))
        return replace(bare, missing=missing)

    async def tracks(self, link: Link) -> list[CaptionTrack]:
        """Return the available transcripts, one per language."""
        tracks = (await self._episode(link)).tracks
        return list({track.language: track for track in reversed(tracks)}.values())[::-1]

    async def expand(self, link: Link, *, start: int = 1, count: int = 100) -> list[Video]:
        """Return episodes `start` to `start + count - 1`, the newest first."""
        feed = await self._feed(link)
        return [each.video for each in feed.episodes[start - 1 : start - 1 + count]]

    async def latest(self, link: Link, *, validator: str = "") -> Latest | None:
        """Return all episodes, by one request; None if the server reports no change."""
        fetched = await self._fetched(await self._feed_url(link), validator)
        if fetched is None:
            return None
        videos = tuple(each.video for each in fetched.feed.episodes)
        return Latest(fetched.feed.title, videos, fetched.validator)

    async def look(self, link: Link) -> Link | None:
        """Return the podcast that a web page is, or declares as its own; None if there is none."""
        answer = await self._get(link.url)
        if is_feed(answer.data):
            feed = as_feed(link)
        elif (named := feed_of_page(answer.data, answer.url)) is not None:
            if named.provider != "podcast":
                return named
            feed = named
        else:
            return None
        episodes = (await self._feed(feed)).episodes
        page = _plain(link.url)
        for episode in episodes:
            if page in (_plain(episode.page_url), _plain(episode.sound_url)):
                return episode.link
        return feed if episodes else None

    async def aclose(self) -> None:
        """Do nothing: yt-dlp is closed by its creator."""

    # --- feeds -----------------------------------------------------------------------------------

    async def _feed(self, link: Link) -> Feed:
        """Return the feed of a link. Raises SourceError, NetworkUnreachable, TimedOut."""
        url = await self._feed_url(link)
        known = self._recent.get(url)
        if known is None or self.clock() - known.at >= FRESH_S:
            known = await self._fetched(url, "")
            assert known is not None
        return known.feed

    async def _fetched(self, url: str, validator: str) -> _Fetched | None:
        """Return the feed at an address, cached for a while; None if it is unchanged by
        `validator`.

        A validator consists of the server's validators for the feed, and the address.
        """
        told = json.loads(validator) if validator else {}
        conditions = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
        headers = {header: told[name] for name, header in conditions.items() if told.get(name)}
        try:
            answer = await self._get(url, headers)
        except _Unchanged:
            return None
        feed = await self.ytdlp.run(lambda: read_feed(answer.data, url))
        now = self.clock()
        self._recent = {k: each for k, each in self._recent.items() if now - each.at < FRESH_S}
        self._recent[url] = _Fetched(now, feed, json.dumps(answer.told))
        return self._recent[url]

    async def _feed_url(self, link: Link) -> str:
        if not link.id.startswith("apple-"):
            return link.url
        if link.url not in self._feed_of:
            show = link.url.partition("?")[0].rpartition("/id")[2]
            for result in await self._apple(f"id={show}&entity=podcast"):
                if address := str(result.get("feedUrl") or ""):
                    self._feed_of[link.url] = _public(address)
                    break
            else:
                raise UnsupportedSource(
                    _("Apple names no feed for this podcast: it is for subscribers only."),
                    hint=_("Look for the podcast on a site of its own."),
                )
        return self._feed_of[link.url]

    async def _apple(self, query: str) -> list[dict[str, Any]]:
        answer = await self._get(f"{APPLE_LOOKUP}?{query}")
        try:
            return [each for each in json.loads(answer.data)["results"] if isinstance(each, dict)]
        except (ValueError, KeyError, TypeError):
            raise VideoNotFound(_("Apple does not know this podcast (any more).")) from None

    async def _get(self, url: str, headers: dict[str, str] | None = None) -> Answer:
        """Return the content at an address. Raises SourceError, NetworkUnreachable, TimedOut,
        _Unchanged."""
        wanted = {**_HEADERS, **(headers or {})}
        try:
            return await self.ytdlp.use(lambda session: session.get(url, wanted), site=SITE)
        except HttpStatus as refused:
            if refused.status == NOT_MODIFIED:
                raise _Unchanged from None
            raise error_of_status(refused.status) from None

    # --- episodes --------------------------------------------------------------------------------

    async def _episode(self, link: Link) -> Episode:
        """Return an episode from its feed, or from the link if the feed has dropped it."""
        if link.id.startswith("apple-"):
            return _known_by(link, await self._of_apple(link))
        try:
            feed_url, _, sound = origin_of(link)
            feed = replace(link, kind=LinkKind.PLAYLIST, url=_public(feed_url))
        except Refused as refused:
            raise UnsupportedSource(str(refused)) from None
        for episode in (await self._feed(feed)).episodes:
            if episode.link.id == link.id:
                return _known_by(link, episode)
        title = sound.partition("?")[0].rpartition("/")[2]
        return Episode(link, Video(link.key, link.url, "podcast", title=title), sound)

    async def _of_apple(self, link: Link) -> Episode:
        number = link.id.removeprefix("apple-")
        show = link.url.partition("?")[0]
        feed = await self._feed(replace(link, kind=LinkKind.PLAYLIST, url=show))
        query = f"id={show.rpartition('/id')[2]}&entity=podcastEpisode&limit={LISTED_BY_APPLE}"
        told = next((e for e in await self._apple(query) if str(e.get("trackId")) == number), {})
        if not told:  # an older episode, which is not in the list: read its page
            told = await self.ytdlp.extract(link.url, site="Apple Podcasts")
        guid = str(told.get("episodeGuid") or "")
        title = str(told.get("trackName") or told.get("episode") or told.get("title") or "")
        sound = str(told.get("episodeUrl") or told.get("url") or "")
        for episode in feed.episodes:
            if (guid and episode.guid == guid) or (sound and episode.sound_url == sound):
                return episode
        for episode in feed.episodes:
            if title and episode.video.title.casefold() == title.casefold():
                return episode
        raise VideoNotFound(
            _("The feed of this podcast does not have this episode (any more)."),
            hint=_("Paste the address of the podcast to see those it has."),
        )

    async def _words(self, track: CaptionTrack) -> Transcript:
        answer = await self._get(track.url)
        try:
            return await self.ytdlp.run(
                lambda: parse_captions(
                    answer.data, name="page.html", kind=track.kind, language=track.language
                )
            )
        except (CaptionsEmpty, CaptionsBroken) as error:
            raise CaptionsBroken(
                _("The transcript of this episode: {message}").format(message=error.message),
                hint=_HINT,
            ) from None

    async def _with_chapters(self, episode: Episode) -> Video:
        """Return the facts with chapters from a separate file; without them if that fails."""
        video = episode.video
        if video.chapters or not episode.chapters_url:
            return video
        try:
            told = json.loads((await self._get(episode.chapters_url)).data)
            listed = [
                {"start_time": start, "title": each.get("title")}
                for each in told["chapters"]
                if each.get("toc", True) and (start := _seconds(each.get("startTime"))) is not None
            ]
        except (NoteGenError, ValueError, KeyError, TypeError, AttributeError):
            return video
        return video.known(chapters=chapters_of({"chapters": listed}, video.duration_s))


class _Unchanged(Exception):
    """The server reports no change."""


def _known_by(link: Link, episode: Episode) -> Episode:
    """Return the episode under the link that it was requested by."""
    return replace(episode, link=link, video=replace(episode.video, id=link.key))


def _public(url: str) -> str:
    """Return the address of a feed if it may be fetched. Raises Refused, UnsupportedSource."""
    links = find_links(url).links
    if not links:
        raise Refused(_("The address of this podcast's feed cannot be used."))
    return links[0].url


def _seconds(told: object) -> float | None:
    try:
        return float(str(told))
    except ValueError:
        return None


def _plain(url: str) -> str:
    return url.partition("://")[2].partition("#")[0].rstrip("/").removeprefix("www.").lower()
