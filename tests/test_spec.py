"""The vocabulary of declarations refuses what could not work."""

from __future__ import annotations

import pytest

from supasaasy.spec import UPSERT, Collection, DeclarationError, EventLog, text

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
