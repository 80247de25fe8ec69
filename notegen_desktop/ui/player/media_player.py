"""Plays one film or recording of this computer at a time.

This package imports Qt Multimedia, and so is imported only where something is to be played.
Times are in seconds. A place asked for while the file is being opened is gone to once it is open.
"""

from __future__ import annotations

import logging

from PySide6.QtCore import QObject, QUrl, Signal, SignalInstance
from PySide6.QtGui import QImage
from PySide6.QtMultimedia import (
    QAudioOutput,
    QMediaDevices,
    QMediaMetaData,
    QMediaPlayer,
    QtAudio,
    QVideoSink,
)

from notegen_desktop.services.machine.local_files import local_path
from notegen_desktop.ui.kit.media.playable import gone, unplayable

log = logging.getLogger(__name__)

Status = QMediaPlayer.MediaStatus
OPEN = (Status.LoadedMedia, Status.BufferingMedia, Status.BufferedMedia, Status.EndOfMedia)


def _know_no_override(signal: SignalInstance) -> None:
    """Have PySide look now whether Python overrides what Qt calls when a connection ends.

    The first time it asks for the interpreter's lock. Qt Multimedia's threads let go of outputs
    while holding a lock of Qt's, and the window's thread, with the interpreter's lock, would wait
    for that one in `play`: both for ever. It looks once for each object.
    """
    signal.connect(_nothing)
    signal.disconnect(_nothing)


def _nothing(*_: object) -> None: ...


class MediaPlayer(QObject):
    """Frames go to `sink`.

    Signals: `opened()` length and whether there are pictures are known; `moved(float)` the place;
    `playing_changed(bool)`; `failed(PlaybackProblem)` it does not play; `devices_changed()`
    headphones were plugged in, or the last loudspeaker out.
    """

    opened = Signal()
    moved = Signal(float)
    playing_changed = Signal(bool)
    failed = Signal(object)
    devices_changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._path = ""
        self._waiting_s: float | None = None
        self._wants_to_play = False
        # First made is first taken apart: it must not play into outputs that are gone already.
        self._player = QMediaPlayer(self)
        self.sink = QVideoSink(self)
        self._sound = QAudioOutput(self)
        for sender in (
            self._player.positionChanged,
            self._sound.volumeChanged,
            self.sink.videoFrameChanged,
        ):
            _know_no_override(sender)
        self._devices = QMediaDevices(self)
        self._devices.audioOutputsChanged.connect(self._follow_devices)
        self._player.setVideoSink(self.sink)
        self._attach_sound()
        self._player.setPitchCompensation(True)
        self._player.mediaStatusChanged.connect(self._notice_status)
        self._player.positionChanged.connect(self._notice_place)
        self._player.playbackStateChanged.connect(
            lambda state: self.playing_changed.emit(
                state is QMediaPlayer.PlaybackState.PlayingState
            )
        )
        self._player.errorOccurred.connect(self._fail)

    # --- what is so ---

    @property
    def works(self) -> bool:
        """Whether there is anything behind Qt Multimedia that can play on this computer."""
        return self._player.isAvailable()

    @property
    def is_open(self) -> bool:
        return bool(self._path) and self._waiting_s is None

    @property
    def is_playing(self) -> bool:
        return self._player.playbackState() is QMediaPlayer.PlaybackState.PlayingState

    @property
    def position_s(self) -> float:
        return self._player.position() / 1000 if self._waiting_s is None else self._waiting_s

    @property
    def length_s(self) -> float:
        return max(0, self._player.duration()) / 1000

    @property
    def has_pictures(self) -> bool:
        return self._player.hasVideo()

    @property
    def cover(self) -> QImage:
        """The picture that a recording contains; a null one where it has none."""
        facts = self._player.metaData()
        for key in (QMediaMetaData.Key.CoverArtImage, QMediaMetaData.Key.ThumbnailImage):
            picture = facts.value(key)
            if isinstance(picture, QImage) and not picture.isNull():
                return picture
        return QImage()

    @property
    def has_sound_device(self) -> bool:
        return not self._sound.device().isNull()

    # --- what is wanted ---

    def open(self, path: str, at_s: float) -> None:
        """Open a file and play it from a time."""
        self._path, self._waiting_s, self._wants_to_play = path, max(0.0, at_s), True
        trouble = gone(path)
        if trouble is not None:
            self.failed.emit(trouble)
            return
        self._player.setSource(QUrl())  # the same file again is opened again
        self._player.setSource(QUrl(local_path(path).absolute().as_uri()))

    def seek(self, seconds: float) -> None:
        if self.is_open:
            self._player.setPosition(round(min(max(0.0, seconds), self.length_s) * 1000))
        else:
            self._waiting_s = max(0.0, seconds)

    def play(self) -> None:
        self._wants_to_play = True
        if self.is_open:
            self._player.play()

    def pause(self) -> None:
        self._wants_to_play = False
        if self.is_playing:
            self._player.pause()

    def set_rate(self, rate: float) -> None:
        self._player.setPlaybackRate(rate)

    def set_volume(self, share: float, *, muted: bool) -> None:
        """`share` of the loudest, 0 to 1, as ears count."""
        scale = QtAudio.VolumeScale
        self._sound.setVolume(
            QtAudio.convertVolume(share, scale.LogarithmicVolumeScale, scale.LinearVolumeScale)
        )
        self._sound.setMuted(muted)

    def close(self) -> None:
        """Let go of the file."""
        self._path, self._waiting_s, self._wants_to_play = "", None, False
        self._player.stop()
        self._player.setSource(QUrl())

    def shut_down(self) -> None:
        """Before the end: whatever is on its way to a widget is stopped first."""
        self.close()
        self._player.setVideoSink(None)  # type: ignore[arg-type]
        self._player.setAudioOutput(None)  # type: ignore[arg-type]

    # --- what the player says ---

    def _notice_status(self, status: QMediaPlayer.MediaStatus) -> None:
        if status not in OPEN or self._waiting_s is None or not self._path:
            return
        at_s, self._waiting_s = self._waiting_s, None
        self.opened.emit()
        if at_s > 0:
            self.seek(at_s)
        if self._wants_to_play:
            self._player.play()

    def _notice_place(self, position_ms: int) -> None:
        if self.is_playing and 0 < self._player.duration() <= position_ms:
            self._player.pause()  # with neither picture nor sound Qt itself finds no end
        self.moved.emit(position_ms / 1000)

    def _fail(self, error: QMediaPlayer.Error, detail: str) -> None:
        if not self._path or error is QMediaPlayer.Error.NoError:
            return
        self._player.stop()
        log.info("%s does not play: %s", self._path, detail)
        self.failed.emit(gone(self._path) or unplayable(self._path))

    def _follow_devices(self) -> None:
        self._attach_sound()
        self.devices_changed.emit()

    def _attach_sound(self) -> None:
        """Without a device there is no output either: Qt would complain at every step."""
        device = QMediaDevices.defaultAudioOutput()
        self._sound.setDevice(device)
        output = None if device.isNull() else self._sound
        self._player.setAudioOutput(output)  # type: ignore[arg-type]  # None takes it away
