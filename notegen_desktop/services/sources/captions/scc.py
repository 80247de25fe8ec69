"""Scenarist closed captions (`.scc`): the bytes of CEA-608 in hexadecimal, a line a time. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from notegen_desktop.domain.text.segments import Cue

from .lines import voiced

FRAMES_A_SECOND = 30 / 1.001
"""A pair of bytes is sent with each frame."""
SHOWN_S = 4.0
"""How long the last caption stands where nothing takes it away."""

_LINE = re.compile(
    r"^(\d\d):(\d\d):(\d\d)[:;.,](\d\d)[ \t]+((?:[0-9A-Fa-f]{4}[ \t]*)+)$", re.MULTILINE
)
_BASIC = str.maketrans("*\\^_`{|}~", "áéíóúç÷Ññ")
"""Where the character set is not ASCII."""
_SPECIAL = "®°½¿™¢£♪à èâêîôû"
_EXTENDED = {
    0x12: "ÁÉÓÚÜü‘¡*'—©℠•“”ÀÂÇÈÊËëÎÏïÔÙùÛ«»",
    0x13: "ÃãÍÌìÒòÕõ{}\\^_|~ÄäÖöß¥¤¦ÅåØø┌┐└┘",
}
"""Each takes the place of the plain character that is sent before it for older sets."""

_LOAD, _ERASE, _ERASE_LOADED, _SHOW = 0x20, 0x2C, 0x2E, 0x2F
_AT_ONCE = (0x25, 0x26, 0x27, 0x29)
"""Lines that roll up, and text that is painted: shown as it comes."""
_NEW_LINE, _BACK = 0x2D, 0x21


def is_scc(text: str) -> bool:
    return text.lstrip()[:18].startswith("Scenarist_SCC V1.0")


def scc_cues(text: str) -> list[Cue]:
    """Return the cues of the first channel, by the time at which each is shown."""
    shown = [(at, words) for at, words in _shown(text)]
    cues: list[Cue] = []
    for (at, words), following in zip(shown, [*shown[1:], None], strict=True):
        end = following[0] if following else at + SHOWN_S
        cues += voiced(at, end, words)
    return cues


def _shown(text: str) -> Iterator[tuple[float, str]]:
    """What is on the screen from which second on; "" when it is cleared."""
    loaded, begun_s, at_once, last = "", 0.0, False, ""
    for found in _LINE.finditer(text):
        hours, minutes, whole, frames = (int(part) for part in found.group(1, 2, 3, 4))
        line_s = hours * 3600 + minutes * 60 + whole + frames / FRAMES_A_SECOND
        for number, pair in enumerate(found[5].split()):
            first, second = int(pair[:2], 16) & 0x7F, int(pair[2:], 16) & 0x7F
            now_s = line_s + number / FRAMES_A_SECOND
            if first >= 0x20:
                begun_s = begun_s if loaded else now_s
                loaded += "".join(chr(c) for c in (first, second) if c >= 0x20).translate(_BASIC)
                last = ""
                continue
            if not first or pair == last:  # nothing, or a command that is sent twice
                last = ""
                continue
            last = pair
            if first in (0x14, 0x15) and second < 0x30:
                if at_once and loaded and second in (_LOAD, _ERASE, _NEW_LINE, *_AT_ONCE):
                    yield begun_s, loaded
                    loaded = ""
                if second == _SHOW:
                    yield now_s, loaded
                elif second == _ERASE:
                    yield now_s, ""
                loaded = "" if second in (_SHOW, _ERASE_LOADED) else loaded
                loaded = loaded[:-1] if second == _BACK else loaded
                at_once = second in _AT_ONCE or (at_once and second not in (_LOAD, _SHOW))
            elif first == 0x11 and 0x30 <= second < 0x40:
                loaded += _SPECIAL[second - 0x30]
            elif first in _EXTENDED and 0x20 <= second < 0x40:
                loaded = loaded[:-1] + _EXTENDED[first][second - 0x20]
            elif first <= 0x17 and second >= 0x40:  # another row
                loaded += "\n" if loaded else ""
            elif first == 0x11 and second >= 0x20:  # colours and italics take a place
                loaded += " " if loaded and not loaded[-1].isspace() else ""
    if loaded:
        yield begun_s, loaded
