"""Source field: links are typed, pasted or dropped; unusable input is named with a reason."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from notegen_desktop.domain.errors import VideoPrivate
from notegen_desktop.domain.links.link import FoundLinks, LinkKind
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.services.machine import local_files
from notegen_desktop.ui.compose.source_chip import Chip
from notegen_desktop.ui.compose.source_input import MAX_CHIPS, SourceInput
from notegen_desktop.ui.window.main_window import MainWindow
from tests.fakes.services import make_video
from tests.ui.conftest import until

ONE = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
TWO = "https://www.youtube.com/watch?v=aircAruvnKk"


@pytest.fixture
def source(qtbot: QtBot) -> SourceInput:
    made = SourceInput()
    made.resize(340, 400)
    qtbot.addWidget(made)
    made.show()
    return made


def ids(source: SourceInput) -> list[str]:
    return [link.id for link in source.links()]


def problem(source: SourceInput) -> str:
    label = source.findChild(QLabel, "sourceProblem")
    return label.text() if label.isVisible() else ""


def chip(source: SourceInput, key: str) -> Chip:
    return source.findChild(Chip, f"chip:{key}")


def mime(**formats: str) -> QMimeData:
    data = QMimeData()
    if "text" in formats:
        data.setText(formats["text"])
    if "html" in formats:
        data.setHtml(formats["html"])
    if "urls" in formats:
        data.setUrls([QUrl(url) for url in formats["urls"].split()])
    if "moz" in formats:
        data.setData("text/x-moz-url", formats["moz"].encode("utf-16-le"))
    return data


def test_return_turns_typed_text_into_chips(source: SourceInput, qtbot: QtBot) -> None:
    with qtbot.waitSignal(source.added) as heard:
        qtbot.keyClicks(source.field, f"look at {ONE} and youtu.be/aircAruvnKk")
        qtbot.keyClick(source.field, Qt.Key.Key_Return)
    assert ids(source) == ["dQw4w9WgXcQ", "aircAruvnKk"]
    assert [link.id for link in heard.args[0]] == ids(source)
    assert source.field.text() == ""


def test_typed_text_without_a_link_stays_and_is_explained(
    source: SourceInput, qtbot: QtBot
) -> None:
    qtbot.keyClicks(source.field, "how to tie a tie")
    qtbot.keyClick(source.field, Qt.Key.Key_Return)
    assert source.links() == ()
    assert source.field.text() == "how to tie a tie"
    assert problem(source)


def test_shift_return_makes_another_line_and_the_field_grows(
    source: SourceInput, qtbot: QtBot
) -> None:
    low = source.field.height()
    qtbot.keyClicks(source.field, "a")
    qtbot.keyClick(source.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert source.field.toPlainText() == "a\n"
    assert source.field.height() > low


def test_pasting_takes_links_at_once(source: SourceInput, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText(f"{ONE}\n{TWO}")
    source.field.setFocus()
    qtbot.keyClick(source.field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert ids(source) == ["dQw4w9WgXcQ", "aircAruvnKk"]


def test_the_same_video_in_another_spelling_is_in_the_queue_once(source: SourceInput) -> None:
    source.add_text(ONE)
    source.add_text("https://youtu.be/dQw4w9WgXcQ?si=tracking")
    assert ids(source) == ["dQw4w9WgXcQ"]
    assert "already" in problem(source)


def test_what_cannot_be_used_is_named_with_its_reason(source: SourceInput) -> None:
    source.add_text(f"{ONE}\n/home/someone/essay.xlsx")
    assert ids(source) == ["dQw4w9WgXcQ"]
    assert "essay.xlsx" in problem(source)
    assert ".xlsx" in problem(source).partition(":")[2]
    source.add_text(TWO)
    assert problem(source) == ""


def test_text_from_outside_is_never_read_as_markup(source: SourceInput) -> None:
    source.add_text(ONE)
    source.show_video("dQw4w9WgXcQ", make_video(title="<b>bold</b> & <img src=x>"))
    title = chip(source, "dQw4w9WgXcQ").findChild(QLabel, "chipTitle")
    assert title.textFormat() is Qt.TextFormat.PlainText
    assert title.text() == "<b>bold</b> & <img src=x>"
    assert source.findChild(QLabel, "sourceProblem").textFormat() is Qt.TextFormat.PlainText


@pytest.mark.parametrize(
    "data",
    [
        mime(urls=ONE),
        mime(text=ONE),
        mime(html=f'<p>see <a href="{ONE}">this</a></p>'),
        mime(moz=f"{ONE}\nA title"),
        mime(urls=ONE, moz=f"{ONE}\nA title", html=f'<a href="{ONE}">A title</a>', text=ONE),
    ],
    ids=["uri-list", "plain", "html", "moz-url", "all at once"],
)
def test_every_form_of_a_dropped_link_is_understood(source: SourceInput, data: QMimeData) -> None:
    source.add_mime(data)
    assert ids(source) == ["dQw4w9WgXcQ"]
    assert problem(source) == ""


def test_comments_in_a_list_of_addresses_are_none(source: SourceInput) -> None:
    data = QMimeData()
    data.setData("text/uri-list", f"# from a browser\r\n{ONE}\r\n".encode())
    source.add_mime(data)
    assert ids(source) == ["dQw4w9WgXcQ"]
    assert problem(source) == ""


@pytest.mark.parametrize("way", ["pasted", "typed"])
def test_the_path_of_a_list_of_links_is_as_good_as_the_list(
    source: SourceInput, tmp_path: Path, way: str
) -> None:
    listed = tmp_path / "my list.txt"
    listed.write_text(f"{ONE}\n{TWO}\n")
    if way == "pasted":
        source.add_mime(mime(text=f'"{listed}"'))
    else:
        source.field.setText(f'"{listed}"')
        source.take_typed()
    assert ids(source) == ["dQw4w9WgXcQ", "aircAruvnKk"]


@pytest.mark.parametrize(
    "data", [mime(text=""), mime(text="good morning"), mime(html="<b>hi</b>"), QMimeData()]
)
def test_nothing_that_is_dropped_or_pasted_is_passed_over_in_silence(
    source: SourceInput, data: QMimeData
) -> None:
    source.add_mime(data)
    assert ids(source) == []
    assert problem(source) != ""


def test_dropped_files_are_taken_by_what_they_are(source: SourceInput, tmp_path: Path) -> None:
    captions = tmp_path / "talk.en.vtt"
    captions.write_text("WEBVTT\n")
    shortcut = tmp_path / "a video.url"
    shortcut.write_text(f"[InternetShortcut]\nURL={ONE}\n")
    webloc = tmp_path / "b.webloc"
    webloc.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict>'
        f"<key>URL</key><string>{TWO}</string></dict></plist>"
    )
    essay = tmp_path / "essay.xlsx"
    essay.write_bytes(b"PK")
    data = QMimeData()
    data.setUrls(
        [
            QUrl.fromLocalFile(str(p))
            for p in (captions, shortcut, webloc, essay, tmp_path / "x.vtt")
        ]
    )
    source.add_mime(data)
    kinds = [(link.kind, Path(link.url).name) for link in source.links()]
    assert kinds[0] == (LinkKind.FILE, "talk.en.vtt")
    assert ids(source)[1:] == ["dQw4w9WgXcQ", "aircAruvnKk"]
    assert "essay.xlsx" in problem(source)
    assert "x.vtt" in problem(source)


def test_a_drop_on_the_area_lights_it_up_and_is_taken(source: SourceInput) -> None:
    data = mime(urls=ONE)
    copy, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(QPoint(5, 5), copy, data, button, Qt.KeyboardModifier.NoModifier)
    source.dragEnterEvent(enter)
    assert enter.isAccepted()
    assert source.property("dragging") is True
    drop = QDropEvent(QPointF(5, 5), copy, data, button, Qt.KeyboardModifier.NoModifier)
    source.dropEvent(drop)
    assert drop.isAccepted()
    assert source.property("dragging") is False
    assert ids(source) == ["dQw4w9WgXcQ"]


def test_what_holds_no_text_is_not_taken(source: SourceInput) -> None:
    data = QMimeData()
    data.setData("application/x-color", b"\x00")
    enter = QDragEnterEvent(
        QPoint(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter.ignore()
    source.dragEnterEvent(enter)
    assert not enter.isAccepted()


def test_a_chip_shows_what_becomes_known(source: SourceInput) -> None:
    source.add_text(ONE)
    shown = chip(source, "dQw4w9WgXcQ")
    title, facts = (shown.findChild(QLabel, name) for name in ("chipTitle", "chipFacts"))
    assert "youtube.com" in title.text()
    source.show_video("dQw4w9WgXcQ", make_video())
    assert title.text() == "How memory works, and how to work with it"
    assert facts.text() == "The Learning Channel · 12:34"
    assert "How memory works" in shown.accessibleName()
    source.show_failure("dQw4w9WgXcQ", VideoPrivate().failure())
    assert facts.text() == "This video is private."
    assert ids(source) == ["dQw4w9WgXcQ"]


def test_a_link_far_down_a_long_list_is_seen_where_it_cannot_be_read(source: SourceInput) -> None:
    source.add_text("\n".join(f"https://youtu.be/aaaaaaa{n:04}" for n in range(MAX_CHIPS + 5)))
    last = f"aaaaaaa{MAX_CHIPS + 4:04}"
    assert source.findChild(QWidget, f"chip:{last}") is None
    source.show_failure(last, VideoPrivate().failure())
    shown = chip(source, last)
    assert shown.findChild(QLabel, "chipFacts").text() == "This video is private."
    assert source.findChild(QLabel, "moreSources").text() == "and 4 more"
    source.remove(last)
    assert last not in ids(source)


def test_a_long_title_is_shortened_and_whole_in_its_tooltip(source: SourceInput) -> None:
    source.add_text(ONE)
    long = "A title of many words " * 10
    source.show_video("dQw4w9WgXcQ", make_video(title=long))
    title = chip(source, "dQw4w9WgXcQ").findChild(QLabel, "chipTitle")
    title.resize(150, 20)
    assert title.is_elided()
    assert long.strip() in " ".join(title.toolTip().split())


def test_chips_are_removed_by_button_key_and_backspace(source: SourceInput, qtbot: QtBot) -> None:
    source.add_text(f"{ONE}\n{TWO}\nhttps://youtu.be/kCc8FmEb1nY")
    remove = chip(source, "dQw4w9WgXcQ").findChild(QToolButton, "chipRemove")
    qtbot.mouseClick(remove, Qt.MouseButton.LeftButton)
    assert ids(source) == ["aircAruvnKk", "kCc8FmEb1nY"]
    qtbot.keyClick(chip(source, "aircAruvnKk"), Qt.Key.Key_Delete)
    assert ids(source) == ["kCc8FmEb1nY"]
    qtbot.keyClick(source.field, Qt.Key.Key_Backspace)
    assert ids(source) == []


def test_a_playlist_offers_its_videos(source: SourceInput, qtbot: QtBot) -> None:
    source.add_text("https://www.youtube.com/playlist?list=PLrAXtmErZgOeiKm4sgNOknGvNjby9efdf")
    (link,) = source.links()
    assert link.kind is LinkKind.PLAYLIST
    source.show_count(link.key, 12)
    shown = chip(source, link.key)
    assert "12 videos" in shown.findChild(QLabel, "chipFacts").text()
    with qtbot.waitSignal(source.choice_wanted) as heard:
        qtbot.mouseClick(shown._choose, Qt.MouseButton.LeftButton)
    assert heard.args == [link.key]


def test_the_field_is_named_for_those_who_cannot_see_it(source: SourceInput) -> None:
    assert source.field.objectName() == "sourceInput"
    assert source.objectName() == "dropArea"
    assert source.field.accessibleName()
    assert source.field.accessibleDescription()
    assert "Ctrl+O" in source.findChild(QPushButton, "chooseFilesButton").toolTip()


def test_a_title_shows_all_that_is_in_it(source: SourceInput) -> None:
    source.add_text(ONE)
    hostile = "talk \u202egnp.exe\x1b[31m\u200b"
    source.show_video("dQw4w9WgXcQ", make_video(title=hostile))
    title = chip(source, "dQw4w9WgXcQ").findChild(QLabel, "chipTitle")
    assert title.text() == "talk gnp.exe"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", socket.gethostname()])
@pytest.mark.parametrize("flavour", ["urls", "text"])
def test_a_file_may_be_named_with_the_computer_it_is_on(
    source: SourceInput, tmp_path: Path, host: str, flavour: str
) -> None:
    path = tmp_path / "talk.vtt"
    path.write_text("WEBVTT\n")
    source.add_mime(mime(**{flavour: f"file://{host}{path}"}))
    assert [link.url for link in source.links()] == [str(path)]


def test_a_file_of_another_computer_is_called_that(source: SourceInput) -> None:
    source.add_mime(mime(urls="file://elsewhere.example/srv/talk.vtt"))
    assert not source.links()
    assert "another computer" in problem(source)


@pytest.mark.parametrize(
    "urls", ["about:blank", "javascript:void(0)", "file:///nowhere/at/all.png", "data:,x"]
)
@pytest.mark.parametrize("better", [{"text": ONE}, {"html": f"<a href='{ONE}'>a talk</a>"}])
def test_a_useless_list_of_addresses_does_not_hide_what_else_is_dropped(
    source: SourceInput, urls: str, better: dict[str, str]
) -> None:
    source.add_mime(mime(urls=urls, **better))
    assert ids(source) == ["dQw4w9WgXcQ"]
    assert not problem(source)


@pytest.fixture
def reading_threads(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """Return a list that collects the threads in which texts are searched for links."""
    threads: list[threading.Thread] = []

    def watched(text: str) -> FoundLinks:
        threads.append(threading.current_thread())
        return find_links(text)

    monkeypatch.setattr(local_files, "find_links", watched)
    return threads


@pytest.mark.parametrize("way", ["pasted", "dropped as a file", "handed over"])
async def test_thousands_of_links_are_read_while_the_window_goes_on(
    way: str,
    main_window: Callable[..., MainWindow],
    reading_threads: list[threading.Thread],
    tmp_path: Path,
) -> None:
    text = "\n".join(f"https://youtu.be/video{number:06}" for number in range(2000))
    window = main_window()
    source = window.composer.source
    match way:
        case "pasted":
            source.add_mime(mime(text=text))
        case "dropped as a file":
            listed = tmp_path / "list.txt"
            listed.write_text(text)
            source.add_mime(mime(urls=listed.as_uri()))
        case _:
            window.add_text(text)
    assert problem(source) == "Reading the links …"
    assert source.links() == ()
    await until(lambda: window.findChild(QPushButton, "addAllButton"), "the question")
    window.findChild(QPushButton, "addAllButton").click()
    await until(lambda: len(source.links()) == 2000, "the links")
    assert problem(source) == ""
    assert reading_threads or way == "dropped as a file"
    assert threading.main_thread() not in reading_threads


TALK = " ".join(["Bread rises when yeast eats sugar and gives off gas."] * 8)


def test_a_pasted_text_without_a_link_is_asked_to_be_a_source(source: SourceInput) -> None:
    heard: list[str] = []
    source.words_found.connect(heard.append)
    source.add_mime(mime(text=TALK))
    source.field.setText(TALK)
    source.take_typed()
    assert heard == [TALK, TALK]
    assert not source.field.text()
    source.add_mime(mime(text="not a link"))
    source.add_mime(mime(text=f"{TALK} {ONE}"))
    assert heard == [TALK, TALK]
    assert ids(source) == ["dQw4w9WgXcQ"]


async def test_the_words_of_a_talk_are_a_source_in_the_window(
    main_window: Callable[..., Any], tmp_path: Path
) -> None:
    window = main_window(texts_folder=tmp_path / "texts")
    window.composer.source.add_mime(mime(text=TALK))
    await until(window.composer.source.links)
    (link,) = window.composer.source.links()
    assert link.kind is LinkKind.FILE
    (kept,) = (path.read_text(encoding="utf-8") for path in (tmp_path / "texts").iterdir())
    assert kept == TALK
    assert Path(link.url).name.startswith("Bread rises when yeast eats sugar")
    window.composer.source.add_mime(mime(text=TALK))
    await until(lambda: "already" in problem(window.composer.source))


def test_a_folder_is_the_films_and_texts_in_it(source: SourceInput, tmp_path: Path) -> None:
    for name in ("a.mp4", "a.en.srt", "b.txt", ".hidden.txt", "picture.png", "more/c.vtt"):
        path = tmp_path / "talks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TALK, encoding="utf-8")
    source.add_mime(mime(urls=QUrl.fromLocalFile(str(tmp_path / "talks")).toString()))
    assert [Path(link.url).name for link in source.links()] == ["a.mp4", "b.txt", "c.vtt"]
    (tmp_path / "empty").mkdir()
    source.add_mime(mime(urls=QUrl.fromLocalFile(str(tmp_path / "empty")).toString()))
    assert "in this folder" in problem(source)
