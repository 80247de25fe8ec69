"""Chooses the best of several pictures and converts it to a small JPEG, without duplicates.

Measured on a film of slides: of frames 2 s apart the one with the largest small JPEG was the
finished slide 12 times of 12; pictures of the same slide differ by at most 0.4 in mean grey at 64
by 36, those of other slides by 2.5 and more.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

from notegen_desktop.domain.notes.note import Picture

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_WIDTH = 960
"""Maximum width in pixels: more than a note's column, also at double pixel density."""
MAX_BYTES = 90_000
"""Maximum bytes of a picture; a frame of slides takes some 36,000 at this width."""
QUALITIES = (82, 70, 55, 40)

_GREY_SIZE = (64, 36)
_SMALL_SIZE = (320, 180)
_SAME = 1.5
"""Mean difference in grey, of 255, below which two pictures count as the same."""
_BLANK = 12
"""Difference of darkest and lightest grey, below which a picture counts as empty."""


class Gallery:
    """Collects up to `limit` different pictures."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._known: list[bytes] = []
        self.pictures: list[Picture] = []

    @property
    def is_full(self) -> bool:
        return len(self.pictures) >= self._limit

    def offer(self, at_s: float, images: Iterable[Image]) -> None:
        """Add the best of several images of about the same second, unless it is empty or a
        duplicate."""
        best = max(images, key=detail, default=None)
        if best is None or self.is_full:
            return
        pixels = best.convert("L").resize(_GREY_SIZE).tobytes()
        if max(pixels) - min(pixels) < _BLANK or any(_is_same(pixels, k) for k in self._known):
            return
        self._known.append(pixels)
        self.pictures.append(picture(at_s, best))


def detail(image: Image) -> int:
    """Return a measure of detail and sharpness: the size of a small JPEG in bytes."""
    small = image.convert("RGB")
    small.thumbnail(_SMALL_SIZE)
    return len(_jpeg(small, QUALITIES[0]))


def picture(at_s: float, image: Image) -> Picture:
    """Return an image as a picture of a note."""
    image = image.convert("RGB")
    image.thumbnail((MAX_WIDTH, 4 * MAX_WIDTH))
    made = (_jpeg(image, quality) for quality in QUALITIES)
    data = next((each for each in made if len(each) <= MAX_BYTES), b"")
    if not data:  # noise, or very tall
        image.thumbnail((MAX_WIDTH // 2, MAX_WIDTH // 2))
        data = _jpeg(image, QUALITIES[-1])
    return Picture(at_s, image.width, image.height, data)


def _jpeg(image: Image, quality: int) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality, optimize=True)
    return file.getvalue()


def _is_same(one: bytes, other: bytes) -> bool:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one) < _SAME
