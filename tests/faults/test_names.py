"""Names made to break quoting, and objects made to stand in the way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from supasaasy import define_config, get_migrations
from supasaasy.connectors.stripe import stripe as declared
from tests.conftest import Database
from tests.faults.support import assert_copied, assert_nothing_is_stuck
from tests.providers.stripe import StripeProvider
from tests.support import query, run_worker, sync, value

pytestmark = pytest.mark.usefixtures("engine")


def test_functions_that_run_as_their_owner_ignore_what_the_caller_puts_in_the_way(database: Database) -> None:
    database.execute(
        """
        create schema evil;
        create function evil.cardinality(text[]) returns integer language sql as $$ select 666 $$;
        create temp table sync_jobs (id uuid);
        set search_path = evil, pg_temp, pg_catalog;
        """
    )
    assert value(database, "select supasaasy.sync('stripe_prod') ->> 'total_tasks'") == "5"


def test_a_worker_is_not_led_astray_by_what_stands_in_its_search_path(
    database: Database, stripe: StripeProvider
) -> None:
    stripe.add("customer", 150)
    stripe.add("subscription", 5)
    database.execute(
        """
        create schema evil;
        create function evil._now() returns timestamptz language sql as $$ select 'epoch'::timestamptz $$;
        create function evil.jsonb_array_elements(jsonb) returns setof jsonb language sql as $$ select '{}'::jsonb $$;
        -- Of types that fit better than those of the built-in one.
        create function evil.pg_read_file(text, integer, integer, boolean) returns text
            language sql as $$ select 'sk_live_evil' $$;
        create table evil.sync_job_tasks (id uuid);
        create temp table stripe_customer (external_id text);
        create temp table sync_jobs (id uuid);
        set search_path = evil, pg_temp, pg_catalog;
        """
    )
    sync(database)
    database.execute("reset search_path")
    assert_copied(database, stripe, "customer", "subscription")
    assert_nothing_is_stuck(database)


@pytest.mark.parametrize("app_key", ["select", "Stripe-PROD_1", "-", "x" * 64])
def test_every_app_key_that_the_config_takes_can_be_synced(
    database: Database, stripe: StripeProvider, app_key: str
) -> None:
    app = {
        "app_key": app_key,
        "name": "it's; drop table x --",
        "connector": "stripe",
        "config": {"api_key_env": "STRIPE_API_KEY", "base_url": stripe.url, "allow_unsafe_base_url": True},
    }
    schedule = {"app_key": app_key, "cron": "0 3 * * *"}
    database.execute(get_migrations(define_config({"apps": [app], "sync_schedules": [schedule]})).encode())
    stripe.add("customer", 5)
    [(command,)] = query(database, "select command from cron.job where jobname = %s", f"supasaasy:{app_key}:1")
    database.execute(command)
    run_worker(database)
    assert query(database, "select distinct app_key from supasaasy.stripe_customers") == [(app_key,)]
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)


def test_an_app_key_that_only_the_database_knows_is_data_and_nothing_else(
    database: Database, stripe: StripeProvider
) -> None:
    hostile = """'; drop table supasaasy.apps; -- %s %I $1 $$ \\ " \u202e"""
    database.execute("update supasaasy.apps set app_key = %s", (hostile,))
    stripe.add("customer", 5)
    stripe.add("subscription", 5)
    database.execute("select supasaasy.sync(%s, 'full')", (hostile,))
    run_worker(database)
    assert query(database, "select distinct app_key from supasaasy.entities") == [(hostile,)]
    assert_copied(database, stripe, "customer", "subscription")
    assert_nothing_is_stuck(database)


@pytest.mark.parametrize("name", ["select", "user", "order", "x" * 48])
def test_a_collection_may_be_called_by_a_word_of_sql(database: Database, stripe: StripeProvider, name: str) -> None:
    renamed = replace(declared.collection("customer"), name=name, plural=f"{name[:47]}s", children=())
    connector = replace(declared, collections=(renamed,), default_resources=())
    app: dict[str, Any] = {
        "app_key": "stripe_prod",
        "name": "Stripe",
        "connector": "stripe",
        "config": {"api_key_env": "STRIPE_API_KEY", "base_url": stripe.url, "allow_unsafe_base_url": True},
    }
    database.execute(get_migrations(define_config({"apps": [app]}, [connector])).encode())
    made = stripe.add("customer", 5)
    assert sync(database, resources=[name])["status"] == "completed"
    assert value(database, f"select count(*) from supasaasy.stripe_{name[:47]}s") == 5
    stripe.delete(made[0]["id"])
    assert sync(database, resources=[name])["tasks"][0]["deleted"] == 1
    assert_nothing_is_stuck(database)
