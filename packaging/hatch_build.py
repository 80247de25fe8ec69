"""Build hooks: compiled catalogues for the program, and the description for a package index.

The description is README.md. A package index has none of the project's files, so relative links
become links to the building repository at this commit; where none is known, pictures are removed.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

_PICTURE = re.compile(r"!\[[^]]*\]\((?!https:)[^)]*\)\n*")
_FILE = re.compile(r"\]\((?!https:|#)")


class CatalogueHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        sys.path.insert(0, str(Path(self.root) / "packaging"))
        from words import compile_all

        compile_all()


class DescriptionHook(MetadataHookInterface):
    def update(self, metadata: dict[str, Any]) -> None:
        text = description((Path(self.root) / "README.md").read_text("utf-8"), os.environ)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


def description(readme: str, environ: Mapping[str, str]) -> str:
    """Return the README with links that work in a package index.

    `environ` is that of a GitHub workflow; without its variables pictures are removed instead.
    """
    repository, state = environ.get("GITHUB_REPOSITORY"), environ.get("GITHUB_SHA")
    if not repository or not state:
        return _PICTURE.sub("", readme)
    return _FILE.sub(f"](https://raw.githubusercontent.com/{repository}/{state}/", readme)
