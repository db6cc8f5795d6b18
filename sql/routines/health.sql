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
    v_problems  jsonb;
begin
    select coalesce(jsonb_agg(jsonb_build_object('about', about, 'problem', problem, 'remedy', remedy)), '[]')
    into v_problems
    from supasaasy._problems(v_worker, v_apps, v_queues, v_schedules);
    return jsonb_build_object(
        'status', case
            when not (v_worker ->> 'alive')::boolean then 'error'
            when v_problems <> '[]' then 'warning'
            else 'ok' end
        , 'reasons', (
            select coalesce(jsonb_agg(concat_ws(': ', problem.value ->> 'problem', problem.value ->> 'remedy')), '[]')
            from jsonb_array_elements(v_problems) as problem)
        , 'problems', v_problems
        , 'version', supasaasy.version()
        , 'checked_at', supasaasy._now()
        , 'worker', v_worker
        , 'apps', v_apps
        , 'queues', v_queues
        , 'schedules', v_schedules);
end
$$;
comment on function supasaasy.health() is
    '{status, reasons, problems, version, checked_at, worker, apps, queues, schedules}. status: ok, warning, or error when no '
    'worker has looked for tasks in 3 minutes; reasons say why and what to do; problems say the same in parts: an array of '
    '{about, problem, remedy}, where about is worker, secret, sync, job, queue, webhooks, notify or schedule. '
    'worker: {alive, last_seen_at}. '
    'apps: an array of {app_key, missing_secrets, collections}, of enabled apps; missing_secrets: the names of those that this '
    'database does not find; collections: an array of {collection_key, resource_type, rows, '
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
        -- pg_cron before 1.5 starts workers every minute, and each lingers for most of it
        'alive', coalesce(worker_seen_at, installed_at) >= supasaasy._now() - interval '3 minutes'
        , 'last_seen_at', worker_seen_at)
    from supasaasy.installation
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
    select coalesce(jsonb_agg(jsonb_build_object(
        'app_key', app.app_key
        , 'missing_secrets', array(
            select named.secret
            from unnest(array[app.config ->> 'api_key_env', app.config ->> 'webhook_secret_env']) as named(secret)
            where supasaasy._secret(named.secret) is null and named.secret is not null)
        , 'collections', health.collections) order by app.app_key), '[]')
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
                and task.mode <> 'refetch' and task.part_of is null
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

-- What of all this a person should look at, and how it is mended.
create or replace function supasaasy._problems(p_worker jsonb, p_apps jsonb, p_queues jsonb, p_schedules jsonb)
returns table (about text, problem text, remedy text)
language sql stable
set search_path to pg_catalog, pg_temp
as $$
    select 'worker'
        , format('no worker has looked for tasks since %s'
            , date_trunc('second', coalesce(installation.worker_seen_at, installation.installed_at)))
        , case installation.runtime when 'external' then 'keep "supasaasy worker" running'
            else 'does pg_cron run? select * from cron.job_run_details order by runid desc limit 5' end
    from supasaasy.installation as installation
    where not (p_worker ->> 'alive')::boolean
    union all
    select 'secret', format('the secret %s of %s is missing', secret.name, app.app_key), supasaasy._secret_advice(secret.name)
    from jsonb_to_recordset(p_apps) as app(app_key text, missing_secrets text[])
    join supasaasy.apps as stored on stored.app_key = app.app_key
    cross join unnest(app.missing_secrets) as secret(name)
    cross join supasaasy.installation as installation
    -- an external worker may have its key in its environment
    where installation.runtime = 'plpython' or secret.name = stored.config ->> 'webhook_secret_env'
    union all
    select 'sync'
        , format('%s: never synced: %s', app.app_key, string_agg(collection.resource_type, ', ' order by collection.resource_type))
        , format('select supasaasy.sync(%L, %L)', app.app_key, 'full')
    from supasaasy.apps as app
    join supasaasy.collections as collection
        on collection.connector = app.connector and collection.resource_type = any (app.resources)
    left join supasaasy.sync_state as state
        on state.app_key = app.app_key and state.collection_key = collection.collection_key
    where app.enabled and collection.parent_key is null and state.last_success_at is null
        -- what is under way, and what has failed, is told of otherwise
        and not exists (
            select from supasaasy.sync_job_tasks as task
            where task.app_key = app.app_key and task.collection_key = collection.collection_key
                and (task.status in ('pending', 'processing') or task.error_message is not null))
    group by app.app_key
    union all
    select 'sync'
        , format('%s: %s: %s', app.value ->> 'app_key', collection.value ->> 'resource_type', collection.value ->> 'last_error')
        , format('once that is mended: select supasaasy.sync(%L)', app.value ->> 'app_key')
    from jsonb_array_elements(p_apps) as app
    cross join jsonb_array_elements(app.value -> 'collections') as collection
    where collection.value ->> 'last_error' is not null
    union all
    (
        select 'sync'
            , format('%s: %s of %s objects are still to be read', app.app_key, child.collection_key, count(*))
            , format('select supasaasy.sync(%L)', app.app_key)
        from supasaasy.child_reads as due
        join supasaasy.apps as app on app.app_key = due.app_key and app.enabled
        join supasaasy.collections as child
            on child.collection_key = due.collection_key and child.resource_type = any (app.resources)
        where (due.read_version is null or due.read_version < due.wanted_version)
            and not exists (
                select from supasaasy.sync_job_tasks as task
                where task.app_key = app.app_key and task.collection_key = child.parent_key
                    and task.status in ('pending', 'processing'))
        group by app.app_key, child.collection_key
        order by app.app_key, child.collection_key
    )
    union all
    (
        select 'job'
            , format('job %s of %s has not ended since %s', job.id, job.app_key, date_trunc('second', job.created_at))
            , 'supasaasy.job_status() says how far it is, supasaasy.cancel_job() ends it'
        from supasaasy.sync_jobs as job
        where job.status in ('pending', 'processing') and job.created_at < supasaasy._now() - interval '1 day'
        order by job.created_at
    )
    union all
    select 'queue'
        , format('queue %s: %s messages, the oldest due for %s seconds', queue.queue, queue.depth, queue.oldest_seconds)
        , 'are there enough workers? Set "workers" in the config, or start "supasaasy worker" as well'
    from jsonb_to_recordset(p_queues) as queue(queue text, depth bigint, oldest_seconds numeric)
    where queue.oldest_seconds > 600
    union all
    (
        select 'webhooks'
            , format('%s webhook events of %s could not be applied', count(*), event.app_key)
            , format('select * from supasaasy.webhook_events where status = %L', 'failed')
        from supasaasy.webhook_events as event
        where event.status = 'failed'
        group by event.app_key
        order by event.app_key
    )
    union all
    select 'secret', format('the secret %s of notify is missing', told.url_env), supasaasy._secret_advice(told.url_env)
    from supasaasy.installation as installation
    cross join lateral (select installation.notify ->> 'url_env') as told(url_env)
    where told.url_env is not null and supasaasy._secret(told.url_env) is null
    union all
    select 'notify', 'pg_net, by which job results are posted, is not installed', 'create extension pg_net'
    from supasaasy.installation as installation
    where installation.notify is not null and not supasaasy._has_pg_net()
    union all
    select 'notify'
        , format('%s job results are not delivered: %s', count(*), coalesce(
            (array_agg(notification.error_message order by notification.id desc))[1]
            , 'pg_net has not posted them: does its worker run, and in this database?'))
        , 'once that is mended: update supasaasy.sync_job_notifications set status = ''pending'', attempts = 0, due_at = now() '
        'where status <> ''delivered'''
    from supasaasy.sync_job_notifications as notification
    cross join supasaasy.installation as installation
    where installation.notify is not null
        and (notification.status = 'failed'
            or notification.status = 'pending' and notification.created_at < supasaasy._now() - interval '10 minutes')
    having count(*) > 0
    union all
    select 'schedule'
        , concat('schedule ', schedule.name, ' failed', ' at ' || schedule.last_run_at, ': ', split_part(schedule.last_message, E'\n', 1))
        , case when schedule.last_message = 'connection failed'
            then 'pg_cron is not let in: set cron.use_background_workers = on and restart the server, or let it in by pg_hba.conf or a .pgpass'
            else 'select * from cron.job_run_details order by runid desc limit 5' end
    from jsonb_to_recordset(p_schedules) as schedule(name text, last_run_at text, last_status text, last_message text)
    where schedule.last_status = 'failed'
    union all
    select 'schedule'
        , format('schedule %s is disabled', schedule.name)
        , format('select cron.alter_job(jobid, active => true) from cron.job where jobname = %L', schedule.name)
    from jsonb_to_recordset(p_schedules) as schedule(name text, active boolean)
    where not schedule.active
        and schedule.name ~ '^supasaasy:(worker:\d+|events|notify|prune)$'  -- the others are disabled where the config says so
$$;

drop function if exists supasaasy._health_warnings(jsonb, jsonb, jsonb);

-- What one request of an app needs, as a claimed task has it. Not a list that one reader at a time may read.
create or replace function supasaasy._probe_claim(p_app_key text)
returns jsonb
language sql stable
set search_path to pg_catalog, pg_temp
as $$
    select jsonb_build_object(
        'app_key', app.app_key
        , 'config', app.config
        , 'connector', connector.declaration
        , 'collection', collection.declaration
        , 'request_deadline', 10
        , 'retry_delay', 0)
    from supasaasy.apps as app
    join supasaasy.connectors as connector on connector.connector = app.connector
    join supasaasy.collections as collection
        on collection.connector = app.connector and collection.resource_type = any (app.resources)
    where app.app_key = p_app_key and collection.declaration ->> 'path' is not null
    order by collection.declaration #>> '{pagination,kind}' is not distinct from 'scroll', collection.collection_key
    limit 1
$$;
