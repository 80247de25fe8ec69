"""What of a video a note tells of: gapless chapters, subjects, and what promises no coverage."""

from __future__ import annotations

import pytest

from notegen_desktop.domain.checks.coverage import after_filling, coverage, min_gap
from notegen_desktop.domain.checks.grounding import ground
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Cite, Coverage, Draft, DraftSection, Section
from tests.domain.talks import spoken
from tests.fakes.assignments import template

TALK = spoken(
    *(
        f"Passage {n} tells of item{n}, of colour{n} and of planet{n} at length."
        for n in range(100)
    ),
    seconds=36.0,
)
VIDEO = Video("v", "u", duration_s=3600.0)


def grounded(name: str, *sections: DraftSection) -> tuple[tuple[Section, ...], Coverage]:
    found = ground(
        Draft("t", sections, whole=True), transcript=TALK, video=VIDEO, template=template(name)
    )
    return found.sections, found.coverage


def told(first: int, last: int, *cites: str, heading: str = "") -> DraftSection:
    """A section that retells these passages, counted from 0."""
    texts = [s.text for s in TALK.segments[first : last + 1]]
    heading = heading or f"Of {first} to {last}"
    return DraftSection(heading, cites, texts[0], " ".join(texts[:2]), " ".join(texts))


def at(*spans: tuple[float, float]) -> list[Section]:
    return [Section("h", tuple(Cite(a, b, verified=True) for a, b in spans))]


def test_what_no_cite_is_near_is_a_gap() -> None:
    found = coverage(at((0, 100), (700, 1000)), 1000)
    assert found.gaps == ((100, 700),)
    assert found.covered_s == 400


def test_cites_near_each_other_cover_what_lies_between() -> None:
    assert coverage(at((0, 10), (60, 70), (120, 130), (185, 190)), 200).gaps == ()


def test_the_beginning_and_the_end_can_be_gaps() -> None:
    assert coverage(at((400, 500)), 1000).gaps == ((0, 400), (500, 1000))


def test_the_least_gap_grows_with_the_length() -> None:
    assert min_gap(300) == 60
    assert min_gap(7200) == 360
    assert coverage(at((0, 3600), (3900, 7200)), 7200).gaps == ()
    assert coverage(at((0, 3600), (3970, 7200)), 7200).gaps == ((3600, 3970),)


def test_a_note_without_cites_covers_nothing() -> None:
    assert coverage([], 30).gaps == ((0.0, 30),)
    assert coverage(at((0, 10)), 0).gaps == ()


# --- by what a section is for ---


def test_chapters_reach_from_where_they_begin_to_where_they_end() -> None:
    sections, found = grounded(
        "chapters", told(0, 39, "1", "40"), told(40, 79, "41", "80"), told(80, 99, "81", "100")
    )
    assert found == Coverage(3600.0, ())
    places = [[(c.start_s, c.end_s) for c in s.cites] for s in sections]
    assert places[1] == [(1440.0, 1476.0), (2844.0, 2880.0)]


def test_borders_of_chapters_are_neither_moved_nor_marked() -> None:
    """What stands at a border is often “So,”, which supports nothing."""
    sections, found = grounded("chapters", told(50, 90, "1", "40"), told(10, 20, "41", "100"))
    assert found.gaps == ()
    assert [c.start_s for s in sections for c in s.cites] == [0.0, 1404.0, 1440.0, 3564.0]
    assert {c.verified for s in sections for c in s.cites} == {None}


def test_a_statement_at_the_border_of_a_chapter_does_not_move_it() -> None:
    texts = ["Passage 0 tells of item0 and of colour0. [1]", "Nothing of this kind is said. [50]"]
    first = DraftSection("One", ("1", "50"), texts[0], texts[1], " ".join(texts))
    rest = DraftSection("Two", ("51", "100"), "Passage 50.", "Passage 50 tells.", "Item50. [100]")
    _, found = grounded("chapters", first, rest)
    assert found == Coverage(3600.0, ())


def test_a_chapter_without_an_end_reaches_to_the_next() -> None:
    _, found = grounded("chapters", told(0, 39, "1"), told(40, 99, "41", "100"))
    assert found.gaps == ()


def test_a_stretch_that_no_chapter_has_is_a_gap() -> None:
    _, found = grounded("chapters", told(0, 39, "1", "40"), told(80, 99, "81", "100"))
    assert found.gaps == ((1440.0, 2880.0),)
    assert found.covered_s == 2160.0


@pytest.mark.parametrize(
    "name", ["tutorial-guide", "flashcards", "quick-reference", "presentation-slides", "quiz"]
)
def test_what_picks_from_a_video_promises_no_coverage(name: str) -> None:
    heading = template(name).sections[-1].heading
    _, found = grounded(name, told(0, 2, "1", "3", heading=heading))
    assert found.gaps == ()
    assert found.covered_s == pytest.approx(2 * 36.0)


def test_a_section_without_cites_is_looked_up_in_the_words() -> None:
    sections, found = grounded(
        "basic-summary",
        told(0, 5, "1", "6", heading="Overview"),
        told(20, 24),
        told(40, 44, "41", "45"),
        told(60, 64),
        told(80, 99, "81", "100"),
    )
    assert found.gaps == () or all(end - start < 720 for start, end in found.gaps)
    assert {c.start_s // 36 for c in sections[1].cites} <= set(range(20, 25))
    assert sections[1].cites
    assert all(c.verified for c in sections[1].cites)


def test_a_section_that_cannot_be_looked_up_stands_where_its_neighbours_leave_room() -> None:
    unsaid = DraftSection("Nobody", (), "Zzz.", "Zzz yyy.", "Zzz yyy xxx www.")
    _, found = grounded(
        "basic-summary",
        told(0, 2, "1", "3", heading="Overview"),
        told(3, 9, "4", "7", "10"),
        unsaid,
        told(90, 99, "91", "100"),
    )
    assert found.gaps == ()


# --- gaps that were filled ---

BEFORE = Coverage(1800.0, ((600.0, 1200.0), (2400.0, 3600.0)))


def test_a_gap_that_was_answered_by_nothing_is_none_any_more() -> None:
    after = after_filling(BEFORE, BEFORE, (600.0, 1200.0))
    assert after == Coverage(2400.0, ((2400.0, 3600.0),))
    assert after_filling(after, BEFORE, None) == after, "nor when another one is filled"


def test_what_a_filled_gap_leaves_open_stays_a_gap() -> None:
    found = Coverage(3000.0, ((600.0, 1200.0),))
    assert after_filling(BEFORE, found, None) == found
