"""Note templates: the content of a kind of note, and its prompt.

A template is a strict TOML file (built-in ones in `resources/templates/`, the user's own beside the
settings). This module has its meaning and checks; files are read by `services/machine/templates`.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from notegen_desktop.domain.errors import InvalidTemplate
from notegen_desktop.domain.text.quantities import series
from notegen_desktop.domain.text.tables import Refuse, read_table
from notegen_desktop.domain.words import N_, _, ngettext

SLUG = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
LONGEST_ID = 100
"""Maximum characters: file systems allow names of 255 bytes, and file names contain more than the
id."""

PLACEHOLDERS = frozenset({"title", "channel", "minutes", "language", "sections", "depth"})
"""Placeholders in a template's instructions; `language` is a name in English."""


class SectionKind(StrEnum):
    """The purpose of a section. The offline engine fills each kind in its own way."""

    OVERVIEW = "overview"  # the subject of the video as a whole
    TOPIC = "topic"  # one subject of the video, in depth
    OBJECTIVES = "objectives"  # abilities and knowledge after the video
    TERMS = "terms"  # key terms with their meaning
    QUESTIONS = "questions"  # questions with answers, to test oneself
    SUMMARY = "summary"  # the main points
    APPLICATION = "application"  # use in practice
    PREREQUISITES = "prerequisites"  # requirements
    STEP = "step"  # one step of a procedure
    TIPS = "tips"
    TROUBLESHOOTING = "troubleshooting"
    VERIFICATION = "verification"  # check of the result
    SLIDE = "slide"  # one slide; speaker notes at the comprehensive level
    CARD = "card"  # one flashcard: the heading is the question, the text the answer
    CHAPTER = "chapter"  # one time span
    ABSTRACT = "abstract"
    METHOD = "method"
    FINDINGS = "findings"
    DISCUSSION = "discussion"
    LIMITATIONS = "limitations"  # limits and open questions
    FACTS = "facts"  # numbers, names, commands, formulas for reference
    SOURCES = "sources"  # cited people and works
    QUIZ = "quiz"  # one multiple-choice question with reasons
    INSIGHT = "insight"  # one idea with its quotation
    DECISIONS = "decisions"  # decisions of a meeting
    ACTIONS = "actions"  # tasks of a meeting: person and due date
    OUTLINE = "outline"  # one branch of a mind map
    ORDER = "order"  # recommended order of several videos


WHOLE = frozenset(
    {SectionKind.OVERVIEW, SectionKind.ABSTRACT, SectionKind.SUMMARY, SectionKind.ORDER}
)
"""Sections about a video as a whole: never left out, and for a long one written over all its
parts."""


WRITTEN = frozenset(
    {
        SectionKind.QUIZ,
        SectionKind.INSIGHT,
        SectionKind.OUTLINE,
        SectionKind.DECISIONS,
        SectionKind.ACTIONS,
    }
)
"""Kinds that must be written: quotes of the transcript alone do not make one."""
WRITTEN_WORDS = N_("Written, not quoted: needs a key.")
IF_SAID_WORDS = N_("Offline only talks that count out their steps make one: name it with -t.")


@dataclass(frozen=True, slots=True)
class SectionPlan:
    """One entry of a template's sections.

    `repeat` means one section per topic, step, slide, card or chapter, whose headings the writer
    chooses; otherwise there is one section under `heading`. `guide` tells the writer what to put
    there.
    """

    kind: SectionKind
    heading: str = ""
    guide: str = ""
    repeat: bool = False
    min: int = 1
    max: int = 12


@dataclass(frozen=True, slots=True)
class Depth:
    """The depth for a video of less than `minutes` minutes."""

    minutes: int
    words: str


@dataclass(frozen=True, slots=True)
class PromptTexts:
    """The prompt texts for every note, of any template: `resources/prompts.toml`.

    `system` and `kinds` are the same for all videos; the other texts are filled in.
    """

    version: str
    system: str
    kinds: Mapping[SectionKind, str]
    depths: tuple[Depth, ...]
    depth_unknown: str
    places_transcript: str
    places_video: str
    places_hybrid: str
    speakers: str
    passage_times: str
    every_task: str
    wish: str
    closing: str
    again: str
    again_end: str
    again_rest: str
    language_own: str
    language: str
    continuation: str
    continuation_end: str
    gap: str
    statement: str
    section_again: str
    passage_again: str
    part: str
    overall: str
    several: str
    small: str
    small_section: str
    level: str
    level_headings: str
    review: str
    review_end: str
    places_several: str
    question: str
    question_passages: str
    question_earlier: str
    question_asked: str
    question_end: str
    guide_grows: str


@dataclass(frozen=True, slots=True)
class NoteTemplate:
    """A kind of note. `version` changes with its result; it is stored with each note.

    `needs_to_see` prefers watching the video over reading its transcript, in the mode `auto`.
    `pictures` puts some of the video into the note, as many as the user's settings allow. One
    `of_several` videos is a guide over all of them, and not offered for a single one. `icon` names
    a file of `resources/icons/`. `order` sorts the list, then the name. `texts` are the shared
    prompt texts, needed to send it to a model.
    """

    id: str
    version: str
    name: str
    description: str
    instructions: str
    sections: tuple[SectionPlan, ...]
    icon: str = "file-text"
    order: int = 100
    needs_to_see: bool = False
    pictures: bool = False
    of_several: bool = False
    built_in: bool = True
    texts: PromptTexts | None = field(default=None, repr=False, compare=False)

    @property
    def full_version(self) -> str:
        """The version of the template and, after a point, of the shared prompt texts."""
        return f"{self.version}.{self.texts.version}" if self.texts else self.version

    @property
    def quotable(self) -> bool:
        """True if the offline engine can make such a note honestly, of quotes alone."""
        return not any(plan.kind in WRITTEN for plan in self.sections)

    @property
    def if_said(self) -> bool:
        """True if the offline engine can make such a note of some videos only: of counted steps."""
        return any(plan.kind is SectionKind.STEP and plan.repeat for plan in self.sections)


LineOf = Callable[[int, str], int]
"""Returns the line of a key in its file: (number of the section, 0 for the top; key) to line, 0 if
unknown."""


def prompt_texts_from_data(data: Mapping[str, Any], *, origin: str) -> PromptTexts:
    """Return the texts of parsed TOML. Raises InvalidTemplate if one is unknown, missing or
    blank."""

    def refuse(_key: str, words: str) -> InvalidTemplate:
        return InvalidTemplate(f"{origin}: {words}")

    texts = read_table(dict(data), PromptTexts, refuse)
    if missing := [kind.value for kind in SectionKind if not texts.kinds.get(kind)]:
        raise refuse("kinds", _("kinds without a text: {missing}.").format(missing=series(missing)))
    return texts


def template_from_data(
    data: Mapping[str, Any],
    *,
    origin: str,
    built_in: bool,
    line_of: LineOf | None = None,
    texts: PromptTexts | None = None,
) -> NoteTemplate:
    """Build a template from parsed TOML, strictly.

    `origin` names the file in messages, and `line_of` finds the line they point at. Raises
    InvalidTemplate for an unknown or missing key, a wrong type, an unknown placeholder or an
    impossible plan.
    """

    refusal_in = _refusals(origin, line_of)
    refuse = refusal_in(0)
    table = dict(data)
    if isinstance(entries := table.get("sections"), list):
        table["sections"] = [_plan(each, refusal_in(n)) for n, each in enumerate(entries, start=1)]
    template = read_table(table, NoteTemplate, refuse, known={"built_in": built_in, "texts": texts})
    if not SLUG.fullmatch(template.id):
        raise refuse("id", _("id “{id}” should be words-with-hyphens.").format(id=template.id))
    if len(template.id) > LONGEST_ID:
        words = ngettext(
            "the id has more than {n} character.",
            "the id has more than {n} characters.",
            LONGEST_ID,
        ).format(n=LONGEST_ID)
        raise refuse("id", words)
    _check_placeholders(template.instructions, refuse)
    if not template.sections:
        raise refuse("sections", _("there is no [[sections]] entry."))
    return replace(template, instructions=template.instructions.strip())


def template_problems(
    data: Mapping[str, Any], *, line_of: LineOf | None = None
) -> tuple[InvalidTemplate, ...]:
    """Return the problems of parsed TOML: the first of each section, then that of the rest."""
    problems: list[InvalidTemplate] = []
    table = dict(data)
    if isinstance(entries := table.get("sections"), list):
        refusal_in = _refusals("", line_of)
        for number, entry in enumerate(entries, start=1):
            try:
                _plan(entry, refusal_in(number))
            except InvalidTemplate as error:
                problems.append(error)
        table["sections"] = [{"kind": "topic", "repeat": True}] if entries else []
    try:
        template_from_data(table, origin="", built_in=False, line_of=line_of)
    except InvalidTemplate as error:
        problems.append(error)
    return tuple(sorted(problems, key=lambda problem: problem.line))


def _refusals(origin: str, line_of: LineOf | None) -> Callable[[int], Refuse]:
    """Return a function that makes the errors of a section, by its number, 0 for the top."""

    def refusal_in(section: int) -> Refuse:
        def refuse(key: str, words: str) -> InvalidTemplate:
            line = line_of(section, key) if line_of else 0
            place = origin
            if line and section:
                place = _("{origin}, line {line}, section {section}")
            elif line or section:
                place = _("{origin}, line {line}") if line else _("{origin}, section {section}")
            place = place.format(origin=origin, line=line, section=section)
            said = (
                _("Section {section}: {words}").format(section=section, words=words)
                if section
                else words[:1].upper() + words[1:]
            )
            return InvalidTemplate(f"{place}: {words}", line=line, words=said)

        return refuse

    return refusal_in


def _plan(entry: object, refuse: Refuse) -> SectionPlan:
    plan = read_table(entry, SectionPlan, refuse)
    plan = replace(plan, heading=plan.heading.strip(), guide=plan.guide.strip())
    if not plan.repeat and not plan.heading:
        raise refuse("heading", _("a section that does not repeat needs a heading."))
    if not 1 <= plan.min <= plan.max:
        raise refuse("min", _("min should be at least 1 and at most max."))
    return plan


def _check_placeholders(text: str, refuse: Refuse) -> None:
    """Refuse anything that `str.format` would reject; a literal brace is written twice."""
    try:
        fields = [field for field in string.Formatter().parse(text) if field[1] is not None]
    except ValueError as error:
        raise refuse(
            "instructions",
            _("instructions: {error}. A brace that is meant as such is written twice.").format(
                error=error
            ),
        ) from error
    for __, name, specification, conversion in fields:
        if name not in PLACEHOLDERS:
            known = ", ".join(sorted(PLACEHOLDERS))
            raise refuse(
                "instructions",
                _("unknown placeholder {{{name}}}. Known: {known}.").format(name=name, known=known),
            )
        if specification or conversion:
            raise refuse(
                "instructions", _("write {{{name}}} without “:” or “!”.").format(name=name)
            )
