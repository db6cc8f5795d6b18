"""`supasaasy doctor`: looks at a set-up from end to end, and names each thing that is wrong with what mends it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import psycopg
from rich.console import Console
from rich.text import Text

from supasaasy.config import Config
from supasaasy.connection import NOT_INSTALLED, Connection, DatabaseProblem, connected
from supasaasy.install import check_preconditions
from supasaasy.plan import Change, plan
from supasaasy.queries import probe_from_inside, read_health, read_runtime, read_versions
from supasaasy.worker import probe_from_here

WEBHOOK_SECONDS = 10.0
APPLY = "supasaasy apply, or supasaasy generate && supabase db push"

_APPS = """
select app_key, coalesce(config ->> 'base_url', connector.declaration ->> 'base_url')
    , supasaasy._secret_advice(config ->> 'api_key_env')
from supasaasy.apps as app
join supasaasy.connectors as connector on connector.connector = app.connector
where enabled
order by app_key
"""
_MARKS = {"ok": ("✓", "green"), "problem": ("✗", "red"), "unknown": ("?", "yellow")}


@dataclass(frozen=True)
class Finding:
    """What one check found: ok, a problem with its remedy, or unknown where it could not look."""

    check: str
    status: Literal["ok", "problem", "unknown"]
    message: str
    remedy: str = ""


def examine(dsn: str, config: Config | None, webhook_urls: Sequence[str] = ()) -> list[Finding]:
    """All that can be found out. Without a configuration, what depends on one is not looked at."""
    findings = []
    try:
        with connected(dsn, "doctor") as connection:
            for finding in _examine_database(connection, config):
                findings.append(finding)
    except DatabaseProblem as problem:
        findings.append(Finding("database", "problem", str(problem), "check --dsn, and that the server runs"))
    return findings + [_check_webhook(url) for url in webhook_urls]


def _examine_database(connection: Connection, config: Config | None) -> Iterator[Finding]:
    yield Finding("server", "ok", ", ".join(read_versions(connection)))
    owner = _owner(connection)
    if config is None:
        yield Finding("config", "unknown", "there is no configuration to compare with", "say --config FILE")
    else:
        yield from _check_server(connection, config)
    if owner is None:
        yield Finding("installation", "problem", "supasaasy is not installed in this database", APPLY)
        return
    try:
        yield from _check_drift(connection, config) if config else ()
        yield from _check_health(connection)
        yield from _check_providers(connection)
    except NOT_INSTALLED:
        yield Finding("installation", "problem", "the database holds an earlier version of supasaasy", APPLY)
    except psycopg.errors.InsufficientPrivilege as error:
        message = f"{error.diag.message_primary}, which the role {connection.info.user} needs for the rest"
        yield Finding("privileges", "problem", message, f"connect as {owner}, who applied the migration")


def _owner(connection: Connection) -> str | None:
    """Whose the schema is; None where there is none."""
    row = connection.execute("select nspowner::regrole::text from pg_namespace where nspname = 'supasaasy'").fetchone()
    return row and row[0]


def _check_server(connection: Connection, config: Config) -> Iterator[Finding]:
    """What the migration itself checks before it begins."""
    try:
        check_preconditions(config, connection)
    except psycopg.errors.FeatureNotSupported as error:
        for line in (error.diag.message_primary or "").split("\n- ")[1:]:
            message, _, remedy = line.partition(": ")
            yield Finding("server", "problem", message, remedy)
    else:
        yield Finding("server", "ok", "everything that the migration needs is there")


def _check_health(connection: Connection) -> Iterator[Finding]:
    health = read_health(connection)
    for found in health["problems"]:
        yield Finding(found["about"], "problem", found["problem"], found["remedy"])
    if not health["problems"]:
        yield Finding("health", "ok", "secrets, workers, queues, schedules, syncs, webhook events and notifications")


def _check_drift(connection: Connection, config: Config) -> Iterator[Finding]:
    changes = plan(config, connection)
    for change in changes:
        yield Finding("drift", "problem", f"applying the configuration would change: {_in_a_line(change)}", APPLY)
    if not changes:
        yield Finding("drift", "ok", "the database is as the configuration says")


def _in_a_line(change: Change) -> str:
    parts = ", ".join(_in_a_line(part) for part in change.parts)
    return f"{change.sign} {change.name}" + (f" ({parts})" if parts else "")


def _check_providers(connection: Connection) -> Iterator[Finding]:
    """Ask each provider, from where the engine runs."""
    for app_key, base_url, advice in connection.execute(_APPS).fetchall():
        trouble = _probe(connection, app_key)
        if trouble:
            yield Finding("provider", "problem", f"{app_key}: {trouble}", _remedy(trouble, base_url, advice))
        else:
            yield Finding("provider", "ok", f"{app_key}: {base_url} answers, and takes the key")


def _remedy(trouble: str, base_url: str, advice: str) -> str:
    if "answered 401" in trouble or "the secret" in trouble:
        return advice
    if "answered 403" in trouble:
        return "allow the key to read it, or leave it out of sync_resources"
    return f"on the machine where the engine runs: curl -v {base_url}"


def _probe(connection: Connection, app_key: str) -> str:
    """Why the provider does not answer an app; empty when it does."""
    if read_runtime(connection) == "external":
        return probe_from_here(connection, app_key)
    return probe_from_inside(connection, app_key)


def _check_webhook(url: str) -> Finding:
    """Send a webhook without a signature: who refuses it as supasaasy does would take a signed one."""
    request = urllib.request.Request(url, b"{}", {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=WEBHOOK_SECONDS) as response:
            status, body = response.status, response.read()
    except urllib.error.HTTPError as answer:
        status, body = answer.code, answer.read()
    except (OSError, ValueError) as error:
        return Finding("webhook", "problem", f"{url} does not answer: {error}", "is it reachable, and spelled right?")
    if not _is_refusal(body):
        return Finding(
            "webhook", "problem", f"{url} answers {status}, but not as supasaasy", "check the URL and proxies"
        )
    if status == 404:
        return Finding("webhook", "problem", f"{url} knows no such app", "the URL ends with an enabled app's key")
    if status == 503:
        return Finding("webhook", "problem", f"{url} lacks the app's webhook secret", "supply it as webhook_secret_env")
    return Finding("webhook", "ok", f"{url} answers, and refuses what is not signed")


def _is_refusal(body: bytes) -> bool:
    try:
        answer: Any = json.loads(body)
    except ValueError:
        return False
    return isinstance(answer, dict) and answer.get("success") is False


def is_well(findings: Sequence[Finding]) -> bool:
    return all(finding.status != "problem" for finding in findings)


def to_json(findings: Sequence[Finding]) -> str:
    status = "ok" if is_well(findings) else "problem"
    return json.dumps({"status": status, "findings": [asdict(finding) for finding in findings]}, indent=2)


def print_findings(findings: Sequence[Finding], console: Console) -> None:
    for finding in findings:
        mark, colour = _MARKS[finding.status]
        console.print(Text(f"{mark} {finding.check}: {finding.message}", colour), soft_wrap=True)
        if finding.remedy:
            console.print(Text(f"    {finding.remedy}"), soft_wrap=True)
