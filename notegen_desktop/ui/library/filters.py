"""Buttons with menus to filter and to sort the library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from notegen_desktop.domain.notes.tags import STAR, tag_key
from notegen_desktop.domain.text.languages import language_name
from notegen_desktop.domain.words import N_, _
from notegen_desktop.services.ports import Facets, NoteFilter, VideoOrder
from notegen_desktop.ui.kit.build import named
from notegen_desktop.ui.kit.screen_reader import give_menu
from notegen_desktop.ui.kit.text import engine_name, one_line
from notegen_desktop.ui.kit.theme import scaled, set_icon

MAX_SHOWN = 30
"""Maximum values per submenu; the rarest are left out."""

SPANS = (
    (N_("Today"), 0),
    (N_("The last 7 days"), 7),
    (N_("The last 30 days"), 30),
    (N_("The last year"), 365),
)

ORDERS = {
    VideoOrder.NEWEST: N_("Newest first"),
    VideoOrder.TITLE: N_("By title"),
    VideoOrder.CHANNEL: N_("By channel"),
    VideoOrder.LENGTH: N_("Longest first"),
}

STATES = (
    ("unread", N_("Not opened yet")),
    ("doubtful", N_("With statements in doubt")),
    ("unfinished", N_("That lack something")),
)


def _language_words(tag: str) -> str:
    return _(language_name(tag)) or tag


class _MenuButton(QToolButton):
    """Tool button with icon and text that opens a menu."""

    def __init__(self, words: str, icon: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.say(words)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(16, 16))
        self.setFixedHeight(scaled(34))
        set_icon(self, icon)
        give_menu(self)

    def say(self, words: str) -> None:
        self.setText(f" {words}")  # Qt leaves no gap after the icon
        self.setToolTip(words)

    def show_words(self, shown: bool) -> None:
        """Show or hide the text beside the icon; the tooltip always has it."""
        style = Qt.ToolButtonStyle
        self.setToolButtonStyle(
            style.ToolButtonTextBesideIcon if shown else style.ToolButtonIconOnly
        )


class OrderButton(_MenuButton):
    """Button for the sort order of videos. Signals: `changed()`."""

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(_(ORDERS[VideoOrder.NEWEST]), "list-ordered", parent)
        named(self, "libraryOrder", _("Sort by"))
        self.order = VideoOrder.NEWEST
        group = QActionGroup(self)
        for order, words in ORDERS.items():
            action = self.menu().addAction(_(words))
            action.setCheckable(True)
            action.setChecked(order is self.order)
            group.addAction(action)
            action.triggered.connect(lambda _, order=order: self.choose(order))

    def choose(self, order: VideoOrder) -> None:
        self.order = order
        self.say(_(ORDERS[order]))
        self.changed.emit()


class FilterButton(_MenuButton):
    """Button for the filter of the list.

    Signals: `changed()`; `opening()` before the menu is shown, so that the facets can be queried.
    """

    changed = Signal()
    opening = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(_("Filter"), "list-filter", parent)
        named(self, "libraryFilter", _("Filter notes"))
        self.where = NoteFilter()
        self.shows_deleted = False
        self._span = ""
        self._facets = Facets()
        self.template_name: Callable[[str], str] = str
        self.menu().aboutToShow.connect(self._open)
        self._fill()

    def set_facets(self, facets: Facets) -> None:
        """Take the values to filter by; an open menu is not changed."""
        self._facets = facets
        if not self.menu().isVisible():
            self._fill()

    def choose(self, where: NoteFilter, *, deleted: bool = False) -> None:
        self.where, self.shows_deleted = where, deleted
        if not where.since:
            self._span = ""
        number = len(self.words())
        self.say(_("Filter · {number}").format(number=number) if number else _("Filter"))
        self._fill()
        self.changed.emit()

    def words(self) -> list[str]:
        """Return the active filters as texts."""
        if self.shows_deleted:
            return [_("deleted notes")]
        where = self.where
        return [
            *map(self.template_name, where.templates),
            *map(engine_name, where.engines),
            *map(_language_words, where.languages),
            *where.channels,
            *(_("starred") if tag == STAR else f"#{tag}" for tag in where.tags),
            *(
                [_(self._span).lower() or _("since {since}").format(since=where.since)]
                if where.since
                else []
            ),
            *(_(words).lower() for name, words in STATES if getattr(where, name)),
        ]

    def _open(self) -> None:
        self._fill()
        self.opening.emit()

    def _fill(self) -> None:
        menu, where, facets = self.menu(), self.where, self._facets
        menu.clear()
        self._tick(menu, _("Starred"), STAR in where.tags, lambda: self._toggle("tags", STAR))
        for name, words in STATES:
            on = getattr(where, name)
            self._tick(menu, _(words), on, partial(self._change, **{name: not on}))
        menu.addSeparator()
        tags = [(name, many) for name, many in facets.tags if tag_key(name) != STAR]
        for kind, title, values, name_of in (
            ("tags", _("Tag"), tags, str),
            ("templates", _("Template"), facets.templates, self.template_name),
            ("channels", _("Channel"), facets.channels, str),
            ("engines", _("Written by"), facets.engines, engine_name),
            ("languages", _("Language"), facets.languages, _language_words),
        ):
            self._add_values(menu, kind, title, list(values), name_of)
        self._add_spans(menu)
        menu.addSeparator()
        self._tick(
            menu, _("Deleted notes"), self.shows_deleted,
            lambda: self.choose(NoteFilter(), deleted=not self.shows_deleted),
        )  # fmt: skip
        clear = menu.addAction(_("Show all notes"))
        clear.setEnabled(bool(self.words()))
        clear.triggered.connect(lambda: self.choose(NoteFilter()))

    def _add_values(
        self,
        menu: QMenu,
        kind: str,
        title: str,
        values: list[tuple[str, int]],
        name_of: Callable[[str], str],
    ) -> None:
        inner = menu.addMenu(title)
        inner.setEnabled(bool(values))
        chosen = getattr(self.where, kind)
        for value, many in values[:MAX_SHOWN]:
            words = f"{one_line(name_of(value))[:60]}  ({many:,})".replace("&", "&&")
            self._tick(
                inner, words, value in chosen,
                partial(self._toggle, kind, value),
            )  # fmt: skip

    def _add_spans(self, menu: QMenu) -> None:
        inner = menu.addMenu(_("Made"))
        for words, days in SPANS:
            on = self._span == words
            self._tick(inner, _(words), on, partial(self._date, words, days, on))

    def _date(self, words: str, days: int, on: bool) -> None:
        self._span = "" if on else words
        since = (
            "" if on else (datetime.now().astimezone() - timedelta(days=days)).date().isoformat()
        )
        self._change(since=since)

    def _toggle(self, kind: str, value: str) -> None:
        chosen = getattr(self.where, kind)
        left = tuple(each for each in chosen if each != value)
        self._change(**{kind: left if value in chosen else (*chosen, value)})

    def _change(self, **facts: object) -> None:
        self.choose(replace(self.where, **facts))  # type: ignore[arg-type]

    @staticmethod
    def _tick(menu: QMenu, words: str, on: bool, act: Callable[[], object]) -> QAction:
        action = menu.addAction(words)
        action.setCheckable(True)
        action.setChecked(on)
        action.triggered.connect(lambda _: act())
        return action
