"""What every provider double can do beside answering: record requests, fail on demand, keep a rate limit.

Faults stand between request and answer, and may change, delay, cut or replace it. `stop` ends every thread, also in the
middle of a fault.
"""

from __future__ import annotations

import gzip
import itertools
import socket
import struct
import threading
import time
from abc import abstractmethod
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from supasaasy import testing
from supasaasy.testing import Request, Response

__all__ = ["Action", "Clock", "Exchange", "Fault", "Provider", "RateLimit", "Request", "Response", "compressed"]


class Exchange:
    """A request on its connection, as a fault sees it."""

    def __init__(self, provider: Provider, request: Request, connection: socket.socket, fault: Fault) -> None:
        self.provider = provider
        self.request = request
        self.connection = connection
        self._fault = fault

    def answer(self, request: Request | None = None) -> Response:
        """What the healthy provider answers, to this request or to another one in its place."""
        return self.provider.respond(request or self.request)

    def head(self, response: Response) -> bytes:
        """The status line and headers with which this response would be sent."""
        return self.provider.head(response)

    def wait(self, seconds: float | None = None) -> None:
        """Wait until the time is over, the fault is released or the provider stops."""
        self._fault.released.wait(seconds)

    @property
    def released(self) -> bool:
        return self._fault.released.is_set()

    def reset(self) -> None:
        """Drop the connection with a TCP reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


# Returns the response to send, or None when the action itself has dealt with the connection, which is then closed.
Action: TypeAlias = Callable[[Exchange], "Response | None"]


@dataclass
class Fault:
    """An action on the requests that match: `times` of them (None: all), after letting `after` pass."""

    action: Action
    match: Callable[[Request], bool]
    times: int | None
    after: int
    hits: int = 0
    released: threading.Event = field(default_factory=threading.Event)

    def release(self) -> None:
        """Let every request go on that hangs in this fault, and cause no further fault."""
        self.times = 0
        self.released.set()

    def takes(self, request: Request) -> bool:
        if self.times == 0 or not self.match(request):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times = None if self.times is None else self.times - 1
        self.hits += 1
        return True


class Clock:
    """A clock that moves only when it is told to; seconds since 1970."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class RateLimit:
    """Requests per second, in all and per endpoint, over a sliding window of one second."""

    def __init__(self, total: int | None = None, per_endpoint: int | None = None) -> None:
        self._total = total
        self._per_endpoint = per_endpoint
        self._admitted: dict[str, deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()

    def exceeded(self, path: str) -> str | None:
        """Stripe's name of the limit which this request exceeds; None, and it counts, if it exceeds none."""
        now = time.monotonic()
        limits = {"": (self._total, "global-rate"), path: (self._per_endpoint, "endpoint-rate")}
        with self._lock:
            for key, (limit, name) in limits.items():
                if limit is not None and self._in_last_second(key, now) >= limit:
                    return name
            for key in limits:
                self._admitted[key].append(now)
        return None

    def _in_last_second(self, key: str, now: float) -> int:
        admitted = self._admitted[key]
        while admitted and admitted[0] <= now - 1:
            admitted.popleft()
        return len(admitted)


class Provider(testing.Provider):
    """A provider on a free port of 127.0.0.1; use it as a context manager."""

    api_key: str  # the one that is accepted
    rate_limit: RateLimit | None = None
    latency: float = 0.0  # seconds before each answer

    def __init__(self, *, port: int = 0, clock: Callable[[], float] = time.time) -> None:
        super().__init__(port=port, clock=clock)
        self._faults: list[Fault] = []
        self._faults_lock = threading.Lock()
        self._request_numbers = itertools.count(1)
        self._stopping = threading.Event()

    @abstractmethod
    def rate_limited(self, reason: str) -> Response:
        """The answer to a request that exceeds the named limit."""

    def stop(self) -> None:
        self._stopping.set()
        for fault in self._faults:
            fault.release()
        super().stop()

    def fault(
        self,
        action: Action,
        *,
        match: Callable[[Request], bool] = lambda request: True,
        times: int | None = 1,
        after: int = 0,
    ) -> Fault:
        """Let requests fail; the fault added first that takes a request decides."""
        fault = Fault(action, match, times, after)
        with self._faults_lock:
            self._faults.append(fault)
        return fault

    def clear_faults(self) -> None:
        with self._faults_lock:
            for fault in self._faults:
                fault.release()
            self._faults.clear()

    def handle(self, request: Request, connection: socket.socket) -> Response | None:
        """Record a request and answer it; None when a fault has dealt with the connection."""
        self.requests.append(request)
        if self.latency:
            self._stopping.wait(self.latency)
        if fault := self._fault_for(request):
            return fault.action(Exchange(self, request, connection, fault))
        if self.rate_limit and (reason := self.rate_limit.exceeded(request.path)):
            return self.rate_limited(reason)
        return self.respond(request)

    def head(self, response: Response) -> bytes:
        number = f"req_{next(self._request_numbers):014d}"
        return super().head(Response(response.status, response.body, {"Request-Id": number} | dict(response.headers)))

    def _fault_for(self, request: Request) -> Fault | None:
        with self._faults_lock:
            return next((fault for fault in self._faults if fault.takes(request)), None)


def compressed(response: Response) -> Response:
    return Response(response.status, gzip.compress(response.body, 1), {**response.headers, "Content-Encoding": "gzip"})
