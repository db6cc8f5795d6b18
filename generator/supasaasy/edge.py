"""The Supabase Edge Functions (`edge/`), written into a project: TypeScript that calls SQL and does nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_SOURCES = Path(__file__).parent / "edge"


def read_edge_functions() -> Iterator[tuple[Path, str]]:
    """Each file's path below supabase/functions, with its text."""
    for source in sorted(path for path in _SOURCES.rglob("*") if path.is_file()):
        yield source.relative_to(_SOURCES), source.read_text(encoding="utf-8")


def read_config_lines() -> str:
    """What supabase/config.toml must say about the functions."""
    return (_SOURCES / "supasaasy.toml").read_text(encoding="utf-8")
