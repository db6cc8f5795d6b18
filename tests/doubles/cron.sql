-- A double of pg_cron, which a cluster can hold in one database only. It records schedules and never runs them.
-- Tests of the schedules themselves use a cluster of their own with the real one.
create schema cron;

create table cron.job (
    jobid      bigint generated always as identity primary key
    , schedule text not null
    , command  text not null
    , nodename text not null default 'localhost'
    , nodeport integer not null default coalesce(inet_server_port(), 5432)
    , database text not null default current_database()
    , username text not null default current_user
    , active   boolean not null default true
    , jobname  text
    , unique (jobname, username)
);

create table cron.job_run_details (
    jobid            bigint
    , runid          bigint generated always as identity primary key
    , job_pid        integer
    , database       text
    , username       text
    , command        text
    , status         text
    , return_message text
    , start_time     timestamptz
    , end_time       timestamptz
);

-- Five cron fields, or "N seconds" as from pg_cron 1.5 on.
create function cron._check_schedule(schedule text)
returns void
language plpgsql
as $$
begin
    if schedule !~ '^\s*(\S+\s+){4}\S+\s*$' and schedule !~* '^\s*[1-5]?[0-9]\s+seconds?\s*$' then
        raise exception 'invalid schedule: %', schedule
            using hint = 'Use cron format (e.g. 5 4 * * *), or interval format ''[1-59] seconds''';
    end if;
end
$$;

create function cron.schedule(job_name text, schedule text, command text)
returns bigint
language plpgsql
as $$
declare
    v_id bigint;
begin
    perform cron._check_schedule(schedule);
    update cron.job as job
    set schedule = schedule.schedule, command = schedule.command
    where job.jobname = job_name and job.username = current_user
    returning job.jobid into v_id;
    if not found then
        insert into cron.job as job (jobname, schedule, command)
        values (job_name, schedule.schedule, schedule.command)
        returning job.jobid into v_id;
    end if;
    return v_id;
end
$$;

create function cron.alter_job(
    job_id     bigint
    , schedule text default null
    , command  text default null
    , database text default null
    , username text default null
    , active   boolean default null
)
returns void
language plpgsql
as $$
begin
    if alter_job.schedule is not null then
        perform cron._check_schedule(alter_job.schedule);
    end if;
    update cron.job as job
    set schedule = coalesce(alter_job.schedule, job.schedule)
        , command = coalesce(alter_job.command, job.command)
        , database = coalesce(alter_job.database, job.database)
        , username = coalesce(alter_job.username, job.username)
        , active = coalesce(alter_job.active, job.active)
    where job.jobid = alter_job.job_id;
    if not found then
        raise exception 'Job % does not exist or you don''t own it', job_id;
    end if;
end
$$;

create function cron.unschedule(job_id bigint)
returns boolean
language plpgsql
as $$
begin
    delete from cron.job as job where job.jobid = unschedule.job_id;
    if not found then
        raise exception 'could not find valid entry for job ''%''', job_id;
    end if;
    return true;
end
$$;

create function cron.unschedule(job_name text)
returns boolean
language plpgsql
as $$
begin
    delete from cron.job as job where job.jobname = unschedule.job_name and job.username = current_user;
    if not found then
        raise exception 'could not find valid entry for job ''%''', job_name;
    end if;
    return true;
end
$$;
