"""Which videos of a playlist or channel to make notes of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import (
    QRect,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListView,
    QPushButton,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.video import Video, clock
from notegen_desktop.ui.job_words import count, duration
from notegen_desktop.ui.playlist_model import STORED_ROLE, VIDEO_ROLE, PlaylistModel
from notegen_desktop.ui.theme import style, theme

from .rows import sides, trimmed
from .search_field import SearchField
from .tick import Index, TickDelegate

ROW_PX = 34
BY_ITSELF = 1000
"""So many videos are listed without being asked for; further ones when the list is scrolled."""


class PlaylistDialog(QDialog):
    """A list to tick; `chosen()` are the ticked videos. Nothing is ticked at first: each costs.

    Signals: `more_wanted(int)` with the number of the first video of the next page.
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
        """`more`: there may be further videos; they are asked for from `begin` on."""
        super().__init__(parent)
        self.setObjectName("playlistDialog")
        self.setWindowTitle("Choose Videos")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.resize(600, 600)
        self._listed = len(videos)  # with those that were left out as doubles
        self._begun = False
        self._asking = False
        self._name = name
        title = QLabel("Which videos should become notes?")
        style(title, role="heading")
        self._origin = QLabel()
        self._origin.setObjectName("playlistOrigin")
        self._origin.setTextFormat(Qt.TextFormat.PlainText)
        self._origin.setWordWrap(True)
        style(self._origin, role="caption")
        self.model = PlaylistModel(self)
        self.model.add_videos(videos, more=more)
        self.model.ticked.connect(self._tell)
        self.model.more_wanted.connect(self._ask)
        self._found = QSortFilterProxyModel(self)
        self._found.setSourceModel(self.model)
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.search = SearchField(self)
        self.search.setObjectName("playlistSearch")
        self.search.setAccessibleName("Search these videos")
        self.search.setPlaceholderText("Search these videos")
        self.search.textChanged.connect(self._search)
        self.list = QListView()
        self.list.setObjectName("playlistVideos")
        self.list.setAccessibleName("Videos of the playlist")
        self.list.setAccessibleDescription("Space ticks and unticks a video.")
        self.list.setProperty("framed", True)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(_Row(self.list, height=ROW_PX))
        self.list.setModel(self._found)
        self.total = QLabel()
        self.total.setObjectName("playlistTotal")
        self.total.setTextFormat(Qt.TextFormat.PlainText)
        style(self.total, role="caption")
        every = QPushButton("Tick all")
        every.setObjectName("playlistTickAll")
        every.setProperty("kind", "link")
        every.setToolTip("Tick all that are shown")
        every.clicked.connect(lambda: self._tick_shown(ticked=True))
        none = QPushButton("Tick none")
        none.setObjectName("playlistTickNone")
        none.setProperty("kind", "link")
        none.setToolTip("Untick all that are shown")
        none.clicked.connect(lambda: self._tick_shown(ticked=False))
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self.reject)
        self.add = QPushButton()
        self.add.setObjectName("playlistAddButton")
        self.add.setProperty("kind", "primary")
        self.add.setDefault(True)
        self.add.clicked.connect(self.accept)
        for button in (every, none, cancel):
            button.setAutoDefault(False)
        over = QHBoxLayout()
        over.setSpacing(4)
        over.addWidget(self.search, 1)
        over.addSpacing(8)
        over.addWidget(every)
        over.addWidget(none)
        foot = QHBoxLayout()
        foot.addWidget(self.total, 1)
        foot.addWidget(cancel)
        foot.addWidget(self.add)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(8)
        layout.addWidget(title)
        layout.addWidget(self._origin)
        layout.addLayout(over)
        layout.addWidget(self.list, 1)
        layout.addLayout(foot)
        self._tell()

    def begin(self) -> None:
        """Ask for what follows the first page, from now on."""
        self._begun = True
        if self.model.more:
            self._ask()

    def chosen(self) -> list[Video]:
        """The ticked videos, in the order of the list."""
        return self.model.chosen()

    def add_videos(self, videos: Sequence[Video]) -> None:
        """The page that was asked for; an empty one is the end."""
        self._asking = False
        self._listed += len(videos)
        self.model.add_videos(videos, more=bool(videos))
        self._tell()
        if videos and self._listed < BY_ITSELF:
            self._ask()

    def show_failure(self, failure: Failure) -> None:
        """The next page cannot be had; what is here can be chosen all the same."""
        self._asking = False
        self.model.add_videos((), more=False)
        self._tell()
        self._origin.setText(f"{self._origin.text()} {failure.message}")

    def show_stored(self, video_ids: Iterable[str]) -> None:
        """The library has notes of these."""
        self.model.show_stored(video_ids)

    # --- inside ---

    def _ask(self) -> None:
        if self._begun and not self._asking:
            self._asking = True
            self.more_wanted.emit(self._listed + 1)
            self._tell()

    def _search(self, words: str) -> None:
        self._found.setFilterFixedString(words.strip())

    def _tick_shown(self, *, ticked: bool) -> None:
        rows = range(self._found.rowCount())
        shown = [self._found.index(row, 0).data(VIDEO_ROLE).id for row in rows]
        self.model.tick(shown, ticked=ticked)

    def _tell(self) -> None:
        videos = count(len(self.model.videos), "video")
        if self.model.more:
            videos += " so far, listing more …" if self._asking else " and more"
        self._origin.setText(f"{self._name} · {videos}")
        chosen = self.chosen()
        length = sum(video.duration_s or 0.0 for video in chosen)
        words = f"{count(len(chosen), 'video')} ticked" if chosen else "Nothing is ticked yet"
        self.total.setText(f"{words} · {duration(length // 60 * 60)}" if length >= 60 else words)
        self.add.setEnabled(bool(chosen))
        self.add.setText(f"Add {count(len(chosen), 'video')}" if chosen else "Add videos")


class _Row(TickDelegate):
    """Beside the tick: title, whether the library has it, length."""

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
        if index.data(STORED_ROLE):
            at_the_end("In the library", tokens.success)
        painter.setPen(QColor(tokens.text))
        title = str(index.data())[:300]
        title = metrics.elidedText(title, Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, near, title)
