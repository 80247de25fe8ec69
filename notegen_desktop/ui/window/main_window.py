"""Main window: creates the panels and controllers and connects their signals.

It is shown before the services exist: requests wait until `attach`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QIcon,
    QKeyEvent,
    QKeySequence,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QWidget,
)

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.jobs.job import Status
from notegen_desktop.domain.links.link import FoundLinks, file_link
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Engine, Level, Note
from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.domain.settings.table import BY_KEY, OUTLINE, TEXT_SIZE
from notegen_desktop.domain.text.quantities import count
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import (
    Order,
    Services,
    SettingsStore,
    Templates,
    VaultBegun,
    VaultReport,
)
from notegen_desktop.ui.compose.composer import Composer
from notegen_desktop.ui.compose.incoming import Intake
from notegen_desktop.ui.compose.orders import Ordering
from notegen_desktop.ui.help.access import HelpAccess
from notegen_desktop.ui.kit.build import hbox, vbox, when_toggled
from notegen_desktop.ui.kit.commands import command
from notegen_desktop.ui.kit.messages import MessageBar
from notegen_desktop.ui.kit.outside import formats_of
from notegen_desktop.ui.kit.pages import Pages
from notegen_desktop.ui.kit.qt_board import QtBoard
from notegen_desktop.ui.kit.screen_reader import Announcer
from notegen_desktop.ui.kit.scrolling import Motion
from notegen_desktop.ui.kit.tasks import Deferred, Tasks, WindowContext, in_thread
from notegen_desktop.ui.kit.theme import apply_theme, init_theme, theme
from notegen_desktop.ui.kit.widgets import fit_to_screen, identify
from notegen_desktop.ui.library.page import LibraryPage
from notegen_desktop.ui.notes.actions import NoteActions
from notegen_desktop.ui.notes.practice.practice_view import PracticeView
from notegen_desktop.ui.notes.result_tabs import ResultTabs
from notegen_desktop.ui.queue.activity_panel import ActivityPanel
from notegen_desktop.ui.queue.controller import QueueControl
from notegen_desktop.ui.queue.panel import JobPanel
from notegen_desktop.ui.settings.access import SettingsAccess
from notegen_desktop.ui.templates.access import TemplatesAccess

from .closing import Closing
from .controllers.comparing import NoteComparing
from .controllers.editing import NoteEditing
from .controllers.engine_switch import EngineSwitch
from .controllers.guides import Guides
from .controllers.language_restart import LanguageRestart
from .controllers.library_problems import LibraryProblems
from .controllers.new_version import NewVersion
from .controllers.new_videos import NewVideos
from .controllers.newer_ytdlp import YtDlpUpdate
from .controllers.practising import Practising
from .controllers.refusals import Refusals
from .controllers.remarking import NoteRemarks
from .controllers.renewing import NoteRenewing
from .controllers.revising import NoteRevisions
from .controllers.rewriting import RewriteController
from .controllers.run_end import RunEnd
from .controllers.undoing import QueueCommands, Undoing
from .desk import Desk
from .keyboard import step
from .last_session import LastSession, Remembered, WindowState
from .rail import NEW, PROGRESS, Rail, progress_words
from .reading_mode import ReadingMode
from .recent import RecentVideos
from .side_panes.asking import AskBeside, AskLibrary, LinkHandlers
from .side_panes.playback import FoundPlaces, Playback
from .side_panes.reading import Reading
from .welcome import Welcome
from .workspace import TopBar, Workspace

if TYPE_CHECKING:
    from notegen_desktop.ui.notes.note_page import NotePage
    from notegen_desktop.ui.notes.note_view import NoteView
    from notegen_desktop.ui.settings.dialog import SettingsDialog

FAR_SIGN = " · "
"""Separator in the window title between progress and name."""


class MainWindow(QMainWindow):
    """The main window.

    Signals: `closed()` when everything has ended and the window is closed.
    """

    closed = Signal()

    def __init__(
        self,
        settings: SettingsStore,
        templates: Templates,
        board: JobBoard,
        *,
        resources: Path,
        window_state: Path | None = None,
        sample: Path | None = None,
        texts_folder: Path | None = None,
        templates_folder: Path | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`now` returns epoch seconds, as the board's clock does; `texts_folder` stores pasted
        texts, `templates_folder` the user's templates."""
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowTitle("NoteGen")
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        init_theme(app, resources)
        apply_theme(app, settings.current.text("appearance.theme"))
        app.setWindowIcon(QIcon(str(resources / "icons" / "app.svg")))
        self._app = app
        self._now = now
        self._settings = settings
        self._template_store = templates
        self._resources = resources
        self._sample = sample
        self._texts_folder = texts_folder
        self._templates_folder = templates_folder
        self._template_problems: tuple[str, ...] = ()
        self.services: Deferred[Services] = Deferred()
        self._state = WindowState(window_state)
        self.tasks = Tasks(self)
        self.tasks.failed.connect(self.show_failure)
        self.board = QtBoard(board, self)
        self.setAcceptDrops(True)
        self._build()
        self._connect()
        self._closing = Closing(
            self.context,
            board=self.board,
            queue=self.queue,
            ordering=self.ordering,
            finish=self.editing.flush,
            leave=self._leave,
            gone=self._really_close,
        )
        self._bind_keys()
        self.reading_mode = ReadingMode(self, self._top, self.desk, self.reading)
        RunEnd(self, self.board, now=self._now)
        self._show_templates()
        self.motion = Motion(self.tasks)
        self._take_settings(settings.current)
        self._forget_settings = settings.subscribe(self._take_settings)
        self._restore()
        self.board.start()
        Announcer(self.board, self, name_of=self._template_name, now=self._now)
        self.notes_page.settle()
        identify(self)
        self.composer.source.field.setFocus()

    # --- construction ---

    def _build(self) -> None:
        """Create the widgets from the outside in: Qt restyles a whole branch whenever it is
        reparented."""
        self.setMinimumSize(860, 560)
        self.rail = Rail()
        right = QWidget()
        right.setProperty("plane", "window")
        self.desk = Desk(self.rail, right, needs_rail=self._needs_rail)
        self.setCentralWidget(self.desk)
        self.composer = Composer(self.rail.pages)
        self.jobs = JobPanel(self.rail.pages, now=self._now)
        self.rail.fill(self.composer, self.jobs)
        self._build_right(right)

        context = self.context
        self.settings = SettingsAccess(context, self._settings)
        self.help = HelpAccess(context, self._top.help, resources=self._resources)
        self.intake = Intake(self, self.composer.source, self.tasks, self._texts_folder)
        self.ordering = Ordering(context, self.composer, self._settings)
        self.new_videos = NewVideos(
            context,
            order=self.composer.order,
            submit=self.ordering.submit,
            words=self.ordering.words_for,
        )
        self.templates = TemplatesAccess(
            context,
            self._templates_folder,
            sample=self._sample,
            order=self.composer.order,
            open_video=self._video_read,
            make_view=_trial_view,
        )
        self.templates.changed.connect(self._show_templates)
        self.composer.templates.edit_wanted.connect(self.templates.open)
        self.composer.source.templates_found.connect(self.templates.offer)
        self.new_language = LanguageRestart(context, self._settings, leave=self.end)
        self.new_version = NewVersion(
            context, self._settings, keep=self.ordering.keep, now=self._now
        )
        self.trouble = LibraryProblems(context)
        self.ordering.kept.connect(self.trouble.remind)
        self.practising = Practising(
            context, self.practice, name_of=self._template_name, now=self._now
        )
        self.queue = QueueControl(context, self.board, self.jobs, self.activity)

    def _build_right(self, right: QWidget) -> None:
        self._top = top = TopBar()
        self.page_switch = top.pages
        self.messages = MessageBar(right)
        self.context = context = WindowContext(self, self.services, self.tasks, self.messages)
        self.pages = Pages()
        vbox(top, (self.pages, 1), spacing=0, on=right)
        self.notes_page = Workspace(self.board, self.pages)
        self.results = ResultTabs()
        self.welcome = Welcome(self.notes_page, has_sample=self._sample is not None)
        self.recent = RecentVideos(self.services, self.tasks, self.notes_page)
        self.note_actions = actions = NoteActions(
            context, self.results, name_of=self._template_name
        )
        self.reading = Reading(self.results, self.services, self.tasks, self.notes_page)
        self.playback = Playback(context, self.reading, actions)
        self.asking = AskBeside(
            context, self.reading, LinkHandlers(self.playback.follow, actions.open_link)
        )
        self.session = LastSession(self.results, self.services, self.tasks, self)
        self.notes_page.fill(
            welcome=self.welcome,
            recent=self.recent,
            results=self.results,
            reading=self.reading,
            session=self.session,
        )
        self.library = LibraryPage(self.services, self.tasks)
        self.library_page = QWidget()
        hbox((self.library, 3), spacing=0, on=self.library_page)
        self.library_asking = AskLibrary(
            context,
            self.library_page,
            self.library.selected,
            LinkHandlers(self.playback.open_at, actions.open_link),
        )
        self.pages.addWidget(self.notes_page)
        self.pages.addWidget(self.library_page)
        self.practice = PracticeView()
        self.pages.addWidget(self.practice)
        self.activity = ActivityPanel(self.pages)

    def _connect(self) -> None:
        composer, board, jobs = self.composer, self.board, self.jobs
        composer.add_key.clicked.connect(self.settings.open)
        composer.setting_wanted.connect(self.settings.open_at)
        composer.source.choose_button.clicked.connect(self.choose_files)
        composer.source.changed.connect(self.desk.settle)
        self.ordering.ordered.connect(self._show_progress)
        self.ordering.ordered.connect(self.new_videos.show_ordered)
        self.rail.turned.connect(self.desk.settle)
        board.progress_changed.connect(self._show_overall)

        jobs.follow(board)
        self.results.follow(board)

        self.undoing = Undoing(self.context, board, self.results, name_of=self._template_name)
        QueueCommands(self, board, jobs, self.undoing)
        jobs.wishes.cancel_wanted.connect(self.undoing.cancel)
        jobs.wishes.retry_wanted.connect(self._retry)
        jobs.wishes.open_wanted.connect(self._open_job)
        jobs.wishes.settings_wanted.connect(self.settings.open_at)
        jobs.wishes.again_wanted.connect(self._queue_again)
        jobs.wishes.clear_wanted.connect(self.undoing.clear)
        jobs.cancel_all.clicked.connect(self.undoing.cancel_all)
        jobs.retry_failed.clicked.connect(
            lambda: self.services.then(lambda services: services.runner.retry_failed())
        )

        self.engine_switch = EngineSwitch(self.context, board)
        self.refusals = Refusals(
            self.context,
            board,
            jobs,
            composer.source,
            ordering=self.ordering,
            access=self.settings,
            settings=self._settings,
            update=YtDlpUpdate(self.context, offer_start=self.new_language.offer).get,
        )
        self.revisions = NoteRevisions(self.context, self.results)
        self.editing = NoteEditing(self.context, self.results)
        NoteRenewing(self.context, self.results)
        NoteComparing(self.context, self.results, self.editing)
        self.remarks = NoteRemarks(
            self.context,
            self.results,
            self.editing,
            now=self._now,
            go_to=partial(self.reading.show_passage, opens=True),
        )
        self.reading.panel.remark_wanted.connect(self.remarks.mark_spoken)
        self.writing_again = RewriteController(self.context, self.results, self.editing, board)
        board.job_finished.connect(self.revisions.tell_unreviewed)
        results, actions, panel = self.results, self.note_actions, self.reading.panel
        panel.cite_activated.connect(self.playback.open_at)
        panel.copied.connect(self.messages.say_done)
        panel.save_wanted.connect(self._save_transcript)
        self.reading.tracks.said.connect(self.messages.say_done)
        results.page_added.connect(self._take_in)
        results.zoom_wanted.connect(self._zoom)
        results.retry_wanted.connect(self._retry)
        results.shown_changed.connect(lambda key: self.desk.show_has_note(bool(key)))
        self.practising.counted.connect(lambda it: self._top.show_due(it.due + it.new))
        self.practising.note_wanted.connect(self.library.open_note)
        self.practice.cite_activated.connect(self._follow_card)
        self.practice.link_activated.connect(actions.open_link)
        self.library.changed.connect(self.practising.count)
        self.library.practice_wanted.connect(self._practise_stored)
        self.library.note_opened.connect(self._open_note)
        self.library.again_wanted.connect(self.writing_again.ask)
        self.guides = Guides(self.context)
        self.library.guide_wanted.connect(self.guides.ask_for_stored)
        self.ordering.playlists.guide_wanted.connect(self.guides.ask)
        self.writing_again.note_wanted.connect(self.library.open_note)
        self.library.save_wanted.connect(actions.save)
        self.library.operations.notes_deleted.connect(self.undoing.forget_notes)
        self.library.operations.notes_restored.connect(self.undoing.restore_notes)
        self.library.message.connect(self.messages.show_message)
        self.messages.stand_above(self.library.selection)
        self.library.importing.links_found.connect(self._add_listed)
        self.library.changed.connect(self.recent.renew)
        self.library.operations.note_renamed.connect(results.revise)
        self.found = FoundPlaces(
            self.context, self.library, self.reading, self.playback, self._open_note
        )
        results.shown_changed.connect(lambda _: self._mark_read())
        self.recent.note_wanted.connect(self.library.open_note)
        self.recent.all_notes.clicked.connect(lambda: self.page_switch.choose("library"))
        board.job_finished.connect(lambda _: self.library.refresh())

        self.welcome.sample.clicked.connect(self.try_sample)
        self.welcome.key.clicked.connect(self.settings.open)
        self._top.settings.clicked.connect(self.settings.open)
        self._top.ask.clicked.connect(self.ask_library)
        self.settings.key_known.connect(lambda known: self.composer.show_key(known=known))
        self.settings.key_known.connect(lambda known: self.welcome.show_key(known=known))
        self.settings.made.connect(self._answer_settings)
        self._top.activity.toggled.connect(self.activity.set_open)
        self.activity.closed.connect(lambda: self._top.activity.setChecked(False))
        self.queue.resumed.connect(self._show_progress)
        self.page_switch.chosen.connect(self._show_page)

    def _take_in(self, page: NotePage) -> None:
        when_toggled(
            page.outline_button,
            lambda wanted: self.ordering.keep({OUTLINE: "true" if wanted else "false"}),
        )
        page.practice_button.clicked.connect(lambda: self._practise(page.note))

    def _answer_settings(self, dialog: SettingsDialog) -> None:
        dialog.follow_box.looked.connect(self.new_videos.take)
        dialog.templates_wanted.connect(self.templates.open)

    def _bind_keys(self) -> None:
        """Add the commands of the whole window; those of a part belong to that part."""
        for name, act, keys in (
            (_("Generate notes"), self.ordering.generate, ("Ctrl+Return", "Ctrl+Enter")),
            (_("Go to the field for links"), self.type_link, ("Ctrl+L",)),
            (_("Choose files"), self.choose_files, ("Ctrl+O",)),
            # A focused field pastes by itself; elsewhere links are pasted.
            (_("Paste links or a transcript"), self.paste, ("Ctrl+V",)),
            (_("Try the sample talk"), self.try_sample, ()),
            (_("Look for new videos in what is followed"), self.new_videos.look, ()),
        ):
            command(self, name, act, *keys, group="New notes")
        for name, act, keys in (
            (_("Search all notes"), self.search_notes, ("Ctrl+Shift+F",)),
            (_("Ask your library"), self.ask_library, ("Ctrl+Shift+J",)),
            (_("Write the selected notes again…"), self.library.ask_again, ()),
            (_("Write a guide over the selected videos…"), self.library.ask_for_guide, ()),
            (_("Practise what is due"), lambda: self._practise(None), ("Ctrl+Shift+P",)),
            (_("Fold or open the left column"), self.desk.toggle_rail, ("F9",)),
            (
                _("Activity: requests, limits and cost"),
                self._top.activity.toggle,
                ("Ctrl+Shift+A",),
            ),
            (_("Settings"), self.settings.open, ("Ctrl+,",)),
            (_("Followed lists"), self.settings.open_following, ()),
        ):
            command(self, name, act, *keys, group="Window")
        for place in (self.rail, self._top, self.library):  # note tabs have their own
            find = QKeySequence.StandardKey.Find
            command(
                place, _("Search all notes"), self.find_words, find, group="Window", within=True
            )
        self._undo = command(
            self, _("Undo"), self._take_back, QKeySequence.StandardKey.Undo, group="Window"
        )
        self._undo.setEnabled(False)
        self.messages.undo_changed.connect(lambda _: self._settle_undo())
        self.practising.undo_changed.connect(self._settle_undo)
        # Escape belongs to fields and lists unless there is a message to dismiss.
        dismiss = command(
            self, _("Dismiss the message"), self.messages.dismiss, "Esc", group="Window"
        )
        dismiss.setEnabled(False)
        self.messages.shown_changed.connect(dismiss.setEnabled)

    # --- services ---

    def attach(self, services: Services) -> None:
        """Take the services; requests made meanwhile are carried out now."""
        self.trouble.show_open()
        formats = formats_of(services.exporter)
        self.results.set_formats(formats)
        self.library.set_formats(formats)
        services.activity.subscribe(self._show_pacing)
        services.runner.tell_pictures(self.revisions.tell_pictures)
        if services.vault is not None:
            services.vault.tell(self._show_vault)
        self.services.set(services)
        # Import the modules of a page in advance: otherwise the first note would block the window.
        page = "notegen_desktop.ui.notes.note_page"
        self.tasks.start(in_thread(lambda: bool(import_module(page))))
        self.motion.ask_desktop()

    def _show_pacing(self, words: str) -> None:
        """Show that requests now run one at a time, or no longer do."""
        self.messages.say(words)

    def _show_vault(self, told: VaultReport | VaultBegun | Failure) -> None:
        """Show problems of exporting a note to the folder of pages."""
        if isinstance(told, Failure):
            words = (
                _("The folder of pages is not up to date. {message} {hint}")
                .format(message=told.message, hint=told.hint)
                .rstrip()
            )
            self.messages.say(words, tone="danger")
        elif isinstance(told, VaultBegun):
            pages = count(told.pages, "page")
            words = _("Folder of pages: writing {pages} …").format(pages=pages)
            self.messages.say(words)
        elif told.kept or told.failed:
            words = _("Folder of pages: {words}. Your own words there stay as they are.").format(
                words=told.words
            )
            self.messages.say(words)

    # --- input ---

    def add_text(self, text: str) -> None:
        """Add the sources in a text, from the command line or a second program start."""
        self.desk.open_rail(NEW)
        self.intake.add_text(text)

    def _add_listed(self, found: FoundLinks) -> None:
        """Add the videos of a list that was dropped on the library."""
        self.desk.open_rail(NEW)
        self.composer.source.add_found(found)

    def paste(self) -> None:
        """Add the links in the clipboard."""
        self.desk.open_rail(NEW)
        self.intake.paste()

    def choose_files(self) -> None:
        self.desk.open_rail(NEW)
        self.intake.choose_files()

    def type_link(self) -> None:
        """Focus the field for links."""
        self.desk.open_rail(NEW)
        self.composer.source.field.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.reading_mode.is_on:
            self.reading_mode.leave()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        return step(self, forward=next) or super().focusNextPrevChild(next)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.composer.source.dragEnterEvent(event)
        if event.isAccepted():
            self.desk.open_rail(NEW)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self.composer.source.dragMoveEvent(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.composer.source.dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self.composer.source.dropEvent(event)

    # --- requests ---

    def try_sample(self) -> None:
        """Write notes of the bundled talk offline; without a key also open an example by Gemini."""
        if self._sample is None:
            return
        quotable = [template.id for template in self._template_store.all() if template.quotable]
        ticked = [one for one in self.composer.templates.ticked() if one in quotable]
        link = file_link(str(self._sample))
        self.ordering.submit(Order((link,), tuple(ticked or quotable[:3]), engine=Engine.OFFLINE))
        example = self._sample.with_name(f"{self._sample.name.split('.')[0]}.example.json")
        if not self.composer.key_known and example.is_file():
            from notegen_desktop.ui.notes.note_page import EXAMPLE_ID  # late: a large import

            note = Note.from_json(json.loads(example.read_text("utf-8")))
            video = replace(note.video, id=link.id, url=link.url, provider=link.provider)
            self.results.open_note(replace(note, id=EXAMPLE_ID, video=video), activate=False)

    def _practise(self, note: Note | None) -> None:
        self.page_switch.choose("practice")
        self.practice.setFocus()  # until the first card is loaded: keys are not for a field
        self.practising.open(note)

    def _practise_stored(self, note_id: str) -> None:
        asked = self.services.ask(lambda services: services.store.get(note_id))
        self.tasks.start(asked, done=self._practise)

    def _follow_card(self, video: Video, seconds: float) -> None:
        """Open the video at a time of a card; local media and texts open beside the note."""
        shown = self.practice.shown
        if not video.is_online and shown is not None:
            self._open_note(shown.note)
        self.playback.follow(video, seconds)

    def _practises(self) -> bool:
        return self.pages.currentWidget() is self.practice

    def _take_back(self) -> None:
        """Undo the last answer on the practice page, elsewhere the last change."""
        if self._practises() and self.practising.can_undo:
            self.practising.undo()
        else:
            self.messages.undo()

    def _settle_undo(self) -> None:
        practised = self._practises() and self.practising.can_undo
        self._undo.setEnabled(practised or self.messages.can_undo)

    def find_words(self) -> None:
        """Search in the current note; without one, in the library."""
        if (page := self.results.page_shown) is not None and page.isVisible():
            page.find_words()
        else:
            self.search_notes()

    def search_notes(self) -> None:
        """Show the library and focus its search field."""
        self.page_switch.choose("library")
        self.library.search.setFocus()
        self.library.search.selectAll()

    def ask_library(self) -> None:
        """Show or hide questions about all videos in the library page."""
        self.page_switch.choose("library")
        self.library_asking.toggle()

    def _retry(self, job_id: str) -> None:
        if job_id in self.board.board:  # it may be removed from the list
            self.services.then(lambda services: services.runner.retry(job_id))

    def _save_transcript(self, format: str) -> None:
        panel = self.reading.panel
        if panel.spoken is not None and panel.video is not None:
            self.note_actions.save_transcript(panel.spoken.transcript, panel.video, format)

    # --- display ---

    def show_failure(self, failure: Failure) -> None:
        self.messages.show_failure(failure)

    def _show_templates(self) -> None:
        all_templates = self._template_store.all()
        self.composer.templates.show_templates(all_templates)
        self.jobs.show_templates({template.id: template for template in all_templates})
        self.results.set_templates(all_templates)
        self.library.set_templates(all_templates)
        self.recent.set_templates(all_templates)
        problems = self._template_store.problems()
        if problems and problems != self._template_problems:
            self.messages.say(
                _("Some of your templates cannot be used."),
                " ".join(problems),
                "warning",
                action=_("Show them"),
                on_action=self.templates.open,
            )
        self._template_problems = problems

    def _take_settings(self, settings: Settings) -> None:
        """Apply the settings, at the start and after each change."""
        self.ordering.take_settings(settings)
        self.refusals.take_settings(settings)
        self.new_language.take_settings(settings)
        apply_theme(self._app, settings.text("appearance.theme"))
        level = Level(settings.text("general.level"))
        theme().set_reading_size(settings.integer(TEXT_SIZE))
        self.results.set_outline(settings.flag(OUTLINE))
        self.motion.take_settings(settings)
        self.results.set_default_level(level)
        self.practising.take_settings(settings)
        self.library.level = level

    def _zoom(self, by: int) -> None:
        """Change the text size by pixels; 0 restores the default."""
        setting = BY_KEY[TEXT_SIZE]
        least, most = setting.within or (0, 0)
        px = self._settings.current.integer(TEXT_SIZE) + by if by else int(setting.default)
        self.ordering.keep({TEXT_SIZE: str(min(int(most), max(int(least), px)))})

    def _template_name(self, template_id: str) -> str:
        names = {template.id: _(template.name) for template in self._template_store.all()}
        return names.get(template_id, template_id)

    def _show_page(self, key: str) -> None:
        if key != "notes":
            self.reading_mode.leave()
        pages = {"library": self.library_page, "practice": self.practice}
        self.pages.setCurrentWidget(pages.get(key, self.notes_page))
        self._settle_undo()
        if self._practises():
            self.practising.show()

    def _show_progress(self) -> None:
        """Show the running jobs, unless the user is composing an order."""
        self.page_switch.choose("notes")
        if self._is_composing():
            return
        if self.composer.isAncestorOf(self.focusWidget() or self):
            self.rail.setFocus()  # instead of the next button
        self.desk.turn_rail(PROGRESS)

    def _show_overall(self, progress: float) -> None:
        tally = self.board.board.tally
        self.rail.show_state(tally, progress)
        far = progress_words(tally, progress) if tally.active else ""
        name = self.windowTitle().rpartition(FAR_SIGN)[2]
        self.setWindowTitle(f"{far}{FAR_SIGN}{name}" if far else name)
        self.desk.settle()

    def _needs_rail(self) -> bool:
        tally = self.board.board.tally
        return bool(tally.active or tally.of(Status.ERROR)) or self._is_composing()

    def _is_composing(self) -> bool:
        source = self.composer.source
        return self.rail.page == NEW and bool(source.links() or source.has_typed())

    def _queue_again(self, video: Video) -> None:
        self.desk.open_rail(NEW)
        if self.composer.source.add_text(video.url):
            self.composer.templates.list.setFocus()

    def _open_note(self, note: Note) -> None:
        self.results.open_note(note)
        self.notes_page.settle()
        self.page_switch.choose("notes")
        page = self.results.page_shown
        if page is not None and page.view.isVisible():
            # Not the widget that had the focus when the notes were last shown, such as a question.
            page.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _mark_read(self) -> None:
        page = self.results.page_shown
        if page is not None and page.note is not None:
            self.library.operations.mark_read(page.note.id)

    def _video_read(self) -> Video | None:
        page = self.results.page_shown
        return page.note.video if page is not None and page.note is not None else None

    def _open_job(self, job_id: str) -> None:
        self.results.open_job(self.board.board.job(job_id))
        self.notes_page.settle()
        self.page_switch.choose("notes")

    def _parts(self) -> tuple[Remembered, ...]:
        return self.desk, self.reading, self.asking, self.session, self.recent

    def _restore(self) -> None:
        self.resize(1280, 800)
        self._state.restore(self, *self._parts())
        fit_to_screen(self)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # The new screen may be smaller: the large one may have been disconnected.
        self.windowHandle().screenChanged.connect(self._fit, Qt.ConnectionType.UniqueConnection)

    def _fit(self) -> None:
        fit_to_screen(self)

    # --- closing ---

    def closeEvent(self, event: QCloseEvent) -> None:
        self._closing.take(event)

    def end(self) -> None:
        """Close without asking, on a signal; running jobs continue at the next start."""
        self._closing.end()

    def _leave(self) -> None:
        """Stop all timers, save the state and release resources."""
        self.queue.stop()
        self.new_videos.stop()
        self.templates.flush()
        self.new_version.stop()
        self.playback.shut_down()
        self._state.remember(self, *self._parts())
        self._forget_settings()
        self.board.stop()

    def _really_close(self) -> None:
        self.close()
        self.closed.emit()


def _trial_view() -> NoteView:
    from notegen_desktop.ui.notes.note_view import NoteView  # late: a large import

    return NoteView(name="trialView", says=_("Note of the trial"))
