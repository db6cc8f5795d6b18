"""Stripe's event log, and the signed POST in which Stripe delivers an event."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

from tests.providers import stripe_library
from tests.providers.stripe_objects import DAY, Object, object_id

Event = dict[str, Any]

# What the event is called that tells of an object, where it is not `<its name>.<what happened>`.
_FAMILIES = {"subscription": "customer.subscription", "dispute": "charge.dispute", "tax_id": "customer.tax_id"}
_NAMES = {
    ("charge", "created"): "charge.succeeded",
    ("checkout.session", "updated"): "checkout.session.completed",
    ("payment_intent", "updated"): "payment_intent.processing",
    ("payment_method", "created"): "payment_method.attached",
    ("payment_method", "deleted"): "payment_method.detached",
    ("review", "created"): "review.opened",
    ("review", "updated"): "review.closed",
    ("setup_intent", "updated"): "setup_intent.requires_action",
}
_MADE_HERE = {"customer", "product", "price", "plan", "subscription"}

KEPT = 30 * DAY


def event_type(object_name: str, what: str) -> str | None:
    """The type of the event that tells that an object was created, updated or deleted; None where Stripe has none."""
    name = _NAMES.get((object_name, what)) or f"{_FAMILIES.get(object_name, object_name)}.{what}"
    return name if object_name in _MADE_HERE or name in stripe_library.event_types() else None


class EventLog:
    """Events in the order in which they happened. Not locked: its provider is."""

    lag = 0.0  # seconds until an event can be listed

    def __init__(self, api_version: str) -> None:
        self._api_version = api_version
        self._events: list[Event] = []

    def append(self, event_type: str, created: int, item: Object, previous: Object | None) -> None:
        data = {"object": item} | ({"previous_attributes": previous} if previous else {})
        self._events.append(
            {
                "id": object_id("evt", len(self._events)),
                "object": "event",
                "api_version": self._api_version,
                "created": created,
                "data": data,
                "livemode": False,
                "pending_webhooks": 1,
                "request": {"id": None, "idempotency_key": None},
                "type": event_type,
            }
        )

    def newest_first(self, now: float) -> Iterator[Event]:
        """What a list shows at this time."""
        return (event for event in reversed(self._events) if now - KEPT <= event["created"] <= now - self.lag)

    def since(self, place: int) -> list[Event]:
        """The events after the first `place`, oldest first, however old they are."""
        return self._events[place:]


def previous_attributes(old: Object, new: Object) -> Object:
    """The old values of what changed; of objects only the keys that changed, null for a key that is new."""
    changed: Object = {}
    for key in old.keys() | new.keys():
        before, after = old.get(key), new.get(key)
        if isinstance(before, dict) and isinstance(after, dict):
            if inner := previous_attributes(before, after):
                changed[key] = inner
        elif before != after:
            changed[key] = before
    return changed


def signed(event: Event, secret: str, at: float | None = None) -> tuple[dict[str, str], str]:
    """Headers and body of the POST that delivers an event, signed at this time or now."""
    body = json.dumps(event, ensure_ascii=False, indent=2)
    timestamp = int(time.time() if at is None else at)
    signature = hmac.new(secret.encode(), f"{timestamp}.{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": f"t={timestamp},v1={signature}",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    return headers, body
