"""The command line."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from supasaasy import demo
from supasaasy.cli import app
from tests.conftest import Database

CONFIG = """\
from supasaasy import define_config

config = define_config(
    {
        "apps": [
            {
                "app_key": "stripe_prod",
                "name": "Stripe",
                "connector": "stripe",
                "config": {"api_key_env": "STRIPE_API_KEY"},
            }
        ]
    }
)
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "supasaasy_config.py").write_text(CONFIG)
    return tmp_path


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.stdout, result.stderr


def test_generate_writes_a_new_migration_of_the_supabase_project(project: Path) -> None:
    code, _, messages = run("generate")
    [migration] = (project / "supabase" / "migrations").iterdir()
    assert code == 0
    assert "written: supabase/migrations/" in messages
    assert migration.name[:14].isdigit()
    assert migration.name[14:] == "_supasaasy.sql"


def test_generate_writes_nothing_when_the_newest_migration_says_the_same(project: Path) -> None:
    run("generate")
    code, _, messages = run("generate")
    assert code == 0
    assert "up to date: supabase/migrations/" in messages
    assert len(list((project / "supabase" / "migrations").iterdir())) == 1


def test_generate_to_standard_output_gives_the_sql_and_nothing_else() -> None:
    code, sql, messages = run("generate", "--output", "-")
    assert (code, messages) == (0, "")
    assert sql.startswith("-- supasaasy 0.1.0: generated, not to be edited.\n")


def test_generate_twice_gives_the_same_bytes() -> None:
    assert run("generate", "-o", "-")[1] == run("generate", "--output", "-")[1] != ""


def test_generate_to_a_file_replaces_it(project: Path) -> None:
    (project / "out.sql").write_text("old")
    assert run("generate", "--output", "out.sql")[0] == 0
    assert (project / "out.sql").read_text().startswith("-- supasaasy 0.1.0")


def test_as_json_the_files_are_named_that_were_written_or_up_to_date(project: Path) -> None:
    (project / "out.sql").write_text("old")
    command = ("generate", "--output", "out.sql", "--json")
    code, document, messages = run(*command)
    assert (code, messages) == (0, "written: out.sql\n")
    assert json.loads(document) == {"files": [{"path": "out.sql", "written": True}]}
    assert json.loads(run(*command)[1]) == {"files": [{"path": "out.sql", "written": False}]}

    files = json.loads(run(*command, "--edge-functions", "functions")[1])["files"]
    assert [file["path"] for file in files if file["written"]] == [
        "functions/_shared/supasaasy.ts",
        "functions/job-status/index.ts",
        "functions/supasaasy.toml",
        "functions/sync/index.ts",
        "functions/webhook/index.ts",
        "functions/worker/index.ts",
    ]


def test_calls_for_a_citus_cluster_are_written_beside_the_migration(project: Path) -> None:
    command = ("generate", "--output", "out.sql", "--citus", "distribute.sql", "--json")
    assert [file["path"] for file in json.loads(run(*command)[1])["files"]] == ["distribute.sql", "out.sql"]
    assert "create_distributed_table" not in (project / "out.sql").read_text()
    lines = (project / "distribute.sql").read_text().splitlines()
    assert lines[-2:] == [
        "select create_distributed_table('supasaasy.stripe_subscription_item', 'app_key')",
        "where not exists (select from pg_dist_partition"
        " where logicalrelid = 'supasaasy.stripe_subscription_item'::regclass);",
    ]


def test_standard_output_cannot_take_the_migration_and_json() -> None:
    code, document, messages = run("generate", "--output", "-", "--json")
    assert (code, document) == (2, "")
    assert "standard output takes either the migration" in " ".join(messages.replace("│", "").split())


@pytest.mark.parametrize(
    "command", [("init", "--app", "a=stripe", "--platform", "rds", "--force"), ("new-connector", "shop")]
)
def test_as_json_what_a_command_wrote_is_one_document(project: Path, command: tuple[str, ...]) -> None:
    code, document, _ = run(*command, "--json")
    files = json.loads(document)["files"]
    assert (code, [file["written"] for file in files]) == (0, [True] * len(files))
    assert all((project / file["path"]).is_file() for file in files)


def test_pgmq_is_bundled_only_when_asked_for() -> None:
    assert "create table if not exists pgmq.meta" not in run("generate", "--output", "-")[1].lower()
    assert "create table if not exists pgmq.meta" in run("generate", "--output", "-", "--bundle-pgmq")[1].lower()


def test_a_wrong_config_is_an_error_without_traceback(project: Path) -> None:
    (project / "supasaasy_config.py").write_text(CONFIG.replace('"stripe",\n', '"strip",\n'))
    code, sql, messages = run("generate", "--output", "-")
    assert (code, sql) == (1, "")
    assert "unknown connector 'strip'; did you mean 'stripe'?" in " ".join(messages.split())
    assert "Traceback" not in messages


def test_the_version_is_printed() -> None:
    assert run("--version")[:2] == (0, "0.1.0\n")


def test_the_demo_cuts_nothing_at_a_narrow_terminal(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(demo, "console", Console(file=screen, width=24))
    demo._show(database, "Title", "select 1 as current_period_end, 2 as created_count, 3 as updated_count")
    assert "…" not in screen.getvalue()
