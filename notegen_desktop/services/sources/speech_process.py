"""Speech recognition in a process of its own, which can be killed at any moment.

python -m notegen_desktop.services.sources.speech_process MODEL FILE

Writes one JSON object per line to standard output: {"length": s, "language": "en"} first, then each
piece as {"start": s, "end": s, "text": "…"}; or {"failed": "model" or "sound", "why": "…"}. A
thread in the middle of this work cannot be stopped, and would crash the process that ends around
it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO


def main(arguments: list[str]) -> int:
    name, path = arguments
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # output of the libraries is no part of the answer
    try:
        _tell(out, **_heard(name, path, out))
    except BrokenPipeError:  # the program has ended
        return 1
    return 0


def _heard(name: str, path: str, out: TextIO) -> dict[str, Any]:
    for device in ("auto", "cpu"):
        try:
            from faster_whisper import WhisperModel

            model = WhisperModel(name, device=device, compute_type="auto", local_files_only=True)
        except Exception as error:  # noqa: BLE001 - three libraries, each with words of its own
            return {"failed": "model", "why": repr(error)}
        try:
            for told in _pieces(model, path):
                _tell(out, **told)
        except BrokenPipeError:
            raise
        except RuntimeError as error:
            # Missing libraries of a graphics card are noticed only now.
            why = repr(error)
        except Exception as error:  # noqa: BLE001 - whatever its decoder raises
            return {"failed": "sound", "why": type(error).__name__}
        else:
            return {"done": True}
    return {"failed": "model", "why": why}


def _pieces(model: Any, path: str) -> Iterator[dict[str, Any]]:
    pieces, facts = model.transcribe(path, vad_filter=True)
    length = float(facts.duration or 0.0)
    yield {"length": length, "language": facts.language or ""}
    for piece in pieces:  # each step recognises up to half a minute
        # The model pads sound to half a minute, so times may be beyond the end of the film.
        start, end = (min(float(at), length or float(at)) for at in (piece.start, piece.end))
        if end > start:
            yield {"start": start, "end": end, "text": str(piece.text).strip()}


def _tell(out: TextIO, **told: Any) -> None:
    out.write(json.dumps(told) + "\n")
    out.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
