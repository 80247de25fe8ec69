"""Growing JSON becomes a growing draft, however it is cut and whatever stands around it."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notegen_desktop.domain.notes.note import Draft
from notegen_desktop.services.writers.decoding import (
    DraftDecoder,
    expected_sections,
)
from tests.fakes.assignments import template
from tests.properties import texts

_texts = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc", "Cf"], exclude_characters="`$\\", include_characters="\n"
    ),
    max_size=60,
)
_notes = st.fixed_dictionaries(
    {
        "title": _texts,
        "sections": st.lists(
            st.fixed_dictionaries(
                {
                    "heading": _texts,
                    "cites": st.lists(st.integers(1, 999).map(str), max_size=4),
                    "concise": _texts,
                    "standard": _texts,
                    "comprehensive": _texts,
                }
            ),
            min_size=1,
            max_size=5,
        ),
    }
)


def section(heading: str = "Sand", **facts: Any) -> dict[str, Any]:
    return {
        "heading": heading,
        "cites": ["1", "12"],
        "concise": "Sand sinks.",
        "standard": "Sand sinks where water is slow.",
        "comprehensive": "Sand sinks where water is slow, and so a delta grows.",
        **facts,
    }


def note(*sections: dict[str, Any], title: str = "Rivers") -> dict[str, Any]:
    return {"title": title, "sections": list(sections)}


def decode(*fragments: str) -> tuple[Draft, bool]:
    decoder = DraftDecoder(clock=lambda: 0.0)
    for fragment in fragments:
        decoder.feed(fragment)
    return decoder.finish()


class Eager(DraftDecoder):
    """Reads after every fragment."""

    def feed(self, text: str) -> Draft | None:
        self._due = 0.0
        return super().feed(text)


# --- any cut gives the same note ----------------------------------------------------------------


@given(data=st.data(), tree=_notes, ascii_only=st.booleans(), indent=st.sampled_from([None, 2]))
def test_any_cut_of_an_answer_gives_the_same_note(
    data: st.DataObject, tree: dict[str, Any], ascii_only: bool, indent: int | None
) -> None:
    text = json.dumps(tree, ensure_ascii=ascii_only, indent=indent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    fragments = [text[a:b] for a, b in pairwise([0, *cuts, len(text)])]

    assert decode(*fragments) == decode(text)


@given(tree=_notes)
def test_the_note_is_what_was_written(tree: dict[str, Any]) -> None:
    draft, closed = decode(json.dumps(tree))

    assert closed
    assert draft.whole
    assert draft.title == tree["title"].strip()
    assert len(draft.sections) == len(tree["sections"])
    for got, written in zip(draft.sections, tree["sections"], strict=True):
        assert got.heading == written["heading"].strip()
        assert list(got.cites) == written["cites"]
        assert got.comprehensive == written["comprehensive"]


@given(tree=_notes, ascii_only=st.booleans(), data=st.data())
def test_no_prefix_raises_and_none_shows_more_than_was_written(
    tree: dict[str, Any], ascii_only: bool, data: st.DataObject
) -> None:
    text = json.dumps(tree, ensure_ascii=ascii_only)
    length = data.draw(st.integers(0, len(text)))
    decoder = Eager()
    draft = decoder.feed(text[:length]) or decoder.draft
    full, _ = decode(text)

    assert len(draft.sections) <= len(full.sections)
    for shown, final in zip(draft.sections[:-1], full.sections, strict=False):
        assert shown == final
    if draft.sections:
        shown, final = draft.sections[-1], full.sections[len(draft.sections) - 1]
        assert final.comprehensive.startswith(shown.comprehensive)
        assert set(shown.cites) <= set(final.cites)

    kept, closed = decode(text[:length])
    assert closed == (length == len(text))
    assert kept.sections == full.sections[: len(kept.sections)]


@given(texts())
def test_no_text_whatever_raises(text: str) -> None:
    decoder = Eager()
    for letter in text:
        decoder.feed(letter)
    draft, _ = decoder.finish()

    assert isinstance(draft, Draft)


@given(texts('{}[]":,\\u0d8sections heading', max_size=80))
def test_no_text_of_json_signs_raises(text: str) -> None:
    decoder = Eager()
    decoder.feed(text[: len(text) // 2])
    decoder.feed(text[len(text) // 2 :])

    decoder.finish()


# --- what stands around it, and in it -----------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("```json\n", "\n```"),
        ("Here is the note you asked for:\n\n", ""),
        ("As {described} above:\n", "\n\nI hope {this} helps."),
        ("\ufeff  \n", "  \n"),
        ("Use {", ""),
    ],
)
def test_words_and_fences_around_the_object_do_not_matter(before: str, after: str) -> None:
    text = json.dumps(note(section()))

    for fragments in ([before + text + after], [before, text, after], list(before + text + after)):
        draft, closed = decode(*fragments)
        assert closed
        assert [s.heading for s in draft.sections] == ["Sand"]


def test_numbers_as_cites_are_labels() -> None:
    draft, _ = decode(json.dumps(note(section(cites=[3, "14", None, ["x"], " 15 "]))))

    assert draft.sections[0].cites == ("3", "14", "15")


def test_the_last_label_is_not_shown_while_it_may_still_grow() -> None:
    decoder = Eager()
    decoder.feed('{"title": "T", "sections": [{"heading": "H", "cites": ["4", "1')
    assert decoder.draft.sections[0].cites == ("4",)
    decoder.feed('2"], "concise": "')
    assert decoder.draft.sections[0].cites == ("4", "12")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"a\ud83d b", "a\ufffd b"),
        (r"a\udc00", "a\ufffd"),
        (r"smile \ud83d\ude00", "smile 😀"),
        (r"nul \u0000 here", "nul \ufffd here"),
        (r"\alpha", "\\alpha"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_what_json_forbids_or_a_database_refuses_is_mended(written: str, read: str) -> None:
    text = json.dumps(note(section(concise="@"))).replace("@", written)
    draft, closed = decode(*text)

    assert closed
    assert draft.sections[0].concise == read
    draft.sections[0].concise.encode("utf-8")


def test_a_character_split_between_two_fragments_is_put_together() -> None:
    text = json.dumps(note(section(concise="@")), ensure_ascii=False)
    before, after = text.split("@")
    draft, _ = decode(before + "\ud83d", "\ude00" + after)

    assert draft.sections[0].concise == "😀"


@pytest.mark.parametrize(
    "text",
    ["", "no", "[]", "[1, 2]", '"text"', "null", '{"sections": 4}', '{"sections": [1, null, []]}'],
)
def test_what_is_no_note_has_no_sections(text: str) -> None:
    draft, _ = decode(text)
    assert draft.sections == ()


def test_nesting_without_end_is_no_note() -> None:
    draft, closed = decode('{"sections": ' + "[" * 100_000)
    assert draft.sections == ()
    assert not closed


# --- cut off ------------------------------------------------------------------------------------


def test_of_a_cut_answer_the_whole_sections_stay() -> None:
    text = json.dumps(note(section("One"), section("Two"), section("Three")))
    inside_third = text.index("Three") + len("Three") + 40

    draft, closed = decode(text[:inside_third])

    assert not closed
    assert [s.heading for s in draft.sections] == ["One", "Two"]
    assert draft.whole


def test_a_cut_right_after_the_last_text_loses_nothing() -> None:
    text = json.dumps(note(section("One"), section("Two")))

    draft, closed = decode(text[: text.rindex("}]")])

    assert not closed
    assert [s.heading for s in draft.sections] == ["One", "Two"]


def test_wherever_it_is_cut_exactly_the_sections_that_came_whole_stay() -> None:
    text = json.dumps(note(section("One"), section("Two"), section("Three")))
    # A section is whole with the closing quote of its last text.
    ends = [at for at in range(len(text)) if text.startswith('"}', at)]

    for cut in range(len(text)):
        draft, _ = decode(text[:cut])
        assert len(draft.sections) == sum(1 for end in ends if end < cut), text[:cut][-40:]


def test_a_section_whose_cites_were_cut_is_not_taken_for_whole() -> None:
    """A model may give the cites last, whatever the schema says."""
    last = section("Two")
    last["cites"] = last.pop("cites")
    text = json.dumps(note(section("One"), last))

    draft, _ = decode(text[: text.rindex('"12"')])

    assert [s.heading for s in draft.sections] == ["One"]


def test_a_text_cut_in_its_middle_is_not_taken_for_whole() -> None:
    text = json.dumps(note(section("One"), section("Two")))

    draft, _ = decode(text[: text.rindex("delta")])

    assert [s.heading for s in draft.sections] == ["One"]


# --- time and progress --------------------------------------------------------------------------


def test_a_reading_is_put_off_until_enough_is_new_or_enough_time_has_passed() -> None:
    now = 100.0
    decoder = DraftDecoder(clock=lambda: now)
    text = json.dumps(note(section(comprehensive="word " * 2000)))

    assert decoder.feed(text[:200]) is not None
    assert decoder.feed(text[200:300]) is None
    now += 0.049
    assert decoder.feed(text[300:400]) is None
    now += 0.002
    assert decoder.feed(text[400:500]) is not None
    assert decoder.feed(text[500:3000]) is not None


def test_a_long_answer_in_small_fragments_is_whole() -> None:
    each = "Sand sinks where the water is slow. " * 60
    count = 200_000 // (3 * len(each)) + 1
    sections = [
        section(f"H{n}", concise=each, standard=each, comprehensive=each) for n in range(count)
    ]
    text = json.dumps(note(*sections))
    decoder = DraftDecoder()
    for start in range(0, len(text), 100):
        decoder.feed(text[start : start + 100])
    draft, _ = decoder.finish()
    assert len(draft.sections) == count


def test_progress_never_falls_and_ends_below_one() -> None:
    text = json.dumps(note(*(section(f"H{n}", standard="word " * 50 * (n + 1)) for n in range(9))))
    decoder = Eager(expected_sections=5)
    seen = []
    for start in range(0, len(text), 37):
        decoder.feed(text[start : start + 37])
        seen.append(decoder.progress)

    assert seen == sorted(seen)
    assert seen[0] < 0.1
    assert 0.8 < seen[-1] < 1.0
    assert len(set(seen)) > 20


def test_more_sections_are_expected_of_a_longer_video() -> None:
    notes = template("study-notes")

    assert expected_sections(notes, 5) < expected_sections(notes, 60)
    assert expected_sections(notes, None) > len(notes.sections)


@pytest.mark.parametrize("start", ['[{"text":"', '{"a":"{', '"['])
def test_endless_nesting_in_texts_holds_no_note(start: str) -> None:
    decoder = DraftDecoder()
    decoder.feed(start * 3_000)
    draft, _ = decoder.finish()
    assert draft.sections == ()


@pytest.mark.parametrize("name", ["section_heading", "section_title", "topic", "section"])
def test_a_heading_may_have_another_name(name: str) -> None:
    one = section("Silt", standard="Sand sinks.")
    one[name] = one.pop("heading")
    draft, closed = decode(json.dumps(note(one)))
    assert closed
    assert [(each.heading, each.standard) for each in draft.sections] == [("Silt", "Sand sinks.")]


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda sections: [sections],
        lambda sections: [{"heading": "Part 1", "sections": sections}],
        lambda sections: [{"heading": "Part 1", "subsections": [each]} for each in sections],
    ],
)
def test_sections_within_parts_are_the_sections(
    wrapped: Callable[[list[dict[str, Any]]], list[Any]],
) -> None:
    sections = [section(name, standard=f"{name} sinks.") for name in ("Sand", "Silt")]
    tree = {"title": ["Rivers"], "sections": wrapped(sections)}
    draft, _ = decode(json.dumps(tree))
    assert draft.title == "Rivers"
    assert [(each.heading, each.standard) for each in draft.sections] == [
        ("Sand", "Sand sinks."),
        ("Silt", "Silt sinks."),
    ]
