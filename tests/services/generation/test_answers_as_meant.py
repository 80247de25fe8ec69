"""Answers of models and gateways, byte by byte over the real wire, and what becomes of the note."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from notegen_desktop.domain.jobs.job import NoteJob, Status
from notegen_desktop.domain.notes.note import Engine, Level, Mode, Note
from notegen_desktop.domain.text.transcript import Segment, Transcript, TranscriptKind
from notegen_desktop.services.writers.gemini import GeminiWriter
from tests.fakes.gemini import FakeGemini, Script
from tests.places import SHARED
from tests.services.running import Make, Program
from tests.services.writing import KEY

CASES = SHARED / "data" / "cases" / "model"

SAID = (
    "Today I explain how plants turn light, water and carbon dioxide into sugar.",
    "All of this happens in the leaf, within small bodies called chloroplasts.",
    "In the thylakoid membranes light splits water into oxygen and hydrogen.",
    "These light reactions make ATP and NADPH, which carry the energy on.",
    "The energy goes to the next stage, where sugar is built step by step.",
    "The Calvin cycle fixes carbon dioxide with the enzyme Rubisco and builds glucose.",
    "Rubisco is said to be the most abundant protein on our planet.",
    "Temperature, light and carbon dioxide limit how fast photosynthesis goes.",
    "In hot places some plants use C4 or CAM pathways to save water.",
    "So nearly all the food we eat begins with photosynthesis in the end.",
)
TALK = Transcript(
    "en",
    TranscriptKind.MANUAL,
    tuple(Segment(str(n), n * 8.0, n * 8.0 + 8.0, text) for n, text in enumerate(SAID, start=1)),
)


def section(heading: str, cites: list[str], concise: str, standard: str, full: str) -> Any:
    return {
        "heading": heading,
        "cites": cites,
        "concise": concise,
        "standard": standard,
        "comprehensive": full,
    }


SECTIONS = (
    section(
        "Overview",
        ["1", "10"],
        "Plants turn light, water and carbon dioxide into sugar.",
        "The talk explains how plants turn light, water and carbon dioxide into sugar, and why "
        "nearly all our food begins with that.",
        "The talk explains how plants take in carbon dioxide and water and use light to build "
        "sugar in the chloroplasts of the leaf, and why nearly all the food we eat begins with "
        "photosynthesis in the end.",
    ),
    section(
        "Light makes ATP and NADPH",
        ["3", "4"],
        "Light reactions in the thylakoids split water.",
        "In the thylakoid membranes light splits water; the light reactions make ATP and NADPH.",
        "In the thylakoid membranes light splits water into oxygen and hydrogen; these light "
        "reactions make ATP and NADPH, which carry the energy to the next stage.",
    ),
    section(
        "The Calvin cycle builds glucose",
        ["6", "7"],
        "Rubisco fixes carbon dioxide into glucose.",
        "The Calvin cycle fixes carbon dioxide with the enzyme Rubisco and builds glucose.",
        "The Calvin cycle fixes carbon dioxide and builds glucose; the enzyme that does so, "
        "Rubisco, is said to be the most abundant protein on our planet.",
    ),
    section(
        "Key takeaways",
        ["8", "9", "10"],
        "- Food begins with photosynthesis.",
        "- Nearly all our food begins with photosynthesis.\n- C4 and CAM plants save water.",
        "- Nearly all our food begins with photosynthesis.\n- Temperature, light and carbon "
        "dioxide limit its pace.\n- In hot places some plants use C4 or CAM pathways to save "
        "water.",
    ),
)


def text_of(*sections: Any, title: str = "How plants make sugar") -> str:
    return json.dumps({"title": title, "sections": list(sections or SECTIONS)})


WHOLE = text_of()


def events(text: str, *, finish: str = "STOP", usage: bool = True, **candidate: Any) -> list[Any]:
    cuts = [text[n * len(text) // 4 : (n + 1) * len(text) // 4] for n in range(4)]
    told: list[Any] = []
    for cut in cuts:
        content = {"parts": [{"text": cut}], "role": "model"}
        told.append(
            {
                "candidates": [{"index": 0, "content": content}],
                "modelVersion": "gemini-3.5-flash-lite",
                "usageMetadata": {"promptTokenCount": 1000, "candidatesTokenCount": 400},
            }
        )
        if not usage:
            del told[-1]["usageMetadata"]
    if finish:
        told[-1]["candidates"][0]["finishReason"] = finish
    told[-1]["candidates"][0] |= candidate
    return told


def wire(told: list[Any], *, head: str = "data: ", end: str = "\r\n\r\n", start: str = "") -> bytes:
    return (start + "".join(f"{head}{json.dumps(event)}{end}" for event in told)).encode()


def with_third(words: str) -> str:
    """The note with these words, as they stand between quotation marks, in its second section."""
    return WHOLE.replace("carry the energy to the next stage.", words)


def sse_of_every_kind() -> bytes:
    first, second, third, fourth = (json.dumps(event) for event in events(WHOLE))
    return (
        "\ufeff: ping\n\n"
        f"event: message\r\nid: 7\r\nretry: 100\r\ndata:{first}\r\n\r\n"
        f": keep-alive\r\rdata: {second}\r\r"
        f"data\ndata: {third[:1]}\ndata: {third[1:]}\n\n"
        f"id\nnoise: 1\nevent: x\ndata:  {fourth}\n\n"
        "data: [DONE]"
    ).encode()


LOOP = WHOLE.replace("protein on our planet.", "protein" + " and so on" * 6000)
NOT_MENTIONED = text_of(
    *(
        {**each, "concise": "N/A", "standard": "Not mentioned in the transcript.",
         "comprehensive": "This is not mentioned in the transcript that was provided."}
        for each in SECTIONS
    )
)  # fmt: skip


@dataclass
class Outcome:
    """What came of a note, and what was sent for it."""

    job: NoteJob
    requests: int
    program: Program

    @property
    def note(self) -> Note:
        assert self.job.status is Status.COMPLETE, self.job.failure
        assert self.job.note is not None
        return self.job.note

    @property
    def texts(self) -> str:
        return "\n".join(s.at(level) for s in self.note.sections for level in Level)

    @property
    def error(self) -> str:
        assert self.job.status is Status.ERROR
        assert self.job.failure is not None
        return self.job.failure.code


def whole(done: Outcome) -> None:
    assert [s.heading for s in done.note.sections] == [s["heading"] for s in SECTIONS]
    assert not done.note.missing
    assert done.requests == 1


def as_written(done: Outcome) -> None:
    whole(done)
    for words in (r"$\frac{1}{2}\beta x^2$", r"$\nabla f$", r"$\rho$", r"$\theta$"):
        assert words in done.texts


def not_hex(done: Outcome) -> None:
    whole(done)
    assert r"C:\Users\x" in done.texts
    assert r"$\underline{y}$" in done.texts


def not_complete(done: Outcome) -> None:
    assert done.error == "answer_unusable"
    assert done.requests <= 2


def stopped(done: Outcome) -> None:
    not_complete(done)
    kept = next(iter(done.program.library.journal.drafts.values()))  # type: ignore[attr-defined]
    assert len(kept.sections) == 2


def recited(done: Outcome) -> None:
    assert len(done.note.sections) == 3
    assert done.note.missing
    assert done.requests == 2


def rolled_out(done: Outcome) -> None:
    whole(done)
    assert "\\n" not in done.texts
    assert "photosynthesis.\n- Temperature" in done.texts


def no_labels(done: Outcome) -> None:
    whole(done)
    assert "[999]" not in done.texts
    assert "45:10" not in done.texts


def no_control(done: Outcome) -> None:
    whole(done)
    assert "Plants turn light, water" in done.texts
    assert done.texts.replace("\n", "").isprintable()


def booked(done: Outcome) -> None:
    whole(done)
    usage = done.note.usage
    assert usage.input_tokens > 500
    assert usage.output_tokens > 200
    assert usage.cost_usd > 0
    (record,) = done.program.library.ledger.requests  # type: ignore[attr-defined]
    assert record.usage == usage


KINDS: dict[str, tuple[bytes, Callable[[Outcome], None]]] = {
    "01_latex_valid_escapes.sse": (
        wire(events(with_third(
            r"carry on. The loss is $\frac{1}{2}\beta x^2$ with $\nabla f$, $\rho$, $\theta$."
        ))),
        as_written,
    ),
    "02_u_not_hex.sse": (
        wire(events(with_third(r"carry on. Open C:\Users\x and use $\underline{y}$."))),
        not_hex,
    ),
    "03_all_not_mentioned.sse": (wire(events(NOT_MENTIONED)), not_complete),
    "04_loop_then_stop.sse": (wire(events(LOOP)), stopped),
    "05_recitation_after_three_sections.sse": (
        wire(events(WHOLE[: WHOLE.index("- Food begins")], finish="RECITATION")),
        recited,
    ),
    "06_keepalive_comment.sse": (sse_of_every_kind(), whole),
    "08_trailing_commas.sse": (
        wire(events(WHOLE.replace('."}', '.",}').replace("}]}", "},]}"))),
        whole,
    ),
    "11_literal_backslash_n.sse": (
        wire(events(WHOLE.replace("\\n", "\\\\n"))),
        rolled_out,
    ),
    "12_times_in_prose.sse": (
        wire(events(with_third(
            "carry on. At [45:10] the speaker shows a slide (1:02:33), see [999]."
        ))),
        no_labels,
    ),
    "13_esc.sse": (
        wire(events(WHOLE.replace("turn light", "turn \\u001b[2J\\u001b]0;x\\u0007light", 1))),
        no_control,
    ),
    "14_avglogprobs_nan_type.sse": (
        wire(events(WHOLE, avgLogprobs="NaN", groundingMetadata=[], tokenCount="many",
                    citationMetadata=7, safetyRatings={})),
        whole,
    ),
    "15_no_finish_reason.sse": (wire(events(WHOLE, finish="")), whole),
    "16_no_usage.sse": (wire(events(WHOLE, usage=False)), booked),
}  # fmt: skip


@pytest.fixture
def server() -> Iterator[FakeGemini]:
    with FakeGemini(Script()) as running:
        yield running


@pytest.fixture
async def http_writer(server: FakeGemini) -> AsyncIterator[GeminiWriter]:
    writer = GeminiWriter(api_key=lambda: KEY, url=server.url)
    await writer.prepare()  # in threads, of which `make` leaves none
    yield writer
    await writer.aclose()


@pytest.fixture
async def over_http(http_writer: GeminiWriter, make: Make) -> Program:
    program = make(real_writer=http_writer)
    program.source.transcript = TALK
    return program


async def outcome(program: Program, server: Any, engine: Engine = Engine.GEMINI) -> Outcome:
    order = replace(program.order("basic-summary"), engine=engine)

    async def run() -> NoteJob:
        (job,) = program.runner.submit(order)
        await program.runner.wait()
        return program.board.job(job.id)

    return Outcome(await program.clock.run(run()), len(server.requests), program)


@pytest.mark.parametrize("where", ["own", "shared"])
@pytest.mark.parametrize("kind", KINDS)
async def test_an_answer_is_read_as_it_was_meant(
    over_http: Program, server: FakeGemini, kind: str, where: str
) -> None:
    body, right = KINDS[kind]
    if where == "shared":
        if not (CASES / kind).exists():
            pytest.skip("the cases are not on this machine")
        body = (CASES / kind).read_bytes()
    server.recording = (200, "text/event-stream", body)
    right(await outcome(over_http, server))


def spoken(body: bytes) -> Script:
    """The text of a stream and how it ends, for the service that has no such stream."""
    lines = [line for line in body.decode().splitlines() if line.startswith("data:")]
    candidates = [json.loads(line[5:])["candidates"][0] for line in lines]
    text = "".join(part["text"] for each in candidates for part in each["content"]["parts"])
    return Script(text=text, finish=candidates[-1].get("finishReason", ""), chunks=len(lines))


@pytest.fixture
async def over_grpc(make: Make) -> AsyncIterator[tuple[Program, Any]]:
    pytest.importorskip("google.generativeai", reason="the extra “legacy” is not installed")
    from notegen_desktop.services.writers.gemini_legacy import GeminiLegacyWriter
    from tests.fakes.gemini_grpc import FakeGeminiGrpc

    with FakeGeminiGrpc() as running:
        writer = GeminiLegacyWriter(api_key=lambda: KEY, url=running.url)
        program = make(real_writer=writer)
        program.source.transcript = TALK
        yield program, running
        await writer.aclose()


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if not kind.startswith(("06", "14", "16"))]
)
async def test_the_older_engine_reads_it_the_same_way(
    over_grpc: tuple[Program, Any], kind: str
) -> None:
    program, server = over_grpc
    body, right = KINDS[kind]
    server.script = spoken(body)
    right(await outcome(program, server, Engine.GEMINI_LEGACY))


# --- refusals and odd ends -----------------------------------------------------------------------


async def test_a_text_that_comes_after_the_end_was_said_takes_one_request(
    over_http: Program, server: FakeGemini
) -> None:
    empty = {"candidates": [{"content": {"parts": [{"text": ""}]}, "finishReason": "STOP"}]}
    body = [empty, *events(WHOLE, finish=""), empty]
    server.recording = (200, "text/event-stream", wire(body))
    server.pause_s = 1.5
    whole(await outcome(over_http, server))


FORBIDDEN = {
    "error": {
        "code": 403,
        "message": "The caller does not have permission",
        "status": "PERMISSION_DENIED",
    }
}


async def test_one_forbidden_video_leaves_the_key_and_the_other_sources_alone(
    over_http: Program, server: FakeGemini
) -> None:
    server.play_for = lambda seen: (
        (403, "application/json", json.dumps(FORBIDDEN).encode())
        if "firstxxxxxx" in json.dumps(seen.body["contents"])
        else (200, "text/event-stream", wire(events(WHOLE)))
    )
    order = replace(
        over_http.order("basic-summary", videos=("first", "second")),
        engine=Engine.GEMINI,
        mode=Mode.VIDEO,
    )

    async def run() -> list[NoteJob]:
        jobs = over_http.runner.submit(order)
        await over_http.runner.wait()
        return [over_http.board.job(job.id) for job in jobs]

    first, second = await over_http.clock.run(run())
    assert first.failure is not None
    assert first.failure.code == "video_restricted"
    assert "does not have permission" in first.failure.message
    assert second.status is Status.COMPLETE


async def test_where_no_video_is_sent_the_same_words_are_about_the_key(
    over_http: Program, server: FakeGemini
) -> None:
    server.recording = (403, "application/json", json.dumps(FORBIDDEN).encode())
    assert (await outcome(over_http, server)).error == "key_rejected"


@pytest.mark.parametrize(
    "words",
    [
        "Your prepayment credits are depleted. Please go to AI Studio to manage your project.",
        "Insufficient credits: your balance is empty.",
        "You have run out of credits.",
    ],
)
async def test_credits_that_are_gone_are_said_at_once_and_nothing_more_is_sent(
    over_http: Program, server: FakeGemini, words: str
) -> None:
    error = {"error": {"code": 429, "message": words, "status": "RESOURCE_EXHAUSTED"}}
    server.recording = (429, "application/json", json.dumps(error).encode())
    began = over_http.clock.now
    order = over_http.order("basic-summary", "chapters", "flashcards", videos=("one", "two"))

    async def run() -> list[NoteJob]:
        jobs = over_http.runner.submit(order)
        await over_http.runner.wait()
        return [over_http.board.job(job.id) for job in jobs]

    jobs = await over_http.clock.run(run())
    assert {job.failure.message for job in jobs if job.failure} == {words}
    assert {job.failure.code for job in jobs if job.failure} == {"credits_gone"}
    assert len(jobs) == 6
    assert len(server.requests) <= over_http.limiter.limits.max_concurrent
    assert over_http.clock.now - began < 10


# --- good though odd -----------------------------------------------------------------------------


def odd(**change: Any) -> str:
    """The note with each section changed: a value, or what a function makes of the section."""
    return text_of(
        *(
            {**each, **{key: f(each) if callable(f) else f for key, f in change.items()}}
            for each in SECTIONS
        )
    )


MARKED: dict[str, tuple[str, str]] = {
    "levels alike": (
        odd(concise=lambda s: s["comprehensive"], standard=lambda s: s["comprehensive"]),
        "levels that differ",
    ),
    "no standard level": (odd(standard=""), "the standard level of its sections"),
    "a level that says nothing": (odd(comprehensive="N/A"), "the comprehensive level of its"),
    "a level that is not there": (
        text_of(*({k: v for k, v in each.items() if k != "standard"} for each in SECTIONS)),
        "the standard level of its sections",
    ),
}


@pytest.mark.parametrize("kind", MARKED)
async def test_a_good_note_that_lacks_something_opens_and_says_so_for_one_request(
    over_http: Program, server: FakeGemini, kind: str
) -> None:
    text, lacking = MARKED[kind]
    server.recording = (200, "text/event-stream", wire(events(text)))
    done = await outcome(over_http, server)
    assert len(done.note.sections) == 4
    assert done.requests == 1
    (said,) = done.note.missing
    assert said.startswith(lacking)
    assert done.note.to_json()["missing"] == [said]


ODD: dict[str, str] = {
    "a level as a list": odd(standard=lambda s: [s["standard"], "And one more thing."]),
    "cites as one text": odd(cites=lambda s: ", ".join(s["cites"])),
    "cites as a number": odd(cites=lambda s: int(s["cites"][0])),
    "cites as objects": odd(cites=lambda s: [{"label": n} for n in s["cites"]]),
    "cites at statements alone": odd(
        cites=[],
        concise=lambda s: f"{s['concise']} [{s['cites'][0]}]",
        standard=lambda s: f"{s['standard']} [{s['cites'][0]}][{s['cites'][-1]}]",
    ),
}


@pytest.mark.parametrize("kind", ODD)
async def test_an_odd_form_of_a_good_note_is_a_whole_note(
    over_http: Program, server: FakeGemini, kind: str
) -> None:
    server.recording = (200, "text/event-stream", wire(events(ODD[kind])))
    done = await outcome(over_http, server)
    whole(done)
    assert all(section.cites for section in done.note.sections)


async def test_of_a_missing_section_only_that_is_asked_for(
    over_http: Program, server: FakeGemini
) -> None:
    rest = wire(events(text_of(SECTIONS[3])))
    first = wire(events(text_of(*SECTIONS[:3])))
    server.play_for = lambda seen: ((200, "text/event-stream", rest if seen.asked.kept else first))
    done = await outcome(over_http, server)
    assert [s.heading for s in done.note.sections] == [s["heading"] for s in SECTIONS]
    assert not done.note.missing
    assert [seen.asked.kept for seen in server.requests] == [0, 3]


async def test_a_section_that_never_comes_is_said_to_be_missing(
    over_http: Program, server: FakeGemini
) -> None:
    server.recording = (200, "text/event-stream", wire(events(text_of(*SECTIONS[:3]))))
    done = await outcome(over_http, server)
    assert len(done.note.sections) == 3
    assert done.note.missing == ("the section “Key takeaways”",)
    assert done.requests == 2


async def test_what_was_paid_for_is_kept_for_the_next_try_and_another_run(
    over_http: Program, server: FakeGemini, make: Make, http_writer: GeminiWriter
) -> None:
    server.recording = (200, "text/event-stream", wire(events(LOOP)))
    stopped(await outcome(over_http, server))
    another = make(real_writer=http_writer)  # the program, started anew
    another.source.transcript = TALK
    server.recording = (200, "text/event-stream", wire(events(text_of(*SECTIONS[2:]))))
    done = await outcome(another, server)
    assert [s.heading for s in done.note.sections] == [s["heading"] for s in SECTIONS]
    assert server.requests[-1].asked.kept == 2
    assert len(server.requests) == 3


# --- nothing without end -------------------------------------------------------------------------


def written(done: Outcome) -> int:
    requests = done.program.library.ledger.requests  # type: ignore[attr-defined]
    return sum(record.usage.output_tokens for record in requests)


def endless(_seen: Any) -> Script:
    """A section after the other, each of words of its own."""
    sections = [
        section(
            f"Matter {n}",
            [str(1 + n % 10)],
            " ".join(f"short{n}x{k}" for k in range(40)),
            " ".join(f"short{n}x{k}" for k in range(80)),
            " ".join(f"short{n}x{k}" for k in range(160)),
        )
        for n in range(600)
    ]
    return Script(text=text_of(*sections), chunks=400)


async def test_sections_without_end_cost_little(over_http: Program, server: FakeGemini) -> None:
    server.script = endless
    done = await outcome(over_http, server)
    (first, *_) = server.requests
    most = first.body["generationConfig"]["maxOutputTokens"]
    assert most < 20_000, "of 65,536 that a model may write"
    assert len(server.requests) <= 3
    assert written(done) < 3 * most


@pytest.mark.parametrize("budget", [0.012, 0.015, 0.03])
async def test_a_budget_is_kept_to_by_an_answer_without_end(
    over_http: Program, server: FakeGemini, budget: float
) -> None:
    over_http.settings.change({"budget.run_usd": budget})
    server.script = endless
    await outcome(over_http, server)
    spent = sum(record.usage.cost_usd for record in over_http.library.ledger.requests)  # type: ignore[attr-defined]
    assert server.requests
    assert spent <= budget


async def test_sections_that_say_the_same_are_stopped(
    over_http: Program, server: FakeGemini
) -> None:
    server.script = Script(
        text=text_of(*({**SECTIONS[1], "heading": f"Light {n}"} for n in range(304))), chunks=300
    )
    done = await outcome(over_http, server)
    not_complete(done)
    assert written(done) < 2 * 20 * 120, "of 304 sections with 120 tokens each"


async def test_blanks_without_end_between_sections_are_stopped(
    over_http: Program, server: FakeGemini
) -> None:
    """A failure of structured output that is seen in the wild: nothing but line ends and tabs."""
    text = WHOLE[: WHOLE.index('{"heading": "Key takeaways"')] + "\n\t" * 30_000
    server.recording = (200, "text/event-stream", wire(events(text, finish="MAX_TOKENS")))
    done = await outcome(over_http, server)
    assert done.error == "answer_unusable"
    assert done.requests == 2
