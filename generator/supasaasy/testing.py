"""For the tests of connectors: a double of the provider to fill in, and a database that syncs from it.

`supasaasy new-connector` writes a test that uses both.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, parse_qsl, urlsplit

import psycopg
from psycopg.rows import dict_row
from typing_extensions import Self

from supasaasy.cluster import ensure_packages, throwaway_cluster
from supasaasy.config import define_config
from supasaasy.migration import get_migrations
from supasaasy.spec import Connector

API_KEY = "the-key-of-the-tests"
WEBHOOK_SECRET = "the-webhook-secret-of-the-tests"

# The provider --------------------------------------------------------------------------------------------------------


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


class Provider(ABC):
    """A provider on a free port of 127.0.0.1; use it as a context manager.

    The server runs in threads of this process, one a connection, and `stop` ends them all.
    """

    def __init__(self, *, port: int = 0, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock  # of the `Date` header
        self.requests: list[Request] = []
        self._server = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="provider")

    @abstractmethod
    def respond(self, request: Request) -> Response:
        """The answer to a request."""

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
        self._server.shutdown()
        self._server.cut_connections()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def handle(self, request: Request, connection: socket.socket) -> Response | None:
        """Record a request and answer it; None when the connection has been dealt with."""
        self.requests.append(request)
        return self.respond(request)

    def head(self, response: Response) -> bytes:
        """The status line and headers of a response."""
        headers = {
            "Date": formatdate(self.clock(), usegmt=True),
            "Content-Length": str(len(response.body)),
        } | dict(response.headers)
        lines = [f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


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


# The database --------------------------------------------------------------------------------------------------------


class Sandbox:
    """A database that holds one app of one connector, and nothing runs in by itself."""

    def __init__(self, connector: Connector, connection: psycopg.Connection[dict[str, Any]]) -> None:
        self.connector = connector
        self.connection = connection

    def sync(self, mode: str = "full") -> Any:
        """Sync now. Returns what `supasaasy.sync` does; AssertionError when anything has failed."""
        result = self._value("supasaasy.sync(%s, %s, immediate => true)", self.connector.name, mode)
        assert result["success"] and result["total_errors"] == 0, json.dumps(result, indent=2)
        return result

    def rows(self, resource: str) -> dict[str, dict[str, Any]]:
        """The live objects of a collection by their id, as its view shows them."""
        view = self.connector.collection(resource).view_name(self.connector.name)
        rows = self.connection.execute(f"select * from supasaasy.{view}".encode()).fetchall()
        return {row["external_id"]: row for row in rows}

    def payloads(self, resource: str) -> dict[str, Any]:
        """The live objects of a collection by their id, as the provider sent them."""
        return {object_id: row["raw_payload"] for object_id, row in self.rows(resource).items()}

    def receive(self, headers: Mapping[str, str], body: str) -> int:
        """Take in a webhook and apply it. Returns the HTTP status that it is answered with."""
        status: int = self._value(
            "(supasaasy.receive_webhook(%s, %s, %s)).status", self.connector.name, json.dumps(dict(headers)), body
        )
        self.connection.execute("call supasaasy.run_worker()")
        return status

    def _value(self, expression: str, *arguments: Any) -> Any:
        row = self.connection.execute(f"select {expression} as value".encode(), arguments).fetchone()
        assert row is not None
        return row["value"]


@contextmanager
def sandbox(connector: Connector, base_url: str) -> Iterator[Sandbox]:
    """A throwaway PostgreSQL with an app of the connector, which has its name, API_KEY and WEBHOOK_SECRET."""
    ensure_packages(install=False)
    settings = {
        "api_key_env": "TEST_API_KEY",
        "webhook_secret_env": "TEST_WEBHOOK_SECRET",
        "base_url": base_url,
        "allow_unsafe_base_url": True,
        "rate_limit": 100_000,
        "sync_resources": "all",
    }
    name = connector.name
    config = define_config(
        {"apps": [{"app_key": name, "name": name, "connector": name, "config": settings}]}, [connector]
    )
    secrets = {"TEST_API_KEY": API_KEY, "TEST_WEBHOOK_SECRET": WEBHOOK_SECRET}
    with (
        throwaway_cluster(environment=secrets) as cluster,
        psycopg.connect(cluster.dsn(), autocommit=True, row_factory=dict_row) as connection,
    ):
        connection.execute(get_migrations(config, bundle_pgmq=True).encode())
        connection.execute("select cron.unschedule(jobid) from cron.job")
        yield Sandbox(connector, connection)
