"""Records of the loopback Gemini: requests, quotas, the prefix cache, and refusals."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .gemini_notes import ParsedRequest
from .gemini_script import Answering, Script, Seen


@dataclass
class Quota:
    """Limits of a server; 0 is none. `minute_s` is the length of its minute, for scaled clocks.

    `told` is the factor by which reported waits are multiplied, for a client with an accelerated
    clock. `named` says whether a refusal names the limit per minute. `crowded` is the refusal
    beyond `concurrent` requests.
    """

    requests_per_minute: int = 0
    tokens_per_minute: int = 0
    requests_per_day: int = 0
    concurrent: int = 0
    minute_s: float = 60.0
    told: float = 1.0
    named: bool = True
    crowded: Refusal | None = None


@dataclass(frozen=True)
class Refusal:
    """An error answer: the fields of the error object, and headers."""

    status: int
    code: str
    message: str
    details: tuple[dict[str, Any], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.status, "message": self.message, "status": self.code}
        if self.details:
            error["details"] = list(self.details)
        return {"error": error}


class ServerState:
    """Records of a server: requests, quotas, prompt cache. Thread-safe."""

    def __init__(
        self,
        script: Answering,
        quota: Quota,
        *,
        keys: set[str] | None,
        retired: Mapping[str, str],
        cache_minimum: int,
    ) -> None:
        self.script = script
        self.quota = quota
        self.keys = keys
        self.retired = dict(retired)
        self.cache_minimum = cache_minimum
        self.requests: list[Seen] = []
        self.changed = threading.Condition()
        self._prefixes: set[tuple[str, str]] = set()
        self._minute: dict[str, deque[tuple[float, int]]] = defaultdict(deque)
        self._day: dict[str, int] = defaultdict(int)
        self._under_way = 0

    # -- life cycle of a request ----------------------------------------------------------

    def receive(
        self, method: str, path: str, *, model: str, key: str, body: dict[str, Any], **facts: Any
    ) -> Seen:
        with self.changed:
            seen = Seen(
                number=len(self.requests) + 1,
                method=method,
                path=path,
                model=model,
                key=key,
                body=body,
                started=time.monotonic(),
                **facts,
            )
            seen.asked = ParsedRequest.of(body) if body else ParsedRequest()
            seen.attempt = 1 + sum(1 for r in self.requests if body and _same_note(r, seen))
            self.requests.append(seen)
            self.changed.notify_all()
        return seen

    def admit(self, seen: Seen) -> Refusal | None:
        """Admit a generating request, or return its refusal. Each admitted one is ended by
        `leave`."""
        with self.changed:
            refusal = self._key_refusal(seen) or self._model_refusal(seen) or self._full(seen)
            if refusal is not None:
                return refusal
            asked = seen.asked
            seen.input_tokens = asked.tokens
            prefix = asked.prefix_tokens
            if prefix >= self.cache_minimum and (seen.model, asked.prefix) in self._prefixes:
                seen.cached_tokens = prefix
            self._minute[seen.model].append((time.monotonic(), asked.tokens))
            self._day[seen.model] += 1
            self._under_way += 1
        return None

    def began(self, seen: Seen) -> None:
        """Record the first byte of an answer: from now on the prefix is cached."""
        with self.changed:
            seen.first_byte = time.monotonic()
            self._prefixes.add((seen.model, seen.asked.prefix))
            self.changed.notify_all()

    def leave(self, seen: Seen, *, admitted: bool) -> None:
        with self.changed:
            seen.ended = time.monotonic()
            if admitted:
                self._under_way -= 1
            self.changed.notify_all()

    def script_for(self, seen: Seen) -> Script:
        if isinstance(self.script, Script):
            return self.script
        if callable(self.script):
            return self.script(seen)
        return self.script.get(seen.template, Script())

    # -- refusals --------------------------------------------------------------------------------

    def key_refusal(self, seen: Seen) -> Refusal | None:
        with self.changed:
            return self._key_refusal(seen)

    def _key_refusal(self, seen: Seen) -> Refusal | None:
        if not seen.key:
            return refusal("forbidden")
        if self.keys is not None and seen.key not in self.keys:
            return refusal("bad_key")
        return None

    def _model_refusal(self, seen: Seen) -> Refusal | None:
        if seen.model in self.retired:
            return refusal("not_found", model=seen.model, instead=self.retired[seen.model])
        return None

    def _full(self, seen: Seen) -> Refusal | None:
        quota, now = self.quota, time.monotonic()
        if quota.requests_per_day and self._day[seen.model] >= quota.requests_per_day:
            return refusal("quota", model=seen.model, limit=quota.requests_per_day)
        window = self._minute[seen.model]
        while window and window[0][0] <= now - quota.minute_s:
            window.popleft()
        if quota.requests_per_minute and len(window) >= quota.requests_per_minute:
            oldest = window[-quota.requests_per_minute][0]
            return refusal(
                "rate_limited" if quota.named else "crowded",
                model=seen.model,
                limit=quota.requests_per_minute,
                wait=(oldest + quota.minute_s - now) * quota.told,
            )
        tokens = sum(n for _, n in window) + seen.asked.tokens
        if quota.tokens_per_minute and tokens > quota.tokens_per_minute:
            oldest = window[0][0] if window else now
            return refusal(
                "rate_limited",
                model=seen.model,
                limit=quota.tokens_per_minute,
                wait=(oldest + quota.minute_s - now) * quota.told,
                tokens=True,
            )
        if quota.concurrent and self._under_way >= quota.concurrent:
            return quota.crowded or refusal("crowded")
        return None


def _same_note(one: Seen, other: Seen) -> bool:
    """Return True if two requests are for the same note, from the start or its rest."""
    a, b = one.asked, other.asked
    return (one.path, a.template, a.prefix) == (other.path, b.template, b.prefix)


QUOTA_METRIC = "generativelanguage.googleapis.com/generate_content_free_tier_requests"
TOKEN_METRIC = "generativelanguage.googleapis.com/generate_content_free_tier_input_token_count"
TYPE = "type.googleapis.com/google.rpc."


_REASONS = {
    "bad_key": (
        *(400, "INVALID_ARGUMENT", "API_KEY_INVALID"),
        "API key not valid. Please pass a valid API key.",
    ),
    "restricted_key": (
        *(403, "PERMISSION_DENIED", "API_KEY_SERVICE_BLOCKED"),
        "Requests to this API generativelanguage.googleapis.com method google.ai.generativelanguage"
        ".v1beta.GenerativeService.StreamGenerateContent are blocked.",
    ),
    "api_disabled": (
        *(403, "PERMISSION_DENIED", "SERVICE_DISABLED"),
        "Generative Language API has not been used in project 123456 before or it is disabled. "
        "Enable it by visiting https://console.developers.google.com/apis/api/"
        "generativelanguage.googleapis.com/overview?project=123456 then retry. If you enabled this "
        "API recently, wait a few minutes for the action to propagate to our systems and retry.",
    ),
    "billing_disabled": (
        *(403, "PERMISSION_DENIED", "BILLING_DISABLED"),
        "This API method requires billing to be enabled. Please enable billing on project #123456 "
        "by visiting https://console.developers.google.com/billing/enable?project=123456 then "
        "retry.",
    ),
}


def refusal(
    kind: str,
    *,
    model: str = "gemini-flash-lite-latest",
    limit: int = 15,
    wait: float | None = None,
    instead: str = "",
    tokens: bool = False,
) -> Refusal:
    """Return an error answer worded like the real service."""
    retry = () if wait is None else ({"@type": TYPE + "RetryInfo", "retryDelay": f"{wait:.9f}s"},)
    if kind in ("rate_limited", "quota", "no_free_tier"):
        per = "Day" if kind == "quota" else "Minute"
        what = "InputTokens" if tokens else "Requests"
        limit = 0 if kind == "no_free_tier" else limit
        metric = TOKEN_METRIC if tokens else QUOTA_METRIC
        message = (
            "You exceeded your current quota, please check your plan and billing details. For more "
            "information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits."
            f"\n* Quota exceeded for metric: {metric}, limit: {limit}, model: {model}"
        )
        message += "" if wait is None else f"\nPlease retry in {wait:.9f}s."
        violation = {
            "quotaMetric": metric,
            "quotaId": f"Generate{what}Per{per}PerProjectPerModel-FreeTier",
            "quotaDimensions": {"location": "global", "model": model},
            "quotaValue": str(limit),
        }
        details = ({"@type": TYPE + "QuotaFailure", "violations": [violation]}, *retry)
        return Refusal(429, "RESOURCE_EXHAUSTED", message, details)
    simple = {
        "crowded": (429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
        "unavailable": (
            503,
            "UNAVAILABLE",
            "This model is currently experiencing high demand. Spikes in demand are usually "
            "temporary. Please try again later.",
        ),
        "overloaded": (503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
        "internal": (500, "INTERNAL", "An internal error has occurred. Please retry."),
        "forbidden": (
            403,
            "PERMISSION_DENIED",
            "Method doesn't allow unregistered callers (callers without established identity). "
            "Please use API Key or other form of API consumer identity to call this API.",
        ),
        "bad_request": (400, "INVALID_ARGUMENT", "Request contains an invalid argument."),
        "no_permission": (403, "PERMISSION_DENIED", "The caller does not have permission"),
        "region": (
            400,
            "FAILED_PRECONDITION",
            "User location is not supported for the API use.",
        ),
        "billing": (
            400,
            "FAILED_PRECONDITION",
            "Gemini API free tier is not available in your country. Please enable billing on your "
            "project in Google AI Studio.",
        ),
        "credits": (
            429,
            "RESOURCE_EXHAUSTED",
            "Your prepayment credits are depleted. Please go to AI Studio to manage your project "
            "and billing.",
        ),
        "spending_cap": (
            429,
            "RESOURCE_EXHAUSTED",
            "Your project has exceeded its monthly spending cap. Please go to AI Studio to manage "
            "your project spend cap.",
        ),
    }
    if kind in simple:
        status, code, message = simple[kind]
        return Refusal(status, code, message, retry)
    if kind in _REASONS:
        status, code, reason, message = _REASONS[kind]
        info = {
            "@type": TYPE + "ErrorInfo",
            "reason": reason,
            "domain": "googleapis.com",
            "metadata": {"service": "generativelanguage.googleapis.com"},
        }
        return Refusal(status, code, message, (info,))
    if kind == "not_found":
        message = (
            f"models/{model} is no longer available. Please use models/{instead} instead."
            if instead
            else f"models/{model} is not found for API version v1beta, or is not supported for "
            "generateContent. Call ModelService.ListModels to see the list of available models "
            "and their supported methods."
        )
        return Refusal(404, "NOT_FOUND", message)
    raise ValueError(f"no such failure: {kind}")
