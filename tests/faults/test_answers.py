"""What the provider answers is hostile: a clear error, what is committed kept, the rest of the job goes on."""

from __future__ import annotations

import pytest

from tests.conftest import Database
from tests.faults.support import one_by_one, second_page
from tests.providers import faults
from tests.providers.server import Action
from tests.providers.stripe import StripeProvider
from tests.support import (
    sync,
    value,
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


def test_a_task_that_may_succeed_later_goes_back_to_the_queue(database: Database, stripe: StripeProvider) -> None:
    stripe.fault(faults.status(500), times=None)
    status = sync(database, resources=["customer"])
    assert (status["status"], status["tasks"][0]["status"], status["tasks"][0]["attempts"]) == (
        "processing",
        "pending",
        1,
    )
    assert value(database, "select vt > now() + interval '3 seconds' from pgmq.q_supasaasy_tasks")
