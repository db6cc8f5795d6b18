"""How `supasaasy serve` hands webhooks to the database: together those that wait, and each has its own answer."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest

from supasaasy import intake
from supasaasy.server import create_app
from tests.conftest import Database
from tests.support import query, value, wait_until
from tests.ways.conftest import ADMIN_API_KEY, http, serving, signed
from tests.webhooks.support import event

ACCEPTED = (200, {"success": True})
UNAUTHORIZED = (401, {"success": False, "error": "Unauthorized"})
NOT_FOUND = (404, {"success": False, "error": "Not Found"})
UNAVAILABLE = (503, {"success": False, "error": "Service unavailable"})

# The sessions that wait to insert here; pg_locks shows all databases.
WAITING = """
select pid from pg_locks
where not granted
    and mode = 'RowExclusiveLock'
    and database = (select oid from pg_database where datname = current_database())
"""


def webhook(
    event_id: str, *, app_key: str = "stripe_prod", secret: str | None = None, name: str = ""
) -> intake.Webhook:
    body = json.dumps(event("customer.updated", {"id": "cus_1", "name": name}, at=int(time.time()), id=event_id))
    headers = signed(body.encode(), secret) if secret else signed(body.encode())
    return intake.Webhook(app_key, json.dumps(headers), body, "POST", f"/webhook/{app_key}")


@asynccontextmanager
async def serving_intake(database: Database) -> AsyncIterator[Callable[[intake.Webhook], Awaitable[intake.Answer]]]:
    """`supasaasy serve` without HTTP."""
    app = create_app(database.info.dsn, admin_api_key=ADMIN_API_KEY, rate_limit=1)
    async with app.router.lifespan_context(app):
        yield app.state.intake.receive


def send(database: Database, webhooks: Sequence[intake.Webhook]) -> list[tuple[int, object] | BaseException]:
    """The answers to webhooks that come at the same moment."""

    async def run() -> list[intake.Answer | BaseException]:
        async with serving_intake(database) as receive:
            return await asyncio.gather(*map(receive, webhooks), return_exceptions=True)

    answers = asyncio.run(run())
    return [answer if isinstance(answer, BaseException) else (answer[0], json.loads(answer[1])) for answer in answers]


def post(address: str, webhook: intake.Webhook) -> tuple[int, object]:
    """The answer to one webhook over HTTP."""
    assert webhook.body is not None
    answer = http(address, "POST", webhook.path, webhook.body.encode(), json.loads(webhook.headers))
    return answer.status, answer.body


def calls(database: Database) -> list[int]:
    """How many webhooks were stored by each transaction."""
    return [row[0] for row in query(database, "select count(*) from supasaasy.webhook_events group by xmin order by 1")]


def test_webhooks_that_wait_at_the_same_time_share_a_call(database: Database) -> None:
    assert send(database, [webhook(f"evt_{number}") for number in range(60)]) == [ACCEPTED] * 60
    assert calls(database) == [10, 25, 25]
    assert value(database, "select count(*) from pgmq.q_supasaasy_webhooks") == 60


def test_large_ones_share_none(database: Database) -> None:
    webhooks = [webhook(f"evt_{number}", name="x" * 600_000) for number in range(5)]
    assert send(database, webhooks) == [ACCEPTED] * 5
    assert calls(database) == [1, 2, 2]


def test_each_gets_its_own_answer(database: Database) -> None:
    no_text = webhook("evt_1")._replace(body=None)
    answers = send(
        database,
        [
            webhook("evt_1"),
            webhook("evt_2", secret="whsec_wrong"),
            webhook("evt_3", app_key="nobody"),
            webhook("evt_1"),
            no_text,
            webhook("evt_4"),
        ],
    )
    assert answers == [
        ACCEPTED,
        UNAUTHORIZED,
        NOT_FOUND,
        ACCEPTED,
        (400, {"success": False, "error": "Bad Request"}),
        ACCEPTED,
    ]
    assert query(database, "select event_id from supasaasy.webhook_events order by id") == [("evt_1",), ("evt_4",)]


def test_one_that_fails_fails_alone(database: Database) -> None:
    database.execute("alter table supasaasy.webhook_events add check (event_id <> 'evt_1')")
    first, second, third = send(database, [webhook(f"evt_{number}") for number in range(3)])
    assert (first, third) == (ACCEPTED, ACCEPTED)
    assert isinstance(second, psycopg.errors.CheckViolation)
    stored = query(database, "select event_id from supasaasy.webhook_events order by event_id")
    assert stored == [("evt_0",), ("evt_2",)]


def test_those_in_a_call_whose_connection_breaks_are_sent_again(database: Database) -> None:
    with ThreadPoolExecutor() as threads:
        with database.transaction():
            database.execute("lock table supasaasy.webhook_events")
            answers = threads.submit(send, database, [webhook("evt_1"), webhook("evt_2")])
            wait_until(lambda: query(database, WAITING))
            query(database, f"select pg_terminate_backend(pid, 5000) from ({WAITING}) as waiting")
        assert answers.result() == [ACCEPTED, ACCEPTED]
    assert calls(database) == [1, 1]  # each alone


def test_events_that_come_twice_at_the_same_moment_in_another_order_are_accepted(database: Database) -> None:
    database.execute(f"alter database {database.info.dbname} set deadlock_timeout to '10ms'".encode())
    webhooks = [webhook(f"evt_{number}") for number in range(25)]
    assert send(database, [*webhooks, *reversed(webhooks)]) == [ACCEPTED] * 50
    assert value(database, "select count(*) from supasaasy.webhook_events") == 25


@pytest.fixture
def events_being_stored(database: Database) -> Iterator[list[str]]:
    """Events that another session has stored and not committed, as a page of the provider's event log may be."""
    event_ids = [f"evt_held_{number}" for number in range(12)]
    with database.transaction(force_rollback=True):
        database.execute(
            "insert into supasaasy.webhook_events"
            " (app_key, event_id, event_type, occurred_at, received_at, payload, status)"
            " select 'stripe_prod', event_id, 'customer.updated', now(), now(), '{}', 'pending'"
            " from unnest(%s::text[]) as event_id",
            (event_ids,),
        )
        yield event_ids


def test_one_that_waits_for_long_does_not_hold_up_those_in_its_call(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    events_being_stored: list[str],
) -> None:
    monkeypatch.setattr(intake, "CALL_SECONDS", 0.5)
    first, second, third = send(database, [webhook("evt_1"), webhook(events_being_stored[0]), webhook("evt_3")])
    assert (first, third) == (ACCEPTED, ACCEPTED)
    assert isinstance(second, asyncio.TimeoutError)
    assert "a call with 3 webhooks has failed, each is handed over alone: TimeoutError" in caplog.text


def test_many_that_wait_for_long_do_not_hold_up_one_that_comes_later(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    events_being_stored: list[str],
) -> None:
    monkeypatch.setattr(intake, "CALL_SECONDS", 1.0)

    async def run() -> None:
        async with serving_intake(database) as receive:
            held = [asyncio.ensure_future(receive(webhook(event_id))) for event_id in events_being_stored]
            while "a call with 12 webhooks has failed" not in caplog.text:
                await asyncio.sleep(0.01)
            assert (await receive(webhook("evt_1"))).status == 200
            assert not any(each.done() for each in held)
            refused = await asyncio.gather(*held, return_exceptions=True)
            assert {type(each) for each in refused} == {asyncio.TimeoutError}

    asyncio.run(run())


def test_those_that_are_refused_before_their_turn_are_not_handed_over(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(intake, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(intake, "CALL_SECONDS", 60)
    monkeypatch.setattr(intake, "CALLS", 1)
    handed_over: list[list[str]] = []
    call = intake._call

    async def observe(connection: Any, webhooks: list[intake.Webhook]) -> list[intake.Answer]:
        handed_over.append([json.loads(each.body or "")["id"] for each in webhooks])
        return await call(connection, webhooks)

    monkeypatch.setattr(intake, "_call", observe)
    with serving(database.info.dsn) as address, ThreadPoolExecutor() as threads:
        with database.transaction():
            database.execute("lock table supasaasy.webhook_events")
            first = threads.submit(post, address, webhook("evt_1"))
            wait_until(lambda: query(database, WAITING))
            others = threads.map(post, [address] * 2, [webhook("evt_2"), webhook("evt_3")])
            assert [first.result(), *others] == [UNAVAILABLE] * 3
        monkeypatch.setattr(intake, "ANSWER_SECONDS", 10)
        assert post(address, webhook("evt_4")) == ACCEPTED
    assert handed_over == [["evt_1"], ["evt_4"]]
    assert [record.getMessage() for record in caplog.records if record.name == "supasaasy.server"] == [
        "a webhook of 'stripe_prod' is refused: the database does not answer in time"
    ] * 3
