"""The database port inside PostgreSQL, over `plpy`, and the three ways in from SQL."""

from __future__ import annotations

import contextlib
import ctypes
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from .database import Argument, Cancelled, DatabaseError
from .probe import probe
from .worker import Worker

_QUERY_CANCELED = "57014"
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of glibc's mallopt(3)
_KEPT = 64 * 1024 * 1024  # bytes
_SWITCH_INTERVAL = 0.05  # seconds


class SpiDatabase:
    """The session that the PL/Python routine runs in. Only a procedure called at top level can commit."""

    blocks_threads = True  # PL/Python keeps Python's lock

    def __init__(self, plpy: Any, *, commits: bool) -> None:
        self._plpy = plpy
        self._commits = commits
        self._plans: dict[tuple[str, ...], Any] = {}

    def value(self, sql: str, *arguments: Argument) -> Any:
        if any("\0" in text for text in _texts(arguments)):
            raise DatabaseError("text with a NUL byte, which PostgreSQL would cut short")
        types = [_sql_type(argument) for argument in arguments]
        key = (sql, *types)
        try:
            plan = self._plans.get(key)
            if plan is None:
                plan = self._plans[key] = self._plpy.prepare(sql, types)
            row = self._plpy.execute(plan, list(arguments))[0]
        except self._plpy.SPIError as error:
            if error.sqlstate == _QUERY_CANCELED:
                raise Cancelled from error
            raise DatabaseError(str(error)) from error
        return next(iter(row.values()))

    def commit(self) -> None:
        if self._commits:
            self._plpy.commit()

    def tick(self) -> None:
        self.value("select 1")
        self.commit()


def _texts(arguments: Sequence[Argument]) -> Iterator[str]:
    for argument in arguments:
        if isinstance(argument, str):
            yield argument
        elif isinstance(argument, Sequence):
            yield from argument


def _sql_type(argument: Argument) -> str:
    if isinstance(argument, bool):
        return "boolean"
    if isinstance(argument, int):
        return "bigint"
    return "text" if argument is None or isinstance(argument, str) else "text[]"


@contextlib.contextmanager
def _patient_threads() -> Iterator[None]:
    """Let threads ask for Python's lock less often than every 5 ms: while a statement runs, they cannot have it."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_INTERVAL)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)


def _keep_memory() -> None:
    """Let the session keep the memory that it frees, so that the next pages find it.

    PostgreSQL frees some 20 MB after each statement that stores pages, and glibc gives them back to the system, which
    has to clear as many again: a tenth of the time of a sync.
    """
    with contextlib.suppress(OSError, AttributeError):  # another C library
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, _KEPT // 2)
        mallopt(_M_TRIM_THRESHOLD, _KEPT)


def run_worker(plpy: Any, job_id: str | None, max_tasks: int | None, max_seconds: int | None, linger: bool) -> None:
    """`call supasaasy.run_worker(...)`: work through the queue, a commit for each page."""
    _keep_memory()
    try:
        with _patient_threads():
            Worker(SpiDatabase(plpy, commits=True)).run(job_id, max_tasks, max_seconds, linger)
    except Cancelled as cancelled:
        raise cancelled.__cause__ or cancelled from None


def run_now(plpy: Any, job_id: str) -> str:
    """`supasaasy._run_now(job_id)`: one job, in the transaction of the caller. Returns its result as JSON."""
    database = SpiDatabase(plpy, commits=False)
    try:
        Worker(database).run(job_id, None, None, linger=False)
    except Cancelled as cancelled:
        raise cancelled.__cause__ or cancelled from None
    return json.dumps(json.loads(database.value("select supasaasy._job_result($1::uuid)", job_id)))


def run_probe(plpy: Any, app_key: str) -> str:
    """`supasaasy._probe(app_key)`: why the provider does not answer the app; empty when it does."""
    return probe(SpiDatabase(plpy, commits=False), app_key)
