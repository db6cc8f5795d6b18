-- What the migration declares about collections, access and schedules.

-- Record a collection's declaration and bring the columns of an existing table in line with it: one `alter table`.
create or replace function supasaasy._declare_collection(p_definition jsonb)
returns void
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_new supasaasy.collections := jsonb_populate_record(null::supasaasy.collections, p_definition);
    v_old jsonb := (  -- without what somebody has dropped by hand, so that it comes back
        select coalesce((
            select jsonb_agg(declared.value order by declared.position)
            from jsonb_array_elements(stored.columns) with ordinality as declared(value, position)
            join pg_attribute as attribute
                on attribute.attrelid = format('supasaasy.%I', v_new.collection_key)::regclass
                and attribute.attname = declared.value ->> 'name'
                and not attribute.attisdropped), '[]')
        from supasaasy.collections as stored
        where stored.collection_key = v_new.collection_key);
    v_changes text;
begin
    select string_agg(change, ', ' order by position, change)
    into v_changes
    from (
        select 1 as position, format('drop column if exists %I', old.value ->> 'name') as change
        from jsonb_array_elements(v_old) as old
        where not v_new.columns @> jsonb_build_array(old.value)
        union all
        select 2, format('add column if not exists %I %s', new.value ->> 'name', new.value ->> 'definition')
        from jsonb_array_elements(v_new.columns) as new
        where not v_old @> jsonb_build_array(new.value)
    ) as changes;

    if v_old <> v_new.columns then
        execute format('drop view if exists supasaasy.%I', v_new.view_name);
    end if;
    if v_changes is not null then
        execute format('alter table supasaasy.%I %s', v_new.collection_key, v_changes);
    end if;

    insert into supasaasy.collections as stored values (v_new.*)
    on conflict (collection_key) do update set
        view_name = excluded.view_name
        , parent_key = excluded.parent_key
        , declaration = excluded.declaration
        , columns = excluded.columns
    where stored is distinct from excluded;

    delete from supasaasy.event_routes as route where route.collection_key = v_new.collection_key;
    insert into supasaasy.event_routes
        (collection_key, event_type, connector, resource_type, is_child, id_path, action)
    select
        v_new.collection_key, moved.event_type, v_new.connector, v_new.resource_type, v_new.parent_key is not null
        , supasaasy._path(v_new.declaration -> case moved.action when 'reread' then 'reread_parent' else 'id' end)
        , moved.action
    from (
        select by_type.key, by_type.value from jsonb_each_text(v_new.declaration -> 'events') as by_type
        union all
        select '', 'refetch' where v_new.parent_key is null
    ) as moved(event_type, action);
end
$$;
comment on function supasaasy._declare_collection(jsonb) is
    'Upsert one row of supasaasy.collections with its event routes, and add, drop or redefine the columns of its table '
    'that changed.';

-- Divide a collection table into so many partitions. That cannot be changed later, nor done to a table that has rows.
create or replace function supasaasy._create_partitions(p_collection_key text, p_partitions integer)
returns void
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_table  regclass := format('supasaasy.%I', p_collection_key)::regclass;
    v_actual bigint := (select count(*) from pg_inherits where inhparent = v_table);
begin
    if v_actual = p_partitions then
        return;
    elsif v_actual > 0 or (select relkind from pg_class where oid = v_table) <> 'p' then
        raise exception '% has % partitions, and partitions in the config is %'
            , v_table, case when v_actual = 0 then 'no' else v_actual::text end, p_partitions
            using errcode = 'feature_not_supported',
            hint = 'Set it back; or drop the collection tables (drop table … cascade), apply again, and sync in full.';
    end if;
    for v_number in 0 .. p_partitions - 1 loop
        execute format(
            'create table supasaasy.%I partition of supasaasy.%I for values with (modulus %s, remainder %s)'
            , format('%s_p%s', p_collection_key, v_number), p_collection_key, p_partitions, v_number);
    end loop;
end
$$;
comment on function supasaasy._create_partitions(text, integer) is
    'Create the partitions of a collection table. Raises 0A000 when it is not partitioned, or into another number.';

-- A view over every collection table in the catalog, also those whose connector left the configuration.
create or replace function supasaasy._create_entities_view()
returns void
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_query text;
begin
    select string_agg(
        format(
            'select app_key, %L::text as collection_key, external_id, raw_payload, api_version, '
            'created_at, updated_at, archived_at, deleted_at from supasaasy.%I'
            , collection_key, collection_key)
        , E'\nunion all\n' order by collection_key)
    into v_query
    from supasaasy.collections;
    execute 'create or replace view supasaasy.entities as ' || v_query;
    comment on view supasaasy.entities is 'Every object of every collection, soft-deleted ones included.';
    comment on column supasaasy.entities.collection_key is 'The collection it belongs to.';
end
$$;

-- Let the columns of views say what those of their tables say.
create or replace function supasaasy._comment_views()
returns void
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_column record;
begin
    for v_column in
        select shown.view_name, attribute.attname, description.description
        from (
            select collection.view_name, collection.collection_key from supasaasy.collections as collection
            union all
            select 'entities', min(collection.collection_key) from supasaasy.collections as collection
        ) as shown
        join pg_class as view on view.relnamespace = 'supasaasy'::regnamespace and view.relname = shown.view_name
        join pg_class as source on source.relnamespace = view.relnamespace and source.relname = shown.collection_key
        join pg_attribute as attribute on attribute.attrelid = view.oid and attribute.attnum > 0
        join pg_attribute as described on described.attrelid = source.oid and described.attname = attribute.attname
        join pg_description as description
            on description.objoid = source.oid and description.classoid = 'pg_class'::regclass
            and description.objsubid = described.attnum
        where col_description(view.oid, attribute.attnum) is distinct from description.description
        order by shown.view_name, attribute.attnum
    loop
        execute format('comment on column supasaasy.%I.%I is %L'
            , v_column.view_name, v_column.attname, v_column.description);
    end loop;
end
$$;

-- Make the pg_cron entries named supasaasy:* exactly these: an array of {name, schedule, command, active}.
create or replace function supasaasy._schedule(p_entries jsonb)
returns void
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_entry record;
begin
    for v_entry in
        select job.jobid
        from cron.job as job
        where job.jobname like 'supasaasy:%'
            and job.jobname not in (select entry.value ->> 'name' from jsonb_array_elements(p_entries) as entry)
    loop
        perform cron.unschedule(v_entry.jobid);
    end loop;

    for v_entry in
        select entry.name, entry.schedule, entry.command, entry.active
        from jsonb_to_recordset(p_entries) as entry(name text, schedule text, command text, active boolean)
    loop
        if v_entry.schedule ~ 'second' and not supasaasy._cron_has_seconds() then
            raise exception 'the schedule % is in seconds, which pg_cron knows from version 1.5 on', v_entry.name
                using errcode = 'feature_not_supported',
                hint = 'Write it as five cron fields in the config, or update pg_cron: alter extension pg_cron update.';
        end if;
        perform cron.alter_job(
            cron.schedule(v_entry.name, v_entry.schedule, v_entry.command), active => v_entry.active);
    end loop;
end
$$;

create or replace function supasaasy._cron_has_seconds()
returns boolean
language sql stable
set search_path to pg_catalog, pg_temp
as $$
    select coalesce(bool_or(regexp_match(extversion, '^(\d+)\.(\d+)')::integer[] >= '{1,5}'), false)
    from pg_extension
    where extname = 'pg_cron'
$$;

-- The pg_cron entries that run the workers: every 5 seconds where pg_cron counts seconds (1.5), else every minute with
-- a worker that lingers for most of it.
create or replace function supasaasy._worker_schedules(p_workers integer)
returns jsonb
language sql stable
set search_path to pg_catalog, pg_temp
as $$
    select jsonb_agg(jsonb_build_object(
        'name', 'supasaasy:worker:' || number
        , 'schedule', case when cron.has_seconds then '5 seconds' else '* * * * *' end
        , 'command', case when cron.has_seconds then 'call supasaasy.run_worker()'
            else 'call supasaasy.run_worker(linger => true)' end
        , 'active', true) order by number)
    from generate_series(1, p_workers) as number
    cross join supasaasy._cron_has_seconds() as cron(has_seconds)
$$;

-- Who may do what. Everything is taken from public; readers may select, service_role may call the API as well.
create or replace function supasaasy._grant_access(p_read_roles text[], p_views_run_as_invoker boolean)
returns void
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_api      constant text[] := array[
        'sync', 'job_status', 'cancel_job', 'retry_job', 'receive_webhook', 'replay_webhook'
        , 'replay_webhooks', 'health', 'version'];
    v_readers  text[] := p_read_roles
        || array(select rolname::text from pg_roles where rolname = 'service_role');
    v_policy   oid[] := nullif(array(select to_regrole(quote_ident(role))::oid from unnest(v_readers) as role), '{}');
    v_relation record;
    v_routine  record;
    v_role     text;
begin
    revoke all on schema supasaasy from public;
    revoke all on all tables in schema supasaasy from public;
    revoke all on all routines in schema supasaasy from public;

    for v_role in
        select previous.role from supasaasy.installation cross join unnest(read_roles) as previous(role)
        where previous.role <> all (v_readers) and to_regrole(quote_ident(previous.role)) is not null
    loop
        execute format('revoke all on schema supasaasy from %I', v_role);
        execute format('revoke all on all tables in schema supasaasy from %I', v_role);
    end loop;
    foreach v_role in array v_readers loop
        execute format('grant usage on schema supasaasy to %I', v_role);
        execute format('grant select on all tables in schema supasaasy to %I', v_role);
    end loop;

    -- A table that is as it should be is left alone: altering it would lock out, and deadlock with, a running worker.
    for v_relation in
        select relation.relname, relation.relkind, relation.relrowsecurity, policy.polroles
        from pg_class as relation
        left join pg_policy as policy on policy.polrelid = relation.oid and policy.polname = 'supasaasy_read'
        where relation.relnamespace = 'supasaasy'::regnamespace and relation.relkind in ('r', 'p', 'v')
        order by relation.relname
    loop
        if v_relation.relkind = 'v' then
            if p_views_run_as_invoker then
                execute format('alter view supasaasy.%I set (security_invoker = true)', v_relation.relname);
            end if;
        elsif not v_relation.relrowsecurity or v_relation.polroles is distinct from v_policy then
            execute format('alter table supasaasy.%I enable row level security', v_relation.relname);
            if v_relation.polroles is not null then
                execute format('drop policy supasaasy_read on supasaasy.%I', v_relation.relname);
            end if;
            if v_readers <> '{}' then
                execute format('create policy supasaasy_read on supasaasy.%I for select to %s using (true)'
                    , v_relation.relname
                    , (select string_agg(quote_ident(role), ', ') from unnest(v_readers) as role));
            end if;
        end if;
    end loop;

    if 'service_role' = any (v_readers) then
        for v_routine in
            select oid::regprocedure as signature from pg_proc
            where pronamespace = 'supasaasy'::regnamespace and proname = any (v_api)
        loop
            execute format('grant execute on function %s to service_role', v_routine.signature);
        end loop;
    end if;
end
$$;

create or replace function supasaasy.version()
returns text
language sql stable security definer
set search_path to pg_catalog, pg_temp
as $$ select version from supasaasy.installation $$;
comment on function supasaasy.version() is 'The version of supasaasy that this database has.';
