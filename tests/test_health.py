"""`supasaasy.health()` and `supasaasy status`: is everything fresh, is anything stuck, what is to be done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from supasaasy.cli import app
from tests.conftest import Database
from tests.providers import faults
from tests.providers.stripe import StripeProvider
from tests.support import query, start_sync, sync, value


@pytest.fixture(autouse=True)
def worker_was_seen(database: Database) -> Iterator[None]:
    """As in a database whose worker has just looked for tasks."""
    database.execute("select supasaasy._note_worker()")
    yield


def health(database: Database) -> Any:
    return value(database, "select supasaasy.health()")


@pytest.fixture
def was_synced(database: Database) -> None:
    """As in a database where every collection was synced once."""
    database.execute(
        """
        insert into supasaasy.sync_state (app_key, collection_key, last_success_at)
        select 'stripe_prod', collection_key, supasaasy._now() from supasaasy.collections where parent_key is null
        """
    )


def later(database: Database, interval: str) -> None:
    """Move the clock of this session."""
    database.execute("select set_config('supasaasy.now', (clock_timestamp() + %s::interval)::text, false)", (interval,))


def collection(database: Database, name: str) -> Any:
    [found] = [entry for entry in health(database)["apps"][0]["collections"] if entry["resource_type"] == name]
    return found


def run(database: Database, *arguments: str, **options: Any) -> tuple[int, str, str]:
    """`supasaasy status` against the test's database, as a script would call it: exit code, stdout, stderr."""
    environment = {"SUPASAASY_DSN": database.info.dsn, "COLUMNS": "200"} | options.get("environment", {})
    result = CliRunner().invoke(app, ["status", *arguments], env=environment)
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.usefixtures("was_synced")
def test_where_everything_is_synced_all_is_well(database: Database) -> None:
    report = health(database)
    assert (report["status"], report["reasons"], report["problems"]) == ("ok", [], [])
    assert [entry["resource_type"] for entry in report["apps"][0]["collections"]] == [
        *("customer", "plan", "price", "product", "subscription", "subscription_item")
    ]


def test_a_new_installation_says_what_was_never_synced_and_how_to(database: Database) -> None:
    report = health(database)
    assert report["status"] == "warning"
    assert report["problems"] == [
        {
            "about": "sync",
            "problem": "stripe_prod: never synced: customer, plan, price, product, subscription",
            "remedy": "select supasaasy.sync('stripe_prod', 'full')",
        }
    ]
    assert report["reasons"] == [
        "stripe_prod: never synced: customer, plan, price, product, subscription: "
        "select supasaasy.sync('stripe_prod', 'full')"
    ]
    start_sync(database)
    assert health(database)["reasons"] == []


@pytest.mark.usefixtures("was_synced")
def test_a_missing_secret_is_a_reason_that_says_how_to_supply_it(database: Database) -> None:
    database.execute("""update supasaasy.apps set config = config || '{"webhook_secret_env": "NO_SUCH_SECRET"}'""")
    report = health(database)
    assert report["apps"][0]["missing_secrets"] == ["NO_SUCH_SECRET"]
    assert report["reasons"] == [
        "the secret NO_SUCH_SECRET of stripe_prod is missing: select vault.create_secret('...', 'NO_SUCH_SECRET')"
    ]


@pytest.mark.usefixtures("was_synced")
def test_a_key_that_only_the_worker_outside_may_have_is_no_reason(database: Database) -> None:
    database.execute("""update supasaasy.apps set config = config || '{"api_key_env": "NO_SUCH_KEY"}'""")
    assert health(database)["status"] == "warning"
    database.execute("update supasaasy.installation set runtime = 'external'")
    report = health(database)
    assert (report["status"], report["apps"][0]["missing_secrets"]) == ("ok", ["NO_SUCH_KEY"])


@pytest.mark.usefixtures("was_synced")
def test_a_worker_schedule_that_is_disabled_is_a_reason(database: Database) -> None:
    database.execute("update cron.job set active = false where jobname = 'supasaasy:worker:1'")
    [problem] = health(database)["problems"]
    assert (problem["about"], problem["problem"]) == ("schedule", "schedule supasaasy:worker:1 is disabled")
    database.execute(problem["remedy"].encode())
    assert health(database)["status"] == "ok"


def test_a_synced_collection_says_how_many_rows_and_how_old(database: Database, stripe: StripeProvider) -> None:
    stripe.add("subscription", 7)
    sync(database)
    later(database, "100 seconds")
    database.execute("select supasaasy._note_worker()")
    for name in ("subscription", "subscription_item"):
        entry = collection(database, name)
        assert (entry["rows"], entry["rows_estimated"], entry["last_error"]) == (7, False, None)
        assert 100 <= entry["age_seconds"] < 200
        assert datetime.fromisoformat(entry["last_success_at"]).tzinfo is not None


def test_the_last_error_of_a_collection_is_a_reason_until_it_syncs_again(
    database: Database, stripe: StripeProvider
) -> None:
    refused = stripe.fault(faults.status(403), times=None)
    sync(database)
    message = "the provider answered 403: The provider double answers 403."
    assert message in collection(database, "customer")["last_error"]
    report = health(database)
    assert report["status"] == "warning"
    assert [message in reason for reason in report["reasons"]] == [True] * 5
    assert report["reasons"][0].startswith("stripe_prod: customer: ")
    assert report["reasons"][0].endswith(": once that is mended: select supasaasy.sync('stripe_prod')")

    refused.release()
    sync(database)
    assert collection(database, "customer")["last_error"] is None
    assert health(database)["status"] == "ok"


def test_many_rows_are_estimated(database: Database) -> None:
    database.execute(
        """
        insert into supasaasy.stripe_product (app_key, external_id, raw_payload, observed_at, created_at, updated_at)
        select 'stripe_prod', n::text, '{}', now(), now(), now() from generate_series(1, 60000) as n;
        analyze supasaasy.stripe_product;
        """
    )
    entry = collection(database, "product")
    assert entry["rows_estimated"] is True
    assert 55_000 < entry["rows"] < 65_000


@pytest.mark.usefixtures("was_synced")
def test_a_queue_that_nobody_works_on_is_a_reason(database: Database) -> None:
    start_sync(database, resources=["customer", "price"])
    [queue] = [entry for entry in health(database)["queues"] if entry["queue"] == "supasaasy_tasks"]
    assert (queue["depth"], queue["oldest_seconds"] < 60) == (2, True)
    later(database, "20 minutes")
    database.execute("select supasaasy._note_worker()")
    [reason] = health(database)["reasons"]
    assert reason.startswith("queue supasaasy_tasks: 2 messages, the oldest due for 1")


def test_a_message_that_waits_for_its_retry_is_not_overdue(database: Database) -> None:
    start_sync(database, resources=["customer"])
    database.execute("update pgmq.q_supasaasy_tasks set vt = now() + interval '1 hour'")
    [queue] = [entry for entry in health(database)["queues"] if entry["queue"] == "supasaasy_tasks"]
    assert (queue["depth"], queue["oldest_seconds"]) == (1, None)


def test_a_worker_that_has_not_been_seen_is_an_error_that_says_where_to_look(database: Database) -> None:
    seen = health(database)["worker"]
    assert seen["alive"] is True
    later(database, "4 minutes")
    report = health(database)
    assert (report["status"], report["worker"]) == ("error", seen | {"alive": False})
    assert report["reasons"][0].startswith("no worker has looked for tasks since ")
    assert report["reasons"][0].endswith(
        ": does pg_cron run? select * from cron.job_run_details order by runid desc limit 5"
    )


def test_a_worker_is_seen_when_it_looks_for_tasks_and_when_it_renews_a_lease(database: Database) -> None:
    for minutes, call in (
        (10, "_claim_task(60)"),
        (20, "_renew_lease(id, lease_token, 60) from supasaasy.sync_job_tasks"),
    ):
        later(database, f"{minutes} minutes")
        assert health(database)["worker"]["alive"] is False
        if minutes == 10:
            start_sync(database, resources=["customer"])
        database.execute(f"select supasaasy.{call}".encode())
        assert health(database)["worker"]["alive"] is True


@pytest.mark.usefixtures("was_synced")
def test_a_schedule_says_how_its_last_run_went(database: Database) -> None:
    database.execute(
        """
        insert into cron.job_run_details (jobid, status, return_message, start_time)
        select jobid, run.status, run.message, run.start_time
        from cron.job
        cross join (
            values ('succeeded', 'CALL', timestamptz '2026-01-01 00:00Z'), ('failed', 'ERROR: no', '2026-01-02 00:00Z')
        ) as run(status, message, start_time)
        where jobname = 'supasaasy:prune'
        """
    )
    report = health(database)
    [schedule] = [entry for entry in report["schedules"] if entry["name"] == "supasaasy:prune"]
    assert schedule == {
        "name": "supasaasy:prune",
        "schedule": "23 4 * * *",
        "active": True,
        "last_run_at": "2026-01-02T00:00:00+00:00",
        "last_status": "failed",
        "last_message": "ERROR: no",
    }
    assert report["reasons"] == [
        "schedule supasaasy:prune failed at 2026-01-02T00:00:00+00:00: ERROR: no: "
        "select * from cron.job_run_details order by runid desc limit 5"
    ]


@pytest.mark.usefixtures("was_synced")
def test_a_pg_cron_that_is_not_let_in_is_a_reason_with_what_lets_it_in(database: Database) -> None:
    database.execute(
        "insert into cron.job_run_details (jobid, status, return_message) select jobid, 'failed', 'connection failed'"
        " from cron.job where jobname = 'supasaasy:prune'"
    )
    assert health(database)["reasons"] == [
        "schedule supasaasy:prune failed: connection failed: pg_cron is not let in: "
        "set cron.use_background_workers = on and restart the server, or let it in by pg_hba.conf or a .pgpass"
    ]


@pytest.mark.usefixtures("was_synced")
def test_of_an_error_of_many_lines_the_first_is_a_reason(database: Database) -> None:
    database.execute(
        "insert into cron.job_run_details (jobid, status, return_message, start_time)"
        " select jobid, 'failed', E'ERROR: no\nCONTEXT: here', '2026-01-02 00:00Z'"
        " from cron.job where jobname = 'supasaasy:prune'"
    )
    [reason] = health(database)["reasons"]
    assert reason.startswith("schedule supasaasy:prune failed at 2026-01-02T00:00:00+00:00: ERROR: no: select")


def test_a_job_that_does_not_end_is_a_reason(database: Database) -> None:
    job_id = start_sync(database)
    database.execute("update pgmq.q_supasaasy_tasks set vt = now() + interval '1 year'")
    later(database, "25 hours")
    database.execute("select supasaasy._note_worker()")
    [reason] = health(database)["reasons"]
    assert reason.startswith(f"job {job_id} of stripe_prod has not ended since ")


@pytest.mark.usefixtures("was_synced")
def test_webhook_events_that_could_not_be_applied_are_a_reason(database: Database) -> None:
    database.execute(
        """
        insert into supasaasy.webhook_events (app_key, event_id, event_type, occurred_at, payload, status, received_at)
        values ('stripe_prod', 'evt_1', 'customer.updated', now(), '{}', 'failed', now())
        """
    )
    assert health(database)["reasons"] == [
        "1 webhook events of stripe_prod could not be applied: "
        "select * from supasaasy.webhook_events where status = 'failed'"
    ]


def test_an_app_that_left_the_config_is_not_looked_at(database: Database) -> None:
    database.execute("update supasaasy.apps set enabled = false")
    assert health(database)["apps"] == []


@pytest.mark.usefixtures("was_synced")
def test_the_service_role_may_ask(database: Database) -> None:
    database.execute("set role service_role")
    assert health(database)["status"] == "ok"


def test_status_prints_every_part_and_the_reasons(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", 1_234)
    sync(database, resources=["customer"])
    code, out, messages = run(database)
    assert (code, messages) == (1, "")
    lines = [line.split() for line in out.splitlines()]
    assert ["stripe_prod", "customer", "1,234"] in [line[:3] for line in lines]
    assert ["stripe_prod", "plan", "0", "never"] in lines
    assert ["supasaasy_tasks", "0"] in lines
    assert ["supasaasy:prune", "23", "4", "*", "*", "*", "never"] in lines
    assert ["warning", "(supasaasy", "0.1.0)"] in lines
    assert "- stripe_prod: never synced: plan, price, product, subscription: select" in out


def test_status_exits_with_1_when_something_is_wrong(database: Database) -> None:
    database.execute("update supasaasy.installation set worker_seen_at = '2020-01-01 00:00Z'")
    code, out, _ = run(database)
    assert code == 1
    assert "- no worker has looked for tasks since 2020-01-01 00:00:00+00" in out


@pytest.mark.usefixtures("was_synced")
def test_status_as_json_is_what_health_returns(database: Database) -> None:
    code, out, _ = run(database, "--json")
    report = json.loads(out)
    assert (code, report | {"checked_at": None}) == (0, health(database) | {"checked_at": None})


@pytest.mark.usefixtures("was_synced")
def test_status_takes_a_dsn_before_the_environment(database: Database) -> None:
    environment = {"SUPASAASY_DSN": "host=/nowhere"}
    assert run(database, "--dsn", database.info.dsn, environment=environment)[0] == 0


@pytest.mark.parametrize(
    ("dsn", "message"),
    [
        ("host=/nowhere dbname=x", "/nowhere/.s.PGSQL.5432"),
        ("password=hunter2 nonsense", "the DSN is neither a URL nor a conninfo"),
    ],
)
def test_status_that_cannot_tell_exits_with_2_and_shows_no_password(database: Database, dsn: str, message: str) -> None:
    code, out, messages = run(database, "--dsn", dsn)
    assert (code, out) == (2, "")
    assert message in " ".join(messages.split())
    assert "hunter2" not in messages and "Traceback" not in messages


def test_status_of_a_database_without_supasaasy_says_so(database: Database) -> None:
    database.execute("drop schema supasaasy cascade")
    code, _, messages = run(database)
    assert (code, messages.strip()) == (
        2,
        "supasaasy is not installed here, or too old: apply its migration first",
    )


def test_no_error_of_a_query_is_taken_for_health(database: Database) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        query(database, "set role anon; select supasaasy.health()")
