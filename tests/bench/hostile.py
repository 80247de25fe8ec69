"""Texts that are built to be slow, and long ones: the slowest of each kind, in processor time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from notegen_desktop.domain.checks.grounding import ground
from notegen_desktop.domain.links.drops import links_from_html
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Cite, Draft, DraftSection, Level, Section
from notegen_desktop.domain.text.file_names import safe_name
from notegen_desktop.services.exports import Exports
from notegen_desktop.services.exports.scripts import script_runs
from notegen_desktop.services.markup.code import coloured
from notegen_desktop.services.markup.html import to_html
from notegen_desktop.services.markup.typesetting import outline
from notegen_desktop.services.sources.captions import read_caption_file
from notegen_desktop.services.writers.decoding import DraftDecoder
from tests.domain.links.test_drops import BROKEN_MARKUP
from tests.domain.links.test_links import JUNK
from tests.domain.talks import FOLDER, retold, spoken, talk
from tests.fakes.notes import a_note
from tests.services.exports.test_office_files import long_texts, note_of
from tests.services.markup.test_formulas import DEEP, LANGUAGES, SLOW_CODE
from tests.services.markup.test_markdown_html import HOSTILE as MARKDOWN
from tests.services.writers.test_decoding import note, section
from tests.services.writers.test_near_json import HOSTILE

SIZE = 1_000_000
TITLES = ("a", "\u0301", "\u202e", " .")
GROWTH = 4
MARKUP_LIMIT_S = 0.2
VIDEO = Video("v", "https://www.youtube.com/watch?v=v")
TWO_HOURS = "scotus-sffa-v-unc_2022.en.vtt"


def measure() -> dict[str, float]:
    """Seconds for a megabyte (of an answer for 100,000 characters); `growth`: how many times as
    long something takes that is four times as long."""
    return {
        "hostile_links_s": max(_seconds(find_links, _filled(junk)) for junk in JUNK),
        "hostile_markup_s": max(_seconds(links_from_html, _filled(junk)) for junk in BROKEN_MARKUP),
        "hostile_titles_s": max(_seconds(safe_name, _filled(sign)) for sign in TITLES),
        "hostile_answers_s": max(
            _seconds(_read_at_once, text[:100_000]) for text in HOSTILE.values()
        ),
        "hostile_markdown_s": max(_seconds(_shown, text) for text in MARKDOWN.values()),
        "hostile_formulas_s": max(_seconds(_formulas, text) for text in DEEP),
        "hostile_code_s": max(_seconds(_colours, code) for code in SLOW_CODE),
        "hostile_scripts_s": _seconds(_runs, "א" + " \u05b0" * 100_000 + "x" + "،" * 100_000),
        "hostile_statement_s": _seconds(_checked, "Not the same word again " * 4_000),
        "long_answer_s": _seconds(_read, _answer(SIZE)),
        "document_growth": max(_growth(kind) for kind in long_texts(1)),
        "slides_growth": _slides(60 * GROWTH) / _slides(60),
        **(_two_hours() if (FOLDER / TWO_HOURS).exists() else {}),
    }


def _filled(junk: str) -> str:
    return junk * (SIZE // len(junk))


def _seconds(work: Callable[[str], object], text: str) -> float:
    begun = time.process_time()
    work(text)
    return time.process_time() - begun


def _read(text: str) -> None:
    decoder = DraftDecoder()
    for start in range(0, len(text), 100):
        decoder.feed(text[start : start + 100])
    decoder.finish()


def _read_at_once(text: str) -> None:
    decoder = DraftDecoder()
    decoder.feed(text)
    decoder.finish()


def _shown(text: str) -> None:
    to_html(text, limit_s=MARKUP_LIMIT_S)


def _formulas(text: str) -> None:
    to_html(text, limit_s=MARKUP_LIMIT_S)
    outline(text)


def _colours(code: str) -> None:
    for language in LANGUAGES:
        list(coloured(code, language))


def _runs(text: str) -> None:
    list(script_runs(text, right_to_left=True))


def _answer(size: int) -> str:
    each = "Sand sinks where the water is slow. " * 60
    texts = dict.fromkeys(("concise", "standard", "comprehensive"), each)
    return json.dumps(note(*(section(f"H{n}", **texts) for n in range(size // (3 * len(each))))))


def _checked(statement: str) -> None:
    """One statement of 100,000 characters, compared with a talk that repeats itself as well."""
    said = spoken(*["the same word not the same word again " * 30] * 100)
    one = DraftSection("", (), f"{statement}[5]", "", "")
    ground(Draft("t", (one,), whole=True), transcript=said, video=VIDEO)


def _two_hours() -> dict[str, float]:
    """A real talk read from its captions; a note of thirty sections on it, grounded."""
    words = talk(TWO_HOURS)
    draft = retold(words, seed=3, sections=30, keep=0.7).draft
    return {
        "two_hours_read_s": _seconds(lambda name: read_caption_file(FOLDER / name), TWO_HOURS),
        "two_hours_checked_s": _seconds(
            lambda _: ground(draft, transcript=words, video=VIDEO), TWO_HOURS
        ),
    }


def _growth(kind: str) -> float:
    def render(text: str) -> None:
        Exports().render(note_of(text), "docx", Level.STANDARD)

    short, long = (long_texts(count)[kind] for count in (1500, 1500 * GROWTH))
    return _seconds(render, long) / _seconds(render, short)


def _slides(count: int) -> float:
    one = Section("Heading", (Cite(1.0, 2.0, True),), "x", "x", "x")
    show = a_note(sections=(one,) * count)
    return _seconds(lambda _: Exports().render(show, "pptx", Level.STANDARD), "")
