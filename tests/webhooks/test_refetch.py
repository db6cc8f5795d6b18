"""Refetching: an event only says that something has happened; what the object is now is asked of the provider."""

from __future__ import annotations

import itertools
import json
import threading
from typing import Any

import pytest

from tests.conftest import Database
from tests.providers.faults import status
from tests.providers.server import Action, Exchange, Request, Response
from tests.providers.stripe import StripeProvider
from tests.support import add_app, in_background, point_app_at, query, run_worker, sync, value
from tests.webhooks.support import NOW, deliver, event, receive, stop_clock

both_engines = pytest.mark.usefixtures("engine")  # the other tests are about SQL

_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def refetching(database: Database, stripe: StripeProvider) -> None:
    stop_clock(database)
    stripe.clock = lambda: NOW
    database.execute("""update supasaasy.apps set config = config || '{"webhook_mode": "refetch"}'""")


def updated(object_id: str, *, at: int = NOW) -> dict[str, Any]:
    """An event whose payload is not what the provider has."""
    return event("customer.updated", {"id": object_id, "object": "customer", "name": "payload"}, at=at)


def thin(object_id: str, object_type: str = "customer", **more: Any) -> dict[str, Any]:
    """An event that carries no object, as Stripe's API v2 sends them."""
    number = next(_numbers)
    return {
        "id": f"evt_thin_{number}",
        "object": "v2.core.event",
        "type": f"v1.{object_type}.updated",
        "created": "2026-05-28T20:26:40.000Z",
        "related_object": {"id": object_id, "type": object_type, "url": f"/v1/{object_type}s/{object_id}"},
    } | more


def work_again(database: Database) -> None:
    """What waits or is to be tried again later is due now."""
    database.execute("update pgmq.q_supasaasy_webhooks set vt = now()")
    run_worker(database)


def names(database: Database) -> dict[str, Any]:
    return dict(query(database, "select external_id, name from supasaasy.stripe_customers"))


def outcomes(database: Database) -> list[Any]:
    return query(
        database,
        "select status, regexp_replace(error_message, ' .request .*', '') from supasaasy.webhook_events order by id",
    )


def refusal(code: int, message: str) -> Action:
    return status(code, {"error": {"message": message}})


def fetches(stripe: StripeProvider) -> list[str]:
    return [request.target for request in stripe.requests]


def assert_nothing_is_left(database: Database) -> None:
    assert query(database, "select id from supasaasy.sync_jobs") == []
    assert query(database, "select message from pgmq.q_supasaasy_tasks") == []
    assert query(database, "select message from pgmq.q_supasaasy_webhooks") == []


@both_engines
def test_the_current_state_counts_whatever_the_payload_says(database: Database, stripe: StripeProvider) -> None:
    made = stripe.create("customer", name="current")
    deliver(database, updated(made["id"], at=NOW - 100))
    run_worker(database)
    assert query(
        database, "select raw_payload, observed_at >= to_timestamp(%s) from supasaasy.stripe_customer", NOW - 1
    ) == [(made, True)]
    assert outcomes(database) == [("processed", None)]
    assert fetches(stripe) == [f"/v1/customers/{made['id']}"]
    assert_nothing_is_left(database)


@both_engines
def test_what_the_provider_no_longer_has_is_deleted(database: Database, stripe: StripeProvider) -> None:
    product = stripe.create("product", name="Tea")
    deliver(database, event("product.created", product, at=NOW - 1))
    run_worker(database)
    stripe.delete(product["id"])
    deliver(database, event("product.updated", product))
    run_worker(database)
    assert query(database, "select name, deleted_at is not null from supasaasy.stripe_product") == [("Tea", True)]
    assert outcomes(database) == [("processed", None), ("processed", None)]


def test_what_the_provider_shows_as_deleted_is_deleted(database: Database, stripe: StripeProvider) -> None:
    customer = stripe.create("customer", name="Ann")
    deliver(database, updated(customer["id"]))
    run_worker(database)
    stripe.delete(customer["id"])
    deliver(database, updated(customer["id"]))
    run_worker(database)
    assert query(database, "select name, deleted_at is not null from supasaasy.stripe_customer") == [("Ann", True)]


def test_a_404_of_a_wrong_address_deletes_nothing(database: Database, stripe: StripeProvider) -> None:
    customer = stripe.create("customer", name="Ann")
    deliver(database, updated(customer["id"]))
    run_worker(database)
    point_app_at(database, stripe.url + "/elsewhere")
    deliver(database, updated(customer["id"]))
    run_worker(database)
    assert names(database) == {customer["id"]: "Ann"}
    assert outcomes(database)[1][0] == "pending"
    assert outcomes(database)[1][1].startswith("the provider answered 404: Unrecognized request URL")


def test_children_come_and_go_with_the_current_state(database: Database, stripe: StripeProvider) -> None:
    (subscription,) = stripe.add("subscription", 1)
    deliver(database, event("customer.subscription.updated", {"id": subscription["id"]}))
    run_worker(database)
    assert query(database, "select external_id from supasaasy.stripe_subscription_items order by 1") == sorted(
        (item["id"],) for item in subscription["items"]["data"]
    )
    assert_nothing_is_left(database)


@both_engines
def test_children_that_are_not_embedded_are_fetched_as_well(database: Database, stripe: StripeProvider) -> None:
    (subscription,) = stripe.add("subscription", 1)
    items = [subscription["items"]["data"][0] | {"id": f"si_{number}"} for number in range(25)]
    stripe.update(subscription["id"], items=subscription["items"] | {"data": items})
    deliver(database, event("customer.subscription.updated", {"id": subscription["id"]}))
    run_worker(database)
    assert value(database, "select count(*) from supasaasy.stripe_subscription_items") == 25
    assert_nothing_is_left(database)


@both_engines
def test_many_events_of_one_object_cost_one_fetch(database: Database, stripe: StripeProvider) -> None:
    customer = stripe.create("customer", name="current")
    deliver(database, *(updated(customer["id"], at=NOW - number) for number in range(50)))
    run_worker(database)
    assert names(database) == {customer["id"]: "current"}
    assert len(fetches(stripe)) == 1
    assert outcomes(database) == [("processed", None)] * 50


def test_events_join_a_fetch_that_has_not_begun(database: Database, stripe: StripeProvider) -> None:
    ann, ben = stripe.create("customer", name="Ann"), stripe.create("customer", name="Ben")
    for customer in (ann, ann, ben):
        deliver(database, updated(customer["id"]))
        database.execute("select supasaasy._work_events(500)")
    assert value(database, "select count(*) from supasaasy.sync_jobs where mode = 'refetch'") == 1
    run_worker(database)
    assert names(database) == {ann["id"]: "Ann", ben["id"]: "Ben"}
    assert len(fetches(stripe)) == 2
    assert outcomes(database) == [("processed", None)] * 3


@both_engines
def test_an_event_that_arrives_during_a_fetch_causes_another(
    database: Database, stripe: StripeProvider, connect: Any
) -> None:
    customer = stripe.create("customer", name="before")
    answered, changed = threading.Event(), threading.Event()

    def answer_late(exchange: Exchange) -> Response:
        answer = exchange.answer()
        answered.set()
        assert changed.wait(60)
        return answer

    stripe.fault(answer_late)
    deliver(database, updated(customer["id"]))
    session = connect()
    with in_background(lambda: run_worker(session)):
        assert answered.wait(60)
        stripe.update(customer["id"], name="after")
        deliver(database, updated(customer["id"]))
        database.execute("select supasaasy._work_events(500)")
        changed.set()
    work_again(database)
    assert names(database) == {customer["id"]: "after"}
    assert len(fetches(stripe)) == 2
    assert outcomes(database) == [("processed", None)] * 2
    assert_nothing_is_left(database)


def test_events_wait_while_the_provider_is_down(database: Database, stripe: StripeProvider) -> None:
    customer = stripe.create("customer", name="current")
    outage = stripe.fault(refusal(503, "down"), times=None)
    deliver(database, updated(customer["id"]))
    run_worker(database)
    assert outcomes(database) == [("pending", "the provider answered 503: down")]
    assert query(database, "select id from supasaasy.sync_jobs") == []
    outage.release()
    work_again(database)
    assert names(database) == {customer["id"]: "current"}
    assert outcomes(database) == [("processed", None)]


def test_events_whose_objects_cannot_be_fetched_for_long_are_given_up(
    database: Database, stripe: StripeProvider
) -> None:
    stripe.fault(refusal(403, "no permission"), times=None)
    deliver(database, updated("cus_1"))
    for _ in range(10):
        work_again(database)
    assert outcomes(database) == [("failed", "the provider answered 403: no permission")]
    assert_nothing_is_left(database)


@both_engines
def test_an_object_that_is_refused_holds_up_no_other(database: Database, stripe: StripeProvider) -> None:
    ann, ben, eve = (stripe.create("customer", name=name) for name in ("Ann", "Ben", "Eve"))

    def bens(request: Request) -> bool:
        return request.path.endswith(ben["id"])

    stripe.fault(refusal(403, "no permission"), match=bens)
    deliver(database, *(updated(customer["id"]) for customer in (ben, ann, eve)))
    run_worker(database)
    assert names(database) == {ann["id"]: "Ann", eve["id"]: "Eve"}
    assert outcomes(database) == [
        ("pending", "the provider answered 403: no permission"),
        ("processed", None),
        ("processed", None),
    ]


def test_an_object_that_cannot_be_written_holds_up_no_other(database: Database, stripe: StripeProvider) -> None:
    database.execute(
        """
        create function public.refuse() returns trigger language plpgsql
        as $$ begin raise exception 'Bad is refused'; end $$;
        create trigger refuse before insert or update on supasaasy.stripe_customer
        for each row when (new.raw_payload ->> 'name' = 'Bad') execute function public.refuse();
        """
    )
    bad, ann = stripe.create("customer", name="Bad"), stripe.create("customer", name="Ann")
    deliver(database, updated(bad["id"]), updated(ann["id"]))
    run_worker(database)
    assert names(database) == {ann["id"]: "Ann"}
    assert outcomes(database) == [("pending", "Bad is refused"), ("processed", None)]


@both_engines
def test_an_answer_about_another_object_is_not_taken(database: Database, stripe: StripeProvider) -> None:
    stripe.create("customer", name="Ann")
    stripe.fault(lambda exchange: Response.json(200, {"id": "cus_other", "object": "customer"}))
    deliver(database, updated("cus_1"))
    run_worker(database)
    assert query(database, "select external_id from supasaasy.stripe_customer") == []
    assert outcomes(database) == [("pending", "the provider's answer is not the object that was asked for")]


def test_an_id_cannot_lead_to_another_address(database: Database, stripe: StripeProvider) -> None:
    deliver(database, updated("../products?limit=1#"))
    run_worker(database)
    assert fetches(stripe) == ["/v1/customers/..%2Fproducts%3Flimit%3D1%23"]


def test_an_app_without_its_api_key_says_so(database: Database, stripe: StripeProvider) -> None:
    database.execute("""update supasaasy.apps set config = config || '{"api_key_env": "NO_SUCH_KEY"}'""")
    deliver(database, updated("cus_1"))
    run_worker(database)
    assert outcomes(database)[0][0] == "pending"
    assert outcomes(database)[0][1].startswith("the secret NO_SUCH_KEY is missing")


def test_the_events_of_a_disabled_app_fetch_nothing(database: Database, stripe: StripeProvider) -> None:
    deliver(database, updated("cus_1"))
    database.execute("update supasaasy.apps set enabled = false")
    run_worker(database)
    assert outcomes(database) == [("ignored", "the app is disabled")]
    assert fetches(stripe) == []


@both_engines
def test_a_thin_event_fetches_the_object_that_it_names(database: Database, stripe: StripeProvider) -> None:
    database.execute("update supasaasy.apps set config = config - 'webhook_mode'")
    customer = stripe.create("customer", name="current")
    deliver(database, thin(customer["id"]))
    run_worker(database)
    assert names(database) == {customer["id"]: "current"}
    assert outcomes(database) == [("processed", None)]


@pytest.mark.parametrize(
    "ignored",
    [thin("si_1", "subscription_item"), thin("ch_1", "charge"), thin("cus_1", context="acct_other")],
    ids=["a child", "what is not synced", "another account"],
)
def test_a_thin_event_of_nothing_to_fetch_is_ignored(
    database: Database, stripe: StripeProvider, ignored: dict[str, Any]
) -> None:
    deliver(database, ignored)
    run_worker(database)
    assert value(database, "select status from supasaasy.webhook_events") == "ignored"
    assert fetches(stripe) == []


def test_events_that_carry_their_object_and_those_that_do_not_go_together(
    database: Database, stripe: StripeProvider
) -> None:
    database.execute("update supasaasy.apps set config = config - 'webhook_mode'")
    ann = stripe.create("customer", name="Ann")
    deliver(database, thin(ann["id"]), updated(ann["id"]), updated("cus_2"))
    run_worker(database)
    assert names(database) == {ann["id"]: "Ann", "cus_2": "payload"}
    assert outcomes(database) == [("processed", None)] * 3


@both_engines
def test_an_incremental_sync_refetches_as_well(database: Database, stripe: StripeProvider) -> None:
    customer = stripe.create("customer", name="listed")
    sync(database, resources=["customer"])
    stripe.update(customer["id"], name="told")
    sync(database, "incremental", ["customer"])
    run_worker(database)
    assert names(database) == {customer["id"]: "told"}
    assert fetches(stripe)[-1] == f"/v1/customers/{customer['id']}"
    assert set(outcomes(database)) == {("processed", None)}


def test_a_cancelled_fetch_goes_back_to_the_queue(database: Database, stripe: StripeProvider) -> None:
    customer = stripe.create("customer", name="current")
    deliver(database, updated(customer["id"]))
    database.execute("select supasaasy._work_events(500)")
    database.execute("select supasaasy.cancel_job(id) from supasaasy.sync_jobs")
    assert outcomes(database) == [("pending", "the job was cancelled")]
    work_again(database)
    assert names(database) == {customer["id"]: "current"}


def test_two_apps_fetch_each_with_its_own_settings(database: Database, stripe: StripeProvider) -> None:
    add_app(database, "stripe_other")
    customer = stripe.create("customer", name="Ann")
    for app_key in ("stripe_prod", "stripe_other"):
        assert receive(database, json.dumps(updated(customer["id"])), app_key=app_key)[0] == 200
    run_worker(database)
    assert query(database, "select app_key, name from supasaasy.stripe_customers order by 1") == [
        ("stripe_other", "Ann"),
        ("stripe_prod", "Ann"),
    ]


def test_a_worker_that_is_lost_gives_its_events_back(database: Database, stripe: StripeProvider) -> None:
    customer = stripe.create("customer", name="current")
    deliver(database, updated(customer["id"]))
    database.execute("select supasaasy._work_events(500)")
    database.execute("select supasaasy._claim_task(60)")
    database.execute("update supasaasy.sync_job_tasks set worker_pid = 0")
    run_worker(database)
    assert outcomes(database)[0][0] == "pending"
    work_again(database)
    assert names(database) == {customer["id"]: "current"}
