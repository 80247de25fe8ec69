"""Says above a note that another version of it waits for its reader."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QPushButton, QWidget

from notegen_desktop.domain.notes.versions import NoteVersion, about_words
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.ui.kit.build import button, hbox, icon_label, label, vbox
from notegen_desktop.ui.kit.elided import ElidedLabel
from notegen_desktop.ui.kit.text import engine_name, one_line


def version_facts(version: NoteVersion) -> str:
    """What of the note it is, with which wish and by whom, in one line."""
    facts = (about_words(version.about) or _("the whole note"), version.wish)
    by = version.model or engine_name(version.engine)
    return " · ".join(one_line(fact) for fact in (*facts, by) if fact)


class VersionBar(QFrame):
    """Says above a note that another version of it waits for its reader.

    Signals: `compare_wanted()` to see both, `keep_wanted(bool)` the new one (True) or the old one.
    """

    compare_wanted = Signal()
    keep_wanted = Signal(bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("versionBar")
        self.words = label(role="strong")
        self.facts = ElidedLabel("", name="versionFacts", role="caption")
        self.compare = button(
            _("Compare"), "compareVersionsButton", kind="primary", pressed=self.compare_wanted
        )
        keep_new, keep_old = keep_buttons(self.keep_wanted.emit)
        told = vbox(self.words, self.facts, spacing=1)
        row = (icon_label("rotate-ccw", color="accent_ink", size=18), (told, 1))
        hbox(*row, self.compare, keep_new, keep_old, margins=(16, 8, 16, 8), spacing=8, on=self)
        self.hide()

    def show_version(self, version: NoteVersion | None, *, more: int = 0) -> None:
        """The one that waits, and how many more do; None: none does."""
        self.setVisible(version is not None)
        if version is None:
            return
        words = _("A new version waits")
        if more:
            words = ngettext(
                "A new version waits, and {n} more", "A new version waits, and {n} more", more
            ).format(n=more)
        self.words.setText(words)
        self.facts.setText(version_facts(version))
        self.facts.setToolTip(version_facts(version))


def keep_buttons(keep: Callable[[bool], object]) -> tuple[QPushButton, QPushButton]:
    """“Keep the new one” and “Keep the old one”, which call `keep` with whether it is the new."""
    return (
        button(
            _("Keep the new one"),
            "keepNewButton",
            tip=_("The note becomes it; the old one stays in the list of versions"),
            pressed=lambda: keep(True),
        ),
        button(
            _("Keep the old one"),
            "keepOldButton",
            tip=_("The note stays as it is; the new one stays in the list of versions"),
            pressed=lambda: keep(False),
        ),
    )
