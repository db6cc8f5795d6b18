"""A Stripe that costs next to nothing: objects are rendered before the first request, and a page is one slice.

The tests' double answers as Stripe does, errors included; this one answers list requests only, so that what is
measured is the client. It runs in a process of its own, which prints its port: `python -m bench.mock customer=20000`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import formatdate
from itertools import accumulate
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from urllib.request import urlopen

from tests.providers import stripe_objects
from tests.providers.stripe_objects import Object

RESOURCES: Mapping[str, tuple[str, Callable[[int], Object]]] = {
    "customer": ("/v1/customers", stripe_objects.customer),
    "product": ("/v1/products", stripe_objects.product),
    "price": ("/v1/prices", stripe_objects.price),
    "plan": ("/v1/plans", stripe_objects.plan),
    "subscription": ("/v1/subscriptions", stripe_objects.subscription),
}
_LISTED_BY_ACTIVE = {"/v1/prices"}  # one list of the active ones, one of the others
_STATISTICS = "/statistics"


class List:
    """The objects of one list, newest first, as one buffer."""

    def __init__(self, newest_first: list[Object]) -> None:
        texts = [json.dumps(item, ensure_ascii=False).encode() + b"," for item in newest_first]
        self._buffer = memoryview(b"".join(texts))
        self._offsets = [0, *accumulate(len(text) for text in texts)]
        self._positions = {item["id"]: position for position, item in enumerate(newest_first)}
        self._ages = [-item["created"] for item in newest_first]  # ascending

    def page(self, query: Mapping[str, str]) -> list[bytes | memoryview]:
        """The body of the answer to a list request, in parts."""
        start, end = 0, len(self._ages)
        if "created[lte]" in query:
            start = bisect_left(self._ages, -int(query["created[lte]"]))
        if "created[gte]" in query:
            end = bisect_right(self._ages, -int(query["created[gte]"]))
        if "starting_after" in query:
            start = self._positions[query["starting_after"]] + 1
        stop = max(min(start + int(query.get("limit", 10)), end), start)
        head = b'{"object": "list", "has_more": %s, "data": [' % (b"true" if stop < end else b"false")
        items = self._buffer[self._offsets[start] : max(self._offsets[stop] - 1, self._offsets[start])]
        return [head, items, b"]}"]


class Mock:
    """The lists, how long each answer takes, and how many requests per second are answered."""

    def __init__(self, sizes: Mapping[str, int], latency: float, per_second: int, per_endpoint: int) -> None:
        self.latency = latency  # seconds
        self._limits = {"all": per_second, "endpoint": per_endpoint}  # requests within one second; 0: no limit
        self._admitted: dict[str, deque[float]] = defaultdict(deque)
        self._answers: Counter[str] = Counter()
        self._times: list[float] = []
        self._lists: dict[tuple[str, str], List] = {}
        for resource, size in sizes.items():
            path, make = RESOURCES[resource]
            objects = [make(number) for number in reversed(range(size))]
            if path in _LISTED_BY_ACTIVE:
                self._lists[path, "true"] = List([item for item in objects if item["active"]])
                self._lists[path, "false"] = List([item for item in objects if not item["active"]])
            else:
                self._lists[path, ""] = List(objects)

    def answer(self, target: str, now: float) -> tuple[int, list[bytes | memoryview]]:
        """Status and body."""
        url = urlsplit(target)
        if url.path == _STATISTICS:
            return 200, [json.dumps(self._statistics()).encode()]
        status = 200 if self._admit(url.path, now) else 429
        self._answers[str(status)] += 1
        if status == 429:
            return 429, [b'{"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "Slow down."}}']
        self._times.append(now)
        query = dict(parse_qsl(url.query))
        active = query.get("active", "true") if url.path in _LISTED_BY_ACTIVE else ""
        return 200, self._lists[url.path, active].page(query)

    def _admit(self, path: str, now: float) -> bool:
        limits = [("all", self._limits["all"]), (path, self._limits["endpoint"])]
        for key, limit in limits:
            admitted = self._admitted[key]
            while admitted and admitted[0] <= now - 1:
                admitted.popleft()
            if limit and len(admitted) >= limit:
                return False
        for key, limit in limits:
            if limit:
                self._admitted[key].append(now)
        return True

    def _statistics(self) -> dict[str, Any]:
        """Since the last time this was asked: the answers by status, and pages per second but for the first tenth of
        them, and the last."""
        begin, end = len(self._times) // 10, len(self._times) * 9 // 10
        sustained = (end - begin) / (self._times[end] - self._times[begin]) if end > begin else 0.0
        answers = dict(self._answers)
        self._times.clear()
        self._answers.clear()
        return {"answers": answers, "sustained": sustained}


class _Connection(asyncio.Protocol):
    """One keep-alive connection; requests have no body."""

    def __init__(self, mock: Mock) -> None:
        self._mock = mock
        self._loop = asyncio.get_running_loop()
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            target = self._received.split(b" ", 2)[1].decode()
            self._received = self._received[end + 4 :]
            self._loop.call_later(self._mock.latency, self._respond, target)

    def _respond(self, target: str) -> None:
        status, body = self._mock.answer(target, self._loop.time())
        head = (
            f"HTTP/1.1 {status} {'OK' if status == 200 else 'Too Many Requests'}\r\n"
            f"Date: {formatdate(usegmt=True)}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {sum(map(len, body))}\r\n\r\n"
        )
        self._transport.write(b"".join([head.encode(), *body]))


@contextmanager
def mock_process(
    sizes: Mapping[str, int], *, latency: float = 0.0, per_second: int = 0, per_endpoint: int = 0
) -> Iterator[str]:
    """The mock in another process; yields its base URL."""
    options = ["--latency", str(latency), "--per-second", str(per_second), "--per-endpoint", str(per_endpoint)]
    command = [sys.executable, "-m", "bench.mock", *options, *(f"{name}={size}" for name, size in sizes.items())]
    with subprocess.Popen(command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def statistics(base_url: str) -> Any:
    """What the mock has answered since the last time it was asked."""
    with urlopen(base_url + _STATISTICS) as response:
        return json.load(response)


async def _serve(mock: Mock) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(mock), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description="A Stripe for benchmarks; prints its port.")
    parser.add_argument("sizes", nargs="+", metavar="RESOURCE=N")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--per-second", type=int, default=0, help="requests within a second, in all; 0: no limit")
    parser.add_argument("--per-endpoint", type=int, default=0, help="requests within a second, of one endpoint")
    arguments = parser.parse_args()
    sizes = {name: int(size) for name, _, size in (argument.partition("=") for argument in arguments.sizes)}
    asyncio.run(_serve(Mock(sizes, arguments.latency, arguments.per_second, arguments.per_endpoint)))


if __name__ == "__main__":
    main()
