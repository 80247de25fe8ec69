"""Podcasts: what a feed says, which transcript is read, and what a feed may not do."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from notegen_desktop.domain.errors import (
    NetworkUnreachable,
    NoteGenError,
    UnsupportedSource,
    VideoNotFound,
    VideoRestricted,
)
from notegen_desktop.domain.links.link import Link, LinkKind
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.services.ports import Material
from notegen_desktop.services.sources.feeds import read_feed
from notegen_desktop.services.sources.router import Sources, build_sources
from tests.fakes.site import FakeSite

FEED = "http://talks.example/feed.xml"
XMLNS = (
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:podcast="https://podcastindex.org/namespace/1.0" '
    'xmlns:psc="http://podlove.org/simple-chapters"'
)
VTT = "WEBVTT\n\n00:00.000 --> 00:04.000\n<v Ann>A list is put in order.\n\n" + "".join(
    f"00:{n:02}.000 --> 00:{n + 4:02}.000\n<v Bob>Sorting step {n} is done.\n\n"
    for n in range(4, 40, 4)
)
HTML = (
    "<cite>Ann:</cite><time>0:00</time><p>A list is put in order.</p>"
    "<cite>Bob:</cite><time>0:09</time><p>Then its halves are put together.</p>"
    "<cite>Ann:</cite><time>0:21</time><p>That takes a pass for each half.</p>"
)


def item(
    number: int, *, more: str = "", sound: str = "", date: str | None = None, guid: str = ""
) -> str:
    sound = sound or f"http://cdn.example/ep{number}.mp3?x=1&amp;y=2"
    date = f"Mon, {number:02} Nov 2026 08:00:00 +0100" if date is None else date
    return (
        f"<item><title>Episode {number} &amp; more</title><guid>{guid or f'guid-{number}'}</guid>"
        f"<link>http://talks.example/episodes/{number}</link>"
        f"{f'<pubDate>{date}</pubDate>' if date else ''}<itunes:duration>1:02:0{number % 10}"
        f'</itunes:duration><enclosure url="{sound}" type="audio/mpeg" length="9"/>{more}</item>'
    )


def feed(*items: str, head: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<rss version="2.0" {XMLNS}><channel>'
        f"<title>Small Talks</title><language>en-us</language>{''.join(items)}</channel></rss>"
    ).encode()


@pytest.fixture
def site() -> Iterator[FakeSite]:
    with FakeSite({"/feed.xml": ("text/xml", feed(*map(item, (1, 2, 3))))}) as running:
        yield running


@pytest.fixture
async def sources(site: FakeSite) -> AsyncIterator[Sources]:
    made = build_sources(proxy=lambda: site.url, caption_gap_s=0.0)
    yield made
    await made.aclose()


def link(url: str) -> Link:
    return find_links(url).links[0]


async def episode(sources: Sources, number: int = 0) -> Link:
    return link((await sources.expand(link(FEED)))[number].url)


async def read(sources: Sources, number: int = 0) -> Material:
    return await sources.read(await episode(sources, number), languages=())


# --- a feed is a list ---


async def test_a_feed_lists_its_episodes_the_newest_first(sources: Sources) -> None:
    videos = await sources.expand(link(FEED))
    assert [video.title for video in videos] == [f"Episode {n} & more" for n in (3, 2, 1)]
    first = videos[0]
    assert (first.channel, first.published, first.duration_s) == ("Small Talks", "2026-11-03", 3723)
    assert first.is_sound


async def test_the_address_of_an_episode_leads_to_it_again(sources: Sources) -> None:
    videos = await sources.expand(link(FEED))
    for video in videos:
        found = link(video.url)
        assert (found.kind, found.key) == (LinkKind.VIDEO, video.id)
        assert link(found.url) == found
        assert (await sources.describe(found)).title == video.title


async def test_a_time_of_an_episode_opens_its_sound_there(sources: Sources) -> None:
    (video, *_) = await sources.expand(link(FEED))
    assert video.link_at(75.4) == "http://cdn.example/ep3.mp3?x=1&y=2#t=75"


async def test_an_episode_that_its_feed_has_dropped_is_still_heard(
    site: FakeSite, sources: Sources
) -> None:
    old = await episode(sources, 2)
    site.pages["/feed.xml"] = ("text/xml", feed(item(9)))
    fresh = build_sources(proxy=lambda: site.url)
    material = await fresh.read(old, languages=())
    assert material.uploadable
    assert material.video.sound_url.startswith("http://cdn.example/ep1.mp3")
    await fresh.aclose()


def test_atom_feeds_are_read_too() -> None:
    entry = (
        "<entry><title>One</title><id>a</id><updated>2026-11-02T07:00:00Z</updated>"
        '<link rel="enclosure" type="audio/mpeg" href="/one.mp3"/></entry>'
    )
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>{entry}</feed>'
    (found,) = read_feed(atom.encode(), FEED).episodes
    assert (found.video.title, found.sound_url) == ("One", "http://talks.example/one.mp3")
    assert found.video.published == "2026-11-02"


def test_rss_1_is_read_too() -> None:
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:enc="http://purl.oclc.org/net/rss_2.0/enc#">'
        "<channel><title>Small Talks</title><dc:language>de</dc:language></channel>"
        "<item><title>One</title><dc:date>2026-11-02T07:00:00Z</dc:date>"
        '<enc:enclosure rdf:resource="http://cdn.example/one.mp3" enc:type="audio/mpeg"/></item>'
        "</rdf:RDF>"
    )
    found = read_feed(rdf.encode(), FEED)
    (one,) = found.episodes
    assert found.title == one.video.channel == "Small Talks"
    assert (one.video.title, one.sound_url) == ("One", "http://cdn.example/one.mp3")
    assert (one.video.published, one.video.language) == ("2026-11-02", "de")


JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Small Talks",
    "items": [
        {
            "id": 7,
            "title": "A < B & C",
            "url": "http://talks.example/episodes/7",
            "date_published": "2026-11-02T07:00:00Z",
            "content_html": "<p>All of \x07it \ud83d.</p>",
            "attachments": [
                {
                    "url": "http://cdn.example/ep7.mp3?a=1&b=2",
                    "mime_type": "audio/mpeg",
                    "duration_in_seconds": 90.5,
                }
            ],
        },
        {"id": "b", "title": "An article", "attachments": None},
        None,
    ],
}


def test_a_json_feed_is_read_too() -> None:
    found = read_feed(json.dumps(JSON_FEED).encode(), FEED)
    (one,) = found.episodes
    assert found.title == one.video.channel == "Small Talks"
    assert (one.guid, one.video.title) == ("7", "A < B & C")
    assert one.sound_url == "http://cdn.example/ep7.mp3?a=1&b=2"
    assert one.page_url == "http://talks.example/episodes/7"
    assert (one.video.published, one.video.duration_s) == ("2026-11-02", 90.5)
    assert one.video.description == "All of it ?."


def test_a_json_feed_that_is_cut_off_is_refused_with_words() -> None:
    with pytest.raises(UnsupportedSource, match="damaged"):
        read_feed(json.dumps(JSON_FEED).encode()[:-9], FEED)


async def test_a_page_that_names_a_json_feed_leads_to_it(site: FakeSite, sources: Sources) -> None:
    tag = '<link rel="alternate" type="application/feed+json" href="/feed.json">'
    site.pages["/show"] = ("text/html", f"<html><head>{tag}</head></html>".encode())
    site.pages["/feed.json"] = ("application/feed+json", json.dumps(JSON_FEED).encode())
    found = await sources.resolve(link("http://talks.example/show"))
    assert (found.kind, found.url) == (LinkKind.PLAYLIST, "http://talks.example/feed.json")
    assert [video.title for video in await sources.expand(found)] == ["A < B & C"]


# --- transcripts and chapters ---


def transcript(kind: str, name: str, language: str = "") -> str:
    told = f' language="{language}"' if language else ""
    return f'<podcast:transcript url="{name}" type="{kind}"{told}/>'


async def test_of_several_transcripts_the_one_with_speakers_and_times_is_read(
    site: FakeSite, sources: Sources
) -> None:
    more = transcript("text/html", "/t.html") + transcript("text/vtt", "/t.vtt")
    site.pages["/feed.xml"] = ("text/xml", feed(item(1, more=more)))
    site.pages["/t.vtt"] = ("text/vtt", VTT.encode())
    material = await read(sources)
    assert material.transcript is not None
    assert material.origin == "the podcast's own transcript"
    assert material.transcript.segments[0].speaker == "Ann"
    assert material.transcript.timed
    assert not any(url.endswith("t.html") for url in site.asked)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/srt", "1\n00:00:00,000 --> 00:00:05,000\nA list is put in order.\n"),
        ("text/html", HTML),
        (
            "application/json",
            json.dumps(
                {
                    "version": "1.0.0",
                    "segments": [
                        {"speaker": "Ann", "startTime": 0.5, "endTime": 4.5, "body": "A list is"},
                        {"speaker": "Ann", "startTime": 4.5, "endTime": 6.5, "body": "in order."},
                    ],
                }
            ),
        ),
    ],
)
async def test_every_form_of_transcript_is_read(
    site: FakeSite, sources: Sources, kind: str, body: str
) -> None:
    site.pages["/feed.xml"] = ("text/xml", feed(item(1, more=transcript(kind, "/t"))))
    site.pages["/t"] = (kind, body.encode())
    words = (await read(sources)).transcript
    assert words is not None
    assert words.timed
    assert words.text.startswith("A list is")
    if kind == "text/html":
        assert [s.start_s for s in words.segments] == [0, 9, 21]
        assert [s.speaker for s in words.segments] == ["Ann", "Bob", "Ann"]


async def test_the_transcript_of_the_language_wanted_is_read(
    site: FakeSite, sources: Sources
) -> None:
    more = transcript("text/vtt", "/en", "en") + transcript("text/vtt", "/de", "de")
    site.pages["/feed.xml"] = ("text/xml", feed(item(1, more=more)))
    site.pages |= {"/en": ("text/vtt", VTT.encode()), "/de": ("text/vtt", VTT.encode())}
    material = await sources.read(await episode(sources), languages=("de",))
    assert material.transcript is not None
    assert material.transcript.language == "de"


@pytest.mark.parametrize("first", [None, b"", b"WEBVTT\n", b"%PDF-1.4\n1 0 obj\n"])
async def test_where_one_form_of_a_transcript_cannot_be_had_the_next_is_read(
    site: FakeSite, sources: Sources, first: bytes | None
) -> None:
    more = transcript("application/srt", "/t.srt") + transcript("text/vtt", "/t.vtt")
    site.pages["/feed.xml"] = ("text/xml", feed(item(1, more=more)))
    if first is not None:
        site.pages["/t.vtt"] = ("text/vtt", first)
    srt = b"1\n00:00:00,000 --> 00:00:05,000\nA list is put in order.\n"
    site.pages["/t.srt"] = ("text/plain", srt)
    words = (await read(sources)).transcript
    assert words is not None
    assert words.text == "A list is put in order."
    assert len(await sources.tracks(await episode(sources))) == 1


@pytest.mark.parametrize("body", [b"<html>not here</html>", b"", b"\x89PNG\r\n\x1a\n\0\0\0"])
async def test_a_transcript_that_cannot_be_read_leaves_the_sound(
    site: FakeSite, sources: Sources, body: bytes
) -> None:
    more = transcript("text/vtt", "/t")
    site.pages["/feed.xml"] = ("text/xml", feed(item(1, more=more)))
    material = await read(sources)
    assert material.transcript is None
    assert material.missing is not None
    assert material.uploadable


async def test_chapters_in_the_feed_and_beside_it_are_taken_over(
    site: FakeSite, sources: Sources
) -> None:
    psc = (
        '<psc:chapters><psc:chapter start="00:00:00" title="Start"/>'
        '<psc:chapter start="00:10:05.5" title="Sorting"/></psc:chapters>'
    )
    beside = '<podcast:chapters url="/c.json" type="application/json+chapters"/>'
    site.pages["/feed.xml"] = ("text/xml", feed(item(1, more=beside), item(2, more=psc)))
    listed = [
        {"startTime": 0, "title": "A"},
        {"startTime": 9, "title": "ad", "toc": False},
        {"startTime": 60.5, "title": "B"},
    ]
    told = {"chapters": listed}
    site.pages["/c.json"] = ("application/json", json.dumps(told).encode())
    inside = (await read(sources, 0)).video.chapters
    assert [(c.title, c.start_s) for c in inside] == [("Start", 0), ("Sorting", 605.5)]
    outside = (await read(sources, 1)).video.chapters
    assert [(c.title, c.start_s) for c in outside] == [("A", 0), ("B", 60.5)]
    assert outside[-1].end_s == 3721


async def test_one_chapter_without_a_time_does_not_cost_the_others(
    site: FakeSite, sources: Sources
) -> None:
    beside = '<podcast:chapters url="/c.json" type="application/json+chapters"/>'
    site.pages["/feed.xml"] = ("text/xml", feed(item(1, more=beside)))
    listed = [{"startTime": 0, "title": "A"}, {"title": "?"}, {"startTime": "60", "title": "B"}]
    site.pages["/c.json"] = ("application/json", json.dumps({"chapters": listed}).encode())
    chapters = (await read(sources)).video.chapters
    assert [(c.title, c.start_s) for c in chapters] == [("A", 0), ("B", 60)]


# --- pages that lead to a podcast ---


async def test_a_page_that_names_its_feed_is_that_podcast(site: FakeSite, sources: Sources) -> None:
    page = (
        b"<html><head><title>Small Talks</title>"
        b'<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments">'
        b'<link rel="alternate" type="application/rss+xml" href="/feed.xml"></head></html>'
    )
    site.pages["/"] = site.pages["/episodes/2"] = ("text/html", page)
    assert await sources.resolve(link("http://talks.example/")) == link(FEED)
    found = await sources.resolve(link("http://talks.example/episodes/2"))
    assert (await sources.describe(found)).title == "Episode 2 & more"


async def test_a_feed_without_a_name_that_tells_is_found_out(
    site: FakeSite, sources: Sources
) -> None:
    site.pages["/show/17"] = site.pages["/feed.xml"]
    found = await sources.resolve(link("http://talks.example/show/17"))
    assert (found.provider, found.kind) == ("podcast", LinkKind.PLAYLIST)
    assert len(await sources.expand(found)) == 3


async def test_a_page_without_video_or_podcast_stays_a_page(
    site: FakeSite, sources: Sources
) -> None:
    site.pages["/about"] = ("text/html", b"<html><title>About</title><p>Words.</p></html>")
    page = link("http://talks.example/about")
    assert await sources.resolve(page) == page


async def test_a_show_of_apples_directory_leads_to_its_feed(
    site: FakeSite, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "notegen_desktop.services.sources.podcasts.APPLE_LOOKUP", "http://itunes.example/lookup"
    )
    told = [{"feedUrl": FEED}, {"trackId": 1000777, "episodeGuid": "guid-2", "trackName": "x"}]
    site.pages["/lookup"] = ("text/javascript", json.dumps({"results": told}).encode())
    show = link("https://podcasts.apple.com/us/podcast/small-talks/id123456789")
    assert len(await sources.expand(show)) == 3
    one = link("https://podcasts.apple.com/us/podcast/small-talks/id123456789?i=1000777")
    video = await sources.describe(one)
    assert (video.title, video.id) == ("Episode 2 & more", one.key)
    assert video.sound_url.startswith("http://cdn.example/ep2.mp3")


# --- feeds that are not as they should be ---


async def test_an_unchanged_feed_is_not_sent_again(site: FakeSite, sources: Sources) -> None:
    site.etags["/feed.xml"] = '"v1"'
    first = await sources.latest(link(FEED))
    assert first is not None
    assert (first.title, len(first.videos)) == ("Small Talks", 3)
    assert await sources.latest(link(FEED), validator=first.validator) is None
    site.etags["/feed.xml"] = '"v2"'
    assert await sources.latest(link(FEED), validator=first.validator) is not None


async def test_a_feed_that_has_moved_is_followed_but_never_into_a_private_network(
    site: FakeSite, sources: Sources
) -> None:
    site.pages["/old.rss"] = ("redirect", FEED.encode())
    assert len(await sources.expand(link("http://talks.example/old.rss"))) == 3
    site.pages["/inner.rss"] = ("redirect", b"http://192.168.0.1/feed.xml")
    with pytest.raises(UnsupportedSource, match="inside your own network"):
        await sources.expand(link("http://talks.example/inner.rss"))
    assert not any("192.168" in url for url in site.asked)


def test_an_episode_in_a_private_network_is_left_out() -> None:
    inner = item(1, sound="http://192.168.0.1/a.mp3")
    assert [e.guid for e in read_feed(feed(inner, item(2)), FEED).episodes] == ["guid-2"]


def test_entities_are_not_expanded() -> None:
    bomb = '<!DOCTYPE rss [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    with pytest.raises(UnsupportedSource, match="its own markup"):
        read_feed(feed(item(1, guid="&b;"), head=bomb), FEED)


async def test_a_feed_that_unpacks_to_gigabytes_is_cut_off(
    site: FakeSite, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "notegen_desktop.services.sources.ytdlp.session.MAX_ANSWER_BYTES", 1_000_000
    )
    padding = f"<description>{'x' * 3_000_000}</description>"
    site.pages["/feed.xml"] = ("text/xml", feed(item(1), item(2, more=padding), item(3)))
    assert [v.title for v in await sources.expand(link(FEED))] == ["Episode 1 & more"]


def test_a_feed_of_thousands_of_episodes_is_read_in_time() -> None:
    many = "".join(item(n % 28 + 1, guid=f"g{n}") for n in range(6000))
    assert len(read_feed(feed(many), FEED).episodes) == 5000


def test_episodes_without_dates_keep_the_order_of_their_feed() -> None:
    found = read_feed(feed(item(1, date=""), item(2, date="yesterday"), item(3)), FEED).episodes
    assert [e.guid for e in found] == ["guid-1", "guid-2", "guid-3"]


@pytest.mark.parametrize(
    "broken",
    [
        feed(item(1), "<item><title>R&D &nbsp; caf\xe9</title></item>", item(2)),
        feed(item(1), item(2)).replace(b"<rss version", b"\n\x00\n<rss version"),
        feed(item(1), item(2)).replace(XMLNS.encode(), b""),
        feed(item(1), item(2))[:-16] + b"<item><titl",
        feed(item(1), item(2)).decode().encode("utf-16"),
        b"\xef\xbb\xbf  " + feed(item(1), item(2)),
    ],
)
def test_a_sloppy_feed_gives_the_episodes_it_has(broken: bytes) -> None:
    assert {e.guid for e in read_feed(broken, FEED).episodes} >= {"guid-1", "guid-2"}


@pytest.mark.parametrize(
    ("name", "title"),
    [("gbk", "中文播客"), ("shift_jis", "日本語の番組"), ("euc-kr", "한국어 방송"),
     ("windows-1251", "Игорь говорит")],
)  # fmt: skip
def test_a_feed_is_read_in_the_encoding_it_names(name: str, title: str) -> None:
    data = feed(item(1)).decode().replace("UTF-8", name).replace("Episode 1", title)
    (episode,) = read_feed(data.encode(name), FEED).episodes
    assert episode.video.title == f"{title} & more"


def test_a_feed_that_names_another_encoding_than_it_has_keeps_its_letters() -> None:
    data = feed(item(1)).decode().replace("Episode 1", "Über größere Bühnen")
    (episode,) = read_feed(data.encode("latin-1"), FEED).episodes
    assert episode.video.title == "Über größere Bühnen & more"


def test_what_a_server_says_before_its_feed_is_passed_over() -> None:
    broken = b"<br />\n<b>Warning</b>: mysql_connect() on line 3<br />\n" + feed(item(1))
    assert len(read_feed(broken, FEED).episodes) == 1


@pytest.mark.parametrize(
    "enclosure",
    [
        '<enclosure url="http://cdn.example/play?id=1"/>',
        '<enclosure url="http://cdn.example/play?id=1" type="application/octet-stream"/>',
        '<enclosure url="http://cdn.example/get.php?f=a.mp3" type=""/>',
        '<enclosure url="http://cdn.example/c.jpg"/><enclosure url="http://cdn.example/play"/>',
        '<media:group><media:content url="http://cdn.example/a.mp3"/></media:group>',
        '<podcast:alternateEnclosure type="audio/opus"><podcast:source '
        'uri="http://cdn.example/a?b"/></podcast:alternateEnclosure>',
    ],
)
def test_the_sound_of_an_episode_is_found_however_it_is_named(enclosure: str) -> None:
    (episode,) = read_feed(feed(f"<item><title>A</title>{enclosure}</item>"), FEED).episodes
    assert episode.sound_url.startswith("http://cdn.example/")
    assert "jpg" not in episode.sound_url


@pytest.mark.parametrize(
    "enclosure",
    ['url="http://cdn.example/a.pdf"', 'url="http://cdn.example/a" type="application/pdf"',
     'url="http://cdn.example/a.torrent" type="application/x-bittorrent"',
     'url="http://cdn.example/a.zip" type="application/octet-stream"'],
)  # fmt: skip
def test_a_paper_beside_an_article_is_no_sound(enclosure: str) -> None:
    article = f"<item><enclosure {enclosure}/></item>"
    assert len(read_feed(feed(article, item(1)), FEED).episodes) == 1
    with pytest.raises(UnsupportedSource, match="none with sound"):
        read_feed(feed(article), FEED)


def test_episodes_that_share_a_mark_are_all_kept() -> None:
    twice = feed(item(1, guid="http://talks.example"), item(2, guid="http://talks.example"))
    found = read_feed(twice, FEED).episodes
    assert len({episode.link.id for episode in found}) == 2
    assert len({episode.video.id for episode in found}) == 2
    again = read_feed(feed(item(1), item(1)), FEED).episodes
    assert len(again) == 1


def test_episodes_told_apart_by_the_query_of_their_sound_are_all_kept() -> None:
    items = (
        f'<item><enclosure url="http://cdn.example/p?id={n}" type="audio/mpeg"/></item>'
        for n in (1, 2)
    )
    assert len(read_feed(feed(*items), FEED).episodes) == 2


def test_addresses_are_relative_to_the_base_that_a_feed_names() -> None:
    data = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://media.example/base/">'
        '<entry><title>A</title><link rel="enclosure" href="a.mp3" type="audio/mpeg"/></entry>'
        '<entry xml:base="two/"><link rel="enclosure" href="b.mp3" type="audio/mpeg"/></entry>'
        "</feed>"
    )
    sounds = [episode.sound_url for episode in read_feed(data.encode(), FEED).episodes]
    assert sounds == ["http://media.example/base/a.mp3", "http://media.example/base/two/b.mp3"]


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("62.5", 62.5), ("3723", 3723), ("1:02", 62), ("00:-1:00", None), ("unknown", None)],
)
def test_the_length_of_an_episode_is_told_in_many_ways(told: str, seconds: float | None) -> None:
    data = feed(
        '<item><enclosure url="http://cdn.example/a.mp3"/>'
        f"<itunes:duration>{told}</itunes:duration></item>"
    )
    assert read_feed(data, FEED).episodes[0].video.duration_s == seconds


@pytest.mark.parametrize("data", [b"", b"<html>hello</html>", b"{}", b"<rss", b"\x00\xff" * 40])
def test_what_is_no_feed_is_called_so(data: bytes) -> None:
    with pytest.raises(UnsupportedSource):
        read_feed(data, FEED)


@pytest.mark.parametrize(
    ("status", "error"),
    [("404", VideoNotFound), ("410", VideoNotFound), ("401", VideoRestricted),
     ("503", NetworkUnreachable)],
)  # fmt: skip
async def test_a_feed_that_is_refused_says_why(
    site: FakeSite, sources: Sources, status: str, error: type[NoteGenError]
) -> None:
    site.pages["/feed.xml"] = (status, b"")
    with pytest.raises(error):
        await sources.expand(link(FEED))


# --- the sound ---


async def test_a_recording_that_is_cut_off_is_gone_on_with(
    site: FakeSite, sources: Sources, tmp_path: Path
) -> None:
    sound = bytes(range(256)) * 2000
    site.pages["/ep.mp3"] = ("audio/mpeg", sound)
    site.cut_after["/ep.mp3"] = 200_000
    told: list[float] = []
    await sources.fetch("http://cdn.example/ep.mp3", tmp_path / "a", told.append)
    assert (tmp_path / "a").read_bytes() == sound
    assert sum("ep.mp3" in url for url in site.asked) == 3
    assert told == sorted(told)


async def test_a_recording_that_was_fetched_whole_before_is_not_fetched_again(
    site: FakeSite, sources: Sources, tmp_path: Path
) -> None:
    site.pages["/ep.mp3"] = ("416", b"")
    (tmp_path / "a").write_bytes(b"whole")
    await sources.fetch("http://cdn.example/ep.mp3", tmp_path / "a", lambda _: None)
    assert (tmp_path / "a").read_bytes() == b"whole"


async def test_a_recording_that_is_gone_says_so(sources: Sources, tmp_path: Path) -> None:
    with pytest.raises(VideoNotFound):
        await sources.fetch("http://cdn.example/none.mp3", tmp_path / "a", lambda _: None)
