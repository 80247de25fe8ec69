"""Notes leave the program whole in every format, and nothing in them does harm."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from notegen_desktop.domain.errors import FormatUnavailable
from notegen_desktop.domain.notes.note import Engine, Level, Note, Section
from notegen_desktop.services.exports import FORMATS, Exports
from tests.fakes.notes import VIDEO, a_note

LONG_MARKDOWN = """Intro **bold** *it* ~~no~~ `x < y` [link](https://a.example/c?d=1&e=2)

3. three
4. four
   - sub
     1. deep

> quote

```py
x = "<b>"
```

| a | b |
|---|--:|
| 1 | **2** |

### Inner heading

---
![pixel](https://t.example/p.png) <script>alert(1)</script> [bad](javascript:alert(1))
"""


def test_a_channel_of_the_other_direction_does_not_turn_the_facts_round() -> None:
    from notegen_desktop.services.exports.page import render

    video = replace(a_note().video, channel="قناة العلوم")
    page = render(a_note(video=video), Level.STANDARD).decode()
    (line,) = (line for line in page.splitlines() if 'class="facts"' in line)
    assert "<bdi>قناة العلوم</bdi> · " in line
    assert "dir=" not in line


def test_every_format_is_named_and_ends_as_it_should(tmp_path: Path) -> None:
    assert set(Exports().formats()) == set(FORMATS)
    for name in Exports().formats():
        path = Exports().save(a_note(), tmp_path, name, Level.STANDARD, stem=name)
        assert path.name == name + FORMATS[name].ending
        assert path.stat().st_size


def test_a_pdf_links_into_a_video_of_any_site() -> None:
    video = replace(VIDEO, provider="vimeo", url="https://vimeo.com/76979871")
    pdf = Exports().render(a_note(video=video), "pdf", Level.STANDARD)
    linked = re.findall(rb"/URI \((https://vimeo[^)]*)\)", pdf)
    assert linked
    assert all(re.fullmatch(rb"https://vimeo.com/76979871#t=\d+", link) for link in linked)


@pytest.mark.parametrize("name", ["exe", "", "../md"])
def test_what_cannot_be_written_says_so(name: str) -> None:
    with pytest.raises(FormatUnavailable):
        Exports().render(a_note(), name, Level.STANDARD)


def test_a_missing_package_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from notegen_desktop.services.exports import registry

    monkeypatch.setattr(registry, "find_spec", lambda name: None)
    assert Exports().formats() == ("md", "html", "json", "epub", "svg", "opml", "markmap")
    with pytest.raises(FormatUnavailable) as caught:
        Exports().render(a_note(), "docx", Level.STANDARD)
    assert "pip install" in caught.value.hint


NASTY = "a\0b\ud800\x0b\x1f\ufffe<b>&amp;]]>\u202e"


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("level", Level)
def test_hostile_text_is_written_in_every_format(name: str, level: Level) -> None:
    text = NASTY + "\n\n" + LONG_MARKDOWN
    section = Section(NASTY, a_note().sections[0].cites, text, text, text)
    video = replace(VIDEO, title=NASTY, channel=NASTY, url="javascript:alert(1)")
    note = a_note(
        title=NASTY, video=video, sections=(section, section), template=NASTY, model=NASTY
    )
    assert Exports().render(note, name, level)


def test_the_map_of_a_note_is_drawn_and_outlined_without_a_window() -> None:
    note = a_note(sections=(Section("睡眠 & rest", (), *["- one\n    - two <b>"] * 3),))
    made = (Exports().render(note, name, Level.STANDARD) for name in ("svg", "opml"))
    drawn, outline = map(ElementTree.fromstring, made)
    words = [note.title, "睡眠 & rest", "one", "two <b>"]
    assert [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}text")] == words
    assert [each.get("text") for each in outline.iter("outline")] == words[1:]
    markmap = Exports().render(note, "markmap", Level.STANDARD).decode()
    assert "## 睡眠 & rest\n\n- one\n  - two" in markmap


def test_json_is_the_note_as_other_programs_know_it() -> None:
    data = json.loads(Exports().render(a_note(), "json", Level.CONCISE))
    assert data == a_note().to_json()
    assert "id" not in data


def test_markdown_is_the_level_asked_for() -> None:
    text = Exports().render(a_note(), "md", Level.CONCISE).decode()
    assert "**pressure**" in text
    assert "towers" not in text


class Page(HTMLParser):
    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


def page_of(note: Note, level: Level = Level.STANDARD) -> Page:
    return Page(Exports().render(note, "html", level))


def test_a_page_holds_all_levels_and_shows_the_one_asked_for() -> None:
    for level in Level:
        page = page_of(a_note(), level)
        checked = [radio["id"] for radio in page.all("input") if "checked" in radio]
        assert checked == [f"level-{level}"]
        shown = {div["class"] for div in page.all("div")}
        assert {"concise", "standard", "comprehensive"} <= shown


def test_a_page_links_each_cite_to_its_moment() -> None:
    links = [link["href"] for link in page_of(a_note()).all("a")]
    assert f"{VIDEO.url}&t=221s" in links
    assert f"{VIDEO.url}&t=1300s" in links


def test_a_page_fetches_and_runs_nothing() -> None:
    section = Section("<img src=x>", (), LONG_MARKDOWN, LONG_MARKDOWN, LONG_MARKDOWN)
    video = replace(VIDEO, url='javascript:alert("1")')
    page = page_of(a_note(sections=(section,) * 5, video=video, title="</title><script>1"))
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "img", "iframe", "link", "object", "base", "form"}
    for link in page.all("a"):
        assert (link["href"] or "").startswith(("https://", "#s"))
    policy = next(m for m in page.all("meta") if m.get("http-equiv"))
    assert (policy["content"] or "").startswith("default-src 'none'")


def test_a_page_says_how_the_note_was_made() -> None:
    quoted = Exports().render(a_note(engine=Engine.OFFLINE), "html", Level.STANDARD).decode()
    assert "without a language model" in quoted
    assert "Written by gemini" in Exports().render(a_note(), "html", Level.STANDARD).decode()


def test_a_section_without_a_heading_has_none_on_a_page_and_a_link_that_can_be_seen() -> None:
    sections = (Section("", (), *["Mine."] * 3), *[Section("On", (), *["x"] * 3)] * 3)
    page = Exports().render(a_note(sections=sections), "html", Level.STANDARD).decode()
    assert page.count("<h2") == 3
    assert '<li><a href="#s1" dir="auto">…</a></li>' in page


def test_a_page_reads_in_the_direction_of_its_language() -> None:
    assert page_of(a_note(language="ar")).all("html") == [{"lang": "ar", "dir": "rtl"}]
    assert page_of(a_note(language="de-AT")).all("html") == [{"lang": "de-AT", "dir": "ltr"}]


@pytest.mark.parametrize("name", ["html", "docx", "pptx"])
def test_a_name_is_not_said_twice(name: str) -> None:
    from notegen_desktop.services.exports.page import facts

    film = replace(VIDEO, title="Lecture", url="/home/me/lecture.mp4", provider="file")
    said = [fact.text for fact in facts(a_note(title="Lecture", video=film))]
    assert said == ["The Workshop", "1:00:00"]
    assert [fact.text for fact in facts(a_note(video=film))] == ["Lecture", *said]
    bare = replace(film, channel="", duration_s=None)
    assert facts(a_note(title="Lecture", video=bare)) == []
    assert Exports().render(a_note(title="Lecture", video=bare), name, Level.STANDARD)


def rich_note() -> Note:
    section = a_note().sections[0]
    rich = replace(section, concise=LONG_MARKDOWN, standard=LONG_MARKDOWN)
    return a_note(sections=(rich, a_note().sections[1]))


def test_a_word_document_has_real_headings_lists_tables_and_links() -> None:
    from docx import Document

    content = Exports().render(rich_note(), "docx", Level.STANDARD)
    document = Document(io.BytesIO(content))
    styles: dict[str, list[str]] = {}
    for paragraph in document.paragraphs:
        styles.setdefault(paragraph.style.name if paragraph.style else "", []).append(
            paragraph.text
        )
    assert styles["Heading 1"] == [s.heading for s in a_note().sections]
    assert styles["List Number"] == ["three", "four"]
    assert styles["List Bullet 2"] == ["sub"]
    assert styles["Heading 4"] == ["Inner heading"]
    assert [[c.text for c in row.cells] for row in document.tables[0].rows] == [
        ["a", "b"],
        ["1", "2"],
    ]
    addresses = {link.address for p in document.paragraphs for link in p.hyperlinks}
    assert {f"{VIDEO.url}&t=221s", VIDEO.url, "https://a.example/c?d=1&e=2"} <= addresses
    assert all(address.startswith("https://") for address in addresses)
    numbering = zipfile.ZipFile(io.BytesIO(content)).read("word/numbering.xml").decode()
    assert '<w:startOverride w:val="3"/>' in numbering


def slides_of(note: Note, level: Level) -> list[Any]:
    from pptx import Presentation

    return list(Presentation(io.BytesIO(Exports().render(note, "pptx", level))).slides)


def test_slides_show_a_section_each_and_say_the_rest() -> None:
    note = a_note(template="presentation-slides")
    slides = slides_of(note, Level.CONCISE)
    assert [slide.shapes.title.text for slide in slides] == [
        note.title,
        *(section.heading for section in note.sections),
    ]
    assert slides[2].placeholders[1].text == "A cable only pulls."
    spoken = slides[2].notes_slide.notes_text_frame.text
    assert spoken.startswith("A cable only pulls; towers carry it, anchors hold it.")
    assert "21:40" in spoken


@pytest.mark.parametrize("level", Level)
def test_a_slide_is_concise_whatever_level_is_asked_for(level: Level) -> None:
    slides = slides_of(a_note(), level)
    assert slides[2].placeholders[1].text == a_note().sections[1].concise


@pytest.mark.parametrize("text", ["word " * 2000, "长" * 4000, "x" * 9000, "- item\n" * 200])
def test_text_too_long_for_a_slide_goes_on_to_the_next(text: str) -> None:
    note = a_note(sections=(Section("Long", (), text, text, "said"),))
    slides = slides_of(note, Level.STANDARD)[1:]
    assert len(slides) > 3
    assert [slide.shapes.title.text for slide in slides[:2]] == ["Long", "Long (2)"]
    shown = "".join(slide.placeholders[1].text for slide in slides)
    letters = [c for c in text if c not in " \n-"]
    assert [c for c in shown if c not in " \n"] == letters


def deck_of(note: Note, tmp_path: Path) -> list[tuple[str, str, str]]:
    """Guid, tags and fields of every card's note."""
    content = Exports().render(note, "anki", Level.CONCISE)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extract("collection.anki2", tmp_path)
    connection = sqlite3.connect(tmp_path / "collection.anki2")
    try:
        rows: list[tuple[str, str, str]] = connection.execute(
            "SELECT guid, tags, flds FROM notes ORDER BY id"
        ).fetchall()
    finally:
        connection.close()
    return rows


def test_a_deck_asks_and_answers(tmp_path: Path) -> None:
    note = a_note(template="flashcards")
    cards = deck_of(note, tmp_path)
    assert len(cards) == 2
    question, answer, source = cards[0][2].split("\x1f")
    assert question == "What an arch does"
    assert answer == "<p>An arch turns weight into <strong>pressure</strong>.</p>\n"
    assert "&amp;t=221s" in source
    assert cards[0][1].split() == ["notegen", "flashcards", "The-Workshop", "doubtful"]


def test_of_a_quiz_the_options_are_asked_and_the_reason_is_the_answer(tmp_path: Path) -> None:
    options = "- A) Sand\n- B) Silt\n- C) Mud\n- D) Clay"
    text = f"{options}\n\n**B** Silt, because it is light."
    note = a_note(template="quiz", sections=(Section("What floats?", (), text, text, text),))
    ((_, _, fields),) = deck_of(note, tmp_path)
    question, answer, _ = fields.split("\x1f")
    assert question.startswith("What floats?")
    assert all(f"{letter})" in question for letter in "ABCD")
    assert "because" not in question
    assert "because it is light" in answer
    assert "Sand" not in answer


@pytest.mark.parametrize(
    "sign", ["[sound:https://t.example/x.mp3]", "[anki:tts lang=en]", "[latex]", "[/LaTeX]", "[$]"]
)
def test_a_deck_gives_anki_no_commands(sign: str, tmp_path: Path) -> None:
    video = replace(VIDEO, title=sign, channel=sign)
    note = a_note(title=sign, video=video, sections=(Section(sign, (), *[f"see {sign}"] * 3),))
    ((_, _, fields),) = deck_of(note, tmp_path)
    assert sign not in fields
    assert seen(fields).count(sign) == 3


def test_a_deck_imported_anew_changes_its_cards(tmp_path: Path) -> None:
    before = [card[0] for card in deck_of(a_note(), tmp_path)]
    reworded = tuple(replace(s, concise="Other words.") for s in a_note().sections)
    after = [card[0] for card in deck_of(a_note(sections=reworded, title="Other"), tmp_path)]
    assert before == after
    assert len(set(before)) == len(before)
    twice = a_note(sections=a_note().sections[:1] * 2)
    assert len({card[0] for card in deck_of(twice, tmp_path)}) == 2
    other = [card[0] for card in deck_of(a_note(template="chapters"), tmp_path)]
    assert not set(before) & set(other)


# --- all of the text, at every level, as written -------------------------------------------------


def words_of(note: Note, name: str, level: Level) -> str:
    """All text that a reader of the file sees, its formats and line breaks apart."""
    content = Exports().render(note, name, level)
    match name:
        case "docx":
            from docx import Document

            document = Document(io.BytesIO(content))
            found = [paragraph.text for paragraph in document.paragraphs]
        case "pptx":
            from pptx import Presentation

            slides = Presentation(io.BytesIO(content)).slides
            found = [s.text_frame.text for each in slides for s in each.shapes if s.has_text_frame]
        case "anki":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                collection = archive.read("collection.anki2")
            connection = sqlite3.connect(":memory:")
            connection.deserialize(collection)
            found = [seen(row[0]) for row in connection.execute("SELECT flds FROM notes")]
            (decks,) = connection.execute("SELECT decks FROM col").fetchone()
            found += [seen(deck["desc"]) for deck in json.loads(decks).values()]
            connection.close()
        case "html":
            found = [seen(content.decode())]
        case _:
            found = [content.decode()]
    return " ".join(" ".join(found).split())


def seen(page: str) -> str:
    found: list[str] = []
    parser = HTMLParser()
    parser.handle_data = found.append  # type: ignore[method-assign]
    parser.feed(page)
    return "".join(found)


READABLE = ["md", "html", "docx", "pptx", "anki"]


@pytest.mark.parametrize("name", READABLE)
@pytest.mark.parametrize("level", Level)
def test_a_level_that_lacks_shows_the_nearest_in_every_format(name: str, level: Level) -> None:
    for only in Level:
        section = Section("Heading", (), **{only.value: "The only words."})
        assert "The only words." in words_of(a_note(sections=(section,)), name, level)


@pytest.mark.parametrize("name", READABLE)
def test_a_long_text_is_whole_and_formatted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    text = "\n\n".join(f"- **W{number}** is a word" for number in range(1000)) + "\n\nEND"
    note = a_note(sections=(Section("Heading", (), text, text, text),))
    # Other programs keep this machine busy for a minute at each look at the clock.
    minutes = iter(range(0, 10**9, 60))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(minutes)))
    shown = words_of(note, name, Level.COMPREHENSIVE)
    assert all(f"W{number}" in shown for number in range(1000))
    assert "END" in shown
    assert ("**" in shown) == (name == "md")


LACKS = "This note lacks the section “Key takeaways” and its end."


@pytest.mark.parametrize("name", READABLE)
def test_every_file_says_what_the_note_lacks(name: str) -> None:
    told = words_of(a_note(missing=("the section “Key takeaways”", "its end")), name, Level.CONCISE)
    assert LACKS in told
    assert "This note lacks" not in words_of(a_note(), name, Level.CONCISE)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_no_file_gives_away_the_feed_that_an_episode_came_from(name: str) -> None:
    secret = "https%3A%2F%2Fp.example%2Frss%3Fauth%3DSeCrEt"
    url = f"https://cdn.example/1.mp3#episode=0123456789ab&feed={secret}"
    data = Exports().render(
        a_note(video=replace(VIDEO, provider="podcast", url=url)), name, Level.STANDARD
    )
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = b"".join(archive.read(each) for each in archive.namelist())
    assert b"SeCrEt" not in data
