-- Jobs: what users ask for. A job is one task a collection; each task has one message in the queue supasaasy_tasks.
-- Lock order everywhere: tasks by id, then their parts, then their job. Locks are `for no key update`: the stronger `for update` would wait
-- for the share lock of a foreign key check, which two workers that end tasks of one job hold on it both.

create or replace function supasaasy.sync(
    app_key           text
    , mode            text default 'incremental'
    , resource_types  text[] default null
    , immediate       boolean default false
)
returns jsonb
language plpgsql security definer
set search_path to pg_catalog, pg_temp
as $$
declare
    v_app       supasaasy.apps := supasaasy._enabled_app(sync.app_key);
    v_resources text[] := supasaasy._requested_resources(v_app, sync.resource_types);
    v_job       supasaasy.sync_jobs;
begin
    if sync.mode is null or sync.mode not in ('full', 'incremental') then
        raise exception 'unknown mode: %', coalesce(quote_literal(sync.mode), 'null')
            using errcode = 'invalid_parameter_value', hint = 'The modes are ''full'' and ''incremental''.';
    end if;
    if (select runtime from supasaasy.installation) = 'plpython' then  -- an external worker may have it in its environment
        perform supasaasy._require_secret(v_app.config ->> 'api_key_env');
    end if;

    if not sync.immediate then
        v_job := supasaasy._unfinished_job(v_app.app_key, sync.mode, v_resources);
        if v_job.id is not null then
            return supasaasy._job_summary(v_job, 'already_running');
        end if;
    end if;

    insert into supasaasy.sync_jobs (app_key, mode, resource_types, max_attempts, created_at)
    values (v_app.app_key, sync.mode, v_resources, case when sync.immediate then 1 else 5 end, supasaasy._now())
    returning * into v_job;

    insert into supasaasy.sync_job_tasks (
        job_id, app_key, collection_key, resource_type, mode, note, sync_from, created_at
    )
    select
        v_job.id, v_app.app_key, collection.collection_key, collection.resource_type
        , case when plan.note is null then sync.mode else 'full' end, plan.note
        , v_app.sync_from, v_job.created_at
    from supasaasy.collections as collection
    left join supasaasy.sync_state as state
        on state.app_key = v_app.app_key and state.collection_key = collection.collection_key
    cross join lateral (
        select case
            when sync.mode = 'full' then null
            when collection.declaration ->> 'incremental' is null then 'full: the collection has no incremental sync'
            when state.cursor is null then 'full: no sync has completed yet'
            else (
                select format('full: no sync of %s has completed yet', min(child.collection_key))
                from supasaasy._read_apart(v_app.app_key, collection.collection_key) as child(collection_key)
                left join supasaasy.sync_state as read
                    on read.app_key = v_app.app_key and read.collection_key = child.collection_key
                where read.cursor is null
                having count(*) > 0
            )
        end as note
    ) as plan
    where collection.connector = v_app.connector and collection.resource_type = any (v_resources);
    perform supasaasy._enqueue(v_job.id);

    if sync.immediate then
        return supasaasy._run_now(v_job.id);
    end if;
    return supasaasy._job_summary(v_job, v_job.status);
end
$$;
comment on function supasaasy.sync(text, text, text[], boolean) is
    'Start a sync of an app and return its job: {success, job_id, app_key, mode, status, total_tasks, resource_types}. '
    'Where an unfinished job of the app covers what is asked for (these resource types at least, in this mode or full), '
    'no second one is made: that job is returned, with the status already_running. '
    'With immediate, run it in this call and transaction: {success, app_key, mode, collections, total_created, '
    'total_updated, total_deleted, total_errors, duration_ms}. '
    'Raises P0002 for an unknown app, 22023 for an unknown mode or resource type or a missing secret, '
    'with what is valid as the hint.';

create or replace function supasaasy._job_summary(p_job supasaasy.sync_jobs, p_status text)
returns jsonb
language sql immutable
set search_path to pg_catalog, pg_temp
as $$
    select jsonb_build_object(
        'success', true
        , 'job_id', p_job.id
        , 'app_key', p_job.app_key
        , 'mode', p_job.mode
        , 'status', p_status
        , 'total_tasks', cardinality(p_job.resource_types)
        , 'resource_types', p_job.resource_types)
$$;
comment on function supasaasy._job_summary(supasaasy.sync_jobs, text) is 'What sync() returns of a job.';

-- The job of an app that is under way and covers what is asked for; else a row of nulls. The app stays locked until the
-- caller commits, so that two schedules that fire at the same instant make one job.
create or replace function supasaasy._unfinished_job(p_app_key text, p_mode text, p_resource_types text[])
returns supasaasy.sync_jobs
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_job supasaasy.sync_jobs;
begin
    perform from supasaasy.apps as app where app.app_key = p_app_key for no key update;
    select job.* into v_job
    from supasaasy.sync_jobs as job
    where job.app_key = p_app_key
        and job.status in ('pending', 'processing')
        and job.mode in (p_mode, 'full')
        and job.resource_types @> p_resource_types
    order by job.created_at
    limit 1;
    return v_job;
end
$$;

create or replace function supasaasy._enabled_app(p_app_key text)
returns supasaasy.apps
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
declare
    v_app supasaasy.apps;
begin
    select * into v_app from supasaasy.apps as app where app.app_key = p_app_key and app.enabled;
    if not found then
        raise exception 'unknown app: %', coalesce(quote_literal(p_app_key), 'null')
            using errcode = case when p_app_key is null then 'invalid_parameter_value' else 'no_data_found' end
            , hint = format('The apps are %s.',
                (select string_agg(quote_literal(app.app_key), ', ' order by app.app_key)
                 from supasaasy.apps as app where app.enabled));
    end if;
    return v_app;
end
$$;

-- The resource types to list: all of the app's, or those asked for; never a child, which comes with its parent.
create or replace function supasaasy._requested_resources(p_app supasaasy.apps, p_requested text[])
returns text[]
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
declare
    v_valid   text[];
    v_unknown text;
begin
    select array_agg(collection.resource_type order by wanted.position)
    into v_valid
    from unnest(p_app.resources) with ordinality as wanted(resource_type, position)
    join supasaasy.collections as collection
        on collection.connector = p_app.connector and collection.resource_type = wanted.resource_type
    where collection.parent_key is null;

    if p_requested is null then
        return v_valid;
    end if;
    select coalesce(quote_literal(requested), 'null') into v_unknown
    from unnest(p_requested) as requested
    where (requested = any (v_valid)) is not true;
    if found or p_requested = '{}' then
        raise exception 'unknown resource type: %', coalesce(v_unknown, 'none was given')
            using errcode = 'invalid_parameter_value', hint = format('The resource types of %L are %s.', p_app.app_key,
                (select string_agg(quote_literal(valid), ', ') from unnest(v_valid) as valid));
    end if;
    return array(select valid from unnest(v_valid) as valid where valid = any (p_requested));
end
$$;

create or replace function supasaasy._require_secret(p_name text)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
begin
    if supasaasy._secret(p_name) is null then
        raise exception 'the secret % is missing', p_name
            using errcode = 'invalid_parameter_value', hint = format(
                'Looked in Supabase Vault, in the file /run/secrets/%1$s and in the environment variable %1$s of the '
                'PostgreSQL server. To supply it: %2$s.', p_name, supasaasy._secret_advice(p_name));
    end if;
end
$$;

create or replace function supasaasy._send_task(p_task supasaasy.sync_job_tasks)
returns bigint
language sql
set search_path to pg_catalog, pg_temp
as $$
    select pgmq.send('supasaasy_tasks', jsonb_build_object(
        'task_id', p_task.id, 'job_id', p_task.job_id, 'app_key', p_task.app_key))
$$;
comment on function supasaasy._send_task(supasaasy.sync_job_tasks) is 'Send a task''s message and return its id.';

-- Send one message for each pending task of a job.
create or replace function supasaasy._enqueue(p_job_id uuid)
returns void
language sql
set search_path to pg_catalog, pg_temp
as $$
    update supasaasy.sync_job_tasks as task
    set message_id = supasaasy._send_task(task)
    where task.job_id = p_job_id and task.status = 'pending'
$$;

create or replace function supasaasy.job_status(job_id uuid, include_tasks boolean default false)
returns jsonb
language plpgsql stable security definer
set search_path to pg_catalog, pg_temp
as $$
declare
    v_job   supasaasy.sync_jobs := supasaasy._job(job_status.job_id);
    v_tasks jsonb;
    v_total record;
begin
    select
        count(*) filter (where task.part_of is null) as tasks
        , count(*) filter (where task.part_of is null and task.status = 'completed') as completed
        , count(*) filter (where task.part_of is null and task.status = 'failed') as failed
        , count(*) filter (where task.part_of is null and task.status in ('completed', 'failed', 'cancelled')) as ended
        , coalesce(sum(task.processed_entities), 0) as entities
    into v_total
    from supasaasy.sync_job_tasks as task
    where task.job_id = v_job.id;

    if job_status.include_tasks then
        select jsonb_agg(jsonb_build_object(
            'task_id', task.id
            , 'resource_type', task.resource_type
            , 'collection_key', task.collection_key
            , 'mode', task.mode
            -- one that waits for its parts is under way
            , 'status', case when task.status = 'pending' and counted.is_processed then 'processing' else task.status end
            , 'processed_entities', counted.entities
            , 'entity_count', counted.entities  -- its name in SupaSaaSy, whose callers read this
            , 'created', counted.created
            , 'updated', counted.updated
            , 'deleted', counted.deleted
            , 'errors', counted.rejected
            , 'pages', counted.pages
            , 'attempts', task.attempts
            , 'note', task.note
            , 'started_at', task.started_at
            , 'completed_at', task.completed_at
            , 'error_message', task.error_message) order by task.collection_key)
        into v_tasks
        from supasaasy.sync_job_tasks as task
        join lateral (
            select
                sum(part.processed_entities) as entities
                , sum(part.created_count) as created
                , sum(part.updated_count) as updated
                , sum(part.deleted_count) as deleted
                , sum(part.rejected_count) as rejected
                , sum(part.pages) as pages
                , bool_or(part.status = 'processing') as is_processed
            from supasaasy.sync_job_tasks as part
            where part.job_id = v_job.id and task.id in (part.id, part.part_of)
        ) as counted on true
        where task.job_id = v_job.id and task.part_of is null;
    end if;

    return jsonb_build_object(
        'success', true
        , 'job_id', v_job.id
        , 'app_key', v_job.app_key
        , 'mode', v_job.mode
        , 'status', v_job.status
        , 'progress_percentage', round(100.0 * v_total.ended / greatest(v_total.tasks, 1))
        , 'total_tasks', v_total.tasks
        , 'completed_tasks', v_total.completed
        , 'failed_tasks', v_total.failed
        , 'processed_entities', v_total.entities
        , 'created_at', v_job.created_at
        , 'started_at', v_job.started_at
        , 'completed_at', v_job.completed_at
        , 'error_message', v_job.error_message)
        || case when job_status.include_tasks then jsonb_build_object('tasks', coalesce(v_tasks, '[]')) else '{}' end;
end
$$;
comment on function supasaasy.job_status(uuid, boolean) is
    'The state of a job, with include_tasks of each of its tasks. Raises P0002 for an unknown job.';

create or replace function supasaasy._job(p_job_id uuid)
returns supasaasy.sync_jobs
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
declare
    v_job supasaasy.sync_jobs;
begin
    select * into v_job from supasaasy.sync_jobs as job where job.id = p_job_id;
    if not found then
        raise exception 'unknown job: %', coalesce(p_job_id::text, 'null')
            using errcode = 'no_data_found',
            hint = 'select id, app_key, status from supasaasy.sync_jobs order by created_at desc';
    end if;
    return v_job;
end
$$;

create or replace function supasaasy.cancel_job(job_id uuid)
returns jsonb
language plpgsql security definer
set search_path to pg_catalog, pg_temp
as $$
declare
    v_job supasaasy.sync_jobs := supasaasy._job(cancel_job.job_id);
begin
    perform supasaasy._lock_tasks(v_job.id);
    perform pgmq.delete('supasaasy_tasks', task.message_id)
    from supasaasy.sync_job_tasks as task
    where task.job_id = v_job.id and task.status in ('pending', 'processing');
    perform supasaasy._abandon_refetch(task, 'the job was cancelled')
    from supasaasy.sync_job_tasks as task
    where task.job_id = v_job.id and task.status in ('pending', 'processing') and task.mode = 'refetch';
    -- Without its lease token a running worker can write no more; it notices at its next page.
    update supasaasy.sync_job_tasks as task
    set status = 'cancelled', lease_token = null, message_id = null, completed_at = supasaasy._now()
    where task.job_id = v_job.id and task.status in ('pending', 'processing');
    perform supasaasy._finish_job(v_job.id);
    return supasaasy.job_status(v_job.id);
end
$$;
comment on function supasaasy.cancel_job(uuid) is
    'Stop a job: pending tasks are not started, running ones stop at their next page; what they stored stays. Returns job_status.';

create or replace function supasaasy.retry_job(job_id uuid)
returns jsonb
language plpgsql security definer
set search_path to pg_catalog, pg_temp
as $$
declare
    v_job supasaasy.sync_jobs := supasaasy._job(retry_job.job_id);
begin
    perform supasaasy._enabled_app(v_job.app_key);
    perform supasaasy._lock_tasks(v_job.id);
    update supasaasy.sync_job_tasks as task
    set status = 'pending', attempts = 0, error_message = null, completed_at = null
    where task.job_id = v_job.id and task.status in ('failed', 'cancelled');
    if found then
        update supasaasy.sync_jobs as job
        set status = 'pending', error_message = null, completed_at = null
        where job.id = v_job.id;
        perform supasaasy._enqueue(v_job.id);
    end if;
    return supasaasy.job_status(v_job.id);
end
$$;
comment on function supasaasy.retry_job(uuid) is
    'Queue the failed and cancelled tasks of a job again; each goes on from its checkpoint. Returns job_status.';

create or replace function supasaasy._lock_tasks(p_job_id uuid)
returns void
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
begin
    perform from supasaasy.sync_job_tasks as task where task.job_id = p_job_id
    order by task.part_of nulls first, task.id for no key update;
end
$$;

-- End a job whose tasks have all ended: failed if one failed, else cancelled if one was, else completed.
create or replace function supasaasy._finish_job(p_job_id uuid)
returns void
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
begin
    perform from supasaasy.sync_jobs as job where job.id = p_job_id for no key update;
    update supasaasy.sync_jobs as job
    set
        status = outcome.status
        , error_message = outcome.error_message
        , completed_at = supasaasy._now()
    from (
        select
            case
                when bool_or(task.status = 'failed') filter (where task.part_of is null) then 'failed'
                when bool_or(task.status = 'cancelled') filter (where task.part_of is null) then 'cancelled'
                else 'completed'
            end as status
            , string_agg(task.resource_type || ': ' || task.error_message, E'\n' order by task.collection_key)
                filter (where task.part_of is null) as error_message
        from supasaasy.sync_job_tasks as task
        where task.job_id = p_job_id
        having bool_and(task.status in ('completed', 'failed', 'cancelled'))
    ) as outcome
    where job.id = p_job_id and job.completed_at is null;
    if found then
        perform supasaasy._queue_notification(p_job_id);
    end if;
end
$$;

-- What sync(immediate => true) returns.
create or replace function supasaasy._job_result(p_job_id uuid)
returns jsonb
language sql stable
set search_path to pg_catalog, pg_temp
as $$
    select jsonb_build_object(
        'success', job.status = 'completed'
        , 'app_key', job.app_key
        , 'mode', job.mode
        , 'collections', jsonb_agg(jsonb_build_object(
            'collection_key', task.collection_key
            , 'resource_type', task.resource_type
            , 'status', task.status
            , 'created', task.created_count
            , 'updated', task.updated_count
            , 'deleted', task.deleted_count
            , 'errors', task.rejected_count + (task.status = 'failed')::integer
            , 'error_message', task.error_message
            , 'error_messages', array_remove(array[task.error_message], null)) order by task.collection_key)
        , 'total_created', sum(task.created_count)
        , 'total_updated', sum(task.updated_count)
        , 'total_deleted', sum(task.deleted_count)
        , 'total_errors', sum(task.rejected_count + (task.status = 'failed')::integer)
        , 'duration_ms', round(extract(epoch from job.completed_at - job.started_at) * 1000))
    from supasaasy.sync_jobs as job
    join supasaasy.sync_job_tasks as task on task.job_id = job.id
    where job.id = p_job_id
    group by job.id
$$;

-- What a worker did that was called over HTTP, as far as jobs tell; what other workers ended meanwhile is counted too.
create or replace function supasaasy._worker_result(p_since timestamptz)
returns jsonb
language sql
set search_path to pg_catalog, pg_temp
as $$
    select jsonb_build_object(
        'success', true
        , 'tasks_processed', (
            select count(*) from supasaasy.sync_job_tasks as task
            where task.completed_at >= p_since and task.status in ('completed', 'failed') and task.part_of is null)
        , 'jobs_completed', array(
            select job.id from supasaasy.sync_jobs as job
            where job.completed_at >= p_since and job.status in ('completed', 'failed') order by job.completed_at)
        , 'duration_ms', round(extract(epoch from supasaasy._now() - p_since) * 1000))
$$;
