do $$
begin
    if to_regprocedure('cron.schedule(text, text, text)') is null then
        create extension pg_cron with schema pg_catalog;
    end if;
    -- Supabase has it in the schema extensions, others have it in public.
    if not exists (select from pg_extension where extname = 'pgcrypto') then
        execute format('create extension pgcrypto with schema %s', coalesce(to_regnamespace('extensions')::text, 'public'));
    end if;
    if to_regprocedure('pgmq.send(text, jsonb)') is null then
        create extension pgmq;
    end if;
end
$$;
