"""Growth: syncs of up to a million customers, webhooks applied to them, and the API beside ten thousand old jobs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from statistics import median

from bench.measure import Cost
from bench.mock import mock_process
from bench.report import Section
from bench.scene import APP, Scene

OLD_JOBS = 10_000
EVENTS = 10_000
CALLS = 21


def growth(scene: Scene, sizes: Sequence[int]) -> Section:
    """First syncs without latency, concurrency 32, rate limit lifted."""
    section = Section("Growth", ("customers", "seconds", "µs a row", "memory MiB", "WAL MiB", "webhooks applied/s"))
    per_row, applied = [], []
    for size in sizes:
        with mock_process({"customer": size}) as base_url:
            scene.configure(base_url, concurrency=32, rate_limit=1_000_000)
            scene.forget()
            cost = scene.sync(["customer"])
        if scene.count("supasaasy.stripe_customers") != size:
            raise RuntimeError("not every customer was stored")
        per_row.append(cost.seconds / size)
        events = min(EVENTS, size)
        applied.append(events / _apply(scene, events).seconds)
        section.add(
            f"{size:,}",
            f"{cost.seconds:.1f}",
            f"{per_row[-1] * 1e6:.0f}",
            f"{cost.memory_mib:.0f}",
            f"{cost.wal_mib:,.0f}",
            f"{applied[-1]:,.0f}",
            rows=size,
            applied=applied[-1],
            **cost.as_dict(),
        )
    section.find(f"a row of the largest sync takes {per_row[-1] / per_row[0]:.2f} times as long as one of the smallest")
    section.find(
        f"webhooks are applied {applied[-1] / applied[0]:.2f} times as fast to the largest table as to the smallest"
    )
    for name, milliseconds in _calls(scene).items():
        section.find(f"{name} takes {milliseconds:.1f} ms with {OLD_JOBS:,} old jobs (median of {CALLS})")
    return section


def _apply(scene: Scene, events: int) -> Cost:
    """Update so many customers, chosen at random, by events that wait beside one old event of every customer."""
    with scene.connect() as connection:
        connection.execute("truncate supasaasy.webhook_events")
        connection.execute(
            """
            insert into supasaasy.webhook_events (
                app_key, event_id, event_type, occurred_at, collection_key, object_id, action, payload, status
                , received_at
            )
            select
                app_key, 'evt_old_' || external_id, 'customer.created', created_at - interval '1 day', 'stripe_customer'
                , external_id, 'create', '{}', 'processed', created_at - interval '1 day'
            from supasaasy.stripe_customer
            """
        )
        connection.execute(
            """
            with moved as (select * from supasaasy.stripe_customer order by md5(external_id) limit %s)
            select supasaasy._enqueue_event(stored.id)
            from unnest(supasaasy._store_events(%s, (
                select jsonb_agg(jsonb_build_object(
                    'id', 'evt_' || moved.external_id, 'type', 'customer.updated', 'created', extract(epoch from now())
                    , 'data', jsonb_build_object('object', moved.raw_payload || '{"name": "moved"}')))
                from moved))) as stored(id)
            """,
            (events, APP),
        )
    cost = scene.work()
    if scene.count("supasaasy.stripe_customers where name = 'moved'") != events:
        raise RuntimeError("not every event was applied")
    return cost


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
