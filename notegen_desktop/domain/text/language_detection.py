"""Which language a text is in: its script, and its small words where scripts are shared.

Enough to tell that a note came in the wrong language, not to name any language of the world. An
answer is given only where it is plain; otherwise it is "".
"""

from __future__ import annotations

import re
from collections import Counter

LEAST_WORDS = 25
"""Fewer words than this say nothing."""

# The commonest small words of each language; those that several share weigh little by themselves.
_SMALL_WORDS: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the of and to in is that it for you as with are on be this was by not have from or "
        "which they an at what when can there if how we but all will one so their more has",
        "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als "
        "auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie "
        "einem über",
        "fr": "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se "
        "ce il sont avec ou son aux cette mais comme être on sa ses nous vous leur où elle",
        "es": "de la que el en y a los se del las un por con no una su para es al lo como más o "
        "pero sus le ha me si sin sobre este ya entre cuando muy son está también fue hay "
        "desde",
        "pt": "de a o que e do da em um para é com não uma os no se na por mais as dos como mas "
        "foi ao ele das tem à seu sua ou ser quando muito há nos já está eu também só pelo "
        "pela",
        "it": "di e il la che in a per un è del non sono una le i con si da come della dei nel al "
        "ma lo gli alla più anche o se ha delle questo dal ne ci sua loro essere nella "
        "quando",
        "nl": "de en van ik te dat die in een hij het niet zijn is was op aan met als voor had er "
        "maar om hem dan zou of wat mijn men dit zo door over ze bij ook tot je worden naar",
        "sv": "och i att det som en på är av för med till den har de inte om ett men var jag sig "
        "från vi så kan man när år säger hon under också efter eller nu sin där vid mot ska",
        "da": "og i at det er en til på som af for med den de har ikke var et men om han fra jeg "
        "der kan man så vi nu også eller efter ved blev være når hvor skal deres havde",
        "no": "og i det er på som en til av for med at har de ikke den om et men var jeg fra vi "
        "så kan man hun etter seg eller også når hvor skal ble være denne dette noe over",
        "pl": "w i na z się nie do to że jest o a jak po od za co dla przez jego ma tym ale czy "
        "tak są być oraz może tego które który już był które jej ich tylko lub gdy bardzo",
        "cs": "a se v na je že to s z do o i jako k ve pro si za by ale po od jsou které který "
        "jeho tak být nebo není až má už co když jen byl jsem při také bylo ten této",
        "tr": "bir ve bu da de için ile olarak çok daha olan gibi en kadar ne o ki var ama sonra "
        "ben her değil mi ya diye olduğu şey ise ancak nasıl bunu onun üzerinde yani",
        "id": "yang dan di untuk dengan ini itu dari pada tidak dalam akan adalah ke juga atau "
        "ada bisa oleh kita saya karena lebih telah sebagai mereka kami dapat seperti jika "
        "sudah",
        "vi": "và của là có không được trong cho một các với này những đã người để khi đó như từ "
        "về ra cũng nhưng ở vào rất sẽ lại nó thì hay tôi nếu phải đến mà trên",
        "ru": "и в не на что с по это как к из у за от о так для же но все он вы бы мы его только "
        "или еще есть когда если чтобы уже они она быть при может до этом",
        "uk": "і в не на що з по це як до та за від про так для але він ви ми його або ще є коли "
        "якщо щоб вже вони вона бути при може цей ці яка який їх також",
        "bg": "и на в да се не за с от е по че са към като но това той или има при ще до което "
        "беше ако може си тя те само също след още какво как без",
    }.items()
}

_SCRIPTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("kana", re.compile("[\u3040-\u30ff]")),
    ("han", re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")),
    ("hangul", re.compile("[\uac00-\ud7af]")),
    ("cyrillic", re.compile("[\u0400-\u052f]")),
    ("greek", re.compile("[\u0370-\u03ff]")),
    ("hebrew", re.compile("[\u0590-\u05ff]")),
    ("arabic", re.compile("[\u0600-\u077f\u08a0-\u08ff]")),
    ("devanagari", re.compile("[\u0900-\u097f]")),
    ("bengali", re.compile("[\u0980-\u09ff]")),
    ("tamil", re.compile("[\u0b80-\u0bff]")),
    ("thai", re.compile("[\u0e00-\u0e7f]")),
    ("latin", re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")),
)

# Languages by the script they are written in; one that is not named is written in Latin letters.
_WRITTEN_IN = {
    **dict.fromkeys(("ja",), "kana"),
    **dict.fromkeys(("zh", "yue"), "han"),
    **dict.fromkeys(("ko",), "hangul"),
    **dict.fromkeys(("ru", "uk", "bg", "be", "mk", "kk", "mn", "ky", "tg"), "cyrillic"),
    **dict.fromkeys(("el",), "greek"),
    **dict.fromkeys(("he", "yi"), "hebrew"),
    **dict.fromkeys(("ar", "fa", "ur", "ps", "ug"), "arabic"),
    **dict.fromkeys(("hi", "mr", "ne", "sa"), "devanagari"),
    **dict.fromkeys(("bn", "as"), "bengali"),
    **dict.fromkeys(("ta",), "tamil"),
    **dict.fromkeys(("th",), "thai"),
}
# Written in other scripts that are not told apart here, or in two: nothing is said about them.
_UNTOLD = frozenset(
    ["sr", "uz", "az", "bs", "am", "hy", "ka", "km", "lo", "my", "si", "te", "kn", "ml", "gu", "pa"]
)
_KIN = (frozenset({"no", "nb", "nn", "da", "sv"}), frozenset({"id", "ms"}), frozenset({"cs", "sk"}))
_CODE = re.compile(r"```.*?```|`[^`\n]*`|https?://\S+", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]+")


def script_of(text: str) -> str:
    """The script most letters of a text are in, "" for none. Kana among Chinese signs is `kana`."""
    counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS}
    if counts["kana"] * 8 > counts["han"]:
        counts["kana"] += counts["han"]
    name, number = max(counts.items(), key=lambda item: item[1])
    return name if number else ""


def language_of(text: str) -> str:
    """The language of a text as a primary tag, "" where it is not plain."""
    text = _CODE.sub(" ", text)
    script = script_of(text)
    alone = {"kana": "ja", "han": "zh", "hangul": "ko", "greek": "el", "thai": "th", "tamil": "ta"}
    if script in alone:
        return alone[script]
    if script not in ("latin", "cyrillic"):
        return ""
    words = _WORD.findall(text.casefold())
    if len(words) < LEAST_WORDS:
        return ""
    counts = Counter(words)
    shares = {
        language: sum(counts[word] for word in small) / len(words)
        for language, small in _SMALL_WORDS.items()
        if (_WRITTEN_IN.get(language, "latin")) == script
    }
    (best, share), (_, second) = Counter(shares).most_common(2)
    return best if share >= 0.12 and share >= 1.25 * second else ""


def differs(text: str, tag: str) -> str:
    """The language a text is plainly in, if that is another than `tag` (a primary tag); else "".

    A script that the language is not written in is named by itself.
    """
    tag = {"nb": "no", "nn": "no", "fil": "tl"}.get(tag, tag)
    if not tag or tag in _UNTOLD:
        return ""
    plain = _CODE.sub(" ", text)
    script = script_of(plain)
    if not script:
        return ""
    wanted = _WRITTEN_IN.get(tag, "latin")
    enough = sum(len(pattern.findall(plain)) for _, pattern in _SCRIPTS) >= 40
    if script != wanted and {script, wanted} != {"kana", "han"}:
        return (language_of(plain) or f"{script} script") if enough else ""
    found = language_of(plain)
    if not found or found == tag or any({found, tag} <= kin for kin in _KIN):
        return ""
    if {found, tag} == {"ja", "zh"}:
        return found if enough else ""
    if tag not in _SMALL_WORDS and wanted in ("latin", "cyrillic"):
        # No profile of the wanted language: only a very plain other one counts.
        words = _WORD.findall(plain.casefold())
        counts = Counter(words)
        share = sum(counts[word] for word in _SMALL_WORDS[found]) / len(words)
        return found if share >= 0.3 else ""
    return found
