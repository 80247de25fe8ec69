"""Templates from disk: the built-in ones, the user's own, and what is said of broken files."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notegen_desktop.domain.errors import (
    FileMissing,
    FileUnreadable,
    FolderNotWritable,
    InvalidTemplate,
    UnknownTemplate,
)
from notegen_desktop.domain.notes.templates import SectionKind
from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.services.machine.paths import resources
from notegen_desktop.services.machine.templates.files import (
    LIMIT,
    TemplateFiles,
    parse_template,
    read_template,
)
from notegen_desktop.services.machine.templates.own import OwnTemplates
from tests.properties import texts

BUILT_IN = (
    "basic-summary",
    "study-notes",
    "tutorial-guide",
    "presentation-slides",
    "research-paper",
    "quick-reference",
    "flashcards",
    "quiz",
    "chapters",
    "insights",
    "minutes",
    "mind-map",
)

MINE = """\
id = "mine"
version = "1"
name = "Mine"
description = "My own."
order = 15
instructions = '''
id = "not this line"
[[sections]]
heading = "nor this one"
'''

[[sections]]
kind = "overview"
heading = "Overview"

[[sections]]
kind = "topic"
repeat = true
"""


@pytest.fixture
def templates(tmp_path: Path) -> TemplateFiles:
    return TemplateFiles(tmp_path)


def test_the_built_in_templates_are_there_in_their_order(templates: TemplateFiles) -> None:
    assert tuple(t.id for t in templates.all()) == BUILT_IN
    assert all(t.built_in for t in templates.all())
    assert templates.problems() == ()


@pytest.mark.parametrize("template_id", BUILT_IN)
def test_each_built_in_template_is_fit_to_be_shown_and_told(template_id: str) -> None:
    template = TemplateFiles(Path("nowhere")).get(template_id)
    assert (resources() / "icons" / f"{template.icon}.svg").is_file()
    assert len(template.description) <= 100
    assert template.description.endswith(".")
    assert all(plan.guide.endswith(".") for plan in template.sections if plan.guide)
    path = resources() / "templates" / f"{template_id}.toml"
    assert all(line.isprintable() for line in path.read_text("utf-8").splitlines())


@pytest.mark.parametrize(
    ("template_id", "kinds"),
    [
        (
            "study-notes",
            "overview objectives topic questions terms summary application",
        ),
        ("tutorial-guide", "prerequisites step tips troubleshooting verification"),
        ("presentation-slides", "slide"),
        ("flashcards", "card"),
        ("chapters", "chapter"),
        ("quiz", "quiz"),
        ("insights", "insight"),
        ("minutes", "overview decisions actions topic discussion"),
        ("mind-map", "outline"),
    ],
)
def test_the_parts_of_a_note_stand_in_their_order(
    template_id: str, kinds: str, templates: TemplateFiles
) -> None:
    plans = templates.get(template_id).sections
    assert [plan.kind for plan in plans] == [SectionKind(kind) for kind in kinds.split()]
    repeating = {"topic", "step", "slide", "card", "chapter", "quiz", "insight", "outline"}
    assert all(plan.repeat is (plan.kind.value in repeating) for plan in plans)


def test_a_tutorial_wants_to_see(templates: TemplateFiles) -> None:
    assert [t.id for t in templates.all() if t.needs_to_see] == ["tutorial-guide"]


def test_what_is_ticked_at_the_first_start_is_there(templates: TemplateFiles) -> None:
    assert {t.id for t in templates.all()} >= set(Settings().list_of("general.templates"))


def test_ones_own_template_stands_where_its_order_says(
    templates: TemplateFiles, tmp_path: Path
) -> None:
    (tmp_path / "mine.toml").write_text(MINE)
    assert [t.id for t in templates.all()][:3] == ["basic-summary", "mine", "study-notes"]
    assert not templates.get("mine").built_in


def test_ones_own_template_replaces_the_built_in_one_of_the_same_id(
    templates: TemplateFiles, tmp_path: Path
) -> None:
    (tmp_path / "x.toml").write_text(MINE.replace('"mine"', '"chapters"'))
    assert templates.get("chapters").name == "Mine"
    assert len(templates.all()) == len(BUILT_IN)


def test_a_file_that_changes_is_read_again(templates: TemplateFiles, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(MINE)
    assert templates.get("mine").name == "Mine"
    path.write_text(MINE.replace("Mine", "Ours now"))
    assert templates.get("mine").name == "Ours now"
    path.unlink()
    with pytest.raises(UnknownTemplate):
        templates.get("mine")


def test_an_unchanged_folder_is_read_once(templates: TemplateFiles, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MINE)
    assert templates.all() is templates.all()


def test_a_broken_file_hurts_nobody_and_is_named_with_its_line(
    templates: TemplateFiles, tmp_path: Path
) -> None:
    (tmp_path / "good.toml").write_text(MINE)
    (tmp_path / "a.toml").write_text('id = "a"\nversion = \n')
    (tmp_path / "b.toml").write_text(MINE.replace('"topic"', '"topics"'))
    (tmp_path / "c.toml").write_bytes(b'id = "c"\nname = "\xff"\n')
    (tmp_path / "d.toml").write_text("#" * (LIMIT + 1))
    (tmp_path / "e.toml").mkdir()
    (tmp_path / "f.toml").write_text(MINE)
    (tmp_path / ".hidden.toml").write_text("no template")
    (tmp_path / "notes.txt").write_text("no template")
    assert {t.id for t in templates.all()} == {*BUILT_IN, "mine"}
    problems = templates.problems()
    assert [problem.split(": ")[0] for problem in problems] == [
        "a.toml, line 2",
        "b.toml, line 17, section 2",
        "c.toml, line 2",
        "d.toml is larger than 256 KB.",
        "e.toml is not an ordinary file.",
        "good.toml",
    ]
    assert "the id “mine” is taken by f.toml" in problems[-1]


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ('version = "1"', "version = 1", 2),
        ('kind = "overview"', 'kind = "overview"\ncolour = "red"', 14),
        ('heading = "Overview"', "", 12),
        ("order = 15", 'order = 15\nauthor = "me"', 6),
        ("repeat = true", "repeat = true\nmin = 3\nmax = 2", 19),
        ('id = "not this line"', "{who}", 6),
    ],
)
def test_the_line_is_that_of_the_key_or_of_its_section(before: str, after: str, line: int) -> None:
    with pytest.raises(InvalidTemplate, match=rf"^x[.]toml, line {line}[,:]"):
        parse_template(MINE.replace(before, after), origin="x.toml")


def test_an_unknown_name_is_answered_with_near_ones(templates: TemplateFiles) -> None:
    with pytest.raises(UnknownTemplate) as caught:
        templates.get("flashcard")
    assert "flashcards" in caught.value.hint


def test_the_name_of_a_broken_file_is_answered_with_what_is_wrong_in_it(
    templates: TemplateFiles, tmp_path: Path
) -> None:
    (tmp_path / "my-minutes.toml").write_text(MINE.replace("name = ", "name = = "))
    with pytest.raises(UnknownTemplate) as caught:
        templates.get("my-minutes")
    assert caught.value.hint.startswith("my-minutes.toml, line ")


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Türkçe Özet", "turkce-ozet"),
        ("KIŞ ışık", "kis-isik"),
        ("Résumé of a Straße", "resume-of-a-strasse"),
    ],
)
def test_an_id_keeps_the_letters_of_a_name(tmp_path: Path, name: str, made: str) -> None:
    assert OwnTemplates(tmp_path).new(name).stem == made


def test_names_in_other_scripts_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    own = OwnTemplates(tmp_path)
    assert [own.new(name).stem for name in ("测验", "会议纪要", "第1课", "第1章")] == [
        "template",
        "template-2",
        "template-1",
        "template-1-2",
    ]


def test_the_starter_is_a_working_template_with_every_kind_explained(
    templates: TemplateFiles, tmp_path: Path
) -> None:
    path = OwnTemplates(tmp_path).new('My "best" notes \\ 2')
    assert path.name == "my-best-notes-2.toml"
    assert read_template(path).name == 'My "best" notes \\ 2'
    assert templates.get("my-best-notes-2").id == "my-best-notes-2"
    assert templates.all()[-1].id == "my-best-notes-2"
    text = path.read_text("utf-8")
    assert all(kind.value in text for kind in SectionKind)


def test_the_starter_never_overwrites(tmp_path: Path) -> None:
    path = OwnTemplates(tmp_path).new("mine")
    path.write_text("precious")
    with pytest.raises(InvalidTemplate, match="already"):
        OwnTemplates(tmp_path).new("Mine")
    assert path.read_text() == "precious"


@pytest.mark.parametrize("name", ["", "---"])
def test_a_template_without_a_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidTemplate, match="no name"):
        OwnTemplates(tmp_path / "templates").new(name)
    assert not (tmp_path / "templates").exists()


def test_the_starter_says_when_its_folder_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderNotWritable, match="file"):
        OwnTemplates(tmp_path / "file" / "templates").new("mine")


@given(texts())
@example("\ud800")
def test_a_starter_of_any_name_can_be_read(name: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        try:
            path = OwnTemplates(Path(folder)).new(name)
        except InvalidTemplate:
            assert os.listdir(folder) == []
        else:
            assert read_template(path).id == path.stem


def test_check_names_what_is_not_there_or_no_template(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        read_template(tmp_path / "x.toml")
    (tmp_path / "x.txt").touch()
    with pytest.raises(FileUnreadable, match="not a template file"):
        read_template(tmp_path / "x.txt")


@given(texts("[]{}=\"'#\n.,-_ abid019é\\"))
def test_no_text_raises_anything_but_invalid_template(text: str) -> None:
    with pytest.raises(InvalidTemplate, match=r"^x[.]toml"):
        parse_template(text, origin="x.toml")


@given(st.integers(0, len(MINE)), texts("[]{}=\"'\n#0a", max_size=3), st.integers(0, 9))
def test_a_damaged_template_is_read_or_refused(at: int, typed: str, gone: int) -> None:
    text = MINE[:at] + typed + MINE[at + gone :]
    try:
        template = parse_template(text, origin="x.toml")
    except InvalidTemplate:
        return
    assert template.id == tomllib.loads(text)["id"]


def test_absurd_nesting_is_refused() -> None:
    with pytest.raises(InvalidTemplate):
        parse_template("a = " + "[" * 5000 + "]" * 5000, origin="x.toml")
