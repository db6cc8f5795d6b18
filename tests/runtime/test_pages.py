"""Paging is pure: a request in, what to ask for next out."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from supasaasy.connectors.intercom import intercom
from supasaasy.connectors.stripe import stripe
from supasaasy.spec import Connector
from supasaasy_runtime.http import ProviderError, Response
from supasaasy_runtime.pages import Children, Listing, Object, Page, Unit, Window, observed_at

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)


def listing(resource: str = "customer", since: int | None = None, connector: Connector = stripe) -> Listing:
    declaration = connector.collection_declaration(connector.collection(resource))
    return Listing(declaration, connector.declaration()["pagination"], since)


def answer(data: Any, has_more: bool = False) -> Response:
    document = {"object": "list", "data": data, "has_more": has_more}
    return Response(json.dumps(document), document, NOW)


def customers(*created: int) -> list[dict[str, Any]]:
    return [{"id": f"cus_{moment}", "created": moment} for moment in created]


def fetch(listing: Listing, unit: Unit, data: Any, has_more: bool = False, spare: int = 0) -> Page:
    """One page of a unit: read and moved past, as the pool does."""
    page = listing.read(unit, answer(data, has_more))
    listing.advance(page, spare)
    return page


def test_the_first_request_asks_for_the_newest_hundred() -> None:
    customers_listing = listing()
    [window] = customers_listing.start(None)
    request = customers_listing.request(window)
    assert request.path == "/v1/customers"
    assert dict(request.query) == {"limit": "100"}


def test_the_next_request_starts_after_the_last_object() -> None:
    customers_listing = listing()
    [window] = customers_listing.start(None)
    fetch(customers_listing, window, customers(30, 20, 10), has_more=True)
    assert dict(customers_listing.request(window).query) == {"limit": "100", "starting_after": "cus_10"}


def test_a_collection_is_listed_once_with_each_variant_of_its_parameters() -> None:
    prices = listing("price")
    queries = [dict(prices.request(window).query) for window in prices.start(None)]
    assert queries == [{"limit": "100", "active": "true"}, {"limit": "100", "active": "false"}]


def test_sync_from_bounds_the_listing_from_below() -> None:
    customers_listing = listing(since=1_700_000_000)
    [window] = customers_listing.start(None)
    assert dict(customers_listing.request(window).query) == {"limit": "100", "created[gte]": "1700000000"}


def test_a_long_window_gives_its_older_part_away_in_disjoint_ranges() -> None:
    customers_listing = listing(since=1_000)
    [window] = customers_listing.start(None)
    fetch(customers_listing, window, customers(2_000, 1_900), has_more=True, spare=2)
    ranges = [(unit.since, unit.until) for unit in customers_listing.open if isinstance(unit, Window)]
    assert ranges == [(1_500, None), (1_000, 1_499)]
    assert isinstance(window, Window) and window.cursor == "cus_1900"


def test_without_a_lower_bound_the_oldest_window_stays_open_below() -> None:
    customers_listing = listing()
    [window] = customers_listing.start(None)
    fetch(customers_listing, window, customers(1_700_000_000, 1_699_999_000), has_more=True, spare=1)
    oldest = customers_listing.open[-1]
    assert isinstance(oldest, Window) and isinstance(window, Window)
    assert oldest.since is None
    assert window.since == (oldest.until or 0) + 1


def test_objects_created_in_one_second_are_never_split() -> None:
    customers_listing = listing(since=1_000)
    [window] = customers_listing.start(None)
    fetch(customers_listing, window, customers(1_000, 1_000), has_more=True, spare=8)
    assert customers_listing.open == [window]


def test_a_provider_that_lists_oldest_first_is_not_split() -> None:
    customers_listing = listing()
    [window] = customers_listing.start(None)
    fetch(customers_listing, window, customers(10, 20), has_more=True, spare=8)
    assert customers_listing.open == [window]


def test_a_checkpoint_holds_what_was_stored_not_what_was_fetched() -> None:
    customers_listing = listing()
    [window] = customers_listing.start(None)
    first = fetch(customers_listing, window, customers(30), has_more=True)
    fetch(customers_listing, window, customers(20), has_more=True)
    customers_listing.stored(first)

    resumed = listing()
    [window] = resumed.start(json.loads(json.dumps(customers_listing.checkpoint())))
    assert dict(resumed.request(window).query)["starting_after"] == "cus_30"


def test_a_listing_ends_when_its_last_page_is_stored() -> None:
    customers_listing = listing()
    [window] = customers_listing.start(None)
    page = fetch(customers_listing, window, customers(10))
    assert customers_listing.open == [window]
    customers_listing.stored(page)
    assert customers_listing.open == []


def test_parents_that_embed_only_some_children_have_them_listed_apart() -> None:
    subscriptions = listing("subscription")
    [window] = subscriptions.start(None)
    items = {"data": [{"id": "si_1"}], "has_more": True}
    fetch(subscriptions, window, [{"id": "sub_1", "created": 1, "items": items}, {"id": "sub_2", "created": 1}])
    [children] = [unit for unit in subscriptions.open if isinstance(unit, Children)]
    request = subscriptions.request(children)
    assert request.path == "/v1/subscription_items"
    assert dict(request.query) == {"limit": "100", "subscription": "sub_1"}


def test_a_refused_creation_filter_falls_back_to_one_plain_window() -> None:
    customers_listing = listing()
    [window] = customers_listing.start(None)
    first = fetch(customers_listing, window, customers(1_700_000_000, 1_699_999_000), has_more=True, spare=4)
    customers_listing.stored(first)
    assert customers_listing.may_refuse_filter(window, 400)
    [plain] = customers_listing.refuse_filter()
    assert dict(customers_listing.request(plain).query) == {"limit": "100", "starting_after": "cus_1699999000"}


def test_a_filter_that_has_worked_is_not_taken_for_refused() -> None:
    customers_listing = listing(since=1)
    [window] = customers_listing.start(None)
    fetch(customers_listing, window, customers(30), has_more=True)
    assert not customers_listing.may_refuse_filter(window, 400)


def test_a_cursor_whose_object_is_gone_restarts_at_the_creation_time_stored_last() -> None:
    customers_listing = listing()
    [window] = customers_listing.start(None)
    customers_listing.stored(fetch(customers_listing, window, customers(30, 20), has_more=True))
    assert isinstance(window, Window)
    assert customers_listing.restart(window)
    assert dict(customers_listing.request(window).query) == {"limit": "100", "created[lte]": "20"}


@pytest.mark.parametrize(
    ("data", "has_more", "message"),
    [
        ([], True, "the provider answered an empty page and says that more follow"),
        (None, False, "the provider's answer has no list at 'data'"),
        ({"id": "cus_1"}, False, "the provider's answer has no list at 'data'"),
        ([{"created": 1}], True, "the last object of a page has no id to page on from"),
        ([{"id": 7}], True, "the last object of a page has no id to page on from"),
    ],
)
def test_an_answer_that_cannot_be_paged_on_from_is_an_error(data: Any, has_more: bool, message: str) -> None:
    customers_listing = listing()
    [window] = customers_listing.start(None)
    with pytest.raises(ProviderError) as caught:
        customers_listing.read(window, answer(data, has_more))
    assert str(caught.value) == message


def test_pages_that_come_round_again_are_an_error() -> None:
    customers_listing = listing()
    [window] = customers_listing.start(None)
    fetch(customers_listing, window, customers(2), has_more=True)
    fetch(customers_listing, window, customers(1), has_more=True)
    with pytest.raises(ProviderError, match="the same pages again and again"):
        fetch(customers_listing, window, customers(2), has_more=True)


def test_a_top_level_answer_that_is_no_object_is_an_error() -> None:
    customers_listing = listing()
    [window] = customers_listing.start(None)
    with pytest.raises(ProviderError, match="no list at 'data'"):
        customers_listing.read(window, Response("[]", [], NOW))


def test_what_was_not_answered_makes_the_answers_stored_with_it_no_older() -> None:
    reading, ahead = listing(), datetime(2100, 1, 1, tzinfo=timezone.utc)  # of our clock
    answered, gone, unreadable = reading.want(2, {"cus_1": "v1", "cus_2": "v1", "cus_3": "v1"})
    assert isinstance(gone, Children)
    missing = ProviderError("no such customer", retryable=False, status=404, observed_at=ahead + timedelta(seconds=1))
    pages = [
        reading.read(answered, replace(answer([]), observed_at=ahead)),
        reading.gone(gone, missing),
        reading.refused(unreadable, ProviderError("timed out", retryable=False), None),
    ]
    assert observed_at([page for page in pages if page]) == ahead


def test_an_object_is_asked_for_by_its_id() -> None:
    asked = listing("company", connector=intercom).request(Object("a/b", [1]))
    assert (asked.path, asked.query, asked.body) == ("/companies/a%2Fb", (), None)


def test_what_is_left_of_a_refetch_is_in_its_checkpoint() -> None:
    reading = listing()
    first, second = reading.start(
        {"filtered": False, "windows": [], "children": [], "objects": {"a": [1, 2], "b": [3]}}
    )
    document = {"id": "a"}
    reading.stored(reading.read(first, Response(json.dumps(document), document, NOW)))
    assert reading.checkpoint()["objects"] == {"b": [3]}
    assert reading.open == [second]
