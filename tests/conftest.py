"""What holds for every test: nothing untold in the log, no thread left alive, a home of its own."""

from __future__ import annotations

import contextlib
import gc
import importlib
import itertools
import logging
import os
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

os.environ["LANGUAGE"] = "en"  # whatever the machine speaks: tests read English

# The machines that run these are shared: how long an example takes says nothing.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
# The same code has the same answer every time: whether a change is good is no matter of luck.
settings.register_profile("usual", PATIENT, derandomize=True, database=None)
# `--hypothesis-profile=explore`: other examples each time, and 30 times as many.
settings.register_profile("explore", PATIENT, max_examples=3_000)
settings.load_profile("usual")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "allow_log(level): log records up to this level are part of what is tested"
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Five for two cores: tests of whole programs wait three times as long as they work."""
    return max(2, (os.cpu_count() or 1) * 5 // 2)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Importing all tests makes hardly any garbage: looking for it takes an eighth of the time."""
    gc.disable()
    try:
        import_share(session.config)
        return (yield)
    finally:
        gc.enable()


def import_share(config: pytest.Config) -> None:
    """Each worker compiles a share of the test modules, and finds the others' compiled.

    In a fresh checkout there is no bytecode, and workers that read the same files at the same time
    would each compile all of them, which takes as long again as everything else of collecting.
    """
    worker: dict[str, Any] = getattr(config, "workerinput", {})
    if not worker or config.args_source is not config.ArgsSource.TESTPATHS:
        return
    number = int(worker["workerid"].removeprefix("gw"))
    files = sorted(Path(__file__).parent.rglob("test_*.py"))
    for file in files[number :: worker["workercount"]]:
        name = ".".join(file.relative_to(config.rootpath).with_suffix("").parts)
        with contextlib.suppress(Exception, pytest.skip.Exception):  # collecting tells of it
            importlib.import_module(name)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each worker waits in some tests while the others compute, and the slow ones come first.

    The workers begin with equal shares of the list, and then take from each other's ends.
    """
    workers: int = getattr(config, "workerinput", {}).get("workercount", 1)
    waiting = [item for item in items if "e2e" in item.path.parts or is_slow(item)]
    waiting.sort(key=is_slow, reverse=True)
    waits = set(waiting)
    computing = [item for item in items if item not in waits]
    share = -(-len(computing) // workers)
    items[:] = [
        item
        for n in range(workers)
        for item in mixed(waiting[n::workers], computing[n * share : (n + 1) * share])
    ]


def is_slow(item: pytest.Item) -> bool:
    return item.get_closest_marker("slow") is not None


def mixed(waiting: list[pytest.Item], computing: list[pytest.Item]) -> list[pytest.Item]:
    """Both in turns, so that the first end before the second; what a module sets up stays."""
    modules = [list(group) for _, group in itertools.groupby(computing, lambda item: item.path)]
    each = -(-len(waiting) * 3 // max(1, len(modules) * 2))
    found: list[pytest.Item] = []
    for module in modules:
        found += [*waiting[:each], *module]
        waiting = waiting[each:]
    return found + waiting


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Parallel workers send their reports as UTF-8, which has no room for half characters."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections
    ]
    return report


OFFSCREEN_ONLY = "This plugin does not support propagateSizeHints()"
"""What Qt's platform without a screen says of every window; real ones do not."""


class _Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() != OFFSCREEN_ONLY:
            self.records.append(record)


@pytest.fixture(autouse=True, scope="session")
def garbage_waits() -> Iterator[None]:
    """Collecting in a worker thread would take dead widgets apart there, and end the process.

    What is there before the first test stays: no collection looks at it again.
    """
    gc.disable()
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
    gc.enable()


@pytest.fixture(autouse=True)
def garbage_is_collected_here() -> Iterator[None]:
    """What the interpreter would have collected during a test is collected after it."""
    yield
    for generation in (2, 1, 0):
        if gc.get_count()[generation] > gc.get_threshold()[generation]:
            gc.collect(generation)
            break


@pytest.fixture(autouse=True)
def nothing_untold(request: pytest.FixtureRequest) -> Iterator[None]:
    """A record at WARNING or above that no test asked for fails the test."""
    marker = request.node.get_closest_marker("allow_log")
    allowed = marker.args[0] if marker and marker.args else logging.ERROR if marker else 0
    handler = _Records()
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)
    untold = [f"{r.name}: {r.getMessage()}" for r in handler.records if r.levelno > allowed]
    assert not untold, f"unexpected log records: {untold}"


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    """Threads that a test started have ended with it. Pools of the interpreter's own may stay."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        if not thread.daemon and not thread.name.startswith(("asyncio_", "ThreadPoolExecutor")):
            thread.join(5)
            assert not thread.is_alive(), f"the thread {thread.name} is still alive"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A NOTEGEN_HOME of this test's own, and no key, server or database from outside."""
    for name in (
        "GEMINI_API_KEY",
        "GOOGLE_API_KEY",
        "NOTEGEN_GEMINI_URL",
        "NOTEGEN_YOUTUBE_URL",
        "NOTEGEN_DATABASE_URL",
        "NOTEGEN_PARALLEL",
    ):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "home"
    monkeypatch.setenv("NOTEGEN_HOME", str(folder))
    return folder
