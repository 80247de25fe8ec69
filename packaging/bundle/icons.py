"""Icons of the program for Windows and macOS, drawn from its SVG."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SVG = Path(__file__).parent.parent.parent / "resources" / "icons" / "app.svg"
SIZES = (16, 32, 48, 64, 128, 256)


def icon(target: Path) -> Path:
    """Write `target` as `.ico` or `.icns`, by its suffix; return it."""
    pictures = [drawn(size) for size in (*SIZES, 512, 1024)]
    if target.suffix == ".ico":
        pictures = pictures[: len(SIZES)]
    largest = pictures[-1]
    options = {"sizes": [(size, size) for size in SIZES]} if target.suffix == ".ico" else {}
    largest.save(target, append_images=pictures[:-1], **options)
    return target


def drawn(size: int) -> Image.Image:
    image = QImage(size, size, QImage.Format.Format_RGBA8888)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(SVG)).render(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return Image.open(io.BytesIO(bytes(buffer.data().data())))
