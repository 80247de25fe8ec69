"""A model that makes up one label in ten: each is marked or mended, and no true one is doubted."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini, Script
from tests.fakes.gemini_notes import write_note
from tests.fakes.gemini_script import Seen
from tests.places import SHARED

from .command import KEY, Command

REAL = SHARED / "data" / "transcripts"
TALKS = [
    sample_talk(),
    *(
        REAL / name
        for name in ("sicp-lec1a.en.srt", "state-of-openedx.auto.en.srt", "sicp-lec8a.zh.srt")
        if (REAL / name).exists()
    ),
]
FAR = 25
"""So many segments away, other things are being said."""


class Liar:
    """Writes notes whose every tenth label is made up: one that does not exist, or a wrong one."""

    def __init__(self) -> None:
        self.true: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.wrong: dict[tuple[str, str], set[str]] = defaultdict(set)

    def __call__(self, seen: Seen) -> Script:
        chance = random.Random(seen.template)
        note = write_note(seen.asked)
        known = [label for label, _ in seen.asked.segments]
        for section in note["sections"]:
            section["heading"] = f"{section['heading']} {len(self.true)}"
            key = (seen.template, section["heading"])
            section["cites"] = [self._said(label, known, key, chance) for label in section["cites"]]
        return Script(text=json.dumps(note, ensure_ascii=False))

    def _said(
        self, label: str, known: list[str], key: tuple[str, str], chance: random.Random
    ) -> str:
        if chance.random() >= 0.1:
            self.true[key].add(label)
            return label
        place = known.index(label)
        away = [k for n, k in enumerate(known) if abs(n - place) >= FAR]
        made_up = chance.choice(away) if away and chance.random() < 0.5 else str(len(known) + 7)
        self.wrong[key].add(made_up)
        return made_up


@pytest.mark.slow
@pytest.mark.parametrize("talk", TALKS, ids=lambda path: path.name)
def test_made_up_labels_are_seen_through(tmp_path: Path, talk: Path) -> None:
    liar = Liar()
    with FakeGemini(liar) as server:
        notegen = Command(tmp_path / "home", NOTEGEN_GEMINI_URL=server.url, GEMINI_API_KEY=KEY)
        done = notegen(
            "generate", str(talk), "-t", "all", "--format", "json", "-o", str(tmp_path / "out")
        )
        assert done.code == 0, done.err
        segments = notegen("transcript", str(talk), "--json").json["segments"]
    span = {s["label"]: (s["start_s"], s["end_s"]) for s in segments}
    doubted, believed = [], []
    for path in (tmp_path / "out").rglob("*.json"):
        note = json.loads(path.read_text("utf-8"))
        for section in note["sections"]:
            key = (note["template"], section["heading"])
            doubted += [
                f"{note['template']} {n}"
                for n in liar.true[key]
                if not covered(span[n], section, verified=True)
                and not covered(span[n], section, verified=None)
            ]
            believed += [
                n
                for n in liar.wrong[key] - liar.true[key]
                if n in span and covered(span[n], section, verified=True)
            ]
    made_up = sum(map(len, liar.wrong.values()))
    true = sum(map(len, liar.true.values()))
    assert made_up >= 10, "the liar did lie"
    assert not doubted, f"{len(doubted)} of {true} true cites are doubted"
    assert not believed, f"{len(believed)} of {made_up} made-up cites are believed"


def covered(span: tuple[float, float], section: dict[str, Any], *, verified: bool | None) -> bool:
    """Whether a cite of the section holds the middle of a segment, and is marked so."""
    middle = (span[0] + span[1]) / 2
    return any(
        cite["start_s"] <= middle <= cite["end_s"] and cite["verified"] is verified
        for cite in section["cites"]
    )
