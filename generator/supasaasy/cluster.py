"""A throwaway PostgreSQL cluster with plpython3u and pg_cron, for the demo, for development and for tests.

Everything of a cluster lives in one private temporary directory: data, log and unix socket. As PostgreSQL refuses to
run as root, root's clusters run as the user `postgres`. Nothing is fixed, neither port nor path, so an aborted run
leaves nothing that could hinder the next one.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

_DEBIAN_PACKAGES = {
    "plpython3u": "postgresql-plpython3-{major}",
    "pg_cron": "postgresql-{major}-cron",
    "plpgsql_check": "postgresql-{major}-plpgsql-check",
}
_REQUIRED_EXTENSIONS = ("plpython3u", "pg_cron")
_LOG_TAIL_LINES = 20


class MissingPackages(RuntimeError):
    """PostgreSQL or one of its extensions is not installed; the message says how to install it."""


class ClusterError(RuntimeError):
    """A PostgreSQL command failed; the message carries its output and the end of the server's log."""


# Packages --------------------------------------------------------------------------------------------------------


def find_bindir() -> Path:
    """The directory of the newest PostgreSQL server's programs."""
    bindir = _installed_bindir()
    if bindir is None:
        raise MissingPackages(_advice(_missing_packages(_REQUIRED_EXTENSIONS)))
    return bindir


def ensure_packages(*, install: bool = True, extra: Sequence[str] = ()) -> None:
    """Check for a server with plpython3u, pg_cron and the `extra` extensions; root on Debian gets them installed."""
    extensions = (*_REQUIRED_EXTENSIONS, *extra)
    missing = _missing_packages(extensions)
    if missing and install and os.geteuid() == 0 and shutil.which("apt-get"):
        _apt_get("update")
        # Only now is it known which major version this distribution offers.
        _apt_get("install", "--no-install-recommends", *_missing_packages(extensions))
        missing = _missing_packages(extensions)
    if missing:
        raise MissingPackages(_advice(missing))


def _installed_bindir() -> Path | None:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    elsewhere = [Path(_output("pg_config", "--bindir"))] if shutil.which("pg_config") else []
    return next((directory for directory in (*debian, *elsewhere) if (directory / "initdb").exists()), None)


def _missing_packages(extensions: Sequence[str]) -> list[str]:
    """The Debian packages that would complete this machine."""
    bindir = _installed_bindir()
    if bindir is None:
        major = _offered_major()
        return ["postgresql", *(_DEBIAN_PACKAGES[name].format(major=major) for name in extensions)]
    major = re.sub(r"\D.*", "", _output(bindir / "postgres", "--version").removeprefix("postgres (PostgreSQL) "))
    available = Path(_output(bindir / "pg_config", "--sharedir")) / "extension"
    return [
        _DEBIAN_PACKAGES[name].format(major=major)
        for name in extensions
        if not (available / f"{name}.control").exists()
    ]


def _offered_major() -> str:
    """The major version that Debian's `postgresql` package stands for; "NN" where apt does not know."""
    if not shutil.which("apt-cache"):
        return "NN"
    offered = re.search(r"Depends: postgresql-(\d+)", _output("apt-cache", "depends", "postgresql", check=False))
    return offered[1] if offered else "NN"


def _advice(packages: Sequence[str]) -> str:
    return (
        "PostgreSQL with plpython3u and pg_cron is needed on this machine. On Debian or Ubuntu:\n"
        f"    sudo apt-get install {' '.join(packages)}"
        + ("\n(NN is the major version of PostgreSQL.)" if any("NN" in name for name in packages) else "")
    )


def _apt_get(command: str, *arguments: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    options = ("-qq", "-o", "DPkg::Lock::Timeout=120")
    result = subprocess.run(
        ["apt-get", command, *options, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise MissingPackages(f"apt-get {command} {' '.join(arguments)} failed:\n{result.stdout}")


def _output(*command: str | Path, check: bool = True) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=check).stdout.strip()


# Cluster ---------------------------------------------------------------------------------------------------------


@dataclass
class Cluster:
    """One PostgreSQL server and its directory."""

    directory: Path
    port: int
    environment: dict[str, str] = field(default_factory=dict)
    superuser: str = "postgres"
    bindir: Path | None = None  # of the server's programs; the installed ones when None

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def password(self) -> str:
        """What TCP connections must present; the unix socket is guarded by the directory's permissions instead."""
        return (self.directory / "password").read_text().strip()

    def dsn(self, dbname: str = "postgres", user: str = "postgres") -> str:
        """Conninfo through the unix socket."""
        return f"host={self.directory} port={self.port} dbname={dbname} user={user}"

    def url(self, dbname: str = "postgres") -> str:
        """The URL of `postgres` through TCP, for tools that know nothing of sockets."""
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/{quote(dbname)}"

    def log_text(self) -> str:
        log = self.directory / "log"
        return log.read_text(errors="replace") if log.exists() else ""

    def create(self, settings: Mapping[str, str]) -> None:
        """Make an empty cluster with these settings, not yet started."""
        password = self.directory / "password"
        password.write_text(secrets.token_urlsafe(16))
        if os.geteuid() == 0:
            for path in (self.directory, password):
                shutil.chown(path, "postgres", "postgres")
        self._run(
            *("initdb", "--pgdata", self.data, "--username", self.superuser, "--pwfile", password),
            *("--auth-local", "trust", "--auth-host", "scram-sha-256"),
            *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
        )
        with (self.data / "postgresql.conf").open("a") as configuration:
            configuration.writelines(
                "{} = '{}'\n".format(name, value.replace("'", "''")) for name, value in settings.items()
            )

    def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Start the server and wait until it accepts connections; `environment` is added to the server's own."""
        if environment is not None:
            self.environment = dict(environment)
        self._run("pg_ctl", "start", "--wait", "--pgdata", self.data, "--log", self.directory / "log")

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "stop", "--wait", "--pgdata", self.data, "--mode", mode)

    def restart(self, mode: str = "fast") -> None:
        self.stop(mode)
        self.start()

    def remove(self) -> None:
        """Stop the server, in whatever state it is, and delete the directory."""
        if (self.data / "postmaster.pid").exists():
            with suppress(ClusterError):  # it had already died and left its pid file behind
                self.stop("immediate")
        shutil.rmtree(self.directory, ignore_errors=True)

    def _run(self, program: str, *arguments: str | Path) -> None:
        # Nothing is inherited from the caller's environment: no PG* variables, no proxies, no locale.
        environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": str(self.directory)} | self.environment
        result = subprocess.run(
            [(self.bindir or find_bindir()) / program, *arguments],
            cwd=self.directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            start_new_session=True,  # Ctrl-C is ours to handle
            **_unprivileged(),
        )
        if result.returncode != 0:
            tail = "\n".join(self.log_text().splitlines()[-_LOG_TAIL_LINES:])
            raise ClusterError(f"{program} failed:\n{result.stdout.strip()}\n{tail}".rstrip())


@contextmanager
def throwaway_cluster(
    *,
    cron_database: str = "postgres",
    settings: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    superuser: str = "postgres",
    bindir: Path | None = None,
    keep: bool = False,
) -> Iterator[Cluster]:
    """A running cluster that is gone after the block, however it ends; with `keep` it is left running."""
    with _terminated_like_ctrl_c():
        # Not $TMPDIR: the path of a unix socket has at most 107 bytes, and `postgres` must get there.
        directory = Path(tempfile.mkdtemp(prefix="supasaasy-", dir="/tmp"))
        cluster = Cluster(directory, free_port(), superuser=superuser, bindir=bindir)
        try:
            cluster.create(_default_settings(cluster, cron_database) | dict(settings or {}))
            cluster.start(environment or {})
            yield cluster
        except BaseException:
            cluster.remove()
            raise
        if not keep:
            cluster.remove()


def _default_settings(cluster: Cluster, cron_database: str) -> dict[str, str]:
    return {
        "port": str(cluster.port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(cluster.directory),
        "timezone": "UTC",
        "log_timezone": "UTC",
        "shared_preload_libraries": "pg_cron",
        "cron.database_name": cron_database,
        "cron.host": str(cluster.directory),
        "cron.use_background_workers": "on",
        "max_worker_processes": "32",
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _unprivileged() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    return {"user": "postgres", "group": "postgres", "extra_groups": []}


@contextmanager
def _terminated_like_ctrl_c() -> Iterator[None]:
    """SIGTERM unwinds the block as Ctrl-C does, where it would otherwise end the process at once."""
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
