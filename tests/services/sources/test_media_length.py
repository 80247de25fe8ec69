"""Lengths of films and recordings, read from headers that are built here byte by byte."""

from __future__ import annotations

import io
import os
import random
import stat
import struct
import wave
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notegen_desktop.services.sources.media_length import media_length
from tests.properties import examples


def box(kind: bytes, content: bytes, *, wide: bool = False) -> bytes:
    if wide:
        return struct.pack(">I4sQ", 1, kind, 16 + len(content)) + content
    return struct.pack(">I4s", 8 + len(content), kind) + content


def mp4(seconds: float, *, version: int = 0, at_end: bool = False, wide: bool = False) -> bytes:
    scale = 600
    form = ">IQQIQ" if version else ">IIIII"
    head = struct.pack(form, version << 24, 0, 0, scale, round(seconds * scale))
    moov = box(b"moov", box(b"udta", b"x" * 30) + box(b"mvhd", head + bytes(80)))
    data = box(b"mdat", bytes(5000), wide=wide)
    return box(b"ftyp", b"isom0000") + (data + moov if at_end else moov + data)


def ogg(seconds: float, *, opus: bool) -> bytes:
    def page(samples: int, content: bytes) -> bytes:
        return b"OggS" + struct.pack("<BBqIIIB", 0, 0, samples, 1, 0, 0, 1) + b"\xff" + content

    if opus:
        head = b"OpusHead" + struct.pack("<BBHI", 1, 2, 312, 44100)
        last = round(seconds * 48000) + 312
    else:
        head = b"\x01vorbis" + struct.pack("<IBI", 0, 2, 44100)
        last = round(seconds * 44100)
    return page(0, head) + page(4800, bytes(70_000)) + page(last, bytes(200))


def flac(seconds: float) -> bytes:
    packed = (44100 << 44) | (1 << 41) | (15 << 36) | round(seconds * 44100)
    return b"fLaC" + b"\x00\x00\x00\x22" + bytes(10) + packed.to_bytes(8, "big") + bytes(100)


def mp3(seconds: float, *, xing: bool, id3: int = 0) -> bytes:
    frame = b"\xff\xfb\x90\x64"  # MPEG 1, layer III, 128 kbit/s, 44.1 kHz
    size = bytes(id3 >> shift & 0x7F for shift in (21, 14, 7, 0))
    tag = b"ID3\x04\x00\x00" + size + bytes(id3) if id3 else b""
    if xing:
        frames = round(seconds * 44100 / 1152)
        return tag + frame + bytes(32) + b"Xing" + struct.pack(">II", 1, frames) + bytes(9000)
    return tag + frame + bytes(round(seconds * 16000) - 4)


def webm(seconds: float) -> bytes:
    scale = b"\x2a\xd7\xb1\x83" + (1_000_000).to_bytes(3, "big")
    length = b"\x44\x89\x88" + struct.pack(">d", seconds * 1000)
    info = scale + length
    return b"\x1a\x45\xdf\xa3\x80" + b"\x15\x49\xa9\x66" + bytes([0x80 | len(info)]) + info


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.mp4", mp4(754.5)),
        ("a.mp4", mp4(754.5, version=1, at_end=True)),
        ("a.MOV", mp4(754.5, at_end=True, wide=True)),
        ("a.m4a", mp4(754.5)),
        ("a.opus", ogg(754.5, opus=True)),
        ("a.ogg", ogg(754.5, opus=False)),
        ("a.flac", flac(754.5)),
        ("a.mp3", mp3(754.5, xing=False)),
        ("a.mp3", mp3(754.5, xing=False, id3=70_000)),
        ("a.mp3", mp3(754.5, xing=True, id3=300)),
        ("a.webm", webm(754.5)),
        ("a.mkv", webm(754.5)),
    ],
)
def test_the_length_is_in_the_headers(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert media_length(path) == pytest.approx(754.5, abs=0.05)


def test_a_wave_file_is_as_long_as_its_samples(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(2 * 8000 * 3))
    assert media_length(path) == pytest.approx(3.0)
    cut = bytearray(path.read_bytes())
    cut[40:44] = b"\xff\xff\xff\xff"  # a recorder that was switched off writes no size
    path.write_bytes(cut)
    assert media_length(path) == pytest.approx(3.0)


class CountedFile(io.FileIO):
    """Counts what is read of all files opened with it."""

    bytes_read = 0

    def readinto(self, buffer: Any, /) -> int | None:
        count = super().readinto(buffer)
        CountedFile.bytes_read += count or 0
        return count


def test_of_a_film_of_two_gigabytes_no_more_is_read_than_of_a_short_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "huge.mp4"
    size = 2**31 - 1
    with path.open("wb") as file:
        file.write(box(b"ftyp", b"isom0000"))
        file.write(struct.pack(">I4s", size, b"mdat"))
        file.seek(size - 8, os.SEEK_CUR)
        file.write(mp4(3600.0))
    monkeypatch.setattr(CountedFile, "bytes_read", 0)
    monkeypatch.setattr(Path, "open", lambda file, _mode: io.BufferedReader(CountedFile(file)))
    assert media_length(path) == 3600.0
    assert 0 < CountedFile.bytes_read < 100_000


@pytest.mark.parametrize("name", ["a.mp4", "a.wav", "a.mp3", "a.ogg", "a.flac", "a.webm", "a.avi"])
@given(data=st.binary(max_size=300), keep=st.integers(0, 60))
@examples(40)
def test_nonsense_has_no_length_and_does_no_harm(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: bytes, keep: int
) -> None:
    makers = {
        **{"mp4": mp4(9), "mp3": mp3(9, xing=True), "ogg": ogg(9, opus=True), "flac": flac(9)},
        **{"webm": webm(9), "wav": b"RIFF\0\0\0\0WAVEfmt ", "avi": b""},
    }
    path = tmp_path_factory.mktemp("x") / name
    path.write_bytes(makers[name[2:]][:keep] + data)
    length = media_length(path)
    assert length is None or 0 < length <= 7 * 24 * 3600
    assert media_length(path.with_name("nowhere" + name)) is None


def test_ffprobe_is_asked_where_headers_say_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = tmp_path / "ffprobe"
    probe.write_text('#!/bin/sh\necho "$@" > "$(dirname "$0")/asked"\necho 61.5\n')
    probe.chmod(probe.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    film = tmp_path / "-a film.avi"
    film.write_bytes(random.Random(1).randbytes(64))
    assert media_length(film) == 61.5
    assert f"file:{film}" in (tmp_path / "asked").read_text()
    probe.write_text("#!/bin/sh\necho N/A\nexit 1\n")
    assert media_length(film) is None
