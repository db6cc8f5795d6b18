"""A database that refuses a write: the task is tried again, and nothing is half written."""

from __future__ import annotations

from tests.conftest import Database
from tests.providers.stripe import StripeProvider
from tests.support import (
    sync,
    value,
)


def test_a_failing_write_is_the_tasks_error_and_is_retried(database: Database, stripe: StripeProvider) -> None:
    database.execute(
        """
        create function public.full_disk() returns trigger language plpgsql
        as $$ begin raise exception 'no space left on device' using errcode = 'disk_full'; end $$;
        create trigger full_disk before insert on supasaasy.stripe_customer
        for each row execute function public.full_disk();
        """
    )
    stripe.add("customer", 5)
    task = sync(database, resources=["customer"])["tasks"][0]
    assert (task["status"], task["errors"]) == ("pending", 0)
    assert "storing a page failed" in task["error_message"]
    assert "no space left on device" in task["error_message"]

    database.execute("drop trigger full_disk on supasaasy.stripe_customer")
    database.execute("update pgmq.q_supasaasy_tasks set vt = now()")
    database.execute("call supasaasy.run_worker()")
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 5
