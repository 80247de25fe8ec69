"""Welcome page, shown while there are no notes: introduction and sample."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from notegen_desktop.domain.words import N_, _
from notegen_desktop.ui.kit.build import button, hbox, icon_label, label, vbox
from notegen_desktop.ui.kit.theme import scaled
from notegen_desktop.ui.kit.widgets import Tile

_STEPS = (
    ("link", N_("Add videos"), N_("Drop or paste links, captions or media files on the left.")),
    ("list-checks", N_("Tick notes"), N_("A summary, study notes, a guide, slides, flashcards …")),
    ("book-open", N_("Read"), N_("Switch the depth, jump to the moment in the video, export.")),
)

STEPS_FROM = QSize(600, 480)
"""Minimum page size for the steps, whose text would be clipped below it."""


class Welcome(QWidget):
    """Introduction. The window connects `sample`, and `key` to the settings."""

    def __init__(self, parent: QWidget | None = None, *, has_sample: bool) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        centre = Qt.AlignmentFlag.AlignCenter
        self.sample = button(
            _("Try the sample talk"),
            "sampleButton",
            kind="big",
            icon="circle-play",
            tip=_("Ten minutes of talk, three notes, no key and no network needed"),
        )
        self.key = button(_("Add a Gemini key"), "welcomeKeyButton", kind="ghost", icon="key")
        self.key.hide()
        free = label(
            _("The sample needs no key: the offline engine quotes the talk itself."),
            role="caption",
            wrap=True,
            align=centre,
        )
        self._steps = QWidget()
        steps = hbox(margins=(0, 40, 0, 0), spacing=12, on=self._steps)
        for number, (icon, name, what) in enumerate(_STEPS, start=1):
            steps.addWidget(_step(number, icon, _(name), _(what)), 1)
        middle = QWidget()
        middle.setMaximumWidth(640)
        vbox(
            hbox(None, Tile("notebook-pen", size=QSize(56, 56), icon_px=28), None),
            20,
            label(_("Turn a video into notes"), role="display", align=centre),
            8,
            label(
                _(
                    "Add a video, tick the kinds of notes you want, and they are all written at "
                    "the same time."
                ),
                role="lead",
                wrap=True,
                align=centre,
            ),
            24,
            hbox(None, self.sample, self.key, None),
            8,
            free,
            self._steps,
            spacing=0,
            on=middle,
        )
        layout = vbox(margins=(24, 8, 24, 32), on=self)
        layout.addStretch(2)
        layout.addLayout(hbox(None, (middle, 8), None))
        layout.addStretch(3)

        if not has_sample:
            self.sample.hide()
            free.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        page = event.size()
        least = [scaled(side) for side in (STEPS_FROM.width(), STEPS_FROM.height())]
        room = page.width() >= least[0] and page.height() >= least[1]
        self._steps.setVisible(room)

    def show_key(self, *, known: bool) -> None:
        """Offer to add an API key if there is none."""
        self.key.setVisible(not known)


def _step(number: int, icon: str, name: str, what: str) -> QFrame:
    card = QFrame()
    card.setProperty("plane", "card")
    vbox(
        hbox(icon_label(icon, color="accent_ink", size=20), None),
        4,
        label(f"{number}. {name}", role="strong"),
        (label(what, role="caption", wrap=True, align=Qt.AlignmentFlag.AlignTop), 1),
        margins=(16, 16, 16, 16),
        spacing=4,
        on=card,
    )
    return card
