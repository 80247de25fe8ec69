"""The output gate: what is no note is named, what can be mended honestly is, the rest is left."""

from __future__ import annotations

from dataclasses import replace
from gettext import NullTranslations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notegen_desktop.domain import words
from notegen_desktop.domain.checks.cleanup import clean_up
from notegen_desktop.domain.checks.findings import (
    Finding,
    Problem,
    Severity,
    continues,
    lacks,
    reason,
    reason_words,
    usable,
)
from notegen_desktop.domain.checks.validation import check
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Draft, DraftSection
from notegen_desktop.domain.notes.templates import NoteTemplate, SectionKind, SectionPlan
from notegen_desktop.domain.text.language_detection import detect_language, differs
from notegen_desktop.domain.text.phrases import is_begging, is_refusal, without_preamble
from notegen_desktop.domain.text.transcript import Transcript
from tests.domain.talks import retold, sample, spoken, talk
from tests.properties import examples, texts

TEMPLATE = NoteTemplate(
    id="t",
    version="1",
    name="T",
    description="d",
    instructions="i",
    sections=(
        SectionPlan(SectionKind.OVERVIEW, "Overview"),
        SectionPlan(SectionKind.TOPIC, "", repeat=True, min=2, max=5),
        SectionPlan(SectionKind.SUMMARY, "Summary points"),
    ),
)
TALK = spoken(*[f"This is sentence number {n} about stacks and queues." for n in range(60)])
VIDEO = Video("v", "https://youtu.be/v", duration_s=600)

TEXTS = {
    "Overview": "The talk shows how a stack keeps what came last on top, and what follows.",
    "Stacks": "A stack gives back first what was put there last, which is why calls can be nested.",
    "Queues": "In a queue the oldest entry leaves first, so that nobody waits without end.",
    "Summary points": "Choose by the order in which things are to come back, not by speed.",
}


def section(heading: str, *cites: str, text: str = "") -> DraftSection:
    words = text or TEXTS[heading]
    more = f"{words} There is a reason for it that the speaker shows with an example on the board."
    most = f"{more} She then takes a second example, a kitchen with a pile of plates, to prove it."
    return DraftSection(heading, cites, words, more, most)


GOOD = Draft(
    "Stacks and queues",
    (
        section("Overview", "1", "20"),
        section("Stacks", "15"),
        section("Queues", "35"),
        section("Summary points", "55"),
    ),
    whole=True,
)


def checked(draft: Draft, **changes: object) -> tuple[Finding, ...]:
    known: dict[str, object] = {"transcript": TALK, "video": VIDEO, "language": "en"}
    return check(draft, TEMPLATE, **{**known, **changes})  # type: ignore[arg-type]


def problems(draft: Draft, **changes: object) -> set[tuple[str, str]]:
    return {(f.problem.value, f.severity.value) for f in checked(draft, **changes)}


def with_first(**changes: str) -> Draft:
    first = replace(GOOD.sections[0], **changes)
    return replace(GOOD, sections=(first, *GOOD.sections[1:]))


def test_a_good_note_passes_and_is_not_touched() -> None:
    assert checked(GOOD) == ()
    assert clean_up(GOOD) == GOOD


@pytest.mark.parametrize("draft", [Draft(), Draft("t", (DraftSection("H"),), whole=True)])
def test_nothing_is_no_note(draft: Draft) -> None:
    assert problems(draft) == {("empty", "ask-again")}


def test_a_preamble_is_taken_off_and_the_text_stays() -> None:
    text = GOOD.sections[0].concise
    draft = with_first(concise=f"Sure! Here is the overview you requested:\n\n{text}")
    assert ("preamble", "mend") in problems(draft)
    assert clean_up(draft) == GOOD


def test_a_preamble_and_nothing_else_is_no_text() -> None:
    draft = with_first(concise="Here are your notes:")
    assert ("preamble", "ask-again") in problems(draft)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Sure! Here are the notes:\n\nLisp is old.", "Lisp is old."),
        ("Sure! Lisp is old.", "Lisp is old."),
        ("Certainly. Below is the overview.\nLisp is old.", "Lisp is old."),
        ("Here is a summary of the talk: Lisp is old.", "Lisp is old."),
        ("**Here are the flashcards:**\n- one", "- one"),
        ("I've prepared the section. Lisp is old.", "Lisp is old."),
        ("Gerne! Hier ist die Zusammenfassung:\n\nLisp ist alt.", "Lisp ist alt."),
        ("Voici le résumé :\nLisp est vieux.", "Lisp est vieux."),
        ("Aquí tienes el resumen:\nLisp es viejo.", "Lisp es viejo."),
        ("Вот конспект: Лисп стар.", "Лисп стар."),
        ("好的，以下是笔记：\nLisp 很老。", "Lisp 很老。"),
        ("はい、以下は要約です。\nLispは古い。", "Lispは古い。"),
    ],
)
def test_preambles_are_known_in_many_languages(text: str, rest: str) -> None:
    assert without_preamble(text) == rest


@pytest.mark.parametrize(
    "text",
    [
        "Here is why stacks grow down: the code lies at the bottom.",
        "Sure enough, it worked.",
        "Of course the stack grows.",
        "Below the surface lies a tree. It is balanced.",
        "Claro de luna is a piece by Debussy.",
        "Certain structures are faster: queues.",
        "Okay is a word of unknown origin.",
        "Voici was a magazine.",
        "",
    ],
)
def test_a_text_that_only_begins_alike_is_left_alone(text: str) -> None:
    assert without_preamble(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "As an AI language model, I cannot watch videos.",
        "I am unable to access the video.",
        "Es tut mir leid, ich kann das nicht.",
        "Je ne peux pas résumer cette vidéo.",
        "Lo siento, no puedo ver el vídeo.",
        "抱歉，我无法观看视频。",
        "申し訳ありませんが、お手伝いできません。",
    ],
)
def test_a_refusal_is_no_note(text: str) -> None:
    assert is_refusal(text)
    draft = Draft("Notes", (DraftSection("Overview", (), text, text, text),), whole=True)
    assert ("refusal", "ask-again") in problems(draft, language="")


def test_a_refusal_for_the_matter_itself_is_not_asked_again() -> None:
    text = "I can't help with that, since it is against my guidelines."
    draft = Draft("", (DraftSection("Overview", (), text, text, text),), whole=True)
    assert ("refusal", "refuse") in problems(draft)
    assert checked(draft)[0].severity is Severity.REFUSE


@pytest.mark.parametrize(
    "text",
    [
        "Please provide the transcript of the video.",
        "Could you share the link to the video, so that I can begin?",
        "No transcript was provided.",
        "Bitte stellen Sie mir das Transkript zur Verfügung.",
        "请提供视频的字幕。",
    ],
)
def test_an_answer_that_asks_for_the_words_is_no_note(text: str) -> None:
    assert is_begging(text)
    draft = Draft("Notes", (DraftSection("Overview", (), text, text, text),), whole=True)
    assert ("no-material", "ask-again") in problems(draft, language="")


def test_a_talk_may_beg_and_refuse_as_long_as_the_note_is_one() -> None:
    said = "I cannot help it, says the man in the play: please send me the text of the letter."
    assert is_refusal(said)
    assert is_begging(said)
    long = tuple(replace(s, comprehensive=s.comprehensive * 2) for s in GOOD.sections)
    first = replace(long[0], concise=said)
    assert {p for p, _ in problems(replace(GOOD, sections=(first, *long[1:])))} == set()


class Marked(NullTranslations):
    def gettext(self, message: str) -> str:
        return f"~{message}"


def test_the_user_reads_in_their_language_why_it_is_no_note_and_the_model_in_english() -> None:
    found = [
        Finding(problem, Severity.ASK_AGAIN, f"In English: {problem}.")
        for problem in (Problem.REPEATED, Problem.REPEATED, Problem.UNFINISHED)
    ]
    found.append(Finding(Problem.EMPTY_LEVEL, Severity.MEND, "This is mended."))
    assert reason_words(found) == reason(found)
    words.speak("de", Marked())
    try:
        assert reason_words(found) == "~Its text repeats itself. ~Its end is missing."
        assert reason(found).startswith("In English: repeated.")
    finally:
        words.speak(words.SOURCE)


def test_the_wrong_language_is_named() -> None:
    found = checked(GOOD, language="de")
    assert [f.problem for f in found] == [Problem.WRONG_LANGUAGE]
    assert reason(found) == "The answer is in English; it should be in German."
    assert not usable(found)
    assert not continues(found)


def test_without_a_wish_the_language_of_the_talk_counts() -> None:
    german = Transcript("de", TALK.kind, TALK.segments)
    assert ("wrong-language", "ask-again") in problems(GOOD, language="", transcript=german)
    silent = problems(GOOD, language="", transcript=None)
    assert "wrong-language" not in {problem for problem, _ in silent}


def test_quotes_are_in_the_language_of_the_speaker() -> None:
    assert problems(GOOD, language="de", quoted=True) == set()


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("sicp-lec1a.en.srt", "en"),
        ("scotus-sffa-v-unc_2022.en.vtt", "en"),
        ("state-of-openedx.auto.en.srt", "en"),
        ("state-of-openedx.auto-translated.es.srt", "es"),
        ("sicp-lec8a.zh.srt", "zh"),
    ],
)
def test_a_paragraph_of_a_real_talk_is_enough_to_tell_its_language(
    name: str, language: str
) -> None:
    text = talk(name).text
    for start in range(0, len(text) - 600, 600):
        piece = text[start : start + 600]
        assert detect_language(piece) == language
        assert differs(piece, language) == ""
        assert differs(piece, "ja") == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Die Methode ist alt, und man findet sie auch in den Büchern der Schule. " * 3, "de"),
        ("La méthode est ancienne et on la trouve aussi dans les livres de l'école. " * 3, "fr"),
        ("O método é antigo e também está nos livros da escola que não são novos. " * 3, "pt"),
        ("Il metodo è antico e si trova anche nei libri della scuola, ma non è facile. " * 3, "it"),
        ("De methode is oud en je vindt haar ook in de boeken van de school. " * 3, "nl"),
        ("Этот метод очень старый, и его можно найти в книгах, но не все его знают. " * 3, "ru"),
        ("Цей метод дуже старий, і його можна знайти в книгах, але не всі його знають. " * 3, "uk"),
        ("この方法はとても古く、学校の本にも書かれていますが、知らない人もいます。", "ja"),
        ("이 방법은 아주 오래되었고 학교 책에도 나옵니다.", "ko"),
        ("Η μέθοδος είναι παλιά και υπάρχει στα βιβλία.", "el"),
        ("x = 1; y = 2", ""),
        ("", ""),
    ],
)
def test_languages_are_told_by_script_and_small_words(text: str, language: str) -> None:
    assert detect_language(text) == language
    assert differs(text, language) == ""


def test_code_names_and_near_kin_are_no_other_language() -> None:
    code = "```\nif the of and to in is that it for you\n```"
    assert differs(code, "de") == ""
    danish = "Metoden er gammel, og man kan også finde den i skolens bøger, som ikke er nye. " * 3
    assert differs(danish, "nb") == ""
    assert differs("Short text in English.", "de") == ""


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Гледаме дека методот е стар, но сè уште се користи денес во многу системи. ", "mk"),
        ("A lezzione parla di cumu l'urdinatori travaglianu è perchè hè impurtante. ", "co"),
        ("Ligjërata flet për mënyrën se si punojnë dhe pse është e rëndësishme kjo. ", "sq"),
    ],
)
def test_a_language_without_known_words_is_not_taken_for_its_neighbour(
    text: str, language: str
) -> None:
    assert differs(text * 3, language) == ""
    assert differs(
        "This is what the talk is about, and that is how it works for us. " * 3, language
    )


def test_missing_sections_are_named_and_the_rest_is_enough() -> None:
    found = checked(replace(GOOD, sections=GOOD.sections[:3]))
    problem = next(f for f in found if f.problem is Problem.MISSING_SECTIONS)
    assert "has 3 sections" in problem.message
    assert problem.lacks == "the section “Summary points”"
    assert "“Summary points”" in problem.message
    assert continues(found)


def test_translated_headings_are_not_missing() -> None:
    headings = ("Überblick", "Stapel", "Schlangen", "Kernpunkte")
    draft = replace(
        GOOD,
        sections=tuple(replace(s, heading=h) for s, h in zip(GOOD.sections, headings, strict=True)),
    )
    assert problems(draft) == set()


def test_fewer_topics_than_asked_for_are_no_fault_and_own_headings_cannot_be_missed() -> None:
    fewer = replace(GOOD, sections=(GOOD.sections[0], GOOD.sections[1], GOOD.sections[3]))
    assert problems(fewer) == set()
    own = tuple(replace(s, heading=f"Thoughts {n}") for n, s in enumerate(GOOD.sections))
    assert problems(replace(GOOD, sections=own)) == set()


def test_one_pair_of_equal_levels_is_accepted_and_many_are_not() -> None:
    one = with_first(standard=GOOD.sections[0].concise)
    assert problems(one) == {("levels-alike", "accept")}
    assert usable(checked(one))
    many = replace(
        GOOD, sections=tuple(replace(s, standard=s.comprehensive) for s in GOOD.sections)
    )
    assert ("levels-alike", "mark") in problems(many)
    assert usable(checked(many))
    assert lacks(checked(many)) == ("levels that differ",)


def test_levels_in_the_wrong_order_of_length_change_places() -> None:
    first = GOOD.sections[0]
    draft = with_first(concise=first.comprehensive, comprehensive=first.concise)
    assert ("levels-swapped", "mend") in problems(draft)
    assert clean_up(draft) == GOOD


def test_an_empty_level_is_filled_from_its_neighbour() -> None:
    draft = with_first(standard="  ")
    assert ("empty-level", "mend") in problems(draft)
    assert clean_up(draft).sections[0].standard == GOOD.sections[0].concise
    half = replace(GOOD, sections=tuple(replace(s, comprehensive="") for s in GOOD.sections))
    assert ("empty-level", "mark") in problems(half)
    assert lacks(checked(half)) == ("the comprehensive level of its sections",)


def test_an_empty_section_is_left_out() -> None:
    draft = replace(GOOD, sections=(*GOOD.sections, DraftSection("Nothing", ("1",), " ", "", "\n")))
    assert clean_up(draft) == GOOD


def test_doubled_headings_are_told_apart_and_doubled_sections_left_out() -> None:
    twin = GOOD.sections[1]
    other = section("stacks ", "40", text="Plates in a kitchen are piled so that the last is used.")
    draft = replace(GOOD, sections=(*GOOD.sections, twin, other))
    assert ("doubled-heading", "mend") in problems(draft)
    mended = clean_up(draft)
    assert [s.heading for s in mended.sections][-1] == "stacks (2)"
    assert len(mended.sections) == 5


@pytest.mark.parametrize("sign", "*_#")
def test_a_line_of_nothing_but_signs_is_a_heading_and_no_text(sign: str) -> None:
    line = sign * 30_000
    assert clean_up(with_first(heading=line)).sections[0].heading == line
    assert line not in clean_up(with_first(concise=line)).sections[0].texts


@pytest.mark.parametrize("heading", ["## Overview", "**Overview**", "# **Overview**", " Overview "])
def test_markup_around_a_heading_goes(heading: str) -> None:
    assert clean_up(with_first(heading=heading)) == GOOD


def test_a_text_wrapped_in_a_fence_is_unwrapped() -> None:
    text = GOOD.sections[0].concise
    assert clean_up(with_first(concise=f"```markdown\n{text}\n```")) == GOOD


def test_quotes_are_never_reworded() -> None:
    draft = with_first(concise="Sure! Lisp is old.", heading="**Overview**")
    assert clean_up(draft, quoted=True) == draft


def test_cites_of_nothing_are_mended_however_many_they_are() -> None:
    first = replace(GOOD.sections[0], cites=("1", "20", "999"))
    draft = replace(GOOD, sections=(first, *GOOD.sections[1:]))
    assert problems(draft) == {("unknown-cites", "mend")}
    wild = replace(GOOD, sections=tuple(replace(s, cites=("900", "901")) for s in GOOD.sections))
    assert problems(wild) == {("unknown-cites", "mend")}


def test_a_cut_answer_is_unfinished() -> None:
    cut = replace(GOOD, whole=False)
    assert ("unfinished", "ask-again") in problems(cut)
    assert continues(checked(cut))


def test_the_gravest_comes_first_and_the_reason_leaves_out_what_is_mended() -> None:
    draft = replace(
        with_first(concise=f"Sure! Here is the overview: {TEXTS['Overview']}"), whole=False
    )
    found = checked(draft)
    assert found[0].problem is Problem.UNFINISHED
    assert reason(found) == "The answer was cut off before its end."


TEXT = st.one_of(
    texts(max_size=60),
    st.sampled_from(
        [*TEXTS.values(), "Sure!", "Here are the notes:", "```md\nx\n```", "**x**", "# x", "\ud800"]
    ),
    st.lists(
        st.sampled_from(["Sure! ", "Here is the summary:\n", "Lisp. ", "```"]), max_size=4
    ).map("".join),
)
DRAFTS = st.builds(
    Draft,
    title=TEXT,
    sections=st.lists(
        st.builds(
            DraftSection,
            heading=TEXT,
            cites=st.lists(texts(max_size=8), max_size=3).map(tuple),
            concise=TEXT,
            standard=TEXT,
            comprehensive=TEXT,
        ),
        max_size=5,
    ).map(tuple),
    whole=st.booleans(),
)


@examples(300)
@given(DRAFTS, st.booleans(), st.sampled_from(["", "en", "zh", "sr", "xx"]))
def test_mending_never_raises_and_mending_twice_changes_nothing(
    draft: Draft, quoted: bool, language: str
) -> None:
    checked(draft, quoted=quoted, language=language)
    once = clean_up(draft, quoted=quoted)
    assert clean_up(once, quoted=quoted) == once
    found = {f.problem for f in checked(once, quoted=quoted)}
    assert not found & {Problem.LEVELS_SWAPPED, Problem.DOUBLED_HEADING, Problem.EMPTY_LEVEL}


def test_a_faithful_note_of_a_real_talk_passes() -> None:
    words = sample()
    told = retold(words, seed=1, sections=12, made_up=0.0, keep=0.9)
    draft = clean_up(told.draft)
    found = check(draft, TEMPLATE, transcript=words, video=VIDEO, language="en")
    assert usable(found), found


@pytest.mark.parametrize(
    "options",
    [
        "- A) Nucleus\n- B) `a[1]`\n- C) __init__",
        "A. Nucleus\nB. `a[1]`\nC. __init__",
        "* **A)** Nucleus\n* **B)** `a[1]`\n* **C)** __init__",
        "**A) Nucleus**\n**B) `a[1]`**\n**C) __init__**",
        "- [ ] A) Nucleus\n- [x] B) `a[1]`\n- [ ] C) __init__",
        "(a) Nucleus\n\n(b) `a[1]`\n\n(c) __init__",
        "a: Nucleus\nb: `a[1]`\nc: __init__",
    ],
)
def test_the_options_of_a_question_are_a_list_in_any_notation_and_give_none_away(
    options: str,
) -> None:
    text = f"{options}\n\n**B** is right: it is read from the list."
    draft = Draft("t", (DraftSection("What is read?", (), text, text + " x", text + " x y"),), True)
    mended = clean_up(draft)
    assert mended.sections[0].concise == (
        "- A) Nucleus\n- B) `a[1]`\n- C) __init__\n\n**B** is right: it is read from the list."
    )
    assert clean_up(mended) == mended


def test_a_text_that_begins_with_initials_has_no_options() -> None:
    text = "A. Turing asked it.\nB. Russell did not.\nIt is open."
    draft = Draft("t", (DraftSection("h", (), text, text + " x", text + " x y"),), True)
    assert clean_up(draft).sections[0].concise == text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("It halts.[^1] Then[^a] more.\n\n[^1]: So Turing\n    says.\n[^a]: 12",
         "It halts. (So Turing says) Then [12] more."),
        ("It halts [^1].\n\n[^1]: [12]", "It halts [12]."),
        ("It halts [^12].", "It halts [^12]."),
        ("It halts.\n\n[^1]: Nobody knows.", "It halts.\n\nNobody knows."),
        ("[x]: https://x.example\n\nIt [x] halts.", "[x]: https://x.example\n\nIt [x] halts."),
    ],
)  # fmt: skip
def test_footnotes_of_the_model_stand_where_they_are_referred_to(text: str, plain: str) -> None:
    (section,) = clean_up(Draft("t", (DraftSection("H", (), text, text, text),))).sections
    assert section.comprehensive == plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("✅ Hash it [7]\n❌ Plain text [8]", "- ✅ Hash it [7]\n- ❌ Plain text [8]"),
        ("So:\n• one [1]\n• two [2]\nEnd.", "So:\n\n- one [1]\n- two [2]\n\nEnd."),
        ("  – one\n  – two", "- one\n  - two"),
        ("– said he.\n\nAnd – so.", "– said he.\n\nAnd – so."),
        ("```\n• one\n• two\n```", "```\n• one\n• two\n```"),
    ],
)
def test_lists_of_any_signs_are_lists(text: str, plain: str) -> None:
    (section,) = clean_up(Draft("t", (DraftSection("H", (), text, text, text),))).sections
    assert section.comprehensive == plain
