"""Colours of the light and the dark theme, named after their use."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor, QPalette


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one theme as `#rrggbb`.

    Backgrounds, from back to front: `sunken`, `window`, `surface`, `raised`. `text` and `muted` are
    text colours for all of them, `control` outlines fields, check boxes and drop areas, `faint` is
    for icons and disabled text. `accent` is a filled area with `accent_text` on it; `accent_ink` is
    the accent as text or line on a background, `accent_soft` its tint. The `…_soft` tints are
    backgrounds for text in the colour they are named after.
    """

    name: str
    window: str
    sidebar: str
    surface: str
    raised: str
    sunken: str
    hover: str
    border: str
    border_strong: str
    control: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_hover: str
    accent_pressed: str
    accent_text: str
    accent_ink: str
    accent_soft: str
    success: str
    success_soft: str
    warning: str
    warning_soft: str
    danger: str
    danger_soft: str
    focus: str
    selection: str
    selection_text: str
    link: str


_COLOURS = {
    "window": ("#fbfbfa", "#17171a"),
    "sidebar": ("#f4f4f2", "#1b1b1f"),
    "surface": ("#ffffff", "#202024"),
    "raised": ("#ffffff", "#28282d"),
    "sunken": ("#efefec", "#131316"),
    "hover": ("#ecece9", "#2b2b31"),
    "border": ("#e4e4e0", "#2f2f35"),
    "border_strong": ("#d0d0ca", "#44444d"),
    "control": ("#8c8c86", "#74747e"),
    "text": ("#1c1c1f", "#ececf0"),
    "muted": ("#63636a", "#a3a3ad"),
    "faint": ("#9a9aa0", "#74747e"),
    "accent": ("#5753c6", "#625edb"),
    "accent_hover": ("#4b47b5", "#6b67e0"),
    "accent_pressed": ("#413da3", "#5650cd"),
    "accent_text": ("#ffffff", "#ffffff"),
    "accent_ink": ("#504bc0", "#b0acff"),
    "accent_soft": ("#eeedfb", "#2a2846"),
    "success": ("#1d7a46", "#63cf93"),
    "success_soft": ("#e6f4ec", "#1b3026"),
    "warning": ("#8a5a00", "#e9b95c"),
    "warning_soft": ("#fdf3dc", "#352b17"),
    "danger": ("#c0303a", "#ff8a8a"),
    "danger_soft": ("#fdecec", "#3b2124"),
    "focus": ("#7a75e0", "#8b86f5"),
    "selection": ("#d9d7f7", "#3f3b78"),
    "selection_text": ("#1c1c1f", "#ffffff"),
    "link": ("#504bc0", "#b0acff"),
}
"""Each colour in the light and in the dark theme."""

LIGHT = Palette("light", **{name: light for name, (light, _) in _COLOURS.items()})
DARK = Palette("dark", **{name: dark for name, (_, dark) in _COLOURS.items()})


_MARKS = {
    "yellow": ("#fff0a3", "#5c4c10"),
    "green": ("#cdeebd", "#27512a"),
    "blue": ("#cfe4ff", "#1f4470"),
    "pink": ("#ffd5e3", "#622b43"),
}


def mark_colour(name: str, colours: Palette) -> str:
    """Return the background of highlighted text, light or dark to suit the text colour."""
    light, dark = _MARKS.get(name, _MARKS["yellow"])
    return dark if colours.name == "dark" else light


def qt_palette(tokens: Palette) -> QPalette:
    """Return the colours as a QPalette, for everything the stylesheet does not reach."""
    roles = {
        QPalette.ColorRole.Window: tokens.window,
        QPalette.ColorRole.WindowText: tokens.text,
        QPalette.ColorRole.Base: tokens.surface,
        QPalette.ColorRole.AlternateBase: tokens.sunken,
        QPalette.ColorRole.ToolTipBase: tokens.raised,
        QPalette.ColorRole.ToolTipText: tokens.text,
        QPalette.ColorRole.PlaceholderText: tokens.muted,
        QPalette.ColorRole.Text: tokens.text,
        QPalette.ColorRole.Button: tokens.raised,
        QPalette.ColorRole.ButtonText: tokens.text,
        QPalette.ColorRole.BrightText: tokens.danger,
        QPalette.ColorRole.Light: tokens.raised,
        QPalette.ColorRole.Midlight: tokens.hover,
        QPalette.ColorRole.Mid: tokens.border,
        QPalette.ColorRole.Dark: tokens.border_strong,
        QPalette.ColorRole.Shadow: tokens.sunken,
        QPalette.ColorRole.Highlight: tokens.selection,
        QPalette.ColorRole.HighlightedText: tokens.selection_text,
        QPalette.ColorRole.Link: tokens.link,
        QPalette.ColorRole.LinkVisited: tokens.link,
        QPalette.ColorRole.Accent: tokens.accent,
    }
    result = QPalette()
    for role, value in roles.items():
        result.setColor(role, QColor(value))
    for role in (
        QPalette.ColorRole.WindowText,
        QPalette.ColorRole.Text,
        QPalette.ColorRole.ButtonText,
    ):
        result.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.faint))
    return result
