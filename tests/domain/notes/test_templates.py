"""What a template file may say, and what is refused with which words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notegen_desktop.domain.errors import InvalidTemplate
from notegen_desktop.domain.notes.templates import (
    PLACEHOLDERS,
    NoteTemplate,
    SectionKind,
    template_from_data,
)
from tests.properties import texts


def data(**changes: Any) -> dict[str, Any]:
    """A sound template, changed in places; None takes a key away."""
    whole = {
        "id": "my-notes",
        "version": "1",
        "name": "My notes",
        "description": "What I want to keep.",
        "instructions": "Write it down.",
        "sections": [{"kind": "overview", "heading": "Overview"}],
    }
    return {key: value for key, value in {**whole, **changes}.items() if value is not None}


def build(**changes: Any) -> NoteTemplate:
    return template_from_data(data(**changes), origin="mine.toml", built_in=False)


def refusal(**changes: Any) -> str:
    with pytest.raises(InvalidTemplate) as caught:
        build(**changes)
    return caught.value.message


def test_what_is_left_out_has_a_default() -> None:
    template = build()
    assert (template.icon, template.order, template.needs_to_see) == ("file-text", 100, False)
    assert not template.built_in
    section = template.sections[0]
    assert (section.repeat, section.min, section.max, section.guide) == (False, 1, 12, "")


@pytest.mark.parametrize(
    "key", ["id", "version", "name", "description", "instructions", "sections"]
)
def test_what_is_needed_is_asked_for_by_name(key: str) -> None:
    assert refusal(**{key: None}) == f"mine.toml: “{key}” is missing."


@pytest.mark.parametrize("key", ["id", "version", "name", "description", "instructions"])
def test_blank_is_not_a_text(key: str) -> None:
    assert refusal(**{key: " \n"}) == f"mine.toml: “{key}” is empty."


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("name", 3, "“name” should be a text in quotes"),
        ("order", "first", "“order” should be a whole number"),
        ("order", True, "“order” should be a whole number"),
        ("needs_to_see", 1, "“needs_to_see” should be true or false"),
        ("sections", {"kind": "topic"}, "“sections” should be a list of tables"),
        ("sections", [], "no [[sections]] entry"),
        ("sections", ["overview"], "section 1: should be a table"),
        ("id", "My Notes", "should be words-with-hyphens"),
        ("id", "notes\n", "should be words-with-hyphens"),
        ("id", "../notes", "should be words-with-hyphens"),
    ],
)
def test_the_wrong_type_or_shape_is_said(key: str, value: Any, words: str) -> None:
    assert words in refusal(**{key: value})


def test_unknown_keys_are_refused_at_both_levels() -> None:
    assert "unknown keys “colour”, “size”" in refusal(colour="red", size=3)
    section = {"kind": "topic", "heading": "Topics", "repeats": True}
    assert "section 1: unknown key “repeats”" in refusal(sections=[section])


def test_an_unknown_kind_is_answered_with_the_known_ones() -> None:
    message = refusal(sections=[{"kind": "topics", "repeat": True}])
    assert "unknown kind “topics”" in message
    assert all(kind.value in message for kind in SectionKind)


def test_a_section_is_named_by_the_template_or_by_the_writer() -> None:
    assert "needs a heading" in refusal(sections=[{"kind": "terms"}])
    assert build(sections=[{"kind": "topic", "repeat": True}]).sections[0].repeat


@pytest.mark.parametrize(("low", "high"), [(0, 3), (-1, 3), (5, 4)])
def test_an_impossible_range_is_refused(low: int, high: int) -> None:
    section = {"kind": "topic", "repeat": True, "min": low, "max": high}
    assert "min should be at least 1 and at most max" in refusal(sections=[section])


def test_instructions_may_name_what_is_known_of_the_video_and_nothing_else() -> None:
    text = " ".join(f"{{{name}}}" for name in sorted(PLACEHOLDERS))
    assert build(instructions=text).instructions == text
    message = refusal(instructions="Ask {somebody}.")
    assert "unknown placeholder {somebody}" in message
    assert all(name in message for name in PLACEHOLDERS)


@pytest.mark.parametrize(
    "text", ["{title.__class__}", "{title[0]}", "{0}", "{}", "{title!r}", "{title:>9999999}"]
)
def test_no_placeholder_reaches_into_the_program(text: str) -> None:
    refusal(instructions=text)


@pytest.mark.parametrize("text", ["a { b", "a } b", "{title"])
def test_a_lone_brace_is_explained(text: str) -> None:
    assert "A brace that is meant as such is written twice" in refusal(instructions=text)
    assert build(instructions="code: {{ x }}").instructions == "code: {{ x }}"


def test_messages_carry_the_line_when_it_can_be_found() -> None:
    with pytest.raises(InvalidTemplate, match=r"mine[.]toml, line 7, section 1: “min” should be"):
        template_from_data(
            data(sections=[{"kind": "topic", "repeat": True, "min": "two"}]),
            origin="mine.toml",
            built_in=False,
            line_of=lambda section, key: {(1, "min"): 7}.get((section, key), 0),
        )


_LEAF = st.none() | st.booleans() | st.integers() | st.floats() | texts(max_size=9)
_TOML = (
    _LEAF
    | st.lists(_LEAF, max_size=2)
    | st.dictionaries(st.sampled_from(["kind", "heading", "", "é"]), _LEAF, max_size=2)
)
_SECTION = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from([kind.value for kind in SectionKind]) | _TOML,
        "heading": _TOML,
        "guide": _TOML,
        "repeat": st.booleans() | _TOML,
        "min": st.integers(-2, 9) | _TOML,
        "max": st.integers(-2, 9) | _TOML,
        "other": _TOML,
    },
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            **{key: st.just(value) | _TOML for key, value in data().items()},
            "instructions": texts("{}title:!.[]0 ") | _TOML,
            "sections": st.lists(_SECTION, max_size=3) | _TOML,
            "icon": _TOML,
            "order": _TOML,
            "other": _TOML,
        },
    )
)
def test_no_data_raises_anything_but_invalid_template(content: dict[str, Any]) -> None:
    words = "x.toml"
    try:
        template = template_from_data(content, origin="x.toml", built_in=False)
    except InvalidTemplate as error:
        words = error.message
    else:
        template.instructions.format_map(dict.fromkeys(PLACEHOLDERS, "…"))
    assert words.startswith("x.toml")
