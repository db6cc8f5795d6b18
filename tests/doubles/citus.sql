-- What create_distributed_table refuses of a table, by the documentation of Citus, and the record of what it took.
set local allow_system_table_mods to on;
create table pg_catalog.pg_dist_partition (
    logicalrelid        regclass primary key,
    distribution_column text not null,
    colocate_with       text not null
);
create function pg_catalog.create_distributed_table(
    table_name regclass, distribution_column text, colocate_with text default 'default')
returns void
language plpgsql
as $$
declare
    v_column record;
    v_name   text;
begin
    if exists (select from pg_dist_partition where logicalrelid = table_name) then
        raise exception 'table "%" is already distributed', table_name;
    end if;
    select attnum, attgenerated into v_column
    from pg_attribute where attrelid = table_name and attname = distribution_column and not attisdropped;
    if v_column is null then
        raise exception 'column "%" of relation "%" does not exist', distribution_column, table_name;
    elsif v_column.attgenerated <> '' then
        raise exception 'cannot distribute relation: %: the distribution column is generated', table_name;
    end if;
    select indexrelid::regclass::text into v_name
    from pg_index where indrelid = table_name and indisunique and v_column.attnum <> all (indkey::smallint[]);
    if found then
        raise exception 'cannot create constraint on "%": % lacks the distribution column', table_name, v_name;
    end if;
    select conname into v_name from pg_constraint where contype = 'f' and table_name in (conrelid, confrelid);
    if found then
        raise exception 'cannot create foreign key constraint %: one of its tables is local', v_name;
    end if;
    select tgname into v_name from pg_trigger where tgrelid = table_name and not tgisinternal;
    if found then
        raise exception 'cannot distribute relation "%" because it has triggers: %', table_name, v_name;
    end if;
    insert into pg_dist_partition values (table_name, distribution_column, colocate_with);
end
$$;
