"""Taking webhooks in: those that wait for the database at the same time share a statement and its commit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import anyio
from psycopg_pool import AsyncConnectionPool

CALLS = 4  # at a time; the pool has more connections, for other requests
MAX_WEBHOOKS = 25  # in a call
MAX_CHARACTERS = 2**20  # of their bodies, but for the last of them
ANSWER_SECONDS = 10.0  # the longest that a webhook waits, and that a call takes

RECEIVE = """
select answer.status, answer.response::text
from unnest(%b::text[], %b::text[]::jsonb[], %b::text[], %b::text[], %b::text[]) with ordinality
    as request (app_key, headers, body, method, path, number)
cross join lateral supasaasy.receive_webhook(
    request.app_key, request.headers, request.body, request.method, request.path) as answer
order by request.number
"""


class Webhook(NamedTuple):
    """The arguments of supasaasy.receive_webhook()."""

    app_key: str
    headers: str  # JSON
    body: str | None  # None when it is no text
    method: str
    path: str


class Answer(NamedTuple):
    status: int
    response: str


Outcome = Answer | Exception
Waiting = tuple[Webhook, "asyncio.Future[Outcome]"]


class Intake:
    """Hands webhooks to the database, those first that have waited longest."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool
        self._waiting: asyncio.Queue[Waiting] = asyncio.Queue()

    async def receive(self, webhook: Webhook) -> Answer:
        """What to answer, once it is committed. Raises psycopg.Error; and TimeoutError, though it may yet be stored."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((webhook, future))
        with anyio.fail_after(ANSWER_SECONDS):
            outcome = await future
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Be at work."""
        async with anyio.create_task_group() as calls:
            for _ in range(CALLS):
                calls.start_soon(self._work)
            yield
            calls.cancel_scope.cancel()

    async def _work(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            while not self._waiting.empty() and not _is_full(batch):
                batch.append(self._waiting.get_nowait())
            await self._answer(batch)

    async def _answer(self, batch: list[Waiting]) -> None:
        batch = [(webhook, future) for webhook, future in batch if not future.done()]  # the others have been refused
        if not batch:
            return
        try:
            # Its end ends the statement as well, so that none is stuck for longer.
            outcomes = await asyncio.wait_for(self._call([webhook for webhook, _ in batch]), ANSWER_SECONDS)
        except Exception as error:
            if len(batch) > 1:  # one of them may be to blame, and is to be the only one that fails
                for waiting in batch:
                    await self._answer([waiting])
                return
            outcomes = [error]
        for (_, future), outcome in zip(batch, outcomes, strict=False):
            if not future.done():
                future.set_result(outcome)

    async def _call(self, webhooks: list[Webhook]) -> list[Outcome]:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(RECEIVE, [list(column) for column in zip(*webhooks, strict=True)])
            return [Answer(*row) for row in await cursor.fetchall()]


def _is_full(batch: list[Waiting]) -> bool:
    return len(batch) >= MAX_WEBHOOKS or sum(len(webhook.body or "") for webhook, _ in batch) >= MAX_CHARACTERS
