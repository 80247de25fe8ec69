"""Reads the desktop's setting to reduce motion.

Qt offers it from 6.12 on (`QAccessibilityHints.motionPreference`); until then each system has its
own way. Call it in a thread: a desktop that does not answer blocks.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

from .session_bus import is_silent

ANSWER_S = 2.0
"""Maximum seconds for an answer that usually takes milliseconds."""

PORTAL = (
    ("org.freedesktop.appearance", "reduced-motion", 1),
    ("org.gnome.desktop.interface", "enable-animations", False),
)
"""Settings of the desktop portal, and the value of each for reduced motion: the standard one
(https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.Settings.html), and
GNOME's own, which older portals have."""

MAC = ("defaults", "read", "com.apple.universalaccess", "reduceMotion")
"""Command that reads “Reduce motion” of macOS; it fails if that was never set."""

_CLIENT_AREA_ANIMATION = 0x1042
"""SPI_GETCLIENTAREAANIMATION of Windows."""


def prefers_reduced_motion() -> bool:
    """Return True if motion should be reduced; False if unset or unknown."""
    asks: dict[str, Callable[[], bool]] = {"win32": _windows, "darwin": _mac}
    try:
        return asks.get(sys.platform, _portal)()
    except (OSError, ImportError, ValueError, subprocess.SubprocessError):
        return False


def _windows() -> bool:
    import ctypes

    moves = ctypes.c_int(1)
    library = ctypes.windll.user32  # type: ignore[attr-defined,unused-ignore]
    library.SystemParametersInfoW(_CLIENT_AREA_ANIMATION, 0, ctypes.byref(moves), 0)
    return not moves.value


def _mac() -> bool:
    said = subprocess.run(MAC, capture_output=True, text=True, timeout=ANSWER_S, check=False)
    return said.stdout.strip() == "1"


def _portal() -> bool:
    address = os.environ.get("DBUS_SESSION_BUS_ADDRESS", "")
    if not address or is_silent(address, within_s=ANSWER_S):
        return False
    from jeepney import DBusAddress, MessageType, new_method_call  # comes with keyring on Linux
    from jeepney.io.blocking import open_dbus_connection

    portal = DBusAddress(
        "/org/freedesktop/portal/desktop",
        "org.freedesktop.portal.Desktop",
        "org.freedesktop.portal.Settings",
    )
    with open_dbus_connection() as bus:
        for space, key, still in PORTAL:
            ask = new_method_call(portal, "Read", "ss", (space, key))
            reply = bus.send_and_get_reply(ask, timeout=ANSWER_S)
            told = reply.header.message_type is MessageType.method_return
            if told and _bare(reply.body[0]) == still:
                return True
    return False


def _bare(value: object) -> object:
    """Return the value without the two variants in which `Read` wraps it; jeepney represents each
    as type and value."""
    while isinstance(value, tuple):
        value = value[1]
    return value
