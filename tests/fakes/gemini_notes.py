"""Notes of the loopback Gemini, made of words of the prompt's transcript."""

from __future__ import annotations

import contextlib
import json
import random
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from tests.places import RESOURCES

TEMPLATES = RESOURCES / "templates"

_SEGMENT = re.compile(r"^\[([\w.:\-]+)\] (.+)$", re.M)
_LENGTH = re.compile(r"^Length: ([\d:]+)$", re.M)
_TITLE = re.compile(r"^Title: (.+)$", re.M)
_TASK = re.compile(r"^# Task: (.+)$", re.M)
_PLAN = re.compile(r"^\d+\. (?:“(?P<one>.+?)”\.|(?P<low>\d+)(?: to (?P<high>\d+))? sections)", re.M)
_STATEMENT = re.compile(r"^(\d+)\. ((?:\[[^\]]+\])*) ?(.+)$", re.M)
_KEPT = re.compile(r"^An earlier answer was cut off\. Its first (\d+) section", re.M)
_PASSAGE = re.compile(
    r"^## Only this passage\n\n.*?(?P<start>\d[\d:]*) to (?P<end>\d[\d:]*)"
    r"(?:, segments \[(?P<first>[^\]]+)\] to \[(?P<last>[^\]]+)\])?",
    re.M,
)
WORDS_OF_A_CITE = 45
_FILLER = """
the matter is taken up from the beginning and each part of it is shown in the order in which it
happens so that whoever follows can see why one thing leads to the next and what remains open
"""


@dataclass(frozen=True)
class ParsedRequest:
    """A request as parsed from its texts. `prefix` is all but the last text.

    For a part of a long video, `part` is its interval in seconds and `segments` are those of the
    part. With several notes in one answer, `notes` has the request for each, and `template` all
    their names. A review has `statements` instead: number, places in brackets, text; a question has
    `question`.
    """

    template: str = ""
    plan: tuple[tuple[str, int], ...] = ()
    kept: int = 0
    task: str = ""
    prefix: str = ""
    title: str = ""
    segments: tuple[tuple[str, str], ...] = ()
    duration_s: float = 0.0
    part: tuple[float, float] | None = None
    video_uri: str = ""
    video_tokens: int = 0
    notes: tuple[ParsedRequest, ...] = ()
    statements: tuple[tuple[int, str, str], ...] = ()
    question: str = ""

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> ParsedRequest:
        """Parse a generateContent body with keys in camelCase or snake_case."""
        texts, video, tokens = [], "", 0
        system = _get(body, "systemInstruction") or {}
        for part in _get(system, "parts") or []:
            texts.append(part.get("text") or "")
        contents = body.get("contents") or []
        fps, clipped = 1.0, False
        for content in contents if isinstance(contents, list) else [contents]:
            for part in content.get("parts") or []:
                data = _get(part, "fileData")
                if data:
                    video = _get(data, "fileUri") or ""
                    meta = _get(part, "videoMetadata") or {}
                    fps = float(meta.get("fps") or 1.0)
                    clipped = bool(_get(meta, "startOffset") or _get(meta, "endOffset"))
                    texts.append(json.dumps([data, meta], sort_keys=True))
                elif part.get("text"):
                    texts.append(part["text"])
        task = texts[-1] if texts else ""
        prefix = "\n".join(texts[:-1])
        length = _LENGTH.search(prefix)
        duration = _seconds(length[1]) if length else 0.0
        passage = _PASSAGE.search(task)
        part = (_seconds(passage["start"]), _seconds(passage["end"])) if passage else None
        if video:
            watched = part[1] - part[0] if part and clipped else duration or 600.0
            tokens = round((70 * fps + 25) * watched)
        segments = _SEGMENT.findall(prefix)
        if passage and passage["first"]:
            labels = [label for label, _ in segments]
            with contextlib.suppress(ValueError):
                first, last = labels.index(passage["first"]), labels.index(passage["last"])
                segments = segments[first : last + 1]
        title = _TITLE.search(prefix)
        whole = cls(
            prefix=prefix,
            title=title[1] if title else "",
            segments=tuple(segments),
            part=part,
            duration_s=duration,
            video_uri=video,
            video_tokens=tokens,
        )
        begins = [named.start() for named in _TASK.finditer(task)]
        if len(begins) < 2:
            return whole._of_task(task)
        ends = [*begins[1:], len(task)]
        notes = tuple(whole._of_task(task[a:b]) for a, b in zip(begins, ends, strict=True))
        return replace(
            whole, task=task, template="+".join(note.template for note in notes), notes=notes
        )

    def _of_task(self, task: str) -> ParsedRequest:
        named = _TASK.search(task)
        kept = _KEPT.search(task)
        if named and named[1] == "check statements":
            found = _STATEMENT.findall(task.rsplit("<<<", maxsplit=1)[-1])
            statements = tuple((int(n), places, words) for n, places, words in found)
            return replace(self, template="review", task=task, statements=statements)
        if named and named[1] == "answer a question":
            question = task.rsplit("<<<", maxsplit=1)[-1].split("\n")[1]
            return replace(self, template="question", task=task, question=question)
        return replace(
            self,
            template=_template_id(named[1]) if named else "",
            plan=tuple((m["one"] or "", int(m["low"] or 1)) for m in _PLAN.finditer(task)),
            kept=int(kept[1]) if kept else 0,
            task=task,
        )

    @property
    def prefix_tokens(self) -> int:
        return count_tokens(self.prefix) + self.video_tokens

    @property
    def tokens(self) -> int:
        return self.prefix_tokens + count_tokens(self.task)


def count_tokens(text: str) -> int:
    """Return roughly Gemini's count: four bytes of UTF-8 per token."""
    return -(-len(text.encode("utf-8", "replace")) // 4)


def write_note(
    asked: ParsedRequest,
    *,
    sections: int | None = None,
    words: tuple[int, int, int] = (60, 125, 250),
    made_up: float = 0.0,
    seed: int = 0,
) -> dict[str, Any]:
    """Return a note as the prompt asks for: its headings, number of sections, existing cites.

    `sections` overrides the number for each repeating entry; `made_up` is the share of cites that
    do not exist. Equal arguments give equal notes.
    """
    chance = random.Random(f"{seed}/{asked.task}")
    headings: list[str] = []
    for heading, number in asked.plan or (("", 3),):
        count = 1 if heading else (sections or number)
        headings += [heading] * count
    total = len(headings)
    entries = []
    for place, heading in enumerate(headings):
        if place < asked.kept:
            continue
        stretch = _stretch(asked.segments, place, total)
        spoken = _said(_cited(stretch)) or _shuffled(
            [*_FILLER.split(), *(f"matter{place}x{n}" for n in range(12))], place
        )
        entries.append(
            {
                "heading": heading or f"{_heading(spoken)} ({place + 1})",
                "cites": _cites(asked, stretch, place, total, made_up, chance),
                "concise": _text(spoken, words[0]),
                "standard": _text(spoken, words[1]),
                "comprehensive": _text(spoken, words[2]),
            }
        )
    return {"title": asked.title or "What the video is about", "sections": entries}


def write_answer(asked: ParsedRequest) -> dict[str, Any]:
    """Return an answer made of the two segments most similar to the question.

    It says that nothing was found if no segment shares a word of five letters with it.
    """
    wanted = {word for word in re.findall(r"\w+", asked.question.casefold()) if len(word) > 4}

    def shared(segment: tuple[str, str]) -> int:
        return len(wanted & set(re.findall(r"\w+", segment[1].casefold())))

    best = sorted(asked.segments, key=shared, reverse=True)[:2]
    told = [(label, text.strip(" .?!")) for label, text in best if shared((label, text))]
    if wanted and not told:
        return {"said": False, "answer": ""}
    told = told or [(label, text.strip(" .?!")) for label, text in asked.segments[:2]]
    return {"said": True, "answer": " ".join(f"{text} [{label}]." for label, text in told)}


def _stretch(
    segments: tuple[tuple[str, str], ...], place: int, total: int
) -> tuple[tuple[str, str], ...]:
    if not segments:
        return ()
    first = place * len(segments) // total
    last = max(first + 1, (place + 1) * len(segments) // total)
    return segments[first:last]


def _cited(stretch: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Return the segments that a section cites: up to five, spread over its range."""
    return stretch[:: max(1, len(stretch) // 4)][:5]


def _said(cited: tuple[tuple[str, str], ...]) -> list[str]:
    """Return words of every cited segment, few enough that the longest level has them all."""
    return [word for _, text in cited for word in text.split()[:WORDS_OF_A_CITE]]


def _cites(
    asked: ParsedRequest,
    stretch: tuple[tuple[str, str], ...],
    place: int,
    total: int,
    made_up: float,
    chance: random.Random,
) -> list[str]:
    if stretch:
        cites = [label for label, _ in _cited(stretch)]
    else:
        start, end = asked.part or (0.0, asked.duration_s or 600.0)
        step_s = (end - start) / total
        cites = [_clock(start + step_s * (place + share)) for share in (0.1, 0.5, 0.9)]
    invented = "99999" if stretch else "99:59:59"
    return [invented if chance.random() < made_up else cite for cite in cites]


def _heading(spoken: list[str]) -> str:
    words = " ".join(spoken[:5]).strip(" .,;:!?-–—…“”\"'")
    return words[:1].upper() + words[1:60] if words else "Part"


def _text(spoken: list[str], count: int) -> str:
    """Return `count` words in sentences of about twelve, in paragraphs of four sentences."""
    rounds = -(-count // len(spoken))  # each in another order, to avoid repetition
    words = [word for number in range(rounds) for word in _shuffled(spoken, number)][:count]
    sentences = []
    for start in range(0, count, 12):
        sentence = " ".join(words[start : start + 12]).strip(" .,;:!?-–—…")
        if sentence:
            sentences.append(f"{sentence[:1].upper()}{sentence[1:]}.")
    paragraphs = [" ".join(sentences[i : i + 4]) for i in range(0, len(sentences), 4)]
    return "\n\n".join(paragraphs)


def _shuffled(words: list[str], seed: int) -> list[str]:
    return random.Random(seed).sample(words, len(words)) if seed else words


def _seconds(text: str) -> float:
    total = 0
    for part in text.split(":"):
        total = total * 60 + int(part)
    return float(total)


def _clock(seconds: float) -> str:
    minutes, secs = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{secs:02}" if hours else f"{minutes:02}:{secs:02}"


def _get(data: Mapping[str, Any], key: str) -> Any:
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", key).lower()
    return data.get(key, data.get(snake))


@cache
def _names() -> dict[str, str]:
    return {
        data["name"]: data["id"]
        for path in TEMPLATES.glob("*.toml")
        for data in [tomllib.loads(path.read_text("utf-8"))]
    }


def _template_id(name: str) -> str:
    known = _names().get(name.strip())
    return known or re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
