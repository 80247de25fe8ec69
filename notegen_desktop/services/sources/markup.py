"""What stands in captions besides words: tags, entities, positions, music marks. Pure functions."""

from __future__ import annotations

import re
from dataclasses import dataclass

from notegen_desktop.domain.text.cleaning import paired, unescaped

# Only tags that captions know are taken for tags: `if a < b` and `List<String>` are words.
_TAG = re.compile(
    r"</?(?:c|i|b|u|s|v|p|em|strong|span|font|lang|ruby|rt|rp|br|div|tt|small|big)"
    r"(?:[.\s][^<>\n]*)?\s*/?>|<\d{1,3}(?::\d{1,2}){1,2}[.,]\d{1,3}>",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<br\s*/?>|(?<![:\\\w])\\N|(?<=[\w.,!?])\\N(?=[A-Z\s])", re.IGNORECASE)
_TIME_TAG = re.compile(r"<\d{1,3}(?::\d{1,2}){1,2}[.,]\d{1,3}>")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?(?:[ \t]+([^<>\n]*))?>", re.IGNORECASE)
_POSITION = re.compile(r"\{\\[^{}\n]*\}|\{[yYcCfFsSpP]:[^{}\n]*\}")
_NOTES = re.compile("[♩♪♫♬🎵🎶🎼]+\ufe0f?")
_TURN = re.compile(r"^\s*(?:>{2,}|[-–—]\s+(?=\S))\s*")
_INVISIBLE = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff\u00ad]")
_CONTROLS = re.compile(  # and what is set aside for private use
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ue000-\uf8ff\U000f0000-\U0010ffff]"
)
_SPACES = re.compile(r"[^\S\n]+")
_BRACKETED = re.compile(
    r"\[([^\[\]]{1,60})\]|【([^【】]{1,30})】|^\(([^()]{1,60})\)$|^（([^（）]{1,30})）$"
)

_SOUNDS = frozenset((
    "music", "musik", "musique", "música", "musica", "muziek", "muzyka", "müzik", "musikk",
    "muzică", "hudba", "zene", "musiikki", "музыка", "музика", "موسيقى", "موسیقی", "מוזיקה",
    "संगीत", "nhạc", "เพลง", "applause", "applauds", "applauding", "clapping", "aplausos",
    "aplauso", "applaudissements", "applaus", "beifall", "applauso", "applausi", "oklaski",
    "alkış", "aplauze", "potlesk", "applåder", "аплодисменты", "оплески", "تصفيق",
    "מחיאות", "तालियाँ", "laughter", "laughs", "laughing", "laugh", "risa", "risas", "rire",
    "rires", "gelächter", "lachen", "gelach", "risate", "risata", "śmiech", "gülüşmeler",
    "kahkaha", "râsete", "smích", "nevetés", "skratt", "naurua", "latter", "смех", "сміх", "ضحك",
    "צחוק", "हँसी", "cheering", "cheers", "vítores", "acclamations", "jubel",
))  # fmt: skip
_WIDE_SOUNDS = (
    "音乐", "音樂", "音楽", "掌声", "掌聲", "拍手", "笑声", "笑聲", "笑い", "음악", "박수", "웃음",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Voiced:
    """Cleaned text of one speaker; lines parted by newlines."""

    text: str
    speaker: str | None = None
    turn: bool = False


def has_word_times(raw: str) -> bool:
    return _TIME_TAG.search(raw) is not None


def clean(raw: str) -> list[Voiced]:
    """The words of one cue, by speaker; nothing where there are none."""
    raw = _BREAK.sub("\n", _POSITION.sub("", sound_text(raw)))
    if "<v" not in raw and "<V" not in raw:
        parts: list[tuple[str | None, str]] = [(None, raw)]
    else:
        found = list(_VOICE.finditer(raw))
        parts = [(None, raw[: found[0].start()])] if found else [(None, raw)]
        for at, voice in enumerate(found):
            end = found[at + 1].start() if at + 1 < len(found) else len(raw)
            name = " ".join(unescape(voice[1] or "").split())
            parts.append((name or None, raw[voice.end() : end]))
    voiced: list[Voiced] = []
    for speaker, part in parts:
        voiced.extend(_turns(part, speaker))
    return voiced


def _turns(part: str, speaker: str | None) -> list[Voiced]:
    """The cleaned lines of `part`, with a new beginning wherever a mark shows another speaker."""
    turns: list[tuple[bool, list[str]]] = []
    for raw in _TAG.sub("", part).split("\n"):
        line = unescape(raw)
        turn = _TURN.match(line)
        line = _line(line[turn.end() :] if turn else line)
        if not line:
            continue
        if turn or not turns:
            turns.append((turn is not None, [line]))
        else:
            turns[-1][1].append(line)
    return [Voiced("\n".join(lines), speaker, marked) for marked, lines in turns]


def _line(line: str) -> str:
    line = _INVISIBLE.sub("", _NOTES.sub(" ", line))
    line = _SPACES.sub(" ", line).strip(" \u200b")
    if any(bracket in line for bracket in "[【(（"):
        line = _SPACES.sub(" ", _BRACKETED.sub(_sound, line)).strip()
    return line


def _sound(found: re.Match[str]) -> str:
    """Nothing for a bracket that names a sound, else the bracket as it is."""
    inside = next(group for group in found.groups() if group is not None)
    words = [word.strip(".,:;!*_") for word in inside.casefold().split()]
    named = len(words) <= 4 and any(word in _SOUNDS for word in words)
    wide = len(inside) <= 12 and any(sound in inside for sound in _WIDE_SOUNDS)
    return " " if named or wide else found[0]


def unescape(text: str) -> str:
    """Entities as the characters they stand for; also those escaped twice, as YouTube has them."""
    return unescaped(unescaped(text)).replace("\xa0", " ") if "&" in text else text


def sound_text(text: str) -> str:
    """`text` without NUL, control characters and lone surrogates, which storage refuses."""
    return _CONTROLS.sub("", paired(text))
