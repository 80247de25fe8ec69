"""What each refusal of Gemini means to the user and to the pacing."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notegen_desktop.domain.cost.quota_day import next_midnight_pacific
from notegen_desktop.domain.errors import (
    AnswerUnusable,
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
    TimedOut,
    VideoRestricted,
)
from notegen_desktop.services.writers.gemini_errors import GeminiErrorAnswer, error_of
from notegen_desktop.services.writers.wire import connection_error, redact
from tests.fakes.gemini_state import refusal

PACIFIC = ZoneInfo("America/Los_Angeles")
TYPE = "type.googleapis.com/google.rpc."


def translated(
    status: int, body: Any, headers: dict[str, str] | None = None, **facts: Any
) -> NoteGenError:
    return error_of(GeminiErrorAnswer.of(status, body, headers), **facts)


def of_refusal(kind: str, **facts: Any) -> NoteGenError:
    refused = refusal(kind, **facts)
    return translated(refused.status, refused.body())


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("bad_key", KeyRejected),
        ("forbidden", KeyRejected),
        ("not_found", ModelNotFound),
        ("rate_limited", RateLimited),
        ("crowded", RateLimited),
        ("quota", QuotaExhausted),
        ("no_free_tier", NoFreeTier),
        ("internal", ServiceUnavailable),
        ("unavailable", ServiceUnavailable),
        ("overloaded", ServiceUnavailable),
        ("bad_request", RequestRejected),
        ("restricted_key", KeyRejected),
        ("api_disabled", ApiDisabled),
        ("billing", BillingNeeded),
        ("billing_disabled", BillingNeeded),
        ("region", RegionUnsupported),
        ("credits", CreditsGone),
        ("spending_cap", CreditsGone),
    ],
)
def test_each_refusal_has_its_own_error(kind: str, error: type[NoteGenError]) -> None:
    assert type(of_refusal(kind)) is error


def test_what_an_account_lacks_is_said_with_the_way_to_get_it() -> None:
    disabled, restricted = of_refusal("api_disabled"), of_refusal("restricted_key")
    assert "https://console.developers.google.com/apis" in disabled.message
    assert "Enable" in disabled.hint
    assert "restricted" in restricted.hint
    assert "billing" in of_refusal("billing").hint
    assert "VPN" in of_refusal("region").hint


def test_a_place_that_billing_opens_is_one_that_needs_billing() -> None:
    words = "User location is not supported for the API use without a billing account linked."
    error = translated(400, {"error": {"message": words, "status": "FAILED_PRECONDITION"}})
    assert isinstance(error, BillingNeeded)


@pytest.mark.parametrize("watches", [True, False])
def test_one_file_that_may_not_be_opened_is_not_the_key(watches: bool) -> None:
    refused = refusal("no_permission")
    error = translated(refused.status, refused.body(), watches=watches)
    assert type(error) is (VideoRestricted if watches else KeyRejected)


PAGE = "<!DOCTYPE html>\n<html><head><title>Access  denied &ndash; Filter</title></head></html>"


@pytest.mark.parametrize("status", [200, 401, 403, 404, 429])
@pytest.mark.parametrize("body", [PAGE, {"message": PAGE, "status": "Forbidden"}])
def test_a_page_of_a_proxy_is_not_taken_for_a_word_of_gemini(status: int, body: Any) -> None:
    error = translated(status, body)
    assert isinstance(error, AnswerUnusable)
    assert "Access denied – Filter" in error.message
    assert "<" not in error.message
    assert "base URL" in error.hint


def test_a_page_of_a_gateway_in_trouble_is_a_passing_fault() -> None:
    error = translated(502, {"message": PAGE, "status": "Bad Gateway"})
    assert isinstance(error, ServiceUnavailable)
    assert "<" not in error.message


def test_a_proxy_that_wants_a_name_and_a_server_that_takes_less_are_told_apart() -> None:
    assert isinstance(translated(407, PAGE), NetworkUnreachable)
    assert isinstance(translated(413, PAGE), RequestTooLarge)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_faults_of_the_other_side_are_passing(status: int) -> None:
    error = translated(status, "<html>Bad gateway</html>")

    assert isinstance(error, ServiceUnavailable)
    assert error.retryable
    assert str(status) in error.message


def test_a_rate_limit_says_how_long_to_wait_and_how_much_is_allowed() -> None:
    error = of_refusal("rate_limited", wait=21.4, limit=15)

    assert isinstance(error, RateLimited)
    assert error.retry_after_s == pytest.approx(21.4)
    assert error.limit_per_minute == 15
    assert "22 s" in error.message


def test_a_limit_of_tokens_is_not_taken_for_one_of_requests() -> None:
    error = of_refusal("rate_limited", wait=3, limit=250_000, tokens=True)

    assert isinstance(error, RateLimited)
    assert error.limit_per_minute is None
    assert error.tokens_per_minute == 250_000


def violations(*named: dict[str, str], message: str = "Quota.") -> NoteGenError:
    detail = {"@type": TYPE + "QuotaFailure", "violations": list(named)}
    wait = {"@type": TYPE + "RetryInfo", "retryDelay": "30s"}
    body = {"error": {"code": 429, "message": message, "details": [detail, wait]}}
    return translated(429, body)


TOKENS = {"quotaId": "GenerateContentInputTokensPerModelPerMinute-FreeTier"}
REQUESTS = {"quotaId": "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"}


@pytest.mark.parametrize(
    ("named", "requests", "tokens"),
    [
        ([TOKENS | {"quotaValue": "250000"}], None, 250_000),
        ([REQUESTS | {"quotaValue": "15"}, TOKENS | {"quotaValue": "33000"}], 15, 33_000),
        ([TOKENS], None, 0),
        ([REQUESTS], 0, None),
    ],
)
def test_each_limit_that_is_named_keeps_its_dimension(
    named: list[dict[str, str]], requests: int | None, tokens: int | None
) -> None:
    error = violations(*named)

    assert isinstance(error, RateLimited)
    assert (error.limit_per_minute, error.tokens_per_minute) == (requests, tokens)


def test_a_limit_of_tokens_that_only_the_words_name_is_read_there() -> None:
    words = (
        "* Quota exceeded for metric: generativelanguage.googleapis.com/"
        "generate_content_free_tier_input_token_count, limit: 250000, model: gemini-flash\n"
        "Please retry in 12.5s."
    )
    error = translated(429, {"error": {"message": words}})

    assert isinstance(error, RateLimited)
    assert (error.limit_per_minute, error.tokens_per_minute) == (None, 250_000)


def test_a_day_s_tokens_are_not_taken_for_its_requests() -> None:
    error = violations(
        {"quotaId": "GenerateContentInputTokensPerModelPerDay-FreeTier", "quotaValue": "1000000"}
    )

    assert isinstance(error, QuotaExhausted)
    assert error.limit_per_day is None


@pytest.mark.parametrize(
    ("delay", "header", "wait"),
    [
        ("7s", None, 7.0),
        ("7s", "30", 30.0),
        ("70s", "30", 70.0),
        (None, "30", 30.0),
        (None, "soon", None),
        (None, None, None),
        ("0.25s", None, 0.25),
        (7, None, 7.0),
    ],
)
def test_the_longer_of_both_waits_is_kept(
    delay: str | int | None, header: str | None, wait: float | None
) -> None:
    details = [{"@type": TYPE + "RetryInfo", "retryDelay": delay}] if delay else []
    body = {"error": {"code": 429, "message": "Slow down.", "details": details}}
    error = translated(429, body, {"Retry-After": header} if header else None)

    assert isinstance(error, RateLimited)
    assert error.retry_after_s == wait


def test_a_retry_after_may_be_a_date() -> None:
    at = datetime.now(UTC) + timedelta(seconds=90)
    error = translated(503, {}, {"retry-after": format_datetime(at, usegmt=True)})

    assert isinstance(error, ServiceUnavailable)
    assert error.retry_after_s == pytest.approx(90, abs=2)


@pytest.mark.parametrize(
    "words", ["Please retry in 1m2.5s.", "Try again in 1m2.5s.", "It will reset after 1m2.5s."]
)
def test_a_wait_that_is_only_in_the_words_is_read_there(words: str) -> None:
    error = translated(429, {"error": {"message": words}})

    assert isinstance(error, RateLimited)
    assert error.retry_after_s == pytest.approx(62.5)


def test_a_day_s_quota_ends_at_midnight_pacific_whatever_retry_info_says() -> None:
    now = datetime(2026, 11, 24, 6, 0, tzinfo=UTC).timestamp()
    refused = refusal("quota", model="gemini-3.8-flash", limit=20, wait=12)
    error = translated(429, refused.body(), now=now, model="gemini-flash-latest")

    assert isinstance(error, QuotaExhausted)
    assert error.until == datetime(2026, 11, 24, 8, 0, tzinfo=UTC).timestamp()
    assert "gemini-3.8-flash (20)" in error.message
    assert "2 h 0 min" in error.message


def test_the_day_s_quota_counts_more_than_the_minute_s_where_both_are_met() -> None:
    day, minute = refusal("quota").details[0], refusal("rate_limited").details[0]
    both = {"@type": day["@type"], "violations": [*minute["violations"], *day["violations"]]}

    error = translated(429, {"error": {"message": "Quota.", "details": [both]}})

    assert isinstance(error, QuotaExhausted)


@given(st.integers(1_420_000_000, 2_400_000_000))
def test_midnight_pacific_is_that_of_the_time_zone(moment: int) -> None:
    local = datetime.fromtimestamp(moment, PACIFIC)
    tomorrow = local.date() + timedelta(days=1)
    expected = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=PACIFIC)

    assert next_midnight_pacific(moment) == expected.timestamp()


@pytest.mark.parametrize("day", ["2026-03-08", "2026-11-01", "2027-03-14", "2027-11-07"])
def test_midnight_pacific_is_right_on_the_days_the_clocks_change(day: str) -> None:
    start = datetime.fromisoformat(day).replace(tzinfo=PACIFIC).timestamp()
    following = datetime.fromisoformat(day).date() + timedelta(days=1)
    end = datetime(following.year, following.month, following.day, tzinfo=PACIFIC).timestamp()

    for share in range(100):
        assert next_midnight_pacific(start + (end - start) * share / 100) == end


def test_a_retired_model_names_its_replacement() -> None:
    error = of_refusal("not_found", model="gemini-2.5-flash", instead="gemini-3.8-flash")

    assert isinstance(error, ModelNotFound)
    assert "gemini-2.5-flash" in error.message
    assert "gemini-3.8-flash" in error.hint


def test_an_unknown_model_names_none() -> None:
    error = of_refusal("not_found", model="gemini-3.6-flahs")

    assert isinstance(error, ModelNotFound)
    assert "instead" not in error.hint
    assert "gemini-3.6-flahs" in error.message


def test_the_server_s_words_are_shown_without_the_key() -> None:
    key = "AIzaSyD-abcdefghijklmnopqrstuvwxyz0123"
    error = translated(400, {"error": {"message": f"Bad field near key={key}&x, {key}"}})

    assert isinstance(error, RequestRejected)
    assert "Bad field" in error.message
    assert key not in error.message
    assert key not in str(error)


@pytest.mark.parametrize(
    "key", ["AIzaSyA1234567890abcdefghij", "AQ.Ab8RN6KSomething-Long_1234567890"]
)
def test_both_kinds_of_keys_are_redacted(key: str) -> None:
    assert key not in redact(f"the key {key} is bad")


def test_a_request_that_is_too_long_says_what_to_do() -> None:
    words = "The input token count (1204000) exceeds the maximum number of tokens allowed."
    error = translated(400, {"error": {"message": words}})

    assert isinstance(error, RequestRejected)
    assert "transcript" in error.hint


def test_a_level_of_thinking_that_a_model_refuses_says_what_to_do() -> None:
    error = translated(400, {"error": {"message": "Thinking level is not supported."}})
    assert "thinking" in error.hint


@pytest.mark.parametrize(
    "body", [None, "", [], [{"error": {"code": 503, "message": "x"}}], {"error": "text"}, 4]
)
def test_odd_bodies_are_borne(body: Any) -> None:
    assert isinstance(translated(503, body), ServiceUnavailable)


def test_the_code_of_an_error_event_counts_where_there_is_no_status() -> None:
    body = {"error": {"code": 429, "message": "Quota.", "status": "RESOURCE_EXHAUSTED"}}
    assert isinstance(translated(0, body), RateLimited)


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        (httpx.ConnectError("refused"), NetworkUnreachable),
        (httpx.ConnectTimeout("slow"), NetworkUnreachable),
        (httpx.ProxyError("407"), NetworkUnreachable),
        (httpx.ReadTimeout("slow"), TimedOut),
        (httpx.WriteTimeout("slow"), TimedOut),
        (httpx.ReadError("reset"), ServiceUnavailable),
        (httpx.WriteError("reset"), ServiceUnavailable),
        (httpx.RemoteProtocolError("cut"), ServiceUnavailable),
        (httpx.DecodingError("zip"), ServiceUnavailable),
    ],
)
def test_each_broken_connection_has_its_error(
    broken: httpx.HTTPError, error: type[NoteGenError]
) -> None:
    translated = connection_error(broken, url="https://gateway.example/")
    assert type(translated) is error
    assert translated.retryable


def test_a_certificate_that_is_not_trusted_is_said_so() -> None:
    broken = httpx.ConnectError("tls")
    broken.__cause__ = ssl.SSLCertVerificationError("self-signed certificate")

    error = connection_error(broken, url="https://gateway.example/")

    assert isinstance(error, NetworkUnreachable)
    assert "certificate" in error.message
    assert "gateway.example" in error.message


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": "429", "message": "x"}, RateLimited),
        ({"status": "RESOURCE_EXHAUSTED", "message": "x"}, RateLimited),
        ({"status": "UNAVAILABLE", "message": "x"}, ServiceUnavailable),
        ({"status": "UNAUTHENTICATED", "message": "x"}, KeyRejected),
    ],
)
def test_an_error_within_a_stream_is_known_by_its_name_or_its_code_as_text(
    error: dict[str, str], kind: type[NoteGenError]
) -> None:
    assert type(translated(0, {"error": error})) is kind


@pytest.mark.parametrize("error", ["The backend is gone", {"message": "The backend is gone"}])
def test_an_error_within_a_stream_that_names_no_kind_is_a_passing_fault(error: Any) -> None:
    told = translated(0, {"error": error})
    assert type(told) is ServiceUnavailable
    assert "The backend is gone" in told.message


def test_odd_details_of_a_limit_do_no_harm() -> None:
    details = [
        {"@type": f"{TYPE}QuotaFailure", "violations": True},
        {"@type": f"{TYPE}RetryInfo", "retryDelay": {"seconds": "7"}},
        {"@type": f"{TYPE}QuotaFailure", "violations": [{"quotaDimensions": "global"}]},
    ]
    error = translated(429, {"error": {"message": "x", "details": details}})
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 7


def test_a_name_that_no_model_can_have_is_one_that_is_not_there() -> None:
    words = "* GenerateContentRequest.model: unexpected model name format"
    assert isinstance(translated(400, {"error": {"message": words}}), ModelNotFound)
