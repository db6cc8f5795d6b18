do $$
begin
    if to_regprocedure('cron.schedule(text, text, text)') is null then
        create extension pg_cron with schema pg_catalog;
    end if;
    -- Supabase has it in the schema extensions, others have it in public.
    create extension if not exists pgcrypto;
    if to_regprocedure('pgmq.send(text, jsonb)') is null then
        create extension pgmq;
    end if;
end
$$;
