"""Controller between the composer and the job runner: orders, estimates, lookups, sets.

Orders given before the services are ready are kept and submitted when they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

from PySide6.QtCore import Signal

from notegen_desktop.domain.cost.estimate import BUDGETS
from notegen_desktop.domain.engines.order import template_engines, template_engines_text
from notegen_desktop.domain.errors import (
    BudgetExceeded,
    Failure,
    InvalidConnection,
    NetworkUnreachable,
    NoteGenError,
    SourceError,
    TimedOut,
    WriterError,
)
from notegen_desktop.domain.links.link import Link
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.domain.settings.settings import SettingChanges, Settings
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import N_, _, ngettext
from notegen_desktop.services.ports import Order, OrderEstimate, Services, SettingsStore
from notegen_desktop.ui.kit.build import delayed
from notegen_desktop.ui.kit.dialogs import ask_text, choose
from notegen_desktop.ui.kit.job_text import estimate_words
from notegen_desktop.ui.kit.tasks import Controller, WindowContext

from .composer import NO_ESTIMATE, Composer
from .playlists import Lookups, Playlists
from .template_picker import Sets, format_sets, parse_sets

ESTIMATE_MS = 250
"""Milliseconds without a change of the order before a new estimate is computed."""

SAMPLE = 6
"""Number of videos whose transcripts are read for an estimate; the others count as their
average."""

SETS = "general.template_sets"
WRITTEN_BY = "general.written_by"

RAISE = ("raiseLimitButton", N_("Raise the limit…"))
OFFLINE = ("writeOfflineButton", N_("Write offline instead"))


class Ordering(Controller):
    """Submits the composer's orders to the job runner.

    Signals: `ordered(Order)` when the runner has accepted an order; `kept(int)` with the number of
    waiting orders when one waits for the services.
    """

    ordered = Signal(object)
    kept = Signal(int)

    def __init__(self, context: WindowContext, composer: Composer, settings: SettingsStore) -> None:
        super().__init__(context)
        self._composer = composer
        self._settings = settings
        self._kept: list[Order] = []
        self._obstacle = ""
        self._weighed: list[Order] = []
        self._asked = 0
        self._timer = delayed(self, ESTIMATE_MS, self._estimate)
        self._lookups = Lookups(context.services, context.tasks, self)
        self._lookups.turned_out.connect(composer.source.replace)
        self._lookups.video_found.connect(composer.source.show_video)
        self._lookups.failed.connect(composer.source.show_failure)
        composer.source.added.connect(self._lookups.ask)
        self.playlists = Playlists(context, composer.source, self._lookups)
        composer.order_changed.connect(self._timer.start)
        composer.generate.clicked.connect(self.generate)
        composer.option_chosen.connect(lambda key, value: self.keep({key: value}))
        composer.models_wanted.connect(self._ask_models)
        composer.model_chosen.connect(self._keep_model)
        composer.templates.changed.connect(
            lambda ids: self.keep({"general.templates": ",".join(ids)})
        )
        composer.templates.set_wanted.connect(self._save_set)
        composer.templates.set_dropped.connect(self._drop_set)
        composer.templates.engine_chosen.connect(self._keep_engine)
        composer.templates.engine_wanted.connect(
            lambda template: self._tasks.start(self._name_engine(template))
        )

        self._services.then(self._carry_out_kept)
        self._services.then(self._show_connections)

    def _carry_out_kept(self, _: Services) -> None:
        """Submit the kept orders, now that the services are ready."""
        kept, self._kept = self._kept, []
        for order in kept:
            self.submit(order)
        self._estimate()

    def look_again(self, links: Iterable[Link]) -> None:
        """Look these links of the queue up again at their source."""
        self._lookups.ask(links)

    def _show_connections(self, services: Services) -> None:
        """List the connections as engines, and update the list when connections change."""

        def show() -> None:
            self._composer.show_connections(services.connections.all())

        services.connections.subscribe(show)
        show()
        self._ask_models(self._composer.order().engine)

    def _ask_models(self, engine: str) -> None:
        """Show the stored model of a connection at once, then the models that its server lists."""
        services = self._services.value
        if services is None or not Engine(engine).is_connection:
            return
        try:
            connection = services.connections.get(engine)
        except NoteGenError:
            return
        chosen = connection.model
        self._composer.show_models(engine, (), chosen)
        self._tasks.start(
            services.servers.models(connection),
            done=lambda found: self._composer.show_models(engine, [m.id for m in found], chosen),
            failed=lambda _: None,  # the job's own failure will tell the reason
        )

    def _keep_model(self, engine: str, model: str) -> None:
        services = self._services.value
        if services is None:
            return
        try:
            connection = services.connections.get(engine)
            services.connections.keep(replace(connection, model=model))
        except InvalidConnection:
            pass  # set by the environment: the choice lasts for this window only
        except NoteGenError as error:
            self._messages.show_failure(error.failure())

    # --- orders ---

    def generate(self) -> None:
        """Submit the composer's order; show a message if it has no video or no template."""
        source = self._composer.source
        source.take_typed()
        order = self._composer.order()
        if not order.links:
            source.field.setFocus()
            # With the composer hidden, the shortcut was pressed twice: the order is under way.
            if self._composer.isVisible() and not source.has_typed():
                self._messages.say(
                    _("There is no video yet."), _("Paste a link or drop a file on the left.")
                )
            return
        if not order.templates:
            self._composer.templates.list.setFocus()
            self._messages.say(
                _("No kind of note is ticked."), _("Tick at least one in the list on the left.")
            )
            return
        lists = [link for link in order.links if self.playlists.is_list(link)]
        if lists:
            self.playlists.choose(lists[0].key)
        else:
            self.submit(order)

    def submit(self, order: Order) -> None:
        """Submit an order to the runner, or keep it until there is one.

        An order that may exceed a budget is estimated first, and the user is asked if it does.
        """
        services, settings = self._services.value, self._settings.current
        if services is None:
            self._kept.append(order)
            self._take_off(order)
            self._say_kept()
            self.kept.emit(len(self._kept))
        elif (order.engine is Engine.OFFLINE and not order.written_by) or not any(
            settings.number(f"budget.{name}_usd") for name in BUDGETS
        ):
            self._begin(services, order)
        elif order not in self._weighed:
            self._weighed.append(order)
            self._composer.show_estimate(_("Looking whether your budget allows it …"))
            self._tasks.start(self._weigh(services, order))

    @property
    def waiting(self) -> int:
        """The number of orders that wait for the runner."""
        return len(self._kept)

    def show_obstacle(self, words: str) -> None:
        """Show why orders wait; "" means that the services are still starting."""
        self._obstacle = words
        if self._kept:
            self._say_kept()

    def _say_kept(self) -> None:
        words = self._obstacle or _("Getting ready: the notes start in a moment …")
        self._composer.show_estimate(words, tone="warning" if self._obstacle else "")

    def _begin(
        self,
        services: Services,
        order: Order,
        refused: Mapping[tuple[str, str], NoteGenError] | None = None,
    ) -> None:
        try:
            known = self._composer.source.videos
            services.runner.submit(order, refused=refused or {}, known=known)
        except NoteGenError as error:
            self._messages.show_failure(error.failure())
            return
        self._take_off(order)
        self.ordered.emit(order)

    def _take_off(self, order: Order) -> None:
        """Clear the composer after an order, unless its links have changed since."""
        if self._composer.source.links() == order.links:
            self._composer.source.clear()
            self._composer.wish.clear()
            self._composer.overnight.setChecked(False)

    async def _weigh(self, services: Services, order: Order) -> None:
        """Estimate an order; submit it if the budgets allow it, else ask the user how to proceed.

        A video that cannot be read is left out of the estimate: its jobs will fail with the reason.
        """
        try:
            estimate = OrderEstimate()
            with suppress(SourceError, WriterError, NetworkUnreachable, TimedOut):
                estimate = await services.preflight.of(order, sample=SAMPLE)
            await self._ask_about(services, order, estimate)
        finally:
            self._weighed.remove(order)
            self._timer.start()

    async def _ask_about(self, services: Services, order: Order, estimate: OrderEstimate) -> None:
        over = estimate.over_budget
        if over is None:
            self._begin(services, order)
            return
        self._show_estimate(self._asked, order, estimate)
        some = estimate.fitting
        only = (
            "onlyFittingButton",
            ngettext("Only the one that fits", "Only the {n} that fit", some).format(
                n=number(some)
            ),
        )
        choice = await choose(
            self._window,
            title=_("Over budget"),
            text=_("These notes would go over your budget of {limit}.").format(limit=over.limit),
            details=estimate.budget_words,
            choices=(*([only] if some else ()), RAISE, OFFLINE),
        )
        if choice == only[0]:
            jobs = zip(estimate.jobs, over.fits, strict=True)
            self._begin(
                services,
                order,
                {
                    (job.video_id, job.template): BudgetExceeded(over.without(job.held_usd))
                    for job, fits in jobs
                    if not fits
                },
            )
        elif choice == RAISE[0]:
            self._composer.setting_wanted.emit(f"budget.{over.budget}_usd")
        elif choice == OFFLINE[0]:
            self._begin(services, replace(order, engine=Engine.OFFLINE, written_by=""))

    # --- estimates ---

    def _estimate(self) -> None:
        if not self._tasks.can_start:
            self._timer.start()
            return
        order = self._composer.order()
        self._asked += 1
        if not order.links or not order.templates or any(map(self.playlists.is_list, order.links)):
            self._composer.show_estimate("")
            self._composer.show_obstacles(OrderEstimate())
            if self._kept:
                self._say_kept()
            return
        if self._composer.estimate.text() == NO_ESTIMATE:
            self._composer.show_estimate(_("Looking what it will take …"))
        services, number = self._services.value, self._asked
        if services is None:
            return
        self._tasks.start(
            services.preflight.of(order, sample=SAMPLE),
            done=lambda found: self._show_estimate(number, order, found),
            failed=lambda failure: self._show_no_estimate(number, failure),
        )

    def _show_estimate(self, number: int, order: Order, estimate: OrderEstimate) -> None:
        if number != self._asked:
            return  # the order has changed since
        self._composer.show_obstacles(estimate)
        words = self.words_for(order, estimate)
        stopped = estimate.over_budget or estimate.short_of_quota
        self._composer.show_estimate(words, tone="warning" if stopped else "")

    def words_for(self, order: Order, estimate: OrderEstimate) -> str:
        """Return the estimate of an order as text."""
        settings = self._settings.current
        parallel = settings.flag("processing.parallel")
        at_once = settings.integer("processing.max_concurrent") if parallel else 1
        free_key = order.engine in (Engine.AUTO, Engine.GEMINI, Engine.GEMINI_LEGACY)
        words = estimate_words(
            estimate.jobs, at_once=at_once, free_key=free_key, overnight=order.overnight
        )
        if len(order.links) > SAMPLE:
            judged = ngettext(
                "judged by {sample} of {n} video",
                "judged by {sample} of {n} videos",
                len(order.links),
            )
            words += " · " + judged.format(sample=SAMPLE, n=number(len(order.links)))
        return words

    def _show_no_estimate(self, number: int, failure: Failure) -> None:
        if number == self._asked:
            self._composer.show_estimate(failure.message, tone="warning")
            self._composer.show_obstacles(OrderEstimate())

    # --- settings ---

    def take_settings(self, settings: Settings) -> None:
        """Show the current settings in the composer."""
        composer = self._composer
        composer.templates.tick(settings.list_of("general.templates"))
        composer.templates.show_sets(parse_sets(settings.text(SETS)))
        composer.templates.show_written_by(settings.text(WRITTEN_BY))
        composer.show_options(
            engine=settings.text("general.engine"),
            mode=settings.text("general.mode"),
            language=settings.text("general.language"),
            review=settings.flag("general.review"),
        )

    def _keep_engine(self, template: str, engine: str) -> None:
        """Store which engine writes the notes of a template; "" means the engine chosen for all."""
        choices = template_engines(self._settings.current.text(WRITTEN_BY))
        choices.pop(template, None)
        choices |= template_engines(f"{template}@{engine}")
        self.keep({WRITTEN_BY: template_engines_text(choices)})

    async def _name_engine(self, template: str) -> None:
        choices = template_engines(self._settings.current.text(WRITTEN_BY))
        engine = await ask_text(
            self._window,
            name="templateEngineDialog",
            title=_("Written by"),
            text=_("Engine and model, such as gemini:gemini-flash-latest or ollama:qwen3:8b"),
            accept=_("Save"),
            value=str(choices.get(template, "")),
        )
        if engine:
            self._keep_engine(template, engine)

    def keep(self, changes: dict[str, str]) -> None:
        """Write changed options to the settings, so that they hold at the next start."""
        current = self._settings.current
        if all(current.text(key) == value for key, value in changes.items()):
            return
        self._change(dict(changes))

    def _change(self, changes: SettingChanges) -> None:
        try:
            self._settings.change(changes)
        except NoteGenError as error:
            self._messages.show_failure(error.failure())

    def _save_set(self) -> None:
        chosen = self._composer.templates.ticked()
        if chosen:
            self._tasks.start(self._name_set(chosen))
        else:
            self._messages.say(_("No kind of note is ticked to keep as a set."))

    async def _name_set(self, chosen: list[str]) -> None:
        name = await ask_text(
            self._window,
            name="setNameDialog",
            title=_("Save set"),
            text=_("Keep the ticked templates under the name"),
            accept=_("Save"),
        )
        if name:
            self._change_sets(lambda sets: {**sets, name: chosen})

    def _drop_set(self, name: str) -> None:
        self._change_sets(lambda sets: {other: sets[other] for other in sets if other != name})

    def _change_sets(self, change: Callable[[Sets], Sets]) -> None:
        """Apply `change` to the sets as stored now: another process may have changed them."""
        self._change(lambda now: {SETS: format_sets(change(parse_sets(now.text(SETS))))})
