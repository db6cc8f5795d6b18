"""`supasaasy new-connector`: a declaration, a double of the provider, and a test that says what is left to fill in.

The templates are a connector that works, called example: all that is replaced in them is its name.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from pathlib import Path

from supasaasy.spec import DeclarationError, check_connector_name

_TEMPLATES = Path(__file__).parent / "templates" / "connector"


def connector_files(name: str) -> Iterator[tuple[str, str]]:
    """The files of a new connector: their names and texts. Raises DeclarationError for a name that it cannot have."""
    check_connector_name(name)
    if keyword.iskeyword(name):
        raise DeclarationError(f"connector {name!r}: that is a word of Python")
    title = name.replace("_", " ").title()
    for path in sorted(_TEMPLATES.glob("*.py")):
        text = path.read_text(encoding="utf-8").replace("ExampleDouble", f"{title.replace(' ', '')}Double")
        yield path.name.replace("example", name), text.replace("Example", title).replace("example", name)


def next_steps(name: str) -> str:
    return f"""
1. Fill in what is marked TODO, until this passes: pytest test_{name}.py
2. Let the config pass it on: define_config({{…}}, connectors=[{name}]), after
   from {name}_connector import {name}"""
