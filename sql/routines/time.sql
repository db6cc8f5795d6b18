-- The clock. Tests move it with `set supasaasy.now`.

create or replace function supasaasy._now()
returns timestamptz
language sql volatile  -- without a set clause, so that it is inlined
as $$
    select coalesce(nullif(pg_catalog.current_setting('supasaasy.now', true), '')::timestamptz, pg_catalog.clock_timestamp())
$$;
comment on function supasaasy._now() is 'The current time: the setting supasaasy.now where a test has set it, else the clock.';
