"""Qt in this process: application, language, screen errors, log, first paint, signals, garbage
collection."""

from __future__ import annotations

import asyncio
import gc
import locale
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from PySide6.QtCore import (
    QEvent,
    QLibraryInfo,
    QLocale,
    QMessageLogContext,
    QObject,
    QSocketNotifier,
    Qt,
    QTimer,
    QtMsgType,
    QTranslator,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication, QWidget

from notegen_desktop import __version__
from notegen_desktop.domain.words import RIGHT_TO_LEFT, SOURCE, _
from notegen_desktop.services.machine.desktop.session_bus import is_silent
from notegen_desktop.services.machine.installation import how_to_mend_qt
from notegen_desktop.services.machine.languages import activate_language
from notegen_desktop.ui.kit.build import every

log = logging.getLogger(__name__)

LACKING = 69
"""Exit code for missing system resources, EX_UNAVAILABLE in `sysexits.h`."""

BUS = "DBUS_SESSION_BUS_ADDRESS"


class DesktopApplication(QApplication):
    """Application that emits `opened` for links and files opened through macOS events."""

    opened = Signal(str)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent):
            self.opened.emit(event.file() or event.url().toString())
            return True
        return super().event(event)


def make_application(argv: Sequence[str]) -> QApplication:
    qInstallMessageHandler(_log_qt_message)
    if os.environ.get("QT_QPA_PLATFORM") not in ("offscreen", "minimal") and is_silent(
        os.environ.get(BUS, "")
    ):
        log.warning("the session bus does not answer; the window opens without it")
        os.environ[BUS] = "disabled:"
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else DesktopApplication(list(argv))
    application.setApplicationName("NoteGen")
    application.setApplicationDisplayName("NoteGen")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("notegen-desktop")
    # With no other window visible, closing a message box would end the loop.
    application.setQuitOnLastWindowClosed(False)
    _speak_english()
    return application


def _speak_english() -> None:
    """Set English number and date formats regardless of the system's locale.

    Qt also sets the C locale of the process, and so changes what libraries parse and print: month
    names, decimal points, error messages. That is reverted except for the encoding, which the input
    method needs.
    """
    language = QLocale(QLocale.Language.English, QLocale.Country.UnitedStates)
    language.setNumberOptions(QLocale.NumberOption.RejectGroupSeparator)
    QLocale.setDefault(language)
    encoding = locale.setlocale(locale.LC_CTYPE)
    locale.setlocale(locale.LC_ALL, "C")
    locale.setlocale(locale.LC_CTYPE, encoding)


def speak_in_window(application: QApplication, wanted: str) -> None:
    """Set language and direction of the interface, before the window is built; `wanted` is the
    setting."""
    tag = activate_language(wanted, QLocale.system().uiLanguages())
    QLocale.setDefault(QLocale("en_US" if tag == SOURCE else tag))
    if tag != SOURCE:
        own = QTranslator(application)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if own.load(f"qtbase_{'pt_BR' if tag == 'pt' else tag}", folder):
            application.installTranslator(own)
    right = tag in RIGHT_TO_LEFT
    application.setLayoutDirection(
        Qt.LayoutDirection.RightToLeft if right else Qt.LayoutDirection.LeftToRight
    )


_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def _log_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    logging.getLogger("qt").log(_QT_LEVELS.get(kind, logging.INFO), "%s", message)
    if kind is QtMsgType.QtFatalMsg and "no Qt platform plugin" in message:
        sys.stderr.write(f"notegen-desktop: {_why_no_screen()}\n")
        sys.stderr.flush()
        os._exit(LACKING)  # Qt would abort the process


def _why_no_screen() -> str:
    """Return why Qt could not open a screen, and what to do."""
    import ctypes  # late: not needed with a screen

    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    wayland = os.environ.get("WAYLAND_DISPLAY", "")
    display = os.environ.get("DISPLAY", "")
    if sys.platform == "linux" and not (platform or wayland or display):
        return _(
            "there is no screen: neither DISPLAY nor WAYLAND_DISPLAY is set.\n"
            "  Start it from a desktop session; `notegen` works without a screen."
        )
    plugins = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath), "platforms")
    plugin = plugins / f"libq{platform or ('wayland' if wayland and not display else 'xcb')}.so"
    try:
        if plugin.exists():
            ctypes.CDLL(str(plugin))
    except OSError as error:
        return _(
            "a library that Qt wants for the screen is missing: {error}.\n  {how_to_mend_qt}\n  "
            "`notegen` works without a screen."
        ).format(error=error, how_to_mend_qt=how_to_mend_qt())
    place = platform if platform not in ("", "xcb", "wayland") else display or wayland
    return _(
        "the screen “{place}” cannot be opened: nothing answers there, or it lets nobody in.\n  "
        "Start it from a desktop session, or look at DISPLAY, WAYLAND_DISPLAY, XAUTHORITY and\n  "
        "QT_QPA_PLATFORM; `notegen` works without a screen."
    ).format(place=place)


# --- First paint, and signals that close the window ---

PAINT_PATIENCE_S = 2.0
"""Maximum seconds to wait for a paint: a minimised or covered window may never be painted."""


class FirstPaint(QObject):
    """Waits for the first paint of a window; must be created before the window is shown."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._painted = asyncio.Event()
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            # The paint follows this filter, the timer follows the paint.
            QTimer.singleShot(0, self._painted.set)
        return False

    async def wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(PAINT_PATIENCE_S):
                await self._painted.wait()


class ClosingSignals:
    """Context in which SIGINT and SIGTERM close the window without asking.

    Python runs signal handlers between its own instructions only, while Qt's event loop may sleep
    for long: the wake-up descriptor makes Qt return to Python at once.
    """

    def __init__(self, close: Callable[[], object]) -> None:
        self._close = close
        self._before: dict[int, object] = {}

    def __enter__(self) -> None:
        self._read, self._write = socket.socketpair()
        self._read.setblocking(False)
        self._write.setblocking(False)
        self._old_descriptor = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._drain)
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._handle)

    def __exit__(self, *_: object) -> None:
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._old_descriptor)
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._read.close()
        self._write.close()

    def _drain(self) -> None:
        with suppress(BlockingIOError):
            self._read.recv(64)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self._close()


# --- Garbage collection in the GUI thread ---

GARBAGE_MS = 500


class GarbageCollection(QObject):
    """Collects garbage on a timer of the creating thread, between `start` and `stop`.

    Python collects in whichever thread exceeds the threshold. A dead widget in a reference cycle
    would then be destroyed in a worker thread, which crashes Qt. Each timeout collects the
    generations Python would collect, so that nothing is done while idle.
    """

    def __init__(self) -> None:
        super().__init__()
        self._timer = every(self, GARBAGE_MS, self.collect)
        self._was_on = gc.isenabled()

    def start(self) -> None:
        self._was_on = gc.isenabled()
        gc.disable()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        gc.collect()
        if self._was_on:
            gc.enable()

    def collect(self) -> None:
        """Collect the oldest generation above its threshold, with all younger ones."""
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > gc.get_threshold()[generation]:
                gc.collect(generation)
                return
