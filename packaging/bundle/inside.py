"""Contents of a bundle: the required packages, their licences, and the SBOM that lists both.

Licences are in `licences/PACKAGE/` of the bundle. The SBOM has the format CycloneDX 1.6,
<https://cyclonedx.org/docs/1.6/json/>, with the hashes of the lock file.
"""

from __future__ import annotations

import json
import re
import shutil
import sysconfig
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import Distribution, distribution
from importlib.metadata import distributions as installed
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = "notegen-desktop"
EXTRAS = ("exports", "mcp", "playback")
"""Extras of the project that a bundle contains.

`pictures` is left out: PyAV contains x264 and x265 (GPL, patents) and adds 103 MB. `speech` would
add 350 MB, and needs a model to be downloaded anyway.
"""

HERE = Path(__file__).parent
LICENCES = HERE / "licences"
QT = ("LGPL-3.0.txt", "GPL-3.0.txt", "LGPL-2.1.txt", "Qt.txt")
WITHOUT_TEXT = {
    "pyside6-essentials": QT,
    "pyside6-addons": QT,
    "shiboken6": QT,
    "stopwordsiso": ("stopwordsiso.txt",),
    "latex2mathml": ("latex2mathml.txt",),
}
"""Packages whose wheels contain no licence file, with the files to add from LICENCES."""

LIBRARIES = (
    ("python", "notegen", rb"\0(3\.\d+\.\d+)\0", "PSF-2.0"),
    ("qt", "*Qt6Core*", rb"Qt (6\.\d+\.\d+)", "LGPL-3.0-only"),
    ("ffmpeg", "*avcodec*", rb"FFmpeg-n?([\d.]+\d)", "LGPL-2.1-or-later"),
    ("openssl", "libcrypto*", rb"OpenSSL (\d[\d.]+) ", "Apache-2.0"),
    ("sqlite", "libsqlite3*", rb"\0(3\.\d+\.\d+)\0", "blessing"),
    ("bzip2", "libbz2*", rb"\0(1\.\d\.\d)", "bzip2-1.0.6"),
    ("xz", "liblzma*", rb"\0(5\.\d\.\d)\0", ""),
    ("libffi", "libffi*", b"", "MIT"),
    ("libuuid", "libuuid*", b"", "BSD-3-Clause"),
)
"""Native libraries inside packages: name, file pattern, version pattern, SPDX licence.

The file names of those that belong to Python are right on Linux only.
"""

_LICENCE = re.compile(r"(licen[cs]e|copying|notice|authors)[^/]*$", re.IGNORECASE)


def distributions() -> list[Distribution]:
    """Return the project's distribution and all its dependencies, sorted by name.

    Markers are evaluated for this machine and EXTRAS.
    """
    found: dict[str, Distribution] = {}
    wanted = [(PROJECT, EXTRAS)]
    seen = set()
    while wanted:
        name, extras = wanted.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        found[name] = distribution(name)
        for line in found[name].requires or ():
            needed = Requirement(line)
            marker = needed.marker
            if marker is None or any(marker.evaluate({"extra": each}) for each in ("", *extras)):
                wanted.append((canonicalize_name(needed.name), tuple(sorted(needed.extras))))
    return [found[name] for name in sorted(found)]


def packages(of: Sequence[Distribution]) -> list[str]:
    """Return the import names of the top-level packages and modules of these distributions."""
    names = set()
    for each in of:
        if each.name == "pywin32":  # single modules, found by their importers
            continue
        for file in each.files or ():
            first = file.parts[0]
            if file.suffix != ".py" and not re.search(r"\.(so|pyd)$", file.name):
                continue
            if not first.endswith((".dist-info", ".data")) and first != "..":
                names.add(first.partition(".")[0])
    return sorted(names - {"__pycache__"})


def strangers(of: Sequence[Distribution]) -> list[str]:
    """Return the import names of everything else installed in this environment.

    They are excluded from the bundle, so that nothing is shipped without its licence.
    """
    own = {each.name for each in of}
    others = [each for each in installed() if each.name not in own]
    return sorted({*packages(others)} - {*packages(of)})


def add_licences(target: Path, of: Sequence[Distribution]) -> None:
    """Copy the licence files of all distributions and of Python into `target`.

    Raises SystemExit for a distribution without any licence file.
    """
    for each in of:
        name = canonicalize_name(each.name)
        own = [file for file in each.files or () if _is_licence(file.as_posix())]
        texts = [Path(str(file.locate())) for file in own]
        texts += [LICENCES / text for text in WITHOUT_TEXT.get(name, ())]
        if not texts:
            raise SystemExit(f"{name} has no licence text: add one to {LICENCES}.")
        folder = target / name
        folder.mkdir(parents=True)
        for text in texts:
            place = folder / text.name
            while place.exists():
                place = place.with_name(f"{text.parent.name}-{place.name}")
            shutil.copyfile(text, place)
    python = target / "python"
    python.mkdir()
    for text in ("Python.txt", "Python-libraries.txt", "Apache-2.0.txt"):
        shutil.copyfile(LICENCES / text, python / text)
    shutil.copyfile(_freeze_core_licence(), python / "cx_Freeze-LICENSE.txt")


def _is_licence(path: str) -> bool:
    return bool(_LICENCE.search(path)) and not path.endswith((".py", ".pyc", ".so"))


def _freeze_core_licence() -> Path:
    files = distribution("freeze-core").files or ()
    return Path(str(next(file.locate() for file in files if _is_licence(file.as_posix()))))


def sbom(tree: Path, of: Sequence[Distribution], lock: Path, epoch: int) -> str:
    """Return the SBOM as JSON; equal packages and `epoch` give equal text."""
    hashes = dict(_hashes(lock))
    own = next(each for each in of if canonicalize_name(each.name) == PROJECT)
    parts = [_component(each, hashes) for each in of if each is not own]
    parts += list(_libraries(tree))
    needs = [
        {"ref": _ref(each), "dependsOn": sorted(_needed(each, of))}
        for each in sorted(of, key=lambda each: each.name)
    ]
    told = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch, UTC).isoformat(),
            "component": _component(own, hashes) | {"type": "application"},
        },
        "components": parts,
        "dependencies": needs,
    }
    name = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(told, sort_keys=True))
    return json.dumps({**told, "serialNumber": f"urn:uuid:{name}"}, indent=1) + "\n"


def _component(of: Distribution, hashes: dict[str, list[str]]) -> dict[str, object]:
    name = canonicalize_name(of.name)
    told: dict[str, object] = {
        "type": "library",
        "bom-ref": _ref(of),
        "name": name,
        "version": of.version,
        "purl": _ref(of),
    }
    licence = of.metadata["License-Expression"]
    if licence:
        told["licenses"] = [{"expression": licence}]
    elif named := _named_licence(of):
        told["licenses"] = [{"license": {"name": named}}]
    if hashes.get(name):
        told["externalReferences"] = [
            {
                "type": "distribution",
                "url": _ref(of),
                "hashes": [{"alg": "SHA-256", "content": each} for each in hashes[name]],
            }
        ]
    return told


def _libraries(tree: Path) -> Iterator[dict[str, object]]:
    for name, pattern, words, licence in LIBRARIES:
        file = next(iter(sorted(tree.rglob(pattern))), None)
        if file is None:
            continue
        said = re.search(words, file.read_bytes()) if words else None
        version = said[1].decode() if said else ""
        told = {
            "type": "library",
            "name": name,
            "purl": f"pkg:generic/{name}@{version}".rstrip("@"),
        }
        told |= {"version": version} if version else {}
        told |= {"licenses": [{"license": {"id": licence}}]} if licence else {}
        yield told


def _named_licence(of: Distribution) -> str:
    told = str(of.metadata["License"] or "").strip().partition("\n")[0]
    classes = [
        line.rpartition("::")[2].strip()
        for line in of.metadata.get_all("Classifier") or ()
        if line.startswith("License ::")
    ]
    return told or ", ".join(classes)


def _ref(of: Distribution) -> str:
    return f"pkg:pypi/{canonicalize_name(of.name)}@{of.version}"


def _needed(of: Distribution, among: Sequence[Distribution]) -> Iterator[str]:
    known = {canonicalize_name(each.name): each for each in among}
    names = {canonicalize_name(Requirement(line).name) for line in of.requires or ()}
    for name in names & known.keys():
        yield _ref(known[name])


def _hashes(lock: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield each package of the lock file with the SHA-256 hashes of its files."""
    for part in re.split(r"\n(?=\S)", lock.read_text("utf-8")):
        name = re.match(r"([\w.-]+)==", part)
        if name:
            yield canonicalize_name(name[1]), re.findall(r"sha256:([0-9a-f]{64})", part)


def platform_name() -> str:
    """Return the platform as in file names, such as `linux-x86_64`."""
    return sysconfig.get_platform().replace("win-amd64", "windows-x86_64")
