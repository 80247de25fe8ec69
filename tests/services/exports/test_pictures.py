"""Pictures of the video are in every file, found there by readers that know nothing of us."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import sqlite3
import subprocess
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt
from PIL import Image
from pptx import Presentation

from notegen_desktop.domain.notes.note import Level, Note, Picture
from notegen_desktop.domain.notes.pictures import with_picture
from notegen_desktop.services.exports import Exports
from notegen_desktop.services.markup.note_markdown import note_markdown
from notegen_desktop.services.sources.pictures.gallery import picture
from tests.fakes.notes import VIDEO, a_note
from tests.fakes.shown_films import slide

ARCH, CABLE, TOWER = (
    picture(at_s, slide(title, 4))
    for at_s, title in ((225.0, "Arch"), (1302.0, "Cable"), (1309.5, "Tower"))
)


@pytest.fixture
def note() -> Note:
    """A note with one picture in its first section and two in its second."""
    note = a_note()
    for section, each in ((0, ARCH), (1, TOWER), (1, CABLE)):
        note = with_picture(note, section, each)
    return note


def rendered(note: Note, format: str, level: Level = Level.STANDARD) -> bytes:
    return Exports().render(note, format, level)


def archive_of(note: Note, format: str) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(rendered(note, format)))


def assert_shown(found: list[bytes], *pictures: Picture) -> None:
    """These are the pictures, byte for byte, and each is one."""
    assert found == [each.data for each in pictures]
    for each in found:
        with Image.open(io.BytesIO(each)) as image:
            assert (image.format, image.size) == ("JPEG", (640, 360))


def data_of(address: str) -> bytes:
    return base64.b64decode(address.removeprefix("data:image/jpeg;base64,"), validate=True)


def test_markdown_has_its_pictures_below_the_words_and_their_bytes_at_the_end(note: Note) -> None:
    text = rendered(note, "md").decode()
    tokens = [t for block in MarkdownIt().parse(text) for t in block.children or ()]
    images = [token for token in tokens if token.type == "image"]
    assert_shown([data_of(str(t.attrGet("src"))) for t in images], ARCH, CABLE, TOWER)
    assert [t.content for t in images] == [
        "Picture at 3:45",
        "Picture at 21:42",
        "Picture at 21:49",
    ]
    assert f"[3:45](<{VIDEO.link_at(225.0)}>)" in text or f"[3:45]({VIDEO.link_at(225.0)})" in text
    words = text.partition("\n[picture-")[0]
    assert "base64" not in words
    assert max(map(len, words.splitlines())) < 200


def test_markdown_for_the_clipboard_has_links_in_their_place(note: Note) -> None:
    text = note_markdown(note, Level.STANDARD)
    assert "base64" not in text
    assert "[Picture at 3:45](" in text


def test_a_page_shows_each_picture_once_at_every_level(note: Note) -> None:
    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.images: list[dict[str, str | None]] = []
            self.policy = ""

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            facts = dict(attrs)
            if tag == "img":
                self.images.append(facts)
            if facts.get("http-equiv") == "Content-Security-Policy":
                self.policy = facts["content"] or ""

    reader = Reader()
    text = rendered(note, "html").decode()
    reader.feed(text)
    assert_shown([data_of(str(i["src"])) for i in reader.images], ARCH, CABLE, TOWER)
    assert reader.images[0]["alt"] == "Picture at 3:45"
    assert "img-src data:" in reader.policy
    assert re.search(r'<figcaption><a [^>]*t=225s">3:45</a></figcaption>', text)


def test_paper_has_them_from_a_process_of_its_own(note: Note, tmp_path: Path) -> None:
    path = tmp_path / "note.pdf"
    path.write_bytes(rendered(note, "pdf"))
    if shutil.which("pdfimages") is None:
        pytest.skip("pdfimages is not installed")
    subprocess.run(["pdfimages", "-png", path, tmp_path / "p"], check=True)
    found = sorted(tmp_path.glob("p-*.png"))
    assert len(found) == 3
    for each in found:
        with Image.open(each) as image:
            assert image.size == (640, 360)


def test_a_page_without_pictures_is_allowed_no_more_than_it_needs() -> None:
    assert b"<img" not in rendered(a_note(), "html")
    assert "pictures" not in a_note().to_json()["sections"][0]


def test_word_has_the_pictures_with_what_they_are_and_their_times(note: Note) -> None:
    names = {
        "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
        "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
        "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    }
    with archive_of(note, "docx") as archive:
        relations = {
            each.get("Id"): f"word/{each.get('Target')}"
            for each in ElementTree.fromstring(archive.read("word/_rels/document.xml.rels"))
        }
        document = ElementTree.fromstring(archive.read("word/document.xml"))
        blips = document.findall(".//a:blip", names)
        found = [archive.read(relations[blip.get(f"{{{names['r']}}}embed")]) for blip in blips]
    assert_shown(found, ARCH, CABLE, TOWER)
    shapes = document.findall(".//wp:docPr", names)
    assert [each.get("descr") for each in shapes] == [p.words for p in (ARCH, CABLE, TOWER)]
    assert len({each.get("id") for each in shapes}) == 3
    widths = [int(str(e.get("cx"))) for e in document.findall(".//wp:extent", names)]
    assert max(widths) <= 16.6 * 360_000  # the column, in EMU
    assert "3:45" in "".join(document.itertext())


def test_slides_show_each_picture_on_one_of_its_own(note: Note) -> None:
    content = rendered(note, "pptx")
    shown = Presentation(io.BytesIO(content))
    slides = [
        (slide.shapes.title.text, shape)
        for slide in shown.slides
        for shape in slide.shapes
        if shape.shape_type == 13
    ]
    assert_shown([shape.image.blob for _, shape in slides], ARCH, CABLE, TOWER)
    titles = [title for title, _ in slides]
    assert titles == ["What an arch does", "What a cable does", "What a cable does"]
    for _, shape in slides:
        assert shape.top + shape.height <= shown.slide_height * 0.9
        assert abs(2 * shape.left + shape.width - shown.slide_width) < 10
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert len(set(archive.namelist())) == len(archive.namelist())


def test_a_deck_has_the_pictures_as_media_of_its_answers(note: Note, tmp_path: Path) -> None:
    with archive_of(note, "anki") as archive:
        media = json.loads(archive.read("media"))
        files = {name: archive.read(number) for number, name in media.items()}
        archive.extract("collection.anki2", tmp_path)
    connection = sqlite3.connect(tmp_path / "collection.anki2")
    fields = [row[0] for row in connection.execute("SELECT flds FROM notes ORDER BY id")]
    connection.close()
    answers = [each.split("\x1f")[1] for each in fields]
    names = [re.findall(r'<img src="([^"]+)"', answer) for answer in answers]
    assert [len(each) for each in names] == [1, 2]
    assert_shown([files[name] for each in names for name in each], ARCH, CABLE, TOWER)


def test_json_has_the_bytes_and_comes_back_as_the_note(note: Note) -> None:
    data = json.loads(rendered(note, "json"))
    told = data["sections"][1]["pictures"][0]
    assert told["at_s"] == 1302.0
    assert told["mime_type"] == "image/jpeg"
    assert_shown([data_of(told["data"])], CABLE)
    assert Note.from_json(data).sections == note.sections


@pytest.mark.parametrize("format", ["md", "html", "docx", "pptx", "anki", "json"])
def test_a_file_with_pictures_is_the_same_bytes_each_time(note: Note, format: str) -> None:
    assert rendered(note, format) == rendered(replace(note), format)
