"""New videos of followed lists: announced with a question, processed only after a yes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QAbstractButton

from notegen_desktop.domain.errors import NetworkUnreachable, StoreError, VideoPrivate
from notegen_desktop.domain.links.following import Followed, FollowedVideoState
from notegen_desktop.domain.links.link import Link, LinkKind, folder_link
from notegen_desktop.domain.links.video import Video
from notegen_desktop.services.ports import Latest
from notegen_desktop.ui.settings.dialog import SettingsDialog
from notegen_desktop.ui.settings.follow_box import FollowedModel, state_words
from tests.fakes.services import FakeServices, make_video
from tests.ui.conftest import press_behind, until

Make = Callable[..., Any]
CHANNEL = Link(LinkKind.CHANNEL, "youtube", "@talks", "https://www.youtube.com/@talks")


def talks(*numbers: int) -> tuple[Video, ...]:
    return tuple(make_video(f"bbbbbbb{n:04}", title=f"Talk {n}") for n in numbers)


def show(fakes: FakeServices, *numbers: int) -> None:
    fakes.source.lists[CHANNEL.id] = Latest("Small Lectures", talks(*numbers))


async def following(fakes: FakeServices) -> None:
    show(fakes, 2, 1)
    await fakes.ports.following.add(CHANNEL)
    show(fakes, 5, 4, 3, 2, 1)


def verdicts(fakes: FakeServices) -> list[FollowedVideoState]:
    states = fakes.followed.states[CHANNEL.key]
    return [states[video.id][1] for video in talks(3, 4, 5)]


def press(window: Any, name: str) -> None:
    window.findChild(QAbstractButton, name).click()


async def asked(window: Any) -> str:
    await until(lambda: "new video" in window.messages.text(), "the question")
    return window.messages.text()


async def test_new_videos_are_asked_about_with_what_they_take(
    main_window: Make, fakes: FakeServices
) -> None:
    await following(fakes)
    fakes.followed.lists[CHANNEL.key] = Followed(CHANNEL, "Small Lectures", checked_at=1.0)
    window = main_window()
    window.new_videos._start.setInterval(0)
    window.new_videos._start.start()
    words = await asked(window)
    assert words.startswith("3 new videos from “Small Lectures”.")
    assert "“Talk 5”, “Talk 4” and 1 more" in words
    assert "9 notes · about" in words
    assert len(fakes.board) == 0
    assert verdicts(fakes) == [FollowedVideoState.NEW] * 3


async def test_generate_orders_what_is_ticked_and_takes_the_videos(
    main_window: Make, fakes: FakeServices
) -> None:
    await following(fakes)
    window = main_window()
    window.composer.wish.setText("for another video")
    window.new_videos.look()
    await asked(window)
    press(window, "messageAction")
    await until(lambda: len(fakes.board) == 9)
    await until(lambda: verdicts(fakes) == [FollowedVideoState.TAKEN] * 3)
    assert {job.request.wish for job in fakes.board} == {""}
    assert not window.messages.text()


async def test_not_now_asks_no_more_until_something_newer_comes(
    main_window: Make, fakes: FakeServices
) -> None:
    await following(fakes)
    window = main_window()
    window.new_videos.look()
    await asked(window)
    press(window, "messageLater")
    looked = await fakes.ports.following.check()
    window.new_videos.take(looked)
    assert not window.messages.text()
    assert verdicts(fakes) == [FollowedVideoState.NEW] * 3
    show(fakes, 6, 5, 4, 3, 2, 1)
    window.new_videos.take(await fakes.ports.following.check())
    assert (await asked(window)).startswith("4 new videos")
    press(window, "messageLater")
    window.new_videos.look()  # the user asks for a check
    await asked(window)


async def test_skipped_videos_are_never_told_again(main_window: Make, fakes: FakeServices) -> None:
    await following(fakes)
    window = main_window()
    window.new_videos.look()
    await asked(window)
    press_behind(window, "Skip these")
    await until(lambda: verdicts(fakes) == [FollowedVideoState.SKIPPED] * 3)
    window.new_videos.look()
    await until(lambda: "nothing new" in window.messages.text())
    assert len(fakes.board) == 0


async def test_the_network_being_away_is_quiet_unless_somebody_asked(
    main_window: Make, fakes: FakeServices
) -> None:
    await following(fakes)
    fakes.followed.lists[CHANNEL.key] = Followed(CHANNEL, "Small Lectures")
    fakes.source.failures[CHANNEL.id] = NetworkUnreachable("YouTube cannot be reached.")
    window = main_window()
    window.new_videos._tick()
    await until(lambda: len(window.tasks) == 0)
    assert not window.messages.text()
    window.new_videos.look()
    await until(lambda: "cannot be reached" in window.messages.text())


async def test_a_library_in_trouble_is_not_told_of_by_looking(
    main_window: Make, fakes: FakeServices
) -> None:
    async def refuse() -> list[Followed]:
        raise StoreError("The library is busy.")

    fakes.followed.all = refuse  # type: ignore[method-assign]
    window = main_window()
    window.new_videos._tick()
    await until(lambda: len(window.tasks) == 0)
    assert not window.messages.text()


async def test_a_file_that_comes_into_a_followed_folder_is_seen_at_once(
    main_window: Make, fakes: FakeServices, tmp_path: Path
) -> None:
    link = folder_link(str(tmp_path))
    fakes.source.lists[link.id] = Latest("Recordings", ())
    await fakes.ports.following.add(link)
    window = main_window()
    window.new_videos._changed.setInterval(0)
    window.new_videos._written.setInterval(0)
    window.new_videos.look()
    await until(lambda: window.new_videos._watcher is not None)
    talk = Video("file-1", str(tmp_path / "talk.vtt"), "file", "Talk")
    waiting = [True]

    async def latest(link: Link, *, validator: str = "") -> Latest:
        is_written = bool(waiting) and waiting.pop()  # only at the first look
        return Latest("Recordings", () if is_written else (talk,), waiting=is_written)

    fakes.source.latest = latest  # type: ignore[method-assign]
    (tmp_path / "talk.vtt").write_text("WEBVTT\n")
    await until(lambda: "1 new file in “Recordings”" in window.messages.text())
    window.new_videos.stop()


# --- the lists in the settings ---


async def box_of(window: Any) -> Any:
    window.settings.open_following()
    dialog = window.findChild(SettingsDialog)
    await until(dialog.follow_box.isEnabled)
    return dialog.follow_box


async def test_lists_are_followed_paused_and_removed_in_the_settings(
    main_window: Make, fakes: FakeServices
) -> None:
    show(fakes, 2, 1)
    window = main_window()
    box = await box_of(window)
    box.edit.setText(CHANNEL.url)
    box.first.setCurrentIndex(1)
    QTest.keyClick(box.edit, Qt.Key.Key_Return)
    await until(lambda: box.model.rowCount() == 1)
    assert window.findChild(SettingsDialog).isVisible()  # Return must not close the dialog
    assert (await asked(window)).startswith("1 new video from")
    assert "“Small Lectures” is followed" in box._state.text()
    box.pause.click()
    await until(lambda: box.pause.text() == "Resume")
    assert (await fakes.ports.following.all())[0].paused
    box.list.setFocus()
    QTest.keyClick(box.list, Qt.Key.Key_Delete)
    await until(lambda: box.model.rowCount() == 0)
    window.findChild(SettingsDialog).reject()


async def test_what_cannot_be_followed_says_why(main_window: Make, fakes: FakeServices) -> None:
    window = main_window()
    box = await box_of(window)
    for typed, words in (
        ("https://youtu.be/abcdefghijk", "no list"),
        ("hello", "no link"),
        (CHANNEL.url, "private"),
    ):
        fakes.source.failures["@talks"] = VideoPrivate()
        box.edit.setText(typed)
        box.add.click()
        await until(lambda words=words: words in box._state.text(), words)
        assert box.add.isEnabled()
    window.findChild(SettingsDialog).reject()


def test_the_model_of_followed_lists_is_sound(qtbot: Any) -> None:
    model = FollowedModel()
    QAbstractItemModelTester(model)
    model.show_lists([Followed(CHANNEL, "A\nlong\x00 name " * 40), Followed(CHANNEL)])
    assert "\n" not in model.index(0).data()
    model.show_lists([])


def test_the_state_of_a_list_is_told_in_a_line() -> None:
    assert state_words(Followed(CHANNEL, checked_at=1000), 1000 + 7200) == (
        "Channel · looked at 2 h 0 min ago"
    )
    failing = Followed(CHANNEL, failures=1, failure="It is gone.")
    assert state_words(failing, 0) == "Channel · It is gone."
