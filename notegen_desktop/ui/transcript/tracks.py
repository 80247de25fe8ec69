"""Origin of the shown transcript, and the menu of other captions of the video."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QWidget

from notegen_desktop.domain.errors import Failure, NoCaptions, NoteGenError
from notegen_desktop.domain.links.link import Link
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.text.languages import language_name
from notegen_desktop.domain.text.transcript import CaptionTrack, Transcript, TranscriptKind
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import Services
from notegen_desktop.ui.kit.build import hbox
from notegen_desktop.ui.kit.elided import ElidedLabel
from notegen_desktop.ui.kit.media.transcript_index import TranscriptIndex, kind_words
from notegen_desktop.ui.kit.tasks import Deferred, Tasks
from notegen_desktop.ui.kit.text import one_line
from notegen_desktop.ui.kit.theme import set_icon, style

MAX_IN_LINE = 14
"""Number of tracks above which machine translations, often a hundred, move to a submenu."""

_ORDER = (TranscriptKind.MANUAL, TranscriptKind.AUTOMATIC, TranscriptKind.TRANSLATED)


class OriginLabel(QWidget):
    """Label with the transcript's origin; for an online video, a button with a menu of tracks.

    Signals: `opened()` when the menu was opened, to be answered by `show_tracks` or `show_words`;
    `chosen(CaptionTrack)` when another track was chosen.
    """

    opened = Signal()
    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.video: Video | None = None
        self.transcript: Transcript | None = None
        self.label = ElidedLabel("", self, facts=True)
        style(self.label, role="caption")
        self.button = _TrackButton(self)
        self.menu = QMenu(self)
        self._parts: list[QObject] = []
        self.menu.setAccessibleName(_("Captions of this video"))
        self.button.clicked.connect(self._open)
        hbox((self.label, 1), self.button, spacing=0, on=self).addStretch()
        self.clear()

    def clear(self) -> None:
        self.video = self.transcript = None
        self.label.setText("")
        self.label.show()
        self.button.hide()
        self.menu.close()

    def show_origin(self, spoken: TranscriptIndex, video: Video) -> None:
        """Show the origin of the transcript `spoken`."""
        if self.video is not None and self.video.id != video.id:
            self.menu.close()  # it lists tracks of another video
        self.video, self.transcript = video, spoken.transcript
        self.label.setText(" · ".join(filter(None, (spoken.origin, video.remark))))
        self.label.setVisible(not video.is_online)
        self.button.show_origin(spoken.origin)
        self.button.setVisible(video.is_online)

    def show_reading(self, track: CaptionTrack) -> None:
        """Show that a chosen track is being read; `show_origin` ends it."""
        self.button.show_reading(_("Reading {track}…").format(track=track_words(track)))

    # --- the menu ---

    def _open(self) -> None:
        self.opened.emit()
        self.menu.popup(self.button.mapToGlobal(QPoint(0, self.button.height() + 2)))
        first = next((a for a in self.menu.actions() if a.isChecked()), None)
        if first is not None:
            self.menu.setActiveAction(first)

    def show_words(self, *lines: str) -> None:
        """Show texts in the menu instead of tracks, while loading or if there are none."""
        self._empty()
        for line in lines:
            if line:
                self.menu.addAction(_safe(line)).setEnabled(False)
        self._keep_on_screen()

    def show_tracks(self, tracks: Sequence[CaptionTrack], languages: Sequence[str] = ()) -> None:
        """List the available tracks by kind; the preferred languages come first."""
        self._empty()
        self._parts.append(group := QActionGroup(self.menu))
        ordered = in_order(tracks, languages)
        deep = len(ordered) > MAX_IN_LINE
        below = [t for t in ordered if deep and t.kind is TranscriptKind.TRANSLATED]
        here = [t for t in ordered if t not in below]
        self._list(self.menu, group, here, labels(here, track_words))
        if below:
            further = self.menu.addMenu(_("Translated by machine"))
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
        self.menu.clear()  # this keeps action groups and submenus
        while self._parts:
            self._parts.pop().deleteLater()

    def is_shown(self, track: CaptionTrack) -> bool:
        """Return True if the shown transcript is that of a track."""
        shown = self.transcript
        return shown is not None and (shown.language, shown.kind) == (track.language, track.kind)

    def _choose(self, track: CaptionTrack, _checked: bool = False) -> None:
        if not self.is_shown(track):
            self.chosen.emit(track)

    def _keep_on_screen(self) -> None:
        """Move an open menu back onto the screen after it has grown."""
        if self.menu.isVisible():
            screen = self.menu.screen().availableGeometry()
            place = self.menu.geometry()
            place.moveRight(min(place.right(), screen.right()))
            place.moveBottom(min(place.bottom(), screen.bottom()))
            self.menu.move(place.topLeft())


class _TrackButton(QToolButton):
    """Flat tool button that elides its text."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("transcriptTrackButton")
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # puts the arrow after the text
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(14, 14))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        set_icon(self, "chevron-down", size=14)
        style(self, kind="ghost")
        self.words = ""  # the whole text; `text` is elided

    def show_origin(self, words: str) -> None:
        self._show(words)
        self.setAccessibleName(_("Words from: {words}").format(words=words))
        self.setAccessibleDescription(_("Choose other captions of this video"))
        self.setToolTip(_("{words}. Choose other captions").format(words=words))

    def show_reading(self, words: str) -> None:
        self._show(words)
        self.setAccessibleName(words)
        self.setToolTip(words)

    def _show(self, words: str) -> None:
        self.words = words
        self._fit()
        self.updateGeometry()

    def _padding(self) -> int:
        """Return the width in pixels of arrow, gap and stylesheet padding."""
        return self.iconSize().width() + 4 + 2 * 10

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self.words) + self._padding() + 4
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._padding() + 24, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = max(0, self.width() - self._padding())
        self.setText(
            self.fontMetrics().elidedText(_safe(self.words), Qt.TextElideMode.ElideRight, room)
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.click()
        else:
            super().keyPressEvent(event)


def track_words(track: CaptionTrack) -> str:
    """Return a track as text, like `TranscriptIndex.origin`: `English, automatic captions`."""
    return kind_words(track.language, track.kind)


def labels(tracks: Sequence[CaptionTrack], words: Callable[[CaptionTrack], str]) -> list[str]:
    """Return the label of each track; equal labels get their language tags."""
    told = [words(track) for track in tracks]
    times = Counter(told)
    return [
        each if times[each] == 1 else f"{each} ({track.language})"
        for each, track in zip(told, tracks, strict=True)
    ]


def _language(track: CaptionTrack) -> str:
    return _(language_name(track.language)) or track_words(track)


def in_order(tracks: Sequence[CaptionTrack], languages: Sequence[str]) -> list[CaptionTrack]:
    """Sort tracks: manual, automatic, translated; then preferred languages; then by name."""
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
    """Escape `&` for a menu or button, where it would mark a mnemonic."""
    return one_line(words).replace("&", "&&")


class TrackChoice(QObject):
    """Loads the tracks of the video shown by an `OriginLabel`, and reads the chosen one.

    Signals: `words_read(str, Transcript)` with a video's id and its other transcript; `said(str)`
    with a message about the effect. Failures are emitted by `Tasks.failed`.
    """

    words_read = Signal(str, object)
    said = Signal(str)

    def __init__(
        self,
        origin: OriginLabel,
        services: Deferred[Services],
        tasks: Tasks,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._origin = origin
        self._services = services
        self._tasks = tasks
        self._loading: set[str] = set()
        self._known: tuple[str, list[CaptionTrack]] = ("", [])
        self._reading: dict[str, CaptionTrack] = {}
        origin.opened.connect(self._load_tracks)
        origin.chosen.connect(self._choose)

    def follow(self) -> None:
        """Show again, after the video was shown again, that a track is being read."""
        video = self._origin.video
        if video is not None and video.id in self._reading:
            self._origin.show_reading(self._reading[video.id])

    @property
    def _languages(self) -> list[str]:
        services = self._services.value
        if services is None:
            return []
        return services.settings.current.list_of("sources.caption_languages")

    def _load_tracks(self) -> None:
        video = self._origin.video
        if video is None:
            return
        link = link_of(video)
        if video.id in self._reading:
            self._origin.show_words(
                _("Reading {reading}…").format(reading=track_words(self._reading[video.id]))
            )
            return
        if self._known[0] == video.id:
            self._origin.show_tracks(self._known[1], self._languages)
            return
        if link is None:
            self._origin.show_words(_("The captions of this video cannot be looked up."))
            return
        self._origin.show_words(_("Looking for the captions of this video…"))
        if video.id not in self._loading:
            self._loading.add(video.id)
            self._tasks.start(
                self._services.ask(lambda services: services.source.tracks(link)),
                done=partial(self._found, video.id),
                failed=partial(self._not_found, video.id),
            )

    def _found(self, video_id: str, tracks: list[CaptionTrack]) -> None:
        self._loading.discard(video_id)
        if tracks:  # do not cache that there are none
            self._known = (video_id, tracks)
        if not self._is_shown(video_id):
            return
        if tracks:
            self._origin.show_tracks(tracks, self._languages)
        else:
            self._origin.show_words(_("This video has no captions at present."))

    def _not_found(self, video_id: str, failure: Failure) -> None:
        self._loading.discard(video_id)
        if self._is_shown(video_id):
            self._origin.show_words(one_line(failure.message), one_line(failure.hint))

    def _is_shown(self, video_id: str) -> bool:
        return self._origin.video is not None and self._origin.video.id == video_id

    def _choose(self, track: CaptionTrack) -> None:
        video = self._origin.video
        link = link_of(video) if video is not None else None
        if video is None or link is None or video.id in self._reading:
            return
        self._reading[video.id] = track
        self._origin.show_reading(track)
        self._tasks.start(
            self._read(link, track),
            done=partial(self._done, video.id),
            failed=partial(self._done, video.id),
        )

    async def _read(self, link: Link, track: CaptionTrack) -> Transcript | Failure:
        source = (await self._services).source
        try:
            material = await source.read(link, languages=self._languages, track=track)
        except NoteGenError as error:
            return error.failure()
        if material.transcript is not None and material.transcript.segments:
            return material.transcript
        return material.missing or NoCaptions().failure()

    def _done(self, video_id: str, result: Transcript | Failure) -> None:
        self._reading.pop(video_id, None)
        if isinstance(result, Transcript):
            self.words_read.emit(video_id, result)
            self.said.emit(
                _(
                    "Changed to {origin}. New notes on this video use them; those there already, "
                    "or being written, stay: delete one to have it written again."
                ).format(origin=TranscriptIndex(result).origin)
            )
            return
        shown, video = self._origin.transcript, self._origin.video
        if shown is not None and video is not None and video.id == video_id:
            self._origin.show_origin(TranscriptIndex(shown), video)
        self._tasks.failed.emit(result)


def link_of(video: Video) -> Link | None:
    """Return the link of an online video; None for a file or an unknown URL."""
    if not video.is_online:
        return None
    return next((link for link in find_links(video.url).links if link.key == video.id), None)
