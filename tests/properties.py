"""How often a property is tried, and texts as they come from people, models and files."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st


def examples(number: int, *, steps: int | None = None) -> settings:
    """So many examples in the usual run, and as many times more as the profile asks for; of a
    machine with states, each of so many steps."""
    times = settings().max_examples / 100
    more = {} if steps is None else {"stateful_step_count": round(steps * times**0.5)}
    return settings(max_examples=round(number * times), **more)


# Line ends of all systems, controls, half characters, marks that combine, join or turn the order
# round, letters that grow or shrink when their case changes, scripts without spaces, emoji.
_ODD = st.sampled_from(
    "\0\t\n\r\v\f\x1b\x1c\x85\xa0\xad\u0301\u061c\u200b\u200d\u200f\u2028\u2029\u202e\u2066\ufeff"
    "\ud83d\udc4d\ufffe\uffff\U000e0041😀👩ßİıŉſﬁ中한مไ\"'\\`$<&#[|"
)
_ANY = _ODD | st.characters(exclude_categories=())


def texts(alphabet: str = "", **sizes: Any) -> st.SearchStrategy[str]:
    """Any text that Python has, in which what is seldom tried comes often; of `alphabet` mostly,
    where one is given."""
    signs = st.sampled_from(alphabet) | st.sampled_from(alphabet) | _ANY if alphabet else _ANY
    return st.text(signs, **sizes)
