"""Hosted Supabase, as far as it can be had here: see tests/doubles/supabase.py for what is imitated."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from supasaasy import get_migrations
from supasaasy.cluster import Cluster
from tests.commands import link_supabase, run
from tests.conftest import FAST
from tests.doubles.supabase import supabase_cluster
from tests.providers.stripe import StripeProvider
from tests.support import API_KEY, CONFIG, PATIENCE, query, value, wait_until
from tests.test_readme import README

SECTION = README.split("## On hosted Supabase\n")[1].split("\n## ")[0]


@pytest.fixture(scope="module")
def project() -> Iterator[Cluster]:
    with supabase_cluster(FAST) as cluster:
        yield cluster


def session(project: Cluster, user: str = "postgres") -> psycopg.Connection[Any]:
    return psycopg.connect(project.dsn(user=user), autocommit=True)


def test_the_engine_inside_is_refused_with_the_way_out(project: Cluster) -> None:
    with session(project) as postgres, pytest.raises(psycopg.errors.FeatureNotSupported) as caught:
        postgres.execute(get_migrations(CONFIG).encode())
    assert caught.value.diag.message_primary == (
        "supasaasy cannot be installed here; nothing was changed.\n"
        "- plpython3u is not installed on the server: apt-get install postgresql-plpython3-15 (hosted Supabase, RDS, "
        'Neon and Cloud SQL do not offer it: set "runtime": "external" in the config).\n'
        "- The role postgres is not a superuser, which plpython3u demands of whoever creates its functions: apply as "
        "postgres, or as supabase_admin on self-hosted Supabase."
    )


def test_the_quick_start_of_the_readme_ends_with_rows(project: Cluster, tmp_path: Path) -> None:
    push, store_secret, start_worker, start_sync = re.findall(r"```(?:sh|sql)\n(.*?)```", SECTION, re.DOTALL)
    prepare(tmp_path, project)
    with StripeProvider(api_key=API_KEY) as stripe, session(project) as postgres:
        stripe.add("customer", 250)
        subprocess.run(["bash", "-euc", push], cwd=tmp_path, env=environment(tmp_path), check=True)
        double = {"base_url": stripe.url, "allow_unsafe_base_url": True}
        postgres.execute("update supasaasy.apps set config = config || %s", (json.dumps(double),))
        postgres.execute(store_secret.replace("sk_live_…", API_KEY).encode())

        command = re.sub("postgresql://[^']*", project.url(), start_worker)
        with subprocess.Popen(
            ["bash", "-euc", command], cwd=tmp_path, env=environment(tmp_path), start_new_session=True
        ) as worker:
            try:
                with session(project, "authenticator") as api:
                    api.execute("set role service_role")
                    api.execute(start_sync.encode())
                    wait_until(lambda: value(api, "select status from supasaasy.sync_jobs") == "completed")
                    assert value(api, "select count(*) from supasaasy.stripe_customers") == 250
                os.killpg(worker.pid, signal.SIGTERM)
                assert worker.wait(PATIENCE) in (0, -signal.SIGTERM)  # bash dies of it, the worker does not
            finally:
                worker.kill()

        assert query(postgres, "select extname, extnamespace::regnamespace::text from pg_extension order by 1") == [
            ("pg_cron", "pg_catalog"),
            ("pgcrypto", "extensions"),
            ("pgmq", "pgmq"),
            ("plpgsql", "pg_catalog"),
        ]
        assert not value(postgres, "select rolsuper from pg_roles where rolname = current_user")
        assert query(postgres, "select username, command from cron.job where command ~ 'sync\\('") == [
            ("postgres", "select supasaasy.sync('stripe_prod', 'full')")
        ]
        # Pushed again under a new name, as the next migration would be, it changes nothing.
        [migration] = (tmp_path / "supabase" / "migrations").iterdir()
        migration.with_name("29991231000000_supasaasy.sql").write_text(migration.read_text())
        subprocess.run(["supabase", "db", "push"], cwd=tmp_path, env=environment(tmp_path), check=True)
        assert value(postgres, "select count(*) from supasaasy.stripe_customers") == 250


def test_apply_and_uninstall_need_no_superuser(
    project: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    prepare(tmp_path, project)
    with session(project) as postgres:
        assert run(postgres, "apply", "--yes")[0::2] == (0, "applied\n")
        assert value(postgres, "select count(*) from cron.job where jobname like 'supasaasy:%'") == 3
        assert run(postgres, "uninstall", "--yes")[0::2] == (0, "removed\n")
        assert value(postgres, "select count(*) from cron.job where jobname like 'supasaasy:%'") == 0


def test_health_tells_of_a_secret_that_only_the_worker_has(
    project: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    prepare(tmp_path, project)
    with session(project) as postgres:
        run(postgres, "apply", "--yes")
        postgres.execute("delete from vault.secrets")
        [app] = value(postgres, "select supasaasy.health()")["apps"]
        assert app["missing_secrets"] == ["STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET"]
        run(postgres, "uninstall", "--yes")


def prepare(directory: Path, project: Cluster) -> None:
    """A Supabase project with the README's config, linked to the cluster."""
    [config] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    config = "\n".join(line.removeprefix("   ") for line in config.splitlines())
    (directory / "supasaasy_config.py").write_text(config.replace('"apps":', '"runtime": "external", "apps":'))
    link_supabase(directory, project.url())


def environment(directory: Path) -> dict[str, str]:
    return os.environ | {"PATH": os.pathsep.join((str(directory / "bin"), os.environ["PATH"]))}
