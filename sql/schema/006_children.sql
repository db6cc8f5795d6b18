-- Children that are read apart for each parent: of which parents they are still to be read.

create table supasaasy.child_reads (
    app_key        text not null references supasaasy.apps,
    collection_key text not null references supasaasy.collections,
    parent_id      text not null,
    wanted_version text collate "C" not null,
    read_version   text collate "C",
    problem        text,
    problem_at     timestamptz,
    primary key (app_key, collection_key, parent_id)
);
create index child_reads_due_idx on supasaasy.child_reads (app_key, collection_key, parent_id)
    where read_version is null or read_version < wanted_version;
create index child_reads_problem_idx on supasaasy.child_reads (app_key, collection_key, problem_at)
    where problem is not null;
comment on table supasaasy.child_reads is 'How recent the children of each parent are, where they are read apart for each.';
comment on column supasaasy.child_reads.app_key is 'The app.';
comment on column supasaasy.child_reads.collection_key is 'The collection of the children.';
comment on column supasaasy.child_reads.parent_id is 'The parent''s id.';
comment on column supasaasy.child_reads.wanted_version is 'The parent''s version of which the children are wanted: what the declaration names, or the time of the sync or event.';
comment on column supasaasy.child_reads.read_version is 'The version with which they were last read; null or older than the wanted one while they are still to be read.';
comment on column supasaasy.child_reads.problem is 'Why they could not be read or stored, or are not all shown; null when all is well.';
comment on column supasaasy.child_reads.problem_at is 'When that was found: a sync tries each parent once.';

-- Replaced by routines with other names or arguments.
drop function if exists supasaasy._record_children(uuid, uuid, text, text, text[], timestamptz, jsonb, integer);
drop function if exists supasaasy._count_workers(text);
drop function if exists supasaasy._secret_file(text);

comment on column supasaasy.collections.collection_key is 'Name of the collection table: the connector and the resource type.';
comment on column supasaasy.collections.view_name is 'The view of live rows that users query: in the plural.';
