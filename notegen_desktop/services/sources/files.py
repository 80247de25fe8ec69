"""Local files: captions and texts, and films or recordings with captions beside them."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from notegen_desktop.domain.errors import FileMissing, FileUnreadable, UnsupportedSource
from notegen_desktop.domain.file_links import path_of_uri
from notegen_desktop.domain.links import CAPTION_SUFFIXES, MEDIA_SUFFIXES, Link
from notegen_desktop.domain.video import Video
from notegen_desktop.services.ports import Material

from .captions import read_caption_file
from .languages import language_in_name, normal_tag
from .threads import Threads

_ORDER = (".vtt", ".srt", ".json3", ".txt")
_UNTOLD = {"auto", "orig", "asr", "cc", "sdh", "captions", "subtitles", "subs", "transcript"}


class FileSource:
    """Reads files of this machine. The words of a film come from captions of the same name."""

    def __init__(self) -> None:
        self._threads = Threads(name="files")

    async def describe(self, link: Link) -> Video:
        """The title and the length. Raises FileMissing, FileUnreadable and other SourceErrors."""
        return (await self.read(link, languages=())).video

    async def read(
        self, link: Link, *, languages: Sequence[str], want_transcript: bool = True
    ) -> Material:
        """The words in a file; there is nothing to a file without them, so their lack is raised."""
        material = await self._threads.run(lambda: _read(link, tuple(languages)))
        return material if want_transcript else Material(material.video)

    async def expand(self, link: Link, *, start: int = 1, count: int = 100) -> list[Video]:
        """A file is one video."""
        return [await self.describe(link)] if start <= 1 and count > 0 else []

    async def aclose(self) -> None:
        await self._threads.aclose()


def path_of(link: Link) -> Path:
    """Where the file of a link is."""
    text = link.url
    if text.lower().startswith("file:"):
        text = path_of_uri(text[len("file:") :])
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def title_of(path: Path) -> str:
    """A file name as a title: without its ending, its language and its underscores."""
    parts = path.name.removesuffix(path.suffix).split(".")
    while len(parts) > 1 and (normal_tag(parts[-1]) or parts[-1].lower() in _UNTOLD):
        parts.pop()
    words = " ".join(re.sub(r"[_\s]+", " ", ".".join(parts)).split())
    if " " not in words:
        words = " ".join(re.sub(r"(?<=\w)[-.](?=\w)", " ", words).split())
    return words[:1].upper() + words[1:] if words.islower() else words or path.name


def _read(link: Link, languages: tuple[str, ...]) -> Material:
    path = path_of(link)
    suffix = path.suffix.lower()
    captions = path
    if suffix in MEDIA_SUFFIXES:
        captions = _beside(path, languages)
    elif suffix not in CAPTION_SUFFIXES:
        raise UnsupportedSource(f"Files that end in “{suffix or path.name}” cannot be read.")
    transcript = read_caption_file(captions)
    video = Video(
        link.key,
        link.url,
        "file",
        title=title_of(path),
        duration_s=transcript.duration_s,
        language=transcript.language,
    )
    return Material(video, transcript, origin=f"the file “{captions.name}”")


def _beside(media: Path, languages: Sequence[str]) -> Path:
    """The captions that lie beside a film under the same name, in a preferred language if any.

    Raises FileMissing, FileUnreadable and UnsupportedSource.
    """
    try:
        media.stat()
        names = os.listdir(media.parent)
    except (FileNotFoundError, NotADirectoryError):
        raise FileMissing(f"There is no file “{media}”.") from None
    except OSError as error:
        raise FileUnreadable(f"“{media.name}” cannot be read: {error.strerror}.") from error
    stem = media.stem.casefold()
    fitting = [
        name
        for name in names
        if Path(name).suffix.lower() in _ORDER
        and (Path(name).stem.casefold() == stem or name.casefold().startswith(stem + "."))
    ]
    if not fitting:
        raise UnsupportedSource(
            f"“{media.name}” has no captions beside it, and sound cannot be read yet.",
            hint=f"Put {media.stem}.srt or {media.stem}.vtt into the same folder, "
            "or use a YouTube link.",
        )
    wanted = [tag.partition("-")[0].lower() for tag in languages]

    def rank(name: str) -> tuple[int, int, int, str]:
        base = language_in_name(name).partition("-")[0]
        preferred = wanted.index(base) if base in wanted else len(wanted)
        return preferred, _ORDER.index(Path(name).suffix.lower()), len(name), name

    return media.parent / min(fitting, key=rank)
