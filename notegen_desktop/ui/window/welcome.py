"""The page shown while there is nothing to show: what this is, and a sample to try it with."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from notegen_desktop.ui.kit.theme import set_icon, style
from notegen_desktop.ui.kit.widgets import Tile

_STEPS = (
    ("link", "Add videos", "Drop or paste links, captions or media files on the left."),
    ("list-checks", "Tick notes", "A summary, study notes, a guide, slides, flashcards …"),
    ("book-open", "Read", "Switch the depth, jump to the moment in the video, export."),
)


class Welcome(QWidget):
    """Explains itself in a sentence.

    Signals: `sample_wanted()`, `settings_wanted()`.
    """

    sample_wanted = Signal()
    settings_wanted = Signal()

    def __init__(self, parent: QWidget | None = None, *, has_sample: bool) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        mark = Tile("notebook-pen", size=QSize(56, 56), icon_px=28)
        title = QLabel("Turn a video into notes")
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        style(title, role="display")
        words = QLabel(
            "Add a video, tick the kinds of notes you want, "
            "and they are all written at the same time."
        )
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words.setWordWrap(True)
        style(words, role="lead")

        self.sample = QPushButton("Try the sample talk")
        self.sample.setObjectName("sampleButton")
        self.sample.setProperty("kind", "big")
        self.sample.setToolTip("Ten minutes of talk, three notes, no key and no network needed")
        set_icon(self.sample, "circle-play", color="accent_ink")
        self.sample.clicked.connect(self.sample_wanted)
        self._key = QPushButton("Add a Gemini key")
        self._key.setObjectName("welcomeKeyButton")
        self._key.setProperty("kind", "ghost")
        set_icon(self._key, "key")
        self._key.clicked.connect(self.settings_wanted)
        self._key.hide()
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.sample)
        buttons.addWidget(self._key)
        buttons.addStretch(1)
        free = QLabel("The sample needs no key: the offline engine quotes the talk itself.")
        free.setAlignment(Qt.AlignmentFlag.AlignCenter)
        free.setWordWrap(True)
        style(free, role="caption")

        steps = QHBoxLayout()
        steps.setSpacing(12)
        for number, (icon, name, what) in enumerate(_STEPS, start=1):
            steps.addWidget(_step(number, icon, name, what), 1)

        column = QWidget()
        column.setMaximumWidth(640)
        inner = QVBoxLayout(column)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addWidget(mark, 0, Qt.AlignmentFlag.AlignHCenter)
        inner.addSpacing(20)
        inner.addWidget(title)
        inner.addSpacing(8)
        inner.addWidget(words)
        inner.addSpacing(24)
        inner.addLayout(buttons)
        inner.addSpacing(8)
        inner.addWidget(free)
        inner.addSpacing(40)
        inner.addLayout(steps)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(column, 8)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 8, 24, 32)
        layout.addStretch(2)
        layout.addLayout(row)
        layout.addStretch(3)

        if not has_sample:
            self.sample.hide()
            free.hide()

    def show_key(self, *, known: bool) -> None:
        """Offer to add a key where there is none."""
        self._key.setVisible(not known)


def _step(number: int, icon: str, name: str, what: str) -> QFrame:
    card = QFrame()
    card.setProperty("plane", "card")
    sign = QLabel()
    set_icon(sign, icon, color="accent_ink", size=20)
    title = QLabel(f"{number}. {name}")
    style(title, role="strong")
    words = QLabel(what)
    words.setWordWrap(True)
    words.setAlignment(Qt.AlignmentFlag.AlignTop)
    style(words, role="caption")
    layout = QVBoxLayout(card)
    layout.setContentsMargins(16, 16, 16, 16)
    layout.setSpacing(4)
    layout.addWidget(sign)
    layout.addSpacing(4)
    layout.addWidget(title)
    layout.addWidget(words, 1)
    return card
