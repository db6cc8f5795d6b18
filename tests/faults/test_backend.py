"""What only the engine inside must do: its worker is a backend, which may be cancelled and is used again."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.conftest import Database
from tests.faults.support import assert_copied, assert_nothing_is_stuck
from tests.providers import faults
from tests.providers.stripe import StripeProvider
from tests.support import in_background, query, start_sync, wait_until


def test_cancelling_the_backend_returns_within_a_second_while_the_provider_hangs(
    database: Database, stripe: StripeProvider, connect: Callable[[], Database]
) -> None:
    database.execute("set supasaasy.request_deadline = '60'")
    stripe.add("customer", 1)
    hanging = stripe.fault(faults.hang(), times=None)
    start_sync(database, resources=["customer"])
    cancelled_after: list[float] = []

    def work() -> None:
        with pytest.raises(psycopg.errors.QueryCanceled):
            database.execute("call supasaasy.run_worker()")
        cancelled_after.append(time.monotonic())

    other = connect()
    with in_background(work):
        wait_until(lambda: hanging.hits)
        began = time.monotonic()
        other.execute("select pg_cancel_backend(%s)", (database.info.backend_pid,))
    assert cancelled_after[0] - began < 1.0
    assert query(database, "select status, attempts from supasaasy.sync_job_tasks") == [("pending", 0)]


def test_a_statement_timeout_ends_the_worker_and_gives_its_task_back(
    database: Database, stripe: StripeProvider
) -> None:
    stripe.add("customer", 1)
    stripe.fault(faults.hang(), times=None)
    start_sync(database, resources=["customer"])
    database.execute("set statement_timeout = '300ms'")
    with pytest.raises(psycopg.errors.QueryCanceled):
        database.execute("call supasaasy.run_worker()")
    database.execute("reset statement_timeout")
    stripe.clear_faults()
    database.execute("call supasaasy.run_worker()")
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)


def test_no_thread_outlives_the_call(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", 300)
    start_sync(database)
    database.execute("call supasaasy.run_worker()")
    threads = Path(f"/proc/{database.info.backend_pid}/task")
    # Joining a thread returns a moment before the kernel has ended it.
    wait_until(lambda: len(list(threads.iterdir())) == 1)
