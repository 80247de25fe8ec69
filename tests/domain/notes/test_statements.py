"""Markers stand at statements; labels and times in prose are read, code and formulas are not."""

from __future__ import annotations

import pytest

from notegen_desktop.domain.notes.citations import (
    CitedTime,
    LabelRange,
    cited_places,
    lift_references,
    moved_times,
    without_brackets,
    without_references,
)
from notegen_desktop.domain.notes.statements import (
    markers,
    renumbered,
    split,
    without_markers,
    without_statement,
)

LEVEL = """A first, e.g. short, sentence. [^1] Second one [^2]. Third `a[^3]` here.[^4][^5] Last

### A heading [^9]
- **Item**: one. Two. [^6]
- [ ] box one. [^7] Two [^8]
- plain

| a | b |
|---|---|
| x | y [^9] |
| `z` | [^10] |

```py
x = [^3]
```
"""


def test_a_text_is_split_into_sentences_items_and_rows_with_their_markers() -> None:
    assert [(s.text, s.markers) for s in split(LEVEL)] == [
        ("A first, e.g. short, sentence.", (1,)),
        ("Second one.", (2,)),
        ("Third `a[^3]` here.", (4, 5)),
        ("Last", ()),
        ("**Item**: one. Two.", (6,)),
        ("box one.", (7,)),
        ("Two", (8,)),
        ("plain", ()),
        ("x | y", (9,)),
        ("`z`", (10,)),
    ]


def test_the_place_of_a_statement_is_that_in_the_text() -> None:
    places = [LEVEL[s.start : s.end] for s in split(LEVEL)]
    assert places[:3] == [
        "A first, e.g. short, sentence. [^1]",
        "Second one [^2].",
        "Third `a[^3]` here.[^4][^5]",
    ]
    assert places[4] == "**Item**: one. Two. [^6]"
    assert places[8] == "x | y [^9]"


def test_markers_are_left_out_and_numbered_anew_but_never_in_code() -> None:
    assert markers("a [^1][^3] `b[^2]`") == {1, 3}
    assert without_markers("a. [^1][^3] `b[^2]` [^4]") == "a. `b[^2]`"
    assert renumbered("a. [^1][^3] b `[^3]`", {3: 7}) == "a. [^7] b `[^3]`"


@pytest.mark.parametrize(
    ("text", "number", "rest"),
    [
        ("One. [^1] Two. [^2] Three.", 1, "One. [^1] Three."),
        ("- a [^1]\n- b [^2]\n- c", 1, "- a [^1]\n- c"),
        ("1. [ ] a [^1]\n2. b", 0, "2. b"),
        ("| h |\n|---|\n| a [^1] |\n| b |", 0, "| h |\n|---|\n| b |"),
        ("One.\n\nTwo. [^1]\n\nThree.", 1, "One.\n\nThree."),
        ("Only. [^1]", 0, ""),
    ],
)
def test_a_statement_can_be_taken_out(text: str, number: int, rest: str) -> None:
    assert without_statement(text, split(text)[number]) == rest


@pytest.mark.parametrize(
    ("text", "plain", "named"),
    [
        ("It halts [12].", "It halts.", [12]),
        ("It halts. [12]", "It halts.", [12]),
        ("It halts.[12][15] Next [3:41].", "It halts. Next.", [12, 15, 221.0]),
        ("Both [12, 15].", "Both.", [12, 15]),
        ("All [12-15].", "All.", [(12, 15)]),
        ("Two [12]–[15].", "Two.", [12, 15]),
        ("**bold.** **[12]**", "**bold.**", [12]),
        ("Foo <sup>[12]</sup>.", "Foo.", [12]),
        ("text.[^12] More", "text. More", [12]),
        ("这是方法[12]。还有。【13】", "这是方法。还有。", [12, 13]),
        ("[segment 12] says", "says", [12]),
        ("as said in segment 12.", "as said.", [12]),
        ("text (segments 12-15).", "text.", [(12, 15)]),
        ("X (see [12], [13]) holds.", "X holds.", [12, 13]),
        ("See [12]. Heron[12] found.", "Heron found.", [12, 12]),
        ("The speaker (0:42) says", "The speaker says", [42.0]),
        ("At 3:41, he stops.", "He stops.", [221.0]),
        ("The speaker at 3:41 stops.", "The speaker stops.", [221.0]),
        ("From 3:41 to 4:10 he speaks.", "He speaks.", [(221.0, 250.0)]),
        (
            "At [45:10] the speaker shows a slide (1:02:33), see [999].",
            "The speaker shows a slide.",
            [2710.0, 3753.0, 999],
        ),
        ("- 3:41 Intro\n- **0:42** – Talk", "- Intro\n- Talk", [221.0, 42.0]),
        ("1. **3:41** Foo", "1. Foo", [221.0]),
        ("| 3:41 | d |", "| | d |", [221.0]),
        ("- [ ] task [12]\n- [x] done [15]", "- [ ] task\n- [x] done", [12, 15]),
        ("$a[12]$ costs $5 and $6 [12].", "$a[12]$ costs $5 and $6.", [12]),
        ("```\na[12] [12]\n```\n[12]", "```\na[12] [12]\n```\n", [12]),
        ("It halts [seg 12]. Foo [cite: 12, 15].", "It halts. Foo.", [12, 12, 15]),
        ("It halts [#12]. Foo [source 15] bar [Ref. 3].", "It halts. Foo bar.", [12, 15, 3]),
        ("It halts [15, 12]. Foo [3, 12, 7]", "It halts. Foo", [15, 12, 3, 12, 7]),
        ("[cite_start]It halts [cite: 12][cite_end].", "It halts.", [12]),
        ("しめす[セグメント12]。はなす［１５］。", "しめす。はなす。", [12, 15]),
        ("تأسست بغداد [١٢]. ترجم [١٢، ١٥].", "تأسست بغداد. ترجم.", [12, 12, 15]),
        (
            "It is talked about [12]. He looks at [15].",
            "It is talked about. He looks at.",
            [12, 15],
        ),
        ("That is what we see [12]. See [15].", "That is what we see.", [12, 15]),
        (
            "Es hängt davon ab [12]. Er kommt vorbei [15].",
            "Es hängt davon ab. Er kommt vorbei.",
            [12, 15],
        ),
        ("C'est à voir [12], où il vient de, ver [15]", "C'est à voir, où il vient de", [12, 15]),
        ("At [12] he stops. From [15] on he runs.", "He stops. On he runs.", [12, 15]),
        ("It weighs 150kg[12]. In 1905[15]", "It weighs 150kg. In 1905", [12, 15]),
        ("- 一石≒150kg[8]", "- 一石≒150kg", [8]),
        ("See Rom. 8:28 [12]; it is in Fig. 3 [15].", "See Rom. 8:28; it is in Fig. 3.", [12, 15]),
        ("Es hält [Segment 12]. Und [Abschnitt 15].", "Es hält. Und.", [12, 15]),
        ("It halts [[12]]. Foo【15†L3-L5】 bar [3†source].", "It halts. Foo bar.", [12, 15, 3]),
        (
            "It halts [12](#12). Foo [1:58](https://youtu.be/x?t=118).",
            "It halts. Foo.",
            [12, 118.0],
        ),
        ("The [15 min] break, [min. 3] of it.", "The [15 min] break, [min. 3] of it.", []),
        ("It halts [1m58s]. Foo [118s] bar [1h02m].", "It halts. Foo bar.", [118.0, 118.0, 3720.0]),
        ("It halts [Time: 1:58]. Foo (timestamp 1:58).", "It halts. Foo.", [118.0, 118.0]),
        ("It halts [00:01:58,000 --> 00:02:10,500].", "It halts.", [(118.0, 130.0)]),
        ("It halts [t=118]. Foo [~1:58], bar [ca. 1:58].", "It halts. Foo, bar.", [118.0] * 3),
        ("It halts [segment_12]. Foo [seg_12].", "It halts. Foo.", [12, 12]),
        ("It halts [id:12]. Foo [№ 12].", "It halts. Foo.", [12, 12]),
        ("It halts [Transcript: 12-15].", "It halts.", [(12, 15)]),
        ("It halts [12..15]. Foo [12…15].", "It halts. Foo.", [(12, 15), (12, 15)]),
    ],
)
def test_labels_and_times_in_prose_are_read_and_taken_out(
    text: str, plain: str, named: list[object]
) -> None:
    lifted = lift_references(text)
    assert lifted.text == plain
    found: list[object] = []
    for _, place in lifted.found:
        if isinstance(place, CitedTime):
            found.append((place.start_s, place.end_s) if place.end_s else place.start_s)
        else:
            one = place.first == place.last
            found.append(int(place.first) if one else (int(place.first), int(place.last)))
    assert found == named


@pytest.mark.parametrize(
    "text",
    [
        "`a[12]` and a[12] and data[3] is",
        "Sorting [3, 1, 2] gives [1, 2, 3].",
        "The interval [0, 1].",
        "A permutation [3, 1, 2]. He sorts [3, 1, 2].",
        "Sorted: [3, 1, 2] or [2, 2].",
        "[12](http://x.example) and ![12](x.png)",
        "x[12].",
        "The first is array[0].",
        "It took long (118 s), or [5 m].",
        "A list [[1, 2], [3, 4]] and `x[[12]]`.",
        "It begins at 9:30 am.",
        "A ratio of 3:41 is John 3:16.",
        "foo (12) bar [sic] […] [x]",
        "\\[12\\] and \\(a[12]\\) and $$b[12]$$",
        "<https://x.example/[12]>",
        "    def f():\n        return x[12]",
        "Digits are [0-9]+ or [1-9]{2}, or [0-9].",
    ],
)
def test_code_formulas_links_and_other_brackets_are_not_labels(text: str) -> None:
    assert lift_references(text).text == text


@pytest.mark.parametrize(
    ("cite", "place"),
    [
        *(
            (cite, LabelRange("12", "12"))
            for cite in ("【12】", "１２", "§12", "[^12]", "seg_12", "L12", "012", "١٢", '"12"')
        ),
        *((cite, LabelRange("12", "12")) for cite in ("id 12", "no. 12", "¹²", "12\u200b")),
        *((cite, LabelRange("12", "15")) for cite in ("[12]-[15]", "12 through 15", "S12-S15")),
        *(
            (cite, CitedTime(118.0))
            for cite in ('"1:58"', "0h1m58s", "1 min 58 s", "118s", "t=118", "1分58秒")
        ),
        *((cite, CitedTime(118.0)) for cite in ("１：５８", "1'58\"", "00:01:58,000", "1:58 min")),
        *((cite, CitedTime(3720.0)) for cite in ("1h02m", "1 hour 2 minutes", "62:00")),
        *((cite, CitedTime(118.0, 130.0)) for cite in ("118-130s", "1m58s-2m10s", "1:58 --> 2:10")),
    ],
)
def test_a_cite_is_one_place_however_it_is_spelled(
    cite: str, place: LabelRange | CitedTime
) -> None:
    assert cited_places([cite], {str(n) for n in range(1, 20)}) == [place]


@pytest.mark.parametrize(
    "text",
    [
        "In *Donoghue v Stevenson* [1932] AC 562 a snail was found.",
        "The case [1985] 2 All ER 402 is old.",
        "Kafka [1915] wrote of a beetle, and so did Nabokov.",
    ],
)
def test_a_year_in_brackets_within_a_sentence_is_no_label(text: str) -> None:
    assert lift_references(text, known={"1", "2"}).text == text
    assert lift_references(text, known={"1932", "1985", "1915"}).text != text


def test_a_short_form_before_a_number_ends_no_sentence() -> None:
    for text in ("Read Rom. 8:28 today.", "Cf. Art. 6 and pp. 12 and Abb. 3.", "So Mt. 5:3 ends."):
        (only,) = split(text)
        assert only.text == text
    assert len(split("He met Tom. Five men came. It was good. 12 came.")) == 4


def test_labels_are_the_same_in_the_digits_of_any_script() -> None:
    (found,) = lift_references("تأسست [١٢].").found
    assert found[1] == LabelRange("12", "12")


def test_what_the_talk_itself_says_is_no_label() -> None:
    for text in ("The train leaves at 3:41.", "The line segment 12 is cut."):
        assert lift_references(text, "at 3:41 a segment").text == text


def test_drafts_are_compared_without_labels_and_headings_have_none() -> None:
    assert without_references("It halts [12]. [^3]") == "It halts."
    assert without_brackets("The halting problem [12]") == "The halting problem"
    assert without_brackets("[12]") == "[12]"


def test_times_of_a_part_become_those_of_the_whole() -> None:
    assert moved_times("It halts [0:42]. `[0:42]` (1:00)", 60) == "It halts [1:42]. `[0:42]` (2:00)"


def test_a_label_belongs_to_the_statement_it_ends_or_opens() -> None:
    text = "One. [1]\n- [2] two\n- three\n  [3]\n\n[4]\n\n## Four [5]\n| [6] | x |\n"
    lifted = lift_references(text)
    found = [
        (lifted.text[a:b], [p.first for p in v if isinstance(p, LabelRange)])
        for (a, b), v in lifted.statements()
    ]
    assert found == [("One.", ["1"]), ("two", ["2"]), ("three", ["3", "4"]), ("x", ["6"])]


def test_a_formula_between_letters_without_spaces_is_never_looked_into() -> None:
    (only,) = split("设$x_1. y$为数。 [^1]")
    assert only.text == "设$x_1. y$为数。"
    assert [s.text for s in split("It costs $5. [^1] It is $6. [^2]")] == [
        "It costs $5.",
        "It is $6.",
    ]


def test_a_label_before_words_is_that_label() -> None:
    known = {"12", "15"}
    for cite in ("Segment 12: sand", "12: sand sinks", "[12] sand", "12&15"):
        places = cited_places([cite], known)
        assert LabelRange("12", "12") in places
    assert cited_places(["12&15"], known) == [LabelRange("12", "12"), LabelRange("15", "15")]
