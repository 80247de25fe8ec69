"""Words that turn a sentence into its opposite: negations, and words that exclude each other.

By language, folded as `features.tokens` does. Short lists of what is frequent in talks, not
dictionaries: a word that is missing is not noticed, one too many accuses a correct statement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

NEGATIONS: Mapping[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "not no never neither nor hardly barely scarcely rarely seldom",
        "de": "nicht kein keine keinen keinem keiner keines nie niemals kaum",
        "nl": "niet geen nooit nauwelijks",
        "fr": "pas jamais aucun aucune guere",
        "es": "no nunca jamas tampoco ningun ninguna ninguno",
        "pt": "nao nunca jamais nenhum nenhuma",
        "it": "non mai nessun nessuna nessuno",
        "sv": "inte aldrig ingen inget inga knappast",
        "da": "ikke aldrig ingen intet naeppe",
        "nb": "ikke aldri ingen intet neppe",
        "pl": "nie nigdy zaden zadna zadne",
        "ru": "не никогда",
        "uk": "не ніколи",
        "zh": "不 没 沒 未 無 无",
    }.items()
}
"""Words by which the same sentence says the opposite."""

_GROUPS: Mapping[str, tuple[str, ...]] = {
    "en": (
        *("more / less fewer", "most / least fewest", "many / few", "much / little"),
        *("larger bigger greater / smaller", "large big / small", "higher / lower", "high / low"),
        *("longer / shorter", "long / short", "faster / slower", "fast quick / slow"),
        *("quickly / slowly", "better / worse", "best / worst", "good great / bad terrible"),
        *("easier / harder", "easy / hard difficult", "earlier sooner / later", "early / late"),
        *("before / after", "above / below", "ahead / behind", "inside / outside", "up / down"),
        *("internal / external", "upper / lower", "left / right", "first / last", "begin / end"),
        *("start / stop", "open / close", "with / without", "increase / decrease", "rise / fall"),
        *("remember / forget", "accept / reject", "win / lose", "allow / forbid", "buy / sell"),
        *("include / exclude", "agree / disagree", "pass / fail", "same / different"),
        *("true / false", "right / wrong", "positive / negative", "maximum / minimum"),
        *("public / private", "legal / illegal", "possible / impossible", "strong / weak"),
        *("rich / poor", "old / new young", "hot warm / cold cool", "male / female"),
        *("father / mother", "son / daughter", "brother / sister", "husband / wife"),
        *("everyone everybody / nobody", "everything / nothing", "safe / dangerous"),
        *("dead / alive", "day / night", "morning / evening / afternoon", "thick / thin"),
        "red / green / blue / yellow / black / white / orange / purple / brown / pink",
        "january / february / march / april / june / july / august / september / october"
        " / november / december",
        "monday / tuesday / wednesday / thursday / friday / saturday / sunday",
        "north / east / south / west",
    ),
    "de": (
        *("mehr / weniger", "viele / wenige", "grosser / kleiner", "grosse / kleine"),
        *("gross / klein", "hoher / niedriger", "langer / kurzer", "schneller / langsamer"),
        *("besser / schlechter", "leichter / schwerer", "fruher / spater", "vor / nach"),
        *("innen / aussen", "mit / ohne", "erste / letzte", "ersten / letzten"),
        *("richtig / falsch", "alle / keine", "jeder / niemand", "alles / nichts"),
        *("links / rechts", "moglich / unmoglich"),
        "januar / februar / marz / april / mai / juni / juli / august / september / oktober"
        " / november / dezember",
        "rot / grun / blau / gelb / schwarz / weiss",
        "zwei / drei / vier / funf / sechs / sieben / acht / neun / zehn / elf / zwolf",
    ),
    "fr": (
        *("plus / moins", "grand / petit", "grande / petite", "avant / apres", "avec / sans"),
        *("premier / dernier", "premiere / derniere", "meilleur / pire", "vrai / faux"),
        *("gauche / droite", "possible / impossible"),
        "janvier / fevrier / mars / avril / mai / juin / juillet / aout / septembre / octobre"
        " / novembre / decembre",
        "rouge / vert / bleu / jaune / noir / blanc",
        "deux / trois / quatre / cinq / six / sept / huit / neuf / dix / onze / douze",
    ),
    "es": (
        *("mas / menos", "mayor / menor", "grande / pequeno", "antes / despues", "con / sin"),
        *("siempre / nunca", "primero / ultimo", "primera / ultima", "mejor / peor"),
        *("verdadero / falso", "izquierda / derecha"),
        "enero / febrero / marzo / abril / mayo / junio / julio / agosto / septiembre / octubre"
        " / noviembre / diciembre",
        "rojo / verde / azul / amarillo / negro / blanco",
        "dos / tres / cuatro / cinco / seis / siete / ocho / nueve / diez / once / doce",
    ),
    "pt": (
        *("mais / menos", "maior / menor", "antes / depois", "com / sem", "sempre / nunca"),
        *("primeiro / ultimo", "melhor / pior", "verdadeiro / falso", "esquerda / direita"),
        "janeiro / fevereiro / marco / abril / maio / junho / julho / agosto / setembro / outubro"
        " / novembro / dezembro",
        "dois / tres / quatro / cinco / seis / sete / oito / nove / dez / onze / doze",
    ),
    "it": (
        *("piu / meno", "maggiore / minore", "grande / piccolo", "prima / dopo", "con / senza"),
        *("sempre / mai", "primo / ultimo", "migliore / peggiore", "vero / falso"),
        "gennaio / febbraio / marzo / aprile / maggio / giugno / luglio / agosto / settembre"
        " / ottobre / novembre / dicembre",
        "due / tre / quattro / cinque / sei / sette / otto / nove / dieci / undici / dodici",
    ),
    "nl": (
        *("meer / minder", "groter / kleiner", "groot / klein", "voor / na", "met / zonder"),
        *("altijd / nooit", "eerste / laatste", "beter / slechter", "links / rechts"),
        "twee / drie / vier / vijf / zes / zeven / acht / negen / tien / elf / twaalf",
    ),
    "ru": (
        *("больше / меньше", "до / после", "лучше / хуже", "первый / последний"),
        "два / три / четыре / пять / шесть / семь / восемь / девять / десять",
    ),
    "zh": (
        *("大 / 小", "多 / 少", "高 / 低", "前 / 后 後", "上 / 下", "内 / 外", "左 / 右"),
        *("升 / 降", "增 / 减", "真 / 假", "早 / 晚", "快 / 慢", "父 / 母", "男 / 女"),
        "一 / 两 二 / 三 / 四 / 五 / 六 / 七 / 八 / 九 / 十",
    ),
    "ja": (
        *("大 / 小", "多 / 少", "高 / 低", "前 / 後", "上 / 下", "左 / 右"),
        "一 / 二 / 三 / 四 / 五 / 六 / 七 / 八 / 九 / 十",
    ),
}
"""Rows of words that exclude each other; those between two strokes say the same."""

_MEASURES: Mapping[str, tuple[str, ...]] = {
    "en": (
        "second / minute / hour / day / week / month / year / decade / century",
        "thousand / million / billion / trillion",
    ),
    "de": (
        "sekunde / minute / stunde / tag / woche / monat / jahr / jahrzehnt / jahrhundert",
        "sekunden / minuten / stunden / tage / wochen / monate / jahre / jahrzehnte",
        "tausend / millionen / milliarden",
    ),
    "fr": (
        "secondes / minutes / heures / jours / semaines / mois / ans / siecles",
        "mille / million / milliard",
    ),
    "es": (
        "segundos / minutos / horas / dias / semanas / meses / anos / siglos",
        "mil / millones",
    ),
    "pt": ("segundos / minutos / horas / dias / semanas / meses / anos / seculos",),
    "it": ("secondi / minuti / ore / giorni / settimane / mesi / anni / secoli",),
    "nl": ("seconden / minuten / uren / dagen / weken / maanden / jaren / eeuwen",),
    "ru": ("секунд / минут / часов / дней / недель / месяцев / лет / веков",),
}
"""Rows of measures, which exclude each other only after the same number: sixty minutes are an
hour."""


def opposites(language: str, folded: Callable[[str], str]) -> Mapping[str, frozenset[str]]:
    """Return for each word of a language, in the form that `folded` gives it, those that exclude
    it in its place."""
    rows = (*_GROUPS.get(language, ()), *_MEASURES.get(language, ()))
    found: dict[str, frozenset[str]] = {}
    for row in rows:
        sides = [[folded(word) for word in side.split()] for side in row.split("/")]
        words = {word for side in sides for word in side}
        for side in sides:
            for word in side:
                found[word] = found.get(word, frozenset()) | words.difference(side)
    return found


def measures(language: str, folded: Callable[[str], str]) -> frozenset[str]:
    """Return the measures of a language, in the form that `folded` gives them."""
    rows = _MEASURES.get(language, ())
    return frozenset(folded(word) for row in rows for word in row.split() if word != "/")
