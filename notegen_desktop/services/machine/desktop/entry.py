"""Registers the program with the desktop, for `notegen://` links and media files.

Nothing here happens automatically: the user requests it, and can undo it. On Linux it is an entry
of the applications menu, on Windows keys of the user's own registry.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from notegen_desktop.domain.errors import NotYetAvailable
from notegen_desktop.domain.links.link import text_of_path
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.files import share, storage_error, write_whole
from notegen_desktop.services.machine.installation import WINDOW as NAME
from notegen_desktop.services.machine.installation import is_bundle, window_command
from notegen_desktop.services.machine.local_files import local_path
from notegen_desktop.services.machine.paths import resources

SCHEME = "notegen"
OPENS = (
    *("video/mp4", "video/x-matroska", "video/webm", "video/quicktime", "video/x-msvideo"),
    *("video/mpeg", "video/ogg", "video/3gpp", "video/x-flv", "video/x-ms-wmv"),
    *("audio/mpeg", "audio/mp4", "audio/aac", "audio/x-wav", "audio/ogg", "audio/flac"),
    *("audio/x-opus+ogg", "audio/x-ms-wma", "text/vtt", "application/x-subrip"),
)
"""Media types offered under “Open with”. The default program for them stays unchanged."""
SUFFIXES = (".mp4", ".m4v", ".mkv", ".webm", ".mov", ".mp3", ".m4a", ".wav", ".ogg", ".opus",
            ".flac", ".vtt", ".srt")  # fmt: skip


class DesktopEntry(Protocol):
    """The program's registration with the desktop."""

    def where(self) -> str:
        """Return what `add` writes, as text for users."""
        ...

    def is_there(self) -> bool: ...

    def add(self) -> None:
        """Register the program, or update its entry. Raises DiskFull, FolderNotWritable."""
        ...

    def remove(self) -> None:
        """Remove the registration completely; fine if there is none. Raises FolderNotWritable."""
        ...


def entry_of_this_machine(environ: Mapping[str, str] | None = None) -> DesktopEntry:
    """Return the registration for this system. Raises NotYetAvailable where only an application
    bundle can be registered."""
    environ = os.environ if environ is None else environ
    if sys.platform == "darwin":
        if is_bundle():
            return PackagedEntry(_("the application itself"))
        raise NotYetAvailable(
            _("On macOS only an application bundle can open notegen:// links."),
            hint=_("`notegen-desktop` takes the same links as its arguments."),
        )
    if sys.platform == "win32":
        import winreg

        return WindowsEntry(window_command(), winreg)
    home = environ.get("NOTEGEN_HOME", "")
    own = LinuxEntry(data_home(environ), window_command(), home=home)
    if home or own.is_there():
        return own
    return packaged_entry(environ) or own


class PackagedEntry:
    """An entry installed by a system package, for all users; removed with the package."""

    def __init__(self, where: str) -> None:
        self._where = where

    def where(self) -> str:
        return self._where

    def is_there(self) -> bool:
        return True

    def add(self) -> None:
        """Do nothing: it exists already."""

    def remove(self) -> None:
        raise NotYetAvailable(
            _("NoteGen was made known to the system by its package."),
            hint=_("Removing the program takes that back, too."),
        )


def packaged_entry(environ: Mapping[str, str]) -> PackagedEntry | None:
    """Return the entry by which this very program is installed for all users of a Linux machine, or
    None."""
    program = Path(window_command()[0]).resolve()
    for folder in (environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":"):
        entry = Path(folder, "applications", f"{NAME}.desktop")
        with suppress(OSError, UnicodeDecodeError):
            started = re.search(r"^TryExec=(.+)$", entry.read_text("utf-8"), re.MULTILINE)
            if started and Path(started[1]).resolve() == program:
                return PackagedEntry(str(entry))
    return None


_BROWSERS = (
    *("x-www-browser", "firefox", "iceweasel", "seamonkey", "mozilla", "epiphany", "konqueror"),
    *("chromium", "chromium-browser", "google-chrome", "www-browser", "links2", "elinks", "links"),
    *("lynx", "w3m"),
)
"""Browsers that `xdg-open` 1.1.3 tries for any address, in order, when none is registered."""


def something_opens(address: str) -> bool:
    """Return True if this machine has a program for an address, or if that cannot be determined.

    Blocks for about 0.1 s: `xdg-open` accepts every address, so the registered programs are
    queried.
    """
    if sys.platform != "linux" or not shutil.which("xdg-mime"):
        return True
    scheme, _, _ = address.partition(":")
    try:
        kind = f"x-scheme-handler/{scheme}"
        if scheme == "file":
            path = local_path(address)
            kind = "inode/directory" if path.is_dir() else _asked("filetype", str(path))
        registered = _asked("default", kind)
    except (OSError, subprocess.SubprocessError):
        return True
    browsers = (*os.environ.get("BROWSER", "").split(":"), *_BROWSERS)
    return bool(registered or any(shutil.which(name) for name in browsers if name))


def _asked(*question: str) -> str:
    asked = ["xdg-mime", "query", *question]
    return subprocess.run(asked, capture_output=True, text=True, timeout=10, check=True).stdout


def data_home(environ: Mapping[str, str]) -> Path:
    """Return the folder of the user's application entries. A relative path counts as unset, as
    specified."""
    told = Path(environ.get("XDG_DATA_HOME", ""))
    return (
        told
        if told.is_absolute()
        else Path(environ.get("HOME") or "~").expanduser() / (".local/share")
    )


class LinuxEntry:
    """An entry of the menu, by the rules of freedesktop.org; `home` is a NOTEGEN_HOME to keep."""

    def __init__(
        self,
        folder: Path,
        command: Sequence[str],
        *,
        home: str = "",
        run: Callable[[list[str]], None] | None = None,
    ) -> None:
        self._command = list(command)
        self._home = home
        self._run = run or _run
        self.entry = folder / "applications" / f"{NAME}.desktop"
        self.icon = folder / "icons" / "hicolor" / "scalable" / "apps" / f"{NAME}.svg"

    def where(self) -> str:
        return str(self.entry)

    def is_there(self) -> bool:
        return self.entry.is_file()

    def add(self) -> None:
        write_whole(self.icon, (resources() / "icons" / "app.svg").read_bytes())
        write_whole(self.entry, self._content().encode(errors="surrogateescape"))
        for path in (self.icon, self.entry):
            share(path)
        self._tell()

    def remove(self) -> None:
        for path in (self.entry, self.icon):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise storage_error(error, path) from error
        if self.entry.parent.is_dir():
            self._tell()

    def _tell(self) -> None:
        """Update the index of entries, by a tool that most systems have."""
        self._run(["update-desktop-database", str(self.entry.parent)])

    def _content(self) -> str:
        home = text_of_path(str(local_path(self._home).absolute()))
        kept = ["env", f"NOTEGEN_HOME={home}"] if self._home else []
        words = " ".join(quoted(word) for word in [*kept, *self._command])
        types = "".join(f"{each};" for each in (f"x-scheme-handler/{SCHEME}", *OPENS))
        return "\n".join(
            [
                "[Desktop Entry]",
                "Type=Application",
                "Name=NoteGen",
                "GenericName=Notes from Videos",
                "Comment=Turn videos into notes",
                f"Exec={words} %U",
                f"TryExec={_escaped(self._command[0])}",
                f"Icon={NAME}",
                "Terminal=false",
                "Categories=Education;",
                "Keywords=video;notes;transcript;captions;lecture;",
                f"StartupWMClass={NAME}",
                f"MimeType={types}",
                "",
            ]
        )


def quoted(word: str) -> str:
    """Return a word of an Exec line: quoted if needed, and with a `%` that is no field doubled."""
    word = word.replace("%", "%%")
    if re.search(r"[\s\"'\\><~|&;$*?#()`]", word):
        word = '"' + re.sub(r'(["`$\\])', r"\\\1", word) + '"'
    return _escaped(word)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _run(command: list[str]) -> None:
    with suppress(OSError, subprocess.SubprocessError):
        subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=30,
        )


class WindowsEntry:
    r"""Keys below HKEY_CURRENT_USER\Software\Classes; `registry` is the module winreg."""

    def __init__(self, command: Sequence[str], registry: Any) -> None:
        self._registry = registry
        self._command = subprocess.list2cmdline([*command]) + ' "%1"'
        self._icon = f'"{command[0]}",0'
        self._scheme = rf"Software\Classes\{SCHEME}"
        self._program = rf"Software\Classes\Applications\{NAME}.exe"

    def where(self) -> str:
        return rf"HKEY_CURRENT_USER\{self._scheme}"

    def is_there(self) -> bool:
        try:
            with self._registry.OpenKey(
                self._registry.HKEY_CURRENT_USER, rf"{self._scheme}\shell\open\command"
            ):
                return True
        except OSError:
            return False

    def add(self) -> None:
        self._set(self._scheme, "", "URL:NoteGen")
        self._set(self._scheme, "URL Protocol", "")
        self._set(rf"{self._scheme}\DefaultIcon", "", self._icon)
        self._set(rf"{self._scheme}\shell\open\command", "", self._command)
        self._set(self._program, "FriendlyAppName", "NoteGen")
        self._set(rf"{self._program}\shell\open\command", "", self._command)
        for suffix in SUFFIXES:
            self._set(rf"{self._program}\SupportedTypes", suffix, "")

    def remove(self) -> None:
        for key in (self._scheme, self._program):
            self._delete(key)

    def _set(self, key: str, name: str, value: str) -> None:
        registry = self._registry
        with registry.CreateKey(registry.HKEY_CURRENT_USER, key) as opened:
            registry.SetValueEx(opened, name, 0, registry.REG_SZ, value)

    def _delete(self, key: str) -> None:
        """Delete a key with all below it: Windows deletes only keys without subkeys."""
        registry = self._registry
        try:
            with registry.OpenKey(registry.HKEY_CURRENT_USER, key) as opened:
                below: list[str] = []
                with suppress(OSError):  # the end of the list
                    while True:
                        below.append(registry.EnumKey(opened, len(below)))
        except FileNotFoundError:
            return
        for name in below:
            self._delete(rf"{key}\{name}")
        registry.DeleteKey(registry.HKEY_CURRENT_USER, key)
