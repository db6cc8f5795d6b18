"""`supasaasy sync` and `supasaasy status --watch`: jobs are started and looked at, and never depend on who looks."""

from __future__ import annotations

import io
import json
import signal
import subprocess
from collections.abc import Callable

import pytest
from rich.console import Console

from supasaasy.watch import Bars, Lines, watch_job, watch_status
from tests.commands import COMMAND, run
from tests.conftest import Database
from tests.providers import faults
from tests.providers.stripe import StripeProvider
from tests.support import PATIENCE, in_background, job_status, query, run_worker, start_sync, sync, value

# What is started in the background of a shell script ignores Ctrl-C, and passes that on.
INTERRUPTIBLE = ("env", "--default-signal=INT", COMMAND)


def terminal() -> tuple[Console, io.StringIO]:
    screen = io.StringIO()
    return Console(file=screen, force_terminal=True, width=160, height=100, color_system=None), screen


def bars_of(database: Database, job_id: str) -> str:
    """What a terminal shows of a job as it stands."""
    console, screen = terminal()
    bars = Bars(console, value(database, "select supasaasy.health()"))
    bars.show(job_status(database, job_id))
    console.print(bars.progress)
    return screen.getvalue()


def test_a_sync_is_started_and_named(database: Database) -> None:
    code, lines, messages = run(database, "sync", "stripe_prod", "--full", "--resource", "customer")
    [(job_id, mode, resources)] = query(database, "select id, mode, resource_types from supasaasy.sync_jobs")
    assert (code, lines, messages) == (0, [f"job {job_id} of stripe_prod: pending"], "")
    assert (mode, resources) == ("full", ["customer"])


def test_without_full_it_is_incremental_and_of_everything(database: Database) -> None:
    run(database, "sync", "stripe_prod")
    assert query(database, "select mode, cardinality(resource_types) from supasaasy.sync_jobs") == [("incremental", 5)]


def test_as_json_it_is_what_sync_returns(database: Database) -> None:
    code, lines, _ = run(database, "sync", "stripe_prod", "--json")
    job = json.loads("\n".join(lines))
    assert (code, job["status"]) == (0, "pending")
    assert job["job_id"] == str(value(database, "select id from supasaasy.sync_jobs"))


def test_what_cannot_be_started_is_said_with_what_is_valid(database: Database) -> None:
    assert run(database, "sync", "strip") == (
        1,
        [],
        "unknown app: 'strip'\nThe apps are 'stripe_prod'.\n",
    )


def test_a_sync_is_watched_to_its_end_in_plain_lines(
    database: Database, stripe: StripeProvider, connect: Callable[[], Database]
) -> None:
    stripe.add("customer", 250)
    job_id = start_sync(database, "full", ["customer"])
    with in_background(lambda: run_worker(connect())):
        code, lines, messages = run(database, "sync", "stripe_prod", "--full", "--resource", "customer", "--watch")
    assert (code, messages) == (0, "")
    assert lines[0] == f"job {job_id} of stripe_prod: already_running"
    assert lines[-2].startswith("customer: completed, 250 rows, ")
    assert lines[-1] == "completed: 250 rows"


def test_a_watched_sync_that_fails_says_why_and_exits_with_1(
    database: Database, stripe: StripeProvider, connect: Callable[[], Database]
) -> None:
    stripe.fault(faults.status(403), times=None)
    start_sync(database, "full", ["customer"])
    with in_background(lambda: run_worker(connect())):
        code, lines, _ = run(database, "sync", "stripe_prod", "--full", "--resource", "customer", "--watch", "--json")
    job = json.loads("\n".join(lines))
    assert (code, job["status"], len(job["tasks"])) == (1, "failed", 1)


def test_a_worker_that_is_not_there_is_told_of(database: Database) -> None:
    database.execute("update supasaasy.installation set worker_seen_at = '2020-01-01 00:00Z'")
    job_id = start_sync(database, resources=["customer"])
    database.execute("select supasaasy.cancel_job(%s)", (job_id,))
    console, screen = terminal()
    watch_job(database, job_id, console)
    assert "no worker has looked for tasks since 2020-01-01" in screen.getvalue()


def test_ctrl_c_leaves_the_job_running_and_says_so(database: Database) -> None:
    process = subprocess.Popen(
        [*INTERRUPTIBLE, "sync", "stripe_prod", "--watch", "--dsn", database.info.dsn],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("job ")
    process.send_signal(signal.SIGINT)
    _, messages = process.communicate(timeout=PATIENCE)
    [(job_id, status)] = query(database, "select id, status from supasaasy.sync_jobs")
    assert (process.returncode, status) == (130, "pending")
    assert messages == (
        f"The job goes on. supasaasy status --watch shows it; select supasaasy.cancel_job('{job_id}') ends it.\n"
    )


# At a terminal --------------------------------------------------------------------------------------------------


def test_a_first_sync_shows_rows_and_pages_and_no_time_that_is_left(database: Database) -> None:
    job_id = start_sync(database, resources=["customer", "plan"])
    database.execute(
        """
        update supasaasy.sync_job_tasks set status = 'processing', processed_entities = 1200, pages = 12
        where resource_type = 'customer'
        """
    )
    customer, plan = bars_of(database, job_id).splitlines()
    assert customer.startswith("stripe_prod customer ")
    assert customer.split()[-5:] == ["processing", "1,200", "rows", "12", "pages"]
    assert plan.split()[-5:] == ["pending", "0", "rows", "0", "pages"]


def test_a_later_full_sync_expects_as_many_rows_as_are_here(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", 150)
    sync(database, resources=["customer"])
    job_id = start_sync(database, resources=["customer"])
    console, _ = terminal()
    bars = Bars(console, value(database, "select supasaasy.health()"))
    for rows in (50, 75, 100):
        database.execute(
            "update supasaasy.sync_job_tasks set status = 'processing', processed_entities = %s where job_id = %s",
            (rows, job_id),
        )
        bars.show(job_status(database, job_id))
    [task] = bars.progress.tasks
    assert (task.completed, task.total) == (100, 150)
    assert task.speed is not None and task.time_remaining is not None


def test_a_task_that_has_ended_has_a_full_bar(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", 3)
    job_id = sync(database, resources=["customer"])["job_id"]
    console, _ = terminal()
    bars = Bars(console, value(database, "select supasaasy.health()"))
    bars.show(job_status(database, job_id))
    assert [task.finished for task in bars.progress.tasks] == [True]


def test_status_shows_what_is_under_way_above_the_health_and_only_that(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = start_sync(database, resources=["plan"])
    rounds = iter([lambda: database.execute("select supasaasy.cancel_job(%s)", (ended,))])
    start_sync(database, resources=["customer"])
    screens: list[str] = []
    console, screen = terminal()

    def look(seconds: float) -> None:
        screens.append(screen.getvalue())
        screen.truncate(0)
        next(rounds, _interrupt)()

    monkeypatch.setattr("supasaasy.watch.time.sleep", look)
    with pytest.raises(KeyboardInterrupt):
        watch_status(database, console)
    assert "supasaasy_tasks" in screens[0]
    assert ["stripe_prod plan" in screens[0], "stripe_prod plan" in screens[1]] == [True, False]
    assert "stripe_prod customer" in screens[1]


def _interrupt() -> None:
    raise KeyboardInterrupt


# Elsewhere ------------------------------------------------------------------------------------------------------


def test_status_is_printed_again_and_again_until_interrupted(database: Database) -> None:
    process = subprocess.Popen(
        [*INTERRUPTIBLE, "status", "--watch", "--json", "--dsn", database.info.dsn], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    first, second = (json.loads(process.stdout.readline()) for _ in range(2))
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 0
    assert first["checked_at"] < second["checked_at"]


def test_a_line_is_printed_when_a_status_changes_and_not_for_every_page() -> None:
    screen = io.StringIO()
    lines = Lines(Console(file=screen))
    task = {"task_id": "1", "resource_type": "customer", "pages": 0, "processed_entities": 0}
    for status, rows in (("pending", 0), ("processing", 0), ("processing", 100), ("completed", 150)):
        lines.show({"tasks": [task | {"status": status, "processed_entities": rows, "pages": rows // 100}]})
    assert screen.getvalue().splitlines() == [
        "customer: processing, 0 rows, 0 pages",
        "customer: completed, 150 rows, 1 pages",
    ]
