"""The few words that the engine says itself, by language of the talk; English otherwise."""

from __future__ import annotations

from collections.abc import Sequence

_NOTICE = {
    "en": "Extract, no AI: these are the talk’s own sentences, quoted and not written.",
    "de": "Auszug ohne KI: Dies sind Sätze des Vortrags, zitiert und nicht verfasst.",
    "es": "Extracto sin IA: son frases de la propia charla, citadas y no redactadas.",
    "fr": "Extrait sans IA : ce sont les phrases de l’exposé, citées et non rédigées.",
    "it": "Estratto senza IA: sono frasi del discorso stesso, citate e non scritte.",
    "pt": "Extrato sem IA: são frases da própria palestra, citadas e não escritas.",
    "nl": "Uittreksel zonder AI: dit zijn zinnen uit de lezing zelf, geciteerd en niet geschreven.",
    "ru": "Выдержки без ИИ: это фразы самого выступления, они процитированы, а не написаны.",
    "zh": "摘录，未使用人工智能：以下都是讲话中的原句，是引用而非撰写。",
    "ja": "AIを使わない抜粋です。話の中の文をそのまま引用したもので、書き下ろしではありません。",
    "ko": "AI를 쓰지 않은 발췌입니다. 강연의 문장을 그대로 인용했으며 새로 쓰지 않았습니다.",
    "ar": "مقتطفات دون ذكاء اصطناعي: هذه جمل من الحديث نفسه، منقولة لا مكتوبة.",
    "he": "תמצית ללא בינה מלאכותית: אלה משפטים מן ההרצאה עצמה, מצוטטים ולא כתובים.",
}

_NEAREST = {
    "en": "The talk says nothing marked as this; these passages come nearest.",
    "de": "Der Vortrag kennzeichnet nichts als solches; diese Stellen kommen dem am nächsten.",
    "es": "La charla no señala nada como tal; estos pasajes son los más cercanos.",
    "fr": "L’exposé ne signale rien de tel ; ces passages s’en approchent le plus.",
    "it": "Il discorso non indica nulla come tale; questi passi vi si avvicinano di più.",
    "pt": "A palestra não assinala nada como tal; estas passagens são as mais próximas.",
    "nl": "De lezing noemt niets als zodanig; deze passages komen er het dichtst bij.",
    "ru": "В выступлении ничто не названо так прямо; ближе всего эти места.",
    "zh": "讲话中没有明确属于此项的内容；以下是最接近的段落。",
    "ja": "これと明示された発言はありません。最も近い箇所を挙げます。",
    "ko": "이에 해당한다고 밝힌 말은 없습니다. 가장 가까운 대목입니다.",
    "ar": "لا يذكر الحديث شيئًا بهذا الوصف صراحة؛ وهذه أقرب المقاطع إليه.",
    "he": "אין בהרצאה דבר שסומן כך; אלה הקטעים הקרובים ביותר.",
}

_AND = {
    "en": " and ",
    "de": " und ",
    "es": " y ",
    "fr": " et ",
    "it": " e ",
    "pt": " e ",
    "nl": " en ",
    "ru": " и ",
    "zh": "与",
    "ja": "と",
    "ar": " و",
}


def notice(code: str) -> str:
    """Says, once in a note, that it quotes and does not write."""
    return _NOTICE.get(code, _NOTICE["en"])


def nearest(code: str) -> str:
    """Says that a section holds the most relevant passages, for want of fitting ones."""
    return _NEAREST.get(code, _NEAREST["en"])


def joined(names: Sequence[str], code: str) -> str:
    """Two names as one heading."""
    return _AND.get(code, ", ").join(names)
