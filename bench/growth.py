"""Growth: full syncs of ten, a hundred and a thousand thousand customers; and the API beside ten thousand old jobs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from statistics import median

from bench.mock import mock_process
from bench.report import Section
from bench.scene import APP, Scene

OLD_JOBS = 10_000
CALLS = 21


def growth(scene: Scene, sizes: Sequence[int]) -> Section:
    """First syncs without latency, concurrency 32, rate limit lifted."""
    section = Section("Growth", ("customers", "seconds", "µs a row", "memory MiB", "WAL MiB"))
    per_row = []
    for size in sizes:
        with mock_process({"customer": size}) as base_url:
            scene.configure(base_url, concurrency=32, rate_limit=1_000_000)
            scene.forget()
            cost = scene.sync(["customer"])
        if scene.count("supasaasy.stripe_customers") != size:
            raise RuntimeError("not every customer was stored")
        per_row.append(cost.seconds / size)
        section.add(
            f"{size:,}",
            f"{cost.seconds:.1f}",
            f"{per_row[-1] * 1e6:.0f}",
            f"{cost.memory_mib:.0f}",
            f"{cost.wal_mib:,.0f}",
            rows=size,
            **cost.as_dict(),
        )
    section.find(f"a row of the largest sync takes {per_row[-1] / per_row[0]:.2f} times as long as one of the smallest")
    for name, milliseconds in _calls(scene).items():
        section.find(f"{name} takes {milliseconds:.1f} ms with {OLD_JOBS:,} old jobs (median of {CALLS})")
    return section


def _calls(scene: Scene) -> dict[str, float]:
    """Milliseconds that each function of the API takes beside many jobs of the past."""
    with scene.connect() as connection:
        connection.execute(
            """
            with job as (
                insert into supasaasy.sync_jobs (app_key, mode, resource_types, status, created_at, completed_at)
                select %s, 'full', '{customer}', 'completed', now(), now() from generate_series(1, %s)
                returning id
            )
            insert into supasaasy.sync_job_tasks (job_id, app_key, collection_key, resource_type, mode, status)
            select job.id, %s, 'stripe_customer', 'customer', 'full', 'completed' from job
            """,
            (APP, OLD_JOBS, APP),
        )
        connection.execute("analyze supasaasy.sync_jobs, supasaasy.sync_job_tasks")
        times: dict[str, list[float]] = {"sync()": [], "job_status()": []}
        for _ in range(CALLS):
            began = time.perf_counter()
            row = connection.execute("select supasaasy.sync(%s, 'full') ->> 'job_id'", (APP,)).fetchone()
            times["sync()"].append(time.perf_counter() - began)
            assert row is not None
            began = time.perf_counter()
            connection.execute("select supasaasy.job_status(%s, true)", row)
            times["job_status()"].append(time.perf_counter() - began)
            connection.execute("select supasaasy.cancel_job(%s)", row)
    return {name: median(seconds) * 1000 for name, seconds in times.items()}
