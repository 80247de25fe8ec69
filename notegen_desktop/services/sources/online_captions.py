"""Reads captions from a site instead of a file, with fitting error messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from notegen_desktop.domain.errors import CaptionsBroken, CaptionsEmpty, NoCaptions, NoteGenError
from notegen_desktop.domain.text.segments import Cue, segments_of
from notegen_desktop.domain.text.transcript import CaptionTrack, Transcript, TranscriptKind
from notegen_desktop.domain.words import N_, _
from notegen_desktop.services.machine.http_client import system_trust

from .captions import parse_captions
from .captions.text import clean
from .refusals import refusal
from .site_access import SiteAccess
from .tracks import choose

_HINT = N_("A caption file of your own works in any case.")


def read_track(data: bytes, track: CaptionTrack, *, site: str) -> Transcript:
    """Return the transcript in the bytes of a track. Raises CaptionsEmpty, CaptionsBroken."""
    try:
        # The file name excludes plain text: an error page is no transcript.
        return parse_captions(data, name="track.vtt", kind=track.kind, language=track.language)
    except CaptionsEmpty:
        raise CaptionsEmpty(
            _("{site} sent captions without a word in them.").format(site=site), hint=_HINT
        ) from None
    except CaptionsBroken:
        raise CaptionsBroken(
            _("{site} sent captions that make no sense.").format(site=site), hint=_HINT
        ) from None


# --- The second way to captions ---


def read_captions(
    video_id: str, *, languages: Sequence[str], original: str, access: SiteAccess
) -> tuple[Transcript, CaptionTrack]:
    """Return the captions of a YouTube video and their track. Blocking.

    Raises SourceError, NetworkUnreachable or TimedOut.
    """
    import youtube_transcript_api as api

    with _session(access) as session:
        try:
            offered = {
                _track(t): t for t in api.YouTubeTranscriptApi(http_client=session).list(video_id)
            }
            track = choose(offered, languages, original)
            if track is None:
                raise NoCaptions
            snippets = offered[track].fetch(preserve_formatting=False)
        except (api.TranscriptsDisabled, api.NoTranscriptFound):
            raise NoCaptions from None
        except api.CouldNotRetrieveTranscript as error:
            words = f"{type(error).__name__} {error.cause}"
            blocked = isinstance(error, api.RequestBlocked)
            raise refusal("too many requests" if blocked else words) from error
        except NoteGenError:
            raise
        except Exception as error:  # the library passes on all errors of requests, JSON and XML
            raise refusal(f"{type(error).__name__} {error}") from error
    cues = [
        Cue(s.start, s.start + s.duration, part.text, part.speaker, part.turn)
        for s in snippets
        for part in clean(s.text)
    ]
    segments = segments_of(cues)
    if not segments:
        raise CaptionsEmpty(_("The captions have no words in them."))
    return Transcript(track.language, track.kind, segments), track


def _track(transcript: Any) -> CaptionTrack:
    kind = TranscriptKind.AUTOMATIC if transcript.is_generated else TranscriptKind.MANUAL
    return CaptionTrack(str(transcript.language_code), kind, str(transcript.language))


def _session(access: SiteAccess) -> Any:
    """Return a session of requests with a time-out and YouTube's configured address."""
    import requests

    class Reaching(requests.adapters.HTTPAdapter):
        def __init__(self) -> None:
            self.given: list[Any] = []
            super().__init__()

        def send(self, request: Any, *args: Any, **options: Any) -> Any:
            options["timeout"] = access.timeout_s
            request.url = access.rewritten(request.url)
            response = super().send(request, *args, **options)
            self.given.append(response)
            return response

        def init_poolmanager(self, *args: Any, **options: Any) -> None:
            super().init_poolmanager(*args, **options, ssl_context=system_trust())

        def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
            return super().proxy_manager_for(proxy, **options, ssl_context=system_trust())

        def close(self) -> None:
            for response in self.given:  # the library leaves an interrupted response open
                response.close()
            super().close()

    session = requests.Session()
    session.mount("https://", Reaching())
    if access.proxy:
        session.proxies = {"http": access.proxy, "https": access.proxy}
    return session
