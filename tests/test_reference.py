"""The references in docs say what there is. `make golden` rewrites them after a change that is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from supasaasy import define_config, get_migrations
from supasaasy.connectors import CONNECTORS
from tests.conftest import Database
from tests.connector_reference import render_connector_reference
from tests.reference import render_config_reference, render_sql_reference

DOCS = Path(__file__).parent.parent / "docs"
EVERYTHING = define_config(
    {
        "apps": [
            {"app_key": name, "name": name, "connector": name, "config": {"api_key_env": "API_KEY"}}
            for name in CONNECTORS
        ]
    }
)


def compare(name: str, rendered: str, request: pytest.FixtureRequest) -> None:
    page = DOCS / name
    if request.config.getoption("--update-golden"):
        page.write_text(rendered, encoding="utf-8")
    assert rendered == page.read_text(encoding="utf-8")


def test_the_configuration_reference_is_up_to_date(request: pytest.FixtureRequest) -> None:
    compare("config.md", render_config_reference(), request)


def test_the_sql_reference_is_up_to_date(database: Database, request: pytest.FixtureRequest) -> None:
    database.execute(get_migrations(EVERYTHING).encode())
    compare("sql.md", render_sql_reference(database), request)


@pytest.mark.parametrize("name", sorted(CONNECTORS))
def test_the_reference_of_a_connector_is_up_to_date(name: str, request: pytest.FixtureRequest) -> None:
    compare(f"{name}.md", render_connector_reference(CONNECTORS[name]), request)
