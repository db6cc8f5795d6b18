"""What applying a configuration would change: what it wants, beside what the catalog of a database says.

Both sides are written in the same way, as dictionaries by name, so that one comparison does for all of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any, Literal

from supasaasy.config import Config
from supasaasy.connection import NOT_INSTALLED, Connection
from supasaasy.migration import collections_of, schedules_of
from supasaasy.render import catalog_row

State = Mapping[str, Any]

# Older versions lack columns: a row as JSON has what there is. What was dropped by hand counts as missing.
_FOUND = """
select jsonb_object_agg(found.name, found.state)
from (
    select 'supasaasy' as name, jsonb_build_object('version', row -> 'version', 'runtime', row -> 'runtime'
        , 'read_roles', row -> 'read_roles', 'webhook_logging', row -> 'webhook_logging'
        , 'notify', row -> 'notify') as state
    from supasaasy.installation cross join to_jsonb(installation) as row
    union all
    select 'connector ' || connector, declaration
    from supasaasy.connectors
    where connector in (select app.connector from supasaasy.apps as app where app.enabled)
    union all
    select 'app ' || app_key, jsonb_build_object(
        'name', name, 'connector', connector, 'config', config, 'resources', resources, 'sync_from', sync_from)
    from supasaasy.apps
    where enabled
    union all
    select 'collection ' || collection.collection_key
        , jsonb_build_object('declaration', collection.declaration)
        || case when to_regclass(format('supasaasy.%I', collection.view_name)) is null then '{}'
            else jsonb_build_object('view', collection.view_name) end
        || (
            select case when count(*) = 0 then '{}' else jsonb_build_object('partitions', count(*)) end
            from pg_inherits
            where inhparent = to_regclass(format('supasaasy.%I', collection.collection_key)))
        || (
            select coalesce(jsonb_object_agg('column ' || attribute.attname, declared.value -> 'definition'), '{}')
            from jsonb_array_elements(collection.columns) as declared
            join pg_attribute as attribute
                on attribute.attrelid = to_regclass(format('supasaasy.%I', collection.collection_key))
                and attribute.attname = declared.value ->> 'name'
                and not attribute.attisdropped)
    from supasaasy.collections as collection
    where to_regclass(format('supasaasy.%I', collection.collection_key)) is not null
        and exists (
            select from supasaasy.apps as app
            where app.enabled and app.connector = collection.connector
                and collection.resource_type = any (app.resources))
    union all
    select 'schedule ' || jobname, jsonb_build_object('active', active)
        || case when jobname like 'supasaasy:worker:%' then '{}'
            else jsonb_build_object('schedule', schedule, 'command', command) end
    from cron.job
    where jobname like 'supasaasy:%'
) as found
"""
# A partitioned table has its rows in its partitions.
_ESTIMATE = """
select coalesce(sum(greatest(part.reltuples, 0)), 0)::bigint
from to_regclass('supasaasy.' || %s) as whole(oid)
left join pg_inherits as division on division.inhparent = whole.oid
join pg_class as part on part.oid = coalesce(division.inhrelid, whole.oid)
"""
_ACTIONS = {"+": "add", "~": "alter", "-": "remove"}


@dataclass(frozen=True)
class Change:
    """Something that is added (+), altered (~) or removed (-), and where it is a dictionary, what of it."""

    sign: Literal["+", "~", "-"]
    name: str
    old: Any
    new: Any
    parts: tuple[Change, ...] = ()
    rewritten_rows: int = 0  # about how many rows a table has that is written anew

    def document(self) -> dict[str, Any]:
        """For JSON: where a dictionary was looked into, what of it changes instead of the whole."""
        whole = {"old": self.old, "new": self.new}
        return {
            "action": _ACTIONS[self.sign],
            "name": self.name,
            **({"parts": [part.document() for part in self.parts]} if self.parts else whole),
            **({"rewritten_rows": self.rewritten_rows} if self.rewritten_rows else {}),
        }


def plan(config: Config, connection: Connection) -> list[Change]:
    """What applying the configuration would change in this database."""
    changes = compare(find(connection), want(config))
    return [replace(change, rewritten_rows=_rewritten_rows(connection, change)) for change in changes]


def _rewritten_rows(connection: Connection, change: Change) -> int:
    """What a new or altered column costs."""
    if not any(part.name.startswith("column ") and part.sign != "-" for part in change.parts):
        return 0
    row = connection.execute(_ESTIMATE, (change.name.removeprefix("collection "),)).fetchone()
    return row[0] if row else 0


def compare(old: State, new: State) -> list[Change]:
    """What only one side has, and what differs; dictionaries are looked into."""
    changes = []
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if name not in old:
            changes.append(Change("+", name, None, after))
        elif name not in new:
            changes.append(Change("-", name, before, None))
        elif before != after:
            parts = compare(before, after) if isinstance(before, dict) and isinstance(after, dict) else ()
            changes.append(Change("~", name, before, after, tuple(parts)))
    return changes


def find(connection: Connection) -> State:
    """What the database has; nothing where supasaasy is not installed."""
    try:
        row = connection.execute(_FOUND).fetchone()
    except NOT_INSTALLED:
        return {}
    assert row is not None
    found: State = row[0]
    return found


def want(config: Config) -> State:
    """What the database is to have."""
    wanted: dict[str, Any] = {
        "supasaasy": {
            "version": version("supasaasy"),
            "runtime": config.runtime,
            "read_roles": config.read_roles,
            "webhook_logging": config.webhook_logging.model_dump(),
            "notify": config.notify and config.notify.model_dump(),
        }
    }
    for app in config.apps:
        wanted[f"app {app.app_key}"] = {
            "name": app.name,
            "connector": app.connector,
            "config": app.settings(),
            "resources": app.resources,
            "sync_from": app.sync_from and app.sync_from.isoformat(),
        }
    for connector in config.connectors:
        wanted[f"connector {connector.name}"] = connector.declaration()
        for collection in collections_of(config, connector):
            row = catalog_row(connector, collection)
            columns = {f"column {column['name']}": column["definition"] for column in row["columns"]}
            wanted[f"collection {row['collection_key']}"] = {
                "declaration": row["declaration"],
                "view": row["view_name"],
                **({"partitions": config.partitions} if config.partitions else {}),
                **columns,
            }
    for entry in schedules_of(config):
        wanted[f"schedule {entry['name']}"] = {key: entry[key] for key in entry if key != "name"}
    for number in range(1, config.workers + 1 if config.runtime == "plpython" else 1):
        wanted[f"schedule supasaasy:worker:{number}"] = {"active": True}  # the rest depends on pg_cron's version
    as_json: State = json.loads(json.dumps(wanted))
    return as_json
