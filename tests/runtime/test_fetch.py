"""The fetch pool, against a provider's HTTP server."""

from __future__ import annotations

from typing import Any

from supasaasy.connectors.stripe import stripe
from supasaasy_runtime.fetch import Arrival, Pool
from supasaasy_runtime.http import ProviderError
from supasaasy_runtime.pages import Listing, Page, Unit
from supasaasy_runtime.worker import make_provider
from tests.providers.stripe import StripeProvider
from tests.support import API_KEY, PATIENCE


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
