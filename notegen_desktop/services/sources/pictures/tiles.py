"""Pictures from the storyboards of online videos."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from notegen_desktop.domain.errors import NetworkUnreachable, PicturesUnavailable
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.words import _
from notegen_desktop.services.sources.ytdlp import HttpStatus, YtDlp

from .gallery import Gallery

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PX = 4096
"""Maximum pixels of a side; a sheet with larger stated sizes is not decoded."""
SITES = {"youtube": "YouTube"}

_log = logging.getLogger(__name__)


async def put_tiles(
    gallery: Gallery,
    ytdlp: YtDlp,
    video: Video,
    seconds: Sequence[float],
    *,
    goes_on: Callable[[], bool],
) -> None:
    """Offer the gallery tiles of an online video at each of `seconds`, until it is full or
    `goes_on` returns False.

    Raises PicturesUnavailable, or the translated errors of yt-dlp.
    """
    site = SITES.get(video.provider, video.provider.capitalize())
    board = await ytdlp.storyboard(video.url, site=site)
    if board is None:
        raise PicturesUnavailable(
            _("{site} has no pictures of this video.").format(site=site),
            hint=_("Of a film on this computer they can be taken."),
        )
    fetched: dict[int, Image | None] = {}
    for at_s in seconds:
        if gallery.is_full or not goes_on():
            return
        tiles = []
        for number, box in board.places(at_s):
            if number not in fetched:
                fetched[number] = await _sheet(ytdlp, board.sheets[number], site=site)
            sheet = fetched[number]
            if sheet is not None and box[2] <= sheet.width and box[3] <= sheet.height:
                tiles.append(sheet.crop(box))
        gallery.offer(at_s, tiles)
    if seconds and not any(fetched.values()):
        raise NetworkUnreachable(
            _("{site} lists pictures of this video but does not hand them over.").format(site=site)
        )


async def _sheet(ytdlp: YtDlp, url: str, *, site: str) -> Image | None:
    try:
        return await ytdlp.fetch(url, _decoded, site=site)
    except HttpStatus as error:
        _log.info("a sheet of pictures is not there: %s", error)
        return None


def _decoded(data: bytes) -> Image | None:
    """Return a foreign picture decoded; None if it cannot be read or is far too large."""
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(io.BytesIO(data), formats=("JPEG", "WEBP", "PNG"))
        if max(image.size) > MAX_PX:
            return None
        return image.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        _log.info("a sheet of pictures cannot be read: %s", error)
        return None
