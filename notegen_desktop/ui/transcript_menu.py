"""The context menu of a passage of the transcript."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from notegen_desktop.domain.video import clock

from .cited_in import SHOWN_SECTIONS
from .rendering import one_line
from .spoken import shortened

if TYPE_CHECKING:
    from .transcript_panel import TranscriptPanel

HEADING_CHARS = 60


def passage_menu(panel: TranscriptPanel, row: int) -> QMenu:
    """Empty where there are no passages."""
    menu = QMenu(panel)
    spoken, video = panel.spoken, panel.video
    if spoken is None or video is None:
        return menu
    start_s = spoken.segments[row].start_s
    open_it = QAction(f"Open Video at {clock(start_s)}", menu)
    open_it.triggered.connect(lambda: panel.open_row(row))
    copy = QAction("Copy Passage", menu)
    if len(panel.list.chosen_rows()) > 1:
        copy.setText("Copy Passages")
    copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
    copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    copy.triggered.connect(panel.copy)
    link = QAction("Copy Link to This Time", menu)
    link.setEnabled(bool(video.link_at(start_s)))
    link.triggered.connect(lambda: panel.copy_link(row))
    menu.addActions([open_it, link])
    menu.addSeparator()
    menu.addAction(copy)
    sections = panel.model.sections_of([row])
    if sections and panel.note is not None:
        menu.addSeparator()
        for number in sections[:SHOWN_SECTIONS]:
            heading = shortened(one_line(panel.note.sections[number].heading), HEADING_CHARS)
            action = QAction(f"Go to “{heading.replace('&', '&&')}”", menu)
            action.triggered.connect(
                lambda _=False, number=number: panel.section_wanted.emit(number)
            )
            menu.addAction(action)
    return menu
