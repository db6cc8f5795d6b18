"""Assembles the whole migration: one file, deterministic, idempotent, readable from top to bottom.

`supabase db push` splits the file into statements and sends each alone, in one transaction: so there is no transaction
control, no psql meta-command, no nested dollar quoting in a `do` block, and no name that contains "atomic".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pgmq.install import get_embedded_install_sql, get_embedded_sql_version

from supasaasy.bundle import render_runtime
from supasaasy.config import Config
from supasaasy.render import json_literal, literal, render_collection, render_connector, text_array
from supasaasy.spec import Collection, Connector

_ROUTINES = (
    "time json secrets catalog upsert jobs tasks parts record sweep children webhooks events refetch postgrest "
    "notifications health retention".split()
)


# Where no worker runs inside: what it would do beside fetching.
_APPLY_EVENTS = {
    "name": "supasaasy:events",
    "schedule": "* * * * *",
    "command": "call supasaasy._apply_queued_events()",
    "active": True,
}
_NOTIFY = {
    "name": "supasaasy:notify",
    "schedule": "* * * * *",
    "command": "select supasaasy._send_notifications()",
    "active": True,
}


def get_migrations(config: Config, *, bundle_pgmq: bool = False) -> str:
    """The migration that brings a database of any earlier state to this configuration and version.

    With `bundle_pgmq` it carries pgmq's SQL for servers that do not offer the extension.
    """
    return "\n".join(_migration(config, bundle_pgmq))


def get_preconditions(config: Config, *, bundle_pgmq: bool = False) -> str:
    """The SQL that raises an error which names all that the server lacks."""
    sql = _sql_directory()
    bundled = "select set_config('supasaasy.pgmq_bundled', 'yes', false);\n" if bundle_pgmq else None
    # Said either way: the session may have applied another configuration before.
    wanted = {
        "notify": config.notify is not None,
        "webhooks": any(app.config.webhook_secret_env is not None for app in config.apps),
    }
    settings = "".join(
        f"select set_config('supasaasy.{name}', '{'yes' if is_wanted else 'no'}', false);\n"
        for name, is_wanted in wanted.items()
    )
    inside = _read(sql / "preconditions_plpython.sql") if config.runtime == "plpython" else None
    return "\n".join(filter(None, (bundled, settings, inside, _read(sql / "preconditions.sql"))))


def get_uninstall() -> str:
    """The SQL that removes everything."""
    return _read(_sql_directory() / "uninstall.sql")


def get_distribution(config: Config) -> str:
    """The SQL that distributes the collection tables on a Citus cluster; run again, it takes those that are new."""
    tables = [
        collection.key(connector.name)
        for connector in config.connectors
        for collection in collections_of(config, connector)
    ]
    calls = "\n".join(
        f"select create_distributed_table('supasaasy.{table}', 'app_key')\n"
        f"where not exists (select from pg_dist_partition where logicalrelid = 'supasaasy.{table}'::regclass);"
        for table in tables
    )
    return f"""\
-- supasaasy {version("supasaasy")}: generated, not to be edited.
-- config {config_hash(config)}
--
-- For the coordinator of a Citus cluster, after the migration, and again after one that brings new tables.
-- All that an app has is kept on one node: the tables are colocated by default, as their app_key is of one type.
-- Every other table of supasaasy stays on the coordinator alone.

do $$
begin
    if to_regclass('pg_catalog.pg_dist_partition') is null then
        raise exception 'this database has no extension citus'
            using errcode = 'feature_not_supported', hint = 'create extension citus, here and on the workers';
    end if;
end
$$;

{calls}
"""


def _migration(config: Config, bundle_pgmq: bool) -> Iterator[str]:
    sql = _sql_directory()
    yield _header(config)
    yield _section("Preconditions: all of them, before anything is created")
    yield get_preconditions(config, bundle_pgmq=bundle_pgmq)
    if bundle_pgmq:
        yield _section(f"pgmq {get_embedded_sql_version()}, where the server does not have it")
        yield _bundled_pgmq()
    yield _section("Extensions")
    yield _read(sql / "extensions.sql")
    yield _section("Schema: each file once, recorded in supasaasy.migrations")
    yield _ledger()
    for path in sorted((sql / "schema").glob("*.sql")):
        yield _once(path)
    yield _section("Queues")
    yield _read(sql / "queues.sql")
    for name in _ROUTINES:
        yield _section(f"Routines: {name}")
        yield _read(sql / "routines" / f"{name}.sql")
    yield _section("The fetch engine")
    yield render_runtime() if config.runtime == "plpython" else _read(sql / "external.sql")
    for connector in config.connectors:
        yield _section(f"{connector.title}")
        yield render_connector(connector)
        for collection in collections_of(config, connector):
            yield _section(f"{connector.title}: {collection.name}")
            yield render_collection(connector, collection, config.partitions)
    yield _section("Every object of every collection")
    yield "select supasaasy._create_entities_view();\nselect supasaasy._comment_views();\n"
    yield _section("Apps")
    yield _apps(config)
    yield _section("The log of webhooks")
    yield _logging(config)
    yield _section("Webhooks through PostgREST")
    yield "select supasaasy._expose_webhooks();\n"
    yield _section("Schedules")
    yield _schedules(config)
    yield _section("Access")
    yield _access(config)
    yield _section("What is installed")
    yield _installation(config)


def _sql_directory() -> Path:
    """`sql/`: inside the installed wheel, else at the top of the checkout."""
    here = Path(__file__).parent
    installed = here / "_bundled" / "sql"
    return installed if installed.is_dir() else here.parent.parent / "sql"


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _section(title: str) -> str:
    return f"-- {title} {'-' * max(3, 116 - len(title))}\n"


def config_hash(config: Config) -> str:
    """SHA-256 of the configuration, as 64 hexadecimal digits."""
    return hashlib.sha256(config.canonical_json().encode()).hexdigest()


def _header(config: Config) -> str:
    apps = "\n".join(
        f"--   {app.app_key} ({app.connector_declaration.title}: {', '.join(app.resources)})" for app in config.apps
    )
    return f"""\
-- supasaasy {version("supasaasy")}: generated, not to be edited.
-- config {config_hash(config)}
-- apps
{apps}
--
-- Apply with `supabase db push`, or `psql --single-transaction --set ON_ERROR_STOP=1 --file <this file>`.
-- Applying it again changes nothing; applying a newer one upgrades in place and keeps all data.
"""


def _bundled_pgmq() -> str:
    return f"""\
create schema if not exists supasaasy;
create or replace procedure supasaasy._install_pgmq()
language plpgsql
as {literal(_install_pgmq_body())};
call supasaasy._install_pgmq();
drop procedure supasaasy._install_pgmq();
"""


def _install_pgmq_body() -> str:
    return f"""
begin
    if to_regprocedure('pgmq.send(text, jsonb)') is null then
        execute {literal(get_embedded_install_sql())};
    end if;
end
"""


def _ledger() -> str:
    return """\
create schema if not exists supasaasy;
comment on schema supasaasy is 'Local copies of SaaS data, kept fresh from inside the database.';
create table if not exists supasaasy.migrations (
    name       text primary key,
    version    text not null,
    applied_at timestamptz not null default now()
);
comment on table supasaasy.migrations is 'Which schema files were applied, once each.';
comment on column supasaasy.migrations.name is 'Name of the file.';
comment on column supasaasy.migrations.version is 'Version of supasaasy that brought it.';
comment on column supasaasy.migrations.applied_at is 'When it was applied.';
"""


def _once(path: Path) -> str:
    statements = _read(path)
    if "$" in statements:
        raise ValueError(f"{path.name}: a schema file stands in a do block and cannot hold a dollar sign")
    body = "\n".join(f"    {line}" if line else "" for line in statements.strip().splitlines())
    return f"""\
do $$
begin
    if exists (select from supasaasy.migrations where name = '{path.stem}') then
        return;
    end if;

{body}

    insert into supasaasy.migrations (name, version) values ('{path.stem}', {literal(version("supasaasy"))});
end
$$;
"""


def collections_of(config: Config, connector: Connector) -> tuple[Collection, ...]:
    """The collections that any app of the connector syncs, in the order of the declaration: parents first."""
    wanted = {name for app in config.apps if app.connector == connector.name for name in app.resources}
    return connector.limited_to(wanted).collections


def _apps(config: Config) -> str:
    rows = ",\n    ".join(
        "("
        + ", ".join(
            (
                literal(app.app_key),
                literal(app.name),
                literal(app.connector),
                json_literal(app.settings()),
                text_array(app.resources),
                f"{literal(app.sync_from.isoformat())}::timestamptz" if app.sync_from else "null",
                "true",
            )
        )
        + ")"
        for app in config.apps
    )
    return f"""\
insert into supasaasy.apps as stored (app_key, name, connector, config, resources, sync_from, enabled)
values
    {rows}
on conflict (app_key) do update set
    name = excluded.name
    , connector = excluded.connector
    , config = excluded.config
    , resources = excluded.resources
    , sync_from = excluded.sync_from
    , enabled = excluded.enabled
    , updated_at = now()
where (stored.name, stored.connector, stored.config, stored.resources, stored.sync_from, stored.enabled)
    is distinct from
    (excluded.name, excluded.connector, excluded.config, excluded.resources, excluded.sync_from, excluded.enabled);

update supasaasy.apps
set enabled = false, updated_at = now()
where enabled and app_key <> all ({text_array(app.app_key for app in config.apps)});
"""


def schedules_of(config: Config) -> list[dict[str, Any]]:
    """The pg_cron entries that do not depend on the server: all but those of workers."""
    numbers: dict[str, int] = {}
    entries = [_APPLY_EVENTS] if config.runtime == "external" else []
    for schedule in config.sync_schedules:
        numbers[schedule.app_key] = numbers.get(schedule.app_key, 0) + 1
        entries.append(
            {
                "name": f"supasaasy:{schedule.app_key}:{numbers[schedule.app_key]}",
                "schedule": schedule.cron,
                "command": f"select supasaasy.sync({literal(schedule.app_key)}, {literal(schedule.mode)})",
                "active": schedule.enabled,
            }
        )
    if config.notify:
        entries.append(_NOTIFY)
    return [*entries, _pruning(config)]


def _schedules(config: Config) -> str:
    entries = json_literal(schedules_of(config))
    workers = f"supasaasy._worker_schedules({config.workers}) || " if config.runtime == "plpython" else ""
    return f"select supasaasy._schedule({workers}{entries});\n"


def _pruning(config: Config) -> dict[str, Any]:
    retention, logs_days = config.retention, config.webhook_logging.retention_days
    return {
        "name": "supasaasy:prune",
        "schedule": "23 4 * * *",
        "command": f"call supasaasy.prune(jobs_days => {retention.jobs_days}, events_days => {retention.events_days}, "
        f"logs_days => {logs_days})",
        "active": True,
    }


def _logging(config: Config) -> str:
    """A constant, and not only a column of installation, as every webhook asks for it."""
    return f"""\
create or replace function supasaasy._logs_webhooks()
returns boolean
language sql immutable
as $$ select {str(config.webhook_logging.enabled).lower()} $$;
comment on function supasaasy._logs_webhooks() is 'Whether webhook requests are logged, as configured.';
"""


def _access(config: Config) -> str:
    return f"""\
select supasaasy._grant_access(
    {text_array(config.read_roles)}
    , p_views_run_as_invoker => current_setting('server_version_num')::integer >= 150000);
"""


def _installation(config: Config) -> str:
    return f"""\
insert into supasaasy.installation as stored (version, config_hash, runtime, read_roles, webhook_logging, notify)
values (
    {literal(version("supasaasy"))}
    , '{config_hash(config)}'
    , '{config.runtime}'
    , {text_array(config.read_roles)}
    , '{config.webhook_logging.model_dump_json()}'
    , {f"'{config.notify.model_dump_json()}'" if config.notify else "null"}
)
on conflict (singleton) do update set
    version = excluded.version
    , config_hash = excluded.config_hash
    , runtime = excluded.runtime
    , read_roles = excluded.read_roles
    , webhook_logging = excluded.webhook_logging
    , notify = excluded.notify
    , updated_at = now()
where (stored.version, stored.config_hash, stored.runtime, stored.read_roles, stored.webhook_logging, stored.notify)
    is distinct from (excluded.version, excluded.config_hash, excluded.runtime, excluded.read_roles
        , excluded.webhook_logging, excluded.notify);
"""
