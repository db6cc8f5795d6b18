"""The README shows what is there."""

from __future__ import annotations

import re
from pathlib import Path

from supasaasy import __version__
from supasaasy.demo import QUERIES, WEBHOOK_QUERY

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_queries_of_the_demo_are_those_of_the_readme() -> None:
    assert [sql for sql in (*QUERIES.values(), WEBHOOK_QUERY) if sql not in README] == []


def test_every_link_within_the_docs_leads_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/*.md"), *ROOT.glob("examples/**/*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", page.read_text())]
    assert len(links) > 10
    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []


def test_the_changelog_knows_this_version() -> None:
    assert f"\n## [{__version__}] - " in (ROOT / "CHANGELOG.md").read_text()


def test_the_config_of_the_readme_is_accepted() -> None:
    [block] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec("\n".join(line.removeprefix("   ") for line in block.splitlines()), {})
