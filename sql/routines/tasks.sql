-- Tasks: what a worker does. The queue says which task to look at next; the task's row says what is true.
--
-- A claim leases the task: its message stays invisible for the lease, and the row carries a fresh token. Every later
-- call names the token and does nothing without it, so a worker that lost its lease can no longer write.

create or replace function supasaasy._claim_task(
    p_lease_seconds integer
    , p_job_id      uuid default null
    , p_app_key     text default null
)
returns jsonb
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_message record;
    v_task    supasaasy.sync_job_tasks;
    v_job     supasaasy.sync_jobs;
begin
    perform supasaasy._note_worker();
    perform supasaasy._release_dead_workers();
    loop
        select msg_id, message into v_message
        from supasaasy._read_task_message(p_lease_seconds, p_job_id, p_app_key);
        if not found then
            if supasaasy._requeue_lost_tasks() then
                continue;
            end if;
            return null;
        end if;

        select task.* into v_task from supasaasy.sync_job_tasks as task
        where task.id = (v_message.message ->> 'task_id')::uuid and task.message_id = v_message.msg_id
        for no key update skip locked;  -- who ends tasks locks them before their messages: waiting here could deadlock
        if not found and exists (
            select from supasaasy.sync_job_tasks as task
            where task.id = (v_message.message ->> 'task_id')::uuid and task.message_id = v_message.msg_id
        ) then
            perform pgmq.set_vt('supasaasy_tasks', v_message.msg_id, 1);
            continue;
        elsif not found or v_task.status not in ('pending', 'processing') then
            perform pgmq.delete('supasaasy_tasks', v_message.msg_id);
            continue;
        end if;

        select job.* into v_job from supasaasy.sync_jobs as job where job.id = v_task.job_id;
        if supasaasy._must_wait(v_task) then
            perform pgmq.set_vt('supasaasy_tasks', v_message.msg_id, 5);
            continue;
        end if;
        if v_task.attempts >= v_job.max_attempts then
            perform supasaasy._end_task(v_task.id, 'failed', format(
                'given up after %s attempts in which the worker was lost before it stored a page', v_task.attempts));
            continue;
        end if;
        return supasaasy._lease_task(v_task, p_lease_seconds);
    end loop;
end
$$;
comment on function supasaasy._claim_task(integer, uuid, text) is
    'Lease the next task (of that job, of that app) and return all the engine needs to do it; null when there is none.';
drop function if exists supasaasy._claim_task(integer, uuid);

-- The next message whose time has come. The app with the fewest tasks under way goes first, over all workers, so that
-- no app waits behind another's long listings.
create or replace function supasaasy._read_task_message(p_lease_seconds integer, p_job_id uuid, p_app_key text)
returns setof pgmq.message_record
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_app_key text;
begin
    for v_app_key in
        select task.app_key from supasaasy.sync_job_tasks as task
        where task.status in ('pending', 'processing')
            and (p_job_id is null or task.job_id = p_job_id)
            and (p_app_key is null or task.app_key = p_app_key)
        group by task.app_key
        order by count(*) filter (where task.status = 'processing'), min(task.message_id)
    loop
        return query select message.* from pgmq.read('supasaasy_tasks', p_lease_seconds, 1, jsonb_strip_nulls(
            jsonb_build_object('app_key', v_app_key, 'job_id', p_job_id))) as message;
        exit when found;
    end loop;
end
$$;

-- Whether a provider that keeps the place in a list, and for one reader only, has another task reading it.
create or replace function supasaasy._must_wait(p_task supasaasy.sync_job_tasks)
returns boolean
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
begin
    if not exists (
        select from supasaasy.collections as collection
        where collection.collection_key = p_task.collection_key
            and collection.declaration #>> '{pagination,kind}' = 'scroll'
    ) then
        return false;
    end if;
    -- Two workers that claim at once see each other's lease only one after the other.
    perform pg_advisory_xact_lock(hashtextextended(p_task.app_key || ' ' || p_task.collection_key, 0));
    return exists (
        select from supasaasy.sync_job_tasks as other
        where other.app_key = p_task.app_key
            and other.collection_key = p_task.collection_key
            and other.id <> p_task.id
            and other.status = 'processing'
            and other.leased_until > supasaasy._now()
    );
end
$$;

-- A worker whose session is gone will not renew its lease: let the task be claimed now rather than when it ends. Behind a
-- pooler the backend outlives the worker's session, but the lock by which the session is known does not.
create or replace function supasaasy._release_dead_workers()
returns void
language sql
set search_path to pg_catalog, pg_temp
as $$
    with released as (
        update supasaasy.sync_job_tasks as task
        set lease_token = null, worker_pid = null, worker_started_at = null
        where task.id in (
            select orphan.id from supasaasy.sync_job_tasks as orphan
            where orphan.status = 'processing'
                and orphan.worker_pid is not null
                and not exists (
                    select from pg_stat_activity as backend
                    join pg_locks as held on held.pid = backend.pid
                    where backend.pid = orphan.worker_pid
                        and coalesce(backend.backend_start = orphan.worker_started_at, true)
                        and held.locktype = 'advisory'
                        and held.database = (select oid from pg_database where datname = current_database())
                        and (held.classid, held.objid, held.objsubid) = (1937075297, backend.pid, 2)
                )
            order by orphan.id
            for no key update skip locked
        )
        returning task.message_id
    )
    select pgmq.set_vt('supasaasy_tasks', released.message_id, 0) from released
$$;

-- Send anew the messages of tasks that have none, as after a restore without the queue: no task may wait for ever.
create or replace function supasaasy._requeue_lost_tasks()
returns boolean
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
begin
    update supasaasy.sync_job_tasks as task
    set message_id = supasaasy._send_task(task)
    where task.id in (
        select lost.id from supasaasy.sync_job_tasks as lost
        where (lost.status = 'pending' or lost.status = 'processing' and lost.leased_until < supasaasy._now())
            and not exists (
                select from pgmq.q_supasaasy_tasks as message
                where message.msg_id = lost.message_id and message.message ->> 'task_id' = lost.id::text
            )
        order by lost.id
        for no key update skip locked
    );
    return found;
end
$$;

create or replace function supasaasy._lease_task(p_task supasaasy.sync_job_tasks, p_lease_seconds integer)
returns jsonb
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_task   supasaasy.sync_job_tasks;
    v_cursor timestamptz := supasaasy._usable_cursor(p_task);
    v_now    timestamptz := supasaasy._now();
begin
    if p_task.mode = 'incremental' and v_cursor is null then
        update supasaasy.sync_job_tasks as task
        set mode = 'full', checkpoint = null, observed_from = null
            , note = 'full: the last sync is longer ago than the provider keeps its events'
        where task.id = p_task.id;
    end if;
    perform pg_try_advisory_lock(1937075297, pg_backend_pid());  -- 'supa': by this the session is known as a worker's
    update supasaasy.sync_job_tasks as task
    set
        status = 'processing'
        , attempts = task.attempts + 1
        , lease_token = gen_random_uuid()
        , leased_until = v_now + make_interval(secs => p_lease_seconds)
        , worker_pid = pg_backend_pid()
        , worker_started_at = (select backend_start from pg_stat_activity where pid = pg_backend_pid())
        , started_at = coalesce(task.started_at, v_now)
    where task.id = p_task.id
    returning task.* into v_task;
    update supasaasy.sync_jobs as job
    set status = 'processing', started_at = coalesce(job.started_at, v_now)
    where job.id = p_task.job_id and job.status = 'pending';

    return (
        select jsonb_build_object(
            'task_id', v_task.id
            , 'lease_token', v_task.lease_token
            , 'job_id', v_task.job_id
            , 'mode', v_task.mode
            , 'app_key', app.app_key
            , 'config', app.config
            , 'since', extract(epoch from case v_task.mode when 'full' then v_task.sync_from else v_cursor end)::bigint
            , 'connector', connector.declaration
            , 'collection_key', collection.collection_key
            , 'collection', case v_task.mode when 'incremental' then collection.declaration -> 'incremental'
                else collection.declaration end
            , 'checkpoint', v_task.checkpoint
            , 'rate_shares', supasaasy._rate_shares(app.app_key)
            , 'request_deadline', coalesce(nullif(current_setting('supasaasy.request_deadline', true), ''), '60')::numeric
            , 'retry_delay', coalesce(nullif(current_setting('supasaasy.retry_delay', true), ''), '0.5')::numeric
            , 'patience', coalesce(nullif(current_setting('supasaasy.patience', true), ''), '30')::numeric)
        from supasaasy.apps as app
        join supasaasy.connectors as connector on connector.connector = app.connector
        join supasaasy.collections as collection on collection.collection_key = v_task.collection_key
        where app.app_key = v_task.app_key
    );
end
$$;

-- From when on an incremental task reads the provider's events; null when the provider no longer keeps all of them.
create or replace function supasaasy._usable_cursor(p_task supasaasy.sync_job_tasks)
returns timestamptz
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
    select state.cursor - make_interval(secs => (listing.value ->> 'overlap_seconds')::integer)
    from supasaasy.sync_state as state
    join supasaasy.collections as collection on collection.collection_key = state.collection_key
    cross join lateral (select collection.declaration -> 'incremental' as value) as listing
    where state.app_key = p_task.app_key and state.collection_key = p_task.collection_key
        and (listing.value ->> 'retention_seconds' is null  -- a search for changes sees them however old
            or state.cursor > supasaasy._now() - make_interval(secs => (listing.value ->> 'retention_seconds')::integer))
$$;

-- The task, locked, if the token still holds its lease; else a row of nulls.
create or replace function supasaasy._fenced_task(p_task_id uuid, p_lease_token uuid)
returns supasaasy.sync_job_tasks
language sql
set search_path to pg_catalog, pg_temp
as $$
    select task.* from supasaasy.sync_job_tasks as task
    where task.id = p_task_id and task.lease_token = p_lease_token and task.status = 'processing'
    for no key update
$$;

-- Keep the lease while no page comes. False: it is lost.
create or replace function supasaasy._renew_lease(p_task_id uuid, p_lease_token uuid, p_lease_seconds integer)
returns boolean
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_task supasaasy.sync_job_tasks := supasaasy._fenced_task(p_task_id, p_lease_token);
begin
    if v_task.id is null then
        return false;
    end if;
    update supasaasy.sync_job_tasks as task
    set leased_until = supasaasy._now() + make_interval(secs => p_lease_seconds)
    where task.id = v_task.id;
    perform pgmq.set_vt('supasaasy_tasks', v_task.message_id, p_lease_seconds);
    perform supasaasy._note_worker();
    return true;
end
$$;

-- Which part of an app's rate limit this worker takes: as many of the app's tasks as it has in hand, of all and of those
-- that read an endpoint.
create or replace function supasaasy._rate_shares(p_app_key text)
returns jsonb
language sql stable
set search_path to pg_catalog, pg_temp
as $$
    with task as materialized (
        select (task.worker_pid = pg_backend_pid())::integer as is_ours, collection.declaration, task.mode
        from supasaasy.sync_job_tasks as task
        join supasaasy.collections as collection on collection.collection_key = task.collection_key
        where task.app_key = p_app_key and task.status = 'processing' and task.worker_pid is not null
    )
    select jsonb_build_object(
        'total', (select coalesce(avg(task.is_ours), 1)::float8 from task)
        , 'endpoints', (
            select coalesce(jsonb_object_agg(shared.endpoint, shared.ours), '{}')
            from (
                select read.endpoint, avg(task.is_ours)::float8 as ours
                from task
                cross join lateral (
                    select case task.mode
                        when 'incremental' then task.declaration #>> '{incremental,path}'
                        when 'refetch' then task.declaration ->> 'object_path'
                        else task.declaration ->> 'path' end
                    union all
                    select child.value ->> 'path'
                    from jsonb_array_elements(task.declaration -> 'children') as child where task.mode = 'full'
                ) as read(endpoint)
                where read.endpoint is not null
                group by read.endpoint
            ) as shared))
$$;
comment on function supasaasy._rate_shares(text) is '{total, endpoints: {path: share}}, each from 0 to 1.';

-- Complete a task whose listing was read to its end: sweep, remember when, end it. Its status then: pending while it waits
-- for its parts, failed if one has; null: the lease is lost.
create or replace function supasaasy._complete_task(p_task_id uuid, p_lease_token uuid)
returns text
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_task    supasaasy.sync_job_tasks;
    v_message text;
    v_gone    text[];
begin
    perform from supasaasy.sync_job_tasks as whole  -- which a part is about to change as well, and must lock first
    where whole.id = (select part.part_of from supasaasy.sync_job_tasks as part where part.id = p_task_id)
    for no key update;
    v_task := supasaasy._fenced_task(p_task_id, p_lease_token);
    if v_task.id is null then
        return null;
    elsif v_task.part_of is not null then
        perform supasaasy._join_part(v_task);
        return 'completed';
    elsif exists (select from supasaasy.sync_job_tasks as part where part.part_of = v_task.id) then
        return supasaasy._await_parts(v_task);
    elsif v_task.mode = 'refetch' then
        perform supasaasy._end_task(v_task.id, 'completed', null);
        return 'completed';
    end if;
    if v_task.rejected_count > 0 then
        v_message := format(
            '%s objects could not be stored and stand in supasaasy.rejected_objects; for that, nothing was deleted'
            , v_task.rejected_count);
    elsif v_task.mode = 'full' then
        v_gone := supasaasy._vanished(v_task);
        v_message := supasaasy._refuse_deletions(v_task, cardinality(v_gone));
        if v_message is null and v_gone <> '{}' then
            update supasaasy.sync_job_tasks as task
            set deleted_count = task.deleted_count + supasaasy._sweep(v_task, v_gone)
            where task.id = v_task.id;
        end if;
    end if;

    insert into supasaasy.sync_state as state (
        app_key, collection_key, last_full_at, last_incremental_at, complete_at, last_success_at, cursor
    )
    select
        v_task.app_key, completed.collection_key
        , case v_task.mode when 'full' then v_task.observed_from end
        , case v_task.mode when 'incremental' then v_task.observed_from end
        , case when v_task.mode = 'full' and v_task.sync_from is null and v_message is null and not exists (
            select from supasaasy.child_reads as child
            where child.app_key = v_task.app_key
                and child.collection_key = completed.collection_key
                and child.problem is not null
            ) then v_task.observed_from end
        , supasaasy._now(), v_task.observed_from
    from (
        select v_task.collection_key
        union all
        select child.collection_key
        from supasaasy.apps as app
        cross join supasaasy._read_apart(v_task.app_key, v_task.collection_key) as child(collection_key)
        where v_task.mode = 'full' and app.app_key = v_task.app_key
            and app.updated_at <= v_task.created_at  -- else some parents may have been listed before they were asked for
    ) as completed(collection_key)
    on conflict (app_key, collection_key) do update set
        last_full_at = greatest(state.last_full_at, excluded.last_full_at)
        , last_incremental_at = greatest(state.last_incremental_at, excluded.last_incremental_at)
        , complete_at = greatest(state.complete_at, excluded.complete_at)
        , last_success_at = excluded.last_success_at
        , cursor = greatest(state.cursor, excluded.cursor);
    perform supasaasy._end_task(
        v_task.id, 'completed', nullif(concat_ws('; ', v_message, supasaasy._child_problems(v_task)), ''));
    return 'completed';
end
$$;

-- Record a task's failure: try it again later, or give it up. False: the lease is lost.
create or replace function supasaasy._fail_task(
    p_task_id         uuid
    , p_lease_token   uuid
    , p_error         text
    , p_retryable     boolean
    , p_delay_seconds integer default 0     -- at least this long before the next attempt
    , p_stop_job      boolean default false -- the error would meet every task of the job: end them all
)
returns boolean
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_task     supasaasy.sync_job_tasks;
    v_attempts integer;
    v_max      integer;
    v_delay    integer;
begin
    if p_stop_job then
        perform supasaasy._lock_tasks((select job_id from supasaasy.sync_job_tasks where id = p_task_id));
    end if;
    v_task := supasaasy._fenced_task(p_task_id, p_lease_token);
    if v_task.id is null then
        return false;
    end if;
    v_attempts := greatest(v_task.attempts, 1);  -- 0 after a stored page, and yet this attempt has failed
    select job.max_attempts into v_max from supasaasy.sync_jobs as job where job.id = v_task.job_id;

    if p_retryable and v_attempts < v_max then
        v_delay := greatest(p_delay_seconds, least(300, 5 * 2 ^ (v_attempts - 1))::integer);
        update supasaasy.sync_job_tasks as task
        set status = 'pending', lease_token = null, worker_pid = null, error_message = p_error
            , attempts = v_attempts
        where task.id = v_task.id;
        perform pgmq.set_vt('supasaasy_tasks', v_task.message_id, v_delay);
        return true;
    end if;

    perform supasaasy._end_task(v_task.id, 'failed', p_error);
    if p_stop_job then
        perform supasaasy._end_task(task.id, 'failed', p_error)
        from supasaasy.sync_job_tasks as task
        where task.job_id = v_task.job_id and task.status in ('pending', 'processing');
    end if;
    return true;
end
$$;

-- Give a task back as it stands, for the next worker: this one has run out of time or is told to stop.
create or replace function supasaasy._release_task(p_task_id uuid, p_lease_token uuid)
returns boolean
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_task supasaasy.sync_job_tasks := supasaasy._fenced_task(p_task_id, p_lease_token);
begin
    if v_task.id is null then
        return false;
    end if;
    update supasaasy.sync_job_tasks as task
    set status = 'pending', lease_token = null, worker_pid = null, attempts = greatest(task.attempts - 1, 0)
    where task.id = v_task.id;
    perform pgmq.set_vt('supasaasy_tasks', v_task.message_id, 0);
    return true;
end
$$;

create or replace function supasaasy._end_task(p_task_id uuid, p_status text, p_error text)
returns void
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_task supasaasy.sync_job_tasks;
begin
    update supasaasy.sync_job_tasks as task
    set
        status = p_status
        , error_message = p_error
        , lease_token = null
        , worker_pid = null
        , completed_at = supasaasy._now()
        , checkpoint = case when p_status <> 'completed' then task.checkpoint end
    where task.id = p_task_id
    returning task.* into v_task;
    perform pgmq.delete('supasaasy_tasks', v_task.message_id);
    if v_task.part_of is not null then
        perform supasaasy._wake(v_task.part_of);
    elsif v_task.mode = 'refetch' then
        perform supasaasy._abandon_refetch(v_task, p_error);
        delete from supasaasy.sync_jobs as job where job.id = v_task.job_id;
        return;
    end if;
    if p_status = 'completed' then
        delete from supasaasy.seen_pages as page where page.task_id = p_task_id;
    end if;
    perform supasaasy._finish_job(v_task.job_id);
end
$$;
