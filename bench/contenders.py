"""Who is measured on the same customers: floors that nobody can pass, supasaasy, and its peers."""

from __future__ import annotations

import http.client
import os
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from bench.measure import Cost
from bench.scene import API_KEY, Scene

NODE = Path(__file__).parent / "node"
DLT_PYTHON = Path(__file__).parents[1] / ".venv-bench" / "bin" / "python"


class Contender(ABC):
    """Fetches all customers from the mock and, but for one floor, writes them to the scene's database."""

    name: ClassVar[str]
    resyncs: ClassVar[bool] = True  # whether the same again is worth a measurement
    serial: ClassVar[bool] = False  # asks for a page when it has the one before

    def __init__(self, scene: Scene, base_url: str) -> None:
        self.scene = scene
        self.base_url = base_url  # of the mock

    @abstractmethod
    def forget(self) -> None:
        """Remove what was written."""

    @abstractmethod
    def sync(self) -> Cost: ...

    @abstractmethod
    def stored(self) -> int:
        """How many customers the database holds."""


class SerialFetch(Contender):
    """Every page, one after another over one connection, read but not even parsed."""

    name = "serial fetch, nothing written"
    resyncs = False
    serial = True

    def forget(self) -> None:
        self._fetched = 0

    def sync(self) -> Cost:
        return self.scene.meter.measure(self._fetch)

    def _fetch(self) -> None:
        self._fetched = sum(page.count(b'"object": "customer"') for page in fetch_serially(self.base_url))

    def stored(self) -> int:
        return self._fetched


class _Floor(Contender):
    """Writes documents it already holds into a table of (id, jsonb)."""

    resyncs = False

    def __init__(self, scene: Scene, base_url: str) -> None:
        super().__init__(scene, base_url)
        self.pages = _pages(base_url)

    def forget(self) -> None:
        with self.scene.connect() as connection:
            connection.execute("drop table if exists floor")
            connection.execute("create table floor (id text primary key, document jsonb not null)")

    def stored(self) -> int:
        return self.scene.count("floor")


class Copy(_Floor):
    """One COPY in one transaction."""

    name = "COPY into (id, jsonb)"

    def sync(self) -> Cost:
        return self.scene.meter.measure(self._copy)

    def _copy(self) -> None:
        with self.scene.connect() as connection, connection.cursor().copy("copy floor from stdin") as copy:
            for page in self.pages:
                for row in page:
                    copy.write_row(row)


class Insert(_Floor):
    """`insert … on conflict` with psycopg's pipelined executemany, a transaction for each page."""

    name = "insert … on conflict, psycopg"

    def sync(self) -> Cost:
        return self.scene.meter.measure(self._insert)

    def _insert(self) -> None:
        with self.scene.connect() as connection:
            for page in self.pages:
                with connection.transaction():
                    connection.cursor().executemany(
                        "insert into floor values (%s, %s) on conflict (id) do update set document = excluded.document",
                        page,
                    )


class Supasaasy(Contender):
    """`supasaasy.sync()`, rate limit lifted."""

    workers: ClassVar[int]

    def __init__(self, scene: Scene, base_url: str) -> None:
        super().__init__(scene, base_url)
        self.scene.configure(base_url, concurrency=32, rate_limit=1_000_000)

    def forget(self) -> None:
        self.scene.forget()

    def sync(self) -> Cost:
        return self.scene.sync(["customer"], workers=self.workers)

    def stored(self) -> int:
        return self.scene.count("supasaasy.stripe_customers")


class OneWorker(Supasaasy):
    name = "supasaasy, one worker"
    workers = 1


class TwoWorkers(Supasaasy):
    """As many as an installation has by default."""

    name = "supasaasy, two workers"
    workers = 2


class StripeSyncEngine(Contender):
    """`syncBackfill` of @supabase/stripe-sync-engine."""

    name = "@supabase/stripe-sync-engine"
    serial = True

    def forget(self) -> None:
        with self.scene.connect() as connection:
            connection.execute("drop schema if exists stripe cascade")
        self._run("migrate")

    def sync(self) -> Cost:
        return self.scene.meter.measure(lambda: self._run("backfill"))

    def stored(self) -> int:
        return self.scene.count("stripe.customers")

    def _run(self, command: str) -> None:
        url = self.scene.cluster.url()
        subprocess.run(["node", NODE / "peer.mjs", command, url, self.base_url, API_KEY], check=True)


class Dlt(Contender):
    """A dlt pipeline with `write_disposition="merge"`."""

    name = "dlt"
    serial = True

    def forget(self) -> None:
        with self.scene.connect() as connection:
            connection.execute("drop schema if exists dlt cascade; drop schema if exists dlt_staging cascade")

    def sync(self) -> Cost:
        return self.scene.meter.measure(self._run)

    def _run(self) -> None:
        script = Path(__file__).parent / "dlt_pipeline.py"
        environment = os.environ | {"RUNTIME__LOG_LEVEL": "CRITICAL", "RUNTIME__DLTHUB_TELEMETRY": "false"}
        command = [str(DLT_PYTHON), str(script), self.scene.cluster.url(), self.base_url]
        subprocess.run(command, check=True, env=environment)

    def stored(self) -> int:
        return self.scene.count("dlt.customers")


OURS_AND_FLOORS = (SerialFetch, Copy, Insert, OneWorker, TwoWorkers)
ALL = (*OURS_AND_FLOORS, StripeSyncEngine, Dlt)


def fetch_serially(base_url: str) -> Iterator[bytes]:
    connection = http.client.HTTPConnection(urlsplit(base_url).netloc)
    cursor, more = "", True
    while more:
        connection.request("GET", "/v1/customers?limit=100" + (f"&starting_after={cursor}" if cursor else ""))
        page = connection.getresponse().read()
        yield page
        cursor = _id(page[page.rindex(b'{"id": "cus_') :]).decode()
        more = b'"has_more": true' in page[:50]


@lru_cache(maxsize=1)
def _pages(base_url: str) -> list[list[tuple[str, str]]]:
    """Fetched once for all turns: with latency, that takes longer than all else."""
    return [split_page(page) for page in fetch_serially(base_url)]


def split_page(page: bytes) -> list[tuple[str, str]]:
    """Id and text of each customer in a page."""
    texts = page[page.index(b"[") + 1 : -2].replace(b',{"id": "cus_', b'\0{"id": "cus_').decode().split("\0")
    return [(text[8 : text.index('"', 8)], text) for text in texts]


def _id(document: bytes) -> bytes:
    return document[len(b'{"id": "') : document.index(b'"', len(b'{"id": "'))]
