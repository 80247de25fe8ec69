"""`notegen ask`: a question about a video, a note, a list of videos or the whole library."""

from __future__ import annotations

import argparse
import re
import sys

from notegen_desktop.domain.asking.exchange import Exchange
from notegen_desktop.domain.errors import InvalidLink, NoteMissing, UsageError
from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.links.video import clock
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.domain.notes.statements import prose_matches, renumbered
from notegen_desktop.domain.text.quantities import dollars
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.paths import Paths
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.markup.cited import shown
from notegen_desktop.services.ports import QuestionSubject, Services
from notegen_desktop.wiring import open_program

from .console import one_line, print_json, print_text, say
from .sources import expanded, links_of

LIBRARY = "all"
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_NOTE_ID = re.compile(r"[0-9a-f]{12}")


async def ask(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    question = " ".join(arguments.question).strip()
    if not question:
        raise UsageError(_("The question is empty."), hint=_("Ask in a sentence."))
    async with open_program(store, paths, JobBoard()) as program:
        services = program.services
        asked = await named(arguments.source, services)
        engine = Engine(services.settings.current.text("general.engine"))
        told: list[str] = []
        growing = _Growing()

        def waiting(words: str) -> None:
            if words and told != [words]:
                told[:] = [words]
                say(f"{words} …")

        exchange = await services.asking.ask(
            asked,
            question,
            engine=engine,
            model=(arguments.model or "") if engine.is_connection else "",
            estimated=lambda found: say(_("About {words}.").format(words=found.words)),
            grew=(lambda _: None) if arguments.json else growing.show,
            waiting=waiting,
        )
    if arguments.json:
        print_json(exchange.to_json())
        if exchange.remark:
            say(exchange.remark)
    else:
        growing.end(exchange)
    return 0


async def named(source: str, services: Services) -> QuestionSubject:
    """Return the subject of a question: a note, videos or the whole library.

    Raises NoteMissing, InvalidLink, SourceError.
    """
    if source == LIBRARY:
        return QuestionSubject()
    if _NOTE_ID.fullmatch(source):
        return QuestionSubject(note_id=(await services.store.get(source)).id)
    try:
        links = await expanded(links_of([source]), services)
    except InvalidLink:
        if re.fullmatch(r"[\w-]{1,40}", source):  # it has the form of a note id
            raise NoteMissing(_("There is no note “{source}”.").format(source=source)) from None
        raise
    if not links:
        raise InvalidLink(_("There is no video in it."))
    return QuestionSubject(links=tuple(links))


class _Growing:
    """Prints an answer as it grows; one that starts again is printed below."""

    def __init__(self) -> None:
        self.printed = ""

    def show(self, text: str) -> None:
        if sys.stdout.isatty():
            text = unescaped(text)
        if not text.startswith(self.printed):
            print_text("\n\n" if self.printed else "")
            self.printed = ""
        print_text(text[len(self.printed) :])
        sys.stdout.flush()
        self.printed = text

    def end(self, exchange: Exchange) -> None:
        """Print the rest of the answer, its cites, and its remark."""
        if not self.printed or not exchange.said:
            self.show(_timed(exchange))
        print_text("\n")
        for cite in exchange.cites:
            video = exchange.video_of(cite)
            told = shown(cite, video)
            name = f"{one_line(video.name)}, " if len(exchange.videos) > 1 else ""
            why = f"  ({told.why})" if told.why else ""
            print_text(f"  {name}{told.label}  {told.href}{why}".rstrip() + "\n")
        if exchange.remark:
            say(exchange.remark)
        if exchange.usage.requests:
            say(f"{exchange.model}, {dollars(exchange.usage.cost_usd)}.")


def unescaped(text: str) -> str:
    """Return Markdown for a terminal, without its backslash escapes.

    Code and formulas stay unchanged; a backslash at the end of an unfinished text is held back.
    """
    text = text.removesuffix("\\") if (len(text) - len(text.rstrip("\\"))) % 2 else text
    pieces, done = [], 0
    for escape in prose_matches(_ESCAPED, text):
        pieces += [text[done : escape.start()], escape[1]]
        done = escape.end()
    return "".join((*pieces, text[done:]))


def _timed(exchange: Exchange) -> str:
    """Return an answer with times instead of its markers."""
    times = {cite.n: clock(cite.start_s) for cite in exchange.cites}
    return renumbered(exchange.answer, lambda n: f" [{times[n]}]" if n in times else "")
