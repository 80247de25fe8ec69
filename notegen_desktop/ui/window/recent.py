"""List of the videos of the newest notes, shown when no tab is open.

It is read from the library; the last list is stored and shown at the next start until the library
is open.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from PySide6.QtCore import QSettings, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QWidget

from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import NoteSummary, Services
from notegen_desktop.ui.kit.build import button, clear, delayed, hbox, label, scrolled, vbox
from notegen_desktop.ui.kit.elided import ElidedLabel
from notegen_desktop.ui.kit.remedy_bar import FlowLayout
from notegen_desktop.ui.kit.tasks import Deferred, Tasks
from notegen_desktop.ui.kit.text import one_line, written_by
from notegen_desktop.ui.kit.widgets import identify
from notegen_desktop.ui.library.rows import when
from notegen_desktop.ui.notes.tab_bar import kind_of

MAX_VIDEOS = 8
READ_NOTES = 100
"""Number of newest notes from which the videos are taken."""

RENEW_MS = 400
"""Milliseconds for which changes of the library are collected."""

WIDTH_PX = 720


@dataclass(frozen=True, slots=True)
class RecentVideo:
    """A video and its notes, newest first, as (id, template, distinguishing text).

    `created` is the ISO 8601 time of the newest note.
    """

    title: str
    channel: str
    created: str
    notes: tuple[tuple[str, str, str], ...]


def recent_videos(rows: Iterable[NoteSummary]) -> tuple[RecentVideo, ...]:
    """Return the videos of notes sorted from newest to oldest."""
    of_video: dict[str, list[NoteSummary]] = {}
    for row in rows:
        if row.video_id in of_video or len(of_video) < MAX_VIDEOS:
            of_video.setdefault(row.video_id, []).append(row)
    return tuple(
        RecentVideo(
            one_line(notes[0].video_title or notes[0].title),
            one_line(notes[0].channel),
            notes[0].created,
            tuple((note.id, note.template, _apart(note, notes)) for note in notes),
        )
        for notes in of_video.values()
    )


def _apart(note: NoteSummary, notes: Iterable[NoteSummary]) -> str:
    twins = [other for other in notes if other.template == note.template and other is not note]
    return written_by(note, twins) or (when(note.created) if twins else "")


class RecentVideos(QWidget):
    """Cards of videos with a button for each note.

    Signals: `note_wanted(str)` with the id of a note, `changed()` when the list has changed.
    `all_notes` opens the library.
    """

    note_wanted = Signal(str)
    changed = Signal()

    def __init__(
        self, services: Deferred[Services], tasks: Tasks, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("recentVideos")
        self._services = services
        self._tasks = tasks
        self._templates: Mapping[str, NoteTemplate] = {}
        self.videos: tuple[RecentVideo, ...] = ()
        self._stale = False
        self._cards = QWidget()
        self._stack = vbox(None, spacing=8, on=self._cards)
        self.all_notes = button(_("All notes"), "recentLibraryButton", kind="link", icon="library")
        head = hbox((label(_("Recent videos"), role="title"), 1), self.all_notes)
        column = QWidget()
        column.setMaximumWidth(WIDTH_PX)
        vbox(head, (self._cards, 1), margins=(24, 20, 24, 20), spacing=12, on=column)
        page = QWidget()
        hbox(None, (column, 20), None, on=page)
        vbox(scrolled(page, "recentArea"), on=self)
        self._renewal = delayed(self, RENEW_MS, self.load)
        services.then(lambda _: self.load())

    def set_templates(self, templates: Iterable[NoteTemplate]) -> None:
        """Take the templates, for names and icons."""
        self._templates = {template.id: template for template in templates}
        self._show(self.videos)

    def renew(self) -> None:
        """Reload soon, because the library has changed."""
        self._renewal.start()

    def load(self) -> None:
        """Reload the list."""
        if self._services.value is not None:
            recent = self._services.value.store.recent(limit=READ_NOTES)
            # Failures are shown on the library page.
            self._tasks.start(recent, done=self._take, failed=lambda _: None)

    def restore(self, state: QSettings) -> None:
        """Show the list saved by `remember` until the library is open."""
        try:
            rows = json.loads(str(state.value("recent", "")) or "[]")
            self._show(
                tuple(
                    RecentVideo(
                        str(row["title"]),
                        str(row["channel"]),
                        str(row["created"]),
                        tuple((str(i), str(kind), str(by)) for i, kind, by in row["notes"]),
                    )
                    for row in rows[:MAX_VIDEOS]
                )
            )
        except (ValueError, TypeError, KeyError):
            return

    def remember(self, state: QSettings) -> None:
        state.setValue("recent", json.dumps([asdict(video) for video in self.videos]))

    def _take(self, rows: list[NoteSummary]) -> None:
        videos = recent_videos(rows)
        if videos != self.videos:
            self._show(videos)

    def _show(self, videos: tuple[RecentVideo, ...]) -> None:
        self.videos = videos
        self._stale = True
        if self.isVisible():
            self._build()
        self.changed.emit()

    def showEvent(self, event: QShowEvent) -> None:
        """Create the cards when first visible, to keep the start fast."""
        super().showEvent(event)
        if self._stale:
            self._build()

    def _build(self) -> None:
        self._stale = False
        clear(self._stack, keep=1)
        for number, video in enumerate(self.videos):
            self._stack.insertWidget(number, self._card(video))

    def _card(self, video: RecentVideo) -> QFrame:
        card = QFrame()
        card.setProperty("plane", "card")
        card.setAccessibleName(video.title)
        notes = QWidget()
        flow = FlowLayout(notes, spacing=4)
        for note_id, template, by in video.notes:
            kind = kind_of(template, self._templates.get(template))
            name = f"{kind.name} ({by})" if by else kind.name
            flow.addWidget(
                button(
                    name,
                    f"recent:{note_id}",
                    kind="link",
                    icon=kind.icon,
                    says=_("Open {name} of {title}").format(name=name, title=video.title),
                    pressed=lambda _=False, it=note_id: self.note_wanted.emit(it),
                )
            )
        facts = " · ".join(fact for fact in (video.channel, when(video.created)) if fact)
        words = vbox(
            ElidedLabel(video.title, role="strong"),
            ElidedLabel(facts, role="caption", facts=True),
            margins=(6, 0, 6, 0),  # aligned with the buttons' text
            spacing=2,
        )
        vbox(
            words,
            notes,
            margins=(10, 10, 10, 8),
            spacing=2,
            on=card,
        )
        identify(card)
        return card
