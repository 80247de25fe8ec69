"""The figures of quality come from the program: where it says otherwise, they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from notegen_desktop.domain.checks.grounding import Grounded, ground
from notegen_desktop.domain.notes.note import DraftSection
from notegen_desktop.domain.text.features import tokens
from notegen_desktop.services.machine.paths import sample_talk
from notegen_desktop.services.writers.extract.analysis import Analysis

from . import excerpts, quality, textbook
from .quality import Claim

SAMPLE = sample_talk()


def believing(*given: Any, **told: Any) -> Grounded:
    """Grounding that believes everything."""
    found = ground(*given, **told)
    sections = tuple(
        replace(s, cites=tuple(replace(c, verified=True, doubt=None, mark="") for c in s.cites))
        for s in found.sections
    )
    return replace(found, sections=sections)


def first_sentences(_plan: Any, analysis: Analysis, _video: Any) -> list[DraftSection]:
    """An engine that quotes the first sentences of a talk, as one chapter."""
    text = " ".join(f"{sentence.text} [1]" for sentence in analysis.sentences[:12])
    return [DraftSection("All", ("1",), text, text, text)]


def test_a_statement_is_judged_by_the_words_at_its_label() -> None:
    index = quality.index_of(SAMPLE)
    words = index.segments[17].text
    assert quality.verdict(Claim("right", words, "18", is_true=True), index) is True
    assert quality.verdict(Claim("place", words, "60", is_true=False), index) is not True


def test_the_figures_of_support_are_those_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    claims = [
        Claim("right", "Retrieval practice does not replace understanding.", "69", is_true=True),
        Claim("place", "Retrieval practice does not replace understanding.", "8", is_true=False),
    ]
    found = dict(quality.support("sample", claims, SAMPLE))
    assert found["sample_right_supported"] == 1.0
    assert found["sample_place_seen"] == 1.0
    made = quality.made_falsehoods("sample", SAMPLE)
    monkeypatch.setattr(quality, "ground", believing)
    assert dict(quality.support("sample", claims, SAMPLE))["sample_place_seen"] == 0.0
    believed = quality.made_falsehoods("sample", SAMPLE)
    assert believed["sample_quotation_altered_seen"] == 0.0
    assert believed["sample_quotation_true_supported"] == 1.0
    assert (
        believed["sample_quotation_true_supported_of"] == made["sample_quotation_altered_seen_of"]
    )


def test_coverage_is_what_the_program_says_of_a_note() -> None:
    chapters = quality.gapless_chapters(quality.index_of(SAMPLE).transcript)
    whole = dict(quality.coverage("note", chapters))
    assert whole == {
        "coverage_note": 1.0,
        "coverage_note_gaps": 0,
        "coverage_note_border_moved_s": 0.0,
    }
    holed = replace(chapters, sections=chapters.sections[:2] + chapters.sections[3:])
    found = dict(quality.coverage("note", holed))
    assert found["coverage_note"] < 0.9
    assert found["coverage_note_gaps"] == 1


@pytest.mark.skipif(not quality.WRITTEN.exists(), reason="the written notes lie elsewhere")
def test_labels_of_written_notes_are_looked_up_in_the_lecture(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "flashcards.json").write_bytes((quality.WRITTEN / "flashcards.json").read_bytes())
    monkeypatch.setattr(quality, "WRITTEN", tmp_path)
    found = dict(quality.written_notes())
    assert found["labels_flashcards_supported"] == found["labels_right_supported"] > 0.9
    assert found["labels_random_supported"] < 0.1
    assert found["statements_right_supported"] > found["statements_random_supported"]
    monkeypatch.setattr(quality, "ground", believing)
    assert dict(quality.written_notes())["labels_random_supported"] == 1.0


def test_answers_are_counted_by_running_their_cases(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cases = tmp_path / "test_cases.py"
    cases.write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('where', ['own', 'shared'])\n"
        "@pytest.mark.parametrize('right', [True, True, False])\n"
        "def test_an_answer_is_read_as_it_was_meant(right, where):\n"
        "    assert right or where == 'shared'\n"
    )
    monkeypatch.setattr(quality, "DECODING", cases)
    assert quality.answers_read() == {
        "answers_own_right": 2,
        "answers_own_of": 3,
        "answers_shared_right": 3,
        "answers_shared_of": 3,
    }


def test_chapters_and_extracts_are_those_the_offline_engine_writes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    talk = excerpts.sample(quality.truth())
    chapters, extracts = excerpts.chapters(talk), excerpts.extracts(talk)
    assert chapters["first_at_zero"] == 1.0
    assert extracts["standard_own_places"] > extracts["standard_lead_places"]
    monkeypatch.setattr(excerpts, "compose", first_sentences)
    assert excerpts.chapters(talk)["count"] == 1
    assert excerpts.extracts(talk)["standard_own_places"] == 0.0


def test_the_measures_of_segmentation_tell_right_from_wrong() -> None:
    sunny, rainy = ["sun", "light", "warm"], ["rain", "cloud", "wet"]
    talk = [[*sunny, str(n)] for n in range(40)] + [[*rainy, str(n)] for n in range(40)]
    found = textbook.texttiling(talk, frozenset(), count=2)
    assert abs(found[1] - 40) <= 2
    assert textbook.pk([0, 40], [0, 40], 80) == textbook.windowdiff([0, 40], [0, 40], 80) == 0.0
    assert textbook.pk([0, 40], [0, 10], 80) > textbook.pk([0, 40], [0, 38], 80) > 0.0
    astray = textbook.windowdiff([0, 40], [0, 10, 20, 30], 80)
    assert astray > textbook.windowdiff([0, 40], [0, 38], 80) > 0.0


@pytest.mark.parametrize("method", textbook.EXTRACTORS)
def test_each_textbook_method_fills_its_words_in_the_order_of_the_talk(method: str) -> None:
    talk = [tokens(text) for _, text in excerpts.sample(quality.truth()).sentences]
    chosen: Sequence[int] = textbook.EXTRACTORS[method](talk, frozenset(("the", "a")), 120)
    assert list(chosen) == sorted(set(chosen))
    words = [len(talk[at]) for at in chosen]
    assert 120 <= sum(words) < 120 + max(words)


def test_what_is_not_on_the_machine_is_left_out_and_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for module, name in [
        (quality, "WRITTEN"),
        (quality, "CLAIMS"),
        (excerpts, "WRITTEN"),
        (excerpts, "MEETINGS"),
    ]:
        monkeypatch.setattr(module, name, tmp_path / "missing")
    monkeypatch.setattr(quality, "answers_read", dict)
    figures = quality.measure()
    assert all(isinstance(value, float | int) for value in figures.values())
    parts = (
        "sample_right",
        "sample_number",
        "coverage_sample",
        "chapters_sample",
        "extract_sample",
    )
    for part in parts:
        assert any(name.startswith(f"quality_{part}") for name in figures), part
    assert not any("lecture" in name or "meetings" in name for name in figures)
    said = capsys.readouterr().err
    for what in ("written notes and claims", "lecture", "meetings"):
        assert f"skipped, not on this machine: {what}" in said


def test_what_is_known_of_the_sample_holds() -> None:
    """Labels are there, in order; what is quoted truly is said there, what is altered is not."""
    said = {segment.label: segment.text for segment in quality.index_of(SAMPLE).segments}
    known = quality.truth()
    assert known["chapters"] == sorted(known["chapters"])
    for first, last in known["questions"].values():
        assert 1 <= first <= last <= len(said)
    for claim in quality.sample_claims():
        words = said[claim.label]
        if claim.kind.startswith("quotation"):
            quoted = claim.text.partition("“")[2].partition("”")[0].rstrip(".").casefold()
            assert (quoted in words.casefold()) is claim.is_true, claim.text
