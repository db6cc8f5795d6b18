"""Results: printed as they come, compared at the end, saved as JSON and Markdown."""

from __future__ import annotations

import json
import os
import platform
import shlex
import sys
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

DIRECTORY = Path(__file__).parent / "results"

console = Console(highlight=False, width=max(Console().width, 120))  # a table that is cut says nothing


@dataclass
class Section:
    """One table of results, and what follows from it."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    data: list[dict[str, Any]] = field(default_factory=list)  # the same as numbers

    def add(self, *cells: str, **data: Any) -> None:
        self.rows.append(cells)
        self.data.append(data)

    def find(self, text: str) -> None:
        self.findings.append(text)

    def show(self) -> None:
        table = Table(*self.columns, title=self.title, title_style="bold", title_justify="left")
        for column in table.columns[1:]:
            column.justify = "right"
        for row in self.rows:
            table.add_row(*row)
        console.print(table)
        for finding in self.findings:
            console.print(f"  {finding}")

    def markdown(self) -> str:
        lines = [self.columns, ("---", *("---:" for _ in self.columns[1:])), *self.rows]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        findings = "\n".join(f"- {finding}" for finding in self.findings)
        return f"## {self.title}\n\n{table}\n\n{findings}\n"


def save(sections: list[Section], name: str) -> None:
    """Write what was found, and where, to bench/results."""
    DIRECTORY.mkdir(exist_ok=True)
    cores = len(os.sched_getaffinity(0))
    machine = f"{platform.system()} {platform.machine()}, {cores} cores, Python {platform.python_version()}"
    command = shlex.join(["python", "-m", "bench", *sys.argv[1:]])
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    document = {
        "command": command,
        "machine": machine,
        "time": now,
        "sections": [
            {"title": section.title, "results": section.data, "findings": section.findings} for section in sections
        ],
    }
    (DIRECTORY / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n")
    head = f"# `{command}`\n\n{now}, {machine}\n\n"
    (DIRECTORY / f"{name}.md").write_text(head + "\n".join(section.markdown() for section in sections))
    console.print(f"saved: {DIRECTORY / name}.json and .md")
