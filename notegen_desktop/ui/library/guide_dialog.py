"""One guide over several videos: which they are, what it takes, and a wish."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QWidget

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.text.quantities import count
from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import button, delayed, hbox, label, named, vbox
from notegen_desktop.ui.kit.painted_rows import elided
from notegen_desktop.ui.kit.text import one_line
from notegen_desktop.ui.kit.theme import style

PAUSE_MS = 250
NAME_PX = 390
"""Room for a title."""


class GuideDialog(QDialog):
    """Asks whether a guide over these videos is to be written.

    Signals: `wish_changed()` when it is to be priced.
    """

    wish_changed = Signal()

    def __init__(self, parent: QWidget, videos: Sequence[Video], *, grows_by: int = 0) -> None:
        """`grows_by`: how many of them are new to the guide there is; 0 where there is none."""
        super().__init__(parent)
        self.setObjectName("guideDialog")
        self.setWindowTitle(_("Write a guide"))
        self.setMinimumWidth(460)
        self._timer = delayed(self, PAUSE_MS, self.wish_changed.emit)
        head = _("One guide over {videos}").format(videos=count(len(videos), "video"))
        told = _(
            "What they have in common is said once, what one adds to another is named, with an "
            "order of learning; each statement has its video and second."
        )
        if grows_by:
            told = _("The guide there is grows by {videos}; the rest of it stays.").format(
                videos=count(grows_by, "video")
            )
        self.list = named(QListWidget(self), "guideVideos", _("Videos of the guide"))
        names = (f"{n}. {one_line(v.name)}" for n, v in enumerate(videos, start=1))
        metrics = self.list.fontMetrics()
        self.list.addItems([elided(metrics, name, NAME_PX) for name in names])
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        row_px = self.list.sizeHintForRow(0) + 2
        self.list.setFixedHeight(row_px * min(8, len(videos)) + 10)
        self.wish = named(QLineEdit(self), "guideWish", _("Wish"))
        self.wish.setPlaceholderText(_("A wish, such as “for beginners”"))
        self.wish.textChanged.connect(self._changed)
        self.price = label("", "guidePrice", role="caption", wrap=True)
        self.accept_button = button(
            _("Write the guide"), "acceptButton", kind="primary", pressed=self.accept
        )
        self.accept_button.setDefault(True)
        cancel = button(_("Cancel"), "rejectButton", pressed=self.reject)
        foot = hbox((self.price, 1), cancel, self.accept_button, spacing=8)
        words = label(told, role="caption", wrap=True)
        inside = (label(head, role="strong"), words, self.list, self.wish, 4, foot)
        vbox(*inside, margins=(20, 20, 20, 16), spacing=10, on=self)
        self.wish.setFocus()
        self._changed()

    def _changed(self) -> None:
        self.show_price(_("Reading the videos for the price…"))
        self._timer.start()

    def show_price(self, words: str, *, ready: bool = False, tone: str = "") -> None:
        """What it takes, or why it cannot be."""
        self.price.setText(words)
        style(self.price, tone=tone)
        self.accept_button.setEnabled(ready)
