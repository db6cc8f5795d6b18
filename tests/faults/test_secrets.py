"""A key that is missing, wrong or malformed ends its job with a clear error, and is seen nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.conftest import Database
from tests.faults.support import assert_copied, assert_nothing_is_stuck, one_by_one, second_page, sequentially
from tests.providers import faults
from tests.providers.stripe import StripeProvider
from tests.support import API_KEY, ODD_SECRET, job_status, query, run_worker, start_sync, sync, value

pytestmark = pytest.mark.usefixtures("engine")


def test_a_wrong_key_ends_the_job_at_once_and_shows_no_key(database: Database, stripe: StripeProvider) -> None:
    stripe.api_key = "sk_test_another_key"
    status = sync(database)
    assert status["status"] == "failed"
    assert {task["status"] for task in status["tasks"]} == {"failed"}
    assert status["error_message"].startswith("customer: the provider answered 401: Invalid API Key provided")
    assert API_KEY not in str(status)


def test_a_key_that_is_revoked_in_the_middle_stops_the_job_and_a_new_one_ends_it(
    database: Database, stripe: StripeProvider
) -> None:
    sequentially(database)
    stripe.add("customer", 350)
    sync(database, resources=["customer"])
    stripe.delete(stripe.objects("customer")[0]["id"])
    revoked = stripe.fault(faults.status(401), match=second_page, times=None)
    status = sync(database, resources=["customer"])
    assert (status["status"], revoked.hits) == ("failed", 1)
    assert status["error_message"].startswith("customer: the provider answered 401: The provider double answers 401.")
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 350  # nothing is deleted

    revoked.release()
    database.execute("select supasaasy.retry_job(%s)", (status["job_id"],))
    run_worker(database)
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)


def test_a_secret_that_went_missing_fails_the_job_and_once_supplied_it_goes_on(
    database: Database, stripe: StripeProvider
) -> None:
    stripe.add("customer", 5)
    job_id = start_sync(database, resources=["customer"])
    database.execute("""update supasaasy.apps set config = config || '{"api_key_env": "NEW_KEY"}'""")
    run_worker(database)
    status = job_status(database, job_id)
    assert (status["status"], status["error_message"], stripe.requests) == (
        "failed",
        "customer: the secret NEW_KEY is missing: it is neither in Supabase Vault, nor in the file "
        "/run/secrets/NEW_KEY, nor in the environment of the PostgreSQL server",
        [],
    )
    database.execute("select vault.create_secret(%s, 'NEW_KEY')", (API_KEY,))
    database.execute("select supasaasy.retry_job(%s)", (job_id,))
    run_worker(database)
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)


def test_a_key_with_a_line_break_is_refused_unseen(database: Database, stripe: StripeProvider) -> None:
    one_by_one(database)
    database.execute("select vault.create_secret(E'sk_test_a\\r\\nX-Injected: 1', 'STRIPE_API_KEY')")
    status = sync(database, resources=["customer"])
    assert status["error_message"] == "customer: the secret STRIPE_API_KEY has characters that no API key has"
    assert stripe.requests == []


def test_no_secret_is_in_any_table(database: Database, stripe: StripeProvider, connect: Callable[[], Database]) -> None:
    stripe.add("customer", 150)
    stripe.fault(faults.status(403), match=second_page, times=None)
    sync(database)
    tables = query(
        database,
        "select oid::regclass::text from pg_class where relkind = 'r'"
        " and relnamespace in ('supasaasy'::regnamespace, 'pgmq'::regnamespace, 'cron'::regnamespace)",
    )
    for (table,) in tables:
        assert query(connect(), f"select 1 from {table} as row where row::text like '%{API_KEY}%'") == []


def test_no_session_can_print_the_environment(database: Database, connect: Callable[[], Database]) -> None:
    """Not even by the plans that it becomes a part of, where PostgreSQL writes text as the numbers of its bytes."""
    with connect() as session:
        printed: list[str] = []
        session.add_notice_handler(lambda notice: printed.append(f"{notice.message_primary} {notice.message_detail}"))
        session.execute(
            """
            load 'auto_explain';
            set auto_explain.log_min_duration = 0;
            set auto_explain.log_nested_statements = on;
            set auto_explain.log_verbose = on;
            set debug_print_parse = on;
            set debug_print_rewritten = on;
            set debug_print_plan = on;
            set client_min_messages = log;
            """
        )
        assert value(session, "select supasaasy._secret('ODD_SECRET')") == ODD_SECRET
    text = " ".join(" ".join(printed).split())
    assert "PLANNEDSTMT" in text and "Query Text" in text  # something was printed
    assert " ".join(str(byte) for byte in b"ODD_KEY") not in text
    assert "ODD_KEY=" not in text


@pytest.mark.parametrize(
    ("name", "found"), [("ODD_SECRET", ODD_SECRET), ("ODD_KEY", None), ("DD_SECRET", None), ("ODD_SECRE", None)]
)
def test_a_variable_of_the_servers_environment_is_read_as_it_is(
    database: Database, name: str, found: str | None
) -> None:
    assert value(database, "select supasaasy._secret(%s)", name) == found


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        (b"A=1\0B=\xc3\xbc=\\\0C=", {"A": "1", "B": "ü=\\", "C": ""}),
        (b"A=1\0B=\xc3\xbc\0C=\xff\0D\0E=2\0", {"A": "1", "E": "2"}),
        (b"", None),
    ],
    ids=["text", "bytes", "nothing"],
)
def test_what_is_not_utf_8_leaves_the_rest_of_the_environment_readable(
    database: Database, variables: bytes, found: dict[str, str] | None
) -> None:
    definition = value(database, "select pg_get_functiondef('supasaasy._environment'::regproc)")
    read = re.compile(r"pg_read_binary_file\(.*?/environ'\)", re.DOTALL)
    database.execute(read.sub(f"'{variables.hex()}'::bytea".replace("'", r"'\\x", 1), definition).encode())
    assert value(database, "select supasaasy._environment()") == found


@pytest.mark.parametrize(
    ("readable", "name", "in_vault"),
    [
        ("pg_read_file(text), pg_read_binary_file(text)", "STRIPE_API_KEY", None),
        ("pg_read_file(text, bigint, bigint, boolean)", "PG_VERSION", None),
        ("pg_backend_pid()", "STRIPE_API_KEY", "sk_test_in_vault"),
    ],
    ids=["the environment", "the file", "Vault"],
)
def test_a_place_that_may_not_be_read_hides_no_other(
    database: Database, readable: str, name: str, in_vault: str | None
) -> None:
    """What may be read is the place named, and Vault. The server's own directory stands in for /run/secrets."""
    expected = {"STRIPE_API_KEY": in_vault or API_KEY, "PG_VERSION": str(database.info.server_version // 10000)}
    with database.transaction(force_rollback=True):
        definition = value(database, "select pg_get_functiondef('supasaasy._find_secret'::regproc)")
        database.execute(definition.replace("/run/secrets/", "").encode())
        database.execute("select vault.create_secret(%s, 'STRIPE_API_KEY')", (in_vault or "",))
        database.execute(
            f"""
            create role supasaasy_reader in role pg_read_server_files;
            grant usage on schema supasaasy, vault to supasaasy_reader;
            grant select on vault.decrypted_secrets to supasaasy_reader;
            grant execute on all functions in schema supasaasy to supasaasy_reader;
            grant execute on function {readable} to supasaasy_reader;
            set local role supasaasy_reader
            """
        )
        assert value(database, "select supasaasy._find_secret(%s)", name) == expected[name]
