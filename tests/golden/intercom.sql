insert into supasaasy.connectors as stored (connector, title, declaration, envelope)
select
    declared.connector, declared.title, declared.declaration
    , jsonb_populate_record(
        null::supasaasy.event_envelope, nullif(declared.declaration -> 'events', 'null'))
from (values (
    'intercom', 'Intercom', '{
    "base_url": "https://api.intercom.io",
    "auth": {"header": "Authorization", "prefix": "Bearer ", "kind": "header"},
    "headers": {},
    "version_header": "Intercom-Version",
    "api_version": "2.14",
    "account_header": null,
    "pagination": {"cursor": ["pages", "next"], "cursor_param": "starting_after", "limit_param": "per_page", "page_size": 150, "kind": "cursor"},
    "rate_limit": {"per_second": 80, "per_endpoint": null, "test_per_second": null, "test_key": null, "remaining_header": "X-RateLimit-Remaining", "reset_header": "X-RateLimit-Reset"},
    "errors": {"detail": ["errors", "0"], "headers": {"request_id": "X-Request-Id", "reset": "X-RateLimit-Reset"}, "not_found": null},
    "webhooks": {"header": "x-hub-signature", "prefix": "sha1=", "algorithm": "sha1", "encoding": "hex", "timestamp_prefix": null, "tolerance": 300, "handshake": null},
    "events": {"id": ["id"], "type": ["topic"], "occurred_at": ["created_at"], "object": ["data", "item"], "previous": null, "api_version": null, "account": null, "related_id": null, "related_type": null, "related_account": null, "ping": "ping"},
    "deleted_when": null
}'::jsonb
)) as declared(connector, title, declaration)
on conflict (connector) do update set
    title = excluded.title
    , declaration = excluded.declaration
    , envelope = excluded.envelope
where stored is distinct from excluded;

create table if not exists supasaasy.intercom_company (
    app_key             text not null,
    external_id         text not null,
    raw_payload         jsonb not null,
    api_version         text,
    observed_at         timestamptz not null,
    created_at          timestamptz not null,
    updated_at          timestamptz not null,
    archived_at         timestamptz,
    deleted_at          timestamptz,
    listed_digest       uuid,
    company_id          text generated always as (supasaasy.json_text(raw_payload -> 'company_id')) stored,
    name                text generated always as (supasaasy.json_text(raw_payload -> 'name')) stored,
    industry            text generated always as (supasaasy.json_text(raw_payload -> 'industry')) stored,
    size                integer generated always as (supasaasy.json_integer(raw_payload -> 'size')) stored,
    website             text generated always as (supasaasy.json_text(raw_payload -> 'website')) stored,
    monthly_spend       numeric generated always as (supasaasy.json_numeric(raw_payload -> 'monthly_spend')) stored,
    session_count       bigint generated always as (supasaasy.json_bigint(raw_payload -> 'session_count')) stored,
    user_count          bigint generated always as (supasaasy.json_bigint(raw_payload -> 'user_count')) stored,
    plan_name           text generated always as (supasaasy.json_text(raw_payload #> '{plan,name}')) stored,
    custom_attributes   jsonb generated always as (supasaasy.json_value(raw_payload -> 'custom_attributes')) stored,
    intercom_created_at timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created_at')) stored,
    intercom_updated_at timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'updated_at')) stored,
    remote_created_at   timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'remote_created_at')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "intercom_company",
    "connector": "intercom",
    "resource_type": "company",
    "view_name": "intercom_companies",
    "parent_key": null,
    "declaration": {"path": "/companies/scroll", "object_path": "/companies", "params": {}, "body": null, "pagination": {"cursor": ["scroll_param"], "cursor_param": "scroll_param", "exists": "scroll_exists", "kind": "scroll"}, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": null, "created_field": null, "archived_when": null, "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {"company.created": "create", "company.updated": "merge", "company.deleted": "delete"}, "reread_parent": null, "incremental": null},
    "columns": [{"name": "company_id", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''company_id'')) stored"}, {"name": "name", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''name'')) stored"}, {"name": "industry", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''industry'')) stored"}, {"name": "size", "definition": "integer generated always as (supasaasy.json_integer(raw_payload -> ''size'')) stored"}, {"name": "website", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''website'')) stored"}, {"name": "monthly_spend", "definition": "numeric generated always as (supasaasy.json_numeric(raw_payload -> ''monthly_spend'')) stored"}, {"name": "session_count", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''session_count'')) stored"}, {"name": "user_count", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''user_count'')) stored"}, {"name": "plan_name", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{plan,name}'')) stored"}, {"name": "custom_attributes", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''custom_attributes'')) stored"}, {"name": "intercom_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created_at'')) stored"}, {"name": "intercom_updated_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''updated_at'')) stored"}, {"name": "remote_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''remote_created_at'')) stored"}]
}'::jsonb);

create index if not exists intercom_company_company_id_idx on supasaasy.intercom_company (company_id);

create or replace view supasaasy.intercom_companies as
select
    app_key
    , external_id
    , company_id
    , name
    , industry
    , size
    , website
    , monthly_spend
    , session_count
    , user_count
    , plan_name
    , custom_attributes
    , intercom_created_at
    , intercom_updated_at
    , remote_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.intercom_company
where deleted_at is null;

comment on table supasaasy.intercom_company is 'Every company of Intercom ever seen, soft-deleted ones included. https://developers.intercom.com/docs/references/rest-api/api.intercom.io/companies/scrolloverallcompanies';
comment on view supasaasy.intercom_companies is 'Each company that Intercom has now. https://developers.intercom.com/docs/references/rest-api/api.intercom.io/companies/scrolloverallcompanies';
comment on column supasaasy.intercom_company.app_key is 'The app the object belongs to.';
comment on column supasaasy.intercom_company.external_id is 'The provider''s id.';
comment on column supasaasy.intercom_company.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.intercom_company.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.intercom_company.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.intercom_company.created_at is 'When the row was inserted here.';
comment on column supasaasy.intercom_company.updated_at is 'When the payload last changed here.';
comment on column supasaasy.intercom_company.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.intercom_company.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.intercom_company.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.intercom_company.company_id is 'raw_payload: company_id';
comment on column supasaasy.intercom_company.name is 'raw_payload: name';
comment on column supasaasy.intercom_company.industry is 'raw_payload: industry';
comment on column supasaasy.intercom_company.size is 'raw_payload: size';
comment on column supasaasy.intercom_company.website is 'raw_payload: website';
comment on column supasaasy.intercom_company.monthly_spend is 'raw_payload: monthly_spend';
comment on column supasaasy.intercom_company.session_count is 'raw_payload: session_count';
comment on column supasaasy.intercom_company.user_count is 'raw_payload: user_count';
comment on column supasaasy.intercom_company.plan_name is 'raw_payload: plan.name';
comment on column supasaasy.intercom_company.custom_attributes is 'raw_payload: custom_attributes';
comment on column supasaasy.intercom_company.intercom_created_at is 'raw_payload: created_at';
comment on column supasaasy.intercom_company.intercom_updated_at is 'raw_payload: updated_at';
comment on column supasaasy.intercom_company.remote_created_at is 'raw_payload: remote_created_at';

create table if not exists supasaasy.intercom_contact (
    app_key                  text not null,
    external_id              text not null,
    raw_payload              jsonb not null,
    api_version              text,
    observed_at              timestamptz not null,
    created_at               timestamptz not null,
    updated_at               timestamptz not null,
    archived_at              timestamptz,
    deleted_at               timestamptz,
    listed_digest            uuid,
    contact_external_id      text generated always as (supasaasy.json_text(raw_payload -> 'external_id')) stored,
    email                    text generated always as (supasaasy.json_text(raw_payload -> 'email')) stored,
    name                     text generated always as (supasaasy.json_text(raw_payload -> 'name')) stored,
    phone                    text generated always as (supasaasy.json_text(raw_payload -> 'phone')) stored,
    role                     text generated always as (supasaasy.json_text(raw_payload -> 'role')) stored,
    avatar                   text generated always as (coalesce(supasaasy.json_text(raw_payload #> '{avatar,image_url}'), supasaasy.json_text(raw_payload -> 'avatar'))) stored,
    owner_id                 bigint generated always as (supasaasy.json_bigint(raw_payload -> 'owner_id')) stored,
    has_hard_bounced         boolean generated always as (supasaasy.json_boolean(raw_payload -> 'has_hard_bounced')) stored,
    marked_email_as_spam     boolean generated always as (supasaasy.json_boolean(raw_payload -> 'marked_email_as_spam')) stored,
    unsubscribed_from_emails boolean generated always as (supasaasy.json_boolean(raw_payload -> 'unsubscribed_from_emails')) stored,
    browser                  text generated always as (supasaasy.json_text(raw_payload -> 'browser')) stored,
    browser_language         text generated always as (supasaasy.json_text(raw_payload -> 'browser_language')) stored,
    os                       text generated always as (supasaasy.json_text(raw_payload -> 'os')) stored,
    language_override        text generated always as (supasaasy.json_text(raw_payload -> 'language_override')) stored,
    country                  text generated always as (supasaasy.json_text(raw_payload #> '{location,country}')) stored,
    region                   text generated always as (supasaasy.json_text(raw_payload #> '{location,region}')) stored,
    city                     text generated always as (supasaasy.json_text(raw_payload #> '{location,city}')) stored,
    custom_attributes        jsonb generated always as (supasaasy.json_value(raw_payload -> 'custom_attributes')) stored,
    intercom_created_at      timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created_at')) stored,
    intercom_updated_at      timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'updated_at')) stored,
    signed_up_at             timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'signed_up_at')) stored,
    last_seen_at             timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'last_seen_at')) stored,
    last_replied_at          timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'last_replied_at')) stored,
    last_contacted_at        timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'last_contacted_at')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "intercom_contact",
    "connector": "intercom",
    "resource_type": "contact",
    "view_name": "intercom_contacts",
    "parent_key": null,
    "declaration": {"path": "/contacts", "object_path": "/contacts", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": null, "created_field": null, "archived_when": "$.archived == true", "archived_unlisted": true, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {"contact.created": "create", "contact.*": "merge", "contact.deleted": "delete", "contact.user.*": "merge", "contact.user.created": "create", "contact.lead.*": "merge", "contact.lead.created": "create", "user.*": "merge", "user.created": "create", "user.deleted": "delete"}, "reread_parent": null, "incremental": {"kind": "updated_since", "path": "/contacts/search", "params": {}, "body": {"query": {"field": "updated_at", "operator": ">", "value": "{since}"}, "sort": {"field": "updated_at", "order": "ascending"}}, "pagination": {"cursor": ["pages", "next"], "cursor_param": "pagination.starting_after", "limit_param": "pagination.per_page", "page_size": 150, "kind": "cursor"}, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": null, "created_field": null, "children": [], "retention_seconds": null, "overlap_seconds": 172800, "newest_first": null}},
    "columns": [{"name": "contact_external_id", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''external_id'')) stored"}, {"name": "email", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''email'')) stored"}, {"name": "name", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''name'')) stored"}, {"name": "phone", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''phone'')) stored"}, {"name": "role", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''role'')) stored"}, {"name": "avatar", "definition": "text generated always as (coalesce(supasaasy.json_text(raw_payload #> ''{avatar,image_url}''), supasaasy.json_text(raw_payload -> ''avatar''))) stored"}, {"name": "owner_id", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''owner_id'')) stored"}, {"name": "has_hard_bounced", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''has_hard_bounced'')) stored"}, {"name": "marked_email_as_spam", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''marked_email_as_spam'')) stored"}, {"name": "unsubscribed_from_emails", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''unsubscribed_from_emails'')) stored"}, {"name": "browser", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''browser'')) stored"}, {"name": "browser_language", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''browser_language'')) stored"}, {"name": "os", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''os'')) stored"}, {"name": "language_override", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''language_override'')) stored"}, {"name": "country", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{location,country}'')) stored"}, {"name": "region", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{location,region}'')) stored"}, {"name": "city", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{location,city}'')) stored"}, {"name": "custom_attributes", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''custom_attributes'')) stored"}, {"name": "intercom_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created_at'')) stored"}, {"name": "intercom_updated_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''updated_at'')) stored"}, {"name": "signed_up_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''signed_up_at'')) stored"}, {"name": "last_seen_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''last_seen_at'')) stored"}, {"name": "last_replied_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''last_replied_at'')) stored"}, {"name": "last_contacted_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''last_contacted_at'')) stored"}]
}'::jsonb);

create index if not exists intercom_contact_contact_external_id_idx on supasaasy.intercom_contact (contact_external_id);
create index if not exists intercom_contact_email_idx on supasaasy.intercom_contact (email);

create or replace view supasaasy.intercom_contacts as
select
    app_key
    , external_id
    , contact_external_id
    , email
    , name
    , phone
    , role
    , avatar
    , owner_id
    , has_hard_bounced
    , marked_email_as_spam
    , unsubscribed_from_emails
    , browser
    , browser_language
    , os
    , language_override
    , country
    , region
    , city
    , custom_attributes
    , intercom_created_at
    , intercom_updated_at
    , signed_up_at
    , last_seen_at
    , last_replied_at
    , last_contacted_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.intercom_contact
where deleted_at is null;

comment on table supasaasy.intercom_contact is 'Every contact of Intercom ever seen, soft-deleted ones included. https://developers.intercom.com/docs/references/rest-api/api.intercom.io/contacts/listcontacts';
comment on view supasaasy.intercom_contacts is 'Each contact that Intercom has now. https://developers.intercom.com/docs/references/rest-api/api.intercom.io/contacts/listcontacts';
comment on column supasaasy.intercom_contact.app_key is 'The app the object belongs to.';
comment on column supasaasy.intercom_contact.external_id is 'The provider''s id.';
comment on column supasaasy.intercom_contact.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.intercom_contact.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.intercom_contact.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.intercom_contact.created_at is 'When the row was inserted here.';
comment on column supasaasy.intercom_contact.updated_at is 'When the payload last changed here.';
comment on column supasaasy.intercom_contact.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.intercom_contact.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.intercom_contact.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.intercom_contact.contact_external_id is 'raw_payload: external_id';
comment on column supasaasy.intercom_contact.email is 'raw_payload: email';
comment on column supasaasy.intercom_contact.name is 'raw_payload: name';
comment on column supasaasy.intercom_contact.phone is 'raw_payload: phone';
comment on column supasaasy.intercom_contact.role is 'raw_payload: role';
comment on column supasaasy.intercom_contact.avatar is 'raw_payload: avatar.image_url or avatar';
comment on column supasaasy.intercom_contact.owner_id is 'raw_payload: owner_id';
comment on column supasaasy.intercom_contact.has_hard_bounced is 'raw_payload: has_hard_bounced';
comment on column supasaasy.intercom_contact.marked_email_as_spam is 'raw_payload: marked_email_as_spam';
comment on column supasaasy.intercom_contact.unsubscribed_from_emails is 'raw_payload: unsubscribed_from_emails';
comment on column supasaasy.intercom_contact.browser is 'raw_payload: browser';
comment on column supasaasy.intercom_contact.browser_language is 'raw_payload: browser_language';
comment on column supasaasy.intercom_contact.os is 'raw_payload: os';
comment on column supasaasy.intercom_contact.language_override is 'raw_payload: language_override';
comment on column supasaasy.intercom_contact.country is 'raw_payload: location.country';
comment on column supasaasy.intercom_contact.region is 'raw_payload: location.region';
comment on column supasaasy.intercom_contact.city is 'raw_payload: location.city';
comment on column supasaasy.intercom_contact.custom_attributes is 'raw_payload: custom_attributes';
comment on column supasaasy.intercom_contact.intercom_created_at is 'raw_payload: created_at';
comment on column supasaasy.intercom_contact.intercom_updated_at is 'raw_payload: updated_at';
comment on column supasaasy.intercom_contact.signed_up_at is 'raw_payload: signed_up_at';
comment on column supasaasy.intercom_contact.last_seen_at is 'raw_payload: last_seen_at';
comment on column supasaasy.intercom_contact.last_replied_at is 'raw_payload: last_replied_at';
comment on column supasaasy.intercom_contact.last_contacted_at is 'raw_payload: last_contacted_at';

create table if not exists supasaasy.intercom_admin (
    app_key            text not null,
    external_id        text not null,
    raw_payload        jsonb not null,
    api_version        text,
    observed_at        timestamptz not null,
    created_at         timestamptz not null,
    updated_at         timestamptz not null,
    archived_at        timestamptz,
    deleted_at         timestamptz,
    listed_digest      uuid,
    email              text generated always as (supasaasy.json_text(raw_payload -> 'email')) stored,
    name               text generated always as (supasaasy.json_text(raw_payload -> 'name')) stored,
    job_title          text generated always as (supasaasy.json_text(raw_payload -> 'job_title')) stored,
    away_mode_enabled  boolean generated always as (supasaasy.json_boolean(raw_payload -> 'away_mode_enabled')) stored,
    away_mode_reassign boolean generated always as (supasaasy.json_boolean(raw_payload -> 'away_mode_reassign')) stored,
    has_inbox_seat     boolean generated always as (supasaasy.json_boolean(raw_payload -> 'has_inbox_seat')) stored,
    avatar_url         text generated always as (supasaasy.json_text(raw_payload #> '{avatar,image_url}')) stored,
    team_ids           jsonb generated always as (supasaasy.json_value(raw_payload -> 'team_ids')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "intercom_admin",
    "connector": "intercom",
    "resource_type": "admin",
    "view_name": "intercom_admins",
    "parent_key": null,
    "declaration": {"path": "/admins", "object_path": "/admins", "params": {}, "body": null, "pagination": {"kind": "none"}, "variants": [{}], "records": ["admins"], "id": ["id"], "created_filter": null, "created_field": null, "archived_when": null, "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {}, "reread_parent": null, "incremental": null},
    "columns": [{"name": "email", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''email'')) stored"}, {"name": "name", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''name'')) stored"}, {"name": "job_title", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''job_title'')) stored"}, {"name": "away_mode_enabled", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''away_mode_enabled'')) stored"}, {"name": "away_mode_reassign", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''away_mode_reassign'')) stored"}, {"name": "has_inbox_seat", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''has_inbox_seat'')) stored"}, {"name": "avatar_url", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{avatar,image_url}'')) stored"}, {"name": "team_ids", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''team_ids'')) stored"}]
}'::jsonb);


create or replace view supasaasy.intercom_admins as
select
    app_key
    , external_id
    , email
    , name
    , job_title
    , away_mode_enabled
    , away_mode_reassign
    , has_inbox_seat
    , avatar_url
    , team_ids
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.intercom_admin
where deleted_at is null;

comment on table supasaasy.intercom_admin is 'Every admin of Intercom ever seen, soft-deleted ones included. https://developers.intercom.com/docs/references/rest-api/api.intercom.io/admins/listadmins';
comment on view supasaasy.intercom_admins is 'Each admin that Intercom has now. https://developers.intercom.com/docs/references/rest-api/api.intercom.io/admins/listadmins';
comment on column supasaasy.intercom_admin.app_key is 'The app the object belongs to.';
comment on column supasaasy.intercom_admin.external_id is 'The provider''s id.';
comment on column supasaasy.intercom_admin.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.intercom_admin.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.intercom_admin.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.intercom_admin.created_at is 'When the row was inserted here.';
comment on column supasaasy.intercom_admin.updated_at is 'When the payload last changed here.';
comment on column supasaasy.intercom_admin.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.intercom_admin.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.intercom_admin.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.intercom_admin.email is 'raw_payload: email';
comment on column supasaasy.intercom_admin.name is 'raw_payload: name';
comment on column supasaasy.intercom_admin.job_title is 'raw_payload: job_title';
comment on column supasaasy.intercom_admin.away_mode_enabled is 'raw_payload: away_mode_enabled';
comment on column supasaasy.intercom_admin.away_mode_reassign is 'raw_payload: away_mode_reassign';
comment on column supasaasy.intercom_admin.has_inbox_seat is 'raw_payload: has_inbox_seat';
comment on column supasaasy.intercom_admin.avatar_url is 'raw_payload: avatar.image_url';
comment on column supasaasy.intercom_admin.team_ids is 'raw_payload: team_ids';

create table if not exists supasaasy.intercom_conversation (
    app_key             text not null,
    external_id         text not null,
    raw_payload         jsonb not null,
    api_version         text,
    observed_at         timestamptz not null,
    created_at          timestamptz not null,
    updated_at          timestamptz not null,
    archived_at         timestamptz,
    deleted_at          timestamptz,
    listed_digest       uuid,
    title               text generated always as (supasaasy.json_text(raw_payload -> 'title')) stored,
    state               text generated always as (supasaasy.json_text(raw_payload -> 'state')) stored,
    open                boolean generated always as (supasaasy.json_boolean(raw_payload -> 'open')) stored,
    priority            text generated always as (supasaasy.json_text(raw_payload -> 'priority')) stored,
    admin_assignee_id   bigint generated always as (supasaasy.json_bigint(raw_payload -> 'admin_assignee_id')) stored,
    team_assignee_id    bigint generated always as (supasaasy.json_bigint(raw_payload -> 'team_assignee_id')) stored,
    read                boolean generated always as (supasaasy.json_boolean(raw_payload -> 'read')) stored,
    rating              bigint generated always as (supasaasy.json_bigint(raw_payload #> '{conversation_rating,rating}')) stored,
    rating_remark       text generated always as (supasaasy.json_text(raw_payload #> '{conversation_rating,remark}')) stored,
    source_type         text generated always as (supasaasy.json_text(raw_payload #> '{source,type}')) stored,
    source_delivered_as text generated always as (supasaasy.json_text(raw_payload #> '{source,delivered_as}')) stored,
    source_subject      text generated always as (supasaasy.json_text(raw_payload #> '{source,subject}')) stored,
    source_author_type  text generated always as (supasaasy.json_text(raw_payload #> '{source,author,type}')) stored,
    source_author_id    text generated always as (supasaasy.json_text(raw_payload #> '{source,author,id}')) stored,
    parts_count         bigint generated always as (supasaasy.json_bigint(raw_payload #> '{statistics,count_conversation_parts}')) stored,
    reopens_count       bigint generated always as (supasaasy.json_bigint(raw_payload #> '{statistics,count_reopens}')) stored,
    assignments_count   bigint generated always as (supasaasy.json_bigint(raw_payload #> '{statistics,count_assignments}')) stored,
    intercom_created_at timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created_at')) stored,
    intercom_updated_at timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'updated_at')) stored,
    waiting_since       timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'waiting_since')) stored,
    snoozed_until       timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'snoozed_until')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "intercom_conversation",
    "connector": "intercom",
    "resource_type": "conversation",
    "view_name": "intercom_conversations",
    "parent_key": null,
    "declaration": {"path": "/conversations", "object_path": "/conversations", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["conversations"], "id": ["id"], "created_filter": null, "created_field": null, "archived_when": "$.state == \"closed\"", "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [{"collection_key": "intercom_conversation_part", "parent_id": ["id"], "records": ["conversation_parts", "conversation_parts"], "per_parent": true, "path": "/conversations/{id}", "pagination": {"kind": "none"}, "parent_param": null, "version": ["updated_at"], "newest_only": true, "total": ["statistics", "count_conversation_parts"]}], "events": {"conversation.*": "merge", "conversation.deleted": "delete", "conversation_part.*": "merge"}, "reread_parent": null, "incremental": {"kind": "updated_since", "path": "/conversations/search", "params": {}, "body": {"query": {"field": "updated_at", "operator": ">", "value": "{since}"}, "sort": {"field": "updated_at", "order": "ascending"}}, "pagination": {"cursor": ["pages", "next"], "cursor_param": "pagination.starting_after", "limit_param": "pagination.per_page", "page_size": 150, "kind": "cursor"}, "variants": [{}], "records": ["conversations"], "id": ["id"], "created_filter": null, "created_field": null, "children": [{"collection_key": "intercom_conversation_part", "parent_id": ["id"], "records": ["conversation_parts", "conversation_parts"], "per_parent": true, "path": "/conversations/{id}", "pagination": {"kind": "none"}, "parent_param": null, "version": ["updated_at"], "newest_only": true, "total": ["statistics", "count_conversation_parts"]}], "retention_seconds": null, "overlap_seconds": 172800, "newest_first": null}},
    "columns": [{"name": "title", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''title'')) stored"}, {"name": "state", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''state'')) stored"}, {"name": "open", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''open'')) stored"}, {"name": "priority", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''priority'')) stored"}, {"name": "admin_assignee_id", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''admin_assignee_id'')) stored"}, {"name": "team_assignee_id", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''team_assignee_id'')) stored"}, {"name": "read", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''read'')) stored"}, {"name": "rating", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload #> ''{conversation_rating,rating}'')) stored"}, {"name": "rating_remark", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{conversation_rating,remark}'')) stored"}, {"name": "source_type", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{source,type}'')) stored"}, {"name": "source_delivered_as", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{source,delivered_as}'')) stored"}, {"name": "source_subject", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{source,subject}'')) stored"}, {"name": "source_author_type", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{source,author,type}'')) stored"}, {"name": "source_author_id", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{source,author,id}'')) stored"}, {"name": "parts_count", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload #> ''{statistics,count_conversation_parts}'')) stored"}, {"name": "reopens_count", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload #> ''{statistics,count_reopens}'')) stored"}, {"name": "assignments_count", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload #> ''{statistics,count_assignments}'')) stored"}, {"name": "intercom_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created_at'')) stored"}, {"name": "intercom_updated_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''updated_at'')) stored"}, {"name": "waiting_since", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''waiting_since'')) stored"}, {"name": "snoozed_until", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''snoozed_until'')) stored"}]
}'::jsonb);

create index if not exists intercom_conversation_state_idx on supasaasy.intercom_conversation (state);
create index if not exists intercom_conversation_admin_assignee_id_idx on supasaasy.intercom_conversation (admin_assignee_id);

create or replace view supasaasy.intercom_conversations as
select
    app_key
    , external_id
    , title
    , state
    , open
    , priority
    , admin_assignee_id
    , team_assignee_id
    , read
    , rating
    , rating_remark
    , source_type
    , source_delivered_as
    , source_subject
    , source_author_type
    , source_author_id
    , parts_count
    , reopens_count
    , assignments_count
    , intercom_created_at
    , intercom_updated_at
    , waiting_since
    , snoozed_until
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.intercom_conversation
where deleted_at is null;

comment on table supasaasy.intercom_conversation is 'Every conversation of Intercom ever seen, soft-deleted ones included. https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations/listconversations';
comment on view supasaasy.intercom_conversations is 'Each conversation that Intercom has now. https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations/listconversations';
comment on column supasaasy.intercom_conversation.app_key is 'The app the object belongs to.';
comment on column supasaasy.intercom_conversation.external_id is 'The provider''s id.';
comment on column supasaasy.intercom_conversation.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.intercom_conversation.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.intercom_conversation.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.intercom_conversation.created_at is 'When the row was inserted here.';
comment on column supasaasy.intercom_conversation.updated_at is 'When the payload last changed here.';
comment on column supasaasy.intercom_conversation.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.intercom_conversation.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.intercom_conversation.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.intercom_conversation.title is 'raw_payload: title';
comment on column supasaasy.intercom_conversation.state is 'raw_payload: state';
comment on column supasaasy.intercom_conversation.open is 'raw_payload: open';
comment on column supasaasy.intercom_conversation.priority is 'raw_payload: priority';
comment on column supasaasy.intercom_conversation.admin_assignee_id is 'raw_payload: admin_assignee_id';
comment on column supasaasy.intercom_conversation.team_assignee_id is 'raw_payload: team_assignee_id';
comment on column supasaasy.intercom_conversation.read is 'raw_payload: read';
comment on column supasaasy.intercom_conversation.rating is 'raw_payload: conversation_rating.rating';
comment on column supasaasy.intercom_conversation.rating_remark is 'raw_payload: conversation_rating.remark';
comment on column supasaasy.intercom_conversation.source_type is 'raw_payload: source.type';
comment on column supasaasy.intercom_conversation.source_delivered_as is 'raw_payload: source.delivered_as';
comment on column supasaasy.intercom_conversation.source_subject is 'raw_payload: source.subject';
comment on column supasaasy.intercom_conversation.source_author_type is 'raw_payload: source.author.type';
comment on column supasaasy.intercom_conversation.source_author_id is 'raw_payload: source.author.id';
comment on column supasaasy.intercom_conversation.parts_count is 'raw_payload: statistics.count_conversation_parts';
comment on column supasaasy.intercom_conversation.reopens_count is 'raw_payload: statistics.count_reopens';
comment on column supasaasy.intercom_conversation.assignments_count is 'raw_payload: statistics.count_assignments';
comment on column supasaasy.intercom_conversation.intercom_created_at is 'raw_payload: created_at';
comment on column supasaasy.intercom_conversation.intercom_updated_at is 'raw_payload: updated_at';
comment on column supasaasy.intercom_conversation.waiting_since is 'raw_payload: waiting_since';
comment on column supasaasy.intercom_conversation.snoozed_until is 'raw_payload: snoozed_until';

create table if not exists supasaasy.intercom_conversation_part (
    app_key             text not null,
    external_id         text not null,
    raw_payload         jsonb not null,
    api_version         text,
    observed_at         timestamptz not null,
    created_at          timestamptz not null,
    updated_at          timestamptz not null,
    archived_at         timestamptz,
    deleted_at          timestamptz,
    listed_digest       uuid,
    conversation_id     text not null,
    part_type           text generated always as (supasaasy.json_text(raw_payload -> 'part_type')) stored,
    body                text generated always as (supasaasy.json_text(raw_payload -> 'body')) stored,
    author_type         text generated always as (supasaasy.json_text(raw_payload #> '{author,type}')) stored,
    author_id           text generated always as (supasaasy.json_text(raw_payload #> '{author,id}')) stored,
    author_name         text generated always as (supasaasy.json_text(raw_payload #> '{author,name}')) stored,
    author_email        text generated always as (supasaasy.json_text(raw_payload #> '{author,email}')) stored,
    assigned_to_type    text generated always as (supasaasy.json_text(raw_payload #> '{assigned_to,type}')) stored,
    assigned_to_id      text generated always as (supasaasy.json_text(raw_payload #> '{assigned_to,id}')) stored,
    redacted            boolean generated always as (supasaasy.json_boolean(raw_payload -> 'redacted')) stored,
    attachments         jsonb generated always as (supasaasy.json_value(raw_payload -> 'attachments')) stored,
    intercom_created_at timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created_at')) stored,
    intercom_updated_at timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'updated_at')) stored,
    notified_at         timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'notified_at')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "intercom_conversation_part",
    "connector": "intercom",
    "resource_type": "conversation_part",
    "view_name": "intercom_conversation_parts",
    "parent_key": "intercom_conversation",
    "declaration": {"path": null, "object_path": null, "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": null, "created_field": null, "archived_when": null, "archived_unlisted": false, "unlisted": "delete", "parent_column": "conversation_id", "names_parent": false, "children": [], "events": {}, "reread_parent": null, "incremental": null},
    "columns": [{"name": "conversation_id", "definition": "text not null"}, {"name": "part_type", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''part_type'')) stored"}, {"name": "body", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''body'')) stored"}, {"name": "author_type", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{author,type}'')) stored"}, {"name": "author_id", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{author,id}'')) stored"}, {"name": "author_name", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{author,name}'')) stored"}, {"name": "author_email", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{author,email}'')) stored"}, {"name": "assigned_to_type", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{assigned_to,type}'')) stored"}, {"name": "assigned_to_id", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{assigned_to,id}'')) stored"}, {"name": "redacted", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''redacted'')) stored"}, {"name": "attachments", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''attachments'')) stored"}, {"name": "intercom_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created_at'')) stored"}, {"name": "intercom_updated_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''updated_at'')) stored"}, {"name": "notified_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''notified_at'')) stored"}]
}'::jsonb);

create index if not exists intercom_conversation_part_conversation_id_idx on supasaasy.intercom_conversation_part (app_key, conversation_id);

create or replace view supasaasy.intercom_conversation_parts as
select
    app_key
    , external_id
    , conversation_id
    , part_type
    , body
    , author_type
    , author_id
    , author_name
    , author_email
    , assigned_to_type
    , assigned_to_id
    , redacted
    , attachments
    , intercom_created_at
    , intercom_updated_at
    , notified_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.intercom_conversation_part
where deleted_at is null;

comment on table supasaasy.intercom_conversation_part is 'Every conversation part of Intercom ever seen, soft-deleted ones included. https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations/retrieveconversation';
comment on view supasaasy.intercom_conversation_parts is 'Each conversation part that Intercom has now. https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations/retrieveconversation';
comment on column supasaasy.intercom_conversation_part.app_key is 'The app the object belongs to.';
comment on column supasaasy.intercom_conversation_part.external_id is 'The provider''s id.';
comment on column supasaasy.intercom_conversation_part.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.intercom_conversation_part.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.intercom_conversation_part.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.intercom_conversation_part.created_at is 'When the row was inserted here.';
comment on column supasaasy.intercom_conversation_part.updated_at is 'When the payload last changed here.';
comment on column supasaasy.intercom_conversation_part.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.intercom_conversation_part.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.intercom_conversation_part.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.intercom_conversation_part.conversation_id is 'The id of the object that this one belongs to.';
comment on column supasaasy.intercom_conversation_part.part_type is 'raw_payload: part_type';
comment on column supasaasy.intercom_conversation_part.body is 'raw_payload: body';
comment on column supasaasy.intercom_conversation_part.author_type is 'raw_payload: author.type';
comment on column supasaasy.intercom_conversation_part.author_id is 'raw_payload: author.id';
comment on column supasaasy.intercom_conversation_part.author_name is 'raw_payload: author.name';
comment on column supasaasy.intercom_conversation_part.author_email is 'raw_payload: author.email';
comment on column supasaasy.intercom_conversation_part.assigned_to_type is 'raw_payload: assigned_to.type';
comment on column supasaasy.intercom_conversation_part.assigned_to_id is 'raw_payload: assigned_to.id';
comment on column supasaasy.intercom_conversation_part.redacted is 'raw_payload: redacted';
comment on column supasaasy.intercom_conversation_part.attachments is 'raw_payload: attachments';
comment on column supasaasy.intercom_conversation_part.intercom_created_at is 'raw_payload: created_at';
comment on column supasaasy.intercom_conversation_part.intercom_updated_at is 'raw_payload: updated_at';
comment on column supasaasy.intercom_conversation_part.notified_at is 'raw_payload: notified_at';
