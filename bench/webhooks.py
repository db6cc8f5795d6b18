"""Webhooks per second: accepted over four connections, then applied by one worker; and the peer, which does both."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from threading import Thread

from psycopg.types.json import Jsonb

from bench.contenders import NODE
from bench.measure import Cost
from bench.report import Section
from bench.scene import API_KEY, APP, WEBHOOK_SECRET, Scene
from supasaasy.cluster import find_bindir
from supasaasy.intake import CALLS, Webhook
from supasaasy.server import create_app
from tests.providers import stripe_objects

CONNECTIONS = CALLS  # of supasaasy serve
AT_A_TIME = 100  # webhooks are sent to serve
PEER_AT_A_TIME = 40  # with which it is fastest over 4 connections, of 4, 10, 40 and 100
FOLLOWED = 500  # webhooks, one after another
FOLLOWED_SECONDS = 5
PAUSE = 0.2  # seconds between two looks at an empty queue
NOWHERE = "http://127.0.0.1:1"  # events come, nothing is asked for

# Each client of pgbench sends its own part of the requests, one after another.
SCRIPT = """\
\\set number :number + 1
select answer.status
from requests
cross join lateral supasaasy.receive_webhook('{app}', requests.headers, requests.body) as answer
where requests.number = :client_id * {part} + :number;
"""


# The least that keeps an event: one insert of its body, on disk before the answer.
FLOOR = """\
\\set number :number + 1
insert into floor select number, body::jsonb from requests where number = :client_id * {part} + :number;
"""


def webhooks(scene: Scene, events: int, *, with_peer: bool) -> Section:
    """Update events, each of another customer, signed, with everything on disk before the answer."""
    events -= events % CONNECTIONS
    section = Section(f"{events:,} webhooks", ("what", "events", "seconds", "events/s", "CPU s database"))
    scene.configure(NOWHERE, concurrency=16, rate_limit=None)
    scene.forget()
    floor, alone = _floor(scene, events), _accept(scene, events, lambda: _pgbench(scene, SCRIPT, events))
    together = _accept(scene, events, lambda: asyncio.run(_take_in(scene)))
    _add(section, f"inserted into (id, jsonb), {CONNECTIONS} connections", events, floor)
    _add(section, f"accepted one in each call, {CONNECTIONS} connections", events, alone)
    _add(section, f"accepted as by serve, {AT_A_TIME} at a time, {CONNECTIONS} connections", events, together)
    waits: list[float] = []
    with _serve(scene) as port:
        section.find(_follow(scene, port))
        over_http = _accept(scene, events, lambda: waits.extend(_post(_prepared(scene), port, AT_A_TIME)))
    _add(section, f"accepted over HTTP by serve, {AT_A_TIME} at a time", events, over_http)
    section.find(f"over HTTP, {AT_A_TIME} at a time, an answer takes {_spread(waits)}")
    section.find(f"accepting one in each call takes {alone.seconds / floor.seconds:.1f} times a bare insert")
    applied = scene.work()
    if scene.count("supasaasy.stripe_customers") != events:
        raise RuntimeError("not every accepted webhook was applied")
    _add(section, "applied, one worker", events, applied)
    alone_at_once = _accept_and_apply(scene, events, lambda: _pgbench(scene, SCRIPT, events))
    _add(section, "accepted one in each call, while one worker applies", events, alone_at_once)
    together_at_once = _accept_and_apply(scene, events, lambda: asyncio.run(_take_in(scene)))
    _add(section, "accepted as by serve, while one worker applies", events, together_at_once)
    if with_peer:
        peer = _peer(scene, events)
        _add(section, f"stripe-sync-engine, {PEER_AT_A_TIME} at a time, {CONNECTIONS} connections", events, peer)
        for how, seconds in (
            ("accepted one in each call", alone.seconds),
            ("accepted as by serve", together.seconds),
            ("applied", applied.seconds),
            ("accepted one in each call and applied, at once", alone_at_once.seconds),
            ("accepted as by serve and applied, at once", together_at_once.seconds),
        ):
            section.find(
                f"{how}, {peer.seconds / seconds:.1f} times as many events per second as stripe-sync-engine's "
                "processWebhook"
            )
    return section


def _add(section: Section, what: str, events: int, cost: Cost) -> None:
    section.add(
        what,
        f"{events:,}",
        f"{cost.seconds:.2f}",
        f"{events / cost.seconds:,.0f}",
        f"{cost.database_cpu:.1f}",
        name=what,
        events=events,
        **cost.as_dict(),
    )


def _requests(count: int) -> list[tuple[str, str]]:
    """Body and signature header of events signed now."""
    now = int(time.time())
    requests = []
    for number in range(count):
        event = {
            "id": f"evt_{number:014d}",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": now,
            "data": {"object": stripe_objects.customer(number), "previous_attributes": {"name": None}},
            "type": "customer.updated",
        }
        body = json.dumps(event, ensure_ascii=False)
        signature = hmac.new(WEBHOOK_SECRET.encode(), f"{now}.{body}".encode(), hashlib.sha256).hexdigest()
        requests.append((body, f"t={now},v1={signature}"))
    return requests


def _floor(scene: Scene, events: int) -> Cost:
    with scene.connect() as connection:
        connection.execute("drop table if exists requests, floor")
        connection.execute("create table floor (id bigint primary key, body jsonb)")
        connection.execute("create table requests (number bigint primary key, headers jsonb, body text)")
        with connection.cursor().copy("copy requests from stdin") as copy:
            for number, (body, signature) in enumerate(_requests(events), start=1):
                copy.write_row((number, Jsonb({"stripe-signature": signature}), body))
        connection.execute("analyze requests")
    return scene.meter.measure(lambda: _pgbench(scene, FLOOR, events))


def _accept(scene: Scene, events: int, work: Callable[[], None]) -> Cost:
    with scene.connect() as connection:
        connection.execute("truncate supasaasy.webhook_events, pgmq.q_supasaasy_webhooks")
    cost = scene.meter.measure(work)
    if scene.count("supasaasy.webhook_events") != events:
        raise RuntimeError("not every webhook was accepted")
    return cost


async def _take_in(scene: Scene) -> None:
    """As `supasaasy serve` does it, without HTTP, which stripe-sync-engine does without, too."""
    requests = _prepared(scene)
    app = create_app(scene.cluster.dsn(), admin_api_key="unused", rate_limit=1)

    async def send() -> None:
        while requests:
            body, headers = requests.pop()
            status, _ = await app.state.intake.receive(Webhook(APP, headers, body, "POST", f"/webhook/{APP}"))
            if status != 200:
                raise RuntimeError(f"a webhook was answered {status}")

    async with app.router.lifespan_context(app):
        await asyncio.gather(*(send() for _ in range(AT_A_TIME)))


def _post(requests: list[tuple[str, str]], port: int, at_a_time: int) -> list[float]:
    """Send all to `supasaasy serve`; the seconds until each was answered."""
    waits = []

    async def send() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while requests:
            body, headers = requests.pop()
            head = f"POST /webhook/{APP} HTTP/1.1\r\nhost: bench\r\ncontent-length: {len(body.encode())}\r\n"
            head += "".join(f"{name}: {value}\r\n" for name, value in json.loads(headers).items())
            began = time.perf_counter()
            writer.write(f"{head}\r\n{body}".encode())
            answer = await reader.readuntil(b"\r\n\r\n")
            if not answer.startswith(b"HTTP/1.1 200 "):
                raise RuntimeError(f"a webhook was answered {answer.decode()}")
            await reader.readexactly(int(answer.split(b"content-length: ")[1].split()[0]))
            waits.append(time.perf_counter() - began)
        writer.close()

    async def run() -> None:
        await asyncio.gather(*(send() for _ in range(at_a_time)))

    asyncio.run(run())
    return waits


def _follow(scene: Scene, port: int) -> str:
    """How long one webhook takes after another, while a worker looks for work all the while."""
    requests = _prepared(scene)[:FOLLOWED]
    with scene.connect() as connection, ThreadPoolExecutor() as pool:
        connection.execute("truncate supasaasy.webhook_events, pgmq.q_supasaasy_webhooks")
        worker = pool.submit(
            connection.execute, f"call supasaasy.run_worker(linger => true, max_seconds => {FOLLOWED_SECONDS})"
        )
        waits = _post(requests, port, 1)
        worker.result()
        applied = connection.execute(
            "select extract(epoch from processed_at - received_at)::float from supasaasy.webhook_events"
            " where status = 'processed'"
        ).fetchall()
    if len(applied) != len(waits):
        raise RuntimeError("not every webhook was applied in time")
    scene.forget()  # they are to be applied anew
    return (
        f"over HTTP, one after another, an answer takes {_spread(waits)}; "
        f"with a worker that lingers, it is applied {_spread([took for (took,) in applied])} after it came"
    )


def _spread(seconds: list[float]) -> str:
    return f"{median(seconds) * 1000:.1f} ms (99 %: {quantiles(seconds, n=100)[98] * 1000:.1f} ms)"


@contextmanager
def _serve(scene: Scene) -> Iterator[int]:
    """`supasaasy serve`; yields its port."""
    command = [str(Path(sys.executable).with_name("supasaasy")), "serve", "--port=0", "--rate-limit=1000000"]
    environment = os.environ | {"DATABASE_URL": scene.cluster.dsn(), "ADMIN_API_KEY": "unused"}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        ports = (re.search(r"running on http://127.0.0.1:(\d+)", line) for line in process.stderr)
        port = next(filter(None, ports))
        Thread(target=process.stderr.read, daemon=True).start()  # so that its log never blocks it
        try:
            yield int(port[1])
        finally:
            process.terminate()


def _prepared(scene: Scene) -> list[tuple[str, str]]:
    """Body and headers of the requests, the latter as JSON."""
    with scene.connect() as connection:
        return connection.execute("select body, headers::text from requests").fetchall()


def _accept_and_apply(scene: Scene, events: int, accept: Callable[[], None]) -> Cost:
    """Until all are applied, which they are as they come."""
    scene.forget()
    with scene.connect() as connection, ThreadPoolExecutor() as pool:

        def run() -> None:
            accepting = pool.submit(accept)
            while not accepting.done():
                connection.execute("call supasaasy.run_worker(max_seconds => null)")
                wait([accepting], timeout=PAUSE)
            accepting.result()
            connection.execute("call supasaasy.run_worker(max_seconds => null)")

        cost = _accept(scene, events, run)
    if scene.count("supasaasy.stripe_customers") != events:
        raise RuntimeError("not every accepted webhook was applied")
    return cost


def _pgbench(scene: Scene, script: str, events: int) -> None:
    part = events // CONNECTIONS
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script.format(app=APP, part=part))
        file.flush()
        command = [str(find_bindir() / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--client={CONNECTIONS}"]
        command += ["--jobs=2", f"--transactions={part}", "--define=number=0", f"--file={file.name}"]
        command += [
            f"--host={scene.cluster.directory}",
            f"--port={scene.cluster.port}",
            "--username=postgres",
            "postgres",
        ]
        subprocess.run(command, check=True, capture_output=True)


def _peer(scene: Scene, events: int) -> Cost:
    database = [scene.cluster.url(), NOWHERE, API_KEY]
    with scene.connect() as connection:
        connection.execute("drop schema if exists stripe cascade")
    subprocess.run(["node", NODE / "peer.mjs", "migrate", *database], check=True)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(_requests(events), file)
        file.flush()
        command = ["node", str(NODE / "peer.mjs"), "webhooks", *database, file.name, WEBHOOK_SECRET]
        command += [str(CONNECTIONS), str(PEER_AT_A_TIME)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as node:
            assert node.stdout is not None
            node.stdout.readline()  # it has started, and read the file
            cost = scene.meter.measure(lambda: node.communicate(b"go"))
    if node.returncode or scene.count("stripe.customers") != events:
        raise RuntimeError("stripe-sync-engine did not apply every event")
    return cost
