"""What a worker process says: log lines as text or JSON, and Prometheus metrics when asked."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, Literal, Protocol

LOGGER = logging.getLogger("supasaasy.worker")

_LEVELS = {"failed": logging.WARNING, "lost": logging.WARNING, "stored": logging.DEBUG}


class Metrics(Protocol):
    """What is counted."""

    def count(self, event: str, app_key: str, collection_key: str, pages: int) -> None: ...

    def connected(self, is_connected: bool) -> None: ...


class Journal:
    """Where the worker says what happens to it and to its tasks."""

    def __init__(self, metrics: Metrics | None = None) -> None:
        self._metrics = metrics

    def task(self, event: str, claim: Mapping[str, Any], *, pages: int = 0, **details: Any) -> None:
        """`event` is claimed, stored, completed, failed, released or lost."""
        app_key, collection_key = claim["app_key"], claim["collection_key"]
        fields = {"app": app_key, "collection": collection_key, "job": claim["job_id"], "task": claim["task_id"]}
        LOGGER.log(_LEVELS.get(event, logging.INFO), "task %s", event, extra={"fields": fields | details})
        if self._metrics:
            self._metrics.count(event, app_key, collection_key, pages)

    def connected(self, is_connected: bool) -> None:
        LOGGER.info("connected" if is_connected else "disconnected")
        if self._metrics:
            self._metrics.connected(is_connected)

    def trouble(self, message: str) -> None:
        LOGGER.error(message)


def log_to_stderr(log_format: Literal["text", "json"]) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    LOGGER.handlers[:] = [handler]
    LOGGER.setLevel(logging.INFO)


class TextFormatter(logging.Formatter):
    """`2026-01-02T03:04:05Z INFO task claimed app=stripe_prod collection=stripe_customer …`"""

    def format(self, record: logging.LogRecord) -> str:
        message = " ".join(record.getMessage().split())  # a line stays a line
        fields = (f"{name}={_word(value)}" for name, value in _fields(record).items())
        return " ".join((_time(record), record.levelname, message, *fields))


class JsonFormatter(logging.Formatter):
    """One object a line: time, level, message, and what the message is about."""

    def format(self, record: logging.LogRecord) -> str:
        head = {"time": _time(record), "level": record.levelname.lower(), "message": record.getMessage()}
        return json.dumps(head | _fields(record), ensure_ascii=False)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    fields: dict[str, Any] = getattr(record, "fields", {})
    return fields


def _time(record: logging.LogRecord) -> str:
    return f"{datetime.fromtimestamp(record.created, timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def _word(value: Any) -> str:
    """As it is where it is a word, else in quotes."""
    text = str(value)
    return text if text.isprintable() and " " not in text else json.dumps(text, ensure_ascii=False)


class Prometheus:
    """Metrics at http://…:port/metrics, with the extra `metrics`."""

    def __init__(self, port: int) -> None:
        from prometheus_client import Counter, Gauge, start_http_server

        labels = ("app", "collection")
        self._tasks = Counter("supasaasy_tasks", "Tasks, by what became of them.", (*labels, "event"))
        self._pages = Counter("supasaasy_pages", "Pages stored.", labels)
        self._in_hand = Gauge("supasaasy_tasks_in_hand", "Tasks that this worker has in hand.")
        self._connected = Gauge("supasaasy_connected", "1 while there is a connection to the database.")
        start_http_server(port)

    def count(self, event: str, app_key: str, collection_key: str, pages: int) -> None:
        if event == "stored":
            self._pages.labels(app_key, collection_key).inc(pages)
            return
        self._tasks.labels(app_key, collection_key, event).inc()
        self._in_hand.inc(1 if event == "claimed" else -1)

    def connected(self, is_connected: bool) -> None:
        self._connected.set(is_connected)
        if not is_connected:  # what was in hand is anybody's
            self._in_hand.set(0)
