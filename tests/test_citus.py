"""The calls that distribute the tables on a Citus cluster, run against a double that refuses what Citus does."""

from __future__ import annotations

import psycopg
import pytest

from supasaasy import Config, define_config, get_migrations
from supasaasy.connectors import CONNECTORS
from supasaasy.migration import get_distribution, get_uninstall
from tests.conftest import Database
from tests.support import DOUBLES, execute_file, query


def config_of(resources: str | list[str], *connectors: str) -> Config:
    settings = {"api_key_env": "API_KEY", "sync_resources": resources}
    return define_config(
        {
            "apps": [
                {"app_key": f"{name}_prod", "name": name, "connector": name, "config": settings} for name in connectors
            ]
        }
    )


def install(database: Database, config: Config) -> None:
    database.execute(get_uninstall().encode())
    with database.transaction():
        execute_file(database, DOUBLES / "citus.sql")
    apply(database, config)


def apply(database: Database, config: Config) -> None:
    with database.transaction():
        database.execute(get_migrations(config, bundle_pgmq=True).encode())


def distributed(database: Database) -> list[str]:
    return [name for (name,) in query(database, "select logicalrelid::text from pg_dist_partition order by 1")]


def test_every_table_of_every_connector_can_be_distributed_by_app_key_and_no_other_is(database: Database) -> None:
    config = config_of("all", *CONNECTORS)
    install(database, config)
    for _ in range(2):  # which changes nothing
        database.execute(get_distribution(config).encode())
    tables = [f"supasaasy.{key}" for (key,) in query(database, "select collection_key from supasaasy.collections")]
    assert distributed(database) == sorted(tables)
    assert {"supasaasy.stripe_customer", "supasaasy.intercom_contact", "supasaasy.notion_page"} <= set(tables)
    assert query(database, "select distinct distribution_column, colocate_with from pg_dist_partition") == [
        ("app_key", "default")
    ]


def test_of_what_is_distributed_already_only_the_new_tables_are_taken(database: Database) -> None:
    before, after = config_of(["plan"], "stripe"), config_of(["plan", "customer"], "stripe")
    install(database, before)
    database.execute(get_distribution(before).encode())
    assert distributed(database) == ["supasaasy.stripe_plan"]
    apply(database, after)
    database.execute(get_distribution(after).encode())
    assert distributed(database) == ["supasaasy.stripe_customer", "supasaasy.stripe_plan"]


def test_without_citus_it_says_so(database: Database) -> None:
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="this database has no extension citus"):
        database.execute(get_distribution(config_of(["plan"], "stripe")).encode())


def test_the_double_refuses_what_citus_does(database: Database) -> None:
    install(database, config_of(["plan"], "stripe"))
    for arguments, message in {
        "'supasaasy.stripe_plan', 'external_id_'": "does not exist",
        "'supasaasy.stripe_plan', 'observed_at'": "supasaasy.stripe_plan_pkey lacks the distribution column",
        "'supasaasy.stripe_plan', 'amount'": "the distribution column is generated",
        "'supasaasy.apps', 'app_key'": "cannot create foreign key constraint",
    }.items():
        with pytest.raises(psycopg.errors.RaiseException, match=message):
            database.execute(f"select create_distributed_table({arguments})".encode())
