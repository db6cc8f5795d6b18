"""Rate limits, with a clock that the test holds."""

from __future__ import annotations

from math import inf
from typing import Any

from supasaasy.connectors.stripe import stripe
from supasaasy_runtime.limits import Limits

DECLARED = stripe.declaration()["rate_limit"]


def sent_within(
    limits: Limits, seconds: float, endpoints: tuple[str, ...] = ("/v1/customers",), start: float = 1000.0
) -> int:
    """How many requests a greedy sender gets through in a simulated time."""
    now, sent = start, 0
    while now < start + seconds:
        free = [endpoint for endpoint in endpoints if limits.wait(endpoint, now) == 0.0]
        if free:
            limits.take(free[0], now)
            sent += 1
        else:
            now += 0.001
    return sent


def limits(key: str = "sk_live_1", config: dict[str, Any] | None = None) -> Limits:
    return Limits.of(DECLARED, config or {}, key)


def test_one_endpoint_gets_twenty_requests_per_second() -> None:
    assert 195 <= sent_within(limits(), 10.0) <= 210


def test_all_endpoints_together_get_eighty_in_live_mode() -> None:
    endpoints = tuple(f"/v1/{number}" for number in range(6))
    assert 780 <= sent_within(limits(), 10.0, endpoints) <= 830


def test_all_endpoints_together_get_twenty_with_a_test_key() -> None:
    endpoints = tuple(f"/v1/{number}" for number in range(6))
    assert 195 <= sent_within(limits("rk_test_1"), 10.0, endpoints) <= 210


def test_the_rate_of_one_endpoint_is_the_lower_of_its_own_and_that_of_all() -> None:
    assert limits().rate == 20
    assert limits(config={"rate_limit": {"per_second": 10, "per_endpoint": 100}}).rate == 10
    assert Limits.of(DECLARED | {"per_second": None, "per_endpoint": None}, {}, "").rate == inf


def test_workers_of_one_app_share_its_rate() -> None:
    shared = limits(config={"rate_limit": {"per_second": 100, "per_endpoint": 100}})
    shared.share = 0.25
    assert 240 <= sent_within(shared, 10.0) <= 260


def test_workers_that_read_one_endpoint_share_what_it_allows() -> None:
    shared = limits()
    shared.endpoint_shares = {"/v1/customers": 0.5}
    assert 95 <= sent_within(shared, 10.0) <= 105
    assert 195 <= sent_within(shared, 10.0, ("/v1/products",), start=2000.0) <= 210


def test_the_apps_own_limit_replaces_the_declared_one() -> None:
    own = limits(config={"rate_limit": {"per_second": 200, "per_endpoint": 200}})
    assert 1900 <= sent_within(own, 10.0) <= 2100


def test_a_refusal_pauses_for_as_long_as_the_provider_says() -> None:
    refused = limits()
    refused.refused(1000.0, retry_after=3.0)
    assert refused.wait("/v1/customers", 1000.0) == 3.0


def test_after_a_refusal_the_rate_is_halved_and_recovers() -> None:
    refused = limits()
    refused.refused(1000.0, retry_after=0.0)
    assert sent_within(refused, 3.0) <= 40
    assert refused.wait("/v1/customers", 1100.0) == 0.0


def test_requests_that_the_provider_says_are_left_are_not_exceeded() -> None:
    told = limits()
    told.told(1000.0, remaining=3, period=9.0, resets_in=5.0)
    assert sent_within(told, 4.9) == 3
    assert told.wait("/v1/customers", 1005.0) == 0.0


def test_of_answers_to_requests_sent_side_by_side_the_one_that_leaves_least_counts() -> None:
    told = limits()
    told.told(1000.0, remaining=2, period=9.0, resets_in=5.0)
    told.told(1000.1, remaining=4, period=9.0, resets_in=5.0)
    assert sent_within(told, 4.8) == 2


def test_an_answer_from_a_period_that_is_over_says_nothing() -> None:
    told = limits()
    told.told(1000.0, remaining=2, period=9.0, resets_in=5.0)
    told.told(1000.1, remaining=0, period=8.0, resets_in=0.0)
    assert sent_within(told, 4.8) == 2


def test_one_request_finds_out_how_many_a_new_period_has() -> None:
    told = limits()
    told.told(1000.0, remaining=0, period=9.0, resets_in=5.0)
    assert sent_within(told, 5.9) == 1
    told.told(1005.5, remaining=7, period=10.0, resets_in=5.0)
    assert sent_within(told, 4.9, start=1005.5) == 7


def test_what_is_left_is_shared_between_workers() -> None:
    told = limits()
    told.share = 0.5
    told.told(1000.0, remaining=6, period=9.0, resets_in=5.0)
    assert sent_within(told, 4.9) == 3
