"""One window per library: a second start passes its sources to the first and exits."""

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
    """Lock file beside the database.

    The first start listens, others call `send`. QLockFile itself takes over the lock of a crashed
    program.
    """

    def __init__(self, lock_file: Path) -> None:
        super().__init__()
        name = lock_file
        with suppress(OSError, StoreError):  # opening the library reports it
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
        """Try to become the first start; return True if this is it.

        `anyway` removes a lock held on another computer, whose processes cannot be checked.
        """
        if anyway:
            self._lock.removeStaleLockFile()
        held = QLockFile.LockError.LockFailedError
        self.is_first = self._lock.tryLock(0) or self._lock.error() != held
        return self.is_first

    def listen(self, taken: Callable[[str], None]) -> None:
        """Call `taken` with the text sent by each later start."""
        if not self.is_first:
            return
        from PySide6.QtNetwork import QLocalServer  # late import: not needed for the first paint

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
        """Send text to the first start; return False without an answer."""
        from PySide6.QtNetwork import QLocalSocket

        connection = QLocalSocket()
        patience = QDeadlineTimer(CONNECT_MS)
        connection.connectToServer(self._name)
        while not connection.waitForConnected(CONNECT_MS):
            if patience.hasExpired():
                return False
            QThread.msleep(RETRY_MS)  # it may have just started and not listen yet
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
