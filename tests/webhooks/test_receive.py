"""`receive_webhook`: what is accepted, what is refused with which status, and that a refusal leaves nothing behind."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from supasaasy import define_config, get_migrations
from supasaasy.spec import Signature
from tests.conftest import Database
from tests.support import CONFIG, WEBHOOK_SECRET, query, value
from tests.webhooks import support
from tests.webhooks.support import NOW, enable_logging, event, signature, signed, stop_clock

ACCEPTED = (200, {"success": True})
BAD_REQUEST = (400, {"success": False, "error": "Bad Request"})
UNAUTHORIZED = (401, {"success": False, "error": "Unauthorized"})
NOT_FOUND = (404, {"success": False, "error": "Not Found"})
TOO_LARGE = (413, {"success": False, "error": "Payload Too Large"})
UNAVAILABLE = (503, {"success": False, "error": "Service Unavailable"})

BODY = json.dumps(event("customer.created", {"id": "cus_1", "object": "customer"}, id="evt_a"))


@pytest.fixture(autouse=True)
def clock(database: Database) -> None:
    stop_clock(database)
    enable_logging(database)


def receive(
    database: Database, body: str | None, headers: Any = None, app_key: str | None = "stripe_prod"
) -> tuple[int, Any]:
    """The answer to one request, signed unless headers are given; the same at once and step by step."""
    if headers is None:
        headers = signed(body or "")
    with database.transaction(force_rollback=True):
        judged = value(
            database,
            "select (supasaasy._judge_webhook(%s, %s, %s)).status",
            app_key,
            json.dumps(headers if isinstance(headers, dict) else {}),
            body,
        )
    answer = support.receive(database, body, headers, app_key)
    assert judged == answer[0]
    return answer


def assert_only_logged(database: Database, status: int) -> None:
    """Nothing is stored but the log row."""
    assert query(database, "select event_id from supasaasy.webhook_events") == []
    assert query(database, "select message from pgmq.q_supasaasy_webhooks") == []
    assert query(database, "select response_status from supasaasy.webhook_logs") == [(status,)]


def test_a_signed_event_is_stored_and_queued(database: Database) -> None:
    assert receive(database, BODY) == ACCEPTED
    stored = query(
        database,
        "select id, app_key, event_id, event_type, collection_key, object_id, action, status,"
        " extract(epoch from occurred_at)::bigint, payload from supasaasy.webhook_events",
    )
    assert [row[1:] for row in stored] == [
        (
            "stripe_prod",
            "evt_a",
            "customer.created",
            "stripe_customer",
            "cus_1",
            "create",
            "pending",
            NOW,
            json.loads(BODY),
        )
    ]
    assert query(database, "select message from pgmq.q_supasaasy_webhooks") == [({"event": stored[0][0]},)]


def test_a_replayed_event_is_accepted_and_does_nothing(database: Database) -> None:
    assert receive(database, BODY) == ACCEPTED
    assert receive(database, BODY, signed(BODY, at=NOW + 60)) == ACCEPTED
    assert value(database, "select count(*) from supasaasy.webhook_events") == 1
    assert value(database, "select count(*) from pgmq.q_supasaasy_webhooks") == 1


def test_the_same_event_id_of_two_apps_is_two_events(database: Database) -> None:
    database.execute(
        """
        insert into supasaasy.apps (app_key, name, connector, config, resources)
        select 'stripe_other', name, connector, config, resources from supasaasy.apps
        """
    )
    assert receive(database, BODY) == ACCEPTED
    assert receive(database, BODY, app_key="stripe_other") == ACCEPTED
    assert value(database, "select count(*) from supasaasy.webhook_events") == 2


@pytest.mark.parametrize(
    "body",
    [
        BODY.replace(" ", ""),
        json.dumps(json.loads(BODY), indent=4) + "\n\n",
        " \t" + BODY + "\r\n",
        json.dumps(dict(reversed(json.loads(BODY).items()))),
        BODY.replace("cus_1", "cus_\\u0031\\/"),
        BODY.replace('"object": "customer"', '"name": "Ænne \u2028 Müller 日本 🦊"'),
        BODY.replace('"object": "customer"', '"name": "\\ud83e\\udd8a \\u0000 \\ud800"'),
        BODY.replace('"object": "customer"', '"balance": 1.10, "balance": 12345678901234567890.000'),
    ],
    ids=["dense", "indented", "padded", "reordered", "escaped", "non-ascii", "odd escapes", "numbers"],
)
def test_the_signature_is_that_of_the_exact_bytes(database: Database, body: str) -> None:
    assert receive(database, body) == ACCEPTED


@pytest.mark.parametrize("name", ["Stripe-Signature", "stripe-signature", "STRIPE-SIGNATURE", "sTRIPE-sIGNATURE"])
def test_the_name_of_a_header_has_any_case(database: Database, name: str) -> None:
    assert receive(database, BODY, {name: f"t={NOW},v1={signature(BODY)}"}) == ACCEPTED


def test_a_good_webhook_takes_one_statement(database: Database) -> None:
    database.execute(
        """
        create or replace function supasaasy._judge_webhook(p_app_key text, p_headers jsonb, p_body text)
        returns supasaasy.webhook_outcome language sql as $$ select (404, null)::supasaasy.webhook_outcome $$
        """
    )
    assert support.receive(database, BODY) == ACCEPTED
    assert support.receive(database, BODY) == NOT_FOUND  # it is known


def test_a_body_is_parsed_only_if_it_is_signed(database: Database) -> None:
    """Nor while a session makes its first plans, which evaluate what is immutable."""
    definition = value(database, "select pg_get_functiondef('supasaasy._try_json'::regproc)")
    database.execute(definition.replace("return p_text::jsonb;", "raise 'parsed';").encode())
    assert support.receive(database, BODY, signed(BODY, secret="whsec_wrong")) == UNAUTHORIZED
    assert support.receive(database, BODY, app_key="nobody") == NOT_FOUND
    with pytest.raises(psycopg.errors.RaiseException, match="parsed"):
        support.receive(database, BODY)


def test_a_body_is_hashed_only_if_there_is_a_recent_signature(database: Database) -> None:
    database.execute(
        """
        create or replace function supasaasy._hmac(p_data bytea, p_key bytea, p_algorithm text) returns bytea
        language plpgsql immutable strict as $$ begin raise 'hashed'; end $$
        """
    )
    assert support.receive(database, BODY, {}) == BAD_REQUEST
    assert support.receive(database, BODY, {"stripe-signature": f"t={NOW}"}) == BAD_REQUEST
    assert support.receive(database, BODY, signed(BODY, at=NOW - 301)) == UNAUTHORIZED
    with pytest.raises(psycopg.errors.RaiseException, match="hashed"):
        support.receive(database, BODY)


@pytest.mark.parametrize("settings", [{}, {"webhook_mode": "refetch"}, {"account": "acct_1"}], ids=json.dumps)
@pytest.mark.parametrize(
    "told",
    [
        event("customer.updated", {"id": "cus_1"}, id="evt_1"),
        event("customer.deleted", {"id": "c" * 600}, id="evt_1"),
        event("customer.updated", {"id": "cus_1"}, id="evt_1", account="acct_1"),
        event("customer.updated", {"id": "cus_1"}, id="evt_1", context="acct_1"),
        event("customer.updated", {"id": "cus_1"}, id="evt_1", related_object={"id": "cus_2", "type": "customer"}),
        event("customer.updated", {"id": ""}, id="evt_1"),
        event("customer.updated", {}, id="evt_1"),
        event("unheard.of", {"id": "cus_1"}, id="evt_1"),
        event("", {"id": "cus_1"}, id="evt_1"),
        event("invoice.updated", {"id": "in_1"}, id="evt_1"),
        event("customer.updated", {"id": "cus_1"}, id="e" * 256),
        event("customer.updated", {"id": "cus_1"}, id="evt_1", created="yesterday"),
        event("customer.updated", {"id": "cus_1"}, id="evt_1", created=str(NOW)),
        event("customer.updated", {"id": "cus_1"}, id="evt_1", created=NOW + 0.25),
        event("customer.updated", {"id": "cus_1"}, id="evt_1", created=999_999_999_999),
        event("customer.updated", {"id": "cus_1"}, id="evt_1", created=-1),
    ],
    ids=lambda told: f"{told['type']} {list(told)[5:]} {len(told['id'])}",
)
def test_an_event_is_stored_the_same_at_once_and_step_by_step(
    database: Database, told: dict[str, Any], settings: dict[str, str]
) -> None:
    database.execute("update supasaasy.apps set config = config || %s", (json.dumps(settings),))
    body = json.dumps(told)
    stored = []
    for name in ("stripe-signature", "Stripe-Signature"):  # looked up as it is written, and in any case
        with database.transaction(force_rollback=True):
            status, _ = receive(database, body, {name: f"t={NOW},v1={signature(body)}"})
            rows = query(database, "select to_jsonb(event) - 'id' from supasaasy.webhook_events as event")
            stored.append((status, rows, value(database, "select count(*) from pgmq.q_supasaasy_webhooks")))
    assert stored[0] == stored[1]


@pytest.mark.parametrize(
    "header",
    [
        f"t={NOW},v1={'0' * 64},v1={signature(BODY)}",
        f"t={NOW},v1={signature(BODY)},v1={signature(BODY, secret='whsec_next')}",
        f"t={NOW}, v1={signature(BODY)}, v0={'0' * 64}",
        f"v0=x,v2=y,v1={signature(BODY)},t={NOW}",
    ],
    ids=["second of two", "first of two", "spaces, other scheme", "other order"],
)
def test_one_fitting_signature_among_others_is_enough(database: Database, header: str) -> None:
    assert receive(database, BODY, {"stripe-signature": header}) == ACCEPTED


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (BODY.replace("cus_1", "cus_2"), signed(BODY)),
        (BODY + " ", signed(BODY)),
        (BODY, signed(BODY, secret="whsec_wrong")),
        (BODY, {"stripe-signature": f"t={NOW},v1="}),
        (BODY, {"stripe-signature": f"t={NOW},v1={signature(BODY)[:-1]}"}),
        (BODY, {"stripe-signature": f"t={NOW},v1={signature(BODY)}0"}),
        (BODY, {"stripe-signature": f"t={NOW - 1},v1={signature(BODY)}"}),
        (BODY, {"stripe-signature": f"t={NOW},t={NOW - 1},v1={signature(BODY, at=NOW - 1)}"}),
        (BODY, signed(BODY, at=NOW - 301)),
        (BODY, signed(BODY, at=NOW + 301)),
    ],
    ids=[
        "tampered body",
        "padded body",
        "wrong secret",
        "empty signature",
        "short signature",
        "long signature",
        "other timestamp",
        "second timestamp",
        "too old",
        "from the future",
    ],
)
def test_a_signature_that_does_not_fit_is_unauthorized(database: Database, body: str, headers: Any) -> None:
    assert receive(database, body, headers) == UNAUTHORIZED
    assert_only_logged(database, 401)


@pytest.mark.parametrize("away", [-300, 0, 300])
def test_a_timestamp_within_the_tolerance_is_accepted(database: Database, away: int) -> None:
    assert receive(database, BODY, signed(BODY, at=NOW + away)) == ACCEPTED


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature": f"sha1={'0' * 40}"},
        {"stripe-signature": ""},
        {"stripe-signature": "nonsense"},
        {"stripe-signature": f"t={NOW}"},
        {"stripe-signature": f"v1={signature(BODY)}"},
        {"stripe-signature": f"t=soon,v1={signature(BODY)}"},
        {"stripe-signature": f"t=-1,v1={signature(BODY)}"},
        {"stripe-signature": f"t={'9' * 40},v1={signature(BODY)}"},
        {"stripe-signature": f"t={NOW},v0={signature(BODY)}"},
        {"stripe-signature": f"t={NOW}" + f",v1={'0' * 64}" * 100},
        {"stripe-signature": None},
        {"X": f"1\r\nStripe-Signature: t={NOW},v1={signature(BODY)}"},
        {"X: 1\r\nStripe-Signature": f"t={NOW},v1={signature(BODY)}"},
        [],
        "text",
        7,
    ],
)
def test_a_request_without_a_readable_signature_is_bad(database: Database, headers: Any) -> None:
    assert receive(database, BODY, headers) == BAD_REQUEST
    assert_only_logged(database, 400)


def test_a_request_without_headers_is_bad(database: Database) -> None:
    assert query(database, "select status from supasaasy.receive_webhook('stripe_prod', null, %s)", BODY) == [(400,)]
    assert_only_logged(database, 400)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "nonsense",
        "null",
        "[]",
        "{}",
        BODY[:-1],
        BODY.replace('"evt_a"', "null"),
        BODY.replace('"evt_a"', '"' + "e" * 256 + '"'),
        BODY.replace('"type"', '"kind"'),
        BODY.replace(str(NOW), '"soon"'),
        BODY.replace(str(NOW), "1e400000"),
        "[" * 500_000,
        '{"a":' * 100_000 + "1" + "}" * 100_000,
    ],
    ids=lambda body: body[:20],
)
def test_a_signed_body_that_is_no_event_is_bad(database: Database, body: str) -> None:
    assert receive(database, body) == BAD_REQUEST
    assert_only_logged(database, 400)


def test_a_body_that_is_not_text_is_bad(database: Database) -> None:
    assert receive(database, None, signed("")) == BAD_REQUEST
    assert_only_logged(database, 400)


@pytest.mark.parametrize(
    "app_key", ["nope", "", None, "'; drop table supasaasy.apps; --", "stripe_prod ", "x" * 10_000]
)
def test_an_unknown_app_is_not_found(database: Database, app_key: str | None) -> None:
    assert receive(database, BODY, app_key=app_key) == NOT_FOUND
    assert_only_logged(database, 404)


def test_a_disabled_app_answers_as_an_unknown_one_does(database: Database) -> None:
    assert receive(database, BODY) == ACCEPTED
    database.execute("update supasaasy.apps set enabled = false")
    assert receive(database, BODY) == receive(database, BODY, app_key="nope") == NOT_FOUND


def test_a_provider_that_sends_no_webhooks_is_not_found(database: Database) -> None:
    database.execute("""update supasaasy.connectors set declaration = declaration || '{"webhooks": null}'""")
    assert receive(database, BODY) == NOT_FOUND


def test_a_body_of_two_megabytes_is_too_large(database: Database) -> None:
    body = json.dumps(event("customer.created", {"id": "cus_1", "description": "x" * 2_000_000}))
    assert receive(database, body) == TOO_LARGE
    assert_only_logged(database, 413)
    assert value(database, "select length(request_body) from supasaasy.webhook_logs") == 10_000


def test_the_limit_counts_bytes_and_can_be_set_for_an_app(database: Database) -> None:
    body = json.dumps(event("customer.created", {"id": "cus_1", "name": "é" * 100}), ensure_ascii=False)
    limit = len(body.encode())
    set_limit = "update supasaasy.apps set config = config || jsonb_build_object('max_webhook_bytes', %s::integer)"
    database.execute(set_limit, (limit - 1,))
    assert receive(database, body) == TOO_LARGE
    database.execute(set_limit, (limit,))
    assert receive(database, body) == ACCEPTED


def test_without_a_limit_nothing_is_taken(database: Database) -> None:
    database.execute("update supasaasy.apps set config = config - 'max_webhook_bytes'")
    assert receive(database, BODY) == TOO_LARGE


def test_a_change_of_apps_keeps_no_webhook_waiting(database: Database, connect: Callable[[], Database]) -> None:
    """As a migration makes it, in a transaction that may take a while."""
    database.execute("set lock_timeout = '2s'")
    with connect() as other, other.transaction():
        other.execute("update supasaasy.apps set enabled = false")
        assert receive(database, BODY) == ACCEPTED
    assert receive(database, BODY) == NOT_FOUND


@pytest.mark.parametrize("change", ["- 'webhook_secret_env'", """|| '{"webhook_secret_env": "NO_SUCH_SECRET"}'"""])
def test_without_its_secret_nothing_is_accepted(database: Database, change: str) -> None:
    database.execute(f"update supasaasy.apps set config = config {change}".encode())
    assert receive(database, BODY) == UNAVAILABLE
    assert_only_logged(database, 503)


def test_a_blank_secret_is_none(database: Database) -> None:
    database.execute("select vault.create_secret('  ', 'BLANK_SECRET')")
    database.execute("""update supasaasy.apps set config = config || '{"webhook_secret_env": "BLANK_SECRET"}'""")
    assert receive(database, BODY, signed(BODY, secret="  ")) == UNAVAILABLE
    assert receive(database, BODY, signed(BODY, secret="")) == UNAVAILABLE


@pytest.mark.parametrize(
    ("event_type", "subject", "more", "reason"),
    [
        ("charge.created", {"id": "ch_1"}, {}, "no collection that the app syncs is moved by this type of event"),
        (
            "customer.discount.created",
            {"id": "di_1"},
            {},
            "no collection that the app syncs is moved by this type of event",
        ),
        (
            "invoice.upcoming",
            {"object": "invoice"},
            {},
            "no collection that the app syncs is moved by this type of event",
        ),
        ("customer.updated", {"object": "customer"}, {}, "it carries no object with an id"),
        ("customer.updated", {"id": ""}, {}, "it carries no object with an id"),
        ("customer.updated", {"id": "cus_1"}, {"account": "acct_other"}, "it happened in another account"),
    ],
)
def test_an_event_about_nothing_that_is_synced_is_acknowledged_and_ignored(
    database: Database, event_type: str, subject: Any, more: Any, reason: str
) -> None:
    assert receive(database, json.dumps(event(event_type, subject, **more))) == ACCEPTED
    assert query(database, "select status, error_message from supasaasy.webhook_events") == [("ignored", reason)]
    assert query(database, "select message from pgmq.q_supasaasy_webhooks") == []


def test_a_resource_that_the_app_does_not_sync_is_ignored(database: Database) -> None:
    database.execute("update supasaasy.apps set resources = '{product}'")
    assert receive(database, BODY) == ACCEPTED
    assert query(database, "select status from supasaasy.webhook_events") == [("ignored",)]


def test_the_events_of_the_apps_own_account_are_taken(database: Database) -> None:
    database.execute("""update supasaasy.apps set config = config || '{"account": "acct_1"}'""")
    assert receive(database, json.dumps(event("customer.updated", {"id": "cus_1"}, account="acct_1"))) == ACCEPTED
    assert query(database, "select status from supasaasy.webhook_events") == [("pending",)]


@pytest.mark.parametrize(
    ("header", "prefix", "algorithm", "encoding"),
    [
        ("X-Hub-Signature", "sha1=", "sha1", "hex"),
        ("X-Notion-Signature", "sha256=", "sha256", "hex"),
        ("X-Shop-Hmac-Sha256", "", "sha256", "base64"),
    ],
)
def test_a_connector_can_declare_another_scheme(
    database: Database, header: str, prefix: str, algorithm: Any, encoding: Any
) -> None:
    scheme = Signature(header, prefix=prefix, algorithm=algorithm, encoding=encoding)
    database.execute(
        "update supasaasy.connectors set declaration = declaration || jsonb_build_object('webhooks', %s::jsonb)",
        (json.dumps(scheme.declaration()),),
    )
    digest = hmac.digest(WEBHOOK_SECRET.encode(), BODY.encode(), algorithm)
    text = digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()
    assert receive(database, BODY + " ", {header: prefix + text}) == UNAUTHORIZED
    assert receive(database, BODY, {header: text[::-1]}) == (BAD_REQUEST if prefix else UNAUTHORIZED)
    assert receive(database, BODY, {header: prefix + text}) == ACCEPTED


@pytest.mark.parametrize("missing", ["prefix", "algorithm", "encoding"])
def test_a_scheme_that_lacks_a_part_lets_nothing_in(database: Database, missing: str) -> None:
    database.execute(
        "update supasaasy.connectors set declaration = jsonb_set(declaration, array['webhooks', %s], 'null')",
        (missing,),
    )
    assert receive(database, BODY) == (BAD_REQUEST if missing == "prefix" else UNAUTHORIZED)


def test_a_signature_header_is_measured_as_it_was_sent(database: Database) -> None:
    header = f"t={NOW}, v1={signature(BODY)}"
    assert receive(database, BODY, {"stripe-signature": header + " " * (4097 - len(header))}) == BAD_REQUEST
    assert receive(database, BODY, {"stripe-signature": ""}) == BAD_REQUEST
    assert receive(database, BODY, {"stripe-signature": header + " " * (4096 - len(header))}) == ACCEPTED


def test_requests_are_logged_as_configured_in_sessions_that_live_on_too(database: Database) -> None:
    for enabled, statuses in ((False, []), (True, [(200,), (400,)]), (False, [(200,), (400,)])):
        config = define_config(CONFIG.model_dump() | {"webhook_logging": {"enabled": enabled}})
        database.execute(get_migrations(config).encode())
        support.receive(database, BODY)
        support.receive(database, BODY, {})
        assert query(database, "select response_status from supasaasy.webhook_logs order by id") == statuses


def test_the_log_has_the_request_and_the_answer(database: Database) -> None:
    receive(database, BODY, signed(BODY) | {"User-Agent": "Stripe/1.0"})
    assert query(
        database,
        """
        select app_key, request_method, request_path, request_headers, request_body, response_status, response_body
            , error_message, processing_duration_ms between 0 and 10000, extract(epoch from created_at)::bigint
        from supasaasy.webhook_logs
        """,
    ) == [
        (
            "stripe_prod",
            "POST",
            "/webhook/stripe_prod",
            {"content-type": "application/json", "stripe-signature": "[redacted]", "User-Agent": "Stripe/1.0"},
            BODY,
            200,
            {"success": True},
            None,
            True,
            NOW,
        )
    ]


def test_a_webhooks_duration_is_its_own_of_several_in_one_statement(database: Database) -> None:
    database.execute("select pg_sleep(0.5), supasaasy.receive_webhook('stripe_prod', '{}', '{}')")
    assert value(database, "select processing_duration_ms < 500 from supasaasy.webhook_logs")


@pytest.mark.parametrize(
    ("body", "headers", "reason"),
    [
        (BODY, {}, "the header stripe-signature is missing"),
        (BODY, signed(BODY, secret="x"), "the signature is not that of the body under the secret"),
        (BODY, signed(BODY, at=NOW - 301), f"the timestamp {NOW - 301} is more than 300 seconds away"),
        ("{}", signed("{}"), "the event has no id, no type or no time"),
    ],
)
def test_only_the_log_says_why_a_request_was_refused(database: Database, body: str, headers: Any, reason: str) -> None:
    receive(database, body, headers)
    assert query(database, "select error_message from supasaasy.webhook_logs") == [(reason,)]


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "PROXY-AUTHORIZATION",
        "cookie",
        "Set-Cookie",
        "Stripe-Signature",
        "X-Hub-Signature-256",
        "apikey",
        "X-Api-Key",
        "x_api_key",
        "X-Amz-Security-Token",
        "Client-Secret",
        "X-Auth",
        "X-Password",
    ],
)
def test_headers_that_may_hold_secrets_are_redacted(database: Database, name: str) -> None:
    receive(database, BODY, {name: "hunter2", "Accept": "*/*"})
    assert query(database, "select request_headers from supasaasy.webhook_logs") == [
        ({name: "[redacted]", "Accept": "*/*"},)
    ]


def test_a_200_promises_that_the_event_is_on_disk(database: Database) -> None:
    with database.transaction():
        database.execute("set local synchronous_commit to off")
        assert receive(database, BODY) == ACCEPTED
        assert value(database, "show synchronous_commit") == "on"
