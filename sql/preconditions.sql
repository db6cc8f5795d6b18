-- Everything that is missing, named at once with its fix, before anything is created. What the fetch engine misses inside
-- PostgreSQL stands in supasaasy.missing already.
do $$
declare
    v_major text := current_setting('server_version_num')::integer / 10000;
    -- Only what is loaded stands in pg_settings, and only a superuser sees it there.
    v_cron_db text := (select setting from pg_settings where name = 'cron.database_name');
    v_has_pgmq boolean := exists (select from pg_proc where pronamespace = to_regnamespace('pgmq') and proname = 'send');
    v_is_superuser boolean := (select rolsuper from pg_roles where rolname = current_user);
    v_missing text[] := string_to_array(nullif(current_setting('supasaasy.missing', true), ''), E'\n');
begin
    if current_setting('server_version_num')::integer < 140000 then
        v_missing := v_missing || format('PostgreSQL 14 or newer is needed; this is %s: upgrade the server.', current_setting('server_version'));
    end if;
    if current_setting('server_encoding') <> 'UTF8' then
        v_missing := v_missing || format('The database must be encoded in UTF8, not %s: create database … encoding ''UTF8'' template template0.', current_setting('server_encoding'));
    end if;
    if exists (
        select from pg_class where relnamespace = to_regnamespace('supasaasy') and relname = 'entities' and relkind = 'r'
    ) then
        v_missing := v_missing || 'The schema supasaasy is that of SupaSaaSy: alter schema supasaasy rename to supasaasy_old.'::text;
    end if;
    if not has_database_privilege(current_database(), 'create') then
        v_missing := v_missing || format(
            'The role %I may not create a schema here: grant create on database %I to %1$I.', current_user, current_database());
    end if;
    if not exists (
        select from pg_proc where pronamespace = to_regnamespace('cron') and proname = 'schedule'
    ) then
        if not exists (select from pg_available_extensions where name = 'pg_cron') then
            v_missing := v_missing || format('pg_cron is not installed on the server: apt-get install postgresql-%s-cron.', v_major);
        elsif v_cron_db is null and v_is_superuser then
            v_missing := v_missing || 'pg_cron is not loaded: add it to shared_preload_libraries and restart the server.'::text;
        elsif v_cron_db <> current_database() then
            v_missing := v_missing || format(
                'pg_cron lives in the database %I: apply there, or set cron.database_name to %L and restart the server.'
                , v_cron_db, current_database());
        end if;
    elsif not has_schema_privilege('cron', 'usage') or exists (
        select from pg_proc
        where pronamespace = to_regnamespace('cron')
            and proname in ('schedule', 'unschedule', 'alter_job')
            and not has_function_privilege(oid, 'execute')
    ) then
        v_missing := v_missing || format(
            'The role %I may not use pg_cron: grant usage on schema cron to %1$I; '
            'grant execute on all functions in schema cron to %1$I.', current_user);
    end if;
    if current_setting('supasaasy.webhooks', true) = 'yes' and not has_schema_privilege('public', 'create') then
        v_missing := v_missing || format(
            'The role %I may not create functions for webhooks: grant create on schema public to %1$I.', current_user);
    end if;
    if not exists (select from pg_available_extensions where name = 'pgcrypto') then
        v_missing := v_missing || 'pgcrypto is not installed on the server: it is one of PostgreSQL''s contrib modules.'::text;
    end if;
    if not v_has_pgmq
        and coalesce(current_setting('supasaasy.pgmq_bundled', true), '') <> 'yes'
        and not exists (select from pg_available_extensions where name = 'pgmq') then
        v_missing := v_missing || 'pgmq is not installed on the server: generate with --bundle-pgmq, which brings its SQL along.'::text;
    end if;
    if v_has_pgmq and not exists (
        select from pg_proc where pronamespace = to_regnamespace('pgmq') and proname = 'read' and pronargs = 4
    ) then
        v_missing := v_missing || 'pgmq is older than 1.5: alter extension pgmq update, where the server offers a newer one.'::text;
    end if;
    if v_has_pgmq and not has_schema_privilege('pgmq', 'create') then
        v_missing := v_missing || format('The role %I may not create queues: grant all on schema pgmq to %1$I.', current_user);
    end if;
    if current_setting('supasaasy.notify', true) = 'yes' and not exists (
        select from pg_proc where pronamespace = to_regnamespace('net') and proname = 'http_post'
    ) then
        if not exists (select from pg_available_extensions where name = 'pg_net') then
            v_missing := v_missing || 'pg_net, by which notify posts, is not installed on the server: get it from https://github.com/supabase/pg_net, or leave notify out of the config.'::text;
        elsif v_is_superuser and not exists (select from pg_settings where name like 'pg_net.%') then
            v_missing := v_missing || 'pg_net is not loaded: add it to shared_preload_libraries and restart the server.'::text;
        end if;
    end if;
    if v_missing <> '{}' then
        raise exception E'supasaasy cannot be installed here; nothing was changed.\n- %', array_to_string(v_missing, E'\n- ')
            using errcode = 'feature_not_supported';
    end if;
end
$$;
