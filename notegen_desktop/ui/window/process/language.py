"""The language of the window: its words, Qt's own, numbers and dates, and which way it runs."""

from __future__ import annotations

from PySide6.QtCore import QLibraryInfo, QLocale, Qt, QTranslator
from PySide6.QtWidgets import QApplication

from notegen_desktop.domain.words import RIGHT_TO_LEFT, SOURCE
from notegen_desktop.services.machine.languages import speak_as


def speak_in_window(application: QApplication, wanted: str) -> None:
    """Once, before the window is built; `wanted` as in the settings."""
    tag = speak_as(wanted, QLocale.system().uiLanguages())
    QLocale.setDefault(QLocale("en_US" if tag == SOURCE else tag))
    if tag != SOURCE:
        own = QTranslator(application)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if own.load(f"qtbase_{'pt_BR' if tag == 'pt' else tag}", folder):
            application.installTranslator(own)
    right = tag in RIGHT_TO_LEFT
    application.setLayoutDirection(
        Qt.LayoutDirection.RightToLeft if right else Qt.LayoutDirection.LeftToRight
    )
