-- The end of a full sync: what a complete listing did not show is soft-deleted, unless that would be too much to be true.

-- What a complete full listing did not show: rows that it did not see unchanged, and whose observation is older than its
-- earliest page, so that it did not write them, or as old and was written before the task began; with sync_from, only
-- rows in the range that was listed.
create or replace function supasaasy._vanished(p_task supasaasy.sync_job_tasks)
returns text[]
language plpgsql
set search_path to pg_catalog, pg_temp
set enable_nestloop to off  -- right after a bulk load the planner knows no sizes, and would loop over the seen ids
as $$
declare
    v_declaration jsonb := (
        select collection.declaration
        from supasaasy.collections as collection where collection.collection_key = p_task.collection_key);
    v_created     text := v_declaration ->> 'created_field';
    v_ids         text[];
begin
    execute format(
        $query$
        select coalesce(array_agg(stored.external_id), '{}')
        from supasaasy.%1$I as stored
        where stored.app_key = $1
            and stored.deleted_at is null
            and (stored.observed_at < $3 or stored.observed_at = $3 and stored.updated_at < $4)
            and ($5 is null or %2$s >= $5)
            and (%3$L or stored.archived_at is null)
            and not exists (
                select from (
                    select unnest(page.external_ids) as external_id
                    from supasaasy.seen_pages as page where page.task_id = $2
                ) as seen
                where seen.external_id = stored.external_id
            )
        $query$
        , p_task.collection_key
        , case when v_created is null then '$5'
            else format('supasaasy.json_timestamp(stored.raw_payload -> %L)', v_created) end
        , not (v_declaration -> 'archived_unlisted')::boolean)
    into v_ids
    using p_task.app_key, p_task.id, p_task.observed_from, p_task.started_at, p_task.sync_from;
    return v_ids;
end
$$;

-- Soft-delete objects that vanished, and their children, unless somebody has observed them since; or archive them, where
-- that is what vanishing means; or let them be fetched, where it means nothing. Returns how many rows were deleted.
create or replace function supasaasy._sweep(p_task supasaasy.sync_job_tasks, p_ids text[])
returns bigint
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_now      timestamptz := supasaasy._now();
    v_unlisted text := (
        select collection.declaration ->> 'unlisted'
        from supasaasy.collections as collection where collection.collection_key = p_task.collection_key);
    v_child    record;
    v_deleted  bigint;
    v_count    bigint;
begin
    if v_unlisted = 'refetch' then
        perform supasaasy._refetch_unlisted(p_task, p_ids);
        return 0;
    end if;
    execute format(
        $query$
        update supasaasy.%1$I as stored
        set %2$s
        where stored.app_key = $1
            and stored.external_id = any ($2)
            and stored.deleted_at is null
            and (stored.observed_at < $3 or stored.observed_at = $3 and stored.updated_at < $4)
        $query$
        , p_task.collection_key
        -- Archived, it is not observed anew: what has become of it may yet be told.
        , case v_unlisted when 'archive' then 'archived_at = $5' else 'deleted_at = $5, observed_at = $3' end)
    using p_task.app_key, p_ids, p_task.observed_from, p_task.started_at, v_now;
    get diagnostics v_deleted = row_count;
    if v_unlisted = 'archive' then
        return 0;
    end if;

    for v_child in
        select child.collection_key, child.declaration ->> 'parent_column' as parent_column
        from supasaasy.collections as child where child.parent_key = p_task.collection_key and v_deleted > 0
    loop
        execute format(
            $query$
            update supasaasy.%1$I as child
            set deleted_at = $2, observed_at = $3
            from supasaasy.%2$I as parent
            where parent.app_key = $1 and parent.deleted_at = $2
                and child.app_key = $1 and child.%3$I = parent.external_id
                and child.deleted_at is null and child.observed_at <= $3
            $query$
            , v_child.collection_key, p_task.collection_key, v_child.parent_column)
        using p_task.app_key, v_now, p_task.observed_from;
        get diagnostics v_count = row_count;
        v_deleted := v_deleted + v_count;
    end loop;
    return v_deleted;
end
$$;

-- A listing that shows less than half of a large collection is more often a fault, say another account's key, than true.
-- Why these deletions are refused, else null. Rows are counted only when there are enough deletions to ask.
create or replace function supasaasy._refuse_deletions(p_task supasaasy.sync_job_tasks, p_deletions bigint)
returns text
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_large    constant bigint := 1000;
    v_fraction numeric := (
        select (app.config ->> 'max_delete_fraction')::numeric from supasaasy.apps as app where app.app_key = p_task.app_key);
    v_live     bigint;
begin
    if p_deletions <= v_large * v_fraction then
        return null;
    end if;
    execute format(
        'select count(*) from supasaasy.%I as stored where stored.app_key = $1 and stored.deleted_at is null'
        , p_task.collection_key)
    into v_live
    using p_task.app_key;
    if v_live <= v_large or p_deletions <= v_live * v_fraction then
        return null;
    end if;
    return format(
        '%s of %s rows are no longer listed; nothing was deleted, because that is more than max_delete_fraction (%s) of '
        'them: raise it in the app''s config if they are really gone', p_deletions, v_live, v_fraction);
end
$$;
