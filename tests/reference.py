"""Renders docs/config.md from the models of the configuration, and docs/sql.md from the comments in a database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from supasaasy.config import Config
from supasaasy.connectors import CONNECTORS
from tests.conftest import Database
from tests.support import query

Schema = Mapping[str, Any]

_CONFIG_HEAD = """\
# Configuration reference

What `define_config` takes. Generated from the models by `make golden`. Every other key is refused, and every wrong
value is named at once.
"""
_SQL_HEAD = """\
# SQL reference

What is in the schema `supasaasy`, apart from the objects of [Stripe](stripe.md), [Intercom](intercom.md) and
[Notion](notion.md). Generated from the comments in the database by `make golden`; `\\d+` and `\\df+` show them in
psql. Names that begin with an underscore are internal and may change.
"""

_ROUTINES = """
select format('%s(%s)%s', proname, pg_get_function_arguments(oid)
    , case prokind when 'f' then ' returns ' || pg_get_function_result(oid) else '' end)
    , obj_description(oid, 'pg_proc')
from pg_proc
where pronamespace = 'supasaasy'::regnamespace and proname !~ '^(_|json_|iso_)'
order by proname
"""
_RELATIONS = """
select relname, obj_description(oid, 'pg_class')
from pg_class
where relnamespace = 'supasaasy'::regnamespace and relkind::text = any (%s)
    and relname not in (select unnest(array[collection_key, view_name]) from supasaasy.collections)
order by relname
"""
_COLUMNS = """
select attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum)
from pg_attribute
where attrelid = format('supasaasy.%%I', %s::text)::regclass and attnum > 0 and not attisdropped
order by attnum
"""


def render_config_reference() -> str:
    schema = Config.model_json_schema()
    return "\n".join((_CONFIG_HEAD, *_models(schema, schema["$defs"]), *_connectors()))


def _models(model: Schema, all_models: Schema) -> Iterator[str]:
    """A model, followed by those that its keys hold."""
    yield f"## {model['description'].rstrip('.')}\n"
    rows = (
        (f"`{name}`", _type(key), _default(name, key, model), key["description"])
        for name, key in model["properties"].items()
    )
    yield table(("key", "type", "default", "meaning"), rows)
    for name in _references(model["properties"]):
        yield from _models(all_models[name], all_models)


def _references(properties: Schema) -> Iterator[str]:
    for key in properties.values():
        for part in (key, key.get("items", {}), *key.get("anyOf", ())):
            if "$ref" in part:
                yield part["$ref"].rpartition("/")[2]


def _type(key: Schema) -> str:
    """What a value may be, in words."""
    if "anyOf" in key:
        return " or ".join(_type(part) for part in key["anyOf"] if part.get("type") != "null")
    if "enum" in key:
        return " or ".join(f"`{value}`" for value in key["enum"])
    if "$ref" in key:
        return "a dictionary, see below"
    if key["type"] == "array":
        items = key["items"]
        each = "strings" if items == {"type": "string"} else _type(items)
        return "a list of " + ("dictionaries, see below" if "$ref" in items else each)
    words = {"string": "string", "integer": "whole number", "number": "number", "boolean": "true or false"}
    bounds = [f"{key[name]:,}" for name in ("minimum", "maximum") if name in key]
    moment = "date or time" if key.get("format") == "date-time" else words[key["type"]]
    return moment + (f", {' to '.join(bounds)}" if bounds else "")


def _default(name: str, key: Schema, schema: Schema) -> str:
    if name in schema.get("required", ()):
        return "required"
    default = key.get("default")
    return f"`{default}`" if default not in (None, []) else ""


def _connectors() -> Iterator[str]:
    yield "## Connectors\n"
    rows = (
        (
            f"`{name}`",
            ", ".join(f"`{resource}`" for resource in connector.resource_types),
            ", ".join(f"`{region}`" for region in connector.regions),
        )
        for name, connector in sorted(CONNECTORS.items())
    )
    yield table(("connector", "resource types", "regions"), rows)


def render_sql_reference(database: Database) -> str:
    """Needs a database in which every connector has an app."""
    parts = [_SQL_HEAD, "## Functions and procedures\n"]
    parts += [f"**`{signature}`**\n\n{comment}\n" for signature, comment in query(database, _ROUTINES)]
    for title, kinds in (("Views", ["v"]), ("Tables", ["r", "m"])):
        parts.append(f"## {title}\n")
        parts += [_relation(database, *relation) for relation in query(database, _RELATIONS, kinds)]
    return "\n".join(parts)


def _relation(database: Database, name: str, comment: str) -> str:
    columns = ((f"`{column}`", f"`{kind}`", text) for column, kind, text in query(database, _COLUMNS, name))
    return f"### {name}\n\n{comment}\n\n{table(('column', 'type', 'meaning'), columns)}"


def table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (columns, ("---",) * len(columns), *rows)
    return "".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines)
