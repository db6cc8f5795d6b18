"""The real pg_cron starts the workers."""

from __future__ import annotations

import time
from collections.abc import Callable

import psycopg

from supasaasy import get_migrations
from supasaasy.cluster import Cluster
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


def test_pg_crons_worker_does_the_job(own_cluster: Callable[..., Cluster]) -> None:
    cluster = own_cluster()
    with StripeProvider(api_key=API_KEY) as provider, psycopg.connect(cluster.dsn(), autocommit=True) as connection:
        provider.add("customer", 250)
        connection.execute(get_migrations(CONFIG, bundle_pgmq=True).encode())
        assert query(connection, "select jobname, schedule, command from cron.job order by jobname") == [
            ("supasaasy:worker:1", "* * * * *", "call supasaasy.run_worker(linger => true)"),
            ("supasaasy:worker:2", "* * * * *", "call supasaasy.run_worker(linger => true)"),
        ]
        point_app_at(connection, provider.url)
        job_id = start_sync(connection, resources=["customer"])
        # pg_cron 1.4 starts its jobs on the minute: the one wait here that no seam can shorten.
        until = time.monotonic() + 75
        while job_status(connection, job_id)["status"] != "completed":
            assert time.monotonic() < until, cluster.log_text()
            time.sleep(0.1)
        assert value(connection, "select count(*) from supasaasy.stripe_customers") == 250
