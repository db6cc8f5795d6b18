"""Syncs asked for again and again, as schedules do: one job at a time, and none that blocks the next for ever."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.conftest import Database
from tests.providers import faults
from tests.providers.stripe import StripeProvider
from tests.support import add_app, query, start_sync, value, wait_until


def ask(database: Database, mode: str = "full", resources: list[str] | None = None) -> tuple[str, str]:
    """The id and the status of the job that sync() returns."""
    job: dict[str, Any] = value(database, "select supasaasy.sync('stripe_prod', %s, %s)", mode, resources)
    return job["job_id"], job["status"]


def test_asking_again_returns_the_job_that_is_under_way(database: Database) -> None:
    job = value(database, "select supasaasy.sync('stripe_prod', 'full', array['customer', 'price'])")
    again = value(database, "select supasaasy.sync('stripe_prod', 'full', array['price'])")
    assert again == job | {"status": "already_running"}
    assert value(database, "select count(*) from supasaasy.sync_jobs") == 1


def test_a_job_that_a_worker_has_in_hand_is_under_way_too(database: Database) -> None:
    job_id, _ = ask(database)
    database.execute("select supasaasy._claim_task(60)")
    assert ask(database) == (job_id, "already_running")


@pytest.mark.parametrize(
    ("running", "asked", "status"),
    [
        (("full", None), ("incremental", None), "already_running"),
        (("incremental", None), ("full", None), "pending"),
        (("full", ["customer"]), ("full", ["customer", "price"]), "pending"),
        (("full", ["customer"]), ("full", ["price"]), "pending"),
    ],
    ids=["full covers incremental", "incremental does not cover full", "fewer resources", "other resources"],
)
def test_only_a_job_that_covers_what_is_asked_for_stands_in_its_way(
    database: Database, running: tuple[str, list[str]], asked: tuple[str, list[str]], status: str
) -> None:
    ask(database, *running)
    assert ask(database, *asked)[1] == status


def test_another_apps_job_does_not_count(database: Database) -> None:
    add_app(database, "stripe_other")
    start_sync(database, app_key="stripe_other")
    assert ask(database)[1] == "pending"


@pytest.mark.parametrize(
    "end",
    [
        "supasaasy.cancel_job(%s)",
        "supasaasy._end_task(id, 'failed', 'x') from supasaasy.sync_job_tasks where job_id = %s",
    ],
)
def test_a_job_that_has_ended_makes_room_for_the_next(database: Database, end: str) -> None:
    job_id, _ = ask(database)
    database.execute(f"select {end}".encode(), (job_id,))
    assert ask(database)[1] == "pending"


def test_an_immediate_sync_is_done_even_while_a_job_waits(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", 5)
    ask(database)
    result = value(database, "select supasaasy.sync('stripe_prod', 'full', array['customer'], immediate => true)")
    assert result["total_created"] == 5


def test_schedules_that_fire_at_the_same_instant_make_one_job(
    database: Database, connect: Callable[[], Database]
) -> None:
    sessions = [connect() for _ in range(6)]
    with ThreadPoolExecutor(len(sessions)) as pool:
        answers = list(pool.map(ask, sessions))
    assert sorted(status for _, status in answers) == ["already_running"] * 5 + ["pending"]
    assert len({job_id for job_id, _ in answers}) == 1


def test_a_schedule_waits_for_a_sync_that_is_not_committed_yet(
    database: Database, connect: Callable[[], Database]
) -> None:
    other, watch = connect(), connect()
    with ThreadPoolExecutor(1) as pool:
        with database.transaction():
            job_id, _ = ask(database)
            answer = pool.submit(ask, other)
            waiting = "select from pg_stat_activity where pid = %s and wait_event_type = 'Lock'"
            wait_until(lambda: query(watch, waiting, other.info.backend_pid))
        assert answer.result() == (job_id, "already_running")


def test_a_job_whose_messages_are_lost_is_done_all_the_same(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", 150)
    ask(database)
    value(database, "select pgmq.purge_queue('supasaasy_tasks')")
    database.execute("call supasaasy.run_worker()")
    assert value(database, "select status from supasaasy.sync_jobs") == "completed"
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 150


def test_a_message_that_is_not_due_yet_is_not_lost(database: Database, stripe: StripeProvider) -> None:
    stripe.fault(faults.status(500), times=None)
    start_sync(database, resources=["customer"])
    database.execute("call supasaasy.run_worker()")
    database.execute("call supasaasy.run_worker()")
    assert query(database, "select attempts from supasaasy.sync_job_tasks") == [(1,)]
    assert value(database, "select count(*) from pgmq.q_supasaasy_tasks") == 1
