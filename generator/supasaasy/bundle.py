"""Embeds the fetch engine (`plpython/supasaasy_runtime`) in one PL/Python function, as text.

Source is never loaded from a table: whoever can write a table must not be able to run code.
"""

from __future__ import annotations

import ast
import graphlib
import hashlib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

_ENTRY = "spi"

_LOADER = """\
create extension if not exists plpython3u;

create or replace function supasaasy._load_runtime()
returns void
language plpython3u
as $runtime$
import sys
import types

sources = {{}}

{modules}

for name, source in sources.items():
    module = types.ModuleType(name)
    module.__package__ = "{package}"
    module.__path__ = []
    sys.modules[name] = module
    # PL/Python indents every line of a function's body by a tab, also inside strings.
    exec(compile(source.replace("\\n\\t", "\\n"), f"<{{name}}>", "exec"), module.__dict__)
$runtime$;
comment on function supasaasy._load_runtime() is
    'Registers the fetch engine in this session, under a name that carries the hash of its source.';

-- Also a sign of life, as a worker gives it.
create or replace function supasaasy._is_idle()
returns boolean
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
begin
    perform supasaasy._note_worker();
    return not exists (select from supasaasy.sync_job_tasks as task where task.status in ('pending', 'processing'))
        and not exists (select from pgmq.q_supasaasy_webhooks as message where message.vt <= clock_timestamp());
end
$$;
comment on function supasaasy._is_idle() is 'Whether a worker would find nothing to do.';

create or replace procedure supasaasy.run_worker(
    job_id        uuid default null
    , max_tasks   integer default null
    , max_seconds integer default 50
    , linger      boolean default false
)
language plpython3u
as $python$
import sys
if not linger and plpy.execute("select supasaasy._is_idle() as idle")[0]["idle"]:
    return  # loading the engine would take a tenth of a second, every few seconds
if "{package}.{entry}" not in sys.modules:
    plpy.execute("select supasaasy._load_runtime()")
sys.modules["{package}.{entry}"].run_worker(plpy, job_id, max_tasks, max_seconds, linger)
$python$;
comment on procedure supasaasy.run_worker(uuid, integer, integer, boolean) is
    'Work through the queue until it is empty or a limit is reached, a commit for each page; call it at top level. '
    'job_id: this job only. max_tasks: at most so many tasks. max_seconds: give back what is not finished by then. '
    'linger: go on looking for work until max_seconds have passed.';

create or replace function supasaasy._run_now(p_job_id uuid)
returns jsonb
language plpython3u
as $python$
import sys
if "{package}.{entry}" not in sys.modules:
    plpy.execute("select supasaasy._load_runtime()")
return sys.modules["{package}.{entry}"].run_now(plpy, p_job_id)
$python$;
comment on function supasaasy._run_now(uuid) is 'Run one job in the transaction of the caller and return its result.';

create or replace function supasaasy._probe(p_app_key text)
returns text
language plpython3u
as $python$
import sys
if "{package}.{entry}" not in sys.modules:
    plpy.execute("select supasaasy._load_runtime()")
return sys.modules["{package}.{entry}"].run_probe(plpy, p_app_key)
$python$;
comment on function supasaasy._probe(text) is
    'Send one cheap request of an app: why the provider does not answer it; empty when it does.';
"""


def render_runtime() -> str:
    """The functions that carry and start the engine."""
    sources = _sources()
    digest = hashlib.sha256("\0".join(f"{name}\0{source}" for name, source in sources.items()).encode())
    package = f"supasaasy_runtime_{digest.hexdigest()[:12]}"
    modules = "\n".join(_embed(f"{package}.{name}" if name else package, source) for name, source in sources.items())
    return _LOADER.format(package=package, entry=_ENTRY, modules=modules)


def _embed(name: str, source: str) -> str:
    if "'''" in source or "$runtime$" in source or "\t" in source:
        raise ValueError(f"{name}: the source cannot be embedded as a raw string")
    return f"sources[\"{name}\"] = r'''{source}'''\n"


def _sources() -> Mapping[str, str]:
    """Source by module name, each after the modules it imports; the package itself, named "", first."""
    directory = Path(str(files("supasaasy_runtime")))
    sources = {path.stem: path.read_text(encoding="utf-8") for path in sorted(directory.glob("*.py"))}
    package = sources.pop("__init__")
    order = graphlib.TopologicalSorter({name: _relative_imports(source) for name, source in sources.items()})
    return {"": package} | {name: sources[name] for name in order.static_order()}


def _relative_imports(source: str) -> list[str]:
    nodes = ast.walk(ast.parse(source))
    return sorted(node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.level and node.module)
