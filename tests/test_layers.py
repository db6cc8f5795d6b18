"""What each part of the project must not know of the others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from supasaasy.connectors import CONNECTORS

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*(ROOT / "plpython").rglob("*.py"), *(ROOT / "sql").rglob("*.sql")])


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_engine_names_no_provider(path: Path) -> None:
    providers = "|".join(CONNECTORS)
    assert re.findall(providers, path.read_text(encoding="utf-8"), re.IGNORECASE) == []


def test_the_generator_does_not_import_the_engine() -> None:
    for path in (ROOT / "generator").rglob("*.py"):
        if path.name != "worker.py":
            assert "supasaasy_runtime" not in re.findall(r"^(?:from|import) (\w+)", path.read_text(), re.MULTILINE), (
                path
            )
