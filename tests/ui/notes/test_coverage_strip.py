"""Coverage strip of a note: the parts of the video that it covers and its gaps."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication

from notegen_desktop.domain.notes.note import Cite, Coverage
from notegen_desktop.ui.kit.theme import palette
from notegen_desktop.ui.notes.coverage import CoverageStrip, GapProgress, coverage_text, timeline

HOUR = 3600.0
TWO_GAPS = Coverage(3000.0, ((1200.0, 1500.0), (3300.0, 3600.0)))


@pytest.fixture
def strip(qtbot) -> Iterator[CoverageStrip]:
    strip = CoverageStrip()
    qtbot.addWidget(strip)
    strip.resize(408, 20)
    strip.set_coverage(HOUR, TWO_GAPS)
    strip.show()
    yield strip
    strip.close()


seconds = st.floats(-100, 8000, allow_nan=False)


@given(st.floats(1, 7200), st.lists(st.tuples(seconds, seconds), max_size=12))
def test_the_line_is_whole_whatever_the_gaps(
    duration: float, gaps: list[tuple[float, float]]
) -> None:
    line = timeline(duration, Coverage(0, tuple(gaps)))
    assert line[0].start_s == 0
    assert line[-1].end_s == duration
    for before, after in pairwise(line):
        assert before.end_s == after.start_s
    assert all(part.end_s > part.start_s for part in line)


def test_gaps_are_told_in_words() -> None:
    words = coverage_text(HOUR, TWO_GAPS)
    assert "covers 50:00 of 1:00:00" in words
    assert "20:00 to 25:00 and 55:00 to 1:00:00" in words
    assert coverage_text(HOUR, Coverage(HOUR)) == "The note covers all 1:00:00 of the video."
    many = Coverage(0, tuple((n * 100.0, n * 100.0 + 50) for n in range(9)))
    assert "and 4 more" in coverage_text(HOUR, many)


def test_the_strip_describes_itself_to_those_who_do_not_see_it(strip: CoverageStrip) -> None:
    assert strip.objectName() == "coverageStrip"
    assert strip.accessibleName()
    assert strip.accessibleDescription() == coverage_text(HOUR, TWO_GAPS)


def test_hovering_tells_the_time_and_whether_it_is_covered(strip: CoverageStrip) -> None:
    assert strip.tip_at(strip.x_of(600)) == "10:00: in the note"
    assert strip.tip_at(strip.x_of(1350)) == "22:30: left out, from 20:00 to 25:00"


def test_a_click_opens_the_video_there(strip: CoverageStrip, qtbot) -> None:
    spy = QSignalSpy(strip.activated)
    at = QPoint(round(strip.x_of(1800)), strip.height() // 2)
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=at)
    assert spy.at(0)[0] == pytest.approx(1800, abs=HOUR / 400)


def test_the_keyboard_walks_to_the_gaps_and_opens_there(strip: CoverageStrip, qtbot) -> None:
    spy = QSignalSpy(strip.activated)
    strip.setFocus(Qt.FocusReason.TabFocusReason)
    for keys, wanted in (
        ((Qt.Key.Key_Home, Qt.Key.Key_Down), 1200.0),
        ((Qt.Key.Key_Down,), 1500.0),
        ((Qt.Key.Key_Up,), 1200.0),
        ((Qt.Key.Key_End,), HOUR),
        ((Qt.Key.Key_Home, Qt.Key.Key_Right), 36.0),
    ):
        for key in keys:
            qtbot.keyClick(strip, key)
        qtbot.keyClick(strip, Qt.Key.Key_Return)
        assert spy.at(spy.count() - 1)[0] == pytest.approx(wanted)


@pytest.fixture
def fillable(strip: CoverageStrip) -> CoverageStrip:
    strip.can_fill = True
    return strip


def click(strip: CoverageStrip, seconds: float, qtbot) -> None:
    at = QPoint(round(strip.x_of(seconds)), strip.height() // 2)
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=at)


def test_a_click_on_a_gap_asks_to_have_it_written(fillable: CoverageStrip, qtbot) -> None:
    filled, opened = QSignalSpy(fillable.fill_wanted), QSignalSpy(fillable.activated)
    click(fillable, 1350, qtbot)
    click(fillable, 600, qtbot)
    assert [list(filled.at(n)) for n in range(filled.count())] == [[1200.0, 1500.0]]
    assert opened.count() == 1
    assert "Click to add it" in fillable.tip_at(fillable.x_of(1350))


def test_gaps_of_a_note_nobody_keeps_only_open_the_video(strip: CoverageStrip, qtbot) -> None:
    filled, opened = QSignalSpy(strip.fill_wanted), QSignalSpy(strip.activated)
    click(strip, 1350, qtbot)
    assert (filled.count(), opened.count()) == (0, 1)
    (_, fill) = strip.menu_at(1350).actions()
    assert not fill.isEnabled()


def test_a_gap_too_thin_to_see_can_still_be_hit(fillable: CoverageStrip, qtbot) -> None:
    fillable.set_coverage(HOUR, Coverage(3599, ((1800.0, 1801.0),)))
    filled = QSignalSpy(fillable.fill_wanted)
    click(fillable, 1800 + HOUR / 400 * 3, qtbot)
    assert list(filled.at(0)) == [1800.0, 1801.0]


def test_the_menu_offers_both(fillable: CoverageStrip) -> None:
    names = [action.text() for action in fillable.menu_at(1350).actions()]
    assert names == ["Go to 22:30", "Add what is left out, 20:00 to 25:00…"]
    assert [a.text() for a in fillable.menu_at(600).actions()] == ["Go to 10:00"]


def test_how_far_a_gap_is_written_is_seen(fillable: CoverageStrip) -> None:
    QApplication.processEvents()

    def colour(seconds: float) -> str:
        image = fillable.grab().toImage()
        return image.pixelColor(round(fillable.x_of(seconds)), image.height() // 2).name()

    gap, covered = colour(1350), colour(600)
    fillable.set_filling(GapProgress(1200.0, 1500.0, "Adding…", 0.5))
    assert colour(1260) == covered
    assert colour(1440) not in (gap, covered)
    fillable.set_filling(None)
    assert colour(1260) == gap


def test_covered_and_left_out_look_different(strip: CoverageStrip) -> None:
    QApplication.processEvents()
    image = strip.grab().toImage()
    middle = image.height() // 2

    def colour(seconds: float) -> str:
        return image.pixelColor(round(strip.x_of(seconds)), middle).name()

    assert colour(1350) == QColor(palette().border).name()
    assert colour(600) != colour(1350)
    strip.set_current((Cite(580, 640, True),))
    image = strip.grab().toImage()
    assert colour(610) == palette().accent_ink


def test_even_a_short_gap_is_to_be_seen(strip: CoverageStrip) -> None:
    strip.set_coverage(HOUR * 5, Coverage(0, ((9000.0, 9001.0),)))
    image = strip.grab().toImage()
    x = round(strip.x_of(9000.5))
    assert image.pixelColor(x, image.height() // 2).name() == palette().border


def test_a_video_of_unknown_length_has_no_strip(strip: CoverageStrip) -> None:
    strip.set_coverage(None, TWO_GAPS)
    assert not strip.isVisible()
    assert strip.intervals == ()
    strip.set_coverage(0.0, TWO_GAPS)
    assert not strip.isVisible()


def test_a_note_that_picks_what_it_needs_leaves_nothing_out(qtbot) -> None:
    strip = CoverageStrip()
    qtbot.addWidget(strip)
    strip.resize(400, 20)
    strip.set_coverage(1000.0, Coverage(60.0, ()), [Cite(100.0, 130.0, True), Cite(500, 530, True)])
    assert strip.accessibleDescription() == "The note picks 1:00 of 16:40."
    assert strip.tip_at(strip.x_of(110)) == "1:50: in the note"
    assert strip.tip_at(strip.x_of(300)) == "5:00"
    assert "Add what is left out" not in str([a.text() for a in strip.menu_at(300).actions()])
