"""Main window: orders reach the runner, changes of the board reach the panels."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QListView,
    QListWidget,
    QMessageBox,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QTabWidget,
    QWidget,
)

from notegen_desktop.domain.errors import (
    DiskFull,
    NetworkUnreachable,
    ServiceUnavailable,
    UsageError,
    VideoPrivate,
)
from notegen_desktop.domain.jobs.job import Status
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.notes.note import Engine, Mode
from notegen_desktop.services.machine.paths import sample_talk
from notegen_desktop.ui.window.keyboard import in_order
from notegen_desktop.ui.window.main_window import MainWindow
from tests.fakes.services import FakeServices, make_note, make_video
from tests.ui.conftest import close, until
from tests.ui.screens import settle

ONE = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
TWO = "https://www.youtube.com/watch?v=aircAruvnKk"
LIST = "https://www.youtube.com/playlist?list=PLrAXtmErZgOeiKm4sgNOknGvNjby9efdf"
Make = Callable[..., MainWindow]


def press(window: QWidget, name: str) -> None:
    button = window.findChild(QAbstractButton, name)
    assert button is not None, name
    assert button.isVisible(), f"{name} cannot be seen"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def says(window: QWidget, name: str) -> str:
    label = window.findChild(QLabel, name)
    return label.text() if label is not None and label.isVisible() else ""


async def start(fakes: FakeServices, window: MainWindow, *links: str) -> None:
    window.add_text("\n".join(links or (ONE,)))
    press(window, "generateButton")


async def test_rows_can_be_found_by_video_and_template(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    await start(fakes, window)
    card = window.findChild(QWidget, "video:dQw4w9WgXcQ")
    for template in ("basic-summary", "study-notes", "flashcards"):
        row = card.findChild(QWidget, f"job:{template}")
        for part in ("jobProgress", "jobStatus", "jobCancelButton", "jobRetryButton"):
            assert row.findChild(QWidget, part).accessibleIdentifier() == part
    fakes.runner.finish(next(iter(fakes.board)))
    for name in ("levelSelector", "noteView", "coverageStrip", "exportButton"):
        assert window.findChild(QWidget, name).accessibleIdentifier() == name


async def test_the_settings_dialog_can_be_found_with_its_fields(main_window: Make) -> None:
    window = main_window()
    press(window, "settingsButton")
    dialog = window.findChild(QDialog, "settingsDialog")
    for name in (
        "parallelCheck",
        "maxConcurrentSpin",
        "staggerSpin",
        "modelCombo",
        "apiKeyEdit",
        "themeCombo",
        "languageCombo",
        "budgetSpin",
    ):
        assert dialog.findChild(QWidget, name).accessibleIdentifier() == name
    dialog.reject()


async def test_the_first_start_explains_itself_and_offers_the_sample(
    main_window: Make, fakes: FakeServices, tmp_path: Path
) -> None:
    sample = tmp_path / "sample.en.vtt"
    sample.write_text("WEBVTT\n")
    window = main_window(sample=sample)
    assert window.findChild(QWidget, "welcome").isVisible()
    press(window, "sampleButton")
    (order,) = fakes.runner.orders
    assert [link.url for link in order.links] == [str(sample)]
    assert order.engine is Engine.OFFLINE
    assert order.templates == ("basic-summary", "study-notes", "flashcards")
    assert not window.findChild(QWidget, "welcome").isVisible()
    assert fakes.settings.current.text("general.engine") == "auto"


async def test_without_a_key_the_sample_comes_with_an_example_that_is_called_one(
    main_window: Make,
) -> None:
    window = main_window(sample=sample_talk())
    window.composer.show_key(known=False)
    press(window, "sampleButton")
    (page,) = window.results.pages()

    assert "Example" in page.badge
    assert page.note is not None
    assert page.note.title.endswith("(example)")
    assert "An example, shipped with" in page.note.sections[0].concise
    await until(lambda: "statements found" in page.statements.words.text())
    assert page.statements.isVisible()
    assert not page.statements.review.isVisible(), "it is in no library, where it could be changed"


async def test_without_a_sample_there_is_no_button_for_it(main_window: Make) -> None:
    assert not main_window().findChild(QPushButton, "sampleButton").isVisible()


async def test_generate_orders_what_the_left_column_says(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    window.composer.templates.tick(["chapters", "quick-reference"])
    for name, value in (("engineCombo", "gemini"), ("modeCombo", "hybrid")):
        combo = window.findChild(QComboBox, name)
        combo.setCurrentIndex(combo.findData(value))
    language = window.findChild(QComboBox, "noteLanguageCombo")
    language.setCurrentIndex(language.findData("de"))
    wish = window.findChild(QLineEdit, "wishEdit")
    QTest.keyClicks(wish, " for beginners ")
    await start(fakes, window, ONE, TWO)
    (order,) = fakes.runner.orders
    assert [link.id for link in order.links] == ["dQw4w9WgXcQ", "aircAruvnKk"]
    assert order.templates == ("quick-reference", "chapters")
    assert (order.engine, order.mode, order.language) == (Engine.GEMINI, Mode.HYBRID, "de")
    assert order.wish == "for beginners"
    assert window.composer.source.links() == ()
    assert wish.text() == "", "a wish is for one run"


async def test_typed_text_counts_without_return(main_window: Make, fakes: FakeServices) -> None:
    window = main_window()
    window.findChild(QPlainTextEdit, "sourceInput").setPlainText(ONE)
    press(window, "generateButton")
    assert [link.id for link in fakes.runner.orders[0].links] == ["dQw4w9WgXcQ"]


async def test_ctrl_return_generates_from_anywhere(main_window: Make, fakes: FakeServices) -> None:
    window = main_window()
    window.add_text(ONE)
    for number, place in enumerate(("sourceInput", "templateList", "engineCombo"), start=1):
        window.add_text(ONE)
        widget = window.findChild(QWidget, place)
        widget.setFocus()
        QTest.keyClick(widget, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert len(fakes.runner.orders) == number, place


async def test_generate_is_off_while_there_is_nothing_to_do_and_its_key_says_what_is_missing(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    generate = window.composer.generate
    assert not generate.isEnabled()
    QTest.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert "no video" in says(window, "messageText")
    QTest.keyClicks(window.composer.source.field, "youtu.be/dQw4w9WgXcQ")
    assert generate.isEnabled()
    window.composer.templates.tick([])
    assert not generate.isEnabled()
    QTest.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert "No kind of note is ticked" in says(window, "messageText")
    assert fakes.runner.orders == []
    assert len(window.composer.source.links()) == 1


async def test_a_second_press_of_the_keys_has_nothing_to_say_of_what_is_under_way(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    await start(fakes, window, ONE)
    for _ in range(2):
        QTest.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert len(fakes.runner.orders) == 1
    assert not window.messages.isVisible()


async def test_what_is_asked_for_before_the_services_exist_is_done_when_they_come(
    main_window: Make, fakes: FakeServices
) -> None:
    fakes.source.videos["aircAruvnKk"] = make_video("aircAruvnKk", title="Neural networks")
    window = main_window(attach=False)
    await start(fakes, window, ONE)
    assert fakes.runner.orders == []
    assert "moment" in says(window, "estimateLabel")
    assert window.composer.source.links() == ()
    window.add_text(TWO)
    window.attach(fakes.ports)
    assert [link.id for link in fakes.runner.orders[0].links] == ["dQw4w9WgXcQ"]
    await until(lambda: says(window, "chipTitle") == "Neural networks")


async def test_a_refused_order_says_why_and_loses_nothing(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    fakes.runner.refuse = UsageError("That cannot be done.", hint="Do this instead.")
    await start(fakes, window)
    assert says(window, "messageText") == "That cannot be done. Do this instead."
    assert [link.id for link in window.composer.source.links()] == ["dQw4w9WgXcQ"]
    press(window, "messageClose")
    assert not window.findChild(QWidget, "messageBar").isVisible()


async def test_tabs_open_in_the_order_of_finishing_and_take_no_focus(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    await start(fakes, window)
    window.type_link()
    field = window.findChild(QPlainTextEdit, "sourceInput")
    field.setPlainText("https://")
    jobs = list(fakes.board)
    for job in jobs:
        fakes.runner.begin(job)
    for job in (jobs[1], jobs[2], jobs[0]):
        fakes.runner.finish(job)
        await asyncio.sleep(0)
    tabs = window.findChild(QTabWidget, "resultTabs")
    assert [tabs.tabText(i) for i in range(tabs.count())] == [
        "Study notes",
        "Flashcards",
        "Basic summary",
    ]
    assert tabs.currentIndex() == 0
    if window.isActiveWindow():
        assert field.hasFocus()


async def test_one_failure_of_three_leaves_two_tabs_a_reason_and_a_retry(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    await start(fakes, window)
    first, second, third = list(fakes.board)
    fakes.runner.finish(first)
    fakes.runner.fail(second, ServiceUnavailable())
    fakes.runner.finish(third)
    assert window.findChild(QTabWidget, "resultTabs").count() == 2
    row = window.findChild(QWidget, "job:study-notes")
    await until(lambda: row.findChild(QAbstractButton, "jobRetryButton").isVisible())
    assert "overloaded" in says(row, "jobStatus")
    press(row, "jobRetryButton")
    assert fakes.runner.retried == [second.id]
    fakes.runner.finish(second)
    assert window.findChild(QTabWidget, "resultTabs").count() == 3


async def test_cancel_one_and_cancel_all(main_window: Make, fakes: FakeServices) -> None:
    window = main_window()
    await start(fakes, window)
    jobs = list(fakes.board)
    await until(
        lambda: (
            window.findChild(QWidget, "job:flashcards")
            .findChild(QAbstractButton, "jobCancelButton")
            .isVisible()
        )
    )
    press(window.findChild(QWidget, "job:flashcards"), "jobCancelButton")
    assert fakes.board.job(jobs[2].id).status is Status.CANCELLED
    assert fakes.board.job(jobs[0].id).status is Status.PENDING
    press(window, "cancelAllButton")
    assert not fakes.board.active
    assert window.findChild(QProgressBar, "overallProgress").value() == 100


async def test_all_failed_jobs_are_retried_at_once(main_window: Make, fakes: FakeServices) -> None:
    window = main_window()
    await start(fakes, window)
    jobs = list(fakes.board)
    for job in jobs[:2]:
        fakes.runner.fail(job, NetworkUnreachable())
    await until(lambda: window.findChild(QAbstractButton, "retryFailedButton").isVisible())
    press(window, "retryFailedButton")
    assert fakes.runner.retried == [job.id for job in jobs[:2]]


async def test_titles_come_from_the_source_and_so_does_why_not(
    main_window: Make, fakes: FakeServices
) -> None:
    fakes.source.videos["dQw4w9WgXcQ"] = make_video(title="How memory works")
    fakes.source.failures["aircAruvnKk"] = VideoPrivate()
    window = main_window()
    window.add_text(f"{ONE}\n{TWO}")
    first, second = (window.findChild(QWidget, f"chip:{i}") for i in ("dQw4w9WgXcQ", "aircAruvnKk"))
    await until(lambda: says(first, "chipTitle") == "How memory works")
    await until(lambda: says(second, "chipFacts") == "This video is private.")


async def test_rows_of_the_queue_have_the_titles_that_were_shown_before_generate(
    main_window: Make, fakes: FakeServices
) -> None:
    fakes.source.videos["dQw4w9WgXcQ"] = make_video(title="How memory works")
    window = main_window()
    window.add_text(ONE)
    first = window.findChild(QWidget, "chip:dQw4w9WgXcQ")
    await until(lambda: says(first, "chipTitle") == "How memory works")
    press(window, "generateButton")
    await until(lambda: fakes.runner.orders)
    assert fakes.runner.known["dQw4w9WgXcQ"].title == "How memory works"


async def test_a_note_opened_from_the_library_has_the_focus_not_a_question(
    main_window: Make, fakes: FakeServices
) -> None:
    for number in (1, 2):
        note = make_note(note_id=f"n{number}", video=make_video(f"video{number:06}"))
        fakes.store.notes[note.id] = note
    window = main_window()
    window.library.open_note("n1")
    await until(lambda: window.results.page_shown is not None)
    window.asking.ask()
    assert window.focusWidget() is window.asking.panel.edit
    window.page_switch.choose("library")
    window.library.list.setFocus()
    window.library.open_note("n2")
    await until(window.notes_page.isVisible)
    assert window.results.page_shown.note_id == "n2"
    assert window.focusWidget() is window.results.page_shown.view


async def test_a_long_list_is_looked_up_a_few_at_a_time(
    main_window: Make, fakes: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, most = 0, 0

    async def slow(link: object) -> object:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.001)
        now -= 1
        return make_video(link.id)

    monkeypatch.setattr(fakes.source, "describe", slow)
    window = main_window()
    window.add_text("\n".join(f"https://youtu.be/aaaaaaa{n:04}" for n in range(30)))
    await until(lambda: "Learning" in says(window.composer.source, "chipFacts"))
    await until(lambda: now == 0 and not window.ordering._lookups._waiting)
    assert 1 < most <= 4


async def test_while_it_is_looked_what_it_takes_the_window_says_so(
    main_window: Make, fakes: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()

    async def never(*_: object, **__: object) -> None:
        asked.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(fakes.preflight, "of", never)
    window = main_window()
    window.add_text(ONE)
    await until(asked.is_set)
    assert says(window, "estimateLabel") == "Looking what it will take …"


async def test_an_estimate_follows_what_is_chosen(main_window: Make, fakes: FakeServices) -> None:
    window = main_window()
    window.add_text(ONE)
    await until(lambda: says(window, "estimateLabel").startswith("3 notes"))
    assert (
        says(window, "estimateLabel")
        == "3 notes · about 24,000 tokens · $0.012, or nothing with a free key · 12 s"
    )
    engine = window.findChild(QComboBox, "engineCombo")
    engine.setCurrentIndex(engine.findData("offline"))
    await until(lambda: "free" in says(window, "estimateLabel"))
    fakes.runner.estimate_failure = NetworkUnreachable()
    window.composer.templates.tick(["chapters"])
    await until(lambda: "no connection" in says(window, "estimateLabel"))
    window.composer.source.clear()
    await until(lambda: "Add a video" in says(window, "estimateLabel"))


async def test_the_generate_button_counts_the_notes(main_window: Make) -> None:
    window = main_window()
    button = window.findChild(QPushButton, "generateButton")
    assert button.text() == "Generate notes"
    window.add_text(f"{ONE}\n{TWO}")
    assert button.text() == "Generate 6 notes"
    window.composer.templates.tick(["chapters"])
    window.composer.source.remove("aircAruvnKk")
    assert button.text() == "Generate 1 note"


def dropped(text: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl(text)])
    return data


async def test_a_drop_anywhere_on_the_window_is_taken(main_window: Make) -> None:
    """Through Qt's event delivery, on widgets that do not handle drops themselves."""
    window = main_window()
    copy, button, none = (
        Qt.DropAction.CopyAction,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.library.show()
    for number, spot in enumerate(
        (QPoint(700, 400), QPoint(100, 120), QPoint(100, 400), QPoint(60, 20)), start=1
    ):
        data = dropped(f"https://www.youtube.com/watch?v=aaaaaaaaaa{number}")
        target = window.childAt(spot)
        local = target.mapFrom(window, spot)
        enter = QDragEnterEvent(local, copy, data, button, none)
        QApplication.sendEvent(target, enter)
        assert enter.isAccepted(), target
        assert window.composer.source.property("dragging") is True
        drop = QDropEvent(QPointF(local), copy, data, button, none)
        QApplication.sendEvent(target, drop)
        assert len(window.composer.source.links()) == number, target
        assert not window.composer.source.property("dragging")


async def test_ctrl_v_pastes_links_where_no_field_has_the_focus(main_window: Make) -> None:
    window = main_window()
    QGuiApplication.clipboard().setText(f"see {ONE} and {TWO}")
    templates = window.findChild(QListWidget, "templateList")
    templates.setFocus()
    QTest.keyClick(templates, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert len(window.composer.source.links()) == 2
    search = window.findChild(QLineEdit, "historySearch")
    window.page_switch.choose("library")
    search.setFocus()
    QTest.keyClick(search, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert "youtube" in search.text()
    assert len(window.composer.source.links()) == 2
    await settle()


async def test_paths_of_the_command_line_are_taken_as_files(
    main_window: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my talk.vtt").write_text("WEBVTT\n")
    (tmp_path / "clip.url").write_text(f"[InternetShortcut]\nURL={TWO}\n")
    monkeypatch.chdir(tmp_path)
    window = main_window()
    window.add_text(f"my talk.vtt\n{ONE}\nclip.url")
    urls = [link.url for link in window.composer.source.links()]
    assert urls == [str(tmp_path / "my talk.vtt"), TWO, ONE]


async def test_choices_are_kept_in_the_settings(main_window: Make, fakes: FakeServices) -> None:
    window = main_window()
    for name, key, value in (
        ("engineCombo", "general.engine", "offline"),
        ("modeCombo", "general.mode", "transcript"),
        ("noteLanguageCombo", "general.language", "fr"),
    ):
        combo = window.findChild(QComboBox, name)
        combo.setCurrentIndex(combo.findData(value))
        combo.activated.emit(combo.currentIndex())
        assert fakes.settings.current.text(key) == value
    window.composer.templates.tick(["chapters"])
    assert fakes.settings.current.text("general.templates") == "chapters"


async def test_choices_that_cannot_be_kept_hold_for_now(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    fakes.settings.refuse = DiskFull()
    window.composer.templates.tick(["chapters"])
    assert "disk is full" in says(window, "messageText")
    assert window.composer.templates.ticked() == ["chapters"]


async def test_changed_settings_show_at_once(
    main_window: Make, fakes: FakeServices, qapp: QApplication
) -> None:
    window = main_window()
    light = qapp.styleSheet()
    fakes.settings.change(
        {
            "appearance.theme": "dark",
            "general.engine": "gemini",
            "general.language": "gsw",
            "general.templates": "chapters",
        }
    )
    assert qapp.styleSheet() != light
    assert window.findChild(QComboBox, "engineCombo").currentData() == "gemini"
    assert window.findChild(QComboBox, "noteLanguageCombo").currentData() == "gsw"
    assert window.composer.templates.ticked() == ["chapters"]


async def test_ticks_are_kept_as_a_set_under_a_name(main_window: Make, fakes: FakeServices) -> None:
    window = main_window()
    window.composer.templates.set_wanted.emit()
    await until(lambda: window.findChild(QDialog, "setNameDialog") is not None)
    dialog = window.findChild(QDialog, "setNameDialog")
    assert not dialog.findChild(QPushButton, "acceptButton").isEnabled()
    QTest.keyClicks(dialog.findChild(QLineEdit), "Exam: week")
    dialog.accept()
    key = "general.template_sets"
    expected = "Exam week: basic-summary, study-notes, flashcards"
    await until(lambda: fakes.settings.current.text(key) == expected)
    window.composer.templates.set_dropped.emit("Exam week")
    assert fakes.settings.current.text(key) == ""


async def test_videos_of_a_playlist_are_chosen_before_anything_is_ordered(
    main_window: Make, fakes: FakeServices
) -> None:
    (link,) = find_links(LIST).links
    fakes.source.playlists[link.id] = [
        make_video(f"aaaaaaaaaa{n}", title=f"Lesson {n}") for n in range(3)
    ]
    window = main_window()
    window.add_text(LIST)
    await until(lambda: window.findChild(QDialog, "playlistDialog") is not None)
    assert "3 videos" in says(window.composer.source, "chipFacts")
    window.findChild(QDialog, "playlistDialog").reject()
    await until(lambda: window.findChild(QDialog, "playlistDialog") is None)
    press(window, "generateButton")
    await until(lambda: window.findChild(QDialog, "playlistDialog") is not None)
    dialog = window.findChild(QDialog, "playlistDialog")
    videos = dialog.findChild(QListView, "playlistVideos").model()
    add = dialog.findChild(QPushButton, "playlistAddButton")
    assert not add.isEnabled()
    for row in (0, 2):
        videos.setData(videos.index(row, 0), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    assert add.text() == "Add 2 videos"
    add.click()
    await until(lambda: len(window.composer.source.links()) == 2)
    assert fakes.runner.orders == []
    assert says(window.composer.source, "chipTitle") == "Lesson 0"
    press(window, "generateButton")
    assert [one.id for one in fakes.runner.orders[0].links] == ["aaaaaaaaaa0", "aaaaaaaaaa2"]


async def test_a_playlist_that_is_not_known_yet_says_so(main_window: Make) -> None:
    window = main_window()
    window.add_text(LIST)
    press(window, "generateButton")
    assert "not known yet" in says(window, "messageText")
    assert len(window.composer.source.links()) == 1


async def test_without_a_key_the_window_says_what_that_means(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    await until(lambda: window.findChild(QPushButton, "addKeyButton").isVisible())
    press(window, "addKeyButton")
    dialog = window.findChild(QDialog, "settingsDialog")
    assert dialog.isVisible()
    assert dialog.tabs.tabText(dialog.tabs.currentIndex()) == "Gemini"
    fakes.secrets.key = "a-key"
    dialog.key_changed.emit()
    await until(lambda: not window.findChild(QPushButton, "addKeyButton").isVisible())
    dialog.close()


async def test_a_key_ring_that_does_not_answer_is_told_and_waited_for(
    main_window: Make, fakes: FakeServices
) -> None:
    fakes.secrets.locked = True
    window = main_window()
    await until(lambda: "key ring does not answer" in says(window, "messageText"))
    assert not window.findChild(QPushButton, "addKeyButton").isVisible()


async def test_the_library_is_a_page_and_opens_notes_as_tabs(
    main_window: Make, fakes: FakeServices
) -> None:
    note = make_note(note_id="n1")
    fakes.store.notes["n1"] = note
    window = main_window()
    QTest.keyClick(
        window,
        Qt.Key.Key_F,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    assert window.library.isVisible()
    assert window.page_switch.choice() == "library"
    await until(lambda: window.library.model.rowCount() == 1)
    window.library.open_note("n1")
    await until(lambda: window.results.count() == 1)
    assert window.page_switch.choice() == "notes"
    assert window.findChild(QTabWidget, "resultTabs").isVisible()
    assert not window.jobs.isVisible()


@pytest.mark.parametrize("place", ["rail", "page_switch", "composer"])
async def test_find_leads_into_the_note_that_is_read_wherever_the_focus_is(
    main_window: Make, fakes: FakeServices, place: str
) -> None:
    window = main_window()
    focus = getattr(window, place)
    if place == "page_switch":
        focus = focus.button("notes")
    elif place == "composer":
        focus = window.composer.source.field
    focus.setFocus()
    QTest.keyClick(focus, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert window.library.isVisible(), "there is no note yet"
    window.library.note_opened.emit(make_note(note_id="n1"))
    focus.setFocus()
    QTest.keyClick(focus, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert window.results.page_shown.find_bar.isVisible()


async def test_the_last_closed_tab_brings_the_welcome_back(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    window.library.note_opened.emit(make_note(note_id="n1"))
    assert not window.welcome.isVisible()
    window.results.close_current()
    assert window.welcome.isVisible()


async def test_a_video_can_be_queued_again_for_other_notes(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    await start(fakes, window)
    await until(lambda: window.findChild(QAbstractButton, "videoAgainButton").isVisible())
    press(window, "videoAgainButton")
    assert [link.id for link in window.composer.source.links()] == ["dQw4w9WgXcQ"]


async def test_closing_with_nothing_running_asks_nothing(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    await close(window)
    assert not window.isVisible()
    assert fakes.runner.closed


async def test_closing_while_notes_are_written_asks_and_no_keeps_writing(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    await start(fakes, window)
    window.close()
    await until(lambda: window.findChild(QMessageBox, "questionDialog") is not None)
    window.close()
    await asyncio.sleep(0)
    assert len(window.findChildren(QMessageBox, "questionDialog")) == 1
    press(window.findChild(QMessageBox, "questionDialog"), "rejectButton")
    await until(lambda: not window._closing.under_way)
    assert window.isVisible()
    assert len(fakes.board.active) == 3
    assert not fakes.runner.closed


async def test_closing_while_notes_are_written_ends_them_on_yes(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    await start(fakes, window)
    gone = asyncio.get_running_loop().create_future()
    window.closed.connect(lambda: gone.set_result(fakes.runner.closed))
    window.close()
    await until(lambda: window.findChild(QMessageBox, "questionDialog") is not None)
    press(window.findChild(QMessageBox, "questionDialog"), "acceptButton")
    assert await asyncio.wait_for(gone, 5) is True
    assert not window.isVisible()
    assert {job.status for job in fakes.board} == {Status.CANCELLED}


async def test_a_window_without_services_closes_at_once(main_window: Make) -> None:
    window = main_window(attach=False)
    await close(window)
    assert not window.isVisible()


async def test_size_and_lines_are_remembered(main_window: Make, tmp_path: Path) -> None:
    state = tmp_path / "state" / "window.ini"
    first = main_window(window_state=state)
    first.resize(800, 700)  # as wide as the offscreen screen
    first.desk.setSizes([370, 430])
    first.desk.splitterMoved.emit(370, 1)
    await asyncio.sleep(0)
    rail = first.desk.sizes()[0]
    assert rail == 370
    await close(first)
    second = main_window(window_state=state)
    await asyncio.sleep(0)
    assert second.height() == 700
    assert second.desk.sizes()[0] == rail


async def test_a_broken_state_file_does_no_harm(main_window: Make, tmp_path: Path) -> None:
    state = tmp_path / "window.ini"
    state.write_text("geometry=rubbish\n[rail]\nwidth=wide\nfolded=@ByteArray(x)\n")
    assert main_window(window_state=state).isVisible()


async def test_everything_that_takes_the_focus_has_a_name(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window(sample=Path(__file__))
    window.add_text(ONE)
    await start(fakes, window)
    fakes.runner.finish(next(iter(fakes.board)))
    nameless = [
        f"{type(widget).__name__} {widget.objectName()}"
        for widget in window.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not widget.objectName().startswith("qt_")
        and not (widget.accessibleName() or (hasattr(widget, "text") and widget.text()))
        and widget.isVisibleTo(window)
    ]
    assert nameless == []


async def test_tab_goes_from_the_field_through_the_left_column_to_generate(
    main_window: Make,
) -> None:
    window = main_window()
    order: list[str] = []
    widget: QWidget = window.findChild(QPlainTextEdit, "sourceInput")
    while widget.objectName() not in order[:1]:
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisibleTo(window):
            order.append(widget.objectName())
        widget = widget.nextInFocusChain()
    wanted = ["sourceInput", "templateList", "engineCombo", "modeCombo", "generateButton"]
    places = [order.index(name) for name in wanted]
    assert places == sorted(places)
    assert order.index("generateButton") < order.index("settingsButton")


async def test_broken_templates_of_the_user_are_told(
    main_window: Make, fakes: FakeServices
) -> None:
    fakes.templates.broken = ("mine.toml, line 3: unknown key “colour”.",)
    window = main_window()
    assert "mine.toml, line 3" in says(window, "messageText")


async def test_no_panel_is_a_window_of_its_own(main_window: Make, qapp: QApplication) -> None:
    before = set(qapp.topLevelWindows())
    shown: list[QWindow] = []
    qapp.focusWindowChanged.connect(lambda w: shown.append(w) if w else None)
    window = main_window(sample=Path(__file__))
    await asyncio.sleep(0.01)
    new = {w for w in qapp.topLevelWindows() if w.isVisible()} - before
    assert new == {window.windowHandle()}
    assert set(shown) <= {window.windowHandle()}


async def test_tab_goes_as_the_eye_does(main_window: Make) -> None:
    window = main_window()
    window.resize(1280, 800)
    window.add_text(ONE)
    window.results.open_note(make_note())
    window.notes_page.settle()
    window.reading.set_open(True)
    page = window.results.page_shown
    assert page is not None
    await until(page.isVisible)
    stops = list(in_order(window))
    met = [
        window.composer.source.field,
        window.composer.generate,
        window.page_switch.button("notes"),
        window._top.settings,
        window.results.tabBar(),
        page.levels.button("standard"),
        page.export_button,
        page.view,
    ]
    assert [stop for stop in stops if stop in met] == met
    assert window.reading.panel.isAncestorOf(stops[-1])
    page.export_button.setFocus()
    QTest.keyClick(page.export_button, Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
    assert window.focusWidget() is page.copy_button
    QTest.keyClick(page.copy_button, Qt.Key.Key_Tab)
    assert window.focusWidget() is page.export_button


@pytest.mark.parametrize(
    ("button", "taken"), [("addFirstButton", 500), ("addAllButton", 5000), ("rejectButton", 0)]
)
async def test_five_thousand_links_are_asked_about(
    main_window: Make, button: str, taken: int
) -> None:
    window = main_window(attach=False)  # no titles are fetched
    window.add_text("\n".join(f"https://youtu.be/{number:011d}" for number in range(5000)))
    await until(lambda: window.findChild(QMessageBox, "questionDialog") is not None)
    assert window.composer.source.links() == ()
    box = window.findChild(QMessageBox, "questionDialog")
    assert "5,000" in box.text()
    box.findChild(QPushButton, button).click()
    await until(lambda: not window.findChild(QMessageBox, "questionDialog"))
    await until(lambda: len(window.composer.source.links()) == taken)
