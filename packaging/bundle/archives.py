"""Linux packages of the frozen folder: a `.tar.xz` archive and a Debian package."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import inside

LINUX = Path(__file__).parent / "linux"
FOLDER = Path("usr/lib/notegen-desktop")


def archive(tree: Path, target: Path, epoch: int) -> Path:
    """Pack `tree` as a reproducible `.tar.xz` in `target`; return its path.

    `epoch` (seconds since 1970) becomes the time of every file.
    """
    packed = target / f"{tree.name}.tar"

    def settled(info: tarfile.TarInfo) -> tarfile.TarInfo:
        info.uid = info.gid = 0
        info.uname = info.gname = "root"
        info.mtime = epoch
        info.mode = 0o755 if info.isdir() or info.mode & 0o100 else 0o644
        return info

    with tarfile.open(packed, "w") as tar:
        for path in [tree, *sorted(tree.rglob("*"))]:
            name = path.relative_to(tree.parent).as_posix()
            tar.add(path, name, recursive=False, filter=settled)
    subprocess.run(["xz", "--force", "--threads=2", str(packed)], check=True)
    return packed.with_name(packed.name + ".xz")


def debian_package(tree: Path, work: Path, target: Path, epoch: int, version: str) -> Path:
    """Pack `tree` as a `.deb` with menu entry, icon and manual pages; return its path.

    `Depends` is computed from the shared libraries. Raises SystemExit (69) where one is missing.
    """
    root = work / "deb"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(tree, root / FOLDER, symlinks=True, copy_function=os.link)
    programs = root / "usr" / "bin"
    programs.mkdir(parents=True)
    for name in ("notegen", "notegen-desktop"):
        (programs / name).symlink_to(Path("../lib/notegen-desktop", name))
    _announce(root / "usr" / "share")
    _documents(root / "usr" / "share", tree)
    architecture = _told(["dpkg", "--print-architecture"])
    fields = {
        "Package": inside.PROJECT,
        "Version": version,
        "Architecture": architecture,
        "Maintainer": "NoteGen Desktop <notegen-desktop@localhost>",
        "Installed-Size": str(sum(f.lstat().st_size for f in root.rglob("*")) // 1024),
        "Depends": ", ".join(sorted({*dependencies(root / FOLDER, work), "ca-certificates"})),
        "Recommends": "xdg-utils",
        "Suggests": "ffmpeg, gnome-keyring",
        "Section": "education",
        "Priority": "optional",
        "Description": (LINUX / "description").read_text("utf-8").rstrip(),
    }
    control = root / "DEBIAN"
    control.mkdir()
    (control / "control").write_text(_lines(fields), "utf-8")
    shutil.copyfile(LINUX / "postrm", control / "postrm")
    sums = (f"{_digest('md5', f)}  {f.relative_to(root)}" for f in _files(root / "usr"))
    (control / "md5sums").write_text("\n".join(sums) + "\n", "utf-8")
    _settle(root)
    (control / "postrm").chmod(0o755)
    made = target / f"{inside.PROJECT}_{version}_{architecture}.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(root), str(made)],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch)},
    )
    return made


def _announce(share: Path) -> None:
    """Write the menu entry and icon for all users, like `notegen desktop add` for one."""
    from notegen_desktop.services.machine.desktop.entry import LinuxEntry

    LinuxEntry(share, ["/usr/bin/notegen-desktop"], run=lambda command: None).add()


def _documents(share: Path, tree: Path) -> None:
    manual = share / "man" / "man1"
    manual.mkdir(parents=True)
    for page in LINUX.glob("*.1"):
        (manual / f"{page.name}.gz").write_bytes(gzip.compress(page.read_bytes(), mtime=0))
    documents = share / "doc" / inside.PROJECT
    documents.mkdir(parents=True)
    shutil.copyfile(LINUX / "copyright", documents / "copyright")
    changes = (tree / "CHANGELOG.md").read_bytes()
    (documents / "changelog.gz").write_bytes(gzip.compress(changes, mtime=0))


def dependencies(folder: Path, work: Path) -> list[str]:
    """Return the Debian packages of the system libraries that `folder` links to.

    Raises SystemExit (69) where a library is not installed on this machine.
    """
    place = work / "shlibs"
    (place / "debian").mkdir(parents=True, exist_ok=True)
    (place / "debian" / "control").write_text("Source: x\n\nPackage: x\nArchitecture: any\n")
    binaries = [path for path in _files(folder) if path.read_bytes()[:4] == b"\x7fELF"]
    private = sorted({f"-l{path.parent}" for path in binaries})
    done = subprocess.run(
        ["dpkg-shlibdeps", "-O", "--ignore-missing-info", *private, *map(str, binaries)],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lacking = [line for line in done.stderr.splitlines() if "error:" in line]
        print(
            *lacking,
            "The package names the system's libraries that Qt wants, so they must be here: "
            "install the packages of your system that have them, then run this again.",
            sep="\n",
            file=sys.stderr,
        )
        raise SystemExit(69)
    return done.stdout.strip().partition("=")[2].split(", ")


def checksums(files: Iterable[Path]) -> str:
    return "".join(f"{_digest('sha256', path)}  {path.name}\n" for path in sorted(files))


def _settle(root: Path) -> None:
    for path in root.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]


def _digest(name: str, path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, name).hexdigest()


def _lines(fields: Mapping[str, str]) -> str:
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def _told(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
