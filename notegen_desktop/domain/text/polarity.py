"""Reduces a text to the words that carry its sentences, each with the negation before it.

Articles, adverbs and the auxiliary `do` are left out and endings are cut, so that “He doesn't
always tell us” and “he did not tell you” are the same row of words. English is reduced furthest; of
other languages only the negations are taken out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from .features import tokens
from .opposites import NEGATIONS

SUBJECT = "_"
"""Key of a pronoun, and of “nobody”, of which the negation is taken out."""
END = "."
"""Key of the end of a sentence."""
JOINING = frozenset(("and", "then", "pleas", "so", END))
"""Keys of words after which a sentence asks for something: “and do not skip it”."""
ASKING = frozenset((END, "may", "can", "should", "must", "will", "to"))
"""Keys of words with which a statement repeats what a sentence asks for."""

_STEM = 6
_SENTENCES = re.compile(r"(?<=[.!?…])(?=\s)|(?<=[。！？؟।॥])|\n+")
_CLAUSES = re.compile(r"[,;:，；：、]")
_QUESTIONS = ("?", "？", "؟")

_AUXILIARY = {
    **dict.fromkeys(("am", "is", "are", "was", "were", "been", "being", "re", "isn"), "be"),
    **dict.fromkeys(("aren", "wasn", "weren", "ain"), "be"),
    **dict.fromkeys(("has", "had", "having", "ve", "hasn", "haven", "hadn"), "have"),
    **dict.fromkeys(("would", "ll", "won", "wouldn"), "will"),
    **dict.fromkeys(("could", "couldn"), "can"),
    **{"shouldn": "should", "mustn": "must", "needn": "need", "mightn": "might"},
}
_DO = frozenset("do does did don doesn didn".split())
_CONTRACTED = frozenset(("can", "don", "doesn", "didn", *(w for w in _AUXILIARY if w[-1] == "n")))
_DROPPED = frozenset(
    (
        *("a an the any some each every of course um uh er ah erm hmm very really".split()),
        *("actually just also too indeed quite simply well so even ever always usually".split()),
        *("often sometimes generally typically certainly clearly perfectly totally".split()),
        *("perfect completely basically somehow necessarily".split()),
    )
)
_PRONOUNS = frozenset("i you he she it we they one people that this there who which what".split())
_POSSESSIVES = frozenset("my your his her its our their".split())
_NOBODY = frozenset(("nobody", "nothing", "none"))
_LIMITING = frozenset(
    (
        *("only just merely simply solely least until unless always every all everyone".split()),
        *("everybody everything entirely exactly much so that quite doubt matter wonder".split()),
    )
)
"""Words after a negation that limit it: “not only”, “not all”, “no doubt”."""
_CUES: Mapping[str, frozenset[str]] = {
    "en": frozenset(
        (
            *("if whether unless suppose imagine false wrong myth mistake mistaken".split()),
            *("untrue lie wish pretend without nobody nothing none instead rather fail".split()),
            *("fails failed refuse refused deny denied denies avoid unlike except".split()),
        )
    ),
    "de": frozenset("wenn ob falls ohne niemand nichts falsch statt weder noch".split()),
    "fr": frozenset("si sans personne rien faux ni".split()),
    "es": frozenset("si sin nadie nada falso ni".split()),
    "pt": frozenset("se sem ninguem nada falso nem".split()),
    "it": frozenset("se senza niente nulla falso ne".split()),
    "nl": frozenset("als of zonder niemand niets fout noch".split()),
}
"""Words by which a sentence does not state what its other words say."""
_OPINION = frozenset("think thinks thought believe believes believed assume assumed".split())
_OWN_OPINION = frozenset(("i", "we"))
_FALSE = frozenset(("fals", "wrong", "untru", "myth", "mistak", "nonsen"))
_TRUE = frozenset(("tru", "so", "cas", "right", "correc"))
_TAKING_BACK = 5


@dataclass(slots=True)
class CarryingRow:
    """The carrying words of a text in order, and the ends of its sentences; a text begins with an
    end. The lists are parallel."""

    keys: list[str] = field(default_factory=lambda: [END])
    """What is compared."""
    words: list[str] = field(default_factory=lambda: [""])
    """The words as written, folded; "" for an end."""
    negated: list[int] = field(default_factory=lambda: [0])
    """1 if a negation stands before the word, 2 if it may not hold for all of it."""
    clause: list[int] = field(default_factory=lambda: [0])
    """Number of the clause."""
    cues: list[int] = field(default_factory=list)
    """Places of the words by which a sentence states something else: “if”, “they think”."""
    questions: list[tuple[int, int]] = field(default_factory=list)
    """First place of each question, and the place after its last."""

    def sentence_at(self, place: int) -> tuple[int, int]:
        """Return the first and the last place of the sentence at a place."""
        first = last = place
        while first and self.keys[first - 1] != END:
            first -= 1
        while last < len(self.keys) - 1 and self.keys[last] != END:
            last += 1
        return first, last

    def is_asked(self, place: int) -> bool:
        return any(begin <= place < end for begin, end in self.questions)

    def takes_back(self, begin: int) -> bool:
        """Return True if the sentence at a place is like “But that's false”."""
        places = range(begin, min(begin + _TAKING_BACK, len(self.keys)))
        keys = [self.keys[at] for at in places]
        keys = keys[: keys.index(END)] if END in keys else keys
        if SUBJECT not in keys[:2] or "be" not in keys[:3]:
            return False
        negated = any(self.negated[at] for at in places[: len(keys)])
        return not _FALSE.isdisjoint(keys) or (negated and not _TRUE.isdisjoint(keys))


@lru_cache(maxsize=256)
def carrying_row(text: str, language: str) -> CarryingRow:
    """Return the carrying words of a text in a language, a primary subtag, to be read only.

    Several statements cite one passage, so the last rows are kept.
    """
    row = CarryingRow()
    clause = 0
    for sentence in _SENTENCES.split(text):
        begin, pending = len(row.keys), 0
        for part in _CLAUSES.split(sentence):
            clause += 1
            pending = _add(row, tokens(part), language, clause, pending)
        if len(row.keys) > begin:
            if sentence.rstrip().endswith(_QUESTIONS):
                row.questions.append((begin, len(row.keys)))
            _append(row, END, "", pending, clause)
    return row


@lru_cache(maxsize=8192)
def key_of(word: str, language: str) -> str:
    """Return a folded word without what changes with number, person and tense."""
    if language != "en":
        return word[:_STEM]
    if word in _AUXILIARY:
        return _AUXILIARY[word]
    if word in _PRONOUNS:
        return SUBJECT
    if word in _POSSESSIVES:
        return "their"
    if len(word) > 3 and word[0] > "9":
        for ending, instead in (("ies", "y"), ("ing", ""), ("ed", ""), ("s", "")):
            if word.endswith(ending) and not word.endswith("ss") and len(word) - len(ending) > 2:
                word = word[: -len(ending)] + instead
                break
        word = word.removesuffix("e")
    return word[:_STEM]


def _append(row: CarryingRow, key: str, word: str, negated: int, clause: int) -> None:
    row.keys.append(key)
    row.words.append(word)
    row.negated.append(negated)
    row.clause.append(clause)


def _add(row: CarryingRow, words: list[str], language: str, clause: int, pending: int) -> int:
    """Append the words of a clause; `pending` is a negation of the clause before it. Returns the
    one that no word followed."""
    read = _read_english if language == "en" else _read
    cues = _CUES.get(language, frozenset())
    at = 0
    while at < len(words):
        before = words[at - 1] if at else ""
        key, negation, size = read(words, at, language)
        if key:
            if words[at] in cues or (words[at] in _OPINION and before not in _OWN_OPINION):
                row.cues.append(len(row.keys))
            _append(row, key, words[at], pending, clause)
            pending = 0
        if negation:
            pending = 2 if pending else negation
        at += size
    return pending


def _read(words: list[str], at: int, language: str) -> tuple[str, int, int]:
    """Return the key of the word at a place, the negation that follows from it, and the number of
    words that this takes."""
    negation = words[at] in NEGATIONS.get(language, ())
    return ("", 1, 1) if negation else (key_of(words[at], language), 0, 1)


def _read_english(words: list[str], at: int, language: str) -> tuple[str, int, int]:
    word = words[at]
    before = words[at - 1] if at else ""
    after = words[at + 1] if at + 1 < len(words) else ""
    if word in _CONTRACTED and after == "t":
        return "" if word in _DO else key_of(word, language), 1, 2
    if word == "cannot":
        return "can", 1, 1
    if word in _NOBODY or (word == "no" and after == "one"):
        return SUBJECT, 1, 2 if word == "no" else 1
    if word in NEGATIONS["en"]:
        if (word == "no" and not after) or before in ("or", "why"):
            return "", 0, 1  # “No, …”, “or not”
        limited = 2 if after in _LIMITING else 1
        size = 2 if word == "no" and after in ("longer", "more") else 1
        return "and" if word == "nor" else "", limited, size
    if word == "s":  # of “it's”; of “Harry's” nothing is kept
        return "be" if before in _PRONOUNS else "", 0, 1
    if word in _DO or word in _DROPPED:
        return "", 0, 1
    return key_of(word, language), 0, 1
