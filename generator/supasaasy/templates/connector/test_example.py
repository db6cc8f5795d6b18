"""The Example connector, synced for real into a PostgreSQL of the test's own, from a double of the provider."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from example_connector import example
from example_double import ExampleDouble

from supasaasy.testing import Sandbox, sandbox


@pytest.fixture
def double() -> Iterator[ExampleDouble]:
    with ExampleDouble() as provider:
        yield provider


@pytest.fixture
def database(double: ExampleDouble) -> Iterator[Sandbox]:
    with sandbox(example, double.url) as installed:
        yield installed


def test_everything_is_filled_in() -> None:
    left = [
        f"{path.name}:{number}: {line.strip()}"
        for path in sorted(Path(__file__).parent.glob("example_*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if "TODO" in line
    ]
    assert not left, "\n".join(["still to be filled in; remove each mark once it is:", *left])


def test_a_full_sync_stores_every_object_as_it_is(database: Sandbox, double: ExampleDouble) -> None:
    database.sync()
    for resource, objects in double.objects.items():
        assert database.payloads(resource) == {item["id"]: item for item in objects}


def test_every_column_is_found_in_some_object(database: Sandbox, double: ExampleDouble) -> None:
    database.sync()
    for collection in example.collections:
        rows = database.rows(collection.name).values()
        empty = [column.name for column in collection.columns if all(row[column.name] is None for row in rows)]
        assert not empty, f"{collection.name}: nothing in these columns: {empty}"


def test_a_second_sync_sees_what_is_new_and_what_is_gone(database: Sandbox, double: ExampleDouble) -> None:
    database.sync()
    gone = {resource: objects.pop() for resource, objects in double.objects.items()}
    double.clock = lambda: time.time() + 60  # what is newer than the list that misses it is not gone
    database.sync()
    for resource, item in gone.items():
        assert item["id"] not in database.payloads(resource)
