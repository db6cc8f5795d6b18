"""Collection tables that are hash-partitioned hold, and lose, the same rows."""

from __future__ import annotations

import psycopg
import pytest

from supasaasy import Config, get_migrations
from supasaasy.migration import get_uninstall
from tests.conftest import Database
from tests.faults.support import assert_copied
from tests.providers.stripe import StripeProvider
from tests.providers.stripe_objects import customer, subscription
from tests.support import CONFIG, point_app_at, query, run_worker, sync, value
from tests.webhooks.support import NOW, deliver, event, stop_clock

PARTITIONED = CONFIG.model_copy(update={"partitions": 4})
COUNTS = """
    select sum(created_count), sum(updated_count), sum(deleted_count) from supasaasy.sync_job_tasks where job_id = %s
"""


def apply(database: Database, config: Config) -> None:
    with database.transaction():
        database.execute(get_migrations(config, bundle_pgmq=True).encode())


def install_partitioned(database: Database, url: str) -> None:
    database.execute(get_uninstall().encode())
    apply(database, PARTITIONED)
    point_app_at(database, url)


def test_syncs_count_what_they_created_changed_and_deleted_in_partitioned_tables(
    database: Database, stripe: StripeProvider
) -> None:
    def counts() -> tuple[int, int, int]:
        [(created, updated, deleted)] = query(database, COUNTS, sync(database)["job_id"])
        return created, updated, deleted

    first, second, *_ = stripe.add("customer", 9)
    stripe.add("subscription", [subscription(number, items=2) for number in range(3)])
    install_partitioned(database, stripe.url)
    assert counts() == (9 + 3 + 3 * 2, 0, 0)
    assert counts() == (0, 0, 0)
    stripe.update(first["id"], name="Renamed")
    stripe.delete(second["id"])
    assert counts() == (0, 1, 1)
    assert query(database, "select external_id from supasaasy.stripe_customers where name = 'Renamed'") == [
        (first["id"],)
    ]
    assert_copied(database, stripe)


def test_webhooks_reach_the_rows_of_partitioned_tables(database: Database) -> None:
    install_partitioned(database, "http://127.0.0.1:1")
    stop_clock(database)
    deliver(database, event("customer.created", customer(1)))
    run_worker(database)
    deliver(database, event("customer.deleted", customer(1), at=NOW + 1))
    run_worker(database)
    assert query(database, "select external_id, deleted_at is not null from supasaasy.stripe_customer") == [
        ("cus_00000000000001", True)
    ]


def test_partitions_share_the_rows_and_a_row_is_found_in_one_of_them(
    database: Database, stripe: StripeProvider
) -> None:
    stripe.add("customer", 200)
    install_partitioned(database, stripe.url)
    sync(database, resources=["customer"])
    shares = query(database, "select count(*) from supasaasy.stripe_customer group by tableoid order by 1")
    assert len(shares) == 4
    assert sum(count for (count,) in shares) == 200
    plan = query(
        database,
        "explain select from supasaasy.stripe_customers where app_key = 'stripe_prod' and external_id = 'cus_1'",
    )
    assert sum("Index Scan using stripe_customer_p" in line for (line,) in plan) == 1


def test_the_number_of_partitions_cannot_change_and_applying_again_is_no_change(database: Database) -> None:
    install_partitioned(database, "http://127.0.0.1:1")
    apply(database, PARTITIONED)
    message = "supasaasy.stripe_customer has 4 partitions, and partitions in the config is 8"
    with pytest.raises(psycopg.errors.FeatureNotSupported, match=message):
        apply(database, CONFIG.model_copy(update={"partitions": 8}))


def test_a_table_that_is_not_partitioned_stays_so(database: Database) -> None:
    message = "supasaasy.stripe_customer has no partitions, and partitions in the config is 4"
    with pytest.raises(psycopg.errors.FeatureNotSupported, match=message):
        apply(database, PARTITIONED)


def test_a_table_that_was_dropped_comes_back_partitioned(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", 5)
    tables = [name for (name,) in query(database, "select collection_key from supasaasy.collections")]
    for table in tables:
        database.execute(f"drop table supasaasy.{table} cascade".encode())
    apply(database, PARTITIONED)
    point_app_at(database, stripe.url)
    sync(database)
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 5
