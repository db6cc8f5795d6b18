"""Incremental syncs: what has happened since the last sync, from the provider's event log."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

from tests.conftest import Database
from tests.faults.support import assert_copied, sequentially, work_again
from tests.providers import faults
from tests.providers.server import Clock, Exchange, Request, Response
from tests.providers.stripe import StripeProvider
from tests.providers.stripe_events import signed
from tests.providers.stripe_objects import subscription
from tests.support import WEBHOOK_SECRET, query, sync, value


def incremental(database: Database, resource: str = "customer") -> Any:
    """The task of an incremental sync of one collection, when it has ended."""
    status = sync(database, "incremental", [resource])
    [task] = status["tasks"]
    assert (task["status"], task["error_message"]) == ("completed", None)
    return task


def counts(task: Any) -> tuple[int, int, int]:
    return task["created"], task["updated"], task["deleted"]


def listing_of_events(request: Request) -> bool:
    return request.path == "/v1/events"


def test_creations_updates_and_deletions_are_seen(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", 3)
    sync(database, resources=["customer"])
    first, second, _ = stripe.objects("customer")
    stripe.create("customer")
    stripe.update(first["id"], email="new@example.com")
    stripe.delete(second["id"])
    stripe.requests.clear()

    task = incremental(database)
    assert (task["mode"], task["note"], counts(task)) == ("incremental", None, (1, 1, 1))
    assert_copied(database, stripe)
    assert [request.path for request in stripe.requests] == ["/v1/events"]


def test_an_event_that_jsonb_refuses_is_set_aside_and_the_others_count(
    database: Database, stripe: StripeProvider
) -> None:
    def too_large(exchange: Exchange) -> Response:
        answer = exchange.answer(faults.uncompressed(exchange))
        return replace(answer, body=answer.body.replace(b'"balance": 424242', b'"balance": 1e999999'))

    made = stripe.add("customer", 2)
    sync(database, resources=["customer"])
    stripe.update(made[0]["id"], balance=424242)
    stripe.update(made[1]["id"], email="new@example.com")
    stripe.fault(too_large, match=listing_of_events)
    status = sync(database, "incremental", ["customer"])
    assert (status["status"], status["tasks"][0]["updated"], status["tasks"][0]["errors"]) == ("completed", 1, 1)
    assert query(database, "select reason, raw_object like '%1e999999%' from supasaasy.rejected_objects") == [
        ("the event is no JSON that jsonb can hold", True)
    ]


def test_a_collection_asks_for_its_own_events_only(database: Database, stripe: StripeProvider) -> None:
    sync(database)
    stripe.requests.clear()
    sync(database, "incremental")
    asked = [(request.query.get("type"), request.values("types[]")) for request in stripe.requests]
    assert sorted(asked, key=str) == [
        ("customer.subscription.*", []),
        (None, ["customer.created", "customer.updated", "customer.deleted"]),
        (None, ["plan.created", "plan.updated", "plan.deleted"]),
        (None, ["price.created", "price.updated", "price.deleted"]),
        (None, ["product.created", "product.updated", "product.deleted"]),
    ]


def test_the_first_incremental_sync_of_a_collection_is_a_full_one(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", 1)
    first, second = incremental(database), incremental(database)
    assert (first["mode"], first["note"]) == ("full", "full: no sync has completed yet")
    assert (second["mode"], second["note"]) == ("incremental", None)
    assert_copied(database, stripe)


def test_events_read_again_change_nothing(database: Database, stripe: StripeProvider) -> None:
    sync(database, resources=["customer"])
    made = stripe.create("customer")
    stripe.update(made["id"], email="new@example.com")
    assert counts(incremental(database)) == (1, 0, 0)
    assert counts(incremental(database)) == (0, 0, 0)
    assert_copied(database, stripe)


def test_an_event_that_is_listed_late_is_seen(database: Database, stripe: StripeProvider) -> None:
    sync(database, resources=["customer"])
    stripe.events.lag = 60
    stripe.create("customer")
    assert counts(incremental(database)) == (0, 0, 0)
    stripe.events.lag = 0
    assert counts(incremental(database)) == (1, 0, 0)


def test_after_a_longer_gap_than_the_provider_keeps_its_events_the_sync_is_full_and_says_so(
    database: Database, stripe: StripeProvider
) -> None:
    stripe.add("customer", 2)
    sync(database, resources=["customer"])
    stripe.delete(stripe.objects("customer")[0]["id"])
    database.execute("update supasaasy.sync_state set cursor = cursor - interval '30 days'")
    task = incremental(database)
    assert (task["mode"], task["note"]) == (
        "full",
        "full: the last sync is longer ago than the provider keeps its events",
    )
    assert counts(task) == (0, 0, 1)
    assert_copied(database, stripe)


def test_a_task_retried_after_such_a_gap_begins_again_as_a_full_one(database: Database, stripe: StripeProvider) -> None:
    sequentially(database)
    sync(database, resources=["customer"])
    for _ in range(150):
        stripe.create("customer")
    fault = stripe.fault(faults.status(403), match=lambda request: "starting_after" in request.query, times=None)
    job_id = sync(database, "incremental", ["customer"])["job_id"]
    fault.release()
    database.execute("update supasaasy.sync_state set cursor = cursor - interval '30 days'")
    database.execute("select supasaasy.retry_job(%s)", (job_id,))
    database.execute("call supasaasy.run_worker()")
    assert query(database, "select mode, status from supasaasy.sync_job_tasks where job_id = %s", job_id) == [
        ("full", "completed")
    ]
    assert_copied(database, stripe)


def test_a_sync_cut_in_the_middle_goes_on_with_the_events_that_are_left(
    database: Database, stripe: StripeProvider
) -> None:
    sequentially(database)
    sync(database, resources=["customer"])
    for _ in range(150):
        stripe.create("customer")
    stripe.fault(faults.status(500), match=lambda request: "starting_after" in request.query, times=5)
    assert sync(database, "incremental", ["customer"])["processed_entities"] == 100
    stripe.requests.clear()
    work_again(database)
    assert_copied(database, stripe)
    assert ["starting_after" in request.query for request in stripe.requests] == [True]


def test_a_failed_sync_leaves_the_cursor_where_it_was(database: Database, stripe: StripeProvider) -> None:
    sync(database, resources=["customer"])
    database.execute("update supasaasy.sync_state set cursor = cursor - interval '1 day'")
    before = query(database, "select * from supasaasy.sync_state")
    stripe.fault(faults.status(403), match=listing_of_events)
    assert sync(database, "incremental", ["customer"])["status"] == "failed"
    assert query(database, "select * from supasaasy.sync_state") == before


def test_an_event_known_by_webhook_is_not_applied_again(database: Database, stripe: StripeProvider) -> None:
    sync(database, resources=["customer"])
    stripe.create("customer")
    [event] = stripe.events.since(0)
    headers, body = signed(event, WEBHOOK_SECRET)
    database.execute("select supasaasy.receive_webhook('stripe_prod', %s::jsonb, %s)", (json.dumps(headers), body))
    database.execute("call supasaasy.run_worker()")
    before = query(database, "select xmin, raw_payload from supasaasy.stripe_customer")
    task = incremental(database)
    assert query(database, "select xmin, raw_payload from supasaasy.stripe_customer") == before
    assert (counts(task), value(database, "select count(*) from supasaasy.webhook_events")) == ((0, 0, 0), 1)


def test_what_was_created_and_deleted_between_two_syncs_is_never_visible(
    database: Database, stripe: StripeProvider
) -> None:
    sync(database, resources=["customer"])
    made = stripe.create("customer")
    stripe.update(made["id"], email="short@example.com")
    stripe.delete(made["id"])
    incremental(database)
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 0


def test_the_last_of_many_changes_within_a_second_holds(database: Database, stripe: StripeProvider) -> None:
    stripe.clock = Clock(time.time())
    made = stripe.create("customer")
    sync(database, resources=["customer"])
    for number in range(5):
        stripe.update(made["id"], balance=number)
    incremental(database)
    assert_copied(database, stripe)


def test_a_cancelled_subscription_is_archived(database: Database, stripe: StripeProvider) -> None:
    made = stripe.create("subscription")
    sync(database, resources=["subscription"])
    stripe.cancel(made["id"])
    assert counts(incremental(database, "subscription")) == (0, 1, 0)
    assert query(database, "select status, archived_at is not null from supasaasy.stripe_subscriptions") == [
        ("canceled", True)
    ]


def test_children_come_and_go_with_their_parents_events(database: Database, stripe: StripeProvider) -> None:
    stripe.add("subscription", [subscription(0, items=2)])
    sync(database, resources=["subscription"])
    [made] = stripe.objects("subscription")
    [kept, _], [_, _, added] = made["items"]["data"], subscription(0, items=3)["items"]["data"]
    stripe.update(made["id"], items=made["items"] | {"data": [kept, added]})
    assert counts(incremental(database, "subscription")) == (1, 1, 1)
    assert query(database, "select external_id from supasaasy.stripe_subscription_items order by 1") == [
        (kept["id"],),
        (added["id"],),
    ]


def test_items_beyond_those_that_an_event_embeds_are_listed_from_their_own_endpoint(
    database: Database, stripe: StripeProvider
) -> None:
    sync(database, resources=["subscription"])
    stripe.create("subscription", **{"items": subscription(0, items=25)["items"]})
    incremental(database, "subscription")
    assert value(database, "select count(*) from supasaasy.stripe_subscription_items") == 25


def test_what_leaves_no_event_is_left_to_the_next_full_sync(database: Database, stripe: StripeProvider) -> None:
    stripe.clock = clock = Clock(time.time())
    made = stripe.create("subscription")
    sync(database, resources=["subscription"])
    stripe.delete(made["id"])
    assert counts(incremental(database, "subscription")) == (0, 0, 0)
    assert value(database, "select count(*) from supasaasy.stripe_subscriptions") == 1
    clock.advance(10)
    sync(database, resources=["subscription"])
    assert value(database, "select count(*) from supasaasy.stripe_subscriptions") == 0


def test_sync_from_bounds_what_is_listed_not_what_is_heard_of(database: Database, stripe: StripeProvider) -> None:
    old, _ = stripe.add("customer", 2)
    database.execute("update supasaasy.apps set sync_from = now() - interval '1 day'")
    sync(database, resources=["customer"])
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 0
    stripe.update(old["id"], email="heard@example.com")
    assert counts(incremental(database)) == (1, 0, 0)
    sync(database, resources=["customer"])
    assert query(database, "select external_id, email from supasaasy.stripe_customers") == [
        (old["id"], "heard@example.com")
    ]


def test_a_row_is_written_in_the_api_version_of_its_event(database: Database, stripe: StripeProvider) -> None:
    database.execute("""update supasaasy.apps set config = config || '{"api_version": "2025-03-31.basil"}'""")
    sync(database, resources=["customer"])
    stripe.create("customer")
    incremental(database)
    assert value(database, "select api_version from supasaasy.stripe_customer") == "2026-10-28.endive"


def test_many_events_are_read_side_by_side_and_each_once(database: Database, stripe: StripeProvider) -> None:
    stripe.clock = clock = Clock(time.time() - 10_000)
    sync(database, resources=["customer"])
    for _ in range(600):
        stripe.create("customer")
        clock.advance(10)
    task = incremental(database)
    assert counts(task) == (600, 0, 0)
    assert_copied(database, stripe)
    assert any("created[lte]" in request.query for request in stripe.requests)


def test_sync_state_tells_what_was_done_when_and_up_to_where(database: Database, stripe: StripeProvider) -> None:
    stripe.clock = clock = Clock(1_790_000_000)
    database.execute("set supasaasy.now = '2026-09-21 15:00:00+00'")
    sync(database, resources=["customer"])
    clock.advance(3600)
    incremental(database)
    assert query(
        database,
        """
        select
            collection_key
            , extract(epoch from last_full_at)::bigint
            , extract(epoch from last_incremental_at)::bigint
            , extract(epoch from cursor)::bigint
            , last_success_at = supasaasy._now()
        from supasaasy.sync_state
        """,
    ) == [("stripe_customer", 1_789_999_999, 1_790_003_599, 1_790_003_599, True)]
