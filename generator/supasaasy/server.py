"""`supasaasy serve`: the database's HTTP front, for Postgres that has neither PostgREST nor Edge Functions beside it.

Every request is a call of SQL. URLs, methods, JSON and status codes are those of SupaSaaSy's Edge Functions, and the
same URLs under /functions/v1/ work too. All but /webhook and /health demand `Authorization: Bearer <ADMIN_API_KEY>`.
A dashboard for people is at /.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import uvicorn
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from supasaasy.connection import describe_for_log
from supasaasy.dashboard import Dashboard
from supasaasy.intake import Intake, Webhook
from supasaasy.request import authorize, decode, fetch_row, joined_headers, no_nul, read_body, read_json

WORKER_SECONDS = 20  # of one POST /worker
POOL_SIZE = 10
POOL_SECONDS = 10.0  # for a connection to become free
RECONNECT_SECONDS = 5.0  # of attempts at growing intervals, before the next request begins them anew
GRACE_SECONDS = 30  # for requests under way when the server is told to stop

# What SQL says about a request, and may be passed on with its hint. Everything else stays inside.
STATUS_OF = {
    "22003": 400,  # a number is out of range
    "22023": 400,  # a parameter has no valid value
    "22P02": 400,  # a value, or the JSON itself, is malformed
    "22P05": 400,  # \u0000 in a string
    "P0002": 404,  # there is no such app or job
}

SYNC = """
select supasaasy.sync(
    request.app_key, coalesce(request.mode, 'incremental'), request.resource_types, coalesce(request.immediate, false)
)::text
from jsonb_to_record(%s::jsonb) as request(app_key text, mode text, resource_types text[], immediate boolean)
"""
JOB_STATUS = "select supasaasy.job_status(%s::uuid, %s)::text"
WORKER_REQUEST = """
select supasaasy._now(), request.job_id, request.max_tasks
from jsonb_to_record(%s::jsonb) as request(job_id uuid, max_tasks integer)
"""
RUN_WORKER = f"call supasaasy.run_worker(job_id => %s, max_tasks => %s, max_seconds => {WORKER_SECONDS})"
WORKER_RESULT = "select supasaasy._worker_result(%s)::text"

log = logging.getLogger("supasaasy.server")
access_log = logging.getLogger("supasaasy.access")


def run_server(dsn: str, *, admin_api_key: str, host: str, port: int, rate_limit: float) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    app = create_app(dsn, admin_api_key=admin_api_key, rate_limit=rate_limit)
    uvicorn.run(app, host=host, port=port, **UVICORN)


# Our own access log shows no query string, where callers may put keys.
UVICORN: dict[str, Any] = {
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "timeout_graceful_shutdown": GRACE_SECONDS,
}


def create_app(dsn: str, *, admin_api_key: str, rate_limit: float) -> Starlette:
    """The ASGI application; `rate_limit` is in requests a second from one address."""
    if not admin_api_key.strip():
        raise ValueError("the admin API key is blank")

    pool = AsyncConnectionPool(
        dsn,
        kwargs={"autocommit": True, "application_name": "supasaasy serve"},  # run_worker commits, so it must be
        check=AsyncConnectionPool.check_connection,  # after a restart of the server the pool holds dead connections
        min_size=1,
        max_size=POOL_SIZE,
        timeout=POOL_SECONDS,
        reconnect_timeout=RECONNECT_SECONDS,
        open=False,
    )
    intake = Intake(pool)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with pool, intake.open():
            yield

    routes: list[BaseRoute] = [
        Route(prefix + path, endpoint, methods=methods)
        for prefix in ("", "/functions/v1")
        for path, endpoint, methods in (
            ("/webhook/{app_key}", receive_webhook, ["POST", "HEAD"]),
            ("/sync", start_sync, ["POST"]),
            ("/job-status", show_job, ["GET"]),
            ("/job-status/{job_id}", show_job, ["GET"]),
            ("/worker", run_worker, ["POST"]),
            ("/health", check_health, ["GET"]),
        )
    ]
    app = Starlette(
        routes=routes + Dashboard().routes(),
        lifespan=lifespan,
        middleware=[Middleware(AccessLog), Middleware(RateLimit, per_second=rate_limit)],
        exception_handlers={
            HTTPException: _http_error,
            psycopg.Error: _database_error,
            ClientDisconnect: _disconnected,
            Exception: _unexpected_error,
        },
    )
    app.router.redirect_slashes = False
    app.state.pool, app.state.intake, app.state.admin_api_key = pool, intake, admin_api_key
    return app


# Endpoints -------------------------------------------------------------------------------------------------------


async def receive_webhook(request: Request) -> Response:
    if request.method == "HEAD":  # how a provider checks that the endpoint exists
        return Response()
    app_key = no_nul(request.path_params["app_key"])
    webhook = Webhook(
        app_key,
        headers=json.dumps(joined_headers(request)),
        body=decode(await read_body(request)),
        method=request.method,
        path=no_nul(request.url.path),
    )
    try:
        status, response = await request.app.state.intake.receive(webhook)
    except (asyncio.TimeoutError, PoolTimeout):
        log.error("a webhook of %r is refused: the database does not answer in time", app_key[:200])
        return _error(503, "Service unavailable")
    if status == 503:
        log.error(
            "webhooks of %r are refused: the app's webhook secret is missing, supasaasy doctor says which", app_key
        )
    return Response(response, status, media_type="application/json")


async def start_sync(request: Request) -> Response:
    authorize(request)
    [job] = await fetch_row(request, SYNC, await read_json(request))
    return Response(job, media_type="application/json")


async def show_job(request: Request) -> Response:
    authorize(request)
    job_id = request.path_params.get("job_id") or request.query_params.get("job_id")
    if not job_id:
        raise HTTPException(400, "Missing job ID in URL path")
    include_tasks = request.query_params.get("include_tasks") == "true"
    [job] = await fetch_row(request, JOB_STATUS, no_nul(job_id), include_tasks)
    return Response(job, media_type="application/json")


async def run_worker(request: Request) -> Response:
    authorize(request)
    body = await read_json(request)
    async with request.app.state.pool.connection() as connection:
        cursor = await connection.execute(WORKER_REQUEST, (body,))
        began_at, job_id, max_tasks = await cursor.fetchone()
        await connection.execute(RUN_WORKER, (job_id, max_tasks))
        cursor = await connection.execute(WORKER_RESULT, (began_at,))
        [result] = await cursor.fetchone()
    return Response(result, media_type="application/json")


async def check_health(request: Request) -> Response:
    try:
        await fetch_row(request, "select supasaasy.version()")
    except psycopg.Error as error:
        log.error("health: %s", describe_for_log(error))
        return _error(503, "Service unavailable")
    return JSONResponse({"success": True})


# Errors ----------------------------------------------------------------------------------------------------------


def _error(status: int, message: str, headers: Mapping[str, str] | None = None, hint: str | None = None) -> Response:
    body = {"success": False, "error": message} | ({"hint": hint} if hint else {})
    return JSONResponse(body, status, headers)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        allowed = ", ".join(sorted((error.headers or {})["Allow"].split(", ")))
        return _error(405, "Method not allowed", {"Allow": allowed})
    if error.status_code == 404:
        return _error(404, "Not found")
    return _error(error.status_code, error.detail, error.headers)


async def _database_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, psycopg.Error)
    status = STATUS_OF.get(error.sqlstate or "")
    if status is None:
        log.error("%s: %s", request.scope["endpoint"].__name__, describe_for_log(error))
        return _error(500, "Internal server error")
    return _error(status, error.diag.message_primary or "", hint=error.diag.message_hint)


async def _unexpected_error(request: Request, error: Exception) -> Response:
    return _error(500, "Internal server error")


async def _disconnected(request: Request, error: Exception) -> Response:
    return Response(status_code=400)  # nobody is there to read it


# Middleware ------------------------------------------------------------------------------------------------------


class RateLimit:
    """At most `per_second` requests a second from one address, after a burst of ten seconds' worth; 429 beyond.

    The generic cell rate algorithm: an address is known by the moment until which its requests have used up its rate.
    """

    BURST_SECONDS = 10.0
    MAX_ADDRESSES = 10_000

    def __init__(self, app: ASGIApp, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._interval = 1 / per_second
        self._clock = clock
        self._used_until: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait = self.wait(scope["client"][0]) if scope["type"] == "http" and scope["client"] else 0.0
        if wait > 0:
            refusal = _error(429, "Too many requests", {"Retry-After": str(math.ceil(wait))})
            await refusal(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def wait(self, address: str) -> float:
        """Count a request of an address; the seconds it should have waited, 0 when it may pass."""
        now = self._clock()
        used_until = max(self._used_until.get(address, now), now)
        wait = used_until - now - self.BURST_SECONDS + self._interval
        if wait > 0:
            return wait
        if len(self._used_until) >= self.MAX_ADDRESSES:
            self._used_until = {known: until for known, until in self._used_until.items() if until > now}
        self._used_until[address] = used_until + self._interval
        return 0.0


class AccessLog:
    """One line a request: address, method, path without query, status, duration."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began = time.perf_counter()
        status = 500

        async def observe(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, observe)
        finally:
            address = scope["client"][0] if scope["client"] else "-"
            path = scope["raw_path"].decode("ascii", "backslashreplace")[:200]  # percent-encoded: no line breaks
            milliseconds = (time.perf_counter() - began) * 1000
            access_log.info("%s %s %s %d %.1f ms", address, scope["method"], path, status, milliseconds)
