"""Applying events: from the inbox to the rows, in whatever order they arrive."""

from __future__ import annotations

import itertools
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.conftest import Database
from tests.providers.stripe import StripeProvider
from tests.support import in_background, point_app_at, query, start_sync, sync, value, wait_until
from tests.webhooks.support import NOW, deliver, event, stop_clock


@pytest.fixture(autouse=True)
def clock(database: Database) -> None:
    stop_clock(database)


def customer(**more: Any) -> dict[str, Any]:
    return {"id": "cus_1", "object": "customer"} | more


def subscription(*items: str, **more: Any) -> dict[str, Any]:
    data = [{"id": item, "object": "subscription_item", "subscription": "sub_1"} for item in items]
    return {
        "id": "sub_1",
        "object": "subscription",
        "status": "active",
        "items": {"object": "list", "data": data, "has_more": False},
    } | more


def work(database: Database) -> None:
    database.execute("call supasaasy.run_worker()")


def work_again(database: Database) -> None:
    """What is to be tried again later is due now."""
    database.execute("update pgmq.q_supasaasy_webhooks set vt = now()")
    work(database)


def names(database: Database) -> list[Any]:
    return [name for (name,) in query(database, "select name from supasaasy.stripe_customers")]


def statuses(database: Database) -> list[Any]:
    return [status for (status,) in query(database, "select status from supasaasy.webhook_events order by id")]


def test_an_event_becomes_a_row(database: Database) -> None:
    deliver(database, event("customer.created", customer(name="Ann"), api_version="2025-03-31.basil"))
    work(database)
    assert query(
        database,
        "select external_id, name, raw_payload, api_version, observed_at = to_timestamp(%s) + interval '1 microsecond'"
        " from supasaasy.stripe_customer",
        NOW,
    ) == [("cus_1", "Ann", customer(name="Ann"), "2025-03-31.basil", True)]
    assert statuses(database) == ["processed"]
    assert query(database, "select message from pgmq.q_supasaasy_webhooks") == []


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["in order", "late"])
def test_a_late_event_never_overwrites_a_newer_one(database: Database, order: tuple[int, int], together: bool) -> None:
    events = [
        event("customer.updated", customer(name="old"), at=NOW - 10),
        event("customer.updated", customer(name="new"), at=NOW - 9),
    ]
    for number in order:
        deliver(database, events[number])
        if not together:
            work(database)
    work(database)
    assert names(database) == ["new"]
    assert statuses(database) == ["processed", "processed"]


def test_a_late_event_cannot_undo_an_unchanged_state_that_was_told_later(database: Database) -> None:
    for name, at in (("A", NOW - 3), ("A", NOW - 1), ("B", NOW - 2)):
        deliver(database, event("customer.updated", customer(name=name), at=at))
        work(database)
    assert names(database) == ["A"]


def test_a_late_event_cannot_undo_what_a_full_sync_has_seen_unchanged(
    database: Database, stripe: StripeProvider
) -> None:
    stripe.clock = lambda: NOW
    made = stripe.create("customer", name="current")
    deliver(database, event("customer.created", made, at=NOW - 1000))
    work(database)
    sync(database, resources=["customer"])
    deliver(database, event("customer.updated", made | {"name": "old"}, at=NOW - 900))
    work(database)
    assert names(database) == ["current"]
    assert statuses(database) == ["processed", "processed"]


def test_a_late_event_does_not_bring_back_what_a_full_sync_no_longer_saw(
    database: Database, stripe: StripeProvider
) -> None:
    stripe.clock = lambda: NOW
    sync(database, resources=["customer"])
    deliver(database, event("customer.created", customer(name="gone"), at=NOW - 900))
    work(database)
    assert names(database) == []


def test_a_late_event_counts_where_a_full_sync_did_not_list_everything(
    database: Database, stripe: StripeProvider
) -> None:
    stripe.clock = lambda: NOW
    database.execute("update supasaasy.apps set sync_from = to_timestamp(%s)", (NOW - 60,))
    sync(database, resources=["customer"])
    deliver(database, event("customer.created", customer(name="Ann"), at=NOW - 900))
    work(database)
    assert names(database) == ["Ann"]


def test_an_event_that_changes_nothing_leaves_updated_at(database: Database) -> None:
    deliver(database, event("customer.created", customer(), at=NOW - 2))
    work(database)
    before = value(database, "select updated_at from supasaasy.stripe_customer")
    database.execute("select set_config('supasaasy.now', to_timestamp(%s)::text, false)", (NOW + 10,))
    deliver(database, event("customer.updated", customer(), at=NOW - 1))
    work(database)
    assert value(database, "select updated_at from supasaasy.stripe_customer") == before


def test_a_deletion_keeps_the_row_and_its_last_payload(database: Database) -> None:
    deliver(database, event("customer.created", customer(name="Ann"), at=NOW - 2))
    work(database)
    deliver(database, event("customer.deleted", {"id": "cus_1", "deleted": True}, at=NOW - 1))
    work(database)
    assert names(database) == []
    assert query(database, "select name, deleted_at is not null from supasaasy.stripe_customer") == [("Ann", True)]


def test_a_deletion_that_comes_first_leaves_a_tombstone(database: Database) -> None:
    deliver(database, event("customer.deleted", customer(name="Ann"), at=NOW - 1))
    work(database)
    deliver(database, event("customer.created", customer(name="Ann"), at=NOW - 2))
    work(database)
    assert names(database) == []
    assert query(database, "select external_id, deleted_at is not null from supasaasy.stripe_customer") == [
        ("cus_1", True)
    ]


def test_a_cancelled_subscription_is_archived(database: Database) -> None:
    deliver(database, event("customer.subscription.created", subscription("si_1"), at=NOW - 2))
    deliver(database, event("customer.subscription.deleted", subscription("si_1", status="canceled"), at=NOW - 1))
    work(database)
    assert query(database, "select status, archived_at is not null, deleted_at from supasaasy.stripe_subscription") == [
        ("canceled", True, None)
    ]


def test_children_come_and_go_with_their_parent(database: Database) -> None:
    deliver(database, event("customer.subscription.created", subscription("si_1", "si_2"), at=NOW - 2))
    work(database)
    deliver(database, event("customer.subscription.updated", subscription("si_2", "si_3"), at=NOW - 1))
    work(database)
    assert query(
        database, "select external_id, subscription_id from supasaasy.stripe_subscription_items order by external_id"
    ) == [("si_2", "sub_1"), ("si_3", "sub_1")]


def test_a_late_parent_brings_no_child_back(database: Database) -> None:
    deliver(database, event("customer.subscription.updated", subscription("si_2"), at=NOW - 1))
    work(database)
    deliver(database, event("customer.subscription.created", subscription("si_1", "si_2"), at=NOW - 2))
    work(database)
    assert query(database, "select external_id from supasaasy.stripe_subscription_items") == [("si_2",)]


SAME_SECOND = [
    event("customer.created", customer(name="A", metadata={})),
    event("customer.updated", customer(name="B", metadata={}), previous={"name": "A"}),
    event("customer.updated", customer(name="B", metadata={"k": "v"}), previous={"metadata": {"k": None}}),
    event("customer.updated", customer(name="C", metadata={"k": "v"}), previous={"name": "B"}),
]


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "batch by batch"])
@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=lambda order: "".join(map(str, order)))
def test_events_of_one_second_are_ordered_by_the_values_they_replaced(
    database: Database, order: tuple[int, ...], together: bool
) -> None:
    for number in order:
        deliver(database, SAME_SECOND[number])
        if not together:
            work(database)
    work(database)
    assert query(database, "select name, metadata from supasaasy.stripe_customers") == [("C", {"k": "v"})]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=lambda order: "".join(map(str, order)))
def test_in_one_second_a_creation_is_first_and_a_deletion_last(database: Database, order: tuple[int, ...]) -> None:
    events = [
        event("customer.created", customer(name="A")),
        event("customer.updated", customer(name="C"), previous={"name": "B"}),
        event("customer.deleted", customer(name="C")),
    ]
    for number in order:
        deliver(database, events[number])
        work(database)
    assert query(database, "select deleted_at is not null from supasaasy.stripe_customer") == [(True,)]


def test_where_nothing_tells_what_arrived_later_counts(database: Database) -> None:
    deliver(database, event("customer.updated", customer(name="A"), previous={"name": "B"}))
    deliver(database, event("customer.updated", customer(name="B"), previous={"name": "A"}))
    work(database)
    assert names(database) == ["B"]


def test_a_list_never_wins_a_tie_against_an_event(database: Database) -> None:
    deliver(database, event("customer.updated", customer(name="event")))
    work(database)
    database.execute(
        """
        select supasaasy._upsert_bodies('stripe_prod', collection, array[%s], to_timestamp(%s), null)
        from supasaasy.collections as collection where collection_key = 'stripe_customer'
        """,
        ('{"data": [{"id": "cus_1", "name": "list"}]}', NOW),
    )
    assert names(database) == ["event"]


def break_customers(database: Database) -> None:
    """Let every write of a customer named Bad fail."""
    database.execute(
        """
        create function public.refuse() returns trigger language plpgsql
        as $$ begin raise exception 'Bad is refused'; end $$;
        create trigger refuse before insert or update on supasaasy.stripe_customer
        for each row when (new.raw_payload ->> 'name' = 'Bad') execute function public.refuse();
        """
    )


def test_a_failing_event_keeps_its_error_and_holds_up_no_other(database: Database) -> None:
    break_customers(database)
    for number, name in enumerate(("Ann", "Bad", "Eve")):
        deliver(database, event("customer.created", {"id": f"cus_{number}", "name": name}))
    work(database)
    assert names(database) == ["Ann", "Eve"]
    assert query(database, "select status, attempts, error_message from supasaasy.webhook_events order by id") == [
        ("processed", 0, None),
        ("pending", 1, "Bad is refused"),
        ("processed", 0, None),
    ]


def test_a_failing_event_is_tried_again_after_growing_delays_and_then_given_up(database: Database) -> None:
    break_customers(database)
    deliver(database, event("customer.created", customer(name="Bad")))
    delays = []
    for _ in range(9):
        work_again(database)
        delays.append(
            value(database, "select round(extract(epoch from vt - now()) / 10) from pgmq.q_supasaasy_webhooks")
        )
    work_again(database)
    assert delays == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert query(database, "select status, attempts, error_message from supasaasy.webhook_events") == [
        ("failed", 10, "Bad is refused")
    ]
    assert query(database, "select message from pgmq.q_supasaasy_webhooks") == []


def test_a_failed_event_can_be_replayed(database: Database) -> None:
    break_customers(database)
    deliver(database, event("customer.created", customer(name="Bad")))
    work(database)
    database.execute("update supasaasy.webhook_events set status = 'failed'")
    database.execute("drop trigger refuse on supasaasy.stripe_customer")
    event_id = value(database, "select id from supasaasy.webhook_events")
    assert value(database, "select supasaasy.replay_webhook(%s)", event_id) == {"success": True, "events": 1}
    work(database)
    assert names(database) == ["Bad"]
    assert query(database, "select status, attempts, error_message from supasaasy.webhook_events") == [
        ("processed", 0, None)
    ]


def test_events_ignored_for_the_configuration_of_then_can_be_replayed(database: Database) -> None:
    database.execute("update supasaasy.apps set resources = '{product}'")
    deliver(database, event("customer.created", customer(name="Ann")))
    database.execute("update supasaasy.apps set resources = '{product,customer}'")
    assert value(database, "select supasaasy.replay_webhooks('stripe_prod', to_timestamp(%s))", NOW + 1) == {
        "success": True,
        "events": 0,
    }
    assert value(database, "select supasaasy.replay_webhooks('stripe_prod', to_timestamp(%s))", NOW) == {
        "success": True,
        "events": 1,
    }
    work(database)
    assert names(database) == ["Ann"]


def test_an_event_that_was_ignored_counts_when_it_is_told_again_and_concerns_what_is_synced_now(
    database: Database,
) -> None:
    told = event("customer.created", customer(name="Ann"))
    database.execute("update supasaasy.apps set resources = '{product}'")
    deliver(database, told)
    assert statuses(database) == ["ignored"]
    database.execute("update supasaasy.apps set resources = '{product,customer}'")
    deliver(database, told)
    work(database)
    assert (names(database), statuses(database)) == (["Ann"], ["processed"])


def test_an_event_that_is_listed_twice_is_stored_once(database: Database) -> None:
    told = event("customer.created", customer(name="Ann"))
    stored = value(database, "select supasaasy._store_events('stripe_prod', %s)", Jsonb([told, told]))
    assert (len(stored), statuses(database)) == (1, ["pending"])


def test_replaying_an_old_event_changes_nothing_newer(database: Database) -> None:
    deliver(database, event("customer.updated", customer(name="old"), at=NOW - 2))
    deliver(database, event("customer.updated", customer(name="new"), at=NOW - 1))
    work(database)
    database.execute("select supasaasy.replay_webhook(min(id)) from supasaasy.webhook_events")
    work(database)
    assert names(database) == ["new"]


def test_replaying_an_unknown_event_is_an_error(database: Database) -> None:
    with pytest.raises(psycopg.errors.NoDataFound) as caught:
        database.execute("select supasaasy.replay_webhook(7)")
    assert caught.value.diag.message_primary == "unknown event: 7"


def test_the_events_of_an_app_that_was_disabled_meanwhile_are_ignored(database: Database) -> None:
    deliver(database, event("customer.created", customer()))
    database.execute("update supasaasy.apps set enabled = false")
    work(database)
    assert names(database) == []
    assert query(database, "select status, error_message from supasaasy.webhook_events") == [
        ("ignored", "the app is disabled")
    ]


def test_a_worker_for_one_job_applies_no_events(database: Database) -> None:
    deliver(database, event("customer.created", customer()))
    point_app_at(database, "http://127.0.0.1:1")
    job_id = start_sync(database, resources=["customer"])
    database.execute("select supasaasy.cancel_job(%s)", (job_id,))
    database.execute("call supasaasy.run_worker(%s)", (job_id,))
    assert statuses(database) == ["pending"]


def test_more_events_than_one_batch_holds_are_all_applied(database: Database) -> None:
    store_events(database, 1200)
    database.execute("select supasaasy._enqueue_event(id) from supasaasy.webhook_events")
    work(database)
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 1200
    assert query(database, "select message from pgmq.q_supasaasy_webhooks") == []


def test_applying_some_events_reads_no_more_of_a_backlog_than_these(database: Database) -> None:
    store_events(database, 3000)
    with database.transaction():
        database.execute("select supasaasy._apply_events(array(select id from supasaasy.webhook_events limit 10))")
        read = value(
            database,
            """
            select sum(pg_stat_get_xact_tuples_returned(relation))
            from (
                select 'supasaasy.webhook_events'::regclass::oid
                union all
                select indexrelid from pg_index where indrelid = 'supasaasy.webhook_events'::regclass
            ) as part(relation)
            """,
        )
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 10
    assert read < 300


def test_what_another_worker_is_applying_is_left_to_it(database: Database, connect: Any) -> None:
    deliver(database, event("customer.created", customer()))
    with connect() as other, other.transaction():
        other.execute("select supasaasy._apply_events(array(select id from supasaasy.webhook_events))")
        work(database)
        assert value(database, "select count(*) from pgmq.q_supasaasy_webhooks") == 1
    work_again(database)
    assert statuses(database) == ["processed"]
    assert query(database, "select message from pgmq.q_supasaasy_webhooks") == []


def test_what_is_left_to_another_worker_does_not_stand_in_the_way(database: Database, connect: Any) -> None:
    deliver(database, event("customer.created", customer()))
    database.execute("select supasaasy._enqueue_event(0)")  # of an event that is gone
    with connect() as other, other.transaction():
        other.execute("select supasaasy._apply_events(array(select id from supasaasy.webhook_events))")
        assert [value(database, "select supasaasy._work_events(1)") for _ in range(2)] == [0, 1]


def test_what_a_replay_changes_while_an_event_is_applied_stays_changed(database: Database, connect: Any) -> None:
    deliver(database, event("customer.updated", customer()))
    [(event_id,)] = query(database, "select id from supasaasy.webhook_events")
    worker = connect()
    pid = worker.info.backend_pid
    database.execute("begin; update supasaasy.webhook_events set action = 'refetch'")
    with in_background(lambda: worker.execute("select supasaasy._apply_events(array[%s::bigint])", (event_id,))):
        wait_until(lambda: query(database, "select from pg_locks where pid = %s and not granted", pid))
        database.execute("commit")
    assert query(database, "select status, action from supasaasy.webhook_events") == [("pending", "refetch")]


def store_events(database: Database, count: int) -> None:
    database.execute(
        """
        select supasaasy._store_events('stripe_prod', (
            select jsonb_agg(jsonb_build_object(
                'id', 'evt_' || number, 'type', 'customer.created', 'created', %s::bigint
                , 'data', jsonb_build_object('object', jsonb_build_object('id', 'cus_' || number))))
            from generate_series(1, %s) as number))
        """,
        (NOW, count),
    )
