"""Webhooks per second: accepted over four connections, then applied by one worker; and the peer, which does both."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from psycopg.types.json import Jsonb

from bench.contenders import NODE
from bench.measure import Cost
from bench.report import Section
from bench.scene import API_KEY, APP, WEBHOOK_SECRET, Scene
from supasaasy.cluster import find_bindir
from tests.providers import stripe_objects

CONNECTIONS = 4
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
    floor, accepted = _floor(scene, events), _accept(scene, events)
    _add(section, f"inserted into (id, jsonb), {CONNECTIONS} connections", events, floor)
    _add(section, f"accepted, {CONNECTIONS} connections", events, accepted)
    section.find(f"accepting takes {accepted.seconds / floor.seconds:.1f} times a bare insert")
    applied = scene.work()
    if scene.count("supasaasy.stripe_customers") != events:
        raise RuntimeError("not every accepted webhook was applied")
    _add(section, "applied, one worker", events, applied)
    both = _accept_and_apply(scene, events)
    _add(section, f"accepted, {CONNECTIONS} connections, while one worker applies", events, both)
    if with_peer:
        peer = _peer(scene, events)  # all of them: in its first seconds Node compiles, and is half as fast
        _add(section, f"@supabase/stripe-sync-engine, {CONNECTIONS} connections", events, peer)
        for how, seconds in (
            ("accepted", accepted.seconds),
            ("applied", applied.seconds),
            ("accepted and applied one after the other", accepted.seconds + applied.seconds),
            ("accepted and applied at once", both.seconds),
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


def _accept(scene: Scene, events: int) -> Cost:
    with scene.connect() as connection:
        connection.execute("truncate supasaasy.webhook_events")
    cost = scene.meter.measure(lambda: _pgbench(scene, SCRIPT, events))
    if scene.count("supasaasy.webhook_events") != events:
        raise RuntimeError("not every webhook was accepted")
    return cost


def _accept_and_apply(scene: Scene, events: int) -> Cost:
    """Until all are applied, which they are as they come."""
    scene.forget()
    with scene.connect() as connection, ThreadPoolExecutor() as pool:
        connection.execute("truncate supasaasy.webhook_events")

        def run() -> None:
            accepting = pool.submit(_pgbench, scene, SCRIPT, events)
            while not accepting.done():
                connection.execute("call supasaasy.run_worker(max_seconds => null)")
                time.sleep(PAUSE)
            accepting.result()
            connection.execute("call supasaasy.run_worker(max_seconds => null)")

        cost = scene.meter.measure(run)
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
        command = ["node", str(NODE / "peer.mjs"), "webhooks", *database, file.name, WEBHOOK_SECRET, str(CONNECTIONS)]
        cost = scene.meter.measure(lambda: subprocess.run(command, check=True))
    if scene.count("stripe.customers") != events:
        raise RuntimeError("stripe-sync-engine did not apply every event")
    return cost
