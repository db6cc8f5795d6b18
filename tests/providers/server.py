"""The generic part of a provider double: an HTTP/1.1 server that records requests and fails on demand.

A provider answers requests; faults stand between the two and may change, delay, cut or replace an answer. The server
runs in threads of this process, one a connection, and `stop` ends them all, also in the middle of a fault.
"""

from __future__ import annotations

import gzip
import itertools
import json
import socket
import struct
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, TypeAlias
from urllib.parse import parse_qs, parse_qsl, urlsplit

from typing_extensions import Self


@dataclass(frozen=True)
class Request:
    """One request as it arrived."""

    method: str
    target: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    time: float

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    def values(self, name: str) -> list[str]:
        """All values of a parameter that may be repeated."""
        return parse_qs(urlsplit(self.target).query).get(name, [])


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, status: int, document: Any, headers: Mapping[str, str] | None = None) -> Response:
        body = json.dumps(document, ensure_ascii=False).encode()
        return cls(status, body, {"Content-Type": "application/json"} | dict(headers or {}))

    def document(self) -> Any:
        return json.loads(self.body)


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


class Provider(ABC):
    """A provider on a free port of 127.0.0.1; use it as a context manager."""

    api_key: str  # the one that is accepted
    rate_limit: RateLimit | None = None
    latency: float = 0.0  # seconds before each answer

    def __init__(self, *, port: int = 0, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock  # of the `Date` header
        self.requests: list[Request] = []
        self._faults: list[Fault] = []
        self._faults_lock = threading.Lock()
        self._request_numbers = itertools.count(1)
        self._stopping = threading.Event()
        self._server = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="provider")

    @abstractmethod
    def respond(self, request: Request) -> Response:
        """The healthy answer to a request."""

    @abstractmethod
    def rate_limited(self, reason: str) -> Response:
        """The answer to a request that exceeds the named limit."""

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, cut every connection and wait for every thread."""
        self._stopping.set()
        for fault in self._faults:
            fault.release()
        self._server.shutdown()
        self._server.cut_connections()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

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
        headers = {
            "Date": formatdate(self.clock(), usegmt=True),
            "Request-Id": f"req_{next(self._request_numbers):014d}",
            "Content-Length": str(len(response.body)),
        } | dict(response.headers)
        lines = [f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _fault_for(self, request: Request) -> Fault | None:
        with self._faults_lock:
            return next((fault for fault in self._faults if fault.takes(request)), None)


def compressed(response: Response) -> Response:
    return Response(response.status, gzip.compress(response.body, 1), {**response.headers, "Content-Encoding": "gzip"})


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close() waits for them
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], provider: Provider) -> None:
        super().__init__(address, _Handler)
        self.provider = provider
        self._connections: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def cut_connections(self) -> None:
        for connection in tuple(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are part of the tests; anything else is an error of the double."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm: ClassVar[bool] = True
    server: _Server

    def _serve(self) -> None:
        request = Request(
            self.command,
            self.path,
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(int(self.headers.get("Content-Length", 0))),
            time.time(),
        )
        response = self.server.provider.handle(request, self.connection)
        if response is None:
            self.close_connection = True
        else:
            self.connection.sendall(self.server.provider.head(response) + response.body)

    do_GET = do_POST = do_HEAD = do_DELETE = _serve

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are recorded, not logged."""
