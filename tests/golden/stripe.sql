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
    "declaration": {"path": "/v1/customers", "object_path": "/v1/customers", "params": {}, "body": null, "pagination": null, "variants": [{}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "archived_when": null, "archived_unlisted": false, "unlisted": "delete", "parent_column": null, "names_parent": false, "children": [], "events": {"customer.created": "create", "customer.updated": "upsert", "customer.deleted": "delete"}, "reread_parent": null, "incremental": {"kind": "events", "path": "/v1/events", "params": {}, "body": null, "pagination": null, "variants": [{"types[]": ["customer.created", "customer.updated", "customer.deleted"]}], "records": ["data"], "id": ["id"], "created_filter": "created", "created_field": "created", "children": [], "retention_seconds": 2505600, "overlap_seconds": 300}},
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
