"""Build or check the installers; run by `dev.py bundle` in its own virtual environment.

python packaging/bundle DIST WORK          build the installers of this platform in DIST
python packaging/bundle DIST WORK --check  install and try the files of DIST on a bare system
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import freeze
import inside
import page


def main(arguments: list[str]) -> int:
    dist, work = (Path(each).resolve() for each in arguments[:2])
    if "--check" in arguments:
        import check

        return check.main(dist, work)
    epoch = int(os.environ["SOURCE_DATE_EPOCH"])
    tree = work / f"{inside.PROJECT}-{freeze.version()}-{inside.platform_name()}"
    freeze.freeze(tree, epoch)
    print(f"frozen: {tree.name}", flush=True)
    made = _packed(tree, dist, work, epoch)
    listed = dist / f"{tree.name}.cdx.json"
    listed.write_bytes((tree / "licences" / "sbom.cdx.json").read_bytes())
    page.write(dist / "page", freeze.version())
    packages = [*dist.glob("*.whl"), *dist.glob(f"*-{freeze.version()}.tar.gz")]
    import archives

    (dist / "SHA256SUMS").write_text(archives.checksums([*made, listed, *packages]), "utf-8")
    for path in sorted([*made, *packages]):
        print(f"{path.stat().st_size / 1e6:7.1f} MB  {path}")
    return 0


def _packed(tree: Path, dist: Path, work: Path, epoch: int) -> list[Path]:
    if sys.platform == "win32":
        import windows_installer

        return [windows_installer.installer(tree, dist, freeze.version())]
    if sys.platform == "darwin":
        import macos_image

        return [macos_image.disk_image(tree, work, dist, freeze.version())]
    import archives

    return [
        archives.archive(tree, dist, epoch),
        archives.debian_package(tree, work, dist, epoch, freeze.version()),
    ]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
