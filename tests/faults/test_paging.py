"""A list that changes while it is read, or that never ends."""

from __future__ import annotations

from tests.conftest import Database
from tests.providers.stripe import StripeProvider
from tests.providers.stripe_objects import customer
from tests.support import (
    sync,
    value,
)


def test_250_objects_created_in_one_second_are_all_copied(database: Database, stripe: StripeProvider) -> None:
    stripe.add("customer", [customer(number) | {"created": 1_700_000_000} for number in range(250)])
    sync(database, resources=["customer"])
    assert value(database, "select count(*) from supasaasy.stripe_customers") == 250
