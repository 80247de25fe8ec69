"""A newer yt-dlp is fetched when asked for, is what its makers list, and serves if it works."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from notegen_desktop.domain.errors import NetworkUnreachable
from notegen_desktop.services.sources.ytdlp.newer import NewerYtDlp, imported
from tests.e2e.command import Command
from tests.fakes.site import FakeSite
from tests.fakes.socks import socks_proxy
from tests.fakes.ytdlp_releases import LATEST, NEW, OWN, archive, released

NOWHERE = f"http://127.0.0.1:9{LATEST}"
"""Nothing listens there: only through a proxy is there an answer."""


@pytest.fixture
def site() -> Iterator[FakeSite]:
    with FakeSite({}) as made:
        yield made


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def used(folder: Path) -> str:
    """The version that a process of the program imports."""
    script = (
        "import pathlib, sys; from notegen_desktop.services.sources.ytdlp import newer, session; "
        "print(newer.NewerYtDlp(pathlib.Path(sys.argv[1])).use(session.check_importable)); "
        "import yt_dlp; print(yt_dlp.version.__version__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=True
    )
    said, imported = done.stdout.split()
    assert said == imported
    return said


def test_without_another_the_built_in_one_serves(tmp_path: Path) -> None:
    assert imported() == OWN
    assert NewerYtDlp(tmp_path).version == OWN
    assert used(tmp_path) == OWN


async def test_a_newer_one_is_fetched_and_used(site: FakeSite, tmp_path: Path) -> None:
    newer = NewerYtDlp(tmp_path, released(site, NEW, archive(NEW)))
    release = await newer.find()
    assert release is not None
    assert release.version == NEW
    assert not kept(tmp_path), "only asked"
    await newer.fetch(release)
    assert newer.version == NEW
    assert await newer.find() is None
    assert used(tmp_path) == NEW


async def test_what_is_no_newer_is_not_fetched(site: FakeSite, tmp_path: Path) -> None:
    for version in (OWN, "2020.01.01"):
        assert await NewerYtDlp(tmp_path, released(site, version, b"")).find() is None


@pytest.mark.parametrize("broken", ["yt_dlp/__init__.py", "yt_dlp/networking/_urllib.py"])
async def test_one_that_does_not_work_goes_and_the_built_in_one_serves(
    site: FakeSite, tmp_path: Path, broken: str
) -> None:
    newer = NewerYtDlp(tmp_path, released(site, NEW, archive(NEW, broken)))
    release = await newer.find()
    assert release is not None
    await newer.fetch(release)
    assert used(tmp_path) == OWN
    assert newer.version == OWN


async def test_an_older_one_that_works_serves_before_the_built_in_one(
    site: FakeSite, tmp_path: Path
) -> None:
    for version, content in (
        ("9999.01.01", archive("9999.01.01")),
        (NEW, archive(NEW, "yt_dlp/__init__.py")),
    ):
        newer = NewerYtDlp(tmp_path, released(site, version, content))
        release = await newer.find()
        assert release is not None
        await newer.fetch(release)
    assert used(tmp_path) == newer.version == "9999.01.01"


@pytest.mark.parametrize("kind", ["http", "bare", "socks"])
async def test_it_is_fetched_through_the_proxy(site: FakeSite, tmp_path: Path, kind: str) -> None:
    released(site, NEW, archive(NEW, files="version.py"))
    with socks_proxy(site.url) as socks:
        proxy = {"http": site.url, "bare": site.url.partition("//")[2], "socks": socks}[kind]
        newer = NewerYtDlp(tmp_path, NOWHERE, proxy=lambda: proxy)
        release = await newer.find()
        assert release is not None
        await newer.fetch(release)
    assert kept(tmp_path) == [NEW]


async def test_a_proxy_that_only_yt_dlp_can_use_is_named(tmp_path: Path) -> None:
    newer = NewerYtDlp(tmp_path, NOWHERE, proxy=lambda: "socks4://127.0.0.1:9")
    with pytest.raises(NetworkUnreachable, match="socks4"):
        await newer.find()


async def test_what_is_not_as_listed_is_not_kept(site: FakeSite, tmp_path: Path) -> None:
    newer = NewerYtDlp(
        tmp_path, released(site, NEW, archive(NEW, files="version.py"), digest="a" * 64)
    )
    release = await newer.find()
    assert release is not None
    with pytest.raises(NetworkUnreachable, match="list of checksums"):
        await newer.fetch(release)
    assert not kept(tmp_path)


async def test_what_is_no_archive_leaves_nothing_behind(site: FakeSite, tmp_path: Path) -> None:
    newer = NewerYtDlp(tmp_path, released(site, NEW, b"<html>sign in</html>"))
    release = await newer.find()
    assert release is not None
    with pytest.raises(NetworkUnreachable):
        await newer.fetch(release)
    assert not kept(tmp_path)


async def test_an_unsafe_address_is_not_asked(tmp_path: Path) -> None:
    with pytest.raises(NetworkUnreachable):
        await NewerYtDlp(tmp_path, "http://releases.example/latest/download").find()


async def test_two_versions_are_kept_for_a_window_that_is_open(
    site: FakeSite, tmp_path: Path
) -> None:
    for version in ("9999.01.02", "9999.01.03", "9999.02.01"):
        content = archive(version, files="version.py")
        newer = NewerYtDlp(tmp_path, released(site, version, content))
        release = await newer.find()
        assert release is not None
        await newer.fetch(release)
    assert kept(tmp_path) == ["9999.01.03", "9999.02.01"]


def test_doctor_fetches_it_when_it_may_and_then_says_which_is_used(
    site: FakeSite, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    notegen = Command(home, NOTEGEN_YTDLP_URL=released(site, NEW, archive(NEW)))

    def line(*options: str) -> tuple[bool, str]:
        checks = notegen("doctor", "--update-yt-dlp", "--json", *options).json["checks"]
        (found,) = (each for each in checks if each["name"] == "yt-dlp")
        return found["ok"], found["message"]

    assert line() == (False, f"{NEW} is out, {OWN} is used.")
    assert not (home / "yt-dlp").exists()
    assert line("--yes") == (True, f"{NEW} is used from the next start on.")
    assert used(home / "yt-dlp") == NEW
    assert line() == (True, f"{NEW} is the newest.")


def test_doctor_fetches_it_through_the_proxy_of_the_settings(
    site: FakeSite, tmp_path: Path
) -> None:
    released(site, NEW, archive(NEW))
    home = tmp_path / "home"
    notegen = Command(home, NOTEGEN_YTDLP_URL=NOWHERE)
    assert notegen("settings", "set", "sources.proxy", site.url).code == 0
    checks = notegen("doctor", "--update-yt-dlp", "--json", "--yes").json["checks"]
    (found,) = (each for each in checks if each["name"] == "yt-dlp")
    assert found["ok"], found["message"]
    assert used(home / "yt-dlp") == NEW
