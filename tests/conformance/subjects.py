"""The connectors that the suite is run against: one class each, which is all that a new connector adds.

A subject says how its provider double is asked to change, and how the provider tells of it.
"""

from __future__ import annotations

import itertools
import time
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal

from supasaasy.connectors.intercom import intercom
from supasaasy.connectors.notion import notion
from supasaasy.connectors.stripe import stripe
from supasaasy.spec import ARCHIVE, DELETE, REREAD, Connector, EventAction
from tests.providers import intercom as intercom_double
from tests.providers import notion as notion_double
from tests.providers import stripe_events
from tests.providers.intercom import IntercomProvider
from tests.providers.notion import NotionProvider
from tests.providers.server import Provider
from tests.providers.stripe import StripeProvider
from tests.support import API_KEY, INTERCOM_KEY, INTERCOM_SECRET, NOTION_KEY, NOTION_SECRET, WEBHOOK_SECRET

Object = dict[str, Any]
Happening = Literal["created", "updated", "deleted"]
Delivery = tuple[dict[str, str], str]  # headers and body of a request


class Subject(ABC):
    """A connector and its double, which the suite starts and stops."""

    connector: ClassVar[Connector]
    provider: Provider
    page_size: ClassVar[int]  # no page of any collection is larger

    @property
    def app_key(self) -> str:
        return f"{self.connector.name}_prod"

    @property
    def listed(self) -> list[str]:
        """The resource types that have a task of their own."""
        return [collection.name for collection in self.connector.collections if collection.path is not None]

    def told(self, *happenings: Happening) -> list[str]:
        """The resource types of which webhooks tell all of this."""
        return [
            collection.name
            for collection in self.connector.collections
            if set(collection.events.values()) - {REREAD}
            and all(self.tells(happening, collection.name) for happening in happenings)
        ]

    def sees(self, happening: Happening, resource: str) -> bool:
        """Whether an incremental sync sees it: one from an event log what there are events of, any other everything."""
        logged = self.connector.incremental and self.connector.collection(resource).events
        return not logged or self.tells(happening, resource)

    def tells(self, happening: Happening, resource: str) -> bool:
        """Whether a webhook tells that this happened to an object."""
        return True

    def deletion(self, resource: str) -> EventAction:
        """What the event of a deletion means for a row: where the object stays, it is archived."""
        events = self.connector.collection(resource).events
        actions = {action for event_type, action in events.items() if event_type.endswith("deleted")}
        return ARCHIVE if ARCHIVE in actions else DELETE

    @abstractmethod
    def add(self, resource: str, count: int) -> list[Object]:
        """Let so many more objects be there, with children where they have any."""

    @abstractmethod
    def create(self, resource: str) -> Object:
        """Let an object be created now."""

    @abstractmethod
    def change(self, resource: str, object_id: str) -> Object:
        """Change something about an object, and return it as its list shows it now."""

    @abstractmethod
    def delete(self, resource: str, object_id: str) -> None:
        """Let an object be gone."""

    @abstractmethod
    def objects(self, resource: str) -> list[Object]:
        """What there is, children included."""

    @abstractmethod
    def delivery(self, happening: Happening, resource: str, item: Object, at: int) -> Delivery:
        """The webhook that tells of what happened to an object."""


class StripeSubject(Subject):
    connector = stripe
    page_size = 100
    provider: StripeProvider

    def __init__(self) -> None:
        self.provider = StripeProvider(api_key=API_KEY)
        self._numbers = itertools.count(1)

    def add(self, resource: str, count: int) -> list[Object]:
        added = self.provider.add(self._object_name(resource), count)
        if resource == "customer":
            for customer in added:
                self._add_children(customer["id"])
        return added

    def _add_children(self, customer_id: str) -> None:
        for name in ("payment_method", "tax_id"):
            self.provider.add(name, [self.provider.unused(name) | {"customer": customer_id}])
        self.provider.add_entitlement(customer_id)

    def create(self, resource: str) -> Object:
        return self.provider.create(self._object_name(resource))

    def change(self, resource: str, object_id: str) -> Object:
        changes: dict[str, Object] = {
            "review": {"open": False, "closed_reason": "approved"},
            "balance_transaction": {"status": "changed"},
            "early_fraud_warning": {"actionable": "changed"},
            "tax_id": {"verification": {"status": "verified"}},
        }
        return self.provider.update(object_id, **changes.get(resource, {"metadata": {"changed": "yes"}}))

    def delete(self, resource: str, object_id: str) -> None:
        self.provider.delete(object_id)

    def objects(self, resource: str) -> list[Object]:
        embedded = {"subscription_item": ("subscription", "items"), "invoice_line_item": ("invoice", "lines")}
        if resource in embedded:
            parent, name = embedded[resource]
            return [item for embedding in self.objects(parent) for item in embedding[name]["data"]]
        return self.provider.objects(self._object_name(resource))

    @staticmethod
    def _object_name(resource: str) -> str:
        """What stands in `object`, where it is not the resource type."""
        names = {
            "active_entitlement": "entitlements.active_entitlement",
            "checkout_session": "checkout.session",
            "early_fraud_warning": "radar.early_fraud_warning",
            "feature": "entitlements.feature",
            "invoice_item": "invoiceitem",
        }
        return names.get(resource, resource)

    def tells(self, happening: Happening, resource: str) -> bool:
        return stripe_events.event_type(self._object_name(resource), happening) is not None

    def delivery(self, happening: Happening, resource: str, item: Object, at: int) -> Delivery:
        event = {
            "id": f"evt_{next(self._numbers)}",
            "object": "event",
            "api_version": stripe.api_version,
            "created": at,
            "type": stripe_events.event_type(self._object_name(resource), happening),
            "data": {"object": item},
        }
        return stripe_events.signed(event, WEBHOOK_SECRET, time.time())


class IntercomSubject(Subject):
    connector = intercom
    page_size = 150
    provider: IntercomProvider

    _TOPICS: ClassVar[dict[str, dict[Happening, str]]] = {
        "company": {"created": "company.created", "updated": "company.updated", "deleted": "company.deleted"},
        "contact": {"created": "contact.created", "updated": "contact.email.updated", "deleted": "contact.deleted"},
        "conversation": {
            "created": "conversation.user.created",
            "updated": "conversation.admin.replied",
            "deleted": "conversation.deleted",
        },
    }

    def __init__(self) -> None:
        self.provider = IntercomProvider(api_key=INTERCOM_KEY, scroll_expires=2.0)

    def add(self, resource: str, count: int) -> list[Object]:
        return self.provider.add(resource, count, parts=2)

    def create(self, resource: str) -> Object:
        return self.provider.create(resource)

    def change(self, resource: str, object_id: str) -> Object:
        return self.provider.update(resource, object_id, name="Changed", title="Changed")

    def delete(self, resource: str, object_id: str) -> None:
        self.provider.delete(resource, object_id)

    def objects(self, resource: str) -> list[Object]:
        if resource == "conversation_part":
            parents = self.provider.objects("conversation")
            return [part for parent in parents for part in self.provider.parts(parent["id"])]
        return self.provider.objects(resource)

    def delivery(self, happening: Happening, resource: str, item: Object, at: int) -> Delivery:
        shown = {"type": item["type"], "id": item["id"]} if happening == "deleted" else item
        topic = self._TOPICS[resource][happening]
        return intercom_double.signed(intercom_double.notification(topic, shown, at=at), INTERCOM_SECRET)


class NotionSubject(Subject):
    connector = notion
    page_size = 100
    provider: NotionProvider

    _EVENTS: ClassVar[dict[Happening, str]] = {
        "created": "created",
        "updated": "content_updated",
        "deleted": "deleted",
    }

    def __init__(self) -> None:
        self.provider = NotionProvider(api_key=NOTION_KEY)

    def deletion(self, resource: str) -> EventAction:
        return ARCHIVE  # it is fetched, and found in the trash

    def add(self, resource: str, count: int) -> list[Object]:
        return self.provider.add(resource, count)

    def create(self, resource: str) -> Object:
        return self.provider.create(resource)

    def change(self, resource: str, object_id: str) -> Object:
        return self.provider.update(resource, object_id, **{"name" if resource == "user" else "url": "changed"})

    def delete(self, resource: str, object_id: str) -> None:
        self.provider.delete(resource, object_id)

    def objects(self, resource: str) -> list[Object]:
        return self.provider.objects(resource)

    def delivery(self, happening: Happening, resource: str, item: Object, at: int) -> Delivery:
        if happening == "deleted":
            self.provider.delete(resource, item["id"])  # the event shows nothing of it: it is fetched
        told = notion_double.event(f"{resource}.{self._EVENTS[happening]}", resource, item["id"], at=at)
        return notion_double.signed(told, NOTION_SECRET)


SUBJECTS: dict[str, type[Subject]] = {"intercom": IntercomSubject, "notion": NotionSubject, "stripe": StripeSubject}
