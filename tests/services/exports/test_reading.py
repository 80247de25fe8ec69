"""What was exported is read back as it was; what is damaged says so, and hides nothing else."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from notegen_desktop.domain.notes.note import (
    Cite,
    Doubt,
    Level,
    Note,
    Picture,
    Review,
    Says,
    Section,
)
from notegen_desktop.services.exports import Exports
from notegen_desktop.services.exports.reading import read_file
from notegen_desktop.services.machine.languages import activate_language
from tests.fakes.notes import a_note

CITES = (
    Cite(1.0, 2.0, True, 1, review=Review(Says.YES)),
    Cite(3.0, 4.0, False, 2, Doubt.NAME, "Ada", Review(Says.NO, "It was “Grace”.")),
    Cite(3.25, 6.0, None, 3, review=Review(Says.UNCLEAR, "")),
    Cite(7.0, 8.0, None, 4),
    Cite(3601.0, 3602.5, False, 5, Doubt.NUMBER),
)
TEXT = """One Ada. [^1] Two Ada. [^2] `[^3]` and $x_1$. [^3][^5]

- item *a_b* [^1][^2]
- plain

| a | b |
|---|---|
| 1 | \\| [^1] |

### Below

```python
## no heading
```"""
PICTURES = (Picture(3.5, 4, 3, b"one"), Picture(9.0, 4, 3, b"two"))
NOTE = a_note(
    title="What # to *do*?",
    sections=(
        Section(
            "1. S # “1” --> `x`", CITES, "Short. [^1]", TEXT, f"{TEXT}\n\nMore. [^4]", PICTURES
        ),
        *a_note().sections,
        Section("Same", (Cite(5.0, 6.0, None, 1),), "A. [^1]", "", ""),
        Section("Same", (), "", "", "B --> C"),
    ),
    wish="for -- beginners -->",
    tags=("Exam", "Week 1"),
    missing=("its end",),
)
VIDEO_IN_FILES = replace(NOTE.video, thumbnail_url="", language="", chapters=())


def written(folder: Path, note: Note, format: str, level: Level = Level.STANDARD) -> Path:
    return Exports().save_to_tree(note, folder, format, level).path


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("format", ["json", "md"])
def test_an_exported_note_is_read_back_equal(format: str, level: Level, tmp_path: Path) -> None:
    path = written(tmp_path, NOTE, format, level)
    (read,) = Exports().read(path).notes
    assert read == replace(NOTE, video=VIDEO_IN_FILES)
    assert written(tmp_path / "again", read, format, level).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("url", "provider"),
    [
        ("https://vimeo.com/76979871", "vimeo"),
        ("https://example.org/talk", "web"),
        ("/home/ann/talk.mp4", "file"),
        ("", "file"),
    ],
)
@pytest.mark.parametrize("format", ["json", "md"])
def test_the_site_of_a_video_is_known_again(
    format: str, url: str, provider: str, tmp_path: Path
) -> None:
    video = replace(VIDEO_IN_FILES, id="v", url=url, provider=provider)
    path = written(tmp_path, replace(NOTE, video=video), format)
    assert Exports().read(path).notes[0] == replace(NOTE, video=video)


def test_what_its_reader_changed_in_a_file_stays_changed(tmp_path: Path) -> None:
    path = written(tmp_path, NOTE, "md")
    text = path.read_text()
    text = text.replace("- plain", "- my own words").replace("# What", "# Now what", 1)
    path.write_text(text.replace("\n", "\r\n"), newline="")
    (read,) = Exports().read(path).notes
    first = read.sections[0]
    assert read.title == "Now what # to *do*?"
    assert "- my own words" in first.standard
    assert "[^2]" in first.standard
    assert first.cites == CITES
    assert (first.concise, first.pictures) == ("Short. [^1]", PICTURES)
    assert read.sections[1:] == NOTE.sections[1:]
    again = written(tmp_path / "again", read, "md").read_text()
    shown = re.compile("<!-- notegen.*")
    assert shown.sub("", again) == shown.sub("", text)


def test_new_headings_and_lost_pictures_do_not_lose_the_rest(tmp_path: Path) -> None:
    path = written(tmp_path, NOTE, "md")
    text = re.sub(r"^\[picture-.*$", "", path.read_text(), flags=re.MULTILINE)
    path.write_text(text.replace("## What a cable does", "## Cables, renamed"))
    (read,) = Exports().read(path).notes
    headings = [section.heading for section in read.sections]
    assert headings[2] == "Cables, renamed"
    assert len(headings) == len(NOTE.sections)
    assert "A cable only pulls; towers carry it." in read.sections[2].standard
    assert (read.usage, read.tags, read.created) == (NOTE.usage, NOTE.tags, NOTE.created)


def test_a_file_of_an_earlier_version_is_read_as_far_as_it_can_be_seen(tmp_path: Path) -> None:
    path = written(tmp_path, NOTE, "md")
    path.write_text(re.sub("<!-- notegen.*", "", path.read_text()))
    (read,) = Exports().read(path).notes
    assert (read.title, read.template) == (NOTE.title, "study-notes")
    assert read.video == VIDEO_IN_FILES
    assert [s.heading for s in read.sections] == [s.heading for s in NOTE.sections]
    first, second = read.sections[:2]
    assert first.standard.startswith("One Ada. [^1] Two Ada. [^2] `[^3]`")
    assert [(c.start_s, c.verified) for c in first.cites[:2]] == [(1.0, None), (3.0, False)]
    assert [c.start_s for c in second.cites] == [221.0, 300.0]
    assert "3:41" not in second.standard


DAMAGED = {
    "cut.json": (lambda text: text[: len(text) // 2], "The file breaks off at line"),
    "odd.json": (lambda text: text.replace(":", ";", 1), "This is no JSON at line 2"),
    "less.json": (lambda text: text.replace('"title"', '"titel"', 1), "“title” is missing"),
    "type.json": (
        lambda text: text.replace('"n": 1', '"n": "one"', 1),
        "“sections[0].cites[0].n” should be “int”, not “str”",
    ),
    "talk.txt": (lambda text: "Just words.", "no note in it"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_says_what_is_wrong(name: str, tmp_path: Path) -> None:
    damage, said = DAMAGED[name]
    path = tmp_path / name
    path.write_text(damage(written(tmp_path, NOTE, "json").read_text()))
    read = Exports().read(path)
    assert (read.notes, read.links) == ((), ())
    assert said in read.problems[0]


def test_a_damaged_last_line_of_markdown_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, NOTE, "md")
    text = path.read_text()
    path.write_text(text[:-200] + " -->\n")
    assert "last line" in Exports().read(path).problems[0]
    assert Exports().read(tmp_path / "absent.md").problems == (
        "This file cannot be read: no such file or directory.",
    )


def test_of_several_notes_in_a_file_the_whole_ones_are_read(tmp_path: Path) -> None:
    path = tmp_path / "all.json"
    path.write_text(json.dumps([NOTE.to_json(), {"sections": 3}, {"id": "x", **NOTE.to_json()}]))
    read = Exports().read(path)
    assert len(read.notes) == 2
    assert read.problems[0].startswith("Note 2 of it is no whole note")


def test_notes_within_an_object_are_read_and_a_time_that_is_no_number_is_told(
    tmp_path: Path,
) -> None:
    path = tmp_path / "all.json"
    path.write_text(json.dumps({"notes": [NOTE.to_json()]}))
    assert len(Exports().read(path).notes) == 1
    path.write_text(re.sub(r'"start_s": [\d.]+', '"start_s": NaN', json.dumps(NOTE.to_json())))
    (problem,) = Exports().read(path).problems
    assert "start_s" in problem


def test_a_file_with_the_line_ends_of_old_macs_is_read(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_bytes(
        b"# Bread\r\r[A talk](https://youtu.be/dQw4w9WgXcQ)\r\r## Dough\r\rBread rises.\r"
    )
    (note,) = Exports().read(path).notes
    assert [each.heading for each in note.sections] == ["Dough"]


TAKEOUT = "Video ID,Playlist Video Creation Timestamp\n{},2024-01-02T03:04:05+00:00\n"


def test_a_library_is_said_to_be_one_and_gives_no_links(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE videos (url)")
        connection.execute("INSERT INTO videos VALUES ('https://youtu.be/aaaaaaaaaaa')")
    read = read_file(path)
    assert (read.notes, read.links) == ((), ())
    assert f"NOTEGEN_DATABASE_URL=sqlite:///{path} notegen notes export all" in read.problems[0]


def test_a_watch_later_list_is_links(tmp_path: Path) -> None:
    path = tmp_path / "Watch later-videos.csv"
    path.write_text(TAKEOUT.format("dQw4w9WgXcQ"))
    read = Exports().read(path)
    assert [link.url for link in read.links] == ["https://www.youtube.com/watch?v=dQw4w9WgXcQ"]
    assert (read.notes, read.problems) == ((), ())


def test_channels_that_someone_subscribes_to_are_no_videos(tmp_path: Path) -> None:
    path = tmp_path / "subscriptions.csv"
    channel = "UCabcdefghijklmnopqrstuv"
    path.write_text(
        "Channel Id,Channel Url,Channel Title\n"
        f"{channel},http://www.youtube.com/channel/{channel},Small Lectures\n"
    )
    read = Exports().read(path)
    assert (read.notes, read.links) == ((), ())
    assert "notegen follow add" in read.problems[0]


INDEX = (
    "Playlist ID,Add new videos to top,Playlist Title (Original)\n"
    "PLabcdefghijklmnopqrstuvwxyz0123456,False,Lectures\n"
)
HISTORY = (
    '<html><div class="outer-cell mdl-cell">Watched <a href="https://www.youtube.com/watch?v='
    'dQw4w9WgXcQ">A talk</a><br><a href="https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv">'
    "Someone</a></div></html>"
)


@pytest.mark.parametrize("name", ["watch-history.html", "Wiedergabeverlauf.html"])
def test_a_folder_of_takeout_is_its_history_and_its_lists(name: str, tmp_path: Path) -> None:
    (tmp_path / "history").mkdir()
    (tmp_path / "history" / name).write_text(HISTORY)
    (tmp_path / "archive_browser.html").write_text("<a href='https://youtu.be/aaaaaaaaaaa'>x</a>")
    (tmp_path / "playlists.csv").write_text(INDEX)
    (tmp_path / "Wiedergabelisten.csv").write_text(INDEX.replace("Playlist ID", "Playlist-ID"))
    (tmp_path / "Of 2021.csv").write_text(
        INDEX.replace("\n", "\r\n") + "\r\nVideo Id,Time Added\r\nccccccccccc,2021-01-02\r\n"
    )
    (tmp_path / "Later-videos.csv").write_text(TAKEOUT.format("bbbbbbbbbbb"))
    files = Exports().files_in(tmp_path)
    assert [path.name for path in files] == ["Later-videos.csv", "Of 2021.csv", name]
    read = [Exports().read(path) for path in files]
    assert [link.id for each in read for link in each.links] == [
        "bbbbbbbbbbb",
        "PLabcdefghijklmnopqrstuvwxyz0123456",
        "ccccccccccc",
        "dQw4w9WgXcQ",
    ]
    assert [each.problems for each in read] == [(), (), ()]


def test_an_archive_is_to_be_unpacked_first(tmp_path: Path) -> None:
    path = tmp_path / "takeout.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("watch-history.html", HISTORY)
    assert "unpack it first" in read_file(path).problems[0]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
@pytest.mark.parametrize("format", ["json", "md"])
def test_a_note_that_was_saved_in_another_encoding_is_read(
    format: str, encoding: str, tmp_path: Path
) -> None:
    path = written(tmp_path, replace(NOTE, title="Das Café über der Brücke"), format)
    path.write_bytes(path.read_text("utf-8").encode(encoding, "replace"))
    (read,) = read_file(path).notes
    assert read.title == "Das Café über der Brücke"


def test_what_is_wrong_with_a_file_is_said_in_the_language_of_the_window(tmp_path: Path) -> None:
    path = tmp_path / "odd.txt"
    path.write_text("Just words.")
    english = read_file(path).problems
    activate_language("de")
    try:
        assert read_file(path).problems != english
    finally:
        activate_language("en")


def test_a_folder_is_read_with_what_lies_within(tmp_path: Path) -> None:
    written(tmp_path / "a", NOTE, "json")
    written(tmp_path / "a", NOTE, "html")
    (tmp_path / ".hidden").mkdir()
    written(tmp_path / ".hidden", NOTE, "md")
    assert [path.name for path in Exports().files_in(tmp_path)] == ["study-notes.json"]
