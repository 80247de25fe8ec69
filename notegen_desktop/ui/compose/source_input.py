"""Source input: drop area, text field and the queue of chips.

Text becomes links (`domain.links`), links become chips; rejected text is shown with its reason.
Nothing is fetched here: the window looks links up and calls `show_video`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy, QWidget

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.jobs.remedies import RemedyTools, remedies
from notegen_desktop.domain.links.link import FoundLinks, Link, Reject
from notegen_desktop.domain.links.text_links import is_source
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.text.quantities import number, quoted
from notegen_desktop.domain.words import N_, _
from notegen_desktop.services.machine.local_files import links_in_text
from notegen_desktop.ui.kit.build import (
    button,
    delayed,
    hbox,
    icon_label,
    label,
    named,
    scrolled,
    vbox,
)
from notegen_desktop.ui.kit.drops import Dropped, accept_copy, can_take, template_files
from notegen_desktop.ui.kit.screen_reader import give_role
from notegen_desktop.ui.kit.text import shortened
from notegen_desktop.ui.kit.theme import scaled, style
from notegen_desktop.ui.kit.widgets import identify

from .source_chip import Chip

CHIP_PX = 44
MIN_SHOWN, MAX_SHOWN = 1.0, 3.5
"""Visible chips in a low and in a high window; the half chip hints that the list scrolls."""

MAX_CHIPS = 40
"""Links shown as chips; further ones are only counted."""

MAX_UNASKED = 500
"""Links added without a question: long lists come in by mistake, and each link is looked up."""

LINES = 3
"""Maximum height of the field in lines."""

PASTE = N_("Paste links to videos, or a transcript")

REJECT_CHARS = 40
"""Characters of a rejected text quoted in the message."""

FRAME_PX = 16
"""Vertical padding and border of the field in pixels, as in the stylesheet."""


class SourceField(QPlainTextEdit):
    """Text field for links. Pasted text is submitted at once, typed text on Return.

    Signals: `pasted(QMimeData)`, `entered()`, `erased()` for Backspace in an empty field.
    """

    pasted = Signal(QMimeData)
    entered = Signal()
    erased = Signal()

    def __init__(self) -> None:
        super().__init__()
        named(self, "sourceInput", _("Links to videos"))
        self.setPlaceholderText(_(PASTE))
        self.setAccessibleDescription(
            _("Paste or type one or more links, or the words of a talk, then press Return.")
        )
        self.setTabChangesFocus(True)
        self.setAcceptDrops(False)  # the drop area around it handles drops
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        self.textChanged.connect(self._fit)
        self._fit()

    def text(self) -> str:
        return self.toPlainText()

    def setText(self, text: str) -> None:
        self.setPlainText(text)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText() or source.hasUrls() or source.hasHtml()

    def insertFromMimeData(self, source: QMimeData) -> None:
        self.pasted.emit(source)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & (
            Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
        ):
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Backspace and not self.toPlainText():
            self.erased.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        # The layout of a plain text document gives its height in lines, wrapped ones included.
        lines = min(LINES, max(1, round(self.document().size().height())))
        self.setFixedHeight(self.fontMetrics().lineSpacing() * lines + FRAME_PX)


class SourceInput(QFrame):
    """Drop area with its field and chips.

    Signals: `changed()` when the queue or the typed text changes, `added(list[Link])` with links
    new in the queue, `choice_wanted(str)` with the key of a playlist to choose videos of,
    `remedy_wanted(str, Remedy)` with the key of a link and a remedy for its refusal,
    `large_dropped(Dropped)` with more text than may be parsed in the GUI thread,
    `many_found(FoundLinks)` with more than `MAX_UNASKED` new links, `words_found(str)` with a text
    without links that is long enough to be a source, `templates_found(list[Path])`. The window
    connects `choose_button`, which opens the file dialog.
    """

    changed = Signal()
    added = Signal(list)
    choice_wanted = Signal(str)
    remedy_wanted = Signal(str, object)
    large_dropped = Signal(object)
    many_found = Signal(object)
    words_found = Signal(str)
    templates_found = Signal(list)

    def __init__(self) -> None:
        super().__init__()
        named(self, "dropArea", _("Videos"))
        self.setAccessibleDescription(_("Drop links, captions or media files here."))
        self.setAcceptDrops(True)
        self._links: dict[str, Link] = {}
        self._chips: dict[str, Chip] = {}  # for the first `MAX_CHIPS` links only
        self._news: dict[str, Callable[[Chip], None]] = {}
        self.failures: dict[str, Failure] = {}
        """Failure of the lookup, by the key of its link."""
        self.videos: dict[str, Video] = {}
        """Video found by the lookup, by the key of its link; kept after the link is removed."""
        self._means = RemedyTools()

        self.field = SourceField()
        self.field.pasted.connect(self.add_mime)
        self.field.entered.connect(self.take_typed)
        self.field.erased.connect(self._remove_last)
        self.field.textChanged.connect(self.changed)

        self._hint = QWidget()
        self._low = False
        vbox(
            hbox(None, icon_label("clapperboard", color="accent_ink", size=24), None),
            label(
                _("Drop videos, captions or folders here"),
                role="strong",
                wrap=True,
                align=Qt.AlignmentFlag.AlignCenter,
            ),
            margins=(0, 8, 0, 4),
            spacing=6,
            on=self._hint,
        )
        self._list = QWidget()
        self._list.setAccessibleName(_("Videos to make notes of"))
        give_role(self._list, QAccessible.Role.List)
        self._more = label("", "moreSources", role="caption", align=Qt.AlignmentFlag.AlignCenter)
        self._more.hide()
        self._rows = vbox(self._more, None, spacing=4, on=self._list)
        self._scroll = scrolled(self._list)
        self._scroll.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._scroll.hide()
        self._reveal = delayed(self, 0, self._show_last)
        self._problem = label("", "sourceProblem", role="caption", tone="warning", wrap=True)
        self._problem.hide()
        self.choose_button = button(
            _("Choose files…"),
            "chooseFilesButton",
            kind="link",
            tip=_("Captions, text, video or audio (Ctrl+O)"),
        )
        self.clear_button = button(
            _("Clear"),
            "clearSourcesButton",
            kind="link",
            says=_("Remove all videos from the queue"),
            pressed=self.clear,
        )
        self.clear_button.hide()
        vbox(
            self._hint,
            self._scroll,
            self.field,
            self._problem,
            hbox(self.choose_button, None, self.clear_button),
            margins=(12, 12, 12, 8),
            on=self,
        )

    # --- contents ---

    def links(self) -> tuple[Link, ...]:
        """Return the queued links in their order."""
        return tuple(self._links.values())

    def has_typed(self) -> bool:
        """Return True if the field holds text that is not in the queue yet."""
        return bool(self.field.toPlainText().strip())

    # --- adding and removing ---

    def add_text(self, text: str) -> tuple[Link, ...]:
        """Add the links in `text`, show what was rejected, and return the new links."""
        return self.add_found(links_in_text(text))

    def add_mime(self, mime: QMimeData) -> tuple[Link, ...]:
        """Add dropped or pasted links and return the new ones.

        Large data is handed on by `large_dropped` instead, template files by `templates_found`.
        """
        templates, others = template_files(mime)
        if templates:
            self.templates_found.emit(templates)
            if not others:
                return ()
            mime = QMimeData()
            mime.setUrls(others)
        dropped = Dropped.of(mime)
        if dropped.is_large:
            self.large_dropped.emit(dropped)
            return ()
        return self.add_found(dropped.read(), words=dropped.words)

    def add_found(
        self, found: FoundLinks, *, asked: bool = False, words: str = ""
    ) -> tuple[Link, ...]:
        """Add links, show what was rejected, and return the new links.

        More than `MAX_UNASKED` new links are handed on by `many_found`, unless `asked`. `words` is
        the text the links were found in; if it is itself a source, it is handed on by
        `words_found`.
        """
        if is_source(words, found):
            self.words_found.emit(words)
            return ()
        if not asked and sum(link.key not in self._links for link in found.links) > MAX_UNASKED:
            self.many_found.emit(found)
            return ()
        new = self.add_links(found.links)
        self.show_rejects(found.rejects, twins=len(found.links) - len(new))
        return new

    def add_links(self, links: Iterable[Link]) -> tuple[Link, ...]:
        """Add links and return those that are new in the queue."""
        new = []
        for link in links:
            if link.key not in self._links:
                self._links[link.key] = link
                new.append(link)
        self._show_chips()
        if new:
            self._settle()
            self.added.emit(new)
            self._reveal.start()  # delayed, until the layout has placed the chip
        return tuple(new)

    def take_typed(self) -> tuple[Link, ...]:
        """Add the links in the typed text and return the new ones. Text without links stays."""
        text = self.field.toPlainText()
        if not text.strip():
            return ()
        found = links_in_text(text)
        if found.links or is_source(text, found):
            self.field.clear()
        return self.add_found(found, words=text)

    def remove(self, key: str) -> None:
        if self._links.pop(key, None) is None:
            return
        self._news.pop(key, None)
        self.failures.pop(key, None)
        chip = self._chips.pop(key, None)
        if chip is not None:
            if chip.hasFocus():
                self.field.setFocus(Qt.FocusReason.OtherFocusReason)
            self._rows.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
            self._show_chips()
        self._settle()

    def clear(self) -> None:
        """Empty the queue; typed text stays."""
        hidden = [key for key in self._links if key not in self._chips]
        for key in hidden:
            del self._links[key]
        for key in tuple(self._links):
            self.remove(key)
        self._news.clear()
        self.failures.clear()
        self.show_rejects(())

    # --- results of lookups ---

    def show_video(self, key: str, video: Video) -> None:
        self.failures.pop(key, None)
        self.videos[key] = video
        self._tell(key, lambda chip: chip.show_video(video))

    def show_count(self, key: str, count: int, *, more: bool = False) -> None:
        """Show the number of videos in a playlist; with `more`, further ones may exist."""
        self._tell(key, lambda chip: chip.show_count(count, more=more))

    def show_failure(self, key: str, failure: Failure) -> None:
        if key not in self._links:
            return
        self.failures[key] = failure
        self._tell(key, lambda chip: self._show_failure(chip, failure))
        if key not in self._chips and len(self._chips) < 2 * MAX_CHIPS:
            self._show_chip(key, self._links[key])  # what is wrong is seen, and can be taken out
            self._settle()

    def show_means(self, means: RemedyTools) -> None:
        """Take the means on this machine from which remedies are offered for failed lookups."""
        self._means = means
        for key, failure in self.failures.items():
            self.show_failure(key, failure)

    def _show_failure(self, chip: Chip, failure: Failure) -> None:
        link = chip.link
        chip.show_failure(failure)
        video = Video(link.key, link.url, link.provider)
        chip.show_remedies(remedies(failure, video, self._means))

    def replace(self, key: str, link: Link) -> None:
        """Replace a queued link by another in the same position."""
        if key not in self._links:
            return
        place = list(self._links).index(key)
        self.remove(key)
        if not self.add_links([link]):
            return
        order = list(self._links)
        order.insert(place, order.pop())
        self._links = {each: self._links[each] for each in order}
        if link.key in self._chips:
            self._rows.insertWidget(place, self._chips[link.key])

    def show_rejects(self, rejects: Iterable[Reject], *, twins: int = 0) -> None:
        """Show what was rejected and why, and say if links were queued already; else hide the
        line."""
        rejects = tuple(rejects)
        lines = []
        told = 1 if self._low and len(rejects) > 2 else 3
        for reject in rejects[:told]:
            piece = shortened(" ".join(reject.text.split()), REJECT_CHARS)
            lines.append(f"{quoted(piece)}: {reject.reason}" if piece else reject.reason)
        if len(rejects) > told:
            lines.append(
                _("… and {rejects} more that cannot be used.").format(rejects=len(rejects) - told)
            )
        if twins and not lines:
            lines.append(
                _("It is in the list already.") if twins == 1 else _("They are all in the list.")
            )
        self._problem.setText("\n".join(lines))
        self._problem.setVisible(bool(lines))

    def show_reading(self) -> None:
        """Show that a long list of links is being read."""
        self._problem.setText(_("Reading the links …"))
        self._problem.show()

    def set_low(self, low: bool) -> None:
        """Hide the drop hint while the window is low."""
        self._low = low
        self._hint.setVisible(not self._links and not low)

    def show_drag(self, over: bool) -> None:
        """Highlight the area while something droppable is dragged over the window."""
        style(self, dragging=over)

    # --- inside ---

    def _tell(self, key: str, news: Callable[[Chip], None]) -> None:
        """Apply `news` to the chip of a link, now or once the chip exists."""
        if key in self._links:
            self._news[key] = news
        if key in self._chips:
            news(self._chips[key])

    def _show_chips(self) -> None:
        """Create chips for the first links; a thousand widgets would block the window."""
        for key, link in islice(self._links.items(), MAX_CHIPS):
            if key not in self._chips:
                self._show_chip(key, link)

    def _show_chip(self, key: str, link: Link) -> None:
        chip = Chip(link)
        chip.removed.connect(self.remove)
        chip.choice_wanted.connect(self.choice_wanted)
        chip.remedy_wanted.connect(self.remedy_wanted)
        self._chips[key] = chip
        identify(chip)
        self._rows.insertWidget(self._rows.count() - 2, chip)
        if key in self._news:
            self._news[key](chip)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if can_take(event.mimeData()):
            accept_copy(event)
            self.show_drag(True)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        accept_copy(event)  # `dragEnterEvent` has checked the data

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.show_drag(False)

    def dropEvent(self, event: QDropEvent) -> None:
        accept_copy(event)
        self.show_drag(False)
        self.add_mime(event.mimeData())

    def _show_last(self) -> None:
        if self._chips:
            hidden = len(self._links) > len(self._chips)
            last = self._more if hidden else list(self._chips.values())[-1]
            self._scroll.ensureWidgetVisible(last, 0, 0)

    def _remove_last(self) -> None:
        if self._links:
            self.remove(next(reversed(self._links)))

    def _settle(self) -> None:
        count = len(self._links)
        hidden = count - len(self._chips)
        self._more.setText(_("and {hidden} more").format(hidden=number(hidden)))
        self._more.setVisible(hidden > 0)
        shown = min(float(count), MAX_SHOWN)
        self._scroll.setMaximumHeight(int(shown * (scaled(CHIP_PX) + 4)))
        self._scroll.setMinimumHeight(int(min(shown, MIN_SHOWN) * (scaled(CHIP_PX) + 4)))
        self._scroll.setVisible(count > 0)
        self._hint.setVisible(count == 0 and not self._low)
        style(self, filled=count > 0)
        self.clear_button.setVisible(count > 1)
        self.field.setPlaceholderText(_("Add more links") if count else _(PASTE))
        self.changed.emit()
