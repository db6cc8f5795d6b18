-- In place of the fetch engine, which runs as `supasaasy worker` beside the database.

-- What a migration with the engine inside has left.
drop procedure if exists supasaasy.run_worker(uuid, integer, integer, boolean);
drop function if exists supasaasy._probe(text);
drop function if exists supasaasy._load_runtime();

-- What pg_cron calls: webhook events need no worker.
create or replace procedure supasaasy._apply_queued_events()
language plpgsql
as $$
begin
    while supasaasy._work_events(500) > 0 loop
        commit;
    end loop;
end
$$;

create or replace function supasaasy._run_now(p_job_id uuid)
returns jsonb
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
begin
    raise exception 'an immediate sync is not possible here: the fetch engine runs outside this database'
        using errcode = 'feature_not_supported',
        hint = 'Leave out immediate, keep "supasaasy worker" running, and look at supasaasy.job_status().';
end
$$;
