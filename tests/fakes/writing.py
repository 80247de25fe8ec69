"""Scripted writer and source, at the edges of the runner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from notegen_desktop.domain.errors import NoteGenError
from notegen_desktop.domain.links.link import Link, LinkKind
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import (
    Draft,
    DraftSection,
    Engine,
    Review,
    Says,
    Usage,
)
from notegen_desktop.domain.text.transcript import CaptionTrack, Segment, Transcript, TranscriptKind
from notegen_desktop.services.machine.clock import Clock
from notegen_desktop.services.ports import Assignment, Material, Writing

SUBJECTS = ("ocean", "bridge", "garden", "engine", "market", "planet", "violin", "winter")
SECTION_TOKENS = 10


def link_of(name: str) -> Link:
    video_id = name.ljust(11, "x")[:11]
    return Link(LinkKind.VIDEO, "youtube", video_id, f"https://www.youtube.com/watch?v={video_id}")


def talk(*, segments: int = 40, words: int = 12, every_s: float = 10.0) -> Transcript:
    """Return a transcript of distinct segments, one every `every_s` seconds."""
    return Transcript(
        "en",
        TranscriptKind.MANUAL,
        tuple(
            Segment(
                str(n + 1),
                n * every_s,
                (n + 0.9) * every_s,
                f"Passage {n + 1} explains the {SUBJECTS[n % 8]}{n} and what "
                + " ".join(f"detail{n}x{k}" for k in range(words)),
            )
            for n in range(segments)
        ),
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """Script of one request: sections, one every `pause_s`; then an error, or the end.

    The error comes after `fail_after` sections (0: at once), with `lost` tokens of the next one
    written and after `silent_s` without output; `truncated` ends at the length limit. A whole
    section is `SECTION_TOKENS` long. `hollow` sections have a heading but no text; `placed` ones
    have cites in their statements. A review judges the first `judged` statements as `says`.
    """

    sections: int = 4
    pause_s: float = 1.0
    error: NoteGenError | None = None
    fail_after: int = 0
    lost: int = 0
    silent_s: float = 0.0
    truncated: bool = False
    hollow: bool = False
    placed: bool = False
    says: Says = Says.YES
    judged: int = 1000

    def section(self, assignment: Assignment, n: int) -> DraftSection:
        whole = section_of(assignment, n, self.sections)
        if self.placed:
            label = f" [{whole.cites[0]}]"
            whole = whole.with_texts(text + label for text in whole.texts)
        return DraftSection(whole.heading) if self.hollow else whole


@dataclass
class ScriptedWriter:
    """Writer that asks `plan(assignment, n)` for the n-th request of a template and video, from
    1."""

    clock: Clock
    plan: Callable[[Assignment, int], Plan] = lambda _a, _n: Plan()
    engine: Engine = Engine.GEMINI
    asked: list[Assignment] = field(default_factory=list)
    running: int = 0
    most_running: int = 0
    closed_early: int = 0

    def __post_init__(self) -> None:
        self._counts: dict[tuple[str, str], int] = defaultdict(int)

    async def prepare(self) -> None:
        pass

    def _plan(self, assignment: Assignment) -> Plan:
        key = (assignment.video.id, assignment.template.id)
        self._counts[key] += 1
        return self.plan(assignment, self._counts[key])

    async def write(self, assignment: Assignment) -> AsyncGenerator[Writing, None]:
        self.asked.append(assignment)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        ended = False
        try:
            if assignment.others:
                notes = self._several((assignment, *assignment.others))
                try:
                    async with aclosing(notes) as states:
                        async for writing in states:
                            ended = writing.finished
                            yield writing
                except NoteGenError:
                    ended = True
                    raise
                return
            plan = self._plan(assignment)
            already = len(assignment.whole_sections.sections) if assignment.whole_sections else 0
            done: list[DraftSection] = []
            usage = Usage(requests=1, input_tokens=100)
            if plan.error is not None and plan.fail_after == 0:
                if plan.lost:
                    usage = replace(usage, output_tokens=plan.lost)
                    begun = Draft(title_of(assignment), (DraftSection("Begun"),))
                    yield Writing(begun, usage, model="gemini-3.5-flash-lite")
                ended = True
                raise plan.error
            if assignment.statements:
                await self.clock.sleep(plan.pause_s)
                ended = True
                numbers = range(1, min(plan.judged, len(assignment.statements)) + 1)
                reviews = {number: Review(plan.says) for number in numbers}
                yield Writing(
                    Draft(), replace(usage, output_tokens=len(reviews)), 1.0, True, reviews=reviews
                )
                return
            for n in range(already, plan.sections):
                await self.clock.sleep(plan.pause_s)
                done.append(plan.section(assignment, n))
                failing = plan.error is not None and len(done) >= plan.fail_after
                written = SECTION_TOKENS * len(done) + (plan.lost if failing else 0)
                usage = Usage(requests=1, input_tokens=100, output_tokens=written)
                open_ = (*done, DraftSection(f"Begun {n}"))
                draft = Draft(title_of(assignment), open_)
                yield Writing(draft, usage, progress=(n + 1) / (plan.sections + 1))
                if failing and plan.error is not None:
                    await self.clock.sleep(plan.silent_s)
                    ended = True
                    raise plan.error
                if plan.truncated and len(done) >= 2:
                    break
            whole = Draft(title_of(assignment), tuple(done), whole=not plan.truncated)
            ended = True
            yield Writing(
                whole if not plan.truncated else Draft(whole.title, (*done, DraftSection("cut"))),
                usage,
                progress=1.0,
                finished=True,
                truncated=plan.truncated,
                model="gemini-3.5-flash-lite",
            )
        finally:
            self.running -= 1
            self.closed_early += not ended

    async def _several(self, asked: Sequence[Assignment]) -> AsyncGenerator[Writing, None]:
        """Yield one answer with a note for each plan, except plans without sections."""
        notes = [Writing(Draft())] * len(asked)
        usage = Usage(requests=1, input_tokens=100)

        def state(*, finished: bool = False, truncated: bool = False) -> Writing:
            return Writing(
                Draft(sections=tuple(s for note in notes for s in note.draft.sections)),
                usage,
                finished=finished,
                truncated=truncated,
                model="gemini-3.5-flash-lite",
                notes=tuple(notes),
            )

        for place, one in enumerate(asked):
            plan = self._plan(one)
            already = len(one.whole_sections.sections) if one.whole_sections else 0
            done: list[DraftSection] = []
            for n in range(already, plan.sections):
                if plan.error is not None and len(done) >= plan.fail_after:
                    raise plan.error
                await self.clock.sleep(plan.pause_s)
                done.append(plan.section(one, n))
                usage = replace(usage, output_tokens=usage.output_tokens + SECTION_TOKENS)
                draft = Draft(title_of(one), (*done, DraftSection(f"Begun {n}")))
                notes[place] = Writing(draft, progress=(n + 1) / (plan.sections + 1))
                yield state()
                if plan.truncated and len(done) >= 2:
                    notes[place] = Writing(Draft(title_of(one), tuple(done), whole=True))
                    yield state(finished=True, truncated=True)
                    return
            if plan.sections:
                whole = Draft(title_of(one), tuple(done), whole=True)
                notes[place] = Writing(whole, progress=1.0, finished=True)
        yield state(finished=True)

    async def aclose(self) -> None:
        pass


def title_of(assignment: Assignment) -> str:
    return f"{assignment.template.id} of {assignment.video.id}"


def section_of(assignment: Assignment, n: int, of: int = 0) -> DraftSection:
    """Return a valid section that names its template and video.

    The template's headings are spread over the `of` sections. For a part of a video, section `n`
    cites the corresponding segment of the part.
    """
    fixed = [plan.heading for plan in assignment.template.sections if not plan.repeat]
    named = " ".join(fixed[n::of]) if of else ""
    segments = assignment.transcript.segments if assignment.transcript else ()
    place, label = n, str(n + 1)
    part = assignment.part
    if part is not None and segments:
        labels = [segment.label for segment in segments]
        first, last = labels.index(part.first), labels.index(part.last)
        place = first + (last - first) * n // max(1, of - 1)
        label = labels[place]
        n = int(label) - 1
    text = segments[place].text if segments else f"Passage {n}"
    own = f"({title_of(assignment)})"
    return DraftSection(
        heading=f"{named or SUBJECTS[n % 8].capitalize()} {n} {own}",
        cites=(label,),
        concise=f"{text}.",
        standard=f"{text}. It says more of {SUBJECTS[n % 8]}{n} than the short form {own}.",
        comprehensive=f"{text}. It says more of {SUBJECTS[n % 8]}{n} than the short form {own}. "
        f"{text}, told a second time at length, so that this level is the longest.",
    )


@dataclass
class ScriptedSource:
    """Videos with a transcript each; `failures` by video id are raised once each.

    `found` transforms the material that is read, or raises.
    """

    clock: Clock
    seconds: float = 0.5
    transcript: Transcript = field(default_factory=talk)
    failures: dict[str, list[Exception]] = field(default_factory=dict)
    found: Callable[[Material], Material] = lambda material: material
    reads: list[str] = field(default_factory=list)

    async def describe(self, link: Link) -> Video:
        return self._video(link)

    async def read(
        self, link: Link, *, languages: Sequence[str], track: CaptionTrack | None = None
    ) -> Material:
        del languages, track
        self.reads.append(link.id)
        await self.clock.sleep(self.seconds)
        if self.failures.get(link.id):
            raise self.failures[link.id].pop(0)
        return self.found(Material(self._video(link), self.transcript, origin="a test"))

    async def tracks(self, link: Link) -> list[CaptionTrack]:
        del link
        return []

    async def expand(self, link: Link, *, start: int = 1, count: int = 100) -> list[Video]:
        del link, start, count
        return []

    async def aclose(self) -> None:
        pass

    def _video(self, link: Link) -> Video:
        return Video(
            link.key, link.url, title=f"Talk {link.id}", duration_s=self.transcript.duration_s
        )
