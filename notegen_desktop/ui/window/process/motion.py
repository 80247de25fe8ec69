"""Movement is left out where the settings or the desktop say so."""

from __future__ import annotations

import sys

from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.domain.settings.table import MOTION
from notegen_desktop.ui.kit.scrolling import keep_still

_CLIENT_AREA_ANIMATION = 0x1042
"""SPI_GETCLIENTAREAANIMATION of Windows, the one system that tells it without being waited for."""


def follow_motion(settings: Settings) -> None:
    """Take what the settings say, or else the system."""
    keep_still(settings.text(MOTION) == "reduced" or wants_stillness())


def wants_stillness() -> bool:
    """Whether the system is told to leave movement out; False where it cannot be known at once."""
    if sys.platform == "win32":
        import ctypes

        moves = ctypes.c_int(1)
        ctypes.windll.user32.SystemParametersInfoW(
            _CLIENT_AREA_ANIMATION, 0, ctypes.byref(moves), 0
        )
        return not moves.value
    return False
