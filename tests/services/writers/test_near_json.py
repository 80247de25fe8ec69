"""What models write for JSON is read as it was meant; what is JSON stays what it says."""

from __future__ import annotations

import json

import pytest

from notegen_desktop.services.writers.decoding import DraftDecoder
from notegen_desktop.services.writers.escapes import decoded_string, unrolled

from .test_decoding import decode, note, section

TREE = note(
    section("One", concise='He said "yes", then left: it is {so}.'),
    section("Two", comprehensive="First line.\n- second\n\nThird [12], it's 5 o'clock."),
)
TEXT = json.dumps(TREE)
WHOLE = decode(TEXT)[0]


# --- what a backslash means ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        r"The loss is $\frac{1}{2}\beta x^2$ with $\nabla f$, $\rho$, $\theta$.",
        r"$$\nabla \times \mathbf{B} = \mu_0 \mathbf{J} + \tau \text{ and } \rho \neq \nu$$",
        r"Then $\neg p \notin \{q\}$ and $x \ne y$, so $\tan \theta \to \infty$ in $\Re$.",
        r"\(\tilde{x}\) and \[\right) \rightarrow \nleq \ni\] hold.",
        r"\begin{pmatrix} \beta & \rho \\ \tau & \nu_1 \end{pmatrix}",
        r"Open C:\Users\x and use $\underline{y}$.",
        r"Save it as C:\new\table\report.txt, not in D:\backup\fonts\rome.",
        r"It lies in C:\Program Files\nodejs\bin or \\server\notes\today.",
        r"Run .\tools\new.ps1 or src\new\Documents\test.py there.",
        r"A word is \b\w+\b, a number \d+, a space \s*, a line end `\n` or `\r\n`, a tab `\t`.",
        r"The registry key is HKLM\Software\new.",
    ],
)
def test_single_backslashes_of_formulas_paths_and_patterns_come_out_as_written(said: str) -> None:
    assert decoded_string(said) == said
    assert decoded_string(json.dumps(said)[1:-1]) == said, (
        "and so do those that are written as JSON wants"
    )


@pytest.mark.parametrize(
    "said",
    [
        "First.\nnot second.\nelse third\nin the end\nI say.\nuse it\nnever\nnew things\nnull",
        "Steps:\n- none\n1. name\n\n| a | b |\n|---|---|",
        "```python\nfor n in range(3):\n\tprint(n)\n```\nthen\trest",
        '```c\nprintf("a");\nreturn 0;\n```\nnow $5 and\nten $ more',
        "See C:\\temp.\nThen go on with C:\\data\\in.csv.\n\nNext.",
        "Costs $5\ne.g. for two.",
        "term\tau pair",
        "a `code`\nnew line and `more`\nnext",
    ],
)
def test_line_ends_and_tabs_stay_what_they_are(said: str) -> None:
    if "tau" not in said.replace("\t", "t"):
        assert decoded_string(json.dumps(said)[1:-1]) == said


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (r"a\u0066b\u00e9 \u00E9 \ud83d\ude00 \u2014", "afbé é 😀 —"),
        (r"C:\u12 and \uparrow and \u{1F600}", r"C:\u12 and \uparrow and \u{1F600}"),
        (r"$\u000crac12$ and $\u0008eta$", r"$\frac12$ and $\beta$"),
        ("$\x0crac12$ and $\x08eta$", r"$\frac12$ and $\beta$"),
        (r"it\'s \"so\" and\/or", 'it\'s "so" and/or'),
        ("one\\\ntwo", "one\ntwo"),
        (r"one\r\ntwo\rthree", "one\ntwo\\rthree"),
        (r"print(\"a\n\") in `print(\"a\n\")`", 'print("a\n") in `print("a\\n")`'),
        (r"```c\nprintf(\"a\n\");\nputs('\n');\n```", "```c\nprintf(\"a\\n\");\nputs('\\n');\n```"),
    ],
)
def test_other_escapes(raw: str, said: str) -> None:
    assert decoded_string(raw) == said


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("- One.\\n- Two.\\n\\n1. Three", "- One.\n- Two.\n\n1. Three"),
        ("One.\\r\\nTwo.", "One.\nTwo."),
        ('He said \\"yes\\".\\n- So.', 'He said "yes".\n- So.'),
        ("Print `\\n` here, $\\nabla$, and \\newline.", None),
        ("C:\\new is\na path.", None),
        ("One.\n- Two.\\n- Three `a\\nb`.", "One.\n- Two.\n- Three `a\\nb`."),
        ("```python\\nprint(1)\\n```\\nDone.", "```python\nprint(1)\n```\nDone."),
        ("The escape \\n ends a line.", None),
        ("```python\\nprint(1)\\n```", "```python\nprint(1)\n```"),
        (r"So $\\frac{1}{2} \\alpha$ is it.", r"So $\frac{1}{2} \alpha$ is it."),
        (r"$$\begin{matrix} a \\ b \\[2pt] c \end{matrix}$$ and \\server\x", None),
    ],
)
def test_line_ends_that_were_written_out_become_line_ends(written: str, read: str | None) -> None:
    assert unrolled(written) == (written if read is None else read)


# --- what is nearly JSON -------------------------------------------------------------------------


NEAR = {
    "trailing commas": TEXT.replace('."}', '.",}').replace("}]}", "},],}"),
    "single quotes": repr(TREE),  # as Python prints it
    "names without quotes": TEXT.replace('"title"', "title").replace('"concise"', "concise"),
    "constants": TEXT.replace('"cites": ["1", "12"]', '"cites": ["1", "12", None, NaN, undefined]'),
    "comments": TEXT.replace('"sections"', '/* all */ "sections"').replace(
        '{"heading"', '{ // one "more"\n "heading"'
    ),
    "hash comments": "# the note\n" + TEXT.replace('"sections"', '# all\n"sections"'),
    "a fence": f"```json\n{TEXT}\n```",
    "a fence of another name": f"```JSON5\n{TEXT}\n```\nI hope this helps!",
    "words around it": f'Here is {{the}} note [as asked]:\n{TEXT}\n\nI hope {{"this"}} helps [it].',
    "only the sections": json.dumps(TREE["sections"]),
    "in a list": json.dumps([TREE]),
    "in a wrapping": json.dumps({"result": {"note": TREE}}),
    "one note of several": json.dumps({"notes": [{"template": "x", **TREE}]}),
    "an object for each section": "\n".join(json.dumps(each) for each in TREE["sections"]),
    "two objects": json.dumps(note(TREE["sections"][0])) + json.dumps(note(TREE["sections"][1])),
    "sections by heading": json.dumps(
        {
            "title": TREE["title"],
            "sections": {
                each["heading"]: {k: v for k, v in each.items() if k != "heading"}
                for each in TREE["sections"]
            },
        }
    ),
    "big letters": TEXT.replace('"title"', '"Title"').replace('"heading"', '"Heading"'),
    "smart quotes": TEXT.replace('"title"', "“title”").replace(
        '"heading": "One"', "“heading”: “One”"
    ),
    "line ends in strings": TEXT.replace("\\n", "\n"),
    "quotes in strings": TEXT.replace('\\"', '"'),
    "missing commas": TEXT.replace('", "standard"', '"\n"standard"').replace("}, {", "} {"),
    "a missing quote": TEXT.replace('.", "standard"', '.,\n "standard"'),
    "missing braces": TEXT.replace("}]}", "]}").replace('"}, {"', '", {"'),
    "a string in a string": json.dumps(TEXT),
    "twice in a string": json.dumps(json.dumps(TREE, indent=1)),
    "equals signs": TEXT.replace('"title":', '"title" =').replace('"heading":', '"heading" =>'),
    "a byte order mark": "\ufeff" + TEXT,
    "a string in an object": json.dumps({"name": "write_note", "arguments": TEXT}),
    "wide punctuation": TEXT.replace('": ', '"：').replace('", "standard', '"，"standard'),
    "wide quotation marks": TEXT.replace('"title"', "＂title＂").replace('"Rivers"', "＂Rivers＂"),
    "semicolons": TEXT.replace('", "standard', '"; "standard'),
    "all of it escaped": TEXT.replace("\\", "\\\\").replace('"', '\\"'),
    "the schema before it": '{"type":"object","properties":{"sections":{"type":"array","items":'
    '{"properties":{"heading":{"type":"string"}}}}}}\n' + TEXT,
    "a list that is given twice, the second time empty": TEXT[:-1] + ', "sections": []}',
    "three quotation marks": TEXT.replace('"One"', '"' * 3 + "One" + '"' * 3),
    "texts in objects": json.dumps(
        note(
            *(
                each | {k: {"text": each[k]} for k in ("concise", "standard", "comprehensive")}
                for each in TREE["sections"]
            )
        )
    ),
    "thoughts with a draft before it": 'So {"sections": [{"heading": "Draft"}]}.\n</think>\n'
    + TEXT,
    "the whole note twice": f"```json\n{TEXT}\n```\nPut right:\n```json\n{TEXT}\n```",
    "the call of a tool": json.dumps(
        {"tool_calls": [{"function": {"name": "write_note", "arguments": TEXT}}]}
    ),
    "sections as items": json.dumps(TREE | {"sections": {"items": TREE["sections"]}}),
    "sections in strings": json.dumps(TREE | {"sections": [*map(json.dumps, TREE["sections"])]}),
    "sections in one string": json.dumps(TREE | {"sections": json.dumps(TREE["sections"])}),
    "names in bold": TEXT.replace('"heading"', '"**heading**"').replace('"cites"', '"**cites**"'),
    "another name for the heading": TEXT.replace('"heading"', '"header"'),
    "cites by another name": TEXT.replace('"cites"', '"citations"'),
    "cites with decimals": TEXT.replace('["1", "12"]', "[1.0, 12.0]"),
    "levels with more to their names": TEXT.replace('"standard":', '"standard_summary":'),
    "levels in an object": json.dumps(
        note(
            *(
                {
                    "heading": each["heading"],
                    "cites": each["cites"],
                    "levels": {k: each[k] for k in ("concise", "standard", "comprehensive")},
                }
                for each in TREE["sections"]
            )
        )
    ),
}


@pytest.mark.parametrize("kind", NEAR)
def test_nearly_json_is_read(kind: str) -> None:
    for fragments in ([NEAR[kind]], list(NEAR[kind])):
        draft, closed = decode(*fragments)
        assert closed
        assert draft.whole
        assert draft.sections == WHOLE.sections


@pytest.mark.parametrize("kind", NEAR)
def test_cut_off_anywhere_the_whole_sections_of_it_stay(kind: str) -> None:
    text, most = NEAR[kind], 0
    for cut in range(len(text)):
        decoder = DraftDecoder(clock=lambda: 0.0)
        decoder.feed(text[:cut])
        draft, _ = decoder.finish()
        for kept, whole in zip(draft.sections[:-1], WHOLE.sections, strict=False):
            assert kept == whole, text[:cut][-60:]
        most = max(most, len(draft.sections))
    assert most >= 1


def renamed(names: dict[str, str]) -> str:
    text = TEXT
    for name, other in names.items():
        text = text.replace(f'"{name}":', f'"{other}":')
    return text


LEVELS = {"concise": "conciso", "standard": "estándar", "comprehensive": "completo"}
ALL = {"title": "título", "sections": "secciones", "heading": "encabezado", "cites": "citas"}


@pytest.mark.parametrize("names", [LEVELS, LEVELS | ALL])
def test_names_that_the_model_translated_are_known_by_their_places(names: dict[str, str]) -> None:
    draft, _ = decode(renamed(names))
    assert draft.whole
    assert draft.sections == WHOLE.sections
    assert draft.title == WHOLE.title


def test_levels_in_a_list_are_known_by_their_names() -> None:
    one = TREE["sections"][0]
    levels = [{"level": k, "text": one[k]} for k in ("comprehensive", "concise", "standard")]
    text = json.dumps(note({"heading": "One", "cites": one["cites"], "levels": levels}))
    assert decode(text)[0].sections == WHOLE.sections[:1]


def test_fields_that_nobody_asked_for_are_no_levels() -> None:
    one = {"heading": "One", "standard": "Yes.", "mood": "calm", "comprehensive": "Yes, so."}
    (read,) = decode(json.dumps(note(one)))[0].sections
    assert (read.concise, read.standard, read.comprehensive) == ("", "Yes.", "Yes, so.")


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("12", ("12",)),
        (12, ("12",)),
        ("3, 4", ("3, 4",)),
        ([{"label": "3"}, {"segment": 4, "text": "x"}], ("3", "4")),
        ([{"start": "0:30", "end": "1:00"}], ("0:30-1:00",)),
        ({"id": "7"}, ("7",)),
        (None, ()),
        ([["1"], True, "", "5"], ("1", "5")),
    ],
)
def test_cites_in_any_form_are_labels(given: object, read: tuple[str, ...]) -> None:
    draft, _ = decode(json.dumps(note(section(cites=given))))
    assert draft.sections[0].cites == read


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (["One.", "Two."], "- One.\n- Two."),
        (["- One.", "2. Two."], "- One.\n2. Two."),
        (["First paragraph.\n\nIts rest.", "Second."], "First paragraph.\n\nIts rest.\n\nSecond."),
        ({"Term": "meaning", "Other": ["a", "b"]}, "- **Term**: meaning\n- **Other**: - a\n- b"),
        (42, "42"),
        (None, ""),
        (True, ""),
    ],
)
def test_a_level_in_any_form_is_a_text(given: object, read: str) -> None:
    draft, _ = decode(json.dumps(note(section(standard=given))))
    if not isinstance(given, dict):
        assert draft.sections[0].standard == read


def test_a_path_that_ends_in_a_backslash_does_not_take_what_follows() -> None:
    draft, closed = decode(TEXT.replace("it is {so}.", "it is in C:\\new\\"))
    assert closed
    assert draft.sections[0].concise.endswith("it is in C:\\new\\")
    assert draft.sections[1:] == WHOLE.sections[1:]


HOSTILE = {
    "brackets": "[" * 200_000 + "x",
    "braces": "{" * 200_000 + "x",
    "keys": '{"a' * 60_000,
    "objects": '{"a": 1} ' * 40_000,
    "openings": '{"sections":"' * 15_000,
    "labels": '{"cites": [' + '"a",' * 50_000,
    "quotes": '{"sections": [{"concise": "' + '" ' * 150_000,
    "backslashes": '{"sections": [{"concise": "' + "\\" * 200_001,
    "escapes": '{"sections": [{"concise": "' + "\\n`$" * 60_000,
    "ticks": '{"sections": [{"concise": "' + "```\\n" * 40_000,
    "paths": '{"sections": [{"concise": "' + "C:\\new\\" * 30_000,
    "comments": '{"sections": ' + "/*" * 100_000,
    "blanks": "{" + " " * 400_000,
    "commas": '{"sections": [' + "," * 400_000,
    "dollars": '{"sections": [{"concise": "' + "$\\nu " * 50_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_answer_is_too_broken_to_read(kind: str) -> None:
    decoder = DraftDecoder()
    decoder.feed(HOSTILE[kind][:20_000])
    draft, _ = decoder.finish()
    assert len(draft.sections) <= 1


def test_control_characters_are_gone() -> None:
    text = json.dumps(
        note(section("A\x1b[2Jb", concise="Plants \x1b[2J\x1b]0;x\x07turn\x7f\x9b31m l\u202eight."))
    )
    draft, _ = decode(text)
    assert draft.sections[0].heading == "Ab"
    assert draft.sections[0].concise == "Plants turn31m light."


@pytest.mark.parametrize("wrapped", [json.dumps([TREE]), json.dumps({"note": TEXT})])
def test_a_title_outlives_its_wrapping(wrapped: str) -> None:
    assert decode(wrapped)[0].title == TREE["title"]


@pytest.mark.parametrize("at", ["standard", "comprehensive"])
def test_labels_behind_the_mark_that_ends_a_text_belong_to_it(at: str) -> None:
    text = json.dumps(note(section(**{at: "Sand sinks."}), section("Silt")))
    draft, closed = decode(text.replace('"Sand sinks."', '"Sand sinks." [1][12]', 2))
    assert closed
    assert getattr(draft.sections[0], at) == "Sand sinks. [1][12]"
    assert draft.sections[1].heading == "Silt"


def test_escaped_quotations_and_entities_of_a_gateway_are_undone() -> None:
    assert decode(TEXT.replace('\\"', "'").replace('"', "&quot;"))[0].sections[0].heading == "One"


@pytest.mark.parametrize(
    "said",
    [
        "页面里写着“title”：标题，“sections”：章节。",
        'Write "a"，"b"：and "title"；then {"notes": []} ["x"]；"concise"：so.',
    ],
)
@pytest.mark.parametrize("cut", [0, 3])
def test_names_of_an_answer_within_a_text_do_not_end_it(said: str, cut: int) -> None:
    text = json.dumps(note(section("One", concise=said), section("Two")), ensure_ascii=False)
    draft, _ = decode(text[: len(text) - cut])
    assert draft.sections[0].concise == said


def test_what_is_json_without_a_fault_is_not_guessed_at() -> None:
    said = "Er sagt: „sections“: und «notes»: so."
    text = json.dumps(note(section("One", standard=said)), ensure_ascii=False)
    assert decode(text)[0].sections[0].standard == said
