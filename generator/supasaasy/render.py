"""Declaration → DDL and catalog rows: the part of the migration that depends on the configuration."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from supasaasy.spec import Collection, Column, ColumnKind, Connector, split_path

# https://www.postgresql.org/docs/current/sql-keywords-appendix.html: reserved, or not usable as a plain column.
_KEYWORDS = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case
    cast char character check coalesce collate collation column concurrently constraint create cross current_catalog
    current_date current_role current_schema current_time current_timestamp current_user dec decimal default
    deferrable desc distinct do else end except exists extract false fetch float for foreign freeze from full grant
    greatest group grouping having ilike in initially inner inout int integer intersect interval into is isnull join
    lateral leading least left like limit localtime localtimestamp national natural nchar none normalize not notnull
    null nullif numeric offset on only or order out outer overlaps overlay placing position precision primary real
    references returning right row select session_user setof similar smallint some substring symmetric table
    tablesample then time timestamp to trailing treat trim true union unique user using values varchar variadic
    verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse
    xmlpi xmlroot xmlserialize xmltable
    """.split()
)

_TYPES: dict[ColumnKind, tuple[str, str]] = {
    "text": ("text", "json_text"),
    "reference": ("text", "json_reference"),
    "bigint": ("bigint", "json_bigint"),
    "integer": ("integer", "json_integer"),
    "numeric": ("numeric", "json_numeric"),
    "boolean": ("boolean", "json_boolean"),
    "timestamp": ("timestamptz", "json_timestamp"),
    "jsonb": ("jsonb", "json_value"),
    "parent": ("text", "json_reference"),
}

_BASE_COMMENTS = {
    "app_key": "The app the object belongs to.",
    "external_id": "The provider's id.",
    "raw_payload": "The object as the provider sent it, whole.",
    "api_version": "The provider's API version the payload is written in.",
    "observed_at": "The provider's clock when this was true; an older observation never overwrites it.",
    "created_at": "When the row was inserted here.",
    "updated_at": "When the payload last changed here.",
    "archived_at": "When the provider was first seen to call the object inactive; null while it is active.",
    "deleted_at": "When the object was found to be gone; the row stays.",
    "listed_digest": "Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is "
    "not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.",
}


def identifier(name: str) -> str:
    """A name as it stands in SQL: quoted only where it must be."""
    return f'"{name}"' if name in _KEYWORDS else name


def literal(value: str) -> str:
    """A string as it stands in SQL."""
    return "'" + value.replace("'", "''") + "'"


def json_literal(value: Any) -> str:
    """A JSON document as it stands in SQL, one line for each top-level key."""
    if not isinstance(value, dict):
        return literal(json.dumps(value)) + "::jsonb"
    lines = ",\n".join(f"    {json.dumps(key)}: {json.dumps(entry)}" for key, entry in value.items())
    return literal(f"{{\n{lines}\n}}") + "::jsonb"


def text_array(values: Iterable[str]) -> str:
    """A text[] as it stands in SQL."""
    return f"array[{', '.join(literal(value) for value in values)}]::text[]"


def column_type(column: Column) -> str:
    return _TYPES[column.kind][0]


def column_definition(column: Column) -> str:
    """Type and generation expression of a typed column, as `alter table … add column` takes them."""
    sql_type, helper = _TYPES[column.kind]
    if not column.paths:
        return f"{sql_type} not null"
    values = [f"supasaasy.{helper}({_extract(path)})" for path in column.paths]
    expression = values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"
    return f"{sql_type} generated always as ({expression}) stored"


def _extract(path: str) -> str:
    keys = split_path(path)
    return f"raw_payload -> '{keys[0]}'" if len(keys) == 1 else f"raw_payload #> '{{{','.join(keys)}}}'"


def render_connector(connector: Connector) -> str:
    """The connector's catalog row."""
    return f"""\
insert into supasaasy.connectors as stored (connector, title, declaration, envelope)
select
    declared.connector, declared.title, declared.declaration
    , jsonb_populate_record(
        null::supasaasy.event_envelope, nullif(declared.declaration -> 'events', 'null'))
from (values (
    {literal(connector.name)}, {literal(connector.title)}, {json_literal(connector.declaration())}
)) as declared(connector, title, declaration)
on conflict (connector) do update set
    title = excluded.title
    , declaration = excluded.declaration
    , envelope = excluded.envelope
where stored is distinct from excluded;
"""


def render_collection(connector: Connector, collection: Collection, partitions: int | None = None) -> str:
    """Table, catalog row, indexes, view and comments of one collection."""
    return "\n".join(
        (
            _table(connector, collection, partitions),
            f"select supasaasy._declare_collection({json_literal(catalog_row(connector, collection))});\n",
            _indexes(connector, collection),
            _view(connector, collection),
            _comments(connector, collection),
        )
    )


def _table(connector: Connector, collection: Collection, partitions: int | None) -> str:
    base = (
        ("app_key", "text not null"),
        ("external_id", "text not null"),
        ("raw_payload", "jsonb not null"),
        ("api_version", "text"),
        ("observed_at", "timestamptz not null"),
        ("created_at", "timestamptz not null"),
        ("updated_at", "timestamptz not null"),
        ("archived_at", "timestamptz"),
        ("deleted_at", "timestamptz"),
        ("listed_digest", "uuid"),
    )
    typed = [(column.name, column_definition(column)) for column in collection.columns]
    lines = _aligned([*base, *typed])
    body = ",\n".join(f"    {line}" for line in [*lines, "primary key (app_key, external_id)"])
    key = collection.key(connector.name)
    table = f"create table if not exists supasaasy.{key} (\n{body}\n)"
    if partitions is None:
        return f"{table};\n"
    return (
        f"{table}\npartition by hash (external_id);\n\n"
        f"select supasaasy._create_partitions({literal(key)}, {partitions});\n"
    )


def _aligned(pairs: Sequence[tuple[str, str]]) -> list[str]:
    width = max(len(identifier(name)) for name, _ in pairs)
    return [f"{identifier(name):<{width}} {rest}" for name, rest in pairs]


def catalog_row(connector: Connector, collection: Collection) -> dict[str, Any]:
    """The row of `supasaasy.collections`."""
    parent = connector.parent_of(collection.name)
    return {
        "collection_key": collection.key(connector.name),
        "connector": connector.name,
        "resource_type": collection.name,
        "view_name": collection.view_name(connector.name),
        "parent_key": parent.key(connector.name) if parent else None,
        "declaration": connector.collection_declaration(collection),
        "columns": [{"name": column.name, "definition": column_definition(column)} for column in collection.columns],
    }


def _indexes(connector: Connector, collection: Collection) -> str:
    table = collection.key(connector.name)
    return "".join(
        f"create index if not exists {table}_{column.name}_idx on supasaasy.{table} "
        f"({'app_key, ' if column.kind == 'parent' else ''}{identifier(column.name)});\n"
        for column in collection.columns
        if column.index
    )


def _view(connector: Connector, collection: Collection) -> str:
    columns = [
        "app_key",
        "external_id",
        *(column.name for column in collection.columns),
        *("raw_payload", "created_at", "updated_at", "archived_at"),
    ]
    selected = "\n    , ".join(identifier(column) for column in columns)
    return f"""\
create or replace view supasaasy.{collection.view_name(connector.name)} as
select
    {selected}
from supasaasy.{collection.key(connector.name)}
where deleted_at is null;
"""


def _comments(connector: Connector, collection: Collection) -> str:
    table, title = collection.key(connector.name), connector.title
    kind = collection.name.replace("_", " ")
    lines = [
        f"comment on table supasaasy.{table} is "
        f"{literal(f'Every {kind} of {title} ever seen, soft-deleted ones included. {collection.source}')};",
        f"comment on view supasaasy.{collection.view_name(connector.name)} is "
        f"{literal(f'Each {kind} that {title} has now. {collection.source}')};",
    ]
    lines += [
        f"comment on column supasaasy.{table}.{name} is {literal(text)};" for name, text in _BASE_COMMENTS.items()
    ]
    lines += [
        f"comment on column supasaasy.{table}.{identifier(column.name)} is {literal(column_comment(column))};"
        for column in collection.columns
    ]
    return "\n".join(lines) + "\n"


def column_comment(column: Column) -> str:
    """Where its values come from."""
    if column.kind == "parent":
        return "The id of the object that this one belongs to."
    return f"raw_payload: {' or '.join(column.paths)}" + (f" ({column.doc})" if column.doc else "")
