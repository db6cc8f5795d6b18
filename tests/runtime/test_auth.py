"""Where an API key stands in a request, for each kind of authentication that a declaration can name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from supasaasy.connectors.stripe import stripe
from supasaasy.spec import Auth, Basic, Bearer, HeaderKey, QueryKey
from supasaasy_runtime.fetch import Provider
from supasaasy_runtime.worker import make_provider


def provider(auth: Auth) -> Provider:
    claim = {
        "app_key": "app",
        "connector": replace(stripe, auth=auth).declaration(),
        "config": {"concurrency": 1},
        "request_deadline": 1.0,
        "retry_delay": 1.0,
    }
    return make_provider(claim, "key")


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        (Bearer(), "Authorization", "Bearer key"),
        (HeaderKey("X-Api-Key"), "X-Api-Key", "key"),
        (HeaderKey("Authorization", "Token "), "Authorization", "Token key"),
        (Basic(), "Authorization", "Basic a2V5Og=="),  # key:
        (Basic("user"), "Authorization", "Basic dXNlcjprZXk="),  # user:key
    ],
)
def test_a_key_in_a_header(auth: Auth, header: str, value: str) -> None:
    assert provider(auth).headers[header] == value
    assert provider(auth).query == ()


def test_a_key_in_the_query() -> None:
    assert provider(QueryKey("api_key")).query == (("api_key", "key"),)
    assert "key" not in provider(QueryKey("api_key")).headers.values()


def test_a_key_is_not_shown() -> None:
    assert "key'" not in repr(provider(QueryKey("api_key")))
