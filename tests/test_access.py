"""Who can do what, enumerated: nothing may be forgotten when a table or a function is added."""

from __future__ import annotations

import psycopg
import pytest

from supasaasy import define_config, get_migrations
from tests.conftest import Database
from tests.support import query, value

API = [
    "cancel_job",
    "health",
    "job_status",
    "receive_webhook",
    "replay_webhook",
    "replay_webhooks",
    "retry_job",
    "sync",
    "version",
]
UNTRUSTED = ["_load_runtime", "_probe", "_run_now", "run_worker"]


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_the_roles_of_the_outside_reach_nothing(database: Database, role: str) -> None:
    assert not value(database, "select has_schema_privilege(%s, 'supasaasy', 'usage')", role)
    assert (
        query(
            database,
            """
        select relname from pg_class
        where relnamespace = 'supasaasy'::regnamespace and relkind in ('r', 'v', 'm')
            and has_table_privilege(%s, oid, 'select, insert, update, delete, truncate')
        """,
            role,
        )
        == []
    )
    assert (
        query(
            database,
            """
        select proname from pg_proc
        where pronamespace = 'supasaasy'::regnamespace and has_function_privilege(%s, oid, 'execute')
        """,
            role,
        )
        == []
    )


def test_the_service_role_may_read_all_and_call_the_api_and_nothing_more(database: Database) -> None:
    assert query(
        database,
        """
        select proname from pg_proc
        where pronamespace = 'supasaasy'::regnamespace and has_function_privilege('service_role', oid, 'execute')
        order by proname
        """,
    ) == [(name,) for name in API]
    unreadable, writable = query(
        database,
        """
        select
            count(*) filter (where not has_table_privilege('service_role', oid, 'select')),
            count(*) filter (where has_table_privilege('service_role', oid, 'insert, update, delete, truncate'))
        from pg_class
        where relnamespace = 'supasaasy'::regnamespace and relkind in ('r', 'v', 'm')
        """,
    )[0]
    assert (unreadable, writable) == (0, 0)


def test_what_is_in_an_untrusted_language_is_executable_by_its_owner_alone(database: Database) -> None:
    owners_only = query(
        database,
        """
        select routine.proname, array_agg(distinct acl.grantee = routine.proowner) = '{true}'
        from pg_proc as routine
        join pg_language as language on language.oid = routine.prolang
        cross join lateral aclexplode(coalesce(routine.proacl, acldefault('f', routine.proowner))) as acl
        where language.lanname = 'plpython3u'
        group by routine.oid, routine.proname
        order by routine.proname
        """,
    )
    assert owners_only == [(name, True) for name in UNTRUSTED]


def test_anon_can_execute_the_webhook_functions_and_nothing_else_that_is_ours(database: Database) -> None:
    executable = query(
        database,
        """
        select oid::regprocedure::text from pg_proc
        where pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
            and prorettype <> 'trigger'::regtype
            and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
            and has_schema_privilege('anon', pronamespace, 'usage') and has_function_privilege('anon', oid, 'execute')
        """,
    )
    assert executable == [("supasaasy_webhook_stripe_prod(json)",)]


def test_row_level_security_is_on_for_every_table(database: Database) -> None:
    assert (
        query(
            database,
            """
        select relname from pg_class
        where relnamespace = 'supasaasy'::regnamespace and relkind = 'r' and not relrowsecurity
        """,
        )
        == []
    )


def test_every_view_runs_with_the_rights_of_who_asks(database: Database) -> None:
    assert (
        query(
            database,
            """
        select relname from pg_class
        where relnamespace = 'supasaasy'::regnamespace and relkind = 'v'
            and not coalesce(reloptions, '{}') @> '{security_invoker=true}'
        """,
        )
        == []
    )


def test_the_service_role_can_start_a_sync_and_read_its_job(database: Database) -> None:
    database.execute("set role service_role")
    job_id = value(database, "select supasaasy.sync('stripe_prod') ->> 'job_id'")
    assert value(database, "select supasaasy.job_status(%s)", job_id)["status"] == "pending"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        database.execute("select supasaasy._secret('STRIPE_API_KEY')")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        database.execute("call supasaasy.run_worker()")


def test_read_roles_may_read_and_lose_it_when_they_leave_the_config(database: Database) -> None:
    app = {
        "app_key": "stripe_prod",
        "name": "Stripe",
        "connector": "stripe",
        "config": {"api_key_env": "STRIPE_API_KEY"},
    }
    database.execute(
        """
        insert into supasaasy.stripe_customer (app_key, external_id, raw_payload, observed_at, created_at, updated_at)
        values ('stripe_prod', 'cus_1', '{}', now(), now(), now())
        """
    )
    database.execute(get_migrations(define_config({"apps": [app], "read_roles": ["authenticated"]})).encode())
    with database.transaction():
        database.execute("set local role authenticated")
        assert value(database, "select count(*) from supasaasy.stripe_customers") == 1

    database.execute(get_migrations(define_config({"apps": [app]})).encode())
    assert not value(database, "select has_table_privilege('authenticated', 'supasaasy.stripe_customers', 'select')")
    assert not value(database, "select has_schema_privilege('authenticated', 'supasaasy', 'usage')")
