"""What the notes are to be about: the place to drop on, the field to paste into, the queue.

Text becomes links (`domain.links`), links become chips; what cannot be used is named with its
reason. Nothing is fetched here: the window asks the source and calls `show_video`.
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
from notegen_desktop.domain.jobs.remedies import Means, remedies
from notegen_desktop.domain.links.link import Found, Link, Reject
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
"""Chips shown without scrolling, in a low window and a high one; a half one tells of more."""

MAX_CHIPS = 40
"""Further links are only counted."""

MAX_UNASKED = 500
"""Links taken without a question. Whole lists come in by mistake, and each link is looked up."""

LINES = 3
"""The field grows to this many lines."""

PASTE = N_("Paste links to videos, or a transcript")

REJECT_CHARS = 40
"""Of what is not taken, more is not repeated."""

FRAME_PX = 16
"""Padding and border of the field above and below its text, as the stylesheet has them."""


class SourceField(QPlainTextEdit):
    """The field. Pasted text goes out whole, typed text on Return.

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
        self.setAcceptDrops(False)  # the area around it takes what is dropped
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
    """The drop area with its field and chips.

    Signals: `changed()` when the queue or the typed text changes, `added(list[Link])` with links
    that are new in the queue, `choice_wanted(str)` with the key of a playlist whose videos are to
    be chosen, `remedy_wanted(str, Remedy)` with the key of a link and a way round its refusal,
    `large_dropped(Dropped)` with more text than is read on the window's thread, `many_found(Found)`
    with more links than are taken without a question, `words_found(str)` with a text that has no
    link and is long enough to make notes of, `templates_found(list[Path])`. The window answers
    `choose_button`, by which files are chosen.
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
        self._chips: dict[str, Chip] = {}  # of the first links
        self._news: dict[str, Callable[[Chip], None]] = {}
        self.failures: dict[str, Failure] = {}
        """By the key of its link: why a source could not be looked at."""
        self._means = Means()

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

    # --- what is in it ---

    def links(self) -> tuple[Link, ...]:
        """The queue, in its order."""
        return tuple(self._links.values())

    def has_typed(self) -> bool:
        """Whether the field holds text that is not in the queue yet."""
        return bool(self.field.toPlainText().strip())

    # --- putting in and taking out ---

    def add_text(self, text: str) -> tuple[Link, ...]:
        """Put the links of a text into the queue; says what could not be used."""
        return self.add_found(links_in_text(text))

    def add_mime(self, mime: QMimeData) -> tuple[Link, ...]:
        """Put into the queue what was dropped or pasted; very much is read beside the window.
        Template files among it are told."""
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

    def add_found(self, found: Found, *, asked: bool = False, words: str = "") -> tuple[Link, ...]:
        """Put links into the queue and say what could not be used; of very many, ask first.

        `words` is the text they were found in, which may be a source of its own.
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
        """Those that are new in the queue."""
        new = []
        for link in links:
            if link.key not in self._links:
                self._links[link.key] = link
                new.append(link)
        self._show_chips()
        if new:
            self._settle()
            self.added.emit(new)
            self._reveal.start()  # when the layout has made room for it
        return tuple(new)

    def take_typed(self) -> tuple[Link, ...]:
        """Put the links of the typed text into the queue. What is no link stays in the field."""
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

    # --- what is known about it ---

    def show_video(self, key: str, video: Video) -> None:
        self.failures.pop(key, None)
        self._tell(key, lambda chip: chip.show_video(video))

    def show_count(self, key: str, count: int, *, more: bool = False) -> None:
        """How many videos a playlist has; with `more`, there may be further ones."""
        self._tell(key, lambda chip: chip.show_count(count, more=more))

    def show_failure(self, key: str, failure: Failure) -> None:
        if key not in self._links:
            return
        self.failures[key] = failure
        self._tell(key, lambda chip: self._show_failure(chip, failure))

    def show_means(self, means: Means) -> None:
        """What there is on this machine to help where a source refuses."""
        self._means = means
        for key, failure in self.failures.items():
            self.show_failure(key, failure)

    def _show_failure(self, chip: Chip, failure: Failure) -> None:
        link = chip.link
        chip.show_failure(failure)
        video = Video(link.key, link.url, link.provider)
        chip.show_remedies(remedies(failure, video, self._means))

    def replace(self, key: str, link: Link) -> None:
        """Another link takes the place of one: it turned out to be that, or was chosen instead."""
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
        """Say what was not taken and why; nothing to say hides the line."""
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
        """Say that a long list of links is being read."""
        self._problem.setText(_("Reading the links …"))
        self._problem.show()

    def set_low(self, low: bool) -> None:
        """Whether the window is too low to say what can be dropped."""
        self._low = low
        self._hint.setVisible(not self._links and not low)

    def show_drag(self, over: bool) -> None:
        """Light up while something that can be dropped is over the window."""
        style(self, dragging=over)

    # --- inside ---

    def _tell(self, key: str, news: Callable[[Chip], None]) -> None:
        """Tell the chip of a link, now or when there is one."""
        if key in self._links:
            self._news[key] = news
        if key in self._chips:
            news(self._chips[key])

    def _show_chips(self) -> None:
        """A chip for each of the first links; a thousand widgets would make the window wait."""
        for key, link in islice(self._links.items(), MAX_CHIPS):
            if key in self._chips:
                continue
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
        accept_copy(event)  # it was asked on entering whether anything can be taken

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
