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
    v_started timestamptz := clock_timestamp();
    v_outcome supasaasy.webhook_outcome;
begin
    if current_setting('synchronous_commit') = 'off' then  -- a 200 promises that the event is on disk
        perform set_config('synchronous_commit', 'on', true);
    end if;
    v_outcome := supasaasy._accept_webhook(
        receive_webhook.app_key
        , case when jsonb_typeof(receive_webhook.headers) = 'object' then receive_webhook.headers else '{}' end
        , receive_webhook.body);
    status := v_outcome.status;
    response := case status
        when 200 then '{"success": true}'::jsonb
        when 400 then '{"success": false, "error": "Bad Request"}'
        when 401 then '{"success": false, "error": "Unauthorized"}'
        when 404 then '{"success": false, "error": "Not Found"}'
        when 413 then '{"success": false, "error": "Payload Too Large"}'
        when 503 then '{"success": false, "error": "Service Unavailable"}'
    end;

    if exists (select from supasaasy.installation as installation where installation.webhook_logging @> '{"enabled": true}')
    then
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
            , extract(epoch from clock_timestamp() - v_started) * 1000
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

create or replace function supasaasy._is_recent(p_scheme supasaasy.webhook_scheme, p_signed_at text, p_now timestamptz)
returns boolean
language sql stable
as $$
    select p_scheme.timestamp_prefix is null
        or abs(extract(epoch from p_now) - substring(p_signed_at from '^[0-9]{1,12}$')::bigint) <= p_scheme.tolerance
$$;
comment on function supasaasy._is_recent(supasaasy.webhook_scheme, text, timestamptz) is
    'Whether a time in Unix seconds is near enough, where the scheme has one; null for what is no such time.';

create or replace function supasaasy._signature(
    p_scheme supasaasy.webhook_scheme, p_signed_at text, p_body text, p_secret text
)
returns text
language sql stable
as $$
    select encode(
        supasaasy._hmac(
            convert_to(concat(p_signed_at || '.', p_body), 'UTF8'), convert_to(p_secret, 'UTF8'), p_scheme.algorithm)
        , p_scheme.encoding)
$$;
comment on function supasaasy._signature(supasaasy.webhook_scheme, text, text, text) is
    'What the provider signs that body with, at that time and under that secret.';

-- How much two signatures have in common must not show in the time it takes to compare them. So what is compared are their
-- hashes: what that shows of a hash tells nothing of the signature, which is too long to be guessed.
create or replace function supasaasy._digest(p_signature text)
returns bytea
language sql stable
as $$ select sha256(convert_to(p_signature, 'UTF8')) $$;

-- An event that is not known yet, whose type has a route by its whole name and whose first signature fits takes one
-- statement: a transaction prepares anew whatever expressions and statements it comes to, which is most of what receiving
-- costs. All others are looked at step by step, by the same rules.
create or replace function supasaasy._accept_webhook(p_app_key text, p_headers jsonb, p_body text)
returns supasaasy.webhook_outcome
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
            , verified.event #>> (verified.envelope).id
            , route.event_type
            , supasaasy.json_timestamp(verified.event #> (verified.envelope).occurred_at)
            , route.collection_key
            , left(verified.event #> (verified.envelope).object #>> route.id_path, 512)
            , case when verified.config ->> 'webhook_mode' = 'refetch' and not route.is_child then 'refetch'
                else route.action end
            , verified.event
            , 'pending'
            , v_now
        from (
            select app.connector, app.resources, app.config, connector.envelope, supasaasy._try_json(p_body) as event
            from supasaasy.apps as app
            join supasaasy.connectors as connector on connector.connector = app.connector
            cross join lateral (
                select
                    p_headers ->> (connector.webhook_scheme).header as header
                    , supasaasy._signature_entry(
                        p_headers ->> (connector.webhook_scheme).header, (connector.webhook_scheme).prefix) as signature
                    , supasaasy._signature_entry(
                        p_headers ->> (connector.webhook_scheme).header
                        , (connector.webhook_scheme).timestamp_prefix) as signed_at
            ) as sent
            where app.app_key = p_app_key
                and app.enabled
                and (connector.webhook_scheme).handshake is null  -- else that is looked for before all this
                and octet_length(p_body) <= (app.config ->> 'max_webhook_bytes')::integer
                and length(sent.header) <= 4096
                and sent.signature <> ''
                and supasaasy._is_recent(connector.webhook_scheme, sent.signed_at, v_now)
                and supasaasy._digest(sent.signature) = supasaasy._digest(supasaasy._signature(
                    connector.webhook_scheme, sent.signed_at, p_body
                    , supasaasy._webhook_secret(app.config ->> 'webhook_secret_env')))
            offset 0  -- parsed once, when it is verified
        ) as verified
        cross join lateral (
            select route.*
            from supasaasy.event_routes as route
            where route.event_type = verified.event #>> (verified.envelope).type
                and route.event_type <> ''
                and route.connector = verified.connector
                and route.resource_type = any (verified.resources)
                and verified.event #> (verified.envelope).object #>> route.id_path <> ''
            limit 1
        ) as route
        where length(verified.event #>> (verified.envelope).id) between 1 and 255
            and supasaasy.json_timestamp(verified.event #> (verified.envelope).occurred_at) is not null
            and verified.event #>> (verified.envelope).related_type is null
            and (coalesce(
                verified.event #>> (verified.envelope).account, verified.event #>> (verified.envelope).related_account)
                <> coalesce(verified.config ->> 'account', '')) is not true
        on conflict (app_key, event_id) do nothing
        returning id
    )
    insert into pgmq.q_supasaasy_webhooks (vt, message)  -- as _enqueue_event does; a volatile time would take a subquery
    select statement_timestamp(), jsonb_build_object('event', stored.id)
    from stored;
    if found then
        return (200, null::text);
    end if;
    return supasaasy._judge_webhook(p_app_key, p_headers, p_body);
end
$$;
comment on function supasaasy._accept_webhook(text, jsonb, text) is
    'Verify, store and queue a webhook; the HTTP status, and for the log why it is refused.';

create or replace function supasaasy._judge_webhook(p_app_key text, p_headers jsonb, p_body text)
returns supasaasy.webhook_outcome
language plpgsql
as $$
declare
    v_to      record;  -- for whom it is, and by which rules
    v_secret  text;
    v_outcome supasaasy.webhook_outcome;
    v_event   jsonb;
    v_told    supasaasy.webhook_events;
    v_news    bigint;  -- its id, where it is to be applied
begin
    select
        app
        , app.config ->> 'webhook_secret_env' as secret
        , (app.config ->> 'max_webhook_bytes')::integer as max_bytes
        , connector.envelope
        , connector.webhook_scheme as scheme
        , connector.declaration #>> '{events,ping}' as ping
    into v_to
    from supasaasy.apps as app
    join supasaasy.connectors as connector on connector.connector = app.connector
    where app.app_key = p_app_key
        and app.enabled
        and connector.webhook_scheme is distinct from null;  -- its fields may be, which "is not null" would mind
    if not found then
        return (404, 'there is no such app, it is disabled, or its provider sends no webhooks'::text);
    elsif p_body is null then
        return (400, 'the body is missing or not text in UTF-8'::text);
    elsif octet_length(p_body) > v_to.max_bytes then
        return (413, format('the body has %s bytes; max_webhook_bytes is %s', octet_length(p_body), v_to.max_bytes));
    elsif (v_to.scheme).handshake is not null
        and octet_length(p_body) < 1000
        and jsonb_typeof(supasaasy._try_json(p_body) -> (v_to.scheme).handshake) = 'string'
    then
        return (200, format('%s is the secret that the provider will sign with: store it as %s, and confirm it there'
            , (v_to.scheme).handshake, coalesce(v_to.secret, 'webhook_secret_env')));
    end if;

    v_secret := supasaasy._webhook_secret(v_to.secret);
    if v_secret is null then
        return (503, case when v_to.secret is null then 'the app has no webhook_secret_env'
            else format('the secret %s is missing', v_to.secret) end);
    end if;
    v_outcome := supasaasy._check_signature(v_to.scheme, p_headers, p_body, v_secret);
    if v_outcome.status <> 200 then
        return v_outcome;
    end if;

    v_event := supasaasy._try_json(p_body);
    if jsonb_typeof(v_event) is distinct from 'object' then
        return (400, 'the body is no JSON object'::text);
    end if;
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
    p_scheme supasaasy.webhook_scheme, p_headers jsonb, p_body text, p_secret text
)
returns supasaasy.webhook_outcome
language plpgsql
as $$
declare
    v_header text := nullif(p_headers ->> p_scheme.header, '');
    v_time   text;
begin
    if v_header is null then  -- or its name is written in another case
        v_header := (
            select string_agg(header.value, ',') from jsonb_each_text(p_headers) as header
            where lower(header.key) = p_scheme.header);
        if v_header is null then
            return (400, format('the header %s is missing', p_scheme.header));
        end if;
    end if;
    v_header := case when length(v_header) <= 4096 then replace(v_header, ' ', '') end;
    if (strpos(',' || v_header, ',' || p_scheme.prefix) > 0) is not true then
        return (400, format('the header %s has no signature, or is longer than 4096 characters', p_scheme.header));
    end if;
    v_time := supasaasy._signature_entry(v_header, p_scheme.timestamp_prefix);
    if v_time !~ '^[0-9]{1,12}$' then
        return (400, format('the header %s has no timestamp', p_scheme.header));
    elsif supasaasy._is_recent(p_scheme, v_time, supasaasy._now()) is not true then
        return (401, format('the timestamp %s is more than %s seconds away', v_time, p_scheme.tolerance));
    elsif supasaasy._digest(p_scheme.prefix || supasaasy._signature(p_scheme, v_time, p_body, p_secret))
        = any (array(select supasaasy._digest(entry) from unnest(string_to_array(v_header, ',')) as entry
            where starts_with(entry, p_scheme.prefix))) is not true
    then
        return (401, 'the signature is not that of the body under the secret'::text);
    end if;
    return (200, null::text);
end
$$;
comment on function supasaasy._check_signature(supasaasy.webhook_scheme, jsonb, text, text) is
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
