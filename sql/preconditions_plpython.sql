-- What the fetch engine needs to run inside PostgreSQL; what is missing is named below, with all the rest.
select set_config('supasaasy.missing', concat_ws(E'\n'
    , case when not exists (select from pg_available_extensions where name = 'plpython3u') then format(
        'plpython3u is not installed on the server: apt-get install postgresql-plpython3-%s (hosted Supabase, RDS, Neon '
        'and Cloud SQL do not offer it: set "runtime": "external" in the config).'
        , current_setting('server_version_num')::integer / 10000) end
    , case when not (select rolsuper from pg_roles where rolname = current_user) then format(
        'The role %I is not a superuser, which plpython3u demands of whoever creates its functions: apply as postgres, or '
        'as supabase_admin on self-hosted Supabase.', current_user) end), false);
