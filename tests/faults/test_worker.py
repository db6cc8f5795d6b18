"""A worker that dies, is stopped or meets another: its tasks go on, and nobody does one twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.conftest import Database
from tests.faults.support import assert_copied, assert_nothing_is_stuck, kill_once, receive, work_again
from tests.providers import faults
from tests.providers.server import Request
from tests.providers.stripe import StripeProvider
from tests.providers.stripe_objects import customer
from tests.support import (
    add_app,
    in_background,
    job_status,
    query,
    run_worker,
    start_sync,
    sync,
    value,
    wait_until,
)
from tests.webhooks.support import event

pytestmark = pytest.mark.usefixtures("engine")

# Each moment of a task's life, as the trigger that is met there.
STAGES = {
    "claims the task": (
        "trigger kill before update on supasaasy.sync_job_tasks for each row"
        " when (old.status = 'pending' and new.status = 'processing')"
    ),
    "stores a page": "trigger kill after insert on supasaasy.stripe_customer for each row",
    "records its progress": (
        "trigger kill before update on supasaasy.sync_job_tasks for each row when (new.pages > old.pages)"
    ),
    "commits a page": (
        "constraint trigger kill after insert on supasaasy.stripe_customer deferrable initially deferred for each row"
    ),
    "sweeps": "trigger kill before update on supasaasy.stripe_customer for each row when (new.deleted_at is not null)",
    "ends the task": (
        "trigger kill before update on supasaasy.sync_job_tasks for each row when (new.status = 'completed')"
    ),
}


@pytest.fixture
def doomed(database: Database, stripe: StripeProvider, connect: Callable[[], Database]) -> Database:
    """A session for a worker that is going to die, before a sync that creates, updates and deletes."""
    made = stripe.add("customer", 150)
    sync(database, resources=["customer"])
    stripe.delete(made[7]["id"])
    stripe.update(made[8]["id"], email="new@example.com")
    stripe.add("customer", [customer(number) for number in range(150, 350)])
    start_sync(database, resources=["customer"])
    return connect()


def assert_another_worker_ends_what_is_left(database: Database, stripe: StripeProvider, doomed: Database) -> None:
    pid = doomed.info.backend_pid
    wait_until(lambda: not query(database, "select from pg_stat_activity where pid = %s", pid))
    run_worker(database)
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)
    assert value(database, "select count(*) from supasaasy.stripe_customer where deleted_at is not null") == 1
    assert query(database, "select distinct status, error_message from supasaasy.sync_jobs") == [("completed", None)]


@pytest.mark.parametrize("trigger", STAGES.values(), ids=STAGES.keys())
def test_a_worker_that_is_killed_while_it(
    database: Database, stripe: StripeProvider, doomed: Database, trigger: str
) -> None:
    kill_once(database, trigger)
    with pytest.raises(psycopg.OperationalError, match="terminating connection due to administrator command"):
        run_worker(doomed)
    assert_another_worker_ends_what_is_left(database, stripe, doomed)


@pytest.mark.parametrize("page", [0, 1], ids=["first page", "second page"])
def test_a_worker_that_is_killed_while_it_fetches(
    database: Database, stripe: StripeProvider, doomed: Database, page: int
) -> None:
    hanging = stripe.fault(faults.hang(), after=page, times=None)
    with in_background(lambda: run_worker(doomed)):
        wait_until(lambda: hanging.hits)
        database.execute("select pg_terminate_backend(%s)", (doomed.info.backend_pid,))
    hanging.release()
    assert_another_worker_ends_what_is_left(database, stripe, doomed)


def test_a_worker_that_is_killed_while_it_applies_webhooks_loses_none(
    database: Database, stripe: StripeProvider, connect: Callable[[], Database]
) -> None:
    for made in stripe.add("customer", 3):
        receive(database, event("customer.created", made, at=int(time.time())))
    kill_once(database, STAGES["stores a page"])
    with pytest.raises(psycopg.OperationalError, match="terminating connection due to administrator command"):
        run_worker(connect())
    work_again(database)
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)
    assert query(database, "select distinct status, attempts from supasaasy.webhook_events") == [("processed", 0)]


def test_a_worker_that_runs_out_of_time_gives_its_task_back_with_its_checkpoint(
    database: Database, stripe: StripeProvider
) -> None:
    stripe.add("customer", 300)
    stripe.fault(faults.hang(), match=lambda request: "starting_after" in request.query, times=None)
    database.execute("""update supasaasy.apps set config = config || '{"concurrency": 1}'""")
    start_sync(database, resources=["customer"])
    run_worker(database, max_seconds=1)
    assert query(database, "select status, pages from supasaasy.sync_job_tasks") == [("pending", 1)]


def test_the_worker_takes_no_more_tasks_than_it_is_told(database: Database, stripe: StripeProvider) -> None:
    start_sync(database)
    run_worker(database, max_tasks=2)
    assert query(database, "select status, count(*) from supasaasy.sync_job_tasks group by 1 order by 1") == [
        ("completed", 2),
        ("pending", 3),
    ]


def test_the_worker_does_one_job_only_when_told(database: Database, stripe: StripeProvider) -> None:
    first, second = start_sync(database, resources=["customer"]), start_sync(database, resources=["product"])
    run_worker(database, second)
    assert job_status(database, first)["status"] == "pending"
    assert job_status(database, second)["status"] == "completed"


def test_two_workers_do_every_task_once(
    database: Database, stripe: StripeProvider, connect: Callable[[], Database]
) -> None:
    stripe.latency = 0.01
    stripe.add("customer", 500)
    for app_key in ("a", "b", "c", "d"):
        add_app(database, app_key)
        start_sync(database, app_key=app_key)
    other = connect()
    with in_background(lambda: run_worker(other)):
        run_worker(database)
    assert query(database, "select distinct status, error_message from supasaasy.sync_job_tasks") == [
        ("completed", None)
    ]
    listings = [request for request in stripe.requests if first_page_of_products(request)]
    assert len(listings) == 4


def first_page_of_products(request: Request) -> bool:
    return request.path == "/v1/products"


def test_ending_a_task_does_not_wait_for_a_foreign_key_check_on_its_job(
    database: Database, connect: Callable[[], Database]
) -> None:
    start_sync(database, resources=["customer"])
    database.execute("select supasaasy._claim_task(60)")
    with connect().transaction() as checking:
        checking.connection.execute("select from supasaasy.sync_jobs for key share")
        database.execute("set lock_timeout = '1s'")
        assert (
            value(database, "select supasaasy._complete_task(id, lease_token) from supasaasy.sync_job_tasks")
            == "completed"
        )


def test_a_claim_does_not_wait_for_a_task_that_somebody_is_ending(
    database: Database, connect: Callable[[], Database]
) -> None:
    start_sync(database, resources=["customer"])
    database.execute("set lock_timeout = '1s'")
    with connect().transaction() as ending:
        ending.connection.execute("select from supasaasy.sync_job_tasks for no key update")
        assert value(database, "select supasaasy._claim_task(60)") is None
    database.execute("update pgmq.q_supasaasy_tasks set vt = now()")
    assert value(database, "select supasaasy._claim_task(60)") is not None


def test_a_worker_that_lost_its_lease_writes_nothing_more(
    database: Database, stripe: StripeProvider, connect: Callable[[], Database]
) -> None:
    stripe.add("customer", 300)
    database.execute("""update supasaasy.apps set config = config || '{"concurrency": 1}'""")

    def lose_the_lease(exchange: Any) -> Any:
        connect().execute("update supasaasy.sync_job_tasks set lease_token = gen_random_uuid()")
        return exchange.answer()

    stripe.fault(lose_the_lease)
    start_sync(database, resources=["customer"])
    run_worker(database)
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 0
    assert query(database, "select status, pages from supasaasy.sync_job_tasks") == [("processing", 0)]
    work_again(database)  # when the lease of whoever has it now has ended
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)


def test_a_task_whose_worker_is_gone_is_taken_over_at_once(
    database: Database, stripe: StripeProvider, connect: Callable[[], Database]
) -> None:
    stripe.add("customer", 150)
    start_sync(database, resources=["customer"])
    with connect() as doomed:
        pid = doomed.info.backend_pid
        doomed.execute("select supasaasy._claim_task(3600)")
    wait_until(lambda: not query(database, "select from pg_stat_activity where pid = %s", pid))
    run_worker(database)
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)


def test_a_task_is_taken_over_at_once_though_a_pooler_keeps_the_backend_of_a_worker_that_is_gone(
    database: Database, stripe: StripeProvider, connect: Callable[[], Database]
) -> None:
    stripe.add("customer", 150)
    start_sync(database, resources=["customer"])
    pooled = connect()
    pooled.execute("select supasaasy._claim_task(3600)")
    assert value(database, "select supasaasy._claim_task(60)") is None
    pooled.execute("discard all")  # what a pooler does when its client has gone
    run_worker(database)
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)


def test_a_task_that_costs_every_worker_its_life_is_given_up(database: Database, stripe: StripeProvider) -> None:
    start_sync(database, resources=["customer"])
    for _ in range(5):
        database.execute("select supasaasy._claim_task(60)")
        database.execute("update pgmq.q_supasaasy_tasks set vt = now()")
    run_worker(database)
    assert value(database, "select error_message from supasaasy.sync_jobs") == (
        "customer: given up after 5 attempts in which the worker was lost before it stored a page"
    )


def test_a_provider_that_never_answers_within_a_workers_time_does_not_keep_a_task_alive_for_ever(
    database: Database, stripe: StripeProvider
) -> None:
    stripe.fault(faults.hang(), times=None)
    start_sync(database, resources=["customer"])
    database.execute("set supasaasy.patience = '0.05'")
    run_worker(database, max_seconds=1)
    [(status, attempts, message)] = query(
        database, "select status, attempts, error_message from supasaasy.sync_job_tasks"
    )
    assert (status, attempts) == ("pending", 1)
    assert message in [f"no page in {seconds} s: the provider does not answer" for seconds in (0, 1)]
