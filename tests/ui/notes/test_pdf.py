"""PDF of a note: complete, paginated, with working links."""

from __future__ import annotations

import re
import shutil
import subprocess
import unicodedata
import zlib
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from notegen_desktop.domain.links.video import clock
from notegen_desktop.domain.notes.note import Cite, Level, Note, Section
from notegen_desktop.domain.notes.remark import Remark
from notegen_desktop.domain.text.scripts import SCRIPTS
from notegen_desktop.services.exports import Exports
from notegen_desktop.services.exports.blocks import TextRun, blocks_of
from notegen_desktop.ui.kit.outside import formats_of
from notegen_desktop.ui.notes.actions import suggested_name
from notegen_desktop.ui.notes.note_document import HEADING
from notegen_desktop.ui.notes.printing.pdf import _document, pdf_bytes
from notegen_desktop.ui.notes.rendering import note_parts
from tests.fakes.services import RESOURCES, FakeExporter, make_note, make_video

TEMPLATES = sorted(path.stem for path in (RESOURCES / "templates").glob("*.toml"))


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


def test_an_address_ends_where_it_ends() -> None:
    hostile = "https://e.example/)/S/JavaScript/JS(app.alert(1)"
    text = f"[x](<{hostile}>) [y](https://e.example/A_(b)) <{hostile}>"
    video = replace(make_video(), url=hostile)
    section = Section("H", (Cite(9.0, 10.0, True),), text, text, text)
    note = replace(make_note(video=video), sections=(section,))
    uris = re.findall(rb"/URI \((.*)\)\n", pdf_bytes(note, Level.STANDARD, kind="K"))
    plain = b"https://e.example/%29/S/JavaScript/JS%28app.alert%281%29"
    assert {uri.partition(b"?")[0] for uri in uris} == {plain, b"https://e.example/A_%28b%29"}


def test_a_long_note_loses_no_section_on_its_way_to_paper() -> None:
    note = long_note()
    pdf = pdf_bytes(note, Level.STANDARD, kind="Study notes")
    linked = re.findall(rb"/URI \(([^)]*)\)", pdf)
    assert {note.video.link_at(s.cites[0].start_s).encode() for s in note.sections} == set(linked)
    assert pages(pdf) >= 4


def test_what_a_reader_said_stands_below_its_section_on_paper() -> None:
    sections = (Section("One", (), "It halts.", "It halts.", "It halts."), *make_note().sections)
    remarks = (
        Remark("a", "It halts", "Does <it>?", "green", "One", "standard"),
        Remark("b", "so, bridges", start_s=61.0),
    )
    note = replace(make_note(), sections=sections, remarks=remarks)
    words = _document(note, Level.STANDARD, kind="K").toPlainText()
    assert words.index("It halts\nDoes <it>?") < words.index(sections[1].heading)
    assert words.endswith("Remark on what is said at 1:01\nso, bridges")
    window = "".join(note_parts(note, Level.STANDARD, kind="K"))
    assert "Does" not in window


def test_no_heading_stands_alone_at_the_foot_of_a_page() -> None:
    from PySide6.QtCore import QSizeF

    from notegen_desktop.ui.notes.printing.pdf import _keep_headings

    size = QSizeF(600, 500)
    for sections in (12, 17):
        document = _document(long_note(sections), Level.STANDARD, kind="K")
        document.setPageSize(size)
        _keep_headings(document, size)
        layout = document.documentLayout()
        layout.documentSize()
        block, checked = document.begin(), 0
        while block.isValid():
            words = block.next()
            if block.userState() == HEADING and words.isValid() and block.position():
                heading = block.layout()  # its top margin may still be on the previous page
                top = heading.position().y() + heading.lineAt(0).y()
                first = layout.blockBoundingRect(words).top() + 5
                assert int(top // 500) == int(first // 500), block.text()
                checked += 1
            block = block.next()
        assert checked == sections


def test_paper_is_white_whatever_the_theme(qapp) -> None:
    from notegen_desktop.ui.kit.theme import apply_theme

    light = pdf_bytes(make_note(), Level.CONCISE, kind="K")
    apply_theme(qapp, "dark")
    dark = pdf_bytes(make_note(), Level.CONCISE, kind="K")
    assert streams(light) == streams(dark)


def streams(pdf: bytes) -> list[bytes]:
    """Return the decompressed content streams of the pages, without dates and ids."""
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
        "हिन्दी ไทย 😀 👨‍👩‍👧 \U0001d400 \U00020000 \ue000 \U0010fffd \u0378",
    )
    sections = tuple(Section(text, (), text, text, text) for text in texts)
    pdf = pdf_bytes(
        replace(make_note(), title=texts[1], sections=sections), Level.STANDARD, kind="K"
    )
    assert b"passwd" not in b"".join(streams(pdf))
    assert pages(pdf) >= 1


# --- text as extracted by other programs ---

reads_pdf = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) reads the text back"
)


def text_of(
    note: Note, tmp_path: Path, level: Level = Level.STANDARD, *, order: str = "-layout"
) -> str:
    """Return poppler's text of the PDF, in layout order or (`-raw`) in the order of the file."""
    path = tmp_path / "note.pdf"
    path.write_bytes(pdf_bytes(note, level, kind="Study notes"))
    found = run("pdftotext", order, "-enc", "UTF-8", str(path), "-")
    marks = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2069"))
    return unicodedata.normalize("NFC", found.translate(marks))


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    return done.stdout.decode()


def missing(text: str, page: str) -> list[str]:
    """Return the words of `text` that are not on the page, ignoring Arabic ligatures."""
    there = set(unicodedata.normalize("NFKC", page).split())
    return [w for w in unicodedata.normalize("NFKC", text).split() if w not in there]


SIGNS = """At 0:12 to 1:02:07 on 2026-11-29 in [4K] see A-B and A->B <- C => D != E, (A) +1, 3x4,
1×2, <= >= ::= || && a:b |y| {x} 10:30-11:45 office offline :-) ++ -- // 0x1F x_1 #5 50% @me
fi."""


@reads_pdf
def test_signs_between_letters_and_figures_are_read_as_they_are(tmp_path: Path) -> None:
    section = Section("At 0:12: [4K]", (Cite(12.0, 15.0, True),), SIGNS, SIGNS, SIGNS)
    note = replace(make_note(), title="A-B at 1:58", sections=(section,))
    page = text_of(note, tmp_path)
    assert missing(f"{SIGNS} A-B at 1:58 At 0:12: [4K]", page) == []


@reads_pdf
def test_paper_says_what_the_note_lacks(tmp_path: Path) -> None:
    page = " ".join(
        text_of(replace(make_note(), missing=("its end", "the terms")), tmp_path).split()
    )
    assert "This note lacks its end and the terms." in page


@reads_pdf
def test_the_numbers_of_a_list_are_read_once_and_whole(tmp_path: Path) -> None:
    items = "\n".join(f"{number}. item" for number in range(95, 112))
    text = f"{items}\n\n- dot\n  1. inner\n  2. next"
    page = text_of(replace(make_note(), sections=(Section("H", (), text, text, text),)), tmp_path)
    numbers = re.findall(r"^ *(\d+)\. +(?:item|inner|next)$", page, re.MULTILINE)
    assert numbers == [str(number) for number in range(95, 112)] + ["1", "2"]
    assert len(re.findall(r"\d+\.", page)) == len(numbers)


@reads_pdf
def test_the_file_has_its_words_in_order_and_once(tmp_path: Path) -> None:
    parts = [
        f"p{n} words\n\n{n}. n{n} " + f"long{n} " * 60 + f"\n    - s{n}\n    - t{n}\n\n> q{n}"
        for n in range(1, 60)
    ]
    text = "\n\n".join(parts)
    note = replace(make_note(), sections=(Section("H", (), text, text, text),))
    page = text_of(note, tmp_path, order="-raw")
    page = " ".join(re.sub(r"\d+ / \d+\n.*\n", "", page).split())
    for n in range(1, 60):
        whole = f"p{n} words {n}. n{n} " + f"long{n} " * 60 + f"s{n} t{n} q{n}"
        assert whole in page, n
        assert page.count(f"s{n} ") == 1


@reads_pdf
def test_a_long_number_of_a_list_is_not_cut(tmp_path: Path) -> None:
    """The leftmost ink of the page is where the text extraction places the digits."""
    note = replace(make_note(), title="", sections=(Section("", (), "", "1000000. item", ""),))
    path = tmp_path / "note.pdf"
    path.write_bytes(pdf_bytes(note, Level.STANDARD, kind=""))
    found = re.search(
        r'xMin="([\d.]+)" yMin="([\d.]+)" .* yMax="([\d.]+)">1000000\.<',
        run("pdftotext", "-bbox", str(path), "-"),
    )
    assert found is not None
    left, top, bottom = (round(float(points)) for points in found.groups())
    run("pdftoppm", "-r", "72", "-gray", "-singlefile", str(path), str(tmp_path / "page"))
    page = QImage(str(tmp_path / "page.pgm"))
    inked = [
        x
        for x in range(page.width())
        for y in range(top, bottom)
        if page.pixelColor(x, y).lightness() < 220
    ]
    assert abs(min(inked) - left) <= 2


@reads_pdf
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_word_of_every_template_is_read(template: str, tmp_path: Path) -> None:
    sections = tuple(
        Section(
            f"Part {number}: {template} 1:{number:02}",
            (Cite(61.0 * number, 61.0 * number + 5, number % 2 == 0),),
            *(f"{level} {text}" for level in Level),
        )
        for number, text in enumerate(BODIES)
    )
    note = replace(make_note(), template=template, sections=sections)
    for level in Level:
        page = text_of(note, tmp_path, level)
        for section in sections:
            assert missing(words_of(section.at(level)), page) == []
            assert missing(f"{section.heading} {clock(section.cites[0].start_s)}", page) == []


def words_of(markdown: str) -> str:
    blocks = blocks_of(Section("", (), markdown), Level.CONCISE, make_video())
    runs = [run for block in blocks for run in (*block.runs, *chain(*block.cells), SPACE)]
    return "".join(run.text for run in runs)


SPACE = TextRun(" ")

BODIES = (
    "talks of **pressure** at 0:12, then A-B.\n\n- one 1:2\n- two\n  - three (3/4)",
    "1. first\n2. second\n\n> a quotation -> here\n\n### A heading [4K]",
    "| a:b | c-d |\n|---|--:|\n| 1:58 | 2026-11-29 |\n\n```py\nif a != b: c -> d\n```",
)


@reads_pdf
@pytest.mark.parametrize(
    "text",
    [
        "检索比重读更能巩固记忆，这一点早已被实验证明。",
        "Οι ιδέες της Ελληνικής",
        "Кириллица и ещё что-то",
        "שליפה מחזקת את הזיכרון יותר מקריאה חוזרת 12:30",
        "الاسترجاع يقوي ما لا تقويه إعادة القراءة 12:30",
        "Việt Nam, naïve, e\u0301te\u0301, Ångström, ﬁn",
    ],
    ids=["Chinese", "Greek", "Cyrillic", "Hebrew", "Arabic", "accents"],
)
def test_scripts_are_read_as_they_are_written(text: str, tmp_path: Path) -> None:
    section = Section("H", (), text, text, text)
    page = text_of(replace(make_note(), sections=(section,)), tmp_path)
    if "No font on this computer has" in " ".join(page.split()):
        pytest.skip("no font here has these letters, as the PDF says")
    page = page.replace("\ufefb", "\u0644\u0627")
    assert missing(unicodedata.normalize("NFC", text), page) == []


def test_arabic_is_never_slanted_into_boxes() -> None:
    """Arabic has no italics, and the italic faces of many fonts lack its letters."""
    text = "كلمة *مهمة **جدا** هنا* و *English*"
    section = Section("H", (), text, text, text)
    document = _document(replace(make_note(), sections=(section,)), Level.STANDARD, kind="K")
    slanted = []
    block = document.begin()
    while block.isValid():
        for piece in block.textFormats():
            words = block.text()[piece.start : piece.start + piece.length]
            slanted += [words] if piece.format.fontItalic() else []
        block = block.next()
    assert "English" in slanted
    assert not re.search(f"[{SCRIPTS['Arabic']}]", "".join(slanted))


@reads_pdf
def test_a_pdf_says_what_no_font_here_can_show(tmp_path: Path) -> None:
    for text, said in (
        ("Signs \U000130a1 here", True),
        ("Grüße, Ωμέγα, naïve\u200b so\u00adft", False),
    ):
        section = Section("H", (), text, text, text)
        page = " ".join(text_of(replace(make_note(), sections=(section,)), tmp_path).split())
        assert ("No font on this computer has some signs" in page) is said


def test_a_pdf_says_its_title_author_and_language() -> None:
    note = replace(make_note(), language="de-AT", title="Über Wärme")
    pdf = pdf_bytes(note, Level.STANDARD, kind="K")
    assert b"/Lang (de-AT)" in pdf
    assert b"/Title (\xfe\xff" + "Über Wärme".encode("utf-16-be") + b")" in pdf
    assert b"/Author (\xfe\xff" + note.video.channel.encode("utf-16-be") + b")" in pdf
    odd = pdf_bytes(replace(note, language="x) /AA <<"), Level.STANDARD, kind="K")
    assert b"/Lang" not in odd


@reads_pdf
def test_a_section_of_any_length_is_whole_and_formatted(tmp_path: Path) -> None:
    text = "\n".join(f"- **W{number}** is a word" for number in range(1500))
    page = text_of(replace(make_note(), sections=(Section("H", (), text, text, text),)), tmp_path)
    assert missing(" ".join(f"W{number}" for number in range(1500)), page) == []
    assert "**" not in page


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
    assert not {"svg", "opml", "markmap"} & {*formats_of(Exports())}  # maps have their own menu


def test_the_outline_leads_to_each_section() -> None:
    note = long_note()
    titled = replace(note.sections[3], heading="Äpfel: $x^2$ (1)")
    note = replace(note, sections=(*note.sections[:3], titled, *note.sections[4:]))
    pdf = pdf_bytes(note, Level.STANDARD, kind="Study notes")
    marks = re.findall(rb"/Title <(\w+)>.*?/Dest \[(\d+) 0 R /XYZ 0 (\d+) null\]", pdf, re.DOTALL)
    words = [bytes.fromhex(title.decode()).decode("utf-16") for title, _, _ in marks]
    assert words[:3] == ["Section 0", "Section 1", "Section 2"]
    assert words[3].startswith("Äpfel: x")
    assert len(words) == len(note.sections)
    kids = re.search(rb"/Kids\s*\[(.*?)\]", pdf, re.DOTALL)
    order = re.findall(rb"(\d+) 0 R", kids[1] if kids else b"")
    places = [(order.index(page), -int(height)) for _, page, height in marks]
    assert places == sorted(places)
    assert places[-1][0] > 0
