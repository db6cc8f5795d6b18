"""A key that is missing, wrong or malformed ends its job with a clear error, and is seen nowhere."""

from __future__ import annotations

from collections.abc import Callable

from tests.conftest import Database
from tests.faults.support import one_by_one, second_page
from tests.providers import faults
from tests.providers.stripe import StripeProvider
from tests.support import (
    API_KEY,
    query,
    sync,
)


def test_a_wrong_key_ends_the_job_at_once_and_shows_no_key(database: Database, stripe: StripeProvider) -> None:
    stripe.api_key = "sk_test_another_key"
    status = sync(database)
    assert status["status"] == "failed"
    assert {task["status"] for task in status["tasks"]} == {"failed"}
    assert status["error_message"].startswith("customer: the provider answered 401: Invalid API Key provided")
    assert API_KEY not in str(status)


def test_a_key_with_a_line_break_is_refused_unseen(database: Database, stripe: StripeProvider) -> None:
    one_by_one(database)
    database.execute("select vault.create_secret(E'sk_test_a\\r\\nX-Injected: 1', 'STRIPE_API_KEY')")
    status = sync(database, resources=["customer"])
    assert status["error_message"] == "customer: the secret STRIPE_API_KEY has characters that no API key has"
    assert stripe.requests == []


def test_no_secret_is_in_any_table(database: Database, stripe: StripeProvider, connect: Callable[[], Database]) -> None:
    stripe.add("customer", 150)
    stripe.fault(faults.status(403), match=second_page, times=None)
    sync(database)
    tables = query(
        database,
        "select oid::regclass::text from pg_class where relkind = 'r'"
        " and relnamespace in ('supasaasy'::regnamespace, 'pgmq'::regnamespace, 'cron'::regnamespace)",
    )
    for (table,) in tables:
        assert query(connect(), f"select 1 from {table} as row where row::text like '%{API_KEY}%'") == []
