"""Windows installer of the frozen folder, built by NSIS."""

from __future__ import annotations

import subprocess
from pathlib import Path

SCRIPT = Path(__file__).with_suffix(".nsi")


def installer(tree: Path, target: Path, version: str) -> Path:
    made = target / f"NoteGen-Desktop-{version}-windows-x86_64.exe"
    kilobytes = sum(path.stat().st_size for path in tree.rglob("*") if path.is_file()) // 1024
    told = {"VERSION": version, "TREE": tree, "TARGET": made, "KILOBYTES": kilobytes}
    defined = [f"-D{name}={value}" for name, value in told.items()]
    subprocess.run(["makensis", "-V2", "-INPUTCHARSET", "UTF8", *defined, str(SCRIPT)], check=True)
    return made
