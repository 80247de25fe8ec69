"""What files hold that are dropped on the window or named on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from notegen_desktop.domain.links.link import LinkKind
from notegen_desktop.services.machine.local_files import (
    LIST_BYTES,
    links_in_path,
    links_in_text,
    merged,
)

ADDRESS = "https://www.youtube.com/watch?v=abcdefghijk"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("talk.url", f"[InternetShortcut]\r\nURL={ADDRESS}\r\n"),
        ("talk.desktop", f"[Desktop Entry]\nType=Link\nURL={ADDRESS}\n"),
        ("list.txt", f"# my list\n{ADDRESS}\n"),
        ("page.html", f"<a href='{ADDRESS}'>A talk</a>"),
    ],
)
def test_shortcuts_and_lists_are_looked_into(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content)
    assert [link.url for link in links_in_path(path).links] == [ADDRESS]


@pytest.mark.parametrize("name", ["talk.mp4", "talk.srt", "words.txt"])
def test_films_captions_and_texts_are_sources_themselves(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("Nothing but words, said one after the other.\n")
    (link,) = links_in_path(path).links
    assert (link.kind, link.url) == (LinkKind.FILE, str(path))


def test_a_folder_of_takeout_is_the_videos_of_its_lists(tmp_path: Path) -> None:
    (tmp_path / "history").mkdir()
    (tmp_path / "history" / "watch-history.html").write_text(
        f'Watched <a href="{ADDRESS}">A talk</a><br><a href="https://www.youtube.com/@ann">Ann</a>'
    )
    (tmp_path / "archive_browser.html").write_text("<a href='https://example.org/'>x</a>")
    (tmp_path / "playlists.csv").write_text("Playlist ID,Title\nPLabcdefghijklmnopqr,Lectures\n")
    (tmp_path / "Later-videos.csv").write_text("Video ID,Time\nbbbbbbbbbbb,2024-01-02\n")
    found = links_in_path(tmp_path)
    assert [link.id for link in found.links] == ["bbbbbbbbbbb", "abcdefghijk"]
    assert found.rejects == ()
    (tmp_path / "talk.mp4").write_bytes(b"film")
    assert [link.kind for link in links_in_path(tmp_path).links] == [LinkKind.FILE]


def test_what_is_too_long_for_a_list_is_a_source(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text(f"{ADDRESS}\n" * (LIST_BYTES // len(ADDRESS)))
    assert [link.kind for link in links_in_path(path).links] == [LinkKind.FILE]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nowhere.mp4", "not there"),
        ("slides.pdf", "cannot be read"),
        ("a.zip", "unpack it first"),
        ("folder", "folder"),
    ],
)
def test_what_cannot_be_used_is_a_reject_with_its_reason(
    tmp_path: Path, name: str, reason: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "slides.pdf").write_bytes(b"%PDF")
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04")
    found = links_in_path(tmp_path / name)
    assert found.links == ()
    assert [reject.text for reject in found.rejects] == [name]
    assert reason in found.rejects[0].reason


def test_several_files_are_one_find_with_each_link_once(tmp_path: Path) -> None:
    for name in ("one.url", "two.url"):
        (tmp_path / name).write_text(f"[InternetShortcut]\nURL={ADDRESS}\n")
    names = ("one.url", "two.url", "gone.mp4", "gone.mp4")
    found = merged(links_in_path(tmp_path / name) for name in names)
    assert len(found.links) == len(found.rejects) == 1


def test_a_file_named_in_a_text_is_looked_into_as_a_dropped_one_is(tmp_path: Path) -> None:
    shortcut, film = tmp_path / "my talk.url", tmp_path / "film.mp4"
    shortcut.write_text(f"[InternetShortcut]\nURL={ADDRESS}\n")
    film.write_bytes(b"")
    text = f"{shortcut.as_uri()}\n{film}\n{tmp_path / 'gone.vtt'}\nhttps://vimeo.com/76979871\n"
    found = links_in_text(text)
    assert [link.url for link in found.links] == [
        ADDRESS,
        str(film),
        "https://vimeo.com/76979871",
    ]
    assert [(r.text, r.reason) for r in found.rejects] == [
        ("gone.vtt", "This file is not there (any more).")
    ]
