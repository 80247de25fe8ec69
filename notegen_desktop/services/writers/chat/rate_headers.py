"""What the headers of an answer tell of limits, on good answers and on refusals alike."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from notegen_desktop.services.ports import Allowance, Unit
from notegen_desktop.services.writers.wire import likely_wait, seconds

_NAMES = (
    # OpenAI, Groq and those that follow them; Mistral; Azure and some gateways tell no reset.
    (Unit.REQUESTS, "x-ratelimit-{}-requests"),
    (Unit.TOKENS, "x-ratelimit-{}-tokens"),
    (Unit.REQUESTS, "x-ratelimit-{}-req-minute"),
    (Unit.TOKENS, "x-ratelimit-{}-tokens-minute"),
    (Unit.REQUESTS, "anthropic-ratelimit-requests-{}"),
    (Unit.TOKENS, "anthropic-ratelimit-input-tokens-{}"),
    (Unit.OUTPUT_TOKENS, "anthropic-ratelimit-output-tokens-{}"),
    (Unit.TOKENS, "anthropic-ratelimit-tokens-{}"),  # the strictest of both, where alone
    (Unit.REQUESTS, "x-ratelimit-{}"),  # OpenRouter
)
"""What a limit counts, and its headers, which tell its size, what is left and when it is reset."""


def allowances(headers: Mapping[str, str]) -> tuple[Allowance, ...]:
    """What is told of each unit, the first that is complete. Names of headers in small letters."""
    found: dict[Unit, Allowance] = {}
    for unit, form in _NAMES:
        size = headers.get(form.format("limit"), "").replace(",", "")
        left = headers.get(form.format("remaining"), "").replace(",", "")
        reset_s = until(headers.get(form.format("reset"), ""), headers.get("date", ""))
        if size.isdecimal() and int(size) and left.lstrip("-").isdecimal():
            told = Allowance(unit, int(size), max(0, int(left)), reset_s)
            found.setdefault(unit, told)
    return tuple(found.values())


def resets(headers: Mapping[str, str]) -> Iterator[float]:
    """Seconds until each limit that the headers name is reset, those that are open left out."""
    for key, value in headers.items():
        if ("ratelimit" in key and key.endswith("reset")) or "ratelimit-reset" in key:
            wait = until(value, headers.get("date", ""))
            if wait:
                yield wait


def until(value: str, date: str = "") -> float | None:
    """`6m0s`, `12ms`, RFC 3339, seconds from now or since the epoch (also in milliseconds).

    A time is taken by the server's own clock if its `date` is given. None for what is none.
    """
    is_time = re.match(r"\d{4}-", value)
    if not is_time and (span := seconds(value)) is not None:
        return span
    try:
        number = float(value)
    except ValueError:
        try:
            number = datetime.fromisoformat(value).timestamp()
        except (ValueError, OverflowError, OSError):
            return None
    if number > 1e11:
        number /= 1000
    return likely_wait(max(0.0, number - _now(date)) if number > 1e8 else number)


def _now(date: str) -> float:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError):
        return time.time()
