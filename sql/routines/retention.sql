-- Retention: what is finished is kept for a while and then deleted, in batches, each its own transaction.

create or replace procedure supasaasy.prune(
    jobs_days     integer default 30  -- jobs that have ended, and archived messages
    , events_days integer default 30  -- webhook events that are done with, however they ended
    , logs_days   integer default 30  -- webhook logs
)
language plpgsql
as $$
declare
    v_now    timestamptz := supasaasy._now();
    v_target record;
begin
    perform supasaasy._requeue_lost_events(v_now - interval '1 hour');
    commit;
    while supasaasy._prune_jobs(v_now - pg_catalog.make_interval(days => jobs_days)) loop
        commit;
    end loop;
    for v_target in
        select target.*
        from (
            values
                ('pgmq.a_supasaasy_tasks'::regclass, 'archived_at', jobs_days, 'true')
                , ('pgmq.a_supasaasy_webhooks', 'archived_at', events_days, 'true')
                , ('supasaasy.webhook_events', 'received_at', events_days, 'status <> ''pending''')
                , ('supasaasy.webhook_logs', 'created_at', logs_days, 'true')
                -- A worker every 5 seconds leaves 17,000 rows a day.
                , ('cron.job_run_details', 'end_time', 7
                    , 'jobid in (select job.jobid from cron.job as job where job.jobname like ''supasaasy:%'')')
        ) as target(relation, dated, days, condition)
    loop
        while supasaasy._prune_rows(
            v_target.relation, v_target.dated, v_now - pg_catalog.make_interval(days => v_target.days), v_target.condition)
        loop
            commit;
        end loop;
    end loop;
end
$$;
comment on procedure supasaasy.prune(integer, integer, integer) is
    'Delete what ended more than so many days ago: jobs with their tasks, archived messages, webhook events and their logs, '
    'and after 7 days pg_cron''s record of our schedules. Unfinished jobs and pending events stay; events '
    'that wait for nothing, as after a restore without the queue, are queued again. Scheduled daily.';

-- Queue the events again that were received before a moment, are pending, and that neither a message nor a refetch leads to.
create or replace function supasaasy._requeue_lost_events(p_before timestamptz)
returns void
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
begin
    perform supasaasy._enqueue_event(event.id)
    from supasaasy.webhook_events as event
    where event.status = 'pending'
        and event.received_at < p_before
        and not exists (
            select from pgmq.q_supasaasy_webhooks as message where message.message @> jsonb_build_object('event', event.id))
        and not exists (
            select from supasaasy.sync_job_tasks as task
            where task.app_key = event.app_key and task.collection_key = event.collection_key
                and task.mode = 'refetch' and task.status in ('pending', 'processing'));
end
$$;

-- Delete up to 1,000 jobs that ended before a moment, with all they left, so that none can be resumed from half of it.
-- False: there is none.
create or replace function supasaasy._prune_jobs(p_before timestamptz)
returns boolean
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_jobs uuid[] := array(
        select job.id from supasaasy.sync_jobs as job where job.completed_at < p_before order by job.completed_at limit 1000);
begin
    perform from supasaasy.sync_job_tasks as task where task.job_id = any (v_jobs) order by task.id for update;
    delete from supasaasy.sync_jobs as job where job.id = any (v_jobs) and job.completed_at < p_before;
    return found;
end
$$;

-- Delete up to 1,000 rows that are older than a moment and meet a condition. False: there is none.
create or replace function supasaasy._prune_rows(p_table regclass, p_dated text, p_before timestamptz, p_condition text)
returns boolean
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_count bigint;
begin
    execute format(
        'delete from %1$s where ctid = any (array(select ctid from %1$s where %2$I < $1 and %3$s limit 1000))'
        , p_table, p_dated, p_condition)
    using p_before;
    get diagnostics v_count = row_count;
    return v_count > 0;
end
$$;
