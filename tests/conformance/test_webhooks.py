"""What every connector's webhooks promise. SQL applies them, wherever the fetch engine runs."""

from __future__ import annotations

import time
from typing import Any

from tests.conformance.subjects import Delivery, Happening, Object, Subject
from tests.conftest import Database
from tests.support import query, receive_as, value

BEFORE = int(time.time()) - 100  # Unix seconds of the first event


def deliver(database: Database, subject: Subject, delivery: Delivery) -> tuple[int, Any]:
    """Let a webhook arrive, and the worker apply it."""
    headers, body = delivery
    answer = receive(database, subject, headers, body)
    database.execute("call supasaasy.run_worker()")
    return answer


def receive(database: Database, subject: Subject, headers: dict[str, str], body: str) -> tuple[int, Any]:
    return receive_as(database, subject.app_key, headers, body)


def state(database: Database, subject: Subject, resource: str) -> list[tuple[str, bool, bool]]:
    """The rows of a collection: id, whether archived, whether deleted."""
    table = subject.connector.collection(resource).key(subject.connector.name)
    return query(
        database,
        f"select external_id, archived_at is not null, deleted_at is not null from supasaasy.{table}",
    )


def payload(database: Database, subject: Subject, resource: str) -> Object:
    table = subject.connector.collection(resource).key(subject.connector.name)
    stored: Object = value(database, f"select raw_payload from supasaasy.{table}")
    return stored


def tell(database: Database, subject: Subject, happening: Happening, resource: str, item: Object, at: int) -> None:
    assert deliver(database, subject, subject.delivery(happening, resource, item, BEFORE + at)) == (
        200,
        {"success": True},
    )


def test_a_created_object_is_stored_and_an_updated_one_is_changed(database: Database, subject: Subject) -> None:
    for resource in subject.told("updated"):
        [item] = subject.add(resource, 1)
        if subject.tells("created", resource):
            tell(database, subject, "created", resource, item, at=0)
            assert payload(database, subject, resource) == item
        changed = subject.change(resource, item["id"])
        tell(database, subject, "updated", resource, changed, at=1)
        assert payload(database, subject, resource) == changed != item


def test_a_deleted_object_is_gone_and_never_comes_back_by_an_older_event(database: Database, subject: Subject) -> None:
    for resource in subject.told("created", "updated", "deleted"):
        [item] = subject.add(resource, 1)
        tell(database, subject, "created", resource, item, at=0)
        tell(database, subject, "deleted", resource, item, at=2)
        tell(database, subject, "updated", resource, item, at=1)
        gone = subject.deletion(resource)
        assert state(database, subject, resource) == [(item["id"], gone == "archive", gone == "delete")]


def test_a_deletion_that_arrives_before_the_creation_stands(database: Database, subject: Subject) -> None:
    for resource in subject.told("created", "deleted"):
        [item] = subject.add(resource, 1)
        tell(database, subject, "deleted", resource, item, at=2)
        tell(database, subject, "created", resource, item, at=0)
        gone = subject.deletion(resource)
        assert state(database, subject, resource) == [(item["id"], gone == "archive", gone == "delete")]


def test_events_out_of_order_leave_the_newest_state(database: Database, subject: Subject) -> None:
    for resource in subject.told("created", "updated"):
        [item] = subject.add(resource, 1)
        item = dict(item)
        changed = subject.change(resource, item["id"])
        tell(database, subject, "updated", resource, changed, at=1)
        tell(database, subject, "created", resource, item, at=0)
        assert payload(database, subject, resource) == changed != item


def test_a_replay_is_acknowledged_and_does_nothing(database: Database, subject: Subject) -> None:
    for resource in subject.told("created"):
        [item] = subject.add(resource, 1)
        delivery = subject.delivery("created", resource, item, BEFORE)
        assert [deliver(database, subject, delivery)[0] for _ in range(2)] == [200, 200]
    events = value(database, "select count(*) from supasaasy.webhook_events")
    assert events == len(subject.told("created"))


def test_a_wrong_signature_is_refused_and_nothing_is_stored(database: Database, subject: Subject) -> None:
    for resource in subject.told("created"):
        [item] = subject.add(resource, 1)
        headers, body = subject.delivery("created", resource, item, BEFORE)
        assert receive(database, subject, headers, body + " ")[0] == 401
    assert value(database, "select count(*) from supasaasy.webhook_events") == 0


def test_an_event_is_stored_the_same_at_once_and_step_by_step(database: Database, subject: Subject) -> None:
    [resource, *_] = subject.told("updated")
    [item] = subject.add(resource, 1)
    headers, body = subject.delivery("updated", resource, item, BEFORE)
    rows = "select to_jsonb(event) - 'id' - 'received_at' from supasaasy.webhook_events as event"
    stored = []
    for spelled in (str.lower, str.upper):  # a header is looked up as the quick way does, and in any case
        with database.transaction(force_rollback=True):
            assert receive(database, subject, {spelled(name): text for name, text in headers.items()}, body)[0] == 200
            stored.append(query(database, rows))
    assert stored[0] == stored[1] != []


def test_an_event_takes_one_statement_but_where_the_provider_hands_out_the_secret(
    database: Database, subject: Subject
) -> None:
    database.execute(
        """
        create or replace function supasaasy._judge_webhook(p_app_key text, p_headers jsonb, p_body text)
        returns supasaasy.webhook_outcome language sql as $$ select (404, null)::supasaasy.webhook_outcome $$
        """
    )
    [resource, *_] = subject.told("updated")
    headers, body = subject.delivery("updated", resource, subject.add(resource, 1)[0], BEFORE)
    status, _ = receive(database, subject, {name.lower(): text for name, text in headers.items()}, body)
    assert subject.connector.signature is not None
    assert status == (404 if subject.connector.signature.handshake else 200)
