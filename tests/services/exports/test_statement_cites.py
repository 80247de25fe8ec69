"""In every file a time stands at its statement, as a link, and no marker is left."""

from __future__ import annotations

import io
import json
import re
import shutil
import sqlite3
import subprocess
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from notegen_desktop.domain.notes.note import Cite, Doubt, Level, Note, Review, Says, Section
from notegen_desktop.services.exports import Exports
from notegen_desktop.services.markup.cited import filled, own_cites, placed
from notegen_desktop.services.markup.note_markdown import note_markdown
from tests.fakes.notes import VIDEO, a_note

CITES = (
    Cite(61.0, 70.0, True, 1),
    Cite(122.0, 130.0, False, 2, Doubt.NUMBER, "154"),
    Cite(183.0, 190.0, None, 3),
    Cite(244.0, 250.0, True, 4),  # of the section as a whole
    Cite(305.0, 310.0, False, 5, Doubt.SENSE),
    Cite(366.0, 370.0, True, 6, review=Review(Says.NO, "The cable pulls the tower.")),
    Cite(427.0, 430.0, True, 7, review=Review(Says.YES)),
)
CONCISE = "An arch turns weight into pressure. [^1] The square of 12 is 154. [^2]"
STANDARD = f"""{CONCISE}

- Cables only pull. [^3]
- Towers carry them. [^1][^3]

| part | does |
|---|---|
| cable | pulls [^5] |

```
a[^1]
```"""
COMPREHENSIVE = f"{STANDARD}\n\nAnd **anchors hold**. [^9][^3] Towers pull cables. [^6] Done. [^7]"
SECTION = Section("What an arch does", CITES, CONCISE, STANDARD, COMPREHENSIVE)
NOTE = a_note(sections=(SECTION, *a_note().sections[1:]))

SAID = {
    Level.CONCISE: [
        "into pressure. 1:01 The square of 12 is 154. 2:02? (“154” is not said there)",
        "4:04",
    ],
    Level.STANDARD: [
        "into pressure. 1:01 The square of 12 is 154. 2:02? (“154” is not said there)",
        "Cables only pull. 3:03",
        "Towers carry them. 1:01 3:03",
        "pulls 5:05? (the words there do not say this)",
        "4:04",
    ],
}
SAID[Level.COMPREHENSIVE] = [
    *SAID[Level.STANDARD],
    "And anchors hold. 3:03",
    "Towers pull cables. 6:06? (second look: not said there – The cable pulls the tower)",
    "Done. 7:07",
]


def in_order(text: str, *parts: str) -> None:
    """Each of the parts is in the text, with white space as it may be."""
    text = " ".join(text.split())
    for part in parts:
        assert part in text


def links_of(level: Level) -> set[str]:
    seconds = {"1:01": 61, "2:02": 122, "3:03": 183, "4:04": 244, "5:05": 305, "6:06": 366}
    told = " ".join(SAID[level])
    return {f"{VIDEO.url}&t={at}s" for label, at in seconds.items() if label in told}


def no_marker(text: str) -> None:
    assert not re.search(r"\[\^\d+\]", text.replace("a[^1]", "")), text
    assert not re.search("[\U0010ff00-\U0010ffff]", text)


class _Reader(HTMLParser):
    """The words and links of a page; of one with three levels, of the level asked for."""

    def __init__(self, level: Level | None = None) -> None:
        super().__init__()
        self.level = level.value if level else ""
        self.words: list[str] = []
        self.links: set[str] = set()
        self.marked: list[str] = []
        self._inside = level is None
        self._depth = 0
        self._mark = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        if tag == "div" and facts.get("class") == self.level:
            self._inside = True
        self._mark = tag == "mark"
        if tag == "a" and self._inside:
            self.links.add(facts.get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "div" and self.level:
            self._inside = False
        self._mark = False
        if tag in ("p", "td", "li", "th"):
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.words.append(data)
            if self._mark:
                self.marked.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)


@pytest.mark.parametrize("level", Level)
def test_markdown_has_plain_links_at_the_statements(level: Level) -> None:
    text = Exports().render(NOTE, "md", level).decode()
    text, last = text[: text.rindex("\n<!--")], text[text.rindex("\n<!--") :]
    assert text == note_markdown(NOTE, level)
    assert last.count("\n") == 2
    no_marker(text)
    in_order(re.sub(r"\[([\d:?]+)\]\([^)]*\)|\*\*", r"\1", text), *SAID[level])
    assert links_of(level) <= set(re.findall(r"\]\(([^)]*)\)", text))
    assert not re.search(r"(?<!a)\[\[|\[\^|\]:", text.replace("a[^1]", ""))


@pytest.mark.parametrize("level", Level)
def test_a_page_has_them_at_each_level(level: Level) -> None:
    page = Exports().render(NOTE, "html", Level.CONCISE).decode()
    no_marker(page)
    reader = _Reader(level)
    reader.feed(page)
    in_order(reader.text, *SAID[level])
    assert links_of(level) <= reader.links
    assert set(reader.marked) == {"154"}
    assert 'class="cite unchecked"' in page
    assert 'class="cite verified"' in page
    assert 'class="cite doubtful"' in page


def docx_text(paragraph: Any) -> str:
    return "".join(
        node.text or ""
        for node in paragraph._p.iter(
            "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"
        )
    )


@pytest.mark.parametrize("level", Level)
def test_a_word_document_has_them(level: Level) -> None:
    from docx import Document

    document = Document(io.BytesIO(Exports().render(NOTE, "docx", level)))
    cells = [p for table in document.tables for c in table._cells for p in c.paragraphs]
    text = "\n".join(docx_text(p) for p in [*document.paragraphs, *cells])
    no_marker(text)
    in_order(text, *SAID[level])
    assert links_of(level) <= {str(r.target_ref) for r in document.part.rels.values()}
    waved = [
        run.text
        for paragraph in document.paragraphs
        for run in paragraph.runs
        if 'w:val="wave"' in run._r.xml
    ]
    assert waved == ["154"]


@pytest.mark.parametrize("level", Level)
def test_slides_have_them_and_the_speaker_too(level: Level) -> None:
    from pptx import Presentation

    show = Presentation(io.BytesIO(Exports().render(NOTE, "pptx", level)))
    said, spoken, links = [], [], set()
    for slide in show.slides:
        for shape in slide.shapes:
            frames = [shape.text_frame] if shape.has_text_frame else []
            if shape.has_table:
                frames += [cell.text_frame for row in shape.table.rows for cell in row.cells]
            for frame in frames:
                said.append(frame.text)
                links |= {run.hyperlink.address for p in frame.paragraphs for run in p.runs} - {
                    None
                }
        if slide.has_notes_slide:
            spoken.append(slide.notes_slide.notes_text_frame.text)
    no_marker("\n".join([*said, *spoken]))
    in_order("\n".join(said), *SAID[Level.CONCISE])
    in_order("\n".join(spoken), *SAID[Level.COMPREHENSIVE])
    assert links_of(Level.CONCISE) <= links


@pytest.mark.parametrize("level", Level)
def test_cards_have_them(level: Level, tmp_path: Path) -> None:
    content = Exports().render(NOTE, "anki", level)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extract("collection.anki2", tmp_path)
    connection = sqlite3.connect(tmp_path / "collection.anki2")
    try:
        ((fields,), *_) = connection.execute("SELECT flds FROM notes ORDER BY id").fetchall()
    finally:
        connection.close()
    no_marker(fields)
    _, answer, source = fields.split("\x1f")
    reader = _Reader()
    reader.feed(answer + "\n" + source)
    in_order(reader.text, *SAID[level])
    assert links_of(level) <= reader.links


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext reads the PDF")
@pytest.mark.parametrize("level", Level)
def test_paper_has_them(level: Level, tmp_path: Path) -> None:
    path = tmp_path / "note.pdf"
    path.write_bytes(Exports().render(NOTE, "pdf", level))
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True)
    text = done.stdout.decode()
    no_marker(text)
    in_order(text, *SAID[level])
    linked = re.findall(rb"/URI \(([^)]*)\)", path.read_bytes())
    assert links_of(level) <= {link.decode() for link in linked}


def test_json_gives_the_same_note_back() -> None:
    data = json.loads(Exports().render(NOTE, "json", Level.STANDARD))
    again = Note.from_json(data)
    assert again.sections == NOTE.sections
    assert again.to_json() == NOTE.to_json()
    assert "[^1]" in data["sections"][0]["standard"]


def test_a_local_file_has_times_without_links() -> None:
    from dataclasses import replace

    note = replace(NOTE, video=replace(VIDEO, url="file:///talk.mp4", provider="file"))
    for name in ("md", "html", "docx", "pptx", "anki"):
        Exports().render(note, name, Level.STANDARD)
    text = note_markdown(note, Level.STANDARD)
    no_marker(text)
    in_order(
        text.replace("\\", ""), "into pressure. [1:01]", "154. [2:02?] (“154” is not said there)"
    )


def test_a_note_of_before_has_its_times_at_the_end_of_each_section() -> None:
    section = a_note().sections[0]
    assert own_cites(section, Level.STANDARD) == list(section.cites)
    text = note_markdown(a_note(), Level.STANDARD)
    assert text.index("3:41") > text.index("along its curve")


def test_a_level_without_markers_still_shows_what_it_rests_on() -> None:
    section = Section("Arch", CITES[:2], "Short.", "Longer. [^1] Longest. [^2]", "")
    assert own_cites(section, Level.CONCISE) == list(CITES[:2])
    assert own_cites(section, Level.STANDARD) == []


HOSTILE = (
    "<script>alert(1)</script> [x](javascript:alert(1)) [sound:x.mp3] \u202e\x00\x1b[2J ]]> ${x}"
)


@pytest.mark.parametrize("level", Level)
def test_what_a_second_look_says_does_no_harm(level: Level) -> None:
    """The reason comes from a model, and so does the word that is marked."""
    cite = Cite(61.0, 70.0, False, 1, Doubt.NAME, HOSTILE, Review(Says.NO, HOSTILE))
    text = f"It is {HOSTILE}. [^1]"
    note = a_note(sections=(Section("H", (cite,), text, text, text),))
    page = Exports().render(note, "html", level).decode()
    assert "<script" not in page
    assert "javascript:" not in re.sub(r">[^<]*<", "><", page), "in no attribute"
    markdown = Exports().render(note, "md", level).decode()
    assert "<script" not in markdown
    assert "](javascript:" not in markdown
    assert not re.search("[\u202e\x00\x1b]", markdown + page)
    for name in ("docx", "pptx"):
        with zipfile.ZipFile(io.BytesIO(Exports().render(note, name, level))) as archive:
            for part in archive.namelist():
                if part.endswith((".xml", ".rels")):
                    ElementTree.fromstring(archive.read(part))
                    assert b"javascript:alert" not in re.sub(rb">[^<]*<", b"><", archive.read(part))
    deck = Exports().render(note, "anki", level)
    with zipfile.ZipFile(io.BytesIO(deck)) as archive:
        assert b"[sound:" not in archive.read("collection.anki2")


@pytest.mark.parametrize(
    "sign",
    ["\U0010ff00{n}\U0010ff01", "&#x10FF00;{n}&#x10ff01;", "&#1113856;{n}&#01113857;"],
    ids=["written", "hexadecimal", "decimal"],
)
def test_no_text_can_forge_a_place(sign: str) -> None:
    for number in ("0", "7", "99999999"):
        text = f"It is {sign.replace('{n}', number)} \U0010ff02so\U0010ff03. [^1]"
        note = a_note(sections=(Section("H", CITES[:1], text, text, text),))
        for name in ("md", "html", "docx", "pptx", "anki"):
            assert Exports().render(note, name, Level.STANDARD)
        assert note_markdown(note, Level.STANDARD).count("1:01") == 1


@pytest.mark.parametrize(
    ("text", "mark", "marked"),
    [
        ("It is 7.5, not 5. [^1]", "5", "It is 7.5, not ⟦5⟧."),
        ("Adana, then Ada. [^1]", "Ada", "Adana, then ⟦Ada⟧."),
        ("平方是154。 [^1]", "154", "平方是⟦154⟧。"),
        ("图灵说过。 [^1]", "图灵", "⟦图灵⟧说过。"),
        ("`154` is $154$, [154](https://a.example/154) is 154 [^1]", "154", "is ⟦154⟧"),
        ("It is **154** [^1]", "154", "**⟦154⟧**"),
        ("It was 154. [^2] It is 154. [^1]", "154", "It was 154. It is ⟦154⟧."),
    ],
)
def test_the_word_in_doubt_is_marked_and_no_other(text: str, mark: str, marked: str) -> None:
    cites = (Cite(1.0, 2.0, False, 1, Doubt.NUMBER, mark),)
    shown = filled(placed(text, cites), lambda _: "", mark=("⟦", "⟧"))
    assert marked in shown
    assert shown.count("⟦") == 1


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("It is <Img src=x onerror=alert(1)> here. [^1]", "Img"),
        ("It is </Script> here > there. [^1]", "Script"),
        ("It is a List<String> here. [^1]", "String"),
        ("It is &lt;Img src=x> or &amp;lt; here. [^1]", "lt"),
        ("It is &#60;Img src=x> or &amp;#60;Img> here. [^1]", "60"),
    ],
)
def test_a_word_in_doubt_opens_no_tag_in_markdown(text: str, mark: str) -> None:
    cites = (Cite(1.0, 2.0, False, 1, Doubt.NAME, mark),)
    note = a_note(sections=(Section("H", cites, text, text, text),))
    plain = a_note(sections=(Section("H", (Cite(1.0, 2.0, False, 1, Doubt.SENSE),), text, "", ""),))

    def statement(each: Note) -> str:
        (line,) = re.findall(r"^It is.*? here", note_markdown(each, Level.CONCISE), re.M)
        return str(line)

    assert statement(note) == statement(plain)
