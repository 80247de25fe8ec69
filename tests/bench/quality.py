"""What notes are worth, as figures: how honest their marks are, what they cover, how answers are
read, where chapters begin, what extracts quote. Each is computed by the code of the program.

The talk that comes with the program and what is known of it (`sample_truth.toml`) is always there.
Written notes, claims, answers of models and meetings lie beside the checkout; their figures are
left out where they do not, and that is said.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any
from xml.etree import ElementTree

from notegen_desktop.domain.checks.evidence import GroundingIndex
from notegen_desktop.domain.checks.grounding import Grounded, ground
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Cite, Doubt, Draft, DraftSection, Level
from notegen_desktop.domain.notes.statements import split, without_markers
from notegen_desktop.domain.text.sentences import split_sentences
from notegen_desktop.domain.text.transcript import Transcript
from notegen_desktop.services.machine.paths import sample_talk
from notegen_desktop.services.sources.captions import read_caption_file
from tests.fakes.assignments import template
from tests.places import ROOT, SHARED

from . import excerpts

WRITTEN = SHARED / "data" / "cases" / "notes" / "sicp-lec1a"
CLAIMS = SHARED / "data" / "cases" / "notes" / "claims_sicp-lec1a.json"
LECTURE = SHARED / "data" / "transcripts" / "sicp-lec1a.en.srt"
DECODING = ROOT / "tests" / "services" / "generation" / "test_answers_as_meant.py"
SEED = 7
FAR = 10
"""So many segments from every right label, a label chosen by chance is a wrong one."""
MADE = 60
"""Quotations, numbers and statements taken from a talk and altered."""
_VERB = re.compile(r"\b(is|are|was|were|can|could|should|would|will)\b")
_UNSTATED = re.compile(
    r"\?|n't\b|\b(?:no|not|never|nothing|none|if|whether|without)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Claim:
    """A statement as a writer would give it: the label of the segment it names, and its kind."""

    kind: str
    text: str
    label: str
    is_true: bool
    language: str = "en"


@cache
def truth() -> dict[str, Any]:
    """What is known of the talk that comes with the program."""
    return tomllib.loads(Path(__file__).with_name("sample_truth.toml").read_text("utf-8"))


@cache
def index_of(path: Path) -> GroundingIndex:
    return GroundingIndex(read_caption_file(path))


def measure() -> dict[str, float]:
    """Shares from 0 to 1 unless the name says otherwise (`_s` seconds, `_of` of how many)."""
    figures = dict(support("sample", sample_claims(), sample_talk()))
    figures |= made_falsehoods("sample", sample_talk())
    figures |= dict(coverage("sample", gapless_chapters(index_of(sample_talk()).transcript)))
    if missing := [path.name for path in (WRITTEN, CLAIMS, LECTURE) if not path.exists()]:
        skipped(f"written notes and claims ({', '.join(missing)})")
    else:
        figures |= dict(support("lecture", lecture_claims(), LECTURE))
        figures |= made_falsehoods("lecture", LECTURE)
        figures |= dict(written_notes())
        for path in sorted(WRITTEN.glob("*.json")):
            figures |= dict(coverage(path.stem, draft_of(path), template_of(path), LECTURE))
    figures |= answers_read()
    figures |= dict(excerpts.measure(truth()))
    return {f"quality_{name}": round(value, 4) for name, value in figures.items()}


def skipped(what: str) -> None:
    print(f"quality: skipped, not on this machine: {what}", file=sys.stderr)


# --- Support: statements, by kind -----------------------------------------------------------------


def sample_claims() -> list[Claim]:
    claims = [
        Claim(kind, text, str(label), kind.endswith("right"))
        for kind, stated in truth()["claims"].items()
        for label, text in stated
    ]
    return claims + [
        Claim(f"{language}-{kind}", text, str(label), kind == "right", language)
        for language, kinds in truth()["foreign"].items()
        for kind, stated in kinds.items()
        for label, text in stated
    ]


def lecture_claims() -> list[Claim]:
    return [
        Claim(c["kind"], c["text"], c["cite"], c["supported"], c["language"])
        for c in json.loads(CLAIMS.read_text("utf-8"))
    ]


def verdict(claim: Claim, index: GroundingIndex) -> bool | None:
    """What the program says of a statement with one label: as a level of a section, grounded."""
    text = f"{claim.text} [{claim.label}]"
    section = DraftSection(heading="", concise=text, standard=text, comprehensive=text)
    (grounded,) = _grounded([section], index, language=claim.language).sections
    return _of_cites(grounded.cites)


def support(name: str, claims: Iterable[Claim], path: Path) -> Iterator[tuple[str, float]]:
    """Of true statements the share that is supported, of false ones the share that is doubted; and
    of those in another language the share with which nothing could be compared."""
    index = index_of(path)
    kinds: dict[tuple[str, bool], list[bool | None]] = {}
    for claim in claims:
        kinds.setdefault((claim.kind, claim.is_true), []).append(verdict(claim, index))
    for (kind, is_true), verdicts in kinds.items():
        what = "supported" if is_true else "seen"
        yield f"{name}_{kind}_{what}", fmean(v is (is_true or False) for v in verdicts)
        if kind.startswith("de-"):
            yield f"{name}_{kind}_unchecked", fmean(v is None for v in verdicts)
        yield f"{name}_{kind}_of", len(verdicts)


def made_falsehoods(name: str, path: Path) -> dict[str, float]:
    """A talk's own sentences, as they are and with a number, a quoted word or a “not” altered."""
    index = index_of(path)
    chance = random.Random(SEED)
    kinds: dict[str, list[bool]] = {}

    def judge(kind: str, text: str, label: str, *, is_true: bool) -> None:
        found = verdict(Claim(kind, text, label, is_true), index)
        kinds.setdefault(kind, []).append(found is is_true)

    said = [
        (segment.label, sentence)
        for segment in index.transcript.segments
        for sentence in split_sentences(segment.text)
    ]
    words = sorted({w for _, sentence in said for w in re.findall(r"[a-z]{5,}", sentence)})
    with_numbers = [pair for pair in said if re.search(r"(?<![\w.,])\d{2,}(?![\w.,]*\d)", pair[1])]
    for label, sentence in chance.sample(with_numbers, min(MADE, len(with_numbers))):
        judge("number_true_supported", sentence, label, is_true=True)
        altered = re.sub(r"\d{2,}", lambda m: str(int(m[0]) + chance.randint(3, 40)), sentence)
        judge("number_altered_seen", altered, label, is_true=False)
    quotable = [
        (label, sentence)
        for label, sentence in said
        if 7 <= len(sentence.split()) <= 25 and '"' not in sentence
    ]
    for label, sentence in chance.sample(quotable, min(MADE, len(quotable))):
        judge("quotation_true_supported", f"He says: “{sentence}”", label, is_true=True)
        own = [w for w in re.findall(r"[a-z]+", sentence) if len(w) > 4] or sentence.split()
        old = chance.choice(own)
        new = chance.choice([w for w in words if w not in sentence])
        altered = re.sub(rf"\b{re.escape(old)}\b", new, sentence, count=1)
        judge("quotation_altered_seen", f"He says: “{altered}”", label, is_true=False)
    stated = [
        (label, sentence)
        for label, sentence in said
        if _VERB.search(sentence) and not _UNSTATED.search(sentence)
    ]
    for label, sentence in chance.sample(stated, min(MADE, len(stated))):
        judge("statement_true_supported", sentence, label, is_true=True)
        judge("not_added_seen", _VERB.sub(r"\1 not", sentence, count=1), label, is_true=False)
    return {f"{name}_{kind}": fmean(right) for kind, right in kinds.items()} | {
        f"{name}_{kind}_of": len(right) for kind, right in kinds.items()
    }


# --- Support: labels of written notes -------------------------------------------------------------


def draft_of(path: Path) -> Draft:
    """An answer as the model gave it."""
    answer = json.loads(path.read_text("utf-8"))
    sections = tuple(
        DraftSection(s["heading"], tuple(s["cites"]), *(s[level.value] for level in Level))
        for s in answer["sections"]
    )
    return Draft(answer["title"], sections, whole=True)


def template_of(path: Path) -> str:
    return path.stem.rstrip("0123456789")


def written_notes() -> Iterator[tuple[str, float]]:
    """Notes of which every label was chosen to be right, and the same with labels by chance."""
    index = index_of(LECTURE)
    chance = random.Random(SEED)
    labels = [segment.label for segment in index.transcript.segments]
    right: dict[str, list[bool]] = {}
    wrong: list[bool] = []
    statements: list[bool | None] = []
    moved: list[bool | None] = []
    accused = 0
    for path in sorted(WRITTEN.glob("*.json")):
        if template_of(path) == "chapters":
            continue  # their labels are borders and state nothing
        for section in draft_of(path).sections:
            places = [index.place_of[label] for label in section.cites]
            far = [
                label
                for at, label in enumerate(labels)
                if all(abs(at - place) > FAR for place in places)
            ]
            for label in section.cites:
                right.setdefault(path.stem, []).append(_holds(section, label, index))
                wrong.append(_holds(section, chance.choice(far), index))
            for level in (Level.STANDARD, Level.COMPREHENSIVE):
                for statement in split(section.at(level)):
                    cites = _stated(statement.text, section.cites, index)
                    statements.append(_of_cites(cites))
                    moved.append(_of_cites(_stated(statement.text, [chance.choice(far)], index)))
                    facts = (Doubt.NUMBER, Doubt.NAME, Doubt.QUOTE)
                    accused += bool(cites) and all(cite.doubt in facts for cite in cites)
    for name, held in right.items():
        yield f"labels_{name}_supported", fmean(held)
    yield "labels_right_supported", fmean(one for held in right.values() for one in held)
    yield "labels_right_of", sum(map(len, right.values()))
    yield "labels_random_supported", fmean(wrong)
    yield "statements_right_supported", fmean(found is True for found in statements)
    yield "statements_random_supported", fmean(found is True for found in moved)
    yield "statements_of", len(statements)
    yield "statements_right_called_wrong_in_a_fact", accused / len(statements)


def _holds(section: DraftSection, label: str, index: GroundingIndex) -> bool:
    """Whether a section with this label alone is called supported."""
    (grounded,) = _grounded([replace(section, cites=(label,))], index).sections
    return any(cite.verified is True for cite in grounded.cites)


def _stated(text: str, labels: Sequence[str], index: GroundingIndex) -> Sequence[Cite]:
    """The cites of a statement that names these labels."""
    marked = without_markers(text) + " " + "".join(f"[{label}]" for label in labels)
    return _grounded([DraftSection("", (), *[marked] * 3)], index).sections[0].cites


def _grounded(
    sections: Sequence[DraftSection],
    index: GroundingIndex,
    *,
    language: str = "",
    template_id: str = "",
) -> Grounded:
    words = index.transcript
    return ground(
        Draft("", tuple(sections), whole=True),
        transcript=words,
        video=Video(id="measured", url="", duration_s=words.duration_s),
        language=language or words.language,
        index=index,
        template=template(template_id) if template_id else None,
    )


def _of_cites(cites: Iterable[Cite]) -> bool | None:
    """Supported by one of them; else doubted by one; else nothing was compared."""
    verdicts = {cite.verified for cite in cites}
    return True if True in verdicts else False if False in verdicts or not verdicts else None


# --- Coverage -------------------------------------------------------------------------------------


def gapless_chapters(words: Transcript, count: int = 6) -> Draft:
    """Chapters cut evenly, each with its first and last label."""
    ends = [round(n * len(words.segments) / count) for n in range(count + 1)]
    sections = []
    for first, last in pairwise(ends):
        said = words.segments[first:last]
        text = " ".join(segment.text for segment in said)
        labels = (said[0].label, said[-1].label)
        sections.append(DraftSection(f"From {said[0].label}", labels, text, text, text))
    return Draft("Chapters", tuple(sections), whole=True)


def coverage(
    name: str, draft: Draft, template_id: str = "chapters", path: Path | None = None
) -> Iterator[tuple[str, float]]:
    """How much of its talk a note is said to cover, its gaps, and how far borders were moved."""
    index = index_of(path or sample_talk())
    grounded = _grounded(draft.sections, index, template_id=template_id)
    yield f"coverage_{name}", grounded.coverage.covered_s / index.transcript.duration_s
    yield f"coverage_{name}_gaps", len(grounded.coverage.gaps)
    if template_id == "chapters":
        segments = index.segments
        yield (
            f"coverage_{name}_border_moved_s",
            max(
                abs(found.cites[at].start_s - segments[index.place_of[given.cites[at]]].start_s)
                if found.cites
                else index.transcript.duration_s
                for given, found in zip(draft.sections, grounded.sections, strict=True)
                for at in (0, -1)
            ),
        )


# --- Answers --------------------------------------------------------------------------------------


def answers_read() -> dict[str, float]:
    """Answers of models and gateways, played over the real wire: how many become the note that was
    meant. `own` are rebuilt in the tests, `shared` lie beside the checkout."""
    outcomes: dict[str, list[bool]] = {}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        chosen = ["-q", "-p", "no:cacheprovider", "-k", "read_as_it_was_meant"]
        subprocess.run(
            [sys.executable, "-m", "pytest", str(DECODING), *chosen, f"--junitxml={report}"],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            check=False,
        )
        for case in ElementTree.parse(report).iter("testcase"):
            if case.find("skipped") is None:
                where = "shared" if "shared" in case.attrib["name"] else "own"
                outcomes.setdefault(where, []).append(len(case) == 0)
    if "shared" not in outcomes:
        skipped("answers of models")
    return {f"answers_{where}_right": sum(passed) for where, passed in outcomes.items()} | {
        f"answers_{where}_of": len(passed) for where, passed in outcomes.items()
    }
