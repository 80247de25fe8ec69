"""A program that dies: run as a process by the crash tests.

It forks a child for each round; the child works on the library and notes on a file what the
library acknowledged, and the parent kills it with SIGKILL at a random instant.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from pathlib import Path

from notegen_desktop.domain.jobs.job import NoteJob
from notegen_desktop.services.library import open_library
from notegen_desktop.services.ports import Limit, Order
from tests.fakes.notes import a_note, a_request

LIMIT = Limit("budget", "day", 1000.0)


async def work(path: Path, acknowledged: int, number: int) -> None:
    """Save notes without end, four at a time, each with a reservation and a run around it."""
    library = await asyncio.to_thread(lambda: open_library(path=path))

    async def produce(name: str) -> None:
        for count in range(1_000_000):
            key = f"{number}-{name}-{count}"
            request = a_request(model=key)
            run = await library.journal.begin_run(Order((), ()), [NoteJob(request)])
            await library.ledger.reserve(1, [LIMIT], lease_s=9999)
            await library.store.save(a_note(title=key), request)
            os.write(acknowledged, f"{key}\n".encode())
            if count % 2:
                await library.journal.finish_run(run)

    await asyncio.gather(*(produce(name) for name in "abcd"))


def main(path: Path, rounds: int, seed: int, longest_s: float) -> None:
    """Die so often on the database `path`; "{}" in it makes one for each round."""
    dice = random.Random(seed)
    acknowledged = os.open(path.with_suffix(".log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number in range(rounds):
        child = os.fork()
        if child == 0:
            asyncio.run(work(Path(str(path).format(number)), acknowledged, number))
            os._exit(1)
        if number % 4 and "{}" not in str(path):  # most die while they write, not while they open
            before = os.fstat(acknowledged).st_size
            while os.fstat(acknowledged).st_size == before:
                time.sleep(0.001)
        time.sleep(dice.uniform(0, longest_s))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.exit("the child ended by itself")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
