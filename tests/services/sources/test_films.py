"""Films with words inside: tracks are listed, chosen by language, read; chapters are taken over."""

from __future__ import annotations

import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import pytest

from notegen_desktop.domain.links.link import file_link
from notegen_desktop.domain.text.transcript import TranscriptKind
from notegen_desktop.services.sources.captions import parse_captions
from notegen_desktop.services.sources.files import FileSource
from notegen_desktop.services.sources.films import captions_in, film_of

SAID = {"eng": ("Bread rises.", "Then it rests."), "ger": ("Brot geht auf.", "Dann ruht es.")}


# --- films made by hand, as small as they can be ---


def box(kind: bytes, *content: bytes) -> bytes:
    data = b"".join(content)
    return struct.pack(">I4s", 8 + len(data), kind) + data


def whole(kind: bytes, *numbers: int) -> bytes:
    return box(kind, bytes(4), *(struct.pack(">I", number) for number in numbers))


def mp4(path: Path, tracks: dict[str, tuple[str, ...]], chapters: tuple[str, ...] = ()) -> Path:
    """An MP4 with tracks of timed text, three seconds a sample, and a chapter track."""
    samples = [*tracks.values(), chapters] if chapters else [*tracks.values()]
    data = [[struct.pack(">H", len(t.encode())) + t.encode() for t in texts] for texts in samples]
    media = b"".join(map(b"".join, data))
    start = 8 + 8 + 8  # behind `ftyp` and the head of `mdat`
    traks, place = [], start
    for number, (texts, language) in enumerate(
        zip(data, [*tracks, "und"] if chapters else [*tracks], strict=True), 1
    ):
        packed = sum(
            (ord(letter) - 96) << shift for letter, shift in zip(language, (10, 5, 0), strict=True)
        )
        table = box(
            b"stbl",
            box(b"stsd", bytes(4), struct.pack(">I", 1), box(b"tx3g", bytes(30))),
            whole(b"stts", 1, len(texts), 3000),
            whole(b"stsc", 1, 1, len(texts), 1),
            whole(b"stsz", 0, len(texts), *map(len, texts)),
            whole(b"stco", 1, place),
        )
        head = bytes(12) + struct.pack(">I", 1000) + bytes(4) + struct.pack(">H", packed) + bytes(2)
        parts = [
            box(b"tkhd", bytes(12), struct.pack(">I", number), bytes(68)),
            box(b"mdia", box(b"mdhd", head), box(b"minf", table)),
        ]
        if chapters and number == 1:
            parts.append(box(b"tref", box(b"chap", struct.pack(">I", len(samples)))))
        traks.append(box(b"trak", *parts))
        place += sum(map(len, texts))
    path.write_bytes(box(b"ftyp", b"isom"[:0] + bytes(0)) + bytes(0) + box(b"free", b"")
                     + box(b"mdat", media) + box(b"moov", *traks))  # fmt: skip
    return path


def element(number: int, *content: bytes) -> bytes:
    data = b"".join(content)
    head = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return head + (len(data) | 1 << 28).to_bytes(4, "big") + data


def mkv(
    path: Path,
    tracks: dict[str, tuple[str, ...]],
    chapters: tuple[str, ...] = (),
    *,
    packed: bool = False,
) -> Path:
    """A Matroska film with tracks of plain text, three seconds a block, `packed` by zlib or not."""

    def said(text: str) -> bytes:
        return zlib.compress(text.encode()) if packed else text.encode()

    packing = element(0x6D80, element(0x6240, element(0x5034, b""))) if packed else b""
    entries = [
        element(
            0xAE,
            element(0xD7, bytes([number])),
            element(0x83, b"\x11"),
            element(0x86, b"S_TEXT/UTF8"),
            element(0x22B59C, language.encode()),
            packing,
        )
        for number, language in enumerate(tracks, 1)
    ]
    atoms = [
        element(
            0xB6,
            element(0x91, (3 * at * 10**9).to_bytes(8, "big")),
            element(0x80, element(0x85, title.encode())),
        )
        for at, title in enumerate(chapters)
    ]
    clusters = [
        element(
            0x1F43B675,
            element(0xE7, (3000 * at).to_bytes(4, "big")),
            element(0xA3, b"\x89\x00\x00\x00" + b"picture" * 9),
            *(
                element(
                    0xA0,
                    element(0xA1, bytes([0x80 | number]) + b"\x00\x00\x00" + said(texts[at])),
                    element(0x9B, (3000).to_bytes(2, "big")),
                )
                for number, texts in enumerate(tracks.values(), 1)
            ),
        )
        for at in range(max(map(len, tracks.values())))
    ]
    path.write_bytes(
        element(0x1A45DFA3, b"")
        + element(
            0x18538067,
            element(0x1654AE6B, *entries),
            element(0x1043A770, element(0x45B9, *atoms)) if atoms else b"",
            *clusters,
        )
    )
    return path


MAKERS = {".mp4": mp4, ".mkv": mkv}


@pytest.fixture(params=sorted(MAKERS))
def film(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return MAKERS[request.param](tmp_path / f"talk{request.param}", SAID, ("Rising", "Resting"))


def test_tracks_and_chapters_of_a_film_are_found(film: Path) -> None:
    found = film_of(film, 6.0)
    assert [(track.number, track.language) for track in found.tracks] == [(1, "en"), (2, "de")]
    assert [(c.title, c.start_s, c.end_s) for c in found.chapters] == [
        ("Rising", 0.0, 3.0),
        ("Resting", 3.0, 6.0),
    ]


async def test_a_track_inside_is_offered_chosen_by_language_and_read(film: Path) -> None:
    source = FileSource()
    link = file_link(str(film))
    offered = await source.tracks(link)
    assert [track.language for track in offered] == ["en", "de"]
    german = await source.read(link, languages=("de",))
    assert german.transcript is not None
    assert german.transcript.text == " ".join(SAID["ger"])
    assert german.transcript.kind is TranscriptKind.MANUAL
    assert [chapter.title for chapter in german.video.chapters] == ["Rising", "Resting"]
    english = await source.read(link, languages=("de",), track=offered[0])
    assert english.transcript is not None
    assert english.transcript.text == " ".join(SAID["eng"])
    film.with_suffix(".de.srt").write_text(
        "1\n00:00:01,000 --> 00:00:02,000\nBeside it.\n", encoding="utf-8"
    )
    beside = await source.read(link, languages=("de",))
    assert beside.transcript is not None
    assert beside.transcript.text == "Beside it."
    await source.aclose()


def test_words_that_are_packed_are_unpacked(tmp_path: Path) -> None:
    film = mkv(tmp_path / "talk.mkv", SAID, packed=True)
    transcript = parse_captions(captions_in(film, 2).encode(), name="a.srt")
    assert transcript.text == " ".join(SAID["ger"])


def test_a_damaged_film_has_what_can_be_found_in_it(film: Path) -> None:
    whole = film.read_bytes()
    for cut in range(0, len(whole), 7):
        film.write_bytes(whole[:cut])
        for track in film_of(film).tracks:
            captions_in(film, track.number)
        film.write_bytes(whole[:cut] + bytes(len(whole) - cut))
        film_of(film)
        film.write_bytes(whole[:cut] + b"\xff" * (len(whole) - cut))
        film_of(film)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg to make real films with")
@pytest.mark.parametrize(
    ("suffix", "words", "pictures"),
    [("mp4", "mov_text", "mpeg4"), ("mkv", "ass", "mpeg4"), ("webm", "webvtt", "libvpx")],
)
def test_real_films_are_read(suffix: str, words: str, pictures: str, tmp_path: Path) -> None:
    for language, (first, second) in SAID.items():
        (tmp_path / f"{language}.srt").write_text(
            f"1\n00:00:01,000 --> 00:00:03,000\n{first}\n\n"
            f"2\n00:00:03,500 --> 00:00:06,000\n{second}\n",
            encoding="utf-8",
        )
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=d=8:s=64x36:r=5"]
    for language in SAID:
        command += ["-i", str(tmp_path / f"{language}.srt")]
    command += ["-map", "0", "-map", "1", "-map", "2", "-c:v", pictures, "-c:s", words]
    for at, language in enumerate(SAID):
        command += [f"-metadata:s:s:{at}", f"language={language}"]
    film = tmp_path / f"talk.{suffix}"
    subprocess.run([*command, str(film)], check=True, stdin=subprocess.DEVNULL, timeout=120)
    found = film_of(film)
    assert [track.language for track in found.tracks] == ["en", "de"]
    for track, (first, second) in zip(found.tracks, SAID.values(), strict=True):
        transcript = parse_captions(captions_in(film, track.number).encode(), name="a.srt")
        assert transcript.text == f"{first} {second}"
        assert abs(transcript.segments[0].start_s - 1.0) < 0.1
