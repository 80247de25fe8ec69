"""One question to a model: the request, and the check of its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from notegen_desktop.domain.asking.excerpt import Inquiry
from notegen_desktop.domain.asking.exchange import (
    NOT_SAID,
    NOT_SAID_IN_ANY,
    AnswerCite,
    Exchange,
)
from notegen_desktop.domain.checks.cleanup import clean_up
from notegen_desktop.domain.checks.grounding import ground
from notegen_desktop.domain.errors import AnswerUnusable
from notegen_desktop.domain.notes.citations import timed_while_written
from notegen_desktop.domain.notes.note import Draft, DraftSection, Usage
from notegen_desktop.domain.text.language_detection import detect_language
from notegen_desktop.domain.words import _
from notegen_desktop.services.generation.assignment import Work
from notegen_desktop.services.generation.request import (
    ModelRequest,
    RequestResult,
    RequestSender,
    assigned,
)
from notegen_desktop.services.pacing.retry import PASSING, Wait
from notegen_desktop.services.ports import Assignment, Writing

MAX_REQUESTS = 2
"""Maximum requests: an unusable answer is requested once more."""


class QuestionRequest(ModelRequest):
    """The request for one question; its answer and usage stay here."""

    def __init__(
        self,
        sender: RequestSender,
        work: Work,
        inquiry: Inquiry,
        *,
        grew: Callable[[str], None],
        waiting: Callable[[str], None],
    ) -> None:
        self.usage = Usage()
        self.model = ""
        self._sender = sender
        self._work = work
        self._inquiry = inquiry
        self._grew = grew
        self._tell = waiting

    async def answer(self) -> Writing:
        """Return the answer. Raises WriterError, NetworkUnreachable, TimedOut or BudgetExceeded."""
        # The user waits: a missing network is reported, not waited for.
        retries = self._sender.retry_budget.retries(self._work.engine.service, patient=False)
        requests = 0
        while True:
            try:
                return await self._sender.send(self._work, self, retries)
            except PASSING as error:
                await retries.outlast(error, self.waiting)
            except AnswerUnusable:
                requests += 1
                if requests == MAX_REQUESTS:
                    raise

    def waiting(self, wait: Wait) -> None:
        self._tell(wait.reason)

    def assignment(self) -> Assignment:
        return replace(assigned(self._work), inquiry=self._inquiry)

    def writing(self) -> None:
        self._tell("")
        self._grew("")

    async def received(self, writing: Writing) -> None:
        for section in writing.draft.sections:
            self._grew(timed_while_written(section.standard, self._inquiry.excerpt.time_of))

    async def ended(self, result: RequestResult) -> None:
        self.model = (result.last.model if result.last else "") or self._work.model
        self.usage += result.usage
        await self._sender.book(self._work, result, self.model)


def checked(writing: Writing, inquiry: Inquiry, exchange: Exchange) -> Exchange:
    """Return the exchange with a model's answer: cleaned up, its labels turned into checked cites.

    Takes some hundredths of a second, so call it in a thread.
    """
    excerpt = inquiry.excerpt
    text = "\n\n".join(section.standard for section in writing.draft.sections)
    section = DraftSection(inquiry.question, (), standard=text)
    cleaned = clean_up(Draft(sections=(section,), whole=True)).sections
    grounded = ground(
        Draft(sections=tuple(replace(s, concise="", comprehensive="") for s in cleaned)),
        transcript=excerpt.transcript,
        video=excerpt.video,
        language=detect_language(text),
    )
    answer, cites = "", tuple[AnswerCite, ...]()
    for told in grounded.sections:
        answer, cites = told.standard, tuple(map(excerpt.cite_of, told.cites))
    if not writing.said:
        not_said = _(NOT_SAID_IN_ANY if excerpt.several else NOT_SAID)
        answer = f"{not_said}\n\n{answer}".strip()
    elif not answer:
        raise AnswerUnusable(_("The answer was empty."))
    if writing.truncated:
        answer += " …"
    cited = {cite.video_id for cite in cites}
    videos = tuple(source.video for source in excerpt.sources)
    shown = videos if len(videos) == 1 else tuple(v for v in videos if v.id in cited)
    return replace(
        exchange,
        answer=answer,
        cites=cites,
        videos=shown or videos[:1],
        said=writing.said,
    )
