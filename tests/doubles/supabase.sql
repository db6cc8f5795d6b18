-- A new project on hosted Supabase, as its superuser supabase_admin leaves it: roles, schemas and privileges.
-- vault.sql follows.
create role postgres login createrole createdb replication bypassrls password 'replaced-by-the-fixture';
create role anon nologin;
create role authenticated nologin;
create role service_role nologin bypassrls;
create role authenticator login noinherit;
grant anon, authenticated, service_role to authenticator;
grant anon, authenticated, service_role to postgres;
grant pg_monitor, pg_signal_backend to postgres;
alter database postgres owner to postgres;
alter role postgres set search_path to "$user", public, extensions;
alter role postgres set statement_timeout to '2min';

create schema extensions;
grant usage on schema extensions to anon, authenticated, service_role;
grant all on schema extensions to postgres;

-- The platform runs `create extension` of those it offers as a superuser, and gives postgres what pg_cron keeps to itself.
create function extensions.grant_pg_cron_access()
returns event_trigger
language plpgsql security definer
set search_path to pg_catalog, pg_temp
as $$
begin
    if to_regnamespace('cron') is not null then
        update pg_extension set extowner = 'supabase_admin'::regrole where extname = 'pg_cron';
        grant usage on schema cron to postgres with grant option;
        grant all on all functions in schema cron to postgres with grant option;
        grant all on all tables in schema cron to postgres with grant option;
        revoke all on table cron.job from postgres;
        grant select on table cron.job to postgres with grant option;
    end if;
end
$$;
create event trigger grant_pg_cron_access on ddl_command_end when tag in ('CREATE EXTENSION')
execute function extensions.grant_pg_cron_access();
