-- Reading JSON without ever failing: a value of the wrong type or out of range is null.
-- Generated columns use these, so they are immutable single expressions that the planner inlines.

create or replace function supasaasy.json_text(p_value jsonb)
returns text
language sql immutable parallel safe
as $$ select case when jsonb_typeof(p_value) = 'string' then p_value #>> '{}' end $$;
comment on function supasaasy.json_text(jsonb) is 'The string, or null for any other type.';

create or replace function supasaasy.json_reference(p_value jsonb)
returns text
language sql immutable parallel safe
as $$
    select case jsonb_typeof(p_value)
        when 'string' then p_value #>> '{}'
        when 'object' then case when jsonb_typeof(p_value -> 'id') = 'string' then p_value ->> 'id' end
    end
$$;
comment on function supasaasy.json_reference(jsonb) is 'The id of a referenced object, sent as an id or expanded to the object; else null.';

create or replace function supasaasy.json_numeric(p_value jsonb)
returns numeric
language sql immutable parallel safe
as $$
    select case
        when jsonb_typeof(p_value) = 'number' then p_value::numeric
        when jsonb_typeof(p_value) = 'string' and p_value #>> '{}' ~ '^[+-]?[0-9]{1,100}([.][0-9]{1,100})?$'
            then (p_value #>> '{}')::numeric
    end
$$;
comment on function supasaasy.json_numeric(jsonb) is 'The exact number, sent as a number or as a decimal string; else null.';

create or replace function supasaasy.json_bigint(p_value jsonb)
returns bigint
language sql immutable parallel safe
as $$
    select case
        when jsonb_typeof(p_value) = 'number' then  -- nearly always, and cheaper than the next
            case
                when p_value::numeric between -9223372036854775808 and 9223372036854775807 and p_value::numeric % 1 = 0
                    then p_value::bigint
            end
        when supasaasy.json_numeric(p_value) between -9223372036854775808 and 9223372036854775807
            and supasaasy.json_numeric(p_value) % 1 = 0
            then supasaasy.json_numeric(p_value)::bigint
    end
$$;
comment on function supasaasy.json_bigint(jsonb) is 'The 64-bit whole number, sent as a number or as digits; null when out of range or fractional.';

create or replace function supasaasy.json_integer(p_value jsonb)
returns integer
language sql immutable parallel safe
as $$
    select case
        when supasaasy.json_numeric(p_value) between -2147483648 and 2147483647
            and supasaasy.json_numeric(p_value) % 1 = 0
            then supasaasy.json_numeric(p_value)::integer
    end
$$;
comment on function supasaasy.json_integer(jsonb) is 'The 32-bit whole number, sent as a number or as digits; null when out of range or fractional.';

create or replace function supasaasy.json_boolean(p_value jsonb)
returns boolean
language sql immutable parallel safe
as $$ select case when jsonb_typeof(p_value) = 'boolean' then p_value::boolean end $$;
comment on function supasaasy.json_boolean(jsonb) is 'true or false, or null for any other type.';

create or replace function supasaasy.json_value(p_value jsonb)
returns jsonb
language sql immutable parallel safe
as $$ select nullif(p_value, 'null'::jsonb) $$;
comment on function supasaasy.json_value(jsonb) is 'The JSON value; SQL null for JSON null.';

create or replace function supasaasy.iso_timestamp(p_text text)
returns timestamptz
language plpgsql immutable strict parallel safe
set search_path to pg_catalog, pg_temp
as $$
begin
    -- Only text that carries its own offset means the same moment in every session, which `immutable` promises.
    if p_text ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.]\d{1,9})?(Z|[+-]\d\d:?\d\d)$' then
        return p_text::timestamptz;
    end if;
    return null;
exception
    when data_exception then return null;
end
$$;
comment on function supasaasy.iso_timestamp(text) is 'ISO 8601 date and time with an offset; null when it is not one.';

create or replace function supasaasy.json_timestamp(p_value jsonb)
returns timestamptz
language sql immutable parallel safe
as $$
    select case jsonb_typeof(p_value)
        when 'number' then
            case
                when p_value::numeric between -62135596800 and 253402300799
                    then to_timestamp(round(p_value::numeric, 6)::float8)  -- float8 raises for 1e-400
            end
        when 'string' then supasaasy.iso_timestamp(p_value #>> '{}')
    end
$$;
comment on function supasaasy.json_timestamp(jsonb) is 'The moment, sent as Unix seconds or as ISO 8601 with an offset; null when out of range.';

-- jsonb refuses \u0000 and surrogates without their partner; both come from providers all the same.
create or replace function supasaasy._clean_json(p_text text)
returns text
language sql immutable strict parallel safe
set search_path to pg_catalog, pg_temp
as $$
    -- ((?:\\\\)*) keeps pairs of backslashes together, so that an escaped backslash before "u0000" stays.
    select regexp_replace(regexp_replace(regexp_replace(p_text,
        '(?<!\\)((?:\\\\)*)\\u0000', '\1', 'g'),
        '(?<!\\)((?:\\\\)*)\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})', '\1\\ufffd', 'g'),
        '(?<!\\u[dD][89abAB][0-9a-fA-F]{2})(?<!\\)((?:\\\\)*)\\u[dD][c-fC-F][0-9a-fA-F]{2}', '\1\\ufffd', 'g')
$$;
comment on function supasaasy._clean_json(text) is
    'JSON text with \u0000 removed and lone surrogates replaced by U+FFFD, which is all that jsonb refuses.';

create or replace function supasaasy._parse_json(p_text text)
returns jsonb
language plpgsql immutable strict parallel safe
as $$
begin
    return p_text::jsonb;
exception
    when untranslatable_character or invalid_text_representation then
        return supasaasy._clean_json(p_text)::jsonb;
end
$$;
comment on function supasaasy._parse_json(text) is 'The JSON, cleaned where jsonb refuses it. Raises 22P02 when it is not JSON.';
