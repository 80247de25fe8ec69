"""How many tokens a text or a video is for Gemini, counted here and without a request."""

from __future__ import annotations

import math
import re

from notegen_desktop.domain.text.patterns import lazy_pattern

from .scripts import GLUED, characters

CACHE_FROM = 4096
"""Tokens from which on an identical beginning is read from the cache (vendor's documents)."""

FRAME_TOKENS = 70

AUDIO_TOKENS_PER_S = 25
"""A frame and a second of sound, for Gemini 3: about 95 a second at one frame a second."""

# Characters per token by script. Latin: the vendor's rule of thumb is 4. The others follow from the
# published vocabulary of the Gemma tokenizers, which gives whole words to Chinese and Japanese, and
# parts of words to the rest; digits are tokens of their own.
_SCRIPTS: tuple[tuple[re.Pattern[str], float], ...] = (
    (lazy_pattern(r"[0-9]"), 1.0),
    (lazy_pattern(f"[{characters('Kana', 'Han')}]"), 1.5),
    (lazy_pattern(f"[{characters('Hangul')}]"), 1.7),
    (lazy_pattern(f"[{characters('Cyrillic', 'Greek')}]"), 3.0),
    (lazy_pattern(f"[{GLUED}]"), 2.8),  # Hebrew, Arabic
    # India, Thailand
    (lazy_pattern(r"[\u0900-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"), 2.3),
    (lazy_pattern(r"[\U0001f000-\U0001faff\u2600-\u27bf]"), 0.5),  # pictures
)

_LATIN = 4.0

_PIECE = 1 << 16


def count_tokens(text: str) -> int:
    """About how many tokens a text is for Gemini. 0 for an empty text."""
    rest = len(text)
    total = 0.0
    if not text.isascii():
        for pattern, per_token in _SCRIPTS[1:]:
            found = _number_of(pattern, text)
            rest -= found
            total += found / per_token
    digits = _number_of(_SCRIPTS[0][0], text)
    total += digits
    return math.ceil(total + (rest - digits) / _LATIN)


def _number_of(pattern: re.Pattern[str], text: str) -> int:
    """How many characters match, a piece of the text at a time: each find is kept for a moment."""
    pieces = range(0, len(text), _PIECE)
    return sum(len(pattern.findall(text, at, at + _PIECE)) for at in pieces)


def video_tokens(duration_s: float, *, fps: float = 1.0) -> int:
    """What watching a video of this many seconds takes, at so many frames a second."""
    return math.ceil(max(0.0, duration_s) * (fps * FRAME_TOKENS + AUDIO_TOKENS_PER_S))
