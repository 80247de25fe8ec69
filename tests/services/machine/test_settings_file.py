"""The settings file: what people wrote stays, what cannot be understood is kept and named."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notegen_desktop.domain.errors import DiskFull, FileBusy, FolderNotWritable, InvalidSetting
from notegen_desktop.domain.links.addresses import split_password
from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.domain.settings.table import SETTINGS
from notegen_desktop.services.machine import files, settings_file
from notegen_desktop.services.machine.settings_file import LIMIT, SettingsFile
from tests.domain.settings.test_settings import values_of
from tests.properties import examples, texts

EDITED = """\
# My settings
[general]
language = "de"   # for the family
newer = "from a later version"

[processing]
max_concurrent = 8

[plugin]
key = 1
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "settings.toml"


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def opened(path: Path, **environ: str) -> SettingsFile:
    return SettingsFile(path, environ=environ)


def aside(path: Path) -> list[str]:
    return sorted(name for name in os.listdir(path.parent) if "broken" in name)


def test_without_a_file_everything_has_its_default_and_nothing_is_written(path: Path) -> None:
    store = opened(path)
    assert store.current.file_values == {}
    assert store.problems() == ()
    assert not path.parent.exists()


_changes = st.dictionaries(st.sampled_from(SETTINGS), st.none(), max_size=12).flatmap(
    lambda chosen: st.fixed_dictionaries({s.key: values_of(s) for s in chosen})
)


@examples(40)
@given(_changes, _changes)
def test_what_was_set_is_there_at_the_next_start(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "settings.toml"
        opened(path).change(first)
        opened(path).change(second)
        again = opened(path)
        assert again.current.file_values == {**first, **second}
        assert again.problems() == ()


def test_comments_order_and_unknown_keys_survive_a_change(path: Path) -> None:
    store = opened(written(path, EDITED))
    store.change({"general.language": "fr", "processing.stagger_ms": 0})
    assert path.read_text("utf-8") == EDITED.replace('"de"', '"fr"').replace(
        "max_concurrent = 8\n", "max_concurrent = 8\nstagger_ms = 0\n"
    )
    assert aside(path) == []


def test_unknown_keys_and_unfit_values_are_named_and_the_rest_is_used(path: Path) -> None:
    store = opened(written(path, EDITED + "\n[budget]\nrun_usd = -1\nday_usd = 2\n"))
    assert store.current.text("general.language") == "de"
    assert store.current.integer("processing.max_concurrent") == 8
    assert store.current.number("budget.run_usd") == 0
    assert store.current.number("budget.day_usd") == 2
    assert [p for p in store.problems() if "“general.newer”" in p]
    assert [p for p in store.problems() if "“plugin”" in p]
    assert [p for p in store.problems() if "budget.run_usd" in p and "The default is used" in p]
    assert len(store.problems()) == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[general]\nlanguage = de\n", "settings.toml, line 2: Invalid value"),
        (b"[general]\nlanguage = '\xff'\n", "settings.toml, line 2: not UTF-8 text"),
        (b"#" * (LIMIT + 1), "is larger than"),
        (b"a = " + b"[" * 5000, "settings.toml"),
    ],
)
def test_a_broken_file_is_named_and_kept_before_a_new_one_is_written(
    content: bytes, words: str, path: Path
) -> None:
    written(path, "").write_bytes(content)
    store = opened(path)
    assert words in store.problems()[0]
    assert "default settings are used" in store.problems()[0]
    assert path.read_bytes() == content
    store.change({"general.language": "it"})
    assert aside(path) == ["settings.broken-1.toml"]
    assert (path.parent / "settings.broken-1.toml").read_bytes() == content
    assert opened(path).current.file_values == {"general.language": "it"}
    assert store.problems() == ()


def test_a_second_broken_file_does_not_replace_the_first(path: Path) -> None:
    for text in ("one", "two"):
        written(path, text)
        opened(path).change({"general.language": "it"})
    assert [(path.parent / name).read_text() for name in aside(path)] == ["one", "two"]


def test_a_group_that_is_no_table_is_kept_aside_and_the_rest_goes_on(path: Path) -> None:
    store = opened(written(path, 'general = 3\n[appearance]\ntheme = "dark"\n'))
    assert "general" in store.problems()[0]
    store.change({"general.language": "it"})
    assert store.current.file_values == {"general.language": "it", "appearance.theme": "dark"}
    assert (path.parent / "settings.broken-1.toml").read_text().startswith("general = 3")


@pytest.mark.parametrize(
    "text",
    [
        'general.language = "de"\n',
        'general = { language = "de" }\n',
        '[general]\nlanguage = "de"\n[budget]\nrun_usd = 1\n',
        '\ufeff[general]\r\nlanguage = "de"\r\n',
    ],
)
def test_every_way_to_write_a_table_can_be_changed(text: str, path: Path) -> None:
    written(path, "").write_bytes(text.encode("utf-8"))
    store = opened(path)
    store.change({"general.language": "fr", "general.level": "concise"})
    again = opened(path).current
    assert (again.text("general.language"), again.text("general.level")) == ("fr", "concise")


def test_nothing_changes_unless_everything_fits(path: Path) -> None:
    store = opened(path)
    with pytest.raises(InvalidSetting):
        store.change({"general.language": "fr", "processing.max_concurrent": 99})
    with pytest.raises(InvalidSetting):
        store.change({"general.langage": None})
    assert store.current.text("general.language") == "auto"
    assert not path.exists()


def test_none_puts_a_setting_back_to_its_default(path: Path) -> None:
    store = opened(written(path, EDITED))
    store.change({"general.language": None, "budget.run_usd": None})
    assert store.current.origin("general.language") == "default"
    assert "# My settings" in path.read_text()


def test_what_was_edited_meanwhile_is_not_undone(path: Path) -> None:
    store = opened(written(path, EDITED))
    other = opened(path)
    other.change({"appearance.theme": "dark"})
    store.change({"general.language": "fr"})
    assert store.current.text("appearance.theme") == "dark"
    other.reload()
    assert other.current.text("general.language") == "fr"


def test_a_full_disk_or_a_closed_folder_leaves_everything_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(written(path, EDITED))

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(files.os, "fsync", full)
        with pytest.raises(DiskFull):
            store.change({"general.language": "fr"})
    assert store.current.text("general.language") == "de"
    assert path.read_text() == EDITED
    (path.parent / "file").write_text("")
    with pytest.raises(FolderNotWritable):
        opened(path.parent / "file" / "settings.toml").change({"general.language": "fr"})


@pytest.mark.parametrize("value", ["0", "false", " No "])
def test_the_environment_can_force_one_at_a_time(value: str, path: Path) -> None:
    store = opened(written(path, "[processing]\nparallel = true\n"), NOTEGEN_PARALLEL=value)
    assert store.current.flag("processing.parallel") is False
    assert store.current.origin("processing.parallel") == "environment"
    store.change({"processing.parallel": True})
    assert store.current.flag("processing.parallel") is False


@pytest.mark.parametrize("value", ["1", "true", "", "yes"])
def test_the_environment_cannot_force_the_opposite(value: str, path: Path) -> None:
    store = opened(written(path, "[processing]\nparallel = false\n"), NOTEGEN_PARALLEL=value)
    assert store.current.flag("processing.parallel") is False
    assert store.current.origin("processing.parallel") == "file"


def test_the_command_line_wins_and_is_never_written(path: Path) -> None:
    store = opened(written(path, EDITED))
    store.override({"processing.max_concurrent": "2"})
    store.change({"general.language": "fr"})
    assert store.current.integer("processing.max_concurrent") == 2
    assert opened(path).current.integer("processing.max_concurrent") == 8
    with pytest.raises(InvalidSetting):
        store.override({"processing.max_concurrent": "many"})


@pytest.mark.allow_log
def test_listeners_hear_of_changes_until_they_leave(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = opened(path)
    heard: list[str] = []

    def broken(_settings: Settings) -> None:
        raise RuntimeError("a widget that is gone")

    store.subscribe(broken)
    leave = store.subscribe(lambda settings: heard.append(settings.text("general.language")))
    store.change({"general.language": "fr"})
    path.write_text('[general]\nlanguage = "it"\n')
    store.reload()
    store.reload()
    leave()
    leave()
    store.change({"general.language": "pt"})
    assert heard == ["fr", "it"]
    assert caplog.text.count("a listener failed on") == 3


def test_reading_settings_does_not_load_the_library_that_writes_them(path: Path) -> None:
    import subprocess

    code = (
        "import sys; from pathlib import Path; "
        "from notegen_desktop.services.machine.settings_file import SettingsFile; "
        f"SettingsFile(Path({str(written(path, EDITED))!r})); print('tomlkit' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"


@given(texts("[]{}=\"'#\n. abg0é-\r") | st.binary().map(repr))
def test_no_file_keeps_the_program_from_starting_or_loses_its_content(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "settings.toml"
        path.write_bytes(data)
        store = opened(path)
        store.change({"general.level": "concise"})
        assert opened(path).current.text("general.level") == "concise"
        kept = [p.read_bytes() for p in Path(folder).glob("settings.broken-*.toml")]
        try:
            before = tomllib.loads(data.decode())
        except ValueError:
            assert kept == [data]
        else:
            now = tomllib.loads(path.read_text("utf-8"))
            assert kept or all(now[key] == value for key, value in before.items())


# --- a proxy's password --------------------------------------------------------------------------

PROXY, BARE = "http://me:pass-word@proxy.test:8080", "http://me@proxy.test:8080"


def test_a_proxys_password_is_never_written(tmp_path: Path) -> None:
    store = SettingsFile(tmp_path / "settings.toml", environ={})
    assert store.change({"sources.proxy": PROXY}).text("sources.proxy") == BARE
    assert "pass-word" not in store.path.read_text()


@pytest.mark.parametrize("kept", [True, False])
async def test_a_proxys_password_in_an_older_file_moves_where_it_can(
    tmp_path: Path, kept: bool
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f'[sources]\nproxy = "{PROXY}"  # of the office\n')
    store = SettingsFile(path, environ={})
    await store.move_password(lambda proxy: (split_password(proxy)[0], kept))
    assert store.current.text("sources.proxy") == (BARE if kept else PROXY)
    assert "# of the office" in path.read_text()
    assert ("pass-word" in path.read_text()) is not kept


def test_what_another_program_changed_meanwhile_is_there_to_change(path: Path) -> None:
    """Sets of templates, all in one value: a window that began earlier adds one of its own."""
    window, other = opened(path), opened(path)
    other.change({"general.template_sets": "Talks: chapters"})
    window.change(
        lambda now: {
            "general.template_sets": f"{now.text('general.template_sets')}; Exams: flashcards"
        }
    )
    kept = opened(path).current.text("general.template_sets")
    assert kept == "Talks: chapters; Exams: flashcards"


def test_a_program_that_hangs_with_the_file_is_not_waited_for_without_end(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings_file, "PATIENCE_S", 0.1)
    store = opened(path)
    with files.alone_with(path, longest_s=1), pytest.raises(FileBusy):
        store.change({"general.language": "de"})
    assert store.current.file_values == {}
    store.change({"general.language": "de"})
    assert opened(path).current.text("general.language") == "de"


def test_where_files_cannot_be_locked_settings_are_kept_all_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(_file: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(files, "_lock", no_locks)
    opened(path).change({"general.language": "de"})
    assert opened(path).current.text("general.language") == "de"


def test_the_address_of_gemini_in_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[gemini]\nurl = "https://gateway.example"\n', encoding="utf-8")
    assert SettingsFile(path, environ={}).current.text("gemini.url") == "https://gateway.example"
    there = SettingsFile(path, environ={"NOTEGEN_GEMINI_URL": "http://127.0.0.1:9"}).current
    assert there.text("gemini.url") == "http://127.0.0.1:9"
    assert there.origin("gemini.url") == "environment"
