"""The suite runs once for each connector, in a database that has an app of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from pytest_postgresql import factories

from supasaasy import define_config
from tests.conformance.subjects import SUBJECTS, Subject
from tests.conftest import Database
from tests.support import CONFIG, load_migration, point_app_at

CONNECTORS_CONFIG = define_config(
    {
        "apps": [
            {
                "app_key": f"{name}_prod",
                "name": name,
                "connector": name,
                "config": CONFIG.apps[0].settings()
                | {
                    "sync_resources": "all",
                    "api_key_env": f"{name.upper()}_API_KEY",
                    "webhook_secret_env": f"{name.upper()}_WEBHOOK_SECRET",
                },
            }
            for name in SUBJECTS
        ]
    }
)


def load_connectors(**where: Any) -> None:
    load_migration(CONNECTORS_CONFIG, **where)


connectors_template = factories.postgresql_noproc(dbname="supasaasy_connectors", load=[load_connectors])
connectors_database = factories.postgresql("connectors_template")


@pytest.fixture
def database(connectors_database: psycopg.Connection[Any]) -> Database:
    """An autocommit session in this test's own database, which has an app of each connector."""
    connectors_database.autocommit = True
    return connectors_database


@pytest.fixture(params=sorted(SUBJECTS))
def subject(request: pytest.FixtureRequest, database: Database) -> Iterator[Subject]:
    """Each connector in turn, with an empty double from which its app syncs."""
    subject = SUBJECTS[request.param]()
    with subject.provider:
        point_app_at(database, subject.provider.url, subject.app_key)
        yield subject
