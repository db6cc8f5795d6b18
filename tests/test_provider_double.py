"""The Stripe double behaves as Stripe documents, and fails as told."""

from __future__ import annotations

import gzip
import hmac
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.providers import faults, stripe_objects
from tests.providers.server import Action, Clock, RateLimit
from tests.providers.stripe import API_KEY, StripeProvider, stripe_process
from tests.providers.stripe_events import KEPT, previous_attributes, signed


@pytest.fixture
def provider() -> Iterator[StripeProvider]:
    with StripeProvider() as provider:
        yield provider


class Client:
    """One keep-alive connection."""

    def __init__(self, port: int, key: str = API_KEY) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        self.headers = {"Authorization": f"Bearer {key}"}

    def raw(self, target: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        self.connection.request("GET", target, headers=self.headers | headers)
        response = self.connection.getresponse()
        return response, response.read()

    def get(self, target: str) -> tuple[int, Any]:
        response, body = self.raw(target)
        return response.status, json.loads(body)

    def ids(self, target: str) -> list[str]:
        """The ids of every page."""
        ids: list[str] = []
        has_more = True
        while has_more:
            cursor = f"&starting_after={ids[-1]}" if ids else ""
            status, page = self.get(target + cursor)
            assert status == 200, page
            ids += [item["id"] for item in page["data"]]
            has_more = page["has_more"]
        return ids


@pytest.fixture
def client(provider: StripeProvider) -> Client:
    return Client(provider.port)


def test_pages_run_newest_first_on_one_connection(provider: StripeProvider, client: Client) -> None:
    provider.add("customer", 250)
    expected = [customer["id"] for customer in reversed(provider.objects("customer"))]
    assert client.ids("/v1/customers?limit=100") == expected
    assert [request.query.get("starting_after") for request in provider.requests] == [
        None,
        expected[99],
        expected[199],
    ]
    assert client.get("/v1/customers")[1]["data"][0] == provider.objects("customer")[-1]
    assert len(client.get("/v1/customers")[1]["data"]) == 10


def test_objects_of_one_second_come_last_added_first(provider: StripeProvider, client: Client) -> None:
    provider.add("customer", [stripe_objects.customer(number) | {"created": 5} for number in range(3)])
    assert client.ids("/v1/customers?limit=1") == [stripe_objects.object_id("cus", number) for number in (2, 1, 0)]


def test_created_filters_bound_the_list(provider: StripeProvider, client: Client) -> None:
    provider.add("customer", 10)
    third, sixth = stripe_objects.created_at(3), stripe_objects.created_at(6)
    assert len(client.ids(f"/v1/customers?created[gte]={third}&created[lt]={sixth}")) == 3
    assert len(client.ids(f"/v1/customers?created%5Bgt%5D={third}&created%5Blte%5D={sixth}")) == 3


def test_a_walk_goes_on_past_changes_but_not_from_a_deleted_cursor(provider: StripeProvider, client: Client) -> None:
    provider.add("customer", 5)
    first = client.get("/v1/customers?limit=2")[1]["data"]
    provider.add("customer", 1)
    rest = client.ids(f"/v1/customers?limit=2&starting_after={first[-1]['id']}")
    assert rest == [stripe_objects.object_id("cus", number) for number in (2, 1, 0)]

    provider.delete(first[-1]["id"])
    status, answer = client.get(f"/v1/customers?starting_after={first[-1]['id']}")
    assert (status, answer["error"]["code"], answer["error"]["param"]) == (400, "resource_missing", "starting_after")


def test_single_objects_follow_changes(provider: StripeProvider, client: Client) -> None:
    customer = provider.add("customer", 1)[0]
    provider.update(customer["id"], email="new@example.com")
    assert client.get(f"/v1/customers/{customer['id']}")[1]["email"] == "new@example.com"
    provider.delete(customer["id"])
    assert client.get(f"/v1/customers/{customer['id']}")[1]["deleted"] is True
    assert client.get("/v1/customers/cus_unknown")[0] == 404


def test_every_operation_leaves_an_event_and_what_was_there_before_leaves_none() -> None:
    with StripeProvider(clock=Clock(1_800_000_000)) as provider:
        provider.add("customer", 1)
        customer = provider.create("customer", email="a@example.com")
        provider.update(customer["id"], email="b@example.com")
        provider.update(customer["id"], email="b@example.com")
        subscription = provider.create("subscription")
        provider.cancel(subscription["id"])
        provider.delete(subscription["id"])
        provider.delete(customer["id"])
        status, page = Client(provider.port).get("/v1/events")
    assert (status, [event["type"] for event in page["data"]]) == (
        200,
        [
            "customer.deleted",
            "customer.subscription.deleted",
            "customer.subscription.created",
            "customer.updated",
            "customer.created",
        ],
    )
    updated = page["data"][3]
    assert (updated["object"], updated["created"], updated["api_version"]) == (
        "event",
        1_800_000_000,
        "2026-10-28.endive",
    )
    assert updated["data"]["object"]["email"] == "b@example.com"
    assert updated["data"]["previous_attributes"] == {"email": "a@example.com"}


def test_events_are_listed_by_type_time_and_page(provider: StripeProvider, client: Client) -> None:
    provider.clock = clock = Clock(1_800_000_000)
    for _ in range(3):
        provider.create("customer")
        provider.create("plan")
        provider.create("subscription")
        clock.advance(1)
    assert len(client.ids("/v1/events?limit=2")) == 9
    assert len(client.ids("/v1/events?types[]=plan.created&types[]=customer.created&limit=4")) == 6
    assert len(client.ids("/v1/events?type=customer.*")) == 6
    assert len(client.ids("/v1/events?created[gte]=1800000001&created[lt]=1800000002")) == 3
    assert client.get("/v1/events?type=plan.*&types[]=plan.created")[0] == 400
    assert client.get("/v1/events?starting_after=evt_unknown")[1]["error"]["code"] == "resource_missing"


def test_events_appear_after_a_lag_and_are_kept_for_30_days(provider: StripeProvider, client: Client) -> None:
    provider.clock = clock = Clock(1_800_000_000)
    provider.events.lag = 10
    provider.create("customer")
    assert client.ids("/v1/events?limit=1") == []
    clock.advance(10)
    assert len(client.ids("/v1/events?limit=1")) == 1
    clock.advance(KEPT)
    assert client.ids("/v1/events?limit=1") == []


def test_previous_attributes_hold_only_what_changed() -> None:
    old = {"name": "a", "email": None, "metadata": {"x": "1", "y": "2"}, "items": {"data": [1]}}
    new = {"name": "a", "email": "b", "metadata": {"x": "1", "z": "3"}, "items": {"data": [1, 2]}}
    assert previous_attributes(old, new) == {
        "email": None,
        "metadata": {"y": "2", "z": None},
        "items": {"data": [1]},
    }


def test_an_event_is_delivered_with_the_signature_of_its_bytes(provider: StripeProvider) -> None:
    provider.create("customer", name="Joana Çelik")
    [event] = provider.events.since(0)
    headers, body = signed(event, "whsec_supasaasydouble", at=1_800_000_000)
    digest = hmac.digest(b"whsec_supasaasydouble", b"1800000000." + body.encode(), "sha256").hex()
    assert headers["Stripe-Signature"] == f"t=1800000000,v1={digest}"
    assert json.loads(body) == event


def test_prices_are_active_ones_unless_asked(provider: StripeProvider, client: Client) -> None:
    provider.add("price", 8)
    counts = {query: len(client.ids(f"/v1/prices?limit=100{query}")) for query in ("", "&active=true", "&active=false")}
    assert counts == {"": 6, "&active=true": 6, "&active=false": 2}


def test_canceled_subscriptions_are_hidden_unless_asked(provider: StripeProvider, client: Client) -> None:
    provider.add("subscription", [stripe_objects.subscription(0, status="canceled"), stripe_objects.subscription(1)])
    assert len(client.ids("/v1/subscriptions?limit=100")) == 1
    assert len(client.ids("/v1/subscriptions?limit=100&status=all")) == 2


def test_a_subscription_shows_its_first_items_only(provider: StripeProvider, client: Client) -> None:
    subscription = provider.add("subscription", [stripe_objects.subscription(0, items=23)])[0]
    items = client.get("/v1/subscriptions")[1]["data"][0]["items"]
    assert (len(items["data"]), items["has_more"]) == (10, True)
    rest = client.ids(f"{items['url']}&limit=5&starting_after={items['data'][-1]['id']}")
    assert [item["id"] for item in items["data"]] + rest == [item["id"] for item in subscription["items"]["data"]]


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("/v1/customers?limit=101", 400, "parameter_invalid_integer"),
        ("/v1/customers?colour=red", 400, "parameter_unknown"),
        ("/v1/subscription_items", 400, "parameter_missing"),
        ("/v1/nonsense", 404, None),
    ],
)
def test_wrong_requests_are_refused(client: Client, target: str, status: int, code: str | None) -> None:
    answer_status, answer = client.get(target)
    assert (answer_status, answer["error"].get("code")) == (status, code)


def test_the_key_is_checked(provider: StripeProvider) -> None:
    status, answer = Client(provider.port, "sk_test_wrong").get("/v1/customers")
    assert status == 401
    assert answer["error"]["message"].startswith("Invalid API Key provided: sk_test_***")


def test_answers_are_compressed_when_asked(provider: StripeProvider, client: Client) -> None:
    provider.add("customer", 1)
    response, body = client.raw("/v1/customers", **{"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(body)) == client.get("/v1/customers")[1]
    assert response.headers["Request-Id"].startswith("req_")


def test_the_clock_can_be_set() -> None:
    with StripeProvider(clock=lambda: 0) as provider:
        assert Client(provider.port).raw("/v1/customers")[0].headers["Date"] == "Thu, 01 Jan 1970 00:00:00 GMT"


def test_faults_take_matching_requests_so_many_times(provider: StripeProvider, client: Client) -> None:
    fault = provider.fault(faults.status(500), match=lambda request: request.path == "/v1/plans", times=2, after=1)
    assert [client.get("/v1/plans")[0] for _ in range(4)] == [200, 500, 500, 200]
    assert client.get("/v1/customers")[0] == 200
    assert fault.hits == 2


def test_documents_can_be_wrong(provider: StripeProvider, client: Client) -> None:
    provider.add("customer", 3)
    wrong: dict[Action, Callable[[Any], bool]] = {
        faults.empty_page_has_more(): lambda page: page["has_more"] and page["data"] == [],
        faults.missing_data(): lambda page: "data" not in page,
        faults.data_not_list(): lambda page: isinstance(page["data"], dict),
        faults.rate_limit(): lambda page: page["error"]["code"] == "rate_limit",
    }
    for action, is_wrong in wrong.items():
        provider.fault(action)
        assert is_wrong(client.get("/v1/customers")[1])

    provider.fault(faults.repeated_page(), times=None)
    first = client.get("/v1/customers?limit=1")
    assert client.get(f"/v1/customers?limit=1&starting_after={first[1]['data'][0]['id']}") == first


@pytest.mark.parametrize("action", [faults.html(), faults.truncated_json(), faults.raw(b"\xff{")])
def test_bodies_can_be_no_json(provider: StripeProvider, client: Client, action: Any) -> None:
    provider.add("customer", 3)
    provider.fault(action)
    with pytest.raises(ValueError):
        client.get("/v1/customers")
    assert client.get("/v1/customers")[0] == 200


def test_headers_of_faults(provider: StripeProvider, client: Client) -> None:
    provider.fault(faults.redirect("http://elsewhere.example/"))
    provider.fault(faults.rate_limit(retry_after=7))
    provider.fault(faults.refuse_created_filter(), times=None)
    assert client.raw("/v1/customers")[0].headers["Location"] == "http://elsewhere.example/"
    assert client.raw("/v1/customers")[0].headers["Retry-After"] == "7"
    assert client.get("/v1/customers?created[gte]=5")[1]["error"]["message"] == "Unexpected created[gte]"
    assert client.get("/v1/customers")[0] == 200


def test_connections_can_break(provider: StripeProvider, client: Client) -> None:
    provider.add("customer", 3)
    provider.fault(faults.truncated_body())
    with pytest.raises(http.client.IncompleteRead):
        client.get("/v1/customers")
    provider.fault(faults.connection_reset())
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        Client(provider.port).get("/v1/customers")


def test_a_gzip_bomb_is_small_on_the_wire(provider: StripeProvider, client: Client) -> None:
    provider.fault(faults.gzip_bomb(8 * faults.MIB))
    _, body = client.raw("/v1/customers")
    assert len(body) < 10_000
    assert len(gzip.decompress(body)) == 8 * faults.MIB


def test_hanging_requests_end_when_released_or_stopped() -> None:
    with StripeProvider() as provider:
        fault = provider.fault(faults.hang())
        threading.Timer(0.1, fault.release).start()
        assert Client(provider.port).get("/v1/customers")[0] == 200

        for action in (faults.hang(), faults.drip(1)):
            provider.fault(action)
            hanging = Client(provider.port).connection
            hanging.request("GET", "/v1/customers")
        while len(provider.requests) < 3:
            time.sleep(0.01)
        began = time.monotonic()
    assert time.monotonic() - began < 1
    assert not [thread for thread in threading.enumerate() if "provider" in thread.name or "process_req" in thread.name]


def test_rate_limits_are_enforced(provider: StripeProvider, client: Client) -> None:
    provider.rate_limit = RateLimit(total=4, per_endpoint=3)
    answers = [client.raw(f"/v1/{name}")[0] for name in ("plans", "plans", "plans", "plans", "prices", "prices")]
    assert [answer.status for answer in answers] == [200, 200, 200, 429, 200, 429]
    assert [answer.headers["Stripe-Rate-Limited-Reason"] for answer in (answers[3], answers[5])] == [
        "endpoint-rate",
        "global-rate",
    ]


def test_it_runs_in_a_process_of_its_own() -> None:
    with stripe_process(customers=3) as url:
        client = Client(int(url.rpartition(":")[2]))
        assert len(client.ids("/v1/customers?limit=2")) == 3
