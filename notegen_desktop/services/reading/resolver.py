"""Resolves an order into engines, models and requests, by the settings and the material."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from notegen_desktop.domain.engines.connection import Connection
from notegen_desktop.domain.engines.order import EngineChoice, engine_order, template_engines
from notegen_desktop.domain.errors import KeyRingLocked, UnknownEngine
from notegen_desktop.domain.jobs.job import NoteRequest
from notegen_desktop.domain.links.link import Link, LinkKind
from notegen_desktop.domain.listeners import Listeners
from notegen_desktop.domain.notes.note import Engine, Mode, Note
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.prompts.material import MAX_WISH, one_line
from notegen_desktop.domain.words import N_, _
from notegen_desktop.services.ports import (
    KEY_RING_MOMENT_S,
    Connections,
    Material,
    NoteStore,
    Order,
    Secrets,
    SettingsStore,
)

OFFLINE_MODEL = "extract"

KEY_RING_WAIT = N_("Waiting for the key ring, which may ask for its password")


@dataclass(slots=True, eq=False)
class Resolver:
    """Resolves orders by the settings, the keys and the library."""

    settings: SettingsStore
    secrets: Secrets
    store: NoteStore
    connections: Connections | None = None
    engine_gone: Listeners[str] = field(default_factory=Listeners)
    """Called with a sentence when an engine of the user's order no longer exists, once for each."""
    _told: set[tuple[str, Engine]] = field(default_factory=set)

    def engine(self, asked: Engine) -> Engine:
        """Return the engine; `auto` is Gemini if there is a key, else the offline engine.

        A key ring that does not answer may hold a key: then it is Gemini, whose request waits for
        it.
        """
        if asked is not Engine.AUTO:
            return asked
        try:
            return Engine.GEMINI if self.secrets.api_key() else Engine.OFFLINE
        except KeyRingLocked:
            return Engine.GEMINI

    async def find_key(self, engine: Engine, tell: Callable[[str], object]) -> None:
        """Wait until the key ring has answered, for an engine that needs a key.

        `tell` is called with the reason if that takes longer than a moment. Raises KeyRingLocked.
        """
        if engine is Engine.OFFLINE:
            return
        try:
            connection = self.connection(engine) if engine.is_connection else None
        except UnknownEngine:
            return  # the first request reports it
        try:
            await self.secrets.find(within_s=KEY_RING_MOMENT_S, connection=connection)
        except KeyRingLocked:
            if connection is not None and not connection.needs_key:
                return  # it may work without a key
            tell(KEY_RING_WAIT)
            await self.secrets.find(connection=connection)

    def connection(self, engine: Engine) -> Connection:
        """Return the connection of an engine. Raises UnknownEngine."""
        if self.connections is None:
            raise UnknownEngine(_("There is no engine “{engine}”.").format(engine=engine))
        return self.connections.get(engine)

    def model(self, asked: Engine, model: str = "") -> str:
        """Return the model for an engine: `model`, or that of the settings."""
        engine = self.engine(asked)
        if engine is Engine.OFFLINE:
            return OFFLINE_MODEL
        if engine.is_connection:
            return model or self.connection(engine).model
        return model or self.settings.current.text("gemini.model")

    def choice(self, order: Order, template: str) -> EngineChoice:
        """Return the engine and model of a template's notes in an order. A deleted connection stays
        named if the template has it: only its notes fail, or the next engine writes them. Raises
        UnknownEngine for the order's own engine."""
        asked = template_engines(order.written_by).get(template)
        if asked is None:
            return EngineChoice(self.engine(order.engine), self.model(order.engine, order.model))
        with suppress(UnknownEngine):
            return EngineChoice(self.engine(asked.engine), self.model(asked.engine, asked.model))
        return asked

    def choices(self, order: Order) -> dict[EngineChoice, set[str]]:
        """Return all engines and models of an order, each with its templates. Raises as `choice`
        does."""
        found: dict[EngineChoice, set[str]] = {}
        for template in order.templates:
            found.setdefault(self.choice(order, template), set()).add(template)
        return found

    def combines(self, order: Order, *, short: bool) -> bool:
        """Return True if the notes of a video share one answer.

        `short`: fewer requests are left today than there are notes.
        """
        wish = self.settings.current.text("processing.combine")
        return order.combined or wish == "always" or (short and wish == "when-short")

    def alternatives(self, request: NoteRequest) -> Iterator[NoteRequest]:
        """Yield the request for each engine that follows in the user's order."""
        order = self.settings.current.text("general.fallback")
        for choice in engine_order(order):
            try:
                model = self.model(choice.engine, choice.model)
            except UnknownEngine:
                self._tell_gone(order, choice.engine)
                continue
            asked = replace(request, engine=self.engine(choice.engine), model=model)
            if not asked.engine.is_gemini:
                asked = replace(asked, mode=Mode.TRANSCRIPT)
            if asked.engine is Engine.OFFLINE:
                asked = replace(asked, language="auto", wish="")
            if (asked.engine, asked.model) != (request.engine, request.model):
                yield asked

    def _tell_gone(self, order: str, engine: Engine) -> None:
        if (order, engine) not in self._told:
            self._told.add((order, engine))
            what = _("it names {name}, which is no engine and no connection.").format(name=engine)
            self.engine_gone.tell(f"general.fallback: {what}")

    def request(self, order: Order, link: Link, template: NoteTemplate) -> NoteRequest:
        """Return the request for one of an order's notes."""
        choice = self.choice(order, template.id)
        engine = choice.engine
        offline = engine is Engine.OFFLINE
        reads = offline or engine.is_connection or link.kind is LinkKind.COURSE
        language = order.language or self.settings.current.text("general.language")
        return NoteRequest(
            video_id=link.key,
            template=template.id,
            mode=Mode.TRANSCRIPT if reads else order.mode,
            engine=engine,
            model=choice.model,
            language="auto" if offline else language,
            wish="" if offline else one_line(order.wish, MAX_WISH),
        )

    async def before(self, request: NoteRequest) -> Note | None:
        """Return the library's note for a request, with any content of its source, or None."""
        return await self.store.find(request)

    async def stored(self, request: NoteRequest, link: Link, material: Material) -> Note | None:
        """Return the library's note for a request, or None; that of a file or course counts only
        for the same content."""
        if link.kind not in (LinkKind.FILE, LinkKind.COURSE):
            return await self.store.find(request)
        return await self.store.find(request, fingerprint=material.fingerprint)
