"""Dialogs for coroutines: each opens a dialog and awaits its result.

`exec()` would run a nested event loop inside a coroutine and break the other tasks. All texts are
shown as plain text.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QStandardPaths, Qt, QUrl, Signal
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QGridLayout,
    QLineEdit,
    QMessageBox,
    QWidget,
)
from shiboken6 import isValid

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.links.hosts import YOUTUBE_HOSTS, is_on, private_place
from notegen_desktop.domain.links.outgoing_links import people_of, plain_mail
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.text.cleaning import visible
from notegen_desktop.domain.words import N_, _
from notegen_desktop.services.machine.local_files import in_time
from notegen_desktop.services.ports import OrderEstimate

from .build import Item, button, delayed, hbox, label, named, vbox
from .drops import copy_into_fields
from .tasks import Tasks
from .widgets import StateLabel, fit_to_screen

LINE_CHARS = 60
"""Maximum characters of a word before it is broken: labels do not break long URLs."""

_LONG_WORD = re.compile(rf"(\S{{{LINE_CHARS}}})(?=\S)")

PRICE_PAUSE_MS = 250
"""Milliseconds without a change before the chosen work is priced."""

MIN_PX, MAX_PX = 360, 520
"""Width of a message box in pixels, unless its buttons or a word need more."""

SHOWN_ADDRESS = 300
"""Maximum characters of a URL shown in a question; the host has a line of its own."""


async def answer(dialog: QDialog) -> int:
    """Open a dialog and return the result code it was closed with.

    Cancellation closes the dialog, and so does the end of its parent. It is deleted afterwards.
    """
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def settle(result: int) -> None:
        if not future.done():
            future.set_result(result)

    def gone(_: QObject | None = None) -> None:
        settle(int(QDialog.DialogCode.Rejected))

    dialog.finished.connect(settle)
    dialog.destroyed.connect(gone)
    copy_into_fields(dialog)
    fit_to_screen(dialog)
    dialog.open()
    try:
        return await future
    finally:
        if isValid(dialog):  # it may have been deleted with its window
            dialog.destroyed.disconnect(gone)
            dialog.finished.disconnect(settle)
            dialog.close()
            dialog.deleteLater()


def _box(parent: QWidget | None, title: str, text: str, details: str) -> QMessageBox:
    box = named(QMessageBox(parent), "questionDialog")
    box.setWindowTitle(title)
    box.setWindowModality(Qt.WindowModality.WindowModal)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    text, details = (_LONG_WORD.sub("\\1\n", visible(words)) for words in (text, details))
    box.setText(text)
    box.setInformativeText(details)
    strong = QFont(box.font())
    strong.setWeight(QFont.Weight.DemiBold)
    width = QFontMetrics(strong).horizontalAdvance
    lines = min(MAX_PX, max(map(width, text.split("\n"))))
    wide = max(MIN_PX, lines, *map(width, [*text.split(), *details.split()]))
    box.setStyleSheet(
        f"QLabel#qt_msgbox_label {{ font-weight: 600; min-width: {wide}px; }}"
        f"QLabel#qt_msgbox_informativelabel {{ min-width: {wide}px; }}"
    )
    _align(box)
    return box


def _align(box: QMessageBox) -> None:
    """Align text and buttons at one edge: Qt leaves room for an icon that is not set."""
    grid = box.layout()
    assert isinstance(grid, QGridLayout)
    grid.setContentsMargins(20, 20, 20, 16)
    grid.setHorizontalSpacing(0)
    grid.setVerticalSpacing(14)
    grid.setColumnStretch(1, 1)
    first = grid.itemAtPosition(0, 0)
    room = first.spacerItem() if first is not None else None
    if room is not None:
        room.changeSize(0, 0)
        grid.invalidate()


async def confirm(
    parent: QWidget | None,
    *,
    title: str,
    text: str,
    details: str = "",
    accept: str = N_("OK"),
    reject: str = N_("Cancel"),
    danger: bool = False,
) -> bool:
    """Ask a yes-or-no question and return True for yes.

    With `danger`, Return takes the harmless answer, and the other button stands apart.
    """
    box = _box(parent, title, text, details)
    yes = button(_(accept), "acceptButton", kind="danger" if danger else "primary", parent=box)
    no = button(_(reject), "rejectButton", parent=box)
    roles = QMessageBox.ButtonRole  # a reset button goes to the other end of the row
    box.addButton(yes, roles.ResetRole if danger else roles.AcceptRole)
    box.addButton(no, QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(no if danger else yes)
    box.setEscapeButton(no)
    if danger:
        # Space presses the focused button: focus the harmless answer.
        yes.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        box.setTabOrder(no, yes)
        no.setFocus()
    accepted: list[bool] = []
    for says_yes in (box.accepted, yes.clicked):
        says_yes.connect(lambda *_: accepted.append(True))
    await answer(box)
    return bool(accepted)


async def choose(
    parent: QWidget | None,
    *,
    title: str,
    text: str,
    details: str = "",
    choices: Sequence[tuple[str, str]],
) -> str:
    """Show a button for each choice and return the key of the pressed one, "" if cancelled.

    `choices` are (key, label) pairs; the key is the button's object name. Return takes the first,
    Escape cancels; Tab goes through them in order.
    """
    box = _box(parent, title, text, details)
    chosen: list[str] = []
    for number, (key, words) in enumerate(choices):
        choice = button(
            _(words),
            key,
            kind="" if number else "primary",
            pressed=lambda _=False, key=key: chosen.append(key),
            parent=box,
        )
        # One role for all: the platform's order of roles would separate the choices.
        box.addButton(choice, QMessageBox.ButtonRole.ActionRole)
        if not number:
            box.setDefaultButton(choice)
    cancel = button(_("Cancel"), "rejectButton", parent=box)
    box.addButton(cancel, QMessageBox.ButtonRole.RejectRole)
    box.setEscapeButton(cancel)
    await answer(box)
    return chosen[0] if chosen else ""


async def ask_text(
    parent: QWidget | None, *, name: str, title: str, text: str, accept: str, value: str = ""
) -> str:
    """Ask for a line of text and return it, "" if cancelled. `name` is the dialog's object name."""
    dialog = named(QDialog(parent), name)
    dialog.setWindowTitle(title)
    dialog.setMinimumWidth(MIN_PX)
    field = QLineEdit(value, dialog)
    field.selectAll()
    yes = button(accept, "acceptButton", kind="primary", pressed=dialog.accept)
    no = button(_("Cancel"), "rejectButton", pressed=dialog.reject)
    yes.setDefault(True)
    yes.setEnabled(bool(value))
    field.textChanged.connect(lambda typed: yes.setEnabled(bool(typed.strip())))
    buttons = hbox(None, no, yes)
    words = label(text, wrap=True, buddy=field)
    vbox(words, field, buttons, margins=(20, 20, 20, 16), spacing=14, on=dialog)
    return field.text().strip() if await answer(dialog) else ""


class PricedDialog(QDialog):
    """Dialog that asks whether to write something and shows its estimated price.

    Signals: `price_wanted()` when the price must be computed anew.
    """

    price_wanted = Signal()

    def __init__(
        self, parent: QWidget, *, name: str, title: str, accept: str, price: str, looking: str
    ) -> None:
        """`name` and `price` are the object names of the dialog and of the price label; `accept` is
        the text of the accept button, `looking` the text of the price label until the price is
        known."""
        super().__init__(parent)
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setMinimumWidth(460)
        self._looking = looking
        self._asked = 0
        self._timer = delayed(self, PRICE_PAUSE_MS, self.price_wanted.emit)
        self.price = StateLabel(price)
        self.accept_button = button(accept, "acceptButton", kind="primary", pressed=self.accept)
        self.accept_button.setDefault(True)

    def lay_out(self, *items: Item) -> None:
        """Lay out these items above the price and the buttons."""
        cancel = button(_("Cancel"), "rejectButton", pressed=self.reject)
        foot = hbox((self.price, 1), cancel, self.accept_button, spacing=8)
        vbox(*items, 4, foot, margins=(20, 20, 20, 16), spacing=10, on=self)
        self.ask_price()

    def ask_price(self, *_changed: object) -> None:
        """Request the price anew after a change, and disable the accept button until it is
        known."""
        self._asked += 1
        self.accept_button.setEnabled(False)
        self.price.say(self._looking)
        self._timer.start()

    def show_price(
        self,
        tasks: Tasks,
        work: Coroutine[Any, Any, OrderEstimate],
        words: Callable[[OrderEstimate], str],
    ) -> None:
        """Run `work` and show its estimate, formatted by `words`, or the reason of its failure.

        The result is dropped if another price was requested meanwhile.
        """
        asked = self._asked

        def show(estimate: OrderEstimate) -> None:
            if asked != self._asked:
                return
            if estimate.over_budget:
                self.price.say(estimate.budget_words, "danger")
            else:
                self.price.say(words(estimate))
                self.accept_button.setEnabled(True)

        def fail(failure: Failure) -> None:
            if asked == self._asked:
                self.price.fail(failure)

        tasks.start(work, done=show, failed=fail, receiver=self)


def host_of(url: str) -> str:
    """Return the host of a URL in ASCII: look-alike names in other scripts show as `xn--…`."""
    return QUrl(url).host(QUrl.ComponentFormattingOption.FullyEncoded).lower()


def is_home(url: str, video: Video | None) -> bool:
    """Return True if a URL is on the host of the video itself."""
    host = host_of(url)
    if not host or video is None or QUrl(url).scheme() not in ("http", "https"):
        return False
    own = host_of(video.url)
    return host == own or (is_on(host, *YOUTUBE_HOSTS) and is_on(own, *YOUTUBE_HOSTS))


async def confirm_external_link(
    parent: QWidget | None, url: str, video: Video | None = None
) -> bool:
    """Return True if a link in a note may be opened, after asking the user.

    Links to the video's own host need no question. Schemes other than http, https and mailto are
    refused without one. Of a mailto link only the result of `plain_mail` may be opened.
    """
    address = QUrl(plain_mail(url))
    shown = bytes(address.toEncoded().data()).decode("ascii", "replace")
    if len(shown) > SHOWN_ADDRESS:
        shown = f"{shown[: SHOWN_ADDRESS - 40]}…{shown[-39:]}"
    if address.scheme() == "mailto" and address.path():
        return await confirm(
            parent,
            title=_("Write an e-mail?"),
            text=_("The note wants to write to\n{people}").format(
                people=people_of(address.toString())
            ),
            details=shown,
            accept=_("Write E-mail"),
        )
    host = host_of(url)
    if address.scheme() not in ("http", "https") or not host:
        return False
    private = private_place(host)
    if is_home(url, video) and not private:
        return True
    text = (
        _("This link leads into {private}, not to the internet:\n{host}")
        if private
        else _("This link leads to another site:\n{host}")
    )
    why = _("\n\nA link can change the settings of a device there.") if private else ""
    return await confirm(
        parent,
        title=_("Open link?"),
        text=text.format(private=_(private), host=host),
        details=f"{shown}{why}",
        accept=_("Open in browser"),
        danger=True,
    )


def _start_folder(folder: Path | None) -> str:
    if folder is not None and in_time(folder.is_dir, folder, otherwise=lambda: False):
        return str(folder)
    return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)


async def choose_files(
    parent: QWidget | None, *, title: str, filters: Sequence[str], folder: Path | None = None
) -> list[Path]:
    """Ask for existing files; [] if cancelled. `filters`: `Captions (*.vtt *.srt)`."""
    dialog = QFileDialog(parent, title, _start_folder(folder))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.setNameFilters([_filter_words(each) for each in filters])
    return await _chosen(dialog)


def _filter_words(kind: str) -> str:
    """Translate the name in a filter such as `Captions (*.vtt *.srt)`."""
    name, mark, patterns = kind.partition(" (")
    return f"{_(name)}{mark}{patterns}"


async def choose_folder(parent: QWidget | None, *, title: str) -> Path | None:
    """Ask for an existing folder; None if cancelled."""
    dialog = QFileDialog(parent, title, _start_folder(None))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    return next(iter(await _chosen(dialog)), None)


async def choose_save_path(
    parent: QWidget | None, *, title: str, name: str, suffix: str, folder: Path | None = None
) -> Path | None:
    """Ask where to save a file; None if cancelled. The dialog confirms overwriting."""
    dialog = QFileDialog(parent, title, _start_folder(folder))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setDefaultSuffix(suffix)
    dialog.setNameFilters([f"{suffix.upper()} (*.{suffix})", f"{_('All files')} (*)"])
    dialog.selectFile(f"{name}.{suffix}")
    return next(iter(await _chosen(dialog)), None)


async def _chosen(dialog: QFileDialog) -> list[Path]:
    dialog.setObjectName("fileDialog")
    files: list[str] = []
    dialog.filesSelected.connect(files.extend)
    await answer(dialog)
    return [Path(file) for file in files if file]
