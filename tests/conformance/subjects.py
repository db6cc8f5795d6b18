"""The connectors that the suite is run against: one class each, which is all that a new connector adds.

A subject says how its provider double is asked to change, and how the provider tells of it.
"""

from __future__ import annotations

import itertools
import time
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal

from supasaasy.connectors.intercom import intercom
from supasaasy.connectors.stripe import stripe
from supasaasy.spec import Connector
from tests.providers import intercom as intercom_double
from tests.providers import stripe_events
from tests.providers.intercom import IntercomProvider
from tests.providers.server import Provider
from tests.providers.stripe import StripeProvider
from tests.support import API_KEY, INTERCOM_KEY, INTERCOM_SECRET, WEBHOOK_SECRET

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

    @property
    def told(self) -> list[str]:
        """The resource types that webhooks tell of."""
        return [collection.name for collection in self.connector.collections if collection.events]

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
        return self.provider.add(resource, count)

    def create(self, resource: str) -> Object:
        return self.provider.create(resource)

    def change(self, resource: str, object_id: str) -> Object:
        return self.provider.update(object_id, metadata={"changed": "yes"})

    def delete(self, resource: str, object_id: str) -> None:
        self.provider.delete(object_id)

    def objects(self, resource: str) -> list[Object]:
        if resource == "subscription_item":
            return [item for parent in self.objects("subscription") for item in parent["items"]["data"]]
        return self.provider.objects(resource)

    def delivery(self, happening: Happening, resource: str, item: Object, at: int) -> Delivery:
        family = "customer.subscription" if resource == "subscription" else resource
        event = {
            "id": f"evt_{next(self._numbers)}",
            "object": "event",
            "api_version": stripe.api_version,
            "created": at,
            "type": f"{family}.{happening}",
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


SUBJECTS: dict[str, type[Subject]] = {"intercom": IntercomSubject, "stripe": StripeSubject}
