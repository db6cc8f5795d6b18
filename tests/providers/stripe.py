"""A double of Stripe's API, as its documentation describes it, over real HTTP: lists, single objects and events.

In a test: `with StripeProvider() as stripe: stripe.add("customer", 250)`. As a process of its own, which prints its
port: `python -m tests.providers.stripe --customers 20000`.
"""

from __future__ import annotations

import argparse
import bisect
import itertools
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from fnmatch import fnmatchcase
from functools import cache, partial
from pathlib import Path
from typing import Any

from tests.providers import stripe_library, stripe_objects
from tests.providers.server import Provider, Request, Response, compressed
from tests.providers.stripe_events import EventLog, event_type, previous_attributes
from tests.providers.stripe_objects import Object

API_KEY = "sk_test_51supasaasydouble"
API_VERSION = "2026-10-28.endive"
MAX_LIMIT = 100
MAX_TYPES = 20

Predicate = Callable[[Object], bool]

_CREATED_BOUNDS: Mapping[str, Callable[[int, int], bool]] = {
    "created": int.__eq__,
    "created[gt]": int.__gt__,
    "created[gte]": int.__ge__,
    "created[lt]": int.__lt__,
    "created[lte]": int.__le__,
}
_PAGING = {"limit", "starting_after"}


class StripeError(Exception):
    """An error as Stripe reports it."""

    def __init__(self, status: int, message: str, **fields: str) -> None:
        super().__init__(message)
        error = {"type": "invalid_request_error", "message": message, **fields}
        if "code" in fields:
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{fields['code'].replace('_', '-')}"
        self.response = Response.json(status, {"error": error})


@dataclass(frozen=True)
class Endpoint:
    """A list endpoint: which parameters filter it, and which it filters by without being asked."""

    object_name: str
    make: Callable[[int], Object]
    filters: frozenset[str] = frozenset()
    defaults: Mapping[str, str] = field(default_factory=dict)


_MADE_HERE = {
    "customer": Endpoint("customer", stripe_objects.customer, frozenset({"created", "email"})),
    "product": Endpoint("product", stripe_objects.product, frozenset({"created", "active", "type"})),
    "price": Endpoint(
        "price",
        stripe_objects.price,
        frozenset({"created", "active", "currency", "product", "type"}),
        {"active": "true"},
    ),
    "plan": Endpoint("plan", stripe_objects.plan, frozenset({"created", "active", "product"})),
    "subscription": Endpoint(
        "subscription",
        stripe_objects.subscription,
        frozenset({"created", "status", "customer", "collection_method"}),
        {"status": "not canceled"},
    ),
    "invoice": Endpoint("invoice", stripe_library.make_invoice, frozenset({"created", "status", "customer"})),
}
_DEFAULTS = {"review": {"open": "true"}}  # which a list filters by without being asked
_EVENTS = "/v1/events"

_OWNED = ("payment_method", "tax_id")

# Objects show the first of what they embed, and there is a list of all.
_EMBEDDED = {"subscription": "items", "invoice": "lines"}


@cache
def endpoint(object_name: str) -> Endpoint:
    """What Stripe's library knows of it, unless it is made here."""
    return _MADE_HERE.get(object_name) or Endpoint(
        object_name,
        partial(stripe_library.make, object_name),
        stripe_library.list_parameters(object_name),
        _DEFAULTS.get(object_name, {}),
    )


def _made_here_at(path: str) -> Endpoint | None:
    return next((made for name, made in _MADE_HERE.items() if path == f"/v1/{name}s"), None)


def _library_at(path: str) -> Endpoint | None:
    object_name = stripe_library.listed_at(path)
    return endpoint(object_name) if object_name else None


# Newest first; among objects of one second, the one added last.
Position = tuple[int, int]


@dataclass
class Stored:
    object: Object
    position: Position
    text: bytes


class StripeProvider(Provider):
    """Objects are created, changed and deleted through this class, and read over HTTP.

    An operation and its event happen in one step: no list shows the one without the other.
    """

    def __init__(
        self,
        *,
        api_key: str = API_KEY,
        embedded_items: int = 10,
        port: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(port=port, clock=clock)
        self.api_key = api_key
        self.embedded_items = embedded_items  # how many of its items a subscription shows, and of its lines an invoice
        self._lock = threading.RLock()
        self._stored: dict[str, Stored] = {}
        self._owners: dict[str, str] = {}  # the customers of objects that do not name theirs
        self._deleted: dict[str, Object] = {}
        self._sequence = 0
        self.events = EventLog(API_VERSION)
        self._lists: dict[tuple[tuple[str, str], ...], list[Stored]] = {}
        self._answers: dict[tuple[str, bool], Response] = {}

    # The account's state -----------------------------------------------------------------------------------------

    def add(self, name: str, objects: int | Iterable[Object]) -> list[Object]:
        """Let these objects be there, or so many with numbers that follow on those already there: without events."""
        with self._lock:
            if isinstance(objects, int):
                first = len(self.objects(name))
                objects = [endpoint(name).make(number) for number in range(first, first + objects)]
            added = list(objects)
            for item in added:
                self._store(item)
            return added

    def add_entitlement(self, customer_id: str) -> Object:
        """Entitlements belong to a customer, and do not say to which."""
        with self._lock:
            [item] = self.add("entitlements.active_entitlement", 1)
            self._owners[item["id"]] = customer_id
            return item

    def grant(self, customer_id: str) -> Object:
        """Let a customer be entitled to one thing more; what Stripe tells of is the customer's summary."""
        with self._lock:
            item = self.add_entitlement(customer_id)
            summary = {"object": "entitlements.active_entitlement_summary", "customer": customer_id}
            self.events.append("entitlements.active_entitlement_summary.updated", int(self.clock()), summary, None)
            return item

    def create(self, name: str, /, **fields: Any) -> Object:
        """A new object, created now."""
        with self._lock:
            made = self.unused(name)
            made |= {field: int(self.clock()) for field in ("created", "date") if field in made} | fields
            self._store(made)
            self._happened("created", made)
            return made

    def update(self, object_id: str, /, **fields: Any) -> Object:
        with self._lock:
            stored = self._stored[object_id]
            if "updated" in stored.object:
                fields = {"updated": int(self.clock())} | fields
            changed = stored.object | fields
            self._store(changed, stored.position)
            if previous := previous_attributes(stored.object, changed):
                self._happened("updated", changed, previous)
            return changed

    def cancel(self, subscription_id: str) -> Object:
        """End a subscription, which stays listed."""
        with self._lock:
            stored = self._stored[subscription_id]
            now = int(self.clock())
            ended = stored.object | {"status": "canceled", "canceled_at": now, "ended_at": now}
            self._store(ended, stored.position)
            self._happened("deleted", ended)
            return ended

    def delete(self, object_id: str) -> None:
        """Delete an object. A subscription goes without an event, as test data does: customers only cancel theirs. What
        belongs to a customer goes with them."""
        with self._lock:
            gone = self._deleted[object_id] = self._stored.pop(object_id).object
            if gone["object"] != "subscription":
                self._happened("deleted", gone)
            for theirs in [each for each in self._stored if self._owner(each) == object_id]:
                del self._stored[theirs]
            self._forget_answers()

    def objects(self, name: str) -> list[Object]:
        """The objects of this kind, in the order in which they were added."""
        with self._lock:
            return [stored.object for stored in self._stored.values() if stored.object["object"] == name]

    def shown(self, object_id: str) -> Object:
        """The object as the API shows it."""
        with self._lock:
            return self._shown(self._stored[object_id].object)

    def _owner(self, object_id: str) -> str | None:
        """The customer to whom a payment method, a tax id or an entitlement belongs."""
        item = self._stored[object_id].object
        owner: str | None = item.get("customer") if item["object"] in _OWNED else None
        return owner or self._owners.get(object_id)

    def unused(self, name: str) -> Object:
        """An object that is not there, and never was."""
        made = (endpoint(name).make(number) for number in itertools.count(len(self.objects(name))))
        return next(item for item in made if item["id"] not in self._stored and item["id"] not in self._deleted)

    def _happened(self, what: str, item: Object, previous: Object | None = None) -> None:
        if told := event_type(item["object"], what):
            self.events.append(told, int(self.clock()), self._shown(item), previous)

    def _store(self, item: Object, position: Position | None = None) -> None:
        if position is None:
            self._sequence += 1
            position = (-_created(item), -self._sequence)
        self._stored[item["id"]] = Stored(item, position, _serialise(self._shown(item)))
        self._forget_answers()

    def _shown(self, item: Object) -> Object:
        """A subscription shows the first of its items only, an invoice the first of its lines."""
        name = _EMBEDDED.get(item["object"])
        if name is None:
            return item
        embedded = item[name]
        shown = embedded["data"][: self.embedded_items]
        return item | {name: embedded | {"data": shown, "has_more": len(shown) < len(embedded["data"])}}

    def _forget_answers(self) -> None:
        self._lists.clear()
        self._answers.clear()

    # The API -----------------------------------------------------------------------------------------------------

    def respond(self, request: Request) -> Response:
        try:
            self._authenticate(request)
            if request.method != "GET":
                raise _unrecognized(request)
            return self._cached(request)
        except StripeError as error:
            return error.response

    def rate_limited(self, reason: str) -> Response:
        error = {"type": "invalid_request_error", "code": "rate_limit", "message": "Request rate limit exceeded."}
        return Response.json(429, {"error": error}, {"Stripe-Rate-Limited-Reason": reason})

    def _authenticate(self, request: Request) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not key:
            raise StripeError(401, "You did not provide an API key.")
        if key != self.api_key:
            raise StripeError(401, f"Invalid API Key provided: {key[:8]}{'*' * 12}{key[-4:]}")

    def _cached(self, request: Request) -> Response:
        """Answers are kept until an object changes, so that benchmarks measure the client rather than this double.

        An answer carries the time at which it was true.
        """
        wants_gzip = "gzip" in request.headers.get("accept-encoding", "")
        key = (request.target, wants_gzip)
        with self._lock:
            answer = self._answers.get(key)
            if answer is None:
                answer = self._route(request)
                answer = compressed(answer) if wants_gzip else answer
                if request.path != _EVENTS:  # which change with time alone
                    self._answers[key] = answer
            return replace(answer, headers={**answer.headers, "Date": formatdate(self.clock(), usegmt=True)})

    def _route(self, request: Request) -> Response:
        if request.path == _EVENTS:
            return self._list_events(request)
        if (theirs := self._list_of_one(request)) is not None:
            return theirs
        path, _, object_id = request.path.rpartition("/")
        for find in (_made_here_at, _library_at):  # importing the library takes a second: only where it is needed
            if listed := find(request.path):
                return self._list(request, listed)
            if retrieved := find(path):
                return self._retrieve(retrieved, object_id)
        raise _unrecognized(request)

    def _list_of_one(self, request: Request) -> Response | None:
        """The list of what belongs to one object, where the request is for one."""
        match request.path.removeprefix("/v1/").split("/"):
            case ["subscription_items"]:
                return self._list_embedded(request, "subscription", _required(request.query, "subscription"))
            case ["invoices", invoice_id, "lines"]:
                return self._list_embedded(request, "invoice", invoice_id)
            case ["customers", customer_id, "payment_methods" | "tax_ids" as kind]:
                return self._list_of_customer(request, f"/v1/{kind}", customer_id)
            case ["entitlements", "active_entitlements"]:
                return self._list_of_customer(request, request.path, _required(request.query, "customer"))
            case _:
                return None

    def _retrieve(self, endpoint: Endpoint, object_id: str) -> Response:
        if object_id in self._deleted and endpoint.object_name == "customer":
            return _ok(_serialise({"id": object_id, "object": "customer", "deleted": True}))
        stored = self._stored.get(object_id)
        if stored is None or stored.object["object"] != endpoint.object_name:
            raise _no_such(404, endpoint.object_name, object_id, "id")
        return _ok(stored.text)

    def _list(self, request: Request, endpoint: Endpoint) -> Response:
        query = request.query
        bounds = _CREATED_BOUNDS.keys() if "created" in endpoint.filters else set()
        _refuse_unknown(query, _PAGING | endpoint.filters | bounds)
        return self._page_of(request, endpoint, self._matching(endpoint, query))

    def _list_of_customer(self, request: Request, path: str, customer_id: str) -> Response:
        if customer_id not in self._stored:
            raise _no_such(404 if customer_id in request.path else 400, "customer", customer_id, "customer")
        of_kind = _library_at(path)
        assert of_kind is not None
        theirs = [stored for stored in self._matching(of_kind, {}) if self._owner(stored.object["id"]) == customer_id]
        return self._page_of(request, of_kind, theirs)

    def _page_of(self, request: Request, endpoint: Endpoint, matching: list[Stored]) -> Response:
        query = request.query
        start = 0
        if cursor := query.get("starting_after"):
            if cursor not in self._stored:
                raise _no_such(400, endpoint.object_name, cursor, "starting_after")
            start = bisect.bisect_right(matching, self._stored[cursor].position, key=_position)
        end = start + _limit(query)
        return _page(request.path, [stored.text for stored in matching[start:end]], end < len(matching))

    def _matching(self, endpoint: Endpoint, query: Mapping[str, str]) -> list[Stored]:
        """The objects behind all pages of a list, in its order."""
        filters = {**endpoint.defaults, **{name: value for name, value in query.items() if name not in _PAGING}}
        key = (("object", endpoint.object_name), *sorted(filters.items()))
        if key not in self._lists:
            predicates = [_predicate(name, value) for name, value in filters.items()]
            of_kind = (item for item in self._stored.values() if item.object["object"] == endpoint.object_name)
            matching = (item for item in of_kind if all(predicate(item.object) for predicate in predicates))
            self._lists[key] = sorted(matching, key=_position)
        return self._lists[key]

    def _list_embedded(self, request: Request, object_name: str, object_id: str) -> Response:
        query = request.query
        _refuse_unknown(query, _PAGING | {object_name})
        embedding = self._stored.get(object_id)
        if embedding is None:
            raise _no_such(400, object_name, object_id, object_name)
        items = embedding.object[_EMBEDDED[object_name]]["data"]
        ids = [item["id"] for item in items]
        start = 0
        if cursor := query.get("starting_after"):
            if cursor not in ids:
                raise _no_such(400, items[0]["object"], cursor, "starting_after")
            start = ids.index(cursor) + 1
        end = start + _limit(query)
        return _page(request.path, [_serialise(item) for item in items[start:end]], end < len(items))

    def _list_events(self, request: Request) -> Response:
        query = request.query
        _refuse_unknown(query, _PAGING | {"type", "types[]"} | _CREATED_BOUNDS.keys())
        types = request.values("types[]")
        if len(types) > MAX_TYPES or (types and "type" in query):
            raise StripeError(400, f"Pass either type, or types with at most {MAX_TYPES} names.", param="types")
        bounds = [_predicate(name, value) for name, value in query.items() if name in _CREATED_BOUNDS]
        listed = [
            event
            for event in self.events.newest_first(self.clock())
            if (not types or event["type"] in types) and fnmatchcase(event["type"], query.get("type", "*"))
            if all(within(event) for within in bounds)
        ]
        start = 0
        if cursor := query.get("starting_after"):
            start = 1 + next((place for place, event in enumerate(listed) if event["id"] == cursor), -1)
            if start == 0:
                raise _no_such(400, "event", cursor, "starting_after")
        end = start + _limit(query)
        return _page(request.path, [_serialise(event) for event in listed[start:end]], end < len(listed))


def _created(item: Object) -> int:
    created: int = item.get("created") or item.get("date") or 0
    return created


def _required(query: Mapping[str, str], name: str) -> str:
    if name not in query:
        raise StripeError(400, f"Missing required param: {name}.", code="parameter_missing", param=name)
    return query[name]


def _position(stored: Stored) -> Position:
    return stored.position


def _predicate(name: str, value: str) -> Predicate:
    if name in _CREATED_BOUNDS:
        compare, bound = _CREATED_BOUNDS[name], _integer(name, value)
        return lambda item: compare(_created(item), bound)
    if name == "status":
        return _status_predicate(value)
    if name in ("active", "open"):
        return lambda item: item[name] is (value == "true")
    return lambda item: item[name] == value


def _status_predicate(value: str) -> Predicate:
    match value:
        case "all":
            return lambda item: True
        case "not canceled":
            return lambda item: item["status"] != "canceled"
        case "ended":
            return lambda item: item["status"] in {"canceled", "incomplete_expired"}
        case _:
            return lambda item: item["status"] == value


def _limit(query: Mapping[str, str]) -> int:
    limit = _integer("limit", query.get("limit", "10"))
    if not 1 <= limit <= MAX_LIMIT:
        raise StripeError(
            400, f"Invalid limit: must be between 1 and {MAX_LIMIT}.", code="parameter_invalid_integer", param="limit"
        )
    return limit


def _integer(name: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise StripeError(400, f"Invalid integer: {value}", code="parameter_invalid_integer", param=name) from None


def _refuse_unknown(query: Mapping[str, str], known: set[str] | frozenset[str]) -> None:
    if unknown := sorted(query.keys() - known):
        raise StripeError(400, f"Received unknown parameter: {unknown[0]}", code="parameter_unknown", param=unknown[0])


def _no_such(status: int, kind: str, object_id: str, param: str) -> StripeError:
    return StripeError(status, f"No such {kind}: '{object_id}'", code="resource_missing", param=param)


def _unrecognized(request: Request) -> StripeError:
    return StripeError(404, f"Unrecognized request URL ({request.method}: {request.path}).")


def _serialise(item: Any) -> bytes:
    return json.dumps(item, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _page(path: str, texts: list[bytes], has_more: bool) -> Response:
    head = f'{{"object": "list", "url": "{path}", "has_more": {str(has_more).lower()}, "data": ['
    return _ok(head.encode() + b", ".join(texts) + b"]}")


def _ok(body: bytes) -> Response:
    return Response(200, body, {"Content-Type": "application/json", "Stripe-Version": API_VERSION})


# A process of its own --------------------------------------------------------------------------------------------


@contextmanager
def stripe_process(*, customers: int, latency_ms: float = 0) -> Iterator[str]:
    """The double in another process, for measurements that must not share its interpreter; yields its base URL."""
    command = [sys.executable, "-m", __name__, "--customers", str(customers), "--latency-ms", str(latency_ms)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(description="A double of Stripe's API; prints its port.")
    parser.add_argument("--customers", type=int, default=0)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency-ms", type=float, default=0)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with StripeProvider(port=arguments.port) as provider:
        provider.latency = arguments.latency_ms / 1000
        provider.add("customer", arguments.customers)
        print(provider.port, flush=True)
        with suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
