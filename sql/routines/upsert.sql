-- Writing objects into collection tables: the one path that syncs and webhooks share.
--
-- observed_at is the provider's clock when a payload was true. A row never moves back in time: an older observation
-- changes nothing. Listed objects are observed at the response's Date less its one-second resolution; events stand one
-- microsecond after the second they happened in, so that a list never wins a tie against an event.

create or replace function supasaasy._path(p_keys jsonb)
returns text[]
language plpgsql immutable strict
set search_path to pg_catalog, pg_temp
as $$ begin return array(select jsonb_array_elements_text(p_keys)); end $$;
comment on function supasaasy._path(jsonb) is 'A JSON array of keys as the text[] that #> takes.';

create or replace function supasaasy._parent_column(p_declaration jsonb)
returns text
language plpgsql immutable
set search_path to pg_catalog, pg_temp
as $$
begin
    return case when p_declaration -> 'names_parent' is distinct from 'true' then p_declaration ->> 'parent_column' end;
end
$$;
comment on function supasaasy._parent_column(jsonb) is
    'The column that takes a parent''s id; null where there is none, or where it is generated from the payload.';

-- The select that turns items into (external_id, payload, parent_id, …); external_id is null for a bad object.
create or replace function supasaasy._source_query(p_declaration jsonb, p_nested jsonb)
returns text
language sql stable
set search_path to pg_catalog, pg_temp
as $$
    select format(
        $query$
        select
            case when length(item.value #>> %1$L) between 1 and 512 and jsonb_typeof(item.value #> %1$L) = 'string'
                then item.value #>> %1$L
            end as external_id
            , item.value as payload
            , item.digest
            , %2$s as parent_id
            , page.observed_at
            , page.api_version
            , page.action
            , (page.number, item.ordinality) as position
        from unnest($2) with ordinality as page(items, observed_at, api_version, action, texts, digests, number)
        %3$s
        $query$
        , supasaasy._path(p_declaration -> 'id')
        , case when p_nested is null then 'null::text'
            else format('parent.value #>> %L', supasaasy._path(p_nested -> 'parent_id')) end
        , case when p_nested is null
            then $listed$cross join lateral (
                    select element.value, null::uuid as digest, element.ordinality
                    from jsonb_array_elements(page.items) with ordinality as element
                    union all
                    select element.text::jsonb, element.digest, element.ordinality
                    from unnest(page.texts, page.digests) with ordinality as element(text, digest, ordinality)
                    offset 0  -- each text is parsed once
                ) as item$listed$
            else format(
                $nested$cross join lateral jsonb_array_elements(page.items) as parent(value)
                cross join lateral (
                    select element.value, null::uuid as digest, element.ordinality
                    from jsonb_array_elements(
                        case when jsonb_typeof(parent.value #> %1$L) = 'array' then parent.value #> %1$L else '[]' end
                    ) with ordinality as element
                ) as item
                where page.action is distinct from 'delete' and parent.value #>> %2$L <> all ($5)$nested$
                , supasaasy._path(p_nested -> 'records'), supasaasy._path(p_nested -> 'parent_id')) end
    )
$$;
comment on function supasaasy._source_query(jsonb, jsonb) is
    'The query over $2, pages of objects or of the parents that embed them, which yields one row an object; '
    'the children of the parents in $5 are left out.';

-- Record provider objects of one collection, set-based. Idempotent; never moves a row back in time.
-- What is listed and stored already is left alone; an event also moves observed_at, so that a late one cannot undo it.
create or replace function supasaasy._upsert(
    p_app_key         text
    , p_collection    supasaasy.collections
    , p_pages         supasaasy.page[]    -- of their parents when p_nested is given
    , p_nested        jsonb default null  -- how the parents embed this collection: {records, has_more, parent_id}
    , p_stale_parents text[] default '{}' -- parents of which something newer is stored
)
returns supasaasy.upsert_result
language plpgsql
set search_path to pg_catalog, pg_temp
set enable_seqscan to off  -- pages are small and tables are not, but after a bulk load the statistics say otherwise
set jit to off  -- compiling takes longer than storing a page
as $$
declare
    v_parent_column text := supasaasy._parent_column(p_collection.declaration);
    v_source        text := supasaasy._source_query(p_collection.declaration, p_nested);
    v_result        supasaasy.upsert_result;
begin
    execute format(
        $query$
        with source as materialized (%2$s)
        , item as (
            select distinct on (external_id) *
            from source
            where external_id is not null
            order by external_id, observed_at desc, position desc
        )
        , compared as materialized (
            select
                item.external_id
                , item.parent_id
                , item.observed_at
                , item.api_version
                , item.action
                , item.digest
                , merged.payload
                , stored.updated_at
                , stored.listed_digest
                , stored.external_id is null
                    or item.action is distinct from 'delete'
                        -- as bytes, in half the time that comparing value by value takes
                        and (stored.deleted_at is not null
                            or row(stored.raw_payload)::record *<> row(merged.payload)::record)
                    or %6$L and item.action is null and stored.archived_at is not null and (merged.payload @@ $4) is not true
                    as changed
            from item
            -- lateral with a limit: one look-up by key for each item, which the planner cannot turn into a scan
            left join lateral (
                select
                    stored.external_id, stored.deleted_at, stored.archived_at, stored.updated_at, stored.observed_at
                    , stored.raw_payload, stored.listed_digest
                from supasaasy.%1$I as stored
                where stored.app_key = $1 and stored.external_id = item.external_id
                limit 1
            ) as stored on true
            cross join lateral (
                select case
                    when item.action = 'delete' then coalesce(stored.raw_payload, item.payload)
                    when item.action = 'merge' then coalesce(stored.raw_payload, '{}') || (
                        select jsonb_object_agg(entry.key, entry.value order by part.observed_at, part.position)
                        from source as part
                        cross join lateral jsonb_each(part.payload) as entry
                        where part.external_id = item.external_id
                            and (part.observed_at < stored.observed_at) is not true)
                    else item.payload
                end as payload
            ) as merged
        )
        , written as (
            insert into supasaasy.%1$I as stored (
                app_key, external_id, raw_payload, api_version, observed_at, created_at, updated_at, archived_at
                , deleted_at, listed_digest %3$s
            )
            select
                $1, external_id, payload, api_version, observed_at, $3, case when changed then $3 else updated_at end
                , case when action = 'archive' or payload @@ $4 then observed_at end
                , case when action = 'delete' then $3 end
                , case when changed then digest else listed_digest end
                %4$s
            from compared
            where changed or action is not null
            order by external_id  -- one lock order for all writers
            on conflict (app_key, external_id) do update set
                raw_payload = excluded.raw_payload
                , api_version = excluded.api_version
                , observed_at = excluded.observed_at
                , updated_at = excluded.updated_at
                , archived_at = case when excluded.archived_at is not null
                    then coalesce(stored.archived_at, excluded.archived_at) end
                , deleted_at = case when excluded.deleted_at is not null
                    then coalesce(stored.deleted_at, excluded.deleted_at) end
                , listed_digest = excluded.listed_digest
                %5$s
            where stored.observed_at <= excluded.observed_at
            returning
                stored.external_id
                , case
                    when stored.deleted_at = $3 then 'deleted'
                    when stored.deleted_at is not null then 'unchanged'
                    when stored.created_at = $3 then 'created'
                    when stored.updated_at = $3 then 'updated'
                    else 'unchanged'
                end as outcome
        )
        select
            (select count(*) from written where outcome = 'created')
            , (select count(*) from written where outcome = 'updated')
            , (select count(*) from written where outcome = 'deleted')
            , (select count(*) from source where external_id is null)
            , (select count(*) from source)
            , (select array_agg(external_id) from compared where not changed)
            , array(
                select external_id from compared where changed or action is not null
                except
                select external_id from written)
        $query$
        , p_collection.collection_key
        , v_source
        , ', ' || quote_ident(v_parent_column)
        , case when v_parent_column is not null then ', parent_id' end
        , case when v_parent_column is not null then format(', %1$I = excluded.%1$I', v_parent_column) end
        -- Archived for not being listed: listed, it is so no more.
        , p_collection.declaration ->> 'unlisted' is not distinct from 'archive'
    )
    into v_result
    using p_app_key, p_pages, supasaasy._now(), (p_collection.declaration ->> 'archived_when')::jsonpath
        , p_stale_parents;

    if v_result.rejected > 0 then
        execute format(
            $query$
            select supasaasy._reject(
                $1, $3, payload::text, 'the object has no id that is text of 1 to 512 characters')
            from (%s) as source
            where external_id is null
            $query$, v_source)
        using p_app_key, p_pages, p_collection.collection_key, null::text, p_stale_parents;
    end if;

    if p_nested is not null then
        v_result.deleted := v_result.deleted
            + supasaasy._delete_vanished(p_app_key, p_collection, p_pages, p_nested, p_stale_parents);
    end if;
    return v_result;
end
$$;

-- Keep an object that cannot be stored aside, with its text, so that nothing is lost and the rest goes on.
create or replace function supasaasy._reject(p_app_key text, p_collection_key text, p_object text, p_reason text)
returns void
language sql
set search_path to pg_catalog, pg_temp
as $$
    insert into supasaasy.rejected_objects as rejected (
        app_key, collection_key, fingerprint, reason, raw_object, first_seen_at, last_seen_at)
    values (p_app_key, p_collection_key, md5(p_object), p_reason, p_object, supasaasy._now(), supasaasy._now())
    on conflict (app_key, collection_key, fingerprint) do update set
        reason = excluded.reason
        , last_seen_at = excluded.last_seen_at
$$;

-- Soft-delete the children of a deleted parent, and those that a parent no longer embeds where it says that it embeds
-- all of them.
create or replace function supasaasy._delete_vanished(
    p_app_key         text
    , p_collection    supasaasy.collections
    , p_pages         supasaasy.page[]
    , p_nested        jsonb
    , p_stale_parents text[]
)
returns bigint
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_deleted bigint;
begin
    execute format(
        $query$
        with shown as (
            select
                page.number
                , page.observed_at
                , parent.value #>> %3$L as external_id
                , case when page.action = 'delete' then '[]' else parent.value #> %4$L end as children
                , page.action is not distinct from 'delete' or %5$s as has_all
            from unnest($2) with ordinality as page(items, observed_at, api_version, action, texts, digests, number)
            cross join lateral jsonb_array_elements(page.items) as parent(value)
        )
        , parent as materialized (
            select distinct on (shown.external_id)
                shown.external_id
                , shown.observed_at
                , array(
                    select item.value #>> %6$L from jsonb_array_elements(shown.children) as item(value)
                    where item.value #>> %6$L is not null) as child_ids
            from shown
            where jsonb_typeof(shown.children) = 'array' and shown.has_all and shown.external_id <> all ($4)
            order by shown.external_id, shown.observed_at desc, shown.number desc
        )
        update supasaasy.%1$I as child
        set deleted_at = $3, observed_at = parent.observed_at
        from parent
        where child.app_key = $1
            and child.%2$I = any (array(select parent.external_id from parent))  -- so that the index is used
            and child.%2$I = parent.external_id
            and child.deleted_at is null
            and child.observed_at <= parent.observed_at
            and child.external_id <> all (parent.child_ids)
        $query$
        , p_collection.collection_key
        , p_collection.declaration ->> 'parent_column'
        , supasaasy._path(p_nested -> 'parent_id')
        , supasaasy._path(p_nested -> 'records')
        , case when jsonb_typeof(p_nested -> 'has_more') = 'array'
            then format('coalesce(parent.value #>> %L, ''false'') = ''false''', supasaasy._path(p_nested -> 'has_more'))
            else format('%L', (p_nested -> 'newest_only') is distinct from 'true') end
        , supasaasy._path(p_collection.declaration -> 'id'))
    using p_app_key, p_pages, supasaasy._now(), p_stale_parents;
    get diagnostics v_deleted = row_count;
    return v_deleted;
end
$$;

-- Record objects of a collection and the children embedded in them.
create or replace function supasaasy._upsert_with_children(
    p_app_key         text
    , p_collection    supasaasy.collections
    , p_pages         supasaasy.page[]
)
returns supasaasy.upsert_result
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_child      record;
    v_are_new    boolean;
    v_result     supasaasy.upsert_result;
    v_from_child supasaasy.upsert_result;
begin
    if (p_pages[1]).action is null then  -- they are listed
        v_result := supasaasy._insert_new(p_app_key, p_collection, p_pages);
    end if;
    v_are_new := v_result.created is not null;
    if not v_are_new then
        v_result := supasaasy._upsert(p_app_key, p_collection, p_pages);
    end if;
    for v_child in
        select child as collection, nested.value as nested
        from jsonb_array_elements(p_collection.declaration -> 'children') as nested(value)
        join supasaasy.collections as child on child.collection_key = nested.value ->> 'collection_key'
    loop
        v_from_child := null;
        if v_are_new then
            v_from_child := supasaasy._insert_new(p_app_key, v_child.collection, p_pages, v_child.nested);
        end if;
        if v_from_child.created is null then
            -- A child that the newer parent no longer has may have no row to be compared with: the parent's must tell.
            v_from_child := supasaasy._upsert(
                p_app_key, v_child.collection, p_pages, v_child.nested
                , case when v_child.nested -> 'newest_only' = 'true' then '{}' else v_result.stale_ids end);
        end if;
        v_from_child.unchanged_ids := '{}';  -- children vanish with their parents, not by the sweep
        v_from_child.stale_ids := '{}';
        v_result := supasaasy._add(v_result, v_from_child);
    end loop;
    return v_result;
end
$$;

create or replace function supasaasy._add(p_total supasaasy.upsert_result, p_more supasaasy.upsert_result)
returns supasaasy.upsert_result
language sql immutable
set search_path to pg_catalog, pg_temp
as $$
    select
        p_total.created + p_more.created
        , p_total.updated + p_more.updated
        , p_total.deleted + p_more.deleted
        , p_total.rejected + p_more.rejected
        , p_total.received + p_more.received
        , p_total.unchanged_ids || p_more.unchanged_ids
        , p_total.stale_ids || p_more.stale_ids
$$;
comment on function supasaasy._add(supasaasy.upsert_result, supasaasy.upsert_result) is
    'Two results in one: the counts added, the ids joined.';

-- Insert listed objects that are all new, as in a first sync: that takes half to three quarters of what comparing them does.
-- Null, with nothing written, where that is not so: one is stored already (of children, one of any of the parents), listed
-- twice, or has no id that can be a key.
create or replace function supasaasy._insert_new(
    p_app_key         text
    , p_collection    supasaasy.collections
    , p_pages         supasaasy.page[]
    , p_nested        jsonb default null  -- as in _upsert
)
returns supasaasy.upsert_result
language plpgsql
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
set jit to off
as $$
declare
    v_id            text[] := supasaasy._path(p_collection.declaration -> 'id');
    v_parent_column text := supasaasy._parent_column(p_collection.declaration);
    v_keys          text[];
    v_known         boolean;
    v_count         bigint;
begin
    if p_nested is not null then
        v_keys := array(
            select parent.value #>> supasaasy._path(p_nested -> 'parent_id')
            from unnest(p_pages) as page
            cross join jsonb_array_elements(page.items) as parent(value));
    elsif p_collection.parent_key is not null then
        return null;
    else  -- a few of them tell whether it is worth a try
        v_keys := array(
            select item.value #>> v_id
            from unnest(p_pages) as page
            cross join lateral (values (page.items -> 0), (page.items -> -1)) as item(value)
            union all
            select listed.text::jsonb #>> v_id
            from unnest(p_pages) as page
            cross join unnest(page.texts) with ordinality as listed(text, number)  -- each subscript would copy all of them
            where listed.number % greatest(cardinality(page.texts) / 16, 1) = 0);
    end if;
    execute format(
        $query$
        select exists (
            select from unnest($2) as key(value)
            cross join lateral (
                select from supasaasy.%I as stored where stored.app_key = $1 and stored.%I = key.value limit 1
            ) as found)
        $query$
        , p_collection.collection_key
        , case when p_nested is null then 'external_id' else p_collection.declaration ->> 'parent_column' end)
    into v_known
    using p_app_key, v_keys;
    if v_known then
        return null;
    end if;

    execute format(
        $query$
        insert into supasaasy.%1$I (
            app_key, external_id, raw_payload, api_version, observed_at, created_at, updated_at, archived_at
            , listed_digest %3$s
        )
        select
            $1, external_id, payload, api_version, observed_at, $3, $3, case when payload @@ $4 then observed_at end
            , digest %4$s
        from (%2$s) as source
        order by external_id  -- one lock order for all writers
        $query$
        , p_collection.collection_key
        , supasaasy._source_query(p_collection.declaration, p_nested)
        , ', ' || quote_ident(v_parent_column)
        , case when v_parent_column is not null then ', parent_id' end)
    using p_app_key, p_pages, supasaasy._now(), (p_collection.declaration ->> 'archived_when')::jsonpath, array[]::text[];
    get diagnostics v_count = row_count;
    return (v_count, 0, 0, 0, v_count, '{}', '{}')::supasaasy.upsert_result;
exception
    when unique_violation or not_null_violation then return null;
end
$$;

-- Record the objects of response bodies. An object that PostgreSQL refuses is set aside; the others are stored.
create or replace function supasaasy._upsert_bodies(
    p_app_key         text
    , p_collection    supasaasy.collections
    , p_bodies        text[]
    , p_observed_at   timestamptz
    , p_api_version   text
    , p_texts         text[] default '{}'  -- more objects, each by its own text
    , p_digests       uuid[] default '{}'  -- of these texts
)
returns supasaasy.upsert_result
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_records text[] := supasaasy._path(p_collection.declaration -> 'records');
    v_result  supasaasy.upsert_result := (0, 0, 0, 0, 0, '{}', '{}');
    v_object  text;
begin
    return supasaasy._upsert_with_children(
        p_app_key, p_collection, array(
            select (supasaasy._parse_json(body) #> v_records, p_observed_at, p_api_version, null, null, null)::supasaasy.page
            from unnest(p_bodies) as body
        ) || (null, p_observed_at, p_api_version, null, p_texts, p_digests)::supasaasy.page);
exception
    -- Only what the data itself causes: a full disk or a deadlock is the task's failure, not the object's.
    when data_exception or integrity_constraint_violation or program_limit_exceeded then
        if cardinality(p_texts) > 0 then  -- one may be a part of an object, which was cut; together they are a list
            return supasaasy._upsert_bodies(
                p_app_key, p_collection
                , p_bodies || format('{%s: [%s]}', to_json(v_records[1]), array_to_string(p_texts, ','))
                , p_observed_at, p_api_version);
        end if;
        for v_object in
            select item.value::text
            from unnest(p_bodies) as body
            cross join lateral json_array_elements(supasaasy._clean_json(body)::json #> v_records) as item(value)
        loop
            v_result := supasaasy._add(v_result,
                supasaasy._upsert_object(p_app_key, p_collection, v_object, p_observed_at, p_api_version));
        end loop;
        return v_result;
end
$$;

create or replace function supasaasy._upsert_object(
    p_app_key         text
    , p_collection    supasaasy.collections
    , p_object        text
    , p_observed_at   timestamptz
    , p_api_version   text
    , p_action        text default null
)
returns supasaasy.upsert_result
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
begin
    return supasaasy._upsert_with_children(
        p_app_key, p_collection
        , array[(jsonb_build_array(p_object::jsonb), p_observed_at, p_api_version, p_action, null, null)::supasaasy.page]);
exception
    when data_exception or integrity_constraint_violation or program_limit_exceeded then
        perform supasaasy._reject(p_app_key, p_collection.collection_key, p_object, sqlerrm);
        return (0, 0, 0, 1, 1, '{}', '{}')::supasaasy.upsert_result;
end
$$;
