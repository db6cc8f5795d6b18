-- Parts: what a task gives away to another worker.

alter table supasaasy.sync_job_tasks
    add column part_of uuid references supasaasy.sync_job_tasks on delete cascade,
    drop constraint sync_job_tasks_job_id_collection_key_key;
create unique index sync_job_tasks_job_collection_idx on supasaasy.sync_job_tasks (job_id, collection_key)
    where part_of is null;
create index sync_job_tasks_job_idx on supasaasy.sync_job_tasks (job_id);
create index sync_job_tasks_part_idx on supasaasy.sync_job_tasks (part_of) where part_of is not null;
comment on table supasaasy.sync_job_tasks is 'The tasks of a job: one row for each collection that is listed, and while other workers help with one, one for each part that they have.';
comment on column supasaasy.sync_job_tasks.part_of is 'The task that has given this part of its listing away; null for a task of the job itself.';

-- Replaced.
drop function if exists supasaasy._rate_share(text);
drop function if exists supasaasy._complete_task(uuid, uuid);  -- which returned a boolean
