"""Counts the tokens of a text or a video for Gemini, locally and without a request."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from notegen_desktop.domain.text.patterns import lazy_pattern

from .scripts import GLUED, characters

CACHE_FROM = 4096
"""Tokens from which an identical prefix is read from the cache (vendor's documentation)."""

FRAME_TOKENS = 70

AUDIO_TOKENS_PER_S = 25
"""Tokens of a frame and of a second of sound, for Gemini 3: about 95 a second at one frame a
second."""

# Characters per token by script. Latin: the vendor's rule of thumb is 4. The others follow from the
# published vocabulary of the Gemma tokenizers, which gives whole words to Chinese and Japanese, and
# parts of words to the rest; digits are tokens of their own.
_SCRIPTS: tuple[tuple[re.Pattern[str], float], ...] = (
    (lazy_pattern(f"[{characters('Kana', 'Han')}]"), 1.5),
    (lazy_pattern(f"[{characters('Hangul')}]"), 1.7),
    (lazy_pattern(f"[{characters('Cyrillic', 'Greek')}]"), 3.0),
    (lazy_pattern(f"[{GLUED}]"), 2.8),  # Hebrew, Arabic
    # India, Thailand
    (lazy_pattern(r"[\u0900-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"), 2.3),
    (lazy_pattern(r"[\U0001f000-\U0001faff\u2600-\u27bf]"), 0.5),  # pictures
)

_LATIN = 4.0
_DIGITS = b"0123456789"

_PIECE = 1 << 16


def count_tokens(text: str) -> int:
    """Return the approximate number of Gemini tokens of a text. 0 for an empty text."""
    rest = len(text)
    total = 0.0
    if not text.isascii():
        for pattern, per_token in _SCRIPTS:
            found = sum(len(pattern.findall(piece)) for piece in _pieces(text))
            rest -= found
            total += found / per_token
    digits = 0
    for piece in _pieces(text):
        ascii_only = piece.encode("ascii", "ignore")
        digits += len(ascii_only) - len(ascii_only.translate(None, _DIGITS))
    total += digits
    return math.ceil(total + (rest - digits) / _LATIN)


def _pieces(text: str) -> Iterator[str]:
    """Yield a text in pieces, so that matches and copies need little memory."""
    return (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))


def video_tokens(duration_s: float, *, fps: float = 1.0) -> int:
    """Return the tokens of watching a video of this many seconds, at `fps` frames per second."""
    return math.ceil(max(0.0, duration_s) * (fps * FRAME_TOKENS + AUDIO_TOKENS_PER_S))
