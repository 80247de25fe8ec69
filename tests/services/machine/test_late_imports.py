"""A heavy package is loaded without the garbage collector getting in the way."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from notegen_desktop.services.machine.threads import load


@pytest.fixture
def heavy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A module that remembers whether the collector was at work while it was loaded."""
    (tmp_path / "heavy_thing.py").write_text("import gc\ncollecting = gc.isenabled()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    before = gc.isenabled()
    gc.enable()
    yield "heavy_thing"
    sys.modules.pop("heavy_thing", None)
    gc.unfreeze()
    if not before:
        gc.disable()


def test_the_collector_pauses_and_then_leaves_what_was_loaded_alone(heavy: str) -> None:
    gc.unfreeze()
    module = load(heavy)

    assert not module.collecting
    assert gc.isenabled()
    assert gc.get_freeze_count() > 1000


def test_loading_again_freezes_nothing_more(heavy: str) -> None:
    load(heavy)
    gc.unfreeze()
    load(heavy)

    assert gc.get_freeze_count() == 0


def test_a_collector_that_was_off_stays_off(heavy: str) -> None:
    gc.disable()
    load(heavy)

    assert not gc.isenabled()


@pytest.mark.usefixtures("heavy")
def test_a_missing_package_raises_as_an_import_does_and_the_collector_goes_on() -> None:
    with pytest.raises(ImportError):
        load("there_is_no_such_package")
    assert gc.isenabled()
