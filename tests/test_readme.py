"""The README and docs/ show what is there."""

from __future__ import annotations

import re
from pathlib import Path

from supasaasy.demo import QUERIES, WEBHOOK_QUERY
from tests.conftest import Database
from tests.support import query

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
DOCS = [README, *(page.read_text() for page in sorted((ROOT / "docs").glob("*.md")))]


def test_the_queries_of_the_demo_are_those_of_the_readme() -> None:
    assert [sql for sql in (*QUERIES.values(), WEBHOOK_QUERY) if sql not in README] == []


def test_every_query_of_the_readme_and_the_docs_runs(database: Database) -> None:
    for block in re.findall(r"```sql\n(select .*?)```", "\n".join(DOCS), re.DOTALL):
        if "sync(" not in block and "vault" not in block:
            query(database, block)


def test_the_config_of_the_readme_is_accepted() -> None:
    [block] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec("\n".join(line.removeprefix("   ") for line in block.splitlines()), {})
