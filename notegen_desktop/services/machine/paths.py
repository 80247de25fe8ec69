"""The paths of the user's files on this machine, and of the program's own files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from notegen_desktop.domain.errors import ResourcesMissing
from notegen_desktop.domain.words import _

from .files import private_by_default, tighten
from .local_files import local_path

_APP = "notegen-desktop"


@dataclass(frozen=True, slots=True)
class Paths:
    """Files and folders of one user. Nothing is created here: writers of a file create its folder.

    The lock file, by which a second start hands over to the first, is beside the database.
    """

    settings_file: Path
    database_file: Path
    templates_folder: Path
    logs_folder: Path
    cache_folder: Path
    state_file: Path
    lock_file: Path

    @property
    def connections_file(self) -> Path:
        """The file of connections to servers besides Gemini."""
        return self.settings_file.with_name("connections.toml")

    @property
    def texts_folder(self) -> Path:
        """The folder of pasted texts that notes are made of."""
        return self.database_file.parent / "texts"

    @property
    def speech_folder(self) -> Path:
        """The folder of downloaded speech recognition models."""
        return self.database_file.parent / "speech"

    @property
    def ytdlp_folder(self) -> Path:
        """The folder of downloaded versions of yt-dlp."""
        return self.database_file.parent / "yt-dlp"

    @property
    def log_file(self) -> Path:
        return self.logs_folder / "notegen.log"

    def keep_private(self) -> None:
        """Make the program's new and existing files private to the user."""
        private_by_default()
        beside = self.database_file.parent
        folders = (self.logs_folder, self.cache_folder, beside / "running", beside / "backups")
        for folder in folders:
            tighten(folder)
        for file in (
            self.settings_file,
            self.connections_file,
            self.state_file,
            self.lock_file,
            self.log_file,
        ):
            tighten(file)
        for ending in ("", "-wal", "-shm", "-journal"):
            tighten(beside / f"{self.database_file.name}{ending}")


def find_paths(environ: Mapping[str, str] | None = None) -> Paths:
    """Return the paths of this user: below NOTEGEN_HOME if it is set, else the platform's own
    folders.

    `~` is expanded in it. A menu entry, which is text, names a folder of other bytes by a `file:`
    URI.
    """
    home = (os.environ if environ is None else environ).get("NOTEGEN_HOME", "").strip()
    if home:
        return paths_below(local_path(home))
    from platformdirs import PlatformDirs

    folders = PlatformDirs(_APP, appauthor=False)
    return Paths(
        settings_file=folders.user_config_path / "settings.toml",
        database_file=folders.user_data_path / "notes.db",
        templates_folder=folders.user_config_path / "templates",
        logs_folder=folders.user_log_path,
        cache_folder=folders.user_cache_path,
        state_file=folders.user_state_path / "window.json",
        lock_file=folders.user_data_path / "notes.lock",
    )


def paths_below(home: Path) -> Paths:
    """Return the paths of everything in one folder; a relative path starts at the working
    folder."""
    home = Path(os.path.abspath(home))
    return Paths(
        settings_file=home / "settings.toml",
        database_file=home / "notes.db",
        templates_folder=home / "templates",
        logs_folder=home / "logs",
        cache_folder=home / "cache",
        state_file=home / "window.json",
        lock_file=home / "notes.lock",
    )


def resources() -> Path:
    """Return the folder of the program's own files: templates, icons, styles, samples.

    In a wheel or a bundle it is inside the package, in a checkout beside it. Raises
    ResourcesMissing if it is in neither place.
    """
    package = Path(__file__).resolve().parents[2]
    for folder in (package / "resources", package.parent / "resources"):
        if (folder / "templates").is_dir():
            return folder
    raise ResourcesMissing(
        _("There is no folder “resources” in or beside {package}.").format(package=package)
    )


def built_in_templates() -> Path:
    return resources() / "templates"


def sample_talk() -> Path:
    """Return the path of the bundled sample transcript: a timed WebVTT file."""
    return resources() / "samples" / "how-to-remember-what-you-learn.en.vtt"
