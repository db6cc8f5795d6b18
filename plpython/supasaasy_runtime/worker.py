"""The worker: claims tasks, drives fetch → store → commit, and ends each task as it deserves."""

from __future__ import annotations

import base64
import contextlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Callable

from .database import Cancelled, Database, DatabaseError
from .fetch import Fetching, Pool, Provider
from .http import ProviderError
from .limits import Limits
from .pages import Children, Listing, Object, Page, Window, observed_at
from .skim import Objects

LEASE = 60  # seconds a task stays with a worker that gives no sign of life
MAX_TASKS = 8  # that one worker has in hand at once
MAX_EVENTS = 500  # webhook events that are applied and committed together
MAX_WANTED = 128  # parents whose children are due that one task has in hand
HESITATION = 0.02  # seconds before the next claim, for each task in hand: a worker with fewer goes first
POLL = 1.0  # seconds between two looks at an empty queue, of a worker that has tasks in hand
TICK = 0.2  # seconds after which a cancellation is noticed at the latest
UPKEEP = 2.0  # seconds between renewals of leases and shares
SHARING = 0.1  # seconds between two looks for a worker that waits
SPARE = 0.3  # of that time, spent waiting for pages: with more, the worker could store more
HELPFULNESS = 2.0  # seconds for which a worker with nothing to fetch waits for a part of another's task
LOOKING = 0.05  # seconds between two looks for that part
SETTLING = 1.0  # seconds after a claim when others may have claimed as well, and shares are another

FIND_CHANGED = "select supasaasy._find_changed($1::uuid, $2, $3::uuid[])"
RECORD_PAGES = (
    "select supasaasy._record_pages"
    "($1::uuid, $2::uuid, $3, $4, $5::uuid[], $6, $7::integer, $8::timestamptz, $9::jsonb, $10::integer)"
)
RECORD_EVENTS = "select supasaasy._record_events($1::uuid, $2::uuid, $3, $4::timestamptz, $5::jsonb, $6::integer)"
RECORD_CHILDREN = (
    "select supasaasy._record_children"
    "($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8::timestamptz, $9::jsonb, $10::integer)"
)
RECORD_OBJECT = (
    "select supasaasy._record_object($1::uuid, $2::uuid, $3, $4, $5, $6, $7::timestamptz, $8::jsonb, $9::integer)"
)
SHARE_TASK = "select supasaasy._share_task($1::uuid, $2::uuid, $3::jsonb, $4::jsonb)"
CLAIM_TASK = "select supasaasy._claim_task($1::integer, $2::uuid, $3)"
LOCK = "select pg_try_advisory_lock_shared(1937075297, 0)"  # 'supa': see supasaasy._somebody_waits
UNLOCK = "select pg_advisory_unlock_shared(1937075297, 0)"
SOMEBODY_WAITS = "select supasaasy._somebody_waits()"
DUE_CHILDREN = "select supasaasy._due_children($1::uuid, $2, $3, $4::integer)"
FAIL_TASK = "select supasaasy._fail_task($1::uuid, $2::uuid, $3, $4, $5::integer, $6)"


# Told what becomes of tasks: report(event, claim, **details), in the main thread.
Report = Callable[..., None]


@dataclass(eq=False)
class Task:
    """A task in hand: what the claim returned, and its listing in the pool."""

    claim: dict[str, Any]
    fetching: Fetching
    active_at: float = field(default_factory=time.monotonic)  # when it was claimed, or last stored a page
    meets_known: bool = True  # objects that are stored already, among those looked up last

    @property
    def fence(self) -> tuple[str, str]:
        return self.claim["task_id"], self.claim["lease_token"]


class Worker:
    """One pass over the queue. Threads do the HTTP; everything here is the main thread."""

    def __init__(
        self,
        database: Database,
        *,
        environment: Mapping[str, str] | None = None,  # where secrets are looked up that the database does not have
        in_hand: int = MAX_TASKS,
        report: Report = lambda event, claim, **details: None,
    ) -> None:
        self._database = database
        self._environment = environment
        self._in_hand = in_hand
        self._report = report
        self._pool = Pool(blocked_by_statements=database.blocks_threads)
        self._tasks: dict[Fetching, Task] = {}
        self._providers: dict[str, Provider] = {}
        self._next_claim = 0.0
        self._next_events = 0.0
        self._next_upkeep = 0.0
        self._looked_at = time.monotonic()
        self._cooperates = True  # with other workers: not when it is one job or one app that is asked for
        self._waits = False  # and holds the lock that tells the others
        self._helpful_until = 0.0

    def run(
        self,
        job_id: str | None,
        max_tasks: int | None,
        max_seconds: float | None,
        linger: bool,
        app_key: str | None = None,
    ) -> None:
        """Work until the queues are empty (with `linger`: go on looking), or a limit is reached.

        Webhook events are applied between the pages of tasks, but not when it is one job or one app that is asked for.
        A task in hand when `max_seconds` have passed goes back to the queue with its checkpoint; one that would have to
        begin again is worked on to its end.
        """
        until = time.monotonic() + max_seconds if max_seconds is not None else float("inf")
        left = max_tasks if max_tasks is not None else float("inf")
        self._cooperates = job_id is None and app_key is None
        try:
            while time.monotonic() < until:
                applied = self._cooperates and self._apply_events()
                if left > 0 and self._claim(job_id, app_key):
                    left -= 1
                    self._work(len(self._tasks) * HESITATION)
                    continue
                may_claim = left > 0 and len(self._tasks) < self._in_hand
                self._wait(self._cooperates and may_claim and not self._pool.has_requests)
                helps = self._waits and self._may_help()
                if self._tasks or helps or (left > 0 and linger):
                    self._work(0.0 if applied else LOOKING if helps else TICK)
                elif not applied:
                    break
            self._fail_stalled()
            while self._release(only_resumable=True):
                if self._cooperates:
                    self._apply_events()
                self._work(TICK)
        except (Cancelled, DatabaseError):
            self._release(only_resumable=False)
            raise
        finally:
            self._pool.close()
            with contextlib.suppress(DatabaseError, Cancelled):
                self._wait(False)

    def _apply_events(self) -> bool:
        """Apply one batch of webhook events, if it is time to look; whether there was any."""
        if time.monotonic() < self._next_events:
            return False
        taken = int(self._database.value("select supasaasy._work_events($1::integer)", MAX_EVENTS))
        self._database.commit()
        if taken < MAX_EVENTS:
            self._next_events = time.monotonic() + POLL
        return taken > 0

    def _claim(self, job_id: str | None, app_key: str | None) -> bool:
        """Take one more task in hand, if there is one and it is time to look."""
        if len(self._tasks) >= self._in_hand or not (self._waits or time.monotonic() >= self._next_claim):
            return False
        answer = self._database.value(CLAIM_TASK, LEASE, job_id, app_key)
        self._database.commit()
        if answer is None:
            self._next_claim = time.monotonic() + (POLL if self._tasks else TICK)
            return False
        self._wait(False)
        self._next_upkeep = min(self._next_upkeep, time.monotonic() + SETTLING)
        claim = json.loads(answer)
        self._report("claimed", claim)
        try:
            self._start(claim)
        except ProviderError as error:
            self._fail(claim, error)
        return True

    def _wait(self, waits: bool) -> None:
        """Tell the other workers whether this one has nothing to fetch, by a lock that ends with the session."""
        if waits != self._waits:
            locked = self._database.value(LOCK if waits else UNLOCK)
            self._database.commit()
            self._waits = waits and bool(locked)

    def _may_help(self) -> bool:
        """Whether another worker may give away a part of its task, for which this one has not waited long enough."""
        if not self._helpful_until:
            self._helpful_until = time.monotonic() + HELPFULNESS
        is_patient = time.monotonic() < self._helpful_until
        return is_patient and bool(self._database.value("select supasaasy._may_be_shared()"))

    def _share(self, task: Task) -> bool:
        """Give a part of a task that is too much for this worker to one that waits. False: the lease is lost."""
        period = time.monotonic() - self._looked_at
        if period < SHARING or not self._cooperates or task.claim["mode"] != "full":
            return True
        idle, self._pool.idle, self._looked_at = self._pool.idle, 0.0, time.monotonic()
        at_limit = idle <= period * SPARE or self._pool.is_busy(task.fetching)
        if not at_limit or not task.fetching.listing.divisible or not self._database.value(SOMEBODY_WAITS):
            return True
        checkpoints = self._pool.give_away(task.fetching)
        if checkpoints is None:
            return True
        shared = bool(self._database.value(SHARE_TASK, *task.fence, *map(json.dumps, checkpoints)))
        self._database.commit()
        self._next_claim = time.monotonic() + POLL  # it is for the other
        self._next_upkeep = min(self._next_upkeep, time.monotonic() + SETTLING)
        return shared

    def _start(self, claim: dict[str, Any]) -> None:
        self._helpful_until = 0.0
        provider = self._provider(claim)
        self._heed_shares(provider, claim["rate_shares"])
        listing = Listing(claim["collection"], claim["connector"]["pagination"], claim["since"], provider.limits.rate)
        fetching = self._pool.add(provider, listing, listing.start(claim["checkpoint"]))
        self._go_on(self._tasks.setdefault(fetching, Task(claim, fetching)))

    def _go_on(self, task: Task) -> None:
        """Let the children be read that are due; complete the task when there is nothing left."""
        for number, child in enumerate(task.claim["collection"]["children"]):
            if child.get("per_parent"):
                self._want_children(task, number, child["collection_key"])
        if not task.fetching.listing.open:
            self._complete(task)

    def _want_children(self, task: Task, number: int, key: str) -> None:
        listing = task.fetching.listing
        under_way = [unit.parent_id for unit in listing.open if isinstance(unit, Children) and unit.child == number]
        if len(under_way) <= MAX_WANTED // 2:
            due = self._database.value(DUE_CHILDREN, task.fence[0], key, under_way, MAX_WANTED)
            self._pool.want(task.fetching, number, json.loads(due))

    def _provider(self, claim: dict[str, Any]) -> Provider:
        app_key = claim["app_key"]
        if app_key not in self._providers:
            self._providers[app_key] = make_provider(claim, find_key(self._database, self._environment, claim))
        return self._providers[app_key]

    def _work(self, patience: float) -> None:
        """Store what has arrived or arrives in so many seconds, or notice a cancellation; and keep the leases."""
        if time.monotonic() >= self._next_upkeep:
            self._upkeep()
        arrivals = self._pool.take(patience)
        if not arrivals:
            self._database.tick()
        elif (task := self._tasks.get(arrivals[0].fetching)) is not None:
            outcome = arrivals[0].outcome
            if isinstance(outcome, ProviderError):
                self._drop(task)
                self._fail(task.claim, outcome)
            else:
                self._store(task, [arrival.outcome for arrival in arrivals if isinstance(arrival.outcome, Page)])

    def _store(self, task: Task, pages: list[Page]) -> None:
        try:
            stored = self._share(task) and self._record(task, pages)  # the other has round trips ahead
            self._database.commit()
        except DatabaseError as error:
            self._drop(task)
            self._fail(task.claim, ProviderError(f"storing a page failed: {error}", retryable=True))
            return
        task.active_at = time.monotonic()
        if not stored:
            self._lost(task)
            return
        self._report("stored", task.claim, pages=len(pages))
        self._go_on(task)

    def _record(self, task: Task, pages: list[Page]) -> bool:
        checkpoint = json.dumps(self._pool.stored(task.fetching, pages))
        moment = observed_at(pages).isoformat()
        unit = pages[0].unit
        if isinstance(unit, Window):
            bodies = [page.text for page in pages if page.objects is None]
            if task.claim["collection"].get("kind") == "events":
                return bool(self._database.value(RECORD_EVENTS, *task.fence, bodies, moment, checkpoint, LEASE))
            changed, unchanged_ids = self._compare(task, [page.objects for page in pages if page.objects])
            listed = (bodies, changed.texts, changed.digests, unchanged_ids, len(pages))
            return bool(self._database.value(RECORD_PAGES, *task.fence, *listed, moment, checkpoint, LEASE))
        if isinstance(unit, Object):
            outcome = (unit.object_id, pages[0].text, pages[0].gone, pages[0].error, moment, checkpoint, LEASE)
            return bool(self._database.value(RECORD_OBJECT, *task.fence, *outcome))
        child = task.claim["collection"]["children"][unit.child]["collection_key"]
        read = [
            (page.unit.parent_id, page.unit.wanted_version or "", body, page.error or "")
            for page in pages
            if isinstance(page.unit, Children)
            for body in ([""] if page.error else page.unit.bodies)
        ]
        arguments = (child, *map(list, zip(*read)), moment, checkpoint, LEASE)
        return bool(self._database.value(RECORD_CHILDREN, *task.fence, *arguments))

    def _compare(self, task: Task, pages: list[Objects]) -> tuple[Objects, list[str]]:
        """The objects of these pages but for those that are stored with the same text, and the ids of the latter.

        Where none were, as in a first sync, only the first page is looked up.
        """
        objects = Objects.joined(pages)
        if pages and not task.meets_known:
            task.meets_known = bool(self._find_unchanged(task, pages[0]))
        unchanged = self._find_unchanged(task, objects) if pages and task.meets_known else set()
        task.meets_known = bool(unchanged)
        changed = objects.without(unchanged)
        if unchanged and not changed.are_json():  # parts of an object that was cut; only all of them make it whole
            return objects, []
        return changed, [object_id for object_id in objects.ids if object_id in unchanged]

    def _find_unchanged(self, task: Task, objects: Objects) -> set[str]:
        changed = self._database.value(FIND_CHANGED, task.fence[0], objects.ids, objects.digests)
        return set(objects.ids).difference(changed)

    def _complete(self, task: Task) -> None:
        self._drop(task)
        try:
            status = self._database.value("select supasaasy._complete_task($1::uuid, $2::uuid)", *task.fence)
            self._database.commit()
        except DatabaseError as error:
            self._fail(task.claim, ProviderError(f"completing the task failed: {error}", retryable=True))
        else:
            self._next_claim = 0.0  # it may have left work for another task
            # pending: it waits for its parts
            self._report({None: "lost", "pending": "released"}.get(status, status), task.claim)

    def _fail(self, claim: dict[str, Any], error: ProviderError) -> None:
        self._database.value(
            FAIL_TASK,
            claim["task_id"],
            claim["lease_token"],
            str(error),
            error.retryable,
            min(int(error.retry_after) + 1, 3600) if error.retry_after else 0,
            error.status == 401,
        )
        self._database.commit()
        self._report("failed", claim, error=str(error), retryable=error.retryable)

    def _lost(self, task: Task) -> None:
        """Somebody has cancelled the task, or taken it over."""
        self._drop(task)
        self._report("lost", task.claim)

    def _fail_stalled(self) -> None:
        """End the attempt of tasks that got nowhere: released, they would be taken and released for ever."""
        for task in list(self._tasks.values()):
            idle = time.monotonic() - task.active_at
            if idle >= task.claim["patience"]:
                self._drop(task)
                trouble = task.fetching.trouble or ProviderError("the provider does not answer", retryable=True)
                message = f"no page in {idle:.0f} s: {trouble}"
                self._fail(task.claim, ProviderError(message, retryable=True, retry_after=trouble.retry_after))

    def _drop(self, task: Task) -> None:
        self._pool.remove(task.fetching)
        del self._tasks[task.fetching]

    def _release(self, *, only_resumable: bool) -> bool:
        """Give back the tasks in hand, or those of them that another worker can resume. True while some are left."""
        for task in list(self._tasks.values()):
            if task.fetching.listing.resumable or not only_resumable:
                self._drop(task)
                self._database.value("select supasaasy._release_task($1::uuid, $2::uuid)", *task.fence)
                self._report("released", task.claim)
        self._database.commit()
        return bool(self._tasks)

    def _upkeep(self) -> None:
        """Renew the leases, drop what is no longer ours, and take only our share of each app's rate limit."""
        self._next_upkeep = time.monotonic() + UPKEEP
        for task in list(self._tasks.values()):
            if not self._database.value(
                "select supasaasy._renew_lease($1::uuid, $2::uuid, $3::integer)", *task.fence, LEASE
            ):
                self._lost(task)
            self._database.commit()
        for app_key in {task.claim["app_key"] for task in self._tasks.values()}:
            shares = self._database.value("select supasaasy._rate_shares($1)", app_key)
            self._heed_shares(self._providers[app_key], json.loads(shares))

    @staticmethod
    def _heed_shares(provider: Provider, shares: dict[str, Any]) -> None:
        provider.limits.share = shares["total"]
        provider.limits.endpoint_shares = shares["endpoints"]


def find_key(database: Database, environment: Mapping[str, str] | None, claim: dict[str, Any]) -> str:
    """The API key of a claimed task's app, from the database, else from the environment where there is one."""
    name = claim["config"]["api_key_env"]
    secret = database.value("select supasaasy._secret($1)", name)
    if secret is None and environment is not None:
        secret = environment.get(name) or None
    if secret is None:
        raise ProviderError(
            f"the secret {name} is missing: it is neither in Supabase Vault, nor in the file /run/secrets/{name}, "
            "nor in the environment of the PostgreSQL server" + ("" if environment is None else " or the worker"),
            retryable=False,
        )
    key = str(secret).strip()
    if not key.isascii() or not key.isprintable():
        raise ProviderError(f"the secret {name} has characters that no API key has", retryable=False)
    return key


def make_provider(claim: dict[str, Any], key: str) -> Provider:
    """How the requests of a claimed task's app are sent, from the catalog and the app's settings."""
    connector, config = claim["connector"], claim["config"]
    headers = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "supasaasy"}
    headers.update(connector["headers"])
    headers.update(_auth_headers(connector["auth"], key))
    version = config.get("api_version") or connector["api_version"]
    if connector["version_header"] and version:
        headers[connector["version_header"]] = version
    if connector["account_header"] and config.get("account"):
        headers[connector["account_header"]] = config["account"]
    return Provider(
        app_key=claim["app_key"],
        base_url=config.get("base_url") or connector["base_url"],
        allow_unsafe=config.get("allow_unsafe_base_url", False),
        headers=headers,
        limits=Limits.of(connector["rate_limit"], config, key),
        concurrency=config["concurrency"],
        errors=connector["errors"],
        limit_headers=(connector["rate_limit"]["remaining_header"], connector["rate_limit"]["reset_header"]),
        query=((connector["auth"]["param"], key),) if connector["auth"]["kind"] == "query" else (),
        deadline=claim["request_deadline"],
        retry_delay=claim["retry_delay"],
    )


def _auth_headers(auth: dict[str, Any], key: str) -> dict[str, str]:
    """The header that carries the key, unless the query does."""
    if auth["kind"] == "basic":
        pair = f"{auth['user']}:{key}" if auth["user"] else f"{key}:"
        return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
    return {auth["header"]: auth["prefix"] + key} if auth["kind"] == "header" else {}
