"""D-Bus session bus that never answers, like a key ring waiting for an absent user.

Callers can authenticate, but get no reply afterwards, not even an error.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path

_ANSWERS = {b"AUTH": b"OK 0123456789abcdef0123456789abcdef\r\n", b"NEGO": b"AGREE_UNIX_FD\r\n"}


class SilentBus:
    """Context manager; `address` is for DBUS_SESSION_BUS_ADDRESS."""

    def __init__(self, path: Path) -> None:
        self.address = f"unix:path={path}"
        self.asked = threading.Event()
        """Set when a caller has authenticated and waits for a reply."""
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        self._callers: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> SilentBus:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in (self._server, *self._callers):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = self._server.accept()
                self._callers.append(caller)
                self._threads.append(
                    threading.Thread(target=self._sign_in, args=(caller,), daemon=True)
                )
                self._threads[-1].start()

    def _sign_in(self, caller: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := caller.recv(4096):
                for line in data.lstrip(b"\0").split(b"\r\n"):
                    if line.startswith(b"BEGIN"):
                        self.asked.set()
                    elif answer := _ANSWERS.get(line[:4]):
                        caller.sendall(answer)
