"""What waits together is written together, and what fails fails alone."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, event, text

from notegen_desktop.services.library.database.writer import WriterThread


class Held:
    """Keeps the writer busy until it is let go, so that others queue up behind."""

    def __init__(self, writer: WriterThread) -> None:
        self._free = threading.Event()
        self._running = threading.Event()
        self.future = writer.submit(self._work)
        assert self._running.wait(5)

    def _work(self, connection: Connection) -> None:
        self._running.set()
        assert self._free.wait(5)

    def release(self) -> None:
        self._free.set()


@pytest.fixture
def writer(tmp_path: Path) -> Any:
    made = create_engine(f"sqlite:///{tmp_path / 'w.db'}")
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE t (n INTEGER CHECK (n >= 0))"))
    thread = WriterThread(made)
    yield thread
    thread.close()
    made.dispose()


def put(number: int) -> Any:
    return lambda c: c.execute(text("INSERT INTO t VALUES (:n)"), {"n": number}).rowcount


def counted(writer: WriterThread) -> list[Connection]:
    """A list that grows with each commit."""
    commits: list[Connection] = []
    event.listen(writer._engine, "commit", commits.append)
    return commits


def count(connection: Connection) -> int:
    return int(connection.execute(text("SELECT count(*) FROM t")).scalar_one())


def test_what_waits_together_is_committed_together(writer: WriterThread) -> None:
    held = Held(writer)
    futures = [writer.submit(put(n)) for n in range(40)]
    commits = counted(writer)
    held.release()
    assert [future.result(5) for future in futures] == [1] * 40
    assert len(commits) == 2
    assert writer.submit(count).result(5) == 40


def test_a_commit_takes_no_more_than_a_group(writer: WriterThread) -> None:
    held = Held(writer)
    futures = [writer.submit(put(n)) for n in range(130)]
    commits = counted(writer)
    held.release()
    for future in futures:
        future.result(5)
    assert len(commits) == 4  # the one that held, 64, 64 and 2


def test_one_that_fails_does_not_spoil_the_others(writer: WriterThread) -> None:
    held = Held(writer)
    good = [writer.submit(put(n)) for n in range(5)]
    bad: Future[Any] = writer.submit(put(-1))
    more = [writer.submit(put(n)) for n in range(5)]
    held.release()
    assert [future.result(5) for future in good + more] == [1] * 10
    with pytest.raises(Exception, match="CHECK"):
        bad.result(5)
    assert writer.submit(count).result(5) == 10


def test_a_wish_withdrawn_in_time_is_not_carried_out(writer: WriterThread) -> None:
    held = Held(writer)
    withdrawn = writer.submit(put(1))
    assert withdrawn.cancel()
    held.release()
    assert writer.submit(count).result(5) == 0


def test_closing_finishes_what_was_given(writer: WriterThread) -> None:
    held = Held(writer)
    futures = [writer.submit(put(n)) for n in range(10)]
    closing = threading.Thread(target=writer.close)
    closing.start()
    held.release()
    closing.join(5)
    assert all(future.done() and not future.exception() for future in futures)
    with pytest.raises(RuntimeError):
        writer.submit(put(1))
