"""`"runtime": "external"`: the same database with the fetch engine outside, and nothing untrusted in it."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from supasaasy import define_config, get_migrations
from supasaasy.cluster import Cluster
from tests.conftest import Database
from tests.providers.stripe_objects import customer
from tests.support import CONFIG, query, value
from tests.webhooks.support import deliver, event, stop_clock

EXTERNAL = define_config(CONFIG.model_dump() | {"runtime": "external"})


@pytest.fixture
def external(database: Database) -> Database:
    """A database whose engine was inside until now."""
    database.execute(get_migrations(EXTERNAL, bundle_pgmq=True).encode())
    return database


def test_nothing_in_the_migration_is_untrusted() -> None:
    assert "plpython3u" not in get_migrations(EXTERNAL, bundle_pgmq=True)
    assert "plpython3u" in get_migrations(CONFIG)


def test_a_database_that_had_the_engine_inside_keeps_no_untrusted_function(external: Database) -> None:
    assert (
        query(
            external,
            """
        select proname from pg_proc
        where pronamespace = 'supasaasy'::regnamespace
            and prolang in (select oid from pg_language where not lanpltrusted and lanname like 'plpython%')
        """,
        )
        == []
    )
    assert value(external, "select runtime from supasaasy.installation") == "external"


def test_pg_cron_starts_syncs_and_applies_events_but_has_no_workers(database: Database) -> None:
    schedule = {"app_key": "stripe_prod", "cron": "0 3 * * *", "mode": "full"}
    config = define_config(EXTERNAL.model_dump() | {"sync_schedules": [schedule]})
    database.execute(get_migrations(config, bundle_pgmq=True).encode())
    assert query(database, r"select command from cron.job where command ~ 'sync|worker|_events\(' order by 1") == [
        ("call supasaasy._apply_queued_events()",),
        ("select supasaasy.sync('stripe_prod', 'full')",),
    ]


def test_webhook_events_are_applied_without_any_worker(external: Database) -> None:
    stop_clock(external)
    deliver(external, event("customer.created", customer(0) | {"id": "cus_1"}))
    external.execute("call supasaasy._apply_queued_events()")
    assert query(external, "select external_id from supasaasy.stripe_customers") == [("cus_1",)]
    assert query(external, "select status from supasaasy.webhook_events") == [("processed",)]


def test_the_secret_may_be_with_the_worker_alone(external: Database) -> None:
    external.execute("""update supasaasy.apps set config = config || '{"api_key_env": "KEY_OF_THE_WORKER"}'""")
    assert value(external, "select supasaasy.sync('stripe_prod', 'full') ->> 'status'") == "pending"


def test_an_immediate_sync_is_refused_with_what_to_do_instead(external: Database) -> None:
    with pytest.raises(psycopg.errors.FeatureNotSupported) as caught:
        external.execute("select supasaasy.sync('stripe_prod', 'full', immediate => true)")
    assert caught.value.diag.message_primary == (
        "an immediate sync is not possible here: the fetch engine runs outside this database"
    )
    assert caught.value.diag.message_hint == (
        'Leave out immediate, keep "supasaasy worker" running, and look at supasaasy.job_status().'
    )
    assert value(external, "select count(*) from supasaasy.sync_jobs") == 0


def test_privileges_that_are_missing_are_named_all_at_once(database: Database) -> None:
    database.execute("create role somebody; set role somebody")
    try:
        with pytest.raises(psycopg.errors.FeatureNotSupported) as caught:
            database.execute(get_migrations(EXTERNAL).encode())
    finally:
        database.execute("reset role; drop role somebody")
    assert caught.value.diag.message_primary == (
        "supasaasy cannot be installed here; nothing was changed.\n"
        "- The role somebody may not create a schema here: "
        f"grant create on database {database.info.dbname} to somebody.\n"
        "- The role somebody may not use pg_cron: grant usage on schema cron to somebody; "
        "grant execute on all functions in schema cron to somebody.\n"
        "- The role somebody may not create functions for webhooks: grant create on schema public to somebody.\n"
        "- The role somebody may not create queues: grant all on schema pgmq to somebody."
    )


def test_the_privileges_that_are_named_are_enough(own_cluster: Callable[..., Cluster]) -> None:
    """With the real pg_cron, whose functions are not all for everybody."""
    migration = get_migrations(EXTERNAL, bundle_pgmq=True).encode()
    with psycopg.connect(own_cluster().dsn(), autocommit=True) as connection:
        connection.execute("create extension pg_cron; create role somebody; set role somebody")
        with pytest.raises(psycopg.errors.FeatureNotSupported) as caught:
            connection.execute(migration)
        connection.execute("reset role")
        for line in str(caught.value.diag.message_primary).splitlines()[1:]:
            connection.execute(line.partition(": ")[2].removesuffix(".").encode())
        connection.execute("set role somebody")
        connection.execute(migration)
        assert value(connection, "select supasaasy.sync('stripe_prod', 'full') ->> 'status'") == "pending"


def test_a_pgmq_that_is_too_old_is_named(database: Database) -> None:
    database.execute("drop function pgmq.read(text, integer, integer, jsonb)")
    with pytest.raises(psycopg.errors.FeatureNotSupported, match=r"pgmq is older than 1\.5: alter extension"):
        database.execute(get_migrations(EXTERNAL).encode())
