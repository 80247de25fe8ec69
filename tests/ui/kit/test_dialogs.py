"""Awaitable dialogs: answered, cancelled, closed with their window, with safe texts."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QWidget,
)

from notegen_desktop.domain.notes.note import Level
from notegen_desktop.ui.kit import dialogs
from notegen_desktop.ui.kit.dialogs import (
    answer,
    choose_files,
    choose_save_path,
    confirm,
    confirm_external_link,
    host_of,
    is_home,
)
from notegen_desktop.ui.kit.tasks import in_thread
from notegen_desktop.ui.notes.actions import ask_where, write_note
from notegen_desktop.ui.window.closing import ask_close_while_running
from tests.fakes.services import FakeExporter, make_note, make_video
from tests.ui.conftest import clear_away, until


def box() -> QMessageBox | None:
    found = [
        w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible()
    ]
    return found[-1] if found else None


def press(name: str) -> None:
    dialog = box()
    assert dialog is not None
    button = dialog.findChild(QPushButton, name)
    assert button is not None
    button.click()


async def shown() -> QMessageBox:
    await until(lambda: box() is not None, "a question")
    dialog = box()
    assert dialog is not None
    return dialog


@pytest.mark.parametrize(("button", "wanted"), [("acceptButton", True), ("rejectButton", False)])
async def test_a_question_gives_its_answer(button: str, wanted: bool) -> None:
    task = asyncio.ensure_future(confirm(None, title="T", text="Really?", accept="Yes"))
    await shown()
    press(button)
    assert await task is wanted
    clear_away()
    assert box() is None


async def test_escape_is_no(qtbot) -> None:
    task = asyncio.ensure_future(confirm(None, title="T", text="Really?"))
    qtbot.keyClick(await shown(), Qt.Key.Key_Escape)
    assert await task is False


async def test_closing_the_dialog_is_no() -> None:
    task = asyncio.ensure_future(confirm(None, title="T", text="Really?"))
    (await shown()).close()
    assert await task is False


async def test_other_tasks_run_while_a_question_is_open() -> None:
    ran = []

    async def other() -> None:
        for _ in range(3):
            await asyncio.sleep(0)
            ran.append(1)

    task = asyncio.ensure_future(confirm(None, title="T", text="Really?"))
    await shown()
    await other()
    assert len(ran) == 3
    press("rejectButton")
    await task


async def test_a_cancelled_question_disappears() -> None:
    task = asyncio.ensure_future(confirm(None, title="T", text="Really?"))
    await shown()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    clear_away()
    assert box() is None


async def test_a_question_ends_with_its_window() -> None:
    window = QWidget()
    window.show()
    task = asyncio.ensure_future(answer(QDialog(window)))
    await asyncio.sleep(0.02)
    window.close()
    window.deleteLater()
    clear_away()
    assert await asyncio.wait_for(task, 2) == 0


async def test_enter_takes_the_harmless_answer(qtbot) -> None:
    task = asyncio.ensure_future(ask_close_while_running(None, 3))
    dialog = await shown()
    assert "3 notes are still being written" in dialog.text()
    focus = dialog.focusWidget()
    assert focus is not None
    assert focus.objectName() == "rejectButton"
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert await task is False


async def test_the_harmful_answer_stands_apart_from_the_harmless_one() -> None:
    task = asyncio.ensure_future(ask_close_while_running(None, 3))
    dialog = await shown()
    yes, no = (dialog.findChild(QPushButton, n) for n in ("acceptButton", "rejectButton"))
    await until(lambda: no.geometry().left() - yes.geometry().right() >= 24)
    press("rejectButton")
    assert await task is False


async def test_closing_while_one_note_is_written_speaks_of_one() -> None:
    task = asyncio.ensure_future(ask_close_while_running(None, 1))
    dialog = await shown()
    assert dialog.text() == "A note is still being written."
    assert "stops it" in dialog.informativeText()
    press("acceptButton")
    assert await task is True


async def test_texts_of_questions_are_plain() -> None:
    task = asyncio.ensure_future(confirm(None, title="T", text="<b>bold</b><img src=x>"))
    dialog = await shown()
    assert dialog.textFormat() == Qt.TextFormat.PlainText
    press("rejectButton")
    await task


# --- links ---


def test_an_imitated_host_shows_its_true_letters() -> None:
    assert host_of("https://уoutube.com/watch") == "xn--outube-vrf.com"
    assert host_of("https://youtube.com@evil.test/x") == "evil.test"
    assert host_of("https://YouTube.com/") == "youtube.com"
    assert host_of("nonsense") == ""


@pytest.mark.parametrize(
    ("url", "home"),
    [
        ("https://www.youtube.com/watch?v=x", True),
        ("https://youtu.be/x?t=3", True),
        ("https://m.youtube.com/", True),
        ("https://evil.youtube.com.test/", False),
        ("https://youtube.com@evil.test/", False),
        ("https://уoutube.com/", False),
        ("mailto:a@youtube.com", False),
        ("https://example.org/", False),
    ],
)
def test_only_the_videos_own_host_is_home(url: str, home: bool) -> None:
    assert is_home(url, make_video()) is home


async def test_the_videos_own_host_needs_no_question() -> None:
    assert await confirm_external_link(None, "https://youtu.be/x", make_video()) is True
    assert box() is None


async def test_another_host_is_shown_and_asked_about() -> None:
    url = "https://user:pass@уoutube.com/login?next=" + "x" * 900
    task = asyncio.ensure_future(confirm_external_link(None, url, make_video()))
    dialog = await shown()
    assert "xn--outube-vrf.com" in dialog.text()
    assert len(dialog.informativeText()) <= dialogs.SHOWN_ADDRESS + 10
    assert all(len(line) <= 60 for line in dialog.informativeText().splitlines())
    press("acceptButton")
    assert await task is True


@pytest.mark.parametrize(
    ("url", "whose"),
    [
        ("http://192.168.1.1/reboot", "your own network"),
        ("http://169.254.169.254/latest/meta-data", "your own network"),
        ("http://[fe80::1]/", "your own network"),
        ("http://100.64.0.9/", "your own network"),
        ("http://router/", "your own network"),
        ("https://nas.local./", "your own network"),
        ("http://10.0.0.1.nip.io/", "your own network"),
        ("http://192-168-1-5.abcdef.plex.direct/", "your own network"),
        ("http://app.localtest.me/", "your own computer"),
        ("http://7f000001.nip.io/", "your own computer"),
        ("http://localhost:631/admin", "your own computer"),
        ("http://127.1/", "your own computer"),
        ("http://2130706433/", "your own computer"),
        ("http://0x7f.0.0.1/", "your own computer"),
        ("http://[::1]:8080/", "your own computer"),
        ("http://[::ffff:127.0.0.1]/", "your own computer"),
        ("http://0.0.0.0/", "your own computer"),
        ("https://example.org/", ""),
        ("https://8.8.8.8/", ""),
    ],
)
async def test_a_link_into_the_own_network_is_called_so(url: str, whose: str) -> None:
    video = replace(make_video(), url=url) if whose else make_video()
    task = asyncio.ensure_future(confirm_external_link(None, url, video))
    dialog = await shown()
    assert (f"into {whose}, not to the internet" if whose else "another site") in dialog.text()
    press("rejectButton")
    assert await task is False


async def test_a_question_shows_all_that_is_in_it() -> None:
    """A file name with bidi controls (`exe.gnp` displayed as `png.exe`) is shown as it is."""
    task = asyncio.ensure_future(
        dialogs.confirm(None, title="T", text="talk \u202egnp.exe", details="pay\u200bpal\x1b")
    )
    dialog = await shown()
    assert (dialog.text(), dialog.informativeText()) == ("talk gnp.exe", "paypal")
    press("rejectButton")
    await task


@pytest.mark.parametrize(
    ("text", "details"),
    [
        (
            f"This link leads to another site:\n{'www.a-bank.example.' * 9}com",
            "https://" + "m" * 290,
        ),
        ("A question that is much longer than any line of it can be, and goes on. " * 3, "Short."),
        (
            "Over the budget?",
            "It may cost up to $0.062, and $0.04 is left of $0.50 for today. " * 2,
        ),
        ("Short?", ""),
    ],
)
async def test_no_words_of_a_question_are_cut_and_all_begin_at_its_edge(
    text: str, details: str
) -> None:
    names = ("First of all", "Another way out of it", "Yet another way out of it")
    choices = [(name, name) for name in names]
    task = asyncio.ensure_future(
        dialogs.choose(None, title="T", text=text, details=details, choices=choices)
    )
    dialog = await shown()
    letters = re.sub(r"\s", "", text + details)
    assert re.sub(r"\s", "", dialog.text() + dialog.informativeText()) == letters
    for label in dialog.findChildren(QLabel):
        if label.isVisible() and label.text():
            words = label.text().split() if label.wordWrap() else label.text().split("\n")
            assert max(map(label.fontMetrics().horizontalAdvance, words)) <= label.width()
            assert label.heightForWidth(label.width()) <= label.height()
            assert label.x() == dialog.findChild(QDialogButtonBox).x()
    press("rejectButton")
    await task


async def test_mail_is_asked_about_too() -> None:
    task = asyncio.ensure_future(
        confirm_external_link(None, "mailto:a@b.test?to=c@d.test&attach=/x")
    )
    dialog = await shown()
    assert "a@b.test,c@d.test" in dialog.text()
    assert "attach" not in dialog.informativeText()
    press("rejectButton")
    assert await task is False


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "javascript:1", "data:text/html,x", "ftp://a/b", "", "https://"]
)
async def test_nothing_else_is_opened_nor_asked_about(url: str) -> None:
    assert await confirm_external_link(None, url, make_video()) is False
    assert box() is None


# --- files ---


@pytest.fixture
def qt_file_dialogs(qapp: QApplication):
    """Use Qt's own file dialogs, because tests cannot operate those of the system."""
    qapp.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs, True)
    yield
    qapp.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs, False)


async def file_dialog() -> QFileDialog:
    def found() -> list[QFileDialog]:
        return [
            w
            for w in QApplication.topLevelWidgets()
            if isinstance(w, QFileDialog) and w.isVisible()
        ]

    await until(found, "a file dialog")
    return found()[-1]


async def test_chosen_files_come_back(tmp_path: Path, qt_file_dialogs) -> None:
    (tmp_path / "a.vtt").write_text("WEBVTT")
    task = asyncio.ensure_future(
        choose_files(None, title="T", filters=["Captions (*.vtt)"], folder=tmp_path)
    )
    dialog = await file_dialog()
    name = dialog.findChild(QLineEdit, "fileNameEdit")
    name.setText("a.vtt")
    dialog.accept()
    assert await asyncio.wait_for(task, 5) == [tmp_path / "a.vtt"]
    clear_away()


async def test_changing_ones_mind_gives_nothing(tmp_path: Path, qt_file_dialogs) -> None:
    ask = choose_save_path(None, title="T", name="n", suffix="md", folder=tmp_path)
    task = asyncio.ensure_future(ask)
    (await file_dialog()).reject()
    assert await asyncio.wait_for(task, 5) is None
    clear_away()


@pytest.mark.parametrize("format", ["md", "pdf"])
async def test_a_note_is_saved_where_the_user_says(
    tmp_path: Path, qt_file_dialogs, format: str
) -> None:
    note = make_note()
    kind = "Study notes"
    task = asyncio.ensure_future(ask_where(None, note, format, kind=kind, folder=tmp_path))
    dialog = await file_dialog()
    assert "How memory works" in dialog.selectedFiles()[0]
    dialog.accept()
    path = await asyncio.wait_for(task, 5)
    assert path is not None
    await write_note(path, FakeExporter(), note, format, Level.CONCISE, kind=kind)
    assert path.parent == tmp_path
    assert path.suffix == f".{format}"
    start = path.read_bytes()[:5]
    assert start == (b"%PDF-" if format == "pdf" else b"# How")
    assert names_in(tmp_path) == [path.name]
    clear_away()


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_slow_work_runs_beside_the_window() -> None:
    import threading

    here = threading.get_ident()
    assert await in_thread(threading.get_ident) != here
