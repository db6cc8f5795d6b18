-- Children that are read apart: those of a parent that embeds only the first of them, and those of collections that are
-- read for each parent. Of which parents they are due stands in supasaasy.child_reads, so that a lost worker loses none.

create or replace function supasaasy._version_at(p_moment timestamptz)
returns text
language sql immutable
set search_path to pg_catalog, pg_temp
as $$ select to_char(p_moment at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US') $$;
comment on function supasaasy._version_at(timestamptz) is 'A moment as a version, which later ones sort after.';

-- The version of a parent, of which its children are wanted: a field of it, or else the time of the sync.
create or replace function supasaasy._version(p_parent json, p_child jsonb, p_task supasaasy.sync_job_tasks)
returns text
language sql immutable
set search_path to pg_catalog, pg_temp
as $$
    select coalesce(
        p_parent #>> supasaasy._path(nullif(p_child -> 'version', 'null'))
        , supasaasy._version_at(p_task.created_at))
$$;

create or replace function supasaasy._read_apart(p_app_key text, p_collection_key text)
returns setof text
language sql stable
set search_path to pg_catalog, pg_temp
as $$
    select child.collection_key
    from supasaasy.collections as parent
    cross join jsonb_array_elements(parent.declaration -> 'children') as declared(value)
    join supasaasy.collections as child on child.collection_key = declared.value ->> 'collection_key'
    join supasaasy.apps as app on app.app_key = p_app_key and child.resource_type = any (app.resources)
    where parent.collection_key = p_collection_key and declared.value -> 'per_parent' = 'true'
$$;
comment on function supasaasy._read_apart(text, text) is
    'The collections that an app reads apart for each object of this one.';

-- Want the children of the parents in these pages, also of those that jsonb refuses.
create or replace function supasaasy._want_children(
    p_task            supasaasy.sync_job_tasks
    , p_collection    supasaasy.collections
    , p_bodies        text[]
)
returns void
language sql
set search_path to pg_catalog, pg_temp
as $$
    insert into supasaasy.child_reads as stored (app_key, collection_key, parent_id, wanted_version)
    select
        p_task.app_key
        , child.value ->> 'collection_key'
        , parent.value #>> supasaasy._path(p_collection.declaration -> 'id')
        , max(supasaasy._version(parent.value, child.value, p_task) collate "C")
    from jsonb_array_elements(p_collection.declaration -> 'children') as child(value)
    cross join unnest(p_bodies) as page(body)
    cross join lateral json_array_elements(
        supasaasy._clean_json(page.body)::json #> supasaasy._path(p_collection.declaration -> 'records')) as parent(value)
    where child.value -> 'per_parent' = 'true'
        and length(parent.value #>> supasaasy._path(p_collection.declaration -> 'id')) between 1 and 512
    group by 1, 2, 3
    order by 1, 2, 3  -- one lock order for all writers
    on conflict (app_key, collection_key, parent_id) do update set wanted_version = excluded.wanted_version
    where stored.wanted_version < excluded.wanted_version
$$;

-- Want the children anew of which events say no more than that they have changed: of a version that no request under way
-- was sent for. A task that fetches nothing else reads them at once; what it leaves is read by the next sync of their
-- parents.
create or replace function supasaasy._reread(p_app_key text, p_ids bigint[])
returns void
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_events      bigint[] := array(
        select event.id from supasaasy._pending_events(p_app_key, p_ids) as event where event.action = 'reread');
    v_parent_key  text;
begin
    insert into supasaasy.child_reads as stored (app_key, collection_key, parent_id, wanted_version)
    select distinct event.app_key, event.collection_key, event.object_id, supasaasy._version_at(supasaasy._now())
    from supasaasy.webhook_events as event
    where event.id = any (v_events)
    order by event.app_key, event.collection_key, event.object_id
    on conflict (app_key, collection_key, parent_id) do update set
        wanted_version = excluded.wanted_version
        , read_version = null;

    for v_parent_key in
        select distinct child.parent_key
        from supasaasy.webhook_events as event
        join supasaasy.collections as child on child.collection_key = event.collection_key
        where event.id = any (v_events)
    loop
        perform supasaasy._create_refetch(p_app_key, v_parent_key);
    end loop;
    update supasaasy.webhook_events as event
    set status = 'processed', error_message = null, processed_at = supasaasy._now()
    where event.id = any (v_events);
end
$$;

create or replace function supasaasy._due_children(
    p_task_id         uuid
    , p_child_key     text
    , p_under_way     text[]
    , p_limit         integer
)
returns jsonb
language sql stable
set search_path to pg_catalog, pg_temp
as $$
    select coalesce(jsonb_object_agg(due.parent_id, due.wanted_version), '{}')
    from (
        select due.parent_id, due.wanted_version
        from supasaasy.sync_job_tasks as task
        join supasaasy.child_reads as due on due.app_key = task.app_key and due.collection_key = p_child_key
        where task.id = p_task_id
            and p_child_key in (select supasaasy._read_apart(task.app_key, task.collection_key))
            and (due.read_version is null or due.read_version < due.wanted_version)
            and (due.problem_at >= task.started_at) is not true
            and due.parent_id <> all (p_under_way)
        order by due.parent_id
        limit p_limit
    ) as due
$$;
comment on function supasaasy._due_children(uuid, text, text[], integer) is
    'The parents whose children are still to be read, each with the version that is wanted, without those under way and '
    'those that this task has set aside.';

-- Record the children of some parents, read apart: all of each parent, from every page. False: the lease is lost.
create or replace function supasaasy._record_children(
    p_task_id         uuid
    , p_lease_token   uuid
    , p_child_key     text
    , p_parent_ids    text[]         -- for each body, whose children it holds
    , p_versions      text[]         -- the version that was wanted when it was asked for
    , p_bodies        text[]         -- the JSON null: the parent is gone
    , p_errors        text[]         -- why there is no body; '' where there is one
    , p_observed_at   timestamptz
    , p_checkpoint    jsonb
    , p_lease_seconds integer
)
returns boolean
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_task    supasaasy.sync_job_tasks := supasaasy._fenced_task(p_task_id, p_lease_token);
    v_child   supasaasy.collections;
    v_nested  jsonb;
    v_records text[];
    v_parents text[];
    v_result  supasaasy.upsert_result;
begin
    if v_task.id is null then
        return false;
    end if;
    perform set_config('synchronous_commit', 'off', true);

    select collection.* into v_child from supasaasy.collections as collection where collection.collection_key = p_child_key;
    select nested.value into v_nested
    from supasaasy.collections as collection
    cross join jsonb_array_elements(collection.declaration -> 'children') as nested(value)
    where collection.collection_key = v_task.collection_key and nested.value ->> 'collection_key' = p_child_key;
    v_records := supasaasy._path(case when v_nested -> 'per_parent' = 'true' then v_nested -> 'records'
        else v_child.declaration -> 'records' end);

    perform supasaasy._note_reads(v_task.app_key, p_child_key, v_nested, p_parent_ids, p_versions, p_bodies, p_errors);
    -- As if the parents embedded them all, so that one path writes children and deletes those that vanished.
    select coalesce(array_agg(json_build_object('id', parent.id, 'children', parent.children)::text), '{}') into v_parents
    from (
        select page.parent_id as id, coalesce(json_agg(child.value) filter (where child.value is not null), '[]') as children
        from unnest(p_parent_ids, p_bodies, p_errors) as page(parent_id, body, error)
        cross join lateral (select supasaasy._clean_json(nullif(page.body, ''))::json #> v_records as children) as shown
        left join lateral json_array_elements(
            case when json_typeof(shown.children) = 'array' then shown.children end) as child(value) on true
        where page.error = ''
        group by page.parent_id
    ) as parent;
    v_result := supasaasy._upsert_children(
        v_task.app_key, v_child, v_parents, p_observed_at
        , jsonb_build_object(
            'parent_id', '["id"]'::jsonb, 'records', '["children"]'::jsonb, 'newest_only', v_nested -> 'newest_only'));
    if jsonb_typeof(v_nested -> 'total') = 'array' then
        perform supasaasy._note_unseen(v_task, v_child, supasaasy._path(v_nested -> 'total'), p_parent_ids);
    end if;
    perform supasaasy._record_progress(
        v_task, v_result, cardinality(p_bodies), p_observed_at, p_checkpoint, p_lease_seconds);
    return true;
end
$$;

-- Note of which parents the children were read, and of which they could not be. They are as recent as what was wanted when
-- they were asked for: what has come to be wanted since is still to be read.
create or replace function supasaasy._note_reads(
    p_app_key         text
    , p_child_key     text
    , p_nested        jsonb
    , p_parent_ids    text[]
    , p_versions      text[]
    , p_bodies        text[]
    , p_errors        text[]
)
returns void
language sql
set search_path to pg_catalog, pg_temp
as $$
    select from supasaasy.child_reads as stored
    where stored.app_key = p_app_key and stored.collection_key = p_child_key and stored.parent_id = any (p_parent_ids)
    order by stored.parent_id  -- one lock order for all writers
    for no key update;

    update supasaasy.child_reads as stored
    set
        read_version = case when page.error is null then greatest(page.asked, page.shown) else stored.read_version end
        , wanted_version = greatest(stored.wanted_version, page.shown)
        , problem = page.error
        , problem_at = case when page.error is not null then supasaasy._now() end
    from (
        select
            parent_id
            , nullif(max(error), '') as error
            , max(version collate "C") as asked
            , max(
                supasaasy._clean_json(nullif(body, ''))::json #>> supasaasy._path(nullif(p_nested -> 'version', 'null'))
                collate "C") as shown
        from unnest(p_parent_ids, p_versions, p_bodies, p_errors) as page(parent_id, version, body, error)
        group by parent_id
    ) as page
    where stored.app_key = p_app_key
        and stored.collection_key = p_child_key
        and stored.parent_id = page.parent_id
$$;

-- Record parents with their children. What PostgreSQL refuses together is tried parent by parent, then child by child;
-- a child that it refuses is set aside, none of its parent's is deleted, and the next sync reads them all again.
create or replace function supasaasy._upsert_children(
    p_app_key         text
    , p_child         supasaasy.collections
    , p_parents       text[]         -- {"id": …, "children": […]}
    , p_observed_at   timestamptz
    , p_nested        jsonb
)
returns supasaasy.upsert_result
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_result supasaasy.upsert_result := (0, 0, 0, 0, 0, '{}', '{}');
    v_part   text;
begin
    return supasaasy._upsert(
        p_app_key, p_child
        , array[(
            ('[' || array_to_string(p_parents, ',') || ']')::jsonb, p_observed_at, supasaasy._api_version(p_app_key)
            , null, null, null
        )::supasaasy.page]
        , p_nested);
exception
    when data_exception or integrity_constraint_violation or program_limit_exceeded then
        if cardinality(p_parents) = 1 and json_array_length(p_parents[1]::json -> 'children') = 1 then
            return supasaasy._reject_child(p_app_key, p_child.collection_key, p_parents[1]::json, sqlerrm);
        end if;
        for v_part in
            select parent.value from unnest(p_parents) as parent(value) where cardinality(p_parents) > 1
            union all
            select json_build_object('id', p_parents[1]::json -> 'id', 'children', json_build_array(child.value))::text
            from json_array_elements(p_parents[1]::json -> 'children') as child(value)
            where cardinality(p_parents) = 1
        loop
            v_result := supasaasy._add(v_result, supasaasy._upsert_children(
                p_app_key, p_child, array[v_part], p_observed_at
                , p_nested || jsonb_build_object('newest_only', cardinality(p_parents) = 1
                    or p_nested -> 'newest_only' = 'true')));
        end loop;
        return v_result;
end
$$;

-- It counts as rejected only where nothing else tells: a parent is not gone because a child of it could not be stored.
create or replace function supasaasy._reject_child(p_app_key text, p_child_key text, p_parent json, p_reason text)
returns supasaasy.upsert_result
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
begin
    perform supasaasy._reject(p_app_key, p_child_key, (p_parent #> '{children,0}')::text, p_reason);
    update supasaasy.child_reads as stored
    set read_version = null, problem = 'some stand in supasaasy.rejected_objects', problem_at = supasaasy._now()
    where stored.app_key = p_app_key and stored.collection_key = p_child_key and stored.parent_id = p_parent ->> 'id';
    return (0, 0, 0, (not found)::integer, 1, '{}', '{}')::supasaasy.upsert_result;
end
$$;

-- Note which of these parents say that they have more children than are stored.
create or replace function supasaasy._note_unseen(
    p_task            supasaasy.sync_job_tasks
    , p_child         supasaasy.collections
    , p_total         text[]         -- where a parent says how many it has
    , p_parent_ids    text[]
)
returns void
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
begin
    execute format(
        $query$
        update supasaasy.child_reads as stored
        set problem = 'the provider does not show all of them', problem_at = $4
        from supasaasy.%1$I as parent
        where stored.app_key = $1
            and stored.collection_key = $2
            and stored.parent_id = any ($3)
            and stored.problem is null
            and parent.app_key = $1
            and parent.external_id = stored.parent_id
            and parent.deleted_at is null
            and supasaasy.json_bigint(parent.raw_payload #> %2$L) > (
                select count(*) from supasaasy.%3$I as child
                where child.app_key = $1 and child.%4$I = stored.parent_id and child.deleted_at is null
            )
        $query$
        , p_task.collection_key, p_total, p_child.collection_key, p_child.declaration ->> 'parent_column')
    using p_task.app_key, p_child.collection_key, p_parent_ids, supasaasy._now();
end
$$;

create or replace function supasaasy._child_problems(p_task supasaasy.sync_job_tasks)
returns text
language sql stable
set search_path to pg_catalog, pg_temp
as $$
    select string_agg(
        format(
            case when problem.is_shown then '%1$s objects have more in %2$s than the provider shows'
                else '%2$s of %1$s objects could not be read or stored, as supasaasy.child_reads says; the next sync tries '
                    'them again' end
            , problem.parents, problem.collection_key)
        , '; ' order by problem.collection_key, problem.is_shown)
    from (
        select child.collection_key, child.read_version >= child.wanted_version is true as is_shown, count(*) as parents
        from supasaasy.collections as collection
        join supasaasy.child_reads as child
            on child.app_key = p_task.app_key
            and child.collection_key = collection.collection_key
            and child.problem_at >= p_task.started_at
            and child.problem is not null
        where collection.parent_key = p_task.collection_key
        group by 1, 2
    ) as problem
$$;
comment on function supasaasy._child_problems(supasaasy.sync_job_tasks) is
    'What to say of the children that this task could not read or store, or that are not all shown; null when there are none.';
