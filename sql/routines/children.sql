-- Children that are read apart: those of a parent that embeds only the first of them, and those of collections that are
-- read for each parent. Of which parents they are due stands in supasaasy.child_reads, so that a lost worker loses none.

-- The version of a parent, of which its children are wanted: a field of it, or else the time of the sync.
create or replace function supasaasy._version(p_parent jsonb, p_child jsonb, p_task supasaasy.sync_job_tasks)
returns text
language sql immutable
set search_path to pg_catalog, pg_temp
as $$
    select coalesce(
        p_parent #>> supasaasy._path(nullif(p_child -> 'version', 'null'))
        , to_char(p_task.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US'))
$$;

-- Want the children of the parents in these pages.
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
    cross join lateral jsonb_array_elements(
        supasaasy._parse_json(page.body) #> supasaasy._path(p_collection.declaration -> 'records')) as parent(value)
    where child.value -> 'per_parent' = 'true'
        and length(parent.value #>> supasaasy._path(p_collection.declaration -> 'id')) between 1 and 512
    group by 1, 2, 3
    order by 1, 2, 3  -- one lock order for all writers
    on conflict (app_key, collection_key, parent_id) do update set wanted_version = excluded.wanted_version
    where stored.wanted_version < excluded.wanted_version
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
    select coalesce(jsonb_agg(due.parent_id), '[]')
    from (
        select due.parent_id
        from supasaasy.sync_job_tasks as task
        join supasaasy.child_reads as due on due.app_key = task.app_key and due.collection_key = p_child_key
        where task.id = p_task_id
            and (due.read_version is null or due.read_version < due.wanted_version)
            and due.parent_id <> all (p_under_way)
        order by due.parent_id
        limit p_limit
    ) as due
$$;
comment on function supasaasy._due_children(uuid, text, text[], integer) is
    'An array of parents whose children are still to be read, without those under way.';

-- Record the children of some parents, read apart: all of each parent, from every page. False: the lease is lost.
create or replace function supasaasy._record_children(
    p_task_id         uuid
    , p_lease_token   uuid
    , p_child_key     text
    , p_parent_ids    text[]         -- for each body, whose children it holds
    , p_bodies        text[]         -- null: the parent is gone
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
    v_bodies  jsonb[] := array(select supasaasy._parse_json(body) from unnest(p_bodies) with ordinality as page(body, number)
        order by number);
    v_records text[];
    v_parents jsonb;
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

    -- As if the parents embedded them all, so that one path writes children and deletes those that vanished.
    select jsonb_agg(jsonb_build_object('id', parent.id, 'children', parent.children)) into v_parents
    from (
        select page.parent_id as id, coalesce(jsonb_agg(child.value) filter (where child.value is not null), '[]') as children
        from unnest(p_parent_ids, v_bodies) as page(parent_id, body)
        left join lateral jsonb_array_elements(
            case when jsonb_typeof(page.body #> v_records) = 'array' then page.body #> v_records end
        ) as child(value) on true
        group by page.parent_id
    ) as parent;
    v_result := supasaasy._upsert(
        v_task.app_key, v_child
        , array[(v_parents, p_observed_at, supasaasy._api_version(v_task.app_key), null)::supasaasy.page]
        , jsonb_build_object(
            'parent_id', '["id"]'::jsonb, 'records', '["children"]'::jsonb, 'newest_only', v_nested -> 'newest_only'));

    if v_nested -> 'per_parent' = 'true' then
        update supasaasy.child_reads as stored
        set
            read_version = greatest(stored.wanted_version, page.version)
            , wanted_version = greatest(stored.wanted_version, page.version)
        from (
            select parent_id, max(body #>> supasaasy._path(nullif(v_nested -> 'version', 'null'))) as version
            from unnest(p_parent_ids, v_bodies) as page(parent_id, body)
            group by parent_id
        ) as page
        where stored.app_key = v_task.app_key
            and stored.collection_key = p_child_key
            and stored.parent_id = page.parent_id;
    end if;
    perform supasaasy._record_progress(
        v_task, v_result, cardinality(p_bodies), p_observed_at, p_checkpoint, p_lease_seconds);
    return true;
end
$$;

-- What to say of children that the provider has and does not show: null when there are none.
create or replace function supasaasy._unseen_children(p_task supasaasy.sync_job_tasks)
returns text
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
declare
    v_child   record;
    v_parents bigint;
begin
    for v_child in
        select child.collection_key, child.declaration ->> 'parent_column' as parent_column, nested.value as nested
        from supasaasy.collections as parent
        cross join jsonb_array_elements(parent.declaration -> 'children') as nested(value)
        join supasaasy.collections as child on child.collection_key = nested.value ->> 'collection_key'
        where parent.collection_key = p_task.collection_key and jsonb_typeof(nested.value -> 'total') = 'array'
    loop
        execute format(
            $query$
            select count(*)
            from supasaasy.%1$I as parent
            where parent.app_key = $1
                and parent.deleted_at is null
                and parent.updated_at >= $2
                and supasaasy.json_bigint(parent.raw_payload #> %2$L) > (
                    select count(*) from supasaasy.%3$I as child
                    where child.app_key = $1 and child.%4$I = parent.external_id and child.deleted_at is null
                )
            $query$
            , p_task.collection_key, supasaasy._path(v_child.nested -> 'total')
            , v_child.collection_key, v_child.parent_column)
        into v_parents
        using p_task.app_key, p_task.started_at;
        if v_parents > 0 then
            return format('%s objects have more in %s than the provider shows', v_parents, v_child.collection_key);
        end if;
    end loop;
    return null;
end
$$;
comment on function supasaasy._unseen_children(supasaasy.sync_job_tasks) is
    'How many parents that this task has changed say that they have more children than are stored; null for none.';
