"""Exports a note as PDF, laid out by Qt in a child process, so that nothing here needs Qt.

Reproducible: the date and id that Qt generates are replaced by ones derived from the note.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess

import msgspec

from notegen_desktop.domain.errors import FormatUnavailable
from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.domain.text.cleaning import in_sentence
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.installation import (
    NO_CONSOLE,
    PDF,
    child_command,
    how_to_mend_qt,
)

PATIENCE_S = 120
_DATE = re.compile(rb"(?<=Date \(D:)\d{14}|(?<=Date=\")[-\d]{10}T[:\d]{8}")
_ID = re.compile(rb"(?<=DocumentID=\"uuid:)[-0-9a-f]{36}|(?<=/ID \[ )<[0-9a-f]+> <[0-9a-f]+>")


def render(note: Note, level: Level) -> bytes:
    """Return the PDF. Raises FormatUnavailable if Qt cannot be started."""
    kind = note.template.replace("-", " ").capitalize()
    # The whole note: its JSON lacks the site of the video, which decides the form of links.
    told = msgspec.to_builtins(note)
    asked = json.dumps({"note": told, "level": level.value, "kind": kind})
    try:
        done = subprocess.run(
            child_command(PDF),
            input=asked.encode(),
            capture_output=True,
            check=False,
            timeout=PATIENCE_S,
            creationflags=NO_CONSOLE,
            # otherwise the order of fonts differs each time
            env={**os.environ, "QT_HASH_SEED": "0"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _unavailable(str(error)) from error
    if done.returncode or not done.stdout.startswith(b"%PDF"):
        raise _unavailable(done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:])
    return _settled(done.stdout, note)


def _settled(pdf: bytes, note: Note) -> bytes:
    """Return the PDF with date and id derived from the note, of the same length as Qt's."""
    digits = re.sub(r"\D", "", note.created).ljust(14, "0")[:14]
    name = hashlib.sha512(json.dumps(note.to_json()).encode()).hexdigest()

    def fill(place: re.Match[bytes], letters: str, marks: bytes) -> bytes:
        source = iter(letters.encode())
        return bytes(c if c in marks else next(source) for c in place[0])

    pdf = _DATE.sub(lambda place: fill(place, digits, b"-T:"), pdf)
    return _ID.sub(lambda place: fill(place, name * 2, b"-<> "), pdf)


def _unavailable(why: str | list[str]) -> FormatUnavailable:
    words = in_sentence(why if isinstance(why, str) else "".join(why))
    return FormatUnavailable(
        _("PDF could not be written: {words}.").format(words=words)
        if words
        else _("PDF could not be written."),
        hint=_("{how_to_mend_qt} html and docx work without Qt.").format(
            how_to_mend_qt=how_to_mend_qt()
        ),
    )
