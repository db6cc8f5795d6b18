"""`supasaasy init`: a first configuration, and what to do with it, by where the database runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rich.console import Console
from rich.prompt import Prompt

from supasaasy.config import ConfigError, define_config
from supasaasy.connectors import CONNECTORS

PlatformName = Literal["postgres", "self-hosted-supabase", "supabase", "rds", "neon", "cloud-sql"]
Apps = Sequence[tuple[str, str]]  # key and connector of each

_INSIDE = (
    "The fetch engine will run inside the database, in plpython3u: nothing else is to be kept running.\n"
    'Where you cannot install plpython3u, or are no superuser, set "runtime": "external" in the config.'
)
_OUTSIDE = (
    "{title} has no plpython3u, so the fetch engine will run beside the database: keep `supasaasy worker` running\n"
    "on any machine that reaches it. Schedules and jobs stay inside the database."
)
_NO_WEBHOOKS = "\nIt has no Vault for the secrets of webhooks either, so this config syncs on schedules alone."
_IN_VAULT = "select vault.create_secret('…', '{name}');"
_SCHEDULES = (("*/15 * * * *", "incremental"), ("0 3 * * *", "full"))
_WIDTH = 100


@dataclass(frozen=True)
class Platform:
    """Where a database runs, and what follows from that."""

    title: str
    runtime: Literal["plpython", "external"]
    secret: str  # where to put one
    install: str = "supasaasy apply"
    has_webhooks: bool = True

    @property
    def explanation(self) -> str:
        if self.runtime == "plpython":
            return _INSIDE
        return _OUTSIDE.format(title=self.title) + ("" if self.has_webhooks else _NO_WEBHOOKS)


def _managed(title: str) -> Platform:
    return Platform(title, "external", "export {name}=…  (where the worker runs)", has_webhooks=False)


PLATFORMS: Mapping[PlatformName, Platform] = {
    "postgres": Platform("PostgreSQL", "plpython", "the file /run/secrets/{name} on the server, or its environment"),
    "self-hosted-supabase": Platform("Self-hosted Supabase", "plpython", _IN_VAULT),
    "supabase": Platform("Hosted Supabase", "external", _IN_VAULT, "supasaasy generate && supabase db push"),
    "rds": _managed("Amazon RDS"),
    "neon": _managed("Neon"),
    "cloud-sql": _managed("Google Cloud SQL"),
}


def ask_for_apps(console: Console) -> Apps:
    known = ", ".join(sorted(CONNECTORS))
    answer = _ask(console, f"What is to be synced, of {known}? Several with commas", default="stripe")
    connectors = dict.fromkeys(name.strip() for name in answer.split(","))
    return [(_ask(console, f"Key for {name}, which stands in every row", f"{name}_prod"), name) for name in connectors]


def ask_for_platform(console: Console) -> Platform:
    return PLATFORMS[_ask(console, "Where does the database run?", "postgres", list(PLATFORMS))]


def _ask(console: Console, question: str, default: str, choices: list[str] | None = None) -> Any:
    try:
        return Prompt.ask(question, console=console, default=default, choices=choices)
    except EOFError:
        raise ConfigError("there is nobody to ask: add --app and --platform") from None


def make_config(apps: Apps, platform: Platform) -> dict[str, Any]:
    """What define_config takes. Raises ConfigError where it does not."""
    config = {
        "runtime": platform.runtime,
        "apps": [_app(key, connector, _secret_prefix(key, connector, apps), platform) for key, connector in apps],
        "sync_schedules": [
            {"app_key": key, "cron": cron, "mode": mode} for key, _ in apps for cron, mode in _SCHEDULES
        ],
    }
    define_config(config)
    return config


def _app(key: str, name: str, secret_prefix: str, platform: Platform) -> dict[str, Any]:
    connector = CONNECTORS.get(name)  # define_config explains one that is unknown
    settings = {"api_key_env": f"{secret_prefix}_API_KEY"}
    if connector and connector.signature and platform.has_webhooks:
        settings["webhook_secret_env"] = f"{secret_prefix}_WEBHOOK_SECRET"
    if connector and connector.regions:
        settings["region"] = next(iter(connector.regions))
    return {"app_key": key, "name": connector.title if connector else name, "connector": name, "config": settings}


def _secret_prefix(key: str, connector: str, apps: Apps) -> str:
    """STRIPE where there is one Stripe, else for instance STRIPE_EU: each has its own."""
    if sum(other == connector for _, other in apps) > 1:
        connector = key if key.startswith(connector) else f"{connector}_{key}"
    return connector.replace("-", "_").upper()


def render_config(config: Mapping[str, Any]) -> str:
    """The text of a supasaasy_config.py."""
    return f"from supasaasy import define_config\n\nconfig = define_config(\n    {_literal(config, 4)}\n)\n"


def _literal(value: Any, indent: int) -> str:
    """A Python literal of strings, lists and dicts, on one line where it fits."""
    line = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) or indent + len(line) <= _WIDTH:
        return line
    if isinstance(value, dict):
        brackets, items = "{}", [f'"{key}": {_literal(item, indent + 4)}' for key, item in value.items()]
    else:
        brackets, items = "[]", [_literal(item, indent + 4) for item in value]
    inner = "".join(f"{' ' * (indent + 4)}{item},\n" for item in items)
    return f"{brackets[0]}\n{inner}{' ' * indent}{brackets[1]}"


def next_steps(config: Mapping[str, Any], platform: Platform) -> str:
    """Why it looks as it does, which secrets it names, and the commands that follow."""
    names = [name for app in config["apps"] for key, name in app["config"].items() if key.endswith("_env")]
    start = f"select supasaasy.sync('{config['apps'][0]['app_key']}', 'full')"
    commands = [platform.install, f'psql "$SUPASAASY_DSN" --command "{start}"', "supasaasy status"]
    if platform.runtime == "external":
        commands.insert(1, "supasaasy worker")
    return "\n".join(
        [
            f"\n{platform.explanation}",
            "\nIt names these secrets; put each where it is looked for:",
            *(f"  {platform.secret.format(name=name)}" for name in names),
            "\nNext, with the database in the variable SUPASAASY_DSN:",
            *(f"  {command}" for command in commands),
        ]
    )
