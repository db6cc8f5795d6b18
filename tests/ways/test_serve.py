"""What only `supasaasy serve` does: its command line, its limits, its log."""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from supasaasy.server import RateLimit, create_app
from tests.conftest import Database
from tests.support import PATIENCE, value, wait_until
from tests.ways.conftest import ADMIN_API_KEY, Front, admin, http, serving

SUPASAASY = Path(sys.executable).with_name("supasaasy")
SYNC = b'{"app_key": "stripe_prod"}'


def test_health_needs_no_key(served: Front) -> None:
    answer = served("GET", "/health")
    assert (answer.status, answer.body) == (200, {"success": True})


@pytest.mark.parametrize(("method", "path"), [("GET", "/health"), ("POST", "/webhook/stripe_prod")])
def test_without_its_database_it_says_unavailable(monkeypatch: pytest.MonkeyPatch, method: str, path: str) -> None:
    monkeypatch.setattr("supasaasy.server.POOL_SECONDS", 0.1)
    with serving("host=127.0.0.1 port=1") as address:
        answer = http(address, method, path)
    assert (answer.status, answer.body) == (503, {"success": False, "error": "Service unavailable"})


def test_it_goes_on_asking_for_a_database_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """At intervals that do not grow without bound, so that it is found soon after it is back."""
    monkeypatch.setattr("supasaasy.server.POOL_SECONDS", 0.1)
    monkeypatch.setattr("supasaasy.server.RECONNECT_SECONDS", 0.1)
    attempts = 0

    def hang_up() -> None:
        nonlocal attempts
        with suppress(OSError):  # when it is closed
            while True:
                listener.accept()[0].close()
                attempts += 1

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor() as threads:
        threads.submit(hang_up)
        with serving(f"host=127.0.0.1 port={listener.getsockname()[1]}") as address:
            assert [http(address, "GET", "/health").status for _ in range(20)] == [503] * 20
        listener.shutdown(socket.SHUT_RDWR)
    assert attempts >= 10


def test_it_outlives_a_restart_of_the_server(served: Front, database: Database) -> None:
    assert served("GET", "/health").status == 200
    database.execute(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'supasaasy serve'"
        " and datname = current_database()"
    )
    assert served("GET", "/health").status == 200


def test_other_paths_are_not_found(served: Front) -> None:
    for path in (
        "/webhook",
        "/webhook/",
        "/webhook/a/b",
        "/sync/",
        "/functions/v1",
        "/functions/v1/",
        "/docs",
        "/assets/x",
    ):
        answer = served("GET", path)
        assert (path, answer.status, answer.body) == (path, 404, {"success": False, "error": "Not found"})


def test_an_address_that_asks_too_much_is_told_when_to_come_back(database: Database) -> None:
    with serving(database.info.dsn, rate_limit=0.1) as address:
        assert http(address, "GET", "/health").status == 200
        refused = http(address, "GET", "/health")
    assert (refused.status, refused.body) == (429, {"success": False, "error": "Too many requests"})
    assert 1 <= int(refused.headers["retry-after"]) <= 10


def test_the_rate_limit_allows_ten_seconds_worth_at_once_and_then_the_rate() -> None:
    now = 0.0
    limit = RateLimit(create_app("", admin_api_key="key", rate_limit=1), per_second=2, clock=lambda: now)
    assert [limit.wait("a") for _ in range(21)] == [0.0] * 20 + [0.5]
    assert limit.wait("b") == 0.0
    now = 0.5
    assert [limit.wait("a"), limit.wait("a")] == [0.0, 0.5]


def test_the_rate_limit_forgets_addresses_that_have_gone() -> None:
    now = 0.0
    limit = RateLimit(create_app("", admin_api_key="key", rate_limit=1), per_second=2, clock=lambda: now)
    for number in range(RateLimit.MAX_ADDRESSES):
        limit.wait(str(number))
    now = 1.0
    limit.wait("new")
    assert len(limit._used_until) == 1


def test_the_log_shows_paths_without_query_and_no_key(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with serving(database.info.dsn) as address:
        http(address, "GET", "/a%0Ab?apikey=hidden")
        http(address, "GET", "/job-status/x", headers=admin())
    lines = [record.getMessage() for record in caplog.records if record.name == "supasaasy.access"]
    assert [line.rsplit(" ", 2)[0] for line in lines] == [
        "127.0.0.1 GET /a%0Ab 404",
        "127.0.0.1 GET /job-status/x 400",
    ]
    assert "hidden" not in caplog.text
    assert ADMIN_API_KEY not in caplog.text


def test_the_log_says_why_webhooks_are_refused_for_a_missing_secret(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    database.execute("""update supasaasy.apps set config = config || '{"webhook_secret_env": "NO_SUCH"}'""")
    with serving(database.info.dsn) as address:
        answer = http(address, "POST", "/webhook/stripe_prod", b"{}")
    assert (answer.status, answer.body) == (503, {"success": False, "error": "Service Unavailable"})
    assert [record.getMessage() for record in caplog.records if record.name == "supasaasy.server"] == [
        "webhooks of 'stripe_prod' are refused: the app's webhook secret is missing, supasaasy doctor says which"
    ]


# The command line ------------------------------------------------------------------------------------------------


def command(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [SUPASAASY, "serve", "--port", "0", *arguments],
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"} | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def address_of(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"running on http://(\S+)", line):
            return found[1]
    raise AssertionError("it did not start")


def test_a_request_under_way_is_finished_when_it_is_told_to_stop(database: Database) -> None:
    process = command(DATABASE_URL=database.info.dsn, ADMIN_API_KEY=ADMIN_API_KEY)
    try:
        address = address_of(process)
        with ThreadPoolExecutor() as threads:
            with database.transaction():
                database.execute("lock table supasaasy.sync_jobs")
                answer = threads.submit(http, address, "POST", "/sync", SYNC, admin())
                wait_until(lambda: value(database, "select count(*) from pg_locks where not granted") > 0)
                process.send_signal(signal.SIGTERM)
            assert answer.result(PATIENCE).status == 200
        process.wait(PATIENCE)
    finally:
        process.kill()
        _, errors = process.communicate()
    assert "Traceback" not in errors
    assert ADMIN_API_KEY not in errors


def test_it_does_not_start_without_an_admin_key(database: Database) -> None:
    for environment in ({}, {"ADMIN_API_KEY": ""}, {"ADMIN_API_KEY": " "}):
        process = command("--dsn", database.info.dsn, **environment)
        _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode != 0
        assert "there is no admin API key for callers to present: set ADMIN_API_KEY" in errors
        assert "Traceback" not in errors


def test_without_its_packages_it_says_which_extra_to_install() -> None:
    code = "import sys; sys.modules['starlette'] = None; from supasaasy.cli import app; app(['serve'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "is missing: install supasaasy with the extra server, from a clone: pip install '.[server]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_does_not_start_without_its_database() -> None:
    process = command("--dsn", "host=127.0.0.1 port=1 password=hidden", ADMIN_API_KEY=ADMIN_API_KEY)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "connection" in errors
    assert "hidden" not in errors
    assert "Traceback" not in errors
