"""The syncs as a picture for the documentation."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pygal
from pygal.style import CleanStyle

from bench.report import Section


def plot(section: Section, path: Path) -> None:
    """Rows per second of the first syncs, by latency, one bar for each contender."""
    first = [result for result in section.data if result["phase"] == "first"]
    latencies = sorted({result["latency_ms"] for result in first})
    chart = pygal.HorizontalBar(
        title=f"{section.title}: rows per second, first sync", logarithmic=True, style=CleanStyle, js=[], height=420
    )
    chart.x_labels = [f"{latency:g} ms before each answer" for latency in latencies]
    for name in dict.fromkeys(result["name"] for result in first):
        seconds = {
            result["latency_ms"]: median(run["seconds"] for run in result["runs"])
            for result in first
            if result["name"] == name
        }
        chart.add(name, [round(section.data[0]["rows"] / seconds[latency]) for latency in latencies])
    path.write_text(chart.render(is_unicode=True, disable_xml_declaration=True) + "\n")
