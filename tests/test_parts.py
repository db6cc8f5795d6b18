"""A listing that arrives faster than one worker stores it is shared with a worker that has nothing to do."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from supasaasy_runtime import fetch, pages, worker
from tests import support
from tests.conftest import Database
from tests.faults.support import assert_copied, assert_nothing_is_stuck
from tests.providers.stripe import StripeProvider
from tests.support import PATIENCE, in_background, job_status, query, run_worker, start_sync, sync, value, wait_until

REST = '{"filtered": true, "windows": [], "children": [], "objects": {}}'
PART = """
    {"filtered": true, "children": [], "objects": {}, "windows": [
        {"variant": 0, "since": 1000000000, "until": 1600000000, "cursor": null, "reached": null}]}
"""
MESSAGES = "select last_value from pgmq.q_supasaasy_tasks_msg_id_seq"  # one for each task and part
WAITING = "select count(distinct pid) from pg_locks where not granted"
WAITS_FOR_WORK = "select from pg_locks where locktype = 'advisory' and (classid, objid) = (1937075297, 0)"
WRITERS = "select count(distinct pid) from public.writers"


@pytest.fixture
def watched(database: Database) -> Database:
    """A database that notes who stores pages, and how many tasks there are then, at the pace of public.pace."""
    database.execute(
        """
        update supasaasy.apps set config = config || '{"concurrency": 4}';
        create function public.tasks() returns bigint language sql
        return (select count(*) from supasaasy.sync_job_tasks where status = 'processing' or part_of is not null);
        create table public.writers (pid integer, tasks bigint default public.tasks());
        create table public.pace as select 0.0::float8 as seconds;
        create function public.note_writer() returns trigger language plpgsql as $$
        begin
            insert into public.writers values (pg_backend_pid());
            perform pg_sleep(pace.seconds) from public.pace as pace;
            return null;
        end $$;
        create trigger note_writer after insert on supasaasy.stripe_customer
        for each statement execute function public.note_writer();
        create trigger note_writer after insert on supasaasy.seen_pages
        for each statement execute function public.note_writer();
        """
    )
    return database


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers, outside, that share at the first opportunity."""
    monkeypatch.setattr(support, "ENGINE", "external")
    monkeypatch.setattr(worker, "SHARING", 0.0)
    monkeypatch.setattr(worker, "SPARE", 1.0)
    monkeypatch.setattr(pages, "MIN_SHARED", 4.0)
    monkeypatch.setattr(fetch, "MAX_BUFFERED", 10_000)


def sync_with_two_workers(database: Database, working: Database, helping: Database) -> Any:
    """The second comes when the first has something to store, which waits for it."""
    database.execute("update public.pace set seconds = 0.1")
    job_id = start_sync(database, resources=["customer"])
    with database.transaction(), ThreadPoolExecutor() as pool:
        database.execute("lock table public.writers")
        ended = [pool.submit(run_worker, working)]
        wait_until(lambda: value(database, WAITING) == 1)
        ended.append(pool.submit(run_worker, helping))
        wait_until(lambda: query(database, WAITS_FOR_WORK))
        database.execute("commit")
        assert [future.result() for future in ended] == [None, None]
    assert_nothing_is_stuck(database)
    return job_status(database, job_id)


@pytest.fixture
def whole(database: Database, stripe: StripeProvider) -> dict[str, Any]:
    """The claim of a task, before anything was read."""
    stripe.add("customer", 5)
    start_sync(database, resources=["customer"])
    claim: dict[str, Any] = value(database, "select supasaasy._claim_task(60)")
    return claim


def share(database: Database, whole: dict[str, Any]) -> bool:
    statement = "select supasaasy._share_task(%s, %s, %s, %s)"
    return bool(value(database, statement, whole["task_id"], whole["lease_token"], REST, PART))


@pytest.fixture
def halves(database: Database, whole: dict[str, Any]) -> dict[str, Any]:
    """The claim of a task that has given a part away."""
    assert share(database, whole)
    return whole


def claim_part(database: Database) -> dict[str, Any]:
    claim: dict[str, Any] = value(database, "select supasaasy._claim_task(60)")
    assert [window["until"] for window in claim["checkpoint"]["windows"]] == [1600000000]
    return claim


def complete(database: Database, claim: dict[str, Any]) -> Any:
    return value(database, "select supasaasy._complete_task(%s, %s)", claim["task_id"], claim["lease_token"])


@pytest.mark.usefixtures("eager")
def test_two_workers_store_one_collection(
    watched: Database, stripe: StripeProvider, connect: Callable[[], Database]
) -> None:
    stripe.add("customer", 3_000)
    status = sync_with_two_workers(watched, connect(), connect())
    assert (status["status"], status["total_tasks"]) == ("completed", 1)
    assert [(task["created"], task["errors"]) for task in status["tasks"]] == [(3_000, 0)]
    assert value(watched, WRITERS) == 2
    assert_copied(watched, stripe)


@pytest.mark.usefixtures("eager")
def test_what_is_gone_is_deleted_though_each_worker_has_seen_only_a_part(
    watched: Database, stripe: StripeProvider, connect: Callable[[], Database]
) -> None:
    made = stripe.add("customer", 3_000)
    sync(watched, resources=["customer"])
    watched.execute("truncate public.writers")
    for gone in made[10::300]:
        stripe.delete(gone["id"])
    status = sync_with_two_workers(watched, connect(), connect())
    assert [(task["created"], task["updated"], task["deleted"]) for task in status["tasks"]] == [(0, 0, 10)]
    assert value(watched, WRITERS) == 2
    assert_copied(watched, stripe)


def test_a_worker_inside_that_cannot_keep_up_is_helped(
    watched: Database, stripe: StripeProvider, connect: Callable[[], Database]
) -> None:
    stripe.add("customer", 16_000)
    status = sync_with_two_workers(watched, connect(), connect())
    assert [(task["created"], task["errors"]) for task in status["tasks"]] == [(16_000, 0)]
    assert value(watched, WRITERS) == 2
    assert_copied(watched, stripe)


@pytest.mark.usefixtures("eager")
def test_a_part_is_given_away_before_the_pages_at_hand_are_stored(
    watched: Database, stripe: StripeProvider, connect: Callable[[], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "MAX_BUFFERED", 100_000_000)
    monkeypatch.setattr(fetch, "GATHERING", PATIENCE)  # the first statement is for sixteen pages
    connect().execute("select pg_advisory_lock_shared(1937075297, 0)")  # as a worker that waits
    stripe.add("customer", 6_000)
    sync(watched, resources=["customer"])
    assert value(watched, "select tasks from public.writers limit 1") == 2


def test_a_worker_looks_for_a_part_as_soon_as_it_has_nothing_to_fetch(
    watched: Database, stripe: StripeProvider, connect: Callable[[], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(support, "ENGINE", "external")
    monkeypatch.setattr(worker, "POLL", 1_000.0)
    watched.execute("update supasaasy.apps set config = config || '{\"concurrency\": 1}'")
    stripe.add("customer", 4_000)
    working = connect()
    start_sync(watched, resources=["customer"])
    with in_background(lambda: run_worker(working)), watched.transaction():
        watched.execute("lock table public.writers")
        wait_until(lambda: len(stripe.requests) == 40)
        start_sync(connect(), resources=["product"])
    assert value(watched, "select max(tasks) from public.writers") == 2


@pytest.mark.usefixtures("eager")
def test_a_worker_alone_gives_nothing_away(watched: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", 3_000)
    assert sync(watched, resources=["customer"])["tasks"][0]["created"] == 3_000
    assert value(watched, MESSAGES) == 1


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("only_one_job", [False, True])
def test_a_worker_for_one_job_ends_it_without_others(
    watched: Database, stripe: StripeProvider, connect: Callable[[], Database], only_one_job: bool
) -> None:
    connect().execute("select pg_advisory_lock_shared(1937075297, 0)")  # as a worker that waits
    stripe.add("customer", 3_000)
    job_id = start_sync(watched, resources=["customer"])
    run_worker(watched, job_id if only_one_job else None)
    assert job_status(watched, job_id)["tasks"][0]["created"] == 3_000
    assert (value(watched, MESSAGES) == 1) is only_one_job


def test_a_lock_that_somebody_else_holds_keeps_no_worker(database: Database, connect: Callable[[], Database]) -> None:
    database.execute("select pg_advisory_lock(1937075297, 0)")
    waiting = connect()
    waiting.execute("set statement_timeout = '20s'")
    waiting.execute("call supasaasy.run_worker(max_seconds => 1, linger => true)")  # ends


def test_the_whole_waits_for_its_part_and_is_then_completed_with_all_counts(
    database: Database, halves: dict[str, Any], connect: Callable[[], Database]
) -> None:
    helper = connect()
    part = claim_part(helper)
    database.execute("update supasaasy.sync_job_tasks set processed_entities = 7, pages = 2, observed_from = now()")
    status = job_status(database, halves["job_id"])
    assert (status["total_tasks"], status["processed_entities"], status["tasks"][0]["pages"]) == (1, 14, 4)

    assert complete(database, halves) == "pending"
    status = job_status(database, halves["job_id"])
    assert (status["status"], status["tasks"][0]["status"]) == ("processing", "processing")
    assert value(database, "select supasaasy._claim_task(60)") is None

    assert complete(helper, part) == "completed"
    assert complete(database, value(database, "select supasaasy._claim_task(60)")) == "completed"
    status = job_status(database, halves["job_id"])
    assert (status["status"], status["processed_entities"], status["tasks"][0]["pages"]) == ("completed", 14, 4)
    assert_nothing_is_stuck(database)


def test_nothing_more_is_given_away_before_somebody_has_taken_it(
    database: Database, halves: dict[str, Any], connect: Callable[[], Database]
) -> None:
    connect().execute("select pg_advisory_lock_shared(1937075297, 0)")  # as a worker that waits
    assert value(database, "select supasaasy._somebody_waits()") is False
    claim_part(connect())
    assert value(database, "select supasaasy._somebody_waits()") is True


def test_a_part_that_fails_fails_the_whole_once_and_both_can_be_retried(
    database: Database, stripe: StripeProvider, halves: dict[str, Any]
) -> None:
    part = claim_part(database)
    assert complete(database, halves) == "pending"
    database.execute("select supasaasy._fail_task(%s, %s, 'no', false)", (part["task_id"], part["lease_token"]))
    run_worker(database)
    status = job_status(database, halves["job_id"])
    assert (status["status"], status["failed_tasks"], status["error_message"]) == ("failed", 1, "customer: no")

    assert query(database, "select supasaasy.retry_job(%s)", halves["job_id"])
    run_worker(database)
    assert job_status(database, halves["job_id"])["status"] == "completed"
    assert_nothing_is_stuck(database)


def test_a_cancelled_job_ends_with_its_parts(database: Database, halves: dict[str, Any]) -> None:
    part = claim_part(database)
    status = value(database, "select supasaasy.cancel_job(%s)", halves["job_id"])
    assert (status["status"], status["total_tasks"]) == ("cancelled", 1)
    assert complete(database, part) is None
    assert_nothing_is_stuck(database)


def test_a_worker_that_has_lost_its_lease_shares_nothing(database: Database, halves: dict[str, Any]) -> None:
    database.execute("update supasaasy.sync_job_tasks set lease_token = gen_random_uuid()")
    assert not share(database, halves)
    assert value(database, "select count(*) from supasaasy.sync_job_tasks") == 2


@pytest.mark.parametrize("part_id", ["00000000-0000-4000-8000-000000000000", "ffffffff-ffff-4fff-8fff-ffffffffffff"])
def test_a_part_that_is_completed_while_its_job_is_cancelled_is_no_deadlock(
    database: Database, whole: dict[str, Any], connect: Callable[[], Database], part_id: str
) -> None:
    helper, canceller = connect(), connect()
    database.execute(f"alter table supasaasy.sync_job_tasks alter id set default '{part_id}'")
    share(database, whole)
    part = claim_part(helper)
    with ThreadPoolExecutor() as pool, database.transaction():
        database.execute("select from supasaasy.sync_job_tasks where id = %s for no key update", (whole["task_id"],))
        cancelled = pool.submit(value, canceller, "select supasaasy.cancel_job(%s)", whole["job_id"])
        wait_until(lambda: value(database, WAITING) == 1)
        completed = pool.submit(complete, helper, part)
        wait_until(lambda: value(database, WAITING) == 2)
        database.execute("commit")
        assert cancelled.result()["status"] == "cancelled"
        assert completed.result() is None


def test_a_part_that_ends_does_not_shorten_the_wait_for_the_next_attempt_of_its_whole(
    database: Database, halves: dict[str, Any], connect: Callable[[], Database]
) -> None:
    helper = connect()
    part = claim_part(helper)
    fail = "select supasaasy._fail_task(%s, %s, 'busy', true, 600)"
    database.execute(fail, (halves["task_id"], halves["lease_token"]))
    assert complete(helper, part) == "completed"
    assert value(database, "select supasaasy._claim_task(60)") is None


def test_a_job_that_is_cancelled_after_a_part_has_failed_is_cancelled(
    database: Database, halves: dict[str, Any]
) -> None:
    part = claim_part(database)
    database.execute("select supasaasy._fail_task(%s, %s, 'no', false)", (part["task_id"], part["lease_token"]))
    assert value(database, "select supasaasy.cancel_job(%s)", halves["job_id"])["status"] == "cancelled"


def test_a_job_whose_whole_has_failed_ends_with_the_last_part(
    database: Database, halves: dict[str, Any], connect: Callable[[], Database]
) -> None:
    helper = connect()
    part = claim_part(helper)
    database.execute("select supasaasy._fail_task(%s, %s, 'no', false)", (halves["task_id"], halves["lease_token"]))
    assert job_status(database, halves["job_id"])["status"] == "processing"
    assert complete(helper, part) == "completed"
    status = job_status(database, halves["job_id"])
    assert (status["status"], status["error_message"]) == ("failed", "customer: no")
    assert_nothing_is_stuck(database)


def test_workers_share_what_the_endpoint_of_embedded_children_allows(
    database: Database, connect: Callable[[], Database]
) -> None:
    start_sync(database, resources=["subscription"])
    share(database, value(database, "select supasaasy._claim_task(60)"))
    assert claim_part(connect())["rate_shares"]["endpoints"] == {
        "/v1/subscriptions": 0.5,
        "/v1/subscription_items": 0.5,
    }


def test_workers_that_read_one_endpoint_share_what_it_allows(
    database: Database, halves: dict[str, Any], connect: Callable[[], Database]
) -> None:
    shares = {"total": 0.5, "endpoints": {"/v1/customers": 0.5}}
    assert claim_part(connect())["rate_shares"] == shares
    assert value(database, "select supasaasy._rate_shares('stripe_prod')") == shares
