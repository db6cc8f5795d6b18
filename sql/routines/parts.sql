-- Parts: a long listing that arrives faster than one worker stores it is shared with a worker that has nothing to do. A part
-- is a task of its own, for ranges of creation time that its whole has given away. It counts for itself until it has been
-- read to its end; then its whole takes over its counts, and it is gone. The whole is completed last.

-- Give a part of a task to a worker that waits for work: what is left for each, as checkpoints. False: the lease is lost.
create or replace function supasaasy._share_task(p_task_id uuid, p_lease_token uuid, p_checkpoint jsonb, p_part jsonb)
returns boolean
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_task supasaasy.sync_job_tasks := supasaasy._fenced_task(p_task_id, p_lease_token);
    v_part supasaasy.sync_job_tasks;
begin
    if v_task.id is null then
        return false;
    end if;
    perform set_config('synchronous_commit', 'off', true);  -- lost in a crash, it was not shared
    update supasaasy.sync_job_tasks as task set checkpoint = p_checkpoint where task.id = v_task.id;
    insert into supasaasy.sync_job_tasks (
        job_id, part_of, app_key, collection_key, resource_type, mode, sync_from, checkpoint, created_at
    )
    values (
        v_task.job_id, coalesce(v_task.part_of, v_task.id), v_task.app_key, v_task.collection_key, v_task.resource_type
        , v_task.mode, v_task.sync_from, p_part, v_task.created_at)
    returning * into v_part;
    update supasaasy.sync_job_tasks as task set message_id = supasaasy._send_task(v_part) where task.id = v_part.id;
    return true;
end
$$;

-- Whether a worker waits for work, which it tells by a lock (Worker._wait in the engine), and there is none for it yet.
create or replace function supasaasy._somebody_waits()
returns boolean
language sql stable
set search_path to pg_catalog, pg_temp
as $$
    select exists (
        select from pg_locks as held
        where held.locktype = 'advisory'
            and held.database = (select oid from pg_database where datname = current_database())
            and (held.classid, held.objid, held.objsubid) = (1937075297, 0, 2)
            and held.pid <> pg_backend_pid()
    ) and not exists (
        select from supasaasy.sync_job_tasks as part
        where part.status = 'pending' and part.attempts = 0 and part.part_of is not null)
$$;

-- Whether another worker has a task in hand of which it may give a part away; Listing.divisible says the same in the engine.
create or replace function supasaasy._may_be_shared()
returns boolean
language sql stable
set search_path to pg_catalog, pg_temp
as $$
    select exists (
        select from supasaasy.sync_job_tasks as task
        join supasaasy.collections as collection on collection.collection_key = task.collection_key
        where task.mode = 'full'
            and (
                task.status = 'processing' and task.worker_pid <> pg_backend_pid() and task.leased_until > supasaasy._now()
                or task.status = 'pending' and task.attempts = 0)  -- somebody claims it at this moment
            and collection.declaration ->> 'created_filter' is not null
            and not collection.declaration -> 'children' @> '[{"per_parent": true}]')
$$;

-- Put what a part has counted to its whole. The part has been read to its end, and both are locked.
create or replace function supasaasy._join_part(p_part supasaasy.sync_job_tasks)
returns void
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
begin
    update supasaasy.sync_job_tasks as whole
    set
        processed_entities = whole.processed_entities + p_part.processed_entities
        , created_count = whole.created_count + p_part.created_count
        , updated_count = whole.updated_count + p_part.updated_count
        , deleted_count = whole.deleted_count + p_part.deleted_count
        , rejected_count = whole.rejected_count + p_part.rejected_count
        , pages = whole.pages + p_part.pages
        , observed_from = least(whole.observed_from, p_part.observed_from)
    where whole.id = p_part.part_of;
    delete from supasaasy.sync_job_tasks as part where part.id = p_part.id;
    perform pgmq.delete('supasaasy_tasks', p_part.message_id);
    perform supasaasy._wake(p_part.part_of);
    perform supasaasy._finish_job(p_part.job_id);  -- whose last task this may have been, if the whole has failed
end
$$;

-- The whole has been read to its end, but not all of its parts: let it wait for them, or fail with one that has. Its status.
create or replace function supasaasy._await_parts(p_task supasaasy.sync_job_tasks)
returns text
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_failed supasaasy.sync_job_tasks;
begin
    select part.* into v_failed
    from supasaasy.sync_job_tasks as part where part.part_of = p_task.id and part.status = 'failed' limit 1;
    if found then
        perform supasaasy._end_task(p_task.id, 'failed', v_failed.error_message);
        return 'failed';
    end if;
    update supasaasy.sync_job_tasks as task
    set status = 'pending', lease_token = null, worker_pid = null, attempts = 0
    where task.id = p_task.id;
    perform pgmq.set_vt('supasaasy_tasks', p_task.message_id, 30);  -- it is woken: this is for a wake that came too early
    return 'pending';
end
$$;

-- Let the whole of a part that has ended be looked at, if it waits for nothing else: not for its next attempt either.
create or replace function supasaasy._wake(p_task_id uuid)
returns void
language sql
set search_path to pg_catalog, pg_temp
as $$
    select pgmq.set_vt('supasaasy_tasks', task.message_id, 0)
    from supasaasy.sync_job_tasks as task
    where task.id = p_task_id and task.status = 'pending' and task.attempts = 0
$$;
