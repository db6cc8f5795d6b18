"""The README shows what is there."""

from __future__ import annotations

import re
from pathlib import Path

from supasaasy.demo import QUERIES, WEBHOOK_QUERY

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_queries_of_the_demo_are_those_of_the_readme() -> None:
    assert [sql for sql in (*QUERIES.values(), WEBHOOK_QUERY) if sql not in README] == []


def test_the_config_of_the_readme_is_accepted() -> None:
    [block] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec("\n".join(line.removeprefix("   ") for line in block.splitlines()), {})
