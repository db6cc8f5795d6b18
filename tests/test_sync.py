"""The main job: `sync()`, a worker, rows to query."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal
from email.utils import formatdate
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.conftest import Database
from tests.faults.support import second_page
from tests.providers import faults
from tests.providers.server import Exchange, Response
from tests.providers.stripe import StripeProvider
from tests.providers.stripe_objects import customer, price, product, subscription
from tests.support import job_status, query, run_worker, start_sync, sync, value

pytestmark = pytest.mark.usefixtures("engine")


def test_a_full_sync_copies_every_object(database: Database, stripe: StripeProvider) -> None:
    for name, count in (("customer", 250), ("product", 3), ("price", 120), ("plan", 2), ("subscription", 101)):
        stripe.add(name, count)
    status = sync(database)
    assert (status["status"], status["completed_tasks"], status["failed_tasks"]) == ("completed", 5, 0)
    assert query(database, "select collection_key, count(*) from supasaasy.entities group by 1 order by 1") == [
        ("stripe_customer", 250),
        ("stripe_plan", 2),
        ("stripe_price", 120),
        ("stripe_product", 3),
        ("stripe_subscription", 101),
        ("stripe_subscription_item", 101),
    ]


def test_every_object_is_fetched_once(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", 1000)
    status = sync(database, resources=["customer"])
    assert status["processed_entities"] == 1000


def test_sync_returns_its_job_before_any_work_is_done(database: Database, stripe: StripeProvider) -> None:
    job = value(database, "select supasaasy.sync('stripe_prod', 'full', array['price', 'customer'])")
    job_id = job.pop("job_id")
    assert job == {
        "success": True,
        "app_key": "stripe_prod",
        "mode": "full",
        "status": "pending",
        "total_tasks": 2,
        "resource_types": ["customer", "price"],
    }
    assert job_status(database, job_id)["status"] == "pending"
    assert stripe.requests == []


def test_an_immediate_sync_does_all_in_the_call(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", 150)
    result = value(database, "select supasaasy.sync('stripe_prod', 'full', array['customer'], immediate => true)")
    assert result.pop("duration_ms") >= 0
    assert result == {
        "success": True,
        "app_key": "stripe_prod",
        "mode": "full",
        "collections": [
            {
                "collection_key": "stripe_customer",
                "resource_type": "customer",
                "status": "completed",
                "created": 150,
                "updated": 0,
                "deleted": 0,
                "errors": 0,
                "error_message": None,
                "error_messages": [],
            }
        ],
        "total_created": 150,
        "total_updated": 0,
        "total_deleted": 0,
        "total_errors": 0,
    }


def test_typed_columns_hold_what_the_payload_says(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", [customer(0) | {"id": "cus_a", "email": "a@example.com", "created": 1700000000}])
    stripe.add("price", [price(0) | {"id": "price_a", "product": "prod_a", "unit_amount_decimal": "1.10"}])
    sync(database)
    assert query(database, "select external_id, email, stripe_created_at from supasaasy.stripe_customers") == [
        ("cus_a", "a@example.com", datetime(2023, 11, 14, 22, 13, 20, tzinfo=timezone.utc))
    ]
    assert query(database, "select product_id, unit_amount_decimal from supasaasy.stripe_prices") == [
        ("prod_a", Decimal("1.10"))
    ]


def test_an_expanded_reference_gives_its_id(database: Database, stripe: StripeProvider) -> None:
    stripe.add("price", [price(0) | {"product": {"id": "prod_expanded", "object": "product"}}])
    sync(database, resources=["price"])
    assert value(database, "select product_id from supasaasy.stripe_prices") == "prod_expanded"


def test_the_period_of_a_subscription_is_read_from_its_first_item(database: Database, stripe: StripeProvider) -> None:
    stripe.add("subscription", 1)
    sync(database, resources=["subscription"])
    assert value(
        database,
        """
        select s.current_period_end is not null and s.current_period_end = i.current_period_end
        from supasaasy.stripe_subscriptions as s
        join supasaasy.stripe_subscription_items as i on i.subscription_id = s.external_id
        """,
    )


def test_inactive_prices_are_listed_and_archived(database: Database, stripe: StripeProvider) -> None:
    stripe.add("price", [price(0) | {"active": True}, price(1) | {"active": False}])
    sync(database, resources=["price"])
    assert query(database, "select active, archived_at is not null from supasaasy.stripe_prices order by active") == [
        (False, True),
        (True, False),
    ]


def test_cancelled_subscriptions_are_listed_and_archived(database: Database, stripe: StripeProvider) -> None:
    stripe.add("subscription", [subscription(0), subscription(1, status="canceled")])
    sync(database, resources=["subscription"])
    assert query(
        database, "select status, archived_at is not null from supasaasy.stripe_subscriptions order by status"
    ) == [("active", False), ("canceled", True)]


def test_an_object_that_is_active_again_is_no_longer_archived(database: Database, stripe: StripeProvider) -> None:
    [made] = stripe.add("product", [product(0) | {"active": False}])
    sync(database, resources=["product"])
    stripe.update(made["id"], active=True)
    sync(database, resources=["product"])
    assert value(database, "select archived_at from supasaasy.stripe_products") is None


def test_items_beyond_those_embedded_are_listed_from_their_own_endpoint(
    database: Database, stripe: StripeProvider
) -> None:
    stripe.add("subscription", [subscription(0, items=2), subscription(1, items=250), subscription(2, items=3)])
    sync(database, resources=["subscription"])
    assert query(
        database, "select count(*) from supasaasy.stripe_subscription_items group by subscription_id order by 1"
    ) == [(2,), (3,), (250,)]


def test_an_item_that_left_its_subscription_is_soft_deleted(database: Database, stripe: StripeProvider) -> None:
    [made] = stripe.add("subscription", [subscription(0, items=3)])
    sync(database, resources=["subscription"])
    gone = made["items"]["data"][0]["id"]
    stripe.update(made["id"], items=made["items"] | {"data": made["items"]["data"][1:]})
    sync(database, resources=["subscription"])
    assert query(
        database, "select external_id from supasaasy.stripe_subscription_item where deleted_at is not null"
    ) == [(gone,)]


def test_an_item_that_left_its_subscription_while_that_was_not_stored_is_soft_deleted(
    database: Database, stripe: StripeProvider
) -> None:
    [made] = stripe.add("subscription", 1)
    sync(database, resources=["subscription"])
    database.execute("delete from supasaasy.stripe_subscription")
    stripe.update(made["id"], items=made["items"] | {"data": []})
    sync(database, resources=["subscription"])
    assert value(database, "select count(*) from supasaasy.stripe_subscription_items") == 0


def test_an_item_that_two_new_subscriptions_embed_is_stored_once(database: Database, stripe: StripeProvider) -> None:
    first = subscription(0)
    stripe.add("subscription", [first, subscription(1) | {"items": first["items"]}])
    task = sync(database, resources=["subscription"])["tasks"][0]
    assert (task["status"], task["created"]) == ("completed", 3)
    assert value(database, "select count(*) from supasaasy.stripe_subscription_items") == 1


def test_what_the_provider_no_longer_lists_is_soft_deleted_with_its_children(
    database: Database, stripe: StripeProvider
) -> None:
    stripe.add("subscription", 2)
    sync(database, resources=["subscription"])
    stripe.delete(stripe.objects("subscription")[0]["id"])
    status = sync(database, resources=["subscription"])
    assert status["tasks"][0]["deleted"] == 2
    assert value(database, "select count(*) from supasaasy.stripe_subscriptions") == 1
    assert value(database, "select count(*) from supasaasy.stripe_subscription_items") == 1
    assert value(database, "select count(*) from supasaasy.stripe_subscription") == 2


def test_what_is_listed_again_is_no_longer_deleted(database: Database, stripe: StripeProvider) -> None:
    [made] = stripe.add("customer", 1)
    sync(database, resources=["customer"])
    stripe.delete(made["id"])
    sync(database, resources=["customer"])
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 0
    stripe.add("customer", [made])
    sync(database, resources=["customer"])
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 1


def test_syncing_unchanged_data_writes_no_row(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", 250)
    sync(database, resources=["customer"])
    before = query(database, "select xmin, ctid from supasaasy.stripe_customer order by external_id")
    status = sync(database, resources=["customer"])
    assert query(database, "select xmin, ctid from supasaasy.stripe_customer order by external_id") == before
    assert (status["tasks"][0]["created"], status["tasks"][0]["updated"], status["tasks"][0]["deleted"]) == (0, 0, 0)


def test_a_changed_object_is_updated_and_counted(database: Database, stripe: StripeProvider) -> None:
    made = stripe.add("customer", 2)
    sync(database, resources=["customer"])
    stripe.update(made[0]["id"], email="new@example.com")
    status = sync(database, resources=["customer"])
    assert status["tasks"][0]["updated"] == 1
    assert value(database, "select count(*) from supasaasy.stripe_customers where email = 'new@example.com'") == 1


def test_an_older_observation_never_overwrites_a_newer_one(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", [customer(0) | {"email": "listed@example.com"}])
    sync(database, resources=["customer"])
    database.execute(
        """
        update supasaasy.stripe_customer
        set raw_payload = raw_payload || '{"email": "newer@example.com"}', observed_at = now() + interval '1 hour'
        """
    )
    sync(database, resources=["customer"])
    assert value(database, "select email from supasaasy.stripe_customers") == "newer@example.com"


def test_a_row_newer_than_the_page_that_lists_it_is_not_taken_for_deleted(
    database: Database, stripe: StripeProvider
) -> None:
    def ten_minutes_old(exchange: Exchange) -> Response:
        answer = exchange.answer()
        return replace(answer, headers={**answer.headers, "Date": formatdate(time.time() - 600, usegmt=True)})

    stripe.add("customer", 150)
    sync(database, resources=["customer"])
    database.execute(
        """
        update supasaasy.stripe_customer
        set
            raw_payload = raw_payload || '{"email": "event@example.com"}'
            , observed_at = now() - interval '5 minutes'
            , listed_digest = null  -- as an event does
        """
    )
    stripe.fault(ten_minutes_old, match=second_page)
    status = sync(database, resources=["customer"])
    assert (status["tasks"][0]["updated"], status["tasks"][0]["deleted"]) == (100, 0)


def test_a_row_that_old_news_brought_back_during_the_sync_is_swept(database: Database, stripe: StripeProvider) -> None:
    def old_news(exchange: Exchange) -> Response:
        with psycopg.connect(database.info.dsn) as other:
            other.execute(
                """
                insert into supasaasy.stripe_customer
                    (app_key, external_id, raw_payload, observed_at, created_at, updated_at)
                values ('stripe_prod', 'cus_gone', '{"id": "cus_gone"}', now() - interval '1 hour', now(), now())
                """
            )
        return exchange.answer()

    stripe.add("customer", 150)
    stripe.fault(old_news, match=second_page)
    status = sync(database, resources=["customer"])
    assert status["tasks"][0]["deleted"] == 1
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 150


def test_a_full_sync_of_unchanged_data_writes_no_collection_row(database: Database, stripe: StripeProvider) -> None:
    def written() -> list[Any]:
        database.execute("select pg_stat_force_next_flush()")
        return query(
            database,
            """
            select relname, n_tup_ins, n_tup_upd
            from pg_stat_user_tables join supasaasy.collections on collection_key = relname
            order by relname
            """,
        )

    for name in ("customer", "price", "subscription"):
        stripe.add(name, 150)
    sync(database)
    first = [
        ("stripe_customer", 150, 0),
        ("stripe_plan", 0, 0),
        ("stripe_price", 150, 0),
        ("stripe_product", 0, 0),
        ("stripe_subscription", 150, 0),
        ("stripe_subscription_item", 150, 0),
    ]
    assert written() == first
    sync(database)
    assert written() == first


def test_sync_from_lists_only_what_was_created_since(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", [customer(number) | {"created": 1_700_000_000 + number} for number in range(10)])
    sync(database, resources=["customer"])
    database.execute("update supasaasy.apps set sync_from = to_timestamp(1700000005)")
    stripe.delete(stripe.objects("customer")[0]["id"])
    stripe.delete(stripe.objects("customer")[-1]["id"])
    status = sync(database, resources=["customer"])
    assert status["processed_entities"] == 4
    assert status["tasks"][0]["deleted"] == 1


def test_a_provider_that_refuses_creation_filters_is_read_page_by_page(
    database: Database, stripe: StripeProvider
) -> None:
    stripe.fault(faults.refuse_created_filter(), times=None)
    stripe.add("customer", 450)
    status = sync(database, resources=["customer"])
    assert status["status"] == "completed"
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 450


def test_the_apps_headers_are_sent(database: Database, stripe: StripeProvider) -> None:
    database.execute(
        """update supasaasy.apps set config = config || '{"account": "acct_1", "api_version": "2025-03-31.basil"}'"""
    )
    stripe.add("customer", 1)
    sync(database, resources=["customer"])
    headers = stripe.requests[0].headers
    assert (headers["stripe-account"], headers["stripe-version"]) == ("acct_1", "2025-03-31.basil")
    assert value(database, "select api_version from supasaasy.stripe_customer") == "2025-03-31.basil"


@pytest.mark.parametrize(
    ("call", "message", "hint"),
    [
        ("sync(null)", "unknown app: null", "The apps are 'stripe_prod'."),
        ("sync('stripe_prod', 'ful')", "unknown mode: 'ful'", "The modes are 'full' and 'incremental'."),
        ("sync('stripe_prod', null)", "unknown mode: null", "The modes are 'full' and 'incremental'."),
        (
            "sync('stripe_prod', 'full', array['custmer'])",
            "unknown resource type: 'custmer'",
            "The resource types of 'stripe_prod' are 'customer', 'product', 'price', 'plan', 'subscription'.",
        ),
        (
            "sync('stripe_prod', 'full', '{}')",
            "unknown resource type: none was given",
            "The resource types of 'stripe_prod' are 'customer', 'product', 'price', 'plan', 'subscription'.",
        ),
    ],
)
def test_a_wrong_argument_is_refused_with_what_is_valid(database: Database, call: str, message: str, hint: str) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue) as caught:
        database.execute(f"select supasaasy.{call}".encode())
    assert (caught.value.diag.message_primary, caught.value.diag.message_hint) == (message, hint)


def test_an_unknown_app_is_an_error_that_names_the_known_ones(database: Database) -> None:
    with pytest.raises(psycopg.errors.NoDataFound) as caught:
        database.execute("select supasaasy.sync('nope')")
    assert caught.value.diag.message_primary == "unknown app: 'nope'"
    assert caught.value.diag.message_hint == "The apps are 'stripe_prod'."


@pytest.mark.parametrize("function", ["job_status", "cancel_job", "retry_job"])
def test_an_unknown_job_is_an_error(database: Database, function: str) -> None:
    with pytest.raises(psycopg.errors.NoDataFound) as caught:
        database.execute(f"select supasaasy.{function}('00000000-0000-0000-0000-000000000000')".encode())
    assert caught.value.diag.message_primary == "unknown job: 00000000-0000-0000-0000-000000000000"


def test_a_missing_secret_is_named_with_the_places_looked_in(database: Database) -> None:
    database.execute("""update supasaasy.apps set config = config || '{"api_key_env": "NO_SUCH_KEY"}'""")
    with pytest.raises(psycopg.errors.InvalidParameterValue) as caught:
        database.execute("select supasaasy.sync('stripe_prod')")
    assert caught.value.diag.message_primary == "the secret NO_SUCH_KEY is missing"
    assert caught.value.diag.message_hint == (
        "Looked in Supabase Vault, in the file /run/secrets/NO_SUCH_KEY and in the environment variable NO_SUCH_KEY "
        "of the PostgreSQL server. To supply it: select vault.create_secret('...', 'NO_SUCH_KEY')."
    )


def test_where_there_is_no_vault_the_file_and_the_environment_are_advised(database: Database) -> None:
    database.execute("drop schema vault cascade")
    database.execute("""update supasaasy.apps set config = config || '{"api_key_env": "NO_SUCH_KEY"}'""")
    with pytest.raises(psycopg.errors.InvalidParameterValue) as caught:
        database.execute("select supasaasy.sync('stripe_prod')")
    assert "vault" not in (caught.value.diag.message_hint or "")
    assert (caught.value.diag.message_hint or "").endswith(
        "To supply it: put it into the file /run/secrets/NO_SUCH_KEY, readable by the server's user, or into the "
        "environment of the PostgreSQL server as NO_SUCH_KEY (Linux), and restart it."
    )


def test_a_secret_in_vault_goes_before_the_environment(database: Database, stripe: StripeProvider) -> None:
    stripe.api_key = "sk_test_from_vault"
    database.execute("select vault.create_secret('sk_test_from_vault', 'STRIPE_API_KEY')")
    stripe.add("customer", 1)
    assert sync(database, resources=["customer"])["status"] == "completed"


def test_cancelling_stops_what_is_pending(database: Database, stripe: StripeProvider) -> None:
    job_id = start_sync(database)
    status = value(database, "select supasaasy.cancel_job(%s)", job_id)
    assert (status["status"], status["completed_at"] is not None) == ("cancelled", True)
    run_worker(database)
    assert stripe.requests == []


def test_cancelling_stops_a_running_task_at_its_next_page(
    database: Database, stripe: StripeProvider, connect: Callable[[], Database]
) -> None:
    stripe.add("customer", 300)

    def cancel_in_the_middle(exchange: Any) -> Any:
        with connect() as other:
            other.execute("select supasaasy.cancel_job(id) from supasaasy.sync_jobs")
        return exchange.answer()

    database.execute("""update supasaasy.apps set config = config || '{"concurrency": 1}'""")
    stripe.fault(cancel_in_the_middle, match=lambda request: "starting_after" in request.query)
    status = sync(database, resources=["customer"])
    assert status["status"] == "cancelled"
    assert value(database, "select count(*) from supasaasy.stripe_customers") < 300


def test_a_retried_job_goes_on_from_its_checkpoint(database: Database, stripe: StripeProvider) -> None:
    database.execute("""update supasaasy.apps set config = config || '{"concurrency": 1}'""")
    stripe.add("customer", 300)
    fault = stripe.fault(faults.status(403), match=lambda request: "starting_after" in request.query, times=None)
    status = sync(database, resources=["customer"])
    assert status["status"] == "failed"
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 100

    fault.release()
    stripe.requests.clear()
    assert value(database, "select supasaasy.retry_job(%s)", status["job_id"])["status"] == "pending"
    run_worker(database)
    assert job_status(database, status["job_id"])["status"] == "completed"
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 300
    assert all("starting_after" in request.query for request in stripe.requests)


@pytest.mark.parametrize(("per_second", "requests"), [(20, 8), (1_000_000, 22)])
def test_the_rate_limit_says_how_many_requests_look_for_the_beginning_of_a_collection(
    database: Database, stripe: StripeProvider, per_second: int, requests: int
) -> None:
    limit = Jsonb({"rate_limit": {"per_second": per_second, "per_endpoint": per_second}, "concurrency": 32})
    database.execute("update supasaasy.apps set config = config || %s", [limit])
    stripe.add("customer", 150)
    sync(database, resources=["customer"])
    assert len(stripe.requests) == requests


def test_progress_is_committed_page_by_page(
    database: Database, stripe: StripeProvider, connect: Callable[[], Database]
) -> None:
    seen: list[int] = []

    def look(exchange: Any) -> Any:
        with connect() as other:
            seen.append(value(other, "select sum(processed_entities) from supasaasy.sync_job_tasks"))
        return exchange.answer()

    database.execute("""update supasaasy.apps set config = config || '{"concurrency": 1}'""")
    stripe.latency = 0.05  # so that a page is stored before the next but one is asked for
    stripe.fault(look, match=lambda request: "starting_after" in request.query, times=None)
    stripe.add("customer", 400)
    sync(database, resources=["customer"])
    assert seen == sorted(seen)
    assert seen[-1] >= 100
