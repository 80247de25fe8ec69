"""One request for several notes of a video, for a day whose quota has fewer requests than notes.

It begins like every other request of the video; behind the material stand the tasks of all notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .notes import Draft, Mode
from .prompt_material import build_material
from .prompt_task import CLOSING, build_task
from .prompts import RESPONSE_SCHEMA, SYSTEM, Prompt
from .templates import NoteTemplate
from .transcript import Transcript
from .video import Video


def build_joint_prompt(
    notes: Sequence[tuple[NoteTemplate, Draft | None]],
    video: Video,
    transcript: Transcript | None,
    *,
    mode: Mode,
    language: str = "",
) -> Prompt:
    """The request for several notes, each a template and its sections that are kept already.

    `mode` is settled and `language` a BCP 47 tag or "", as for `build_prompt`.
    """
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
    return Prompt(
        system=SYSTEM,
        material=build_material(video, words, mode),
        task="\n\n".join((_opening(names), *tasks, f"# All {len(names)} notes\n\n{CLOSING}")),
        schema=joint_schema(names),
    )


def joint_schema(templates: Sequence[str]) -> dict[str, Any]:
    """The schema of an answer with a note for each of these templates."""
    note = {
        "type": "OBJECT",
        "properties": {
            "template": {
                "type": "STRING",
                "description": "Which note this is.",
                "format": "enum",
                "enum": list(templates),
            },
            **RESPONSE_SCHEMA["properties"],
        },
        "required": ["template", *RESPONSE_SCHEMA["required"]],
        "propertyOrdering": ["template", *RESPONSE_SCHEMA["propertyOrdering"]],
    }
    return {
        "type": "OBJECT",
        "properties": {
            "notes": {
                "type": "ARRAY",
                "description": "One note for each task, in the order of the tasks.",
                "items": note,
            }
        },
        "required": ["notes"],
        "propertyOrdering": ["notes"],
    }


def _opening(names: Sequence[str]) -> str:
    listed = ", ".join(f"`{name}`" for name in names)
    return (
        f"# {len(names)} tasks, one answer\n\n"
        f"Below stand {len(names)} tasks, each for a note of its own on this video. Carry out all "
        f"of them, in this order: {listed}. `notes` has one object for each, with its `template`, "
        "its title and its sections; finish one before you begin the next.\n\n"
        "Write each note as if it were the only one, for a reader who does not have the others: as "
        "full as its task asks for, from the beginning of the video to its end. None refers to "
        "another, none is shorter because another says the same already, and each keeps to the "
        "form of its own task. That no two sections say the same thing holds within one note."
    )
