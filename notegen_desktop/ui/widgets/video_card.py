"""A video and its notes in the making, as a card that can be folded to its head."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from notegen_desktop.domain.jobs import Status
from notegen_desktop.domain.video import Video, clock
from notegen_desktop.ui.theme import set_icon, style

from .elided_label import ElidedLabel
from .job_row import JobRow
from .tile import Tile


def video_title(video: Video) -> str:
    """What to call a video: its title, else its address or the name of its file."""
    if video.title or video.is_online:
        return video.name.removeprefix("https://").removeprefix("www.")
    return video.url.replace("\\", "/").rpartition("/")[2] or video.name


class VideoCard(QFrame):
    """Rows of one video under its title.

    Signals: `fold_changed()` when it opens or closes, `again_wanted(Video)` when other notes of the
    same video are wanted.
    """

    fold_changed = Signal()
    again_wanted = Signal(object)

    def __init__(self, video: Video, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"video:{video.id}")
        self.setProperty("plane", "card")
        self.rows: list[JobRow] = []
        self._video = video
        self._title = ElidedLabel()
        self._title.setObjectName("videoTitle")
        style(self._title, role="heading")
        self._facts = ElidedLabel()
        self._facts.setObjectName("videoFacts")
        style(self._facts, role="caption")
        self._count = QLabel()
        self._count.setObjectName("videoCount")
        style(self._count, role="caption")
        self._fold = QToolButton()
        self._fold.setObjectName("videoFoldButton")
        self._fold.setProperty("kind", "icon")
        self._fold.setCheckable(True)
        self._fold.toggled.connect(self._folded)
        again = QToolButton()
        again.setObjectName("videoAgainButton")
        again.setProperty("kind", "icon")
        again.setToolTip("Put this video into the queue again, for other notes")
        again.clicked.connect(lambda: self.again_wanted.emit(self._video))
        set_icon(again, "plus")
        self._again = again
        head = QGridLayout()
        head.setContentsMargins(12, 10, 8, 4)
        head.setHorizontalSpacing(8)
        head.setVerticalSpacing(0)
        self._tile = Tile("circle-play", size=QSize(48, 36), icon_px=20)
        head.addWidget(self._tile, 0, 0, 2, 1)
        head.addWidget(self._title, 0, 1, Qt.AlignmentFlag.AlignBottom)
        head.addWidget(self._facts, 1, 1, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._count, 0, 2, 2, 1)
        head.addWidget(again, 0, 3, 2, 1)
        head.addWidget(self._fold, 0, 4, 2, 1)
        head.setColumnStretch(1, 1)
        self._body = QWidget()
        self._lines = QVBoxLayout(self._body)
        self._lines.setContentsMargins(8, 0, 8, 8)
        self._lines.setSpacing(0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self._body)
        self._folded(False)

    def show_video(self, video: Video) -> None:
        self._video = video
        title = video_title(video)
        self._title.setText(title)
        facts = [video.channel, clock(video.duration_s) if video.duration_s else ""]
        known = " · ".join(fact for fact in facts if fact)
        self._facts.setText(known or ("Video" if video.is_online else "File on this computer"))
        self._tile.show_icon("circle-play" if video.is_online else "captions")
        self.setAccessibleName(title)
        self._fold.setAccessibleName(f"Fold {title}")
        self._again.setAccessibleName(f"Other notes of {title}")

    def add_row(self, row: JobRow) -> None:
        self.rows.append(row)
        self._lines.addWidget(row)

    def remove_row(self, row: JobRow) -> None:
        self.rows.remove(row)
        self._lines.removeWidget(row)
        row.hide()
        row.deleteLater()
        self.count()

    def count(self) -> None:
        """Say how many of the rows are through."""
        ready = sum(1 for row in self.rows if row.job.status is Status.COMPLETE)
        self._count.setText(f"{ready} of {len(self.rows)}")
        if any(row.job.status is Status.ERROR for row in self.rows):
            self._fold.setChecked(False)

    def fold_if_done(self) -> None:
        """Make room for what comes next, if every note of this video is there."""
        if self.rows and all(row.job.status is Status.COMPLETE for row in self.rows):
            self._fold.setChecked(True)

    def _folded(self, folded: bool) -> None:
        self._body.setVisible(not folded)
        set_icon(self._fold, "chevron-right" if folded else "chevron-down", size=16)
        self._fold.setToolTip("Show its notes" if folded else "Fold")
        self.fold_changed.emit()
