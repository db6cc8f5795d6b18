"""What the command line and the dashboard ask of a database. Nothing here writes."""

from __future__ import annotations

from typing import Any

from supasaasy.connection import Connection

_VERSIONS = """
select 'PostgreSQL', split_part(current_setting('server_version'), ' ', 1)
union all
(
    select extname, extversion from pg_extension
    where extname in ('pg_cron', 'pg_net', 'pgcrypto', 'pgmq', 'plpython3u', 'supabase_vault')
    order by extname
)
union all
select 'pgmq', 'as plain SQL'
where to_regnamespace('pgmq') is not null and not exists (select from pg_extension where extname = 'pgmq')
"""
_RUNNING = """
select supasaasy.job_status(id, true)
from supasaasy.sync_jobs
where status in ('pending', 'processing') and mode <> 'refetch'
order by created_at
"""

# What the dashboard shows besides health(), each as rows of named columns.
RECENT_JOBS = """
select supasaasy.job_status(id, true) as job
from supasaasy.sync_jobs
where mode <> 'refetch'
order by status in ('pending', 'processing') desc, created_at desc
limit 10
"""
# What a task has received is spread evenly over the time it took.
LAST_DAY = """
with task as materialized (
    select processed_entities, started_at
        , greatest(coalesce(completed_at, now()), started_at + interval '1 millisecond') as ended_at
    from supasaasy.sync_job_tasks
    where started_at is not null and (completed_at is null or completed_at > now() - interval '1 day')
)
select hour, synced.objects, webhooks.events, webhooks.median, webhooks.slow
from generate_series(
    date_trunc('hour', now(), 'UTC') - interval '23 hours', now(), interval '1 hour') as hour
cross join lateral (
    select coalesce(round(sum(task.processed_entities
        * extract(epoch from least(task.ended_at, hour + interval '1 hour') - greatest(task.started_at, hour))
        / extract(epoch from task.ended_at - task.started_at))), 0)::bigint as objects
    from task
    where task.started_at < hour + interval '1 hour' and task.ended_at > hour
) as synced
cross join lateral (
    select count(*) as events
        , percentile_cont(0.5) within group (order by took) as median
        , percentile_cont(0.95) within group (order by took) as slow
    from (
        select case status when 'processed' then extract(epoch from processed_at - received_at) end as took
        from supasaasy.webhook_events
        where received_at >= hour and received_at < hour + interval '1 hour'
    ) as event
) as webhooks
order by hour
"""
# The newest ones, and the newest of those that failed.
RECENT_EVENTS = """
with shown as (
    (select id from supasaasy.webhook_events order by id desc limit 15)
    union
    (select id from supasaasy.webhook_events where status = 'failed' order by id desc limit 10)
)
select id, app_key, event_type, object_id, status, attempts, error_message, received_at
    , extract(epoch from processed_at - received_at)::float as took
from supasaasy.webhook_events
where id in (select id from shown)
order by id desc
"""
RECENT_ERRORS = """
(
    select coalesce(completed_at, started_at, created_at) as at, 'sync' as about, app_key, resource_type as subject
        , error_message
    from supasaasy.sync_job_tasks
    where error_message is not null and part_of is null
    order by at desc
    limit 10
)
union all
(
    select coalesce(processed_at, received_at) as at, 'webhook event', app_key, event_type, error_message
    from supasaasy.webhook_events
    where status = 'failed'
    order by at desc
    limit 10
)
union all
(
    select created_at as at, 'webhook request', app_key, response_status::text, error_message
    from supasaasy.webhook_logs
    where error_message is not null
    order by at desc
    limit 10
)
order by at desc
limit 15
"""


def read_health(connection: Connection) -> dict[str, Any]:
    """What `supasaasy.health()` returns."""
    health: dict[str, Any] = _value(connection, "select supasaasy.health()")
    return health


def read_job(connection: Connection, job_id: str) -> dict[str, Any]:
    """What `supasaasy.job_status()` returns of a job, with its tasks."""
    job: dict[str, Any] = _value(connection, "select supasaasy.job_status(%s, true)", job_id)
    return job


def read_running_jobs(connection: Connection) -> list[dict[str, Any]]:
    """The syncs that have not ended, as `supasaasy.job_status()` shows them."""
    return [job for (job,) in connection.execute(_RUNNING).fetchall()]


def read_versions(connection: Connection) -> list[str]:
    """PostgreSQL's version, and those of the extensions that matter here."""
    rows = connection.execute(_VERSIONS).fetchall()
    return [f"{name} {number}" for name, number in rows]


def read_runtime(connection: Connection) -> str:
    """Where the fetch engine runs: plpython or external."""
    runtime: str = _value(connection, "select runtime from supasaasy.installation")
    return runtime


def probe_from_inside(connection: Connection, app_key: str) -> str:
    """Why the provider does not answer an app whose engine runs in the database; empty when it does."""
    trouble: str = _value(connection, "select supasaasy._probe(%s)", app_key)
    return trouble


def _value(connection: Connection, query: str, *arguments: Any) -> Any:
    row = connection.execute(query.encode(), arguments or None).fetchone()
    assert row is not None
    return row[0]
