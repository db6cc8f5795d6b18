"""What is listed with the text that is stored already is known by its digest; all else is compared."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import Database
from tests.providers.server import Exchange, Response
from tests.providers.stripe import StripeProvider
from tests.providers.stripe_objects import customer, product
from tests.support import query, run_worker, sync, value
from tests.webhooks.support import event, receive, signed

pytestmark = pytest.mark.usefixtures("engine")


def emails(database: Database) -> list[Any]:
    return [email for (email,) in query(database, "select email from supasaasy.stripe_customers order by external_id")]


def plain(exchange: Exchange) -> tuple[Response, Any]:
    """An answer that is not compressed, and the page in it."""
    headers = {name: text for name, text in exchange.request.headers.items() if name != "accept-encoding"}
    answer = exchange.answer(replace(exchange.request, headers=headers))
    return answer, json.loads(answer.body)


def tell(database: Database, subject: dict[str, Any]) -> None:
    """Have an event of this very second applied."""
    now = int(time.time())
    body = json.dumps(event("customer.updated", subject, at=now))
    assert receive(database, body, signed(body, at=now))[0] == 200
    run_worker(database)


def test_what_is_listed_with_the_text_that_is_stored_is_not_looked_at(
    database: Database, stripe: StripeProvider
) -> None:
    stripe.add("customer", 250)
    sync(database, resources=["customer"])
    mark = """update supasaasy.stripe_customer set raw_payload = '{"marked": true}'"""
    database.execute(mark)
    changed = stripe.update(stripe.objects("customer")[7]["id"], email="new@example.com")["id"]
    task = sync(database, resources=["customer"])["tasks"][0]
    assert (task["processed_entities"], task["updated"], task["deleted"]) == (250, 1, 0)
    unmarked = "select external_id from supasaasy.stripe_customers where raw_payload -> 'marked' is null"
    assert query(database, unmarked) == [(changed,)]


def test_a_row_whose_digest_is_taken_from_it_is_compared(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", [customer(0) | {"email": "listed@example.com"}, customer(1)])
    sync(database, resources=["customer"])
    database.execute("update supasaasy.stripe_customer set raw_payload = '{}', listed_digest = null")
    assert sync(database, resources=["customer"])["tasks"][0]["updated"] == 2
    assert emails(database)[0] == "listed@example.com"


def test_what_an_event_has_changed_is_changed_back_by_a_list_that_shows_the_old_text(
    database: Database, stripe: StripeProvider
) -> None:
    stripe.add("customer", [customer(0) | {"email": "listed@example.com"}, customer(1)])
    sync(database, resources=["customer"])
    tell(database, customer(0) | {"email": "event@example.com"})
    assert emails(database)[0] == "event@example.com"
    database.execute("update supasaasy.stripe_customer set observed_at = observed_at - interval '1 hour'")
    sync(database, resources=["customer"])
    assert emails(database)[0] == "listed@example.com"


def test_an_event_that_changes_nothing_leaves_the_digest(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", [customer(0), customer(1)])
    sync(database, resources=["customer"])
    tell(database, customer(0))
    assert value(database, "select count(listed_digest) from supasaasy.stripe_customer") == 2


def test_what_is_deleted_or_unlisted_comes_back_with_the_text_that_it_had(
    database: Database, stripe: StripeProvider
) -> None:
    stripe.add("customer", 3)
    sync(database, resources=["customer"])
    database.execute("update supasaasy.stripe_customer set deleted_at = now() where external_id like '%1'")
    sync(database, resources=["customer"])
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 3

    database.execute(
        """
        update supasaasy.collections set declaration = declaration || '{"unlisted": "archive"}'
        where collection_key = 'stripe_customer'
        """
    )
    database.execute("update supasaasy.stripe_customer set archived_at = now() where external_id like '%1'")
    sync(database, resources=["customer"])
    assert value(database, "select count(*) from supasaasy.stripe_customers where archived_at is null") == 3


def test_of_an_object_that_a_page_shows_twice_the_later_counts(database: Database, stripe: StripeProvider) -> None:
    def twice(exchange: Exchange) -> Response:
        answer, page = plain(exchange)
        page["data"].insert(0, page["data"][0] | {"email": "first@example.com"})
        return replace(answer, body=json.dumps(page, ensure_ascii=False).encode())

    stripe.add("customer", [customer(0) | {"email": "later@example.com"}, customer(1) | {"email": "other@example.com"}])
    sync(database, resources=["customer"])
    stripe.fault(twice)
    assert sync(database, resources=["customer"])["tasks"][0]["processed_entities"] == 3
    assert sorted(emails(database)) == ["later@example.com", "other@example.com"]


def test_an_unchanged_object_that_a_page_shows_twice_is_counted_twice(
    database: Database, stripe: StripeProvider
) -> None:
    def twice(exchange: Exchange) -> Response:
        answer, page = plain(exchange)
        page["data"].append(page["data"][0])
        return replace(answer, body=json.dumps(page, ensure_ascii=False).encode())

    stripe.add("customer", 2)
    sync(database, resources=["customer"])
    stripe.fault(twice)
    task = sync(database, resources=["customer"])["tasks"][0]
    assert (task["processed_entities"], task["updated"], task["deleted"]) == (3, 0, 0)


def test_an_object_that_seems_to_be_two_is_stored_whole(database: Database, stripe: StripeProvider) -> None:
    def compact(exchange: Exchange) -> Response:
        answer, page = plain(exchange)
        return replace(answer, body=json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode())

    nested = {"id": "cus_0", "cards": [{"id": "card_1"}, {"id": "card_2"}]}  # and cut between the cards
    stripe.add("customer", [customer(0) | nested, customer(1), customer(2)])
    for _ in range(2):
        stripe.fault(compact)
        task = sync(database, resources=["customer"])["tasks"][0]
        assert (task["processed_entities"], task["errors"]) == (3, 0)
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 3
    assert value(
        database, "select raw_payload -> 'cards' from supasaasy.stripe_customers where external_id = 'cus_0'"
    ) == [
        {"id": "card_1"},
        {"id": "card_2"},
    ]


def test_an_object_loses_no_part_that_is_stored_as_an_object_of_its_own(
    database: Database, stripe: StripeProvider
) -> None:
    def nesting(exchange: Exchange) -> Response:
        answer, page = plain(exchange)
        cards = [{"id": "card_1"}, page["data"][1], {"id": "card_2"}]
        page["data"] = [{"id": "cus_parent", "cards": cards}, *page["data"]]
        return replace(answer, body=json.dumps(page, ensure_ascii=False).encode())

    stripe.add("customer", 3)
    sync(database, resources=["customer"])
    stripe.fault(nesting)
    assert sync(database, resources=["customer"])["tasks"][0]["created"] == 1
    cards = "select jsonb_array_length(raw_payload -> 'cards') from supasaasy.stripe_customers where external_id = %s"
    assert value(database, cards, "cus_parent") == 3


def test_of_objects_that_are_nearly_all_new_those_that_are_stored_are_compared(
    database: Database, stripe: StripeProvider
) -> None:
    stripe.add("customer", 250)
    sync(database, resources=["customer"])
    database.execute("update supasaasy.stripe_customer set listed_digest = null")
    database.execute("delete from supasaasy.stripe_customer where external_id like '%49'")  # the first of each page
    database.execute("update supasaasy.stripe_customer set raw_payload = '{}' where external_id like '%10'")
    task = sync(database, resources=["customer"])["tasks"][0]
    assert (task["processed_entities"], task["created"], task["updated"], task["deleted"]) == (250, 3, 3, 0)


def test_new_objects_that_a_page_shows_twice_or_without_an_id_hold_up_none_of_the_others(
    database: Database, stripe: StripeProvider
) -> None:
    def odd(exchange: Exchange) -> Response:
        answer, page = plain(exchange)
        page["data"] = [page["data"][0], page["data"][0] | {"id": ""}, *page["data"]]
        return replace(answer, body=json.dumps(page).encode())

    stripe.add("customer", 3)
    stripe.fault(odd)
    task = sync(database, resources=["customer"])["tasks"][0]
    assert (task["processed_entities"], task["created"], task["errors"]) == (5, 3, 1)


def test_new_objects_are_archived_where_they_are_inactive(database: Database, stripe: StripeProvider) -> None:
    stripe.add("product", [product(0) | {"active": False}, product(1)])
    sync(database, resources=["product"])
    assert query(
        database, "select archived_at = observed_at, listed_digest is not null from supasaasy.stripe_product order by 1"
    ) == [(True, True), (None, True)]
