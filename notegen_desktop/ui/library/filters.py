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
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import N_, _
from notegen_desktop.services.ports import Facets, NoteFilter, VideoOrder
from notegen_desktop.ui.kit.build import named
from notegen_desktop.ui.kit.screen_reader import give_menu
from notegen_desktop.ui.kit.text import engine_name, one_line
from notegen_desktop.ui.kit.theme import scaled, set_icon

MAX_SHOWN = 30
"""Maximum values per submenu, most frequent first; the others are in a submenu "More"."""

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


def _empty(menu: QMenu) -> None:
    for inner in menu.findChildren(QMenu):
        inner.deleteLater()  # `clear` lets them be
    menu.clear()


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
        self._kinds: dict[str, QMenu] = {}
        self.template_name: Callable[[str], str] = str
        self.menu().aboutToShow.connect(self._open)
        self._fill()

    def set_facets(self, facets: Facets) -> None:
        """Take the values to filter by; an open submenu is not changed."""
        self._facets = facets
        if self.menu().isVisible():
            self._fill_kinds()
        else:
            self._fill()

    def choose(self, where: NoteFilter, *, deleted: bool = False) -> None:
        self.where, self.shows_deleted = where, deleted
        if not where.since:
            self._span = ""
        many = len(self.words())
        self.say(_("Filter · {number}").format(number=number(many)) if many else _("Filter"))
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
                [_(self._span) or _("since {since}").format(since=where.since)]
                if where.since
                else []
            ),
            *(_(words) for name, words in STATES if getattr(where, name)),
        ]

    def _open(self) -> None:
        self._fill()
        self.opening.emit()

    def _fill(self) -> None:
        menu, where = self.menu(), self.where
        _empty(menu)
        self._tick(menu, _("Starred"), STAR in where.tags, lambda: self._toggle("tags", STAR))
        for name, words in STATES:
            on = getattr(where, name)
            self._tick(menu, _(words), on, partial(self._change, **{name: not on}))
        menu.addSeparator()
        self._kinds = {
            kind: menu.addMenu(words)
            for kind, words in (
                ("tags", _("Tag")),
                ("templates", _("Template")),
                ("channels", _("Channel")),
                ("engines", _("Written by")),
                ("languages", _("Language")),
            )
        }
        self._fill_kinds()
        self._add_spans(menu)
        menu.addSeparator()
        self._tick(
            menu, _("Deleted notes"), self.shows_deleted,
            lambda: self.choose(NoteFilter(), deleted=not self.shows_deleted),
        )  # fmt: skip
        clear = menu.addAction(_("Show all notes"))
        clear.setEnabled(bool(self.words()))
        clear.triggered.connect(lambda: self.choose(NoteFilter()))

    def _fill_kinds(self) -> None:
        facets = self._facets
        tags = [(name, many) for name, many in facets.tags if tag_key(name) != STAR]
        for kind, values, name_of in (
            ("tags", tags, str),
            ("templates", facets.templates, self.template_name),
            ("channels", facets.channels, str),
            ("engines", facets.engines, engine_name),
            ("languages", facets.languages, _language_words),
        ):
            inner = self._kinds[kind]
            if not inner.isVisible():
                self._fill_kind(inner, kind, list(values), name_of)

    def _fill_kind(
        self,
        inner: QMenu,
        kind: str,
        values: list[tuple[str, int]],
        name_of: Callable[[str], str],
    ) -> None:
        _empty(inner)
        inner.setEnabled(bool(values))
        rest = sorted(values[MAX_SHOWN:], key=lambda each: name_of(each[0]).casefold())
        self._add_values(inner, kind, values[:MAX_SHOWN], name_of)
        if rest:
            self._add_values(inner.addMenu(_("More")), kind, rest, name_of)

    def _add_values(
        self,
        menu: QMenu,
        kind: str,
        values: list[tuple[str, int]],
        name_of: Callable[[str], str],
    ) -> None:
        chosen = getattr(self.where, kind)
        for value, many in values:
            words = f"{one_line(name_of(value))[:60]}  ({number(many)})".replace("&", "&&")
            self._tick(menu, words, value in chosen, partial(self._toggle, kind, value))

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
