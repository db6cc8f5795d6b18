"""A migration that meets data, running jobs and a backlog: everything is kept, and goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Database
from tests.faults.support import (
    EARLIER,
    assert_copied,
    assert_nothing_is_stuck,
    install_earlier,
    leave_a_sync_half_done,
    migrate,
)
from tests.providers.stripe import StripeProvider
from tests.support import (
    in_background,
    job_status,
    point_app_at,
    query,
    run_worker,
    start_sync,
    sync,
    value,
    wait_until,
)

# What the earlier engine began, inside, may be gone on with by today's outside.
pytestmark = pytest.mark.usefixtures("engine")

RESOURCES = ("customer", "product", "price", "plan", "subscription", "subscription_item")


def schema(database: Database) -> list[Any]:
    """Every column, relation, constraint, policy, trigger and routine: definition, comment and who may use it."""
    return query(
        database,
        r"""
        select 'column' as kind, attrelid::regclass || '.' || attname as name
            , concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, attgenerated, pg_get_expr(adbin, adrelid))
                as definition
            , col_description(attrelid, attnum) as comment
            , null as access
        from pg_attribute
        join pg_class on pg_class.oid = attrelid
        left join pg_attrdef on adrelid = attrelid and adnum = attnum
        where relnamespace = 'supasaasy'::regnamespace and relkind in ('r', 'v', 'm')
            and attnum > 0 and not attisdropped
        union all
        select 'relation', oid::regclass::text
            , concat_ws(' ', relkind, relrowsecurity, reloptions, pg_get_viewdef(oid), pg_get_indexdef(oid))
            , obj_description(oid, 'pg_class'), relacl::text
        from pg_class
        where relnamespace = 'supasaasy'::regnamespace and relkind <> 'c'
        union all
        select 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid), null, null
        from pg_constraint
        where connamespace = 'supasaasy'::regnamespace
        union all
        select 'policy', polrelid::regclass || '.' || polname, polroles::regrole[]::text, null, null
        from pg_policy
        union all
        select 'trigger', tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid), null, null
        from pg_trigger
        where not tgisinternal and tgfoid in (select oid from pg_proc where pronamespace = 'supasaasy'::regnamespace)
        union all
        select 'routine', oid::regprocedure::text
            , pg_get_functiondef(oid), obj_description(oid, 'pg_proc'), proacl::text
        from pg_proc
        where pronamespace = 'supasaasy'::regnamespace
        order by kind, name
        """,
    )


@pytest.mark.parametrize("earlier", EARLIER, ids=lambda path: path.name.removesuffix(".sql.gz"))
def test_an_upgrade_keeps_all_data_goes_on_with_the_jobs_and_leaves_the_schema_of_a_new_installation(
    database: Database, stripe: StripeProvider, connect: Callable[[], Database], earlier: Path
) -> None:
    new = schema(database)
    install_earlier(database, earlier)
    point_app_at(database, stripe.url)
    for name in ("product", "price", "plan", "subscription"):
        stripe.add(name, 5)
    start_sync(database)
    database.execute("call supasaasy.run_worker()")  # the earlier engine
    stripe.add("customer", 300)
    leave_a_sync_half_done(database, stripe, connect())
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 100

    migrate(database, stripe)
    assert schema(database) == new
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 100
    stripe.requests.clear()
    run_worker(database)
    assert stripe.requests[0].query["starting_after"] == stripe.objects("customer")[-100]["id"]
    assert_copied(database, stripe, *RESOURCES[:-1])
    assert_nothing_is_stuck(database)


def test_a_migration_applied_again_while_a_job_runs_disturbs_neither(
    database: Database, stripe: StripeProvider, connect: Callable[[], Database]
) -> None:
    stripe.add("customer", 2_000)
    for name in RESOURCES[1:-1]:
        stripe.add(name, 50)
    stripe.latency = 0.01
    job_id = start_sync(database)
    other = connect()
    with in_background(lambda: run_worker(database)):
        wait_until(lambda: query(other, "select from supasaasy.sync_job_tasks where status = 'processing'"))
        for _ in range(2):
            migrate(other, stripe)
    assert [task["error_message"] for task in job_status(database, job_id)["tasks"]] == [None] * 5
    assert_copied(database, stripe, *RESOURCES[:-1])
    assert_nothing_is_stuck(database)


def test_what_an_app_asks_for_later_joins_what_it_has(database: Database, stripe: StripeProvider) -> None:
    customer, _ = stripe.add("customer", 2)
    stripe.add("subscription", 2)
    sync(database)
    kept = query(database, "select * from supasaasy.stripe_customer order by external_id")
    [invoice] = stripe.add("invoice", 1)
    stripe.add("payment_method", [stripe.unused("payment_method") | {"customer": customer["id"]}])
    migrate(database, stripe, sync_resources=("all",))
    status = sync(database, "incremental")
    assert (status["status"], status["error_message"]) == ("completed", None)
    assert {task["resource_type"]: task["note"] for task in status["tasks"] if task["mode"] == "incremental"} == {
        "plan": None,
        "price": None,
        "product": None,
        "subscription": None,
    }
    assert query(database, "select * from supasaasy.stripe_customer order by external_id") == kept
    assert query(database, "select external_id from supasaasy.stripe_invoices") == [(invoice["id"],)]
    assert query(database, "select customer_id from supasaasy.stripe_payment_methods") == [(customer["id"],)]


def test_a_sync_under_way_is_none_of_what_is_asked_for_meanwhile(
    database: Database, stripe: StripeProvider, connect: Callable[[], Database]
) -> None:
    made = stripe.add("customer", 150)
    stripe.add("payment_method", [stripe.unused("payment_method") | {"customer": made[-1]["id"]}])
    leave_a_sync_half_done(database, stripe, connect())
    migrate(database, stripe, sync_resources=("customer", "payment_method"))
    run_worker(database)
    task = sync(database, "incremental")["tasks"][0]
    assert task["note"] == "full: no sync of stripe_payment_method has completed yet"
    assert query(database, "select customer_id from supasaasy.stripe_payment_methods") == [(made[-1]["id"],)]
