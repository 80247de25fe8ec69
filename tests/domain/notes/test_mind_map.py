"""A note as a mind map: what stands below what, where it is drawn, and what others read of it."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from hypothesis import example, given
from hypothesis import strategies as st

from notegen_desktop.domain.notes.mind_map import (
    ROW_PX,
    Branch,
    MapColours,
    laid_out,
    mind_map,
    to_markmap,
    to_opml,
    to_svg,
)
from notegen_desktop.domain.notes.note import Cite, Level, Section
from tests.fakes.notes import VIDEO, a_note
from tests.properties import texts

TEXT = """- **Arches** push [^1]
  - outwards
    1. at the foot [^2]
  - and down
- Cables <pull> & hold"""
SECTIONS = (
    Section("What stands", (Cite(61.0, 70.0, True, 1), Cite(122.0, 130.0, True, 2)), "", TEXT, ""),
    Section("What falls", (), "", "No list here.", ""),
)
MAP = mind_map(a_note(sections=SECTIONS), Level.STANDARD)
COLOURS = MapColours("#ffffff", "#111111", ("#aa0000", "#00aa00"))


def words(branch: Branch) -> object:
    return [branch.words, *map(words, branch.branches)] if branch.branches else branch.words


def test_lists_hang_on_their_sections() -> None:
    assert words(MAP) == [
        "Why a bridge does not fall",
        [
            "What stands",
            ["Arches push", ["outwards", "at the foot"], "and down"],
            "Cables <pull> & hold",
        ],
        "What falls",
    ]


def test_a_section_without_a_heading_can_be_seen() -> None:
    made = mind_map(a_note(sections=(replace(SECTIONS[0], heading=""),)), Level.STANDARD)
    assert [branch.words for branch in made.branches] == ["…"]


def test_entries_know_their_second_and_their_place() -> None:
    told = {branch.words: branch for branch in MAP.all()}
    assert told["at the foot"].cite == SECTIONS[0].cites[1]
    assert told["What stands"].cite == SECTIONS[0].cites[0]
    assert told["outwards"].cite is None
    assert told["at the foot"].place == (0, 0, 0, 0)
    assert len({branch.place for branch in MAP.all()}) == len(list(MAP.all()))


def test_no_two_entries_stand_on_one_another() -> None:
    placed = laid_out(MAP, lambda branch: 8.0 * len(branch.words))
    assert len(placed) == 8
    for one in placed:
        for other in placed:
            beside = one.x + one.width <= other.x or other.x + other.width <= one.x
            assert one is other or beside or abs(one.y - other.y) >= ROW_PX


def test_what_is_folded_hides_what_is_below() -> None:
    placed = laid_out(MAP, lambda _: 50.0, folded={(0, 0)})
    assert [each.branch.words for each in placed if each.is_folded] == ["Arches push"]
    assert "outwards" not in {each.branch.words for each in placed}


def test_opml_is_an_outline_with_times() -> None:
    root = ElementTree.fromstring(to_opml(MAP))
    assert root.findtext("head/title") == "Why a bridge does not fall"
    first = root.find("body/outline")
    assert first is not None
    assert first.attrib == {"text": "What stands", "start": "61"}
    assert [each.get("text") for each in first] == ["Arches push", "Cables <pull> & hold"]


def test_markmap_is_headings_and_lists_that_lead_into_the_video() -> None:
    assert to_markmap(MAP, lambda cite: VIDEO.link_at(cite.start_s)).splitlines()[2:7] == [
        f"## [What stands](<{VIDEO.link_at(61.0)}>)",
        "",
        f"- [Arches push](<{VIDEO.link_at(61.0)}>)",
        "  - outwards",
        f"    - [at the foot](<{VIDEO.link_at(122.0)}>)",
    ]


def test_a_drawing_has_every_entry_and_every_line() -> None:
    placed = laid_out(MAP, lambda _: 120.0)
    link = lambda cite: VIDEO.link_at(cite.start_s)  # noqa: E731
    svg = to_svg(placed, COLOURS, font="Inter, sans-serif", px=14, link=link)
    root = ElementTree.fromstring(svg)
    space = "{http://www.w3.org/2000/svg}"
    assert {each.text for each in root.iter(f"{space}text")} == {b.words for b in MAP.all()}
    assert len(list(root.iter(f"{space}path"))) == 7
    assert VIDEO.link_at(122.0) in {each.get("href") for each in root.iter(f"{space}a")}


SIGNS = st.sampled_from(["- ", "  ", "\t", "1. ", "x", "\n", "**", "[^1]", "$"])


@given(st.lists(SIGNS | texts(max_size=2)))
@example(["\x1b"])
def test_no_text_breaks_a_map(pieces: list[str]) -> None:
    text = "".join(pieces)
    note = a_note(sections=(Section(text, (), text, text, text),))
    root = mind_map(note, Level.CONCISE)
    placed = laid_out(root, lambda _: 10.0)
    assert len(placed) == len(list(root.all()))
    ElementTree.fromstring(to_opml(root))
