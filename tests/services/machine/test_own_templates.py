"""The user's own templates, changed: nothing is lost, nothing is half written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given

from notegen_desktop.domain.errors import InvalidTemplate, TemplateExists, UnknownTemplate
from notegen_desktop.domain.text.cleaning import clean, with_line_feeds
from notegen_desktop.services.machine.templates.editing import (
    values_in,
    with_sections,
    with_values,
)
from notegen_desktop.services.machine.templates.files import check_text, parse_template
from notegen_desktop.services.machine.templates.own import OwnTemplates, starter_text
from notegen_desktop.services.ports import TemplateEntry, TemplateOrigin
from tests.properties import texts

STARTER = starter_text("Mine", "mine")


@pytest.fixture
def own(tmp_path: Path) -> OwnTemplates:
    return OwnTemplates(tmp_path / "templates")


def changed_quiz(own: OwnTemplates) -> TemplateEntry:
    quiz = own.entry("quiz")
    return own.save(with_values(own.text(quiz), {"name": "My quiz"}), quiz)


def test_a_built_in_template_that_is_changed_becomes_ones_own_and_can_be_restored(
    own: OwnTemplates,
) -> None:
    changed = changed_quiz(own)
    assert (changed.origin, changed.name) == (TemplateOrigin.CHANGED, "My quiz")
    removed = own.remove(changed)
    assert own.entry("quiz").origin is TemplateOrigin.BUILT_IN
    own.bring_back(removed)
    assert own.entry("quiz").name == "My quiz"


def test_a_built_in_template_cannot_be_removed(own: OwnTemplates) -> None:
    with pytest.raises(InvalidTemplate, match="built in"):
        own.remove(own.entry("quiz"))


def test_what_was_removed_twice_under_one_name_is_all_kept(own: OwnTemplates) -> None:
    own.remove(own.save(STARTER))
    second = own.remove(own.save(with_values(STARTER, {"name": "Second"})))
    assert len(list(own.folder.glob("removed/*"))) == 2
    assert own.removed("mine") == second or own.removed("mine").path == second.path
    own.bring_back(own.removed("mine"))
    assert own.entry("mine").name == "Second"
    with pytest.raises(UnknownTemplate, match="was removed"):
        own.removed("never")


def test_an_id_belongs_to_one_file(own: OwnTemplates) -> None:
    own.save(STARTER)
    with pytest.raises(TemplateExists, match="mine"):
        own.save(with_values(STARTER, {"name": "Other"}))


def test_a_template_that_comes_twice_is_replaced_or_kept_beside(own: OwnTemplates) -> None:
    own.save(STARTER)
    other = with_values(STARTER, {"name": "Other"})
    with pytest.raises(TemplateExists, match="yours"):
        own.add(other)
    assert own.add(STARTER).name == "Mine", "the very same is there already"
    beside = own.add(other, keep_both=True)
    assert (beside.key, beside.name) == ("mine-2", "Other")
    assert own.add(other, replace=True).key == "mine"
    assert own.entry("mine").name == "Other"
    with pytest.raises(TemplateExists, match="built-in"):
        own.add(with_values(STARTER, {"id": "quiz"}))


@pytest.mark.parametrize("name", ["Протокол", "会議の記録", "محضر", "2 notes"])
def test_a_name_may_be_in_any_script(own: OwnTemplates, name: str) -> None:
    path = own.new(name)
    made = own.entry(path.stem)
    assert made.name == name
    copy = own.duplicate(made)
    assert (copy.name, copy.key) == (f"{name} (copy)", f"{made.key}-2")


def test_the_version_is_counted_up_where_notes_will_differ(own: OwnTemplates) -> None:
    mine = own.save(STARTER)
    renamed = own.save(with_values(own.text(mine), {"name": "Renamed"}), mine)
    assert renamed.template is not None
    assert renamed.template.version == "1"
    told = own.save(with_values(own.text(renamed), {"instructions": "Be short."}), renamed)
    assert told.template is not None
    assert told.template.version == "2"
    assert "# count it up" in own.text(told), "comments stay"


def test_what_is_no_template_is_not_kept(own: OwnTemplates) -> None:
    mine = own.save(STARTER)
    with pytest.raises(InvalidTemplate, match=r"mine\.toml, line 1"):
        own.save("id =", mine)
    assert own.text(mine) == STARTER


def test_a_draft_is_kept_apart_from_the_template(own: OwnTemplates) -> None:
    mine = own.save(STARTER)
    own.keep_draft("mine", "id =")
    assert (own.draft("mine"), own.drafts()) == ("id =", ["mine"])
    assert own.text(mine) == STARTER
    assert own.draft("other") is None
    own.drop_draft("mine")
    own.drop_draft("mine")
    assert own.drafts() == []


def test_a_file_that_is_none_is_an_entry_with_its_problem(own: OwnTemplates) -> None:
    own.folder.mkdir()
    (own.folder / "broken.toml").write_text("id = ", "utf-8")
    (own.folder / "picture.toml").write_bytes(b"\x89PNG\xff\xfe")
    os.mkfifo(own.folder / "pipe.toml")
    broken = {entry.key: entry.problem for entry in own.entries() if entry.problem}
    assert broken["broken.toml"].startswith("broken.toml, line 1")
    assert "not UTF-8" in broken["picture.toml"]
    assert "not an ordinary file" in broken["pipe.toml"]
    own.remove(own.entry("broken.toml"))
    own.bring_back(own.removed("broken.toml"))
    assert own.text(own.entry("broken.toml")) == "id = "


def test_every_section_is_checked_and_errors_stand_at_their_lines() -> None:
    text = STARTER.replace('kind = "overview"', 'kind = "overviw"').replace("max = 8", "max = 1")
    found = {problem.line: problem.words for problem in check_text(text + "\n[[sections]]\n")}
    lines = text.splitlines()
    assert "unknown kind “overviw”" in found[lines.index('kind = "overviw"') + 1]
    assert "min should be" in found[lines.index("min = 2") + 1]
    assert any("“kind” is missing" in words for words in found.values())
    (short,) = check_text(STARTER.replace("icon =", "# a\u2028b\nwrong =", 1))
    assert short.line == STARTER[: STARTER.index("icon =")].count("\n") + 2
    (problem,) = check_text("id = 'a'\nname = ")
    assert problem.line == 2
    assert check_text(STARTER) == ()


def test_sections_change_places_with_what_is_written_of_them() -> None:
    first, second, third = (values_in(STARTER) or {})["sections"]
    new = {"kind": "terms", "heading": "Terms"}
    text = with_sections(STARTER, [(2, third), (0, first), (None, new), (1, second)])
    assert (values_in(text) or {})["sections"] == [third, first, new, second]
    assert "# The table of contents, in order." in text
    assert parse_template(text, origin="").sections[0].heading == "What to remember"


def test_sections_written_in_one_line_become_lines() -> None:
    text = "id = 'a'\nsections = [{kind = 'topic', min = 2}, {kind = 'terms'}]\n"
    moved = with_sections(text, [(1, {"kind": "terms"}), (0, {"kind": "topic", "min": 3})])
    assert (values_in(moved) or {})["sections"] == [{"kind": "terms"}, {"kind": "topic", "min": 3}]


@given(texts(), texts())
@example("0\r\n0", "a\rb\u2028c\ud83d")
def test_any_words_can_be_typed_into_the_form(name: str, instructions: str) -> None:
    text = with_values(STARTER, {"name": name, "instructions": instructions})
    found = values_in(text) or {}
    for key, typed in (("name", name), ("instructions", instructions)):
        assert found[key].strip() == clean(with_line_feeds(typed)).strip()
