"""Cleans the text of captions: tags, entities, marks. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from notegen_desktop.domain.text.cleaning import paired, unescaped
from notegen_desktop.domain.text.scripts import CJK

# Only tags of caption formats are tags: `if a < b` and `List<String>` are words.
_TAG = re.compile(
    r"</?(?:c|i|b|u|s|v|p|em|strong|span|font|lang|ruby|rt|rp|br|div|tt|small|big)"
    r"(?:[.\s][^<>\n]*)?\s*/?>|<\d{1,3}(?::\d{1,2}){1,2}[.,]\d{1,3}>",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<br\s*/?>|\[br\]|(?<![:\\\w])\\N|(?<=[\w.,!?])\\N(?=[A-Z\s])", re.IGNORECASE)
_LIT = re.compile(r"<(u|b|i|font|c)\b[^<>\n]*>[^<>\n]*</\1>", re.IGNORECASE)
_TIME_TAG = re.compile(r"<\d{1,3}(?::\d{1,2}){1,2}[.,]\d{1,3}>")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?(?:[ \t]+([^<>\n]*))?>", re.IGNORECASE)
_POSITION = re.compile(r"\{\\[^{}\n]*\}|\{[yYcCfFsSpP]:[^{}\n]*\}|\{/?[biu]\}")
_DRAWING = re.compile(r"\{[^{}\n]*\\p[1-9][^{}\n]*\}.*?(?:\{[^{}\n]*\\p0[^{}\n]*\}|$)", re.DOTALL)
_THUMBNAIL = re.compile(r"\S{1,500}#xywh=[\d,]{1,40}")
"""A player's thumbnails of seek positions, in the form of captions."""
_READING = re.compile(
    rf"(?<=[{CJK}])(?:</?rb>|<rp>[^<>]*</rp>)*<rt\b[^<>]*>[^<>]*(?:</rt>)?|<rp>[^<>]*</rp>",
    re.IGNORECASE,
)
"""Ruby text: the pronunciation of Chinese characters in small print, which repeats the text."""
_HALF_OPENED = re.compile(r"^([ibu])>(?=.*</\1>)", re.IGNORECASE | re.MULTILINE)
_HALF_CLOSED = re.compile(r"</[ibu]$", re.IGNORECASE | re.MULTILINE)
"""Tags of italics and bold that lack a character."""
_ESCAPED_TAG = re.compile(r"&lt;(/?)([ibu]|font)\b", re.IGNORECASE)
_SPACED_TAG = re.compile(r"<\s{0,8}(/?)\s{0,8}([ibu])\s{0,8}>", re.IGNORECASE)
_NOTES = re.compile("[♩♪♫♬🎵🎶🎼]+\ufe0f?")
_TURN = re.compile(r"^\s*(?:>{2,}|[-–—](?:\s+(?=\S)|(?=[^\W\d]|[\"'“«¿¡…])))\s*")
_INVISIBLE = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\u00ad]")
_CONTROLS = re.compile(  # and the private use area
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ue000-\uf8ff\U000f0000-\U0010ffff]"
)
_SPACES = re.compile(r"[^\S\n]+")
_BRACKETED = re.compile(
    r"\[([^\[\]]{1,60})\]|【([^【】]{1,30})】|^\(([^()]{1,60})\)$|^（([^（）]{1,30})）$"
    r"|^\*([^*]{1,40})\*$"
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
    "צחוק", "हँसी", "noise", "noises", "cheering", "cheers", "vítores", "acclamations", "jubel",
    "silence", "blank_audio",
))  # fmt: skip
_WIDE_SOUNDS = (
    "音乐", "音樂", "音楽", "掌声", "掌聲", "拍手", "笑声", "笑聲", "笑い", "음악", "박수", "웃음",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Voiced:
    """The cleaned text of one speaker, with lines separated by newlines."""

    text: str
    speaker: str | None = None
    turn: bool = False


def has_lit_words(raw: str) -> bool:
    """Return True if some of the text is highlighted, like the word being sung or said."""
    found = _LIT.search(raw)
    return found is not None and bool((raw[: found.start()] + raw[found.end() :]).strip())


def has_word_times(raw: str) -> bool:
    return _TIME_TAG.search(raw) is not None


def clean(raw: str, names: frozenset[str] = frozenset()) -> list[Voiced]:
    """Return the text of one cue, by speaker; an empty list if there is none.

    `names` are the speakers' names that precede text, with a colon.
    """
    if "#xywh=" in raw and _THUMBNAIL.fullmatch(raw.strip()):
        return []
    raw = _DRAWING.sub("", sound_text(raw)) if "{" in raw else sound_text(raw)
    if "<" in raw or "&lt;" in raw:
        raw = _mended(raw)
    raw = _BREAK.sub("\n", _POSITION.sub("", _READING.sub("", raw).replace("\\h", " ")))
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
        voiced.extend(_turns(part, speaker, names))
    return voiced


def _mended(raw: str) -> str:
    """Return the text with damaged tags repaired, if they are closed again."""
    if _end_again(_ESCAPED_TAG, raw):
        raw = re.sub(
            r"&lt;(/?(?:[ibu]|font)\b[^<>&\n]{0,60})&gt;", r"<\1>", raw, flags=re.IGNORECASE
        )
    if _end_again(_SPACED_TAG, raw):
        raw = _SPACED_TAG.sub(r"<\1\2>", raw)
    raw = _HALF_OPENED.sub(r"<\1>", raw)
    return _HALF_CLOSED.sub("", raw)


def _end_again(tag: re.Pattern[str], raw: str) -> bool:
    """Return True if any opened tag is closed further on."""
    opened: set[str] = set()
    for closing, name in tag.findall(raw):
        if closing and name.lower() in opened:
            return True
        if not closing:
            opened.add(name.lower())
    return False


def _turns(part: str, voice: str | None, names: frozenset[str]) -> list[Voiced]:
    """Return the cleaned lines of `part`, split wherever a mark shows another speaker."""
    turns: list[tuple[bool, str | None, list[str]]] = []
    speaker = voice
    for raw in _TAG.sub("", part).split("\n"):
        line = unescape(raw)
        turn = _TURN.match(line)
        line = line[turn.end() :] if turn else line
        named = _SPEAKER.match(line) if names else None
        name = _name_in(named) if named else ""
        if named and name in names:
            speaker, line = name, line[named.end() :]
        else:
            name, speaker = "", voice if turn else speaker
        line = _line(line)
        if not line:
            continue
        if turn or name or not turns:
            turns.append((turn is not None, speaker, [line]))
        else:
            turns[-1][2].append(line)
    return [Voiced("\n".join(lines), name, marked) for marked, name, lines in turns]


# --- Speakers named in front of their words ---

_SPEAKER = re.compile(
    r"\s*(?:[-–—]\s*|>{2,}\s*)?\**(?:\[(?P<square>[^\[\]\n]{1,50})\](?=\s*[:：])|\[(?P<tag>[^\[\]\n]{1,30})\]|\((?P<round>[^()\n]{1,50})\)"
    r"|(?P<bare>[^\W\d][^:：\n\[\]()<>\"?!;|]{0,50}?(?:\s*\([^()\n:]{1,30}\))?))\**\s*"
    r"(?:[:：](?!//)|(?<=\])|(?<=\d)\|)\**(?:\s+|(?<=[：|])|$)"
)
_ANYONE = re.compile(
    r"(?:unknown )?(?:speaker|sprecher(?:in)?|person|participant|voice|locuteur|hablante|orador"
    r"|intervenant|falante|relatore|parlante|spreker|mówca|mluvčí|konuşmacı|спикер|говорящий|спікер"
    r"|スピーカー|話者|発言者|[发發]言人|[说說][话話]人|[讲講]者|참석자|화자|발언자)"
    r"[ _-]?(?:\d{1,3}|[a-z])?|(?:interviewe[re]|moderator|narrator|host|guest|audience|student"
    r"|teacher|professor)(?: \d{1,2})?",
    re.IGNORECASE,
)
_LABELS = frozenset((
    "note", "notes", "warning", "tip", "example", "question", "answer", "step", "chapter", "part",
    "section", "remember", "summary", "definition", "theorem", "proof", "lemma", "result", "today",
    "update", "important", "caution", "hint", "quote", "fact", "figure", "table", "source", "date",
    "time", "place", "subject", "agenda", "topic", "title", "meeting", "point", "idea", "rule",
    "reason", "conclusion", "introduction", "problem", "solution", "case", "option", "version",
    "translation", "translated", "subtitles", "captions", "music", "credits", "http", "https",
    "q", "a", "ps", "fig", "no", "nb",
))  # fmt: skip
"""Words before a colon that are headings and not names."""
_VOICE_MARK = re.compile(r"\s*>{2,}\s*\**[A-Z]{2}")
"""Marks before the name of another speaker in television captions."""
_ADDRESS = re.compile(r"[\w.+-]{1,40}@[\w-]+(?:\.[\w-]+)+")
_ROLE = re.compile(r"\s*\([^()]*\)$")
_SENT = re.compile(r"From (.+?)(?: to .+)?")
"""The sender in a meeting's chat."""
_LETTERED = re.compile(r"^\s*B\s?[:：]", re.MULTILINE)
_ASKED = re.compile(r"^\s*Q\s?[:：]", re.MULTILINE)
"""Two speakers of a dialogue may be called A and B; but an A after a Q is an answer."""
_NAMED_SHARE = 0.15
"""Minimum share of cues with a name in a file that names its speakers, unless names recur from the
first cue on."""


def named_speakers(bodies: Sequence[str], *, timed: bool = False) -> frozenset[str]:
    """Return the speakers' names that precede text in a file: `Ann Lee: Good morning`.

    Decided by the whole file, since one colon is no evidence: “Note: this matters”. `timed`: each
    of the bodies has a time.
    """
    lettered = any(map(_LETTERED.search, bodies)) and not any(map(_ASKED.search, bodies))
    counts: Counter[str] = Counter()
    everyone: Counter[str] = Counter()
    marked: set[str] = set()
    first = ""
    for at, body in enumerate(bodies):
        lines = body.split("\n") if any(sign in body for sign in ":：]|") else []
        for line in lines:
            found = _SPEAKER.match(_TAG.sub("", line))
            if found is None or (found["tag"] and not _ANYONE.fullmatch(found["tag"])):
                continue
            name = _name_in(found)
            is_first = line is lines[0] and name.casefold() not in _LABELS
            everyone[name] += is_first and len(name.split()) <= (5 if may_be_name(name) else 2)
            is_name = may_be_name(name) or (lettered and name == "A")
            if is_name and (found[0].rstrip()[-1] != "|" or _ANYONE.fullmatch(name)):
                counts[name] += 1
                marked |= {name} if _VOICE_MARK.match(line) else set()
                first = first or (name if not any(map(str.strip, bodies[:at])) else "-")
    total = everyone.total()
    if len(+everyone) == 1 and not counts:
        total = 0  # one lower-case word before each line is no name
    if timed and total >= 0.9 * len(bodies) and total >= max(4, 2 * len(+everyone)):
        return frozenset(+everyone)  # in upper or lower case
    sure = {name for name in counts if _ANYONE.fullmatch(name)} | marked
    sure |= set(filter(_ADDRESS.fullmatch, counts))
    whole = {name for name in counts if len(name.split()) > 1}
    again = {name for name, count in counts.items() if count > 1}
    if len(counts) > 3 and not whole | again and not any(map(_numbered, sure)):
        return frozenset()  # a list of terms and values, each once: “Host: localhost”
    names = sure | whole | again
    # every cue has one, also speakers with a single cue
    if names and counts.total() * 2 >= len(bodies):
        names |= set(counts)
    total = sum(counts[name] for name in names)
    often = sum(counts[name] >= 3 for name in names) >= 2 and first in names
    if total >= 2 and (often or total >= len(bodies) * _NAMED_SHARE):
        return frozenset(names)
    return frozenset()


def is_anyone(name: str) -> bool:
    """Return True for a placeholder of an unknown speaker: “Speaker 1”."""
    return _ANYONE.fullmatch(name) is not None


def _numbered(name: str) -> bool:
    return name[-1].isdigit() or " " in name


def _name_in(found: re.Match[str]) -> str:
    name = " ".join((found["square"] or found["round"] or found["tag"] or found["bare"]).split())
    sent = _SENT.fullmatch(name)
    return sent[1] if sent else name


def may_be_name(text: str) -> bool:
    """Return True if text may be a name: up to five words, capitalized if the script has capitals.

    So may an e-mail address, and a name with a role in brackets behind it.
    """
    if _ADDRESS.fullmatch(text):
        return True
    words = _ROLE.sub("", text).split()
    if not words or len(words) > 5:
        return False
    if _ANYONE.fullmatch(text):
        return True
    counted = len(words) > 1 and re.fullmatch(r"\d+[a-z]?", words[-1])  # “Step 1”
    if words[-2 if counted else -1].casefold() in _LABELS:
        return False
    text = " ".join(words)
    if not any(c.isupper() or c.islower() for c in text):
        return len(text) <= 6
    particles = {"van", "von", "de", "der", "den", "da", "di", "del", "la", "le", "al", "bin", "of"}
    capitals = (w in particles or not w[0].islower() or w[1:2].isupper() for w in words)
    return all(capitals) and words[0][0].isalpha()


def _line(line: str) -> str:
    line = _INVISIBLE.sub("", _NOTES.sub(" ", line))
    line = _SPACES.sub(" ", line).strip(" \u200b")
    if any(bracket in line for bracket in "[【(（*"):
        line = _SPACES.sub(" ", _BRACKETED.sub(_sound, line)).strip()
    return line


def _sound(found: re.Match[str]) -> str:
    """Return a blank for a bracket that names a sound, else the bracket as it is."""
    inside = next(group for group in found.groups() if group is not None)
    words = [word.strip(".,:;!*_") for word in inside.casefold().split()]
    named = len(words) <= 4 and any(word in _SOUNDS for word in words)
    wide = len(inside) <= 12 and any(sound in inside for sound in _WIDE_SOUNDS)
    return " " if named or wide or inside == "笑" else found[0]


def unescape(text: str) -> str:
    """Return text with entities decoded; twice, as YouTube escapes some twice."""
    return unescaped(unescaped(text)).replace("\xa0", " ") if "&" in text else text


def sound_text(text: str) -> str:
    """Return `text` without NUL, control characters and lone surrogates, which storage refuses."""
    return _CONTROLS.sub("", paired(text))
