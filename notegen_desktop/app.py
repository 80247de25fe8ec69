"""Builds the desktop program: one QApplication, one event loop, one window.

The window comes first: half a second of one processor after the start, a third of it for importing
Qt (`bench startup` measures it). Slow parts (database, network, engines) are imported and opened in
a worker thread after the first paint and handed to the window then; second starts are listened for
from then on. Closing is a request: the window asks, the jobs end, the loop ends.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from notegen_desktop.domain.words import _

from .domain.errors import (
    DatabaseDamaged,
    Failure,
    KeyRingLocked,
    LibraryLost,
    LibraryReplaced,
    failure_of,
)
from .domain.jobs.board import JobBoard
from .domain.settings.table import INTERFACE_LANGUAGE
from .services.machine.async_hooks import install_asyncgen_hooks
from .services.machine.installation import start_window
from .services.machine.local_files import as_text
from .services.machine.lock_file import lock_holder
from .services.machine.logs import Log
from .services.machine.paths import find_paths, resources, sample_talk
from .services.machine.settings_file import SettingsFile
from .services.machine.templates.files import TemplateFiles
from .services.machine.threads import DaemonExecutor
from .services.ports import KEY_RING_MOMENT_S
from .ui.kit.dialogs import choose
from .ui.kit.outside import hand_over_clipboard
from .ui.window.controllers.library_problems import AGAIN, ANEW, REPAIR, RESTORE, WITHOUT
from .ui.window.main_window import MainWindow
from .ui.window.qt_process import (
    LACKING,
    ClosingSignals,
    DesktopApplication,
    FirstPaint,
    GarbageCollection,
    make_application,
    speak_in_window,
)
from .ui.window.single_instance import SingleInstance

if TYPE_CHECKING:
    from .wiring import Program

log = logging.getLogger(__name__)

SLOW_S = 1.0
"""Seconds after which the window shows that the library is being opened."""


class Application:
    """The program with its window and services; `run` starts the event loop.

    `window` is the main window, and `first_paint` is set once it is painted; `program` is set once
    the services are built. If another process holds this user's library, `window` is never shown:
    `run` hands the sources over to that process and returns.
    """

    def __init__(self, argv: Sequence[str]) -> None:
        self.paths = find_paths()
        self.paths.keep_private()
        self.log = Log(self.paths.log_file)
        argv = [as_text(word) for word in argv]
        self.qt = make_application(argv)
        self.sources = argv[1:]
        self.settings = SettingsFile(self.paths.settings_file)
        speak_in_window(self.qt, self.settings.current.text(INTERFACE_LANGUAGE))
        self.templates = TemplateFiles(self.paths.templates_folder)
        self.board = JobBoard()
        self.instance = SingleInstance(self.paths.lock_file)
        self.window = MainWindow(
            self.settings,
            self.templates,
            self.board,
            resources=resources(),
            window_state=self.paths.state_file,
            sample=sample_talk(),
            texts_folder=self.paths.texts_folder,
            templates_folder=self.paths.templates_folder,
        )
        self.program: Program | None = None
        self.first_paint = FirstPaint(self.window)
        if isinstance(self.qt, DesktopApplication):
            self.qt.opened.connect(self._take_over)
        if self.sources:
            self.window.add_text("\n".join(self.sources))

    def run(self) -> int:
        """Show the window and return the exit code when it has closed."""
        if not self.instance.is_first and self._hand_over():
            self.log.close()
            return 0
        import qasync

        # asyncio.Runner cancels remaining tasks and closes the loop in order.
        try:
            with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(self.qt)) as runner:
                code = runner.run(self._life())
        except RuntimeError as error:
            if "loop stopped before" not in str(error):
                raise
            self._end_without_screen()
        self.log.close()
        if self.window.new_language.starts_again:
            start_window()
        return code

    def _end_without_screen(self) -> NoReturn:
        """Exit at once: the display server is gone, and Qt has ended its loop and runs no other.
        Running jobs are left as after a kill, for the next start."""
        log.error("the display is gone")
        if self.program is not None:
            self.program.library.close()
        self.log.close()
        os._exit(LACKING)

    async def _life(self) -> int:
        while not self.instance.is_first:
            holder = lock_holder(self.paths.lock_file)
            if holder is not None:
                print(
                    f"notegen-desktop: {holder.words} {holder.hint}",
                    file=sys.stderr,
                )
                anyway = [("openAnywayButton", _("Open anyway"))] if holder.elsewhere else []
                choice = await choose(
                    None,
                    title=_("NoteGen is open elsewhere"),
                    text=holder.words,
                    details=_("{hint}\nThe file that says so: {path}").format(
                        hint=holder.hint, path=holder.path
                    ),
                    choices=[*anyway, ("tryAgainButton", _("Try again"))],
                )
                if not choice:
                    return 1
                if self.instance.try_lock(anyway=choice == "openAnywayButton"):
                    break
            elif self.instance.try_lock():
                break
            if self._hand_over():
                return 0
        return await self.serve()

    def _hand_over(self) -> bool:
        return self.instance.send("\n".join(_absolute(source) for source in self.sources))

    async def serve(self) -> int:
        """Run the program on a running qasync loop, from the first paint to the last write."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_log_loop_error)
        unhook = install_asyncgen_hooks(loop)
        garbage = GarbageCollection()
        garbage.start()
        closed = asyncio.Event()
        self.window.closed.connect(closed.set)
        loop.set_default_executor(DaemonExecutor())
        with ClosingSignals(self.window.end):
            self.window.show()
            opening = asyncio.create_task(self._open(), name="opening the library")
            try:
                await closed.wait()
            finally:
                opening.cancel()
                await asyncio.gather(opening, return_exceptions=True)
                await self.window.tasks.aclose()
                if self.program is not None:
                    await self.program.close_in_time()
                self.instance.close()
                hand_over_clipboard()
                unhook()
                garbage.stop()
        return 0

    async def _open(self) -> None:
        """Import and open the slow parts in a worker thread, once the window is painted."""
        await self.first_paint.wait()
        self.instance.listen(self._take_over)
        self.window.trouble.wanted.connect(
            lambda way: self.window.tasks.start(self._follow(way), failed=self._show_trouble)
        )
        await self._open_library()

    async def _open_library(self, *, kept: bool = True, anew: bool = False) -> None:
        loop = asyncio.get_running_loop()
        slow = loop.call_later(SLOW_S, self.window.trouble.show_opening)
        try:
            self.program = await asyncio.to_thread(self._open_program, kept=kept, anew=anew)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.exception("the program could not be opened")
            self._show_trouble(failure_of(error))
            return
        finally:
            slow.cancel()
        library = self.program.library
        if not kept:
            self.window.trouble.show_not_kept()
        elif library.refused is not None:
            self.window.trouble.show_read_only(library.refused.failure())
        library.when_damaged(
            lambda error: loop.call_soon_threadsafe(
                self.window.trouble.show_damaged, error.failure()
            )
        )
        with suppress(KeyRingLocked):  # the window reports it, once it waits
            await self.program.services.secrets.find(within_s=KEY_RING_MOMENT_S)
        await self.program.spool.recover()  # so that the library includes these notes
        self.window.attach(self.program.services)
        await asyncio.to_thread(self.program.make_late)
        await self.settings.move_password(self.program.services.secrets.keep_password)
        await self.program.runner.prepare()

    def _open_program(self, *, kept: bool, anew: bool) -> Program:
        from .wiring import build_program

        return build_program(self.settings, self.paths, self.board, kept=kept, anew=anew)

    def _show_trouble(self, failure: Failure) -> None:
        """Show why the library is not open, or why the attempt to open it failed, and the ways
        out."""
        from .wiring import library_has_backup, library_has_log

        if self.program is not None:
            self.window.show_failure(failure)
            return
        restores = [RESTORE] if library_has_backup(self.paths) else []
        if failure.code == LibraryLost.code():
            repairs = [REPAIR] if library_has_log(self.paths) else []
            ways = [*restores, *repairs, AGAIN, ANEW, WITHOUT]
        elif failure.code == LibraryReplaced.code():
            ways = [*restores, AGAIN, WITHOUT]
        else:
            repairs = [REPAIR] if failure.code == DatabaseDamaged.code() else []
            ways = [*repairs, AGAIN, *restores, WITHOUT]
        self.window.ordering.show_obstacle(_("Kept: the notes start when the library is open."))
        self.window.trouble.show_closed(failure, ways)

    async def _follow(self, way: str) -> None:
        """Carry out the user's choice about the library. Raises StoreError."""
        from .wiring import repair_library, restore_library

        trouble, program = self.window.trouble, self.program
        if way == REPAIR:
            trouble.show_repairing()
            if program is not None:
                report = await program.library.repair()
                self.window.library.refresh()
            else:
                report = await asyncio.to_thread(repair_library, self.paths)
            trouble.show_done(_("The library is repaired: {words}").format(words=report.words))
        elif way == RESTORE:
            restored = await asyncio.to_thread(restore_library, self.paths)
            trouble.show_done(restored.words)
        elif program is not None:
            refused = await program.library.try_to_write()
            if refused is None:
                trouble.show_done(_("The library can be written to again."))
            else:
                trouble.show_read_only(refused.failure())
        if self.program is None:
            await self._open_library(kept=way != WITHOUT, anew=way == ANEW)

    def _take_over(self, text: str) -> None:
        """Take the sources of a second start and raise the window."""
        if text:
            self.window.add_text(text)
        self.window.showNormal() if self.window.isMinimized() else self.window.show()
        self.window.raise_()
        self.window.activateWindow()


def create_app(argv: Sequence[str]) -> Application:
    """Build everything without starting the loop."""
    return Application(argv)


def _absolute(source: str) -> str:
    """Return a path that is valid in the first window's working folder, too."""
    path = Path(source)
    return str(path.resolve()) if path.exists() else source


def _log_loop_error(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    error = context.get("exception")
    info = error if isinstance(error, BaseException) else None
    log.error("%s", context.get("message", "unhandled error in the loop"), exc_info=info)
