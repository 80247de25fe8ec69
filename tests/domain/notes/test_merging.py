"""Drafts of parts become one note."""

from __future__ import annotations

from dataclasses import replace

from notegen_desktop.domain.notes.merging import filled, key_of, merge
from notegen_desktop.domain.notes.note import Cite, Draft, DraftSection, Picture, Section
from tests.fakes.assignments import template

STUDY = template("study-notes")
CHAPTERS = template("chapters")
CARDS = template("flashcards")


def section(heading: str, cite: str = "1", text: str = "") -> DraftSection:
    text = text or f"What {heading} is about."
    return DraftSection(heading, (cite,) if cite else (), text, f"{text} More.", f"{text} Most.")


def study(number: int, *topics: str, headings: tuple[str, ...] = ()) -> Draft:
    fixed = [plan.heading for plan in STUDY.sections if not plan.repeat]
    names = headings or tuple(fixed)
    before, after = names[:2], names[2:]
    told = [section(name, f"{number}0", f"Part {number} on {name}.") for name in before]
    told += [section(topic, f"{number}{n}") for n, topic in enumerate(topics, start=1)]
    told += [section(name, f"{number}9", f"Part {number} on {name}.") for name in after]
    return Draft("Rivers", tuple(told), whole=True)


def headings(draft: Draft) -> list[str]:
    return [section.heading for section in draft.sections]


def test_sections_that_stand_once_are_one_and_the_others_follow_in_order() -> None:
    merged = merge([study(1, "Sand", "Silt"), study(2, "Dams"), study(3, "Coasts")], STUDY)
    assert headings(merged) == [
        "Overview",
        "Learning objectives",
        "Sand",
        "Silt",
        "Dams",
        "Coasts",
        "Questions",
        "Key terms",
        "Summary points",
        "Application",
    ]
    overview = merged.sections[0]
    assert overview.concise.split("\n\n") == [f"Part {n} on Overview." for n in (1, 2, 3)]
    assert overview.cites == ("10", "20", "30")
    assert merged.title == "Rivers"
    assert merged.whole


def test_translated_headings_are_known_by_their_place() -> None:
    names = ("Überblick", "Lernziele", "Fragen", "Begriffe", "Kernpunkte", "Anwendung")
    other = ("Übersicht", "Ziele", "Fragen", "Fachwörter", "Das Wichtigste", "Anwenden")
    merged = merge([study(1, "Sand", headings=names), study(2, "Dämme", headings=other)], STUDY)
    assert headings(merged) == [*names[:2], "Sand", "Dämme", *names[2:]]


def test_one_part_is_left_as_it_is() -> None:
    one = study(1, "Sand")
    assert merge([one], STUDY) == one
    assert merge([Draft(), one, Draft()], STUDY) == one
    assert merge([], STUDY) == Draft()


def test_a_part_that_has_nothing_for_a_section_leaves_it_to_the_others() -> None:
    nothing = section("Application", "", "The video names no use.")
    first = study(1, "Sand")
    first = replace(first, sections=(*first.sections[:-1], nothing))
    merged = merge([first, study(2, "Dams")], STUDY)
    assert merged.sections[-1].concise == "Part 2 on Application."
    second = study(2, "Dams")
    second = replace(second, sections=(*second.sections[:-1], nothing))
    merged = merge([first, second], STUDY)
    assert merged.sections[-1].concise == "The video names no use."


def test_one_subject_in_two_parts_is_one_section() -> None:
    merged = merge([study(1, "How sand sinks"), study(2, "How Sand sinks", "Dams")], STUDY)
    assert headings(merged)[2:4] == ["How sand sinks", "Dams"]
    assert merged.sections[2].cites == ("11", "21")


def test_chapters_are_joined_only_where_a_cut_went_through_one() -> None:
    def chapters(*names: str) -> Draft:
        return Draft("T", tuple(section(name) for name in names), whole=True)

    merged = merge([chapters("Music", "Talk"), chapters("Talk", "Music")], CHAPTERS)
    assert headings(merged) == ["Music", "Talk", "Music (2)"]
    assert len({key_of(heading) for heading in headings(merged)}) == 3


def test_the_same_card_is_in_the_deck_once() -> None:
    deck = Draft("T", (section("What carries the sand away?"),), whole=True)
    merged = merge([deck, deck, Draft("T", (section("What else?"),), whole=True)], CARDS)
    assert headings(merged) == ["What carries the sand away?", "What else?"]
    assert merged.sections[0].concise == deck.sections[0].concise


def test_a_note_in_the_making_is_not_called_whole() -> None:
    merged = merge([study(1, "Sand"), replace(study(2, "Dams"), whole=False)], STUDY)
    assert not merged.whole


def test_a_half_written_part_is_told_by_its_headings() -> None:
    begun = Draft("T", (section("Overview"), section("Learning objectives"), section("Dams")))
    merged = merge([study(1, "Sand"), begun], STUDY)
    assert headings(merged)[2:4] == ["Sand", "Dams"]


# --- gaps ----------------------------------------------------------------------------------------


def told(heading: str, start_s: float) -> Section:
    return Section(heading, (Cite(start_s, start_s + 9, verified=True),), "c", "s", "l")


def test_what_fills_a_gap_stands_at_its_place_in_time() -> None:
    note = [told("Overview", 0), told("Learning objectives", 5), told("A", 10), told("C", 300)]
    note += [told(name, 400) for name in ("Questions", "Key terms", "Summary points")]
    note += [told("Application", 390)]
    result = filled(note, [told("B1", 100), told("B2", 200), told("D", 350)], STUDY)
    assert [s.heading for s in result][2:7] == ["A", "B1", "B2", "C", "D"]
    assert [s.heading for s in result][7] == "Questions"


def test_a_heading_that_is_there_already_is_told_apart() -> None:
    result = filled([told("A", 0), told("B", 100)], [told("A", 50)], CHAPTERS)
    assert [s.heading for s in result] == ["A", "A (2)", "B"]


def test_a_section_the_template_names_comes_to_its_place_in_it() -> None:
    note = [told("Overview", 0), told("A", 0), told("B", 100), told("Key terms", 0)]
    more = [told("Questions", 50), told("Application", 20), told("Learning objectives", 60)]
    assert [section.heading for section in filled(note, more, STUDY)] == [
        "Overview",
        "Learning objectives",
        "A",
        "B",
        "Questions",
        "Key terms",
        "Application",
    ]


def test_where_nothing_repeats_the_section_grows() -> None:
    reference = template("quick-reference")
    fixed = [told(plan.heading, 10.0 * n) for n, plan in enumerate(reference.sections)]
    more = replace(told("Terms", 500), concise="- **Silt**: fine.")
    picture = Picture(12.0, 4, 3, b"jpeg")
    fixed = [replace(section, pictures=(picture,)) for section in fixed]
    result = filled(fixed, [more], reference)
    assert all(section.pictures == (picture,) for section in result)
    assert len(result) == len(fixed)
    terms = next(s for s in result if s.heading == "Terms")
    assert terms.concise == "c\n\n- **Silt**: fine."
    assert [cite.start_s for cite in terms.cites] == [10.0, 500.0]


def test_headings_that_differ_in_a_vowel_sign_alone_are_two() -> None:
    assert key_of("राम का घर") != key_of("राम की घर")
    assert key_of("  राम  का: घर ") == key_of("राम का घर")
