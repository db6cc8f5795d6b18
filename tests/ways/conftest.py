"""The three ways in, each called as its callers call it: `serve` and the Edge Functions over real HTTP."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Protocol

import pytest
import uvicorn

from supasaasy.cluster import Cluster
from supasaasy.edge import read_edge_functions
from supasaasy.server import UVICORN, create_app
from tests.conftest import Database
from tests.support import PATIENCE, WEBHOOK_SECRET, value, wait_until
from tests.webhooks.support import enable_logging

ADMIN_API_KEY = "admin-key-of-the-tests"
BUSY_DAY = Path(__file__).parent / "busy_day.sql"
NODE = Path(__file__).parent.parent / "node"
DENO = NODE / "node_modules" / ".bin" / "deno"


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the body as JSON where it is JSON, the headers by lower-case name."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


Headers = Mapping[str, str]


class Front(Protocol):
    """An HTTP front."""

    def __call__(self, method: str, path: str, body: bytes = b"", headers: Headers | None = None) -> Answer: ...


class Way(Protocol):
    """A way in for webhooks."""

    def __call__(self, body: bytes, headers: Headers, app_key: str = "stripe_prod") -> Answer: ...


def admin(token: str = ADMIN_API_KEY) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def signed(body: bytes, secret: str = WEBHOOK_SECRET) -> dict[str, str]:
    """The headers that Stripe sends along."""
    now = int(time.time())
    signature = hmac.new(secret.encode(), b"%d.%s" % (now, body), hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": f"t={now},v1={signature}"}


def http(address: str, method: str, path: str, body: bytes = b"", headers: Headers | None = None) -> Answer:
    connection = HTTPConnection(address, timeout=PATIENCE)
    try:
        connection.request(method, path, body or None, dict(headers or {}))
        response = connection.getresponse()
        content = response.read()
        found = {name.lower(): text for name, text in response.getheaders()}
        return Answer(response.status, _read(content, found), found)
    finally:
        connection.close()


def _read(content: bytes, headers: Headers) -> Any:
    if not content:
        return None
    return json.loads(content) if headers["content-type"] == "application/json" else content.decode()


@contextmanager
def serving(dsn: str, *, rate_limit: float = 10_000) -> Iterator[str]:
    """`supasaasy serve` in a thread of this process; yields its address."""
    app = create_app(dsn, admin_api_key=ADMIN_API_KEY, rate_limit=rate_limit)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, **UVICORN))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started)
        _, port = server.servers[0].sockets[0].getsockname()
        yield f"127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.fixture
def served(database: Database) -> Iterator[Front]:
    with serving(database.info.dsn) as address:
        yield lambda *request, **more: http(address, *request, **more)


@pytest.fixture
def deno(database: Database, cluster: Cluster, tmp_path: Path) -> Iterator[Front]:
    """The generated Edge Functions in Deno, each started when it is first called."""
    for below, source in read_edge_functions():
        (tmp_path / below).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / below).write_text(source)
    shutil.copy(NODE / "package.json", tmp_path)
    (tmp_path / "node_modules").symlink_to(NODE / "node_modules")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "NO_COLOR": "1",
        "DENO_SERVE_ADDRESS": "tcp:127.0.0.1:0",
        "SUPABASE_DB_URL": cluster.url(database.info.dbname),
        "ADMIN_API_KEY": ADMIN_API_KEY,
    }
    addresses: dict[str, str] = {}

    with ExitStack() as running:

        def call(method: str, path: str, body: bytes = b"", headers: Headers | None = None) -> Answer:
            name = re.sub(r"^(/functions/v1)?/|[/?].*", "", path)
            if name not in addresses:
                addresses[name] = running.enter_context(deno_serving(tmp_path, name, environment))
            return http(addresses[name], method, path, body, headers)

        yield call


@contextmanager
def deno_serving(directory: Path, name: str, environment: Mapping[str, str]) -> Iterator[str]:
    """One Edge Function; yields its address."""
    permissions = ("--allow-net=127.0.0.1", "--allow-env")
    process = subprocess.Popen(
        [DENO, "run", "--no-check", "--node-modules-dir=manual", *permissions, f"{name}/index.ts"],
        cwd=directory,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        listening = re.search(r"Listening on http://(\S+?)/", process.stdout.readline())
        assert listening, process.stdout.read()
        threading.Thread(target=process.stdout.read, daemon=True).start()  # so that its log never blocks it
        yield listening[1]
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def postgrest(database: Database) -> Way:
    """What PostgREST does with POST /rpc/supasaasy_webhook_<app>; its binary is in no package registry.

    https://docs.postgrest.org/en/stable/references/transactions.html
    """

    def call(body: bytes, headers: Headers, app_key: str = "stripe_prod") -> Answer:
        lower = {name.lower(): text for name, text in headers.items()}
        function = value(database, "select supasaasy._webhook_function(%s)", app_key)
        with database.transaction():
            database.execute("set local role anon")
            database.execute(
                "select set_config('request.method', 'POST', true), set_config('request.path', %s, true)"
                ", set_config('request.headers', %s, true)",
                (f"/rpc/{function}", json.dumps(lower)),
            )
            answer = value(database, f'select public."{function}"(%s::json)', body.decode())
            return Answer(int(value(database, "select current_setting('response.status', true)")), answer)

    return call


@pytest.fixture(params=["served", "deno"])
def front(request: pytest.FixtureRequest) -> Front:
    """Both HTTP fronts."""
    chosen: Front = request.getfixturevalue(request.param)
    return chosen


def webhooks_of(front: Front) -> Way:
    return lambda body, headers, app_key="stripe_prod": front("POST", f"/webhook/{app_key}", body, headers)


@pytest.fixture(params=["served", "deno", "postgrest"])
def way(request: pytest.FixtureRequest) -> Way:
    """All three ways in."""
    chosen: Any = request.getfixturevalue(request.param)
    return chosen if request.param == "postgrest" else webhooks_of(chosen)


@pytest.fixture
def logged(database: Database) -> Callable[[], list[Any]]:
    """Turns webhook logging on; gives what was logged: (response_status, request_body)."""
    enable_logging(database)
    return lambda: database.execute(
        "select response_status, request_body from supasaasy.webhook_logs order by id"
    ).fetchall()
