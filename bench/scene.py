"""Where the measurements happen: a throwaway cluster with PostgreSQL's default settings, and the provider's mock."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from bench.measure import Cost, Meter
from supasaasy import define_config, get_migrations
from supasaasy.cluster import Cluster, throwaway_cluster

API_KEY = "sk_live_bench"
WEBHOOK_SECRET = "whsec_bench"
APP = "stripe_bench"

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Scene:
    cluster: Cluster
    meter: Meter

    def connect(self) -> Connection:
        """A fresh session: a worker's interpreter is started within the measurement, as pg_cron's would be."""
        return psycopg.connect(self.cluster.dsn(), autocommit=True)

    def configure(self, base_url: str, *, concurrency: int, rate_limit: int | None, connector: str = "stripe") -> str:
        """Let an app sync from the mock, within these limits; without one, within the connector's own. Its key."""
        settings: dict[str, Any] = {
            "api_key_env": "STRIPE_API_KEY",
            "webhook_secret_env": "STRIPE_WEBHOOK_SECRET",
            "base_url": base_url,
            "allow_unsafe_base_url": True,
            "concurrency": concurrency,
        }
        if rate_limit is not None:
            settings["rate_limit"] = rate_limit
        key = f"{connector}_bench"
        config = define_config({"apps": [{"app_key": key, "name": key, "connector": connector, "config": settings}]})
        with self.connect() as connection, connection.transaction():
            connection.execute(get_migrations(config, bundle_pgmq=True).encode())
            connection.execute("select cron.unschedule(jobid) from cron.job")
        return key

    def sync(self, resources: list[str], app_key: str = APP, workers: int = 1) -> Cost:
        """A full sync of these resources; the job must complete."""
        with self.connect() as connection:
            job_id = self._value(connection, "select supasaasy.sync(%s, 'full', %s) ->> 'job_id'", app_key, resources)
            cost = self.work(workers)
            status = self._value(connection, "select supasaasy.job_status(%s)", job_id)
        if status["status"] != "completed":
            raise RuntimeError(f"the job has {status['status']}: {status['error_message']}")
        return cost

    def work(self, workers: int = 1) -> Cost:
        """Workers side by side, until nothing is left to do; the memory is that of the one that takes most."""
        with ExitStack() as stack:
            sessions = [stack.enter_context(self.connect()) for _ in range(workers)]
            backends = [session.info.backend_pid for session in sessions]
            pool = stack.enter_context(ThreadPoolExecutor(workers))
            return self.meter.measure(lambda: list(pool.map(_work, sessions)), backends)

    def count(self, table: str) -> int:
        with self.connect() as connection:
            return int(self._value(connection, f"select count(*) from {table}"))

    @staticmethod
    def _value(connection: Connection, statement: str, *arguments: Any) -> Any:
        row = connection.execute(statement.encode(), arguments or None).fetchone()
        assert row is not None
        return row[0]

    def forget(self) -> None:
        """Empty every table that holds what was synced."""
        with self.connect() as connection:
            connection.execute(
                """
                do $$ begin execute (
                    select 'truncate ' || string_agg(format('supasaasy.%I', collection_key), ', ')
                        || ', supasaasy.sync_jobs, supasaasy.sync_state cascade'
                    from supasaasy.collections
                ); end $$
                """
            )


def _work(session: Connection) -> None:
    session.execute("call supasaasy.run_worker(max_seconds => null)")


@contextmanager
def scene() -> Iterator[Scene]:
    secrets = {"STRIPE_API_KEY": API_KEY, "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET}
    with throwaway_cluster(environment=secrets) as cluster:
        meter = Meter(cluster)
        try:
            yield Scene(cluster, meter)
        finally:
            meter.close()
