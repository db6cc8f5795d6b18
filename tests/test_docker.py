"""Dockerfile and compose.yaml: what of them can be held against the rest without Docker."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from pgmq.install import get_embedded_install_sql, get_embedded_sql_version

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", "")
COMPOSE = (ROOT / "compose.yaml").read_text()


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} (.+)$", DOCKERFILE, re.MULTILINE)


def test_what_is_copied_is_there_and_the_images_are_those_of_the_services() -> None:
    sources = [source for copy in instructions("COPY") if "--from" not in copy for source in copy.split()[:-1]]
    assert sources == ["pyproject.toml", "README.md", "LICENSE", "generator", "plpython", "sql"]
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert re.findall(r"AS (\w+)", DOCKERFILE) == ["web", "db"]
    assert re.findall(r"target: (\w+)", COMPOSE) == ["db", "web"]


def test_the_script_in_the_package_of_pgmq_becomes_an_extension_of_its_version(tmp_path: Path) -> None:
    [command] = [run for run in instructions("RUN") if "pgmq" in run]
    environment = {"PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))}
    subprocess.run(["sh", "-euc", command], cwd=tmp_path, env=environment, check=True)
    version = get_embedded_sql_version()
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"pgmq--{version}.sql", "pgmq.control"]
    assert (tmp_path / f"pgmq--{version}.sql").read_text() == get_embedded_install_sql() + "\n"
    assert f"default_version = '{version}'\nschema = 'pgmq'\n" in (tmp_path / "pgmq.control").read_text()


def test_the_command_finds_its_secrets_in_their_files(tmp_path: Path) -> None:
    (tmp_path / "POSTGRES_PASSWORD").write_text("a b$c\n")
    (tmp_path / "ADMIN_API_KEY").write_text("key\n")
    command = tmp_path / "supasaasy"
    command.write_text('#!/bin/sh\nprintf "%s|" "$PGPASSWORD" "$ADMIN_API_KEY" "$@"\n')
    command.chmod(0o755)
    [entrypoint] = map(json.loads, instructions("ENTRYPOINT"))
    shell, option, script, name = (part.replace("/run/secrets", str(tmp_path)) for part in entrypoint)
    run = subprocess.run(
        [shell, option, script, name, "sync", "two words"],
        env={"PATH": os.pathsep.join((str(tmp_path), os.environ["PATH"]))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "a b$c|key|sync|two words|"


def test_the_secrets_are_those_of_the_quick_start_and_are_not_committed() -> None:
    files = dict(re.findall(r"^  (\w+): \{file: (.+)\}$", COMPOSE, re.MULTILINE))
    assert files == {
        name: f"secrets/{name}"
        for name in ("POSTGRES_PASSWORD", "ADMIN_API_KEY", "STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET")
    }
    for_the_server, for_the_command = re.findall(r"    secrets: \[(.+)\]", COMPOSE)
    assert {*for_the_server.split(", "), *for_the_command.split(", ")} == files.keys()
    named = re.findall(r'_env": "(\w+)"', (ROOT / "README.md").read_text())
    assert set(named) <= set(for_the_server.split(", "))
    assert "secrets/\n" in (ROOT / ".gitignore").read_text()
