"""The prompt of an assignment for any model: one note, several notes, statements to judge, or a
question."""

from __future__ import annotations

from dataclasses import replace

from notegen_desktop.domain.prompts.asking import question_prompt
from notegen_desktop.domain.prompts.prompt import (
    Prompt,
    build_joint_prompt,
    build_prompt,
    system_text,
)
from notegen_desktop.domain.prompts.review import review_prompt
from notegen_desktop.domain.prompts.small_models import level_prompt, small_prompt
from notegen_desktop.domain.prompts.task import shared_texts
from notegen_desktop.services.ports import Assignment


def prompt_of(assignment: Assignment, *, brief: bool = False) -> Prompt:
    """Return the prompt. `brief` leaves out instructions that this task does not need, a third of
    them; then notes of a video no longer share a prefix."""
    prompt = _prompt_of(assignment)
    if not brief or assignment.simple:
        return prompt
    asked = (assignment, *assignment.others)
    kinds = {plan.kind for one in asked for plan in one.template.sections}
    return replace(prompt, system=system_text(shared_texts(assignment.template), kinds))


def _prompt_of(assignment: Assignment) -> Prompt:
    if assignment.inquiry is not None:
        return question_prompt(assignment.template, assignment.inquiry)
    if assignment.simple and assignment.transcript is not None:
        return small_prompt(
            assignment.template,
            assignment.video,
            assignment.transcript,
            language=assignment.language,
            wish=assignment.wish,
        )
    if assignment.others:
        return build_joint_prompt(
            [(one.template, one.whole_sections) for one in (assignment, *assignment.others)],
            assignment.video,
            assignment.transcript,
            mode=assignment.mode,
            language=assignment.language,
            wish=assignment.wish,
        )
    prompt = build_prompt(
        assignment.template,
        assignment.video,
        assignment.transcript,
        mode=assignment.mode,
        language=assignment.language,
        reason=assignment.reason,
        whole=assignment.whole_sections,
        part=assignment.part,
        wish=assignment.wish,
    )
    if assignment.level is not None:
        return level_prompt(prompt, assignment.template, assignment.level, assignment.outline)
    if not assignment.statements:
        return prompt
    return review_prompt(
        prompt,
        assignment.template,
        assignment.statements,
        assignment.transcript,
        language=assignment.language,
    )
