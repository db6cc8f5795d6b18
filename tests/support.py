"""What the tests share: one configuration, its secrets, and a database made from it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from supasaasy import Config, define_config, get_migrations
from supasaasy.worker import PsycopgDatabase
from supasaasy_runtime.database import DatabaseError
from supasaasy_runtime.worker import Worker

ENGINE = "plpython"  # or "external": where run_worker runs it

DOUBLES = Path(__file__).parent / "doubles"
PATIENCE = 60.0  # seconds, for what takes a fraction of one

# What the tests' servers find in their environment.
API_KEY = "sk_test_51supasaasydouble"
WEBHOOK_SECRET = "whsec_supasaasydouble"
INTERCOM_KEY = "dG9rOmludGVyY29tZG91Ymxl"
INTERCOM_SECRET = "intercomdouble"
NOTION_KEY = "ntn_supasaasydouble"
NOTION_SECRET = "secret_notiondouble"
ODD_SECRET = "a\\000ODD_KEY=b\\\\c=ü\nd"
SECRETS = {
    "STRIPE_API_KEY": API_KEY,
    "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
    "INTERCOM_API_KEY": INTERCOM_KEY,
    "INTERCOM_WEBHOOK_SECRET": INTERCOM_SECRET,
    "NOTION_API_KEY": NOTION_KEY,
    "NOTION_WEBHOOK_SECRET": NOTION_SECRET,
    "ODD_SECRET": ODD_SECRET,
}

# Port 1 refuses connections: a test points the app at the provider it has started.
CONFIG = define_config(
    {
        "apps": [
            {
                "app_key": "stripe_prod",
                "name": "Stripe",
                "connector": "stripe",
                "config": {
                    "api_key_env": "STRIPE_API_KEY",
                    "webhook_secret_env": "STRIPE_WEBHOOK_SECRET",
                    "base_url": "http://127.0.0.1:1",
                    "allow_unsafe_base_url": True,
                    "rate_limit": 100_000,
                },
            }
        ]
    }
)


def execute_file(connection: psycopg.Connection[Any], path: Path) -> None:
    connection.execute(path.read_bytes())


def load_template(**where: Any) -> None:
    """Fill pytest-postgresql's template database."""
    load_migration(CONFIG, **where)


def load_migration(config: Config, *, host: str, port: int | str, user: str, dbname: str, **_: Any) -> None:
    """Doubles of what Supabase has, then the migration of a configuration."""
    with psycopg.connect(host=host, port=port, user=user, dbname=dbname) as connection:
        execute_file(connection, DOUBLES / "cron.sql")
        execute_file(connection, DOUBLES / "vault.sql")
        connection.execute(get_migrations(config, bundle_pgmq=True).encode())


def point_app_at(connection: psycopg.Connection[Any], base_url: str, app_key: str = "stripe_prod") -> None:
    """Let an app of this database sync from another host."""
    connection.execute(
        "update supasaasy.apps set config = jsonb_set(config, '{base_url}', to_jsonb(%s::text)) where app_key = %s",
        (base_url, app_key),
    )


def add_app(connection: psycopg.Connection[Any], app_key: str) -> None:
    """A further app that syncs from where stripe_prod does."""
    connection.execute(
        """
        insert into supasaasy.apps (app_key, name, connector, config, resources)
        select %s, name, connector, config, resources from supasaasy.apps where app_key = 'stripe_prod'
        """,
        (app_key,),
    )


def query(connection: psycopg.Connection[Any], statement: str, *arguments: Any) -> list[Any]:
    """All rows."""
    return connection.execute(statement.encode(), arguments or None).fetchall()


def value(connection: psycopg.Connection[Any], statement: str, *arguments: Any) -> Any:
    """The one value of the first row."""
    return query(connection, statement, *arguments)[0][0]


def start_sync(
    connection: psycopg.Connection[Any],
    mode: str = "full",
    resources: list[str] | None = None,
    app_key: str = "stripe_prod",
) -> str:
    """Ask for a sync and return its job's id."""
    job_id: str = value(connection, "select supasaasy.sync(%s, %s, %s) ->> 'job_id'", app_key, mode, resources)
    return job_id


def job_status(connection: psycopg.Connection[Any], job_id: str) -> Any:
    return value(connection, "select supasaasy.job_status(%s, true)", job_id)


def run_worker(
    connection: psycopg.Connection[Any],
    job_id: str | None = None,
    max_tasks: int | None = None,
    max_seconds: int = 50,
) -> None:
    """Work through the queue in this session, with the engine that the fixture `engine` names."""
    if ENGINE == "plpython":
        connection.execute("call supasaasy.run_worker(%s, %s, %s)", (job_id, max_tasks, max_seconds))
        return
    try:
        Worker(PsycopgDatabase(connection, threading.Event())).run(job_id, max_tasks, max_seconds, linger=False)
    except DatabaseError as error:
        raise psycopg.OperationalError(str(error)) from error  # as the other engine's caller gets it


def sync(
    connection: psycopg.Connection[Any],
    mode: str = "full",
    resources: list[str] | None = None,
    app_key: str = "stripe_prod",
) -> Any:
    """Sync, with a worker in this session, and return the job's status with its tasks."""
    job_id = start_sync(connection, mode, resources, app_key)
    run_worker(connection)
    return job_status(connection, job_id)


def wait_until(condition: Callable[[], Any]) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


@contextmanager
def in_background(work: Callable[[], Any]) -> Iterator[None]:
    """Run something beside the block; a session that is killed meanwhile is no error."""

    def run() -> None:
        with suppress(psycopg.Error):
            work()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def receive_as(
    connection: psycopg.Connection[Any], app_key: str, headers: dict[str, str], body: str
) -> tuple[int, Any]:
    """The status and the body with which one webhook of an app is answered."""
    statement = "select status, response from supasaasy.receive_webhook(%s, %s, %s)"
    answer: tuple[int, Any] = query(connection, statement, app_key, json.dumps(headers), body)[0]
    return answer
