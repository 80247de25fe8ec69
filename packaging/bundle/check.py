"""Check the files of `dist/` on systems where nothing else is installed.

The `.deb` is installed in a bare Debian with only its dependencies; every function of the program
is tried, except those that need a real key or the Internet. The wheel is installed by pip, uv and
pipx; the sdist is checked for missing files. The output of all commands goes to `check.log` in the
work folder, next to the screenshots of the window.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import costs
import packages
from chroot import HOME, ChrootDebian
from usage_trial import SETTLING_S, UsageTrial

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

PROGRAM = "/usr/lib/notegen-desktop"
SAMPLE = f"{PROGRAM}/lib/notegen_desktop/resources/samples/how-to-remember-what-you-learn.en.vtt"
FORMATS = {
    "md": b"#",
    "html": b"<!",
    "json": b"{",
    "pdf": b"%PDF",
    "epub": b"PK",
    "docx": b"PK",
    "pptx": b"PK",
    "anki": b"PK",
}
"""First bytes of a file, by export format."""
LACKING = 69
EXPECTED = (
    *(AssertionError, LookupError, ValueError),
    *(OSError, subprocess.SubprocessError, sqlite3.Error),
)
"""Errors by which a step fails; the next step runs all the same."""


class Report:
    """Printer of the results, which counts the failures."""

    def __init__(self) -> None:
        self.failed = 0

    def tell(self, what: str, good: object, details: str = "") -> None:
        self.failed += not good
        print(f"{'ok ' if good else 'NOT'}  {what}{': ' if details else ''}{details}", flush=True)

    def attempt(self, what: str, attempt: Callable[[], str]) -> None:
        """Run a step and print its result; `attempt` returns details or raises EXPECTED."""
        try:
            self.tell(what, True, attempt())
        except EXPECTED as error:
            self.tell(what, False, f"{type(error).__name__} {error}")


def main(dist: Path, work: Path) -> int:
    """Return exit code 1 if a step fails; raise SystemExit (69) if tools or root are missing."""
    report = Report()
    with (work / "check.log").open("w", encoding="utf-8") as log:
        report.attempt("wheel and sdist", lambda: packages.complete(dist, ROOT))
        for tool in packages.TOOLS:
            if shutil.which(tool) or tool == "pip":
                attempt = lambda tool=tool: packages.installed(tool, dist, work, log)  # noqa: E731
                report.attempt(f"the wheel by {tool}", attempt)
            else:
                print(f"---  the wheel by {tool}: {tool} is not here")
        if sys.platform == "linux":
            _linux(report, dist, work, log)
    print(f"\n{report.failed or 'nothing'} failed; {work / 'check.log'} has all that was said")
    return 1 if report.failed else 0


def _linux(report: Report, dist: Path, work: Path, log: TextIO) -> None:
    lacking = [tool for tool in ("debootstrap", "unshare", "Xvfb") if not shutil.which(tool)]
    if lacking or os.geteuid():
        print(f"A bare Debian wants root{''.join(f', {tool}' for tool in lacking)}.")
        raise SystemExit(LACKING)
    debian = ChrootDebian(work / "root", log)
    debian.make(work / "bare-debian")
    trial = Trial(debian, work)
    package = next(dist.glob("*.deb"))
    for what, attempt in {
        "installed with its dependencies alone": lambda: trial.install(package),
        "both programs say their version": trial.versions,
        "doctor": trial.doctor,
        "every template, offline, without a network": trial.generate,
        "every library finds those it names": trial.libraries,
        "every template at once, by a stand-in of Gemini": trial.gemini,
        "every format": trial.formats,
        "a child process, and no other module": trial.child,
        "a library of the first schema": trial.old_library,
        **dict(UsageTrial(debian, work, SAMPLE).steps()),
        "the window, its second start, links, Open With": trial.window,
        "licences of all inside": trial.licences,
        "removed; notes and settings stay": trial.remove,
        "the archive, anywhere": lambda: trial.archive(next(dist.glob("*.tar.xz"))),
    }.items():
        report.attempt(what, attempt)
    tree = next(work.glob("notegen-desktop-*-linux-*"))
    for what, good, details in costs.compared(tree):
        report.tell(what, good, details)


class Trial:
    """Steps in the bare Debian, each returning what it found; later ones depend on earlier."""

    def __init__(self, debian: ChrootDebian, work: Path) -> None:
        self._debian = debian
        self._work = work

    def install(self, package: Path) -> str:
        inside = self._debian.put(package, f"{HOME}/{package.name}")
        self._root("apt-get", "update")
        before = self._count()
        self._root("apt-get", "install", "--yes", "--no-install-recommends", inside)
        python = self._debian.run("sh", "-c", "command -v python3")
        assert python.returncode, "there is a Python, which proves nothing"
        return f"{self._count() - before - 1} packages came along, none of them Python"

    def versions(self) -> str:
        told = [self._debian.good(name, "--version").strip() for name in PROGRAMS]
        return ", ".join(told)

    def doctor(self) -> str:
        told = self._debian.good("notegen", "doctor")
        assert "ok   database" in told, told
        return f"{told.count('ok ')} of {len(told.splitlines())} lines ok"

    def generate(self) -> str:
        """Compare all notes with those written by the same program under Python, byte by byte."""
        self._debian.good(*_offline("md", "-t", "all"))
        beside = self._work / "with-python"
        shutil.rmtree(beside, ignore_errors=True)
        talk = self._debian.root / SAMPLE.lstrip("/")
        command = _offline("md", "-t", "all", talk=str(talk), out=str(beside / "out"))
        subprocess.run(
            [sys.executable, "-m", "notegen_desktop.cli", *command[1:]],
            env={**os.environ, "NOTEGEN_HOME": str(beside)},
            check=True,
            capture_output=True,
        )
        made, same = _contents(self._debian.path("out")), _contents(beside / "out")
        assert made, "no notes"
        other = [name for name in made | same if made.get(name) != same.get(name)]
        assert not other, f"not the same: {other}"
        return f"{len(made)} notes, the same as with Python"

    def libraries(self) -> str:
        """Check that each shared library finds its dependencies, including those of playback."""
        script = f"find {PROGRAM} -name '*.so*' -exec ldd {{}} + | grep -e 'not found' -e '^/'"
        told = self._debian.run("sh", "-c", script).stdout
        lacking = [line.strip() for line in told.splitlines() if "not found" in line]
        assert not lacking, lacking[:5]
        return f"{told.count(':')} of them"

    def gemini(self) -> str:
        from tests.fakes.gemini import FakeGemini, Script

        with FakeGemini(Script(seconds=1.0)) as server:
            told = [f"NOTEGEN_GEMINI_URL={server.url}", "GEMINI_API_KEY=a-key"]
            command = ["notegen", "generate", SAMPLE, "-t", "all", "-o", f"{HOME}/gemini"]
            done = self._debian.run("env", *told, *command, "--engine", "gemini", network=True)
        made = list(self._debian.path("gemini").rglob("*.md"))
        assert not done.returncode, f"code {done.returncode}: {done.stderr[-500:]}"
        return f"{len(made)} notes"

    def formats(self) -> str:
        for name, beginning in FORMATS.items():
            self._debian.good(*_offline(name, "-t", "basic-summary", out=f"{HOME}/{name}"))
            files = [path for path in self._debian.path(name).rglob("*") if path.is_file()]
            assert files, f"no file of {name}"
            content = files[0].read_bytes()
            assert content.startswith(beginning), f"{files[0].name} begins {content[:8]!r}"
        return ", ".join(FORMATS)

    def child(self) -> str:
        speech = "notegen_desktop.services.sources.speech_process"
        told = self._debian.good("notegen", "--child-process", speech, "none", "none.mp4")
        assert '"failed": "model"' in told, told
        refused = self._debian.run("notegen", "--child-process", "notegen_desktop.cli")
        assert refused.returncode == 2, refused.stderr
        return "speech starts, the command line is refused"

    def old_library(self) -> str:
        from notegen_desktop.services.library import migrate

        path = self._work / "old.db"
        path.unlink(missing_ok=True)
        _first_schema(path)
        self._debian.put(path, f"{HOME}/old/notes.db")
        self._debian.good("env", f"NOTEGEN_HOME={HOME}/old", "notegen", "doctor")
        with sqlite3.connect(self._debian.path("old") / "notes.db") as connection:
            (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            kept = connection.execute("SELECT title FROM videos").fetchall()
        assert revision == migrate.HEAD, f"it is at {revision}"
        assert kept == [("A talk",)], kept
        return f"from 0001 to {revision}, and its rows are there"

    def window(self) -> str:
        from tests.e2e.screen import Screen, wait_for

        tools = ("xdg-utils", "desktop-file-utils", "libglib2.0-bin", "shared-mime-info")
        self._root("apt-get", "install", "--yes", "--no-install-recommends", *tools)
        talk = self._debian.put(self._debian.root / SAMPLE.lstrip("/"), f"{HOME}/a talk.vtt")
        with Screen() as screen:
            process = self._debian.start("notegen-desktop", SAMPLE, display=screen.display)
            try:
                screen.window("NoteGen")
                time.sleep(SETTLING_S)
                seen = [self._picture(screen.display, "window")]
                assert process.poll() is None, "the window has closed"
                for name, words in {
                    "second-start": ("notegen-desktop", "https://youtu.be/aaaaaaaaaa1"),
                    "link": ("xdg-open", "notegen://add?url=https://youtu.be/aaaaaaaaaa2"),
                    "open-with": ("gio", "launch", ENTRY, talk),
                }.items():
                    self._debian.good(*words, display=screen.display)
                    before = seen[-1]
                    wait_for(lambda: self._picture(screen.display, name) != before, name)  # noqa: B023
                    time.sleep(SETTLING_S)
                    seen.append(self._picture(screen.display, name))
                    assert process.poll() is None, f"the window has closed after {name}"
            finally:
                process.terminate()
                code = process.wait(60)
        assert code == 0, f"closed with {code}"
        assert ENTRY in self._debian.good("notegen", "desktop", "show")
        known = self._debian.good("gio", "mime", "text/vtt")
        assert "notegen-desktop.desktop" in known, known
        return "four pictures, closed in order"

    def licences(self) -> str:
        folders = list((self._debian.root / PROGRAM.lstrip("/") / "licences").iterdir())
        names = [path.name for path in folders if path.is_dir()]
        assert all(any(path.iterdir()) for path in folders if path.is_dir())
        for text in ("GPL-3.0.txt", "LGPL-3.0.txt"):
            assert list(self._debian.root.glob(f"{PROGRAM.lstrip('/')}/licences/*/{text}")), text
        return f"{len(names)} packages, and sbom.cdx.json"

    def remove(self) -> str:
        notes = self._debian.path(".local/share/notegen-desktop/notes.db")
        assert notes.exists()
        told = self._root("apt-get", "purge", "--yes", "notegen-desktop")
        assert "~/.local/share/notegen-desktop" in told, told
        assert notes.exists(), "the notes are gone"
        left = list((self._debian.root / "usr").rglob("*notegen*"))
        assert not left, left
        return "and it says where they are"

    def archive(self, package: Path) -> str:
        """Unpack the archive into a folder with a space and use it there.

        Its system libraries are still installed, as dependencies of the removed package.
        """
        inside = self._debian.put(package, f"{HOME}/{package.name}")
        self._root("apt-get", "install", "--yes", "--no-install-recommends", "xz-utils")
        folder = f"{HOME}/My Programs"
        self._debian.good("mkdir", "-p", folder)
        self._debian.good("tar", "-xf", inside, "-C", folder)
        program = f"{folder}/{package.name.removesuffix('.tar.xz')}/notegen"
        talk = f"{HOME}/a talk.vtt"
        self._debian.good(program, "generate", talk, "-t", "chapters", "--engine", "offline",
                   "--format", "pdf", "-o", f"{HOME}/moved")  # fmt: skip
        assert list(self._debian.path("moved").rglob("*.pdf"))
        self._debian.good(program, "desktop", "add")
        entry = self._debian.path(".local/share/applications/notegen-desktop.desktop").read_text()
        assert f'"{folder}' in entry, entry
        return "from a folder with a space, and known to the menu"

    def _root(self, *words: str) -> str:
        return self._debian.good(*words, user="root", network=True)

    def _count(self) -> int:
        return len(self._debian.run("dpkg-query", "-f", "x\n", "-W").stdout.split())

    def _picture(self, display: str, name: str) -> bytes:
        return self._debian.picture(display, self._work / f"check-{name}.png")


PROGRAMS = ("notegen", "notegen-desktop")
ENTRY = "/usr/share/applications/notegen-desktop.desktop"


def _contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all files in `folder` by relative path.

    The metadata comment of a note is left out, because it contains the path of the source.
    """
    return {
        path.relative_to(folder).as_posix(): re.sub(rb"<!-- notegen .*", b"", path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


def _offline(format: str, *words: str, talk: str = SAMPLE, out: str = f"{HOME}/out") -> list[str]:
    options = ["--engine", "offline", "--format", format, "-o", out]
    return ["notegen", "generate", talk, *words, *options]


def _first_schema(path: Path) -> None:
    """Create a library with the schema of revision 0001 and one row."""
    from sqlalchemy import create_engine, text

    from notegen_desktop.services.library import migrate

    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        migrate.upgrade(connection, "0001")
        connection.execute(text("INSERT INTO videos (id, title) VALUES ('a', 'A talk')"))
    engine.dispose()
