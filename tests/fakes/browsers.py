"""Cookie databases in browsers' formats with made-up cookies, in a temporary home folder."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

Cookies = Mapping[tuple[str, str], str]
"""Values by (domain, name): {(".vimeo.com", "vimeo"): "a"}."""

IN_A_YEAR = int(time.time()) + 365 * 86_400


def firefox(home: Path, cookies: Cookies) -> Path:
    """Create the database of Firefox from version 142 on, with times in milliseconds."""
    store = home / ".mozilla" / "firefox" / "a1b2c3.default-release" / "cookies.sqlite"
    store.parent.mkdir(parents=True)
    with closing(sqlite3.connect(store)) as database, database:
        database.execute("PRAGMA user_version = 16")
        database.execute(
            "CREATE TABLE moz_cookies (id INTEGER PRIMARY KEY, originAttributes TEXT DEFAULT '',"
            " name TEXT, value TEXT, host TEXT, path TEXT, expiry INTEGER, isSecure INTEGER)"
        )
        database.executemany(
            "INSERT INTO moz_cookies (host, name, value, path, expiry, isSecure)"
            " VALUES (?, ?, ?, '/', ?, 1)",
            [(domain, name, value, IN_A_YEAR * 1000) for (domain, name), value in cookies.items()],
        )
    return store


def chromium(config: Path, cookies: Cookies, *, version: bytes = b"v10") -> Path:
    """Create the database of Chromium on Linux: `v10` has a public key, `v11` one in the key
    ring."""
    from cryptography.hazmat.primitives import hashes, padding
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

    password = b"peanuts" if version == b"v10" else b"of the key ring"
    key = PBKDF2HMAC(hashes.SHA1(), 16, b"saltysalt", 1).derive(password)

    def locked(value: str) -> bytes:
        padder = padding.PKCS7(128).padder()
        padded = padder.update(value.encode()) + padder.finalize()
        encryptor = Cipher(algorithms.AES(key), modes.CBC(b" " * 16)).encryptor()
        return version + encryptor.update(padded) + encryptor.finalize()

    store = config / "chromium" / "Default" / "Cookies"
    store.parent.mkdir(parents=True)
    expires = (IN_A_YEAR + 11_644_473_600) * 1_000_000
    with closing(sqlite3.connect(store)) as database, database:
        database.execute("CREATE TABLE meta (key TEXT, value TEXT)")
        database.execute("INSERT INTO meta VALUES ('version', '20')")
        database.execute(
            "CREATE TABLE cookies (host_key TEXT, name TEXT, value TEXT, encrypted_value BLOB,"
            " path TEXT, expires_utc INTEGER, is_secure INTEGER)"
        )
        database.executemany(
            "INSERT INTO cookies VALUES (?, ?, '', ?, '/', ?, 1)",
            [(domain, name, locked(value), expires) for (domain, name), value in cookies.items()],
        )
    return store
