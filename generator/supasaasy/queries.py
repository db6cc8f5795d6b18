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
