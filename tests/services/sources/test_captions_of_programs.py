"""Transcripts as editors, recognisers and their consoles write them are read like any other."""

from __future__ import annotations

import re

import pytest

from notegen_desktop.services.sources.captions import parse_captions

Voices = list[tuple[str | None, str]]

FILES: dict[str, tuple[str, str, Voices]] = {
    "parts of a second without end": (
        "a.srt",
        "1\n00:00:01,249.0999999999999 --> 00:00:03,251.79999999999995\nBread rises.\n\n"
        "2\n00:00:04,2490999999 --> 00:00:05,251\nIt rests.\n",
        [(None, "Bread rises. It rests.")],
    ),
    "colons where digits have been": (
        "a.srt",
        "1\n00:03:06,0: --> 00:03:18,55\nBread rises.\n\n"
        "2\n00:03:19,0: --> 00:03:24,0:\nIt rests.\n",
        [(None, "Bread rises."), (None, "It rests.")],
    ),
    "a name before the times of captions": (
        "a.txt",
        "[SPEAKER_00] 00:00:03.000 --> 00:00:07.000\nBread rises.\n\n"
        "[SPEAKER_01] 00:00:08.000 --> 00:00:09.000\nYes.\n",
        [("SPEAKER_00", "Bread rises."), ("SPEAKER_01", "Yes.")],
    ),
    "semicolons in all of a time": (
        "a.txt",
        "00;00;01;12 - 00;00;04;02\nSpeaker 1\nBread rises.\n\n"
        "00;00;05;00 - 00;00;08;00\nSpeaker 2\nYes.\n",
        [("Speaker 1", "Bread rises."), ("Speaker 2", "Yes.")],
    ),
    "semicolons in the times of a table": (
        "a.csv",
        "Speaker,Start Time,End Time,Text\nMia,00;00;01;12,00;00;04;02,Bread rises.\n"
        "Tom,00;00;05;00,00;00;08;00,Yes.\n",
        [("Mia", "Bread rises."), ("Tom", "Yes.")],
    ),
    "numbered speakers in another language below times": (
        "a.txt",
        "00:01:23:14 - 00:01:36:04\nスピーカー 1\nパンが膨らみます。\n\n"
        "00:02:34:21 - 00:02:36:22\nスピーカー 2\nはい。\n",
        [("スピーカー 1", "パンが膨らみます。"), ("スピーカー 2", "はい。")],
    ),
    "times with the names of their units on lines of their own": (
        "a.txt",
        "3 minutes 5 seconds\nBread rises.\n3 minutes 30 seconds\nIt rests.\n4 minutes\nDone.\n",
        [(None, "Bread rises."), (None, "It rests."), (None, "Done.")],
    ),
    "names above times, without empty lines": (
        "a.txt",
        "Mia Holm\n0:03\nBread rises.\nTom Reed\n0:09\nYes.\nMia Holm\n1:02\nIt rests.\n",
        [("Mia Holm", "Bread rises."), ("Tom Reed", "Yes."), ("Mia Holm", "It rests.")],
    ),
    "titles below times are no names": (
        "a.txt",
        "Bread\n0:03\nThe Dough\n0:39\nThe Oven\n1:12\nThe Dough\n1:48\nThe End\n",
        [(None, text) for text in ("Bread The Dough", "The Oven", "The Dough", "The End")],
    ),
    "names with a colon above times with words": (
        "a.txt",
        "Mia Holm:\n[00:00:03] Bread rises.\n\nTom Reed:\n[00:00:09] Yes.\n\n"
        "Mia Holm:\n[00:01:02] It rests.\n",
        [("Mia Holm", "Bread rises."), ("Tom Reed", "Yes."), ("Mia Holm", "It rests.")],
    ),
    "two who are called A and B": (
        "a.txt",
        "A: Does bread rise?\nB: Yes.\nA: And rest?\nB: It does.\n",
        [("A", "Does bread rise?"), ("B", "Yes."), ("A", "And rest?"), ("B", "It does.")],
    ),
    "questions and answers": (
        "a.txt",
        "Q: Does bread rise?\nA: Yes.\nQ: And rest?\nA: It does.\n",
        [(None, "Q: Does bread rise? A: Yes. Q: And rest? A: It does.")],
    ),
    "one word before the colon in all lines": (
        "a.txt",
        "".join(
            f"0:{at:02} bread: {word}\n"
            for at, word in enumerate(("rises", "rests", "ages", "dries"))
        ),
        [(None, "bread: rises bread: rests bread: ages bread: dries")],
    ),
    "what the console of whisper says besides": (
        "a.txt",
        "Detecting language using up to the first 30 seconds. Use `--language` to specify it\n"
        "Detected language: English\n[00:00.000 --> 00:07.000]  Bread rises.\n"
        "[00:07.000 --> 00:11.500]  It rests.\n",
        [(None, "Bread rises."), (None, "It rests.")],
    ),
    "what the console of whisper.cpp says besides": (
        "a.txt",
        "whisper_init_from_file_with_params_no_state: loading model from 'x.bin'\n"
        "system_info: n_threads = 4 / 8 | AVX = 1\n\nmain: processing 'a.wav'\n\n"
        "[00:00:00.000 --> 00:00:07.000]   Bread rises.\n"
        "[00:00:07.000 --> 00:00:11.500]   It rests.\n\n"
        "whisper_print_timings:     load time =   100.00 ms\n",
        [(None, "Bread rises."), (None, "It rests.")],
    ),
    "the marks of time of a model": (
        "a.txt",
        "<|startoftranscript|><|en|><|transcribe|><|0.00|> Bread rises.<|7.00|>"
        "<|7.00|> It rests.<|11.50|><|endoftext|>",
        [(None, "Bread rises."), (None, "It rests.")],
    ),
    "segments as Python prints them, a line each": (
        "a.txt",
        "Segment(id=1, seek=0, start=0.0, end=7.0, text=' Bread rises.', tokens=[1, 2])\n"
        "Segment(id=2, seek=0, start=7.0, end=11.5, text=' It rests.', tokens=[3])\n",
        [(None, "Bread rises."), (None, "It rests.")],
    ),
    "segments by their number": (
        "a.json",
        '{"segments":{"0":{"start":0.0,"end":7.0,"text":"Bread rises."},'
        '"1":{"start":7.0,"end":11.5,"text":"It rests."}}}',
        [(None, "Bread rises."), (None, "It rests.")],
    ),
    "times beside the words, in an object of their own": (
        "a.json",
        '{"blocks":[{"text":"Bread rises.","data":{"start":0.5,"speaker":"Mia"}},'
        '{"text":"Yes.","data":{"start":9.0,"speaker":"Tom"}}]}',
        [("Mia", "Bread rises."), ("Tom", "Yes.")],
    ),
    "documents of a library for search": (
        "a.json",
        '[{"page_content":"Bread rises.","metadata":{"start_seconds":0,"title":"Bread"}},'
        '{"page_content":"It rests.","metadata":{"start_seconds":30,"title":"Bread"}}]',
        [(None, "Bread rises."), (None, "It rests.")],
    ),
    "the head of a meeting": (
        "a.txt",
        "Weekly - Transcript\nAttendees\nMia Holm, Tom Reed\n\nTranscript\n00:00:00\n \n"
        "Mia Holm: Bread rises.\nTom Reed: Yes.\nMia Holm: Good.\n\n00:05:00\n \n"
        "Tom Reed: It rests.\nMeeting ended after 00:06:00 👋\n",
        [
            (None, "Weekly - Transcript"),
            ("Mia Holm", "Bread rises."),
            ("Tom Reed", "Yes."),
            ("Mia Holm", "Good."),
            ("Tom Reed", "It rests."),
        ],
    ),
    "the head of a recorder": (
        "a.txt",
        "Bread - January 01\nVIEW RECORDING - 62 mins (No highlights): https://rec.example/a\n\n"
        "---\n\n0:03 - Mia Holm\n  Bread rises.\n\n0:09 - Tom Reed\n  Yes.\n\n"
        "1:02 - Mia Holm\n  It rests.\n",
        [
            (None, "Bread - January 01"),
            ("Mia Holm", "Bread rises."),
            ("Tom Reed", "Yes."),
            ("Mia Holm", "It rests."),
        ],
    ),
    "a table for Excel": (
        "a.csv",
        "sep=;\nStart;End;Text\n0:00;0:05;Bread rises.\n0:05;0:09;It rests.\n",
        [(None, "Bread rises."), (None, "It rests.")],
    ),
    "a table with frames": (
        "a.csv",
        "Timecode In,Timecode Out,Speaker,Dialogue\n00:00:00:00,00:00:05:00,Mia,Bread rises.\n"
        "00:00:05:00,00:00:09:00,Tom,Yes.\n",
        [("Mia", "Bread rises."), ("Tom", "Yes.")],
    ),
    "sounds as Whisper names them": (
        "a.srt",
        "1\n00:00:01,000 --> 00:00:03,000\n[BLANK_AUDIO]\n\n"
        "2\n00:00:03,000 --> 00:00:05,000\n*applause*\n\n"
        "3\n00:00:05,000 --> 00:00:09,000\n*Bread* rises. （笑）\n",
        [(None, "*Bread* rises. （笑）")],
    ),
    "subtitles of a disc": (
        "a.stl",
        "//Font select and font size\n$FontName = Arial\n$FontSize = 30\n\n"
        "00:00:01:00 , 00:00:04:00 , Bread|rises.\n$Italic = True\n"
        "00:00:09:00,00:00:12:00,^IIt rests.^I\n",
        [(None, "Bread rises."), (None, "It rests.")],
    ),
}


@pytest.mark.parametrize(("name", "text", "voices"), FILES.values(), ids=FILES.keys())
def test_what_programs_write_is_read(name: str, text: str, voices: Voices) -> None:
    transcript = parse_captions(text.encode(), name=name)
    assert [(segment.speaker, segment.text) for segment in transcript.segments] == voices


@pytest.mark.parametrize(
    ("key", "starts"),
    [
        ("parts of a second without end", [1.249]),
        ("colons where digits have been", [186.0, 199.0]),
        ("semicolons in all of a time", [1.4, 5.0]),
        ("semicolons in the times of a table", [1.4, 5.0]),
        ("the marks of time of a model", [0.0, 7.0]),
        ("documents of a library for search", [0.0, 30.0]),
        ("subtitles of a disc", [1.0, 9.0]),
        ("times with the names of their units on lines of their own", [185.0, 210.0, 240.0]),
    ],
)
def test_the_times_of_programs_are_kept(key: str, starts: list[float]) -> None:
    name, text, _voices = FILES[key]
    transcript = parse_captions(text.encode(), name=name)
    assert [round(segment.start_s, 3) for segment in transcript.segments] == starts


def scc(*lines: tuple[str, str]) -> str:
    """A file of closed captions: each line with its time, commands as four digits, words as they
    are."""

    def pairs(part: str) -> list[str]:
        if re.fullmatch("[0-9a-f]{4}", part):
            return [part]
        codes = [ord(c) | (0x80 if ord(c).bit_count() % 2 == 0 else 0) for c in part]
        codes += [0x80] * (len(codes) % 2)
        return [f"{a:02x}{b:02x}" for a, b in zip(codes[::2], codes[1::2], strict=True)]

    written = (
        f"{at}\t{' '.join(pair for part in parts.split(',') for pair in pairs(part))}\n\n"
        for at, parts in lines
    )
    return "Scenarist_SCC V1.0\n\n" + "".join(written)


def test_closed_captions_are_read_at_the_time_they_are_shown() -> None:
    popped = scc(
        ("00:00:01:00", "94ae,94ae,9420,9420,9470,9470,Bread rises,942f,942f"),
        ("00:00:05:00", "942c,942c"),
        (
            "00:00:20:00",
            "94ae,94ae,9420,9420,9470,9470,in a CAFE,92a1,94d0,94d0,at night.,942f,942f",
        ),
    )
    transcript = parse_captions(popped.encode(), name="a.scc")
    assert [(round(s.start_s), s.text) for s in transcript.segments] == [
        (1, "Bread rises"),
        (21, "in a CAFÉ at night."),
    ]
    assert round(transcript.segments[0].end_s) == 5


def test_captions_that_roll_up_are_read_line_by_line() -> None:
    rolled = scc(
        ("00:00:01:00", "9425,9425,94ad,94ad,9470,9470,bread rises"),
        ("00:00:31:00", "9425,9425,94ad,94ad,9470,9470,it rests"),
        ("00:00:40:00", "942c,942c"),
    )
    transcript = parse_captions(rolled.encode(), name="a.scc")
    said = [(round(s.start_s), round(s.end_s), s.text) for s in transcript.segments]
    assert said == [(1, 31, "bread rises"), (31, 40, "it rests")]
