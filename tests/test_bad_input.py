"""Every input from outside is hostile: a clear error, what is committed kept, the rest of the job goes on."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Database
from tests.providers import faults
from tests.providers.server import Action, Request
from tests.providers.stripe import StripeProvider
from tests.providers.stripe_objects import customer
from tests.support import API_KEY, query, sync, value


def second_page(request: Request) -> bool:
    return request.path == "/v1/customers" and "starting_after" in request.query


def one_by_one(database: Database) -> None:
    """One attempt for a task and one request at a time, so that page one is stored before page two fails."""
    database.execute("""update supasaasy.apps set config = config || '{"concurrency": 1}'""")
    database.execute(
        """
        create function public.one_attempt() returns trigger language plpgsql
        as $$ begin new.max_attempts := 1; return new; end $$;
        create trigger one_attempt before insert on supasaasy.sync_jobs
        for each row execute function public.one_attempt();
        """
    )


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (faults.status(403), "the provider answered 403: The provider double answers 403."),
        (faults.status(404), "the provider answered 404: The provider double answers 404."),
        (faults.status(400), "the provider answered 400: The provider double answers 400."),
        (faults.status(500), "the provider answered 500: The provider double answers 500."),
        (faults.rate_limit(), "the provider answered 429 (endpoint-rate): Slow down."),
        (faults.html(), "the provider answered 200 with 102 bytes of text/html that are not JSON"),
        (faults.html(503), "the provider answered 503"),
        (faults.truncated_json(), "of application/json that are not JSON"),
        (faults.raw(b"[1, 2"), "the provider answered 200 with 5 bytes of application/json that are not JSON"),
        (faults.raw(b"\xff\xfe"), "the provider answered 200 with 2 bytes of application/json that are not JSON"),
        (faults.raw(b""), "the provider answered 200 with 0 bytes of application/json that are not JSON"),
        (faults.raw(b"null"), "the provider's answer has no list at 'data'"),
        (faults.empty_page_has_more(), "the provider answered an empty page and says that more follow"),
        (faults.missing_data(), "the provider's answer has no list at 'data'"),
        (faults.data_not_list(), "the provider's answer has no list at 'data'"),
        (faults.repeated_page(), "the provider answers the same pages again and again"),
        (faults.redirect("http://127.0.0.1:9/v1/customers"), "the provider redirects to 127.0.0.1:9"),
        (faults.gzip_bomb(), "the answer is larger than 64 MiB"),
        (faults.truncated_body(), "closed the connection in the middle of its answer"),
        (faults.connection_reset(), "Connection reset by peer"),
    ],
)
def test_a_page_that_cannot_be_used_fails_its_task_and_no_other(
    database: Database, stripe: StripeProvider, action: Action, message: str
) -> None:
    one_by_one(database)
    stripe.add("customer", 300)
    stripe.add("product", 5)
    stripe.fault(action, match=second_page, times=None)
    status = sync(database, resources=["customer", "product"])

    failed, completed = status["tasks"]
    assert (failed["status"], completed["status"], status["status"]) == ("failed", "completed", "failed")
    assert message in failed["error_message"]
    assert status["error_message"] == f"customer: {failed['error_message']}"
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 100
    assert value(database, "select count(*) from supasaasy.stripe_products") == 5


@pytest.mark.parametrize("action", [faults.hang(), faults.drip(10)], ids=["hung socket", "one byte at a time"])
def test_an_answer_that_does_not_come_in_time_fails_its_task(
    database: Database, stripe: StripeProvider, action: Action
) -> None:
    one_by_one(database)
    database.execute("set supasaasy.request_deadline = '0.2'")
    stripe.add("customer", 1)
    stripe.fault(action, times=None)
    status = sync(database, resources=["customer"])
    assert status["tasks"][0]["error_message"].endswith("did not answer in time")


@pytest.mark.parametrize(
    "action",
    [
        faults.status(500),
        faults.rate_limit(),
        faults.rate_limit(retry_after=0),
        faults.html(502),
        faults.truncated_json(),
        faults.truncated_body(),
        faults.connection_reset(),
    ],
    ids=["500", "429", "429 with Retry-After", "502 as HTML", "half a document", "half a body", "reset"],
)
def test_a_passing_fault_is_retried_and_leaves_no_trace(
    database: Database, stripe: StripeProvider, action: Action
) -> None:
    stripe.add("customer", 300)
    stripe.fault(action, times=2)
    status = sync(database, resources=["customer"])
    assert (status["status"], status["error_message"]) == ("completed", None)
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 300


def test_a_wrong_key_ends_the_job_at_once_and_shows_no_key(database: Database, stripe: StripeProvider) -> None:
    stripe.api_key = "sk_test_another_key"
    status = sync(database)
    assert status["status"] == "failed"
    assert {task["status"] for task in status["tasks"]} == {"failed"}
    assert status["error_message"].startswith("customer: the provider answered 401: Invalid API Key provided")
    assert API_KEY not in str(status)


def test_a_task_that_may_succeed_later_goes_back_to_the_queue(database: Database, stripe: StripeProvider) -> None:
    stripe.fault(faults.status(500), times=None)
    status = sync(database, resources=["customer"])
    assert (status["status"], status["tasks"][0]["status"], status["tasks"][0]["attempts"]) == (
        "processing",
        "pending",
        1,
    )
    assert value(database, "select vt > now() + interval '3 seconds' from pgmq.q_supasaasy_tasks")


def test_a_refused_connection_is_an_error_of_the_task(database: Database) -> None:
    one_by_one(database)
    status = sync(database, resources=["customer"])
    assert status["error_message"] == "customer: 127.0.0.1:1 could not be reached: Connection refused"


def test_a_redirect_is_never_followed_with_the_key(database: Database, stripe: StripeProvider) -> None:
    one_by_one(database)
    with StripeProvider() as elsewhere:
        stripe.fault(faults.redirect(f"{elsewhere.url}/v1/customers"), times=None)
        sync(database, resources=["customer"])
        assert elsewhere.requests == []


def test_a_certificate_that_nobody_vouches_for_is_refused(database: Database, self_signed: str) -> None:
    one_by_one(database)
    database.execute(
        "update supasaasy.apps set config = jsonb_set(config, '{base_url}', to_jsonb(%s::text))", (self_signed,)
    )
    status = sync(database, resources=["customer"])
    assert "its TLS certificate is not valid: self-signed certificate" in status["error_message"]


@pytest.fixture
def self_signed(tmp_path: Path) -> Any:
    """The URL of an HTTPS server whose certificate is its own word only."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_object_listed_twice_in_a_page_is_stored_once(database: Database, stripe: StripeProvider) -> None:
    stripe.fault(faults.rewritten(lambda page: page | {"data": page["data"] * 2}))
    stripe.add("customer", 5)
    status = sync(database, resources=["customer"])
    assert status["status"] == "completed"
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 5


@pytest.mark.parametrize(
    "bad", [{"name": "no id"}, {"id": 7}, {"id": None}, {"id": ""}, {"id": "x" * 513}, "text", None]
)
def test_an_object_without_a_usable_id_is_set_aside_and_the_others_are_stored(
    database: Database, stripe: StripeProvider, bad: Any
) -> None:
    stripe.add("customer", 5)
    stripe.fault(faults.rewritten(lambda page: page | {"data": [bad, *page["data"]]}))
    status = sync(database, resources=["customer"])
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 5
    assert (status["status"], status["tasks"][0]["errors"]) == ("completed", 1)
    assert status["error_message"] == (
        "customer: 1 objects could not be stored and stand in supasaasy.rejected_objects; for that, nothing was deleted"
    )
    assert query(database, "select collection_key, reason, raw_object::jsonb from supasaasy.rejected_objects") == [
        ("stripe_customer", "the object has no id that is text of 1 to 512 characters", bad)
    ]


def test_an_object_that_postgres_refuses_is_set_aside_and_the_others_are_stored(
    database: Database, stripe: StripeProvider
) -> None:
    database.execute(
        "alter table supasaasy.stripe_customer add constraint no_poison check (email <> 'poison@example.com')"
    )
    made = stripe.add("customer", 150)
    stripe.update(made[20]["id"], email="poison@example.com")
    status = sync(database, resources=["customer"])
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 149
    assert status["tasks"][0]["errors"] == 1
    assert query(
        database, "select raw_object::jsonb ->> 'id', reason like '%no_poison%' from supasaasy.rejected_objects"
    ) == [(made[20]["id"], True)]


def test_a_sync_that_set_objects_aside_deletes_nothing(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", 5)
    sync(database, resources=["customer"])
    stripe.delete(stripe.objects("customer")[0]["id"])
    stripe.fault(faults.rewritten(lambda page: page | {"data": [{"id": 7}, *page["data"]]}))
    sync(database, resources=["customer"])
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 5


def test_text_that_jsonb_refuses_is_stored_without_it(database: Database, stripe: StripeProvider) -> None:
    unescaped = (
        '{"data": [{"id": "cus_1", "name": "a\\u0000b", "email": "\\ud83d"}, {"id": "cus_2"}], "has_more": false}'
    )
    stripe.fault(faults.raw(unescaped.encode()))
    assert sync(database, resources=["customer"])["error_message"] is None
    assert query(database, "select external_id, name, email from supasaasy.stripe_customers order by 1") == [
        ("cus_1", "ab", "\ufffd"),
        ("cus_2", None, None),
    ]


def test_unchanged_objects_beside_refused_text_are_not_swept(database: Database, stripe: StripeProvider) -> None:
    stripe.fault(faults.raw(b'{"data": [{"id": "cus_1", "name": "\\u0000"}, {"id": "cus_2"}]}'), times=2)
    assert sync(database, resources=["customer"])["status"] == "completed"
    again = sync(database, resources=["customer"])
    assert (again["status"], again["tasks"][0]["deleted"]) == ("completed", 0)


@pytest.mark.parametrize(
    ("field", "payload", "column", "expected"),
    [
        ("balance", 2**63, "balance", None),
        ("balance", 2**63 - 1, "balance", 2**63 - 1),
        ("name", 42, "name", None),
        ("delinquent", "yes", "delinquent", None),
        ("created", 10**30, "stripe_created_at", None),
        ("invoice_settings", "none", "default_payment_method", None),
    ],
)
def test_a_value_of_the_wrong_type_is_null_in_its_column_and_whole_in_the_payload(
    database: Database, stripe: StripeProvider, field: str, payload: Any, column: str, expected: Any
) -> None:
    stripe.add("customer", 1)
    stripe.fault(faults.rewritten(lambda page: page | {"data": [page["data"][0] | {field: payload}]}))
    sync(database, resources=["customer"])
    [row] = query(database, f"select {column}, raw_payload -> '{field}' from supasaasy.stripe_customers")
    assert row == (expected, payload)


def test_an_object_of_five_megabytes_is_stored(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", [customer(0) | {"description": "x" * 5_000_000}, customer(1)])
    sync(database, resources=["customer"])
    assert value(database, "select max(length(description)) from supasaasy.stripe_customers") == 5_000_000


def test_a_failing_write_is_the_tasks_error_and_is_retried(database: Database, stripe: StripeProvider) -> None:
    database.execute(
        """
        create function public.full_disk() returns trigger language plpgsql
        as $$ begin raise exception 'no space left on device' using errcode = 'disk_full'; end $$;
        create trigger full_disk before insert on supasaasy.stripe_customer
        for each row execute function public.full_disk();
        """
    )
    stripe.add("customer", 5)
    task = sync(database, resources=["customer"])["tasks"][0]
    assert (task["status"], task["errors"]) == ("pending", 0)
    assert "storing a page failed" in task["error_message"]
    assert "no space left on device" in task["error_message"]

    database.execute("drop trigger full_disk on supasaasy.stripe_customer")
    database.execute("update pgmq.q_supasaasy_tasks set vt = now()")
    database.execute("call supasaasy.run_worker()")
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 5


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
