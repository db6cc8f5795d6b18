-- The clock. Tests move it with `set supasaasy.now`.

create or replace function supasaasy._now()
returns timestamptz
language plpgsql volatile  -- not sql: a function in sql that cannot be inlined is planned again at every call
set search_path to pg_catalog, pg_temp
as $$ begin return coalesce(nullif(current_setting('supasaasy.now', true), '')::timestamptz, clock_timestamp()); end $$;
comment on function supasaasy._now() is 'The current time: the setting supasaasy.now where a test has set it, else the clock.';
