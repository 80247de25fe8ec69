"""What a caption file becomes: every word once, in order of time, in pieces that can be cited."""

from __future__ import annotations

import html
import json
import os
import re
import stat
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notegen_desktop.domain.errors import (
    CaptionsBroken,
    CaptionsEmpty,
    FileMissing,
    FileUnreadable,
    SourceError,
)
from notegen_desktop.domain.text.segments import LONG_S
from notegen_desktop.domain.text.transcript import Transcript, TranscriptKind
from notegen_desktop.services.sources.captions import parse_captions, read_caption_file
from tests.places import SHARED
from tests.properties import examples, texts

TRANSCRIPTS = SHARED / "data" / "transcripts"
REAL = sorted(p for p in TRANSCRIPTS.glob("*") if p.suffix in (".vtt", ".srt", ".json3"))
TALK = "state-of-openedx.auto.en.srt"
real = pytest.mark.skipif(not REAL, reason="the real transcripts are not on this machine")


def words(text: str) -> list[str]:
    """Words for comparing: without case and marks, each CJK character one word."""
    wide = "\u3040-\u30ff\u3400-\u9fff"
    return re.findall(rf"[{wide}]|[^\W_{wide}]+", text.lower())


def word_errors(said: list[str], read: list[str]) -> int:
    """Words missing, added or changed, from the longest common runs."""
    matcher = SequenceMatcher(None, said, read, autojunk=False)
    return sum(max(b - a, d - c) for op, a, b, c, d in matcher.get_opcodes() if op != "equal")


def reference(path: Path) -> list[str]:
    """The words of a file read the plainest way: cue by cue, tags off, sounds off."""
    talk = path.name.startswith("state-of-openedx.auto.en")
    text = (TRANSCRIPTS / TALK if talk else path).read_text("utf-8-sig")
    cues = re.split(r"^.*-->.*$", text, flags=re.MULTILINE)[1:]
    if "rolling" in path.name:
        cues = cues[:400]  # what the derived file was made from
    said: list[str] = []
    for cue in cues:
        text = re.sub(r"\n\n\d*\s*$|\n\nNOTE.*", "", cue, flags=re.DOTALL)
        text = html.unescape(re.sub(r"<[^>]*>", "", text))
        sounds = r"\[(?:music.*?|applause|laughter|aplausos|risa)\]|【.*?】"
        said += words(re.sub(sounds, "", text, flags=re.IGNORECASE))
    return said


def check_times(transcript: Transcript) -> None:
    end = 0.0
    for number, segment in enumerate(transcript.segments, 1):
        assert segment.label == str(number)
        assert end <= segment.start_s <= segment.end_s
        assert segment.text == segment.text.strip() != ""
        end = segment.end_s


# --- real files ----------------------------------------------------------------------------------


@real
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_a_real_file_loses_no_words_and_keeps_its_times(path: Path) -> None:
    transcript = read_caption_file(path)
    said = reference(path)
    assert word_errors(said, words(transcript.text)) <= len(said) * 0.005
    check_times(transcript)
    assert transcript.timed
    assert transcript.kind is TranscriptKind.FILE
    lengths = sorted(s.end_s - s.start_s for s in transcript.segments)
    assert 3 < lengths[len(lengths) // 2] < LONG_S


@real
def test_a_real_file_names_its_language() -> None:
    found = {path.name: read_caption_file(path).language for path in REAL}
    assert found == {name: re.findall(r"\.(en|es|zh)\b", name)[-1] for name in found}


@real
def test_two_hours_and_three_quarters_are_read_to_the_end() -> None:
    transcript = read_caption_file(TRANSCRIPTS / "scotus-sffa-v-unc_2022.en.vtt")
    assert transcript.duration_s > 2.7 * 3600
    # Minute-long answers are cut at sentences, and nobody's words are given to somebody else.
    assert max(s.end_s - s.start_s for s in transcript.segments) <= LONG_S + 0.01
    names = {s.speaker for s in transcript.segments}
    assert {"John G. Roberts, Jr.", "Elena Kagan"} <= names
    assert None not in names


# --- nasty files ---------------------------------------------------------------------------------

ROLLING = """WEBVTT
Kind: captions
Language: en

00:00:00.000 --> 00:00:02.000 align:start position:0%
\x20
so<00:00:00.500><c> today</c><00:00:01.000><c> we</c><00:00:01.500><c> begin</c>

00:00:02.000 --> 00:00:02.010 align:start position:0%
so today we begin
\x20

00:00:02.010 --> 00:00:04.000 align:start position:0%
so today we begin
with<00:00:02.500><c> a</c><00:00:03.000><c> list</c>

00:00:04.000 --> 00:00:04.010 align:start position:0%
with a list
\x20
"""

NASTY: dict[str, tuple[str, bytes, str]] = {
    "no header at all": ("a.vtt", b"00:01.000 --> 00:02.000\nHello there.\n", "Hello there."),
    "a byte order mark": (
        "a.srt",
        "\ufeff1\n00:00:01,000 --> 00:00:02,000\nHello there.\n".encode(),
        "Hello there.",
    ),
    "Windows line ends": (
        "a.srt",
        b"1\r\n00:00:01,000 --> 00:00:02,000\r\nHello\r\nthere.\r\n\r\n2\r\n"
        b"00:00:02,000 --> 00:00:03,000\r\nYou.\r\n",
        "Hello there. You.",
    ),
    "old Macintosh line ends": (
        "a.srt",
        b"1\r00:00:01,000 --> 00:00:02,000\rHello there.\r\r2\r00:00:02,000 --> 00:00:03,000\rYou.",
        "Hello there. You.",
    ),
    "doubled carriage returns": (
        "a.srt",
        b"1\r\r\n00:00:01,000 --> 00:00:02,000\r\r\nHello there.\r\r\n\r\r\n2\r\r\n"
        b"00:00:02,000 --> 00:00:03,000\r\r\nYou.\r\r\n",
        "Hello there. You.",
    ),
    "a blank line after every line": (
        "a.srt",
        b"1\n\n00:00:01,000 --> 00:00:02,000\n\nHello there.\n\n\n\n2\n\n"
        b"00:00:02,000 --> 00:00:03,000\n\nYou.\n",
        "Hello there. You.",
    ),
    "no blank lines between cues": (
        "a.srt",
        b"1\n00:00:01,000 --> 00:00:02,000\nHello there.\n2\n00:00:02,000 --> 00:00:03,000\nYou.\n",
        "Hello there. You.",
    ),
    "numbers from zero": (
        "a.srt",
        b"0\n00:00:01,000 --> 00:00:02,000\nHello\n\n1\n00:00:02,000 --> 00:00:03,000\nthere.\n",
        "Hello there.",
    ),
    "a spoken number right above a time, squeezed": (
        "a.vtt",
        b"WEBVTT\n\n00:01.000 --> 00:02.000\nThe answer is\n42\n00:02.000 --> 00:03.000\n"
        b"of course.\n\n00:03.000 --> 00:04.000\nYes.\n",
        "The answer is 42 of course. Yes.",
    ),
    "no numbers, and words that are numbers": (
        "a.srt",
        b"00:00:01,000 --> 00:00:02,000\nCount:\n\n00:00:02,000 --> 00:00:03,000\n42\n\n"
        b"00:00:03,000 --> 00:00:04,000\n7\n\n00:00:04,000 --> 00:00:05,000\nDone.\n",
        "Count: 42 7 Done.",
    ),
    "numbers spoken in a numbered file": (
        "a.srt",
        b"1\n00:00:01,000 --> 00:00:02,000\n1984\n\n2\n00:00:02,000 --> 00:00:03,000\n2\n\n"
        b"3\n00:00:03,000 --> 00:00:04,000\nis a number.\n",
        "1984 2 is a number.",
    ),
    "empty cues between": (
        "a.srt",
        b"1\n00:00:01,000 --> 00:00:02,000\n\n\n2\n00:00:02,000 --> 00:00:03,000\nHello there.\n\n"
        b"3\n00:00:03,000 --> 00:00:04,000\n\xe2\x80\x8b\n",
        "Hello there.",
    ),
    "blank lines within a cue": (
        "a.vtt",
        b"WEBVTT\n\n00:01.000 --> 00:03.000\nHello\n\nthere.\n\n00:03.000 --> 00:04.000\nYou.\n",
        "Hello there. You.",
    ),
    "style, region and note blocks": (
        "a.vtt",
        b"WEBVTT - lesson\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000\n\n"
        b"STYLE\n::cue { color: red }\n\nREGION\nid:fred\n\nNOTE\nmade by\nhand\n\n"
        b"first\n00:01.000 --> 00:03.000 region:fred\nHello there.\n\nNOTE nothing to see\n\n"
        b"second\n00:03.000 --> 00:04.000\nNOTE that this is said.\n",
        "Hello there. NOTE that this is said.",
    ),
    "tags, classes and time tags": (
        "a.vtt",
        b"WEBVTT\n\n00:01.000 --> 00:03.000\n<i>Hello</i> <c.yellow>there</c>, "
        b'<00:00:02.000><font color="#fff">you</font> <lang en><b>two</b></lang>.\n',
        "Hello there, you two.",
    ),
    "less-than signs and code": (
        "a.srt",
        b"1\n00:00:01,000 --> 00:00:03,000\n"
        b"if a < b and b > c use List<String> or R&D &lt;br&gt;\n",
        "if a < b and b > c use List<String> or R&D <br>",
    ),
    "entities, also escaped twice": (
        "a.srt",
        b"1\n00:00:01,000 --> 00:00:03,000\n"
        b"It&#39;s &quot;Tom &amp; Ann&quot; &amp;#39;s&nbsp;way\n",
        "It's \"Tom & Ann\" 's way",
    ),
    "positions of other formats": (
        "a.srt",
        b"1\n00:00:01,000 --> 00:00:03,000\n{\\an8}Hello {\\i1}there{\\i0}.\\NAnd you.\n",
        "Hello there. And you.",
    ),
    "music and sounds": (
        "a.srt",
        "1\n00:00:01,000 --> 00:00:03,000\n[Music]\n\n2\n00:00:03,000 --> 00:00:05,000\n"
        "♪ la la ♪ [upbeat music playing]\n\n3\n00:00:05,000 --> 00:00:06,000\n(Applause)\n\n"
        "4\n00:00:06,000 --> 00:00:08,000\nHello [he means us] 【音楽】 there (you).\n".encode(),
        "la la Hello [he means us] there (you).",
    ),
    "rolling captions as YouTube makes them": (
        "a.vtt",
        ROLLING.encode(),
        "so today we begin with a list",
    ),
    "rolling captions stripped of their trailing spaces": (
        "a.vtt",
        re.sub(r"^ $", "", ROLLING, flags=re.MULTILINE).encode(),
        "so today we begin with a list",
    ),
    "rolling captions turned into srt": (
        "a.srt",
        b"1\n00:00:00,000 --> 00:00:02,000\nso today we begin\n\n"
        b"2\n00:00:01,000 --> 00:00:04,000\nso today we begin\nwith a list\n\n"
        b"3\n00:00:03,000 --> 00:00:06,000\nwith a list\nof of names\n\n"
        b"4\n00:00:05,000 --> 00:00:08,000\nof of names\nof people\n",
        "so today we begin with a list of of names of people",
    ),
    "live captions that grow word by word": (
        "a.vtt",
        b"WEBVTT\n\n00:00.000 --> 00:01.000\nso\n\n00:01.000 --> 00:02.000\nso today\n\n"
        b"00:02.000 --> 00:03.000\nso today we\n\n00:03.000 --> 00:04.000\nso today we begin\n",
        "so today we begin",
    ),
    "people who say the same thing twice": (
        "a.srt",
        b"1\n00:00:00,000 --> 00:00:01,000\nYes.\n\n2\n00:00:01,000 --> 00:00:02,000\nYes.\n\n"
        b"3\n00:00:02,000 --> 00:00:03,000\nYes.\nNo.\n\n4\n00:00:03,000 --> 00:00:04,000\nNo.\n\n"
        b"5\n00:00:04,000 --> 00:00:05,000\nNever.\n\n"
        b"6\n00:00:05,000 --> 00:00:06,000\nNever say so.\n",
        "Yes. Yes. Yes. No. No. Never. Never say so.",
    ),
    "cues out of order": (
        "a.srt",
        b"1\n00:00:05,000 --> 00:00:06,000\nthere.\n\n2\n00:00:01,000 --> 00:00:02,000\nHello\n",
        "Hello there.",
    ),
    "cues that end before they begin": (
        "a.srt",
        b"1\n00:00:05,000 --> 00:00:01,000\nHello\n\n2\n00:00:06,000 --> 00:00:06,000\nthere.\n",
        "Hello there.",
    ),
    "the same layer twice": (
        "a.srt",
        b"1\n00:00:01,000 --> 00:00:02,000\nHello there.\n\n"
        b"2\n00:00:01,000 --> 00:00:02,000\nHello there.\n",
        "Hello there.",
    ),
    "times written carelessly": (
        "a.srt",
        "1\n0:00:1.5 -> 0:00:2\nHello\n\n2\n00:00:02:500 --> 00:00:03:000\nthere,\n\n"
        "3\n00: 00: 03, 000 --> 00: 00: 04, 000\nyou\n\n"
        "4\n00:00:04,000 –> 00:00:05,000 X1:9\ntwo.\n"
        "".encode(),
        "Hello there, you two.",
    ),
    "commas between times": (
        "a.sbv",
        b"0:00:01.000,0:00:02.000\nHello\n\n0:00:02.000,0:00:03.000\nthere.\n",
        "Hello there.",
    ),
    "arrows that are broken, and lines with nothing else": (
        "a.vtt",
        b"WEBVTT\n\n-->\n00:01.000 --> 00:02.000\nHello\n\nfoo-->\n\n-->foo\n\n"
        b"00:02.000 -a -->\n\n00:02.000 -- --> 00:03.000\nthere,\n\n"
        b"0a:03.000 --> 00:04.000 align:start\nyou.\n",
        "Hello there, you.",
    ),
    "an arrow among words": (
        "a.srt",
        b"1\n00:00:01,000 --> 00:00:02,000\nFrom A --> B\nPress next -->\n",
        "From A --> B Press next -->",
    ),
    "form feeds and vertical tabs between times, and between words": (
        "a.vtt",
        b"WEBVTT\n\n\x0c00:01.000\x0c-->\x0c00:02.000\x0calign:start\nHello\x0cthere,\n\n"
        b"00:02.000 \x0b--> \x0b00:03.000\x0b\nyou\x0btwo.\n",
        "Hello there, you two.",
    ),
    "hours that are missing": (
        "a.vtt",
        b"WEBVTT\n\n75:30.000 --> 75:32.000\nHello there.\n",
        "Hello there.",
    ),
    "more than a hundred hours": (
        "a.srt",
        b"1\n100:00:01,000 --> 100:00:02,000\nHello there.\n",
        "Hello there.",
    ),
    "Chinese with hard line breaks": (
        "a.srt",
        "1\n00:00:01,000 --> 00:00:03,000\n我们学习了\n如何构建语言。\n\n"
        "2\n00:00:03,000 --> 00:00:05,000\n要点是解释器\n".encode(),
        "我们学习了如何构建语言。要点是解释器",
    ),
    "Arabic and Hebrew, with marks of direction": (
        "a.srt",
        "1\n00:00:01,000 --> 00:00:03,000\n\u202bمرحبا بكم.\u202c\n\n"
        "2\n00:00:03,000 --> 00:00:05,000\nשלום לכם.\n".encode(),
        "مرحبا بكم. שלום לכם.",
    ),
    "emoji of several code points": (
        "a.srt",
        "1\n00:00:01,000 --> 00:00:03,000\nHi 👩‍💻 and 🇩🇪 👍🏽!\n".encode(),
        "Hi 👩‍💻 and 🇩🇪 👍🏽!",
    ),
    "16 bits with a mark": (
        "a.srt",
        "1\n00:00:01,000 --> 00:00:03,000\nGrüße.\n".encode("utf-16"),
        "Grüße.",
    ),
    "16 bits without a mark": (
        "a.srt",
        "1\n00:00:01,000 --> 00:00:03,000\nGrüße.\n".encode("utf-16-be"),
        "Grüße.",
    ),
    "a file cut in the middle of a letter": (
        "a.srt",
        "1\n00:00:01,000 --> 00:00:03,000\nGrüße an alle, schöne Grüße ü".encode()[:-1],
        "Grüße an alle, schöne Grüße \ufffd",
    ),
    "control characters and a zero byte": (
        "a.vtt",
        b"WEBVTT\n\n00:01.000 --> 00:03.000\nHel\x07lo\x1b there\x08.\n",
        "Hello there.",
    ),
    "a header in lower case and text without end": (
        "a.vtt",
        b"webvtt\n\n1\n00:01.000 --> 00:03.000\nHello there.",
        "Hello there.",
    ),
    "json3 with offsets and line breaks": (
        "a.json3",
        b'{"events":[{"tStartMs":0,"dDurationMs":9000,"id":1},'
        b'{"tStartMs":0,"dDurationMs":3000,"segs":'
        b'[{"utf8":"so"},{"utf8":" today","tOffsetMs":400}]},'
        b'{"tStartMs":1500,"dDurationMs":900,"aAppend":1,"segs":[{"utf8":"\\n"}]},'
        b'{"tStartMs":1600,"dDurationMs":3000,"segs":[{"utf8":"we"},{"utf8":" begin"},{}]}]}',
        "so today we begin",
    ),
    "json3 with halves of an emoji": (
        "a.json3",
        b'{"events":[{"tStartMs":0,"segs":[{"utf8":"go \\ud83d"},{"utf8":"\\ude80 \\ud800!"}]}]}',
        "go 🚀 \ufffd!",
    ),
    "json3 under the name of something else": (
        "a.txt",
        b' {"wireMagic":"pb3","events":[{"tStartMs":0,"segs":[{"utf8":"Hello there."}]}]}',
        "Hello there.",
    ),
    "srt under the name of a text": (
        "a.txt",
        b"1\n00:00:01,000 --> 00:00:02,000\nHello there.\n",
        "Hello there.",
    ),
}


@pytest.mark.parametrize(("name", "data", "said"), NASTY.values(), ids=NASTY.keys())
def test_a_nasty_file_loses_no_words(name: str, data: bytes, said: str) -> None:
    transcript = parse_captions(data, name=name)
    assert transcript.text.replace("\n", " ").replace("。 ", "。") == said
    assert transcript.timed
    check_times(transcript)


@pytest.mark.parametrize(
    ("zeros", "said"),
    [
        ("One nul \0 in it.", "One nul \ufffd in it."),
        ("At the end.\n" + "\0" * 9000, "At the end."),
    ],
)
def test_a_text_with_some_zeros_is_one(zeros: str, said: str) -> None:
    transcript = parse_captions(
        f"WEBVTT\n\n00:01.000 --> 00:04.000\n{zeros}".encode(), name="a.vtt"
    )
    assert [segment.text for segment in transcript.segments] == [said]


LEGACY = {
    "cp1252": "Où est la bibliothèque ? Elle est à côté du café, près de l'hôtel où j'ai dîné.",
    "cp1251": "Сегодня мы поговорим о том, как устроены языки программирования и зачем они нужны.",
    "gb18030": "今天我们来讨论一下编程语言是如何构成的，以及我们为什么需要它们。谢谢大家来到这里。",
    "big5": "今天我們來討論一下程式語言是如何構成的，以及我們為什麼需要它們。謝謝大家來到這裡。",
    "shift_jis": "今日はプログラミング言語の仕組みについて話します。よろしくお願いします。",
    "euc_kr": "오늘은 프로그래밍 언어가 어떻게 만들어지는지 이야기해 보겠습니다. 감사합니다.",
    "cp1250": "Dziś będziemy mówić o tym, jak są zbudowane języki programowania i że są ważne.",
    "cp1253": "Σήμερα θα μιλήσουμε για το πώς είναι φτιαγμένες οι γλώσσες προγραμματισμού.",
    "cp1254": "Isparta'da ışık ve İstanbul'da iyi öğrenciler çalışıyor, bunu şimdi görelim.",
    "iso8859_2": "Zażółć gęślą jaźń, mówi nauczyciel, bo pamięć słabnie, jeśli się nie powtarza.",
    "koi8_u": "Машинне навчання потребує багато даних, їх збирають щодня. Пам'ять слабшає.",
    "cp866": "Машинное обучение требует много данных, и мы собираем их каждый день.",
    "iso8859_5": "Память слабеет, если ничего не повторять, и это не новость для нас.",
    "cp850": "Die Größe der Daten ist natürlich wichtig für das Lernen, heißt es später.",
    "mac_roman": "Mañana veremos cómo la máquina aprende de los datos, ¿verdad que sí?",
    "cp1255": "למידת מכונה דורשת נתונים רבים מאוד, וחזרה עוזרת לזכור יותר מילים.",
    "cp1256": "يحتاج تعلم الآلة إلى بيانات كثيرة، والتكرار يساعد على تذكر الكلمات.",
    "cp874": "การเรียนรู้ของเครื่องต้องใช้ข้อมูลจำนวนมาก การทบทวนช่วยให้จำคำศัพท์ได้ดีขึ้น",
}


SHORT = [
    ("cp1252", "C'est très bien, déjà vu."),
    ("cp1252", "Mañana veremos cómo crece."),
    ("cp1252", "Então, as informações estão aqui."),
    ("cp1252", "Bread rises – they “show” it. It’s naïve."),
    ("cp1257", "Šiandien kalbėsime apie duoną, kuri kyla."),
    ("iso8859_2", "Příliš žluťoučký kůň, a my jsme šli domů."),
    ("iso8859_2", "Każda z nich wskazuje, gdzie są źródła."),
    ("cp852", "Dnes budeme mluvit o tom, proč těsto kyne."),
    ("cp866", "Они показывают, где находятся цветы."),
    ("koi8_r", "Они показывают, где находятся цветы."),
    ("mac_cyrillic", "Они показывают, где находятся цветы."),
    ("mac_roman", "Où sont-elles allées ? C'est le problème."),
    ("cp1255", "הן מראות איפה הפרחים."),
    ("iso8859_7", "Δείχνουν πού είναι τα λουλούδια."),
    ("big5", "今天我們來講麵包的故事。"),
    ("euc_jp", "花がどこにあるかを教えるのです。"),
]


@pytest.mark.parametrize(("encoding", "said"), SHORT, ids=[f"{e} {s[:9]}" for e, s in SHORT])
def test_one_sentence_tells_its_encoding(encoding: str, said: str) -> None:
    data = f"1\n00:00:01,000 --> 00:00:04,000\n{said}\n".encode(encoding)
    assert parse_captions(data, name="talk.srt").text == said


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("cp1250", "Windows-1250"),
        ("cp1251", "Windows-1251"),
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", ""),
        ("utf-16-le", ""),
    ],
)
def test_an_encoding_that_was_guessed_is_told_by_its_name(encoding: str, told: str) -> None:
    said = LEGACY.get(encoding, LEGACY["cp1250"])
    data = f"1\n00:00:01,000 --> 00:00:04,000\n{said}\n".encode(encoding)
    assert parse_captions(data, name="talk.srt").encoding == told


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("shift_jis", "こんにちは"),
        ("shift_jis", "テスト"),
        ("euc_jp", "こんにちは"),
        ("gb18030", "大家好，欢迎"),
        ("big5", "大家好"),
        ("cp949", "안녕하세요"),
        ("cp1252", "café"),
        ("cp1252", "Grüße"),
        ("cp1252", "£5 and 20°C"),
        ("cp1251", "Привет"),
        ("cp1253", "Καλημέρα"),
        ("cp1254", "Teşekkürler"),
    ],
)
def test_a_word_or_two_tell_their_encoding(encoding: str, said: str) -> None:
    assert parse_captions(said.encode(encoding), name="talk.txt").text == said


def test_the_last_letter_in_an_old_encoding_is_read_beside_others() -> None:
    one = "1\n00:00:01,000 --> 00:00:03,000\nGrüße\n\n".encode()
    other = "2\n00:00:03,000 --> 00:00:05,000\nschön\n".encode("cp1252")
    assert parse_captions(one + other, name="talk.srt").text == "Grüße schön"


def test_plain_english_is_no_guess() -> None:
    assert parse_captions(b"Nothing but ASCII is said in here.", name="talk.txt").encoding == ""


@pytest.mark.parametrize("encoding", LEGACY)
def test_encodings_from_before_unicode_are_recognised(encoding: str) -> None:
    said = LEGACY[encoding]
    lines = "".join(
        f"{n}\r\n00:00:{n:02},000 --> 00:00:{n + 1:02},000\r\n{said}\r\n\r\n" for n in range(1, 9)
    )
    transcript = parse_captions(lines.encode(encoding), name="talk.srt")
    assert set(words(transcript.text)) == set(words(said))


# --- segments ------------------------------------------------------------------------------------


def srt(*cues: tuple[float, float, str]) -> bytes:
    def clock(seconds: float) -> str:
        return f"00:{int(seconds) // 60:02}:{int(seconds) % 60:02},{int(seconds * 1000) % 1000:03}"

    return "\n".join(
        f"{n}\n{clock(a)} --> {clock(b)}\n{text}\n" for n, (a, b, text) in enumerate(cues, 1)
    ).encode()


def test_a_minute_long_cue_is_cut_at_its_sentences_with_times_in_proportion() -> None:
    sentence = "This sentence has been made so that it takes about ten seconds to say, slowly."
    transcript = parse_captions(srt((60, 120, " ".join([sentence] * 6))), name="a.srt")
    assert [s.text for s in transcript.segments] == [sentence] * 6
    assert [round(s.start_s) for s in transcript.segments] == [60, 70, 80, 90, 100, 110]


def test_a_minute_without_any_mark_is_cut_between_words() -> None:
    talk = " ".join(f"word{n}" for n in range(150))
    transcript = parse_captions(srt((0, 59, talk)), name="a.srt")
    assert len(transcript.segments) == 3
    assert " ".join(s.text for s in transcript.segments) == talk


def test_two_words_that_stand_for_a_minute_are_left_alone() -> None:
    transcript = parse_captions(srt((0, 59, "Hello there.")), name="a.srt")
    assert [(s.start_s, s.end_s) for s in transcript.segments] == [(0.0, 59.0)]


def test_short_sentences_of_one_speech_are_put_together() -> None:
    transcript = parse_captions(
        srt((0, 2, "One."), (2, 4, "Two. Three"), (4, 6, "and four."), (6, 8, "Five.")),
        name="a.srt",
    )
    assert [s.text for s in transcript.segments] == ["One. Two. Three and four. Five."]


def test_a_long_silence_parts_segments() -> None:
    transcript = parse_captions(srt((0, 2, "before"), (10, 12, "after")), name="a.srt")
    assert [s.text for s in transcript.segments] == ["before", "after"]


def test_speakers_are_named_and_never_mixed() -> None:
    vtt = (
        b"WEBVTT\n\n00:00.000 --> 00:02.000\n<v Ann Lee>Short.\n\n00:02.000 --> 00:04.000\n"
        b"<v.loud Bob>Also short.</v> <v Ann Lee>Mine again.\n\n"
        b"00:04.000 --> 00:05.000\n<v Bob>Me.\n"
    )
    transcript = parse_captions(vtt, name="a.vtt")
    assert [(s.speaker, s.text) for s in transcript.segments] == [
        ("Ann Lee", "Short."),
        ("Bob", "Also short."),
        ("Ann Lee", "Mine again."),
        ("Bob", "Me."),
    ]
    check_times(transcript)


def test_marks_of_a_new_speaker_begin_a_segment_and_are_not_words() -> None:
    transcript = parse_captions(
        srt((0, 2, "&gt;&gt; One."), (2, 4, "- Two.\n- Three."), (4, 6, "-5 degrees")), name="a.srt"
    )
    assert [s.text for s in transcript.segments] == ["One.", "Two.", "Three. -5 degrees"]


def test_short_forms_and_numbers_end_no_sentence() -> None:
    said = "Mr. Lee and Dr. A. Kay spoke of version 3.5 for a long while, e.g. in St. Ives."
    transcript = parse_captions(srt((0, 20, said + " Then they left it.")), name="a.srt")
    assert [s.text for s in transcript.segments] == [said, "Then they left it."]


# --- plain text ----------------------------------------------------------------------------------


def test_plain_text_gets_times_that_are_called_estimates() -> None:
    text = b"The first paragraph\nhas two lines.\n\nThe second one. It has two sentences!\n"
    transcript = parse_captions(text, name="notes.txt")
    assert not transcript.timed
    assert [s.text for s in transcript.segments] == [
        "The first paragraph has two lines.",
        "The second one. It has two sentences!",
    ]
    check_times(transcript)
    assert transcript.duration_s == pytest.approx(13 / 2.5, abs=0.5)


@pytest.mark.parametrize(
    "text",
    [
        "0:00 Hello there.\n0:10 This is it.\n1:02:03 The end.\n",
        "[00:00:00] Hello there.\n[00:00:10.5] This is it.\n[01:02:03] The end.\n",
        "0:00\nHello there.\n0:10\nThis is it.\n1:02:03\nThe end.\n",
        "(0:00) - Hello there.\n\n(0:10) - This is it.\n\n(1:02:03) - The end.\n",
        "[00:00.00]Hello there.\n[00:10.50]This is it.\n[62:03.00]The end.\n",
    ],
    ids=["lines", "brackets", "own lines", "dashes", "lyrics"],
)
def test_text_whose_lines_begin_with_times_is_timed(text: str) -> None:
    transcript = parse_captions(text.encode(), name="talk.txt")
    assert transcript.timed
    assert transcript.text.replace("\n", " ") == "Hello there. This is it. The end."
    assert transcript.segments[-1].start_s == 3723.0
    check_times(transcript)


def test_a_text_that_only_mentions_times_is_plain() -> None:
    text = b"12:30 is when we met.\nWe ate.\nWe spoke.\nWe left.\nIt rained.\nAll was well.\n"
    transcript = parse_captions(text, name="diary.txt")
    assert not transcript.timed
    assert "12:30 is when we met." in transcript.text


# --- languages -----------------------------------------------------------------------------------

SPOKEN = {
    "en": "This is what we are going to talk about today, and then you will see how it works.",
    "de": "Das ist es, worüber wir heute sprechen werden, und dann sehen Sie, wie es geht.",
    "fr": "C'est ce dont nous allons parler aujourd'hui, et puis vous verrez comment ça marche.",
    "es": "Esto es de lo que vamos a hablar hoy, y luego ustedes verán cómo funciona todo.",
    "it": "Questo è ciò di cui parleremo oggi, e poi vedrete come funziona per tutti noi.",
    "pt": "É sobre isso que vamos falar hoje, e depois vocês vão ver como isto funciona.",
    "nl": "Dit is waar we het vandaag over gaan hebben, en dan zie je hoe het werkt voor ons.",
    "pl": "To jest to, o czym będziemy dzisiaj mówić, a potem zobaczycie, jak to działa.",
    "ru": "Вот о чём мы сегодня будем говорить, а потом вы увидите, как всё это работает.",
    "uk": "Ось про що ми сьогодні будемо говорити, а потім ви побачите, як це все працює.",
    "ja": "今日はこれについて話します。",
    "ko": "오늘은 이것에 대해 이야기하겠습니다.",
    "zh": "今天我们要谈的就是这个问题。",
    "ar": "هذا ما سوف نتحدث عنه اليوم، وبعد ذلك سوف ترون كيف يعمل كل هذا في الواقع من هنا.",
    "he": "על זה אנחנו הולכים לדבר היום.",
    "el": "Για αυτό θα μιλήσουμε σήμερα.",
    "hi": "आज हम इसी के बारे में बात करने जा रहे हैं, और फिर आप देखेंगे कि यह कैसे काम करता है।",
    "th": "วันนี้เราจะพูดถึงเรื่องนี้",
    "tr": "Bugün bunun hakkında konuşacağız ve sonra bunun nasıl çalıştığını siz de göreceksiniz.",
    "sv": "Det här är vad vi ska prata om i dag, och sedan får ni se hur det fungerar för oss.",
}


@pytest.mark.parametrize("language", SPOKEN)
def test_a_language_is_told_by_its_words(language: str) -> None:
    assert parse_captions(SPOKEN[language].encode(), name="talk.txt").language == language


@pytest.mark.parametrize(
    ("name", "spoken", "language"),
    [
        ("talk.pt-br.srt", "pt", "pt-BR"),
        ("talk.zh_Hans.vtt", "zh", "zh-Hans"),
        ("talk.en-orig.vtt", "en", "en"),
        ("talk.de.auto.srt", "de", "de"),
        ("talk.eng.srt", "en", "en"),
        ("this.is.it.srt", "en", "en"),  # not Italian
        ("talk.fr.srt", "ru", "ru"),  # the words are right where the name is wrong
        ("de.srt", "en", "en"),  # a file called so
    ],
)
def test_a_language_in_a_file_name_is_believed_if_it_fits(
    name: str, spoken: str, language: str
) -> None:
    assert parse_captions(srt((0, 5, SPOKEN[spoken])), name=name).language == language


@pytest.mark.parametrize("name", ["a.vtt", "a.txt", "page.html"])
def test_captions_without_words_are_empty_whatever_they_are_called(name: str) -> None:
    with pytest.raises(CaptionsEmpty):
        parse_captions(b"WEBVTT\n\n", name=name)


def test_one_line_about_a_language_is_words() -> None:
    said = "Language: the tool of thought"
    assert parse_captions(said.encode(), name="a.txt").text == said


def test_parts_in_two_encodings_are_each_read_in_theirs() -> None:
    first = "1\n00:00:00,000 --> 00:00:04,000\nNous étudions la leçon, très bien.\n\n".encode()
    last = "2\n00:00:04,000 --> 00:00:08,000\nFin de la leçon élémentaire.\n".encode("latin-1")
    read = parse_captions(first + last, name="a.srt")
    assert read.text == "Nous étudions la leçon, très bien. Fin de la leçon élémentaire."
    assert read.encoding


WIDE = [
    "面包发酵，然后休息。",
    "Хлеб поднимается.",
    "הלחם תופח לאט.",
    "빵이 부풉니다.",
    "Bread rises.",
]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("said", WIDE)
def test_wide_letters_without_a_mark_are_read_in_any_script(said: str, encoding: str) -> None:
    assert parse_captions(f"{said}\n{said}".encode(encoding), name="a.txt").text.count(said) == 2


@pytest.mark.parametrize("page", ["cp1251", "cp1252"])
def test_lines_that_were_saved_twice_are_put_right_beside_others(page: str) -> None:
    said = {"cp1251": "Хлеб дома", "cp1252": "schöne Größe"}[page]
    twice = said.encode().decode(page)
    assert parse_captions(f"{twice}\n\n🍞 Bread".encode(), name="a.txt").text.split() == [
        *said.split(),
        "🍞",
        "Bread",
    ]


def test_the_sign_of_a_pound_is_no_letter() -> None:
    assert parse_captions("It costs £5 or 6°.".encode("cp1252")).text == "It costs £5 or 6°."


def test_utf_8_that_was_taken_for_another_encoding_and_saved_is_put_right() -> None:
    said = "À bientôt, dit l’élève: « c’est très important »."
    twice = said.encode().decode("cp1252", "surrogateescape")
    twice = re.sub("[\udc80-\udcff]", lambda bad: chr(ord(bad[0]) - 0xDC00), twice)
    assert parse_captions(twice.encode(), name="a.txt").text == said


def test_japanese_of_old_mail_is_read() -> None:
    data = "00:01 今日は天気について話します。\n00:05 とても大事な問題です。\n".encode("iso2022_jp")
    assert "天気について" in parse_captions(data, name="a.txt").text


def test_a_document_is_read_as_that_whatever_it_is_called() -> None:
    data = rb"{\rtf1\ansi A list is put in order.\par Then it is read.\par}"
    assert parse_captions(data, name="a.srt").text == "A list is put in order. Then it is read."


@pytest.mark.parametrize("mark", ["\u200e", "\u200f", "\u202b", "\u2060", "\u200b"])
def test_marks_of_the_direction_of_writing_do_not_hide_times(mark: str) -> None:
    said = f"1\n{mark}00:00:01,000{mark} --> {mark}00:00:03,000\n{mark}שלום לכולם\u202c\n"
    read = parse_captions(said.encode(), name="a.srt")
    assert [(s.start_s, s.text) for s in read.segments] == [(1.0, "שלום לכולם")]


def test_times_behind_the_words_do_not_lose_the_words() -> None:
    said = "Hello there friends. (0:03)\nHi to you too. (0:10)\nBye now then. (0:20)\n"
    text = parse_captions(said.encode(), name="a.txt").text
    assert "Hello there friends." in text
    assert "Bye now then." in text


def test_a_pdf_is_no_transcript() -> None:
    with pytest.raises(CaptionsBroken, match="PDF"):
        parse_captions(b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n", name="a.txt")


def test_a_language_in_the_header_is_believed() -> None:
    vtt = b"WEBVTT\nKind: captions\nLanguage: pt-BR\n\n00:01.000 --> 00:02.000\nSim.\n"
    assert parse_captions(vtt, name="a.vtt").language == "pt-BR"


@pytest.mark.parametrize("text", ["Hm.", "42 43 44", "Lorem xyzzy plugh"])
def test_an_unsure_language_is_none(text: str) -> None:
    assert parse_captions(text.encode(), name="a.txt").language == ""


# --- what cannot be read -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xef\xbb\xbf \r\n",
        b"WEBVTT\n\n",
        b"WEBVTT\nKind: captions\nLanguage: en\n\nNOTE\nnothing said\n",
        b"1\n00:00:01,000 --> 00:00:02,000\n\n",
        b"1\n00:00:01,000 --> 00:00:02,000\n[Music]\n",
        b'{"wireMagic":"pb3","events":[]}',
        b'{"events":[{"tStartMs":1,"segs":[{"utf8":"\\n"}]}]}',
    ],
)
@pytest.mark.parametrize("suffix", [".vtt", ".srt", ".json3"])
def test_a_file_without_words_is_called_empty(data: bytes, suffix: str) -> None:
    with pytest.raises(CaptionsEmpty):
        parse_captions(data, name=f"a{suffix}")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.srt", b"Hello there, this is no caption file.\n"),
        ("a.json3", b'{"events":[{"tStartMs":1,"segs":[{"utf8":"cut off'),
        ("a.json3", b'{"items":[1,2,3]}'),
        ("a.json3", b"[" * 100_000),
        ("a.vtt", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00\x00\x00\x01\x00\x08\x06"),
        ("a.txt", bytes(range(256)) * 20),
    ],
)
def test_a_file_that_is_something_else_is_called_broken(name: str, data: bytes) -> None:
    with pytest.raises(CaptionsBroken) as caught:
        parse_captions(data, name=name)
    assert caught.value.message
    assert caught.value.hint


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match=r"nowhere\.srt"):
        read_caption_file(tmp_path / "nowhere.srt")
    (tmp_path / "file").write_text("x")
    with pytest.raises(FileMissing):
        read_caption_file(tmp_path / "file" / "a.srt")


def test_what_is_no_ordinary_file_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="folder"):
        read_caption_file(tmp_path)
    with pytest.raises(FileUnreadable):
        read_caption_file(Path("bad\0name.srt"))
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.srt")
        with pytest.raises(FileUnreadable, match="not an ordinary file"):
            read_caption_file(tmp_path / "pipe.srt")


def test_a_huge_file_is_refused_without_being_read(tmp_path: Path) -> None:
    huge = tmp_path / "huge.srt"
    with huge.open("wb") as file:
        file.truncate(21 * 2**20)
    with pytest.raises(FileUnreadable, match="20 MB"):
        read_caption_file(huge)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything"
)
def test_a_forbidden_file_is_called_so(tmp_path: Path) -> None:
    secret = tmp_path / "secret.srt"
    secret.write_bytes(NASTY["a byte order mark"][1])
    secret.chmod(stat.S_IWUSR)
    with pytest.raises(FileUnreadable, match="may not be read"):
        read_caption_file(secret)


# --- for every file ------------------------------------------------------------------------------

TIMES = st.builds(
    lambda a, b, arrow: f"{a:02}:{b:02}.5 {arrow} {a:02}:{b:02}.9",
    st.integers(0, 99),
    st.integers(0, 59),
    st.sampled_from(["-->", "->", "-- >"]),
)
LINES = st.one_of(
    TIMES,
    texts(max_size=30),
    st.sampled_from(["", "WEBVTT", "NOTE", "STYLE", "1", "2", "<v A>x", "0:01 x", "{", "&lt;"]),
)


@examples(150)
@given(st.lists(LINES, max_size=30), st.sampled_from([".vtt", ".srt", ".txt", ".json3"]))
def test_no_text_raises_anything_but_our_errors(lines: list[str], suffix: str) -> None:
    data = "\n".join(lines).encode("utf-8", "surrogatepass")
    try:
        transcript = parse_captions(data, name=f"a{suffix}")
    except SourceError:
        return
    check_times(transcript)


@examples(100)
@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_but_our_errors(data: bytes) -> None:
    try:
        check_times(parse_captions(data, name="a.txt"))
    except SourceError:
        return


SPEECH = st.text("abcdefghij", min_size=1, max_size=6)


@examples(100)
@given(
    st.lists(
        st.tuples(
            st.floats(0.0, 70.0),
            st.lists(st.tuples(SPEECH, st.sampled_from(["", "", ",", ".", "?"])), min_size=1),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_words_come_out_as_they_went_in(talk: list[tuple[float, list[tuple[str, str]]]]) -> None:
    cues: list[tuple[float, float, str]] = []
    now = 0.0
    for number, (length, spoken) in enumerate(talk):
        # A number in each cue keeps them apart: what repeats itself exactly may be a repeat.
        text = " ".join([f"n{number}", *(word + mark for word, mark in spoken)])
        cues.append((now, now + length, text))
        now += length
    events = [
        {"tStartMs": a * 1000, "dDurationMs": (b - a) * 1000, "segs": [{"utf8": text}]}
        for a, b, text in cues
    ]
    transcript = parse_captions(json.dumps({"events": events}).encode(), name="a.json3")
    assert transcript.text.split() == " ".join(text for _, _, text in cues).split()
    check_times(transcript)


# --- transcripts and captions as people have them ------------------------------------------------

AS_PEOPLE_HAVE_THEM: dict[str, tuple[str, str, str]] = {
    "two times in brackets": (
        "a.txt",
        "[00:00.000 --> 00:04.000]  Bread rises.\n[00:04.000 --> 00:09.500]  Then it rests.\n",
        "Bread rises. Then it rests.",
    ),
    "seconds alone": (
        "a.txt",
        "[0.00s -> 4.50s] Bread rises.\n[4.50s -> 9.00s] Then it rests.\n",
        "Bread rises. Then it rests.",
    ),
    "two times and a dash": (
        "a.txt",
        "[0:00 - 0:06] Bread rises\n[0:06 - 0:12] and then it rests\n",
        "Bread rises and then it rests",
    ),
    "times with frames, and the length": (
        "a.txt",
        "00:00:01:10 00:00:04:05 02:20\nBread rises.\n\n00:00:05:00 00:00:08:00 03:00\nIt rests.\n",
        "Bread rises. It rests.",
    ),
    "a table": (
        "a.txt",
        "00:00:01.000\t00:00:03.000\tBread rises.\n00:00:03.000\t00:00:05.000\tIt rests.\n",
        "Bread rises. It rests.",
    ),
    "words on the line of times": (
        "a.srt",
        "1\n00:00:00,000 --> 00:00:02,000 Bread rises.\n\n2\n00:00:02,000 --> 00:00:04,000 "
        "It rests.\n",
        "Bread rises. It rests.",
    ),
    "the panel beside a video, as it is copied": (
        "a.txt",
        "Transcript\nSearch in video\n0:00\n0 seconds\nbread rises\n1:05\n1 minute, 5 seconds\n"
        "then it rests\n",
        "bread rises then it rests",
    ),
    "bold times": (
        "a.md",
        "**[00:00:02]** Bread rises.\n\n**[00:00:06]** It rests.\n\n**[00:00:09]** Done.\n",
        "Bread rises. It rests. Done.",
    ),
    "times that are links": (
        "a.md",
        "- [0:00](https://youtu.be/x?t=0) Bread rises\n- [1:05](https://youtu.be/x?t=65) It "
        "rests\n",
        "Bread rises It rests",
    ),
    "ends that cannot be read": (
        "a.srt",
        "1\n00:00:03,980 --> 00:00:09xx,580\nBread rises.\n\n2\n0:00:10,000 --> "
        "NaN:NaN:NaN\nIt rests."
        "\n\n3\n00:00:14,000 -->\nDone.\n",
        "Bread rises. It rests. Done.",
    ),
    "a start that cannot be read": (
        "a.srt",
        "1\n00:0x:01,000 --> 00:00:03,000\nBread rises.\n\n2\n00:00:03,000 --> "
        "00:00:05,000\nYes.\n",
        "Bread rises. Yes.",
    ),
    "arrows of other makes, and none": (
        "a.srt",
        "1\n00:00:01,000 –-> 00:00:02,000\na\n\n2\n00:00:02,000 ==> 00:00:03,000\nb\n\n"
        "3\n00:00:03,000 --&gt; 00:00:04,000\nc\n\n4\n00:00:04,000 — 00:00:05,000\nd\n",
        "a b c d",
    ),
    "times before the beginning": (
        "a.srt",
        "1\n-0:58:00,300 --> -0:58:03,540\nBefore.\n\n2\n00:00:03,000 --> 00:00:04,000\nAfter.\n",
        "Before. After.",
    ),
    "a number whose cue is lost": (
        "a.srt",
        "1\n00:00:01,000 --> 00:00:02,000\nBread\n\n2\n\n2\n00:01:01,000 --> 00:01:02,000\n"
        "rises.\n",
        "Bread rises.",
    ),
    "a mark that runs over the words": (
        "a.srt",
        "".join(
            f"{n}\n00:00:0{n // 2},{n % 2 * 5}00 --> 00:00:0{(n + 1) // 2},{(n + 1) % 2 * 5}00\n"
            f"{' '.join(f'<u>{w}</u>' if at == n // 2 else w for at, w in enumerate(WORDS))}\n\n"
            for n in range(2, 10)
        )
        if (WORDS := ("so", "the", "dough", "must", "rest"))
        else "",
        "so the dough must rest",
    ),
    "each line three times": (
        "a.txt",
        "[00:00:01] bread rises\n" * 3 + "[00:00:04] it rests\n" * 3,
        "bread rises it rests",
    ),
    "parts that were joined": (
        "a.vtt",
        "WEBVTT\n\n00:00.000 --> 00:05.000\nOne.\n\n00:05.000 --> 00:10.000\nTwo.\n\n"
        "WEBVTT\nKind: captions\n\n00:00.000 --> 00:05.000\nThree.\n\n00:05.000 --> "
        "00:10.000\nFour.\n",
        "One. Two. Three. Four.",
    ),
    "drawings and hard blanks": (
        "a.srt",
        "1\n00:00:01,000 --> 00:00:03,000\n{\\p1}m 0 0 l 9 9{\\p0}\n\n"
        "2\n00:00:03,000 --> 00:00:05,000\nBread\\hrises\n",
        "Bread rises",
    ),
    "how characters are read": (
        "a.vtt",
        "WEBVTT\n\n00:01.000 --> 00:03.000\n<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字<rt>"
        "じ</rt></ruby>です\n",
        "漢字です",
    ),
    "SubStation under another name": (
        "a.srt",
        "[Script Info]\nTitle: Bread\n\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, "
        "MarginR, MarginV, Effect, Text\n"
        "Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,Then, at last, it rests.\n"
        "Dialogue: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,{\\i1}Bread{\\i0}\\Nrises.\n",
        "Bread rises. Then, at last, it rests.",
    ),
    "TTML": (
        "a.ttml",
        '<?xml version="1.0"?>\n<tt xmlns="http://www.w3.org/ns/ttml"><body><div>'
        '<p begin="00:00:01.000" end="00:00:03.000">Bread<br/>rises.</p>'
        '<p begin="3s" end="5s"><span>It</span> rests.</p></div></body></tt>',
        "Bread rises. It rests.",
    ),
    "XML of a video site": (
        "a.xml",
        '<?xml version="1.0"?><timedtext format="3"><body><p t="0" d="2000"><s>bread</s>'
        '<s t="300"> rises</s></p><p t="2000" d="1000">it rests</p></body></timedtext>',
        "bread rises it rests",
    ),
    "frames in braces": (
        "a.sub",
        "{1}{1}25\n{25}{75}Bread|rises.\n{75}{125}Yes.\n",
        "Bread rises. Yes.",
    ),
    "lyrics": (
        "a.lrc",
        "[ti:Bread]\n[00:01.00]Bread rises\n[00:05.20]it rests\n",
        "Bread rises it rests",
    ),
    "SAMI": (
        "a.smi",
        "<SAMI><BODY><SYNC Start=1000><P Class=EN>Bread rises.<SYNC Start=3000><P>&nbsp;"
        "<SYNC Start=4000><P Class=EN>It<br>rests.</BODY></SAMI>",
        "Bread rises. It rests.",
    ),
    "JSON of a recogniser": (
        "a.txt",
        '{"text":"x","segments":[{"id":0,"start":1.0,"end":3.0,"text":" Bread rises."},'
        '{"id":1,"start":3.0,"end":5.0,"text":" It rests."}]}',
        "Bread rises. It rests.",
    ),
    "JSON in thousandths, with its words apart": (
        "a.json",
        '{"words":[{"text":"Bread","start":0,"end":300}],"utterances":'
        '[{"text":"Bread rises.","start":0,"end":3000},{"text":"It '
        'rests.","start":3000,"end":5200}]}',
        "Bread rises. It rests.",
    ),
    "JSON with times in pairs": (
        "a.json",
        '{"chunks":[{"timestamp":[0.0,3.2],"text":" Bread rises."},'
        '{"timestamp":[3.2,null],"text":" It rests."}]}',
        "Bread rises. It rests.",
    ),
    "JSON whose words lie in parts, with marks apart": (
        "a.json",
        '{"monologues":[{"speaker":0,"elements":[{"type":"text","value":"Bread","ts":1.0},'
        '{"type":"text","value":"rises","ts":1.5},{"type":"punct","value":"."}]},'
        '{"speaker":1,"elements":[{"type":"text","value":"It","ts":3.0},'
        '{"type":"text","value":"rests","ts":3.5},{"type":"punct","value":"."}]}]}',
        "Bread rises. It rests.",
    ),
    "JSON with bare and written words": (
        "a.json",
        '{"results":{"channels":[{"alternatives":[{"transcript":"bread rises","words":['
        '{"word":"bread","punctuated_word":"Bread","start":1.0,"end":1.4},'
        '{"word":"rises","punctuated_word":"rises.","start":1.4,"end":2.0}]}]}]}}',
        "Bread rises.",
    ),
    "a table with a head": (
        "a.csv",
        'Speaker Name,Start Time,End Time,Text\nMia,00:00:01,00:00:03,"Bread, then."\n'
        "Tom,00:00:03,00:00:05,It rests.\n",
        "Bread, then. It rests.",
    ),
    "a table of thousandths": (
        "a.tsv",
        "start\tend\ttext\n0\t2500\tBread rises.\n2500\t5000\tIt rests.\n",
        "Bread rises. It rests.",
    ),
    "labels of a sound editor": (
        "a.txt",
        "1.50\t3.20\tBread rises.\n3.20\t5.00\tIt rests.\n",
        "Bread rises. It rests.",
    ),
    "tenths, slanted": ("a.txt", "[10][30]Bread|/rises.\n[35][50]/Yes.\n", "Bread rises. Yes."),
    "a colon behind the time": (
        "a.txt",
        "00:00:01:Bread|rises.\n00:00:04:It rests.\n",
        "Bread rises. It rests.",
    ),
    "frames at a rate that has decimals": (
        "a.txt",
        "{1}{1}25.000\n{25}{75}Bread rises.\n{75}{125}Yes.\n",
        "Bread rises. Yes.",
    ),
    "frames in XML": (
        "a.ttml",
        '<tt xmlns="http://www.w3.org/ns/ttml"><body><div><p begin="25f" end="75f">Bread.</p>'
        '<p begin="3s" end="5s">Yes.</p></div></body></tt>',
        "Bread. Yes.",
    ),
    "ends that are no times at all": (
        "a.srt",
        "1\n00:00:01,000 --> undefined\nBread rises.\n\n2\n00:00:03,000 --> null\nYes.\n",
        "Bread rises. Yes.",
    ),
    "wide signs": (
        "a.srt",
        "1\n00:00:01，000 --> 00:00:03，000\n面包\n\n"
        "2\n00：00：03，000 --> 00：00：05，000\n发酵\n",
        "面包 发酵",
    ),
    "minutes and seconds by letters": (
        "a.txt",
        "1m 2s: Bread rises.\n1m 9s: It rests.\n",
        "Bread rises. It rests.",
    ),
    "words that are sung again": (
        "a.lrc",
        "[00:01.00]Bread rises\n[00:03.00][00:09.00]it rests\n[00:06.00]and\n",
        "Bread rises it rests and it rests",
    ),
    "a title above the first time": (
        "a.txt",
        "How bread rises\n0:01 It rests.\n0:05 Done.\n",
        "How bread rises It rests. Done.",
    ),
    "rich text": (
        "a.rtf",
        r"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\f0 0:00 Bread is \'e0 point.\par 0:05 It \u8211? "
        r"rests.\par}",
        "Bread is à point. It – rests.",
    ),
    "seconds with an arrow": (
        "a.srt",
        "1\n1e-05 --> 3.0\nBread rises.\n\n2\n3.0 --> 5.0\nIt rests.\n",
        "Bread rises. It rests.",
    ),
    "thousandths with an arrow": (
        "a.srt",
        "1\n1000 --> 3000\nBread rises.\n\n2\n3000 --> 5000\nIt rests.\n",
        "Bread rises. It rests.",
    ),
    "times that a program did not know": (
        "a.srt",
        "1\nundefined --> undefined\nBread rises.\n\n2\n00:00:03,000 --> 00:00:05,000\nIt rests.\n",
        "Bread rises. It rests.",
    ),
    "an arrow of other hyphens": (
        "a.srt",
        "1\n00:00:01,000 --> 00:00:03,000\nBread rises.\n\n"
        "2\n00:00:03,000 ‐‐> 00:00:05,000\nIt rests.\n",
        "Bread rises. It rests.",
    ),
    "a cue on a line, parted by signs": (
        "a.srt",
        "1|00:00:01,000 --> 00:00:03,000|Bread rises.\n2|00:00:03,000 --> 00:00:05,000|It rests.\n",
        "Bread rises. It rests.",
    ),
    "names of marks of direction": (
        "a.vtt",
        "WEBVTT\n\n00:01.000 --> 00:03.000\n&lrm;Bread rises.\n\n"
        "00:03.000 --> 00:05.000\nIt rests.&rlm;\n",
        "Bread rises. It rests.",
    ),
    "times behind the words": (
        "a.txt",
        "Bread rises. 0:01\nIt rests. 0:05\nDone (0:09)\n",
        "Bread rises. It rests. Done",
    ),
    "times that touch the words": (
        "a.txt",
        "0:01Bread rises.\n0:05It rests.\n0:09Done.\n",
        "Bread rises. It rests. Done.",
    ),
    "times in wide brackets": (
        "a.txt",
        "【00:01】面包发酵。\n（00:05）休息。\n【00:09】好了。\n",
        "面包发酵。休息。好了。",
    ),
    "times that are said again, in German": (
        "a.txt",
        "0:01\n1 Sekunde\nBrot geht auf.\n0:05\n5 Sekunden\nEs ruht.\n"
        "1:02\n1 Minute, 2 Sekunden\nFertig.\n",
        "Brot geht auf. Es ruht. Fertig.",
    ),
    "times that are said again, in Spanish": (
        "a.txt",
        "0:01\n1 segundo\nSube.\n0:05\n5 segundos\nReposa.\n1:02\n1 minuto y 2 segundos\nYa.\n",
        "Sube. Reposa. Ya.",
    ),
    "the start and the end around the words": (
        "a.txt",
        "[00:00:01] Bread rises. [00:00:05]\n[00:00:05] It rests. [00:00:09]\n",
        "Bread rises. It rests.",
    ),
    "subtitles of an editing program": (
        "a.txt",
        "<begin subtitles>\n\n00:00:00:00 00:00:03:12\nBread rises.\n\n"
        "00:00:03:12 00:00:09:00\nIt rests.\n\n<end subtitles>\n",
        "Bread rises. It rests.",
    ),
    "a page of a course": (
        "a.txt",
        "Play video starting at :1 and follow transcript0:01\nBread rises.\n"
        "Play video starting at :5 and follow transcript0:05\nIt rests. [NOISE]\n",
        "Bread rises. It rests.",
    ),
    "seconds in brackets": (
        "a.txt",
        "[0.50 - 4.20] Bread rises.\n[4.20 - 9.75] It rests.\n",
        "Bread rises. It rests.",
    ),
    "starts in seconds": (
        "a.txt",
        "(3.2) Bread rises.\n(8.0) It rests.\n(12.8) Done.\n",
        "Bread rises. It rests. Done.",
    ),
    "seconds in columns": (
        "a.txt",
        "0.5 4.2 Bread rises.\n4.2 9.7 It rests.\n",
        "Bread rises. It rests.",
    ),
    "a number before each range": (
        "a.txt",
        "0001 00:00:01:10 00:00:04:05\nBread rises.\n\n0002 00:00:04:06 00:00:07:00\nIt rests.\n",
        "Bread rises. It rests.",
    ),
    "ranges behind the words": (
        "a.txt",
        "Bread rises. [0:00 - 0:04]\nIt rests. [0:04 - 0:09]\n",
        "Bread rises. It rests.",
    ),
    "ends of paragraphs behind the words": (
        "a.txt",
        "Bread rises. #00:00:04-5#\nIt rests. #00:00:09-1#\n",
        "Bread rises. It rests.",
    ),
    "ranges between number signs": (
        "a.txt",
        "#0:00:00.0#-#0:00:04.0# Bread rises.\n#0:00:04.0#-#0:00:09.0# It rests.\n",
        "Bread rises. It rests.",
    ),
    "ranges in angle brackets": (
        "a.txt",
        "<00:00:00> <00:00:04> Bread rises.\n<00:00:04> <00:00:09> It rests.\n",
        "Bread rises. It rests.",
    ),
    "a table of Markdown": (
        "a.md",
        "| Start | End | Text |\n|---|---|---|\n| 0:00 | 0:04 | Bread rises. |\n"
        "| 0:04 | 0:09 | It rests. |\n",
        "Bread rises. It rests.",
    ),
    "hours, minutes and seconds by letters": (
        "a.txt",
        "4s: Bread rises.\n1m2s: It rests.\n1h02m03s: Done.\n",
        "Bread rises. It rests. Done.",
    ),
    "wide colons behind times": ("a.txt", "0:04：面包发酵。\n0:09：休息。\n", "面包发酵。休息。"),
    "the last words first": (
        "a.txt",
        "0:10 Done.\n0:05 It rests.\n0:01 Bread rises.\n",
        "Bread rises. It rests. Done.",
    ),
    "over midnight": (
        "a.txt",
        "23:59:58 Bread rises.\n00:00:03 It rests.\n00:00:09 Done.\n",
        "Bread rises. It rests. Done.",
    ),
    "quotation marks before thousandths": (
        "a.srt",
        "1\n00:00:01'000 --> 00:00:03'000\nBread rises.\n\n"
        "2\n00:00:03`000 --> 00:00:05 000\nIt rests.\n",
        "Bread rises. It rests.",
    ),
    "dots in all of a time": (
        "a.srt",
        "1\n00.00.01,000 --> 00.00.03,000\nBread rises.\n\n"
        "2\n00.00.03,000 --> 00.00.05,000\nIt rests.\n",
        "Bread rises. It rests.",
    ),
    "the number on the line of the times": (
        "a.srt",
        "1 00:00:01,000 --> 00:00:03,000\nBread rises.\n\n"
        "2: 00:00:03,000 --> 00:00:05,000\nIt rests.\n",
        "Bread rises. It rests.",
    ),
    "the number of a cue that is not there": (
        "a.srt",
        "1\n00:00:01,000 --> 00:00:03,000\nBread rises.\n\n"
        "2\n00:00:03,000 --> 00:00:05,000\nIt rests.\n\n3\n",
        "Bread rises. It rests.",
    ),
    "in a fence": (
        "a.srt",
        "```srt\n1\n00:00:01,000 --> 00:00:03,000\nBread rises.\n\n"
        "2\n00:00:03,000 --> 00:00:05,000\nIt rests.\n```\n",
        "Bread rises. It rests.",
    ),
    "line ends written out": (
        "a.srt",
        "1\\n00:00:01,000 --> 00:00:03,000\\nBread rises.\\n\\n"
        "2\\n00:00:03,000 --> 00:00:05,000\\nIt rests.\\n",
        "Bread rises. It rests.",
    ),
    "words that slide by": (
        "a.srt",
        "".join(
            f"{n}\n00:00:{n:02},000 --> 00:00:{n + 2:02},000\n{said}\n\n"
            for n, said in enumerate(
                ("bread rises in", "rises in a", "in a warm", "a warm place", "warm place now"), 1
            )
        ),
        "bread rises in a warm place now",
    ),
    "two words at a time, the one that is said marked": (
        "a.srt",
        "1\n00:00:00,000 --> 00:00:01,000\n<b>Bread</b> rises\n\n"
        "2\n00:00:01,000 --> 00:00:02,000\nBread <b>rises</b>\n\n"
        "3\n00:00:02,000 --> 00:00:03,000\n<b>and</b> rests\n\n"
        "4\n00:00:03,000 --> 00:00:04,000\nand <b>rests</b>\n",
        "Bread rises and rests",
    ),
    "broken marks of slanted words": (
        "a.srt",
        "1\n00:00:01,000 --> 00:00:03,000\n&lt;i&gt;Bread&lt;/i&gt; rises.\n\n"
        "2\n00:00:03,000 --> 00:00:05,000\n< i >It< / i > rests.\n\n"
        "3\n00:00:05,000 --> 00:00:07,000\ni>Done.</i>\n\n"
        "4\n00:00:07,000 --> 00:00:09,000\n<i>All.</i\n",
        "Bread rises. It rests. Done. All.",
    ),
    "SAMI in two languages": (
        "a.smi",
        "<SAMI><BODY>\n<SYNC Start='1000'><P Class=ENCC>Bread rises.<P Class=FRCC>Le pain.\n"
        "<SYNC Start='2000'><P Class=FRCC>Il lève.\n<SYNC Start='3000'><P Class=ENCC>It rests.\n",
        "Bread rises. It rests.",
    ),
    "SubViewer": (
        "a.sub",
        "[INFORMATION]\n[TITLE]Bread\n[END INFORMATION]\n[SUBTITLE]\n"
        "00:00:01.00,00:00:03.00\nBread[br]rises.\n\n00:00:03.00,00:00:05.00\nIt rests.\n",
        "Bread rises. It rests.",
    ),
    "JSON a line each": (
        "a.jsonl",
        '{"start": 1, "end": 2, "text": "Bread rises."}\n'
        '{"start": 3, "end": 4, "text": "It rests."}\n',
        "Bread rises. It rests.",
    ),
    "JSON with lists of lines": (
        "a.json",
        '{"objects":[{"startTime":1000,"endTime":2000,"content":[{"text":"Bread rises."}]},'
        '{"startTime":3000,"endTime":4000,"content":[{"text":"It"},{"text":"rests."}]}]}',
        "Bread rises. It rests.",
    ),
    "JSON of a recogniser with several guesses": (
        "a.json",
        '{"phrases":[{"offset":"PT1S","duration":"PT1.5S","nBest":[{"display":"Bread rises."},'
        '{"display":"Bred rises."}]},{"offset":"PT1M3S","duration":"PT1S","nBest":[{"display":'
        '"It rests."}]}]}',
        "Bread rises. It rests.",
    ),
    "JSON with pieces under the name of their kind": (
        "a.json",
        '{"segments":[{"piece":{"startMs":"1000","endMs":"2000","snippet":{"runs":[{"text":'
        '"Bread rises."}]}}},{"piece":{"startMs":"3000","endMs":"4000","snippet":{"runs":'
        '[{"text":"It rests."}]}}}]}',
        "Bread rises. It rests.",
    ),
    "a table with the times of television": (
        "a.csv",
        "Timecode In,Timecode Out,Dialogue\n00:00:01:00,00:00:02:00,Bread rises.\n"
        "00:00:03:00,00:00:04:00,It rests.\n",
        "Bread rises. It rests.",
    ),
    "a page": (
        "a.txt",
        "<html><body><p>0:00 Bread &amp; butter.</p><p>0:05 It rests.</p></body></html>",
        "Bread & butter. It rests.",
    ),
    "JSON with times in seconds and billionths": (
        "a.json",
        '{"results":[{"alternatives":[{"transcript":"Bread rises.","words":[{"startTime":{},'
        '"endTime":{"seconds":"1","nanos":500000000},"word":"Bread"},{"startTime":{"seconds":"1"},'
        '"endTime":{"seconds":"2"},"word":"rises."}]}]}]}',
        "Bread rises.",
    ),
    "JSON with nothing but the ends": (
        "a.json",
        '{"results":[{"alternatives":[{"transcript":"Bread rises."}],"resultEndTime":"2.5s"},'
        '{"alternatives":[{"transcript":"It rests."}],"resultEndTime":"5s"}]}',
        "Bread rises. It rests.",
    ),
    "JSON in capitals, in the ticks of Windows": (
        "a.json",
        '[{"DisplayText":"Bread rises.","Offset":10000000,"Duration":20000000},'
        '{"DisplayText":"It rests.","Offset":40000000,"Duration":10000000}]',
        "Bread rises. It rests.",
    ),
    "JSON with the places where something is said": (
        "a.json",
        '{"insights":{"transcript":[{"text":"Bread rises.","instances":[{"start":"0:00:01",'
        '"end":"0:00:03"}]},{"text":"It rests.","instances":[{"start":"0:00:03"}]}]}}',
        "Bread rises. It rests.",
    ),
    "JSON whose marks have times, too": (
        "a.json",
        '{"results":[{"start_time":1.0,"end_time":1.4,"alternatives":[{"content":"Bread"}]},'
        '{"start_time":1.4,"end_time":2.0,"alternatives":[{"content":"rises"}]},'
        '{"start_time":2.0,"end_time":2.0,"alternatives":[{"content":"."}]},'
        '{"start_time":3.0,"end_time":3.4,"alternatives":[{"content":"Then"}]}]}',
        "Bread rises. Then",
    ),
    "JSON in three lists": (
        "a.json",
        '{"start":[1000,3000],"end":[2500,5000],"text":["Bread rises.","It rests."]}',
        "Bread rises. It rests.",
    ),
    "JSON whose words are lists": (
        "a.json",
        '{"results":[{"alternatives":[{"timestamps":[["bread",0.5,1.0],["rises",1.0,1.5]]}]}]}',
        "bread rises",
    ),
    "JSON, one after the other": (
        "a.json",
        '{\n "start": 1,\n "end": 2,\n "text": "Bread rises."\n}\n'
        '{\n "start": 3,\n "end": 4,\n "text": "It rests."\n}\n',
        "Bread rises. It rests.",
    ),
    "a list as Python prints it": (
        "a.txt",
        "[{'text': 'Bread rises.', 'start': 1.0, 'duration': 2.0}, "
        "{'text': \"It's at rest.\", 'start': 3.0, 'duration': 2.0}]\n",
        "Bread rises. It's at rest.",
    ),
    "objects as Python prints them": (
        "a.txt",
        "Fetched(snippets=[Snippet(text='Bread rises.', start=1.0, duration=2.0), "
        "Snippet(text='It rests.', start=3.0, duration=2.0)], language='English')\n",
        "Bread rises. It rests.",
    ),
    "markers of an editing program": (
        "a.csv",
        "Marker Name\tDescription\tIn\tOut\tDuration\tMarker Type\n"
        "One\tBread rises.\t00:00:01:00\t00:00:01:00\t00:00:00:00\tComment\n"
        "Two\tIt rests.\t00:00:05:00\t00:00:05:00\t00:00:00:00\tComment\n",
        "Bread rises. It rests.",
    ),
    "words that touch, told to be words": (
        "a.ttml",
        '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:p="urn:p"><body><div><p begin="1.0" end="3.0">'
        '<span begin="1.0" end="3.0" p:unit="sentence"><span p:unit="word">Bread</span>'
        '<span p:unit="word">rises.</span></span><span p:unit="sentence">'
        '<span p:unit="word">It</span><span p:unit="word">rests.</span></span></p></div></body>'
        "</tt>",
        "Bread rises. It rests.",
    ),
    "XML with bare signs, names nobody declared, and no end": (
        "a.ttml",
        '<tt xmlns="http://www.w3.org/ns/ttml"><body><div>'
        '<p begin="1s" end="3s" tts:textAlign="center">Q&A:&nbsp;is&#32;1 < 2?</p>'
        '<p begin="3s" end="5s">It rests.</p><p begin="5s" end',
        "Q&A: is 1 < 2? It rests.",
    ),
    "TTML in two languages": (
        "a.ttml",
        '<tt xmlns="http://www.w3.org/ns/ttml"><body><div xml:lang="en">'
        '<p begin="1s" end="3s">Bread rises.</p></div><div xml:lang="fr">'
        '<p begin="1s" end="3s">Le pain.</p></div><div xml:lang="en">'
        '<p begin="4s" end="6s">It rests.</p></div></body></tt>',
        "Bread rises. It rests.",
    ),
    "XML with lines of HTML": (
        "a.xml",
        '<?xml version="1.0"?><USFSubtitles><subtitles><subtitle start="00:00:01.000" '
        'stop="00:00:03.000"><text>Bread<br/>rises.</text></subtitle></subtitles></USFSubtitles>',
        "Bread rises.",
    ),
    "further times within a paragraph": (
        "a.txt",
        "(00:01) Bread rises (00:04) in a warm place (01:02) and then (01:09) it rests\n",
        "Bread rises in a warm place and then it rests",
    ),
    "what a program and its recorder say of themselves": (
        "a.txt",
        "Mia Holm started transcription\n\nMia Holm   0:03\nBread rises.\n\n"
        "Tom Reed   0:09\nIt rests.\n\nMia Holm stopped transcription\n",
        "Bread rises. It rests.",
    ),
}


@pytest.mark.parametrize(
    ("name", "text", "said"), AS_PEOPLE_HAVE_THEM.values(), ids=AS_PEOPLE_HAVE_THEM.keys()
)
def test_what_people_have_is_read_as_it_is_meant(name: str, text: str, said: str) -> None:
    transcript = parse_captions(text.encode(), name=name)
    assert " ".join(transcript.text.split()) == said
    assert transcript.timed
    check_times(transcript)


VOICES: dict[str, tuple[str, str, list[tuple[str | None, str]]]] = {
    "further times within what somebody says": (
        "a.txt",
        "Mia [00:00:10] Bread rises [00:00:12] and rises [00:00:14] again.\n"
        "Tom [00:00:16] It rests [00:00:18] now.\n",
        [("Mia", "Bread rises and rises again."), ("Tom", "It rests now.")],
    ),
    "words of several in small letters before a colon": (
        "a.vtt",
        "WEBVTT\n\n"
        + "".join(
            f"00:{at:02}.000 --> 00:{at + 1:02}.000\nand {who} said: {word}\n\n"
            for at, (who, word) in enumerate(
                (("he", "come"), ("she", "no"), ("he", "why"), ("she", "so"))
            )
        ),
        [(None, "and he said: come and she said: no and he said: why and she said: so")],
    ),
    "JSON that tells apart who speaks when": (
        "a.json",
        '{"results":{"speaker_labels":{"segments":[{"start_time":"1.0","end_time":"2.0",'
        '"speaker_label":"spk_0"},{"start_time":"3.0","end_time":"4.0","speaker_label":"spk_1"}]},'
        '"items":[{"start_time":"1.0","end_time":"2.0","alternatives":[{"content":"Yes"}]},'
        '{"alternatives":[{"content":"."}]},'
        '{"start_time":"3.0","end_time":"4.0","alternatives":[{"content":"No"}]}]}}',
        [("spk_0", "Yes."), ("spk_1", "No")],
    ),
    "JSON with a list of the speakers": (
        "a.json",
        '{"speakers":[{"id":1,"name":"Mia"},{"id":2,"name":"Tom"}],"segments":['
        '{"speaker":1,"start":1.0,"end":2.0,"text":"Bread rises."},'
        '{"speaker":2,"start":3.0,"end":4.0,"text":"It rests."}]}',
        [("Mia", "Bread rises."), ("Tom", "It rests.")],
    ),
    "JSON of a meeting, by participant": (
        "a.json",
        '[{"participant":{"name":"Mia"},"words":[{"text":"Yes.","start_timestamp":'
        '{"relative":1.0},"end_timestamp":{"relative":1.4}}]},{"participant":{"name":"Tom"},'
        '"words":[{"text":"No.","start_timestamp":{"relative":3.0}}]}]',
        [("Mia", "Yes."), ("Tom", "No.")],
    ),
    "JSON that has the speakers with the single words": (
        "a.json",
        '{"results":[{"alternatives":[{"transcript":"Yes. No."}],"resultEndTime":"4s"},'
        '{"alternatives":[{"words":[{"word":"Yes.","startTime":"1s","speakerTag":1},'
        '{"word":"No.","startTime":"3s","speakerTag":2}]}]}]}',
        [("Speaker 1", "Yes."), ("Speaker 2", "No.")],
    ),
    "JSON within the cues": (
        "a.vtt",
        'WEBVTT\n\n00:01.000 --> 00:02.000\n{"speakerName":"Mia","spokenText":"Yes."}\n\n'
        '00:03.000 --> 00:04.000\n{"speakerName":"Tom","spokenText":"No."}\n',
        [("Mia", "Yes."), ("Tom", "No.")],
    ),
    "speakers in the names of the cues": (
        "a.vtt",
        'WEBVTT\n\n1 "Mia Holm" (31)\n00:01.000 --> 00:02.000\nBread rises.\n\n'
        '2 "Tom Reed" (32)\n00:03.000 --> 00:04.000\nIt rests.\n',
        [("Mia Holm", "Bread rises."), ("Tom Reed", "It rests.")],
    ),
    "names as people write their own": (
        "a.vtt",
        "WEBVTT\n\n00:01.000 --> 00:02.000\nmia: Bread rises.\n\n"
        "00:03.000 --> 00:04.000\ntom's phone: It rests.\n\n"
        "00:05.000 --> 00:06.000\nmia: So it is.\n\n"
        "00:07.000 --> 00:08.000\ntom's phone: Done.\n",
        [
            ("mia", "Bread rises."),
            ("tom's phone", "It rests."),
            ("mia", "So it is."),
            ("tom's phone", "Done."),
        ],
    ),
    "further paragraphs that have a time and no name": (
        "a.md",
        "**Mia:** [00:00:01] Bread rises.\n\n[00:00:12] It rests.\n\n**Tom:** [00:00:20] Done.\n",
        [("Mia", "Bread rises."), ("Mia", "It rests."), ("Tom", "Done.")],
    ),
    "a table with a column of names": (
        "a.md",
        "| Start | End | Speaker | Text |\n|---|---|---|---|\n"
        "| 00:00:01 | 00:00:03 | Mia | Bread rises. |\n| 00:00:05 | 00:00:09 | Tom | It rests. |\n"
        "| 00:00:10 | 00:00:12 | Mia | Done. |\n",
        [("Mia", "Bread rises."), ("Tom", "It rests."), ("Mia", "Done.")],
    ),
    "tiers of ELAN": (
        "a.eaf",
        '<?xml version="1.0"?><ANNOTATION_DOCUMENT><TIME_ORDER>'
        '<TIME_SLOT TIME_SLOT_ID="s1" TIME_VALUE="1000"/><TIME_SLOT TIME_SLOT_ID="s2" '
        'TIME_VALUE="2000"/><TIME_SLOT TIME_SLOT_ID="s3" TIME_VALUE="4000"/></TIME_ORDER>'
        + "".join(
            f'<TIER TIER_ID="{who}"><ANNOTATION><ALIGNABLE_ANNOTATION TIME_SLOT_REF1="s{n}" '
            f'TIME_SLOT_REF2="s{n + 1}"><ANNOTATION_VALUE>{said}</ANNOTATION_VALUE>'
            "</ALIGNABLE_ANNOTATION></ANNOTATION></TIER>"
            for n, who, said in ((2, "Tom", "It rests."), (1, "Mia", "Bread rises."))
        )
        + '<TIER TIER_ID="gloss" PARENT_REF="Mia"/></ANNOTATION_DOCUMENT>',
        [("Mia", "Bread rises."), ("Tom", "It rests.")],
    ),
    "tiers of Praat": (
        "a.TextGrid",
        'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = 9\n'
        "tiers? <exists>\nsize = 2\nitem []:\n"
        + "".join(
            f'    item [{n}]:\n        class = "IntervalTier"\n        name = "{who}"\n'
            "        xmin = 0\n        xmax = 9\n        intervals: size = 2\n"
            f"        intervals [1]:\n            xmin = 0\n            xmax = {n}\n"
            '            text = ""\n'
            f"        intervals [2]:\n            xmin = {n}\n            xmax = {n + 1.5}\n"
            f'            text = "{said}"\n'
            for n, who, said in ((1, "Mia", 'They say ""bread"".'), (4, "Tom", "It rests."))
        ),
        [("Mia", 'They say "bread".'), ("Tom", "It rests.")],
    ),
    "tiers of Praat, in short": (
        "a.TextGrid",
        'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n9\n<exists>\n2\n'
        '"IntervalTier"\n"Mia"\n0\n9\n2\n0\n1\n""\n1\n3.5\n"Bread rises."\n'
        '"IntervalTier"\n"Tom"\n0\n9\n1\n4\n9\n"It rests."\n',
        [("Mia", "Bread rises."), ("Tom", "It rests.")],
    ),
    "names before the words": (
        "a.vtt",
        "WEBVTT\n\n00:01.000 --> 00:03.000\nMia Holm: Bread rises.\n\n"
        "00:03.000 --> 00:05.000\nTom Reed: It rests, Mia.\n",
        [("Mia Holm", "Bread rises."), ("Tom Reed", "It rests, Mia.")],
    ),
    "the chat of a meeting": (
        "a.txt",
        "10:05:03\t From  Mia Holm : Bread rises.\n10:05:08\t From  Tom Reed : It rests.\n",
        [("Mia Holm", "Bread rises."), ("Tom Reed", "It rests.")],
    ),
    "the chat of a meeting, to whom it was written": (
        "a.txt",
        "10:05:03 From Mia Holm to Everyone:\n\tBread rises.\n"
        "10:05:08 From Tom Reed to Everyone:\n\tIt rests.\n",
        [("Mia Holm", "Bread rises."), ("Tom Reed", "It rests.")],
    ),
    "names before the words and times behind them": (
        "a.txt",
        "Mia Holm: Bread rises. (00:00:01)\nTom Reed: It rests. (00:00:09)\n",
        [("Mia Holm", "Bread rises."), ("Tom Reed", "It rests.")],
    ),
    "a chat with dates": (
        "a.txt",
        "[01.02.24, 10:15:33] Mia Holm: Bread rises.\n[01.02.24, 10:16:00] Tom Reed: It rests.\n",
        [("Mia Holm", "Bread rises."), ("Tom Reed", "It rests.")],
    ),
    "names that come again above the times, without empty lines": (
        "a.txt",
        "Mia Holm\n0:01\nBread rises.\nTom Reed\n0:09\nIt rests.\n"
        "Mia Holm\n0:19\nYes.\nTom Reed\n0:29\nDone.\n",
        [
            ("Mia Holm", "Bread rises."),
            ("Tom Reed", "It rests."),
            ("Mia Holm", "Yes."),
            ("Tom Reed", "Done."),
        ],
    ),
    "who transcribed it": (
        "a.txt",
        "Mia Holm  0:00\nBread rises.\n\nTom Reed  0:03\nYes.\n\n"
        "Transcribed by https://scribe.example\n",
        [("Mia Holm", "Bread rises."), ("Tom Reed", "Yes.")],
    ),
    "names before ranges": (
        "a.txt",
        "SPEAKER_00 [00:00:00.0 - 00:00:04.0]: Bread rises.\n"
        "SPEAKER_01 [00:00:04.0 - 00:00:09.0]: It rests.\n",
        [("SPEAKER_00", "Bread rises."), ("SPEAKER_01", "It rests.")],
    ),
    "bold names and slanted times": (
        "a.md",
        "**Mia Holm** *[0:03]*: Bread rises.\n\n**Tom Reed** *[0:08]*: It rests.\n",
        [("Mia Holm", "Bread rises."), ("Tom Reed", "It rests.")],
    ),
    "single names behind the mark of another speaker": (
        "a.srt",
        "1\n00:00:01,000 --> 00:00:03,000\n>> MIA: Bread rises.\n\n"
        "2\n00:00:03,000 --> 00:00:05,000\n>> TOM: It rests.\n",
        [("MIA", "Bread rises."), ("TOM", "It rests.")],
    ),
    "names with a role": (
        "a.vtt",
        "WEBVTT\n\n00:01.000 --> 00:03.000\nMia Holm (Baker): Bread rises.\n\n"
        "00:03.000 --> 00:05.000\nTom Reed (Guest): It rests.\n",
        [("Mia Holm (Baker)", "Bread rises."), ("Tom Reed (Guest)", "It rests.")],
    ),
    "addresses of mail for names": (
        "a.vtt",
        "WEBVTT\n\n00:01.000 --> 00:03.000\nmia@mill.example: Bread rises.\n\n"
        "00:03.000 --> 00:05.000\ntom.reed@mill.example: It rests.\n",
        [("mia@mill.example", "Bread rises."), ("tom.reed@mill.example", "It rests.")],
    ),
    "numbered speakers before an upright line": (
        "a.srt",
        "1\n00:00:01,000 --> 00:00:03,000\nSPEAKER_00|Bread rises.\n\n"
        "2\n00:00:03,000 --> 00:00:05,000\nSPEAKER_01|It rests.\n",
        [("SPEAKER_00", "Bread rises."), ("SPEAKER_01", "It rests.")],
    ),
    "numbers of sections": (
        "a.txt",
        "[1.1] Bread\n[1.2] Water\n[2.1] Salt\n",
        [(None, "[1.1] Bread [1.2] Water [2.1] Salt")],
    ),
    "names in JSON of meetings": (
        "a.json",
        '{"entries":[{"text":"Bread rises.","speakerDisplayName":"Mia","startOffset":'
        '"00:00:01.0000000","endOffset":"00:00:02.0000000"},{"text":"It rests.",'
        '"speakerDisplayName":"Tom","startOffset":"00:00:03.0","endOffset":"00:00:04.0"}]}',
        [("Mia", "Bread rises."), ("Tom", "It rests.")],
    ),
    "speakers without a name": (
        "a.srt",
        "1\n00:00:01,000 --> 00:00:03,000\n[SPEAKER_00]: Bread rises.\n\n"
        "2\n00:00:03,000 --> 00:00:05,000\n[SPEAKER_01] It rests.\n",
        [("SPEAKER_00", "Bread rises."), ("SPEAKER_01", "It rests.")],
    ),
    "names with a time above the words": (
        "a.txt",
        "Mia Holm  0:03\nBread rises.\n\n**Reed, Tom**   0:08\nIt rests.\n",
        [("Mia Holm", "Bread rises."), ("Reed, Tom", "It rests.")],
    ),
    "a time with a name above the words": (
        "a.txt",
        "00:00:03 Speaker 1\nBread rises.\n\n00:00:08 Speaker 2\nIt rests.\n",
        [("Speaker 1", "Bread rises."), ("Speaker 2", "It rests.")],
    ),
    "a conversation without times": (
        "a.txt",
        "INTERVIEWER: How does it rise?\n\nMIA: It rests first.\n\nINTERVIEWER: And then?\n",
        [
            ("INTERVIEWER", "How does it rise?"),
            ("MIA", "It rests first."),
            ("INTERVIEWER", "And then?"),
        ],
    ),
    "names alone above the times": (
        "a.txt",
        "Mia Holm\n0:03\nBread rises.\n\nTom Reed\n0:08\nIt rests.\n",
        [("Mia Holm", "Bread rises."), ("Tom Reed", "It rests.")],
    ),
    "names alone below two times": (
        "a.txt",
        "0:0:1.0 --> 0:0:3.0\nMia Holm\nBread rises.\n0:0:3.0 --> 0:0:5.0\nTom Reed\nYes.\n",
        [("Mia Holm", "Bread rises."), ("Tom Reed", "Yes.")],
    ),
    "times in words behind the names": (
        "a.txt",
        "Mia Holm: 0 minutes 3 seconds\nBread rises.\n\nTom Reed: 1 minute 2 seconds\nYes.\n",
        [("Mia Holm", "Bread rises."), ("Tom Reed", "Yes.")],
    ),
    "names with more to them": (
        "a.txt",
        "Holm, Mia   0:03\nBread rises.\n\nReed, Tom (Guest)   0:08\nYes.\n",
        [("Holm, Mia", "Bread rises."), ("Reed, Tom (Guest)", "Yes.")],
    ),
    "a time with a sign, then the name": (
        "a.txt",
        "@0:03 - Mia Holm\nBread rises.\n\n@0:08 - Tom Reed (Mill)\nYes.\n",
        [("Mia Holm", "Bread rises."), ("Tom Reed (Mill)", "Yes.")],
    ),
    "somebody else who is not named": (
        "a.txt",
        ">> MIA HOLM: Bread rises.\n>> TOM REED: It rests.\n>> And then?\n",
        [("MIA HOLM", "Bread rises."), ("TOM REED", "It rests."), (None, "And then?")],
    ),
    "steps, questions and answers": (
        "a.srt",
        "1\n00:00:01,000 --> 00:00:03,000\nStep 1: mix.\n\n2\n00:00:03,000 --> 00:00:05,000\n"
        "Q: why?\n\n3\n00:00:05,000 --> 00:00:07,000\nA: so.\n",
        [(None, "Step 1: mix. Q: why? A: so.")],
    ),
    "what a list says of things": (
        "a.txt",
        "Host: localhost\nPort: 8080\nName: bread\nMode: quiet\n",
        [(None, "Host: localhost Port: 8080 Name: bread Mode: quiet")],
    ),
    "two in one cue": (
        "a.srt",
        "1\n00:00:01,000 --> 00:00:05,000\n-Bread rises.\n-It rests.\n",
        [(None, "Bread rises."), (None, "It rests.")],
    ),
    "the first line of cues is no name": (
        "a.srt",
        "1\n00:00:01,000 --> 00:00:03,000\nNew York\nis big.\n\n"
        "2\n00:00:03,000 --> 00:00:05,000\nNew York\nis loud.\n",
        [(None, "New York is big. New York is loud.")],
    ),
    "a title above the first name": (
        "a.txt",
        "How bread rises\n\nMia Holm   0:03\nIt rests.\n\nTom Reed   0:08\nYes.\n",
        [(None, "How bread rises"), ("Mia Holm", "It rests."), ("Tom Reed", "Yes.")],
    ),
    "times between the name and the words": (
        "a.txt",
        "Mia Holm: [00:00:03] Bread rises.\n\nTom Reed: [00:00:09] Yes.\n",
        [("Mia Holm", "Bread rises."), ("Tom Reed", "Yes.")],
    ),
    "names before times in brackets": (
        "a.txt",
        "Mia [00:00:03] Bread rises.\nTom [00:00:09] It rests.\nMia [00:00:12] Yes.\n",
        [("Mia", "Bread rises."), ("Tom", "It rests."), ("Mia", "Yes.")],
    ),
    "other words before times in brackets": (
        "a.txt",
        "Flour (0:01) is sieved.\nWater (0:05) is warm.\nSalt (0:07) is last.\n"
        "Bread (0:09) rises.\n",
        [(None, "Flour is sieved. Water is warm."), (None, "Salt is last. Bread rises.")],
    ),
    "numbered rows": (
        "a.txt",
        "1\t00:00:01\t00:00:03\tBread rises.\n2\t00:00:03\t00:00:05\tYes.\n",
        [(None, "Bread rises. Yes.")],
    ),
    "columns of names, times and words": (
        "a.txt",
        "Mia Holm\t00:00:03\tBread rises.\nTom Reed\t00:00:09\tYes.\n",
        [("Mia Holm", "Bread rises."), ("Tom Reed", "Yes.")],
    ),
    "times of the day": (
        "a.txt",
        "10:30 Break: all rest.\n12:00 Lunch\n14:00 Talk: bread\n",
        [(None, "10:30 Break: all rest. 12:00 Lunch 14:00 Talk: bread")],
    ),
    "numbers in brackets among words": (
        "a.txt",
        "The sum is [1][3] here.\n{1}{2} are sets.\nThat is all.\n",
        [(None, "The sum is [1][3] here. {1}{2} are sets. That is all.")],
    ),
    "pieces of words": (
        "a.json",
        '{"transcription":[{"offsets":{"from":1000,"to":3000},"text":" Rising.","tokens":['
        '{"text":"[_BEG_]","offsets":{"from":1000,"to":1000}},{"text":" Ris","offsets":'
        '{"from":1000,"to":2000}},{"text":"ing.","offsets":{"from":2000,"to":3000}}]}]}',
        [(None, "Rising.")],
    ),
    "words before a colon that are no name": (
        "a.srt",
        "1\n00:00:01,000 --> 00:00:03,000\nNote: this matters.\n\n"
        "2\n00:00:03,000 --> 00:00:05,000\n10:30 Break: all rest.\n",
        [(None, "Note: this matters. 10:30 Break: all rest.")],
    ),
}


@pytest.mark.parametrize(("name", "text", "voices"), VOICES.values(), ids=VOICES.keys())
def test_speakers_are_told_apart_in_every_notation(
    name: str, text: str, voices: list[tuple[str | None, str]]
) -> None:
    transcript = parse_captions(text.encode(), name=name)
    assert [(segment.speaker, segment.text) for segment in transcript.segments] == voices


def test_times_are_found_and_never_made_up() -> None:
    panel = "Introduction\n0:00\tbread rises\n0:20\tit rests\n1:02\tdone\n"
    transcript = parse_captions(panel.encode(), name="a.txt")
    assert transcript.segments[0].start_s == 0.0
    assert round(transcript.duration_s) == 63
    agenda = "We met today.\nThe plan follows.\n10:30 – 11:00 Lunch\nThen the bread.\nAnd so on.\n"
    assert not parse_captions(agenda.encode(), name="a.txt").timed


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("WEBVTT\n\n00:01.000 -- -->\nBread rises.\n\n00:40.000 -a -->\nIt rests.\n", [1, 40]),
        ("1h02m03s Bread rises.\n1h02m33s It rests.\n", [3723, 3753]),
        ("[4.20] Bread rises.\n[34.25] It rests.\n", [4.2, 34.25]),
        ("Bread rises. #00:00:14-0#\nIt rests. #00:00:29-1#\n", [0, 14]),
        ("Mia [0:03] Bread rises.\nTom [0:09] It rests.\n", [3, 9]),
    ],
)
def test_a_start_that_can_be_read_is_believed(text: str, starts: list[float]) -> None:
    transcript = parse_captions(text.encode(), name="a.txt")
    assert transcript.timed
    assert [segment.start_s for segment in transcript.segments] == starts


def test_a_time_every_five_minutes_is_enough() -> None:
    said = "\n".join(f"{name}: Bread rises.\n" for name in ("Mia Holm", "Tom Reed") * 6)
    text = f"Meeting\n\n00:00:00\n\n{said}\n00:05:00\n\nMia Holm: We end.\n"
    transcript = parse_captions(text.encode(), name="a.txt")
    assert transcript.timed
    assert (transcript.segments[-1].start_s, transcript.segments[-1].text) == (300.0, "We end.")


def test_words_above_the_first_time_were_said_before_it() -> None:
    text = "Ann Lee: Bread rises.\nBob: It rests.\n00:05:00\nAnn Lee: Done.\n00:10:00\nBob: Bye."
    segments = parse_captions(text.encode(), name="a.txt").segments
    assert [(s.speaker, s.start_s < 300) for s in segments] == [
        ("Ann Lee", True),
        ("Bob", True),
        ("Ann Lee", False),
        ("Bob", False),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "See (3:16) and then (2:10) of the book.\nThe rest (4:05) is said later.",
        "(1:02) is where he begins, (0:40) where she ends.\nNo more of it.",
        "We saw (10:15) a bird and (10:30) a fox and (11:00) a bear, that was all.\n"
        "Next day we saw (12:10) nothing.",
    ],
)
def test_times_among_words_that_do_not_grow_or_stand_behind_no_name_are_words(text: str) -> None:
    transcript = parse_captions(text.encode(), name="a.txt")
    assert not transcript.timed
    assert transcript.text.split() == text.split()


def test_two_times_of_the_day_in_a_story_are_words() -> None:
    text = "We met.\n12:30:00\n13:45:10\nWe left.\n" + "More words follow here.\n" * 9
    assert not parse_captions(text.encode(), name="a.txt").timed


def test_a_semicolon_before_the_frames_counts_thirty_of_them() -> None:
    text = "00:00:01;15 - 00:00:03;20\nBread rises.\n\n00:00:04;00 - 00:00:06;00\nYes.\n"
    assert parse_captions(text.encode(), name="a.txt").segments[0].start_s == pytest.approx(
        1.5005, abs=1e-3
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.ttml", '<tt xml:lang="de"><body><p begin="1s" end="2s">Hm.</p></body></tt>'),
        ("a.json", '{"segments":[{"start":1,"end":2,"text":"Hm."}],"language":"de"}'),
    ],
)
def test_the_language_that_a_file_names_is_believed(name: str, text: str) -> None:
    assert parse_captions(text.encode(), name=name).language == "de"


def test_a_document_is_read_like_a_text(tmp_path: Path) -> None:
    import zipfile

    paragraphs = "".join(
        f"<w:p><w:r><w:t>{name}</w:t><w:tab/><w:t>{time}</w:t><w:br/><w:t>{said}</w:t></w:r></w:p>"
        for name, time, said in (("Mia Holm", "0:03", "Bread rises."), ("Tom Reed", "0:08", "Yes."))
    )
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    path = tmp_path / "meeting.docx"
    with zipfile.ZipFile(path, "w") as archive:
        body = f'<w:document xmlns:w="{space}"><w:body>{paragraphs}</w:body></w:document>'
        archive.writestr("word/document.xml", body)
    transcript = read_caption_file(path)
    assert [(s.start_s, s.speaker, s.text) for s in transcript.segments] == [
        (3.0, "Mia Holm", "Bread rises."),
        (8.0, "Tom Reed", "Yes."),
    ]
    path.write_bytes(b"PK\x03\x04 and nothing that is one")
    with pytest.raises(CaptionsBroken):
        read_caption_file(path)


@pytest.mark.parametrize(
    ("head", "body", "start_s"),
    [
        (' ttp:tickRate="1000"', '<div><p begin="1500t" end="3000t">Yes.</p></div>', 1.5),
        ("", '<div><p begin="15000000t" end="30000000t">Yes.</p></div>', 1.5),
        (
            ' ttp:frameRate="30"',
            '<div><p begin="00:00:01:15" end="00:00:03:00">Yes.</p></div>',
            1.5,
        ),
        (
            ' ttp:frameRate="24" ttp:frameRateMultiplier="1000 1001"',
            '<div><p begin="24f" end="48f">Yes.</p></div>',
            1.001,
        ),
        ("", '<div begin="10s"><p begin="1s" end="3s">Yes.</p></div>', 11.0),
    ],
)
def test_times_in_ttml_count_as_the_file_says(head: str, body: str, start_s: float) -> None:
    space = 'xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"'
    read = parse_captions(f"<tt {space}{head}><body>{body}</body></tt>".encode(), name="a.ttml")
    assert read.segments[0].start_s == pytest.approx(start_s, abs=1e-3)


def test_what_a_recogniser_heard_without_times_has_none() -> None:
    read = parse_captions(
        b'{"text": "Bread rises. It rests.", "task": "transcribe"}', name="a.json"
    )
    assert (read.text, read.timed) == ("Bread rises. It rests.", False)


def test_rich_text_has_letters_of_the_page_that_it_names() -> None:
    text = r"{\rtf1\ansi\ansicpg1251 \'d5\'eb\'e5\'e1 \'e7\'e4\'e5\'f1\'fc.\par}"
    assert parse_captions(text.encode(), name="a.rtf").text == "Хлеб здесь."


def test_a_document_of_libreoffice_is_read_without_its_remarks(tmp_path: Path) -> None:
    import zipfile

    office = "urn:oasis:names:tc:opendocument:xmlns"
    body = (
        f'<o:document-content xmlns:o="{office}:office:1.0" xmlns:t="{office}:text:1.0"><o:body>'
        "<o:text><t:p>Mia Holm: Bread<t:s/>rises.<o:annotation><t:p/></o:annotation></t:p>"
        "<t:p>Tom Reed: It <t:span>rests.</t:span></t:p></o:text></o:body></o:document-content>"
    )
    path = tmp_path / "meeting.odt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", body)
    assert [(s.speaker, s.text) for s in read_caption_file(path).segments] == [
        ("Mia Holm", "Bread rises."),
        ("Tom Reed", "It rests."),
    ]


def test_the_pictures_of_a_player_are_no_words() -> None:
    cues = "\n\n".join(f"00:0{n}.000 --> 00:0{n + 1}.000\np/1.jpg#xywh=0,0,1,1" for n in range(3))
    with pytest.raises(CaptionsEmpty):
        parse_captions(f"WEBVTT\n\n{cues}\n".encode(), name="a.vtt")


def test_words_with_the_number_of_their_second_are_words() -> None:
    said = [f"{n} loaves are in the oven now" for n in range(1, 9)]
    panel = "".join(f"0:0{n}\n{text}\n" for n, text in enumerate(said, 1))
    captions = "WEBVTT\n\n" + "".join(
        f"00:0{n}.000 --> 00:0{n}.900\n{n} loaves\n\n" for n in range(1, 9)
    )
    assert "3 loaves are in the oven" in parse_captions(panel.encode(), name="a.txt").text
    assert "3 loaves" in parse_captions(captions.encode(), name="a.vtt").text


@pytest.mark.parametrize(
    "text",
    [
        "Music of the 1960s\nMusic of the 1970s\nMusic of the 1980s\n",
        "Bread took 5.2 s\nRolls took 6.1 s\nCake took 7.9 s\n",
        "Berlin 10:04\nHannover 11:41\nDortmund 13:20\n",
        "The edges are:\n1 -> 2\n2 -> 3\n3 -> 4\nThat is all.\n",
        "graph TD\n1 --> 2\n2 --> 3\n",
    ],
)
def test_numbers_in_lists_are_words(text: str) -> None:
    read = parse_captions(text.encode(), name="a.txt")
    assert not read.timed
    assert read.text.split() == text.split()


@pytest.mark.parametrize("tag", ["<i>", "&lt;i", "&lt;i&gt;", "< i >"])
def test_tags_that_never_end_lose_no_words(tag: str) -> None:
    """However many there are: each is looked at once."""
    read = parse_captions((f"{tag} word " * 20_000).encode(), name="a.txt")
    assert read.text.split().count("word") == 20_000
