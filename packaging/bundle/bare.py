"""A Debian with nothing in it but itself, in a folder; programs run there as an ordinary user.

Wants root, `debootstrap` and `unshare` (util-linux). Nothing is mounted for longer than a command
runs: each has a mount namespace of its own.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, TextIO

USER = "ada"
HOME = f"/home/{USER}"
RELEASE = "bookworm"
PATIENCE_S = 900


class Bare:
    """The folder `root`; what is run there, and what it says, stands in `log`."""

    def __init__(self, root: Path, log: TextIO) -> None:
        self.root = root
        self._log = log

    def make(self, cache: Path) -> None:
        """Fill the folder anew. The bare system is kept in `cache` for the next time."""
        if not cache.exists():
            part = cache.with_name(f"{cache.name}.part")
            shutil.rmtree(part, ignore_errors=True)
            command = ["debootstrap", "--variant=minbase", RELEASE, str(part)]
            subprocess.run(command, check=True, stdout=self._log, stderr=self._log)
            part.rename(cache)
        shutil.rmtree(self.root, ignore_errors=True)
        subprocess.run(["cp", "-a", str(cache), str(self.root)], check=True)
        self.run("useradd", "--create-home", USER, user="root")

    def command(
        self, *words: str, user: str = USER, display: str = "", network: bool = False
    ) -> list[str]:
        """What runs `words` in there; without a network unless it is asked for."""
        root = shlex.quote(str(self.root))
        home = HOME if user == USER else "/root"
        mounts = [f"mount -t proc proc {root}/proc", f"mount --rbind /dev {root}/dev"]
        told = [f"HOME={home}", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"]
        if display:
            mounts.append(f"mkdir -p {root}/tmp/.X11-unix")
            mounts.append(f"mount --bind /tmp/.X11-unix {root}/tmp/.X11-unix")
            told.append(f"DISPLAY={display}")
        told.append("DEBIAN_FRONTEND=noninteractive")
        inside = ["chroot", f"--userspec={user}", str(self.root), "env", "-i", *told, *words]
        script = " && ".join([*mounts, f"exec {shlex.join(inside)}"])
        apart = ["--mount"] if network else ["--mount", "--net"]
        return ["unshare", *apart, "sh", "-c", script]

    def run(
        self,
        *words: str,
        user: str = USER,
        display: str = "",
        network: bool = False,
        said: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end; `said` is its standard input."""
        begun = time.monotonic()
        done = subprocess.run(
            self.command(*words, user=user, display=display, network=network),
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=PATIENCE_S,
            input=said,
        )
        took = time.monotonic() - begun
        self._log.write(f"\n$ {shlex.join(words)}\n{done.stdout}{done.stderr}")
        self._log.write(f"[{done.returncode}, {took:.1f} s]\n")
        self._log.flush()
        return done

    def good(self, *words: str, **options: Any) -> str:
        """What it said on standard output; the same options. Raises AssertionError if it fails."""
        done = self.run(*words, **options)
        assert not done.returncode, f"{words[0]} ended with {done.returncode}: {done.stderr[-500:]}"
        return done.stdout

    def path(self, name: str) -> Path:
        """A file of the user's."""
        return self.root / HOME.lstrip("/") / name

    def start(self, *words: str, display: str) -> subprocess.Popen[bytes]:
        """Start a window there; the process is the window's own, whatever it was started by."""
        self._log.write(f"\n$ {shlex.join(words)} &\n")
        self._log.flush()
        command = self.command(*words, display=display)
        return subprocess.Popen(command, stdout=self._log, stderr=self._log, start_new_session=True)

    def picture(self, display: str, path: Path) -> bytes:
        """What the screen shows, also kept as a PNG file."""
        from PIL import ImageGrab

        image = ImageGrab.grab(xdisplay=display)
        image.save(path)
        return image.tobytes()

    def put(self, source: Path, place: str) -> str:
        """Copy a file to a path in there, as the user's."""
        target = self.root / place.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        self.run("chown", "-R", USER, HOME, user="root")
        return place
