"""Renders docs/stripe.md and its like from the declaration of a connector."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from supasaasy.render import column_comment, column_type
from supasaasy.spec import ARCHIVE, DELETE, REFETCH, REREAD, Collection, Connector, EventAction, Nested, PerParent
from tests.reference import table

_HEAD = """\
# {title} reference

What the connector `{name}` copies. Generated from its declaration by `make golden`.{version}{default}

Besides the columns below, each view has `app_key`, `external_id` (the provider's id), `raw_payload` (the object,
whole), `created_at` and `updated_at` (of the row), and `archived_at`. The table of the same name in the singular also
has the deleted ones, with `deleted_at`.
"""


def render_connector_reference(connector: Connector) -> str:
    version = f"\nThe API version is `{connector.api_version}`, unless an app has another one in `config.api_version`."
    default = (
        f"\n\nAn app that names nothing in `config.sync_resources` gets\n{_list(connector.default_resources)};\n"
        'one with `"sync_resources": "all"` gets everything.'
    )
    head = _HEAD.format(
        title=connector.title,
        name=connector.name,
        version=version if connector.api_version else "",
        default=default if connector.default_resources else "",
    )
    rows = ((f"[`{each.name}`](#{each.name})", f"`{each.view_name(connector.name)}`") for each in connector.collections)
    sections = (_section(connector, collection) for collection in connector.collections)
    return "\n".join((head, table(("resource type", "view"), rows), *sections))


def _section(connector: Connector, collection: Collection) -> str:
    facts = "\n".join(f"- {fact}" for fact in _facts(connector, collection))
    columns = (
        (f"`{column.name}`{', indexed' if column.index else ''}", f"`{column_type(column)}`", column_comment(column))
        for column in collection.columns
    )
    return (
        f"## {collection.name}\n\n`supasaasy.{collection.view_name(connector.name)}`, "
        f"[in the provider's words]({collection.source})\n\n{facts}\n\n{table(('column', 'type', 'meaning'), columns)}"
    )


def _facts(connector: Connector, collection: Collection) -> Iterator[str]:
    parent = connector.parent_of(collection.name)
    if parent is not None:
        child = next(child for child in parent.children if child.collection == collection.name)
        yield from _nested(child, parent) if isinstance(child, Nested) else _per_parent(child, parent)
    else:
        yield "Full sync: " + " and ".join(_requests(collection)) + _filter(collection)
        yield "Incremental sync: " + _incremental(connector, collection)
    if collection.events:
        yield "Events: " + ", ".join(_event(*event) for event in collection.events.items())
    if collection.archived_when:
        yield f"Archived when `{collection.archived_when}`"
    if collection.archived_unlisted:
        yield "Archived objects are not listed, and stay"
    if collection.unlisted == REFETCH:
        yield f"What is no longer listed is fetched from `GET {collection.object_path}/<id>` before it counts as gone"
    if collection.limits:
        yield f"Known limit: {collection.limits}"


def _event(name: str, action: EventAction) -> str:
    means = {DELETE: " (deletes)", ARCHIVE: " (archives)", REREAD: " (read again)", REFETCH: " (fetched by its id)"}
    return f"`{name}`{means.get(action, '')}"


def _requests(collection: Collection) -> Iterator[str]:
    method = "GET" if collection.body is None else "POST"
    for variant in collection.variants:
        query = "&".join(f"{name}={value}" for name, value in {**collection.params, **variant}.items())
        yield f"`{method} {collection.path}{'?' * bool(query)}{query}`"


def _filter(collection: Collection) -> str:
    return f", in parallel, by `{collection.created_filter}`" if collection.created_filter else ""


def _incremental(connector: Connector, collection: Collection) -> str:
    if collection.incremental is not None:
        return f"`{'GET' if collection.incremental.body is None else 'POST'} {collection.incremental.path}`"
    if connector.incremental is not None and collection.events:
        return f"its events, from `GET {connector.incremental.path}`"
    return "everything is listed, because the provider has no list of what has changed"


def _nested(child: Nested, parent: Collection) -> Iterator[str]:
    query = f"?{child.parent_param}={{id}}" if child.parent_param else ""
    rest = f"; what it does not show is read from `GET {child.path}{query}`" if child.path else ""
    yield f"Embedded in each `{parent.name}`{rest}"


def _per_parent(child: PerParent, parent: Collection) -> Iterator[str]:
    query = f"?{child.parent_param}={{id}}" if child.parent_param else ""
    moved = f" and whose `{child.version}` has moved" if child.version else ""
    yield f"Read for each `{parent.name}` that a sync lists{moved}: `GET {child.path}{query}`"
    if child.on_request:
        yield "Only for apps that name it in `sync_resources`, because that is a request for each"
    if child.newest_only:
        yield "Known limit: the provider shows the newest only; older ones are kept"


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
