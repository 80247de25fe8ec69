"""macOS installer: an application bundle in a disk image.

Signed with the certificate that SIGNING_IDENTITY names in the key chain, otherwise ad hoc (runs on
this machine only). Notarised if NOTARY_PROFILE names credentials stored by `notarytool
store-credentials`.
"""

from __future__ import annotations

import os
import plistlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import icons
from freeze import LANGUAGES

from notegen_desktop.services.machine.desktop.entry import SCHEME, SUFFIXES

NAME = "NoteGen Desktop"
IDENTIFIER = "org.notegen-desktop.NoteGenDesktop"
MACH_O = (b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
"""First bytes of a Mach-O file: for one architecture, and universal."""
SCRIPTS = {"zh_CN": "zh-Hans", "zh_TW": "zh-Hant"}
"""macOS names of the languages for which it does not use our tags."""
ENTITLEMENTS = Path(__file__).with_name("macos_entitlements.plist")


def disk_image(tree: Path, work: Path, target: Path, version: str) -> Path:
    application = bundle(tree, work / "image", version)
    identity = os.environ.get("SIGNING_IDENTITY", "-")
    for file in [*_code(application / "Contents" / "Resources"), *_programs(application)]:
        _sign(file, identity)
    _sign(application, identity)
    (application.parent / "Applications").symlink_to("/Applications")
    made = target / f"{tree.name.replace('notegen-desktop', 'NoteGen-Desktop')}.dmg"
    options = ["-volname", NAME, "-fs", "HFS+", "-format", "UDZO", "-ov"]
    source = ["-srcfolder", str(application.parent)]
    subprocess.run(["hdiutil", "create", *options, *source, str(made)], check=True)
    if identity != "-":
        _sign(made, identity)
    profile = os.environ.get("NOTARY_PROFILE", "")
    if profile:
        asked = ["submit", str(made), "--keychain-profile", profile, "--wait"]
        subprocess.run(["xcrun", "notarytool", *asked], check=True)
        subprocess.run(["xcrun", "stapler", "staple", str(made)], check=True)
    return made


def bundle(tree: Path, folder: Path, version: str) -> Path:
    """Build the application from the frozen folder; return its path.

    Executables go into MacOS, all else into Resources, as code signing requires.
    """
    shutil.rmtree(folder, ignore_errors=True)
    application = folder / f"{NAME}.app"
    contents = application / "Contents"
    (contents / "MacOS").mkdir(parents=True)
    shutil.copytree(tree, contents / "Resources", symlinks=True)
    for name in ("notegen", "notegen-desktop"):
        (contents / "Resources" / name).rename(contents / "MacOS" / name)
    for name in ("lib", "share"):
        if (contents / "Resources" / name).exists():
            (contents / "MacOS" / name).symlink_to(Path("..", "Resources", name))
    icons.icon(contents / "Resources" / "app.icns")
    (contents / "Info.plist").write_bytes(plistlib.dumps(information(version)))
    return application


def information(version: str) -> dict[str, object]:
    """Return the content of Info.plist.

    Links and files arrive in the program as Qt events, see `ui/window/qt_process`.
    """
    return {
        "CFBundleName": NAME,
        "CFBundleDisplayName": NAME,
        "CFBundleIdentifier": IDENTIFIER,
        "CFBundleExecutable": "notegen-desktop",
        "CFBundleIconFile": "app.icns",
        "CFBundlePackageType": "APPL",
        "CFBundleShortVersionString": version,
        "CFBundleVersion": version,
        # Languages that system dialogs may use, if the user prefers one of them.
        "CFBundleDevelopmentRegion": "en",
        "CFBundleLocalizations": ["en", *(SCRIPTS.get(tag, tag) for tag in sorted(LANGUAGES))],
        "LSApplicationCategoryType": "public.app-category.education",
        "LSMinimumSystemVersion": "13.0",
        "NSHighResolutionCapable": True,
        "CFBundleURLTypes": [{"CFBundleURLName": IDENTIFIER, "CFBundleURLSchemes": [SCHEME]}],
        "CFBundleDocumentTypes": [
            {
                "CFBundleTypeName": "Films, recordings and captions",
                "CFBundleTypeRole": "Viewer",
                "LSHandlerRank": "Alternate",
                "CFBundleTypeExtensions": [suffix.removeprefix(".") for suffix in SUFFIXES],
            }
        ],
    }


def _code(folder: Path) -> Iterator[Path]:
    """Yield the Mach-O files, which need signatures of their own.

    They are found by content, because the libraries of Qt's frameworks have no suffix.
    """
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                if file.read(4) in MACH_O:
                    yield path


def _programs(application: Path) -> list[Path]:
    return [application / "Contents" / "MacOS" / "notegen"]


def _sign(path: Path, identity: str) -> None:
    hardened = ["--options", "runtime", "--timestamp", "--entitlements", str(ENTITLEMENTS)]
    options = hardened if identity != "-" else []
    subprocess.run(["codesign", "--force", "--sign", identity, *options, str(path)], check=True)
