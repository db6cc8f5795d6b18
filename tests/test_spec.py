"""The vocabulary of declarations refuses what could not work."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from supasaasy.spec import (
    REREAD,
    UPSERT,
    Bearer,
    Collection,
    Connector,
    DeclarationError,
    EventLog,
    Nested,
    PerParent,
    RateLimit,
    Unpaged,
    parent,
    text,
)

LOG = EventLog("/events", types_param="types[]", pattern_param="type", max_types=2, retention_days=30)


def collection(*events: str) -> Collection:
    return Collection("order", source="", columns=(text("name"),), events=dict.fromkeys(events, UPSERT))


def test_a_collection_asks_for_its_events_by_their_names() -> None:
    assert LOG.types(collection("order.created", "order.deleted")) == {"types[]": ["order.created", "order.deleted"]}


def test_one_pattern_that_covers_all_is_asked_for_in_their_place() -> None:
    assert LOG.types(collection("order.deleted", "order.*")) == {"type": "order.*"}


@pytest.mark.parametrize("events", [("order.*", "refund.created"), ("order.a", "order.b", "order.c")])
def test_events_that_one_listing_cannot_ask_for_are_refused(events: tuple[str, ...]) -> None:
    with pytest.raises(DeclarationError, match="order: its events must be at most 2 names, or covered by one pattern"):
        LOG.types(collection(*events))


EMBEDDED = Nested("line", "lines")


def connector(child: Collection, how: Nested | PerParent = EMBEDDED, **others: Any) -> Connector:
    order = Collection("order", source="", columns=(), path="/orders", children=(how,))
    return Connector("shop", "Shop", "https://x", Bearer(), Unpaged(), RateLimit(1), (order, child), **others)


def test_a_child_that_events_move_must_say_where_it_names_its_parent() -> None:
    line = Collection("line", source="", columns=(parent("order_id"),), events={"line.*": UPSERT})
    with pytest.raises(DeclarationError, match=r"line: a child that events move needs a path in its parent\(\) column"):
        connector(line)
    assert connector(replace(line, columns=(parent("order_id", "order"),)))


def test_an_event_moves_one_collection() -> None:
    line = Collection("line", source="", columns=(parent("order_id", "order"),), events={"line.created": UPSERT})
    refund = replace(line, name="refund")
    with pytest.raises(DeclarationError, match=r"line\.created: an event moves one collection, and two name it"):
        replace(connector(line), collections=(line, refund))


def test_an_event_that_has_children_read_again_must_say_whose() -> None:
    with pytest.raises(DeclarationError, match="line: an event that has it read again needs reread_parent"):
        Collection("line", source="", columns=(), events={"lines.changed": REREAD})


@pytest.mark.parametrize(
    "how",
    [EMBEDDED, PerParent("line", "/orders/{id}/lines", records="data", version="updated_at")],
    ids=["embedded", "with a version"],
)
def test_children_that_events_have_read_again_are_read_for_each_parent_without_a_version(
    how: Nested | PerParent,
) -> None:
    line = Collection(
        "line",
        source="",
        columns=(parent("order_id"),),
        events={"lines.changed": REREAD},
        reread_parent="order",
    )
    with pytest.raises(
        DeclarationError, match="line: what is read again is read for each parent, and without a version"
    ):
        connector(line, how)


def test_a_default_resource_must_be_declared() -> None:
    line = Collection("line", source="", columns=(parent("order_id"),))
    with pytest.raises(DeclarationError, match="default_resources: 'lines' is not declared"):
        connector(line, default_resources=("order", "lines"))


def test_a_connector_limited_to_some_collections_looks_for_no_other_children() -> None:
    line = Collection("line", source="", columns=(parent("order_id"),))
    [order] = connector(line, default_resources=("order", "line")).limited_to({"order"}).collections
    assert order.children == ()
