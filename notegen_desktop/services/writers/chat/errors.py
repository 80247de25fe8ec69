"""Translates refusals of chat servers: a dozen vendors' bodies and headers."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from notegen_desktop.domain.engines.connection import Connection
from notegen_desktop.domain.errors import (
    CreditsGone,
    KeyRejected,
    ModelNotFound,
    NetworkUnreachable,
    NoteGenError,
    QuotaExhausted,
    RateLimited,
    RegionUnsupported,
    RequestRejected,
    RequestTooLarge,
    ServiceUnavailable,
    SomethingElseAnswered,
    TimedOut,
    VerificationNeeded,
)
from notegen_desktop.domain.text.cleaning import in_sentence
from notegen_desktop.domain.words import _
from notegen_desktop.services.writers.answer import refusal as blocked
from notegen_desktop.services.writers.wire import is_page, redact, retry_after, seconds, told

from .rate_headers import allowances, resets
from .wires import count, members

_WINDOW = re.compile(
    r"context[_ ](?:length|window|size)|(?:prompt|input|request) (?:is )?too (?:long|large)"
    r"|too many (?:input )?tokens|exceeds? the (?:available|maximum|model'?s?) context"
    r"|reduce the length|exceed_context|longer than the context",
    re.I,
)
_WINDOW_SIZES = (
    re.compile(r"(?:context (?:length|window|size)|maximum)[^.\d]{0,40}?(\d[\d,]{2,})", re.I),
    re.compile(r">\s*(\d[\d,]{2,})\s*(?:tokens\s*)?maximum", re.I),
    re.compile(r"\blimit:? (\d[\d,]{2,})", re.I),
)
_NO_MONEY = re.compile(
    r"insufficient[_ ](?:quota|credits?|balance|funds)|credit balance is too low|out of credits"
    r"|exceeded your current quota|requires? (?:more|at least) .{0,20}credits|billing_hard_limit"
    r"|budget[_ ](?:has been )?exceeded|exceeded your (?:\w+ ){0,3}credits"
    r"|\barrearage\b|account is in good standing",
    re.I,
)
_BAD_KEY = re.compile(
    r"\b(?:invalid|incorrect|wrong|expired)[ _]?api[ _-]?key"
    r"|\bapi[ _-]?key (?:provided )?(?:is |has )?(?:invalid|incorrect|expired|not valid)",
    re.I,
)
"""Messages about a key in answers with status 400 instead of 401."""
_NO_MODEL = re.compile(
    r"\b(?:unknown|invalid|no such) model\b|\bnot a valid model\b"
    r"|\bmodel:? (?:[`'\"]?[\w./:@-]{1,80}[`'\"]? )?(?:is |does |was )?not (?:exist|found)\b",
    re.I,
)
"""Messages about a model in answers with status 400 instead of 404."""
_FILTERED = re.compile(
    r"content[_ ](?:filter|policy|management policy)|responsibleaipolicy|input was flagged"
    r"|requires moderation",
    re.I,
)
"""Messages of a filter in front of the model: Azure's, OpenAI's, OpenRouter's moderation."""
_REGION = re.compile(r"unsupported_country|country, region, or territory not supported", re.I)
_UNVERIFIED = re.compile(r"organi[sz]ation must be verified", re.I)
_PER_MINUTE = re.compile(
    r"(requests|input tokens|tokens|output tokens) per (min|day|hour)\w*(?: \(\w+\))?:? "
    r"(?:limit:? (\d[\d,]*))?",
    re.I,
)
_OF_MINUTE = re.compile(
    r"limit of (\d[\d,]*) (requests|(?:input |output )?tokens) per (min|day)", re.I
)
_OF_SECONDS = re.compile(r"limit of (\d[\d,]*) per (\d{1,6})s\b", re.I)  # GitHub's
DAY_S = 86_400
_FREE = re.compile(r"free-models-per-(min|day)", re.I)  # OpenRouter's
_TRY_IN = re.compile(r"(?:try again|retry|wait)\D{0,20}? ((?:[\d.]+\s?(?:ms|[dhms])\w*\s*)+)", re.I)

FIELDS = (
    *("max_tokens", "max_completion_tokens", "stream_options", "response_format", "format"),
    *("output_config", "reasoning_effort", "reasoning", "think", "chat_template_kwargs"),
    *("provider", "plugins", "usage", "cache_prompt", "repeat_penalty", "cache_control"),
    *("truncate", "shift", "keep_alive"),
)
"""Request fields that some servers do not accept."""

MINUTE_S = 61.0

_STATUS_OF = {
    "authentication_error": 401,
    "invalid_api_key": 401,
    "permission_error": 403,
    "billing_error": 402,
    "insufficient_quota": 402,
    "not_found_error": 404,
    "model_not_found": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "invalid_request_error": 400,
    "exceed_context_size_error": 400,
    "context_length_exceeded": 400,
    "api_error": 500,
    "server_error": 500,
    "overloaded_error": 529,
    "unavailable_error": 503,
    "timeout_error": 504,
    **{"1004": 401, "1008": 402, "2049": 401},  # MiniMax's
}
"""HTTP status of errors within an answer of status 200."""


@dataclass(frozen=True, slots=True)
class ChatErrorAnswer:
    """An error answer: HTTP status, body, and headers in lower case. `page` is True for a web page,
    which no chat server sends."""

    status: int
    words: str
    kinds: tuple[str, ...] = ()
    param: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    page: bool = False

    @classmethod
    def of(
        cls, status: int, body: Any, headers: Mapping[str, str] | None = None
    ) -> ChatErrorAnswer:
        """Return the refusal of a decoded body, in any of the vendors' forms, or its bare text."""
        lower = {str(key).lower(): str(value) for key, value in (headers or {}).items()}
        error = body
        if isinstance(error, list) and error:
            error = error[0]
        if isinstance(error, dict):
            error = next(
                (
                    error[key]
                    for key in ("error", "detail", "errors", "base_resp")
                    if error.get(key)
                ),
                error,
            )
        if isinstance(error, dict) and str(error.get("message")).startswith(("{", "[")):
            within = _json(error["message"])  # Mistral's list of errors may be a text, too
            detail = within.get("detail", within) if isinstance(within, dict) else within
            error = detail or error
        if isinstance(error, list) and error:
            error = error[0]
        if not isinstance(error, dict):
            text = str(error or "")
            status = status if status >= 300 else 500
            return cls(status, _clean(text), headers=lower, page=is_page(text))
        names = ("message", "msg", "error_msg", "status_msg")
        words = next((str(error[name]) for name in names if error.get(name)), "")
        kinds = tuple(
            str(error[key])
            for key in ("code", "type", "status_code")
            if isinstance(error.get(key), str | int)
        )
        if not status or status == 200:
            named = [_STATUS_OF.get(kind) or _number(kind) for kind in kinds]
            status = next((each for each in named if 400 <= each < 600), 500)
        metadata = members(error.get("metadata"))  # OpenRouter's
        if isinstance(metadata.get("raw"), str):
            words = f"{words} {metadata['raw']}"  # message of the provider behind it
        for key, value in members(metadata.get("headers")).items():
            lower.setdefault(str(key).lower(), str(value))
        param = str(error.get("param") or "")
        if isinstance(error.get("loc"), list):  # pydantic's, behind FastAPI: ["body", "stream", …]
            param = ".".join(str(step) for step in error["loc"] if step != "body")
        return cls(status, _clean(words), kinds, param, facts=error, headers=lower)

    def says(self, pattern: re.Pattern[str]) -> bool:
        return any(pattern.search(text) for text in (self.words, *self.kinds))

    @property
    def retry_after_s(self) -> float | None:
        """Return the requested wait in seconds: by header, by the message, or until a limit is
        reset; or None."""
        if (milliseconds := retry_after(self.headers.get("retry-after-ms", ""))) is not None:
            return milliseconds / 1000
        wait = retry_after(self.headers.get("retry-after", ""))
        if wait is None and (found := _TRY_IN.search(self.words)):
            wait = seconds(found[1])
        if wait is None:
            # The limit that refused is not named: take the one that ends first.
            wait = min(resets(self.headers), default=None)
        return wait

    @property
    def exhausted(self) -> tuple[str, int | None]:
        """Return the unit and size of the limit per minute that the headers show as used up; ("",
        None) for none.

        `x-ratelimit-limit-requests` is per minute at OpenAI and per day at Groq: a limit that
        resets later than in a minute is not per minute.
        """
        for each in allowances(self.headers):
            if not each.remaining and (each.reset_s or 0.0) <= MINUTE_S:
                return each.unit, each.limit
        return "", None


def _json(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else text
    except (ValueError, RecursionError):
        return None


def error_of(refusal: ChatErrorAnswer, connection: Connection, *, model: str = "") -> NoteGenError:
    """Return the error for an error answer."""
    status, words, name = refusal.status, refusal.words, connection.name
    if status == 407:
        return NetworkUnreachable(
            told(_("The proxy of this network wants a name and a password"), words),
            hint=_("Check the proxy settings of this machine."),
        )
    if refusal.page and 400 <= status < 500:
        return no_answer(connection)
    if (
        status in (402, 429, 403, 400)
        and refusal.says(_NO_MONEY)
        and "retry-after" not in refusal.headers
    ):
        return CreditsGone(
            told(_("Your account at {name} has no credits left").format(name=name), words),
            hint=_("Add credits there, then retry; your queue is kept. Another engine works."),
        )
    if status == 413 or refusal.says(_WINDOW):
        return too_large(refusal, connection)
    if status in (400, 403) and refusal.says(_FILTERED):
        return blocked("SAFETY", words, blocked=True, service=name)
    if 400 <= status < 500 and refusal.says(_REGION):
        return RegionUnsupported(
            told(_("{name} is not offered where you are").format(name=name), words)
        )
    if 400 <= status < 500 and refusal.says(_UNVERIFIED):
        what = _("{name} wants your organization verified for this model").format(name=name)
        return VerificationNeeded(told(what, words))
    if (
        status == 404
        or "model_not_found" in refusal.kinds
        or (status == 400 and model and refusal.says(_NO_MODEL))
    ):
        return _not_found(words, connection, model) if model else no_answer(connection)
    if status in (401, 403) or (status == 400 and refusal.says(_BAD_KEY)):
        return KeyRejected(
            told(_("{name} does not accept the API key").format(name=name), words),
            hint=_(
                "Enter a valid key: notegen connections add {name} --key, or in the settings."
            ).format(name=name),
        )
    if status in (402, 429):
        return _too_many(refusal, connection, model)
    if status == 408:
        return TimedOut(told(_("{name} gave up waiting").format(name=name), words))
    if status >= 500 or status in (409, 425, 499):
        return ServiceUnavailable(
            told(
                _("{name} cannot answer at the moment ({status})").format(name=name, status=status),
                words,
            ),
            hint=_("Retry in a minute."),
            retry_after_s=refusal.retry_after_s,
        )
    if 300 <= status < 400:
        return RequestRejected(
            _(
                "The address of {name} leads to another one, which is not followed so that your "
                "key stays where it belongs."
            ).format(name=name),
            hint=_("Correct the address of the connection."),
        )
    return RequestRejected(
        told(
            _("{name} did not accept the request ({status})").format(name=name, status=status),
            words,
        ),
        hint=_("Its own words are in the message; another model may help."),
        field=_field(refusal) if status in (400, 404, 415, 422, 501) else None,
    )


def _field(refusal: ChatErrorAnswer) -> str:
    """Return the request field that the server rejects, if the answer names one, else ""."""
    named = re.split(r"[.\[]", refusal.param)[0]
    if named in FIELDS:
        return named
    # The refused field comes first: "Unsupported parameter: X … Use Y instead."
    places = [(found.start(), name) for name in FIELDS if (found := _named(name, refusal.words))]
    return min(places)[1] if places else ""


def _named(name: str, words: str) -> re.Match[str] | None:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", words)


def no_answer(connection: Connection) -> NoteGenError:
    """Return the error of an answer that is not a chat server's."""
    return SomethingElseAnswered(
        _("What came is not an answer of {name}.").format(name=connection.name),
        hint=_("Check its address ({url}); a proxy or a sign-in page may stand between.").format(
            url=connection.url
        ),
    )


def too_large(refusal: ChatErrorAnswer, connection: Connection) -> RequestTooLarge:
    sizes = [refusal.facts.get("n_ctx")] + [
        found[1].replace(",", "") for each in _WINDOW_SIZES if (found := each.search(refusal.words))
    ]
    most = next(filter(None, map(count, sizes)), 0)
    return RequestTooLarge(
        told(
            _("The request is longer than {name} takes").format(name=connection.name), refusal.words
        ),
        most_tokens=most,
    )


def _not_found(words: str, connection: Connection, model: str) -> ModelNotFound:
    if "pull" in words.lower():
        return ModelNotFound(
            _("{name} does not have the model {model}.").format(name=connection.name, model=model),
            hint=_("Fetch it with: ollama pull {model}").format(model=model),
        )
    return ModelNotFound(
        told(
            _("{name} does not have the model {model}").format(name=connection.name, model=model),
            words,
        ),
        hint=_("`notegen connections test {name}` lists its models.").format(name=connection.name),
    )


def _too_many(refusal: ChatErrorAnswer, connection: Connection, model: str) -> NoteGenError:
    wait = refusal.retry_after_s
    what, span, amount = "", "", None
    if found := _OF_MINUTE.search(refusal.words):
        amount, what, span = _number(found[1]), found[2], found[3]
    elif found := _PER_MINUTE.search(refusal.words):
        what, span, amount = found[1], found[2], _number(found[3] or "")
    elif found := _FREE.search(refusal.words):
        what, span = "requests", found[1]
        amount = next((each.limit for each in allowances(refusal.headers)), None)
    elif found := _OF_SECONDS.search(refusal.words):
        amount, what = _number(found[1]), "requests"
        span = "day" if _number(found[2]) > DAY_S / 2 else "min" if found[2] == "60" else "hour"
    if span.lower() == "day":
        return QuotaExhausted(
            told(
                _("Today's quota of {model} at {name} is used up").format(
                    model=model or _("this model"), name=connection.name
                ),
                "",
            ),
            hint=_("Choose another model or engine, or retry later."),
            until=time.time() + wait if wait else None,
        )
    what, named = what.lower(), amount if span.lower().startswith("min") else None
    if not what:
        what, named = refusal.exhausted
    return RateLimited(
        _("{name} asks to slow down.").format(name=connection.name)
        if wait is None
        else _("{name} asks to slow down and to wait {wait} s.").format(
            name=connection.name, wait=math.ceil(wait)
        ),
        hint=_("Retry in a minute, or allow fewer requests at once in the settings."),
        retry_after_s=wait,
        limit_per_minute=named if what == "requests" else None,
        tokens_per_minute=named if what in ("tokens", "input tokens") else None,
        output_tokens_per_minute=named if what == "output tokens" else None,
    )


def _clean(words: str) -> str:
    """Return a server's message for display; "" for a web page."""
    if re.search("<html|<!doctype", words, re.I):
        return ""
    try:  # LM Studio and OpenRouter pass JSON on as a text
        inner = json.loads(words)
        if isinstance(inner, dict):
            error = inner.get("error", inner)
            words = str(error.get("message") if isinstance(error, dict) else error)
    except (ValueError, RecursionError):
        pass
    return in_sentence(redact(words))[:600]


def _number(text: str) -> int:
    digits = text.replace(",", "")
    return int(digits) if digits.isdecimal() else 0
