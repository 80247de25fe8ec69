"""Parses the rate limit headers of good answers and refusals."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from notegen_desktop.services.ports import Allowance, Unit
from notegen_desktop.services.writers.wire import likely_wait, seconds

_NAMES = (
    # OpenAI, Groq and compatible services; Mistral; Azure and some gateways send no reset.
    (Unit.REQUESTS, "x-ratelimit-{}-requests"),
    (Unit.TOKENS, "x-ratelimit-{}-tokens"),
    (Unit.REQUESTS, "x-ratelimit-{}-req-minute"),
    (Unit.TOKENS, "x-ratelimit-{}-tokens-minute"),
    (Unit.REQUESTS, "anthropic-ratelimit-requests-{}"),
    (Unit.TOKENS, "anthropic-ratelimit-input-tokens-{}"),
    (Unit.OUTPUT_TOKENS, "anthropic-ratelimit-output-tokens-{}"),
    # the stricter of input and output tokens, if sent alone
    (Unit.TOKENS, "anthropic-ratelimit-tokens-{}"),
    (Unit.REQUESTS, "x-ratelimit-{}"),  # OpenRouter
)
"""Units and their headers for size, rest and reset of a limit."""


_CLOSED = re.compile(r"\b(?:remaining|r)=0\b[^,]*?[;, ]\s*(?:reset|t)=(\d{1,8})\b", re.IGNORECASE)
"""A limit that is used up, as the header of the standard says it: `"default";r=0;t=20`, and in
drafts `limit=10, remaining=0, reset=20`."""


def allowances(headers: Mapping[str, str]) -> tuple[Allowance, ...]:
    """Return the allowance of each unit, from the first complete set of headers. Header names are
    in lower case."""
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
    """Yield the seconds until each limit in the headers is reset, without those that are not used
    up."""
    for key, value in headers.items():
        if ("ratelimit" in key and key.endswith("reset")) or "ratelimit-reset" in key:
            wait = until(value, headers.get("date", ""))
            if wait:
                yield wait
    if (closed := _CLOSED.search(headers.get("ratelimit", ""))) and (wait := until(closed[1])):
        yield wait


def until(value: str, date: str = "") -> float | None:
    """Return the seconds until a reset, from `6m0s`, `12ms`, RFC 3339, or seconds from now or since
    the epoch (also in milliseconds).

    With `date`, times are relative to the server's own clock. None for other values.
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
