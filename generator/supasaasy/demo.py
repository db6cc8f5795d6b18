"""`supasaasy demo`: the whole way from a config to rows, on a throwaway cluster against a fake Stripe.

The provider is localstripe (PyPI), which we did not write. It has no /v1/prices, so the demo leaves `price` out; and it
refuses creation filters, so the demo also shows the fall-back to plain paging.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlencode

import psycopg
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from supasaasy.cluster import Cluster, ensure_packages, throwaway_cluster
from supasaasy.config import Config, define_config
from supasaasy.migration import get_migrations

API_KEY = "sk_test_demo"  # localstripe takes any key that begins so
WEBHOOK_SECRET = "whsec_demo"
ADMIN_API_KEY = secrets.token_urlsafe()  # of `supasaasy serve`
RESOURCES = ("customer", "product", "plan", "subscription")
PATIENCE = 180.0  # seconds for the job; pg_cron before 1.5 starts workers on the minute

# The README shows these, and a test holds the two together.
QUERIES = {
    "Who is subscribed, and until when": """\
select c.email, s.status, s.current_period_end::date
from supasaasy.stripe_subscriptions as s
join supasaasy.stripe_customers as c on (c.app_key, c.external_id) = (s.app_key, s.customer_id)
order by c.email
limit 5;""",
    "Monthly recurring revenue by plan": """\
select p.nickname, count(*) as subscriptions, sum(i.quantity * p.amount) / 100.0 as per_month, p.currency
from supasaasy.stripe_subscription_items as i
join supasaasy.stripe_subscriptions as s on (s.app_key, s.external_id) = (i.app_key, i.subscription_id)
join supasaasy.stripe_plans as p on (p.app_key, p.external_id) = (i.app_key, i.raw_payload #>> '{plan,id}')
where s.status = 'active' and p.interval = 'month'
group by p.nickname, p.currency
order by per_month desc;""",
    "The tasks of the last job": """\
select resource_type, status, created_count, updated_count, deleted_count, completed_at - started_at as took
from supasaasy.sync_job_tasks
where job_id = (select id from supasaasy.sync_jobs order by created_at desc limit 1)
order by resource_type;""",
}

WEBHOOK_QUERY = """\
select event_type, object_id, status, processed_at - received_at as took
from supasaasy.webhook_events
order by id desc
limit 5;"""

# localstripe as it stands, but for its habit of pickling everything to a fixed path at every write.
_LOCALSTRIPE = """\
from localstripe import resources, server
resources.Store.dump_to_disk = lambda self: None
server.start()
"""

console = Console(highlight=False)


class DemoFailed(RuntimeError):
    """The demo did not end as it must."""


def run_demo(*, customers: int = 450, keep: bool = False) -> None:
    """Run the demo and raise DemoFailed unless every object that was created is in Postgres."""
    ensure_packages()
    with ExitStack() as stack:
        console.rule("[bold]1. A throwaway PostgreSQL cluster with pg_cron, and localstripe as provider")
        environment = {"STRIPE_API_KEY": API_KEY, "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET}
        cluster = stack.enter_context(throwaway_cluster(environment=environment, keep=keep))
        provider = stack.enter_context(fake_stripe(keep=keep))
        connection = stack.enter_context(psycopg.connect(cluster.dsn(), autocommit=True))
        console.print(f"PostgreSQL: {cluster.dsn()}\nlocalstripe: {provider}", soft_wrap=True)

        console.rule("[bold]2. supasaasy generate, then apply")
        migration = get_migrations(_config(provider), bundle_pgmq=True)
        with connection.transaction():
            connection.execute(migration.encode())
        console.print(f"{len(migration.splitlines())} lines of SQL applied in one transaction")

        console.rule("[bold]3. Customers, products, plans and subscriptions in the provider")
        created = seed(provider, customers)
        console.print(", ".join(f"{count} {name}s" for name, count in created.items()))

        console.rule("[bold]4. select supasaasy.sync('stripe_demo', 'full')")
        job = _value(connection, "select supasaasy.sync('stripe_demo', 'full')")
        console.print_json(data=job)
        status = _watch(connection, job["job_id"])

        console.rule("[bold]5. Rows to query")
        for title, query in QUERIES.items():
            _show(connection, title, query)
        _verify(connection, status, created)
        console.print(
            f"[green]The job is completed and all {sum(created.values())} objects are in Postgres, "
            "with the items of the subscriptions."
        )

        console.rule("[bold]6. Live: a change in the provider arrives as a signed webhook")
        front = stack.enter_context(serve(cluster, keep=keep))
        console.print(f"supasaasy serve: {front}", soft_wrap=True)
        _show_live_change(connection, provider, front)
        if keep:
            console.print(f"\nLeft running. Look around with:\n  psql '{cluster.dsn()}'", soft_wrap=True)
            console.print("localstripe has no log of events: sync with --full.")
            console.print(f"The dashboard: {front}, key {ADMIN_API_KEY}", soft_wrap=True)
            console.print(f"End it with:\n  {_stop_command(cluster, provider, front)}", soft_wrap=True)


def _config(provider: str) -> Config:
    return define_config(
        {
            "apps": [
                {
                    "app_key": "stripe_demo",
                    "name": "Stripe (localstripe)",
                    "connector": "stripe",
                    "config": {
                        "api_key_env": "STRIPE_API_KEY",
                        "webhook_secret_env": "STRIPE_WEBHOOK_SECRET",
                        "base_url": provider,
                        "allow_unsafe_base_url": True,
                        "sync_resources": list(RESOURCES),
                    },
                }
            ]
        }
    )


@contextmanager
def fake_stripe(*, keep: bool = False) -> Iterator[str]:
    """localstripe on a free port; yields its base URL."""
    port = _free_port()
    command = [sys.executable, "-c", _LOCALSTRIPE, "--port", str(port), "--from-scratch"]
    with _running("localstripe", port, command, keep=keep):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def serve(cluster: Cluster, *, keep: bool = False) -> Iterator[str]:
    """`supasaasy serve` on a free port; yields its base URL."""
    port = _free_port()
    command = [sys.executable, "-c", "from supasaasy.cli import app; app()", "serve", "--port", str(port)]
    settings = {"SUPASAASY_DSN": cluster.dsn(), "ADMIN_API_KEY": ADMIN_API_KEY}
    with _running("supasaasy serve", port, command, environment=settings, keep=keep):
        yield f"http://127.0.0.1:{port}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def _running(
    name: str, port: int, command: list[str], *, environment: Mapping[str, str] | None = None, keep: bool = False
) -> Iterator[None]:
    """A process that listens on the port. With `keep` it goes on after the block, unless that fails."""
    process = subprocess.Popen(
        command,
        env=os.environ | dict(environment or {}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for_port(name, port, process)
        yield
    except BaseException:
        keep = False
        raise
    finally:
        if not keep:
            process.terminate()
            process.wait()


def _wait_for_port(name: str, port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 15
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.05)
    raise DemoFailed(f"{name} did not start: is the extra demo installed? From a clone: pip install '.[demo]'")


def seed(provider: str, customers: int) -> dict[str, int]:
    """Create objects through the provider's own API; how many of each resource type there are."""
    product = _post(provider, "/v1/products", {"name": "Workshop"})
    plans = [
        _post(
            provider,
            "/v1/plans",
            {
                "id": name.lower(),
                "nickname": name,
                "product": product["id"],
                "amount": amount,
                "currency": "eur",
                "interval": "month",
            },
        )
        for name, amount in (("Basic", 900), ("Team", 4900), ("Company", 19900))
    ]
    subscriptions = customers // 10
    for number in range(customers):
        customer = {"name": f"Customer {number:04}", "email": f"customer{number:04}@example.com"}
        if number < subscriptions:
            card = _post(provider, "/v1/payment_methods", _CARD)
            customer |= {"payment_method": card["id"], "invoice_settings[default_payment_method]": card["id"]}
        created = _post(provider, "/v1/customers", customer)
        if number < subscriptions:
            plan = plans[number % len(plans)]["id"]
            _post(provider, "/v1/subscriptions", {"customer": created["id"], "items[0][plan]": plan})
    return {"customer": customers, "product": 1, "plan": len(plans), "subscription": subscriptions}


_CARD = {
    "type": "card",
    "card[number]": "4242424242424242",
    "card[exp_month]": "12",
    "card[exp_year]": "2035",
    "card[cvc]": "123",
}


def _post(provider: str, path: str, fields: dict[str, Any]) -> dict[str, Any]:
    authorization = "Basic " + b64encode(f"{API_KEY}:".encode()).decode()
    answer: dict[str, Any] = json.loads(_request(provider + path, urlencode(fields), authorization))
    return answer


def _request(url: str, body: str, authorization: str) -> bytes:
    """POST, and what it answers."""
    request = urllib.request.Request(url, body.encode(), {"Authorization": authorization})
    with urllib.request.urlopen(request, timeout=30) as response:
        content: bytes = response.read()
        return content


def _watch(connection: psycopg.Connection[Any], job_id: str) -> dict[str, Any]:
    """Show the job's progress while pg_cron's worker does it; its last status."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    until = time.monotonic() + PATIENCE
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("pending: pg_cron starts its workers on the minute", total=100)
        while True:
            status: dict[str, Any] = _value(connection, "select supasaasy.job_status(%s)", job_id)
            if status["status"] != "pending":
                progress.update(
                    bar,
                    completed=status["progress_percentage"],
                    description=f"{status['status']}: {status['processed_entities']} objects",
                )
            if status["completed_at"]:
                return status
            if time.monotonic() > until:
                raise DemoFailed(f"the job is still {status['status']} after {PATIENCE:.0f} s")
            time.sleep(0.1)


def _show_live_change(connection: psycopg.Connection[Any], provider: str, front: str) -> None:
    """Change a customer in the provider and wait until Postgres has it, by webhook."""
    subscription = {"url": f"{front}/webhook/stripe_demo", "secret": WEBHOOK_SECRET}
    _request(f"{provider}/_config/webhooks/demo", urlencode(subscription), "")
    customer = _value(connection, "select external_id from supasaasy.stripe_customers order by email limit 1")
    began = time.monotonic()
    _post(provider, f"/v1/customers/{customer}", {"name": "Renamed a moment ago"})
    console.print(f"{customer} is renamed in localstripe, which sends a webhook one second later.")
    console.print("pg_cron before 1.5 starts workers on the minute; not to wait for one, the demo calls POST /worker.")
    name = "select name from supasaasy.stripe_customers where external_id = %s"
    while _value(connection, name, customer) != "Renamed a moment ago":
        if time.monotonic() > began + 30:
            raise DemoFailed("the webhook did not arrive")
        _request(f"{front}/worker", '{"max_tasks": 1}', f"Bearer {ADMIN_API_KEY}")
        time.sleep(0.05)
    console.print(f"[green]Postgres has the new name {time.monotonic() - began:.1f} s after the change.")
    _show(connection, "The events that arrived", WEBHOOK_QUERY)


def _show(connection: psycopg.Connection[Any], title: str, query: str) -> None:
    console.print(f"\n[bold]{title}[/bold]\n[dim]{query}[/dim]", soft_wrap=True)
    cursor = connection.execute(query.encode())
    # A narrow terminal folds what is long; nothing is cut.
    table = Table(*(Column(column.name, overflow="fold") for column in cursor.description or ()))
    for row in cursor:
        table.add_row(*(str(value) for value in row))
    console.print(table)


def _verify(connection: psycopg.Connection[Any], status: dict[str, Any], created: dict[str, int]) -> None:
    if status["status"] != "completed" or status["completed_tasks"] != status["total_tasks"]:
        raise DemoFailed(f"the job ended {status['status']}: {status['error_message']}")
    stored = {
        name: _value(connection, f"select count(*) from supasaasy.stripe_{name}s where app_key = 'stripe_demo'")
        for name in created
    }
    if stored != created:
        raise DemoFailed(f"created in the provider: {created}, found in Postgres: {stored}")


def _value(connection: psycopg.Connection[Any], query: str, *arguments: Any) -> Any:
    row = connection.execute(query.encode(), arguments or None).fetchone()
    assert row is not None
    return row[0]


def _stop_command(cluster: Cluster, *urls: str) -> str:
    servers = [f"pkill -f 'port {url.rpartition(':')[2]}'" for url in urls]
    return "; ".join([f"pkill -f {cluster.directory}", *servers, f"rm -r {cluster.directory}"])
