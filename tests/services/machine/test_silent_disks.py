"""A disk that does not answer, as a network share that is gone, holds nobody up."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from notegen_desktop.domain.errors import FileUnreadable
from notegen_desktop.domain.links.link import file_link
from notegen_desktop.services.machine import local_files
from notegen_desktop.services.machine.local_files import links_in_path, links_in_text
from notegen_desktop.services.sources.files import FileSource
from notegen_desktop.ui.kit.media.playable import file_problem


@pytest.fixture
def unanswered() -> list[str]:
    """The paths that the operating system was asked about on a share that does not answer."""
    return []


@pytest.fixture
def share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unanswered: list[str]) -> Iterator[Path]:
    """A folder below which every call of the operating system hangs until the test is over."""
    folder, answers = tmp_path / "share", threading.Event()
    folder.mkdir()

    def hanging(call: Any) -> Any:
        def asked(path: Any, *rest: Any, **options: Any) -> Any:
            if isinstance(path, str | os.PathLike) and str(path).startswith(f"{folder}{os.sep}"):
                unanswered.append(str(path))
                answers.wait()
            return call(path, *rest, **options)

        return asked

    for name in ("stat", "open", "listdir"):
        monkeypatch.setattr(os, name, hanging(getattr(os, name)))
    monkeypatch.setattr(local_files, "_silent", {})
    yield folder
    answers.set()


def test_files_on_it_are_taken_without_being_looked_into(
    share: Path, tmp_path: Path, unanswered: list[str]
) -> None:
    names = [share / f"film {number}.mp4" for number in range(20)]
    found = links_in_text("\n".join(path.as_uri() for path in names))
    assert len(unanswered) == 1, "the first of a folder is waited for, the others are not asked"
    assert [link.url for link in found.links] == [str(path) for path in names]
    (tmp_path / "here.vtt").write_text("WEBVTT\n")
    assert len(links_in_path(tmp_path / "here.vtt").links) == 1


async def test_reading_one_ends_with_words_and_others_are_read(share: Path, tmp_path: Path) -> None:
    source = FileSource(answer_s=0.2)
    with pytest.raises(FileUnreadable, match="does not answer"):
        await source.read(file_link(str(share / "talk.vtt")), languages=())
    here = tmp_path / "here.vtt"
    here.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nHello there.\n")
    assert (await source.read(file_link(str(here)), languages=())).transcript is not None
    await source._threads.aclose(grace_s=0.0)


def test_a_film_on_it_is_not_played(share: Path) -> None:
    trouble = file_problem(str(share / "film.mp4"))
    assert trouble is not None
    assert "does not answer" in str(trouble)
