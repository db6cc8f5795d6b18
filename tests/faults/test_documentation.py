"""The docs promise nothing with a test that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
DOCS = TESTS.parent / "docs"


def test_every_test_that_the_docs_name_exists() -> None:
    defined = {
        name for path in TESTS.rglob("test_*.py") for name in re.findall(r"^def (test_\w+)", path.read_text(), re.M)
    }
    named = {page.name: re.findall(r"`(test_\w+)`", page.read_text()) for page in DOCS.glob("*.md")}
    assert len(named["reliability.md"]) > 40
    assert [(page, name) for page, names in named.items() for name in names if name not in defined] == []


def test_every_test_file_that_the_docs_name_exists() -> None:
    named = [path for page in DOCS.glob("*.md") for path in re.findall(r"`(tests/[\w/.]+)`", page.read_text())]
    assert [path for path in named if not (TESTS.parent / path).exists()] == []
