"""A list that changes while it is read, or that never ends."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.conftest import Database
from tests.faults.support import assert_copied, assert_nothing_is_stuck, one_by_one, second_page, sequentially
from tests.providers import faults
from tests.providers.server import Exchange, Response
from tests.providers.stripe import StripeProvider
from tests.providers.stripe_objects import customer
from tests.support import in_background, job_status, query, run_worker, start_sync, sync, value, wait_until

pytestmark = pytest.mark.usefixtures("engine")


def test_250_objects_created_in_one_second_are_all_copied(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", [customer(number) | {"created": 1_700_000_000} for number in range(250)])
    sync(database, resources=["customer"])
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)


def test_pages_that_come_round_again_end_the_task(database: Database, stripe: StripeProvider) -> None:
    one_by_one(database)
    stripe.add("customer", 350)
    stripe.fault(faults.repeated_page(), match=second_page, after=1, times=None)  # A, B, A, B, ...
    status = sync(database, resources=["customer"])
    assert status["error_message"] == "customer: the provider answers the same pages again and again"
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 200
    assert_nothing_is_stuck(database)


def test_objects_created_and_deleted_while_paging_cost_no_other_object(
    database: Database, stripe: StripeProvider
) -> None:
    sequentially(database)
    made = stripe.add("customer", 350)
    newest_first = [item["id"] for item in reversed(made)]

    def change(exchange: Exchange) -> Response:
        for gone in (newest_first[10], newest_first[99], newest_first[150], newest_first[-1]):
            stripe.delete(gone)
        stripe.add("customer", [customer(number) for number in range(350, 370)])
        return exchange.answer()

    stripe.fault(change, match=second_page)
    assert sync(database, resources=["customer"])["status"] == "completed"
    live = {external_id for (external_id,) in query(database, "select external_id from supasaasy.stripe_customers")}
    assert live >= {item["id"] for item in stripe.objects("customer")[:346]}
    # What came or went behind the reader's back is seen by the next sync.
    assert sync(database, resources=["customer"])["status"] == "completed"
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)


@pytest.mark.parametrize("filter_works", [True, False], ids=["with a creation filter", "without"])
def test_a_cursor_whose_object_is_deleted_does_not_end_the_listing(
    database: Database, stripe: StripeProvider, filter_works: bool
) -> None:
    sequentially(database)
    if not filter_works:
        stripe.fault(faults.refuse_created_filter(), match=lambda request: "created[lte]" in request.query, times=None)
    stripe.add("customer", [customer(number) | {"created": 1_700_000_000 + number // 50} for number in range(350)])

    def delete_the_cursor(exchange: Exchange) -> Response:
        stripe.delete(exchange.request.query["starting_after"])
        return exchange.answer()

    deleted = stripe.fault(delete_the_cursor, match=second_page, times=2)
    status = sync(database, resources=["customer"])
    assert (status["status"], status["error_message"], deleted.hits) == ("completed", None, 2)
    assert sync(database, resources=["customer"])["tasks"][0]["deleted"] == 2
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)


@pytest.mark.parametrize("skew", [-86_400, 86_400], ids=["a day behind", "a day ahead"])
def test_a_provider_whose_clock_is_off_is_copied_and_swept_as_any_other(
    database: Database, stripe: StripeProvider, skew: int
) -> None:
    stripe.clock = lambda: time.time() + skew
    stripe.add("customer", 150)
    sync(database, resources=["customer"])
    assert_copied(database, stripe)
    stripe.clock = lambda: time.time() + skew + 60
    stripe.delete(stripe.objects("customer")[3]["id"])
    stripe.update(stripe.objects("customer")[4]["id"], email="new@example.com")
    stripe.add("customer", [customer(150)])
    task = sync(database, resources=["customer"])["tasks"][0]
    assert (task["created"], task["updated"], task["deleted"]) == (1, 1, 1)
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)


def fail(database: Database, stripe: StripeProvider, other: Database) -> None:
    stripe.fault(faults.status(403), match=second_page)
    run_worker(database)


def cancel(database: Database, stripe: StripeProvider, other: Database) -> None:
    hanging = stripe.fault(faults.hang(), match=second_page)
    with in_background(lambda: run_worker(database)):
        wait_until(lambda: hanging.hits)
        other.execute("select supasaasy.cancel_job(id) from supasaasy.sync_jobs where completed_at is null")
        hanging.release()


@pytest.mark.parametrize(("end", "ends_as"), [(fail, "failed"), (cancel, "cancelled")])
def test_a_full_sync_that_did_not_read_every_page_deletes_nothing(
    database: Database,
    stripe: StripeProvider,
    connect: Callable[[], Database],
    end: Callable[[Database, StripeProvider, Database], None],
    ends_as: str,
) -> None:
    sequentially(database)
    made = stripe.add("customer", 250)
    sync(database, resources=["customer"])
    stripe.delete(made[0]["id"])
    stripe.delete(made[-1]["id"])
    job_id = start_sync(database, resources=["customer"])
    end(database, stripe, connect())
    assert job_status(database, job_id)["status"] == ends_as
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 250

    database.execute("select supasaasy.retry_job(%s)", (job_id,))
    run_worker(database)
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)


def test_a_list_that_goes_round_in_circles_ends_its_task_however_long_the_circle_is(
    database: Database, stripe: StripeProvider
) -> None:
    """Each round stores pages, so a task that came back for another would never run out of attempts."""
    sequentially(database)
    made = stripe.add("customer", [customer(number) | {"created": 1_700_000_000 + number} for number in range(300)])
    stripe.fault(
        faults.repeated_page(), match=lambda request: request.query.get("starting_after") == made[100]["id"], times=None
    )
    status = sync(database, resources=["customer"])
    assert (status["status"], status["error_message"]) == (
        "failed",
        "customer: the provider answers the same pages again and again",
    )
