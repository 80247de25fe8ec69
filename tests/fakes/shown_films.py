"""Generated videos of slides, encoded by PyAV: each slide appears in two steps and stays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from notegen_desktop.domain.notes.note import Picture
from notegen_desktop.services.sources.pictures.gallery import picture


def slide(title: str, lines: int, *, size: tuple[int, int] = (640, 360)) -> Image.Image:
    """Return a slide with a title and `lines` lines; colour and drawing depend on the title."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    number = sum(map(ord, title))
    colour = (number * 37 % 200, number * 91 % 200, number * 53 % 200)
    draw.rectangle((0, 0, size[0], size[1] // 6), fill=colour)
    draw.text((20, 16), title, fill="white", font_size=26)
    for line in range(lines):
        draw.text(
            (40, 84 + 40 * line), f"{title}, line {line + 1} of it", fill="black", font_size=22
        )
    shape = (size[0] // 2 + number % 90, size[1] // 2, size[0] - 30, size[1] - 30)
    (draw.ellipse if number % 2 else draw.rectangle)(shape, outline=colour, width=6)
    return image


def a_picture(at_s: float, title: str, *, size: tuple[int, int] = (640, 360)) -> Picture:
    """Return a slide as a picture of a note."""
    return picture(at_s, slide(title, 4, size=size))


def make_slide_film(path: Path, slides: Sequence[str | None], *, seconds: int = 4) -> Path:
    """Write a video that shows each slide for `seconds`, its lines from the middle on; None is
    black.

    Ten frames per second, a keyframe every 5 s.
    """
    import av

    with av.open(str(path), "w") as film:
        track = film.add_stream("mpeg4", rate=10)
        track.width, track.height, track.pix_fmt = 640, 360, "yuv420p"
        track.bit_rate = 2_000_000
        track.codec_context.gop_size = 50
        for title in slides:
            for lines in (1, 5):
                image = slide(title, lines) if title else Image.new("RGB", (640, 360))
                frame = av.VideoFrame.from_image(image).reformat(format="yuv420p")
                for _ in range(5 * seconds):
                    frame.pts = None
                    for packet in track.encode(frame):
                        film.mux(packet)
        for packet in track.encode():
            film.mux(packet)
    return path


SUBJECTS = ("stack", "queue", "heap", "graph", "list", "map")
SAID = (
    "As you can see on this slide, a {0} keeps what is put into it until it is asked for.",
    "The {0} has one rule that matters: which of its elements comes out first.",
    "Programs use a {0} wherever the order of work decides how long the work takes.",
)


def make_talk(folder: Path) -> Path:
    """Write a video of two minutes with a slide every 20 s, and its captions."""
    path = make_slide_film(folder / "structures.mp4", [s.title() for s in SUBJECTS], seconds=20)
    cues = [
        f"{_time(20 * n + 6 * m)} --> {_time(20 * n + 6 * m + 6)}\n{said.format(subject)}\n"
        for n, subject in enumerate(SUBJECTS)
        for m, said in enumerate(SAID)
    ]
    path.with_suffix(".vtt").write_text("WEBVTT\n\n" + "\n".join(cues))
    return path


def _time(seconds: int) -> str:
    return f"00:{seconds // 60:02}:{seconds % 60:02}.000"
