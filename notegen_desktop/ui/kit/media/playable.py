"""Checks whether a video can be played in the window, and texts for when it cannot.

Qt Multimedia is an optional dependency. Nothing here imports it, because these checks run long
before anything is played.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.text.cleaning import in_sentence
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.installation import how_to_add, pip_command
from notegen_desktop.services.machine.local_files import in_time, local_path

SYSTEM_PACKAGES = {"libpulse": "libpulse0"}
"""Debian packages of libraries that Qt Multimedia needs and that no wheel includes."""


@dataclass(frozen=True, slots=True)
class PlaybackAdvice:
    """Advice how to enable playback: a sentence, and the command in it, "" for none."""

    words: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class PlaybackProblem:
    """Reason why a file does not play (`title`) and advice (`hint`)."""

    title: str
    hint: str


def may_play(video: Video) -> bool:
    """Return True if the video is a local media file and Qt Multimedia is installed.

    Qt Multimedia may still fail to load: see `playback_advice`.
    """
    return not video.is_online and video.is_media and has_player()


@cache
def has_player() -> bool:
    return find_spec("PySide6.QtMultimedia") is not None


def playback_advice(
    error: ImportError | None = None, *, which: Callable[[str], str | None] = shutil.which
) -> PlaybackAdvice:
    """Return how to enable playback.

    `error` is the error of importing Qt Multimedia, None if it is not installed.
    """
    library = re.search(r"\blib[\w+.-]+?\.so[.\d]*", str(error)) if error is not None else None
    if library is not None:
        package = SYSTEM_PACKAGES.get(library[0].partition(".")[0])
        if package is not None and which("apt-get"):
            return _with_command(f"sudo apt-get install {package}")
        return PlaybackAdvice(
            _(
                "To play it in this window, install the package of your system that has "
                "{library}, then start NoteGen again."
            ).format(library=library[0])
        )
    if error is not None and has_player():
        words = _("It cannot be played in this window: {error}.")
        return PlaybackAdvice(words.format(error=in_sentence(str(error))))
    command = pip_command("playback")
    return _with_command(command) if command else PlaybackAdvice(how_to_add("playback"))


def _with_command(command: str) -> PlaybackAdvice:
    return PlaybackAdvice(
        _(
            "To play it in this window, at the right second, run: {command} — then start NoteGen "
            "again."
        ).format(command=command),
        command,
    )


def file_problem(path: str) -> PlaybackProblem | None:
    """Return why a file cannot be opened, checked before playing it; None if it can."""
    file = local_path(path)
    silent = PlaybackProblem(
        _("The disk of {name} does not answer.").format(name=file.name),
        _("See whether it is connected, or copy the file to this computer."),
    )
    return in_time(lambda: _gone(file), file, otherwise=lambda: silent)


def _gone(file: Path) -> PlaybackProblem | None:
    try:
        if file.is_file():
            with file.open("rb"):
                return None
    except PermissionError:
        return PlaybackProblem(
            _("{name} may not be read.").format(name=file.name),
            _("Give yourself the right to read it in {parent}.").format(parent=file.parent),
        )
    except OSError as error:
        return PlaybackProblem(
            _("{name} cannot be read: {strerror}.").format(name=file.name, strerror=error.strerror),
            _("Copy it to another disk."),
        )
    return PlaybackProblem(
        _("{name} is no longer where it was.").format(name=file.name),
        _("Put it back into {parent}, or plug in the disk it is on, then try again.").format(
            parent=file.parent
        ),
    )


def format_problem(path: str) -> PlaybackProblem:
    """Return the problem of an existing file whose format the player does not support."""
    return PlaybackProblem(
        _("{name} does not play here.").format(name=Path(path).name),
        _(
            "Its form is not known, or it is damaged. Its own program may play it; a copy as MP4 "
            "with H.264 plays here."
        ),
    )


def no_picture() -> PlaybackProblem:
    return PlaybackProblem(
        _("Only the sound plays here."),
        _("The form of the pictures is not known. A copy as MP4 with H.264 shows them."),
    )
