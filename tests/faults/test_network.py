"""A network that hangs, refuses, redirects or lies."""

from __future__ import annotations

import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Database
from tests.faults.support import assert_copied, assert_nothing_is_stuck, one_by_one, work_again
from tests.providers import faults
from tests.providers.server import Action
from tests.providers.stripe import StripeProvider
from tests.support import (
    point_app_at,
    sync,
)

pytestmark = pytest.mark.usefixtures("engine")


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


def test_a_refused_connection_is_an_error_of_the_task(database: Database) -> None:
    one_by_one(database)
    status = sync(database, resources=["customer"])
    assert status["error_message"] == "customer: 127.0.0.1:1 could not be reached: Connection refused"


def test_a_socket_that_hangs_is_given_up_and_asked_again(database: Database, stripe: StripeProvider) -> None:
    database.execute("set supasaasy.request_deadline = '0.3'")
    stripe.add("customer", 150)
    hung = stripe.fault(faults.hang())
    assert sync(database, resources=["customer"])["status"] == "completed"
    assert hung.hits == 1
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)


def test_a_provider_that_cannot_be_reached_is_tried_again_until_it_can(
    database: Database, stripe: StripeProvider
) -> None:
    stripe.add("customer", 5)
    point_app_at(database, "http://127.0.0.1:1")
    task = sync(database, resources=["customer"])["tasks"][0]
    assert (task["status"], task["error_message"]) == (
        "pending",
        "127.0.0.1:1 could not be reached: Connection refused",
    )
    point_app_at(database, stripe.url)
    work_again(database)
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)


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
