"""Thumbnails of videos, read from the pictures in stored notes. None is downloaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QBuffer, QByteArray, QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage, QImageReader, QPixmap

from notegen_desktop.services.ports import Services
from notegen_desktop.ui.kit.tasks import Deferred, Tasks, in_thread

MAX_KEPT = 1_000


class Thumbnails(QObject):
    """Loads pixmaps of `size` pixels by video id on request.

    Signals: `changed()` when pixmaps were added.
    """

    changed = Signal()

    def __init__(
        self, services: Deferred[Services], tasks: Tasks, size: QSize, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._tasks = tasks
        self._size = size
        self._asked: set[str] = set()
        self.pictures: dict[str, QPixmap] = {}

    def want(self, video_ids: Iterable[str]) -> None:
        """Load the thumbnails of videos, each once."""
        fresh = {each for each in video_ids if each not in self._asked}
        if not fresh or not self._tasks.can_start:
            return
        if len(self._asked) > MAX_KEPT:
            self._asked.clear()
            self.pictures.clear()
        self._asked |= fresh

        async def read() -> Mapping[str, QImage]:
            found = await (await self._services).store.thumbnails(sorted(fresh))
            return await in_thread(self._decoded, found)

        # Failures are silent: a video without a thumbnail shows an icon.
        self._tasks.start(read(), done=self._take, failed=lambda _: None, receiver=self)

    def forget(self, video_ids: Iterable[str]) -> None:
        """Load the thumbnails of these videos again when next wanted."""
        self._asked -= set(video_ids)

    def _take(self, found: Mapping[str, QImage]) -> None:
        self.pictures |= {video: QPixmap.fromImage(image) for video, image in found.items()}
        if found:
            self.changed.emit()

    def _decoded(self, found: Mapping[str, bytes]) -> dict[str, QImage]:
        images = {video: _read(data, self._size) for video, data in found.items()}
        return {video: image for video, image in images.items() if not image.isNull()}


def _read(data: bytes, size: QSize) -> QImage:
    """Return an image cropped to fill `size`, at twice the resolution for high-density screens."""
    held = QByteArray(data)
    buffer = QBuffer(held)
    buffer.open(QBuffer.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    wanted = size * 2
    reader.setScaledSize(
        reader.size().scaled(wanted, Qt.AspectRatioMode.KeepAspectRatioByExpanding)
    )
    image = reader.read()
    left = (image.width() - wanted.width()) // 2
    top = (image.height() - wanted.height()) // 2
    return image.copy(left, top, wanted.width(), wanted.height())
