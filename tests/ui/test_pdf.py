"""A note on paper: whole, in pages, with links that work."""

from __future__ import annotations

import re
import shutil
import subprocess
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from notegen_desktop.domain.notes import Cite, Level, Note, Section
from notegen_desktop.ui.formats import formats_of
from notegen_desktop.ui.note_document import HEADING
from notegen_desktop.ui.pdf import _document, pdf_bytes
from notegen_desktop.ui.saving import suggested_name
from tests.fakes.services import FakeExporter, make_note, make_video


def long_note(sections: int = 20) -> Note:
    texts = [
        Section(
            f"Section {number}",
            (Cite(number * 30.0, number * 30.0 + 9, True),),
            f"Gist {number}.",
            f"Words {number}. " * (40 + 13 * (number % 7)) + f"\n\n- END{number}",
            "",
        )
        for number in range(sections)
    ]
    return replace(make_note(), sections=tuple(texts))


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_a_note_becomes_a_pdf_with_links_into_the_video() -> None:
    note = make_note()
    pdf = pdf_bytes(note, Level.STANDARD, kind="Study notes")
    assert pdf.startswith(b"%PDF-")
    assert pdf.rstrip().endswith(b"%%EOF")
    wanted = {note.video.link_at(c.start_s).encode() for s in note.sections for c in s.cites}
    assert set(re.findall(rb"/URI \(([^)]*)\)", pdf)) == wanted


def test_a_long_note_loses_no_section_on_its_way_to_paper() -> None:
    note = long_note()
    pdf = pdf_bytes(note, Level.STANDARD, kind="Study notes")
    linked = re.findall(rb"/URI \(([^)]*)\)", pdf)
    assert {note.video.link_at(s.cites[0].start_s).encode() for s in note.sections} == set(linked)
    assert pages(pdf) >= 4


@pytest.mark.skipif(shutil.which("gs") is None, reason="Ghostscript reads the text back")
def test_every_word_is_on_a_page(tmp_path: Path) -> None:
    path = tmp_path / "note.pdf"
    path.write_bytes(pdf_bytes(long_note(), Level.STANDARD, kind="Study notes"))
    text = subprocess.run(
        ["gs", "-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=txtwrite", "-sOutputFile=-", str(path)],
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout.decode("utf-8", "replace")
    for number in range(20):
        assert f"END{number}" in text


def test_no_heading_stands_alone_at_the_foot_of_a_page() -> None:
    from PySide6.QtCore import QSizeF

    from notegen_desktop.ui.pdf import _keep_headings

    size = QSizeF(600, 500)
    for sections in (12, 17):
        document = _document(long_note(sections), Level.STANDARD, kind="K")
        document.setPageSize(size)
        _keep_headings(document, size)
        layout = document.documentLayout()
        layout.documentSize()
        block, checked = document.begin(), 0
        while block.isValid():
            words = block.next().next()
            if block.userState() == HEADING and words.isValid() and block.position():
                top = layout.blockBoundingRect(block).top()
                first = layout.blockBoundingRect(words).top() + 5
                assert int(top // 500) == int(first // 500), block.text()
                checked += 1
            block = block.next()
        assert checked == sections


def test_paper_is_white_whatever_the_theme(qapp) -> None:
    from notegen_desktop.ui.theme import apply_theme

    light = pdf_bytes(make_note(), Level.CONCISE, kind="K")
    apply_theme(qapp, "dark")
    dark = pdf_bytes(make_note(), Level.CONCISE, kind="K")
    assert streams(light) == streams(dark)


def streams(pdf: bytes) -> list[bytes]:
    """The drawing of each page, without dates and ids."""
    found = []
    for match in re.finditer(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            data = zlib.decompress(match[1])
        except zlib.error:
            continue
        if b" Tf" in data or b" re" in data:
            found.append(data)
    return found


def test_the_level_decides_what_is_printed() -> None:
    note = long_note(10)
    assert pages(pdf_bytes(note, Level.CONCISE, kind="K")) < pages(
        pdf_bytes(note, Level.STANDARD, kind="K")
    )


def test_hostile_and_foreign_texts_are_printed_too() -> None:
    texts = (
        "<script>x</script>![a](file:///etc/passwd)",
        "الذاكرة " * 50,
        "记忆" * 200,
        "x" * 9000,
    )
    sections = tuple(Section(text, (), text, text, text) for text in texts)
    pdf = pdf_bytes(
        replace(make_note(), title=texts[1], sections=sections), Level.STANDARD, kind="K"
    )
    assert b"passwd" not in b"".join(streams(pdf))
    assert pages(pdf) >= 1


# --- saving ---


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("A talk: part 1/2", "A talk part 1 2 - Kind"),
        ("\u202egpj.exe", "gpj.exe - Kind"),
        ("../../etc/passwd", "etc passwd - Kind"),
        ("", "How memory works, and how to work with it - Kind"),
        ("x" * 300, "x" * 166 + " - Kind"),
        ("长" * 79, "长" * 55 + " - Kind"),
        ("ก" * 79, "ก" * 55 + " - Kind"),
        ("🌉" * 60, "🌉" * 41 + " - Kind"),
        ("e\u0301", "\u00e9 - Kind"),
        ("a" + "\u0301" * 200, "\u00e1" + "\u0301" * 30 + " - Kind"),
        ("a\x00b\nc", "ab c - Kind"),
        ("CON", "_CON - Kind"),
        ("com1.tar", "_com1.tar - Kind"),
        ("...", "Note - Kind"),
    ],
    ids=ascii,
)
def test_a_suggested_name_suits_every_system(title: str, name: str) -> None:
    note = replace(make_note(video=make_video()), title=title)
    suggested = suggested_name(note, "Kind")
    assert suggested == name
    assert len(f"{suggested}.html".encode()) <= 180
    assert len(suggested_name(note, "长" * 99).encode()) <= 180


def test_pdf_is_offered_beside_what_the_exporter_writes() -> None:
    assert formats_of(FakeExporter()) == ("md", "html", "pdf", "json")
