"""Deletions: what a complete full listing no longer shows, in the range that was listed, unless that is most of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Database
from tests.providers import faults
from tests.providers.stripe import StripeProvider
from tests.providers.stripe_objects import customer, subscription
from tests.support import job_status, query, start_sync, sync, value

# What a sweep looks at is what is stored, so large collections are stored without a provider.
STORE_CUSTOMERS = """
    insert into supasaasy.stripe_customer (app_key, external_id, raw_payload, observed_at, created_at, updated_at)
    select 'stripe_prod', 'cus_' || n, '{"created": 1700000000}', '2024-01-01', '2024-01-01', '2024-01-01'
    from generate_series(1, %s) as n
"""


def live(database: Database, view: str = "stripe_customers") -> int:
    count: int = value(database, f"select count(*) from supasaasy.{view}")
    return count


def allow_deletions(database: Database, fraction: float) -> None:
    database.execute(
        "update supasaasy.apps set config = config || jsonb_build_object('max_delete_fraction', %s::numeric)",
        (fraction,),
    )


def test_a_sweep_that_would_delete_most_of_a_large_collection_deletes_nothing_and_says_so(
    database: Database, stripe: StripeProvider
) -> None:
    database.execute(STORE_CUSTOMERS, (1_001,))
    stripe.add("customer", 3)
    status = sync(database, resources=["customer"])
    assert live(database) == 1_004
    assert (status["status"], status["tasks"][0]["status"], status["tasks"][0]["deleted"]) == (
        "completed",
        "completed",
        0,
    )
    assert status["error_message"] == (
        "customer: 1001 of 1004 rows are no longer listed; nothing was deleted, because that is more than "
        "max_delete_fraction (0.5) of them: raise it in the app's config if they are really gone"
    )


@pytest.mark.parametrize(("stored", "fraction", "left"), [(1_001, 1.0, 3), (997, 0.5, 3), (1_001, 0.0, 1_004)])
def test_a_sweep_deletes_as_much_as_the_config_allows_and_anything_of_a_small_collection(
    database: Database, stripe: StripeProvider, stored: int, fraction: float, left: int
) -> None:
    allow_deletions(database, fraction)
    database.execute(STORE_CUSTOMERS, (stored,))
    stripe.add("customer", 3)
    sync(database, resources=["customer"])
    assert live(database) == left


def test_half_of_a_large_collection_may_go(database: Database, stripe: StripeProvider) -> None:
    database.execute(STORE_CUSTOMERS, (600,))
    stripe.add("customer", 600)
    status = sync(database, resources=["customer"])
    assert (status["error_message"], status["tasks"][0]["deleted"], live(database)) == (None, 600, 600)


def test_a_collection_read_without_a_creation_filter_is_swept(database: Database, stripe: StripeProvider) -> None:
    stripe.fault(faults.refuse_created_filter(), times=None)
    stripe.add("customer", 250)
    sync(database, resources=["customer"])
    stripe.delete(stripe.objects("customer")[120]["id"])
    assert sync(database, resources=["customer"])["tasks"][0]["deleted"] == 1


def test_only_the_resource_types_asked_for_are_swept(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", 2)
    stripe.add("product", 2)
    sync(database)
    for name in ("customer", "product"):
        stripe.delete(stripe.objects(name)[0]["id"])
    sync(database, resources=["product"])
    assert (live(database), live(database, "stripe_products")) == (2, 1)


def test_a_parent_that_is_listed_again_brings_its_children_back(database: Database, stripe: StripeProvider) -> None:
    [made] = stripe.add("subscription", [subscription(0, items=3)])
    sync(database, resources=["subscription"])
    stripe.delete(made["id"])
    sync(database, resources=["subscription"])
    assert (live(database, "stripe_subscriptions"), live(database, "stripe_subscription_items")) == (0, 0)
    stripe.add("subscription", [made])
    sync(database, resources=["subscription"])
    assert (live(database, "stripe_subscriptions"), live(database, "stripe_subscription_items")) == (1, 3)


def test_rows_older_than_sync_from_are_left_alone(database: Database, stripe: StripeProvider) -> None:
    made = stripe.add("customer", [customer(number) | {"created": 1_700_000_000 + number} for number in range(4)])
    sync(database, resources=["customer"])
    database.execute("update supasaasy.apps set sync_from = to_timestamp(1700000002)")
    for gone in (made[0], made[3]):
        stripe.delete(gone["id"])
    sync(database, resources=["customer"])
    assert query(database, "select external_id from supasaasy.stripe_customers order by stripe_created_at") == [
        (made[number]["id"],) for number in (0, 1, 2)
    ]


def test_a_sync_from_that_is_taken_away_while_a_job_runs_deletes_nothing_that_was_not_listed(
    database: Database, stripe: StripeProvider, connect: Callable[[], Database]
) -> None:
    stripe.add("customer", [customer(number) | {"created": 1_700_000_000 + number} for number in range(4)])
    sync(database, resources=["customer"])
    database.execute("update supasaasy.apps set sync_from = to_timestamp(1700000002)")
    job_id = start_sync(database, resources=["customer"])

    def reconfigure(exchange: Any) -> Any:
        connect().execute("update supasaasy.apps set sync_from = null")
        return exchange.answer()

    stripe.fault(reconfigure)
    database.execute("call supasaasy.run_worker()")
    assert (job_status(database, job_id)["tasks"][0]["deleted"], live(database)) == (0, 4)


def test_two_jobs_side_by_side_do_not_delete_what_the_other_has_stored(
    database: Database, stripe: StripeProvider, connect: Callable[[], Database]
) -> None:
    """The first job has listed everything when an object is created; the second stores it before the first sweeps."""
    stripe.add("customer", 300)
    sync(database, resources=["customer"])
    first = start_sync(database, resources=["customer"])
    late: list[str] = []

    def run_another_job(exchange: Any) -> Any:
        answer = exchange.answer()
        late.append(stripe.add("customer", [customer(1_000)])[0]["id"])
        with connect() as other:
            other.execute("select supasaasy.sync('stripe_prod', 'full', array['customer'], immediate => true)")
        return answer

    stripe.fault(run_another_job, match=lambda request: "starting_after" in request.query)
    database.execute("call supasaasy.run_worker()")
    assert job_status(database, first)["status"] == "completed"
    assert query(database, "select external_id from supasaasy.stripe_customers where external_id = %s", *late)
    assert live(database) == 301
