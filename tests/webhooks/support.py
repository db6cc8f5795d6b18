"""What the webhook tests share: events as Stripe sends them, signed as Stripe signs them."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
from typing import Any

from tests.conftest import Database
from tests.support import WEBHOOK_SECRET, query

NOW = 1_780_000_000  # Unix seconds, where a test needs the clock to stand still

_numbers = itertools.count(1)


def event(
    event_type: str,
    subject: dict[str, Any],
    *,
    at: int = NOW,
    previous: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """An event, with an id of its own."""
    data: dict[str, Any] = {"object": subject}
    if previous is not None:
        data["previous_attributes"] = previous
    return {
        "id": f"evt_{next(_numbers)}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": at,
        "type": event_type,
        "data": data,
    } | more


def signature(body: str, *, at: int = NOW, secret: str = WEBHOOK_SECRET) -> str:
    """What stands behind `v1=`."""
    return hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()


def signed(body: str, *, at: int = NOW, secret: str = WEBHOOK_SECRET) -> dict[str, str]:
    """The headers of a request."""
    return {
        "content-type": "application/json",
        "stripe-signature": f"t={at},v1={signature(body, at=at, secret=secret)}",
    }


def receive(
    database: Database, body: str | None, headers: Any = None, app_key: str | None = "stripe_prod"
) -> tuple[int, Any]:
    """The answer to one request, signed unless headers are given."""
    if headers is None:
        headers = signed(body or "")
    answer: tuple[int, Any] = query(
        database,
        "select status, response from supasaasy.receive_webhook(%s, %s, %s, 'POST', '/webhook/stripe_prod?apikey=x')",
        app_key,
        json.dumps(headers),
        body,
    )[0]
    return answer


def deliver(database: Database, *events: dict[str, Any]) -> None:
    """Let signed webhooks arrive, one after another."""
    for each in events:
        assert receive(database, json.dumps(each)) == (200, {"success": True})


def stop_clock(database: Database) -> None:
    """Let it be NOW in this session."""
    database.execute("select set_config('supasaasy.now', to_timestamp(%s)::text, false)", (NOW,))


def enable_logging(database: Database) -> None:
    """As the migration of a configuration with webhook_logging does."""
    database.execute(
        "create or replace function supasaasy._logs_webhooks() returns boolean language sql immutable return true"
    )
