"""Parses Scenarist closed captions (`.scc`): bytes of CEA-608 in hexadecimal, one line per time.
Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from notegen_desktop.domain.text.segments import Cue

from .lines import voiced

FRAMES_A_SECOND = 30 / 1.001
"""Frames a second (NTSC); each frame carries one pair of bytes."""
SHOWN_S = 4.0
"""Seconds for which the last caption is displayed if no command clears it."""

_LINE = re.compile(
    r"^(\d\d):(\d\d):(\d\d)[:;.,](\d\d)[ \t]+((?:[0-9A-Fa-f]{4}[ \t]*)+)$", re.MULTILINE
)
_BASIC = str.maketrans("*\\^_`{|}~", "áéíóúç÷Ññ")
"""Differences of the basic character set from ASCII."""
_SPECIAL = "®°½¿™¢£♪à èâêîôû"
_EXTENDED = {
    0x12: "ÁÉÓÚÜü‘¡*'—©℠•“”ÀÂÇÈÊËëÎÏïÔÙùÛ«»",
    0x13: "ÃãÍÌìÒòÕõ{}\\^_|~ÄäÖöß¥¤¦ÅåØø┌┐└┘",
}
"""Extended characters; each replaces the basic one sent before it for older receivers."""

_LOAD, _ERASE, _ERASE_LOADED, _SHOW = 0x20, 0x2C, 0x2E, 0x2F
_AT_ONCE = (0x25, 0x26, 0x27, 0x29)
"""Commands for roll-up and paint-on captions, which are displayed as they are received."""
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
    """Yield the displayed text with its time in seconds; "" when the screen is cleared."""
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
            if not first or pair == last:  # padding, or the repetition of a command
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
            elif first == 0x11 and second >= 0x20:  # a code for colour or italics takes one column
                loaded += " " if loaded and not loaded[-1].isspace() else ""
    if loaded:
        yield begun_s, loaded
