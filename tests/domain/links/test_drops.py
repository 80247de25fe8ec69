"""Whatever a drag carries or a shortcut file holds, its links come out; nothing raises."""

from __future__ import annotations

import plistlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notegen_desktop.domain.links.drops import (
    links_from_html,
    links_from_moz_url,
    links_from_url_file,
    links_from_webloc,
    links_in_file,
)
from notegen_desktop.domain.links.link import FoundLinks, LinkKind
from tests.properties import examples

V = "dQw4w9WgXcQ"
W = "9-_bz6YAkZ_"
URL = f"https://www.youtube.com/watch?v={V}"


def ids(found: FoundLinks | None) -> list[str]:
    assert found is not None
    return [link.id for link in found.links]


@pytest.mark.parametrize(
    "markup",
    [
        f'<a href="{URL}">A talk</a>',
        f"<A HREF='{URL}'>A talk</A>",
        f"<a class=x href={URL}>A talk</a>",
        f'<a href="https://www.youtube.com/watch?list=x&amp;v={V}">A talk</a>',
        f'<a\nhref = "{URL}"\n>A talk</a>',
        f'<!--StartFragment--><p>see <a href="{URL}">this</a></p><!--EndFragment-->',
        f'<iframe src="//www.youtube.com/embed/{V}" allowfullscreen></iframe>',
        f'<a href="/watch?v={V}&amp;t=5">relative, from the site itself</a>',
        f'<img src="https://i.ytimg.com/vi/{V}/hqdefault.jpg">',
        f"<p>{URL}</p>",
        f"<b>{URL}</b><i>, said she</i>",
        URL,
        f'<a href="#top">up</a> <a href="{URL}">x</a>',
        f'<a href="{URL}"><img src="https://i.ytimg.com/vi/{W}/0.jpg"></a>',
    ],
)
def test_dropped_markup_gives_where_it_points(markup: str) -> None:
    assert ids(links_from_html(markup)) == [V]


@pytest.mark.parametrize(
    "markup",
    [
        f'<lite-youtube class="player" videoid="{V}"></lite-youtube>',
        f'<iframe loading="lazy" data-src="https://www.youtube.com/embed/{V}"></iframe>',
        f'<blockquote cite="{URL}"><p>Bread rises.</p></blockquote>',
        f'<div data-youtube-id="{V}"></div>',
        f'<div data-plyr-provider="youtube" data-plyr-embed-id="{V}"></div>',
        f'<object data="https://www.youtube.com/v/{V}"></object>',
        f'<meta http-equiv="refresh" content="0; url=https://youtu.be/{V}">',
        f'<head><link rel="canonical" href="{URL}"></head><a href="https://youtu.be/{W}">next</a>',
        f'<link href="{URL}" rel=canonical><p>https://youtu.be/{W}</p>',
        f'<span data-sheets-hyperlink="{URL}">Bread</span>',
        f"<p>https://www.you<wbr>tube.com/watch?v={V}</p>",
    ],
)
def test_players_that_are_not_there_yet_and_quotations_point_somewhere(markup: str) -> None:
    assert ids(links_from_html(markup)) == [V]


def test_markup_with_several_links_keeps_their_order_and_says_what_it_refuses() -> None:
    found = links_from_html(
        f'<a href="{URL}">1</a><a href="javascript:x()">2</a><a href="https://youtu.be/{W}">3</a>'
        f'<a href="{URL}">1 again</a>'
    )
    assert ids(found) == [V, W]
    assert [reject.text for reject in found.rejects] == ["javascript:x()"]


def test_markup_without_a_link_says_so() -> None:
    found = links_from_html("<p>nothing here</p>")
    assert not found.links
    assert "no link" in found.rejects[0].reason


@pytest.mark.parametrize(
    "markup", [f"<p>{URL}</p>", f"<img src='https://i.ytimg.com/vi/{W}/hq.jpg'>"]
)
def test_markup_whose_link_is_found_complains_of_nothing(markup: str) -> None:
    found = links_from_html(markup)
    assert len(found.links) == 1
    assert found.rejects == ()


def test_a_mozilla_url_carries_titles_that_are_no_links() -> None:
    text = f"{URL}\nsee https://evil.example/x\nhttps://youtu.be/{W}\r\nOther"
    assert ids(links_from_moz_url(text)) == [V, W]
    assert ids(links_from_moz_url(URL)) == [V]


def test_a_windows_shortcut_names_its_address() -> None:
    text = f"[{{000214A0}}]\r\nProp3=19,11\r\n[InternetShortcut]\r\nIDList=\r\nURL={URL}\r\n"
    assert ids(links_from_url_file(text)) == [V]
    assert ids(links_from_url_file(f"[Desktop Entry]\nType=Link\nURL={URL}\n")) == [V]


def test_a_shortcut_to_something_else_is_refused_with_a_reason() -> None:
    assert links_from_url_file("[InternetShortcut]\nURL=file:///etc/passwd\n").rejects
    assert "no address" in links_from_url_file("[InternetShortcut]\n").rejects[0].reason


def webloc(url: str) -> bytes:
    return plistlib.dumps({"URL": url})


def test_a_webloc_is_read_in_both_its_forms() -> None:
    assert b"<!DOCTYPE plist" in webloc(URL)  # every real one carries Apple's declaration
    assert ids(links_from_webloc(webloc(URL))) == [V]
    assert ids(links_from_webloc(webloc(URL + "&t=5").decode())) == [V]
    assert ids(links_from_webloc(plistlib.dumps({"URL": URL}, fmt=plistlib.FMT_BINARY))) == [V]


@pytest.mark.parametrize(
    "declaration",
    [
        b'<!DOCTYPE plist [<!ENTITY x "https://youtu.be/dQw4w9WgXcQ">]>',
        b'<!DOCTYPE plist SYSTEM "http://evil.example/x.dtd">',
        b'<!doctype plist [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>',
        b'<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" '
        b'"http://www.apple.com/DTDs/PropertyList-1.0.dtd" [<!ENTITY x "y">]>',
        b'<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://evil.example/x.dtd">',
    ],
)
def test_a_webloc_that_declares_markup_is_refused(declaration: bytes) -> None:
    body = b"<plist><dict><key>URL</key><string>&x;</string></dict></plist>"
    found = links_from_webloc(b'<?xml version="1.0"?>' + declaration + body)
    assert not found.links
    assert "markup" in found.rejects[0].reason


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        b"bplist00",
        b"bplist00" + b"\xff" * 40,
        b"<plist><array/></plist>",
        b"<plist><dict><key>URL</key><integer>5</integer></dict></plist>",
        b"<plist><dict><key>URL</key></dict></plist>",
        b"<plist>" + b"<array>" * 5000,
        b"x" * 100_000,
    ],
)
def test_a_broken_webloc_is_refused_and_never_raises(data: bytes) -> None:
    found = links_from_webloc(data)
    assert not found.links
    assert found.rejects


def test_a_dropped_file_is_opened_only_if_it_is_a_shortcut_or_a_list() -> None:
    assert ids(links_in_file("a.url", f"[InternetShortcut]\r\nURL={URL}".encode("utf-16"))) == [V]
    assert ids(links_in_file("a.webloc", webloc(URL))) == [V]
    assert ids(links_in_file("a.html", f'<a href="{URL}">x</a>'.encode())) == [V]
    assert ids(links_in_file("list.txt", f"# mine\n{URL}\nhttps://youtu.be/{W}\n".encode())) == [
        V,
        W,
    ]
    assert links_in_file("talk.txt", b"Good morning everybody.\nLet us begin.\n") is None
    assert links_in_file("talk.txt", f"We begin.\nSee {URL}\nThen on.\nAnd on.".encode()) is None
    assert links_in_file("talk.txt", b"") is None
    files = links_in_file("list.txt", b"# mine\n/talks/first one.vtt\nfile:///talks/b.mp4\n")
    assert files is not None
    assert [link.url for link in files.links] == ["/talks/first one.vtt", "/talks/b.mp4"]
    assert links_in_file("talk.vtt", b"WEBVTT") is None
    assert links_in_file("talk.mp4", b"\x00\x01") is None


@examples(150)
@given(st.binary(max_size=300), st.sampled_from([".url", ".webloc", ".html", ".txt", ""]))
def test_no_file_raises(data: bytes, suffix: str) -> None:
    found = links_in_file(f"x{suffix}", data)
    assert found is None or found.links or found.rejects


BROKEN_MARKUP = ["<a ", '<a href="', "<a href=", "<a href='x'>", "<<<", "&lt;", "<!--", "href="]


@pytest.mark.parametrize("junk", [*BROKEN_MARKUP, '<a href="x'])
def test_of_broken_markup_no_address_is_made_up(junk: str) -> None:
    assert not links_from_html(junk * (20_000 // len(junk))).links


@pytest.mark.parametrize(
    "target",
    [
        "file://evil/share/x.mp4",
        "file:////evil/share/x.mp4",
        "file:\\\\evil\\share\\x.mp4",
        "\\\\evil\\share\\x.mp4",
        "//evil/share/x.mp4",
    ],
)
def test_a_shortcut_to_another_computer_is_not_followed(target: str) -> None:
    found = links_in_file("a.url", f"[InternetShortcut]\r\nURL={target}\r\n".encode())
    assert found is not None
    assert not [link for link in found.links if link.kind is LinkKind.FILE]
    assert found.rejects


def test_a_web_page_does_not_lead_to_files_of_another_computer() -> None:
    found = links_from_html("<a href='file://evil/share/x.mp4'>film</a>")
    assert not found.links
    assert "another computer" in found.rejects[0].reason


def test_the_entry_of_a_program_is_no_link() -> None:
    entry = f"[Desktop Entry]\nName=Tube\nType=Application\nExec=tube\nURL={URL}\n"
    found = links_in_file("tube.desktop", entry.encode())
    assert found is not None
    assert not found.links
    assert "program" in found.rejects[0].reason
    link = links_in_file("a.desktop", entry.replace("Application", "Link").encode())
    assert link is not None
    assert len(link.links) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("talk.txt", "hello and welcome to my youtube channel, today we bake bread"),
        ("talk.txt", "Welcome to my YouTube channel.\nToday we bake bread.\n"),
        ("talk.md", f"# Bread\n\nBread rises, as {URL} shows.\n\nIt rests.\n\nThen we eat.\n"),
        ("talk", "Bread rises.\nIt rests.\n"),
        ("README.md", f"# Bread\n\nThis bakes bread at home. Watch the demo: {URL}\n\n"
         "It wants flour and some water. See https://example.org/docs for the manual.\n\nBegin.\n"),
        ("places.md", "".join(f"- [0:{n:02}]({URL}&t={n}) Bread rises, then it rests a while.\n"
                              for n in range(10, 20))),
        ("talk.md", "# Bread\n\nToday we bake. More stands at https://example.org/bread.\n\n"
         + "It rises for an hour in a warm place and then it rests a while.\n" * 4),
        ("talk.txt", "PK\x03\x04 [Content_Types].xml https://youtu.be/x"),
        ("talk.json", f'{{"url": "{URL}", "segments": [{{"start": 0, "text": "Bread rises."}}]}}'),
    ],
)  # fmt: skip
def test_words_that_name_an_address_are_words(name: str, text: str) -> None:
    assert links_in_file(name, text.encode()) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Watch later.csv", f"Video ID,Added\n{V},2024-01-01T00:00:00+00:00\n{W},2024-01-02\n"),
        ("table.tsv", f"Title\tAddress\nBread, at last\t{URL}\nRest\thttps://youtu.be/{W}\n"),
        ("archive.txt", f"youtube {V}\nyoutube {W}\n"),
        ("ids.txt", f"{V}\n{W}\n"),
        ("list.md", f"# To watch\n- {URL}\n- [rest](https://youtu.be/{W})\n"),
        ("list", f"{URL}\nhttps://youtu.be/{W}\n"),
        ("discord.txt", f"Mia\n — Today at 10:15\n{URL}\nTom\n — Today at 10:16\n"
         f"https://youtu.be/{W}\n"),
        ("old.csv", f"Playlist ID,Time\nPLx,2018\n\nVideo ID,Time\n{V},2018\n {W},2018\n"),
        ("watch-history.json", f'[{{"titleUrl":"{URL}","subtitles":[{{"url":"https://www.youtube.com/'
         f'channel/UCuAXFkgsw1L7xaCfnd5JJOw"}}]}},{{"titleUrl":"https://youtu.be/{W}"}}]'),
        ("watch-history.html", "".join(
            f'<div>Watched&nbsp;<a href="https://www.youtube.com/watch?v={v}">Bread</a><br>'
            f'<a href="https://www.youtube.com/channel/UCuAXFkgsw1L7xaCfnd5JJOw">Mia</a></div>'
            for v in (V, W))),
        ("invidious.json", f'{{"playlists":[{{"title":"a","videos":["{V}","{W}"]}}]}}'),
        ("list.jsonl", f'{{"url":"{URL}"}}\n{{"url":"https://youtu.be/{W}"}}\n'),
        ("ids.txt", f"{V}, {W}\n"),
        ("playlists.db", f'{{"videos":[{{"videoId":"{V}"}},{{"videoId":"{W}"}}]}}'),
        ("chat.txt", f"[12/01/24, 10:03:11] Mia: look {URL}\n[12/01/24, 10:04:00] Tom: nice\n"
         f"[12/01/24, 10:05:00] Mia: and https://youtu.be/{W}\n[12/01/24, 10:06:00] Tom: yes\n"),
    ],
)  # fmt: skip
def test_a_list_of_any_make_is_a_list(name: str, text: str) -> None:
    assert ids(links_in_file(name, text.encode())) == [V, W]


def test_what_was_kept_of_a_download_is_that_video() -> None:
    kept = f'{{"id":"{V}","description":"See https://youtu.be/{W}","webpage_url":"{URL}"}}'
    assert ids(links_in_file("bread.info.json", kept.encode())) == [V]


def test_anchors_and_words_of_markup_are_both_read_in_order() -> None:
    rows = f"<table><tr><td><a href='{URL}'>x</a></td></tr><tr><td>https://youtu.be/{W}</td></tr>"
    assert ids(links_from_html(rows + "<tr><td>https://vimeo.com/76979871</td></tr></table>")) == [
        V,
        W,
        "76979871",
    ]
    page = (
        f"<a href='https://example.com/about'>About</a> <a href='{URL}'>youtube.com/watch?v=dQ…</a>"
    )
    assert ids(links_from_html(page)) == [V]
    assert not links_from_html(page).rejects
    alone = links_from_html("<a href='https://example.com/talk'>A talk</a>")
    assert [link.url for link in alone.links] == ["https://example.com/talk"]


def test_the_shortcut_of_a_linux_desktop_may_be_expanded() -> None:
    entry = f"[Desktop Entry]\nType=Link\nName=Bread\nURL[$e]={URL}\n"
    assert ids(links_in_file("a.desktop", entry.encode())) == [V]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("talks.org", f"* Talks\n** TODO [[{URL}][Bread]]\n** https://youtu.be/9bZkp7q19f0\n"),
        ("radio.pls", f"[playlist]\nFile1={URL}\nTitle1=Bread\nFile2=a.mp4\nNumberOfEntries=2\n"),
        (
            "vlc.xspf",
            '<playlist xmlns="http://xspf.org/ns/0/"><trackList>'
            f"<track><location>{URL}</location></track>"
            "<track><location>a.mp4</location></track></trackList></playlist>",
        ),
    ],
)
def test_a_list_is_read_whatever_program_wrote_it(name: str, text: str) -> None:
    found = links_in_file(name, text.encode())
    assert found is not None
    assert found.links[0].id == V
    assert all(link.provider != "web" for link in found.links)
    if name != "talks.org":
        assert [link.url for link in found.links[1:]] == ["a.mp4"]


@pytest.mark.parametrize(
    "data", [b"print('hi')\nx = 1\n# " + URL.encode(), URL.encode() + b"\0" * 9]
)
def test_a_program_that_mentions_an_address_is_no_list(data: bytes) -> None:
    assert links_in_file("a.py", data) is None


# --- podcasts ---

OPML = (
    '<?xml version="1.0"?>\n<opml version="2.0"><body>'
    '<outline text="A" xmlUrl="https://a.example/feed?x=1&amp;y=2" htmlUrl="https://a.example/"/>'
    "<outline text='B' xmlUrl='https://b.example/b.php'/></body></opml>"
)
SOUND = '<item><enclosure url="https://cdn.example/1.mp3" type="audio/mpeg"/></item>'


@pytest.mark.parametrize("name", ["subscriptions.opml", "list.xml"])
def test_a_list_of_subscriptions_is_its_podcasts(name: str) -> None:
    found = links_in_file(name, OPML.encode())
    assert found is not None
    assert [link.provider for link in found.links] == ["podcast", "podcast"]
    urls = [link.url for link in found.links]
    assert urls == ["https://a.example/feed?x=1&y=2", "https://b.example/b.php"]


def test_a_saved_feed_is_the_feed_that_it_says_it_is() -> None:
    own = '<atom:link href="https://a.example/feed" rel="self" type="application/rss+xml"/>'
    found = links_in_file("a.rss", f"<rss><channel>{own}{SOUND}</channel></rss>".encode())
    assert found is not None
    assert [(link.provider, link.url) for link in found.links] == [
        ("podcast", "https://a.example/feed")
    ]


def test_a_saved_feed_that_does_not_say_whose_it_is_is_its_episodes() -> None:
    found = links_in_file("a.xml", f"<rss><channel>{SOUND}</channel></rss>".encode())
    assert found is not None
    assert [link.url for link in found.links] == ["https://cdn.example/1.mp3"]


def test_captions_in_xml_are_no_feed() -> None:
    assert links_in_file("a.xml", b"<transcript><text start='1'>Hello</text></transcript>") is None


def test_a_database_is_no_list_whatever_is_in_it() -> None:
    data = b"SQLite format 3\0\n\nhttps://youtu.be/aaaaaaaaaaa\n"
    assert links_in_file("notes.db", data) is None
    assert links_in_file("notes.txt", data) is None


def test_addresses_that_elements_bear_for_scripts_are_no_links() -> None:
    markup = (
        '<div data-url="https://cdn.example.org/count.js"><span data-src="https://example.org/a">'
        'Bread</span> rises.</div><blockquote cite="https://example.org/b">Yes.</blockquote>'
    )
    assert not links_from_html(markup).links
