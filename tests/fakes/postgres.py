"""Private PostgreSQL server for tests: found or installed, and started once.

It listens on a Unix socket in a temporary folder, is deleted afterwards, and never syncs to disk.
PostgreSQL refuses to run as root; then it runs as another user.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

_numbers = itertools.count(1)


class Unavailable(Exception):
    """The reason why no PostgreSQL is available."""


def the_server() -> Server:
    """Return the server of these tests. Skips the test with a reason if there is none."""
    try:
        return _server()
    except Unavailable as why:
        pytest.skip(f"no PostgreSQL: {why}")


def fresh_database() -> str:
    """Return the URL of a new, empty database. Skips the test if there is no server."""
    return the_server().new_database()[1]


class Server:
    """A running cluster in a temporary folder."""

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        # Short, because the path of a socket is limited to about 100 characters.
        self.folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
        self.user = _ordinary_user()
        if self.user:
            entry = pwd.getpwnam(self.user)
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        data = self.folder / "data"
        self._run(
            "initdb",
            "-D",
            data,
            "-U",
            "tester",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "-N",
            "--locale=C.UTF-8",
        )
        self._data = data
        self.start()
        atexit.register(self.stop)

    def new_database(self, template: str = "") -> tuple[str, str]:
        """The name and the address of a new database: empty, or a copy of another one."""
        name = f"notes_{next(_numbers)}"
        copied = f" TEMPLATE {template}" if template else ""
        self.execute("postgres", f"CREATE DATABASE {name}{copied}")
        return name, self.url(name)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://tester@/{database}?host={self.folder}"

    def execute(self, database: str, statement: str) -> None:
        import psycopg

        with psycopg.connect(
            host=str(self.folder), user="tester", dbname=database, autocommit=True
        ) as connection:
            connection.execute(statement)

    def start(self) -> None:
        settings = (
            f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off "
            "-c max_connections=100 -c max_wal_size=64MB"
        )
        log = self.folder / "log"
        self._run("pg_ctl", "-D", self._data, "-w", "-t", "60", "-l", log, "-o", settings, "start")

    def restart(self, *, down_s: float = 0.0) -> None:
        """Stop the server, which cuts all connections, and start it after `down_s` seconds."""
        self._run("pg_ctl", "-D", self._data, "-m", "fast", "-w", "stop")
        time.sleep(down_s)
        self.start()

    def cut(self) -> None:
        """Terminate all other connections."""
        self.execute(
            "postgres",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
        )

    def lock(self, database: str, tables: str, *, seconds: float) -> None:
        """Lock tables exclusively for `seconds`; blocks meanwhile."""
        self.execute(
            database,
            f"BEGIN; LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE; "
            f"SELECT pg_sleep({seconds}); COMMIT",
        )

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: object) -> None:
        done = subprocess.run(
            [str(self.programs / program), *map(str, arguments)],
            user=self.user,
            group=pwd.getpwnam(self.user).pw_gid if self.user else None,
            extra_groups=[] if self.user else None,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # inherited by the server: a pipe never ends
            stderr=subprocess.DEVNULL,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise Unavailable(f"{program} ended with {done.returncode}")


@functools.cache
def _server() -> Server:
    if sys.platform == "win32":
        raise Unavailable("Unix sockets are needed")
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        raise Unavailable("psycopg is not installed") from error
    programs = _programs() or _installed_programs()
    return Server(programs)


def _programs() -> Path | None:
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    found = [
        path.parent
        for pattern in (
            "/usr/lib/postgresql/*/bin/initdb",
            "/usr/pgsql-*/bin/initdb",
            "/opt/homebrew/opt/postgresql*/bin/initdb",
        )
        for path in Path("/").glob(pattern.lstrip("/"))
    ]
    return max(found, default=None)


def _installed_programs() -> Path:
    """Install PostgreSQL if root on Debian or a derivative. Raises Unavailable elsewhere."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise Unavailable("its programs are not here; install the package “postgresql”")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-qy", "--no-install-recommends", "postgresql"],
    ):
        done = subprocess.run(
            command, env=environment, capture_output=True, timeout=300, check=False
        )
        if done.returncode:
            raise Unavailable(f"“{' '.join(command)}” did not succeed")
    programs = _programs()
    if programs is None:
        raise Unavailable("the package “postgresql” brought no initdb")
    return programs


def _ordinary_user() -> str | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise Unavailable("there is no ordinary user to run it as")
