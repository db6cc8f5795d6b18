"""The command line, run in a user's directory against a test's database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from supasaasy.cli import app
from tests.conftest import Database
from tests.support import CONFIG

APP = CONFIG.apps[0].model_dump(mode="json", exclude_defaults=True)


def configure(**changes: Any) -> None:
    """Write a supasaasy_config.py that differs from what the test's database has by these keys."""
    config = {"apps": [APP], **changes}
    Path("supasaasy_config.py").write_text(
        f"from supasaasy import define_config\n\nconfig = define_config({config!r})\n"
    )


def app_with(**changes: Any) -> dict[str, Any]:
    """The app of tests.support.CONFIG with other settings."""
    return APP | {"config": APP["config"] | changes}


def run(database: Database, *arguments: str) -> tuple[int, list[str], str]:
    """Exit code, the lines of standard output, and the messages."""
    result = CliRunner().invoke(app, arguments, env={"SUPASAASY_DSN": database.info.dsn})
    return result.exit_code, result.stdout.splitlines(), result.stderr
