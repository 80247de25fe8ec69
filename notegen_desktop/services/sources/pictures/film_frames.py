"""Frames of films on this computer, by PyAV (FFmpeg), of the extra `pictures`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notegen_desktop.domain.errors import (
    FileMissing,
    FileUnreadable,
    PicturesNotInstalled,
    PicturesUnavailable,
)
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.installation import how_to_add
from notegen_desktop.services.machine.threads import load

from .gallery import Gallery

if TYPE_CHECKING:
    from PIL.Image import Image

PATIENCE_S = 8.0
"""Maximum seconds for the frames of one place: a film of 1080p takes 0.2, one without keyframes
more."""

UNEVEN = 0.4
"""Position of the third frame between two others: something that blinks every second is visible in
one of them."""


def put_frames(
    gallery: Gallery,
    path: Path,
    seconds: Sequence[float],
    *,
    reach_s: float,
    goes_on: Callable[[], bool],
) -> None:
    """Offer the gallery frames of a film at each of `seconds`, and up to `reach_s` later, until it
    is full or `goes_on` returns False. Blocks.

    Raises PicturesUnavailable, PicturesNotInstalled, FileMissing or FileUnreadable.
    """
    try:
        av = load("av")
    except ImportError as error:
        hint = _("{install} Or set the pictures to 0.").format(install=how_to_add("pictures"))
        raise PicturesNotInstalled(hint=hint) from error
    if not path.is_file():
        raise FileMissing(_("There is no film “{path}” any more.").format(path=path))
    try:
        with av.open(str(path)) as film:
            if not film.streams.video:
                raise PicturesUnavailable(
                    _("“{name}” has nothing to see, only sound.").format(name=path.name)
                )
            track = film.streams.video[0]
            track.thread_type = "AUTO"
            damage: Exception | None = None
            for at_s in seconds:
                if gallery.is_full or not goes_on():
                    return
                wanted = (at_s, at_s + reach_s * UNEVEN, at_s + reach_s)
                try:
                    gallery.offer(at_s, _frames(film, track, wanted, goes_on))
                except (av.error.FFmpegError, ValueError) as error:
                    damage = error  # the film may be intact elsewhere
            if damage is not None and not gallery.pictures:
                raise damage
    except (av.error.FFmpegError, ValueError) as error:
        raise FileUnreadable(
            _("“{name}” is damaged, was not copied whole, or is a film of another kind.").format(
                name=path.name
            ),
            hint=_("See whether another program plays it."),
        ) from error


def _frames(
    film: Any, track: Any, wanted: Sequence[float], goes_on: Callable[[], bool]
) -> Iterator[Image]:
    """Yield the frames at `wanted`, rising seconds; of a shorter film, fewer."""
    until = time.monotonic() + PATIENCE_S
    start_s = float((track.start_time or 0) * track.time_base)
    film.seek(int((start_s + wanted[0]) / track.time_base), stream=track)
    left = list(wanted)
    shown: Any = None
    for frame in film.decode(track):
        if frame.time is None or not goes_on() or time.monotonic() > until:
            break
        while left and shown is not None and frame.time - start_s > left[0]:
            left.pop(0)
            yield _image(shown, track)
        if not left:
            return
        shown = frame
    if shown is not None and left and shown.time - start_s + 1 >= left[0]:
        yield _image(shown, track)


def _image(frame: Any, track: Any) -> Image:
    """Return a frame as shown to viewers: upright, with square pixels."""
    image: Image = frame.to_image()
    shape = track.sample_aspect_ratio
    if shape and shape != 1:
        image = image.resize((max(1, round(image.width * shape)), image.height))
    return image.rotate(frame.rotation, expand=True) if frame.rotation else image
