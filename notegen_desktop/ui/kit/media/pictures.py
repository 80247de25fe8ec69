"""Pictures from outside, made pixels with care."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

LARGEST_PX = 4000
"""A picture that says it is larger is not decoded."""


def decoded(data: bytes, size: QSize) -> QImage:
    """A picture, scaled down to about `size` px if it is larger; a null one if it cannot be read or
    is far too large."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    # What it is is told by its first bytes; SVG and the like are not read at all.
    if bytes(reader.format().data()) not in (b"jpeg", b"png", b"webp"):
        return QImage()
    own = reader.size()
    if not own.isValid() or max(own.width(), own.height()) > LARGEST_PX:
        return QImage()
    if own.width() > size.width():
        reader.setScaledSize(own.scaled(size, Qt.AspectRatioMode.KeepAspectRatioByExpanding))
    return reader.read()
