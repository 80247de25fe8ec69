"""Determines the length of a film or recording, from its headers; by ffprobe if these are unusual.

Only headers and the last kilobytes are read, so that a film of gigabytes takes no longer than a
short one. Never raises: an unknown length is None.
"""

from __future__ import annotations

import math
import os
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from .films import boxes

TAIL_BYTES = 128 * 1024
"""Bytes at the end of an Ogg file that contain its last page: pages have at most 64 KB."""
HEAD_BYTES = 256 * 1024
PROBE_S = 10.0
LONGEST_S = 7 * 24 * 3600.0
"""Maximum seconds: a length above a week is a broken header."""


def media_length(path: Path) -> float | None:
    """Return the length in seconds, None if unknown. Blocking."""
    try:
        with path.open("rb") as file:
            read = _READERS.get(path.suffix.lower())
            found = read(file) if read is not None else None
    except (OSError, struct.error, ValueError, LookupError, ZeroDivisionError, OverflowError):
        found = None
    found = _sound(found)
    return found if found is not None else _sound(_by_ffprobe(path))


def _sound(seconds: float | None) -> float | None:
    if seconds is None or not math.isfinite(seconds) or not 0 < seconds <= LONGEST_S:
        return None
    return seconds


# --- MP4, MOV, M4A: the box `mvhd` within `moov` --------------------------------------------------


def _mp4(file: BinaryIO) -> float | None:
    end = file.seek(0, os.SEEK_END)
    for kind, start, stop in boxes(file, 0, end):
        if kind != b"moov":
            continue
        for inner, at, _ in boxes(file, start, stop):
            if inner == b"mvhd":
                file.seek(at)
                version = file.read(4)[0]
                if version == 1:
                    _, _, scale, length = struct.unpack(">QQIQ", file.read(28))
                else:
                    _, _, scale, length = struct.unpack(">IIII", file.read(16))
                return float(length) / float(scale)
    return None


# --- WAV and FLAC ---------------------------------------------------------------------------------


def _wav(file: BinaryIO) -> float | None:
    head = file.read(12)
    if head[:4] not in (b"RIFF", b"RF64") or head[8:12] != b"WAVE":
        return None
    end = file.seek(0, os.SEEK_END)
    at, rate = 12, 0
    while at + 8 <= end:
        file.seek(at)
        kind, size = struct.unpack("<4sI", file.read(8))
        if kind == b"fmt ":
            rate = struct.unpack("<HHII", file.read(12))[3]
        elif kind == b"data":
            return float(min(size, end - at - 8)) / float(
                rate
            )  # an interrupted recorder wrote no size
        at += 8 + size + size % 2
    return None


def _flac(file: BinaryIO) -> float | None:
    if file.read(4) != b"fLaC":
        return None
    file.seek(8 + 10)
    packed = int.from_bytes(file.read(8), "big")
    rate, samples = packed >> 44, packed & (2**36 - 1)
    return samples / rate


# --- Ogg: Vorbis and Opus count samples in the header of every page -------------------------------


def _ogg(file: BinaryIO) -> float | None:
    head = file.read(4096)
    if not head.startswith(b"OggS"):
        return None
    skipped = 0
    if (opus := head.find(b"OpusHead")) >= 0:
        rate = 48_000  # Opus counts at this rate, whatever was recorded
        (skipped,) = struct.unpack_from("<H", head, opus + 10)
    elif (vorbis := head.find(b"\x01vorbis")) >= 0:
        (rate,) = struct.unpack_from("<I", head, vorbis + 12)
    else:
        return None
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - TAIL_BYTES))
    tail = file.read()
    last = tail.rfind(b"OggS")
    (samples,) = struct.unpack_from("<q", tail, last + 6)
    return float(samples - skipped) / float(rate)


# --- MP3: frames of a constant rate, or a count of them in the first ------------------------------

_MP3_RATES = (44_100, 48_000, 32_000)
_MP3_KBITS = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


def _mp3(file: BinaryIO) -> float | None:
    end = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(10)
    start = 0
    if head.startswith(b"ID3"):
        size = int.from_bytes(head[6:10], "big")  # 7 bits per byte
        start = 10 + sum((size >> shift & 0x7F) << shift // 8 * 7 for shift in (0, 8, 16, 24))
    file.seek(start)
    data = file.read(HEAD_BYTES)
    at = next(
        (n for n in range(len(data) - 4) if data[n] == 0xFF and data[n + 1] & 0xE6 == 0xE2), None
    )  # the sync of a frame of layer III
    if at is None:
        return None
    version = {3: 1, 2: 2, 0: 3}[(data[at + 1] >> 3) & 3]  # 3 stands for MPEG 2.5
    kbits = _MP3_KBITS[min(version, 2)][data[at + 2] >> 4]
    rate = _MP3_RATES[(data[at + 2] >> 2) & 3] // (1, 1, 2, 4)[version]
    samples = 1152 if version == 1 else 576
    for mark in (b"Xing", b"Info"):
        found = data.find(mark, at, at + 200)
        if found >= 0 and data[found + 7] & 1:
            (frames,) = struct.unpack_from(">I", data, found + 8)
            return float(frames) * samples / rate
    return (end - start - at) * 8 / (kbits * 1000)


# --- WebM and Matroska: the element Duration of the Info at the beginning -------------------------


def _webm(file: BinaryIO) -> float | None:
    head = file.read(HEAD_BYTES)
    info = head.find(b"\x15\x49\xa9\x66")
    if not head.startswith(b"\x1a\x45\xdf\xa3") or info < 0:
        return None
    stretch = head[info : info + 1024]
    nanoseconds = 1_000_000  # of one tick, unless the file says otherwise
    scale = stretch.find(b"\x2a\xd7\xb1")
    if scale >= 0:
        size = stretch[scale + 3] & 0x7F
        nanoseconds = int.from_bytes(stretch[scale + 4 : scale + 4 + size], "big")
    at = stretch.find(b"\x44\x89")
    if at < 0:
        return None
    size = stretch[at + 2] & 0x7F
    (ticks,) = struct.unpack_from(">d" if size == 8 else ">f", stretch, at + 3)
    return float(ticks) * nanoseconds / 1e9


_READERS: dict[str, Callable[[BinaryIO], float | None]] = {
    **dict.fromkeys((".mp4", ".m4v", ".mov", ".m4a", ".3gp"), _mp4),
    **dict.fromkeys((".webm", ".mkv"), _webm),
    **dict.fromkeys((".ogg", ".oga", ".opus"), _ogg),
    ".wav": _wav,
    ".flac": _flac,
    ".mp3": _mp3,
}


def _by_ffprobe(path: Path) -> float | None:
    program = shutil.which("ffprobe")
    if program is None:
        return None
    # The path is passed as a file, so that a name like "http:…" or "-x" is nothing else.
    command = [program, "-v", "error", "-protocol_whitelist", "file", "-show_entries",
               "format=duration", "-of", "csv=p=0", f"file:{path.absolute()}"]  # fmt: skip
    try:
        told = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=PROBE_S,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        return float(told.stdout.strip())
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
