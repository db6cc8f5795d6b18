"""A provider changes while it is synced, in random order; webhooks are lost, doubled and late; requests fail and
workers die. After one incremental sync in quiet the local tables are the provider's objects, and stay so when the
webhooks that were still on their way arrive.

Histories are run until the time is up: `pytest tests/test_random_history.py --history-seconds 3600`. One that failed
is run again by the seed it printed: `--history-seed 1234`.
"""

from __future__ import annotations

import itertools
import json
import random
import time
from contextlib import nullcontext

import psycopg
import pytest

from tests.conftest import Database
from tests.providers import faults
from tests.providers.server import Clock, Exchange, Response
from tests.providers.stripe import StripeProvider
from tests.providers.stripe_events import Event, signed
from tests.providers.stripe_objects import DAY, Object, subscription_item
from tests.support import API_KEY, WEBHOOK_SECRET, in_background, point_app_at, query, value

STEPS = 40  # of one history
KINDS = ("customer", "product", "price", "plan", "subscription")


def test_after_any_history_one_incremental_sync_makes_the_tables_equal_to_the_provider(
    database: Database, pytestconfig: pytest.Config
) -> None:
    seed = pytestconfig.getoption("history_seed")
    until = time.monotonic() + pytestconfig.getoption("history_seconds")
    small_pages(database)
    for number in itertools.count(1):
        with StripeProvider(api_key=API_KEY, clock=Clock(time.time() - DAY)) as provider:
            history = History(database, provider, random.randrange(10**9) if seed is None else seed)
            history.run()
            history.session.close()
        if seed is not None or time.monotonic() > until:
            print(f"{number} histories")
            return
        forget_everything(database)


class History:
    """One random sequence of changes, deliveries, syncs and faults."""

    def __init__(self, database: Database, provider: StripeProvider, seed: int) -> None:
        self.database = database
        self.provider = provider
        self.seed = seed
        self.random = random.Random(seed)
        self.journal: list[str] = []
        self.posted = 0  # events that became webhooks
        self.post: list[Event] = []  # webhooks on their way
        self.revision = 0
        self.session = self.new_session()
        point_app_at(database, provider.url)

    def run(self) -> None:
        self.provider.events.lag = self.random.choice((0, 0, 2, 60))
        for kind in KINDS:
            self.provider.add(kind, self.random.randrange(25))
        steps = (self.change, self.change, self.deliver, self.deliver, self.start_sync, self.work, self.work)
        for _ in range(STEPS):
            self.random.choice(steps)()
        self.come_to_rest()
        self.assert_equal("after one incremental sync in quiet")
        self.deliver(everything=True)
        self.work_in_quiet()
        self.assert_equal("after the last webhooks have arrived")

    # What happens at the provider ------------------------------------------------------------------------------------

    def change(self) -> None:
        self.note(self.changes(self.random))

    def changes(self, choice: random.Random) -> str:
        """A few changes; may be called by a thread of the provider, with a random sequence of its own."""
        changed = []
        for _ in range(choice.randrange(1, 8)):
            self.clock.advance(choice.choice((0, 0, 0, 0.4, 1, 5, 90)))
            operation = choice.choice((self.create, self.update, self.update, self.update, self.toggle, self.delete))
            changed.append(operation(choice))
        return ", ".join(changed)

    def create(self, choice: random.Random) -> str:
        return f"+{self.provider.create(choice.choice(KINDS))['id']}"

    def update(self, choice: random.Random) -> str:
        found = self.any_object(choice, KINDS)
        if found is None:
            return "nothing to update"
        self.revision += 1
        fields: Object = {"metadata": {"revision": str(self.revision)}}
        if found["object"] == "subscription":
            fields["items"] = found["items"] | {"data": some_items(choice, found)}
        self.provider.update(found["id"], **fields)
        return f"~{found['id']}({self.revision})"

    def toggle(self, choice: random.Random) -> str:
        """Twice gives the payload that was there before; never within one second, which nobody could order."""
        found = self.any_object(choice, ("price", "product"))
        if found is None:
            return "nothing to toggle"
        self.clock.advance(1)
        self.provider.update(found["id"], active=not found["active"])
        self.clock.advance(1)
        return f"!{found['id']}"

    def delete(self, choice: random.Random) -> str:
        found = self.any_object(choice, KINDS)
        if found is None:
            return "nothing to delete"
        if found["object"] != "subscription":
            self.provider.delete(found["id"])
        elif found["status"] == "active":
            self.provider.cancel(found["id"])
        return f"-{found['id']}"

    def any_object(self, choice: random.Random, kinds: tuple[str, ...]) -> Object | None:
        objects = self.provider.objects(choice.choice(kinds))
        return choice.choice(objects) if objects else None

    @property
    def clock(self) -> Clock:
        assert isinstance(self.provider.clock, Clock)
        return self.provider.clock

    # What reaches the database ---------------------------------------------------------------------------------------

    def deliver(self, everything: bool = False) -> None:
        """Some of the webhooks on their way, in any order; new ones may be lost or doubled, or wait for long."""
        events = self.provider.events.since(self.posted)
        self.posted += len(events)
        for event in events:
            self.post += [event] * self.random.choice((0, 1, 1, 1, 2))
        self.random.shuffle(self.post)
        delivered = len(self.post) if everything else self.random.randrange(len(self.post) + 1)
        for event in self.post[:delivered]:
            headers, body = signed(event, WEBHOOK_SECRET)
            [(status,)] = query(
                self.database,
                "select status from supasaasy.receive_webhook('stripe_prod', %s::jsonb, %s)",
                json.dumps(headers),
                body,
            )
            assert status == 200
        self.note("webhooks " + ", ".join(event["id"] for event in self.post[:delivered]))
        del self.post[:delivered]

    def start_sync(self) -> None:
        mode = self.random.choice(("full", "incremental", "incremental"))
        resources = self.random.choice((None, None, self.random.sample(KINDS, 2)))
        value(self.database, "select supasaasy.sync('stripe_prod', %s, %s)", mode, resources)
        self.note(f"sync {mode} {resources or ''}")

    def work(self) -> None:
        """A pass of a worker, or of two, while requests fail, objects change and the worker may die."""
        self.make_due()
        for _ in range(self.random.randrange(4)):
            self.disturb(self.session.info.backend_pid)
        limit = self.random.choice(("", "", "max_tasks => 1"))
        patience = self.random.choice((0, 0, 0, 100))
        second = self.random.random() < 0.2
        outcome = "ended"
        with in_background(self.pass_beside) if second else nullcontext():
            try:
                self.session.execute(f"set statement_timeout = {patience}".encode())
                self.pass_of(self.session, limit)
            except psycopg.Error as error:
                outcome = type(error).__name__
        if self.session.broken:
            self.session = self.new_session()
        self.provider.clear_faults()
        self.note(f"worker {limit} {outcome}{', beside another' if second else ''}")

    def pass_beside(self) -> None:
        with self.new_session() as session:
            self.pass_of(session, "")

    def new_session(self) -> Database:
        return psycopg.connect(self.database.info.dsn, autocommit=True)

    def pass_of(self, session: Database, limit: str) -> None:
        session.execute(f"call supasaasy.run_worker({limit})".encode())

    def disturb(self, backend: int) -> None:
        """Something that happens at one of the next requests."""
        kind = self.random.choice(("change", "change after", "kill", "500", "reset", "truncated"))
        choice = random.Random(self.random.random())

        def change(exchange: Exchange) -> Response:
            self.note(f"  meanwhile {self.changes(choice)}")
            return exchange.answer()

        def change_after(exchange: Exchange) -> Response:
            answer = exchange.answer()
            self.note(f"  right after {exchange.request.target} {self.changes(choice)}")
            return answer

        def kill(exchange: Exchange) -> Response:
            with psycopg.connect(self.database.info.dsn) as killer:
                killer.execute("select pg_terminate_backend(%s)", (backend,))
            return exchange.answer()

        action = {
            "change": change,
            "change after": change_after,
            "kill": kill,
            "500": faults.status(500),
            "reset": faults.connection_reset(),
            "truncated": faults.truncated_json(),
        }[kind]
        self.provider.fault(action, after=self.random.randrange(12))

    def make_due(self) -> None:
        """What waits for another attempt need not wait longer."""
        self.database.execute("update pgmq.q_supasaasy_tasks set vt = now()")
        self.database.execute("update pgmq.q_supasaasy_webhooks set vt = now()")

    # The end ---------------------------------------------------------------------------------------------------------

    def come_to_rest(self) -> None:
        self.work_in_quiet()
        self.clock.advance(120)
        job_id = value(self.database, "select supasaasy.sync('stripe_prod', 'incremental') ->> 'job_id'")
        self.work_in_quiet()
        status = value(self.database, "select supasaasy.job_status(%s, true)", job_id)
        assert status["status"] == "completed", self.report(f"the last sync: {status}")

    def work_in_quiet(self) -> None:
        for _ in range(20):
            self.make_due()
            self.pass_of(self.database, "")
            if not query(self.database, "select from supasaasy.sync_jobs where completed_at is null"):
                return
        raise AssertionError(self.report("a job does not end"))

    def assert_equal(self, when: str) -> None:
        for kind in KINDS:
            self.assert_same(when, f"{kind}s", {made["id"]: self.provider.shown(made["id"]) for made in self.all(kind)})
        items = {item["id"]: item for made in self.all("subscription") for item in made["items"]["data"]}
        self.assert_same(when, "subscription_items", items)
        failed = query(
            self.database, "select event_id, error_message from supasaasy.webhook_events where status = 'failed'"
        )
        assert not failed, self.report(f"failed events: {failed}")

    def all(self, kind: str) -> list[Object]:
        return self.provider.objects(kind)

    def assert_same(self, when: str, view: str, theirs: dict[str, Object]) -> None:
        ours = dict(query(self.database, f"select external_id, raw_payload from supasaasy.stripe_{view}"))
        for object_id in sorted(ours.keys() | theirs.keys()):
            if ours.get(object_id) != theirs.get(object_id):
                raise AssertionError(self.report(f"{when}, {object_id} {difference(ours, theirs, object_id)}"))

    def note(self, line: str) -> None:
        self.journal.append(f"{self.clock.now:.1f} {line}")

    def report(self, what: str) -> str:
        return "\n".join((f"seed {self.seed}: {what}", *self.journal))


def some_items(choice: random.Random, owner: Object) -> list[Object]:
    """The items of a subscription after one came, went or changed."""
    items = list(owner["items"]["data"])
    if len(items) > 1 and choice.random() < 0.4:
        items.remove(choice.choice(items))
    elif len(items) < 5 and choice.random() < 0.5:
        position = max(int(item["id"][-4:]) for item in items) + 1
        items.append(subscription_item(owner["id"], int(owner["id"][4:]), position))
    else:
        items[0] = items[0] | {"quantity": choice.randrange(1000)}
    return items


def difference(ours: dict[str, Object], theirs: dict[str, Object], object_id: str) -> str:
    if object_id not in ours:
        return "is missing here"
    if object_id not in theirs:
        return "is live here and gone there"
    here, there = ours[object_id], theirs[object_id]
    keys = sorted(key for key in here.keys() | there.keys() if here.get(key) != there.get(key))
    return "; ".join(f"{key}: {here.get(key)} here, {there.get(key)} there" for key in keys)


def small_pages(database: Database) -> None:
    """Seven objects a page, so that few objects fill many pages."""
    database.execute(
        "update supasaasy.connectors set declaration = jsonb_set(declaration, '{pagination,page_size}', '7')"
    )


def forget_everything(database: Database) -> None:
    tables = [name for (name,) in query(database, "select collection_key from supasaasy.collections")]
    tables += ["sync_jobs", "sync_state", "rejected_objects", "webhook_events", "webhook_logs"]
    database.execute(f"truncate {', '.join(f'supasaasy.{name}' for name in tables)} cascade".encode())
    database.execute("select pgmq.purge_queue('supasaasy_tasks'), pgmq.purge_queue('supasaasy_webhooks')")
