"""Save screenshots of the window in every state, both themes and three sizes, for review.

QT_QPA_PLATFORM=offscreen python -m tests.ui.screens FOLDER [--language TAG] [STATE…]
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import qasync
from PySide6.QtCore import QAbstractAnimation, QObject, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QPlainTextEdit, QPushButton, QToolButton

from notegen_desktop.domain.cost.estimate import OverBudget
from notegen_desktop.domain.engines.connection import connection_of
from notegen_desktop.domain.errors import (
    BatchFailed,
    KeyMissing,
    QuotaExhausted,
    ServiceUnavailable,
    VideoPrivate,
    YoutubeChanged,
)
from notegen_desktop.domain.jobs.job import Stage
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.notes.note import (
    Cite,
    Doubt,
    Engine,
    Note,
    Review,
    Says,
    Section,
    Usage,
)
from notegen_desktop.domain.notes.pictures import with_picture
from notegen_desktop.domain.notes.remark import Remark
from notegen_desktop.domain.notes.rewriting import RewriteScope
from notegen_desktop.domain.notes.versions import Origin, Revision
from notegen_desktop.domain.practice.schedule import Rating
from notegen_desktop.services.ports import Activity, Order, PoolUse, Today
from notegen_desktop.ui.compose.playlist_dialog import PlaylistDialog
from notegen_desktop.ui.kit.tasks import Tasks
from notegen_desktop.ui.kit.theme import apply_theme
from notegen_desktop.ui.notes.editing.remarks import RemarksPane
from notegen_desktop.ui.settings.dialog import SettingsDialog
from notegen_desktop.ui.window.main_window import MainWindow
from notegen_desktop.ui.window.qt_process import speak_in_window
from tests.fakes.services import RESOURCES, FakeServices, make_draft, make_note, make_video
from tests.fakes.shown_films import a_picture

SIZES = ((1280, 800), (960, 600), (1920, 1200))
"""Window sizes in pixels; the second is a screen of 1920 x 1200 at twice the scale."""

LONG = (
    "A very long title that no column is wide enough for: everything that anybody ever wanted to "
    "know about the memory of people, machines and other beings — part 1 of 24 (with subtitles)"
)
IDS = ("dQw4w9WgXcQ", "aircAruvnKk", "kCc8FmEb1nY", "zjkBMFhNj_g", "jGwO_UgTS7I")


Kind = TypeVar("Kind", bound=QObject)


@dataclass
class Scene:
    fakes: FakeServices
    window: MainWindow

    def order(self, *ids: str, templates: tuple[str, ...] = ()) -> None:
        links = tuple(
            link
            for one in ids
            for link in find_links(f"https://www.youtube.com/watch?v={one}").links
        )
        chosen = templates or ("basic-summary", "study-notes", "flashcards")
        order = Order(links, chosen, engine=Engine.GEMINI)
        self.fakes.runner.submit(order)
        self.window.ordering.ordered.emit(order)


SOON_MS = 1_000
"""Longest interval in milliseconds of a single-shot timer that `settle` fires at once."""
AT_REST = 3
"""Idle turns of the loop after which the window is at rest; a layout takes two."""
ASKING = 40
"""The same while a task runs, because it may be waiting for a dialog to be answered."""
MAX_TURNS = 400


async def settle() -> None:
    """Wait until the windows are at rest: work has ended and layouts are done.

    Delays of up to SOON_MS are skipped. Repeating timers are not waited for.
    """
    turns = 0
    tasks = _inside(Tasks)  # those of the windows: dialogs and parts of a window share them
    for _ in range(MAX_TURNS):
        waiting = [timer for timer in _inside(QTimer) if _is_put_off(timer)]
        for timer in waiting:
            timer.stop()
            timer.timeout.emit()
        moving = any(each.state() is RUNNING for each in _inside(QAbstractAnimation))
        busy = any(map(len, tasks))
        turns = 0 if waiting or moving else turns + 1
        if turns == (ASKING if busy else AT_REST):
            return
        await asyncio.sleep(0.005 if moving or busy else 0)


RUNNING = QAbstractAnimation.State.Running


def _inside(kind: type[Kind]) -> list[Kind]:
    """Of all windows; dialogs and menus are inside of that over which they open."""
    tops = (top for top in QApplication.topLevelWidgets() if top.parent() is None)
    return [each for top in tops for each in top.findChildren(kind)]


def _is_put_off(timer: QTimer) -> bool:
    return timer.isActive() and timer.isSingleShot() and timer.interval() <= SOON_MS


async def empty(scene: Scene) -> None:
    pass


async def chips(scene: Scene) -> None:
    for one, title in zip(IDS, ("How memory works", LONG, "Let's build GPT"), strict=False):
        scene.fakes.source.videos[one] = make_video(one, title=title)
    scene.fakes.source.failures[IDS[3]] = VideoPrivate()
    scene.window.add_text("\n".join(f"https://youtu.be/{one}" for one in IDS[:4]))
    scene.window.add_text("/tmp/lecture.en.vtt\n/tmp/paper.docx")
    await settle()


async def running(scene: Scene) -> None:
    fakes = scene.fakes
    scene.order(IDS[0], templates=("basic-summary", "study-notes", "flashcards", "chapters"))
    jobs = list(fakes.board)
    fakes.runner.begin(jobs[0], Stage.READING, 0.02)
    fakes.runner.begin(jobs[1])
    fakes.runner.grow(jobs[1], make_draft(900), 0.47)
    fakes.clock.advance(14)
    fakes.runner.hold(jobs[2], until=fakes.clock.now + 23, reason="Gemini asks to wait")


async def overnight(scene: Scene) -> None:
    fakes = scene.fakes
    fakes.source.videos[IDS[0]] = make_video(IDS[0], title="How memory works")
    scene.order(IDS[0], templates=("basic-summary", "study-notes", "flashcards", "chapters"))
    jobs = list(fakes.board)
    for job in jobs[:3]:
        fakes.runner.hold(job, until=None, reason="Sent at 22:10, expected within a day")
    fakes.runner.fail(jobs[3], BatchFailed())
    fakes.activity.now = Activity(0, 0, 4, 0, 0, 0, "", left_alone=3)
    await settle()


async def overnight_order(scene: Scene) -> None:
    scene.window.add_text(f"https://youtu.be/{IDS[1]}")
    composer = scene.window.composer
    composer.engine.setCurrentIndex(composer.engine.findData(Engine.GEMINI))
    composer.overnight.setChecked(True)
    await settle()
    composer.show_key(known=True)


async def failed(scene: Scene) -> None:
    fakes = scene.fakes
    scene.order(IDS[0])
    jobs = list(fakes.board)
    fakes.runner.begin(jobs[0])
    fakes.clock.advance(9)
    fakes.runner.finish(jobs[0])
    fakes.runner.fail(jobs[1], KeyMissing())
    fakes.runner.fail(jobs[2], ServiceUnavailable("Gemini is overloaded (503)."))
    scene.window.show_failure(KeyMissing().failure())


async def changed(scene: Scene) -> None:
    """YouTube's pages have changed: shown on the card of a note and above several."""
    fakes = scene.fakes
    for one in IDS[:2]:
        scene.order(one)
    for job in list(fakes.board):
        fakes.runner.fail(job, YoutubeChanged())


async def finished(scene: Scene) -> None:
    fakes = scene.fakes
    fakes.source.videos[IDS[0]] = make_video(IDS[0])
    scene.order(IDS[0])
    jobs = list(fakes.board)
    for job in jobs:
        fakes.runner.begin(job)
    for job in reversed(jobs):
        fakes.clock.advance(7)
        fakes.runner.finish(job)


async def reading(scene: Scene) -> None:
    await finished(scene)
    scene.window.reading_mode.toggle()


async def long(scene: Scene) -> None:
    fakes = scene.fakes
    for one in IDS[:3]:
        fakes.source.videos[one] = make_video(one, title=LONG, channel=LONG)
    scene.order(*IDS[:2])
    for job in list(fakes.board):
        fakes.runner.finish(job)
    scene.order(IDS[2], templates=tuple(t.id for t in fakes.templates.all()))
    for job in fakes.board.active[:2]:
        fakes.runner.begin(job)
        fakes.runner.grow(job, make_draft(500), 0.3)


async def library(scene: Scene) -> None:
    fakes = scene.fakes
    for number, template in enumerate(fakes.templates.all()):
        video = make_video(IDS[number % 5], title=LONG if number == 3 else "How memory works")
        note = make_note(template=template.id, video=video, note_id=f"n{number}")
        fakes.store.notes[note.id] = note
    scene.window.search_notes()
    await settle()


async def selected(scene: Scene) -> None:
    """Several notes of the library are selected."""
    await library(scene)
    scene.window.library.list.selectAll()
    await settle()


async def dragging(scene: Scene) -> None:
    scene.window.composer.source.show_drag(True)


async def settings(scene: Scene) -> None:
    scene.window.settings.open()


async def templates(scene: Scene) -> None:
    scene.window.templates.open("study-notes")


async def connections(scene: Scene) -> None:
    known, servers = scene.fakes.connections, scene.fakes.servers
    known.keep(connection_of("openrouter", "", known.presets, model="qwen/qwen3-32b"))
    known.keep(connection_of("ollama", "", known.presets, model="qwen3:8b"))
    servers.running = [connection_of("lmstudio", "", known.presets)]
    scene.fakes.settings.change({"general.engine": "ollama"})
    await settle()
    scene.window.settings.open()
    (dialog,) = scene.window.findChildren(SettingsDialog)
    dialog.show_tab("Connections")
    await settle()
    dialog.connections.list.setCurrentRow(1)
    dialog.connections.test.click()
    await settle()


async def playlist(scene: Scene) -> None:
    address = "https://www.youtube.com/playlist?list=PLrAXtmErZgOeiKm4sgNOknGvNjby9efdf"
    (link,) = find_links(address).links
    scene.fakes.source.playlists[link.id] = [
        make_video(f"aaaaaaaa{n:03}", title=LONG if n == 2 else f"Lesson {n + 1}")
        for n in range(420)
    ]
    for n in (1, 3):
        note = make_note(video=make_video(f"aaaaaaaa{n:03}"), note_id=f"n{n}")
        scene.fakes.store.notes[note.id] = note
    scene.window.add_text(address)
    await settle()
    dialog = scene.window.findChild(PlaylistDialog)
    dialog.model.tick([f"aaaaaaaa{n:03}" for n in (0, 2, 5)], ticked=True)


async def many(scene: Scene) -> None:
    """Two hundred links, and a budget that is too small for them."""
    fits = (True,) * 275 + (False,) * 525
    scene.fakes.preflight.over_budget = OverBudget("day", 2.0, 1.1, 3.2, fits)
    scene.window.composer.templates.tick(["basic-summary", "study-notes", "flashcards", "chapters"])
    scene.window.add_text("\n".join(f"https://youtu.be/video{n:06}" for n in range(200)))
    await settle()


async def over(scene: Scene) -> None:
    """Generate was pressed although the budget suffices for only two of three notes."""
    scene.fakes.settings.change({"budget.day_usd": 0.5})
    over_budget = OverBudget("day", 0.5, 0.04, 0.062, (True, True, False))
    scene.fakes.preflight.over_budget = over_budget
    scene.window.composer.templates.tick(["basic-summary", "study-notes", "flashcards"])
    scene.window.add_text("https://youtu.be/video000001")
    await settle()
    scene.window.composer.generate.click()
    await settle()


async def left_out(scene: Scene) -> None:
    """The two affordable notes were started; the third shows the reason for its failure."""
    await over(scene)
    scene.window.findChild(QPushButton, "onlyFittingButton").click()
    await settle()


async def gone(scene: Scene) -> None:
    """The daily quota was used up during a run."""
    fakes = scene.fakes
    links = find_links(f"https://youtu.be/{IDS[0]}").links
    chosen = ("basic-summary", "study-notes", "flashcards")
    order = Order(links, chosen, engine=Engine.GEMINI, model="gemini-flash-lite-latest")
    first, *others = fakes.runner.submit(order)
    scene.window.ordering.ordered.emit(order)
    fakes.runner.begin(first)
    fakes.runner.finish(first)
    for job in others:
        fakes.runner.fail(job, QuotaExhausted())
    await settle()


async def short(scene: Scene) -> None:
    scene.fakes.preflight.short_of_quota = (
        "12 of today's 20 requests of gemini-flash-latest are left, and 15 notes need 15. More "
        "come in 7 h 14 min. Choose another model or the offline engine, or fewer templates. "
        "Several notes in one request would need 3."
    )
    scene.fakes.preflight.requests = (15, 3)
    scene.window.add_text("https://youtu.be/video000001")
    await settle()


async def queue(scene: Scene) -> None:
    """Forty videos by five templates, with cells in every state."""
    fakes = scene.fakes
    titles = (
        "How memory works",
        LONG,
        "Let's build GPT",
        "But what is a neural network?",
        "注意力机制",
    )
    ids = [f"video{n:06}" for n in range(40)]
    for number, one in enumerate(ids):
        fakes.source.videos[one] = make_video(one, title=f"{titles[number % 5]} · {number + 1}")
    templates = tuple(template.id for template in fakes.templates.all()[:5])
    scene.order(*ids, templates=templates)
    jobs = list(fakes.board)
    for job in jobs[:8]:
        fakes.board.complete(job.id, attempt=1, note=make_note(template=job.template))
    for number, job in enumerate(jobs[8:26]):
        fakes.runner.begin(job)
        fakes.clock.advance(1)
        if number % 7 == 3:
            fakes.runner.fail(job, ServiceUnavailable("Gemini is overloaded (503)."))
        else:
            fakes.runner.finish(job)
    scene.window.jobs._tell()
    fakes.runner.cancel(jobs[26].id)
    for number, job in enumerate(jobs[27:35]):
        fakes.runner.begin(job)
        fakes.runner.grow(job, make_draft(300), 0.11 * (number + 1))
    for job in jobs[35:37]:
        fakes.runner.hold(job, until=fakes.clock.now + 20, reason="Gemini asks to wait")
    fakes.clock.advance(20)
    scene.window.jobs._tell()
    fakes.activity.now = BUSY
    scene.window.queue._refresh_activity()


async def paused(scene: Scene) -> None:
    await queue(scene)
    scene.window.jobs.head.pause.click()


async def activity(scene: Scene) -> None:
    await running(scene)
    scene.fakes.activity.now = BUSY
    scene.fakes.activity.of_today = Today(61, 1_240_000, 0.41)
    scene.window._top.activity.click()


async def recent(scene: Scene) -> None:
    """No note is open, and the library has notes."""
    titles = ("How memory works", LONG, "Let's build GPT", "But what is a neural network?")
    for number, title in enumerate(titles):
        video = make_video(IDS[number], title=title)
        for template in scene.fakes.templates.all()[: (3, 12, 1, 5)[number]]:
            note_id = f"{number}{template.id}"
            note = make_note(template=template.id, video=video, note_id=note_id)
            scene.fakes.store.notes[note_id] = note
    scene.window.recent.load()


async def unfinished(scene: Scene) -> None:
    scene.fakes.queue.left = 9
    titles = (LONG, "Let's build GPT", "But what is a neural network?")
    scene.fakes.queue.left_videos = tuple(make_video(title, title=title) for title in titles)
    scene.window.queue.look_for_unfinished(scene.fakes.ports)


BUSY = Activity(
    8,
    164,
    8,
    37,
    2,
    3,
    "More than 5 % of the requests were rate limited",
    spent=Usage(37, 410_000, 260_000, 96_000, 4000, 0.084),
    estimated_usd=0.09,
    pool=PoolUse(size=3, in_use=2, overflow=0, waiting=0, most=5),
)


async def second_look(scene: Scene) -> None:
    """A note whose statements were judged by the model, with that option on for new notes."""
    composer = scene.window.composer
    composer.engine.setCurrentIndex(composer.engine.findData(Engine.GEMINI))
    composer.review.setChecked(True)
    scene.window.add_text(f"https://youtu.be/{IDS[0]}")
    scene.order(IDS[0], templates=("study-notes",))
    await open_reviewed(scene)
    page = scene.window.results.page_shown
    assert page is not None
    page.statements.review.click()


async def doubt(scene: Scene) -> None:
    """A doubtful statement is selected, in a note with missing parts."""
    scene.order(IDS[0], templates=("study-notes",))
    await open_reviewed(scene, missing=("key terms", "review questions"))
    page = scene.window.results.page_shown
    assert page is not None
    page.step_to_doubt(1)


PEN = """In 1885 Ebbinghaus learnt **syllables** by heart. [^1] Half was gone within an hour. [^2]

- what is learnt is *forgotten* `fast` at first [^3]
- then more slowly"""


async def edited(scene: Scene) -> None:
    """A note is being edited; one statement is the user's own."""
    scene.order(IDS[0], templates=("study-notes",))
    cites = tuple(Cite(60.0 * n, 60.0 * n + 9, n != 2, n) for n in (1, 2, 3))
    headings = ("The forgetting curve", "Recall", "Spacing")
    sections = tuple(Section(heading, cites, PEN, PEN, PEN) for heading in headings)
    note = replace(make_note(), sections=sections, id="n1")
    scene.fakes.store.notes["n1"] = note
    scene.fakes.runner.versions = scene.fakes.store
    scene.fakes.runner.finish(next(iter(scene.fakes.board)), note)
    await settle()
    scene.window.editing.toggle()
    page = scene.window.results.page_shown
    assert page is not None
    await settle()
    field = page.findChild(QPlainTextEdit, "noteEdit")
    assert field is not None
    field.setPlainText(field.toPlainText().replace("Half was gone", "Half of it was gone", 1))
    await settle()


async def compared(scene: Scene) -> None:
    """The edited note beside the version of its model."""
    await edited(scene)
    page = scene.window.results.page_shown
    assert page is not None
    field = page.findChild(QPlainTextEdit, "noteEdit")
    assert field is not None
    text = field.toPlainText()
    text = text.replace("## Recall", "## Recalling").replace("- then more slowly", "", 1)
    field.setPlainText(text + "\n## My own\n\nRead *Make it stick*. [3:10]\n")
    page.findChild(QToolButton, "compareButton").click()
    await settle()


async def remarks(scene: Scene) -> None:
    """A note with highlights, one of them selected, and highlights in its transcript."""
    await edited(scene)
    scene.window.editing.toggle()
    await settle()
    page = scene.window.results.page_shown
    assert page is not None
    curve = "The forgetting curve"
    said = (
        ("learnt syllables by heart", "He was his own only subject!", "yellow", curve),
        ("forgotten fast", "", "green", "Recall"),
        ("then more slowly", "Is that a power law?", "pink", "Spacing"),
        ("words that were cut", "Kept all the same", "blue", "Spacing"),
    )
    made = tuple(
        Remark(str(n), quote, text, color, section, "standard")
        for n, (quote, text, color, section) in enumerate(said)
    )
    spoken = Remark("s", "So he tested himself.", "", "green", start_s=5.0)
    note = replace(scene.fakes.store.notes["n1"], remarks=(*made, spoken))
    scene.fakes.store.notes["n1"] = note
    scene.window.results.revise(note)
    await settle()
    scene.window.remarks.toggle()
    pane = page.editor
    assert isinstance(pane, RemarksPane)
    pane.choose("0", say=False)


async def read_edited(scene: Scene) -> None:
    """The edited note, shown as read."""
    await edited(scene)
    scene.window.editing.toggle()
    await settle()


async def again(scene: Scene) -> None:
    """The dialog for rewriting a note."""
    await edited(scene)
    scene.window.editing.toggle()
    await settle()
    scene.window.writing_again.open()
    await settle()


async def waiting(scene: Scene) -> None:
    """A new version of a note is waiting for the user's decision."""
    await edited(scene)
    scene.window.editing.toggle()
    await settle()
    note = await scene.fakes.store.get("n1")
    new = PEN.replace("more slowly", "more slowly, so review it after a day and a week").replace(
        "by heart", "over and over"
    )
    sections = (note.sections[0], replace(note.sections[1], standard=new), note.sections[2])
    wanted = RewriteScope("n1", 1, heading="Recall")
    revision = Revision(
        Origin.AGAIN, wanted.about, "j", wanted.text, model="gemini-3.5-flash", wish="more examples"
    )
    await scene.fakes.store.add_version(replace(note, sections=sections), revision)
    page = scene.window.results.page_shown
    assert page is not None
    page.content_changed.emit()
    await settle()


async def choosing(scene: Scene) -> None:
    """The old and the new version side by side."""
    await waiting(scene)
    page = scene.window.results.page_shown
    assert page is not None
    scene.window.writing_again.compare(page)
    await settle()


async def guide(scene: Scene) -> None:
    """The dialog for a guide over several videos of the library."""
    videos = [
        make_video(one, title=title)
        for one, title in zip(IDS, ("How memory works", LONG, "Let's build GPT"), strict=False)
    ]
    scene.window.guides.ask(videos)
    await settle()


async def open_reviewed(scene: Scene, *, missing: tuple[str, ...] = ()) -> None:
    texts = ("Recall helps. [^1] Rereading helps more. [^2]",) * 3
    cites = (
        Cite(60.0, 80.0, True, 1, review=Review(Says.YES)),
        Cite(90.0, 99.0, True, 2, review=Review(Says.NO, "It helps less than recall")),
    )
    sections = (Section("How to learn", cites, *texts),)
    note = replace(make_note(), sections=sections, id="n1", missing=missing)
    scene.fakes.runner.finish(next(iter(scene.fakes.board)), note)
    await settle()


async def pictures(scene: Scene) -> None:
    """A note with pictures from a video and a storyboard, one of them enlarged."""
    scene.order(IDS[0], templates=("tutorial-guide",))
    texts = ("Draw three boxes, and an arrow from each to the next. [^1]",) * 3
    note = replace(
        make_note(template="tutorial-guide"),
        sections=tuple(
            Section(f"Step {n}: {what}", (Cite(60.0 * n, 60.0 * n + 9, True, 1),), *texts)
            for n, what in enumerate(("draw the stack", "turn it into a queue", "compare"), 1)
        ),
        id="n1",
    )
    for n, (at_s, title, size) in enumerate(
        ((62.0, "Stacks", (960, 540)), (121.0, "Queues", (320, 180)), (185.0, "Heaps", (360, 640)))
    ):
        note = with_picture(note, n, a_picture(at_s, title, size=size))
    scene.fakes.runner.finish(next(iter(scene.fakes.board)), note)
    await settle()
    page = scene.window.results.page_shown
    assert page is not None
    page.view.links.picture_activated.emit(note.sections[0].pictures[0])


STATES: dict[str, Callable[[Scene], Coroutine[Any, Any, None]]] = {
    "empty": empty,
    "chips": chips,
    "running": running,
    "overnight": overnight,
    "overnight_order": overnight_order,
    "failed": failed,
    "changed": changed,
    "finished": finished,
    "reading": reading,
    "long": long,
    "library": library,
    "dragging": dragging,
    "settings": settings,
    "templates": templates,
    "connections": connections,
    "playlist": playlist,
    "many": many,
    "over": over,
    "left_out": left_out,
    "gone": gone,
    "short": short,
    "queue": queue,
    "paused": paused,
    "activity": activity,
    "recent": recent,
    "unfinished": unfinished,
    "second_look": second_look,
    "doubt": doubt,
    "pictures": pictures,
}


def _cards() -> Note:
    cites = (Cite(155.0, 166.0, True, 1), Cite(249.0, 262.0, False, 2, Doubt.NUMBER, "84"))
    brief = "Bring it back from memory. [^1]"
    full = (
        "You try to **bring something back from memory** before you look it up. [^1]\n\n"
        "- It beats rereading by far, for 84 of 100 students. [^2]\n"
        "- The curve falls as $R = e^{-t/S}$, so the gaps may grow."
    )
    gap = "Rereading feels like learning, but it mostly produces ___."
    options = "- A) in the evening\n- B) after a day\n- C) at once\n- D) never"
    sections = (
        Section("What is retrieval practice, and why does it work?", cites, brief, full, full),
        Section(gap, cites[:1], "**familiarity** [^1]", "**familiarity** [^1]", ""),
        Section("When is forgetting fastest?", (), *[f"{options}\n\n**C** at once."] * 3),
    )
    note = make_note(template="flashcards", video=make_video(IDS[0]), note_id="cards")
    return replace(note, title="How to remember what you learn", sections=sections)


async def mind_map(scene: Scene) -> None:
    text = "\n".join(
        f"- {name} [^{n}]\n  - so that it is kept for years\n  - and found again\n    - by its cue"
        for n, name in enumerate(("Bring it back", "Spread it out", "Mix the problems"), start=1)
    )
    cites = tuple(Cite(60.0 * n, 60.0 * n + 9, n != 2, n) for n in (1, 2, 3))
    sections = tuple(
        Section(heading, cites, text, text, text)
        for heading in ("Why rereading deceives", "Retrieval practice", "A week", "Limits")
    )
    note = make_note(template="mind-map", video=make_video(IDS[0]), note_id="map")
    scene.window.results.open_note(replace(note, title="How to remember", sections=sections))
    await settle()
    page = scene.window.results.page_shown
    assert page is not None
    page.map_button.click()


async def practice(scene: Scene) -> None:
    scene.fakes.store.notes["cards"] = _cards()
    scene.window.library.refresh()
    scene.window.page_switch.choose("practice")
    await settle()


async def practice_turned(scene: Scene) -> None:
    await practice(scene)
    scene.window.practice.turn()


async def _know(scene: Scene) -> None:
    scene.window.practice.turn()
    scene.window.practice.answer_buttons[Rating.EASY].click()
    await settle()


async def practice_cloze(scene: Scene) -> None:
    await practice(scene)
    await _know(scene)
    scene.window.practice.turn()


async def practice_quiz(scene: Scene) -> None:
    await practice(scene)
    await _know(scene)
    await _know(scene)


async def practice_end(scene: Scene) -> None:
    await practice_quiz(scene)
    await _know(scene)


async def practice_empty(scene: Scene) -> None:
    scene.window.page_switch.choose("practice")


STATES |= {
    each.__name__: each
    for each in (
        edited,
        compared,
        read_edited,
        remarks,
        selected,
        again,
        waiting,
        choosing,
        guide,
        mind_map,
        practice,
        practice_turned,
        practice_cloze,
        practice_quiz,
        practice_end,
        practice_empty,
    )
}


async def picture(app: QApplication, folder: Path, state: str) -> None:
    for theme in ("light", "dark"):
        fakes = FakeServices()
        fakes.settings.change({"appearance.theme": theme})
        window = MainWindow(
            fakes.settings,
            fakes.templates,
            fakes.board,
            resources=RESOURCES,
            sample=next((RESOURCES / "samples").iterdir()),
            now=fakes.clock,
            templates_folder=folder / "templates",
        )
        window.show()
        window.setMinimumSize(0, 0)
        window.attach(fakes.ports)
        await STATES[state](Scene(fakes, window))
        for width, height in SIZES:
            window.resize(width, height)
            await settle()
            window.grab().save(str(folder / f"{state}-{theme}-{width}.png"))
        for dialog in window.findChildren(QDialog):
            if dialog.isVisible():
                dialog.grab().save(str(folder / f"{state}-{theme}-dialog.png"))
                dialog.reject()
        await settle()
        fakes.runner.cancel_all()
        gone = asyncio.get_running_loop().create_future()
        window.closed.connect(lambda gone=gone: gone.set_result(None))
        window.close()
        await gone
        window.deleteLater()
    apply_theme(app, "system")


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m tests.ui.screens")
    asked.add_argument("folder", type=Path)
    asked.add_argument("states", nargs="*", default=STATES, metavar="STATE")
    asked.add_argument("--language", default="en", metavar="TAG")
    options = asked.parse_intermixed_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    app = QApplication(sys.argv[:1])
    app.setQuitOnLastWindowClosed(False)
    speak_in_window(app, options.language)
    loop = qasync.QEventLoop(app)
    with loop:
        for state in options.states:
            loop.run_until_complete(picture(app, options.folder, state))


if __name__ == "__main__":
    main()
