"""The port: all that the engine knows of the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, Union

Argument = Union[str, int, bool, Sequence[str], None]


class DatabaseError(Exception):
    """A statement failed; what it did is undone."""


class Cancelled(Exception):
    """Somebody has cancelled the statement that the engine runs in."""


class Database(Protocol):
    """A session in which SQL functions of supasaasy can be called. Used by the main thread alone."""

    blocks_threads: bool  # no other thread of Python runs during a statement

    def value(self, sql: str, *arguments: Argument) -> Any:
        """Run a statement with `$1`-style parameters and return its one value, JSON as text.

        Raises DatabaseError or Cancelled.
        """

    def commit(self) -> None:
        """Commit, where the caller's transaction allows it."""

    def tick(self) -> None:
        """Let go of the snapshot, and raise Cancelled when somebody has cancelled."""
