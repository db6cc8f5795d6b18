"""Full syncs: the same customers for all contenders, for the first time and again with nothing changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from bench.contenders import Contender, Copy, Dlt, SerialFetch, StripeSyncEngine, TwoWorkers
from bench.measure import Cost, typical
from bench.mock import mock_process
from bench.report import Section, console
from bench.scene import Scene

FIRST, AGAIN = "first", "unchanged"

Costs = dict[tuple[str, str], list[Cost]]  # by contender and phase


def compare(
    scene: Scene, contenders: Sequence[type[Contender]], rows: int, latencies: Sequence[float], runs: int
) -> Section:
    """All contenders in turn, `runs` times; with latency, those once that spend nearly all their time waiting."""
    section = Section(
        f"{rows:,} customers",
        ("who", "latency ms", "sync", "seconds", "rows/s", "CPU s database", "CPU s client", "memory MiB", "WAL MiB"),
    )
    for latency in latencies:
        console.print(f"[bold]{rows:,} customers, {latency:g} ms before each answer")
        with mock_process({"customer": rows}, latency=latency / 1000) as base_url:
            costs = _measure(scene, contenders, rows, base_url, latency, runs)
        for (name, phase), measured in costs.items():
            cost = typical(measured)
            section.add(
                name,
                f"{latency:g}",
                phase,
                f"{cost.seconds:.2f}",
                f"{rows / cost.seconds:,.0f}",
                *(f"{value:.1f}" for value in (cost.database_cpu, cost.client_cpu)),
                *(f"{value:,.1f}" for value in (cost.memory_mib, cost.wal_mib)),
                name=name,
                latency_ms=latency,
                phase=phase,
                rows=rows,
                runs=[cost.as_dict() for cost in measured],
            )
        for finding in _findings(costs):
            section.find(f"{latency:g} ms: {finding}")
    return section


def _measure(
    scene: Scene, contenders: Sequence[type[Contender]], rows: int, base_url: str, latency: float, runs: int
) -> Costs:
    costs: Costs = defaultdict(list)
    for run in range(runs):  # interleaved, so that a slow minute of the machine hits all of them
        for make in contenders:
            if latency and make.serial and run > 0:
                continue
            contender = make(scene, base_url)
            contender.forget()
            for phase in (FIRST, AGAIN) if contender.resyncs else (FIRST,):
                cost = contender.sync()
                if contender.stored() != rows:
                    raise RuntimeError(f"{contender.name} holds {contender.stored()} of {rows} customers")
                costs[contender.name, phase].append(cost)
                console.print(f"  {contender.name}, {phase}: {cost.seconds:.2f} s")
    return costs


def _findings(costs: Costs) -> list[str]:
    """The ratios that matter, as far as those in them were measured."""
    ours = typical(costs[TwoWorkers.name, FIRST])
    again = typical(costs[TwoWorkers.name, AGAIN])
    fetch, copy = (typical(costs[floor.name, FIRST]) for floor in (SerialFetch, Copy))
    findings = [
        f"a first sync takes {ours.seconds / (fetch.seconds + copy.seconds):.2f} times fetching serially and COPYing",
        f"a first sync takes {ours.seconds / copy.seconds:.2f} times COPYing alone",
        f"an unchanged sync is {ours.seconds / again.seconds:.2f} times faster than the first,"
        f" and writes {again.wal_mib / ours.wal_mib:.1%} of its WAL",
    ]
    findings += [
        f"a first sync is {typical(costs[peer.name, FIRST]).seconds / ours.seconds:.1f} times faster than {peer.name}'s"
        for peer in (StripeSyncEngine, Dlt)
        if (peer.name, FIRST) in costs
    ]
    return findings
