"""Jobs as they go on: a bar for each task at a terminal, a line for each change elsewhere."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from supasaasy.connection import Connection
from supasaasy.progress import Expectations
from supasaasy.queries import read_health, read_job, read_running_jobs
from supasaasy.status import print_health, render_health

POLL = 0.5  # seconds between two looks at a job
ROUND = 2.0  # seconds between two looks at everything
QUIET = 5.0  # seconds between two lines about the same task, where nothing but its count changes

Job = Mapping[str, Any]


class RowsPerSecond(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f} rows/s" if speed else "")


class Bars:
    """A bar for each task of the jobs shown; without an expectation it shows no share, and no time that is left."""

    def __init__(self, console: Console, health: Job) -> None:
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[status]}"),
            TextColumn("{task.completed:,.0f} rows"),
            RowsPerSecond(),
            TextColumn("{task.fields[pages]:,} pages"),
            TimeRemainingColumn(),
            console=console,
        )
        self._bars: dict[str, TaskID] = {}
        self._expectations = Expectations(health)

    def show(self, job: Job) -> None:
        for task in job["tasks"]:
            done, state = task["processed_entities"], {"status": task["status"], "pages": task["pages"]}
            total = self._expectations.of(job["app_key"], task)
            if task["task_id"] not in self._bars:
                name = f"{job['app_key']} {task['resource_type']}"
                self._bars[task["task_id"]] = self.progress.add_task(name, total=total, completed=done, **state)
            self.progress.update(self._bars[task["task_id"]], total=total, completed=done, **state)

    def keep(self, jobs: Sequence[Job]) -> None:
        """Drop the bars of all other jobs."""
        kept = {task["task_id"] for job in jobs for task in job["tasks"]}
        for task_id in self._bars.keys() - kept:
            self.progress.remove_task(self._bars.pop(task_id))


class Lines:
    """A line for each task whose status has changed, and now and then for one whose count has."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said: dict[str, tuple[str, int, float]] = {}

    def show(self, job: Job) -> None:
        for task in job["tasks"]:
            status, rows = task["status"], task["processed_entities"]
            said_status, said_rows, said_at = self._said.get(task["task_id"], ("pending", 0, 0.0))
            grown = rows != said_rows and time.monotonic() - said_at >= QUIET
            if status != said_status or grown:
                self._said[task["task_id"]] = (status, rows, time.monotonic())
                line = f"{task['resource_type']}: {status}, {rows:,} rows, {task['pages']:,} pages"
                self._console.print(Text(line), soft_wrap=True)


@contextmanager
def _shown(console: Console, health: Job) -> Iterator[Bars | Lines]:
    if not console.is_terminal:
        yield Lines(console)
        return
    bars = Bars(console, health)
    with bars.progress:
        yield bars


def start_sync(connection: Connection, app_key: str, mode: str, resources: list[str] | None) -> dict[str, Any]:
    """What `supasaasy.sync()` returns."""
    row = connection.execute("select supasaasy.sync(%s, %s, %s)", (app_key, mode, resources)).fetchone()
    assert row is not None
    job: dict[str, Any] = row[0]
    return job


def watch_job(connection: Connection, job_id: str, console: Console) -> dict[str, Any]:
    """Show a job until it has ended, and return its last state. Whoever interrupts this leaves the job running."""
    health = read_health(connection)
    for found in health["problems"]:
        if found["about"] == "worker":
            console.print(Text(f"{found['problem']}: {found['remedy']}", "yellow"), soft_wrap=True)
    with _shown(console, health) as shown:
        while True:
            job = read_job(connection, job_id)
            shown.show(job)
            if job["completed_at"]:
                return job
            time.sleep(POLL)


def print_outcome(job: Job, console: Console) -> None:
    colour = "green" if job["status"] == "completed" else "red"
    console.print(Text(f"{job['status']}: {job['processed_entities']:,} rows", colour))
    if job["error_message"]:
        console.print(Text(job["error_message"], colour), soft_wrap=True)


def watch_status(connection: Connection, console: Console, *, as_json: bool = False) -> None:
    """Show the health of everything again and again until interrupted, at a terminal below bars of what goes on."""
    while as_json or not console.is_terminal:
        health = read_health(connection)
        if as_json:
            console.print(json.dumps(health), markup=False, soft_wrap=True)
        else:
            print_health(health, console)
        time.sleep(ROUND)
    bars = Bars(console, read_health(connection))
    with Live(console=console, screen=False, auto_refresh=False) as live:
        while True:
            jobs = read_running_jobs(connection)
            for job in jobs:
                bars.show(job)
            bars.keep(jobs)
            live.update(Group(bars.progress, *render_health(read_health(connection))), refresh=True)
            time.sleep(ROUND)
