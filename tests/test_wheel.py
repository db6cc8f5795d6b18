"""What is installed from a wheel, far from the checkout, does what the checkout does."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from supasaasy import get_migrations
from supasaasy.config import load_config
from supasaasy.dashboard import TEMPLATES
from supasaasy.edge import read_edge_functions

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def supasaasy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of a virtual environment that has the wheel, and borrows what the wheel depends on."""
    directory = tmp_path_factory.mktemp("wheel")
    environment = directory / "venv"
    build = (sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", directory)
    subprocess.run(build, cwd=ROOT, check=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    [wheel] = directory.glob("*.whl")
    pip = (sys.executable, "-m", "pip", "--quiet", "--python", environment / "bin" / "python")
    subprocess.run([*pip, "install", "--no-deps", "--no-index", wheel], check=True)
    [packages] = environment.glob("lib/*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return environment / "bin" / "supasaasy"


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_it_goes_from_nothing_to_the_same_migration_and_edge_functions(supasaasy: Path, tmp_path: Path) -> None:
    run(supasaasy, "init", "--app", "stripe_prod=stripe", "--platform", "postgres", cwd=tmp_path)
    generate = (supasaasy, "generate", "--output", "-", "--bundle-pgmq", "--edge-functions", "functions")
    config = load_config(tmp_path / "supasaasy_config.py")
    assert run(*generate, cwd=tmp_path).stdout == get_migrations(config, bundle_pgmq=True)
    written = {path.relative_to(tmp_path / "functions") for path in tmp_path.glob("functions/**/*") if path.is_file()}
    assert written == {below for below, _ in read_edge_functions()}


def test_it_brings_the_engine_for_the_worker(supasaasy: Path, tmp_path: Path) -> None:
    assert "--concurrency" in run(supasaasy, "worker", "--help", cwd=tmp_path).stdout
    refused = run(supasaasy, "worker", "--dsn", "nonsense", cwd=tmp_path)
    assert (refused.returncode, refused.stderr) == (
        3,
        "the DSN is neither a connection string nor a URL of PostgreSQL\n",
    )


def test_it_brings_what_a_connector_of_one_s_own_begins_with(supasaasy: Path, tmp_path: Path) -> None:
    run(supasaasy, "new-connector", "crm", cwd=tmp_path)
    pytest_command = (supasaasy.with_name("python"), "-m", "pytest", "-p", "no:cacheprovider", "test_crm.py")
    said = run(*pytest_command, cwd=tmp_path).stdout
    assert "still to be filled in; remove each mark once it is:" in said
    assert "1 failed, 3 passed" in said


def test_it_brings_the_pages_of_the_dashboard(supasaasy: Path, tmp_path: Path) -> None:
    script = "from supasaasy.dashboard import TEMPLATES as t; print(*sorted(p.relative_to(t) for p in t.rglob('*.*')))"
    installed = run(supasaasy.with_name("python"), "-c", script, cwd=tmp_path).stdout.split()
    assert installed == sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.*"))
