"""The real Supabase CLI pushes the migration, twice."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from supasaasy import get_migrations
from supasaasy.cli import app
from supasaasy.cluster import Cluster
from tests.commands import SUPABASE_CLI
from tests.support import CONFIG

STARTER = Path(__file__).parent.parent / "examples" / "starter"


def push(project: Path, url: str) -> str:
    result = subprocess.run(
        [SUPABASE_CLI, "db", "push", "--yes", "--remote", f"{url}?sslmode=disable"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


def test_supabase_db_push_applies_the_migration_and_its_successor(
    own_cluster: Callable[..., Cluster], tmp_path: Path
) -> None:
    cluster = own_cluster()
    migrations = tmp_path / "supabase" / "migrations"
    migrations.mkdir(parents=True)
    (tmp_path / "supabase" / "config.toml").write_text('project_id = "starter"\n')

    (migrations / "20260101000000_supasaasy.sql").write_text(get_migrations(CONFIG, bundle_pgmq=True))
    assert "Finished supabase db push." in push(tmp_path, cluster.url())
    (migrations / "20260102000000_supasaasy.sql").write_text(get_migrations(CONFIG, bundle_pgmq=True))
    assert "Finished supabase db push." in push(tmp_path, cluster.url())

    with psycopg.connect(cluster.dsn()) as connection:
        assert connection.execute("select supasaasy.version()").fetchone() == ("0.1.0",)
        assert connection.execute("select count(*) from pgmq.list_queues()").fetchone() == (2,)


def test_the_starter_is_pushed_as_it_stands(
    own_cluster: Callable[..., Cluster], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = own_cluster()
    shutil.copytree(STARTER, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, ["generate", "--bundle-pgmq"]).exit_code == 0
    assert "Finished supabase db push." in push(tmp_path, cluster.url())
    with psycopg.connect(cluster.dsn()) as connection:
        assert connection.execute("select app_key from supasaasy.apps order by 1").fetchall() == [
            ("intercom_prod",),
            ("stripe_prod",),
        ]
