"""`supasaasy worker`: the same engine as a process beside the database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from supasaasy import get_migrations
from supasaasy.cli import app
from supasaasy.cluster import Cluster, free_port
from tests.conftest import Database
from tests.doubles.pooler import transaction_pooler
from tests.faults.support import assert_copied, assert_nothing_is_stuck, receive, second_page, sequentially
from tests.providers import faults
from tests.providers.stripe import StripeProvider
from tests.support import API_KEY, CONFIG, PATIENCE, job_status, point_app_at, query, start_sync, value, wait_until
from tests.test_external_migration import EXTERNAL
from tests.webhooks.support import event

COMMAND = Path(sys.executable).parent / "supasaasy"
PASSWORD = "not-to-be-shown"
WORKER_SESSIONS = """
    select pid from pg_stat_activity where application_name = 'supasaasy worker' and datname = current_database()
"""


@contextmanager
def worker(dsn: str, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A worker in a process of its own, killed when the block leaves it running; what it says is in its stderr."""
    process = subprocess.Popen(
        [COMMAND, "worker", *arguments],
        env=os.environ | {"SUPASAASY_DSN": dsn} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()
            if process.stderr and not process.stderr.closed:
                print(process.stderr.read())  # shown when the test fails


def run(dsn: str, *arguments: str, **environment: str) -> tuple[int, str]:
    """Exit code and what the worker said, in this process."""
    result = CliRunner().invoke(app, ["worker", *arguments], env={"SUPASAASY_DSN": dsn} | environment)
    return result.exit_code, result.stderr


def processed(database: Database) -> int:
    return int(value(database, "select coalesce(sum(processed_entities), 0) from supasaasy.sync_job_tasks"))


def test_a_worker_told_to_run_once_empties_the_queue_and_ends(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", 250)
    stripe.add("subscription", 3)
    start_sync(database)
    code, messages = run(database.info.dsn, "--once")
    assert code == 0, messages
    assert_copied(database, stripe, "customer", "subscription")
    assert_nothing_is_stuck(database)
    assert messages.count("INFO task completed app=stripe_prod collection=stripe_") == 5
    assert API_KEY not in messages


def test_both_engines_give_equal_tables(database: Database, stripe: StripeProvider) -> None:
    for name, count in (("customer", 250), ("product", 3), ("price", 120), ("plan", 2), ("subscription", 101)):
        stripe.add(name, count)
    stripe.add(
        "customer", [stripe.objects("customer")[0] | {"id": "cus_odd", "name": "Zoë \u0000 1.10", "balance": 1e20}]
    )
    contents = []
    for work in (lambda: database.execute("call supasaasy.run_worker()"), lambda: run(database.info.dsn, "--once")):
        start_sync(database)
        work()
        contents.append(
            query(
                database,
                """
                select collection_key, external_id, raw_payload::text, api_version, archived_at is null, deleted_at
                from supasaasy.entities order by 1, 2
                """,
            )
        )
        database.execute(
            """
            truncate supasaasy.stripe_customer, supasaasy.stripe_product, supasaasy.stripe_price, supasaasy.stripe_plan,
                supasaasy.stripe_subscription, supasaasy.stripe_subscription_item
            """
        )
    assert len(contents[0]) == 250 + 3 + 120 + 2 + 101 + 101 + 1
    assert contents[0] == contents[1]


def test_a_secret_may_be_in_the_environment_of_the_worker_alone(database: Database, stripe: StripeProvider) -> None:
    database.execute(get_migrations(EXTERNAL, bundle_pgmq=True).encode())
    database.execute("update supasaasy.apps set config = config || %s", ('{"api_key_env": "KEY_OF_THE_WORKER"}',))
    point_app_at(database, stripe.url)
    stripe.add("customer", 1)
    start_sync(database, resources=["customer"])
    code, messages = run(database.info.dsn, "--once", KEY_OF_THE_WORKER=API_KEY)
    assert code == 0, messages
    assert_copied(database, stripe)


def test_a_secret_in_vault_goes_before_the_environment_of_the_worker(
    database: Database, stripe: StripeProvider
) -> None:
    database.execute("select vault.create_secret(%s, 'STRIPE_API_KEY')", (API_KEY,))
    stripe.add("customer", 1)
    start_sync(database, resources=["customer"])
    code, messages = run(database.info.dsn, "--once", STRIPE_API_KEY="sk_test_of_yesterday")
    assert code == 0, messages


def test_what_an_event_only_names_is_taken_from_pg_cron_and_fetched_by_the_worker(
    database: Database, stripe: StripeProvider
) -> None:
    database.execute(get_migrations(EXTERNAL, bundle_pgmq=True).encode())
    point_app_at(database, stripe.url)
    database.execute("""update supasaasy.apps set config = config || '{"webhook_mode": "refetch"}'""")
    [made] = stripe.add("customer", 1)
    receive(database, event("customer.updated", {"id": made["id"], "object": "customer"}, at=int(time.time())))
    database.execute("call supasaasy._apply_queued_events()")
    assert query(database, "select mode, status from supasaasy.sync_job_tasks") == [("refetch", "pending")]
    code, messages = run(database.info.dsn, "--once")
    assert code == 0, messages
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)


def test_a_task_that_failed_for_good_makes_the_exit_code_1(database: Database) -> None:
    database.execute(get_migrations(EXTERNAL, bundle_pgmq=True).encode())
    database.execute("update supasaasy.apps set config = config || %s", ('{"api_key_env": "NO_SUCH_KEY"}',))
    job_id = start_sync(database, resources=["customer"])
    code, messages = run(database.info.dsn, "--once")
    error = (
        "the secret NO_SUCH_KEY is missing: it is neither in Supabase Vault, nor in the file /run/secrets/NO_SUCH_KEY, "
        "nor in the environment of the PostgreSQL server or the worker"
    )
    assert code == 1
    assert f'error="{error}" retryable=False' in messages
    assert job_status(database, job_id)["error_message"] == f"customer: {error}"


def test_told_to_stop_it_gives_back_what_it_has_in_hand_and_nothing_is_lost(
    database: Database, stripe: StripeProvider
) -> None:
    stripe.add("customer", 300)
    sequentially(database)
    hanging = stripe.fault(faults.hang(), match=second_page, times=None)
    start_sync(database, resources=["customer"])
    with worker(database.info.dsn) as process:
        wait_until(lambda: hanging.hits and processed(database) == 100)
        process.terminate()
        assert process.wait(10) == 0
    assert query(database, "select status, pages, attempts from supasaasy.sync_job_tasks") == [("pending", 1, 0)]
    hanging.release()
    assert run(database.info.dsn, "--once")[0] == 0
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)


def test_after_kill_9_the_next_worker_takes_over_at_once(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", 300)
    sequentially(database)
    hanging = stripe.fault(faults.hang(), match=second_page, times=None)
    start_sync(database, resources=["customer"])
    with worker(database.info.dsn) as process:
        wait_until(lambda: hanging.hits and processed(database) == 100)
        process.kill()
    hanging.release()
    wait_until(lambda: not query(database, WORKER_SESSIONS))
    assert run(database.info.dsn, "--once")[0] == 0
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)


def test_a_worker_outlives_a_restart_of_the_database(own_cluster: Callable[..., Cluster]) -> None:
    cluster = own_cluster()
    with StripeProvider(api_key=API_KEY) as provider, ExitStack() as stack:
        provider.add("customer", 3_000)
        provider.latency = 0.02
        database = stack.enter_context(connected(cluster))
        database.execute(get_migrations(CONFIG, bundle_pgmq=True).encode())
        database.execute("select cron.unschedule(jobid) from cron.job")
        point_app_at(database, provider.url)
        start_sync(database, resources=["customer"])
        process = stack.enter_context(worker(cluster.dsn()))
        wait_until(lambda: processed(database) >= 500)
        cluster.restart("immediate")
        database = stack.enter_context(connected(cluster))
        wait_until(lambda: value(database, "select status from supasaasy.sync_jobs") == "completed")
        assert_copied(database, provider)
        process.terminate()
        _, messages = process.communicate(timeout=10)
        assert process.returncode == 0
        assert "ERROR connection lost: " in messages


@contextmanager
def connected(cluster: Cluster) -> Iterator[Database]:
    connection: Database
    with Database.connect(cluster.dsn(), autocommit=True) as connection:
        yield connection


def test_a_cancelled_statement_costs_the_worker_nothing(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", 100)
    hanging = stripe.fault(faults.hang())
    start_sync(database, resources=["customer"])
    with worker(database.info.dsn):
        wait_until(lambda: hanging.hits)
        [(pid,)] = query(database, WORKER_SESSIONS)
        database.execute("select pg_cancel_backend(%s)", (pid,))
        wait_until(lambda: query(database, "select from supasaasy.sync_job_tasks where attempts = 0"))
        hanging.release()
        wait_until(lambda: value(database, "select status from supasaasy.sync_jobs") == "completed")
    assert_copied(database, stripe)


def test_it_ends_when_its_time_is_over(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", 100)
    stripe.fault(faults.hang(), times=None)
    start_sync(database, resources=["customer"])
    assert run(database.info.dsn, "--max-seconds", "0.5")[0] == 0
    assert query(database, "select status, attempts from supasaasy.sync_job_tasks") == [("pending", 0)]


def test_it_takes_the_tasks_of_one_app_only_when_told(database: Database, stripe: StripeProvider) -> None:
    start_sync(database, resources=["customer"])
    assert run(database.info.dsn, "--once", "--app", "another")[0] == 0
    assert stripe.requests == []
    assert run(database.info.dsn, "--once", "--app", "stripe_prod")[0] == 0
    assert_nothing_is_stuck(database)


def test_log_lines_are_json_when_asked(database: Database, stripe: StripeProvider) -> None:
    job_id = start_sync(database, resources=["customer"])
    _, messages = run(database.info.dsn, "--once", "--log-format", "json")
    lines = [json.loads(line) for line in messages.splitlines()]
    assert [line["message"] for line in lines] == ["connected", "task claimed", "task completed", "disconnected"]
    completed = lines[2]
    assert completed.pop("time").endswith("Z")
    assert completed.pop("task")
    assert completed == {
        "level": "info",
        "message": "task completed",
        "app": "stripe_prod",
        "collection": "stripe_customer",
        "job": job_id,
    }


def test_metrics_are_served_when_asked(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", 150)
    start_sync(database, resources=["customer"])
    port = free_port()
    with worker(database.info.dsn, "--metrics-port", str(port)):
        wait_until(lambda: value(database, "select status from supasaasy.sync_jobs") == "completed")
        labels = 'app="stripe_prod",collection="stripe_customer"'
        pages = value(database, "select pages from supasaasy.sync_job_tasks")
        expected = {
            f"supasaasy_pages_total{{{labels}}} {pages}.0",
            f'supasaasy_tasks_total{{{labels},event="completed"}} 1.0',
            "supasaasy_tasks_in_hand 0.0",
            "supasaasy_connected 1.0",
        }
        wait_until(lambda: expected <= metrics(port))


def metrics(port: int) -> set[str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE) as response:
        return set(response.read().decode().splitlines())


@pytest.mark.parametrize(
    ("dsn", "message"),
    [
        (
            f"postgresql://postgres.abc:{PASSWORD}@aws-0-eu-central-1.pooler.supabase.com:6543/postgres",
            "port 6543 is Supabase's transaction pooler: a worker needs a session of its own, which a transaction "
            "pooler does not give: use the session pooler (on Supabase the same host with port 5432) or a direct "
            "connection\n",
        ),
        (f"nonsense {PASSWORD}", "the DSN is neither a connection string nor a URL of PostgreSQL\n"),
        (f"host=/nowhere password={PASSWORD}", "no connection: "),
    ],
)
def test_a_database_that_cannot_be_worked_with_is_exit_code_3(dsn: str, message: str) -> None:
    code, messages = run(dsn)
    assert code == 3
    assert messages.startswith(message)
    assert PASSWORD not in messages


def test_a_database_without_supasaasy_is_named(database: Database) -> None:
    database.execute("drop schema supasaasy cascade")
    assert run(database.info.dsn) == (3, "supasaasy is not installed in this database: apply the migration first\n")


def test_a_database_of_another_version_is_named(database: Database) -> None:
    database.execute("update supasaasy.installation set version = '0.0.9'")
    assert run(database.info.dsn) == (
        3,
        "the database holds version 0.0.9, this is 0.1.0: they must be the same\n",
    )


def test_a_transaction_pooler_is_recognised_by_what_it_does(
    cluster: Cluster, database: Database, tmp_path: Path
) -> None:
    with transaction_pooler(cluster, tmp_path) as host:
        code, messages = run(f"host={host} port={cluster.port} dbname={database.info.dbname} user=postgres")
    assert code == 3
    assert messages.splitlines()[-1] == (
        "the backend changed between two transactions: a worker needs a session of its own, which a transaction pooler "
        "does not give: use the session pooler (on Supabase the same host with port 5432) or a direct connection"
    )
