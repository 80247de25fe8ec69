"""Bar below the list with actions for the selected notes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QLineEdit,
    QMenu,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from notegen_desktop.domain.errors import UsageError
from notegen_desktop.domain.notes.tags import STAR, tag_key, tags_in
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.ports import NoteSummary
from notegen_desktop.ui.kit.build import APART_PX, button, hbox, icon_button, label, named
from notegen_desktop.ui.kit.outside import BASIC, add_formats
from notegen_desktop.ui.kit.theme import set_icon

from .rows import tags_shown

TAGS_PX = 120
"""Minimum width of the tag field in pixels, below which typed tags are unreadable."""


class SelectionBar(QFrame):
    """Tags and actions for the selected notes.

    Signals: `tagged(list[str], list[str])` with tags to add and to remove, `export_wanted(str)`
    with a format, `failed(str)` with an error message. The page connects `delete`, `restore`,
    `again` (write the notes again) and `guide` (one guide over their videos).
    """

    tagged = Signal(object, object)
    export_wanted = Signal(str)
    failed = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("selectionBar")
        self._notes: tuple[NoteSummary, ...] = ()
        self._count = label(role="caption")
        self.tags = _TagEdit(self)
        self.tags.setMinimumWidth(TAGS_PX)
        self.star = icon_button("star", _("Star"), name="starButton", pressed=self.toggle_star)
        self.export = named(QPushButton(_("Export")), "exportSelected")
        set_icon(self.export, "arrow-down-to-line")
        self.export.setMenu(QMenu(self.export))
        self.write = named(QPushButton(_("Write")), "writeSelected")
        set_icon(self.write, "sparkles")
        menu = QMenu(self.write)
        self.again = menu.addAction(_("Write again…"))
        self.guide = menu.addAction(_("Write a guide over their videos…"))
        self.write.setMenu(menu)
        self.delete = button(_("Delete"), "deleteSelected", icon="trash-2")
        self.restore = button(_("Restore"), "restoreSelected", icon="undo-2")
        self.tags.editingFinished.connect(self._tag)
        self._about = hbox(self._count, (self.tags, 1), self.star)
        self._acts = hbox(self.export, self.write, APART_PX, self.delete, self.restore)
        self._row = hbox((self._about, 1), self._acts, margins=(20, 8, 20, 8), on=self)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.set_formats(BASIC)
        self.hide()

    def set_formats(self, formats: Sequence[str]) -> None:
        self.export.menu().clear()
        add_formats(self.export.menu(), tuple(formats), self.export_wanted.emit, words="{}")

    def show_notes(self, notes: Sequence[NoteSummary], *, deleted: bool) -> None:
        """Show the bar for these selected notes; `deleted` notes can only be restored."""
        self._notes = tuple(notes)
        self.setVisible(bool(notes))
        self._count.setText(
            ngettext("{n} selected", "{n} selected", len(notes)).format(n=number(len(notes)))
            if len(notes) > 1
            else ""
        )
        self._count.setVisible(len(notes) > 1)
        for each in (self.tags, self.star, self.export, self.write, self.delete):
            each.setVisible(not deleted)
        videos = {note.video_id for note in notes}
        self.guide.setEnabled(len(videos) > 1)
        self.restore.setVisible(deleted)
        self._fit()
        if not self.tags.hasFocus():
            self._show_tags()
        starred = bool(notes) and all(note.is_starred for note in notes)
        self.star.setToolTip(_("Take the star away") if starred else _("Star"))
        self.star.setAccessibleName(self.star.toolTip())
        set_icon(self.star, "star", color="warning" if starred else "muted")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Use two lines if the bar is too narrow for one."""
        parts = self._about.minimumSize().width() + self._acts.minimumSize().width()
        margins = self._row.contentsMargins()
        fits = parts + self._row.spacing() + margins.left() + margins.right() <= self.width()
        self._row.setDirection(
            QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom
        )

    def toggle_star(self) -> None:
        if all(note.is_starred for note in self._notes):
            self.tagged.emit([], [STAR])
        else:
            self.tagged.emit([STAR], [])

    def _shared(self) -> tuple[str, ...]:
        """Return the tags that all selected notes have."""
        if not self._notes:
            return ()
        keys = [{tag_key(tag) for tag in note.tags} for note in self._notes]
        return tuple(
            tag for tag in tags_shown(self._notes[0]) if all(tag_key(tag) in each for each in keys)
        )

    def _show_tags(self) -> None:
        self.tags.setText(", ".join(self._shared()))

    def _tag(self) -> None:
        """Make the typed tags the common tags of all selected notes."""
        try:
            written = tags_in(self.tags.text())
        except UsageError as error:
            self.failed.emit(error.message)
            return
        keys = {tag_key(tag) for tag in written}
        shared = self._shared()
        gone = [tag for tag in shared if tag_key(tag) not in keys]
        known = {tag_key(tag) for tag in shared}
        new = [tag for tag in written if tag_key(tag) not in known]
        if new or gone:
            self.tagged.emit(new, gone)


class _TagEdit(QLineEdit):
    """Field for comma-separated tags."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        named(self, "tagEdit", _("Tags of the selected notes"))
        self.setPlaceholderText(_("Tags, with commas between them"))
        self.setAcceptDrops(False)  # the window handles drops

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        # Return must not open a note.
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
