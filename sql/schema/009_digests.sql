-- Digests: an object that is listed with the text that is stored already need not be parsed.

execute (
    select coalesce(string_agg(
        format('alter table if exists supasaasy.%I add column if not exists listed_digest uuid', collection_key), '; ')
        , 'select')
    from supasaasy.collections);

alter type supasaasy.page
    add attribute texts text[],   -- more objects, each by its own text
    add attribute digests uuid[]; -- of these texts

-- Their arguments are others now.
drop function if exists supasaasy._record_pages(uuid, uuid, text[], timestamptz, jsonb, integer);
drop function if exists supasaasy._upsert_bodies(text, supasaasy.collections, text[], timestamptz, text);
