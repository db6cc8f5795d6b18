"""Any number of workers, inside the database and beside it, share one queue and one rate limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import cycle
from threading import Barrier

import pytest

from supasaasy.journal import Journal
from supasaasy.worker import Options, WorkerProcess
from supasaasy_runtime import worker as runtime
from tests.conftest import Database
from tests.faults.support import assert_nothing_is_stuck
from tests.providers import faults
from tests.providers.server import Exchange, Response
from tests.providers.stripe import StripeProvider
from tests.support import PATIENCE, in_background, query, start_sync, value, wait_until
from tests.test_external_worker import WORKER_SESSIONS, worker

RESOURCES = ["customer", "product", "plan", "subscription"]
APPS = [f"app_{number}" for number in range(10)]


@pytest.fixture
def apps(database: Database, stripe: StripeProvider) -> list[str]:
    """Ten apps with four collections each: 40 tasks, of one request each, when all of them are synced."""
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
    database.execute("select supasaasy.sync(app_key, 'full', %s) from unnest(%s::text[]) as app_key", (RESOURCES, APPS))


def completed(database: Database) -> int:
    return int(value(database, "select count(*) from supasaasy.sync_job_tasks where status = 'completed'"))


@contextmanager
def workers(database: Database, count: int) -> Iterator[None]:
    """So many, in threads of this process, that take one task at a time."""
    processes = [WorkerProcess(Options(database.info.dsn, concurrency=1), Journal()) for _ in range(count)]
    with ExitStack() as stack:
        for process in processes:
            stack.enter_context(in_background(process.run))
            stack.callback(process.stop)
        wait_until(lambda: len(query(database, WORKER_SESSIONS)) >= count)
        yield


def test_four_workers_do_each_of_40_tasks_once_in_a_quarter_of_the_providers_time(
    database: Database, stripe: StripeProvider, apps: list[str]
) -> None:
    four_waiting = Barrier(4, timeout=PATIENCE)
    rounds = []

    def answer_four_at_once(exchange: Exchange) -> Response:
        if four_waiting.wait() == 0:
            rounds.append(exchange)
        return exchange.answer()

    stripe.fault(answer_four_at_once, times=None)
    with workers(database, 4):
        sync_all(database)
        wait_until(lambda: completed(database) == 40)
    assert len(rounds) == 40 / 4
    assert sum(request.path == "/v1/plans" for request in stripe.requests) == 10
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 10 * 50
    assert_nothing_is_stuck(database)


def test_two_of_four_workers_are_killed_and_nothing_is_lost(
    database: Database, stripe: StripeProvider, apps: list[str]
) -> None:
    stripe.latency = 0.05
    with worker(database.info.dsn) as one, worker(database.info.dsn) as another:
        wait_until(lambda: len(query(database, WORKER_SESSIONS)) == 2)
        with workers(database, 2):
            sync_all(database)
            wait_until(lambda: completed(database) >= 8)
            one.kill()
            another.kill()
            wait_until(lambda: completed(database) == 40)
    assert_nothing_is_stuck(database)
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 10 * 50


def test_workers_inside_and_outside_work_side_by_side(
    database: Database, connect: Callable[[], Database], stripe: StripeProvider, apps: list[str]
) -> None:
    inside = connect()
    sync_all(database)
    with worker(database.info.dsn), in_background(lambda: inside.execute("call supasaasy.run_worker()")):
        wait_until(lambda: completed(database) == 40)
    assert_nothing_is_stuck(database)
    assert sum(request.path == "/v1/plans" for request in stripe.requests) == 10


def test_the_app_with_the_fewest_tasks_under_way_at_all_workers_goes_first(
    database: Database, connect: Callable[[], Database], apps: list[str]
) -> None:
    database.execute("select supasaasy.sync('app_1', 'full')")
    database.execute("select supasaasy.sync('app_0', 'full', array['customer', 'plan'])")
    sessions = cycle((database, connect(), connect()))
    claimed = [value(next(sessions), "select supasaasy._claim_task(60) ->> 'app_key'") for _ in range(8)]
    assert claimed == ["app_1", "app_0", "app_1", "app_0", "app_1", "app_1", "app_1", None]


def test_workers_share_the_rate_limit_by_the_tasks_that_each_has_in_hand(
    database: Database, connect: Callable[[], Database], apps: list[str]
) -> None:
    database.execute("select supasaasy.sync('app_0', 'full')")
    newcomer = connect()
    claims = [
        value(session, "select supasaasy._claim_task(60)") for session in (database, database, database, newcomer)
    ]
    assert [claim["rate_shares"]["total"] for claim in claims] == [1, 1, 1, 0.25]
    assert value(database, "select supasaasy._rate_shares('app_0')")["total"] == 0.75


def test_two_workers_together_keep_to_the_rate_limit_of_an_app(
    database: Database, stripe: StripeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "UPKEEP", 0.05)
    limit = '{"rate_limit": {"per_second": 20, "per_endpoint": 1000}}'
    database.execute("update supasaasy.apps set config = config || %s", (limit,))
    for name in ("customer", "product"):
        stripe.add(name, 1_000)
    hanging = stripe.fault(faults.hang(), times=2)
    with workers(database, 2):
        start_sync(database, resources=["customer", "product"])
        wait_until(lambda: hanging.hits == 2)
        hanging.release()
        wait_until(lambda: completed(database) == 2)
    assert sorted({request.path for request in stripe.requests}) == ["/v1/customers", "/v1/products"]
    took = stripe.requests[-1].time - stripe.requests[1].time
    assert took > len(stripe.requests) / 40  # a quarter of a second's worth goes out at once
