"""The benchmark still runs; what it finds with a handful of customers says nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_benchmark_runs_with_tiny_numbers() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "bench", "--quick"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "200 customers" in result.stdout
    assert "times fetching serially and COPYing" in result.stdout
    assert "200 conversations of 5 parts" in result.stdout
    assert "200 webhooks" in result.stdout
    assert "default limits" in result.stdout
    assert "with 10,000 old jobs" in result.stdout
    assert "200 subscriptions" in result.stdout
