"""A double of Notion's API, as its documentation describes it, over real HTTP.

Whatever changes an object moves its `last_edited_time`, which is rounded down to the minute. Search shows nothing that
is in the trash; `unsearchable` objects are there, and search leaves them out, as it may.
"""

from __future__ import annotations

import copy
import hashlib
import hmac
import itertools
import json
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from tests.providers.server import Provider, Request, Response

PAGE = 100

Object = dict[str, Any]


class NotionProvider(Provider):
    """Objects are added, changed and deleted through this class, and read over HTTP."""

    def __init__(self, *, api_key: str, port: int = 0, clock: Callable[[], float] = time.time) -> None:
        super().__init__(port=port, clock=clock)
        self.api_key = api_key
        self.unsearchable: set[str] = set()
        self._lock = threading.RLock()
        self._objects: dict[str, dict[str, Object]] = {kind: {} for kind in _MAKERS}
        self._numbers = itertools.count(1)

    # The workspace's state ---------------------------------------------------------------------------------------

    def add(self, kind: str, count: int, **fields: Any) -> list[Object]:
        with self._lock:
            added = [_MAKERS[kind](next(self._numbers)) | fields for _ in range(count)]
            self._objects[kind] |= {item["id"]: item for item in added}
            return copy.deepcopy(added)

    def create(self, kind: str) -> Object:
        """A new object, created now."""
        times = {} if kind == "user" else dict.fromkeys(("created_time", "last_edited_time"), self._minute())
        return self.add(kind, 1, **times)[0]

    def update(self, kind: str, object_id: str, **fields: Any) -> Object:
        with self._lock:
            item = self._objects[kind][object_id]
            item.update(fields)
            if kind != "user":
                item["last_edited_time"] = self._minute()
            return copy.deepcopy(item)

    def delete(self, kind: str, object_id: str) -> None:
        """To the trash; users are gone."""
        if kind == "user":
            self.erase(kind, object_id)
        else:
            self.update(kind, object_id, in_trash=True)

    def erase(self, kind: str, object_id: str) -> None:
        with self._lock:
            del self._objects[kind][object_id]

    def objects(self, kind: str) -> list[Object]:
        with self._lock:
            return copy.deepcopy(list(self._objects[kind].values()))

    def _minute(self) -> str:
        return f"{datetime.fromtimestamp(self.clock(), timezone.utc):%Y-%m-%dT%H:%M}:00.000Z"

    # The API -----------------------------------------------------------------------------------------------------

    def respond(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.api_key}":
            return _error(401, "unauthorized", "API token is invalid.")
        if request.headers.get("notion-version") != "2026-03-11":
            return _error(400, "missing_version", "Notion-Version header is missing or unknown.")
        with self._lock:
            if (request.method, request.path) == ("POST", "/v1/search"):
                return self._search(json.loads(request.body))
            if (request.method, request.path) == ("GET", "/v1/users"):
                return _page(self.objects("user"), request.query)
            return self._retrieve(*request.path.removeprefix("/v1/").split("/"))

    def rate_limited(self, reason: str) -> Response:
        return _error(429, "rate_limited", f"You have been rate limited ({reason}).")

    def _search(self, asked: Object) -> Response:
        sort = asked["sort"]
        assert sort["timestamp"] == "last_edited_time"
        found = [
            item
            for item in self.objects(asked["filter"]["value"])
            if not item["in_trash"] and item["id"] not in self.unsearchable
        ]
        found.sort(key=lambda item: (item["last_edited_time"], item["id"]), reverse=sort["direction"] == "descending")
        return _page(found, asked)

    def _retrieve(self, kinds: str, object_id: str = "") -> Response:
        item = self._objects.get(kinds.removesuffix("s"), {}).get(object_id)
        if item is None:
            return _error(404, "object_not_found", f"Could not find object with ID: {object_id}.")
        return Response.json(200, item)


def _page(items: list[Object], asked: dict[str, Any]) -> Response:
    """A page of a list. The cursor is the id of its first object."""
    size = int(asked.get("page_size", PAGE))
    if not 1 <= size <= PAGE:
        return _error(400, "validation_error", "page_size should be ≤ 100.")
    ids = [item["id"] for item in items]
    start = ids.index(asked["start_cursor"]) if "start_cursor" in asked else 0
    following = ids[start + size] if start + size < len(ids) else None
    return Response.json(
        200,
        {
            "object": "list",
            "results": items[start : start + size],
            "next_cursor": following,
            "has_more": following is not None,
        },
    )


def _error(status: int, code: str, message: str) -> Response:
    return Response.json(status, {"object": "error", "status": status, "code": code, "message": message})


# Webhooks --------------------------------------------------------------------------------------------------------

_events = itertools.count(1)


def event(event_type: str, kind: str, object_id: str, *, at: float) -> Object:
    """An event, with an id of its own: it names the object, and shows nothing of it."""
    return {
        "id": f"367cba44-b6f3-4c92-81e7-{next(_events):012d}",
        "timestamp": datetime.fromtimestamp(at, timezone.utc).isoformat(timespec="milliseconds"),
        "workspace_id": "13950b26-c203-4f3b-b97d-93ec06319565",
        "subscription_id": "29d75c0d-5546-4414-8459-7b7a92f1fc4b",
        "integration_id": "0ef2e755-4912-8096-91c1-00376a88a5ca",
        "type": event_type,
        "authors": [{"id": "c7c11cca-1d73-471d-9b6e-bdef51470190", "type": "person"}],
        "attempt_number": 1,
        "entity": {"id": object_id, "type": kind},
        "data": {"parent": {"id": "13950b26-c203-4f3b-b97d-93ec06319565", "type": "space"}},
    }


def signed(document: Object, secret: str) -> tuple[dict[str, str], str]:
    """The headers and the body of the request that delivers an event."""
    body = json.dumps(document)
    signature = hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-Notion-Signature": f"sha256={signature}"}, body


# Objects ---------------------------------------------------------------------------------------------------------


def _uuid(number: int) -> str:
    return f"59833787-2cf9-4fdf-8782-{number:012d}"


def _text(content: str) -> list[Object]:
    return [{"type": "text", "text": {"content": content, "link": None}, "plain_text": content, "href": None}]


def _edited(number: int) -> Object:
    """What pages and data sources share."""
    return {
        "id": _uuid(number),
        "created_time": "2024-01-01T00:00:00.000Z",
        "last_edited_time": f"2024-01-{1 + number // 1440 % 28:02d}T{number // 60 % 24:02d}:{number % 60:02d}:00.000Z",
        "created_by": {"object": "user", "id": "c7c11cca-1d73-471d-9b6e-bdef51470190"},
        "last_edited_by": {"object": "user", "id": "c7c11cca-1d73-471d-9b6e-bdef51470190"},
        "icon": {"type": "emoji", "emoji": "🥬"},
        "url": f"https://www.notion.so/{number}",
        "public_url": f"https://example.notion.site/{number}",
        "in_trash": False,
    }


def user(number: int) -> Object:
    return {
        "object": "user",
        "id": _uuid(number),
        "type": "person",
        "person": {"email": f"user{number}@example.com"},
        "name": f"User {number}",
        "avatar_url": "https://example.com/avatar.png",
    }


def data_source(number: int) -> Object:
    return {
        "object": "data_source",
        "title": _text(f"Tasks {number}"),
        "description": _text("What is to be done"),
        "parent": {"type": "database_id", "database_id": _uuid(1_000_000 + number)},
        "properties": {"Name": {"id": "title", "name": "Name", "type": "title", "title": {}}},
    } | _edited(number)


def page(number: int) -> Object:
    return {
        "object": "page",
        "parent": {"type": "data_source_id", "data_source_id": _uuid(1)},
        "properties": {"Name": {"id": "title", "type": "title", "title": _text(f"Page {number}")}},
    } | _edited(number)


_MAKERS: dict[str, Callable[[int], Object]] = {"user": user, "data_source": data_source, "page": page}
