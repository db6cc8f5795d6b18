"""The migration: checked before it starts, the same when applied again, and an upgrade of what is there."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from supasaasy import Config, define_config, get_migrations
from supasaasy.cluster import Cluster, find_bindir
from supasaasy.connectors.stripe import stripe
from supasaasy.spec import bigint, text
from tests.conftest import Database
from tests.support import CONFIG

APP: dict[str, Any] = {
    "app_key": "stripe_prod",
    "name": "Stripe",
    "connector": "stripe",
    "config": {"api_key_env": "STRIPE_API_KEY"},
}


def apply(database: Database, config: Config, **options: Any) -> None:
    with database.transaction():
        database.execute(get_migrations(config, **options).encode())


def dump(cluster: Cluster, database: Database) -> str:
    """Schema and rows as pg_dump writes them, without the random key that newer versions put in."""
    result = subprocess.run(
        [
            find_bindir() / "pg_dump",
            "--dbname",
            cluster.dsn(database.info.dbname),
            "--schema",
            "supasaasy",
            "--schema",
            "cron",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return "\n".join(line for line in result.stdout.splitlines() if "restrict " not in line)


def value(database: Database, query: str) -> Any:
    row = database.execute(query.encode()).fetchone()
    return row and row[0]


def test_the_same_config_gives_the_same_bytes() -> None:
    assert get_migrations(CONFIG) == get_migrations(CONFIG)


def test_applying_it_again_changes_nothing(cluster: Cluster, database: Database) -> None:
    before = dump(cluster, database)
    apply(database, CONFIG, bundle_pgmq=True)
    assert dump(cluster, database) == before


def test_no_statement_trips_the_supabase_cli() -> None:
    sql = get_migrations(CONFIG, bundle_pgmq=True)
    assert "atomic" not in sql.replace("nonatomic", "").lower()
    assert "\\set" not in sql
    assert "concurrently;" not in sql


def test_every_table_view_and_column_has_a_comment(database: Database) -> None:
    uncommented = database.execute(
        """
        select class.relname, attribute.attname
        from pg_class as class
        join pg_attribute as attribute on attribute.attrelid = class.oid and attribute.attnum >= 0
        where class.relnamespace = 'supasaasy'::regnamespace and class.relkind in ('r', 'v', 'm')
            and not attribute.attisdropped and col_description(class.oid, attribute.attnum) is null
        union all
        select class.relname, null
        from pg_class as class
        where class.relnamespace = 'supasaasy'::regnamespace and class.relkind in ('r', 'v', 'm')
            and obj_description(class.oid, 'pg_class') is null
        """
    ).fetchall()
    assert uncommented == []


def test_every_public_routine_has_a_comment(database: Database) -> None:
    uncommented = database.execute(
        """
        select proname from pg_proc
        where pronamespace = 'supasaasy'::regnamespace and proname not like '\\_%'
            and obj_description(oid, 'pg_proc') is null
        """
    ).fetchall()
    assert uncommented == []


def test_an_app_that_left_the_config_is_disabled_and_its_data_kept(database: Database) -> None:
    database.execute(
        """
        insert into supasaasy.stripe_customer (app_key, external_id, raw_payload, observed_at, created_at, updated_at)
        values ('stripe_prod', 'cus_1', '{"email": "a@example.com"}', now(), now(), now())
        """
    )
    apply(database, define_config({"apps": [APP | {"app_key": "stripe_new"}]}))
    assert database.execute("select app_key, enabled from supasaasy.apps order by 1").fetchall() == [
        ("stripe_new", True),
        ("stripe_prod", False),
    ]
    assert value(database, "select email from supasaasy.stripe_customers") == "a@example.com"


def test_columns_follow_their_declaration_and_data_stays(database: Database) -> None:
    database.execute(
        """
        insert into supasaasy.stripe_customer (app_key, external_id, raw_payload, observed_at, created_at, updated_at)
        values ('stripe_prod', 'cus_1', '{"email": "a@example.com", "balance": 7, "tax_exempt": "none"}',
            now(), now(), now())
        """
    )
    kept = tuple(column for column in customer_columns() if column.name not in ("phone", "balance"))
    apply(database, with_customer_columns((text("tax_exempt"), *kept, text("balance", "email"))))
    row = database.execute("select tax_exempt, balance, email from supasaasy.stripe_customers").fetchone()
    assert row == ("none", "a@example.com", "a@example.com")
    assert not value(
        database,
        "select exists (select from information_schema.columns where table_name = 'stripe_customer'"
        " and column_name = 'phone')",
    )


def test_a_collection_that_joins_the_config_gets_its_table_and_stands_in_entities(database: Database) -> None:
    database.execute("drop schema supasaasy cascade")
    apply(database, define_config({"apps": [APP | {"config": APP["config"] | {"sync_resources": ["customer"]}}]}))
    assert value(database, "select to_regclass('supasaasy.stripe_product')") is None
    apply(database, define_config({"apps": [APP]}))
    assert value(database, "select to_regclass('supasaasy.stripe_product')") is not None
    assert value(database, "select count(*) from supasaasy.entities") == 0


def test_schedules_are_created_changed_disabled_and_removed(database: Database) -> None:
    def schedules() -> list[Any]:
        return database.execute(
            "select jobname, schedule, command, active from cron.job where jobname like '%:stripe_prod:%' order by 1"
        ).fetchall()

    def configured(*entries: dict[str, Any]) -> Config:
        return define_config(
            {"apps": [APP], "sync_schedules": [{"app_key": "stripe_prod"} | entry for entry in entries]}
        )

    apply(database, configured({"cron": "0 3 * * *", "mode": "full"}, {"cron": "*/5 * * * *"}))
    assert schedules() == [
        ("supasaasy:stripe_prod:1", "0 3 * * *", "select supasaasy.sync('stripe_prod', 'full')", True),
        ("supasaasy:stripe_prod:2", "*/5 * * * *", "select supasaasy.sync('stripe_prod', 'incremental')", True),
    ]
    apply(database, configured({"cron": "0 4 * * *", "mode": "full", "enabled": False}))
    assert schedules() == [
        ("supasaasy:stripe_prod:1", "0 4 * * *", "select supasaasy.sync('stripe_prod', 'full')", False)
    ]


def test_schedules_of_others_are_left_alone(database: Database) -> None:
    database.execute("select cron.schedule('theirs', '* * * * *', 'select 1')")
    apply(database, CONFIG)
    assert value(database, "select count(*) from cron.job where jobname = 'theirs'") == 1


def test_what_is_missing_is_named_all_at_once_and_nothing_is_changed(own_cluster: Callable[..., Cluster]) -> None:
    with psycopg.connect(own_cluster(settings={"shared_preload_libraries": ""}).dsn()) as connection:
        with pytest.raises(psycopg.errors.FeatureNotSupported) as caught, connection.transaction():
            connection.execute(get_migrations(CONFIG).encode())
        assert caught.value.diag.message_primary == (
            "supasaasy cannot be installed here; nothing was changed.\n"
            "- pg_cron is not loaded: add it to shared_preload_libraries and restart the server.\n"
            "- pgmq is not installed on the server: generate with --bundle-pgmq, which brings its SQL along."
        )
        assert connection.execute("select to_regnamespace('supasaasy')").fetchone() == (None,)


def test_whoever_applies_it_must_be_a_superuser(database: Database) -> None:
    database.execute("set role authenticated")
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="The role authenticated is not a superuser"):
        apply(database, CONFIG)


def test_a_database_that_is_not_pg_crons_is_named(database: Database) -> None:
    database.execute("drop schema cron cascade")
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="pg_cron lives in the database postgres"):
        apply(database, CONFIG)


def customer_columns() -> tuple[Any, ...]:
    return stripe.collection("customer").columns


def with_customer_columns(columns: tuple[Any, ...]) -> Config:
    """The configuration with a Stripe connector in place of ours, whose customers have these columns."""
    customer = replace(stripe.collection("customer"), columns=columns)
    return define_config({"apps": [APP]}, [replace(stripe, collections=(customer, *stripe.collections[1:]))])


def test_a_column_of_another_type_takes_the_place_of_the_old(database: Database) -> None:
    columns = tuple(bigint("name") if column.name == "name" else column for column in customer_columns())
    apply(database, with_customer_columns(columns))
    assert value(
        database, "select pg_typeof(name) from supasaasy.stripe_customers right join (select) as one on true"
    ) == ("bigint")


def pretend_pg_cron(database: Database, version: str) -> None:
    database.execute(
        """
        set allow_system_table_mods to on;
        insert into pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
        select 1, 'pg_cron', 10, 'cron'::regnamespace, false, $1;
        """.replace("$1", f"'{version}'").encode()
    )


IN_SECONDS = define_config({"apps": [APP], "sync_schedules": [{"app_key": "stripe_prod", "cron": "30 seconds"}]})


def test_a_schedule_in_seconds_is_refused_where_pg_cron_knows_none(database: Database) -> None:
    pretend_pg_cron(database, "1.4-1")
    with pytest.raises(psycopg.errors.FeatureNotSupported) as caught:
        apply(database, IN_SECONDS)
    assert caught.value.diag.message_primary == (
        "the schedule supasaasy:stripe_prod:1 is in seconds, which pg_cron knows from version 1.5 on"
    )


def test_where_pg_cron_knows_seconds_they_are_used_and_workers_start_every_five(database: Database) -> None:
    pretend_pg_cron(database, "1.6")
    apply(database, IN_SECONDS)
    assert database.execute(
        "select schedule, command from cron.job where jobname ~ ':1$' order by jobname"
    ).fetchall() == [
        ("30 seconds", "select supasaasy.sync('stripe_prod', 'incremental')"),
        ("5 seconds", "call supasaasy.run_worker()"),
    ]


def test_a_table_that_was_dropped_comes_back_with_the_columns_of_a_newer_version(database: Database) -> None:
    database.execute("drop table supasaasy.stripe_customer cascade")
    older = "update supasaasy.collections set columns = columns - 0 where collection_key = 'stripe_customer'"
    database.execute(older)
    apply(database, CONFIG, bundle_pgmq=True)
    assert database.execute("select email from supasaasy.stripe_customers").fetchall() == []
