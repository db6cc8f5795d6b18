"""Stripe's objects as Stripe's own Python library types them, made from a number: nobody here wrote their fields."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from importlib import import_module
from typing import Any, ForwardRef, Literal, Union, get_args, get_origin

from tests.providers.stripe_objects import Object, created_at, object_id

MAX_DEPTH = 4  # of objects in objects


@cache
def resource(object_name: str) -> type[Any]:
    """The class of `checkout.session`, by the name that stands in `object`."""
    from stripe._object_classes import OBJECT_CLASSES

    module, name = OBJECT_CLASSES[object_name]
    found: type[Any] = getattr(import_module(module), name)
    return found


@cache
def listed_at(path: str) -> str | None:
    """The name of the objects that are listed at a path."""
    from stripe._object_classes import OBJECT_CLASSES

    return next((name for name in OBJECT_CLASSES if path == f"/v1/{name.replace('.', '/')}s"), None)


@cache
def list_parameters(object_name: str) -> frozenset[str]:
    """By what a list can be filtered and paged."""
    made = resource(object_name)
    namespace = made.__module__.split(".")[1:-1]
    parameters = getattr(import_module(".".join(["stripe.params", *namespace])), f"{made.__name__}ListParams")
    return frozenset(parameters.__annotations__)


@cache
def event_types() -> frozenset[str]:
    return frozenset(get_args(resource("event").__annotations__["type"]))


def make(object_name: str, number: int) -> Object:
    """The object of this number, with every field that the API shows without being asked to expand it."""
    made = _object(resource(object_name), number, 1)
    made |= {"id": object_id(object_name.replace(".", "_"), number), "object": object_name}
    made |= {name: created_at(number) for name in ("created", "date") if name in made}
    return made | ({"open": True} if object_name == "review" else {})


def make_line(invoice_id: str, number: int, position: int) -> Object:
    """A line of an invoice, which is no resource of its own."""
    line = import_module("stripe._invoice_line_item").InvoiceLineItem
    made = _object(line, number, 1)
    return made | {"id": f"il_{number:010d}{position:04d}", "object": "line_item", "invoice": invoice_id}


def make_invoice(number: int) -> Object:
    """An invoice with its lines."""
    made = make("invoice", number)
    lines = [make_line(made["id"], number, position) for position in range(1 + number % 3)]
    return made | {"lines": made["lines"] | {"data": lines}}


def _object(made: type[Any], number: int, depth: int) -> Object:
    fields = {
        name: annotation
        for name, annotation in made.__annotations__.items()
        if name not in ("deleted", "OBJECT_NAME") and not name.startswith("_")
    }
    return {name: _value(name, annotation, number, depth) for name, annotation in fields.items()}


def _value(name: str, annotation: Any, number: int, depth: int) -> Any:
    """A value of a field: each number and each name has another one, so that none is taken for another."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Union:
        return _value(name, _chosen(arguments), number, depth)
    if origin is Literal:
        return arguments[number % len(arguments)]
    if origin is list:
        return [value for value in [_value(name, arguments[0], number, depth)] if value is not None]
    if _is_list_object(annotation):
        return {"object": "list", "data": [], "has_more": False, "url": f"/v1/{name}"}
    return _plain_value(name, annotation, number, depth)


def _plain_value(name: str, annotation: Any, number: int, depth: int) -> Any:
    seed = zlib.crc32(name.encode()) % 100_000 + number
    plain = {bool: number % 4 != 3, int: seed, float: seed + 0.5, Decimal: f"{seed}.125", str: f"{name} {number}"}
    if annotation in plain:
        return plain[annotation]
    if isinstance(annotation, ForwardRef) or depth == MAX_DEPTH:  # another resource: shown on some occasions
        return None
    return _object(annotation, number, depth + 1) if hasattr(annotation, "__annotations__") else {"key": name}


def _is_list_object(annotation: Any) -> bool:
    return getattr(get_origin(annotation), "__name__", "") == "ListObject"


def _chosen(alternatives: Iterable[Any]) -> Any:
    """The kind of value that an alternative stands for: of a reference the id, and no list, which is only shown when it
    is asked for."""
    wanted = [each for each in alternatives if each is not type(None)]
    if any(map(_is_list_object, wanted)):
        return ForwardRef("None")
    return next((each for each in wanted if get_origin(each) is Literal), str if str in wanted else wanted[0])
