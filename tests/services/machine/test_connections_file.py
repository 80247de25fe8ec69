"""The file of connections: what is in it, what the environment adds, what is wrong with either."""

from __future__ import annotations

from pathlib import Path

import pytest

from notegen_desktop.domain.engines.connection import connection_of
from notegen_desktop.domain.errors import InvalidConnection, StoreError, UnknownEngine
from notegen_desktop.services.machine import connections_file
from notegen_desktop.services.machine.connections_file import ConnectionsFile, read_presets
from notegen_desktop.services.machine.files import read_small

PRESETS = read_presets()


def kept_in(path: Path, **environ: str) -> ConnectionsFile:
    return ConnectionsFile(path / "connections.toml", environ=environ)


def test_connections_are_kept_for_the_next_start_and_removed(tmp_path: Path) -> None:
    told: list[str] = []
    file = kept_in(tmp_path)
    file.subscribe(lambda: told.append("changed"))
    made = connection_of("mine", "http://127.0.0.1:9000", PRESETS, model="m", context=4096)
    file.keep(made)
    assert kept_in(tmp_path).all() == (made,)
    file.remove("mine")
    assert kept_in(tmp_path).all() == ()
    assert len(told) == 2
    with pytest.raises(UnknownEngine):
        file.remove("mine")


def test_a_built_in_engine_is_not_missed_among_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownEngine) as refused:
        kept_in(tmp_path).get("gemini")
    assert refused.value.message == "“gemini” cannot be the name of a connection."
    assert refused.value.hint == "notegen doctor"


def test_half_characters_that_are_typed_can_be_kept(tmp_path: Path) -> None:
    file = kept_in(tmp_path)
    file.keep(connection_of("mine", "http://127.0.0.1:9000/\ud800", PRESETS, model="m\ud800"))
    assert [made.model for made in kept_in(tmp_path).all()] == ["m\ufffd"]


def test_what_people_write_into_the_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "connections.toml"
    path.write_text('# my own\n[mine]\nurl = "http://127.0.0.1:9000/v1"  # at home\n')
    file = kept_in(tmp_path)
    file.keep(connection_of("ollama", "", PRESETS))
    assert "# at home" in path.read_text()
    assert [one.name for one in file.all()] == ["mine", "ollama"]


def test_what_another_program_changes_is_seen_and_what_nobody_changed_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def reading(path: Path, *, limit: int) -> str:
        read.append(path)
        return read_small(path, limit=limit)

    monkeypatch.setattr(connections_file, "read_small", reading)
    kept_in(tmp_path).keep(connection_of("ollama", "", PRESETS))
    file, other = kept_in(tmp_path), kept_in(tmp_path)
    read.clear()
    for _ in range(3):
        assert file.get("ollama").preset.name == "ollama"
    assert len(read) == 1
    other.keep(connection_of("groq", "", PRESETS))
    assert [one.name for one in file.all()] == ["ollama", "groq"]
    other.remove("ollama")
    assert [one.name for one in file.all()] == ["groq"]
    file.path.unlink()
    assert file.all() == ()


def test_an_entry_that_cannot_be_used_is_left_out_and_said(tmp_path: Path) -> None:
    path = tmp_path / "connections.toml"
    path.write_text('[mine]\nurl = "http://127.0.0.1:9000"\n[bad]\nurl = "nonsense"\n')
    file = kept_in(tmp_path)
    assert [one.name for one in file.all()] == ["mine"]
    (problem,) = file.problems()
    assert "“bad”" in problem
    path.write_text("no TOML [")
    assert file.all() == ()
    with pytest.raises(StoreError):
        file.keep(connection_of("ollama", "", PRESETS))
    assert path.read_text() == "no TOML ["


def test_the_environment_makes_a_connection_that_is_changed_there_alone(tmp_path: Path) -> None:
    file = kept_in(tmp_path, NOTEGEN_OPENAI_URL="http://127.0.0.1:9000/v1")
    (own,) = file.all()
    assert (own.name, own.preset.name) == ("openai", "custom")
    for change in (lambda: file.keep(own), lambda: file.remove("openai")):
        with pytest.raises(InvalidConnection, match="NOTEGEN_OPENAI_URL"):
            change()


def test_an_address_in_the_environment_that_is_none_is_said_and_harms_nothing(
    tmp_path: Path,
) -> None:
    file = kept_in(tmp_path, NOTEGEN_OPENAI_URL="http://me:secret@example.com")
    file.keep(connection_of("ollama", "", PRESETS))
    assert [one.name for one in file.all()] == ["ollama"]
    (problem,) = file.problems()
    assert "NOTEGEN_OPENAI_URL" in problem
    assert "secret" not in problem


def test_two_connections_never_share_the_variable_of_a_key(tmp_path: Path) -> None:
    file = kept_in(tmp_path)
    file.keep(connection_of("my-gw", "https://a.example", PRESETS))
    with pytest.raises(InvalidConnection, match="too like"):
        file.keep(connection_of("my.gw", "https://b.example", PRESETS))
