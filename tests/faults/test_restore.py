"""A database that is dumped with a backlog and restored elsewhere goes on where it was."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest

from supasaasy.cluster import Cluster, find_bindir
from tests.conftest import Database
from tests.faults.support import assert_copied, assert_nothing_is_stuck, leave_a_sync_half_done, migrate, receive
from tests.providers.stripe import StripeProvider
from tests.support import DOUBLES, execute_file, query, run_worker, start_sync, sync, value
from tests.webhooks.support import event

# What was begun by the engine inside may be gone on with by the one outside.
pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture
def elsewhere(cluster: Cluster, database: Database) -> Iterator[Database]:
    """An empty database that has what a new server has: the extensions, and nothing of ours."""
    name = f"{database.info.dbname}_restored"
    database.execute(f"create database {name}".encode())
    with psycopg.connect(cluster.dsn(name), autocommit=True) as connection:
        execute_file(connection, DOUBLES / "cron.sql")
        execute_file(connection, DOUBLES / "vault.sql")
        connection.execute("create extension plpython3u")
        yield connection
    database.execute(f"drop database {name} (force)".encode())


def dump_and_restore(cluster: Cluster, source: Database, target: Database, *options: str) -> None:
    """As docs/reliability.md says."""
    bindir = find_bindir()
    dumped = subprocess.run(
        [
            bindir / "pg_dump",
            "--no-unlogged-table-data",
            "--schema=supasaasy",
            "--schema=pgmq",
            *options,
            cluster.dsn(source.info.dbname),
        ],
        capture_output=True,
        check=True,
    )
    subprocess.run(
        [
            *(bindir / "psql", "--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1"),
            *("--dbname", cluster.dsn(target.info.dbname)),
        ],
        input=dumped.stdout,
        capture_output=True,
        check=True,
    )


def test_a_backlog_survives_dump_and_restore(
    cluster: Cluster,
    database: Database,
    stripe: StripeProvider,
    connect: Callable[[], Database],
    elsewhere: Database,
) -> None:
    stripe.add("customer", 50)
    stripe.add("product", 50)
    sync(database, resources=["customer", "product"])
    stripe.add("customer", 250)
    stripe.delete(stripe.objects("customer")[0]["id"])
    stripe.delete(stripe.objects("product")[0]["id"])
    leave_a_sync_half_done(database, stripe, connect())
    start_sync(database, resources=["product"])
    [plan] = stripe.add("plan", 1)
    receive(database, event("plan.created", plan, at=int(time.time())))
    with connect() as lost:
        lost.execute("select supasaasy._claim_task(3600)")  # was being worked on when the dump was made

        dump_and_restore(cluster, database, elsewhere)
    migrate(elsewhere, stripe)  # brings the schedules

    assert value(elsewhere, "select count(*) from cron.job") == value(database, "select count(*) from cron.job")
    assert query(elsewhere, "select status, pages from supasaasy.sync_job_tasks where completed_at is null") == query(
        database, "select status, pages from supasaasy.sync_job_tasks where completed_at is null"
    )
    run_worker(elsewhere)
    assert_copied(elsewhere, stripe, "customer", "product", "plan")
    assert_nothing_is_stuck(elsewhere)
    stripe.add("plan", 5)
    assert sync(elsewhere, resources=["plan"])["tasks"][0]["created"] == 5


def test_the_data_can_be_restored_after_the_schema(cluster: Cluster, database: Database, elsewhere: Database) -> None:
    dump_and_restore(cluster, database, elsewhere, "--schema-only")
    dump_and_restore(cluster, database, elsewhere, "--data-only")
    endpoints = "select * from supasaasy.webhook_endpoints"
    assert query(elsewhere, endpoints) == query(database, endpoints) != []
