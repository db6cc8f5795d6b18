-- What running it for long needs: each task's own range, and indexes for what is asked again and again.

alter table supasaasy.sync_job_tasks add column sync_from timestamptz;
comment on column supasaasy.sync_job_tasks.sync_from is 'The app''s sync_from when the job was created: the range that is listed, and swept.';
comment on column supasaasy.sync_job_tasks.observed_from is 'The provider''s clock at the earliest page: what the sweep may delete was last seen before it.';
update supasaasy.sync_job_tasks as task
set sync_from = app.sync_from
from supasaasy.apps as app
where app.app_key = task.app_key and app.sync_from is not null;

drop index supasaasy.sync_job_tasks_processing_idx;
create index sync_job_tasks_unfinished_idx on supasaasy.sync_job_tasks (app_key) where status in ('pending', 'processing');
create index sync_job_tasks_collection_idx on supasaasy.sync_job_tasks (app_key, collection_key, created_at desc);
create index webhook_events_failed_idx on supasaasy.webhook_events (app_key) where status = 'failed';
comment on column supasaasy.apps.sync_from is 'Only objects created at or after this moment are listed, where the provider can filter so; older rows are left alone.';

alter table supasaasy.installation add column worker_seen_at timestamptz;
comment on column supasaasy.installation.worker_seen_at is 'When a worker last looked for tasks, at a resolution of 5 seconds.';

-- Replaced by a routine with other arguments.
drop function if exists supasaasy._sweep(supasaasy.sync_job_tasks);
