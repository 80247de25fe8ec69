"""Captions that came from a site rather than a file: read, and complained about, as such."""

from __future__ import annotations

from notegen_desktop.domain.errors import CaptionsBroken, CaptionsEmpty
from notegen_desktop.domain.transcript import Transcript

from .captions import parse_captions
from .tracks import CaptionTrack

_HINT = "A caption file of your own works in any case."


def read_track(data: bytes, track: CaptionTrack, *, site: str) -> Transcript:
    """The words in the bytes of a track. Raises CaptionsEmpty, CaptionsBroken."""
    try:
        # Without a name that allows plain text: an error page is not what was said.
        return parse_captions(data, name="track.vtt", kind=track.kind, language=track.language)
    except CaptionsEmpty:
        raise CaptionsEmpty(f"{site} sent captions without a word in them.", hint=_HINT) from None
    except CaptionsBroken:
        raise CaptionsBroken(f"{site} sent captions that make no sense.", hint=_HINT) from None
