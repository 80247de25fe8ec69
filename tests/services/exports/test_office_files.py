"""Word and PowerPoint files in the note's own language, with tables and lists that are ones."""

from __future__ import annotations

import io
import itertools
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from docx import Document
from docx.oxml.ns import qn
from pptx import Presentation

from notegen_desktop.domain.notes.note import Cite, Level, Note, Section
from notegen_desktop.services.exports import Exports
from notegen_desktop.services.exports.scripts import DocumentLanguage, Script, script_runs
from tests.fakes.notes import a_note

ARABIC = """الجسر **القوس** يحوّل الوزن، كما قال Newton. [الرابط](https://x.example/a)

- بند أول مع رقم 12.

| العنصر | القيمة |
|---|--:|
| طول | 100 |

An English paragraph.
"""
CHINESE = "桥拱把重量变成**压力**，见 [链接](https://x.example/a)。\n\n1. 第一\n2. 第二"
TABLE = "| Name | Amount | Share |\n|:--|--:|:-:|\n" + "\n".join(
    f"| row {number} | {number} | **half** |" for number in range(40)
)


def note_of(text: str, language: str = "en", **facts: Any) -> Note:
    title = text.split("\n", maxsplit=1)[0].split(" ", maxsplit=1)[0]
    section = Section(title, (Cite(221.0, 230.0, True),), text, text, text)
    return a_note(title=title, language=language, sections=(section,), **facts)


def docx_of(note: Note) -> Any:
    return Document(io.BytesIO(Exports().render(note, "docx", Level.STANDARD)))


def pptx_of(note: Note) -> Any:
    return Presentation(io.BytesIO(Exports().render(note, "pptx", Level.STANDARD)))


def parts_of(note: Note, format: str) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(Exports().render(note, format, Level.STANDARD))) as archive:
        return {n: archive.read(n).decode() for n in archive.namelist() if n.endswith("xml")}


# --- languages ---


@pytest.mark.parametrize("language", ["de", "ar", "zh-TW", "th", "pt-BR"])
@pytest.mark.parametrize("format", ["docx", "pptx"])
def test_a_document_is_in_the_language_of_its_note(format: str, language: str) -> None:
    parts = parts_of(note_of("Text", language), format)
    assert not [name for name, content in parts.items() if "en-US" in content]
    assert f"<dc:language>{language}</dc:language>" in parts["docProps/core.xml"]
    if format == "pptx":
        show = pptx_of(note_of("Text", language))
        styles = [e for slide in show.slides for e in slide.element.iter(DRAWN + "rPr")]
        assert {style.get("lang") for style in styles} == {language}


@pytest.mark.parametrize("language", ["", "und", "not a tag!"])
def test_a_language_that_is_unknown_is_not_taken_for_english(language: str) -> None:
    for format in ("docx", "pptx"):
        parts = parts_of(note_of("Text", language), format)
        assert not [name for name, content in parts.items() if "en-US" in content]


def test_word_knows_the_language_of_east_asian_and_of_complex_scripts() -> None:
    for language, script, font in (
        ("zh-TW", "w:eastAsia", "Microsoft JhengHei"),
        ("zh", "w:eastAsia", "Microsoft YaHei"),
        ("ja", "w:eastAsia", "Yu Gothic"),
        ("he", "w:bidi", ""),
        ("th", "w:bidi", ""),
    ):
        styles = docx_of(note_of("Text", language)).styles.element
        (said,) = styles.iter(qn("w:lang"))
        assert (said.get(qn("w:val")), said.get(qn(script))) == (language, language)
        fonts = {each.get(qn("w:eastAsia")) for each in styles.iter(qn("w:rFonts"))}
        assert fonts == {font} if font else fonts <= {None, "Courier"}


def test_slides_have_east_asian_fonts() -> None:
    note = note_of(CHINESE, "ja")
    (fonts,) = {
        style.find(DRAWN + "ea").get("typeface")
        for slide in pptx_of(note).slides
        for style in slide.element.iter(DRAWN + "rPr")
    }
    assert fonts == "Yu Gothic"
    assert 'ea typeface="Yu Gothic"' in parts_of(note, "pptx")["ppt/theme/theme1.xml"]


def test_directions_of_languages() -> None:
    for tag in ("ar", "AR-eg", "fa_IR", "he", "iw", "ur", "ckb", "uz-Arab", "pa-Arab-PK", "yi"):
        assert DocumentLanguage.of(tag).runs_right_to_left, tag
    for tag in ("en", "", "az", "sd-Deva", "ku", "zh-Hant", "he-Latn"):
        assert not DocumentLanguage.of(tag).runs_right_to_left, tag


def test_text_is_told_apart_by_script_and_nothing_of_it_lost() -> None:
    text = "قال Newton: 12 شيئا, 桥 สวัสดี é!"
    for right in (True, False):
        pieces = list(script_runs(text, right_to_left=right))
        assert "".join(piece for _, piece in pieces) == text
        scripts = {piece: script for script, piece in pieces}
        assert scripts["Newton"] is Script.PLAIN
        assert scripts["桥"] is Script.EAST_ASIAN
        assert scripts["สวัสดี"] is Script.COMPLEX


# --- right to left ---


def test_word_sets_arabic_from_right_to_left_and_english_in_it_from_left_to_right() -> None:
    document = docx_of(note_of(ARABIC, "ar"))
    assert document.sections[0]._sectPr.find(qn("w:bidi")) is not None
    turned = {
        paragraph.text: paragraph._p.pPr.find(qn("w:bidi")) is not None
        for paragraph in document.paragraphs
        if paragraph.text
    }
    assert turned.pop("An English paragraph.") is False
    assert turned.pop("How bridges stand · The Workshop · 1:00:00") is False
    assert all(turned.values())
    for run in document.element.body.iter(qn("w:r")):
        text = "".join(run.itertext(qn("w:t")))
        is_right = run.find(qn("w:rPr")).find(qn("w:rtl")) is not None
        if any("\u0600" <= letter <= "\u06ff" for letter in text):
            assert is_right, text
        if any("a" <= letter <= "z" for letter in text):
            assert not is_right, text
    (bold,) = [r for r in document.element.body.iter(qn("w:r")) if "القوس" in "".join(r.itertext())]
    assert bold.find(qn("w:rPr")).find(qn("w:bCs")) is not None
    assert document.tables[0]._tbl.tblPr.find(qn("w:bidiVisual")) is not None


def test_slides_run_from_right_to_left_and_english_in_them_from_left_to_right() -> None:
    show = pptx_of(note_of(ARABIC, "ar"))
    assert show.element.get("rtl") == "1"
    found: dict[str, tuple[str, str]] = {}
    for slide in show.slides:
        for paragraph in slide.element.iter(DRAWN + "p"):
            text = "".join(paragraph.itertext(DRAWN + "t"))
            found[text] = (paragraph.pPr.get("rtl"), paragraph.pPr.get("algn"))
        boxes = list(slide.element.iter(DRAWN + "bodyPr"))
        assert all(box.get("rtlCol") == "1" for box in boxes)
        for paragraph in (
            slide.notes_slide.notes_text_frame.paragraphs if slide.has_notes_slide else ()
        ):
            is_english = paragraph.text.startswith(("An ", "3:41 https"))
            assert paragraph.text == "" or paragraph._p.pPr.get("rtl") == "01"[not is_english]
    assert found["An English paragraph."] == ("0", "l")
    assert found["بند أول مع رقم 12."] == ("1", "r")
    assert found["طول"] == ("1", "r")
    (table,) = tables_of(show)
    assert table._tbl.tblPr.get("rtl") == "1"


# --- tables ---


def tables_of(show: Any) -> list[Any]:
    return [shape.table for slide in show.slides for shape in slide.shapes if shape.has_table]


def test_a_table_in_word_keeps_its_alignment_and_repeats_its_head() -> None:
    document = docx_of(note_of(f"{TABLE}\n\n{TABLE}\n"))
    assert [len(table.rows) for table in document.tables] == [41, 41]
    head, row = document.tables[0].rows[:2]
    assert [cell.paragraphs[0].alignment for cell in row.cells] == [0, 2, 1]  # left, right, center
    assert head._tr.trPr.find(qn("w:tblHeader")) is not None
    assert row._tr.trPr.find(qn("w:tblHeader")) is None
    assert row.cells[2].paragraphs[0].runs[0].bold


def test_a_table_on_slides_is_one_and_its_head_is_on_each() -> None:
    show = pptx_of(note_of(f"Before it.\n\n{TABLE}\n\nAfter **it**.\n"))
    tables = tables_of(show)
    assert len(tables) > 2
    shown = []
    for table in tables:
        assert [cell.text for cell in table.rows[0].cells] == ["Name", "Amount", "Share"]
        assert table.first_row
        shown += [[cell.text for cell in row.cells] for row in list(table.rows)[1:]]
        bottom = sum(row.height for row in table.rows)
        assert bottom < show.slide_height
    assert shown == [[f"row {number}", str(number), "half"] for number in range(40)]
    assert [p.alignment for c in tables[0].rows[1].cells for p in c.text_frame.paragraphs] == [
        1,
        3,
        2,
    ]
    texts = [
        s.text_frame.text for slide in show.slides for s in slide.placeholders if s.has_text_frame
    ]
    assert "Before it." in texts
    assert "After it." in texts
    assert not any(text == "" for text in texts)  # nobody is asked to “click to add text”


@pytest.mark.parametrize("columns", [1, 63, 64, 76, 400])
def test_a_table_too_wide_for_the_program_is_told_as_text(columns: int) -> None:
    line = "|" + "|".join(f" c{number} " for number in range(columns)) + "|"
    text = f"{line}\n|{'---|' * columns}\n{line}\n"
    document, show = docx_of(note_of(text)), pptx_of(note_of(text))
    assert len(document.tables) == (columns <= 63)
    assert len(tables_of(show)) == (columns <= 75)
    assert "".join(document.element.body.itertext()).count("c0") >= 2


def test_a_cell_that_no_slide_has_room_for_is_told_as_text() -> None:
    text = f"| a | b |\n|---|---|\n| {'word ' * 900} | **x** |\n"
    show = pptx_of(note_of(text))
    said = "".join(t for slide in show.slides for t in slide.element.itertext(DRAWN + "t"))
    assert said.count("word") == 900
    assert tables_of(show) == []


# --- long text ---


def test_long_paragraphs_on_slides_keep_their_bold_and_their_links() -> None:
    text = "**bold words here** and [a link](https://x.example/a) and more text " * 150
    show = pptx_of(note_of(text))
    bold = links = 0
    for slide in list(show.slides)[1:]:
        for paragraph in slide.placeholders[1].text_frame.paragraphs:
            bold += sum(run.text.count("bold") for run in paragraph.runs if run.font.bold)
            links += sum(
                run.text.count("link")
                for run in paragraph.runs
                if run.hyperlink.address == "https://x.example/a"
            )
    assert (bold, links) == (150, 150)


OPTIONS = "- A) one of them\n- **B)** **another**\n- C) the third\n\n**B**\n\nBecause.\n\n- A dot"


def test_the_options_of_a_question_have_their_letters_and_no_dots() -> None:
    note = note_of(OPTIONS)
    options = [p for p in docx_of(note).paragraphs if p.text[1:2] == ")"]
    assert [p.text for p in options] == [
        "A)\u2002one of them",
        "B)\u2002another",
        "C)\u2002the third",
    ]
    assert {p._p.pPr.numPr.numId.val for p in options} == {0}
    (slide,) = list(pptx_of(note).slides)[1:]
    shown = [
        p for shape in slide.shapes if shape.has_text_frame for p in shape.text_frame.paragraphs
    ]
    options = [p for p in shown if p.text[1:2] == ")"]
    assert [p.text for p in options] == ["A)\tone of them", "B)\tanother", "C)\tthe third"]
    assert all(p._p.pPr.find(qn("a:buNone")) is not None for p in options)
    assert "A) one of them\nB) another" in slide.notes_slide.notes_text_frame.text
    page = Exports().render(note, "html", Level.STANDARD).decode()
    assert page.count('<li class="option">') == 9
    assert "<li>A dot" in page


def test_a_list_goes_on_counting_on_the_next_slide() -> None:
    items = "\n".join(f"{number}. item {number}" for number in range(3, 60))
    show = pptx_of(note_of(items))
    numbers = [
        (int(paragraph.text.split()[1]), int(bullet.get("startAt")))
        for slide in list(show.slides)[1:]
        for paragraph in slide.placeholders[1].text_frame.paragraphs
        for bullet in paragraph._p.iter(DRAWN + "buAutoNum")
    ]
    assert numbers == [(number, number) for number in range(3, 60)]


def test_the_rest_of_a_long_item_has_no_bullet_of_its_own() -> None:
    show = pptx_of(note_of("- " + "word " * 1000))
    bullets = [
        paragraph._p.pPr.find(DRAWN + "buNone") is None
        for slide in list(show.slides)[1:]
        for paragraph in slide.placeholders[1].text_frame.paragraphs
    ]
    assert bullets.count(True) == 1


def long_texts(count: int) -> dict[str, str]:
    return {
        "links": " ".join(f"[a{n}](https://x.example/{n})" for n in range(count)),
        "paragraphs": "\n\n".join(f"Text **{n}**" for n in range(count)),
        "lists": "\n\n".join(f"1. item\n\ntext {n}" for n in range(count // 2)),
        "rows": "| a | b |\n|---|--:|\n" + "\n".join(f"| {n} | x |" for n in range(count)),
    }


@pytest.mark.parametrize("kind", long_texts(1))
def test_a_long_document_is_whole(kind: str) -> None:
    text = parts_of(note_of(long_texts(500)[kind]), "docx")["word/document.xml"]
    assert all(str(number) in text for number in range(250))


def test_many_sections_are_as_many_slides() -> None:
    section = Section("Heading", (Cite(1.0, 2.0, True),), "x", "x", "x")
    show = pptx_of(a_note(sections=(section,) * 60))
    assert len(show.slides) == 61
    assert all(slide.has_notes_slide for slide in list(show.slides)[1:])


# --- what the programs insist on ---

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MATHS = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
DRAWN = "{http://schemas.openxmlformats.org/drawingml/2006/main}"

MARKED = r"""- [x] H<sub>2</sub>O

$$\sum_{i=1}^n x_i^2 = \int_0^1 \frac{1}{\sqrt[3]{x}} + \underbrace{a}_n$$"""

# The order of children in ISO 29500-1, as far as they are written here.
ORDERS = {
    WORD
    + "pPr": "pStyle keepNext keepLines numPr pBdr shd bidi spacing ind contextualSpacing jc rPr",
    WORD
    + "rPr": "rStyle rFonts b bCs i iCs strike color sz szCs highlight u vertAlign rtl cs lang",
    WORD + "tblPr": "tblStyle bidiVisual tblW jc tblLayout tblLook",
    WORD + "sectPr": "pgSz pgMar cols bidi docGrid",
    MATHS + "naryPr": "chr limLoc grow subHide supHide ctrlPr",
    MATHS + "nary": "naryPr sub sup e",
    MATHS + "groupChrPr": "chr pos vertJc ctrlPr",
    MATHS + "f": "fPr num den",
    MATHS + "rad": "radPr deg e",
    MATHS + "r": "rPr t",
    MATHS + "sSubSup": "sSubSupPr e sub sup",
    DRAWN + "pPr": "lnSpc spcBef spcAft buFont buNone buAutoNum buChar tabLst defRPr",
    DRAWN + "rPr": "ln solidFill highlight latin ea cs sym hlinkClick hlinkMouseOver",
}


@pytest.mark.parametrize("format", ["docx", "pptx"])
def test_elements_stand_in_the_order_of_the_schema(format: str) -> None:
    text = "\n\n".join(
        (ARABIC, CHINESE, TABLE, "> quote `code`", "# Head", "```\na\nb\n```", MARKED)
    )
    for language in ("ar", "zh", "en"):
        for name, content in parts_of(note_of(text, language), format).items():
            if not name.startswith(("word/document", "ppt/slides/", "ppt/notesSlides/")):
                continue
            for element in ElementTree.fromstring(content).iter():
                if element.tag not in ORDERS:
                    continue
                order = ORDERS[element.tag].split()
                places = [order.index(child.tag.rpartition("}")[2]) for child in element]
                assert all(a <= b for a, b in itertools.pairwise(places)), (name, element.tag)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice reads the files back")
def test_another_program_reads_the_files(tmp_path: Path) -> None:
    text = "\n\n".join((ARABIC, CHINESE, TABLE))
    paths = [
        Exports().save(note_of(text, "ar"), tmp_path, format, Level.STANDARD, stem=format)
        for format in ("docx", "pptx")
    ]
    home = f"-env:UserInstallation=file://{tmp_path}/office"
    subprocess.run(
        ["soffice", home, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, *paths],
        check=True,
        capture_output=True,
        timeout=120,
    )
    for path in paths:
        assert path.with_suffix(".pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("format", ["docx", "pptx"])
def test_a_cell_has_its_lines_and_a_row_all_its_words(format: str) -> None:
    note = note_of("| x | y |\n|---|---|\n| one<br>two | b | c |")
    if format == "docx":
        (table,) = docx_of(note).tables
    else:
        shapes = [shape for slide in pptx_of(note).slides for shape in slide.shapes]
        (table,) = [shape.table for shape in shapes if shape.has_table]
    words = [cell.text.replace("\v", "\n") for cell in table.rows[1].cells]
    assert words == ["one\ntwo", "b | c"]
