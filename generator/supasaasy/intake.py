"""Taking webhooks in: those that wait for the database at the same time share a statement and its commit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import anyio
from psycopg_pool import AsyncConnectionPool

CALLS = 4  # at a time; other requests have the rest of the pool
MAX_WEBHOOKS = 25  # in a call
MAX_CHARACTERS = 2**20  # of their bodies, but for the last of them
ANSWER_SECONDS = 10.0  # then a webhook is refused, and its provider will send it again

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
    headers: str
    body: str | None
    method: str
    path: str


class Answer(NamedTuple):
    status: int
    response: str


Waiting = tuple[Webhook, "asyncio.Future[Answer]"]


class Intake:
    """Hands webhooks to the database, those first that have waited longest."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool
        self._waiting: asyncio.Queue[Waiting] = asyncio.Queue()

    async def receive(self, webhook: Webhook) -> Answer:
        """What to answer, when it is committed. Raises psycopg.Error, and TimeoutError."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((webhook, answer))
        with anyio.fail_after(ANSWER_SECONDS):
            return await answer

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
        batch = [waiting for waiting in batch if not waiting[1].done()]  # the others have been refused
        if not batch:
            return
        try:
            answers = await self._call([webhook for webhook, _ in batch])
        except Exception as error:
            if len(batch) > 1:  # one of them may be to blame, and is to be the only one that fails
                for waiting in batch:
                    await self._answer([waiting])
            elif not batch[0][1].done():
                batch[0][1].set_exception(error)
        else:
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():
                    future.set_result(answer)

    async def _call(self, webhooks: list[Webhook]) -> list[Answer]:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(RECEIVE, [list(column) for column in zip(*webhooks, strict=True)])
            return [Answer(*row) for row in await cursor.fetchall()]


def _is_full(batch: list[Waiting]) -> bool:
    return len(batch) >= MAX_WEBHOOKS or sum(len(webhook.body or "") for webhook, _ in batch) >= MAX_CHARACTERS
