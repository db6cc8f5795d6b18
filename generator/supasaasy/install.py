"""`supasaasy apply` and `supasaasy uninstall`: what they would do, for people, and doing it in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import shorten
from typing import Any

from rich.console import Console
from rich.text import Text

from supasaasy.config import Config
from supasaasy.connection import Connection
from supasaasy.migration import get_migrations, get_preconditions, get_uninstall
from supasaasy.plan import Change

_COLOURS = {"+": "green", "~": "yellow", "-": "red"}
_WHAT_STAYS = {
    "app": "disabled; its rows stay",
    "collection": "no longer synced; its table and rows stay",
}
_HAS_PGMQ = """
select exists (select from pg_proc where pronamespace = to_regnamespace('pgmq') and proname = 'send')
    or exists (select from pg_available_extensions where name = 'pgmq')
"""
# Relations of other schemas that `drop schema … cascade` takes along: views over ours, and tables that refer to ours.
_DEPENDENTS = """
select format('%s %s', case relation.relkind when 'm' then 'materialized view' else 'view' end, relation.oid::regclass)
from pg_depend as dependency
join pg_rewrite as rule on rule.oid = dependency.objid and dependency.classid = 'pg_rewrite'::regclass
join pg_class as relation on relation.oid = rule.ev_class
join pg_class as ours on ours.oid = dependency.refobjid and ours.relnamespace = to_regnamespace('supasaasy')
where relation.relnamespace <> ours.relnamespace
union
select format('foreign key %I of %s', conname, conrelid::regclass)
from pg_constraint
join pg_class as ours on ours.oid = confrelid and ours.relnamespace = to_regnamespace('supasaasy')
where connamespace <> ours.relnamespace
order by 1
"""


def check_preconditions(config: Config, connection: Connection) -> None:
    """Raise psycopg.Error that names everything the server lacks; nothing is changed."""
    connection.execute(get_preconditions(config, bundle_pgmq=_must_bundle(connection)).encode())


def apply(config: Config, connection: Connection) -> None:
    """Apply the migration in one transaction, with pgmq's SQL where the server has no such extension."""
    migration = get_migrations(config, bundle_pgmq=_must_bundle(connection))
    with connection.transaction():
        connection.execute("set local statement_timeout = 0")  # a column that is added to a large table takes its time
        connection.execute(migration.encode())


def _must_bundle(connection: Connection) -> bool:
    row = connection.execute(_HAS_PGMQ).fetchone()
    return row != (True,)


def uninstall(connection: Connection) -> None:
    with connection.transaction():
        connection.execute(get_uninstall().encode())


def find_losses(connection: Connection) -> dict[str, Any]:
    """What uninstalling takes away beside the schema: synced objects, and what of others is built upon them."""
    row = connection.execute("select count(*) from supasaasy.entities").fetchone()
    return {"objects": row and row[0], "dependents": [name for (name,) in connection.execute(_DEPENDENTS)]}


def print_losses(losses: Mapping[str, Any], console: Console) -> None:
    console.print(f"- schema supasaasy, with {losses['objects']:,} objects and the record of all syncs", style="red")
    console.print("- its schedules, its two queues, and its functions in the schema public", style="red")
    for name in losses["dependents"]:
        console.print(Text(f"- {name}, which is built upon it", "red"))
    console.print("Extensions, roles and secrets stay.")


def print_changes(changes: Sequence[Change], console: Console) -> None:
    """What applying changes, one line each; what there is of a changed thing is indented below it."""
    if not changes:
        console.print("Nothing that shows would change; the functions are created again.")
    for line in _lines(changes):
        console.print(line, soft_wrap=True)


def _lines(changes: Sequence[Change], indent: str = "") -> Iterator[Text]:
    for change in changes:
        line = f"{indent}{change.sign} {change.name}{_remark(change)}"
        if change.rewritten_rows:
            line += f": rewrites a table of about {change.rewritten_rows:,} rows, which is locked meanwhile"
        yield Text(line, _COLOURS[change.sign])
        yield from _lines(change.parts, indent + "    ")


def _remark(change: Change) -> str:
    kind = change.name.partition(" ")[0]
    if change.parts:
        return ""
    if change.sign == "~":
        return f": {_brief(change.old)} → {_brief(change.new)}"
    if change.sign == "-":
        return f": {_WHAT_STAYS[kind]}" if kind in _WHAT_STAYS else ""
    return f": {_summary(kind, change.new)}".removesuffix(": ")


def _summary(kind: str, state: Any) -> str:
    """What is to be said of something new."""
    if kind == "collection":
        columns = sum(name.startswith("column ") for name in state)
        return f"view {state['view']}, {columns} columns"
    if kind == "app":
        return f"{state['name']}: {', '.join(state['resources'])}"
    if kind == "schedule":
        return ", ".join(str(state[key]) for key in ("schedule", "command") if key in state)
    if kind == "supasaasy":
        return f"version {state['version']}, runtime {state['runtime']}"
    return "" if isinstance(state, Mapping) else _brief(state)


def _brief(value: Any) -> str:
    return "none" if value is None else shorten(str(value), 100, placeholder="…")
