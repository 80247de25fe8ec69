"""Left column with the pages "New" and "Progress"; it folds to a strip."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLabel,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from notegen_desktop.domain.jobs.job import Status, Tally
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import _, ngettext, pgettext
from notegen_desktop.ui.kit.build import hbox, icon_button, named, vbox
from notegen_desktop.ui.kit.pages import Pages
from notegen_desktop.ui.kit.theme import follow_theme, palette, set_icon, theme
from notegen_desktop.ui.kit.widgets import Segmented

NEW, PROGRESS = "new", "progress"
STRIP_PX = 48
MIN_PX = 320
HEAD_PX = 44
"""Height in pixels of the headers of both columns."""

MAX_COUNTED = 100
"""Number of notes above which progress is shown in percent."""


def progress_words(tally: Tally, progress: float) -> str:
    """Return the progress of the jobs: `2 of 4`, `38%` for many, `1 failed`; `progress` is 0 to
    1."""
    if tally.active:
        many = tally.total > MAX_COUNTED
        return (
            f"{progress:.0%}"
            if many
            else _("{of} of {total}").format(of=tally.of(Status.COMPLETE), total=tally.total)
        )
    failed = tally.of(Status.ERROR)
    return ngettext("{n} failed", "{n} failed", failed).format(n=number(failed)) if failed else ""


class Rail(QFrame):
    """Two pages, `NEW` and `PROGRESS`, below a segmented control.

    Signals: `page_wanted(str)` to unfold it at a page; `turned(str)` when another page is shown.
    `toggle` folds or unfolds it.
    """

    page_wanted = Signal(str)
    turned = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setProperty("plane", "sidebar")
        self._max_px = MIN_PX
        self.is_folded = False
        self._mark = QLabel()
        self._mark.setPixmap(QApplication.windowIcon().pixmap(QSize(24, 24)))
        self.choice = Segmented(((NEW, pgettext("notes", "New")), (PROGRESS, _("Progress"))))
        named(self.choice, "railPages", _("Left column"))
        # Fixed widths, because the texts change.
        self.choice.button(NEW).setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.choice.button(PROGRESS).setSizePolicy(
            QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed
        )
        self.choice.set_tight(True)
        self.choice.button(NEW).setToolTip(_("What to make notes of (Ctrl+L)"))
        self.toggle = icon_button(name="railToggle", size=18)
        self._head = hbox(self._mark, (self.choice, 1), self.toggle, spacing=10)
        new_button = icon_button(
            "plus",
            _("New notes (Ctrl+L)"),
            name="stripNewButton",
            size=18,
            pressed=lambda: self.page_wanted.emit(NEW),
        )
        self.ring = ProgressRing()
        self.ring.clicked.connect(lambda: self.page_wanted.emit(PROGRESS))
        self._strip = QWidget()
        vbox(new_button, self.ring, None, margins=(9, 4, 9, 0), on=self._strip)
        self.pages = Pages()
        vbox(self._head, (self._strip, 1), (self.pages, 1), spacing=0, on=self)
        self.choice.chosen.connect(self._turn)
        self.show_state(Tally(), 0.0)
        self._settle()

    def fill(self, new: QWidget, progress: QWidget) -> None:
        """Add the two pages, once the rail is in the window."""
        self.pages.addWidget(new)
        self.pages.addWidget(progress)

    def show_page(self, key: str) -> None:
        """Switch to a page, also while folded."""
        self.choice.choose(key)

    @property
    def page(self) -> str:
        return self.choice.choice()

    def show_state(self, tally: Tally, progress: float) -> None:
        """Show the state of the jobs; `progress` is 0 to 1."""
        words = progress_words(tally, progress)
        button = self.choice.button(PROGRESS)
        button.setText(f"{_('Progress')}  {words}" if words else _("Progress"))
        says = _("Progress: {words}").format(words=words) if words else _("Progress")
        button.setAccessibleName(says)
        self.ring.show_state(tally, progress)

    # --- folding ---

    def set_folded(self, folded: bool) -> None:
        """Fold to a strip, or unfold to the splitter's width."""
        self.is_folded = folded
        self._settle()

    def set_max_width(self, px: int) -> None:
        """Set the maximum width in pixels."""
        self._max_px = max(MIN_PX, px)
        if not self.is_folded:
            self.setMaximumWidth(self._max_px)

    def _settle(self) -> None:
        folded = self.is_folded
        for part in (self._mark, self.choice, self.pages):
            part.setVisible(not folded)
        self._strip.setVisible(folded)
        self._head.setContentsMargins(9 if folded else 16, 6, 9 if folded else 8, 6)
        self.setMinimumWidth(STRIP_PX if folded else MIN_PX)
        self.setMaximumWidth(STRIP_PX if folded else self._max_px)
        words = _("Open the left column") if folded else _("Fold the left column")
        self.toggle.setToolTip(f"{words} (F9)")
        self.toggle.setAccessibleName(words)
        set_icon(self.toggle, "panel-left-open" if folded else "panel-left-close", size=18)

    def _turn(self, key: str) -> None:
        self.pages.setCurrentIndex((NEW, PROGRESS).index(key))
        self.turned.emit(key)


class ProgressRing(QToolButton):
    """Progress of the jobs as a ring around the number of active ones."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("stripProgressButton")
        self.setProperty("kind", "icon")
        self._tally, self._progress = Tally(), 0.0
        follow_theme(self, self.update)

    def show_state(self, tally: Tally, progress: float) -> None:
        self._tally, self._progress = tally, progress
        active, failed = tally.active, tally.of(Status.ERROR)
        words = _("Progress")
        if active:
            words = ngettext(
                "Progress: {n} note under way, {progress}",
                "Progress: {n} notes under way, {progress}",
                active,
            ).format(n=number(active), progress=f"{progress:.0%}")
        elif failed:
            words = ngettext(
                "Progress: {n} note failed", "Progress: {n} notes failed", failed
            ).format(n=number(failed))
        self.setToolTip(words)
        self.setAccessibleName(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        colours, active = palette(), self._tally.active
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not active:
            failed = self._tally.of(Status.ERROR)
            name, tone = ("circle-alert", "danger") if failed else ("list-checks", "muted")
            spot = QRectF(0, 0, 18, 18)
            spot.moveCenter(QRectF(self.rect()).center())
            theme().icon(name, color=tone, size=18).paint(painter, spot.toRect())
            painter.end()
            return
        ring = QRectF(0, 0, 24, 24)
        ring.moveCenter(QRectF(self.rect()).center())
        painter.setPen(QPen(QColor(colours.border_strong), 2.5))
        painter.drawEllipse(ring)
        painter.setPen(QPen(QColor(colours.accent_ink), 2.5, c=Qt.PenCapStyle.RoundCap))
        painter.drawArc(ring, 90 * 16, -round(max(0.03, self._progress) * 360 * 16))
        font = self.font()
        font.setPixelSize(10 if active < 100 else 8)
        painter.setFont(font)
        painter.setPen(QColor(colours.text))
        painter.drawText(ring, Qt.AlignmentFlag.AlignCenter, f"{active}" if active < 100 else "99+")
        painter.end()
