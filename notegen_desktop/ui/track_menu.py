"""Where the words shown come from, with a menu of the other captions of the same video."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from notegen_desktop.domain.languages import language_name
from notegen_desktop.domain.transcript import CaptionTrack, Transcript, TranscriptKind
from notegen_desktop.domain.video import Video

from .rendering import one_line
from .spoken import Spoken, kind_words
from .theme import set_icon, style
from .widgets.elided_label import ElidedLabel

MOST_IN_LINE = 14
"""With more captions than these the machine's translations, often a hundred, go one level down."""

_ORDER = (TranscriptKind.MANUAL, TranscriptKind.AUTOMATIC, TranscriptKind.TRANSLATED)


class Origin(QWidget):
    """Says where the words come from; of an online video, on a button with a menu.

    Signals: `opened()` the menu was opened, answer with `show_tracks` or `show_words`;
    `chosen(CaptionTrack)` other captions than those shown are wanted.
    """

    opened = Signal()
    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.video: Video | None = None
        self.transcript: Transcript | None = None
        self.label = ElidedLabel("", self)
        style(self.label, role="caption")
        self.button = _TrackButton(self)
        self.menu = QMenu(self)
        self._parts: list[QObject] = []
        self.menu.setAccessibleName("Captions of this video")
        self.button.clicked.connect(self._open)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.label, 1)
        row.addWidget(self.button)
        row.addStretch()
        self.clear()

    def clear(self) -> None:
        self.video = self.transcript = None
        self.label.setText("")
        self.label.show()
        self.button.hide()
        self.menu.close()

    def show_origin(self, spoken: Spoken, video: Video) -> None:
        """The words of `spoken` are shown."""
        if self.video is not None and self.video.id != video.id:
            self.menu.close()  # it lists what another video has
        self.video, self.transcript = video, spoken.transcript
        self.label.setText(spoken.origin)
        self.label.setVisible(not video.is_online)
        self.button.show_origin(spoken.origin)
        self.button.setVisible(video.is_online)

    def show_reading(self, track: CaptionTrack) -> None:
        """Other captions were chosen and are on their way; `show_origin` ends it."""
        self.button.show_reading(f"Reading {track_words(track)}…")

    # --- the menu ---

    def _open(self) -> None:
        self.opened.emit()
        self.menu.popup(self.button.mapToGlobal(QPoint(0, self.button.height() + 2)))
        first = next((a for a in self.menu.actions() if a.isChecked()), None)
        if first is not None:
            self.menu.setActiveAction(first)

    def show_words(self, *lines: str) -> None:
        """Words in place of captions: they are being looked for, or there are none."""
        self._empty()
        for line in lines:
            if line:
                self.menu.addAction(_safe(line)).setEnabled(False)
        self._keep_on_screen()

    def show_tracks(self, tracks: Sequence[CaptionTrack], languages: Sequence[str] = ()) -> None:
        """The captions on offer; of one kind the preferred languages come first."""
        self._empty()
        self._parts.append(group := QActionGroup(self.menu))
        ordered = in_order(tracks, languages)
        deep = len(ordered) > MOST_IN_LINE
        below = [t for t in ordered if deep and t.kind is TranscriptKind.TRANSLATED]
        here = [t for t in ordered if t not in below]
        self._list(self.menu, group, here, labels(here, track_words))
        if below:
            further = self.menu.addMenu("Translated by machine")
            self._parts.append(further)
            self._list(further, group, below, labels(below, _language))
        self._keep_on_screen()

    def _list(
        self,
        menu: QMenu,
        group: QActionGroup,
        tracks: Sequence[CaptionTrack],
        words: Sequence[str],
    ) -> None:
        for track, told in zip(tracks, words, strict=True):
            action = QAction(_safe(told), menu)
            action.setCheckable(True)
            action.setChecked(self.is_shown(track))
            action.triggered.connect(partial(self._choose, track))
            group.addAction(action)
            menu.addAction(action)

    def _empty(self) -> None:
        self.menu.clear()  # that leaves groups and the level below
        while self._parts:
            self._parts.pop().deleteLater()

    def is_shown(self, track: CaptionTrack) -> bool:
        """Whether the words shown are those of a track."""
        shown = self.transcript
        return shown is not None and (shown.language, shown.kind) == (track.language, track.kind)

    def _choose(self, track: CaptionTrack, _checked: bool = False) -> None:
        if not self.is_shown(track):
            self.chosen.emit(track)

    def _keep_on_screen(self) -> None:
        """A menu that is open grows to the right and down, beyond the edge if nobody looks."""
        if self.menu.isVisible():
            screen = self.menu.screen().availableGeometry()
            place = self.menu.geometry()
            place.moveRight(min(place.right(), screen.right()))
            place.moveBottom(min(place.bottom(), screen.bottom()))
            self.menu.move(place.topLeft())


class _TrackButton(QToolButton):
    """A quiet button that shortens its words to the room it has."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("transcriptTrackButton")
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow stands behind
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(14, 14))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        set_icon(self, "chevron-down", size=14)
        style(self, kind="ghost")
        self._words = ""

    def show_origin(self, words: str) -> None:
        self._show(words)
        self.setAccessibleName(f"Words from: {words}")
        self.setAccessibleDescription("Choose other captions of this video")
        self.setToolTip(f"{words}. Choose other captions")

    def show_reading(self, words: str) -> None:
        self._show(words)
        self.setAccessibleName(words)
        self.setToolTip(words)

    @property
    def words(self) -> str:
        """The whole text; `text` is what there is room for."""
        return self._words

    def _show(self, words: str) -> None:
        self._words = words
        self._fit()
        self.updateGeometry()

    def _beside(self) -> int:
        """Pixels that are not text: the arrow, the gap and the padding of the stylesheet."""
        return self.iconSize().width() + 4 + 2 * 10

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self._words) + self._beside() + 4
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._beside() + 24, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = max(0, self.width() - self._beside())
        self.setText(
            self.fontMetrics().elidedText(_safe(self._words), Qt.TextElideMode.ElideRight, room)
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.click()
        else:
            super().keyPressEvent(event)


def track_words(track: CaptionTrack) -> str:
    """Captions on offer in the words of `Spoken.origin`: `English, automatic captions`."""
    return kind_words(track.language, track.kind)


def labels(tracks: Sequence[CaptionTrack], words: Callable[[CaptionTrack], str]) -> list[str]:
    """The words for each; where two would read the same, with their tags."""
    told = [words(track) for track in tracks]
    times = Counter(told)
    return [
        each if times[each] == 1 else f"{each} ({track.language})"
        for each, track in zip(told, tracks, strict=True)
    ]


def _language(track: CaptionTrack) -> str:
    return language_name(track.language) or track_words(track)


def in_order(tracks: Sequence[CaptionTrack], languages: Sequence[str]) -> list[CaptionTrack]:
    """Human before automatic before translated; then the preferred languages, then by name."""
    wanted = [tag.partition("-")[0].lower() for tag in languages]

    def rank(track: CaptionTrack) -> tuple[int, int, str, str]:
        base = track.language.partition("-")[0].lower()
        return (
            _ORDER.index(track.kind) if track.kind in _ORDER else 0,
            wanted.index(base) if base in wanted else len(wanted),
            track_words(track),
            track.language,
        )

    return sorted(tracks, key=rank)


def _safe(words: str) -> str:
    """Words for a menu or a button, where one `&` would mark a key."""
    return one_line(words).replace("&", "&&")
