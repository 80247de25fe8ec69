"""`notegen guide` as scripts use it: one guide over several videos, which grows by more of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.gemini import FakeGemini, Script
from tests.fakes.gemini_script import Seen

from .command import KEY, Command

HEAPS = (
    "A heap is an array in which no parent is bigger than its children.",
    "So the smallest entry sits on top and you get it in constant time.",
    "A priority queue is a structure that hands out the smallest entry first.",
    "Put something in, it climbs, and that takes about twenty steps for a million entries.",
    "But a heap is not sorted, remember that well before you print one.",
    "Operating systems have a priority queue for the processes that wait for their turn.",
)
HEAPSORT = (
    "Heapsort is a method that sorts an array with the help of a heap.",
    "First we build the heap from the array in linear time, all at once.",
    "Then we take the smallest entry off the top again and again until nothing is left.",
    "The running time of heapsort is logarithmic for each of the entries in the worst case.",
    "A priority queue could sort in the same way, one entry after the other.",
    "It needs no memory beside the array, and that is worth a lot on small machines.",
    "Equal entries may change places, so it is not a stable method for records.",
    "Quicksort is faster on the average, and yet it can be quadratic when it is unlucky.",
    "Libraries combine both of them, which is the great advantage of having them at hand.",
)
GRAPHS = (
    "Dijkstra found a method for the shortest paths in a graph of many vertices.",
    "It needs a priority queue that hands out the nearest vertex first.",
    "Negative edges are not allowed, and nobody should forget about that.",
    "Each vertex is settled once, and it is never looked at again afterwards.",
    "A road map is the best known example of a graph with such distances.",
    "In the end every distance that was found is the shortest one there is.",
)


def captions(path: Path, lines: tuple[str, ...]) -> str:
    cues = [
        f"00:00:{6 * n:02}.000 --> 00:00:{6 * n + 6:02}.000\n{line}\n"
        for n, line in enumerate(lines)
    ]
    path.write_text("\n".join(("WEBVTT\n", *cues)))
    return str(path)


@pytest.fixture
def videos(tmp_path: Path) -> dict[str, str]:
    told = {"Heaps": HEAPS, "Heapsort": HEAPSORT, "Graphs": GRAPHS}
    return {name: captions(tmp_path / f"{name}.vtt", lines) for name, lines in told.items()}


@pytest.fixture
def notegen(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


def with_gemini(notegen: Command, server: FakeGemini) -> Command:
    return Command(notegen.home, NOTEGEN_GEMINI_URL=server.url, GEMINI_API_KEY=KEY)


def label(seen: Seen, words: str) -> str:
    return next(f"[{label}]" for label, text in seen.asked.segments if words in text)


def section(heading: str, *statements: str) -> dict[str, Any]:
    """A section whose levels differ by how many of its statements they have."""
    listed = "\n".join(f"- {each}" for each in statements)
    more = "\n".join(f"- As it is told: {each}" for each in statements)
    return {
        "heading": heading,
        "cites": [],
        "concise": statements[0],
        "standard": listed,
        "comprehensive": f"{listed}\n{more}",
    }


def guide_text(seen: Seen) -> str:
    """What a careful model answers: of two videos, and of a third one that came later."""
    heap = label(seen, "no parent is bigger")
    queue = label(seen, "hands out the smallest entry first")
    sorts = label(seen, "sorts an array")
    if "Graphs" not in seen.asked.prefix:
        sections = [
            section(
                "Overview", f"A heap keeps the smallest entry on top {heap}.", f"It sorts {sorts}."
            ),
            section("Order of learning", f"**Heaps**: the array {heap}.", f"**Heapsort**: {sorts}"),
            section(
                "A heap is an array",
                f"In a heap no parent is bigger than its children {heap}.",
                f"Heapsort sorts an array with the help of a heap {sorts}.",
            ),
            section(
                "A priority queue hands out the smallest entry",
                f"A priority queue hands out the smallest entry first {queue}[9999].",
                f"One could sort in the same way {label(seen, 'could sort')}.",
            ),
            section("Glossary", f"**heap**: an array, no parent bigger than its children {heap}"),
        ]
    else:
        near = label(seen, "nearest vertex")
        sections = [
            section("Overview", f"A heap sorts an array {sorts}.", f"It finds paths {near}."),
            section("Order of learning", f"**Heaps**: {heap}", f"**Graphs**: {near}"),
            section(
                "A priority queue hands out the smallest entry",
                f"A priority queue hands out the smallest entry first {queue}.",
                f"Graphs adds: it hands out the nearest vertex first {near}.",
            ),
            section("Negative edges", f"They are not allowed {label(seen, 'Negative')}."),
            section("Glossary", f"**vertex**: settled once {label(seen, 'settled once')}"),
        ]
    return json.dumps({"title": "Heaps and what they are for", "sections": sections})


def script(seen: Seen) -> Script:
    return Script(text=guide_text(seen))


def guide(command: Command) -> dict[str, Any]:
    (listed,) = command("notes", "list", "--json").json
    found: dict[str, Any] = command("notes", "show", listed["id"], "--json").json
    return found | {"id": listed["id"]}


def test_each_statement_has_its_video_and_second(notegen: Command, videos: dict[str, str]) -> None:
    with FakeGemini(script) as server:
        command = with_gemini(notegen, server)
        done = command("guide", videos["Heaps"], videos["Heapsort"], "--events")
        (seen,) = server.requests
        found = guide(command)
    assert done.code == 0, done.err
    assert done.err.splitlines()[0].startswith("About $")
    assert "- video 2, from [" in seen.asked.prefix
    assert {event["event"] for event in done.events} == {"job", "text", "done"}
    assert done.events[-1]["requests"] == 1
    assert found["template"] == "course-guide"
    assert [video["title"] for video in found["videos"]] == ["Heaps", "Heapsort"]
    topic = found["sections"][2]
    assert [(c["video"]["title"], c["start_s"], c["verified"]) for c in topic["cites"]] == [
        ("Heaps", 0.0, True),
        ("Heapsort", 0.0, True),
    ]
    assert found["sections"][-1]["heading"] == "Videos"
    assert found["statements"]["verified"] > found["statements"]["doubtful"]


def test_a_label_that_does_not_exist_is_taken_out(notegen: Command, videos: dict[str, str]) -> None:
    with FakeGemini(script) as server:
        command = with_gemini(notegen, server)
        assert command("guide", videos["Heaps"], videos["Heapsort"]).code == 0
        found = guide(command)
    queue = found["sections"][3]
    assert "9999" not in json.dumps(found)
    assert [c["video"]["title"] for c in queue["cites"]] == ["Heaps", "Heapsort"]
    assert queue["concise"].endswith("first. [^1]")


def test_a_guide_grows_and_what_does_not_change_stays_to_the_letter(
    notegen: Command, videos: dict[str, str]
) -> None:
    with FakeGemini(script) as server:
        command = with_gemini(notegen, server)
        assert command("guide", videos["Heaps"], videos["Heapsort"]).code == 0
        before = guide(command)
        anew = Command(notegen.home.with_name("other"), GEMINI_API_KEY=KEY)
        dear, cheap = (
            each("estimate", *videos.values(), "-t", "course-guide", "--json").json
            for each in (anew, command)
        )
        assert cheap["cost_usd"] < dear["cost_usd"]
        done = command("guide", *videos.values())
        after = guide(command)
        first, second = server.requests
        again = command("guide", *videos.values())
        assert len(server.requests) == 2
    assert done.code == again.code == 0, done.err
    assert after["id"] == before["id"]
    assert [section["heading"] for section in after["sections"]] == [
        "Overview",
        "Order of learning",
        "A heap is an array",
        "A priority queue hands out the smallest entry",
        "Negative edges",
        "Glossary",
        "Videos",
    ]
    assert after["sections"][2] == before["sections"][2]
    assert [video["title"] for video in after["videos"]] == ["Heaps", "Heapsort", "Graphs"]
    queue = after["sections"][3]["cites"]
    assert [cite["video"]["title"] for cite in queue] == ["Heaps", "Graphs"]
    glossary = after["sections"][5]["standard"]
    assert "**heap**" in glossary
    assert "**vertex**" in glossary
    asked = json.dumps(second.body)
    assert "no parent is bigger" in asked
    assert "great advantage" not in asked  # nothing of the guide rests on it
    assert "great advantage" in json.dumps(first.body)


@pytest.mark.slow
def test_killed_while_it_is_written_it_is_gone_on_with(
    notegen: Command, videos: dict[str, str]
) -> None:
    def slow(seen: Seen) -> Script:
        if seen.asked.kept:
            rest = json.loads(guide_text(seen))
            rest["sections"] = rest["sections"][seen.asked.kept :]
            return Script(text=json.dumps(rest))
        return Script(seconds=20, chunks=60, text=guide_text(seen))

    with FakeGemini(slow) as server:
        command = with_gemini(notegen, server)
        process = command.start("guide", videos["Heaps"], videos["Heapsort"], "--events")
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "text" and event["section"] >= 3:
                break
        process.kill()
        process.communicate(timeout=30)
        resumed = command("resume", "--events")
        found = guide(command)
        kept = server.requests[-1].asked.kept
    assert resumed.code == 0, resumed.err
    assert resumed.events[-1]["complete"] == 1
    assert kept >= 2
    assert len(found["sections"]) == 6
    assert {c["video"]["title"] for s in found["sections"] for c in s["cites"]} == {
        "Heaps",
        "Heapsort",
    }


@pytest.mark.slow
def test_killed_while_it_grows_it_grows_when_gone_on_with(
    notegen: Command, videos: dict[str, str]
) -> None:
    def slow(seen: Seen) -> Script:
        grows = "Graphs" in seen.asked.prefix and not seen.asked.kept
        rest = json.loads(guide_text(seen))
        rest["sections"] = rest["sections"][seen.asked.kept :]
        return Script(seconds=20 if grows else 0, chunks=60, text=json.dumps(rest))

    with FakeGemini(slow) as server:
        command = with_gemini(notegen, server)
        assert command("guide", videos["Heaps"], videos["Heapsort"]).code == 0
        before = guide(command)
        process = command.start("guide", *videos.values(), "--events")
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "text" and event["section"] >= 3:
                break
        process.kill()
        process.communicate(timeout=30)
        assert (
            guide(command)["sections"] == before["sections"]
        )  # the old one is there until the new one is whole
        resumed = command("resume", "--events")
        after = guide(command)
    assert resumed.code == 0, resumed.err
    assert len(after["videos"]) == 3
    assert after["sections"][2] == before["sections"][2]


def test_a_budget_refuses_it_before_anything_is_sent(
    notegen: Command, videos: dict[str, str]
) -> None:
    with FakeGemini(script) as server:
        command = with_gemini(notegen, server)
        sources = (videos["Heaps"], videos["Heapsort"])
        done = command("guide", *sources, "--budget", "0.00001", "--events")
        estimated = command("estimate", *sources, "-t", "course-guide", "--json")
        assert not server.requests
    assert done.code == 4
    assert done.last_of_each_job()["course-guide"]["error"]["code"] == "budget_exceeded"
    assert [row["requests"] for row in estimated.json["jobs"]] == [1]
    assert estimated.json["cost_usd"] > 0


def test_offline_it_quotes_each_video_and_what_several_say(
    notegen: Command, videos: dict[str, str], tmp_path: Path
) -> None:
    done = notegen("guide", *videos.values(), "--engine", "offline", "-o", str(tmp_path / "out"))
    assert done.code == 0, done.err
    found = guide(notegen)
    headings = [section["heading"] for section in found["sections"]]
    assert headings[:3] == ["Overview", "Order of learning", "Said in several videos"]
    assert headings[-1] == "Videos"
    common = found["sections"][2]
    assert "**priority queue**" in common["comprehensive"]
    assert {c["video"]["title"] for c in common["cites"]} == {"Heaps", "Heapsort", "Graphs"}
    (file,) = (tmp_path / "out").rglob("course-guide.md")
    assert "[2 · 0:00" in file.read_text()


def test_titles_of_any_script_stand_as_they_are(notegen: Command, tmp_path: Path) -> None:
    russian = ("Волновая функция описывает состояние частицы.", "Измерение меняет состояние.")
    chinese = ("今天我们讲量子力学的基本概念。", "测量会改变粒子的状态。")
    first = captions(tmp_path / "Квантовая [физика]*.vtt", russian * 3)
    second = captions(tmp_path / "量子力学.vtt", chinese * 3)
    done = notegen("guide", first, second, "--engine", "offline")
    assert done.code == 0, done.err
    found = guide(notegen)
    assert [video["title"] for video in found["videos"]] == ["Квантовая [физика]*", "量子力学"]
    shown = notegen("notes", "show", found["id"]).out
    assert "量子力学" in shown


def test_a_video_without_words_is_left_out_and_said(
    notegen: Command, videos: dict[str, str], tmp_path: Path
) -> None:
    empty = tmp_path / "silent.vtt"
    empty.write_text("WEBVTT\n")
    sources = (videos["Heaps"], str(empty), videos["Heapsort"])
    done = notegen("guide", *sources, "--engine", "offline", "-o", str(tmp_path / "out"))
    assert done.code == 0
    assert "left out for want of words" in done.err
    assert "silent.vtt" in done.err
    assert len(guide(notegen)["videos"]) == 2


def test_one_video_alone_is_told_to_use_generate(
    notegen: Command, videos: dict[str, str], tmp_path: Path
) -> None:
    done = notegen("guide", videos["Heaps"], "--engine", "offline")
    assert done.code == 2
    assert "notegen generate" in done.err
    empty = tmp_path / "silent.vtt"
    empty.write_text("WEBVTT\n")
    done = notegen("guide", videos["Heaps"], str(empty), "--engine", "offline", "--events")
    assert done.code == 4
    error = done.last_of_each_job()["course-guide"]["error"]
    assert "Heaps" in error["message"]
    assert "notegen generate" in error["hint"]


@pytest.mark.parametrize("format", ["html", "json", "epub", "docx", "pptx", "anki", "pdf"])
def test_it_is_written_in_every_format(
    notegen: Command, videos: dict[str, str], tmp_path: Path, format: str
) -> None:
    out = str(tmp_path / "out")
    sources = (videos["Heaps"], videos["Heapsort"])
    done = notegen("guide", *sources, "--engine", "offline", "-o", out, "--format", format)
    assert done.code == 0, done.err
    (file,) = (path for path in Path(out).rglob("course-guide.*"))
    assert file.stat().st_size > 1000


def test_exported_and_imported_it_is_equal(
    notegen: Command, videos: dict[str, str], tmp_path: Path
) -> None:
    done = notegen("guide", *videos.values(), "--engine", "offline")
    assert done.code == 0, done.err
    before = guide(notegen)
    out = str(tmp_path / "out")
    assert notegen("notes", "export", before["id"], "--format", "json", "-o", out).code == 0
    other = Command(tmp_path / "other")
    (file,) = Path(out).rglob("*.json")
    assert other("notes", "import", str(file)).code == 0
    after = guide(other)
    assert {**after, "id": ""} == {**before, "id": ""}


def test_what_is_too_long_for_one_request_is_written_in_parts(
    notegen: Command, tmp_path: Path
) -> None:
    sources = []
    for name in ("First", "Second"):
        cues = [
            f"{n // 60:02}:{n % 60:02}:00.000 --> {n // 60:02}:{n % 60:02}:50.000\n"
            f"{name} {n}: {' '.join(f'word{n}x{m} of the matter' for m in range(12))}.\n"
            for n in range(130)
        ]
        path = tmp_path / f"{name}.vtt"
        path.write_text("\n".join(("WEBVTT\n", *cues)))
        sources.append(str(path))
    with FakeGemini() as server:
        command = with_gemini(notegen, server)
        done = command("guide", *sources, "--events")
        found = guide(command)
        asked = len(server.requests)
    assert done.code == 0, done.err
    assert asked == 4  # three parts, and what is said of the whole
    places = [(c["video"]["title"], c["end_s"]) for s in found["sections"] for c in s["cites"]]
    assert {title for title, _ in places} == {"First", "Second"}
    assert all(end <= 130 * 60 for _, end in places)
    assert found["coverage"]["gaps"] == []


def test_a_guide_is_not_written_again_without_a_video_that_it_tells_of(
    notegen: Command, videos: dict[str, str]
) -> None:
    assert notegen("guide", videos["Heaps"], videos["Heapsort"], "--engine", "offline").code == 0
    before = guide(notegen)
    Path(videos["Heapsort"]).write_text("WEBVTT\n")
    done = notegen("guide", *videos.values(), "--engine", "offline")
    assert done.code == 4
    assert "The guide stays as it is" in done.err
    assert guide(notegen)["sections"] == before["sections"]


def test_a_guide_is_read_again_as_it_is_and_its_page_in_a_vault_stays(
    notegen: Command, videos: dict[str, str], tmp_path: Path
) -> None:
    out, vault = tmp_path / "out", str(tmp_path / "vault")
    two = (videos["Heaps"], videos["Heapsort"])
    assert notegen("guide", *two, "--engine", "offline", "-o", str(out)).code == 0
    (kept,) = notegen("notes", "list", "--json").json
    told = notegen("notes", "show", kept["id"], "--json").json
    (page,) = out.rglob("*.md")
    assert "[2 · 0:00]" in page.read_text("utf-8")
    other = Command(tmp_path / "other")
    assert other("notes", "import", str(page)).code == 0
    (taken,) = other("notes", "list", "--json").json
    again = other("notes", "show", taken["id"], "--json").json
    assert again["sections"] == told["sections"]
    assert again["videos"] == told["videos"]
    assert notegen("vault", "sync", vault).code == 0
    assert "1 unchanged" in notegen("vault", "sync", vault).err


def test_the_own_words_of_a_guide_are_in_its_language(notegen: Command, tmp_path: Path) -> None:
    told = {
        "Halden": ("Eine Halde ist ein Feld, in dem kein Vater größer ist als seine Kinder.",) * 3,
        "Sortieren": ("Das Sortieren mit einer Halde braucht kein weiteres Feld im Speicher.",) * 3,
    }
    paths = [captions(tmp_path / f"{name}.de.vtt", lines) for name, lines in told.items()]
    assert notegen("guide", *paths, "--engine", "offline").code == 0
    (kept,) = notegen("notes", "list", "--json").json
    headings = [
        section["heading"]
        for section in notegen("notes", "show", kept["id"], "--json").json["sections"]
    ]
    assert headings[-1] == "Videos"
    assert "In mehreren Videos gesagt" in headings
