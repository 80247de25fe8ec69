"""From the left column to the runner: orders, estimates, what links are, playlists, saved sets.

Orders given before the services exist are kept and carried out when they come.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QInputDialog, QWidget

from notegen_desktop.domain.errors import Failure, NoteGenError
from notegen_desktop.domain.links import Link, find_links
from notegen_desktop.domain.settings import Settings
from notegen_desktop.domain.video import Video
from notegen_desktop.services.ports import JobEstimate, Order, Services, SettingsStore

from .composer import Composer
from .dialogs import answer
from .drops import merged
from .job_words import estimate_words
from .lookups import MANY, Lookups
from .messages import Message, MessageBar
from .tasks import Tasks
from .template_picker import format_sets, parse_sets
from .widgets.chip import link_name
from .widgets.playlist_dialog import PlaylistDialog

ESTIMATE_MS = 250
"""An estimate is asked for when nothing has changed for so long."""

SETS = "general.template_sets"


class Ordering(QObject):
    """Turns what the composer says into orders.

    Signals: `ordered()` when the runner has taken one.
    """

    ordered = Signal()

    def __init__(
        self,
        window: QWidget,
        composer: Composer,
        settings: SettingsStore,
        *,
        tasks: Tasks,
        messages: MessageBar,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._composer = composer
        self._settings = settings
        self._tasks = tasks
        self._messages = messages
        self._services: Services | None = None
        self._kept: list[Order] = []
        self._playlists: dict[str, list[Video]] = {}
        self._asked = 0
        self._timer = QTimer(self, interval=ESTIMATE_MS, singleShot=True)
        self._timer.timeout.connect(self._estimate)
        self._lookups = Lookups(tasks, self)
        self._lookups.video_found.connect(composer.source.show_video)
        self._lookups.list_found.connect(self._show_playlist)
        self._lookups.failed.connect(composer.source.show_failure)
        composer.source.added.connect(self._lookups.ask)
        composer.source.choice_wanted.connect(self.choose_videos)
        composer.order_changed.connect(self._timer.start)
        composer.generate_wanted.connect(self.generate)
        composer.option_chosen.connect(lambda key, value: self.keep({key: value}))
        composer.templates.changed.connect(
            lambda ids: self.keep({"general.templates": ",".join(ids)})
        )
        composer.templates.set_wanted.connect(self._save_set)
        composer.templates.set_dropped.connect(self._drop_set)

    def attach(self, services: Services) -> None:
        """The runner is there: do what was asked for meanwhile."""
        self._services = services
        self._lookups.attach(services.source)
        kept, self._kept = self._kept, []
        for order in kept:
            self.submit(order)
        self._estimate()

    # --- orders ---

    def generate(self) -> None:
        """Order what the left column says; say what is missing if something is."""
        source = self._composer.source
        source.take_typed()
        order = self._composer.order()
        if not order.links:
            source.field.setFocus()
            if not source.has_typed():
                self._messages.show_message(
                    Message("There is no video yet.", "Paste a link or drop a file on the left.")
                )
            return
        if not order.templates:
            self._composer.templates.list.setFocus()
            self._messages.show_message(
                Message("No kind of note is ticked.", "Tick at least one in the list on the left.")
            )
            return
        lists = [link for link in order.links if link.kind in MANY]
        if lists:
            self.choose_videos(lists[0].key)
        elif self.submit(order):
            source.clear()

    def submit(self, order: Order) -> bool:
        """Hand an order to the runner, or keep it until there is one; False if it was refused."""
        if self._services is None:
            self._kept.append(order)
            self._composer.show_estimate("Getting ready: the notes start in a moment …")
            return True
        try:
            self._services.runner.submit(order)
        except NoteGenError as error:
            self._messages.show_failure(error.failure())
            return False
        self.ordered.emit()
        return True

    # --- playlists ---

    def choose_videos(self, key: str) -> None:
        """Let the videos of a playlist in the queue be chosen, and put them in its place."""
        link = next((one for one in self._composer.source.links() if one.key == key), None)
        if link is None:
            return
        videos = self._playlists.get(key)
        if videos:
            self._tasks.start(self._choose_videos(link, videos))
        else:
            self._messages.show_message(
                Message(
                    "The videos of this playlist are not known yet.",
                    "Try again in a moment, or paste links to single videos.",
                )
            )

    async def _choose_videos(self, link: Link, videos: list[Video]) -> None:
        dialog = PlaylistDialog(link_name(link), videos, self._window)
        if await answer(dialog) != PlaylistDialog.DialogCode.Accepted:
            return
        source = self._composer.source
        source.remove(link.key)
        known = {video.url: video for video in dialog.chosen()}
        for new in source.add_found(merged(find_links(url) for url in known)):
            if new.url in known:
                source.show_video(new.key, known[new.url])

    def _show_playlist(self, key: str, videos: list[Video]) -> None:
        self._playlists[key] = videos
        self._composer.source.show_count(key, len(videos))

    # --- estimates ---

    def _estimate(self) -> None:
        if not self._tasks.can_start:
            self._timer.start()
            return
        order = self._composer.order()
        self._asked += 1
        if self._services is None:
            return
        if not order.links or not order.templates or any(one.kind in MANY for one in order.links):
            self._composer.show_estimate("")
            return
        number = self._asked
        self._tasks.start(
            self._services.runner.estimate(order),
            done=lambda found: self._show_estimate(number, found),
            failed=lambda failure: self._show_no_estimate(number, failure),
        )

    def _show_estimate(self, number: int, estimates: list[JobEstimate]) -> None:
        if number != self._asked:
            return  # something else is wanted by now
        settings = self._settings.current
        parallel = settings.flag("processing.parallel")
        at_once = settings.integer("processing.max_concurrent") if parallel else 1
        self._composer.show_estimate(estimate_words(estimates, at_once=at_once))

    def _show_no_estimate(self, number: int, failure: Failure) -> None:
        if number == self._asked:
            self._composer.show_estimate(failure.message, tone="warning")

    # --- settings ---

    def take_settings(self, settings: Settings) -> None:
        """The settings as they stand now."""
        composer = self._composer
        composer.templates.tick(settings.list_of("general.templates"))
        composer.templates.show_sets(parse_sets(settings.text(SETS)))
        composer.show_options(
            engine=settings.text("general.engine"),
            mode=settings.text("general.mode"),
            language=settings.text("general.language"),
        )

    def keep(self, changes: dict[str, str]) -> None:
        """Put choices into the settings, so that the next start has them."""
        current = self._settings.current
        if all(current.text(key) == value for key, value in changes.items()):
            return
        try:
            self._settings.change(dict(changes))
        except NoteGenError as error:
            self._messages.show_failure(error.failure())

    def _save_set(self) -> None:
        chosen = self._composer.templates.ticked()
        if chosen:
            self._tasks.start(self._name_set(chosen))
        else:
            self._messages.show_message(Message("No kind of note is ticked to keep as a set."))

    async def _name_set(self, chosen: list[str]) -> None:
        dialog = QInputDialog(self._window)
        dialog.setObjectName("setNameDialog")
        dialog.setWindowTitle("Save Set")
        dialog.setLabelText("Keep the ticked templates under the name")
        dialog.setOkButtonText("Save")
        name = dialog.textValue().strip() if await answer(dialog) else ""
        if name:
            sets = parse_sets(self._settings.current.text(SETS))
            self.keep({SETS: format_sets({**sets, name: chosen})})

    def _drop_set(self, name: str) -> None:
        sets = parse_sets(self._settings.current.text(SETS))
        sets.pop(name, None)
        self.keep({SETS: format_sets(sets)})
