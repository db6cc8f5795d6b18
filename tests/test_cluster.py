"""The throwaway cluster: private, complete, and gone afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest

from supasaasy import cluster as cluster_module
from supasaasy.cluster import Cluster, ClusterError, MissingPackages, ensure_packages, throwaway_cluster


def value(cluster: Cluster, query: str) -> object:
    with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def test_a_cluster_serves_and_is_removed() -> None:
    with throwaway_cluster(environment={"STRIPE_API_KEY": "sk_test_1"}, settings={"fsync": "off"}) as cluster:
        assert value(cluster, "show fsync") == "off"
        assert value(cluster, "show server_encoding") == "UTF8"
        with psycopg.connect(cluster.url()) as over_tcp:
            assert over_tcp.info.host == "127.0.0.1"
        for extension in ("plpython3u", "pg_cron"):
            with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
                connection.execute(f"create extension {extension}".encode())
        with psycopg.connect(cluster.dsn()) as connection:
            connection.execute(
                "create function getenv(name text) returns text language plpython3u"
                " as $$import os; return os.environ.get(name)$$"
            )
            row = connection.execute("select getenv('STRIPE_API_KEY'), getenv('PYTEST_CURRENT_TEST')").fetchone()
        assert row == ("sk_test_1", None)

        cluster.restart("immediate")
        assert value(cluster, "select 1") == 1
    assert not cluster.directory.exists()


def test_tcp_connections_need_the_password(cluster: Cluster) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"host=127.0.0.1 port={cluster.port} dbname=postgres user=postgres")
    assert cluster.directory.stat().st_mode & 0o077 == 0


def test_a_failing_start_shows_the_log_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    directory = tempfile.mkdtemp(prefix="supasaasy-", dir="/tmp")
    monkeypatch.setattr(tempfile, "mkdtemp", lambda **_: directory)
    unusable = {"shared_preload_libraries": "no_such_library"}
    with pytest.raises(ClusterError, match="no_such_library"), throwaway_cluster(settings=unusable):
        pass
    assert not Path(directory).exists()


def test_sigterm_removes_the_cluster() -> None:
    script = (
        "from supasaasy.cluster import throwaway_cluster; import time\n"
        "with throwaway_cluster() as cluster: print(cluster.directory, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        directory = Path(process.stdout.readline().strip())
        assert (directory / "data" / "postmaster.pid").exists()
        os.kill(process.pid, signal.SIGTERM)
        process.wait(20)
    assert not directory.exists()


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "_installed_bindir", lambda: None)
    with pytest.raises(
        MissingPackages, match=r"apt-get install postgresql postgresql-plpython3-\w+ postgresql-\w+-cron"
    ):
        ensure_packages(install=False)
