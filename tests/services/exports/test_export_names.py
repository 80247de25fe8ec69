"""Exported files have names that do no harm, and are never written over anything."""

from __future__ import annotations

import errno
import os
import re
import time
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from notegen_desktop.domain.errors import DiskFull, FolderNotWritable
from notegen_desktop.domain.notes.note import Level
from notegen_desktop.domain.text.file_names import MAX_BYTES, collision_key, safe_name
from notegen_desktop.services.exports import Exports
from notegen_desktop.services.exports.files import FolderIndex
from notegen_desktop.services.machine.files import lock_file
from tests.fakes.notes import VIDEO, a_note
from tests.properties import examples, texts

HOSTILE_TITLES = [
    "", " ", ".", "..", "...", "/", "\\", "../../etc/passwd", "..\\..\\x", "/abs", "C:\\x", "C:x",
    "a/b", "a\\b", "CON", "con", "con.txt", "NUL .txt", "aux", "PRN", "COM1", "com¹", "LPT9.tar.gz",
    "CONIN$", "CLOCK$", ".hidden", "-rf", "~", "~root", "a\0b", "a\nb", "a\tb", "trailing.",
    "trailing ", "x:y:stream", "what?", "star*", '"quoted"', "<tag>", "pi|pe", "\u202egpj.exe",
    "\u2066x\u2069", "zero\u200bwidth", "\ufeffbom", "\ud800", "e\u0301", "é" * 300, "长" * 300,
    "🌉" * 100, "👩‍👩‍👧‍👦 family", "a" * 5000, "\u2028line", "desktop.ini", "$(reboot)", "`id`",
    "%PATH%", "\x7f", "\u0085", "ａ／ｂ", "x" * 179 + "e\u0301\u0302\u0303",
]  # fmt: skip


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- names ---


@pytest.mark.parametrize("title", HOSTILE_TITLES, ids=ascii)
def test_a_hostile_title_becomes_a_file_inside_the_folder(title: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    note = a_note(title=title, video=replace(VIDEO, title=title))
    for path in (
        Exports().save(note, folder, "md", Level.CONCISE),
        Exports().save(note, folder, "md", Level.CONCISE, stem=title),
        Exports().save_to_tree(note, folder, "md", Level.CONCISE).path,
    ):
        assert path.is_file()
        assert path.resolve().is_relative_to(folder.resolve())
        assert len(path.name.encode()) <= MAX_BYTES
    assert names_in(tmp_path) == ["out"]


def check_name(name: str) -> None:
    assert name
    assert name == unicodedata.normalize("NFC", name)
    assert len(name.encode()) <= MAX_BYTES
    assert not re.search(r'[\\/:*?"<>|\x00-\x1f\x7f]', name)
    assert not re.match(r"[ .~-]", name)
    assert not re.search(r"[ .]$", name)
    assert not re.match(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", name, re.IGNORECASE)
    assert not any(unicodedata.bidirectional(c) in ("RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI",
                                                    "FSI", "PDI") for c in name)  # fmt: skip


@pytest.mark.parametrize("title", HOSTILE_TITLES, ids=ascii)
def test_a_name_shows_as_what_it_is(title: str) -> None:
    check_name(safe_name(title))


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("👩\u200d👩\u200d👧 family", "👩\u200d👩\u200d👧 family"),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("ක\u0dca\u200dර", "ක\u0dca\u200dර"),
        ("می\u200c\u200d\u200b\u200cخواهم", "می\u200cخواهم"),
        ("\u200dمی\u200c می\u200c", "می می"),
        ("c\u200con\u200d", "_con"),
        ("👩\u200d/👩", "👩 👩"),
        ("x" * 173 + "👩\u200d👩", "x" * 173 + "👩"),
    ],
    ids=ascii,
)
def test_joiners_stay_in_words_and_pictures_that_need_them(title: str, name: str) -> None:
    assert safe_name(title) == name
    assert safe_name(name) == name
    assert collision_key(name) == collision_key(name.replace("\u200c", "").replace("\u200d", ""))


@examples(300)
@given(texts(max_size=250))
def test_any_title_gives_a_name_that_is_its_own_name(title: str) -> None:
    name = safe_name(title)
    check_name(name)
    assert safe_name(name) == name


def test_an_ordinary_title_is_its_own_name() -> None:
    for title in ("How bridges stand (part 2), 50 % off!", "Überblick & Ärger", "机器学习入门"):
        assert safe_name(title) == title


# --- writing ---


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    exports = Exports()
    paths = [exports.save(a_note(), tmp_path, "md", level, stem="a") for level in Level]
    assert names_in(tmp_path) == ["a (2).md", "a (3).md", "a.md"]
    assert [path.read_bytes() for path in paths] == [
        exports.render(a_note(), "md", level) for level in Level
    ]


def test_a_dangling_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "a.md").symlink_to(tmp_path / "elsewhere.md")
    assert Exports().save(a_note(), tmp_path, "md", Level.CONCISE, stem="a").name == "a (2).md"
    assert not (tmp_path / "elsewhere.md").exists()


def test_a_tree_is_sorted_by_video_and_template(tmp_path: Path) -> None:
    path = Exports().save_to_tree(a_note(), tmp_path, "json", Level.STANDARD).path
    assert path == tmp_path / "How bridges stand" / "study-notes.json"
    untitled = a_note(video=replace(VIDEO, title=""))
    path = Exports().save_to_tree(untitled, tmp_path, "md", Level.STANDARD).path
    assert path == tmp_path / VIDEO.id / "study-notes.md"


def test_a_tree_does_not_grow_through_a_link(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (inside / VIDEO.title).symlink_to(outside)
    with pytest.raises(FolderNotWritable):
        Exports().save_to_tree(a_note(), inside, "md", Level.STANDARD)
    assert names_in(outside) == []


def test_a_file_in_the_way_is_said(tmp_path: Path) -> None:
    blocker = tmp_path / "out"
    blocker.write_text("mine")
    for attempt in (
        lambda: Exports().prepare(blocker),
        lambda: Exports().save(a_note(), blocker, "md", Level.CONCISE),
        lambda: Exports().save(a_note(), blocker / "deeper", "md", Level.CONCISE),
    ):
        with pytest.raises(FolderNotWritable):
            attempt()
    assert blocker.read_text() == "mine"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (errno.ENOSPC, DiskFull),
        (errno.EDQUOT, DiskFull),
        (errno.EACCES, FolderNotWritable),
        (errno.EROFS, FolderNotWritable),
        (errno.EIO, FolderNotWritable),
    ],
)
def test_a_file_that_cannot_be_written_leaves_nothing(
    code: int, expected: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(handle: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(expected):
        Exports().save(a_note(), tmp_path, "md", Level.CONCISE)
    assert names_in(tmp_path) == []


def test_without_hard_links_nothing_is_overwritten_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(Path, "hardlink_to", fail)
    for level in (Level.CONCISE, Level.STANDARD):
        path = Exports().save(a_note(), tmp_path, "md", level, stem="a")
        assert path.read_bytes() == Exports().render(a_note(), "md", level)
    assert names_in(tmp_path) == ["a (2).md", "a.md"]


def test_preparing_leaves_an_empty_folder(tmp_path: Path) -> None:
    Exports().prepare(tmp_path / "a" / "b")
    assert names_in(tmp_path / "a" / "b") == []


def test_marks_without_end_leave_the_title_its_letter() -> None:
    assert safe_name("a" + "\u0301" * 200).startswith("\u00e1")
    assert safe_name("Z" + "\u0335" * 300 + "o").endswith("o")
    assert safe_name("นี่คือ" * 50).startswith("นี่คือ")


def test_a_title_of_a_megabyte_is_a_short_name() -> None:
    for title in ("a" * 1_000_000, "\u0301" * 1_000_000, "\u202e" * 1_000_000, " ." * 500_000):
        assert 0 < len(safe_name(title)) < 200


# --- names that a disk may take for one, and files that are there already ---


SAME_NAMES = ("Über uns", "ÜBER UNS", "U\u0308ber uns", "über Uns")


def test_names_that_a_disk_may_take_for_one_are_numbered(tmp_path: Path) -> None:
    exports = Exports()
    for number, stem in enumerate(SAME_NAMES):
        exports.save(a_note(title=str(number)), tmp_path, "md", Level.CONCISE, stem=stem)
    names = names_in(tmp_path)
    assert len(names) == 4
    assert len({collision_key(name) for name in names}) == 4


def test_folders_that_a_disk_may_take_for_one_are_one(tmp_path: Path) -> None:
    (tmp_path / "u\u0308ber uns").mkdir()  # as another program, or another system, wrote it
    exports = Exports()
    for number, title in enumerate(SAME_NAMES):
        video = replace(VIDEO, title=title)
        exports.save_to_tree(a_note(title=str(number), video=video), tmp_path, "md", Level.CONCISE)
    assert names_in(tmp_path) == ["u\u0308ber uns"]
    assert len(names_in(tmp_path / "u\u0308ber uns")) == 4


@pytest.mark.parametrize("format", ["md", "html", "json", "docx", "pptx", "anki", "pdf"])
def test_the_same_note_is_the_same_file(format: str, tmp_path: Path) -> None:
    first = Exports().save_to_tree(a_note(), tmp_path, format, Level.CONCISE)
    time.sleep(0 if format in ("md", "html", "json") else 2.1)  # times in archives count so
    again = Exports().save_to_tree(a_note(), tmp_path, format, Level.CONCISE)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.path == again.path
    assert len(names_in(first.path.parent)) == 1


def test_a_file_changed_by_its_reader_is_not_taken_for_the_note(tmp_path: Path) -> None:
    exports = Exports()
    first = exports.save_to_tree(a_note(), tmp_path, "md", Level.CONCISE).path
    first.write_text("my own words")
    again = exports.save_to_tree(a_note(), tmp_path, "md", Level.CONCISE)
    assert again.path.name == "study-notes (2).md"
    assert first.read_text() == "my own words"


def test_many_notes_of_one_name_are_each_looked_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = [f"{number:04}".encode() for number in range(500)]
    reads: list[Path] = []
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: (reads.append(path), read(path))[1])
    for is_new in (True, False):
        index = FolderIndex(tmp_path / "out")
        saved = [index.write_new("a", ".md", content) for content in contents]
        assert {each.is_new for each in saved} == {is_new}
        assert len(names_in(tmp_path / "out")) == len({each.path for each in saved}) == 500
    assert len(reads) == 2 * len(contents)  # once to know it, once to be sure


# --- what the dead leave ---


def test_drafts_of_the_dead_are_swept_away_and_those_of_the_living_left(tmp_path: Path) -> None:
    inner = tmp_path / "video"
    inner.mkdir()
    for folder in (tmp_path, inner):
        (folder / f".{'0a' * 16}.part").write_bytes(b"half")
        (folder / "film.part").write_bytes(b"another program's")
    alive = inner / f".{'1b' * 16}.part"
    with alive.open("wb") as file:
        assert lock_file(file)
        Exports().prepare(tmp_path)
        assert names_in(inner) == [alive.name, "film.part"]
    Exports().prepare(tmp_path)
    assert (names_in(tmp_path), names_in(inner)) == (["film.part", "video"], ["film.part"])


def test_a_file_is_replaced_whole_or_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    Exports().replace(path, b"first")
    Exports().replace(path, b"second")
    assert path.read_bytes() == b"second"
    with pytest.raises(FolderNotWritable) as raised:
        Exports().replace(tmp_path / "missing" / "note.md", b"x")
    assert "note.md" in raised.value.message
    assert names_in(tmp_path) == ["note.md"]


def test_two_programs_that_write_the_same_file_at_once_write_it_once(tmp_path: Path) -> None:
    """Each has looked into the folder before the other wrote there."""
    programs = [Exports(), Exports()]
    for exports in programs:
        assert exports.find_in_tree(a_note(), tmp_path, "md", Level.STANDARD) is None
        exports._index(exports._place(a_note(), tmp_path))
    first, second = (
        exports.save_to_tree(a_note(), tmp_path, "md", Level.STANDARD) for exports in programs
    )
    assert (first.is_new, second.is_new) == (True, False)
    assert first.path == second.path
    other = programs[0].save_to_tree(a_note(), tmp_path, "md", Level.CONCISE)
    assert other.path not in (first.path, second.path)
