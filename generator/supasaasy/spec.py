"""The vocabulary of a connector declaration.

A connector is data: what to list, how its pages follow one another, which values become typed columns and which events
move its rows. `render.py` turns a declaration into tables, views and catalog rows; the engine inside Postgres
(`plpython/supasaasy_runtime`, `sql/routines`) interprets the catalog rows. Neither knows any provider by name.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any, ClassVar, Literal

EventAction = Literal["create", "upsert", "merge", "archive", "delete", "reread", "refetch"]
CREATE: EventAction = "create"  # an upsert that comes before everything else that happens to the object
UPSERT: EventAction = "upsert"
MERGE: EventAction = "merge"  # the event may hold only some keys of the object: the others stay as they are
DELETE: EventAction = "delete"
ARCHIVE: EventAction = "archive"
REREAD: EventAction = "reread"  # the event only says whose children have changed: they are read again
REFETCH: EventAction = "refetch"  # nothing but which object it is: what it is now is fetched by its id

ColumnKind = Literal["text", "reference", "bigint", "integer", "numeric", "boolean", "timestamp", "jsonb", "parent"]

# PostgreSQL cuts identifiers at 63 bytes; index names add a suffix, so collection keys stay well below. A name with
# "atomic" in it makes `supabase db push` split a migration in the wrong place.
_IDENTIFIER = re.compile(r"^(?!.*atomic)[a-z][a-z0-9_]{0,47}$")
_MAX_RELATION = 63
_OWN_TABLES = frozenset("child event rejected seen sync webhook".split())  # the first words of supasaasy's own


class DeclarationError(ValueError):
    """A connector declaration that could not work; the message says which part and why."""


@dataclass(frozen=True)
class Column:
    """A typed column of a collection, filled from the first of `paths` (dots descend) that holds a fitting value."""

    name: str
    kind: ColumnKind
    paths: tuple[str, ...]
    index: bool = False
    doc: str = ""  # what its name does not say


def _column(kind: ColumnKind, name: str, paths: tuple[str, ...], index: bool) -> Column:
    return Column(name, kind, paths or (name,), index)


def text(name: str, *paths: str, index: bool = False) -> Column:
    """A string."""
    return _column("text", name, paths, index)


def reference(name: str, *paths: str, index: bool = False) -> Column:
    """The id of another object, which the provider may send as an id or expanded to the whole object."""
    return _column("reference", name, paths, index)


def bigint(name: str, *paths: str, index: bool = False) -> Column:
    """A 64-bit whole number, sent as a number or as a string of digits."""
    return _column("bigint", name, paths, index)


def integer(name: str, *paths: str, index: bool = False) -> Column:
    """A 32-bit whole number, sent as a number or as a string of digits."""
    return _column("integer", name, paths, index)


def numeric(name: str, *paths: str, index: bool = False) -> Column:
    """An exact decimal, sent as a number or as a decimal string."""
    return _column("numeric", name, paths, index)


def boolean(name: str, *paths: str, index: bool = False) -> Column:
    """true or false."""
    return _column("boolean", name, paths, index)


def timestamp(name: str, *paths: str, index: bool = False) -> Column:
    """A moment, sent as Unix seconds or as ISO 8601 with an offset."""
    return _column("timestamp", name, paths, index)


def jsonb(name: str, *paths: str, index: bool = False) -> Column:
    """A JSON value as the provider sent it."""
    return _column("jsonb", name, paths, index)


def parent(name: str, *paths: str) -> Column:
    """The id of the object this one belongs to; always indexed. The engine fills it, where no path says that the object
    names its parent itself. Only then can events move it apart from its parent."""
    return Column(name, "parent", paths, index=True)


@dataclass(frozen=True)
class HeaderKey:
    """The key in a header of the provider's own, for instance `X-Api-Key: <key>`."""

    header: str
    prefix: str = ""
    kind: Literal["header"] = "header"


@dataclass(frozen=True)
class Bearer(HeaderKey):
    """`Authorization: Bearer <key>`."""

    header: str = "Authorization"
    prefix: str = "Bearer "


@dataclass(frozen=True)
class Basic:
    """HTTP Basic: the key as the password of `user`; without one, as the user name with an empty password."""

    user: str | None = None
    kind: Literal["basic"] = "basic"


@dataclass(frozen=True)
class QueryKey:
    """The key in the query, for instance `?api_key=<key>`."""

    param: str
    kind: Literal["query"] = "query"


Auth = HeaderKey | Basic | QueryKey


@dataclass(frozen=True)
class LastIdCursor:
    """The next page is asked for by the id of the last object seen; a flag says whether there is one."""

    cursor_param: str
    has_more: str
    limit_param: str
    page_size: int
    only_list: bool = False  # beside the list, answers never hold more than scalars: most of one need not be parsed
    kind: Literal["last_id"] = "last_id"


@dataclass(frozen=True)
class BodyCursor:
    """The answer names the next page's cursor at `cursor`: as text, or as an object or a URL that holds it under the
    parameter's name; null on the last page. In a request with a body, dots in a parameter's name descend into it."""

    cursor: str
    cursor_param: str
    limit_param: str | None = None
    page_size: int | None = None
    kind: Literal["cursor"] = "cursor"


@dataclass(frozen=True)
class Scroll:
    """The provider keeps the place: each answer names the cursor of the next request, and the end is an empty page.

    Only one can be open at a time; `exists` is the error code of a second. One that breaks is read again from its
    beginning.
    """

    cursor: str
    cursor_param: str
    exists: str | None = None
    kind: Literal["scroll"] = "scroll"


@dataclass(frozen=True)
class PageNumber:
    """Pages are numbered from 1. `total_pages` is where an answer says how many there are; without it, the last page is
    the first empty one."""

    cursor_param: str
    total_pages: str | None = None
    limit_param: str | None = None
    page_size: int | None = None
    kind: Literal["page"] = "page"


@dataclass(frozen=True)
class LinkHeader:
    """The header `Link` holds the next page's URL (RFC 8288)."""

    limit_param: str | None = None
    page_size: int | None = None
    kind: Literal["link"] = "link"


@dataclass(frozen=True)
class Unpaged:
    """The list is one answer."""

    kind: Literal["none"] = "none"


Pagination = LastIdCursor | BodyCursor | Scroll | PageNumber | LinkHeader | Unpaged


def pagination_declaration(pagination: Pagination) -> dict[str, Any]:
    """As the catalog keeps it; paths are arrays of keys."""
    paths = {"has_more", "cursor", "total_pages"}  # where something stands in an answer
    return {name: split_path(value) if name in paths and value else value for name, value in asdict(pagination).items()}


SINCE = "{since}"  # as a parameter or as a value in a body: the Unix second since which changes are asked for


@dataclass(frozen=True)
class UpdatedSince:
    """Incremental: what has changed since the last sync is listed, or searched for where there is a body.

    `overlap_seconds` are asked for once more, because providers index late, or compare by the calendar day of some time
    zone; what is stored already stays as it is. A list that cannot be asked for changes alone is read as far as they
    go, if it is sorted by the moment that `newest_first` names. Deletions are not seen: they come by webhook and full
    sync.
    """

    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    pagination: Pagination | None = None
    overlap_seconds: int = 2 * 24 * 60 * 60
    newest_first: str | None = None

    def declaration(self, collection: Collection, children: list[dict[str, Any]]) -> dict[str, Any]:
        """How the changes of a collection are listed, as the catalog keeps it: a listing like any other."""
        return {
            "kind": "updated_since",
            "path": self.path,
            "params": dict(self.params),
            "body": dict(self.body) if self.body is not None else None,
            "pagination": pagination_declaration(self.pagination) if self.pagination else None,
            "variants": [{}],
            "records": split_path(collection.records),
            "id": split_path(collection.id),
            "created_filter": None,
            "created_field": None,
            "children": children,
            "retention_seconds": None,
            "overlap_seconds": self.overlap_seconds,
            "newest_first": split_path(self.newest_first) if self.newest_first else None,
        }


@dataclass(frozen=True)
class EventLog:
    """Incremental syncs from the provider's list of what has happened, newest first.

    Each collection asks for its own events: by their names, or by one pattern (`customer.subscription.*`) that covers
    them all. What was read before is read again from `overlap_seconds` earlier, for events that are listed late. A
    sync that begins more than `retention_days` after the last one is a full one.
    """

    path: str
    types_param: str
    pattern_param: str
    max_types: int
    retention_days: int
    overlap_seconds: int = 300
    records: str = "data"
    created_filter: str = "created"

    def types(self, collection: Collection) -> dict[str, Any]:
        """The request parameter that asks for a collection's events."""
        names = list(collection.events)
        patterns = [name for name in names if "*" in name]
        if not patterns and len(names) <= self.max_types:
            return {self.types_param: names}
        for pattern in patterns:
            if all(fnmatchcase(name, pattern) for name in names):
                return {self.pattern_param: pattern}
        raise DeclarationError(
            f"{collection.name}: its events must be at most {self.max_types} names, or covered by one pattern"
        )

    def declaration(
        self, moved: Sequence[Collection], envelope: Envelope, children: list[dict[str, Any]]
    ) -> dict[str, Any]:
        """How the events of a collection and of its children are listed, as the catalog keeps it: a listing like any
        other, read once for each of them."""
        return {
            "kind": "events",
            "path": self.path,
            "params": {},
            "body": None,
            "pagination": None,
            "variants": [self.types(collection) for collection in moved],
            "records": split_path(self.records),
            "id": split_path(envelope.id),
            "created_filter": self.created_filter,
            "created_field": self.created_filter,
            "children": children,
            "retention_seconds": self.retention_days * 86_400,
            "overlap_seconds": self.overlap_seconds,
        }


@dataclass(frozen=True)
class RateLimit:
    """Requests per second a provider allows: in all, for one endpoint, and in all for a key of its test mode; and the
    headers in which it says how many requests are left, and at which Unix second it resets them."""

    per_second: float
    per_endpoint: float | None = None
    test_per_second: float | None = None
    test_key: str | None = None  # a key containing this text is a test-mode key
    remaining_header: str | None = None
    reset_header: str | None = None


@dataclass(frozen=True)
class Errors:
    """How the provider explains an error: where in the answer its `code` and `message` are, headers for the request's
    id, whether to retry and why, and the error code for an object that is gone, which a page's cursor may name too."""

    detail: str = "error"  # "": the answer itself

    request_id_header: str = "X-Request-Id"
    should_retry_header: str | None = None
    reason_header: str | None = None
    not_found: str | None = None

    def declaration(self) -> dict[str, Any]:
        headers = {
            "request_id": self.request_id_header,
            "should_retry": self.should_retry_header,
            "reason": self.reason_header,
        }
        return {
            "detail": split_path(self.detail) if self.detail else [],
            "headers": {meaning: name for meaning, name in headers.items() if name},
            "not_found": self.not_found,
        }


@dataclass(frozen=True)
class Signature:
    """How webhooks are signed: an HMAC of the exact bytes, in a header that is read as a comma-separated list.

    The entries that begin with `prefix` are signatures, one of which must fit. With `timestamp_prefix` another entry is
    the time of sending in Unix seconds, at most `tolerance` seconds away, and what is signed is `<time>.<body>`.
    A provider that makes the secret itself sends it first, unsigned: `handshake` is its name in that body.
    """

    header: str
    prefix: str = ""
    algorithm: Literal["sha1", "sha256"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    timestamp_prefix: str | None = None
    tolerance: int = 300
    handshake: str | None = None

    def declaration(self) -> dict[str, Any]:
        return asdict(self) | {"header": self.header.lower()}


@dataclass(frozen=True)
class Envelope:
    """Where an event says what happened: paths into it (dots descend)."""

    id: str
    type: str
    occurred_at: str  # Unix seconds, or ISO 8601 with an offset
    object: str
    previous: str | None = None  # the values that an update replaced
    api_version: str | None = None  # the version the object is written in
    account: str | None = None  # the connected account it happened in
    related_id: str | None = None  # of an event without its object: the object's id, its resource type and account
    related_type: str | None = None
    related_account: str | None = None
    ping: str | None = None  # not a path, but the type of event that only tries the endpoint, and may have no id

    def declaration(self) -> dict[str, Any]:
        paths = {name: split_path(path) if path else None for name, path in asdict(self).items()}
        return paths | {"ping": self.ping}


@dataclass(frozen=True)
class Nested:
    """A child collection embedded in its parent's payload.

    `records` is where the children stand. Where the provider embeds only the first of them, `has_more` names the flag
    that says so, and `path` with `parent_param` is the list that has them all.
    """

    collection: str
    records: str
    has_more: str | None = None
    path: str | None = None
    parent_param: str | None = None
    on_request: ClassVar[bool] = False  # it comes with its parent at no cost


@dataclass(frozen=True)
class PerParent:
    """A child collection that is read apart for each parent, at `path`, in which `{id}` stands for the parent's id, or
    with that id as `parent_param`. Where it is `on_request`, only for apps that name it in `sync_resources`.

    With `version`, a field of the parent that moves with its children, they are read only for parents that are new or
    have moved; else at every sync. `newest_only` says that the provider shows no more than the newest of them, so that
    none is deleted because it is no longer shown; `total` is where the parent says how many there are.
    """

    collection: str
    path: str
    records: str
    pagination: Pagination = Unpaged()
    parent_param: str | None = None
    on_request: bool = False
    version: str | None = None
    newest_only: bool = False
    total: str | None = None


@dataclass(frozen=True)
class Collection:
    """One kind of object: a table named `<connector>_<name>` and a view in the plural."""

    name: str
    columns: tuple[Column, ...]
    source: str  # the provider's page that describes the object
    path: str | None = None  # None: filled from its parent only
    object_path: str | None = None  # an object is at `<object_path>/<id>`; None: below `path`
    plural: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None  # of the request, as JSON, which is then a POST
    pagination: Pagination | None = None  # where it differs from the connector's
    variants: tuple[Mapping[str, str], ...] = ({},)  # listed once with each of these parameters
    records: str = "data"
    id: str = "id"
    created_filter: str | None = None  # request parameter and field of the creation time, in Unix seconds
    created_field: str | None = None  # the field, where it has another name
    archived_when: str | None = None  # jsonpath predicate on the object
    archived_unlisted: bool = False  # the list leaves out archived objects, which are not gone for that
    unlisted: EventAction = DELETE  # what has become of an object that the list shows no more
    incremental: UpdatedSince | None = None
    children: tuple[Nested | PerParent, ...] = ()
    # By type, which no other collection of the connector names; of `a.*` and `a.b`, the longer counts.
    events: Mapping[str, EventAction] = field(default_factory=dict)
    reread_parent: str | None = None  # where the object of a REREAD event has the id of the parent
    limits: str = ""  # what the provider does not show or tell, for the documentation

    def __post_init__(self) -> None:
        if not _IDENTIFIER.match(self.name):
            raise DeclarationError(f"collection {self.name!r}: a name has lower-case letters, digits and _, at most 48")
        names = [column.name for column in self.columns]
        for name in names:
            if not _IDENTIFIER.match(name):
                raise DeclarationError(f"{self.name}.{name}: not a column name")
            if name in BASE_COLUMNS or names.count(name) > 1:
                raise DeclarationError(f"{self.name}.{name}: the column exists already")
        if REREAD in self.events.values() and self.reread_parent is None:
            raise DeclarationError(f"{self.name}: an event that has it read again needs reread_parent")

    @property
    def parent(self) -> Column | None:
        """The column that holds the parent's id, for a child collection."""
        return next((column for column in self.columns if column.kind == "parent"), None)

    def view_name(self, connector: str) -> str:
        return f"{connector}_{self.plural or self.name + 's'}"

    def key(self, connector: str) -> str:
        return f"{connector}_{self.name}"


BASE_COLUMNS = (
    "app_key",
    "external_id",
    "raw_payload",
    "api_version",
    "observed_at",
    "created_at",
    "updated_at",
    "archived_at",
    "deleted_at",
    "listed_digest",
)


def check_connector_name(name: str) -> None:
    """Raises DeclarationError for a name that no connector can have."""
    if not _IDENTIFIER.match(name):
        raise DeclarationError(f"connector {name!r}: a name has lower-case letters, digits and _, at most 48")
    if name.split("_", maxsplit=1)[0] in _OWN_TABLES:
        raise DeclarationError(f"connector {name!r}: supasaasy's own tables have names that begin so")


@dataclass(frozen=True)
class Connector:
    """A provider: where it is, how it is asked, and its collections."""

    name: str
    title: str
    base_url: str
    auth: Auth
    pagination: Pagination
    rate_limit: RateLimit
    collections: tuple[Collection, ...]
    errors: Errors = Errors()
    signature: Signature | None = None  # None: the provider sends no webhooks
    envelope: Envelope | None = None
    regions: Mapping[str, str] = field(default_factory=dict)  # `config.region` → its base URL
    deleted_when: str | None = None  # jsonpath predicate on an object fetched by its id; one that is gone answers 404
    incremental: EventLog | None = None  # for the collections that have events
    version_header: str | None = None
    api_version: str | None = None  # the value of version_header, overridable per app by `config.api_version`
    account_header: str | None = None  # sent when an app has `config.account`
    headers: Mapping[str, str] = field(default_factory=dict)
    default_resources: tuple[str, ...] = ()  # synced when an app names none; empty: all

    def __post_init__(self) -> None:
        check_connector_name(self.name)
        for relation in self.relations:
            if len(relation) > _MAX_RELATION or self.relations.count(relation) > 1:
                raise DeclarationError(f"{relation}: tables and views need names of their own, of at most 63 letters")
        events = [event for collection in self.collections for event in collection.events]
        if twice := [event for event in events if events.count(event) > 1]:
            raise DeclarationError(f"{twice[0]}: an event moves one collection, and two name it")
        names = {collection.name for collection in self.collections}
        for collection in self.collections:
            for child in collection.children:
                if child.collection not in names:
                    raise DeclarationError(f"{collection.name}: its child {child.collection!r} is not declared")
                self._check_child(self.collection(child.collection), child)
        if unknown := [name for name in self.default_resources if name not in names]:
            raise DeclarationError(f"default_resources: {unknown[0]!r} is not declared")

    def _check_child(self, child: Collection, how: Nested | PerParent) -> None:
        if child.parent is None:
            raise DeclarationError(f"{child.name}: a child collection needs a parent() column")
        if REREAD in child.events.values() and not (isinstance(how, PerParent) and how.version is None):
            raise DeclarationError(f"{child.name}: what is read again is read for each parent, and without a version")
        if set(child.events.values()) - {REREAD} and not child.parent.paths:
            raise DeclarationError(f"{child.name}: a child that events move needs a path in its parent() column")

    def collection(self, name: str) -> Collection:
        return next(collection for collection in self.collections if collection.name == name)

    @property
    def resource_types(self) -> tuple[str, ...]:
        """What can be named in `sync_resources`, in the order of the declaration."""
        return tuple(collection.name for collection in self.collections)

    @property
    def relations(self) -> list[str]:
        """The names of its tables and views."""
        tables = [collection.key(self.name) for collection in self.collections]
        return tables + [collection.view_name(self.name) for collection in self.collections]

    def limited_to(self, names: Container[str]) -> Connector:
        """The connector as far as these collections go: no child is looked for that nobody wants."""
        wanted = [collection for collection in self.collections if collection.name in names]
        return replace(
            self,
            default_resources=(),
            collections=tuple(
                replace(each, children=tuple(child for child in each.children if child.collection in names))
                for each in wanted
            ),
        )

    def parent_of(self, name: str) -> Collection | None:
        """The collection whose children are `name`, if any."""
        return next((c for c in self.collections if any(child.collection == name for child in c.children)), None)

    def declaration(self) -> dict[str, Any]:
        """What the engine must know of the connector, as the catalog keeps it."""
        return {
            "base_url": self.base_url,
            "auth": asdict(self.auth),
            "headers": dict(self.headers),
            "version_header": self.version_header,
            "api_version": self.api_version,
            "account_header": self.account_header,
            "pagination": pagination_declaration(self.pagination),
            "rate_limit": asdict(self.rate_limit),
            "errors": self._errors_declaration(),
            "webhooks": self.signature.declaration() if self.signature else None,
            "events": self.envelope.declaration() if self.envelope else None,
            "deleted_when": self.deleted_when,
        }

    def _errors_declaration(self) -> dict[str, Any]:
        """With the header that says when a refused request may be sent again, where the provider has one."""
        errors = self.errors.declaration()
        if self.rate_limit.reset_header:
            errors["headers"]["reset"] = self.rate_limit.reset_header
        return errors

    def collection_declaration(self, collection: Collection) -> dict[str, Any]:
        """What the engine must know of one collection, as the catalog keeps it; paths are arrays of keys."""
        return {
            "path": collection.path,
            "object_path": collection.object_path or collection.path,
            "params": dict(collection.params),
            "body": dict(collection.body) if collection.body is not None else None,
            "pagination": pagination_declaration(collection.pagination) if collection.pagination else None,
            "variants": [dict(variant) for variant in collection.variants],
            "records": split_path(collection.records),
            "id": split_path(collection.id),
            "created_filter": collection.created_filter,
            "created_field": collection.created_field or collection.created_filter,
            "archived_when": collection.archived_when,
            "archived_unlisted": collection.archived_unlisted or collection.unlisted == ARCHIVE,
            "unlisted": collection.unlisted,
            "parent_column": collection.parent.name if collection.parent else None,
            "names_parent": bool(collection.parent and collection.parent.paths),
            "children": self._children(collection, []),
            "events": dict(collection.events),
            "reread_parent": split_path(collection.reread_parent) if collection.reread_parent else None,
            "incremental": self._incremental(collection),
        }

    def _incremental(self, collection: Collection) -> dict[str, Any] | None:
        if collection.incremental is not None:
            return collection.incremental.declaration(collection, self._children(collection, []))
        if self.incremental is None or self.envelope is None or not collection.events:
            return None
        children = self._children(collection, split_path(self.envelope.object))
        moved = [collection, *(self.collection(child.collection) for child in collection.children)]
        return self.incremental.declaration([each for each in moved if each.events], self.envelope, children)

    def _children(self, collection: Collection, parent_path: list[str]) -> list[dict[str, Any]]:
        """The children of a collection, whose objects stand at `parent_path` in the records of a listing."""
        return [self._child(collection, child, parent_path) for child in collection.children]

    def _child(self, collection: Collection, child: Nested | PerParent, parent_path: list[str]) -> dict[str, Any]:
        declared = {
            "collection_key": self.collection(child.collection).key(self.name),
            "parent_id": parent_path + split_path(collection.id),
        }
        if isinstance(child, PerParent):
            return declared | {
                "records": split_path(child.records),
                "per_parent": True,
                "path": child.path,
                "pagination": pagination_declaration(child.pagination),
                "parent_param": child.parent_param,
                "version": split_path(child.version) if child.version else None,
                "newest_only": child.newest_only,
                "total": split_path(child.total) if child.total else None,
            }
        return declared | {
            "records": parent_path + split_path(child.records),
            "has_more": parent_path + split_path(child.has_more) if child.has_more else None,
            "path": child.path,
            "parent_param": child.parent_param,
        }


def split_path(path: str) -> list[str]:
    """`"items.data.0"` → `["items", "data", "0"]`, as PostgreSQL's `#>` takes it."""
    return path.split(".")
