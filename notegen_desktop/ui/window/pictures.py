"""Brings the pictures of videos to the headers that want them, and says why notes have none."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize
from PySide6.QtGui import QImage

from notegen_desktop.domain.links.video import Video
from notegen_desktop.services.ports import PicturesTaken, Services, Thumbnails
from notegen_desktop.ui.kit.messages import Message, MessageBar
from notegen_desktop.ui.kit.pictures import decoded
from notegen_desktop.ui.kit.tasks import Deferred, Tasks

if TYPE_CHECKING:
    from notegen_desktop.ui.notes.result_tabs import ResultTabs

KEPT = 50
DECODED = QSize(640, 360)


class Pictures(QObject):
    """Follows the pages of `results`. A picture is fetched once for all notes of a video."""

    def __init__(
        self,
        results: ResultTabs,
        services: Deferred[Services],
        tasks: Tasks,
        messages: MessageBar,
        *,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._messages = messages
        self._failures: set[str] = set()
        self._results = results
        self._services = services
        self._tasks = tasks
        self._kept: OrderedDict[str, QImage] = OrderedDict()
        self._wanted: set[str] = set()
        results.page_added.connect(lambda page: page.header.picture_wanted.connect(self._want))

    def tell(self, taken: PicturesTaken) -> None:
        """Why a note has no pictures; what hinders several is said once. Pictures that came are
        there to be seen."""
        failure = taken.failure
        if failure is not None and failure.message not in self._failures:
            self._failures.add(failure.message)
            words = f"No pictures in “{taken.note.title}”: {failure.message}"
            self._messages.show_message(Message(words, failure.hint, tone="info"))

    def _want(self, video: Video) -> None:
        if video.id in self._kept:
            self._show(video.id)
        elif video.id not in self._wanted:
            self._wanted.add(video.id)
            self._services.then(lambda services: self._fetch(services.thumbnails, video))

    def _fetch(self, thumbnails: Thumbnails | None, video: Video) -> None:
        if thumbnails is None or not self._tasks.can_start:
            self._wanted.discard(video.id)
            return
        task = self._tasks.start(
            thumbnails.picture(video),
            done=lambda data: self._put(video.id, data),
            failed=lambda failure: None,
        )
        task.add_done_callback(lambda _: self._wanted.discard(video.id))

    def _put(self, video_id: str, data: bytes | None) -> None:
        image = decoded(data, DECODED) if data else QImage()
        if image.isNull():
            return
        self._kept[video_id] = image
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        self._show(video_id)

    def _show(self, video_id: str) -> None:
        for page in self._results.pages():
            video = page.header.video
            if video is not None and video.id == video_id:
                page.header.show_picture(self._kept[video_id])
