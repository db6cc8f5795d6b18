-- Receiving webhooks: all of supasaasy that an outsider can reach. A webhook is verified, stored once and queued in one
-- transaction, or refused. A refusal is an answer and not an error, so that its log row survives; only the log says why.
--
-- Only the entry pins search_path. What it calls runs under that, and would spend much of its time on pinning it again.

do $$
begin
    -- pgcrypto lives in the schema extensions on Supabase, in public elsewhere. Inlined, so it costs no call.
    execute format(
        'create or replace function supasaasy._hmac(p_data bytea, p_key bytea, p_algorithm text) returns bytea '
        'language sql immutable strict parallel safe as ''select %s.hmac(p_data, p_key, p_algorithm)'''
        , (select extnamespace::regnamespace from pg_extension where extname = 'pgcrypto'));
end
$$;
comment on function supasaasy._hmac(bytea, bytea, text) is 'The HMAC of data under a key, by pgcrypto.';

create or replace function supasaasy._refresh_webhook_endpoints()
returns trigger
language plpgsql security definer
set search_path to pg_catalog, pg_temp
as $$
begin
    if (select relation.relispopulated from pg_class as relation where relation.oid = 'supasaasy.webhook_endpoints'::regclass)
    then
        refresh materialized view concurrently supasaasy.webhook_endpoints;  -- which keeps no webhook waiting
    else  -- it is being restored
        refresh materialized view supasaasy.webhook_endpoints;
    end if;
    return null;
end
$$;
comment on function supasaasy._refresh_webhook_endpoints() is 'Keeps webhook_endpoints true to apps and connectors.';

do $$
declare
    v_table regclass;
begin
    foreach v_table in array array['supasaasy.apps', 'supasaasy.connectors']::regclass[] loop
        -- Creating a trigger, or replacing it, would lock the table until the whole migration is done.
        if not exists (select from pg_trigger where tgrelid = v_table and tgname = 'refresh_webhook_endpoints') then
            execute format(
                'create trigger refresh_webhook_endpoints after insert or update or delete or truncate on %s '
                'for each statement execute function supasaasy._refresh_webhook_endpoints()', v_table);
        end if;
    end loop;
end
$$;

create or replace function supasaasy.receive_webhook(
    app_key          text
    , headers        jsonb
    , body           text
    , request_method text default 'POST'
    , request_path   text default null
)
returns table (status integer, response jsonb)
language plpgsql security definer
set search_path to pg_catalog, pg_temp
as $$
declare
    v_began   timestamptz := clock_timestamp();  -- the statement may have taken others before
    v_outcome supasaasy.webhook_outcome;
begin
    if current_setting('synchronous_commit') = 'off' then  -- a 200 promises that the event is on disk
        perform set_config('synchronous_commit', 'on', true);
    end if;
    if supasaasy._accept_webhook(receive_webhook.app_key, receive_webhook.headers, receive_webhook.body) then
        status := 200;
    else
        v_outcome := supasaasy._judge_webhook(
            receive_webhook.app_key
            , case when jsonb_typeof(receive_webhook.headers) = 'object' then receive_webhook.headers else '{}' end
            , receive_webhook.body);
        status := v_outcome.status;
    end if;
    response := case status
        when 200 then '{"success": true}'::jsonb
        when 400 then '{"success": false, "error": "Bad Request"}'
        when 401 then '{"success": false, "error": "Unauthorized"}'
        when 404 then '{"success": false, "error": "Not Found"}'
        when 413 then '{"success": false, "error": "Payload Too Large"}'
        when 503 then '{"success": false, "error": "Service Unavailable"}'
    end;

    if supasaasy._logs_webhooks() then
        insert into supasaasy.webhook_logs (
            app_key, request_method, request_path, request_headers, request_body
            , response_status, response_body, error_message, processing_duration_ms, created_at
        )
        values (
            left(receive_webhook.app_key, 200)
            , left(receive_webhook.request_method, 20)
            , left(split_part(receive_webhook.request_path, '?', 1), 2000)  -- a query string may hold an API key
            , supasaasy._redact_headers(receive_webhook.headers)
            , case when status = 200 then receive_webhook.body else left(receive_webhook.body, 10000) end
            , status
            , response
            , v_outcome.reason
            , extract(epoch from clock_timestamp() - v_began) * 1000
            , supasaasy._now()
        );
    end if;
    return next;
end
$$;
comment on function supasaasy.receive_webhook(text, jsonb, text, text, text) is
    'Take in one webhook: the app it is for, its headers as a flat object with names in any case, and its body exactly as '
    'sent; null for a body that is not text in UTF-8. Returns the HTTP status and body to answer: '
    '200 accepted, known already, or the handshake that hands out the secret; 400 malformed, or no signature; '
    '401 signature wrong, too old or from the future; 404 app unknown or disabled; 413 larger than max_webhook_bytes; '
    '503 the app''s webhook secret is missing. '
    'It raises no error for a bad request; supasaasy.webhook_logs says what was wrong, where logging is enabled.';

-- The rules by which a webhook is verified, inlined wherever they are used.

create or replace function supasaasy._webhook_secret(p_name text)
returns text
language sql stable
as $$ select nullif(btrim(supasaasy._find_secret(p_name), E' \t\r\n'), '') $$;

create or replace function supasaasy._signature_entry(p_header text, p_prefix text)
returns text
language sql immutable
as $$ select split_part(split_part(',' || replace(p_header, ' ', ''), ',' || p_prefix, 2), ',', 1) $$;
comment on function supasaasy._signature_entry(text, text) is
    'What the first of the entries with that prefix says; empty where there is none, null without header or prefix.';

create or replace function supasaasy._is_unix_time(p_text text)
returns boolean
language sql immutable
as $$ select length(p_text) between 1 and 11 and translate(p_text, '0123456789', '') = '' $$;
comment on function supasaasy._is_unix_time(text) is 'Whether it is a time in whole Unix seconds: digits, and not too many.';

create or replace function supasaasy._is_recent(p_signed_at text, p_tolerance double precision, p_now timestamptz)
returns boolean
language sql stable
as $$
    select abs(date_part('epoch', p_now) - case when supasaasy._is_unix_time(p_signed_at) then p_signed_at::bigint end)
        <= p_tolerance
$$;
comment on function supasaasy._is_recent(text, double precision, timestamptz) is
    'Whether a time in Unix seconds is no more than so many seconds away; null for what is no such time.';

create or replace function supasaasy._signature(
    p_signed_at text, p_body text, p_secret text, p_algorithm text, p_encoding text
)
returns text
language sql stable
as $$
    select encode(
        supasaasy._hmac(
            convert_to(concat(p_signed_at || '.', p_body), 'UTF8'), convert_to(p_secret, 'UTF8'), p_algorithm)
        , p_encoding)
$$;
comment on function supasaasy._signature(text, text, text, text, text) is
    'What the provider signs that body with, at that time and under that secret.';

-- How much two signatures have in common must not show in the time it takes to compare them. So what is compared are their
-- hashes: what that shows of a hash tells nothing of the signature, which is too long to be guessed.
create or replace function supasaasy._digest(p_signature text)
returns bytea
language sql stable
as $$ select sha256(convert_to(p_signature, 'UTF8')) $$;

-- Nearly every event takes one statement: one that is not known yet, whose first signature fits, in a header written in
-- lower case, whose type has a route by its whole name and whose time is in whole Unix seconds. A transaction prepares anew
-- whatever expressions and statements it comes to, which is most of what receiving costs. All others are looked at step by
-- step, by the same rules.
create or replace function supasaasy._accept_webhook(p_app_key text, p_headers jsonb, p_body text)
returns boolean
language plpgsql
as $$
declare
    v_now timestamptz := supasaasy._now();
begin
    with stored as (  -- as _read_event reads it
        insert into supasaasy.webhook_events (
            app_key, event_id, event_type, occurred_at, collection_key, object_id, action, payload, status, received_at
        )
        select
            p_app_key
            , told.event_id
            , told.event_type
            , to_timestamp(told.occurred_at::bigint)
            , told.collection_key
            , left(told.object_id, 512)
            , case when verified.refetch and not told.is_child then 'refetch' else told.action end
            , verified.event
            , 'pending'
            , v_now
        from (
            select  -- and no more, as each column is prepared, too
                endpoint.connector, endpoint.resources, endpoint.refetch, endpoint.account
                , endpoint.event_id_path, endpoint.event_type_path, endpoint.occurred_at_path, endpoint.object_path
                , endpoint.account_path, endpoint.related_type_path, endpoint.related_account_path
                , supasaasy._try_json(p_body) as event
            from supasaasy.webhook_endpoints as endpoint
            cross join lateral (
                select
                    p_headers ->> endpoint.header as header
                    , supasaasy._signature_entry(p_headers ->> endpoint.header, endpoint.prefix) as signature
                    , supasaasy._signature_entry(p_headers ->> endpoint.header, endpoint.timestamp_prefix) as signed_at
                offset 0  -- read once, though asked for more often
            ) as sent
            where endpoint.app_key = p_app_key
                and endpoint.handshake is null  -- else that is looked for before all this
                and octet_length(p_body) <= endpoint.max_bytes
                and length(sent.header) <= 4096
                and sent.signature <> ''
                and (endpoint.timestamp_prefix is null
                    or supasaasy._is_recent(sent.signed_at, endpoint.tolerance, v_now))
                and supasaasy._digest(sent.signature) = supasaasy._digest(supasaasy._signature(
                    sent.signed_at, p_body, supasaasy._webhook_secret(endpoint.secret_name)
                    , endpoint.algorithm, endpoint.encoding))
            offset 0  -- parsed once, when it is verified
        ) as verified
        cross join lateral (
            select
                route.event_type, route.collection_key, route.is_child, route.action
                , verified.event #>> verified.event_id_path as event_id
                , (verified.event #> verified.occurred_at_path)::text as occurred_at
                , verified.event #> verified.object_path #>> route.id_path as object_id
            from supasaasy.event_routes as route
            where route.event_type = verified.event #>> verified.event_type_path
                and route.event_type <> ''
                and route.connector = verified.connector
                and route.resource_type = any (verified.resources)
            limit 1
        ) as told
        where length(told.event_id) between 1 and 255
            and supasaasy._is_unix_time(told.occurred_at)
            and told.object_id <> ''
            and verified.event #>> verified.related_type_path is null
            and (coalesce(verified.event #>> verified.account_path, verified.event #>> verified.related_account_path)
                <> verified.account) is not true
        on conflict (app_key, event_id) do nothing
        returning id
    )
    insert into pgmq.q_supasaasy_webhooks (vt, message)  -- as _enqueue_event does; a volatile time would take a subquery
    select statement_timestamp(), jsonb_build_object('event', stored.id)
    from stored;
    return found;
end
$$;
comment on function supasaasy._accept_webhook(text, jsonb, text) is
    'Verify, store and queue a webhook, if it is like nearly all; whether it was.';

create or replace function supasaasy._judge_webhook(p_app_key text, p_headers jsonb, p_body text)
returns supasaasy.webhook_outcome
language plpgsql
as $$
declare
    v_endpoint supasaasy.webhook_endpoints;
    v_secret   text;
    v_outcome  supasaasy.webhook_outcome;
    v_event    jsonb;
    v_to       record;  -- who has it read, and how
    v_told     supasaasy.webhook_events;
    v_news     bigint;  -- its id, where it is to be applied
begin
    select endpoint.* into v_endpoint from supasaasy.webhook_endpoints as endpoint where endpoint.app_key = p_app_key;
    if not found then
        return (404, 'there is no such app, it is disabled, or its provider sends no webhooks'::text);
    elsif p_body is null then
        return (400, 'the body is missing or not text in UTF-8'::text);
    elsif (octet_length(p_body) <= v_endpoint.max_bytes) is not true then
        return (413, format('the body has %s bytes; max_webhook_bytes is %s', octet_length(p_body), v_endpoint.max_bytes));
    elsif v_endpoint.handshake is not null
        and octet_length(p_body) < 1000
        and jsonb_typeof(supasaasy._try_json(p_body) -> v_endpoint.handshake) = 'string'
    then
        return (200, format('%s is the secret that the provider will sign with: store it as %s, and confirm it there'
            , v_endpoint.handshake, coalesce(v_endpoint.secret_name, 'webhook_secret_env')));
    end if;

    v_secret := supasaasy._webhook_secret(v_endpoint.secret_name);
    if v_secret is null then
        return (503, case when v_endpoint.secret_name is null then 'the app has no webhook_secret_env'
            else format('the secret %s is missing', v_endpoint.secret_name) end);
    end if;
    v_outcome := supasaasy._check_signature(v_endpoint, p_headers, p_body, v_secret);
    if v_outcome.status <> 200 then
        return v_outcome;
    end if;

    v_event := supasaasy._try_json(p_body);
    if jsonb_typeof(v_event) is distinct from 'object' then
        return (400, 'the body is no JSON object'::text);
    end if;
    select app, connector.envelope, connector.declaration #>> '{events,ping}' as ping into v_to
    from supasaasy.apps as app
    join supasaasy.connectors as connector on connector.connector = app.connector
    where app.app_key = p_app_key;
    v_told := supasaasy._read_event(v_to.app, v_to.envelope, v_event);
    if v_told.event_id is not null then
        v_news := supasaasy._store_event(v_told);
        if v_news is not null then
            perform supasaasy._enqueue_event(v_news);
        end if;
    elsif (v_event #>> (v_to.envelope).type = v_to.ping) is not true then
        return (400, 'the event has no id, no type or no time'::text);
    end if;
    return (200, null::text);
end
$$;
comment on function supasaasy._judge_webhook(text, jsonb, text) is
    '_accept_webhook(), for whatever comes, step by step.';

create or replace function supasaasy._check_signature(
    p_endpoint supasaasy.webhook_endpoints, p_headers jsonb, p_body text, p_secret text
)
returns supasaasy.webhook_outcome
language plpgsql
as $$
declare
    v_header text := nullif(p_headers ->> p_endpoint.header, '');
    v_time   text;
begin
    if v_header is null then  -- or its name is written in another case
        v_header := (
            select string_agg(header.value, ',') from jsonb_each_text(p_headers) as header
            where lower(header.key) = p_endpoint.header);
        if v_header is null then
            return (400, format('the header %s is missing', p_endpoint.header));
        end if;
    end if;
    v_header := case when length(v_header) <= 4096 then replace(v_header, ' ', '') end;
    if (strpos(',' || v_header, ',' || p_endpoint.prefix) > 0) is not true then
        return (400, format('the header %s has no signature, or is longer than 4096 characters', p_endpoint.header));
    end if;
    v_time := supasaasy._signature_entry(v_header, p_endpoint.timestamp_prefix);
    if not supasaasy._is_unix_time(v_time) then
        return (400, format('the header %s has no timestamp', p_endpoint.header));
    elsif p_endpoint.timestamp_prefix is not null
        and supasaasy._is_recent(v_time, p_endpoint.tolerance, supasaasy._now()) is not true
    then
        return (401, format('the timestamp %s is more than %s seconds away', v_time, p_endpoint.tolerance));
    elsif supasaasy._digest(p_endpoint.prefix || supasaasy._signature(
        v_time, p_body, p_secret, p_endpoint.algorithm, p_endpoint.encoding))
        = any (array(select supasaasy._digest(entry) from unnest(string_to_array(v_header, ',')) as entry
            where starts_with(entry, p_endpoint.prefix))) is not true
    then
        return (401, 'the signature is not that of the body under the secret'::text);
    end if;
    return (200, null::text);
end
$$;
comment on function supasaasy._check_signature(supasaasy.webhook_endpoints, jsonb, text, text) is
    'Status 200 when the body is signed as the connector declares, else 400 or 401 and why.';

create or replace function supasaasy._try_json(p_text text)
returns jsonb
language plpgsql stable  -- and not immutable, or a plan would be made of whatever is sent
as $$
begin
    return p_text::jsonb;
exception
    -- Not only what is no JSON: also what is nested too deeply, or has numbers beyond all bounds.
    when data_exception or program_limit_exceeded then
        begin
            return supasaasy._clean_json(p_text)::jsonb;
        exception
            when data_exception or program_limit_exceeded then return null;
        end;
end
$$;
comment on function supasaasy._try_json(text) is 'The JSON, or null for what is none.';

create or replace function supasaasy._redact_headers(p_headers jsonb)
returns jsonb
language sql immutable
as $$
    select jsonb_object_agg(
        header.key
        , case when header.key ~* '(auth|cookie|signature|api[-_]?key|token|secret|password|credential|session|jwt)'
            then '"[redacted]"' else header.value end)
    from jsonb_each(case when jsonb_typeof(p_headers) = 'object' then p_headers else '{}' end) as header
$$;
comment on function supasaasy._redact_headers(jsonb) is 'The headers, with the values of those that may hold a secret replaced.';
