"""What the provider answers is hostile: a clear error, what is committed kept, the rest of the job goes on."""

from __future__ import annotations

import pytest

from tests.conftest import Database
from tests.faults.support import (
    assert_copied,
    assert_nothing_is_stuck,
    one_by_one,
    second_page,
    sequentially,
    work_again,
)
from tests.providers import faults
from tests.providers.server import Action
from tests.providers.stripe import StripeProvider
from tests.support import (
    sync,
    value,
)

pytestmark = pytest.mark.usefixtures("engine")


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
    assert_nothing_is_stuck(database)


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
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)


def test_a_task_that_may_succeed_later_goes_back_to_the_queue(database: Database, stripe: StripeProvider) -> None:
    stripe.fault(faults.status(500), times=None)
    status = sync(database, resources=["customer"])
    assert (status["status"], status["tasks"][0]["status"], status["tasks"][0]["attempts"]) == (
        "processing",
        "pending",
        1,
    )
    assert value(database, "select vt > now() + interval '3 seconds' from pgmq.q_supasaasy_tasks")


def test_what_the_provider_refuses_for_long_goes_on_from_its_checkpoint_once_it_recovers(
    database: Database, stripe: StripeProvider
) -> None:
    sequentially(database)
    stripe.add("customer", 350)
    stripe.fault(faults.status(500), match=second_page, times=7)  # five attempts, and two more in the next round
    task = sync(database, resources=["customer"])["tasks"][0]
    assert (task["status"], task["pages"]) == ("pending", 1)
    assert task["error_message"].startswith("the provider answered 500: The provider double answers 500. [request req_")

    stripe.requests.clear()
    work_again(database)
    assert all("starting_after" in request.query for request in stripe.requests)
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)


@pytest.mark.parametrize("retry_after", [None, 1], ids=["without Retry-After", "with Retry-After"])
def test_a_storm_of_429s_is_waited_out(database: Database, stripe: StripeProvider, retry_after: int | None) -> None:
    names = ("customer", "product", "price", "plan")
    for name in names:
        stripe.add(name, 150)
    storm = stripe.fault(faults.rate_limit(retry_after), times=6)
    status = sync(database)
    assert (status["status"], status["error_message"], storm.hits) == ("completed", None, 6)
    assert_copied(database, stripe, *names)
    assert_nothing_is_stuck(database)


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (faults.rate_limit(retry_after=120), "the provider answered 429 (endpoint-rate): Slow down."),
        (faults.status(503, headers={"Retry-After": "120"}), "the provider answered 503"),
    ],
    ids=["429", "503"],
)
def test_a_long_retry_after_is_waited_for_in_the_queue_and_not_by_the_worker(
    database: Database, stripe: StripeProvider, action: Action, message: str
) -> None:
    stripe.add("customer", 150)
    database.execute("update supasaasy.apps set sync_from = '2000-01-01'")  # the first request is filtered
    stripe.fault(action)
    task = sync(database, resources=["customer"])["tasks"][0]
    assert (task["status"], len(stripe.requests)) == ("pending", 1)
    assert task["error_message"].startswith(message)
    assert value(database, "select vt > now() + interval '100 seconds' from pgmq.q_supasaasy_tasks")
    work_again(database)
    assert_copied(database, stripe)
    assert_nothing_is_stuck(database)


def test_a_forbidden_collection_fails_alone_and_nothing_of_it_is_deleted(
    database: Database, stripe: StripeProvider
) -> None:
    names = ("customer", "product", "plan")
    for name in names:
        stripe.add(name, 5)
    sync(database)
    stripe.fault(faults.status(403), match=lambda request: request.path == "/v1/products", times=None)
    stripe.delete(stripe.objects("plan")[0]["id"])
    status = sync(database)
    assert {task["resource_type"]: task["status"] for task in status["tasks"]} == {
        "customer": "completed",
        "plan": "completed",
        "price": "completed",
        "product": "failed",
        "subscription": "completed",
    }
    assert status["error_message"].startswith("product: the provider answered 403: The provider double answers 403.")
    assert_copied(database, stripe, *names)
    assert_nothing_is_stuck(database)
