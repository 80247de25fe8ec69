"""The request to Gemini for one assignment, as plain values and in the API's form.

All requests of one video have the same prefix: system instruction, video, transcript. Only the task
at the end differs, so that the service reads the prefix from its cache.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from notegen_desktop.domain.cost.estimate import MAX_ANSWER_TOKENS
from notegen_desktop.domain.errors import (
    ModelNotFound,
    TranscriptNeeded,
    UnsupportedSource,
    VideoTooLong,
)
from notegen_desktop.domain.notes.note import Mode
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import Assignment

from .prompting import prompt_of

FRAME_TOKENS = 70.0  # of Gemini 3, at any but the highest resolution
AUDIO_TOKENS_PER_S = 25.0
WINDOW_TOKENS = 900_000  # of a million tokens, less prompt and answer
USUAL_FPS = 1.0
MIN_FPS = 0.1

_NUMBERED = re.compile(r"gemini-(\d+)(?:\.(\d+))?")
_ALIAS = re.compile(r"gemini-(?:flash|flash-lite|pro)-latest")
_LEVELS = {"minimal": 0, "low": 0, "medium": 8_192, "high": 24_576, "xhigh": 49_152}
"""Thinking tokens by level, on top of those in an estimate."""


@dataclass(frozen=True, slots=True)
class GeminiRequest:
    """One request. `texts` follow the video; the last one is the task.

    `fps` is frames per second, None for the service's default; `thinking_level` is "" to leave it
    out. `clip` is the watched part of the video, in seconds; None for all of it.
    `max_output_tokens` is 0 for the model's own limit; thinking counts towards it. `safety` is the
    threshold of the harm filter in the API's terms; "" for the service's default.
    """

    model: str
    system: str
    texts: tuple[str, ...]
    schema: Mapping[str, Any]
    video_uri: str = ""
    video_type: str = "video/*"
    fps: float | None = None
    thinking_level: str = ""
    clip: tuple[float, float] | None = None
    max_output_tokens: int = 0
    safety: str = ""

    @property
    def safety_settings(self) -> tuple[tuple[str, str], ...]:
        """Return the harm categories, each with its threshold."""
        return tuple((kind, self.safety) for kind in _HARMS) if self.safety else ()

    def body(self) -> dict[str, Any]:
        """Return the request's body in the REST API."""
        parts: list[dict[str, Any]] = []
        if self.video_uri:
            file = {"fileUri": self.video_uri, "mimeType": self.video_type}
            parts.append({"fileData": file})
            seen: dict[str, Any] = {"fps": self.fps} if self.fps else {}
            if self.clip is not None:
                start_s, end_s = self.clip
                seen |= {"startOffset": f"{start_s:.0f}s", "endOffset": f"{end_s:.0f}s"}
            if seen:
                parts[0]["videoMetadata"] = seen
        parts += [{"text": text} for text in self.texts if text]
        config: dict[str, Any] = {
            "responseMimeType": "application/json",
            "responseSchema": self.schema,
        }
        if self.max_output_tokens:
            config["maxOutputTokens"] = self.max_output_tokens
        if self.thinking_level:
            config["thinkingConfig"] = {"thinkingLevel": self.thinking_level.upper()}
        body: dict[str, Any] = {
            "systemInstruction": {"parts": [{"text": self.system}], "role": "user"},
            "contents": [{"role": "user", "parts": parts}],
            "generationConfig": config,
        }
        if self.safety_settings:
            body["safetySettings"] = [
                {"category": kind, "threshold": threshold}
                for kind, threshold in self.safety_settings
            ]
        return body


_HARMS = (
    *("HARM_CATEGORY_HARASSMENT", "HARM_CATEGORY_HATE_SPEECH"),
    *("HARM_CATEGORY_SEXUALLY_EXPLICIT", "HARM_CATEGORY_DANGEROUS_CONTENT"),
)
THRESHOLDS = {
    "none": "OFF",
    "high": "BLOCK_ONLY_HIGH",
    "medium": "BLOCK_MEDIUM_AND_ABOVE",
    "low": "BLOCK_LOW_AND_ABOVE",
}
"""Thresholds of the harm filter, by the values of the setting."""


def thinking_level(model: str, wanted: str) -> str:
    """Return the level to send to a model, "" for one that does not accept any.

    Gemini from 3 on takes levels, and so do the aliases of the latest; 2.5 took a budget. “minimal”
    is refused by the pro models and by all from 3.7 on, “xhigh” by all before 4: the nearest level
    is sent instead. Aliases get only what every model of their kind accepts.
    """
    name = model.removeprefix("models/")
    kind = name.split("-")
    found = _NUMBERED.match(name)
    number = (int(found[1]), int(found[2] or 0)) if found else None
    if wanted not in _LEVELS or not (_ALIAS.match(name) if number is None else number >= (3, 0)):
        return ""
    thinks_little = number < (3, 7) and "pro" not in kind if number else "lite" in kind
    if wanted == "minimal" and not thinks_little:
        return "low"
    if wanted == "xhigh" and (number is None or number < (4, 0)):
        return "high"
    return wanted


def fps_for(duration_s: float | None) -> float | None:
    """Return the frames per second at which a video fits the model's window; None is the service's
    default, 1.

    Raises VideoTooLong if it does not fit at the lowest rate.
    """
    fits = math.inf
    if duration_s:
        fits = (WINDOW_TOKENS / duration_s - AUDIO_TOKENS_PER_S) / FRAME_TOKENS
    if fits < MIN_FPS:
        raise VideoTooLong()
    fps = min(USUAL_FPS, fits)
    return None if fps == USUAL_FPS else int(fps * 100) / 100


def compose(assignment: Assignment, *, thinking: str, safety: str = "") -> GeminiRequest:
    """Return the request for an assignment; `thinking` is a level, `safety` one of `THRESHOLDS` or
    anything else for the service's default.

    Raises TranscriptNeeded, UnsupportedSource for a video that Gemini cannot open, VideoTooLong,
    ModelNotFound if none is chosen.
    """
    model = assignment.model.strip().removeprefix("models/")
    if not model:
        raise ModelNotFound(_("No model is chosen."))
    watches = assignment.mode in (Mode.VIDEO, Mode.HYBRID)
    words = assignment.transcript
    if assignment.mode is not Mode.VIDEO and (words is None or not words.segments):
        raise TranscriptNeeded()
    video, part = assignment.video, assignment.part
    media = assignment.media
    if watches and media is None and video.provider != "youtube":
        raise UnsupportedSource(
            _("Gemini can watch public videos of YouTube and uploaded files only."),
            hint=_("Use the mode “transcript” with a caption file."),
        )
    sound = media is not None and media.mime_type.startswith("audio/")
    fps = None
    if watches and not sound:
        fps = fps_for(part.seconds if part else video.duration_s)
    prompt = prompt_of(assignment)
    level, answer = thinking_level(model, thinking), assignment.max_output_tokens
    return GeminiRequest(
        model=model,
        system=prompt.system,
        texts=tuple(text for text in (prompt.material, prompt.task) if text),
        schema=prompt.schema,
        video_uri=(media.uri if media else video.url) if watches else "",
        video_type=media.mime_type if media and media.mime_type else "video/*",
        fps=fps,
        thinking_level=level,
        clip=(part.start_s, part.end_s) if watches and part else None,
        safety=THRESHOLDS.get(safety, ""),
        max_output_tokens=min(MAX_ANSWER_TOKENS, answer + _LEVELS.get(level, 0)) if answer else 0,
    )
