"""A note as a book: what e-readers ask of one, and what epubcheck says of it."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import pytest

from notegen_desktop.domain.notes.note import Cite, Level, Note, Picture, Section
from notegen_desktop.services.exports import Exports
from tests.fakes.notes import VIDEO, a_note
from tests.services.exports.test_exports import LONG_MARKDOWN, NASTY

CHECKER = Path("/usr/share/java/epubcheck.jar")
EACH_FILE = """class EachFile {
    public static void main(String[] files) {
        int worst = 0;
        for (String file : files) {
            var checker = new com.adobe.epubcheck.tool.EpubChecker();
            worst = Math.max(worst, checker.run(new String[] {file}));
        }
        System.exit(worst);
    }
}"""
JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300" + "01" * 64 + "ffc0000b0800010001010111"
    "00ffc4001400010000000000000000000000000000000affc40014100100000000000000000000000000000000"
    "ffda0008010100003f0054ffd9"
)
FULL = Section(
    "Formulas $x^2$ & <b>",
    (Cite(118.0, 120.0, True, 1), Cite(300.0, 301.0, False, 2)),
    concise="Short [^1].",
    standard=LONG_MARKDOWN
    + "\n\n$$\\sum_{i=1}^n \\frac{a_i}{b}$$\n\n- [ ] open\n- [x] done [^1]\n",
    comprehensive="Long.",
    pictures=(Picture(61.0, 1, 1, JPEG),),
)
NOTES = {
    "plain": a_note(),
    "full": a_note(sections=(FULL, *a_note().sections)),
    "arabic": a_note(title="لماذا لا يسقط الجسر", language="ar"),
    "without a language": a_note(language=""),
    "of a file": a_note(video=replace(VIDEO, provider="file", url="/tmp/talk.mp4", channel="")),
    "hostile": a_note(
        title=NASTY,
        language="en<x>",
        video=replace(VIDEO, title=NASTY, channel=NASTY, url="javascript:alert(1)"),
        sections=(Section(NASTY, FULL.cites, NASTY, NASTY, NASTY),),
    ),
}


def book(note: Note) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(Exports().render(note, "epub", Level.STANDARD)))


@pytest.mark.parametrize("name", NOTES)
def test_every_file_is_named_and_every_page_is_xml(name: str) -> None:
    with book(NOTES[name]) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"application/epub+zip"
        package = ElementTree.fromstring(archive.read("book/content.opf"))
        listed = {f"book/{item.get('href')}" for item in package.iter() if item.get("href")}
        inside = {each for each in archive.namelist() if each.startswith("book/")}
        assert listed == inside - {"book/content.opf"}
        for page in inside:
            if PurePosixPath(page).suffix == ".xhtml":
                ElementTree.fromstring(archive.read(page))


def test_the_contents_lead_to_the_sections_and_times_into_the_video() -> None:
    with book(NOTES["full"]) as archive:
        contents = archive.read("book/nav.xhtml").decode()
        assert (
            re.findall(r'href="([^"]+)"', contents)[1:]
            == [
                *("style.css", "title.xhtml", "s1.xhtml", "s2.xhtml", "s3.xhtml"),
            ][1:]
        )
        page = archive.read("book/s1.xhtml").decode()
        assert 'href="https://www.youtube.com/watch?v=dQw4w9WgXcQ&amp;t=118s"' in page
        assert "<math" in page
        assert "<script" not in page
        picture = NOTES["full"].sections[0].pictures[0]
        assert archive.read(f"book/pictures/{picture.name}") == JPEG
        assert NOTES["full"].title in archive.read("book/title.xhtml").decode()


def test_the_same_note_is_the_same_book() -> None:
    note = NOTES["full"]
    one, two = (Exports().render(note, "epub", Level.STANDARD) for _ in range(2))
    assert one == two


@pytest.mark.skipif(
    not (CHECKER.exists() and shutil.which("java")), reason="epubcheck is not installed"
)
def test_epubcheck_finds_nothing(tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.epub" for name in NOTES]
    for file, note in zip(files, NOTES.values(), strict=True):
        file.write_bytes(Exports().render(note, "epub", Level.STANDARD))
    java = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]  # it runs for a second
    one_by_one = [[*java, "-jar", CHECKER, file] for file in files]
    source = tmp_path / "EachFile.java"
    source.write_text(EACH_FILE)
    at_once = [[*java, "-cp", CHECKER, source, *files]]
    said = ""
    for command in at_once if shutil.which("javac") else one_by_one:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        said += done.stdout + done.stderr
        assert done.returncode == 0, said
    assert said.count("No errors or warnings") == len(NOTES), said
