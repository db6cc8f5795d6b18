"""The README's queries, over our tables and over SupaSaaSy's design: JSON views over one table of entities."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from bench.report import Section
from bench.scene import APP, Connection, Scene
from tests.providers import stripe_objects

README = Path(__file__).parents[1] / "README.md"
RUNS = 5
PLANS = 100

# What the queries use of each object; SupaSaaSy's views are of this kind.
_JSON_VIEWS = """
drop schema if exists json_views cascade;
create schema json_views;
create table json_views.entities (
    app_key text not null,
    collection_key text not null,
    external_id text not null,
    raw_payload jsonb not null,
    deleted_at timestamptz,
    primary key (app_key, collection_key, external_id)
);
insert into json_views.entities
select app_key, collection_key, external_id, raw_payload, deleted_at from supasaasy.entities;
create index on json_views.entities (collection_key);
create view json_views.stripe_customers as
select app_key, external_id, raw_payload, raw_payload ->> 'email' as email
from json_views.entities where collection_key = 'stripe_customer' and deleted_at is null;
create view json_views.stripe_plans as
select
    app_key, external_id, raw_payload ->> 'nickname' as nickname, (raw_payload ->> 'amount')::bigint as amount
    , raw_payload ->> 'currency' as currency, raw_payload ->> 'interval' as interval
from json_views.entities where collection_key = 'stripe_plan' and deleted_at is null;
create view json_views.stripe_subscriptions as
select
    app_key, external_id, raw_payload, raw_payload ->> 'customer' as customer_id, raw_payload ->> 'status' as status
    , to_timestamp((raw_payload #>> '{items,data,0,current_period_end}')::bigint) as current_period_end
from json_views.entities where collection_key = 'stripe_subscription' and deleted_at is null;
create view json_views.stripe_subscription_items as
select
    app_key, external_id, raw_payload, raw_payload ->> 'subscription' as subscription_id
    , (raw_payload ->> 'quantity')::bigint as quantity
from json_views.entities where collection_key = 'stripe_subscription_item' and deleted_at is null;
analyze json_views.entities;
"""


def queries(scene: Scene, subscriptions: int) -> Section:
    """Medians, everything cached, in a session with default settings."""
    section = Section(f"{subscriptions:,} subscriptions", ("README's query", "ours ms", "JSON views ms", "ratio"))
    scene.configure("http://127.0.0.1:1", concurrency=16, rate_limit=None)
    scene.forget()
    with scene.connect() as connection:
        _fill(connection, subscriptions)
        connection.execute(_JSON_VIEWS.encode())
        for query in _readme_queries():
            ours = _milliseconds(connection, query)
            theirs = _milliseconds(connection, query.replace("supasaasy.", "json_views."))
            first = query.split("\n")[0]
            section.add(
                f"`{first} …`",
                f"{ours:.1f}",
                f"{theirs:.1f}",
                f"{theirs / ours:.1f}",
                query=first,
                ours_ms=ours,
                json_views_ms=theirs,
            )
    return section


def _fill(connection: Connection, subscriptions: int) -> None:
    """Objects straight into the tables: what is measured is reading."""
    made: dict[str, tuple[int, Callable[[int], stripe_objects.Object]]] = {
        "stripe_customer": (subscriptions, stripe_objects.customer),
        "stripe_plan": (PLANS, stripe_objects.plan),
        "stripe_subscription": (subscriptions, stripe_objects.subscription),
    }
    connection.execute("create temporary table document (payload jsonb)")
    for collection, (count, make) in made.items():
        connection.execute("truncate document")
        with connection.cursor().copy("copy document from stdin") as copy:
            for number in range(count):
                copy.write_row((json.dumps(make(number)),))
        connection.execute(
            f"""
            insert into supasaasy.{collection} (app_key, external_id, raw_payload, observed_at, created_at, updated_at)
            select %s, payload ->> 'id', payload, now(), now(), now() from document
            """.encode(),
            (APP,),
        )
    connection.execute(
        """
        insert into supasaasy.stripe_subscription_item
            (app_key, external_id, subscription_id, raw_payload, observed_at, created_at, updated_at)
        select app_key, item ->> 'id', external_id
            , jsonb_set(item, '{plan,id}', to_jsonb('plan_' || lpad((row_number() over () %% %s)::text, 14, '0')))
            , now(), now(), now()
        from supasaasy.stripe_subscription, jsonb_array_elements(raw_payload #> '{items,data}') as item
        """,
        (PLANS,),
    )
    connection.execute("vacuum analyze")


def _readme_queries() -> Iterator[str]:
    for block in re.findall(r"^```sql\n(.*?);\n```", README.read_text(), re.DOTALL | re.MULTILINE):
        if "stripe_subscriptions" in block:
            yield block


def _milliseconds(connection: Connection, query: str) -> float:
    seconds = []
    for _ in range(RUNS):
        began = time.perf_counter()
        connection.execute(query.encode()).fetchall()
        seconds.append(time.perf_counter() - began)
    return median(seconds) * 1000
