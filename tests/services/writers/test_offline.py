"""The offline engine as a writer, and on the real talks where they are at hand."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from contextlib import aclosing
from dataclasses import dataclass
from itertools import combinations, pairwise

import pytest

from notegen_desktop.domain.checks.grounding import ground
from notegen_desktop.domain.errors import NotQuotable, TranscriptNeeded
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Draft, DraftSection, Engine, Level, Note, Usage
from notegen_desktop.domain.notes.statements import markers, without_markers
from notegen_desktop.domain.text.transcript import Segment, Transcript, TranscriptKind
from notegen_desktop.services.machine.paths import sample_talk
from notegen_desktop.services.ports import Writing
from notegen_desktop.services.sources.captions import read_caption_file
from notegen_desktop.services.writers.extract.analysis import Analysis
from notegen_desktop.services.writers.extract.language import openings
from notegen_desktop.services.writers.extract.markup import escaped
from notegen_desktop.services.writers.extract.note import compose
from notegen_desktop.services.writers.extract.ranking import alike
from notegen_desktop.services.writers.offline import OfflineWriter
from tests.fakes.assignments import TEMPLATES, assignment, talk, template
from tests.places import SHARED

REAL = SHARED / "data" / "transcripts"
TALKS = sorted(path for path in REAL.glob("*.*") if path.suffix in (".vtt", ".srt", ".json3"))
BUILT_IN = sorted(path.stem for path in TEMPLATES.glob("*.toml"))
ALWAYS = {"basic-summary", "study-notes", "chapters", "research-paper", "quick-reference"}
COVERING = {"basic-summary", "study-notes"}
BRIEF = {"tutorial-guide", "quick-reference", "flashcards"}


async def written(writer: OfflineWriter, template_id: str = "basic-summary") -> list[Writing]:
    return [state async for state in writer.write(assignment(template_id))]


async def test_it_names_itself_and_its_model_and_costs_nothing() -> None:
    writer = OfflineWriter()
    states = await written(writer)

    assert writer.engine is Engine.OFFLINE
    assert {state.model for state in states} == {"extract"}
    assert {state.usage for state in states} == {Usage()}
    await writer.aclose()


async def test_the_note_comes_section_by_section() -> None:
    writer = OfflineWriter()
    states = await written(writer)
    counts = [len(state.draft.sections) for state in states]

    assert counts[0] == 0
    assert all(later - earlier in (0, 1) for earlier, later in pairwise(counts))
    assert counts[-1] >= 4
    assert states[-1].draft.title == "Where the sand goes"
    await writer.aclose()


@pytest.mark.parametrize(
    "transcript",
    [
        None,
        Transcript("en", TranscriptKind.FILE, ()),
        Transcript("en", TranscriptKind.FILE, (Segment("1", 0.0, 1.0, " … -- "),)),
    ],
    ids=["none", "empty", "without a word"],
)
async def test_without_words_it_asks_for_a_transcript(transcript: Transcript | None) -> None:
    writer = OfflineWriter()
    with pytest.raises(TranscriptNeeded):
        async for _ in writer.write(assignment(transcript=transcript)):
            pass
    await writer.aclose()


async def test_a_talk_is_analysed_once_for_all_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    real = Analysis.__init__

    def counted(self: Analysis, transcript: Transcript, *rest: object) -> None:
        made.append(transcript.fingerprint)
        real(self, transcript, *rest)

    monkeypatch.setattr(Analysis, "__init__", counted)
    writer = OfflineWriter()
    await asyncio.gather(*(written(writer, template_id) for template_id in ALWAYS))

    assert made == [talk().fingerprint]
    await writer.aclose()


async def test_only_the_latest_talks_are_kept() -> None:
    writer = OfflineWriter()
    for number in range(4, 14):
        async for _ in writer.write(assignment(transcript=talk(number))):
            pass

    assert len(writer._analyses) <= 4
    await writer.aclose()
    assert not writer._analyses


async def test_the_work_is_done_outside_the_event_loops_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    where: list[threading.Thread] = []
    real = Analysis.__init__

    def watched(self: Analysis, *arguments: object) -> None:
        where.append(threading.current_thread())
        real(self, *arguments)

    monkeypatch.setattr(Analysis, "__init__", watched)
    writer = OfflineWriter()
    await written(writer)

    assert where
    assert threading.main_thread() not in where
    await writer.aclose()


async def test_cancelling_leaves_the_writer_fit_for_the_next_note() -> None:
    writer = OfflineWriter()
    reached = asyncio.Event()

    async def read() -> None:
        async with aclosing(writer.write(assignment(transcript=talk(900)))) as stream:
            async for _ in stream:
                reached.set()

    task = asyncio.create_task(read())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert (await written(writer))[-1].finished
    await writer.aclose()


# --- real talks ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class RealTalk:
    """A real transcript with its analysis and, for each template, its note."""

    transcript: Transcript
    analysis: Analysis
    notes: dict[str, list[DraftSection]]
    video: Video


@pytest.fixture(scope="module", params=TALKS, ids=lambda path: path.name)
def real_talk(request: pytest.FixtureRequest) -> RealTalk:
    from notegen_desktop.services.sources.captions import read_caption_file

    transcript = read_caption_file(request.param)
    analysis = Analysis(transcript)
    video = Video(id="v", url="", duration_s=transcript.duration_s)
    notes = {}
    for name in BUILT_IN:
        try:
            notes[name] = compose(template(name), analysis, video)
        except NotQuotable:
            assert name not in ALWAYS
    return RealTalk(transcript, analysis, notes, video)


needs_talks = pytest.mark.skipif(not TALKS, reason="the real transcripts are not on this machine")


@needs_talks
@pytest.mark.parametrize("template_id", BUILT_IN)
def test_every_statement_of_a_real_talk_has_a_place_and_is_verified(
    real_talk: RealTalk, template_id: str
) -> None:
    transcript, video = real_talk.transcript, real_talk.video
    sections = real_talk.notes.get(template_id, [])
    grounded = ground(
        Draft("A talk", tuple(sections), whole=True),
        transcript=transcript,
        video=video,
        language=transcript.language,
        quoted=True,
    )

    assert len({section.heading for section in sections}) == len(sections)
    for section in grounded.sections:
        concise, standard, comprehensive = (
            len(without_markers(section.at(level))) for level in Level
        )
        assert 0 < concise <= standard <= comprehensive
        assert concise < comprehensive or template_id in BRIEF
        assert section.cites
        assert all(cite.verified is not False for cite in section.cites)
        for level in Level:
            assert markers(section.at(level))
            assert "](" not in section.at(level).replace("\\](", "")
    if template_id in COVERING:
        assert grounded.coverage.gaps == ()
    if template_id == "chapters":
        assert grounded.sections[0].cites[0].start_s == 0.0


@needs_talks
def test_a_real_talk_fills_every_template_but_those_it_holds_nothing_for(
    real_talk: RealTalk, request: pytest.FixtureRequest
) -> None:
    """They quiz nobody, and but for a lesson on manners they do not tell how to do things."""
    tells_how = request.node.callspec.id.startswith("lunchroom-manners")
    left_out = set(BUILT_IN) - real_talk.notes.keys()
    needs_a_model = {"insights", "mind-map", "minutes"}
    assert left_out == needs_a_model | {"quiz"} | (set() if tells_how else {"tutorial-guide"})
    assert all(real_talk.notes.values())


@needs_talks
def test_no_item_of_a_real_talk_begins_with_a_bare_connective(real_talk: RealTalk) -> None:
    language = real_talk.analysis.language.code
    for sections in real_talk.notes.values():
        for section in sections:
            for line in "\n".join(section.at(level) for level in Level).splitlines():
                said = re.sub(r"^(?:- \[ \] |- |\d+\. )", "", line)
                if said.startswith(("*", "**")):
                    continue
                places = openings(language, said)
                assert len(places) == 1 or len(said[places[-1] :].split()) < 5, said


@needs_talks
@pytest.mark.parametrize("template_id", ["basic-summary", "chapters", "presentation-slides"])
def test_no_text_of_a_real_talk_says_the_same_twice(real_talk: RealTalk, template_id: str) -> None:
    sentences = [(escaped(s.opened), s) for s in real_talk.analysis.sentences if s.length > 5]
    for section in real_talk.notes.get(template_id, []):
        for level in Level:
            lines = section.at(level)
            shown = [sentence for text, sentence in sentences if text in lines]
            for one, other in combinations(shown, 2):
                if other.index - one.index < 6:
                    continue  # a sentence and what takes it back, or goes on with it
                assert not alike(one, other), (section.heading, one.text, other.text)


@needs_talks
def test_automatic_captions_give_hundreds_of_pieces_that_can_be_read() -> None:
    from notegen_desktop.services.sources.captions import read_caption_file

    analysis = Analysis(read_caption_file(REAL / "state-of-openedx.auto.en.srt"))
    lengths = [sentence.length for sentence in analysis.sentences]

    assert len(lengths) > 300
    assert max(lengths) <= 35


def test_the_example_of_the_sample_talk_says_what_is_said_at_its_places() -> None:
    path = sample_talk().with_name("how-to-remember-what-you-learn.example.json")
    note = Note.from_json(json.loads(path.read_text("utf-8")))
    starts = {round(s.start_s, 2) for s in read_caption_file(sample_talk()).segments}

    assert note.statements.cited == note.statements.verified > 50
    assert "example" in note.title
    for section in note.sections:
        assert all(round(cite.start_s, 2) in starts for cite in section.cites)
        assert len(section.concise) < len(section.standard) < len(section.comprehensive)
