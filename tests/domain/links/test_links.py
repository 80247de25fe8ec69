"""Any text becomes links, each once, and rejects with a reason; nothing raises, nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notegen_desktop.domain.links.link import FoundLinks, LinkKind
from notegen_desktop.domain.links.text_links import find_links, is_source
from tests.properties import examples, texts

V = "dQw4w9WgXcQ"
W = "9-_bz6YAkZ_"
UC = "UCabcdefghijklmnopqrstuv"
CANONICAL = f"https://www.youtube.com/watch?v={V}"

SPELLINGS = [
    f"https://www.youtube.com/watch?v={V}",
    f"http://www.youtube.com/watch?v={V}",
    f"HTTPS://WWW.YOUTUBE.COM/watch?v={V}",
    f"https://youtube.com/watch?v={V}",
    f"https://m.youtube.com/watch?v={V}",
    f"https://music.youtube.com/watch?v={V}&list=RDAMVM{V}",
    f"https://gaming.youtube.com/watch?v={V}",
    f"https://www.youtubekids.com/watch?v={V}",
    f"https://www.youtube-nocookie.com/embed/{V}?rel=0",
    f"https://www.youtube.com/watch?list=PLabc123&v={V}&index=2",
    f"https://www.youtube.com/watch?v={V}&list=WL&pp=gAQB",
    f"https://www.youtube.com/watch?app=desktop&v={V}",
    f"https://www.youtube.com/watch?feature=player_embedded&amp;v={V}",
    f"https://www.youtube.com/watch?v={V}&amp;amp;list=x",
    f"https://www.youtube.com/watch?feature=x&#38;v={V}",
    f"https://www.youtube.com/watch?v={V}&ab_channel=Some+One",
    f"https://www.youtube.com/watch?v={V}#comments",
    f"https://www.youtube.com/watch/{V}",
    f"https://www.youtube.com/watch#v={V}",
    f"https://www.youtube.com/watch\\?v\\={V}\\&x\\=1",
    f"hxxps://www.youtube[.]com/watch?v={V}",
    f"https://youtube,com/watch?v={V}",
    f"https://www.summarize.tech/www.youtube.com/watch?v={V}",
    f"https://www.youtube.com/watch#!v={V}",
    f"https://www.youtube.com/?v={V}",
    f"https://www.youtube.com/?feature=x#/watch?v={V}",
    f"https://www.youtube.com/tv#/watch?v={V}&resume",
    f"https://www.youtube.com/watch_popup?v={V}",
    f"https://www.youtube.com/movie?v={V}",
    f"HTTPS://WWW.YOUTUBE.COM/WATCH?V={V}",
    f"https://www.google.com/amp/s/www.youtube.com/watch%3Fv={V}",
    f"https://web.archive.org/web/2020oe_/http://wayback-fakeurl.archive.org/yt/{V}",
    f"https://www.yout-ube.com/watch?v={V}",
    f"vlc://https://www.youtube.com/watch?v={V}",
    f"freetube://https://youtu.be/{V}",
    f"intent://www.youtube.com/watch?v={V}#Intent;scheme=https;end",
    "https://www.bing.com/ck/a?!&&p=1&u=a1aHR0cHM6Ly93d3cueW91dHViZS5jb20vd2F0Y2g_dj1kUXc0dzlXZ1hjUQ",
    f"https://www.youtube.com/shorts/{V}?feature=share",
    f"https://youtube.com/shorts/{V}",
    f"https://www.youtube.com/live/{V}?si=abcDEF",
    f"https://www.youtube.com/embed/{V}",
    f"https://www.youtube.com/embed/{V}?autoplay=1&playlist={W}",
    f"https://www.youtube.com/v/{V}&hl=en_US&fs=1",
    f"https://www.youtube.com/v/{V}?version=3",
    f"https://www.youtube.com/e/{V}",
    f"https://www.youtube.com/vi/{V}/0.jpg",
    f"https://www.youtube.com/?vi={V}",
    f"https://www.youtube.com/user/Someone#p/u/11/{V}",
    f"https://www.youtube.com/video/{V}",
    f"https://studio.youtube.com/video/{V}/edit",
    f"https://youtube.googleapis.com/v/{V}",
    f"https://i.ytimg.com/vi/{V}/hqdefault.jpg?x=1",
    f"https://img.youtube.com/vi/{V}/0.jpg",
    f"https://i.ytimg.com/vi_webp/{V}/maxresdefault.webp",
    f"https://youtu.be/{V}",
    f"https://youtu.be/{V}?si=AbCdEfGh&feature=shared",
    f"https://youtu.be/{V}?list=PLabc",
    f"https://www.youtu.be/{V}/",
    f"https://youtu.be/watch?v={V}",
    f"https://y2u.be/{V}",
    f"https://www.youtube.com:443/watch?v={V}",
    f"https://www.youtube.com./watch?v={V}",
    f"https://www.youtube.com//watch?v={V}",
    f"https://piped.video/watch?v={V}",
    f"https://yewtu.be/watch?v={V}",
    f"www.youtube.com/watch?v={V}",
    f"youtube.com/watch?v={V}",
    f"m.youtube.com/watch?v={V}",
    f"youtu.be/{V}",
    f"//www.youtube.com/embed/{V}",
    f"hxxps://youtu.be/{V}",
    f"ttps://www.youtube.com/watch?v={V}",
    f"https:///www.youtube.com/watch?v={V}",
    f"vnd.youtube:{V}",
    f"vnd.youtube://{V}",
    f"youtube://watch?v={V}",
    f"vnd.youtube://www.youtube.com/watch?v={V}",
    f"view-source:https://www.youtube.com/watch?v={V}",
    f"https://www.youtube.com/attribution_link?a=8g8kPrPIi-ecwIsS&u=/watch%3Fv%3D{V}%26feature%3Dem",
    f"https://www.youtube.com/attribution_link?u=%2Fwatch%3Fv%3D{V}&a=x",
    f"https://www.youtube.com/redirect?event=d&q=https%3A%2F%2Fyoutu.be%2F{V}",
    f"https://www.youtube.com/oembed?url=https%3A//youtube.com/watch%3Fv%3D{V}&format=json",
    f"https://noembed.com/embed?url=https://www.youtube.com/watch?v={V}",
    f"https://www.youtube.com/signin?next=%2Fwatch%3Fv%3D{V}",
    f"https://accounts.google.com/ServiceLogin?continue=https%3A%2F%2Fwww.youtube.com%2Fsignin"
    f"%3Fnext%3D%252Fwatch%253Fv%253D{V}",
    f"https://consent.youtube.com/m?continue=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D{V}&gl=DE",
    f"https://consent.google.com/ml?continue=https://www.youtube.com/watch?v%3D{V}",
    f"https://www.google.com/url?sa=t&url=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D{V}&usg=x",
    f"https://www.google.co.uk/url?q=https://www.youtube.com/watch%3Fv%3D{V}&sa=U",
    f"https://l.facebook.com/l.php?u=https%3A%2F%2Fyoutu.be%2F{V}%3Ffbclid%3Dx&h=AT",
    f"https://out.reddit.com/t3_x?url=https%3A%2F%2Fyoutu.be%2F{V}",
    f"https://duckduckgo.com/l/?uddg=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D{V}",
    f"https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fyoutu.be%2F{V}&data=0",
    f"https://web.archive.org/web/20200101000000/https://www.youtube.com/watch?v={V}",
    f"https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D{V}",
    f"https%253A%252F%252Fwww.youtube.com%252Fwatch%253Fv%253D{V}",
    f"https://www.youtube.com/watch%3Fv%3D{V}",
    rf"https:\/\/www.youtube.com\/watch?v={V}\u0026t=0",
    f"notegen://add?url=https%3A%2F%2Fyoutu.be%2F{V}",
    f"notegen:https://youtu.be/{V}",
    f"notegen://https//youtu.be/{V}",
]

SURROUNDINGS = [
    "{}",
    "  {}\n\n",
    "\ufeff{}",
    "\u200e{}\u200b",
    "Watch {} now!",
    "Look: {}.",
    "({})",
    "[{}]",
    "<{}>",
    '"{}"',
    "'{}'",
    "“{}”",
    "«{}»",
    "*{}*",
    "**{}**",
    "_{}_",
    "`{}`",
    "[the talk]({})",
    "[the talk](<{}>)",
    '[the talk]({} "title")',
    "![]({})",
    "> {}",
    "- {}",
    "1. {}",
    "url={}",
    "the link:{}",
    "看这个{}，很好。",
    "この動画{}を見て",
    "{}、次",
    "{};{{",
    "| {} | title |",
    "|{}|",
    '<a href="{}">x</a>',
    '{{"url":"{}"}}',
    "{}\ttitle",
    "{}…",
    "{}?!",
]

STARTS = [
    ("t=90", 90),
    ("t=90s", 90),
    ("t=1m30s", 90),
    ("t=1h2m3s", 3723),
    ("t=1h", 3600),
    ("t=2m", 120),
    ("t=1h2m3", 3723),
    ("t=01:30", 90),
    ("t=1:02:03", 3723),
    ("t=1.5", 1.5),
    ("start=90", 90),
    ("time_continue=90", 90),
    ("start=90&end=100", 90),
    ("feature=share&t=90", 90),
    ("t=0", 0),
    ("t=", None),
    ("t=abc", None),
    ("t=-5", None),
    ("t=99999999999999", None),
    ("t=٩٠", None),
]


def only(text: str) -> tuple[str, str, str, str, float | None]:
    found = find_links(text)
    assert len(found.links) == 1, found
    assert not found.rejects, found
    link = found.links[0]
    return link.kind.value, link.provider, link.id, link.url, link.start_s


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_a_video_is_that_video(spelling: str) -> None:
    assert only(spelling)[:4] == ("video", "youtube", V, CANONICAL)


@pytest.mark.parametrize("surrounding", SURROUNDINGS)
@pytest.mark.parametrize(
    "spelling", [f"https://www.youtube.com/watch?v={V}", f"https://youtu.be/{V}", f"youtu.be/{V}"]
)
def test_what_stands_around_a_link_does_not_matter(surrounding: str, spelling: str) -> None:
    found = find_links(surrounding.format(spelling))
    assert [link.url for link in found.links] == [CANONICAL]


@pytest.mark.parametrize(("notation", "seconds"), STARTS)
def test_a_start_time_is_read_in_every_notation(notation: str, seconds: float | None) -> None:
    assert only(f"{CANONICAL}&{notation}")[4] == seconds
    assert only(f"https://youtu.be/{V}?{notation}")[4] == seconds
    assert only(f"https://www.youtube.com/embed/{V}?{notation}")[4] == seconds


@pytest.mark.parametrize("fragment", ["t=90", "t=1m30s", "t=90,120", "at=90", "t=npt:90"])
def test_a_start_time_may_stand_behind_the_hash(fragment: str) -> None:
    assert only(f"{CANONICAL}#{fragment}")[4] == 90


def test_what_only_begins_like_base64_is_a_page() -> None:
    assert only("https://bread.example/?u=aHR0cHM6Lyé")[1] == "web"


def test_a_start_time_may_follow_an_ampersand_alone() -> None:
    assert only(f"https://youtu.be/{V}&t=90")[4] == 90.0


@pytest.mark.parametrize(
    ("feed", "kind", "id_"),
    [
        ("channel_id=UCuAXFkgsw1L7xaCfnd5JJOw", "channel", "UCuAXFkgsw1L7xaCfnd5JJOw"),
        ("playlist_id=PLBCF2DAC6FFB574DE", "playlist", "PLBCF2DAC6FFB574DE"),
        ("user=bread", "channel", "user/bread"),
    ],
)
def test_a_feed_is_what_it_reports_of(feed: str, kind: str, id_: str) -> None:
    found = only(f"https://www.youtube.com/feeds/videos.xml?{feed}")
    assert (found[0], found[2]) == (kind, id_)


def test_a_start_time_survives_a_redirect() -> None:
    inner = f"https%3A%2F%2Fyoutu.be%2F{V}%3Ft%3D90"
    assert only(f"https://www.google.com/url?q={inner}&t=4")[4] is not None
    assert only(f"https://www.youtube.com/redirect?q={inner}")[4] == 90


OTHERS = [
    ("https://www.youtube.com/playlist?list=PLabc-_1", "playlist", "youtube", "PLabc-_1"),
    ("https://music.youtube.com/playlist?list=OLAK5uy_x", "playlist", "youtube", "OLAK5uy_x"),
    ("https://music.youtube.com/browse/VLPLabc1", "playlist", "youtube", "PLabc1"),
    ("https://www.youtube.com/watch?list=PLabc1", "playlist", "youtube", "PLabc1"),
    ("https://www.youtube.com/embed/videoseries?list=PLabc1", "playlist", "youtube", "PLabc1"),
    ("https://youtu.be/playlist?list=PLabc1", "playlist", "youtube", "PLabc1"),
    (f"https://www.youtube.com/channel/{UC}/videos", "channel", "youtube", UC),
    (f"https://www.youtube.com/embed/live_stream?channel={UC}", "channel", "youtube", UC),
    ("https://www.youtube.com/@some.one/streams", "channel", "youtube", "@some.one"),
    ("https://www.youtube.com/@日本語", "channel", "youtube", "@日本語"),
    ("https://www.youtube.com/@%E6%97%A5%E6%9C%AC", "channel", "youtube", "@日本"),
    ("youtube.com/@handle?si=x", "channel", "youtube", "@handle"),
    ("https://www.youtube.com/c/SomeOne", "channel", "youtube", "c/SomeOne"),
    ("https://www.youtube.com/user/someone/", "channel", "youtube", "user/someone"),
    ("https://www.youtube.com/SomeOne", "channel", "youtube", "SomeOne"),
    ("https://www.youtube.com/clip/UgkxABCDEF", "url", "youtube", "clip-UgkxABCDEF"),
    ("https://vimeo.com/76979871", "video", "vimeo", "76979871"),
    ("https://vimeo.com/76979871/0f1e2d3c4b?share=copy", "video", "vimeo", "76979871"),
    ("https://player.vimeo.com/video/76979871?h=0f1e2d3c4b", "video", "vimeo", "76979871"),
    ("https://vimeo.com/channels/staffpicks/76979871", "video", "vimeo", "76979871"),
    ("https://vimeo.com/groups/x/videos/76979871", "video", "vimeo", "76979871"),
    ("https://vimeo.com/showcase/123456/video/76979871", "video", "vimeo", "76979871"),
    ("https://vimeo.com/ondemand/film/76979871", "url", "vimeo", "film/76979871"),
    ("https://vimeo.com/showcase/1234567", "playlist", "vimeo", "1234567"),
    ("https://vimeo.com/channels/staffpicks", "channel", "vimeo", "channels/staffpicks"),
    ("https://vimeo.com/someone", "channel", "vimeo", "someone"),
    ("vimeo.com/76979871", "video", "vimeo", "76979871"),
    ("https://vimeo.com/event/12345", "url", "vimeo", "event-12345"),
    ("https://www.twitch.tv/videos/1234567890", "video", "twitch", "1234567890"),
    ("https://m.twitch.tv/videos/1234567890", "video", "twitch", "1234567890"),
    ("https://player.twitch.tv/?video=v1234567890", "video", "twitch", "1234567890"),
    ("https://www.twitch.tv/someone/v/1234567890", "video", "twitch", "1234567890"),
    ("https://clips.twitch.tv/FunnySlug-abc", "video", "twitch", "FunnySlug-abc"),
    ("https://www.twitch.tv/someone/clip/FunnySlug-abc", "video", "twitch", "FunnySlug-abc"),
    ("https://clips.twitch.tv/embed?clip=FunnySlug", "video", "twitch", "FunnySlug"),
    ("twitch.tv/SomeOne", "channel", "twitch", "someone"),
    (
        "https://www.tiktok.com/@some.one/video/7106594312292453675?is_from=1",
        "video",
        "tiktok",
        "7106594312292453675",
    ),
    ("https://m.tiktok.com/v/7106594312292453675.html", "video", "tiktok", "7106594312292453675"),
    (
        "https://www.tiktok.com/embed/v2/7106594312292453675",
        "video",
        "tiktok",
        "7106594312292453675",
    ),
    ("https://vm.tiktok.com/ZMabc123/", "url", "tiktok", "ZMabc123"),
    ("https://www.tiktok.com/t/ZTabc123/", "url", "tiktok", "ZTabc123"),
    ("https://www.tiktok.com/@some.one", "channel", "tiktok", "@some.one"),
    ("https://www.bilibili.com/video/BV1xx411c7mD/?spm_id=3", "video", "bilibili", "BV1xx411c7mD"),
    ("https://www.bilibili.com/video/BV1xx411c7mD?p=3", "video", "bilibili", "BV1xx411c7mD_p3"),
    ("https://www.bilibili.com/video/BV1xx411c7mD?p=1", "video", "bilibili", "BV1xx411c7mD_p1"),
    (
        "https://space.bilibili.com/313580179/upload/audio",
        "playlist",
        "bilibili",
        "313580179-audio",
    ),
    ("https://vimeo.com/someone/afilm", "url", "vimeo", "someone/afilm"),
    ("https://vimeo.com/someone/videos", "channel", "vimeo", "someone"),
    ("https://vimeo.com/showcase/Some-Services", "playlist", "vimeo", "Some-Services"),
    ("https://vimeo.com/someone/review/76979871/0f1e2d3c4b", "video", "vimeo", "76979871"),
    ("https://clips.twitch.tv/someone/SomeClipName", "video", "twitch", "SomeClipName"),
    (
        "https://www.twitch.tv/someone/videos?filter=highlights",
        "playlist",
        "twitch",
        "someone-videos-filter-highlights",
    ),
    ("https://www.twitch.tv/someone/videos", "channel", "twitch", "someone"),
    (
        "https://geo.dailymotion.com/player/x86gw.html?video=k46oCapRs4iikoz9DWy",
        "video",
        "dailymotion",
        "k46oCapRs4iikoz9DWy",
    ),
    (
        "https://music.youtube.com/browse/MPREb_gTAcphH99wE",
        "playlist",
        "youtube",
        "MPREb_gTAcphH99wE",
    ),
    ("https://www.bilibili.com/video/av170001", "video", "bilibili", "av170001"),
    (
        "//player.bilibili.com/player.html?aid=1&bvid=BV1xx411c7mD",
        "video",
        "bilibili",
        "BV1xx411c7mD",
    ),
    ("https://b23.tv/BV1xx411c7mD", "video", "bilibili", "BV1xx411c7mD"),
    ("https://b23.tv/abc1234", "url", "bilibili", "abc1234"),
    ("https://www.bilibili.com/bangumi/play/ep21495", "url", "bilibili", "ep21495"),
    ("https://space.bilibili.com/208259", "channel", "bilibili", "208259"),
    ("https://www.dailymotion.com/video/x7tgad0", "video", "dailymotion", "x7tgad0"),
    ("https://www.dailymotion.com/video/x7tgad0_a-title", "video", "dailymotion", "x7tgad0"),
    ("https://dai.ly/x7tgad0", "video", "dailymotion", "x7tgad0"),
    ("https://www.dailymotion.com/embed/video/x7tgad0", "video", "dailymotion", "x7tgad0"),
    (
        "https://geo.dailymotion.com/player.html?video=x7tgad0",
        "video",
        "dailymotion",
        "x7tgad0",
    ),
    ("https://www.dailymotion.com/playlist/x6hzcs", "playlist", "dailymotion", "x6hzcs"),
    ("https://www.dailymotion.com/someone", "channel", "dailymotion", "someone"),
]


@pytest.mark.parametrize(("text", "kind", "provider", "id_"), OTHERS)
def test_lists_channels_and_other_sites_are_known(
    text: str, kind: str, provider: str, id_: str
) -> None:
    assert only(text)[:3] == (kind, provider, id_)


def test_a_watch_page_within_a_list_is_the_video_and_a_list_page_is_the_list() -> None:
    assert only(f"{CANONICAL}&list=PLabc123")[0] == "video"
    assert only("https://www.youtube.com/playlist?list=PLabc123")[3] == (
        "https://www.youtube.com/playlist?list=PLabc123"
    )


def test_a_link_to_several_videos_is_several_links() -> None:
    found = find_links(f"https://www.youtube.com/watch_videos?video_ids={V},{W},{V}")
    assert [link.id for link in found.links] == [V, W]


def test_a_vimeo_secret_stays_in_the_address() -> None:
    assert only("https://player.vimeo.com/video/76979871?h=0f1e2d3c4b")[3] == (
        "https://vimeo.com/76979871/0f1e2d3c4b"
    )


def test_ids_of_different_sites_never_meet() -> None:
    found = find_links("https://vimeo.com/1234567890 https://www.twitch.tv/videos/1234567890")
    assert len({link.key for link in found.links}) == 2


@pytest.mark.parametrize(
    ("text", "url", "start"),
    [
        ("https://example.com/talk", "https://example.com/talk", None),
        ("https://EXAMPLE.com", "https://example.com/", None),
        (
            "https://cdn.example.com/a.mp4?sig=a%2Bb&utm_source=x#t=20",
            "https://cdn.example.com/a.mp4?sig=a%2Bb",
            20,
        ),
        (
            "https://en.wikipedia.org/wiki/Lisp_(language)",
            "https://en.wikipedia.org/wiki/Lisp_(language)",
            None,
        ),
        (
            "(https://en.wikipedia.org/wiki/Lisp_(language))",
            "https://en.wikipedia.org/wiki/Lisp_(language)",
            None,
        ),
        ("www.example.com/a", "https://www.example.com/a", None),
        ("example.com/video/1", "https://example.com/video/1", None),
        ("http://93.184.216.34/a.mp4", "http://93.184.216.34/a.mp4", None),
        ("https://example.com:8443/a", "https://example.com:8443/a", None),
        ("https://bücher.example/a", "https://xn--bcher-kva.example/a", None),
        ("https://example.com/видео", "https://example.com/%D0%B2%D0%B8%D0%B4%D0%B5%D0%BE", None),
    ],
)
def test_any_other_page_is_left_to_the_downloader(text: str, url: str, start: float | None) -> None:
    kind, provider, id_, found, at = only(text)
    assert (kind, provider, found, at) == ("url", "web", url, start)
    assert id_.startswith("web-")


def test_a_page_with_and_without_its_tracking_tail_is_one_link() -> None:
    assert len(find_links("https://a.com/x?utm_source=y https://a.com/x").links) == 1


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/home/me/talk.vtt", "/home/me/talk.vtt"),
        ("/home/me/my long talk.srt", "/home/me/my long talk.srt"),
        ('"/home/me/my talk.srt"', "/home/me/my talk.srt"),
        (r"/home/me/my\ talk\ \(1\).srt", "/home/me/my talk (1).srt"),
        ("~/talk.json3", "~/talk.json3"),
        ("./talk.txt", "./talk.txt"),
        ("talk.vtt", "talk.vtt"),
        ("my talk.vtt", "my talk.vtt"),
        ("sub/talk.vtt", "sub/talk.vtt"),
        (r"C:\Users\me\My Talk.MP4", r"C:\Users\me\My Talk.MP4"),
        ("C:/Users/me/talk.mp3", "C:/Users/me/talk.mp3"),
        (r"\\server\share\talk.mp3", r"\\server\share\talk.mp3"),
        ("file:///home/me/my%20talk.vtt", "/home/me/my talk.vtt"),
        ("file:///home/me/my talk.vtt", "/home/me/my talk.vtt"),
        ("file://localhost/home/me/talk.vtt", "/home/me/talk.vtt"),
        ("file:/home/me/talk.vtt", "/home/me/talk.vtt"),
        ("file:///C:/Users/me/talk%20%231.vtt", "C:/Users/me/talk #1.vtt"),
        ("file:///C|/talk.vtt", "C:/talk.vtt"),
        ("file:///home/me/C# talk.vtt", "/home/me/C# talk.vtt"),
        ("file://server/share/talk.vtt", "//server/share/talk.vtt"),
        ("file:///home/me/%E8%AF%9D.vtt", "/home/me/话.vtt"),
        ("\u202a/home/me/talk.vtt", "/home/me/talk.vtt"),
        ("/home/me/youtube.com/talk.vtt", "/home/me/youtube.com/talk.vtt"),
    ],
)
def test_a_file_is_known_by_its_path(text: str, path: str) -> None:
    kind, provider, id_, url, _ = only(text)
    assert (kind, provider, url) == ("file", "file", path)
    assert id_ == only(path)[2]


def test_several_quoted_paths_are_several_files() -> None:
    found = find_links("'/a/one talk.vtt' '/b/two.srt'")
    assert [link.url for link in found.links] == ["/a/one talk.vtt", "/b/two.srt"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "no text"),
        ("   \n ", "no text"),
        ("hello, how are you?", "no link"),
        ("transparent", "no link"),
        ("12345678901", "no link"),
        ("hello-world", "no link"),
        ("e.g. this and/or that, 3.14/2", "no link"),
        ("me@youtube.com", "no link"),
        ("javascript:alert(1)", "javascript"),
        ("JaVaScRiPt:alert(document.cookie)", "javascript"),
        ("data:text/html,<b>x</b>", "data"),
        ("vbscript:x", "vbscript"),
        ("ftp://example.com/a.mp4", "ftp"),
        ("mailto:me@example.com", "mailto"),
        ("magnet:?xt=urn:btih:abc", "magnet"),
        ("chrome://settings", "chrome"),
        ("blob:https://www.youtube.com/6d1b", "browser tab"),
        ("https://", "not whole"),
        ("http://localhost/x", "private"),
        ("http://localhost:8000/watch?v=dQw4w9WgXcQ", "private"),
        ("http://127.0.0.1/x", "private"),
        ("http://127.1/x", "private"),
        ("http://2130706433/x", "private"),
        ("http://0x7f000001/x", "private"),
        ("http://0x7f.0.0.1/x", "private"),
        ("http://10.0.0.8/a.mp4", "private"),
        ("http://192.168.1.1/", "private"),
        ("http://169.254.169.254/latest/meta-data", "private"),
        ("http://[::1]/x", "private"),
        ("http://[fe80::1]/x", "private"),
        ("http://[::ffff:10.0.0.1]/x", "private"),
        ("http://intranet/x", "private"),
        ("http://printer.local/x", "private"),
        ("https://user:pass@example.com/x", "password"),
        ("https://www.youtube.com@evil.com/watch?v=dQw4w9WgXcQ", "password"),
        ("https://youtube.com.evil.com/watch?v=dQw4w9WgXcQ", "another site"),
        ("https://www.youtube.com-watch.evil.com/watch?v=dQw4w9WgXcQ", "another site"),
        ("https://www.y\u043eutube.com/watch?v=dQw4w9WgXcQ", "another site"),
        ("y\u043eutube.com/watch?v=dQw4w9WgXcQ", "another site"),
        ("https://www.xn--yutube-wqf.com/watch?v=dQw4w9WgXcQ", "another site"),
        ("https://y0utube.com/watch?v=dQw4w9WgXcQ", "another site"),
        ("https://yöutube.com/watch?v=dQw4w9WgXcQ", "another site"),
        ("https://www.youtube.com:8080/watch?v=dQw4w9WgXcQ", "usual address"),
        ("https://www.youtube.com/", "no video"),
        ("https://www.youtube.com/feed/subscriptions", "no video"),
        ("https://www.youtube.com/results?search_query=x", "no video"),
        ("https://www.youtube.com/shorts", "no video"),
        ("https://www.youtube.com/watch?v=short", "11 characters"),
        ("https://youtu.be/dQw4w9WgXcQtoolong", "11 characters"),
        ("https://www.youtube.com/playlist?list=WL", "your own account"),
        ("https://vimeo.com/categories", "no video"),
        ("https://www.twitch.tv/directory", "no video"),
        ("https://i.ytimg.com/generic.png", "picture"),
        ("https://exa mple.com", "private"),
        ("http://[::1", "not written"),
        ("https://example.com:99999999/", "not written"),
        ("https://a..b.com/", "not written"),
        ("/etc/passwd", "folder"),
        ("/home/me/thesis.pdf", ".pdf"),
        ("file:///home/me/", "folder"),
        ("file:///a%0Ab.vtt", "not the path"),
        ("notegen://add", "names no video"),
        ("notegen://add?url=file%3A%2F%2F%2Fetc%2Fx.vtt", "web page"),
        ("notegen://add?url=%2Fetc%2Fx.vtt", "no link"),
        ("notegen://add?url=notegen%3A%2F%2Fadd", "too many times"),
        ("https://example.com/" + "x" * 5000, "too long"),
    ],
)
def test_what_is_refused_is_shown_with_its_reason(text: str, word: str) -> None:
    found = find_links(text)
    assert not found.links
    assert found.rejects, "refused without a word"
    assert any(word in reject.reason for reject in found.rejects), found.rejects
    assert all(len(reject.text) <= 120 for reject in found.rejects)


def test_a_bare_id_counts_only_as_the_whole_text() -> None:
    assert only(f" {V}\n")[2] == V
    assert not find_links(f"the id is {V} I think").links


def test_bare_ids_are_a_list_by_lines_or_commas_and_never_words_of_a_line() -> None:
    assert [link.id for link in find_links(f"{V},\n\n{W}\n").links] == [V, W]
    many = [f"aB{number:04}cdEFG" for number in range(3000)]
    assert len(find_links("\n".join(many)).links) == len(many)
    for prose in ("iPhone12Pro WindowsXP32", f"iPhone12Pro WindowsXP32\n{V}", f"{V} {W}"):
        assert not find_links(prose).links


def test_twins_are_one_and_order_is_kept() -> None:
    text = f"https://youtu.be/{W} {CANONICAL}&t=5\nhttps://youtu.be/{V} youtu.be/{W}"
    assert [link.id for link in find_links(text).links] == [W, V]


def test_links_that_touch_are_told_apart() -> None:
    found = find_links(f"https://youtu.be/{V}https://youtu.be/{W},https://vimeo.com/76979871")
    assert [link.id for link in found.links] == [V, W, "76979871"]


def test_a_list_names_its_bad_lines_and_prose_does_not() -> None:
    listed = find_links(f"https://youtu.be/{V}\nsomething else\n# a comment\nyoutu.be/{W}")
    assert [link.id for link in listed.links] == [V, W]
    assert [reject.text for reject in listed.rejects] == ["something else"]
    prose = find_links(f"Hello,\nlook at https://youtu.be/{V} when you can.\nBye")
    assert len(prose.links) == 1
    assert not prose.rejects


def test_one_bad_link_does_not_hide_the_good_one() -> None:
    found = find_links(f"javascript:alert(1) https://youtu.be/{V} http://localhost/")
    assert len(found.links) == 1
    assert len(found.rejects) == 2


JUNK = [
    "a",
    "a.",
    "www.",
    "://",
    "http://",
    "https://youtu.be/",
    "youtube.com",
    "youtube.com/",
    "xyoutube.com.",
    "&amp;",
    "&#38;amp;",
    "%3A%2F%2F",
    "%2525",
    "http%3A%2F%2Fa",
    "'",
    "'/a",
    "\\/",
    "[](",
    "<a href=",
    '<a href="',
    "(((",
    "\u200b",
    "漢",
    " \t",
    "\n",
    "/",
    "a/b.vtt\n",
    "xn--",
    "https://xn--a.xn--",
    "notegen://add?url=",
    "t=1&",
    "javascript:",
    f"https://youtu.be/{V}\n",
    f"https://youtu.be/{V} word ",
]


@pytest.mark.parametrize("junk", JUNK)
def test_of_much_junk_little_is_named(junk: str) -> None:
    assert len(find_links(junk * (20_000 // len(junk))).rejects) <= 51


@examples(400)
@given(texts(max_size=400))
@example("http://[")
@example("https://[::1]:x/")
@example("\ud800 https://youtu.be/dQw4w9WgXcQ")
@example("https://\u2100.com")
@example("http://xn--99999999999999.com/")
def test_no_text_raises(text: str) -> None:
    found = find_links(text)
    assert found.links or found.rejects


PIECES = st.sampled_from(
    [
        *SPELLINGS,
        *(text for text, *_ in OTHERS),
        *JUNK,
        *(
            "https://",
            "http://",
            "file:///",
            "example.com",
            "/a/b",
            ".vtt",
            "?x=1",
            "&t=90",
            "#!/a",
        ),
        *("%20", "%0A", "%", "&amp;", "?utm_source=a", ".", ",", ")", "(", "'", '"', " ", "\n"),
        *("é", "中", "\\", "\\ ", "@", ":", ";", "|", "*", "_", "-", "~", "!", "`", "{", "}"),
    ]
) | texts(max_size=2)


@examples(1000)
@given(st.lists(PIECES, min_size=1, max_size=8).map("".join))
def test_the_canonical_address_of_a_link_is_that_link(text: str) -> None:
    for link in find_links(text).links:
        again = find_links(link.url)
        assert [(one.kind, one.provider, one.id, one.url) for one in again.links] == [
            (link.kind, link.provider, link.id, link.url)
        ]
        assert not again.rejects


@examples(200)
@given(st.lists(PIECES, min_size=1, max_size=6).map(" ".join))
def test_links_never_leave_the_allowed_schemes(text: str) -> None:
    for link in find_links(text).links:
        assert link.kind is LinkKind.FILE or link.url.startswith(("https://", "http://"))


def test_nothing_found_is_an_empty_result_by_type() -> None:
    assert FoundLinks() == FoundLinks((), ())


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/redirect?url=https%3A%2F%2Fyoutu.be%2F{id}",
        "https://www.google.com/url?sa=t&url=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D{id}",
        "https://www.google.com/search?q=https://youtu.be/{id}",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fyoutu.be%2F{id}&h=AT0",
        "https://www.facebook.com/sharer/sharer.php?u=https%3A%2F%2Fyoutu.be%2F{id}",
        "https://slack-redir.net/link?url=https%3A%2F%2Fyoutu.be%2F{id}",
        "https://example.com/r?to=youtu.be/{id}",
        "https://wa.me/?text=Watch%20this%20https%3A%2F%2Fyoutu.be%2F{id}",
        "https://example.com/a?u=https%3A%2F%2Fx.org%2Fb%3Fu%3Dhttps%253A%252F%252Fyoutu.be%252F{id}",
    ],
)
def test_an_address_whose_query_holds_a_video_is_that_video(address: str) -> None:
    (link,) = find_links(address.format(id="dQw4w9WgXcQ")).links
    assert link.url == "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


@pytest.mark.parametrize(
    "address",
    [
        "https://lecture.example.edu/watch?id=3",
        "https://lecture.example.edu/watch?id=3&ref=https://youtu.be/dQw4w9WgXcQ",
        "https://example.com/?next=https://example.org/page",
    ],
)
def test_a_page_whose_query_holds_no_video_is_the_page(address: str) -> None:
    (link,) = find_links(address).links
    assert (link.provider, link.url) == ("web", address)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1.nip.io", "10-0-0-1.nip.io", "magic-127-0-0-1.nip.io", "7f000001.nip.io"),
        *("foo.192.168.1.5.sslip.io", "169.254.169.254.nip.io", "fe80--1.sslip.io"),
        *("localtest.me", "a.localtest.me", "lvh.me", "x.traefik.me", "vcap.me"),
        *("192-168-1-5.abcdef.plex.direct", "7f000001.c0a80001.rbndr.us", "127.0.0.1.example.com"),
    ],
)
def test_public_names_that_lead_to_this_network_are_refused_by_their_form(host: str) -> None:
    found = find_links(f"http://{host}:8080/film.mp4")
    assert not found.links
    assert "private network" in found.rejects[0].reason


@pytest.mark.parametrize(
    "host", ["8.8.8.8.nip.io", "nip.io", "v1-2-3.example.com", "2a01-4f8--2.sslip.io"]
)
def test_public_names_that_lead_elsewhere_are_taken(host: str) -> None:
    assert find_links(f"http://{host}/film.mp4").links


BILI = "BV1xx411c7mD"


@pytest.mark.parametrize(
    ("text", "kind", "url"),
    [
        ("https://space.bilibili.com/77/channel/collectiondetail?sid=6", "playlist",
         "https://space.bilibili.com/77/lists/6?type=season"),
        ("https://space.bilibili.com/77/channel/seriesdetail?sid=6&ctype=0", "playlist",
         "https://space.bilibili.com/77/lists/6?type=series"),
        ("https://space.bilibili.com/77/lists/6?type=series", "playlist",
         "https://space.bilibili.com/77/lists/6?type=series"),
        ("https://space.bilibili.com/77/favlist?fid=9&ftype=create", "playlist",
         "https://space.bilibili.com/77/favlist?fid=9"),
        ("https://www.bilibili.com/medialist/play/ml123", "playlist",
         "https://www.bilibili.com/list/ml123"),
        ("https://space.bilibili.com/77/video", "channel", "https://space.bilibili.com/77"),
        (f"https://b23.tv/{BILI}/p3", "video", f"https://www.bilibili.com/video/{BILI}?p=3"),
        ("https://www.bilibili.com/video/av114868162141203", "video",
         "https://www.bilibili.com/video/av114868162141203"),
        ("https://live.bilibili.com/196?from=search", "url", "https://live.bilibili.com/196"),
        ("https://www.twitch.tv/someone/schedule?vodID=1234567890", "video",
         "https://www.twitch.tv/videos/1234567890"),
        ("https://m.twitch.tv/clip/FaintLightGull", "video", "https://clips.twitch.tv/FaintLightGull"),
        ("https://www.twitch.tv/collections/wlDCoH0zEBZZbQ", "playlist",
         "https://www.twitch.tv/collections/wlDCoH0zEBZZbQ"),
        ("https://geo.dailymotion.com/player/x86gw.html?video=x8abcde", "video",
         "https://www.dailymotion.com/video/x8abcde"),
        ("https://geo.dailymotion.com/player/xf7zn.html?playlist=x7wdsj", "playlist",
         "https://www.dailymotion.com/playlist/x7wdsj"),
        ("https://vimeo.com/showcase/10677689/embed", "playlist",
         "https://vimeo.com/showcase/10677689"),
        ("https://www.tiktok.com/@someone/collection/bread-7371330159376370462", "playlist",
         "https://www.tiktok.com/@someone/collection/c-7371330159376370462"),
        ("https://www.youtube.com/c/ИгорьК/playlists", "channel",
         "https://www.youtube.com/c/%D0%98%D0%B3%D0%BE%D1%80%D1%8C%D0%9A"),
        ("PLBB231211A4F62143", "playlist",
         "https://www.youtube.com/playlist?list=PLBB231211A4F62143"),
    ],
)  # fmt: skip
def test_the_part_of_a_site_that_is_meant_is_the_part_that_is_read(
    text: str, kind: str, url: str
) -> None:
    (link,) = find_links(text).links
    assert (link.kind, link.url) == (kind, url)
    assert find_links(link.url).links == (link,)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "https://www.youtube.com/shared?ci=8A940MXKFmQ",
            "https://www.youtube.com/search?q=bread",
        ),
        *("https://www.youtube.com/source", "https://www.youtube.com/feed/history"),
        *("https://www.twitch.tv/popout/someone/chat", "https://www.twitch.tv/moderator/someone"),
        *("https://vimeo.com/watchlater", "https://www.bilibili.com/watchlater/#/list"),
        *("https://space.bilibili.com/77/fans/follow", "https://www.dailymotion.com/search/bread"),
    ],
)
def test_a_page_of_a_site_that_is_no_channel_is_refused_with_a_reason(text: str) -> None:
    found = find_links(text)
    assert not found.links
    assert found.rejects[0].reason


@pytest.mark.parametrize(
    "wrapped",
    [
        f"https://www.notion.so/signed/https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D{V}?table=block",
        f"https://link.zhihu.com/?target=https%3A//www.youtube.com/watch%3Fv%3D{V}",
        f"https://urldefense.proofpoint.com/v2/url?u=https-3A__www.youtube.com_watch-3Fv-3D{V}&d=Dw",
        f"https://urldefense.com/v3/__https://www.youtube.com/watch?v={V}__;!!AbC!xyz$",
        f"https://archive.ph/2024/https://www.youtube.com/watch?v={V}",
        f"https://l.messenger.com/l.php?u=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D{V}&h=x",
        "https://go.example.com/r/aHR0cHM6Ly93d3cueW91dHViZS5jb20vd2F0Y2g_dj1kUXc0dzlXZ1hjUQ",
        f"yewtu.be/watch?v={V}",
        f"https://invidious.example.org/watch?v={V}&local=true",
        f"https://piped.example.org/watch?v={V}",
        f"https://www-youtube-com.translate.goog/watch?v={V}&_x_tr_sl=auto&_x_tr_tl=en",
        f"android-app://com.google.android.youtube/http/www.youtube.com/watch?v={V}",
        f"youtube {V}",
    ],
)
def test_an_address_that_holds_that_of_a_video_is_that_video(wrapped: str) -> None:
    assert [link.url for link in find_links(wrapped).links] == [CANONICAL]


def test_a_start_time_may_be_named_in_capitals() -> None:
    assert find_links(f"https://youtu.be/{V}?T=171").links[0].start_s == 171


def test_a_file_on_another_computer_is_refused_with_advice() -> None:
    found = find_links("smb://nas/films/bread.mp4")
    assert "another computer" in found.rejects[0].reason


TALK = "".join(
    f"[00:00:{n}] the dough must rest before it goes into the oven\n" for n in range(10, 16)
)


@pytest.mark.parametrize(
    "text",
    [
        f"Title: Bread\nURL: https://youtu.be/{V}\n\n{TALK}",
        TALK.replace("\n", f" see https://youtu.be/{V}\n", 1),
        "".join(f"0:{n}\nthe dough must rest before it is baked\n" for n in range(10, 16))
        + f"https://youtu.be/{V}\n",
        "".join(
            f"[0:{n}](https://youtu.be/{V}?t={n}) the dough must rest\n" for n in range(10, 16)
        ),
    ],
)
def test_a_pasted_transcript_that_names_an_address_is_words(text: str) -> None:
    assert is_source(text, find_links(text))


@pytest.mark.parametrize(
    "text",
    [
        f"https://youtu.be/{V}\n0:00 Dough\n1:20 The oven\n5:40 Bread\n",
        "".join(f"10:1{n} mia: look at this one, it is good https://youtu.be/{V[:-1]}{n}\n"
                for n in range(6)),
        f"A talk that I liked very much indeed, about bread and how it is made: youtu.be/{V}",
        "0:00 Dough\n1:20 The oven\n5:40 Bread\n",
    ],
)  # fmt: skip
def test_pasted_chapters_and_chats_are_not(text: str) -> None:
    assert not is_source(text, find_links(text))


# --- podcasts ---


@pytest.mark.parametrize(
    "text",
    [
        "feed://talks.example/show",
        "podcast://talks.example/show",
        "feed:http://talks.example/show",
        "pcast:https://talks.example/show",
        "itpc://talks.example/show",
    ],
)
def test_what_podcast_programs_write_in_front_names_a_feed(text: str) -> None:
    (link,) = find_links(text).links
    assert (link.kind, link.provider) == (LinkKind.PLAYLIST, "podcast")
    assert link.key == find_links("feed://talks.example/show").links[0].key


@pytest.mark.parametrize(
    ("url", "is_feed"),
    [
        ("https://talks.example/feed.xml", True),
        ("https://talks.example/feed.json", True),
        ("https://talks.example/feed/json/", True),
        ("https://talks.example/data.json", False),
        ("https://talks.example/feed/", True),
        ("https://talks.example/feed/podcast", True),
        ("https://talks.example/show.rss", True),
        ("https://feeds.talks.example/show", True),
        ("https://feeds.talks.example/show/1.mp3", False),
        ("https://talks.example/sitemap.xml", False),
        ("https://talks.example/feedback", False),
    ],
)
def test_addresses_that_feeds_usually_have_are_feeds(url: str, is_feed: bool) -> None:
    (link,) = find_links(url).links
    assert (link.provider == "podcast") == is_feed


def test_a_feed_of_youtube_is_its_channel() -> None:
    url = "feed://www.youtube.com/feeds/videos.xml?channel_id=UCabcdefghijklmnopqrstuv"
    (link,) = find_links(url).links
    assert (link.kind, link.provider) == (LinkKind.CHANNEL, "youtube")


@pytest.mark.parametrize(
    "url", ["feed://192.168.0.1/feed", "podcast://localhost/x", "feed:http://10.0.0.1/feed"]
)
def test_feeds_in_a_private_network_are_refused(url: str) -> None:
    found = find_links(url)
    assert not found.links
    assert "private network" in found.rejects[0].reason


@pytest.mark.parametrize(
    "text",
    [
        "https://youtu.be/\ndQw4w9WgXcQ",
        "https://www.youtube.com/\nwatch?v=dQw4w9WgXcQ",
        "https://www.youtube.com/watch?v= dQw4w9WgXcQ",
        "https://youtube. com/watch?v=dQw4w9WgXcQ",
        "https://www.youtube.com/watch?v=3DdQw4w9WgXcQ&t=3D90",
        "https://www.youtube.com/watch?=\nv=3DdQw4w9WgXcQ&list=3DPLx",
        "https://www.youtube.com/watch?v%3DdQw4w9WgXcQ",
        "https:/youtu.be/dQw4w9WgXcQ",
        "https//youtu.be/dQw4w9WgXcQ",
        "hhttps;//www.youtube.com/watch?v=dQw4w9WgXcQ",
        "https://https://youtu.be/dQw4w9WgXcQ",
        "https%3A//youtu.be/dQw4w9WgXcQ",
        "[youtube]dQw4w9WgXcQ[/youtube]",
        "{{youtube dQw4w9WgXcQ}}",
        '{{< youtube "dQw4w9WgXcQ" >}}',
        "{% youtube dQw4w9WgXcQ %}",
        "/watch?v=dQw4w9WgXcQ&t=90",
        "v=dQw4w9WgXcQ",
        "ytdl://dQw4w9WgXcQ",
        "player://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "mailto:?subject=Bread&body=https%3A%2F%2Fyoutu.be%2FdQw4w9WgXcQ",
        "https://farside.link/invidious/watch?v=dQw4w9WgXcQ",
        "https://www.youtubeeducation.com/embed/dQw4w9WgXcQ",
        "https://away.example/?https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "https://guard.example/v3/__https:/www.youtube.com/watch?v=dQw4w9WgXcQ__;!!a$",
        "https://notes.example/native/www.youtube.com%2Fwatch%3Fv%3DdQw4w9WgXcQ",
    ],
)
def test_an_address_that_mail_chats_or_hands_have_broken_is_whole_again(text: str) -> None:
    (link,) = find_links(text).links
    assert (link.kind, link.provider, link.id) == (LinkKind.VIDEO, "youtube", "dQw4w9WgXcQ")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ?t=90", 90.0),
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ%26t%3D90", 90.0),
        ("https://youtu.be/dQw4w9WgXcQ?t=1m%2030s", 90.0),
        ("https://youtu.be/dQw4w9WgXcQ?si=ab_C1?t=90", 90.0),
        ("https://youtu.be/dQw4w9WgXcQ?t=90?si=ab_C1", 90.0),
        ("https://vimeo.com/76979871?ts=90000&share=copy", 90.0),
        ("https://youtu.be/dQw4w9WgXcQ?t=90sec", 90.0),
        ("https://youtu.be/dQw4w9WgXcQ?t=1min30sec", 90.0),
        ("https://www.bilibili.com/video/BV1xx411c7mD?start_progress=90500", 90.5),
    ],
)
def test_a_start_time_is_found_where_programs_put_it(text: str, seconds: float) -> None:
    assert [link.start_s for link in find_links(text).links] == [seconds]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("BV1xx411c7mD", "https://www.bilibili.com/video/BV1xx411c7mD"),
        (
            "UCuAXFkgsw1L7xaCfnd5JJOw",
            "https://www.youtube.com/channel/UCuAXFkgsw1L7xaCfnd5JJOw",
        ),
        (
            "https://youtube.com/playlist/PLxd0bZ1RXEzuPC",
            "https://www.youtube.com/playlist?list=PLxd0bZ1RXEzuPC",
        ),
        (
            "https://www.bilibili.com/festival/2023?bvid=BV1xx411c7mD",
            "https://www.bilibili.com/video/BV1xx411c7mD",
        ),
        (
            "https://dashboard.twitch.tv/u/mia/content/video-producer/highlighter/1234567890",
            "https://www.twitch.tv/videos/1234567890",
        ),
    ],
)
def test_what_names_a_video_and_nothing_else_is_that_video(text: str, url: str) -> None:
    assert [link.url for link in find_links(text).links] == [url]


@pytest.mark.parametrize(
    "text",
    [
        "https://youtu.be/ hello-world is what it says",
        "Write to mailto:mia@youtube.com for bread",
        "v=3 and w=4",
    ],
)
def test_words_beside_half_an_address_are_no_id(text: str) -> None:
    assert not find_links(text).links


def test_a_mail_within_a_mail_is_not_looked_into() -> None:
    assert not find_links("mailto:" * 3000).links
    assert not find_links("mailto:a?body=mailto%3Ab" * 2000).links


def test_a_translated_page_of_this_network_is_refused() -> None:
    assert not find_links("https://192-168-0-1.translate.goog/watch").links
    (page,) = find_links("https://my--bread-example-org.translate.goog/a?b=1&_x_tr_tl=en").links
    assert page.url == "https://my-bread.example.org/a?b=1"
