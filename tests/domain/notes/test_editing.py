"""A note that its reader edits: nothing is lost,, and nothing claimed of what the reader wrote."""

from __future__ import annotations

import random
import re
from dataclasses import replace

import pytest
from hypothesis import example, given

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.editing import beyond_the_end, editable, edited, with_edits
from notegen_desktop.domain.notes.note import Cite, Doubt, Level, Note, Picture, Section
from tests.fakes.notes import a_note
from tests.properties import texts

CITES = (
    Cite(118.0, 125.0, True, 1),
    Cite(300.0, 310.0, False, 2, Doubt.NAME, "Ada"),
    Cite(10.0, 20.0, True, 0),
)
TEXT = "It halts. [^1] Ada said so. [^2]\n\n- an item [^1]\n- another"
HALTING = Section(
    "Halting", CITES, "It halts. [^1]", TEXT, "At length. [^2]", (Picture(1.0, 2, 2, b"x"),)
)
NOTE = a_note(sections=(HALTING, *a_note().sections))
SHOWN = editable(NOTE, Level.STANDARD)


def changed(*pairs: tuple[str, str], note: Note = NOTE) -> Note:
    text = editable(note, Level.STANDARD)
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return edited(note, text, Level.STANDARD)


def test_times_stand_in_brackets_under_the_headings() -> None:
    assert SHOWN.startswith(
        "# Why a bridge does not fall\n\n## Halting\n\nIt halts. [1:58] Ada said so. [5:00]\n\n"
    )


@pytest.mark.parametrize("level", Level)
def test_what_is_not_changed_stays_to_the_letter(level: Level) -> None:
    odd = replace(HALTING, heading="C#  and\n$x$ ", standard="## Inner\n\n```\n## code\n```\n\n")
    for note in (NOTE, replace(NOTE, sections=(odd, replace(odd, heading=""), *NOTE.sections))):
        assert edited(note, editable(note, level), level) == note


def test_another_word_makes_a_statement_the_readers_and_leaves_the_others() -> None:
    section = changed(("Ada said so.", "Grace said so.")).sections[0]
    assert section.own == ("Grace said so.",)
    assert section.standard == TEXT.replace("Ada said so. [^2]", "Grace said so. [^3]")
    assert section.cites == (*CITES, Cite(300.0, 310.0, None, 3))
    assert (section.concise, section.comprehensive) == (HALTING.concise, HALTING.comprehensive)
    assert section.pictures == HALTING.pictures
    assert section.statements.cited == HALTING.statements.cited - 1


def test_what_is_put_back_is_what_it_was() -> None:
    once = changed(("Ada said so.", "Grace said so."))
    text = editable(once, Level.STANDARD).replace("Grace", "Ada")
    assert edited(NOTE, text, Level.STANDARD) == NOTE
    back = edited(once, text, Level.STANDARD, known=[NOTE])
    assert back.sections[0].own == ()
    assert back.sections[0].statements == HALTING.statements


def test_a_time_that_is_moved_is_a_place_of_which_nothing_is_claimed() -> None:
    section = changed(("[5:00]", "[4:59]")).sections[0]
    assert section.own == ()
    assert [c for c in section.cites if c.start_s == 299.0] == [Cite(299.0, 299.0, None, 3)]
    assert section.statements.verified == HALTING.statements.verified


def test_a_time_beyond_the_end_of_the_video_is_in_doubt_and_its_words_stay() -> None:
    note = replace(NOTE, video=replace(NOTE.video, duration_s=400.4))
    section = changed(("It halts.", "Mine. [6:40] Late. [6:42] It halts."), note=note).sections[0]
    assert section.standard.startswith("Mine. [^3] Late. [^4] It halts. [^1]")
    assert section.cites[3:] == (
        Cite(400.0, 400.0, None, 3),
        Cite(402.0, 402.0, False, 4, Doubt.PLACE),
    )
    assert beyond_the_end(replace(note, sections=(section,))) == [section.cites[4]]
    unknown = replace(NOTE, video=replace(NOTE.video, duration_s=None))
    section = changed(("It halts.", "Late. [99:59] It halts."), note=unknown).sections[0]
    assert section.cites[-1] == Cite(5999.0, 5999.0, None, 3)


def test_a_new_time_of_a_guide_is_in_the_video_that_its_number_names() -> None:
    videos = tuple(Video(each, f"https://example.com/{each}", duration_s=90.0) for each in "ab")
    course = Video("c", "", "course", duration_s=180.0)
    note = replace(NOTE, video=course, videos=videos, sections=(Section("One", standard="Said."),))
    text = "# T\n\n## One\n\nHere. [2 · 1:00] There. [2 · 1:40] Nowhere. [3 · 1:00]\n"
    section = edited(note, text, Level.STANDARD).sections[0]
    assert section.cites == (
        Cite(60.0, 60.0, None, 1, video=videos[1], video_number=2),
        Cite(100.0, 100.0, False, 2, Doubt.PLACE, video=videos[1], video_number=2),
    )
    assert section.standard == "Here. [^1] There. [^2] Nowhere. [3 · 1:00]"


def test_a_statement_that_moves_to_another_section_keeps_its_time() -> None:
    note = changed(
        (" Ada said so. [5:00]", ""),
        ("along its curve.", "along its curve. Ada said so. [5:00]"),
    )
    assert note.sections[1].own == ()
    assert replace(CITES[1], n=1) in note.sections[1].cites
    assert CITES[1] in note.sections[0].cites  # the comprehensive text has it still
    assert note.sections[0].standard == TEXT.replace(" Ada said so. [^2]", "")


def test_sections_are_known_by_heading_words_or_place() -> None:
    first, second, third = NOTE.sections
    renamed = changed(("## Halting", "## Stopping"))
    assert renamed.sections[0] == replace(first, heading="Stopping")
    both = changed(("## Halting", "## Stopping"), ("- another", "- one more"))
    assert (both.sections[0].heading, both.sections[0].concise) == ("Stopping", first.concise)
    blocks = re.split(r"(?m)^(?=## )", SHOWN)
    moved = edited(NOTE, "".join([blocks[0], blocks[3], blocks[1], blocks[2]]), Level.STANDARD)
    assert moved.sections == (third, first, second)
    fewer = edited(NOTE, "".join([blocks[0], blocks[2]]), Level.STANDARD)
    assert fewer.sections == (second,)
    more = changed(("## What a cable does", "## My own\n\nMine. [12:00]\n\n## What a cable does"))
    mine = Section("My own", (Cite(720.0, 720.0, None, 1),), standard="Mine. [^1]", own=("Mine.",))
    assert more.sections == (first, second, mine, third)


def test_a_footnote_that_is_typed_is_words_and_claims_nothing() -> None:
    typed = "Mine.[^1] Yours. [^7]\n\n[^1]: A book\n\n`[^2]`"
    note = changed(("- another", f"- another\n\n{typed}"))
    section = note.sections[0]
    assert section.cites == CITES
    assert section.own[0].startswith("Mine.")
    shown = editable(note, Level.STANDARD)
    assert typed.replace("1]", r"1\]").replace("7]", r"7\]") in shown
    assert edited(note, shown, Level.STANDARD) == note


def test_a_section_whose_words_are_deleted_shows_none_of_another_level() -> None:
    words = SHOWN.split("## ")[1].partition("\n")[2].strip()
    bare = changed((words, ""))
    assert bare.sections[0] == Section("Halting", CITES[2:], pictures=HALTING.pictures)
    assert bare.sections[1:] == NOTE.sections[1:]
    renamed = edited(NOTE, "# T\n\nNew.\n\n## Other\n", Level.STANDARD)
    assert editable(renamed, Level.STANDARD) == "# T\n\nNew.\n\n## Other\n"


def test_the_title_may_be_changed_but_not_lost() -> None:
    assert changed(("# Why a bridge does not fall", "# Bridges")).title == "Bridges"
    assert changed(("# Why a bridge does not fall\n", "")).title == NOTE.title


def test_words_above_the_first_section_are_a_section_without_heading() -> None:
    note = changed(("## Halting", "Read this first.\n\n## Halting"))
    assert note.sections[0] == Section("", standard="Read this first.", own=("Read this first.",))
    assert note.sections[1:] == NOTE.sections
    assert edited(note, editable(note, Level.STANDARD), Level.STANDARD) == note


def test_what_is_no_time_of_a_statement_stays_as_it_is_written() -> None:
    text = (
        "`a[1:58]` and [1:58](http://x.org) and [12] and [1:58]: x\n\n### Head [1:58]\n\n[99:99:99]"
    )
    note = edited(NOTE, f"## Halting\n\n{text}", Level.STANDARD)
    assert note.sections[0].standard.startswith("`a[1:58]` and [1:58](http://x.org) and [12]")
    mine = edited(NOTE, "## Halting\n\nMine. [0:75]", Level.STANDARD)
    assert mine.sections[0].standard == "Mine. [0:75]"
    assert "### Head [1:58]" in note.sections[0].standard
    assert editable(note, Level.STANDARD).count("[1:58]") == 4


@given(texts("ab#-*`[]():.1258 \n>|_~$", max_size=120))
@example("##")
@example("a\f## b\x1c## c")
def test_bad_markdown_never_loses_words(text: str) -> None:
    note = edited(NOTE, text, Level.STANDARD)
    again = editable(note, Level.STANDARD)
    assert edited(note, again, Level.STANDARD) == note
    for word in re.findall(r"[ab]+", text):
        assert word in again


def test_any_order_of_edits_keeps_what_nobody_touched() -> None:
    chance = random.Random(7)
    text, note = SHOWN, NOTE
    for step in range(60):
        lines = text.split("\n")
        at = chance.randrange(len(lines) + 1)
        fresh = f"Sentence {step}. [{chance.randrange(50)}:0{chance.randrange(9)}]"
        lines.insert(at, chance.choice([fresh, f"- {fresh}", f"## Part {step}", "| a | b |"]))
        text = "\n".join(lines)
        note = edited(NOTE, text, Level.STANDARD)
        again = editable(note, Level.STANDARD)
        assert [w for w in text.split() if w.startswith("Sentence")] == [
            w for w in again.split() if w.startswith("Sentence")
        ]
    assert {section.comprehensive for section in NOTE.sections} <= {
        section.comprehensive for section in note.sections
    }


# --- another program has changed the stored note meanwhile ---

A, B, C, D = (Section(name, (), "s", f"{name} says.", "l") for name in "ABCD")
MINE, THEIRS = replace(A, standard="Mine."), replace(B, standard="Theirs.")
RENAMED = replace(B, heading="Other")


@pytest.mark.parametrize(
    ("stored", "after", "result"),
    [
        ((A, THEIRS, C), (MINE, B, C), (MINE, THEIRS, C)),
        ((A, B, D, C), (MINE, B, C), (MINE, B, D, C)),
        ((D, A, B, C), (MINE, B, C), (D, MINE, B, C)),
        ((A, D, B, C), (MINE, B, C), (MINE, B, C, D)),
        ((A, B, C, D), (MINE, B, C), (MINE, B, C, D)),
        ((A, RENAMED, C), (MINE, B, C), (MINE, RENAMED, C)),
        ((A, RENAMED, D), (MINE, B, C), (MINE, RENAMED, D)),
        ((A, C), (MINE, B, C), (MINE, C)),
        ((A, B), (MINE, B, C), (MINE, B)),
        ((A, THEIRS, C), (A, C), (A, C)),
        ((A, RENAMED, C), (A, D, B, C), (A, D, RENAMED, C)),
        ((A, B, C), (MINE, B, C, D), (MINE, B, C, D)),
    ],
)
def test_what_another_program_did_to_other_sections_stays(
    stored: tuple[Section, ...], after: tuple[Section, ...], result: tuple[Section, ...]
) -> None:
    former = replace(NOTE, sections=(A, B, C))
    merged = with_edits(replace(NOTE, sections=stored), former, replace(NOTE, sections=after))
    assert merged.sections == result
    again = with_edits(merged, replace(NOTE, sections=after), replace(NOTE, sections=after))
    assert again == merged
