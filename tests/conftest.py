"""One PostgreSQL cluster for the whole run, a template database per worker, a fresh database per test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pytest_postgresql import factories

from supasaasy.cluster import Cluster, ensure_packages, throwaway_cluster
from tests import support
from tests.providers.stripe import StripeProvider
from tests.support import API_KEY, DOUBLES, SECRETS, execute_file, load_template, point_app_at

Database = psycopg.Connection[Any]

FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "supasaasy.retry_delay": "0.01",
    "supasaasy.request_deadline": "30",
}

CLUSTER = pytest.StashKey[Cluster]()

_running = ExitStack()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files")
    parser.addoption("--history-seconds", type=float, default=60, help="how long test_random_history.py runs")
    parser.addoption("--history-seed", type=int, help="run the one random history with this seed")


def pytest_configure(config: pytest.Config) -> None:
    """Start the cluster, unless this is one of xdist's workers: those are told where it is."""
    if config.option.collectonly:
        return
    told: dict[str, str] | None = getattr(config, "workerinput", None)
    cluster = _start_cluster() if told is None else Cluster(Path(told["cluster_directory"]), int(told["cluster_port"]))
    config.stash[CLUSTER] = cluster
    config.option.postgresql_host = str(cluster.directory)
    config.option.postgresql_port = str(cluster.port)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist: what a worker is told when it starts."""
    cluster = node.config.stash[CLUSTER]
    node.workerinput["cluster_directory"] = str(cluster.directory)
    node.workerinput["cluster_port"] = str(cluster.port)


def pytest_unconfigure() -> None:
    _running.close()


def _start_cluster() -> Cluster:
    ensure_packages(extra=("plpgsql_check",))
    cluster = _running.enter_context(throwaway_cluster(settings=FAST, environment=SECRETS))
    with psycopg.connect(cluster.dsn()) as connection:
        execute_file(connection, DOUBLES / "roles.sql")
    return cluster


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config) -> Cluster:
    """The cluster that all tests share; its server must not be stopped."""
    return pytestconfig.stash[CLUSTER]


template = factories.postgresql_noproc(dbname="supasaasy", load=[load_template])
fresh_database = factories.postgresql("template")


@pytest.fixture
def database(fresh_database: Database) -> Database:
    """An autocommit session in this test's own database, which holds the migration of tests.support.CONFIG."""
    fresh_database.autocommit = True
    return fresh_database


@pytest.fixture
def connect(database: Database) -> Iterator[Callable[[], Database]]:
    """Opens further autocommit sessions in this test's database."""
    with ExitStack() as sessions:
        yield lambda: sessions.enter_context(psycopg.connect(database.info.dsn, autocommit=True))


@pytest.fixture
def stripe(database: Database) -> Iterator[StripeProvider]:
    """A Stripe of this test's own, empty, from which its database syncs."""
    with StripeProvider(api_key=API_KEY) as provider:
        point_app_at(database, provider.url)
        yield provider


@pytest.fixture(params=["plpython", "external"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs a test twice: with the fetch engine inside PostgreSQL, and over psycopg."""
    monkeypatch.setattr(support, "ENGINE", request.param)


@pytest.fixture
def own_cluster() -> Iterator[Callable[..., Cluster]]:
    """Starts private clusters, for tests that crash the server or need the real pg_cron.

    Takes the arguments of `throwaway_cluster`; the tests' secrets and fast settings are the defaults.
    """
    with ExitStack() as clusters:

        def start(**arguments: Any) -> Cluster:
            defaults: dict[str, Any] = {"settings": FAST, "environment": SECRETS}
            return clusters.enter_context(throwaway_cluster(**(defaults | arguments)))

        yield start


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's directory, in which the test runs, with the configuration that its database has."""
    from tests.commands import configure

    monkeypatch.chdir(tmp_path)
    configure()
    return tmp_path
