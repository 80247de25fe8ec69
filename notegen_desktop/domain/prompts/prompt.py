"""Prompts: one `Prompt` per note, from template, video and transcript.

All prompts of a video begin with the same bytes, the system instruction and the material, so that
the service reads them from its cache; only the task at the end differs by template and language.
`material.py` and `task.py` build the two parts that depend on video and note.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Draft, Level, Mode, Part
from notegen_desktop.domain.notes.templates import NoteTemplate, PromptTexts, SectionKind
from notegen_desktop.domain.text.transcript import Transcript

from .material import build_material
from .task import build_task, shared_texts


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt. A video part, if any, goes between `system` and `material`.

    `schema` is a `responseSchema` in the JSON form of the Gemini REST API, the same for all.
    """

    system: str
    material: str
    task: str
    schema: dict[str, Any] = field(default_factory=lambda: RESPONSE_SCHEMA)

    @property
    def prefix(self) -> str:
        """The prefix that every prompt of this video has, for any template or language."""
        return f"{self.system}\n\n{self.material}"

    @property
    def text(self) -> str:
        """Everything that is sent as text, for counting."""
        return f"{self.prefix}\n\n{self.task}"


def schema_object(**properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of an object with all of these properties, in this order."""
    names = list(properties)
    return {
        "type": "OBJECT",
        "properties": properties,
        "required": names,
        "propertyOrdering": names,
    }


_TEXT = {"type": "STRING"}


def schema_of(levels: Iterable[Level]) -> dict[str, Any]:
    """Return the schema of a note with these levels."""
    section = schema_object(
        heading=_TEXT,
        cites={"type": "ARRAY", "items": _TEXT},
        **{level.value: _TEXT for level in levels},
    )
    return schema_object(title=_TEXT, sections={"type": "ARRAY", "items": section})


RESPONSE_SCHEMA: dict[str, Any] = schema_of(Level)
"""The schema of a note; its keys are explained in the system instruction, which is read from the
cache."""


def system_text(texts: PromptTexts, wanted: Collection[SectionKind] = tuple(SectionKind)) -> str:
    """Return the system instruction: with all kinds the same for all videos, templates and
    languages."""
    kinds = "\n".join(
        f"- {kind.value}: {texts.kinds[kind]}" for kind in SectionKind if kind in wanted
    )
    return f"{texts.system.strip()}\n\n{kinds}"


def build_prompt(
    template: NoteTemplate,
    video: Video,
    transcript: Transcript | None,
    *,
    mode: Mode,
    language: str = "",
    reason: str = "",
    whole: Draft | None = None,
    part: Part | None = None,
    wish: str = "",
) -> Prompt:
    """Return the prompt for one note.

    `mode` is settled: `transcript` and `hybrid` need a transcript (ValueError without one), and
    `video` leaves it out. `language` is a BCP 47 tag, "" for the video's own. `reason` is the
    problem of an earlier answer; `whole` has its finished sections, when the rest is requested.
    `part` requests a part of the video alone, and `transcript` then has its text. `wish` is the
    user's instruction for this run's notes, "" for none.
    """
    if mode is Mode.AUTO:
        raise ValueError("The mode of a prompt is settled beforehand.")
    words = None if mode is Mode.VIDEO else transcript
    if words is None and mode is not Mode.VIDEO:
        raise ValueError(f"The mode {mode.value} needs a transcript.")
    texts = shared_texts(template)
    return Prompt(
        system=system_text(texts),
        material=build_material(texts, video, words, mode, part=part, wish=wish),
        task=build_task(
            template,
            video,
            transcript,
            language=language,
            reason=reason,
            whole=whole,
            part=part,
        ),
    )


# --- One request for several notes of a video ---


def build_joint_prompt(
    notes: Sequence[tuple[NoteTemplate, Draft | None]],
    video: Video,
    transcript: Transcript | None,
    *,
    mode: Mode,
    language: str = "",
    wish: str = "",
) -> Prompt:
    """Return the prompt for several notes, each a template and its finished sections.

    `mode` is settled, `language` a BCP 47 tag or "", and `wish` as for `build_prompt`.
    """
    texts = shared_texts(notes[0][0])
    words = None if mode is Mode.VIDEO else transcript
    tasks = [
        build_task(
            template,
            video,
            transcript,
            language=language,
            reason="",
            whole=whole,
            among_others=True,
        )
        for template, whole in notes
    ]
    names = [template.id for template, _ in notes]
    listed = ", ".join(f"`{name}`" for name in names)
    opening = texts.several.strip().format(count=len(names), names=listed)
    return Prompt(
        system=system_text(texts),
        material=build_material(texts, video, words, mode, wish=wish),
        task="\n\n".join((opening, *tasks, f"# All {len(names)} notes\n\n{texts.closing}")),
        schema=joint_schema(names),
    )


def joint_schema(templates: Sequence[str]) -> dict[str, Any]:
    """Return the schema of an answer with a note for each of these templates."""
    which = {"type": "STRING", "format": "enum", "enum": list(templates)}
    note = schema_object(template=which, **RESPONSE_SCHEMA["properties"])
    return schema_object(notes={"type": "ARRAY", "items": note})
