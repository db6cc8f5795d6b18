"""Names made to break quoting, and objects made to stand in the way."""

from __future__ import annotations

from tests.conftest import Database
from tests.support import (
    value,
)


def test_functions_that_run_as_their_owner_ignore_what_the_caller_puts_in_the_way(database: Database) -> None:
    database.execute(
        """
        create schema evil;
        create function evil.cardinality(text[]) returns integer language sql as $$ select 666 $$;
        create temp table sync_jobs (id uuid);
        set search_path = evil, pg_temp, pg_catalog;
        """
    )
    assert value(database, "select supasaasy.sync('stripe_prod') ->> 'total_tasks'") == "5"
