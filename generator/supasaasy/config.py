"""`supasaasy_config.py`: what is synced, as pydantic models. All wrong values are named at once, each with its key."""

from __future__ import annotations

import difflib
import ipaddress
import json
import re
import runpy
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime, time, timezone
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from supasaasy.connectors import CONNECTORS
from supasaasy.spec import Connector

_APP_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_LOOKS_SECRET = re.compile(r"(sk|rk|pk|whsec|xox[a-z])[_-].*", re.DOTALL)
_ROLE = re.compile(r"[A-Za-z_][A-Za-z0-9_$-]{0,62}")
_SECONDS = re.compile(r"([1-9]|[1-5][0-9]) seconds?")

# Minute, hour, day of month, month, day of week, as pg_cron reads them.
_CRON_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_DAYS = "sun mon tue wed thu fri sat".split()
_CRON_NAMES: tuple[Mapping[str, int], ...] = (
    {},
    {},
    {},
    {name: number for number, name in enumerate(_MONTHS, 1)},
    {name: number for number, name in enumerate(_DAYS)},
)


class ConfigError(ValueError):
    """The configuration cannot be used; the message names every wrong key, what is allowed, and a likely correction."""


def _refuse(message: str) -> PydanticCustomError:
    # The context keeps braces in user input from being read as a template.
    return PydanticCustomError("supasaasy", "{message}", {"message": message})


def _refuse_key(key: str, message: str) -> PydanticCustomError:
    """For a rule that spans several keys: the one to blame, below the model that checks it."""
    return PydanticCustomError("supasaasy_key", "{key}: {message}", {"key": key, "message": message})


def _suggest(word: str, valid: Iterable[str], called: str) -> str:
    """`; did you mean 'customer'? (valid: …)`."""
    names = list(valid)
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word).lower()  # apiKeyEnv, as TypeScript would write it
    close = difflib.get_close_matches(plain, names, 1)
    guess = f"; did you mean {close[0]!r}?" if close else ""
    return f"{guess} ({called}: {', '.join(sorted(names))})"


def _app_key(value: Any) -> Any:
    if isinstance(value, str) and not _APP_KEY.fullmatch(value):
        raise _refuse("letters, digits, _ and -, at most 64 of them")
    return value


def _env_name(value: Any) -> Any:
    if isinstance(value, str) and (_LOOKS_SECRET.fullmatch(value) or not _ENV_NAME.fullmatch(value)):
        raise _refuse("this must be the name of an environment variable or Vault secret, not the secret itself")
    return value


def _resources(value: Any) -> Any:
    if isinstance(value, str) and value != "all":
        raise _refuse("a list of resource types, or 'all'")
    return ("all",) if value == "all" else value


def _base_url(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        url = urlsplit(value)
        usable = url.scheme in ("http", "https") and url.hostname and (url.port or True)
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s\x00-\x1f]", value):
        raise _refuse("an absolute URL, http:// or https://")
    if url.username or url.password or url.query or url.fragment:
        raise _refuse("a URL without credentials, query and fragment")
    return value.rstrip("/")


def _is_public(host: str) -> bool:
    """Whether an address points outside; the address of a name is only known when it is connected to."""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return True


def _moment(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            raise _refuse("a date or a time in ISO 8601, for instance '2024-01-01'") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or timezone.utc).astimezone(timezone.utc)
    return value


def _cron(value: Any) -> Any:
    if not isinstance(value, str) or _SECONDS.fullmatch(value):
        return value
    fields = value.split()
    if len(fields) != 5 or not all(map(_is_cron_field, fields, range(5))):
        raise _refuse("five cron fields, for instance '0 3 * * *', or 'N seconds' with N from 1 to 59")
    return " ".join(fields)


def _is_cron_field(field: str, position: int) -> bool:
    low, high = _CRON_RANGES[position]
    names = _CRON_NAMES[position]
    if field == "$" and position == 2:
        return True  # pg_cron: the last day of the month
    for part in field.lower().split(","):
        span, _, step = part.partition("/")
        if "/" in part and not (step.isdecimal() and int(step) > 0):
            return False
        bounds = [] if span == "*" else span.split("-", 1)
        numbers = [names.get(bound, int(bound) if bound.isdecimal() else -1) for bound in bounds]
        if not all(low <= number <= high for number in numbers) or numbers != sorted(numbers):
            return False
    return True


def _results(value: Any) -> Any:
    if isinstance(value, (list, tuple)) and not value:
        raise _refuse("failed, completed, or both")
    return value


def _role(value: Any) -> Any:
    if isinstance(value, str) and (value.lower() == "public" or not _ROLE.fullmatch(value)):
        raise _refuse("the name of a role, and not public")
    return value


def _number_as_rate_limit(value: Any) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return {"per_second": value, "per_endpoint": value}
    return value


AppKey = Annotated[str, BeforeValidator(_app_key)]
EnvName = Annotated[str, BeforeValidator(_env_name)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class RateLimit(_Model):
    """`apps[].config.rate_limit`: requests a second that an account was granted; a plain number sets both."""

    per_second: float | None = Field(default=None, gt=0, description="In all.")
    per_endpoint: float | None = Field(default=None, gt=0, description="For one endpoint.")


class AppConfig(_Model):
    """`apps[].config`: how the account is reached."""

    api_key_env: EnvName = Field(description="Name of the secret that holds the API key.")
    webhook_secret_env: EnvName | None = Field(
        default=None, description="Name of the secret that webhooks are signed with."
    )
    max_webhook_bytes: int = Field(default=2**20, ge=1, le=2**23, description="Larger webhooks are refused.")
    webhook_mode: Literal["payload", "refetch"] = Field(
        default="payload", description="Apply what an event carries, or fetch its object's current state."
    )
    sync_resources: Annotated[tuple[str, ...], BeforeValidator(_resources)] | None = Field(
        default=None, description="Resource types to sync, or 'all'; the connector's default when left out."
    )
    region: str | None = Field(default=None, description="Where the provider keeps the account's data.")
    base_url: Annotated[str, BeforeValidator(_base_url)] | None = Field(
        default=None, description="Another address for the provider's API: a proxy, a mock, a regional host."
    )
    allow_unsafe_base_url: bool = Field(
        default=False, description="Let base_url be plain http, or point to a private address."
    )
    rate_limit: Annotated[RateLimit, BeforeValidator(_number_as_rate_limit)] | None = Field(
        default=None, description="Replaces the connector's limits."
    )
    concurrency: int = Field(default=16, ge=1, le=64, description="Requests under way at once, in each worker.")
    max_delete_fraction: float = Field(
        default=0.5, ge=0, le=1, description="How much of a collection of over 1,000 rows a sweep may delete."
    )
    account: str | None = Field(default=None, max_length=255, description="Connected account to sync.")
    api_version: str | None = Field(
        default=None, max_length=100, description="Replaces the API version the connector pins."
    )

    @model_validator(mode="after")
    def _check_base_url(self) -> AppConfig:
        if self.base_url is None or self.allow_unsafe_base_url:
            return self
        url = urlsplit(self.base_url)
        unless = "set allow_unsafe_base_url if that is meant"
        if not _is_public(url.hostname or ""):
            raise _refuse_key("base_url", f"{url.hostname} is not a public address; {unless}")
        if url.scheme == "http":
            raise _refuse_key("base_url", f"plain http shows the API key to everyone on the way; {unless}")
        return self


class App(_Model):
    """`apps[]`: one account of one provider."""

    app_key: AppKey = Field(description="Letters, digits, _ and -, at most 64; it stands in every row.")
    name: str = Field(min_length=1, description="For people.")
    connector: str = Field(description="Which connector syncs it.")
    config: AppConfig = Field(description="How the account is reached.")
    sync_from: Annotated[datetime, BeforeValidator(_moment)] | None = Field(
        default=None, description="List only objects created since then."
    )

    _connector: Connector = PrivateAttr()

    @model_validator(mode="after")
    def _check_connector(self, info: ValidationInfo) -> App:
        available: Mapping[str, Connector] = info.context or CONNECTORS
        if self.connector not in available:
            suggestion = _suggest(self.connector, available, "available")
            raise _refuse_key("connector", f"unknown connector {self.connector!r}{suggestion}")
        self._connector = available[self.connector]
        regions = self.connector_declaration.regions
        if self.config.region is not None and self.config.region not in regions:
            suggestion = _suggest(self.config.region, regions, "valid") if regions else "; the connector has none"
            raise _refuse_key("config.region", f"unknown region {self.config.region!r}{suggestion}")
        for number, name in enumerate(self._named_resources):
            key = f"config.sync_resources[{number}]"
            if name not in self.connector_declaration.resource_types:
                suggestion = _suggest(name, self.connector_declaration.resource_types, "valid")
                raise _refuse_key(key, f"unknown resource type {name!r}{suggestion}")
            parent = self.connector_declaration.parent_of(name)
            if parent is not None and parent.name not in self._named_resources:
                raise _refuse_key(key, f"{name!r} is synced with {parent.name!r}: name that too")
        return self

    @property
    def connector_declaration(self) -> Connector:
        return self._connector

    @property
    def _named_resources(self) -> tuple[str, ...]:
        """The resource types that the config names or stands for."""
        named = self.config.sync_resources or self.connector_declaration.default_resources or ("all",)
        return self.connector_declaration.resource_types if named == ("all",) else named

    @property
    def resources(self) -> tuple[str, ...]:
        """The resource types that are synced, in the order of the declaration: those named, and the children that come
        with them unasked."""
        connector = self.connector_declaration
        wanted = set(self._named_resources)
        wanted.update(
            child.collection
            for name in self._named_resources
            for child in connector.collection(name).children
            if not child.on_request
        )
        return tuple(name for name in connector.resource_types if name in wanted)

    def settings(self) -> dict[str, Any]:
        """What the database must know of `config`."""
        settings = self.config.model_dump(mode="json", exclude_none=True, exclude={"sync_resources", "region"})
        if self.config.region is not None:
            settings.setdefault("base_url", self.connector_declaration.regions[self.config.region])
        return settings


class SyncSchedule(_Model):
    """`sync_schedules[]`: when an app is synced."""

    app_key: AppKey = Field(description="The app.")
    cron: Annotated[str, BeforeValidator(_cron)] = Field(description="Five fields, or 'N seconds' (pg_cron 1.5).")
    mode: Literal["full", "incremental"] = Field(
        default="incremental", description="List everything, or read what has happened since the last sync."
    )
    enabled: bool = Field(default=True, description="Off: the schedule is kept, and does not run.")


class WebhookLogging(_Model):
    """`webhook_logging`: the log of webhook requests, refused ones included."""

    enabled: bool = Field(default=False, description="Keep it, in supasaasy.webhook_logs.")
    retention_days: int = Field(default=30, ge=1, le=3650, description="Days after which its rows are deleted.")


class Retention(_Model):
    """`retention`: after how many days what is finished is deleted."""

    jobs_days: int = Field(default=30, ge=1, le=3650, description="Jobs that have ended, with their tasks.")
    events_days: int = Field(default=30, ge=1, le=3650, description="Webhook events that are done with.")


class Notify(_Model):
    """`notify`: job results that are posted, as JSON, by pg_net."""

    on: Annotated[tuple[Literal["failed", "completed"], ...], BeforeValidator(_results)] = Field(
        default=("failed",), description="Which results."
    )
    url_env: EnvName = Field(description="Name of the secret that holds the URL of the chat or endpoint.")


class Config(_Model):
    """The whole configuration."""

    apps: tuple[App, ...] = Field(description="The accounts that are synced.")
    sync_schedules: tuple[SyncSchedule, ...] = Field(default=(), description="When they are synced, by pg_cron.")
    webhook_logging: WebhookLogging = Field(default_factory=WebhookLogging, description="The log of webhook requests.")
    retention: Retention = Field(default_factory=Retention, description="For how long what is finished is kept.")
    notify: Notify | None = Field(default=None, description="Post job results to a chat or an endpoint.")
    runtime: Literal["plpython", "external"] = Field(
        default="plpython", description="Where the fetch engine runs: inside PostgreSQL, or as `supasaasy worker`."
    )
    workers: int = Field(default=2, ge=1, le=16, description="Worker entries in pg_cron.")
    partitions: int | None = Field(
        default=None,
        ge=2,
        le=256,
        description="Divide each collection table into so many, by a hash of the id.",
    )
    read_roles: tuple[Annotated[str, BeforeValidator(_role)], ...] = Field(
        default=(), description="Roles that may read everything in the schema."
    )

    @model_validator(mode="after")
    def _check_keys(self) -> Config:
        keys = [app.app_key for app in self.apps]
        if not keys:
            raise _refuse_key("apps", "at least one app is needed")
        for number, key in enumerate(keys):
            if key in keys[:number]:
                raise _refuse_key(f"apps[{number}].app_key", f"{key!r} is taken by another app")
        for number, schedule in enumerate(self.sync_schedules):
            if schedule.app_key not in keys:
                suggestion = _suggest(schedule.app_key, keys, "apps")
                raise _refuse_key(f"sync_schedules[{number}].app_key", f"unknown app {schedule.app_key!r}{suggestion}")
        return self

    @model_validator(mode="after")
    def _check_relations(self) -> Config:
        owners: dict[str, str] = {}
        for connector in self.connectors:
            for relation in connector.relations:
                if relation in owners:
                    raise _refuse(f"the connectors {owners[relation]} and {connector.name} both have a {relation}")
                owners[relation] = connector.name
        return self

    @property
    def connectors(self) -> tuple[Connector, ...]:
        """The connectors that apps use, by name."""
        used = {app.connector: app.connector_declaration for app in self.apps}
        return tuple(used[name] for name in sorted(used))

    def canonical_json(self) -> str:
        """The configuration as JSON, the same text for the same meaning."""
        document = self.model_dump(mode="json")
        if own := [asdict(connector) for connector in self.connectors if connector not in CONNECTORS.values()]:
            document["connectors"] = own
        return json.dumps(document, sort_keys=True)


def define_config(config: Mapping[str, Any], connectors: Sequence[Connector] = ()) -> Config:
    """Check a configuration. Raises ConfigError that names every wrong key.

    `connectors` are your own, beside those that come with the package; one of the same name takes the other's place.
    """
    try:
        return Config.model_validate(config, context=CONNECTORS | _by_name(connectors))
    except ValidationError as error:
        lines = dict.fromkeys(_explain(detail) for detail in error.errors(include_url=False))
        raise ConfigError("\n".join(lines)) from None


def _by_name(connectors: Sequence[Connector]) -> dict[str, Connector]:
    named: dict[str, Connector] = {}
    for number, connector in enumerate(connectors):
        if not isinstance(connector, Connector):
            raise ConfigError(f"connectors[{number}]: a Connector is needed, not a {type(connector).__name__}")
        if connector.name in named:
            raise ConfigError(f"connectors[{number}]: {connector.name!r} is the name of another one")
        named[connector.name] = connector
    return named


_MODELS: Mapping[str, type[BaseModel]] = {
    "apps": App,
    "config": AppConfig,
    "rate_limit": RateLimit,
    "sync_schedules": SyncSchedule,
    "webhook_logging": WebhookLogging,
    "retention": Retention,
    "notify": Notify,
}


def _explain(detail: ErrorDetails) -> str:
    """One problem in one line: where, what, and what is allowed."""
    steps = [step for step in detail["loc"] if isinstance(step, int) or (step.isidentifier() and step != "all")]
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
    if detail["type"] == "extra_forbidden":
        owner = next((_MODELS[str(step)] for step in reversed(steps[:-1]) if step in _MODELS), Config)
        return f"{where}: unknown key{_suggest(str(steps[-1]), owner.model_fields, 'allowed')}"
    if detail["type"] == "supasaasy_key":  # the message begins with the key, below the model that found it
        return f"{where}.{detail['msg']}".lstrip(".")
    if detail["type"] == "model_type":
        model = _MODELS[str(next(step for step in reversed(steps) if step in _MODELS))] if steps else Config
        return f"{where or 'config'}: a dictionary (allowed: {', '.join(sorted(model.model_fields))})"
    if detail["type"] == "tuple_type":
        return f"{where}: a list"
    message = detail["msg"] if detail["type"] == "supasaasy" else detail["msg"].lower()
    return f"{where or 'config'}: {message}"


def load_config(path: Path) -> Config:
    """The `config` of a `supasaasy_config.py`. Raises ConfigError that says what is wrong with the file."""
    if not path.is_file():
        raise ConfigError(f"{path}: there is no such file; it must define config = define_config({{…}})")
    try:
        with _importable(path.parent):
            config = runpy.run_path(str(path)).get("config")
    except ConfigError as error:
        raise ConfigError(f"{path}:\n{error}") from None
    except Exception as error:
        raise ConfigError(f"{path}: {type(error).__name__}: {error}") from error
    if not isinstance(config, Config):
        raise ConfigError(f"{path}: it must define config = define_config({{…}})")
    return config


@contextmanager
def _importable(directory: Path) -> Iterator[None]:
    """Let the configuration import what stands beside it, as a script could."""
    sys.path.insert(0, str(directory.resolve()))
    try:
        yield
    finally:
        sys.path.pop(0)
