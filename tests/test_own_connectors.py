"""Connectors of one's own: `define_config({…}, connectors=[…])`, with all that the built-in ones have."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from supasaasy import Config, ConfigError, define_config, get_migrations
from supasaasy.config import load_config
from supasaasy.connectors.stripe import stripe as built_in
from supasaasy.migration import config_hash
from supasaasy.spec import Bearer, Collection, Connector, DeclarationError, RateLimit, Unpaged, text
from tests.conftest import Database
from tests.providers.server import Provider, Request, Response
from tests.support import API_KEY, WEBHOOK_SECRET, query, receive_as, run_worker, sync, value

# A user's repository: the connector stands beside the configuration, which imports it.
DECLARATION = """\
from supasaasy.spec import (
    DELETE, SINCE, UPSERT, Bearer, Collection, Connector, Envelope, PageNumber, RateLimit, Signature, UpdatedSince,
    integer, text,
)

orders = Collection(
    "order",
    source="https://shop.example.com/docs/orders",
    path="/orders",
    records="orders",
    columns=(text("state", index=True), integer("cents", "total.cents")),
    incremental=UpdatedSince("/orders", params={"since": SINCE}),
    events={"order.saved": UPSERT, "order.deleted": DELETE},
)
shop = Connector(
    name="shop",
    title="Shop",
    base_url="https://api.shop.example.com",
    auth=Bearer(),
    pagination=PageNumber("page", total_pages="pages"),
    rate_limit=RateLimit(per_second=10_000),
    signature=Signature("X-Shop-Signature"),
    envelope=Envelope(id="id", type="type", occurred_at="at", object="order"),
    collections=(orders,),
)
"""
CONFIGURATION = """\
from shop_connector import shop
from supasaasy import define_config

config = define_config(
    {
        "apps": [
            {
                "app_key": "our_shop",
                "name": "Our shop",
                "connector": "shop",
                "config": {
                    "api_key_env": "STRIPE_API_KEY",
                    "webhook_secret_env": "STRIPE_WEBHOOK_SECRET",
                    "base_url": "URL",
                    "allow_unsafe_base_url": True,
                },
            }
        ]
    },
    connectors=[shop],
)
"""


class Shop(Provider):
    """Two orders a page."""

    def __init__(self) -> None:
        super().__init__()
        self.orders = [order(number) for number in range(5)]

    def respond(self, request: Request) -> Response:
        assert (request.path, request.headers["authorization"]) == ("/orders", f"Bearer {API_KEY}")
        page, since = int(request.query.get("page", 1)), int(request.query.get("since", 0))
        found = [item for item in self.orders if item["updated"] >= since]
        return Response.json(200, {"orders": found[2 * page - 2 : 2 * page], "pages": -(-len(found) // 2)})

    def rate_limited(self, reason: str) -> Response:
        raise NotImplementedError


def order(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": f"o{number}", "state": "open", "total": {"cents": number}, "updated": 1_700_000_000} | fields


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Iterator[Shop]:
    """A shop, from which this test's database syncs by a connector of the user's own."""
    with Shop() as provider:
        (tmp_path / "shop_connector.py").write_text(DECLARATION)
        (tmp_path / "supasaasy_config.py").write_text(CONFIGURATION.replace("URL", provider.url))
        database.execute(get_migrations(load_config(tmp_path / "supasaasy_config.py")).encode())
        yield provider


def orders(database: Database) -> list[Any]:
    return query(database, "select external_id, state, cents from supasaasy.shop_orders order by 1")


def synced(database: Database, mode: str) -> Any:
    status = sync(database, mode, app_key="our_shop")
    assert (status["status"], status["error_message"]) == ("completed", None)
    return status["tasks"][0]


def test_it_syncs_in_full_and_deletes_what_is_gone(database: Database, shop: Shop) -> None:
    synced(database, "full")
    assert orders(database) == [(f"o{number}", "open", number) for number in range(5)]
    del shop.orders[0]
    shop.clock = lambda: time.time() + 60
    assert synced(database, "full")["deleted"] == 1


def test_it_syncs_what_has_changed(database: Database, shop: Shop) -> None:
    synced(database, "full")
    shop.orders[4] = order(4, state="paid", updated=int(time.time()))
    task = synced(database, "incremental")
    assert (task["mode"], task["processed_entities"], orders(database)[4]) == ("incremental", 1, ("o4", "paid", 4))


def test_its_webhooks_are_verified_and_applied(database: Database, shop: Shop) -> None:
    body = json.dumps({"id": "e1", "type": "order.saved", "at": int(time.time()), "order": order(9, state="paid")})
    signature = hmac.new(WEBHOOK_SECRET.encode(), body.encode(), hashlib.sha256).hexdigest()
    assert receive_as(database, "our_shop", {"X-Shop-Signature": signature}, body) == (200, {"success": True})
    assert receive_as(database, "our_shop", {"X-Shop-Signature": "0" * 64}, body)[0] == 401
    run_worker(database)
    assert orders(database) == [("o9", "paid", 9)]


def test_its_tables_and_columns_are_explained_and_stand_in_entities(database: Database, shop: Shop) -> None:
    synced(database, "full")
    assert value(database, "select obj_description('supasaasy.shop_order'::regclass)") == (
        "Every order of Shop ever seen, soft-deleted ones included. https://shop.example.com/docs/orders"
    )
    cents = "select col_description('supasaasy.shop_orders'::regclass, 4)"
    assert value(database, cents) == "raw_payload: total.cents"
    assert value(database, "select count(*) from supasaasy.entities where collection_key = 'shop_order'") == 5


# Names -----------------------------------------------------------------------------------------------------------

THING = Collection("thing", source="", path="/things", columns=(text("name"),))


def connector(name: str = "mine", *collections: Collection) -> Connector:
    return Connector(
        name=name,
        title=name,
        base_url="https://api.example.com",
        auth=Bearer(),
        pagination=Unpaged(),
        rate_limit=RateLimit(per_second=1),
        collections=collections or (THING,),
    )


def config(*connectors: Any, of: tuple[str, ...] = ("mine",)) -> Config:
    app: dict[str, Any] = {"name": "App", "config": {"api_key_env": "KEY"}}
    return define_config({"apps": [app | {"app_key": name, "connector": name} for name in of]}, connectors)


def test_a_connector_that_was_not_passed_is_unknown() -> None:
    with pytest.raises(ConfigError, match=r"unknown connector 'mine' \(available: intercom, .*stripe, theirs\)"):
        config(connector("theirs"))


def test_one_of_the_name_of_a_built_in_one_takes_its_place() -> None:
    fewer = built_in.limited_to({"customer"})
    assert config(fewer, of=("stripe",)).apps[0].resources == ("customer",)


def test_two_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"connectors\[1\]: 'mine' is the name of another one"):
        config(connector(), connector())


def test_what_is_no_connector_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"connectors\[0\]: a Connector is needed, not a module"):
        config(json)


def test_two_connectors_with_a_table_of_one_name_are_refused() -> None:
    longer = connector("mine", replace(THING, name="own_thing"))
    with pytest.raises(ConfigError, match="the connectors mine and mine_own both have a mine_own_thing"):
        config(longer, connector("mine_own"), of=("mine", "mine_own"))


def test_a_table_and_a_view_of_one_name_are_refused() -> None:
    with pytest.raises(DeclarationError, match="mine_things: tables and views need names of their own"):
        connector("mine", THING, replace(THING, name="things"))


def test_names_that_postgresql_would_cut_are_refused() -> None:
    with pytest.raises(DeclarationError, match="of at most 63 letters"):
        connector("m" * 40, replace(THING, name="t" * 40))


def test_no_connector_can_reach_supasaasy_s_own_tables(database: Database) -> None:
    own = query(
        database,
        """
        select relname from pg_class where relnamespace = 'supasaasy'::regnamespace and relkind in ('r', 'v', 'm')
            and relname ~ '_' and relname not like 'stripe%'
        """,
    )
    assert len(own) > 5
    for (relation,) in own:
        with pytest.raises(DeclarationError, match="supasaasy's own tables have names that begin so"):
            connector(relation.split("_")[0])


def test_another_declaration_is_another_configuration() -> None:
    assert config_hash(config(connector())) != config_hash(config(connector("mine", replace(THING, path="/others"))))
