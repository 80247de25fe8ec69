"""A note section by section: what is there already is not asked for again."""

from __future__ import annotations

from dataclasses import replace

from notegen_desktop.domain.notes.note import Draft, DraftSection, Engine, Mode
from notegen_desktop.services.generation.assignment import Work
from notegen_desktop.services.generation.observer import GenerationObserver, Growth
from notegen_desktop.services.generation.request import ModelAnswer
from notegen_desktop.services.generation.small_models import section_count, write_sections
from notegen_desktop.services.pacing.retry import Wait
from notegen_desktop.services.ports import Material
from tests.fakes.assignments import VIDEO, talk, template

MATERIAL = Material(VIDEO, talk(90))
WORK = Work(
    template=template("basic-summary"),
    material=MATERIAL,
    mode=Mode.TRANSCRIPT,
    engine=Engine("mine"),
    model="small-instruct",
    language="en",
)


class Silent:
    """A `GenerationObserver` that keeps what is durable."""

    def __init__(self) -> None:
        self.kept: list[int] = []

    def waiting(self, wait: Wait) -> None: ...

    def writing(self) -> None: ...

    def checking(self) -> None: ...

    async def grew(self, grown: Growth) -> None:
        assert grown.part is not None
        self.kept.append(len(grown.part.draft.sections))


class Model:
    """Gives back the first sentences of each passage; `asked` are the works it was given."""

    def __init__(self) -> None:
        self.asked: list[Work] = []

    async def __call__(
        self, work: Work, begun: Draft | None, observer: GenerationObserver
    ) -> ModelAnswer:
        self.asked.append(work)
        words = work.material.transcript
        assert words is not None
        said = [segment.text for segment in words.segments[:3]]
        heading = f"About {len(self.asked)}"
        section = DraftSection(heading, (), said[0], " ".join(said[:2]), " ".join(said))
        return ModelAnswer(Draft("", (section,), whole=True))


async def written(whole: Draft | None = None) -> tuple[Draft, Model, Silent]:
    model, observer = Model(), Silent()
    answer, lacks = await write_sections(model, WORK, whole, observer)
    assert not lacks
    return answer.draft, model, observer


async def test_each_section_is_durable_when_it_is_whole() -> None:
    draft, model, observer = await written()
    number = section_count(WORK.template, MATERIAL)
    assert len(draft.sections) == len(model.asked) == number
    assert observer.kept == list(range(1, number + 1))


async def test_the_overview_is_written_from_statements_without_their_headings() -> None:
    _, model, _ = await written()
    (asked,) = (w for w in model.asked if w.template.sections[0].heading == "Overview")
    told = asked.material.transcript
    assert told is not None
    assert all(segment.text and "About" not in segment.text for segment in told.segments)


async def test_of_a_note_that_lacks_its_overview_that_alone_is_written() -> None:
    whole, _, _ = await written()
    lacking = replace(whole, sections=whole.sections[1:])
    draft, model, _ = await written(lacking)
    assert [work.template.sections[0].heading for work in model.asked] == ["Overview"]
    assert [each.heading for each in draft.sections] == [each.heading for each in whole.sections]


async def test_what_an_earlier_attempt_left_is_gone_on_with() -> None:
    whole, _, _ = await written()
    begun = replace(whole, sections=whole.sections[1:3])
    draft, model, _ = await written(begun)
    assert len(model.asked) == len(draft.sections) - 2


async def test_what_came_to_nothing_altogether_is_asked_for_anew() -> None:
    nothing = Draft("", tuple(DraftSection("") for _ in range(3)), whole=True)
    draft, model, _ = await written(nothing)
    assert len(draft.sections) == len(model.asked) == section_count(WORK.template, MATERIAL)
