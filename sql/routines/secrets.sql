-- Secrets are kept by name and looked up when they are needed. No table has one.

-- The environment of the process that all sessions come from: a backend's own copy is overwritten by its process title. It
-- is NAME=value between zero bytes, which text cannot hold: so they are written \000, and a backslash \134. It is the same
-- for as long as a session keeps its plans, which is what immutable means here: each plan holds what was read for it.
create or replace function supasaasy._environment()
returns jsonb
language plpgsql immutable
as $$
declare
    v_left_out text;
begin
    perform set_config('debug_print_plan', 'off', true);  -- it would print the plan that this becomes a part of
    foreach v_left_out in array array['^$', '\\[23]'] loop  -- what is empty; in case some is not UTF-8, what is not ASCII
        begin
            return (
                select jsonb_object_agg(
                    split_part(variable.entry, '=', 1), substr(variable.entry, strpos(variable.entry, '=') + 1))
                from string_to_table(
                    replace(encode(pg_read_binary_file(
                        '/proc/' || split_part(pg_read_file('postmaster.pid'), E'\n', 1) || '/environ'), 'escape')
                        , '\\', '\134')
                    , '\000') as escaped
                cross join lateral convert_from(decode(escaped, 'escape'), 'UTF8') as variable(entry)
                where variable.entry ~ '=' and escaped !~ v_left_out);
        exception
            when character_not_in_repertoire or untranslatable_character then null;
        end;
    end loop;
    return null;
end
$$;
comment on function supasaasy._environment() is
    'The environment the server was started with, by name; only what is ASCII, where some of it is not UTF-8. Raises where '
    'there is no such file (not Linux), or no right to read it.';

create or replace function supasaasy._server_environment(p_name text)
returns text
language plpgsql stable strict  -- and not inlined: who may not read it may read what is looked for before it
as $$
begin
    return supasaasy._environment() ->> p_name;  -- which cannot fail: what has failed is left to the executor, and logged
end
$$;
comment on function supasaasy._server_environment(text) is
    'A variable of the environment the server was started with; null when it is not set. A session that may read it once '
    'reads it for whoever may execute this.';

create or replace function supasaasy._secret(p_name text)
returns text
language plpgsql stable strict
set search_path to pg_catalog, pg_temp
as $$ begin return supasaasy._find_secret(p_name); end $$;
comment on function supasaasy._secret(text) is
    'The secret of that name from Supabase Vault, else the file /run/secrets/<name>, else the server''s environment; null when in none.';

-- For who has pinned search_path already.
create or replace function supasaasy._find_secret(p_name text)
returns text
language plpgsql stable strict
as $$
declare
    v_secret text;
begin
    if p_name !~ '^[A-Za-z_][A-Za-z0-9_]*$' then
        return null;
    end if;
    if to_regclass('vault.decrypted_secrets') is not null then
        execute 'select decrypted_secret from vault.decrypted_secrets where name = $1 order by created_at desc limit 1'
        into v_secret
        using p_name;
        if v_secret <> '' then
            return v_secret;
        end if;
    end if;
    begin  -- one block for both, as each costs a subtransaction
        return coalesce(
            nullif(rtrim(pg_read_file('/run/secrets/' || p_name, 0, 65536, true), E'\r\n'), '')
            , nullif(supasaasy._server_environment(p_name), ''));
    exception
        when undefined_file or insufficient_privilege then null;
    end;
    begin
        return nullif(supasaasy._server_environment(p_name), '');  -- it may have been the file that cannot be read
    exception
        when undefined_file or insufficient_privilege then return null;
    end;
end
$$;

-- How to supply or replace a secret here.
create or replace function supasaasy._secret_advice(p_name text)
returns text
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
declare
    v_in_vault boolean;
begin
    if to_regclass('vault.decrypted_secrets') is null then
        return format(
            'put it into the file /run/secrets/%1$s, readable by the server''s user, or into the environment of the '
            'PostgreSQL server as %1$s (Linux), and restart it', p_name);
    end if;
    execute 'select exists (select from vault.decrypted_secrets where name = $1)' into v_in_vault using p_name;
    return format(case when v_in_vault then 'select vault.update_secret(id, ''...'') from vault.secrets where name = %L'
        else 'select vault.create_secret(''...'', %L)' end, p_name);
end
$$;
