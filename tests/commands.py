"""The command line, run in a user's directory against a test's database."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from supasaasy.cli import app
from tests.conftest import Database
from tests.support import CONFIG

COMMAND = Path(sys.executable).with_name("supasaasy")
SUPABASE_CLI = Path(__file__).parent / "node" / "node_modules" / ".bin" / "supabase"

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


def link_supabase(directory: Path, url: str) -> Path:
    """Make a directory a Supabase project that is linked to a database; where its commands are, and ours.

    `supabase link` needs the platform: this command answers as if it had been done.
    """
    (directory / "supabase").mkdir(exist_ok=True)
    (directory / "supabase" / "config.toml").write_text('project_id = "starter"\n')
    commands = directory / "bin"
    commands.mkdir()
    (commands / "supasaasy").symlink_to(COMMAND)
    linked = commands / "supabase"
    linked.write_text(f"#!/bin/sh\nexec '{SUPABASE_CLI}' \"$@\" --yes --remote '{url}?sslmode=disable'\n")
    linked.chmod(0o755)
    return commands
