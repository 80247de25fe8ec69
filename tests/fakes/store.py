"""Notes in memory: the port `NoteStore` without a database. Held to the same contract suite."""

from __future__ import annotations

import dataclasses
import itertools
import re
import unicodedata
from pathlib import Path
from typing import Any

from notegen_desktop.domain.errors import NoteMissing, StoreError
from notegen_desktop.domain.jobs.job import NoteRequest
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.text.cleaning import clean
from notegen_desktop.domain.text.transcript import Transcript
from notegen_desktop.services.ports import NoteSummary, NoteVersion

from .services import summary_of


@dataclasses.dataclass(slots=True)
class _Kept:
    note: Note
    request_id: str
    fingerprint: str
    number: int
    deleted: bool = False


class MemoryStore:
    """Fulfils `ports.NoteStore`."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._videos: dict[str, Video] = {}
        self._transcripts: dict[str, Transcript] = {}
        self._numbers = itertools.count(1)
        self.closed = False

    async def back_up(self) -> Path:
        raise StoreError("This library is no file of this computer.")

    async def save(self, note: Note, request: NoteRequest, *, fingerprint: str = "") -> Note:
        note = _cleaned(note)
        before = next((k for k in self._kept.values() if k.request_id == request.job_id), None)
        if before is not None and before.deleted:
            del self._kept[before.note.id]
            before = None
        has_place = before is None or note.id in ("", before.note.id)
        if before is None or not has_place:
            before = self._kept.get(note.id)
        number = before.number if before else next(self._numbers)
        note_id = before.note.id if before else note.id or f"note-{number}"
        note = dataclasses.replace(note, id=note_id)
        self._know(note.video)
        request_id = request.job_id if has_place else ""
        self._kept[note.id] = _Kept(note, request_id, fingerprint, number)
        return note

    async def find(self, request: NoteRequest, *, fingerprint: str | None = None) -> Note | None:
        for kept in self._present():
            if kept.request_id == request.job_id and fingerprint in (None, kept.fingerprint):
                return self._told(kept)
        return None

    async def get(self, note_id: str) -> Note:
        kept = self._kept.get(note_id)
        if kept is None or kept.deleted:
            raise NoteMissing
        return self._told(kept)

    async def revise(self, note: Note) -> None:
        kept = self._kept.get(note.id)
        if kept is None or kept.deleted:
            raise NoteMissing
        kept.note = _cleaned(note)

    async def recent(self, *, limit: int = 200, offset: int = 0) -> list[NoteSummary]:
        rows = sorted(self._present(), key=lambda k: (k.note.created, k.number), reverse=True)
        return [self._summary(kept) for kept in rows[offset : offset + limit]]

    async def versions(self) -> list[NoteVersion]:
        rows = sorted(self._present(), key=lambda k: (k.note.created, k.number))
        return [NoteVersion(k.note.id, k.note.video.id, repr(self._told(k))) for k in rows]

    async def search(self, text: str, *, limit: int = 200) -> list[NoteSummary]:
        words = [f" {' '.join(_words(chunk))}" for chunk in clean(text).split() if _words(chunk)]
        found = []
        for kept in self._present():
            note = self._told(kept)
            parts = [note.title, note.video.title, note.video.channel]
            for s in note.sections:
                parts += [s.heading, s.comprehensive, s.standard, s.concise]
            whole = f" {' '.join(_words(chr(10).join(parts)))} "
            if words and all(word in whole for word in words):
                in_title = sum(word in f" {' '.join(_words(note.title))} " for word in words)
                body = " ".join(" ".join(parts[3:]).split())
                start = max(0, body.lower().find(words[0].strip()) - 40)
                snippet = body[start : start + 160]
                found.append((-in_title, kept.number, self._summary(kept, snippet)))
        return [summary for _, _, summary in sorted(found, key=lambda f: f[:2])[:limit]]

    async def delete(self, note_id: str) -> None:
        await self.get(note_id)
        self._kept[note_id].deleted = True

    async def restore(self, note: Note) -> None:
        if note.id in self._kept:
            self._kept[note.id].deleted = False
        else:
            self._know(note.video)
            self._kept[note.id] = _Kept(_cleaned(note), "", "", next(self._numbers))

    async def put_transcript(self, video: Video, transcript: Transcript) -> None:
        self._know(_cleaned(video))
        self._transcripts[video.id] = _cleaned(transcript)

    async def get_transcript(self, video_id: str) -> Transcript | None:
        return self._transcripts.get(video_id)

    async def get_video(self, video_id: str) -> Video | None:
        return self._videos.get(video_id)

    async def aclose(self) -> None:
        self.closed = True

    def _present(self) -> list[_Kept]:
        return [kept for kept in self._kept.values() if not kept.deleted]

    def _know(self, video: Video) -> None:
        known = self._videos.get(video.id, video)
        facts = {f.name: getattr(video, f.name) for f in dataclasses.fields(video)}
        self._videos[video.id] = known.known(**facts)

    def _told(self, kept: _Kept) -> Note:
        return dataclasses.replace(kept.note, video=self._videos[kept.note.video.id])

    def _summary(self, kept: _Kept, snippet: str = "") -> NoteSummary:
        return dataclasses.replace(summary_of(self._told(kept)), snippet=snippet)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, tuple):
        return tuple(_cleaned(each) for each in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return dataclasses.replace(
            value, **{f.name: _cleaned(getattr(value, f.name)) for f in fields}
        )
    return value


def _words(text: str) -> list[str]:
    bare = unicodedata.normalize("NFKD", text.lower())
    bare = re.sub("[\u0300-\u036f]", "", bare)
    spaced = re.sub("([\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff])", r" \1 ", bare)
    return re.findall(r"[^\W_]+", spaced)
