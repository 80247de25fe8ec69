"""The source of Vimeo, Twitch, Bilibili, direct links and all other sites of yt-dlp."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from notegen_desktop.domain.errors import (
    Need,
    NoCaptions,
    NoteGenError,
    SeveralVideos,
    UnsupportedSource,
    VideoNotReady,
    VideoRestricted,
)
from notegen_desktop.domain.links.hosts import site_name, site_of
from notegen_desktop.domain.links.link import Link, LinkKind
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.text.transcript import CaptionTrack, Transcript
from notegen_desktop.domain.words import N_, _, ngettext
from notegen_desktop.services.ports import Latest, Material

from .metadata import NEWEST, WHOLE, is_out, metadata_of, original_language, tracks_in
from .online_captions import read_track
from .refusals import COOKIES_HELP, refusal
from .site_access import SiteAccess, Throttle
from .tracks import TrackPreference
from .ytdlp import TROUBLE, WARNINGS, HttpStatus, YtDlp

FRESH_S = 300.0
"""Seconds for which a site's facts are cached; addresses of captions are valid for hours at
least."""

_NO_WAY = N_(
    "Gemini itself can watch videos on YouTube only. Save the video or its captions, and drop "
    "that file."
)


class OtherSource:
    """Reads videos of sites other than YouTube."""

    def __init__(
        self,
        ytdlp: YtDlp,
        *,
        may_upload: Callable[[], bool] = lambda: True,
        throttle: Throttle | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ytdlp = ytdlp
        self._may_upload = may_upload
        self._throttle = throttle or Throttle()
        self._clock = clock
        self._recent: dict[tuple[str, SiteAccess], tuple[float, dict[str, Any]]] = {}

    async def describe(self, link: Link) -> Video:
        """Return everything but the transcript. Raises SourceError, NetworkUnreachable,
        TimedOut."""
        return _video(link, await self._info(link))

    async def read(
        self, link: Link, *, languages: Sequence[str], track: CaptionTrack | None = None
    ) -> Material:
        """Return the facts and, if there are captions, the transcript."""
        info = await self._info(link)
        if info.get("live_status") in ("is_live", "is_upcoming") or info.get("is_live"):
            raise VideoNotReady(_("This video is live right now, or has not begun."))
        video = _video(link, info)
        preference = TrackPreference.of(languages, track)
        chosen = preference.best(tracks_in(info), original_language(info))
        if chosen is None:
            self._recent.clear()  # the next try must use a new sign-in
            missing = _why_none(link, info, preference).failure()
            heard = bool(video.sound_url) and self._may_upload()
            return Material(video, missing=missing, uploadable=heard, state="sound")
        site = site_of(link.provider, link.url)
        called = site_name(site)

        def parsed(data: bytes) -> Transcript:
            return read_track(data, chosen, site=called)

        try:
            if chosen.data:
                transcript = await self._ytdlp.run(lambda: parsed(chosen.data.encode()))
            else:
                async with self._throttle.turn():
                    transcript = await self._ytdlp.fetch(chosen.url, parsed, site=site)
        except (HttpStatus, NoteGenError) as error:
            self._recent.clear()  # the address may have expired
            told = error if isinstance(error, NoteGenError) else refusal(str(error), site=called)
            return Material(video, missing=told.failure())
        return Material(video, transcript, origin=chosen.words)

    async def tracks(self, link: Link) -> list[CaptionTrack]:
        """Return the available captions."""
        return tracks_in(await self._info(link))

    async def expand(self, link: Link, *, start: int = 1, count: int = 100) -> list[Video]:
        """Return the videos of a list of any site."""
        if _in_parts(link):
            return _parts(link, await self._told(link))[max(1, start) - 1 :][:count]
        site, url = site_of(link.provider, link.url), list_address(link)
        entries = await self._ytdlp.page(url, start=max(1, start), count=count, site=site)
        return [video for entry in entries if (video := _listed(entry))]

    async def latest(self, link: Link, *, validator: str = "") -> Latest:
        """Return the newest videos of a channel, or all of a list."""
        count = NEWEST if link.kind is LinkKind.CHANNEL else WHOLE
        site = site_name(link.provider)
        title, entries = await self._ytdlp.latest(list_address(link), count=count, site=site)
        listed = (video for entry in entries if is_out(entry) and (video := _listed(entry)))
        return Latest(title, tuple(listed))

    async def aclose(self) -> None:
        """Do nothing: yt-dlp is closed by its creator."""

    async def _info(self, link: Link) -> dict[str, Any]:
        """Return yt-dlp's facts of one video. Raises SeveralVideos."""
        info = await self._told(link)
        if "entries" in info and _in_parts(link):
            one = next((str(entry.get("url", "")) for entry in info["entries"]), link.url)
            raise SeveralVideos(
                ngettext(
                    "“{title}” has {n} part.", "“{title}” has {n} parts.", len(info["entries"])
                ).format(title=info.get("title") or link.url, n=len(info["entries"])),
                hint=_("Take the address of one, such as {one}.").format(one=one),
            )
        if "entries" in info:
            raise SeveralVideos
        return info

    async def _told(self, link: Link) -> dict[str, Any]:
        """Return a site's facts, cached for showing, reading and choosing in a row."""
        access = self._ytdlp.access(site_of(link.provider, link.url))
        now, key = self._clock(), (link.key, access)
        self._recent = {k: kept for k, kept in self._recent.items() if now - kept[0] < FRESH_S}
        if key not in self._recent:
            self._recent[key] = now, await self._asked(link, access)
        return self._recent[key][1]

    async def _asked(self, link: Link, access: SiteAccess) -> dict[str, Any]:
        site = site_of(link.provider, link.url)
        first, *others = _addresses(link, signed_in=bool(access.cookies_from_browser))
        try:
            return await self._ytdlp.extract(first, site=site, parts=_in_parts(link))
        except (VideoRestricted, UnsupportedSource):
            if not others:
                raise
            return await self._ytdlp.extract(others[0], site=site)


def list_address(link: Link) -> str:
    """Return the address of a list's videos."""
    # A channel's page on Twitch is its current broadcast, if any.
    own = link.provider == "twitch" and link.kind is LinkKind.CHANNEL
    return f"{link.url}/videos" if own else link.url


def _in_parts(link: Link) -> bool:
    """Return True if all parts of an address are requested instead of the first."""
    return link.provider == "bilibili" and link.may_have_parts


def _addresses(link: Link, *, signed_in: bool) -> tuple[str, ...]:
    """Return the addresses to look a video up at, the likeliest first.

    Vimeo's own page needs a sign-in; its player shows what others may embed without.
    """
    if link.provider != "vimeo" or link.kind is not LinkKind.VIDEO:
        return (link.url,)
    if "/review/" in link.url:
        return (link.url,)
    secret = link.url.partition(f"/{link.id}/")[2]
    player = f"https://player.vimeo.com/video/{link.id}{f'?h={secret}' if secret else ''}"
    return (link.url, player) if signed_in else (player, link.url)


def _why_none(link: Link, info: dict[str, Any], preference: TrackPreference) -> NoCaptions:
    said = " ".join(info.get(WARNINGS) or ())
    if "when logged in" in said:
        site = site_name(site_of(link.provider, link.url))
        hint = str(info.get(TROUBLE) or COOKIES_HELP)
        hidden = NoCaptions(
            _("{site} shows captions only to who is signed in.").format(site=site), hint=hint
        )
        hidden.need = Need.SIGN_IN
        return hidden
    return preference.unfulfilled(_NO_WAY)


def _video(link: Link, info: dict[str, Any]) -> Video:
    facts = metadata_of(info)
    if link.provider == "web":
        # yt-dlp numbers the videos of an unknown page, even a single one.
        facts["title"] = facts["title"].removesuffix(" (1)")
    return Video(link.key, link.url, link.provider).known(**facts)


def _parts(link: Link, info: dict[str, Any]) -> list[Video]:
    """Return the parts of a film, named as yt-dlp names each; the film itself if it has none."""
    if "entries" not in info:
        return [_video(link, info)]
    found = [video for entry in info["entries"] if (video := _listed(entry))]
    return [
        video if video.title else video.known(title=f"{info.get('title') or link.id} p{number:02}")
        for number, video in enumerate(found, start=1)
    ]


def _listed(entry: dict[str, Any]) -> Video | None:
    url = str(entry.get("url") or entry.get("webpage_url") or "")
    links = find_links(url).links if url else ()
    return _video(links[0], entry) if links else None
