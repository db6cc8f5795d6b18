"""`supasaasy new-connector`: what it writes is a connector that works, once it is filled in."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from supasaasy.cli import app


def new_connector(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["new-connector", *map(str, arguments)])
    return result.exit_code, " ".join(result.stderr.split())


def run_its_test(directory: Path, *options: str) -> str:
    """As its author does, in a repository that knows nothing of ours."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, "test_my_shop.py"]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False).stdout


def test_its_test_says_what_is_to_be_filled_in_and_then_passes(tmp_path: Path) -> None:
    assert new_connector("my_shop", "--directory", tmp_path)[0] == 0
    said = run_its_test(tmp_path, "-k", "filled_in")
    assert "still to be filled in; remove each mark once it is:" in said
    assert 'my_shop_connector.py:24: base_url="https://api.my_shop.com",  # TODO' in said
    assert "my_shop_double.py:20: if request.path == " in said

    for path in tmp_path.glob("my_shop_*.py"):
        filled_in = re.sub(r" *# TODO.*", "", path.read_text())
        path.write_text(filled_in.replace('"/v1/things"', '"/v2/orders"').replace("thing", "order"))
    assert " 4 passed" in run_its_test(tmp_path)


def test_a_declaration_that_does_not_fit_the_provider_fails_its_test(tmp_path: Path) -> None:
    new_connector("my_shop", "--directory", tmp_path)
    declaration = tmp_path / "my_shop_connector.py"
    declaration.write_text(declaration.read_text().replace('records="data"', 'records="items"'))
    assert "the provider's answer has no list at 'items'" in run_its_test(tmp_path, "-k", "stores_every_object")


def test_what_comes_next_is_said(tmp_path: Path) -> None:
    _, messages = new_connector("my_shop", "--directory", tmp_path / "connectors")
    assert sorted(path.name for path in (tmp_path / "connectors").iterdir()) == [
        "my_shop_connector.py",
        "my_shop_double.py",
        "test_my_shop.py",
    ]
    assert "pytest test_my_shop.py" in messages
    assert "define_config({…}, connectors=[my_shop])" in messages


def test_a_file_that_is_there_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "my_shop_double.py").write_text("mine")
    code, messages = new_connector("my_shop", "--directory", tmp_path)
    assert (code, [path.name for path in tmp_path.iterdir()]) == (1, ["my_shop_double.py"])
    assert "my_shop_double.py is there already" in messages


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("My-Shop", "a name has lower-case letters, digits and _, at most 48"),
        ("class", "that is a word of Python"),
        ("sync_tool", "supasaasy's own tables have names that begin so"),
    ],
)
def test_a_name_that_no_connector_can_have_is_refused(tmp_path: Path, name: str, message: str) -> None:
    code, messages = new_connector(name, "--directory", tmp_path)
    assert (code, list(tmp_path.iterdir())) == (1, [])
    assert message in messages
