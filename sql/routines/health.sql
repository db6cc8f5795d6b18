-- Health: is everything fresh, is anything stuck, and what is to be done about it.

create or replace function supasaasy.health()
returns jsonb
language plpgsql security definer
set search_path to pg_catalog, pg_temp
as $$
declare
    v_worker    jsonb := supasaasy._worker_health();
    v_apps      jsonb := supasaasy._app_health();
    v_queues    jsonb := supasaasy._queue_health();
    v_schedules jsonb := supasaasy._schedule_health();
    v_warnings  text[] := supasaasy._health_warnings(v_apps, v_queues, v_schedules);
    v_alive     boolean := (v_worker ->> 'alive')::boolean;
begin
    return jsonb_build_object(
        'status', case when not v_alive then 'error' when v_warnings <> '{}' then 'warning' else 'ok' end
        , 'reasons', array_remove(array[v_worker ->> 'reason'], null) || v_warnings
        , 'version', supasaasy.version()
        , 'checked_at', supasaasy._now()
        , 'worker', v_worker - 'reason'
        , 'apps', v_apps
        , 'queues', v_queues
        , 'schedules', v_schedules);
end
$$;
comment on function supasaasy.health() is
    '{status, reasons, version, checked_at, worker, apps, queues, schedules}. status: ok, warning, or error when no worker has '
    'looked for tasks in 3 minutes; reasons say why and what to do. '
    'worker: {alive, last_seen_at}. '
    'apps: an array of {app_key, collections}, of enabled apps; collections: an array of {collection_key, resource_type, rows, '
    'rows_estimated, last_success_at, age_seconds, last_error, last_error_at}, where rows are the live ones, counted up to '
    '50,000 and estimated by the planner above, and last_error is that of the newest task, null when it has none. '
    'queues: an array of {queue, depth, oldest_seconds}, where oldest_seconds is for how long the oldest message has been due. '
    'schedules: an array of {name, schedule, active, last_run_at, last_status, last_message}, as pg_cron records them.';

-- When a worker last looked for tasks, at a resolution of 5 seconds. No worker waits for another here.
create or replace function supasaasy._note_worker()
returns void
language sql
set search_path to pg_catalog, pg_temp
as $$
    update supasaasy.installation as installation
    set worker_seen_at = supasaasy._now()
    where installation.singleton in (
        select stored.singleton
        from supasaasy.installation as stored
        where stored.worker_seen_at is null or stored.worker_seen_at < supasaasy._now() - interval '5 seconds'
        for no key update skip locked
    )
$$;

create or replace function supasaasy._worker_health()
returns jsonb
language sql stable
set search_path to pg_catalog, pg_temp
as $$
    select jsonb_build_object(
        'alive', seen.alive
        , 'last_seen_at', seen.worker_seen_at
        , 'reason', case when not seen.alive then format(
            'no worker has looked for tasks since %s: %s', date_trunc('second', coalesce(seen.worker_seen_at, seen.installed_at))
            , case seen.runtime when 'external' then 'keep "supasaasy worker" running'
                else 'does pg_cron run? select * from cron.job_run_details order by runid desc limit 5' end) end)
    from (
        select
            installation.*
            -- pg_cron before 1.5 starts workers every minute, and each lingers for most of it
            , coalesce(worker_seen_at, installed_at) >= supasaasy._now() - interval '3 minutes' as alive
        from supasaasy.installation as installation
    ) as seen
$$;

-- The live rows of an app: counted where they are few, else what the planner expects.
create or replace function supasaasy._count_rows(
    p_app_key          text
    , p_collection_key text
    , out rows         bigint
    , out estimated    boolean
)
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_few  constant bigint := 50000;
    v_live text := format('select from supasaasy.%I where app_key = %L and deleted_at is null', p_collection_key, p_app_key);
    v_plan json;
begin
    execute format('select count(*) from (%s limit %s) as live', v_live, v_few + 1) into rows;
    estimated := rows > v_few;
    if estimated then
        execute 'explain (format json) ' || v_live into v_plan;
        rows := greatest(rows, (v_plan #>> '{0,Plan,Plan Rows}')::bigint);
    end if;
end
$$;

create or replace function supasaasy._app_health()
returns jsonb
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
    select coalesce(jsonb_agg(jsonb_build_object('app_key', app.app_key, 'collections', health.collections)
        order by app.app_key), '[]')
    from supasaasy.apps as app
    cross join lateral (
        select jsonb_agg(jsonb_build_object(
            'collection_key', collection.collection_key
            , 'resource_type', collection.resource_type
            , 'rows', live.rows
            , 'rows_estimated', live.estimated
            , 'last_success_at', state.last_success_at
            , 'age_seconds', round(extract(epoch from supasaasy._now() - state.last_success_at))
            , 'last_error', newest.error_message
            , 'last_error_at', case when newest.error_message is not null
                then coalesce(newest.completed_at, newest.started_at, newest.created_at) end
            ) order by collection.collection_key) as collections
        from supasaasy.collections as collection
        cross join lateral supasaasy._count_rows(app.app_key, collection.collection_key) as live
        left join supasaasy.sync_state as state  -- a child is synced with its parent
            on state.app_key = app.app_key
            and state.collection_key = coalesce(collection.parent_key, collection.collection_key)
        left join lateral (
            select task.error_message, task.completed_at, task.started_at, task.created_at
            from supasaasy.sync_job_tasks as task
            where task.app_key = app.app_key and task.collection_key = collection.collection_key
                and task.mode <> 'refetch'
            order by task.created_at desc
            limit 1
        ) as newest on true
        where collection.connector = app.connector and collection.resource_type = any (app.resources)
    ) as health
    where app.enabled
$$;

create or replace function supasaasy._queue_health()
returns jsonb
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_queue  record;
    v_health jsonb;
    v_queues jsonb := '[]'::jsonb;
begin
    for v_queue in
        select meta.queue_name from pgmq.meta as meta where meta.queue_name like 'supasaasy\_%' order by meta.queue_name
    loop
        execute format(
            $query$
            select jsonb_build_object(
                'queue', $1
                , 'depth', count(*)
                , 'oldest_seconds', round(extract(epoch from $2 - min(vt) filter (where vt <= $2))))
            from pgmq.%I
            $query$, 'q_' || v_queue.queue_name)
        into v_health
        using v_queue.queue_name, supasaasy._now();
        v_queues := v_queues || v_health;
    end loop;
    return v_queues;
end
$$;

create or replace function supasaasy._schedule_health()
returns jsonb
language sql stable
set search_path to pg_catalog, pg_temp
as $$
    select coalesce(jsonb_agg(jsonb_build_object(
        'name', job.jobname
        , 'schedule', job.schedule
        , 'active', job.active
        , 'last_run_at', last_run.start_time
        , 'last_status', last_run.status
        , 'last_message', last_run.return_message) order by job.jobname), '[]')
    from cron.job as job
    left join lateral (
        select run.start_time, run.status, run.return_message
        from cron.job_run_details as run
        where run.jobid = job.jobid
        order by run.runid desc
        limit 1
    ) as last_run on true
    where job.jobname like 'supasaasy:%'
$$;

create or replace function supasaasy._health_warnings(p_apps jsonb, p_queues jsonb, p_schedules jsonb)
returns text[]
language sql stable
set search_path to pg_catalog, pg_temp
as $$
    select array(
        select format('%s: %s: %s', app.value ->> 'app_key', collection.value ->> 'resource_type', collection.value ->> 'last_error')
        from jsonb_array_elements(p_apps) as app
        cross join jsonb_array_elements(app.value -> 'collections') as collection
        where collection.value ->> 'last_error' is not null
    ) || array(
        select format('job %s of %s has not ended since %s: supasaasy.job_status() says how far it is, supasaasy.cancel_job() ends it'
            , job.id, job.app_key, date_trunc('second', job.created_at))
        from supasaasy.sync_jobs as job
        where job.status in ('pending', 'processing') and job.created_at < supasaasy._now() - interval '1 day'
        order by job.created_at
    ) || array(
        select format('queue %s: %s messages, the oldest due for %s seconds: are there enough workers?'
            , queue.value ->> 'queue', queue.value ->> 'depth', queue.value ->> 'oldest_seconds')
        from jsonb_array_elements(p_queues) as queue
        where (queue.value ->> 'oldest_seconds')::numeric > 600
    ) || array(
        select format('%s webhook events of %s could not be applied: select * from supasaasy.webhook_events where status = %L'
            , count(*), event.app_key, 'failed')
        from supasaasy.webhook_events as event
        where event.status = 'failed'
        group by event.app_key
        order by event.app_key
    ) || array(
        select format('schedule %s failed at %s: %s'
            , schedule.value ->> 'name', schedule.value ->> 'last_run_at', schedule.value ->> 'last_message')
        from jsonb_array_elements(p_schedules) as schedule
        where schedule.value ->> 'last_status' = 'failed'
    )
$$;
comment on function supasaasy._health_warnings(jsonb, jsonb, jsonb) is 'What of all this a person should look at, one sentence each.';
