"""The HTTP client, outside PostgreSQL, against the provider double."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import pytest

from supasaasy_runtime import http
from supasaasy_runtime.http import Client, ProviderError, Request, _bound
from tests.providers import faults
from tests.providers.server import Response as ProviderResponse
from tests.providers.stripe import StripeProvider
from tests.support import API_KEY

CUSTOMERS = Request("/v1/customers", (("limit", "100"),))
ERRORS = {
    "detail": ["error"],
    "headers": {
        "request_id": "Request-Id",
        "should_retry": "Stripe-Should-Retry",
        "reason": "Stripe-Rate-Limited-Reason",
        "reset": "X-RateLimit-Reset",
    },
}


@pytest.fixture
def provider() -> Iterator[StripeProvider]:
    with StripeProvider(clock=lambda: 1_700_000_000.0) as provider:
        provider.add("customer", 5)
        yield provider


@pytest.fixture
def client(provider: StripeProvider) -> Iterator[Client]:
    headers = {"Authorization": f"Bearer {API_KEY}", "Accept-Encoding": "gzip"}
    client = Client(provider.url, headers, ERRORS, deadline=2.0, allow_unsafe=True)
    yield client
    client.close()


def test_an_answer_is_the_text_and_the_document(client: Client) -> None:
    response = client.send(CUSTOMERS)
    assert len(response.document["data"]) == 5
    assert response.text.startswith("{")


def test_it_was_true_one_second_before_the_date_of_the_answer(client: Client) -> None:
    assert client.send(CUSTOMERS).observed_at == datetime.fromtimestamp(1_699_999_999, timezone.utc)


def test_an_answer_that_took_long_was_true_that_much_earlier(client: Client, provider: StripeProvider) -> None:
    provider.latency = 1.0
    assert client.send(CUSTOMERS).observed_at == datetime.fromtimestamp(1_699_999_998, timezone.utc)


@pytest.mark.parametrize("before", [None, 0.1, 60.0], ids=["no bound", "less than is left", "more than is left"])
def test_a_socket_waits_for_what_is_left_of_the_time_of_a_request(before: float | None) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(before)
        _bound(ours, time.monotonic() + 5.0)
        assert 4.5 < (ours.gettimeout() or 0.0) < 5.5
        with pytest.raises(TimeoutError):
            _bound(ours, time.monotonic())


def test_connections_share_what_verifies_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def read_slowly() -> ssl.SSLContext:
        time.sleep(0.05)  # so that the others ask meanwhile
        made.append(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        return made[-1]

    def connect(_: int) -> None:
        with pytest.raises(ProviderError, match="could not be reached"):
            Client("https://provider.test", {}, ERRORS).send(CUSTOMERS)

    def hung_up(*_: object) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", 0))
        ours = socket.create_connection(listener.getsockname())
        listener.accept()[0].close()
        listener.close()
        return ours

    monkeypatch.setattr(http, "_open", hung_up)
    monkeypatch.setattr(ssl, "create_default_context", read_slowly)
    http._read_authorities.cache_clear()
    try:
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(connect, range(8)))
    finally:
        http._read_authorities.cache_clear()
    assert len(made) == 1


def test_the_connection_is_kept(client: Client) -> None:
    client.send(CUSTOMERS)
    first = client._connection
    client.send(CUSTOMERS)
    assert client._connection is first is not None


def test_an_idle_connection_that_the_provider_has_closed_is_opened_again(
    client: Client, provider: StripeProvider
) -> None:
    client.send(CUSTOMERS)
    provider.fault(lambda exchange: exchange.reset())
    assert len(client.send(CUSTOMERS).document["data"]) == 5


@pytest.mark.parametrize(
    ("status", "headers", "retryable"),
    [
        (400, {}, False),
        (401, {}, False),
        (403, {}, False),
        (404, {}, False),
        (409, {}, True),
        (429, {}, True),
        (500, {}, True),
        (503, {}, True),
        (500, {"Stripe-Should-Retry": "false"}, False),
        (400, {"Stripe-Should-Retry": "true"}, True),
    ],
)
def test_what_may_be_retried(
    client: Client, provider: StripeProvider, status: int, headers: dict[str, str], retryable: bool
) -> None:
    provider.fault(faults.status(status, headers=headers))
    with pytest.raises(ProviderError) as caught:
        client.send(CUSTOMERS)
    assert (caught.value.status, caught.value.retryable) == (status, retryable)


def test_an_error_tells_the_providers_words_and_the_request_id_and_no_key(
    client: Client, provider: StripeProvider
) -> None:
    provider.fault(
        faults.status(400, {"error": {"code": "parameter_unknown", "message": "Received unknown parameter"}})
    )
    with pytest.raises(ProviderError) as caught:
        client.send(CUSTOMERS)
    assert str(caught.value) == ("the provider answered 400: Received unknown parameter [request req_00000000000001]")
    assert caught.value.code == "parameter_unknown"
    assert API_KEY not in repr(client)


@pytest.mark.parametrize(
    ("retry_after", "seconds"), [("7", 7.0), ("-1", 0.0), ("Tue, 14 Nov 2000 22:13:20 GMT", 0.0), ("soon", 0.0)]
)
def test_retry_after_is_seconds_or_a_date(
    client: Client, provider: StripeProvider, retry_after: str, seconds: float
) -> None:
    provider.fault(faults.status(429, headers={"Retry-After": retry_after}))
    with pytest.raises(ProviderError) as caught:
        client.send(CUSTOMERS)
    assert caught.value.retry_after == seconds


def test_a_request_that_waits_can_be_aborted_from_another_thread(client: Client, provider: StripeProvider) -> None:
    hanging = provider.fault(faults.hang(), times=None)
    errors: list[ProviderError] = []

    def get() -> None:
        try:
            client.send(CUSTOMERS)
        except ProviderError as error:
            errors.append(error)

    thread = threading.Thread(target=get)
    thread.start()
    while not hanging.hits:
        time.sleep(0.001)
    client.abort()
    thread.join(1.0)
    assert not thread.is_alive()
    assert len(errors) == 1


def test_a_body_makes_it_a_post(client: Client, provider: StripeProvider) -> None:
    provider.fault(lambda exchange: ProviderResponse.json(200, json.loads(exchange.request.body)))
    assert client.send(Request("/search", (), '{"query": "ü"}')).document == {"query": "ü"}
    request = provider.requests[-1]
    assert (request.method, request.headers["content-type"]) == ("POST", "application/json")


def test_a_refusal_for_the_rate_may_say_when_the_limit_is_reset(client: Client, provider: StripeProvider) -> None:
    refusal = ProviderResponse.json(429, {}, {"X-RateLimit-Reset": "1700000007"})  # the provider's clock: …000
    provider.fault(lambda exchange: refusal)
    with pytest.raises(ProviderError) as caught:
        client.send(CUSTOMERS)
    assert caught.value.retry_after == 7.0
