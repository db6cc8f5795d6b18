"""docs/connectors.md quotes the connector that it explains, and its configuration works."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from supasaasy import spec
from supasaasy.new_connector import connector_files

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "connectors.md").read_text()
QUOTED = (ROOT / "generator" / "supasaasy" / "connectors" / "notion.py").read_text()
CONFIG, *QUOTES = re.findall(r"```(?:python|text)\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("quote", QUOTES)
def test_what_is_quoted_stands_in_the_declaration(quote: str) -> None:
    assert quote in QUOTED


def test_all_the_words_of_the_table_are_in_the_vocabulary() -> None:
    table = PAGE[PAGE.index("## What can be said") : PAGE.index("## One for everybody")]
    words = re.findall(r"`(\w+)`", table)
    assert len(words) > 20
    declarations = [value for value in vars(spec).values() if isinstance(value, type) and is_dataclass(value)]
    known = set(vars(spec)) | {field.name for declaration in declarations for field in fields(declaration)}
    assert [word for word in words if word not in known] == []


def test_the_configuration_accepts_the_connector_that_was_written(tmp_path: Path) -> None:
    for name, text in connector_files("crm"):
        (tmp_path / name).write_text(text)
    (tmp_path / "supasaasy_config.py").write_text(CONFIG)
    code = "from supasaasy.cli import app; app()"
    generate = [sys.executable, "-c", code, "generate", "--output", "-"]
    sql = subprocess.run(generate, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "create table if not exists supasaasy.crm_thing (" in sql
