"""Which videos of a playlist or channel to make notes of."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from notegen_desktop.domain.video import Video, clock
from notegen_desktop.ui.job_words import count
from notegen_desktop.ui.theme import style

VIDEO_ROLE = Qt.ItemDataRole.UserRole


class PlaylistDialog(QDialog):
    """A list to tick; `chosen()` are the ticked videos. Nothing is ticked at first: each costs."""

    def __init__(self, name: str, videos: Sequence[Video], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("playlistDialog")
        self.setWindowTitle("Choose Videos")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.resize(520, 520)
        title = QLabel("Which videos should become notes?")
        style(title, role="heading")
        origin = QLabel(f"{name} · {count(len(videos), 'video')}")
        origin.setTextFormat(Qt.TextFormat.PlainText)
        origin.setWordWrap(True)
        style(origin, role="caption")
        self.list = QListWidget()
        self.list.setObjectName("playlistVideos")
        self.list.setAccessibleName("Videos of the playlist")
        self.list.setProperty("framed", True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for video in videos:
            length = f"   {clock(video.duration_s)}" if video.duration_s else ""
            item = QListWidgetItem(f"{video.name}{length}")
            item.setData(VIDEO_ROLE, video)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.itemChanged.connect(self._tell)
        every = QPushButton("Tick all")
        every.setProperty("kind", "link")
        every.clicked.connect(lambda: self._tick_all(True))
        none = QPushButton("Tick none")
        none.setProperty("kind", "link")
        none.clicked.connect(lambda: self._tick_all(False))
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self.reject)
        self.add = QPushButton()
        self.add.setObjectName("playlistAddButton")
        self.add.setProperty("kind", "primary")
        self.add.setDefault(True)
        self.add.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.addWidget(every)
        foot.addWidget(none)
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self.add)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(8)
        layout.addWidget(title)
        layout.addWidget(origin)
        layout.addWidget(self.list, 1)
        layout.addLayout(foot)
        self._tell()

    def chosen(self) -> list[Video]:
        """The ticked videos, in the order of the list."""
        items = (self.list.item(row) for row in range(self.list.count()))
        return [i.data(VIDEO_ROLE) for i in items if i.checkState() is Qt.CheckState.Checked]

    def _tick_all(self, ticked: bool) -> None:
        state = Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked
        for row in range(self.list.count()):
            self.list.item(row).setCheckState(state)

    def _tell(self) -> None:
        number = len(self.chosen())
        self.add.setEnabled(number > 0)
        self.add.setText(f"Add {count(number, 'video')}" if number else "Add videos")
