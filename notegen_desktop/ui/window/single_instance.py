"""One window for one library: a second start hands its sources to the first and leaves."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDeadlineTimer, QLockFile, QObject, QThread

from notegen_desktop.domain.errors import StoreError
from notegen_desktop.services.machine.files import make_folder
from notegen_desktop.services.machine.local_files import under_text

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

CONNECT_MS = 1_500
RETRY_MS = 50
MAX_BYTES = 1_000_000


class SingleInstance(QObject):
    """Holds the lock beside the database, or knows that another start holds it.

    The first start listens; `send` is for the others. A lock that a crashed program left behind is
    taken over by QLockFile itself.
    """

    def __init__(self, lock_file: Path) -> None:
        super().__init__()
        name = lock_file
        with suppress(OSError, StoreError):  # opening the library says it in words
            make_folder(lock_file.parent)
            name = under_text(lock_file)
        digest = hashlib.sha256(os.fsencode(lock_file.resolve())).hexdigest()[:16]
        self._name = f"notegen-{digest}"
        self._lock = QLockFile(str(name))
        self._lock.setStaleLockTime(0)
        self._server: QLocalServer | None = None
        self.is_first = False
        self.try_lock()

    def try_lock(self, *, anyway: bool = False) -> bool:
        """Become the first start, if there is none; returns whether this is it.

        `anyway` takes the lock of another computer away, whose programs cannot be looked at.
        """
        if anyway:
            self._lock.removeStaleLockFile()
        held = QLockFile.LockError.LockFailedError
        self.is_first = self._lock.tryLock(0) or self._lock.error() != held
        return self.is_first

    def listen(self, taken: Callable[[str], None]) -> None:
        """Call `taken` with what every later start hands over."""
        if not self.is_first:
            return
        from PySide6.QtNetwork import QLocalServer  # late: the first paint does not need it

        QLocalServer.removeServer(self._name)
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.listen(self._name)

        def receive() -> None:
            while (connection := server.nextPendingConnection()) is not None:
                self._receive(connection, taken)

        server.newConnection.connect(receive)
        self._server = server

    def _receive(self, connection: QLocalSocket, taken: Callable[[str], None]) -> None:
        received = bytearray()

        def read() -> None:
            received.extend(connection.readAll().data())
            if len(received) > MAX_BYTES:
                connection.abort()

        def finish() -> None:
            read()
            connection.deleteLater()
            if len(received) <= MAX_BYTES:
                taken(received.decode("utf-8", "replace"))

        connection.readyRead.connect(read)
        connection.disconnected.connect(finish)

    def send(self, text: str) -> bool:
        """Hand text to the first start; False if there is no answer."""
        from PySide6.QtNetwork import QLocalSocket

        connection = QLocalSocket()
        patience = QDeadlineTimer(CONNECT_MS)
        connection.connectToServer(self._name)
        while not connection.waitForConnected(CONNECT_MS):
            if patience.hasExpired():
                return False
            QThread.msleep(RETRY_MS)  # it has just begun itself, and listens in a moment
            connection.connectToServer(self._name)
        connection.write(text.encode("utf-8", "replace"))
        while connection.bytesToWrite():
            if not connection.waitForBytesWritten(CONNECT_MS):
                return False
        connection.disconnectFromServer()
        return True

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        if self.is_first:
            self._lock.unlock()
