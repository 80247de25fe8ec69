"""Translates Gemini's refusals: error bodies, HTTP statuses and broken connections.

Independent of the SDKs. Both Gemini writers and the model list use it, each after turning its own
exceptions into `GeminiErrorAnswer`.
"""

from __future__ import annotations

import html
import math
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from notegen_desktop.domain.cost.quota_day import next_midnight_pacific
from notegen_desktop.domain.errors import (
    ApiDisabled,
    BillingNeeded,
    CreditsGone,
    KeyRejected,
    ModelNotFound,
    NetworkUnreachable,
    NoFreeTier,
    NoteGenError,
    QuotaExhausted,
    RateLimited,
    RegionUnsupported,
    RequestRejected,
    RequestTooLarge,
    ServiceUnavailable,
    SomethingElseAnswered,
    TimedOut,
    VideoRestricted,
)
from notegen_desktop.domain.text.quantities import rounded_duration
from notegen_desktop.domain.words import N_, _

from .wire import is_page, redact, retry_after, seconds, told

_USE_MODEL = re.compile(r"\b(?:use|try|switch to|migrate to)\s+[`'\"]?models/([\w.\-]+\w)", re.I)
_GONE_MODEL = re.compile(r"models/([\w.\-]+\w)")
_RETRY_IN = re.compile(
    r"(?:(?:retry|again) (?:in|after)|reset(?:s)? (?:in|after)) ((?:[\d.]+(?:ms|[dhms])\s*)+)", re.I
)
_LIMIT = re.compile(r"\blimit:\s*(\d+)")
_METRIC = re.compile(r"metric:\s*([\w./-]+),\s*limit:\s*(\d+)")
_CREDITS = re.compile(
    r"\b(?:pre-?pay\w*|credits?|balance)\b[^.]{0,60}"
    r"\b(?:deplet\w+|exhaust\w+|insufficient|used up|run out|ran out|too low|empty)\b"
    r"|\b(?:insufficient|no|not enough|out of)\s+(?:\w+\s)?(?:credits?|funds|balance)\b",
    re.I,
)
_SPENT = re.compile(r"\bspend(?:ing)?[ -](?:cap|limit)\b", re.I)
_BILLING = re.compile(
    r"\bBILLING_DISABLED\b|\b(?:enabl\w+|requires?|without an?|not have|no) (?:\w+ )?billing\b"
    r"|\bbilling (?:to be|must be|is not|has not been|is) (?:enabled|disabled|active)",
    re.I,
)
_REGION = re.compile(
    r"\blocation is not supported\b|\bnot available in your (?:country|region)", re.I
)
_DISABLED = re.compile(r"\bSERVICE_DISABLED\b|\bhas not been used in project\b", re.I)
_OF_KEY = re.compile(r"\bapi[ _]key\b", re.I)
_KEY_REASON = re.compile(r"API_KEY_(?:INVALID|EXPIRED|\w+_BLOCKED)")
_TITLE = re.compile(r"<title[^>]*>\s*(.*?)\s*</title>", re.I | re.S)


_STATUS_OF = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
"""HTTP status of errors within a stream, where gateways lose the number. 500 for all others, so
that they are retried."""


@dataclass(frozen=True, slots=True)
class GeminiErrorAnswer:
    """An error answer: HTTP status, the `error` object of its body, its headers in lower case."""

    status: int
    error: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, status: int, body: Any, headers: Mapping[str, str] | None = None
    ) -> GeminiErrorAnswer:
        """Return the error of a decoded body, which is bare, below `error`, or the only item of a
        list."""
        if isinstance(body, list) and len(body) == 1:
            body = body[0]
        if isinstance(body, dict) and isinstance(body.get("error"), (dict, str)):
            body = body["error"]
        error = body if isinstance(body, dict) else {}
        if isinstance(body, str):
            error = {"message": body}
        if not status:
            code = str(error.get("code", ""))
            named = _STATUS_OF.get(str(error.get("status") or ""), 500)
            status = int(code) if code.isdecimal() and len(code) == 3 else named
        lower = {str(k).lower(): str(v) for k, v in (headers or {}).items()}
        return cls(status, error, lower)

    @property
    def words(self) -> str:
        """Return the server's message, without keys, shortened; of a web page its title."""
        words = str(self.error.get("message") or "").strip()
        if self.is_page:
            found = _TITLE.search(words)
            words = " ".join(html.unescape(found[1]).split()) if found else ""
        return redact(words)[:600]

    @property
    def is_page(self) -> bool:
        """Return True if the answer is a web page, which Gemini never sends: another server has
        answered."""
        return is_page(str(self.error.get("message") or ""))

    def says(self, sign: re.Pattern[str]) -> bool:
        """Return True if the message, or a named reason, matches `sign`."""
        return any(map(sign.search, (self.words, *self.reasons)))

    def details(self, kind: str) -> list[Mapping[str, Any]]:
        entries = self.error.get("details")
        if not isinstance(entries, list):
            return []
        return [e for e in entries if isinstance(e, dict) and kind in str(e.get("@type", ""))]

    @property
    def reasons(self) -> list[str]:
        return [str(e.get("reason", "")) for e in self.details("ErrorInfo")]

    @property
    def retry_after_s(self) -> float | None:
        """Return the longest requested wait in seconds: of RetryInfo, Retry-After, or the message;
        or None."""
        waits = [_delay(each.get("retryDelay")) for each in self.details("RetryInfo")]
        waits.append(retry_after(self.headers.get("retry-after", "")))
        known = [w for w in waits if w is not None]
        if not known:
            found = _RETRY_IN.search(self.words)
            wait = seconds(found[1]) if found else None
            known = [] if wait is None else [wait]
        return max(known, default=None)


def _delay(told: Any) -> float | None:
    """Return a duration in seconds: JSON's `"7s"`, or its fields, `{"seconds": "7"}`; or None."""
    if isinstance(told, Mapping):
        told = f"{told.get('seconds', '')}s"
    return retry_after(str(told)) if isinstance(told, int | float) else seconds(str(told or ""))


def error_of(
    answered: GeminiErrorAnswer, *, model: str = "", now: float | None = None, watches: bool = False
) -> NoteGenError:
    """Return the error for an answer. `model` is the requested one, `now` is epoch seconds.

    `watches`: the request had a video or file, which may be what is forbidden.
    """
    status, words = answered.status, answered.words
    if status == 407:
        return NetworkUnreachable(
            told(_("The proxy of this network wants a name and a password"), words),
            hint=_("Check the proxy settings of this machine."),
        )
    if status == 413:
        return RequestTooLarge(told(_("The request is longer than this server takes"), words))
    if answered.is_page and status < 500:
        return no_answer(words, status)
    if status in (400, 402, 403, 429):
        if answered.says(_CREDITS) or answered.says(_SPENT):
            return CreditsGone(words)
        if status != 429 and answered.says(_BILLING):
            return BillingNeeded(told(_("Gemini wants billing for the project of this key"), words))
        if answered.says(_REGION):
            return RegionUnsupported(told(_("Gemini is not offered where you are"), words))
        if answered.says(_DISABLED):
            return ApiDisabled(
                told(_("The Gemini API is not enabled for the project of this key"), words)
            )
    of_key = answered.reasons or _OF_KEY.search(words)
    if status == 403 and watches and not of_key:
        return VideoRestricted(
            told(_("Gemini may not open this video"), words),
            hint=_("It may be private or closed; the mode “transcript” needs its words only."),
        )
    if (
        status in (401, 403)
        or any(map(_KEY_REASON.fullmatch, answered.reasons))
        or (status == 400 and _OF_KEY.search(words))
    ):
        restricted = any(reason.endswith("_BLOCKED") for reason in answered.reasons)
        return KeyRejected(
            told(_("Gemini does not accept the API key"), words),
            hint=_(
                "The key is restricted to other uses: change that in the Google Cloud console, or "
                "make a new one in Google AI Studio; your queue is kept."
            )
            if restricted
            else "",
        )
    if status == 404 or (status == 400 and "model name" in words.lower()):
        return _not_found(words, model)
    if status == 429:
        return _too_many(answered, model, time.time() if now is None else now)
    if status == 408:
        return TimedOut(told(_("Gemini gave up waiting"), words))
    if status >= 500 or status in (409, 499):
        return ServiceUnavailable(
            told(_("Gemini cannot answer at the moment ({status})").format(status=status), words),
            retry_after_s=answered.retry_after_s,
        )
    if 300 <= status < 400:
        return RequestRejected(
            _(
                "The address of the Gemini API leads to another one, which is not followed "
                "so that your key stays where it belongs."
            ),
            hint=_("{check_address} Or sign in where the network wants it, in a browser.").format(
                check_address=_(CHECK_ADDRESS)
            ),
        )
    hint = ""
    if "token" in words.lower() and "exceed" in words.lower():
        hint = _("It is too long for this model: use the mode “transcript” or a shorter source.")
    elif "thinking" in words.lower():
        hint = _("Choose another level of thinking in the settings, or another model.")
    return RequestRejected(
        told(_("Gemini did not accept the request ({status})").format(status=status), words),
        hint=hint,
    )


CHECK_ADDRESS = N_("Check the base URL of Gemini (in the settings, or NOTEGEN_GEMINI_URL).")


def no_answer(page: str = "", status: int = 0) -> SomethingElseAnswered:
    """Return the error of an answer that is not Gemini's; `page` is the title of a web page."""
    named = ", ".join(filter(None, (f"“{page.rstrip('.')}”" if page else "", str(status or ""))))
    words = _("What came is not an answer of Gemini{named}.")
    if status:
        words = _("What came is not an answer of Gemini, but a web page{named}.")
    return SomethingElseAnswered(
        words.format(named=f" ({named})" if named else ""),
        hint=_("A proxy, a filter or a sign-in page may stand between. {check_address}").format(
            check_address=_(CHECK_ADDRESS)
        ),
    )


def _not_found(words: str, model: str) -> NoteGenError:
    gone = _GONE_MODEL.search(words)
    named = _USE_MODEL.search(words)
    name = model.removeprefix("models/") or (gone[1] if gone else "")
    replacement = named[1] if named else ""
    what = _("Gemini does not have the model {name} (any more).").format(name=name) if name else ""
    hint = (
        _("Choose {replacement} in the settings instead.").format(replacement=replacement)
        if replacement
        else ""
    )
    return ModelNotFound(what, hint=hint)


def _too_many(answered: GeminiErrorAnswer, model: str, now: float) -> NoteGenError:
    violations = [
        v
        for detail in answered.details("QuotaFailure")
        if isinstance(listed := detail.get("violations"), list)
        for v in listed
        if isinstance(v, dict)
    ]
    # The words do not tell requests a minute from requests a day; for tokens, a minute is usual.
    said = [_Quota("", metric, int(n)) for metric, n in _METRIC.findall(answered.words)]
    quotas = [_Quota.of(v) for v in violations] or [quota for quota in said if quota.tokens]
    model = next(
        (str(d["model"]) for v in violations if (d := _dimensions(v)).get("model")),
        model.removeprefix("models/"),
    )
    amounts_said = [int(n) for n in _LIMIT.findall(answered.words)]
    if 0 in amounts_said or any(quota.limit == 0 for quota in quotas):
        return NoFreeTier(
            _("The model {model} is not part of the free tier.").format(
                model=model or _("you chose")
            )
        )
    by_words = not violations and "per day" in answered.words.lower()
    per_day = [quota for quota in quotas if by_words or quota.per("day")]
    if by_words or per_day:
        until = next_midnight_pacific(now)
        amounts = [q.limit for q in per_day if q.limit]
        limit = f" ({amounts[0]})" if amounts else ""
        return QuotaExhausted(
            _(
                "Today's quota of {model}{limit} is used up. It comes back at midnight Pacific "
                "time, in {wait}."
            ).format(
                model=model or _("this model"),
                limit=limit,
                wait=rounded_duration(max(60, until - now)),
            ),
            until=until,
            limit_per_day=min((q.limit for q in per_day if q.limit and not q.tokens), default=None),
        )
    wait = answered.retry_after_s
    per_minute = [quota for quota in quotas if quota.per("minute") or not violations]
    return RateLimited(
        ""
        if wait is None
        else _("Gemini asks to slow down and to wait {wait} s.").format(wait=math.ceil(wait)),
        retry_after_s=wait,
        limit_per_minute=_smallest(q for q in per_minute if not q.tokens),
        tokens_per_minute=_smallest(q for q in per_minute if q.tokens),
    )


def _dimensions(violation: Mapping[str, Any]) -> Mapping[str, Any]:
    told = violation.get("quotaDimensions")
    return told if isinstance(told, Mapping) else {}


@dataclass(frozen=True, slots=True)
class _Quota:
    """A quota that a refusal names; `limit` is None if its size is not stated."""

    name: str
    metric: str
    limit: int | None

    @classmethod
    def of(cls, violation: Mapping[str, Any]) -> _Quota:
        value = str(violation.get("quotaValue", ""))
        return cls(
            str(violation.get("quotaId", "")),
            str(violation.get("quotaMetric", "")),
            int(value) if value.isdecimal() else None,
        )

    @property
    def tokens(self) -> bool:
        """Return True if it counts tokens, not requests."""
        return "token" in (self.name or self.metric).lower()

    def per(self, span: str) -> bool:
        return f"per{span}" in self.name.lower() or f"per_{span}" in self.metric.lower()


def _smallest(quotas: Iterable[_Quota]) -> int | None:
    """Return the smallest limit; 0 if none states its size, None without quotas."""
    limits = [quota.limit or 0 for quota in quotas]
    return min(filter(None, limits), default=0) if limits else None
