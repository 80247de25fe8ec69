"""What someone who helps needs to know of this installation; nothing secret, nothing of notes."""

from __future__ import annotations

import platform
import sqlite3
import sys

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import QSysInfo, qVersion
from PySide6.QtGui import QGuiApplication

from notegen_desktop import __version__
from notegen_desktop.services.machine.paths import find_paths


def diagnosis() -> str:
    """Lines of the form "name: value"."""
    paths = find_paths()
    screen = QGuiApplication.primaryScreen()
    size, scale = screen.availableSize(), screen.devicePixelRatio()
    facts = {
        "NoteGen": __version__,
        "System": f"{QSysInfo.prettyProductName()}, {QSysInfo.currentCpuArchitecture()}",
        "Python": f"{platform.python_version()}{' (bundle)' if hasattr(sys, 'frozen') else ''}",
        "Qt": f"{qVersion()} (PySide6 {pyside_version}, {QGuiApplication.platformName()})",
        "SQLite": sqlite3.sqlite_version,
        "Screen": f"{size.width()} × {size.height()}, scale {scale:g}",
        "Settings": str(paths.settings_file),
        "Library": str(paths.database_file),
        "Log": str(paths.log_file),
    }
    return "\n".join(f"{name}: {value}" for name, value in facts.items())
