"""Checks that the session's D-Bus answers: Qt waits 25 s for one that does not, before any
window."""

from __future__ import annotations

import os
import re
import socket
import struct

ANSWER_S = 1.0
"""Maximum seconds for an answer that usually takes milliseconds."""


def is_silent(address: str, *, within_s: float = ANSWER_S) -> bool:
    """Return True if a bus listens at the address and does not answer a first call.

    False if nothing listens, which is known at once, and for addresses other than a Unix socket.
    """
    found = re.match(r"unix:(?:.*,)?(path|abstract)=([^,;]+)", address)
    if found is None or not hasattr(socket, "AF_UNIX"):
        return False
    name = found[2] if found[1] == "path" else f"\0{found[2]}"
    with socket.socket(socket.AF_UNIX) as bus:
        bus.settimeout(within_s)
        try:
            bus.connect(name)
            identity = str(os.getuid()).encode().hex()
            bus.sendall(f"\0AUTH EXTERNAL {identity}\r\n".encode())
            if bus.recv(256).startswith(b"OK"):
                bus.sendall(b"BEGIN\r\n" + _hello())
                bus.recv(16)
        except TimeoutError:
            return True
        except (OSError, ValueError):
            return False
    return False


def _hello() -> bytes:
    """Return the first call of each connection, a message by the D-Bus Specification."""
    fields = b""
    for code, kind, text in (
        (1, "o", "/org/freedesktop/DBus"),
        (6, "s", "org.freedesktop.DBus"),
        (2, "s", "org.freedesktop.DBus"),
        (3, "s", "Hello"),
    ):
        fields += b"\0" * (-len(fields) % 8)
        fields += bytes((code, 1, ord(kind), 0)) + struct.pack("<I", len(text))
        fields += text.encode() + b"\0"
    head = b"l\1\0\1" + struct.pack("<III", 0, 1, len(fields)) + fields
    return head + b"\0" * (-len(head) % 8)
