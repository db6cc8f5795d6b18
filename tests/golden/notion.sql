insert into supasaasy.connectors as stored (connector, title, declaration, envelope)
select
    declared.connector, declared.title, declared.declaration
    , jsonb_populate_record(
        null::supasaasy.event_envelope, nullif(declared.declaration -> 'events', 'null'))
from (values (
    'notion', 'Notion', '{
    "base_url": "https://api.notion.com",
    "auth": {"header": "Authorization", "prefix": "Bearer ", "kind": "header"},
    "headers": {},
    "version_header": "Notion-Version",
    "api_version": "2026-03-11",
    "account_header": null,
    "pagination": {"cursor": ["next_cursor"], "cursor_param": "start_cursor", "limit_param": "page_size", "page_size": 100, "kind": "cursor"},
    "rate_limit": {"per_second": 3, "per_endpoint": null, "test_per_second": null, "test_key": null, "remaining_header": null, "reset_header": null},
    "errors": {"detail": [], "headers": {"request_id": "X-Request-Id"}, "not_found": "object_not_found"},
    "webhooks": {"header": "x-notion-signature", "prefix": "sha256=", "algorithm": "sha256", "encoding": "hex", "timestamp_prefix": null, "tolerance": 300, "handshake": "verification_token"},
    "events": {"id": ["id"], "type": ["type"], "occurred_at": ["timestamp"], "object": ["entity"], "previous": null, "api_version": null, "account": null, "related_id": null, "related_type": null, "related_account": null, "ping": null},
    "deleted_when": null
}'::jsonb
)) as declared(connector, title, declaration)
on conflict (connector) do update set
    title = excluded.title
    , declaration = excluded.declaration
    , envelope = excluded.envelope
where stored is distinct from excluded;

create table if not exists supasaasy.notion_user (
    app_key       text not null,
    external_id   text not null,
    raw_payload   jsonb not null,
    api_version   text,
    observed_at   timestamptz not null,
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    archived_at   timestamptz,
    deleted_at    timestamptz,
    listed_digest uuid,
    name          text generated always as (supasaasy.json_text(raw_payload -> 'name')) stored,
    user_type     text generated always as (supasaasy.json_text(raw_payload -> 'type')) stored,
    email         text generated always as (supasaasy.json_text(raw_payload #> '{person,email}')) stored,
    avatar_url    text generated always as (supasaasy.json_text(raw_payload -> 'avatar_url')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "notion_user",
    "connector": "notion",
    "resource_type": "user",
    "view_name": "notion_users",
    "parent_key": null,
    "declaration": {"path": "/v1/users", "object_path": "/v1/users", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["results"], "id": ["id"], "created_filter": null, "created_field": null, "archived_when": null, "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {}, "reread_parent": null, "incremental": null},
    "columns": [{"name": "name", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''name'')) stored"}, {"name": "user_type", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''type'')) stored"}, {"name": "email", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{person,email}'')) stored"}, {"name": "avatar_url", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''avatar_url'')) stored"}]
}'::jsonb);

create index if not exists notion_user_email_idx on supasaasy.notion_user (email);

create or replace view supasaasy.notion_users as
select
    app_key
    , external_id
    , name
    , user_type
    , email
    , avatar_url
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.notion_user
where deleted_at is null;

comment on table supasaasy.notion_user is 'Every user of Notion ever seen, soft-deleted ones included. https://developers.notion.com/reference/user';
comment on view supasaasy.notion_users is 'Each user that Notion has now. https://developers.notion.com/reference/user';
comment on column supasaasy.notion_user.app_key is 'The app the object belongs to.';
comment on column supasaasy.notion_user.external_id is 'The provider''s id.';
comment on column supasaasy.notion_user.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.notion_user.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.notion_user.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.notion_user.created_at is 'When the row was inserted here.';
comment on column supasaasy.notion_user.updated_at is 'When the payload last changed here.';
comment on column supasaasy.notion_user.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.notion_user.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.notion_user.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.notion_user.name is 'raw_payload: name';
comment on column supasaasy.notion_user.user_type is 'raw_payload: type';
comment on column supasaasy.notion_user.email is 'raw_payload: person.email';
comment on column supasaasy.notion_user.avatar_url is 'raw_payload: avatar_url';

create table if not exists supasaasy.notion_data_source (
    app_key           text not null,
    external_id       text not null,
    raw_payload       jsonb not null,
    api_version       text,
    observed_at       timestamptz not null,
    created_at        timestamptz not null,
    updated_at        timestamptz not null,
    archived_at       timestamptz,
    deleted_at        timestamptz,
    listed_digest     uuid,
    title             text generated always as (supasaasy.json_text(raw_payload #> '{title,0,plain_text}')) stored,
    description       text generated always as (supasaasy.json_text(raw_payload #> '{description,0,plain_text}')) stored,
    database_id       text generated always as (supasaasy.json_text(raw_payload #> '{parent,database_id}')) stored,
    in_trash          boolean generated always as (supasaasy.json_boolean(raw_payload -> 'in_trash')) stored,
    icon              jsonb generated always as (supasaasy.json_value(raw_payload -> 'icon')) stored,
    url               text generated always as (supasaasy.json_text(raw_payload -> 'url')) stored,
    public_url        text generated always as (supasaasy.json_text(raw_payload -> 'public_url')) stored,
    properties        jsonb generated always as (supasaasy.json_value(raw_payload -> 'properties')) stored,
    created_by_id     text generated always as (supasaasy.json_reference(raw_payload -> 'created_by')) stored,
    last_edited_by_id text generated always as (supasaasy.json_reference(raw_payload -> 'last_edited_by')) stored,
    notion_created_at timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created_time')) stored,
    notion_updated_at timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'last_edited_time')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "notion_data_source",
    "connector": "notion",
    "resource_type": "data_source",
    "view_name": "notion_data_sources",
    "parent_key": null,
    "declaration": {"path": "/v1/search", "object_path": "/v1/data_sources", "params": {}, "body": {"filter": {"property": "object", "value": "data_source"}, "sort": {"timestamp": "last_edited_time", "direction": "ascending"}}, "pagination": null, "variants": [{}], "records": ["results"], "id": ["id"], "created_filter": null, "created_field": null, "archived_when": "$.in_trash == true", "archived_unlisted": true, "unlisted": "refetch", "parent_column": null, "names_parent": false, "children": [], "events": {"data_source.*": "refetch"}, "reread_parent": null, "incremental": {"kind": "updated_since", "path": "/v1/search", "params": {}, "body": {"filter": {"property": "object", "value": "data_source"}, "sort": {"timestamp": "last_edited_time", "direction": "descending"}}, "pagination": null, "variants": [{}], "records": ["results"], "id": ["id"], "created_filter": null, "created_field": null, "children": [], "retention_seconds": null, "overlap_seconds": 3600, "newest_first": ["last_edited_time"]}},
    "columns": [{"name": "title", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{title,0,plain_text}'')) stored"}, {"name": "description", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{description,0,plain_text}'')) stored"}, {"name": "database_id", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{parent,database_id}'')) stored"}, {"name": "in_trash", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''in_trash'')) stored"}, {"name": "icon", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''icon'')) stored"}, {"name": "url", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''url'')) stored"}, {"name": "public_url", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''public_url'')) stored"}, {"name": "properties", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''properties'')) stored"}, {"name": "created_by_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''created_by'')) stored"}, {"name": "last_edited_by_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''last_edited_by'')) stored"}, {"name": "notion_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created_time'')) stored"}, {"name": "notion_updated_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''last_edited_time'')) stored"}]
}'::jsonb);

create index if not exists notion_data_source_database_id_idx on supasaasy.notion_data_source (database_id);

create or replace view supasaasy.notion_data_sources as
select
    app_key
    , external_id
    , title
    , description
    , database_id
    , in_trash
    , icon
    , url
    , public_url
    , properties
    , created_by_id
    , last_edited_by_id
    , notion_created_at
    , notion_updated_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.notion_data_source
where deleted_at is null;

comment on table supasaasy.notion_data_source is 'Every data source of Notion ever seen, soft-deleted ones included. https://developers.notion.com/reference/data-source';
comment on view supasaasy.notion_data_sources is 'Each data source that Notion has now. https://developers.notion.com/reference/data-source';
comment on column supasaasy.notion_data_source.app_key is 'The app the object belongs to.';
comment on column supasaasy.notion_data_source.external_id is 'The provider''s id.';
comment on column supasaasy.notion_data_source.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.notion_data_source.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.notion_data_source.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.notion_data_source.created_at is 'When the row was inserted here.';
comment on column supasaasy.notion_data_source.updated_at is 'When the payload last changed here.';
comment on column supasaasy.notion_data_source.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.notion_data_source.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.notion_data_source.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.notion_data_source.title is 'raw_payload: title.0.plain_text';
comment on column supasaasy.notion_data_source.description is 'raw_payload: description.0.plain_text';
comment on column supasaasy.notion_data_source.database_id is 'raw_payload: parent.database_id';
comment on column supasaasy.notion_data_source.in_trash is 'raw_payload: in_trash';
comment on column supasaasy.notion_data_source.icon is 'raw_payload: icon';
comment on column supasaasy.notion_data_source.url is 'raw_payload: url';
comment on column supasaasy.notion_data_source.public_url is 'raw_payload: public_url';
comment on column supasaasy.notion_data_source.properties is 'raw_payload: properties';
comment on column supasaasy.notion_data_source.created_by_id is 'raw_payload: created_by';
comment on column supasaasy.notion_data_source.last_edited_by_id is 'raw_payload: last_edited_by';
comment on column supasaasy.notion_data_source.notion_created_at is 'raw_payload: created_time';
comment on column supasaasy.notion_data_source.notion_updated_at is 'raw_payload: last_edited_time';

create table if not exists supasaasy.notion_page (
    app_key           text not null,
    external_id       text not null,
    raw_payload       jsonb not null,
    api_version       text,
    observed_at       timestamptz not null,
    created_at        timestamptz not null,
    updated_at        timestamptz not null,
    archived_at       timestamptz,
    deleted_at        timestamptz,
    listed_digest     uuid,
    title             text generated always as (coalesce(supasaasy.json_text(raw_payload #> '{properties,title,title,0,plain_text}'), supasaasy.json_text(raw_payload #> '{properties,Name,title,0,plain_text}'))) stored,
    data_source_id    text generated always as (supasaasy.json_text(raw_payload #> '{parent,data_source_id}')) stored,
    parent_page_id    text generated always as (supasaasy.json_text(raw_payload #> '{parent,page_id}')) stored,
    in_trash          boolean generated always as (supasaasy.json_boolean(raw_payload -> 'in_trash')) stored,
    icon              jsonb generated always as (supasaasy.json_value(raw_payload -> 'icon')) stored,
    url               text generated always as (supasaasy.json_text(raw_payload -> 'url')) stored,
    public_url        text generated always as (supasaasy.json_text(raw_payload -> 'public_url')) stored,
    properties        jsonb generated always as (supasaasy.json_value(raw_payload -> 'properties')) stored,
    created_by_id     text generated always as (supasaasy.json_reference(raw_payload -> 'created_by')) stored,
    last_edited_by_id text generated always as (supasaasy.json_reference(raw_payload -> 'last_edited_by')) stored,
    notion_created_at timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created_time')) stored,
    notion_updated_at timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'last_edited_time')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "notion_page",
    "connector": "notion",
    "resource_type": "page",
    "view_name": "notion_pages",
    "parent_key": null,
    "declaration": {"path": "/v1/search", "object_path": "/v1/pages", "params": {}, "body": {"filter": {"property": "object", "value": "page"}, "sort": {"timestamp": "last_edited_time", "direction": "ascending"}}, "pagination": null, "variants": [{}], "records": ["results"], "id": ["id"], "created_filter": null, "created_field": null, "archived_when": "$.in_trash == true", "archived_unlisted": true, "unlisted": "refetch", "parent_column": null, "names_parent": false, "children": [], "events": {"page.*": "refetch"}, "reread_parent": null, "incremental": {"kind": "updated_since", "path": "/v1/search", "params": {}, "body": {"filter": {"property": "object", "value": "page"}, "sort": {"timestamp": "last_edited_time", "direction": "descending"}}, "pagination": null, "variants": [{}], "records": ["results"], "id": ["id"], "created_filter": null, "created_field": null, "children": [], "retention_seconds": null, "overlap_seconds": 3600, "newest_first": ["last_edited_time"]}},
    "columns": [{"name": "title", "definition": "text generated always as (coalesce(supasaasy.json_text(raw_payload #> ''{properties,title,title,0,plain_text}''), supasaasy.json_text(raw_payload #> ''{properties,Name,title,0,plain_text}''))) stored"}, {"name": "data_source_id", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{parent,data_source_id}'')) stored"}, {"name": "parent_page_id", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{parent,page_id}'')) stored"}, {"name": "in_trash", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''in_trash'')) stored"}, {"name": "icon", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''icon'')) stored"}, {"name": "url", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''url'')) stored"}, {"name": "public_url", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''public_url'')) stored"}, {"name": "properties", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''properties'')) stored"}, {"name": "created_by_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''created_by'')) stored"}, {"name": "last_edited_by_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''last_edited_by'')) stored"}, {"name": "notion_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created_time'')) stored"}, {"name": "notion_updated_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''last_edited_time'')) stored"}]
}'::jsonb);

create index if not exists notion_page_data_source_id_idx on supasaasy.notion_page (data_source_id);
create index if not exists notion_page_parent_page_id_idx on supasaasy.notion_page (parent_page_id);

create or replace view supasaasy.notion_pages as
select
    app_key
    , external_id
    , title
    , data_source_id
    , parent_page_id
    , in_trash
    , icon
    , url
    , public_url
    , properties
    , created_by_id
    , last_edited_by_id
    , notion_created_at
    , notion_updated_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.notion_page
where deleted_at is null;

comment on table supasaasy.notion_page is 'Every page of Notion ever seen, soft-deleted ones included. https://developers.notion.com/reference/page';
comment on view supasaasy.notion_pages is 'Each page that Notion has now. https://developers.notion.com/reference/page';
comment on column supasaasy.notion_page.app_key is 'The app the object belongs to.';
comment on column supasaasy.notion_page.external_id is 'The provider''s id.';
comment on column supasaasy.notion_page.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.notion_page.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.notion_page.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.notion_page.created_at is 'When the row was inserted here.';
comment on column supasaasy.notion_page.updated_at is 'When the payload last changed here.';
comment on column supasaasy.notion_page.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.notion_page.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.notion_page.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.notion_page.title is 'raw_payload: properties.title.title.0.plain_text or properties.Name.title.0.plain_text';
comment on column supasaasy.notion_page.data_source_id is 'raw_payload: parent.data_source_id';
comment on column supasaasy.notion_page.parent_page_id is 'raw_payload: parent.page_id';
comment on column supasaasy.notion_page.in_trash is 'raw_payload: in_trash';
comment on column supasaasy.notion_page.icon is 'raw_payload: icon';
comment on column supasaasy.notion_page.url is 'raw_payload: url';
comment on column supasaasy.notion_page.public_url is 'raw_payload: public_url';
comment on column supasaasy.notion_page.properties is 'raw_payload: properties';
comment on column supasaasy.notion_page.created_by_id is 'raw_payload: created_by';
comment on column supasaasy.notion_page.last_edited_by_id is 'raw_payload: last_edited_by';
comment on column supasaasy.notion_page.notion_created_at is 'raw_payload: created_time';
comment on column supasaasy.notion_page.notion_updated_at is 'raw_payload: last_edited_time';
