"""Taking webhooks in: those that wait for the database at the same time share a statement and its commit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import anyio
import psycopg
from psycopg_pool import AsyncConnectionPool

from supasaasy.connection import describe_for_log

CALLS = 4  # at a time, and as many for one webhook alone; the pool has more connections, for other requests
MAX_WEBHOOKS = 25  # in a call
MAX_CHARACTERS = 2**20  # of their bodies, but for the last of them
CALL_SECONDS = 3.0  # the longest that a call takes
ANSWER_SECONDS = 10.0  # the longest that a webhook waits for its answer

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


Waiting = tuple[Webhook, "asyncio.Future[Answer | None]"]  # None where the call has failed

log = logging.getLogger("supasaasy.server")


class Intake:
    """Hands webhooks to the database, those first that have waited longest."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool
        self._waiting: asyncio.Queue[Waiting] = asyncio.Queue()
        self._alone = asyncio.Semaphore(CALLS)

    async def receive(self, webhook: Webhook) -> Answer:
        """What to answer, once it is committed.

        Raises psycopg.Error; and asyncio.TimeoutError, though it may have been stored.
        """
        return await asyncio.wait_for(self._receive(webhook), ANSWER_SECONDS)

    async def _receive(self, webhook: Webhook) -> Answer:
        future: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((webhook, future))
        answer = await future
        if answer is None:
            async with self._alone, self._pool.connection() as connection:
                [answer] = await _call(connection, [webhook])
        return answer

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
            answers: Sequence[Answer | None]
            try:
                async with self._pool.connection() as connection:
                    batch = [(webhook, future) for webhook, future in batch if not future.done()]  # or it was refused
                    answers = await _call(connection, [webhook for webhook, _ in batch]) if batch else []
            except Exception as error:
                reason = describe_for_log(error) if isinstance(error, psycopg.Error) else type(error).__name__
                log.warning("a call with %d webhooks has failed, each is handed over alone: %s", len(batch), reason)
                answers = [None] * len(batch)
            for (_, future), answer in zip(batch, answers, strict=False):
                if not future.done():
                    future.set_result(answer)


async def _call(connection: psycopg.AsyncConnection[Any], webhooks: list[Webhook]) -> list[Answer]:
    """Hand over webhooks in one statement, which is one transaction."""
    columns = [list(column) for column in zip(*webhooks, strict=True)]
    cursor = await asyncio.wait_for(connection.execute(RECEIVE, columns), CALL_SECONDS)
    return [Answer(*row) for row in await cursor.fetchall()]


def _is_full(batch: list[Waiting]) -> bool:
    return len(batch) >= MAX_WEBHOOKS or sum(len(webhook.body or "") for webhook, _ in batch) >= MAX_CHARACTERS
