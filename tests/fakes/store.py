"""`NoteStore` in memory, tested by the same contract suite as the database."""

from __future__ import annotations

import dataclasses
import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from notegen_desktop.domain.errors import NoteMissing, StoreError
from notegen_desktop.domain.jobs.job import NoteRequest
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.notes.rewriting import RewriteScope, as_asked
from notegen_desktop.domain.notes.tags import tag_key, tag_name, unique_tags
from notegen_desktop.domain.notes.versions import Decision, NoteVersion, Origin, Revision
from notegen_desktop.domain.text.cleaning import clean
from notegen_desktop.domain.text.transcript import Transcript
from notegen_desktop.services.ports import (
    ALL_NOTES,
    Facets,
    NoteFilter,
    NoteStamp,
    NoteSummary,
    PassageFound,
    VideoNotes,
    VideoOrder,
)


@dataclasses.dataclass(slots=True)
class _Kept:
    note: Note
    request_id: str
    fingerprint: str
    number: int
    deleted: bool = False
    unread: bool = False


class MemoryVersions:
    """Versions of notes by note id; consecutive edits make one version."""

    def __init__(self) -> None:
        self._kept: dict[str, list[tuple[NoteVersion, Note]]] = {}

    def of(self, note: Note) -> list[tuple[NoteVersion, Note]]:
        facts = {"engine": note.engine, "model": note.model, "wish": note.wish}
        only = NoteVersion(1, Origin.WRITTEN, 0.0, is_current=True, **facts)
        return self._kept.get(note.id, [(only, note)])

    def begin(self, before: Note, after: Note, revision: Revision) -> None:
        found = self.of(before)
        last = next(version for version, _ in found if version.is_current)
        is_edit = revision.origin is Origin.EDITED and not revision.alone
        if is_edit and (last.origin, last.about) == (Origin.EDITED, revision.about):
            return
        if before.sections != after.sections or before.title != after.title:
            self.add(before, after, revision)
            self.use(before, len(found) + 1)

    def add(self, current: Note, note: Note, revision: Revision) -> int:
        found = self.of(current)
        job_id = revision.job_id
        known = [each.number for each, _ in found if job_id and each.job_id == job_id]
        if known:
            return known[0]
        by = revision if job_id else note
        facts = {"engine": by.engine, "model": by.model, "wish": by.wish}
        decision = Decision.OPEN if job_id else Decision.NONE
        facts |= {"job_id": job_id, "again": revision.again, "decision": decision}
        fresh = NoteVersion(len(found) + 1, revision.origin, 0.0, revision.about, **facts)
        self._kept[current.id] = [*found, (fresh, note)]
        return fresh.number

    def decline(self, current: Note, number: int) -> None:
        self._kept[current.id] = [
            (
                dataclasses.replace(version, decision=Decision.DECLINED)
                if version.number == number and version.decision is Decision.OPEN
                else version,
                note,
            )
            for version, note in self.of(current)
        ]

    def use(self, current: Note, number: int) -> Note:
        found = self.of(current)
        if not 1 <= number <= len(found):
            raise NoteMissing
        self._kept[current.id] = [
            (
                dataclasses.replace(
                    version,
                    is_current=version.number == number,
                    decision=Decision.NONE if version.number == number else version.decision,
                ),
                current if version.is_current else note,
            )
            for version, note in found
        ]
        if found[number - 1][0].is_current:
            return current
        chosen = found[number - 1][1]
        there = [picture for section in current.sections for picture in section.pictures]
        sections = tuple(
            dataclasses.replace(s, pictures=tuple(p for p in s.pictures if p in there))
            for s in chosen.sections
        )
        chosen = dataclasses.replace(chosen, sections=sections, usage=current.usage)
        return dataclasses.replace(chosen, tags=current.tags, remarks=current.remarks)


class MemoryStore:
    """Implements `ports.NoteStore`."""

    def __init__(self) -> None:
        self.kept_versions = MemoryVersions()
        self._kept: dict[str, _Kept] = {}
        self._videos: dict[str, Video] = {}
        self._transcripts: dict[str, Transcript] = {}
        self._numbers = itertools.count(1)
        self.closed = False
        self.found_share = 1.0

    @classmethod
    def of(
        cls, notes: Iterable[Note], transcripts: dict[str, Transcript], *, unread: set[str]
    ) -> MemoryStore:
        """Return a store with these notes and transcripts."""
        store = cls()
        for note in reversed(list(notes)):  # of equal times, the first is the newest
            number = next(store._numbers)
            store._know(note.video)
            store._kept[note.id] = _Kept(note, "", "", number, unread=note.id in unread)
        for video_id, transcript in transcripts.items():
            store._know(Video(video_id, ""))
            store._transcripts[video_id] = transcript
        return store

    async def courses(self) -> dict[str, tuple[str, ...]]:
        notes = [kept.note for kept in self._kept.values() if not kept.deleted]
        return {n.video.id: tuple(video.id for video in n.videos) for n in notes if n.videos}

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
        tags = before.note.tags if before else ()
        note = dataclasses.replace(note, id=note_id, tags=tags)
        if before is not None:
            remarks = note.remarks or before.note.remarks
            note = dataclasses.replace(note, remarks=remarks)
            self.kept_versions.begin(before.note, note, Revision(Origin.AGAIN))
        self._know(note.video)
        request_id = request.job_id if has_place else ""
        self._kept[note.id] = _Kept(note, request_id, fingerprint, number, unread=True)
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

    async def history(self, note_id: str) -> list[NoteVersion]:
        return [version for version, _ in self.kept_versions.of(await self.get(note_id))]

    async def version(self, note_id: str, number: int) -> Note:
        note = await self.get(note_id)
        found = {
            version.number: as_asked(note, each, RewriteScope.of_text(version.again))
            if version.again and version.decision is Decision.OPEN
            else each
            for version, each in self.kept_versions.of(note)
        }
        if number not in found:
            raise NoteMissing
        is_current = number == next(v.number for v in await self.history(note_id) if v.is_current)
        return note if is_current else found[number]

    async def add_version(self, note: Note, revision: Revision) -> int:
        number = self.kept_versions.add(await self.get(note.id), _cleaned(note), revision)
        kept = self._kept[note.id]
        kept.note = dataclasses.replace(kept.note, usage=note.usage)
        return number

    async def decline_version(self, note_id: str, number: int) -> None:
        self.kept_versions.decline(await self.get(note_id), number)

    async def use_version(self, note_id: str, number: int) -> Note:
        asked = await self.version(note_id, number)
        by_job = any(each.job_id for each in await self.history(note_id) if each.number == number)
        chosen = self.kept_versions.use(await self.get(note_id), number)
        chosen = dataclasses.replace(chosen, sections=asked.sections) if by_job else chosen
        self._kept[note_id].note = chosen
        return chosen

    async def revise(self, note: Note, revision: Revision | None = None) -> None:
        kept = self._kept.get(note.id)
        if kept is None or kept.deleted:
            raise NoteMissing
        if revision is not None:
            self.kept_versions.begin(kept.note, note, revision)
        kept.note = dataclasses.replace(_cleaned(note), tags=kept.note.tags)

    async def recent(
        self, *, limit: int = 200, offset: int = 0, where: NoteFilter = ALL_NOTES
    ) -> list[NoteSummary]:
        rows = [self._summary(kept) for kept in self._newest() if _fits(kept, where)]
        return rows[offset : offset + limit]

    async def stamps(self) -> list[NoteStamp]:
        rows = sorted(self._present(), key=lambda k: (k.note.created, k.number))
        return [NoteStamp(k.note.id, k.note.video.id, repr(self._told(k))) for k in rows]

    async def videos(
        self,
        *,
        limit: int = 100,
        offset: int = 0,
        where: NoteFilter = ALL_NOTES,
        order: VideoOrder = VideoOrder.NEWEST,
    ) -> list[VideoNotes]:
        rows: dict[str, list[NoteSummary]] = {}
        for row in await self.recent(limit=len(self._kept), where=where):
            rows.setdefault(row.video_id, []).append(row)
        found = [VideoNotes(self._videos[each], tuple(of)) for each, of in rows.items()]
        orders: dict[VideoOrder, Any] = {
            VideoOrder.TITLE: lambda it: it.video.title.lower(),
            VideoOrder.CHANNEL: lambda it: it.video.channel.lower(),
            VideoOrder.LENGTH: lambda it: -(it.video.duration_s or 0),
        }
        return sorted(found, key=orders.get(order, lambda _: 0))[offset : offset + limit]

    async def facets(self) -> Facets:
        notes = [kept.note for kept in self._present()]

        def counted(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
            found = Counter(name for name in names if name)
            return tuple(sorted(found.items(), key=lambda each: (-each[1], each[0])))

        return Facets(
            templates=counted(note.template for note in notes),
            engines=counted(note.engine for note in notes),
            languages=counted(note.language for note in notes),
            channels=counted(self._told(kept).video.channel for kept in self._present()),
            tags=counted(tag for note in notes for tag in note.tags),
        )

    async def thumbnails(self, video_ids: Sequence[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for kept in self._present():
            for section in kept.note.sections:
                for picture in section.pictures:
                    if kept.note.video.id in video_ids:
                        found.setdefault(kept.note.video.id, picture.data)
        return found

    async def findable(self) -> float:
        return self.found_share

    async def deleted(self, *, limit: int = 200) -> list[NoteSummary]:
        return [self._summary(kept) for kept in self._kept.values() if kept.deleted][::-1][:limit]

    async def tag(
        self, note_ids: Sequence[str], *, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> None:
        added, gone = unique_tags(map(tag_name, add)), {tag_key(tag_name(each)) for each in remove}
        for note_id in note_ids:
            await self.get(note_id)
        for note_id in note_ids:
            kept = self._kept[note_id]
            tags = unique_tags((*kept.note.tags, *added))
            left = tuple(each for each in tags if tag_key(each) not in gone)
            kept.note = dataclasses.replace(kept.note, tags=left)

    async def mark_read(self, *note_ids: str) -> None:
        for note_id in note_ids:
            self._kept[note_id].unread = False

    async def add(self, notes: Sequence[Note]) -> list[str]:
        return [self._taken_in(_cleaned(note)) for note in notes]

    def _taken_in(self, note: Note) -> str:
        same = ("template", "created", "engine", "model", "language")
        for kept in self._present():
            if (
                kept.note.video.id == note.video.id
                and all(getattr(kept.note, name) == getattr(note, name) for name in same)
                and (kept.note.title == note.title or kept.note.sections == note.sections)
            ):
                return ""
        number = next(self._numbers)
        note = dataclasses.replace(note, id=f"note-{number}")
        self._know(note.video)
        self._kept[note.id] = _Kept(note, "", "", number)
        return note.id

    async def search_transcripts(
        self, text: str, *, limit: int = 50, where: NoteFilter = ALL_NOTES
    ) -> list[PassageFound]:
        words = [f" {' '.join(_words(chunk))}" for chunk in clean(text).split() if _words(chunk)]
        meant = {k.note.video.id for k in self._present() if _fits(k, where)}
        found = []
        for video_id, transcript in self._transcripts.items():
            said = " ".join(segment.text for segment in transcript.segments)
            if not words or not all(word in f" {' '.join(_words(said))} " for word in words):
                continue
            if where != ALL_NOTES and video_id not in meant:
                continue
            video = self._videos[video_id]
            start = next(
                segment.start_s
                for segment in transcript.segments
                if words[0] in f" {' '.join(_words(segment.text))} "
            )
            facts = (video_id, video.title, video.channel)
            found.append(PassageFound(*facts, start, said[:160]))
        return found[:limit]

    async def search(
        self, text: str, *, limit: int = 200, where: NoteFilter = ALL_NOTES
    ) -> list[NoteSummary]:
        words = [f" {' '.join(_words(chunk))}" for chunk in clean(text).split() if _words(chunk)]
        found = []
        for kept in self._present():
            if not _fits(kept, where):
                continue
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

    async def delete(self, *note_ids: str) -> None:
        for note_id in note_ids:
            await self.get(note_id)
        for note_id in note_ids:
            self._kept[note_id].deleted = True

    async def undelete(self, *note_ids: str) -> None:
        if not all(each in self._kept and self._kept[each].deleted for each in note_ids):
            raise NoteMissing
        for note_id in note_ids:
            self._kept[note_id].deleted = False

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

    def _newest(self) -> list[_Kept]:
        return sorted(self._present(), key=lambda k: (k.note.created, k.number), reverse=True)

    def _know(self, video: Video) -> None:
        known = self._videos.get(video.id, video)
        facts = {f.name: getattr(video, f.name) for f in dataclasses.fields(video)}
        self._videos[video.id] = known.known(**facts)

    def _told(self, kept: _Kept) -> Note:
        return dataclasses.replace(kept.note, video=self._videos[kept.note.video.id])

    def _summary(self, kept: _Kept, snippet: str = "") -> NoteSummary:
        row = summary_of(self._told(kept))
        marks = ((0, min(8, len(snippet))),) if snippet else ()
        return dataclasses.replace(row, snippet=snippet, marks=marks, unread=kept.unread)


def _fits(kept: _Kept, where: NoteFilter) -> bool:
    note = kept.note
    keys = set(map(tag_key, note.tags))
    return (
        note.template in (where.templates or (note.template,))
        and note.engine in (where.engines or (note.engine,))
        and note.id in (where.notes or (note.id,))
        and note.video.id in (where.videos or (note.video.id,))
        and (not where.languages or note.language.partition("-")[0] in where.languages)
        and (not where.channels or any(c in note.video.channel for c in where.channels))
        and keys >= set(map(tag_key, where.tags))
        and note.created >= where.since
        and (not where.doubtful or any(c.is_doubtful for s in note.sections for c in s.cites))
        and (not where.unread or kept.unread)
        and (not where.unfinished or bool(note.missing))
    )


def summary_of(note: Note) -> NoteSummary:
    return NoteSummary(
        id=note.id,
        title=note.title,
        template=note.template,
        video_id=note.video.id,
        video_title=note.video.title,
        channel=note.video.channel,
        engine=note.engine,
        model=note.model,
        language=note.language,
        created=note.created,
        cost_usd=note.usage.cost_usd,
        tags=note.tags,
        doubtful=sum(cite.is_doubtful for section in note.sections for cite in section.cites),
        lacks=note.lacks,
        duration_s=note.video.duration_s,
        published=note.video.published,
    )


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, tuple):
        return tuple(_cleaned(each) for each in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        old = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        new = {name: _cleaned(each) for name, each in old.items()}
        return value if new == old else dataclasses.replace(value, **new)
    return value


def _words(text: str) -> list[str]:
    bare = unicodedata.normalize("NFKD", text.lower())
    bare = re.sub("[\u0300-\u036f]", "", bare)
    spaced = re.sub("([\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff])", r" \1 ", bare)
    return re.findall(r"[^\W_]+", spaced)
