"""Redacts keys and passwords in everything that is written or shown."""

from __future__ import annotations

import re
import threading
from urllib.parse import quote

MARK = "[key]"

_MIN_CHARS = 6
"""Minimum characters of a secret; shorter ones are too likely to be part of ordinary words."""

_MIN_KEY_CHARS = 16
"""Minimum characters of a key; shorter ones are passwords, whose words may occur in a note."""

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
    """Replaces everything that looks like a key, and every registered secret, by `[key]`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._secrets: tuple[str, ...] = ()

    def add(self, secret: str) -> None:
        """Replace this exact text from now on, also percent-encoded."""
        secret = secret.strip()
        if len(secret) < _MIN_CHARS:
            return
        with self._lock:
            known = {*self._secrets, secret, quote(secret, safe="")}
            self._secrets = tuple(sorted(known, key=len, reverse=True))

    def hide(self, text: str) -> str:
        """Return foreign text, such as a note, without registered keys; ordinary words stay.

        A key that is cut off at the end, as in a growing answer, is hidden too.
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
"""The redactor of this process. Logging is shared by the whole process, so a key known to any part
is redacted in every line."""
