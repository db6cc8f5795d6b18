-- Webhooks: the events received, the inbox that the queue supasaasy_webhooks points into, and the log of requests.
-- No foreign key to apps: its check would lock the one row that all events of an app share, and apps are never deleted.

alter table supasaasy.installation
    add column webhook_logging jsonb not null default '{"enabled": false}';
comment on column supasaasy.installation.webhook_logging is 'Whether webhook requests are logged and for how long, as configured: {enabled, retention_days}.';

create type supasaasy.event_envelope as (
    id              text[],  -- the provider's id of the event
    type            text[],  -- its name for what happened
    occurred_at     text[],
    object          text[],  -- as it is after the event
    previous        text[],  -- the values that an update replaced
    api_version     text[],
    account         text[],
    related_id      text[],  -- where an event only names its object
    related_type    text[],
    related_account text[]
);
comment on type supasaasy.event_envelope is 'Where a connector''s events have what: paths of keys.';
alter table supasaasy.connectors add column envelope supasaasy.event_envelope;
comment on column supasaasy.connectors.envelope is 'Where its events have what; null when it has none.';

-- One row to look up by one key, and plain columns: what a webhook has to take apart anew, it takes its time for.
create materialized view supasaasy.webhook_endpoints as
select
    app.app_key
    , app.connector
    , app.resources
    , coalesce(app.config ->> 'webhook_mode' = 'refetch', false) as refetch
    , coalesce(app.config ->> 'account', '') as account
    , app.config ->> 'webhook_secret_env' as secret_name
    , case when jsonb_typeof(app.config -> 'max_webhook_bytes') = 'number'
        then least(greatest((app.config ->> 'max_webhook_bytes')::numeric, 0), 2147483647)::integer end as max_bytes
    , connector.declaration #>> '{webhooks,header}' as header
    , connector.declaration #>> '{webhooks,prefix}' as prefix
    , connector.declaration #>> '{webhooks,timestamp_prefix}' as timestamp_prefix
    , (connector.declaration #>> '{webhooks,tolerance}')::double precision as tolerance
    , connector.declaration #>> '{webhooks,algorithm}' as algorithm
    , connector.declaration #>> '{webhooks,encoding}' as encoding
    , connector.declaration #>> '{webhooks,handshake}' as handshake
    , (connector.envelope).id as event_id_path
    , (connector.envelope).type as event_type_path
    , (connector.envelope).occurred_at as occurred_at_path
    , (connector.envelope).object as object_path
    , (connector.envelope).account as account_path
    , (connector.envelope).related_type as related_type_path
    , (connector.envelope).related_account as related_account_path
from supasaasy.apps as app
join supasaasy.connectors as connector on connector.connector = app.connector
where app.enabled and connector.declaration #>> '{webhooks,header}' is not null;
create unique index webhook_endpoints_key on supasaasy.webhook_endpoints (app_key);
comment on materialized view supasaasy.webhook_endpoints is 'Catalog: by what the webhooks of each enabled app are checked and read, made of its configuration and its connector''s declaration for a quick look-up.';
comment on column supasaasy.webhook_endpoints.app_key is 'The app.';
comment on column supasaasy.webhook_endpoints.connector is 'The connector that syncs it.';
comment on column supasaasy.webhook_endpoints.resources is 'The resource types that are synced.';
comment on column supasaasy.webhook_endpoints.refetch is 'Whether an event is only a hint that its object is to be fetched: webhook_mode.';
comment on column supasaasy.webhook_endpoints.account is 'The connected account whose events are taken; empty without one.';
comment on column supasaasy.webhook_endpoints.secret_name is 'The name of the secret that webhooks are signed with: webhook_secret_env.';
comment on column supasaasy.webhook_endpoints.max_bytes is 'The largest body that is taken: max_webhook_bytes.';
comment on column supasaasy.webhook_endpoints.header is 'The header with the signature, in lower case.';
comment on column supasaasy.webhook_endpoints.prefix is 'What those entries of the header begin with that are signatures.';
comment on column supasaasy.webhook_endpoints.timestamp_prefix is 'What the entry begins with that is the time of sending; null without one.';
comment on column supasaasy.webhook_endpoints.tolerance is 'How many seconds away that time may be.';
comment on column supasaasy.webhook_endpoints.algorithm is 'The hash of the HMAC that is the signature.';
comment on column supasaasy.webhook_endpoints.encoding is 'How the signature is written: hex or base64.';
comment on column supasaasy.webhook_endpoints.handshake is 'What names the secret in a body that hands it out; null where none does.';
comment on column supasaasy.webhook_endpoints.event_id_path is 'Where an event has its id: keys. The paths are null when there are no events.';
comment on column supasaasy.webhook_endpoints.event_type_path is 'Where it has its type.';
comment on column supasaasy.webhook_endpoints.occurred_at_path is 'Where it has the time when it happened.';
comment on column supasaasy.webhook_endpoints.object_path is 'Where it has the object as it is after the event.';
comment on column supasaasy.webhook_endpoints.account_path is 'Where it has the connected account it happened in.';
comment on column supasaasy.webhook_endpoints.related_type_path is 'Where it has the type of an object that it only names.';
comment on column supasaasy.webhook_endpoints.related_account_path is 'Where it has the account of such an object.';

create table supasaasy.event_routes (
    collection_key text not null references supasaasy.collections,
    event_type     text not null,
    connector      text not null,
    resource_type  text not null,
    is_child       boolean not null,
    id_path        text[] not null,
    action         text not null,
    primary key (connector, event_type, collection_key)
);
comment on table supasaasy.event_routes is 'Catalog: what each type of event does to which collection, for a quick look-up.';
comment on column supasaasy.event_routes.collection_key is 'The collection it moves.';
comment on column supasaasy.event_routes.event_type is 'The provider''s name of it, or its beginning and *; empty for any that names an object of the collection.';
comment on column supasaasy.event_routes.connector is 'The connector.';
comment on column supasaasy.event_routes.resource_type is 'The provider''s name for the objects.';
comment on column supasaasy.event_routes.is_child is 'Whether the objects are children of others.';
comment on column supasaasy.event_routes.id_path is 'Where an object has its id, or that of the parent whose children are read again.';
comment on column supasaasy.event_routes.action is 'What it does to the object''s row, as in webhook_events.';

-- Domains, because a check constraint of a table is parsed anew by every statement, which took a sixth of storing an event.
create domain supasaasy.event_action as text
    check (value in ('create', 'upsert', 'merge', 'archive', 'delete', 'reread', 'refetch'));
create domain supasaasy.event_status as text check (value in ('pending', 'processed', 'ignored', 'failed'));

create table supasaasy.webhook_events (
    id             bigint generated always as identity primary key,
    app_key        text not null,
    event_id       text not null,
    event_type     text not null,
    occurred_at    timestamptz not null,
    collection_key text,
    object_id      text,
    action         supasaasy.event_action,
    payload        jsonb not null,
    status         supasaasy.event_status not null,
    attempts       integer not null default 0,
    error_message  text,
    received_at    timestamptz not null,
    processed_at   timestamptz,
    unique (app_key, event_id)
);
create index webhook_events_object_idx on supasaasy.webhook_events (collection_key, object_id, occurred_at);
create index webhook_events_received_idx on supasaasy.webhook_events using brin (received_at) with (autosummarize = on);
comment on table supasaasy.webhook_events is 'Every event that a provider has told, once each, whether by webhook or by its event log.';
comment on column supasaasy.webhook_events.id is 'Our number for it, in the order of arrival; replay_webhook() takes it.';
comment on column supasaasy.webhook_events.app_key is 'The app it was sent to.';
comment on column supasaasy.webhook_events.event_id is 'The provider''s id of the event; the same one is stored once.';
comment on column supasaasy.webhook_events.event_type is 'The provider''s name for what happened.';
comment on column supasaasy.webhook_events.occurred_at is 'The provider''s clock when it happened.';
comment on column supasaasy.webhook_events.collection_key is 'The collection it is about; null when no collection of the app is.';
comment on column supasaasy.webhook_events.object_id is 'The provider''s id of the object it is about.';
comment on column supasaasy.webhook_events.action is 'What it does to the object''s row: create, upsert, merge, archive or delete; refetch: its state is fetched by its id; reread: the children of the object are read again.';
comment on column supasaasy.webhook_events.payload is 'The event as the provider sent it.';
comment on column supasaasy.webhook_events.status is 'pending, processed, ignored (it concerns nothing that is synced) or failed (given up).';
comment on column supasaasy.webhook_events.attempts is 'How often applying it has failed.';
comment on column supasaasy.webhook_events.error_message is 'The last error, or why it is ignored.';
comment on column supasaasy.webhook_events.received_at is 'When it arrived here.';
comment on column supasaasy.webhook_events.processed_at is 'When it was applied, ignored or given up.';

create table supasaasy.webhook_logs (
    id                     bigint generated always as identity primary key,
    app_key                text,
    request_method         text,
    request_path           text,
    request_headers        jsonb,
    request_body           text,
    response_status        integer not null,
    response_body          jsonb not null,
    error_message          text,
    processing_duration_ms numeric(12, 3) not null,
    created_at             timestamptz not null
);
create index webhook_logs_created_idx on supasaasy.webhook_logs (created_at);
comment on table supasaasy.webhook_logs is 'Webhook requests and what was answered, the refused ones included; kept when webhook_logging is enabled.';
comment on column supasaasy.webhook_logs.id is 'Number of the request.';
comment on column supasaasy.webhook_logs.app_key is 'The app key that the request named, whether there is such an app or not; at most 200 characters.';
comment on column supasaasy.webhook_logs.request_method is 'HTTP method.';
comment on column supasaasy.webhook_logs.request_path is 'Path of the URL, where the way in knows it.';
comment on column supasaasy.webhook_logs.request_headers is 'The headers; what may hold a secret is replaced by [redacted].';
comment on column supasaasy.webhook_logs.request_body is 'The body; of a refused request the first 10,000 characters.';
comment on column supasaasy.webhook_logs.response_status is 'HTTP status answered.';
comment on column supasaasy.webhook_logs.response_body is 'Body answered.';
comment on column supasaasy.webhook_logs.error_message is 'Why the request was refused, or what an unsigned one is taken for; the response does not say.';
comment on column supasaasy.webhook_logs.processing_duration_ms is 'Milliseconds from taking it up to the answer.';
comment on column supasaasy.webhook_logs.created_at is 'When the request arrived.';

create type supasaasy.webhook_outcome as (
    status integer,  -- HTTP status
    reason text      -- why it is refused, for the log alone
);
comment on type supasaasy.webhook_outcome is 'What became of a webhook.';

create type supasaasy.page as (
    items        jsonb,        -- array of a provider's objects, or of the parents that embed them
    observed_at  timestamptz,  -- the provider's clock when they were so
    api_version  text,         -- the version they are written in
    action       text          -- what an event says has happened: create, upsert, merge, archive or delete; null: they are listed
);
comment on type supasaasy.page is 'Objects as a provider showed them at one time.';

alter table supasaasy.sync_jobs
    drop constraint sync_jobs_mode_check,
    add constraint sync_jobs_mode_check check (mode in ('full', 'incremental', 'refetch'));
alter table supasaasy.sync_job_tasks
    drop constraint sync_job_tasks_mode_check,
    add constraint sync_job_tasks_mode_check check (mode in ('full', 'incremental', 'refetch'));
comment on column supasaasy.sync_jobs.mode is 'full or incremental, as asked for; refetch: events asked for single objects.';

-- Of which objects something newer was stored already.
alter type supasaasy.upsert_result add attribute stale_ids text[];

-- Their arguments are others now, and create or replace would keep the old ones beside the new.
drop function if exists supasaasy._upsert(text, supasaasy.collections, jsonb[], timestamptz, text, jsonb);
drop function if exists supasaasy._delete_vanished(text, supasaasy.collections, jsonb[], timestamptz, jsonb);
drop function if exists supasaasy._upsert_object(text, supasaasy.collections, text, timestamptz, text);
drop function if exists supasaasy._upsert_with_children(text, supasaasy.collections, jsonb[], timestamptz, text);
