"""Remedies: one-click actions against a source that refuses."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from notegen_desktop.domain.errors import Failure, Need, NothingSaid
from notegen_desktop.domain.links.hosts import site_name
from notegen_desktop.domain.links.link import media_type
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Engine, Mode
from notegen_desktop.domain.settings.settings import Settings, browser_for, with_site
from notegen_desktop.domain.settings.table import COOKIES_FOR_SITES, PROXY, SPEECH_MODEL
from notegen_desktop.domain.words import N_, _

from .job import NoteRequest


class RemedyKind(StrEnum):
    COOKIES = "cookies"
    PROXY = "proxy"
    SPEECH = "speech"
    UPDATE = "update"
    WATCH = "watch"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Remedy:
    """One remedy. `value` is the browser or the speech model; `words` label its button, `tip`
    describes the effect, and `command` is the equivalent on the command line, "" if it is obvious.
    """

    kind: RemedyKind
    words: str
    tip: str
    value: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class RemedyTools:
    """The tools on this machine that remedies can use.

    `browsers` are those with cookies here, `speech` the names of speech recognition models.
    """

    settings: Settings = field(default_factory=Settings)
    browsers: tuple[str, ...] = ()
    speech: tuple[str, ...] = ()
    has_key: bool = False


_OFFERED = {
    Need.SIGN_IN: (RemedyKind.COOKIES, RemedyKind.WATCH, RemedyKind.FILE),
    Need.ADDRESS: (RemedyKind.PROXY, RemedyKind.COOKIES, RemedyKind.WATCH, RemedyKind.FILE),
    Need.COUNTRY: (RemedyKind.PROXY, RemedyKind.FILE),
    Need.WORDS: (RemedyKind.SPEECH, RemedyKind.WATCH, RemedyKind.FILE),
    Need.NEWER: (RemedyKind.UPDATE, RemedyKind.WATCH, RemedyKind.FILE),
    Need.FILE: (RemedyKind.FILE,),
}


def remedies(
    failure: Failure, video: Video, means: RemedyTools, request: NoteRequest | None = None
) -> tuple[Remedy, ...]:
    """Return remedies for a failure, the likeliest first; `request` is that of a failed note."""
    found: list[Remedy] = []
    for kind in _OFFERED.get(failure.need, ()):
        match kind:
            case RemedyKind.COOKIES if video.is_online:
                found += _cookies(video.site, means)
            case RemedyKind.PROXY if video.is_online:
                found.append(_PROXY)
            case RemedyKind.UPDATE if video.is_online:
                found.append(_UPDATE)
            case RemedyKind.SPEECH if _may_hear(video, failure, means):
                found.append(_speech(means))
            case RemedyKind.WATCH if request is not None and _can_watch(video, request, means):
                found.append(_WATCH if means.has_key else _WATCH_WITH_KEY)
            case RemedyKind.FILE:
                found.append(_file(video))
    return tuple(
        replace(one, words=_(one.words), tip=_(one.tip), command=_(one.command)) for one in found
    )


def _file(video: Video) -> Remedy:
    if video.is_online:
        return _SAVED
    return _OTHER_FILE if video.is_media else replace(_OTHER_FILE, command="")


def _cookies(site: str, means: RemedyTools) -> list[Remedy]:
    used = browser_for(means.settings, site)
    others = means.settings.text(COOKIES_FOR_SITES)
    return [
        Remedy(
            RemedyKind.COOKIES,
            _("{browser} cookies").format(browser=browser.title()),
            _("{site} sees your sign-in of {browser}; other sites do not.").format(
                site=site_name(site), browser=browser.title()
            ),
            browser,
            f"notegen settings set {COOKIES_FOR_SITES} '{with_site(others, site, browser)}'",
        )
        for browser in means.browsers
        if browser != used
    ]


def _speech(means: RemedyTools) -> Remedy:
    model = means.speech[0] if means.speech else ""
    return Remedy(
        RemedyKind.SPEECH,
        _("Recognise speech") if model else _("Set up speech recognition…"),
        _("The words are heard on this machine, with the model “{model}”.").format(model=model)
        if model
        else _("The words are heard on this machine, once a model for that is fetched."),
        model,
        f"notegen settings set {SPEECH_MODEL} {model}" if model else "notegen speech install small",
    )


def _may_hear(video: Video, failure: Failure, means: RemedyTools) -> bool:
    """Return True if speech recognition could find words in the file and has not been tried."""
    listens = bool(means.settings.text(SPEECH_MODEL)) and failure.code == NothingSaid.code()
    return not video.is_online and video.is_media and not listens


def _can_watch(video: Video, request: NoteRequest, means: RemedyTools) -> bool:
    """Return True if Gemini could watch or hear the source, and was not asked to."""
    asked = request.engine is not Engine.OFFLINE and request.mode is not Mode.TRANSCRIPT
    if video.is_online:
        return not asked and video.provider == "youtube"
    return not asked and bool(media_type(video.url)) and means.settings.flag("sources.upload_files")


_PROXY = Remedy(
    RemedyKind.PROXY,
    N_("A proxy…"),
    N_("Videos are asked for from another address, which you enter."),
    command=f"notegen settings set {PROXY} socks5://HOST:PORT",
)
_UPDATE = Remedy(
    RemedyKind.UPDATE,
    N_("Get a newer yt-dlp…"),
    N_("It reads videos, and a newer one often does again. You are asked before it is fetched."),
    command="notegen doctor --update-yt-dlp",
)
_WATCH = Remedy(
    RemedyKind.WATCH,
    N_("Let Gemini watch it"),
    N_("The model is given the video itself instead of its words."),
    command=N_("--mode auto --engine gemini, for Gemini to watch it"),
)
_WATCH_WITH_KEY = Remedy(
    RemedyKind.WATCH,
    N_("Add a key…"),
    N_("With a key, Gemini can watch the video itself."),
    command=N_("set GEMINI_API_KEY, for Gemini to watch it"),
)
_SAVED = Remedy(
    RemedyKind.FILE,
    N_("A saved file…"),
    N_("Choose the video or its captions as you have saved them, or drop that file here."),
    command=N_("name the saved video or its captions instead of the address"),
)
_OTHER_FILE = Remedy(
    RemedyKind.FILE,
    N_("Another file…"),
    N_("Choose captions, or another file of it, or drop that file here."),
    command=N_("name its captions instead of the file"),
)
