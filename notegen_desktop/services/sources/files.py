"""Local files: captions and texts, and films or recordings with captions beside them."""

from __future__ import annotations

import asyncio
import os
import re
import stat
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from notegen_desktop.domain.errors import (
    CaptionsEmpty,
    FileMissing,
    FileUnreadable,
    NoCaptions,
    SourceError,
    UnsupportedSource,
)
from notegen_desktop.domain.links.link import (
    CAPTION_SUFFIXES,
    MEDIA_SUFFIXES,
    Link,
    file_link,
    media_type,
)
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.text.languages import (
    language_in_name,
    language_name,
    normal_tag,
    primary,
)
from notegen_desktop.domain.text.transcript import CaptionTrack, Transcript, TranscriptKind
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.local_files import files_in, local_path, shown_name, state_of
from notegen_desktop.services.machine.threads import Threads
from notegen_desktop.services.ports import MAX_UPLOAD_BYTES, Latest, Material

from .films import Film, captions_in, film_of
from .media_length import media_length

_ORDER = (".vtt", ".srt", ".ass", ".ssa", ".ttml", ".sbv", ".lrc", ".smi", ".json3", ".txt")
_INSIDE = "inside:"
"""Prefix of the address of a track inside a film; its number follows."""
_UNTOLD = {"auto", "orig", "asr", "cc", "sdh", "captions", "subtitles", "subs", "transcript"}


SETTLED_S = 15.0
"""Seconds that a file in a followed folder must be unchanged: it may still be written."""

ANSWER_S = 60.0
"""Maximum seconds to read captions, or a film's length. A disk that slept wakes in about ten."""

T = TypeVar("T")


class FileSource:
    """Reads files of this machine. A film's transcript comes from captions of the same name."""

    def __init__(
        self, *, may_upload: Callable[[], bool] = lambda: True, answer_s: float = ANSWER_S
    ) -> None:
        self._may_upload = may_upload
        self._answer_s = answer_s
        self._threads = Threads(name="files")

    async def describe(self, link: Link) -> Video:
        """Return title and length. Raises FileMissing, FileUnreadable and other SourceErrors."""
        return (await self.read(link, languages=())).video

    async def read(
        self, link: Link, *, languages: Sequence[str], track: CaptionTrack | None = None
    ) -> Material:
        """Return the text of a file, or of the captions beside it. A film without captions is still
        returned; a caption file without text raises."""
        material = await self._in_time(link, lambda: _read(link, tuple(languages), track))
        if not material.uploadable or self._may_upload():
            return material
        return replace(material, uploadable=False)

    async def tracks(self, link: Link) -> list[CaptionTrack]:
        """Return the caption files beside a film, or the caption file itself."""
        return await self._in_time(link, lambda: _tracks(path_of(link)))

    async def expand(self, link: Link, *, start: int = 1, count: int = 100) -> list[Video]:
        """Return a file as one video, a folder as those in it."""
        if link.provider == "folder":
            return list((await self.latest(link)).videos)[start - 1 : start - 1 + count]
        return [await self.describe(link)] if start <= 1 and count > 0 else []

    async def latest(self, link: Link, *, validator: str = "") -> Latest:
        """Return the complete films, recordings and texts in a folder.

        Raises FileMissing, FileUnreadable.
        """
        return await self._in_time(link, lambda: _in_folder(path_of(link), time.time()))

    async def _in_time(self, link: Link, work: Callable[[], T]) -> T:
        """Run `work` in a thread. Raises FileUnreadable for a disk that does not answer."""
        try:
            async with asyncio.timeout(self._answer_s):
                return await self._threads.run(work)
        except TimeoutError:
            raise FileUnreadable(
                _("“{name}” cannot be read: its disk does not answer.").format(
                    name=path_of(link).name
                ),
                hint=_(
                    "See whether the disk or the network share is connected, or copy the file to "
                    "this computer, then retry."
                ),
            ) from None

    async def aclose(self) -> None:
        await self._threads.aclose()


def path_of(link: Link) -> Path:
    """Return the path of a link's file."""
    return local_path(link.url)


def title_of(path: Path) -> str:
    """Return a file name as a title: without extension, language and underscores."""
    name = shown_name(path.name)
    parts = name.removesuffix(path.suffix).split(".")
    while len(parts) > 1 and (normal_tag(parts[-1]) or parts[-1].lower() in _UNTOLD):
        parts.pop()
    words = " ".join(re.sub(r"[_\s]+", " ", ".".join(parts)).split())
    if " " not in words:
        words = " ".join(re.sub(r"(?<=\w)[-.](?=\w)", " ", words).split())
    return words[:1].upper() + words[1:] if words.islower() else words or name


def _in_folder(folder: Path, now: float) -> Latest:
    """Return the videos of a folder; recently changed files, which may still be written, are left
    for later."""
    try:
        if not folder.is_dir():
            raise FileMissing(
                _("There is no folder “{folder}”.").format(folder=folder),
                hint=_("Connect its disk, or follow the folder where it is now."),
            )
        found = [(path, path.stat()) for path in files_in(folder)]
    except OSError as error:
        raise FileUnreadable(
            _("“{folder}” cannot be read: {strerror}.").format(
                folder=folder, strerror=error.strerror
            )
        ) from error
    whole = [
        path for path, facts in found if facts.st_size and abs(now - facts.st_mtime) >= SETTLED_S
    ]
    videos = tuple(
        Video(link.key, link.url, "file", title=title_of(path))
        for path in whole
        for link in [file_link(str(path))]
    )
    return Latest(shown_name(folder.name), videos, waiting=len(whole) < len(found))


def _read(link: Link, languages: tuple[str, ...], track: CaptionTrack | None) -> Material:
    path = path_of(link)
    suffix = path.suffix.lower()
    if suffix in MEDIA_SUFFIXES:
        return _read_media(link, path, languages, track)
    if suffix and suffix not in CAPTION_SUFFIXES:
        raise UnsupportedSource(
            _("Files that end in “{suffix}” cannot be read.").format(suffix=suffix or path.name)
        )
    from .captions import read_caption_file  # late, as below: it compiles many patterns

    transcript = read_caption_file(path)
    video = Video(
        link.key,
        link.url,
        "file",
        title=title_of(path),
        duration_s=transcript.duration_s,
        language=transcript.language,
        remark=_remark(transcript),
    )
    return Material(video, transcript, origin=_track(path.name).words)


def _remark(transcript: Transcript) -> str:
    """Return a remark if an encoding was guessed: a wrong guess shows in the accents of the
    notes."""
    return (
        _("encoding guessed: {encoding}").format(encoding=transcript.encoding)
        if transcript.encoding
        else ""
    )


def _read_media(
    link: Link, path: Path, languages: tuple[str, ...], track: CaptionTrack | None
) -> Material:
    """Return a film or a recording, with the transcript of its captions, beside it or inside, if
    any.

    Raises FileMissing, FileUnreadable, CaptionsBroken; CaptionsEmpty for a track that was chosen.
    """
    now = _looked_at(path)
    length_s = media_length(path)
    film = film_of(path, length_s)
    facts = Video(
        link.key,
        link.url,
        "file",
        title=title_of(path),
        duration_s=length_s,
        chapters=film.chapters,
    )
    state = state_of(now)
    uploadable = bool(media_type(path.name)) and 0 < now.st_size <= MAX_UPLOAD_BYTES
    offered = sorted(_captions_of(path, film), key=lambda each: _rank(each, languages))
    chosen = [each for each in offered if track and each.identity == track.identity]
    missing: SourceError = NoCaptions(
        _("“{name}” has no captions beside it or inside.").format(name=path.name),
        hint=_("Put {stem}.srt or {stem}.vtt into the same folder.").format(stem=path.stem),
    )
    for each in chosen or offered:
        try:
            transcript = _read_track(path, each)
        except CaptionsEmpty as empty:  # a program that found no words has left an empty file
            missing = CaptionsEmpty(
                _("There are no words in {words}.").format(words=each.words), hint=empty.hint
            )
            continue
        language = transcript.language
        return Material(
            facts.known(
                duration_s=length_s or transcript.duration_s,
                language=language,
                remark=_remark(transcript),
            ),
            transcript,
            origin=each.words,
            uploadable=uploadable,
            state=state,
        )
    if chosen:
        raise missing
    return Material(facts, missing=missing.failure(), uploadable=uploadable, state=state)


def _tracks(path: Path) -> list[CaptionTrack]:
    _looked_at(path)
    if path.suffix.lower() not in MEDIA_SUFFIXES:
        return [_track(path.name)]
    return _captions_of(path, film_of(path))


def _captions_of(path: Path, film: Film) -> list[CaptionTrack]:
    """Return the captions of a film: files beside it, then tracks inside, with unique names."""
    found = [_track(name) for name in _captions_beside(path)]
    for each in film.tracks:
        name = each.name or language_name(each.language) or "subtitles"
        track = CaptionTrack(
            each.language, TranscriptKind.MANUAL, name, url=f"{_INSIDE}{each.number}"
        )
        if any(other.identity == track.identity for other in found):
            track = replace(track, name=f"{name} ({each.number})")
        found.append(track)
    return found


def _read_track(path: Path, track: CaptionTrack) -> Transcript:
    """Return the transcript of captions beside a film or inside it. Raises the errors of
    captions."""
    from .captions import parse_captions, read_caption_file

    if not track.url.startswith(_INSIDE):
        return read_caption_file(path.parent / track.name)
    said = captions_in(path, int(track.url.removeprefix(_INSIDE)))
    return parse_captions(
        said.encode(), name="track.srt", kind=TranscriptKind.MANUAL, language=track.language
    )


def _track(name: str) -> CaptionTrack:
    return CaptionTrack(language_in_name(name), TranscriptKind.FILE, name)


def _looked_at(media: Path) -> os.stat_result:
    """Return size and time of a regular file. Raises FileMissing, FileUnreadable."""
    try:
        now = media.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise FileMissing(_("There is no file “{media}”.").format(media=media)) from None
    except OSError as error:
        raise FileUnreadable(
            _("“{name}” cannot be read: {strerror}.").format(
                name=media.name, strerror=error.strerror
            )
        ) from error
    if not stat.S_ISREG(now.st_mode):
        raise FileUnreadable(_("“{name}” is not an ordinary file.").format(name=media.name))
    return now


def _captions_beside(media: Path) -> list[str]:
    """Return the names of caption files beside a film with its name."""
    try:
        names = os.listdir(media.parent)
    except OSError:  # a folder that may be traversed but not listed
        names = []
    stem = _plain(media.stem)
    return sorted(
        name
        for name in names
        if Path(name).suffix.lower() in _ORDER
        and (_plain(Path(name).stem) == stem or _plain(name).startswith(stem + "."))
    )


def _plain(name: str) -> str:
    """Return a name for comparison: with composed accents, which not all systems use."""
    return unicodedata.normalize("NFC", name).casefold()


def _rank(track: CaptionTrack, languages: Sequence[str]) -> tuple[int, int, int, str]:
    """Return the sort key of captions by preference: by language, then by format."""
    wanted = [primary(tag) for tag in languages]
    base = primary(track.language)
    preferred = wanted.index(base) if base in wanted else len(wanted)
    suffix = Path(track.name).suffix.lower()
    form = _ORDER.index(suffix) if not track.url and suffix in _ORDER else len(_ORDER)
    return preferred, form, len(track.name) if form < len(_ORDER) else 0, track.url or track.name
