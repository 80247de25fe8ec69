"""Detects phrases by which a model talks about its answer instead of giving it."""

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
# Nouns that a preamble announces; “Here is why stacks grow down” has none of them.
_ANNOUNCED = re.compile(
    r"\b(?:notes?|summar\w+|overview|section|flash\s?cards?|slides?|outline|version"
    r"|translation|requested|json|markdown|notiz\w*|zusammenfassung|abschnitt"
    r"|übersicht|résumé|notes|fiche|section|resumen|notas|apuntes|sección|resumo|anotações|seção"
    r"|riassunto|appunti|sezione|samenvatting|notities|конспект\w*|заметк\w*|резюме|раздел\w*)\b"
    r"|笔记|筆記|摘要|总结|總結|概述|章节|ノート|要約|まとめ|노트|요약",
    re.IGNORECASE,
)
# “Here is the section of `config.py` to change” announces the subject of the video.
_OF_THE_TALK = re.compile(
    r"`|\b(?:section|version|outline|translation|slides?|notes?|overview|markdown|json|summary)\s"
    r"(?:(?:of|in|from)\s(?!(?:the|this|that|your|each|all)?\s*(?:\w+\s){0,2}?(?:video|talk|lecture"
    r"|transcript|speech|interview|podcast|presentation|course|material|discussion|episode)s?\b)"
    r"|(?:that|which|where|to)\s(?!you\b))",
    re.IGNORECASE,
)
_OPENER = re.compile(
    _START
    + r"""(?:
    in\ (?:this|the\ following)\ (?:section|chapter|part|note|summary|overview)s?,?\ (?:we|you|i)\b
      (?:['’]ll|\ will|\ are\ going\ to|\ shall|\ can)?\ (?:now\ |also\ |then\ )?
      (?:explore|discuss|look|learn|cover|examine|dive|delve|go|see|talk|walk|explain|take|find
        |introduce|describe|review|summari[sz]e|study|consider|get)\b
    |(?:this|the\ following)\ (?:section|chapter|part|note|summary|overview)\s
      (?:will\ )?(?:covers?|explores?|discuss(?:es)?|explains?|describes?|provides?|outlines?
        |examines?|summari[sz]es?|introduces?|presents?|looks?\ at|delves?|deals?|focus(?:es)?|goes
        |is\ about)\b
    |in\ diesem\ (?:abschnitt|kapitel|teil),?\s(?:werden|betrachten|behandeln|sehen|lernen|geht)\b
    |dans\ cette\ (?:section|partie),?\s(?:nous|on)\b
    |en\ esta\ (?:sección|parte),?\s(?:vamos|veremos|exploraremos|exploramos|se\ explora)\b
    |(?:本节|本节中|本章|在本节中)(?:我们)?(?:将|会|来)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_FAREWELL = re.compile(
    r"""\n\s*(?:i\ hope\ (?:this|that|these)\b|let\ me\ know\ (?:if|whether)\b|feel\ free\ to\b
      |would\ you\ like\ me\ to\b
      |if\ you\ (?:need|want|would\ like)\b[^\n]{0,40}\b(?:let\ me\ know|ask)\b
      |ich\ hoffe,?\ (?:das|dies)\ hilft\b|j['’]espère\ que\b|espero\ que\ (?:esto|isso)\b)
      [^\n]{0,160}\s*\Z""",
    re.IGNORECASE | re.VERBOSE,
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
    """Return a text without a first line or sentence that only announces it; "" if there is no
    more."""
    head, mark, rest = _first_statement(text)
    match = _PREAMBLE.match(head)
    announces = bool(_EAGER.match(head) or _ANNOUNCED.search(head))
    words = len(head.split())
    ours = match and announces and words <= 30 and not _OF_THE_TALK.search(head)
    if ours and rest.lstrip().startswith("```") and not _EAGER.match(head):
        return text  # it introduces code
    if _FILLER.match(head + mark) or ours:
        after = rest.lstrip(" \t\n-—–:*_")
        if rest.lstrip()[:1] in "-*" and re.match(r"\s*[-*]\s", rest):
            after = rest.lstrip()
        return without_preamble(after) if _FILLER.match(head + mark) else after
    return text


def without_talk_of_itself(text: str) -> str:
    """Return a text without an opening such as “In this section we will explore …”, if more
    follows, and without a farewell such as “I hope this helps!”."""
    head, _, rest = _first_statement(text)
    if _OPENER.match(head) and (rest := _LABELS.sub("", rest).strip()):
        text = rest
    return _FAREWELL.sub("", text)


_REPORTING = re.compile(
    r"""(?:(?:in|according\ to)\s(?:this|the)\s(?:passage|text|excerpt|section|transcript),?\s+)?
    (?:it\ is\ (?:stated|said|mentioned|noted|explained)\ that\s
      |it\s(?:also\s)?(?:mentions|highlights|emphasi[sz]es|stresses)\s(?:that|how(?!\ to\b))\s
      |(?:this|the)\s(?:passage|text|excerpt|section|transcript|statement|speaker|author)\s
       (?:(?:also|then|further|clearly|explicitly)\s)?
       (?:states|says|explains|mentions|notes|tells\ us|emphasi[sz]es|highlights|suggests|claims
         |argues|points\ out|adds|indicates|conveys|stresses|implies|discusses|describes)
       (?:\s(?:that|how(?!\ to\b))\b|[:,])\s*
      |the\s(?:(?:main|key|central)\s)?(?:claim|point|idea|message|argument|reason)s?
       \s(?:is|are)\sthat\s
      |(?<=[ ,]))""",
    re.IGNORECASE | re.VERBOSE,
)
_QUOTED = re.compile(r"""['"“‘]((?:(?<=\w)['’](?=\w)|[^'"“”‘’])+)['"”’]([.!?]?)""")


_OF_ITSELF = re.compile(
    r"(?:(?:additionally|also|then|next|finally|furthermore|moreover|lastly),?\s+)?"
    r"(?:we(?:['’]ll|\swill|\salso|\sthen)*\s(?:delve|explore|discuss|examine|cover|look at)\b"
    r"|(?:this|the)\s(?:passage|text|excerpt|section)\s(?:(?:also|then|further)\s)?"
    r"(?:is about|discusses|covers|describes|provides|talks about|focuses|deals|emphasi[sz]es"
    r"|highlights|mentions|outlines|explores)\b)",
    re.IGNORECASE,
)


def talks_of_itself(sentence: str) -> bool:
    """Return True if a sentence only announces a subject: “Additionally, we discuss …”."""
    return bool(_OF_ITSELF.match(sentence))


def without_reporting(text: str) -> str:
    """Return a text without a reporting beginning: “The passage states that …”."""
    found = _REPORTING.match(text)
    if found is None or not (rest := text[found.end() :].strip()):
        return text
    if quoted := _QUOTED.fullmatch(rest):
        rest = "".join(quoted.groups())
    return rest[:1].upper() + rest[1:]


_LABELS = re.compile(r"\A(?:\s*\[[^\]\n]{1,20}\])+")
"""Cites of a sentence that is removed."""


def _first_statement(text: str) -> tuple[str, str, str]:
    """Return the first line or sentence, its final mark, and the rest."""
    start = len(text) - len(text.lstrip())
    match = re.compile(r"[:：](?=\s|$)|[!.。！](?=\s|$)|[。！]|\n").search(text[:600], start)
    if match is None:
        return text, "", ""
    mark = match[0].replace("：", ":")
    return text[: match.start()], mark, text[match.end() :]


def is_refusal(text: str) -> bool:
    """Return True if a text begins by declining, in its first words or sentences.

    A transcript may contain the same words: use it only for texts that are short, or that all begin
    so.
    """
    return bool(_REFUSAL.search(text[:240]))


def is_policy_refusal(text: str) -> bool:
    """Return True if it declines because of the content, so that a repetition is useless."""
    return is_refusal(text) and bool(_POLICY.search(text[:1500]))


def is_begging(text: str) -> bool:
    """Return True if a text asks for the material it was given."""
    return bool(_BEGGING.search(text[:600]))


_ABSENT = re.compile(
    r"""(?:(?:this|that|the|such|it)?\s*(?:topic|subject|information|material|matter|section|point
      |details?|data|question)?)?\s*
    (?:is|was|are|were|has\ been|have\ been)?\s*
    (?:not|never|nothing|none|no\ \w+(?:\ \w+)?|isn['’]t|wasn['’]t|aren['’]t)\s(?:\w+\s){0,4}?
    (?:mentioned|discussed|covered|provided|specified|addressed|given|stated|included|available
      |described|explained|applicable|found|available|said|shown)\b
      (?:\s(?:in|by|within|at|for)\s(?:the|this|that|any)\s(?:\w+\s){0,3}?
        (?:transcript|video|talk|material|lecture|recording|source|content|text|speaker|point|level)s?)?
      (?:\s(?:that\ was\ provided|provided|here|at\ all))?
    |(?:the|this)\s(?:transcript|video|talk|material|lecture|speaker)\s
      (?:does\ not|doesn['’]t|did\ not|didn['’]t|never)\s
      (?:mention|discuss|cover|provide|specify|address|give|state|include|contain|say|offer)\w*
      (?:\s(?:any|this|it|an?|such|about|of|the|on|information|details)\b(?:\s\w+){0,6})?
    |(?:im|in\ dem|in\ diesem)\s(?:transkript|video|vortrag|material)\s(?:\w+\s){0,2}nicht\s\w+
    |(?:wird|wurde|ist)?\s*nicht\s(?:erwähnt|behandelt|besprochen|angegeben|genannt)(?:\s\w+){0,3}
    |non\ (?:mentionnée?s?|abordée?s?|précisée?s?)(?:\s\w+){0,5}
    |no\ (?:se\ )?(?:menciona\w*|trata|especifica\w*|indica\w*)(?:\s\w+){0,5}
    |(?:视频|视频中|影片中|字幕中|文中)?(?:没有|未|沒有)(?:提及|提到|涉及|说明|說明|提供)\w{0,6}
    |(?:動画|本文|字幕)?(?:では|には)?(?:言及|触れ)\w{0,8}ない|언급되지\s?않\w{1,4}""",
    re.IGNORECASE | re.VERBOSE,
)
_PLACEHOLDER = re.compile(
    r"""n/?a|none|null|nil|unknown|undefined|not\ applicable|tbd|tba|todo|fixme|x{3,}|string|text
    |(?:your|the|some|sample|example|insert|add|more)\s(?:\w+\s){0,3}(?:text|content|summary|here)
    |(?:concise|standard|comprehensive|heading|title|section)(?:\s(?:text|version|summary|level))?
    |lorem\ ipsum.*|to\ be\ (?:added|written|determined|completed|filled)(?:\s\w+){0,3}
    |content\ goes\ here|placeholder(?:\s\w+)?|same\ as\ above|see\ above|keine?|aucune?|ninguno""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_BRACKETED = re.compile(r"(?:\[[^\[\]\d][^\[\]]{2,60}\]|<[^<>]{2,60}>|\{\{?[^{}]{2,60}\}\}?)")
_EDGES = " \t\n.,;:!?…-–—*_#>`\"'“”()（）。"


def says_nothing(text: str) -> bool:
    """Return True if a text is a placeholder: “not mentioned”, “N/A”, “string”, “[insert text]”."""
    lines = [line.strip(_EDGES) for line in text.strip().splitlines()]
    lines = [line for line in lines if line]
    if not lines:
        return True
    if len(lines) > 4:
        return False
    whole = [bare for line in lines for part in re.split(r"(?<=[.!?])\s", line)
             if (bare := part.strip(_EDGES))]  # fmt: skip
    return all(
        _PLACEHOLDER.fullmatch(part) or _ABSENT.fullmatch(part) or _BRACKETED.fullmatch(part)
        for part in whole
    ) or bool(_BRACKETED.fullmatch(text.strip()))
