"""`supasaasy worker`: the fetch engine as a process beside the database, over psycopg.

The engine is the one that runs inside PostgreSQL. Here are its other database adapter, and what a process needs on top:
a connection that comes back, and an orderly end.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.string import TextLoader

from supasaasy import __version__
from supasaasy.journal import Journal
from supasaasy_runtime.database import Argument, Cancelled, DatabaseError
from supasaasy_runtime.probe import probe
from supasaasy_runtime.worker import MAX_TASKS, POLL, Worker

ROUND = 300.0  # seconds after which a busy worker reads settings and secrets again
MAX_BACKOFF = 10.0  # seconds between two attempts to reconnect
PATIENCE = 5.0  # seconds that a statement may go on after the signal to stop

_DEFAULTS: dict[str, Any] = {
    "application_name": "supasaasy worker",
    "connect_timeout": 10,
    "keepalives_idle": 20,  # with those below: a dead network is noticed within a minute
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds
}
_SESSION_NEEDED = (
    "a worker needs a session of its own, which a transaction pooler does not give: use the session pooler "
    "(on Supabase the same host with port 5432) or a direct connection"
)
_SESSION_ENDED = "57P"  # SQLSTATEs of a shutdown, a crash, pg_terminate_backend and the like
_COUNT_FAILED = "select count(*) from supasaasy.sync_job_tasks where id = any($1::uuid[]) and status = 'failed'"


class Unusable(Exception):
    """The database cannot be worked with. The message says what to do, and holds no secret."""


class ConnectionLost(DatabaseError):
    """There is no session; tasks that it had in hand are free."""


class SharedBackend(DatabaseError):
    """The session is a transaction pooler's."""


class PsycopgDatabase:
    """The database port over a psycopg session in autocommit: each statement is a transaction of its own.

    When `stop` is set, the next statement raises Cancelled, once, so that the tasks in hand can be given back.
    """

    blocks_threads = False

    def __init__(self, connection: psycopg.Connection[Any], stop: threading.Event) -> None:
        self.connection = connection
        self._cursor = psycopg.RawCursor(connection)
        for name in ("json", "jsonb"):
            self._cursor.adapters.register_loader(name, TextLoader)
        self._stop = stop
        self._told = False
        self._lost_by = ""
        self._backend: int = self.value("select pg_backend_pid()")

    def value(self, sql: str, *arguments: Argument) -> Any:
        if self._stop.is_set() and not self._told:
            self._told = True
            raise Cancelled
        try:
            row = self._cursor.execute(sql.encode(), arguments).fetchone()
        except psycopg.errors.QueryCanceled as error:
            self._told = self._stop.is_set()
            raise Cancelled from error
        except psycopg.Error as error:
            if self.connection.closed or (error.sqlstate or "").startswith(_SESSION_ENDED):
                self.connection.close()
                self._lost_by = self._lost_by or _first_line(error)  # what comes after only says that it is lost
                raise ConnectionLost(f"connection lost: {self._lost_by}") from error
            raise DatabaseError(error.diag.message_primary or str(error)) from error
        return row and row[0]

    def commit(self) -> None:
        """Nothing is left to commit."""

    def tick(self) -> None:
        if self.value("select pg_backend_pid()") != self._backend:
            raise SharedBackend(f"the backend changed between two transactions: {_SESSION_NEEDED}")


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    dsn: str
    concurrency: int = MAX_TASKS  # tasks in hand at once
    once: bool = False  # end when the queue is empty
    max_seconds: float | None = None
    app_key: str | None = None


class WorkerProcess:
    """Passes over the queue, one after another, until it is told to stop or the options say so."""

    def __init__(self, options: Options, journal: Journal) -> None:
        self.failed_tasks = 0
        self._options = options
        self._journal = journal
        self._stop = threading.Event()
        self._suspects: set[str] = set()  # tasks that this process has reported as failing

    def run(self) -> None:
        """Raises Unusable when there is nothing to work with at the start; later, a lost connection is waited for."""
        self._conninfo = _conninfo(self._options.dsn)
        try:
            self._connect()
        except ConnectionLost as error:
            raise Unusable(str(error)) from None
        try:
            self._work()
        finally:
            self._database.connection.close()
            self._journal.connected(False)

    def stop(self) -> None:
        """Give the tasks in hand back and end. A statement that goes on for too long is cancelled."""
        self._stop.set()
        timer = threading.Timer(PATIENCE, self._cancel_statement)
        timer.daemon = True
        timer.start()

    def _work(self) -> None:
        limit = self._options.max_seconds
        until = float("inf") if limit is None else time.monotonic() + limit
        failures = 0
        while not self._stop.is_set() and (left := until - time.monotonic()) > 0:
            try:
                if self._database.connection.closed:
                    self._connect()
                self._pass(min(left, ROUND))
            except DatabaseError as error:
                self._journal.trouble(str(error))
                if self._database.connection.closed:
                    self._journal.connected(False)
                if self._options.once or isinstance(error, SharedBackend):
                    raise Unusable(str(error)) from error
                failures += 1
                self._stop.wait(min(MAX_BACKOFF, 0.25 * 2**failures))
            else:
                failures = 0
                if self._options.once:
                    break
                self._stop.wait(min(left, POLL))

    def _connect(self) -> None:
        self._database = PsycopgDatabase(_connect(self._conninfo), self._stop)
        self._journal.connected(True)

    def _pass(self, max_seconds: float) -> None:
        """Work until the queue is empty, with settings and secrets as they are now."""
        worker = Worker(self._database, environment=os.environ, in_hand=self._options.concurrency, report=self._report)
        with suppress(Cancelled):
            self._database.tick()
            worker.run(None, None, max_seconds, linger=False, app_key=self._options.app_key)
        if self._suspects:
            self.failed_tasks += self._database.value(_COUNT_FAILED, list(self._suspects))
            self._suspects.clear()

    def _report(self, event: str, claim: dict[str, Any], **details: Any) -> None:
        if event == "failed":
            self._suspects.add(claim["task_id"])
        self._journal.task(event, claim, **details)

    def _cancel_statement(self) -> None:
        with suppress(psycopg.Error):
            self._database.connection.cancel_safe(timeout=PATIENCE)


@contextmanager
def stopped_by_signals(process: WorkerProcess) -> Iterator[None]:
    """SIGTERM and SIGINT end the process in order."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    previous = [signal.signal(number, lambda *_: process.stop()) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, previous, strict=True):
            signal.signal(number, handler)


def probe_from_here(connection: psycopg.Connection[Any], app_key: str) -> str:
    """Why the provider does not answer an app whose worker would run in this environment; empty when it does."""
    try:
        return probe(PsycopgDatabase(connection, threading.Event()), app_key, os.environ)
    except DatabaseError as error:
        raise error.__cause__ or error from None


def _connect(conninfo: str) -> psycopg.Connection[Any]:
    """A session in a database that holds this version. Raises ConnectionLost, Unusable."""
    try:
        connection = psycopg.connect(conninfo, autocommit=True, prepare_threshold=None)
    except psycopg.Error as error:
        raise ConnectionLost(f"no connection: {_first_line(error)}") from None
    try:
        # Hosted Supabase allows a statement two minutes; the sweep of a large collection may need more.
        connection.execute("set statement_timeout = 0")
        row = connection.execute("select version from supasaasy.installation").fetchone()
        if row != (__version__,):
            raise Unusable(f"the database holds version {row and row[0]}, this is {__version__}: they must be the same")
        return connection
    except psycopg.errors.UndefinedTable:
        problem: Exception = Unusable("supasaasy is not installed in this database: apply the migration first")
    except psycopg.errors.InsufficientPrivilege:
        problem = Unusable("this role may not do the work: connect as the role that applied the migration")
    except psycopg.Error as error:
        problem = ConnectionLost(f"connection lost: {_first_line(error)}")
    connection.close()
    raise problem


def _first_line(error: psycopg.Error) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _conninfo(dsn: str) -> str:
    """The DSN with our defaults. Raises Unusable."""
    try:
        told = conninfo_to_dict(dsn)
    except psycopg.Error:  # its message would quote the string, which may hold a password
        raise Unusable("the DSN is neither a connection string nor a URL of PostgreSQL") from None
    host, port = str(told.get("host", "")), str(told.get("port", ""))
    if port == "6543" and host.endswith((".supabase.com", ".supabase.co")):
        raise Unusable(f"port 6543 is Supabase's transaction pooler: {_SESSION_NEEDED}")
    return make_conninfo(**(_DEFAULTS | told))
