"""Small word lists that the libraries lack, by language code.

Lists are short on purpose: each entry earns its place on real transcripts, and every use of them
has a way to go on without (an unknown language, or one that is not listed here).
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STEMMERS: dict[str, str] = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "eo": "esperanto",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "st": "sesotho",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
"""snowballstemmer's name of each language it knows."""

MEANINGFUL: dict[str, frozenset[str]] = {
    "en": _words(
        "computer system systems problem problems information research section member members "
        "number numbers effect result results order group groups invention website webpage "
        "caption interest state states case cases importance length area areas fire page pages "
        "room rooms face side fact facts work point points million billion thousand percent "
        "question example ring test home index line volume text open opening general"
    ),
}
"""Words of the stop lists that do name things."""

GENERIC: dict[str, frozenset[str]] = {
    "en": _words(
        "thing things stuff kind kinds sort sorts lot lots bit way ways guy guys people person "
        "time times day days today moment minute year years talk video slide slides everybody "
        "somebody something anything nothing everything question questions example examples "
        "part parts point points case cases fact side number place idea ideas course reason "
        "people's sense word words piece pieces end start top hand right left yeah okay yes "
        "good great nice big bigger small new old real whole different same simple easy hard "
        "little long short high low next last first second third interesting important able "
        "sure true wrong best better more most many much few several such own other "
        "go going goes went come coming came get getting got make makes making made take takes "
        "taking took say says said saying see seeing seen saw look looking know knowing known "
        "think thinking thought want wanted wanting need needs use uses used using try trying "
        "tried put puts putting give gives given giving find found show shows shown call called "
        "work works working worked happen happens happened tell told ask asked write wrote "
        "start started happening talking talked mean means meant feel felt let lets keep kept "
        "done doing does did bring brought supposed basically actually really probably "
        "imagine suppose notice remember recall turn turns turned run runs running ran "
        "one two three four five six seven eight nine ten hundred thousand million billion "
        "week weeks month months hour hours minutes second seconds step steps century "
        "percent half couple line lines page pages work state states group groups area areas"
    ),
    "de": _words(
        "sache sachen ding dinge art arten mal leute mensch menschen zeit tag tage jahr jahre "
        "heute moment beispiel beispiele teil punkt fall frage fragen grund wort worte ende "
        "anfang video natürlich genau eigentlich wirklich einfach halt okay gut groß klein neu "
        "gibt geht macht sagen sagt sehen sieht nehmen nimmt heißt bedeutet kommt weiß prozent"
    ),
    "es": _words(
        "cosa cosas tipo manera forma gente persona personas tiempo vez veces día días año años "
        "hoy momento ejemplo parte punto caso pregunta razón palabra final inicio vídeo video "
        "gracias bueno bien gran grande nuevo nueva hacer hace decir dice ver vemos puede ciento "
        "quiero quería quisiera querer puedes puedo pueden podemos poder realmente favor par "
        "fines escribir empezar mencionar aprecié únete términos supuesto"
    ),
    "fr": _words(
        "chose choses type façon manière gens personne temps fois jour jours année années "
        "aujourd'hui moment exemple partie point cas question raison mot fin début vidéo merci "
        "bien grand petit nouveau faire fait dire dit voir voit peut va cent"
    ),
    "zh": _words(
        "东西 知道 告诉 前面 后面 现在 今天 开始 结束 时候 地方 部分 方面 事情 例子 第一 第二 第三 "
        "一样 可能 需要 使用 进行 发现 觉得 认为 问题 回答 得到 意思 情况 大家 同学 学生 教授 "
        "最后 这样 那样 所有 任何 其他 其它 不同 同样 完全 真正 实际 基本 简单 东东 许多 一些"
    ),
    "ja": _words("今日 今回 前回 次回 場合 時間 最初 最後 一番 部分 普通 全部 自分 感じ 大体"),
}
"""Words too common in speech to be a term by themselves, or to start or end one."""

FILLERS: dict[str, frozenset[str]] = {
    "en": _words("um uh uhm erm er ah hmm mm mhm yeah yep okay ok alright"),
    "de": _words("äh ähm öh hm tja naja ja okay"),
    "es": _words("um eh ehm este bueno pues okay"),
    "fr": _words("euh heu ben bah hein okay"),
    "it": _words("ehm eh beh allora okay"),
    "pt": _words("é ãh hum então né okay"),
}
"""Sounds made while thinking: cut off at either end of a quote."""

LEADERS: dict[str, frozenset[str]] = {
    "en": _words(
        "so and but now then because okay well um uh which where when if although however "
        "therefore that's it's we're there's here's let's i'm you're they're i we they he she it "
        "this there these"
    ),
    "de": _words("und aber also dann weil denn jetzt nun wenn obwohl deshalb dass ich wir das es"),
    "es": _words("y pero entonces porque así ahora luego cuando si aunque que eso esto"),
    "fr": _words("et mais donc alors parce maintenant puis quand si bien que c'est on nous je"),
    "it": _words("e ma quindi allora perché adesso poi quando se che questo"),
    "pt": _words("e mas então porque agora depois quando se que isso"),
}
"""Words that open a clause in speech: a good place to cut where nothing is punctuated."""

CONNECTORS: dict[str, frozenset[str]] = {
    "en": _words("and but so or because then also now well okay right which um uh you know like"),
    "de": _words("und aber also oder denn dann auch nun ja so weil"),
    "es": _words("y e pero o entonces porque pues así también ahora bueno"),
    "fr": _words("et mais ou donc car alors puis aussi bon parce"),
    "it": _words("e ma o quindi allora poi anche perché"),
    "pt": _words("e mas ou então porque também agora"),
}
"""Words that tie a sentence to the one before: no start for a quote that stands alone."""

ANAPHORA: dict[str, frozenset[str]] = {
    "en": _words(
        "it he she they this that these those there his her their its such him them "
        "it's that's he's she's they're there's"
    ),
    "de": _words("er sie es das dies diese dieser dieses der die ihn ihm ihnen dort davon dazu"),
    "es": _words("él ella ellos ellas eso esto esa ese este esta esos allí lo su"),
    "fr": _words("il elle ils elles ça cela ceci ce c'est celui y en"),
    "it": _words("lui lei loro questo quello ciò esso"),
    "pt": _words("ele ela eles elas isso isto esse este"),
    "ar": _words("هو هي هم هذا هذه ذلك تلك"),
}
"""Words that stand for something said before."""

DETERMINERS: dict[str, frozenset[str]] = {
    "en": _words(
        "the a an this that these those each every any some no my your our their his her "
        "its of another"
    ),
    "de": _words(
        "der die das den dem des ein eine einen einem einer eines kein keine diese dieser "
        "dieses jede jeder im zum zur vom"
    ),
    "es": _words("el la los las un una unos unas del al este esta cada su sus nuestro nuestra de"),
    "fr": _words("le la les un une des du au aux ce cette ces chaque son sa ses notre de l d"),
    "it": _words("il lo la i gli le un uno una del della dei delle al alla nel nella questo di"),
    "pt": _words("o a os as um uma do da dos das no na este esta cada seu sua de"),
    "nl": _words("de het een dit dat deze die elk elke van"),
    "sv": _words("en ett den det de denna detta varje av"),
}
"""Words after which a noun is likely."""

VERBAL: dict[str, frozenset[str]] = {
    "en": _words(
        "to i you we they he she it who can could will would shall should may might must "
        "don't didn't doesn't can't won't not never always also i'm you're we're they're "
        "i'll we'll you'll is are was were be been being"
    ),
}
"""Words after which a verb or an adjective is likely."""

LINKS: dict[str, frozenset[str]] = {
    "en": _words("of for"),
    "de": _words("der des von für"),
    "es": _words("de del de-la para en"),
    "fr": _words("de du des d en à"),
    "it": _words("di del della dei da"),
    "pt": _words("de do da dos das"),
    "nl": _words("van voor"),
}
"""Small words that may stand inside a term ("method of substitution")."""

PREPOSITIONS: dict[str, frozenset[str]] = {
    "en": _words(
        "of to in on at for from with by over into than as about through under between "
        "be been is are was were have has do can will would of or"
    ),
    "de": _words(
        "von zu in auf an für aus mit bei nach über durch als wie im am zum zur haben "
        "hat ist sind werden wird kann"
    ),
    "es": _words("de del a al en con por para sobre entre como es son ha han"),
    "fr": _words("de du des à au aux en dans avec par pour sur entre comme est sont a ont"),
    "it": _words("di del della a al in con per su tra come è sono ha hanno"),
    "pt": _words("de do da a ao em no na com por para sobre entre como é são"),
}
"""Words that go on with a clause: no good place to cut before them."""

ABBREVIATIONS = _words(
    "mr mrs ms dr prof st vs etc e.g i.e no fig eq al jr sr inc co corp dept approx ca cf p pp vol "
    "u.s u.k a.m p.m z.b d.h u.a bzw usw bspw evtl ggf nr str sra srta ud uds ej av art núm pág "
    "gen col lt sgt rev hon ph.d v"
)
"""Words whose full stop does not end a sentence."""

FUNCTION_CHARS: dict[str, str] = {
    "zh": "的了是在和就也都不我你他她它们这那有个一着吗呢吧啊呀嘛把被让给及而但所以因如果么"
    "什怎哪谁很再还又才只则即并且想来去之其此该与或这些时個這們嗎還來說沒",
    "ja": "はがをにでとものやかねよわさなのしたてだですます々",
    "th": "",
}
"""Characters that no term of the language starts or ends with."""

VERB_CHARS = "用为从到将对于会能可"
"""Chinese characters that, before a word of two characters or more, are a verb or preposition."""
