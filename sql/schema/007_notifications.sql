-- Notifications: the outbox of job results that are posted, and the requests of pg_net that are under way.

alter table supasaasy.installation add column notify jsonb;
comment on column supasaasy.installation.notify is 'Which job results are posted, and the name of the secret that holds the URL, as configured: {on, url_env}; null: none are.';

create table supasaasy.sync_job_notifications (
    id            bigint generated always as identity primary key,
    job_id        uuid not null references supasaasy.sync_jobs on delete cascade,
    body          jsonb not null,
    status        text not null default 'pending' check (status in ('pending', 'delivered', 'failed')),
    attempts      integer not null default 0,
    error_message text,
    due_at        timestamptz not null,
    created_at    timestamptz not null,
    delivered_at  timestamptz
);
create index sync_job_notifications_job_idx on supasaasy.sync_job_notifications (job_id);
create index sync_job_notifications_due_idx on supasaasy.sync_job_notifications (due_at) where status = 'pending';
create index sync_job_notifications_failed_idx on supasaasy.sync_job_notifications (id) where status = 'failed';
comment on table supasaasy.sync_job_notifications is 'Outbox: job results to be posted, written in the transaction that ended the job.';
comment on column supasaasy.sync_job_notifications.id is 'The notification''s id.';
comment on column supasaasy.sync_job_notifications.job_id is 'The job that ended.';
comment on column supasaasy.sync_job_notifications.body is 'What is posted, as JSON.';
comment on column supasaasy.sync_job_notifications.status is 'pending, delivered (answered with 2xx) or failed (given up).';
comment on column supasaasy.sync_job_notifications.attempts is 'How often posting it has failed.';
comment on column supasaasy.sync_job_notifications.error_message is 'Why it is not delivered yet.';
comment on column supasaasy.sync_job_notifications.due_at is 'When it is posted, or its request counts as lost.';
comment on column supasaasy.sync_job_notifications.created_at is 'When the job ended.';
comment on column supasaasy.sync_job_notifications.delivered_at is 'When its answer was found.';

-- Unlogged as pg_net's own tables: a crash that takes its requests, and begins their ids anew, takes these as well.
create unlogged table supasaasy.sync_job_notification_requests (
    notification_id bigint primary key references supasaasy.sync_job_notifications on delete cascade,
    request_id      bigint not null,
    queue           oid not null
);
comment on table supasaasy.sync_job_notification_requests is 'The notifications that pg_net has in hand.';
comment on column supasaasy.sync_job_notification_requests.notification_id is 'The notification.';
comment on column supasaasy.sync_job_notification_requests.request_id is 'The id that net.http_post returned.';
comment on column supasaasy.sync_job_notification_requests.queue is 'The queue of pg_net that it is of: one made anew, or of another server, counts from 1 again.';
