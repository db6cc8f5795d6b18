"""A base URL that points inside, or that would show the key, gets no request unless the config allows it."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from supasaasy_runtime.http import Client, ProviderError, Request
from tests.conftest import Database
from tests.providers.stripe import StripeProvider
from tests.support import sync

UNLESS = "set allow_unsafe_base_url in the app's config if that is meant"


def refused(base_url: str) -> str:
    """Why the client does not send a request there."""
    with pytest.raises(ProviderError) as caught:
        Client(base_url, {}, {}, deadline=1.0).send(Request("/v1/customers"))
    assert not caught.value.retryable
    return str(caught.value)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("169.254.169.254", "169.254.169.254"),  # a cloud's metadata service
        ("10.0.0.7", "10.0.0.7"),
        ("192.168.1.1", "192.168.1.1"),
        ("100.64.0.1", "100.64.0.1"),
        ("0.0.0.0", "0.0.0.0"),
        ("[::1]", "::1"),
        ("[fd00::1]", "fd00::1"),
        ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
    ],
)
def test_a_private_address_is_refused_however_it_is_written(host: str, address: str) -> None:
    written = host.strip("[]")
    assert refused(f"https://{host}") == f"{written} has the address {address}, which is not public; {UNLESS}"


def test_a_name_is_refused_when_any_of_its_addresses_is_private(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("93.184.215.14", "10.0.0.7")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **named: addresses)
    assert refused("https://rebound.example") == (
        f"rebound.example has the address 10.0.0.7, which is not public; {UNLESS}"
    )


def test_the_address_that_was_checked_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    connected: list[Any] = []

    def look_up(host: str, *arguments: Any, **named: Any) -> Any:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443))]

    def connect(address: Any, timeout: float) -> Any:
        connected.append(address)
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(ProviderError, match=r"rebound\.example could not be reached"):
        Client("https://rebound.example", {}, {}).send(Request("/v1/customers"))
    assert (asked, connected) == (["rebound.example"], [("93.184.215.14", 443)])


def test_a_key_is_never_sent_over_plain_http() -> None:
    assert refused("http://api.example.com") == (
        f"api.example.com: plain http shows the API key to everyone on the way; {UNLESS}"
    )


def test_a_base_url_that_was_changed_in_the_database_is_refused_too(database: Database, stripe: StripeProvider) -> None:
    database.execute("update supasaasy.apps set config = config - 'allow_unsafe_base_url'")
    status = sync(database, resources=["customer"])
    assert (status["status"], stripe.requests) == ("failed", [])
    assert status["error_message"] == (
        f"customer: 127.0.0.1: plain http shows the API key to everyone on the way; {UNLESS}"
    )
