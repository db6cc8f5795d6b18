"""What the fault tests share: ways to let things fail, and what must hold after each fault."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path
from typing import Any

import psycopg

from supasaasy import get_migrations
from tests.providers import faults
from tests.providers.server import Request
from tests.providers.stripe import StripeProvider
from tests.support import CONFIG, in_background, job_status, query, run_worker, start_sync, wait_until
from tests.webhooks import support as webhooks

Database = psycopg.Connection[Any]

# What earlier versions generated from tests.support.CONFIG; never changed once it is here.
EARLIER = sorted((Path(__file__).parents[1] / "upgrade").glob("*.sql.gz"))


def second_page(request: Request) -> bool:
    return request.path == "/v1/customers" and "starting_after" in request.query


def sequentially(database: Database) -> None:
    """One request at a time, so that page one is stored before page two is asked for."""
    database.execute("""update supasaasy.apps set config = config || '{"concurrency": 1}'""")


def one_by_one(database: Database) -> None:
    """One request at a time, and one attempt for a task: it ends with its first failure."""
    sequentially(database)
    database.execute(
        """
        create function public.one_attempt() returns trigger language plpgsql
        as $$ begin new.max_attempts := 1; return new; end $$;
        create trigger one_attempt before insert on supasaasy.sync_jobs
        for each row execute function public.one_attempt();
        """
    )


def install_earlier(database: Database, migration: Path) -> None:
    """Put an earlier version in the place of today's."""
    database.execute("drop schema supasaasy, pgmq cascade; delete from cron.job")
    with database.transaction():
        database.execute(gzip.decompress(migration.read_bytes()))


def migrate(database: Database, stripe: StripeProvider, **changes: Any) -> None:
    """Apply today's migration, with the same configuration as before but for these changes of the app's `config`."""
    app = CONFIG.apps[0]
    settings = app.config.model_copy(update={"base_url": stripe.url, **changes})
    config = CONFIG.model_copy(update={"apps": (app.model_copy(update={"config": settings}),)})
    with database.transaction():
        database.execute(get_migrations(config, bundle_pgmq=True).encode())


def leave_a_sync_half_done(database: Database, stripe: StripeProvider, other: Database) -> None:
    """A sync of customers is cancelled when its first page is stored: its task waits with a checkpoint."""
    sequentially(database)
    hanging = stripe.fault(faults.hang(), match=second_page, times=None)
    job_id = start_sync(database, resources=["customer"])
    with in_background(lambda: database.execute("call supasaasy.run_worker()")):
        wait_until(lambda: hanging.hits and job_status(other, job_id)["processed_entities"] == 100)
        other.execute("select pg_cancel_backend(%s)", (database.info.backend_pid,))
    stripe.clear_faults()


def kill_once(database: Database, trigger: str) -> None:
    """Let the first backend that meets this trigger be killed there."""
    database.execute(
        f"""
        create sequence public.kills;
        create function public.kill() returns trigger language plpgsql
        as $$
        begin
            if nextval('public.kills') = 1 then
                perform pg_terminate_backend(pg_backend_pid());
            end if;
            return new;
        end $$;
        create {trigger} execute function public.kill();
        """.encode()
    )


def failing_writes(database: Database, when: str, times: int) -> None:
    """Let writes fail as on a full disk: the first `times` that a trigger created with `when` meets."""
    database.execute(
        f"""
        create sequence public.failures;
        create function public.fail() returns trigger language plpgsql
        as $$
        begin
            if nextval('public.failures') <= {times} then
                raise exception 'could not extend file: No space left on device' using errcode = 'disk_full';
            end if;
            return new;
        end $$;
        create trigger fail {when} execute function public.fail();
        """.encode()
    )


def work_again(database: Database) -> None:
    """What is to be tried again later is due now: let a worker do it."""
    database.execute("update pgmq.q_supasaasy_tasks set vt = now()")
    database.execute("update pgmq.q_supasaasy_webhooks set vt = now()")
    run_worker(database)


def receive(database: Database, event: dict[str, Any]) -> None:
    """A webhook arrives, and is accepted."""
    body = json.dumps(event)
    assert webhooks.receive(database, body, webhooks.signed(body, at=int(time.time()))) == (200, {"success": True})


def assert_copied(database: Database, stripe: StripeProvider, *names: str) -> None:
    """Nothing is lost, doubled, stale or wrongly deleted: the live rows are the provider's objects."""
    for name in names or ("customer",):
        live = query(database, f"select external_id, raw_payload from supasaasy.stripe_{name}s")
        assert sorted(external_id for external_id, _ in live) == sorted(made["id"] for made in stripe.objects(name))
        assert dict(live) == {made["id"]: made for made in stripe.objects(name)}


def assert_nothing_is_stuck(database: Database) -> None:
    """Every job has ended as all of its tasks have, and no message and no lease is left of them."""
    assert query(database, "select status from supasaasy.sync_jobs where completed_at is null") == []
    assert (
        query(
            database,
            "select status, lease_token from supasaasy.sync_job_tasks"
            " where status in ('pending', 'processing') or lease_token is not null or completed_at is null",
        )
        == []
    )
    assert query(database, "select error_message from supasaasy.webhook_events where status = 'pending'") == []
    assert query(database, "select message from pgmq.q_supasaasy_tasks") == []
    assert query(database, "select message from pgmq.q_supasaasy_webhooks") == []
