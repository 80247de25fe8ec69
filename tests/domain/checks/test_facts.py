"""Numbers, names and quotations of a statement are held against the words at its place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notegen_desktop.domain.checks.grounding import ground
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Cite, Doubt, Draft, DraftSection
from notegen_desktop.domain.text.transcript import Transcript, TranscriptKind
from tests.domain.talks import spoken

VIDEO = Video("v", "https://www.youtube.com/watch?v=v", title="A talk by Kelli Taylor")
_OTHER = (
    "Rivers carry sand and gravel down to the sea and build wide deltas there.",
    "Bakers let the dough rest so that gluten relaxes before it is shaped.",
    "A sailor reads the wind from the water long before the sail feels it.",
    "Bees dance to tell each other where the flowers with nectar stand.",
    "Old clocks lose time when the oil in their bearings thickens in winter.",
    "Glass is a liquid that forgot to crystallise while it was cooling down.",
    "Potters centre the clay before they open it and pull up the walls.",
    "Owls hear a mouse beneath the snow and strike without seeing it.",
)
TALK = spoken(
    *_OTHER,
    "The first bridge over the river was built in nineteen thirty-four by Emily Roebling.",
    "It took eleven hundred workers, a dozen barges and an hour and a half a day of prayer.",
    "She told them, you know, that courage is just a habit you can learn like any other.",
    "About a third of the money came from the city, and two point five million from the state.",
    *_OTHER,
)


def judged(text: str, label: str, *, language: str = "en", talk: Transcript = TALK) -> Cite:
    section = DraftSection("", (), f"{text} [{label}]", "", "")
    draft = Draft("t", (section,), whole=True)
    (grounded,) = ground(draft, transcript=talk, video=VIDEO, language=language).sections
    (cite,) = grounded.cites
    return cite


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("The first bridge over the river was built in 1934 by Emily Roebling.", "9"),
        ("It took 1,100 workers and 12 barges and 90 minutes of prayer a day.", "10"),
        ("Some 33 % of the money came from the city, $2.5 million from the state.", "12"),
        ("She told them that “courage is just a habit you can learn like any other”.", "11"),
        ("She told them that “courage is just a habit … like any other”.", "11"),
        ("The bridge over the river was built by Roebling, as Kelli Taylor tells.", "9"),
        ("**Step 4.** The bridge over the river was built by Emily Roebling.", "9"),
    ],
)
def test_what_is_said_is_supported_however_it_is_spelled(text: str, label: str) -> None:
    cite = judged(text, label)
    assert (cite.verified, cite.doubt, cite.mark) == (True, None, "")


@pytest.mark.parametrize(
    ("text", "label", "doubt", "mark"),
    [
        ("The bridge over the river was built in 1943 by Emily Roebling.", "9", "number", "1943"),
        ("It took twelve hundred workers and a dozen barges.", "10", "number", "twelve hundred"),
        ("It took workers, barges and an hour of prayer, two hours a day.", "10", "number", "two"),
        ("The bridge was built over the river by Emily Warren.", "9", "name", "Warren"),
        ("“Courage is just a talent you can learn like any other”, she said.", "11", "quote",
         "talent"),
        ("She told them: “Be brave. Courage is only a habit you can learn.”", "11", "quote", "Be"),
        ("Bees dance to tell each other where the flowers with nectar stand.", "9", "place", ""),
        ("Volcanoes erupt because of gases dissolved within hot magma chambers, and the first "
         "sea fell dry.", "12", "sense", ""),
    ],
)  # fmt: skip
def test_what_is_not_said_is_doubted_with_the_reason_and_the_word(
    text: str, label: str, doubt: str, mark: str
) -> None:
    cite = judged(text, label)
    assert (cite.verified, cite.doubt, cite.mark) == (False, Doubt(doubt), mark)


@pytest.mark.parametrize(
    ("text", "verdicts"),
    [
        ("The bridge was built over the river [9], and a third of the money came from the city "
         "[12].", [True, True]),
        ("Emily Roebling built it in 1934 [9]; it took eleven hundred workers a day [10]; "
         "a third of the money came from the city [12].", [True, True]),
        ("The bridge was built over the river [9], and glass is a liquid that forgot to "
         "crystallise while it was cooling down [12].", [True, False]),
        ("The first bridge over the river was built in 1943 [9], and about a third of the money "
         "came from the city [12].", [False, True]),
    ],
)  # fmt: skip
def test_each_place_in_a_sentence_is_asked_for_the_words_before_it(
    text: str, verdicts: list[bool]
) -> None:
    draft = Draft("t", (DraftSection("", (), text, "", ""),), whole=True)
    (grounded,) = ground(draft, transcript=TALK, video=VIDEO, language="en").sections
    assert [cite.verified for cite in grounded.cites] == verdicts


def test_another_language_is_compared_by_its_numbers_and_otherwise_left_open() -> None:
    true = judged("Die Brücke wurde 1934 von Emily Roebling gebaut.", "9", language="de")
    assert true.verified is not False
    wrong = judged("Die Brücke wurde 1943 von Emily Roebling gebaut.", "9", language="de")
    assert (wrong.verified, wrong.doubt, wrong.mark) == (False, Doubt.NUMBER, "1943")
    assert judged("Mut kann man lernen.", "11", language="de").verified is None


_TALES = tuple(
    f"{a}の話を続けます、{b}の祭りは{c}にあります。"
    for a, b, c in ("海春東", "山夏西", "川秋南", "空冬北", "雪夜中")
)
PERRY = spoken(
    *_TALES,
    "ペリーは1853年に四隻の黒船で浦賀に来航しました。人口はおよそ三千万人でした。",
    *_TALES,
    language="ja",
)


def test_a_year_in_digits_is_compared_where_number_words_cannot_be_read() -> None:
    wrong = judged("ペリーは1863年に黒船で浦賀に来航した。", "6", language="ja", talk=PERRY)
    assert (wrong.doubt, wrong.mark) == (Doubt.NUMBER, "1863")
    for text in ("ペリーは1853年に黒船で浦賀に来航した。", "黒船が来て、人口は3000万人でした。"):
        assert judged(text, "6", language="ja", talk=PERRY).doubt is not Doubt.NUMBER


def test_a_name_in_the_place_of_another_is_seen() -> None:
    talk = spoken(
        *_OTHER,
        "And so, as they say, Harry might have a cube root procedure of his own with a guess.",
        "The square root, George says, is all that he ever wants to use from such a box.",
        *_OTHER,
    )
    cite = judged("George might have a cube root procedure of his own.", "9", talk=talk)
    assert (cite.doubt, cite.mark) == (Doubt.NAME, "George")


def test_statements_that_share_a_place_but_not_a_verdict_have_two_cites() -> None:
    text = (
        "The first bridge over the river was built in 1934 by Emily Roebling. [9] "
        "The first bridge over the river was built in 1943 by Emily Roebling. [9]"
    )
    draft = Draft("t", (DraftSection("H", ("9",), text, text, "None. [999]"),), whole=True)
    (section,) = ground(draft, transcript=TALK, video=VIDEO, language="en").sections
    assert [(c.n, c.verified, c.doubt) for c in section.cites] == [
        (1, True, None),
        (2, False, Doubt.NUMBER),
    ]
    assert section.concise == text.replace("[9]", "[^1]", 1).replace("[9]", "[^2]")
    assert section.comprehensive == "None."


WARD = spoken(
    *_OTHER,
    "Give five milligrams of morphine, that is half an ampoule, every four hours.",
    "A dozen patients were on the ward, and one in three had a fever over 38.5 degrees.",
    "The regulation was issued in March and the penalty shall not exceed one thousand five hundred"
    " dollars for each violation.",
    "Photosynthesis turns light, water and carbon dioxide into glucose and oxygen.",
    "The WHO approved the vaccine against the covid virus on December the thirty-first 2020.",
    "The derivative of x squared is two x.",
    *_OTHER,
)


@pytest.mark.parametrize(
    ("text", "label", "mark"),
    [
        ("13 patients were on the ward", "10", "13"),
        ("50 mg of morphine every four hours", "9", "50"),
        ("Give 50 mg of morphine every four hours", "9", "50"),
        ("Give 5 g of morphine every four hours", "9", "5"),
        ("Give 5 micrograms of morphine every four hours", "9", "5"),
        ("The WHO approved the vaccine on 31/12/2021", "13", "2021"),
        ("40 % of the patients on the ward had a fever", "10", "40"),
    ],
)
def test_an_amount_is_wrong_by_number_or_by_unit(text: str, label: str, mark: str) -> None:
    cite = judged(text, label, talk=WARD)
    assert (cite.verified, cite.doubt, cite.mark) == (False, Doubt.NUMBER, mark)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Give 5 mg of morphine (½ ampoule) every 4 hours", "9"),
        ("Give 0.005 g of morphine every four hours", "9"),
        ("Give 5 milligrams of morphine every four hours", "9"),
        ("33 % of the patients on the ward had a fever > 38.5 °C", "10"),
        ("The WHO approved the vaccine against the COVID-19 virus on 2020-12-31.", "13"),
        ("The WHO approved the vaccine against the covid virus on 31.12.2020.", "13"),
        ("The WHO approved the vaccine against the covid virus on 12/31/2020.", "13"),
        ("Light, water and CO₂ become glucose $C_6H_{12}O_6$ and oxygen by photosynthesis", "12"),
    ],
)
def test_amounts_and_formulas_are_right_in_any_notation(text: str, label: str) -> None:
    cite = judged(text, label, talk=WARD)
    assert (cite.verified, cite.doubt, cite.mark) == (True, None, "")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (r"Compute $\frac{d}{dx}x^2=2x$.", "14"),
        (r"Bees dance where flowers with nectar stand. [4] It is $\frac{d}{dx}x^2=2x$.", "14"),
        ("The penalty is at most $1,500 per violation.", "11"),
    ],
)
def test_what_has_too_few_words_to_be_compared_is_left_open(text: str, label: str) -> None:
    section = DraftSection("", (), f"{text} [{label}]", "", "")
    draft = Draft("t", (section,), whole=True)
    (grounded,) = ground(draft, transcript=WARD, video=VIDEO, language="en").sections
    assert grounded.cites[-1].verified is not False


def test_the_speakers_of_a_transcript_are_known_names() -> None:
    told = Transcript(
        "en",
        TranscriptKind.MANUAL,
        tuple(
            replace(segment, speaker=("Anna", "Bob Müller")[n % 2])
            for n, segment in enumerate(WARD.segments)
        ),
    )
    text = "Bob Müller told Anna to give five milligrams of morphine every four hours."
    assert judged(text, "9", talk=told).verified


PAST = spoken(
    *_OTHER,
    "Louis the Fourteenth reigned seventy-two years over the kingdom of France.",
    "The Thirty Years War lasted from sixteen eighteen to sixteen forty-eight.",
    "Napoleon ruled Europe in the early nineteenth century, until he lost a battle.",
    "Caesar was killed by the senators on the fifteenth of March forty-four before Christ.",
    "Doubling every eighteen months gives a factor of a hundred in ten years of growth.",
    "Rome fell to the barbarians, as everybody says, in four seventy-six AD.",
    "After e four c five knight f three d six we have an open Sicilian defence on the board.",
    "Preheat the oven to three hundred and fifty degrees before the dough goes in.",
    "Half a cup of butter is a hundred and thirteen grams, whatever the label says.",
    "The plague killed a third of Europe between thirteen forty-seven and thirteen fifty-one.",
    *_OTHER,
)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Louis XIV reigned 72 years over France.", "9"),
        ("Louis XIV. reigned over the kingdom of France for 72 years.", "9"),
        ("In the early 1800s Napoleon ruled Europe, until he lost a battle.", "11"),
        ("In the early 19th century Napoleon ruled Europe until he lost.", "11"),
        ("The senators killed Caesar on 15.3.44 B.C.E., in March.", "12"),
        ("Rome fell to the barbarians in A.D. 476, as everybody says.", "14"),
        ("Rome fell to the barbarians in 476 C.E., as everybody says.", "14"),
        ("The open Sicilian defence: 1. e4 c5 2. Nf3 d6 3. d4 on the board.", "15"),
        ("The open Sicilian defence: 1.e4 c5 2.Nf3 d6 13...O-O-O on the board.", "15"),
        ("Doubling every 1.5 years gives a factor of 100 in ten years of growth.", "13"),
        ("½ cup (113 g) butter", "17"),
        ("The plague of 1347–1351 killed 1/3", "18"),
    ],
)
def test_years_kings_eras_and_moves_are_right_as_they_are_written(text: str, label: str) -> None:
    cite = judged(text, label, talk=PAST)
    assert (cite.verified, cite.doubt, cite.mark) == (True, None, "")


@pytest.mark.parametrize(
    ("text", "label", "doubt", "mark"),
    [
        ("Louis XVI reigned 72 years over the kingdom of France.", "9", "name", "XVI"),
        ("In the early 1700s Napoleon ruled Europe, until he lost a battle.", "11", "number",
         "1700"),
        ("Preheat the oven to 450 °F", "16", "number", "450"),
        ("Preheat the oven to 250 degrees before the dough goes in.", "16", "number", "250"),
    ],
)  # fmt: skip
def test_wrong_ones_are_seen(text: str, label: str, doubt: str, mark: str) -> None:
    cite = judged(text, label, talk=PAST)
    assert (cite.verified, cite.doubt, cite.mark) == (False, Doubt(doubt), mark)


QUOTED = "She told them, you know, that courage is just a habit you can learn like any other."


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        (f"> {QUOTED}", ""),
        (f"> “{QUOTED}”", ""),
        ("> Courage is just a habit\n> you can learn like any other.", ""),
        (f"> {QUOTED} — Emily Roebling", ""),
        ("> **Note:** Courage can be learnt like any other habit, they were told.", ""),
        ("> She told them that courage is just a talent you can learn like any other.", "talent"),
        (
            "> She told them that courage is just a talent\n> you can learn like any other.",
            "talent",
        ),
        ("> Courage is never a habit you can learn like any other. She told them.", "never"),
    ],
)
def test_a_block_quote_of_the_talk_is_exact(text: str, mark: str) -> None:
    cite = judged(f"Courage grows.\n\n{text}", "11")
    assert (cite.verified, cite.doubt) == ((False, Doubt.QUOTE) if mark else (True, None))
    assert cite.mark == mark
