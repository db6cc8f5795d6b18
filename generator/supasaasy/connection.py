"""How the command line reaches a database, and what it says when that fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]

# How a database answers that lacks the schema.
NOT_INSTALLED = (
    psycopg.errors.InvalidSchemaName,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.UndefinedTable,
)


class DatabaseProblem(RuntimeError):
    """The database cannot be reached, or refuses. The message says why and what to do, and holds no password."""


@contextmanager
def connected(dsn: str, command: str) -> Iterator[Connection]:
    """An autocommit session for a command, given as URL or conninfo. Its errors end the block as DatabaseProblem."""
    name = f"supasaasy {command}"
    try:
        # With the encoding of a SQL_ASCII database, psycopg would return bytes for text.
        connection = psycopg.connect(
            dsn, autocommit=True, connect_timeout=10, application_name=name, client_encoding="UTF8"
        )
        with closing(connection):
            connection.execute("set timezone to 'UTC'")
            yield connection
    except psycopg.Error as error:
        raise DatabaseProblem(explain(error)) from None


def explain(error: psycopg.Error) -> str:
    """Message and hint."""
    if isinstance(error, NOT_INSTALLED):
        return "supasaasy is not installed here, or too old: apply its migration first"
    if error.diag.message_primary:
        return "\n".join(filter(None, (error.diag.message_primary, error.diag.message_hint)))
    if isinstance(error, psycopg.ProgrammingError):
        # The text of a conninfo that cannot be parsed may hold its password.
        return "the DSN is neither a URL nor a conninfo"
    return str(error).strip()


def describe_for_log(error: psycopg.Error) -> str:
    """Without the details, which quote data."""
    return f"{type(error).__name__} {error.sqlstate or ''} {error.diag.message_primary or ''}".strip()
