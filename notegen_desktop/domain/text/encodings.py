"""Detects the encoding of a text by its letters. Pure.

UTF-8 and UTF-16 are recognizable. Older encodings are not, and their bytes are letters in all of
them: the right one gives the letters of one language, common ones more often than rare ones, and no
signs in the middle of words.
"""

from __future__ import annotations

import codecs
import contextlib
import re
import unicodedata
from collections import Counter
from itertools import pairwise

from notegen_desktop.domain.text.language_detection import word_shares

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LEGACY = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp874",
    "koi8_r", "euc_jp", "shift_jis", "gb18030", "big5", "cp949", "iso8859_2", "iso8859_5",
    "iso8859_7", "koi8_u", "mac_roman", "mac_cyrillic", "cp850", "cp852", "cp866",
)  # fmt: skip
"""Encodings of subtitles before UTF-8: Windows first, then Unix, DOS and Mac."""
_CALLED = {"mac_roman": "Mac Roman", "mac_cyrillic": "Mac Cyrillic", "shift_jis": "Shift JIS",
           "big5": "Big5"}  # fmt: skip
_WIDE = frozenset(("gb18030", "big5", "shift_jis", "euc_jp", "cp949"))

# The letters of a language that are not ASCII, the common ones first.
_LETTERS = {
    "en": "éèïêçñöüàœ",
    "fr": "éèàêçùâîôûïëœ",
    "de": "üäöß",
    "es": "óíáéñúü",
    "pt": "ãçáéóíêõâúàô",
    "it": "èàùòéì",
    "ca": "éóàíèòçúïü",
    "nl": "ëéïöèü",
    "sv": "äåöé",
    "da": "æøåé",
    "no": "åøæéò",
    "fi": "äöå",
    "is": "íðáþéóæöúý",
    "pl": "łęąóśżćńź",
    "cs": "íáěéřžščýůúťďňó",
    "sk": "áíčéžšýúľťôňďäóŕĺ",
    "hu": "áéőöóíüúű",
    "ro": "ăîșțâşţ",
    "hr": "čšžćđ",
    "sl": "čšž",
    "sq": "ëç",
    "lt": "ėšąįųžčęū",
    "lv": "āīēšūņļžģķč",
    "et": "äõöüšž",
    "tr": "ıüişğçö",
    "ru": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфёъ",
    "uk": "оаниівтерслкумдпязьбгйчхцїєюжшщфґ",
    "bg": "аоиетнрсвлдкпмзягъубчцжщхюйфшь",
    "sr": "аоиенрстудјкмлпвзгбшчцхжњљћфђџ",
    "el": "αοιετσνηυρπκμλςωάγδέίόχθήφύβξώζψϊ",
    "he": "יוהלאתרמבשנדחקםפעכטןגסצזךףץ",
    "ar": "اليمنترهوبعدفسةكحقأجشصىطخضذثغءزئظإؤآ",
    "fa": "ایرندوهتمبشسکزفلگعخقپجحآچصطغضژثئظذ",
    "th": "านรกอเงมยวลีตทสบปคหด่้์ิะพใชแจขไโ็ัุึืูำฟธณซผฝภฐศษญฉฎฏฑฒฌฆฃฅฤฦฮๆฯ๊๋",
}  # fmt: skip
# Of writing with thousands of characters, those that make up some third of any text.
_COMMON = {
    "ja": "のにはをたがでてとしれさいるもなかりっまんこあよくすらだけ日人一ーン",
    "ko": "이다는을가에의고하지은로사기어를리대도해서아나한인그자시수있니요게정들"
    "것거때면있없않안말만내더했였었습합감녕원세우입장부주오제무",
    "zh": "的一是不了在人有我他这個個们們来來上大为為和国國地到以说說时時要就出会會可也你对對"
    "生能而子那得于於着下自之年过過发發后後作里裡用道行所然家种種事成方多经經么麼去法学學如都"
    "同现現当當没沒动動面起看定天分还還进進好小部其些主样樣理心她本前开開但因只从從想实實什吗嗎"
    "今话話它牠讲講很花让讓好看见見文无無手日中十二三四五六"
    "给給问問等几幾又谢謝请請听聽吃水再做把被向才已高老长長第点點新名字",
}
_SIGNS = frozenset("«»„“”‘’‚…–—°¿¡№€·\xa0、。，！？「」『』（）：；《》【】・～•♪£§©®°±×÷½¼")
_TRIED = 20_000
"""Maximum bytes that are examined."""
_FOREIGN = -2.0
"""Score of a letter that the language lacks, or a sign inside a word."""
_FEW = 200
"""Number of non-ASCII letters below which only signs of a wrong script are decisive."""
_RIVALS = 0.5
"""Score difference up to which encodings are distinguished by common words."""

_BYTES_OF_1252 = {
    ord(char): number
    for number in range(0x80, 0xA0)
    if (char := bytes([number]).decode("cp1252", "ignore"))
}

_BYTES_OF_1251 = {
    ord(bytes([number]).decode("cp1251", "ignore") or chr(number)): number
    for number in range(0x80, 0x100)
}

_NO_WORDS = re.compile(rb"^[\d\s:.,<>-]*$|<[^<>]*>", re.MULTILINE)
_INSIDE = re.compile(r"(?<=[^\W\d_])[^\w\s'’‘·\-.,:;!?…/()\"–—](?=[^\W\d_])")

_NO_THAI = re.compile(
    "(?<![\u0e01-\u0e4e])[\u0e30-\u0e3a\u0e45\u0e47-\u0e4e]|[\u0e40-\u0e44](?![\u0e01-\u0e2e])"
    "|[\u0e01-\u0e4e][\u0e50-\u0e5b]|[\u0e50-\u0e5b][\u0e01-\u0e4e]|\u0e2f(?=[\u0e01-\u0e4e])"
    "|[\u0e40-\u0e44\u0e2f][\u0e30-\u0e3a\u0e47-\u0e4e]"
)
"""Vowels and marks of Thai in impossible places: letters of another script decoded as Thai."""
_SIGN = f"[{''.join(sorted(_SIGNS - {chr(0xA0)}))}]"
_TOUCHING = re.compile(rf"(?<=[^\x00-\x7f\s]){_SIGN}|{_SIGN}(?=[^\x00-\x7f\s])")
"""A sign beside another, or beside a non-ASCII letter."""
_MIXED = re.compile(r"[A-Za-z][\u0370-\u0fff]|[\u0370-\u0fff][A-Za-z]")
"""Two scripts in one word."""


def decoded(data: bytes) -> tuple[str, str]:
    """Return `data` as text, and the name of its encoding if that is a guess, else "".

    Never raises: undecodable bytes become replacement characters.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace"), ""
    wide = _unmarked(data)
    if wide:
        return data.decode(wide, "replace"), ""
    if b"\x1b$" in data and data.isascii():
        return data.decode("iso2022_jp", "replace"), ""
    try:
        return _once(data.decode("utf-8")), ""
    except UnicodeDecodeError as error:
        rest = [] if error.reason == _CUT_OFF else _not_utf8(data)
        if rest:
            guess = _legacy(b"\n".join(rest))
            lines = (
                line.decode("utf-8" if _is_utf8(line) else guess, "replace")
                for line in data.split(b"\n")
            )
            return "\n".join(lines), _called(guess)
        if _damaged_utf8(data, error):
            return data.decode("utf-8", "replace"), ""
    guess = _legacy(data)
    return data.decode(guess, "replace"), _called(guess)


def as_written(data: bytes) -> str:
    """Return `data` as text, in any encoding, without repairing valid UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return decoded(data)[0]


def _called(name: str) -> str:
    """Return the name of an encoding as in subtitle programs: Windows-1250, ISO-8859-2, DOS 852."""
    if name in _CALLED:
        return _CALLED[name]
    number = name.removeprefix("cp")
    if number != name:
        is_windows = len(number) == 4 or number in ("874", "949")
        return f"Windows-{number}" if is_windows else f"DOS {number}"
    return name.upper().replace("ISO8859", "ISO-8859").replace("_", "-")


def _unmarked(data: bytes) -> str:
    """Return UTF-32 or UTF-16 without a byte order mark, recognized by the zeros of blanks and line
    ends in any script; else ""."""
    sample = data.rstrip(b"\0")[:4000]
    zeros = sample.count(0)
    controls = len(re.findall(rb"[\x01-\x08\x0e-\x1f]", sample))
    if not zeros or (zeros * 5 < len(sample) and controls * 50 < len(sample) and _is_utf8(sample)):
        return ""
    found: dict[str, int] = {}
    for name in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
        text = (sample + b"\0\0\0")[: len(sample) // 4 * 4 + 4].decode(name, "replace")
        odd = sum(unicodedata.category(c) in _NO_LETTERS and not c.isspace() for c in text)
        if odd * 50 <= len(text) + 100:
            found[name] = len(re.findall("[ \\n\\r、-。，]", text))
    best = max(found, key=lambda name: found[name], default="")
    return best if found.get(best) else ""


_NO_LETTERS = {"Cc", "Cn", "Co", "Cs"}


def _once(text: str) -> str:
    """Return a text whose UTF-8 was decoded as Windows-1252 or 1251 and encoded again, even twice,
    repaired line by line."""
    if text.isascii():
        return text
    for _time in range(2):
        text = "\n".join(line if line.isascii() else _undone(line) for line in text.split("\n"))
    return text


def _undone(line: str) -> str:
    for page in (_BYTES_OF_1252, _BYTES_OF_1251):
        with contextlib.suppress(UnicodeError):
            return line.translate(page).encode("latin-1").decode("utf-8")
    return line


def _not_utf8(data: bytes) -> list[bytes]:
    """Return the lines in another encoding, of joined files: most are UTF-8."""
    lines = [line for line in data.split(b"\n") if not line.isascii()]
    others = [line for line in lines if not _is_utf8(line)]
    damaged = any(re.search("[^\0-\x7f\ufffd]", o.decode("utf-8", "replace")) for o in others)
    return others if not damaged and len(others) * 2 <= len(lines) else []


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


_CUT_OFF = "unexpected end of data"
"""Python's error message for UTF-8 that ends within a character."""
_LONG = 2000
"""Bytes from which a text is more likely truncated than in an old encoding with a single such
letter at its end."""


def _damaged_utf8(data: bytes, error: UnicodeDecodeError) -> bool:
    """Return True for UTF-8 with a few broken bytes, such as a file cut in the middle."""
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(1 for c in text if c > "\x7f") - bad
    is_cut = error.reason == _CUT_OFF and (good > 0 or len(data) > _LONG)
    return is_cut or good > bad * 4


def _legacy(data: bytes) -> str:
    """Return the likeliest of the encodings of subtitles before UTF-8."""
    # Times and tags are ASCII in all encodings and do not help to tell them apart.
    sample = (_NO_WORDS.sub(b"", data[:400_000]) or data)[:_TRIED]
    fits = {name: _fits(sample.decode(name, "replace"), name in _WIDE) for name in _LEGACY}
    best = max(max(fit.values()) for fit in fits.values())
    found, name = -9.0, "cp1252"
    for rival in _LEGACY:
        if max(fits[rival].values()) < best - _RIVALS:
            continue
        shares = word_shares(sample.decode(rival, "replace"))
        points = max(fit + 2 * shares.get(tag, 0.0) for tag, fit in fits[rival].items())
        if points > found + 0.01:
            found, name = points, rival
    return name


def _fits(text: str, is_wide: bool) -> dict[str, float]:
    """Return how well the non-ASCII letters of a text fit each language: 1 at best."""
    counts = Counter(c.lower() for c in text if c > "\x7f")
    total = counts.total() or 1
    odd = float(len(_INSIDE.findall(text)) + len(_MIXED.findall(text)))
    if total < _FEW and not is_wide:  # words have more letters than signs
        odd += len(_NO_THAI.findall(text)) + max(0, 2 * len(_TOUCHING.findall(text)) - total)
    for before, char in pairwise(text):
        if char.isupper():
            odd += 1.0 if before.islower() else 0.2 * (before > "\x7f" and before.isupper())
    found: dict[str, float] = {}
    for tag, letters in (_COMMON if is_wide else _LETTERS).items():
        points = 0.0
        for char, count in counts.items():
            at = letters.find(char)
            if at >= 0:
                points += count * (1 - 0.5 * at / len(letters))
            elif char in _SIGNS:
                points += count
            else:
                points += count * (0.2 if is_wide and _is_wide_letter(char) else _FOREIGN)
        found[tag] = (points + odd * _FOREIGN) / total
    return found


def _is_wide_letter(char: str) -> bool:
    return "぀" <= char <= "ヿ" or "一" <= char <= "鿿" or "가" <= char <= "힣"
