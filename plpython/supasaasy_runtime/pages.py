"""Paging: what to ask for next, and what an answer says. Pure: no network, no database, no clock.

A listing is read as windows: disjoint ranges of creation times, each paged newest first from its own cursor. A window
that turns out to be long is split, so that its parts can be fetched side by side. A provider that has no creation
filter, or refuses it, is read as one window.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Callable, Union
from urllib.parse import quote

from .http import ProviderError, Request, Response, dig, parse_json
from .paging import Paging, make_paging
from .skim import Objects, Skim

FREE_WINDOWS = 48  # that splitting may open whatever has been read
PAGES_PER_WINDOW = 10  # that must have been read for each further one
MIN_PART = 2.0  # pages that are worth a window
MIN_PROBES, MAX_PROBES = 6, 20  # that look for the beginning at once
PROBING_SECONDS = 0.3  # within which the rate limit must allow those beyond the least
FURTHEST_PROBE = 4096.0  # pages away, about; with fewer probes, as far as the growth takes them
PROBE_GROWTH = 4.0  # each is at most so many times further away than the one before
PLAUSIBLE_START = 1262304000  # 2010-01-01: nothing is probed below, but the oldest window stays open below
MIN_SHARED = 32.0  # pages that must be left for a part of them to be given away
MAX_SHARE = 0.75  # of what is left, that is given away at once
MAX_UNREADABLE = 8  # parents in a row whose children cannot be read: one more, and it is not theirs alone
MAX_RESTARTS = 100  # of one window, each because an object was deleted between two pages


@dataclass(eq=False)
class Window:
    """A part of a listing: one variant of its parameters, a range of creation times, and the place reached in it."""

    variant: int = 0
    since: int | None = None  # Unix seconds, inclusive
    until: int | None = None  # Unix seconds, inclusive
    cursor: str | None = None  # id of the last object fetched
    reached: int | None = None  # its creation time
    stored_cursor: str | None = None  # id of the last object stored
    stored_reached: int | None = None
    cursors: set[str] = field(default_factory=set)
    attempts: int = 0  # of the request that is due
    not_before: float = 0.0  # monotonic seconds
    restarts: int = 0
    began: int | None = None  # creation time at which reading it began
    pages_read: int = 0
    pages_left: float = 0.0  # as many are expected; 0 where nobody knows
    pages_cut: float = 0.0  # as many were expected when it was cut off another

    @property
    def expected(self) -> float:
        """Pages that are expected to be left; 0 where nobody knows."""
        return self.pages_left if self.pages_read else self.pages_cut

    def checkpoint(self) -> dict[str, Any]:
        return {
            "variant": self.variant,
            "since": self.since,
            "until": self.until,
            "cursor": self.stored_cursor,
            "reached": self.stored_reached,
        }

    @classmethod
    def resume(cls, saved: dict[str, Any]) -> Window:
        return cls(
            saved["variant"],
            saved["since"],
            saved["until"],
            saved["cursor"],
            saved["reached"],
            saved["cursor"],
            saved["reached"],
            began=saved["reached"],
        )


@dataclass(eq=False)
class Children:
    """The children of one parent that are read apart from it."""

    child: int  # index into the declaration's children
    parent_id: str
    bodies: list[str] = field(default_factory=list)
    cursor: str | None = None
    cursors: set[str] = field(default_factory=set)
    attempts: int = 0
    not_before: float = 0.0
    wanted_version: str | None = None  # as the table says that has them as due; None: the checkpoint has them
    observed_at: datetime | None = None  # when the earliest of their pages was true

    def checkpoint(self) -> dict[str, Any]:
        return {"child": self.child, "parent_id": self.parent_id}


@dataclass(eq=False)
class Object:
    """One object that is fetched by its id, because events asked for it."""

    object_id: str
    event_ids: list[int]  # in webhook_events
    attempts: int = 0
    not_before: float = 0.0


Unit = Union[Window, Children, Object]


@dataclass(frozen=True)
class Page:
    """One answer, ready to be stored."""

    unit: Unit
    text: str  # empty where `objects` has it all
    observed_at: datetime
    cursor: str | None  # where the unit stands after this page
    newest: int | None  # creation time of the page's first object
    reached: int | None  # creation time of its last
    last: bool  # the unit ends with this page
    children: tuple[Children, ...] = ()
    gone: bool = False  # the provider has no such object
    error: str | None = None  # why it does not show the object, or the children of this parent
    objects: Objects | None = None  # each by itself, where the answer can be cut

    @functools.cached_property
    def size(self) -> int:
        """Characters."""
        return len(self.text) + sum(map(len, self.objects.texts if self.objects else []))


def observed_at(pages: list[Page]) -> datetime:
    """When all that these pages show was true: too late a moment would hide what is newer. Those that show nothing do
    not count, which may have the time of our own clock."""
    return min(page.observed_at for page in [page for page in pages if page.error is None] or pages)


class Listing:
    """One task's listing: its declaration, and the units that are left."""

    def __init__(
        self, declaration: dict[str, Any], pagination: dict[str, Any], since: int | None, rate: float = math.inf
    ) -> None:
        """`rate` is how many requests per second the provider allows of this endpoint."""
        self.declaration = declaration
        self.paging = make_paging(declaration["pagination"] or pagination)
        self.child_paging = [make_paging(child.get("pagination") or pagination) for child in declaration["children"]]
        self._skim = self._make_skim()
        # Of parents, those that have not changed are wanted as well, for their children; events are not compared.
        self._cuts_pages = not declaration["children"] and declaration.get("kind") != "events"
        self.since = since
        self._max_probes = int(min(max(rate * PROBING_SECONDS, MIN_PROBES), MAX_PROBES))
        self.filtered = declaration["created_filter"] is not None
        self.filter_works = False  # the provider has answered a filtered request
        self.open: list[Unit] = []
        self.pages_read = 0
        self.windows_opened = 0  # by splitting; those that a checkpoint left count as well
        self.unreadable = 0  # parents in a row whose children could not be read

    def start(self, checkpoint: dict[str, Any] | None) -> list[Unit]:
        """The units to fetch: all variants from their beginning, or what a checkpoint left."""
        if checkpoint is None:
            since = self.since if self.filtered else None
            self.open = [Window(variant, since) for variant in range(len(self.declaration["variants"]))]
        else:
            self.filtered = self.filtered and checkpoint["filtered"]
            self.filter_works = checkpoint.get("filter_works", False)
            windows = [Window.resume(saved) for saved in checkpoint["windows"]]
            self.open = [window if self.paging.resumable else Window(window.variant) for window in windows]
            self.windows_opened = min(len(windows), FREE_WINDOWS // 2)
            self.open += [Children(saved["child"], saved["parent_id"]) for saved in checkpoint["children"]]
            self.open += [
                Object(object_id, event_ids) for object_id, event_ids in checkpoint.get("objects", {}).items()
            ]
        return list(self.open)

    def checkpoint(self, units: Sequence[Unit] | None = None) -> dict[str, Any]:
        """What is left of all units, or of these, once all stored pages are: as JSON, for `start`."""
        units = self.open if units is None else units
        return {
            "filtered": self.filtered,
            "filter_works": self.filter_works,
            "windows": [unit.checkpoint() for unit in units if isinstance(unit, Window)],
            "children": [
                unit.checkpoint() for unit in units if isinstance(unit, Children) and unit.wanted_version is None
            ],
            "objects": {unit.object_id: unit.event_ids for unit in units if isinstance(unit, Object)},
        }

    def want(self, child: int, due: dict[str, str]) -> list[Unit]:
        """Read the children of these parents as well, each in the version that is wanted now."""
        units: list[Unit] = [Children(child, parent_id, wanted_version=version) for parent_id, version in due.items()]
        self.open += units
        return units

    @property
    def resumable(self) -> bool:
        """Whether another worker can go on from the checkpoint rather than from the beginning."""
        return self.paging.resumable or not any(isinstance(unit, Window) for unit in self.open)

    @property
    def divisible(self) -> bool:
        """Whether another worker can read a part of it at the same time."""
        reads_children = any(child.get("per_parent") for child in self.declaration["children"])
        return self.filtered and self.filter_works and self.paging.resumable and not reads_children

    def advance(self, page: Page, spare: int) -> list[Unit]:
        """Move a unit past the page that was fetched; what is due next: the unit, what it gives away, its children.

        `spare` is how many more units could be fetched side by side.
        """
        unit = page.unit
        unit.attempts = 0
        if isinstance(unit, Object):
            self.open += page.children
            return list(page.children)
        unit.cursor = page.cursor
        if isinstance(unit, Children):
            unit.bodies.append(page.text)
            self.unreadable = 0
            return [] if page.last else [unit]
        self.filter_works = self.filter_works or self.is_filtered(unit)
        unit.reached = page.reached
        new: list[Unit] = [*self.split(unit, page, spare), *page.children]
        self.open += new
        return new if page.last else [unit, *new]

    def stored(self, page: Page) -> None:
        """Count a page as stored."""
        if isinstance(page.unit, Window):
            page.unit.stored_cursor, page.unit.stored_reached = page.cursor, page.reached
        if page.last and page.unit in self.open:
            self.open.remove(page.unit)

    def path(self, unit: Unit) -> str:
        """The endpoint a unit is fetched from."""
        declaration = self.declaration["children"][unit.child] if isinstance(unit, Children) else self.declaration
        path: str = declaration["object_path" if isinstance(unit, Object) else "path"]
        return path

    def request(self, unit: Unit) -> Request:
        """The request for a unit's next page."""
        if isinstance(unit, Object):
            return Request(f"{self.path(unit)}/{quote(unit.object_id, safe='')}")
        query: dict[str, Any] = {}
        body = None
        path = self.path(unit)
        if isinstance(unit, Children):
            if parent_param := self.declaration["children"][unit.child].get("parent_param"):
                query[parent_param] = unit.parent_id
            path = path.replace("{id}", quote(unit.parent_id, safe=""))
        else:
            query.update(_fill(self.declaration["params"], self.since))
            query.update(self.declaration["variants"][unit.variant])
            query.update(self._created_range(unit))
            body = _fill(self.declaration["body"], self.since)
        if body is None:
            query = self._paging(unit).place(query, unit.cursor)
        else:
            body = json.dumps(self._paging(unit).place(body, unit.cursor))
        parameters = ((name, value if isinstance(value, list) else str(value)) for name, value in query.items())
        return Request(path, tuple(parameters), body)

    def parser(self, unit: Unit) -> Callable[[str], Any]:
        """What parses a unit's answers, as far as `read` needs them."""
        return self._skim if self._skim and isinstance(unit, Window) else parse_json

    def _make_skim(self) -> Skim | None:
        if not self.paging.declared.get("only_list"):
            return None
        # Of parents that embed only some of their children, each is wanted.
        flags = [child["has_more"][-1] for child in self.declaration["children"] if child.get("has_more")]
        return Skim(self.declaration["records"][0], self.declaration["id"], flags)

    def _paging(self, unit: Window | Children) -> Paging:
        return self.child_paging[unit.child] if isinstance(unit, Children) else self.paging

    def _created_range(self, window: Window) -> dict[str, str]:
        name = self.declaration["created_filter"]
        bounds = {"gte": window.since, "lte": window.until} if self.filtered else {}
        return {f"{name}[{operator}]": str(bound) for operator, bound in bounds.items() if bound is not None}

    def is_filtered(self, unit: Unit) -> bool:
        """Whether a unit's request carries a creation filter."""
        return isinstance(unit, Window) and bool(self._created_range(unit))

    def read(self, unit: Unit, response: Response) -> Page:
        """What an answer says. Raises ProviderError for one that cannot be paged on from."""
        if isinstance(unit, Object):
            return self._read_object(unit, response)
        place = self._records(unit)
        records = dig(response.document, place)
        if not isinstance(records, list):
            where = ".".join(place)
            raise ProviderError(f"the provider's answer has no list at {where!r}", retryable=True)
        cursor = None if self._reaches_back(records) else self._next_cursor(unit, response, records)
        last = cursor is None
        if isinstance(unit, Children):
            unit.observed_at = min(unit.observed_at or response.observed_at, response.observed_at)
            return Page(unit, response.text, unit.observed_at, cursor, None, None, last)
        newest, oldest = (self._created(records[0]), self._created(records[-1])) if records else (None, unit.reached)
        overflowing = self._overflowing(records)
        objects = self._cut(response.text, records)
        text = response.text if objects is None else ""
        return Page(unit, text, response.observed_at, cursor, newest, oldest, last, overflowing, objects=objects)

    def _cut(self, text: str, records: list[Any]) -> Objects | None:
        """The objects of a page, where they can be told apart in its text."""
        if not (self._skim and self._cuts_pages):
            return None
        return self._skim.split(text) if records else Objects([], [], [])

    def _reaches_back(self, records: list[Any]) -> bool:
        """Whether a list that is newest first has come to what is known already."""
        path = self.declaration.get("newest_first")
        if not path or not records or self.since is None:
            return False
        moment = dig(records[-1], path)
        try:
            return datetime.fromisoformat(str(moment).replace("Z", "+00:00")).timestamp() < self.since
        except ValueError:
            return False

    def _records(self, unit: Window | Children) -> list[str]:
        """Where an answer has its objects."""
        child = self.declaration["children"][unit.child] if isinstance(unit, Children) else {}
        place: list[str] = child["records"] if child.get("per_parent") else self.declaration["records"]
        return place

    def gone(self, unit: Children, error: ProviderError) -> Page:
        """In place of an answer: the parent does not exist any more, and neither do its children."""
        return Page(unit, "null", error.observed_at or datetime.now(timezone.utc), None, None, None, True)

    def _read_object(self, unit: Object, response: Response) -> Page:
        if dig(response.document, self.declaration["id"]) != unit.object_id:
            raise ProviderError(
                "the provider's answer is not the object that was asked for",
                retryable=False,
                status=200,
                observed_at=response.observed_at,
            )
        children = self._overflowing([response.document])
        return Page(unit, response.text, response.observed_at, None, None, None, True, children)

    def refused(self, unit: Unit, error: ProviderError, missing_code: str | None) -> Page | None:
        """The outcome of a refusal that concerns one object and none of the others; None where it may concern them."""
        if isinstance(unit, Children):
            return self._unreadable(unit, error)
        if not isinstance(unit, Object) or error.retryable or error.status == 401 or error.observed_at is None:
            return None
        # A wrong base URL answers 404 as well, but with another code.
        gone = error.status == 404 and missing_code in (None, error.code)
        document: Any = unit.object_id
        for key in reversed(self.declaration["id"]):
            document = {key: document}
        message = None if gone else str(error)
        return Page(unit, json.dumps(document), error.observed_at, None, None, None, True, gone=gone, error=message)

    def _unreadable(self, unit: Children, error: ProviderError) -> Page | None:
        """Set the children of one parent aside, which has a table to stand in until the next sync; unless it is the
        key that is refused, or none that were asked for last could be read."""
        self.unreadable += 1
        if unit.wanted_version is None or error.status in (401, 429) or self.unreadable > MAX_UNREADABLE:
            return None
        return Page(unit, "", datetime.now(timezone.utc), None, None, None, True, error=str(error))

    def _next_cursor(self, unit: Window | Children, response: Response, records: list[Any]) -> str | None:
        paging = self._paging(unit)
        cursor = paging.next(response, records, self.declaration["id"], unit.cursor)
        if cursor is not None and paging.resumable:
            if cursor in unit.cursors or cursor == unit.cursor:
                raise ProviderError("the provider answers the same pages again and again", retryable=False)
            unit.cursors.add(cursor)
        return cursor

    def _created(self, record: Any) -> int | None:
        name = self.declaration["created_field"]
        created = record.get(name) if name and isinstance(record, dict) else None
        return created if isinstance(created, int) else None

    def _overflowing(self, records: list[Any]) -> tuple[Children, ...]:
        """The parents in a page that embed only the first of their children."""
        return tuple(
            Children(index, parent_id)
            for index, child in enumerate(self.declaration["children"])
            if child.get("has_more") and child["path"]
            for record in records
            if dig(record, child["has_more"]) is True and isinstance(parent_id := dig(record, child["parent_id"]), str)
        )

    def split(self, window: Window, page: Page, spare: int) -> list[Window]:
        """Give the older part of a window's range away, in up to `spare` windows.

        Called after `page`, before the window's next request. A window costs at most one request more than reading on
        would have, so the number of windows is bounded by the pages read, whatever the creation times are.
        """
        newest, oldest = page.newest, page.reached
        self.pages_read += 1
        window.pages_read += 1
        window.pages_left = 0.0
        if not self.filtered or newest is None or oldest is None or newest < oldest or page.last:
            return []
        if window.began is None:
            window.began = newest if window.until is None else window.until
        seconds = max((window.began - oldest) // window.pages_read, newest - oldest, 1)
        affordable = FREE_WINDOWS + self.pages_read // PAGES_PER_WINDOW - self.windows_opened
        cuts = self._cuts(window, oldest, seconds, max(min(spare, affordable), 0))
        if not cuts:
            return []
        windows = [
            Window(window.variant, low, cut - 1, pages_cut=window.pages_left)
            for low, cut in zip([window.since, *cuts], cuts)
        ]
        window.since = cuts[-1]
        self.windows_opened += len(windows)
        return windows

    def give_away(self, waiting: int) -> list[Window]:
        """Give the older parts of the ranges that are left away, so that half of the work goes with them.

        `waiting` is how many pages have been fetched and not stored. Nothing is given away of little.
        """
        windows = [unit for unit in self.open if isinstance(unit, Window) and unit.expected >= 2 * MIN_PART]
        left = sum(window.expected for window in windows)
        if left < MIN_SHARED:
            return []
        part = min((left + waiting) / 2 / left, MAX_SHARE)
        return [given for window in windows if (given := self._cut_off(window, part))]

    def _cut_off(self, window: Window, part: float) -> Window | None:
        """The older part of what is left of a window, which ends before it then. A page under way may still show it."""
        end = window.until if window.reached is None else window.reached
        if window.since is None or end is None:
            return None
        cut = window.since + int((end - window.since) * part)
        if not window.since < cut < end:
            return None
        given = Window(window.variant, window.since, cut - 1)
        window.since = cut
        window.pages_left *= 1 - part
        window.pages_cut *= 1 - part
        return given

    def _cuts(self, window: Window, oldest: int, seconds: int, parts: int) -> list[int]:
        """Where to cut a window that has been read down to `oldest`, so many seconds a page."""
        if window.since == self.since:  # nobody knows where its objects begin: probe at growing distances
            floor = PLAUSIBLE_START if window.since is None else window.since
            return [probe for probe in self._probes(oldest, seconds, parts) if probe > floor]
        assert window.since is not None
        window.pages_left = (oldest - window.since) / seconds
        # No part is smaller than what all would get if the pages known to be left were dealt out equally.
        known = [unit.pages_left for unit in self.open if isinstance(unit, Window) and unit.pages_left]
        share = max(MIN_PART, sum(known) / max(len(known) + parts, 1))
        parts = min(parts, int(window.pages_left / share) - 1, oldest - window.since - 1)
        window.pages_left /= max(parts, 0) + 1
        return [window.since + (oldest - window.since) * step // (parts + 1) for step in range(1, parts + 1)]

    def _probes(self, oldest: int, seconds: int, parts: int) -> list[int]:
        """Moments at growing distances before `oldest`, by the pages that lie between if each has so many seconds."""
        parts = min(parts, self._max_probes)
        growth = min(FURTHEST_PROBE ** (1 / max(parts, 1)), PROBE_GROWTH)
        probes, pages = [], 1.0
        for _ in range(parts):
            pages = max(pages * growth, pages + MIN_PART)
            probes.append(oldest - int(pages * seconds))
        return probes[::-1]

    def may_refuse_filter(self, unit: Unit, status: int) -> bool:
        """Whether an error may mean that the provider does not know the creation filter."""
        return self.is_filtered(unit) and not self.filter_works and (status == 400 or status >= 500)

    def refuse_filter(self) -> list[Unit]:
        """The provider refuses the creation filter: read each variant whole, on from where its newest window stands."""
        self.filtered = False
        cursors = {
            unit.variant: unit.stored_cursor for unit in self.open if isinstance(unit, Window) and unit.until is None
        }
        variants = {unit.variant for unit in self.open if isinstance(unit, Window)}
        children: list[Unit] = [unit for unit in self.open if isinstance(unit, Children)]
        windows: list[Unit] = []
        for variant in sorted(variants):
            cursor = cursors.get(variant)
            windows.append(Window(variant, cursor=cursor, stored_cursor=cursor))
        self.open = windows + children
        return windows

    def start_again(self, window: Window) -> None:
        """The provider has lost the place that it kept: read the window from its beginning, as often as one may repeat
        a request."""
        window.restarts += 1
        window.attempts = window.restarts
        window.cursor = window.stored_cursor = None

    def restart(self, window: Window) -> bool:
        """The cursor's object is gone: go on from the creation time of the last object stored, without a cursor.

        False when that has not helped before.
        """
        window.restarts += 1
        window.cursor = window.stored_cursor = None
        window.cursors.clear()
        if window.stored_reached is not None and self.filtered:
            window.until = window.stored_reached
        return window.restarts <= MAX_RESTARTS


def _fill(template: Any, since: int | None) -> Any:
    """Put the moment where a template of parameters, or of a body, has its placeholder."""
    if isinstance(template, dict):
        return {name: _fill(value, since) for name, value in template.items()}
    if isinstance(template, list):
        return [_fill(value, since) for value in template]
    return since if template == "{since}" else template
