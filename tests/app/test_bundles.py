"""Making what people install: what stops it, and what keeps a state from being released."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.places import ROOT

Lint = Callable[[str, str], ModuleType]


def dev(*arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "packaging" / "dev.py"), *arguments]
    return subprocess.run(
        command, env={"PATH": str(path)}, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.skipif(sys.platform != "linux", reason="each system has tools of its own")
def test_a_tool_that_is_missing_is_named_with_its_package(tmp_path: Path) -> None:
    done = dev("bundle", path=tmp_path)
    assert done.returncode == 69
    assert "dpkg-shlibdeps (Debian's package dpkg-dev)" in done.stderr


def test_bundle_takes_no_other_argument(tmp_path: Path) -> None:
    assert dev("bundle", "--fast", path=tmp_path).returncode == 2


def loaded(name: str) -> ModuleType:
    """A module of `packaging/`."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "packaging" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_an_index_has_the_picture_of_the_state_that_was_built() -> None:
    describe = loaded("hatch_build").description
    readme = (ROOT / "README.md").read_text("utf-8")
    built = describe(readme, {"GITHUB_REPOSITORY": "ada/notegen", "GITHUB_SHA": "1f2e3d"})
    place = "https://raw.githubusercontent.com/ada/notegen/1f2e3d/packaging/screenshot.png"
    assert f"]({place})" in built
    assert "](packaging" not in built
    assert "![" not in describe(readme, {}), "no picture rather than a broken one"


@pytest.fixture
def lint(tmp_path: Path) -> Lint:
    """The rules of `packaging/lint.py`, over a project of that version and changelog."""

    def make(version: str, heading: str) -> ModuleType:
        rules = loaded("lint")
        (tmp_path / "notegen_desktop").mkdir()
        (tmp_path / "notegen_desktop" / "__init__.py").write_text(f'__version__ = "{version}"\n')
        (tmp_path / "CHANGELOG.md").write_text(
            f"# Changelog\n\n## {heading}\n\n## 0.0.9, 2025-01-01\n"
        )
        rules.ROOT = tmp_path
        rules.LOCKS = tmp_path
        return rules

    return make


def test_the_changelog_begins_with_this_version(lint: Lint) -> None:
    rules = lint("0.2.0", "0.1.0, not released yet")
    assert list(rules.version_problems()) == [
        "CHANGELOG.md: the newest version is 0.1.0, that of the program 0.2.0"
    ]


def test_a_version_under_way_is_fine_until_it_is_released(lint: Lint) -> None:
    rules = lint("0.2.0", "0.2.0, not released yet")
    assert list(rules.version_problems()) == []
    assert list(rules.version_problems("v0.2.0")) == ["CHANGELOG.md: 0.2.0 has no date of release"]


def test_a_release_has_its_own_tag(lint: Lint) -> None:
    rules = lint("0.2.0", "0.2.0, 2026-12-01")
    assert list(rules.version_problems("v0.2.0")) == []
    assert list(rules.version_problems("v0.3.0")) == ["the tag is v0.3.0, the version 0.2.0"]


def test_the_lock_of_bundles_repeats_that_of_the_program(lint: Lint, tmp_path: Path) -> None:
    rules = lint("0.2.0", "0.2.0")
    (tmp_path / "app.txt").write_text("httpx==0.28.1 \\\nqasync==0.28.0 \\\n")
    (tmp_path / "bundle.txt").write_text("httpx==0.27.0 \\\nqasync==0.28.0 \\\ncx-freeze==8.7.3\n")
    (problem,) = rules.lock_problems()
    assert "lacks httpx==0.28.1" in problem
