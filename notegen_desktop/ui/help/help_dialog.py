"""Help dialog: a short guide, the list of shortcuts and facts about the installation."""

from __future__ import annotations

import platform
import sqlite3
import sys
from html import escape
from pathlib import Path

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import QSysInfo, QUrl, Signal, qVersion
from PySide6.QtGui import QGuiApplication, QTextBlockFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QDialog, QTextBrowser, QWidget

from notegen_desktop import __version__
from notegen_desktop.domain.words import N_, NP_, _, translated
from notegen_desktop.services.machine.paths import find_paths
from notegen_desktop.ui.kit.build import button, hbox, named, vbox
from notegen_desktop.ui.kit.commands import key_sheet
from notegen_desktop.ui.kit.theme import follow_theme, palette
from notegen_desktop.ui.kit.widgets import Segmented, fit_to_screen, identify

PAGES = (("guide", NP_("to the program", "Guide")), ("keys", N_("Keys")), ("about", N_("About")))


class HelpDialog(QDialog):
    """Opened with `open()`. Shortcuts are read from `window` each time the page is shown.

    Signals: `copied(str)` with the name of the copied text; `link_activated(str)` with a URL.
    """

    copied = Signal(str)
    link_activated = Signal(str)

    def __init__(self, window: QWidget, *, resources: Path) -> None:
        super().__init__(window)
        self.setObjectName("helpDialog")
        self.setWindowTitle(_("Help"))
        self.resize(560, 560)
        self._window = window
        self._resources = resources
        self.pages = named(
            Segmented([(key, _(name)) for key, name in PAGES]), "helpPages", _("Page of the help")
        )
        self.text = named(QTextBrowser(self), "helpText", _("Help"))
        self.text.setOpenLinks(False)
        self.text.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.text.document().setDocumentMargin(12)
        self.copy = button(_("Copy diagnosis"), "copyDiagnosisButton", icon="copy")
        self.copy.clicked.connect(self._copy)
        self.folder = button(_("Open data folder"), "dataFolderButton", icon="folder-open")
        self.folder.clicked.connect(self._open_folder)
        close = button(_("Close"), "closeHelpButton", kind="primary", pressed=self.accept)
        close.setDefault(True)
        foot = hbox(self.copy, self.folder, None, close)
        top = hbox(self.pages, None)
        vbox(top, (self.text, 1), foot, margins=(20, 16, 20, 16), spacing=12, on=self)
        self.pages.chosen.connect(self._fill)
        self.text.anchorClicked.connect(lambda url: self.link_activated.emit(url.toString()))
        follow_theme(self, lambda: self._fill(self.pages.choice()))
        identify(self)

    def show_page(self, page: str) -> None:
        """Show page "guide", "keys" or "about"."""
        self.pages.choose(page)
        self._fill(page)
        fit_to_screen(self)
        self.pages.button(page).setFocus()

    def _fill(self, page: str) -> None:
        self.copy.setVisible(page == "about")
        self.folder.setVisible(page == "about")
        if page == "guide":
            features = QTextDocument.MarkdownFeature.MarkdownNoHTML
            text = (self._resources / "guide.md").read_text("utf-8")
            self.text.document().setMarkdown(translated(text), features)
            self._space()
        else:
            self.text.setHtml(_keys(self._window) if page == "keys" else _about())
        self.text.moveCursor(self.text.textCursor().MoveOperation.Start)

    def _space(self) -> None:
        """Add space between paragraphs and above headings, which Qt's Markdown reader leaves
        out."""
        block = self.text.document().begin()
        while block.isValid():
            format = block.blockFormat()
            format.setLineHeight(
                130, int(QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
            )
            format.setTopMargin(16 if format.headingLevel() and block.position() else 0)
            format.setBottomMargin(6)
            QTextCursor(block).setBlockFormat(format)
            block = block.next()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(diagnosis())
        self.copied.emit(_("The diagnosis"))

    def _open_folder(self) -> None:
        folder = find_paths().database_file.parent
        self.link_activated.emit(QUrl.fromLocalFile(str(folder)).toString())


def _keys(window: QWidget) -> str:
    rows = []
    for group, names in key_sheet(window).items():
        heading = escape(_(group))
        rows.append(f"<tr><td colspan=2 style='padding-top:10px'><b>{heading}</b></td></tr>")
        rows += [
            f"<tr><td style='padding:3px 24px 3px 0'>{escape(name)}</td>"
            f"<td style='padding:3px 0;color:{palette().muted}'>{escape(keys)}</td></tr>"
            for name, keys in names
        ]
    return f"<table width='100%' cellspacing=0>{''.join(rows)}</table>"


def _about() -> str:
    facts = "".join(
        f"<tr><td style='padding:2px 16px 2px 0;color:{palette().muted}'>{escape(name)}</td>"
        f"<td>{escape(value)}</td></tr>"
        for name, __, value in (line.partition(": ") for line in diagnosis().splitlines())
    )
    about = _("Turns videos into notes, each statement with its time.")
    licences = _(
        "MIT licence. Qt and PySide6 are used under the LGPL 3, the Inter typeface under the "
        "SIL Open Font License, the Lucide icons under the ISC licence."
    )
    return (
        f"<h2>NoteGen {__version__}</h2><p>{escape(about)}</p><p>{escape(licences)}</p>"
        f"<p></p><table cellspacing=0>{facts}</table>"
    )


def diagnosis() -> str:
    """Return facts about this installation for bug reports, in lines "name: value".

    They contain no secrets and nothing from notes.
    """
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
