"""Tab bar of notes, names and order of tabs, the menu of videos, and closed tabs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QTabBar, QTabWidget, QToolButton, QWidget

from notegen_desktop.domain.jobs.job import NoteJob
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.domain.notes.templates import NoteTemplate, SectionKind
from notegen_desktop.domain.text.quantities import count, number
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.ui.kit.build import hbox, named
from notegen_desktop.ui.kit.job_text import video_title
from notegen_desktop.ui.kit.screen_reader import give_menu
from notegen_desktop.ui.kit.text import one_line, plain_tip, shortened
from notegen_desktop.ui.kit.theme import set_icon, style

TAB_MIN_PX = 200
"""Minimum width of a tab in pixels, below which the bar scrolls."""

REMEMBERED = 20
"""Maximum closed tabs that can be reopened."""


class TabBar(QTabBar):
    """Tab bar; a middle click closes a tab."""

    def __init__(self, tabs: QTabWidget) -> None:
        super().__init__(tabs)
        self.setAccessibleName(_("Tabs of notes"))
        self.setExpanding(False)

    def minimumTabSizeHint(self, index: int) -> QSize:
        """Return a larger minimum than Qt's three letters, so that titles stay recognisable."""
        whole = self.tabSizeHint(index)
        return QSize(min(whole.width(), TAB_MIN_PX), whole.height())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        index = self.tabAt(event.position().toPoint())
        if event.button() is Qt.MouseButton.MiddleButton and index >= 0:
            self.tabCloseRequested.emit(index)
            return
        super().mouseReleaseEvent(event)


CHOOSER_PX = 200
"""Maximum width in pixels of the video title beside the tabs."""


class VideoChooser(QWidget):
    """Button with the current video's title and a menu of the other videos with open notes.

    Signals: `chosen(str)` with the id of a video.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.button = named(QToolButton(self), "videoChooser")
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        style(self.button, kind="ghost")
        set_icon(self.button, "chevron-down")
        self.menu = give_menu(self.button, "videosMenu")
        hbox(self.button, margins=(12, 4, 0, 4), on=self)
        self._shown: object = None
        self.hide()

    def show_videos(self, videos: Mapping[str, tuple[Video, int]], shown: str) -> None:
        """Show these videos with the numbers of their open notes; `shown` is the current id."""
        if (videos, shown) == self._shown:
            return
        self._shown = (dict(videos), shown)
        self.setVisible(len(videos) > 1)
        if shown not in videos:
            return
        title = one_line(video_title(videos[shown][0]))
        metrics = self.button.fontMetrics()
        short = metrics.elidedText(title, Qt.TextElideMode.ElideRight, CHOOSER_PX)
        self.button.setText(short.replace("&", "&&"))
        self.button.setToolTip(
            plain_tip(
                ngettext(
                    "{title}\nNotes of {n} video are open",
                    "{title}\nNotes of {n} videos are open",
                    len(videos),
                ).format(title=title, n=number(len(videos)))
            )
        )
        self.button.setAccessibleName(_("Video: {title}").format(title=title))
        self.menu.clear()
        for video_id, (video, notes) in videos.items():
            name = one_line(video_title(video)).replace("&", "&&")
            action = self.menu.addAction(f"{name}   {count(notes, 'note')}")
            action.setCheckable(True)
            action.setChecked(video_id == shown)
            action.triggered.connect(lambda _=False, one=video_id: self.chosen.emit(one))


@dataclass(frozen=True, slots=True)
class ClosedTab:
    """A closed tab: its key and content."""

    key: str
    job: NoteJob | None
    note: Note | None
    level: Level

    def shows(self, note_id: str) -> bool:
        """Return True if the tab showed this stored note."""
        return self.note is not None and self.note.id == note_id


@dataclass(frozen=True, slots=True)
class SavedTab:
    """A tab to restore in the next session: note, level and scroll position (`NoteView.top`).

    `shown` marks the current tab.
    """

    note_id: str
    level: Level
    top: tuple[int, float] | None = None
    shown: bool = False


class ClosedTabs:
    """Stack of closed tabs."""

    def __init__(self) -> None:
        self._tabs: list[ClosedTab] = []

    def __len__(self) -> int:
        return len(self._tabs)

    def put(self, closed: ClosedTab) -> None:
        """Push a tab; the oldest of more than `REMEMBERED` is dropped."""
        self._tabs.append(closed)
        del self._tabs[:-REMEMBERED]

    def pop(self) -> ClosedTab:
        """Return the tab closed last. Raises IndexError."""
        return self._tabs.pop()

    def revise(self, note: Note) -> None:
        """Replace a note that was changed."""
        self._tabs = [replace(t, note=note) if t.shows(note.id) else t for t in self._tabs]

    def forget(self, note_ids: Collection[str]) -> None:
        """Remove the tabs of deleted notes."""
        self._tabs = [t for t in self._tabs if t.note is None or t.note.id not in note_ids]


TAB_CHARS = 40
"""Maximum characters of a tab's name; the tooltip has all of it."""


_ASKING = frozenset({SectionKind.CARD, SectionKind.QUIZ, SectionKind.QUESTIONS, SectionKind.TERMS})


@dataclass(frozen=True, slots=True)
class TabKind:
    """Display of a template in tabs and pages.

    `cards`: headings are questions, texts are answers; `asks`: it has something to practise;
    `branches`: it suits a mind map.
    """

    name: str
    icon: str
    cards: bool = False
    asks: bool = False
    branches: bool = False


@dataclass(frozen=True, slots=True)
class TabName:
    """Text, tooltip and accessible name of a tab."""

    text: str
    tip: str
    spoken: str


def kind_of(template_id: str, template: NoteTemplate | None) -> TabKind:
    """Return the display of a template, derived from the id if the template is missing."""
    if template is not None:
        kinds = {part.kind for part in template.sections}
        asks = not kinds.isdisjoint(_ASKING)
        return TabKind(
            _(template.name),
            template.icon,
            SectionKind.CARD in kinds,
            asks,
            SectionKind.OUTLINE in kinds,
        )
    return TabKind(template_id.replace("-", " ").capitalize(), "file-text")


def tab_name(name: str, video: Video | None, *, maker: str = "") -> TabName:
    """Return the name of a tab; `maker` distinguishes notes of the same template and video."""
    title = one_line(video.name if video is not None else "")
    whole = f"{name} · {maker}" if maker else name
    return TabName(
        text=shortened(whole, TAB_CHARS).replace("&", "&&"),
        tip=plain_tip(f"{whole}\n{title}" if title else whole),
        spoken=f"{whole}, {title}" if title else whole,
    )


def place_of(rank: int | None, ranks: Sequence[int | None]) -> int:
    """Return the index after the last tab with a lower rank; the end without ranks."""
    if rank is None or all(other is None for other in ranks):
        return len(ranks)
    before = (at + 1 for at, other in enumerate(ranks) if other is not None and other < rank)
    return max(before, default=0)


def is_sorted_at(rank: int, at: int, ranks: Sequence[int | None]) -> bool:
    """Return True if all tabs before index `at` have lower ranks and all after it higher ones."""
    return all(
        (index < at) == (other < rank)
        for index, other in enumerate(ranks)
        if other is not None and index != at
    )
