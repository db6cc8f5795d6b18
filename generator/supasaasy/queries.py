"""What the command line and the dashboard ask of a database. Nothing here writes."""

from __future__ import annotations

from typing import Any

from supasaasy.connection import Connection


def read_health(connection: Connection) -> dict[str, Any]:
    """What `supasaasy.health()` returns."""
    health: dict[str, Any] = _value(connection, "select supasaasy.health()")
    return health


def _value(connection: Connection, query: str, *arguments: Any) -> Any:
    row = connection.execute(query.encode(), arguments or None).fetchone()
    assert row is not None
    return row[0]
