"""The window as a screen reader has it: over AT-SPI, on a message bus of this test's own.

It knows names, roles, states, words and actions of what is shown, and hears what is announced. It
sees no widget and no pixel.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from .screen import wait_for

REGISTRY = "org.a11y.atspi.Registry"
ROOT = "/org/a11y/atspi/accessible/root"
A11Y = "org.a11y.atspi"
LAUNCHERS = ("/usr/libexec/at-spi-bus-launcher", "/usr/lib/at-spi2-core/at-spi-bus-launcher")

STATES = {
    "busy": 3,
    "checked": 4,
    "editable": 7,
    "enabled": 8,
    "expanded": 10,
    "focusable": 11,
    "focused": 12,
    "selected": 23,
    "showing": 25,
}
"""Bits as `atspi-constants.h` numbers them."""


class Reader:
    """Listens on a bus of its own; a context manager. `environment` is what a program needs to be
    heard there."""

    def __init__(self, display: str, folder: Path) -> None:
        self._display, self._folder = display, folder
        self.environment: dict[str, str] = {}

    @staticmethod
    def lacking() -> str:
        """What this machine lacks for it, in words; "" if nothing."""
        try:
            import jeepney  # noqa: F401 - comes with keyring on Linux
        except ImportError:
            return "jeepney not installed"
        there = shutil.which("dbus-daemon") and any(map(os.path.exists, LAUNCHERS))
        return "" if there else "dbus-daemon or at-spi2-core not installed"

    def __enter__(self) -> Reader:
        from jeepney import DBusAddress, MatchRule, message_bus, new_method_call
        from jeepney.io.blocking import Proxy, open_dbus_connection

        self._folder.mkdir(exist_ok=True)
        self._daemon = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--print-address"],
            env={**os.environ, "DISPLAY": self._display, "XDG_RUNTIME_DIR": str(self._folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._daemon.stdout is not None
        address = self._daemon.stdout.readline().strip()
        session = open_dbus_connection(address)
        where = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
        reply = session.send_and_get_reply(new_method_call(where, "GetAddress"), timeout=30)
        session.close()
        self._bus = open_dbus_connection(reply.body[0])
        self._call_type, self._address_type = new_method_call, DBusAddress
        self._news = []
        for member in ("Announcement", "StateChanged"):
            rule = MatchRule(type="signal", interface=f"{A11Y}.Event.Object", member=member)
            Proxy(message_bus, self._bus).AddMatch(rule)
            self._news.append(self._bus.filter(rule, bufsize=4000).__enter__())
        registry = (REGISTRY, "/org/a11y/atspi/registry")
        for event in ("object:announcement", "object:state-changed:focused"):
            self.call(registry, "Registry", "RegisterEvent", "s", event)
        self.environment = {
            "DBUS_SESSION_BUS_ADDRESS": address,
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        }
        return self

    def __exit__(self, *_: object) -> None:
        self._bus.close()
        self._daemon.terminate()
        self._daemon.wait(10)
        assert self._daemon.stdout is not None
        self._daemon.stdout.close()

    def call(
        self, of: tuple[str, str], interface: str, method: str, kinds: str = "", *given: object
    ) -> tuple[Any, ...]:
        """What a method of an object answers. Raises LookupError where it does not."""
        where = self._address_type(of[1], of[0], f"{A11Y}.{interface}")
        asked = self._call_type(where, method, kinds or None, given)
        reply = self._bus.send_and_get_reply(asked, timeout=20)
        if reply.header.message_type.name != "method_return":
            raise LookupError(reply.body)
        return tuple(reply.body)

    def property(self, of: tuple[str, str], interface: str, name: str) -> Any:
        where = self._address_type(of[1], of[0], "org.freedesktop.DBus.Properties")
        asked = self._call_type(where, "Get", "ss", (f"{A11Y}.{interface}", name))
        reply = self._bus.send_and_get_reply(asked, timeout=20)
        if reply.header.message_type.name != "method_return":
            raise LookupError(reply.body)
        return reply.body[0][1]

    def heard(self) -> list[str]:
        """What was announced since the last time."""
        return [message.body[3][1] for message in self._come(0)]

    def went_to(self) -> list[Thing]:
        """What got the focus since the last time; entries of menus are met in no other way."""
        from jeepney import HeaderFields

        return [
            Thing(self, (fields[HeaderFields.sender], fields[HeaderFields.path]))
            for message in self._come(1)
            if message.body[0] == "focused" and message.body[1]
            for fields in [message.header.fields]
        ]

    def _come(self, kind: int) -> list[Any]:
        self.call((REGISTRY, ROOT), "Accessible", "GetRoleName")  # reads what has come meanwhile
        come = list(self._news[kind])
        self._news[kind].clear()
        return come

    def shown(self) -> Iterator[Thing]:
        """All that is to be seen, in the order of the tree."""
        for one in self.call((REGISTRY, ROOT), "Accessible", "GetChildren")[0]:
            for window in Thing(self, one).children():
                yield from window.all_shown()

    def find(self, *, id: str = "", name: str = "", role: str = "") -> Thing:
        """What is shown under this identifier, or whose name has these words; waits for it."""
        found: list[Thing] = []

        def look() -> bool:
            try:
                called = (each for each in self.shown() if each.is_called(id, name, role))
                found.extend(islice(called, 1))
            except LookupError:  # went while it was looked at
                return False
            return bool(found)

        wait_for(look, f"{role} {id} {name} in the accessibility tree")
        return found[0]


@dataclass(frozen=True)
class Thing:
    """One thing of the window, as a reader has it."""

    reader: Reader
    at: tuple[str, str]

    @property
    def name(self) -> str:
        return str(self.reader.property(self.at, "Accessible", "Name"))

    @property
    def description(self) -> str:
        return str(self.reader.property(self.at, "Accessible", "Description"))

    @property
    def id(self) -> str:
        return str(self.reader.property(self.at, "Accessible", "AccessibleId"))

    @property
    def role(self) -> str:
        return str(self.reader.call(self.at, "Accessible", "GetRoleName")[0])

    @property
    def states(self) -> set[str]:
        low, _high = self.reader.call(self.at, "Accessible", "GetState")[0]
        return {name for name, bit in STATES.items() if low >> bit & 1}

    @property
    def text(self) -> str:
        """Its words, where it is text."""
        return str(self.reader.call(self.at, "Text", "GetText", "ii", 0, -1)[0])

    @property
    def value(self) -> float:
        return float(self.reader.property(self.at, "Value", "CurrentValue"))

    def children(self) -> list[Thing]:
        found = self.reader.call(self.at, "Accessible", "GetChildren")[0]
        return [Thing(self.reader, tuple(one)) for one in found]

    def all_shown(self) -> Iterator[Thing]:
        if "showing" in self.states:
            yield self
            for child in self.children():
                yield from child.all_shown()

    def is_called(self, id: str, name: str, role: str) -> bool:
        return (
            (not id or self.id == id)
            and (not name or name in self.name)
            and (not role or self.role == role)
        )

    def act(self, action: str = "Press") -> None:
        """Do what it offers to do. Raises AssertionError where it does not offer that."""
        offered = [one[0] for one in self.reader.call(self.at, "Action", "GetActions")[0]]
        assert action in offered, f"{self.name} offers {offered}"
        self.reader.call(self.at, "Action", "DoAction", "i", offered.index(action))

    def focus(self) -> None:
        self.reader.call(self.at, "Component", "GrabFocus")
        wait_for(lambda: "focused" in self.states, f"the focus on {self.name}")
