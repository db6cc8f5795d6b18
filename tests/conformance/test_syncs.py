"""What every connector's every collection promises of its syncs."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from supasaasy.spec import ARCHIVE, Column, split_path
from tests.conformance.subjects import Object, Subject
from tests.conftest import Database
from tests.providers import faults
from tests.support import job_status, query, run_worker, sync, value

COUNT = 3

pytestmark = pytest.mark.usefixtures("engine")


def fill(subject: Subject, count: int = COUNT) -> None:
    for resource in subject.listed:
        subject.add(resource, count)


def synced(database: Database, subject: Subject, mode: str = "full") -> Any:
    """Sync everything, and return each resource type's task."""
    status = sync(database, mode, app_key=subject.app_key)
    assert (status["status"], status["error_message"]) == ("completed", None)
    return {task["resource_type"]: task for task in status["tasks"]}


def shown(database: Database, subject: Subject) -> dict[str, dict[str, Object]]:
    """The live rows of each collection, as its view shows them: payloads by id."""
    connector = subject.connector
    return {
        collection.name: dict(
            query(
                database,
                f"select external_id, raw_payload from supasaasy.{collection.view_name(connector.name)}",
            )
        )
        for collection in connector.collections
    }


def there(subject: Subject) -> dict[str, dict[str, Object]]:
    """What the provider has of each collection."""
    return {name: {item["id"]: item for item in subject.objects(name)} for name in subject.connector.resource_types}


def test_a_full_sync_stores_every_object_as_it_is(database: Database, subject: Subject) -> None:
    fill(subject)
    tasks = synced(database, subject)
    assert sorted(tasks) == sorted(subject.listed)
    assert shown(database, subject) == there(subject)


def test_more_than_a_page_is_stored_and_a_second_sync_writes_nothing(database: Database, subject: Subject) -> None:
    fill(subject, subject.page_size + 10)
    synced(database, subject)
    assert {name: len(rows) for name, rows in shown(database, subject).items()} == {
        name: len(items) for name, items in there(subject).items()
    }
    again = synced(database, subject).values()
    assert [(task["created"], task["updated"], task["deleted"]) for task in again] == [(0, 0, 0)] * len(again)


def test_every_typed_column_holds_what_its_path_says(database: Database, subject: Subject) -> None:
    fill(subject)
    synced(database, subject)
    name = subject.connector.name
    for collection in subject.connector.collections:
        columns = [column for column in collection.columns if column.kind != "parent"]
        names = ", ".join(f'"{column.name}"' for column in columns)
        rows = query(database, f"select raw_payload, {names} from supasaasy.{collection.key(name)}")
        for payload, *values in rows:
            expected = {column.name: expectation(column, payload) for column in columns}
            assert dict(zip(expected, values, strict=True)) == expected, collection.name
        assert rows, collection.name


def expectation(column: Column, payload: Object) -> Any:
    """The value of a typed column, worked out apart from PostgreSQL."""
    for path in column.paths:
        found: Any = payload
        for key in split_path(path):
            if isinstance(found, list):
                found = found[int(key)] if int(key) < len(found) else None
            else:
                found = found.get(key) if isinstance(found, dict) else None
        if found is None or (column.kind == "text" and not isinstance(found, str)):
            continue
        match column.kind:
            case "reference":
                return found["id"] if isinstance(found, dict) else found
            case "timestamp":
                if isinstance(found, str):
                    return datetime.fromisoformat(found.replace("Z", "+00:00"))
                return datetime.fromtimestamp(found).astimezone()
            case "numeric":
                return Decimal(str(found))
            case _:
                return found
    return None


def test_an_incremental_sync_sees_what_was_added_and_what_was_changed(database: Database, subject: Subject) -> None:
    fill(subject)
    synced(database, subject)
    for resource in subject.listed:
        if subject.sees("updated", resource):
            subject.change(resource, subject.objects(resource)[0]["id"])
        if subject.sees("created", resource):
            subject.create(resource)
    synced(database, subject, "incremental")
    assert shown(database, subject) == there(subject)


def test_a_full_sync_deletes_what_is_gone_and_the_children_with_it(database: Database, subject: Subject) -> None:
    fill(subject)
    synced(database, subject)
    for resource in subject.listed:
        if subject.connector.collection(resource).unlisted != ARCHIVE:
            subject.delete(resource, subject.objects(resource)[0]["id"])
    database.execute("select set_config('supasaasy.now', (now() + interval '1 minute')::text, false)")
    subject.provider.clock = _later
    synced(database, subject)
    assert shown(database, subject) == there(subject)


def _later() -> float:
    """A minute from now: an object is taken for gone only where the list is newer than its row."""
    return datetime.now().timestamp() + 60


def test_a_failed_sync_goes_on_when_it_is_tried_again(database: Database, subject: Subject) -> None:
    database.execute("update supasaasy.apps set config = config || '{\"concurrency\": 1}'")
    fill(subject, subject.page_size + 10)
    later_pages = subject.provider.fault(faults.status(403), match=_asks_for_a_later_page, times=None)
    status = sync(database, app_key=subject.app_key)
    assert status["status"] == "failed"
    assert any(shown(database, subject).values())

    later_pages.release()
    database.execute("update supasaasy.apps set config = config || '{\"concurrency\": 16}'")
    query(database, "select supasaasy.retry_job(%s)", status["job_id"])
    run_worker(database)
    status = job_status(database, status["job_id"])
    assert (status["status"], status["error_message"]) == ("completed", None)
    assert {name: rows.keys() for name, rows in shown(database, subject).items()} == {
        name: items.keys() for name, items in there(subject).items()
    }


def _asks_for_a_later_page(request: Any) -> bool:
    cursors = ("starting_after", "scroll_param", "start_cursor")
    return any(name in request.target or name.encode() in request.body for name in cursors)


def test_a_refusal_for_the_rate_is_waited_out(database: Database, subject: Subject) -> None:
    fill(subject)
    fault = subject.provider.fault(faults.rate_limit(retry_after=0), times=2)
    synced(database, subject)
    assert fault.hits == 2
    assert shown(database, subject) == there(subject)


def test_a_refused_key_ends_the_job_at_once_with_the_provider_s_words(database: Database, subject: Subject) -> None:
    fill(subject)
    synced(database, subject)
    subject.provider.api_key = "another"
    status = sync(database, app_key=subject.app_key)
    assert status["status"] == "failed"
    assert "the provider answered 401: " in status["error_message"]
    assert shown(database, subject) == there(subject)
    assert value(database, "select count(*) from supasaasy.sync_job_tasks where deleted_count > 0") == 0
