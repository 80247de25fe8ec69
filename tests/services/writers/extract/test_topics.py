"""Where a talk changes its subject."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from notegen_desktop.domain.links.video import Chapter
from notegen_desktop.services.writers.extract.analysis import Analysis
from notegen_desktop.services.writers.extract.topics import SentenceRange

from .talks import ENGLISH, TEXTS, talk, transcript

_BEES = [line for line in ENGLISH.strip().splitlines() if line][2:18]
_BREAD = [
    "A loaf of bread needs flour, water, salt and yeast.",
    "The yeast eats the sugar in the flour and makes gas.",
    "Gas makes the dough rise, so the bread becomes light.",
    "Knead the dough until the flour has taken up all the water.",
    "Leave the dough in a warm place while the yeast works.",
    "Bake the bread in a hot oven until the crust is brown.",
    "A good crust sounds hollow when you knock on the bread.",
    "Rye flour makes a heavy dough and a dark bread.",
    "Wheat flour makes a soft dough and a white bread.",
    "Salt slows the yeast down and gives the bread its taste.",
    "Old bread can be ground to crumbs and baked again.",
    "The oven must be hot before the dough goes in.",
]


def test_a_change_of_subject_is_found_where_it_happens() -> None:
    analysis = Analysis(transcript([*_BEES, *_BREAD], "en"))
    first, second = analysis.parts(2)

    assert abs(first.last - len(_BEES)) <= 1
    assert second.last == len(analysis.sentences)


@pytest.mark.parametrize("language", sorted(TEXTS))
@pytest.mark.parametrize("wanted", [1, 2, 3, 5, 8, 50])
def test_the_stretches_follow_each_other_and_leave_nothing_out(language: str, wanted: int) -> None:
    analysis = Analysis(talk(TEXTS[language], language))
    stretches = analysis.parts(wanted)

    assert 1 <= len(stretches) <= min(wanted, len(analysis.sentences))
    assert stretches[0].first == 0
    assert stretches[-1].last == len(analysis.sentences)
    for one, other in pairwise(stretches):
        assert one.first < one.last == other.first < other.last


def test_stretches_are_of_like_size_where_that_is_wanted() -> None:
    analysis = Analysis(transcript([*_BEES, *_BREAD] * 12, "en"))
    sizes = [stretch.last - stretch.first for stretch in analysis.parts(12, even=0.5)]

    assert len(sizes) == 12
    assert min(sizes) >= 0.4 * len(analysis.sentences) / 12


def test_what_says_that_the_subject_changes_is_where_it_changes() -> None:
    announced = [*_BEES[:5], "So let's move on to bread and its crust.", *_BREAD[:8]]
    analysis = Analysis(transcript(announced, "en"))

    assert analysis.parts(2)[1].first == 5


def _gained(lines: list[str], speakers: str) -> list[float]:
    """What it adds to the strengths of a talk that its lines have these speakers."""
    said = transcript(lines, "en")
    spoken = tuple(
        replace(segment, speaker=speaker)
        for segment, speaker in zip(said.segments, speakers, strict=True)
    )
    told = Analysis(replace(said, segments=spoken)).strengths
    return [new - old for new, old in zip(told, Analysis(said).strengths, strict=True)]


def test_a_long_turn_of_somebody_else_counts_as_a_change_where_it_begins() -> None:
    gained = _gained([*_BEES[:6], *_BREAD[:6]], "A" * 6 + "B" * 6)

    assert max(gained) == gained[6] > gained[5]


def test_a_subject_goes_with_those_who_speak_of_it() -> None:
    """Short turns of two speakers, then of two others."""
    gained = _gained(_BEES * 4, "AB" * 16 + "CD" * 16)

    assert abs(gained.index(max(gained)) - 32) <= 1


def test_the_chapters_of_a_video_are_kept_where_they_hold_words() -> None:
    analysis = Analysis(transcript(_BREAD, "en"))
    end = analysis.sentences[-1].end_s
    chapters = (
        Chapter("Dough", 0.0, end / 2),
        Chapter("Crust", end / 2, end),
        Chapter("Credits", end + 100, end + 120),
    )
    found = analysis.chapters(chapters)

    assert [title for title, _ in found] == ["Dough", "Crust"]
    assert found[0][1].first == 0
    assert found[0][1].last == found[1][1].first
    assert found[1][1].last == len(analysis.sentences)


def test_a_stretch_knows_what_is_in_it() -> None:
    stretch = SentenceRange(3, 6)

    assert list(stretch.indexes) == [3, 4, 5]
    assert 5 in stretch
    assert 6 not in stretch
