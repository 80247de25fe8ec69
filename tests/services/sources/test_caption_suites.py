"""The caption files that browsers are tested with are read without a lost word.

Files of web-platform-tests (`webvtt/`) and of mozilla/vtt.js, laid beside the checkout; none of
them is kept here. What a browser drops as invalid is words to people, and is kept where the file
has times at all.
"""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from pathlib import Path

import pytest

from notegen_desktop.domain.errors import CaptionsBroken, CaptionsEmpty
from notegen_desktop.domain.text.encodings import decoded
from notegen_desktop.services.sources.captions import read_caption_file
from tests.places import SHARED

SUITES = SHARED / "data" / "webvtt"
FILES = sorted(SUITES.rglob("*.vtt"))

_TIME = re.compile(r"\d[\d:.]*\s*-->")
_WORD = re.compile(r"[^\W_]+")


def payload(text: str) -> list[str]:
    """The words below the lines with times, without tags, as they are said."""
    said, inside = [], False
    for line in re.split(r"\r\n|\n|\r", text):
        if "-->" in line:
            inside = bool(_TIME.search(line))
        elif not line.strip():
            inside = False
        elif inside:
            said.append(line)
    return _WORD.findall(unescape(re.sub(r"<[^<>]*>", "", "\n".join(said))))


@pytest.mark.skipif(not FILES, reason="the caption files of the browsers are not here")
@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(SUITES)) for path in FILES])
def test_no_word_of_a_caption_file_is_lost(path: Path) -> None:
    text = decoded(path.read_bytes())[0].replace("\0", "\ufffd")  # one was saved twice as UTF-8
    try:
        segments = read_caption_file(path).segments
    except (CaptionsBroken, CaptionsEmpty):
        segments = ()
        if not re.search(r"\d\d?:\d\d[.,]\d{3}\s*-->\s*\d", text):
            return  # nothing in it can be placed in time, which is said
    kept = Counter(_WORD.findall(" ".join(f"{s.speaker or ''} {s.text}" for s in segments)))
    assert Counter(payload(text)) - kept == Counter()
