"""Second start of the program: hands its arguments over, even to a window still starting."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from notegen_desktop.ui.window import single_instance as handover
from notegen_desktop.ui.window.single_instance import SingleInstance
from tests.ui.conftest import until


async def test_a_first_start_that_does_not_listen_yet_is_waited_for(
    qapp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []
    first, second = SingleInstance(tmp_path / "lock"), SingleInstance(tmp_path / "lock")
    assert (first.is_first, second.is_first) == (True, False)

    def meanwhile(_ms: int) -> None:
        first.listen(taken.append)

    monkeypatch.setattr(handover, "QThread", SimpleNamespace(msleep=meanwhile))
    assert second.send("a link")
    await until(lambda: taken == ["a link"])
    second.close()
    first.close()


async def test_a_first_start_that_never_listens_is_given_up(
    qapp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "CONNECT_MS", 100)
    first, second = SingleInstance(tmp_path / "lock"), SingleInstance(tmp_path / "lock")
    assert not second.send("a link")
    second.close()
    first.close()
