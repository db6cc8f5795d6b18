"""A server that dies takes the pages of the last second with it, and nothing else."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from supasaasy.cluster import Cluster, throwaway_cluster
from tests.conftest import FAST
from tests.faults.support import assert_copied, assert_nothing_is_stuck, receive
from tests.providers.stripe import StripeProvider
from tests.support import (
    API_KEY,
    SECRETS,
    in_background,
    job_status,
    load_template,
    point_app_at,
    run_worker,
    start_sync,
    value,
    wait_until,
)
from tests.webhooks.support import event

DATABASE = "supasaasy"
READY = "database system is ready to accept connections"

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture(scope="module")
def own_server() -> Iterator[Cluster]:
    """A server of this module's own, which keeps what it has acknowledged."""
    with throwaway_cluster(settings=FAST | {"synchronous_commit": "on"}, environment=SECRETS) as cluster:
        with session(cluster, "postgres") as connection:
            connection.execute("create database pristine")
        load_template(host=str(cluster.directory), port=cluster.port, user="postgres", dbname="pristine")
        yield cluster


@pytest.fixture
def server(own_server: Cluster) -> Cluster:
    """That server, with a new database."""
    with session(own_server, "postgres") as connection:
        connection.execute(f"drop database if exists {DATABASE} (force)")
        connection.execute(f"create database {DATABASE} template pristine")
    return own_server


@pytest.fixture
def provider(server: Cluster) -> Iterator[StripeProvider]:
    with StripeProvider(api_key=API_KEY) as provider, session(server) as connection:
        point_app_at(connection, provider.url)
        yield provider


def session(server: Cluster, dbname: str = DATABASE) -> psycopg.Connection[Any]:
    return psycopg.connect(server.dsn(dbname), autocommit=True)


def test_after_kill_9_in_the_middle_the_job_completes_from_its_checkpoint(
    server: Cluster, provider: StripeProvider
) -> None:
    provider.add("customer", 10_000)
    provider.latency = 0.02
    with session(server) as connection, session(server) as worker:
        job_id = start_sync(connection, resources=["customer"])
        with in_background(lambda: run_worker(worker)):
            wait_until(lambda: job_status(connection, job_id)["processed_entities"] >= 3_000)
            starts = server.log_text().count(READY)
            os.kill(worker.info.backend_pid, signal.SIGKILL)
    wait_until(lambda: server.log_text().count(READY) > starts)

    with session(server) as connection:
        stored = value(connection, "select count(*) from supasaasy.stripe_customers")
        assert 0 < stored < 10_000
        provider.requests.clear()
        run_worker(connection, max_seconds=300)
        assert job_status(connection, job_id)["status"] == "completed"
        assert_copied(connection, provider)
        assert_nothing_is_stuck(connection)
        # Only what was left is fetched: what the crash took with it, and the ends of windows.
        assert len(provider.requests) < (10_000 - stored) / 100 + 80


def test_after_an_immediate_shutdown_the_job_completes(server: Cluster, provider: StripeProvider) -> None:
    provider.add("customer", 3_000)
    provider.latency = 0.02
    with session(server) as connection, session(server) as worker:
        job_id = start_sync(connection, resources=["customer"])
        with in_background(lambda: run_worker(worker)):
            wait_until(lambda: job_status(connection, job_id)["processed_entities"] >= 500)
            server.restart("immediate")
    with session(server) as connection:
        run_worker(connection)
        assert job_status(connection, job_id)["status"] == "completed"
        assert_copied(connection, provider)
        assert_nothing_is_stuck(connection)


def test_an_event_that_was_answered_200_survives_an_immediate_shutdown(
    server: Cluster, provider: StripeProvider
) -> None:
    [made] = provider.add("customer", 1)
    with session(server) as connection:
        receive(connection, event("customer.created", made, at=int(time.time())))
        server.restart("immediate")
    with session(server) as connection:
        run_worker(connection)
        assert_copied(connection, provider)
        assert_nothing_is_stuck(connection)
