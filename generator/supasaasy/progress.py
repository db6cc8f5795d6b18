"""How far a task is, as far as that can be known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ENDED = ("completed", "failed", "cancelled")


class Expectations:
    """How many objects tasks can be expected to receive.

    How many a provider has, nobody can know; a full sync of what was synced before is expected to have as many as are
    here, by `supasaasy.health()`.
    """

    def __init__(self, health: Mapping[str, Any]) -> None:
        self._here = {
            (app["app_key"], collection["collection_key"]): collection["rows"]
            for app in health["apps"]
            for collection in app["collections"]
        }

    def of(self, app_key: str, task: Mapping[str, Any]) -> int | None:
        """Of a task as `supasaasy.job_status()` shows it; None where nothing can be expected."""
        done: int = task["processed_entities"]
        if task["status"] in ENDED:
            return done
        rows = self._here.get((app_key, task["collection_key"]), 0) if task["mode"] == "full" else 0
        return rows if rows >= done and rows > 0 else None
