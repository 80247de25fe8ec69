"""Dialog to choose videos of a playlist or channel. Rows are loaded in pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import (
    QObject,
    QRect,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QCheckBox, QDialog, QListView, QStyleOptionViewItem, QWidget

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.text.dates import day_words
from notegen_desktop.domain.text.quantities import count, duration, number, series
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.ui.kit.build import as_rows, button, hbox, label, leave_enter_to, named, vbox
from notegen_desktop.ui.kit.elided import elided
from notegen_desktop.ui.kit.painted_rows import (
    Index,
    PagedModel,
    TickDelegate,
    sides,
    state,
    trimmed,
)
from notegen_desktop.ui.kit.text import one_line, plain_tip
from notegen_desktop.ui.kit.theme import theme
from notegen_desktop.ui.kit.widgets import SearchField

VIDEO_ROLE = int(Qt.ItemDataRole.UserRole) + 1
STORED_ROLE = int(Qt.ItemDataRole.UserRole) + 2
"""Bool: True if the library has notes of the video."""


class PlaylistModel(PagedModel[Video]):
    """List model of checkable videos. Signals: `ticked()` when check states change."""

    ticked = Signal()
    FLAGS = PagedModel.FLAGS | Qt.ItemFlag.ItemIsUserCheckable

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ticked: set[str] = set()
        self._stored: frozenset[str] = frozenset()

    def chosen(self) -> list[Video]:
        """Return the checked videos in the order of the list."""
        return [video for video in self._rows if video.id in self._ticked]

    def show_stored(self, video_ids: Iterable[str]) -> None:
        self._stored = frozenset(video_ids)
        self._redraw()

    def tick(self, video_ids: Iterable[str], *, ticked: bool) -> None:
        """Check or uncheck these videos; all others keep their state."""
        before = len(self._ticked)
        if ticked:
            self._ticked.update(video_ids)
        else:
            self._ticked.difference_update(video_ids)
        if len(self._ticked) != before:
            self._redraw()
            self.ticked.emit()

    def _redraw(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    # --- QAbstractItemModel ---

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not index.isValid():
            return None
        video = self._rows[index.row()]
        stored = video.id in self._stored
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return one_line(video.name)
            case Qt.ItemDataRole.CheckStateRole:
                return state(video.id in self._ticked)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(video.name)
            case Qt.ItemDataRole.AccessibleTextRole:
                length = clock(video.duration_s) if video.duration_s else ""
                day = day_words(video.published) if video.published else ""
                facts = (one_line(video.name), day, length, _("in the library") if stored else "")
                return series(facts)
            case _ if role == VIDEO_ROLE:
                return video
            case _ if role == STORED_ROLE:
                return stored
        return None

    def setData(self, index: Index, value: Any, role: int = int(Qt.ItemDataRole.EditRole)) -> bool:
        if not index.isValid() or role != Qt.ItemDataRole.CheckStateRole:
            return False
        ticked = value in (Qt.CheckState.Checked, Qt.CheckState.Checked.value)
        video_id = self._rows[index.row()].id
        (self._ticked.add if ticked else self._ticked.discard)(video_id)
        self.dataChanged.emit(index, index)
        self.ticked.emit()
        return True


# --- Dialog ---

ROW_PX = 34
MAX_UNASKED = 1000
"""Videos loaded without scrolling; further pages are requested at the end of the list."""


class PlaylistDialog(QDialog):
    """Checkable list of videos. None is checked at first, because each costs tokens.

    Signals: `more_wanted(int)` with the 1-based number of the first video of the next page.
    """

    more_wanted = Signal(int)

    def __init__(
        self,
        name: str,
        videos: Sequence[Video],
        parent: QWidget | None = None,
        *,
        more: bool = False,
    ) -> None:
        """`more`: further pages may exist; they are requested once `begin` was called."""
        super().__init__(parent)
        self.setObjectName("playlistDialog")
        self.setWindowTitle(_("Choose videos"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.resize(600, 600)
        self._listed = len(videos)  # duplicates included
        self._begun = False
        self._asking = False
        self._name = name
        self._origin = label("", "playlistOrigin", role="caption", wrap=True)
        self.model = PlaylistModel(self)
        self.model.add_rows(videos, more=more)
        self.model.ticked.connect(self._tell)
        self.model.more_wanted.connect(self._ask)
        self._found = QSortFilterProxyModel(self)
        self._found.setSourceModel(self.model)
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.search = named(SearchField(self), "playlistSearch", _("Search these videos"))
        self.search.setPlaceholderText(_("Search these videos"))
        self.search.textChanged.connect(
            lambda words: self._found.setFilterFixedString(words.strip())
        )
        self.list = QListView()
        delegate = _Row(self.list, height=ROW_PX)
        as_rows(self.list, "playlistVideos", _("Videos of the playlist"), delegate=delegate)
        self.list.setAccessibleDescription(_("Space ticks and unticks a video."))
        self.list.setProperty("framed", True)
        self.list.setUniformItemSizes(True)
        self.list.setModel(self._found)
        self.total = label("", "playlistTotal", role="caption")
        every = button(
            _("Tick all"),
            "playlistTickAll",
            kind="link",
            tip=_("Tick all that are shown"),
            pressed=lambda: self._tick_shown(ticked=True),
        )
        none = button(
            _("Tick none"),
            "playlistTickNone",
            kind="link",
            tip=_("Untick all that are shown"),
            pressed=lambda: self._tick_shown(ticked=False),
        )
        cancel = button(_("Cancel"), pressed=self.reject)
        self.add = button("", "playlistAddButton", kind="primary", pressed=self.accept)
        self.guide = button(
            _("Write a guide…"),
            "playlistGuideButton",
            tip=_("One guide over all that are ticked, instead of notes of each"),
            pressed=self._accept_guide,
        )
        self.wants_guide = False
        self.follow = named(QCheckBox(_("Ask me when new ones come")), "followCheck")
        self.follow.setToolTip(_("Settings, Following, has the lists that are followed"))
        vbox(
            label(_("Which videos should become notes?"), role="heading"),
            self._origin,
            hbox((self.search, 1), 8, every, none, spacing=4),
            (self.list, 1),
            self.follow,
            hbox((self.total, 1), cancel, self.guide, self.add),
            margins=(20, 20, 20, 16),
            on=self,
        )
        leave_enter_to(self.add, self)
        self._tell()

    def begin(self) -> None:
        """Start requesting the pages after the first."""
        self._begun = True
        if self.model.more:
            self._ask()

    def _accept_guide(self) -> None:
        self.wants_guide = True
        self.accept()

    def chosen(self) -> list[Video]:
        """Return the checked videos in the order of the list."""
        return self.model.chosen()

    def add_videos(self, videos: Sequence[Video]) -> None:
        """Append the requested page; an empty page means the end of the list."""
        self._asking = False
        self._listed += len(videos)
        self.model.add_rows(videos, more=bool(videos))
        self._tell()
        if videos and self._listed < MAX_UNASKED:
            self._ask()

    def show_failure(self, failure: Failure) -> None:
        """Show that the next page failed to load; the listed videos can still be chosen."""
        self._asking = False
        self.model.add_rows((), more=False)
        self._tell()
        self._origin.setText(f"{self._origin.text()} {failure.message}")

    def show_followed(self, followed: bool) -> None:
        """Hide the "ask me" check box if the list is followed already or cannot be."""
        self.follow.setVisible(not followed)

    def show_stored(self, video_ids: Iterable[str]) -> None:
        """Mark these videos as present in the library."""
        self.model.show_stored(video_ids)

    # --- inside ---

    def _ask(self) -> None:
        if self._begun and not self._asking:
            self._asking = True
            self.more_wanted.emit(self._listed + 1)
            self._tell()

    def _tick_shown(self, *, ticked: bool) -> None:
        rows = range(self._found.rowCount())
        shown = [self._found.index(row, 0).data(VIDEO_ROLE).id for row in rows]
        self.model.tick(shown, ticked=ticked)

    def _tell(self) -> None:
        videos = count(len(self.model.rows), "video")
        if self.model.more:
            more = _("{videos} so far, listing more …") if self._asking else _("{videos} and more")
            videos = more.format(videos=videos)
        self._origin.setText(f"{self._name} · {videos}")
        chosen = self.chosen()
        length = sum(video.duration_s or 0.0 for video in chosen)
        words = (
            ngettext("{n} video ticked", "{n} videos ticked", len(chosen)).format(
                n=number(len(chosen))
            )
            if chosen
            else _("Nothing is ticked yet")
        )
        self.total.setText(f"{words} · {duration(length // 60 * 60)}" if length >= 60 else words)
        self.add.setEnabled(bool(chosen))
        self.guide.setEnabled(len(chosen) > 1)
        self.add.setText(
            ngettext("Add {n} video", "Add {n} videos", len(chosen)).format(n=number(len(chosen)))
            if chosen
            else _("Add videos")
        )


class _Row(TickDelegate):
    """Item delegate: check box, title, "In the library", date and length."""

    def paint_words(
        self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, index: Index
    ) -> None:
        video = index.data(VIDEO_ROLE)
        if not isinstance(video, Video):
            return
        tokens, words = theme().palette, rect
        metrics: QFontMetrics = option.fontMetrics
        near, far = sides(option)

        def at_the_end(text: str, color: str) -> None:
            nonlocal words
            painter.setPen(QColor(color))
            painter.drawText(words, far, text)
            room = metrics.horizontalAdvance(text) + 14
            words = trimmed(words, option, end=room)

        if video.duration_s:
            at_the_end(clock(video.duration_s), tokens.muted)
        if video.published:
            at_the_end(day_words(video.published), tokens.muted)
        if index.data(STORED_ROLE):
            at_the_end(_("In the library"), tokens.success)
        painter.setPen(QColor(tokens.text))
        painter.drawText(words, near, elided(metrics, str(index.data()), words.width()))
