"""From the left column to the runner: orders, estimates, what links are, playlists, saved sets.

Orders given before the services exist are kept and carried out when they come.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QInputDialog, QWidget

from notegen_desktop.domain.errors import Failure, NoteGenError
from notegen_desktop.domain.settings import Settings
from notegen_desktop.services.ports import Order, Outlook, Services, SettingsStore

from .composer import Composer
from .dialogs import answer
from .job_words import estimate_words
from .lookups import MANY, Lookups
from .messages import Message, MessageBar
from .playlists import Playlists
from .tasks import Tasks
from .template_picker import format_sets, parse_sets

ESTIMATE_MS = 250
"""An estimate is asked for when nothing has changed for so long."""

SAMPLE = 6
"""Of so many videos the words are read before Generate; the others are taken to be like them."""

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
        self._asked = 0
        self._timer = QTimer(self, interval=ESTIMATE_MS, singleShot=True)
        self._timer.timeout.connect(self._estimate)
        self._lookups = Lookups(tasks, self)
        self._lookups.video_found.connect(composer.source.show_video)
        self._lookups.failed.connect(composer.source.show_failure)
        composer.source.added.connect(self._lookups.ask)
        self.playlists = Playlists(
            window, composer.source, self._lookups, tasks=tasks, messages=messages
        )
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
        self.playlists.attach(services)
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
            self.playlists.choose(lists[0].key)
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
            self._composer.show_obstacles(Outlook())
            return
        number = self._asked
        self._tasks.start(
            self._look_ahead(self._services, order),
            done=lambda found: self._show_outlook(number, order, found),
            failed=lambda failure: self._show_no_estimate(number, failure),
        )

    @staticmethod
    async def _look_ahead(services: Services, order: Order) -> Outlook:
        """What the order will take; of many videos by the first ones, for all are not read yet."""
        sample = replace(order, links=order.links[:SAMPLE])
        jobs = await services.runner.estimate(sample)
        each = len(jobs) // len(sample.links)
        more = [
            replace(job, video_id=link.key, exact_source=False)
            for number, link in enumerate(order.links[SAMPLE:])
            for job in jobs[number % SAMPLE * each : (number % SAMPLE + 1) * each]
        ]
        outlook = Outlook((*jobs, *more))
        if services.outlooks is None:
            return outlook
        return await services.outlooks.of(order, outlook.jobs)

    def _show_outlook(self, number: int, order: Order, outlook: Outlook) -> None:
        if number != self._asked:
            return  # something else is wanted by now
        self._composer.show_obstacles(outlook)
        settings = self._settings.current
        parallel = settings.flag("processing.parallel")
        at_once = settings.integer("processing.max_concurrent") if parallel else 1
        words = estimate_words(outlook.jobs, at_once=at_once)
        if len(order.links) > SAMPLE:
            words += f" · judged by {SAMPLE} of {len(order.links):,} videos"
        stopped = outlook.over_budget or outlook.short_of_quota
        self._composer.show_estimate(words, tone="warning" if stopped else "")

    def _show_no_estimate(self, number: int, failure: Failure) -> None:
        if number == self._asked:
            self._composer.show_estimate(failure.message, tone="warning")
            self._composer.show_obstacles(Outlook())

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
