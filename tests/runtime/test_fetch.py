"""The fetch pool, against a provider's HTTP server."""

from __future__ import annotations

import time
from itertools import count
from typing import Any

import pytest

from supasaasy.connectors.stripe import stripe
from supasaasy_runtime import fetch
from supasaasy_runtime.fetch import Arrival, Fetching, Pool, Provider
from supasaasy_runtime.http import ProviderError
from supasaasy_runtime.pages import Listing, Page, Unit
from supasaasy_runtime.worker import make_provider
from tests.providers import faults
from tests.providers.stripe import StripeProvider
from tests.support import API_KEY, PATIENCE, wait_until


class DefectiveListing(Listing):
    def advance(self, page: Page, spare: int) -> list[Unit]:
        raise ZeroDivisionError


def claim(base_url: str) -> dict[str, Any]:
    return {
        "app_key": "stripe_prod",
        "config": {"base_url": base_url, "allow_unsafe_base_url": True, "concurrency": 1},
        "connector": stripe.declaration(),
        "request_deadline": 30,
        "retry_delay": 0.01,
    }


def test_a_defect_in_paging_ends_the_listing_rather_than_a_thread() -> None:
    declaration = stripe.collection_declaration(stripe.collection("customer"))
    customers = DefectiveListing(declaration, stripe.declaration()["pagination"], None)
    pool = Pool()
    with StripeProvider(api_key=API_KEY) as provider:
        provider.add("customer", 1)
        fetching = pool.add(make_provider(claim(provider.url), API_KEY), customers, customers.start(None))
        try:
            [page], [error] = pool.take(PATIENCE), pool.take(PATIENCE)
        finally:
            pool.close()
    assert isinstance(page.outcome, Page)
    assert isinstance(error.outcome, ProviderError)
    assert error == Arrival(fetching, error.outcome)
    assert str(error.outcome) == "ZeroDivisionError in the engine"
    assert not error.outcome.retryable


def take_of_five_pages(*, when_all_are_there: bool) -> list[Arrival]:
    """What the pool gives first of a listing of five pages, which are read one after the other."""
    declaration = stripe.collection_declaration(stripe.collection("customer"))
    customers = Listing(declaration, stripe.declaration()["pagination"], None)
    pool = Pool()
    with StripeProvider(api_key=API_KEY, clock=lambda: 1_700_000_000.0) as provider:
        provider.add("customer", 500)
        fetching = pool.add(make_provider(claim(provider.url), API_KEY), customers, customers.start(None))
        try:
            while when_all_are_there and (fetching.due or fetching.in_flight):
                time.sleep(0.01)
            return pool.take(PATIENCE)
        finally:
            pool.close()


def test_pages_that_follow_one_another_closely_are_stored_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "GATHERING", PATIENCE)
    began = time.monotonic()
    assert len(take_of_five_pages(when_all_are_there=False)) >= 5
    assert time.monotonic() - began < PATIENCE, "it waits for more than all that there is"


def test_large_pages_are_stored_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "MAX_SIZE", 1)
    assert len(take_of_five_pages(when_all_are_there=True)) == 1


def test_a_statement_that_no_thread_runs_beside_waits_while_page_follows_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fetch, "MAX_TOGETHER", 2)
    monkeypatch.setattr(fetch, "GATHERING", PATIENCE)
    monkeypatch.setattr(fetch, "QUIET", PATIENCE)
    pool = Pool(blocked_by_statements=True)
    with StripeProvider(api_key=API_KEY, clock=lambda: 1_700_000_000.0) as provider:
        provider.add("customer", 500)
        fetching = add(pool, make_provider(claim(provider.url), API_KEY), "customer")
        try:
            taken = pool.take(PATIENCE)
            still_to_come = fetching.in_flight + len(fetching.due)
        finally:
            pool.close()
    assert (len(taken), still_to_come) == (2, 0)


def add(pool: Pool, app: Provider, name: str) -> Fetching:
    """Let the pool read a collection of Stripe from its beginning."""
    declaration = stripe.collection_declaration(stripe.collection(name))
    listing = Listing(declaration, stripe.declaration()["pagination"], None)
    return pool.add(app, listing, listing.start(None))


def test_pages_that_have_waited_for_others_wait_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "GATHERING", 1.0)
    pool = Pool()
    seconds = count(1_700_000_000.0)  # pages of different seconds are stored one by one
    with StripeProvider(api_key=API_KEY, clock=lambda: next(seconds)) as provider:
        provider.add("customer", 600)
        hanging = provider.fault(faults.hang(), after=5, times=None)
        add(pool, make_provider(claim(provider.url), API_KEY), "customer")
        try:
            wait_until(lambda: hanging.hits)
            time.sleep(1.0)
            began = time.monotonic()
            assert [len(pool.take(PATIENCE)) for _ in range(5)] == [1, 1, 1, 1, 1]
            assert time.monotonic() - began < 1.0
        finally:
            hanging.release()
            pool.close()


def test_the_pages_of_a_listing_are_stored_together_also_when_others_came_between() -> None:
    app = claim("")
    pool = Pool()
    with StripeProvider(api_key=API_KEY, clock=lambda: 1_700_000_000.0) as provider:
        provider.add("customer", 200)
        provider.add("product", 300)
        second_page = provider.fault(faults.hang(), match=lambda request: "starting_after" in request.query)
        app["config"].update(base_url=provider.url, concurrency=2)
        stripe_prod = make_provider(app, API_KEY)
        try:
            customers = add(pool, stripe_prod, "customer")
            wait_until(lambda: second_page.hits)
            products = add(pool, stripe_prod, "product")
            wait_until(lambda: not (products.due or products.in_flight))
            second_page.release()
            wait_until(lambda: not (customers.due or customers.in_flight))
            taken = [pool.take(PATIENCE), pool.take(PATIENCE)]
        finally:
            pool.close()
    assert [[arrival.fetching for arrival in arrivals] for arrivals in taken] == [[customers] * 3, [products] * 3]


def test_listings_take_turns_at_a_rate_limit() -> None:
    app = claim("")
    pool = Pool()
    with StripeProvider(api_key=API_KEY) as provider:
        provider.add("customer", 500)
        provider.add("product", 500)
        app["config"].update(base_url=provider.url, rate_limit={"per_second": 6, "per_endpoint": 6})
        stripe_prod = make_provider(app, API_KEY)
        try:
            add(pool, stripe_prod, "customer")
            add(pool, stripe_prod, "product")
            wait_until(lambda: len(provider.requests) == 4)
        finally:
            pool.close()
    assert [request.path for request in provider.requests] == ["/v1/customers", "/v1/products"] * 2
