"""`supasaasy status`: what `supasaasy.health()` returns, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

_COLOURS = {"ok": "green", "warning": "yellow", "error": "red"}


def print_health(health: dict[str, Any], console: Console) -> None:
    """Tables, and at the end the verdict with its reasons; no frames and no width limit where a script reads."""
    for part in render_health(health, framed=console.is_terminal):
        console.print(part, soft_wrap=not console.is_terminal)


def render_health(health: dict[str, Any], *, framed: bool = True) -> Iterator[Table | Text]:
    rows = [
        (app["app_key"], collection["resource_type"], _count(collection), _age(collection["age_seconds"]))
        for app in health["apps"]
        for collection in app["collections"]
    ]
    yield _table(("app", "collection", "rows", "last success"), rows, framed)
    queues = [(queue["queue"], str(queue["depth"]), _duration(queue["oldest_seconds"])) for queue in health["queues"]]
    yield _table(("queue", "messages", "oldest due for"), queues, framed)
    schedules = [
        (
            entry["name"],
            entry["schedule"] if entry["active"] else "disabled",
            entry["last_run_at"] or "never",
            _run(entry),
        )
        for entry in health["schedules"]
    ]
    yield _table(("schedule", "when", "last run", "result"), schedules, framed)
    yield Text(f"{health['status']}  (supasaasy {health['version']})", _COLOURS[health["status"]])
    for reason in health["reasons"]:
        yield Text(f"- {reason}")


def _table(columns: tuple[str, ...], rows: Sequence[Sequence[str]], framed: bool) -> Table:
    # Text, since what comes from a database is no markup.
    table = Table(*columns, box=Table().box if framed else None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _count(collection: dict[str, Any]) -> str:
    return f"{'about ' if collection['rows_estimated'] else ''}{collection['rows']:,}"


def _age(seconds: float | None) -> str:
    return "never" if seconds is None else f"{_duration(seconds)} ago"


def _duration(seconds: float | None) -> str:
    return "" if seconds is None else str(timedelta(seconds=round(seconds)))


def _run(entry: dict[str, Any]) -> str:
    return ": ".join(part for part in (entry["last_status"], entry["last_message"]) if part)
