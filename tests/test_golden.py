"""The generated migration, as reviewers see it. `make golden` rewrites the files after a change that is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from supasaasy.connectors import CONNECTORS
from supasaasy.render import render_collection, render_connector

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", sorted(CONNECTORS))
def test_a_connector_renders_to_its_golden_file(name: str, request: pytest.FixtureRequest) -> None:
    connector = CONNECTORS[name]
    parts = [render_connector(connector)]
    parts += [render_collection(connector, collection) for collection in connector.collections]
    rendered = "\n".join(parts)
    golden = GOLDEN / f"{name}.sql"
    if request.config.getoption("--update-golden"):
        golden.write_text(rendered, encoding="utf-8")
    assert rendered == golden.read_text(encoding="utf-8")
