-- Recording what a worker has fetched: rows, counts and checkpoint in one transaction. Nothing is written without the lease.

-- Which of these objects are not stored with this very text, or not as live: their ids. For the others, there is nothing
-- to do. It costs a fifth of comparing their payloads.
create or replace function supasaasy._find_changed(
    p_task_id   uuid
    , p_ids     text[]
    , p_digests uuid[]  -- of the texts in which they are listed
)
returns text[]
language plpgsql
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
declare
    v_task record;
    v_ids  text[];
begin
    select task.app_key, task.collection_key, collection.declaration ->> 'unlisted' as unlisted
    into v_task
    from supasaasy.sync_job_tasks as task
    join supasaasy.collections as collection on collection.collection_key = task.collection_key
    where task.id = p_task_id;
    if not found then
        return array[]::text[];  -- somebody else has ended it, as recording will tell
    end if;
    execute format(
        $query$
        select array_agg(listed.external_id)
        from unnest($2, $3) as listed(external_id, digest)
        left join lateral (  -- as in _upsert, one look-up by key for each
            select stored.listed_digest, stored.deleted_at, stored.archived_at
            from supasaasy.%1$I as stored
            where stored.app_key = $1 and stored.external_id = listed.external_id
            limit 1
        ) as stored on true
        where stored.listed_digest is distinct from listed.digest
            or stored.deleted_at is not null
            or %2$L and stored.archived_at is not null
        $query$
        , v_task.collection_key
        , v_task.unlisted is not distinct from 'archive')
    into v_ids
    using v_task.app_key, p_ids, p_digests;
    return coalesce(v_ids, '{}');
end
$$;

-- Record pages of a listing: their objects, the counts and the checkpoint, all or nothing. False: the lease is lost.
create or replace function supasaasy._record_pages(
    p_task_id         uuid
    , p_lease_token   uuid
    , p_bodies        text[]         -- response bodies, each with an array of objects somewhere in it
    , p_texts         text[]         -- objects of other pages, each by itself
    , p_digests       uuid[]         -- of these texts
    , p_unchanged_ids text[]         -- objects of those pages for which _find_changed has found that there is nothing to do
    , p_pages         integer        -- how many there are
    , p_observed_at   timestamptz    -- the provider's clock when the pages were true
    , p_checkpoint    jsonb          -- what is left to be listed once these pages are stored
    , p_lease_seconds integer
)
returns boolean
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_task       supasaasy.sync_job_tasks := supasaasy._fenced_task(p_task_id, p_lease_token);
    v_collection supasaasy.collections;
    v_result     supasaasy.upsert_result := (0, 0, 0, 0, cardinality(p_unchanged_ids), p_unchanged_ids, '{}');
begin
    if v_task.id is null then
        return false;
    end if;
    -- A page lost in a crash is fetched again from the checkpoint lost with it, so its commit need not wait for the disk.
    perform set_config('synchronous_commit', 'off', true);

    select collection.* into v_collection
    from supasaasy.collections as collection where collection.collection_key = v_task.collection_key;
    if cardinality(p_bodies) + cardinality(p_texts) > 0 then
        v_result := supasaasy._add(v_result, supasaasy._upsert_bodies(
            v_task.app_key, v_collection, p_bodies, p_observed_at, supasaasy._api_version(v_task.app_key)
            , p_texts, p_digests));
    end if;
    if v_collection.declaration -> 'children' @> '[{"per_parent": true}]' then
        perform supasaasy._want_children(v_task, v_collection, p_bodies);
    end if;
    if v_task.mode = 'full' and v_result.unchanged_ids <> '{}' then
        insert into supasaasy.seen_pages (task_id, external_ids)
        values (coalesce(v_task.part_of, v_task.id), v_result.unchanged_ids);
    end if;
    perform supasaasy._record_progress(v_task, v_result, p_pages, p_observed_at, p_checkpoint, p_lease_seconds);
    return true;
end
$$;

-- Record pages of an event listing: the events not yet known, what they say, the counts and the checkpoint, all or
-- nothing. False: the lease is lost.
create or replace function supasaasy._record_events(
    p_task_id         uuid
    , p_lease_token   uuid
    , p_bodies        text[]         -- response bodies, each with an array of events somewhere in it
    , p_observed_at   timestamptz    -- the provider's clock when the pages were true
    , p_checkpoint    jsonb          -- what is left to be listed once these pages are stored
    , p_lease_seconds integer
)
returns boolean
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_task    supasaasy.sync_job_tasks := supasaasy._fenced_task(p_task_id, p_lease_token);
    v_records text[];
    v_events  jsonb;
    v_refused text[];
    v_result  supasaasy.upsert_result;
begin
    if v_task.id is null then
        return false;
    end if;
    perform set_config('synchronous_commit', 'off', true);

    select supasaasy._path(collection.declaration #> '{incremental,records}') into v_records
    from supasaasy.collections as collection where collection.collection_key = v_task.collection_key;
    -- Listed newest first: of the events of one second, the earlier are stored before the later. Each is read by itself,
    -- so that one that jsonb refuses holds up none of the others.
    with listed as materialized (
        select event.value::text as body, supasaasy._try_json(event.value::text) as event, page.ordinality, event.position
        from unnest(p_bodies) with ordinality as page(body, ordinality)
        cross join json_array_elements(supasaasy._clean_json(page.body)::json #> v_records)
            with ordinality as event(value, position)
    )
    select
        coalesce(jsonb_agg(listed.event order by listed.ordinality desc, listed.position desc)
            filter (where listed.event is not null), '[]')
        , coalesce(array_agg(listed.body) filter (where listed.event is null), '{}')
    into v_events, v_refused
    from listed;
    perform supasaasy._reject(v_task.app_key, v_task.collection_key, refused.body, 'the event is no JSON that jsonb can hold')
    from unnest(v_refused) as refused(body);

    v_result := supasaasy._apply_events(supasaasy._store_events(v_task.app_key, v_events));
    v_result.rejected := v_result.rejected + cardinality(v_refused);
    perform supasaasy._record_progress(
        v_task, v_result, cardinality(p_bodies), p_observed_at, p_checkpoint, p_lease_seconds);
    return true;
end
$$;

create or replace function supasaasy._api_version(p_app_key text)
returns text
language sql stable
set search_path to pg_catalog, pg_temp
as $$
    select coalesce(app.config ->> 'api_version', connector.declaration ->> 'api_version')
    from supasaasy.apps as app
    join supasaasy.connectors as connector on connector.connector = app.connector
    where app.app_key = p_app_key
$$;

create or replace function supasaasy._record_progress(
    p_task            supasaasy.sync_job_tasks
    , p_result        supasaasy.upsert_result
    , p_pages         integer
    , p_observed_at   timestamptz
    , p_checkpoint    jsonb
    , p_lease_seconds integer
)
returns void
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_now   timestamptz := supasaasy._now();
    v_renew boolean := p_task.leased_until < v_now + make_interval(secs => p_lease_seconds / 2.0);
    -- A scroll begins again at every attempt: its pages are no progress.
    v_scrolls boolean := exists (
        select from supasaasy.collections as collection
        where collection.collection_key = p_task.collection_key
            and collection.declaration #>> '{pagination,kind}' = 'scroll');
begin
    update supasaasy.sync_job_tasks as task
    set
        processed_entities = task.processed_entities + p_result.received
        , created_count = task.created_count + p_result.created
        , updated_count = task.updated_count + p_result.updated
        , deleted_count = task.deleted_count + p_result.deleted
        , rejected_count = task.rejected_count + p_result.rejected
        , pages = task.pages + p_pages
        , attempts = case when v_scrolls then task.attempts else 0 end
        , error_message = null
        , checkpoint = p_checkpoint
        , observed_from = least(task.observed_from, p_observed_at)
        , leased_until = case when v_renew then v_now + make_interval(secs => p_lease_seconds)
            else task.leased_until end
    where task.id = p_task.id;
    if v_renew then
        perform pgmq.set_vt('supasaasy_tasks', p_task.message_id, p_lease_seconds);
    end if;
end
$$;
