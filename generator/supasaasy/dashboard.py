"""The dashboard of `supasaasy serve`: pages for people, rendered here, which also work without JavaScript."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from psycopg.rows import dict_row
from pydantic import TypeAdapter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.staticfiles import StaticFiles

from supasaasy.connection import describe_for_log
from supasaasy.progress import ENDED, Expectations
from supasaasy.queries import LAST_DAY, RECENT_ERRORS, RECENT_EVENTS, RECENT_JOBS
from supasaasy.request import fetch_row, has_admin_key, is_admin_key, no_nul, read_form

COOKIE = "supasaasy_session"
SESSION_SECONDS = 12 * 60 * 60
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
QUERIES = {
    "health": "select supasaasy.health() as health",
    "jobs": RECENT_JOBS,
    "hours": LAST_DAY,
    "events": RECENT_EVENTS,
    "errors": RECENT_ERRORS,
}
REPLAY = "select supasaasy.replay_webhook(%s::bigint)"

Row = dict[str, Any]

log = logging.getLogger("supasaasy.dashboard")


# Pages -----------------------------------------------------------------------------------------------------------


class Dashboard:
    def __init__(self) -> None:
        self._sessions = Sessions()

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self.show, methods=["GET"]),
            Route("/login", self.ask_for_key, methods=["GET"]),
            Route("/login", self.log_in, methods=["POST"]),
            Route("/logout", self.log_out, methods=["POST"]),
            Route("/replay", self.replay, methods=["POST"]),
            Route("/assets/{name}", StaticFiles(directory=TEMPLATES), methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        session = self._session(request)
        if session is None and not has_admin_key(request):
            return RedirectResponse("login", 303)
        try:
            found = await _look(request)
        except psycopg.Error as error:
            log.error("%s", describe_for_log(error))
            return _page("unavailable.html", 503)
        replayed = request.query_params.get("replayed", "")
        return _page("dashboard.html", session=session, replayed=replayed if replayed.isdigit() else "", **_view(found))

    async def ask_for_key(self, request: Request) -> Response:
        return _page("login.html", refused=False)

    async def log_in(self, request: Request) -> Response:
        key = (await read_form(request)).get("key", "")
        if not is_admin_key(request, key.strip()):
            return _page("login.html", 401, refused=True)
        response = RedirectResponse("./", 303)
        response.set_cookie(
            COOKIE,
            self._sessions.open(),
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response

    async def log_out(self, request: Request) -> Response:
        if session := self._session(request):
            await session.read_form(request)
            self._sessions.close(request.cookies[COOKIE])
        response = RedirectResponse("./", 303)
        response.delete_cookie(COOKIE)
        return response

    async def replay(self, request: Request) -> Response:
        session = self._session(request)
        if session is None:
            return RedirectResponse("login", 303)
        event_id = no_nul((await session.read_form(request)).get("event", ""))
        await fetch_row(request, REPLAY, event_id)
        return RedirectResponse(f"./?replayed={event_id}#events", 303)

    def _session(self, request: Request) -> Session | None:
        return self._sessions.find(request.cookies.get(COOKIE, ""))


@dataclass(frozen=True)
class Session:
    """Somebody who has logged in."""

    ends_at: float
    token: str = field(default_factory=secrets.token_urlsafe)  # in every form, so that no other site can send one

    async def read_form(self, request: Request) -> dict[str, str]:
        """The fields of a form of ours. Raises HTTPException 403 when it is from elsewhere."""
        form = await read_form(request)
        if not secrets.compare_digest(form.get("token", "").encode(), self.token.encode()):
            raise HTTPException(403, "This form is not of your session: reload the page")
        return form


class Sessions:
    """Those who have logged in, in memory: a restart logs everybody out."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[str, Session] = {}

    def open(self) -> str:
        """A new session's name, which only its owner knows."""
        now = self._clock()
        self._open = {name: session for name, session in self._open.items() if session.ends_at > now}
        name = secrets.token_urlsafe()
        self._open[name] = Session(now + SESSION_SECONDS)
        return name

    def find(self, name: str) -> Session | None:
        session = self._open.get(name)
        return session if session and session.ends_at > self._clock() else None

    def close(self, name: str) -> None:
        self._open.pop(name, None)


# What a page shows -----------------------------------------------------------------------------------------------


async def _look(request: Request) -> Row:
    """The rows of every query, all of the same moment."""
    async with (
        request.app.state.pool.connection() as connection,
        connection.transaction(),
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        await cursor.execute("set transaction isolation level repeatable read read only")
        await cursor.execute("set local statement_timeout to '10s'")
        found: Row = {}
        for name, query in QUERIES.items():
            await cursor.execute(query)
            found[name] = await cursor.fetchall()
        return found


def _view(found: Row) -> Row:
    health = found["health"][0]["health"]
    now = _time(health["checked_at"])
    expectations = Expectations(health)
    return found | {
        "health": health,
        "now": now,
        "jobs": [_job(row["job"], expectations, now) for row in found["jobs"]],
        "charts": _charts(found["hours"]),
    }


def _job(job: Row, expectations: Expectations, now: datetime) -> Row:
    """What `supasaasy.job_status()` shows of a job, its tasks with what is expected and how fast it comes."""
    tasks = [
        task | {"expected": expectations.of(job["app_key"], task), "rate": _rate(task, now)} for task in job["tasks"]
    ]
    return job | {"tasks": tasks, "running": job["status"] not in ENDED}


def _rate(task: Row, now: datetime) -> float | None:
    """Objects a second of a task that has begun."""
    if task["started_at"] is None:
        return None
    took = (_time(task["completed_at"] or now) - _time(task["started_at"])).total_seconds()
    rate: float | None = task["processed_entities"] / took if took > 0 else None
    return rate


@dataclass(frozen=True)
class Chart:
    """A bar for each hour; a second series stands behind the first."""

    title: str
    unit: Callable[[float], str]
    hours: Sequence[datetime]
    series: Mapping[str, Sequence[float | None]]

    @property
    def top(self) -> float:
        return max((value for values in self.series.values() for value in values if value), default=0)


def _charts(hours: Sequence[Row]) -> list[Chart]:
    def chart(title: str, unit: Callable[[float], str], columns: Mapping[str, str]) -> Chart:
        series = {name: [row[column] for row in hours] for name, column in columns.items()}
        return Chart(title, unit, [row["hour"] for row in hours], series)

    return [
        chart("Objects synced", _number, {"objects": "objects"}),
        chart("Webhook events", _number, {"events": "events"}),
        chart("Webhook latency", _duration, {"median": "median", "95th percentile": "slow"}),
    ]


# Templates -------------------------------------------------------------------------------------------------------

TEMPLATES = Path(__file__).parent / "templates" / "dashboard"
_time: Callable[[Any], datetime] = TypeAdapter(
    datetime
).validate_python  # of what the database says as a time or in JSON


def _number(value: float) -> str:
    return f"{value:,.0f}"


def _duration(seconds: float) -> str:
    """Rounded to what a person wants to know."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.3g} s"
    for unit, length, until in (("min", 60, 60), ("h", 3600, 48)):
        if seconds / length < until:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds / 86400:.0f} days"


def _ago(value: Any, now: datetime) -> str:
    seconds = (now - _time(value)).total_seconds()
    return "just now" if seconds < 1 else f"{_duration(round(seconds))} ago"


def _utc(value: Any) -> str:
    return f"{_time(value).astimezone(timezone.utc):%Y-%m-%d %H:%M:%S} UTC"


_pages = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_pages.filters |= {"number": _number, "duration": _duration, "ago": _ago, "utc": _utc}
_pages.globals["version"] = version("supasaasy")


def _page(template: str, status: int = 200, **shown: Any) -> Response:
    return HTMLResponse(_pages.get_template(template).render(shown), status, HEADERS)
