"""Turns of phrase by which a model talks about its answer instead of giving it."""

from __future__ import annotations

import re

_START = r"^[\s>*_#\"'“”«»()\[\]-]{0,12}"

_PREAMBLE = re.compile(
    _START
    + r"""(?:
    (?:sure|certainly|of\ course|absolutely|great|okay|ok|gladly|understood)\b
      [^\n]{0,12}[!.,:]\s*(?=here|below|the\ following|i\b|let|$|\n)
    |(?:here(?:'s|’s|\ is|\ are|\ you\ go)|below(?:\ is|\ are)?|as\ requested|the\ following\ is
      |i(?:'ve|’ve|\ have)\ (?:written|created|prepared|summari[sz]ed))\b
    |(?:gerne|natürlich|selbstverständlich|klar)\b[^\n]{0,12}[!.,:]
      |hier\ (?:ist|sind|kommt|kommen)\b
      |im\ folgenden\b
    |(?:bien\ sûr|volontiers|d['’]accord)\b[^\n]{0,12}[!.,:]|voici\b|ci-dessous\b
    |(?:claro|por\ supuesto|aquí\ (?:está|están|tienes|tiene)|a\ continuación)\b
    |(?:aqui\ (?:está|estão)|com\ certeza|a\ seguir)\b
    |(?:ecco|certo|certamente|di\ seguito)\b
    |(?:hier\ (?:is|zijn|volgt)|natuurlijk|zeker)\b
    |(?:конечно|вот|ниже\ приведен[аоы]?)\b
    |(?:好的|当然|當然|以下是|下面是|這是|这是)
    |(?:はい、|承知|かしこまりました|もちろん|以下は|以下に|こちらは)
    |(?:네,|물론|다음은|아래는)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# What a preamble announces; “Here is why stacks grow down” announces nothing of the kind.
_ANNOUNCED = re.compile(
    r"\b(?:notes?|summar\w+|overview|section|flash\s?cards?|slides?|outline|version"
    r"|translation|requested|json|markdown|notiz\w*|zusammenfassung|abschnitt"
    r"|übersicht|résumé|notes|fiche|section|resumen|notas|apuntes|sección|resumo|anotações|seção"
    r"|riassunto|appunti|sezione|samenvatting|notities|конспект\w*|заметк\w*|резюме|раздел\w*)\b"
    r"|笔记|筆記|摘要|总结|總結|概述|章节|ノート|要約|まとめ|노트|요약",
    re.IGNORECASE,
)
_EAGER = re.compile(
    _START + r"(?:sure|certainly|of course|absolutely|okay|ok|gladly|understood|gerne|natürlich"
    r"|bien sûr|claro|com certeza|certo|конечно|好的|当然|はい|承知|もちろん|네|물론)"
    r"\b[^\n]{0,4}[!.,:、，]",
    re.IGNORECASE,
)
_FILLER = re.compile(
    _START + r"(?:sure|certainly|of course|absolutely|gerne|natürlich|bien sûr|claro|certo"
    r"|конечно|好的|当然|はい|もちろん|물론)\s*[!.。！]\s*$",
    re.IGNORECASE,
)

_REFUSAL = re.compile(
    r"""\bas\ an?\ (?:ai|artificial\ intelligence|(?:large\ )?language\ model)
      (?:\ (?:language\ )?(?:model|assistant))?,?\ (?:i\b|it\ is\ not|my\b)
    |\b(?:i|we)(?:\ am|'m|’m)\ (?:sorry|unable|not\ able)\b
    |\bi\ (?:can(?:no|')?t|can’t|could\ not|couldn['’]t|do\ not\ have|don['’]t\ have|won['’]t)\s
      (?:\w+\s){0,3}(?:help|assist|provide|create|generate|access|watch|view|open|write|fulfil\w*
      |summari[sz]e|process|comply|the\ ability|enough|any)\b
    |\bals\ (?:ki|künstliche\ intelligenz|sprachmodell)\b|\bes\ tut\ mir\ leid\b
      |\bich\ kann\ (?:\w+\s){0,4}nicht\b
    |\ben\ tant\ qu['’](?:ia|intelligence)\b|\bje\ (?:suis\ désolée?|ne\ peux\ pas)\b
    |\bcomo\ (?:una\ )?(?:ia|inteligencia|modelo\ de\ lenguaje|modelo\ de\ linguagem)\b
      |\b(?:lo\ siento|no\ puedo|desculpe|não\ posso)\b
    |\bcome\ (?:ia|intelligenza|modello)\b|\b(?:mi\ dispiace|non\ posso)\b
    |\b(?:к\ сожалению,?\ я|я\ не\ могу)\b
    |抱歉|对不起，我|我无法|我不能|作为(?:一个)?(?:ai|人工智能)
    |申し訳(?:ありません|ございません)|お手伝いできません|죄송(?:합니다|하지만)|할\ 수\ 없습니다""",
    re.IGNORECASE | re.VERBOSE,
)
_POLICY = re.compile(
    r"\b(?:guidelines|polic(?:y|ies)|harmful|unsafe|inappropriate|against my|not allowed|violat\w+"
    r"|richtlinien|directives|directrices|diretrizes|linee guida)\b|政策|准则|ガイドライン",
    re.IGNORECASE,
)
_BEGGING = re.compile(
    r"""\b(?:please|kindly|could\ you|can\ you)\s(?:\w+\s){0,3}
      (?:provide|share|supply|paste|upload|send|give|attach)\b[^.\n]{0,60}
      \b(?:transcript|video|text|content|material|link|file|url)\b
    |\b(?:no|without\ (?:the|a))\s(?:transcript|video|material|content)\s(?:was|is|were|has\ been)?
      \s?(?:provided|given|available|attached|included)
    |\bbitte\b[^.\n]{0,60}\b(?:transkript|video|text)\b[^.\n]{0,40}
      \b(?:bereit|zur\ verfügung|schick\w*|send\w*|teil\w*|füg\w*)
    |\bveuillez\b[^.\n]{0,60}\b(?:transcription|vidéo|texte)\b
    |\bpor\ favor\b[^.\n]{0,60}\b(?:transcripción|transcrição|vídeo|texto)\b
    |请(?:您)?提供[^。\n]{0,30}(?:字幕|文本|视频|内容|转录)|(?:トランスクリプト|動画|テキスト)を(?:提供|共有|送)""",
    re.IGNORECASE | re.VERBOSE,
)


def without_preamble(text: str) -> str:
    """A text without a first line or sentence that only announces it; "" if there is no more."""
    head, mark, rest = _first_statement(text)
    match = _PREAMBLE.match(head)
    announces = bool(_EAGER.match(head) or _ANNOUNCED.search(head))
    words = len(head.split())
    if _FILLER.match(head + mark) or (match and announces and words <= 30):
        after = rest.lstrip(" \t\n-—–:*_")
        if rest.lstrip()[:1] in "-*" and re.match(r"\s*[-*]\s", rest):
            after = rest.lstrip()
        return without_preamble(after) if _FILLER.match(head + mark) else after
    return text


def _first_statement(text: str) -> tuple[str, str, str]:
    """The first line or sentence, the mark that ends it, and what follows."""
    start = len(text) - len(text.lstrip())
    match = re.compile(r"[:：](?=\s|$)|[!.。！](?=\s|$)|[。！]|\n").search(text[:600], start)
    if match is None:
        return text, "", ""
    mark = match[0].replace("：", ":")
    return text[: match.start()], mark, text[match.end() :]


def is_refusal(text: str) -> bool:
    """Whether a text begins by declining, in its first words or sentences.

    A talk may say the same words: ask only of texts that are short, or that all begin so.
    """
    return bool(_REFUSAL.search(text[:240]))


def is_policy_refusal(text: str) -> bool:
    """Whether it declines for the matter itself, so that asking again is of no use."""
    return is_refusal(text) and bool(_POLICY.search(text[:1500]))


def is_begging(text: str) -> bool:
    """Whether a text asks for the material it was given."""
    return bool(_BEGGING.search(text[:600]))
