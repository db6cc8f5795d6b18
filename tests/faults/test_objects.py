"""An object that cannot be stored is kept aside and reported; the others are stored."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Database
from tests.providers import faults
from tests.providers.stripe import StripeProvider
from tests.providers.stripe_objects import customer
from tests.support import (
    query,
    sync,
    value,
)

pytestmark = pytest.mark.usefixtures("engine")


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
