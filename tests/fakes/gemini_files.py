"""Files API of the loopback Gemini: resumable uploads, processing, expiry."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

KEPT_S = 48 * 3600.0
Answer = tuple[int, dict[str, str], bytes]


@dataclass
class StoredFile:
    """A stored file."""

    name: str
    uri: str
    size: int
    mime_type: str
    display_name: str = ""
    data: bytearray = field(default_factory=bytearray)
    complete: bool = False
    looks: int = 0
    expires: float = 0.0


@dataclass
class FilesApi:
    """The uploaded files. Attributes may be changed while the server runs.

    looks: number of polls for which a file is PROCESSING. broken: it ends as FAILED. faults: what
    happens to the next chunks, in turn: "ok", "reset" (nothing arrives), "half" (the first half
    arrives, then a reset), "lost" (all arrives, the answer does not), "busy" (503). ttl_s: seconds
    until a file expires.
    """

    looks: int = 0
    broken: bool = False
    faults: list[str] = field(default_factory=list)
    ttl_s: float = KEPT_S
    files: dict[str, StoredFile] = field(default_factory=dict)
    started: int = 0
    deleted: list[str] = field(default_factory=list)

    @property
    def uploads(self) -> list[StoredFile]:
        """Files that arrived completely and were not deleted."""
        return [kept for kept in self.files.values() if kept.complete]

    def knows(self, uri: str) -> bool:
        return any(kept.uri == uri for kept in self.uploads)

    def start(self, base: str, headers: dict[str, str], body: dict[str, Any]) -> Answer:
        self.started += 1
        name = f"files/up{self.started}"
        self.files[name] = StoredFile(
            name,
            f"{base}/v1beta/{name}",
            int(headers["x-goog-upload-header-content-length"]),
            headers["x-goog-upload-header-content-type"],
            str(body.get("file", {}).get("display_name", "")),
            expires=time.time() + self.ttl_s,
        )
        address = f"{base}/upload/v1beta/files?upload_id={self.started}&upload_protocol=resumable"
        return 200, {"X-Goog-Upload-URL": address, "X-Goog-Upload-Status": "active"}, b""

    def receive(self, upload_id: str, headers: dict[str, str], raw: bytes) -> Answer | None:
        """Return the answer to a chunk or a query; None for a reset connection."""
        kept = self.files.get(f"files/up{upload_id}")
        command = headers.get("x-goog-upload-command", "")
        if kept is None:
            return _error(404, "NOT_FOUND", "There is no such upload.")
        if command == "query":
            if kept.complete:
                return 200, {"X-Goog-Upload-Status": "final"}, self._told(kept)
            received = {"X-Goog-Upload-Size-Received": str(len(kept.data))}
            return 200, {"X-Goog-Upload-Status": "active", **received}, b""
        fault = self.faults.pop(0) if self.faults else "ok"
        if fault == "busy":
            return _error(503, "UNAVAILABLE", "The service is currently unavailable.")
        if fault == "reset":
            return None
        if int(headers.get("x-goog-upload-offset", "-1")) != len(kept.data):
            return _error(400, "INVALID_ARGUMENT", "The offset is not where the upload stopped.")
        kept.data += raw[: len(raw) // 2] if fault == "half" else raw
        if fault == "half":
            return None
        kept.complete = "finalize" in command and len(kept.data) == kept.size
        if fault == "lost":
            return None
        if kept.complete:
            return 200, {"X-Goog-Upload-Status": "final"}, self._told(kept)
        return 200, {"X-Goog-Upload-Status": "active"}, b""

    def get(self, name: str) -> Answer:
        kept = self.files.get(name)
        if kept is None or not kept.complete:
            return _gone(name)
        kept.looks += 1
        return 200, {}, json.dumps(self._facts(kept)).encode()

    def delete(self, name: str) -> Answer:
        if self.files.pop(name, None) is None:
            return _gone(name)
        self.deleted.append(name)
        return 200, {}, b"{}"

    def missing(self, body: dict[str, Any]) -> Answer | None:
        """Return the refusal of a request that refers to an unknown upload; None if there is
        none."""
        for uri in re.findall(r'"file_?[uU]ri": "([^"]+/files/[^"]+)"', json.dumps(body)):
            if not self.knows(uri):
                return _gone(uri.rpartition("/v1beta/")[2])
        return None

    def _facts(self, kept: StoredFile) -> dict[str, Any]:
        done = kept.looks > self.looks or not self.looks
        state = ("FAILED" if self.broken else "ACTIVE") if done else "PROCESSING"
        expires = datetime.fromtimestamp(kept.expires, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
        return {
            "name": kept.name,
            "displayName": kept.display_name,
            "mimeType": kept.mime_type,
            "sizeBytes": str(kept.size),
            "expirationTime": f"{expires}123Z",  # nanoseconds, like the service
            "uri": kept.uri,
            "state": state,
            "source": "UPLOADED",
        } | ({"error": {"message": "The file failed to be processed."}} if self.broken else {})

    def _told(self, kept: StoredFile) -> bytes:
        return json.dumps({"file": self._facts(kept)}).encode()


def _error(status: int, code: str, message: str) -> Answer:
    body = {"error": {"code": status, "message": message, "status": code}}
    return status, {}, json.dumps(body).encode()


def _gone(name: str) -> Answer:
    short = name.removeprefix("files/")
    message = f"You do not have permission to access the File {short} or it may not exist."
    return _error(403, "PERMISSION_DENIED", message)
