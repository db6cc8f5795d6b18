"""The syncs as a picture for the documentation."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pygal
from pygal.style import DefaultStyle

from bench.report import Section

_COLORS = ("#c47f2c", "#8f6bb3", "#14508c", "#3c8dd9", "#8a8a8a", "#b0b0b0", "#d4d4d4")  # peers, ours, floors


def plot(section: Section, path: Path) -> None:
    """Seconds of the first syncs, by latency, one bar for each contender."""
    first = [result for result in section.data if result["phase"] == "first"]
    latencies = sorted({result["latency_ms"] for result in first}, reverse=True)  # the topmost bars are the last
    chart = pygal.HorizontalBar(
        title=f"{section.title}: seconds of a first sync, less is better",
        logarithmic=True,
        range=(0.1, 120),
        zero=0.1,
        y_labels=[0.1, 0.3, 1, 3, 10, 30, 100],
        value_formatter=lambda seconds: f"{seconds:g}",
        x_labels=[f"{latency:g} ms before each answer" for latency in latencies],
        legend_at_bottom=True,
        legend_at_bottom_columns=2,
        truncate_legend=-1,
        style=DefaultStyle(background="white", plot_background="white", colors=_COLORS, opacity="1"),
        js=[],
        height=560,
    )
    for name in dict.fromkeys(result["name"] for result in reversed(first)):
        seconds = {
            result["latency_ms"]: median(run["seconds"] for run in result["runs"])
            for result in first
            if result["name"] == name
        }
        chart.add(name, [round(seconds[latency], 2) for latency in latencies])
    path.write_text(chart.render(is_unicode=True, disable_xml_declaration=True) + "\n")
