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
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
begin
    return query
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
            when route.object_id is null then 'it names no object'
        end
        , supasaasy._now()
        , case when route.object_id is null then supasaasy._now() end
    from supasaasy.apps as app
    join supasaasy.connectors as connector on connector.connector = app.connector
    cross join jsonb_to_record(connector.declaration -> 'events') as envelope(
        id text[], type text[], occurred_at text[], object text[], hint text[], account text[])
    cross join jsonb_array_elements(p_events) with ordinality as event
    cross join lateral (
        select
            event.value #>> envelope.id as event_id
            , event.value #>> envelope.type as event_type
            , supasaasy.json_timestamp(event.value #> envelope.occurred_at) as occurred_at
            , (event.value #>> envelope.account) <> coalesce(app.config ->> 'account', '') as is_foreign
            , event.value as payload
    ) as told
    left join lateral (
        select
            collection.collection_key
            , moved.action
            , nullif(left(
                case when jsonb_typeof(event.value #> envelope.object) = 'object'
                    then event.value #> envelope.object #>> supasaasy._path(collection.declaration -> 'id')
                    else event.value #>> envelope.hint
                end, 512), '') as object_id
        from supasaasy.collections as collection
        cross join jsonb_each_text(collection.declaration -> 'events') as moved(by_type, action)
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
    order by event.ordinality;
end
$$;
comment on function supasaasy._read_events(text, jsonb) is
    'An array of a provider''s events as rows of webhook_events without an id; what has no event id, type or time is left out.';

create or replace function supasaasy._store_events(p_app_key text, p_events jsonb)
returns bigint[]
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_ids bigint[];
begin
    with stored as (
        insert into supasaasy.webhook_events (
            app_key, event_id, event_type, occurred_at, collection_key, object_id, action, payload
            , status, error_message, received_at, processed_at
        )
        select
            event.app_key, event.event_id, event.event_type, event.occurred_at, event.collection_key, event.object_id
            , event.action, event.payload, event.status, event.error_message, event.received_at, event.processed_at
        from supasaasy._read_events(p_app_key, p_events) as event
        on conflict (app_key, event_id) do nothing
        returning id, status
    )
    select coalesce(array_agg(stored.id order by stored.id), '{}') into v_ids
    from stored
    where stored.status = 'pending';
    return v_ids;
end
$$;
comment on function supasaasy._store_events(text, jsonb) is
    'Store those of a provider''s events that are not known yet, the earlier before the later, and return the ids of what '
    'is to be applied.';
