"""Explains why a browser's cookies cannot be read, with a hint. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from notegen_desktop.domain.errors import (
    Need,
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
from notegen_desktop.domain.words import N_, _

_OTHER = N_("or choose another browser under Settings, Sources.")


def trouble_with(browser: str, said: Iterable[str]) -> str:
    """Return the problem from yt-dlp's messages while it read the cookies; "" if there was none."""
    name = browser.title()
    words = " ".join(said).lower()
    if "could not find" in words:
        return _("No cookies of {name} were found: sign in with it once, {other}").format(
            name=name, other=_(_OTHER)
        )
    if "could not copy" in words or "locked" in words or "errno 13" in words:
        return _("The cookies of {name} are locked: close that browser, {other}").format(
            name=name, other=_(_OTHER)
        )
    if "decrypt" in words or "no key found" in words:
        return _(
            "The cookies of {name} cannot be unlocked: open the key ring of this machine, {other}"
        ).format(name=name, other=_(_OTHER))
    if words:
        return _("The cookies of {name} cannot be read: close that browser, {other}").format(
            name=name, other=_(_OTHER)
        )
    return ""


# --- What a video site says when it refuses ---

COOKIES_HELP = N_("Choose a browser you are signed in with, or use captions.")
CONNECTION = N_("Check the connection, then retry.")
BY_FILE = N_("Save the video or its captions, and drop that file.")


_COUNTRY = "in your country"
"""Part of our messages about videos blocked in a country."""
_MEANWHILE = N_(
    "Wait some minutes, then retry. Save the video or its captions, and drop that file."
)
"""Hint for sites other than YouTube: there, the model cannot watch the video itself."""
_BLOCKED = (
    YoutubeRateLimited,
    N_("{site} refuses more requests from this address for now."),
    _MEANWHILE,
)

# The first match counts. The wordings are those of YouTube's player, of its alerts and of yt-dlp.
_Refusal = tuple[type[NoteGenError], str, str]
"""The error, its message and its hint; "" for the error's defaults."""
_REFUSALS: tuple[tuple[str, _Refusal], ...] = (
    (r"http error 429|too many requests|rate-limited by youtube|try again later\W*(?:the current"
     r"|your account|$)", _BLOCKED),
    (r"not a bot|you.re not a robot|captcha|ip is likely being blocked|unusual traffic",
     (SignInWanted, N_("{site} wants a sign-in to show that you are not a robot."), _MEANWHILE)),
    (r"tls fingerprint",
     (UnsupportedSource, N_("{site} shows this video in web browsers only."), BY_FILE)),
    (r"embed-only video",
     (VideoRestricted, N_("This video can be played only on the pages it is embedded in."),
      N_("Try the link of such a page. Save the video or its captions, and drop that file."))),
    (r"address is blocked", _BLOCKED),
    (r"deleted or geo-restricted",
     (VideoNotFound, N_("This video was removed, or is not available in your country."), "")),
    (r"private video|video is private|is private\b|private playlist", (VideoPrivate, "", "")),
    (r"members.only|(?:subscriber|supporter)-only|only available to subscribers|join this channel"
     r"|available to this channel.s members",
     (VideoRestricted, N_("This video is for members of its channel only."), COOKIES_HELP)),
    (r"confirm your age|age.restricted|inappropriate for some users|age.verif|age check",
     (VideoRestricted, N_("This video is for adults only: its site asks for your age."),
      COOKIES_HELP)),
    (r"in your country|in your location|geo.?restrict|from your location|blocked it in",
     (VideoRestricted, N_("This video is not available in your country."),
      N_("It opens through a proxy in another country."))),
    (r"requires payment|purchase|to rent|rental|youtube premium|music premium|drm protect",
     (VideoRestricted, N_("This video has to be bought or rented."), COOKIES_HELP)),
    (r"premieres? (?:in|will)|live event will begin|will begin|offline\b|is upcoming",
     (VideoNotReady, N_("This video has its premiere, or its live stream, still to come."), "")),
    (r"live stream recording is not available|live event has ended",
     (VideoNotFound, N_("The recording of this live stream is not available."), "")),
    (r"does the playlist exist", (VideoNotFound, "", "")),
    (r"unsupported url|no video formats found|no suitable extractor",
     (UnsupportedSource, N_("No video was found at this address."), "")),
    (r"proxy authentication required|proxy.*\b407\b|socks5 authentication",
     (NetworkUnreachable,
      N_("The proxy for videos wants a name and a password, or other ones than it was given."),
      N_("Check them under Settings, Sources, or in HTTPS_PROXY; then retry."))),
    (r"proxy|\bsocks",
     (NetworkUnreachable, N_("The proxy for videos does not answer."),
      N_("Check it under Settings, Sources, or in HTTPS_PROXY; then retry."))),
    (r"timed? ?out|timeout", (TimedOut, N_("{site} did not answer in time."), CONNECTION)),
    (r"connection refused|getaddrinfo|name or service not known|failed to resolve|unreachable"
     r"|no route to host|nodename nor servname|name resolution",
     (NetworkUnreachable, N_("{site} cannot be reached."), CONNECTION)),
    (r"connection aborted|connection reset|remotedisconnected|remote end closed|broken pipe"
     r"|incompleteread|incomplete read|bytes read|eof occurred|connection broken|badstatusline",
     (NetworkUnreachable, N_("The connection to {site} was cut."), CONNECTION)),
    (r"certificate|ssl:",
     (NetworkUnreachable,
      N_("The connection to {site} is not secure: its certificate is not trusted."),
      N_("Check the clock of this computer, and whether something intercepts connections."))),
    (r"http error 5\d\d|server error",
     (NetworkUnreachable, N_("{site} has a fault at the moment."), N_("Retry in a minute."))),
    (r"any player response.*http error 404", (YoutubeChanged, "", "")),
    (r"video unavailable|video is unavailable|video (?:is )?not available|no longer available"
     r"|been removed|was removed|been terminated|does ?n.?t exist|does not exist|not found"
     r"|http error 404|http error 410|incomplete youtube id|invalid video id|is not valid",
     (VideoNotFound, "", "")),
    (r"login required|requiring login|log(?:ged)? in|sign in|logged.in|password|http error 401",
     (VideoRestricted, N_("This video wants a sign-in or a password."), COOKIES_HELP)),
    (r"http error 403|forbidden", _BLOCKED),
)  # fmt: skip


def refusal(words: str, *, site: str = "YouTube") -> NoteGenError:
    """Return the error for `words`, a message of a site or a library."""
    for pattern, (error, message, hint) in _REFUSALS:
        if re.search(pattern, words, re.IGNORECASE):
            by_itself = hint == _MEANWHILE and site == "YouTube"
            found = error(_(message).format(site=site), hint="" if by_itself else hint)
            if _COUNTRY in message or "proxy" in message:
                found.need = Need.COUNTRY
            return found
    if site == "YouTube":
        return YoutubeChanged()
    return UnsupportedSource(
        _("{site} answered in a form this version does not know.").format(site=site)
    )


def is_block(error: NoteGenError) -> bool:
    """Return True if the site blocks us for now, so that further requests would make it worse."""
    return isinstance(error, (SignInWanted, YoutubeRateLimited))


def error_of_status(status: int) -> NoteGenError:
    """Return the error for the status of a podcast's server."""
    if status in (404, 410):
        return VideoNotFound(
            _("There is nothing at this address (any more)."),
            hint=_("Podcasts move: look on its page for the new address of the feed."),
        )
    if status in (401, 402, 403):
        return VideoRestricted(
            _("This podcast is open to its subscribers only."),
            hint=_("The address of your own feed, which has a secret in it, works here."),
        )
    return NetworkUnreachable(
        _("The podcast's server has a fault at the moment ({status}).").format(status=status),
        hint=_("Retry in a minute."),
    )
