"""What a reader says of a note goes with it in every format, to the place it belongs to."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import docx
import pytest
from pptx import Presentation

from notegen_desktop.domain.notes.note import Cite, Level, Note, Section
from notegen_desktop.domain.notes.remark import Remark
from notegen_desktop.services.exports import registry
from notegen_desktop.services.exports.vault.page import note_page, video_page
from notegen_desktop.services.markup.note_markdown import note_markdown
from notegen_desktop.services.markup.read_markdown import read_markdown, with_text
from notegen_desktop.services.ports import VaultForm
from tests.fakes.notes import a_note

NOTE = a_note(
    sections=(
        Section("Arches", (Cite(1.0, 2.0, True, 1),), "c", "An **arch** pushes. [^1]", "l"),
        Section("Towers", (), "c", "A tower stands.", "l"),
    ),
    remarks=(
        Remark("a", "arch pushes", "Why?\nAsk <b>Ann</b>.", "green", "Arches", "standard"),
        Remark("b", "no such words", "Once there", "pink", "Arches", "standard"),
        Remark("c", "so, bridges", "", start_s=61.0),
    ),
)


def rendered(format: str) -> bytes:
    return registry.Exports().render(NOTE, format, Level.STANDARD)


def test_in_json_and_markdown_they_come_back() -> None:
    assert Note.from_json(json.loads(rendered("json"))).remarks == NOTE.remarks
    assert read_markdown(rendered("md").decode()) == read_markdown(rendered("md").decode())
    back = read_markdown(rendered("md").decode())
    assert back is not None
    assert back.remarks == NOTE.remarks
    assert back.sections == NOTE.sections


def test_in_markdown_they_stand_below_their_section_and_are_no_text_of_it() -> None:
    text = note_markdown(NOTE, Level.STANDARD)
    first, second = text.split("## Towers")
    assert "> “arch pushes”  \n> Why?  \n> Ask &lt;b>Ann&lt;/b>." in first
    assert "*Remark on words that are gone*\n\n> “no such words”  \n> Once there" in second
    assert "Remark on what is said at [1:01](" in second
    assert with_text(NOTE, text, Level.STANDARD) == NOTE
    more = with_text(NOTE, text.replace("pushes.", "pushes hard."), Level.STANDARD)
    assert more.sections[0].standard == "An **arch** pushes hard. [^2]"
    assert more.sections[1] == NOTE.sections[1]


def test_a_colour_of_a_file_is_no_markup_of_a_page() -> None:
    note = replace(NOTE, remarks=(replace(NOTE.remarks[0], color='"><script>'),))
    page = registry.Exports().render(note, "html", Level.STANDARD).decode()
    assert '<mark class="yellow">arch pushes' in page


def test_speaker_notes_have_them() -> None:
    opening, arches, towers = Presentation(io.BytesIO(rendered("pptx"))).slides
    spoken = [slide.notes_slide.notes_text_frame.text for slide in (opening, arches, towers)]
    assert spoken[0] == (
        "Remark on what is said at 1:01\n“so, bridges”\n\n"
        "Remark on words that are gone\n“no such words” – Once there"
    )
    assert spoken[1].endswith("\n\n“arch pushes” – Why? Ask <b>Ann</b>.")
    assert spoken[2] == "l"


@pytest.mark.parametrize("form", VaultForm)
def test_a_vault_has_them(form: VaultForm) -> None:
    for page in (note_page(NOTE, Level.STANDARD, form), video_page([NOTE], Level.STANDARD, form)):
        first, second = page.text().split("Towers")
        assert "“arch pushes”" in first
        assert "Remark on words that are gone" in second
        time = "{{youtube-timestamp 61}}" if form is VaultForm.LOGSEQ else "[1:01](https://"
        assert f"Remark on what is said at {time}" in second
        assert "“so, bridges”" in second


@pytest.mark.parametrize("format", ["html", "epub", "docx"])
def test_documents_have_them(format: str) -> None:
    data = rendered(format)
    if format == "docx":
        document = docx.Document(io.BytesIO(data))
        words = "\n".join(paragraph.text for paragraph in document.paragraphs)
        assert words.index("“arch pushes” – Why? Ask <b>Ann</b>.") < words.index("Towers")
        assert "Remark on what is said at 1:01" in words
    elif format == "html":
        page = data.decode()
        assert '<mark class="green">arch pushes</mark><br>Why?<br>Ask &lt;b&gt;Ann' in page
        assert page.index("arch pushes</mark>") < page.index("Towers</h2>")
        assert "Remark on words that are gone" in page


def test_a_note_without_remarks_has_no_word_of_them() -> None:
    plain = replace(NOTE, remarks=())
    assert "emark" not in note_markdown(plain, Level.STANDARD)
    assert "remarks" not in plain.to_json()
