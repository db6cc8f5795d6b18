"""Any number of workers, inside the database and beside it, share one queue and one rate limit."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta

import pytest

from supasaasy.journal import Journal
from supasaasy.worker import Options, WorkerProcess
from tests.conftest import Database
from tests.faults.support import assert_nothing_is_stuck
from tests.providers.stripe import StripeProvider
from tests.support import in_background, query, value, wait_until
from tests.test_external_worker import WORKER_SESSIONS, worker

APPS = [f"app_{number}" for number in range(8)]


@pytest.fixture
def apps(database: Database, stripe: StripeProvider) -> list[str]:
    """Eight apps with five collections each: 40 tasks when all of them are synced."""
    database.execute(
        """
        insert into supasaasy.apps (app_key, name, connector, config, resources)
        select new.key, new.key, app.connector, app.config, app.resources
        from supasaasy.apps as app cross join unnest(%s::text[]) as new(key)
        """,
        (APPS,),
    )
    stripe.add("customer", 50)
    return APPS


def sync_all(database: Database) -> None:
    database.execute("select supasaasy.sync(app_key, 'full') from unnest(%s::text[]) as app_key", (APPS,))


def completed(database: Database) -> int:
    return int(value(database, "select count(*) from supasaasy.sync_job_tasks where status = 'completed'"))


def time_with(workers: int, database: Database) -> timedelta:
    """From the first task's start to the last one's end, with workers that take one task at a time."""
    processes = [WorkerProcess(Options(database.info.dsn, concurrency=1), Journal()) for _ in range(workers)]
    with ExitStack() as stack:
        for process in processes:
            stack.enter_context(in_background(process.run))
            stack.callback(process.stop)
        wait_until(lambda: len(query(database, WORKER_SESSIONS)) == workers)
        sync_all(database)
        wait_until(lambda: completed(database) == 40)
    took: timedelta = value(database, "select max(completed_at) - min(started_at) from supasaasy.sync_job_tasks")
    return took


def test_four_workers_do_each_of_40_tasks_once_in_about_a_quarter_of_the_time(
    database: Database, stripe: StripeProvider, apps: list[str]
) -> None:
    stripe.latency = 0.1
    alone = time_with(1, database)
    database.execute("truncate supasaasy.sync_jobs cascade")
    stripe.requests.clear()
    assert time_with(4, database) / alone < 0.6  # 0.25 and the time until the last of them looks at the queue
    assert sum(request.path == "/v1/plans" for request in stripe.requests) == 8
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 8 * 50


def test_two_of_four_workers_are_killed_and_nothing_is_lost(
    database: Database, stripe: StripeProvider, apps: list[str]
) -> None:
    stripe.latency = 0.05
    with ExitStack() as stack:
        workers = []
        for number in range(4):
            workers.append(stack.enter_context(worker(database.info.dsn)))
            wait_until(lambda: len(query(database, WORKER_SESSIONS)) == number + 1)  # noqa: B023
        sync_all(database)
        wait_until(lambda: completed(database) >= 8)
        for doomed in workers[:2]:
            doomed.kill()
        wait_until(lambda: completed(database) == 40)
    assert_nothing_is_stuck(database)
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 8 * 50


def test_workers_inside_and_outside_work_side_by_side(
    database: Database, connect: Callable[[], Database], stripe: StripeProvider, apps: list[str]
) -> None:
    inside = connect()
    sync_all(database)
    with worker(database.info.dsn), in_background(lambda: inside.execute("call supasaasy.run_worker()")):
        wait_until(lambda: completed(database) == 40)
    assert_nothing_is_stuck(database)
    assert sum(request.path == "/v1/plans" for request in stripe.requests) == 8


def test_the_app_with_the_fewest_tasks_under_way_goes_first(database: Database, apps: list[str]) -> None:
    database.execute("select supasaasy.sync('app_1', 'full')")
    database.execute("select supasaasy.sync('app_0', 'full', array['customer', 'plan'])")
    claimed = [value(database, "select supasaasy._claim_task(60) ->> 'app_key'") for _ in range(8)]
    assert claimed == ["app_1", "app_0", "app_1", "app_0", "app_1", "app_1", "app_1", None]


def test_a_newcomer_is_told_with_its_first_task_how_many_share_the_rate_limit(
    database: Database, connect: Callable[[], Database], apps: list[str]
) -> None:
    database.execute("select supasaasy.sync('app_0', 'full')")
    shares = [value(session, "select supasaasy._claim_task(60) -> 'workers'") for session in (database, connect())]
    assert shares == [1, 2]
