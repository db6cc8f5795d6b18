-- Webhooks through PostgREST, which offers functions of the schema public at /rpc/<name>. One with a single unnamed json
-- parameter gets the request's body exactly as sent. Each app with a webhook secret has such a function.

-- The function's name: PostgreSQL cuts names at 63 bytes, so app keys above 45 are shortened and told apart by a hash.
create or replace function supasaasy._webhook_function(p_app_key text)
returns text
language sql immutable
set search_path to pg_catalog, pg_temp
as $$
    select 'supasaasy_webhook_' || case
        when length(p_app_key) <= 45 then p_app_key
        else left(p_app_key, 36) || '_' || left(md5(p_app_key), 8)
    end
$$;
comment on function supasaasy._webhook_function(text) is 'Name of the function in public that takes in an app''s webhooks.';

create or replace function supasaasy._receive_over_postgrest(p_app_key text, p_body json)
returns jsonb
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_answer record;
begin
    select * into v_answer
    from supasaasy.receive_webhook(
        p_app_key
        , nullif(current_setting('request.headers', true), '')::jsonb
        , p_body::text
        , current_setting('request.method', true)
        , current_setting('request.path', true));
    perform set_config('response.status', v_answer.status::text, true);
    return v_answer.response;
end
$$;
comment on function supasaasy._receive_over_postgrest(text, json) is
    'Take in a webhook from PostgREST''s settings for this request, and set its response status.';

-- Make the functions in public exactly those of the enabled apps that have a webhook secret, executable by anon alone.
create or replace function supasaasy._expose_webhooks()
returns void
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
declare
    v_wanted   text[] := array(
        select supasaasy._webhook_function(app.app_key)
        from supasaasy.apps as app
        where app.enabled and app.config ->> 'webhook_secret_env' is not null);
    v_app      record;
    v_function record;
begin
    for v_function in
        select oid::regprocedure as signature from pg_proc
        where pronamespace = 'public'::regnamespace
            and starts_with(proname, 'supasaasy_webhook_')
            and oidvectortypes(proargtypes) = 'json'
            -- "or replace" would leave a function to a stranger who made it before us.
            and (proname <> all (v_wanted) or proowner <> current_user::regrole)
    loop
        execute format('drop function %s', v_function.signature);
    end loop;

    for v_app in
        select app.app_key, format('public.%I(json)', supasaasy._webhook_function(app.app_key)) as signature
        from supasaasy.apps as app
        where app.enabled and app.config ->> 'webhook_secret_env' is not null
    loop
        execute format(
            'create or replace function %s returns jsonb language sql volatile security definer '
            'set search_path to pg_catalog, pg_temp as %L'
            , v_app.signature, format('select supasaasy._receive_over_postgrest(%L, $1)', v_app.app_key));
        execute format('comment on function %s is %L', v_app.signature, format(
            'Webhooks of the app %s through PostgREST: POST /rpc/%s.'
            , v_app.app_key, supasaasy._webhook_function(v_app.app_key)));
        for v_function in
            -- Not only public: Supabase's default privileges grant new functions to its roles one by one.
            select coalesce(quote_ident(role.rolname), 'public') as grantee
            from pg_proc as function
            cross join aclexplode(coalesce(function.proacl, acldefault('f', function.proowner))) as privilege
            left join pg_roles as role on role.oid = privilege.grantee
            where function.oid = v_app.signature::regprocedure and privilege.grantee <> function.proowner
        loop
            execute format('revoke all on function %s from %s', v_app.signature, v_function.grantee);
        end loop;
        if to_regrole('anon') is not null then
            execute format('grant execute on function %s to anon', v_app.signature);
        end if;
    end loop;
    perform pg_notify('pgrst', 'reload schema');
end
$$;
comment on function supasaasy._expose_webhooks() is
    'Create, replace and drop public.supasaasy_webhook_<app>(json), so that each app with a webhook secret has one.';
