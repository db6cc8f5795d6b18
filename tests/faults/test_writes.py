"""A database that refuses a write: the task is tried again, and nothing is half written."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import Database
from tests.faults.support import assert_copied, assert_nothing_is_stuck, failing_writes, work_again
from tests.providers.stripe import StripeProvider
from tests.support import in_background, query, run_worker, start_sync, sync, value, wait_until

pytestmark = pytest.mark.usefixtures("engine")


@pytest.mark.parametrize(
    ("when", "doing"),
    [
        ("before insert on supasaasy.stripe_customer for each row", "storing a page failed"),
        ("before insert on supasaasy.seen_pages for each row", "storing a page failed"),
        (
            "before update on supasaasy.stripe_customer for each row when (new.deleted_at is not null)",
            "completing the task failed",
        ),
        ("before insert on supasaasy.sync_state for each row", "completing the task failed"),
    ],
    ids=["insert", "seen ids", "sweep", "state"],
)
def test_a_disk_that_is_full_for_a_while_delays_the_task(
    database: Database, stripe: StripeProvider, when: str, doing: str
) -> None:
    made = stripe.add("customer", 150)
    sync(database, resources=["customer"])
    stripe.delete(made[0]["id"])
    stripe.add("customer", 5)
    database.execute("truncate supasaasy.sync_state")
    failing_writes(database, when, times=2)
    task = sync(database, resources=["customer"])["tasks"][0]
    assert (task["status"], task["errors"]) == ("pending", 0)
    assert task["error_message"].startswith(f"{doing}: could not extend file: No space left on device")

    work_again(database)
    work_again(database)
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)
    assert query(database, "select raw_object from supasaasy.rejected_objects") == []


def test_a_row_that_somebody_holds_beyond_lock_timeout_delays_the_task(
    database: Database, stripe: StripeProvider, connect: Callable[[], Database]
) -> None:
    made = stripe.add("customer", 5)
    sync(database, resources=["customer"])
    stripe.update(made[0]["id"], email="new@example.com")
    other = connect()
    database.execute("set lock_timeout = '50ms'")
    with other.transaction():
        other.execute("select from supasaasy.stripe_customer where external_id = %s for update", (made[0]["id"],))
        task = sync(database, resources=["customer"])["tasks"][0]
        assert task["status"] == "pending"
        assert task["error_message"].startswith("storing a page failed: canceling statement due to lock timeout")
    work_again(database)
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)


def test_the_victim_of_a_deadlock_tries_again(
    database: Database, stripe: StripeProvider, connect: Callable[[], Database]
) -> None:
    made = stripe.add("customer", 5)
    sync(database, resources=["customer"])
    stripe.update(made[0]["id"], email="new@example.com")
    start_sync(database, resources=["customer"])
    other, observer = connect(), connect()
    other.execute("set deadlock_timeout = '1min'")
    database.execute("set deadlock_timeout = '10ms'")
    # The worker goes on to the customer when the other session waits for the worker's task: then the circle is closed.
    database.execute(
        f"""
        create sequence public.storing;
        create function public.wait_for_the_other() returns trigger language plpgsql
        as $$
        begin
            perform nextval('public.storing');
            while not exists (select from pg_locks where pid = {other.info.backend_pid} and not granted) loop
                perform pg_sleep(0.001);
            end loop;
            return null;
        end $$;
        create trigger wait_for_the_other before insert on supasaasy.stripe_customer
        for each statement execute function public.wait_for_the_other();
        """.encode()
    )
    database.execute("set statement_timeout = '30s'")
    other.execute("begin")
    other.execute("select from supasaasy.stripe_customer where external_id = %s for update", (made[0]["id"],))
    with in_background(lambda: run_worker(database)):
        wait_until(lambda: value(observer, "select is_called from public.storing"))
        other.execute("update supasaasy.sync_job_tasks set attempts = attempts where status = 'processing'")
        other.execute("commit")  # or the worker, once it is the victim, would wait for the task's row
    task = query(database, "select status, error_message from supasaasy.sync_job_tasks where status <> 'completed'")
    assert task == [("pending", "storing a page failed: deadlock detected")]

    database.execute("drop trigger wait_for_the_other on supasaasy.stripe_customer")
    work_again(database)
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)
