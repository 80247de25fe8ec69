"""Fake pages of Vimeo, Dailymotion, Twitch, TikTok and Bilibili for yt-dlp, each with one video.

The pages contain what yt-dlp reads of the real ones; they must follow changes of the sites in
yt-dlp.

    certificate = make_certificate(folder, *HOSTS)
    with FakeSite(pages(), certificate=certificate) as site:
        ...  # with SSL_CERT_FILE naming the certificate, and the proxy site.url
"""

from __future__ import annotations

import json
from typing import Any

from .site import Answer, Page

HOSTS = (
    *("vimeo.com", "*.vimeo.com", "*.dailymotion.com", "*.api.dailymotion.com", "*.dmcdn.net"),
    *("*.twitch.tv", "*.ttvnw.net", "*.tiktok.com", "*.tiktokcdn.com"),
    *("*.bilibili.com", "*.hdslb.com", "b23.tv"),
)
TITLE = "Sorting, explained"
CHANNEL = "Small Lectures"
LENGTH_S = 120
CHAPTERS = ((0, "Why sort"), (60, "Merge sort"))
SAID = (
    "A sorting algorithm puts a list in order.",
    "Merge sort cuts the list in half and sorts the halves.",
)

VIMEO = "https://vimeo.com/76979871"
DAILYMOTION = "https://www.dailymotion.com/video/x8abcde"
TWITCH = "https://www.twitch.tv/videos/1234567890"
TIKTOK = "https://www.tiktok.com/@smalllectures/video/7234567890123456789"
TIKTOK_SHORT = "https://vm.tiktok.com/ZMabcdefg/"
BILIBILI = "https://www.bilibili.com/video/BV1xx411c7mD"
BILIBILI_SHORT = "https://b23.tv/abcdefg"

_VTT = "WEBVTT\n\n" + "".join(
    f"{n:02}:00.000 --> {n:02}:05.000\n{text}\n\n" for n, text in enumerate(SAID)
)
_HLS = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=640x360\nlow.m3u8\n"


def pages() -> dict[str, Answer]:
    """Return the pages of all sites."""
    return {**_vimeo(), **_dailymotion(), **_twitch(), **_tiktok(), **_bilibili()}


def _data(found: Any) -> Page:
    return "application/json", json.dumps(found).encode()


def _html(script: str) -> Page:
    return "text/html", f"<html><head><title>{TITLE}</title></head>{script}</html>".encode()


def _vimeo() -> dict[str, Answer]:
    player = {
        "video": {
            "id": 76979871,
            "title": TITLE,
            "duration": LENGTH_S,
            "owner": {"name": CHANNEL, "url": "https://vimeo.com/smalllectures"},
            "thumbs": {"640": "https://i.vimeocdn.com/video/452001751_640"},
        },
        "request": {
            "files": {
                "progressive": [{"url": "https://player.vimeo.com/a.mp4", "quality": "360p"}]
            },
            "text_tracks": [
                {"lang": "en-x-autogen", "url": "/texttrack/1.vtt", "kind": "captions"},
                {"lang": "de", "url": "/texttrack/2.vtt", "kind": "subtitles"},
            ],
        },
        "embed": {"chapters": [{"title": t, "timecode": s} for s, t in CHAPTERS]},
    }
    return {
        # The page has no data without signing in; its player has.
        "vimeo.com/76979871": _html("<script id='__NEXT_DATA__'>{}</script>"),
        "player.vimeo.com/video/76979871": _html(
            f"<script>window.playerConfig = {json.dumps(player)}</script>"
        ),
        "player.vimeo.com/texttrack/1.vtt": ("text/vtt", _VTT.encode()),
        "player.vimeo.com/texttrack/2.vtt": ("text/vtt", _VTT.encode()),
        # A video restricted to certain embedding pages.
        "vimeo.com/76979999": _html("<script id='__NEXT_DATA__'>{}</script>"),
        "player.vimeo.com/video/76979999": (
            "403",
            b"Because of its privacy settings, this video cannot be played here.",
        ),
    }


def _dailymotion() -> dict[str, Answer]:
    media = {"xid": "x8abcde", "description": "", "geoblockedCountries": {"allowed": []}}
    facts = {
        "id": "x8abcde",
        "title": TITLE,
        "duration": LENGTH_S,
        "owner": {"id": "x1", "screenname": CHANNEL},
        "posters": {"720": "https://s1.dmcdn.net/v/x720"},
        "qualities": {
            "auto": [{"type": "application/x-mpegURL", "url": "https://cdn.dmcdn.net/a.m3u8"}]
        },
        "subtitles": {
            "enable": True,
            "data": {"en": {"label": "English", "urls": ["https://s1.dmcdn.net/en.srt"]}},
        },
    }

    def graphql(sent: bytes) -> Page:
        if b"channel(" not in sent:
            return _data({"data": {"media": media}})
        found = [] if b"page: 1)" not in sent else ["x8abcde", "x8abcdf"]
        nodes = [
            {"node": {"xid": each, "url": f"https://www.dailymotion.com/video/{each}"}}
            for each in found
        ]
        return _data({"data": {"channel": {"videos": {"edges": nodes}}}})

    srt = "".join(
        f"{n + 1}\n00:{n:02}:00,000 --> 00:{n:02}:05,000\n{text}\n\n" for n, text in enumerate(SAID)
    )
    return {
        "graphql.api.dailymotion.com/oauth/token": _data({"access_token": "a"}),
        "graphql.api.dailymotion.com/": graphql,
        "www.dailymotion.com/player/metadata/video/x8abcde": _data(facts),
        "cdn.dmcdn.net/a.m3u8": ("application/x-mpegURL", _HLS.encode()),
        "s1.dmcdn.net/en.srt": ("application/x-subrip", srt.encode()),
    }


def _twitch() -> dict[str, Answer]:
    moments = [
        {
            "node": {
                "positionMilliseconds": start * 1000,
                "durationMilliseconds": 60_000,
                "description": title,
            }
        }
        for start, title in CHAPTERS
    ]
    video = {
        "id": "1234567890",
        "title": TITLE,
        "lengthSeconds": LENGTH_S,
        "owner": {"displayName": CHANNEL, "login": "smalllectures"},
        "previewThumbnailURL": "https://static-cdn.jtvnw.net/a-320x180.jpg",
    }

    recordings = [
        {
            "__typename": "VideoEdge",
            "cursor": None,
            "node": {
                "__typename": "Video",
                "id": each,
                "title": f"{TITLE} {each}",
                "lengthSeconds": LENGTH_S,
            },
        }
        for each in ("1234567890", "1234567891")
    ]

    def gql(sent: bytes) -> Page:
        if isinstance(json.loads(sent), dict):
            token = {"value": "{}", "signature": "a"}
            return _data({"data": {"videoPlaybackAccessToken": token}})
        if b"FilterableVideoTower_Videos" in sent:
            return _data([{"data": {"user": {"id": "1", "videos": {"edges": recordings}}}}])
        answers = [video, {"moments": {"edges": moments}}, {"seekPreviewsURL": None}]
        return _data([{"data": {"video": part}} for part in answers])

    closed = json.dumps([{"error_code": "vod_manifest_restricted", "error": "Manifest"}])
    return {
        "gql.twitch.tv/gql": gql,
        "usher.ttvnw.net/vod/1234567890.m3u8": ("application/x-mpegURL", _HLS.encode()),
        "usher.ttvnw.net/vod/1999999999.m3u8": ("403", closed.encode()),
    }


def _tiktok() -> dict[str, Answer]:
    video = {
        "id": "7234567890123456789",
        "desc": TITLE,
        "createTime": "1684000000",
        "author": {"uniqueId": "smalllectures", "nickname": CHANNEL, "id": "1", "secUid": "M"},
        "video": {
            "duration": LENGTH_S,
            "width": 576,
            "height": 1024,
            "cover": "https://p16-sign.tiktokcdn.com/a.jpeg",
            "playAddr": "https://v16-webapp.tiktok.com/a.mp4",
            "subtitleInfos": [
                {
                    "Url": "https://v16-webapp.tiktok.com/a.vtt",
                    "LanguageCodeName": "eng-US",
                    "Format": "webvtt",
                    "Source": "ASR",
                }
            ],
        },
    }
    state = {
        "__DEFAULT_SCOPE__": {
            "webapp.video-detail": {"statusCode": 0, "itemInfo": {"itemStruct": video}}
        }
    }
    private = {"__DEFAULT_SCOPE__": {"webapp.video-detail": {"statusCode": 10222}}}
    script = "<script id='__UNIVERSAL_DATA_FOR_REHYDRATION__' type='application/json'>{}</script>"
    script = script.replace("'", '"')
    user = "www.tiktok.com/@smalllectures/video/"
    return {
        f"{user}7234567890123456789": _html(script.format(json.dumps(state))),
        f"{user}7234567890123450000": _html(script.format(json.dumps(private))),
        "vm.tiktok.com/ZMabcdefg": ("redirect", TIKTOK.encode()),
        "vm.tiktok.com/ZMabcdefg/": ("redirect", TIKTOK.encode()),
        "v16-webapp.tiktok.com/a.vtt": ("text/vtt", _VTT.encode()),
    }


def _bilibili() -> dict[str, Answer]:
    state = {
        "videoData": {
            "bvid": "BV1xx411c7mD",
            "aid": 2,
            "cid": 62131,
            "title": TITLE,
            "pic": "https://i0.hdslb.com/a.jpg",
            "duration": LENGTH_S,
            "pages": [{"cid": 62131, "page": 1}],
            "stat": {},
        },
        "upData": {"name": CHANNEL, "mid": "1"},
    }
    play = {
        "code": 0,
        "data": {
            "timelength": LENGTH_S * 1000,
            "dash": {
                "audio": [{"id": 1, "baseUrl": "https://a.bilibili.com/a.m4s", "codecs": "mp4a"}],
                "video": [{"id": 16, "baseUrl": "https://a.bilibili.com/v.m4s", "codecs": "avc1"}],
            },
        },
    }
    player = {
        "data": {
            "need_login_subtitle": False,
            "subtitle": {
                "subtitles": [{"lan": "ai-en", "subtitle_url": "https://aisubtitle.hdslb.com/a"}]
            },
            "view_points": [{"content": t, "from": s, "to": s + 60} for s, t in CHAPTERS],
        }
    }
    said = {
        "body": [{"from": n * 60.0, "to": n * 60.0 + 5, "content": t} for n, t in enumerate(SAID)]
    }
    key = {
        "img_url": f"https://i0.hdslb.com/{'a' * 32}.png",
        "sub_url": f"https://x/{'b' * 32}.png",
    }
    return {
        "www.bilibili.com/video/BV1xx411c7mD": _html(
            f"<script>window.__INITIAL_STATE__={json.dumps(state)};</script>"
        ),
        "b23.tv/abcdefg": ("redirect", BILIBILI.encode()),
        "api.bilibili.com/x/player/pagelist": _data({"data": [{"cid": 62131, "page": 1}]}),
        "api.bilibili.com/x/web-interface/nav": _data({"data": {"wbi_img": key}}),
        "api.bilibili.com/x/player/wbi/playurl": _data(play),
        "api.bilibili.com/x/player/wbi/v2": _data(player),
        "aisubtitle.hdslb.com/a": _data(said),
    }


def in_parts() -> dict[str, Answer]:
    """Return the pages with a Bilibili video of three parts."""
    listed = [{"cid": 62130 + n, "page": n, "part": f"Part {n}"} for n in (1, 2, 3)]
    return {**pages(), "api.bilibili.com/x/player/pagelist": _data({"data": listed})}


def signed_in_only() -> dict[str, Answer]:
    """Return the pages with Bilibili captions that need a signed-in user."""
    player = {"data": {"need_login_subtitle": True, "subtitle": {"subtitles": []}}}
    return {**pages(), "api.bilibili.com/x/player/wbi/v2": _data(player)}
