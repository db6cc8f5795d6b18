"""A webhook arrives the same by each way in: byte for byte, with its headers as data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from tests.conftest import Database
from tests.support import query, value
from tests.ways.conftest import Answer, Front, Way, signed, webhooks_of

EVENT = b'{"id": "evt_1", "type": "customer.updated", "created": 1767225600, "data": {"object": {"id": "cus_1"}}}'

# Each is signed as it stands: one byte that is changed on the way, and the signature is wrong.
EXACT = {
    "whitespace": EVENT.replace(b", ", b" ,\r\n\t ") + b"\n",
    "key order": b'{"type": "plan.updated", "data": {"object": {"z": 1, "id": "plan_1"}}, "created": 1, "id": "evt"}',
    "duplicate keys": EVENT.replace(b'"cus_1"', b'"cus_1", "name": "a", "name": "b"'),
    "escapes": EVENT.replace(b'"cus_1"', rb'"cus_1", "name": "\u00e9\/\"\\\n\ud83e\uddfe"'),
    "numbers": EVENT.replace(b'"cus_1"', b'"cus_1", "balance": [1.10, 1e3, 123456789012345678901234567890]'),
    "non-ASCII and emoji": EVENT.replace(b'"cus_1"', '"cus_1", "name": "Zoë 漢字 🧾"'.encode()),
}


@pytest.fixture
def inbox(database: Database) -> Callable[[], list[Any]]:
    return lambda: [row[0] for row in query(database, "select event_id from supasaasy.webhook_events order by id")]


def test_a_signed_webhook_is_accepted_whatever_bytes_it_consists_of(way: Way, logged: Callable[[], list[Any]]) -> None:
    for name, body in EXACT.items():
        assert (name, way(body, signed(body)).status) == (name, 200)
    assert logged() == [(200, body.decode()) for body in EXACT.values()]


def test_it_is_answered_with_success_and_stored_once(way: Way, inbox: Callable[[], list[Any]]) -> None:
    first, replay = (way(EVENT, signed(EVENT)) for _ in range(2))
    assert (first.status, first.body) == (200, {"success": True})
    assert (replay.status, replay.body) == (200, {"success": True})
    assert inbox() == ["evt_1"]


def test_a_changed_body_is_refused(way: Way, inbox: Callable[[], list[Any]]) -> None:
    assert way(EVENT.replace(b"cus_1", b"cus_2"), signed(EVENT)).status == 401
    assert way(EVENT.replace(b", ", b","), signed(EVENT)).status == 401
    assert inbox() == []


def test_a_webhook_without_signature_is_refused(way: Way) -> None:
    assert way(EVENT, {"Content-Type": "application/json"}).status == 400


def test_two_megabytes_are_refused_and_logged(way: Way, logged: Callable[[], list[Any]]) -> None:
    body = EVENT.replace(b"cus_1", b"x" * 2**21)
    assert way(body, signed(body)).status == 413
    assert [status for status, _ in logged()] == [413]


def test_headers_are_data_whatever_they_say(way: Way, database: Database, logged: Callable[[], list[Any]]) -> None:
    hostile = """'"}'::jsonb); drop table supasaasy.apps; -- \\u0000 {"stripe-signature": "t=1"} $1 %s ${x}"""
    assert way(EVENT, signed(EVENT) | {"X-Hostile": hostile}).status == 200
    assert value(database, "select request_headers ->> 'x-hostile' from supasaasy.webhook_logs") == hostile


def test_a_header_is_found_by_its_name_in_any_case(way: Way) -> None:
    headers = {name.upper(): text for name, text in signed(EVENT).items()}
    assert way(EVENT, headers).status == 200


@pytest.mark.parametrize("body", [b'{"id": "\xff"}', b'{"id": "evt"}\x00', b"\xed\xa0\x80"])
def test_bytes_that_are_no_text_are_refused_and_logged(
    front: Front, logged: Callable[[], list[Any]], body: bytes
) -> None:
    assert webhooks_of(front)(body, signed(body)).status == 400
    assert logged() == [(400, None)]


def test_a_byte_order_mark_is_part_of_the_body(front: Front) -> None:
    body = b"\xef\xbb\xbf" + EVENT
    assert webhooks_of(front)(body, signed(body)).status == 400  # the signature is right, the JSON is not
    assert webhooks_of(front)(EVENT, signed(body)).status == 401


def test_invalid_json_is_refused(front: Front) -> None:
    assert webhooks_of(front)(b"{", signed(b"{")).status == 400


def test_unknown_apps_are_not_found_whatever_they_are_called(front: Front, inbox: Callable[[], list[Any]]) -> None:
    for app_key in ("nobody", "'; drop table supasaasy.apps; --", "é", "\0", "%", "a" * 1000):
        answer = webhooks_of(front)(EVENT, signed(EVENT), quote(app_key, safe=""))
        assert (app_key, answer.status, answer.body["success"]) == (app_key, 404, False)
    assert inbox() == []


def test_nine_megabytes_are_refused_while_they_are_read(front: Front) -> None:
    body = EVENT.replace(b"cus_1", b"x" * 9 * 2**20)
    answer = webhooks_of(front)(body, signed(body))
    assert (answer.status, answer.body) == (413, {"success": False, "error": "Request body too large"})


def test_the_endpoint_shows_that_it_exists(front: Front) -> None:
    for app_key in ("stripe_prod", "nobody"):
        answer = front("HEAD", f"/webhook/{app_key}")
        assert (answer.status, answer.body) == (200, None)


def test_the_urls_of_edge_functions_work_as_well(front: Front) -> None:
    answer = front("POST", "/functions/v1/webhook/stripe_prod", EVENT, signed(EVENT))
    assert answer.status == 200


def test_a_signature_header_that_comes_twice_is_one_list(served: Front) -> None:
    # http.client sends a header once for each name, and names differ by case.
    headers = signed(EVENT)
    wrong = headers["Stripe-Signature"].replace("v1=", "v1=0")
    answer = served("POST", "/webhook/stripe_prod", EVENT, {"stripe-signature": wrong} | headers)
    assert answer == Answer(200, {"success": True}, answer.headers)
