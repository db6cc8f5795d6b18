-- What every installation has: what is installed, the catalog, jobs and their tasks, and the task queue.
-- Collection tables are not here; they are rendered from the connector declarations.

create table supasaasy.installation (
    singleton    boolean primary key default true check (singleton),
    version      text not null,
    config_hash  text not null,
    read_roles   text[] not null default '{}',
    installed_at timestamptz not null default now(),
    updated_at   timestamptz not null default now()
);
comment on table supasaasy.installation is 'The one row that says which version and configuration of supasaasy this database has.';
comment on column supasaasy.installation.singleton is 'Always true: there is one row.';
comment on column supasaasy.installation.version is 'Version of the package that generated the last migration applied.';
comment on column supasaasy.installation.config_hash is 'SHA-256 of the configuration that migration was generated from.';
comment on column supasaasy.installation.read_roles is 'Roles that may read, as configured.';
comment on column supasaasy.installation.installed_at is 'When supasaasy was first installed.';
comment on column supasaasy.installation.updated_at is 'When the version or the configuration last changed.';

create table supasaasy.connectors (
    connector   text primary key,
    title       text not null,
    declaration jsonb not null
);
comment on table supasaasy.connectors is 'Catalog: the providers that apps of this database are synced from.';
comment on column supasaasy.connectors.connector is 'Name of the connector, the prefix of its tables.';
comment on column supasaasy.connectors.title is 'The provider''s name as people write it.';
comment on column supasaasy.connectors.declaration is 'How the provider is asked: base URL, authentication, pagination, rate limit.';

create table supasaasy.collections (
    collection_key text primary key,
    connector      text not null references supasaasy.connectors,
    resource_type  text not null,
    view_name      text not null,
    parent_key     text references supasaasy.collections,
    declaration    jsonb not null,
    columns        jsonb not null,
    unique (connector, resource_type)
);
comment on table supasaasy.collections is 'Catalog: one row for each collection table, with the declaration the engine interprets.';
comment on column supasaasy.collections.collection_key is 'Name of the collection table: the connector and the resource type.';
comment on column supasaasy.collections.connector is 'The connector that declares the collection.';
comment on column supasaasy.collections.resource_type is 'The name used in sync_resources and sync(resource_types), for instance customer.';
comment on column supasaasy.collections.view_name is 'The view of live rows that users query: in the plural.';
comment on column supasaasy.collections.parent_key is 'The collection whose payloads embed this one; such a collection has no task of its own.';
comment on column supasaasy.collections.declaration is 'Endpoint, parameters, record path, children and archive rule.';
comment on column supasaasy.collections.columns is 'Typed columns as last applied: an array of {name, type, expression}.';

create table supasaasy.apps (
    app_key    text primary key,
    name       text not null,
    connector  text not null references supasaasy.connectors,
    config     jsonb not null,
    resources  text[] not null,
    sync_from  timestamptz,
    enabled    boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
comment on table supasaasy.apps is 'The provider accounts that are synced; one that left the configuration is disabled and keeps its data.';
comment on column supasaasy.apps.app_key is 'The app''s key, chosen in the configuration.';
comment on column supasaasy.apps.name is 'The app''s name for people.';
comment on column supasaasy.apps.connector is 'The connector that syncs it.';
comment on column supasaasy.apps.config is 'Settings of the app. Secrets are named here (api_key_env), never held.';
comment on column supasaasy.apps.resources is 'The resource types that are synced.';
comment on column supasaasy.apps.sync_from is 'Only objects created at or after this moment are listed.';
comment on column supasaasy.apps.enabled is 'False for an app that left the configuration.';
comment on column supasaasy.apps.created_at is 'When the app was first configured.';
comment on column supasaasy.apps.updated_at is 'When its configuration last changed.';

create table supasaasy.sync_jobs (
    id             uuid primary key default gen_random_uuid(),
    app_key        text not null references supasaasy.apps,
    mode           text not null check (mode in ('full', 'incremental')),
    status         text not null default 'pending'
                   check (status in ('pending', 'processing', 'completed', 'failed', 'cancelled')),
    resource_types text[] not null,
    max_attempts   integer not null default 5 check (max_attempts > 0),
    error_message  text,
    created_at     timestamptz not null default now(),
    started_at     timestamptz,
    completed_at   timestamptz
);
create index sync_jobs_app_idx on supasaasy.sync_jobs (app_key, created_at desc);
comment on table supasaasy.sync_jobs is 'One row for each sync asked for; its work is in sync_job_tasks.';
comment on column supasaasy.sync_jobs.id is 'The job_id that sync() returned.';
comment on column supasaasy.sync_jobs.app_key is 'The app that is synced.';
comment on column supasaasy.sync_jobs.mode is 'full or incremental, as asked for.';
comment on column supasaasy.sync_jobs.status is 'pending, processing, completed, failed or cancelled.';
comment on column supasaasy.sync_jobs.resource_types is 'The resource types that are synced.';
comment on column supasaasy.sync_jobs.max_attempts is 'Attempts without progress after which a task fails.';
comment on column supasaasy.sync_jobs.error_message is 'Why tasks failed or what was set aside, one line a task.';
comment on column supasaasy.sync_jobs.created_at is 'When the sync was asked for.';
comment on column supasaasy.sync_jobs.started_at is 'When the first task was claimed.';
comment on column supasaasy.sync_jobs.completed_at is 'When the last task ended, however it ended.';

create table supasaasy.sync_job_tasks (
    id                 uuid primary key default gen_random_uuid(),
    job_id             uuid not null references supasaasy.sync_jobs on delete cascade,
    app_key            text not null references supasaasy.apps,
    collection_key     text not null references supasaasy.collections,
    resource_type      text not null,
    mode               text not null check (mode in ('full', 'incremental')),
    status             text not null default 'pending'
                       check (status in ('pending', 'processing', 'completed', 'failed', 'cancelled')),
    processed_entities bigint not null default 0,
    created_count      bigint not null default 0,
    updated_count      bigint not null default 0,
    deleted_count      bigint not null default 0,
    rejected_count     bigint not null default 0,
    pages              bigint not null default 0,
    attempts           integer not null default 0,
    checkpoint         jsonb,
    observed_from      timestamptz,
    message_id         bigint,
    lease_token        uuid,
    leased_until       timestamptz,
    worker_pid         integer,
    worker_started_at  timestamptz,
    error_message      text,
    created_at         timestamptz not null default now(),
    started_at         timestamptz,
    completed_at       timestamptz,
    unique (job_id, collection_key)
)
with (fillfactor = 50);
create index sync_job_tasks_processing_idx on supasaasy.sync_job_tasks (app_key) where status = 'processing';
comment on table supasaasy.sync_job_tasks is 'The parts of a job: one row for each collection that is listed.';
comment on column supasaasy.sync_job_tasks.id is 'The task''s id; the queue supasaasy_tasks holds one message for each task to be done.';
comment on column supasaasy.sync_job_tasks.job_id is 'The job.';
comment on column supasaasy.sync_job_tasks.app_key is 'The app that is synced.';
comment on column supasaasy.sync_job_tasks.collection_key is 'The collection that is filled.';
comment on column supasaasy.sync_job_tasks.resource_type is 'The collection''s resource type.';
comment on column supasaasy.sync_job_tasks.mode is 'What is done: full where the collection has no incremental strategy, whatever was asked for.';
comment on column supasaasy.sync_job_tasks.status is 'pending, processing, completed, failed or cancelled.';
comment on column supasaasy.sync_job_tasks.processed_entities is 'Objects received so far, children included.';
comment on column supasaasy.sync_job_tasks.created_count is 'Rows inserted.';
comment on column supasaasy.sync_job_tasks.updated_count is 'Rows whose payload changed.';
comment on column supasaasy.sync_job_tasks.deleted_count is 'Rows soft-deleted.';
comment on column supasaasy.sync_job_tasks.rejected_count is 'Objects set aside in rejected_objects.';
comment on column supasaasy.sync_job_tasks.pages is 'Pages stored.';
comment on column supasaasy.sync_job_tasks.attempts is 'Attempts since the last page was stored.';
comment on column supasaasy.sync_job_tasks.checkpoint is 'The listing that is left, written together with each page; null before the first.';
comment on column supasaasy.sync_job_tasks.observed_from is 'The provider''s clock at the first page: what the sweep may delete was last seen before it.';
comment on column supasaasy.sync_job_tasks.message_id is 'The task''s message in the queue.';
comment on column supasaasy.sync_job_tasks.lease_token is 'Fence: only the worker that holds this token may write.';
comment on column supasaasy.sync_job_tasks.leased_until is 'When another worker may take the task over.';
comment on column supasaasy.sync_job_tasks.worker_pid is 'Backend of the worker that has the task.';
comment on column supasaasy.sync_job_tasks.worker_started_at is 'When that backend started; with the pid it names one process.';
comment on column supasaasy.sync_job_tasks.error_message is 'The last error, kept while the task is retried.';
comment on column supasaasy.sync_job_tasks.created_at is 'When the job was created.';
comment on column supasaasy.sync_job_tasks.started_at is 'When the task was first claimed.';
comment on column supasaasy.sync_job_tasks.completed_at is 'When the task ended, however it ended.';

create table supasaasy.sync_state (
    app_key        text not null references supasaasy.apps,
    collection_key text not null references supasaasy.collections,
    last_full_at   timestamptz,
    last_success_at timestamptz,
    cursor         jsonb,
    primary key (app_key, collection_key)
);
comment on table supasaasy.sync_state is 'Up to where each collection of each app is right.';
comment on column supasaasy.sync_state.app_key is 'The app.';
comment on column supasaasy.sync_state.collection_key is 'The collection.';
comment on column supasaasy.sync_state.last_full_at is 'The provider''s clock when the last completed full sync began.';
comment on column supasaasy.sync_state.last_success_at is 'When a sync last completed.';
comment on column supasaasy.sync_state.cursor is 'Where the next incremental sync goes on.';

create table supasaasy.seen_pages (
    task_id      uuid not null references supasaasy.sync_job_tasks on delete cascade,
    external_ids text[] not null
);
create index seen_pages_task_idx on supasaasy.seen_pages (task_id);
comment on table supasaasy.seen_pages is 'Ids that a running full sync saw unchanged. Changed rows carry their own proof in observed_at.';
comment on column supasaasy.seen_pages.task_id is 'The task.';
comment on column supasaasy.seen_pages.external_ids is 'The unchanged ids of one page.';

create table supasaasy.rejected_objects (
    app_key        text not null references supasaasy.apps,
    collection_key text not null references supasaasy.collections,
    fingerprint    text not null,
    reason         text not null,
    raw_object     text not null,
    first_seen_at  timestamptz not null default now(),
    last_seen_at   timestamptz not null default now(),
    primary key (app_key, collection_key, fingerprint)
);
comment on table supasaasy.rejected_objects is 'Objects that could not be stored, with the reason and their text as it arrived.';
comment on column supasaasy.rejected_objects.app_key is 'The app.';
comment on column supasaasy.rejected_objects.collection_key is 'The collection it belongs to.';
comment on column supasaasy.rejected_objects.fingerprint is 'MD5 of raw_object, so that an object rejected at every sync stands here once.';
comment on column supasaasy.rejected_objects.reason is 'Why it could not be stored.';
comment on column supasaasy.rejected_objects.raw_object is 'The object''s text.';
comment on column supasaasy.rejected_objects.first_seen_at is 'When it was first set aside.';
comment on column supasaasy.rejected_objects.last_seen_at is 'When it was last met.';

create type supasaasy.upsert_result as (
    created       bigint,  -- rows inserted
    updated       bigint,  -- rows whose payload changed
    deleted       bigint,  -- child rows soft-deleted because their parent no longer embeds them
    rejected      bigint,  -- objects set aside
    received      bigint,  -- objects in the page, children included
    unchanged_ids text[]   -- ids that were stored already, with the same payload
);
comment on type supasaasy.upsert_result is 'What writing one page did.';
