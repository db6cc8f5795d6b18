"""`supasaasy.prune`: what is finished is deleted after a while, and nothing else."""

from __future__ import annotations

from typing import Any

from supasaasy import define_config, get_migrations
from tests.conftest import Database
from tests.providers import faults
from tests.providers.stripe import StripeProvider
from tests.providers.stripe_objects import customer
from tests.support import CONFIG, query, start_sync, sync, value
from tests.webhooks.support import deliver, event, stop_clock


def prune_after(database: Database, days: int) -> None:
    """Prune as if so many days had passed."""
    database.execute(
        "select set_config('supasaasy.now', (clock_timestamp() + make_interval(days => %s))::text, false)", (days,)
    )
    database.execute("call supasaasy.prune(jobs_days => 10, events_days => 10, logs_days => 10)")


def test_a_job_goes_with_its_tasks_when_it_ended_long_enough_ago(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", 5)
    sync(database)
    prune_after(database, 9)
    assert value(database, "select count(*) from supasaasy.sync_job_tasks") == 5
    prune_after(database, 11)
    assert value(database, "select count(*) from supasaasy.sync_jobs") == 0
    assert value(database, "select count(*) from supasaasy.sync_job_tasks") == 0
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 5
    assert value(database, "select count(*) from supasaasy.sync_state") == 5


def test_a_failed_task_keeps_what_it_has_seen_as_long_as_it_can_be_resumed(
    database: Database, stripe: StripeProvider
) -> None:
    """Resumed without it, it would delete what it had seen before it failed."""
    database.execute("""update supasaasy.apps set config = config || '{"concurrency": 1}'""")
    stripe.add("customer", 300)
    sync(database, resources=["customer"])
    fault = stripe.fault(faults.status(403), match=lambda request: "starting_after" in request.query, times=None)
    job_id = sync(database, resources=["customer"])["job_id"]
    prune_after(database, 9)
    fault.release()
    database.execute("select supasaasy.retry_job(%s)", (job_id,))
    database.execute("call supasaasy.run_worker()")
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 300

    prune_after(database, 30)
    assert value(database, "select count(*) from supasaasy.seen_pages") == 0


def test_a_job_that_has_not_ended_stays(database: Database) -> None:
    start_sync(database)
    prune_after(database, 1000)
    assert value(database, "select count(*) from supasaasy.sync_job_tasks") == 5
    assert value(database, "select count(*) from pgmq.q_supasaasy_tasks") == 5


def test_more_than_a_batch_is_deleted(database: Database) -> None:
    database.execute(
        """
        insert into supasaasy.sync_jobs (app_key, mode, status, resource_types, completed_at)
        select 'stripe_prod', 'full', 'completed', '{}', now() - interval '1 year' from generate_series(1, 2500)
        """
    )
    prune_after(database, 0)
    assert value(database, "select count(*) from supasaasy.sync_jobs") == 0


def test_archived_messages_go(database: Database) -> None:
    database.execute("select pgmq.archive('supasaasy_tasks', pgmq.send('supasaasy_tasks', '{}'))")
    prune_after(database, 9)
    assert value(database, "select count(*) from pgmq.a_supasaasy_tasks") == 1
    prune_after(database, 11)
    assert value(database, "select count(*) from pgmq.a_supasaasy_tasks") == 0


def test_webhook_events_that_are_done_with_go_and_pending_ones_stay(database: Database) -> None:
    database.execute(
        """
        insert into supasaasy.webhook_events (app_key, event_id, event_type, occurred_at, payload, status, received_at)
        select 'stripe_prod', state, 'customer.updated', now(), '{}', state, clock_timestamp()
        from unnest(array['pending', 'processed', 'ignored', 'failed']) as state
        """
    )
    prune_after(database, 9)
    assert value(database, "select count(*) from supasaasy.webhook_events") == 4
    prune_after(database, 11)
    assert query(database, "select status from supasaasy.webhook_events") == [("pending",)]


def test_webhook_logs_go(database: Database) -> None:
    database.execute(
        """
        insert into supasaasy.webhook_logs (app_key, response_status, response_body, processing_duration_ms, created_at)
        values ('stripe_prod', 200, '{}', 1, clock_timestamp())
        """
    )
    prune_after(database, 9)
    assert value(database, "select count(*) from supasaasy.webhook_logs") == 1
    prune_after(database, 11)
    assert value(database, "select count(*) from supasaasy.webhook_logs") == 0


def test_pg_crons_record_of_our_schedules_goes_and_that_of_others_stays(database: Database) -> None:
    database.execute("select cron.schedule('theirs', '* * * * *', 'select 1')")
    database.execute(
        """
        insert into cron.job_run_details (jobid, command, end_time)
        select jobid, jobname, clock_timestamp() from cron.job where jobname in ('theirs', 'supasaasy:worker:1')
        """
    )
    prune_after(database, 6)
    assert value(database, "select count(*) from cron.job_run_details") == 2
    prune_after(database, 8)
    assert query(database, "select command from cron.job_run_details") == [("theirs",)]


def test_pruning_is_scheduled_daily_with_the_configs_retention(database: Database) -> None:
    config: dict[str, Any] = {
        **CONFIG.model_dump(),
        "retention": {"jobs_days": 7, "events_days": 14},
        "webhook_logging": {"retention_days": 21},
    }
    database.execute(get_migrations(define_config(config)).encode())
    assert query(database, "select schedule, command, active from cron.job where jobname = 'supasaasy:prune'") == [
        ("23 4 * * *", "call supasaasy.prune(jobs_days => 7, events_days => 14, logs_days => 21)", True)
    ]


def test_a_pending_event_that_no_message_leads_to_is_queued_again(database: Database) -> None:
    """As after a restore that left the queue out."""
    stop_clock(database)
    deliver(database, event("customer.created", customer(1)), event("customer.created", customer(2)))
    database.execute("delete from pgmq.q_supasaasy_webhooks where message @> '{\"event\": 1}'")
    queued = "select message ->> 'event' from pgmq.q_supasaasy_webhooks order by msg_id"
    database.execute("call supasaasy.prune()")
    assert query(database, queued) == [("2",)]  # within an hour it may only be late
    prune_after(database, 1)
    assert query(database, queued) == [("2",), ("1",)]
    prune_after(database, 1)
    assert query(database, queued) == [("2",), ("1",)]
