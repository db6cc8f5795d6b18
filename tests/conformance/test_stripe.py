"""What is Stripe's own: what belongs to customers and is read on request, and what lists and events leave out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from supasaasy import get_migrations
from supasaasy.connectors.stripe import stripe as connector
from tests.conftest import Database
from tests.providers import faults, stripe_events, stripe_library
from tests.providers.server import Clock, Exchange, Response
from tests.providers.stripe import StripeProvider
from tests.support import (
    API_KEY,
    CONFIG,
    WEBHOOK_SECRET,
    in_background,
    point_app_at,
    query,
    receive_as,
    sync,
    wait_until,
)

APP = "stripe_prod"
LATER = "select set_config('supasaasy.now', (now() + interval '1 minute')::text, false)"


@pytest.fixture
def stripe(database: Database) -> Iterator[StripeProvider]:
    with StripeProvider(api_key=API_KEY) as provider:
        point_app_at(database, provider.url, APP)
        yield provider


def run(database: Database, mode: str = "full", *resources: str) -> Any:
    status = sync(database, mode, list(resources), APP)
    assert status["status"] == "completed", status["error_message"]
    return status["tasks"][0]


def ids(database: Database, view: str) -> list[str]:
    return [found for (found,) in query(database, f"select external_id from supasaasy.{view} order by 1")]


def asked(stripe: StripeProvider) -> set[str]:
    """The paths asked for so far; forgets them."""
    paths = {request.path for request in stripe.requests}
    stripe.requests.clear()
    return paths


def add_payment_method(stripe: StripeProvider, customer_id: str) -> str:
    [made] = stripe.add("payment_method", [stripe.unused("payment_method") | {"customer": customer_id}])
    return str(made["id"])


# Against Stripe's own library ------------------------------------------------------------------------------------


def test_the_pinned_version_is_the_one_of_the_library_that_the_double_is_made_from() -> None:
    import stripe as library

    assert library.api_version == connector.api_version


def test_every_declared_event_is_one_that_stripe_sends() -> None:
    declared = {name for collection in connector.collections for name in collection.events if "*" not in name}
    assert declared <= stripe_library.event_types() | {"plan.created", "plan.updated", "plan.deleted"}


def test_no_declared_pattern_takes_in_the_events_of_another_collection() -> None:
    patterns = {name[:-1]: each for each in connector.collections for name in each.events if name.endswith("*")}
    for prefix, collection in patterns.items():
        others = [name for other in connector.collections if other is not collection for name in other.events]
        assert [name for name in others if name.startswith(prefix)] == []


def test_a_list_is_filtered_by_creation_where_stripe_takes_that() -> None:
    for collection in connector.collections:
        object_name = collection.path and stripe_library.listed_at(collection.path)
        if object_name:
            takes = "created" in stripe_library.list_parameters(object_name)
            assert (collection.created_filter is not None) == takes, collection.name


# What belongs to customers ---------------------------------------------------------------------------------------


def test_what_costs_a_request_for_each_customer_is_read_for_those_who_name_it(
    database: Database, stripe: StripeProvider
) -> None:
    [customer] = stripe.add("customer", 1)
    add_payment_method(stripe, customer["id"])
    database.execute("update supasaasy.apps set resources = '{customer,tax_id}' where app_key = %s", (APP,))
    run(database, "full", "customer")
    assert asked(stripe) == {"/v1/customers", f"/v1/customers/{customer['id']}/tax_ids"}


def test_an_app_that_names_nothing_has_no_tables_for_it() -> None:
    assert CONFIG.apps[0].resources == ("customer", "product", "price", "plan", "subscription", "subscription_item")
    assert "stripe_payment_method" not in get_migrations(CONFIG)
    assert "payment_method.*" not in get_migrations(CONFIG)


def test_events_move_the_payment_methods_of_customers(database: Database, stripe: StripeProvider) -> None:
    [customer] = stripe.add("customer", 1)
    kept, detached = add_payment_method(stripe, customer["id"]), add_payment_method(stripe, customer["id"])
    run(database, "full", "customer")
    stripe.delete(detached)
    attached = stripe.create("payment_method", customer=customer["id"])
    stripe.update(kept, metadata={"changed": "yes"})
    assert run(database, "incremental", "customer")["mode"] == "incremental"
    assert query(
        database, "select external_id, customer_id, metadata from supasaasy.stripe_payment_methods order by external_id"
    ) == [(kept, customer["id"], {"changed": "yes"}), (attached["id"], customer["id"], attached["metadata"])]


def test_a_full_sync_deletes_the_payment_methods_that_a_customer_has_no_more(
    database: Database, stripe: StripeProvider
) -> None:
    stripe.clock = clock = Clock(time.time() - 100)
    [customer] = stripe.add("customer", 1)
    kept, gone = add_payment_method(stripe, customer["id"]), add_payment_method(stripe, customer["id"])
    run(database, "full", "customer")
    stripe.delete(gone)
    clock.advance(60)
    run(database, "full", "customer")
    assert ids(database, "stripe_payment_methods") == [kept]


def test_an_incremental_sync_is_a_full_one_until_what_was_asked_for_later_has_been_read(
    database: Database, stripe: StripeProvider
) -> None:
    [customer] = stripe.add("customer", 1)
    database.execute("update supasaasy.apps set resources = '{customer}' where app_key = %s", (APP,))
    run(database, "full", "customer")
    database.execute("update supasaasy.apps set resources = '{customer,payment_method}' where app_key = %s", (APP,))
    made = add_payment_method(stripe, customer["id"])
    task = run(database, "incremental", "customer")
    assert (task["mode"], task["note"]) == ("full", "full: no sync of stripe_payment_method has completed yet")
    assert ids(database, "stripe_payment_methods") == [made]
    assert run(database, "incremental", "customer")["mode"] == "incremental"


def test_entitlements_of_a_customer_who_is_gone_are_none(database: Database, stripe: StripeProvider) -> None:
    first, second = stripe.add("customer", 2)
    entitlement = stripe.add_entitlement(first["id"])

    def delete_customer(exchange: Any) -> Any:
        stripe.delete(second["id"])
        return exchange.answer()

    stripe.fault(delete_customer, match=lambda request: request.path.endswith("active_entitlements"))
    assert run(database, "full", "customer")["error_message"] is None
    assert query(database, "select external_id, customer_id from supasaasy.stripe_active_entitlements") == [
        (entitlement["id"], first["id"])
    ]


def test_an_event_that_sums_up_entitlements_has_them_read_again(database: Database, stripe: StripeProvider) -> None:
    _, customer = stripe.add("customer", 2)
    run(database, "full", "customer")
    asked(stripe)
    granted = stripe.grant(customer["id"])
    headers, body = stripe_events.signed(stripe.events.since(0)[-1], WEBHOOK_SECRET)
    assert receive_as(database, APP, headers, body) == (200, {"success": True})
    database.execute("call supasaasy.run_worker()")
    assert [request.target for request in stripe.requests] == [
        f"/v1/entitlements/active_entitlements?customer={customer['id']}&limit=100"
    ]
    entitlements = "select external_id, customer_id from supasaasy.stripe_active_entitlements"
    assert query(database, entitlements) == [(granted["id"], customer["id"])]
    assert query(database, "select id from supasaasy.sync_jobs where mode = 'refetch'") == []


def test_an_answer_from_before_an_event_does_not_count_as_read_after_it(
    database: Database, stripe: StripeProvider, connect: Any
) -> None:
    [customer] = stripe.add("customer", 1)
    granted: list[str] = []

    def grant_meanwhile(exchange: Exchange) -> Response:
        before = exchange.answer()
        granted.append(stripe.grant(customer["id"])["id"])
        headers, body = stripe_events.signed(stripe.events.since(0)[-1], WEBHOOK_SECRET)
        receive_as(connect(), APP, headers, body)
        connect().execute("select supasaasy._work_events(500)")
        return before

    stripe.fault(grant_meanwhile, match=lambda request: request.path.endswith("active_entitlements"))
    run(database, "full", "customer")
    assert ids(database, "stripe_active_entitlements") == granted


def test_reads_are_noted_in_the_order_in_which_all_writers_lock(
    database: Database, stripe: StripeProvider, connect: Any
) -> None:
    parents = sorted(customer["id"] for customer in stripe.add("customer", 20))
    run(database, "full", "customer")
    key = "stripe_active_entitlement"
    holder, noter = connect(), connect()
    pid = noter.info.backend_pid
    holder.execute("begin")
    holder.execute("select from supasaasy.child_reads where parent_id = %s for update", (parents[0],))
    note = "select supasaasy._note_reads(%s, %s, '{}', %s, %s, %s, %s)"
    arguments = (APP, key, parents, [""] * 20, ["[]"] * 20, [""] * 20)
    free = "select parent_id from supasaasy.child_reads where collection_key = %s for update skip locked"
    with in_background(lambda: noter.execute(note, arguments)):
        try:
            wait_until(lambda: query(database, "select from pg_locks where pid = %s and not granted", pid))
            left = sorted(found for (found,) in query(database, free, key))
        finally:
            holder.rollback()
    assert left == parents[1:]


def test_what_an_event_could_not_have_read_again_is_a_problem_until_a_sync_reads_it(
    database: Database, stripe: StripeProvider
) -> None:
    _, customer = stripe.add("customer", 2)
    run(database, "full", "customer")
    granted = stripe.grant(customer["id"])
    refused = stripe.fault(faults.status(401), times=None)
    headers, body = stripe_events.signed(stripe.events.since(0)[-1], WEBHOOK_SECRET)
    receive_as(database, APP, headers, body)
    database.execute("call supasaasy.run_worker()")
    refused.release()

    problems = "select problem ->> 'problem' from jsonb_array_elements(supasaasy.health() -> 'problems') as problem"
    told = ("stripe_prod: stripe_active_entitlement of 1 objects are still to be read",)
    assert told in query(database, problems)
    run(database, "incremental", "customer")
    assert told not in query(database, problems)
    assert ids(database, "stripe_active_entitlements") == [granted["id"]]


def test_a_collection_of_which_some_could_not_be_read_is_not_complete(
    database: Database, stripe: StripeProvider
) -> None:
    customer, _ = stripe.add("customer", 2)
    unreadable = f"/v1/customers/{customer['id']}/tax_ids"
    outage = stripe.fault(faults.status(403), match=lambda request: request.path == unreadable, times=None)
    incomplete = "select collection_key from supasaasy.sync_state where complete_at is null"
    run(database, "full", "customer")
    assert query(database, incomplete) == [("stripe_tax_id",)]
    outage.release()
    run(database, "full", "customer")
    assert query(database, incomplete) == []


def test_an_incremental_sync_reads_the_entitlements_of_whom_events_tell(
    database: Database, stripe: StripeProvider
) -> None:
    _, customer = stripe.add("customer", 2)
    run(database, "full", "customer")
    asked(stripe)
    granted = stripe.grant(customer["id"])
    assert run(database, "incremental", "customer")["mode"] == "incremental"
    assert asked(stripe) == {"/v1/events", "/v1/entitlements/active_entitlements"}
    assert ids(database, "stripe_active_entitlements") == [granted["id"]]


# Lists and events that leave something out -------------------------------------------------------------------------


def test_a_review_that_is_listed_no_more_is_closed_and_not_gone(database: Database, stripe: StripeProvider) -> None:
    stripe.clock = clock = Clock(time.time() - 100)
    review, _ = stripe.add("review", 2)
    run(database, "full", "review")
    stripe.update(review["id"], open=False, closed_reason="approved")
    clock.advance(60)
    assert run(database, "full", "review")["deleted"] == 0
    archived = "select external_id from supasaasy.stripe_reviews where archived_at is not null"
    assert query(database, archived) == [(review["id"],)]
    run(database, "full", "review")
    assert query(database, archived) == [(review["id"],)]


def test_a_review_that_a_list_left_out_once_is_open_again_when_it_is_listed(
    database: Database, stripe: StripeProvider
) -> None:
    stripe.clock = clock = Clock(time.time() - 200)
    review, _ = stripe.add("review", 2)
    run(database, "full", "review")
    for is_open, archived in [(False, True), (True, False)]:
        stripe.update(review["id"], open=is_open)
        clock.advance(60)
        run(database, "full", "review")
        assert query(
            database,
            "select archived_at is not null from supasaasy.stripe_reviews where external_id = %s",
            review["id"],
        ) == [(archived,)]


def test_why_a_review_was_closed_is_known_once_its_event_is(database: Database, stripe: StripeProvider) -> None:
    stripe.clock = clock = Clock(time.time() - 100)
    [review] = stripe.add("review", 1)
    run(database, "full", "review")
    clock.advance(10)
    stripe.update(review["id"], open=False, closed_reason="approved")
    clock.advance(50)
    run(database, "full", "review")
    run(database, "incremental", "review")
    assert query(database, "select open, closed_reason, archived_at is not null from supasaasy.stripe_reviews") == [
        (False, "approved", True)
    ]


def test_a_collection_without_events_is_listed_whole_and_says_so(database: Database, stripe: StripeProvider) -> None:
    stripe.add("balance_transaction", 1)
    run(database, "full", "balance_transaction")
    [new] = stripe.add("balance_transaction", 1)
    task = run(database, "incremental", "balance_transaction")
    assert (task["mode"], task["note"]) == ("full", "full: the collection has no incremental sync")
    assert new["id"] in ids(database, "stripe_balance_transactions")


def test_invoice_items_are_listed_by_the_date_that_is_their_creation(
    database: Database, stripe: StripeProvider
) -> None:
    made = [stripe_library.make("invoiceitem", number) | {"date": number} for number in (1, 2)]
    old, new = stripe.add("invoiceitem", made)
    run(database, "full", "invoice_item")
    database.execute("update supasaasy.apps set sync_from = to_timestamp(2) where app_key = %s", (APP,))
    stripe.delete(new["id"])
    stripe.delete(old["id"])
    database.execute(LATER)
    stripe.clock = lambda: time.time() + 60
    run(database, "full", "invoice_item")
    assert ids(database, "stripe_invoice_items") == [old["id"]]
    assert stripe.requests[-1].query["created[gte]"] == "2"


def test_the_lines_beyond_those_that_an_invoice_shows_are_read(database: Database, stripe: StripeProvider) -> None:
    invoice = stripe_library.make_invoice(0)
    lines = [stripe_library.make_line(invoice["id"], 0, position) for position in range(12)]
    stripe.add("invoice", [invoice | {"lines": invoice["lines"] | {"data": lines}}])
    run(database, "full", "invoice")
    assert ids(database, "stripe_invoice_line_items") == [line["id"] for line in lines]


def test_the_event_of_a_dispute_is_no_news_of_a_charge(database: Database, stripe: StripeProvider) -> None:
    database.execute("update supasaasy.apps set resources = '{charge}' where app_key = %s", (APP,))
    run(database, "full", "charge")
    stripe.create("dispute")
    run(database, "incremental", "charge")
    assert ids(database, "stripe_charges") == []
