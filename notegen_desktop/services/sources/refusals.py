"""Why the cookies of a browser cannot be had, in words that say what would help. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from notegen_desktop.domain.errors import (
    NetworkUnreachable,
    NoteGenError,
    SignInWanted,
    TimedOut,
    UnsupportedSource,
    VideoNotFound,
    VideoNotReady,
    VideoPrivate,
    VideoRestricted,
    YoutubeChanged,
    YoutubeRateLimited,
)

_OTHER = "or choose another browser under Settings, Sources."


def trouble_with(browser: str, said: Iterable[str]) -> str:
    """What is wrong, by what yt-dlp said while it read them; "" where it said nothing of weight."""
    name = browser.title()
    words = " ".join(said).lower()
    if "could not find" in words:
        return f"No cookies of {name} were found: sign in with it once, {_OTHER}"
    if "could not copy" in words or "locked" in words or "errno 13" in words:
        return f"The cookies of {name} are locked: close that browser, {_OTHER}"
    if "decrypt" in words or "no key found" in words:
        return (
            f"The cookies of {name} cannot be unlocked: open the key ring of this machine, {_OTHER}"
        )
    if words:
        return f"The cookies of {name} cannot be read: close that browser, {_OTHER}"
    return ""


# --- What a video site says when it refuses ---

COOKIES_HELP = "Choose a browser you are signed in with under Settings, Sources, or use captions."
CONNECTION = "Check the connection, then retry."
BY_FILE = "Save the video or its captions, and drop that file."


def _rate_limited(site: str) -> NoteGenError:
    return YoutubeRateLimited(
        f"{site} refuses more requests from this address for now.", hint=_meanwhile(site)
    )


def _sign_in(site: str) -> NoteGenError:
    return SignInWanted(
        f"{site} wants a sign-in to show that you are not a robot.", hint=_meanwhile(site)
    )


def _meanwhile(site: str) -> str:
    """How to go on: only videos on YouTube can be watched by the model itself."""
    return "" if site == "YouTube" else f"Wait some minutes, then retry. {BY_FILE}"


def _browsers_only(site: str) -> NoteGenError:
    return UnsupportedSource(f"{site} shows this video in web browsers only.", hint=BY_FILE)


def _embedded(_: str) -> NoteGenError:
    return VideoRestricted(
        "This video can be played only on the pages it is embedded in.",
        hint=f"Try the link of such a page. {BY_FILE}",
    )


def _gone_or_region(_: str) -> NoteGenError:
    return VideoNotFound("This video was removed, or is not available in your country.")


def _age(_: str) -> NoteGenError:
    return VideoRestricted("This video is for adults only: its site asks for your age.",
                           hint=COOKIES_HELP)  # fmt: skip


def _members(_: str) -> NoteGenError:
    return VideoRestricted("This video is for members of its channel only.", hint=COOKIES_HELP)


def _region(_: str) -> NoteGenError:
    return VideoRestricted(
        "This video is not available in your country.",
        hint="A proxy in another country can be set under Settings, Sources.",
    )


def _paid(_: str) -> NoteGenError:
    return VideoRestricted("This video has to be bought or rented.", hint=COOKIES_HELP)


def _premiere(_: str) -> NoteGenError:
    return VideoNotReady("This video has its premiere, or its live stream, still to come.")


def _live_gone(_: str) -> NoteGenError:
    return VideoNotFound("The recording of this live stream is not available.")


def _locked(_: str) -> NoteGenError:
    return VideoRestricted("This video wants a sign-in or a password.", hint=COOKIES_HELP)


# In this order: the first that matches is it. The wordings are those of YouTube's player, of its
# alerts and of yt-dlp.
_REFUSALS: tuple[tuple[str, Callable[[str], NoteGenError]], ...] = (
    (r"http error 429|too many requests|rate-limited by youtube|try again later\W*(?:the current"
     r"|your account|$)", _rate_limited),
    (r"not a bot|you.re not a robot|captcha|ip is likely being blocked|unusual traffic", _sign_in),
    (r"tls fingerprint", _browsers_only),
    (r"embed-only video", _embedded),
    (r"address is blocked", _rate_limited),
    (r"deleted or geo-restricted", _gone_or_region),
    (r"private video|video is private|is private\b|private playlist", lambda _: VideoPrivate()),
    (r"members.only|(?:subscriber|supporter)-only|only available to subscribers|join this channel"
     r"|available to this channel.s members", _members),
    (r"confirm your age|age.restricted|inappropriate for some users|age.verif|age check", _age),
    (r"in your country|in your location|geo.?restrict|from your location|blocked it in", _region),
    (r"requires payment|purchase|to rent|rental|youtube premium|music premium|drm protect", _paid),
    (r"premieres? (?:in|will)|live event will begin|will begin|offline\b|is upcoming", _premiere),
    (r"live stream recording is not available|live event has ended", _live_gone),
    (r"does the playlist exist", lambda _: VideoNotFound()),
    (r"unsupported url|no video formats found|no suitable extractor",
     lambda _: UnsupportedSource("No video was found at this address.")),
    (r"proxy authentication required|proxy.*\b407\b", lambda _: NetworkUnreachable(
        "The proxy for videos wants a name and a password, or other ones than it was given.",
        hint="Check them under Settings, Sources, or in HTTPS_PROXY; then retry.")),
    (r"proxy", lambda _: NetworkUnreachable(
        "The proxy for videos does not answer.",
        hint="Check it under Settings, Sources, or in HTTPS_PROXY; then retry.")),
    (r"timed? ?out|timeout", lambda site: TimedOut(
        f"{site} did not answer in time.", hint=CONNECTION)),
    (r"connection refused|getaddrinfo|name or service not known|failed to resolve|unreachable"
     r"|no route to host|nodename nor servname|name resolution",
     lambda site: NetworkUnreachable(f"{site} cannot be reached.", hint=CONNECTION)),
    (r"connection aborted|connection reset|remotedisconnected|remote end closed|broken pipe"
     r"|incompleteread|incomplete read|bytes read|eof occurred|connection broken|badstatusline",
     lambda site: NetworkUnreachable(f"The connection to {site} was cut.", hint=CONNECTION)),
    (r"certificate|ssl:", lambda site: NetworkUnreachable(
        f"The connection to {site} is not secure: its certificate is not trusted.",
        hint="Check the clock of this computer, and whether something intercepts connections.")),
    (r"http error 5\d\d|server error", lambda site: NetworkUnreachable(
        f"{site} has a fault at the moment.", hint="Retry in a minute.")),
    (r"any player response.*http error 404", lambda _: YoutubeChanged()),
    (r"video unavailable|video is unavailable|video (?:is )?not available|no longer available"
     r"|been removed|was removed|been terminated|does ?n.?t exist|does not exist|not found"
     r"|http error 404|http error 410|incomplete youtube id|invalid video id|is not valid",
     lambda _: VideoNotFound()),
    (r"login required|requiring login|log(?:ged)? in|sign in|logged.in|password|http error 401",
     _locked),
    (r"http error 403|forbidden", _rate_limited),
)  # fmt: skip
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE), made) for pattern, made in _REFUSALS)


def refusal(words: str, *, site: str = "YouTube") -> NoteGenError:
    """The error that `words`, from a site or a library about it, stand for."""
    for pattern, made in _COMPILED:
        if pattern.search(words):
            return made(site)
    if site == "YouTube":
        return YoutubeChanged()
    return UnsupportedSource(f"{site} answered in a form this version does not know.")


def is_block(error: NoteGenError) -> bool:
    """Whether the site shuts us out for now, so that asking more only makes it worse."""
    return isinstance(error, (SignInWanted, YoutubeRateLimited))
