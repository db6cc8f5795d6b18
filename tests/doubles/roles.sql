-- The roles that every Supabase project has. Roles belong to the cluster, not to a database.
create role anon nologin;
create role authenticated nologin;
create role service_role nologin bypassrls;
