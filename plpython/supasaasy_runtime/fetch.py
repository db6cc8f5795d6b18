"""The fetch pool: threads that do HTTP and nothing else, for all the listings of one worker.

Each thread takes the unit that is due, asks for its next page, puts the page where the main thread takes it, and gives
the unit back. So listings share the threads page by page, a slow provider holds up only its own, and waiting for a
rate limit or a retry occupies no thread.
"""

from __future__ import annotations

import random
import signal
import threading
import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any

from .http import Client, ProviderError, Response, seconds_until, unix_second
from .limits import Limits
from .pages import Children, Listing, Page, Unit, Window

MAX_ATTEMPTS = 5  # of one request
MAX_DELAY = 30.0  # seconds between two of them; a longer wait is the queue's
MAX_BUFFERED = 8 * 1024 * 1024  # characters of fetched pages that wait to be stored; no helper can have those
MAX_TOGETHER = 16  # pages of one listing that are stored by one statement
MAX_SIZE = 2 * 1024 * 1024  # characters of them, unless one page alone has more: the statement takes a multiple
GATHERING = 0.05  # seconds that pages wait for more: the fixed costs of a statement are those of a hundred rows
QUIET = 0.002  # seconds without an arrival, after which a statement that no thread can run beside begins
MAX_PARENTS = 32  # parents whose children, read apart, are stored by one
_STACK = 512 * 1024  # bytes


@dataclass(frozen=True)
class Provider:
    """How the requests of one app are sent."""

    app_key: str
    base_url: str
    allow_unsafe: bool  # the base URL may be plain http, or point to a private address
    headers: dict[str, str] = field(repr=False)
    limits: Limits
    concurrency: int
    errors: dict[str, Any]  # how the provider explains one
    limit_headers: tuple[str | None, str | None]  # requests that are left, and the Unix second that resets them
    query: tuple[tuple[str, str], ...] = field(repr=False)  # of every request
    deadline: float  # seconds for one request
    retry_delay: float  # seconds before a request is repeated, doubled each time


@dataclass(eq=False)
class Fetching:
    """One listing in the pool: what is due, what is under way."""

    provider: Provider
    listing: Listing
    due: deque[Unit]
    in_flight: int = 0
    served_at: float = 0.0  # monotonic seconds: when its last request was sent
    stopped: bool = False
    trouble: ProviderError | None = None  # the last error, until a page comes


@dataclass(frozen=True)
class Arrival:
    """What a thread hands to the main thread: a page, or the error that ends the listing."""

    fetching: Fetching
    outcome: Page | ProviderError
    at: float = field(default_factory=time.monotonic, compare=False)  # monotonic seconds

    @property
    def size(self) -> int:
        return self.outcome.size if isinstance(self.outcome, Page) else 0


def _together(arrived: deque[Arrival]) -> list[Arrival]:
    """The first arrival, and what one statement can store with it; a listing's pages are stored in their order."""
    taken: list[Arrival] = []
    for arrival in arrived:
        if arrival.fetching is not arrived[0].fetching:
            continue
        if taken and not _may_follow(taken, arrival):
            break
        taken.append(arrival)
    return taken


def _may_follow(taken: list[Arrival], arrival: Arrival) -> bool:
    """Whether one statement can store an arrival together with those before it."""
    first, following = taken[0].outcome, arrival.outcome
    if not (isinstance(first, Page) and isinstance(following, Page)):
        return False
    if isinstance(first.unit, Children) and isinstance(following.unit, Children):
        return first.unit.child == following.unit.child and len(taken) < MAX_PARENTS
    return (
        len(taken) < MAX_TOGETHER
        and sum(other.size for other in taken) + arrival.size <= MAX_SIZE
        and isinstance(first.unit, Window)
        and isinstance(following.unit, Window)
        and first.observed_at == following.observed_at
    )


def _defect(error: Exception) -> ProviderError:
    """A defect must end the listing, not silently a thread."""
    return ProviderError(f"{type(error).__name__} in the engine", retryable=False)


class Pool:
    """Fetch threads and the listings they work on. All methods are for the main thread.

    `blocked_by_statements` tells that no thread runs while the main thread has a statement executed.
    """

    def __init__(self, *, blocked_by_statements: bool = False) -> None:
        self.idle = 0.0  # seconds that the main thread has waited for something to store; it may set it
        self._blocked_by_statements = blocked_by_statements
        self._lock = threading.Lock()
        self._due = threading.Condition(self._lock)  # a unit can be fetched: for the threads
        self._arrival = threading.Condition(self._lock)  # a page or an error is there: for the main thread
        self._batch = threading.Condition(self._lock)  # there is what is worth a statement: for the main thread
        self._listings: list[Fetching] = []
        self._arrived: deque[Arrival] = deque()
        self._buffered = 0
        self._threads: list[threading.Thread] = []
        self._clients: list[Client] = []
        self._closing = False

    def add(self, provider: Provider, listing: Listing, units: list[Unit]) -> Fetching:
        """Start fetching a listing."""
        fetching = Fetching(provider, listing, deque(units))
        with self._lock:
            self._listings.append(fetching)
            self._due.notify(len(units))
        self._start_threads(provider.concurrency)
        return fetching

    def want(self, fetching: Fetching, child: int, due: dict[str, str]) -> None:
        """Read the children of more parents as part of a listing."""
        with self._lock:
            fetching.due += fetching.listing.want(child, due)
            self._due.notify_all()

    def remove(self, fetching: Fetching) -> None:
        """Stop fetching a listing; what is under way is thrown away."""
        with self._lock:
            fetching.stopped = True
            self._listings.remove(fetching)
            self._arrived = deque(arrival for arrival in self._arrived if arrival.fetching is not fetching)
            self._buffered = sum(arrival.size for arrival in self._arrived)
            self._due.notify_all()

    def take(self, timeout: float) -> list[Arrival]:
        """What has arrived, waiting for it at most `timeout` seconds: one arrival, or some pages of one listing."""
        with self._lock:
            began = time.monotonic()
            if not self._arrived:
                self._arrival.wait(timeout)
            if self._arrived and not self._is_batch(self._arrived[0].fetching):
                self._batch.wait(max(self._arrived[0].at + GATHERING - time.monotonic(), 0.0))
            self.idle += time.monotonic() - began
            if self._arrived and self._blocked_by_statements:
                self._let_more_come()
            was_full = self._buffered >= MAX_BUFFERED
            taken = _together(self._arrived)
            self._arrived = deque(arrival for arrival in self._arrived if all(arrival is not other for other in taken))
            self._buffered -= sum(arrival.size for arrival in taken)
            if was_full:
                self._due.notify_all()
            return taken

    def stored(self, fetching: Fetching, pages: list[Page]) -> dict[str, object]:
        """Count pages as stored and return the checkpoint that says so."""
        with self._lock:
            for page in pages:
                fetching.listing.stored(page)
            return fetching.listing.checkpoint()

    @property
    def has_requests(self) -> bool:
        """Whether any request is under way or due."""
        with self._lock:
            return self._has_requests()

    def is_busy(self, fetching: Fetching) -> bool:
        """Whether it is the app's concurrency that bounds it: at a rate limit, few requests are under way."""
        with self._lock:
            return self._busy(fetching.provider) > fetching.provider.concurrency / 2

    def give_away(self, fetching: Fetching) -> tuple[dict[str, object], dict[str, object]] | None:
        """Give away a part of a listing, if it is long: the checkpoints of the rest and of the part."""
        with self._lock:
            listing = fetching.listing
            waiting = sum(arrival.fetching is fetching for arrival in self._arrived)
            given = listing.give_away(waiting)
            return (listing.checkpoint(), listing.checkpoint(given)) if given else None

    def close(self) -> None:
        """Stop all threads, also those that wait for a provider."""
        with self._lock:
            self._closing = True
            for client in self._clients:
                client.abort()
            self._due.notify_all()
        patience = time.monotonic() + 0.5  # a thread in a name lookup cannot be woken; it ends by itself
        for thread in self._threads:
            thread.join(max(patience - time.monotonic(), 0.0))

    def _has_requests(self) -> bool:
        return any(fetching.in_flight or fetching.due for fetching in self._listings)

    def _let_more_come(self) -> None:
        """Wait a little longer while page follows page, so that threads take their answers and send the next requests
        before the statement."""
        until = time.monotonic() + GATHERING
        while self._buffered < MAX_BUFFERED and self._has_requests() and time.monotonic() < until:
            if not self._arrival.wait(QUIET):
                break

    def _start_threads(self, wanted: int) -> None:
        # PostgreSQL's signals belong to the main thread: the threads are started with all of them blocked.
        unblocked = signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())
        size = threading.stack_size(_STACK)
        try:
            while len(self._threads) < wanted:
                thread = threading.Thread(target=self._work, name="supasaasy-fetch", daemon=True)
                thread.start()
                self._threads.append(thread)
        finally:
            threading.stack_size(size)
            signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)

    # --- what runs in the threads -----------------------------------------------------------------------------------

    def _work(self) -> None:
        clients: dict[str, Client] = {}
        while (due := self._next()) is not None:
            fetching, unit = due
            client = clients.get(fetching.provider.app_key) or self._new_client(clients, fetching.provider)
            try:
                request = fetching.listing.request(unit)
                request = replace(request, query=request.query + fetching.provider.query)
                response = client.send(request, fetching.listing.parser(unit))
                self._told(fetching.provider, response)
                outcome: Page | ProviderError = fetching.listing.read(unit, response)
            except ProviderError as error:
                outcome = error
            except Exception as error:
                outcome = _defect(error)
            self._ended(fetching, unit, outcome)
        for client in clients.values():
            client.close()

    def _new_client(self, clients: dict[str, Client], provider: Provider) -> Client:
        client = clients[provider.app_key] = Client(
            provider.base_url, provider.headers, provider.errors, provider.deadline, provider.allow_unsafe
        )
        with self._lock:
            self._clients.append(client)
            if self._closing:
                client.abort()
        return client

    def _next(self) -> tuple[Fetching, Unit] | None:
        """The unit to fetch next, waiting for one; None when the pool closes."""
        with self._lock:
            while not self._closing:
                pause: float | None = None
                if self._buffered < MAX_BUFFERED:
                    now = time.monotonic()
                    # Those with as many under way take turns: else the first would have all that a rate limit allows.
                    by_turn = sorted(self._listings, key=lambda listing: (listing.in_flight, listing.served_at))
                    for fetching in by_turn:
                        wait = self._wait_for(fetching, now)
                        if wait == 0.0:
                            return self._begin(fetching)
                        if wait is not None:
                            pause = wait if pause is None else min(pause, wait)
                self._due.wait(pause)
            return None

    def _wait_for(self, fetching: Fetching, now: float) -> float | None:
        """Seconds until the listing's next unit may be fetched; None when that depends on something else."""
        provider = fetching.provider
        if not fetching.due or self._busy(provider) >= provider.concurrency:
            return None
        fetching.due = deque(sorted(fetching.due, key=lambda unit: unit.not_before))
        unit = fetching.due[0]
        return max(unit.not_before - now, provider.limits.wait(fetching.listing.path(unit), now), 0.0)

    def _begin(self, fetching: Fetching) -> tuple[Fetching, Unit]:
        unit = fetching.due.popleft()
        fetching.served_at = time.monotonic()
        fetching.provider.limits.take(fetching.listing.path(unit), fetching.served_at)
        fetching.in_flight += 1
        return fetching, unit

    def _told(self, provider: Provider, response: Response) -> None:
        """Heed what an answer says about the requests that are left."""
        remaining_header, reset_header = provider.limit_headers
        remaining = response.headers.get(remaining_header or "", "")
        if remaining.isdecimal():
            with self._lock:
                left = int(remaining) - (self._busy(provider) - 1)
                resets_in = seconds_until(response.headers, reset_header)
                period = unix_second(response.headers, reset_header)
                provider.limits.told(time.monotonic(), left, period, resets_in)

    def _busy(self, provider: Provider) -> int:
        """How many requests of an app are under way."""
        return sum(other.in_flight for other in self._listings if other.provider.app_key == provider.app_key)

    def _ended(self, fetching: Fetching, unit: Unit, outcome: Page | ProviderError) -> None:
        with self._lock:
            fetching.in_flight -= 1
            if fetching.stopped or unit not in fetching.listing.open:
                return
            try:
                if isinstance(outcome, ProviderError):
                    self._recover(fetching, unit, outcome)
                else:
                    fetching.trouble = None
                    self._arrive(fetching, outcome)
            except Exception as error:
                self._deliver(Arrival(fetching, _defect(error)))
            if self._is_batch(fetching):
                self._batch.notify()

    def _arrive(self, fetching: Fetching, page: Page) -> None:
        if page.last or not isinstance(page.unit, Children):  # children are stored all together
            self._deliver(Arrival(fetching, page))
        due = fetching.listing.advance(page, self._spare(fetching.provider))
        fetching.due += due
        self._due.notify(max(len(due) - 1, 0))  # this thread takes one itself

    def _spare(self, provider: Provider) -> int:
        """How many more units the app's threads could work on."""
        ours = [fetching for fetching in self._listings if fetching.provider.app_key == provider.app_key]
        return provider.concurrency - sum(fetching.in_flight + len(fetching.due) for fetching in ours) - 1

    def _recover(self, fetching: Fetching, unit: Unit, error: ProviderError) -> None:
        provider, listing = fetching.provider, fetching.listing
        now = time.monotonic()
        fetching.trouble = error
        unit.attempts += 1
        waits_here = error.retry_after <= MAX_DELAY
        if error.status == 429:
            provider.limits.refused(now, min(error.retry_after, MAX_DELAY))
        missing = error.code == provider.errors["not_found"]
        if isinstance(unit, Children) and (error.status == 404 or (missing and unit.cursor is None)):
            self._arrive(fetching, listing.gone(unit, error))
            return
        max_attempts = MAX_ATTEMPTS
        if isinstance(unit, Window) and not listing.paging.resumable and error.status != 429:
            lost_place = unit.cursor is not None and error.status in (400, 404)
            error.retryable = error.retryable or lost_place or listing.paging.is_taken(error)
            max_attempts *= 2  # outlasts the minute for which a provider keeps the place for a reader that was lost
            listing.start_again(unit)
        if isinstance(unit, Window) and missing and unit.cursor is not None:
            if listing.restart(unit):
                fetching.due.append(unit)
                return
        elif error.retryable and unit.attempts < max_attempts and waits_here:
            backoff = min(MAX_DELAY, provider.retry_delay * 2**unit.attempts) * random.uniform(0.5, 1.0)
            unit.not_before = now + max(backoff, error.retry_after)
            fetching.due.append(unit)
            return
        elif listing.may_refuse_filter(unit, error.status) and waits_here:
            fetching.due = deque(listing.refuse_filter())
            return
        refusal = listing.refused(unit, error, provider.errors["not_found"]) if waits_here else None
        self._deliver(Arrival(fetching, refusal or error))

    def _is_batch(self, fetching: Fetching) -> bool:
        """Whether what has arrived is worth a statement: there is enough, or no more will come of this listing."""
        enough = len(self._arrived) >= MAX_TOGETHER or self._buffered >= MAX_SIZE
        return enough or not (fetching.in_flight or fetching.due)

    def _deliver(self, arrival: Arrival) -> None:
        self._arrived.append(arrival)
        self._buffered += arrival.size
        self._arrival.notify()
