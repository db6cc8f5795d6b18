insert into supasaasy.connectors as stored (connector, title, declaration, envelope)
select
    declared.connector, declared.title, declared.declaration
    , jsonb_populate_record(
        null::supasaasy.event_envelope, nullif(declared.declaration -> 'events', 'null'))
from (values (
    'stripe', 'Stripe', '{
    "base_url": "https://api.stripe.com",
    "auth": {"header": "Authorization", "prefix": "Bearer ", "kind": "header"},
    "headers": {},
    "version_header": "Stripe-Version",
    "api_version": "2026-10-28.endive",
    "account_header": "Stripe-Account",
    "pagination": {"cursor_param": "starting_after", "has_more": ["has_more"], "limit_param": "limit", "page_size": 100, "only_list": true, "kind": "last_id"},
    "rate_limit": {"per_second": 80, "per_endpoint": 20, "test_per_second": 20, "test_key": "_test_", "remaining_header": null, "reset_header": null},
    "errors": {"detail": ["error"], "headers": {"request_id": "Request-Id", "should_retry": "Stripe-Should-Retry", "reason": "Stripe-Rate-Limited-Reason"}, "not_found": "resource_missing"},
    "webhooks": {"header": "stripe-signature", "prefix": "v1=", "algorithm": "sha256", "encoding": "hex", "timestamp_prefix": "t=", "tolerance": 300, "handshake": null},
    "events": {"id": ["id"], "type": ["type"], "occurred_at": ["created"], "object": ["data", "object"], "previous": ["data", "previous_attributes"], "api_version": ["api_version"], "account": ["account"], "related_id": ["related_object", "id"], "related_type": ["related_object", "type"], "related_account": ["context"], "ping": null},
    "deleted_when": "$.deleted == true"
}'::jsonb
)) as declared(connector, title, declaration)
on conflict (connector) do update set
    title = excluded.title
    , declaration = excluded.declaration
    , envelope = excluded.envelope
where stored is distinct from excluded;

create table if not exists supasaasy.stripe_customer (
    app_key                text not null,
    external_id            text not null,
    raw_payload            jsonb not null,
    api_version            text,
    observed_at            timestamptz not null,
    created_at             timestamptz not null,
    updated_at             timestamptz not null,
    archived_at            timestamptz,
    deleted_at             timestamptz,
    listed_digest          uuid,
    email                  text generated always as (supasaasy.json_text(raw_payload -> 'email')) stored,
    name                   text generated always as (supasaasy.json_text(raw_payload -> 'name')) stored,
    description            text generated always as (supasaasy.json_text(raw_payload -> 'description')) stored,
    metadata               jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    phone                  text generated always as (supasaasy.json_text(raw_payload -> 'phone')) stored,
    currency               text generated always as (supasaasy.json_text(raw_payload -> 'currency')) stored,
    address                jsonb generated always as (supasaasy.json_value(raw_payload -> 'address')) stored,
    balance                bigint generated always as (supasaasy.json_bigint(raw_payload -> 'balance')) stored,
    delinquent             boolean generated always as (supasaasy.json_boolean(raw_payload -> 'delinquent')) stored,
    default_payment_method text generated always as (supasaasy.json_reference(raw_payload #> '{invoice_settings,default_payment_method}')) stored,
    livemode               boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    stripe_created_at      timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_customer",
    "connector": "stripe",
    "resource_type": "customer",
    "view_name": "stripe_customers",
    "parent_key": null,
    "declaration": {"path": "/v1/customers", "object_path": "/v1/customers", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "archived_when": null, "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [{"collection_key": "stripe_payment_method", "parent_id": ["id"], "records": ["data"], "per_parent": true, "path": "/v1/customers/{id}/payment_methods", "pagination": {"cursor_param": "starting_after", "has_more": ["has_more"], "limit_param": "limit", "page_size": 100, "only_list": true, "kind": "last_id"}, "parent_param": null, "version": null, "newest_only": false, "total": null}, {"collection_key": "stripe_tax_id", "parent_id": ["id"], "records": ["data"], "per_parent": true, "path": "/v1/customers/{id}/tax_ids", "pagination": {"cursor_param": "starting_after", "has_more": ["has_more"], "limit_param": "limit", "page_size": 100, "only_list": true, "kind": "last_id"}, "parent_param": null, "version": null, "newest_only": false, "total": null}, {"collection_key": "stripe_active_entitlement", "parent_id": ["id"], "records": ["data"], "per_parent": true, "path": "/v1/entitlements/active_entitlements", "pagination": {"cursor_param": "starting_after", "has_more": ["has_more"], "limit_param": "limit", "page_size": 100, "only_list": true, "kind": "last_id"}, "parent_param": "customer", "version": null, "newest_only": false, "total": null}], "events": {"customer.created": "create", "customer.updated": "upsert", "customer.deleted": "delete"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"types[]": ["customer.created", "customer.updated", "customer.deleted"]}, {"type": "payment_method.*"}, {"types[]": ["customer.tax_id.created", "customer.tax_id.updated", "customer.tax_id.deleted"]}, {"types[]": ["entitlements.active_entitlement_summary.updated"]}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [{"collection_key": "stripe_payment_method", "parent_id": ["data", "object", "id"], "records": ["data"], "per_parent": true, "path": "/v1/customers/{id}/payment_methods", "pagination": {"cursor_param": "starting_after", "has_more": ["has_more"], "limit_param": "limit", "page_size": 100, "only_list": true, "kind": "last_id"}, "parent_param": null, "version": null, "newest_only": false, "total": null}, {"collection_key": "stripe_tax_id", "parent_id": ["data", "object", "id"], "records": ["data"], "per_parent": true, "path": "/v1/customers/{id}/tax_ids", "pagination": {"cursor_param": "starting_after", "has_more": ["has_more"], "limit_param": "limit", "page_size": 100, "only_list": true, "kind": "last_id"}, "parent_param": null, "version": null, "newest_only": false, "total": null}, {"collection_key": "stripe_active_entitlement", "parent_id": ["data", "object", "id"], "records": ["data"], "per_parent": true, "path": "/v1/entitlements/active_entitlements", "pagination": {"cursor_param": "starting_after", "has_more": ["has_more"], "limit_param": "limit", "page_size": 100, "only_list": true, "kind": "last_id"}, "parent_param": "customer", "version": null, "newest_only": false, "total": null}], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "email", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''email'')) stored"}, {"name": "name", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''name'')) stored"}, {"name": "description", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''description'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "phone", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''phone'')) stored"}, {"name": "currency", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''currency'')) stored"}, {"name": "address", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''address'')) stored"}, {"name": "balance", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''balance'')) stored"}, {"name": "delinquent", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''delinquent'')) stored"}, {"name": "default_payment_method", "definition": "text generated always as (supasaasy.json_reference(raw_payload #> ''{invoice_settings,default_payment_method}'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);

create index if not exists stripe_customer_email_idx on supasaasy.stripe_customer (email);

create or replace view supasaasy.stripe_customers as
select
    app_key
    , external_id
    , email
    , name
    , description
    , metadata
    , phone
    , currency
    , address
    , balance
    , delinquent
    , default_payment_method
    , livemode
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_customer
where deleted_at is null;

comment on table supasaasy.stripe_customer is 'Every customer of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/customers';
comment on view supasaasy.stripe_customers is 'Each customer that Stripe has now. https://docs.stripe.com/api/customers';
comment on column supasaasy.stripe_customer.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_customer.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_customer.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_customer.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_customer.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_customer.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_customer.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_customer.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_customer.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_customer.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_customer.email is 'raw_payload: email';
comment on column supasaasy.stripe_customer.name is 'raw_payload: name';
comment on column supasaasy.stripe_customer.description is 'raw_payload: description';
comment on column supasaasy.stripe_customer.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_customer.phone is 'raw_payload: phone';
comment on column supasaasy.stripe_customer.currency is 'raw_payload: currency';
comment on column supasaasy.stripe_customer.address is 'raw_payload: address';
comment on column supasaasy.stripe_customer.balance is 'raw_payload: balance (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_customer.delinquent is 'raw_payload: delinquent';
comment on column supasaasy.stripe_customer.default_payment_method is 'raw_payload: invoice_settings.default_payment_method';
comment on column supasaasy.stripe_customer.livemode is 'raw_payload: livemode';
comment on column supasaasy.stripe_customer.stripe_created_at is 'raw_payload: created';

create table if not exists supasaasy.stripe_payment_method (
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
    customer_id         text generated always as (supasaasy.json_reference(raw_payload -> 'customer')) stored,
    payment_method_type text generated always as (supasaasy.json_text(raw_payload -> 'type')) stored,
    card_brand          text generated always as (supasaasy.json_text(raw_payload #> '{card,brand}')) stored,
    card_last4          text generated always as (supasaasy.json_text(raw_payload #> '{card,last4}')) stored,
    card_exp_month      bigint generated always as (supasaasy.json_bigint(raw_payload #> '{card,exp_month}')) stored,
    card_exp_year       bigint generated always as (supasaasy.json_bigint(raw_payload #> '{card,exp_year}')) stored,
    card_funding        text generated always as (supasaasy.json_text(raw_payload #> '{card,funding}')) stored,
    card_country        text generated always as (supasaasy.json_text(raw_payload #> '{card,country}')) stored,
    card_fingerprint    text generated always as (supasaasy.json_text(raw_payload #> '{card,fingerprint}')) stored,
    billing_email       text generated always as (supasaasy.json_text(raw_payload #> '{billing_details,email}')) stored,
    billing_name        text generated always as (supasaasy.json_text(raw_payload #> '{billing_details,name}')) stored,
    metadata            jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    livemode            boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    stripe_created_at   timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_payment_method",
    "connector": "stripe",
    "resource_type": "payment_method",
    "view_name": "stripe_payment_methods",
    "parent_key": "stripe_customer",
    "declaration": {"path": null, "object_path": null, "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": null, "created_field": null, "archived_when": null, "archived_unlisted": false, "unlisted": "delete", "parent_column": "customer_id", "names_parent": true, "children": [], "events": {"payment_method.*": "upsert", "payment_method.detached": "delete"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"type": "payment_method.*"}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "customer_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''customer'')) stored"}, {"name": "payment_method_type", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''type'')) stored"}, {"name": "card_brand", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{card,brand}'')) stored"}, {"name": "card_last4", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{card,last4}'')) stored"}, {"name": "card_exp_month", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload #> ''{card,exp_month}'')) stored"}, {"name": "card_exp_year", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload #> ''{card,exp_year}'')) stored"}, {"name": "card_funding", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{card,funding}'')) stored"}, {"name": "card_country", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{card,country}'')) stored"}, {"name": "card_fingerprint", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{card,fingerprint}'')) stored"}, {"name": "billing_email", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{billing_details,email}'')) stored"}, {"name": "billing_name", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{billing_details,name}'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);

create index if not exists stripe_payment_method_customer_id_idx on supasaasy.stripe_payment_method (app_key, customer_id);
create index if not exists stripe_payment_method_card_fingerprint_idx on supasaasy.stripe_payment_method (card_fingerprint);

create or replace view supasaasy.stripe_payment_methods as
select
    app_key
    , external_id
    , customer_id
    , payment_method_type
    , card_brand
    , card_last4
    , card_exp_month
    , card_exp_year
    , card_funding
    , card_country
    , card_fingerprint
    , billing_email
    , billing_name
    , metadata
    , livemode
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_payment_method
where deleted_at is null;

comment on table supasaasy.stripe_payment_method is 'Every payment method of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/payment_methods';
comment on view supasaasy.stripe_payment_methods is 'Each payment method that Stripe has now. https://docs.stripe.com/api/payment_methods';
comment on column supasaasy.stripe_payment_method.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_payment_method.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_payment_method.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_payment_method.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_payment_method.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_payment_method.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_payment_method.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_payment_method.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_payment_method.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_payment_method.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_payment_method.customer_id is 'The id of the object that this one belongs to.';
comment on column supasaasy.stripe_payment_method.payment_method_type is 'raw_payload: type';
comment on column supasaasy.stripe_payment_method.card_brand is 'raw_payload: card.brand';
comment on column supasaasy.stripe_payment_method.card_last4 is 'raw_payload: card.last4';
comment on column supasaasy.stripe_payment_method.card_exp_month is 'raw_payload: card.exp_month';
comment on column supasaasy.stripe_payment_method.card_exp_year is 'raw_payload: card.exp_year';
comment on column supasaasy.stripe_payment_method.card_funding is 'raw_payload: card.funding';
comment on column supasaasy.stripe_payment_method.card_country is 'raw_payload: card.country';
comment on column supasaasy.stripe_payment_method.card_fingerprint is 'raw_payload: card.fingerprint';
comment on column supasaasy.stripe_payment_method.billing_email is 'raw_payload: billing_details.email';
comment on column supasaasy.stripe_payment_method.billing_name is 'raw_payload: billing_details.name';
comment on column supasaasy.stripe_payment_method.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_payment_method.livemode is 'raw_payload: livemode';
comment on column supasaasy.stripe_payment_method.stripe_created_at is 'raw_payload: created';

create table if not exists supasaasy.stripe_tax_id (
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
    customer_id         text generated always as (supasaasy.json_reference(raw_payload -> 'customer')) stored,
    tax_id_type         text generated always as (supasaasy.json_text(raw_payload -> 'type')) stored,
    value               text generated always as (supasaasy.json_text(raw_payload -> 'value')) stored,
    country             text generated always as (supasaasy.json_text(raw_payload -> 'country')) stored,
    verification_status text generated always as (supasaasy.json_text(raw_payload #> '{verification,status}')) stored,
    livemode            boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    stripe_created_at   timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_tax_id",
    "connector": "stripe",
    "resource_type": "tax_id",
    "view_name": "stripe_tax_ids",
    "parent_key": "stripe_customer",
    "declaration": {"path": null, "object_path": null, "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": null, "created_field": null, "archived_when": null, "archived_unlisted": false, "unlisted": "delete", "parent_column": "customer_id", "names_parent": true, "children": [], "events": {"customer.tax_id.created": "create", "customer.tax_id.updated": "upsert", "customer.tax_id.deleted": "delete"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"types[]": ["customer.tax_id.created", "customer.tax_id.updated", "customer.tax_id.deleted"]}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "customer_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''customer'')) stored"}, {"name": "tax_id_type", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''type'')) stored"}, {"name": "value", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''value'')) stored"}, {"name": "country", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''country'')) stored"}, {"name": "verification_status", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{verification,status}'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);

create index if not exists stripe_tax_id_customer_id_idx on supasaasy.stripe_tax_id (app_key, customer_id);

create or replace view supasaasy.stripe_tax_ids as
select
    app_key
    , external_id
    , customer_id
    , tax_id_type
    , value
    , country
    , verification_status
    , livemode
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_tax_id
where deleted_at is null;

comment on table supasaasy.stripe_tax_id is 'Every tax id of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/tax_ids';
comment on view supasaasy.stripe_tax_ids is 'Each tax id that Stripe has now. https://docs.stripe.com/api/tax_ids';
comment on column supasaasy.stripe_tax_id.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_tax_id.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_tax_id.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_tax_id.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_tax_id.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_tax_id.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_tax_id.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_tax_id.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_tax_id.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_tax_id.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_tax_id.customer_id is 'The id of the object that this one belongs to.';
comment on column supasaasy.stripe_tax_id.tax_id_type is 'raw_payload: type';
comment on column supasaasy.stripe_tax_id.value is 'raw_payload: value';
comment on column supasaasy.stripe_tax_id.country is 'raw_payload: country';
comment on column supasaasy.stripe_tax_id.verification_status is 'raw_payload: verification.status';
comment on column supasaasy.stripe_tax_id.livemode is 'raw_payload: livemode';
comment on column supasaasy.stripe_tax_id.stripe_created_at is 'raw_payload: created';

create table if not exists supasaasy.stripe_active_entitlement (
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
    customer_id   text not null,
    feature_id    text generated always as (supasaasy.json_reference(raw_payload -> 'feature')) stored,
    lookup_key    text generated always as (supasaasy.json_text(raw_payload -> 'lookup_key')) stored,
    livemode      boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_active_entitlement",
    "connector": "stripe",
    "resource_type": "active_entitlement",
    "view_name": "stripe_active_entitlements",
    "parent_key": "stripe_customer",
    "declaration": {"path": null, "object_path": null, "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": null, "created_field": null, "archived_when": null, "archived_unlisted": false, "unlisted": "delete", "parent_column": "customer_id", "names_parent": false, "children": [], "events": {"entitlements.active_entitlement_summary.updated": "reread"}, "reread_parent": ["customer"], "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"types[]": ["entitlements.active_entitlement_summary.updated"]}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "customer_id", "definition": "text not null"}, {"name": "feature_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''feature'')) stored"}, {"name": "lookup_key", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''lookup_key'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}]
}'::jsonb);

create index if not exists stripe_active_entitlement_customer_id_idx on supasaasy.stripe_active_entitlement (app_key, customer_id);
create index if not exists stripe_active_entitlement_feature_id_idx on supasaasy.stripe_active_entitlement (feature_id);
create index if not exists stripe_active_entitlement_lookup_key_idx on supasaasy.stripe_active_entitlement (lookup_key);

create or replace view supasaasy.stripe_active_entitlements as
select
    app_key
    , external_id
    , customer_id
    , feature_id
    , lookup_key
    , livemode
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_active_entitlement
where deleted_at is null;

comment on table supasaasy.stripe_active_entitlement is 'Every active entitlement of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/entitlements/active-entitlement';
comment on view supasaasy.stripe_active_entitlements is 'Each active entitlement that Stripe has now. https://docs.stripe.com/api/entitlements/active-entitlement';
comment on column supasaasy.stripe_active_entitlement.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_active_entitlement.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_active_entitlement.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_active_entitlement.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_active_entitlement.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_active_entitlement.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_active_entitlement.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_active_entitlement.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_active_entitlement.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_active_entitlement.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_active_entitlement.customer_id is 'The id of the object that this one belongs to.';
comment on column supasaasy.stripe_active_entitlement.feature_id is 'raw_payload: feature';
comment on column supasaasy.stripe_active_entitlement.lookup_key is 'raw_payload: lookup_key';
comment on column supasaasy.stripe_active_entitlement.livemode is 'raw_payload: livemode';

create table if not exists supasaasy.stripe_product (
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
    name              text generated always as (supasaasy.json_text(raw_payload -> 'name')) stored,
    description       text generated always as (supasaasy.json_text(raw_payload -> 'description')) stored,
    active            boolean generated always as (supasaasy.json_boolean(raw_payload -> 'active')) stored,
    metadata          jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    images            jsonb generated always as (supasaasy.json_value(raw_payload -> 'images')) stored,
    default_price_id  text generated always as (supasaasy.json_reference(raw_payload -> 'default_price')) stored,
    product_type      text generated always as (supasaasy.json_text(raw_payload -> 'type')) stored,
    livemode          boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    stripe_created_at timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    stripe_updated_at timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'updated')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_product",
    "connector": "stripe",
    "resource_type": "product",
    "view_name": "stripe_products",
    "parent_key": null,
    "declaration": {"path": "/v1/products", "object_path": "/v1/products", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "archived_when": "$.active == false", "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {"product.created": "create", "product.updated": "upsert", "product.deleted": "delete"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"types[]": ["product.created", "product.updated", "product.deleted"]}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "name", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''name'')) stored"}, {"name": "description", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''description'')) stored"}, {"name": "active", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''active'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "images", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''images'')) stored"}, {"name": "default_price_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''default_price'')) stored"}, {"name": "product_type", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''type'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}, {"name": "stripe_updated_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''updated'')) stored"}]
}'::jsonb);

create index if not exists stripe_product_active_idx on supasaasy.stripe_product (active);

create or replace view supasaasy.stripe_products as
select
    app_key
    , external_id
    , name
    , description
    , active
    , metadata
    , images
    , default_price_id
    , product_type
    , livemode
    , stripe_created_at
    , stripe_updated_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_product
where deleted_at is null;

comment on table supasaasy.stripe_product is 'Every product of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/products';
comment on view supasaasy.stripe_products is 'Each product that Stripe has now. https://docs.stripe.com/api/products';
comment on column supasaasy.stripe_product.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_product.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_product.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_product.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_product.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_product.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_product.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_product.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_product.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_product.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_product.name is 'raw_payload: name';
comment on column supasaasy.stripe_product.description is 'raw_payload: description';
comment on column supasaasy.stripe_product.active is 'raw_payload: active';
comment on column supasaasy.stripe_product.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_product.images is 'raw_payload: images';
comment on column supasaasy.stripe_product.default_price_id is 'raw_payload: default_price';
comment on column supasaasy.stripe_product.product_type is 'raw_payload: type';
comment on column supasaasy.stripe_product.livemode is 'raw_payload: livemode';
comment on column supasaasy.stripe_product.stripe_created_at is 'raw_payload: created';
comment on column supasaasy.stripe_product.stripe_updated_at is 'raw_payload: updated';

create table if not exists supasaasy.stripe_price (
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
    product_id               text generated always as (supasaasy.json_reference(raw_payload -> 'product')) stored,
    unit_amount              bigint generated always as (supasaasy.json_bigint(raw_payload -> 'unit_amount')) stored,
    unit_amount_decimal      numeric generated always as (supasaasy.json_numeric(raw_payload -> 'unit_amount_decimal')) stored,
    currency                 text generated always as (supasaasy.json_text(raw_payload -> 'currency')) stored,
    active                   boolean generated always as (supasaasy.json_boolean(raw_payload -> 'active')) stored,
    price_type               text generated always as (supasaasy.json_text(raw_payload -> 'type')) stored,
    billing_scheme           text generated always as (supasaasy.json_text(raw_payload -> 'billing_scheme')) stored,
    nickname                 text generated always as (supasaasy.json_text(raw_payload -> 'nickname')) stored,
    recurring                jsonb generated always as (supasaasy.json_value(raw_payload -> 'recurring')) stored,
    recurring_interval       text generated always as (supasaasy.json_text(raw_payload #> '{recurring,interval}')) stored,
    recurring_interval_count bigint generated always as (supasaasy.json_bigint(raw_payload #> '{recurring,interval_count}')) stored,
    metadata                 jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    livemode                 boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    stripe_created_at        timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_price",
    "connector": "stripe",
    "resource_type": "price",
    "view_name": "stripe_prices",
    "parent_key": null,
    "declaration": {"path": "/v1/prices", "object_path": "/v1/prices", "params": {}, "body": null, "pagination": null, "variants": [{"active": "true"}, {"active": "false"}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "archived_when": "$.active == false", "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {"price.created": "create", "price.updated": "upsert", "price.deleted": "delete"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"types[]": ["price.created", "price.updated", "price.deleted"]}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "product_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''product'')) stored"}, {"name": "unit_amount", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''unit_amount'')) stored"}, {"name": "unit_amount_decimal", "definition": "numeric generated always as (supasaasy.json_numeric(raw_payload -> ''unit_amount_decimal'')) stored"}, {"name": "currency", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''currency'')) stored"}, {"name": "active", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''active'')) stored"}, {"name": "price_type", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''type'')) stored"}, {"name": "billing_scheme", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''billing_scheme'')) stored"}, {"name": "nickname", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''nickname'')) stored"}, {"name": "recurring", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''recurring'')) stored"}, {"name": "recurring_interval", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{recurring,interval}'')) stored"}, {"name": "recurring_interval_count", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload #> ''{recurring,interval_count}'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);

create index if not exists stripe_price_product_id_idx on supasaasy.stripe_price (product_id);

create or replace view supasaasy.stripe_prices as
select
    app_key
    , external_id
    , product_id
    , unit_amount
    , unit_amount_decimal
    , currency
    , active
    , price_type
    , billing_scheme
    , nickname
    , recurring
    , recurring_interval
    , recurring_interval_count
    , metadata
    , livemode
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_price
where deleted_at is null;

comment on table supasaasy.stripe_price is 'Every price of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/prices';
comment on view supasaasy.stripe_prices is 'Each price that Stripe has now. https://docs.stripe.com/api/prices';
comment on column supasaasy.stripe_price.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_price.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_price.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_price.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_price.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_price.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_price.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_price.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_price.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_price.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_price.product_id is 'raw_payload: product';
comment on column supasaasy.stripe_price.unit_amount is 'raw_payload: unit_amount (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_price.unit_amount_decimal is 'raw_payload: unit_amount_decimal';
comment on column supasaasy.stripe_price.currency is 'raw_payload: currency';
comment on column supasaasy.stripe_price.active is 'raw_payload: active';
comment on column supasaasy.stripe_price.price_type is 'raw_payload: type';
comment on column supasaasy.stripe_price.billing_scheme is 'raw_payload: billing_scheme';
comment on column supasaasy.stripe_price.nickname is 'raw_payload: nickname';
comment on column supasaasy.stripe_price.recurring is 'raw_payload: recurring';
comment on column supasaasy.stripe_price.recurring_interval is 'raw_payload: recurring.interval';
comment on column supasaasy.stripe_price.recurring_interval_count is 'raw_payload: recurring.interval_count';
comment on column supasaasy.stripe_price.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_price.livemode is 'raw_payload: livemode';
comment on column supasaasy.stripe_price.stripe_created_at is 'raw_payload: created';

create table if not exists supasaasy.stripe_plan (
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
    product_id        text generated always as (supasaasy.json_reference(raw_payload -> 'product')) stored,
    amount            bigint generated always as (supasaasy.json_bigint(raw_payload -> 'amount')) stored,
    amount_decimal    numeric generated always as (supasaasy.json_numeric(raw_payload -> 'amount_decimal')) stored,
    currency          text generated always as (supasaasy.json_text(raw_payload -> 'currency')) stored,
    active            boolean generated always as (supasaasy.json_boolean(raw_payload -> 'active')) stored,
    "interval"        text generated always as (supasaasy.json_text(raw_payload -> 'interval')) stored,
    interval_count    bigint generated always as (supasaasy.json_bigint(raw_payload -> 'interval_count')) stored,
    nickname          text generated always as (supasaasy.json_text(raw_payload -> 'nickname')) stored,
    trial_period_days bigint generated always as (supasaasy.json_bigint(raw_payload -> 'trial_period_days')) stored,
    metadata          jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    livemode          boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    stripe_created_at timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_plan",
    "connector": "stripe",
    "resource_type": "plan",
    "view_name": "stripe_plans",
    "parent_key": null,
    "declaration": {"path": "/v1/plans", "object_path": "/v1/plans", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "archived_when": "$.active == false", "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {"plan.created": "create", "plan.updated": "upsert", "plan.deleted": "delete"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"types[]": ["plan.created", "plan.updated", "plan.deleted"]}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "product_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''product'')) stored"}, {"name": "amount", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''amount'')) stored"}, {"name": "amount_decimal", "definition": "numeric generated always as (supasaasy.json_numeric(raw_payload -> ''amount_decimal'')) stored"}, {"name": "currency", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''currency'')) stored"}, {"name": "active", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''active'')) stored"}, {"name": "interval", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''interval'')) stored"}, {"name": "interval_count", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''interval_count'')) stored"}, {"name": "nickname", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''nickname'')) stored"}, {"name": "trial_period_days", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''trial_period_days'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);

create index if not exists stripe_plan_product_id_idx on supasaasy.stripe_plan (product_id);

create or replace view supasaasy.stripe_plans as
select
    app_key
    , external_id
    , product_id
    , amount
    , amount_decimal
    , currency
    , active
    , "interval"
    , interval_count
    , nickname
    , trial_period_days
    , metadata
    , livemode
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_plan
where deleted_at is null;

comment on table supasaasy.stripe_plan is 'Every plan of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/plans';
comment on view supasaasy.stripe_plans is 'Each plan that Stripe has now. https://docs.stripe.com/api/plans';
comment on column supasaasy.stripe_plan.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_plan.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_plan.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_plan.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_plan.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_plan.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_plan.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_plan.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_plan.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_plan.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_plan.product_id is 'raw_payload: product';
comment on column supasaasy.stripe_plan.amount is 'raw_payload: amount (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_plan.amount_decimal is 'raw_payload: amount_decimal';
comment on column supasaasy.stripe_plan.currency is 'raw_payload: currency';
comment on column supasaasy.stripe_plan.active is 'raw_payload: active';
comment on column supasaasy.stripe_plan."interval" is 'raw_payload: interval';
comment on column supasaasy.stripe_plan.interval_count is 'raw_payload: interval_count';
comment on column supasaasy.stripe_plan.nickname is 'raw_payload: nickname';
comment on column supasaasy.stripe_plan.trial_period_days is 'raw_payload: trial_period_days';
comment on column supasaasy.stripe_plan.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_plan.livemode is 'raw_payload: livemode';
comment on column supasaasy.stripe_plan.stripe_created_at is 'raw_payload: created';

create table if not exists supasaasy.stripe_feature (
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
    lookup_key    text generated always as (supasaasy.json_text(raw_payload -> 'lookup_key')) stored,
    active        boolean generated always as (supasaasy.json_boolean(raw_payload -> 'active')) stored,
    metadata      jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    livemode      boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_feature",
    "connector": "stripe",
    "resource_type": "feature",
    "view_name": "stripe_features",
    "parent_key": null,
    "declaration": {"path": "/v1/entitlements/features", "object_path": "/v1/entitlements/features", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": null, "created_field": null, "archived_when": "$.active == false", "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {}, "reread_parent": null, "incremental": null},
    "columns": [{"name": "name", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''name'')) stored"}, {"name": "lookup_key", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''lookup_key'')) stored"}, {"name": "active", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''active'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}]
}'::jsonb);

create index if not exists stripe_feature_lookup_key_idx on supasaasy.stripe_feature (lookup_key);

create or replace view supasaasy.stripe_features as
select
    app_key
    , external_id
    , name
    , lookup_key
    , active
    , metadata
    , livemode
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_feature
where deleted_at is null;

comment on table supasaasy.stripe_feature is 'Every feature of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/entitlements/feature';
comment on view supasaasy.stripe_features is 'Each feature that Stripe has now. https://docs.stripe.com/api/entitlements/feature';
comment on column supasaasy.stripe_feature.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_feature.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_feature.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_feature.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_feature.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_feature.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_feature.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_feature.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_feature.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_feature.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_feature.name is 'raw_payload: name';
comment on column supasaasy.stripe_feature.lookup_key is 'raw_payload: lookup_key';
comment on column supasaasy.stripe_feature.active is 'raw_payload: active';
comment on column supasaasy.stripe_feature.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_feature.livemode is 'raw_payload: livemode';

create table if not exists supasaasy.stripe_coupon (
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
    name               text generated always as (supasaasy.json_text(raw_payload -> 'name')) stored,
    duration           text generated always as (supasaasy.json_text(raw_payload -> 'duration')) stored,
    duration_in_months bigint generated always as (supasaasy.json_bigint(raw_payload -> 'duration_in_months')) stored,
    percent_off        numeric generated always as (supasaasy.json_numeric(raw_payload -> 'percent_off')) stored,
    amount_off         bigint generated always as (supasaasy.json_bigint(raw_payload -> 'amount_off')) stored,
    currency           text generated always as (supasaasy.json_text(raw_payload -> 'currency')) stored,
    valid              boolean generated always as (supasaasy.json_boolean(raw_payload -> 'valid')) stored,
    times_redeemed     bigint generated always as (supasaasy.json_bigint(raw_payload -> 'times_redeemed')) stored,
    max_redemptions    bigint generated always as (supasaasy.json_bigint(raw_payload -> 'max_redemptions')) stored,
    redeem_by          timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'redeem_by')) stored,
    metadata           jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    livemode           boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    stripe_created_at  timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_coupon",
    "connector": "stripe",
    "resource_type": "coupon",
    "view_name": "stripe_coupons",
    "parent_key": null,
    "declaration": {"path": "/v1/coupons", "object_path": "/v1/coupons", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "archived_when": "$.valid == false", "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {"coupon.created": "create", "coupon.updated": "upsert", "coupon.deleted": "delete"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"types[]": ["coupon.created", "coupon.updated", "coupon.deleted"]}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "name", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''name'')) stored"}, {"name": "duration", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''duration'')) stored"}, {"name": "duration_in_months", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''duration_in_months'')) stored"}, {"name": "percent_off", "definition": "numeric generated always as (supasaasy.json_numeric(raw_payload -> ''percent_off'')) stored"}, {"name": "amount_off", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''amount_off'')) stored"}, {"name": "currency", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''currency'')) stored"}, {"name": "valid", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''valid'')) stored"}, {"name": "times_redeemed", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''times_redeemed'')) stored"}, {"name": "max_redemptions", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''max_redemptions'')) stored"}, {"name": "redeem_by", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''redeem_by'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);


create or replace view supasaasy.stripe_coupons as
select
    app_key
    , external_id
    , name
    , duration
    , duration_in_months
    , percent_off
    , amount_off
    , currency
    , valid
    , times_redeemed
    , max_redemptions
    , redeem_by
    , metadata
    , livemode
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_coupon
where deleted_at is null;

comment on table supasaasy.stripe_coupon is 'Every coupon of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/coupons';
comment on view supasaasy.stripe_coupons is 'Each coupon that Stripe has now. https://docs.stripe.com/api/coupons';
comment on column supasaasy.stripe_coupon.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_coupon.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_coupon.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_coupon.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_coupon.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_coupon.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_coupon.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_coupon.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_coupon.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_coupon.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_coupon.name is 'raw_payload: name';
comment on column supasaasy.stripe_coupon.duration is 'raw_payload: duration';
comment on column supasaasy.stripe_coupon.duration_in_months is 'raw_payload: duration_in_months';
comment on column supasaasy.stripe_coupon.percent_off is 'raw_payload: percent_off';
comment on column supasaasy.stripe_coupon.amount_off is 'raw_payload: amount_off (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_coupon.currency is 'raw_payload: currency';
comment on column supasaasy.stripe_coupon.valid is 'raw_payload: valid';
comment on column supasaasy.stripe_coupon.times_redeemed is 'raw_payload: times_redeemed';
comment on column supasaasy.stripe_coupon.max_redemptions is 'raw_payload: max_redemptions';
comment on column supasaasy.stripe_coupon.redeem_by is 'raw_payload: redeem_by';
comment on column supasaasy.stripe_coupon.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_coupon.livemode is 'raw_payload: livemode';
comment on column supasaasy.stripe_coupon.stripe_created_at is 'raw_payload: created';

create table if not exists supasaasy.stripe_promotion_code (
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
    code              text generated always as (supasaasy.json_text(raw_payload -> 'code')) stored,
    coupon_id         text generated always as (coalesce(supasaasy.json_reference(raw_payload #> '{promotion,coupon}'), supasaasy.json_reference(raw_payload -> 'coupon'))) stored,
    customer_id       text generated always as (supasaasy.json_reference(raw_payload -> 'customer')) stored,
    active            boolean generated always as (supasaasy.json_boolean(raw_payload -> 'active')) stored,
    times_redeemed    bigint generated always as (supasaasy.json_bigint(raw_payload -> 'times_redeemed')) stored,
    max_redemptions   bigint generated always as (supasaasy.json_bigint(raw_payload -> 'max_redemptions')) stored,
    expires_at        timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'expires_at')) stored,
    metadata          jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    livemode          boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    stripe_created_at timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_promotion_code",
    "connector": "stripe",
    "resource_type": "promotion_code",
    "view_name": "stripe_promotion_codes",
    "parent_key": null,
    "declaration": {"path": "/v1/promotion_codes", "object_path": "/v1/promotion_codes", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "archived_when": "$.active == false", "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {"promotion_code.created": "create", "promotion_code.updated": "upsert"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"types[]": ["promotion_code.created", "promotion_code.updated"]}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "code", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''code'')) stored"}, {"name": "coupon_id", "definition": "text generated always as (coalesce(supasaasy.json_reference(raw_payload #> ''{promotion,coupon}''), supasaasy.json_reference(raw_payload -> ''coupon''))) stored"}, {"name": "customer_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''customer'')) stored"}, {"name": "active", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''active'')) stored"}, {"name": "times_redeemed", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''times_redeemed'')) stored"}, {"name": "max_redemptions", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''max_redemptions'')) stored"}, {"name": "expires_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''expires_at'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);

create index if not exists stripe_promotion_code_code_idx on supasaasy.stripe_promotion_code (code);
create index if not exists stripe_promotion_code_coupon_id_idx on supasaasy.stripe_promotion_code (coupon_id);

create or replace view supasaasy.stripe_promotion_codes as
select
    app_key
    , external_id
    , code
    , coupon_id
    , customer_id
    , active
    , times_redeemed
    , max_redemptions
    , expires_at
    , metadata
    , livemode
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_promotion_code
where deleted_at is null;

comment on table supasaasy.stripe_promotion_code is 'Every promotion code of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/promotion_codes';
comment on view supasaasy.stripe_promotion_codes is 'Each promotion code that Stripe has now. https://docs.stripe.com/api/promotion_codes';
comment on column supasaasy.stripe_promotion_code.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_promotion_code.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_promotion_code.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_promotion_code.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_promotion_code.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_promotion_code.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_promotion_code.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_promotion_code.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_promotion_code.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_promotion_code.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_promotion_code.code is 'raw_payload: code';
comment on column supasaasy.stripe_promotion_code.coupon_id is 'raw_payload: promotion.coupon or coupon';
comment on column supasaasy.stripe_promotion_code.customer_id is 'raw_payload: customer';
comment on column supasaasy.stripe_promotion_code.active is 'raw_payload: active';
comment on column supasaasy.stripe_promotion_code.times_redeemed is 'raw_payload: times_redeemed';
comment on column supasaasy.stripe_promotion_code.max_redemptions is 'raw_payload: max_redemptions';
comment on column supasaasy.stripe_promotion_code.expires_at is 'raw_payload: expires_at';
comment on column supasaasy.stripe_promotion_code.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_promotion_code.livemode is 'raw_payload: livemode';
comment on column supasaasy.stripe_promotion_code.stripe_created_at is 'raw_payload: created';

create table if not exists supasaasy.stripe_tax_rate (
    app_key              text not null,
    external_id          text not null,
    raw_payload          jsonb not null,
    api_version          text,
    observed_at          timestamptz not null,
    created_at           timestamptz not null,
    updated_at           timestamptz not null,
    archived_at          timestamptz,
    deleted_at           timestamptz,
    listed_digest        uuid,
    display_name         text generated always as (supasaasy.json_text(raw_payload -> 'display_name')) stored,
    description          text generated always as (supasaasy.json_text(raw_payload -> 'description')) stored,
    jurisdiction         text generated always as (supasaasy.json_text(raw_payload -> 'jurisdiction')) stored,
    country              text generated always as (supasaasy.json_text(raw_payload -> 'country')) stored,
    state                text generated always as (supasaasy.json_text(raw_payload -> 'state')) stored,
    tax_type             text generated always as (supasaasy.json_text(raw_payload -> 'tax_type')) stored,
    percentage           numeric generated always as (supasaasy.json_numeric(raw_payload -> 'percentage')) stored,
    effective_percentage numeric generated always as (supasaasy.json_numeric(raw_payload -> 'effective_percentage')) stored,
    inclusive            boolean generated always as (supasaasy.json_boolean(raw_payload -> 'inclusive')) stored,
    active               boolean generated always as (supasaasy.json_boolean(raw_payload -> 'active')) stored,
    metadata             jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    livemode             boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    stripe_created_at    timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_tax_rate",
    "connector": "stripe",
    "resource_type": "tax_rate",
    "view_name": "stripe_tax_rates",
    "parent_key": null,
    "declaration": {"path": "/v1/tax_rates", "object_path": "/v1/tax_rates", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "archived_when": "$.active == false", "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {"tax_rate.created": "create", "tax_rate.updated": "upsert"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"types[]": ["tax_rate.created", "tax_rate.updated"]}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "display_name", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''display_name'')) stored"}, {"name": "description", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''description'')) stored"}, {"name": "jurisdiction", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''jurisdiction'')) stored"}, {"name": "country", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''country'')) stored"}, {"name": "state", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''state'')) stored"}, {"name": "tax_type", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''tax_type'')) stored"}, {"name": "percentage", "definition": "numeric generated always as (supasaasy.json_numeric(raw_payload -> ''percentage'')) stored"}, {"name": "effective_percentage", "definition": "numeric generated always as (supasaasy.json_numeric(raw_payload -> ''effective_percentage'')) stored"}, {"name": "inclusive", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''inclusive'')) stored"}, {"name": "active", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''active'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);


create or replace view supasaasy.stripe_tax_rates as
select
    app_key
    , external_id
    , display_name
    , description
    , jurisdiction
    , country
    , state
    , tax_type
    , percentage
    , effective_percentage
    , inclusive
    , active
    , metadata
    , livemode
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_tax_rate
where deleted_at is null;

comment on table supasaasy.stripe_tax_rate is 'Every tax rate of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/tax_rates';
comment on view supasaasy.stripe_tax_rates is 'Each tax rate that Stripe has now. https://docs.stripe.com/api/tax_rates';
comment on column supasaasy.stripe_tax_rate.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_tax_rate.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_tax_rate.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_tax_rate.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_tax_rate.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_tax_rate.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_tax_rate.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_tax_rate.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_tax_rate.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_tax_rate.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_tax_rate.display_name is 'raw_payload: display_name';
comment on column supasaasy.stripe_tax_rate.description is 'raw_payload: description';
comment on column supasaasy.stripe_tax_rate.jurisdiction is 'raw_payload: jurisdiction';
comment on column supasaasy.stripe_tax_rate.country is 'raw_payload: country';
comment on column supasaasy.stripe_tax_rate.state is 'raw_payload: state';
comment on column supasaasy.stripe_tax_rate.tax_type is 'raw_payload: tax_type';
comment on column supasaasy.stripe_tax_rate.percentage is 'raw_payload: percentage';
comment on column supasaasy.stripe_tax_rate.effective_percentage is 'raw_payload: effective_percentage';
comment on column supasaasy.stripe_tax_rate.inclusive is 'raw_payload: inclusive';
comment on column supasaasy.stripe_tax_rate.active is 'raw_payload: active';
comment on column supasaasy.stripe_tax_rate.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_tax_rate.livemode is 'raw_payload: livemode';
comment on column supasaasy.stripe_tax_rate.stripe_created_at is 'raw_payload: created';

create table if not exists supasaasy.stripe_subscription (
    app_key                text not null,
    external_id            text not null,
    raw_payload            jsonb not null,
    api_version            text,
    observed_at            timestamptz not null,
    created_at             timestamptz not null,
    updated_at             timestamptz not null,
    archived_at            timestamptz,
    deleted_at             timestamptz,
    listed_digest          uuid,
    customer_id            text generated always as (supasaasy.json_reference(raw_payload -> 'customer')) stored,
    status                 text generated always as (supasaasy.json_text(raw_payload -> 'status')) stored,
    current_period_start   timestamptz generated always as (coalesce(supasaasy.json_timestamp(raw_payload -> 'current_period_start'), supasaasy.json_timestamp(raw_payload #> '{items,data,0,current_period_start}'))) stored,
    current_period_end     timestamptz generated always as (coalesce(supasaasy.json_timestamp(raw_payload -> 'current_period_end'), supasaasy.json_timestamp(raw_payload #> '{items,data,0,current_period_end}'))) stored,
    start_date             timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'start_date')) stored,
    ended_at               timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'ended_at')) stored,
    canceled_at            timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'canceled_at')) stored,
    cancel_at              timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'cancel_at')) stored,
    trial_start            timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'trial_start')) stored,
    trial_end              timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'trial_end')) stored,
    cancel_at_period_end   boolean generated always as (supasaasy.json_boolean(raw_payload -> 'cancel_at_period_end')) stored,
    default_payment_method text generated always as (supasaasy.json_reference(raw_payload -> 'default_payment_method')) stored,
    collection_method      text generated always as (supasaasy.json_text(raw_payload -> 'collection_method')) stored,
    currency               text generated always as (supasaasy.json_text(raw_payload -> 'currency')) stored,
    latest_invoice         text generated always as (supasaasy.json_reference(raw_payload -> 'latest_invoice')) stored,
    metadata               jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    livemode               boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    stripe_created_at      timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_subscription",
    "connector": "stripe",
    "resource_type": "subscription",
    "view_name": "stripe_subscriptions",
    "parent_key": null,
    "declaration": {"path": "/v1/subscriptions", "object_path": "/v1/subscriptions", "params": {"status": "all"}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "archived_when": "$.status == \"canceled\" || $.status == \"incomplete_expired\"", "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [{"collection_key": "stripe_subscription_item", "parent_id": ["id"], "records": ["items", "data"], "has_more": ["items", "has_more"], "path": "/v1/subscription_items", "parent_param": "subscription"}], "events": {"customer.subscription.created": "create", "customer.subscription.*": "upsert", "customer.subscription.deleted": "archive"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"type": "customer.subscription.*"}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [{"collection_key": "stripe_subscription_item", "parent_id": ["data", "object", "id"], "records": ["data", "object", "items", "data"], "has_more": ["data", "object", "items", "has_more"], "path": "/v1/subscription_items", "parent_param": "subscription"}], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "customer_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''customer'')) stored"}, {"name": "status", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''status'')) stored"}, {"name": "current_period_start", "definition": "timestamptz generated always as (coalesce(supasaasy.json_timestamp(raw_payload -> ''current_period_start''), supasaasy.json_timestamp(raw_payload #> ''{items,data,0,current_period_start}''))) stored"}, {"name": "current_period_end", "definition": "timestamptz generated always as (coalesce(supasaasy.json_timestamp(raw_payload -> ''current_period_end''), supasaasy.json_timestamp(raw_payload #> ''{items,data,0,current_period_end}''))) stored"}, {"name": "start_date", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''start_date'')) stored"}, {"name": "ended_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''ended_at'')) stored"}, {"name": "canceled_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''canceled_at'')) stored"}, {"name": "cancel_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''cancel_at'')) stored"}, {"name": "trial_start", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''trial_start'')) stored"}, {"name": "trial_end", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''trial_end'')) stored"}, {"name": "cancel_at_period_end", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''cancel_at_period_end'')) stored"}, {"name": "default_payment_method", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''default_payment_method'')) stored"}, {"name": "collection_method", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''collection_method'')) stored"}, {"name": "currency", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''currency'')) stored"}, {"name": "latest_invoice", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''latest_invoice'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);

create index if not exists stripe_subscription_customer_id_idx on supasaasy.stripe_subscription (customer_id);
create index if not exists stripe_subscription_status_idx on supasaasy.stripe_subscription (status);

create or replace view supasaasy.stripe_subscriptions as
select
    app_key
    , external_id
    , customer_id
    , status
    , current_period_start
    , current_period_end
    , start_date
    , ended_at
    , canceled_at
    , cancel_at
    , trial_start
    , trial_end
    , cancel_at_period_end
    , default_payment_method
    , collection_method
    , currency
    , latest_invoice
    , metadata
    , livemode
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_subscription
where deleted_at is null;

comment on table supasaasy.stripe_subscription is 'Every subscription of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/subscriptions';
comment on view supasaasy.stripe_subscriptions is 'Each subscription that Stripe has now. https://docs.stripe.com/api/subscriptions';
comment on column supasaasy.stripe_subscription.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_subscription.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_subscription.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_subscription.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_subscription.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_subscription.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_subscription.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_subscription.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_subscription.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_subscription.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_subscription.customer_id is 'raw_payload: customer';
comment on column supasaasy.stripe_subscription.status is 'raw_payload: status';
comment on column supasaasy.stripe_subscription.current_period_start is 'raw_payload: current_period_start or items.data.0.current_period_start';
comment on column supasaasy.stripe_subscription.current_period_end is 'raw_payload: current_period_end or items.data.0.current_period_end';
comment on column supasaasy.stripe_subscription.start_date is 'raw_payload: start_date';
comment on column supasaasy.stripe_subscription.ended_at is 'raw_payload: ended_at';
comment on column supasaasy.stripe_subscription.canceled_at is 'raw_payload: canceled_at';
comment on column supasaasy.stripe_subscription.cancel_at is 'raw_payload: cancel_at';
comment on column supasaasy.stripe_subscription.trial_start is 'raw_payload: trial_start';
comment on column supasaasy.stripe_subscription.trial_end is 'raw_payload: trial_end';
comment on column supasaasy.stripe_subscription.cancel_at_period_end is 'raw_payload: cancel_at_period_end';
comment on column supasaasy.stripe_subscription.default_payment_method is 'raw_payload: default_payment_method';
comment on column supasaasy.stripe_subscription.collection_method is 'raw_payload: collection_method';
comment on column supasaasy.stripe_subscription.currency is 'raw_payload: currency';
comment on column supasaasy.stripe_subscription.latest_invoice is 'raw_payload: latest_invoice';
comment on column supasaasy.stripe_subscription.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_subscription.livemode is 'raw_payload: livemode';
comment on column supasaasy.stripe_subscription.stripe_created_at is 'raw_payload: created';

create table if not exists supasaasy.stripe_subscription_item (
    app_key              text not null,
    external_id          text not null,
    raw_payload          jsonb not null,
    api_version          text,
    observed_at          timestamptz not null,
    created_at           timestamptz not null,
    updated_at           timestamptz not null,
    archived_at          timestamptz,
    deleted_at           timestamptz,
    listed_digest        uuid,
    subscription_id      text not null,
    price_id             text generated always as (supasaasy.json_reference(raw_payload -> 'price')) stored,
    product_id           text generated always as (supasaasy.json_reference(raw_payload #> '{price,product}')) stored,
    quantity             bigint generated always as (supasaasy.json_bigint(raw_payload -> 'quantity')) stored,
    current_period_start timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'current_period_start')) stored,
    current_period_end   timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'current_period_end')) stored,
    metadata             jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    stripe_created_at    timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_subscription_item",
    "connector": "stripe",
    "resource_type": "subscription_item",
    "view_name": "stripe_subscription_items",
    "parent_key": "stripe_subscription",
    "declaration": {"path": null, "object_path": null, "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": null, "created_field": null, "archived_when": null, "archived_unlisted": false, "unlisted": "delete", "parent_column": "subscription_id", "names_parent": false, "children": [], "events": {}, "reread_parent": null, "incremental": null},
    "columns": [{"name": "subscription_id", "definition": "text not null"}, {"name": "price_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''price'')) stored"}, {"name": "product_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload #> ''{price,product}'')) stored"}, {"name": "quantity", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''quantity'')) stored"}, {"name": "current_period_start", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''current_period_start'')) stored"}, {"name": "current_period_end", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''current_period_end'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);

create index if not exists stripe_subscription_item_subscription_id_idx on supasaasy.stripe_subscription_item (app_key, subscription_id);

create or replace view supasaasy.stripe_subscription_items as
select
    app_key
    , external_id
    , subscription_id
    , price_id
    , product_id
    , quantity
    , current_period_start
    , current_period_end
    , metadata
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_subscription_item
where deleted_at is null;

comment on table supasaasy.stripe_subscription_item is 'Every subscription item of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/subscription_items';
comment on view supasaasy.stripe_subscription_items is 'Each subscription item that Stripe has now. https://docs.stripe.com/api/subscription_items';
comment on column supasaasy.stripe_subscription_item.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_subscription_item.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_subscription_item.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_subscription_item.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_subscription_item.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_subscription_item.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_subscription_item.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_subscription_item.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_subscription_item.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_subscription_item.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_subscription_item.subscription_id is 'The id of the object that this one belongs to.';
comment on column supasaasy.stripe_subscription_item.price_id is 'raw_payload: price';
comment on column supasaasy.stripe_subscription_item.product_id is 'raw_payload: price.product';
comment on column supasaasy.stripe_subscription_item.quantity is 'raw_payload: quantity';
comment on column supasaasy.stripe_subscription_item.current_period_start is 'raw_payload: current_period_start';
comment on column supasaasy.stripe_subscription_item.current_period_end is 'raw_payload: current_period_end';
comment on column supasaasy.stripe_subscription_item.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_subscription_item.stripe_created_at is 'raw_payload: created';

create table if not exists supasaasy.stripe_subscription_schedule (
    app_key               text not null,
    external_id           text not null,
    raw_payload           jsonb not null,
    api_version           text,
    observed_at           timestamptz not null,
    created_at            timestamptz not null,
    updated_at            timestamptz not null,
    archived_at           timestamptz,
    deleted_at            timestamptz,
    listed_digest         uuid,
    customer_id           text generated always as (supasaasy.json_reference(raw_payload -> 'customer')) stored,
    subscription_id       text generated always as (supasaasy.json_reference(raw_payload -> 'subscription')) stored,
    released_subscription text generated always as (supasaasy.json_reference(raw_payload -> 'released_subscription')) stored,
    status                text generated always as (supasaasy.json_text(raw_payload -> 'status')) stored,
    end_behavior          text generated always as (supasaasy.json_text(raw_payload -> 'end_behavior')) stored,
    current_phase_start   timestamptz generated always as (supasaasy.json_timestamp(raw_payload #> '{current_phase,start_date}')) stored,
    current_phase_end     timestamptz generated always as (supasaasy.json_timestamp(raw_payload #> '{current_phase,end_date}')) stored,
    canceled_at           timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'canceled_at')) stored,
    completed_at          timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'completed_at')) stored,
    released_at           timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'released_at')) stored,
    phases                jsonb generated always as (supasaasy.json_value(raw_payload -> 'phases')) stored,
    metadata              jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    livemode              boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    stripe_created_at     timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_subscription_schedule",
    "connector": "stripe",
    "resource_type": "subscription_schedule",
    "view_name": "stripe_subscription_schedules",
    "parent_key": null,
    "declaration": {"path": "/v1/subscription_schedules", "object_path": "/v1/subscription_schedules", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "archived_when": "$.status == \"canceled\" || $.status == \"completed\" || $.status == \"released\"", "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {"subscription_schedule.created": "create", "subscription_schedule.*": "upsert"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"type": "subscription_schedule.*"}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "customer_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''customer'')) stored"}, {"name": "subscription_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''subscription'')) stored"}, {"name": "released_subscription", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''released_subscription'')) stored"}, {"name": "status", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''status'')) stored"}, {"name": "end_behavior", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''end_behavior'')) stored"}, {"name": "current_phase_start", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload #> ''{current_phase,start_date}'')) stored"}, {"name": "current_phase_end", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload #> ''{current_phase,end_date}'')) stored"}, {"name": "canceled_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''canceled_at'')) stored"}, {"name": "completed_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''completed_at'')) stored"}, {"name": "released_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''released_at'')) stored"}, {"name": "phases", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''phases'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);

create index if not exists stripe_subscription_schedule_customer_id_idx on supasaasy.stripe_subscription_schedule (customer_id);
create index if not exists stripe_subscription_schedule_subscription_id_idx on supasaasy.stripe_subscription_schedule (subscription_id);
create index if not exists stripe_subscription_schedule_status_idx on supasaasy.stripe_subscription_schedule (status);

create or replace view supasaasy.stripe_subscription_schedules as
select
    app_key
    , external_id
    , customer_id
    , subscription_id
    , released_subscription
    , status
    , end_behavior
    , current_phase_start
    , current_phase_end
    , canceled_at
    , completed_at
    , released_at
    , phases
    , metadata
    , livemode
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_subscription_schedule
where deleted_at is null;

comment on table supasaasy.stripe_subscription_schedule is 'Every subscription schedule of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/subscription_schedules';
comment on view supasaasy.stripe_subscription_schedules is 'Each subscription schedule that Stripe has now. https://docs.stripe.com/api/subscription_schedules';
comment on column supasaasy.stripe_subscription_schedule.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_subscription_schedule.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_subscription_schedule.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_subscription_schedule.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_subscription_schedule.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_subscription_schedule.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_subscription_schedule.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_subscription_schedule.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_subscription_schedule.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_subscription_schedule.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_subscription_schedule.customer_id is 'raw_payload: customer';
comment on column supasaasy.stripe_subscription_schedule.subscription_id is 'raw_payload: subscription';
comment on column supasaasy.stripe_subscription_schedule.released_subscription is 'raw_payload: released_subscription';
comment on column supasaasy.stripe_subscription_schedule.status is 'raw_payload: status';
comment on column supasaasy.stripe_subscription_schedule.end_behavior is 'raw_payload: end_behavior';
comment on column supasaasy.stripe_subscription_schedule.current_phase_start is 'raw_payload: current_phase.start_date';
comment on column supasaasy.stripe_subscription_schedule.current_phase_end is 'raw_payload: current_phase.end_date';
comment on column supasaasy.stripe_subscription_schedule.canceled_at is 'raw_payload: canceled_at';
comment on column supasaasy.stripe_subscription_schedule.completed_at is 'raw_payload: completed_at';
comment on column supasaasy.stripe_subscription_schedule.released_at is 'raw_payload: released_at';
comment on column supasaasy.stripe_subscription_schedule.phases is 'raw_payload: phases';
comment on column supasaasy.stripe_subscription_schedule.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_subscription_schedule.livemode is 'raw_payload: livemode';
comment on column supasaasy.stripe_subscription_schedule.stripe_created_at is 'raw_payload: created';

create table if not exists supasaasy.stripe_invoice (
    app_key                text not null,
    external_id            text not null,
    raw_payload            jsonb not null,
    api_version            text,
    observed_at            timestamptz not null,
    created_at             timestamptz not null,
    updated_at             timestamptz not null,
    archived_at            timestamptz,
    deleted_at             timestamptz,
    listed_digest          uuid,
    customer_id            text generated always as (supasaasy.json_reference(raw_payload -> 'customer')) stored,
    subscription_id        text generated always as (coalesce(supasaasy.json_reference(raw_payload #> '{parent,subscription_details,subscription}'), supasaasy.json_reference(raw_payload -> 'subscription'))) stored,
    status                 text generated always as (supasaasy.json_text(raw_payload -> 'status')) stored,
    number                 text generated always as (supasaasy.json_text(raw_payload -> 'number')) stored,
    billing_reason         text generated always as (supasaasy.json_text(raw_payload -> 'billing_reason')) stored,
    collection_method      text generated always as (supasaasy.json_text(raw_payload -> 'collection_method')) stored,
    customer_email         text generated always as (supasaasy.json_text(raw_payload -> 'customer_email')) stored,
    description            text generated always as (supasaasy.json_text(raw_payload -> 'description')) stored,
    currency               text generated always as (supasaasy.json_text(raw_payload -> 'currency')) stored,
    subtotal               bigint generated always as (supasaasy.json_bigint(raw_payload -> 'subtotal')) stored,
    total                  bigint generated always as (supasaasy.json_bigint(raw_payload -> 'total')) stored,
    total_excluding_tax    bigint generated always as (supasaasy.json_bigint(raw_payload -> 'total_excluding_tax')) stored,
    amount_due             bigint generated always as (supasaasy.json_bigint(raw_payload -> 'amount_due')) stored,
    amount_paid            bigint generated always as (supasaasy.json_bigint(raw_payload -> 'amount_paid')) stored,
    amount_remaining       bigint generated always as (supasaasy.json_bigint(raw_payload -> 'amount_remaining')) stored,
    starting_balance       bigint generated always as (supasaasy.json_bigint(raw_payload -> 'starting_balance')) stored,
    ending_balance         bigint generated always as (supasaasy.json_bigint(raw_payload -> 'ending_balance')) stored,
    attempt_count          bigint generated always as (supasaasy.json_bigint(raw_payload -> 'attempt_count')) stored,
    auto_advance           boolean generated always as (supasaasy.json_boolean(raw_payload -> 'auto_advance')) stored,
    period_start           timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'period_start')) stored,
    period_end             timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'period_end')) stored,
    due_date               timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'due_date')) stored,
    next_payment_attempt   timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'next_payment_attempt')) stored,
    finalized_at           timestamptz generated always as (supasaasy.json_timestamp(raw_payload #> '{status_transitions,finalized_at}')) stored,
    paid_at                timestamptz generated always as (supasaasy.json_timestamp(raw_payload #> '{status_transitions,paid_at}')) stored,
    voided_at              timestamptz generated always as (supasaasy.json_timestamp(raw_payload #> '{status_transitions,voided_at}')) stored,
    default_payment_method text generated always as (supasaasy.json_reference(raw_payload -> 'default_payment_method')) stored,
    hosted_invoice_url     text generated always as (supasaasy.json_text(raw_payload -> 'hosted_invoice_url')) stored,
    invoice_pdf            text generated always as (supasaasy.json_text(raw_payload -> 'invoice_pdf')) stored,
    metadata               jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    livemode               boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    stripe_created_at      timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_invoice",
    "connector": "stripe",
    "resource_type": "invoice",
    "view_name": "stripe_invoices",
    "parent_key": null,
    "declaration": {"path": "/v1/invoices", "object_path": "/v1/invoices", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "archived_when": "$.status == \"void\"", "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [{"collection_key": "stripe_invoice_line_item", "parent_id": ["id"], "records": ["lines", "data"], "has_more": ["lines", "has_more"], "path": "/v1/invoices/{id}/lines", "parent_param": null}], "events": {"invoice.created": "create", "invoice.*": "upsert", "invoice.deleted": "delete"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"type": "invoice.*"}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [{"collection_key": "stripe_invoice_line_item", "parent_id": ["data", "object", "id"], "records": ["data", "object", "lines", "data"], "has_more": ["data", "object", "lines", "has_more"], "path": "/v1/invoices/{id}/lines", "parent_param": null}], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "customer_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''customer'')) stored"}, {"name": "subscription_id", "definition": "text generated always as (coalesce(supasaasy.json_reference(raw_payload #> ''{parent,subscription_details,subscription}''), supasaasy.json_reference(raw_payload -> ''subscription''))) stored"}, {"name": "status", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''status'')) stored"}, {"name": "number", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''number'')) stored"}, {"name": "billing_reason", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''billing_reason'')) stored"}, {"name": "collection_method", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''collection_method'')) stored"}, {"name": "customer_email", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''customer_email'')) stored"}, {"name": "description", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''description'')) stored"}, {"name": "currency", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''currency'')) stored"}, {"name": "subtotal", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''subtotal'')) stored"}, {"name": "total", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''total'')) stored"}, {"name": "total_excluding_tax", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''total_excluding_tax'')) stored"}, {"name": "amount_due", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''amount_due'')) stored"}, {"name": "amount_paid", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''amount_paid'')) stored"}, {"name": "amount_remaining", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''amount_remaining'')) stored"}, {"name": "starting_balance", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''starting_balance'')) stored"}, {"name": "ending_balance", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''ending_balance'')) stored"}, {"name": "attempt_count", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''attempt_count'')) stored"}, {"name": "auto_advance", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''auto_advance'')) stored"}, {"name": "period_start", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''period_start'')) stored"}, {"name": "period_end", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''period_end'')) stored"}, {"name": "due_date", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''due_date'')) stored"}, {"name": "next_payment_attempt", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''next_payment_attempt'')) stored"}, {"name": "finalized_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload #> ''{status_transitions,finalized_at}'')) stored"}, {"name": "paid_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload #> ''{status_transitions,paid_at}'')) stored"}, {"name": "voided_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload #> ''{status_transitions,voided_at}'')) stored"}, {"name": "default_payment_method", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''default_payment_method'')) stored"}, {"name": "hosted_invoice_url", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''hosted_invoice_url'')) stored"}, {"name": "invoice_pdf", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''invoice_pdf'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);

create index if not exists stripe_invoice_customer_id_idx on supasaasy.stripe_invoice (customer_id);
create index if not exists stripe_invoice_subscription_id_idx on supasaasy.stripe_invoice (subscription_id);
create index if not exists stripe_invoice_status_idx on supasaasy.stripe_invoice (status);

create or replace view supasaasy.stripe_invoices as
select
    app_key
    , external_id
    , customer_id
    , subscription_id
    , status
    , number
    , billing_reason
    , collection_method
    , customer_email
    , description
    , currency
    , subtotal
    , total
    , total_excluding_tax
    , amount_due
    , amount_paid
    , amount_remaining
    , starting_balance
    , ending_balance
    , attempt_count
    , auto_advance
    , period_start
    , period_end
    , due_date
    , next_payment_attempt
    , finalized_at
    , paid_at
    , voided_at
    , default_payment_method
    , hosted_invoice_url
    , invoice_pdf
    , metadata
    , livemode
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_invoice
where deleted_at is null;

comment on table supasaasy.stripe_invoice is 'Every invoice of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/invoices';
comment on view supasaasy.stripe_invoices is 'Each invoice that Stripe has now. https://docs.stripe.com/api/invoices';
comment on column supasaasy.stripe_invoice.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_invoice.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_invoice.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_invoice.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_invoice.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_invoice.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_invoice.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_invoice.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_invoice.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_invoice.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_invoice.customer_id is 'raw_payload: customer';
comment on column supasaasy.stripe_invoice.subscription_id is 'raw_payload: parent.subscription_details.subscription or subscription';
comment on column supasaasy.stripe_invoice.status is 'raw_payload: status';
comment on column supasaasy.stripe_invoice.number is 'raw_payload: number';
comment on column supasaasy.stripe_invoice.billing_reason is 'raw_payload: billing_reason';
comment on column supasaasy.stripe_invoice.collection_method is 'raw_payload: collection_method';
comment on column supasaasy.stripe_invoice.customer_email is 'raw_payload: customer_email';
comment on column supasaasy.stripe_invoice.description is 'raw_payload: description';
comment on column supasaasy.stripe_invoice.currency is 'raw_payload: currency';
comment on column supasaasy.stripe_invoice.subtotal is 'raw_payload: subtotal (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_invoice.total is 'raw_payload: total (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_invoice.total_excluding_tax is 'raw_payload: total_excluding_tax (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_invoice.amount_due is 'raw_payload: amount_due (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_invoice.amount_paid is 'raw_payload: amount_paid (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_invoice.amount_remaining is 'raw_payload: amount_remaining (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_invoice.starting_balance is 'raw_payload: starting_balance (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_invoice.ending_balance is 'raw_payload: ending_balance (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_invoice.attempt_count is 'raw_payload: attempt_count';
comment on column supasaasy.stripe_invoice.auto_advance is 'raw_payload: auto_advance';
comment on column supasaasy.stripe_invoice.period_start is 'raw_payload: period_start';
comment on column supasaasy.stripe_invoice.period_end is 'raw_payload: period_end';
comment on column supasaasy.stripe_invoice.due_date is 'raw_payload: due_date';
comment on column supasaasy.stripe_invoice.next_payment_attempt is 'raw_payload: next_payment_attempt';
comment on column supasaasy.stripe_invoice.finalized_at is 'raw_payload: status_transitions.finalized_at';
comment on column supasaasy.stripe_invoice.paid_at is 'raw_payload: status_transitions.paid_at';
comment on column supasaasy.stripe_invoice.voided_at is 'raw_payload: status_transitions.voided_at';
comment on column supasaasy.stripe_invoice.default_payment_method is 'raw_payload: default_payment_method';
comment on column supasaasy.stripe_invoice.hosted_invoice_url is 'raw_payload: hosted_invoice_url';
comment on column supasaasy.stripe_invoice.invoice_pdf is 'raw_payload: invoice_pdf';
comment on column supasaasy.stripe_invoice.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_invoice.livemode is 'raw_payload: livemode';
comment on column supasaasy.stripe_invoice.stripe_created_at is 'raw_payload: created';

create table if not exists supasaasy.stripe_invoice_line_item (
    app_key              text not null,
    external_id          text not null,
    raw_payload          jsonb not null,
    api_version          text,
    observed_at          timestamptz not null,
    created_at           timestamptz not null,
    updated_at           timestamptz not null,
    archived_at          timestamptz,
    deleted_at           timestamptz,
    listed_digest        uuid,
    invoice_id           text not null,
    price_id             text generated always as (coalesce(supasaasy.json_reference(raw_payload #> '{pricing,price_details,price}'), supasaasy.json_reference(raw_payload -> 'price'))) stored,
    product_id           text generated always as (coalesce(supasaasy.json_reference(raw_payload #> '{pricing,price_details,product}'), supasaasy.json_reference(raw_payload #> '{price,product}'))) stored,
    subscription_id      text generated always as (coalesce(supasaasy.json_reference(raw_payload -> 'subscription'), supasaasy.json_reference(raw_payload #> '{parent,subscription_item_details,subscription}'))) stored,
    subscription_item_id text generated always as (supasaasy.json_reference(raw_payload #> '{parent,subscription_item_details,subscription_item}')) stored,
    invoice_item_id      text generated always as (supasaasy.json_reference(raw_payload #> '{parent,invoice_item_details,invoice_item}')) stored,
    description          text generated always as (supasaasy.json_text(raw_payload -> 'description')) stored,
    amount               bigint generated always as (supasaasy.json_bigint(raw_payload -> 'amount')) stored,
    subtotal             bigint generated always as (supasaasy.json_bigint(raw_payload -> 'subtotal')) stored,
    currency             text generated always as (supasaasy.json_text(raw_payload -> 'currency')) stored,
    quantity             bigint generated always as (supasaasy.json_bigint(raw_payload -> 'quantity')) stored,
    proration            boolean generated always as (coalesce(supasaasy.json_boolean(raw_payload #> '{parent,subscription_item_details,proration}'), supasaasy.json_boolean(raw_payload #> '{parent,invoice_item_details,proration}'))) stored,
    period_start         timestamptz generated always as (supasaasy.json_timestamp(raw_payload #> '{period,start}')) stored,
    period_end           timestamptz generated always as (supasaasy.json_timestamp(raw_payload #> '{period,end}')) stored,
    metadata             jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    livemode             boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_invoice_line_item",
    "connector": "stripe",
    "resource_type": "invoice_line_item",
    "view_name": "stripe_invoice_line_items",
    "parent_key": "stripe_invoice",
    "declaration": {"path": null, "object_path": null, "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": null, "created_field": null, "archived_when": null, "archived_unlisted": false, "unlisted": "delete", "parent_column": "invoice_id", "names_parent": false, "children": [], "events": {}, "reread_parent": null, "incremental": null},
    "columns": [{"name": "invoice_id", "definition": "text not null"}, {"name": "price_id", "definition": "text generated always as (coalesce(supasaasy.json_reference(raw_payload #> ''{pricing,price_details,price}''), supasaasy.json_reference(raw_payload -> ''price''))) stored"}, {"name": "product_id", "definition": "text generated always as (coalesce(supasaasy.json_reference(raw_payload #> ''{pricing,price_details,product}''), supasaasy.json_reference(raw_payload #> ''{price,product}''))) stored"}, {"name": "subscription_id", "definition": "text generated always as (coalesce(supasaasy.json_reference(raw_payload -> ''subscription''), supasaasy.json_reference(raw_payload #> ''{parent,subscription_item_details,subscription}''))) stored"}, {"name": "subscription_item_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload #> ''{parent,subscription_item_details,subscription_item}'')) stored"}, {"name": "invoice_item_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload #> ''{parent,invoice_item_details,invoice_item}'')) stored"}, {"name": "description", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''description'')) stored"}, {"name": "amount", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''amount'')) stored"}, {"name": "subtotal", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''subtotal'')) stored"}, {"name": "currency", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''currency'')) stored"}, {"name": "quantity", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''quantity'')) stored"}, {"name": "proration", "definition": "boolean generated always as (coalesce(supasaasy.json_boolean(raw_payload #> ''{parent,subscription_item_details,proration}''), supasaasy.json_boolean(raw_payload #> ''{parent,invoice_item_details,proration}''))) stored"}, {"name": "period_start", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload #> ''{period,start}'')) stored"}, {"name": "period_end", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload #> ''{period,end}'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}]
}'::jsonb);

create index if not exists stripe_invoice_line_item_invoice_id_idx on supasaasy.stripe_invoice_line_item (app_key, invoice_id);
create index if not exists stripe_invoice_line_item_price_id_idx on supasaasy.stripe_invoice_line_item (price_id);
create index if not exists stripe_invoice_line_item_subscription_id_idx on supasaasy.stripe_invoice_line_item (subscription_id);

create or replace view supasaasy.stripe_invoice_line_items as
select
    app_key
    , external_id
    , invoice_id
    , price_id
    , product_id
    , subscription_id
    , subscription_item_id
    , invoice_item_id
    , description
    , amount
    , subtotal
    , currency
    , quantity
    , proration
    , period_start
    , period_end
    , metadata
    , livemode
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_invoice_line_item
where deleted_at is null;

comment on table supasaasy.stripe_invoice_line_item is 'Every invoice line item of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/invoice-line-item';
comment on view supasaasy.stripe_invoice_line_items is 'Each invoice line item that Stripe has now. https://docs.stripe.com/api/invoice-line-item';
comment on column supasaasy.stripe_invoice_line_item.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_invoice_line_item.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_invoice_line_item.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_invoice_line_item.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_invoice_line_item.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_invoice_line_item.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_invoice_line_item.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_invoice_line_item.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_invoice_line_item.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_invoice_line_item.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_invoice_line_item.invoice_id is 'The id of the object that this one belongs to.';
comment on column supasaasy.stripe_invoice_line_item.price_id is 'raw_payload: pricing.price_details.price or price';
comment on column supasaasy.stripe_invoice_line_item.product_id is 'raw_payload: pricing.price_details.product or price.product';
comment on column supasaasy.stripe_invoice_line_item.subscription_id is 'raw_payload: subscription or parent.subscription_item_details.subscription';
comment on column supasaasy.stripe_invoice_line_item.subscription_item_id is 'raw_payload: parent.subscription_item_details.subscription_item';
comment on column supasaasy.stripe_invoice_line_item.invoice_item_id is 'raw_payload: parent.invoice_item_details.invoice_item';
comment on column supasaasy.stripe_invoice_line_item.description is 'raw_payload: description';
comment on column supasaasy.stripe_invoice_line_item.amount is 'raw_payload: amount (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_invoice_line_item.subtotal is 'raw_payload: subtotal (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_invoice_line_item.currency is 'raw_payload: currency';
comment on column supasaasy.stripe_invoice_line_item.quantity is 'raw_payload: quantity';
comment on column supasaasy.stripe_invoice_line_item.proration is 'raw_payload: parent.subscription_item_details.proration or parent.invoice_item_details.proration';
comment on column supasaasy.stripe_invoice_line_item.period_start is 'raw_payload: period.start';
comment on column supasaasy.stripe_invoice_line_item.period_end is 'raw_payload: period.end';
comment on column supasaasy.stripe_invoice_line_item.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_invoice_line_item.livemode is 'raw_payload: livemode';

create table if not exists supasaasy.stripe_invoice_item (
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
    customer_id       text generated always as (supasaasy.json_reference(raw_payload -> 'customer')) stored,
    invoice_id        text generated always as (supasaasy.json_reference(raw_payload -> 'invoice')) stored,
    subscription_id   text generated always as (coalesce(supasaasy.json_reference(raw_payload #> '{parent,subscription_details,subscription}'), supasaasy.json_reference(raw_payload -> 'subscription'))) stored,
    price_id          text generated always as (coalesce(supasaasy.json_reference(raw_payload #> '{pricing,price_details,price}'), supasaasy.json_reference(raw_payload -> 'price'))) stored,
    product_id        text generated always as (coalesce(supasaasy.json_reference(raw_payload #> '{pricing,price_details,product}'), supasaasy.json_reference(raw_payload #> '{price,product}'))) stored,
    description       text generated always as (supasaasy.json_text(raw_payload -> 'description')) stored,
    amount            bigint generated always as (supasaasy.json_bigint(raw_payload -> 'amount')) stored,
    currency          text generated always as (supasaasy.json_text(raw_payload -> 'currency')) stored,
    quantity          bigint generated always as (supasaasy.json_bigint(raw_payload -> 'quantity')) stored,
    proration         boolean generated always as (supasaasy.json_boolean(raw_payload -> 'proration')) stored,
    period_start      timestamptz generated always as (supasaasy.json_timestamp(raw_payload #> '{period,start}')) stored,
    period_end        timestamptz generated always as (supasaasy.json_timestamp(raw_payload #> '{period,end}')) stored,
    metadata          jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    livemode          boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    stripe_created_at timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'date')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_invoice_item",
    "connector": "stripe",
    "resource_type": "invoice_item",
    "view_name": "stripe_invoice_items",
    "parent_key": null,
    "declaration": {"path": "/v1/invoiceitems", "object_path": "/v1/invoiceitems", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "date", "archived_when": null, "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {"invoiceitem.created": "create", "invoiceitem.deleted": "delete"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"types[]": ["invoiceitem.created", "invoiceitem.deleted"]}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "customer_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''customer'')) stored"}, {"name": "invoice_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''invoice'')) stored"}, {"name": "subscription_id", "definition": "text generated always as (coalesce(supasaasy.json_reference(raw_payload #> ''{parent,subscription_details,subscription}''), supasaasy.json_reference(raw_payload -> ''subscription''))) stored"}, {"name": "price_id", "definition": "text generated always as (coalesce(supasaasy.json_reference(raw_payload #> ''{pricing,price_details,price}''), supasaasy.json_reference(raw_payload -> ''price''))) stored"}, {"name": "product_id", "definition": "text generated always as (coalesce(supasaasy.json_reference(raw_payload #> ''{pricing,price_details,product}''), supasaasy.json_reference(raw_payload #> ''{price,product}''))) stored"}, {"name": "description", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''description'')) stored"}, {"name": "amount", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''amount'')) stored"}, {"name": "currency", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''currency'')) stored"}, {"name": "quantity", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''quantity'')) stored"}, {"name": "proration", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''proration'')) stored"}, {"name": "period_start", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload #> ''{period,start}'')) stored"}, {"name": "period_end", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload #> ''{period,end}'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''date'')) stored"}]
}'::jsonb);

create index if not exists stripe_invoice_item_customer_id_idx on supasaasy.stripe_invoice_item (customer_id);
create index if not exists stripe_invoice_item_invoice_id_idx on supasaasy.stripe_invoice_item (invoice_id);
create index if not exists stripe_invoice_item_subscription_id_idx on supasaasy.stripe_invoice_item (subscription_id);

create or replace view supasaasy.stripe_invoice_items as
select
    app_key
    , external_id
    , customer_id
    , invoice_id
    , subscription_id
    , price_id
    , product_id
    , description
    , amount
    , currency
    , quantity
    , proration
    , period_start
    , period_end
    , metadata
    , livemode
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_invoice_item
where deleted_at is null;

comment on table supasaasy.stripe_invoice_item is 'Every invoice item of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/invoiceitems';
comment on view supasaasy.stripe_invoice_items is 'Each invoice item that Stripe has now. https://docs.stripe.com/api/invoiceitems';
comment on column supasaasy.stripe_invoice_item.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_invoice_item.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_invoice_item.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_invoice_item.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_invoice_item.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_invoice_item.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_invoice_item.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_invoice_item.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_invoice_item.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_invoice_item.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_invoice_item.customer_id is 'raw_payload: customer';
comment on column supasaasy.stripe_invoice_item.invoice_id is 'raw_payload: invoice';
comment on column supasaasy.stripe_invoice_item.subscription_id is 'raw_payload: parent.subscription_details.subscription or subscription';
comment on column supasaasy.stripe_invoice_item.price_id is 'raw_payload: pricing.price_details.price or price';
comment on column supasaasy.stripe_invoice_item.product_id is 'raw_payload: pricing.price_details.product or price.product';
comment on column supasaasy.stripe_invoice_item.description is 'raw_payload: description';
comment on column supasaasy.stripe_invoice_item.amount is 'raw_payload: amount (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_invoice_item.currency is 'raw_payload: currency';
comment on column supasaasy.stripe_invoice_item.quantity is 'raw_payload: quantity';
comment on column supasaasy.stripe_invoice_item.proration is 'raw_payload: proration';
comment on column supasaasy.stripe_invoice_item.period_start is 'raw_payload: period.start';
comment on column supasaasy.stripe_invoice_item.period_end is 'raw_payload: period.end';
comment on column supasaasy.stripe_invoice_item.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_invoice_item.livemode is 'raw_payload: livemode';
comment on column supasaasy.stripe_invoice_item.stripe_created_at is 'raw_payload: date';

create table if not exists supasaasy.stripe_credit_note (
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
    customer_id       text generated always as (supasaasy.json_reference(raw_payload -> 'customer')) stored,
    invoice_id        text generated always as (supasaasy.json_reference(raw_payload -> 'invoice')) stored,
    credit_note_type  text generated always as (supasaasy.json_text(raw_payload -> 'type')) stored,
    number            text generated always as (supasaasy.json_text(raw_payload -> 'number')) stored,
    status            text generated always as (supasaasy.json_text(raw_payload -> 'status')) stored,
    reason            text generated always as (supasaasy.json_text(raw_payload -> 'reason')) stored,
    memo              text generated always as (supasaasy.json_text(raw_payload -> 'memo')) stored,
    currency          text generated always as (supasaasy.json_text(raw_payload -> 'currency')) stored,
    amount            bigint generated always as (supasaasy.json_bigint(raw_payload -> 'amount')) stored,
    subtotal          bigint generated always as (supasaasy.json_bigint(raw_payload -> 'subtotal')) stored,
    total             bigint generated always as (supasaasy.json_bigint(raw_payload -> 'total')) stored,
    pdf               text generated always as (supasaasy.json_text(raw_payload -> 'pdf')) stored,
    voided_at         timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'voided_at')) stored,
    metadata          jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    livemode          boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    stripe_created_at timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_credit_note",
    "connector": "stripe",
    "resource_type": "credit_note",
    "view_name": "stripe_credit_notes",
    "parent_key": null,
    "declaration": {"path": "/v1/credit_notes", "object_path": "/v1/credit_notes", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "archived_when": "$.status == \"void\"", "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {"credit_note.created": "create", "credit_note.*": "upsert"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"type": "credit_note.*"}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "customer_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''customer'')) stored"}, {"name": "invoice_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''invoice'')) stored"}, {"name": "credit_note_type", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''type'')) stored"}, {"name": "number", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''number'')) stored"}, {"name": "status", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''status'')) stored"}, {"name": "reason", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''reason'')) stored"}, {"name": "memo", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''memo'')) stored"}, {"name": "currency", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''currency'')) stored"}, {"name": "amount", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''amount'')) stored"}, {"name": "subtotal", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''subtotal'')) stored"}, {"name": "total", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''total'')) stored"}, {"name": "pdf", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''pdf'')) stored"}, {"name": "voided_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''voided_at'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);

create index if not exists stripe_credit_note_customer_id_idx on supasaasy.stripe_credit_note (customer_id);
create index if not exists stripe_credit_note_invoice_id_idx on supasaasy.stripe_credit_note (invoice_id);

create or replace view supasaasy.stripe_credit_notes as
select
    app_key
    , external_id
    , customer_id
    , invoice_id
    , credit_note_type
    , number
    , status
    , reason
    , memo
    , currency
    , amount
    , subtotal
    , total
    , pdf
    , voided_at
    , metadata
    , livemode
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_credit_note
where deleted_at is null;

comment on table supasaasy.stripe_credit_note is 'Every credit note of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/credit_notes';
comment on view supasaasy.stripe_credit_notes is 'Each credit note that Stripe has now. https://docs.stripe.com/api/credit_notes';
comment on column supasaasy.stripe_credit_note.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_credit_note.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_credit_note.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_credit_note.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_credit_note.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_credit_note.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_credit_note.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_credit_note.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_credit_note.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_credit_note.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_credit_note.customer_id is 'raw_payload: customer';
comment on column supasaasy.stripe_credit_note.invoice_id is 'raw_payload: invoice';
comment on column supasaasy.stripe_credit_note.credit_note_type is 'raw_payload: type';
comment on column supasaasy.stripe_credit_note.number is 'raw_payload: number';
comment on column supasaasy.stripe_credit_note.status is 'raw_payload: status';
comment on column supasaasy.stripe_credit_note.reason is 'raw_payload: reason';
comment on column supasaasy.stripe_credit_note.memo is 'raw_payload: memo';
comment on column supasaasy.stripe_credit_note.currency is 'raw_payload: currency';
comment on column supasaasy.stripe_credit_note.amount is 'raw_payload: amount (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_credit_note.subtotal is 'raw_payload: subtotal (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_credit_note.total is 'raw_payload: total (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_credit_note.pdf is 'raw_payload: pdf';
comment on column supasaasy.stripe_credit_note.voided_at is 'raw_payload: voided_at';
comment on column supasaasy.stripe_credit_note.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_credit_note.livemode is 'raw_payload: livemode';
comment on column supasaasy.stripe_credit_note.stripe_created_at is 'raw_payload: created';

create table if not exists supasaasy.stripe_checkout_session (
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
    customer_id         text generated always as (supasaasy.json_reference(raw_payload -> 'customer')) stored,
    client_reference_id text generated always as (supasaasy.json_text(raw_payload -> 'client_reference_id')) stored,
    status              text generated always as (supasaasy.json_text(raw_payload -> 'status')) stored,
    payment_status      text generated always as (supasaasy.json_text(raw_payload -> 'payment_status')) stored,
    mode                text generated always as (supasaasy.json_text(raw_payload -> 'mode')) stored,
    currency            text generated always as (supasaasy.json_text(raw_payload -> 'currency')) stored,
    amount_subtotal     bigint generated always as (supasaasy.json_bigint(raw_payload -> 'amount_subtotal')) stored,
    amount_total        bigint generated always as (supasaasy.json_bigint(raw_payload -> 'amount_total')) stored,
    customer_email      text generated always as (coalesce(supasaasy.json_text(raw_payload #> '{customer_details,email}'), supasaasy.json_text(raw_payload -> 'customer_email'))) stored,
    invoice_id          text generated always as (supasaasy.json_reference(raw_payload -> 'invoice')) stored,
    subscription_id     text generated always as (supasaasy.json_reference(raw_payload -> 'subscription')) stored,
    payment_intent_id   text generated always as (supasaasy.json_reference(raw_payload -> 'payment_intent')) stored,
    setup_intent_id     text generated always as (supasaasy.json_reference(raw_payload -> 'setup_intent')) stored,
    payment_link_id     text generated always as (supasaasy.json_reference(raw_payload -> 'payment_link')) stored,
    expires_at          timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'expires_at')) stored,
    metadata            jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    livemode            boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    stripe_created_at   timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_checkout_session",
    "connector": "stripe",
    "resource_type": "checkout_session",
    "view_name": "stripe_checkout_sessions",
    "parent_key": null,
    "declaration": {"path": "/v1/checkout/sessions", "object_path": "/v1/checkout/sessions", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "archived_when": "$.status == \"expired\"", "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {"checkout.session.*": "upsert"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"type": "checkout.session.*"}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "customer_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''customer'')) stored"}, {"name": "client_reference_id", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''client_reference_id'')) stored"}, {"name": "status", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''status'')) stored"}, {"name": "payment_status", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''payment_status'')) stored"}, {"name": "mode", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''mode'')) stored"}, {"name": "currency", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''currency'')) stored"}, {"name": "amount_subtotal", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''amount_subtotal'')) stored"}, {"name": "amount_total", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''amount_total'')) stored"}, {"name": "customer_email", "definition": "text generated always as (coalesce(supasaasy.json_text(raw_payload #> ''{customer_details,email}''), supasaasy.json_text(raw_payload -> ''customer_email''))) stored"}, {"name": "invoice_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''invoice'')) stored"}, {"name": "subscription_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''subscription'')) stored"}, {"name": "payment_intent_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''payment_intent'')) stored"}, {"name": "setup_intent_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''setup_intent'')) stored"}, {"name": "payment_link_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''payment_link'')) stored"}, {"name": "expires_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''expires_at'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);

create index if not exists stripe_checkout_session_customer_id_idx on supasaasy.stripe_checkout_session (customer_id);
create index if not exists stripe_checkout_session_client_reference_id_idx on supasaasy.stripe_checkout_session (client_reference_id);
create index if not exists stripe_checkout_session_status_idx on supasaasy.stripe_checkout_session (status);
create index if not exists stripe_checkout_session_payment_intent_id_idx on supasaasy.stripe_checkout_session (payment_intent_id);

create or replace view supasaasy.stripe_checkout_sessions as
select
    app_key
    , external_id
    , customer_id
    , client_reference_id
    , status
    , payment_status
    , mode
    , currency
    , amount_subtotal
    , amount_total
    , customer_email
    , invoice_id
    , subscription_id
    , payment_intent_id
    , setup_intent_id
    , payment_link_id
    , expires_at
    , metadata
    , livemode
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_checkout_session
where deleted_at is null;

comment on table supasaasy.stripe_checkout_session is 'Every checkout session of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/checkout/sessions';
comment on view supasaasy.stripe_checkout_sessions is 'Each checkout session that Stripe has now. https://docs.stripe.com/api/checkout/sessions';
comment on column supasaasy.stripe_checkout_session.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_checkout_session.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_checkout_session.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_checkout_session.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_checkout_session.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_checkout_session.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_checkout_session.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_checkout_session.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_checkout_session.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_checkout_session.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_checkout_session.customer_id is 'raw_payload: customer';
comment on column supasaasy.stripe_checkout_session.client_reference_id is 'raw_payload: client_reference_id';
comment on column supasaasy.stripe_checkout_session.status is 'raw_payload: status';
comment on column supasaasy.stripe_checkout_session.payment_status is 'raw_payload: payment_status';
comment on column supasaasy.stripe_checkout_session.mode is 'raw_payload: mode';
comment on column supasaasy.stripe_checkout_session.currency is 'raw_payload: currency';
comment on column supasaasy.stripe_checkout_session.amount_subtotal is 'raw_payload: amount_subtotal (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_checkout_session.amount_total is 'raw_payload: amount_total (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_checkout_session.customer_email is 'raw_payload: customer_details.email or customer_email';
comment on column supasaasy.stripe_checkout_session.invoice_id is 'raw_payload: invoice';
comment on column supasaasy.stripe_checkout_session.subscription_id is 'raw_payload: subscription';
comment on column supasaasy.stripe_checkout_session.payment_intent_id is 'raw_payload: payment_intent';
comment on column supasaasy.stripe_checkout_session.setup_intent_id is 'raw_payload: setup_intent';
comment on column supasaasy.stripe_checkout_session.payment_link_id is 'raw_payload: payment_link';
comment on column supasaasy.stripe_checkout_session.expires_at is 'raw_payload: expires_at';
comment on column supasaasy.stripe_checkout_session.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_checkout_session.livemode is 'raw_payload: livemode';
comment on column supasaasy.stripe_checkout_session.stripe_created_at is 'raw_payload: created';

create table if not exists supasaasy.stripe_payment_intent (
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
    customer_id         text generated always as (supasaasy.json_reference(raw_payload -> 'customer')) stored,
    status              text generated always as (supasaasy.json_text(raw_payload -> 'status')) stored,
    amount              bigint generated always as (supasaasy.json_bigint(raw_payload -> 'amount')) stored,
    amount_received     bigint generated always as (supasaasy.json_bigint(raw_payload -> 'amount_received')) stored,
    amount_capturable   bigint generated always as (supasaasy.json_bigint(raw_payload -> 'amount_capturable')) stored,
    currency            text generated always as (supasaasy.json_text(raw_payload -> 'currency')) stored,
    description         text generated always as (supasaasy.json_text(raw_payload -> 'description')) stored,
    capture_method      text generated always as (supasaasy.json_text(raw_payload -> 'capture_method')) stored,
    setup_future_usage  text generated always as (supasaasy.json_text(raw_payload -> 'setup_future_usage')) stored,
    receipt_email       text generated always as (supasaasy.json_text(raw_payload -> 'receipt_email')) stored,
    payment_method_id   text generated always as (supasaasy.json_reference(raw_payload -> 'payment_method')) stored,
    latest_charge       text generated always as (supasaasy.json_reference(raw_payload -> 'latest_charge')) stored,
    last_error_code     text generated always as (supasaasy.json_text(raw_payload #> '{last_payment_error,code}')) stored,
    cancellation_reason text generated always as (supasaasy.json_text(raw_payload -> 'cancellation_reason')) stored,
    canceled_at         timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'canceled_at')) stored,
    metadata            jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    livemode            boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    stripe_created_at   timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_payment_intent",
    "connector": "stripe",
    "resource_type": "payment_intent",
    "view_name": "stripe_payment_intents",
    "parent_key": null,
    "declaration": {"path": "/v1/payment_intents", "object_path": "/v1/payment_intents", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "archived_when": "$.status == \"canceled\"", "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {"payment_intent.created": "create", "payment_intent.*": "upsert"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"type": "payment_intent.*"}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "customer_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''customer'')) stored"}, {"name": "status", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''status'')) stored"}, {"name": "amount", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''amount'')) stored"}, {"name": "amount_received", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''amount_received'')) stored"}, {"name": "amount_capturable", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''amount_capturable'')) stored"}, {"name": "currency", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''currency'')) stored"}, {"name": "description", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''description'')) stored"}, {"name": "capture_method", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''capture_method'')) stored"}, {"name": "setup_future_usage", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''setup_future_usage'')) stored"}, {"name": "receipt_email", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''receipt_email'')) stored"}, {"name": "payment_method_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''payment_method'')) stored"}, {"name": "latest_charge", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''latest_charge'')) stored"}, {"name": "last_error_code", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{last_payment_error,code}'')) stored"}, {"name": "cancellation_reason", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''cancellation_reason'')) stored"}, {"name": "canceled_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''canceled_at'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);

create index if not exists stripe_payment_intent_customer_id_idx on supasaasy.stripe_payment_intent (customer_id);
create index if not exists stripe_payment_intent_status_idx on supasaasy.stripe_payment_intent (status);
create index if not exists stripe_payment_intent_latest_charge_idx on supasaasy.stripe_payment_intent (latest_charge);

create or replace view supasaasy.stripe_payment_intents as
select
    app_key
    , external_id
    , customer_id
    , status
    , amount
    , amount_received
    , amount_capturable
    , currency
    , description
    , capture_method
    , setup_future_usage
    , receipt_email
    , payment_method_id
    , latest_charge
    , last_error_code
    , cancellation_reason
    , canceled_at
    , metadata
    , livemode
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_payment_intent
where deleted_at is null;

comment on table supasaasy.stripe_payment_intent is 'Every payment intent of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/payment_intents';
comment on view supasaasy.stripe_payment_intents is 'Each payment intent that Stripe has now. https://docs.stripe.com/api/payment_intents';
comment on column supasaasy.stripe_payment_intent.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_payment_intent.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_payment_intent.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_payment_intent.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_payment_intent.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_payment_intent.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_payment_intent.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_payment_intent.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_payment_intent.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_payment_intent.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_payment_intent.customer_id is 'raw_payload: customer';
comment on column supasaasy.stripe_payment_intent.status is 'raw_payload: status';
comment on column supasaasy.stripe_payment_intent.amount is 'raw_payload: amount (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_payment_intent.amount_received is 'raw_payload: amount_received (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_payment_intent.amount_capturable is 'raw_payload: amount_capturable (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_payment_intent.currency is 'raw_payload: currency';
comment on column supasaasy.stripe_payment_intent.description is 'raw_payload: description';
comment on column supasaasy.stripe_payment_intent.capture_method is 'raw_payload: capture_method';
comment on column supasaasy.stripe_payment_intent.setup_future_usage is 'raw_payload: setup_future_usage';
comment on column supasaasy.stripe_payment_intent.receipt_email is 'raw_payload: receipt_email';
comment on column supasaasy.stripe_payment_intent.payment_method_id is 'raw_payload: payment_method';
comment on column supasaasy.stripe_payment_intent.latest_charge is 'raw_payload: latest_charge';
comment on column supasaasy.stripe_payment_intent.last_error_code is 'raw_payload: last_payment_error.code';
comment on column supasaasy.stripe_payment_intent.cancellation_reason is 'raw_payload: cancellation_reason';
comment on column supasaasy.stripe_payment_intent.canceled_at is 'raw_payload: canceled_at';
comment on column supasaasy.stripe_payment_intent.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_payment_intent.livemode is 'raw_payload: livemode';
comment on column supasaasy.stripe_payment_intent.stripe_created_at is 'raw_payload: created';

create table if not exists supasaasy.stripe_setup_intent (
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
    customer_id         text generated always as (supasaasy.json_reference(raw_payload -> 'customer')) stored,
    status              text generated always as (supasaasy.json_text(raw_payload -> 'status')) stored,
    usage               text generated always as (supasaasy.json_text(raw_payload -> 'usage')) stored,
    description         text generated always as (supasaasy.json_text(raw_payload -> 'description')) stored,
    cancellation_reason text generated always as (supasaasy.json_text(raw_payload -> 'cancellation_reason')) stored,
    payment_method_id   text generated always as (supasaasy.json_reference(raw_payload -> 'payment_method')) stored,
    latest_attempt      text generated always as (supasaasy.json_reference(raw_payload -> 'latest_attempt')) stored,
    last_error_code     text generated always as (supasaasy.json_text(raw_payload #> '{last_setup_error,code}')) stored,
    metadata            jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    livemode            boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    stripe_created_at   timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_setup_intent",
    "connector": "stripe",
    "resource_type": "setup_intent",
    "view_name": "stripe_setup_intents",
    "parent_key": null,
    "declaration": {"path": "/v1/setup_intents", "object_path": "/v1/setup_intents", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "archived_when": "$.status == \"canceled\"", "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {"setup_intent.created": "create", "setup_intent.*": "upsert"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"type": "setup_intent.*"}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "customer_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''customer'')) stored"}, {"name": "status", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''status'')) stored"}, {"name": "usage", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''usage'')) stored"}, {"name": "description", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''description'')) stored"}, {"name": "cancellation_reason", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''cancellation_reason'')) stored"}, {"name": "payment_method_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''payment_method'')) stored"}, {"name": "latest_attempt", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''latest_attempt'')) stored"}, {"name": "last_error_code", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{last_setup_error,code}'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);

create index if not exists stripe_setup_intent_customer_id_idx on supasaasy.stripe_setup_intent (customer_id);
create index if not exists stripe_setup_intent_status_idx on supasaasy.stripe_setup_intent (status);

create or replace view supasaasy.stripe_setup_intents as
select
    app_key
    , external_id
    , customer_id
    , status
    , usage
    , description
    , cancellation_reason
    , payment_method_id
    , latest_attempt
    , last_error_code
    , metadata
    , livemode
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_setup_intent
where deleted_at is null;

comment on table supasaasy.stripe_setup_intent is 'Every setup intent of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/setup_intents';
comment on view supasaasy.stripe_setup_intents is 'Each setup intent that Stripe has now. https://docs.stripe.com/api/setup_intents';
comment on column supasaasy.stripe_setup_intent.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_setup_intent.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_setup_intent.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_setup_intent.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_setup_intent.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_setup_intent.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_setup_intent.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_setup_intent.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_setup_intent.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_setup_intent.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_setup_intent.customer_id is 'raw_payload: customer';
comment on column supasaasy.stripe_setup_intent.status is 'raw_payload: status';
comment on column supasaasy.stripe_setup_intent.usage is 'raw_payload: usage';
comment on column supasaasy.stripe_setup_intent.description is 'raw_payload: description';
comment on column supasaasy.stripe_setup_intent.cancellation_reason is 'raw_payload: cancellation_reason';
comment on column supasaasy.stripe_setup_intent.payment_method_id is 'raw_payload: payment_method';
comment on column supasaasy.stripe_setup_intent.latest_attempt is 'raw_payload: latest_attempt';
comment on column supasaasy.stripe_setup_intent.last_error_code is 'raw_payload: last_setup_error.code';
comment on column supasaasy.stripe_setup_intent.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_setup_intent.livemode is 'raw_payload: livemode';
comment on column supasaasy.stripe_setup_intent.stripe_created_at is 'raw_payload: created';

create table if not exists supasaasy.stripe_charge (
    app_key                text not null,
    external_id            text not null,
    raw_payload            jsonb not null,
    api_version            text,
    observed_at            timestamptz not null,
    created_at             timestamptz not null,
    updated_at             timestamptz not null,
    archived_at            timestamptz,
    deleted_at             timestamptz,
    listed_digest          uuid,
    customer_id            text generated always as (supasaasy.json_reference(raw_payload -> 'customer')) stored,
    payment_intent_id      text generated always as (supasaasy.json_reference(raw_payload -> 'payment_intent')) stored,
    status                 text generated always as (supasaasy.json_text(raw_payload -> 'status')) stored,
    amount                 bigint generated always as (supasaasy.json_bigint(raw_payload -> 'amount')) stored,
    amount_captured        bigint generated always as (supasaasy.json_bigint(raw_payload -> 'amount_captured')) stored,
    amount_refunded        bigint generated always as (supasaasy.json_bigint(raw_payload -> 'amount_refunded')) stored,
    currency               text generated always as (supasaasy.json_text(raw_payload -> 'currency')) stored,
    description            text generated always as (supasaasy.json_text(raw_payload -> 'description')) stored,
    failure_code           text generated always as (supasaasy.json_text(raw_payload -> 'failure_code')) stored,
    failure_message        text generated always as (supasaasy.json_text(raw_payload -> 'failure_message')) stored,
    receipt_email          text generated always as (supasaasy.json_text(raw_payload -> 'receipt_email')) stored,
    receipt_url            text generated always as (supasaasy.json_text(raw_payload -> 'receipt_url')) stored,
    paid                   boolean generated always as (supasaasy.json_boolean(raw_payload -> 'paid')) stored,
    captured               boolean generated always as (supasaasy.json_boolean(raw_payload -> 'captured')) stored,
    refunded               boolean generated always as (supasaasy.json_boolean(raw_payload -> 'refunded')) stored,
    disputed               boolean generated always as (supasaasy.json_boolean(raw_payload -> 'disputed')) stored,
    payment_method_id      text generated always as (supasaasy.json_text(raw_payload -> 'payment_method')) stored,
    payment_method_type    text generated always as (supasaasy.json_text(raw_payload #> '{payment_method_details,type}')) stored,
    card_brand             text generated always as (supasaasy.json_text(raw_payload #> '{payment_method_details,card,brand}')) stored,
    card_last4             text generated always as (supasaasy.json_text(raw_payload #> '{payment_method_details,card,last4}')) stored,
    outcome_type           text generated always as (supasaasy.json_text(raw_payload #> '{outcome,type}')) stored,
    risk_level             text generated always as (supasaasy.json_text(raw_payload #> '{outcome,risk_level}')) stored,
    balance_transaction_id text generated always as (supasaasy.json_reference(raw_payload -> 'balance_transaction')) stored,
    metadata               jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    livemode               boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    stripe_created_at      timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_charge",
    "connector": "stripe",
    "resource_type": "charge",
    "view_name": "stripe_charges",
    "parent_key": null,
    "declaration": {"path": "/v1/charges", "object_path": "/v1/charges", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "archived_when": null, "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {"charge.pending": "upsert", "charge.succeeded": "upsert", "charge.failed": "upsert", "charge.captured": "upsert", "charge.updated": "upsert", "charge.refunded": "upsert", "charge.expired": "upsert"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"types[]": ["charge.pending", "charge.succeeded", "charge.failed", "charge.captured", "charge.updated", "charge.refunded", "charge.expired"]}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "customer_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''customer'')) stored"}, {"name": "payment_intent_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''payment_intent'')) stored"}, {"name": "status", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''status'')) stored"}, {"name": "amount", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''amount'')) stored"}, {"name": "amount_captured", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''amount_captured'')) stored"}, {"name": "amount_refunded", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''amount_refunded'')) stored"}, {"name": "currency", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''currency'')) stored"}, {"name": "description", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''description'')) stored"}, {"name": "failure_code", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''failure_code'')) stored"}, {"name": "failure_message", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''failure_message'')) stored"}, {"name": "receipt_email", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''receipt_email'')) stored"}, {"name": "receipt_url", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''receipt_url'')) stored"}, {"name": "paid", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''paid'')) stored"}, {"name": "captured", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''captured'')) stored"}, {"name": "refunded", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''refunded'')) stored"}, {"name": "disputed", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''disputed'')) stored"}, {"name": "payment_method_id", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''payment_method'')) stored"}, {"name": "payment_method_type", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{payment_method_details,type}'')) stored"}, {"name": "card_brand", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{payment_method_details,card,brand}'')) stored"}, {"name": "card_last4", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{payment_method_details,card,last4}'')) stored"}, {"name": "outcome_type", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{outcome,type}'')) stored"}, {"name": "risk_level", "definition": "text generated always as (supasaasy.json_text(raw_payload #> ''{outcome,risk_level}'')) stored"}, {"name": "balance_transaction_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''balance_transaction'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);

create index if not exists stripe_charge_customer_id_idx on supasaasy.stripe_charge (customer_id);
create index if not exists stripe_charge_payment_intent_id_idx on supasaasy.stripe_charge (payment_intent_id);
create index if not exists stripe_charge_status_idx on supasaasy.stripe_charge (status);

create or replace view supasaasy.stripe_charges as
select
    app_key
    , external_id
    , customer_id
    , payment_intent_id
    , status
    , amount
    , amount_captured
    , amount_refunded
    , currency
    , description
    , failure_code
    , failure_message
    , receipt_email
    , receipt_url
    , paid
    , captured
    , refunded
    , disputed
    , payment_method_id
    , payment_method_type
    , card_brand
    , card_last4
    , outcome_type
    , risk_level
    , balance_transaction_id
    , metadata
    , livemode
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_charge
where deleted_at is null;

comment on table supasaasy.stripe_charge is 'Every charge of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/charges';
comment on view supasaasy.stripe_charges is 'Each charge that Stripe has now. https://docs.stripe.com/api/charges';
comment on column supasaasy.stripe_charge.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_charge.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_charge.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_charge.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_charge.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_charge.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_charge.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_charge.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_charge.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_charge.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_charge.customer_id is 'raw_payload: customer';
comment on column supasaasy.stripe_charge.payment_intent_id is 'raw_payload: payment_intent';
comment on column supasaasy.stripe_charge.status is 'raw_payload: status';
comment on column supasaasy.stripe_charge.amount is 'raw_payload: amount (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_charge.amount_captured is 'raw_payload: amount_captured (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_charge.amount_refunded is 'raw_payload: amount_refunded (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_charge.currency is 'raw_payload: currency';
comment on column supasaasy.stripe_charge.description is 'raw_payload: description';
comment on column supasaasy.stripe_charge.failure_code is 'raw_payload: failure_code';
comment on column supasaasy.stripe_charge.failure_message is 'raw_payload: failure_message';
comment on column supasaasy.stripe_charge.receipt_email is 'raw_payload: receipt_email';
comment on column supasaasy.stripe_charge.receipt_url is 'raw_payload: receipt_url';
comment on column supasaasy.stripe_charge.paid is 'raw_payload: paid';
comment on column supasaasy.stripe_charge.captured is 'raw_payload: captured';
comment on column supasaasy.stripe_charge.refunded is 'raw_payload: refunded';
comment on column supasaasy.stripe_charge.disputed is 'raw_payload: disputed';
comment on column supasaasy.stripe_charge.payment_method_id is 'raw_payload: payment_method';
comment on column supasaasy.stripe_charge.payment_method_type is 'raw_payload: payment_method_details.type';
comment on column supasaasy.stripe_charge.card_brand is 'raw_payload: payment_method_details.card.brand';
comment on column supasaasy.stripe_charge.card_last4 is 'raw_payload: payment_method_details.card.last4';
comment on column supasaasy.stripe_charge.outcome_type is 'raw_payload: outcome.type';
comment on column supasaasy.stripe_charge.risk_level is 'raw_payload: outcome.risk_level';
comment on column supasaasy.stripe_charge.balance_transaction_id is 'raw_payload: balance_transaction';
comment on column supasaasy.stripe_charge.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_charge.livemode is 'raw_payload: livemode';
comment on column supasaasy.stripe_charge.stripe_created_at is 'raw_payload: created';

create table if not exists supasaasy.stripe_refund (
    app_key                text not null,
    external_id            text not null,
    raw_payload            jsonb not null,
    api_version            text,
    observed_at            timestamptz not null,
    created_at             timestamptz not null,
    updated_at             timestamptz not null,
    archived_at            timestamptz,
    deleted_at             timestamptz,
    listed_digest          uuid,
    charge_id              text generated always as (supasaasy.json_reference(raw_payload -> 'charge')) stored,
    payment_intent_id      text generated always as (supasaasy.json_reference(raw_payload -> 'payment_intent')) stored,
    amount                 bigint generated always as (supasaasy.json_bigint(raw_payload -> 'amount')) stored,
    currency               text generated always as (supasaasy.json_text(raw_payload -> 'currency')) stored,
    status                 text generated always as (supasaasy.json_text(raw_payload -> 'status')) stored,
    reason                 text generated always as (supasaasy.json_text(raw_payload -> 'reason')) stored,
    failure_reason         text generated always as (supasaasy.json_text(raw_payload -> 'failure_reason')) stored,
    description            text generated always as (supasaasy.json_text(raw_payload -> 'description')) stored,
    receipt_number         text generated always as (supasaasy.json_text(raw_payload -> 'receipt_number')) stored,
    balance_transaction_id text generated always as (supasaasy.json_reference(raw_payload -> 'balance_transaction')) stored,
    metadata               jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    stripe_created_at      timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_refund",
    "connector": "stripe",
    "resource_type": "refund",
    "view_name": "stripe_refunds",
    "parent_key": null,
    "declaration": {"path": "/v1/refunds", "object_path": "/v1/refunds", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "archived_when": null, "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {"refund.created": "create", "refund.updated": "upsert", "refund.failed": "upsert", "charge.refund.updated": "upsert"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"types[]": ["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"]}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "charge_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''charge'')) stored"}, {"name": "payment_intent_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''payment_intent'')) stored"}, {"name": "amount", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''amount'')) stored"}, {"name": "currency", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''currency'')) stored"}, {"name": "status", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''status'')) stored"}, {"name": "reason", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''reason'')) stored"}, {"name": "failure_reason", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''failure_reason'')) stored"}, {"name": "description", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''description'')) stored"}, {"name": "receipt_number", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''receipt_number'')) stored"}, {"name": "balance_transaction_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''balance_transaction'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);

create index if not exists stripe_refund_charge_id_idx on supasaasy.stripe_refund (charge_id);
create index if not exists stripe_refund_payment_intent_id_idx on supasaasy.stripe_refund (payment_intent_id);

create or replace view supasaasy.stripe_refunds as
select
    app_key
    , external_id
    , charge_id
    , payment_intent_id
    , amount
    , currency
    , status
    , reason
    , failure_reason
    , description
    , receipt_number
    , balance_transaction_id
    , metadata
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_refund
where deleted_at is null;

comment on table supasaasy.stripe_refund is 'Every refund of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/refunds';
comment on view supasaasy.stripe_refunds is 'Each refund that Stripe has now. https://docs.stripe.com/api/refunds';
comment on column supasaasy.stripe_refund.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_refund.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_refund.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_refund.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_refund.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_refund.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_refund.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_refund.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_refund.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_refund.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_refund.charge_id is 'raw_payload: charge';
comment on column supasaasy.stripe_refund.payment_intent_id is 'raw_payload: payment_intent';
comment on column supasaasy.stripe_refund.amount is 'raw_payload: amount (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_refund.currency is 'raw_payload: currency';
comment on column supasaasy.stripe_refund.status is 'raw_payload: status';
comment on column supasaasy.stripe_refund.reason is 'raw_payload: reason';
comment on column supasaasy.stripe_refund.failure_reason is 'raw_payload: failure_reason';
comment on column supasaasy.stripe_refund.description is 'raw_payload: description';
comment on column supasaasy.stripe_refund.receipt_number is 'raw_payload: receipt_number';
comment on column supasaasy.stripe_refund.balance_transaction_id is 'raw_payload: balance_transaction';
comment on column supasaasy.stripe_refund.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_refund.stripe_created_at is 'raw_payload: created';

create table if not exists supasaasy.stripe_dispute (
    app_key              text not null,
    external_id          text not null,
    raw_payload          jsonb not null,
    api_version          text,
    observed_at          timestamptz not null,
    created_at           timestamptz not null,
    updated_at           timestamptz not null,
    archived_at          timestamptz,
    deleted_at           timestamptz,
    listed_digest        uuid,
    charge_id            text generated always as (supasaasy.json_reference(raw_payload -> 'charge')) stored,
    payment_intent_id    text generated always as (supasaasy.json_reference(raw_payload -> 'payment_intent')) stored,
    status               text generated always as (supasaasy.json_text(raw_payload -> 'status')) stored,
    amount               bigint generated always as (supasaasy.json_bigint(raw_payload -> 'amount')) stored,
    currency             text generated always as (supasaasy.json_text(raw_payload -> 'currency')) stored,
    reason               text generated always as (supasaasy.json_text(raw_payload -> 'reason')) stored,
    network_reason_code  text generated always as (supasaasy.json_text(raw_payload -> 'network_reason_code')) stored,
    is_charge_refundable boolean generated always as (supasaasy.json_boolean(raw_payload -> 'is_charge_refundable')) stored,
    has_evidence         boolean generated always as (supasaasy.json_boolean(raw_payload #> '{evidence_details,has_evidence}')) stored,
    evidence_due_by      timestamptz generated always as (supasaasy.json_timestamp(raw_payload #> '{evidence_details,due_by}')) stored,
    metadata             jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    livemode             boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    stripe_created_at    timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_dispute",
    "connector": "stripe",
    "resource_type": "dispute",
    "view_name": "stripe_disputes",
    "parent_key": null,
    "declaration": {"path": "/v1/disputes", "object_path": "/v1/disputes", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "archived_when": "$.status == \"won\" || $.status == \"lost\" || $.status == \"warning_closed\" || $.status == \"prevented\"", "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {"charge.dispute.created": "create", "charge.dispute.*": "upsert"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"type": "charge.dispute.*"}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "charge_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''charge'')) stored"}, {"name": "payment_intent_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''payment_intent'')) stored"}, {"name": "status", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''status'')) stored"}, {"name": "amount", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''amount'')) stored"}, {"name": "currency", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''currency'')) stored"}, {"name": "reason", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''reason'')) stored"}, {"name": "network_reason_code", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''network_reason_code'')) stored"}, {"name": "is_charge_refundable", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''is_charge_refundable'')) stored"}, {"name": "has_evidence", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload #> ''{evidence_details,has_evidence}'')) stored"}, {"name": "evidence_due_by", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload #> ''{evidence_details,due_by}'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);

create index if not exists stripe_dispute_charge_id_idx on supasaasy.stripe_dispute (charge_id);
create index if not exists stripe_dispute_payment_intent_id_idx on supasaasy.stripe_dispute (payment_intent_id);
create index if not exists stripe_dispute_status_idx on supasaasy.stripe_dispute (status);

create or replace view supasaasy.stripe_disputes as
select
    app_key
    , external_id
    , charge_id
    , payment_intent_id
    , status
    , amount
    , currency
    , reason
    , network_reason_code
    , is_charge_refundable
    , has_evidence
    , evidence_due_by
    , metadata
    , livemode
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_dispute
where deleted_at is null;

comment on table supasaasy.stripe_dispute is 'Every dispute of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/disputes';
comment on view supasaasy.stripe_disputes is 'Each dispute that Stripe has now. https://docs.stripe.com/api/disputes';
comment on column supasaasy.stripe_dispute.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_dispute.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_dispute.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_dispute.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_dispute.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_dispute.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_dispute.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_dispute.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_dispute.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_dispute.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_dispute.charge_id is 'raw_payload: charge';
comment on column supasaasy.stripe_dispute.payment_intent_id is 'raw_payload: payment_intent';
comment on column supasaasy.stripe_dispute.status is 'raw_payload: status';
comment on column supasaasy.stripe_dispute.amount is 'raw_payload: amount (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_dispute.currency is 'raw_payload: currency';
comment on column supasaasy.stripe_dispute.reason is 'raw_payload: reason';
comment on column supasaasy.stripe_dispute.network_reason_code is 'raw_payload: network_reason_code';
comment on column supasaasy.stripe_dispute.is_charge_refundable is 'raw_payload: is_charge_refundable';
comment on column supasaasy.stripe_dispute.has_evidence is 'raw_payload: evidence_details.has_evidence';
comment on column supasaasy.stripe_dispute.evidence_due_by is 'raw_payload: evidence_details.due_by';
comment on column supasaasy.stripe_dispute.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_dispute.livemode is 'raw_payload: livemode';
comment on column supasaasy.stripe_dispute.stripe_created_at is 'raw_payload: created';

create table if not exists supasaasy.stripe_early_fraud_warning (
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
    charge_id         text generated always as (supasaasy.json_reference(raw_payload -> 'charge')) stored,
    payment_intent_id text generated always as (supasaasy.json_reference(raw_payload -> 'payment_intent')) stored,
    fraud_type        text generated always as (supasaasy.json_text(raw_payload -> 'fraud_type')) stored,
    actionable        boolean generated always as (supasaasy.json_boolean(raw_payload -> 'actionable')) stored,
    livemode          boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    stripe_created_at timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_early_fraud_warning",
    "connector": "stripe",
    "resource_type": "early_fraud_warning",
    "view_name": "stripe_early_fraud_warnings",
    "parent_key": null,
    "declaration": {"path": "/v1/radar/early_fraud_warnings", "object_path": "/v1/radar/early_fraud_warnings", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "archived_when": null, "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {"radar.early_fraud_warning.created": "create", "radar.early_fraud_warning.updated": "upsert"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"types[]": ["radar.early_fraud_warning.created", "radar.early_fraud_warning.updated"]}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "charge_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''charge'')) stored"}, {"name": "payment_intent_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''payment_intent'')) stored"}, {"name": "fraud_type", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''fraud_type'')) stored"}, {"name": "actionable", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''actionable'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);

create index if not exists stripe_early_fraud_warning_charge_id_idx on supasaasy.stripe_early_fraud_warning (charge_id);
create index if not exists stripe_early_fraud_warning_payment_intent_id_idx on supasaasy.stripe_early_fraud_warning (payment_intent_id);

create or replace view supasaasy.stripe_early_fraud_warnings as
select
    app_key
    , external_id
    , charge_id
    , payment_intent_id
    , fraud_type
    , actionable
    , livemode
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_early_fraud_warning
where deleted_at is null;

comment on table supasaasy.stripe_early_fraud_warning is 'Every early fraud warning of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/radar/early_fraud_warnings';
comment on view supasaasy.stripe_early_fraud_warnings is 'Each early fraud warning that Stripe has now. https://docs.stripe.com/api/radar/early_fraud_warnings';
comment on column supasaasy.stripe_early_fraud_warning.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_early_fraud_warning.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_early_fraud_warning.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_early_fraud_warning.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_early_fraud_warning.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_early_fraud_warning.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_early_fraud_warning.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_early_fraud_warning.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_early_fraud_warning.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_early_fraud_warning.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_early_fraud_warning.charge_id is 'raw_payload: charge';
comment on column supasaasy.stripe_early_fraud_warning.payment_intent_id is 'raw_payload: payment_intent';
comment on column supasaasy.stripe_early_fraud_warning.fraud_type is 'raw_payload: fraud_type';
comment on column supasaasy.stripe_early_fraud_warning.actionable is 'raw_payload: actionable';
comment on column supasaasy.stripe_early_fraud_warning.livemode is 'raw_payload: livemode';
comment on column supasaasy.stripe_early_fraud_warning.stripe_created_at is 'raw_payload: created';

create table if not exists supasaasy.stripe_review (
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
    charge_id         text generated always as (supasaasy.json_reference(raw_payload -> 'charge')) stored,
    payment_intent_id text generated always as (supasaasy.json_reference(raw_payload -> 'payment_intent')) stored,
    open              boolean generated always as (supasaasy.json_boolean(raw_payload -> 'open')) stored,
    reason            text generated always as (supasaasy.json_text(raw_payload -> 'reason')) stored,
    opened_reason     text generated always as (supasaasy.json_text(raw_payload -> 'opened_reason')) stored,
    closed_reason     text generated always as (supasaasy.json_text(raw_payload -> 'closed_reason')) stored,
    billing_zip       text generated always as (supasaasy.json_text(raw_payload -> 'billing_zip')) stored,
    ip_address        text generated always as (supasaasy.json_text(raw_payload -> 'ip_address')) stored,
    livemode          boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    stripe_created_at timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_review",
    "connector": "stripe",
    "resource_type": "review",
    "view_name": "stripe_reviews",
    "parent_key": null,
    "declaration": {"path": "/v1/reviews", "object_path": "/v1/reviews", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "archived_when": "$.open == false", "archived_unlisted": true, "unlisted": "archive", "parent_column": null, "names_parent": false, "children": [], "events": {"review.opened": "create", "review.closed": "upsert"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"types[]": ["review.opened", "review.closed"]}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "charge_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''charge'')) stored"}, {"name": "payment_intent_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''payment_intent'')) stored"}, {"name": "open", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''open'')) stored"}, {"name": "reason", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''reason'')) stored"}, {"name": "opened_reason", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''opened_reason'')) stored"}, {"name": "closed_reason", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''closed_reason'')) stored"}, {"name": "billing_zip", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''billing_zip'')) stored"}, {"name": "ip_address", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''ip_address'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);

create index if not exists stripe_review_charge_id_idx on supasaasy.stripe_review (charge_id);
create index if not exists stripe_review_payment_intent_id_idx on supasaasy.stripe_review (payment_intent_id);
create index if not exists stripe_review_open_idx on supasaasy.stripe_review (open);

create or replace view supasaasy.stripe_reviews as
select
    app_key
    , external_id
    , charge_id
    , payment_intent_id
    , open
    , reason
    , opened_reason
    , closed_reason
    , billing_zip
    , ip_address
    , livemode
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_review
where deleted_at is null;

comment on table supasaasy.stripe_review is 'Every review of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/radar/reviews';
comment on view supasaasy.stripe_reviews is 'Each review that Stripe has now. https://docs.stripe.com/api/radar/reviews';
comment on column supasaasy.stripe_review.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_review.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_review.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_review.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_review.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_review.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_review.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_review.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_review.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_review.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_review.charge_id is 'raw_payload: charge';
comment on column supasaasy.stripe_review.payment_intent_id is 'raw_payload: payment_intent';
comment on column supasaasy.stripe_review.open is 'raw_payload: open';
comment on column supasaasy.stripe_review.reason is 'raw_payload: reason';
comment on column supasaasy.stripe_review.opened_reason is 'raw_payload: opened_reason';
comment on column supasaasy.stripe_review.closed_reason is 'raw_payload: closed_reason';
comment on column supasaasy.stripe_review.billing_zip is 'raw_payload: billing_zip';
comment on column supasaasy.stripe_review.ip_address is 'raw_payload: ip_address';
comment on column supasaasy.stripe_review.livemode is 'raw_payload: livemode';
comment on column supasaasy.stripe_review.stripe_created_at is 'raw_payload: created';

create table if not exists supasaasy.stripe_balance_transaction (
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
    transaction_type   text generated always as (supasaasy.json_text(raw_payload -> 'type')) stored,
    reporting_category text generated always as (supasaasy.json_text(raw_payload -> 'reporting_category')) stored,
    amount             bigint generated always as (supasaasy.json_bigint(raw_payload -> 'amount')) stored,
    fee                bigint generated always as (supasaasy.json_bigint(raw_payload -> 'fee')) stored,
    net                bigint generated always as (supasaasy.json_bigint(raw_payload -> 'net')) stored,
    currency           text generated always as (supasaasy.json_text(raw_payload -> 'currency')) stored,
    exchange_rate      numeric generated always as (supasaasy.json_numeric(raw_payload -> 'exchange_rate')) stored,
    status             text generated always as (supasaasy.json_text(raw_payload -> 'status')) stored,
    description        text generated always as (supasaasy.json_text(raw_payload -> 'description')) stored,
    source_id          text generated always as (supasaasy.json_reference(raw_payload -> 'source')) stored,
    fee_details        jsonb generated always as (supasaasy.json_value(raw_payload -> 'fee_details')) stored,
    available_on       timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'available_on')) stored,
    stripe_created_at  timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_balance_transaction",
    "connector": "stripe",
    "resource_type": "balance_transaction",
    "view_name": "stripe_balance_transactions",
    "parent_key": null,
    "declaration": {"path": "/v1/balance_transactions", "object_path": "/v1/balance_transactions", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "archived_when": null, "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {}, "reread_parent": null, "incremental": null},
    "columns": [{"name": "transaction_type", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''type'')) stored"}, {"name": "reporting_category", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''reporting_category'')) stored"}, {"name": "amount", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''amount'')) stored"}, {"name": "fee", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''fee'')) stored"}, {"name": "net", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''net'')) stored"}, {"name": "currency", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''currency'')) stored"}, {"name": "exchange_rate", "definition": "numeric generated always as (supasaasy.json_numeric(raw_payload -> ''exchange_rate'')) stored"}, {"name": "status", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''status'')) stored"}, {"name": "description", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''description'')) stored"}, {"name": "source_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''source'')) stored"}, {"name": "fee_details", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''fee_details'')) stored"}, {"name": "available_on", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''available_on'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);

create index if not exists stripe_balance_transaction_reporting_category_idx on supasaasy.stripe_balance_transaction (reporting_category);
create index if not exists stripe_balance_transaction_source_id_idx on supasaasy.stripe_balance_transaction (source_id);
create index if not exists stripe_balance_transaction_available_on_idx on supasaasy.stripe_balance_transaction (available_on);

create or replace view supasaasy.stripe_balance_transactions as
select
    app_key
    , external_id
    , transaction_type
    , reporting_category
    , amount
    , fee
    , net
    , currency
    , exchange_rate
    , status
    , description
    , source_id
    , fee_details
    , available_on
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_balance_transaction
where deleted_at is null;

comment on table supasaasy.stripe_balance_transaction is 'Every balance transaction of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/balance_transactions';
comment on view supasaasy.stripe_balance_transactions is 'Each balance transaction that Stripe has now. https://docs.stripe.com/api/balance_transactions';
comment on column supasaasy.stripe_balance_transaction.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_balance_transaction.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_balance_transaction.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_balance_transaction.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_balance_transaction.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_balance_transaction.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_balance_transaction.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_balance_transaction.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_balance_transaction.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_balance_transaction.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_balance_transaction.transaction_type is 'raw_payload: type';
comment on column supasaasy.stripe_balance_transaction.reporting_category is 'raw_payload: reporting_category';
comment on column supasaasy.stripe_balance_transaction.amount is 'raw_payload: amount (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_balance_transaction.fee is 'raw_payload: fee (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_balance_transaction.net is 'raw_payload: net (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_balance_transaction.currency is 'raw_payload: currency';
comment on column supasaasy.stripe_balance_transaction.exchange_rate is 'raw_payload: exchange_rate';
comment on column supasaasy.stripe_balance_transaction.status is 'raw_payload: status';
comment on column supasaasy.stripe_balance_transaction.description is 'raw_payload: description';
comment on column supasaasy.stripe_balance_transaction.source_id is 'raw_payload: source';
comment on column supasaasy.stripe_balance_transaction.fee_details is 'raw_payload: fee_details';
comment on column supasaasy.stripe_balance_transaction.available_on is 'raw_payload: available_on';
comment on column supasaasy.stripe_balance_transaction.stripe_created_at is 'raw_payload: created';

create table if not exists supasaasy.stripe_payout (
    app_key                text not null,
    external_id            text not null,
    raw_payload            jsonb not null,
    api_version            text,
    observed_at            timestamptz not null,
    created_at             timestamptz not null,
    updated_at             timestamptz not null,
    archived_at            timestamptz,
    deleted_at             timestamptz,
    listed_digest          uuid,
    status                 text generated always as (supasaasy.json_text(raw_payload -> 'status')) stored,
    amount                 bigint generated always as (supasaasy.json_bigint(raw_payload -> 'amount')) stored,
    currency               text generated always as (supasaasy.json_text(raw_payload -> 'currency')) stored,
    arrival_date           timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'arrival_date')) stored,
    automatic              boolean generated always as (supasaasy.json_boolean(raw_payload -> 'automatic')) stored,
    payout_type            text generated always as (supasaasy.json_text(raw_payload -> 'type')) stored,
    method                 text generated always as (supasaasy.json_text(raw_payload -> 'method')) stored,
    description            text generated always as (supasaasy.json_text(raw_payload -> 'description')) stored,
    statement_descriptor   text generated always as (supasaasy.json_text(raw_payload -> 'statement_descriptor')) stored,
    failure_code           text generated always as (supasaasy.json_text(raw_payload -> 'failure_code')) stored,
    failure_message        text generated always as (supasaasy.json_text(raw_payload -> 'failure_message')) stored,
    reconciliation_status  text generated always as (supasaasy.json_text(raw_payload -> 'reconciliation_status')) stored,
    destination            text generated always as (supasaasy.json_reference(raw_payload -> 'destination')) stored,
    balance_transaction_id text generated always as (supasaasy.json_reference(raw_payload -> 'balance_transaction')) stored,
    metadata               jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    livemode               boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    stripe_created_at      timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_payout",
    "connector": "stripe",
    "resource_type": "payout",
    "view_name": "stripe_payouts",
    "parent_key": null,
    "declaration": {"path": "/v1/payouts", "object_path": "/v1/payouts", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "archived_when": "$.status == \"canceled\"", "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {"payout.created": "create", "payout.*": "upsert"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"type": "payout.*"}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "status", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''status'')) stored"}, {"name": "amount", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''amount'')) stored"}, {"name": "currency", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''currency'')) stored"}, {"name": "arrival_date", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''arrival_date'')) stored"}, {"name": "automatic", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''automatic'')) stored"}, {"name": "payout_type", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''type'')) stored"}, {"name": "method", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''method'')) stored"}, {"name": "description", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''description'')) stored"}, {"name": "statement_descriptor", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''statement_descriptor'')) stored"}, {"name": "failure_code", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''failure_code'')) stored"}, {"name": "failure_message", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''failure_message'')) stored"}, {"name": "reconciliation_status", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''reconciliation_status'')) stored"}, {"name": "destination", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''destination'')) stored"}, {"name": "balance_transaction_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''balance_transaction'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);

create index if not exists stripe_payout_status_idx on supasaasy.stripe_payout (status);

create or replace view supasaasy.stripe_payouts as
select
    app_key
    , external_id
    , status
    , amount
    , currency
    , arrival_date
    , automatic
    , payout_type
    , method
    , description
    , statement_descriptor
    , failure_code
    , failure_message
    , reconciliation_status
    , destination
    , balance_transaction_id
    , metadata
    , livemode
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_payout
where deleted_at is null;

comment on table supasaasy.stripe_payout is 'Every payout of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/payouts';
comment on view supasaasy.stripe_payouts is 'Each payout that Stripe has now. https://docs.stripe.com/api/payouts';
comment on column supasaasy.stripe_payout.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_payout.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_payout.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_payout.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_payout.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_payout.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_payout.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_payout.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_payout.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_payout.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_payout.status is 'raw_payload: status';
comment on column supasaasy.stripe_payout.amount is 'raw_payload: amount (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_payout.currency is 'raw_payload: currency';
comment on column supasaasy.stripe_payout.arrival_date is 'raw_payload: arrival_date';
comment on column supasaasy.stripe_payout.automatic is 'raw_payload: automatic';
comment on column supasaasy.stripe_payout.payout_type is 'raw_payload: type';
comment on column supasaasy.stripe_payout.method is 'raw_payload: method';
comment on column supasaasy.stripe_payout.description is 'raw_payload: description';
comment on column supasaasy.stripe_payout.statement_descriptor is 'raw_payload: statement_descriptor';
comment on column supasaasy.stripe_payout.failure_code is 'raw_payload: failure_code';
comment on column supasaasy.stripe_payout.failure_message is 'raw_payload: failure_message';
comment on column supasaasy.stripe_payout.reconciliation_status is 'raw_payload: reconciliation_status';
comment on column supasaasy.stripe_payout.destination is 'raw_payload: destination';
comment on column supasaasy.stripe_payout.balance_transaction_id is 'raw_payload: balance_transaction';
comment on column supasaasy.stripe_payout.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_payout.livemode is 'raw_payload: livemode';
comment on column supasaasy.stripe_payout.stripe_created_at is 'raw_payload: created';

create table if not exists supasaasy.stripe_transfer (
    app_key                text not null,
    external_id            text not null,
    raw_payload            jsonb not null,
    api_version            text,
    observed_at            timestamptz not null,
    created_at             timestamptz not null,
    updated_at             timestamptz not null,
    archived_at            timestamptz,
    deleted_at             timestamptz,
    listed_digest          uuid,
    destination            text generated always as (supasaasy.json_reference(raw_payload -> 'destination')) stored,
    amount                 bigint generated always as (supasaasy.json_bigint(raw_payload -> 'amount')) stored,
    amount_reversed        bigint generated always as (supasaasy.json_bigint(raw_payload -> 'amount_reversed')) stored,
    currency               text generated always as (supasaasy.json_text(raw_payload -> 'currency')) stored,
    description            text generated always as (supasaasy.json_text(raw_payload -> 'description')) stored,
    reversed               boolean generated always as (supasaasy.json_boolean(raw_payload -> 'reversed')) stored,
    transfer_group         text generated always as (supasaasy.json_text(raw_payload -> 'transfer_group')) stored,
    source_transaction     text generated always as (supasaasy.json_reference(raw_payload -> 'source_transaction')) stored,
    balance_transaction_id text generated always as (supasaasy.json_reference(raw_payload -> 'balance_transaction')) stored,
    metadata               jsonb generated always as (supasaasy.json_value(raw_payload -> 'metadata')) stored,
    livemode               boolean generated always as (supasaasy.json_boolean(raw_payload -> 'livemode')) stored,
    stripe_created_at      timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> 'created')) stored,
    primary key (app_key, external_id)
);

select supasaasy._declare_collection('{
    "collection_key": "stripe_transfer",
    "connector": "stripe",
    "resource_type": "transfer",
    "view_name": "stripe_transfers",
    "parent_key": null,
    "declaration": {"path": "/v1/transfers", "object_path": "/v1/transfers", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "archived_when": null, "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {"transfer.created": "create", "transfer.*": "upsert"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"type": "transfer.*"}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [], "retention_seconds": 2505600, "overlap_seconds": 300}},
    "columns": [{"name": "destination", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''destination'')) stored"}, {"name": "amount", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''amount'')) stored"}, {"name": "amount_reversed", "definition": "bigint generated always as (supasaasy.json_bigint(raw_payload -> ''amount_reversed'')) stored"}, {"name": "currency", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''currency'')) stored"}, {"name": "description", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''description'')) stored"}, {"name": "reversed", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''reversed'')) stored"}, {"name": "transfer_group", "definition": "text generated always as (supasaasy.json_text(raw_payload -> ''transfer_group'')) stored"}, {"name": "source_transaction", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''source_transaction'')) stored"}, {"name": "balance_transaction_id", "definition": "text generated always as (supasaasy.json_reference(raw_payload -> ''balance_transaction'')) stored"}, {"name": "metadata", "definition": "jsonb generated always as (supasaasy.json_value(raw_payload -> ''metadata'')) stored"}, {"name": "livemode", "definition": "boolean generated always as (supasaasy.json_boolean(raw_payload -> ''livemode'')) stored"}, {"name": "stripe_created_at", "definition": "timestamptz generated always as (supasaasy.json_timestamp(raw_payload -> ''created'')) stored"}]
}'::jsonb);

create index if not exists stripe_transfer_destination_idx on supasaasy.stripe_transfer (destination);
create index if not exists stripe_transfer_transfer_group_idx on supasaasy.stripe_transfer (transfer_group);

create or replace view supasaasy.stripe_transfers as
select
    app_key
    , external_id
    , destination
    , amount
    , amount_reversed
    , currency
    , description
    , reversed
    , transfer_group
    , source_transaction
    , balance_transaction_id
    , metadata
    , livemode
    , stripe_created_at
    , raw_payload
    , created_at
    , updated_at
    , archived_at
from supasaasy.stripe_transfer
where deleted_at is null;

comment on table supasaasy.stripe_transfer is 'Every transfer of Stripe ever seen, soft-deleted ones included. https://docs.stripe.com/api/transfers';
comment on view supasaasy.stripe_transfers is 'Each transfer that Stripe has now. https://docs.stripe.com/api/transfers';
comment on column supasaasy.stripe_transfer.app_key is 'The app the object belongs to.';
comment on column supasaasy.stripe_transfer.external_id is 'The provider''s id.';
comment on column supasaasy.stripe_transfer.raw_payload is 'The object as the provider sent it, whole.';
comment on column supasaasy.stripe_transfer.api_version is 'The provider''s API version the payload is written in.';
comment on column supasaasy.stripe_transfer.observed_at is 'The provider''s clock when this was true; an older observation never overwrites it.';
comment on column supasaasy.stripe_transfer.created_at is 'When the row was inserted here.';
comment on column supasaasy.stripe_transfer.updated_at is 'When the payload last changed here.';
comment on column supasaasy.stripe_transfer.archived_at is 'When the provider was first seen to call the object inactive; null while it is active.';
comment on column supasaasy.stripe_transfer.deleted_at is 'When the object was found to be gone; the row stays.';
comment on column supasaasy.stripe_transfer.listed_digest is 'Half of the SHA-256 of the text in which a list showed the payload; listed with it again, it is not compared. Null when an event wrote it; whoever edits raw_payload sets it to null.';
comment on column supasaasy.stripe_transfer.destination is 'raw_payload: destination';
comment on column supasaasy.stripe_transfer.amount is 'raw_payload: amount (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_transfer.amount_reversed is 'raw_payload: amount_reversed (in the smallest unit of the currency, for instance cents)';
comment on column supasaasy.stripe_transfer.currency is 'raw_payload: currency';
comment on column supasaasy.stripe_transfer.description is 'raw_payload: description';
comment on column supasaasy.stripe_transfer.reversed is 'raw_payload: reversed';
comment on column supasaasy.stripe_transfer.transfer_group is 'raw_payload: transfer_group';
comment on column supasaasy.stripe_transfer.source_transaction is 'raw_payload: source_transaction';
comment on column supasaasy.stripe_transfer.balance_transaction_id is 'raw_payload: balance_transaction';
comment on column supasaasy.stripe_transfer.metadata is 'raw_payload: metadata';
comment on column supasaasy.stripe_transfer.livemode is 'raw_payload: livemode';
comment on column supasaasy.stripe_transfer.stripe_created_at is 'raw_payload: created';
