"""Whatever order observations arrive in, and however often, the table ends in the state of the newest."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Database
from tests.support import query, value
from tests.webhooks.support import NOW, event

Product = dict[str, Any]


@dataclass(frozen=True)
class Listing:
    """A page of the list: the Date it was answered with less its resolution, and the products of that moment."""

    observed_at: int
    products: list[Product]


@dataclass
class History:
    """What happened to a provider's products, as it can be observed from outside."""

    alive: dict[str, Product] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)  # what is deleted does not come back
    observations: list[Product | Listing] = field(default_factory=list)

    def happen(self, product_id: str, name: str | None, version: int, at: int) -> None:
        """A product gets a name, or is deleted; and somebody fetches a list."""
        before = self.alive.get(product_id)
        if name is None and before is not None:
            self.observations.append(event("product.deleted", self.alive.pop(product_id), at=at))
            self.gone.add(product_id)
        elif name is not None and product_id not in self.gone:
            after = self.alive[product_id] = {"id": product_id, "name": name, "version": version}
            previous = before and {key: before[key] for key in ("name", "version") if before[key] != after[key]}
            kind = "product.updated" if before else "product.created"
            self.observations.append(event(kind, after, at=at, previous=previous))
        self.observations.append(Listing(at - 1, list(self.alive.values())))


@st.composite
def histories(draw: st.DrawFn) -> History:
    history, now = History(), NOW
    # Few names, so that products get back the one they had; few seconds, so that much happens in one of them.
    step = st.tuples(
        st.sampled_from(["prod_1", "prod_2"]), st.sampled_from(["A", "B", None]), st.sampled_from([0, 0, 1])
    )
    for version, (product_id, name, seconds) in enumerate(draw(st.lists(step, min_size=1, max_size=8))):
        now += seconds
        history.happen(product_id, name, version, now)
    return history


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[History, list[list[Product | Listing]]]:
    """A history, and its observations as they arrive: in batches, in any order, some of them twice."""
    history = draw(histories())
    twice = draw(st.lists(st.sampled_from(history.observations), max_size=4))
    order = draw(st.permutations(history.observations + twice))
    batches: list[list[Product | Listing]] = [[]]
    for observation in order:
        batches[-1].append(observation)
        if draw(st.booleans()):
            batches.append([])
    return history, batches


def observe(database: Database, batch: list[Product | Listing]) -> None:
    """Store the lists of a batch, and apply its events together."""
    for listing in batch:
        if isinstance(listing, Listing):
            database.execute(
                """
                select supasaasy._upsert_bodies('stripe_prod', collection, array[%s], to_timestamp(%s), null)
                from supasaasy.collections as collection where collection_key = 'stripe_product'
                """,
                (json.dumps({"data": listing.products}), listing.observed_at),
            )
    events = [each for each in batch if not isinstance(each, Listing)]
    database.execute(
        "select supasaasy._apply_events(supasaasy._store_events('stripe_prod', %s))", (json.dumps(events),)
    )


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrivals())
def test_any_order_of_observations_ends_in_the_state_of_the_newest(
    database: Database, arrival: tuple[History, list[list[Product | Listing]]]
) -> None:
    history, batches = arrival
    database.execute("truncate supasaasy.webhook_events, supasaasy.stripe_product")
    for batch in batches:
        observe(database, batch)
    live = query(database, "select external_id, raw_payload from supasaasy.stripe_products")
    assert dict(live) == history.alive
    assert value(database, "select count(*) from supasaasy.webhook_events where status <> 'processed'") == 0
