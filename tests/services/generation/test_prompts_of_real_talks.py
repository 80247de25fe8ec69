"""Prompts over real captions: whole, fenced, and hardly longer than the words themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Mode
from notegen_desktop.domain.prompts.prompt import Prompt, build_prompt
from notegen_desktop.domain.text.transcript import Transcript
from notegen_desktop.services.machine.paths import sample_talk
from notegen_desktop.services.machine.templates.files import TemplateFiles
from notegen_desktop.services.sources.captions import read_caption_file
from tests.places import SHARED

TRANSCRIPTS = SHARED / "data" / "transcripts"
TALKS = [sample_talk(), *sorted(p for p in TRANSCRIPTS.glob("*.*") if p.suffix != ".md")]
TEMPLATES = TemplateFiles(Path("nowhere")).all()


@pytest.fixture(scope="module", params=TALKS, ids=lambda path: path.name)
def talk(request: pytest.FixtureRequest) -> Transcript:
    return read_caption_file(request.param)


def prompts(talk: Transcript) -> list[Prompt]:
    video = Video("file:x", "", provider="file", title="A talk")
    return [build_prompt(t, video, talk, mode=Mode.TRANSCRIPT) for t in TEMPLATES]


def test_all_templates_share_the_beginning_and_add_little(talk: Transcript) -> None:
    made = prompts(talk)
    assert len({p.prefix for p in made}) == 1
    # An answer for each template costs the material once, from the cache, and its own task.
    assert all(len(p.task) < 2_000 for p in made)


def test_every_segment_is_there_once_with_its_label(talk: Transcript) -> None:
    material = prompts(talk)[0].material
    lines = [line for line in material.split("\n") if line.startswith("[")]
    assert [line[1 : line.index("]")] for line in lines] == [s.label for s in talk.segments]
    for line, segment in zip(lines, talk.segments, strict=True):
        assert line.endswith(" ".join(segment.text.split()))


def test_labels_and_fence_weigh_less_than_the_words(talk: Transcript) -> None:
    overhead = len(prompts(talk)[0].material) - len(talk.text)
    assert overhead < 2_000 + 30 * len(talk.segments)
    assert overhead < 2_000 + 0.25 * len(talk.text)


def test_real_captions_were_among_them() -> None:
    if len(TALKS) == 1:
        pytest.skip("the real captions are not on this machine; the sample talk was used")
    assert len(TALKS) >= 10
