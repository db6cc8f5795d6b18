do $$
begin
    if to_regprocedure('cron.schedule(text, text, text)') is null then
        create extension pg_cron;
    end if;
    if to_regprocedure('pgmq.send(text, jsonb)') is null then
        create extension pgmq;
    end if;
end
$$;
