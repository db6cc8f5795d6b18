-- Events: what providers tell has happened, by webhook or in an event log. Each is stored once and applied through the
-- upsert that syncs use. An event is true one microsecond after it occurred, so that no list wins a tie against it.
--
-- Two events of one object may have occurred at the same time, as providers count in seconds. Then the object's creation
-- comes first and its deletion last; an update follows the one whose object has the values that it replaced; and where
-- that does not tell, what arrived later counts as later. Who applies an event looks at all that are known of the object
-- and time, so it does not matter in which batch each arrived.

-- What events say, by the connector's envelope and the collections' events. Without a collection they are ignored.
create or replace function supasaasy._read_events(p_app_key text, p_events jsonb)
returns setof supasaasy.webhook_events
language sql stable  -- without a set clause, so that it is inlined
as $$
    select
        null::bigint
        , p_app_key
        , told.event_id
        , told.event_type
        , told.occurred_at
        , route.collection_key
        , route.object_id
        , route.action
        , told.payload
        , case when route.object_id is null then 'ignored' else 'pending' end
        , 0
        , case
            when told.is_foreign then 'it happened in another account'
            when route.collection_key is null then 'no collection that the app syncs is moved by this type of event'
            when route.object_id is null then 'it carries no object with an id'
        end
        , supasaasy._now()
        , case when route.object_id is null then supasaasy._now() end
    from supasaasy.apps as app
    join supasaasy.connectors as connector on connector.connector = app.connector
    cross join jsonb_to_record(connector.declaration -> 'events') as envelope(
        id text[], type text[], occurred_at text[], object text[], account text[]
        , related_id text[], related_type text[], related_account text[])
    cross join jsonb_array_elements(p_events) with ordinality as event
    cross join lateral (
        select
            event.value #>> envelope.id as event_id
            , event.value #>> envelope.type as event_type
            , supasaasy.json_timestamp(event.value #> envelope.occurred_at) as occurred_at
            , coalesce(event.value #>> envelope.account, event.value #>> envelope.related_account)
                <> coalesce(app.config ->> 'account', '') as is_foreign
            , event.value #>> envelope.related_type as related_type
            , event.value as payload
    ) as told
    left join lateral (
        select
            collection.collection_key
            , case when collection.parent_key is null and app.config ->> 'webhook_mode' = 'refetch' then 'refetch'
                else moved.action end as action
            , nullif(left(coalesce(
                event.value #> envelope.object #>> supasaasy._path(collection.declaration -> 'id')
                , event.value #>> envelope.related_id), 512), '') as object_id
        from supasaasy.collections as collection
        cross join lateral (
            select by_type.key, by_type.value from jsonb_each_text(collection.declaration -> 'events') as by_type
            union all
            select told.event_type, 'refetch'  -- it carries no object, but says which one it is about
            where collection.resource_type = told.related_type and collection.parent_key is null
        ) as moved(by_type, action)
        where collection.connector = app.connector
            and collection.resource_type = any (app.resources)
            and (told.event_type = moved.by_type
                or right(moved.by_type, 1) = '*' and starts_with(told.event_type, left(moved.by_type, -1)))
        order by length(moved.by_type) desc
        limit 1
    ) as route on told.is_foreign is not true
    where app.app_key = p_app_key
        and length(told.event_id) between 1 and 255
        and length(told.event_type) between 1 and 255
        and told.occurred_at is not null
    order by event.ordinality
$$;
comment on function supasaasy._read_events(text, jsonb) is
    'An array of a provider''s events as rows of webhook_events without an id; what has no event id, type or time is left out.';

create or replace function supasaasy._store_events(p_app_key text, p_events jsonb)
returns bigint[]
language plpgsql
as $$
declare
    v_ids bigint[];
begin
    with told as materialized (
        select event.* from supasaasy._read_events(p_app_key, p_events) as event
    )
    , stored as (
        insert into supasaasy.webhook_events (
            app_key, event_id, event_type, occurred_at, collection_key, object_id, action, payload
            , status, error_message, received_at, processed_at
        )
        select
            told.app_key, told.event_id, told.event_type, told.occurred_at, told.collection_key, told.object_id
            , told.action, told.payload, told.status, told.error_message, told.received_at, told.processed_at
        from told
        on conflict (app_key, event_id) do nothing
        returning id, status
    )
    , revived as (  -- what was ignored, and now concerns something that is synced, is news
        update supasaasy.webhook_events as event
        set
            collection_key = told.collection_key
            , object_id = told.object_id
            , action = told.action
            , status = told.status
            , error_message = null
            , processed_at = null
        from told
        where event.app_key = told.app_key
            and event.event_id = told.event_id
            and event.status = 'ignored'
            and told.status = 'pending'
        returning event.id
    )
    select coalesce(array_agg(news.id order by news.id), '{}') into v_ids
    from (
        select stored.id from stored where stored.status = 'pending'
        union all
        select revived.id from revived
    ) as news;
    return v_ids;
end
$$;
comment on function supasaasy._store_events(text, jsonb) is
    'Store those of a provider''s events that are not known yet, the earlier before the later, and return the ids of what '
    'is to be applied.';

-- Apply events now, in this transaction. Those that cannot be are tried again later, and hold up none of the others.
create or replace function supasaasy._apply_events(p_ids bigint[])
returns supasaasy.upsert_result
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_app_key text;
    v_result  supasaasy.upsert_result := (0, 0, 0, 0, 0, '{}', '{}');
begin
    for v_app_key in
        select event.app_key from supasaasy.webhook_events as event
        where event.id = any (p_ids) and event.status = 'pending'
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
        where event.id = any (p_ids) and event.app_key = p_app_key and event.status = 'pending';
        return v_result;
    end if;
    return supasaasy._apply_together(p_app_key, p_ids);
exception
    when others then
        for v_id in
            select event.id from supasaasy.webhook_events as event
            where event.id = any (p_ids) and event.app_key = p_app_key and event.status = 'pending'
            order by event.id
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
    v_collection supasaasy.collections;
    v_result     supasaasy.upsert_result := (0, 0, 0, 0, 0, '{}', '{}');
begin
    perform supasaasy._refetch(p_app_key, p_ids);
    for v_collection in
        select collection.* from supasaasy.collections as collection
        where collection.collection_key in (
            select event.collection_key from supasaasy.webhook_events as event
            where event.id = any (p_ids) and event.app_key = p_app_key and event.status = 'pending'
                and event.action <> 'refetch')
        order by collection.collection_key
    loop
        v_result := supasaasy._add(v_result, supasaasy._upsert_with_children(
            p_app_key, v_collection, supasaasy._pages_of_events(p_app_key, v_collection, p_ids)));
    end loop;
    update supasaasy.webhook_events as event
    set status = 'processed', error_message = null, processed_at = supasaasy._now()
    where event.id = any (p_ids) and event.app_key = p_app_key and event.status = 'pending' and event.action <> 'refetch';
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
    select envelope.object, envelope.previous, envelope.api_version
    into v_object, v_previous, v_api_version
    from supasaasy.connectors as connector
    cross join jsonb_to_record(connector.declaration -> 'events') as envelope(
        object text[], previous text[], api_version text[])
    where connector.connector = p_collection.connector;

    with newest as materialized (
        select event.object_id, max(event.occurred_at) as occurred_at
        from supasaasy.webhook_events as event
        where event.id = any (p_ids)
            and event.app_key = p_app_key
            and event.collection_key = p_collection.collection_key
            and event.status = 'pending'
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
        join supasaasy.webhook_events as event
            on event.collection_key = p_collection.collection_key
            and event.object_id = newest.object_id
            and event.occurred_at = newest.occurred_at
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
        join supasaasy.webhook_events as event
            on event.collection_key = p_collection.collection_key
            and event.object_id = winner.object_id
            and event.id <> winner.id
        where winner.action = 'merge'
            and event.id = any (p_ids)
            and event.app_key = p_app_key
            and event.action in ('create', 'merge')
            and event.status = 'pending'
        union all
        select winner.object, winner.occurred_at, winner.api_version, winner.action, null, winner.id
        from winner
    )
    select array_agg((
        jsonb_build_array(part.object)
        , part.occurred_at + interval '1 microsecond'
        , coalesce(part.api_version, supasaasy._api_version(p_app_key))
        , part.action)::supasaasy.page
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
-- applying events of the same app for stays in the queue.
create or replace function supasaasy._work_events(p_limit integer)
returns integer
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_messages bigint[];
    v_ids      bigint[];
begin
    -- What a crash undoes is still queued, so the commit need not wait for the disk.
    perform set_config('synchronous_commit', 'off', true);
    with message as materialized (
        select message.msg_id, (message.message ->> 'event')::bigint as event_id
        from pgmq.read('supasaasy_webhooks', 1, p_limit) as message
    )
    select array_agg(message.msg_id), array_agg(message.event_id)
    into v_messages, v_ids
    from message
    left join supasaasy.webhook_events as event on event.id = message.event_id
    where event.id is null or pg_try_advisory_xact_lock(hashtext('supasaasy events'), hashtext(event.app_key));
    if v_messages is null then
        return 0;
    end if;
    perform pgmq.delete('supasaasy_webhooks', v_messages);
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
            select stored.id, told.*
            from supasaasy.webhook_events as stored
            cross join lateral supasaasy._read_events(stored.app_key, jsonb_build_array(stored.payload)) as told
            where stored.id = any (p_ids)
        ) as told(
            stored_id, id, app_key, event_id, event_type, occurred_at, collection_key, object_id, action, payload
            , status, attempts, error_message, received_at, processed_at)
        where event.id = told.stored_id
        returning event.id, event.status
    )
    select count(supasaasy._enqueue_event(replayed.id)) into v_events
    from replayed
    where replayed.status = 'pending';
    return jsonb_build_object('success', true, 'events', v_events);
end
$$;
