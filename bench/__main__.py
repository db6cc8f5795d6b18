"""`python -m bench`: measure supasaasy, the floors below it and its peers, in one run on one mock."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from bench.children import children
from bench.contenders import ALL, OURS_AND_FLOORS
from bench.growth import growth
from bench.limits import limits
from bench.plot import plot
from bench.queries import queries
from bench.report import Section, save
from bench.scene import Scene, scene
from bench.syncs import compare
from bench.webhooks import webhooks


class Selection(str, Enum):
    """What is measured."""

    main_job = "main-job"  # 20,000 customers against fetching serially and COPYing
    syncs = "syncs"  # 50,000 customers, all contenders, with and without latency
    children = "children"  # 2,000 conversations, whose parts are read apart
    webhooks = "webhooks"  # 20,000 events accepted and applied
    limits = "limits"  # six collections of 20,000 objects under the default rate limits
    growth = "growth"  # 10,000, 100,000 and 1,000,000 customers
    queries = "queries"  # the README's queries on 200,000 subscriptions


def measure(
    selections: Annotated[list[Selection] | None, typer.Argument(help="What to measure. [default: everything]")] = None,
    runs: Annotated[int, typer.Option(min=1, help="How often; medians are shown.")] = 3,
    rows: Annotated[int | None, typer.Option(min=1, help="How many objects, in place of each one's default.")] = None,
    latency: Annotated[list[float] | None, typer.Option(help="Milliseconds before each answer.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Tiny numbers: does it still run?")] = False,
    picture: Annotated[Path | None, typer.Option("--plot", help="Draw the syncs into this SVG file.")] = None,
) -> None:
    """Measure supasaasy, the floors below it and its peers. Results go to bench/results."""
    latencies = latency or ([0.0] if quick else [0.0, 50.0, 150.0])
    runs, rows = (1, 200) if quick else (runs, rows)
    measures: dict[Selection, Callable[[Scene], Section]] = {
        Selection.main_job: lambda at: compare(at, OURS_AND_FLOORS, rows or 20_000, [0.0], runs),
        Selection.syncs: lambda at: compare(at, OURS_AND_FLOORS if quick else ALL, rows or 50_000, latencies, runs),
        Selection.children: lambda at: children(at, rows or 2_000, 10.0 if quick else 50.0),
        Selection.webhooks: lambda at: webhooks(at, rows or 20_000, with_peer=not quick),
        Selection.limits: lambda at: limits(at, rows or 20_000, with_peer=not quick),
        Selection.growth: lambda at: growth(at, [rows] if rows else [10_000, 100_000, 1_000_000]),
        Selection.queries: lambda at: queries(at, rows or 200_000),
    }
    selected = selections or list(Selection)
    sections = []
    with scene() as at:
        for selection in selected:
            section = measures[selection](at)
            section.show()
            sections.append(section)
            if picture and selection == Selection.syncs:
                plot(section, picture)
    if not quick:
        save(sections, "-".join(selection.value for selection in selected))


if __name__ == "__main__":
    typer.run(measure)
