"""What `auto` comes to, once the source is known."""

from __future__ import annotations

from notegen_desktop.domain.errors import TranscriptNeeded, UnsupportedSource, error_of
from notegen_desktop.domain.notes import Engine, Mode
from notegen_desktop.domain.templates import NoteTemplate
from notegen_desktop.services.ports import Material


def settle_mode(mode: Mode, engine: Engine, template: NoteTemplate, material: Material) -> Mode:
    """What the writer is given.

    `auto` takes the transcript where there is one, the video where there is none, and both where
    the template needs to see and the video is online. Raises why there is no transcript where one
    is needed, and UnsupportedSource where the video cannot be watched.
    """
    has_words = material.transcript is not None
    youtube = material.video.provider == "youtube"
    uploaded = material.uploadable and engine is Engine.GEMINI
    can_watch = (youtube and engine is not Engine.OFFLINE) or uploaded
    if mode is Mode.AUTO:
        if has_words:  # a film is not uploaded unasked, where its words alone make a note
            at_hand = youtube and can_watch
            return Mode.HYBRID if template.needs_to_see and at_hand else Mode.TRANSCRIPT
        mode = Mode.VIDEO if can_watch else Mode.TRANSCRIPT
    if mode is Mode.HYBRID and not has_words:
        mode = Mode.VIDEO
    if mode in (Mode.VIDEO, Mode.HYBRID) and not can_watch:
        raise UnsupportedSource(
            "Gemini can watch videos of YouTube, and films and recordings on this machine of up to "
            "2 GB if uploading is allowed in the settings.",
            hint="Choose the mode “transcript” or “auto”, and the engine Gemini.",
        )
    if mode is Mode.TRANSCRIPT and not has_words:
        raise error_of(material.missing) if material.missing else TranscriptNeeded()
    return mode


def settle_language(asked: str, material: Material) -> str:
    """The language of the note, a BCP 47 tag: the one asked for, or the video's; "" if unknown."""
    if asked and asked != "auto":
        return asked
    if material.transcript is not None and material.transcript.language:
        return material.transcript.language
    return material.video.language
