"""Checks of the wheel and the sdist: completeness, metadata and installation."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_string
from pathlib import Path
from typing import TextIO

TOOLS = ("pip", "uv", "pipx")
PATIENCE_S = 900
SOURCES = ("notegen_desktop", "resources", "tests", "packaging")


def complete(dist: Path, root: Path) -> str:
    """Check that the sdist has all files of the project and the wheel all of the program.

    Also checks the metadata that a package index requires. Returns the number of files; raises
    AssertionError naming the first problem.
    """
    listed = ["git", "-C", str(root), "ls-files", "-z", *SOURCES]
    done = subprocess.run(listed, capture_output=True, text=True, check=True)
    sources = {name for name in done.stdout.split("\0") if name}
    with tarfile.open(next(dist.glob("notegen_desktop-*.tar.gz"))) as sdist:
        packed = {name.partition("/")[2] for name in sdist.getnames()}
    assert not sources - packed, f"the sdist lacks {sorted(sources - packed)[:5]}"
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
        (about,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        told = message_from_string(wheel.read(about).decode())
        commands = wheel.read(about.replace("METADATA", "entry_points.txt")).decode()
    program = {name for name in sources if name.startswith("notegen_desktop/")}
    program |= {f"notegen_desktop/{name}" for name in sources if name.startswith("resources/")}
    # Catalogues are packed compiled.
    program = {re.sub(r"\.po$", ".mo", name) for name in program if not name.endswith(".pot")}
    assert not program - names, f"the wheel lacks {sorted(program - names)[:5]}"
    assert not [name for name in names if name.startswith(("tests/", "packaging/"))]
    for field in ("Name", "Version", "Summary", "Requires-Python", "License-Expression"):
        assert told[field], f"the wheel does not say its {field}"
    assert told["Description-Content-Type"] == "text/markdown"
    assert told.get_payload(), "the wheel has no description"
    for licence in told.get_all("License-File") or ():
        assert about.replace("METADATA", f"licenses/{licence}") in names, licence
    assert {"notegen", "notegen-desktop"} <= {
        line.partition(" = ")[0] for line in commands.splitlines()
    }
    return f"{len(packed)} and {len(names)} files, metadata good"


def installed(tool: str, dist: Path, work: Path, log: TextIO) -> str:
    """Install the wheel by `tool` with its latest dependencies, use it, and return a summary.

    Raises AssertionError if a command fails.
    """
    wheel = str(next(dist.glob("*.whl")))
    place = work / f"by-{tool}"
    shutil.rmtree(place, ignore_errors=True)
    programs = place / "bin"
    environment = {
        **os.environ,
        "NOTEGEN_HOME": str(place / "home"),
        "UV_TOOL_DIR": str(place / "tools"),
        "UV_TOOL_BIN_DIR": str(programs),
        "PIPX_HOME": str(place / "pipx"),
        "PIPX_BIN_DIR": str(programs),
        "PIPX_MAN_DIR": str(place / "man"),
    }
    if tool == "pip":
        programs = place / ("Scripts" if sys.platform == "win32" else "bin")
        steps = [
            [sys.executable, "-m", "venv", str(place)],
            [str(programs / "python"), "-m", "pip", "install", "--quiet", wheel],
        ]
    elif tool == "uv":
        steps = [["uv", "tool", "install", "--quiet", "--python", sys.executable, wheel]]
    else:
        steps = [["pipx", "install", "--quiet", "--python", sys.executable, wheel]]
    notegen = str(programs / "notegen")
    talk = Path(__file__).resolve().parent.parent.parent / "resources" / "samples"
    steps += [
        [notegen, "--version"],
        [str(programs / "notegen-desktop"), "--version"],
        [notegen, "doctor"],
        [notegen, "generate", str(next(talk.glob("*.vtt"))), "-t", "basic-summary", "--engine",
         "offline", "--format", "pdf", "-o", str(place / "out")],
    ]  # fmt: skip
    said = ""
    for step in steps:
        done = subprocess.run(
            step,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        log.write(f"\n$ {' '.join(step)}\n{done.stdout}{done.stderr}[{done.returncode}]\n")
        log.flush()
        assert not done.returncode, f"{' '.join(step[:3])}: {done.stderr[-400:]}"
        said = said or (done.stdout.strip() if step[-1] == "--version" else "")
    assert list((place / "out").rglob("*.pdf"))
    shutil.rmtree(place)
    return f"{said}, a PDF of the sample talk"
