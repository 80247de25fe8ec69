"""The tabs of notes: their bar, names and order, the choice of the video whose notes it shows, and
the tabs that were closed and can come back."""

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
"""A tab is not squeezed below this: the bar scrolls then."""

REMEMBERED = 20
"""Closed tabs that can be opened again."""


class TabBar(QTabBar):
    """A middle click closes a tab, as everywhere."""

    def __init__(self, tabs: QTabWidget) -> None:
        super().__init__(tabs)
        self.setAccessibleName(_("Tabs of notes"))
        self.setExpanding(False)

    def minimumTabSizeHint(self, index: int) -> QSize:
        """Qt's own is three letters; rather scroll than not know which note it is."""
        whole = self.tabSizeHint(index)
        return QSize(min(whole.width(), TAB_MIN_PX), whole.height())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        index = self.tabAt(event.position().toPoint())
        if event.button() is Qt.MouseButton.MiddleButton and index >= 0:
            self.tabCloseRequested.emit(index)
            return
        super().mouseReleaseEvent(event)


CHOOSER_PX = 200
"""The widest title of a video beside the tabs."""


class VideoChooser(QWidget):
    """Says which video the tabs are about where notes of several are open, and leads to the others.

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
        """`videos` by their ids, each with the number of its open notes; `shown` is one of them."""
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
    """A tab that was closed: its key, and what it showed."""

    key: str
    job: NoteJob | None
    note: Note | None
    level: Level

    def shows(self, note_id: str) -> bool:
        """Whether it showed a stored note."""
        return self.note is not None and self.note.id == note_id


@dataclass(frozen=True, slots=True)
class KeptTab:
    """A tab as it outlasts the program: the stored note it shows, at which level and from where,
    as `NoteView.top` says it; `shown` is the one in front."""

    note_id: str
    level: Level
    top: tuple[int, float] | None = None
    shown: bool = False


class ClosedTabs:
    """The tabs that were closed, the last one on top."""

    def __init__(self) -> None:
        self._tabs: list[ClosedTab] = []

    def __len__(self) -> int:
        return len(self._tabs)

    def put(self, closed: ClosedTab) -> None:
        """Keep one; the oldest of many is forgotten."""
        self._tabs.append(closed)
        del self._tabs[:-REMEMBERED]

    def pop(self) -> ClosedTab:
        """The last that was closed. Raises IndexError."""
        return self._tabs.pop()

    def revise(self, note: Note) -> None:
        """A stored note was added to."""
        self._tabs = [replace(t, note=note) if t.shows(note.id) else t for t in self._tabs]

    def forget(self, note_ids: Collection[str]) -> None:
        """Notes are no longer in the library."""
        self._tabs = [t for t in self._tabs if t.note is None or t.note.id not in note_ids]


TAB_CHARS = 40
"""A longer name of a tab is cut; the tool tip has all of it."""


_ASKING = frozenset({SectionKind.CARD, SectionKind.QUIZ, SectionKind.QUESTIONS, SectionKind.TERMS})


@dataclass(frozen=True, slots=True)
class TabKind:
    """A template as a tab shows it; of `cards` the headings ask and the texts answer. One that
    `asks` has something to practise; one that `branches` is made to be a mind map."""

    name: str
    icon: str
    cards: bool = False
    asks: bool = False
    branches: bool = False


@dataclass(frozen=True, slots=True)
class TabName:
    """What a tab shows, what its tool tip says, and what a screen reader does."""

    text: str
    tip: str
    spoken: str


def kind_of(template_id: str, template: NoteTemplate | None) -> TabKind:
    """A template's name and icon; a guess of both for one that is not there any more."""
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
    """The kind of note, `name`; and its `maker`, where the video has another note of this kind."""
    title = one_line(video.name if video is not None else "")
    whole = f"{name} · {maker}" if maker else name
    return TabName(
        text=shortened(whole, TAB_CHARS).replace("&", "&&"),
        tip=plain_tip(f"{whole}\n{title}" if title else whole),
        spoken=f"{whole}, {title}" if title else whole,
    )


def place_of(rank: int | None, ranks: Sequence[int | None]) -> int:
    """After the last tab that finished before; at the end for what has no rank yet."""
    if rank is None or all(other is None for other in ranks):
        return len(ranks)
    before = (at + 1 for at, other in enumerate(ranks) if other is not None and other < rank)
    return max(before, default=0)


def stands_right(rank: int, at: int, ranks: Sequence[int | None]) -> bool:
    """Whether a tab at a place has before it what finished before, and after it what did after."""
    return all(
        (index < at) == (other < rank)
        for index, other in enumerate(ranks)
        if other is not None and index != at
    )
