"""Command palette: lists the commands available now and finds them by parts of their names."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAction, QColor, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QHeaderView, QLineEdit, QTreeWidget, QTreeWidgetItem, QWidget

from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import label, named, vbox
from notegen_desktop.ui.kit.commands import commands_of, group_of, keys_of
from notegen_desktop.ui.kit.theme import palette, scaled

SIZE = QSize(520, 420)
ROW_PX = 30
TOP_PX = 64
"""Distance in pixels from the window's top edge; the list grows downwards."""

ACTION = Qt.ItemDataRole.UserRole


class CommandPalette(QDialog):
    """Search field and list of matching commands; Return triggers the selected one."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("commandPalette")
        self.setWindowTitle(_("Find a command"))
        self.field = named(QLineEdit(self), "commandField", _("Find a command"))
        self.field.setPlaceholderText(_("What do you want to do?"))
        self.field.setClearButtonEnabled(True)
        self.list = named(QTreeWidget(self), "commandList", _("Commands"))
        self.list.setColumnCount(3)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setAllColumnsShowFocus(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        head = self.list.header()
        head.setStretchLastSection(False)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.nothing = label(
            _("No command has these words in its name."), role="muted", wrap=True, parent=self
        )
        vbox(self.field, self.nothing, (self.list, 1), margins=(12, 12, 12, 12), on=self)
        self.field.textChanged.connect(self._show)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._give)

    def showEvent(self, event: QShowEvent) -> None:
        window = self.parentWidget()
        assert window is not None
        width = min(SIZE.width(), window.width() - 32)
        self.resize(width, min(SIZE.height(), window.height() - TOP_PX - 16))
        self.move(
            window.mapToGlobal(window.rect().topLeft()).x() + (window.width() - width) // 2,
            window.mapToGlobal(window.rect().topLeft()).y() + TOP_PX,
        )
        self._actions = commands_of(window)
        self.field.clear()
        self.field.setFocus()
        self._show("")
        super().showEvent(event)

    def _show(self, typed: str) -> None:
        self.list.clear()
        for action in matching(self._actions, typed):
            item = QTreeWidgetItem([action.text(), _(group_of(action)), keys_of(action)])
            item.setData(0, ACTION, action)
            item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for column in (1, 2):
                item.setForeground(column, QColor(palette().muted))
            item.setSizeHint(0, QSize(0, scaled(ROW_PX)))
            self.list.addTopLevelItem(item)
        if first := self.list.topLevelItem(0):
            self.list.setCurrentItem(first)
        self.nothing.setVisible(self.list.topLevelItemCount() == 0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Pass navigation keys from the field, which has the focus, to the list."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            key = event.key()
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._give(self.list.currentItem())
                return True
            if key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
                self.list.keyPressEvent(event)
                return True
        return super().eventFilter(watched, event)

    def _give(self, item: QTreeWidgetItem | None) -> None:
        if item is None:
            return
        action: QAction = item.data(0, ACTION)
        self.accept()  # close first: the command may open a dialog
        action.trigger()


def matching(actions: list[QAction], typed: str) -> list[QAction]:
    """Return the commands whose group and name contain all typed words.

    Names that begin with the first word come first, then names with a word that does.
    """
    words = typed.casefold().split()

    def fits(action: QAction) -> bool:
        name = f"{_(group_of(action))} {action.text()}".casefold()
        return all(word in name for word in words)

    def rank(action: QAction) -> tuple[bool, bool]:
        name = action.text().casefold()
        starts = [part.startswith(words[0]) for part in name.split()] if words else [True]
        return (not starts[0], not any(starts))

    return sorted(filter(fits, actions), key=rank)
