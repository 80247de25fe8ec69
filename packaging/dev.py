#!/usr/bin/env python3
"""The one command of a checkout: sets up `.venv` from the lock, then runs what is asked for.

    python3 packaging/dev.py run [SOURCE…]     the desktop app
    python3 packaging/dev.py cli ARG…          the command line, `notegen ARG…`
    python3 packaging/dev.py test [ARG…]       the tests, ARG… as pytest takes them
    python3 packaging/dev.py check             format, lint, types, our own rules, import contracts
    python3 packaging/dev.py bench [--json F]  the benchmark suite
    python3 packaging/dev.py bundle            an installable bundle under dist/
    python3 packaging/dev.py bundle --check    tries it where nothing else is installed
    python3 packaging/dev.py words             catalogues of the languages: update, compile, check
    python3 packaging/dev.py lock              resolve the dependencies anew (wants `uv`)

Standard library only. Set-up is done once and again only when the lock or the project's metadata
change. Exit code 69 says that the machine lacks something, and what.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "notegen-setup.json"
LOCKS = ROOT / "packaging" / "locks"
BUNDLE = ROOT / "build" / "bundle"
"""Folder in which bundles are built, with its own environment; results go to `dist/`."""
BUNDLE_EXTRAS = ("exports", "mcp", "playback")
LOCKED_EXTRAS = ("exports", "legacy", "mcp", "pictures", "playback", "postgres")
"""Extras that the tests need. `speech` is left out because of its size, 448 MB."""
LACKING = 69
USAGE = 2
WINDOWS = sys.platform == "win32"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
EPOCH = "SOURCE_DATE_EPOCH"

QT_LIBRARIES = {
    "libegl1": "libEGL.so.1",
    "libgl1": "libGL.so.1",
    "libopengl0": "libOpenGL.so.0",
    "libxkbcommon0": "libxkbcommon.so.0",
    "libxkbcommon-x11-0": "libxkbcommon-x11.so.0",
    "libdbus-1-3": "libdbus-1.so.3",
    "libfontconfig1": "libfontconfig.so.1",
    "libglib2.0-0": "libglib-2.0.so.0",
    "libxcb-cursor0": "libxcb-cursor.so.0",
    "libxcb-icccm4": "libxcb-icccm.so.4",
    "libxcb-image0": "libxcb-image.so.0",
    "libxcb-keysyms1": "libxcb-keysyms.so.1",
    "libxcb-render-util0": "libxcb-render-util.so.0",
    "libxcb-shape0": "libxcb-shape.so.0",
    "libxcb-xinerama0": "libxcb-xinerama.so.0",
    "libxcb-xkb1": "libxcb-xkb.so.1",
}
"""Libraries that Qt loads, by their Debian package."""

PLAYBACK_LIBRARIES = {"libpulse0": "libpulse.so.0"}
"""Libraries of Qt Multimedia; without them the app runs and playback tests skip."""

BUNDLE_LIBRARIES = {
    **PLAYBACK_LIBRARIES,
    "libdrm2": "libdrm.so.2",
    "libwayland-client0": "libwayland-client.so.0",
    "libwayland-cursor0": "libwayland-cursor.so.0",
    "libwayland-egl1": "libwayland-egl.so.1",
    "libxrandr2": "libXrandr.so.2",
}
"""Libraries needed to compute the dependencies of the bundle's Debian package."""

LOCALES = Path("/usr/share/i18n/locales")
"""Sources of the locales in which tests start the program; Debian's package `locales`."""


BUNDLE_TOOLS = {
    "linux": {
        "dpkg-deb": "Debian's package dpkg",
        "dpkg-shlibdeps": "Debian's package dpkg-dev",
        "xz": "Debian's package xz-utils",
    },
    "win32": {"makensis": "NSIS, https://nsis.sourceforge.io"},
    "darwin": {"hdiutil": "a part of macOS", "codesign": "Xcode's command line tools"},
}
"""Programs that build the installers of each platform, with where to get them."""


def stop(message: str, code: int = LACKING) -> NoReturn:
    print(message, file=sys.stderr)
    raise SystemExit(code)


def say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


# --- the virtual environment -------------------------------------------------------------------


def fingerprint() -> str:
    """Return a hash of everything that decides which packages to install.

    Formatting and tool settings in pyproject.toml do not change it.
    """
    import tomllib

    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    parts = {key: data.get(key) for key in ("project", "dependency-groups", "build-system")}
    parts["dependency-groups"].pop("bundle", None)
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode())
    for lock in ("app.txt", "dev.txt"):
        digest.update((LOCKS / lock).read_bytes())
    digest.update(f"{sys.version_info[:2]} {ROOT}".encode())
    return digest.hexdigest()


def installed_level(wanted: str) -> str:
    """Return "app" or "dev", or "" if `.venv` does not match the fingerprint `wanted`."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    if stamp.get("fingerprint") != wanted or not PYTHON.exists():
        return ""
    return str(stamp.get("level", ""))


def set_up(level: str) -> None:
    """Install the locked packages of `level` ("app" or "dev") and the project in `.venv`."""
    wanted = fingerprint()
    if installed_level(wanted) in (level, "dev"):
        compile_words()
        return
    with one_at_a_time():
        if installed_level(wanted) in (level, "dev"):
            return
        started = time.monotonic()
        say(f"Setting up {VENV.name} ({'app' if level == 'app' else 'app and test tools'}) …")
        STAMP.unlink(missing_ok=True)
        make_venv()
        pip("install", "--no-deps", "--require-hashes", "-r", str(LOCKS / f"{level}.txt"))
        pip("install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
        # Otherwise the first start would compile; without a writable cache, every start.
        compile_all = [str(PYTHON), "-m", "compileall", "-q", str(ROOT / "notegen_desktop")]
        subprocess.run(compile_all, check=False, stdout=subprocess.DEVNULL)
        compile_words()
        STAMP.write_text(json.dumps({"fingerprint": wanted, "level": level}), encoding="utf-8")
        say(f"Ready after {time.monotonic() - started:.0f} s.")


def make_venv(venv: Path = VENV) -> None:
    if python_of(venv).exists() and venv_python_version(venv) == sys.version_info[:2]:
        return
    command = [sys.executable, "-m", "venv", "--clear", str(venv)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode and "ensurepip" in made.stdout + made.stderr and can_apt():
        apt_install(["python3-venv"])
        made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        if shutil.which("apt-get"):
            stop(
                "Python's venv is missing. Install it, then run this again:\n"
                "  sudo apt-get install python3-venv"
            )
        stop(f"No virtual environment could be made:\n{(made.stdout + made.stderr).strip()}")


def python_of(venv: Path) -> Path:
    return venv / ("Scripts/python.exe" if WINDOWS else "bin/python")


def venv_python_version(venv: Path) -> tuple[int, ...]:
    asked = subprocess.run(
        [str(python_of(venv)), "-c", "import sys, pip; print(*sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=False,
    )
    return tuple(int(part) for part in asked.stdout.split()) if asked.returncode == 0 else ()


def pip(*arguments: str, venv: Path = VENV) -> None:
    command = [
        str(python_of(venv)),
        "-m",
        "pip",
        "--quiet",
        "--disable-pip-version-check",
        *arguments,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
        stop(
            f"{tail}\n\nThe packages could not be installed. Check the network connection and "
            "the free disk space, then run this again; nothing half-done is kept."
        )


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Make a second set-up wait for the first: two at once would damage `.venv`."""
    if WINDOWS:
        yield
        return
    import fcntl

    with open(ROOT / "packaging" / "dev.py", "rb") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


# --- the system's libraries --------------------------------------------------------------------


def missing_qt_packages() -> list[str]:
    if not sys.platform.startswith("linux"):
        return []
    return [package for package, library in QT_LIBRARIES.items() if not loads(library)]


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def ensure_system(*, virtual_display: bool = False, bundle: bool = False) -> None:
    """Install the missing system libraries of Qt, or stop with the command to do so.

    With `virtual_display` or `bundle`, also the tools of tests or bundles. The former are installed
    only as root; without them those tests skip.
    """
    missing = missing_qt_packages()
    if virtual_display and sys.platform.startswith("linux") and can_apt():
        tools = {"xvfb": "Xvfb", "xdotool": "xdotool", "poppler-utils": "pdftotext"}
        missing += [package for package, tool in tools.items() if not shutil.which(tool)]
        missing += [package for package, name in PLAYBACK_LIBRARIES.items() if not loads(name)]
        missing += [] if LOCALES.is_dir() else ["locales"]
    if bundle and sys.platform.startswith("linux"):
        missing += [package for package, name in BUNDLE_LIBRARIES.items() if not loads(name)]
    if not missing:
        return
    if can_apt():
        apt_install(missing)
        missing = missing_qt_packages()
    if not missing:
        return
    if shutil.which("apt-get"):
        stop(
            "Some system libraries are missing. Install them, then run this again:\n"
            f"  sudo apt-get install {' '.join(missing)}"
        )
    names = ", ".join(QT_LIBRARIES.get(package, package) for package in missing)
    stop(
        f"Some system libraries are missing: {names}.\n"
        "Install the packages of your system that have them, then run this again."
    )


def can_apt() -> bool:
    return bool(shutil.which("apt-get")) and hasattr(os, "geteuid") and os.geteuid() == 0


def apt_install(packages: Sequence[str]) -> None:
    say(f"Installing system packages: {' '.join(packages)} …")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update"],
        ["apt-get", "install", "--yes", "--no-install-recommends", *packages],
    ):
        done = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    if done.returncode:
        say("\n".join((done.stdout + done.stderr).strip().splitlines()[-6:]))


# --- the commands ------------------------------------------------------------------------------


def become(command: Sequence[str], **environment: str) -> NoReturn:
    """Replace this process by `command`; where that is impossible, exit with its code."""
    for name, value in environment.items():
        os.environ.setdefault(name, value)
    sys.stdout.flush()
    if WINDOWS:
        raise SystemExit(subprocess.run(command, check=False).returncode)
    os.execv(command[0], list(command))


def run(arguments: Sequence[str]) -> NoReturn:
    set_up("app")
    ensure_system()
    become([str(PYTHON), "-m", "notegen_desktop", *arguments])


def cli(arguments: Sequence[str]) -> NoReturn:
    set_up("app")
    become([str(PYTHON), "-m", "notegen_desktop.cli", *arguments])


def test(arguments: Sequence[str]) -> NoReturn:
    set_up("dev")
    ensure_system(virtual_display=True)
    os.chdir(ROOT)
    # Otherwise each worker and each program started by tests compiles changed files again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # Each worker has its own servers and displays; `-n 0` runs all in one process.
    workers = ["-n", "auto", "--dist", "worksteal"]
    become([str(PYTHON), "-m", "pytest", *workers, *arguments], QT_QPA_PLATFORM="offscreen")


def check(arguments: Sequence[str]) -> NoReturn:
    if arguments:
        stop("`check` takes no arguments.", USAGE)
    set_up("dev")
    tools = (
        ("format", ["ruff", "format", "--check", "--quiet", "."]),
        ("lint", ["ruff", "check", "--quiet", "."]),
        ("types", ["mypy"]),
        ("rules", ["python", "packaging/lint.py"]),
        ("imports", ["lint-imports"]),
    )
    failed = []
    for name, (tool, *options) in tools:
        started = time.monotonic()
        done = subprocess.run(
            [str(PYTHON.with_name(tool)), *options],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        took = time.monotonic() - started
        print(f"{name:8} {'ok' if done.returncode == 0 else 'FAILED':7} {took:5.1f} s", flush=True)
        if done.returncode:
            failed.append(name)
            print((done.stdout + done.stderr).strip(), flush=True)
    raise SystemExit(1 if failed else 0)


def bench(arguments: Sequence[str]) -> NoReturn:
    set_up("dev")
    ensure_system(virtual_display=True)
    os.chdir(ROOT)
    become([str(PYTHON), "-m", "tests.bench", *arguments], QT_QPA_PLATFORM="offscreen")


def words(arguments: Sequence[str]) -> NoReturn:
    set_up("dev")
    become([str(PYTHON), str(ROOT / "packaging" / "words.py"), *arguments])


def compile_words() -> None:
    """Compile the catalogues that are newer than their `.mo` files."""
    catalogues = (ROOT / "resources" / "languages").glob("*/LC_MESSAGES/notegen.po")
    if all(is_compiled(path) for path in catalogues):
        return
    command = [str(PYTHON), str(ROOT / "packaging" / "words.py"), "--compile"]
    subprocess.run(command, check=True)


def is_compiled(path: Path) -> bool:
    compiled = path.with_suffix(".mo")
    return compiled.exists() and compiled.stat().st_mtime >= path.stat().st_mtime


def bundle(arguments: Sequence[str]) -> NoReturn:
    """Build this platform's installers, or check them; `packaging/bundle/` does both."""
    if list(arguments) not in ([], ["--check"]):
        stop("`bundle` takes no argument but --check.", USAGE)
    lacking = [name for name in BUNDLE_TOOLS.get(sys.platform, {}) if not shutil.which(name)]
    if lacking:
        names = ", ".join(f"{name} ({BUNDLE_TOOLS[sys.platform][name]})" for name in lacking)
        stop(f"Bundles are made here with tools that are missing: {names}.")
    os.environ.setdefault(EPOCH, source_time())
    venv, dist = BUNDLE / "venv", ROOT / "dist"
    if not arguments:
        ensure_system(bundle=True)
        set_up_bundle(venv)
        shutil.rmtree(dist, ignore_errors=True)
        built = [str(python_of(venv)), "-m", "hatchling", "build", "-d", str(dist)]
        subprocess.run(built, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        wheel = next(dist.glob("*.whl"))
        pip("install", "--no-deps", "--force-reinstall", str(wheel), venv=venv)
    elif not python_of(venv).exists() or not dist.is_dir():
        stop("There is nothing to check: `bundle` without --check makes it.", USAGE)
    work = [str(ROOT / "packaging" / "bundle"), str(dist), str(BUNDLE), *arguments]
    become([str(python_of(venv)), *work], PYTHONHASHSEED="0", QT_QPA_PLATFORM="offscreen")


def set_up_bundle(venv: Path) -> None:
    """Install the packages of the bundle and its tools, by their own lock file."""
    lock = (LOCKS / "bundle.txt").read_bytes()
    wanted = hashlib.sha256(lock + f"{sys.version_info[:2]} {ROOT}".encode()).hexdigest()
    stamp = venv / "notegen-setup"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("Setting up the environment that makes bundles …")
    venv.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(venv, ignore_errors=True)
    make_venv(venv)
    locked = str(LOCKS / "bundle.txt")
    pip("install", "--no-deps", "--require-hashes", "-r", locked, venv=venv)
    stamp.write_text(wanted)


def source_time() -> str:
    """Return the time of the last commit, in seconds since 1970.

    Used for all files of a bundle, so that equal sources give equal bytes.
    """
    asked = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    with suppress(OSError):
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        if done.returncode == 0 and done.stdout.strip():
            return done.stdout.strip()
    return str(int((ROOT / "CHANGELOG.md").stat().st_mtime))


def lock(arguments: Sequence[str]) -> NoReturn:
    """Resolve all dependencies anew and write the lock files.

    The dev lock uses the versions of the app lock, so that one environment serves both.
    """
    uv = shutil.which("uv")
    if not uv:
        stop("Locking wants uv: pip install uv, then run this again.")
    common = [
        uv,
        "pip",
        "compile",
        "pyproject.toml",
        "--universal",
        "--python-version",
        "3.11",
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-emit-find-links",
        "--no-header",
        "--no-annotate",
        "--quiet",
        *arguments,
    ]
    app, dev, bundle = (LOCKS / f"{name}.txt" for name in ("app", "dev", "bundle"))
    for_app = ["--group", "build", "--extra", "exports", "-o", str(app)]
    for_dev = [
        *("--group", "build", "--group", "test", "--group", "check"),
        *(f"--extra={name}" for name in LOCKED_EXTRAS),
        *("-c", str(app), "-o", str(dev)),
    ]
    for_bundle = [
        *("--group", "build", "--group", "bundle"),
        *(f"--extra={name}" for name in BUNDLE_EXTRAS),
        *("-c", str(app), "-o", str(bundle)),
    ]
    for options in (for_app, for_dev, for_bundle):
        subprocess.run([*common, *options], cwd=ROOT, check=True)
    raise SystemExit(0)


COMMANDS = {
    "run": run,
    "cli": cli,
    "test": test,
    "check": check,
    "bench": bench,
    "bundle": bundle,
    "lock": lock,
    "words": words,
}


def main(arguments: Sequence[str]) -> None:
    if sys.version_info < (3, 11):
        found = ".".join(map(str, sys.version_info[:2]))
        stop(f"NoteGen needs Python 3.11 or newer; this is {found}.")
    if not arguments or arguments[0] in ("-h", "--help"):
        print((__doc__ or "").strip())
        raise SystemExit(0 if arguments else USAGE)
    command = COMMANDS.get(arguments[0])
    if command is None:
        stop(f"There is no command “{arguments[0]}”. Known: {', '.join(COMMANDS)}.", USAGE)
    command(arguments[1:])


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        raise SystemExit(130) from None
