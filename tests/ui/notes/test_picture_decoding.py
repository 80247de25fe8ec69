"""Decoding of images from outside: scaled down, or rejected."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QBuffer, QIODevice, QSize
from PySide6.QtGui import QImage

from notegen_desktop.ui.notes.pictures import decoded

SIZE = QSize(640, 360)


@pytest.mark.parametrize(
    "data",
    [b"", b"not a picture", b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"],
)
def test_what_is_no_picture_is_not_shown(data: bytes) -> None:
    assert decoded(data, SIZE).isNull()


def test_pictures_from_outside_are_made_small_and_giants_left_alone(qapp) -> None:
    assert decoded(png(320, 180), SIZE).width() == 320
    assert decoded(png(1920, 1080), SIZE).width() == 640
    assert decoded(png(4100, 10), SIZE).isNull()


def png(width: int, height: int) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(0x336699)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())
