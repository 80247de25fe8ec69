"""The tools for other programs by the Model Context Protocol: five on one library.

Only the package imports this, late: the protocol's SDK is an extra. An error of a tool contains the
reason and a hint; unexpected errors are only in the log.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from notegen_desktop import __version__
from notegen_desktop.cli.asking import named
from notegen_desktop.cli.sources import expanded, links_of, read_words, template_names
from notegen_desktop.domain.errors import BudgetExceeded, NoteGenError, UsageError, failure_of
from notegen_desktop.domain.jobs.job import NoteJob, Status
from notegen_desktop.domain.notes.note import Engine, Level, Mode
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.markup.note_markdown import note_markdown
from notegen_desktop.services.ports import Order, QuestionSubject
from notegen_desktop.wiring import Program

ABOUT = (
    "NoteGen turns videos into notes whose statements carry the second of the video they rest on, "
    "checked against its words. Search the notes that are there first; generating new ones costs "
    "money and takes minutes."
)
_LOOK_S = 0.5
"""Seconds between two reports of progress."""

Source = Annotated[
    str, Field(description="The URL of a video, or the path of a local film, recording or captions")
]
EngineName = Annotated[
    str,
    Field(description="auto, gemini, offline (free, quotes only) or a connection; empty: as set"),
]
_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_FETCHES = ToolAnnotations(read_only_hint=True, open_world_hint=True)
_WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=True)


class NoteTools:
    """The tools; each method is one, its docstring is the description for the model."""

    def __init__(self, program: Program, settings: SettingsFile) -> None:
        self._program = program
        self._services = program.services
        self._settings = settings
        self._one_run = asyncio.Lock()

    def server(self) -> MCPServer:
        made = MCPServer("notegen", version=__version__, instructions=ABOUT)
        for tool, hints in (
            (self.search, _READS),
            (self.note, _READS),
            (self.transcript, _FETCHES),
            (self.ask, _WRITES),
            (self.generate, _WRITES),
        ):
            made.add_tool(tool, annotations=hints)
        return made

    async def search(
        self,
        words: Annotated[str, Field(description="Words that are all to be in it")],
        limit: Annotated[int, Field(ge=1, le=100)] = 10,
    ) -> dict[str, Any]:
        """Search the library by words, the best first: notes by their titles and texts, and
        passages of transcripts, which begin at start_s seconds of their video."""
        store = self._services.store
        async with _told():
            found = await store.search(words, limit=limit)
            said = await store.search_transcripts(words, limit=limit)
        return {
            "notes": [
                {
                    "id": row.id,
                    "title": row.title,
                    "template": row.template,
                    "video": row.video_title,
                    "language": row.language,
                    "created": row.created,
                    "snippet": row.snippet,
                }
                for row in found
            ],
            "passages": [
                {
                    "video_id": each.video_id,
                    "video": each.video_title,
                    "start_s": each.start_s,
                    "snippet": each.snippet,
                }
                for each in said
            ],
        }

    async def note(
        self,
        id: Annotated[str, Field(description="The id of a note, as search gives it")],
        level: Literal["concise", "standard", "comprehensive"] = "standard",
    ) -> str:
        """A stored note as Markdown, the times of its statements as links into the video."""
        async with _told():
            note = await self._services.store.get(id)
        return await asyncio.to_thread(note_markdown, note, Level(level))

    async def transcript(
        self,
        source: Source,
        language: Annotated[str, Field(description="Of the captions, such as en")] = "",
        from_s: Annotated[float, Field(ge=0, description="Seconds; only what is said later")] = 0,
        to_s: Annotated[float | None, Field(description="Seconds; only what begins before")] = None,
    ) -> dict[str, Any]:
        """The words of a video as numbered segments with their times in seconds."""
        async with _told():
            told = await read_words(self._program, _no_input(source), language=language)
        data = told.transcript.to_json()
        end_s = float("inf") if to_s is None else to_s
        data["segments"] = [
            each for each in data["segments"] if each["end_s"] > from_s and each["start_s"] < end_s
        ]
        return {"title": told.video.title, "url": told.video.public_url, **data}

    async def ask(
        self,
        source: Annotated[
            str, Field(description="The URL of a video, the id of a note, or “all” for the library")
        ],
        question: str,
        engine: EngineName = "",
    ) -> dict[str, Any]:
        """Answer a question from the words of a video, a note's video or the whole library; each
        statement of the answer has the marker of a cite with its time. Costs what an answer of the
        engine costs, at most the budgets that are set; offline it is the passages themselves."""
        async with _told():
            asked: QuestionSubject = await named(_no_input(source), self._services)
            exchange = await self._services.asking.ask(asked, question, engine=self._engine(engine))
        return exchange.to_json()

    async def generate(
        self,
        source: Source,
        templates: Annotated[
            list[str], Field(min_length=1, description="Such as basic-summary, study-notes")
        ],
        budget_usd: Annotated[
            float, Field(ge=0, description="The most that this may cost; 0 for what is free")
        ],
        context: Context,
        engine: EngineName = "",
        language: Annotated[str, Field(description="Of the notes, such as en")] = "",
        wish: Annotated[str, Field(description="What matters, such as “for beginners”")] = "",
    ) -> dict[str, Any]:
        """Write notes on a video, one for each template, and store them. Nothing is sent if it may
        cost more than budget_usd. Takes minutes; the notes are then read by their ids."""
        async with _told(), self._one_run:
            order = await self._order(source, templates, engine, language, wish)
            await self._hold_to(order, budget_usd)
            jobs = self._services.runner.submit(order)
            try:
                await self._follow(jobs, context)
            finally:
                for job in jobs:
                    self._services.runner.cancel(job.id)  # a finished job has nothing to cancel
            return self._outcome(jobs)

    # --- generate ---

    async def _order(
        self, source: str, templates: list[str], engine: str, language: str, wish: str
    ) -> Order:
        services = self._services
        chosen = self._engine(engine)
        if chosen.is_connection:
            services.connections.get(chosen)
        settings = services.settings.current
        names = template_names(templates, settings, services.templates)
        links = await expanded(links_of([_no_input(source)]), services)
        return Order(
            links=tuple(links),
            templates=tuple(names),
            mode=Mode(settings.text("general.mode")),
            engine=chosen,
            language=language,
            wish=wish,
            written_by="" if engine else settings.text("general.written_by"),
        )

    async def _hold_to(self, order: Order, budget_usd: float) -> None:
        """Raise BudgetExceeded if an order may cost more than this budget or those set."""
        estimate = await self._services.preflight.of(order)
        if estimate.over_budget:
            raise BudgetExceeded(
                _("{budget_words} Nothing was sent.").format(budget_words=estimate.budget_words)
            )
        if estimate.cost_usd > budget_usd:
            raise BudgetExceeded(
                _("This may cost ${cost_usd}, more than ${budget_usd}. Nothing was sent.").format(
                    cost_usd=number(estimate.cost_usd, 4), budget_usd=number(budget_usd, 4)
                ),
                hint=_("Allow more, name fewer templates, or take the engine “offline”."),
            )

    async def _follow(self, jobs: tuple[NoteJob, ...], context: Context) -> None:
        """Return when all jobs have ended; report the progress meanwhile."""
        board = self._services.runner.board
        while True:
            now = [board.job(job.id) for job in jobs]
            done = sum(1.0 if job.is_final else job.progress for job in now)
            await context.report_progress(done, len(now))
            if all(job.is_final for job in now):
                return
            await asyncio.sleep(_LOOK_S)

    def _outcome(self, jobs: tuple[NoteJob, ...]) -> dict[str, Any]:
        """Return the results. Raises ToolError if no note was written."""
        board = self._services.runner.board
        told: list[dict[str, Any]] = []
        for job in (board.job(each.id) for each in jobs):
            note, failure = job.note, job.failure
            told.append(
                {
                    "template": job.template,
                    "status": job.status.value,
                    "id": note.id if note else None,
                    "title": note.title if note else None,
                    "cost_usd": round(note.usage.cost_usd, 6) if note else 0.0,
                    "error": failure.to_json() if failure else None,
                }
            )
            if job.status is not Status.COMPLETE and failure is None:
                told[-1]["error"] = {"message": _("It was cancelled.")}
        if not any(each["id"] for each in told):
            raise ToolError("; ".join(f"{e['template']}: {e['error']['message']}" for e in told))
        return {"notes": told}

    def _engine(self, name: str) -> Engine:
        return Engine(name or self._settings.current.text("general.engine"))


def _no_input(source: str) -> str:
    """Return the source; "-" is refused, as standard input is used by the protocol."""
    if source.strip() == "-":
        raise UsageError(_("“-” names no source here."), hint=_("Give an address or a path."))
    return source


@asynccontextmanager
async def _told() -> AsyncIterator[None]:
    """Translate expected errors into errors of a tool."""
    try:
        yield
    except NoteGenError as error:
        failure = failure_of(error)
        raise ToolError(failure.words) from error
