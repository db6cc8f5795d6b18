"""What a piece of work costs: time, CPU of database and client, memory of one backend, WAL."""

from __future__ import annotations

import os
import resource
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from supasaasy.cluster import Cluster

MIB = 1024 * 1024
_TICKS = os.sysconf("SC_CLK_TCK")
_SAMPLING = 0.02  # seconds


@dataclass(frozen=True)
class Cost:
    """One piece of work."""

    seconds: float
    database_cpu: float  # seconds, of all processes of the server
    client_cpu: float  # seconds, of what runs beside the server
    memory_mib: float  # by how much the private memory of one backend grew at most
    wal_mib: float

    def as_dict(self) -> dict[str, float]:
        return {name: round(value, 3) for name, value in asdict(self).items()}


def typical(costs: list[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(*(median(values) for values in zip(*(asdict(cost).values() for cost in costs), strict=True)))


class Meter:
    """Measures what is done on one cluster, one piece of work at a time."""

    def __init__(self, cluster: Cluster) -> None:
        self._postmaster = int((cluster.data / "postmaster.pid").read_text().split()[0])
        self._connection = psycopg.connect(cluster.dsn(), autocommit=True)

    def measure(self, work: Callable[[], Any], backends: Sequence[int] = ()) -> Cost:
        """Do the work after a checkpoint; `backends` are the processes whose memory is watched."""
        self._connection.execute("checkpoint")
        wal, database, client = self._wal(), self._database_cpu(), _client_cpu()
        memories = [_Memory(backend) for backend in backends]
        started = time.perf_counter()
        work()
        seconds = time.perf_counter() - started
        grown = max((memory.stop() for memory in memories), default=0)
        return Cost(
            seconds, self._database_cpu() - database, _client_cpu() - client, grown / MIB, (self._wal() - wal) / MIB
        )

    def close(self) -> None:
        self._connection.close()

    def _wal(self) -> int:
        row = self._connection.execute("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn").fetchone()
        assert row is not None
        return int(row[0])

    def _database_cpu(self) -> float:
        """Of the processes that live and, through the postmaster, of those that have ended."""
        utime, stime, cutime, cstime = _cpu_ticks(self._postmaster)
        living = (_cpu_ticks(pid)[:2] for pid in _children(self._postmaster))
        return (utime + stime + cutime + cstime + sum(map(sum, living))) / _TICKS


class _Memory:
    """Watches the private memory of a process from a thread."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._stopping = threading.Event()
        self._before = self._peak = self._private()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> int:
        """By how many bytes it grew at most."""
        self._stopping.set()
        self._thread.join()
        return self._peak - self._before

    def _watch(self) -> None:
        while not self._stopping.wait(_SAMPLING):
            self._peak = max(self._peak, self._private())

    def _private(self) -> int:
        try:
            lines = Path(f"/proc/{self._pid}/status").read_text().splitlines()
        except OSError:  # it has ended
            return 0
        return int(dict(line.split(":", 1) for line in lines)["RssAnon"].split()[0]) * 1024


def _client_cpu() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _cpu_ticks(pid: int) -> tuple[int, int, int, int]:
    """utime, stime, cutime, cstime; see proc(5)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has ended meanwhile
        return 0, 0, 0, 0
    return int(fields[11]), int(fields[12]), int(fields[13]), int(fields[14])


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
