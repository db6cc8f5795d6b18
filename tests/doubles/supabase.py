"""A cluster like hosted Supabase: no plpython3u on the server, and `postgres` is no superuser.

The server is the installed one, at another place: PostgreSQL finds its libraries and extensions relative to its own
program, so a tree that holds everything but plpython3u is a server on which it was never installed. Three things are
imitated: the platform's way to let `postgres` create extensions (here pg_cron is marked as trusted), its extensions
pgmq (here made from the SQL that the PyPI package brings) and pg_net (a double, which posts nothing), and Vault, which
does not encrypt.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from pgmq.install import get_embedded_install_sql, get_embedded_sql_version
from psycopg import sql

from supasaasy.cluster import Cluster, find_bindir, throwaway_cluster

DOUBLES = Path(__file__).parent

_PGMQ_CONTROL = """\
comment = 'A lightweight message queue'
default_version = '{version}'
schema = 'pgmq'
relocatable = false
superuser = false
"""
_PG_NET_CONTROL = """\
comment = 'Async HTTP'
default_version = '0'
relocatable = false
superuser = false
"""
_GRANTS = """
    grant usage on schema vault to postgres, service_role;
    grant select, delete on vault.secrets, vault.decrypted_secrets to postgres, service_role;
    grant execute on function vault.create_secret to postgres, service_role;
    alter function vault.create_secret security definer;
"""


@contextmanager
def supabase_cluster(settings: Mapping[str, str]) -> Iterator[Cluster]:
    """A new project. Its server's environment holds no secret."""
    with tempfile.TemporaryDirectory(prefix="supasaasy-server-", dir="/tmp") as directory:
        bindir = _server_without_plpython(Path(directory))
        with throwaway_cluster(settings=settings, superuser="supabase_admin", bindir=bindir) as cluster:
            with psycopg.connect(cluster.dsn(user="supabase_admin")) as connection:
                connection.execute((DOUBLES / "supabase.sql").read_bytes())
                connection.execute((DOUBLES / "vault.sql").read_bytes())
                connection.execute(_GRANTS.encode())
                connection.execute(sql.SQL("alter role postgres password {}").format(cluster.password))
            yield cluster


def _server_without_plpython(directory: Path) -> Path:
    """The installed server without plpython3u, with pgmq, below `directory`. Returns where its programs are."""
    directory.chmod(0o755)
    bindir, libraries, shared = (_installed(name) for name in ("bindir", "pkglibdir", "sharedir"))
    prefix = Path(os.path.commonpath([bindir, libraries, shared]))

    def moved(path: Path) -> Path:
        target = directory / path.relative_to(prefix)
        target.mkdir(parents=True)
        return target

    programs = moved(bindir)
    for name in ("initdb", "pg_ctl", "postgres"):
        shutil.copy2(bindir / name, programs)  # no link: a program looks where its real file is
    _link_all(libraries, moved(libraries))
    _link_all(shared, moved(shared), but="extension")
    extensions = moved(shared / "extension")
    _link_all(shared / "extension", extensions, but="pg_cron.control")
    control = (shared / "extension" / "pg_cron.control").read_text()
    (extensions / "pg_cron.control").write_text(f"{control}trusted = true\n")
    version = get_embedded_sql_version()
    (extensions / "pgmq.control").write_text(_PGMQ_CONTROL.format(version=version))
    (extensions / f"pgmq--{version}.sql").write_text(get_embedded_install_sql())
    (extensions / "pg_net.control").write_text(_PG_NET_CONTROL)
    (extensions / "pg_net--0.sql").write_text((DOUBLES / "pg_net.sql").read_text())
    return programs


def _installed(name: str) -> Path:
    command = (str(find_bindir() / "pg_config"), f"--{name}")
    return Path(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())


def _link_all(source: Path, target: Path, but: str = "") -> None:
    for path in source.iterdir():
        if path.name != but and "plpython" not in path.name and not path.name.startswith("pgmq"):
            (target / path.name).symlink_to(path)
