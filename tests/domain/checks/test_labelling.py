"""Statements of a model that names no places get those whose words clearly say them."""

from __future__ import annotations

from notegen_desktop.domain.checks.evidence import GroundingIndex
from notegen_desktop.domain.checks.small_sections import labelled
from notegen_desktop.domain.notes.note import DraftSection
from notegen_desktop.domain.text.transcript import Segment, Transcript, TranscriptKind

SAID = (
    "Today I want to talk about how bees find their way back to the hive.",
    "The sun is their compass, even behind thin clouds, by polarized light.",
    "A forager that comes home dances, and the angle of the dance tells the direction.",
    "How long she waggles tells how far away the flowers are, about a second a kilometre.",
    "Thank you.",
)
INDEX = GroundingIndex(
    Transcript(
        "en",
        TranscriptKind.MANUAL,
        tuple(Segment(str(n), 5.0 * n, 5.0 * n + 5.0, text) for n, text in enumerate(SAID, 1)),
    )
)


def test_each_statement_ends_with_its_place_before_the_full_stop() -> None:
    section = DraftSection(
        "Bees",
        (),
        "The sun is the compass of bees, even behind clouds.",
        "The angle of the dance tells the direction. How long a bee waggles tells how far away "
        "the flowers are.",
        "- Bees find their way back to the hive\n- Their compass is the sun",
    )
    found = labelled(section, INDEX)
    assert found.concise == "The sun is the compass of bees, even behind clouds [2]."
    assert found.standard == (
        "The angle of the dance tells the direction [3]. How long a bee waggles tells how far "
        "away the flowers are [4]."
    )
    assert found.comprehensive == (
        "- Bees find their way back to the hive [1]\n- Their compass is the sun [2]"
    )


def test_what_nobody_said_gets_no_place_and_made_up_labels_go() -> None:
    section = DraftSection("Ants", (), "Ants follow scent trails over hundreds of metres [3].")
    assert labelled(section, INDEX).concise == "Ants follow scent trails over hundreds of metres."
