-- Refetching: an event is a hint, and what its object is now is fetched by its id and recorded through the one upsert.
--
-- A task of a job of its own, in the mode refetch, fetches objects of one collection. Its checkpoint says which are left,
-- and the ids in webhook_events of those that asked for each: {"objects": {"cus_1": [17, 18]}}. The events are pending until
-- their object is recorded. What is left when the task ends is tried again as any event that failed; the job is deleted,
-- because the events say what became of them.

create or replace function supasaasy._refetch(p_app_key text, p_ids bigint[])
returns void
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_collection_key text;
begin
    for v_collection_key in
        select event.collection_key from supasaasy._pending_events(p_app_key, p_ids) as event
        where event.action = 'refetch'
        group by event.collection_key
        order by event.collection_key
    loop
        perform supasaasy._refetch_objects(p_app_key, v_collection_key, p_ids);
    end loop;
end
$$;
comment on function supasaasy._refetch(text, bigint[]) is
    'Let the objects of those of these events be fetched that are pending and do not apply by themselves.';

-- An event joins a task that has not begun. While its object is fetched it waits in the queue for a second: what is on
-- its way may be older than the event, and two answers of one second could not be ordered.
create or replace function supasaasy._refetch_objects(p_app_key text, p_collection_key text, p_ids bigint[])
returns void
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_task    supasaasy.sync_job_tasks;
    v_objects jsonb;
begin
    perform from supasaasy.sync_job_tasks as task  -- so that none of them begins meanwhile
    where task.app_key = p_app_key and task.collection_key = p_collection_key
        and task.mode = 'refetch' and task.status in ('pending', 'processing')
    order by task.id
    for no key update;
    select task.* into v_task
    from supasaasy.sync_job_tasks as task
    where task.app_key = p_app_key and task.collection_key = p_collection_key
        and task.mode = 'refetch' and task.status = 'pending'
    order by task.created_at, task.id
    limit 1;

    with wanted as (
        select
            event.object_id
            , coalesce(v_task.checkpoint #> array['objects', event.object_id], '[]') || jsonb_agg(event.id) as event_ids
        from supasaasy._pending_events(p_app_key, p_ids) as event
        where event.collection_key = p_collection_key and event.action = 'refetch'
            and not supasaasy._waits_for_fetch(event, v_task.id)
        group by event.object_id
    )
    select jsonb_object_agg(wanted.object_id, wanted.event_ids) into v_objects from wanted;
    perform supasaasy._enqueue_event(event.id, 1)
    from supasaasy._pending_events(p_app_key, p_ids) as event
    where event.collection_key = p_collection_key and event.action = 'refetch'
        and supasaasy._waits_for_fetch(event, v_task.id);

    if v_objects is null then
        return;
    elsif v_task.id is null then
        v_task.id := supasaasy._create_refetch(p_app_key, p_collection_key);
    end if;
    update supasaasy.sync_job_tasks as task
    set checkpoint = jsonb_set(task.checkpoint, '{objects}', task.checkpoint -> 'objects' || v_objects)
    where task.id = v_task.id;
end
$$;

create or replace function supasaasy._waits_for_fetch(p_event supasaasy.webhook_events, p_task_id uuid)
returns boolean
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
begin
    return exists (
        select from supasaasy.sync_job_tasks as task
        where task.app_key = p_event.app_key
            and task.collection_key = p_event.collection_key
            and task.mode = 'refetch'
            and task.status in ('pending', 'processing')
            and task.id is distinct from p_task_id
            and task.checkpoint -> 'objects' ? p_event.object_id);
end
$$;
comment on function supasaasy._waits_for_fetch(supasaasy.webhook_events, uuid) is
    'Whether another task than this one has the event''s object in hand.';

-- One attempt, as events are tried again by themselves.
create or replace function supasaasy._create_refetch(p_app_key text, p_collection_key text)
returns uuid
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_type text := (
        select collection.resource_type from supasaasy.collections as collection
        where collection.collection_key = p_collection_key);
    v_job  supasaasy.sync_jobs;
    v_task uuid;
begin
    insert into supasaasy.sync_jobs (app_key, mode, resource_types, max_attempts, created_at)
    values (p_app_key, 'refetch', array[v_type], 1, supasaasy._now())
    returning * into v_job;
    insert into supasaasy.sync_job_tasks (job_id, app_key, collection_key, resource_type, mode, checkpoint, created_at)
    values (
        v_job.id, p_app_key, p_collection_key, v_type, 'refetch'
        , '{"filtered": false, "windows": [], "children": [], "objects": {}}', v_job.created_at)
    returning id into v_task;
    perform supasaasy._enqueue(v_job.id);
    return v_task;
end
$$;
comment on function supasaasy._create_refetch(text, text) is 'A job with a task that has no objects yet; the task''s id.';

-- Let objects be fetched that a list does not show, though they may be there. No event waits for them.
create or replace function supasaasy._refetch_unlisted(p_task supasaasy.sync_job_tasks, p_ids text[])
returns void
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_task_id uuid := supasaasy._create_refetch(p_task.app_key, p_task.collection_key);
begin
    update supasaasy.sync_job_tasks as task
    set checkpoint = jsonb_set(task.checkpoint, '{objects}', (
        select jsonb_object_agg(unlisted.id, '[]'::jsonb) from unnest(p_ids) as unlisted(id)))
    where task.id = v_task_id;
end
$$;

-- Record what a provider answered of one object, and end the events that asked for it. False: the lease is lost.
create or replace function supasaasy._record_object(
    p_task_id         uuid
    , p_lease_token   uuid
    , p_object_id     text
    , p_body          text           -- the object, or no more than its id where it is gone
    , p_gone          boolean
    , p_error         text           -- why the provider does not show it; null where it did
    , p_observed_at   timestamptz    -- the provider's clock when it answered
    , p_checkpoint    jsonb          -- what is left to be fetched
    , p_lease_seconds integer
)
returns boolean
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_task   supasaasy.sync_job_tasks := supasaasy._fenced_task(p_task_id, p_lease_token);
    v_events bigint[];
    v_result supasaasy.upsert_result := (0, 0, 0, 0, 0, '{}', '{}');
    v_error  text := p_error;
begin
    if v_task.id is null then
        return false;
    end if;
    v_events := supasaasy._refetched_events(v_task.checkpoint -> 'objects' -> p_object_id);
    if v_error is null then
        begin
            v_result := supasaasy._upsert_refetched(v_task, p_body, p_gone, greatest(p_observed_at, (
                select max(event.occurred_at) from supasaasy.webhook_events as event where event.id = any (v_events))));
            if v_result.rejected > 0 then
                v_error := 'the object could not be stored and stands in supasaasy.rejected_objects';
            end if;
        exception
            when others then v_error := sqlerrm;
        end;
    end if;

    if v_error is null then
        update supasaasy.webhook_events as event
        set status = 'processed', error_message = null, processed_at = supasaasy._now()
        where event.id = any (v_events) and event.status = 'pending';
    else
        perform supasaasy._fail_events(v_events, v_error);
    end if;
    perform supasaasy._record_progress(v_task, v_result, 1, p_observed_at, p_checkpoint, p_lease_seconds);
    return true;
end
$$;

-- Fetched after its events arrived, an object is as new as they are. A microsecond more, as events have, lets it win
-- against lists of the same second, which may have been read before.
create or replace function supasaasy._upsert_refetched(
    p_task          supasaasy.sync_job_tasks
    , p_body        text
    , p_gone        boolean
    , p_observed_at timestamptz
)
returns supasaasy.upsert_result
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_collection   supasaasy.collections;
    v_deleted_when jsonpath;
begin
    select collection.* into v_collection
    from supasaasy.collections as collection where collection.collection_key = p_task.collection_key;
    select (connector.declaration ->> 'deleted_when')::jsonpath into v_deleted_when
    from supasaasy.connectors as connector where connector.connector = v_collection.connector;
    return supasaasy._upsert_object(
        p_task.app_key, v_collection, supasaasy._clean_json(p_body), p_observed_at + interval '1 microsecond'
        , supasaasy._api_version(p_task.app_key)
        , case when p_gone or supasaasy._try_json(p_body) @@ v_deleted_when then 'delete' else 'upsert' end);
end
$$;

create or replace function supasaasy._refetched_events(p_ids jsonb)
returns bigint[]
language plpgsql immutable
set search_path to pg_catalog, pg_temp
as $$ begin return array(select id::bigint from jsonb_array_elements_text(p_ids) as id); end $$;

-- What a task that ends has not recorded is tried again later.
create or replace function supasaasy._abandon_refetch(p_task supasaasy.sync_job_tasks, p_error text)
returns void
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
begin
    perform supasaasy._fail_events(supasaasy._refetched_events(object.value), p_error)
    from jsonb_each(p_task.checkpoint -> 'objects') as object;
end
$$;

create or replace function supasaasy._fail_events(p_ids bigint[], p_error text)
returns void
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
begin
    perform supasaasy._fail_event(event.id, p_error)
    from supasaasy.webhook_events as event
    where event.id = any (p_ids) and event.status = 'pending';
end
$$;
