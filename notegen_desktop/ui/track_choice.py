"""The choice of other captions of the video whose words are shown.

The captions on offer are asked for when the menu is opened: that is a question to the video's site.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal

from notegen_desktop.domain.errors import Failure, NoCaptions, NoteGenError
from notegen_desktop.domain.links import Link, find_links
from notegen_desktop.domain.transcript import CaptionTrack, Transcript
from notegen_desktop.domain.video import Video
from notegen_desktop.services.ports import SettingsStore, VideoSource

from .rendering import one_line
from .spoken import Spoken
from .tasks import Tasks
from .track_menu import Origin, track_words


class TrackChoice(QObject):
    """Looks up the captions of the video whose words an `Origin` tells of, and reads those chosen.

    Signals: `words_read(str, Transcript)` the words of a video, by its id, are others now;
    `said(str)` what that means. Failures go where those of all tasks go.
    """

    words_read = Signal(str, object)
    said = Signal(str)

    def __init__(self, origin: Origin, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._origin = origin
        self._tasks = tasks
        self._source: VideoSource | None = None
        self._settings: SettingsStore | None = None
        self._looking: set[str] = set()
        self._known: tuple[str, list[CaptionTrack]] = ("", [])
        self._reading: dict[str, CaptionTrack] = {}
        origin.opened.connect(self._look)
        origin.chosen.connect(self._choose)

    def attach(self, source: VideoSource, settings: SettingsStore) -> None:
        self._source, self._settings = source, settings

    def follow(self) -> None:
        """A video's words are shown (again): say so if others of it are on their way."""
        video = self._origin.video
        if video is not None and video.id in self._reading:
            self._origin.show_reading(self._reading[video.id])

    @property
    def _languages(self) -> list[str]:
        if self._settings is None:
            return []
        return self._settings.current.list_of("sources.caption_languages")

    def _look(self) -> None:
        video = self._origin.video
        if video is None:
            return
        link = link_of(video)
        if video.id in self._reading:
            self._origin.show_words(f"Reading {track_words(self._reading[video.id])}…")
            return
        if self._known[0] == video.id:
            self._origin.show_tracks(self._known[1], self._languages)
            return
        if self._source is None or link is None:
            self._origin.show_words("The captions of this video cannot be looked up.")
            return
        self._origin.show_words("Looking for the captions of this video…")
        if video.id not in self._looking:
            self._looking.add(video.id)
            self._tasks.start(
                self._source.tracks(link),
                done=partial(self._found, video.id),
                failed=partial(self._not_found, video.id),
            )

    def _found(self, video_id: str, tracks: list[CaptionTrack]) -> None:
        self._looking.discard(video_id)
        if tracks:  # those that a video has not may be there the next time
            self._known = (video_id, tracks)
        if not self._is_shown(video_id):
            return
        if tracks:
            self._origin.show_tracks(tracks, self._languages)
        else:
            self._origin.show_words("This video has no captions at present.")

    def _not_found(self, video_id: str, failure: Failure) -> None:
        self._looking.discard(video_id)
        if self._is_shown(video_id):
            self._origin.show_words(one_line(failure.message), one_line(failure.hint))

    def _is_shown(self, video_id: str) -> bool:
        return self._origin.video is not None and self._origin.video.id == video_id

    def _choose(self, track: CaptionTrack) -> None:
        video = self._origin.video
        link = link_of(video) if video is not None else None
        if video is None or link is None or self._source is None or video.id in self._reading:
            return
        self._reading[video.id] = track
        self._origin.show_reading(track)
        self._tasks.start(
            self._read(self._source, link, track),
            done=partial(self._done, video.id),
            failed=partial(self._done, video.id),
        )

    async def _read(
        self, source: VideoSource, link: Link, track: CaptionTrack
    ) -> Transcript | Failure:
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
                f"Changed to {Spoken(result).origin}. New notes on this video use them; those "
                "there already, or being written, stay: delete one to have it written again."
            )
            return
        shown, video = self._origin.transcript, self._origin.video
        if shown is not None and video is not None and video.id == video_id:
            self._origin.show_origin(Spoken(shown), video)
        self._tasks.failed.emit(result)


def link_of(video: Video) -> Link | None:
    """The link by which an online video is read; None for a file or an address not known."""
    if not video.is_online:
        return None
    return next((link for link in find_links(video.url).links if link.key == video.id), None)
