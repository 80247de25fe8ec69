"""Bytes of a text file become text, whatever encoding they were written in."""

from __future__ import annotations

import codecs
import re

from notegen_desktop.domain.text.language_detection import (
    detect_language,
    familiarity,
    main_script,
)

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LEGACY = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp874",
    "koi8_r", "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "cp949", "iso2022_jp",
)  # fmt: skip
_OLDER = ("iso8859_2", "iso8859_5", "koi8_u", "cp850", "cp866", "mac_roman")
"""What the guess takes for others: of Unix, DOS and Mac. Looked at for real words besides it."""

OLDER_BYTES = 20_000
"""So many bytes of a file are looked at in each of these."""

_SIGNS = "«»„“”‘’‚…–—°¿¡№€·"
_CLEAR_WORDS = 0.3
"""This share of common words is no accident, in whatever script."""

_NO_WORDS = re.compile(rb"^[\d\s:.,<>-]*$|<[^<>]*>", re.MULTILINE)


def decode(data: bytes) -> str:
    """`data` as text. Never raises: what fits nowhere becomes replacement characters."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    wide = _wide(data)
    if wide:
        return data.decode(wide, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if _damaged_utf8(data, error):
            return data.decode("utf-8", "replace")
    return data.decode(_legacy(data), "replace")


def _wide(data: bytes) -> str:
    """UTF-16 without its mark: every other byte of ASCII text is then zero."""
    sample = data[:4000]
    half = len(sample) // 2
    if half < 4:
        return ""
    if sample[1::2].count(0) * 2 > half and sample[0::2].count(0) * 10 < half:
        return "utf-16-le"
    if sample[0::2].count(0) * 2 > half and sample[1::2].count(0) * 10 < half:
        return "utf-16-be"
    return ""


def _damaged_utf8(data: bytes, error: UnicodeDecodeError) -> bool:
    """Whether this is UTF-8 with a few broken bytes, such as a file cut in the middle."""
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(1 for c in text if c > "\x7f") - bad
    return error.start >= len(data) - 4 or good > bad * 4


def _legacy(data: bytes) -> str:
    """The likeliest of the encodings subtitles were written in before UTF-8."""
    from charset_normalizer import from_bytes

    # Times and tags are ASCII in all of them and would only drown the letters that tell.
    words = _NO_WORDS.sub(b"", data[:400_000]) or data
    found = from_bytes(words, cp_isolation=list(_LEGACY), threshold=0.4)
    guess = found.best()
    best = guess.encoding if guess else "cp1252"
    # Neighbours such as cp1250 and cp1252 differ in a few letters: the one with real words is it.
    names = [match.encoding for match in found] or [best]
    texts = {name: words.decode(name, "replace") for name in names}
    known = {name: familiarity(text) for name, text in texts.items()}
    script = main_script(texts[best])
    alike = [name for name, text in texts.items() if main_script(text) == script]
    for name in _OLDER:
        text = words[:OLDER_BYTES].decode(name, "replace")
        known.setdefault(name, familiarity(text))
        if _is_writing(text) and (main_script(text) == script or known[name] >= _CLEAR_WORDS):
            alike.append(name)
    likeliest = max(alike, key=lambda name: (known[name], name == best, name in texts))
    # The commonest words of Turkish are the same in its neighbours, its own letters are not.
    is_turkish = script == "Latin" and detect_language(words.decode(likeliest, "replace")) == "tr"
    return "cp1254" if is_turkish else likeliest


def _is_writing(text: str) -> bool:
    """Whether nearly all that is not ASCII are letters: a wrong encoding has frames and fractions
    in the middle of words."""
    foreign = [each for each in text if each > "\x7f" and not each.isspace()]
    return sum(each.isalpha() or each in _SIGNS for each in foreign) >= 0.9 * len(foreign)
