"""Minimal Debian in a folder (chroot), where commands run as an ordinary user.

Requires root, `debootstrap` and `unshare` (util-linux). Each command has its own mount namespace,
so no mount outlives it.
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


class ChrootDebian:
    """Debian system in the folder `root`; commands and their output are written to `log`."""

    def __init__(self, root: Path, log: TextIO) -> None:
        self.root = root
        self._log = log

    def make(self, cache: Path) -> None:
        """Create the folder anew; the system from debootstrap is kept in `cache` for later runs."""
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
        """Return the command line that runs `words` inside, without network unless `network`."""
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
        """Run a command to its end with `said` as standard input; return the completed process.

        Raises `subprocess.TimeoutExpired` after PATIENCE_S seconds.
        """
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
        """Run a command and return its standard output; takes the options of `run`.

        Raises AssertionError if the exit code is not 0.
        """
        done = self.run(*words, **options)
        assert not done.returncode, f"{words[0]} ended with {done.returncode}: {done.stderr[-500:]}"
        return done.stdout

    def path(self, name: str) -> Path:
        """Return the path outside of a file in the user's home folder."""
        return self.root / HOME.lstrip("/") / name

    def start(self, *words: str, display: str) -> subprocess.Popen[bytes]:
        """Start a program with a window and return the process, which is the program itself.

        Every wrapper (`unshare`, `sh`, `chroot`, `env`) replaces itself by exec.
        """
        self._log.write(f"\n$ {shlex.join(words)} &\n")
        self._log.flush()
        command = self.command(*words, display=display)
        return subprocess.Popen(command, stdout=self._log, stderr=self._log, start_new_session=True)

    def picture(self, display: str, path: Path) -> bytes:
        """Save a screenshot of the display as PNG at `path`; return its pixels."""
        from PIL import ImageGrab

        image = ImageGrab.grab(xdisplay=display)
        image.save(path)
        return image.tobytes()

    def put(self, source: Path, place: str) -> str:
        """Copy `source` to `place` inside, owned by the user; return `place`."""
        target = self.root / place.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        self.run("chown", "-R", USER, HOME, user="root")
        return place
