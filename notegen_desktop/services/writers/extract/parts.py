"""The parts that sentences play in a talk."""

from __future__ import annotations

from enum import StrEnum


class Part(StrEnum):
    """What a sentence does in a talk."""

    AIM = "aim"
    KEY = "key"
    CLOSING = "closing"
    DEFINITION = "definition"
    USE = "use"
    NEED = "need"
    ACTION = "action"
    ADVICE = "advice"
    TROUBLE = "trouble"
    CHECK = "check"
    METHOD = "method"
    FINDING = "finding"
    ARGUMENT = "argument"
    SMALL_TALK = "small talk"
