do $$
begin
    if to_regprocedure('cron.schedule(text, text, text)') is null then
        create extension pg_cron with schema pg_catalog;
    end if;
    -- Supabase has such in the schema extensions, others have them in public.
    if not exists (select from pg_extension where extname = 'pgcrypto') then
        execute format('create extension pgcrypto with schema %s', coalesce(to_regnamespace('extensions')::text, 'public'));
    end if;
    if to_regprocedure('pgmq.send(text, jsonb)') is null then
        create extension pgmq;
    end if;
    if current_setting('supasaasy.notify', true) = 'yes' and not exists (
        select from pg_proc where pronamespace = to_regnamespace('net') and proname = 'http_post'
    ) then
        execute format('create extension pg_net with schema %s', coalesce(to_regnamespace('extensions')::text, 'public'));
    end if;
end
$$;
