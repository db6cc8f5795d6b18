"""The command line. A command reads its options and calls the module that does the work."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer
from rich.console import Console

from supasaasy.config import ConfigError, load_config
from supasaasy.connection import DatabaseProblem, connected
from supasaasy.edge import read_config_lines, read_edge_functions
from supasaasy.migration import get_distribution, get_migrations
from supasaasy.scaffold import PlatformName
from supasaasy.spec import DeclarationError

MIGRATIONS = Path("supabase/migrations")

Dsn = Annotated[
    str,
    typer.Option(
        "--dsn",
        envvar=["SUPASAASY_DSN", "DATABASE_URL"],
        show_default=False,
        help="The database: a URL or conninfo; what it leaves open is taken from PGHOST, PGDATABASE, ….",
    ),
]
ConfigFile = Annotated[Path, typer.Option("--config", help="The configuration.")]
CONFIG_FILE = Path("supasaasy_config.py")
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
messages = Console(stderr=True, highlight=False)


def _give_up(message: str, code: int = 1) -> NoReturn:
    messages.print(message, style="red", markup=False, soft_wrap=True)
    raise typer.Exit(code) from None


@contextmanager
def _errors_end_with(code: int) -> Iterator[None]:
    """What a person can mend is said in a line or two, without a traceback."""
    try:
        yield
    except (ConfigError, DatabaseProblem, DeclarationError) as error:
        _give_up(str(error), code)


def _print_json(document: Any) -> None:
    typer.echo(json.dumps(document, indent=2))


def _confirm(question: str, yes: bool, *, as_json: bool) -> None:
    if not yes and (as_json or not sys.stdin.isatty()):
        _give_up("there is nobody to ask: add --yes")
    if not yes:
        typer.confirm(question, abort=True)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(package_version("supasaasy"))
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Local copies of SaaS data in Postgres, kept fresh from inside the database."""


@app.command()
def init(
    config: ConfigFile = CONFIG_FILE,
    apps: Annotated[
        list[str] | None,
        typer.Option("--app", metavar="KEY=CONNECTOR", help="An account to sync; may be repeated.", show_default=False),
    ] = None,
    platform: Annotated[PlatformName | None, typer.Option(help="Where the database runs.", show_default=False)] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a first configuration, and say what comes next. Asks for what is not told."""
    from supasaasy import scaffold

    if config.exists() and not force:
        _give_up(f"{config} is there already: add --force to replace it")
    with _errors_end_with(1):
        wanted = [_key_and_connector(told) for told in apps] if apps else scaffold.ask_for_apps(messages)
        where = scaffold.PLATFORMS[platform] if platform else scaffold.ask_for_platform(messages)
        settings = scaffold.make_config(wanted, where)
    written = _update(config, scaffold.render_config(settings))
    if as_json:
        _print_json({"files": [written]})
    messages.print(scaffold.next_steps(settings, where), markup=False, soft_wrap=True)


def _key_and_connector(told: str) -> tuple[str, str]:
    key, _, connector = told.partition("=")
    if not key or not connector:
        raise typer.BadParameter(f"{told!r}: for instance --app stripe_prod=stripe")
    return key, connector


@app.command()
def generate(
    config: ConfigFile = CONFIG_FILE,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", help="A file, or - for standard output. [default: a new file in supabase/migrations]"
        ),
    ] = None,
    bundle_pgmq: Annotated[
        bool, typer.Option("--bundle-pgmq", help="Bring pgmq's SQL along, for servers without the extension.")
    ] = False,
    edge_functions: Annotated[
        Path | None, typer.Option(help="Write Supabase Edge Functions too: a directory, usually supabase/functions.")
    ] = None,
    citus: Annotated[
        Path | None, typer.Option(help="Write the calls too that distribute its tables on a Citus cluster: a file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the migration that brings a database to this configuration."""
    if as_json and output == "-":
        raise typer.BadParameter("standard output takes either the migration or, with --json, what was written")
    with _errors_end_with(1):
        wanted = load_config(config)
        sql = get_migrations(wanted, bundle_pgmq=bundle_pgmq)
    files = []
    if citus:
        files.append(_update(citus, get_distribution(wanted)))
    if edge_functions:
        files += [_update(edge_functions / below, source) for below, source in read_edge_functions()]
        typer.echo(f"\n{read_config_lines()}", err=True)
    if output == "-":
        sys.stdout.write(sql)
    else:
        files.append(_update(Path(output) if output else _migration_path(sql), sql))
    if as_json:
        _print_json({"files": files})


def _migration_path(sql: str) -> Path:
    """The newest migration of ours where it says the same, else a new one: an applied migration is never changed."""
    existing = sorted(MIGRATIONS.glob("*_supasaasy.sql"))
    if existing and existing[-1].read_text(encoding="utf-8") == sql:
        return existing[-1]
    return MIGRATIONS / f"{datetime.now(timezone.utc):%Y%m%d%H%M%S}_supasaasy.sql"


def _update(path: Path, text: str) -> dict[str, Any]:
    """Write a file whole or not at all, unless it says the same already; what --json says of it."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        messages.print(f"up to date: {path}")
        return {"path": str(path), "written": False}
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
        file.write(text)
    unfinished = Path(file.name)
    unfinished.chmod(0o644)
    unfinished.replace(path)
    messages.print(f"written: {path}")
    return {"path": str(path), "written": True}


@app.command()
def new_connector(
    name: Annotated[str, typer.Argument(help="Its tables will begin so: lower-case letters, digits and _.")],
    directory: Annotated[Path, typer.Option(help="Where to write it.")] = Path(),
    as_json: AsJson = False,
) -> None:
    """Write a connector of your own: a declaration, a double of the provider, and a test that says what to fill in."""
    from supasaasy.new_connector import connector_files, next_steps

    with _errors_end_with(1):
        files = {directory / file: text for file, text in connector_files(name)}
    for path in files:
        if path.exists():
            _give_up(f"{path} is there already")
    written = [_update(path, text) for path, text in files.items()]
    if as_json:
        _print_json({"files": written})
    messages.print(next_steps(name), markup=False, soft_wrap=True)


@app.command()
def apply(
    dsn: Dsn = "",
    config: ConfigFile = CONFIG_FILE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and stop.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Bring a database to this configuration, in one transaction, after saying what changes."""
    from supasaasy import install
    from supasaasy.plan import plan

    with _errors_end_with(1), connected(dsn, "apply") as connection:
        wanted = load_config(config)
        install.check_preconditions(wanted, connection)
        changes = plan(wanted, connection)
        install.print_changes(changes, Console(highlight=False, quiet=as_json))
        if not dry_run:
            _confirm("Apply?", yes, as_json=as_json)
            install.apply(wanted, connection)
            messages.print("applied", style="green")
    if as_json:
        _print_json({"applied": not dry_run, "changes": [change.document() for change in changes]})


@app.command()
def uninstall(dsn: Dsn = "", yes: Yes = False, as_json: AsJson = False) -> None:
    """Remove supasaasy and all its rows from a database; extensions and secrets stay."""
    from supasaasy import install

    with _errors_end_with(1), connected(dsn, "uninstall") as connection:
        losses = install.find_losses(connection)
        install.print_losses(losses, Console(highlight=False, quiet=as_json))
        _confirm("Remove all this?", yes, as_json=as_json)
        install.uninstall(connection)
        messages.print("removed", style="green")
    if as_json:
        _print_json({"removed": True, **losses})


@app.command()
def doctor(
    dsn: Dsn = "",
    config: ConfigFile = CONFIG_FILE,
    webhook_url: Annotated[
        list[str] | None, typer.Option(help="The URL that a provider was given; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look for everything that may be wrong, and say what mends it. Exit code: 0 nothing is wrong, 1 something is."""
    from supasaasy.doctor import examine, is_well, print_findings, to_json

    with _errors_end_with(1):
        wanted = load_config(config) if config.exists() or config != CONFIG_FILE else None
    findings = examine(dsn, wanted, webhook_url or [])
    if as_json:
        typer.echo(to_json(findings))
    else:
        print_findings(findings, Console(highlight=False))
    raise typer.Exit(0 if is_well(findings) else 1)


@app.command()
def serve(
    dsn: Dsn = "",
    admin_api_key: Annotated[
        str,
        typer.Option(
            envvar="ADMIN_API_KEY",
            show_default=False,
            help="What callers must present; better not on the command line.",
        ),
    ] = "",
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8080,
    rate_limit: Annotated[float, typer.Option(min=0.1, help="Requests a second from one address.")] = 100,
) -> None:
    """Take in webhooks and calls of the API over HTTP. Behind a proxy, name it in FORWARDED_ALLOW_IPS."""
    try:
        from supasaasy.server import run_server
    except ModuleNotFoundError as error:
        _give_up(
            f"{error.name} is missing: install supasaasy with the extra server, from a clone: pip install '.[server]'"
        )

    if not admin_api_key.strip():
        _give_up(
            "there is no admin API key for callers to present: set ADMIN_API_KEY, for instance to openssl rand -hex 32"
        )
    with _errors_end_with(1), connected(dsn, "serve") as connection:
        connection.execute("select supasaasy.version()")
    run_server(dsn, admin_api_key=admin_api_key, host=host, port=port, rate_limit=rate_limit)


@app.command()
def worker(
    dsn: Dsn = "",
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="Tasks in hand at once.")] = 8,
    once: Annotated[
        bool,
        typer.Option(
            "--once", help="End when nothing is due; what waits for another attempt is left for the next run."
        ),
    ] = False,
    max_seconds: Annotated[
        float | None, typer.Option(min=0.1, help="Then give back what is not finished, and end.", show_default=False)
    ] = None,
    app_key: Annotated[str | None, typer.Option("--app", help="Only this app's tasks.", show_default=False)] = None,
    log_format: Annotated[Literal["text", "json"], typer.Option(help="How log lines look.")] = "text",
    metrics_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Serve Prometheus metrics there.", show_default=False)
    ] = None,
) -> None:
    """Fetch beside the database, for "runtime": "external" or as more hands.

    Without a DSN, libpq's PG* variables say where the database is. Exit codes: 0 done or told to stop; 1 a task failed
    for good; 2 wrong usage; 3 the database cannot be worked with.
    """
    from supasaasy.journal import Journal, Prometheus, log_to_stderr
    from supasaasy.worker import Options, Unusable, WorkerProcess, stopped_by_signals

    log_to_stderr(log_format)
    try:
        metrics = Prometheus(metrics_port) if metrics_port else None
    except ImportError:
        raise typer.BadParameter("metrics need the extra metrics, from a clone: pip install '.[metrics]'") from None
    process = WorkerProcess(Options(dsn, concurrency, once, max_seconds, app_key), Journal(metrics))
    try:
        with stopped_by_signals(process):
            process.run()
    except Unusable as error:
        _give_up(str(error), 3)
    if process.failed_tasks:
        raise typer.Exit(1)


@app.command()
def sync(
    app_key: Annotated[str, typer.Argument(metavar="APP", help="Key of the app.", show_default=False)],
    dsn: Dsn = "",
    full: Annotated[bool, typer.Option("--full", help="List everything, and mark what is gone.")] = False,
    resource: Annotated[list[str] | None, typer.Option(help="Only this resource type; may be repeated.")] = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Show it until it has ended.")] = False,
    as_json: AsJson = False,
) -> None:
    """Start a sync. Exit code: 0 it is started, or with --watch completed; 1 it is not, or has failed."""
    from supasaasy.watch import print_outcome, start_sync, watch_job

    console = Console(highlight=False, quiet=as_json)
    with _errors_end_with(1), connected(dsn, "sync") as connection:
        job = start_sync(connection, app_key, "full" if full else "incremental", resource)
        with _left_running(job["job_id"]):
            console.print(f"job {job['job_id']} of {app_key}: {job['status']}", soft_wrap=True)
            if watch:
                job = watch_job(connection, job["job_id"], console)
                print_outcome(job, console)
    if as_json:
        _print_json(job)
    raise typer.Exit(1 if job["status"] in ("failed", "cancelled") else 0)


@contextmanager
def _left_running(job_id: str) -> Iterator[None]:
    """Ctrl-C ends the looking, not the job."""
    try:
        yield
    except KeyboardInterrupt:
        messages.print(
            f"The job goes on. supasaasy status --watch shows it; select supasaasy.cancel_job('{job_id}') ends it.",
            soft_wrap=True,
        )
        raise typer.Exit(130) from None


@app.command()
def status(
    dsn: Dsn = "",
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Show it anew every two seconds.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say how fresh everything is and what is stuck. Exit code: 0 all is well, 1 it is not, 2 it cannot be told."""
    from supasaasy.queries import read_health
    from supasaasy.status import print_health
    from supasaasy.watch import watch_status

    console = Console(highlight=False)
    with _errors_end_with(2), connected(dsn, "status") as connection:
        if watch:
            with suppress(KeyboardInterrupt):
                watch_status(connection, console, as_json=as_json)
            raise typer.Exit
        health = read_health(connection)
    if as_json:
        _print_json(health)
    else:
        print_health(health, console)
    raise typer.Exit(0 if health["status"] == "ok" else 1)


@app.command()
def demo(
    customers: Annotated[int, typer.Option(min=1, help="How many to create in the fake Stripe.")] = 450,
    keep: Annotated[bool, typer.Option("--keep", help="Leave it running, to look around with psql.")] = False,
) -> None:
    """Go the whole way, from a config to rows, on a throwaway cluster against a fake Stripe."""
    from supasaasy.demo import run_demo

    run_demo(customers=customers, keep=keep)
