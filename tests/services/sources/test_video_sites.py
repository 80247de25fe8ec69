"""Vimeo, Dailymotion, Twitch, TikTok and Bilibili, read by yt-dlp as it is, under their names."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from notegen_desktop.domain.errors import (
    NetworkUnreachable,
    NoteGenError,
    SeveralVideos,
    UnsupportedSource,
    VideoNotFound,
    VideoRestricted,
    YoutubeRateLimited,
)
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.text.transcript import TranscriptKind
from notegen_desktop.services.ports import Material
from notegen_desktop.services.sources import site_access as handlers
from notegen_desktop.services.sources.others import FRESH_S, OtherSource
from notegen_desktop.services.sources.refusals import refusal
from notegen_desktop.services.sources.router import Sources, build_sources
from notegen_desktop.services.sources.site_access import SiteAccess
from notegen_desktop.services.sources.ytdlp import YtDlp, session
from tests.fakes import video_sites as sites
from tests.fakes.site import FakeSite


@pytest.fixture
async def sources(web: FakeSite) -> AsyncIterator[Sources]:
    made = build_sources(proxy=lambda: web.url, caption_gap_s=0.0)
    yield made
    await made.aclose()


async def read(sources: Sources, url: str, *languages: str) -> Material:
    return await sources.read(find_links(url).links[0], languages=languages or ("en",))


@pytest.mark.parametrize(
    ("url", "language", "kind"),
    [
        (sites.VIMEO, "en", TranscriptKind.AUTOMATIC),
        (sites.DAILYMOTION, "en", TranscriptKind.MANUAL),
        (sites.TIKTOK, "en-US", TranscriptKind.AUTOMATIC),
        (sites.TIKTOK_SHORT, "en-US", TranscriptKind.AUTOMATIC),
        (sites.BILIBILI, "en", TranscriptKind.AUTOMATIC),
        (sites.BILIBILI_SHORT, "en", TranscriptKind.AUTOMATIC),
    ],
)
async def test_the_words_of_a_video_are_read_with_what_they_are(
    sources: Sources, url: str, language: str, kind: TranscriptKind
) -> None:
    material = await read(sources, url)
    assert material.transcript is not None
    assert tuple(s.text for s in material.transcript.segments) == sites.SAID
    assert (material.transcript.language, material.transcript.kind) == (language, kind)


@pytest.mark.parametrize(
    "url", [sites.VIMEO, sites.DAILYMOTION, sites.TWITCH, sites.TIKTOK, sites.BILIBILI]
)
async def test_title_channel_and_length_are_taken_over(sources: Sources, url: str) -> None:
    video = (await read(sources, url)).video
    assert (video.title, video.channel) == (sites.TITLE, sites.CHANNEL)
    assert video.duration_s == sites.LENGTH_S
    assert video.thumbnail_url.startswith("https://")


@pytest.mark.parametrize("url", [sites.VIMEO, sites.TWITCH, sites.BILIBILI])
async def test_chapters_are_taken_over_from_sites_that_have_them(
    sources: Sources, url: str
) -> None:
    chapters = (await read(sources, url)).video.chapters
    assert tuple((c.start_s, c.title) for c in chapters) == sites.CHAPTERS


@pytest.mark.parametrize(
    ("url", "videos"),
    [
        (
            "https://www.twitch.tv/smalllectures",
            ["https://www.twitch.tv/videos/1234567890", "https://www.twitch.tv/videos/1234567891"],
        ),
        (
            "https://www.dailymotion.com/smalllectures",
            [
                "https://www.dailymotion.com/video/x8abcde",
                "https://www.dailymotion.com/video/x8abcdf",
            ],
        ),
    ],
)
async def test_a_channel_expands_to_its_videos(
    sources: Sources, url: str, videos: list[str]
) -> None:
    found = await sources.expand(find_links(url).links[0])
    assert [video.url for video in found] == videos


async def test_a_film_in_parts_is_a_list_and_never_its_first_part_alone(
    web: FakeSite, sources: Sources
) -> None:
    web.pages.update(sites.in_parts())
    (film,) = find_links(sites.BILIBILI).links
    with pytest.raises(SeveralVideos, match="has 3 parts") as refused:
        await sources.read(film, languages=("en",))
    assert f"{sites.BILIBILI}?p=1" in refused.value.hint
    parts = await sources.expand(film)
    assert [part.url for part in parts] == [f"{sites.BILIBILI}?p={n}" for n in (1, 2, 3)]
    assert [part.title for part in parts] == [f"{sites.TITLE} p{n:02}" for n in (1, 2, 3)]
    assert (await read(sources, parts[0].url)).transcript is not None


async def test_a_film_without_parts_is_one_video(sources: Sources) -> None:
    (film,) = find_links(sites.BILIBILI).links
    assert [video.title for video in await sources.expand(film)] == [sites.TITLE]


async def test_who_shows_reads_and_chooses_asks_a_site_once(
    web: FakeSite, sources: Sources
) -> None:
    link = find_links(sites.VIMEO).links[0]
    await sources.describe(link)
    assert len(await sources.tracks(link)) == 2
    assert (await sources.read(link, languages=("de",))).transcript is not None
    assert sum("/video/" in url for url in web.asked) == 1


async def test_what_a_site_told_is_asked_again_after_a_while(
    web: FakeSite,
) -> None:
    now = [0.0]
    ytdlp = YtDlp(lambda _site: SiteAccess(proxy=web.url))
    source = OtherSource(ytdlp, clock=lambda: now[0])
    link = find_links(sites.VIMEO).links[0]
    for seconds in (0.0, FRESH_S - 1, FRESH_S + 1):
        now[0] = seconds
        await source.describe(link)
    assert len(web.asked) == 2
    await ytdlp.aclose()


async def test_a_retry_finds_captions_that_were_not_to_be_had_before(
    web: FakeSite, sources: Sources
) -> None:
    web.pages["player.vimeo.com/texttrack/1.vtt"] = ("410", b"")
    assert (await read(sources, sites.VIMEO)).missing is not None
    web.pages = sites.signed_in_only()
    assert (await read(sources, sites.BILIBILI)).missing is not None
    web.pages = sites.pages()
    assert (await read(sources, sites.VIMEO)).transcript is not None
    assert (await read(sources, sites.BILIBILI)).transcript is not None
    assert sum("/video/76979871" in url for url in web.asked) == 2


async def test_a_site_without_captions_says_what_would_help(sources: Sources) -> None:
    missing = (await read(sources, sites.TWITCH)).missing
    assert missing is not None
    assert missing.message == "This video has no captions."
    assert "on YouTube only" in missing.hint
    assert "drop that file" in missing.hint


async def test_captions_for_who_is_signed_in_are_called_so(web: FakeSite, sources: Sources) -> None:
    web.pages = sites.signed_in_only()
    missing = (await read(sources, sites.BILIBILI)).missing
    assert missing is not None
    assert "Bilibili shows captions only to who is signed in" in missing.message
    assert "Choose a browser" in missing.hint


async def test_captions_in_the_language_wanted_are_chosen(sources: Sources) -> None:
    material = await read(sources, sites.VIMEO, "de")
    assert material.transcript is not None
    assert material.transcript.language == "de"
    assert material.transcript.kind is TranscriptKind.MANUAL


@pytest.mark.parametrize("handler", ["Requests", "Urllib"])
async def test_either_way_of_asking_trusts_what_the_system_trusts(
    web: FakeSite, monkeypatch: pytest.MonkeyPatch, handler: str
) -> None:
    one = {handler: handlers.GUARDED[handler]}
    monkeypatch.setattr(session, "GUARDED", one)
    monkeypatch.setattr(handlers, "GUARDED", one)
    sources = build_sources(proxy=lambda: web.url, caption_gap_s=0.0)
    assert (await read(sources, sites.VIMEO)).transcript is not None
    monkeypatch.delenv("SSL_CERT_FILE")
    strict = build_sources(proxy=lambda: web.url, caption_gap_s=0.0)
    with pytest.raises(NetworkUnreachable, match="certificate is not trusted"):
        await read(strict, sites.VIMEO)
    await sources.aclose()
    await strict.aclose()


async def test_a_vimeo_video_that_its_player_does_not_show_is_looked_up_on_its_page(
    web: FakeSite, sources: Sources
) -> None:
    with pytest.raises(VideoRestricted, match="wants a sign-in"):
        await read(sources, "https://vimeo.com/76979999")
    assert web.asked == ["https://player.vimeo.com/video/76979999", "https://vimeo.com/76979999"]


async def test_an_unlisted_vimeo_video_is_asked_for_with_its_secret(
    web: FakeSite, sources: Sources
) -> None:
    material = await read(sources, f"{sites.VIMEO}/0123456789")
    assert material.transcript is not None
    assert web.asked[0] == "https://player.vimeo.com/video/76979871?h=0123456789"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://www.twitch.tv/videos/1999999999", "members of its channel"),
        ("https://www.tiktok.com/@smalllectures/video/7234567890123450000", "wants a sign-in"),
    ],
)
async def test_a_video_that_is_not_open_to_everybody_is_called_so(
    sources: Sources, url: str, words: str
) -> None:
    with pytest.raises(VideoRestricted, match=words) as caught:
        await read(sources, url)
    assert "Choose a browser" in caught.value.hint


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (
            "Blocked due to its TLS fingerprint. If you are using a VPN/proxy, your IP may be",
            UnsupportedSource,
            "Vimeo shows this video in web browsers only",
        ),
        ("This video may be deleted or geo-restricted.", VideoNotFound, "removed, or is not"),
        ("Your IP address is blocked from accessing this post", YoutubeRateLimited, "refuses more"),
        ("Video not available, status code 10231", VideoNotFound, "no such video"),
        ("Cannot download embed-only video", VideoRestricted, "on the pages it is embedded in"),
        ("TikTok is requiring login for access to this content", VideoRestricted, "a sign-in"),
        (
            "('Unable to connect to proxy', OSError('Tunnel connection failed: 407 Proxy "
            "Authentication Required'))",
            NetworkUnreachable,
            "wants a name and a password",
        ),
        ("Unable to connect to proxy: timed out", NetworkUnreachable, "does not answer"),
        ("HTTP Error 429: Too Many Requests", YoutubeRateLimited, "Vimeo refuses more requests"),
    ],
)
def test_what_these_sites_say_is_put_in_words(
    said: str, error: type[NoteGenError], words: str
) -> None:
    found = refusal(said, site="Vimeo")
    assert type(found) is error
    assert words in found.message
    assert "mode “video”" not in found.hint  # that way is open for YouTube alone
