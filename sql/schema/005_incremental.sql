-- Incremental syncs: up to where each collection is known, and why a task is not the incremental one that was asked for.

alter table supasaasy.sync_job_tasks
    add column note text;
comment on column supasaasy.sync_job_tasks.note is 'Why an incremental sync that was asked for is a full one.';
comment on column supasaasy.sync_job_tasks.mode is 'What is done; note says why where it is not what was asked for.';

alter table supasaasy.sync_state
    add column last_incremental_at timestamptz,
    add column complete_at timestamptz,
    alter column cursor type timestamptz using null;
comment on table supasaasy.sync_state is 'Up to where each collection of each app is right.';
comment on column supasaasy.sync_state.last_full_at is 'The provider''s clock when the last completed full sync began.';
comment on column supasaasy.sync_state.last_incremental_at is 'The provider''s clock when the last completed incremental sync began.';
comment on column supasaasy.sync_state.complete_at is 'The provider''s clock when the last full sync began that listed everything and left nothing aside; events from before are history.';
comment on column supasaasy.sync_state.last_success_at is 'When a sync last completed, by this database''s clock.';
comment on column supasaasy.sync_state.cursor is 'Everything that happened before, by the provider''s clock, is known: the next incremental sync goes on from here.';
