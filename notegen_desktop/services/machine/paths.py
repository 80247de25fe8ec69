"""Where everything is kept on this machine, and where the program's own files are."""

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
    """Files and folders of one user. Nothing is created here: what writes a file makes its folder.

    The lock file, which makes a second start hand over to the first, lies beside the database.
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
        """Servers besides Gemini that can write notes."""
        return self.settings_file.with_name("connections.toml")

    @property
    def texts_folder(self) -> Path:
        """Where pasted texts are kept that notes are made of."""
        return self.database_file.parent / "texts"

    @property
    def speech_folder(self) -> Path:
        """Where models for speech recognition lie that were fetched."""
        return self.database_file.parent / "speech"

    @property
    def ytdlp_folder(self) -> Path:
        """Where versions of yt-dlp lie that are newer than the built-in one."""
        return self.database_file.parent / "yt-dlp"

    @property
    def log_file(self) -> Path:
        return self.logs_folder / "notegen.log"

    def keep_private(self) -> None:
        """Whatever the program makes is for its user alone, and so is what is there already."""
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
    """The paths of this user: below NOTEGEN_HOME if it is set, else the platform's own folders.

    `~` is expanded in it. A menu, whose entries are text, names a folder of other bytes by a
    `file:` URI.
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
    """Everything in one folder; a relative path is taken from where we are."""
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
    """The folder of the program's own files: templates, icons, styles, samples.

    In a wheel or a bundle it lies inside the package, in a checkout beside it. Raises
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
    """The bundled talk a new user can try everything on: a timed WebVTT file."""
    return resources() / "samples" / "how-to-remember-what-you-learn.en.vtt"
