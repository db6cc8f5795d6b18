"""The README shows what is there."""

from __future__ import annotations

import re
from pathlib import Path

from supasaasy.demo import QUERIES, WEBHOOK_QUERY
from tests.conftest import Database
from tests.support import query

README = (Path(__file__).parent.parent / "README.md").read_text()


def test_the_queries_of_the_demo_are_those_of_the_readme() -> None:
    assert [sql for sql in (*QUERIES.values(), WEBHOOK_QUERY) if sql not in README] == []


def test_every_query_of_the_readme_runs(database: Database) -> None:
    for block in re.findall(r"```sql\n(select .*?)```", README, re.DOTALL):
        if "sync(" not in block and "vault" not in block:
            query(database, block)


def test_the_config_of_the_readme_is_accepted() -> None:
    [block] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec("\n".join(line.removeprefix("   ") for line in block.splitlines()), {})
