"""Cleans up a small model's text about a passage without another request.

A model of one or two billion parameters repeats the prompt, says a sentence twice, talks about the
passage instead of the subject, and calls a section “Introduction”. The rest is worth keeping: each
request of such a model takes a minute, and another one is no better. Whether the passage supports a
statement is marked later, as in any note.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from notegen_desktop.domain.notes.citations import lift_references
from notegen_desktop.domain.notes.note import Draft, DraftSection
from notegen_desktop.domain.notes.statements import outside, plain_line, protected
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.text.cleaning import lines_of
from notegen_desktop.domain.text.features import features, is_paired, tokens
from notegen_desktop.domain.text.language_detection import common_words
from notegen_desktop.domain.text.languages import primary
from notegen_desktop.domain.text.phrases import (
    is_begging,
    says_nothing,
    talks_of_itself,
    without_preamble,
    without_reporting,
    without_talk_of_itself,
)
from notegen_desktop.domain.text.sentences import ends_sentence, split_sentences
from notegen_desktop.domain.text.transcript import Transcript

from .evidence import GroundingIndex
from .findings import Problem, Severity
from .repetition import ALIKE, heading_key, overlap
from .substance import faults_of_substance, has_repetition, recites
from .validation import shares_little

SENTENCE_WORDS = 4
"""Minimum words of a duplicate sentence; shorter ones, such as “No.”, may repeat."""
HEADING_WORDS = 10
MIN_COMPARED_WORDS = 3
MIN_SUPPORTED_SHARE = 0.4
"""Minimum share of a sentence's meaningful words, of three or more, in the passage; below, it is
invented. Measured on answers of Qwen2.5-Coder-1.5B: supported sentences have at least 0.5 and a
median of 0.85, the model's own knowledge a median of 0.2 and at most 0.5."""
CLEARLY_SUPPORTED_SHARE = 0.7
"""Share from which a sentence needs no single place that supports it."""
MIN_USABLE_SHARE = 1 / 3
"""Share of usable text below which an answer was not about the passage."""

_LINE = re.compile(r"(?P<sign>\s*(?:[-*+•]|\d{1,2}[.)])\s+)?(?P<words>.*)")
_HOLLOW_HEADING = re.compile(
    r"(?:(?:a|an|the|brief|short|concise|standard|comprehensive|main|key|central|detailed)\s+)*"
    r"(?:introduction|overview|definition|summary|section|passage|point|points|heading|title|idea"
    r"|ideas|explanation|description|text|topic|subject|conclusion|concise|standard|comprehensive)"
    r"(?:\s+(?:to|of|on|about)\s+(?P<what>.*))?",
    re.IGNORECASE,
)
"""“Introduction to …”, “Concise definition”: headings that name a kind of section, not its
content."""
_CLAUSE = re.compile(r"[;:—–(]|,?\s(?:because|which|where|while|whereas|so that|although)\s")
_AS_A_TALK_SAYS = {Problem.REFUSAL, Problem.NO_MATERIAL}


@dataclass(frozen=True, slots=True)
class _Said:
    """The words of a passage for comparing sentences; empty if the note is in another language, or
    its script has no word breaks."""

    telling: frozenset[str] = frozenset()
    common: frozenset[str] = frozenset()

    @classmethod
    def of(cls, words: Transcript, language: str) -> _Said:
        spoken = primary(words.language)
        common = features(" ".join(common_words(spoken or "en")))
        telling = features(words.text) - common
        if primary(language) not in ("", spoken) or any(map(is_paired, telling)):
            return cls()
        return cls(frozenset(telling), frozenset(common))

    def share_of(self, text: str) -> float | None:
        """Return the share of a text's meaningful words that the passage contains; None if nothing
        can be compared."""
        told = features(text) - self.common
        if not self.telling or len(told) < MIN_COMPARED_WORDS:
            return None
        return len(told & self.telling) / len(told)

    def may_say(self, text: str, min_share: float) -> bool:
        share = self.share_of(text)
        return share is None or share >= min_share


def clean_section(
    section: DraftSection,
    template: NoteTemplate,
    words: Transcript,
    *,
    language: str = "",
    has_place: Callable[[str], bool] = lambda _: True,
    cut: bool = False,
    taken: Iterable[str] = (),
) -> DraftSection | None:
    """Return the usable part of a section, None if it says nothing about the passage `words`.

    `template` has this section only, `language` is a BCP 47 tag, "" for that of the transcript;
    `has_place` tells if a place of the transcript clearly supports a sentence: unsupported
    sentences are used only if there is nothing else. `cut`: the answer broke off in mid-sentence. A
    meaningless heading, or one of those `taken`, is replaced by the first words of the text.
    """
    said = _Said.of(words, language)
    texts = [text.strip() for text in section.texts]
    if cut:
        last = max((n for n, text in enumerate(texts) if text), default=0)
        texts[last] = _ended(texts[last])
    texts = [
        _told(text, template, lambda s: said.may_say(s, MIN_SUPPORTED_SHARE)) for text in texts
    ]
    if not any(texts):
        return None

    def is_sure(sentence: str) -> bool:
        return said.may_say(sentence, CLEARLY_SUPPORTED_SHARE) or has_place(sentence)

    sure = [_told(text, template, is_sure) for text in texts]
    texts = sure if any(sure) else texts
    told = section.with_texts(_graded(texts))
    found = faults_of_substance(
        Draft("", (told,), whole=True), (told,), template, transcript=words, language=language
    )
    faults = {f.problem for f in found if f.severity in (Severity.ASK_AGAIN, Severity.REFUSE)}
    if said.share_of(" ".join(texts)):
        faults -= _AS_A_TALK_SAYS
    if faults - {Problem.HEADINGS_FOREIGN}:
        return None
    return replace(told, heading=_heading(told, template, taken, foreign=bool(faults)))


def _ended(text: str) -> str:
    """Return a text without its unfinished last sentence."""
    *lines, last = text.split("\n")
    sentences = split_sentences(last)
    if sentences and not ends_sentence(sentences[-1]):
        sentences.pop()
    return "\n".join((*lines, " ".join(sentences))).strip()


def _told(text: str, template: NoteTemplate, is_said: Callable[[str], bool]) -> str:
    """Return a text without our prompt, repetitions, talk about the passage, and invented
    sentences."""
    text = without_talk_of_itself(without_preamble(text))
    text = without_reporting(text)
    code = [(start, end) for start, end in protected(text) if "\n" in text[start:end]]
    lines: list[str] = []
    seen: list[Counter[str]] = []
    at = 0
    for whole in lines_of(text):
        line, start, at = whole.rstrip("\n"), at, at + len(whole)
        if not outside(code, start):
            lines.append(line)
            continue
        found = _LINE.fullmatch(line)
        assert found is not None
        kept = []
        told = split_sentences(" ".join(found["words"].split()))
        for sentence in map(without_reporting, told):
            words = Counter(tokens(sentence))
            ours = recites(sentence, template) or talks_of_itself(sentence)
            if ours or is_begging(sentence) or says_nothing(sentence):
                continue
            if has_repetition(sentence) or not is_said(sentence):
                continue
            if words.total() >= SENTENCE_WORDS and any(overlap(words, s) >= ALIKE for s in seen):
                continue
            seen.append(words)
            kept.append(sentence)
        if kept:
            lines.append(f"{found['sign'] or ''}{' '.join(kept)}")
        elif not found["words"]:
            lines.append("")
    return "\n".join(lines).strip()


def _graded(texts: list[str]) -> list[str]:
    """Return the three texts, each about the subject that the next one treats at more length: a
    short one on another subject is put before the longer ones, a copy of another is replaced by the
    first half of the longest."""
    concise, standard, comprehensive = texts
    if not concise:
        concise = _first_sentence(standard or comprehensive)
    elif shares_little(features(concise), features(f"{standard} {comprehensive}")):
        standard, comprehensive = (_joined(concise, text) for text in texts[1:])
    comprehensive = comprehensive or _joined(concise, standard)
    sentences = split_sentences(comprehensive) if "\n" not in comprehensive else []
    if len(sentences) >= 3 and any(_alike(standard, text) for text in (concise, comprehensive)):
        standard = " ".join(sentences[: math.ceil(len(sentences) / 2)])
    return [concise, standard, comprehensive]


def _joined(first: str, then: str) -> str:
    """Return both texts, without sentences of the second that are in the first."""
    if not then:
        return first
    if "\n" in first or "\n" in then:
        return f"{first}\n\n{then}"
    said = split_sentences(first)
    more = [s for s in split_sentences(then) if not any(_alike(s, each) for each in said)]
    return " ".join((*said, *more))


def _alike(one: str, other: str) -> bool:
    return overlap(Counter(tokens(one)), Counter(tokens(other))) >= ALIKE


def _heading(
    section: DraftSection, template: NoteTemplate, taken: Iterable[str], *, foreign: bool
) -> str:
    """Return the section's own heading if it is meaningful, else the first words of its text."""
    spent = {_key(each) for each in taken}
    heading = " ".join(section.heading.split())
    if (hollow := _HOLLOW_HEADING.fullmatch(heading)) is not None:
        heading = (hollow["what"] or "").strip()
        heading = heading[:1].upper() + heading[1:]
    is_new = _key(heading) not in ("", *spent)
    if is_new and not (foreign or says_nothing(heading) or recites(heading, template)):
        return heading
    text = next(filter(None, section.texts))
    first = plain_line(_first_sentence(text)).rstrip(" .!?…。！？")
    clause = _CLAUSE.split(first)[0].strip()
    words = (clause if len(clause.split()) > 2 else first).split()
    if len(words) <= HEADING_WORDS:
        return " ".join(words)
    small = common_words("en")
    ends = (n for n in range(HEADING_WORDS - 1, 3, -1) if words[n].casefold() in small)
    while (end := next(ends, 0)) and words[end - 1].casefold() in small:
        continue  # no heading ends with “of the”
    return " ".join(words[:end]) if end else f"{' '.join(words[:HEADING_WORDS])}…"


def _first_sentence(text: str) -> str:
    """Return the first sentence without a list bullet."""
    found = _LINE.fullmatch(text.partition("\n")[0])
    assert found is not None
    return split_sentences(found["words"])[0]


def _key(heading: str) -> str:
    return heading_key(heading).removeprefix("the ")


def labelled(section: DraftSection, index: GroundingIndex) -> DraftSection:
    """Return a section in which each statement ends with the label of the segment that supports it
    best, if clearly; labels of the model are removed."""
    return section.with_texts(_labelled(text, index) for text in section.texts)


def _labelled(text: str, index: GroundingIndex) -> str:
    lifted = lift_references(text)
    pieces: list[str] = []
    done = 0
    for (start, end), _ in lifted.statements():
        best = index.best(index.claim(lifted.text[start:end]))
        if best is None:
            continue
        at = end - 1 if ends_sentence(lifted.text[start:end]) else end
        pieces += [lifted.text[done:at].rstrip(), f" [{index.segments[best[0]].label}]"]
        done = at
    return "".join((*pieces, lifted.text[done:]))
