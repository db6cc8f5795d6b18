-- A double of Supabase Vault with the same interface. It keeps secrets as they are instead of encrypting them.
create schema vault;

create table vault.secrets (
    id            uuid primary key default gen_random_uuid()
    , name        text unique
    , description text not null default ''
    , secret      text not null
    , key_id      uuid
    , nonce       bytea
    , created_at  timestamptz not null default current_timestamp
    , updated_at  timestamptz not null default current_timestamp
);

create view vault.decrypted_secrets as
select id, name, description, secret, secret as decrypted_secret, key_id, nonce, created_at, updated_at
from vault.secrets;

create function vault.create_secret(
    new_secret        text
    , new_name        text default null
    , new_description text default ''
)
returns uuid
language sql
as $$
    insert into vault.secrets (secret, name, description)
    values (new_secret, new_name, new_description)
    returning id
$$;

create function vault.update_secret(
    secret_id         uuid
    , new_secret      text default null
    , new_name        text default null
    , new_description text default null
)
returns void
language sql
as $$
    update vault.secrets
    set secret = coalesce(new_secret, secret)
        , name = coalesce(new_name, name)
        , description = coalesce(new_description, description)
        , updated_at = now()
    where id = secret_id
$$;
