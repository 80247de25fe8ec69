"""Themes: readable contrast, complete tokens, and changes that apply at once."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QFont, QFontInfo, QRawFont, QTextDocument, QTextLayout
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from notegen_desktop.domain.notes.note import Level, Section
from notegen_desktop.domain.text.languages import han_style
from notegen_desktop.ui.kit import theme as theme_module
from notegen_desktop.ui.kit.colours import DARK, LIGHT, Palette
from notegen_desktop.ui.kit.theme import (
    FAMILIES,
    HAN_FAMILIES,
    apply_theme,
    families,
    icon,
    palette,
    set_icon,
    style,
    text_font,
    theme,
)
from notegen_desktop.ui.notes.coverage import covered_colour
from notegen_desktop.ui.notes.note_page import NotePage
from notegen_desktop.ui.notes.tab_bar import TabKind
from tests.fakes.services import RESOURCES, FakeTemplates, make_note

PLANES = ("window", "sidebar", "surface", "raised", "sunken", "hover")


def luminance(color: str) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    found = QColor(color)
    red, green, blue = (linear(v) for v in (found.redF(), found.greenF(), found.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio by WCAG 2, from 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=lambda tokens: tokens.name)
class TestContrast:
    @pytest.mark.parametrize("plane", PLANES)
    @pytest.mark.parametrize("words", ["text", "muted", "accent_ink", "link"])
    def test_words_can_be_read_on_every_plane(
        self, tokens: Palette, words: str, plane: str
    ) -> None:
        assert contrast(getattr(tokens, words), getattr(tokens, plane)) >= 4.5

    @pytest.mark.parametrize("plane", ["window", "sidebar", "surface", "raised", "hover"])
    @pytest.mark.parametrize("words", ["success", "warning", "danger"])
    def test_coloured_words_can_be_read(self, tokens: Palette, words: str, plane: str) -> None:
        assert contrast(getattr(tokens, words), getattr(tokens, plane)) >= 4.5

    @pytest.mark.parametrize("kind", ["success", "warning", "danger"])
    def test_words_can_be_read_on_their_tint(self, tokens: Palette, kind: str) -> None:
        tint = getattr(tokens, f"{kind}_soft")
        assert contrast(getattr(tokens, kind), tint) >= 4.5
        assert contrast(tokens.text, tint) >= 4.5

    @pytest.mark.parametrize("ground", ["accent", "accent_hover", "accent_pressed"])
    def test_words_can_be_read_on_the_accent(self, tokens: Palette, ground: str) -> None:
        assert contrast(tokens.accent_text, getattr(tokens, ground)) >= 4.5

    def test_words_can_be_read_on_tints_of_the_accent_and_selected(self, tokens: Palette) -> None:
        assert contrast(tokens.accent_ink, tokens.accent_soft) >= 4.5
        assert contrast(tokens.selection_text, tokens.selection) >= 4.5

    @pytest.mark.parametrize("plane", ["window", "sidebar", "surface", "raised"])
    def test_what_is_filled_in_ticked_or_dropped_on_can_be_seen(
        self, tokens: Palette, plane: str
    ) -> None:
        assert contrast(tokens.control, getattr(tokens, plane)) >= 3.0

    def test_a_gap_stands_out_from_what_is_covered(self, tokens: Palette) -> None:
        assert contrast(covered_colour(tokens).name(), tokens.border) >= 3.0

    @pytest.mark.parametrize("plane", ["window", "sidebar", "surface", "raised"])
    def test_the_focus_ring_can_be_seen(self, tokens: Palette, plane: str) -> None:
        assert contrast(tokens.focus, getattr(tokens, plane)) >= 3.0


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_the_stylesheet_uses_only_tokens_that_exist(qapp: QApplication, choice: str) -> None:
    apply_theme(qapp, choice)
    sheet = qapp.styleSheet()
    assert sheet
    assert "${" not in sheet
    source = (RESOURCES / "styles" / "app.qss.in").read_text("utf-8")
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;\s])", source), "colours belong to the tokens"
    for picture in re.findall(r'url\("([^"]+)"\)', sheet):
        assert (RESOURCES / "styles" / picture.rpartition("/")[2]).is_file()


def test_a_choice_takes_effect_everywhere_at_once(qapp: QApplication, qtbot: QtBot) -> None:
    with qtbot.waitSignal(theme().changed, timeout=1000):
        apply_theme(qapp, "dark")
    assert palette() is DARK
    assert qapp.palette().window().color() == QColor(DARK.window)
    apply_theme(qapp, "light")
    assert palette() is LIGHT
    assert LIGHT.accent in qapp.styleSheet()


def test_a_choice_that_changes_nothing_says_nothing(qapp: QApplication, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(theme().changed):
        apply_theme(qapp, "light")


def test_an_icon_has_the_colour_asked_for_and_is_sharp(qapp: QApplication) -> None:
    scale = qapp.devicePixelRatio()
    picture = icon("settings", color="danger", size=16).pixmap(QSize(16, 16), scale)
    assert picture.size() == QSize(16, 16) * scale
    image = picture.toImage()
    seen = {
        image.pixelColor(x, y).name()
        for x in range(picture.width())
        for y in range(picture.height())
        if image.pixelColor(x, y).alpha() == 255
    }
    assert seen == {LIGHT.danger}


def test_an_unknown_icon_is_a_sheet_of_paper(qapp: QApplication) -> None:
    for name in ("no-such-icon", "../../etc/passwd", ""):
        shown = icon(name).pixmap(16).toImage()
        assert shown == icon("file-text").pixmap(16).toImage()


def test_icons_of_widgets_follow_the_theme(qapp: QApplication, qtbot: QtBot) -> None:
    button, label = QPushButton(), QLabel()
    qtbot.addWidget(button)
    qtbot.addWidget(label)
    set_icon(button, "search")
    set_icon(label, "search")
    light = button.icon().pixmap(16).toImage(), label.pixmap().toImage()
    button.show()
    apply_theme(qapp, "dark")
    label.show()  # a hidden widget is updated when shown
    assert button.icon().pixmap(16).toImage() != light[0]
    assert label.pixmap().toImage() != light[1]


def test_a_widget_that_is_gone_is_not_tinted_any_more(qapp: QApplication, qtbot: QtBot) -> None:
    button = QPushButton()
    set_icon(button, "search")
    with qtbot.waitSignal(button.destroyed, timeout=1000):
        button.deleteLater()
    apply_theme(qapp, "dark")


def test_every_template_has_an_icon_of_its_own() -> None:
    names = [template.icon for template in FakeTemplates().all()]
    assert len(set(names)) == len(names) == 12
    for name in names:
        assert (RESOURCES / "icons" / f"{name}.svg").is_file()


def test_the_interface_is_set_in_the_shipped_font(qapp: QApplication) -> None:
    assert QFontInfo(qapp.font()).family() == "Inter"
    bold = QFont(qapp.font())
    bold.setWeight(QFont.Weight.DemiBold)
    assert QFontInfo(bold).weight() == QFont.Weight.DemiBold
    assert 13 <= theme().text_px <= 20


def test_a_property_changes_the_look_of_a_widget(qtbot: QtBot) -> None:
    label = QLabel("words")
    qtbot.addWidget(label)
    label.show()
    style(label, role="display")
    large = label.sizeHint().height()
    style(label, role="caption")
    assert label.sizeHint().height() < large


def test_licences_are_shipped_with_what_they_cover() -> None:
    assert "ISC" in (RESOURCES / "icons" / "LICENSE").read_text("utf-8")
    assert "Open Font License" in (RESOURCES / "fonts" / "LICENSE").read_text("utf-8")


@pytest.mark.parametrize("words", ["->", "1:58", "A-B", "[4K]", "!=", "3x4"])
def test_text_has_the_shapes_of_its_characters(words: str) -> None:
    """In widgets and in plain layouts: no ligature, such as an arrow for `->`."""
    label = QLabel(words)
    label.ensurePolished()
    for font in (QApplication.font(), label.font()):
        layout = QTextLayout(words, font)
        layout.beginLayout()
        layout.createLine()
        layout.endLayout()
        raw = QRawFont.fromFont(font)
        drawn = [glyph for run in layout.glyphRuns() for glyph in run.glyphIndexes()]
        assert drawn == raw.glyphIndexesForString(words)


# --- Chinese characters ---

READERS = {
    "ja": "Noto Sans CJK JP",
    "ko": "Noto Sans CJK KR",
    "zh-TW": "Noto Sans CJK TC",
    "zh-Hant": "Noto Sans CJK TC",
    "zh-HK": "Noto Sans CJK HK",
    "zh-CN": "Noto Sans CJK SC",
    "zh": "Noto Sans CJK SC",
}


def first_han(font: QFont) -> str:
    return next(family for family in font.families() if "CJK" in family)


def fonts_of(document: QTextDocument) -> set[str]:
    """Return the families with which the CJK characters of a document are drawn."""
    used = set()
    block = document.begin()
    while block.isValid():
        layout = block.layout()
        for line in range(layout.lineCount()):
            used |= {run.rawFont().familyName() for run in layout.lineAt(line).glyphRuns()}
        block = block.next()
    return {family for family in used if "CJK" in family}


@pytest.fixture
def all_installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pretend that all preferred fonts are installed."""
    known = frozenset([*FAMILIES, *(name for names in HAN_FAMILIES.values() for name in names)])
    monkeypatch.setattr(theme_module, "installed_families", lambda: known)
    families.cache_clear()
    yield
    families.cache_clear()


@pytest.mark.usefixtures("all_installed")
@pytest.mark.parametrize(("tag", "family"), READERS.items())
def test_the_language_of_a_text_chooses_the_shapes_of_its_characters(tag: str, family: str) -> None:
    assert first_han(text_font(15, tag)) == family
    assert text_font(15, tag).families()[0] == "Inter"


@pytest.mark.parametrize("tag", ["", *READERS])
def test_only_fonts_that_are_installed_are_searched_for_a_character(tag: str) -> None:
    """For any other family fontconfig would search its closest match, which is slow."""
    for family in text_font(15, tag).families():
        assert QFontInfo(QFont(family)).family() == family


@pytest.mark.parametrize(
    ("text", "style"), [("直す", "ja"), ("바로 直", "ko"), ("直", ""), ("words", "")]
)
def test_where_the_tag_says_nothing_letters_do(text: str, style: str) -> None:
    assert han_style("en", text) == style
    assert han_style("zh-Hant", text) == "zh-Hant"


@pytest.mark.skipif(
    not shutil.which("fc-list")
    or b"Noto Sans CJK HK"
    not in subprocess.run(["fc-list"], capture_output=True, check=False).stdout,
    reason="the fonts Noto Sans CJK are not installed",
)
def test_notes_in_several_languages_each_have_their_own_characters(qtbot: QtBot) -> None:
    """In title, headings, bold text and code, for notes opened in any order."""
    text = "直骨令 **直骨令** `直骨令`\n\n```\n直骨令\n```"
    for tag, family in [*READERS.items(), *reversed(READERS.items())]:
        page = NotePage(TabKind("Notes", "file-text"), Level.STANDARD)
        qtbot.addWidget(page)
        note = replace(make_note(), language=tag, title="直骨令")
        page.show_note(replace(note, sections=(Section("直骨令", (), text, text, text),)))
        page.show()
        page.grab()
        assert fonts_of(page.view.document()) == {family}
        page.close()
