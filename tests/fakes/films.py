"""Generated video and audio files; each frame shows its own number as black and white bars."""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path

from PySide6.QtGui import QImage

FPS = 10
BITS = 10
BAR_PX, HEIGHT = 8, 16
WIDTH = BITS * BAR_PX


def make_recording(path: Path, seconds: float) -> Path:
    """Write a WAV file with a quiet tone."""
    rate = 8000
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        turn = [round(900 * math.sin(2 * math.pi * n / 20)) for n in range(20)]
        file.writeframes(struct.pack("<20h", *turn) * round(rate * seconds / 20))
    return path


def make_film(path: Path, seconds: float) -> Path:
    """Write an AVI file of uncompressed frames, ten per second, without sound."""
    pictures = [_picture(number) for number in range(round(seconds * FPS))]
    movie, index, at = b"", b"", 4
    for picture in pictures:
        data = _chunk(b"00db", picture)
        movie += data
        index += struct.pack("<4sIII", b"00db", 0x10, at, len(picture))
        at += len(data)
    largest, count = max(map(len, pictures)), len(pictures)
    main = struct.pack(
        "<14I", 1_000_000 // FPS, largest * FPS, 0, 0x10, count, 0, 1, largest, WIDTH, HEIGHT,
        0, 0, 0, 0,
    )  # fmt: skip
    stream = struct.pack(
        "<4s4sIHHIIIIIIII4H", b"vids", b"DIB ", 0, 0, 0, 0, 1, FPS, 0, count, largest, 10000, 0,
        0, 0, WIDTH, HEIGHT,
    )  # fmt: skip
    form = struct.pack("<IiiHHIIiiII", 40, WIDTH, HEIGHT, 1, 24, 0, largest, 0, 0, 0, 0)
    about = _chunk(b"avih", main) + _list(b"strl", _chunk(b"strh", stream) + _chunk(b"strf", form))
    body = _list(b"hdrl", about) + _list(b"movi", movie) + _chunk(b"idx1", index)
    path.write_bytes(_chunk(b"RIFF", b"AVI " + body))
    return path


def time_of(picture: QImage) -> float:
    """Return the time in seconds of a frame of such a video, read from its bars."""
    middles = [round((bit + 0.5) * picture.width() / BITS) for bit in range(BITS)]
    lit = [picture.pixelColor(x, picture.height() // 2).lightness() > 127 for x in middles]
    return sum(1 << bit for bit, on in enumerate(lit) if on) / FPS


def _picture(number: int) -> bytes:
    bars = (b"\xff" if number >> bit & 1 else b"\0" for bit in range(BITS))
    return b"".join(bar * (3 * BAR_PX) for bar in bars) * HEIGHT


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _list(name: bytes, data: bytes) -> bytes:
    return _chunk(b"LIST", name + data)
