"""The functions through which PostgREST takes in webhooks: which there are, and who may call them."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from supasaasy import define_config, get_migrations
from tests.conftest import Database
from tests.support import query, value

FUNCTIONS = "select proname from pg_proc where proname like 'supasaasy\\_webhook\\_%' order by 1"
LONG = "Stripe-" + "x" * 57  # 64 characters, as many as an app key may have


def apply(database: Database, *apps: dict[str, Any]) -> None:
    database.execute(get_migrations(define_config({"apps": list(apps)})).encode())


def app(app_key: str, **config: str) -> dict[str, Any]:
    return {
        "app_key": app_key,
        "name": app_key,
        "connector": "stripe",
        "config": {"api_key_env": "STRIPE_API_KEY"} | config,
    }


def with_webhooks(app_key: str) -> dict[str, Any]:
    return app(app_key, webhook_secret_env="STRIPE_WEBHOOK_SECRET")


def test_each_app_with_a_webhook_secret_has_one(database: Database) -> None:
    apply(database, with_webhooks("stripe_prod"), app("stripe_test"), with_webhooks("Stripe-EU"))
    assert query(database, FUNCTIONS) == [("supasaasy_webhook_Stripe-EU",), ("supasaasy_webhook_stripe_prod",)]


def test_it_goes_with_the_secret_and_with_the_app(database: Database) -> None:
    apply(database, with_webhooks("a"), with_webhooks("b"), with_webhooks("stripe_prod"))
    apply(database, app("a"), with_webhooks("b"))
    assert query(database, FUNCTIONS) == [("supasaasy_webhook_b",)]


def test_a_long_app_key_is_shortened_and_stays_unique(database: Database) -> None:
    apply(database, with_webhooks(LONG[:45]), with_webhooks(LONG), with_webhooks(LONG[:-1] + "y"))
    names = [name for (name,) in query(database, FUNCTIONS)]
    assert "supasaasy_webhook_" + LONG[:45] in names
    assert [len(name) for name in names] == [63, 63, 63]
    assert len(set(names)) == 3
    name = value(database, "select supasaasy._webhook_function(%s)", LONG)
    comment = value(database, "select obj_description(format('public.%%I(json)', %s::text)::regprocedure)", name)
    assert comment == f"Webhooks of the app {LONG} through PostgREST: POST /rpc/{name}."


def test_anon_alone_may_call_it_whatever_the_default_privileges_are(database: Database) -> None:
    database.execute(
        "alter default privileges in schema public grant execute on functions to anon, authenticated, service_role"
    )
    apply(database, with_webhooks("stripe_new"))
    assert query(
        database,
        """
        select coalesce(grantee.rolname, 'public')
        from pg_proc as function
        cross join aclexplode(function.proacl) as privilege
        left join pg_roles as grantee on grantee.oid = privilege.grantee
        where function.proname = 'supasaasy_webhook_stripe_new' and privilege.grantee <> function.proowner
        """,
    ) == [("anon",)]


def test_a_stranger_who_made_it_first_does_not_keep_it(database: Database) -> None:
    database.execute(
        """
        create function public.supasaasy_webhook_stripe_new(json) returns jsonb language sql as 'select null::jsonb';
        alter function public.supasaasy_webhook_stripe_new(json) owner to authenticated;
        """
    )
    apply(database, with_webhooks("stripe_new"))
    owner = "select proowner::regrole::text from pg_proc where proname = 'supasaasy_webhook_stripe_new'"
    assert value(database, owner) == "postgres"


def test_anon_reaches_nothing_beyond_it(database: Database) -> None:
    database.execute("set role anon")
    for statement in (
        "select supasaasy.receive_webhook('stripe_prod', '{}', '{}')",
        "select supasaasy._receive_over_postgrest('stripe_prod', '{}')",
        "select * from supasaasy.webhook_events",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            database.execute(statement.encode())


def test_postgrest_is_told_to_look_again(database: Database) -> None:
    database.execute("listen pgrst")
    database.execute("select supasaasy._expose_webhooks()")
    [notice] = database.notifies(timeout=5, stop_after=1)
    assert notice.payload == "reload schema"
