-- Notifications: job results that are posted to a chat or an endpoint, at least once each.
--
-- A row of the outbox is written with the end of its job. pg_cron calls _send_notifications every minute: it hands what is
-- due to pg_net, which posts after the commit, and a minute later it reads what became of it. The URL is a secret: it is
-- looked up for each run, and stands in no table of ours.

-- Error messages quote what providers say: a chat must not take any of it for somebody to be alerted, or for markup of Slack.
create or replace function supasaasy._chat_text(p_text text)
returns text
language sql immutable
set search_path to pg_catalog, pg_temp
as $$
    select replace(replace(replace(replace(p_text, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '@', '@' || U&'\200B')
$$;
comment on function supasaasy._chat_text(text) is
    'A text as chats show it as it is: &, < and > are escaped as Slack has it, and no name follows an @.';

-- Called where a job ends.
create or replace function supasaasy._queue_notification(p_job_id uuid)
returns void
language sql
set search_path to pg_catalog, pg_temp
as $$
    insert into supasaasy.sync_job_notifications (job_id, body, due_at, created_at)
    select
        job.id
        , jsonb_build_object(
            'text', left(supasaasy._chat_text(
                format('supasaasy: %s sync of %s %s', job.mode, job.app_key, job.status)
                || coalesce(E':\n' || job.error_message, '')), 1900)
            , 'job', supasaasy.job_status(job.id) - 'success')
        , supasaasy._now(), supasaasy._now()
    from supasaasy.sync_jobs as job
    cross join supasaasy.installation as installation
    where job.id = p_job_id and installation.notify -> 'on' ? job.status
$$;

create or replace function supasaasy._send_notifications()
returns void
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_now        timestamptz := supasaasy._now();
    v_name       text := (select installation.notify ->> 'url_env' from supasaasy.installation as installation);
    v_url        text := btrim(supasaasy._secret(v_name), E' \t\r\n');
    v_problem    text;
    v_due        record;
    v_request_id bigint;
begin
    if v_name is null then
        return;
    end if;
    v_problem := case
        when not supasaasy._has_pg_net() then 'pg_net is not installed: create extension pg_net'
        when not (has_table_privilege('net.http_request_queue', 'select') and has_table_privilege('net._http_response', 'select'))
            then format('%I may not read pg_net''s tables: grant select on all tables in schema net to %1$I', current_user)
        when v_url is null then format('the secret %s is missing: %s', v_name, supasaasy._secret_advice(v_name))
        when v_url !~* '^https?://\S+$' then format('the secret %s is not an absolute URL, http:// or https://', v_name)
    end;
    if v_problem is not null then
        update supasaasy.sync_job_notifications as notification
        set error_message = v_problem
        where notification.status = 'pending' and notification.due_at <= v_now
            and notification.error_message is distinct from v_problem;
        return;
    end if;

    perform supasaasy._settle_notifications(v_url);
    for v_due in
        select notification.id, notification.body
        from supasaasy.sync_job_notifications as notification
        where notification.status = 'pending'
            and notification.due_at <= v_now
            and not exists (
                select from supasaasy.sync_job_notification_requests as request
                where request.notification_id = notification.id)
        order by notification.id
        limit 50
        for no key update skip locked
    loop
        begin
            -- pg_net may be absent when this is created.
            execute 'select net.http_post(url => $1, body => $2, timeout_milliseconds => 10000)'
            into v_request_id
            using v_url, v_due.body;
            insert into supasaasy.sync_job_notification_requests (notification_id, request_id, queue)
            values (v_due.id, v_request_id, to_regclass('net.http_request_queue'));
            update supasaasy.sync_job_notifications as notification
            set due_at = v_now + interval '5 minutes'
            where notification.id = v_due.id;
        exception
            when others then perform supasaasy._postpone_notification(v_due.id, supasaasy._without(v_url, sqlerrm));
        end;
    end loop;
end
$$;
comment on function supasaasy._send_notifications() is
    'Note what became of the notifications that pg_net has in hand, and hand it those that are due. Called every minute.';

-- Note the answers that have come. A request that has left pg_net's queue and was not answered in five minutes is lost:
-- its worker was restarted, or the answer has expired.
create or replace function supasaasy._settle_notifications(p_url text)
returns void
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_now  timestamptz := supasaasy._now();
    v_sent record;
begin
    for v_sent in execute
        $query$
        select
            notification.id
            , response.status_code
            , case
                when response.id is null then 'pg_net has lost the request'
                when response.status_code is not null then concat_ws(': '
                    , format('the endpoint answered %s', response.status_code)
                    , substring(response.content from '^[a-z_]{1,60}$'))  -- Slack says why in one such word
                else concat_ws(': ', 'the endpoint did not answer', response.error_msg)
            end as error_message
        from supasaasy.sync_job_notification_requests as request
        join supasaasy.sync_job_notifications as notification on notification.id = request.notification_id
        left join net._http_response as response
            on response.id = request.request_id and request.queue = 'net.http_request_queue'::regclass
        where response.id is not null
            or notification.due_at <= $1
            and not exists (
                select from net.http_request_queue as queued
                where queued.id = request.request_id and request.queue = 'net.http_request_queue'::regclass)
        order by notification.id
        for update of request, notification skip locked
        $query$
        using v_now
    loop
        if v_sent.status_code between 200 and 299 then
            update supasaasy.sync_job_notifications as notification
            set status = 'delivered', error_message = null, delivered_at = v_now
            where notification.id = v_sent.id;
            delete from supasaasy.sync_job_notification_requests as request where request.notification_id = v_sent.id;
        else
            perform supasaasy._postpone_notification(v_sent.id, supasaasy._without(p_url, v_sent.error_message));
        end if;
    end loop;
end
$$;

-- Keep why a notification is not delivered and post it again later: after a minute, then each time after twice as long up
-- to an hour. The thirtieth failure comes after about a day, and is the last.
create or replace function supasaasy._postpone_notification(p_id bigint, p_error text)
returns void
language sql
set search_path to pg_catalog, pg_temp
as $$
    delete from supasaasy.sync_job_notification_requests as request where request.notification_id = p_id;
    update supasaasy.sync_job_notifications as notification
    set
        attempts = notification.attempts + 1
        , error_message = p_error
        , status = case when notification.attempts + 1 < 30 then 'pending' else 'failed' end
        , due_at = supasaasy._now() + make_interval(secs => least(3600, 60 * 2 ^ notification.attempts))
    where notification.id = p_id
$$;

-- A message without a URL that it may quote, or the part of it that is secret.
create or replace function supasaasy._without(p_url text, p_message text)
returns text
language sql immutable
set search_path to pg_catalog, pg_temp
as $$
    select replace(replace(p_message, p_url, '…'), coalesce(substring(p_url from '^\w+://[^/?]+(.{2,})$'), p_url), '…')
$$;

create or replace function supasaasy._has_pg_net()
returns boolean
language sql stable
set search_path to pg_catalog, pg_temp
as $$
    select exists (select from pg_proc where pronamespace = to_regnamespace('net') and proname = 'http_post')
$$;
