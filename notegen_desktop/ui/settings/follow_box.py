"""Followed lists in the settings: add, check, pause, remove.

Changes take effect at once: followed lists are not settings.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QObject, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from notegen_desktop.domain.errors import Failure, InvalidLink, NoteGenError
from notegen_desktop.domain.links.following import Followed
from notegen_desktop.domain.text.quantities import number, rounded_duration, series
from notegen_desktop.domain.words import N_, _, ngettext
from notegen_desktop.services.machine.local_files import lists_in_text
from notegen_desktop.services.ports import FollowCheck, Following
from notegen_desktop.ui.kit.build import APART_PX, as_rows, button, hbox, label, named, vbox
from notegen_desktop.ui.kit.dialogs import choose_folder
from notegen_desktop.ui.kit.painted_rows import (
    NO_PARENT,
    Index,
    line_fonts,
    paint_ground,
    paint_icon,
    paint_lines,
)
from notegen_desktop.ui.kit.tasks import Tasks, in_thread
from notegen_desktop.ui.kit.text import one_line, plain_tip
from notegen_desktop.ui.kit.theme import palette
from notegen_desktop.ui.kit.widgets import StateLabel

FOLLOWED_ROLE = int(Qt.ItemDataRole.UserRole) + 1
PAD, ICON = 10, 18

FIRST = (
    (0, N_("From now on")),
    (1, N_("With its last one")),
    (3, N_("With its last 3")),
    (10, N_("With its last 10")),
)
"""Choices of how many existing videos of a list to offer first."""

_ICONS = {"channel": "tv", "playlist": "list-video", "podcast": "mic", "folder": "folder-open"}


class FollowBox(QWidget):
    """The followed lists and their actions.

    Signals: `looked(FollowCheck)` with the lists and their new videos, after a check or a change.
    """

    looked = Signal(object)

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._following: Following | None = None
        self.edit = named(_Field(self), "followEdit", _("Link of a channel, playlist or podcast"))
        self.edit.setPlaceholderText(_("Link of a channel, playlist or podcast"))
        self.edit.entered.connect(lambda: self._add(self.edit.text()))
        self.edit.textChanged.connect(self._settle)
        self.first = named(QComboBox(self), "followFirstCombo", _("What is asked about first"))
        for last, words in FIRST:
            self.first.addItem(_(words), last)
        self.add = button(
            _("Follow"), "followButton", pressed=lambda: self._add(self.edit.text()), parent=self
        )
        self.folder = button(
            _("Folder…"),
            "followFolderButton",
            tip=_("Follow a folder: new recordings, films and texts in it"),
            pressed=self._choose_folder,
            parent=self,
        )
        self.model = FollowedModel(self)
        self.list = _List()
        as_rows(self.list, "followedList", _("Followed lists"), delegate=_Row(self.list))
        self.list.setProperty("framed", True)
        self.list.setModel(self.model)
        self.list.setMinimumHeight(150)
        self.list.selectionModel().currentChanged.connect(self._settle)
        self.list.removed.connect(self._remove)
        self._empty = label(
            _("Nothing is followed yet."), role="muted", align=Qt.AlignmentFlag.AlignCenter
        )
        self.look = button(
            _("Look now"), "lookNowButton", icon="refresh-cw", pressed=self._check_now
        )
        self.pause = button(_("Pause"), "pauseFollowedButton", pressed=self._pause)
        self.remove = button(_("Remove"), "removeFollowedButton", pressed=self._remove)
        self._state = StateLabel("followState")
        vbox(
            hbox((self.edit, 1), self.first, self.add, self.folder, spacing=6),
            (self.list, 1),
            self._empty,
            hbox(self.look, None, self.pause, APART_PX, self.remove, spacing=6),
            self._state,
            spacing=8,
            on=self,
        )
        self.setEnabled(False)
        self._show([])

    def show_following(self, following: Following) -> None:
        """Take the service and show its lists, now that the library is open."""
        self._following = following
        self.setEnabled(True)
        self.show_lists()

    def show_lists(self) -> None:
        """Reload the followed lists."""
        if self._following is not None:
            self._tasks.start(
                self._following.all(), done=self._show, failed=self._complain, receiver=self
            )

    # --- actions ---

    def _add(self, text: str) -> None:
        if self._following is None or not text.strip():
            return
        self._busy(_("Asking what it is …"))
        self._tasks.start(
            self._follow(self._following, text, int(self.first.currentData())),
            done=self._added,
            failed=self._complain,
            receiver=self,
        )

    async def _follow(
        self, following: Following, text: str, last: int
    ) -> tuple[list[Followed], list[NoteGenError]]:
        """Follow the lists in a text; return all lists and the errors of those refused.

        Raises NoteGenError if the text holds no list or all were refused.
        """
        found = await in_thread(lists_in_text, text)
        if not found.links:
            raise InvalidLink(found.rejects[0].reason if found.rejects else "", hint=_HINT)
        refused: list[NoteGenError] = []
        for link in found.links:
            try:
                await following.add(link, last=last)
            except NoteGenError as error:
                refused.append(error)
        if len(refused) == len(found.links):
            raise refused[0]
        return await following.all(), refused

    def _added(self, found: tuple[list[Followed], list[NoteGenError]]) -> None:
        lists, refused = found
        self.edit.clear()
        self._changed(lists)
        self.list.setCurrentIndex(self.model.index(len(lists) - 1))
        words = _("“{name}” is followed.").format(name=one_line(lists[-1].name))
        if refused:
            others = ngettext(
                "{n} other could not be: {message}",
                "{n} others could not be: {message}",
                len(refused),
            ).format(n=number(len(refused)), message=refused[0].message)
            words = f"{words} {others}"
        self._state.say(words, "warning" if refused else "success")

    def _choose_folder(self) -> None:
        self._tasks.start(
            choose_folder(self.window(), title=_("Follow a folder")),
            done=lambda folder: self._add(str(folder)) if folder else None,
            receiver=self,
        )

    def _pause(self) -> None:
        chosen, following = self._chosen(), self._following
        if chosen is None or following is None:
            return

        async def pause() -> list[Followed]:
            await following.pause(chosen.key, paused=not chosen.paused)
            return await following.all()

        self._tasks.start(pause(), done=self._changed, failed=self._complain, receiver=self)

    def _remove(self) -> None:
        chosen, following = self._chosen(), self._following
        if chosen is None or following is None:
            return

        async def remove() -> list[Followed]:
            await following.remove(chosen.key)
            return await following.all()

        self._tasks.start(remove(), done=self._changed, failed=self._complain, receiver=self)

    def _check_now(self) -> None:
        if self._following is not None:
            self._busy(_("Looking …"))
            self._tasks.start(
                self._following.check(), done=self._check_done, failed=self._complain, receiver=self
            )

    def _check_done(self, looked: FollowCheck) -> None:
        self.show_lists()
        self.looked.emit(looked)
        self._settle()
        if looked.away is not None:
            self._state.say(looked.away.words, "warning")
        elif looked.new:
            self._state.say(
                ngettext(
                    "{n} new video: you are asked in the window.",
                    "{n} new videos: you are asked in the window.",
                    len(looked.new),
                ).format(n=number(len(looked.new)))
            )
        else:
            self._state.say(_("There is nothing new."))

    # --- display ---

    def _changed(self, lists: list[Followed]) -> None:
        self._show(lists)
        self._state.say("")
        self.looked.emit(FollowCheck(tuple(each for each in lists if not each.paused)))

    def _show(self, lists: Sequence[Followed]) -> None:
        row = self.list.currentIndex().row()
        self.model.show_lists(lists)
        self.list.setVisible(bool(lists))
        self._empty.setVisible(not lists)
        if lists and row >= 0:
            self.list.setCurrentIndex(self.model.index(min(row, len(lists) - 1)))
        self._settle()

    def _chosen(self) -> Followed | None:
        found = self.list.currentIndex().data(FOLLOWED_ROLE)
        return found if isinstance(found, Followed) else None

    def _busy(self, words: str) -> None:
        self.add.setEnabled(False)
        self.look.setEnabled(False)
        self._state.say(words)

    def _settle(self) -> None:
        chosen = self._chosen()
        self.add.setEnabled(bool(self.edit.text().strip()))
        self.look.setEnabled(self.model.rowCount() > 0)
        for each in (self.pause, self.remove):
            each.setEnabled(chosen is not None)
        self.pause.setText(_("Resume") if chosen and chosen.paused else _("Pause"))

    def _complain(self, failure: Failure) -> None:
        self._settle()
        self._state.fail(failure)


_HINT = N_("Paste the link of a channel, a playlist or a podcast, or choose a folder.")


class _Field(QLineEdit):
    """Line edit that adds its text on Return; the key must not reach the dialog, which would save.

    Signals: `entered()`.
    """

    entered = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
            self.entered.emit()
        else:
            super().keyPressEvent(event)


class _List(QListView):
    """List view. Signals: `removed()` for the Delete key."""

    removed = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        else:
            super().keyPressEvent(event)


class FollowedModel(QAbstractListModel):
    """List model of the followed lists."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lists: tuple[Followed, ...] = ()

    def show_lists(self, lists: Sequence[Followed]) -> None:
        self.beginResetModel()
        self._lists = tuple(lists)
        self.endResetModel()

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._lists)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not index.isValid():
            return None
        followed = self._lists[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return one_line(followed.name)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(
                    f"{followed.name}\n{followed.link.url}\n{followed.failure}".strip()
                )
            case Qt.ItemDataRole.AccessibleTextRole:
                return series((one_line(followed.name), state_words(followed, time.time())))
            case _ if role == FOLLOWED_ROLE:
                return followed
        return None


def state_words(followed: Followed, now: float) -> str:
    """Return kind and state of a list: “Podcast · 2 new · looked at 5 min ago”."""
    parts = [_(followed.kind.capitalize())]
    if followed.paused:
        parts.append(_("paused"))
    elif followed.failures:
        parts.append(one_line(followed.failure))
    else:
        if followed.new:
            new = len(followed.new)
            parts.append(ngettext("{n} new", "{n} new", new).format(n=number(new)))
        ago = now - followed.checked_at
        just = ago < 60
        parts.append(
            _("looked at just now")
            if just
            else _("looked at {ago} ago").format(ago=rounded_duration(ago))
        )
    return " · ".join(parts)


class _Row(QStyledItemDelegate):
    """Item delegate: icon, name and state."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        strong, small = line_fonts(option)
        lines = QFontMetrics(strong).height() + QFontMetrics(small).height() + 2
        return QSize(200, lines + 2 * PAD)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        followed = index.data(FOLLOWED_ROLE)
        if not isinstance(followed, Followed):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, option)
        colours, paused = palette(), followed.paused
        words = paint_icon(
            painter,
            option,
            option.rect.adjusted(PAD + 4, PAD, -(PAD + 4), -PAD),
            _ICONS[followed.kind],
            color="faint" if paused else "accent_ink",
            size=ICON,
        )
        failing = followed.failures and not paused
        paint_lines(
            painter,
            option,
            words,
            title=(one_line(followed.name), colours.muted if paused else colours.text),
            below=(
                state_words(followed, time.time()),
                colours.warning if failing else colours.muted,
            ),
        )
        painter.restore()
