"""At which seconds of a video a picture is worth having."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import Any

import pytest

from notegen_desktop.domain.notes.note import Cite, Doubt, Note, Picture, Section
from notegen_desktop.domain.notes.pictures import (
    PictureMoment,
    PointingTable,
    PointingWords,
    moments,
    with_picture,
    without_picture,
)
from notegen_desktop.domain.text.transcript import Segment, Transcript, TranscriptKind
from tests.fakes.notes import a_note
from tests.places import ROOT

TABLES: dict[str, dict[str, Any]] = tomllib.loads((ROOT / "resources/pointing.toml").read_text())


def words_of(*languages: str) -> PointingWords:
    return PointingWords(
        *(
            PointingTable(
                tuple(TABLES[tag]["pointing"]),
                tuple(TABLES[tag]["things"]),
                TABLES[tag].get("spaced", True),
            )
            for tag in languages
        )
    )


def said(*texts: str, timed: bool = True) -> Transcript:
    """A segment every 20 s, from 0 on."""
    segments = tuple(Segment(str(n), 20.0 * n, 20.0 * n + 19, text) for n, text in enumerate(texts))
    return Transcript("en", TranscriptKind.MANUAL, segments, timed)


def note_on(*sections: tuple[str, list[Cite]]) -> Note:
    return a_note(sections=tuple(Section("S", tuple(c), text, text, text) for text, c in sections))


def at(*numbers: int, **facts: Any) -> list[Cite]:
    """Cites of the segments with these numbers."""
    return [Cite(20.0 * n, 20.0 * n + 19, True, i, **facts) for i, n in enumerate(numbers, 1)]


ENGLISH = words_of("en")


def test_a_picture_is_taken_when_the_speaker_points_at_something() -> None:
    transcript = said("Hello.", "As you can see here, the curve bends.", "So much for that.")
    note = note_on(("It bends. [^2] Hello. [^1]", at(0, 1, 2)))
    assert moments(note, transcript, ENGLISH) == [PictureMoment(0, 20.0)]


def test_of_a_talk_that_points_at_nothing_none_is_taken() -> None:
    transcript = said("We went home.", "It was late.", "Nobody was there.")
    assert moments(note_on(("Home. [^1]", at(0, 1, 2))), transcript, ENGLISH) == []


def test_pointing_comes_before_naming_and_each_section_has_its_turn() -> None:
    transcript = said(
        "An equation has two sides.", "Look at this slide.", "This diagram is old.", "Bye."
    )
    note = note_on(("A. [^1] B. [^2] C. [^3]", at(0, 1, 2)), ("D. [^1]", at(0)))
    found = moments(note, transcript, ENGLISH)
    assert found == [PictureMoment(0, 20.0), PictureMoment(1, 0.0), PictureMoment(0, 40.0)]


def test_where_a_section_has_code_or_a_formula_it_was_most_likely_shown() -> None:
    for text in ("Set it:\n\n```\nx = 1\n```\n", "So $e = mc^2$ holds. [^1]", "$$\na\n$$\n"):
        assert moments(note_on((text, at(3))), said(*"abcde"), ENGLISH) == [PictureMoment(0, 60.0)]
    assert moments(note_on(("It costs $5 or $6. [^1]", at(3))), said(*"abcde"), ENGLISH) == []


def test_words_of_a_statement_count_where_those_of_the_talk_have_no_time() -> None:
    note = note_on(("This diagram has three boxes. [^1] Others do not. [^2]", at(1, 2)))
    for transcript in (None, said("a", "b", "As you see here.", timed=False)):
        assert moments(note, transcript, ENGLISH) == [PictureMoment(0, 20.0)]


def test_a_statement_in_doubt_names_no_place() -> None:
    cites = [replace(each, verified=False, doubt=Doubt.PLACE) for each in at(1)]
    assert moments(note_on(("X. [^1]", cites)), said("", "Look at this slide."), ENGLISH) == []


def test_two_places_close_by_are_one() -> None:
    cites = [Cite(20.0, 20.5, True, 1), Cite(22.0, 22.5, True, 2), Cite(26.0, 27.0, True, 3)]
    note = note_on(("This slide. [^1] This chart. [^2] This map. [^3]", cites))
    assert [m.at_s for m in moments(note, None, ENGLISH)] == [20.0, 26.0]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "if you look at this graph"),
        ("en", "here's a picture of the plant"),
        ("en", "here’s the code"),
        ("en", "so I'll draw it on the board"),
        ("de", "Wie Sie hier sehen, steigt sie."),
        ("de", "auf der nächsten Folie"),
        ("fr", "Comme vous voyez ici, cette courbe monte"),
        ("fr", "on le voit sur le schéma"),
        ("es", "como pueden ver en esta diapositiva"),
        ("it", "come vedete in questa slide"),
        ("pt", "olhem aqui nesse gráfico"),
        ("nl", "zoals je hier op het scherm ziet"),
        ("sv", "som ni ser här på bilden"),
        ("pl", "jak widzicie tutaj na tym wykresie"),
        ("ru", "Как вы видите на этом слайде"),
        ("tr", "bu grafikte gördüğünüz gibi"),
        ("ar", "كما ترون في هذه الصورة"),
        ("zh", "大家可以看这张图"),
        ("zh", "黑板上写的公式"),
        ("ja", "こちらの図をご覧ください"),
        ("ko", "여기 보시는 것처럼 이 그래프는"),
    ],
)
def test_pointing_is_heard_in_many_languages(language: str, text: str) -> None:
    assert words_of(language).weight(text) == 4


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "you see, this is what we wanted"),
        ("en", "let me tell you a story"),
        ("en", "I see the problem in your argument"),
        ("de", "das sehen wir anders, glaube ich"),
        ("fr", "nous verrons bien demain"),
        ("ru", "мы говорили об этом вчера"),
        ("ja", "昨日はとても暑かったです"),
        ("zh", "昨天我很高兴"),
        ("ko", "어제는 비가 왔어요"),
    ],
)
def test_ordinary_speech_points_at_nothing(language: str, text: str) -> None:
    assert words_of(language).weight(text) == 0


def test_words_of_two_languages_are_heard_together() -> None:
    both = words_of("en", "zh")
    assert both.weight("look at this slide") == both.weight("这张图") == 4


# --- pictures in a note ---

ONE, TWO = Picture(30.0, 4, 3, b"one"), Picture(20.0, 4, 3, b"two")


def test_pictures_of_a_section_stand_by_time_one_a_second() -> None:
    note = with_picture(with_picture(a_note(), 1, ONE), 1, TWO)
    assert note.sections[1].pictures == (TWO, ONE)
    again = replace(TWO, data=b"three")
    assert with_picture(note, 1, again).sections[1].pictures == (again, ONE)


def test_a_picture_taken_out_leaves_the_note_as_it_was() -> None:
    note = with_picture(a_note(), 1, ONE)
    assert without_picture(note, 1, ONE) == a_note()
    assert without_picture(a_note(), 1, ONE) == without_picture(a_note(), 9, ONE) == a_note()


def test_equal_pictures_have_one_name() -> None:
    assert ONE.name == replace(ONE, at_s=3.0).name != TWO.name
    assert ONE.words == "Picture at 0:30"
