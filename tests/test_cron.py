"""The real pg_cron starts the workers, and the pruning."""

from __future__ import annotations

import time
from collections.abc import Callable

import psycopg

from supasaasy import get_migrations
from supasaasy.cluster import Cluster
from tests.conftest import Database
from tests.providers.stripe import StripeProvider
from tests.support import (
    API_KEY,
    CONFIG,
    job_status,
    point_app_at,
    query,
    start_sync,
    value,
)

# More than one batch, so that the pruning has to commit in between.
ENDED_LONG_AGO = """
    insert into supasaasy.sync_jobs (app_key, mode, status, resource_types, completed_at)
    select 'stripe_prod', 'full', 'completed', '{}', now() - interval '1 year' from generate_series(1, 1500)
"""


def test_pg_cron_starts_the_worker_that_does_the_job_and_the_pruning(own_cluster: Callable[..., Cluster]) -> None:
    cluster = own_cluster()
    with StripeProvider(api_key=API_KEY) as provider, psycopg.connect(cluster.dsn(), autocommit=True) as connection:
        provider.add("customer", 250)
        connection.execute(get_migrations(CONFIG, bundle_pgmq=True).encode())
        worker = ("* * * * *", "call supasaasy.run_worker(linger => true)")
        if value(connection, "select supasaasy._cron_has_seconds()"):  # which Debian 12's has not
            worker = ("5 seconds", "call supasaasy.run_worker()")
        assert query(connection, "select jobname, schedule, command from cron.job order by jobname") == [
            (
                "supasaasy:prune",
                "23 4 * * *",
                "call supasaasy.prune(jobs_days => 30, events_days => 30, logs_days => 30)",
            ),
            ("supasaasy:worker:1", *worker),
            ("supasaasy:worker:2", *worker),
        ]
        point_app_at(connection, provider.url)
        connection.execute(ENDED_LONG_AGO)
        connection.execute("select cron.alter_job(jobid, '* * * * *') from cron.job where jobname = 'supasaasy:prune'")
        job_id = start_sync(connection, resources=["customer"])
        # pg_cron 1.4 starts its jobs on the minute: the one wait here that no seam can shorten.
        until = time.monotonic() + 75
        while (
            job_status(connection, job_id)["status"] != "completed"
            or value(connection, "select count(*) from supasaasy.sync_jobs") > 1
        ):
            assert time.monotonic() < until, cluster.log_text()
            time.sleep(0.1)
        assert value(connection, "select count(*) from supasaasy.stripe_customers") == 250
        assert query(connection, "select id::text from supasaasy.sync_jobs") == [(job_id,)]


def test_a_worker_that_finds_nothing_to_do_shows_that_it_lives_without_loading_the_engine(database: Database) -> None:
    database.execute("call supasaasy.run_worker()")
    assert value(database, "select worker_seen_at is not null from supasaasy.installation") is True
    database.execute(
        """
        create function engine_is_loaded() returns boolean language plpython3u
        as 'import sys; return any("spi" in name.split(".") for name in sys.modules)'
        """
    )
    assert value(database, "select engine_is_loaded()") is False
    start_sync(database, resources=["customer"])
    database.execute("call supasaasy.run_worker()")
    assert value(database, "select engine_is_loaded()") is True
