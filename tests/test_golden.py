"""The generated migration, as reviewers see it. `make golden` rewrites the files after a change that is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from supasaasy.connectors import CONNECTORS
from supasaasy.render import render_collection, render_connector
from supasaasy.spec import Connector

GOLDEN = Path(__file__).parent / "golden"

# What an app of each connector gets that names nothing, and what it gets that names "all".
RENDERED: dict[str, Connector] = {
    name: connector.limited_to(connector.default_resources or connector.resource_types)
    for name, connector in CONNECTORS.items()
} | {f"{name}_all": connector for name, connector in CONNECTORS.items() if connector.default_resources}


@pytest.mark.parametrize("name", sorted(RENDERED))
def test_a_connector_renders_to_its_golden_file(name: str, request: pytest.FixtureRequest) -> None:
    connector = RENDERED[name]
    parts = [render_connector(connector)]
    parts += [render_collection(connector, collection) for collection in connector.collections]
    rendered = "\n".join(parts)
    golden = GOLDEN / f"{name}.sql"
    if request.config.getoption("--update-golden"):
        golden.write_text(rendered, encoding="utf-8")
    assert rendered == golden.read_text(encoding="utf-8")
