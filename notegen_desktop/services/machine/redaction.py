"""Keeps keys and passwords out of everything that is written or shown."""

from __future__ import annotations

import re
import threading
from urllib.parse import quote

MARK = "[key]"

_MIN_CHARS = 6
"""A secret of fewer characters is too likely to be part of ordinary words."""

_MIN_KEY_CHARS = 16
"""Shorter ones are passwords that people chose; their words may stand in a note."""

_KEYS = re.compile(
    r"""
      AIza[0-9A-Za-z_\-]{10,}                                  # Google API keys, the old form
    | \b(?:sk-|gsk_)[0-9A-Za-z_\-]{16,}                        # OpenAI and its like, Groq
    | \bAQ\.[0-9A-Za-z_\-.]{10,}                               # and the new one
    | (?<=://)[^\s/@:'"]*:[^\s/@'"]+(?=@)                      # name and password in an address
    | (?<=\bkey=)  [^&\s'"<>]+                                 # a key in a query
    | (?<=[?&]access_token=)[^&\s'"<>]+
    """,
    re.VERBOSE,
)
_HEADERS = re.compile(
    r"""
    ( \b(?:x-goog-api-key | x-api-key | authorization)\b ['"]? \s* [:=,] \s*
      (?:b?['"])? (?:bearer\s+|basic\s+)? )
    (?: \[key\] | [^\s'",;)}\]]+ )
    """,
    re.VERBOSE | re.IGNORECASE,
)


class Redactor:
    """Replaces what looks like a key, and every key it was told, by `[key]`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._secrets: tuple[str, ...] = ()

    def add(self, secret: str) -> None:
        """From now on this exact text is replaced, also where it is percent-encoded."""
        secret = secret.strip()
        if len(secret) < _MIN_CHARS:
            return
        with self._lock:
            known = {*self._secrets, secret, quote(secret, safe="")}
            self._secrets = tuple(sorted(known, key=len, reverse=True))

    def hide(self, text: str) -> str:
        """Text of someone else's, a note, without the keys that are known; words are left alone.

        A key that is cut off at the end, as the text of an answer under way is, is hidden too.
        """
        for secret in self._secrets:
            if len(secret) < _MIN_KEY_CHARS:
                continue
            if secret in text:
                text = text.replace(secret, MARK)
            for length in range(min(len(secret) - 1, len(text)), _MIN_CHARS - 1, -1):
                if text.endswith(secret[:length]):
                    text = text[:-length] + MARK
                    break
        return text

    def clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MARK)
        text = _KEYS.sub(MARK, text)
        return _HEADERS.sub(rf"\1{MARK}", text)


PROCESS = Redactor()
"""The one of this process. Logging is shared by the whole process, and so is what it must hide:
a key that any part comes to know is kept out of every line."""
