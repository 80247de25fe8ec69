"""Playback of one local media file at a time.

This room imports Qt Multimedia, so it is itself imported only to play something. Times are in
seconds. A seek during opening is carried out once the file is open.
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
from notegen_desktop.ui.kit.media.playable import file_problem, format_problem

log = logging.getLogger(__name__)

Status = QMediaPlayer.MediaStatus
OPEN = (Status.LoadedMedia, Status.BufferingMedia, Status.BufferedMedia, Status.EndOfMedia)


def _know_no_override(signal: SignalInstance) -> None:
    """Make PySide cache now that Python does not override `disconnectNotify`.

    The first lookup per object takes the GIL. Qt Multimedia's threads release outputs while holding
    a Qt lock; the GUI thread, holding the GIL, would wait for that lock in `play`: a deadlock.
    """
    signal.connect(_nothing)
    signal.disconnect(_nothing)


def _nothing(*_: object) -> None: ...


class MediaPlayer(QObject):
    """Plays a file; video frames go to `sink`.

    Signals: `opened()` when length and streams are known; `moved(float)` with the position;
    `playing_changed(bool)`; `failed(PlaybackProblem)`; `devices_changed()` when an audio output was
    added or removed.
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
        # Children are deleted in order of creation: the player must go before its outputs.
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

    # --- state ---

    @property
    def works(self) -> bool:
        """True if Qt Multimedia has a backend that can play on this computer."""
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
        """Cover picture of an audio file; a null image without one."""
        facts = self._player.metaData()
        for key in (QMediaMetaData.Key.CoverArtImage, QMediaMetaData.Key.ThumbnailImage):
            picture = facts.value(key)
            if isinstance(picture, QImage) and not picture.isNull():
                return picture
        return QImage()

    @property
    def has_sound_device(self) -> bool:
        return not self._sound.device().isNull()

    # --- commands ---

    def open(self, path: str, at_s: float) -> None:
        """Open a file and play it from `at_s` seconds. Emit `failed` if it cannot be read."""
        self._path, self._waiting_s, self._wants_to_play = path, max(0.0, at_s), True
        trouble = file_problem(path)
        if trouble is not None:
            self.failed.emit(trouble)
            return
        self._player.setSource(QUrl())  # reopen even the same file
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
        """Set the perceived (logarithmic) volume, `share` from 0 to 1."""
        scale = QtAudio.VolumeScale
        self._sound.setVolume(
            QtAudio.convertVolume(share, scale.LogarithmicVolumeScale, scale.LinearVolumeScale)
        )
        self._sound.setMuted(muted)

    def close(self) -> None:
        """Stop and release the file."""
        self._path, self._waiting_s, self._wants_to_play = "", None, False
        self._player.stop()
        self._player.setSource(QUrl())

    def shut_down(self) -> None:
        """Disconnect the outputs before the end, so that no more frames reach widgets."""
        self.close()
        self._player.setVideoSink(None)  # type: ignore[arg-type]
        self._player.setAudioOutput(None)  # type: ignore[arg-type]

    # --- slots of QMediaPlayer ---

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
            self._player.pause()  # without outputs Qt detects no end
        self.moved.emit(position_ms / 1000)

    def _fail(self, error: QMediaPlayer.Error, detail: str) -> None:
        if not self._path or error is QMediaPlayer.Error.NoError:
            return
        self._player.stop()
        log.info("%s does not play: %s", self._path, detail)
        self.failed.emit(file_problem(self._path) or format_problem(self._path))

    def _follow_devices(self) -> None:
        self._attach_sound()
        self.devices_changed.emit()

    def _attach_sound(self) -> None:
        """Connect the default audio device; without one, no output, as Qt would log warnings."""
        device = QMediaDevices.defaultAudioOutput()
        self._sound.setDevice(device)
        output = None if device.isNull() else self._sound
        self._player.setAudioOutput(output)  # type: ignore[arg-type]  # None removes it
