-- What a database has that SupaSaaSy (TypeScript) syncs into, as far as docs/migrating-from-supasaasy.md touches it.
create schema supasaasy;

create table supasaasy.entities (
    id               uuid primary key default gen_random_uuid()
    , external_id    text not null
    , app_key        text not null
    , collection_key text not null
    , raw_payload    jsonb not null default '{}'
    , archived_at    timestamptz
    , deleted_at     timestamptz
);
insert into supasaasy.entities (external_id, app_key, collection_key) values ('cus_1', 'stripe_prod', 'stripe_customer');

create table supasaasy.sync_state (app_key text, collection_key text, last_synced_at timestamptz);

select cron.schedule('supasaasy_sync_stripe_prod', '0 */6 * * *', 'select net.http_post(''https://ref.supabase.co/functions/v1/sync'')');
