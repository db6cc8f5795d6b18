"""The Edge Functions as `supasaasy generate` writes them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from supasaasy.cli import app
from tests.test_cli import CONFIG
from tests.ways.conftest import DENO, NODE


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "supasaasy_config.py").write_text(CONFIG)
    return tmp_path


def generate() -> tuple[int, str]:
    result = CliRunner().invoke(app, ["generate", "--edge-functions", "supabase/functions"])
    return result.exit_code, result.stderr


def test_they_are_written_beside_the_migration(project: Path) -> None:
    code, messages = generate()
    assert code == 0
    assert sorted(str(path.relative_to(project)) for path in project.rglob("*.ts")) == [
        "supabase/functions/_shared/supasaasy.ts",
        "supabase/functions/job-status/index.ts",
        "supabase/functions/sync/index.ts",
        "supabase/functions/webhook/index.ts",
        "supabase/functions/worker/index.ts",
    ]
    assert len(list((project / "supabase" / "migrations").iterdir())) == 1
    assert "written: supabase/functions/webhook/index.ts" in messages


def test_the_lines_for_config_toml_are_printed_and_written(project: Path) -> None:
    _, messages = generate()
    lines = (project / "supabase" / "functions" / "supasaasy.toml").read_text()
    assert lines in messages
    for name in ("webhook", "sync", "worker", "job-status"):
        assert f"[functions.{name}]\nverify_jwt = false\n" in lines


def test_they_are_left_alone_when_they_say_the_same(project: Path) -> None:
    generate()
    _, messages = generate()
    assert "written" not in messages


def test_deno_finds_no_fault_in_them(project: Path) -> None:
    generate()
    functions = project / "supabase" / "functions"
    shutil.copy(NODE / "package.json", functions)
    (functions / "node_modules").symlink_to(NODE / "node_modules")
    files = [str(path.relative_to(functions)) for path in functions.glob("*/*.ts")]
    for command in (
        ["check", "--node-modules-dir=manual"],
        ["lint"],
        ["fmt", "--check", "--line-width=120"],
    ):
        result = subprocess.run(
            [DENO, *command, *files],
            cwd=functions,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr
