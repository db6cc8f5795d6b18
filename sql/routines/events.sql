-- Events: what providers tell has happened, by webhook or in an event log. Each is stored once and applied through the
-- upsert that syncs use. An event is true one microsecond after it occurred, so that no list wins a tie against it.
--
-- Two events of one object may have occurred at the same time, as providers count in seconds. Then the object's creation
-- comes first and its deletion last; an update follows the one whose object has the values that it replaced; and where
-- that does not tell, what arrived later counts as later. Who applies an event looks at all that are known of the object
-- and time, so it does not matter in which batch each arrived.

-- What an event says, by the connector's envelope and routes. Without a collection it is ignored. This is a good part of what
-- receiving a webhook costs: expressions are few, as each transaction prepares them anew.
create or replace function supasaasy._read_event(
    p_app        supasaasy.apps
    , p_envelope supasaasy.event_envelope
    , p_event    jsonb
)
returns supasaasy.webhook_events
language plpgsql stable
as $$
declare
    v_id          text := p_event #>> p_envelope.id;
    v_type        text := p_event #>> p_envelope.type;
    v_moment      jsonb := p_event #> p_envelope.occurred_at;
    v_occurred_at timestamptz := supasaasy.json_timestamp(v_moment);
    v_now         timestamptz := supasaasy._now();
    v_route       supasaasy.event_routes;
    v_object_id   text;
    v_error       text;
begin
    if v_occurred_at is null or (length(v_id) between 1 and 255 and length(v_type) between 1 and 255) is not true then
        return null;
    elsif coalesce(p_event #>> p_envelope.account, p_event #>> p_envelope.related_account)
        <> coalesce(p_app.config ->> 'account', '')
    then
        v_error := 'it happened in another account';
    else
        if p_event #>> p_envelope.related_type is null then  -- nearly always routed by its whole name: a key of the index
            select route.* into v_route
            from supasaasy.event_routes as route
            where route.event_type = v_type
                and route.connector = p_app.connector
                and route.resource_type = any (p_app.resources);
        end if;
        if v_route.collection_key is null then
            v_route := supasaasy._route(p_app, v_type, p_event #>> p_envelope.related_type);
        end if;
        if v_route.collection_key is null then
            v_error := 'no collection that the app syncs is moved by this type of event';
        else
            v_object_id := nullif(left(coalesce(
                p_event #> p_envelope.object #>> v_route.id_path, p_event #>> p_envelope.related_id), 512), '');
            v_error := case when v_object_id is null then 'it carries no object with an id' end;
        end if;
    end if;
    return (
        null, p_app.app_key, v_id, v_type, v_occurred_at, v_route.collection_key, v_object_id
        , case when p_app.config ->> 'webhook_mode' = 'refetch' and not v_route.is_child then 'refetch' else v_route.action end
        , p_event
        , case when v_error is null then 'pending' else 'ignored' end, 0, v_error, v_now
        , case when v_error is not null then v_now end)::supasaasy.webhook_events;
end
$$;
comment on function supasaasy._read_event(supasaasy.apps, supasaasy.event_envelope, jsonb) is
    'A provider''s event as a row of webhook_events without an id; null when it has no event id, type or time.';

-- What an event does to which collection that the app syncs, by the longest name that fits; a row of nulls where none does.
create or replace function supasaasy._route(p_app supasaasy.apps, p_type text, p_related_type text)
returns supasaasy.event_routes
language plpgsql stable
as $$
declare
    v_route supasaasy.event_routes;
begin
    select route.* into v_route
    from supasaasy.event_routes as route
    where route.connector = p_app.connector
        and route.resource_type = any (p_app.resources)
        and (route.event_type = p_type
            or right(route.event_type, 1) = '*' and starts_with(p_type, left(route.event_type, -1))
            or route.resource_type = p_related_type and route.event_type = '')
    order by route.event_type = '' desc, length(route.event_type) desc
    limit 1;
    return v_route;
end
$$;

-- Store an event that is not known yet. Its id, if it is to be applied.
create or replace function supasaasy._store_event(p_told supasaasy.webhook_events)
returns bigint
language plpgsql
as $$
declare
    v_id bigint;
begin
    insert into supasaasy.webhook_events (
        app_key, event_id, event_type, occurred_at, collection_key, object_id, action, payload
        , status, error_message, received_at, processed_at
    )
    values (
        p_told.app_key, p_told.event_id, p_told.event_type, p_told.occurred_at, p_told.collection_key, p_told.object_id
        , p_told.action, p_told.payload, p_told.status, p_told.error_message, p_told.received_at, p_told.processed_at
    )
    on conflict (app_key, event_id) do nothing
    returning id into v_id;

    if p_told.status <> 'pending' then
        return null;
    elsif v_id is null then  -- what was ignored, and now concerns something that is synced, is news
        update supasaasy.webhook_events as event
        set
            collection_key = p_told.collection_key
            , object_id = p_told.object_id
            , action = p_told.action
            , status = p_told.status
            , error_message = null
            , processed_at = null
        where event.app_key = p_told.app_key and event.event_id = p_told.event_id and event.status = 'ignored'
        returning event.id into v_id;
    end if;
    return v_id;
end
$$;

create or replace function supasaasy._store_events(p_app_key text, p_events jsonb)
returns bigint[]
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
begin
    return array(
        select stored.id
        from supasaasy.apps as app
        join supasaasy.connectors as connector on connector.connector = app.connector
        cross join jsonb_array_elements(p_events) with ordinality as event
        cross join lateral supasaasy._read_event(app, connector.envelope, event.value) as told
        cross join lateral supasaasy._store_event(told) as stored(id)
        where app.app_key = p_app_key and told.event_id is not null and stored.id is not null
        order by event.ordinality);
end
$$;
comment on function supasaasy._store_events(text, jsonb) is
    'Store those of an array of a provider''s events that are not known yet, in its order, and return the ids of what is '
    'to be applied. What has no event id, type or time is left out.';

-- The join is fenced: with statistics that lag behind a backlog, the planner would read all events of the app to find these.
create or replace function supasaasy._pending_events(p_app_key text, p_ids bigint[])
returns setof supasaasy.webhook_events
language sql stable
as $$
    select event.*
    from unnest(p_ids) as wanted(id)
    cross join lateral (
        select event.* from supasaasy.webhook_events as event where event.id = wanted.id offset 0
    ) as event
    where (p_app_key is null or event.app_key = p_app_key) and event.status = 'pending'
$$;
comment on function supasaasy._pending_events(text, bigint[]) is
    'Those of these events, each named once, that are pending and of the app, or of any; each looked up by its key.';

-- Apply events now, in this transaction. Those that cannot be are tried again later, and hold up none of the others.
create or replace function supasaasy._apply_events(p_ids bigint[])
returns supasaasy.upsert_result
language plpgsql
set search_path to pg_catalog, pg_temp
set enable_seqscan to off  -- a session keeps its plans, and may have made them when the table was small
as $$
declare
    v_app_key text;
    v_result  supasaasy.upsert_result := (0, 0, 0, 0, 0, '{}', '{}');
begin
    for v_app_key in
        select event.app_key
        from supasaasy._pending_events(null, p_ids) as event
        group by event.app_key
        order by hashtext(event.app_key), event.app_key  -- one lock order
    loop
        -- One at a time for each app: two events of the same time must not be applied by two who each know of one only.
        perform pg_advisory_xact_lock(hashtext('supasaasy events'), hashtext(v_app_key));
        v_result := supasaasy._add(v_result, supasaasy._apply_app_events(v_app_key, p_ids));
    end loop;
    return v_result;
end
$$;
comment on function supasaasy._apply_events(bigint[]) is
    'Apply those of these events that are pending, and say what that did to the collection tables.';

create or replace function supasaasy._apply_app_events(p_app_key text, p_ids bigint[])
returns supasaasy.upsert_result
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_id     bigint;
    v_result supasaasy.upsert_result := (0, 0, 0, 0, 0, '{}', '{}');
begin
    if not exists (select from supasaasy.apps as app where app.app_key = p_app_key and app.enabled) then
        update supasaasy.webhook_events as event
        set status = 'ignored', error_message = 'the app is disabled', processed_at = supasaasy._now()
        where event.id = any (array(select pending.id from supasaasy._pending_events(p_app_key, p_ids) as pending))
            and event.status = 'pending';
        return v_result;
    end if;
    return supasaasy._apply_together(p_app_key, p_ids);
exception
    when others then
        for v_id in
            select event.id from supasaasy._pending_events(p_app_key, p_ids) as event order by event.id
        loop
            v_result := supasaasy._add(v_result, supasaasy._apply_alone(p_app_key, v_id));
        end loop;
        return v_result;
end
$$;

create or replace function supasaasy._apply_alone(p_app_key text, p_id bigint)
returns supasaasy.upsert_result
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
begin
    return supasaasy._apply_together(p_app_key, array[p_id]);
exception
    when others then
        perform supasaasy._fail_event(p_id, sqlerrm);
        return (0, 0, 0, 0, 0, '{}', '{}')::supasaasy.upsert_result;
end
$$;

create or replace function supasaasy._apply_together(p_app_key text, p_ids bigint[])
returns supasaasy.upsert_result
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_actions     text[];
    v_collections text[];  -- that are written to at once
    v_collection  supasaasy.collections;
    v_result      supasaasy.upsert_result := (0, 0, 0, 0, 0, '{}', '{}');
begin
    select
        array_agg(distinct event.action)
        , array_agg(distinct event.collection_key) filter (where event.action not in ('refetch', 'reread'))
    into v_actions, v_collections
    from supasaasy._pending_events(p_app_key, p_ids) as event;
    if 'refetch' = any (v_actions) then
        perform supasaasy._refetch(p_app_key, p_ids);
    end if;
    if 'reread' = any (v_actions) then
        perform supasaasy._reread(p_app_key, p_ids);
    end if;
    for v_collection in
        select collection.* from supasaasy.collections as collection
        where collection.collection_key = any (v_collections)
        order by collection.collection_key
    loop
        v_result := supasaasy._add(v_result, supasaasy._upsert_with_children(
            p_app_key, v_collection, supasaasy._pages_of_events(p_app_key, v_collection, p_ids)));
    end loop;
    update supasaasy.webhook_events as event
    set status = 'processed', error_message = null, processed_at = supasaasy._now()
    where event.id = any (p_ids)
        and (event.app_key = p_app_key) is true  -- which hides it from the planner, for the reason given at _pending_events
        and event.status = 'pending'
        and event.action <> 'refetch';
    return v_result;
end
$$;

-- What is true after the newest events of each object: a page an object, out of all that are known of that time.
create or replace function supasaasy._pages_of_events(
    p_app_key      text
    , p_collection supasaasy.collections
    , p_ids        bigint[]
)
returns supasaasy.page[]
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
declare
    v_object      text[];
    v_previous    text[];
    v_api_version text[];
    v_since       timestamptz := supasaasy._events_count_since(p_app_key, p_collection.collection_key);
    v_pages       supasaasy.page[];
begin
    select (connector.envelope).object, (connector.envelope).previous, (connector.envelope).api_version
    into v_object, v_previous, v_api_version
    from supasaasy.connectors as connector
    where connector.connector = p_collection.connector;

    with newest as materialized (
        select event.object_id, max(event.occurred_at) as occurred_at
        from supasaasy._pending_events(p_app_key, p_ids) as event
        where event.collection_key = p_collection.collection_key
            and event.action <> 'refetch'
            and event.occurred_at >= v_since
        group by event.object_id
    )
    , rival as materialized (
        select
            event.id
            , event.object_id
            , event.occurred_at
            , event.action
            , event.payload #> v_object as object
            , event.payload #> v_previous as previous
            , event.payload #>> v_api_version as api_version
            , count(*) over (partition by event.object_id) > 1 as has_rivals
        from newest
        cross join lateral (
            select event.* from supasaasy.webhook_events as event
            where event.collection_key = p_collection.collection_key
                and event.object_id = newest.object_id
                and event.occurred_at = newest.occurred_at
            offset 0
        ) as event
        where event.app_key = p_app_key
            and event.status in ('pending', 'processed')
            and event.action <> 'refetch'
    )
    , winner as (
        select distinct on (rival.object_id) rival.*
        from rival
        order by
            rival.object_id
            , rival.action = 'delete' desc
            , rival.action = 'create'
            , rival.has_rivals and exists (
                select from rival as successor
                where successor.object_id = rival.object_id
                    and successor.id <> rival.id
                    and supasaasy._had(rival.object, successor.previous)
                    and supasaasy._had(successor.object, rival.previous) is not true)
            , rival.id desc
    )
    , part as (  -- events that each hold some keys of an object are merged, the last one over those before it
        select event.payload #> v_object as object, event.occurred_at, event.payload #>> v_api_version as api_version
            , event.action, event.action = 'create' as is_first, event.id
        from winner
        join supasaasy._pending_events(p_app_key, p_ids) as event
            on event.collection_key = p_collection.collection_key
            and event.object_id = winner.object_id
            and event.id <> winner.id
        where winner.action = 'merge'
            and event.action in ('create', 'merge')
        union all
        select winner.object, winner.occurred_at, winner.api_version, winner.action, null, winner.id
        from winner
    )
    select array_agg((
        jsonb_build_array(part.object)
        , part.occurred_at + interval '1 microsecond'
        , coalesce(part.api_version, supasaasy._api_version(p_app_key))
        , part.action, null, null)::supasaasy.page
        order by part.occurred_at, part.is_first desc nulls last, part.id)
    into v_pages
    from part;
    return coalesce(v_pages, '{}');
end
$$;

-- What a full sync found as it was stored keeps its observed_at, so nothing in the row says that an event is older than
-- that. Five minutes are left for lists that lag behind.
create or replace function supasaasy._events_count_since(p_app_key text, p_collection_key text)
returns timestamptz
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
begin
    return coalesce((
        select state.complete_at - interval '5 minutes'
        from supasaasy.sync_state as state
        join supasaasy.collections as collection on collection.collection_key = state.collection_key
        where state.app_key = p_app_key and state.collection_key = p_collection_key
            and (collection.declaration ->> 'archived_unlisted')::boolean is not true), '-infinity');
end
$$;
comment on function supasaasy._events_count_since(text, text) is 'Events that occurred before are history: a full sync has seen what became of it.';

-- A value that was not there before is told as null, and objects as far as they changed.
create or replace function supasaasy._had(p_object jsonb, p_previous jsonb)
returns boolean
language plpgsql immutable
set search_path to pg_catalog, pg_temp
as $$
begin
    if jsonb_typeof(p_previous) = 'object' then
        return not exists (
            select from jsonb_each(p_previous) as previous
            where not supasaasy._had(p_object -> previous.key, previous.value));
    end if;
    return coalesce(p_object, 'null') = p_previous;
end
$$;
comment on function supasaasy._had(jsonb, jsonb) is 'Whether an object has the values that an update replaced; null when it replaced none.';

-- Keep an event's error and try it again later, each time after twice as long, ten times in all.
create or replace function supasaasy._fail_event(p_id bigint, p_error text)
returns void
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_attempts integer;
begin
    update supasaasy.webhook_events as event
    set
        attempts = event.attempts + 1
        , error_message = p_error
        , status = case when event.attempts + 1 < 10 then 'pending' else 'failed' end
        , processed_at = case when event.attempts + 1 < 10 then null else supasaasy._now() end
    where event.id = p_id
    returning event.attempts into v_attempts;
    if v_attempts < 10 then
        perform supasaasy._enqueue_event(p_id, least(3600, 5 * 2 ^ v_attempts)::integer);
    end if;
end
$$;

-- What pgmq.send does, but planned once a session: pgmq plans its insert anew for every message, which takes as long as
-- storing the event.
create or replace function supasaasy._enqueue_event(p_id bigint, p_delay_seconds integer default 0)
returns bigint
language plpgsql
as $$
declare
    v_message_id bigint;
begin
    insert into pgmq.q_supasaasy_webhooks (vt, message)
    values (clock_timestamp() + make_interval(secs => p_delay_seconds), jsonb_build_object('event', p_id))
    returning msg_id into v_message_id;
    return v_message_id;
end
$$;

-- Apply what the queue holds, up to so many events, and return how many messages were taken. What another worker is
-- applying events of the same app for stays in the queue. The messages are read and deleted as pgmq does, but not written
-- in between: this transaction holds them as long as it needs them.
create or replace function supasaasy._work_events(p_limit integer)
returns integer
language plpgsql
set search_path to pg_catalog, pg_temp
set enable_seqscan to off  -- as in _apply_events
as $$
declare
    v_messages bigint[];
    v_ids      bigint[];
    v_left     bigint[];
begin
    -- What a crash undoes is still queued, so the commit need not wait for the disk.
    perform set_config('synchronous_commit', 'off', true);
    with message as materialized (
        select message.msg_id, (message.message ->> 'event')::bigint as event_id
        from pgmq.q_supasaasy_webhooks as message
        where message.vt <= clock_timestamp()
        order by message.msg_id
        limit p_limit
        for update skip locked
    )
    , claimed as materialized (
        select
            message.*
            , event.id is null
                or pg_try_advisory_xact_lock(hashtext('supasaasy events'), hashtext(event.app_key)) as is_ours
        from message
        left join lateral (
            select event.id, event.app_key from supasaasy.webhook_events as event where event.id = message.event_id offset 0
        ) as event on true
    )
    select
        array_agg(claimed.msg_id) filter (where claimed.is_ours)
        , array_agg(distinct claimed.event_id) filter (where claimed.is_ours)
        , array_agg(claimed.msg_id) filter (where not claimed.is_ours)
    into v_messages, v_ids, v_left
    from claimed;
    if v_left is not null then  -- so that they do not stand in the way of others
        update pgmq.q_supasaasy_webhooks as message
        set vt = clock_timestamp() + interval '1 second'
        where message.msg_id = any (v_left);
    end if;
    if v_messages is null then
        return 0;
    end if;
    delete from pgmq.q_supasaasy_webhooks as message where message.msg_id = any (v_messages);
    perform supasaasy._apply_events(v_ids);
    return cardinality(v_messages);
end
$$;

create or replace function supasaasy.replay_webhook(id bigint)
returns jsonb
language plpgsql security definer
set search_path to pg_catalog, pg_temp
as $$
begin
    if not exists (select from supasaasy.webhook_events as event where event.id = replay_webhook.id) then
        raise exception 'unknown event: %', coalesce(replay_webhook.id::text, 'null')
            using errcode = 'no_data_found',
            hint = 'select id, event_type, status from supasaasy.webhook_events order by id desc';
    end if;
    return supasaasy._replay(array[replay_webhook.id]);
end
$$;
comment on function supasaasy.replay_webhook(bigint) is
    'Apply an event again, whatever became of it: read anew by what is configured now, and queued for the next worker. '
    'A row that is newer than the event stays as it is. Returns {success, events}. Raises P0002 for an unknown event.';

create or replace function supasaasy.replay_webhooks(app_key text, since timestamptz)
returns jsonb
language plpgsql security definer
set search_path to pg_catalog, pg_temp
as $$
begin
    perform supasaasy._enabled_app(replay_webhooks.app_key);
    return supasaasy._replay(array(
        select event.id from supasaasy.webhook_events as event
        where event.app_key = replay_webhooks.app_key and event.received_at >= replay_webhooks.since
        order by event.id));
end
$$;
comment on function supasaasy.replay_webhooks(text, timestamptz) is
    'Apply the events of an app that were received since then again, as replay_webhook() does. Returns {success, events}. '
    'Raises 22023 for an unknown app.';

create or replace function supasaasy._replay(p_ids bigint[])
returns jsonb
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_events bigint;
begin
    with replayed as (
        update supasaasy.webhook_events as event
        set
            collection_key = told.collection_key
            , object_id = told.object_id
            , action = told.action
            , status = told.status
            , attempts = 0
            , error_message = told.error_message
            , processed_at = told.processed_at
        from (
            select stored.id as stored_id, told.*
            from supasaasy.webhook_events as stored
            join supasaasy.apps as app on app.app_key = stored.app_key
            join supasaasy.connectors as connector on connector.connector = app.connector
            cross join lateral supasaasy._read_event(app, connector.envelope, stored.payload) as told
            where stored.id = any (p_ids)
        ) as told
        where event.id = told.stored_id and told.event_id is not null
        returning event.id, event.status
    )
    select count(supasaasy._enqueue_event(replayed.id)) into v_events
    from replayed
    where replayed.status = 'pending';
    return jsonb_build_object('success', true, 'events', v_events);
end
$$;
