-- Remove what the migration created: schedules, the functions in public, the queues, the schema with all rows. Extensions,
-- roles and secrets stay: others may use them.
do $$
declare
    v_name text;
begin
    perform cron.unschedule(job.jobid) from cron.job as job where job.jobname like 'supasaasy:%';
    for v_name in
        select function.oid::regprocedure
        from supasaasy.apps as app
        join pg_proc as function
            on function.pronamespace = 'public'::regnamespace
            and function.proname = supasaasy._webhook_function(app.app_key)
            and oidvectortypes(function.proargtypes) = 'json'
    loop
        execute format('drop function %s', v_name);
    end loop;
    perform pgmq.drop_queue(meta.queue_name) from pgmq.meta as meta where meta.queue_name in ('supasaasy_tasks', 'supasaasy_webhooks');
    drop schema supasaasy cascade;
end
$$;
