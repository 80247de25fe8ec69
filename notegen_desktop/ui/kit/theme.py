"""Theme: colours, fonts, icons and the stylesheet, light and dark.

The window calls `init_theme` once with the resources folder; the `Theme` belongs to the application
and is returned by `theme()`. Widgets get colours from `palette()`, icons from `icon()` or
`set_icon()`, and are told of changes by `Theme.changed`.
"""

from __future__ import annotations

import math
import re
import string
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path

from PySide6.QtCore import (
    QByteArray,
    QEvent,
    QLocale,
    QObject,
    QRectF,
    QSize,
    Qt,
    Signal,
    SignalInstance,
)
from PySide6.QtGui import (
    QFont,
    QFontDatabase,
    QFontInfo,
    QIcon,
    QKeyEvent,
    QPainter,
    QPixmap,
    QWindow,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QPushButton,
    QStyleFactory,
    QWidget,
)

from notegen_desktop.domain.text.languages import han_style

from .colours import DARK, LIGHT, Palette, qt_palette

FAMILIES = (
    "Inter",
    "Noto Sans",
    "Segoe UI",
    "SF Pro Text",
    "Noto Naskh Arabic",
    "Noto Sans Arabic",
    "Geeza Pro",
    "Droid Sans Fallback",
    "DejaVu Sans",
    "Noto Color Emoji",
    "Apple Color Emoji",
    "Segoe UI Emoji",
)
"""Font families in order of preference. Inter is shipped; the others cover scripts it lacks."""

HAN_FAMILIES = {
    "zh-Hans": ("Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei"),
    "ja": ("Noto Sans CJK JP", "Noto Sans JP", "Hiragino Sans", "Yu Gothic UI", "Meiryo"),
    "ko": ("Noto Sans CJK KR", "Noto Sans KR", "Apple SD Gothic Neo", "Malgun Gothic"),
    "zh-Hant": ("Noto Sans CJK TC", "Noto Sans TC", "PingFang TC", "Microsoft JhengHei UI"),
    "zh-HK": ("Noto Sans CJK HK", "Noto Sans HK", "PingFang HK", "Microsoft JhengHei UI"),
}
"""Font families for Chinese characters by language; the text's own language comes first."""

DIRECTED = re.compile(
    r"(chevron|panel)-(left|right).*|(un|re)do-2|external-link|text-search"
    r"|table-of-contents|layout-list|list-checks"
)
"""Names of icons that are mirrored in a right-to-left window."""

GAP_PX = 4
"""Pixels between icon and text of a button; Qt itself leaves hardly any."""

SMALLEST, LAID_OUT, LARGEST = 13, 15, 26
"""Minimum, standard and maximum text size in pixels; the desktop's size is used within these
bounds. Fixed heights are designed for text up to the standard size."""


class Theme(QObject):
    """The current theme. Belongs to the application.

    Signals: `changed()` after colours, stylesheet and icons have changed; `reading_size_changed()`
    after the text size of notes and transcripts has changed.
    """

    changed = Signal()
    reading_size_changed = Signal()

    def __init__(self, app: QApplication, resources: Path) -> None:
        super().__init__(app)
        self.setObjectName("theme")
        self.resources = resources
        self.choice = "system"
        self.palette = LIGHT
        self._app = app
        self._icons: dict[tuple[str, str, int, int], QIcon] = {}
        self._drawings: dict[str, str] = {}
        system = QFontInfo(app.font()).pixelSize()
        self.text_px = min(LARGEST, max(SMALLEST, system))
        self.reading_px = 15
        self._load_fonts()
        app.setStyle(QStyleFactory.create("Fusion"))
        app.styleHints().colorSchemeChanged.connect(self._follow)
        app.screenAdded.connect(self._redraw)

    def choose(self, choice: str) -> None:
        """Apply "light", "dark" or the desktop's colour scheme ("system")."""
        self.choice = choice
        hints = self._app.styleHints()
        if choice == "light":
            hints.setColorScheme(Qt.ColorScheme.Light)
        elif choice == "dark":
            hints.setColorScheme(Qt.ColorScheme.Dark)
        else:
            hints.unsetColorScheme()
        self._follow()

    def set_reading_size(self, px: int) -> None:
        """Set the text size of notes and transcripts in pixels, before scaling, from the
        settings."""
        if (px := scaled(px)) != self.reading_px:
            self.reading_px = px
            self.reading_size_changed.emit()

    def icon(self, name: str, *, color: str = "muted", size: int = 16, gap: int = 0) -> QIcon:
        """Return an icon in a colour of the palette or any `#rrggbb`, sharp on all screens.

        `size` is in pixels. `gap` adds transparent pixels on the right, or on the left if negative.
        An unknown name gives the icon `file-text`, because user templates may misspell one.
        """
        tint = str(getattr(self.palette, color, color))
        key = (name, tint, size, gap)
        found = self._icons.get(key)
        if found is None:
            faint = self.palette.faint
            found = QIcon()
            # For the present screens; `_redraw` clears the cache for a new one.
            for scale in sorted(
                {math.ceil(each.devicePixelRatio()) for each in self._app.screens()}
            ):
                found.addPixmap(self._pixmap(name, tint, size, scale, gap))
                found.addPixmap(self._pixmap(name, faint, size, scale, gap), QIcon.Mode.Disabled)
            self._icons[key] = found
        return found

    def pixmap(self, name: str, *, color: str = "muted", size: int = 16) -> QPixmap:
        """Return the icon as a pixmap for a label, with the application's device pixel ratio."""
        tint = str(getattr(self.palette, color, color))
        return self._pixmap(name, tint, size, self._app.devicePixelRatio())

    def _pixmap(self, name: str, tint: str, size: int, scale: float, gap: int = 0) -> QPixmap:
        pixels = round(size * scale)
        pixmap = QPixmap(QSize(round((size + abs(gap)) * scale), pixels))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        if DIRECTED.fullmatch(name) and self._app.isRightToLeft():
            painter.translate(pixmap.width(), 0)
            painter.scale(-1, 1)
            gap = -gap
        drawing = self._drawing(name).replace("currentColor", tint)
        QSvgRenderer(QByteArray(drawing.encode())).render(
            painter, QRectF(max(0, -gap) * scale, 0, pixels, pixels)
        )
        painter.end()
        pixmap.setDevicePixelRatio(scale)
        return pixmap

    def _drawing(self, name: str) -> str:
        if name not in self._drawings:
            folder = self.resources / "icons"
            known = re.fullmatch(r"[a-z0-9-]+", name) and (folder / f"{name}.svg").is_file()
            path = folder / f"{name if known else 'file-text'}.svg"
            # Thinner than Lucide's 2 px, which look bold beside 13 px text.
            self._drawings[name] = path.read_text("utf-8").replace(
                'stroke-width="2"', 'stroke-width="1.75"'
            )
        return self._drawings[name]

    def _load_fonts(self) -> None:
        for path in sorted((self.resources / "fonts").glob("*.ttf")):
            QFontDatabase.addApplicationFont(str(path))
        font = QFont()
        tags = QLocale.system().uiLanguages()
        font.setFamilies(families(next(filter(None, map(han_style, tags)), "")))
        # Inter draws `->` as an arrow and has contextual shapes for the `:` of `1:58` and the `-`
        # of `A-B`; these glyphs map to no character, so text in a PDF would lose them.
        font.setFeature(QFont.Tag("calt"), 0)
        font.setPixelSize(self.text_px)
        font.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
        self._app.setFont(font)

    def _follow(self) -> None:
        """Apply the desktop's colour scheme unless `choose` was given a fixed one."""
        if self.choice == "system":
            dark = self._app.styleHints().colorScheme() is Qt.ColorScheme.Dark
        else:
            dark = self.choice == "dark"
        wanted = DARK if dark else LIGHT
        if wanted is self.palette and self._app.styleSheet():
            return
        self.palette = wanted
        self._app.setPalette(qt_palette(wanted))
        self._app.setStyleSheet(self.stylesheet())
        self.changed.emit()

    def _redraw(self) -> None:
        """Draw icons anew for an added screen, which may have a higher resolution."""
        self._icons.clear()
        self.changed.emit()

    def stylesheet(self) -> str:
        """Return the stylesheet with the current theme's values. Raises KeyError for unknown
        names."""
        styles = self.resources / "styles"
        text = (styles / "app.qss.in").read_text("utf-8")
        if self._app.isRightToLeft():  # Qt mirrors positions, but neither padding nor borders
            other = {"left": "right", "right": "left"}
            text = re.sub(r"(?<=[gr]-)(left|right)(?=:)", lambda side: other[side[0]], text)
        source = string.Template(text)
        return source.substitute(
            asdict(self.palette),
            styles=styles.as_posix(),
            line=f"{scaled(20)}px",
            line_small=f"{scaled(18)}px",
            text_small=f"{self.text_px - 1}px",
            text_normal=f"{self.text_px}px",
            text_large=f"{self.text_px + 2}px",
            text_title=f"{self.text_px + 5}px",
            text_display=f"{self.text_px + 9}px",
        )


@cache
def families(han: str) -> list[str]:
    """Return the font families for text with Chinese characters of style `han`; "" for any.

    With fontconfig only installed families are returned: for every other name it searches the
    closest match, for each size and weight, before it falls back to another script. That took a
    twentieth of the time to the first paint of an Arabic or Japanese window.
    """
    own = HAN_FAMILIES.get(han, ())
    others = [name for names in HAN_FAMILIES.values() for name in names if name not in own]
    before = FAMILIES.index("Noto Naskh Arabic")
    wanted = dict.fromkeys([*FAMILIES[:before], *own, *others, *FAMILIES[before:]])
    installed = installed_families()
    return [name for name in wanted if not installed or name in installed]


def installed_families() -> frozenset[str]:
    """Return the installed font families, or an empty set where names do not tell.

    Windows and macOS list families in the system's language, and know English names only as
    aliases.
    """
    if sys.platform in ("win32", "darwin"):
        return frozenset()
    # Families of several foundries are listed as "DejaVu Sans [PfEd]".
    return frozenset(name.partition(" [")[0] for name in QFontDatabase.families())


def text_font(px: int, language: str, text: str = "") -> QFont:
    """Return the font for text in a language (BCP 47 tag); `text` helps to detect the Han style."""
    font = QFont(QApplication.font())
    font.setPixelSize(px)
    if han := han_style(language, text):
        font.setFamilies(families(han))
        # Qt caches a font with the fallbacks of its first request and finds it by all other
        # attributes. Distinct style strategies make distinct entries; outline fonts look the same
        # with each of them.
        font.setStyleStrategy(QFont.StyleStrategy(4 * (1 + list(HAN_FAMILIES).index(han))))
    return font


def init_theme(app: QApplication, resources_dir: Path) -> Theme:
    """Return the application's theme; the first call creates it."""
    found = app.findChild(Theme, "theme", Qt.FindChildOption.FindDirectChildrenOnly)
    if isinstance(found, Theme):
        return found
    made = Theme(app, resources_dir)
    FocusRing(app, lambda widget, ring: style(widget, ring=ring))
    made.choose("system")
    return made


def scaled(px: int) -> int:
    """Return a height for text in pixels, enlarged if the text is larger than `LAID_OUT`."""
    found = _theme()
    return round(px * max(1.0, found.text_px / LAID_OUT)) if found is not None else px


def _theme() -> Theme | None:
    app = QApplication.instance()
    found = app.findChild(Theme, "theme") if app is not None else None
    return found if isinstance(found, Theme) else None


def theme() -> Theme:
    """Return the application's theme. Raises RuntimeError before `init_theme`."""
    found = _theme()
    if found is None:
        raise RuntimeError("init_theme was not called")
    return found


def apply_theme(app: QApplication, choice: str) -> None:
    """Apply "system", "light" or "dark" to the whole application."""
    found = app.findChild(Theme, "theme")
    if isinstance(found, Theme):
        found.choose(choice)


def palette() -> Palette:
    """Return the current colours."""
    return theme().palette


def icon(name: str, *, color: str = "muted", size: int = 16) -> QIcon:
    """Return `Theme.icon`. It keeps its colour when the theme changes; use `set_icon` otherwise."""
    return theme().icon(name, color=color, size=size)


def set_icon(
    widget: QAbstractButton | QLabel, name: str, *, color: str = "muted", size: int = 16
) -> None:
    """Set an icon that follows the theme on a button or label, replacing the former one."""
    tint = widget.findChild(_Tint, "", Qt.FindChildOption.FindDirectChildrenOnly)
    if not isinstance(tint, _Tint):
        tint = _Tint(widget)
    tint.show(name, color, size)


def side_text_px() -> int:
    """Return the text size in pixels for text beside a note, such as the transcript."""
    return max(12, theme().reading_px - 1)


def follow_theme(widget: QWidget, restyle: Callable[[], None]) -> None:
    """Call `restyle` after each change of the theme.

    A hidden widget is restyled when it is shown, so that only visible widgets cost time.
    """
    _Follower(widget, restyle, theme().changed)


def follow_reading(widget: QWidget, restyle: Callable[[], None]) -> None:
    """Call `restyle` after each change of the theme or of the reading text size."""
    follow_theme(widget, restyle)
    _Follower(widget, restyle, theme().reading_size_changed)


class _Follower(QObject):
    """Calls `restyle` on a change signal, or at the next show event. Owned by its widget."""

    def __init__(
        self, widget: QWidget, restyle: Callable[[], None], change: SignalInstance
    ) -> None:
        super().__init__(widget)
        self._widget = widget
        self._restyle = restyle
        self._late = False
        widget.installEventFilter(self)
        change.connect(self._follow)

    def _follow(self) -> None:
        self._late = not self._widget.isVisible()
        if not self._late:
            self._restyle()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._late and event.type() == QEvent.Type.Show:
            self._late = False
            self._restyle()
        return False


class _Tint(QObject):
    """Redraws its parent's icon when the theme changes. Owned by the parent."""

    def __init__(self, widget: QAbstractButton | QLabel) -> None:
        super().__init__(widget)
        self._widget = widget
        self._what = ("file-text", "muted", 16)
        follow_theme(widget, self._draw)

    def show(self, name: str, color: str, size: int) -> None:
        self._what = (name, color, size)
        self._draw()

    def _draw(self) -> None:
        name, color, size = self._what
        if isinstance(self._widget, QLabel):
            self._widget.setPixmap(theme().pixmap(name, color=color, size=size))
        else:
            gap = GAP_PX if isinstance(self._widget, QPushButton) and self._widget.text() else 0
            if self._widget.layoutDirection() is Qt.LayoutDirection.RightToLeft:
                gap = -gap
            self._widget.setIcon(theme().icon(name, color=color, size=size, gap=gap))
            self._widget.setIconSize(QSize(size + abs(gap), size))


def style(widget: QWidget, **properties: str | bool) -> None:
    """Set properties that the stylesheet selects by (`kind`, `role`, `tone`, …) and restyle."""
    changed = False
    for name, value in properties.items():
        if widget.property(name) != value:
            widget.setProperty(name, value)
            changed = True
    if changed and widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.update()


# --- The focus ring ---
#
# Shown for keyboard use only, like `:focus-visible` in CSS: the stylesheet draws it for widgets
# with the property `ring`; custom-painted widgets call `has_ring`. Text fields show their focus in
# any case.

_MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta)
"""Modifier keys, which are also held while using the mouse."""


class FocusRing(QObject):
    """Tracks whether the keyboard or the mouse was used last, and updates the focused widget.

    The event filter is installed on windows only: a Python filter for all events of all widgets
    would be slow. `show(widget, ring)` is called to show or hide the ring.
    """

    def __init__(self, app: QApplication, show: Callable[[QWidget, bool], None]) -> None:
        super().__init__(app)
        self._tell = show
        self._by_keyboard = False
        app.focusWindowChanged.connect(self._watch)
        app.focusChanged.connect(self._follow)

    def _watch(self, window: QWindow | None) -> None:
        if window is not None:
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress:
            self._turn(by_keyboard=False)
        elif isinstance(event, QKeyEvent) and event.key() not in _MODIFIERS:
            self._turn(by_keyboard=True)
        return False

    def _turn(self, *, by_keyboard: bool) -> None:
        if by_keyboard is not self._by_keyboard:
            self._by_keyboard = by_keyboard
            self._show(QApplication.focusWidget())

    def _follow(self, _old: QWidget | None, now: QWidget | None) -> None:
        if now is not None and now.window().testAttribute(
            Qt.WidgetAttribute.WA_KeyboardFocusChange
        ):
            self._by_keyboard = True
        self._show(now)

    def _show(self, widget: QWidget | None) -> None:
        if widget is not None:
            self._tell(widget, self._by_keyboard)


def has_ring(widget: QWidget | None) -> bool:
    """Return True if a custom-painted widget must show its focus."""
    return widget is not None and widget.hasFocus() and bool(widget.property("ring"))
