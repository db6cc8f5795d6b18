"""A double of Intercom's API, as its documentation describes it, over real HTTP.

Everything that changes an object moves its `updated_at`, as Intercom does. Searches compare dates to the second, or by
calendar day in the workspace's time zone, as the API has done in turn.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta, timezone
from typing import Any, Literal

from tests.providers.server import Provider, Request, Response, compressed

API_KEY = "dG9rOmludGVyY29t"
MAX_PER_PAGE = 150
SCROLL_PAGE = 100

Object = dict[str, Any]
Key = tuple[int, str]


class IntercomError(Exception):
    """An error as Intercom reports it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        errors = [{"code": code, "message": message}]
        self.response = Response.json(status, {"type": "error.list", "request_id": "req_1", "errors": errors})


class IntercomProvider(Provider):
    """Objects are added, changed and deleted through this class, and read over HTTP."""

    def __init__(
        self,
        *,
        api_key: str = API_KEY,
        search_by: Literal["second", "day"] = "second",
        time_zone: timezone = timezone.utc,
        scroll_expires: float = 60.0,
        quota: int | None = None,
        newest_parts: int = 500,
        port: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(port=port, clock=clock)
        self.api_key = api_key
        self.search_by = search_by
        self.time_zone = time_zone  # of the workspace
        self.scroll_expires = scroll_expires  # seconds
        self.quota = quota  # requests in each second; None: any number
        self.newest_parts = newest_parts  # that a conversation shows
        self.refused = 0  # requests, for the quota
        self._lock = threading.RLock()
        self._objects: dict[str, dict[str, Object]] = {name: {} for name in _MAKERS}
        self._parts: dict[str, list[Object]] = {}
        self._numbers = itertools.count(1)
        self._scroll: tuple[str, int, float] | None = None  # its parameter, the place reached, when it was last used
        self._period = (0, 0)  # a second, and the requests answered in it

    # The workspace's state ---------------------------------------------------------------------------------------

    def add(self, name: str, objects: int | Iterable[Object], *, parts: int = 0) -> list[Object]:
        """Add these objects, or so many new ones; conversations with so many parts each."""
        with self._lock:
            if isinstance(objects, int):
                objects = [_MAKERS[name](next(self._numbers)) for _ in range(objects)]
            added = list(objects)
            for item in added:
                self._objects[name][item["id"]] = item
                if name == "conversation":
                    self._parts[item["id"]] = []
                    for _ in range(parts):
                        self._add_part(item)
            return copy.deepcopy(added)

    def create(self, name: str, /, **fields: Any) -> Object:
        """A new object, created now."""
        now = int(self.clock())
        times = {} if name == "admin" else {"created_at": now, "updated_at": now}
        [created] = self.add(name, [_MAKERS[name](next(self._numbers)) | times | fields])
        return created

    def update(self, name: str, object_id: str, /, **fields: Any) -> Object:
        with self._lock:
            item = self._objects[name][object_id]
            item.update(fields)
            if name != "admin":
                item["updated_at"] = fields.get("updated_at", max(int(self.clock()), item["updated_at"] + 1))
            return copy.deepcopy(item)

    def reply(self, conversation_id: str) -> Object:
        """Add a part to a conversation; returns the part."""
        with self._lock:
            conversation = self._objects["conversation"][conversation_id]
            part = self._add_part(conversation)
            self.update("conversation", conversation_id)
            return part

    def delete(self, name: str, object_id: str) -> Object:
        with self._lock:
            self._parts.pop(object_id, None)
            return self._objects[name].pop(object_id)

    def objects(self, name: str) -> list[Object]:
        with self._lock:
            return [copy.deepcopy(item) for item in self._objects[name].values()]

    def parts(self, conversation_id: str) -> list[Object]:
        with self._lock:
            return list(self._parts[conversation_id])

    def _add_part(self, conversation: Object) -> Object:
        part = conversation_part(next(self._numbers), conversation["updated_at"])
        self._parts[conversation["id"]].append(part)
        conversation["statistics"]["count_conversation_parts"] = len(self._parts[conversation["id"]])
        return part

    # The API -----------------------------------------------------------------------------------------------------

    def respond(self, request: Request) -> Response:
        with self._lock:
            headers = self._count()
            try:
                if self.quota is not None and self._period[1] > self.quota:
                    self.refused += 1
                    raise IntercomError(429, "rate_limit_exceeded", "Exceeded rate limit")
                self._authenticate(request)
                answer = Response.json(200, self._route(request))
            except IntercomError as error:
                answer = error.response
        answer = Response(answer.status, answer.body, {**answer.headers, **headers})
        return compressed(answer) if "gzip" in request.headers.get("accept-encoding", "") else answer

    def rate_limited(self, reason: str) -> Response:
        return IntercomError(429, "rate_limit_exceeded", f"Exceeded rate limit ({reason})").response

    def _count(self) -> dict[str, str]:
        """Take one request from this second's quota, and say what is left."""
        if self.quota is None:
            return {}
        second = int(self.clock())
        answered = self._period[1] if self._period[0] == second else 0
        self._period = (second, answered + 1)
        return {
            "X-RateLimit-Limit": str(self.quota),
            "X-RateLimit-Remaining": str(max(self.quota - answered - 1, 0)),
            "X-RateLimit-Reset": str(second + 1),
        }

    def _authenticate(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {self.api_key}":
            raise IntercomError(401, "unauthorized", "Access Token Invalid")
        if request.headers.get("intercom-version") != "2.14":
            raise IntercomError(400, "intercom_version_invalid", "The requested version could not be found")

    def _route(self, request: Request) -> Any:
        endpoints: dict[str, Callable[[], Any]] = {
            "GET /companies/scroll": lambda: self._scroll_companies(request.query.get("scroll_param")),
            "GET /contacts": lambda: self._list("contact", "data", request),
            "GET /conversations": lambda: self._list("conversation", "conversations", request),
            "GET /admins": lambda: {"type": "admin.list", "admins": self.objects("admin")},
            "POST /contacts/search": lambda: self._search("contact", "data", request),
            "POST /conversations/search": lambda: self._search("conversation", "conversations", request),
        }
        answer = endpoints.get(f"{request.method} {request.path}")
        if answer is None:
            return self._retrieve_conversation(request.path.removeprefix("/conversations/"))
        return answer()

    def _scroll_companies(self, parameter: str | None) -> Any:
        now = self.clock()
        if self._scroll is not None and now - self._scroll[2] > self.scroll_expires:
            self._scroll = None
        if parameter is None:
            if self._scroll is not None:
                raise IntercomError(400, "scroll_exists", "scroll already exists for this workspace")
            self._scroll = (f"scroll-{next(self._numbers)}", 0, now)
        elif self._scroll is None or self._scroll[0] != parameter:
            raise IntercomError(404, "not_found", "scroll parameter not found")
        name, place, _ = self._scroll
        page = self.objects("company")[place : place + SCROLL_PAGE]
        self._scroll = (name, place + SCROLL_PAGE, now) if page else None
        return {"type": "list", "data": page, "pages": None, "total_count": None, "scroll_param": name}

    def break_scroll(self) -> None:
        """Lose the place, as a network error inside of Intercom does."""
        self._scroll = None

    def _list(self, name: str, records: str, request: Request) -> Any:
        newest_first = sorted(self._objects[name].values(), key=lambda item: (-item["created_at"], item["id"]))
        listed = [item for item in newest_first if not item.get("archived")]
        page, following = _page(
            listed,
            lambda item: (-item["created_at"], item["id"]),
            request.query.get("starting_after"),
            int(request.query.get("per_page", 20)),
        )
        following_page: Any = {"page": 2, "starting_after": following} if following else None
        if following and name == "conversation":
            following_page = f"{self.url}{request.path}?per_page=150&starting_after={following}"
        return {"type": "list", records: page, "pages": {"type": "pages", "next": following_page}}

    def _search(self, name: str, records: str, request: Request) -> Any:
        body = json.loads(request.body)
        query, paging = body["query"], body.get("pagination", {})
        if (query["field"], query["operator"]) != ("updated_at", ">"):
            raise IntercomError(400, "parameter_invalid", "this double searches by updated_at > only")
        if body["sort"] != {"field": "updated_at", "order": "ascending"}:
            raise IntercomError(400, "parameter_invalid", "this double sorts by updated_at ascending only")
        found = [item for item in self._objects[name].values() if self._is_after(item["updated_at"], query["value"])]
        found = [item for item in found if not item.get("archived")]
        key: Callable[[Object], Key] = lambda item: (item["updated_at"], item["id"])  # noqa: E731
        page, following = _page(
            sorted(found, key=key), key, paging.get("starting_after"), int(paging.get("per_page", 20))
        )
        following_page = {"page": 2, "starting_after": following} if following else None
        return {"type": "list", records: page, "pages": {"type": "pages", "next": following_page}}

    def _is_after(self, moment: int, bound: int) -> bool:
        return moment > bound if self.search_by == "second" else self._day(moment) > self._day(bound)

    def _day(self, moment: int) -> date:
        return datetime.fromtimestamp(moment, self.time_zone).date()

    def _retrieve_conversation(self, conversation_id: str) -> Object:
        if conversation_id not in self._objects["conversation"]:
            raise IntercomError(404, "not_found", "Resource Not Found")
        newest = self._parts[conversation_id][-self.newest_parts :]
        return self.with_parts(self._objects["conversation"][conversation_id], newest)

    @staticmethod
    def with_parts(conversation: Object, parts: list[Object]) -> Object:
        """A conversation as its own address and webhooks show it."""
        shown = {"type": "conversation_part.list", "conversation_parts": parts, "total_count": len(parts)}
        return conversation | {"conversation_parts": shown}


def _page(
    items: list[Object], key: Callable[[Object], Key], cursor: str | None, size: int
) -> tuple[list[Object], str | None]:
    """A page of sorted items and the cursor of the next one, if there is one."""
    if not 1 <= size <= MAX_PER_PAGE:
        raise IntercomError(400, "parameter_invalid", "per_page must be between 1 and 150")
    if cursor is not None:
        reached = tuple(json.loads(base64.b64decode(cursor)))
        items = [item for item in items if key(item) > reached]
    page = items[:size]
    return page, base64.b64encode(json.dumps(key(page[-1])).encode()).decode() if len(items) > size else None


# Webhooks --------------------------------------------------------------------------------------------------------

_notifications = itertools.count(1)


def notification(topic: str, item: Object, *, at: float) -> Object:
    """A notification, with an id of its own."""
    return {
        "type": "notification_event",
        "app_id": "a1b2c3",
        "id": f"notif_{next(_notifications)}",
        "topic": topic,
        "created_at": int(at),
        "data": {"type": "notification_event_data", "item": item},
    }


def signed(event: Object, secret: str) -> tuple[dict[str, str], str]:
    """The headers and the body of the request that delivers a notification."""
    body = json.dumps(event)
    signature = hmac.new(secret.encode(), body.encode(), hashlib.sha1).hexdigest()
    return {"Content-Type": "application/json", "X-Hub-Signature": f"sha1={signature}"}, body


# Objects ---------------------------------------------------------------------------------------------------------

_EPOCH = int(datetime(2024, 1, 1, tzinfo=timezone.utc).timestamp())


def _moment(number: int) -> int:
    return _EPOCH + int(timedelta(minutes=number).total_seconds())


def company(number: int) -> Object:
    return {
        "type": "company",
        "id": f"c{number:08d}",
        "company_id": f"external-{number}",
        "name": f"Company {number}",
        "industry": "Software",
        "size": 85,
        "website": "https://example.com",
        "monthly_spend": 49.5,
        "session_count": 26,
        "user_count": 10,
        "plan": {"type": "plan", "id": "269315", "name": "Pro"},
        "custom_attributes": {"paid_subscriber": True},
        "created_at": _moment(number),
        "updated_at": _moment(number),
        "remote_created_at": _moment(number),
    }


def contact(number: int) -> Object:
    return {
        "type": "contact",
        "id": f"k{number:08d}",
        "external_id": f"user-{number}",
        "email": f"contact{number}@example.com",
        "name": f"Contact {number}",
        "phone": None,
        "role": "user",
        "avatar": None,
        "owner_id": 127,
        "has_hard_bounced": False,
        "marked_email_as_spam": False,
        "unsubscribed_from_emails": False,
        "browser": "chrome",
        "browser_language": "en",
        "os": "OS X 10.15.7",
        "language_override": None,
        "location": {"type": "location", "country": "Ireland", "region": "Dublin", "city": "Dublin"},
        "custom_attributes": {"plan": "pro"},
        "created_at": _moment(number),
        "updated_at": _moment(number),
        "signed_up_at": _moment(number),
        "last_seen_at": None,
        "last_replied_at": None,
        "last_contacted_at": None,
    }


def admin(number: int) -> Object:
    return {
        "type": "admin",
        "id": f"{number}",
        "email": f"admin{number}@example.com",
        "name": f"Admin {number}",
        "job_title": "Support",
        "away_mode_enabled": False,
        "away_mode_reassign": False,
        "has_inbox_seat": True,
        "avatar": {"type": "avatar", "image_url": "https://example.com/avatar.png"},
        "team_ids": [814865],
    }


def conversation(number: int) -> Object:
    return {
        "type": "conversation",
        "id": f"{100_000 + number}",
        "title": None,
        "state": "open",
        "open": True,
        "read": True,
        "priority": "not_priority",
        "admin_assignee_id": 127,
        "team_assignee_id": None,
        "conversation_rating": {"rating": 5, "remark": "Thanks"},
        "source": {
            "type": "conversation",
            "delivered_as": "customer_initiated",
            "subject": "",
            "author": {"type": "user", "id": "k00000001"},
        },
        "statistics": {"count_conversation_parts": 0, "count_reopens": 0, "count_assignments": 1},
        "created_at": _moment(number),
        "updated_at": _moment(number),
        "waiting_since": None,
        "snoozed_until": None,
    }


def conversation_part(number: int, moment: int) -> Object:
    return {
        "type": "conversation_part",
        "id": f"{500_000 + number}",
        "part_type": "comment",
        "body": f"<p>Reply {number}</p>",
        "author": {"type": "admin", "id": "127", "name": "Admin", "email": "admin@example.com"},
        "assigned_to": None,
        "redacted": False,
        "attachments": [],
        "created_at": moment,
        "updated_at": moment,
        "notified_at": moment,
    }


_MAKERS: dict[str, Callable[[int], Object]] = {
    "company": company,
    "contact": contact,
    "admin": admin,
    "conversation": conversation,
}
