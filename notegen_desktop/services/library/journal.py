"""The journal of running jobs, from which a killed program resumes."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple, replace
from functools import partial
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    Insert,
    Update,
    bindparam,
    case,
    delete,
    func,
    insert,
    null,
    or_,
    select,
    update,
)

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.jobs.job import FINAL, NoteJob, NoteRequest, Status
from notegen_desktop.domain.links.link import Link, LinkKind
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Draft, PartDraft
from notegen_desktop.domain.text.cleaning import clean
from notegen_desktop.services.ports import (
    FilesWanted,
    KeptDraft,
    Order,
    SentRequest,
    UnfinishedRun,
)

from .database.engine import Database
from .database.presence import Presence
from .rows import (
    BATCH,
    cleaned,
    draft_text,
    dump,
    fields_of,
    from_row,
    in_batches,
    kept_draft_of,
    part_drafts_text,
    put_video,
    upsert,
    videos_of,
)
from .schema import claims, jobs, runs
from .schema import sent as sent_requests

LEASE_S = 120.0
FORGOTTEN_S = 86_400.0
"""Seconds after the end of its lease until a claim is deleted."""
KEPT_S = 30 * 86_400.0
"""Seconds for which a finished run is stored; its notes and costs are stored elsewhere, for
good."""


class Journal:
    """Implements `ports.Journal`. `clock` returns seconds since the epoch."""

    def __init__(
        self, database: Database, presence: Presence, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._presence = presence
        self._clock = clock

    async def begin_run(
        self, order: Order, jobs: Sequence[NoteJob] = (), *, videos: Sequence[Video] = ()
    ) -> str:
        run_id = uuid.uuid4().hex[:12]
        now = self._clock()

        many = max(len(videos), len(jobs)) > BATCH

        def put(connection: Connection, start: int = 0) -> None:
            put_video(connection, *videos[start : start + BATCH])
            _add_jobs(run_id, jobs[start : start + BATCH], start, connection)

        def begin(connection: Connection) -> None:
            connection.execute(
                insert(runs).values(
                    id=run_id,
                    wish=_order_text(order),
                    holder=self._presence.token,
                    lease_until=now + LEASE_S,
                    created_at=now,
                    # other programs must not find an incomplete run
                    finished_at=now if many else None,
                )
            )
            put(connection)

        # A long run is stored in batches, so that other writers get their turn.
        await self._database.write(begin)
        for start in range(BATCH, max(len(videos), len(jobs)), BATCH):
            await self._database.write(partial(put, start=start))
        if many:
            whole = update(runs).where(runs.c.id == run_id).values(finished_at=None)
            await self._database.execute(whole)
        return run_id

    async def video_seen(self, *videos: Video) -> None:
        def put(some: Sequence[Video], connection: Connection) -> None:
            put_video(connection, *some)

        for some in in_batches(videos):
            await self._database.write(partial(put, some))

    async def job_changed(self, run_id: str, *jobs: NoteJob) -> None:
        for few in in_batches(jobs):
            await self._database.write(partial(_put_jobs, run_id, few))

    async def save_draft(
        self,
        run_id: str,
        job: NoteJob,
        draft: Draft,
        *,
        part: int = 0,
        parts: int = 1,
        done: bool = False,
        basis: str = "",
    ) -> None:
        def work(connection: Connection) -> None:
            _add_missing(run_id, [job], connection)
            row = (
                jobs.c.run_id == run_id,
                jobs.c.job_id == job.id,
                jobs.c.attempt <= job.attempt,
            )
            stored = draft_text(draft, done=done, basis=basis)
            if parts > 1:
                kept = connection.execute(select(jobs.c.draft, jobs.c.parts).where(*row)).first()
                before = (
                    kept_draft_of(kept.draft, kept.parts) if kept and kept.draft else KeptDraft()
                )
                same = before.parts == parts and before.basis == basis
                others = [each for each in before.drafts if same and each.number != part]
                latest = PartDraft(part, draft, done)
                stored = part_drafts_text(draft, [*others, latest], basis=basis)
            connection.execute(
                update(jobs).where(*row).values(draft=stored, part=part, parts=parts)
            )

        await self._database.write(work)

    async def file_written(self, run_id: str, job_id: str, path: str) -> None:
        statement = (
            update(jobs)
            .where(jobs.c.run_id == run_id, jobs.c.job_id == job_id)
            .values(file=clean(path))
        )
        await self._database.execute(statement)

    async def kept(self, job_id: str) -> KeptDraft:
        latest = (
            select(jobs.c.draft, jobs.c.parts)
            .join_from(jobs, runs)
            .where(
                jobs.c.job_id == job_id,
                or_(jobs.c.draft.is_not(None), jobs.c.status == Status.COMPLETE.value),
            )
            .order_by(runs.c.created_at.desc())
            .limit(1)
        )
        row = await self._database.read(lambda c: c.execute(latest).first())
        return kept_draft_of(row.draft, row.parts) if row and row.draft else KeptDraft()

    async def finish_run(self, run_id: str) -> None:
        over = update(runs).where(runs.c.id == run_id).values(finished_at=self._clock())
        await self._database.execute(over)

    async def keep_alive(self, run_id: str, *, lease_s: float = LEASE_S) -> bool:
        statement = (
            update(runs)
            .where(runs.c.id == run_id, runs.c.holder == self._presence.token)
            .values(lease_until=self._clock() + lease_s)
        )
        mine = (
            update(claims)
            .where(
                claims.c.holder == self._presence.token,
                claims.c.lease_until < self._clock() + lease_s,
            )
            .values(lease_until=self._clock() + lease_s)
        )

        def work(connection: Connection) -> bool:
            connection.execute(mine)
            return bool(connection.execute(statement).rowcount)

        return await self._database.write(work)

    async def save_queue_order(
        self, run_ids: Sequence[str], video_ids: Sequence[str], *, paused: bool
    ) -> None:
        statement = update(runs).values(lineup=dump(list(video_ids)), paused=paused)

        def work(connection: Connection) -> None:
            for some in in_batches(run_ids):
                connection.execute(statement.where(runs.c.id.in_(some)))

        await self._database.write(work)

    async def unfinished(self) -> list[UnfinishedRun]:
        def work(connection: Connection) -> list[UnfinishedRun]:
            rows = connection.execute(
                select(runs)
                .where(runs.c.finished_at.is_(None))
                .order_by(runs.c.created_at.desc(), runs.c.id)
            ).all()
            left = [row for row in rows if self._is_left(row.holder, row.lease_until)]
            return [
                _unfinished_run(connection, row, here=self._presence.alive(row.holder) is not None)
                for row in left
            ]

        return await self._database.read(work)

    async def take_over(self, run_id: str, *, files: FilesWanted | None = None) -> bool:
        now = self._clock()

        def work(connection: Connection) -> bool:
            row = connection.execute(
                select(runs.c.holder, runs.c.lease_until, runs.c.wish).where(
                    runs.c.id == run_id, runs.c.finished_at.is_(None)
                )
            ).first()
            if row is None or not self._is_left(row.holder, row.lease_until):
                return False
            wish = _order_text(replace(_order_of(row.wish), files=files)) if files else row.wish
            taken = connection.execute(
                update(runs)
                .where(runs.c.id == run_id, runs.c.holder == row.holder)
                .values(holder=self._presence.token, lease_until=now + LEASE_S, wish=wish)
            )
            return bool(taken.rowcount)

        return await self._database.write(work)

    async def claim(self, name: str, *, lease_s: float = LEASE_S) -> str:
        held = select(claims).where(claims.c.name == name)
        claim_id, now = uuid.uuid4().hex, self._clock()
        values = {"id": claim_id, "holder": self._presence.token, "lease_until": now + lease_s}

        def is_free(row: Any) -> bool:
            if row is None or row.holder == self._presence.token:
                return True
            return self._is_left(row.holder, row.lease_until)

        def work(connection: Connection) -> str:
            row = connection.execute(held).first()
            if not is_free(row):
                return ""
            take: Insert | Update = upsert(connection, claims).on_conflict_do_nothing()
            if row is not None:
                take = update(claims).where(claims.c.name == name, claims.c.id == row.id)
            taken = take.values(name=name, **values).returning(claims.c.id)
            return connection.execute(taken).scalar() or ""

        # Callers poll while they wait for a note: reading first saves the write transaction.
        if not is_free(await self._database.read(lambda c: c.execute(held).first())):
            return ""
        return await self._database.write(work)

    async def release(self, claim_id: str) -> None:
        statement = delete(claims).where(claims.c.id == claim_id)
        await self._database.execute(statement)

    async def put_sent(self, *sent: SentRequest) -> None:
        rows = [asdict(cleaned(each)) for each in sent]

        def work(connection: Connection) -> None:
            put = upsert(connection, sent_requests)
            changes = {name: put.excluded[name] for name in rows[0]}
            for some in in_batches(rows):
                connection.execute(
                    put.on_conflict_do_update(index_elements=["key"], set_=changes), some
                )

        if rows:
            await self._database.write(work)

    async def sent(self, *, job_id: str = "", batch: str = "") -> list[SentRequest]:
        of = sent_requests.c.batch == batch if batch else sent_requests.c.job_id == job_id
        query = select(sent_requests).where(of).order_by(sent_requests.c.key)
        return await self._database.read(
            lambda c: [from_row(SentRequest, row) for row in c.execute(query).mappings()]
        )

    async def drop_sent(self, *keys: str) -> None:
        def work(connection: Connection) -> None:
            for some in in_batches(keys):
                connection.execute(delete(sent_requests).where(sent_requests.c.key.in_(some)))

        await self._database.write(work)

    def tidying(self) -> Callable[[Connection], None]:
        """Return the work that deletes old finished runs, old batch requests, and claims of dead
        programs."""
        now = self._clock()

        def work(connection: Connection) -> None:
            connection.execute(delete(runs).where(runs.c.finished_at < now - KEPT_S))
            connection.execute(delete(sent_requests).where(sent_requests.c.at < now - KEPT_S))
            connection.execute(delete(claims).where(claims.c.lease_until < now - FORGOTTEN_S))

        return work

    def _is_left(self, holder: str, lease_until: float) -> bool:
        alive = self._presence.alive(holder)
        return lease_until <= self._clock() if alive is None else not alive


def _add_jobs(run_id: str, added: Sequence[NoteJob], first: int, connection: Connection) -> None:
    """Insert rows of new jobs; `first` is the position in the run of the first one."""
    rows = [
        {
            **{name: clean(str(value)) for name, value in fields_of(job.request).items()},
            "run_id": run_id,
            "job_id": job.id,
            "position": position,
            "status": job.status.value,
            "attempt": job.attempt,
        }
        for position, job in enumerate(added, start=first)
    ]
    if rows:
        connection.execute(upsert(connection, jobs).on_conflict_do_nothing(), rows)


def _add_missing(run_id: str, wanted: Sequence[NoteJob], connection: Connection) -> None:
    mine = jobs.c.run_id == run_id
    ids = [job.id for job in wanted]
    known = set(
        connection.execute(select(jobs.c.job_id).where(mine, jobs.c.job_id.in_(ids))).scalars()
    )
    new = [job for job in wanted if job.id not in known]
    if new:
        count = select(func.count()).select_from(jobs).where(mine)
        _add_jobs(run_id, new, connection.execute(count).scalar_one(), connection)


def _put_jobs(run_id: str, changed: Sequence[NoteJob], connection: Connection) -> None:
    statement = (
        update(jobs)
        .where(
            jobs.c.run_id == run_id,
            jobs.c.job_id == bindparam("job"),
            jobs.c.attempt <= bindparam("tried"),
        )
        .values(
            status=bindparam("to"),
            attempt=bindparam("tried"),
            failure=bindparam("why"),
            started_at=bindparam("began"),
            finished_at=bindparam("ended"),
            # If the note is stored, no draft is needed.
            draft=case((bindparam("stored", type_=Boolean), null()), else_=jobs.c.draft),
        )
    )
    rows = [
        {
            "job": job.id,
            "tried": job.attempt,
            "to": job.status.value,
            "why": dump(job.failure.to_json()) if job.failure else None,
            "began": job.started_at,
            "ended": job.finished_at,
            "stored": job.status is Status.COMPLETE,
        }
        for job in changed
    ]
    if connection.execute(statement, rows).rowcount < len(rows):
        _add_missing(run_id, changed, connection)
        connection.execute(statement, rows)


def _unfinished_run(connection: Connection, row: Any, *, here: bool) -> UnfinishedRun:
    query = select(jobs).where(jobs.c.run_id == row.id).order_by(jobs.c.position)
    stored = connection.execute(query).mappings().all()
    later = runs.c.created_at > row.created_at, jobs.c.status != Status.ERROR.value
    retried = set(connection.scalars(select(jobs.c.job_id).join(runs).where(*later)))
    return UnfinishedRun(
        id=row.id,
        order=_order_of(row.wish),
        videos=videos_of(connection, [job["video_id"] for job in stored]),
        requests=tuple(
            from_row(NoteRequest, job) for job in stored if Status(job["status"]) not in FINAL
        ),
        unfiled=tuple(
            from_row(NoteRequest, job)
            for job in stored
            if job["status"] == Status.COMPLETE.value and job["file"] is None
        ),
        failed=tuple(
            (from_row(NoteRequest, job), from_row(Failure, json.loads(job["failure"])))
            for job in stored
            if job["status"] == Status.ERROR.value
            and job["failure"]
            and job["job_id"] not in retried
        ),
        queue_order=tuple(json.loads(row.lineup)),
        paused=row.paused and here,
    )


def _order_text(order: Order) -> str:
    return dump(asdict(order) | {"links": [astuple(link) for link in order.links]})


def _order_of(stored: str) -> Order:
    data = json.loads(stored)
    return from_row(Order, data, links=[_link_of(link) for link in data["links"]])


def _link_of(stored: Sequence[Any]) -> Link:
    """Return a stored link; earlier versions stored no members."""
    kind, provider, id, url, start_s, *members = stored
    found = tuple(_link_of(member) for member in (members[0] if members else ()))
    return Link(LinkKind(kind), provider, id, url, start_s, found)
